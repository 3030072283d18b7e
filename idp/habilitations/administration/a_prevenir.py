"""Whom the Caf tells by mail of what it does to an organisme: its administrateurs, and the organisme itself."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.administration.administrateurs import administrateurs_ouverts
from idp.habilitations.models import Organisme


def adresses(organismes: Collection[Organisme], now: datetime) -> list[str]:
    """Each administrateur once, and the organismes' own addresses: one may have nobody left."""
    jour = clock.today(now)
    comptes = {
        account_id
        for organisme in organismes
        for account_id, _nom in administrateurs_ouverts(organisme.id, jour)
    }
    leurs = db.session.scalars(select(Account.email).where(Account.id.in_(comptes)))
    propres = (organisme.email for organisme in organismes)
    return sorted({adresse for adresse in (*leurs, *propres) if adresse})
