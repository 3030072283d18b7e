"""RP-initiated logout: the decision table."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from factories import an_account, signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import a_bailleur, answer, authorize, tokens_for, userinfo
from joserfc import jwt
from joserfc.jwk import RSAKey
from registered import a_registered_client
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts.models import Account, BrowserSession
from idp.audit import JournalEntry
from idp.db import db
from idp.extensions import ground
from idp.oidc.tokens import signing

LOGOUT = "/oidc/logout"
BACK = "http://localhost:8001/"
STATE = "s" * 128


def signed(client: FlaskClient) -> str:
    """Sign in and return the ID token that the service got."""
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    return str(tokens_for(client)["id_token"])


def logout(client: FlaskClient, **parameters: str) -> TestResponse:
    return client.get(f"{LOGOUT}?{urlencode(parameters)}")


def is_signed_in(client: FlaskClient) -> bool:
    return "code" in answer(authorize(client, prompt="none"))


def confirmation(response: TestResponse) -> str:
    """The address of the confirmation form; nobody was redirected."""
    assert response.status_code == 200, response.headers.get("Location")
    assert 'id="confirmer-deconnexion"' in response.text
    form = response.text.split("<main")[1]
    found = re.search(r'<form method="post" action="([^"]+)"', form)
    assert found is not None
    return found[1].replace("&amp;", "&")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_service_of_this_session_signs_out_and_gets_the_person_back(
    client: FlaskClient, method: str
) -> None:
    """RP-Initiated Logout §2 and §3: by GET and POST; the session is dead on the server."""
    hint = signed(client)
    sent = {"id_token_hint": hint, "post_logout_redirect_uri": BACK, "state": STATE}
    cookie = client.get_cookie("mcp_session")
    assert cookie is not None

    response = logout(client, **sent) if method == "GET" else client.post(LOGOUT, data=sent)

    assert response.status_code == 303
    assert response.location == f"{BACK}?state={STATE}"
    client.set_cookie("mcp_session", cookie.value)
    assert not is_signed_in(client)
    journal = db.session.scalars(sa.select(JournalEntry).where(JournalEntry.event.like("logged%")))
    assert [row.data for row in journal] == [{"client_id": "offre-bailleurs"}]


def test_no_state_is_invented(client: FlaskClient) -> None:
    """RP-Initiated Logout §3."""
    response = logout(client, id_token_hint=signed(client), post_logout_redirect_uri=BACK)

    assert response.location == BACK


def test_what_the_session_gave_stops_working(client: FlaskClient) -> None:
    hint = signed(client)
    token = tokens_for(client)["access_token"]

    logout(client, id_token_hint=hint)

    assert userinfo(client, token).status_code == 401


def test_an_expired_hint_still_proves(client: FlaskClient) -> None:
    """RP-Initiated Logout §2: the OP should accept ID tokens whose exp has passed."""
    hint = signed(client)

    with clock.shifted(timedelta(minutes=20)):
        response = logout(client, id_token_hint=hint, post_logout_redirect_uri=BACK)

    assert response.location == BACK


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:8001",
        "http://localhost:8001/?x=1",
        "http://localhost:8002/",
        "https://evil.example/",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(client: FlaskClient, uri: str) -> None:
    """RP-Initiated Logout §3: not even once the person confirmed."""
    hint = signed(client)

    action = confirmation(logout(client, id_token_hint=hint, post_logout_redirect_uri=uri))

    assert is_signed_in(client)
    assert client.post(action).location == "/deconnexion"
    assert not is_signed_in(client)


def _unsigned(hint: str) -> str:
    return "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + hint.split(".")[1] + "."


def _foreign(hint: str) -> str:
    claims = signing.verify(hint, typ="JWT", key_ring=ground().key_ring) or {}
    kid = ground().key_ring.all()[0].kid
    return jwt.encode({"alg": "RS256", "kid": kid}, claims, RSAKey.generate_key(2048), ["RS256"])


def _altered(hint: str) -> str:
    header, payload, signature = hint.split(".")
    return ".".join((header, payload, signature[::-1]))


@pytest.mark.parametrize("spoil", [_unsigned, _foreign, _altered, lambda _hint: "é"])
def test_a_hint_that_we_did_not_sign_redirects_nobody(
    client: FlaskClient, spoil: Callable[[str], str]
) -> None:
    """RP-Initiated Logout §4; RFC 8725 §3.1."""
    hint = spoil(signed(client))

    action = confirmation(
        logout(client, id_token_hint=hint, post_logout_redirect_uri=BACK, state=STATE)
    )

    assert is_signed_in(client)
    assert client.post(action).location == "/deconnexion"


def test_an_access_token_is_no_hint(client: FlaskClient) -> None:
    """RFC 8725 §3.11."""
    signed(client)
    token = tokens_for(client)["access_token"]

    confirmation(logout(client, id_token_hint=token, post_logout_redirect_uri=BACK))


def test_an_address_without_a_hint_redirects_nobody(client: FlaskClient) -> None:
    """RP-Initiated Logout §3; a client_id alone proves nothing."""
    signed(client)

    confirmation(logout(client, post_logout_redirect_uri=BACK))
    confirmation(logout(client, post_logout_redirect_uri=BACK, client_id="offre-bailleurs"))


@pytest.mark.parametrize("sent", [{}, {"state": STATE}])
def test_without_proof_the_person_decides(client: FlaskClient, sent: dict[str, str]) -> None:
    """A link of anybody must not sign a person out."""
    signed(client)

    action = confirmation(logout(client, **sent))

    assert is_signed_in(client)
    response = client.post(action)
    assert response.location == "/deconnexion"
    assert not is_signed_in(client)


def test_a_client_id_that_is_not_the_hint_s_is_no_proof(client: FlaskClient) -> None:
    """RP-Initiated Logout §2: the OP must verify that they match."""
    hint = signed(client)

    confirmation(
        logout(client, id_token_hint=hint, client_id="cdap", post_logout_redirect_uri=BACK)
    )


def test_the_hint_of_another_session_lets_the_person_decide(client: FlaskClient) -> None:
    hint = signed(client)
    sid = another_session(client)

    action = confirmation(logout(client, id_token_hint=hint, post_logout_redirect_uri=BACK))

    assert is_signed_in(client)
    assert client.post(action).location == BACK
    ended = db.session.scalars(sa.select(BrowserSession).filter_by(sid=sid)).one()
    assert ended.ended_at is not None


def another_session(client: FlaskClient) -> str:
    """The same person signs in again on this browser."""
    from_the_first = db.session.scalars(sa.select(BrowserSession)).one()
    account = db.session.get_one(Account, from_the_first.account_id)
    sid = signed_in(client, account)
    session = db.session.scalars(sa.select(BrowserSession).filter_by(sid=sid)).one()
    session.rattachement_id = from_the_first.rattachement_id
    return sid


def test_who_is_already_signed_out_is_sent_back(client: FlaskClient) -> None:
    hint = signed(client)
    client.delete_cookie("mcp_session")

    response = logout(client, id_token_hint=hint, post_logout_redirect_uri=BACK, state="x")

    assert response.location == BACK + "?state=x"


def test_who_is_already_signed_out_has_nothing_to_confirm(client: FlaskClient) -> None:
    """The address is nobody's: they are told, and sent nowhere."""
    response = logout(client, post_logout_redirect_uri="https://evil.example/")

    assert response.status_code == 200
    assert "Vous êtes déjà déconnecté" in response.text
    assert "<form" not in response.text.partition("<main")[2]
    assert "evil.example" not in response.text


def test_a_repeated_parameter_is_refused(client: FlaskClient) -> None:
    response = client.get(f"{LOGOUT}?state=a&state=b")

    assert response.status_code == 400


def test_a_logout_asked_by_another_site_s_form_needs_no_token_but_its_confirmation_does(
    client: FlaskClient, app: Flask
) -> None:
    hint = signed(client)
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        confirmed = client.post("/oidc/logout/confirmer")
        asked = client.post(LOGOUT, data={"id_token_hint": hint, "post_logout_redirect_uri": BACK})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert confirmed.status_code == 400
    assert asked.location == BACK


def test_the_confirmation_may_lead_back_to_a_client_that_registered_itself(
    open_client: FlaskClient,
) -> None:
    """The policy of the page governs where its form's answer redirects."""
    signed_in(open_client, an_account())
    back = "https://adieu.example/fin"
    ours = a_registered_client(open_client, post_logout_redirect_uris=[back])
    hint = (ours.exchange(open_client, ours.code(open_client)).json or {})["id_token"]
    signed_in(open_client, an_account())

    page = logout(open_client, id_token_hint=hint, post_logout_redirect_uri=back)

    policy = page.headers["Content-Security-Policy"]
    assert f"{ours.told['client_name']} demande votre déconnexion" in page.text
    assert "https://adieu.example" in policy.partition("form-action")[2]
    assert open_client.post(confirmation(page)).location == back
