"""What pages read of letters: those that wait, the batches, the letters of one, those of an organisme."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations import pages
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers.models import ContenuDeLot, EtatDeLot, LotDeCourriers
from idp.habilitations.courriers.perimetre import courrier_de, lot_de, lots_de
from idp.habilitations.courriers.preparation import tarde
from idp.habilitations.courriers.redaction import QUI_ATTEND, adresse_sure
from idp.habilitations.courriers.reemission import possible, utile
from idp.habilitations.models import (
    ANNONCES,
    Caisse,
    Courrier,
    EtatCourrier,
    Organisme,
    TypeCourrier,
)
from idp.habilitations.perimetre import organisme_de
from idp.printable import grouped

LOTS_PAR_PAGE = 40
PAR_PAGE = 50


@dataclass(frozen=True, slots=True)
class Attente:
    """How many letters of each type wait for a caisse, and since when."""

    caisse: str
    libelle: str
    identifiants: int
    secrets: int
    rappels: int
    annonces: int
    depuis: datetime


def attentes(agent: AgentVu) -> list[Attente]:
    """Of the agent's caisses, those for which letters may be written: one statement, over those that wait."""
    # Counted by organisme before anything is joined: the letters of a whole caisse may wait at once.
    attendent = (
        select(
            Courrier.organisme_id,
            Courrier.type,
            func.count().label("nombre"),
            func.min(Courrier.created_at).label("depuis"),
        )
        .where(QUI_ATTEND, *_de_ses_organismes(agent))
        .group_by(Courrier.organisme_id, Courrier.type)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Caisse.code,
            Caisse.libelle,
            attendent.c.type,
            func.sum(attendent.c.nombre).label("nombre"),
            func.min(attendent.c.depuis).label("depuis"),
        )
        .select_from(attendent)
        .join(Organisme, Organisme.id == attendent.c.organisme_id)
        .join(Caisse, Caisse.code == Organisme.caisse_code)
        .where(adresse_sure(attendent.c.type))
        .group_by(Caisse.code, Caisse.libelle, attendent.c.type)
        .order_by(Caisse.code)
    )
    par_caisse: dict[tuple[str, str], dict[TypeCourrier, Any]] = defaultdict(dict)
    for row in rows:
        par_caisse[row.code, row.libelle][row.type] = row
    return [_attente(code, libelle, lus) for (code, libelle), lus in par_caisse.items()]


def _attente(code: str, libelle: str, lus: dict[TypeCourrier, Any]) -> Attente:
    nombres = {kind: lus[kind].nombre if kind in lus else 0 for kind in TypeCourrier}
    return Attente(
        code,
        libelle,
        identifiants=nombres[TypeCourrier.IDENTIFIANT],
        secrets=nombres[TypeCourrier.SECRET],
        rappels=nombres[TypeCourrier.RAPPEL],
        annonces=sum(nombres[kind] for kind in ANNONCES),
        depuis=min(row.depuis for row in lus.values()),
    )


def _de_ses_organismes(agent: AgentVu) -> list[ColumnElement[bool]]:
    # The caisse that writes: only its agents print its letters.
    if agent.national:
        return []
    siens = select(Organisme.id).where(Organisme.caisse_code.in_(agent.caisses))
    return [Courrier.organisme_id.in_(siens)]


@dataclass(frozen=True, slots=True)
class LotVu:
    """A batch; ``a_retirer`` while its letters are still sealed here."""

    id: UUID
    nom: str
    type: TypeCourrier
    caisse: str
    etat: EtatDeLot
    lettres: int
    created_at: datetime
    expire_at: datetime | None
    retire_at: datetime | None
    retire_par: str
    imprime_at: datetime | None
    envoye_at: datetime | None
    a_retirer: bool
    tarde: bool
    """It should have been ready for long, and is still tried."""


@dataclass(frozen=True, slots=True)
class ChoixDeLots:
    """What the reader asks for."""

    type: TypeCourrier | None = None
    etat: EtatDeLot | None = None
    caisse: str = ""

    def __bool__(self) -> bool:
        """Whether anything is left out."""
        return self != ChoixDeLots()


def lots(
    agent: AgentVu, now: datetime, choix: ChoixDeLots, apres: UUID | None = None
) -> pages.Page[LotVu]:
    """Batches, the newest first: one statement."""
    lus = _lots(
        and_(lots_de(agent), *_choisis(choix), pages.apres(apres, *_ORDRE_DES_LOTS)),
        now,
        LOTS_PAR_PAGE + 1,
    )
    montres = lus[:LOTS_PAR_PAGE]
    return pages.page(lus, LOTS_PAR_PAGE, montres[-1].id if montres else None)


_ORDRE_DES_LOTS = (LotDeCourriers.created_at, LotDeCourriers.type, LotDeCourriers.id)


def _choisis(choix: ChoixDeLots) -> list[ColumnElement[bool]]:
    demandes = (
        (LotDeCourriers.type, choix.type),
        (LotDeCourriers.etat, choix.etat),
        (LotDeCourriers.caisse_code, choix.caisse),
    )
    return [colonne == voulu for colonne, voulu in demandes if voulu]


def lot(agent: AgentVu, lot_id: UUID, now: datetime) -> LotVu:
    """One batch; raises ``NotHere``."""
    return _lots(LotDeCourriers.id == lot_de(agent, lot_id).id, now, 1)[0]


def _lots(lesquels: ColumnElement[bool], now: datetime, combien: int) -> list[LotVu]:
    contenu = exists().where(ContenuDeLot.lot_id == LotDeCourriers.id)
    rows = db.session.execute(
        select(LotDeCourriers, Caisse.libelle, Account, contenu)
        .outerjoin(Caisse, Caisse.code == LotDeCourriers.caisse_code)
        .outerjoin(Account, Account.id == LotDeCourriers.retire_par)
        .where(lesquels)
        .order_by(*(part.desc() for part in _ORDRE_DES_LOTS))
        .limit(combien)
    )
    return [
        LotVu(
            id=row.id,
            nom=row.nom,
            type=row.type,
            caisse=libelle or "Toutes les caisses",
            etat=row.etat,
            lettres=row.lettres,
            created_at=row.created_at,
            expire_at=row.expire_at,
            retire_at=row.retire_at,
            retire_par=qui.display_name if qui else "",
            imprime_at=row.imprime_at,
            envoye_at=row.envoye_at,
            a_retirer=a_retirer,
            tarde=tarde(row, now),
        )
        for row, libelle, qui, a_retirer in rows
    ]


@dataclass(frozen=True, slots=True)
class LettreSuivie:
    """A letter, where it is, and whether it may be issued again."""

    id: UUID
    type: TypeCourrier
    reference: str
    etat: EtatCourrier
    organisme_id: UUID
    organisme: str
    feuille: int | None
    created_at: datetime
    exported_at: datetime | None
    expire_at: datetime | None
    returned_at: datetime | None
    lot: str | None
    reemission: bool


def lettres_du_lot(agent: AgentVu, lot_id: UUID, apres: int = 0) -> list[LettreSuivie]:
    """Those of a batch after that sheet, one more than a page: one statement."""
    lu = lot_de(agent, lot_id)
    return suivies(
        and_(Courrier.lot_id == lu.id, Courrier.feuille > apres), [Courrier.feuille], PAR_PAGE + 1
    )


def lettres_de(
    agent: AgentVu, organisme_id: UUID, apres: UUID | None = None
) -> pages.Page[LettreSuivie]:
    """Those of an organisme, the newest first."""
    organisme = organisme_de(agent, organisme_id)
    cle = (Courrier.created_at, Courrier.type, Courrier.id)
    lues = suivies(
        and_(Courrier.organisme_id == organisme.id, pages.apres(apres, *cle)),
        [part.desc() for part in cle],
        PAR_PAGE + 1,
    )
    montrees = lues[:PAR_PAGE]
    return pages.page(lues, PAR_PAGE, montrees[-1].id if montrees else None)


def lettre(agent: AgentVu, courrier_id: UUID) -> LettreSuivie:
    """One letter; raises ``NotHere``."""
    courrier = courrier_de(agent, courrier_id)
    return suivies(Courrier.id == courrier.id, [Courrier.id], 1)[0]


def suivies(
    lesquelles: ColumnElement[bool], ordre: Iterable[Any], limit: int
) -> list[LettreSuivie]:
    """Letters in that order, of ``Courrier`` joined with its organisme and its account, if any: one statement."""
    rows = db.session.execute(
        select(Courrier, Organisme.raison_sociale, Account)
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .outerjoin(Account, Account.id == Courrier.account_id)
        .where(lesquelles)
        .order_by(*ordre)
        .limit(limit)
    )
    return [
        LettreSuivie(
            id=row.id,
            type=row.type,
            reference=grouped(row.reference),
            etat=row.etat,
            organisme_id=row.organisme_id,
            organisme=organisme,
            feuille=row.feuille,
            created_at=row.created_at,
            exported_at=row.exported_at,
            expire_at=row.expire_at,
            returned_at=row.returned_at,
            lot=row.lot,
            reemission=possible(row) and utile(row, account),
        )
        for row, organisme, account in rows
    ]
