"""The end of a review: what would change, its progress while it is done, what became of it, the signed summary."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations.revues import cloture, compte_rendu, lecture, lignes, phrases, retablissement
from idp.habilitations.revues.cloture import Fin
from idp.habilitations.revues.lecture import RevueVue
from idp.habilitations.revues.policy import Issue, se_retablit_jusqu_au
from idp.habilitations.revues.retablissement import Retour
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import administrateur, the_acteur, the_selection
from idp.habilitations.views.partenaire.revue import REVUE, UNE_REVUE
from idp.services import services


@blueprint.route(UNE_REVUE + "/terminer", methods=["GET", "POST"])
@administrateur
def terminer_la_revue(revue_id: UUID) -> Answer:
    """What would change, then « Terminer la revue »."""
    acteur = the_acteur()
    revue = lecture.lire(acteur.organisme_id, revue_id)
    if not revue.ouverte:
        return redirect(f"{REVUE}/{revue_id}", 303)
    form = ConfirmationForm()
    if form.validate_on_submit():
        version = request.form.get("version", "")
        fin = cloture.terminer(acteur, revue_id, version=version, now=clock.now())
        if fin in _DITES:
            flash(_DITES[fin], "erreur")
            return redirect(f"{REVUE}/{revue_id}/terminer", 303)
        return redirect(f"{REVUE}/{revue_id}", 303)
    return render_template(
        "habilitations/revue_terminer.html",
        selection=the_selection(),
        revue=revue,
        bilan=cloture.bilan(revue_id, acteur),
        form=form,
    )


_DITES = {
    Fin.RESTE: "Des personnes n’ont pas encore de réponse. Rien n’a été retiré.",
    Fin.ENTRE_TEMPS: (
        "Un autre administrateur a changé des réponses entre-temps. Rien n’a été retiré : voici ce qui changerait"
        " maintenant."
    ),
}


@blueprint.get(UNE_REVUE)
@administrateur
def une_revue(revue_id: UUID) -> Answer:
    """A review that is ended: how far it is done, then what became of each."""
    selection, now = the_selection(), clock.now()
    revue = lecture.lire(selection.organisme_id, revue_id)
    if revue.ouverte:
        return redirect(REVUE, 303)
    comptes = compte_rendu.compter(revue_id)
    issue = _issue(request.args.get("issue", ""), comptes)
    apres = max(request.args.get("apres", 0, type=int), 0)
    return render_template(
        "habilitations/revue_terminee.html",
        selection=selection,
        revue=revue,
        comptes=comptes,
        issue=issue,
        page=lignes.selon_l_issue(revue, issue, apres=apres),
        retablissable=_retablissable(revue, now),
        raisons=phrases.raisons,
        services=services(),
        form=ConfirmationForm(formdata=None),
    )


def _issue(text: str, comptes: Mapping[Issue | None, int]) -> Issue:
    if text in set(Issue):
        return Issue(text)
    # First what may be given back, then what was taken.
    vues = (Issue.CADUQUE, Issue.RETIREE, Issue.REFUSEE, Issue.GARDEE)
    return next((issue for issue in vues if comptes.get(issue)), Issue.GARDEE)


def _retablissable(revue: RevueVue, now: datetime) -> date | None:
    """Until when what lapsed is given back; None when it is too late."""
    if revue.closed_at is None:
        return None
    dernier_jour = se_retablit_jusqu_au(clock.today(revue.closed_at))
    return dernier_jour if clock.today(now) <= dernier_jour else None


@blueprint.post(UNE_REVUE + "/retablir")
@administrateur
def retablir_un_acces(revue_id: UUID) -> Answer:
    """Give back what somebody lost for want of an answer."""
    rattachement_id = request.form.get("rattachement", type=UUID)
    if rattachement_id is not None and ConfirmationForm().validate_on_submit():
        retour = retablissement.retablir(the_acteur(), revue_id, rattachement_id, clock.now())
        flash(*_RETOURS[retour])
    return redirect(f"{REVUE}/{revue_id}?issue={Issue.CADUQUE}", 303)


_RETOURS = {
    Retour.FAIT: (
        "L’accès est rétabli, avec les groupes qui peuvent encore être donnés.",
        "succes",
    ),
    Retour.DEJA: ("Cet accès était déjà rétabli.", "info"),
    Retour.TROP_TARD: (
        "Les 30 jours sont passés : cochez de nouveau ses groupes dans sa fiche.",
        "erreur",
    ),
    Retour.RIEN: (
        "Il n’y a plus rien à rétablir : ses groupes sont fermés, ou lui ont été rendus entre-temps.",
        "info",
    ),
}


@blueprint.get(UNE_REVUE + "/compte-rendu.pdf")
@administrateur
def compte_rendu_de_la_revue(revue_id: UUID) -> Answer:
    """The signed summary, as it was made."""
    selection = the_selection()
    revue = lecture.lire(selection.organisme_id, revue_id)
    if revue.closed_at is None:
        return redirect(f"{REVUE}/{revue_id}", 303)
    response: AnyResponse = make_response(compte_rendu.lire(selection.organisme_id, revue_id))
    response.content_type = "application/pdf"
    name = f"revue-des-habilitations-{clock.today(revue.opened_at)}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
