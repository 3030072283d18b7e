"""Who is made administrateur, and who is one no more: the place, the journal, and the mails that tell it.

Why somebody becomes one is decided in ``successions.py``.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from idp import audit, clock, mail
from idp.accounts.models import Account
from idp.audit import Actor
from idp.db import db
from idp.habilitations import acteurs, cibles, coordonnees
from idp.habilitations.acteurs import actor_of
from idp.habilitations.administration import mandats
from idp.habilitations.administration.administrateurs import administrateurs_ouverts, un_autre_reste
from idp.habilitations.delegation import (
    Acteur,
    RefusDAgir,
    refus_de_retrograder,
)
from idp.habilitations.effets import avis
from idp.habilitations.events import (
    AdministrateurNomme,
    AdministrateurRetire,
)
from idp.habilitations.models import (
    MotifDAvis,
    Organisme,
    Rattachement,
    Role,
    Succession,
    Voie,
)
from idp.habilitations.tenue import tenir


def nommer(succession: Succession, par: Actor, now: datetime) -> None:
    """Make the candidat an administrateur; those who already are, and the organisme, are told."""
    promouvoir(succession.candidat_id, succession.organisme_id, succession.voie, par=par, now=now)


def promouvoir(
    rattachement_id: UUID, organisme_id: UUID, voie: Voie, *, par: Actor, now: datetime
) -> None:
    """The same of a person, by that way."""
    organisme = db.session.get_one(Organisme, organisme_id)
    candidat = db.session.get_one(Rattachement, rattachement_id)
    mandats.terminer_celui_de(candidat.id, organisme.id, par=par, now=now)
    _role(candidat.id, Role.ADMINISTRATEUR)
    event = AdministrateurNomme(rattachement_id=candidat.id, voie=voie)
    audit.record(
        event, at=now, actor=par, account_id=candidat.account_id, organisme_id=organisme.id
    )
    nouveau = db.session.get_one(Account, candidat.account_id)
    prevenus = {
        db.session.get_one(Account, account_id).email
        for account_id, _name in administrateurs_ouverts(organisme.id, clock.today(now))
    } | {organisme.email, nouveau.email}
    ma_caf = coordonnees.de_l_organisme(organisme.id).phrase
    for address in sorted(filter(None, prevenus)):
        mail.send(
            "administrateur_nomme",
            address,
            at=now,
            nom=nouveau.display_name,
            organisme=organisme.raison_sociale,
            ma_caf=ma_caf,
        )


def demettre_tous(organisme_id: UUID, *, par: Actor, now: datetime) -> None:
    """The Caf makes plain users of the administrateurs of an organisme, who are told by mail."""
    rows = db.session.execute(
        update(Rattachement)
        .where(Rattachement.organisme_id == organisme_id, Rattachement.role == Role.ADMINISTRATEUR)
        .values(role=Role.UTILISATEUR)
        .returning(Rattachement.id, Rattachement.account_id)
    ).all()
    avis.retirer([row.id for row in rows], None, motif=MotifDAvis.ROLE, par=par, now=now)
    raison_sociale = db.session.get_one(Organisme, organisme_id).raison_sociale
    ma_caf = coordonnees.de_l_organisme(organisme_id).phrase
    for row in rows:
        audit.record(
            AdministrateurRetire(rattachement_id=row.id),
            at=now,
            actor=par,
            account_id=row.account_id,
            organisme_id=organisme_id,
        )
        dire(row.account_id, "administrateur_remplace", raison_sociale, now, ma_caf=ma_caf)


def retrograder(acteur: Acteur, rattachement_id: UUID, now: datetime) -> RefusDAgir | None:
    """Make an administrateur a plain user again; another one stays. None when it is done."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    cible = cibles.lire(acteur, rattachement_id)
    refus = refus_de_retrograder(
        acteur,
        cible,
        autres_administrateurs=un_autre_reste(
            acteur.organisme_id, cible.account_id, clock.today(now)
        ),
    )
    if refus:
        return refus
    _role(rattachement_id, Role.UTILISATEUR)
    avis.retirer([rattachement_id], None, motif=MotifDAvis.ROLE, par=acteur, now=now)
    audit.record(
        AdministrateurRetire(rattachement_id=rattachement_id),
        at=now,
        actor=actor_of(acteur),
        account_id=cible.account_id,
        organisme_id=acteur.organisme_id,
    )
    ma_caf = coordonnees.de_l_organisme(acteur.organisme_id).phrase
    dire(cible.account_id, "administrateur_retire", acteur.raison_sociale, now, ma_caf=ma_caf)
    return None


def dire(account_id: UUID, lettre: str, organisme: str, now: datetime, **dit: object) -> None:
    """Write to a person by mail, if they have an address, of what they are or might become."""
    account = db.session.get_one(Account, account_id)
    if account.email:
        mail.send(
            lettre, account.email, at=now, nom=account.display_name, organisme=organisme, **dit
        )


def _role(rattachement_id: UUID, role: Role) -> None:
    db.session.execute(
        update(Rattachement).where(Rattachement.id == rattachement_id).values(role=role)
    )
