"""What this server can do, said to clients: built from what is implemented, so that it cannot promise more.

OpenID Connect Discovery 1.0 §3: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata ;
RFC 8414, RFC 9207 §3. The two addresses give the same document.
"""

from typing import Any

from flask import Response, jsonify

from idp.accounts.levels import REACHABLE
from idp.config import Registration
from idp.extensions import ground
from idp.keys import Algorithm
from idp.oidc import addresses
from idp.oidc.authorization import pkce
from idp.oidc.authorization.interaction import Prompt
from idp.oidc.authorization.responses import ResponseMode
from idp.oidc.blueprint import blueprint
from idp.oidc.claims import BY_SCOPE
from idp.oidc.clients.client_metadata import RESPONSE_TYPE, ClientAuthMethod, GrantType, SubjectType
from idp.oidc.scopes import Scope
from idp.oidc.tokens.signing import BY_NAME
from idp.web import public

MAX_AGE_S = 300
_OF_THE_SIGN_IN = ("iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid")


@blueprint.get(addresses.OPENID_CONFIGURATION)
@public
def openid_configuration() -> Response:
    """OpenID Connect Discovery 1.0 §4."""
    return _answer()


@blueprint.get(addresses.OAUTH_METADATA)
@public
def oauth_metadata() -> Response:
    """RFC 8414 §3."""
    return _answer()


def _answer() -> Response:
    settings = ground().settings
    document = metadata(settings.issuer)
    if settings.registration is not Registration.OFF:
        document["registration_endpoint"] = settings.issuer + addresses.REGISTER
    response = jsonify(document)
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
    return response


def metadata(issuer: str) -> dict[str, Any]:
    """The document."""
    claims = [name for names in BY_SCOPE.values() for name in names]
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + addresses.AUTHORIZE,
        "token_endpoint": issuer + addresses.TOKEN,
        "revocation_endpoint": issuer + addresses.REVOKE,
        "introspection_endpoint": issuer + addresses.INTROSPECT,
        "userinfo_endpoint": issuer + addresses.USERINFO,
        "jwks_uri": issuer + addresses.JWKS,
        "end_session_endpoint": issuer + addresses.LOGOUT,
        "scopes_supported": list(Scope),
        "claims_supported": sorted({*claims, *_OF_THE_SIGN_IN}),
        "claim_types_supported": ["normal", "distributed"],
        "response_types_supported": [RESPONSE_TYPE],
        "response_modes_supported": list(ResponseMode),
        "grant_types_supported": list(GrantType),
        "prompt_values_supported": list(Prompt),
        "acr_values_supported": list(REACHABLE),
        "subject_types_supported": list(SubjectType),
        "id_token_signing_alg_values_supported": list(Algorithm),
        "userinfo_signing_alg_values_supported": list(Algorithm),
        "introspection_signing_alg_values_supported": list(Algorithm),
        "introspection_endpoint_auth_methods_supported": [
            method for method in ClientAuthMethod if method is not ClientAuthMethod.NONE
        ],
        "introspection_endpoint_auth_signing_alg_values_supported": list(BY_NAME),
        "revocation_endpoint_auth_methods_supported": list(ClientAuthMethod),
        "revocation_endpoint_auth_signing_alg_values_supported": list(BY_NAME),
        "token_endpoint_auth_methods_supported": list(ClientAuthMethod),
        "token_endpoint_auth_signing_alg_values_supported": list(BY_NAME),
        "code_challenge_methods_supported": [pkce.METHOD],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "display_values_supported": ["page"],
        "ui_locales_supported": ["fr"],
    }
