"""The scopes of this server and what they open; the claims themselves are in ``claims.py``."""

from enum import StrEnum


class Scope(StrEnum):
    """What a relying party may ask to be told. Others are ignored (OpenID Connect Core §3.1.2.1)."""

    OPENID = "openid"
    PROFILE = "profile"
    EMAIL = "email"
    PHONE = "phone"
    ORGANISME = "organisme"
    HABILITATIONS = "habilitations"
    NUMERO_UTILISATEUR = "numero_utilisateur"
    OFFLINE_ACCESS = "offline_access"
    """Tells nothing: a refresh token comes with the others (OpenID Connect Core §11)."""


class ServiceScope(StrEnum):
    """What a client that acts for itself may be allowed, on no person's behalf (RFC 6749 §4.4)."""

    SCIM = "scim"
    """To manage the users of one organisme (``idp/scim``)."""


OF_ANY_CLIENT = frozenset(Scope) - {
    Scope.ORGANISME,
    Scope.HABILITATIONS,
    Scope.NUMERO_UTILISATEUR,
}
"""What a client that is no service of the Caf may be told, if the person agrees."""


def granted(asked: str, allowed: frozenset[Scope]) -> tuple[Scope, ...]:
    """Of the scopes asked, those that the client may have, in our order."""
    words = set(asked.split(" "))
    return tuple(scope for scope in Scope if scope in words and scope in allowed)
