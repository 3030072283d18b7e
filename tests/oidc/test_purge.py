"""What the worker deletes of the protocol, and what it keeps."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from factories import signed_in
from flask.testing import FlaskClient
from flows import a_bailleur, code_for

from idp import worker
from idp.db import db
from idp.oidc.clients import replay
from idp.oidc.models import Grant, ReplayGuard

DAY = timedelta(days=1)


def test_old_grants_are_deleted_and_recent_ones_kept(client: FlaskClient) -> None:
    now = datetime.now(UTC)
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    for _code in range(3):
        code_for(client)
    old, refreshed, recent = db.session.scalars(sa.select(Grant)).all()
    old.created_at = refreshed.created_at = now - 8 * DAY
    refreshed.refresh_expires_at = now + DAY
    db.session.commit()
    kept = {refreshed.id, recent.id}

    worker.do_chores(now)

    assert set(db.session.scalars(sa.select(Grant.id))) == kept


def test_assertion_is_remembered_until_it_is_too_old(client: FlaskClient) -> None:
    now = datetime.now(UTC)
    assert replay.first_time("recent", now + DAY)
    assert replay.first_time("old", now - DAY)

    worker.do_chores(now)

    assert not replay.first_time("recent", now + DAY)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ReplayGuard)) == 1
