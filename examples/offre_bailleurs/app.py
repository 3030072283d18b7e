"""A service of the Caf in one page: it signs people in by redirect and reads their habilitations.

Everything protocol is Authlib's Flask client: discovery, state, nonce, PKCE, checks of the ID token.
"""

import hmac
import os
import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from joserfc.errors import JoseError
from werkzeug.wrappers import Response as AnyResponse

from examples.offre_bailleurs import api
from examples.offre_bailleurs.access_tokens import InvalidToken, RemoteKeys
from examples.offre_bailleurs.logout_tokens import SeenTokens, validate_logout_token
from examples.offre_bailleurs.settings import Settings, settings_from
from examples.offre_bailleurs.signed_in import SignedIn, SignedInStore

SCOPE = "openid profile email organisme habilitations numero_utilisateur"
TIMEOUT_S = 10
PARIS = ZoneInfo("Europe/Paris")


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The WSGI application of one instance."""
    settings = settings_from(environ)
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=f"{settings.client_id}_etat",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
    )
    oauth = OAuth(app)
    oauth.register(
        "mcp",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "timeout": TIMEOUT_S},
    )
    app.extensions.update(
        settings=settings,
        provider=oauth.mcp,
        keys=RemoteKeys(f"{settings.issuer}/oidc/jwks"),
        signed_in=SignedInStore(),
        seen_logout_tokens=SeenTokens(),
    )
    app.register_blueprint(api.blueprint)
    app.add_url_rule("/", view_func=accueil)
    app.add_url_rule("/connexion", view_func=connexion)
    app.add_url_rule("/callback", view_func=callback)
    app.add_url_rule("/bailleur", view_func=bailleur)
    app.add_url_rule("/coordonnees-bancaires", view_func=coordonnees_bancaires)
    app.add_url_rule("/deconnexion", view_func=deconnexion, methods=["POST"])
    app.add_url_rule("/backchannel-logout", view_func=backchannel_logout, methods=["POST"])
    app.register_error_handler(requests.RequestException, provider_away)
    app.after_request(harden)
    app.context_processor(lambda: {"settings": settings, "csrf_token": csrf_token})
    app.jinja_env.filters.update(instant_fr=instant_fr, numero_fr=numero_fr)
    return app


def _settings() -> Settings:
    return current_app.extensions["settings"]


def _cookie() -> str:
    return f"{_settings().client_id}_session"


def _person() -> SignedIn | None:
    return current_app.extensions["signed_in"].get(request.cookies.get(_cookie(), ""))


def accueil() -> str | AnyResponse:
    """What the service is, and the button that signs in."""
    return redirect("/bailleur") if _person() else render_template("accueil.html")


def connexion() -> AnyResponse:
    """Start an authorization; also where the provider sends people who open our tile.

    ``iss`` comes from third-party initiated login (Core §4): another issuer than ours is refused.
    """
    if request.args.get("iss", _settings().issuer) != _settings().issuer:
        abort(400)
    return current_app.extensions["provider"].authorize_redirect(f"{_settings().base_url}/callback")


def callback() -> str | AnyResponse | tuple[str, int]:
    """Back from the provider: with a code, or with the reason of a refusal."""
    provider = current_app.extensions["provider"]
    # RFC 9207 §2.4: before anything, the answer must come from the issuer that was asked.
    if request.args.get("iss") != provider.load_server_metadata()["issuer"]:
        return render_template("refus.html", erreur="invalid_issuer", message=""), 400
    if "error" in request.args:
        return _refused(request.args["error"], request.args.get("error_description", ""))
    try:
        token = provider.authorize_access_token()
        userinfo = provider.userinfo(token=token)
    except (OAuthError, JoseError) as error:
        current_app.logger.warning("sign-in failed: %s", error)
        return _refused("sign_in_failed", str(error))
    if userinfo["sub"] != token["userinfo"]["sub"]:
        return _refused("sign_in_failed", "userinfo speaks of another person")
    value = current_app.extensions["signed_in"].add(
        claims=dict(token["userinfo"]),
        userinfo=dict(userinfo),
        id_token=token["id_token"],
        access_token=token["access_token"],
    )
    response = redirect(session.pop("retour", "/bailleur"), 303)
    secure = _settings().base_url.startswith("https://")
    response.set_cookie(_cookie(), value, httponly=True, samesite="Lax", secure=secure)
    return response


def _refused(error: str, description: str) -> tuple[str, int]:
    return render_template("refus.html", erreur=error, message=description), 403


def bailleur() -> str | AnyResponse:
    """Who came, for which organisme, with which groups; and what our own API answers."""
    person = _person()
    if person is None:
        return redirect("/", 303)
    answer = _ask_api("/api/bailleur", person.access_token)
    return render_template("bailleur.html", personne=person, api=answer)


def coordonnees_bancaires() -> str | AnyResponse:
    """Where the aids are paid; our API may ask that the person sign in again first (RFC 9470 §4)."""
    person = _person()
    if person is None:
        return redirect("/", 303)
    answer = _ask_api("/api/coordonnees-bancaires", person.access_token)
    if answer["json"].get("error") == "insufficient_user_authentication":
        session["retour"] = "/coordonnees-bancaires"
        return current_app.extensions["provider"].authorize_redirect(
            f"{_settings().base_url}/callback", max_age=answer["json"]["max_age"]
        )
    return render_template("coordonnees_bancaires.html", api=answer)


def _ask_api(path: str, access_token: str) -> dict[str, Any]:
    # Within one process here; another service would send the same request over the network.
    with current_app.test_client() as client:
        answer = client.get(path, headers={"Authorization": f"Bearer {access_token}"})
        return {"status": answer.status_code, "json": answer.get_json()}


def csrf_token() -> str:
    """One per browser, in the signed cookie."""
    return session.setdefault("csrf", secrets.token_urlsafe(16))


def deconnexion() -> AnyResponse:
    """Forget the person here, then ask the provider to end its session (RP-Initiated Logout §2)."""
    if not hmac.compare_digest(request.form.get("csrf_token", "").encode(), csrf_token().encode()):
        abort(400)
    person = current_app.extensions["signed_in"].remove(request.cookies.get(_cookie(), ""))
    if person is None:
        return redirect("/", 303)
    metadata = current_app.extensions["provider"].load_server_metadata()
    parameters = {
        "id_token_hint": person.id_token,
        "post_logout_redirect_uri": f"{_settings().base_url}/",
        "state": secrets.token_urlsafe(16),
    }
    response = redirect(f"{metadata['end_session_endpoint']}?{urlencode(parameters)}", 303)
    response.delete_cookie(_cookie())
    return response


def backchannel_logout() -> AnyResponse:
    """The provider says that a session ended: ours that came from it end too (Back-Channel Logout §2.5)."""
    token, now = request.form.get("logout_token", ""), time.time()
    try:
        claims = validate_logout_token(
            token,
            current_app.extensions["keys"].for_token(token),
            issuer=_settings().issuer,
            client_id=_settings().client_id,
            now=now,
        )
        if not current_app.extensions["seen_logout_tokens"].first_time(claims["jti"], now):
            raise InvalidToken("used already")
    except InvalidToken as error:
        current_app.logger.warning("logout token refused: %s", error)
        refused = jsonify(error="invalid_request", error_description=str(error))
        refused.status_code = 400
        return refused
    current_app.extensions["signed_in"].remove_session(claims["sid"])
    # §2.8: who was already signed out is signed out.
    return Response(status=200)


def provider_away(_error: requests.RequestException) -> tuple[str, int]:
    """The provider does not answer: nothing is lost, try again."""
    return render_template("indisponible.html", reprise=url_for("connexion")), 503


def instant_fr(seconds: int) -> str:
    """An instant of a token, in Paris."""
    return datetime.fromtimestamp(seconds, PARIS).strftime("%d/%m/%Y à %H:%M")


def numero_fr(numero: str) -> str:
    """A N° utilisateur as a quittance prints it: « 359 00007090001 »."""
    return f"{numero[:3]}\u00a0{numero[3:]}" if len(numero) == 14 else numero


def harden(response: Response) -> Response:
    """Headers of every page."""
    # The logout form answers by a redirect to the provider, which form-action governs too.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {_settings().issuer}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
