"""The worker: delivers the outbox, seals the journal, watches and does the chores, beside the web processes.

Several may run: rows are claimed, and the journal has one sealer at a time.
"""

import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from flask import Flask, current_app

from idp import audit, clock, outbox
from idp.db import db, transaction

IDLE_S = 1.0
CHORES_EVERY = timedelta(hours=1)
WATCHES_EVERY = timedelta(minutes=1)
CHORE_ROUNDS = 20
"""How many times in a row a chore that says it did something is done again: the rest waits for an hour."""

Chore = Callable[[datetime], int | None]

log = structlog.get_logger("idp.worker")


def run_once() -> int:
    """One round; returns how much was done, so that the caller knows whether to rest."""
    delivered = outbox.deliver_due(clock.now())
    with transaction():
        sealed = audit.seal()
    return delivered + sealed


def do_chores(now: datetime) -> None:
    """What each capability deletes when it no longer serves, some at a time, in transactions of their own."""
    for chore in current_app.extensions["chores"]:
        repeat(chore, now, rounds=CHORE_ROUNDS)


def repeat(chore: Chore, now: datetime, *, rounds: int) -> int:
    """Do a chore until nothing is left, at most ``rounds`` times; returns how much was done."""
    total = 0
    for _round_done in range(rounds):
        with transaction():
            done = chore(now) or 0
        total += done
        if not done:
            break
    return total


def watch(now: datetime) -> None:
    """What each capability keeps an eye on, each in a transaction of its own."""
    for look in current_app.extensions["watches"]:
        with transaction():
            look(now)


def drain() -> None:
    """Rounds until nothing is due: for tests and for the command line."""
    while run_once():
        pass


def run(app: Flask) -> None:
    """Rounds until SIGTERM or SIGINT."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    log.info("worker_started")
    chores_due_at = watches_due_at = clock.now()
    while not stop.is_set():
        with app.app_context():
            done = _round()
            if clock.now() >= chores_due_at:
                chores_due_at = clock.now() + CHORES_EVERY
                _survive(do_chores)
            if clock.now() >= watches_due_at:
                watches_due_at = clock.now() + WATCHES_EVERY
                _survive(watch)
            db.session.remove()
        if not done:
            stop.wait(IDLE_S)


def _survive(work: Callable[[datetime], None]) -> None:
    try:
        work(clock.now())
    except Exception:  # nor must work that fails: it is done again at its next hour or minute
        log.error("work_failed", work=work.__name__, exc_info=True)


def _round() -> int:
    try:
        return run_once()
    except Exception:  # a database that is away must not end the worker
        log.error("round_failed", exc_info=True)
        return 0
