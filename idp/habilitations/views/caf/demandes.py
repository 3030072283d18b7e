"""Who asked the Caf to administer their organisme: accepted with a second agent, or refused; with a motive."""

from uuid import UUID

from flask import flash, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.administration import administrateurs
from idp.habilitations.administration.successions import RefusDeSuccession
from idp.habilitations.models import Succession
from idp.habilitations.personnes import dossier
from idp.habilitations.supervision import demandes, lecture
from idp.habilitations.supervision.lecture import SuccessionVue
from idp.habilitations.supervision.remplacements import RefusDeRemplacement
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_de_supervision import MotifForm
from idp.habilitations.views.caf.guards import superviseur, the_agent
from idp.habilitations.views.caf.onglets import adresse, en_tete
from idp.habilitations.views.caf.remplacement import REFUS, REFUSEE
from idp.habilitations.views.caf.suspensions import ONGLET, SUPERVISION

SUCCESSION = SUPERVISION + "/successions/<uuid:succession_id>"
PERIMEE = REFUS[RefusDeRemplacement.PERIMEE]


@blueprint.route(SUCCESSION + "/accepter", methods=["GET", "POST"])
@superviseur
def accepter_succession(organisme_id: UUID, succession_id: UUID) -> Answer:
    """Say why this person becomes administrateur; a second agent decides, and the others stay."""
    tete, demande = en_tete(organisme_id, ONGLET), _demande(organisme_id, succession_id)
    form = MotifForm()
    if demande is None:
        return _dire(organisme_id, PERIMEE, "erreur")
    if not form.validate_on_submit():
        return _page("caf/succession_accepter.html", tete, form, demande)
    fait = demandes.accepter(the_agent(), succession_id, motif=form.motif.data, now=clock.now())
    if isinstance(fait, UUID):
        return _dire(organisme_id, "La demande attend l’accord d’un second agent.", "succes")
    phrase = PERIMEE if isinstance(fait, RefusDeSuccession) else REFUS[fait]
    return _dire(organisme_id, phrase, "erreur")


@blueprint.route(SUCCESSION + "/refuser", methods=["GET", "POST"])
@superviseur
def refuser_succession(organisme_id: UUID, succession_id: UUID) -> Answer:
    """Say why this person does not become administrateur; they are told."""
    tete, demande = en_tete(organisme_id, ONGLET), _demande(organisme_id, succession_id)
    form = MotifForm()
    if demande is None:
        return _dire(organisme_id, PERIMEE, "erreur")
    if not form.validate_on_submit():
        return _page("caf/succession_refuser.html", tete, form, demande)
    refus = demandes.refuser(the_agent(), succession_id, motif=form.motif.data, now=clock.now())
    return _dire(organisme_id, *((PERIMEE, "erreur") if refus else (REFUSEE, "succes")))


def _demande(organisme_id: UUID, succession_id: UUID) -> SuccessionVue | None:
    lecture.succession(the_agent(), organisme_id, succession_id)
    vues = lecture.successions(the_agent(), clock.now(), Succession.id == succession_id)
    return vues.lignes[0] if vues.lignes else None


def _page(
    template: str, tete: dict[str, object], form: MotifForm, demande: SuccessionVue
) -> Answer:
    now = clock.now()
    dossier.noter_la_page(the_agent(), demande.candidat_id, now)
    return render_template(
        template,
        **tete,
        form=form,
        demande=demande,
        administrateurs=administrateurs.lister(demande.organisme_id, clock.today(now)),
    )


def _dire(organisme_id: UUID, phrase: str, ton: str) -> AnyResponse:
    flash(phrase, ton)
    return redirect(adresse(organisme_id, ONGLET), 303)
