"""The public door (« Espace Professionnel ») and the pages of help and of law."""

from flask import render_template, request

from idp.accounts import published_texts
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.texts import texte_html
from idp.errors import NotHere
from idp.web import public

PAGES = {"erreurs": "aide/erreurs.html"}
TEXTES = {
    "accessibilite": "accessibilite",
    "conditions-d-utilisation": "conditions_utilisation",
    "cookies": "cookies",
    "donnees-personnelles": "donnees_personnelles",
    "mentions-legales": "mentions_legales",
    "regles-d-usage": "regles_usage",
}
"""The texts by the last part of their address."""


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
    """One of the pages owed to the public; ``version`` shows a former version of a text."""
    if page in PAGES:
        return render_template(PAGES[page])
    if page not in TEXTES:
        raise NotHere("Cette page d’aide n’existe pas.")
    return _texte(page, TEXTES[page])


def _texte(page: str, texte: str) -> str:
    current = published_texts.current(texte)
    version = published_texts.find(texte, request.args.get("version", current.number))
    if version is None:
        raise NotHere("Cette version n’a jamais été publiée.")
    return render_template(
        "aide/texte.html",
        page=page,
        titre=published_texts.TITRES[texte],
        corps=texte_html(texte, version.number),
        version=version,
        current=current,
        others=[one for one in reversed(published_texts.PUBLISHED[texte]) if one != version],
    )
