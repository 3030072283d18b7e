"""One code, two servers at the same instant."""

import contextvars
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import sqlalchemy as sa
from factories import signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import a_bailleur, basic, code_for, exchange, secret_of

from idp.db import db
from idp.oidc.models import Grant

ROUNDS = 100


def test_of_two_parallel_redemptions_exactly_one_succeeds(client: FlaskClient, app: Flask) -> None:
    """RFC 6749 §4.1.2: a code must not be used more than once; real connections, a hundred times."""
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    authorization = basic("offre-bailleurs", secret_of("offre-bailleurs"))

    def redeem(code: str, barrier: Barrier) -> int:
        with app.app_context():
            barrier.wait()
            return exchange(app.test_client(), code, authorization=authorization).status_code

    with ThreadPoolExecutor(2) as threads:
        for _round in range(ROUNDS):
            code, barrier = code_for(client), Barrier(2)
            # A context of its own for each: neither sees the test's application context.
            both = [
                threads.submit(contextvars.Context().run, redeem, code, barrier) for _ in range(2)
            ]
            assert sorted(one.result(timeout=30) for one in both) == [200, 400]

    grants = db.session.scalars(sa.select(Grant)).all()
    assert len(grants) == ROUNDS
    assert all(grant.code_used_at for grant in grants)
