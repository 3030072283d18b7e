"""The last answer of a session: the browser forgets everything, and services sign out in it when they ask so.

The session itself was ended by ``sessions.py``; RP-initiated logout (``idp/oidc``) ends by the same answer.
"""

from flask import make_response, redirect, session
from werkzeug.wrappers import Response as AnyResponse

from idp.accounts.ports import ports
from idp.accounts.sessions import SessionVue
from idp.accounts.views.guards import forget_cookie, forget_session

DECONNEXION = "/deconnexion"


def farewell(ended: SessionVue | None, onward: str) -> AnyResponse:
    """Lead to ``onward``, by the page of the services' logouts when there is one."""
    page = None
    if ended is not None:
        session.clear()
        forget_session()
        page = ports().relying_parties.farewell_page(ended.id, ended.sid, onward)
    response = redirect(onward, 303) if page is None else make_response(page)
    forget_cookie(response)
    return response
