"""Old reviews are forgotten with the journal that tells of them: lines, copies and summary, after 36 months."""

from datetime import datetime

from sqlalchemy import delete, select

from idp import clock
from idp.calendar_months import last_day_over
from idp.db import db
from idp.habilitations.revues.models import EtatRevue, Revue
from idp.habilitations.revues.policy import CONSERVEE_MOIS

AT_ONCE = 5


def oublier(now: datetime, *, limit: int = AT_ONCE) -> int:
    """A chore: delete reviews closed that long ago, with all that they hold; returns how many."""
    avant = clock.end_of_day(last_day_over(clock.today(now), CONSERVEE_MOIS))
    anciennes = (
        select(Revue.id).where(Revue.etat == EtatRevue.CLOSE, Revue.closed_at < avant).limit(limit)
    )
    oubliees = db.session.execute(
        delete(Revue)
        .where(Revue.id.in_(anciennes))
        .returning(Revue.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(oubliees)
