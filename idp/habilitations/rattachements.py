"""The organisme that a session works for: chosen at sign-in, read by one statement."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from idp import clock
from idp.db import db
from idp.habilitations.models import Convention, EtatConvention, Organisme, Rattachement, Role
from idp.habilitations.policy import Periode, RattachementVu, Refus, refus_de_rattachement


@dataclass(frozen=True, slots=True)
class Selection:
    """What a session works with; ``refus`` says why it opens nothing today."""

    rattachement_id: UUID
    account_id: UUID
    role: Role
    organisme_id: UUID
    raison_sociale: str
    convention: str | None
    etat_convention: EtatConvention | None
    refus: Refus | None

    @property
    def peut_gerer(self) -> bool:
        """Whether « Gestion des habilitations » is open to this person."""
        return self.role is Role.ADMINISTRATEUR and self.refus is None


def selection(rattachement_id: UUID, now: datetime) -> Selection | None:
    """The rattachement of a session, its organisme and its convention: one statement."""
    row = db.session.execute(
        select(Rattachement, Organisme, Convention.libelle, Convention.etat)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .outerjoin(Convention, Convention.organisme_id == Organisme.id)
        .where(Rattachement.id == rattachement_id)
        .order_by(Convention.debut.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    rattachement, organisme, convention, etat = row
    return Selection(
        rattachement_id=rattachement.id,
        account_id=rattachement.account_id,
        role=rattachement.role,
        organisme_id=organisme.id,
        raison_sociale=organisme.raison_sociale,
        convention=convention,
        etat_convention=etat,
        refus=_refus(rattachement, organisme, clock.today(now)),
    )


def par_defaut(account_id: UUID, now: datetime) -> UUID | None:
    """The organisme of a new session: of those open today the oldest, else the oldest of all."""
    rows = db.session.execute(
        select(Rattachement, Organisme)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .where(Rattachement.account_id == account_id)
        .order_by(Rattachement.created_at, Rattachement.id)
    ).all()
    jour = clock.today(now)
    ouverts = [
        rattachement
        for rattachement, organisme in rows
        if not _refus(rattachement, organisme, jour)
    ]
    candidats = ouverts or [rattachement for rattachement, _organisme in rows]
    return candidats[0].id if candidats else None


def _refus(rattachement: Rattachement, organisme: Organisme, jour: date) -> Refus | None:
    # The account's own state was checked when the session was read.
    vu = RattachementVu(
        compte_actif=True,
        periode=Periode(rattachement.ouverture, rattachement.cloture),
        suspendu=rattachement.suspendu_at is not None,
        organisme_suspendu=organisme.suspendu_at is not None,
    )
    return refus_de_rattachement(vu, jour)
