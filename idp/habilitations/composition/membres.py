"""Who is in a groupe, since when and by whom, and who of the organisme is not: a page at a time.

Five statements at most, whatever their number. Who enters and leaves is ``mouvements.py``'s.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, exists, func, tuple_

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations import annuaire, provenance
from idp.habilitations.composition.mes_groupes import GroupeVu
from idp.habilitations.delegation import Acteur, Cible, RefusDAgir, refus_de_cocher
from idp.habilitations.en_cours import personne, place_close
from idp.habilitations.etats import Etat, etat
from idp.habilitations.models import Habilitation, Rattachement, Role
from idp.habilitations.personnes.filtres import Filtres, utilisateurs_filtres
from idp.habilitations.provenance import Provenance, avec_provenance

PAR_PAGE = 50
CANDIDATS_PAR_PAGE = 100


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
    requete = avec_provenance(
        _connus(acteur, recherche, now)
        .add_columns(Habilitation.debut, Habilitation.fin)
        .join(
            Habilitation,
            and_(
                Habilitation.rattachement_id == Rattachement.id,
                Habilitation.groupe_id == groupe.id,
            ),
        )
    )
    rows, suivante = _page(requete, acteur, apres, PAR_PAGE)
    jour = clock.today(now)
    membres = tuple(
        Membre(_personne(row, acteur, groupe, jour), row.debut, row.fin, provenance.lue(row))
        for row in rows
    )
    return PageDeMembres(membres, _total(requete), suivante)


def candidats(
    acteur: Acteur,
    groupe: GroupeVu,
    now: datetime,
    *,
    recherche: str = "",
    apres: UUID | None = None,
) -> PageDeCandidats:
    """People of the organisme who may still open something one day, and are not in the groupe."""
    jour = clock.today(now)
    dedans = exists().where(
        Habilitation.rattachement_id == Rattachement.id, Habilitation.groupe_id == groupe.id
    )
    requete = _connus(acteur, recherche, now).where(
        ~dedans, ~place_close(Rattachement, jour), Account.state != AccountState.CLOS
    )
    rows, suivante = _page(requete, acteur, apres, CANDIDATS_PAR_PAGE)
    personnes = tuple(_personne(row, acteur, groupe, jour) for row in rows)
    return PageDeCandidats(personnes, _total(requete), suivante)


def _connus(acteur: Acteur, recherche: str, now: datetime) -> Select[*tuple[Any, ...]]:
    return utilisateurs_filtres(acteur, Filtres(recherche=recherche), now, offerts=())


def _page(
    requete: Select[*tuple[Any, ...]], acteur: Acteur, apres: UUID | None, taille: int
) -> tuple[list[Row[Any]], UUID | None]:
    cle = annuaire.noms()
    depuis = annuaire.position(acteur, cle, apres)
    if depuis is not None:
        requete = requete.where(tuple_(*cle) > depuis)
    rows = list(db.session.execute(requete.order_by(*cle).limit(taille + 1)))
    montres = rows[:taille]
    return montres, montres[-1].Rattachement.id if len(rows) > taille else None


def _total(requete: Select[*tuple[Any, ...]]) -> int:
    comptes = requete.with_only_columns(func.count(), maintain_column_froms=True)
    return db.session.scalar(comptes) or 0


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
