"""The end of a review: what would change is told, then done; by an administrateur, or when its time is over.

A small review is done at once. Of a large one, the worker does a batch at a time: each line is done once, whatever
is cut short, and the last batch signs the summary. What a line loses goes through the same services as in the
console (``retraits.py``), in the name of who answered: ``delegation.py`` refuses what it always refuses.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, update

from idp import audit, clock, outbox
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations import acteurs
from idp.habilitations.acteurs import actor_of
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import Organisme
from idp.habilitations.revues import application, compte_rendu
from idp.habilitations.revues.events import RevueTerminee
from idp.habilitations.revues.lecture import avancement
from idp.habilitations.revues.lignes import PAR_PAGE
from idp.habilitations.revues.models import EtatRevue, LigneDeRevue, Revue
from idp.habilitations.revues.ouverture import quelqu_un_administre
from idp.habilitations.revues.policy import Decision
from idp.habilitations.tenue import tenir

KIND = "revue"
AT_ONCE = 20
LIGNES_PAR_LOT = 50
SUR_LE_CHAMP = 200
"""Up to that many people, a review is done while its administrateur waits."""


@dataclass(frozen=True, slots=True)
class Bilan:
    """What the end of a review would do; ``noms`` are the first of those who would lose their access."""

    gardes: int
    retires: int
    restent: int
    noms: tuple[str, ...]
    version: str
    """A digest of who would lose their access: the same as long as nobody answered otherwise."""


class Fin(StrEnum):
    """What became of « Terminer la revue »."""

    FAITE = "faite"
    RESTE = "reste"
    """Some have no answer."""
    ENTRE_TEMPS = "entre_temps"
    """Somebody answered otherwise since the summary was shown."""
    DEJA = "deja"


def bilan(revue_id: UUID, acteur: Acteur) -> Bilan:
    """What ending this review would do: three statements."""
    fait = avancement(revue_id, acteur.account_id)
    retires = (
        select(LigneDeRevue.rattachement_id)
        .where(LigneDeRevue.revue_id == revue_id, LigneDeRevue.decision == Decision.RETIRER)
        .order_by(LigneDeRevue.rang)
    )
    ids = db.session.scalars(retires).all()
    premiers = db.session.scalars(
        select(Account)
        .join(LigneDeRevue, LigneDeRevue.account_id == Account.id)
        .where(LigneDeRevue.revue_id == revue_id, LigneDeRevue.decision == Decision.RETIRER)
        .order_by(LigneDeRevue.rang)
        .limit(PAR_PAGE)
    )
    return Bilan(
        gardes=fait.gardes,
        retires=fait.retires,
        restent=fait.restent,
        noms=tuple(account.display_name for account in premiers),
        version=hashlib.sha256(repr(ids).encode()).hexdigest()[:16],
    )


def terminer(acteur: Acteur, revue_id: UUID, *, version: str, now: datetime) -> Fin:
    """End the review that was shown, if everybody has an answer and nobody answered otherwise since."""
    if not acteur.administre or not _tenir(revue_id, acteur.organisme_id):
        return Fin.DEJA
    acteurs.confirmer(acteur, now)
    prevu = bilan(revue_id, acteur)
    if prevu.restent:
        return Fin.RESTE
    if prevu.version != version:
        return Fin.ENTRE_TEMPS
    total = _finir(revue_id, acteur.organisme_id, acteur, now)
    if total > SUR_LE_CHAMP:
        outbox.enqueue(KIND, {"revue_id": str(revue_id)}, at=now)
        return Fin.FAITE
    while not avancer(revue_id, now):
        pass
    return Fin.FAITE


def echoir(now: datetime, *, limit: int = AT_ONCE) -> int:
    """A chore: end the reviews whose time is over, where somebody could have answered; returns how many."""
    jour = clock.today(now)
    echues = db.session.execute(
        select(Revue.id, Revue.organisme_id)
        .join(Organisme, Organisme.id == Revue.organisme_id)
        .where(
            Revue.etat == EtatRevue.OUVERTE,
            Revue.echeance <= jour,
            Organisme.suspendu_at.is_(None),
            quelqu_un_administre(jour),
        )
        .order_by(Revue.echeance)
        .limit(limit)
    ).all()
    finies = 0
    for revue_id, organisme_id in echues:
        if _tenir(revue_id, organisme_id):
            _finir(revue_id, organisme_id, None, now)
            outbox.enqueue(KIND, {"revue_id": str(revue_id)}, at=now)
            finies += 1
    return finies


def poursuivre(now: datetime) -> int:
    """A chore: a batch of a review that is being done, should its delivery have been given up."""
    revue_id = db.session.scalar(
        select(Revue.id)
        .where(Revue.etat == EtatRevue.APPLICATION, Revue.ended_at <= now - outbox.GIVE_UP_AFTER)
        .limit(1)
    )
    if revue_id is None:
        return 0
    avancer(revue_id, now)
    return 1


def livrer(payload: outbox.Payload) -> None:
    """The worker's part: a batch, then another one as long as something is left."""
    revue_id, now = UUID(payload["revue_id"]), clock.now()
    if not avancer(revue_id, now):
        outbox.enqueue(KIND, {"revue_id": str(revue_id)}, at=now)


def avancer(revue_id: UUID, now: datetime, *, limit: int = LIGNES_PAR_LOT) -> bool:
    """Do at most ``limit`` lines that are left; once none is, sign the summary. True when all is over."""
    revue = db.session.get(Revue, revue_id, populate_existing=True)
    if revue is None or revue.etat is not EtatRevue.APPLICATION:
        return True
    if not application.reste(revue_id):
        compte_rendu.clore(revue, now)
        return True
    # One batch at a time, and no administrateur leaves while it is counted who remain.
    tenir(revue.organisme_id)
    application.un_lot(revue, now, limit=limit)
    return False


def _tenir(revue_id: UUID, organisme_id: UUID) -> bool:
    # Whoever answers holds the organisme too: from here on no answer changes.
    tenir(organisme_id)
    etat = db.session.scalar(
        select(Revue.etat)
        .where(Revue.id == revue_id, Revue.organisme_id == organisme_id)
        .with_for_update()
    )
    return etat is EtatRevue.OUVERTE


def _finir(revue_id: UUID, organisme_id: UUID, acteur: Acteur | None, now: datetime) -> int:
    db.session.execute(
        update(Revue)
        .where(Revue.id == revue_id)
        .values(
            etat=EtatRevue.APPLICATION,
            ended_at=now,
            ended_by=acteur.account_id if acteur else None,
        )
    )
    event = RevueTerminee(
        revue_id=revue_id,
        retraits=_compter(revue_id, LigneDeRevue.decision == Decision.RETIRER),
        sans_reponse=_compter(revue_id, LigneDeRevue.decision.is_(None)),
    )
    actor = actor_of(acteur) if acteur else audit.WORKER
    audit.record(event, at=now, actor=actor, organisme_id=organisme_id)
    return _compter(revue_id)


def _compter(revue_id: UUID, *dont: ColumnElement[bool]) -> int:
    lignes = select(func.count()).select_from(LigneDeRevue)
    return db.session.scalar(lignes.where(and_(LigneDeRevue.revue_id == revue_id, *dont))) or 0
