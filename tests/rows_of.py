"""Every row that concerns somebody, whatever the tables: what must not change when it is none of ours."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from idp.db import db

Rows = dict[str, set[str]]


def rows_of(seeds: Iterable[UUID]) -> Rows:
    """The rows that have one of these ids, or name one that has, and so on, by table.

    No list of tables nor of columns: a table that is added is watched as well.
    """
    waiting = {
        table: [row._asdict() for row in db.session.execute(sa.select(table))]
        for table in db.metadata.sorted_tables
    }
    known, found, grown = set(seeds), {table.name: set[str]() for table in waiting}, True
    while grown:
        grown = False
        for table, rows in waiting.items():
            theirs = [row for row in rows if not known.isdisjoint(_uuids(row))]
            waiting[table] = [row for row in rows if row not in theirs]
            known.update(row["id"] for row in theirs if isinstance(row.get("id"), UUID))
            found[table.name].update(map(repr, theirs))
            grown = grown or bool(theirs)
    return found


def _uuids(row: dict[str, Any]) -> set[UUID]:
    return {value for value in row.values() if isinstance(value, UUID)}


def changed(before: Rows, after: Rows) -> list[str]:
    """What appeared or disappeared, a row each; empty when nothing changed."""
    return [
        f"{table}: {'+' if row in after[table] else '-'} {row}"
        for table in before
        for row in sorted(before[table] ^ after[table])
    ]
