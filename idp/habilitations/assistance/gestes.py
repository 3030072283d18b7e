"""What an agent does for somebody who cannot sign in: identifiers sent again, a wait lifted."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from idp import audit
from idp.accounts import lifecycle, recovery
from idp.accounts.models import Account
from idp.audit import Event
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.events import AttenteLevee, IdentifiantsRenvoyes
from idp.habilitations.models import Organisme, Rattachement
from idp.habilitations.perimetre import rattachement_de
from idp.habilitations.personnes import recuperation
from idp.habilitations.tenue import tenir


class Envoi(StrEnum):
    """What became of what was asked."""

    PARTI = "parti"
    DEJA = "deja"
    """One has just left, or as many as may."""
    IMPOSSIBLE = "impossible"
    """No address, or nothing to send to who has a password."""


def envoyer_par_courriel(agent: AgentVu, rattachement_id: UUID, now: datetime) -> Envoi:
    """The identifiant and a provisional password, to the address on file alone."""
    rattachement = rattachement_de(agent, rattachement_id)
    account = db.session.get_one(Account, rattachement.account_id)
    before = recovery.sent_at(account.id)
    if not recovery.mail_identifiers([account], now):
        return Envoi.IMPOSSIBLE
    if recovery.sent_at(account.id) == before:
        return Envoi.DEJA
    _journaliser(agent, rattachement, IdentifiantsRenvoyes(courriels=1, courriers=0), now)
    return Envoi.PARTI


def envoyer_par_courrier(agent: AgentVu, rattachement_id: UUID, now: datetime) -> Envoi:
    """Two new letters, for who never connected."""
    rattachement = rattachement_de(agent, rattachement_id)
    account = db.session.get_one(Account, rattachement.account_id)
    if not recuperation.attend_un_courrier(account):
        return Envoi.IMPOSSIBLE
    # Letters are counted before one is added.
    tenir(rattachement.organisme_id)
    organisme = db.session.get_one(Organisme, rattachement.organisme_id)
    if not recuperation.ecrire_par_courrier(account, organisme, now):
        return Envoi.DEJA
    _journaliser(agent, rattachement, IdentifiantsRenvoyes(courriels=0, courriers=1), now)
    return Envoi.PARTI


def lever_l_attente(agent: AgentVu, rattachement_id: UUID, now: datetime) -> bool:
    """They may try again at once; False when they were not waiting any more."""
    rattachement = rattachement_de(agent, rattachement_id)
    if not lifecycle.lift_wait(rattachement.account_id, now):
        return False
    _journaliser(agent, rattachement, AttenteLevee(rattachement_id=rattachement.id), now)
    return True


def _journaliser(agent: AgentVu, rattachement: Rattachement, event: Event, now: datetime) -> None:
    audit.record(
        event,
        at=now,
        actor=agent.actor,
        account_id=rattachement.account_id,
        organisme_id=rattachement.organisme_id,
    )
