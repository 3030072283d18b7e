"""One line, done as by hand: « Créer un utilisateur », or boxes ticked on the file of a user who exists."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from idp.db import db
from idp.errors import Refusal
from idp.habilitations.import_utilisateurs.contenu import Contenu
from idp.habilitations.import_utilisateurs.decision import Decision
from idp.habilitations.import_utilisateurs.ligne import UtilisateurDeclare
from idp.habilitations.import_utilisateurs.motifs import PHRASES
from idp.habilitations.import_utilisateurs.plan import Connu, Motif, Plan, Verdict
from idp.habilitations.personnes import application, fiche, utilisateurs
from idp.habilitations.personnes.modification import Changements, Modification
from idp.habilitations.personnes.utilisateurs import Cree, NouvelUtilisateur, RefusDeCreation

log = structlog.get_logger("idp.import_utilisateurs")

_CREATIONS_REFUSEES = {
    RefusDeCreation.CREATION_NON_DELEGUEE: Motif.CREATION_NON_DELEGUEE,
    RefusDeCreation.GROUPE_INCONNU: Motif.HORS_PERIMETRE,
    RefusDeCreation.DEJA_UTILISATEUR: Motif.DEJA_UTILISATEUR,
}
ENTRE_TEMPS = "Cette personne a changé entre-temps : envoyez sa ligne à nouveau."
PANNE = "Cette ligne n’a pas pu être faite, par notre faute : envoyez-la à nouveau."


def faire(
    ligne_id: UUID, contenu: Contenu, decision: Decision, now: datetime
) -> tuple[Verdict, Contenu]:
    """Do a line, or undo all of it; its verdict is what really became of it."""
    try:
        with db.session.begin_nested():
            return _tenter(ligne_id, contenu, decision, now)
    except Refusal as refus:
        return Verdict.REFUS, contenu.refuse("", refus.message)
    except Exception:  # a line that fails must not keep the next ones waiting for ever
        log.error("line_failed", ligne_id=str(ligne_id), exc_info=True)
        return Verdict.REFUS, contenu.refuse("", PANNE)


def _tenter(
    ligne_id: UUID, contenu: Contenu, decision: Decision, now: datetime
) -> tuple[Verdict, Contenu]:
    plan, dit = decision.de(contenu)
    connu = decision.connu(contenu)
    if contenu.declare is None or plan.verdict in (Verdict.REFUS, Verdict.INCHANGE):
        return plan.verdict, dit
    if connu is None:
        return _creer(ligne_id, contenu.declare, dit, decision, now)
    return _cocher(connu, plan, dit, decision, now)


def _creer(
    ligne_id: UUID,
    declare: UtilisateurDeclare,
    dit: Contenu,
    decision: Decision,
    now: datetime,
) -> tuple[Verdict, Contenu]:
    nouveau = NouvelUtilisateur(
        nom=declare.nom,
        prenom=declare.prenom,
        email=declare.email,
        telephone=declare.telephone,
        ouverture=declare.ouverture or decision.jour,
        cloture=declare.cloture,
        mobilite=declare.mobilite,
        groupes=declare.groupes,
        demande=ligne_id,
    )
    resultat = utilisateurs.creer(decision.acteur, nouveau, now)
    if isinstance(resultat, Cree):
        return Verdict.CREATION, dit
    return Verdict.REFUS, dit.refuse(*PHRASES[_CREATIONS_REFUSEES[resultat]])


def _cocher(
    connu: Connu, plan: Plan, dit: Contenu, decision: Decision, now: datetime
) -> tuple[Verdict, Contenu]:
    lue = fiche.lire(decision.acteur, connu.rattachement_id)
    voulu = Modification(
        ouverture=lue.ouverture,
        cloture=lue.cloture,
        mobilite=lue.mobilite,
        groupes=frozenset(lue.groupes) | plan.coches,
    )
    fait = application.appliquer(
        decision.acteur, connu.rattachement_id, voulu, version=lue.version, now=now
    )
    if not isinstance(fait, Changements):
        return Verdict.REFUS, dit.refuse("groupes", ENTRE_TEMPS)
    donnes = tuple(groupe.libelle for groupe in fait.coches)
    return (Verdict.AJOUT if fait else Verdict.INCHANGE), replace(dit, donnes=donnes)
