"""« Changer d'organisme »: for which one the session works, asked once after sign-in, then whenever one wants.

A service that asks for the choice by ``prompt=select_account`` has its own page
(``idp/oidc/authorization/choix_organisme.py``).
"""

from urllib.parse import quote, urlsplit

from flask import flash, redirect, render_template, request

from idp import clock, web
from idp.accounts.ports import ports
from idp.accounts.views import destination
from idp.accounts.views.destination import ACCUEIL
from idp.accounts.views.guards import Answer, signed_in, the_session
from idp.habilitations import rattachements
from idp.habilitations.models import Role
from idp.habilitations.rattachements import Choix
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.choix import Proposition, propose, reponse

ORGANISME = "/organisme"
CONSOLE = "/habilitations/"


def choice_url(next_path: str) -> str:
    """The page of the choice that comes back to ``next_path`` (a path of ours, query included)."""
    return f"{ORGANISME}?next={quote(next_path, safe='')}"


@blueprint.route(ORGANISME, methods=["GET", "POST"])
@signed_in
def organisme() -> Answer:
    """The list, and « Valider »; choosing twice the same changes nothing."""
    session, now = the_session(), clock.now()
    path = destination.local_path(request.args.get("next"))
    ouverts = rattachements.ouverts(session.account_id, now)
    if not ouverts:
        return redirect(ACCUEIL, 303)
    if request.method == "GET":
        return _page(path, propose(ouverts, session.rattachement_id))
    answer = reponse(ouverts, session.rattachement_id)
    if isinstance(answer, Proposition):
        return _page(path, answer)
    changed = answer.rattachement_id != session.rattachement_id
    rattachements.choisir(session, answer, now)
    if changed and session.rattachement_id:
        flash(f"Vous travaillez maintenant pour {answer.raison_sociale}.", "succes")
    return redirect(_onward(path, answer, changed=changed), 303)


def _page(path: str | None, proposition: Proposition) -> Answer:
    demande = ports().demandes.describe(path) if path else None
    if demande:
        web.allow(forms=demande.origins)
    return render_template(
        "habilitations/organisme.html",
        proposition=proposition,
        demande=demande,
        choose_path=choice_url(path) if path else ORGANISME,
        back_path=path if path and proposition.actuel else None,
    )


def _onward(path: str | None, choix: Choix, *, changed: bool) -> str:
    # What the console showed was of the former organisme: its first page, for who manages the new one.
    where = urlsplit(path).path if path else ORGANISME
    if where == ORGANISME:
        return ACCUEIL
    if changed and where.startswith(CONSOLE):
        return CONSOLE if choix.role is Role.ADMINISTRATEUR else ACCUEIL
    return path or ACCUEIL
