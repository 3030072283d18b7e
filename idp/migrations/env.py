"""What Alembic runs around migrations: on the application's own connection, one transaction for all."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, text

from idp.db import UtcDateTime, db

LOCK = 0x6D637002


def _render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    # A migration is history: it names SQLAlchemy's types only, since ours change with the code.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


@contextmanager
def _copying_tables(connection: Connection) -> Iterator[None]:
    # SQLite changes a table by copying it: the one that is dropped is not what others refer to.
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.commit()
    try:
        yield
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"rows that refer to nothing: {broken[:5]}")
    finally:
        connection.rollback()
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.commit()


def _run() -> None:
    with db.engine.connect() as connection, _copying_tables(connection):
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            compare_type=True,
            # SQLite changes a table by copying it; PostgreSQL ignores this.
            render_as_batch=True,
            render_item=_render_item,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                # Two machines deployed at once: the second waits, then finds nothing to do.
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            with warnings.catch_warnings():
                # SQLite copies a table by reading it and those it refers to: their indexes on expressions stay.
                warnings.filterwarnings("ignore", ".*expression-based index")
                context.run_migrations()


_run()
