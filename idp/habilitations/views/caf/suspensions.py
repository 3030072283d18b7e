"""« Supervision » of an organisme: suspensions, delegation, passwords; ``remplacement.py`` replaces."""

from uuid import UUID

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.guards import Answer
from idp.errors import NotHere
from idp.habilitations.models import CibleDeSuspension
from idp.habilitations.perimetre import AILLEURS, organisme_de
from idp.habilitations.personnes import dossier
from idp.habilitations.supervision import (
    cibles,
    delegation,
    lecture,
    mots_de_passe,
    suspensions,
)
from idp.habilitations.supervision.cibles import CibleVue
from idp.habilitations.supervision.suspensions import RefusDeSuspension
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_de_supervision import MotifForm
from idp.habilitations.views.caf.guards import superviseur, the_agent
from idp.habilitations.views.caf.onglets import DOSSIER, adresse, en_tete
from idp.services import services

ONGLET = "/supervision"
SUPERVISION = DOSSIER + ONGLET
CHERCHE_MAX_CHARS = 100

REFUS = {
    RefusDeSuspension.DEJA: "C’est déjà suspendu.",
    RefusDeSuspension.PAS_OUVERTE: "Cette convention n’ouvre rien : il n’y a rien à suspendre.",
    RefusDeSuspension.LEVEE: "Cette suspension est déjà levée.",
    RefusDeSuspension.CONVENTION_FINIE: (
        "Le dernier jour de cette convention est passé : lever sa suspension ne rouvrirait rien. Renouvelez-la."
    ),
}


@blueprint.get(SUPERVISION)
@superviseur
def caf_supervision_organisme(organisme_id: UUID) -> Answer:
    """What is suspended, what may be; ``q`` looks for a person."""
    cherche = request.args.get("q", "").strip()[:CHERCHE_MAX_CHARS]
    apres, successions, personnes = (
        request.args.get(nom, type=UUID) for nom in ("apres", "successions", "personnes")
    )
    return render_template(
        "caf/supervision_organisme.html",
        **en_tete(organisme_id, ONGLET),
        tableau=lecture.tableau(
            the_agent(), organisme_id, clock.now(), apres, successions_apres=successions
        ),
        a_suspendre=lecture.a_suspendre(organisme_id),
        services=services(),
        q=cherche,
        personnes=lecture.personnes(the_agent(), organisme_id, cherche, personnes),
        moi=the_agent().account_id,
    )


@blueprint.route(SUPERVISION + "/suspendre/<cible>/<uuid:cible_id>", methods=["GET", "POST"])
@superviseur
def suspendre_a_titre_conservatoire(organisme_id: UUID, cible: str, cible_id: UUID) -> Answer:
    """Suspend it, once one has read how many people it concerns."""
    tete = en_tete(organisme_id, ONGLET)
    vue = cibles.trouver(the_agent(), organisme_id, _cible(cible), cible_id)
    form = MotifForm()
    if form.validate_on_submit():
        fait = suspensions.suspendre(
            the_agent(),
            organisme_id,
            vue.cible,
            cible_id,
            motif=form.motif.data,
            now=clock.now(),
        )
        refus = None if isinstance(fait, UUID) else REFUS[fait]
        return _dire(organisme_id, "La suspension est en vigueur.", refus)
    _noter(vue)
    return render_template(
        "caf/suspendre.html",
        **tete,
        form=form,
        vue=vue,
        etendue=vue.etendue(),
        services=services(),
    )


@blueprint.route(SUPERVISION + "/suspensions/<uuid:suspension_id>", methods=["GET", "POST"])
@superviseur
def lever_la_suspension(organisme_id: UUID, suspension_id: UUID) -> Answer:
    """Give back what was suspended."""
    tete = en_tete(organisme_id, ONGLET)
    suspension = suspensions.trouver(the_agent(), organisme_id, suspension_id)
    form = MotifForm()
    if form.validate_on_submit():
        refus = suspensions.lever(
            the_agent(), organisme_id, suspension_id, motif=form.motif.data, now=clock.now()
        )
        return _dire(organisme_id, "La suspension est levée.", REFUS[refus] if refus else None)
    vue = cibles.trouver(
        the_agent(), organisme_id, suspension.cible, suspension.cible_id or organisme_id
    )
    _noter(vue)
    return render_template(
        "caf/suspension_lever.html",
        **tete,
        form=form,
        suspension=suspension,
        vue=vue,
        etendue=vue.etendue(),
        services=services(),
    )


@blueprint.route(SUPERVISION + "/mot-de-passe", methods=["GET", "POST"])
@superviseur
def imposer_les_mots_de_passe(organisme_id: UUID) -> Answer:
    """Everybody of the organisme chooses another password."""
    tete = en_tete(organisme_id, ONGLET)
    form = MotifForm()
    if form.validate_on_submit():
        nombre = mots_de_passe.imposer_a_tous(
            the_agent(), organisme_id, motif=form.motif.data, now=clock.now()
        )
        fait = (
            f"{nombre} personne{'s' if nombre > 1 else ''} devront choisir un autre mot de passe."
        )
        return _dire(organisme_id, fait)
    vue = cibles.trouver(the_agent(), organisme_id, CibleDeSuspension.ORGANISME, organisme_id)
    return render_template(
        "caf/mot_de_passe.html",
        **tete,
        form=form,
        personne=None,
        nombre=vue.etendue().personnes,
    )


@blueprint.route(SUPERVISION + "/mot-de-passe/<uuid:rattachement_id>", methods=["GET", "POST"])
@superviseur
def imposer_un_mot_de_passe(organisme_id: UUID, rattachement_id: UUID) -> Answer:
    """One person chooses another password."""
    tete = en_tete(organisme_id, ONGLET)
    cible = CibleDeSuspension.UTILISATEUR
    vue = cibles.trouver(the_agent(), organisme_id, cible, rattachement_id)
    form = MotifForm()
    if form.validate_on_submit():
        fait = mots_de_passe.imposer_a(
            the_agent(), organisme_id, rattachement_id, motif=form.motif.data, now=clock.now()
        )
        refus = None if fait else f"{vue.libelle} n’a pas encore de mot de passe à changer."
        return _dire(organisme_id, f"{vue.libelle} devra choisir un autre mot de passe.", refus)
    _noter(vue)
    return render_template(
        "caf/mot_de_passe.html", **tete, form=form, personne=vue.libelle, nombre=1
    )


@blueprint.route(SUPERVISION + "/delegation", methods=["GET", "POST"])
@superviseur
def changer_la_delegation(organisme_id: UUID) -> Answer:
    """Withdraw the delegation, or give it back."""
    tete = en_tete(organisme_id, ONGLET)
    organisme = organisme_de(the_agent(), organisme_id)
    retiree = organisme.delegation_retiree_at is not None
    form = MotifForm()
    if form.validate_on_submit():
        faire = delegation.rendre if retiree else delegation.retirer
        change = faire(the_agent(), organisme_id, motif=form.motif.data, now=clock.now())
        fait = "La gestion est rendue à l’organisme." if retiree else "La Caf gère cet organisme."
        return _dire(organisme_id, fait, None if change else "C’est déjà fait.")
    return render_template("caf/delegation.html", **tete, form=form, retiree=retiree)


def _noter(vue: CibleVue) -> None:
    if vue.cible is CibleDeSuspension.UTILISATEUR:
        dossier.noter_la_page(the_agent(), vue.ligne.id, clock.now())


def _cible(nom: str) -> CibleDeSuspension:
    if nom not in set(CibleDeSuspension):
        raise NotHere(AILLEURS)
    return CibleDeSuspension(nom)


def _dire(organisme_id: UUID, fait: str, refus: str | None = None) -> AnyResponse:
    flash(*((refus, "erreur") if refus else (fait, "succes")))
    return redirect(adresse(organisme_id, ONGLET), 303)
