"""Who reads the console under measure, and what they name: the heaviest rows of their organisme."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any
from uuid import UUID

from factories import a_mandat_of_program
from flask import Flask
from noms import adresse_mail, un_nom
from population import GRAND, PETIT
from sqlalchemy import Select, case, desc, func, select, update

from idp import clock
from idp.accounts import sessions
from idp.accounts.levels import TWO_FACTORS
from idp.accounts.models import Account, AccountState
from idp.accounts.sessions import NO_BROWSER
from idp.db import db, transaction
from idp.habilitations import acteurs
from idp.habilitations.delegation import Acteur
from idp.habilitations.import_utilisateurs import essai
from idp.habilitations.import_utilisateurs.models import ImportUtilisateurs
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Groupe,
    Habilitation,
    Mandat,
    Organisme,
    PerimetreResponsable,
    Rattachement,
    Role,
    Succession,
)
from idp.habilitations.rattachements import selection
from idp.habilitations.revues import ouverture
from idp.habilitations.revues.models import Revue

AUTOUR = {
    "/accueil",
    "/organisme",
    "/profil",
    "/profil/connexions",
    "/profil/habilitations",
    "/profil/historique",
}
"""Pages of the same people, outside of the console."""

APERCUS: dict[str, dict[str, str]] = {
    "/habilitations/utilisateurs/<uuid:rattachement_id>": {"date": "2099-01-01"},
    "/caf/organismes/<uuid:organisme_id>/utilisateurs/<uuid:rattachement_id>/acces": {
        "date": "2099-01-01"
    },
}
"""The forms that show what would change before it does: what is typed in their empty fields."""

CONSOLE = "/habilitations/"

_MOTS = ["martin", "anne-laure le", "zz-personne", "P-7", "@organisme"]
TAPES: dict[str, list[str]] = {
    "search": _MOTS,
    "text": _MOTS,
    "date": [str(clock.today(clock.now()) - timedelta(days=ago)) for ago in (0, 30, 700)],
}
"""What is typed in the fields of the forms that filter, by their type."""


@dataclass(frozen=True)
class Poste:
    """Somebody signed in; ``noms`` says what each argument of a route may name for them."""

    nom: str
    cookie: str
    administre: bool
    noms: dict[str, list[Any]] = field(hash=False)
    espace: str = CONSOLE
    """Where the routes that they read begin."""

    def nomme(self, argument: str) -> list[Any] | None:
        """Things of that kind, the heaviest first; None when the bench does not know that kind."""
        return self.noms.get(argument)


def _tenus() -> Any:
    return (
        select(func.count())
        .where(Habilitation.rattachement_id == Rattachement.id)
        .correlate(Rattachement)
        .scalar_subquery()
    )


def les_plus_habilites(organisme_id: UUID, combien: int = 3) -> Select[UUID, UUID]:
    """The users who hold most, and may open a service today: their place, and their account."""
    return (
        select(Rattachement.id, Rattachement.account_id)
        .join(Account, Account.id == Rattachement.account_id)
        .where(
            Rattachement.organisme_id == organisme_id,
            Rattachement.role == Role.UTILISATEUR,
            Rattachement.cloture.is_(None),
            Account.state == AccountState.ACTIF,
        )
        .order_by(desc(_tenus()), Rattachement.id)
        .limit(combien)
    )


def _groupes(organisme_id: UUID) -> Select[UUID]:
    """Where most are; one of the Caf, then sous-groupes."""
    dedans = select(func.count()).where(Habilitation.groupe_id == Groupe.id).scalar_subquery()
    return (
        select(Groupe.id)
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .where(Convention.organisme_id == organisme_id)
        .order_by(Groupe.sous_groupe, desc(dedans), Groupe.id)
    )


def _sous_groupes(organisme_id: UUID) -> Select[UUID]:
    """Where most are."""
    return _groupes(organisme_id).where(Groupe.sous_groupe, Groupe.actif).limit(3)


def _contrats(organisme_id: UUID) -> Select[UUID]:
    """That of most groups."""
    des_siens = select(func.count()).where(Groupe.contrat_id == ContratDeService.id)
    return (
        select(ContratDeService.id)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .where(Convention.organisme_id == organisme_id)
        .order_by(desc(des_siens.scalar_subquery()), ContratDeService.id)
    )


def _mandats(organisme_id: UUID) -> Select[UUID]:
    """The widest that is alive."""
    largeur = (
        select(func.count()).where(PerimetreResponsable.mandat_id == Mandat.id).scalar_subquery()
    )
    return (
        select(Mandat.id)
        .where(Mandat.organisme_id == organisme_id, Mandat.rattachement_id.is_not(None))
        .order_by(case((Mandat.ended_at.is_(None), 0), else_=1), desc(largeur), Mandat.id)
        .limit(3)
    )


def _programmes(organisme_id: UUID) -> Select[UUID]:
    return select(Mandat.id).where(
        Mandat.organisme_id == organisme_id, Mandat.programme.is_not(None)
    )


def _successions(organisme_id: UUID) -> Select[UUID]:
    return (
        select(Succession.id)
        .where(Succession.organisme_id == organisme_id)
        .order_by(desc(Succession.asked_at))
    )


def _imports(organisme_id: UUID) -> Select[UUID]:
    return (
        select(ImportUtilisateurs.id)
        .where(ImportUtilisateurs.organisme_id == organisme_id)
        .order_by(desc(ImportUtilisateurs.created_at))
    )


def _revues(organisme_id: UUID) -> Select[UUID]:
    return (
        select(Revue.id).where(Revue.organisme_id == organisme_id).order_by(desc(Revue.opened_at))
    )


NOMS: dict[str, Callable[[UUID], Select[Any]]] = {
    "rattachement_id": les_plus_habilites,
    "contrat_id": _contrats,
    "groupe_id": _groupes,
    "sous_groupe_id": _sous_groupes,
    "mandat_id": _mandats,
    "programme_id": _programmes,
    "succession_id": _successions,
    "import_id": _imports,
    "revue_id": _revues,
}
"""For each argument of the routes of the console, rows of an organisme that it may name."""


def gerer(organismes: list[UUID], *, par_la_caf: bool) -> None:
    """Who manages their users from now on: whoever is measured, the other one would be refused."""
    depuis = clock.now() if par_la_caf else None
    db.session.execute(
        update(Organisme)
        .where(Organisme.id.in_(organismes))
        .values(delegation_retiree_at=depuis)
        .execution_options(synchronize_session=False)
    )


def postes(app: Flask) -> list[Poste]:
    """An administrateur and the responsable of the widest mandate of the big organisme; one of the small one."""
    with app.app_context(), transaction():
        grand, petit = organisme_nomme(GRAND), organisme_nomme(PETIT)
        gerer([grand, petit], par_la_caf=False)
        return [
            _poste("administrateur, petit", petit, Role.ADMINISTRATEUR, lignes=5),
            _poste("administrateur, grand", grand, Role.ADMINISTRATEUR, lignes=5_000),
            _poste("responsable, grand", grand, Role.RESPONSABLE_HABILITATION, lignes=500),
        ]


def organisme_nomme(raison_sociale: str) -> UUID:
    found = db.session.scalar(
        select(Organisme.id).where(Organisme.raison_sociale == raison_sociale)
    )
    if found is None:
        raise SystemExit("run bench/population.py first")
    return found


def _ce_qui_attend(rattachement_id: UUID, lignes: int) -> None:
    """On every desk a file of that many users to validate; on an administrateur's, a review and a program."""
    now = clock.now()
    choisie = selection(rattachement_id, now)
    acteur = acteurs.de(choisie) if choisie else None
    if acteur is None:
        raise LookupError("nobody may act")
    _un_essai(acteur, rattachement_id, lignes, now)
    if not acteur.administre:
        return
    ouverture.commencer(acteur, now)
    if db.session.scalar(_programmes(acteur.organisme_id).limit(1)) is None:
        groupes = db.session.scalars(
            select(Groupe).where(Groupe.id.in_(_groupes(acteur.organisme_id).limit(50)))
        ).all()
        a_mandat_of_program(
            db.session.get_one(Organisme, acteur.organisme_id),
            groupes,
            db.session.get_one(Account, acteur.account_id),
        )


def _un_essai(acteur: Acteur, rattachement_id: UUID, lignes: int, now: datetime) -> None:
    # Sealed by the keys of this very run.
    hasard = Random(lignes)
    rows = [
        f"{nom.famille};{nom.prenom};{adresse_mail(nom, rang, 'import.exemple.fr')};"
        for rang, nom in enumerate(un_nom(hasard) for _ligne in range(lignes))
    ]
    texte = "\n".join(["Nom;Prénom;Adresse mail;Groupes", *rows])
    essai.deposer(acteur, rattachement_id, BytesIO(texte.encode()), nom="arrivees.csv", now=now)


def _poste(nom: str, organisme_id: UUID, role: Role, *, lignes: int) -> Poste:
    largeur = (
        select(func.count())
        .select_from(PerimetreResponsable)
        .join(Mandat, Mandat.id == PerimetreResponsable.mandat_id)
        .where(Mandat.rattachement_id == Rattachement.id, Mandat.ended_at.is_(None))
        .scalar_subquery()
    )
    place = db.session.execute(
        select(Rattachement.id, Rattachement.account_id)
        .join(Account, Account.id == Rattachement.account_id)
        .where(
            Rattachement.organisme_id == organisme_id,
            Rattachement.role == role,
            Account.state == AccountState.ACTIF,
        )
        .order_by(desc(largeur), Rattachement.created_at)
        .limit(1)
    ).one()
    opened = sessions.open_session(
        place.account_id,
        rattachement_id=place.id,
        browser=NO_BROWSER,
        now=clock.now(),
        proof=TWO_FACTORS,
    )
    _ce_qui_attend(place.id, lignes)
    noms = {name: list(db.session.scalars(query(organisme_id))) for name, query in NOMS.items()}
    return Poste(nom, opened.token, role is Role.ADMINISTRATEUR, noms)
