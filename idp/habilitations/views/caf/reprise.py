"""The users of an organisme, managed by the Caf in its place while the delegation is withdrawn.

What an administrateur does is done by the same services and the same forms; an organisme that manages itself again
refuses, and what was typed is shown again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.elision import de
from idp.habilitations import acteurs
from idp.habilitations.acteurs import DelegationRendue
from idp.habilitations.delegation import Acteur, RefusDAgir
from idp.habilitations.etats import Etat
from idp.habilitations.groupes import cochables
from idp.habilitations.personnes import dossier, fiche, renvoi, retraits, utilisateurs
from idp.habilitations.personnes.fiche import Fiche
from idp.habilitations.personnes.modification import RefusDeModification
from idp.habilitations.personnes.utilisateurs import Cree
from idp.habilitations.supervision import delegation
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_de_reprise import (
    DERNIER_ADMINISTRATEUR,
    SOI_MEME,
    CreerASaPlace,
    ModifierASaPlace,
)
from idp.habilitations.views.caf.guards import superviseur, the_agent
from idp.habilitations.views.caf.onglets import DOSSIER, adresse, en_tete
from idp.habilitations.views.caf.personnes import UTILISATEURS
from idp.habilitations.views.partenaire import modification
from idp.habilitations.views.partenaire.modification import Etape, Issue
from idp.services import services

PERSONNE = DOSSIER + UTILISATEURS + "/<uuid:rattachement_id>"

_DEPARTS = {
    RefusDAgir.DERNIER_ADMINISTRATEUR: DERNIER_ADMINISTRATEUR,
    RefusDAgir.SOI_MEME: SOI_MEME,
}

DEJA_OUVERT = "Cet accès était déjà ouvert."
DEJA_PARTI = "Un message vient déjà de partir, ou cette personne s’est connectée entre-temps."


@blueprint.route(DOSSIER + UTILISATEURS + "/creer", methods=["GET", "POST"])
@superviseur
def creer_a_sa_place(organisme_id: UUID) -> Answer:
    """« Créer un utilisateur », the form of the guide; once valid, the mail leaves at once."""
    tete, acteur = en_tete(organisme_id, UTILISATEURS), delegation.acteur(the_agent(), organisme_id)
    now = clock.now()
    form = CreerASaPlace.pour(cochables(acteur), clock.today(now))
    try:
        acteurs.exiger_le_retrait(organisme_id)
        resultat = (
            utilisateurs.creer(acteur, form.saisie(), now) if form.validate_on_submit() else None
        )
    except DelegationRendue as rendue:
        if request.method == "GET":
            return _refusee(tete)
        form.form_errors.append(_phrase(rendue))
        resultat = None
    if isinstance(resultat, Cree):
        partis = f"L’identifiant et le mot de passe provisoire partent à {form.email.data}."
        flash(f"L’utilisateur est créé. {partis}", "succes")
        return redirect(_adresse(organisme_id, resultat.rattachement_id), 303)
    if resultat is not None:
        form.refuser(resultat)
    return render_template("caf/utilisateur_creer.html", **tete, form=form)


@blueprint.route(PERSONNE + "/acces", methods=["GET", "POST"])
@superviseur
def modifier_a_sa_place(organisme_id: UUID, rattachement_id: UUID) -> Answer:
    """Groups, dates and poste of a user; a change is shown before it is done."""
    tete, acteur = en_tete(organisme_id, UTILISATEURS), delegation.acteur(the_agent(), organisme_id)
    now = clock.now()
    lue = fiche.lire(acteur, rattachement_id)
    form = ModifierASaPlace.de(lue, clock.today(now))
    try:
        acteurs.exiger_le_retrait(organisme_id)
        issue = modification.demander(acteur, lue, form, now)
    except DelegationRendue as rendue:
        if request.method == "GET":
            return _refusee(tete)
        form.form_errors.append(_phrase(rendue))
        issue = Issue(Etape.FORMULAIRE)
    dit = _a_dire(lue, form, issue)
    if dit:
        flash(*dit)
        return redirect(_adresse(organisme_id, rattachement_id), 303)
    dossier.noter(acteur, lue, now)
    apercu = issue.etape is Etape.APERCU
    return render_template(
        "caf/acces_apercu.html" if apercu else "caf/acces.html",
        **tete,
        fiche=lue,
        form=form,
        prevu=issue.changements,
        entre_temps=issue.etape is Etape.ENTRE_TEMPS,
        services=services(),
    )


def _a_dire(lue: Fiche, form: ModifierASaPlace, issue: Issue) -> tuple[str, str] | None:
    """What leads back to the file of the person: it is done, or there is nothing to change here."""
    if issue.etape in (Etape.RIEN, Etape.FAIT):
        return modification.dite(issue, lue)
    if request.method == "POST":
        return None
    if lue.refus_de_cocher:
        return SOI_MEME, "erreur"
    if lue.etat(clock.today(clock.now())) is Etat.CLOS:
        return form.phrase(RefusDeModification.CLOS), "erreur"
    return None


@blueprint.route(PERSONNE + "/clore", methods=["GET", "POST"])
@superviseur
def clore_a_sa_place(organisme_id: UUID, rattachement_id: UUID) -> Answer:
    """End the place of a user at once, once confirmed."""
    tete, acteur = en_tete(organisme_id, UTILISATEURS), delegation.acteur(the_agent(), organisme_id)
    lue = fiche.lire(acteur, rattachement_id)
    form = ConfirmationForm()
    if form.validate_on_submit():
        return _faire(organisme_id, lue, lambda now: _clos(acteur, lue, now))
    if not tete["a_sa_place"]:
        return _refusee(tete)
    dossier.noter(acteur, lue, clock.now())
    return render_template("caf/acces_clore.html", **tete, fiche=lue, form=form)


@blueprint.post(PERSONNE + "/rouvrir")
@superviseur
def rouvrir_a_sa_place(organisme_id: UUID, rattachement_id: UUID) -> Answer:
    """Open a closed place again."""
    acteur = delegation.acteur(the_agent(), organisme_id)
    lue = fiche.lire(acteur, rattachement_id)
    return _faire(organisme_id, lue, lambda now: _rouvert(acteur, lue, now))


@blueprint.post(PERSONNE + "/renvoyer")
@superviseur
def renvoyer_a_sa_place(organisme_id: UUID, rattachement_id: UUID) -> Answer:
    """Mail the identifiers again to who never connected."""
    acteur = delegation.acteur(the_agent(), organisme_id)
    lue = fiche.lire(acteur, rattachement_id)
    return _faire(organisme_id, lue, lambda now: _renvoye(acteur, lue, now))


def _faire(
    organisme_id: UUID, lue: Fiche, geste: Callable[[datetime], tuple[str, str]]
) -> AnyResponse:
    """Do it, if the form is one of ours, and say so on the file of the person."""
    if ConfirmationForm().validate_on_submit():
        try:
            flash(*geste(clock.now()))
        except DelegationRendue as rendue:
            flash(_phrase(rendue), "erreur")
    return redirect(_adresse(organisme_id, lue.rattachement_id), 303)


def _clos(acteur: Acteur, lue: Fiche, now: datetime) -> tuple[str, str]:
    refus = retraits.clore(lue.rattachement_id, par=acteur, now=now)
    return (_DEPARTS[refus], "erreur") if refus else (f"L’accès {de(lue.nom)} est clos.", "succes")


def _rouvert(acteur: Acteur, lue: Fiche, now: datetime) -> tuple[str, str]:
    if not retraits.rouvrir(lue.rattachement_id, par=acteur, now=now):
        return (SOI_MEME, "erreur") if lue.refus_de_regler else (DEJA_OUVERT, "info")
    if lue.suspendu_par_la_caf:
        reste = "mais il reste suspendu : levez la suspension dans « Supervision »."
        return f"L’accès {de(lue.nom)} n’est plus clos, {reste}", "info"
    return f"L’accès {de(lue.nom)} est rouvert.", "succes"


def _renvoye(acteur: Acteur, lue: Fiche, now: datetime) -> tuple[str, str]:
    if renvoi.renvoyer(acteur, lue.rattachement_id, now):
        return (
            f"L’identifiant et un nouveau mot de passe provisoire partent à {lue.email}.",
            "succes",
        )
    return DEJA_PARTI, "info"


def _phrase(rendue: DelegationRendue) -> str:
    return f"{rendue.message} {rendue.conseil}"


def _refusee(tete: dict[str, Any]) -> Answer:
    """The page of an organisme that manages itself: what to do first."""
    return render_template("caf/reprise_refusee.html", **tete), DelegationRendue.status


def _adresse(organisme_id: UUID, rattachement_id: UUID) -> str:
    return adresse(organisme_id, f"{UTILISATEURS}/{rattachement_id}")
