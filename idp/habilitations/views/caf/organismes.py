"""« Organismes »: the search of the agents."""

from uuid import UUID

from flask import render_template, request

from idp.accounts.views.guards import Answer
from idp.habilitations.organismes import recherche, saisie
from idp.habilitations.organismes.recherche import Depuis, Resultat
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent, the_agent
from idp.habilitations.views.caf.onglets import LISTE

CHERCHE_MAX_CHARS = 100


@blueprint.get(LISTE)
@agent
def caf_organismes() -> Answer:
    """What the text ``q`` finds; without any, every organisme by name."""
    texte = request.args.get("q", "").strip()[:CHERCHE_MAX_CHARS]
    return render_template("caf/organismes.html", q=texte, resultat=_trouve(texte))


def _trouve(texte: str) -> Resultat:
    depuis = Depuis(_id("apres"), _id("avant"))
    if not texte:
        return Resultat(organismes=recherche.tous(the_agent(), depuis))
    return recherche.chercher(
        the_agent(),
        saisie.lire(texte),
        organismes=depuis,
        personnes=Depuis(_id("personne_apres"), _id("personne_avant")),
    )


def _id(nom: str) -> UUID | None:
    return request.args.get(nom, type=UUID)
