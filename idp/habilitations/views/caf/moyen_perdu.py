"""« Moyen de connexion perdu »: asked by an agent and decided by another one, for a person or for an agent."""

from uuid import UUID

from flask import flash, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations.assistance import moyen_perdu
from idp.habilitations.assistance.moyen_perdu import Cible, RefusDeRetrait
from idp.habilitations.deux_agents import NOUVEAU
from idp.habilitations.personnes import dossier
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.agents import AGENT, AGENTS
from idp.habilitations.views.caf.assistance import ASSISTANCE, PERSONNE
from idp.habilitations.views.caf.formulaires_d_agents import DitesPourquoi
from idp.habilitations.views.caf.guards import agent, national, the_agent

PERDU = "/moyen-perdu"
DEMANDE = PERDU + "/<uuid:retrait_id>"
REFUS = {
    RefusDeRetrait.MEME_AGENT: "Vous avez demandé ce retrait : c’est à un autre agent de donner son accord.",
    RefusDeRetrait.CREE_PAR_L_AUTRE: (
        "L’un de vous deux a créé le compte d’agent de l’autre : c’est à un troisième agent de donner son accord."
    ),
    RefusDeRetrait.TROP_RECENT: (
        f"Un agent créé il y a moins de {NOUVEAU.days} jours ne décide pas encore à deux :"
        " adressez-vous à un autre agent."
    ),
    RefusDeRetrait.SOI_MEME: "Un agent ne retire pas son propre moyen : deux autres agents le font.",
    RefusDeRetrait.RIEN_A_RETIRER: "Cette personne n’a aucun moyen de double authentification à retirer.",
    RefusDeRetrait.DEJA_DEMANDE: "Ce retrait est déjà demandé : il attend un second agent.",
    RefusDeRetrait.PERIMEE: "Cette demande est déjà décidée, ou trop ancienne.",
}


@blueprint.route(PERSONNE + PERDU, methods=["GET", "POST"])
@agent
def assister_moyen_perdu(rattachement_id: UUID) -> Answer:
    """Ask, or decide what another agent asked."""
    moi, now = the_agent(), clock.now()
    cible = moyen_perdu.de_la_personne(moi, rattachement_id, now)
    form = DitesPourquoi()
    if form.validate_on_submit():
        return _demander(cible, form, f"{ASSISTANCE}/{rattachement_id}")
    dossier.noter_la_page(moi, rattachement_id, now)
    aide = "L’organisme lit ce motif dans son journal : dites comment vous savez que c’est elle."
    return _page(cible, form, f"{ASSISTANCE}/{rattachement_id}", aide)


@blueprint.post(PERSONNE + DEMANDE + "/accorder")
@agent
def assister_moyen_perdu_accorder(rattachement_id: UUID, retrait_id: UUID) -> Answer:
    """The second agent agrees."""
    cible = moyen_perdu.de_la_personne(the_agent(), rattachement_id, clock.now())
    return _accorder(cible, retrait_id, f"{ASSISTANCE}/{rattachement_id}")


@blueprint.post(PERSONNE + DEMANDE + "/abandonner")
@agent
def assister_moyen_perdu_abandonner(rattachement_id: UUID, retrait_id: UUID) -> Answer:
    """Taken back, or refused."""
    cible = moyen_perdu.de_la_personne(the_agent(), rattachement_id, clock.now())
    return _abandonner(cible, retrait_id, f"{ASSISTANCE}/{rattachement_id}")


@blueprint.route(AGENT + PERDU, methods=["GET", "POST"])
@national
def caf_agent_moyen_perdu(agent_id: UUID) -> Answer:
    """The same, of an agent."""
    cible = moyen_perdu.de_l_agent(the_agent(), agent_id)
    form = DitesPourquoi()
    if form.validate_on_submit():
        return _demander(cible, form, f"{AGENTS}/{agent_id}")
    return _page(cible, form, f"{AGENTS}/{agent_id}", "Gardé au journal, avec votre nom.")


@blueprint.post(AGENT + DEMANDE + "/accorder")
@national
def caf_agent_moyen_perdu_accorder(agent_id: UUID, retrait_id: UUID) -> Answer:
    """The second national agent agrees."""
    cible = moyen_perdu.de_l_agent(the_agent(), agent_id)
    return _accorder(cible, retrait_id, f"{AGENTS}/{agent_id}")


@blueprint.post(AGENT + DEMANDE + "/abandonner")
@national
def caf_agent_moyen_perdu_abandonner(agent_id: UUID, retrait_id: UUID) -> Answer:
    """Taken back, or refused."""
    cible = moyen_perdu.de_l_agent(the_agent(), agent_id)
    return _abandonner(cible, retrait_id, f"{AGENTS}/{agent_id}")


def _demander(cible: Cible, form: DitesPourquoi, lieu: str) -> AnyResponse:
    motif = str(form.motif.data)
    fait = moyen_perdu.demander(the_agent(), cible, motif=motif, now=clock.now())
    refus = None if isinstance(fait, UUID) else fait
    return _dire(lieu, "Le retrait est demandé : un autre agent a sept jours.", refus)


def _page(cible: Cible, form: DitesPourquoi, lieu: str, aide: str) -> Answer:
    moi = the_agent()
    attendent = moyen_perdu.en_attente(moi, clock.now(), de=cible.account_id)
    return render_template(
        "caf/moyen_perdu.html",
        cible=cible,
        dossier=lieu,
        aide=aide,
        form=form,
        moi=moi.account_id,
        demande=attendent[0] if attendent else None,
    )


def _accorder(cible: Cible, retrait_id: UUID, lieu: str) -> AnyResponse:
    if not ConfirmationForm().validate_on_submit():
        return redirect(lieu + PERDU, 303)
    refus = moyen_perdu.accorder(the_agent(), cible, retrait_id, clock.now())
    return _dire(lieu, f"Le moyen de {cible.nom} est retiré ; un courriel l’en prévient.", refus)


def _abandonner(cible: Cible, retrait_id: UUID, lieu: str) -> AnyResponse:
    if not ConfirmationForm().validate_on_submit():
        return redirect(lieu + PERDU, 303)
    abandonne = moyen_perdu.abandonner(the_agent(), cible, retrait_id, clock.now())
    refus = None if abandonne else RefusDeRetrait.PERIMEE
    return _dire(lieu, "La demande est abandonnée : le moyen reste.", refus)


def _dire(lieu: str, fait: str, refus: RefusDeRetrait | None) -> AnyResponse:
    flash(*((REFUS[refus], "erreur") if refus else (fait, "succes")))
    return redirect(lieu, 303)
