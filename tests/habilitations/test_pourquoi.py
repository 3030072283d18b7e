"""« Pourquoi ? »: every reason, each right and who gave it; to who may know, and to the person."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from desks import Desk, a_desk
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask.testing import FlaskClient
from sql_budget import counted

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations.delegation import Qualite
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    EtatConvention,
    Groupe,
    Habilitation,
    Rattachement,
)
from idp.habilitations.personnes.pourquoi import examiner
from idp.habilitations.policy import Refus

NOW = datetime.now(UTC)
TODAY = clock.today(NOW)
HIER, DEMAIN = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@dataclass
class Console(Desk):
    """An administrateur at their desk; Nadia holds the first of two groups, ticked by them."""

    nadia: Rattachement
    prive: Groupe
    autre: Groupe
    coche: Habilitation

    def page(self, service: str = "offre-bailleurs", who: UUID | None = None) -> str:
        return self.client.get(
            f"/habilitations/utilisateurs/{who or self.nadia.id}/pourquoi/{service}"
        ).text


@pytest.fixture
def console(client: FlaskClient) -> Console:
    desk = a_desk(client)
    prive = a_groupe(desk.contrat)
    autre = a_groupe(desk.contrat, code="offre-bailleurs:conventionne:359", libelle="Conventionnés")
    nadia = desk.user()
    par = desk.chef.account_id
    coche = an_habilitation(nadia, prive, granted_by=par, granted_as=Qualite.ADMINISTRATEUR)
    return Console(**vars(desk), nadia=nadia, prive=prive, autre=autre, coche=coche)


# For each reason, what makes it true, and the words of the page.
FERMETURES: dict[Refus, tuple[type, str, dict[str, Any], str]] = {
    Refus.COMPTE_INACTIF: (
        Account,
        "nadia.account_id",
        {"state": AccountState.SUSPENDU},
        "Son compte n’est pas actif.",
    ),
    Refus.RATTACHEMENT_SUSPENDU: (
        Rattachement,
        "nadia.id",
        {"suspendu_at": NOW},
        "Son accès à votre organisme est suspendu.",
    ),
    Refus.RATTACHEMENT_A_VENIR: (
        Rattachement,
        "nadia.id",
        {"ouverture": DEMAIN},
        "Son accès à votre organisme n’est pas encore ouvert.",
    ),
    Refus.RATTACHEMENT_CLOS: (
        Rattachement,
        "nadia.id",
        {"ouverture": HIER, "cloture": HIER},
        "Son accès à votre organisme est clos.",
    ),
    Refus.CONVENTION_NON_VALIDEE: (
        Convention,
        "contrat.convention_id",
        {"etat": EtatConvention.BROUILLON},
        "n’est pas validée",
    ),
    Refus.CONVENTION_SUSPENDUE: (
        Convention,
        "contrat.convention_id",
        {"etat": EtatConvention.SUSPENDUE},
        "La Caf a suspendu la convention de votre organisme.",
    ),
    Refus.CONVENTION_HORS_DATES: (
        Convention,
        "contrat.convention_id",
        {"fin": HIER},
        "n’est pas en cours",
    ),
    Refus.CONTRAT_SUSPENDU: (
        ContratDeService,
        "contrat.id",
        {"suspendu_at": NOW},
        "La Caf a suspendu l’accès de votre organisme au service Offre Bailleurs.",
    ),
    Refus.CONTRAT_HORS_DATES: (
        ContratDeService,
        "contrat.id",
        {"fin": HIER},
        "Le contrat de votre organisme pour le service Offre Bailleurs n’est pas en cours.",
    ),
    Refus.GROUPE_SUSPENDU: (
        Groupe,
        "prive.id",
        {"suspendu_at": NOW},
        "Son groupe d’habilitation pour le service Offre Bailleurs est fermé.",
    ),
    Refus.HABILITATION_A_VENIR: (
        Habilitation,
        "coche.id",
        {"debut": DEMAIN},
        "Son habilitation au service Offre Bailleurs n’a pas encore commencé.",
    ),
    Refus.HABILITATION_TERMINEE: (
        Habilitation,
        "coche.id",
        {"fin": HIER},
        "Son habilitation au service Offre Bailleurs est terminée.",
    ),
}
SANS_LIGNE = {
    *(Refus.SANS_CONTRAT, Refus.SERVICE_SUSPENDU),
    *(Refus.SANS_GROUPE, Refus.ORGANISME_SUSPENDU),
}


def close(console: Console, refus: Refus) -> str:
    """Make that reason true; the words that the page must have."""
    kind, path, values, words = FERMETURES[refus]
    row: Any = console
    for name in path.split("."):
        row = getattr(row, name)
    for name, value in values.items():
        setattr(db.session.get_one(kind, row), name, value)
    return words


def test_every_reason_is_in_the_table() -> None:
    assert FERMETURES.keys() | SANS_LIGNE == set(Refus)


@pytest.mark.parametrize("refus", FERMETURES)
def test_each_reason_is_told_with_who_can_help(console: Console, refus: Refus) -> None:
    words = close(console, refus)

    page = console.page()

    assert "Non : l’accès au service Offre Bailleurs est fermé" in page
    assert words in page
    assert "Qui le peut" in page
    assert "Rien : la connexion serait refusée ici" in page


def test_without_contract_or_group_says_so(console: Console) -> None:
    assert "n’a pas de contrat avec la Caf pour le service Cdap" in console.page("cdap")
    assert "Signer un contrat" in console.page("cdap")
    page = console.page(who=console.chef.id)
    assert "Cette personne n’est dans aucun groupe d’habilitation" in page
    assert "Un administrateur de votre organisme" in page


def test_suspended_organisme_is_a_reason(console: Console) -> None:
    """Its own administrateur no longer enters the console: read by the service itself."""
    console.organisme.suspendu_at = NOW
    db.session.flush()

    examen = examiner(console.nadia.id, "offre-bailleurs", NOW, acteur=None)

    assert examen is not None
    assert examen.obstacles == (Refus.ORGANISME_SUSPENDU,)


def test_every_reason_is_told_at_once(console: Console) -> None:
    told = [
        close(console, refus)
        for refus in (
            Refus.COMPTE_INACTIF,
            Refus.RATTACHEMENT_SUSPENDU,
            Refus.CONVENTION_SUSPENDUE,
            Refus.CONTRAT_SUSPENDU,
            Refus.GROUPE_SUSPENDU,
            Refus.HABILITATION_TERMINEE,
        )
    ]
    page = console.page()

    assert [words for words in told if words not in page] == []


def test_open_access_tells_its_tick_and_what_the_service_receives(console: Console) -> None:
    page = console.page()

    assert "Oui : l’accès au service Offre Bailleurs est ouvert" in page
    assert "par Paul Roux, administrateur" in page
    shown = contents(page)
    assert shown["offre-bailleurs id_token"]["groups"] == ["offre-bailleurs:prive:359"]
    assert shown["offre-bailleurs userinfo"]["organisme"]["raison_sociale"] == "LES OLIVIERS"


def contents(page: str) -> dict[str, Any]:
    return {
        name: json.loads(unescape(text))
        for name, text in re.findall(r'data-contenu="([^"]+)">([^<]*)</pre>', page)
    }


def test_right_by_a_sous_groupe_and_a_mandate_is_traced(console: Console) -> None:
    place, mandat = console.responsable(console.autre)
    agence = a_sous_groupe(console.contrat, [console.autre], libelle="Agence de Rennes")
    an_habilitation(
        console.nadia,
        agence,
        granted_by=place.account_id,
        granted_as=Qualite.RESPONSABLE_HABILITATION,
        mandat_id=mandat.id,
    )

    page = console.page()

    assert "Agence de Rennes" in page
    assert "par Conventionnés" in page
    assert "par Rémi Blanc, responsable d’habilitation, mandaté par Paul Roux le" in page
    assert "Ce mandat comprend : Conventionnés" in page
    assert "agence" not in str(contents(page)).lower()


def test_mandate_of_another_responsable_names_nothing_out_of_ones_own(console: Console) -> None:
    large, mandat = console.responsable(console.prive, console.autre)
    console.coche.granted_by, console.coche.mandat_id = large.account_id, mandat.id
    console.coche.granted_as = Qualite.RESPONSABLE_HABILITATION
    etroit = an_account(given_name="Lise", family_name="Petit", email="lise@exemple.fr")
    place = a_rattachement(etroit, console.organisme)
    a_mandat(place, [console.prive], console.account(console.chef))
    signed_in(console.client, etroit, place)

    page = console.page()

    assert f"Ce mandat comprend : {console.prive.libelle}." in page
    assert "Conventionnés" not in page


def test_tick_that_is_over_is_told_beside_one_that_holds(console: Console) -> None:
    an_habilitation(console.nadia, console.autre, debut=HIER, fin=HIER)

    page = console.page()

    assert "Oui : l’accès" in page
    assert "n’ouvre rien aujourd’hui" in page
    assert "Son habilitation au service Offre Bailleurs est terminée." in page


def test_services_are_listed_with_the_nearest_reason(console: Console) -> None:
    page = console.client.get(f"/habilitations/utilisateurs/{console.nadia.id}/pourquoi").text

    assert "1 accès en cours" in page
    assert "n’a pas de contrat avec la Caf pour le service Cdap" in page


def test_responsable_is_told_of_other_ticks_only_how_many(console: Console) -> None:
    an_habilitation(console.nadia, console.autre)
    place, _mandat = console.responsable(console.autre)
    console.sit(place)

    page = console.page()

    assert "aussi dans 1 groupe" in page
    assert "Logements privés" not in page
    assert "offre-bailleurs:prive:359" not in page
    assert "Paul Roux, administrateur" not in page
    assert contents(page) == {}


def test_responsable_is_told_of_the_services_of_their_mandate_alone(console: Console) -> None:
    cdap = a_groupe(a_contrat(console.organisme, service="cdap"), code="cdap:prive:359")
    an_habilitation(console.nadia, cdap)
    place, _mandat = console.responsable(console.prive)
    console.sit(place)
    adresse = f"/habilitations/utilisateurs/{console.nadia.id}/pourquoi"

    liste = console.client.get(adresse).text

    assert "Pourquoi Offre Bailleurs ?" in liste
    assert "Cdap" not in liste
    assert console.client.get(f"{adresse}/cdap").status_code == 404
    assert console.client.get(f"{adresse}/offre-bailleurs").status_code == 200


def test_responsable_sees_all_of_who_holds_nothing_else(console: Console) -> None:
    place, _mandat = console.responsable(console.prive)
    console.sit(place)

    assert contents(console.page())
    assert (
        console.client.get(
            f"/habilitations/utilisateurs/{console.chef.id}/pourquoi/offre-bailleurs"
        ).status_code
        == 404
    )


@pytest.mark.parametrize("path", ["", "/offre-bailleurs"])
def test_person_of_another_organisme_does_not_exist(console: Console, path: str) -> None:
    elsewhere = a_rattachement(an_account(), an_organisme(raison_sociale="AILLEURS"))

    for who in (elsewhere.id, uuid4()):
        answer = console.client.get(f"/habilitations/utilisateurs/{who}/pourquoi{path}")
        assert answer.status_code == 404


def test_unknown_service_does_not_exist(console: Console) -> None:
    for address in (
        f"/habilitations/utilisateurs/{console.nadia.id}/pourquoi/inconnu",
        f"/profil/habilitations/{console.chef.id}/pourquoi/inconnu",
    ):
        assert console.client.get(address).status_code == 404


def test_person_reads_why_for_themself_alone(console: Console) -> None:
    console.sit(console.nadia)

    links = console.client.get("/profil/habilitations").text
    address = f"/profil/habilitations/{console.nadia.id}/pourquoi/offre-bailleurs"
    assert address in links
    page = console.client.get(address).text
    assert "Oui : l’accès au service Offre Bailleurs est ouvert" in page
    assert contents(page)
    assert "Vous n’êtes dans aucun groupe" not in page
    other = console.client.get(f"/profil/habilitations/{console.nadia.id}/pourquoi/cdap").text
    assert "Votre organisme n’a pas de contrat" in other
    for who in (console.chef.id, uuid4()):
        hidden = console.client.get(f"/profil/habilitations/{who}/pourquoi/offre-bailleurs")
        assert hidden.status_code == 404


def test_page_costs_the_same_whatever_the_ticks(console: Console) -> None:
    address = f"/habilitations/utilisateurs/{console.nadia.id}/pourquoi"
    addresses = (address, f"{address}/offre-bailleurs")
    db.session.commit()
    few = [cost(console, one) for one in addresses]
    for rank in range(30):
        groupe = a_groupe(console.contrat, code=f"x:{rank}", libelle=f"G{rank}")
        an_habilitation(console.nadia, a_sous_groupe(console.contrat, [groupe, console.prive]))
    db.session.commit()

    assert [cost(console, one) for one in addresses] == few
    assert max(few) <= 8


def cost(console: Console, address: str) -> int:
    with counted() as statements:
        assert console.client.get(address).status_code == 200
    return len(statements)
