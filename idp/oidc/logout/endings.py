"""What ends a grant besides its client: the end of its browser session, and a right that is withdrawn.

The tokens die with the grant, and every relying party that had redeemed it is told, in the transaction that
decides it. How it is told is in ``backchannel_logout.py``; a replayed code is ``codes.py``'s.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    update,
)

from idp.db import db
from idp.habilitations.ports import Annonce, Autorisation
from idp.oidc.clients.relying_parties import registry
from idp.oidc.logout import backchannel_logout, frontchannel_logout
from idp.oidc.logout.backchannel_logout import SignedInAt
from idp.oidc.models import Consent, Grant

Ended = Row[str, UUID, str, datetime | None, UUID | None, datetime | None]


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

    def retirer(
        self, rattachements: Collection[UUID], service: str | None, now: datetime
    ) -> list[Annonce]:
        """Revoke what these rattachements gave to the clients of a service, or of every service."""
        whose = [Grant.rattachement_id.in_(rattachements), Grant.revoked_at.is_(None)]
        if service is not None:
            clients = registry().clients.values()
            its = [client.client_id for client in clients if client.service_code == service]
            whose.append(Grant.client_id.in_(its))
        return _annonces(_revoke(*whose, now=now), now)

    def fermer(
        self, rattachement_id: UUID, sessions: Collection[UUID], now: datetime
    ) -> list[Annonce]:
        """Revoke what these sessions gave, and what this rattachement gave in others."""
        ailleurs = and_(Grant.rattachement_id == rattachement_id, Grant.revoked_at.is_(None))
        told = _annonces(_revoke(or_(Grant.session_id.in_(sessions), ailleurs), now=now), now)
        return [one for one in told if one.rattachement_id == rattachement_id]

    def fermer_ailleurs(self, sessions: Collection[UUID], now: datetime) -> None:
        """Revoke what is not yet revoked of what these sessions gave."""
        held = Grant.session_id.in_(sessions)
        _announce(_revoke(held, Grant.revoked_at.is_(None), now=now), now)

    def retirer_parmi(
        self,
        finis: CompoundSelect[UUID, str | None],
        avant: datetime | None,
        now: datetime,
        *,
        limit: int,
    ) -> tuple[list[Annonce], bool]:
        """Revoke what these pairs of a rattachement and a service hold, some at a time; of what ends by its date
        (``avant``), only what somebody signed in with."""
        pairs = finis.subquery()
        rattachement_id, service = pairs.c
        its = case(_services(), value=Grant.client_id, else_=None)
        since = [] if avant is None else [Grant.code_used_at.is_not(None), Grant.created_at < avant]
        held = (
            select(Grant.id)
            .join(pairs, Grant.rattachement_id == rattachement_id)
            .where(
                Grant.revoked_at.is_(None),
                *since,
                or_(service.is_(None), service == its),
            )
            .limit(limit)
        )
        ended = _revoke(Grant.id.in_(held), now=now)
        # The same grant may answer for two rights: fewer than the limit may still mean that it was reached.
        return _annonces(ended, now), len(ended) > 0

    def retirer_du_service(
        self, service: str, now: datetime, *, limit: int
    ) -> tuple[list[Annonce], int]:
        """Revoke what the clients of a service hold, some at a time."""
        held = select(Grant.id).where(*_held_by(service)).limit(limit)
        ended = _revoke(Grant.id.in_(held), now=now)
        return _annonces(ended, now), len(ended)

    def combien_au_service(self, service: str) -> int:
        """How many grants of the clients of a service are not revoked."""
        return db.session.scalar(select(func.count()).where(*_held_by(service))) or 0

    def autorisations(self, account_id: UUID) -> list[Autorisation]:
        """What the person lets clients that are not of the Caf read: one statement."""
        rows = db.session.execute(
            select(Consent.client_id, Consent.scope, Consent.granted_at)
            .where(Consent.account_id == account_id)
            .order_by(Consent.granted_at)
        )
        return [Autorisation(*row) for row in rows]


def _held_by(service: str) -> list[ColumnElement[bool]]:
    its = [client_id for client_id, code in _services().items() if code == service]
    return [Grant.client_id.in_(its), Grant.revoked_at.is_(None)]


def _services() -> dict[str, str]:
    clients = registry().clients.values()
    return {client.client_id: client.service_code for client in clients}


def _revoke(*whose: ColumnElement[bool], now: datetime) -> Sequence[Ended]:
    return db.session.execute(
        update(Grant)
        .where(*whose)
        .values(revoked_at=func.coalesce(Grant.revoked_at, now))
        .returning(
            Grant.client_id,
            Grant.account_id,
            Grant.sid,
            Grant.code_used_at,
            Grant.rattachement_id,
            Grant.access_token_expires_at,
        )
        .execution_options(synchronize_session=False)
    ).all()


def _announce(ended: Sequence[Ended], now: datetime) -> dict[SignedInAt, UUID | None]:
    """The delivery to each client that was signed in, None for one that asks for none."""
    # A client redeems as many grants as it likes in one session: it is told once.
    signed_in = {_signed_in(grant) for grant in ended if grant.code_used_at is not None}
    in_order = sorted(signed_in, key=lambda signed: (signed.sid, signed.client_id))
    return {one: backchannel_logout.announce(one, now) for one in in_order}


def _annonces(ended: Sequence[Ended], now: datetime) -> list[Annonce]:
    """The same, as ``idp/habilitations`` keeps it: one for each place in an organisme, client and delivery."""
    deliveries = _announce(ended, now)
    last: dict[tuple[UUID, str, UUID | None], datetime | None] = {}
    for grant in ended:
        if grant.rattachement_id is None or grant.code_used_at is None:
            continue
        key = (grant.rattachement_id, grant.client_id, deliveries[_signed_in(grant)])
        last[key] = max(filter(None, (last.get(key), grant.access_token_expires_at)), default=None)
    return [_annonce(*key, expire_at) for key, expire_at in last.items()]


def _annonce(
    rattachement_id: UUID, client_id: str, livraison_id: UUID | None, expire_at: datetime | None
) -> Annonce:
    client = registry().client(client_id)
    return Annonce(
        rattachement_id=rattachement_id,
        nom=client.nom if client else client_id,
        service=client.service.code if client and client.service else None,
        livraison_id=livraison_id,
        expire_at=expire_at,
    )


def _signed_in(grant: Ended) -> SignedInAt:
    return SignedInAt(grant.client_id, grant.account_id, grant.sid)
