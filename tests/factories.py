"""Rows for tests: each function inserts one thing with likely values, and takes what matters to the test."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import pyotp
from flask.testing import FlaskClient

from idp import clock
from idp.accounts import passwords, sessions
from idp.accounts.factors import totp
from idp.accounts.levels import PASSWORD as PASSWORD_PROOF
from idp.accounts.levels import TWO_FACTORS, Proof
from idp.accounts.models import Account, AccountState, BrowserSession
from idp.accounts.provisioning import Channel, issue_activation_secret
from idp.accounts.sessions import Browser
from idp.audit import COMMAND_LINE
from idp.db import db
from idp.habilitations.chiffres.mesures import Mesure
from idp.habilitations.chiffres.models import PAYS, Chiffre
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import (
    Agent,
    Caisse,
    Composante,
    ContratDeService,
    Convention,
    EtatConvention,
    Groupe,
    Habilitation,
    Mandat,
    Organisme,
    PerimetreResponsable,
    Rattachement,
    Role,
    RoleAgent,
    TypeLogement,
    TypeOrganisme,
)
from idp.printable import new_identifiant

PASSWORD = "Trois girafes vertes 42"


@cache
def hashed(password: str) -> str:
    return passwords.hash_password(password)


def an_account(*, password: str | None = PASSWORD, **values: Any) -> Account:
    """An active person with a proven address, who signs in with ``PASSWORD``."""
    now = datetime.now(UTC)
    likely: dict[str, Any] = {
        "identifiant": new_identifiant(),
        "state": AccountState.ACTIF,
        "civility": "Mme",
        "family_name": "Martin",
        "given_name": "Claire",
        "email": "claire.martin@exemple.fr",
        "email_verified_at": now,
        "informed_at": now,
        "created_at": now,
    }
    account = Account(
        **{**likely, "password_hash": hashed(password) if password else None, **values}
    )
    db.session.add(account)
    db.session.flush()
    return account


def a_new_account(channel: Channel = Channel.LETTER, **values: Any) -> tuple[Account, str]:
    """A person whose first connection is to be made, and their provisional password."""
    nothing_yet = {
        "civility": None,
        "family_name": None,
        "given_name": None,
        "email": None,
        "email_verified_at": None,
        "informed_at": None,
        "state": AccountState.PREPARE,
    }
    account = an_account(password=None, **{**nothing_yet, **values})
    return account, issue_activation_secret(account, channel, datetime.now(UTC), actor=COMMAND_LINE)


def a_caisse(code: str = "359", departements: tuple[str, ...] = ("35",)) -> Caisse:
    """A Caf, created once."""
    caisse = db.session.get(Caisse, code)
    if caisse is None:
        caisse = Caisse(code=code, libelle=f"Caf {code}", departements=list(departements))
        db.session.add(caisse)
        db.session.flush()
    return caisse


def an_organisme(**values: Any) -> Organisme:
    """LES OLIVIERS, of the caisse 359."""
    likely: dict[str, Any] = {
        "type": TypeOrganisme.PERSONNE_MORALE,
        "raison_sociale": "LES OLIVIERS",
        "adresse": ["LES OLIVIERS", "2 RUE GINA PANE", "35000 RENNES"],
        "caisse_code": a_caisse().code,
        "created_at": datetime.now(UTC),
    }
    organisme = Organisme(**{**likely, **values})
    db.session.add(organisme)
    db.session.flush()
    return organisme


def a_contrat(
    organisme: Organisme, service: str = "offre-bailleurs", **convention: Any
) -> ContratDeService:
    """A convention validée since yesterday, and its contract for one service."""
    hier = clock.today(datetime.now(UTC)) - timedelta(days=1)
    likely = {"libelle": organisme.raison_sociale, "etat": EtatConvention.VALIDEE, "debut": hier}
    row = Convention(organisme_id=organisme.id, **{**likely, **convention})
    db.session.add(row)
    db.session.flush()
    contrat = ContratDeService(convention_id=row.id, service=service, debut=hier)
    db.session.add(contrat)
    db.session.flush()
    return contrat


def a_groupe(contrat: ContratDeService, **values: Any) -> Groupe:
    """Logements privés of the caisse 359."""
    likely = {
        "code": f"{contrat.service}:prive:359",
        "libelle": "Logements privés – Caf 359",
        "type_logement": TypeLogement.PRIVE,
        "zone": a_caisse().code,
    }
    groupe = Groupe(contrat_id=contrat.id, **{**likely, **values})
    db.session.add(groupe)
    db.session.flush()
    return groupe


def a_rattachement(account: Account, organisme: Organisme, **values: Any) -> Rattachement:
    """A plain user of the organisme since yesterday."""
    now = datetime.now(UTC)
    likely = {"ouverture": clock.today(now) - timedelta(days=1), "created_at": now}
    rattachement = Rattachement(
        account_id=account.id, organisme_id=organisme.id, **{**likely, **values}
    )
    db.session.add(rattachement)
    db.session.flush()
    return rattachement


def an_habilitation(rattachement: Rattachement, groupe: Groupe, **values: Any) -> Habilitation:
    """A box ticked yesterday."""
    now = datetime.now(UTC)
    likely = {"debut": clock.today(now) - timedelta(days=1), "granted_at": now}
    habilitation = Habilitation(
        rattachement_id=rattachement.id, groupe_id=groupe.id, **{**likely, **values}
    )
    db.session.add(habilitation)
    db.session.flush()
    return habilitation


def an_application(account: Account) -> pyotp.TOTP:
    """An authenticator application that this person has confirmed; it gives the codes."""
    now = datetime.now(UTC)
    enrolment = totp.begin(account.id, "test", now)
    application = pyotp.TOTP(enrolment.seed)
    # Confirmed by the code before, so that those of now may serve.
    assert totp.confirm(
        account.id, enrolment.id, application.at(now, counter_offset=-1), "Téléphone", now
    )
    return application


def an_acteur(account_id: UUID | None, organisme: Organisme, **bounds: Any) -> Acteur:
    """Somebody who acts in the console of this organisme: its administrateur unless said otherwise."""
    likely: dict[str, Any] = {"role": Role.ADMINISTRATEUR}
    return Acteur(account_id, organisme.id, organisme.raison_sociale, **{**likely, **bounds})


def a_mandat(
    rattachement: Rattachement, groupes: Sequence[Groupe], by: Account, **values: Any
) -> Mandat:
    """This person is responsable d'habilitation for these groups since yesterday, and may create users."""
    now = datetime.now(UTC)
    likely: dict[str, Any] = {"peut_creer": True, "debut": clock.today(now) - timedelta(days=1)}
    mandat = Mandat(
        organisme_id=rattachement.organisme_id,
        rattachement_id=rattachement.id,
        granted_at=now,
        granted_by=by.id,
        **{**likely, **values},
    )
    rattachement.role = Role.RESPONSABLE_HABILITATION
    db.session.add(mandat)
    db.session.flush()
    db.session.add_all(
        PerimetreResponsable(mandat_id=mandat.id, groupe_id=groupe.id) for groupe in groupes
    )
    db.session.flush()
    return mandat


def a_mandat_of_program(
    organisme: Organisme,
    groupes: Sequence[Groupe],
    by: Account,
    programme: str = "Annuaire RH",
    **values: Any,
) -> Mandat:
    """This program acts for these groups since yesterday, and may create users."""
    now = datetime.now(UTC)
    likely: dict[str, Any] = {"peut_creer": True, "debut": clock.today(now) - timedelta(days=1)}
    mandat = Mandat(
        organisme_id=organisme.id,
        programme=programme,
        granted_at=now,
        granted_by=by.id,
        **{**likely, **values},
    )
    db.session.add(mandat)
    db.session.flush()
    db.session.add_all(
        PerimetreResponsable(mandat_id=mandat.id, groupe_id=groupe.id) for groupe in groupes
    )
    db.session.flush()
    return mandat


def a_sous_groupe(contrat: ContratDeService, bases: Sequence[Groupe], **values: Any) -> Groupe:
    """A name for some of the groups of a contract."""
    likely: dict[str, Any] = {
        "code": f"sous-groupe:{uuid4().hex[:8]}",
        "libelle": "Agence de Rennes",
    }
    groupe = a_groupe(
        contrat, **{**likely, "sous_groupe": True, "type_logement": None, "zone": None, **values}
    )
    db.session.add_all(Composante(sous_groupe_id=groupe.id, base_id=base.id) for base in bases)
    db.session.flush()
    return groupe


def an_agent(
    role: RoleAgent = RoleAgent.NATIONAL, caisses: Sequence[str] = (), **account: Any
) -> Account:
    """An agent of the Caf, over the whole country unless said otherwise."""
    person = an_account(**account)
    db.session.add(
        Agent(account_id=person.id, role=role, caisses=list(caisses), created_at=datetime.now(UTC))
    )
    db.session.flush()
    return person


def agent_signed_in(
    client: FlaskClient,
    role: RoleAgent = RoleAgent.NATIONAL,
    caisses: Sequence[str] = (),
    **account: Any,
) -> Account:
    """Give the browser the live session of an agent, with two factors."""
    person = an_agent(role, caisses, **account)
    an_application(person)
    signed_in(client, person, proof=TWO_FACTORS)
    return person


def signed_in(
    client: FlaskClient,
    account: Account,
    rattachement: Rattachement | None = None,
    proof: Proof = PASSWORD_PROOF,
) -> str:
    """Give the browser a live session of this person; returns the session's ``sid``."""
    opened = sessions.open_session(
        account.id,
        rattachement_id=rattachement.id if rattachement else None,
        browser=Browser("test"),
        now=datetime.now(UTC),
        proof=proof,
    )
    client.set_cookie("mcp_session", opened.token)
    return db.session.get_one(BrowserSession, opened.session_id).sid


def a_chiffre(
    mesure: Mesure, nombre: int, *, jour: date, caisse: str = "359", service: str = ""
) -> None:
    """What the worker counts of that many events: at their caisse, and in the country."""
    for ou in (caisse, PAYS):
        db.session.add(
            Chiffre(caisse_code=ou, jour=jour, mesure=mesure, service=service, nombre=nombre)
        )
