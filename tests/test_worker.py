"""The worker: it delivers, seals, survives a fault and stops when asked."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Timer

import pytest
import structlog
from flask import Flask

from idp import audit, outbox, worker
from idp.db import db
from idp.outbox import Payload


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    # The worker takes the signals of its process: here, of the tests.
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_worker_delivers_and_seals_until_asked_to_stop(app: Flask) -> None:
    received: list[Payload] = []

    def handle(payload: Payload) -> None:
        received.append(payload)
        Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()

    app.extensions["outbox_handlers"]["test"] = handle
    outbox.enqueue("test", {"to": "a"}, at=datetime.now(UTC))
    db.session.commit()

    worker.run(app)

    del app.extensions["outbox_handlers"]["test"]
    assert received == [{"to": "a"}]


def test_round_that_fails_does_not_end_the_worker(app: Flask) -> None:
    audit.JournalEntry.__table__.drop(db.engine)

    done = worker._round()

    audit.JournalEntry.__table__.create(db.engine)
    assert done == 0


def test_watch_that_fails_does_not_end_the_worker(app: Flask) -> None:
    def fail(now: datetime) -> None:
        raise LookupError(now)

    app.extensions["watches"].append(fail)
    with structlog.testing.capture_logs() as logged:
        worker._survive(worker.watch)
    app.extensions["watches"].remove(fail)

    assert [(line["event"], line["work"]) for line in logged] == [("work_failed", "watch")]
