"""Whether this process can serve: ``/healthz`` (it lives) and ``/readyz`` (what it stands on is there).

``idp check`` and ``idp run`` ask the same questions before the first request.
"""

from http import HTTPStatus

import structlog
from flask import Blueprint, Flask, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from idp import migrations
from idp.errors import ConfigurationError
from idp.extensions import ground
from idp.keys import Algorithm, KeyRing
from idp.web import public

log = structlog.get_logger("idp.health")

blueprint = Blueprint("health", __name__)


def key_problems(ring: KeyRing) -> list[str]:
    """Why tokens could not be signed; empty when they can."""
    problems: list[str] = []
    for algorithm in Algorithm:
        try:
            ring.signing_key(algorithm)
        except ConfigurationError as error:
            problems += error.problems
    return list(dict.fromkeys(problems))


def database_problems() -> list[str]:
    """Why the database cannot be used: away, or not migrated to what this code expects."""
    try:
        found, expected = migrations.current(), migrations.expected()
    except SQLAlchemyError as error:
        return [f"database: {type(error).__name__}: {getattr(error, 'orig', None) or error}"]
    if found != expected:
        return [
            f"database: at migration {found or 'none'}, expected {expected}; run idp db upgrade"
        ]
    return []


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Alive: the process answers, whatever the state of the rest."""
    return "ok", {"Content-Type": "text/plain; charset=utf-8"}


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Ready: the database answers at the expected migration, and keys can sign."""
    problems = {
        "database": database_problems(),
        "keys": key_problems(ground().key_ring),
    }
    for part, reasons in problems.items():
        if reasons:
            log.error("not_ready", part=part, reasons=reasons)
    ready = not any(problems.values())
    answer = {part: "missing" if reasons else "ok" for part, reasons in problems.items()}
    return jsonify(answer), HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE


def init_app(app: Flask) -> None:
    """Register both addresses."""
    app.register_blueprint(blueprint)
