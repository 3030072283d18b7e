"""People enter and leave a group several at once: told first, decided one by one, done if it still holds."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

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
)
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp import clock
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.delegation import Qualite
from idp.habilitations.models import (
    Groupe,
    Habilitation,
    Rattachement,
)

NOW = datetime.now(UTC)
TODAY = clock.today(NOW)


@dataclass
class Console(Desk):
    """An administrateur, two groups, a sous-groupe of the first, two people: one is in the first group."""

    dedans: Rattachement
    dehors: Rattachement
    prive: Groupe
    agence: Groupe

    def send(
        self, what: str, *people: Any, groupe: Groupe | None = None, **more: Any
    ) -> TestResponse:
        return self.client.post(
            f"/habilitations/groupes/{(groupe or self.prive).id}/{what}",
            data={
                "organisme": str(self.organisme.id),
                "personnes": [str(getattr(one, "id", one)) for one in people],
                **more,
            },
        )

    def confirm(self, what: str, *people: Any, groupe: Groupe | None = None) -> TestResponse:
        """Seen, then confirmed."""
        version = version_of(self.send(what, *people, groupe=groupe).text)
        return self.send(what, *people, groupe=groupe, version=version)

    def members(self, groupe: Groupe | None = None) -> set[Any]:
        return set(
            db.session.scalars(
                select(Habilitation.rattachement_id).where(
                    Habilitation.groupe_id == (groupe or self.prive).id
                )
            )
        )


@pytest.fixture
def console(client: FlaskClient) -> Console:
    desk = a_desk(client)
    prive = a_groupe(desk.contrat)
    a_groupe(desk.contrat, code="offre-bailleurs:conventionne:359", libelle="Conventionnés")
    agence = a_sous_groupe(desk.contrat, [prive])
    dedans, dehors = desk.user(), desk.user("Hugo", "Morel")
    an_habilitation(dedans, prive)
    return Console(**vars(desk), dedans=dedans, dehors=dehors, prive=prive, agence=agence)


def events(name: str) -> int:
    return len(db.session.scalars(select(JournalEntry).where(JournalEntry.event == name)).all())


def test_what_is_lost_is_told_then_done(console: Console) -> None:
    told = console.send("retirer", console.dedans)

    assert (
        "Nadia Le Gall perdra l’accès à Offre Bailleurs – Logements privés – Caf 359" in told.text
    )
    assert console.members() == {console.dedans.id}
    answer = console.confirm("retirer", console.dedans)
    assert answer.status_code == 303
    assert console.members() == set()
    assert events("habilitation_retiree") == 1


def test_who_keeps_the_access_by_another_box_loses_nothing(console: Console) -> None:
    an_habilitation(console.dedans, console.agence)

    told = console.send("retirer", console.dedans).text

    assert "perdra" not in told
    assert "sans rien perdre" in told


@pytest.mark.parametrize(
    "over", [{"fin": TODAY - timedelta(days=1)}, {"debut": TODAY + timedelta(days=9)}]
)
def test_box_out_of_its_dates_keeps_nothing_open(console: Console, over: dict[str, Any]) -> None:
    an_habilitation(console.dedans, console.agence, **{"debut": TODAY - timedelta(days=9), **over})

    assert "perdra l’accès" in console.send("retirer", console.dedans).text


def test_people_are_put_in_and_say_who_put_them(console: Console) -> None:
    told = console.send("ajouter", console.dehors)

    assert "Hugo Morel pourra ouvrir Offre Bailleurs – Logements privés" in told.text
    assert console.confirm("ajouter", console.dehors).status_code == 303
    tick = db.session.scalars(
        select(Habilitation).where(Habilitation.rattachement_id == console.dehors.id)
    ).one()
    assert (tick.granted_by, tick.granted_as) == (console.chef.account_id, Qualite.ADMINISTRATEUR)
    assert tick.debut == TODAY
    assert events("habilitation_donnee") == 1


def test_who_comes_later_is_let_in_on_their_first_day(console: Console) -> None:
    later = TODAY + timedelta(days=10)
    console.dehors.ouverture = later

    assert later.strftime("%d/%m/%Y") in console.send("ajouter", console.dehors).text
    console.confirm("ajouter", console.dehors)
    assert (
        db.session.scalar(
            select(Habilitation.debut).where(Habilitation.rattachement_id == console.dehors.id)
        )
        == later
    )
    told = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "habilitation_donnee")
    ).one()
    assert told.data["debut"] == later.isoformat()


def test_confirmation_of_what_changed_since_is_asked_again(console: Console) -> None:
    """Two administrateurs: the second one is told, and nothing is done."""
    seen = version_of(console.send("retirer", console.dedans).text)
    an_habilitation(console.dedans, console.agence)

    again = console.send("retirer", console.dedans, version=seen)

    assert again.status_code == 200
    assert "Rien n’a été enregistré" in again.text
    assert "sans rien perdre" in again.text
    assert console.members() == {console.dedans.id}


def test_double_click_is_done_once(console: Console) -> None:
    seen = version_of(console.send("ajouter", console.dehors).text)
    console.send("ajouter", console.dehors, version=seen)
    again = console.send("ajouter", console.dehors, version=seen)

    assert "déjà dans le groupe" in again.text
    assert events("habilitation_donnee") == 1


def test_nobody_enters_by_themself_nor_leaves(console: Console) -> None:
    for what in ("ajouter", "retirer"):
        told = console.send(what, console.chef).text
        assert "c’est vous" in told
        assert "Confirmer" not in told
    assert console.members() == {console.dedans.id}


def test_closed_access_is_left_out(console: Console) -> None:
    console.dehors.cloture, console.dehors.suspendu_at = TODAY, NOW

    assert "son accès est clos" in console.send("ajouter", console.dehors).text
    assert (
        "Morel" not in console.client.get(f"/habilitations/groupes/{console.prive.id}/ajouter").text
    )


def test_several_at_once_and_the_others_are_named(console: Console) -> None:
    told = console.send("ajouter", console.dehors, console.dedans, console.chef)

    assert "Hugo Morel pourra ouvrir" in told.text
    assert "déjà dans le groupe" in told.text
    console.confirm("ajouter", console.dehors, console.dedans, console.chef)
    assert console.members() == {console.dedans.id, console.dehors.id}


def test_at_most_a_hundred_at_once(console: Console) -> None:
    assert console.send("ajouter", *(uuid4() for _ in range(101))).status_code == 403


def test_nobody_chosen_is_told(console: Console) -> None:
    for what in ("ajouter", "retirer"):
        answer = console.send(what)
        assert answer.status_code == 303
        assert "Cochez au moins une personne" in console.client.get(answer.location).text


@pytest.mark.parametrize("what", ["ajouter", "retirer"])
def test_person_of_another_organisme_does_not_exist(console: Console, what: str) -> None:
    elsewhere = a_rattachement(an_account(), an_organisme(raison_sociale="AILLEURS"))
    an_habilitation(elsewhere, console.prive)

    for who in (elsewhere, uuid4(), "x"):
        for version in ("", "0123456789abcdef"):
            assert console.send(what, console.dehors, who, version=version).status_code == 404
    assert console.dehors.id not in console.members()
    assert elsewhere.id in console.members()


@pytest.mark.parametrize("what", ["ajouter", "retirer"])
def test_group_of_another_organisme_does_not_exist(console: Console, what: str) -> None:
    foreign = a_groupe(a_contrat(an_organisme(raison_sociale="AILLEURS")), code="x:1")

    assert console.send(what, console.dehors, groupe=foreign).status_code == 404
    assert console.members(foreign) == set()


def test_responsable_gives_within_the_mandate_alone(console: Console) -> None:
    an_habilitation(console.dehors, console.prive)
    responsable, _mandat = console.responsable(console.prive)
    console.sit(responsable)
    autre = db.session.scalars(
        select(Groupe).where(Groupe.code == "offre-bailleurs:conventionne:359")
    ).one()

    assert console.confirm("retirer", console.dehors).status_code == 303
    assert console.members() == {console.dedans.id}
    assert console.send("ajouter", console.dedans, groupe=autre).status_code == 404
    told = console.send("ajouter", responsable, groupe=console.agence).text
    assert "c’est vous" in told
    for hidden in (console.chef, console.dehors):
        assert console.send("ajouter", hidden, groupe=console.agence).status_code == 404
    assert console.confirm("ajouter", console.dedans, groupe=console.agence).status_code == 303
    tick = db.session.scalars(
        select(Habilitation).where(Habilitation.groupe_id == console.agence.id)
    ).one()
    assert tick.granted_as is Qualite.RESPONSABLE_HABILITATION
    assert tick.mandat_id is not None


def test_responsable_never_touches_who_manages(console: Console) -> None:
    an_habilitation(console.chef, console.prive)
    place, _mandat = console.responsable(console.prive)
    console.sit(place)

    told = console.send("retirer", console.chef).text

    assert "seul un administrateur" in told
    assert "Confirmer" not in told
    assert console.chef.id in console.members()


def test_closed_group_lets_nobody_in(console: Console) -> None:
    console.prive.actif = False

    assert console.send("ajouter", console.dehors).status_code == 403
    assert (
        "plus personne ne peut y entrer"
        in console.client.get(f"/habilitations/groupes/{console.prive.id}/ajouter").text
    )
    assert console.confirm("retirer", console.dedans).status_code == 303


def test_candidates_are_searched_and_flat(console: Console) -> None:
    address = f"/habilitations/groupes/{console.prive.id}/ajouter"
    assert "Hugo Morel" in console.client.get(f"{address}?q=morel").text
    assert "Hugo Morel" not in console.client.get(f"{address}?q=autre").text
    assert "Le Gall" not in console.client.get(address).text
    with counted() as few:
        console.client.get(address)
    people = [
        a_rattachement(an_account(family_name=f"P{rank:03}", email=None), console.organisme).id
        for rank in range(120)
    ]
    db.session.commit()
    with counted() as many:
        page = console.client.get(address).text
    with counted() as chosen:
        console.send("ajouter", *people[:100])

    assert len(few) == len(many) <= 6
    assert 'rel="next"' in page
    assert len(chosen) <= 9
