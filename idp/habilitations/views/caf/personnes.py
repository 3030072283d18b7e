"""The people of an organisme, for its Caf: the list, and the file of each, whose every reading is journalled."""

from uuid import UUID

from flask import render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations import acteurs
from idp.habilitations.effets import suivi_des_avis
from idp.habilitations.models import RoleAgent
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.personnes import dossier, liste, mots
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.caf.onglets import DOSSIER, en_tete
from idp.habilitations.views.partenaire import demande
from idp.habilitations.views.partenaire.demande import Liens
from idp.services import services

UTILISATEURS = "/utilisateurs"


@blueprint.get(DOSSIER + UTILISATEURS)
@agent
def caf_utilisateurs(organisme_id: UUID) -> Answer:
    """A page of them, as the query string asks (the same words as in « Mes utilisateurs »)."""
    lecteur = acteurs.lecteur(the_agent(), organisme_de(the_agent(), organisme_id))
    demandee = demande.lire(request.args)
    return render_template(
        "caf/utilisateurs.html",
        **en_tete(organisme_id, UTILISATEURS),
        page=liste.lister(lecteur, demandee, clock.now()),
        demandee=demandee,
        liens=Liens(demandee),
        mots=mots,
    )


@blueprint.get(DOSSIER + UTILISATEURS + "/<uuid:rattachement_id>")
@agent
def caf_utilisateur(organisme_id: UUID, rattachement_id: UUID) -> Answer:
    """What the Caf knows of one person there."""
    now = clock.now()
    lu = dossier.consulter(the_agent(), organisme_id, rattachement_id, now)
    return render_template(
        "caf/utilisateur.html",
        **en_tete(organisme_id, UTILISATEURS),
        dossier=lu,
        fiche=lu.fiche,
        etat=lu.fiche.etat(clock.today(now)),
        mots=mots,
        services=services(),
        peut_suspendre=the_agent().peut(RoleAgent.SUPERVISEUR),
        suivi=suivi_des_avis.Suivi,
    )
