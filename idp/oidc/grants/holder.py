"""Who tokens are made for: what Authlib calls the user, read again at each use of a grant."""

from dataclasses import dataclass
from datetime import datetime

from authlib.oauth2.rfc6749 import InvalidGrantError

from idp import audit
from idp.audit import Actor
from idp.oidc import subjects
from idp.oidc.client_metadata import RelyingParty
from idp.oidc.events import TokenIssued
from idp.oidc.redeemed import RedeemedGrant
from idp.oidc.subjects import Subject


@dataclass(frozen=True, slots=True)
class Holder:
    """The person, the authorization that the tokens come from, and the refresh token to tell, if any."""

    grant: RedeemedGrant
    subject: Subject
    refresh_token: str | None = None


def holder(
    grant: RedeemedGrant, client: RelyingParty, refresh_token: str | None, now: datetime
) -> Holder:
    """The person as they are now: rights may have been withdrawn. One statement; raises ``invalid_grant``."""
    subject = subjects.read(grant.account_id, grant.rattachement_id, client, now)
    if subject is None or not subject.active:
        raise InvalidGrantError("The person may not sign in any more.")
    if client.habilitation_required and not subject.habilite:
        raise InvalidGrantError("The person has no habilitation for this service any more.")
    return Holder(grant, subject, refresh_token)


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
