"""To whom each N° utilisateur belongs: to one organisme, of the caisse that it names; added and withdrawn by hand.

A caisse adds and withdraws its own numbers, as it declares them in its file. An organisme that has numbers keeps
one: by it the file of its caisse finds it again, and its people their identifiant.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, select, text

from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.caisses import caisses
from idp.habilitations.models import NumeroUtilisateur, Organisme
from idp.habilitations.numeros import caisse_of
from idp.habilitations.organismes.models import Champ, ChangementDOrganisme
from idp.habilitations.organismes.portee import portee_de
from idp.habilitations.organismes.table_des_caisses import enregistrer_caisses
from idp.habilitations.perimetre import supervises
from idp.habilitations.second_agent import refus_de_chacun

_LOCK = 0x6D637002  # any constant: PostgreSQL's advisory lock of whoever enters organismes


class RefusDeNumero(StrEnum):
    """Why a N° utilisateur is not added nor withdrawn."""

    HORS_PERIMETRE = "hors_perimetre"
    DERNIER = "dernier"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class DejaConnu:
    """A N° utilisateur is that of another organisme, which is named where the agent may see it."""

    numero: str
    organisme_id: UUID | None = None
    raison_sociale: str | None = None


def un_seul() -> None:
    """Held until the transaction ends: what is looked up for lines holds until they are written."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        return
    # SQLite has a single writer: an UPDATE that finds no row takes its place.
    db.session.execute(text("UPDATE organisme SET siret = siret WHERE id IS NULL"))


def numeros_de(organisme_id: UUID) -> tuple[str, ...]:
    """Those of an organisme, in order: one statement."""
    return tuple(
        db.session.scalars(
            select(NumeroUtilisateur.valeur)
            .where(NumeroUtilisateur.organisme_id == organisme_id)
            .order_by(NumeroUtilisateur.valeur)
        )
    )


def a_un_autre(
    agent: AgentVu, numeros: Collection[str], sauf: UUID | None = None
) -> DejaConnu | None:
    """The first of these numbers that belongs to another organisme than that one: two statements at most."""
    pris = db.session.execute(
        select(NumeroUtilisateur.valeur, NumeroUtilisateur.organisme_id)
        .where(NumeroUtilisateur.valeur.in_(numeros))
        .order_by(NumeroUtilisateur.valeur)
    )
    ailleurs = next((row for row in pris if row.organisme_id != sauf), None)
    if ailleurs is None:
        return None
    vu = db.session.execute(
        select(Organisme.id, Organisme.raison_sociale).where(
            Organisme.id == ailleurs.organisme_id, supervises(agent)
        )
    ).one_or_none()
    return DejaConnu(ailleurs.valeur, *vu) if vu else DejaConnu(ailleurs.valeur)


def a_donner_par_un_autre(
    par: UUID | None, numeros: Collection[str], now: datetime
) -> dict[str, UUID]:
    """Of these numbers, those that this agent does not give elsewhere, each by the organisme that had it last.

    They withdrew it, or who did is no second agent to them (``second_agent.py``). Two statements.

    A number opens the dwellings that are declared under it: to move it from an organisme to another takes two.
    """
    if par is None or not numeros:
        return {}
    rows = db.session.execute(
        select(
            ChangementDOrganisme.avant, ChangementDOrganisme.organisme_id, ChangementDOrganisme.par
        )
        .where(
            ChangementDOrganisme.champ == Champ.NUMERO,
            ChangementDOrganisme.avant.in_(numeros),
            ChangementDOrganisme.par.is_not(None),
        )
        .order_by(ChangementDOrganisme.at, ChangementDOrganisme.id)
    ).all()
    derniers = {row.avant: row for row in rows}
    if not derniers:
        return {}
    qui = {numero: {row.par} for numero, row in derniers.items()}
    refus = refus_de_chacun(qui, par, now)
    return {numero: row.organisme_id for numero, row in derniers.items() if refus[numero]}


def changer(
    agent: AgentVu, organisme: Organisme, voulus: Collection[str], now: datetime
) -> RefusDeNumero | DejaConnu | None:
    """Have the organisme hold these numbers, and no other; None when it is done. ``un_seul`` holds."""
    actuels = {
        row.valeur: row
        for row in db.session.scalars(
            select(NumeroUtilisateur).where(NumeroUtilisateur.organisme_id == organisme.id)
        )
    }
    retires = [row for valeur, row in actuels.items() if valeur not in voulus]
    ajoutes = {
        valeur: caisse_du_numero(valeur, organisme.caisse_code)
        for valeur in voulus
        if valeur not in actuels
    }
    if actuels and not voulus:
        return RefusDeNumero.DERNIER
    portee = portee_de(agent)
    touchees = {*ajoutes.values(), *(row.caisse_code for row in retires)}
    if not all(map(portee.contient, touchees)):
        return RefusDeNumero.HORS_PERIMETRE
    deja = a_un_autre(agent, ajoutes, organisme.id) if ajoutes else None
    if deja:
        return deja
    if set(a_donner_par_un_autre(agent.account_id, ajoutes, now).values()) - {organisme.id}:
        return RefusDeNumero.RETIRE
    db.session.execute(
        delete(NumeroUtilisateur).where(
            NumeroUtilisateur.valeur.in_([row.valeur for row in retires])
        )
    )
    enregistrer_caisses(ajoutes.values())
    db.session.add_all(
        NumeroUtilisateur(valeur=valeur, organisme_id=organisme.id, caisse_code=caisse)
        for valeur, caisse in ajoutes.items()
    )
    db.session.flush()
    return None


def caisse_du_numero(valeur: str, caisse_de_l_organisme: str) -> str:
    """The caisse of a number: the older form names none; nor does one whose first digits are no code we know."""
    caisse = caisse_of(valeur)
    return caisse if caisse and caisse in caisses() else caisse_de_l_organisme
