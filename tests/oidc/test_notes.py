"""The signed notes that keep a request from asking for ever."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.oidc.authorization.notes import LIFETIME, Note, noted, noted_at
from idp.oidc.parameters import Parameters, parse

NOW = datetime(2026, 11, 23, 10, 0, 0, 700_000, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef"
REQUEST = Parameters({"client_id": "afas", "state": "é &+", "prompt": "login"})


@pytest.mark.parametrize("note", list(Note))
def test_a_note_says_when_this_request_asked(note: Note) -> None:
    carried = parse(noted(REQUEST, note, KEY, NOW).encoded().encode())

    assert noted_at(carried, note, KEY, NOW) == NOW.replace(microsecond=0)


def test_a_second_note_replaces_the_first() -> None:
    later = NOW + timedelta(minutes=5)

    twice = noted(noted(REQUEST, Note.SIGN_IN, KEY, NOW), Note.SIGN_IN, KEY, later)

    assert noted_at(twice, Note.SIGN_IN, KEY, later) == later.replace(microsecond=0)


def test_a_note_of_another_kind_leaves_the_first_good() -> None:
    both = noted(noted(REQUEST, Note.SIGN_IN, KEY, NOW), Note.CONSENT, KEY, NOW)

    assert noted_at(both, Note.SIGN_IN, KEY, NOW)
    assert noted_at(both, Note.CONSENT, KEY, NOW)


def test_a_note_is_worth_nothing_on_another_request() -> None:
    note = noted(REQUEST, Note.SIGN_IN, KEY, NOW).values[Note.SIGN_IN]
    other = Parameters({**REQUEST.values, "state": "another", Note.SIGN_IN: note})

    assert noted_at(other, Note.SIGN_IN, KEY, NOW) is None


def test_a_note_is_worth_nothing_for_another_question() -> None:
    """The attack: having signed in again is not having consented."""
    note = noted(REQUEST, Note.SIGN_IN, KEY, NOW).values[Note.SIGN_IN]
    other = Parameters({**REQUEST.values, Note.CONSENT: note})

    assert noted_at(other, Note.CONSENT, KEY, NOW) is None


def test_an_answer_is_worth_nothing_to_another_session() -> None:
    note = noted(REQUEST, Note.ORGANISME, KEY, NOW, session="one")

    assert noted_at(note, Note.ORGANISME, KEY, NOW, session="one")
    assert noted_at(note, Note.ORGANISME, KEY, NOW, session="two") is None


def test_an_earlier_instant_cannot_be_written_by_the_client() -> None:
    """The attack: a client that wants a fresh sign-in to be skipped dates the note back."""
    note = noted(REQUEST, Note.SIGN_IN, KEY, NOW).values[Note.SIGN_IN]
    instant, _dot, signature = note.partition(".")
    forged = Parameters({**REQUEST.values, Note.SIGN_IN: f"{int(instant) - 60}.{signature}"})

    assert noted_at(forged, Note.SIGN_IN, KEY, NOW) is None


def test_a_note_expires_and_is_bound_to_the_deployment() -> None:
    note = noted(REQUEST, Note.SIGN_IN, KEY, NOW)

    assert noted_at(note, Note.SIGN_IN, KEY, NOW + LIFETIME + timedelta(seconds=1)) is None
    assert noted_at(note, Note.SIGN_IN, KEY[::-1], NOW) is None


def test_any_text_may_stand_in_its_place() -> None:
    for text in ("", ".", "1", "1.", "x.y", "é.é", "1.é", "9" * 400 + ".x"):
        values = Parameters({**REQUEST.values, Note.SIGN_IN: text})
        assert noted_at(values, Note.SIGN_IN, KEY, NOW) is None
