"""Months of the calendar: how long something is kept is said in months, and counted in days of Paris.

Pure; instants and days are matched in ``idp/clock.py``.
"""

from calendar import monthrange
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """The same day that many months later (or earlier); the last of the month when it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def last_day_over(today: date, months: int) -> date:
    """The latest day since which that many months have passed: ``add_months(day, months) <= today``."""
    day = add_months(today, -months)
    # The end of a short month is reached from several days: 28, 29, 30 and 31 January, a month before 28 February.
    while add_months(day + timedelta(days=1), months) <= today:
        day += timedelta(days=1)
    return day
