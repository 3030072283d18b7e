"""Who lost every factor: two agents, and no other way."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from accounts.conftest import NoOrganisme
from factories import an_account, an_application, signed_in
from flask.testing import FlaskClient
from sqlalchemy import select

from idp import clock
from idp.accounts.factors import management, recovery_codes, removal, trusted_browsers
from idp.accounts.factors.removal import RemovalRefusal
from idp.accounts.models import Account
from idp.accounts.ports import Exigences
from idp.accounts.sessions import NO_BROWSER
from idp.audit import JournalEntry
from idp.db import db

NOW = datetime.now(UTC)


@pytest.fixture
def agents(organismes: NoOrganisme) -> tuple[UUID, UUID]:
    """Two agents of the Caf."""
    first, second = an_account().id, an_account().id
    organismes.agents = {first, second}
    return first, second


@pytest.fixture
def account() -> Account:
    """A person with everything that is to be removed."""
    account = an_account()
    an_application(account)
    recovery_codes.draw(account.id, NOW)
    trusted_browsers.trust(account.id, NO_BROWSER, NOW)
    return account


def asked(account: Account, agent_id: UUID) -> UUID:
    outcome = removal.ask(account.id, agent_id=agent_id, motif="Téléphone perdu", now=NOW)
    assert isinstance(outcome, UUID)
    return outcome


@pytest.fixture(autouse=True)
def _in_the_application(app: object) -> None:
    """Every test writes."""


def test_second_agent_removes_everything_and_ends_the_sessions(
    client: FlaskClient, account: Account, agents: tuple[UUID, UUID], organismes: NoOrganisme
) -> None:
    organismes.asked = Exigences(second_facteur=True)
    signed_in(client, account)
    reference = asked(account, agents[0])
    assert management.enrolled(account.id)

    assert removal.agree(reference, agent_id=agents[1], now=NOW) is None

    factors = management.of(account.id, NOW)
    assert not factors.enrolled
    assert (factors.codes_left, factors.trusted_browsers) == (0, 0)
    assert client.get("/profil").location.startswith("/connexion")
    names = db.session.scalars(
        select(JournalEntry.event).where(JournalEntry.account_id == account.id)
    )
    assert {"factor_removal_asked", "factors_removed"} <= set(names)


def test_person_enrols_again_at_once_without_another_time_of_grace(
    client: FlaskClient, account: Account, agents: tuple[UUID, UUID], organismes: NoOrganisme
) -> None:
    organismes.asked = Exigences(second_facteur=True)
    removal.agree(asked(account, agents[0]), agent_id=agents[1], now=NOW)
    data = {"identifiant": account.identifiant, "mot_de_passe": "Trois girafes vertes 42"}

    answer = client.post("/connexion", data=data)

    assert answer.location == "/profil/double-authentification"


def test_one_agent_is_not_two(account: Account, agents: tuple[UUID, UUID]) -> None:
    reference = asked(account, agents[0])

    assert removal.agree(reference, agent_id=agents[0], now=NOW) is RemovalRefusal.SAME_AGENT
    assert management.enrolled(account.id)


def test_partner_is_not_an_agent(account: Account, agents: tuple[UUID, UUID]) -> None:
    partner = an_account().id

    assert (
        removal.ask(account.id, agent_id=partner, motif="x", now=NOW) is RemovalRefusal.NOT_AN_AGENT
    )
    reference = asked(account, agents[0])
    assert removal.agree(reference, agent_id=partner, now=NOW) is RemovalRefusal.NOT_AN_AGENT


def test_agent_does_not_remove_their_own(agents: tuple[UUID, UUID]) -> None:
    outcome = removal.ask(agents[0], agent_id=agents[0], motif="x", now=NOW)

    assert outcome is RemovalRefusal.ONESELF


def test_agreement_comes_within_seven_days_and_once(
    account: Account, agents: tuple[UUID, UUID]
) -> None:
    reference = asked(account, agents[0])
    late = clock.now() + timedelta(days=8)

    assert removal.agree(reference, agent_id=agents[1], now=late) is RemovalRefusal.GONE
    assert removal.agree(reference, agent_id=agents[1], now=NOW) is None
    assert removal.agree(reference, agent_id=agents[1], now=NOW) is RemovalRefusal.GONE
    assert removal.agree(uuid4(), agent_id=agents[1], now=NOW) is RemovalRefusal.GONE


def test_reason_is_owed(account: Account, agents: tuple[UUID, UUID]) -> None:
    outcome = removal.ask(account.id, agent_id=agents[0], motif="  ", now=NOW)

    assert outcome is RemovalRefusal.NO_REASON
