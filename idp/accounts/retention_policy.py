"""How long the account of a person is kept, pure: days of Paris in, what is due out.

Idle accounts are told twice, then anonymised; closed ones are anonymised without a word. The rows are chosen by
``retention.py``, whose WHERE clauses say the same by ``Thresholds``.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from idp.calendar_months import add_months, last_day_over

FIRST_WARNING_MONTHS = 24
LAST_WARNING_MONTHS = 35
IDLE_MONTHS = 36
CLOSED_MONTHS = 12
NOTICE_MONTHS = 1
"""Nobody is anonymised sooner after the last warning, however late the worker was."""
WARNING_HOLDS_MONTHS = 6
"""A warning older than that is no longer a last warning: it is given again."""
HISTORY_MONTHS = 36
"""How long the rights of an anonymised person are kept, without saying whose they were."""


class Due(StrEnum):
    """What is due of an idle account on a day."""

    NOTHING = "nothing"
    FIRST_WARNING = "first_warning"
    LAST_WARNING = "last_warning"
    ANONYMISATION = "anonymisation"


def due_of_idle(since: date, warned: date | None, today: date) -> Due:
    """What is due of who last signed in on ``since`` (or was created, or activated, and never came)."""
    if today < add_months(since, FIRST_WARNING_MONTHS):
        return Due.NOTHING
    if today < add_months(since, LAST_WARNING_MONTHS):
        told = warned is not None and warned > since
        return Due.NOTHING if told else Due.FIRST_WARNING
    if warned is None or add_months(warned, WARNING_HOLDS_MONTHS) <= today:
        return Due.LAST_WARNING
    over = add_months(since, IDLE_MONTHS) <= today and add_months(warned, NOTICE_MONTHS) <= today
    return Due.ANONYMISATION if over else Due.NOTHING


def anonymised_on(since: date, warned: date) -> date:
    """The day told by a warning: 36 months after the last sign-in, and a month after the warning at least."""
    return max(add_months(since, IDLE_MONTHS), add_months(warned, NOTICE_MONTHS))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The same as days to compare columns with: each is the latest day since which that much time has passed."""

    first_warning: date
    last_warning: date
    idle: date
    closed: date
    notice: date
    warning_holds: date
    history: date


def thresholds(today: date) -> Thresholds:
    """Those of a day."""
    return Thresholds(
        first_warning=last_day_over(today, FIRST_WARNING_MONTHS),
        last_warning=last_day_over(today, LAST_WARNING_MONTHS),
        idle=last_day_over(today, IDLE_MONTHS),
        closed=last_day_over(today, CLOSED_MONTHS),
        notice=last_day_over(today, NOTICE_MONTHS),
        warning_holds=last_day_over(today, WARNING_HOLDS_MONTHS),
        history=last_day_over(today, HISTORY_MONTHS),
    )
