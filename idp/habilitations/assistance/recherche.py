"""Whom an agent is on the telephone with: by an identifiant, an address or the N° utilisateur of an organisme.

Within the caisses of the agent: who is of another one is answered as who does not exist.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import Caisse, NumeroUtilisateur, Organisme, Rattachement, Role
from idp.habilitations.numeros import NumeroInvalide, parse_numero_utilisateur
from idp.habilitations.perimetre import supervises
from idp.printable import parse_identifiant

TROUVES_MAX = 25
MOTS_MAX = 5
_QUI_GERE_D_ABORD = case(
    (Rattachement.role == Role.ADMINISTRATEUR, 0),
    (Rattachement.role == Role.RESPONSABLE_HABILITATION, 1),
    else_=2,
)


@dataclass(frozen=True, slots=True)
class Trouve:
    """A person in an organisme."""

    rattachement_id: UUID
    identifiant: str
    nom: str
    role: Role
    raison_sociale: str


@dataclass(frozen=True, slots=True)
class Trouves:
    """``compris``: whether what was typed is an identifiant, an address or a N° utilisateur; ``encore``: whether
    others answer too."""

    compris: bool
    personnes: tuple[Trouve, ...] = ()
    encore: bool = False


def chercher(agent: AgentVu, saisi: str, nom: str = "") -> Trouves:
    """Who answers, those who manage first; ``nom`` narrows to who bears these words. Two statements."""
    qui = _designe(saisi.strip())
    if qui is None:
        return Trouves(compris=False)
    rows = db.session.execute(
        select(Rattachement.id, Rattachement.role, Account, Organisme.raison_sociale)
        .join(Account, Account.id == Rattachement.account_id)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .where(
            qui,
            supervises(agent),
            Account.anonymised_at.is_(None),
            *map(_porte, nom.split()[:MOTS_MAX]),
        )
        .order_by(_QUI_GERE_D_ABORD, Rattachement.created_at, Rattachement.id)
        .limit(TROUVES_MAX + 1)
    ).all()
    personnes = tuple(
        Trouve(rattachement_id, account.identifiant, account.display_name, role, raison)
        for rattachement_id, role, account, raison in rows[:TROUVES_MAX]
    )
    return Trouves(True, personnes, len(rows) > TROUVES_MAX)


def _designe(saisi: str) -> ColumnElement[bool] | None:
    identifiant = parse_identifiant(saisi)
    if identifiant:
        return Account.identifiant == identifiant
    if "@" in saisi:
        return and_(Account.email.is_not(None), func.lower(Account.email) == saisi.lower())
    numero = _numero(saisi, db.session.scalars(select(Caisse.code)).all())
    if numero is None:
        return None
    titulaire = select(NumeroUtilisateur.organisme_id).where(NumeroUtilisateur.valeur == numero)
    return Rattachement.organisme_id == titulaire.scalar_subquery()


def _numero(saisi: str, caisses: Collection[str]) -> str | None:
    try:
        return parse_numero_utilisateur(saisi, caisses)
    except NumeroInvalide:
        return None


def _porte(mot: str) -> ColumnElement[bool]:
    return or_(
        Account.family_name.icontains(mot, autoescape=True),
        Account.given_name.icontains(mot, autoescape=True),
    )
