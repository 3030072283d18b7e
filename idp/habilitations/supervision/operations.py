"""What a national agent does to everybody: other passwords, or the end of all that a service holds.

Done by the worker, some people at a time, each time in one transaction with the place where it stopped: a worker
that dies loses nothing. Each step asks for the next through the outbox.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import exists, func, select, update

from idp import audit, clock, outbox
from idp.accounts import lifecycle
from idp.accounts.models import Account, AccountState
from idp.audit import WORKER, Actor
from idp.db import db, inserting
from idp.errors import NotHere, Refusal
from idp.habilitations.agents import AgentVu
from idp.habilitations.effets import avis
from idp.habilitations.events import OperationFinie, OperationLancee
from idp.habilitations.models import MotifDAvis, Suspension
from idp.habilitations.ports import ports
from idp.habilitations.supervision import avis_de_mot_de_passe
from idp.habilitations.supervision.avis_de_mot_de_passe import Avis
from idp.habilitations.supervision.models import GenreDOperation, Operation

KIND = "operation"
LOT = 500


def lancer(
    agent: AgentVu,
    genre: GenreDOperation,
    *,
    motif: str,
    now: datetime,
    service: str | None = None,
) -> UUID:
    """Have the worker do it; the one that is already under way when there is one, asked for at the same instant
    too."""
    if not agent.national:
        raise Refusal("Votre rôle d’agent ne permet pas cette action.", detail="not national")
    operation_id = uuid4()
    lancee = db.session.scalar(
        inserting(Operation)
        .values(
            id=operation_id,
            genre=genre,
            service=service,
            motif=motif,
            par=agent.account_id,
            at=now,
            faits=0,
        )
        .on_conflict_do_nothing()
        .returning(Operation.id)
    )
    if lancee is None:
        return _derniere(genre, service)
    event = OperationLancee(operation_id=operation_id, genre=genre, service=service, motif=motif)
    audit.record(event, at=now, actor=agent.actor)
    outbox.enqueue(KIND, {"operation_id": str(operation_id)}, at=now)
    return operation_id


def _derniere(genre: GenreDOperation, service: str | None) -> UUID:
    # Under way, unless it has just ended.
    return db.session.scalars(
        select(Operation.id)
        .where(Operation.genre == genre, Operation.service == service)
        .order_by(Operation.at.desc())
        .limit(1)
    ).one()


def lire(operation_id: UUID) -> Operation:
    """One of them, as it is now; raises ``NotHere``."""
    found = db.session.get(Operation, operation_id, populate_existing=True)
    if found is None:
        raise NotHere("Cette opération n’existe pas.")
    return found


def en_cours() -> list[Operation]:
    """Those that are not over, the newest first: one statement."""
    return list(
        db.session.scalars(
            select(Operation).where(Operation.finie_at.is_(None)).order_by(Operation.at.desc())
        )
    )


def poursuivre(payload: outbox.Payload) -> None:
    """Do the next people, and ask to be called again while some are left."""
    now = clock.now()
    # Written to, not only read: one worker at a time.
    operation = db.session.scalars(
        update(Operation)
        .where(Operation.id == UUID(payload["operation_id"]), Operation.finie_at.is_(None))
        .values(faits=Operation.faits)
        .returning(Operation)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if operation is None:
        return
    combien, pas = _PAS[operation.genre]
    if operation.total is None:
        operation.total = combien(operation)
    faits = pas(operation, now)
    operation.faits += faits
    if faits:
        outbox.enqueue(KIND, payload, at=now)
    else:
        operation.finie_at = now
        event = OperationFinie(
            operation_id=operation.id, genre=operation.genre, faits=operation.faits
        )
        audit.record(event, at=now, actor=WORKER)
    db.session.flush()


_CONCERNES = (Account.state == AccountState.ACTIF, Account.password_hash.is_not(None))


def _combien_de_mots_de_passe(_operation: Operation) -> int:
    return db.session.scalar(select(func.count()).select_from(Account).where(*_CONCERNES)) or 0


def _mots_de_passe(operation: Operation, now: datetime) -> int:
    suivants = select(Account).where(*_CONCERNES).order_by(Account.id).limit(LOT)
    if operation.curseur is not None:
        suivants = suivants.where(Account.id > operation.curseur)
    gens = db.session.scalars(suivants).all()
    if gens:
        operation.curseur = gens[-1].id
        lifecycle.require_new_password(Account.id.in_([un.id for un in gens]), now)
        # Told as fast as a campaign is: what they will ask for leaves meanwhile.
        depart = max(now, operation.at + avis_de_mot_de_passe.ecart(operation.faits))
        avis_de_mot_de_passe.ecrire(gens, Avis(operation.motif, operation.at), at=depart)
    return len(gens)


def _combien_d_autorisations(operation: Operation) -> int:
    return ports().acces.combien_au_service(operation.service or "")


def _fin_de_service(operation: Operation, now: datetime) -> int:
    suspendu = exists().where(
        Suspension.service == operation.service, Suspension.levee_at.is_(None)
    )
    if operation.service is None or not db.session.scalar(select(suspendu)):
        # Lifted since: who signs in again keeps what they are given.
        return 0
    annonces, finies = ports().acces.retirer_du_service(operation.service, now, limit=LOT)
    avis.garder(annonces, motif=MotifDAvis.SUSPENSION, par=Actor.person(operation.par), now=now)
    return finies


_PAS: Mapping[
    GenreDOperation,
    tuple[Callable[[Operation], int], Callable[[Operation, datetime], int]],
] = {
    GenreDOperation.MOT_DE_PASSE: (_combien_de_mots_de_passe, _mots_de_passe),
    GenreDOperation.FIN_DE_SERVICE: (_combien_d_autorisations, _fin_de_service),
}
