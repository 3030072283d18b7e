"""Who tokens are made for: what Authlib calls the user, read again at each use of a grant."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError

from idp import audit
from idp.audit import Actor
from idp.oidc import subjects
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.events import TokenIssued
from idp.oidc.subjects import Subject
from idp.oidc.tokens import resources
from idp.oidc.tokens.redeemed import RedeemedGrant


@dataclass(frozen=True, slots=True)
class Holder:
    """The person, the authorization that the tokens come from, and the refresh token to tell, if any."""

    grant: RedeemedGrant
    subject: Subject
    refresh_token: str | None = None


@dataclass(frozen=True, slots=True)
class ForItself:
    """No person: a client, and the APIs that it names."""

    resources: list[str]
    refresh_token: None = None


def holder(
    grant: RedeemedGrant, client: RelyingParty, refresh_token: str | None, now: datetime
) -> Holder:
    """The person as they are now: rights may have been withdrawn. One statement; raises ``invalid_grant``."""
    subject = subjects.allowed(grant.account_id, grant.rattachement_id, client, now)
    if subject is None:
        raise InvalidGrantError("The person may not reach this service any more.")
    return Holder(grant, subject, refresh_token)


def for_this_request(grant: RedeemedGrant, request: Any) -> RedeemedGrant:
    """The grant with the APIs that this token request names among its own; raises ``invalid_target``."""
    named = resources.narrowed(request.parameters.resources, grant.resources, request.client)
    return replace(grant, resources=named)


def journal(tokens_of: Holder, now: datetime) -> None:
    """Tokens are signed and never kept: their line in the journal is."""
    grant, droits = tokens_of.grant, tokens_of.subject.droits
    audit.record(
        TokenIssued(client_id=grant.client_id, scope=grant.scope),
        at=now,
        actor=Actor.person(grant.account_id),
        account_id=grant.account_id,
        organisme_id=droits.organisme.id if droits else None,
    )
