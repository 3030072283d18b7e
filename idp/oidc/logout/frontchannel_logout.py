"""Front-channel logout: the page that signs a person out of services through their own browser.

OpenID Connect Front-Channel Logout 1.0 §2 and §3: https://openid.net/specs/openid-connect-frontchannel-1_0.html
Browsers that keep third-party cookies apart make it unreliable: ``backchannel_logout.py`` is the sure way, and a
relying party may ask for both.
"""

from uuid import UUID

from flask import render_template
from sqlalchemy import select

from idp.db import db
from idp.extensions import ground
from idp.oidc.authorization.responses import with_parameters
from idp.oidc.clients.relying_parties import registry
from idp.oidc.models import Grant
from idp.web import allow

WAIT_S = 3
"""How long the page waits for the services; it goes on as soon as they all answered."""


def page(session_id: UUID, sid: str, onward: str) -> str | None:
    """The page that loads every service's logout, then goes to ``onward``; None when no service asks for it."""
    frames = _frames(session_id, sid)
    if not frames:
        return None
    allow(frames=frames)
    return render_template(
        "oidc/deconnexion_des_services.html", frames=frames, onward=onward, wait_s=WAIT_S
    )


def _frames(session_id: UUID, sid: str) -> list[str]:
    # §2: iss and sid are told to all, whether they require them or not.
    told = {"iss": ground().settings.issuer, "sid": sid}
    redeemed = db.session.scalars(
        select(Grant.client_id)
        .where(Grant.session_id == session_id, Grant.code_used_at.is_not(None))
        .distinct()
    )
    clients = [registry().client(client_id) for client_id in sorted(redeemed)]
    return [
        with_parameters(client.frontchannel_logout_uri, told)
        for client in clients
        if client is not None and client.frontchannel_logout_uri is not None
    ]
