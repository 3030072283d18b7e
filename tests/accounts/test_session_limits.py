"""How long a session lives, and what its pages are told of it."""

from datetime import timedelta

from factories import an_account, signed_in
from flask.testing import FlaskClient

from idp import clock


def left(client: FlaskClient) -> tuple[int, bool]:
    told = client.get("/session").json or {}
    return told["reste_s"], told["prolongeable"]


def test_asking_what_is_left_does_not_make_it_live_longer(client: FlaskClient) -> None:
    signed_in(client, an_account())

    with clock.shifted(timedelta(minutes=20)):
        assert left(client)[0] in range(540, 601)
    with clock.shifted(timedelta(minutes=29)):
        seconds, more = left(client)
        assert 0 < seconds <= 60
        assert more
    with clock.shifted(timedelta(minutes=31)):
        assert left(client) == (0, False)


def test_staying_makes_it_live_as_long_again(client: FlaskClient) -> None:
    signed_in(client, an_account())

    with clock.shifted(timedelta(minutes=29)):
        assert client.post("/session/prolonger").status_code == 204
    with clock.shifted(timedelta(minutes=58)):
        assert client.get("/profil").status_code == 200


def test_nobody_stays_past_ten_hours(client: FlaskClient) -> None:
    """ANSSI R12: sessions are bounded."""
    signed_in(client, an_account())
    for minutes in range(25, 600, 25):
        with clock.shifted(timedelta(minutes=minutes)):
            client.post("/session/prolonger")

    with clock.shifted(timedelta(minutes=599)):
        seconds, more = left(client)
        assert seconds <= 60
        assert not more
    with clock.shifted(timedelta(minutes=601)):
        client.post("/session/prolonger")
        assert client.get("/profil").location.startswith("/connexion")


def test_visitor_has_nothing_left_and_nothing_to_prolong(client: FlaskClient) -> None:
    client.set_cookie("mcp_session", "invented")

    assert left(client) == (0, False)
    assert client.post("/session/prolonger").status_code == 204


def test_pages_say_when_the_session_ends(client: FlaskClient) -> None:
    signed_in(client, an_account())

    assert "votre session se termine à" in client.get("/profil").text
    assert "votre session se termine" not in client.application.test_client().get("/connexion").text
