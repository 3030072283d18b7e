"""What became of a campaign: mails that came back, who got what, and what is forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, select, update

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.campagnes.models import Campagne, DestinataireCampagne
from idp.habilitations.campagnes.policy import EtatEnvoi, Voie
from idp.habilitations.models import Organisme
from idp.printable import format_identifiant
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written

RELEVE = timedelta(days=7)
"""How long mails that come back are looked for."""
GARDES = timedelta(days=365)
A_LA_FOIS = 1_000
PAR_PAGE = 50
ENTETE = ["Organisme", "Identifiant", "Nom", "Voie", "Adresse mail", "État", "Date"]
VOIES = {Voie.COURRIEL: "Courriel", Voie.COURRIER: "Courrier", Voie.AUCUNE: "Aucune adresse connue"}
ETATS = {
    EtatEnvoi.A_ENVOYER: "À envoyer",
    EtatEnvoi.ENVOYE: "Envoyé",
    EtatEnvoi.REFUSE: "Refusé par la messagerie",
    EtatEnvoi.ECARTE: "Écarté : accès fermé, adresse perdue, ou rappel déjà reçu, à lui ou à son adresse mail",
    EtatEnvoi.SANS_VOIE: "Sans adresse",
}


@dataclass(frozen=True, slots=True)
class Ligne:
    """One recipient."""

    account_id: UUID
    raison_sociale: str
    identifiant: str
    nom: str
    voie: Voie
    email: str | None
    etat: EtatEnvoi
    at: datetime | None
    refus: str | None


def relever_les_refus(now: datetime) -> int:
    """Note which mails of the campaigns of these days came back since they left; returns how many."""
    recentes = db.session.scalars(select(Campagne).where(Campagne.launched_at > now - RELEVE))
    return sum(_relever(campagne) for campagne in recentes.all())


def _relever(campagne: Campagne) -> int:
    # From the few addresses that refuse mails, not from every recipient.
    refusent = select(Account.id).where(Account.mail_refused_at >= campagne.launched_at)
    depuis = exists().where(
        Account.id == DestinataireCampagne.account_id,
        Account.mail_refused_at >= DestinataireCampagne.at,
    )
    revenus = db.session.execute(
        update(DestinataireCampagne)
        .where(
            DestinataireCampagne.campagne_id == campagne.id,
            DestinataireCampagne.account_id.in_(refusent),
            DestinataireCampagne.voie == Voie.COURRIEL,
            DestinataireCampagne.etat == EtatEnvoi.ENVOYE,
            depuis,
        )
        .values(etat=EtatEnvoi.REFUSE)
        .returning(DestinataireCampagne.account_id)
        .execution_options(synchronize_session=False)
    ).all()
    if revenus:
        db.session.execute(
            update(Campagne)
            .where(Campagne.id == campagne.id)
            .values(refuses=Campagne.refuses + len(revenus))
            .execution_options(synchronize_session=False)
        )
    return len(revenus)


def refuses(campagne_id: UUID, apres: UUID | None = None) -> tuple[list[Ligne], UUID | None]:
    """A page of those whose mail came back, and whom the next one follows."""
    return _page(campagne_id, apres, DestinataireCampagne.etat == EtatEnvoi.REFUSE)


def destinataires(campagne_id: UUID, apres: UUID | None = None) -> tuple[list[Ligne], UUID | None]:
    """A page of everybody, and whom the next one follows."""
    return _page(campagne_id, apres)


def _page(
    campagne_id: UUID, apres: UUID | None, *lesquelles: ColumnElement[bool]
) -> tuple[list[Ligne], UUID | None]:
    rows = _lues(_lignes(campagne_id, apres, PAR_PAGE + 1, *lesquelles))
    montres = rows[:PAR_PAGE]
    return montres, montres[-1].account_id if len(rows) > PAR_PAGE else None


def exporter(campagne_id: UUID, kind: Format) -> Iterator[bytes]:
    """Who got what, as a file, some at a time."""
    return written(kind, Sheet("Destinataires", ENTETE, _toutes(campagne_id)))


def _toutes(campagne_id: UUID) -> Iterator[list[str]]:
    apres: UUID | None = None
    while lot := _lues(_lignes(campagne_id, apres, A_LA_FOIS)):
        yield from map(_cellules, lot)
        apres = lot[-1].account_id


def _lignes(
    campagne_id: UUID, apres: UUID | None, combien: int, *lesquelles: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    # The page is cut before anything is joined to it: its place among a million would be walked to each time.
    lot = (
        select(DestinataireCampagne)
        .where(DestinataireCampagne.campagne_id == campagne_id, *lesquelles)
        .order_by(DestinataireCampagne.account_id)
        .limit(combien)
    )
    if apres is not None:
        lot = lot.where(DestinataireCampagne.account_id > apres)
    page = lot.subquery()
    return (
        select(
            Account.id,
            Organisme.raison_sociale,
            Account.identifiant,
            Account.given_name,
            Account.family_name,
            page.c.voie,
            Account.email,
            page.c.etat,
            page.c.at,
            Account.mail_refusal,
        )
        .select_from(page)
        .join(Account, Account.id == page.c.account_id)
        .join(Organisme, Organisme.id == page.c.organisme_id)
        .order_by(page.c.account_id)
    )


def _lues(lignes: Select[*tuple[Any, ...]]) -> list[Ligne]:
    return [
        Ligne(
            account_id=row.id,
            raison_sociale=row.raison_sociale,
            identifiant=row.identifiant,
            nom=" ".join(filter(None, (row.given_name, row.family_name))),
            voie=row.voie,
            email=row.email,
            etat=row.etat,
            at=row.at,
            refus=row.mail_refusal,
        )
        for row in db.session.execute(lignes)
    ]


def _cellules(ligne: Ligne) -> list[str]:
    return [
        ligne.raison_sociale,
        format_identifiant(ligne.identifiant),
        ligne.nom,
        VOIES[ligne.voie],
        (ligne.email or "") if ligne.voie is Voie.COURRIEL else "",
        ETATS[ligne.etat],
        ligne.at.astimezone(clock.PARIS).strftime("%d/%m/%Y %H:%M") if ligne.at else "",
    ]


def oublier(now: datetime, *, limit: int = A_LA_FOIS) -> int:
    """Delete who was written to by campaigns of more than a year ago, then these; returns how many rows."""
    vieilles = select(Campagne.id).where(Campagne.created_at < now - GARDES)
    gardes = (
        select(DestinataireCampagne.campagne_id, DestinataireCampagne.account_id)
        .where(DestinataireCampagne.campagne_id.in_(vieilles))
        .limit(limit)
    )
    rows = db.session.execute(gardes).all()
    for campagne_id in {row.campagne_id for row in rows}:
        siens = [row.account_id for row in rows if row.campagne_id == campagne_id]
        db.session.execute(
            delete(DestinataireCampagne).where(
                DestinataireCampagne.campagne_id == campagne_id,
                DestinataireCampagne.account_id.in_(siens),
            )
        )
    if rows:
        return len(rows)
    return len(
        db.session.execute(
            delete(Campagne)
            .where(Campagne.created_at < now - GARDES)
            .returning(Campagne.id)
            .execution_options(synchronize_session=False)
        ).all()
    )
