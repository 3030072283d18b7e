"""Notices: what an organisme is told by post of what was done there, since whoever reads its mail may be the wrong
person. They leave as the other letters do (``redaction.py``), for an address that no agent chose alone.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select

from idp import clock, plain_text
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.coordonnees import Coordonnees
from idp.habilitations.models import (
    Courrier,
    EtatSuccession,
    Organisme,
    Rattachement,
    Succession,
    TypeCourrier,
    Voie,
)

OBJETS = {
    TypeCourrier.REMPLACEMENT: "Le nouvel administrateur de votre organisme",
    TypeCourrier.DESIGNATION: "L’administrateur de votre organisme est désigné",
    TypeCourrier.DELEGATION_RETIREE: "La Caf gère désormais vos utilisateurs",
    TypeCourrier.DELEGATION_RENDUE: "La Caf vous rend la gestion de vos utilisateurs",
}


def demander(
    kind: TypeCourrier,
    organisme_id: UUID,
    now: datetime,
    *,
    account_id: UUID | None = None,
    motif: str | None = None,
) -> None:
    """Have it written to the organisme: of this person, or why."""
    db.session.add(
        Courrier(
            type=kind,
            account_id=account_id,
            organisme_id=organisme_id,
            motif=motif,
            created_at=now,
        )
    )
    db.session.flush()


def texte(
    courrier: Courrier, account: Account | None, organisme: Organisme, caf: Coordonnees
) -> str:
    """What it says."""
    remplacement = courrier.type is TypeCourrier.REMPLACEMENT
    return plain_text.render(
        f"courriers/{courrier.type}.txt",
        designation=organisme.raison_sociale,
        nom=_nom(account) if account else "",
        moyens=caf.connues,
        le=f"{clock.today(_decide_at(courrier)):%d/%m/%Y}",
        # On one line: what an agent typed lays nothing out.
        motif=" ".join((courrier.motif or "").split()),
        en_plus=remplacement and _a_demande_a_la_caf(courrier),
    )


def _nom(account: Account) -> str:
    return " ".join(filter(None, (account.civility, account.given_name, account.family_name)))


def _decide_at(courrier: Courrier) -> datetime:
    """When what this letter tells was done: it may have been issued again since."""
    return courrier.origine_at or courrier.created_at


def _a_demande_a_la_caf(courrier: Courrier) -> bool:
    """Whether who is announced had asked it themself: then the other administrateurs stay."""
    found = exists().where(
        Succession.organisme_id == courrier.organisme_id,
        Succession.voie == Voie.CAF,
        Succession.etat == EtatSuccession.ACCEPTEE,
        Succession.decided_at == _decide_at(courrier),
        Rattachement.id == Succession.candidat_id,
        Rattachement.account_id == courrier.account_id,
    )
    return bool(db.session.scalar(select(found)))
