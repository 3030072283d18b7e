"""« Supervision » of the caisses: what an agent should look at; and what a national agent does to everybody."""

from uuid import UUID

from flask import flash, redirect, render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.errors import NotHere
from idp.extensions import ground
from idp.habilitations.supervision import (
    alertes,
    designations,
    lecture,
    operations,
    sans_administrateur,
    suspensions,
)
from idp.habilitations.supervision.models import GenreDOperation
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_de_supervision import MotifForm
from idp.habilitations.views.caf.guards import national, superviseur, the_agent
from idp.habilitations.views.caf.suspensions import REFUS
from idp.services import services

SUPERVISION = "/caf/supervision"


@blueprint.get(SUPERVISION)
@superviseur
def caf_supervision() -> Answer:
    """What waits for an answer, who was designated lately, and the three alerts."""
    agent, now = the_agent(), clock.now()
    seuil = ground().settings.creations_alert
    return render_template(
        "caf/supervision.html",
        agent=agent,
        seuil=seuil,
        remplacements=lecture.remplacements(
            agent, now, apres=request.args.get("remplacements", type=UUID)
        ),
        successions=lecture.successions(
            agent,
            now,
            lecture.sans_premier(now),
            apres=request.args.get("successions", type=UUID),
        ),
        designations=designations.lister(agent, now, request.args.get("designes", type=UUID)),
        delai=designations.DELAI.days,
        rafales=alertes.rafales(agent, seuil, now, request.args.get("rafales")),
        dormeurs=alertes.dormeurs(agent, now, request.args.get("dormeurs")),
        sans=sans_administrateur.lister(agent, now, request.args.get("sans")),
        services=lecture.services_suspendus(),
        tous_les_services=services().values(),
        operations=operations.en_cours() if agent.national else (),
    )


@blueprint.route(SUPERVISION + "/services/<code>", methods=["GET", "POST"])
@national
def suspendre_un_service(code: str) -> Answer:
    """Suspend a service for all partners, or open it again."""
    service = services().get(code)
    if service is None:
        raise NotHere("Ce service n’existe pas.")
    suspension, form = suspensions.du_service(code), MotifForm()
    if form.validate_on_submit():
        agent, now, motif = the_agent(), clock.now(), form.motif.data
        if suspension:
            refus = suspensions.lever_le_service(agent, code, motif=motif, now=now)
        else:
            fait = suspensions.suspendre_le_service(agent, code, motif=motif, now=now)
            refus = None if isinstance(fait, UUID) else fait
        dit = f"{service.nom} est {'rouvert' if suspension else 'suspendu'} pour tous les partenaires."
        flash(*((REFUS[refus], "erreur") if refus else (dit, "succes")))
        return redirect(SUPERVISION, 303)
    return render_template(
        "caf/service_suspendre.html",
        form=form,
        service=service,
        suspension=suspension,
        etendue=lecture.etendue_du_service(code),
    )


@blueprint.route(SUPERVISION + "/mot-de-passe", methods=["GET", "POST"])
@national
def imposer_a_tout_le_monde() -> Answer:
    """Everybody chooses another password."""
    form = MotifForm()
    if form.validate_on_submit():
        now = clock.now()
        operation_id = operations.lancer(
            the_agent(), GenreDOperation.MOT_DE_PASSE, motif=form.motif.data, now=now
        )
        if operations.lire(operation_id).at != now:
            flash(
                "Cette opération était déjà en cours : votre demande n’en ajoute pas une autre.",
                "info",
            )
        return redirect(f"{SUPERVISION}/operations/{operation_id}", 303)
    return render_template("caf/mot_de_passe_tous.html", form=form)


@blueprint.get(SUPERVISION + "/operations/<uuid:operation_id>")
@national
def caf_operation(operation_id: UUID) -> Answer:
    """How far it is."""
    return render_template("caf/operation.html", operation=operations.lire(operation_id))
