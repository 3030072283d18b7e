"""Letters that would open nothing any more: left out of the batches, and said to be.

Asked for while somebody waited for them; since then they signed in, by a mail or by other letters, or their
account was closed.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update

from idp import audit
from idp.accounts.models import Account, AccountState
from idp.audit import Actor
from idp.db import db
from idp.habilitations.events import CourrierSansObjet
from idp.habilitations.models import (
    DES_IDENTIFIANTS,
    Courrier,
    EtatCourrier,
    Organisme,
    TypeCourrier,
)

ATTENDUS = (AccountState.PREPARE, AccountState.EN_ATTENTE, AccountState.ACTIVATION)


def attend(account: Account) -> bool:
    """Whether letters would let this person in."""
    return account.password_hash is None and account.state in ATTENDUS


def n_attend_plus() -> ColumnElement[bool]:
    """Of rows of ``Account``, the contrary of ``attend``."""
    return or_(Account.password_hash.is_not(None), Account.state.not_in(ATTENDUS))


def ecarter(kind: TypeCourrier, caisse: str | None, *, actor: Actor, now: datetime) -> int:
    """Leave out those of a caisse (of all when None) that wait for a batch; returns how many. One statement, and
    one for each in the journal."""
    if kind not in DES_IDENTIFIANTS:
        return 0
    attendent = and_(
        Courrier.type == kind,
        Courrier.exported_at.is_(None),
        Courrier.etat == EtatCourrier.EN_ATTENTE,
    )
    if caisse is not None:
        attendent = and_(attendent, Organisme.caisse_code == caisse)
    vains = (
        select(Courrier.id)
        .join(Account, Account.id == Courrier.account_id)
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .where(attendent, n_attend_plus())
    )
    ecartes = db.session.execute(
        update(Courrier)
        .where(Courrier.id.in_(vains), Courrier.etat == EtatCourrier.EN_ATTENTE)
        .values(etat=EtatCourrier.SANS_OBJET)
        .returning(Courrier.account_id, Courrier.organisme_id)
        .execution_options(synchronize_session=False)
    ).all()
    for account_id, organisme_id in ecartes:
        whom = {"account_id": account_id, "organisme_id": organisme_id}
        audit.record(CourrierSansObjet(type=kind), at=now, actor=actor, **whom)
    return len(ecartes)
