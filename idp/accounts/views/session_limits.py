"""How long the session still lives, and « Rester connecté »: what ``static/session.js`` asks before the end.

WCAG 2.2.1 (RGAA 13.1): who reads slowly is warned, and goes on by one key. Asking does not make it live longer.
"""

from math import ceil

from flask import jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts import sessions
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.guards import Answer, cookie_name, current_session
from idp.web import public


@blueprint.get("/session")
@public
def reste() -> AnyResponse:
    """Seconds left (``reste_s``, 0 when it is over), and whether staying would give more (``prolongeable``)."""
    now = clock.now()
    token = request.cookies.get(cookie_name(), "")
    session = sessions.find(token, now) if token else None
    if session is None:
        return jsonify(reste_s=0, prolongeable=False)
    ends_at = session.idle_until
    return jsonify(
        reste_s=max(0, ceil((min(ends_at, session.expires_at) - now).total_seconds())),
        prolongeable=ends_at < session.expires_at,
    )


@blueprint.post("/session/prolonger")
@public
def prolonger() -> Answer:
    """« Rester connecté »; nothing for who has no session any more."""
    session = current_session()
    if session:
        sessions.prolong(session, clock.now())
    return "", 204
