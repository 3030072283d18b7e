"""Two organismes that are one: found, compared, put together once confirmed twice, and taken apart again."""

from collections.abc import Mapping
from uuid import UUID

from flask import flash, redirect, render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.fusion import apercu, reunion, separation
from idp.habilitations.fusion.apercu import Apercu
from idp.habilitations.fusion.models import Fusion
from idp.habilitations.fusion.policy import Obstacle
from idp.habilitations.fusion.reunion import Change
from idp.habilitations.organismes import recherche, saisie
from idp.habilitations.organismes.recherche import Page
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_de_fusion import ReunirForm, SeparerForm
from idp.habilitations.views.caf.guards import superviseur, the_agent
from idp.habilitations.views.caf.onglets import DOSSIER, adresse, en_tete
from idp.services import services

CHERCHE_MAX_CHARS = 100
OBSTACLES: Mapping[Obstacle, str] = {
    Obstacle.LE_MEME: "C’est le même organisme.",
    Obstacle.DEJA_REUNI: "L’un des deux est déjà réuni à un autre organisme.",
    Obstacle.SUSPENDU: "L’un des deux est suspendu, ou la Caf y a repris la délégation :"
    " levez d’abord cette mesure.",
    Obstacle.REVUE: "Une revue des habilitations est en cours : attendez qu’elle soit terminée.",
    Obstacle.IMPORT: "Un import d’utilisateurs est en cours : attendez qu’il soit terminé.",
    Obstacle.REMPLACEMENT: "Un remplacement d’administrateur attend une décision.",
    Obstacle.DEFAITE: "Ces deux organismes sont déjà séparés.",
    Obstacle.GROUPES_MELES: "Depuis, des personnes de l’un ont reçu des groupes de l’autre :"
    " retirez-les d’abord.",
    Obstacle.MANDATS_MELES: "Depuis, un mandat porte à la fois sur des groupes des deux :"
    " retirez-le d’abord.",
}


@blueprint.get(DOSSIER + "/fusion")
@superviseur
def caf_fusion(organisme_id: UUID) -> Answer:
    """Look for the organisme that is the same as this one."""
    tete = en_tete(organisme_id)
    texte = request.args.get("q", "").strip()[:CHERCHE_MAX_CHARS]
    trouves = recherche.chercher(the_agent(), saisie.lire(texte)).organismes if texte else Page()
    return render_template(
        "caf/fusion.html",
        **tete,
        q=texte,
        trouves=[un for un in trouves.lignes if un.id != organisme_id and not un.reuni],
    )


@blueprint.route(DOSSIER + "/fusion/<uuid:autre_id>", methods=["GET", "POST"])
@superviseur
def caf_fusionner(organisme_id: UUID, autre_id: UUID) -> Answer:
    """What moves from the other one to this one; asked for with a motif, then confirmed as it was shown."""
    now = clock.now()
    vu = apercu.montrer(the_agent(), organisme_id, autre_id, now)
    form = ReunirForm()
    if not form.validate_on_submit():
        return _page(vu, form, confirmer=False)
    if not form.apercu.data:
        form.apercu.data = vu.empreinte
        return _page(vu, form, confirmer=True)
    fait = reunion.reunir(
        the_agent(),
        organisme_id,
        autre_id,
        empreinte=form.apercu.data,
        motif=str(form.motif.data),
        now=now,
    )
    if isinstance(fait, Fusion):
        flash("Les deux organismes n’en font plus qu’un.", "succes")
        return redirect(adresse(organisme_id), 303)
    if fait is Change.ENTRE_TEMPS:
        form.form_errors.append(
            "Ces organismes ont changé entre-temps : relisez ce qui serait réuni."
        )
    form.apercu.data = ""
    vu = apercu.montrer(the_agent(), organisme_id, autre_id, now)
    return _page(vu, form, confirmer=False)


def _page(vu: Apercu, form: ReunirForm, *, confirmer: bool) -> Answer:
    return render_template(
        "caf/fusionner.html",
        **en_tete(vu.garde.id),
        vu=vu,
        form=form,
        confirmer=confirmer and vu.obstacle is None,
        obstacle=OBSTACLES[vu.obstacle] if vu.obstacle else "",
        services=services(),
    )


@blueprint.route(DOSSIER + "/fusions/<uuid:fusion_id>", methods=["GET", "POST"])
@superviseur
def caf_separer(organisme_id: UUID, fusion_id: UUID) -> Answer:
    """Take apart what was put together, with a motif."""
    vue = separation.lire(the_agent(), organisme_id, fusion_id)
    form = SeparerForm()
    if form.validate_on_submit():
        refus = separation.separer(
            the_agent(), organisme_id, fusion_id, motif=str(form.motif.data), now=clock.now()
        )
        if refus is None:
            flash("Les deux organismes sont séparés.", "succes")
            return redirect(adresse(organisme_id), 303)
        vue = separation.lire(the_agent(), organisme_id, fusion_id)
    return render_template(
        "caf/separer.html",
        **en_tete(organisme_id),
        vue=vue,
        form=form,
        obstacle=OBSTACLES[vue.obstacle] if vue.obstacle else "",
    )
