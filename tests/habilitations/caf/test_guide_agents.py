"""The guide of the agents: each page has its chapter, with pictures and links that exist; agents alone read it."""

import re
from pathlib import Path

import pytest
from factories import agent_signed_in, an_account, signed_in
from flask import Flask
from flask.testing import FlaskClient

from idp.habilitations.models import RoleAgent
from idp.habilitations.views.caf.guide import CHAPITRES, PAR_CODE, chapitre_de

IMAGES = Path(__file__).parents[3] / "idp" / "static" / "images" / "guide" / "caf"
ORGANISME = "/caf/organismes/<uuid:organisme_id>"


@pytest.mark.parametrize(
    ("route", "code"),
    [
        ("/caf/", "commencer"),
        ("/caf/organismes", "organismes"),
        (ORGANISME + "/utilisateurs/<uuid:rattachement_id>", "organismes"),
        (ORGANISME + "/modifier", "organismes"),
        (ORGANISME + "/conventions/<uuid:convention_id>/contrats/<code>", "conventions"),
        (ORGANISME + "/contrats/<uuid:contrat_id>/groupes", "conventions"),
        (ORGANISME + "/courriers", "courriers"),
        (ORGANISME + "/fusions/<uuid:fusion_id>", "reunir"),
        (ORGANISME + "/supervision/suspendre/<cible>/<uuid:cible_id>", "suspendre"),
        (ORGANISME + "/supervision/remplacements/<uuid:remplacement_id>", "remplacer"),
        (ORGANISME + "/utilisateurs/<uuid:rattachement_id>/acces", "gerer"),
        (ORGANISME + "/utilisateurs/<uuid:rattachement_id>/clore", "gerer"),
        (ORGANISME + "/utilisateurs/creer", "gerer"),
        (ORGANISME + "/supervision/delegation", "gerer"),
        (ORGANISME + "/contrats/<uuid:contrat_id>/clore", "conventions"),
        ("/caf/supervision/services/<code>", "suspendre"),
        ("/caf/services/<code>", "services"),
        ("/caf/assistance/<uuid:rattachement_id>", "assistance"),
        ("/caf/assistance/<uuid:rattachement_id>/vue", "vue"),
        ("/caf/vue/<uuid:vue_id>/utilisateurs", "vue"),
        ("/caf/imports/<uuid:import_id>", "importer"),
        ("/caf/agents/creer", "agents"),
    ],
)
def test_a_page_opens_its_chapter(route: str, code: str) -> None:
    assert chapitre_de(route) is PAR_CODE[code]


def test_every_page_of_the_agents_has_a_chapter_of_its_own_and_no_other_page(app: Flask) -> None:
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/caf/")}

    without = {route for route in routes if chapitre_de(route) is PAR_CODE["commencer"]}
    assert without == {"/caf/"}, "give this page a chapter: idp/habilitations/views/caf/guide.py"
    assert {route for route in routes if chapitre_de(route) is None} == {
        "/caf/guide",
        "/caf/guide/<chapitre>",
    }
    assert chapitre_de("/habilitations/utilisateurs") is None


def test_chapters_open_to_every_agent_with_pictures_and_links_that_exist(
    client: FlaskClient,
) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, ["359"])
    shown = set()
    for chapitre in CHAPITRES:
        page = client.get(chapitre.adresse)
        assert page.status_code == 200
        shown |= set(re.findall(r'src="/static/images/guide/caf/([^"]+)"', page.text))
        for address in re.findall(r'href="(/(?:caf|aide)/guide[^"]*)"', page.text):
            assert client.get(address).status_code == 200, address

    assert shown == {path.name for path in IMAGES.glob("*.png")}, "make guide-images"


def test_a_page_of_the_agents_leads_to_its_chapter(client: FlaskClient) -> None:
    agent_signed_in(client)

    assert 'href="/caf/guide/courriers"' in client.get("/caf/courriers").text
    assert client.get("/caf/guide/nulle-part").status_code == 404


def test_nobody_else_reads_it_nor_is_led_to_it(client: FlaskClient) -> None:
    assert client.get("/caf/guide").status_code == 303
    signed_in(client, an_account())

    for address in ("/caf/guide", "/caf/guide/remplacer", "/caf/courriers"):
        page = client.get(address)
        assert page.status_code == 403
        assert "/caf/guide" not in page.text
