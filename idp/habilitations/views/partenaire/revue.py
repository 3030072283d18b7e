"""« Revue des habilitations »: begun, answered person by person, and looked at again; for administrateurs alone.

How it is ended, and what became of it, is in ``revue_fin.py``.
"""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations.revues import lecture, lignes, ouverture, phrases, reponses
from idp.habilitations.revues.lecture import Avis, RevueVue
from idp.habilitations.revues.lignes import LigneVue, Vue
from idp.habilitations.revues.policy import Decision
from idp.habilitations.revues.reponses import Reponse, Suite
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import (
    administrateur,
    current_selection,
    the_acteur,
    the_selection,
)
from idp.services import services

REVUE = "/habilitations/revue"
UNE_REVUE = REVUE + "/<uuid:revue_id>"


@blueprint.get(REVUE)
@administrateur
def revue_des_habilitations() -> Answer:
    """The review that is open, a page of people at a time; when there is none, how to begin one."""
    selection, acteur = the_selection(), the_acteur()
    revue = lecture.en_cours(selection.organisme_id)
    if revue is None:
        return render_template(
            "habilitations/revue_commencer.html",
            selection=selection,
            anciennes=lecture.anciennes(selection.organisme_id),
            form=ConfirmationForm(),
        )
    if not revue.ouverte:
        return redirect(f"{REVUE}/{revue.id}", 303)
    vue = _vue(request.args.get("vue", ""))
    apres = max(request.args.get("apres", 0, type=int), 0)
    derniere = request.args.get("derniere", type=UUID)
    return render_template(
        "habilitations/revue.html",
        selection=selection,
        revue=revue,
        avancement=lecture.avancement(revue.id, acteur.account_id),
        page=lignes.page(revue, acteur, vue, apres=apres),
        derniere=lignes.ligne(revue, derniere) if derniere else None,
        vue=vue,
        apres=apres,
        soi_meme=acteur.account_id,
        jour=clock.today(clock.now()),
        raisons=phrases.raisons,
        services=services(),
    )


def avis_de_revue() -> Avis | None:
    """For the pages that recall an open review to administrateurs: asked for by those alone that show it."""
    selection = current_selection()
    if selection is None or not selection.peut_administrer:
        return None
    return lecture.avis(selection.organisme_id, selection.account_id)


def _vue(text: str) -> Vue:
    return Vue(text) if text in set(Vue) else Vue.A_REVOIR


@blueprint.post(REVUE + "/commencer")
@administrateur
def commencer_la_revue() -> Answer:
    """« Commencer la revue »."""
    if ConfirmationForm().validate_on_submit():
        revue_id = ouverture.commencer(the_acteur(), clock.now())
        if revue_id is None:
            flash("Vous êtes seul dans votre organisme : il n’y a personne à revoir.", "info")
    return redirect(REVUE, 303)


@blueprint.post(UNE_REVUE + "/repondre")
@administrateur
def repondre_a_la_revue(revue_id: UUID) -> Answer:
    """« Garder », « Retirer », « Annuler »; then the next person without an answer."""
    acteur = the_acteur()
    revue = lecture.lire(acteur.organisme_id, revue_id)
    rattachement_id = request.form.get("rattachement", type=UUID)
    reponse = request.form.get("reponse", "")
    if rattachement_id is None or reponse not in {*Decision, reponses.ANNULER}:
        return redirect(REVUE, 303)
    voulue = Reponse(rattachement_id, _decision(reponse), _decision(request.form.get("vu", "")))
    suite = reponses.repondre(acteur, revue_id, voulue, clock.now())
    ligne = lignes.ligne(revue, rattachement_id)
    if ligne is not None and suite in _DITES:
        flash(_DITES[suite].format(nom=ligne.nom, autre=ligne.decideur or "Quelqu’un"), "erreur")
    return _suivante(revue, ligne, annulee=reponse == reponses.ANNULER)


def _decision(text: str) -> Decision | None:
    return Decision(text) if text in set(Decision) else None


_DITES = {
    Suite.SOI_MEME: "Vous ne répondez pas pour vous-même : un autre administrateur le fait.",
    Suite.ENTRE_TEMPS: (
        "{autre} a répondu entre-temps pour {nom}. Votre réponse n’est pas enregistrée : voici la sienne, que vous"
        " pouvez changer."
    ),
    Suite.TERMINEE: "Cette revue est terminée : les réponses ne changent plus.",
}


def _suivante(revue: RevueVue, ligne: LigneVue | None, *, annulee: bool) -> AnyResponse:
    vue = _vue(request.form.get("vue", ""))
    apres = max(request.form.get("apres", 0, type=int), 0)
    rang = ligne.rang if ligne else 0
    prochaine = ligne.rattachement_id if ligne and (annulee or vue is not Vue.A_REVOIR) else None
    if prochaine is None:
        prochaine = lignes.prochaine(revue.id, the_acteur(), rang)
    if annulee and vue is Vue.A_REVOIR:
        # Back to where they were: the person is seen again.
        apres = min(apres, max(rang - 1, 0))
    return redirect(
        url_for(
            "habilitations.revue_des_habilitations",
            vue=vue if vue is not Vue.A_REVOIR else None,
            apres=apres or None,
            derniere=ligne.rattachement_id if ligne else None,
            _anchor=f"p-{prochaine}" if prochaine else "revue",
        ),
        303,
    )


@blueprint.route(UNE_REVUE + "/garder", methods=["GET", "POST"])
@administrateur
def garder_sans_risque(revue_id: UUID) -> Answer:
    """Keep at once those of whom nothing adds up, of one page or of the whole review, once confirmed."""
    selection, acteur = the_selection(), the_acteur()
    revue = lecture.lire(acteur.organisme_id, revue_id)
    rangs = _rangs()
    form = ConfirmationForm()
    if form.validate_on_submit():
        gardes = reponses.garder_sans_risque(acteur, revue_id, clock.now(), rangs=rangs)
        flash(_gardes(gardes), "succes" if gardes else "info")
        return redirect(REVUE, 303)
    return render_template(
        "habilitations/revue_garder.html",
        selection=selection,
        revue=revue,
        concernes=lignes.sans_risque(revue_id, acteur, rangs),
        rangs=rangs,
        form=form,
    )


def _rangs() -> tuple[int, int] | None:
    de, a = request.values.get("de", type=int), request.values.get("a", type=int)
    return (de, a) if de is not None and a is not None else None


def _gardes(combien: int) -> str:
    if not combien:
        return "Tous les accès sans risque avaient déjà une réponse."
    return "1 accès est gardé." if combien == 1 else f"{combien} accès sont gardés."
