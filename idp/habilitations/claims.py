"""What may be said of a person to a service, now: their effective rights, read in one statement.

The protocol (tokens, userinfo, refusal page) and the console ask the same functions, so that what a page explains
is what a service receives. The formula is in ``policy.py``; the names of the claims are in ``idp/oidc``.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, select

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations.models import (
    Caisse,
    ContratDeService,
    Convention,
    EtatConvention,
    Groupe,
    Habilitation,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    Role,
    TypeLogement,
    TypeOrganisme,
)
from idp.habilitations.policy import (
    ContratVu,
    Periode,
    PlaceVue,
    RattachementVu,
    Refus,
    le_plus_proche,
    refus_d_habilitation,
)


@dataclass(frozen=True, slots=True)
class Personne:
    """Who: the account's facts that a service may be told."""

    account_id: UUID
    sub: UUID
    state: AccountState
    given_name: str | None
    family_name: str | None
    email: str | None
    email_verified: bool
    phone: str | None


@dataclass(frozen=True, slots=True)
class OrganismeVu:
    """For whom: the selected organisme. ``caisses`` are those that gave it a N° utilisateur."""

    id: UUID
    type: TypeOrganisme
    raison_sociale: str
    siret: str | None
    caisses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HabilitationVue:
    """One effective habilitation. ``fin`` is its last day, the earliest of all that bound it."""

    code: str
    libelle: str
    service: str
    type_logement: TypeLogement | None
    caisse: str
    departements: tuple[str, ...]
    profil: str | None
    fin: date | None


@dataclass(frozen=True, slots=True)
class Droits:
    """A person's rights to one service for one organisme; ``refus`` says why there are none."""

    personne: Personne
    rattachement_id: UUID
    role: Role
    organisme: OrganismeVu
    numeros_utilisateur: tuple[str, ...]
    habilitations: tuple[HabilitationVue, ...]
    refus: Refus | None


def droits(rattachement_id: UUID, service: str, now: datetime) -> Droits | None:
    """The rights to one service; one statement. None when the rattachement does not exist."""
    rows = db.session.execute(_lecture(rattachement_id, ContratDeService.service == service)).all()
    return _droits(rows, clock.today(now)) if rows else None


def droits_par_service(rattachement_id: UUID, now: datetime) -> dict[str, Droits]:
    """The rights to every service for which the organisme has a contract; one statement."""
    par_service: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in db.session.execute(_lecture(rattachement_id)):
        if row.ContratDeService is not None:
            par_service[row.ContratDeService.service].append(row)
    jour = clock.today(now)
    return {service: _droits(rows, jour) for service, rows in par_service.items()}


def _lecture(rattachement_id: UUID, *contrat: Any) -> Select[Any]:
    # Outer joins: a person without rights still gets a row, from which the reason is told.
    numeros = (
        select(
            func.aggregate_strings(
                NumeroUtilisateur.valeur + ":" + NumeroUtilisateur.caisse_code, " "
            )
        )
        .where(NumeroUtilisateur.organisme_id == Organisme.id)
        .scalar_subquery()
    )
    return (
        select(
            Rattachement,
            Account,
            Organisme,
            numeros.label("numeros"),
            Convention,
            ContratDeService,
            Groupe,
            Habilitation,
            Caisse.departements,
        )
        .join(Account, Account.id == Rattachement.account_id)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .outerjoin(Convention, Convention.organisme_id == Organisme.id)
        .outerjoin(
            ContratDeService, and_(ContratDeService.convention_id == Convention.id, *contrat)
        )
        .outerjoin(
            Habilitation,
            and_(
                Habilitation.rattachement_id == Rattachement.id,
                Habilitation.groupe_id.in_(
                    select(Groupe.id)
                    .where(Groupe.contrat_id == ContratDeService.id)
                    .correlate(ContratDeService)
                ),
            ),
        )
        .outerjoin(Groupe, Groupe.id == Habilitation.groupe_id)
        .outerjoin(Caisse, Caisse.code == Groupe.zone)
        .where(Rattachement.id == rattachement_id)
        .order_by(Groupe.code)
    )


def _droits(rows: Iterable[Row[Any]], jour: date) -> Droits:
    rows = list(rows)
    first = rows[0]
    effectives: list[HabilitationVue] = []
    refus: list[Refus] = []
    for row in rows:
        pourquoi_pas = _refus(row, jour)
        if pourquoi_pas is None:
            effectives.append(_habilitation(row))
        else:
            refus.append(pourquoi_pas)
    numeros = [numero.split(":") for numero in sorted((first.numeros or "").split())]
    return Droits(
        personne=_personne(first.Account),
        rattachement_id=first.Rattachement.id,
        role=first.Rattachement.role,
        organisme=OrganismeVu(
            id=first.Organisme.id,
            type=first.Organisme.type,
            raison_sociale=first.Organisme.raison_sociale,
            siret=first.Organisme.siret,
            caisses=tuple(sorted({caisse for _valeur, caisse in numeros})),
        ),
        numeros_utilisateur=tuple(valeur for valeur, _caisse in numeros),
        habilitations=tuple(effectives),
        refus=None if effectives else le_plus_proche(refus),
    )


def _personne(account: Account) -> Personne:
    return Personne(
        account_id=account.id,
        sub=account.sub,
        state=AccountState(account.state),
        given_name=account.given_name,
        family_name=account.family_name,
        email=account.email,
        email_verified=account.email_verified_at is not None,
        phone=account.phone,
    )


def _refus(row: Row[Any], jour: date) -> Refus | None:
    rattachement, organisme = row.Rattachement, row.Organisme
    vu = RattachementVu(
        compte_actif=row.Account.state == AccountState.ACTIF,
        periode=Periode(rattachement.ouverture, rattachement.cloture),
        suspendu=rattachement.suspendu_at is not None,
        organisme_suspendu=organisme.suspendu_at is not None,
    )
    return refus_d_habilitation(vu, _contrat(row), _place(row), jour)


def _contrat(row: Row[Any]) -> ContratVu | None:
    convention, contrat = row.Convention, row.ContratDeService
    if contrat is None:
        return None
    return ContratVu(
        convention_validee=convention.etat == EtatConvention.VALIDEE,
        convention=Periode(convention.debut, convention.fin),
        contrat=Periode(contrat.debut, contrat.fin),
        suspendu=contrat.suspendu_at is not None,
    )


def _place(row: Row[Any]) -> PlaceVue | None:
    if row.Habilitation is None:
        return None
    return PlaceVue(
        periode=Periode(row.Habilitation.debut, row.Habilitation.fin),
        groupe_ouvert=row.Groupe.actif and row.Groupe.suspendu_at is None,
    )


def _habilitation(row: Row[Any]) -> HabilitationVue:
    bornes = (row.Habilitation.fin, row.Rattachement.cloture, row.ContratDeService.fin)
    return HabilitationVue(
        code=row.Groupe.code,
        libelle=row.Groupe.libelle,
        service=row.ContratDeService.service,
        type_logement=TypeLogement(row.Groupe.type_logement) if row.Groupe.type_logement else None,
        caisse=row.Groupe.zone,
        departements=tuple(row.departements),
        profil=row.Groupe.profil,
        fin=min((fin for fin in (*bornes, row.Convention.fin) if fin is not None), default=None),
    )
