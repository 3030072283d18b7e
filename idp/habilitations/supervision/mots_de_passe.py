"""The Caf has people choose another password: their sessions end, and the next sign-in asks for it.

One person, or those of an organisme, by a superviseur; everybody by a national agent, in ``operations.py``.
"""

from datetime import datetime
from uuid import UUID

from idp import audit, clock
from idp.accounts import lifecycle
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations import coordonnees
from idp.habilitations.agents import AgentVu
from idp.habilitations.events import MotDePasseImpose
from idp.habilitations.models import CibleDeSuspension, Rattachement, RoleAgent
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.supervision import avis_de_mot_de_passe, cibles
from idp.habilitations.supervision.avis_de_mot_de_passe import Avis
from idp.habilitations.supervision.suspensions import exiger


def imposer_a(
    agent: AgentVu, organisme_id: UUID, rattachement_id: UUID, *, motif: str, now: datetime
) -> bool:
    """One person; False when they have no password to change."""
    exiger(agent, RoleAgent.SUPERVISEUR)
    vue = cibles.trouver(agent, organisme_id, CibleDeSuspension.UTILISATEUR, rattachement_id)
    if not isinstance(vue.ligne, Rattachement):
        return False
    account_id = vue.ligne.account_id
    if not lifecycle.require_new_password(Account.id == account_id, now):
        return False
    event = MotDePasseImpose(motif=motif, personnes=1, rattachement_id=rattachement_id)
    audit.record(event, at=now, actor=agent.actor, account_id=account_id, organisme_id=organisme_id)
    avis = Avis(motif, now, coordonnees.de_l_organisme(organisme_id).phrase)
    avis_de_mot_de_passe.ecrire([db.session.get_one(Account, account_id)], avis, at=now)
    return True


def imposer_a_tous(agent: AgentVu, organisme_id: UUID, *, motif: str, now: datetime) -> int:
    """Those of an organisme, but who left it; returns how many. The worker tells each of them."""
    exiger(agent, RoleAgent.SUPERVISEUR)
    organisme_de(agent, organisme_id)
    siens = avis_de_mot_de_passe.ceux_de(organisme_id, clock.today(now))
    personnes = lifecycle.require_new_password(Account.id.in_(siens), now)
    event = MotDePasseImpose(motif=motif, personnes=personnes)
    audit.record(event, at=now, actor=agent.actor, organisme_id=organisme_id)
    avis_de_mot_de_passe.annoncer(organisme_id, motif, now)
    return personnes
