"""The guide: each page of the console has its chapter, whose pictures and links exist."""

import re
from pathlib import Path

import pytest
from factories import a_rattachement, an_account, an_organisme, signed_in
from flask import Flask
from flask.testing import FlaskClient

from idp.habilitations.models import Role
from idp.habilitations.views.guide import CHAPITRES, PAR_CODE, chapitre_de
from idp.habilitations.views.menu import ENTREES

IMAGES = Path(__file__).parents[2] / "idp" / "static" / "images" / "guide"
TEMPLATES = Path(__file__).parents[2] / "templates"
LIENS = re.compile(r'href="(/aide/guide/[^"#]+)#([^"]+)"')
AIDE = re.compile(r'class="mcp-aide-page"><a href="([^"#]+)')
FICHE = "/habilitations/utilisateurs/<uuid:rattachement_id>"


@pytest.mark.parametrize(
    ("route", "code"),
    [
        ("/habilitations/utilisateurs", "mes-utilisateurs"),
        ("/habilitations/utilisateurs/creer", "creer-un-utilisateur"),
        ("/habilitations/utilisateurs/import", "importer"),
        (FICHE, "mes-utilisateurs"),
        (FICHE + "/mandat/retirer", "responsables"),
        (FICHE + "/proposer", "administrateurs"),
        (FICHE + "/pourquoi/<service>", "pourquoi"),
        ("/habilitations/administrateurs", "administrateurs"),
        ("/habilitations/echeances", "dates"),
        (FICHE + "/prolonger", "dates"),
    ],
)
def test_a_page_opens_its_chapter(route: str, code: str) -> None:
    chapitre = chapitre_de(route)

    assert chapitre is not None
    assert chapitre.code == code


def test_every_page_of_the_console_has_a_chapter_and_no_other_page(app: Flask) -> None:
    console = [
        rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/habilitations/")
    ]

    # The address of the menu itself leads to its first page.
    without = [
        route
        for route in console
        if chapitre_de(route) is PAR_CODE["commencer"] and route != "/habilitations/"
    ]
    assert without == [], "give this page a chapter: idp/habilitations/views/guide.py"
    assert chapitre_de("/profil") is None


@pytest.mark.parametrize("chapitre", CHAPITRES, ids=lambda chapitre: chapitre.code)
def test_a_chapter_opens_to_all_with_pictures_that_exist(
    client: FlaskClient, chapitre: object
) -> None:
    page = client.get(chapitre.adresse)  # type: ignore[attr-defined]

    assert page.status_code == 200
    for name in re.findall(r'src="/static/images/guide/([^"]+)"', page.text):
        assert (IMAGES / name).is_file(), f"{name}: make guide-images"
    for address in re.findall(r'href="(/aide/guide/[^"]+)"', page.text):
        assert client.get(address).status_code == 200


def test_links_to_a_heading_lead_to_one_that_exists(client: FlaskClient) -> None:
    lus = {chapitre.adresse: client.get(chapitre.adresse).text for chapitre in CHAPITRES}
    liens = {lien for page in lus.values() for lien in LIENS.findall(page)}
    liens |= set(LIENS.findall((TEMPLATES / "habilitations" / "_convention.html").read_text()))

    assert liens
    for adresse, section in liens:
        assert f'id="{section}"' in lus[adresse], (adresse, section)


def test_every_page_of_the_menu_leads_to_its_chapter(client: FlaskClient) -> None:
    chef = an_account()
    place = a_rattachement(chef, an_organisme(), role=Role.ADMINISTRATEUR)
    signed_in(client, chef, place)

    for entree in ENTREES:
        aide = AIDE.search(client.get(entree.adresse).text)
        assert aide, entree.adresse
        assert client.get(aide[1]).status_code == 200


def test_no_picture_is_left_that_no_chapter_shows(client: FlaskClient) -> None:
    pages = "".join(client.get(chapitre.adresse).text for chapitre in CHAPITRES)

    assert {path.name for path in IMAGES.glob("*.png")} == set(
        re.findall(r'src="/static/images/guide/([^"]+)"', pages)
    )


def test_an_unknown_chapter_is_not_a_fault(client: FlaskClient) -> None:
    assert client.get("/aide/guide/nulle-part").status_code == 404
