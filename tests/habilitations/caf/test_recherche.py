"""« Organismes »: what agents type finds what it names, in their caisses alone, for the same price."""

from uuid import uuid4

import pytest
from dossiers import AUTRE_CAISSE, CAISSE
from factories import a_caisse, a_rattachement, agent_signed_in, an_account, an_organisme
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted

from idp.db import db
from idp.folding import fold, folded
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import NumeroUtilisateur, Organisme, RoleAgent
from idp.habilitations.organismes import recherche, saisie
from idp.habilitations.organismes.recherche import Depuis
from idp.printable import format_identifiant

SIRET = "73282932000074"
NATIONAL = AgentVu(uuid4(), RoleAgent.NATIONAL, ())


@pytest.fixture
def oliviers(app: Flask) -> Organisme:
    """Of the caisse 359, with a SIRET, a mail, two numbers, and Nadia Le Gall."""
    organisme = an_organisme(
        raison_sociale="SCI L’Été des Oliviers", siret=SIRET, email="Gerance@oliviers.example"
    )
    a_caisse(AUTRE_CAISSE)
    for valeur, caisse in (("35900007090001", CAISSE), ("A123456", CAISSE)):
        db.session.add(
            NumeroUtilisateur(valeur=valeur, organisme_id=organisme.id, caisse_code=caisse)
        )
    nadia = an_account(given_name="Nadia", family_name="Le Gall", email="Nadia@exemple.fr")
    a_rattachement(nadia, organisme)
    an_organisme(raison_sociale="MAIRIE DE RENNES", siret="73282932000082")
    db.session.flush()
    return organisme


def found(texte: str, agent: AgentVu = NATIONAL) -> list[str]:
    """The raisons sociales of the organismes that a text finds."""
    lignes = recherche.chercher(agent, saisie.lire(texte)).organismes.lignes
    return [ligne.raison_sociale for ligne in lignes]


def people(texte: str, agent: AgentVu = NATIONAL) -> list[str]:
    """The names of the people that a text finds."""
    return [ligne.nom for ligne in recherche.chercher(agent, saisie.lire(texte)).personnes.lignes]


@pytest.mark.parametrize(
    "texte",
    [
        "35900007090001",
        "359 00007090001",
        "a123456",
        "A 12.34.56",
        SIRET,
        "732 829 320 00074",
        "gerance@OLIVIERS.example",
        "oliviers",
        "été oli",
        "ETE DES OLIVIERS",
        "l'ete",
    ],
)
def test_an_organisme_is_found_however_it_is_typed(oliviers: Organisme, texte: str) -> None:
    assert found(texte) == [oliviers.raison_sociale]


def test_a_siren_finds_every_establishment(oliviers: Organisme) -> None:
    assert found("732 829 320") == ["MAIRIE DE RENNES", oliviers.raison_sociale]


@pytest.mark.parametrize("texte", ["liviers", "%", "_", "", "x", "35900007090002", "rennes été"])
def test_what_names_nothing_finds_nothing(oliviers: Organisme, texte: str) -> None:
    assert found(texte) == []


@pytest.mark.parametrize(
    "texte",
    [
        "le gall",
        "LE GALL Nadia",
        "nadia le gall",
        "Nadia Le",
        "nadia@exemple.fr",
        "le ga",
        "le gall na",
    ],
)
def test_a_person_is_found_by_name_or_address(oliviers: Organisme, texte: str) -> None:
    assert people(texte) == ["Nadia Le Gall"]


def test_a_person_is_found_by_identifiant_before_they_have_a_name(oliviers: Organisme) -> None:
    nouveau = an_account(family_name=None, given_name=None, email=None)
    a_rattachement(nouveau, oliviers)

    lignes = recherche.chercher(
        NATIONAL, saisie.lire(format_identifiant(nouveau.identifiant).lower())
    ).personnes.lignes

    assert [(ligne.nom, ligne.organisme_id) for ligne in lignes] == [("", oliviers.id)]


@pytest.mark.parametrize("texte", ["35900007090001", "oliviers", "le gall", "nadia@exemple.fr"])
def test_what_is_of_another_caisse_is_not_found(oliviers: Organisme, texte: str) -> None:
    ailleurs = AgentVu(uuid4(), RoleAgent.SUPERVISEUR, (AUTRE_CAISSE,))
    assert (found(texte, ailleurs), people(texte, ailleurs)) == ([], [])

    numero = NumeroUtilisateur(
        valeur="75100000000001", organisme_id=oliviers.id, caisse_code=AUTRE_CAISSE
    )
    db.session.add(numero)
    db.session.flush()

    assert found(texte, ailleurs) or people(texte, ailleurs)


def test_pages_go_on_and_come_back_whatever_is_added(app: Flask) -> None:
    noms = [f"SCI {rang:02}" for rang in range(60)]
    for nom in noms:
        an_organisme(raison_sociale=nom)

    premiere = recherche.chercher(NATIONAL, saisie.lire("sci")).organismes
    an_organisme(raison_sociale="SCI 00 BIS")
    deuxieme = recherche.tous(NATIONAL, Depuis(apres=premiere.suivante))
    retour = recherche.tous(NATIONAL, Depuis(avant=deuxieme.precedente))
    derniere = recherche.tous(NATIONAL, Depuis(apres=deuxieme.suivante))

    assert premiere.precedente is None
    assert [ligne.raison_sociale for ligne in deuxieme.lignes] == noms[25:50]
    assert [ligne.raison_sociale for ligne in retour.lignes][-1] == noms[24]
    assert [ligne.raison_sociale for ligne in derniere.lignes] == noms[50:]
    assert derniere.suivante is None


def test_people_have_pages_of_their_own(app: Flask) -> None:
    organisme = an_organisme()
    for rang in range(30):
        a_rattachement(an_account(family_name="Martin", given_name=f"A{rang:02}"), organisme)

    premiere = recherche.chercher(NATIONAL, saisie.lire("martin")).personnes
    suite = recherche.chercher(
        NATIONAL, saisie.lire("martin"), personnes=Depuis(apres=premiere.suivante)
    ).personnes

    noms = [ligne.nom for ligne in (*premiere.lignes, *suite.lignes)]
    assert noms == [f"A{rang:02} Martin" for rang in range(30)]


def test_the_page_costs_the_same_whatever_is_found(app: Flask, client: FlaskClient) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    an_organisme(raison_sociale="SCI SEULE")

    def cost() -> int:
        with counted() as statements:
            assert client.get("/caf/organismes?q=sci").status_code == 200
        return len(statements)

    one = cost()
    for rang in range(40):
        a_rattachement(
            an_account(family_name=f"Sci{rang}"), an_organisme(raison_sociale=f"SCI {rang}")
        )
    assert cost() == one
    assert one <= 8


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("nom", ["L’Été", "Jean-Pierre", "ŒUVRE & Cie", "O'Neil", "ÀÉÎÕÜ ÿ (2)"])
def test_python_and_the_database_fold_alike(nom: str) -> None:
    made = db.session.scalar(db.select(folded(db.literal(nom))))

    assert fold(made) == fold(nom) == " ".join(made.split())


def test_the_page_shows_what_was_found_and_leads_to_it(
    client: FlaskClient, oliviers: Organisme
) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    page = client.get("/caf/organismes?q=oliviers").text
    assert f'href="/caf/organismes/{oliviers.id}"' in page
    assert "359\u00a000007090001" in page
    nothing = client.get("/caf/organismes?q=<b>").text
    assert "Rien ne correspond à « &lt;b&gt; »" in nothing

    dossier = client.get(f"/caf/organismes/{oliviers.id}").text
    assert "SCI L’Été des Oliviers" in dossier
    assert "732\u00a0829\u00a0320\u00a000074" in dossier
