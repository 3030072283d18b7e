"""The Guide des agents: each page of the « Espace Caf » opens the right chapter. For agents alone.

It tells how a partner is suspended or replaced, which is of no use to others. The text of a chapter is
``templates/guide/caf/<chapitre>.md``; ``tests/browser/test_guide_agents.py`` makes its pictures.
"""

from flask import render_template

from idp.accounts.views.guards import Answer
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent
from idp.habilitations.views.guide import Chapitre, le_plus_precis, page_du_chapitre, pages_de

GUIDE = "/caf/guide"
TITRE = "Guide des agents"

CHAPITRES = (
    Chapitre("commencer", "Première connexion, et ce que votre rôle ouvre", (), GUIDE),
    Chapitre(
        "a-voir",
        "Ce qu’il y a à voir aujourd’hui",
        ("/caf/", "/conventions-qui-finissent", "/resume"),
        GUIDE,
        (("/resume", "le-resume-du-matin"),),
    ),
    Chapitre(
        "organismes",
        "Trouver un organisme ou une personne",
        ("/organismes", "/utilisateurs", "/modifier", "/caisse", "/journal"),
        GUIDE,
        (
            ("/organismes/<uuid:organisme_id>", "le-dossier"),
            ("/organismes/creer", "creer-un-organisme"),
            ("/modifier", "corriger-un-dossier"),
            ("/caisse", "corriger-un-dossier"),
        ),
    ),
    Chapitre(
        "conventions",
        "Conventions et contrats de service",
        ("/conventions", "/contrats"),
        GUIDE,
        (
            ("/preparer", "ouvrir-une-convention"),
            ("/dates", "ouvrir-une-convention"),
            ("/passer", "ajouter-clore-resilier"),
            ("/annuler-la-resiliation", "ajouter-clore-resilier"),
            ("/conventions/<uuid:convention_id>/contrats", "ouvrir-une-convention"),
            ("/contrats/<uuid:contrat_id>", "ajouter-clore-resilier"),
        ),
    ),
    Chapitre("importer", "Importer une caisse", ("/imports",), GUIDE),
    Chapitre(
        "courriers",
        "Les courriers",
        ("/courriers",),
        GUIDE,
        (
            ("/lots", "du-lot-a-la-poste"),
            ("/adresses", "une-adresse-vient-de-changer"),
            ("/retours", "un-courrier-revient-npai"),
            ("/reemettre", "emettre-a-nouveau"),
        ),
    ),
    Chapitre("coordonnees", "Les coordonnées de votre caisse", ("/coordonnees",), GUIDE),
    Chapitre(
        "reunir",
        "Réunir deux organismes, et les séparer",
        ("/fusion",),
        GUIDE,
        (("/fusions", "separer"),),
    ),
    Chapitre(
        "suspendre",
        "Suspendre, et lever",
        ("/supervision",),
        GUIDE,
        (
            ("/supervision/suspensions", "lever"),
            ("/caf/supervision", "ce-qui-demande-votre-attention"),
            ("/caf/supervision/operations", "pour-tous-les-partenaires"),
            ("/caf/supervision/services", "pour-tous-les-partenaires"),
            ("/caf/supervision/mot-de-passe", "pour-tous-les-partenaires"),
            ("<uuid:organisme_id>/supervision/mot-de-passe", "imposer-un-autre-mot-de-passe"),
        ),
    ),
    Chapitre(
        "gerer",
        "Gérer à la place d’un organisme",
        (
            "/utilisateurs/creer",
            "/utilisateurs/<uuid:rattachement_id>/acces",
            "/utilisateurs/<uuid:rattachement_id>/clore",
            "/supervision/delegation",
        ),
        GUIDE,
        (("/supervision/delegation", "prendre-la-gestion"),),
    ),
    Chapitre(
        "remplacer",
        "Remplacer un administrateur",
        ("/remplacement", "/successions/"),
        GUIDE,
        (
            ("/remplacement", "demander"),
            ("/remplacements", "decider"),
            ("/successions", "quelqu-un-demande-lui-meme"),
        ),
    ),
    Chapitre("assistance", "Aider une personne au téléphone", ("/assistance",), GUIDE),
    Chapitre(
        "moyen-perdu",
        "Un téléphone ou une clé perdus",
        ("/moyen-perdu",),
        GUIDE,
        (("/caf/agents/<uuid:agent_id>/moyen-perdu", "le-moyen-d-un-agent"),),
    ),
    Chapitre("vue", "Voir ce que voit un partenaire", ("/vue",), GUIDE),
    Chapitre(
        "campagnes",
        "Le rappel de juillet",
        ("/campagnes",),
        GUIDE,
        (("/refus", "apres"), ("/arreter", "pendant-l-envoi")),
    ),
    Chapitre(
        "services",
        "Les services et leurs clés",
        ("/caf/services",),
        GUIDE,
        (
            ("/services/<code>", "la-fiche-d-un-service"),
            ("/services/cles", "les-cles-de-signature"),
        ),
    ),
    Chapitre("chiffres", "Les chiffres", ("/chiffres",), GUIDE),
    Chapitre(
        "agents",
        "Les agents",
        ("/agents",),
        GUIDE,
        (
            ("/creer", "creer-un-agent"),
            ("/agents/<uuid:agent_id>", "changer-ses-droits-le-clore"),
        ),
    ),
    Chapitre(
        "actes",
        "Ce qu’ont fait les agents, et ce qui a été refusé",
        ("/actes", "/agents/refus"),
        GUIDE,
        (("/agents/refus", "ce-qui-a-ete-refuse"),),
    ),
)
PAR_CODE = {chapitre.code: chapitre for chapitre in CHAPITRES}
PAGES = pages_de(CHAPITRES)


def chapitre_de(route: str) -> Chapitre | None:
    """The chapter that explains a page of the agents; None outside of them, and in the guide itself."""
    if not route.startswith("/caf/") or route.startswith(GUIDE):
        return None
    # What is seen there are the pages of a partner, under the names that these have.
    if route.startswith("/caf/vue/"):
        return PAR_CODE["vue"]
    return le_plus_precis(PAGES, route)


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
