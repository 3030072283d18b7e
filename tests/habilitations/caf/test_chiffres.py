"""Figures: each row of the journal counts once, at its caisse, and agents read those of their caisses alone."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import a_caisse, a_rattachement, agent_signed_in, an_account, an_organisme
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select

from idp import audit
from idp.accounts.events import FirstConnectionDone, SignInRefused, SignInSucceeded
from idp.audit import ANONYMOUS, Event
from idp.db import db
from idp.errors import NotHere
from idp.habilitations.agents import AgentVu, RefusAgent, refus_de_perimetre
from idp.habilitations.chiffres import lecture, releve
from idp.habilitations.chiffres.lecture import Periode
from idp.habilitations.chiffres.mesures import EVENEMENTS, Mesure
from idp.habilitations.chiffres.models import PAYS, SANS_CAISSE, Chiffre
from idp.habilitations.events import CourrierExporte
from idp.habilitations.models import RoleAgent
from idp.oidc.events import AuthorizationGranted

NOW = datetime(2026, 7, 6, 10, tzinfo=UTC)
JOUR = date(2026, 7, 6)
SEMAINE = Periode(JOUR - timedelta(days=6), JOUR)
AGENT = uuid4()
NATIONAL = AgentVu(AGENT, RoleAgent.NATIONAL, ())
ICI = AgentVu(AGENT, RoleAgent.GESTIONNAIRE, (CAISSE,))
AILLEURS = AgentVu(AGENT, RoleAgent.GESTIONNAIRE, (AUTRE_CAISSE,))


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


def happened(event: Event, *, at: datetime = NOW, **whose: object) -> None:
    audit.record(event, at=at, actor=ANONYMOUS, **whose)  # type: ignore[arg-type]


def counts() -> dict[tuple[date, str, str, str], int]:
    """Caisse by caisse."""
    rows = db.session.scalars(select(Chiffre).where(Chiffre.caisse_code != PAYS))
    return {(row.jour, row.caisse_code, row.mesure, row.service): row.nombre for row in rows}


def counted_now() -> int:
    audit.seal()
    return releve.relever(NOW)


def test_each_row_of_the_journal_counts_once_at_its_caisse(dossier: Dossier) -> None:
    connexion = SignInSucceeded(credential="password")
    happened(connexion, account_id=dossier.user.account_id)
    happened(connexion, account_id=dossier.user.account_id)
    happened(SignInRefused(reason="unknown"))
    happened(
        AuthorizationGranted(client_id="offre-bailleurs", scope="openid"),
        account_id=dossier.user.account_id,
        organisme_id=dossier.organisme.id,
    )

    assert counted_now() >= 4
    assert counted_now() == 0
    happened(connexion, account_id=dossier.user.account_id)
    counted_now()

    assert counts() == {
        (JOUR, CAISSE, Mesure.CONNEXIONS, ""): 3,
        (JOUR, SANS_CAISSE, Mesure.ECHECS, ""): 1,
        (JOUR, CAISSE, Mesure.OUVERTURES, "offre-bailleurs"): 1,
    }


def test_what_is_not_sealed_yet_waits_and_is_not_lost(dossier: Dossier) -> None:
    happened(FirstConnectionDone(), account_id=dossier.user.account_id)

    assert releve.relever(NOW) == 0
    assert counted_now() == 1
    assert counts() == {(JOUR, CAISSE, Mesure.PREMIERES_CONNEXIONS, ""): 1}


def test_a_day_is_that_of_paris(dossier: Dossier) -> None:
    late = datetime(2026, 7, 6, 22, 30, tzinfo=UTC)
    happened(FirstConnectionDone(), at=late, account_id=dossier.user.account_id)
    counted_now()

    assert [jour for jour, *_rest in counts()] == [date(2026, 7, 7)]


def test_who_has_several_organismes_counts_at_the_caisse_of_the_first(dossier: Dossier) -> None:
    a_caisse(AUTRE_CAISSE, ("75",))
    other = an_organisme(caisse_code=AUTRE_CAISSE)
    person = an_account()
    a_rattachement(person, other, created_at=NOW)
    a_rattachement(person, dossier.organisme, created_at=NOW - timedelta(days=9))
    happened(FirstConnectionDone(), account_id=person.id)
    counted_now()

    assert [caisse for _jour, caisse, *_rest in counts()] == [CAISSE]


def test_a_look_costs_the_same_whatever_the_number_of_rows(dossier: Dossier) -> None:
    def look(rows: int) -> int:
        for _row in range(rows):
            happened(FirstConnectionDone(), account_id=dossier.user.account_id)
        audit.seal()
        with counted() as statements:
            releve.relever(NOW)
        return len(statements)

    assert look(2) == look(40) <= 7


def test_an_agent_reads_the_figures_of_their_caisses_alone(dossier: Dossier) -> None:
    happened(FirstConnectionDone(), account_id=dossier.user.account_id)
    happened(
        CourrierExporte(type="identifiant", lot="un"),
        organisme_id=dossier.organisme.id,
        at=NOW - timedelta(days=2),
    )
    happened(SignInRefused(reason="unknown"))
    counted_now()

    def totals(agent: AgentVu, caisse: str | None = None) -> dict[Mesure, int]:
        lus = lecture.lire(agent, SEMAINE, caisse)
        return {serie.mesure: serie.total for serie in lus.series if serie.total}

    here = {Mesure.PREMIERES_CONNEXIONS: 1, Mesure.COURRIERS: 1}
    assert totals(ICI) == totals(ICI, CAISSE) == here
    assert totals(AILLEURS) == {}
    assert totals(NATIONAL) == {**here, Mesure.ECHECS: 1}
    with pytest.raises(NotHere):
        lecture.lire(AILLEURS, SEMAINE, CAISSE)
    assert [line[:3] for line in lecture.lignes(ICI, SEMAINE)] == [
        ("2026-07-04", CAISSE, Mesure.COURRIERS),
        ("2026-07-06", CAISSE, Mesure.PREMIERES_CONNEXIONS),
    ]
    (series,) = [
        serie for serie in lecture.lire(ICI, SEMAINE).series if serie.mesure is Mesure.COURRIERS
    ]
    assert series.valeurs == (0, 0, 0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ((None, None), (JOUR - timedelta(days=29), JOUR)),
        ((JOUR, date(2050, 1, 1)), (JOUR, JOUR)),
        ((date(1, 1, 1), JOUR), (JOUR - timedelta(days=365), JOUR)),
        ((JOUR, JOUR - timedelta(days=3)), (JOUR - timedelta(days=3), JOUR - timedelta(days=3))),
        ((date.min, date.min), (date(1, 1, 2), date(2, 1, 2))),
        ((None, date.min), (date(1, 12, 4), date(2, 1, 2))),
    ],
)
def test_a_period_is_kept_within_a_year_and_today(
    asked: tuple[date | None, date | None], kept: tuple[date, date]
) -> None:
    assert lecture.periode(*asked, JOUR, 30) == Periode(*kept)


def test_every_event_that_counts_is_an_event_of_the_journal() -> None:
    names = {kind.name for kind in _events(Event)}

    assert EVENEMENTS.keys() <= names


def _events(kind: type[Event]) -> list[type[Event]]:
    return [one for child in kind.__subclasses__() for one in (child, *_events(child))]


def test_the_page_shows_a_bar_a_day_and_the_file_each_figure(
    app: Flask, client: FlaskClient, dossier: Dossier
) -> None:
    now = datetime.now(UTC)
    happened(FirstConnectionDone(), at=now, account_id=dossier.user.account_id)
    counted_now()
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    page = client.get("/caf/chiffres?jours=7").text
    file = client.get("/caf/chiffres/export?format=csv&jours=7").text

    assert page.count("</title></rect>") == 1
    assert "<strong>1</strong> sur la période" in page
    titles, line = (row.split(";") for row in file.replace('"', "").splitlines())
    assert len(titles) == len(line)
    assert line[1:] == [CAISSE, "Caf d’Ille-et-Vilaine", "Premières connexions", "", "1"]
    assert client.get(f"/caf/chiffres?caisse={AUTRE_CAISSE}").status_code == 404


@pytest.mark.parametrize("page", ["/caf/chiffres", "/caf/chiffres/export"])
def test_the_country_is_no_caisse_that_a_superviseur_may_ask_for(
    client: FlaskClient, dossier: Dossier, page: str
) -> None:
    """The attack: the row that adds up every caisse, named as if it were one."""
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])

    asked = [client.get(page, query_string={"caisse": one}) for one in (PAYS, " ", "%", "359,751")]

    assert [one.status_code for one in asked] == [404] * 4
    assert refus_de_perimetre(RoleAgent.SUPERVISEUR, [PAYS]) is RefusAgent.CAISSE_INCONNUE


def test_the_country_is_the_sum_of_every_caisse_and_of_what_is_of_none(dossier: Dossier) -> None:
    a_caisse(AUTRE_CAISSE, ("75",))
    other = an_organisme(caisse_code=AUTRE_CAISSE)
    for organisme_id in (dossier.organisme.id, dossier.organisme.id, other.id, None):
        happened(CourrierExporte(type="identifiant", lot="un"), organisme_id=organisme_id)
    counted_now()

    def sums(agent: AgentVu, caisse: str | None = None) -> int:
        return sum(serie.total for serie in lecture.lire(agent, SEMAINE, caisse).series)

    assert (sums(NATIONAL), sums(NATIONAL, CAISSE), sums(NATIONAL, AUTRE_CAISSE)) == (4, 2, 1)
    assert {line[1] for line in lecture.lignes(NATIONAL, SEMAINE)} == {
        CAISSE,
        AUTRE_CAISSE,
        SANS_CAISSE,
    }


def test_a_long_period_is_told_week_by_week_and_nothing_is_lost(dossier: Dossier) -> None:
    for ago in (0, 1, 6, 7, 90, 100):
        happened(FirstConnectionDone(), account_id=dossier.user.account_id, at=NOW - timedelta(ago))
    counted_now()
    trimestre, semestre = (Periode(JOUR - timedelta(days=days - 1), JOUR) for days in (92, 182))

    def series(periode: Periode) -> dict[date, int]:
        [serie] = [
            one
            for one in lecture.lire(ICI, periode).series
            if one.mesure is Mesure.PREMIERES_CONNEXIONS
        ]
        return {day: n for day, n in zip(periode.pas, serie.valeurs, strict=True) if n}

    assert (len(trimestre.pas), len(semestre.pas)) == (92, 27)
    assert list(series(trimestre).values()) == [1] * 5
    # The 6th of July 2026 is a Monday: its week has begun alone.
    assert series(semestre) == {
        JOUR - timedelta(days=105): 1,
        JOUR - timedelta(days=91): 1,
        JOUR - timedelta(days=7): 3,
        JOUR: 1,
    }


def test_the_page_costs_the_same_for_a_week_and_for_a_year(
    app: Flask, client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    costs = set()
    for jours in (7, 365):
        client.get(f"/caf/chiffres?jours={jours}")
        with counted() as statements:
            client.get(f"/caf/chiffres?jours={jours}")
        costs.add(len(statements))

    assert len(costs) == 1
    assert max(costs) <= 4
