"""What every command starts from: the application made from the environment."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from idp import logs
from idp.app import create_app
from idp.db import db


@contextmanager
def application() -> Iterator[Flask]:
    """The application, in its context; raises ``ConfigurationError``."""
    logs.configure(readable=True)
    app = create_app()
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
