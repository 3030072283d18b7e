"""What a service would be told of a person if they signed in there now: made by what makes tokens, never signed.

Nothing is issued nor written. What belongs to one sign-in (its date, its session, its factors, ``nonce``) is not
known before there is one, and is left out.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from idp.extensions import ground
from idp.habilitations.claims import droits
from idp.habilitations.ports import Apercu
from idp.oidc import addresses, claims, scopes, subjects
from idp.oidc.clients.client_metadata import RelyingParty, SubjectType
from idp.oidc.clients.relying_parties import registry
from idp.oidc.scopes import Scope
from idp.oidc.subjects import Subject
from idp.oidc.tokens import access_token, id_token
from idp.oidc.tokens.redeemed import RedeemedGrant

SID = "0" * 43
"""As long as a real one: the length of a token decides whether its lists are told by reference."""


class ApercusDesServices:
    """The port ``idp.habilitations.ports.Apercus``."""

    def des_services(self, rattachement_id: UUID, service: str, now: datetime) -> list[Apercu]:
        """What each client of that service would receive: one statement."""
        found = droits(rattachement_id, service, now)
        if found is None:
            return []
        clients = registry().clients.values()
        return [
            _apercu(subjects.of(found, client), client, now)
            for client in clients
            if client.service_code == service
        ]


def _apercu(subject: Subject, client: RelyingParty, now: datetime) -> Apercu:
    refuse = not subject.active or (client.habilitation_required and not subject.habilite)
    return Apercu(
        client_id=client.client_id,
        nom=client.client_name,
        refuse=refuse,
        sub_propre_au_service=client.subject_type is SubjectType.PAIRWISE,
        contenus={} if refuse else _contents(subject, client, now),
    )


def _contents(subject: Subject, client: RelyingParty, now: datetime) -> dict[str, dict[str, Any]]:
    place = ground()
    grant = _as_if_redeemed(subject, client, now)
    common: dict[str, Any] = {
        "issuer": place.settings.issuer,
        "userinfo_endpoint": place.settings.issuer + addresses.USERINFO,
        "key_ring": place.key_ring,
        "now": now,
    }
    scope = [Scope(word) for word in grant.scope.split()]
    return {
        "id_token": _lasting(id_token.content(grant, subject, client, access_token="", **common)),
        "access_token": _lasting(access_token.content(grant, subject, client, **common)),
        "userinfo": claims.of_userinfo(subject, scope),
    }


def _as_if_redeemed(subject: Subject, client: RelyingParty, now: datetime) -> RedeemedGrant:
    # The client asked all that it may.
    asked = scopes.granted(" ".join(client.scope), client.scope)
    return RedeemedGrant(
        id=UUID(int=0),
        account_id=subject.personne.account_id,
        sid=SID,
        rattachement_id=subject.droits.rattachement_id if subject.droits else None,
        client_id=client.client_id,
        redirect_uri="",
        scope=" ".join(asked),
        nonce=None,
        auth_time=now,
        acr="mcp1",
        amr=["pwd"],
        code_challenge=None,
        claims_asked=None,
        resources=[],
    )


def _lasting(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in id_token.OF_THE_SIGN_IN}
