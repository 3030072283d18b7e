"""Rows by the thousand, in the current transaction: by COPY on PostgreSQL, by one statement for many on SQLite.

Nothing is read back, and nothing of it is in the session.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Table, insert

from idp.db import Model, db

Rows = Sequence[dict[str, Any]]


def insert_all(model: type[Model], rows: Rows) -> None:
    """Insert these rows, which all name the same columns."""
    if not rows:
        return
    table = cast(Table, model.__table__)
    if db.engine.dialect.name != "postgresql":
        db.session.execute(insert(table), rows)
        return
    # What the session still holds may be named by these rows.
    db.session.flush()
    drawn = _defaults_of(table, rows[0])
    names = [*rows[0], *drawn]
    columns = ", ".join(f'"{name}"' for name in names)
    cursor = db.session.connection().connection.cursor()
    with cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in _as_sent(table, names, rows, drawn):
            copy.write_row(row)


def _defaults_of(table: Table, row: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """What SQLAlchemy would write in the columns that a row leaves out, and COPY would not."""
    return {
        column.name: _drawn_by(column.default)
        for column in table.columns
        if column.name not in row and column.default is not None
    }


def _drawn_by(default: Any) -> Callable[[], Any]:
    # SQLAlchemy has wrapped a function: it takes a context, which none of ours reads.
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)


def _as_sent(
    table: Table, names: list[str], rows: Rows, drawn: dict[str, Callable[[], Any]]
) -> Iterator[Iterable[Any]]:
    """What the driver is given, as SQLAlchemy would give it; a column that needs nothing costs nothing."""
    dialect = db.engine.dialect
    prepared = [
        (name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
    ]
    for row in rows:
        whole = {**row, **{name: draw() for name, draw in drawn.items()}} if drawn else row
        yield [prepare(whole[name]) if prepare else whole[name] for name, prepare in prepared]
