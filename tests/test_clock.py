"""Days begin and end in Paris, instants are in UTC."""

from datetime import UTC, date, datetime, timedelta

import pytest

from idp import clock


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 1, 31, 22, 59, tzinfo=UTC), date(2026, 1, 31)),
        (datetime(2026, 1, 31, 23, 0, tzinfo=UTC), date(2026, 2, 1)),
        (datetime(2026, 7, 31, 21, 59, tzinfo=UTC), date(2026, 7, 31)),
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), date(2026, 8, 1)),
    ],
    ids=[
        "winter, before midnight",
        "winter, midnight",
        "summer, before midnight",
        "summer, midnight",
    ],
)
def test_today_is_the_day_in_paris(instant: datetime, day: date) -> None:
    assert clock.today(instant) == day


@pytest.mark.parametrize(
    ("day", "over_at"),
    [
        (date(2026, 1, 15), datetime(2026, 1, 15, 23, tzinfo=UTC)),
        (date(2026, 7, 15), datetime(2026, 7, 15, 22, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
    ids=["winter", "summer", "a day of 23 hours", "a day of 25 hours"],
)
def test_a_day_ends_at_midnight_in_paris(day: date, over_at: datetime) -> None:
    assert clock.end_of_day(day) == over_at


def test_tests_travel_and_come_back() -> None:
    before = clock.now()

    with clock.shifted(timedelta(days=2)), clock.shifted(timedelta(days=1)):
        later = clock.now()

    assert later - before >= timedelta(days=3)
    assert clock.now() - before < timedelta(days=1)
    assert later.tzinfo is UTC


def test_first_and_last_of_all_days_begin_and_end() -> None:
    # 31/12/9999 is typed for « never ».
    assert clock.end_of_day(date.max) > clock.start_of_day(date.max)
    assert clock.start_of_day(date.min) < clock.end_of_day(date.min)
