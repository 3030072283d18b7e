"""From the proof of who somebody is to a session: what it waits for first, and how long it lives.

The one way in, whatever the proof (``login.py``, ``onboarding.py``, ``password_change.py``, ``factors/``); what is
decided is in ``gates.py``.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, update

from idp.accounts import gates, sessions, textes
from idp.accounts.factors import trusted_browsers
from idp.accounts.factors.models import Passkey, Totp
from idp.accounts.gates import Awaiting, GateFacts
from idp.accounts.levels import Proof
from idp.accounts.models import Account
from idp.accounts.ports import Exigences, ports
from idp.accounts.sessions import NO_BROWSER, Browser, Opened, SessionVue, Terms
from idp.db import db
from idp.extensions import ground


def enter(
    account_id: UUID,
    *,
    proof: Proof,
    browser: Browser,
    now: datetime,
    session_id: UUID | None = None,
) -> Opened:
    """Open the session of an active person; ``session_id`` is the one that the browser still has.

    A service that asks to sign in again must not sign the person out of the others: their own session goes on.
    """
    terms = _terms(account_id, proof, browser, now)
    if session_id:
        renewed = sessions.renew(session_id, account_id, now, proof=proof, terms=terms)
        if renewed:
            return renewed
        sessions.end(session_id, now)
    return sessions.open_session(
        account_id,
        rattachement_id=ports().organismes.default_rattachement(account_id, now),
        browser=browser,
        now=now,
        proof=proof,
        terms=terms,
    )


def strengthen(session: SessionVue, proof: Proof, browser: Browser, now: datetime) -> Opened | None:
    """A factor was shown on top of the password: the session is worth ``proof``, under a new random value.

    None when it ended meanwhile.
    """
    if session.awaiting in (Awaiting.SECOND_FACTOR, Awaiting.ENROLMENT):
        terms = _terms(session.account_id, proof, browser, now)
        return sessions.renew(session.id, session.account_id, now, proof=proof, terms=terms)
    return sessions.strengthen(session.id, proof)


def pass_gate(session: SessionVue, passed: Awaiting, now: datetime) -> Awaiting | None:
    """What ``passed`` asked for is done; returns what the session now waits for."""
    terms = _terms(session.account_id, session.proof, NO_BROWSER, now)
    sessions.pass_gate(session.id, passed, terms.awaiting)
    return terms.awaiting


def _terms(account_id: UUID, proof: Proof, browser: Browser, now: datetime) -> Terms:
    asked = ports().organismes.exigences(account_id, now)
    known = _known(account_id, browser, now)
    trusted = known.trusted_browser and not asked.idle_short
    facts = GateFacts(
        reached=proof.acr,
        enrolled=known.enrolled,
        trusted_browser=trusted,
        required=_required(account_id, asked, known, now),
        textes_outdated=bool(textes.outdated(account_id)),
    )
    return Terms(gates.next_gate(facts), gates.idle_limit(short=asked.idle_short))


@dataclass(frozen=True, slots=True)
class _Known:
    """What this package knows of a person's factors."""

    asked_at: datetime | None
    enrolled: bool
    trusted_browser: bool


def _known(account_id: UUID, browser: Browser, now: datetime) -> _Known:
    row = db.session.execute(
        select(
            Account.factor_asked_at,
            exists().where(Totp.account_id == Account.id, Totp.confirmed_at.is_not(None)),
            exists().where(Passkey.account_id == Account.id),
            trusted_browsers.is_trusted(browser.trust, now),
        ).where(Account.id == account_id)
    ).one()
    return _Known(row[0], row[1] or row[2], row[3])


def _required(account_id: UUID, asked: Exigences, known: _Known, now: datetime) -> bool:
    if not asked.second_facteur or known.enrolled:
        return False
    if asked.sans_delai:
        return True
    if known.asked_at is None:
        # Told from now on by « Accueil »: the time of grace starts.
        told = update(Account).where(Account.id == account_id, Account.factor_asked_at.is_(None))
        db.session.execute(told.values(factor_asked_at=now))
    grace = ground().settings.second_factor_grace
    return gates.grace_over(known.asked_at, grace, now)
