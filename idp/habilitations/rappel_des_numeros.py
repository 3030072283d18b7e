"""Which N° utilisateur people are reminded of, by mail (``campagnes/``) and by letter (``courriers/``).

Those of every organisme that they administer, or to whose first person the Caf wrote; each under its name when
there are several. At one mail address, those of everybody whose address it is: two people may share one. A letter
is read by whoever opens those of the organisme that it is sent to: it tells the numbers of that one, and only how
many the others are.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations.en_cours import place_ouverte
from idp.habilitations.models import NumeroUtilisateur, Organisme, Rattachement, Role
from idp.habilitations.numeros import format_numero_utilisateur

CITES = 8
"""What a letter holds on one sheet."""
NOM_MAX_CHARS = 40
ECRITS = (AccountState.EN_ATTENTE, AccountState.ACTIVATION, AccountState.ACTIF)
"""Who may be written to."""


@dataclass(frozen=True, slots=True)
class Rappel:
    """What is printed: some numbers, how many more there are, and of how many organismes more none is told."""

    numeros: tuple[str, ...] = ()
    autres: int = 0
    organismes: int = 0


def gere(jour: date) -> ColumnElement[bool]:
    """Of rows of ``Rattachement``: who administers; while nobody does, whom the Caf wrote to first."""
    chef = aliased(Rattachement)
    administre = exists().where(
        chef.organisme_id == Rattachement.organisme_id,
        chef.role == Role.ADMINISTRATEUR,
        place_ouverte(chef, jour),
    )
    return or_(
        Rattachement.role == Role.ADMINISTRATEUR,
        and_(Rattachement.created_by.is_(None), ~administre),
    )


def des_lettres(
    lettres: Collection[tuple[UUID, UUID]], jour: date
) -> dict[tuple[UUID, UUID], Rappel]:
    """Of each of these accounts, by letter to that organisme: one statement."""
    lus = _lire(Account.id, {compte for compte, _organisme in lettres}, jour)
    return {lettre: _d_un_seul(lus.get(lettre[0], ()), lettre[1]) for lettre in lettres}


def des_adresses(adresses: Collection[str], jour: date) -> dict[str, Rappel]:
    """Of everybody who is written to at each of these mail addresses, in small letters: one statement."""
    lus = _lire(func.lower(Account.email), adresses, jour)
    return {adresse: _de_tous(siens) for adresse, siens in lus.items()}


def _lire(de: Any, voulus: Collection[Any], jour: date) -> dict[Any, list[Any]]:
    rows = db.session.execute(
        select(de.label("de"), Organisme.id, Organisme.raison_sociale, NumeroUtilisateur.valeur)
        .distinct()
        .select_from(Account)
        .join(Rattachement, Rattachement.account_id == Account.id)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .join(NumeroUtilisateur, NumeroUtilisateur.organisme_id == Organisme.id)
        .where(
            de.in_(voulus),
            Account.state.in_(ECRITS),
            Account.anonymised_at.is_(None),
            Organisme.suspendu_at.is_(None),
            Organisme.fusionne_dans.is_(None),
            place_ouverte(Rattachement, jour),
            gere(jour),
        )
        .order_by(Organisme.raison_sociale, Organisme.id, NumeroUtilisateur.valeur)
    )
    lus = defaultdict[Any, list[Any]](list)
    for row in rows:
        lus[row.de].append(row)
    return lus


def _de_tous(rows: Sequence[Any]) -> Rappel:
    return _rappel(rows, nommes=len({row.id for row in rows}) > 1)


def _d_un_seul(rows: Sequence[Any], organisme_id: UUID) -> Rappel:
    siens = [row for row in rows if row.id == organisme_id]
    autres = {row.id for row in rows} - {organisme_id}
    return replace(_rappel(siens, nommes=bool(autres)), organismes=len(autres))


def _rappel(rows: Sequence[Any], *, nommes: bool) -> Rappel:
    cites = tuple(_cite(row, nomme=nommes) for row in rows[:CITES])
    return Rappel(cites, len(rows) - len(cites))


def _cite(row: Any, *, nomme: bool) -> str:
    numero = format_numero_utilisateur(row.valeur)
    if not nomme:
        return numero
    nom = row.raison_sociale
    court = nom if len(nom) <= NOM_MAX_CHARS else nom[: NOM_MAX_CHARS - 1].rstrip() + "…"
    return f"{court} : {numero}"
