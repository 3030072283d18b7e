"""The application under test, on SQLite, or on PostgreSQL when ``TEST_DATABASE_URL`` names one.

Every test gets an empty database; rows come from the factories of ``factories.py``.
"""

import contextvars
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import factories
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from secrets_seen import SEEN

from idp import migrations
from idp.accounts import passwords
from idp.app import create_app
from idp.audit import JournalEntry
from idp.config import Registration, Settings, settings_from
from idp.db import db
from idp.keys import ensure_active_keys


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, only what may meet a database: the rest says the same as on SQLite, where it ran."""
    if "TEST_DATABASE_URL" not in os.environ:
        return
    pure = [item for item in items if not _meets_a_database(item)]
    config.hook.pytest_deselected(items=pure)
    left_out = set(pure)
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """As in ``idp/wsgi.py``: what is loaded by now stays, and searching it for garbage again and again would take
    a quarter of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _meets_a_database(item: pytest.Item) -> bool:
    # Journeys start processes, on a database that they make themselves.
    fixtures = getattr(item, "fixturenames", ())
    return "settings" in fixtures or "journeys" in item.path.parts


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of one run: keys drawn once, a database of its own."""
    folder: Path = tmp_path_factory.mktemp("idp")
    ensure_active_keys(folder / "keys")
    with a_database(folder) as url:
        yield settings_in(folder, url)


@contextmanager
def a_database(folder: Path) -> Iterator[str]:
    """The address of a new, empty database: a file of ``folder``, or one of the server of the run."""
    server = os.environ.get("TEST_DATABASE_URL")
    name = f"test_{uuid4().hex}"
    if not server:
        yield f"sqlite:///{folder / name}.sqlite"
        return
    _on_server(server, f'CREATE DATABASE "{name}"')
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def settings_in(folder: Path, url: str) -> Settings:
    """Settings of the tests, on the keys of ``folder``."""
    return settings_from(
        {
            "IDP_SECRET_KEY": "0123456789abcdef0123456789abcdef",
            "IDP_DATABASE_URL": url,
            "IDP_KEYS_DIR": str(folder / "keys"),
            "IDP_MAIL_URL": f"demo:{folder / 'demo'}",
            "IDP_RELYING_PARTIES": str(Path(__file__).parent / "relying_parties.yaml"),
        }
    )


def _on_server(server: str, statement: str) -> None:
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Argon2id as everywhere, of a strength that makes no test wait: thousands of them sign somebody in."""
    with _hashing_by(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)):
        yield


@pytest.fixture
def hashes_of_production() -> Iterator[None]:
    """The strength of production, for what is said of it or of the time that it takes."""
    with _hashing_by(_PRODUCTION):
        yield


_PRODUCTION = passwords._HASHER


@contextmanager
def _hashing_by(hasher: PasswordHasher) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", hasher)
        _forget_hashes()
        yield
    _forget_hashes()


def _forget_hashes() -> None:
    passwords._nobodys_hash.cache_clear()
    factories.hashed.cache_clear()


class _Compiled(BytecodeCache):
    """Templates are compiled once for all the applications of a run."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._kept.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


@contextmanager
def another_app(settings: Settings) -> Iterator[Flask]:
    """An application of one test, whose connections are closed after it."""
    made = create_app(settings)
    made.jinja_env.bytecode_cache = _COMPILED
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def _app(settings: Settings) -> Iterator[Flask]:
    SEEN.watch()
    app = create_app(settings)
    app.jinja_env.bytecode_cache = _COMPILED
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Browser
    with app.app_context():
        migrations.upgrade()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(_app: Flask) -> Iterator[Flask]:
    """The application, in an application context, on an empty database; no secret leaks out of it."""
    SEEN.forget()
    with _app.app_context():
        yield _app
        db.session.rollback()
        leaks = SEEN.leaks([*map(repr, db.session.scalars(_TOLD)), *SEEN.logs])
        _empty()
        db.session.commit()
        db.session.remove()
    assert leaks == [], "the journal or the log holds a secret"


def _empty() -> None:
    """Delete every row, in one exchange with the database: most are empty already."""
    script = ";".join(
        f'DELETE FROM "{table.name}"' for table in reversed(db.metadata.sorted_tables)
    )
    driver = db.session.connection().connection
    if db.engine.dialect.name == "sqlite":
        driver.executescript(script)
    else:
        driver.cursor().execute(script)


_TOLD = sa.select(JournalEntry.data).where(JournalEntry.data.is_not(None))


class Browser(FlaskClient):
    """A test client whose every request runs in a context of its own, as in production.

    What the test wrote so far is committed first; what it had read is forgotten afterwards.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send one request."""
        db.session.commit()
        response = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.expire_all()
        return response


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()


@pytest.fixture(scope="session")
def _open_app(_app: Flask, settings: Settings) -> Iterator[Flask]:
    with another_app(replace(settings, registration=Registration.OPEN)) as made:
        made.test_client_class = Browser
        yield made


@pytest.fixture
def open_app(app: Flask, _open_app: Flask) -> Iterator[Flask]:
    """``IDP_REGISTRATION=open``: clients may register themselves, on the database of the test."""
    _open_app.config["WTF_CSRF_ENABLED"] = False
    with _open_app.app_context():
        yield _open_app
        db.session.remove()


@pytest.fixture
def open_client(open_app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return open_app.test_client()
