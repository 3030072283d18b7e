"""What waits for an answer before somebody becomes administrateur: read here, decided in ``successions.py``."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.models import EtatSuccession, Organisme, Rattachement, Succession, Voie


@dataclass(frozen=True, slots=True)
class SuccessionVue:
    """What waits for an answer."""

    id: UUID
    candidat_id: UUID
    nom: str
    voie: Voie
    motif: str | None
    demandee_le: datetime
    demandee_par: str
    expire_le: datetime


def en_cours(organisme_id: UUID, now: datetime) -> list[SuccessionVue]:
    """What waits for an answer in this organisme, the oldest first: one statement."""
    return _vues(Succession.organisme_id == organisme_id, now)


def de_la_personne(rattachement_id: UUID, now: datetime) -> SuccessionVue | None:
    """What waits for or from this person."""
    vues = _vues(Succession.candidat_id == rattachement_id, now)
    return vues[0] if vues else None


def adressees_a_la_caf(now: datetime) -> list[tuple[str, SuccessionVue]]:
    """What the Caf is to answer, with the raison sociale, the oldest first."""
    vues = {vue.id: vue for vue in _vues(Succession.voie == Voie.CAF, now)}
    rows = db.session.execute(
        select(Succession.id, Organisme.raison_sociale)
        .join(Organisme, Organisme.id == Succession.organisme_id)
        .where(Succession.id.in_(vues))
        .order_by(Succession.asked_at)
    )
    return [(raison_sociale, vues[succession_id]) for succession_id, raison_sociale in rows]


def _vues(lesquelles: ColumnElement[bool], now: datetime) -> list[SuccessionVue]:
    demandeur = aliased(Account)
    rows = db.session.execute(
        select(Succession, Account, demandeur)
        .join(Rattachement, Rattachement.id == Succession.candidat_id)
        .join(Account, Account.id == Rattachement.account_id)
        .outerjoin(demandeur, demandeur.id == Succession.asked_by)
        .where(
            lesquelles,
            Succession.etat == EtatSuccession.EN_ATTENTE,
            Succession.expires_at > now,
        )
        .order_by(Succession.asked_at, Succession.id)
    )
    return [
        SuccessionVue(
            id=succession.id,
            candidat_id=succession.candidat_id,
            nom=account.display_name,
            voie=succession.voie,
            motif=succession.motif,
            demandee_le=succession.asked_at,
            demandee_par=par.display_name if par else "",
            expire_le=succession.expires_at,
        )
        for succession, account, par in rows
    ]
