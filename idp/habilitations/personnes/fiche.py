"""A user as their administrateur sees them: dates, poste de travail, groups, and what of it the reader may change.

What a change would do is ``modification.py``'s; ``application.py`` does it, if nobody changed the same user in
between: ``version`` is a digest of what was shown.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from idp import audit
from idp.accounts import email_correction
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import cibles, delegation
from idp.habilitations.acteurs import actor_of
from idp.habilitations.administration import administrateurs
from idp.habilitations.cibles import visibles
from idp.habilitations.dates_de_groupe import Coche
from idp.habilitations.delegation import Acteur, Bases, Cible, RefusDAgir
from idp.habilitations.en_cours import personne
from idp.habilitations.etats import Etat, Personne, etat
from idp.habilitations.groupes import GroupeACocher, groupes_de_l_organisme
from idp.habilitations.models import Mobilite, Rattachement, Role
from idp.habilitations.personnes import retraits


@dataclass(frozen=True, slots=True)
class Fiche:
    """One user; ``groupes`` are those ticked, ``offerts`` those that may be."""

    rattachement_id: UUID
    account_id: UUID
    identifiant: str
    nom: str
    nom_de_famille: str
    prenom: str
    telephone: str | None
    email: str | None
    email_confirme_le: datetime | None
    mail_refuse_le: datetime | None
    personne: Personne
    derniere_connexion: datetime | None
    role: Role
    ouverture: date
    cloture: date | None
    mobilite: Mobilite
    suspendu: bool
    suspendu_par_la_caf: bool
    coches: Mapping[UUID, Coche]
    """What each groupe that is ticked opens and when, those out of the reader's reach too."""
    connus: tuple[GroupeACocher, ...]
    """Every open groupe of the organisme."""
    offerts: tuple[GroupeACocher, ...]
    """Those that the reader may tick and untick."""
    refus_de_cocher: RefusDAgir | None
    """Why no box may be changed, whichever."""
    refus_de_regler: RefusDAgir | None
    """Why dates and poste may not be changed, nor the access closed."""
    releves: tuple[date, ...] | None
    """Of an administrateur: from which day each of the others administers, and goes on."""
    jamais_connecte: bool
    a_sa_premiere_connexion_faite: bool

    @property
    def secret_renvoyable(self) -> bool:
        """Whether their identifiers may be mailed to them again."""
        return self.jamais_connecte and self.email is not None

    @property
    def groupes(self) -> tuple[UUID, ...]:
        """The boxes that are ticked, of those that the reader may change."""
        return tuple(groupe.id for groupe in self.offerts if groupe.id in self.coches)

    @property
    def hors_de_portee(self) -> int:
        """How many groupes this person holds that the reader may neither see nor change."""
        return len(self.coches.keys() - {groupe.id for groupe in self.offerts})

    @property
    def version(self) -> str:
        """A digest of what may be changed: the same as long as nobody changed it."""
        shown = (
            self.role,
            self.ouverture,
            self.cloture,
            self.mobilite,
            self.suspendu,
            sorted((one, coche.periode) for one, coche in self.coches.items()),
            (self.nom_de_famille, self.prenom, self.telephone, self.email),
        )
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]

    def dernier_administrateur(self, jour: date) -> bool:
        """Whether nobody else administers the organisme that day, and goes on."""
        return self.releves is not None and all(depuis > jour for depuis in self.releves)

    def etat(self, jour: date) -> Etat:
        """What they are in the organisme on that day."""
        return etat(self.personne, jour)


def lire(acteur: Acteur, rattachement_id: UUID) -> Fiche:
    """One user whom the actor may see: three statements, four for an administrateur; raises ``NotHere`` for any
    other."""
    row = db.session.execute(
        select(Rattachement, Account)
        .join(Account, Account.id == Rattachement.account_id)
        .where(
            Rattachement.id == rattachement_id, visibles(acteur), Account.anonymised_at.is_(None)
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotHere("Cet utilisateur n’existe pas, ou n’est pas de votre organisme.")
    rattachement, account = row
    coches = cibles.coches(rattachement_id)
    connus = groupes_de_l_organisme(acteur.organisme_id)
    cible = _cible(rattachement, coches)
    return Fiche(
        rattachement_id=rattachement.id,
        account_id=account.id,
        identifiant=account.identifiant,
        nom=account.display_name,
        nom_de_famille=account.family_name or "",
        prenom=account.given_name or "",
        telephone=account.phone,
        email=account.email,
        email_confirme_le=account.email_verified_at,
        mail_refuse_le=account.mail_refused_at,
        personne=personne(rattachement, account),
        derniere_connexion=account.last_login_at,
        role=rattachement.role,
        ouverture=rattachement.ouverture,
        cloture=rattachement.cloture,
        mobilite=rattachement.mobilite,
        suspendu=rattachement.suspendu_at is not None,
        suspendu_par_la_caf=retraits.suspendu_par_la_caf(rattachement),
        coches=coches,
        connus=tuple(connus),
        offerts=tuple(groupe for groupe in connus if acteur.couvre(groupe.bases)),
        refus_de_cocher=delegation.refus_de_cocher(acteur, cible, Bases()),
        refus_de_regler=delegation.refus_de_regler(acteur, cible),
        releves=tuple(administrateurs.releves(acteur.organisme_id, account.id))
        if rattachement.role is Role.ADMINISTRATEUR
        else None,
        jamais_connecte=email_correction.never_connected(account),
        a_sa_premiere_connexion_faite=account.state in (AccountState.ACTIF, AccountState.SUSPENDU),
    )


def _cible(rattachement: Rattachement, coches: Mapping[UUID, Coche]) -> Cible:
    return Cible(
        account_id=rattachement.account_id,
        organisme_id=rattachement.organisme_id,
        role=rattachement.role,
        cree_par=rattachement.created_by,
        tenus=tuple(coche.bases for coche in coches.values()),
    )


def journaliser(acteur: Acteur, event: audit.Event, lue: Fiche, now: datetime) -> None:
    """Write what the actor did to this user in the journal of the organisme."""
    audit.record(
        event,
        at=now,
        actor=actor_of(acteur),
        account_id=lue.account_id,
        organisme_id=acteur.organisme_id,
    )
