"""What changing a sous-groupe would do to the people in it, and to the mandates that comprise it: read beforehand.

Four statements, whatever the number of members. It is done in ``sous_groupes.py``.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import aliased

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations import annuaire
from idp.habilitations.composition.mes_groupes import GroupeVu
from idp.habilitations.delegation import Acteur, Bases
from idp.habilitations.en_cours import coche_en_cours, place_close
from idp.habilitations.models import (
    Composante,
    Groupe,
    Habilitation,
    Mandat,
    PerimetreResponsable,
    Rattachement,
)

NOMMES = 20
"""How many members are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Touchees:
    """For how many people one base groupe would open, or close."""

    base: GroupeVu
    personnes: int


@dataclass(frozen=True, slots=True)
class MandatTouche:
    """A mandate that comprises the sous-groupe: it keeps what the sous-groupe opens today."""

    id: UUID
    rattachement_id: UUID | None
    nom: str


@dataclass(frozen=True, slots=True)
class Effets:
    """Of adding ``ajoutees`` and taking ``retirees`` away; ``membres`` are the names of the first members."""

    ajoutees: tuple[Touchees, ...]
    retirees: tuple[Touchees, ...]
    membres: tuple[str, ...]
    autres_membres: int
    mandats: tuple[MandatTouche, ...]
    a_soi_meme: bool
    """Whether the actor is in the sous-groupe: nobody changes their own rights."""

    @property
    def version(self) -> str:
        """A digest of what was told: the same as long as it still holds."""
        told = (
            [(un.base.code, un.personnes) for un in self.ajoutees],
            [(un.base.code, un.personnes) for un in self.retirees],
            [self.membres, self.autres_membres],
            [un.id.hex for un in self.mandats],
        )
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def prevoir(
    acteur: Acteur,
    groupe: GroupeVu,
    *,
    ajoutees: Iterable[GroupeVu],
    retirees: Iterable[GroupeVu],
    now: datetime,
) -> Effets:
    """What would happen."""
    jour = clock.today(now)
    plus, moins = tuple(ajoutees), tuple(retirees)
    comptes = _comptes(groupe, Bases(base.id for base in (*plus, *moins)), jour)
    noms, autres, a_soi_meme = _membres(acteur, groupe)
    return Effets(
        ajoutees=tuple(Touchees(base, comptes.get(base.id, 0)) for base in plus),
        retirees=tuple(Touchees(base, comptes.get(base.id, 0)) for base in moins),
        membres=noms,
        autres_membres=autres,
        mandats=_mandats(groupe, jour),
        a_soi_meme=a_soi_meme,
    )


def qui_perd(groupe: GroupeVu, retirees: Iterable[GroupeVu], jour: date) -> list[UUID]:
    """The places whose rights to the service are no longer what they were."""
    bases = Bases(base.id for base in retirees)
    return list(
        db.session.scalars(_touchees(groupe, bases, jour, Habilitation.rattachement_id.expression))
    )


def _comptes(groupe: GroupeVu, bases: Bases, jour: date) -> dict[UUID, int]:
    base_id = Groupe.id.expression
    presents = not_(place_close(Rattachement, jour))
    requete = (
        _touchees(groupe, bases, jour, base_id)
        .add_columns(func.count(func.distinct(Habilitation.rattachement_id)))
        .join(Rattachement, Rattachement.id == Habilitation.rattachement_id)
        .join(Account, Account.id == Rattachement.account_id)
        .where(presents, Account.anonymised_at.is_(None))
        .group_by(base_id)
    )
    return {row[0]: row[1] for row in db.session.execute(requete)}


def _touchees(
    groupe: GroupeVu, bases: Bases, jour: date, colonne: ColumnElement[UUID]
) -> Select[UUID]:
    """Members in their dates for whom nothing else opens one of these base groupes."""
    # Equalities alone: an anti-join, and not a search for each of them.
    autre, ouvre = aliased(Habilitation), aliased(Composante)
    ailleurs = (
        select(autre.id)
        .outerjoin(ouvre, ouvre.sous_groupe_id == autre.groupe_id)
        .where(
            autre.rattachement_id == Habilitation.rattachement_id,
            func.coalesce(ouvre.base_id, autre.groupe_id) == Groupe.id,
            autre.groupe_id != groupe.id,
            autre.debut <= jour,
            or_(autre.fin.is_(None), autre.fin >= jour),
        )
        .correlate(Habilitation, Groupe)
        .exists()
    )
    return (
        select(colonne)
        .select_from(Habilitation)
        .join(Groupe, Groupe.id.in_(bases))
        .where(Habilitation.groupe_id == groupe.id, coche_en_cours(jour), ~ailleurs)
    )


def _membres(acteur: Acteur, groupe: GroupeVu) -> tuple[tuple[str, ...], int, bool]:
    dedans = and_(Habilitation.groupe_id == groupe.id, Account.anonymised_at.is_(None))
    lus = (
        select(Account, func.count().over().label("total"))
        .select_from(Habilitation)
        .join(Rattachement, Rattachement.id == Habilitation.rattachement_id)
        .join(Account, Account.id == Rattachement.account_id)
        .where(dedans)
    )
    rows = db.session.execute(lus.order_by(*annuaire.noms()).limit(NOMMES)).all()
    soi_meme = db.session.scalar(
        select(Habilitation.id)
        .join(Rattachement, Rattachement.id == Habilitation.rattachement_id)
        .where(Habilitation.groupe_id == groupe.id, Rattachement.account_id == acteur.account_id)
    )
    noms = tuple(row.Account.display_name for row in rows)
    return noms, (rows[0].total if rows else 0) - len(noms), soi_meme is not None


def _mandats(groupe: GroupeVu, jour: date) -> tuple[MandatTouche, ...]:
    rows = db.session.execute(
        select(Mandat, Account)
        .join(PerimetreResponsable, PerimetreResponsable.mandat_id == Mandat.id)
        .outerjoin(Rattachement, Rattachement.id == Mandat.rattachement_id)
        .outerjoin(Account, Account.id == Rattachement.account_id)
        .where(
            PerimetreResponsable.groupe_id == groupe.id,
            Mandat.ended_at.is_(None),
            or_(Mandat.fin.is_(None), Mandat.fin >= jour),
        )
        .order_by(Mandat.granted_at, Mandat.id)
    )
    return tuple(
        MandatTouche(mandat.id, mandat.rattachement_id, mandat.programme or account.display_name)
        for mandat, account in rows
    )
