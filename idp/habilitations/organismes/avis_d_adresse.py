"""Who is told by mail that letters to an organisme leave for another address: who can say that it is wrong."""

from datetime import datetime

from sqlalchemy import select

from idp import clock, mail
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations.en_cours import place_ouverte
from idp.habilitations.models import Organisme, Rattachement, Role


def prevenir(organisme: Organisme, email_d_avant: str | None, now: datetime) -> None:
    """Tell its administrateurs, and the organisme at the address mail that was its own until now."""
    lus = db.session.scalars(
        select(Account.email)
        .join(Rattachement, Rattachement.account_id == Account.id)
        .where(
            Rattachement.organisme_id == organisme.id,
            Rattachement.role == Role.ADMINISTRATEUR,
            place_ouverte(Rattachement, clock.today(now)),
            Account.state == AccountState.ACTIF,
        )
    )
    adresses = sorted({adresse for adresse in (*lus, email_d_avant) if adresse})
    dit = {"organisme": organisme.raison_sociale, "adresse": organisme.adresse, "le": now}
    mail.send_all("adresse_postale_changee", [(one, dit) for one in adresses], at=now)
