"""« Services prévenus »: what became of each service that was told, person by person, the newest first.

An avis is kept by ``avis.py`` in the transaction that decides it; its delivery is a row of the outbox. A
responsable d'habilitation reads of their people and of the services of their mandate alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import aliased

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.cibles import visibles
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import (
    AvisDeRetrait,
    ContratDeService,
    Groupe,
    Mandat,
    MotifDAvis,
    Rattachement,
)
from idp.outbox import Delivery

PAR_PAGE = 25
SUR_LA_FICHE = 10
RECENT = timedelta(minutes=1)


class Suivi(StrEnum):
    """What became of it."""

    PREVENU = "prevenu"
    EN_COURS = "en_cours"
    SANS_REPONSE = "sans_reponse"
    NE_DEMANDE_RIEN = "ne_demande_rien"


@dataclass(frozen=True, slots=True)
class AvisVu:
    """One service told of one person."""

    id: UUID
    rattachement_id: UUID
    personne: str
    nom: str
    service: str | None
    motif: MotifDAvis
    decide_le: datetime
    decide_par: str | None
    """None for the Caf, a review that lapsed, and what ended by its date: the journal tells them apart."""
    expire_le: datetime | None
    prevenu_le: datetime | None
    abandonne_le: datetime | None
    essais: int
    prochain_essai: datetime | None

    @property
    def suivi(self) -> Suivi:
        """What became of it."""
        if self.prochain_essai is None:
            return Suivi.NE_DEMANDE_RIEN
        if self.prevenu_le is not None:
            return Suivi.PREVENU
        return Suivi.EN_COURS if self.abandonne_le is None else Suivi.SANS_REPONSE

    def vient_de_partir(self, now: datetime) -> bool:
        """Whether an answer may come within moments: a page that shows it may be read again by itself."""
        return self.suivi is Suivi.EN_COURS and now - self.decide_le < RECENT


@dataclass(frozen=True, slots=True)
class Page:
    """Some of them; ``suivante`` is the avis after which the next page starts."""

    avis: tuple[AvisVu, ...]
    suivante: UUID | None


def lister(acteur: Acteur, *, non_prevenus: bool = False, apres: UUID | None = None) -> Page:
    """Those of the people whom the actor may see: two statements at most, whatever their number."""
    ou: list[ColumnElement[bool]] = [AvisDeRetrait.organisme_id == acteur.organisme_id]
    if non_prevenus:
        ou += [Delivery.id.is_not(None), Delivery.done_at.is_(None)]
    depuis = _position(acteur, apres) if apres else None
    if depuis is not None:
        ou.append(tuple_(AvisDeRetrait.decided_at, AvisDeRetrait.id) < tuple_(*depuis))
    lus = _lire(acteur, *ou, limit=PAR_PAGE + 1)
    return Page(tuple(lus[:PAR_PAGE]), lus[PAR_PAGE - 1].id if len(lus) > PAR_PAGE else None)


def de(acteur: Acteur, rattachement_id: UUID) -> list[AvisVu]:
    """The last ones of one person: one statement."""
    return _lire(acteur, AvisDeRetrait.rattachement_id == rattachement_id, limit=SUR_LA_FICHE)


def _position(acteur: Acteur, avis_id: UUID) -> Sequence[object] | None:
    return db.session.execute(
        select(AvisDeRetrait.decided_at, AvisDeRetrait.id)
        .join(Rattachement, Rattachement.id == AvisDeRetrait.rattachement_id)
        .where(AvisDeRetrait.id == avis_id, visibles(acteur), *_de_son_mandat(acteur))
    ).one_or_none()


def _lire(acteur: Acteur, *ou: ColumnElement[bool], limit: int) -> list[AvisVu]:
    auteur = aliased(Account)
    rows = db.session.execute(
        select(
            AvisDeRetrait,
            Account,
            auteur,
            Mandat.programme,
            Delivery.done_at,
            Delivery.failed_at,
            Delivery.attempts,
            Delivery.due_at,
        )
        .join(Rattachement, Rattachement.id == AvisDeRetrait.rattachement_id)
        .join(Account, Account.id == Rattachement.account_id)
        .outerjoin(auteur, auteur.id == AvisDeRetrait.decided_by)
        .outerjoin(Mandat, Mandat.id == AvisDeRetrait.decided_by)
        .outerjoin(Delivery, Delivery.id == AvisDeRetrait.livraison_id)
        .where(visibles(acteur), Account.anonymised_at.is_(None), *_de_son_mandat(acteur), *ou)
        .order_by(AvisDeRetrait.decided_at.desc(), AvisDeRetrait.id.desc())
        .limit(limit)
    )
    return [_vu(*row) for row in rows]


def _de_son_mandat(acteur: Acteur) -> list[ColumnElement[bool]]:
    if acteur.perimetre is None:
        return []
    siens: Select[str] = (
        select(ContratDeService.service)
        .join(Groupe, Groupe.contrat_id == ContratDeService.id)
        .where(Groupe.id.in_(acteur.perimetre))
    )
    return [AvisDeRetrait.service.in_(siens)]


def _vu(
    avis: AvisDeRetrait,
    account: Account,
    auteur: Account | None,
    programme: str | None,
    *livraison: Any,
) -> AvisVu:
    done_at, failed_at, attempts, due_at = livraison
    return AvisVu(
        id=avis.id,
        rattachement_id=avis.rattachement_id,
        personne=account.display_name,
        nom=avis.nom,
        service=avis.service,
        motif=avis.motif,
        decide_le=avis.decided_at,
        decide_par=auteur.display_name if auteur else programme,
        expire_le=avis.expire_at,
        prevenu_le=done_at,
        abandonne_le=failed_at,
        essais=attempts or 0,
        prochain_essai=due_at,
    )
