"""The administrateurs of both organismes are told by mail that these were put together, or taken apart.

The mail leaves with what it tells: it is a row of the same transaction. The journal of both tells it too.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from idp import clock, mail
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.administration.administrateurs import administrateurs_ouverts
from idp.habilitations.models import Organisme


class Annonce(StrEnum):
    """What is told, by the name of its mail."""

    REUNIS = "organismes_reunis"
    SEPARES = "organismes_separes"


def adresses(garde: Organisme, absorbe: Organisme, now: datetime) -> list[str]:
    """Whom to tell, asked before anybody moves: each administrateur once, and the organismes' own addresses.

    The organismes' own are told too, as of a new administrateur: an organisme may have nobody left.
    """
    jour = clock.today(now)
    comptes = {
        account_id
        for organisme in (garde, absorbe)
        for account_id, _nom in administrateurs_ouverts(organisme.id, jour)
    }
    leurs = db.session.scalars(select(Account.email).where(Account.id.in_(comptes)))
    return sorted({adresse for adresse in (*leurs, garde.email, absorbe.email) if adresse})


def envoyer(
    annonce: Annonce,
    a: Iterable[str],
    *,
    garde: Organisme,
    absorbe: Organisme,
    motif: str,
    now: datetime,
) -> None:
    """One mail to each of these addresses."""
    dit = {
        "garde": garde.raison_sociale,
        "absorbe": absorbe.raison_sociale,
        "motif": motif,
        "le": now,
    }
    mail.send_all(annonce, [(adresse, dit) for adresse in a], at=now)
