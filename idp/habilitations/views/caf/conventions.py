"""« Conventions » of an organisme: their states, and the steps that an agent makes them take."""

from uuid import UUID

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.guards import Answer
from idp.errors import NotHere
from idp.habilitations.conventions import dates, gestion, lecture
from idp.habilitations.conventions.dates import Dates
from idp.habilitations.conventions.gestion import ABSENTE, RefusDeConvention
from idp.habilitations.effets import etendue
from idp.habilitations.etats_de_convention import (
    CORRIGEABLES,
    EtatConvention,
    Qui,
    RefusDePassage,
    passages,
    refus_d_annuler_la_resiliation,
)
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_de_supervision import (
    ConventionForm,
    DatesForm,
    MotifForm,
    ResiliationForm,
)
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.caf.onglets import DOSSIER, adresse, en_tete
from idp.services import services

ONGLET = "/conventions"
CONVENTIONS = DOSSIER + ONGLET
CONVENTION = CONVENTIONS + "/<uuid:convention_id>"

REFUS_DE_PASSAGE = {
    RefusDePassage.IMPOSSIBLE: "Cette convention a changé d’état entre-temps : rien n’a été enregistré.",
    RefusDePassage.DEJA_TERMINEE: "Le dernier jour de cette convention est passé : préparez-en une autre.",
    RefusDePassage.DATE_PASSEE: "Le dernier jour ne peut pas être passé.",
    RefusDePassage.APRES_LA_FIN: "La convention se termine avant ce jour.",
    RefusDePassage.AVANT_LE_DEBUT: "La convention ne commence qu’après ce jour.",
    RefusDePassage.PLUS_RENOUVELABLE: (
        "La convention à renouveler est suspendue ou résiliée : elle ne peut plus être renouvelée."
    ),
    RefusDePassage.PAS_ANNONCEE: "Aucune résiliation n’est annoncée pour cette convention.",
    RefusDePassage.DEJA_SIGNEE: "Cette convention n’attend plus de signature : ses dates ne se corrigent plus.",
    RefusDePassage.INCHANGEES: "Ce sont déjà ses dates : vous n’avez rien changé.",
    RefusDePassage.CONTRAT_HORS: "Un de ses contrats de service n’aurait aucun jour dans ces dates.",
}
_REFUS = {
    RefusDeConvention.DEJA_TERMINEE: "Le dernier jour ne peut pas être passé.",
    RefusDeConvention.PAS_RENOUVELABLE: "Cette convention ne peut pas être renouvelée.",
}
_FAIT = {
    EtatConvention.A_SIGNER: "La convention est à signer.",
    EtatConvention.VALIDEE: "La convention est validée : ses contrats de service ouvrent leurs groupes.",
    EtatConvention.REFUSEE: "Le refus est noté.",
    EtatConvention.ABANDONNEE: "La convention est abandonnée.",
    EtatConvention.RESILIEE: "La résiliation est enregistrée.",
}


@blueprint.get(CONVENTIONS)
@agent
def caf_conventions(organisme_id: UUID) -> Answer:
    """Each convention, its contrats and groups, and its history."""
    return render_template(
        "caf/conventions.html",
        **en_tete(organisme_id, ONGLET),
        conventions=lecture.lire(organisme_id, clock.today(clock.now())),
        services=services(),
    )


@blueprint.route(CONVENTIONS + "/preparer", methods=["GET", "POST"])
@agent
def preparer_convention(organisme_id: UUID) -> Answer:
    """Prepare one; ``renouvelle`` names the convention that it is to follow."""
    tete = en_tete(organisme_id, ONGLET)
    renouvelle = request.args.get("renouvelle", type=UUID)
    now = clock.now()
    ancienne = gestion.trouver(the_agent(), organisme_id, renouvelle) if renouvelle else None
    libelle = ancienne.libelle if ancienne else tete["entete"].raison_sociale
    form = ConventionForm(libelle=libelle, debut=clock.today(now))
    if form.validate_on_submit():
        saisie = form.saisie(renouvelle)
        fait = gestion.preparer(the_agent(), organisme_id, saisie, now)
        if isinstance(fait, UUID):
            flash(
                "La convention est préparée. Ouvrez ses contrats, puis mettez-la à la signature.",
                "succes",
            )
            return redirect(adresse(organisme_id, ONGLET), 303)
        form.fin.errors = [_REFUS[fait]]
    return render_template("caf/convention_preparer.html", **tete, form=form, ancienne=ancienne)


@blueprint.route(CONVENTION + "/passer/<vers>", methods=["GET", "POST"])
@agent
def passer_convention(organisme_id: UUID, convention_id: UUID, vers: str) -> Answer:
    """Make it take a step, once one has read what follows and said why."""
    tete = en_tete(organisme_id, ONGLET)
    convention = gestion.trouver(the_agent(), organisme_id, convention_id)
    now = clock.now()
    etat = _permis(gestion.etat_au(convention, clock.today(now)), vers)
    if etat is None:
        flash(REFUS_DE_PASSAGE[RefusDePassage.IMPOSSIBLE], "erreur")
        return redirect(adresse(organisme_id, ONGLET), 303)
    form = ResiliationForm() if etat is EtatConvention.RESILIEE else MotifForm()
    if form.validate_on_submit():
        dernier_jour = form.dernier_jour.data if isinstance(form, ResiliationForm) else None
        refus = gestion.passer(
            the_agent(), convention, etat, motif=form.motif.data, now=now, dernier_jour=dernier_jour
        )
        if refus is None:
            return _fait(organisme_id, etat)
        champ = form.dernier_jour if isinstance(form, ResiliationForm) else form.motif
        champ.errors = [REFUS_DE_PASSAGE[refus]]
    return render_template(
        "caf/convention_passer.html",
        **tete,
        form=form,
        convention=convention,
        vers=etat,
        etendue=etendue.de_la_convention(convention_id),
        services=services(),
    )


@blueprint.route(CONVENTION + "/dates", methods=["GET", "POST"])
@agent
def corriger_les_dates(organisme_id: UUID, convention_id: UUID) -> Answer:
    """Correct when it begins and ends, as long as it is not signed, and say why."""
    tete = en_tete(organisme_id, ONGLET)
    convention = gestion.trouver(the_agent(), organisme_id, convention_id)
    if convention.etat not in CORRIGEABLES:
        flash(REFUS_DE_PASSAGE[RefusDePassage.DEJA_SIGNEE], "erreur")
        return redirect(adresse(organisme_id, ONGLET), 303)
    form = DatesForm(debut=convention.debut, fin=convention.fin)
    if form.validate_on_submit():
        voulues = Dates(form.debut.data, form.fin.data)
        motif = form.motif.data
        refus = dates.corriger(the_agent(), convention, voulues, motif=motif, now=clock.now())
        if refus is None:
            flash("Les dates de la convention sont corrigées.", "succes")
            return redirect(adresse(organisme_id, ONGLET), 303)
        form.fin.errors = [REFUS_DE_PASSAGE[refus]]
    return render_template("caf/convention_dates.html", **tete, form=form, convention=convention)


@blueprint.route(CONVENTION + "/annuler-la-resiliation", methods=["GET", "POST"])
@agent
def annuler_la_resiliation(organisme_id: UUID, convention_id: UUID) -> Answer:
    """The convention goes on after all, once one has read until when and said why."""
    tete = en_tete(organisme_id, ONGLET)
    convention = gestion.trouver(the_agent(), organisme_id, convention_id)
    now = clock.now()
    refus = refus_d_annuler_la_resiliation(gestion.vue(convention), clock.today(now))
    form = MotifForm()
    if refus is None and form.validate_on_submit():
        motif = form.motif.data
        refus = gestion.annuler_la_resiliation(the_agent(), convention, motif=motif, now=now)
        if refus is None:
            flash("La résiliation est annulée : la convention continue.", "succes")
            return redirect(adresse(organisme_id, ONGLET), 303)
    if refus is not None:
        flash(REFUS_DE_PASSAGE[refus], "erreur")
        return redirect(adresse(organisme_id, ONGLET), 303)
    return render_template(
        "caf/resiliation_annuler.html",
        **tete,
        form=form,
        convention=convention,
        etendue=etendue.de_la_convention(convention_id),
        services=services(),
    )


def _permis(etat: EtatConvention, vers: str) -> EtatConvention | None:
    if vers not in set(EtatConvention):
        raise NotHere(ABSENTE)
    return EtatConvention(vers) if vers in passages(etat, Qui.GESTIONNAIRE) else None


def _fait(organisme_id: UUID, etat: EtatConvention) -> AnyResponse:
    flash(_FAIT[etat], "succes")
    return redirect(adresse(organisme_id, ONGLET), 303)
