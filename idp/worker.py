"""The worker: delivers the outbox and seals the journal, for ever, beside the web processes.

Several may run: rows are claimed, and the journal has one sealer at a time.
"""

import signal
import threading

import structlog
from flask import Flask

from idp import audit, clock, outbox
from idp.db import db, transaction

IDLE_S = 1.0

log = structlog.get_logger("idp.worker")


def run_once() -> int:
    """One round; returns how much was done, so that the caller knows whether to rest."""
    delivered = outbox.deliver_due(clock.now())
    with transaction():
        sealed = audit.seal()
    return delivered + sealed


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
    while not stop.is_set():
        with app.app_context():
            done = _round()
            db.session.remove()
        if not done:
            stop.wait(IDLE_S)


def _round() -> int:
    try:
        return run_once()
    except Exception:  # a database that is away must not end the worker
        log.error("round_failed", exc_info=True)
        return 0
