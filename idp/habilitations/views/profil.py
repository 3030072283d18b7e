"""The pages of « Mon profil » that tell of organismes; the others are in ``idp/accounts``."""

from flask import render_template

from idp import clock
from idp.accounts.views.guards import Answer, signed_in, the_session
from idp.habilitations import mes_habilitations
from idp.habilitations.views.blueprint import blueprint
from idp.services import services


@blueprint.get("/profil/habilitations")
@signed_in
def profil_habilitations() -> Answer:
    """The person's organismes, roles and groups, with dates and who granted them."""
    return render_template(
        "habilitations/profil_habilitations.html",
        organismes=mes_habilitations.de(the_session().account_id, clock.now()),
        services=services(),
    )
