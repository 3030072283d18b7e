"""The file of an organisme, as its Caf keeps it."""

from uuid import UUID

from flask import render_template

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.organismes import dossier
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.caf.onglets import DOSSIER, en_tete
from idp.services import services


@blueprint.get(DOSSIER)
@agent
def caf_organisme(organisme_id: UUID) -> Answer:
    """Its numbers, addresses, conventions with their contrats and groupes, how many people, its last letters."""
    return render_template(
        "caf/organisme.html",
        **en_tete(organisme_id),
        dossier=dossier.lire(the_agent(), organisme_id, clock.now()),
        services=services(),
    )
