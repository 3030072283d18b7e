"""Lists that are read a page at a time, the newest first: the next page starts after the last row of this one.

``organismes/recherche.py`` goes both ways, and the journals have keys of their own: they are longer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, select, true, tuple_

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows; ``suivante`` is the last one when there are more."""

    lignes: tuple[T, ...]
    suivante: UUID | None = None


def page(rows: Sequence[T], par_page: int, derniere: UUID | None) -> Page[T]:
    """Of rows read one too many, those to show; ``derniere`` is the id of the last one that is."""
    return Page(tuple(rows[:par_page]), derniere if len(rows) > par_page else None)


def apres(
    depuis: UUID | None, *cle: Any, croissant: bool = False, de: FromClause | None = None
) -> ColumnElement[bool]:
    """Those that come after the row ``depuis`` in this order, all of it descending unless it is ``croissant``;
    ``cle`` ends with the id, and ``de`` joins its tables when they are several."""
    if depuis is None:
        return true()
    lues = select(*cle) if de is None else select(*cle).select_from(de)
    la = lues.where(cle[-1] == depuis).correlate(None).scalar_subquery()
    return tuple_(*cle) > la if croissant else tuple_(*cle) < la
