"""The authorization code grant: a code and its verifier, once, for an access token and an ID token.

RFC 6749 §4.1.3, OpenID Connect Core §3.1.3, RFC 9700 §2.1.1. Authlib runs the order of the checks; a code is
claimed by one UPDATE (``codes.py``) before its address and verifier are looked at, so that a request that fails
later has burnt it.
"""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as AuthlibCodeGrant
from authlib.oidc.core.grants.code import OpenIDToken

from idp import audit, clock
from idp.audit import Actor
from idp.extensions import ground
from idp.oidc import addresses, codes, id_token, subjects
from idp.oidc.client_metadata import RelyingParty
from idp.oidc.codes import RedeemedGrant
from idp.oidc.events import CodeReplayed, TokenIssued
from idp.oidc.subjects import Subject


@dataclass(frozen=True, slots=True)
class Holder:
    """What Authlib calls the user: the person, and the authorization that the tokens come from."""

    grant: RedeemedGrant
    subject: Subject


class AuthorizationCodeGrant(AuthlibCodeGrant):
    """Answers what Authlib's grant asks."""

    def query_authorization_code(self, code: str, client: RelyingParty) -> RedeemedGrant | None:
        """Claim the code. A code that comes back ends what its first use gave (RFC 6749 §4.1.2)."""
        now = clock.now()
        claimed = codes.claim(code, client.client_id, client.access_token_lifetime, now)
        if claimed is None:
            _end_what_was_replayed(code, client)
        return claimed

    def authenticate_user(self, authorization_code: RedeemedGrant) -> Holder | None:
        """The person as they are now: rights may have been withdrawn since the code was drawn."""
        client: RelyingParty = self.request.client
        subject = subjects.read(
            authorization_code.account_id,
            authorization_code.rattachement_id,
            client,
            clock.now(),
        )
        if subject is None or not subject.active:
            return None
        if client.habilitation_required and not subject.habilite:
            return None
        return Holder(authorization_code, subject)

    def save_token(self, token: dict[str, Any]) -> None:
        """Journal it: the token itself is signed and never kept, its expiry was written with the claim."""
        holder: Holder = self.request.user
        droits = holder.subject.droits
        audit.record(
            TokenIssued(client_id=holder.grant.client_id, scope=holder.grant.scope),
            at=clock.now(),
            actor=Actor.person(holder.grant.account_id),
            account_id=holder.grant.account_id,
            organisme_id=droits.organisme.id if droits else None,
        )

    def delete_authorization_code(self, authorization_code: RedeemedGrant) -> None:
        """Nothing: the code was used when it was claimed, and its row is what logout and replay look for."""


def _end_what_was_replayed(code: str, client: RelyingParty) -> None:
    now = clock.now()
    account_id = codes.revoke_replayed(code, client.client_id, now)
    if account_id is None:
        return
    audit.record(
        CodeReplayed(client_id=client.client_id),
        at=now,
        actor=audit.ANONYMOUS,
        account_id=account_id,
    )


class WithIdToken(OpenIDToken):
    """The extension of the grant that adds an ID token when ``openid`` was granted."""

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        """Encode it ourselves."""
        holder: Holder = request.user
        place = ground()
        return id_token.encode(
            holder.grant,
            holder.subject,
            request.client,
            access_token=token["access_token"],
            issuer=place.settings.issuer,
            userinfo_endpoint=place.settings.issuer + addresses.USERINFO,
            key_ring=place.key_ring,
            now=clock.now(),
        )
