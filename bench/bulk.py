"""Rows by the million: kept until there are many, then sent together (``idp/bulk.py``).

Tables are filled in the order of their foreign keys, which the database checks as usual.
"""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from idp.bulk import insert_all
from idp.db import Model, db

FLUSH_AT = 200_000


class Bulk:
    """Takes rows as dictionaries of which every one, for one table, names the same columns."""

    def __init__(self) -> None:
        self._waiting: defaultdict[sa.Table, list[dict[str, Any]]] = defaultdict(list)
        self._models: dict[sa.Table, type[Model]] = {}
        self._count = 0
        self.written: defaultdict[str, int] = defaultdict(int)

    def add(self, model: type[Model], **row: Any) -> None:
        """One row; it is in the database after ``flush``."""
        self._models[model.__table__] = model
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
                insert_all(self._models[table], rows)
                self.written[table.name] += len(rows)
        db.session.commit()
        self._count = 0
