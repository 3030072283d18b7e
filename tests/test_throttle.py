"""Doors that are open to all bear so many knocks from one place, whatever process answers."""

import contextvars
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from factories import PASSWORD, an_account
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from werkzeug.test import TestResponse

from idp import clock, throttle, worker
from idp.accounts.views.doors import CONNEXION
from idp.audit import JournalEntry
from idp.db import db, transaction
from idp.throttle import Door, Knocks, Limit, Quota, places

NOW = datetime(2026, 7, 1, 10, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DOOR = Door("essai", address=(Limit(3, MINUTE),), network=(Limit(5, MINUTE),))


def knocks(times: int, address: str, at: datetime = NOW) -> list[bool]:
    """Whether each came in."""
    came_in = []
    for _time in range(times):
        came_in.append(throttle.full_until(DOOR, address, at) is None)
        if came_in[-1]:
            throttle.count(DOOR, address, at)
    return came_in


def test_one_address_is_stopped_past_its_limit(app: Flask) -> None:
    assert knocks(5, "192.0.2.1") == [True, True, True, False, False]


def test_another_address_goes_on(app: Flask) -> None:
    knocks(4, "192.0.2.1")

    assert knocks(1, "198.51.100.1") == [True]


def test_network_is_stopped_past_its_own(app: Flask) -> None:
    """The attack: one try from each of many addresses."""
    came_in = [knocks(1, f"192.0.2.{rank}")[0] for rank in range(7)]

    assert came_in == [True] * 5 + [False] * 2


def test_next_window_starts_afresh(app: Flask) -> None:
    knocks(4, "192.0.2.1")

    until = throttle.full_until(DOOR, "192.0.2.1", NOW)

    assert until == datetime(2026, 7, 1, 10, 1, tzinfo=UTC)
    assert knocks(1, "192.0.2.1", until) == [True]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", ("192.0.2.7/32", "192.0.2.0/24")),
        ("2001:db8:1:2:3::4", ("2001:db8:1:2::/64", "2001:db8:1::/48")),
        ("::ffff:192.0.2.7", ("192.0.2.7/32", "192.0.2.0/24")),
        (None, ("unknown", "unknown network")),
        ("localhost", ("unknown", "unknown network")),
    ],
)
def test_places_of_a_client(address: str | None, expected: tuple[str, str]) -> None:
    """One home of IPv6 has 2^64 addresses: it counts as one."""
    assert places(address) == expected


def test_parallel_knocks_are_all_counted(app: Flask) -> None:
    """Several processes share the count: real connections."""

    def come() -> None:
        with app.app_context():
            try:
                with transaction():
                    throttle.count(DOOR, "192.0.2.1", NOW)
            finally:
                db.session.remove()

    db.session.commit()
    with ThreadPoolExecutor(4) as threads:
        for one in [threads.submit(contextvars.Context().run, come) for _ in range(12)]:
            one.result(timeout=30)

    assert set(db.session.scalars(sa.select(Knocks.count))) == {12}


QUOTA = Quota("essai", (Limit(2, MINUTE),))


def test_what_is_taken_past_a_quota_waits_for_the_next_window(app: Flask) -> None:
    taken = [throttle.take(QUOTA, "nadia", NOW) for _time in range(3)]

    assert taken == [None, None, datetime(2026, 7, 1, 10, 1, tzinfo=UTC)]
    assert throttle.take(QUOTA, "jeanne", NOW) is None
    assert throttle.take(QUOTA, "nadia", NOW + MINUTE) is None


def test_many_who_take_at_once_do_not_pass_a_quota_together(app: Flask) -> None:
    """The attack: the same button from many windows, at the same instant."""

    def take() -> bool:
        with app.app_context():
            try:
                with transaction():
                    return throttle.take(QUOTA, "nadia", NOW) is None
            finally:
                db.session.remove()

    db.session.commit()
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(contextvars.Context().run, take) for _time in range(12)]
        taken = [one.result(timeout=30) for one in asked]

    assert taken.count(True) == 2


def test_what_is_past_a_quota_is_given_once_when_its_window_is_over(app: Flask) -> None:
    for who, times in (("nadia", 5), ("jeanne", 2)):
        for _time in range(times):
            throttle.take(QUOTA, who, NOW)

    assert throttle.overflows(QUOTA, NOW) == []
    [one] = throttle.overflows(QUOTA, NOW + MINUTE)
    assert (one.who, one.count) == ("nadia", 3)
    assert throttle.overflows(QUOTA, NOW + MINUTE) == []


def test_reaching_a_limit_is_told_once(app: Flask) -> None:
    told = [throttle.count(DOOR, "192.0.2.1", NOW) for _ in range(5)]

    assert told == [[], [], ["192.0.2.1/32"], [], ["192.0.2.0/24"]]


def test_one_statement_looks_and_one_counts(app: Flask) -> None:
    """None is written for who is refused, and nothing is held while a door works."""
    with counted() as sent:
        throttle.full_until(DOOR, "192.0.2.1", NOW)
        throttle.count(DOOR, "192.0.2.1", NOW)

    assert [statement.split()[0] for statement in sent] == ["SELECT", "INSERT"]


def test_addresses_are_forgotten_after_two_days(app: Flask) -> None:
    """CNIL, délibération 2021-122: no longer than needed."""
    knocks(1, "192.0.2.1", NOW)
    db.session.commit()

    worker.do_chores(NOW + timedelta(days=3))

    assert db.session.scalar(sa.select(sa.func.count()).select_from(Knocks)) == 0


# The doors themselves


def from_(address: str) -> dict[str, str]:
    return {"REMOTE_ADDR": address}


def sign_in(client: FlaskClient, identifiant: str, address: str) -> TestResponse:
    typed = {"identifiant": identifiant, "mot_de_passe": PASSWORD}
    return client.post("/connexion", data=typed, environ_overrides=from_(address))


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole test within one window, however slow the machine is."""
    at = datetime.now(UTC).replace(second=0, microsecond=0)
    monkeypatch.setattr(clock, "now", lambda: at)


@pytest.mark.usefixtures("still")
def test_thousand_accounts_tried_once_each_are_seen(client: FlaskClient) -> None:
    """The attack: credential stuffing, which no limit of one account sees."""
    at = clock.now()
    for _try in range(59):
        throttle.count(CONNEXION, "192.0.2.1", at)
    db.session.commit()

    last = sign_in(client, "P-0000-0000-0", "192.0.2.1")
    refused = sign_in(client, "P-0000-0000-0", "192.0.2.1")
    again = sign_in(client, "P-0000-0000-0", "192.0.2.1")

    assert (last.status_code, refused.status_code, again.status_code) == (200, 429, 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "Recommencez dans 1 minute" in refused.text
    rows = db.session.scalars(
        sa.select(JournalEntry.data).where(JournalEntry.event == "door_crowded")
    ).all()
    assert rows == [{"door": "connexion", "place": "192.0.2.1/32"}]


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("/mot-de-passe-oublie", {"compte": "personne@exemple.fr"}),
        ("/identifiant-perdu", {"numero": "35900007090001"}),
    ],
)
def test_doors_of_recovery_bear_twenty_an_hour(
    client: FlaskClient, page: str, form: dict[str, str]
) -> None:
    """The attack: fill our outbox."""
    statuses = [
        client.post(page, data=form, environ_overrides=from_("192.0.2.1")).status_code
        for _ in range(21)
    ]

    assert statuses == [303] * 20 + [429]
    assert client.get(page, environ_overrides=from_("192.0.2.1")).status_code == 200


def test_people_of_one_office_sign_in(client: FlaskClient) -> None:
    account = an_account()

    for _person in range(15):
        assert sign_in(client, account.identifiant, "192.0.2.1").status_code == 303
