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
from idp.accounts.factors import management, trusted_browsers
from idp.accounts.gates import LoginStep
from idp.accounts.levels import Acr
from idp.accounts.sessions import Browser, SessionVue
from idp.accounts.views import kept_text
from idp.accounts.views.destination import ACCUEIL, PREMIERE_CONNEXION, STEPS, VERIFICATION
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


def session_tokens() -> tuple[str, str]:
    """What the cookies of this request say: its session, and the one that was signed out of in this browser."""
    return request.cookies.get(cookie_name(), ""), request.cookies.get(
        kept_text.ended_cookie_name(), ""
    )


def the_session() -> SessionVue:
    """The session of a route that a guard protects."""
    session = current_session()
    if session is None:
        raise LookupError("no session: is this route guarded?")
    return session


def trust_cookie_name() -> str:
    """That of the mark of trust (``factors/trusted_browsers.py``)."""
    return "__Host-mcp_navigateur" if ground().settings.secure_cookies else "mcp_navigateur"


def this_browser() -> Browser:
    """The browser of this request, as it gives itself."""
    return Browser(
        device=request.user_agent.string or None,
        address=request.remote_addr,
        trust=request.cookies.get(trust_cookie_name()),
    )


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


def trust_browser(response: AnyResponse, token: str) -> None:
    """Give the browser its mark of trust, for as long as it is good."""
    response.set_cookie(
        trust_cookie_name(),
        token,
        max_age=trusted_browsers.LIFETIME,
        httponly=True,
        samesite="Lax",
        secure=ground().settings.secure_cookies,
        path="/",
    )


def forget_cookie(response: AnyResponse) -> None:
    """Take the session away from the browser; its value still names whose the forms left open are."""
    token = request.cookies.get(cookie_name(), "")
    if token:
        kept_text.name_ended(response, token)
    response.delete_cookie(
        cookie_name(), httponly=True, samesite="Lax", secure=ground().settings.secure_cookies
    )


def forget_session() -> None:
    """The pages of this request know nobody any more."""
    g.browser_session = None


def login_url(next_path: str) -> str:
    """The login page that comes back to ``next_path`` (a path of ours, query included)."""
    return "/connexion?next=" + quote(next_path, safe="")


def verification_url(next_path: str, level: Acr) -> str:
    """The page that asks for a factor that reaches ``level``, and comes back to ``next_path``."""
    return f"{VERIFICATION}?niveau={level}&next={quote(next_path, safe='')}"


def signed_in(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """Only for a person whose account is active, with nothing left to do first; others do it, or sign in."""
    return access("signed_in")(_at(_losing_nothing(view), LoginStep.ENTER, keeps=True))


def recently_signed_in(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """For sensitive pages: signed in a short while ago, with the second factor of who has one."""
    return access("recently_signed_in")(_at(_surely(view), LoginStep.ENTER))


def enrolling(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """For who adds a second factor: obliged to, before anything else, or of their own accord."""
    return access("enrolling")(_at(_surely(view), LoginStep.ENROLMENT, LoginStep.ENTER))


def verifying(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """For who owes a second factor: at sign-in, or because a page or a service asks for it now."""
    return access("verifying")(_at(view, LoginStep.SECOND_FACTOR, LoginStep.ENTER))


def accepting_texts(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """For who accepted a former version of a text."""
    return access("accepting_texts")(_at(view, LoginStep.TEXTES))


def changing_password(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """Only for a person who signed in with the provisional password that they asked for."""
    return access("changing_password")(_at(view, LoginStep.CHANGE_PASSWORD))


def in_first_connection(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """Only for a person who signed in with a provisional secret and has not finished the five steps."""
    guarded = _at(view, LoginStep.FIRST_CONNECTION, sign_in=PREMIERE_CONNEXION)
    return access("first_connection")(guarded)


def _at(
    view: Callable[P, Answer],
    *steps: LoginStep,
    sign_in: str | None = None,
    keeps: bool = False,
) -> Callable[P, Answer]:
    """Only for who is at one of these steps; others go to theirs, and nobody to the sign-in.

    What nobody had typed is kept for after the sign-in, when ``keeps``.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer:
        session = current_session()
        if session is None:
            kept = kept_text.keep_typed(*session_tokens()) if keeps and _posted() else None
            return redirect(sign_in or login_url(kept or here()), 303)
        if session.step not in steps:
            return redirect(STEPS.get(session.step, ACCUEIL), 303)
        return view(*args, **kwargs)

    return guarded


def _posted() -> bool:
    return request.method == "POST"


def _losing_nothing(view: Callable[P, Answer]) -> Callable[P, Answer]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer:
        kept_text.bring_back(the_session().account_id)
        return view(*args, **kwargs)

    return guarded


def ask_again(then: str) -> AnyResponse | None:
    """Where to prove who one is again before something sensitive; None when that was done a short while ago."""
    session = the_session()
    if not session.recent(clock.now()):
        return redirect(login_url(then) + "&reauth=1", 303)
    strong = session.proof.acr.does_for(Acr.MCP2)
    if not strong and management.enrolled(session.account_id):
        return redirect(verification_url(then, Acr.MCP2), 303)
    return None


def _surely(view: Callable[P, Answer]) -> Callable[P, Answer]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer:
        return ask_again(here()) or view(*args, **kwargs)

    return guarded


def here() -> str:
    """Where to come back to: this page, or that of the form that it answers."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return kept_text.form_page() or ACCUEIL
