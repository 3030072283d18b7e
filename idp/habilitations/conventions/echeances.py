"""Conventions whose last day is over: their state is written, for people to read.

Nothing depends on it: dates act by themselves (``idp/habilitations/policy.py``), and services are told by
``effets/fins.py``. The worker looks every minute, some conventions at a time.
"""

from datetime import datetime

from sqlalchemy import or_, select

from idp import clock
from idp.audit import WORKER
from idp.db import db
from idp.habilitations.conventions.gestion import noter, vue
from idp.habilitations.etats_de_convention import EtatConvention, echeance
from idp.habilitations.models import Convention

A_LA_FOIS = 200


def veiller(now: datetime) -> int:
    """Write what time has made of some of them; returns how many."""
    jour = clock.today(now)
    finies = db.session.scalars(
        select(Convention)
        .where(
            Convention.fin < jour,
            or_(
                Convention.etat == EtatConvention.VALIDEE,
                (Convention.etat == EtatConvention.SUSPENDUE) & Convention.resiliation.is_not(None),
            ),
        )
        .order_by(Convention.fin, Convention.id)
        .limit(A_LA_FOIS)
        .with_for_update(skip_locked=True)
    ).all()
    for convention in finies:
        vers = echeance(vue(convention), jour)
        if vers is None:
            continue
        de, convention.etat = convention.etat, vers
        noter(convention, de, vers, actor=WORKER, now=now)
    db.session.flush()
    return len(finies)
