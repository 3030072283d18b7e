"""The first page of an agent: who they supervise, a search, and what they may do."""

from flask import render_template

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations import agents
from idp.habilitations.assistance import moyen_perdu
from idp.habilitations.supervision import a_voir
from idp.habilitations.supervision.a_voir import Quoi
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf import menu
from idp.habilitations.views.caf.guards import agent, the_agent

CAF = "/caf/"
MOYENS_PERDUS = ("Moyens perdus qui attendent un second agent", "/caf/assistance")
MOTS = {
    Quoi.ADRESSES: ("Adresses à confirmer", "/caf/courriers/adresses"),
    Quoi.CONVENTIONS: (
        "Conventions qui finissent dans les 30 jours",
        "/caf/conventions-qui-finissent",
    ),
    Quoi.REMPLACEMENTS: ("Administrateurs à remplacer, à décider", "/caf/supervision"),
    Quoi.SUCCESSIONS: ("Demandes de devenir administrateur", "/caf/supervision"),
    Quoi.SUSPENSIONS: ("Suspensions en vigueur", "/caf/supervision/suspensions"),
    Quoi.SANS_ADMINISTRATEUR: ("Organismes sans administrateur", "/caf/supervision"),
}


@blueprint.get(CAF)
@agent
def caf() -> Answer:
    """Tiles of the pages that the role opens."""
    vu, now = the_agent(), clock.now()
    moyens_perdus = len(moyen_perdu.en_attente(vu, now))
    nombres = [(nombre, *MOTS[quoi]) for quoi, nombre in a_voir.compter(vu, now).items()]
    return render_template(
        "caf/accueil.html",
        agent=vu,
        caisses=agents.libelles(vu.caisses),
        entrees=menu.entrees(vu),
        a_voir=[(moyens_perdus, *MOYENS_PERDUS), *nombres] if moyens_perdus else nombres,
        borne=a_voir.BORNE,
    )
