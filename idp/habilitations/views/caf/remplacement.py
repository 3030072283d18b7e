"""The administrateur of an organisme replaced by the Caf: asked by an agent, decided by another one."""

from uuid import UUID

from flask import flash, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations.administration import administrateurs
from idp.habilitations.deux_agents import NOUVEAU
from idp.habilitations.models import CibleDeSuspension
from idp.habilitations.personnes import dossier
from idp.habilitations.supervision import cibles, lecture, remplacements
from idp.habilitations.supervision.lecture import RemplacementVu
from idp.habilitations.supervision.models import Remplacement
from idp.habilitations.supervision.remplacements import RefusDeRemplacement, Successeur
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_de_supervision import MotifForm, SuccesseurForm
from idp.habilitations.views.caf.guards import superviseur, the_agent
from idp.habilitations.views.caf.onglets import adresse, en_tete
from idp.habilitations.views.caf.suspensions import ONGLET, SUPERVISION

REMPLACEMENT = SUPERVISION + "/remplacement"
UN_REMPLACEMENT = SUPERVISION + "/remplacements/<uuid:remplacement_id>"
REMPLACE = "L’administrateur est remplacé ; les anciens administrateurs sont prévenus."
ACCEPTEE = (
    "Cette personne est administrateur ; les autres administrateurs et l’organisme sont prévenus."
)
REFUSEE = "La demande est refusée ; cette personne en est prévenue."
REFUS = {
    RefusDeRemplacement.DEJA_EN_COURS: "Un remplacement attend déjà l’accord d’un second agent.",
    RefusDeRemplacement.DEJA_ADMINISTRATEUR: "Cette personne est déjà administrateur.",
    RefusDeRemplacement.PAS_ACTIF: (
        "Cette personne ne peut pas agir aujourd’hui : son accès est suspendu, clos ou pas encore ouvert."
    ),
    RefusDeRemplacement.MEME_AGENT: (
        "Vous avez demandé ce remplacement : c’est à un autre agent de donner son accord."
    ),
    RefusDeRemplacement.CREE_PAR_L_AUTRE: (
        "L’un de vous deux a créé le compte d’agent de l’autre : c’est à un troisième agent de donner son accord."
    ),
    RefusDeRemplacement.TROP_RECENT: (
        f"Un agent créé il y a moins de {NOUVEAU.days} jours ne décide pas encore à deux :"
        " adressez-vous à un autre agent."
    ),
    RefusDeRemplacement.PERIMEE: "Cette demande est déjà décidée, ou trop ancienne.",
}


@blueprint.route(REMPLACEMENT, methods=["GET", "POST"])
@superviseur
def remplacer_par_une_nouvelle_personne(organisme_id: UUID) -> Answer:
    """Ask that a new person, who gets the two letters, becomes administrateur."""
    tete = en_tete(organisme_id, ONGLET)
    form = SuccesseurForm()
    if form.validate_on_submit():
        return _demander(organisme_id, form.successeur(), form.motif.data)
    return _page(tete, organisme_id, form, None)


@blueprint.route(REMPLACEMENT + "/<uuid:rattachement_id>", methods=["GET", "POST"])
@superviseur
def remplacer_par_un_utilisateur(organisme_id: UUID, rattachement_id: UUID) -> Answer:
    """Ask that a user of the organisme becomes administrateur."""
    tete = en_tete(organisme_id, ONGLET)
    cible = CibleDeSuspension.UTILISATEUR
    vue = cibles.trouver(the_agent(), organisme_id, cible, rattachement_id)
    form = MotifForm()
    if form.validate_on_submit():
        return _demander(organisme_id, Successeur(rattachement_id), form.motif.data)
    dossier.noter_la_page(the_agent(), rattachement_id, clock.now())
    return _page(tete, organisme_id, form, vue.libelle)


def _page(
    tete: dict[str, object], organisme_id: UUID, form: MotifForm, successeur: str | None
) -> Answer:
    return render_template(
        "caf/remplacement.html",
        **tete,
        form=form,
        successeur=successeur,
        administrateurs=administrateurs.lister(organisme_id, clock.today(clock.now())),
    )


def _demander(organisme_id: UUID, successeur: Successeur, motif: str) -> AnyResponse:
    fait = remplacements.demander(
        the_agent(), organisme_id, successeur, motif=motif, now=clock.now()
    )
    refus = None if isinstance(fait, UUID) else fait
    return _dire(organisme_id, "Le remplacement attend l’accord d’un second agent.", refus)


@blueprint.get(UN_REMPLACEMENT)
@superviseur
def caf_remplacement(organisme_id: UUID, remplacement_id: UUID) -> Answer:
    """What is asked, by whom and why; the second agent decides here."""
    tete = en_tete(organisme_id, ONGLET)
    vu = _a_decider(organisme_id, remplacement_id)
    if vu is None:
        return _dire(organisme_id, "", RefusDeRemplacement.PERIMEE)
    _noter(vu)
    return render_template(
        "caf/remplacement_decider.html",
        **tete,
        vu=vu,
        moi=the_agent().account_id,
        form=ConfirmationForm(formdata=None),
        administrateurs=administrateurs.lister(organisme_id, clock.today(clock.now())),
    )


@blueprint.post(UN_REMPLACEMENT + "/accorder")
@superviseur
def accorder_remplacement(organisme_id: UUID, remplacement_id: UUID) -> Answer:
    """The second agent agrees."""
    demande = remplacements.trouver(the_agent(), organisme_id, remplacement_id)
    if not ConfirmationForm().validate_on_submit():
        return redirect(adresse(organisme_id, ONGLET), 303)
    fait = ACCEPTEE if demande.succession_id else REMPLACE
    refus = remplacements.accorder(the_agent(), organisme_id, remplacement_id, clock.now())
    return _dire(organisme_id, fait, refus)


@blueprint.route(UN_REMPLACEMENT + "/refuser", methods=["GET", "POST"])
@superviseur
def refuser_remplacement(organisme_id: UUID, remplacement_id: UUID) -> Answer:
    """The second agent refuses, and says why."""
    tete = en_tete(organisme_id, ONGLET)
    vu = _a_decider(organisme_id, remplacement_id)
    if vu is None:
        return _dire(organisme_id, "", RefusDeRemplacement.PERIMEE)
    form = MotifForm()
    if form.validate_on_submit():
        refus = remplacements.refuser(
            *(the_agent(), organisme_id, remplacement_id), motif=form.motif.data, now=clock.now()
        )
        fait = REFUSEE if vu.succession_id else "Le remplacement est refusé."
        return _dire(organisme_id, fait, refus)
    _noter(vu)
    return render_template("caf/remplacement_refuser.html", **tete, form=form, vu=vu)


def _a_decider(organisme_id: UUID, remplacement_id: UUID) -> RemplacementVu | None:
    remplacements.trouver(the_agent(), organisme_id, remplacement_id)
    vus = lecture.remplacements(the_agent(), clock.now(), Remplacement.id == remplacement_id)
    return vus.lignes[0] if vus.lignes else None


def _noter(vu: RemplacementVu) -> None:
    if vu.successeur_id:
        dossier.noter_la_page(the_agent(), vu.successeur_id, clock.now())


@blueprint.post(UN_REMPLACEMENT + "/annuler")
@superviseur
def annuler_remplacement(organisme_id: UUID, remplacement_id: UUID) -> Answer:
    """Who asked takes it back."""
    remplacements.trouver(the_agent(), organisme_id, remplacement_id)
    if ConfirmationForm().validate_on_submit():
        annule = remplacements.annuler(the_agent(), organisme_id, remplacement_id, clock.now())
        refus = None if annule else RefusDeRemplacement.PERIMEE
        return _dire(organisme_id, "La demande est retirée.", refus)
    return redirect(adresse(organisme_id, ONGLET), 303)


def _dire(organisme_id: UUID, fait: str, refus: RefusDeRemplacement | None) -> AnyResponse:
    flash(*((REFUS[refus], "erreur") if refus else (fait, "succes")))
    return redirect(adresse(organisme_id, ONGLET), 303)
