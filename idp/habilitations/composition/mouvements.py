"""Who enters a groupe and who leaves it, several people in one go: told first, then done if it still holds.

What each person gains or loses is not the groupe itself but what no other box opens for them today. Whether the
box may be changed is decided for each in ``delegation.py``; leaving goes through ``retraits.py``.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, or_, select

from idp import audit, clock
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations import acteurs, annuaire
from idp.habilitations.acteurs import actor_of
from idp.habilitations.cibles import bases_de_chacun, visibles
from idp.habilitations.composition import mes_groupes
from idp.habilitations.composition.mes_groupes import GroupeVu
from idp.habilitations.delegation import Acteur, Bases, Cible, ouvert_par, refus_de_cocher
from idp.habilitations.en_cours import coche_en_cours, place_close
from idp.habilitations.events import HabilitationDonnee
from idp.habilitations.models import Habilitation, Rattachement
from idp.habilitations.personnes import retraits
from idp.habilitations.personnes.utilisateurs import habiliter
from idp.habilitations.tenue import tenir

A_LA_FOIS = 100


class Sens(StrEnum):
    """In, or out."""

    ENTREE = "entree"
    SORTIE = "sortie"


class Ecart(StrEnum):
    """Why somebody who was chosen is left as they are."""

    SOI_MEME = "soi_meme"
    ROLE_PROTEGE = "role_protege"
    HORS_PERIMETRE = "hors_perimetre"
    CLOS = "clos"
    DEJA = "deja"


@dataclass(frozen=True, slots=True)
class Mouvement:
    """One person, and the accesses that they gain or lose; nothing happens to them when there is an ``ecart``."""

    rattachement_id: UUID
    account_id: UUID
    nom: str
    debut: date
    """From when they would be in the groupe."""
    ecart: Ecart | None
    acces: tuple[GroupeVu, ...]


@dataclass(frozen=True, slots=True)
class Prevision:
    """What would happen to everybody who was chosen."""

    sens: Sens
    mouvements: tuple[Mouvement, ...]

    @property
    def retenus(self) -> tuple[Mouvement, ...]:
        """Those to whom something happens."""
        return tuple(un for un in self.mouvements if un.ecart is None)

    @property
    def ecartes(self) -> tuple[Mouvement, ...]:
        """Those who stay as they are."""
        return tuple(un for un in self.mouvements if un.ecart is not None)

    @property
    def version(self) -> str:
        """A digest of what was told: the same as long as it still holds."""
        told = [
            (un.rattachement_id.hex, un.debut, un.ecart, [acces.code for acces in un.acces])
            for un in self.mouvements
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def prevoir(
    acteur: Acteur, groupe: GroupeVu, sens: Sens, choisis: Collection[UUID], now: datetime
) -> Prevision:
    """What would happen: three statements; raises ``NotHere`` for whoever the actor may not see."""
    if len(choisis) > A_LA_FOIS:
        raise Refusal(f"Choisissez au plus {A_LA_FOIS} personnes à la fois.")
    if sens is Sens.ENTREE and not groupe.actif:
        raise Refusal("La Caf a fermé ce groupe : plus personne ne peut y entrer.")
    jour = clock.today(now)
    rows = _personnes(acteur, groupe, choisis, jour)
    tenus = bases_de_chacun([*choisis], coche_en_cours(jour))
    return Prevision(
        sens,
        tuple(
            _mouvement(row, acteur, groupe, sens, tenus.get(row.Rattachement.id, {}), jour)
            for row in rows
        ),
    )


def appliquer(
    acteur: Acteur,
    groupe_id: UUID,
    sens: Sens,
    choisis: Collection[UUID],
    *,
    version: str,
    now: datetime,
) -> Prevision | None:
    """Do it; None when it is no longer what was told."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    _contrat, groupe = mes_groupes.lire(acteur, groupe_id, now)
    prevue = prevoir(acteur, groupe, sens, choisis, now)
    if prevue.version != version:
        return None
    for mouvement in prevue.retenus:
        if sens is Sens.SORTIE:
            retraits.retirer_habilitation(mouvement.rattachement_id, groupe_id, par=acteur, now=now)
        else:
            _entrer(acteur, groupe, mouvement, now)
    return prevue


def _entrer(acteur: Acteur, groupe: GroupeVu, mouvement: Mouvement, now: datetime) -> None:
    habiliter(acteur, mouvement.rattachement_id, [groupe.id], debut=mouvement.debut, now=now)
    audit.record(
        HabilitationDonnee(
            rattachement_id=mouvement.rattachement_id,
            groupe=groupe.code,
            debut=mouvement.debut.isoformat(),
        ),
        at=now,
        actor=actor_of(acteur),
        account_id=mouvement.account_id,
        organisme_id=acteur.organisme_id,
    )


def _personnes(
    acteur: Acteur, groupe: GroupeVu, choisis: Collection[UUID], jour: date
) -> Sequence[Row[Any]]:
    dedans = select(Habilitation.rattachement_id).where(Habilitation.groupe_id == groupe.id)
    requete: Select[*tuple[Any, ...]] = (
        select(
            Rattachement,
            Account,
            Rattachement.id.in_(dedans).label("dedans"),
            or_(place_close(Rattachement, jour), Account.state == AccountState.CLOS).label("clos"),
        )
        .join(Account, Account.id == Rattachement.account_id)
        .where(Rattachement.id.in_(choisis), visibles(acteur), Account.anonymised_at.is_(None))
        .order_by(*annuaire.noms())
        .execution_options(populate_existing=True)
    )
    rows = db.session.execute(requete).all()
    if len(rows) != len(set(choisis)):
        raise NotHere("L’une de ces personnes n’existe pas, ou n’est pas de votre organisme.")
    return rows


def _mouvement(
    row: Row[Any],
    acteur: Acteur,
    groupe: GroupeVu,
    sens: Sens,
    tenus: Mapping[UUID, Bases],
    jour: date,
) -> Mouvement:
    rattachement = row.Rattachement
    ailleurs = ouvert_par(bases for tenu, bases in tenus.items() if tenu != groupe.id)
    # A box that is not yet, or no longer, in its dates opens nothing that could be lost.
    concerne = groupe.bases if sens is Sens.ENTREE else tenus.get(groupe.id, Bases())
    return Mouvement(
        rattachement_id=rattachement.id,
        account_id=rattachement.account_id,
        nom=row.Account.display_name,
        debut=max(jour, rattachement.ouverture),
        ecart=_ecart(row, acteur, groupe, sens),
        acces=tuple(base for base in groupe.ouvre if base.id in concerne - ailleurs),
    )


def _ecart(row: Row[Any], acteur: Acteur, groupe: GroupeVu, sens: Sens) -> Ecart | None:
    rattachement = row.Rattachement
    cible = Cible(rattachement.account_id, rattachement.organisme_id, rattachement.role)
    refus = refus_de_cocher(acteur, cible, groupe.bases)
    if refus:
        return Ecart(refus.value)
    if row.dedans is (sens is Sens.ENTREE):
        return Ecart.DEJA
    if sens is Sens.ENTREE and row.clos:
        return Ecart.CLOS
    return None
