"""Refresh tokens: who gets one, how long it lives, what a copy of it is worth."""

import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from factories import an_habilitation, signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import (
    CALLBACK,
    TOKEN,
    VERIFIER,
    Bailleur,
    a_bailleur,
    basic,
    code_for,
    decoded,
    exchange,
    secret_of,
    tokens_for,
    userinfo,
)
from sql_budget import counted
from token_flows import OFFLINE, first_of_poste, refresh, refresh_poste
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts import sessions
from idp.accounts.gates import IDLE
from idp.accounts.models import AccountState
from idp.audit import JournalEntry
from idp.db import db
from idp.extensions import ground
from idp.habilitations.models import Groupe, Habilitation
from idp.oidc.models import Grant
from idp.oidc.tokens import refresh_tokens


def somebody(browser: FlaskClient) -> Bailleur:
    bailleur = a_bailleur()
    signed_in(browser, bailleur.account, bailleur.rattachement)
    return bailleur


def first(browser: FlaskClient, **asked: str) -> dict[str, Any]:
    """The tokens of a sign-in of a confidential client."""
    return tokens_for(browser, **{"scope": OFFLINE, **asked})


def refused(response: TestResponse, error: str = "invalid_grant") -> bool:
    return (response.status_code, (response.json or {})["error"]) == (400, error)


def events() -> list[str]:
    return list(db.session.scalars(sa.select(JournalEntry.event).order_by(JournalEntry.id)))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the clock forward."""

    def move(by: timedelta) -> None:
        at = clock.now() + by
        monkeypatch.setattr(clock, "now", lambda: at)

    return move


# Who gets one


def test_only_offline_access_gives_one(client: FlaskClient) -> None:
    """Core §11."""
    somebody(client)

    assert "refresh_token" not in first(client, scope="openid profile")
    assert first(client)["refresh_token"]


def test_client_that_does_not_declare_the_grant_gets_none(client: FlaskClient) -> None:
    """RFC 7591 §2, grant_types; offline_access is not granted to it."""
    somebody(client)
    asked = {"client_id": "ouvert", "redirect_uri": "https://ouvert.example/callback"}
    none = {"code_challenge": None, "code_challenge_method": None}
    code = code_for(client, scope="openid offline_access", **asked, **none)
    authorization = basic("ouvert", secret_of("ouvert"))

    told = exchange(
        client,
        code,
        redirect_uri=asked["redirect_uri"],
        code_verifier=None,
        authorization=authorization,
    )

    assert "refresh_token" not in (told.json or {})
    assert (told.json or {})["scope"] == "openid"


def test_only_a_digest_is_kept(client: FlaskClient) -> None:
    somebody(client)
    family, _generation, _proof = first(client)["refresh_token"].split(".")

    grant = db.session.scalars(sa.select(Grant)).one()

    assert family not in {str(value) for value in vars(grant).values()}
    assert grant.refresh_family_digest


# A refresh


def test_answer_has_new_tokens_for_the_same_sign_in(
    client: FlaskClient, later: Callable[[timedelta], None]
) -> None:
    """Core §12.2: same iss, sub, aud and auth_time; another iat; no nonce, no azp that was not there."""
    somebody(client)
    before = first(client)
    later(timedelta(minutes=2))

    response = refresh(client, before["refresh_token"])

    after = response.json or {}
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert "no-store" in response.headers["Cache-Control"]
    assert isinstance(after["expires_in"], int)
    assert after["access_token"] != before["access_token"]
    old, new = (decoded(client, one["id_token"]).claims for one in (before, after))
    for name in ("iss", "sub", "aud", "auth_time", "sid", "acr"):
        assert new[name] == old[name]
    assert new["iat"] > old["iat"]
    assert not {"nonce", "azp"} & set(new)
    assert userinfo(client, after["access_token"]).status_code == 200


def test_confidential_client_keeps_its_token(client: FlaskClient) -> None:
    """RFC 9700 §4.14.2: bound to its secret; a rotation would only lose answers."""
    somebody(client)
    token = first(client)["refresh_token"]

    answers = [refresh(client, token) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 200]
    assert all("refresh_token" not in (one.json or {}) for one in answers)


def test_scope_may_be_narrowed_and_never_widened(client: FlaskClient) -> None:
    """RFC 6749 §6."""
    somebody(client)
    token = first(client)["refresh_token"]

    narrowed = refresh(client, token, scope="openid").json or {}

    assert narrowed["scope"] == "openid"
    assert set(userinfo(client, narrowed["access_token"]).json or {}) == {"sub"}
    assert refused(refresh(client, token, scope="openid phone"), "invalid_scope")
    assert (refresh(client, token).json or {})["scope"] == OFFLINE


def test_withdrawn_habilitation_is_gone_from_the_next_token(client: FlaskClient) -> None:
    """Rights are read again at each refresh."""
    bailleur = somebody(client)
    contrat_id = db.session.scalars(sa.select(Groupe.contrat_id)).one()
    conventionne = Groupe(
        contrat_id=contrat_id,
        code="offre-bailleurs:conventionne:359",
        libelle="Conventionnés",
        zone="359",
    )
    db.session.add(conventionne)
    db.session.flush()
    second = an_habilitation(bailleur.rattachement, conventionne)
    held = first(client)
    assert len(decoded(client, held["access_token"]).claims["groups"]) == 2

    second.fin = clock.today(datetime.now(UTC)) - timedelta(days=1)
    after = refresh(client, held["refresh_token"]).json or {}

    for name in ("access_token", "id_token"):
        assert decoded(client, after[name]).claims["groups"] == ["offre-bailleurs:prive:359"]


def test_last_habilitation_withdrawn_ends_the_refreshes(client: FlaskClient) -> None:
    somebody(client)
    token = first(client)["refresh_token"]

    db.session.execute(sa.delete(Habilitation))

    assert refused(refresh(client, token))


@pytest.mark.parametrize("state", [AccountState.SUSPENDU, AccountState.CLOS])
def test_suspended_or_closed_person_gets_nothing_more(
    client: FlaskClient, state: AccountState
) -> None:
    bailleur = somebody(client)
    token = first(client)["refresh_token"]

    bailleur.account.state = state

    assert refused(refresh(client, token))


def test_end_of_the_session_ends_the_refreshes(client: FlaskClient) -> None:
    bailleur = somebody(client)
    token = first(client)["refresh_token"]

    sessions.end_all(bailleur.account.id, datetime.now(UTC))

    assert refused(refresh(client, token))


def test_session_that_merely_slept_does_not(
    client: FlaskClient, later: Callable[[timedelta], None]
) -> None:
    """Core §11: access while the person is not there."""
    somebody(client)
    token = first(client)["refresh_token"]
    later(IDLE + timedelta(minutes=1))

    assert refresh(client, token).status_code == 200


def test_token_lives_eight_hours_whatever_its_uses(
    client: FlaskClient, later: Callable[[timedelta], None]
) -> None:
    somebody(client)
    token = first(client)["refresh_token"]

    later(timedelta(hours=7, minutes=59))
    assert refresh(client, token).status_code == 200
    later(timedelta(minutes=2))

    assert refused(refresh(client, token))


def test_replayed_code_kills_its_refresh_token(client: FlaskClient) -> None:
    """RFC 6749 §4.1.2."""
    somebody(client)
    code = code_for(client, scope=OFFLINE)
    token = (exchange(client, code).json or {})["refresh_token"]

    assert refused(exchange(client, code))

    assert refused(refresh(client, token))


def test_token_of_another_client_is_refused_and_stays_good(client: FlaskClient) -> None:
    """RFC 6749 §6: bound to the client it was issued to."""
    somebody(client)
    token = first(client)["refresh_token"]

    assert refused(refresh_poste(client, token))

    assert refresh(client, token).status_code == 200


@pytest.mark.parametrize(
    "token", ["x", "a.0.b", "..", "a.-1.b", "é.0.é", "a.٣.b", "a." + "9" * 400 + ".b"]
)
def test_invented_token_is_refused(client: FlaskClient, token: str) -> None:
    assert refused(refresh(client, token))


def test_missing_token_is_invalid_request(client: FlaskClient) -> None:
    assert refused(refresh(client, "", refresh_token=None), "invalid_request")


def test_client_is_authenticated_at_each_refresh(client: FlaskClient) -> None:
    """RFC 6749 §6."""
    somebody(client)
    token = first(client)["refresh_token"]

    form = {"grant_type": "refresh_token", "refresh_token": token}
    response = client.post(TOKEN, data={**form, "client_id": "offre-bailleurs"})

    assert (response.status_code, (response.json or {})["error"]) == (401, "invalid_client")


# Rotation, for clients without a secret


def test_public_client_gets_another_token_each_time(client: FlaskClient) -> None:
    """RFC 9700 §4.14.2."""
    somebody(client)
    token = first_of_poste(client)

    for _turn in range(3):
        told = refresh_poste(client, token).json or {}
        assert told["refresh_token"] != token
        token = told["refresh_token"]


def test_answer_lost_on_the_way_is_given_again(client: FlaskClient) -> None:
    """The same successor: whoever received the first answer is not cut off."""
    somebody(client)
    token = first_of_poste(client)

    lost = (refresh_poste(client, token).json or {})["refresh_token"]
    again = (refresh_poste(client, token).json or {})["refresh_token"]

    assert lost == again
    assert refresh_poste(client, lost).status_code == 200


def test_copy_used_after_the_grace_ends_the_grant(
    client: FlaskClient, later: Callable[[timedelta], None]
) -> None:
    """RFC 9700 §4.14.2: the attack is a stolen token, used after its owner rotated it."""
    somebody(client)
    stolen = first_of_poste(client)
    owned = (refresh_poste(client, stolen).json or {})["refresh_token"]
    later(refresh_tokens.GRACE + timedelta(seconds=1))

    assert refused(refresh_poste(client, stolen))

    assert refused(refresh_poste(client, owned))
    assert "refresh_token_reused" in events()


def test_older_token_ends_the_grant_even_within_the_grace(client: FlaskClient) -> None:
    """Two turns behind is no lost answer."""
    somebody(client)
    oldest = first_of_poste(client)
    older = (refresh_poste(client, oldest).json or {})["refresh_token"]
    current = (refresh_poste(client, older).json or {})["refresh_token"]

    assert refused(refresh_poste(client, oldest))

    assert refused(refresh_poste(client, current))


def test_forged_generation_ends_nothing(client: FlaskClient) -> None:
    """The attack: who saw one token must not end the grant, nor jump ahead."""
    somebody(client)
    token = first_of_poste(client)
    family, _generation, proof = token.split(".")

    for forged in (f"{family}.5.{proof}", f"{family}.0.{'A' * 43}", f"x.0.{proof}"):
        assert refused(refresh_poste(client, forged))

    assert refresh_poste(client, token).status_code == 200


def test_proof_is_keyed(app: Flask) -> None:
    """Whoever reads the database cannot make the next token."""
    box = ground(app).secret_box
    drawn = refresh_tokens.draw()

    assert refresh_tokens.read(drawn.encoded(box), box) == drawn
    assert refresh_tokens.read(f"{drawn.family}.1.{drawn.family_digest[:43]}", box) is None
    assert len({drawn.encoded(box), drawn.next.encoded(box)}) == 2


def test_of_parallel_refreshes_one_rotates_and_all_hear_the_same(
    client: FlaskClient, app: Flask
) -> None:
    """RFC 9700 §4.14.2: real connections; the turn advances by one, whoever comes first."""
    somebody(client)
    token = first_of_poste(client)

    def use(token: str, barrier: Barrier) -> str:
        with app.app_context():
            barrier.wait()
            return str((refresh_poste(app.test_client(), token).json or {})["refresh_token"])

    with ThreadPoolExecutor(2) as threads:
        for _round in range(30):
            barrier = Barrier(2)
            both = [
                threads.submit(contextvars.Context().run, use, token, barrier) for _ in range(2)
            ]
            successors = {one.result(timeout=30) for one in both}
            assert len(successors) == 1
            token = successors.pop()

    assert db.session.scalars(sa.select(Grant.refresh_generation)).one() == 30


# Cost


def test_refresh_costs_three_statements(client: FlaskClient) -> None:
    """The claim, the person, the journal."""
    somebody(client)
    token = first(client)["refresh_token"]
    public = first_of_poste(client)

    for use, value in ((refresh, token), (refresh_poste, public)):
        with counted() as sent:
            response = use(client, value)
        assert response.status_code == 200
        assert len(sent) <= 3


def test_code_that_gives_a_refresh_token_costs_no_more(client: FlaskClient) -> None:
    somebody(client)
    code = code_for(client, scope=OFFLINE)

    with counted() as sent:
        response = exchange(client, code, redirect_uri=CALLBACK, code_verifier=VERIFIER)

    assert (response.json or {})["refresh_token"]
    assert len(sent) <= 4
