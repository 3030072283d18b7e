"""The end of an account, for a time or for good: sessions end, and each transition is in the journal once."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from factories import PASSWORD, an_account, signed_in
from flask.testing import FlaskClient

from idp.accounts import lifecycle
from idp.accounts.models import Account, AccountState, BrowserSession
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db

NOW = datetime.now(UTC)


def signs_in(client: FlaskClient, account: Account) -> bool:
    form = {"identifiant": account.identifiant, "mot_de_passe": PASSWORD}
    return client.post("/connexion", data=form).status_code == 303


def journal() -> list[str]:
    rows = sa.select(JournalEntry.event).where(JournalEntry.event.like("account_%"))
    return list(db.session.scalars(rows))


@pytest.mark.parametrize(
    ("end", "event"),
    [(lifecycle.suspend, "account_suspended"), (lifecycle.close, "account_closed")],
)
def test_every_session_ends_and_nobody_signs_in_again(
    client: FlaskClient, end: Callable[..., bool], event: str
) -> None:
    account = an_account()
    signed_in(client, account)

    assert end(account.id, actor=COMMAND_LINE, now=NOW)

    assert client.get("/profil").status_code == 303
    assert db.session.scalars(sa.select(BrowserSession.ended_at)).one() is not None
    assert not signs_in(client, account)
    assert journal() == [event]


def test_who_is_reinstated_signs_in_again(client: FlaskClient) -> None:
    account = an_account()
    lifecycle.suspend(account.id, actor=COMMAND_LINE, now=NOW)

    assert lifecycle.reinstate(account.id, actor=COMMAND_LINE, now=NOW)

    assert signs_in(client, account)
    assert journal() == ["account_suspended", "account_reinstated"]


MOVES = [
    (lifecycle.suspend, {AccountState.ACTIF}),
    (lifecycle.reinstate, {AccountState.SUSPENDU}),
    (lifecycle.close, {state for state in AccountState if state is not AccountState.CLOS}),
]


@pytest.mark.parametrize(("move", "allowed"), MOVES, ids=["suspend", "reinstate", "close"])
@pytest.mark.parametrize("state", list(AccountState))
def test_a_move_that_its_state_does_not_allow_changes_nothing(
    client: FlaskClient, move: Callable[..., bool], allowed: set[AccountState], state: AccountState
) -> None:
    account = an_account(state=state)

    moved = move(account.id, actor=COMMAND_LINE, now=NOW)

    db.session.refresh(account)
    assert moved is (state in allowed)
    assert (account.state is state) is not moved
    assert len(journal()) == moved
