"""Whether every row obeys the rules of delegation: the whole database, a statement per rule.

The rules are those of ``delegation.py``; the services never break them, whatever is asked of them
(``tests/habilitations/test_delegation_proof.py``). What is found here was written by something else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from idp.db import db
from idp.habilitations.delegation import Qualite, Role
from idp.habilitations.en_cours import administre
from idp.habilitations.models import (
    Composante,
    ContratDeService,
    Convention,
    Groupe,
    Habilitation,
    Mandat,
    Organisme,
    PerimetreResponsable,
    Rattachement,
)

SHOWN = 20
"""Of each kind of anomaly, at most that many are named."""


@dataclass(frozen=True, slots=True)
class Anomalie:
    """A row that breaks a rule."""

    regle: str
    id: UUID


Regle = Callable[[], Select[UUID]]
_REGLES: dict[str, Regle] = {}


def _regle(nom: str) -> Callable[[Regle], Regle]:
    def declare(regle: Regle) -> Regle:
        _REGLES[nom] = regle
        return regle

    return declare


def regles() -> Sequence[str]:
    """Every rule, in words."""
    return tuple(_REGLES)


def anomalies(avance: Callable[[str], None] = lambda _nom: None) -> list[Anomalie]:
    """Every row found, at most ``SHOWN`` for each rule; ``avance`` is told of each rule as it starts."""
    trouvees = []
    for nom, regle in _REGLES.items():
        avance(nom)
        lignes = db.session.scalars(regle().limit(SHOWN))
        trouvees += [Anomalie(nom, ligne) for ligne in lignes]
    return trouvees


def sans_administrateur(jour: date) -> list[tuple[UUID, str]]:
    """Organismes that had an administrateur and where none can act: for the Caf to see, it is no anomaly."""
    role = aliased(Rattachement)
    en_a_eu = exists().where(role.organisme_id == Organisme.id, role.role == Role.ADMINISTRATEUR)
    rows = db.session.execute(
        select(Organisme.id, Organisme.raison_sociale)
        .where(en_a_eu, ~administre(jour))
        .order_by(Organisme.raison_sociale)
    )
    return [(row[0], row[1]) for row in rows]


def _organisme_du_groupe() -> Select[UUID, UUID]:
    return (
        select(Groupe.id.label("groupe_id"), Convention.organisme_id.label("organisme_id"))
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .join(Convention, Convention.id == ContratDeService.convention_id)
    )


@_regle("Une habilitation est dans un groupe de l’organisme de la personne")
def _groupe_d_ailleurs() -> Select[UUID]:
    groupe = _organisme_du_groupe().subquery()
    return (
        select(Habilitation.id)
        .join(Rattachement, Rattachement.id == Habilitation.rattachement_id)
        .join(groupe, groupe.c.groupe_id == Habilitation.groupe_id)
        .where(groupe.c.organisme_id != Rattachement.organisme_id)
    )


@_regle("Personne ne s’est donné un groupe à soi-même")
def _a_soi_meme() -> Select[UUID]:
    return (
        select(Habilitation.id)
        .join(Rattachement, Rattachement.id == Habilitation.rattachement_id)
        .where(Habilitation.granted_by == Rattachement.account_id)
    )


@_regle("Une habilitation dit qui l’a donnée, et sous quel mandat")
def _sans_auteur() -> Select[UUID]:
    sous_mandat = Habilitation.mandat_id.is_not(None)
    par_une_personne = Habilitation.granted_by.is_not(None)
    attendu = or_(
        and_(Habilitation.granted_as == Qualite.CAF, ~sous_mandat),
        and_(Habilitation.granted_as == Qualite.ADMINISTRATEUR, par_une_personne, ~sous_mandat),
        and_(
            Habilitation.granted_as == Qualite.RESPONSABLE_HABILITATION,
            par_une_personne,
            sous_mandat,
        ),
        and_(Habilitation.granted_as == Qualite.PROGRAMME, ~par_une_personne, sous_mandat),
    )
    return select(Habilitation.id).where(~attendu)


@_regle("Une habilitation donnée sous un mandat l’a été par celui qui le tient")
def _par_un_autre() -> Select[UUID]:
    titulaire = aliased(Rattachement)
    return (
        select(Habilitation.id)
        .join(Mandat, Mandat.id == Habilitation.mandat_id)
        .outerjoin(titulaire, titulaire.id == Mandat.rattachement_id)
        .where(
            or_(
                and_(
                    Mandat.rattachement_id.is_not(None),
                    titulaire.account_id != Habilitation.granted_by,
                ),
                and_(Mandat.programme.is_not(None), Habilitation.granted_as != Qualite.PROGRAMME),
            )
        )
    )


@_regle("Une habilitation donnée sous un mandat l’a été pendant ce mandat")
def _hors_du_temps() -> Select[UUID]:
    return (
        select(Habilitation.id)
        .join(Mandat, Mandat.id == Habilitation.mandat_id)
        .where(
            or_(
                Habilitation.granted_at < Mandat.granted_at,
                Habilitation.granted_at > Mandat.ended_at,
            )
        )
    )


@_regle("Une habilitation donnée sous un mandat est dans son périmètre")
def _hors_perimetre() -> Select[UUID]:
    ouvert, couvert = aliased(Composante), aliased(Composante)
    base = func.coalesce(ouvert.base_id, Habilitation.groupe_id)
    dans_le_perimetre = (
        select(PerimetreResponsable.groupe_id)
        .outerjoin(couvert, couvert.sous_groupe_id == PerimetreResponsable.groupe_id)
        .where(
            PerimetreResponsable.mandat_id == Habilitation.mandat_id,
            func.coalesce(couvert.base_id, PerimetreResponsable.groupe_id) == base,
        )
        .correlate(Habilitation, ouvert)
        .exists()
    )
    return (
        select(Habilitation.id)
        .outerjoin(ouvert, ouvert.sous_groupe_id == Habilitation.groupe_id)
        .where(Habilitation.mandat_id.is_not(None), ~dans_le_perimetre)
        .distinct()
    )


@_regle("Un responsable d’habilitation a un mandat, et qui a un mandat est responsable")
def _role_et_mandat() -> Select[UUID]:
    mandate = exists().where(Mandat.rattachement_id == Rattachement.id, Mandat.ended_at.is_(None))
    responsable = Rattachement.role == Role.RESPONSABLE_HABILITATION
    return select(Rattachement.id).where(
        or_(and_(responsable, ~mandate), and_(~responsable, mandate))
    )


@_regle("Un mandat est donné par quelqu’un d’autre, dans le même organisme")
def _mandat_a_soi_meme() -> Select[UUID]:
    return (
        select(Mandat.id)
        .join(Rattachement, Rattachement.id == Mandat.rattachement_id)
        .where(
            or_(
                Mandat.granted_by == Rattachement.account_id,
                Mandat.organisme_id != Rattachement.organisme_id,
            )
        )
    )


@_regle("Un mandat porte sur un groupe au moins, et sur des groupes de l’organisme")
def _perimetre_d_ailleurs() -> Select[UUID]:
    groupe = _organisme_du_groupe().subquery()
    etranger = exists().where(
        PerimetreResponsable.mandat_id == Mandat.id,
        groupe.c.groupe_id == PerimetreResponsable.groupe_id,
        groupe.c.organisme_id != Mandat.organisme_id,
    )
    vide = ~exists().where(PerimetreResponsable.mandat_id == Mandat.id)
    return select(Mandat.id).where(or_(etranger, and_(vide, Mandat.ended_at.is_(None))))


@_regle("Un sous-groupe n’ouvre que des groupes de la Caf, d’un même contrat, et pas tous")
def _sous_groupe_trop_large() -> Select[UUID]:
    base, autre = aliased(Groupe), aliased(Groupe)
    compose = exists().where(Composante.sous_groupe_id == Groupe.id)
    deplacee = exists().where(
        Composante.sous_groupe_id == Groupe.id,
        base.id == Composante.base_id,
        or_(base.sous_groupe, base.contrat_id != Groupe.contrat_id),
    )
    laissee = exists().where(
        autre.contrat_id == Groupe.contrat_id,
        ~autre.sous_groupe,
        ~_compose_de(Groupe.id.expression, autre.id.expression),
    )
    return select(Groupe.id).where(
        or_(
            and_(Groupe.sous_groupe, or_(~compose, deplacee, ~laissee)),
            and_(~Groupe.sous_groupe, compose),
        )
    )


def _compose_de(sous_groupe: ColumnElement[UUID], base: ColumnElement[UUID]) -> ColumnElement[bool]:
    dedans = aliased(Composante)
    # Of that very sous-groupe, however deep the question is nested.
    return (
        exists()
        .where(dedans.sous_groupe_id == sous_groupe, dedans.base_id == base)
        .correlate_except(dedans)
    )
