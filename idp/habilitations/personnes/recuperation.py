"""« Identifiant perdu »: from a N° utilisateur, identifiers leave again to those who manage the accesses.

Guide, page 2. A N° utilisateur is read on a quittance: it proves nothing. So the page writes down what was typed
and nothing else, the worker finds out later, and each person is written to where they are known, never whoever
asks. Written to are the administrateurs; while there is none, who was sent the first identifiers. A user asks
their administrateur, or uses « Mot de passe oublié »: a number that anybody may type must not write to hundreds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from idp import audit, clock, outbox
from idp.accounts import recovery
from idp.accounts.models import Account, AccountState
from idp.audit import WORKER
from idp.db import db
from idp.habilitations.administration.administrateurs import administrateurs_ouverts
from idp.habilitations.events import IdentifiantsRenvoyes
from idp.habilitations.models import (
    Courrier,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    TypeCourrier,
)
from idp.habilitations.organismes.enregistrement import preparer_courriers
from idp.habilitations.tenue import tenir
from idp.outbox import Payload

KIND = "identifiant_perdu"
ENVOIS_POSTAUX = 3
"""Pairs of letters for one organisme in ``PERIODE_POSTALE``, the first ones included."""
PERIODE_POSTALE = timedelta(days=30)


def demander(numero: str, now: datetime) -> None:
    """Note that somebody asks; one statement, whether the number is known or not. ``numero`` is canonical."""
    outbox.enqueue(KIND, {"numero": numero}, at=now)


def repondre(payload: Payload) -> None:
    """Write to whom it is due; the handler of the outbox."""
    now = clock.now()
    organisme = db.session.scalar(
        select(Organisme)
        .join(NumeroUtilisateur, NumeroUtilisateur.organisme_id == Organisme.id)
        .where(NumeroUtilisateur.valeur == payload["numero"], Organisme.suspendu_at.is_(None))
    )
    if organisme is None:
        return
    # One answer at a time: letters are counted before one is added.
    tenir(organisme.id)
    personnes = _gestionnaires(organisme, now)
    par_courriel = recovery.mail_identifiers(personnes, now)
    par_courrier = [
        one for one in personnes if one.id not in par_courriel and attend_un_courrier(one)
    ]
    courriers = sum(ecrire_par_courrier(account, organisme, now) for account in par_courrier)
    event = IdentifiantsRenvoyes(courriels=len(par_courriel), courriers=courriers)
    audit.record(event, at=now, actor=WORKER, organisme_id=organisme.id)


def _gestionnaires(organisme: Organisme, now: datetime) -> Sequence[Account]:
    ouverts = [one for one, _nom in administrateurs_ouverts(organisme.id, clock.today(now))]
    whose = Account.id.in_(ouverts) if ouverts else Account.id.in_(_premiers(organisme.id))
    return db.session.scalars(select(Account).where(whose).order_by(Account.created_at)).all()


def _premiers(organisme_id: UUID) -> list[UUID]:
    # Whoever the Caf wrote to first, by letter or by mail: nobody of the organisme created them.
    first = (
        select(Rattachement.account_id)
        .where(Rattachement.organisme_id == organisme_id)
        .order_by(Rattachement.created_at, Rattachement.id)
        .limit(1)
    )
    return list(db.session.scalars(first))


def attend_un_courrier(account: Account) -> bool:
    """Whether letters would let this person in."""
    # With a password of their own, a letter would open nothing.
    return account.password_hash is None and account.state in (
        AccountState.EN_ATTENTE,
        AccountState.ACTIVATION,
    )


def ecrire_par_courrier(account: Account, organisme: Organisme, now: datetime) -> bool:
    """Prepare both letters; False when as many as may were, lately. The caller holds the organisme."""
    recents = db.session.scalar(
        select(func.count())
        .select_from(Courrier)
        .where(
            Courrier.organisme_id == organisme.id,
            Courrier.type == TypeCourrier.SECRET,
            Courrier.created_at > now - PERIODE_POSTALE,
        )
    )
    if (recents or 0) >= ENVOIS_POSTAUX:
        return False
    preparer_courriers(account, organisme, now)
    return True
