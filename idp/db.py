"""The database: one declarative base, and the only place that commits.

One transaction per request: a response that a view *returned* keeps what it wrote; an exception, even one
that becomes a page, undoes it. Ordinary negative outcomes (a wrong password, an expired code) are therefore
values, since their counter and their line in the journal must survive.
"""

import enum
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
from flask import Flask, Response, g, has_app_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, Enum, MetaData, TypeDecorator, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.pool import Pool

from idp import folding

SQLITE_BUSY_TIMEOUT_MS = 10_000
RUNS_BEFORE_A_PLAN_IS_KEPT = 5
THREADS = 4
"""Threads of one process that may use the database at once; ``idp run`` starts as many."""


_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


# An enumeration is stored by its values, in a column that refuses any other.
def by_value(kind: type[enum.Enum], name: str | None = None) -> Enum:
    """The type of such a column; ``name`` is that of its check, when two columns of a table hold the same kind."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=30,
        values_callable=lambda values: [member.value for member in values],
    )


class Base(DeclarativeBase):
    """Root of every row class; constraint names are fixed so that migrations can name them."""

    registry = registry(
        metadata=MetaData(naming_convention=_NAMES),
        type_annotation_map={enum.Enum: by_value(enum.Enum)},
    )


db = SQLAlchemy(
    model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False}
)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, in UTC on both databases (SQLite itself knows no time zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive instant rather than guess its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def inserting(model: type[Model]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that may say what becomes of a conflict: one syntax for both databases, but not for SQLAlchemy."""
    return sqlite.insert(model) if db.engine.dialect.name == "sqlite" else postgresql.insert(model)


def uuid_key() -> Mapped[UUID]:
    """A random primary key."""
    return mapped_column(primary_key=True, default=uuid4)


@contextmanager
def transaction() -> Iterator[None]:
    """A unit of work outside a request (command line, worker): all of it, or nothing."""
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def undo() -> None:
    """Forget what the current request wrote; called before any page made from an exception."""
    db.session.rollback()


def init_app(app: Flask, url: str) -> None:
    """Bind the database to the application, and end each request's transaction."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        # A connection per thread of the process, opened again after the database was away.
        "pool_size": THREADS,
        "pool_pre_ping": not url.startswith("sqlite"),
        # An error of the database quotes its statement in the log: never with its values.
        "hide_parameters": True,
    }
    db.init_app(app)
    app.after_request(_commit)


def _commit(response: Response) -> Response:
    # Before the first byte leaves: nothing reaches a person's eyes that is not in the database.
    db.session.commit()
    return response


@event.listens_for(Engine, "connect")
def _prepare_postgresql(connection: Any, _record: Any) -> None:
    if not isinstance(connection, psycopg.Connection):
        return
    # Out of the box, PostgreSQL takes a read by an index for four times what it costs on today's disks: to show 25
    # of the 10,000 users of an organisme, it would read the accounts of the whole country. And no statement of a
    # page is long enough to be worth compiling.
    connection.execute("SET random_page_cost = 1.1; SET jit = off")
    connection.commit()


def keep_plans() -> None:
    """This request reads a few rows by their keys: PostgreSQL may plan its statements once, for all values."""
    g.keeps_plans = True


@event.listens_for(Pool, "checkout")
def _plan(connection: Any, _record: Any, _proxy: Any) -> None:
    if not isinstance(connection, psycopg.Connection):
        return
    # Otherwise it plans for the values that are asked. Once a statement has been prepared and run ten times, it
    # forgets them: what reads 30 lines of an organisme, or what ends this month, then reads all that there is.
    kept = has_app_context() and g.get("keeps_plans", False)
    connection.prepare_threshold = RUNS_BEFORE_A_PLAN_IS_KEPT if kept else None


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.create_function(folding.SQLITE_FUNCTION, 1, folding.in_sqlite, deterministic=True)
    # Reads run outside a transaction and the first write opens one (sqlite3's own rule), so that a
    # transaction never starts on a stale snapshot and busy_timeout is honoured.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={SQLITE_BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")
