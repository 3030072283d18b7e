"""A sous-groupe only narrows; changing it is told first, gives nothing to oneself, and moves no mandate."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from desks import Desk, a_desk, version_of
from factories import (
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
from flows import code_for, exchange
from sql_budget import counted
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.claims import droits
from idp.habilitations.delegation import Qualite
from idp.habilitations.models import (
    Composante,
    Groupe,
    Habilitation,
    Mandat,
    PerimetreResponsable,
    Rattachement,
)
from idp.oidc.models import Grant

NOW = datetime.now(UTC)
TODAY = clock.today(NOW)
RACINE = "/habilitations/sous-groupes"


@dataclass
class Console(Desk):
    """An administrateur, a contract of three groups, a sous-groupe of the first two, Nadia in it."""

    nadia: Rattachement
    a: Groupe
    b: Groupe
    c: Groupe
    agence: Groupe

    def create(self, *bases: Any, nom: str = "Équipe du Nord") -> TestResponse:
        return self.client.post(
            f"{RACINE}/creer/{self.contrat.id}", data=self.form(*bases, nom=nom)
        )

    def form(self, *bases: Any, nom: str = "Agence de Rennes", **more: str) -> dict[str, Any]:
        return {
            "organisme": str(self.organisme.id),
            "nom": nom,
            "bases": [str(getattr(base, "id", base)) for base in bases],
            **more,
        }

    def change(self, *bases: Groupe, **more: str) -> TestResponse:
        return self.client.post(
            f"{RACINE}/{self.agence.id}/modifier", data=self.form(*bases, **more)
        )

    def confirm(self, *bases: Groupe, **more: str) -> TestResponse:
        """Seen, then confirmed."""
        version = version_of(self.change(*bases, **more).text)
        return self.change(*bases, **more, version=version, confirme="oui")

    def delete(self) -> TestResponse:
        address = f"{RACINE}/{self.agence.id}/supprimer"
        version = version_of(self.client.get(address).text)
        return self.client.post(
            address, data={"organisme": str(self.organisme.id), "version": version}
        )

    def opens(self) -> set[UUID]:
        return set(
            db.session.scalars(
                select(Composante.base_id).where(Composante.sous_groupe_id == self.agence.id)
            )
        )

    def rights(self, who: Rattachement | None = None) -> set[str]:
        found = droits((who or self.nadia).id, "offre-bailleurs", NOW)
        return {vue.code for vue in found.habilitations} if found else set()


@pytest.fixture
def console(client: FlaskClient) -> Console:
    desk = a_desk(client)
    a, b, c = (
        a_groupe(desk.contrat, code=f"ob:{letter}", libelle=f"Zone {letter}") for letter in "ABC"
    )
    agence = a_sous_groupe(desk.contrat, [a, b])
    nadia = desk.user()
    par = desk.chef.account_id
    an_habilitation(nadia, agence, granted_by=par, granted_as=Qualite.ADMINISTRATEUR)
    return Console(**vars(desk), nadia=nadia, a=a, b=b, c=c, agence=agence)


def ticked_by(console: Console, mandat: Mandat, place: Rattachement, groupe: Groupe) -> UUID:
    who = a_rattachement(an_account(family_name="Dupuis", email=None), console.organisme)
    return an_habilitation(
        who,
        groupe,
        granted_by=place.account_id,
        granted_as=Qualite.RESPONSABLE_HABILITATION,
        mandat_id=mandat.id,
    ).id


def perimetre(mandat: Mandat) -> set[UUID]:
    return set(
        db.session.scalars(
            select(PerimetreResponsable.groupe_id).where(
                PerimetreResponsable.mandat_id == mandat.id
            )
        )
    )


def events(name: str) -> list[dict[str, Any]]:
    rows = db.session.scalars(select(JournalEntry).where(JournalEntry.event == name))
    return [row.data for row in rows]


def test_sous_groupe_is_made_of_some_groups_of_a_contract(console: Console) -> None:
    answer = console.create(console.a, console.c)

    assert answer.status_code == 303
    page = console.client.get(answer.location).text
    assert "Équipe du Nord" in page
    assert "Zone A" in page
    (told,) = events("sous_groupe_cree")
    assert told["ouvre"] == ["ob:A", "ob:C"]
    assert "Équipe du Nord" in console.client.get("/habilitations/groupes").text


@pytest.mark.parametrize(
    ("letters", "nom", "told"),
    [
        ("ABC", "Tout", "plus étroit"),
        ("", "Rien", "Cochez au moins un groupe"),
        ("A", "", "Donnez un nom"),
        ("A", "zone  b", "porte déjà ce nom"),
        ("A", "AGENCE DE RENNES", "porte déjà ce nom"),
        ("A", "x" * 81, "80 caractères"),
        ("A", "a\x07b", "lisible"),
    ],
    ids=["as wide", "empty", "no name", "name of a group", "name taken", "long", "unreadable"],
)
def test_what_does_not_narrow_or_has_no_name_is_refused(
    console: Console, letters: str, nom: str, told: str
) -> None:
    bases = [getattr(console, letter.lower()) for letter in letters]

    answer = console.create(*bases, nom=nom)

    assert answer.status_code == 200
    assert told in answer.text
    assert events("sous_groupe_cree") == []


def test_group_of_elsewhere_is_never_comprised(console: Console) -> None:
    """Of another contract, of another organisme, a sous-groupe, nothing at all."""
    other = a_groupe(a_contrat(console.organisme, "cdap"), code="cdap:t1")
    foreign = a_groupe(a_contrat(an_organisme(raison_sociale="AILLEURS")), code="x:1")
    for base in (other, foreign, console.agence, uuid4(), "x"):
        assert console.create(console.a, base).status_code == 200
    assert events("sous_groupe_cree") == []


def test_what_members_lose_and_win_is_told_then_done(console: Console) -> None:
    told = console.change(console.a, console.c).text

    assert "1 personne perdra l’accès à Offre Bailleurs – Zone B" in told
    assert "1 personne pourra ouvrir Offre Bailleurs – Zone C" in told
    assert "Membres : Nadia Le Gall" in told
    assert console.rights() == {"ob:A", "ob:B"}
    assert console.confirm(console.a, console.c).status_code == 303
    assert console.rights() == {"ob:A", "ob:C"}
    (event,) = events("sous_groupe_compose")
    assert (event["ajoute"], event["retire"], event["membres"]) == (["ob:C"], ["ob:B"], 1)


def test_who_keeps_the_access_otherwise_is_not_counted(console: Console) -> None:
    an_habilitation(console.nadia, console.b)

    assert "personne n’y perd d’accès" in console.change(console.a).text


@pytest.mark.parametrize(
    "over", [{"fin": TODAY - timedelta(days=1)}, {"debut": TODAY + timedelta(days=3)}]
)
def test_box_out_of_its_dates_keeps_nothing(console: Console, over: dict[str, Any]) -> None:
    an_habilitation(console.nadia, console.b, **{"debut": TODAY - timedelta(days=9), **over})

    assert "1 personne perdra l’accès" in console.change(console.a).text


def test_services_are_told_of_what_is_taken(console: Console) -> None:
    nadia = db.session.get_one(Account, console.nadia.account_id)
    browser = console.client.application.test_client()
    signed_in(browser, nadia, console.nadia)
    assert exchange(browser, code_for(browser)).status_code == 200

    console.confirm(console.a)

    assert db.session.scalars(select(Grant)).one().revoked_at is not None


def test_widening_alone_ends_nothing(console: Console) -> None:
    """A sous-groupe of one group takes another: nobody is signed out of their service."""
    nadia = db.session.get_one(Account, console.nadia.account_id)
    console.confirm(console.a)
    browser = console.client.application.test_client()
    signed_in(browser, nadia, console.nadia)
    assert exchange(browser, code_for(browser)).status_code == 200

    console.confirm(console.a, console.b)

    assert db.session.scalars(select(Grant)).one().revoked_at is None


def test_renamed_keeps_its_code_and_members(console: Console) -> None:
    told = console.change(console.a, console.b, nom="Agence de Fougères").text

    assert "Il s’appellera « Agence de Fougères »" in told
    console.confirm(console.a, console.b, nom="Agence de Fougères")
    after = db.session.get_one(Groupe, console.agence.id)
    assert (after.libelle, after.code) == ("Agence de Fougères", console.agence.code)
    assert console.rights() == {"ob:A", "ob:B"}
    assert len(events("sous_groupe_renomme")) == 1


def test_nothing_to_change_changes_nothing(console: Console) -> None:
    assert console.change(console.a, console.b).status_code == 303
    assert events("sous_groupe_compose") == []


def test_second_of_two_administrateurs_is_told(console: Console) -> None:
    seen = version_of(console.change(console.a).text)
    hugo = a_rattachement(an_account(family_name="Morel", email=None), console.organisme)
    an_habilitation(hugo, console.agence)

    answer = console.change(console.a, version=seen, confirme="oui")

    assert "entre-temps" in answer.text
    assert console.opens() == {console.a.id, console.b.id}
    assert console.confirm(console.a).status_code == 303


def test_nobody_gives_to_themself_through_a_sous_groupe(console: Console) -> None:
    """The attack: be put in a sous-groupe, then widen it; taking away from oneself is refused alike."""
    an_habilitation(console.chef, console.agence)
    for bases in ((console.a, console.c), (console.a,)):
        told = console.change(*bases).text
        assert "personne ne change ses propres accès" in told
        console.change(*bases, version="0123456789abcdef", confirme="oui")
    assert console.opens() == {console.a.id, console.b.id}
    assert console.change(console.a, console.b, nom="Autre").status_code == 200
    page = console.client.get(f"{RACINE}/{console.agence.id}/supprimer").text
    assert "personne ne change ses propres accès" in page
    console.client.post(
        f"{RACINE}/{console.agence.id}/supprimer",
        data={"organisme": str(console.organisme.id), "version": "x"},
    )
    assert db.session.get_one(Groupe, console.agence.id).actif


@pytest.mark.parametrize("letters", ["AC", "A"], ids=["widened", "narrowed"])
def test_mandate_keeps_what_it_was_given(console: Console, letters: str) -> None:
    """Neither wider nor narrower than what the administrateur delegated; they are told."""
    _place, mandat = console.responsable(console.agence, console.a)
    bases = [getattr(console, letter.lower()) for letter in letters]

    assert "Le mandat de Rémi Blanc comprend ce sous-groupe" in console.change(*bases).text
    console.confirm(*bases)

    assert perimetre(mandat) == {console.a.id, console.b.id}


def test_tick_under_a_mandate_too_narrow_is_the_administrateur_s_once_widened(
    console: Console,
) -> None:
    place, mandat = console.responsable(console.agence)
    tick = ticked_by(console, mandat, place, console.agence)

    console.confirm(console.a, console.c)

    after = db.session.get_one(Habilitation, tick)
    assert (after.granted_by, after.granted_as) == (console.chef.account_id, Qualite.ADMINISTRATEUR)
    assert after.mandat_id is None


def test_tick_under_a_mandate_wide_enough_stays_of_its_author(console: Console) -> None:
    place, mandat = console.responsable(console.agence, console.c)
    tick = ticked_by(console, mandat, place, console.agence)

    console.confirm(console.a, console.c)

    after = db.session.get_one(Habilitation, tick)
    assert (after.granted_by, after.mandat_id) == (place.account_id, mandat.id)


def test_deleted_once_its_members_were_told_of(console: Console) -> None:
    _place, mandat = console.responsable(console.agence)
    page = console.client.get(f"{RACINE}/{console.agence.id}/supprimer").text
    assert "1 personne perdra l’accès à Offre Bailleurs – Zone A" in page
    assert "Membres : Nadia Le Gall" in page

    assert console.delete().status_code == 303

    assert console.rights() == set()
    assert perimetre(mandat) == {console.a.id, console.b.id}
    assert console.client.get(f"/habilitations/groupes/{console.agence.id}").status_code == 404
    assert "Agence de Rennes" not in console.client.get("/habilitations/groupes").text
    (event,) = events("sous_groupe_supprime")
    assert event["membres"] == 1
    assert len(events("habilitation_retiree")) == 1


def test_name_of_a_deleted_one_is_free_again(console: Console) -> None:
    console.delete()

    assert console.create(console.a, nom="Agence de Rennes").status_code == 303


def test_deletion_is_asked_again_when_members_changed(console: Console) -> None:
    address = f"{RACINE}/{console.agence.id}/supprimer"
    version = version_of(console.client.get(address).text)
    hugo = a_rattachement(an_account(family_name="Morel", email=None), console.organisme)
    an_habilitation(hugo, console.agence)

    answer = console.client.post(
        address, data={"organisme": str(console.organisme.id), "version": version}
    )

    assert "entre-temps" in console.client.get(answer.location).text
    assert db.session.get_one(Groupe, console.agence.id).actif


def test_sous_groupe_of_another_organisme_does_not_exist(console: Console) -> None:
    contrat = a_contrat(an_organisme(raison_sociale="AILLEURS"))
    base = a_groupe(contrat, code="x:1")
    foreign = a_sous_groupe(contrat, [base], libelle="Étrangère")
    form = console.form(console.a, confirme="oui", version="x")

    for one in (foreign.id, uuid4(), console.a.id):
        for action in ("modifier", "supprimer"):
            assert console.client.post(f"{RACINE}/{one}/{action}", data=form).status_code == 404
            assert console.client.get(f"{RACINE}/{one}/{action}").status_code == 404
    assert console.client.post(f"{RACINE}/creer/{contrat.id}", data=form).status_code == 404
    assert db.session.get_one(Groupe, foreign.id).libelle == "Étrangère"


def test_responsable_makes_no_sous_groupe(console: Console) -> None:
    place, _mandat = console.responsable(console.agence)
    console.sit(place)

    for address in (f"creer/{console.contrat.id}", f"{console.agence.id}/modifier"):
        answer = console.client.post(f"{RACINE}/{address}", data=console.form(console.a))
        assert answer.status_code == 403
    assert console.opens() == {console.a.id, console.b.id}


def test_what_if_costs_the_same_whatever_the_members(console: Console) -> None:
    address = f"{RACINE}/{console.agence.id}/supprimer"
    db.session.commit()
    few = cost(console, address)
    for rank in range(40):
        who = a_rattachement(an_account(family_name=f"P{rank}", email=None), console.organisme)
        an_habilitation(who, console.agence)
        an_habilitation(who, console.a)
    db.session.commit()

    assert cost(console, address) == few <= 10
    assert "et 21 autres" in console.client.get(address).text


def cost(console: Console, address: str) -> int:
    with counted() as statements:
        assert console.client.get(address).status_code == 200
    return len(statements)
