"""« Mes groupes »: what each group opens and why not, who is in it, by whom; nobody else's, and flat."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from desks import Desk, a_desk
from factories import (
    a_caisse,
    a_contrat,
    a_groupe,
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
from idp.db import db
from idp.habilitations.delegation import Qualite
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    EtatConvention,
    Groupe,
    Mandat,
    Rattachement,
    TypeLogement,
)

NOW = datetime.now(UTC)
TODAY = clock.today(NOW)
LISTE = "/habilitations/groupes"


@dataclass
class Console(Desk):
    """An administrateur at their desk: two groups of Offre Bailleurs, a sous-groupe, a member of the first."""

    nadia: Rattachement
    prive: Groupe
    conventionne: Groupe
    agence: Groupe

    def page(self, groupe: Groupe) -> str:
        return self.client.get(f"{LISTE}/{groupe.id}").text


@pytest.fixture
def console(client: FlaskClient) -> Console:
    desk = a_desk(client)
    prive = a_groupe(desk.contrat)
    conventionne = a_groupe(
        desk.contrat,
        code="offre-bailleurs:conventionne:359",
        libelle="Logements conventionnés – Caf 359",
        type_logement=TypeLogement.CONVENTIONNE,
    )
    agence = a_sous_groupe(desk.contrat, [conventionne])
    nadia = desk.user()
    par = desk.chef.account_id
    an_habilitation(nadia, prive, granted_by=par, granted_as=Qualite.ADMINISTRATEUR)
    return Console(**vars(desk), nadia=nadia, prive=prive, conventionne=conventionne, agence=agence)


def test_groups_are_listed_by_service_with_what_they_open(console: Console) -> None:
    page = console.client.get(LISTE).text

    assert "Convention LES OLIVIERS" in page
    assert "Logements privés, Caf 359 (département 35)" in page
    assert "offre-bailleurs:conventionne:359" in page
    assert "Agence de Rennes" in page
    assert page.index("Groupes créés par la Caf") < page.index("Sous-groupes de votre organisme")


@pytest.mark.parametrize(
    ("words", "found"),
    [("prives", "privés"), ("35 PRIVÉ", "privés"), ("rennes", "Agence"), ("introuvable", "Aucun")],
)
def test_groups_are_searched_by_name_zone_and_code(
    console: Console, words: str, found: str
) -> None:
    page = console.client.get(LISTE, query_string={"q": words}).text

    assert found in page
    assert ("Agence de Rennes" in page) == (found == "Agence")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"etat": EtatConvention.SUSPENDUE}, "La Caf a suspendu la convention"),
        ({"fin": TODAY - timedelta(days=1)}, "n’est pas en cours"),
    ],
)
def test_closed_convention_says_why(console: Console, change: dict[str, Any], told: str) -> None:
    convention = db.session.get_one(Convention, console.contrat.convention_id)
    for name, value in change.items():
        setattr(convention, name, value)

    for page in (console.client.get(LISTE).text, console.page(console.prive)):
        assert told in page
        assert "N’ouvre rien aujourd’hui" in page


def test_every_reason_of_a_contract_is_told(console: Console) -> None:
    contrat = db.session.get_one(ContratDeService, console.contrat.id)
    contrat.suspendu_at, contrat.fin = NOW, TODAY - timedelta(days=1)

    page = console.client.get(LISTE).text

    assert "a suspendu l’accès de votre organisme au service Offre Bailleurs" in page
    assert "Le contrat de votre organisme pour le service Offre Bailleurs" in page


def test_suspended_group_is_shown_closed(console: Console) -> None:
    db.session.get_one(Groupe, console.prive.id).suspendu_at = NOW

    assert "Suspendu par la Caf" in console.page(console.prive)


def test_page_of_a_group_tells_members_dates_and_who_gave(console: Console) -> None:
    page = console.page(console.prive)

    assert "Nadia Le Gall" in page
    assert "par Paul Roux, administrateur" in page
    assert "Le service reçoit : offre-bailleurs:prive:359" in page


def test_sous_groupe_names_its_groups_and_each_group_its_sous_groupes(console: Console) -> None:
    assert "Logements conventionnés – Caf 359" in console.page(console.agence)
    assert "Agence de Rennes" in console.page(console.conventionne)
    assert "Agence de Rennes" not in console.page(console.prive)


def test_right_given_under_a_mandate_names_who_gave_the_mandate(console: Console) -> None:
    place, mandat = console.responsable(console.prive)
    user = a_rattachement(an_account(family_name="Dupuis"), console.organisme)
    an_habilitation(
        user,
        console.prive,
        granted_by=place.account_id,
        granted_as=Qualite.RESPONSABLE_HABILITATION,
        mandat_id=mandat.id,
    )

    page = console.page(console.prive)

    assert "par Rémi Blanc, responsable d’habilitation, mandaté par Paul Roux le" in page


def test_right_given_by_a_program_or_the_caf_says_so(console: Console) -> None:
    mandat = Mandat(
        organisme_id=console.organisme.id,
        programme="Annuaire RH",
        peut_creer=True,
        debut=TODAY,
        granted_at=NOW,
        granted_by=console.chef.account_id,
    )
    db.session.add(mandat)
    db.session.flush()
    for given in ({"granted_as": Qualite.PROGRAMME, "mandat_id": mandat.id}, {}):
        an_habilitation(a_rattachement(an_account(), console.organisme), console.prive, **given)

    page = console.page(console.prive)

    assert "par le programme « Annuaire RH », mandaté par Paul Roux" in page
    assert "par la Caf" in page


def test_members_are_searched(console: Console) -> None:
    other = a_rattachement(
        an_account(family_name="Dupuis", email="d@exemple.fr"), console.organisme
    )
    an_habilitation(other, console.prive)

    page = console.client.get(f"{LISTE}/{console.prive.id}?q=dupuis").text

    assert "Dupuis" in page
    assert "Nadia" not in page
    assert "1 membre pour « dupuis »" in page


def test_members_come_by_pages_each_once(console: Console) -> None:
    for rank in range(60):
        person = an_account(family_name=f"Personne{rank:03}", email=None)
        an_habilitation(a_rattachement(person, console.organisme), console.conventionne)
    address, seen = f"{LISTE}/{console.conventionne.id}", []
    while address:
        page = console.client.get(address).text
        seen += [rank for rank in range(60) if f"Personne{rank:03}" in page]
        assert "60 membres" in page
        address = _suivante(page)

    assert seen == list(range(60))


def _suivante(page: str) -> str:
    if 'rel="next"' not in page:
        return ""
    return page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&").split("#")[0]


def test_responsable_sees_the_groups_of_their_perimeter_alone(console: Console) -> None:
    place, _mandat = console.responsable(console.prive)
    account = db.session.get_one(type(an_account()), place.account_id)
    signed_in(console.client, account, place)

    page = console.client.get(LISTE).text

    assert "Logements privés" in page
    assert "conventionnés – Caf" not in page
    assert "Agence de Rennes" not in page
    assert console.client.get(f"{LISTE}/{console.prive.id}").status_code == 200
    for hidden in (console.conventionne, console.agence):
        assert console.client.get(f"{LISTE}/{hidden.id}").status_code == 404


def test_group_of_another_organisme_does_not_exist(console: Console) -> None:
    foreign = a_groupe(
        a_contrat(an_organisme(raison_sociale="AILLEURS")), code="offre-bailleurs:prive:999"
    )

    for groupe_id in (foreign.id, uuid4()):
        assert console.client.get(f"{LISTE}/{groupe_id}").status_code == 404


def test_plain_user_may_not_enter(console: Console) -> None:
    signed_in(
        console.client,
        db.session.get_one(type(an_account()), console.nadia.account_id),
        console.nadia,
    )

    assert console.client.get(LISTE).status_code == 403
    assert console.client.get(f"{LISTE}/{console.prive.id}").status_code == 403


def test_pages_cost_the_same_whatever_the_groups_and_members(console: Console) -> None:
    addresses = (LISTE, f"{LISTE}/{console.prive.id}")
    db.session.commit()
    few = [_cost(console, address) for address in addresses]
    for rank in range(30):
        groupe = a_groupe(
            console.contrat, code=f"x:{rank}", libelle=f"G{rank}", zone=a_caisse().code
        )
        a_sous_groupe(console.contrat, [groupe, console.prive], libelle=f"S{rank}")
        person = a_rattachement(an_account(family_name=f"P{rank}"), console.organisme)
        an_habilitation(person, console.prive)
    db.session.commit()

    assert [_cost(console, address) for address in addresses] == few
    assert max(few) <= 6


def _cost(console: Console, address: str) -> int:
    with counted() as statements:
        assert console.client.get(address).status_code == 200
    return len(statements)
