"""Logs: one line of JSON per event on the standard error, whoever wrote it, and no secret in any.

What the law or the customer wants kept is not here but in the journal (``idp/audit.py``).
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask
from structlog.dev import plain_traceback
from structlog.typing import Processor

from idp.extensions import ground

# Names under which a secret would travel, should somebody log it by mistake.
_SECRET_WORDS = ("password", "mot_de_passe", "secret", "token", "cookie", "authorization", "code")
_NOT_SECRET = {"status_code", "error_code"}
HIDDEN = "[hidden]"


def hide_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Last net: a value whose name speaks of a secret is not written."""
    for name in event:
        if name not in _NOT_SECRET and any(word in name.lower() for word in _SECRET_WORDS):
            event[name] = HIDDEN
    return event


def configure(*, readable: bool) -> None:
    """Send our events and those of the libraries to the standard error; ``readable`` by people, or JSON."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    # A traceback is plain text: without the local variables, among which passwords are.
    rendering: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain_traceback)]
        if readable
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        foreign_pre_chain=shared,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def configure_for(app: Flask) -> None:
    """Configure for a server: readable in the demonstration, JSON in production."""
    configure(readable=ground(app).settings.demo_dir is not None)
