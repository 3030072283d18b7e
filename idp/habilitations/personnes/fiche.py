"""A user as their administrateur sees and changes them: dates, poste de travail, groups, and what would change.

The change is computed first (``preparer``) and shown; it is done (``appliquer``) only if nobody changed the same
user in between: ``version`` is a digest of what was shown. Groups that are taken away are told to services at once
(``retraits.py``).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from idp import audit, clock
from idp.accounts import challenges, email_correction, provisioning
from idp.accounts.models import Account, AccountState
from idp.accounts.provisioning import Channel
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import acteurs, cibles, delegation
from idp.habilitations.acteurs import actor_of
from idp.habilitations.administration import administrateurs
from idp.habilitations.cibles import visibles
from idp.habilitations.dates_de_groupe import (
    Coche,
    Dates,
    RefusDeDates,
    ouvert_le,
    perdu_a_la_fin,
    periode_voulue,
    refus_de_dates,
)
from idp.habilitations.delegation import Acteur, Bases, Cible, RefusDAgir, ouvert_par
from idp.habilitations.en_cours import personne
from idp.habilitations.etats import Etat, Personne, etat
from idp.habilitations.events import (
    HabilitationDatee,
    HabilitationDonnee,
    IdentifiantsRenvoyes,
    RattachementModifie,
)
from idp.habilitations.groupes import GroupeACocher, groupes_de_l_organisme
from idp.habilitations.models import Habilitation, Mobilite, Rattachement, Role
from idp.habilitations.personnes import retraits
from idp.habilitations.personnes.utilisateurs import donne_par, habiliter
from idp.habilitations.policy import Periode
from idp.habilitations.tenue import tenir


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


@dataclass(frozen=True, slots=True)
class Modification:
    """What the form asks for; ``groupes`` are the boxes that stay or become ticked, ``dates`` of those that have
    any: without, a box that is ticked keeps its own, and a new one opens with the place and has no end."""

    ouverture: date
    cloture: date | None
    mobilite: Mobilite
    groupes: frozenset[UUID]
    dates: Mapping[UUID, Dates] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DatesChangees:
    """A box that stays or becomes ticked, and its dates if they are not what they would be without saying."""

    groupe: GroupeACocher
    avant: Periode | None
    apres: Periode
    a_venir: bool
    """Whether it opens nothing yet."""
    perd: bool
    """Whether nothing else opens the same after its end."""


@dataclass(frozen=True, slots=True)
class Changements:
    """What would change, to be told before it is done: boxes, and the accesses that are won and lost by them.

    The two differ: a box may be unticked whose accesses another one still opens.
    """

    coches: tuple[GroupeACocher, ...] = ()
    decoches: tuple[GroupeACocher, ...] = ()
    gagnes: tuple[GroupeACocher, ...] = ()
    perdus: tuple[GroupeACocher, ...] = ()
    dates: tuple[DatesChangees, ...] = ()
    ouverture: date | None = None
    cloture: tuple[date | None, date | None] | None = None
    mobilite: Mobilite | None = None

    def __bool__(self) -> bool:
        """Whether anything would."""
        return self != Changements()

    @property
    def quittes_sans_perte(self) -> tuple[GroupeACocher, ...]:
        """Boxes unticked of which something else still opens everything."""
        perdu = ouvert_par(groupe.bases for groupe in self.perdus)
        return tuple(groupe for groupe in self.decoches if not groupe.bases & perdu)

    @property
    def rejoints_sans_gain(self) -> tuple[GroupeACocher, ...]:
        """Boxes ticked that open nothing more than what was open."""
        gagne = ouvert_par(groupe.bases for groupe in self.gagnes)
        plus_tard = {un.groupe.id for un in self.dates if un.a_venir}
        return tuple(
            groupe
            for groupe in self.coches
            if not groupe.bases & gagne and groupe.id not in plus_tard
        )

    @property
    def de_la_place(self) -> bool:
        """Whether dates or poste would change, and not boxes alone."""
        return bool(self.ouverture or self.cloture or self.mobilite)


class RefusDeModification(StrEnum):
    """Why nothing is changed."""

    SOI_MEME = "soi_meme"
    ROLE_PROTEGE = "role_protege"
    PARTAGE = "partage"
    DERNIER_ADMINISTRATEUR = "dernier_administrateur"
    GROUPE_INCONNU = "groupe_inconnu"
    OUVERTURE_PASSEE = "ouverture_passee"
    CLOTURE_PASSEE = "cloture_passee"
    DATE_SANS_GROUPE = "date_sans_groupe"
    DEBUT_DE_GROUPE_PASSE = "debut_de_groupe_passe"
    FIN_DE_GROUPE_PASSEE = "fin_de_groupe_passee"
    DATES_INVERSEES = "dates_inversees"
    CLOS = "clos"
    ENTRE_TEMPS = "entre_temps"


_REFUS = {
    RefusDAgir.SOI_MEME: RefusDeModification.SOI_MEME,
    RefusDAgir.ROLE_PROTEGE: RefusDeModification.ROLE_PROTEGE,
}
_REFUS_DE_DATES = {
    RefusDeDates.SANS_GROUPE: RefusDeModification.DATE_SANS_GROUPE,
    RefusDeDates.DEBUT_PASSE: RefusDeModification.DEBUT_DE_GROUPE_PASSE,
    RefusDeDates.FIN_PASSEE: RefusDeModification.FIN_DE_GROUPE_PASSEE,
    RefusDeDates.INVERSEES: RefusDeModification.DATES_INVERSEES,
}


def preparer(fiche: Fiche, voulu: Modification, jour: date) -> Changements | RefusDeModification:
    """What the change would do, read by who asks for it; nothing opens or closes in the past."""
    if fiche.refus_de_cocher:
        return _REFUS[fiche.refus_de_cocher]
    if fiche.etat(jour) is Etat.CLOS:
        return RefusDeModification.CLOS
    offerts = {groupe.id: groupe for groupe in fiche.offerts}
    # The same answer for all that has no box, whether it is held: a responsable is not told what they do not give.
    if not voulu.groupes <= offerts.keys():
        return RefusDeModification.GROUPE_INCONNU
    coches = voulu.groupes - fiche.coches.keys()
    decoches = fiche.coches.keys() & offerts.keys() - voulu.groupes
    futures = _coches_voulues(fiche, voulu, jour)
    # Told as of the first day of who is yet to come.
    vu_le = max(jour, voulu.ouverture)
    avant = ouvert_le(vu_le, fiche.coches.values())
    apres = ouvert_le(vu_le, futures.values())
    changements = Changements(
        coches=tuple(groupe for groupe in fiche.offerts if groupe.id in coches),
        decoches=tuple(groupe for groupe in fiche.offerts if groupe.id in decoches),
        gagnes=tuple(groupe for groupe in fiche.connus if groupe.id in apres - avant),
        perdus=tuple(groupe for groupe in fiche.connus if groupe.id in avant - apres),
        dates=tuple(_dates_changees(fiche, futures, vu_le)),
        ouverture=voulu.ouverture if voulu.ouverture != fiche.ouverture else None,
        cloture=(fiche.cloture, voulu.cloture) if voulu.cloture != fiche.cloture else None,
        mobilite=voulu.mobilite if voulu.mobilite is not fiche.mobilite else None,
    )
    return (
        _refus_de_dates(fiche, changements, jour)
        or _refus_de_dates_de_groupe(fiche, voulu, futures, jour)
        or changements
    )


def _coches_voulues(fiche: Fiche, voulu: Modification, jour: date) -> dict[UUID, Coche]:
    """Every box as it would be; those that the reader may not change stay as they are."""
    changeables = {groupe.id for groupe in fiche.offerts}
    futures = {one: coche for one, coche in fiche.coches.items() if one not in changeables}
    for groupe in fiche.offerts:
        if groupe.id not in voulu.groupes:
            continue
        tenue = fiche.coches.get(groupe.id)
        periode = periode_voulue(
            tenue.periode if tenue else None,
            voulu.dates.get(groupe.id),
            ouverture=(fiche.ouverture, voulu.ouverture),
            jour=jour,
        )
        futures[groupe.id] = Coche(groupe.bases, periode)
    return futures


def _dates_changees(
    fiche: Fiche, futures: Mapping[UUID, Coche], vu_le: date
) -> Iterator[DatesChangees]:
    for groupe in fiche.offerts:
        if groupe.id not in futures:
            continue
        tenue, apres = fiche.coches.get(groupe.id), futures[groupe.id].periode
        sans_rien_dire = apres.fin is None and apres.debut <= vu_le
        if apres == (tenue.periode if tenue else None) or (tenue is None and sans_rien_dire):
            continue
        yield DatesChangees(
            groupe=groupe,
            avant=tenue.periode if tenue else None,
            apres=apres,
            a_venir=apres.debut > vu_le,
            perd=bool(perdu_a_la_fin(groupe.id, futures)),
        )


def _refus_de_dates_de_groupe(
    fiche: Fiche, voulu: Modification, futures: Mapping[UUID, Coche], jour: date
) -> RefusDeModification | None:
    # What has no box is not looked at, whether it is held.
    vides = {groupe.id for groupe in fiche.offerts} - futures.keys() - fiche.coches.keys()
    if any(voulu.dates.get(groupe_id, Dates()) != Dates() for groupe_id in vides):
        return RefusDeModification.DATE_SANS_GROUPE
    for groupe_id, coche in futures.items():
        tenue = fiche.coches.get(groupe_id)
        refus = refus_de_dates(tenue.periode if tenue else None, coche.periode, jour)
        if refus:
            return _REFUS_DE_DATES[refus]
    return None


def _refus_de_dates(fiche: Fiche, prevu: Changements, jour: date) -> RefusDeModification | None:
    if fiche.refus_de_regler and prevu.de_la_place:
        return RefusDeModification.PARTAGE
    if fiche.dernier_administrateur(jour) and prevu.cloture and prevu.cloture[1]:
        return RefusDeModification.DERNIER_ADMINISTRATEUR
    if prevu.ouverture and min(prevu.ouverture, fiche.ouverture) < jour:
        return RefusDeModification.OUVERTURE_PASSEE
    if prevu.cloture and prevu.cloture[1] and prevu.cloture[1] < jour:
        return RefusDeModification.CLOTURE_PASSEE
    return None


def appliquer(
    acteur: Acteur,
    rattachement_id: UUID,
    voulu: Modification,
    *,
    version: str,
    now: datetime,
) -> Changements | RefusDeModification:
    """Do it, if the user still is as they were shown."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    fiche = lire(acteur, rattachement_id)
    if fiche.version != version:
        return RefusDeModification.ENTRE_TEMPS
    changements = preparer(fiche, voulu, clock.today(now))
    if isinstance(changements, RefusDeModification):
        return changements
    if changements.de_la_place:
        _ecrire(acteur, fiche, voulu, now)
    # Given first: services are told of what is lost in the end, not on the way.
    futures = _coches_voulues(fiche, voulu, clock.today(now))
    for groupe in changements.coches:
        _donner(acteur, fiche, groupe, futures[groupe.id].periode, now)
    for un in changements.dates:
        if un.avant is not None:
            _dater(acteur, fiche, un, now)
    for groupe in changements.decoches:
        retraits.retirer_habilitation(rattachement_id, groupe.id, par=acteur, now=now)
    return changements


def _donner(
    acteur: Acteur, fiche: Fiche, groupe: GroupeACocher, periode: Periode, now: datetime
) -> None:
    donnes = [groupe.id]
    habiliter(acteur, fiche.rattachement_id, donnes, debut=periode.debut, fin=periode.fin, now=now)
    event = HabilitationDonnee(
        rattachement_id=fiche.rattachement_id,
        groupe=groupe.code,
        debut=periode.debut.isoformat(),
        fin=periode.fin.isoformat() if periode.fin else None,
    )
    _journaliser(acteur, event, fiche, now)


def _dater(acteur: Acteur, fiche: Fiche, change: DatesChangees, now: datetime) -> None:
    avant, apres = change.avant, change.apres
    valeurs: dict[str, Any] = {"debut": apres.debut, "fin": apres.fin}
    if avant and avant.fin and avant.fin < clock.today(now):
        # What had ended is given again, by who asks for it now.
        valeurs |= donne_par(acteur, now)
    db.session.execute(
        update(Habilitation)
        .where(
            Habilitation.rattachement_id == fiche.rattachement_id,
            Habilitation.groupe_id == change.groupe.id,
        )
        .values(**valeurs)
    )
    event = HabilitationDatee(
        rattachement_id=fiche.rattachement_id,
        groupe=change.groupe.code,
        debut=apres.debut.isoformat(),
        fin=apres.fin.isoformat() if apres.fin else None,
    )
    _journaliser(acteur, event, fiche, now)


def _ecrire(acteur: Acteur, fiche: Fiche, voulu: Modification, now: datetime) -> None:
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
    _journaliser(acteur, event, fiche, now)


def renvoyer_le_secret(acteur: Acteur, rattachement_id: UUID, now: datetime) -> bool:
    """Mail the identifiers again to who never connected; False when they did, or when one has just left."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    fiche = lire(acteur, rattachement_id)
    if fiche.refus_de_regler or not fiche.secret_renvoyable:
        return False
    account = db.session.get_one(Account, fiche.account_id)
    if not challenges.may_activate_again(account.id, now):
        return False
    actor = actor_of(acteur)
    secret = provisioning.issue_activation_secret(account, Channel.MAIL, now, actor=actor)
    provisioning.mail_activation(account, secret, organisme=acteur.raison_sociale, now=now)
    _journaliser(acteur, IdentifiantsRenvoyes(courriels=1, courriers=0), fiche, now)
    return True


def _journaliser(acteur: Acteur, event: audit.Event, fiche: Fiche, now: datetime) -> None:
    audit.record(
        event,
        at=now,
        actor=actor_of(acteur),
        account_id=fiche.account_id,
        organisme_id=acteur.organisme_id,
    )
