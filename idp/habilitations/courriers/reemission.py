"""A second issue: a new letter waits in place of one that was lost, spoilt or came back; its secret dies at once.

Asked by an agent, unlike a re-sending that anybody may ask for with a N° utilisateur, which ends nothing
(``idp/accounts/challenges.py``).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from idp import audit
from idp.accounts import challenges
from idp.accounts.models import Account
from idp.db import db
from idp.errors import Conflict
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers.perimetre import courrier_de, lot_de
from idp.habilitations.courriers.sans_objet import attend
from idp.habilitations.events import CourrierReemis
from idp.habilitations.models import DES_IDENTIFIANTS, Courrier, EtatCourrier, TypeCourrier

MOTIF_MAX_CHARS = 300
_PAS_PARTIS = (EtatCourrier.EN_ATTENTE, EtatCourrier.REMPLACE, EtatCourrier.SANS_OBJET)


def possible(courrier: Courrier) -> bool:
    """Whether this letter may be issued again: one that waits will leave, and what opens nothing is sent once."""
    envoye = courrier.etat is EtatCourrier.ENVOYE and courrier.type not in DES_IDENTIFIANTS
    return courrier.etat not in _PAS_PARTIS and not envoye


def utile(courrier: Courrier, account: Account | None) -> bool:
    """Whether it would say anything: identifiers are of no use to who has signed in."""
    return courrier.type not in DES_IDENTIFIANTS or (account is not None and attend(account))


def reemettre(agent: AgentVu, courrier_id: UUID, motif: str, now: datetime) -> None:
    """Have a letter written again. Raises ``NotHere``, ``Conflict`` when it would open nothing."""
    courrier = courrier_de(agent, courrier_id)
    account = db.session.get(Account, courrier.account_id) if courrier.account_id else None
    if not possible(courrier):
        raise Conflict(
            "Ce courrier n’est pas encore parti, est arrivé, ou a déjà été émis à nouveau."
        )
    if not utile(courrier, account):
        raise Conflict(
            "Cette personne s’est déjà connectée : ce courrier ne lui ouvrirait plus rien."
        )
    _remplacer(agent, courrier, motif, now)


def reemettre_le_lot(agent: AgentVu, lot_id: UUID, motif: str, now: datetime) -> int:
    """Every letter of a batch that would still be of use; returns how many."""
    lot = lot_de(agent, lot_id)
    courriers = [
        courrier
        for courrier, account in db.session.execute(
            select(Courrier, Account)
            .outerjoin(Account, Account.id == Courrier.account_id)
            .where(Courrier.lot_id == lot.id)
            .order_by(Courrier.feuille)
            .with_for_update(of=Courrier)
        )
        if possible(courrier) and utile(courrier, account)
    ]
    for courrier in courriers:
        _remplacer(agent, courrier, motif, now)
    return len(courriers)


def _remplacer(agent: AgentVu, courrier: Courrier, motif: str, now: datetime) -> None:
    courrier.etat = EtatCourrier.REMPLACE
    db.session.add(
        Courrier(
            type=courrier.type,
            account_id=courrier.account_id,
            organisme_id=courrier.organisme_id,
            motif=courrier.motif,
            created_at=now,
            origine_at=courrier.origine_at or courrier.created_at,
        )
    )
    if courrier.type is TypeCourrier.SECRET and courrier.account_id:
        challenges.end_secrets(courrier.account_id, now)
    audit.record(
        CourrierReemis(type=courrier.type, motif=motif),
        at=now,
        actor=agent.actor,
        account_id=courrier.account_id,
        organisme_id=courrier.organisme_id,
    )
    db.session.flush()
