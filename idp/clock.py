"""The only place that asks what time it is.

Instants are aware and in UTC; people of the Caf live in Europe/Paris, where days begin and end.
Services receive the instant as an argument: only views, the command line and the worker call ``now``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

_offset = timedelta(0)


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC) + _offset


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Let tests travel: within the block, ``now`` is ``by`` later."""
    global _offset
    before = _offset
    _offset = before + by
    try:
        yield
    finally:
        _offset = before


def today(at: datetime) -> date:
    """The calendar day in Paris at that instant."""
    return at.astimezone(PARIS).date()


def start_of_day(day: date) -> datetime:
    """The instant, in UTC, at which ``day`` starts in Paris; on the first of all days, the first instant."""
    if day == date.min:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The instant, in UTC, at which ``day`` is over in Paris: a date de clôture takes effect then.

    31/12/9999, which people type for « never », has no day after it: it ends with the last of all instants.
    """
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=1), time(), PARIS).astimezone(UTC)
