"""The head of every page of an organisme, for an agent: who it is, its numbers, whether it works."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import Caisse, NumeroUtilisateur, Organisme, TypeOrganisme
from idp.habilitations.perimetre import organisme_de


@dataclass(frozen=True, slots=True)
class Numero:
    """A N° utilisateur, and the name of the caisse that gave it."""

    valeur: str
    caisse: str


@dataclass(frozen=True, slots=True)
class Entete:
    """An organisme, as an agent recognises it."""

    id: UUID
    raison_sociale: str
    type: TypeOrganisme
    siret: str | None
    numeros: tuple[Numero, ...]
    caisse: str
    """The Caf that writes to it."""
    caisse_code: str
    suspendu_at: datetime | None
    delegation_retiree_at: datetime | None
    """Since when the Caf manages its users in its place."""
    fusionne_dans: UUID | None
    """The organisme into which it was put: nothing of this one works any more."""


def lire(agent: AgentVu, organisme_id: UUID) -> Entete:
    """The head of its pages; raises ``NotHere`` when it does not exist for this agent. Two statements."""
    organisme = organisme_de(agent, organisme_id)
    caisses, numeros = _caisses_et_numeros(organisme)
    return Entete(
        id=organisme.id,
        raison_sociale=organisme.raison_sociale,
        type=organisme.type,
        siret=organisme.siret,
        numeros=numeros,
        caisse=caisses.get(organisme.caisse_code, organisme.caisse_code),
        caisse_code=organisme.caisse_code,
        suspendu_at=organisme.suspendu_at,
        delegation_retiree_at=organisme.delegation_retiree_at,
        fusionne_dans=organisme.fusionne_dans,
    )


def _caisses_et_numeros(organisme: Organisme) -> tuple[dict[str, str], tuple[Numero, ...]]:
    # The Caf that writes may have given no number: it is read besides, in the same statement.
    rows = db.session.execute(
        select(Caisse.code, Caisse.libelle, NumeroUtilisateur.valeur)
        .outerjoin(
            NumeroUtilisateur,
            (NumeroUtilisateur.caisse_code == Caisse.code)
            & (NumeroUtilisateur.organisme_id == organisme.id),
        )
        .where(
            NumeroUtilisateur.valeur.is_not(None) | (Caisse.code == organisme.caisse_code),
        )
        .order_by(NumeroUtilisateur.valeur)
    ).all()
    numeros = tuple(Numero(row.valeur, row.libelle) for row in rows if row.valeur is not None)
    return {row.code: row.libelle for row in rows}, numeros
