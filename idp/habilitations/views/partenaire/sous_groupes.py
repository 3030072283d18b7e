"""Sous-groupes: created, renamed, composed otherwise and taken away, once what would change was shown."""

from uuid import UUID

from flask import flash, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.composition import mes_groupes, sous_groupes
from idp.habilitations.composition.mes_groupes import ContratAffiche, GroupeVu
from idp.habilitations.composition.sous_groupes import Changement, RefusDeSousGroupe
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import administrateur, the_acteur, the_selection
from idp.habilitations.views.partenaire.formulaires_de_groupes import (
    PHRASES,
    SousGroupeForm,
    SuppressionForm,
)
from idp.habilitations.views.partenaire.groupes import GROUPES
from idp.services import services

SOUS_GROUPES = "/habilitations/sous-groupes"
SOUS_GROUPE = SOUS_GROUPES + "/<uuid:sous_groupe_id>"


@blueprint.route(SOUS_GROUPES + "/creer/<uuid:contrat_id>", methods=["GET", "POST"])
@administrateur
def creer_sous_groupe(contrat_id: UUID) -> Answer:
    """Name some groups of a contract."""
    acteur, now = the_acteur(), clock.now()
    contrat = mes_groupes.le_contrat(acteur, contrat_id, now)
    offerts = sous_groupes.offerts(contrat)
    form = SousGroupeForm.pour(offerts)
    if form.validate_on_submit():
        cree = sous_groupes.creer(acteur, contrat, form.voulu(), now)
        if isinstance(cree, UUID):
            flash(
                f"Le sous-groupe « {form.nom.data} » est créé. Personne n’y est encore.", "succes"
            )
            return redirect(f"{GROUPES}/{cree}", 303)
        form.refuser(cree)
    return render_template(
        "habilitations/sous_groupe.html",
        selection=the_selection(),
        contrat=contrat,
        groupe=None,
        form=form,
        possible=len(contrat.bases) > 1,
        services=services(),
    )


@blueprint.route(SOUS_GROUPE + "/modifier", methods=["GET", "POST"])
@administrateur
def modifier_sous_groupe(sous_groupe_id: UUID) -> Answer:
    """Its name, and what it opens; a change is shown before it is done."""
    acteur, now = the_acteur(), clock.now()
    contrat, groupe = sous_groupes.lire(acteur, sous_groupe_id, now)
    form = SousGroupeForm.pour(sous_groupes.offerts(contrat, groupe), groupe)
    if form.validate_on_submit():
        voulu = form.voulu()
        if form.confirme.data:
            fait = sous_groupes.appliquer(
                acteur, groupe.id, voulu, version=form.version.data or "", now=now
            )
            if isinstance(fait, Changement):
                return _fait(groupe, fait, str(form.nom.data))
            form.refuser(fait)
        else:
            prevu = sous_groupes.preparer(acteur, contrat, groupe, voulu, now)
            if isinstance(prevu, Changement):
                return _apercu(contrat, groupe, form, prevu)
            form.refuser(prevu)
    return render_template(
        "habilitations/sous_groupe.html",
        selection=the_selection(),
        contrat=contrat,
        groupe=groupe,
        form=form,
        possible=True,
        services=services(),
    )


def _apercu(
    contrat: ContratAffiche, groupe: GroupeVu, form: SousGroupeForm, prevu: Changement
) -> Answer:
    if not prevu:
        return _fait(groupe, prevu, groupe.libelle)
    return render_template(
        "habilitations/sous_groupe_apercu.html",
        selection=the_selection(),
        contrat=contrat,
        groupe=groupe,
        form=form,
        prevu=prevu,
        services=services(),
    )


def _fait(groupe: GroupeVu, fait: Changement, nom: str) -> AnyResponse:
    if fait:
        flash(f"Le sous-groupe « {nom} » est modifié.", "succes")
    else:
        flash("Vous n’avez rien changé.", "info")
    return redirect(f"{GROUPES}/{groupe.id}", 303)


@blueprint.route(SOUS_GROUPE + "/supprimer", methods=["GET", "POST"])
@administrateur
def supprimer_sous_groupe(sous_groupe_id: UUID) -> Answer:
    """Take it away, once confirmed: its members were told of."""
    acteur, now = the_acteur(), clock.now()
    contrat, groupe = sous_groupes.lire(acteur, sous_groupe_id, now)
    form = SuppressionForm()
    if form.validate_on_submit():
        refus = sous_groupes.supprimer(acteur, groupe.id, version=form.version.data or "", now=now)
        if refus is None:
            flash(f"Le sous-groupe « {groupe.libelle} » est supprimé.", "succes")
            return redirect(GROUPES, 303)
        flash(PHRASES[refus], "attention" if refus is RefusDeSousGroupe.ENTRE_TEMPS else "erreur")
        return redirect(f"{SOUS_GROUPES}/{groupe.id}/supprimer", 303)
    return render_template(
        "habilitations/sous_groupe_supprimer.html",
        selection=the_selection(),
        contrat=contrat,
        groupe=groupe,
        form=SuppressionForm(formdata=None),
        effets=sous_groupes.prevoir_suppression(acteur, groupe, now),
        services=services(),
    )
