"""Pairwise subjects: what two clients are told of one person cannot be put together (Core §8)."""

from typing import Any
from urllib.parse import urlencode

from factories import signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import Bailleur, a_bailleur, decoded, userinfo
from registered import Registered, a_registered_client

from idp.extensions import ground


def tokens(browser: FlaskClient, ours: Registered) -> dict[str, Any]:
    return dict(ours.exchange(browser, ours.code(browser)).json or {})


def sub(browser: FlaskClient, ours: Registered) -> str:
    return str(decoded(browser, tokens(browser, ours)["id_token"]).claims["sub"])


def a_pairwise_client(browser: FlaskClient, host: str, **metadata: Any) -> Registered:
    uris = [f"https://{host}/callback"]
    return a_registered_client(browser, subject_type="pairwise", redirect_uris=uris, **metadata)


def somebody(browser: FlaskClient) -> Bailleur:
    person = a_bailleur()
    signed_in(browser, person.account)
    return person


def test_each_sector_has_its_own_subject_and_keeps_it(open_client: FlaskClient) -> None:
    """Core §8.1: never the local identifier, the same at each sign-in."""
    person = somebody(open_client)
    here, there = (a_pairwise_client(open_client, host) for host in ("a.example", "b.example"))
    again = a_pairwise_client(open_client, "a.example")

    assert sub(open_client, here) == sub(open_client, here) == sub(open_client, again)
    assert sub(open_client, here) != sub(open_client, there)
    assert str(person.account.sub) not in sub(open_client, here)
    assert len(sub(open_client, here)) <= 255


def test_two_persons_are_two_in_one_sector(open_client: FlaskClient, open_app: Flask) -> None:
    ours = a_pairwise_client(open_client, "a.example")
    other = open_app.test_client()
    somebody(open_client)
    somebody(other)

    assert sub(open_client, ours) != sub(other, ours)


def test_every_token_and_userinfo_tell_the_same_subject(open_client: FlaskClient) -> None:
    """Core §5.3.2: the sub of userinfo is that of the ID token."""
    somebody(open_client)
    ours = a_pairwise_client(open_client, "a.example")

    held = tokens(open_client, ours)

    told = userinfo(open_client, held["access_token"]).json or {}
    both = {decoded(open_client, held[name]).claims["sub"] for name in ("id_token", "access_token")}
    assert both == {told["sub"]}


def test_id_token_of_a_pairwise_client_is_a_hint_of_its_person(
    open_client: FlaskClient, open_app: Flask
) -> None:
    """Core §3.1.2.1, id_token_hint."""
    somebody(open_client)
    ours = a_pairwise_client(open_client, "a.example")
    hint = tokens(open_client, ours)["id_token"]
    somebody(other := open_app.test_client())

    assert "code=" in ours.authorize(open_client, prompt="none", id_token_hint=hint).location
    refused = ours.authorize(other, prompt="none", id_token_hint=hint).location
    assert urlencode({"error": "login_required"}) in refused


def test_the_secret_key_is_needed_to_compute_a_subject(app: Flask) -> None:
    """Core §8.1: whoever knows the sector and the local identifier cannot link two clients."""
    box = ground(app).secret_box

    assert box.pairwise("a.example", "x") != box.pairwise("a.example", "y")
    assert box.pairwise("a.example", "x") != box.code_digest("x", bound_to="a.example")
