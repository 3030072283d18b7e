"""The guide of the agents: each page has its chapter, with pictures and links that exist; agents alone read it."""

import re
from pathlib import Path

import pytest
from dossiers import un_dossier
from factories import agent_signed_in, an_account, signed_in
from flask import Flask
from flask.testing import FlaskClient

from idp.habilitations.models import RoleAgent
from idp.habilitations.views.caf.guide import CHAPITRES, GUIDE, PAR_CODE, chapitre_de
from idp.habilitations.views.caf.menu import ENTREES
from idp.habilitations.views.caf.onglets import ONGLETS

IMAGES = Path(__file__).parents[3] / "idp" / "static" / "images" / "guide" / "caf"
ORGANISME = "/caf/organismes/<uuid:organisme_id>"


@pytest.mark.parametrize(
    ("route", "code"),
    [
        ("/caf/", "a-voir"),
        ("/caf/conventions-qui-finissent", "a-voir"),
        ("/caf/coordonnees/<caisse>", "coordonnees"),
        ("/caf/assistance/<uuid:rattachement_id>/moyen-perdu", "moyen-perdu"),
        ("/caf/agents/<uuid:agent_id>/moyen-perdu/<uuid:retrait_id>/accorder", "moyen-perdu"),
        ("/caf/agents/<uuid:agent_id>/actes", "actes"),
        ("/caf/agents/refus", "actes"),
        ("/caf/imports/<uuid:import_id>/refus", "importer"),
        ("/caf/campagnes/<uuid:campagne_id>/refus", "campagnes"),
        ("/caf/services/<code>/clients/<client_id>/reessayer", "services"),
        ("/caf/supervision/suspensions", "suspendre"),
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

    first = {route for route in routes if chapitre_de(route) is PAR_CODE["a-voir"]}
    assert first == {"/caf/", "/caf/conventions-qui-finissent", "/caf/resume"}, (
        "give this page a chapter: idp/habilitations/views/caf/guide.py"
    )
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
        for picture in re.findall("<img [^>]*>", page.text):
            assert re.search(r'width="\d+" height="\d+"', picture), "the page moves as it arrives"
        for address in re.findall(r'href="(/(?:caf|aide)/guide[^"]*)"', page.text):
            assert client.get(address).status_code == 200, address

    assert shown == {path.name for path in IMAGES.glob("*.png")}, "make guide-images"


def test_the_help_of_every_page_leads_to_a_heading_that_exists(
    app: Flask, client: FlaskClient
) -> None:
    agent_signed_in(client, RoleAgent.NATIONAL)
    chapitres = {chapitre.adresse: client.get(chapitre.adresse).text for chapitre in CHAPITRES}
    routes = [rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/caf/")]
    sections = {section for chapitre in CHAPITRES for _part, section in chapitre.sections}

    reached = set()
    for route in routes:
        chapitre = chapitre_de(route)
        if chapitre is None:
            continue
        adresse, _, section = chapitre.adresse_pour(route).partition("#")
        assert not section or f'id="{section}"' in chapitres[adresse], (route, section)
        reached |= {section} - {""}

    assert reached == sections, "a section that no page leads to"


def test_every_page_of_the_menu_and_every_tab_has_its_help(client: FlaskClient) -> None:
    agent_signed_in(client, RoleAgent.NATIONAL)
    un = un_dossier()
    adresses = [entree.adresse for entree in ENTREES if entree.adresse != GUIDE]
    adresses += [f"/caf/organismes/{un.organisme.id}{onglet.suite}" for onglet in ONGLETS]

    for adresse in ("/caf/", *adresses):
        aide = re.search(r'class="mcp-aide-page"><a href="([^"#]+)', client.get(adresse).text)
        assert aide, adresse
        assert client.get(aide[1]).status_code == 200, aide[1]


def test_links_of_a_chapter_lead_to_headings_that_exist(client: FlaskClient) -> None:
    agent_signed_in(client)
    for chapitre in CHAPITRES:
        page = client.get(chapitre.adresse).text
        titres = re.findall(r'<h\d id="([^"]*)"', page)
        assert len(titres) == len(set(titres)), chapitre.code
        for adresse, section in re.findall(r'href="(/caf/guide/[^"#]+)#([^"]+)"', page):
            assert f'id="{section}"' in client.get(adresse).text, (chapitre.code, section)


def test_a_page_of_the_agents_leads_to_its_chapter(client: FlaskClient) -> None:
    agent_signed_in(client)

    assert 'href="/caf/guide/courriers"' in client.get("/caf/courriers").text
    revenus = client.get("/caf/courriers/retours").text
    assert 'href="/caf/guide/courriers#un-courrier-revient-npai"' in revenus
    assert client.get("/caf/guide/nulle-part").status_code == 404


def test_nobody_else_reads_it_nor_is_led_to_it(client: FlaskClient) -> None:
    assert client.get("/caf/guide").status_code == 303
    signed_in(client, an_account())

    for address in ("/caf/guide", "/caf/guide/remplacer", "/caf/courriers"):
        page = client.get(address)
        assert page.status_code == 403
        assert "/caf/guide" not in page.text
