"""What an agent does for somebody who cannot sign in: identifiers sent again, a wait lifted."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from idp import throttle
from idp.accounts import lifecycle, recovery
from idp.accounts.models import Account
from idp.db import db
from idp.errors import TooMany
from idp.habilitations.agents import AgentVu
from idp.habilitations.assistance.trace import journaliser
from idp.habilitations.events import AttenteLevee, IdentifiantsRenvoyes
from idp.habilitations.models import Organisme
from idp.habilitations.perimetre import rattachement_de
from idp.habilitations.personnes import recuperation
from idp.habilitations.tenue import tenir
from idp.throttle import Limit, Quota

ATTENTES_LEVEES = Quota("attente_levee", (Limit(5, timedelta(days=1)),))


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
    journaliser(agent, rattachement, IdentifiantsRenvoyes(courriels=1, courriers=0), now)
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
    journaliser(agent, rattachement, IdentifiantsRenvoyes(courriels=0, courriers=1), now)
    return Envoi.PARTI


def lever_l_attente(agent: AgentVu, rattachement_id: UUID, now: datetime) -> bool:
    """They may try again at once; False when they were not waiting any more.

    Raises ``TooMany`` past what somebody who looks for their password needs: a wait that is lifted for ever bounds
    no guess.
    """
    rattachement = rattachement_de(agent, rattachement_id)
    who = str(rattachement.account_id)
    if throttle.quota_full_until(ATTENTES_LEVEES, who, now):
        raise TooMany(
            "L’attente de cette personne a déjà été levée plusieurs fois aujourd’hui.",
            conseil="Proposez-lui « Mot de passe oublié ».",
            detail="quota of lifted waits",
        )
    if not lifecycle.lift_wait(rattachement.account_id, now):
        return False
    throttle.count_in(ATTENTES_LEVEES, who, now)
    journaliser(agent, rattachement, AttenteLevee(rattachement_id=rattachement.id), now)
    return True
