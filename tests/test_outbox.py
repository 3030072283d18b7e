"""The outbox: nothing leaves before the commit, nothing is lost, nothing leaves twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread

import pytest
from flask import Flask

from idp import outbox
from idp.db import db
from idp.outbox import CLAIM_LIFETIME, GIVE_UP_AFTER, LONGEST_DELAY, Delivery, Payload

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Partner:
    """Receives deliveries; refuses them while ``away``."""

    def __init__(self) -> None:
        self.received: list[Payload] = []
        self.tries = 0
        self.away = False

    def handle(self, payload: Payload) -> None:
        self.tries += 1
        if self.away:
            raise ConnectionError("the partner is away")
        self.received.append(payload)


@pytest.fixture
def partner(app: Flask) -> Iterator[Partner]:
    """Who receives the deliveries of kind ``test``."""
    partner = Partner()
    app.extensions["outbox_handlers"]["test"] = partner.handle
    yield partner
    del app.extensions["outbox_handlers"]["test"]


def queued(**payload: str) -> Delivery:
    """A delivery decided at ``NOW``."""
    identifier = outbox.enqueue("test", payload, at=NOW)
    db.session.commit()
    return db.session.get_one(Delivery, identifier)


def deliver_at(at: datetime) -> int:
    """A round of the worker at that instant."""
    tried = outbox.deliver_due(at)
    db.session.expire_all()
    return tried


def test_what_is_decided_is_delivered_once(partner: Partner) -> None:
    queued(to="a")

    assert [deliver_at(NOW), deliver_at(NOW)] == [1, 0]
    assert partner.received == [{"to": "a"}]


def test_nothing_leaves_a_transaction_that_is_undone(partner: Partner) -> None:
    outbox.enqueue("test", {"to": "a"}, at=NOW)
    db.session.rollback()

    assert deliver_at(NOW) == 0
    assert partner.received == []


def test_payload_is_sealed_then_erased(partner: Partner) -> None:
    delivery = queued(secret="provisional")
    assert b"provisional" not in (delivery.payload or b"")

    deliver_at(NOW)

    assert delivery.payload is None
    assert delivery.done_at == NOW


def test_failure_is_tried_again_later_and_later(partner: Partner) -> None:
    partner.away = True
    delivery = queued(to="a")

    deliver_at(NOW)
    assert delivery.due_at == NOW + timedelta(seconds=10)
    assert "the partner is away" in (delivery.last_error or "")
    assert deliver_at(NOW + timedelta(seconds=9)) == 0

    deliver_at(NOW + timedelta(seconds=10))
    assert delivery.due_at == NOW + timedelta(seconds=30)

    partner.away = False
    deliver_at(NOW + timedelta(seconds=30))
    assert partner.received == [{"to": "a"}]
    assert delivery.last_error is None


def test_delay_grows_up_to_a_bound() -> None:
    delays = [outbox.delay_after(attempts) for attempts in range(1, 40)]

    assert delays == sorted(delays)
    assert delays[0] == timedelta(seconds=10)
    assert delays[-1] == LONGEST_DELAY


def test_after_three_days_it_is_given_up_and_shown(partner: Partner) -> None:
    partner.away = True
    delivery = queued(to="a")

    deliver_at(NOW + GIVE_UP_AFTER)

    assert delivery.failed_at == NOW + GIVE_UP_AFTER
    assert delivery.payload is None
    assert deliver_at(NOW + 2 * GIVE_UP_AFTER) == 0


def test_work_of_ours_is_tried_for_as_long_as_it_takes(app: Flask, partner: Partner) -> None:
    """An import, a batch of letters, an operation: given up, it would stay « in progress » for ever."""
    ours = app.extensions["outbox_own_work"]
    app.extensions["outbox_own_work"] = ours | {"test"}
    partner.away = True
    delivery = queued(to="a")

    deliver_at(NOW + GIVE_UP_AFTER)
    partner.away = False
    deliver_at(NOW + 2 * GIVE_UP_AFTER)

    app.extensions["outbox_own_work"] = ours
    assert delivery.failed_at is None
    assert partner.received == [{"to": "a"}]
    assert ours == {"import_utilisateurs", "import_organismes", "lot_de_courriers"} | {
        "operation",
        "campagne",
        "mot_de_passe_impose",
    }


def test_a_slow_partner_keeps_nobody_else_waiting(app: Flask, partner: Partner) -> None:
    """The slow one answers only once the others were served: in a row, this would never end."""
    others_served = Event()

    def slow(_payload: Payload) -> None:
        assert others_served.wait(30)

    def quick(payload: Payload) -> None:
        partner.handle(payload)
        others_served.set()

    app.extensions["outbox_handlers"].update(test=quick, slow=slow)
    delivery = outbox.enqueue("slow", {}, at=NOW - timedelta(seconds=1))
    queued(to="a")

    deliver_at(NOW)

    assert partner.received == [{"to": "a"}]
    assert db.session.get_one(Delivery, delivery).done_at == NOW
    del app.extensions["outbox_handlers"]["slow"]


def test_one_failure_keeps_nobody_else_waiting(partner: Partner) -> None:
    outbox.enqueue("a kind that nobody delivers", {}, at=NOW - timedelta(seconds=1))
    queued(to="a")

    deliver_at(NOW)

    assert partner.received == [{"to": "a"}]


def test_delivery_of_a_worker_that_died_is_taken_up_by_another(partner: Partner) -> None:
    delivery = queued(to="a")
    with_the_dead = outbox._claim(NOW, limit=1)
    db.session.commit()

    assert [claimed.id for claimed in with_the_dead] == [delivery.id]
    assert deliver_at(NOW + CLAIM_LIFETIME - timedelta(seconds=1)) == 0
    assert deliver_at(NOW + CLAIM_LIFETIME) == 1


def test_what_a_worker_is_trying_again_is_not_tried_beside_it(partner: Partner) -> None:
    """The attack: « Réessayer », pressed again and again while a partner is slow to answer."""
    queued(to="a").target = "client"
    db.session.commit()
    partner.away = True
    deliver_at(NOW)
    assert outbox.retry_now("client", NOW) == 1
    db.session.commit()

    under_way = outbox._claim(NOW, limit=1)
    pressed = outbox.retry_now("client", NOW)

    assert (len(under_way), pressed) == (1, 0)


def test_two_workers_at_once_deliver_everything_once(app: Flask, partner: Partner) -> None:
    expected = {str(number) for number in range(30)}
    for number in expected:
        outbox.enqueue("test", {"to": number}, at=NOW)
    db.session.commit()
    start = Barrier(2)

    def work() -> None:
        with app.app_context():
            start.wait()
            while outbox.deliver_due(NOW, limit=3):
                pass
            db.session.remove()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(payload["to"] for payload in partner.received) == sorted(expected)
    assert outbox.pending(NOW) == 0
