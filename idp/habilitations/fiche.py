"""A user as their administrateur sees and changes them: dates, poste de travail, groups, and what would change.

The change is computed first (``preparer``) and shown; it is done (``appliquer``) only if nobody changed the same
user in between: ``version`` is a digest of what was shown. Groups that are taken away are told to services at once
(``retraits.py``).
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update

from idp import audit
from idp.accounts import challenges, provisioning
from idp.accounts.models import Account, AccountState
from idp.accounts.provisioning import Channel
from idp.audit import Actor
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import retraits
from idp.habilitations.events import HabilitationDonnee, IdentifiantsRenvoyes, RattachementModifie
from idp.habilitations.groupes import GroupeACocher, groupes_de_l_organisme
from idp.habilitations.models import Habilitation, Mobilite, Rattachement, Role
from idp.habilitations.rattachements import Selection
from idp.habilitations.retraits import Demandeur
from idp.habilitations.tenue import tenir


@dataclass(frozen=True, slots=True)
class Fiche:
    """One user; ``groupes`` are those ticked, ``offerts`` those that may be."""

    rattachement_id: UUID
    account_id: UUID
    identifiant: str
    nom: str
    email: str | None
    mail_refuse_le: datetime | None
    etat: AccountState
    derniere_connexion: datetime | None
    role: Role
    ouverture: date
    cloture: date | None
    mobilite: Mobilite
    suspendu: bool
    groupes: tuple[UUID, ...]
    offerts: tuple[GroupeACocher, ...]
    secret_renvoyable: bool

    @property
    def version(self) -> str:
        """A digest of what may be changed: the same as long as nobody changed it."""
        shown = (self.ouverture, self.cloture, self.mobilite, self.suspendu, sorted(self.groupes))
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]

    def est_clos(self, jour: date) -> bool:
        """Whether their place in the organisme is over."""
        return self.cloture is not None and (self.cloture < jour or self.suspendu)


def lire(selection: Selection, rattachement_id: UUID) -> Fiche:
    """One user of this organisme: three statements; raises ``NotHere`` for any other."""
    row = db.session.execute(
        select(Rattachement, Account)
        .join(Account, Account.id == Rattachement.account_id)
        .where(
            Rattachement.id == rattachement_id,
            Rattachement.organisme_id == selection.organisme_id,
            Account.anonymised_at.is_(None),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotHere("Cet utilisateur n’existe pas, ou n’est pas de votre organisme.")
    rattachement, account = row
    groupes = db.session.scalars(
        select(Habilitation.groupe_id).where(Habilitation.rattachement_id == rattachement_id)
    )
    return Fiche(
        rattachement_id=rattachement.id,
        account_id=account.id,
        identifiant=account.identifiant,
        nom=account.display_name,
        email=account.email,
        mail_refuse_le=account.mail_refused_at,
        etat=account.state,
        derniere_connexion=account.last_login_at,
        role=rattachement.role,
        ouverture=rattachement.ouverture,
        cloture=rattachement.cloture,
        mobilite=rattachement.mobilite,
        suspendu=rattachement.suspendu_at is not None,
        groupes=tuple(groupes),
        offerts=tuple(groupes_de_l_organisme(selection.organisme_id)),
        secret_renvoyable=_attend_sa_connexion(account),
    )


def _attend_sa_connexion(account: Account) -> bool:
    jamais = account.state in (AccountState.EN_ATTENTE, AccountState.ACTIVATION)
    return jamais and account.password_hash is None and account.email is not None


@dataclass(frozen=True, slots=True)
class Modification:
    """What the form asks for; ``groupes`` are the boxes that stay or become ticked."""

    ouverture: date
    cloture: date | None
    mobilite: Mobilite
    groupes: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Changements:
    """What would change, to be told before it is done."""

    gagnes: tuple[GroupeACocher, ...] = ()
    perdus: tuple[GroupeACocher, ...] = ()
    ouverture: date | None = None
    cloture: tuple[date | None, date | None] | None = None
    mobilite: Mobilite | None = None

    def __bool__(self) -> bool:
        """Whether anything would."""
        return self != Changements()


class RefusDeModification(StrEnum):
    """Why nothing is changed."""

    SOI_MEME = "soi_meme"
    GROUPE_INCONNU = "groupe_inconnu"
    OUVERTURE_PASSEE = "ouverture_passee"
    CLOTURE_PASSEE = "cloture_passee"
    CLOS = "clos"
    ENTRE_TEMPS = "entre_temps"


def preparer(
    selection: Selection, fiche: Fiche, voulu: Modification, jour: date
) -> Changements | RefusDeModification:
    """What the change would do; nobody gives rights to themself, nor opens or closes in the past."""
    offerts = {groupe.id: groupe for groupe in fiche.offerts}
    if fiche.account_id == selection.account_id:
        return RefusDeModification.SOI_MEME
    if fiche.est_clos(jour):
        return RefusDeModification.CLOS
    if not voulu.groupes <= offerts.keys() | set(fiche.groupes):
        return RefusDeModification.GROUPE_INCONNU
    if voulu.ouverture != fiche.ouverture and min(voulu.ouverture, fiche.ouverture) < jour:
        return RefusDeModification.OUVERTURE_PASSEE
    if voulu.cloture != fiche.cloture and voulu.cloture is not None and voulu.cloture < jour:
        return RefusDeModification.CLOTURE_PASSEE
    tenus = set(fiche.groupes)
    return Changements(
        gagnes=tuple(offerts[one] for one in sorted(voulu.groupes - tenus, key=str)),
        # A group that was closed since may still be taken away: it has no box any more.
        perdus=tuple(
            offerts[one] for one in sorted(tenus & offerts.keys() - voulu.groupes, key=str)
        ),
        ouverture=voulu.ouverture if voulu.ouverture != fiche.ouverture else None,
        cloture=(fiche.cloture, voulu.cloture) if voulu.cloture != fiche.cloture else None,
        mobilite=voulu.mobilite if voulu.mobilite is not fiche.mobilite else None,
    )


def appliquer(
    selection: Selection,
    rattachement_id: UUID,
    voulu: Modification,
    *,
    version: str,
    jour: date,
    now: datetime,
) -> Changements | RefusDeModification:
    """Do it, if the user still is as they were shown."""
    tenir(selection.organisme_id)
    fiche = lire(selection, rattachement_id)
    if fiche.version != version:
        return RefusDeModification.ENTRE_TEMPS
    changements = preparer(selection, fiche, voulu, jour)
    if isinstance(changements, RefusDeModification):
        return changements
    _ecrire(fiche, voulu, changements, selection, now)
    par = Demandeur(Actor.person(selection.account_id), selection.organisme_id)
    for groupe in changements.perdus:
        retraits.retirer_habilitation(rattachement_id, groupe.id, par=par, now=now)
    for groupe in changements.gagnes:
        _donner(fiche, groupe, selection, voulu, now)
    return changements


def _ecrire(
    fiche: Fiche, voulu: Modification, changements: Changements, selection: Selection, now: datetime
) -> None:
    if not (changements.ouverture or changements.cloture or changements.mobilite):
        return
    db.session.execute(
        update(Rattachement)
        .where(Rattachement.id == fiche.rattachement_id)
        .values(ouverture=voulu.ouverture, cloture=voulu.cloture, mobilite=voulu.mobilite)
    )
    event = RattachementModifie(
        rattachement_id=fiche.rattachement_id,
        ouverture=str(voulu.ouverture),
        cloture=str(voulu.cloture) if voulu.cloture else None,
        mobilite=voulu.mobilite,
    )
    _journaliser(event, fiche, selection, now)


def _donner(
    fiche: Fiche, groupe: GroupeACocher, selection: Selection, voulu: Modification, now: datetime
) -> None:
    db.session.add(
        Habilitation(
            rattachement_id=fiche.rattachement_id,
            groupe_id=groupe.id,
            debut=voulu.ouverture,
            granted_at=now,
            granted_by=selection.account_id,
        )
    )
    db.session.flush()
    event = HabilitationDonnee(rattachement_id=fiche.rattachement_id, groupe=groupe.code)
    _journaliser(event, fiche, selection, now)


def renvoyer_le_secret(selection: Selection, rattachement_id: UUID, now: datetime) -> bool:
    """Mail the identifiers again to who never connected; False when they did, or when one has just left."""
    fiche = lire(selection, rattachement_id)
    account = db.session.get_one(Account, fiche.account_id)
    if not fiche.secret_renvoyable or not challenges.may_activate_again(account.id, now):
        return False
    actor = Actor.person(selection.account_id)
    secret = provisioning.issue_activation_secret(account, Channel.MAIL, now, actor=actor)
    provisioning.mail_activation(account, secret, organisme=selection.raison_sociale, now=now)
    _journaliser(IdentifiantsRenvoyes(courriels=1, courriers=0), fiche, selection, now)
    return True


def _journaliser(event: audit.Event, fiche: Fiche, selection: Selection, now: datetime) -> None:
    audit.record(
        event,
        at=now,
        actor=Actor.person(selection.account_id),
        account_id=fiche.account_id,
        organisme_id=selection.organisme_id,
    )
