"""« Services »: what each relying party asks, who uses it, its last errors, and our signing keys."""

from datetime import datetime
from math import ceil

from flask import Blueprint, flash, redirect, render_template

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations.models import RoleAgent
from idp.habilitations.views.caf.guards import agent, national, superviseur, the_agent
from idp.oidc.claims import BY_SCOPE
from idp.oidc.supervision import keys, reading, retrying
from idp.oidc.supervision.retrying import TooSoon

SERVICES = "/caf/services"
CLES = f"{SERVICES}/cles"
blueprint = Blueprint("supervision", __name__)


@blueprint.get(SERVICES)
@agent
def services() -> Answer:
    """Each service and its clients."""
    return render_template(
        "caf/services.html",
        vus=reading.services_seen(the_agent(), clock.now()),
        jours=reading.DAYS,
    )


@blueprint.get(f"{SERVICES}/<code>")
@agent
def service(code: str) -> Answer:
    """One service."""
    vu, clients = reading.service_told(the_agent(), code, clock.now())
    return render_template(
        "caf/service.html",
        vu=vu,
        clients=clients,
        jours=reading.DAYS,
        claims=BY_SCOPE,
        deliveries_shown=reading.DELIVERIES_SHOWN,
        peut_reessayer=the_agent().peut(RoleAgent.SUPERVISEUR),
        form=ConfirmationForm(formdata=None),
    )


@blueprint.post(f"{SERVICES}/<code>/clients/<client_id>/reessayer")
@superviseur
def reessayer_les_deconnexions(code: str, client_id: str) -> Answer:
    """What waits for this client leaves again within seconds."""
    if ConfirmationForm().validate_on_submit():
        now = clock.now()
        flash(_dit(retrying.retry(the_agent(), code, client_id, now), now), "info")
    return redirect(f"{SERVICES}/{code}", 303)


def _dit(fait: int | TooSoon, now: datetime) -> str:
    if isinstance(fait, TooSoon):
        secondes = max(1, ceil((fait.until - now).total_seconds()))
        return (
            "Une relance vers ce service vient de partir : laissez-lui le temps de répondre. Vous pourrez"
            f" réessayer dans {secondes} seconde{'s' if secondes > 1 else ''}."
        )
    if not fait:
        return "Rien n’attend : ce qui reste est déjà en train de partir."
    s, ent = ("s", "ent") if fait > 1 else ("", "")
    return f"{fait} déconnexion{s} repart{ent} maintenant."


@blueprint.get(CLES)
@agent
def cles() -> Answer:
    """The keys, and what a rotation would do."""
    return render_template(
        "caf/cles.html",
        cles=keys.stored(),
        etapes=keys.next_steps(clock.now()),
        peut_tourner=the_agent().peut(RoleAgent.NATIONAL),
        form=ConfirmationForm(formdata=None),
    )


@blueprint.post(f"{CLES}/rotation")
@national
def tourner_les_cles() -> Answer:
    """One step on; clients follow by themselves."""
    done = keys.rotate(the_agent(), clock.now()) if ConfirmationForm().validate_on_submit() else []
    if done:
        flash("Les clés ont avancé d’une étape.", "succes")
    else:
        flash("Rien à faire pour l’instant : les clés suivantes viennent d’être publiées.", "info")
    return redirect(CLES, 303)
