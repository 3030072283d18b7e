"""« Services prévenus »: what became of every service that was told, for the people whom the reader manages."""

from uuid import UUID

from flask import make_response, render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.effets import suivi_des_avis
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import gestionnaire, the_acteur, the_selection
from idp.services import services

SERVICES_PREVENUS = "/habilitations/services-prevenus"
RELUE_APRES_S = 5


@blueprint.get(SERVICES_PREVENUS)
@gestionnaire
def services_prevenus() -> Answer:
    """The newest first, those not told yet alone when ``etat=non-prevenus``; page by ``apres``.

    While an answer may come within moments the page is read again by itself, a minute at most, unless
    ``suivre=non``.
    """
    now = clock.now()
    non_prevenus = request.args.get("etat") == "non-prevenus"
    page = suivi_des_avis.lister(
        the_acteur(), non_prevenus=non_prevenus, apres=request.args.get("apres", type=UUID)
    )
    attendu = any(avis.vient_de_partir(now) for avis in page.avis)
    relue = attendu and request.args.get("suivre") != "non"
    answer = make_response(
        render_template(
            "habilitations/services_prevenus.html",
            selection=the_selection(),
            page=page,
            non_prevenus=non_prevenus,
            attendu=attendu,
            relue=relue,
            services=services(),
        )
    )
    if relue:
        answer.headers["Refresh"] = str(RELUE_APRES_S)
    return answer
