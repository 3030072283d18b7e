"""The mandates of an organisme, as its administrateur reads them; given and ended in ``mandats.py``."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.administration.mandats import MandatVoulu
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import Groupe, Mandat, PerimetreResponsable, Rattachement


@dataclass(frozen=True, slots=True)
class MandatVu:
    """A mandate that is not ended; ``a_venir`` and ``echu`` say that it does not act today."""

    id: UUID
    rattachement_id: UUID
    nom: str
    identifiant: str
    email: str | None
    peut_creer: bool
    debut: date
    fin: date | None
    donne_le: datetime
    donne_par: str | None
    groupes: tuple[str, ...]
    jour: date

    @property
    def a_venir(self) -> bool:
        """Whether it has not begun."""
        return self.jour < self.debut

    @property
    def echu(self) -> bool:
        """Whether its last day is over."""
        return self.fin is not None and self.fin < self.jour


def lister(acteur: Acteur, now: datetime) -> list[MandatVu]:
    """The responsables of the organisme, in the order of their names: two statements."""
    donneur = aliased(Account)
    rows = db.session.execute(
        select(Mandat, Rattachement.id, Account, donneur)
        .join(Rattachement, Rattachement.id == Mandat.rattachement_id)
        .join(Account, Account.id == Rattachement.account_id)
        .outerjoin(donneur, donneur.id == Mandat.granted_by)
        .where(Mandat.organisme_id == acteur.organisme_id, Mandat.ended_at.is_(None))
        .order_by(Account.family_name, Account.given_name, Mandat.id)
    ).all()
    groupes = _groupes_des([mandat.id for mandat, *_who in rows])
    return [
        MandatVu(
            id=mandat.id,
            rattachement_id=rattachement_id,
            nom=account.display_name,
            identifiant=account.identifiant,
            email=account.email,
            peut_creer=mandat.peut_creer,
            debut=mandat.debut,
            fin=mandat.fin,
            donne_le=mandat.granted_at,
            donne_par=par.display_name if par else None,
            groupes=tuple(groupes[mandat.id]),
            jour=clock.today(now),
        )
        for mandat, rattachement_id, account, par in rows
    ]


def _groupes_des(mandats: list[UUID]) -> defaultdict[UUID, list[str]]:
    rows = db.session.execute(
        select(PerimetreResponsable.mandat_id, Groupe.libelle)
        .join(Groupe, Groupe.id == PerimetreResponsable.groupe_id)
        .where(PerimetreResponsable.mandat_id.in_(mandats))
        .order_by(Groupe.libelle)
    )
    groupes: defaultdict[UUID, list[str]] = defaultdict(list)
    for mandat_id, libelle in rows:
        groupes[mandat_id].append(libelle)
    return groupes


def de_la_personne(rattachement_id: UUID) -> MandatVoulu | None:
    """The mandate of a person that is not ended, as a form shows it; None when they have none."""
    rows = db.session.execute(
        select(Mandat, PerimetreResponsable.groupe_id)
        .join(PerimetreResponsable, PerimetreResponsable.mandat_id == Mandat.id)
        .where(Mandat.rattachement_id == rattachement_id, Mandat.ended_at.is_(None))
    ).all()
    if not rows:
        return None
    mandat = rows[0][0]
    groupes = frozenset(groupe_id for _mandat, groupe_id in rows)
    return MandatVoulu(groupes, mandat.peut_creer, mandat.debut, mandat.fin)
