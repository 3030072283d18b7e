"""« Ce qui se termine » shows what ends soon to who may do something about it, and prolongs it once confirmed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask.testing import FlaskClient
from sql_budget import counted
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Groupe,
    Habilitation,
    Organisme,
    Rattachement,
    Role,
)
from idp.habilitations.personnes.echeances import Curseur
from idp.habilitations.personnes.prolongation import un_an_de_plus

TODAY = clock.today(datetime.now(UTC))
PAGE = "/habilitations/echeances"
LISTE = "/habilitations/utilisateurs"


@dataclass
class Bureau:
    """An administrateur at their desk, and Nadia, who holds the first group of a contract."""

    client: FlaskClient
    organisme: Organisme
    contrat: ContratDeService
    groupe: Groupe
    chef: Rattachement
    nadia: Rattachement
    tick: Habilitation

    def reads(self, path: str = PAGE) -> str:
        db.session.flush()
        answer = self.client.get(path)
        assert answer.status_code == 200
        return answer.text

    def prolongs(self, query: str = "", **form: Any) -> TestResponse:
        db.session.flush()
        page = f"{LISTE}/{self.nadia.id}/prolonger{query}"
        shown = self.client.get(page).text
        version = shown.split('name="version" type="hidden" value="')[1].split('"')[0]
        data = {"organisme": str(self.organisme.id), "version": version, "duree": "un_an", **form}
        return self.client.post(page, data=data)


@pytest.fixture
def bureau(client: FlaskClient) -> Bureau:
    organisme = an_organisme()
    contrat = a_contrat(organisme)
    groupe = a_groupe(contrat)
    chef = a_rattachement(
        an_account(email="chef@exemple.fr", family_name="Kerviel"),
        organisme,
        role=Role.ADMINISTRATEUR,
    )
    nadia = a_rattachement(an_account(given_name="Nadia", family_name="Le Gall"), organisme)
    tick = an_habilitation(nadia, groupe)
    signed_in(client, db.session.get_one(Account, chef.account_id), chef)
    return Bureau(client, organisme, contrat, groupe, chef, nadia, tick)


def rows(page: str) -> int:
    return page.count('<th scope="row"')


def test_nothing_that_lasts_is_shown(bureau: Bureau) -> None:
    bureau.nadia.cloture = TODAY + timedelta(days=31)

    assert "Rien ne se termine" in bureau.reads()
    assert rows(bureau.reads(f"{PAGE}?jours=90")) == 1
    assert "dans les 30 jours</a>" not in bureau.reads("/accueil")


def test_everything_that_ends_is_shown_the_soonest_first(bureau: Bureau) -> None:
    convention = db.session.get_one(Convention, bureau.contrat.convention_id)
    convention.fin, bureau.contrat.fin = TODAY + timedelta(days=30), TODAY + timedelta(days=20)
    bureau.nadia.cloture, bureau.tick.fin = TODAY + timedelta(days=10), TODAY
    responsable = a_rattachement(an_account(family_name="Quéméneur"), bureau.organisme)
    by = db.session.get_one(Account, bureau.chef.account_id)
    a_mandat(responsable, [bureau.groupe], by, fin=TODAY + timedelta(days=5))

    page = bureau.reads()

    shown = [
        bureau.groupe.libelle,
        "Son mandat de responsable",
        "Tout son accès",
        "Le contrat de service Offre Bailleurs",
        "La convention LES OLIVIERS",
    ]
    places = [page.index(one, page.index("<tbody>")) for one in shown]
    assert places == sorted(places)
    assert rows(page) == 5
    assert "5 échéances dans les 30 jours" in bureau.reads("/accueil")


@pytest.mark.parametrize("etat", ["closed", "suspended", "forgotten"])
def test_who_is_gone_ends_no_more(bureau: Bureau, etat: str) -> None:
    bureau.tick.fin = TODAY + timedelta(days=3)
    if etat == "closed":
        bureau.nadia.cloture = TODAY - timedelta(days=1)
    elif etat == "suspended":
        bureau.nadia.suspendu_at = datetime.now(UTC)
    else:
        db.session.get_one(Account, bureau.nadia.account_id).anonymised_at = datetime.now(UTC)

    assert rows(bureau.reads()) == 0


def test_group_goes_on_for_a_year(bureau: Bureau) -> None:
    bureau.tick.fin = TODAY + timedelta(days=3)
    bureau.nadia.cloture = TODAY + timedelta(days=60)

    answer = bureau.prolongs(f"?groupe={bureau.groupe.id}")

    assert answer.location == PAGE
    db.session.expire_all()
    assert bureau.tick.fin == un_an_de_plus(TODAY + timedelta(days=3), TODAY)
    assert bureau.nadia.cloture == TODAY + timedelta(days=60)


def test_account_goes_on_without_end(bureau: Bureau) -> None:
    bureau.nadia.cloture, bureau.tick.fin = TODAY, TODAY + timedelta(days=3)

    assert bureau.prolongs(duree="sans_fin").location == PAGE

    db.session.expire_all()
    assert bureau.nadia.cloture is None
    assert bureau.tick.fin == TODAY + timedelta(days=3)


def test_year_that_starts_on_a_leap_day_ends_on_the_28th() -> None:
    leap = date(2028, 2, 29)

    assert un_an_de_plus(leap, TODAY) == date(2029, 2, 28)


def test_prolonging_is_asked_for_before_it_is_done(bureau: Bureau) -> None:
    bureau.nadia.cloture = TODAY

    shown = bureau.reads(f"{LISTE}/{bureau.nadia.id}/prolonger")

    assert f"s’arrête\nà la fin du <strong>{TODAY:%d/%m/%Y}" in shown
    db.session.expire_all()
    assert bureau.nadia.cloture == TODAY


def test_nothing_to_prolong_says_so(bureau: Bureau) -> None:
    for query in ("", f"?groupe={bureau.groupe.id}"):
        answer = bureau.client.get(f"{LISTE}/{bureau.nadia.id}/prolonger{query}")
        assert (answer.status_code, answer.location) == (303, PAGE)


def test_second_of_two_who_prolong_is_told(bureau: Bureau) -> None:
    bureau.nadia.cloture = TODAY + timedelta(days=3)
    answer = bureau.prolongs(version="0123456789abcdef")

    assert "entre-temps" in answer.text
    db.session.expire_all()
    assert bureau.nadia.cloture == TODAY + timedelta(days=3)


def test_nobody_prolongs_themself(bureau: Bureau) -> None:
    bureau.chef.cloture = TODAY + timedelta(days=3)
    bureau.nadia, nadia = bureau.chef, bureau.nadia

    assert "vos propres accès" in bureau.prolongs().text

    db.session.expire_all()
    assert bureau.chef.cloture == TODAY + timedelta(days=3)
    assert nadia.cloture is None


def test_group_that_this_person_does_not_hold_is_not_here(bureau: Bureau) -> None:
    autre = a_groupe(bureau.contrat, code="offre-bailleurs:conventionne:359")
    page = f"{LISTE}/{bureau.nadia.id}/prolonger?groupe={autre.id}"

    assert bureau.client.get(page).status_code == 404


class TestResponsable:
    """Their people and their groups, nothing of the organisme's contracts."""

    @pytest.fixture
    def dehors(self, bureau: Bureau) -> Groupe:
        """A group out of their mandate, that Nadia holds too, until the day after tomorrow."""
        dehors = a_groupe(bureau.contrat, code="offre-bailleurs:conventionne:359", libelle="Dehors")
        an_habilitation(bureau.nadia, dehors, fin=TODAY + timedelta(days=2))
        by = db.session.get_one(Account, bureau.chef.account_id)
        person = an_account(email="resp@exemple.fr")
        place = a_rattachement(person, bureau.organisme)
        a_mandat(place, [bureau.groupe], by, fin=TODAY + timedelta(days=9))
        signed_in(bureau.client, person, place)
        return dehors

    def test_sees_what_they_may_give(self, bureau: Bureau, dehors: Groupe) -> None:
        bureau.tick.fin = TODAY + timedelta(days=3)
        bureau.contrat.fin = TODAY + timedelta(days=3)
        inconnu = a_rattachement(an_account(family_name="Inconnu"), bureau.organisme)
        inconnu.cloture = TODAY

        page = bureau.reads()

        assert rows(page) == 1
        assert bureau.groupe.libelle in page
        assert "1 échéance dans les 30 jours" in bureau.reads("/accueil")

    def test_prolongs_what_they_may_give_alone(self, bureau: Bureau, dehors: Groupe) -> None:
        bureau.tick.fin = TODAY + timedelta(days=3)

        assert bureau.prolongs(f"?groupe={bureau.groupe.id}").location == PAGE
        there = f"{LISTE}/{bureau.nadia.id}/prolonger?groupe={dehors.id}"
        form = {"organisme": str(bureau.organisme.id), "duree": "un_an"}
        assert bureau.client.post(there, data=form).status_code == 404

    def test_does_not_prolong_the_account_of_who_holds_more(
        self, bureau: Bureau, dehors: Groupe
    ) -> None:
        bureau.nadia.cloture = TODAY + timedelta(days=3)

        assert "vous ne gérez pas" in bureau.prolongs().text

        db.session.expire_all()
        assert bureau.nadia.cloture == TODAY + timedelta(days=3)


def test_another_organisme_shows_nothing(bureau: Bureau) -> None:
    autre = an_organisme(raison_sociale="LES HORTENSIAS")
    a_contrat(autre, fin=TODAY)
    a_rattachement(an_account(family_name="Ailleurs"), autre, cloture=TODAY)

    assert rows(bureau.reads()) == 0
    place = a_rattachement(an_account(), autre, cloture=TODAY)
    assert bureau.client.get(f"{LISTE}/{place.id}/prolonger").status_code == 404


def test_pages_follow_one_another_at_a_constant_cost(bureau: Bureau) -> None:
    bureau.nadia.cloture = TODAY
    db.session.commit()
    with counted() as few:
        bureau.reads()
    for rank in range(59):
        a_rattachement(
            an_account(family_name=f"N{rank:02}"),
            bureau.organisme,
            cloture=TODAY + timedelta(days=rank % 3),
        )
    db.session.commit()
    with counted() as many:
        page = bureau.reads()

    assert len(few) == len(many) <= 4
    seen = rows(page)
    while 'rel="next"' in page:
        page = bureau.reads(page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&"))
        seen += rows(page)
    assert seen == 60


@pytest.mark.parametrize(
    "texte", ["", "x", "2026-01-01.compte", "2026-01-01.autre.0", "2026-13-01.compte.0", "a.b.c"]
)
def test_cursor_of_anybody_is_no_cursor(bureau: Bureau, texte: str) -> None:
    assert Curseur.lu(texte) is None
    assert bureau.client.get(PAGE, query_string={"apres": texte}).status_code == 200
