"""What ends a grant besides its client: the end of its browser session, and a right that is withdrawn.

The tokens die with the grant, and every relying party that had redeemed it is told, in the transaction that
decides it. How it is told is in ``backchannel_logout.py``; a replayed code is ``codes.py``'s.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, select, update

from idp.db import db
from idp.habilitations.ports import Autorisation
from idp.oidc.clients.relying_parties import registry
from idp.oidc.logout import backchannel_logout, frontchannel_logout
from idp.oidc.logout.backchannel_logout import SignedInAt
from idp.oidc.models import Consent, Grant

Ended = Row[str, UUID, str, datetime | None]


class RelyingPartiesOfSessions:
    """The port ``idp.accounts.ports.RelyingParties``."""

    def sessions_ended(self, session_ids: Collection[UUID], now: datetime) -> None:
        """Revoke what these sessions gave, and tell who redeemed it; a grant that was revoked before too."""
        # Whose right was withdrawn may have signed in again there by another grant since: ended ones count.
        _announce(_revoke(Grant.session_id.in_(session_ids), now=now), now)

    def people_forgotten(self, account_ids: Collection[UUID]) -> None:
        """Delete what services hold of these people and what they may read of them: two statements."""
        for held in (Grant, Consent):
            db.session.execute(
                delete(held)
                .where(held.account_id.in_(account_ids))
                .execution_options(synchronize_session=False)
            )

    def farewell_page(self, session_id: UUID, sid: str, onward: str) -> str | None:
        """The page that signs out by the browser; None when nobody asks for it."""
        return frontchannel_logout.page(session_id, sid, onward)


class AccesAuxServices:
    """The port ``idp.habilitations.ports.Acces``."""

    def retirer(self, rattachement_id: UUID, service: str | None, now: datetime) -> None:
        """Revoke what this rattachement gave to the clients of a service, or of every service."""
        whose = [Grant.rattachement_id == rattachement_id, Grant.revoked_at.is_(None)]
        if service is not None:
            clients = registry().clients.values()
            its = [client.client_id for client in clients if client.service_code == service]
            whose.append(Grant.client_id.in_(its))
        _announce(_revoke(*whose, now=now), now)

    def autorisations(self, account_id: UUID) -> list[Autorisation]:
        """What the person lets clients that are not of the Caf read: one statement."""
        rows = db.session.execute(
            select(Consent.client_id, Consent.scope, Consent.granted_at)
            .where(Consent.account_id == account_id)
            .order_by(Consent.granted_at)
        )
        return [Autorisation(*row) for row in rows]


def _revoke(*whose: ColumnElement[bool], now: datetime) -> Sequence[Ended]:
    return db.session.execute(
        update(Grant)
        .where(*whose)
        .values(revoked_at=func.coalesce(Grant.revoked_at, now))
        .returning(Grant.client_id, Grant.account_id, Grant.sid, Grant.code_used_at)
        .execution_options(synchronize_session=False)
    ).all()


def _announce(ended: Sequence[Ended], now: datetime) -> None:
    # A client redeems as many grants as it likes in one session: it is told once.
    signed_in = {
        SignedInAt(client_id, account_id, sid)
        for client_id, account_id, sid, used_at in ended
        if used_at is not None
    }
    for one in sorted(signed_in, key=lambda signed: (signed.sid, signed.client_id)):
        backchannel_logout.announce(one, now)
