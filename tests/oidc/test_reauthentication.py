"""The signed note that keeps prompt=login from asking for ever."""

from datetime import UTC, datetime, timedelta

from idp.oidc.parameters import Parameters, parse
from idp.oidc.reauthentication import LIFETIME, PARAMETER, asked_again_at, noted

NOW = datetime(2026, 11, 23, 10, 0, 0, 700_000, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef"
REQUEST = Parameters({"client_id": "afas", "state": "é &+", "prompt": "login"})


def test_a_note_says_when_this_request_asked() -> None:
    note = parse(noted(REQUEST, KEY, NOW).encoded().encode())

    assert asked_again_at(note, KEY, NOW) == NOW.replace(microsecond=0)


def test_a_second_note_replaces_the_first() -> None:
    later = NOW + timedelta(minutes=5)

    twice = noted(noted(REQUEST, KEY, NOW), KEY, later)

    assert asked_again_at(twice, KEY, later) == later.replace(microsecond=0)


def test_a_note_is_worth_nothing_on_another_request() -> None:
    note = noted(REQUEST, KEY, NOW).values[PARAMETER]
    other = Parameters({**REQUEST.values, "state": "another", PARAMETER: note})

    assert asked_again_at(other, KEY, NOW) is None


def test_an_earlier_instant_cannot_be_written_by_the_client() -> None:
    """The attack: a client that wants a fresh sign-in to be skipped dates the note back."""
    asked_at, _dot, signature = noted(REQUEST, KEY, NOW).values[PARAMETER].partition(".")
    forged = Parameters({**REQUEST.values, PARAMETER: f"{int(asked_at) - 60}.{signature}"})

    assert asked_again_at(forged, KEY, NOW) is None


def test_a_note_expires_and_is_bound_to_the_deployment() -> None:
    note = noted(REQUEST, KEY, NOW)

    assert asked_again_at(note, KEY, NOW + LIFETIME + timedelta(seconds=1)) is None
    assert asked_again_at(note, KEY[::-1], NOW) is None


def test_any_text_may_stand_in_its_place() -> None:
    for text in ("", ".", "1", "1.", "x.y", "é.é", "1.é", "9" * 400 + ".x"):
        values = Parameters({**REQUEST.values, PARAMETER: text})
        assert asked_again_at(values, KEY, NOW) is None
