"""Names, telephone and address of a user, corrected by who created them: while they are of this organisme alone.

Somebody of several organismes is nobody's in particular: they correct these themself, in « Mon profil ». The
address of who has signed in is replaced by an administrateur alone, and proves nothing
(``accounts/email_correction.py``); who never did is simply written to again, with another provisional password.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import exists, or_, select

from idp import audit, clock
from idp.accounts import challenges, email_correction, profile, provisioning
from idp.accounts.models import Account
from idp.accounts.profile import Names
from idp.accounts.provisioning import Channel
from idp.db import db
from idp.habilitations import acteurs
from idp.habilitations.acteurs import actor_of
from idp.habilitations.delegation import Acteur, RefusDAgir
from idp.habilitations.etats import Etat
from idp.habilitations.events import IdentiteCorrigee
from idp.habilitations.models import Agent, Rattachement
from idp.habilitations.personnes import fiche
from idp.habilitations.personnes.fiche import Fiche
from idp.habilitations.personnes.utilisateurs import deja_utilisateur
from idp.habilitations.tenue import tenir


class RefusDIdentite(StrEnum):
    """Why nothing is corrected."""

    SOI_MEME = "soi_meme"
    ROLE_PROTEGE = "role_protege"
    PARTAGE = "partage"
    AILLEURS = "ailleurs"
    CLOS = "clos"
    PREMIERE_CONNEXION = "premiere_connexion"
    RESERVE_A_L_ADMINISTRATEUR = "reserve_a_l_administrateur"
    DEJA_UTILISATEUR = "deja_utilisateur"
    TROP_TOT = "trop_tot"
    ENTRE_TEMPS = "entre_temps"


_REFUS = {
    RefusDAgir.SOI_MEME: RefusDIdentite.SOI_MEME,
    RefusDAgir.ROLE_PROTEGE: RefusDIdentite.ROLE_PROTEGE,
    RefusDAgir.PARTAGE: RefusDIdentite.PARTAGE,
}


@dataclass(frozen=True, slots=True)
class Identite:
    """What is corrected, parsed."""

    nom: str
    prenom: str
    telephone: str | None


def refus(lue: Fiche, now: datetime) -> RefusDIdentite | None:
    """Why the reader may not correct this person's names and telephone; None when they may: one statement."""
    if lue.refus_de_regler:
        return _REFUS[lue.refus_de_regler]
    if lue.etat(clock.today(now)) is Etat.CLOS:
        return RefusDIdentite.CLOS
    return RefusDIdentite.AILLEURS if _est_ailleurs(lue) else None


def refus_d_adresse(acteur: Acteur, lue: Fiche, now: datetime) -> RefusDIdentite | None:
    """Why they may not replace the address; None when they may."""
    pourquoi = refus(lue, now)
    if pourquoi or lue.jamais_connecte:
        return pourquoi
    if not lue.a_sa_premiere_connexion_faite:
        # Their own password, brought from another system, would be sent to whatever address was given.
        return RefusDIdentite.PREMIERE_CONNEXION
    return None if acteur.administre else RefusDIdentite.RESERVE_A_L_ADMINISTRATEUR


def _est_ailleurs(lue: Fiche) -> bool:
    autre = exists().where(
        Rattachement.account_id == lue.account_id, Rattachement.id != lue.rattachement_id
    )
    agent = exists().where(Agent.account_id == lue.account_id)
    return bool(db.session.scalar(select(or_(autre, agent))))


def corriger(
    acteur: Acteur, rattachement_id: UUID, voulue: Identite, *, version: str, now: datetime
) -> bool | RefusDIdentite:
    """Call the person so from now on; False when nothing changes."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    lue = fiche.lire(acteur, rattachement_id)
    pourquoi = refus(lue, now)
    if pourquoi:
        return pourquoi
    if lue.version != version:
        return RefusDIdentite.ENTRE_TEMPS
    account = db.session.get_one(Account, lue.account_id)
    by = actor_of(acteur)
    names = Names(account.civility or "", voulue.nom, voulue.prenom)
    champs = [
        champ
        for champ, change in (
            ("nom", profile.change_names(account, names, now, by=by)),
            ("telephone", profile.change_phone(account, voulue.telephone, now, by=by)),
        )
        if change
    ]
    if champs:
        _journaliser(acteur, lue, champs, now)
    return bool(champs)


def remplacer_l_adresse(
    acteur: Acteur, rattachement_id: UUID, adresse: str, *, version: str, now: datetime
) -> bool | RefusDIdentite:
    """Write to the person there from now on; False when it is their address already.

    Who never connected receives their identifiers there at once.
    """
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    lue = fiche.lire(acteur, rattachement_id)
    pourquoi = refus_d_adresse(acteur, lue, now)
    if pourquoi:
        return pourquoi
    if lue.version != version:
        return RefusDIdentite.ENTRE_TEMPS
    if adresse.lower() == (lue.email or "").lower():
        return False
    if deja_utilisateur(acteur.organisme_id, adresse):
        return RefusDIdentite.DEJA_UTILISATEUR
    if lue.jamais_connecte and not challenges.may_activate_elsewhere(lue.account_id, now):
        return RefusDIdentite.TROP_TOT
    account, by = db.session.get_one(Account, lue.account_id), actor_of(acteur)
    email_correction.replace(account, adresse, now, actor=by, by=acteur.raison_sociale)
    if lue.jamais_connecte:
        secret = provisioning.issue_activation_secret(account, Channel.MAIL, now, actor=by)
        provisioning.mail_activation(account, secret, organisme=acteur.raison_sociale, now=now)
    _journaliser(acteur, lue, ["adresse_mail"], now)
    return True


def _journaliser(acteur: Acteur, lue: Fiche, champs: list[str], now: datetime) -> None:
    audit.record(
        IdentiteCorrigee(rattachement_id=lue.rattachement_id, champs=champs),
        at=now,
        actor=actor_of(acteur),
        account_id=lue.account_id,
        organisme_id=acteur.organisme_id,
    )
