"""Two organismes alike, made row by row in one order: each thing of the one has its twin in the other.

``IDENTIFIANTS`` says what the identifiers in the addresses of the console are made of. A new kind is a line there,
and a row in ``un_jumeau`` when none is like it yet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_mandat_of_program,
    a_new_account,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_acteur,
    an_habilitation,
    an_organisme,
)

from idp import clock
from idp.accounts.models import Account
from idp.accounts.provisioning import Channel
from idp.db import Model, db
from idp.habilitations.import_utilisateurs import essai
from idp.habilitations.import_utilisateurs.models import ImportUtilisateurs
from idp.habilitations.models import (
    Groupe,
    Mandat,
    Organisme,
    Rattachement,
    Role,
    Succession,
    Voie,
)
from idp.habilitations.revues import ouverture
from idp.habilitations.revues.models import DocumentDeRevue, EtatRevue, LigneDeRevue, Revue
from idp.habilitations.revues.policy import Issue
from idp.printable import format_identifiant

TODAY = clock.today(datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Jumeau:
    """An organisme, its people, and its groups: one inside the mandate of its responsable, one outside."""

    nom: str
    organisme: Organisme
    chef: Rattachement
    candidat: Rattachement
    responsable: Rattachement
    user: Rattachement
    """Holds what is inside."""
    parti: Rattachement
    """Likewise, closed."""
    nouveau: Rattachement
    """Likewise, and never connected."""
    etranger: Rattachement
    """Holds what is outside."""
    dedans: Groupe
    dehors: Groupe
    sous_groupe: Groupe
    sous_groupe_dehors: Groupe
    mandat: Mandat
    mandat_dehors: Mandat
    revue: Revue
    revue_close: Revue
    """In which ``user`` lost what they held."""
    succession: Succession
    """Proposed to ``candidat``."""
    postulant: Rattachement
    candidature: Succession
    """Asked by ``postulant`` of the administrateurs."""
    depot: ImportUtilisateurs
    """A file that its administrateur sent, and did not validate yet."""
    programme: Mandat
    """Of a program, over what is inside."""

    @property
    def rows(self) -> list[Any]:
        """Each of them, in one order: the twin of the nth is the nth."""
        values = (getattr(self, name) for name in self.__slots__)
        return [value for value in values if isinstance(value, Model)]

    @property
    def places(self) -> list[Rattachement]:
        """Its people."""
        return [row for row in self.rows if isinstance(row, Rattachement)]

    def secrets(self, *, sans_raison_sociale: bool = False) -> set[str]:
        """What nobody else may read: names, addresses, identifiants, what its groups are called."""
        return {
            *(secret for place in self.places for secret in secrets_of(place)),
            *(row.libelle for row in self.rows if isinstance(row, Groupe)),
            *(() if sans_raison_sociale else (self.organisme.raison_sociale,)),
        }

    def ids(self) -> set[UUID]:
        """Where what concerns it starts: the organisme and its people."""
        return {self.organisme.id, *(place.account_id for place in self.places)}


IDENTIFIANTS: dict[str, Callable[[Jumeau], list[Any]]] = {
    "rattachement_id": lambda un: [un.user.id, un.parti.id, un.nouveau.id, un.responsable.id],
    "contrat_id": lambda un: [un.dedans.contrat_id],
    "groupe_id": lambda un: [un.dedans.id, un.sous_groupe.id],
    "sous_groupe_id": lambda un: [un.sous_groupe.id],
    "mandat_id": lambda un: [un.mandat.id],
    "revue_id": lambda un: [un.revue.id, un.revue_close.id],
    "programme_id": lambda un: [un.programme.id],
    "succession_id": lambda un: [un.succession.id, un.candidature.id],
    "import_id": lambda un: [un.depot.id],
}
"""For each argument of the routes of the console, things of an organisme that it may name."""

VALEURS: dict[str, list[str]] = {"service": ["offre-bailleurs"]}
"""The arguments that name nothing of anybody, and values that they take."""

HORS_PERIMETRE: dict[str, Callable[[Jumeau], list[Any]]] = {
    "rattachement_id": lambda un: [un.etranger.id],
    "contrat_id": lambda un: [un.dehors.contrat_id],
    "groupe_id": lambda un: [un.dehors.id, un.sous_groupe_dehors.id],
    "sous_groupe_id": lambda un: [un.sous_groupe_dehors.id],
    "mandat_id": lambda un: [un.mandat_dehors.id],
    "revue_id": lambda un: [un.revue.id, un.revue_close.id],
    "programme_id": lambda un: [un.programme.id],
    "succession_id": lambda un: [un.succession.id, un.candidature.id],
    "import_id": lambda un: [un.depot.id],
}
"""The same, of what is not in the mandate of its responsable."""


def secrets_of(place: Rattachement) -> set[str]:
    """What tells who somebody is."""
    account = db.session.get_one(Account, place.account_id)
    return {
        str(account.family_name),
        str(account.email),
        account.identifiant,
        format_identifiant(account.identifiant),
    }


def un_jumeau(nom: str) -> Jumeau:
    """``nom`` is in every name of it, and in no other."""

    def quelqu_un(qui: str, **values: Any) -> Rattachement:
        account = an_account(
            given_name="Camille", family_name=f"{nom}-{qui}", email=f"{qui}@{nom.lower()}.fr"
        )
        return a_rattachement(account, organisme, **values)

    organisme = an_organisme(raison_sociale=f"RESIDENCES {nom}")
    contrat = a_contrat(organisme)
    dedans = a_groupe(contrat, code=f"ob:{nom}:1", libelle=f"Groupe {nom} dedans")
    dehors = a_groupe(contrat, code=f"ob:{nom}:2", libelle=f"Groupe {nom} dehors")
    a_groupe(contrat, code=f"ob:{nom}:3", libelle=f"Groupe {nom} autre")
    chef, candidat = quelqu_un("chef", role=Role.ADMINISTRATEUR), quelqu_un("candidat")
    responsable, autre = quelqu_un("responsable"), quelqu_un("autre")
    by = db.session.get_one(Account, chef.account_id)
    bientot = TODAY + timedelta(days=20)
    user, etranger = quelqu_un("user", cloture=bientot), quelqu_un("etranger", cloture=bientot)
    hier = TODAY - timedelta(days=1)
    parti = quelqu_un("parti", cloture=hier, suspendu_at=datetime.now(UTC))
    account, _secret = a_new_account(
        Channel.MAIL, family_name=f"{nom}-nouveau", email=f"nouveau@{nom.lower()}.fr"
    )
    nouveau = a_rattachement(account, organisme)
    for place in (user, parti, nouveau):
        an_habilitation(place, dedans)
    an_habilitation(etranger, dehors)
    postulant = quelqu_un("postulant")
    return Jumeau(
        nom=nom,
        organisme=organisme,
        chef=chef,
        candidat=candidat,
        responsable=responsable,
        user=user,
        parti=parti,
        nouveau=nouveau,
        etranger=etranger,
        dedans=dedans,
        dehors=dehors,
        sous_groupe=a_sous_groupe(contrat, [dedans], libelle=f"Agence {nom} dedans"),
        sous_groupe_dehors=a_sous_groupe(contrat, [dehors], libelle=f"Agence {nom} dehors"),
        mandat=a_mandat(responsable, [dedans], by),
        mandat_dehors=a_mandat(autre, [dehors], by),
        revue_close=_revue_close(organisme, chef, user),
        revue=_revue(organisme, chef),
        succession=_succession(candidat, Voie.PROPOSITION, chef),
        postulant=postulant,
        candidature=_succession(postulant, Voie.COOPTATION, postulant),
        depot=_depose(organisme, chef, dedans),
        programme=a_mandat_of_program(organisme, [dedans], by, f"Annuaire {nom}"),
    )


def _revue_close(organisme: Organisme, chef: Rattachement, user: Rattachement) -> Revue:
    now, revue = datetime.now(UTC), _revue(organisme, chef)
    revue.etat, revue.ended_at, revue.closed_at = EtatRevue.CLOSE, now, now
    ligne = db.session.get_one(LigneDeRevue, (revue.id, user.id))
    ligne.issue, ligne.applied_at = Issue.CADUQUE, now
    db.session.add(DocumentDeRevue(revue_id=revue.id, contenu=b"%PDF-1.7"))
    db.session.flush()
    return revue


def _revue(organisme: Organisme, chef: Rattachement) -> Revue:
    """Open, and nobody has answered yet."""
    acteur = an_acteur(chef.account_id, organisme)
    return db.session.get_one(Revue, ouverture.commencer(acteur, datetime.now(UTC)))


def _succession(candidat: Rattachement, voie: Voie, par: Rattachement) -> Succession:
    now = datetime.now(UTC)
    succession = Succession(
        organisme_id=candidat.organisme_id,
        candidat_id=candidat.id,
        voie=voie,
        asked_by=par.account_id,
        asked_at=now,
        expires_at=now + timedelta(days=30),
    )
    db.session.add(succession)
    db.session.flush()
    return succession


def _depose(organisme: Organisme, chef: Rattachement, groupe: Groupe) -> ImportUtilisateurs:
    nom = organisme.raison_sociale.split()[-1]
    lignes = (
        "Nom;Prénom;Adresse mail;Groupes",
        f"{nom}-importe;Camille;importe@{nom.lower()}.fr;{groupe.code}",
        f"{nom}-refuse;Camille;pas une adresse;",
    )
    depot = essai.deposer(
        an_acteur(chef.account_id, organisme),
        chef.id,
        BytesIO("\n".join(lignes).encode()),
        nom=f"{nom}.csv",
        now=datetime.now(UTC),
    )
    return db.session.get_one(ImportUtilisateurs, depot)
