"""Rows by the million: kept until there are many, then sent by COPY (PostgreSQL) or by batches (SQLite).

Tables are filled in the order of their foreign keys, which the database checks as usual.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from idp.db import Model, db

FLUSH_AT = 200_000
Row = Sequence[Any]


class Bulk:
    """Takes rows as dictionaries of which every one, for one table, names the same columns."""

    def __init__(self) -> None:
        self._waiting: defaultdict[sa.Table, list[dict[str, Any]]] = defaultdict(list)
        self._count = 0
        self.written: defaultdict[str, int] = defaultdict(int)

    def add(self, model: type[Model], **row: Any) -> None:
        """One row; it is in the database after ``flush``."""
        self._waiting[model.__table__].append(row)
        self._count += 1

    def flush_if_many(self) -> None:
        if self._count >= FLUSH_AT:
            self.flush()

    def flush(self) -> None:
        """Send what waits, and commit."""
        for table in db.metadata.sorted_tables:
            rows = self._waiting.pop(table, [])
            if rows:
                self._send(table, rows)
                self.written[table.name] += len(rows)
        db.session.commit()
        self._count = 0

    def _send(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        if db.engine.dialect.name != "postgresql":
            db.session.execute(sa.insert(table), rows)
            return
        defaults = _defaults_of(table, rows[0])
        names = [*rows[0], *defaults]
        columns = ", ".join(f'"{name}"' for name in names)
        cursor = db.session.connection().connection.cursor()
        with cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
            for row in _as_sent(table, names, ({**defaults, **row} for row in rows)):
                copy.write_row(row)


def _defaults_of(table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    """What SQLAlchemy would write in the columns that a row leaves out, and COPY would not."""
    return {
        column.name: column.default.arg
        for column in table.columns
        if column.name not in row and column.default is not None and column.default.is_scalar
    }


def _as_sent(table: sa.Table, names: list[str], rows: Iterable[dict[str, Any]]) -> Iterable[Row]:
    """What the driver is given, as SQLAlchemy would give it; a column that needs nothing costs nothing."""
    dialect = db.engine.dialect
    prepared: list[tuple[str, Callable[[Any], Any] | None]] = [
        (name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
    ]
    for row in rows:
        yield [prepare(row[name]) if prepare else row[name] for name, prepare in prepared]
