"""« Identifiant perdu » and « Mot de passe oublié »: what to do, as the guide tells it (page 2)."""

from flask import render_template

from idp.accounts.views.blueprint import blueprint
from idp.web import public


@blueprint.get("/identifiant-perdu")
@public
def identifiant_perdu() -> str:
    """For who never connected, or does not know their identifiant."""
    return render_template("accounts/identifiant_perdu.html")


@blueprint.get("/mot-de-passe-oublie")
@public
def mot_de_passe_oublie() -> str:
    """For who already chose a password."""
    return render_template("accounts/mot_de_passe_oublie.html")
