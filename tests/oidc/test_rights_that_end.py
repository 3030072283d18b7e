"""Rights that end by a date, or with a convention: nothing is sent, all that is read says it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from factories import signed_in
from flask.testing import FlaskClient
from flows import TOKEN, Bailleur, a_bailleur, basic, secret_of, tokens_for, userinfo
from werkzeug.test import TestResponse

from idp import clock
from idp.db import db
from idp.habilitations.models import ContratDeService, Convention, EtatConvention, Habilitation

NOW = datetime.now(UTC)
HIER = clock.today(NOW) - timedelta(days=1)
SCOPE = "openid habilitations offline_access"


def convention_suspendue(_bailleur: Bailleur) -> None:
    db.session.execute(sa.update(Convention).values(etat=EtatConvention.SUSPENDUE))


def convention_echue(_bailleur: Bailleur) -> None:
    db.session.execute(sa.update(Convention).values(fin=HIER))


def contrat_suspendu(_bailleur: Bailleur) -> None:
    db.session.execute(sa.update(ContratDeService).values(suspendu_at=NOW))


def rattachement_clos(bailleur: Bailleur) -> None:
    bailleur.rattachement.cloture = HIER


def organisme_suspendu(bailleur: Bailleur) -> None:
    bailleur.organisme.suspendu_at = NOW


def habilitation_terminee(_bailleur: Bailleur) -> None:
    db.session.execute(sa.update(Habilitation).values(fin=HIER))


ENDS = [
    convention_suspendue,
    convention_echue,
    contrat_suspendu,
    rattachement_clos,
    organisme_suspendu,
    habilitation_terminee,
]


def ours(client: FlaskClient, path: str, **form: str) -> TestResponse:
    """A request of Offre Bailleurs, authenticated."""
    credentials = basic("offre-bailleurs", secret_of("offre-bailleurs"))
    return client.post(path, data=form, headers={"Authorization": credentials})


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_what_has_ended_is_told_nowhere_any_more(
    client: FlaskClient, end: Callable[[Bailleur], None]
) -> None:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    held = tokens_for(client, scope=SCOPE)
    assert userinfo(client, held["access_token"]).json["groups"]  # type: ignore[index]

    end(bailleur)

    assert "groups" not in (userinfo(client, held["access_token"]).json or {})
    introspected = ours(client, "/oidc/introspect", token=held["access_token"])
    assert introspected.status_code == 200
    assert "groups" not in (introspected.json or {})
    refreshed = ours(client, TOKEN, grant_type="refresh_token", refresh_token=held["refresh_token"])
    assert (refreshed.status_code, (refreshed.json or {})["error"]) == (400, "invalid_grant")
