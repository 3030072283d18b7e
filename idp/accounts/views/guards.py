"""Who may enter: the session of the request, and the decorators that routes declare.

A guard decides from the session alone; finer rights (organisme, role) are guarded in ``idp/habilitations``.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast
from urllib.parse import quote

from flask import g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts import sessions
from idp.accounts.models import AccountState
from idp.accounts.sessions import SessionVue
from idp.accounts.views.destination import (
    ACCUEIL,
    NOUVEAU_MOT_DE_PASSE,
    PREMIERE_CONNEXION,
    SUITE,
)
from idp.extensions import ground
from idp.web import access

P = ParamSpec("P")
Answer = str | AnyResponse | tuple[str, int]


def cookie_name() -> str:
    """``__Host-`` ties the cookie to this very host over TLS (RFC 6265bis §4.1.3.2)."""
    return "__Host-mcp_session" if ground().settings.secure_cookies else "mcp_session"


def current_session() -> SessionVue | None:
    """The live session of this request, read once."""
    if "browser_session" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.browser_session = sessions.find(token, clock.now()) if token else None
        if g.browser_session:
            sessions.touch(g.browser_session, clock.now())
    return cast(SessionVue | None, g.browser_session)


def the_session() -> SessionVue:
    """The session of a route that a guard protects."""
    session = current_session()
    if session is None:
        raise LookupError("no session: is this route guarded?")
    return session


def set_cookie(response: AnyResponse, token: str) -> None:
    """Give the browser its session; it ends with the browser, or earlier on our side."""
    response.set_cookie(
        cookie_name(),
        token,
        httponly=True,
        samesite="Lax",
        secure=ground().settings.secure_cookies,
        path="/",
    )


def forget_cookie(response: AnyResponse) -> None:
    """Take the session away from the browser."""
    response.delete_cookie(
        cookie_name(), httponly=True, samesite="Lax", secure=ground().settings.secure_cookies
    )


def forget_session() -> None:
    """The pages of this request know nobody any more."""
    g.browser_session = None


def login_url(next_path: str) -> str:
    """The login page that comes back to ``next_path`` (a path of ours, query included)."""
    return "/connexion?next=" + quote(next_path, safe="")


def signed_in(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """Only for a person whose account is active; others sign in, or finish their first connection."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer:
        session = current_session()
        if session is None:
            return redirect(login_url(_here()), 303)
        if not session.active:
            return redirect(what_is_left(session), 303)
        return view(*args, **kwargs)

    return access("signed_in")(guarded)


def what_is_left(session: SessionVue) -> str:
    """The page of what a person must do before any other."""
    return SUITE if session.state is not AccountState.ACTIF else NOUVEAU_MOT_DE_PASSE


def changing_password(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """Only for a person who signed in with the provisional password that they asked for."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer:
        session = current_session()
        if session is None:
            return redirect(login_url(ACCUEIL), 303)
        if session.state is not AccountState.ACTIF or session.active:
            return redirect(ACCUEIL, 303)
        return view(*args, **kwargs)

    return access("changing_password")(guarded)


def in_first_connection(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """Only for a person who signed in with a provisional secret and has not finished the five steps."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer:
        session = current_session()
        if session is None:
            return redirect(PREMIERE_CONNEXION, 303)
        if session.state is not AccountState.ACTIVATION:
            return redirect(ACCUEIL, 303)
        return view(*args, **kwargs)

    return access("first_connection")(guarded)


def _here() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else ACCUEIL
