"""Rights start and end by themselves, at midnight in Paris: no token nor session outlives what it tells.

Nothing runs at night for that: the worker may be stopped (what it tells services is ``test_fins.py``'s).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from factories import PASSWORD_PROOF, a_mandat, an_account
from flask.testing import FlaskClient
from flows import (
    TOKEN,
    Bailleur,
    a_bailleur,
    answer,
    authorize,
    basic,
    decoded,
    secret_of,
    tokens_for,
    userinfo,
)
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts import sessions
from idp.accounts.sessions import Browser
from idp.db import db
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Groupe,
    Habilitation,
    Mandat,
    Role,
)

SCOPE = "openid organisme habilitations offline_access"
DAYS = [date(2027, 1, 15), date(2027, 3, 28), date(2027, 7, 14), date(2027, 10, 31)]
IDS = ["winter", "a day of 23 hours", "summer", "a day of 25 hours"]


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Within the block it is that time (and goes on)."""
    with clock.shifted(instant - clock.now()):
        yield


def enters(client: FlaskClient, bailleur: Bailleur) -> None:
    """A session that starts now, whenever that is."""
    opened = sessions.open_session(
        bailleur.account.id,
        rattachement_id=bailleur.rattachement.id,
        browser=Browser("test"),
        now=clock.now(),
        proof=PASSWORD_PROOF,
    )
    client.set_cookie("mcp_session", opened.token)


def habilitation(_bailleur: Bailleur, jour: date) -> None:
    db.session.execute(sa.update(Habilitation).values(fin=jour))


def rattachement(bailleur: Bailleur, jour: date) -> None:
    bailleur.rattachement.cloture = jour
    db.session.flush()


def contrat(_bailleur: Bailleur, jour: date) -> None:
    db.session.execute(sa.update(ContratDeService).values(fin=jour))


def convention(_bailleur: Bailleur, jour: date) -> None:
    db.session.execute(sa.update(Convention).values(fin=jour))


Ends = Callable[[Bailleur, date], None]
ENDS: list[Ends] = [habilitation, rattachement, contrat, convention]


def refreshed(client: FlaskClient, held: dict[str, Any]) -> TestResponse:
    return ours(client, TOKEN, grant_type="refresh_token", refresh_token=held["refresh_token"])


def ours(client: FlaskClient, path: str, **form: str) -> TestResponse:
    credentials = basic("offre-bailleurs", secret_of("offre-bailleurs"))
    return client.post(path, data=form, headers={"Authorization": credentials})


def expiry_of(client: FlaskClient, token: str) -> datetime:
    return datetime.fromtimestamp(decoded(client, token).claims["exp"], UTC)


@pytest.mark.parametrize("jour", DAYS, ids=IDS)
@pytest.mark.parametrize("ends", ENDS, ids=lambda ends: ends.__name__)
def test_no_token_outlives_the_right_that_it_tells(
    client: FlaskClient, ends: Ends, jour: date
) -> None:
    bailleur = a_bailleur()
    ends(bailleur, jour)
    over_at = clock.end_of_day(jour)

    with at(over_at - timedelta(minutes=2)):
        enters(client, bailleur)
        held = tokens_for(client, scope=SCOPE)
        again = refreshed(client, held).json or {}
        for told in (held, again):
            assert expiry_of(client, told["access_token"]) == over_at
            assert expiry_of(client, told["id_token"]) == over_at
            assert 100 < told["expires_in"] <= 120
    with at(over_at - timedelta(seconds=5)):
        assert userinfo(client, held["access_token"]).json["groups"]  # type: ignore[index]
        assert ours(client, "/oidc/introspect", token=held["access_token"]).json["active"]  # type: ignore[index]
    with at(over_at):
        assert userinfo(client, held["access_token"]).status_code == 401
        introspected = ours(client, "/oidc/introspect", token=held["access_token"]).json
        assert introspected == {"active": False}
        refused = refreshed(client, held)
        assert (refused.status_code, (refused.json or {})["error"]) == (400, "invalid_grant")


def test_right_that_ends_on_another_day_shortens_nothing(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    rattachement(bailleur, DAYS[0])
    over_at = clock.end_of_day(DAYS[0])

    with at(over_at - timedelta(hours=6)):
        enters(client, bailleur)
        held = tokens_for(client, scope=SCOPE)

    assert held["expires_in"] == 300
    assert over_at - expiry_of(client, held["access_token"]) > timedelta(hours=5)


def test_first_of_several_rights_to_end_bounds_the_token(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    base = db.session.scalars(sa.select(Groupe)).one()
    autre = Groupe(
        contrat_id=base.contrat_id, code="offre-bailleurs:autre:359", libelle="Autre", zone="359"
    )
    db.session.add(autre)
    db.session.flush()
    db.session.add(
        Habilitation(
            rattachement_id=bailleur.rattachement.id,
            groupe_id=autre.id,
            debut=date(2026, 1, 1),
            fin=DAYS[0],
            granted_at=clock.now(),
        )
    )
    db.session.flush()

    with at(clock.end_of_day(DAYS[0]) - timedelta(minutes=1)):
        enters(client, bailleur)
        held = tokens_for(client, scope=SCOPE)
        assert expiry_of(client, held["access_token"]) == clock.end_of_day(DAYS[0])
    with at(clock.end_of_day(DAYS[0])):
        later = refreshed(client, held).json or {}
        assert decoded(client, later["access_token"]).claims["groups"] == [base.code]
        assert later["expires_in"] == 300


def test_mandate_is_told_until_its_last_day(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    groupe = db.session.scalars(sa.select(Groupe)).one()
    a_mandat(bailleur.rattachement, [groupe], an_account(), fin=DAYS[0])
    over_at = clock.end_of_day(DAYS[0])

    with at(over_at - timedelta(minutes=1)):
        enters(client, bailleur)
        held = tokens_for(client, scope=SCOPE)
        told = decoded(client, held["access_token"]).claims
        assert told["roles"] == [Role.RESPONSABLE_HABILITATION]
        assert expiry_of(client, held["access_token"]) == over_at
        assert client.get("/habilitations/utilisateurs").status_code == 200
    with at(over_at):
        later = refreshed(client, held).json or {}
        assert decoded(client, later["access_token"]).claims["roles"] == [Role.UTILISATEUR]
        assert client.get("/habilitations/utilisateurs").status_code == 403


def test_mandate_without_end_shortens_nothing(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    groupe = db.session.scalars(sa.select(Groupe)).one()
    a_mandat(bailleur.rattachement, [groupe], an_account())
    enters(client, bailleur)

    held = tokens_for(client, scope=SCOPE)

    assert held["expires_in"] == 300
    assert db.session.scalar(sa.select(Mandat.fin)) is None


@pytest.mark.parametrize("jour", DAYS, ids=IDS)
def test_live_session_is_refused_from_the_end_of_the_last_day(
    client: FlaskClient, jour: date
) -> None:
    bailleur = a_bailleur()
    bailleur.rattachement.role = Role.ADMINISTRATEUR
    rattachement(bailleur, jour)
    over_at = clock.end_of_day(jour)

    with at(over_at - timedelta(minutes=1)):
        enters(client, bailleur)
        assert client.get("/habilitations/utilisateurs").status_code == 200
        assert "code" in answer(authorize(client, prompt="none"))
    with at(over_at):
        assert client.get("/habilitations/utilisateurs").status_code == 403
        assert answer(authorize(client, prompt="none"))["error"] == "access_denied"


@pytest.mark.parametrize("jour", DAYS, ids=IDS)
@pytest.mark.parametrize("what", ["habilitation", "rattachement"])
def test_right_starts_with_its_first_day(client: FlaskClient, what: str, jour: date) -> None:
    bailleur = a_bailleur()
    if what == "habilitation":
        db.session.execute(sa.update(Habilitation).values(debut=jour))
    else:
        bailleur.rattachement.ouverture = jour
        db.session.flush()
    starts_at = clock.start_of_day(jour)

    with at(starts_at - timedelta(seconds=5)):
        enters(client, bailleur)
        assert answer(authorize(client, prompt="none"))["error"] == "access_denied"
    with at(starts_at):
        assert tokens_for(client, scope=SCOPE)["expires_in"] == 300
