"""The Guide des agents: each page of the « Espace Caf » opens the right chapter. For agents alone.

It tells how a partner is suspended or replaced, which is of no use to others. The text of a chapter is
``templates/guide/caf/<chapitre>.md``; ``tests/browser/test_guide_agents.py`` makes its pictures.
"""

from flask import render_template

from idp.accounts.views.guards import Answer
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent
from idp.habilitations.views.guide import Chapitre, le_plus_precis, page_du_chapitre

GUIDE = "/caf/guide"
TITRE = "Guide des agents"

CHAPITRES = tuple(
    Chapitre(code, titre, pages, GUIDE)
    for code, titre, pages in (
        ("commencer", "Première connexion, et ce que votre rôle ouvre", ()),
        (
            "organismes",
            "Trouver un organisme ou une personne",
            ("/organismes", "/utilisateurs", "/modifier", "/journal"),
        ),
        ("conventions", "Conventions et contrats de service", ("/conventions", "/contrats")),
        ("importer", "Importer une caisse", ("/imports",)),
        ("courriers", "Les courriers", ("/courriers", "/coordonnees")),
        ("reunir", "Réunir deux organismes, et les séparer", ("/fusion",)),
        ("suspendre", "Suspendre, et lever", ("/supervision",)),
        (
            "gerer",
            "Gérer à la place d’un organisme",
            (
                "/utilisateurs/creer",
                "/utilisateurs/<uuid:rattachement_id>/acces",
                "/utilisateurs/<uuid:rattachement_id>/clore",
                "/supervision/delegation",
            ),
        ),
        ("remplacer", "Remplacer un administrateur", ("/remplacement", "/successions/")),
        ("assistance", "Aider une personne au téléphone", ("/assistance",)),
        ("vue", "Voir ce que voit un partenaire", ("/vue",)),
        ("campagnes", "Le rappel de juillet", ("/campagnes",)),
        ("services", "Les services et leurs clés", ("/caf/services",)),
        ("chiffres", "Les chiffres", ("/chiffres",)),
        ("agents", "Les agents", ("/agents",)),
    )
)
PAR_CODE = {chapitre.code: chapitre for chapitre in CHAPITRES}


def chapitre_de(route: str) -> Chapitre | None:
    """The chapter that explains a page of the agents; None outside of them, and in the guide itself."""
    if not route.startswith("/caf/") or route.startswith(GUIDE):
        return None
    # What is seen there are the pages of a partner, under the names that these have.
    if route.startswith("/caf/vue/"):
        return PAR_CODE["vue"]
    return le_plus_precis(CHAPITRES, route) or PAR_CODE["commencer"]


@blueprint.get(GUIDE)
@agent
def caf_guide() -> Answer:
    """The chapters."""
    return render_template("guide/caf/index.html", chapitres=CHAPITRES)


@blueprint.get(GUIDE + "/<chapitre>")
@agent
def caf_guide_chapitre(chapitre: str) -> Answer:
    """One chapter, with those around it."""
    return page_du_chapitre(CHAPITRES, chapitre, "guide/caf", TITRE)
