"""What ended by its date: the services that still believe it are told once, whatever the worker missed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from factories import (
    a_groupe,
    a_mandat,
    a_rattachement,
    an_account,
    an_habilitation,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from flows import (
    CDAP,
    Bailleur,
    a_bailleur,
    code_for,
    declared,
    exchange_as_cdap,
    opens_cdap,
    tokens_for,
    userinfo,
)
from sql_budget import counted
from sqlalchemy import func, select, update

from idp import clock, worker
from idp.db import db, transaction
from idp.habilitations.effets import fins
from idp.habilitations.models import (
    AvisDeRetrait,
    ContratDeService,
    Convention,
    FinsDites,
    Groupe,
    Habilitation,
    MotifDAvis,
)
from idp.oidc.models import Grant
from idp.outbox import Delivery

NOW = datetime.now(UTC)
TODAY = clock.today(NOW)
TOLD = "https://offre.exemple.fr/logout"


@pytest.fixture
def bailleur(client: FlaskClient) -> Iterator[Bailleur]:
    """Claire is at Offre Bailleurs; what is past was told."""
    with declared("offre-bailleurs", backchannel_logout_uri=TOLD):
        somebody = a_bailleur()
        signed_in(client, somebody.account, somebody.rattachement)
        fins.veiller(NOW)
        yield somebody


@contextmanager
def after(jour: date, **more: int) -> Iterator[datetime]:
    """Within the block that day has just ended."""
    instant = clock.end_of_day(jour) + timedelta(seconds=30) + timedelta(**more)
    with clock.shifted(instant - clock.now()):
        yield instant


def look(now: datetime) -> int:
    """What the worker does each minute, until it finds nothing more; how many services were told."""
    told = 0
    for _minute in range(10):
        with transaction():
            done = fins.veiller(now)
        told += done
        if db.session.scalar(select(FinsDites.jour)) == clock.today(now) - timedelta(days=1):
            return told
    raise AssertionError("it never ends")


def deliveries() -> int:
    kind = Delivery.kind == "backchannel_logout"
    return db.session.scalar(select(func.count()).select_from(Delivery).where(kind)) or 0


def habilitation(_bailleur: Bailleur, jour: date) -> None:
    db.session.execute(update(Habilitation).values(fin=jour))


def rattachement(bailleur: Bailleur, jour: date) -> None:
    bailleur.rattachement.cloture = jour


def contrat(_bailleur: Bailleur, jour: date) -> None:
    db.session.execute(update(ContratDeService).values(fin=jour))


def convention(_bailleur: Bailleur, jour: date) -> None:
    db.session.execute(update(Convention).values(fin=jour))


def mandat(bailleur: Bailleur, jour: date) -> None:
    groupe = db.session.scalars(select(Groupe)).one()
    a_mandat(bailleur.rattachement, [groupe], an_account(), fin=jour)


Ends = Callable[[Bailleur, date], None]
ENDS: list[Ends] = [habilitation, rattachement, contrat, convention, mandat]


@pytest.mark.parametrize("ends", ENDS, ids=lambda ends: ends.__name__)
def test_service_is_told_once_of_what_ended(
    client: FlaskClient, bailleur: Bailleur, ends: Ends
) -> None:
    ends(bailleur, TODAY)
    tokens_for(client)
    db.session.flush()
    with after(TODAY - timedelta(days=1)) as too_early:
        assert look(too_early) == 0

    with after(TODAY) as now:
        assert look(now) == 1
        assert look(now + timedelta(minutes=1)) == 0

    assert deliveries() == 1
    [avis] = db.session.scalars(select(AvisDeRetrait))
    assert (avis.motif, avis.decided_by) == (MotifDAvis.ECHEANCE, None)
    assert db.session.scalars(select(Grant.revoked_at)).one() is not None


def test_other_services_are_left_alone(client: FlaskClient, bailleur: Bailleur) -> None:
    habilitation(bailleur, TODAY)
    opens_cdap(bailleur)
    tokens_for(client)
    kept = exchange_as_cdap(client, code_for(client, **CDAP)).json or {}

    with after(TODAY) as now:
        assert look(now) == 1

    assert userinfo(client, kept["access_token"]).status_code == 200


def test_what_the_worker_missed_is_told_when_it_is_back(
    client: FlaskClient, bailleur: Bailleur
) -> None:
    habilitation(bailleur, TODAY)
    tokens_for(client)

    with after(TODAY, days=3) as now:
        assert look(now) == 1


def test_what_was_given_since_is_left_alone(client: FlaskClient, bailleur: Bailleur) -> None:
    """It never told of what ended: another right, which the person has now."""
    habilitation(bailleur, TODAY)
    base = db.session.scalars(select(Groupe)).one()
    contrat_ = db.session.get_one(ContratDeService, base.contrat_id)
    autre = a_groupe(contrat_, code="offre-bailleurs:conventionne:359")
    an_habilitation(bailleur.rattachement, autre)
    tokens_for(client)
    db.session.execute(update(Grant).values(created_at=clock.end_of_day(TODAY)))

    with after(TODAY) as now:
        assert look(now) == 0


def test_code_that_was_never_redeemed_tells_nobody(client: FlaskClient, bailleur: Bailleur) -> None:
    habilitation(bailleur, TODAY)
    code_for(client)

    with after(TODAY) as now:
        assert look(now) == 0


def test_many_are_told_some_at_a_time(
    client: FlaskClient, bailleur: Bailleur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fins, "AU_PLUS", 2)
    convention(bailleur, TODAY)
    for rank in range(4):
        person = an_account(email=f"p{rank}@exemple.fr")
        place = a_rattachement(person, bailleur.organisme)
        an_habilitation(place, db.session.scalars(select(Groupe)).one())
        signed_in(client, person, place)
        tokens_for(client)

    with after(TODAY) as now:
        with transaction():
            assert fins.veiller(now) == 2
        assert look(now) == 2

    assert deliveries() == 4


def test_two_rights_of_one_service_that_end_together_tell_it_once(
    client: FlaskClient, bailleur: Bailleur
) -> None:
    habilitation(bailleur, TODAY)
    convention(bailleur, TODAY)
    rattachement(bailleur, TODAY)
    db.session.flush()
    tokens_for(client)

    with after(TODAY) as now:
        assert look(now) == 1

    assert deliveries() == 1


def test_look_at_a_day_that_was_told_costs_one_statement(bailleur: Bailleur) -> None:
    db.session.commit()
    look(NOW)
    with counted() as sent:
        fins.veiller(NOW)

    assert len(sent) == 1


def test_the_worker_looks(app: Flask, client: FlaskClient, bailleur: Bailleur) -> None:
    habilitation(bailleur, TODAY)
    tokens_for(client)
    db.session.commit()

    with after(TODAY) as now:
        worker.watch(now)

    assert deliveries() == 1
    db.session.execute(sa.delete(FinsDites))
