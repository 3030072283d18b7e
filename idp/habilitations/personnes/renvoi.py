"""« Renvoyer les identifiants »: to a user who never connected, asked by who manages their rights.

Of who lost them and asks alone, ``recuperation.py``.
"""

from datetime import datetime
from uuid import UUID

from idp.accounts import challenges, provisioning
from idp.accounts.models import Account
from idp.accounts.provisioning import Channel
from idp.db import db
from idp.habilitations import acteurs
from idp.habilitations.acteurs import actor_of
from idp.habilitations.delegation import Acteur
from idp.habilitations.events import (
    IdentifiantsRenvoyes,
)
from idp.habilitations.personnes import fiche
from idp.habilitations.tenue import tenir


def renvoyer(acteur: Acteur, rattachement_id: UUID, now: datetime) -> bool:
    """Mail the identifiers again to who never connected; False when they did, or when one has just left."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    lue = fiche.lire(acteur, rattachement_id)
    if lue.refus_de_regler or not lue.secret_renvoyable:
        return False
    account = db.session.get_one(Account, lue.account_id)
    if not challenges.may_activate_again(account.id, now):
        return False
    actor = actor_of(acteur)
    secret = provisioning.issue_activation_secret(account, Channel.MAIL, now, actor=actor)
    provisioning.mail_activation(account, secret, organisme=acteur.raison_sociale, now=now)
    fiche.journaliser(acteur, IdentifiantsRenvoyes(courriels=1, courriers=0), lue, now)
    return True
