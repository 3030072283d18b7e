"""Secrets are posted a day after the identifiants of the same people, at least: no letter box holds both halves.

The identifiants that count are those that were asked for when the batch of secrets was made: one that is asked for
later has a secret of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from idp import clock
from idp.db import db
from idp.errors import Conflict
from idp.habilitations.courriers.models import LotDeCourriers
from idp.habilitations.models import Courrier, EtatCourrier, TypeCourrier

ECART = timedelta(days=1)
_PAS_PARTIS = (EtatCourrier.EN_ATTENTE, EtatCourrier.A_IMPRIMER, EtatCourrier.IMPRIME)
_SANS_EFFET = (EtatCourrier.REMPLACE, EtatCourrier.SANS_OBJET)


@dataclass(frozen=True, slots=True)
class Depart:
    """When a batch may be posted: how many identifiants have to leave first, and the day after those that did."""

    attendus: int = 0
    pas_avant: datetime | None = None

    def permis(self, now: datetime) -> bool:
        """Whether it may be posted by now."""
        return not self.attendus and (self.pas_avant is None or self.pas_avant <= now)


def depart(lot: LotDeCourriers) -> Depart:
    """Of this batch; at once when it carries no secret. One statement."""
    if lot.type is not TypeCourrier.SECRET:
        return Depart()
    identifiant, son_lot = aliased(Courrier), aliased(LotDeCourriers)
    attendus, dernier = db.session.execute(
        select(func.count().filter(identifiant.etat.in_(_PAS_PARTIS)), func.max(son_lot.envoye_at))
        .select_from(Courrier)
        .join(identifiant, identifiant.account_id == Courrier.account_id)
        .outerjoin(son_lot, son_lot.id == identifiant.lot_id)
        .where(
            Courrier.lot_id == lot.id,
            Courrier.etat.not_in(_SANS_EFFET),
            identifiant.type == TypeCourrier.IDENTIFIANT,
            identifiant.etat.not_in(_SANS_EFFET),
            identifiant.created_at <= lot.created_at,
        )
    ).one()
    return Depart(attendus, dernier + ECART if dernier else None)


def exiger(lot: LotDeCourriers, now: datetime) -> None:
    """Raise ``Conflict`` when this batch may not be posted yet."""
    quand = depart(lot)
    if quand.attendus:
        raise Conflict(
            "Les identifiants des mêmes personnes ne sont pas encore partis.",
            conseil="Notez d’abord leur lot « envoyé », et postez les mots de passe un jour plus tard au moins.",
        )
    if not quand.permis(now) and quand.pas_avant:
        le = quand.pas_avant.astimezone(clock.PARIS)
        raise Conflict(
            f"Ces mots de passe ne se postent pas avant le {le:%d/%m/%Y à %H:%M}.",
            conseil="Les identifiants des mêmes personnes sont partis il y a moins d’un jour.",
        )
