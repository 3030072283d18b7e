"""What may be said of a person to a service, now: their effective rights, read in one statement.

The protocol (tokens, userinfo, refusal page) and the console ask the same functions, so that what a page explains
is what a service receives. The formula is in ``policy.py``; the names of the claims are in ``idp/oidc``.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Row, Select, and_, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations.en_cours import mandat_en_cours, service_suspendu
from idp.habilitations.models import (
    Caisse,
    Composante,
    ContratDeService,
    Convention,
    Groupe,
    Habilitation,
    Mandat,
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
    jusqu_au: date | None
    """The last day on which all of it holds: that of the first right, mandate or place to end."""


def droits(rattachement_id: UUID, service: str, now: datetime) -> Droits | None:
    """The rights to one service; one statement. None when the rattachement does not exist."""
    jour = clock.today(now)
    parametres = {"rattachement_id": rattachement_id, "service": service, "jour": jour}
    rows = db.session.execute(A_UN_SERVICE, parametres).all()
    return droits_lus(rows, jour) if rows else None


def droits_par_service(rattachement_id: UUID, now: datetime) -> dict[str, Droits]:
    """The rights to every service for which the organisme has a contract; one statement."""
    jour = clock.today(now)
    par_service: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in db.session.execute(
        A_TOUS_LES_SERVICES, {"rattachement_id": rattachement_id, "jour": jour}
    ):
        if row.service is not None:
            par_service[row.service].append(row)
    return {service: droits_lus(rows, jour) for service, rows in par_service.items()}


coche = aliased(Groupe)
"""The groupe that was ticked; ``Groupe`` is what it opens: itself, or the components of a sous-groupe."""


def _lecture(*du_service: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    # Columns rather than rows of classes, and built once: this is read at every token.
    # Outer joins: a person without rights still gets a row, from which the reason is told.
    # What is of the person or of the organisme is asked of the parameter, not of each row: it is then read once.
    sien = aliased(Rattachement)
    numeros = (
        select(
            func.aggregate_strings(
                NumeroUtilisateur.valeur + ":" + NumeroUtilisateur.caisse_code, " "
            )
        )
        .where(
            NumeroUtilisateur.organisme_id
            == select(sien.organisme_id)
            .where(sien.id == bindparam("rattachement_id"))
            .scalar_subquery()
        )
        .scalar_subquery()
    )
    # There is at most one that is not ended; one without end lasts for ever.
    mandat_fin = (
        select(func.coalesce(Mandat.fin, date.max))
        .where(
            Mandat.rattachement_id == bindparam("rattachement_id"),
            mandat_en_cours(bindparam("jour", type_=Date)),
        )
        .scalar_subquery()
    )
    groupe = aliased(Groupe)
    # Of the groupe by its key: to look for it among all those of the contrat costs their number, for each tick.
    du_contrat = (
        exists()
        .where(groupe.id == Habilitation.groupe_id, groupe.contrat_id == ContratDeService.id)
        .correlate(Habilitation, ContratDeService)
    )
    return (
        select(
            Account.id.label("account_id"),
            Account.sub,
            Account.state,
            Account.given_name,
            Account.family_name,
            Account.email,
            Account.email_verified_at,
            Account.phone,
            Rattachement.id.label("rattachement_id"),
            Rattachement.role,
            mandat_fin.label("mandat_fin"),
            Rattachement.ouverture,
            Rattachement.cloture,
            Rattachement.suspendu_at.label("rattachement_suspendu_at"),
            Organisme.id.label("organisme_id"),
            Organisme.type,
            Organisme.raison_sociale,
            Organisme.siret,
            Organisme.suspendu_at.label("organisme_suspendu_at"),
            numeros.label("numeros"),
            Convention.etat,
            Convention.debut.label("convention_debut"),
            Convention.fin.label("convention_fin"),
            ContratDeService.service,
            ContratDeService.debut.label("contrat_debut"),
            ContratDeService.fin.label("contrat_fin"),
            ContratDeService.suspendu_at.label("contrat_suspendu_at"),
            ContratDeService.clos_at.label("contrat_clos_at"),
            service_suspendu().label("service_suspendu"),
            Habilitation.id.label("habilitation_id"),
            Habilitation.debut.label("habilitation_debut"),
            Habilitation.fin.label("habilitation_fin"),
            Groupe.code,
            Groupe.libelle,
            Groupe.type_logement,
            Groupe.zone,
            Groupe.profil,
            Groupe.actif,
            Groupe.suspendu_at.label("groupe_suspendu_at"),
            coche.actif.label("coche_actif"),
            coche.suspendu_at.label("coche_suspendu_at"),
            Caisse.departements,
        )
        .join(Account, Account.id == Rattachement.account_id)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .outerjoin(Convention, Convention.organisme_id == Organisme.id)
        .outerjoin(
            ContratDeService, and_(ContratDeService.convention_id == Convention.id, *du_service)
        )
        .outerjoin(Habilitation, and_(Habilitation.rattachement_id == Rattachement.id, du_contrat))
        .outerjoin(coche, coche.id == Habilitation.groupe_id)
        .outerjoin(Composante, Composante.sous_groupe_id == Habilitation.groupe_id)
        .outerjoin(Groupe, Groupe.id == func.coalesce(Composante.base_id, Habilitation.groupe_id))
        .outerjoin(Caisse, Caisse.code == Groupe.zone)
        .where(Rattachement.id == bindparam("rattachement_id"))
        .order_by(Groupe.code)
    )


A_UN_SERVICE = _lecture(ContratDeService.service == bindparam("service"))
A_TOUS_LES_SERVICES = _lecture()


def droits_lus(rows: Sequence[Row[Any]], jour: date) -> Droits:
    """The rights that the rows of one service say."""
    effectives: dict[str, HabilitationVue] = {}
    refus: list[Refus] = []
    for row in rows:
        pourquoi_pas = _refus(row, jour)
        if pourquoi_pas is None:
            # Ticked itself and through a sous-groupe, it is one right: that which lasts longest.
            vue = _habilitation(row)
            effectives[vue.code] = max(effectives.get(vue.code, vue), vue, key=_duree)
        else:
            refus.append(pourquoi_pas)
    first = rows[0]
    numeros = [numero.split(":") for numero in sorted((first.numeros or "").split())]
    return Droits(
        personne=_personne(first),
        rattachement_id=first.rattachement_id,
        role=_role(first),
        organisme=OrganismeVu(
            id=first.organisme_id,
            type=first.type,
            raison_sociale=first.raison_sociale,
            siret=first.siret,
            caisses=tuple(sorted({caisse for _valeur, caisse in numeros})),
        ),
        numeros_utilisateur=tuple(valeur for valeur, _caisse in numeros),
        habilitations=tuple(effectives.values()),
        refus=None if effectives else le_plus_proche(refus),
        jusqu_au=_jusqu_au(first, effectives.values(), jour),
    )


def _jusqu_au(row: Row[Any], effectives: Iterable[HabilitationVue], jour: date) -> date | None:
    mandat_fin = row.mandat_fin if row.role is Role.RESPONSABLE_HABILITATION else None
    fins = [row.cloture, mandat_fin, *(vue.fin for vue in effectives)]
    return min((fin for fin in fins if fin and jour <= fin < date.max), default=None)


def _duree(vue: HabilitationVue) -> date:
    return vue.fin or date.max


def _role(row: Row[Any]) -> Role:
    # Who has no mandate today is a user like any other, to services too.
    if row.role is Role.RESPONSABLE_HABILITATION and row.mandat_fin is None:
        return Role.UTILISATEUR
    return cast(Role, row.role)


def _personne(row: Row[Any]) -> Personne:
    return Personne(
        account_id=row.account_id,
        sub=row.sub,
        state=row.state,
        given_name=row.given_name,
        family_name=row.family_name,
        email=row.email,
        email_verified=row.email_verified_at is not None,
        phone=row.phone,
    )


def _refus(row: Row[Any], jour: date) -> Refus | None:
    return refus_d_habilitation(rattachement_vu(row), contrat_vu(row), place_vue(row), jour)


def rattachement_vu(row: Row[Any]) -> RattachementVu:
    """The person in the organisme, as ``policy.py`` judges them."""
    return RattachementVu(
        compte_actif=row.state is AccountState.ACTIF,
        periode=Periode(row.ouverture, row.cloture),
        suspendu=row.rattachement_suspendu_at is not None,
        organisme_suspendu=row.organisme_suspendu_at is not None,
    )


def contrat_vu(row: Row[Any]) -> ContratVu | None:
    """The organisme's right to the service."""
    if row.service is None:
        return None
    return ContratVu(
        etat=row.etat,
        convention=Periode(row.convention_debut, row.convention_fin),
        contrat=Periode(row.contrat_debut, row.contrat_fin),
        suspendu=row.contrat_suspendu_at is not None,
        clos=row.contrat_clos_at is not None,
        service_suspendu=row.service_suspendu,
    )


def place_vue(row: Row[Any]) -> PlaceVue | None:
    """The person's place in one group."""
    if row.habilitation_debut is None:
        return None
    return PlaceVue(
        periode=Periode(row.habilitation_debut, row.habilitation_fin),
        groupe_ouvert=row.actif
        and row.groupe_suspendu_at is None
        and row.coche_actif
        and row.coche_suspendu_at is None,
    )


def _habilitation(row: Row[Any]) -> HabilitationVue:
    fins = (row.habilitation_fin, row.cloture, row.contrat_fin, row.convention_fin)
    return HabilitationVue(
        code=row.code,
        libelle=row.libelle,
        service=row.service,
        type_logement=row.type_logement,
        caisse=row.zone,
        departements=tuple(row.departements),
        profil=row.profil,
        fin=min((fin for fin in fins if fin is not None), default=None),
    )
