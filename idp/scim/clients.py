"""Programs as clients of the protocol: found by their identifier while their mandate runs, and what they act as.

They prove who they are by ``private_key_jwt`` (``idp/oidc/clients/client_assertions.py``) and get tokens for
SCIM alone. They are registered and withdrawn in ``programs.py``.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from idp import clock
from idp.db import db
from idp.extensions import ground
from idp.habilitations import acteurs, en_cours
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import Mandat, Organisme
from idp.oidc.clients.client_metadata import ClientAuthMethod, GrantType, RelyingParty
from idp.oidc.scopes import ServiceScope
from idp.scim import addresses
from idp.scim.models import ScimClient

PREFIX = "scim-"
"""Of every ``client_id``: no other one costs a statement."""
USED_AGAIN_AFTER = timedelta(minutes=1)


class ScimClients:
    """The port ``idp.oidc.clients.relying_parties.Programs``."""

    def find(self, client_id: str) -> RelyingParty | None:
        """The client, while its mandate runs and its organisme is not suspended; one statement."""
        if not client_id.startswith(PREFIX):
            return None
        row = db.session.execute(
            select(Mandat.programme, ScimClient.jwks, ScimClient.jwks_uri)
            .join(Mandat, Mandat.id == ScimClient.mandat_id)
            .join(Organisme, Organisme.id == Mandat.organisme_id)
            .where(
                ScimClient.client_id == client_id,
                en_cours.mandat_en_cours(clock.today(clock.now())),
                Organisme.suspendu_at.is_(None),
            )
        ).one_or_none()
        return _relying_party(client_id, row.programme, row.jwks, row.jwks_uri) if row else None


def _relying_party(
    client_id: str, name: str | None, jwks: dict[str, object] | None, jwks_uri: str | None
) -> RelyingParty:
    return RelyingParty(
        client_id=client_id,
        client_name=name or client_id,
        redirect_uris=(),
        scope=frozenset(),
        service_scope=frozenset({ServiceScope.SCIM}),
        first_party=False,
        grant_types=(GrantType.CLIENT_CREDENTIALS,),
        token_endpoint_auth_method=ClientAuthMethod.PRIVATE_KEY_JWT,
        jwks=jwks,
        jwks_uri=jwks_uri,
        audience=ground().settings.issuer + addresses.BASE,
    )


def acting(client_id: str, now: datetime) -> Acteur | None:
    """What this program may do now; None when it may nothing any more."""
    mandat_id = db.session.scalar(
        select(ScimClient.mandat_id).where(ScimClient.client_id == client_id)
    )
    return acteurs.programme(mandat_id, clock.today(now)) if mandat_id else None


def used(mandat_id: UUID, now: datetime) -> None:
    """It has just called; written once a minute at most."""
    db.session.execute(
        update(ScimClient)
        .where(
            ScimClient.mandat_id == mandat_id,
            or_(
                ScimClient.last_used_at.is_(None),
                ScimClient.last_used_at < now - USED_AGAIN_AFTER,
            ),
        )
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )
