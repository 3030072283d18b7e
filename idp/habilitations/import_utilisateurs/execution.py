"""An import that was validated is done by the worker, some lines at a time, each time in one transaction.

A line is claimed, done and said to be done in the same transaction: a worker that dies loses nothing and doubles
nothing, and the delivery that it held falls due again. The lines are done in the name of their author, who is
looked up each time: an import stops when they may no longer act.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from idp import audit, clock, outbox
from idp.accounts.models import Account, AccountState
from idp.audit import Actor
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import acteurs
from idp.habilitations.acteurs import actor_of
from idp.habilitations.delegation import Acteur
from idp.habilitations.events import ImportFini, ImportLance
from idp.habilitations.groupes import cochables
from idp.habilitations.import_utilisateurs.connus import chercher
from idp.habilitations.import_utilisateurs.contenu import desceller, sceller
from idp.habilitations.import_utilisateurs.decision import Decision
from idp.habilitations.import_utilisateurs.essai import supprimer
from idp.habilitations.import_utilisateurs.faire import faire
from idp.habilitations.import_utilisateurs.models import (
    EtatImport,
    ImportUtilisateurs,
    LigneImport,
)
from idp.habilitations.import_utilisateurs.plan import Verdict
from idp.habilitations.import_utilisateurs.suivi import ABSENT, a_faire, compter, des_siens
from idp.habilitations.rattachements import selection
from idp.habilitations.tenue import tenir

KIND = "import_utilisateurs"
LOT = 20


def lancer(acteur: Acteur, import_id: UUID, now: datetime) -> bool:
    """Have the worker do it; False when it was already, so that pressing twice starts it once.

    Only its author does: the lines are done in their name.
    """
    lance = db.session.scalar(
        update(ImportUtilisateurs)
        .where(
            ImportUtilisateurs.id == import_id,
            ImportUtilisateurs.account_id == acteur.account_id,
            ImportUtilisateurs.organisme_id == acteur.organisme_id,
            ImportUtilisateurs.etat == EtatImport.ESSAI,
        )
        .values(etat=EtatImport.EN_COURS, started_at=now)
        .returning(ImportUtilisateurs.lignes)
    )
    if lance is None:
        return False
    audit.record(
        ImportLance(import_id=import_id, lignes=lance),
        at=now,
        actor=actor_of(acteur),
        organisme_id=acteur.organisme_id,
    )
    outbox.enqueue(KIND, {"import_id": str(import_id)}, at=now)
    return True


def annuler(acteur: Acteur, import_id: UUID, now: datetime) -> EtatImport:
    """Stop it: what is done stays done. A trial is forgotten at once. Returns the state that it had.

    Raises ``NotHere`` for an import that the actor may not see.
    """
    row = _pris(ImportUtilisateurs.id == import_id, des_siens(acteur))
    if row is None:
        raise NotHere(ABSENT)
    etat = row.etat
    if etat is EtatImport.ESSAI:
        supprimer([row.id])
    if etat is EtatImport.EN_COURS:
        _finir(row, EtatImport.ANNULE, acteur, now)
    return etat


def poursuivre(payload: outbox.Payload) -> None:
    """Do the next lines, and ask to be called again while some are left."""
    now = clock.now()
    import_id = UUID(payload["import_id"])
    en_cours = _pris(
        ImportUtilisateurs.id == import_id, ImportUtilisateurs.etat == EtatImport.EN_COURS
    )
    if en_cours is None:
        return
    acteur = _auteur(en_cours, now)
    if acteur is None:
        _finir(en_cours, EtatImport.ARRETE, audit.WORKER, now)
        return
    _faire(acteur, en_cours, now)
    if db.session.scalar(select(func.count()).where(a_faire(en_cours.id))):
        outbox.enqueue(KIND, payload, at=now)
        return
    _finir(en_cours, EtatImport.TERMINE, acteur, now)


def _pris(*lequel: ColumnElement[bool]) -> ImportUtilisateurs | None:
    # Written to, not only read: one at a time does its lines, or stops it, on both databases.
    return db.session.scalars(
        update(ImportUtilisateurs)
        .where(*lequel)
        .values(etat=ImportUtilisateurs.etat)
        .returning(ImportUtilisateurs)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _auteur(en_cours: ImportUtilisateurs, now: datetime) -> Acteur | None:
    etat = db.session.scalar(select(Account.state).where(Account.id == en_cours.account_id))
    sienne = selection(en_cours.rattachement_id, now)
    if etat is not AccountState.ACTIF or sienne is None or sienne.delegation_retiree:
        return None
    return acteurs.de(sienne)


def _faire(acteur: Acteur, en_cours: ImportUtilisateurs, now: datetime) -> None:
    # The organisme is held: what is looked up for the lines holds until they are done.
    tenir(acteur.organisme_id)
    lignes = db.session.scalars(
        select(LigneImport).where(a_faire(en_cours.id)).order_by(LigneImport.numero).limit(LOT)
    ).all()
    contenus = [desceller(ligne.contenu) for ligne in lignes]
    declares = [contenu.declare for contenu in contenus if contenu.declare]
    jour = clock.today(now)
    decision = Decision(acteur, chercher(acteur, declares, jour), cochables(acteur), jour)
    for ligne, contenu in zip(lignes, contenus, strict=True):
        ligne.verdict, fait = faire(ligne.id, contenu, decision, now)
        ligne.faite_at = now
        if fait != contenu:
            ligne.contenu = sceller(fait)
    db.session.flush()


def _finir(row: ImportUtilisateurs, etat: EtatImport, par: Acteur | Actor, now: datetime) -> None:
    """The counts become those of what was done."""
    comptes = compter(row.id)
    row.etat, row.ended_at = etat, now
    row.creations, row.ajouts = comptes.faits[Verdict.CREATION], comptes.faits[Verdict.AJOUT]
    row.inchanges, row.refus = comptes.tous[Verdict.INCHANGE], comptes.tous[Verdict.REFUS]
    audit.record(
        ImportFini(
            import_id=row.id,
            etat=etat,
            creations=row.creations,
            ajouts=row.ajouts,
            refus=row.refus,
        ),
        at=now,
        actor=actor_of(par),
        organisme_id=row.organisme_id,
    )
    db.session.flush()
