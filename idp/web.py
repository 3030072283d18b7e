"""The edge of HTTP: security headers, error pages, proxies, formats, and who may enter each route.

Capabilities own their pages; what is here is the same for all of them.
"""

import re
import secrets
from collections.abc import Callable, Iterable
from datetime import date, datetime
from http import HTTPStatus
from itertools import chain
from typing import TypeVar

import structlog
from flask import Flask, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError
from werkzeug.middleware.proxy_fix import ProxyFix

from idp import clock, db
from idp.config import Settings
from idp.elision import de, que
from idp.errors import Refusal
from idp.printable import format_identifiant

MAX_BODY_BYTES = 1024 * 1024
MAX_FORM_BYTES = 256 * 1024

log = structlog.get_logger("idp.web")

View = TypeVar("View", bound=Callable[..., object])


def access(level: str) -> Callable[[View], View]:
    """Declare who may enter a route; a route without a declaration fails the tests.

    The guards of ``accounts`` and ``habilitations`` declare it for the routes that they protect.
    """

    def declare(view: View) -> View:
        view.__dict__["access"] = level
        return view

    return declare


public = access("public")


def accepts(max_body_bytes: int) -> Callable[[View], View]:
    """Let more than ``MAX_BODY_BYTES`` be sent to this route, a file: said before anything is read of it."""

    def declare(view: View) -> View:
        view.__dict__["max_body_bytes"] = max_body_bytes
        return view

    return declare


def _bound_body() -> None:
    # First of all: the anti-forgery token is looked for in the form, which is read for that.
    view = current_app.view_functions.get(request.endpoint or "")
    limit = getattr(view, "max_body_bytes", None)
    if limit:
        request.max_content_length = limit


def _bound_text() -> None:
    # PostgreSQL keeps no text that holds a NUL, which no keyboard types. Protocols refuse it in their own words.
    if request.blueprint in current_app.extensions["protocols"]:
        return
    typed = chain(request.args.items(multi=True), request.form.items(multi=True))
    if any("\0" in text for pair in chain(typed, [[request.path]]) for text in pair):
        raise BadRequest


def csp_nonce() -> str:
    """The nonce of this response's inline scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[A-Za-z0-9._:\[\]-]+")


def allow(
    *, images: Iterable[str | None] = (), forms: Iterable[str] = (), frames: Iterable[str] = ()
) -> None:
    """On this page, images and frames from there, and forms whose answer leads there.

    Addresses are those that clients wrote: what is not a plain origin could alter the policy, and is left out.
    """
    found = {"images": [_ORIGIN.match(uri or "") for uri in images]}
    found["frames"] = [_ORIGIN.match(uri) for uri in frames]
    found["forms"] = [_ORIGIN.fullmatch(origin) for origin in forms]
    for what, matches in found.items():
        g.setdefault(f"csp_{what}", set()).update(match[0] for match in matches if match)


def _content_security_policy(app: Flask) -> str:
    # form-action also governs where a form's answer may redirect: the relying parties must be named.
    forms = {*app.extensions["form_action_origins"], *g.get("csp_forms", ())}
    form_action = " ".join(["'self'", *sorted(forms)])
    img_src = " ".join(["'self'", "data:", *sorted(g.get("csp_images", ()))])
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{csp_nonce()}'",
            "style-src 'self'",
            f"img-src {img_src}",
            "font-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            f"form-action {form_action}",
            *_frame_src(),
        )
    )


def _frame_src() -> tuple[str, ...]:
    origins = g.get("csp_frames")
    return (f"frame-src {' '.join(sorted(origins))}",) if origins else ()


def _harden(app: Flask, response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _content_security_policy(app))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    return response


_PAGES = {
    HTTPStatus.BAD_REQUEST: (
        "Nous n’avons pas compris cette demande",
        "L’adresse ou le formulaire reçu est incomplet ou mal formé.",
    ),
    HTTPStatus.NOT_FOUND: (
        "Cette page n’existe pas",
        "L’adresse a peut-être été mal saisie, ou la page a changé de place.",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "Cette page ne s’ouvre pas de cette façon",
        "Revenez à la page précédente et recommencez.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "Cet envoi est trop volumineux",
        "Réduisez le texte ou le fichier, puis recommencez.",
    ),
}
_PLAIN_TEXT = "text/plain; charset=utf-8"
_FAULT = (
    "Un problème est survenu de notre côté",
    "Rien de ce que vous veniez d’envoyer n’a été enregistré. Réessayez dans quelques minutes.",
)


def _page(status: int, titre: str, message: str, conseil: str = "") -> tuple[str, int]:
    reference = str(g.get("request_id", ""))
    page = render_template(
        "errors/erreur.html", titre=titre, message=message, conseil=conseil, reference=reference
    )
    return page, status


def refused(refusal: Refusal) -> tuple[str, int]:
    """The page of a refusal. Returned by a view, it keeps what the request wrote; raised, a refusal undoes it."""
    log.info("refused", detail=str(refusal), path=request.path)
    return _page(refusal.status, refusal.titre, refusal.message, refusal.conseil)


def _on_refusal(refusal: Refusal) -> tuple[str, int]:
    db.undo()
    return refused(refusal)


def on_csrf(error: CSRFError) -> tuple[str, int]:
    """The page of a form whose anti-forgery token is not the one of this browser."""
    db.undo()
    log.info("csrf", detail=error.description, path=request.path)
    return _page(
        HTTPStatus.BAD_REQUEST,
        "Ce formulaire a expiré",
        "Il est resté ouvert trop longtemps, ou votre navigateur refuse nos cookies.",
        "Revenez à la page précédente, rechargez-la, puis recommencez.",
    )


def _on_http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, InternalServerError):
        return _on_fault(error.original_exception or error)
    db.undo()
    status = error.code or HTTPStatus.OK
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:
        return error
    titre, message = _PAGES.get(HTTPStatus(status), _PAGES[HTTPStatus.BAD_REQUEST])
    # What the status obliges to say is kept: Allow of a 405, Retry-After of a 429.
    said = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return *_page(status, titre, message), said


def _on_fault(error: BaseException) -> ResponseReturnValue:
    db.undo()
    log.error("fault", path=request.path, exc_info=error)
    try:
        return _page(HTTPStatus.INTERNAL_SERVER_ERROR, *_FAULT)
    except Exception:  # the page itself may need what is away: the same words, without its frame
        log.error("fault_page", path=request.path, exc_info=True)
        text = "\n".join((*_FAULT, f"Référence : {g.get('request_id', '')}"))
        return text, HTTPStatus.INTERNAL_SERVER_ERROR, {"Content-Type": _PLAIN_TEXT}


def _date_fr(value: date | datetime | None) -> str:
    if value is None:
        return ""
    day = clock.today(value) if isinstance(value, datetime) else value
    return day.strftime("%d/%m/%Y")


def _instant_fr(value: datetime | None) -> str:
    return value.astimezone(clock.PARIS).strftime("%d/%m/%Y à %H:%M") if value else ""


def _seconde_fr(value: datetime) -> str:
    return value.astimezone(clock.PARIS).strftime("%d/%m/%Y à %H:%M:%S")


def _heure_fr(value: datetime) -> str:
    return value.astimezone(clock.PARIS).strftime("%H:%M")


def _nombre_fr(value: int) -> str:
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _name_request() -> None:
    g.request_id = secrets.token_hex(4)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def init_app(app: Flask, settings: Settings) -> None:
    """Install the edge on the application."""
    app.extensions["form_action_origins"] = set()
    app.extensions["protocols"] = set()
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        SESSION_COOKIE_NAME="__Host-session" if settings.secure_cookies else "session",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # bound to the session cookie, which ends with the browser
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # Flask's documented way
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.jinja_env.filters.update(
        date_fr=_date_fr,
        instant_fr=_instant_fr,
        seconde_fr=_seconde_fr,
        heure_fr=_heure_fr,
        nombre_fr=_nombre_fr,
        identifiant=format_identifiant,
        de=de,
        que=que,
    )
    app.before_request(_name_request)
    app.before_request(_bound_body)
    app.before_request(_bound_text)
    app.after_request(lambda response: _harden(app, response))
    app.register_error_handler(Refusal, _on_refusal)
    app.register_error_handler(CSRFError, on_csrf)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_fault)
