"""The file that an agent reads to help somebody sign in: what is known, then every reason (``policy.py``).

A constant number of statements; each look is in the journal of the organisme.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, select

from idp import audit, throttle
from idp.accounts import gates, history, textes
from idp.accounts.factors.models import FactorRemoval, Passkey, RecoveryCode, Totp
from idp.accounts.models import Account, BrowserSession, Challenge, ChallengeKind
from idp.db import db
from idp.extensions import ground
from idp.habilitations import exigences
from idp.habilitations.agents import AgentVu
from idp.habilitations.assistance import policy
from idp.habilitations.assistance.policy import (
    Compte,
    Constat,
    Envois,
    EssaiManque,
    Essais,
    Facteurs,
    Geste,
    Mail,
    Situation,
)
from idp.habilitations.events import DossierConsulte
from idp.habilitations.models import (
    DES_IDENTIFIANTS,
    Courrier,
    EtatCourrier,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    Role,
)
from idp.habilitations.perimetre import rattachement_de
from idp.habilitations.personnes import pourquoi
from idp.habilitations.policy import Refus
from idp.throttle import Door

UN_JOUR = timedelta(days=1)
UNE_HEURE = timedelta(hours=1)
RESEAU_CONNU = timedelta(days=30)
COURRIERS_LUS = 20
ESSAIS = frozenset({"sign_in_refused", "sign_in_succeeded"})


@dataclass(frozen=True, slots=True)
class Dossier:
    """One person in one organisme, and all that stands in their way."""

    rattachement_id: UUID
    account_id: UUID
    organisme_id: UUID
    identifiant: str
    nom: str
    role: Role
    email: str | None
    raison_sociale: str
    numero_utilisateur: str | None
    etat: Compte
    derniere_connexion: datetime | None
    jamais_connectee: bool
    constats: tuple[Constat, ...]
    refus: tuple[Refus, ...]
    """What closes every service to them."""
    par_service: dict[str, tuple[Refus, ...]]
    """What closes each one besides; nothing for one that opens."""
    gestes: tuple[Geste, ...]


def ouvrir(agent: AgentVu, rattachement_id: UUID, now: datetime, *, porte: Door) -> Dossier:
    """The file; ``porte`` is the door of « Connexion ». Raises ``NotHere`` for who is not of the agent's
    caisses."""
    rattachement = rattachement_de(agent, rattachement_id)
    account = db.session.get_one(Account, rattachement.account_id, populate_existing=True)
    organisme = db.session.get_one(Organisme, rattachement.organisme_id)
    situation = _situation(account, rattachement, now, porte)
    constats = policy.constats(situation, now)
    obstacles = pourquoi.obstacles_par_service(rattachement_id, now)
    generaux = tuple(pourquoi.de_la_personne(rattachement, account, organisme, now))
    audit.record(
        DossierConsulte(rattachement_id=rattachement_id),
        at=now,
        actor=agent.actor,
        account_id=account.id,
        organisme_id=organisme.id,
    )
    return Dossier(
        rattachement_id=rattachement_id,
        account_id=account.id,
        organisme_id=organisme.id,
        identifiant=account.identifiant,
        nom=account.display_name,
        role=rattachement.role,
        email=account.email,
        raison_sociale=organisme.raison_sociale,
        numero_utilisateur=_numero(organisme.id),
        etat=situation.compte,
        derniere_connexion=account.last_login_at,
        jamais_connectee=situation.jamais_connectee,
        constats=constats,
        # Told already, and better, by the reasons not to sign in.
        refus=tuple(un for un in generaux if un is not Refus.COMPTE_INACTIF or not constats),
        par_service={
            service: tuple(un for un in refus if un not in generaux)
            for service, refus in obstacles.items()
        },
        gestes=policy.gestes(situation, now),
    )


@dataclass(frozen=True, slots=True)
class Nomme:
    """Somebody, by their name and that of their organisme."""

    rattachement_id: UUID
    nom: str
    raison_sociale: str


def nommer(agent: AgentVu, rattachement_id: UUID) -> Nomme:
    """Whom it is about, and nothing else; raises ``NotHere``."""
    rattachement = rattachement_de(agent, rattachement_id)
    account = db.session.get_one(Account, rattachement.account_id)
    organisme = db.session.get_one(Organisme, rattachement.organisme_id)
    return Nomme(rattachement_id, account.display_name, organisme.raison_sociale)


def _numero(organisme_id: UUID) -> str | None:
    return db.session.scalar(
        select(NumeroUtilisateur.valeur)
        .where(NumeroUtilisateur.organisme_id == organisme_id)
        .order_by(NumeroUtilisateur.valeur)
        .limit(1)
    )


def _situation(
    account: Account, rattachement: Rattachement, now: datetime, porte: Door
) -> Situation:
    sessions = _sessions(account.id, now)
    return Situation(
        compte=Compte(account.state.value),
        mot_de_passe_choisi=account.password_hash is not None,
        clos_at=account.closed_at,
        attente_jusqu_a=account.blocked_until,
        mot_de_passe_a_changer=account.password_change_required,
        textes_a_accepter=bool(textes.outdated(account.id)),
        envois=_envois(account.id, rattachement.organisme_id),
        facteurs=_facteurs(account, now),
        mail=Mail(account.email, account.email_verified_at is not None, account.mail_refused_at),
        essais=Essais(
            dernier_manque=_dernier_manque(account.id, now),
            arretee_a=sessions[0].awaiting if sessions and sessions[0].ended_at is None else None,
            sessions_jamais_revues=sum(_jamais_revue(une, now) for une in sessions),
            reseau_en_pause_jusqu_a=_reseau(account.id, porte, now),
        ),
    )


def _envois(account_id: UUID, organisme_id: UUID) -> Envois:
    expire_at = db.session.scalar(
        select(func.max(Challenge.expires_at)).where(
            Challenge.account_id == account_id,
            Challenge.kind == ChallengeKind.ACTIVATION,
            Challenge.used_at.is_(None),
        )
    )
    courriers = db.session.execute(
        select(Courrier.etat, Courrier.created_at, Courrier.exported_at, Courrier.returned_at)
        .where(
            Courrier.account_id == account_id,
            Courrier.organisme_id == organisme_id,
            Courrier.type.in_(DES_IDENTIFIANTS),
            Courrier.etat != EtatCourrier.REMPLACE,
        )
        .order_by(Courrier.created_at.desc())
        .limit(COURRIERS_LUS)
    ).all()
    attendent = [un.created_at for un in courriers if un.etat in _A_IMPRIMER]
    partis = [un.exported_at for un in courriers if un.etat in _PARTIS and un.exported_at]
    return Envois(
        expire_at=expire_at,
        a_imprimer_depuis=min(attendent, default=None),
        imprime_at=max(partis, default=None),
        revenu_at=max((un.returned_at for un in courriers if un.returned_at), default=None),
    )


_A_IMPRIMER = (EtatCourrier.EN_ATTENTE, EtatCourrier.A_IMPRIMER)
_PARTIS = (EtatCourrier.IMPRIME, EtatCourrier.ENVOYE)


def _facteurs(account: Account, now: datetime) -> Facteurs:
    totp = exists().where(Totp.account_id == account.id, Totp.confirmed_at.is_not(None))
    cle = exists().where(Passkey.account_id == account.id)
    codes = (
        select(func.count())
        .where(RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None))
        .scalar_subquery()
    )
    retrait = (
        select(func.max(FactorRemoval.asked_at))
        .where(
            FactorRemoval.account_id == account.id,
            FactorRemoval.agreed_at.is_(None),
            FactorRemoval.expires_at > now,
        )
        .scalar_subquery()
    )
    a_totp, a_cle, restants, demande = db.session.execute(select(totp, cle, codes, retrait)).one()
    voulues = exigences.de(account.id, now)
    delai = gates.grace_over(account.factor_asked_at, ground().settings.second_factor_grace, now)
    return Facteurs(
        inscrit=a_totp or a_cle,
        codes_de_secours=restants,
        exige=voulues.second_facteur and (voulues.sans_delai or delai),
        attente_jusqu_a=account.factor_blocked_until,
        retrait_demande_at=demande,
    )


def _dernier_manque(account_id: UUID, now: datetime) -> tuple[datetime, EssaiManque] | None:
    """The last try of the day that failed, unless one succeeded since; a try during the wait tells nothing."""
    for essai in history.page(account_id, ESSAIS, now).events:
        if now - essai.at > UN_JOUR or essai.event == "sign_in_succeeded":
            return None
        manque = EssaiManque(essai.data["reason"])
        if manque is not EssaiManque.THROTTLED:
            return essai.at, manque
    return None


def _sessions(account_id: UUID, now: datetime) -> list[Row[Any]]:
    return list(
        db.session.execute(
            select(
                BrowserSession.created_at,
                BrowserSession.last_seen_at,
                BrowserSession.ended_at,
                BrowserSession.awaiting,
            )
            .where(
                BrowserSession.account_id == account_id, BrowserSession.created_at > now - UN_JOUR
            )
            .order_by(BrowserSession.created_at.desc())
            .limit(20)
        )
    )


def _jamais_revue(session: Row[Any], now: datetime) -> bool:
    # Seen again is written once a minute: one that was ended was seen.
    recente = now - session.created_at < UNE_HEURE
    return recente and session.ended_at is None and session.last_seen_at == session.created_at


def _reseau(account_id: UUID, porte: Door, now: datetime) -> datetime | None:
    """Of the network that they last signed in from: that of a refused try is kept nowhere."""
    adresse = db.session.scalar(
        select(BrowserSession.address)
        .where(
            BrowserSession.account_id == account_id,
            BrowserSession.created_at > now - RESEAU_CONNU,
            BrowserSession.address.is_not(None),
        )
        .order_by(BrowserSession.created_at.desc())
        .limit(1)
    )
    return throttle.full_until(porte, adresse, now) if adresse else None
