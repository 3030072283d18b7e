"""What an agent has sent is not done once they are no longer who may do it, even by an instant."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from threading import Barrier, BrokenBarrierError
from typing import Any
from uuid import UUID

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import agent_signed_in, an_agent
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from idp.db import db, transaction
from idp.habilitations import effectif
from idp.habilitations.agents import AgentVu, agent_of
from idp.habilitations.models import RoleAgent

WAIT_S = 20
BRIEFLY_S = 1


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


def regle(par: AgentVu, account_id: Any, role: RoleAgent, caisses: list[str]) -> None:
    now = datetime.now(UTC)
    effectif.regler(par, account_id, role=role, caisses=caisses, motif="Mutation", now=now)


def clos(par: AgentVu, account_id: Any) -> None:
    effectif.clore(par, account_id, motif="Départ", now=datetime.now(UTC))


@pytest.mark.parametrize(
    ("perd", "status"),
    [
        (lambda par, qui: regle(par, qui, RoleAgent.SUPERVISEUR, [AUTRE_CAISSE]), 404),
        (lambda par, qui: regle(par, qui, RoleAgent.GESTIONNAIRE, [CAISSE]), 403),
        (clos, 403),
    ],
    ids=["autre caisse", "retrograde", "clos"],
)
def test_what_is_sent_while_rights_are_taken_waits_and_is_refused(
    app: Flask, client: FlaskClient, dossier: Dossier, perd: Any, status: int
) -> None:
    national = agent_of(an_agent().id)
    assert national
    qui = agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    of, groupe = dossier.organisme.id, dossier.groupe.id
    page = f"/caf/organismes/{of}/supervision/suspendre/groupe/{groupe}"
    db.session.commit()

    def send() -> int:
        with app.app_context():
            return int(client.post(page, data={"motif": "Je ne suis plus là"}).status_code)

    with ThreadPoolExecutor(1) as pool:
        with transaction():
            perd(national, qui.id)
            sent = pool.submit(send)
            with pytest.raises(TimeoutError):
                sent.result(BRIEFLY_S)
        assert sent.result(WAIT_S) == status

    db.session.expire_all()
    assert dossier.groupe.suspendu_at is None


def test_two_who_close_each_other_at_once_do_not_wait_for_one_another_for_ever(
    app: Flask,
) -> None:
    """Each holds their own rights while they act, but where it is the rights of others that they change."""
    browsers = [app.test_client(), app.test_client()]
    agents = [agent_signed_in(browser).id for browser in browsers]
    db.session.commit()
    met = Barrier(2)

    def meet(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("UPDATE agent SET role"):
            with suppress(BrokenBarrierError):
                met.wait(BRIEFLY_S)

    def close(browser: FlaskClient, whom: UUID) -> int:
        with app.app_context():
            page = f"/caf/agents/{whom}/clore"
            return int(browser.post(page, data={"motif": "Il s’en va"}).status_code)

    event.listen(db.engine, "before_cursor_execute", meet)
    try:
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(close, browsers, reversed(agents))) == [303, 403]
    finally:
        event.remove(db.engine, "before_cursor_execute", meet)
    assert [agent_of(one) is None for one in agents].count(True) == 1
