"""Who administers an organisme: the first person to complete the first connection (guide, page 1).

Answers what ``idp/accounts`` asks through its port ``Organismes``. Replacing an administrateur is the Caf's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from idp import audit, mail
from idp.accounts.models import Account, AccountState
from idp.accounts.ports import Exigences
from idp.audit import Actor
from idp.db import db
from idp.habilitations import coordonnees, exigences, oubli, rattachements
from idp.habilitations.courriers import annonces
from idp.habilitations.en_cours import place_ouverte
from idp.habilitations.events import AdministrateurDesigne
from idp.habilitations.models import (
    Agent,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    Role,
    TypeCourrier,
)


class OrganismesDesComptes:
    """The port ``idp.accounts.ports.Organismes``."""

    def default_rattachement(self, account_id: UUID, now: datetime) -> UUID | None:
        """The organisme that a new session works for."""
        return rattachements.par_defaut(account_id, now)

    def exigences(self, account_id: UUID, now: datetime) -> Exigences:
        """What the person's roles ask of their sign-in."""
        return exigences.de(account_id, now)

    def is_agent(self, account_id: UUID) -> bool:
        """Whether this person is an agent of the Caf."""
        return exigences.est_agent(account_id)

    def future_administrateur_of(self, account_id: UUID) -> str | None:
        """Raison sociale of the organisme that this person would administer; None when it has one."""
        raisons = db.session.scalars(
            _sans_administrateur(account_id).with_only_columns(Organisme.raison_sociale)
        ).all()
        return ", ".join(raisons) or None

    def words_of(self, account_id: UUID) -> list[str]:
        """Names of the person's organismes."""
        return list(
            db.session.scalars(
                select(Organisme.raison_sociale)
                .join(Rattachement, Rattachement.organisme_id == Organisme.id)
                .where(Rattachement.account_id == account_id)
            )
        )

    def numeros_of(self, account_id: UUID) -> list[str]:
        """The N° utilisateur of the person's organismes."""
        return list(
            db.session.scalars(
                select(NumeroUtilisateur.valeur)
                .join(Rattachement, Rattachement.organisme_id == NumeroUtilisateur.organisme_id)
                .where(Rattachement.account_id == account_id)
            )
        )

    def gives_access(self, account_id: UUID) -> bool:
        """Administrateur or responsable somewhere, agent of the Caf, or about to be the first administrateur."""
        role = exists().where(
            Rattachement.account_id == account_id, Rattachement.role != Role.UTILISATEUR
        )
        agent = exists().where(Agent.account_id == account_id, Agent.ended_at.is_(None))
        premier = _sans_administrateur(account_id).exists()
        return bool(db.session.scalar(select(or_(role, agent, premier))))

    def first_connection_done(self, account_id: UUID, now: datetime) -> None:
        """Designate this person wherever they are the first, journal it, tell them by mail and the organisme by
        post; for some days agents see it (``supervision/designations.py``)."""
        account = db.session.get_one(Account, account_id)
        for rattachement, organisme in _claimed(account_id):
            rattachement.role, rattachement.designe_at = Role.ADMINISTRATEUR, now
            audit.record(
                AdministrateurDesigne(rattachement_id=rattachement.id),
                at=now,
                actor=Actor.person(account_id),
                account_id=account_id,
                organisme_id=organisme.id,
            )
            _notify(account, organisme, now)
            annonces.demander(TypeCourrier.DESIGNATION, organisme.id, now, account_id=account_id)

    def idle_warned(self, account_ids: Collection[UUID], now: datetime) -> None:
        """The Caf must see whose organisme nobody else administers."""
        oubli.inactifs_prevenus(account_ids, now)

    def people_forgotten(self, account_ids: Collection[UUID], now: datetime) -> None:
        """No letter, no agent."""
        oubli.personnes_oubliees(account_ids, now)


def administrateurs_ouverts(organisme_id: UUID, jour: date) -> list[tuple[UUID, str]]:
    """The administrateurs who can act that day, by account and name, in the order of their names."""
    accounts = db.session.scalars(
        select(Account)
        .join(Rattachement, Rattachement.account_id == Account.id)
        .where(
            Rattachement.organisme_id == organisme_id,
            Rattachement.role == Role.ADMINISTRATEUR,
            place_ouverte(Rattachement, jour),
            Account.state == AccountState.ACTIF,
        )
        .order_by(Account.family_name, Account.given_name)
    )
    return [(account.id, account.display_name) for account in accounts]


def releves(organisme_id: UUID, account_id: UUID) -> list[date]:
    """From which day each of the others administers the organisme and goes on, without a date de clôture."""
    return list(
        db.session.scalars(
            select(Rattachement.ouverture)
            .join(Account, Account.id == Rattachement.account_id)
            .where(
                Rattachement.organisme_id == organisme_id,
                Rattachement.account_id != account_id,
                Rattachement.role == Role.ADMINISTRATEUR,
                Rattachement.cloture.is_(None),
                Rattachement.suspendu_at.is_(None),
                Account.state == AccountState.ACTIF,
            )
        )
    )


def un_autre_reste(organisme_id: UUID, account_id: UUID, jour: date) -> bool:
    """Whether somebody else administers the organisme that day, and goes on."""
    return any(depuis <= jour for depuis in releves(organisme_id, account_id))


@dataclass(frozen=True, slots=True)
class AdministrateurVu:
    """An administrateur of an organisme; ``agit`` says whether they can today."""

    rattachement_id: UUID
    account_id: UUID
    nom: str
    email: str | None
    derniere_connexion: datetime | None
    depuis: date
    agit: bool


def lister(organisme_id: UUID, jour: date) -> list[AdministrateurVu]:
    """The administrateurs, those who cannot act today too, in the order of their names: one statement."""
    agit = and_(place_ouverte(Rattachement, jour), Account.state == AccountState.ACTIF)
    rows = db.session.execute(
        select(Rattachement, Account, agit)
        .join(Account, Account.id == Rattachement.account_id)
        .where(
            Rattachement.organisme_id == organisme_id,
            Rattachement.role == Role.ADMINISTRATEUR,
            Account.anonymised_at.is_(None),
        )
        .order_by(Account.family_name, Account.given_name, Rattachement.id)
    )
    return [
        AdministrateurVu(
            rattachement_id=rattachement.id,
            account_id=account.id,
            nom=account.display_name,
            email=account.email,
            derniere_connexion=account.last_login_at,
            depuis=rattachement.ouverture,
            agit=bool(peut),
        )
        for rattachement, account, peut in rows
    ]


def _sans_administrateur(account_id: UUID) -> Select[Rattachement, Organisme]:
    other = aliased(Rattachement)
    has_one = exists().where(other.organisme_id == Organisme.id, other.role == Role.ADMINISTRATEUR)
    return (
        select(Rattachement, Organisme)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .where(Rattachement.account_id == account_id, ~has_one)
        .order_by(Organisme.id)
    )


def _claimed(account_id: UUID) -> list[tuple[Rattachement, Organisme]]:
    # Two people of one organisme may finish at the same instant: the organisme's row is the lock, and
    # the question is asked again once it is held. SQLite has one writer, which is lock enough.
    candidates = select(Rattachement.organisme_id).where(Rattachement.account_id == account_id)
    db.session.execute(
        select(Organisme.id)
        .where(Organisme.id.in_(candidates))
        .order_by(Organisme.id)
        .with_for_update()
    )
    return [(row[0], row[1]) for row in db.session.execute(_sans_administrateur(account_id))]


def _notify(account: Account, organisme: Organisme, now: datetime) -> None:
    # The organisme's own address is told too, when the Caf knows one that is not this person's.
    addresses = {address for address in (account.email, organisme.email) if address}
    ma_caf = coordonnees.de_l_organisme(organisme.id).phrase
    for address in sorted(addresses):
        mail.send(
            "administrateur_designe",
            address,
            at=now,
            nom=account.display_name,
            organisme=organisme.raison_sociale,
            ma_caf=ma_caf,
        )
