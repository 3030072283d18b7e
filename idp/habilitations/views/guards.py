"""Who may enter the console: the organisme that the session works for, and the role in it."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast

from flask import flash, g, redirect, request

from idp import clock
from idp.accounts.views.guards import Answer, current_session, here, signed_in, the_session
from idp.errors import Conflict, Refusal
from idp.habilitations import acteurs, rattachements
from idp.habilitations.delegation import Acteur
from idp.habilitations.explications import explication
from idp.habilitations.rattachements import Selection, selection
from idp.habilitations.views.organisme import choice_url
from idp.web import access

P = ParamSpec("P")


def current_selection() -> Selection | None:
    """The organisme of this request's session, read once."""
    if "selection" not in g:
        session = current_session()
        chosen = session.rattachement_id if session else None
        g.selection = selection(chosen, clock.now()) if chosen else None
    return cast(Selection | None, g.selection)


def the_selection() -> Selection:
    """The organisme of a route that ``administrateur`` or ``gestionnaire`` protects."""
    chosen = current_selection()
    if chosen is None:
        raise LookupError("no organisme selected: is this route guarded?")
    return chosen


def the_acteur() -> Acteur:
    """Who acts on a route that ``administrateur`` or ``gestionnaire`` protects, and within which bounds."""
    if "acteur" not in g:
        g.acteur = acteurs.de(the_selection())
    if g.acteur is None:
        raise LookupError("nobody may act: is this route guarded?")
    return cast(Acteur, g.acteur)


def administrateur(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """Only for an administrateur of the selected organisme, whose place there is open today."""
    return access("administrateur")(_managing(view, lambda chosen: chosen.peut_administrer))


def gestionnaire(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """For an administrateur, or a responsable d'habilitation within their mandate (``the_acteur``)."""
    return access("gestionnaire")(_managing(view, lambda chosen: chosen.peut_gerer))


def _managing(view: Callable[P, Answer], may: Callable[[Selection], bool]) -> Callable[P, Answer]:
    """Forms name the organisme that they were shown for (``organisme_du_formulaire``): another one may have been
    selected since, in another tab."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer:
        chosen = current_selection()
        if chosen is None and rattachements.ouverts(the_session().account_id, clock.now()):
            return redirect(choice_url(here()), 303)
        if chosen is not None and request.method == "POST":
            _shown_for(chosen)
        elif chosen is not None:
            _typed_for(chosen)
        if chosen is None or not may(chosen):
            raise Refusal(
                _raison(chosen),
                conseil="Adressez-vous à l’administrateur de votre organisme, ou à votre Caf.",
                detail=f"console refused: {chosen.refus if chosen else 'no organisme'}",
            )
        if request.method == "POST":
            acteurs.exiger_la_delegation(chosen.organisme_id, retiree=chosen.delegation_retiree)
        return view(*args, **kwargs)

    return signed_in(guarded)


def _typed_for(chosen: Selection) -> None:
    # What was typed for one organisme is not shown, to be sent, for another.
    kept = g.get("kept_text")
    if kept and kept.value("organisme") not in (None, str(chosen.organisme_id)):
        del g.kept_text
        flash(
            "Ce que vous aviez saisi l’était pour un autre organisme : changez d’organisme, puis rouvrez cette"
            " adresse.",
            "attention",
        )


def _shown_for(chosen: Selection) -> None:
    if request.form.get("organisme") == str(chosen.organisme_id):
        return
    raise Conflict(
        "Cette page avait été ouverte pour un autre organisme que celui pour lequel vous travaillez"
        f" maintenant, {chosen.raison_sociale}. Rien n’a été enregistré.",
        conseil="Rouvrez la page, ou changez d’organisme, puis recommencez.",
        detail="form of another organisme than the selected one",
    )


def _raison(chosen: Selection | None) -> str:
    if chosen is not None and chosen.refus is not None:
        return explication(chosen.refus)
    if chosen is not None and chosen.peut_gerer:
        return "Cette page est réservée à l’administrateur de votre organisme."
    return "La gestion des habilitations est réservée à l’administrateur de votre organisme."
