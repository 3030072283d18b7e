"""« Adresses à confirmer »: changed by an agent, read by a second one before identifiers leave for them."""

from uuid import UUID

from flask import flash, redirect, render_template, request

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations.courriers import adresses
from idp.habilitations.deux_agents import NOUVEAU, RefusDeSecond
from idp.habilitations.models import RoleAgent
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent, superviseur, the_agent

ADRESSES = "/caf/courriers/adresses"
REFUS = {
    RefusDeSecond.MEME_AGENT: "Vous l’avez changée : c’est à un autre agent de la confirmer.",
    RefusDeSecond.CREE_PAR_L_AUTRE: (
        "L’agent qui l’a changée et vous n’êtes pas indépendants : l’un a créé le compte de l’autre."
    ),
    RefusDeSecond.TROP_RECENT: (
        f"Un de ces deux comptes d’agent a moins de {NOUVEAU.days} jours : c’est à un autre agent de la confirmer."
    ),
}


@blueprint.get(ADRESSES)
@agent
def adresses_a_confirmer() -> Answer:
    """What they were, what they are, who changed them and why."""
    apres = request.args.get("apres", type=UUID)
    return render_template(
        "caf/adresses.html",
        page=adresses.lister(the_agent(), clock.now(), apres),
        refus=REFUS,
        peut_confirmer=the_agent().peut(RoleAgent.SUPERVISEUR),
        confirmation=ConfirmationForm(formdata=None),
    )


@blueprint.post(ADRESSES + "/confirmer")
@superviseur
def confirmer_les_adresses() -> Answer:
    """Those that are ticked: their letters may leave."""
    cochees = set(request.form.getlist("adresse", type=UUID))
    if ConfirmationForm().validate_on_submit():
        faites = adresses.confirmer(the_agent(), cochees, clock.now())
        flash(*_dire(faites, len(cochees)))
    return redirect(ADRESSES, 303)


def _dire(faites: int, cochees: int) -> tuple[str, str]:
    if not cochees:
        return "Cochez les adresses que vous avez vérifiées.", "erreur"
    if faites < cochees:
        return (
            "Certaines adresses ont changé entre-temps, ou ne sont pas à vous de confirmer :"
            " relisez celles qui restent.",
            "erreur",
        )
    s = "s" if faites > 1 else ""
    return f"{faites} adresse{s} confirmée{s} : les courriers peuvent partir.", "succes"
