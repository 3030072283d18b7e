"""The journal: exact fields, one chain, and tampering that shows."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from idp import audit
from idp.audit import JournalEntry
from idp.db import db

NOW = datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seen(audit.Event):
    """Something of a test."""

    name: ClassVar[str] = "test.seen"
    what: str
    times: int | None = None


def written(count: int = 5) -> None:
    """That many events, not sealed yet."""
    for number in range(count):
        audit.record(
            Seen(f"élément {number}", times=number or None),
            at=NOW + timedelta(seconds=number),
            actor=audit.Actor("person", uuid4()),
            account_id=uuid4(),
        )
    db.session.commit()


def sealed(count: int = 5) -> None:
    """That many events, in the chain."""
    written(count)
    audit.seal()
    db.session.commit()


def alter(rank: int, **values: Any) -> None:
    """Change a line as somebody with the database could."""
    db.session.execute(update(JournalEntry).where(JournalEntry.rank == rank).values(**values))
    db.session.commit()


def test_event_keeps_its_fields_and_nothing_else(app: Flask) -> None:
    audit.record(Seen("x"), at=NOW, actor=audit.COMMAND_LINE)

    entry = db.session.scalars(select(JournalEntry)).one()

    assert (entry.event, entry.actor_kind, entry.at) == ("test.seen", "command line", NOW)
    assert entry.data == {"what": "x"}


def test_event_goes_with_the_transaction_of_what_it_tells(app: Flask) -> None:
    audit.record(Seen("x"), at=NOW, actor=audit.WORKER)
    db.session.rollback()

    assert audit.verify(NOW) == audit.Verification(sealed=0, unsealed=0, broken_at=None)


def test_chain_holds_across_rounds_of_the_sealer(app: Flask) -> None:
    sealed(3)
    written(2)
    assert audit.verify(NOW) == audit.Verification(sealed=3, unsealed=2, broken_at=None)

    assert [audit.seal(limit=1), audit.seal(), audit.seal()] == [1, 1, 0]
    db.session.commit()

    assert audit.verify(NOW) == audit.Verification(sealed=5, unsealed=0, broken_at=None)


@pytest.mark.parametrize(
    "values",
    [
        {"data": {"what": "something else"}},
        {"at": NOW + timedelta(days=1)},
        {"event": "test.other"},
        {"actor_kind": "worker"},
        {"actor_id": None},
        {"account_id": None},
        {"organisme_id": uuid4()},
        {"salt": "0" * 32},
        {"content_hash": "f" * 64},
        {"previous_hash": "f" * 64},
        {"hash": "f" * 64},
    ],
    ids=lambda values: next(iter(values)),
)
def test_altered_line_is_found(app: Flask, values: dict[str, Any]) -> None:
    sealed()

    alter(3, **values)

    assert audit.verify(NOW).broken_at == 3


def test_removed_line_is_found(app: Flask) -> None:
    sealed()
    db.session.execute(delete(JournalEntry).where(JournalEntry.rank == 2))
    db.session.commit()

    assert audit.verify(NOW).broken_at == 2


def test_line_altered_with_its_own_hash_breaks_the_next(app: Flask) -> None:
    sealed()
    entry = db.session.scalars(select(JournalEntry).where(JournalEntry.rank == 2)).one()
    entry.data = {"what": "something else"}
    entry.content_hash = entry.computed_content_hash()
    entry.hash = entry.computed_hash(entry.previous_hash or "")
    db.session.commit()

    assert audit.verify(NOW).broken_at == 3


def test_two_sealers_at_once_make_one_chain(app: Flask) -> None:
    written(40)
    start = Barrier(2)

    def work() -> None:
        with app.app_context():
            start.wait()
            for _ in range(40):
                _seal_some()
            db.session.remove()

    sealers = [Thread(target=work) for _ in range(2)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join()

    assert audit.verify(NOW) == audit.Verification(sealed=40, unsealed=0, broken_at=None)


def _seal_some() -> None:
    # As the worker does: a round that fails is undone, and the next one does its work.
    try:
        audit.seal(limit=3)
        db.session.commit()
    except DBAPIError:
        db.session.rollback()
