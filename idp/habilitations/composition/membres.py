"""Who is in a groupe, since when and by whom, and who of the organisme is not: a page at a time.

Five statements at most, whatever their number. Who enters and leaves is ``mouvements.py``'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Row, Select, and_, exists, select

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations import annuaire, provenance
from idp.habilitations.composition.mes_groupes import GroupeVu
from idp.habilitations.delegation import Acteur, Cible, RefusDAgir, refus_de_cocher
from idp.habilitations.en_cours import personne
from idp.habilitations.etats import Etat, etat
from idp.habilitations.models import Habilitation, Rattachement, Role
from idp.habilitations.personnes.filtres import Filtres, trouves
from idp.habilitations.provenance import Provenance, avec_provenance

PAR_PAGE = 50


@dataclass(frozen=True, slots=True)
class PersonneVue:
    """A person of the organisme, and why the actor may not change this box of theirs; None when they may."""

    rattachement_id: UUID
    nom: str
    identifiant: str
    email: str | None
    role: Role
    etat: Etat
    ouverture: date
    refus: RefusDAgir | None


@dataclass(frozen=True, slots=True)
class Membre:
    """Somebody who is in the groupe, from ``debut`` to ``fin``."""

    personne: PersonneVue
    debut: date
    fin: date | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class PageDeMembres:
    """A page of members, of ``total`` found; the next one starts after ``suivante``."""

    membres: tuple[Membre, ...]
    total: int
    suivante: UUID | None


@dataclass(frozen=True, slots=True)
class PageDeCandidats:
    """Likewise, of those who are not in the groupe."""

    personnes: tuple[PersonneVue, ...]
    total: int
    suivante: UUID | None


def lister(
    acteur: Acteur,
    groupe: GroupeVu,
    now: datetime,
    *,
    recherche: str = "",
    apres: UUID | None = None,
) -> PageDeMembres:
    """Its members, in the order of their names."""
    connus = trouves(acteur, Filtres(recherche=recherche), now, offerts=())
    tient = Habilitation.rattachement_id == connus.c.id
    ici = _extrait(connus, exists().where(tient, Habilitation.groupe_id == groupe.id))
    total, ids, suivante = _page(ici, acteur, apres, PAR_PAGE)
    jour = clock.today(now)
    membres = tuple(
        Membre(_personne(row, acteur, groupe, jour), row.debut, row.fin, provenance.lue(row))
        for row in _lignes(ids, _avec_la_coche(groupe.id))
    )
    return PageDeMembres(membres, total, suivante)


def candidats(
    acteur: Acteur,
    groupe: GroupeVu,
    now: datetime,
    *,
    recherche: str = "",
    apres: UUID | None = None,
) -> PageDeCandidats:
    """People of the organisme who may still open something one day, and are not in the groupe."""
    connus = trouves(acteur, Filtres(recherche=recherche), now, offerts=())
    tient = Habilitation.rattachement_id == connus.c.id
    dedans = exists().where(tient, Habilitation.groupe_id == groupe.id)
    ici = _extrait(connus, ~dedans, connus.c.etat != Etat.CLOS)
    total, ids, suivante = _page(ici, acteur, apres, PAR_PAGE)
    jour = clock.today(now)
    personnes = tuple(_personne(row, acteur, groupe, jour) for row in _lignes(ids, _PERSONNES))
    return PageDeCandidats(personnes, total, suivante)


def _extrait(connus: CTE, *dont: ColumnElement[bool]) -> CTE:
    # Read once, and counted as it is paged.
    return (
        select(connus)
        .where(*dont)
        .cte("ici_dont")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def _page(
    ici: CTE, acteur: Acteur, apres: UUID | None, taille: int
) -> tuple[int, list[UUID], UUID | None]:
    """How many there are, who is on the page, and after whom the next one starts."""
    depuis = annuaire.position(acteur, annuaire.noms(), apres)
    total, ids = annuaire.page(ici, annuaire.noms(ici.c), depuis, taille=taille)
    return total, ids[:taille], ids[taille - 1] if len(ids) > taille else None


_PERSONNES = select(Rattachement, Account).join(Account, Account.id == Rattachement.account_id)


def _avec_la_coche(groupe_id: UUID) -> Select[*tuple[Any, ...]]:
    return avec_provenance(
        _PERSONNES.add_columns(Habilitation.debut, Habilitation.fin).join(
            Habilitation,
            and_(
                Habilitation.rattachement_id == Rattachement.id,
                Habilitation.groupe_id == groupe_id,
            ),
        )
    )


def _lignes(ids: Sequence[UUID], requete: Select[*tuple[Any, ...]]) -> list[Row[Any]]:
    """What is shown of these people, in their order."""
    rows = db.session.execute(requete.where(Rattachement.id.in_(ids)))
    lus = {row.Rattachement.id: row for row in rows}
    return [lus[one] for one in ids]


def _personne(row: Row[Any], acteur: Acteur, groupe: GroupeVu, jour: date) -> PersonneVue:
    rattachement, account = row.Rattachement, row.Account
    cible = Cible(account.id, rattachement.organisme_id, rattachement.role)
    return PersonneVue(
        rattachement_id=rattachement.id,
        nom=account.display_name,
        identifiant=account.identifiant,
        email=account.email,
        role=rattachement.role,
        etat=etat(personne(rattachement, account), jour),
        ouverture=rattachement.ouverture,
        refus=refus_de_cocher(acteur, cible, groupe.bases),
    )
