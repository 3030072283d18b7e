"""The end of each proof of who somebody is: a new cookie, and on to what is left to do, or to the destination."""

from flask import redirect, session
from werkzeug.wrappers import Response as AnyResponse

from idp.accounts.gates import LoginStep
from idp.accounts.sessions import Opened
from idp.accounts.views import destination
from idp.accounts.views.destination import ACCUEIL, STEPS
from idp.accounts.views.guards import set_cookie


def arrive(opened: Opened, step: LoginStep, path: str | None) -> AnyResponse:
    """Give the browser its session and lead on; ``path`` is where the person was going."""
    # What forms this browser held belonged to nobody, or to somebody else.
    session.pop("csrf_token", None)
    response = onward(path, step)
    set_cookie(response, opened.token)
    return response


def onward(path: str | None, step: LoginStep) -> AnyResponse:
    """To ``path`` when nothing is left to do, else to the next step, and there later."""
    if step is LoginStep.ENTER:
        return redirect(path or ACCUEIL, 303)
    destination.keep(path)
    return redirect(STEPS[step], 303)
