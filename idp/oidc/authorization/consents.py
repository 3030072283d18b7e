"""What people let the clients that are not of the Caf read: asked by ``consentement.py``, remembered here.

OpenID Connect Core §3.1.2.4. A consent covers the scopes that it lists, and any part of them.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from idp import audit
from idp.accounts.sessions import SessionVue
from idp.audit import Actor
from idp.db import db, inserting
from idp.oidc.events import ConsentGiven
from idp.oidc.models import Consent
from idp.oidc.scopes import Scope


def given(account_id: UUID, client_id: str) -> frozenset[str]:
    """What the person agreed to: one statement."""
    scope = db.session.scalar(
        select(Consent.scope).where(
            Consent.account_id == account_id, Consent.client_id == client_id
        )
    )
    return frozenset((scope or "").split())


def give(session: SessionVue, client_id: str, scope: Collection[Scope], now: datetime) -> None:
    """Remember it, with what was agreed to before."""
    before = given(session.account_id, client_id)
    together = " ".join(one for one in Scope if one in scope or one in before)
    key = {"account_id": session.account_id, "client_id": client_id}
    written = {"scope": together, "granted_at": now}
    # Two windows may be agreed to at once: the second writes over the first, and neither fails.
    insert = inserting(Consent).values({**key, **written})
    db.session.execute(insert.on_conflict_do_update(index_elements=key.keys(), set_=written))
    audit.record(
        ConsentGiven(client_id=client_id, scope=" ".join(scope)),
        at=now,
        actor=Actor.person(session.account_id),
        account_id=session.account_id,
    )
