"""Whom the Caf tells by mail of what it does to an organisme: its administrateurs, and the organisme itself."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from idp import clock, mail
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations import coordonnees
from idp.habilitations.en_cours import place_ouverte
from idp.habilitations.models import Organisme, Rattachement, Role


def adresses(organismes: Collection[Organisme], now: datetime) -> list[str]:
    """Each administrateur once, and the organismes' own addresses, as one may have nobody left: one statement."""
    propres = (organisme.email for organisme in organismes)
    return sorted({*des_administrateurs(organismes, now), *filter(None, propres)})


def des_administrateurs(organismes: Collection[Organisme], now: datetime) -> set[str]:
    """Of those who can act: one statement."""
    leurs = db.session.scalars(
        select(Account.email)
        .join(Rattachement, Rattachement.account_id == Account.id)
        .where(
            Rattachement.organisme_id.in_([organisme.id for organisme in organismes]),
            Rattachement.role == Role.ADMINISTRATEUR,
            place_ouverte(Rattachement, clock.today(now)),
            Account.state == AccountState.ACTIF,
        )
    )
    return {adresse for adresse in leurs if adresse}


def dire(lettre: str, organisme_id: UUID, now: datetime, **dit: object) -> bool:
    """Write it to each of them, with the day, the organisme, and how to reach its Caf; False when there is nobody
    to write to."""
    organisme = db.session.get_one(Organisme, organisme_id)
    ma_caf = coordonnees.de_l_organisme(organisme_id).phrase
    values = {"organisme": organisme.raison_sociale, "le": now, "ma_caf": ma_caf, **dit}
    lettres = [(adresse, values) for adresse in adresses([organisme], now)]
    mail.send_all(lettre, lettres, at=now)
    return bool(lettres)
