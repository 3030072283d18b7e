"""The public door (« Espace Professionnel ») and the pages of help and of law."""

from flask import render_template

from idp.accounts.views.blueprint import blueprint
from idp.errors import NotHere
from idp.web import public

AIDE = {
    "accessibilite": "aide/accessibilite.html",
    "cookies": "aide/cookies.html",
    "donnees-personnelles": "aide/donnees_personnelles.html",
    "erreurs": "aide/erreurs.html",
    "mentions-legales": "aide/mentions_legales.html",
}


@blueprint.get("/")
@public
def espace() -> str:
    """Espace Professionnel: the violet bar and its icon « Mon Compte Partenaire » (guide, page 1)."""
    return render_template("espace.html")


@blueprint.get("/aide/")
@public
def aide() -> str:
    """The guide, as a page."""
    return render_template("aide/index.html")


@blueprint.get("/aide/<page>")
@public
def page_d_aide(page: str) -> str:
    """One of the pages owed to the public."""
    if page not in AIDE:
        raise NotHere("Cette page d’aide n’existe pas.")
    return render_template(AIDE[page])
