"""Months of the calendar, on any day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from idp.calendar_months import add_months, last_day_over

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
MONTHS = st.integers(0, 40)


@given(DAYS, MONTHS)
def test_month_is_the_asked_one_and_the_day_the_nearest(day: date, months: int) -> None:
    later = add_months(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1 < day.day


@given(DAYS, DAYS, MONTHS)
def test_last_day_over_tells_days_that_are_over_from_the_others(
    since: date, today: date, months: int
) -> None:
    assert (since <= last_day_over(today, months)) == (add_months(since, months) <= today)


@given(DAYS, MONTHS)
def test_last_day_over_is_exact_at_its_edge(today: date, months: int) -> None:
    last = last_day_over(today, months)

    assert add_months(last, months) <= today
    assert add_months(last + timedelta(days=1), months) > today
