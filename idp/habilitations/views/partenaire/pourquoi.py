"""« Pourquoi ? »: of a user, by who manages their rights."""

from uuid import UUID

from flask import render_template

from idp import clock
from idp.accounts.views.guards import Answer
from idp.errors import NotHere
from idp.habilitations.claims import droits_par_service
from idp.habilitations.delegation import Acteur
from idp.habilitations.explications import explication_d_autrui
from idp.habilitations.groupes import services_a_donner
from idp.habilitations.personnes import fiche
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import gestionnaire, the_acteur, the_selection
from idp.habilitations.views.partenaire.fiche import FICHE
from idp.habilitations.views.reponse_a_pourquoi import reponse
from idp.services import Service, services

POURQUOI = FICHE + "/pourquoi"


@blueprint.get(POURQUOI)
@gestionnaire
def pourquoi(rattachement_id: UUID) -> Answer:
    """Each service that the reader gives, openable or not, and the nearest reason."""
    acteur = the_acteur()
    lue = fiche.lire(acteur, rattachement_id)
    return render_template(
        "habilitations/pourquoi_services.html",
        selection=the_selection(),
        fiche=lue,
        droits=droits_par_service(rattachement_id, clock.now()),
        services=_services(acteur),
        explication=explication_d_autrui,
    )


@blueprint.get(POURQUOI + "/<service>")
@gestionnaire
def pourquoi_service(rattachement_id: UUID, service: str) -> Answer:
    """Every reason for one service, where each right comes from, and what the service would be told."""
    acteur = the_acteur()
    lue = fiche.lire(acteur, rattachement_id)
    if service not in _services(acteur):
        raise NotHere("Ce service n’existe pas.")
    return reponse(
        rattachement_id,
        service,
        acteur=acteur,
        explication=explication_d_autrui,
        qui=lue.nom,
        retour=f"/habilitations/utilisateurs/{rattachement_id}/pourquoi",
        selection=the_selection(),
    )


def _services(acteur: Acteur) -> dict[str, Service]:
    # Whether somebody opens a service of which one gives nothing is not one's business.
    donnes = services_a_donner(acteur)
    return {
        code: service for code, service in services().items() if donnes is None or code in donnes
    }
