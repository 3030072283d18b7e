"""Resource indicators: for which APIs an access token is asked, and its ``aud``. Pure.

RFC 8707: https://www.rfc-editor.org/rfc/rfc8707 ; RFC 9068 §3. A client names those that its entry lists; naming
none, it gets a token for its own API.
"""

from collections.abc import Sequence

from authlib.oauth2.rfc6749 import OAuth2Error

from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.scopes import Scope


def allowed(client: RelyingParty) -> tuple[str, ...]:
    """Its own API, then the others that it may name."""
    own = (client.audience,) if client.audience else ()
    return (*own, *client.resources)


def checked(asked: Sequence[str], permitted: Sequence[str]) -> list[str]:
    """Those asked, each once; raises ``invalid_target`` when one is not permitted."""
    if any(resource not in permitted for resource in asked):
        raise _invalid_target()
    return list(dict.fromkeys(asked))


def narrowed(asked: Sequence[str], granted: Sequence[str], client: RelyingParty) -> list[str]:
    """For one access token: those asked among those granted (§2.2), else all of these.

    One that was taken from the client since is granted no more.
    """
    permitted = allowed(client)
    kept = [resource for resource in granted if resource in permitted]
    if granted and not kept:
        raise _invalid_target()
    return checked(asked, kept or permitted) or kept


def _invalid_target() -> OAuth2Error:
    # §2: one description, whether the API exists or not.
    return OAuth2Error(
        "resource is not an API that this client may ask a token for.", error="invalid_target"
    )


def audience(
    resources: Sequence[str], client: RelyingParty, scope: Sequence[Scope], issuer: str
) -> list[str]:
    """The ``aud``: the APIs, and this server when the token opens userinfo or nothing else."""
    own = [client.audience] if client.audience else []
    apis = list(resources) or own
    return [*apis, issuer] if Scope.OPENID in scope or not apis else apis
