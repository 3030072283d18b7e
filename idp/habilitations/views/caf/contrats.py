"""Contrats de service of a convention: opened with their groups, given more of them, closed, opened again."""

from collections.abc import Sequence
from uuid import UUID

from flask import flash, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.guards import Answer
from idp.errors import NotHere
from idp.habilitations import groupes
from idp.habilitations.conventions import contrats, fermeture, gestion
from idp.habilitations.conventions.contrats import Ouvert, RefusDeContrat
from idp.habilitations.conventions.fermeture import RefusDeFermer
from idp.habilitations.effets import etendue
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.conventions import CONVENTION, ONGLET
from idp.habilitations.views.caf.formulaires_de_supervision import (
    ContratForm,
    MotifForm,
    NouveauContratForm,
)
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.caf.onglets import DOSSIER, adresse, en_tete
from idp.services import Service, services

CONTRAT = DOSSIER + "/contrats/<uuid:contrat_id>"

REFUS = {
    RefusDeContrat.CONVENTION_FERMEE: "La convention ne permet pas d’ouvrir un service dans son état.",
    RefusDeContrat.SERVICE_INCONNU: "Ce service n’existe plus.",
    RefusDeContrat.DEJA_OUVERT: "Ce contrat de service est déjà ouvert.",
    RefusDeContrat.DEJA_CLOS: "Ce contrat de service est clos.",
    RefusDeContrat.INCONNU: "Ce choix n’existe plus : rechargez la page.",
    RefusDeContrat.DEJA_FINI: "Le dernier jour précède le premier.",
    RefusDeContrat.RIEN: "Ces groupes existent déjà : rien n’a été ajouté.",
}

REFUS_DE_FERMER = {
    RefusDeFermer.DEJA_FERME: "Ce groupe est déjà fermé.",
    RefusDeFermer.SUSPENDU: "Ce groupe est suspendu : levez d’abord la suspension.",
}


@blueprint.route(CONVENTION + "/contrats/<code>", methods=["GET", "POST"])
@agent
def ouvrir_contrat(organisme_id: UUID, convention_id: UUID, code: str) -> Answer:
    """Open a service, with the groups of its template."""
    tete = en_tete(organisme_id, ONGLET)
    convention = gestion.trouver(the_agent(), organisme_id, convention_id)
    service = _service(code)
    form = NouveauContratForm(zones=organisme_de(the_agent(), organisme_id).caisse_code)
    form.offrir(groupes.declinaisons(service))
    if form.validate_on_submit():
        fait = contrats.ouvrir(the_agent(), convention, code, form.choix(), clock.now())
        if isinstance(fait, Ouvert):
            return _dire(organisme_id, _ouverts(fait.groupes, service))
        champ = form.fin if fait is RefusDeContrat.DEJA_FINI else form.declinaisons
        champ.errors = [REFUS[fait]]
    return render_template(
        "caf/contrat.html", **tete, form=form, service=service, convention=convention, ajout=False
    )


@blueprint.route(CONTRAT + "/groupes", methods=["GET", "POST"])
@agent
def etendre_contrat(organisme_id: UUID, contrat_id: UUID) -> Answer:
    """Add zones, types de logement, profils or roles."""
    tete = en_tete(organisme_id, ONGLET)
    contrat, convention = contrats.trouver(the_agent(), organisme_id, contrat_id)
    service = _service(contrat.service)
    form = ContratForm(zones=organisme_de(the_agent(), organisme_id).caisse_code)
    form.offrir(groupes.declinaisons(service))
    if form.validate_on_submit():
        fait = contrats.etendre(the_agent(), organisme_id, contrat_id, form.choix(), clock.now())
        if isinstance(fait, Ouvert):
            return _dire(organisme_id, _ouverts(fait.groupes, service))
        form.declinaisons.errors = [REFUS[fait]]
    return render_template(
        "caf/contrat.html", **tete, form=form, service=service, convention=convention, ajout=True
    )


@blueprint.route(CONTRAT + "/groupes/<uuid:groupe_id>/fermer", methods=["GET", "POST"])
@agent
def fermer_groupe(organisme_id: UUID, contrat_id: UUID, groupe_id: UUID) -> Answer:
    """Close a groupe at once, once one has read how many people it concerns."""
    tete = en_tete(organisme_id, ONGLET)
    groupe = fermeture.trouver(the_agent(), organisme_id, contrat_id, groupe_id)
    form = MotifForm()
    if form.validate_on_submit():
        refus = fermeture.fermer(
            *(the_agent(), organisme_id, contrat_id, groupe_id),
            motif=form.motif.data,
            now=clock.now(),
        )
        flash(
            *((REFUS_DE_FERMER[refus], "erreur") if refus else ("Le groupe est fermé.", "succes"))
        )
        return redirect(adresse(organisme_id, ONGLET), 303)
    return render_template(
        "caf/groupe_fermer.html",
        **tete,
        form=form,
        groupe=groupe,
        etendue=etendue.du_groupe(groupe_id),
        services=services(),
    )


@blueprint.route(CONTRAT + "/clore", methods=["GET", "POST"])
@agent
def clore_contrat(organisme_id: UUID, contrat_id: UUID) -> Answer:
    """Close it at once, once one has read how many people it concerns."""
    return _changer(organisme_id, contrat_id, rouvrir=False)


@blueprint.route(CONTRAT + "/rouvrir", methods=["GET", "POST"])
@agent
def rouvrir_contrat(organisme_id: UUID, contrat_id: UUID) -> Answer:
    """Open it again, with its groups and its people."""
    return _changer(organisme_id, contrat_id, rouvrir=True)


def _changer(organisme_id: UUID, contrat_id: UUID, *, rouvrir: bool) -> Answer:
    tete = en_tete(organisme_id, ONGLET)
    contrat, _convention = contrats.trouver(the_agent(), organisme_id, contrat_id)
    form = MotifForm()
    if form.validate_on_submit():
        faire = contrats.rouvrir if rouvrir else contrats.clore
        refus = faire(the_agent(), organisme_id, contrat_id, motif=form.motif.data, now=clock.now())
        fait = (
            "Le contrat de service est rouvert." if rouvrir else "Le contrat de service est clos."
        )
        return _dire(organisme_id, fait, refus)
    return render_template(
        "caf/contrat_clore.html",
        **tete,
        form=form,
        service=services().get(contrat.service),
        contrat=contrat,
        etendue=etendue.du_contrat(contrat_id),
        services=services(),
        rouvrir=rouvrir,
    )


def _service(code: str) -> Service:
    service = services().get(code)
    if service is None:
        raise NotHere("Ce service n’existe pas.")
    return service


def _ouverts(codes: Sequence[str], service: Service) -> str:
    if len(codes) == 1:
        return f"Un groupe est ouvert pour {service.nom}."
    return f"{len(codes)} groupes sont ouverts pour {service.nom}."


def _dire(organisme_id: UUID, fait: str, refus: RefusDeContrat | None = None) -> AnyResponse:
    flash(*((REFUS[refus], "erreur") if refus else (fait, "succes")))
    return redirect(adresse(organisme_id, ONGLET), 303)
