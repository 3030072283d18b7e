"""One transaction per request: a returned response keeps what it wrote, an exception undoes it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import NoReturn

import pytest
from conftest import another_app
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import StatementError

from idp import outbox
from idp.config import Settings
from idp.db import db, transaction
from idp.errors import Refusal
from idp.outbox import Delivery

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def write() -> None:
    """One row."""
    outbox.enqueue("test", {}, at=NOW)


def rows() -> int:
    """How many rows the database kept."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Delivery)) or 0


def answer() -> str:
    """Write, and answer."""
    write()
    return "written"


def answer_negatively() -> tuple[str, int]:
    """Write, and answer that the password is wrong."""
    write()
    return "wrong password", 400


def refuse() -> NoReturn:
    """Write, and refuse."""
    write()
    raise Refusal("Vous ne pouvez pas.")


def fail() -> NoReturn:
    """Write, and fail."""
    write()
    raise RuntimeError("a fault")


def stop() -> NoReturn:
    """Write, and find nothing."""
    write()
    abort(404)


def write_what_is_refused() -> str:
    """Answer, though the database will not keep what was written."""
    write()
    db.session.add(Delivery(kind="test", created_at=NOW, due_at=None))
    return "written"


@pytest.fixture
def odd_app(app: Flask, settings: Settings) -> Iterator[Flask]:
    """The application, with routes of its own, on the database of the test."""
    with another_app(settings) as other:
        yield other


@pytest.mark.parametrize(
    ("view", "status", "kept"),
    [
        (answer, 200, 1),
        (answer_negatively, 400, 1),
        (refuse, 403, 0),
        (fail, 500, 0),
        (stop, 404, 0),
        (write_what_is_refused, 500, 0),
    ],
)
def test_only_a_returned_response_keeps_what_it_wrote(
    odd_app: Flask, view: Callable[[], str], status: int, kept: int
) -> None:
    odd_app.add_url_rule("/odd", view_func=view)

    response = odd_app.test_client().get("/odd")

    assert response.status_code == status
    assert rows() == kept


def test_unit_of_work_is_all_or_nothing(app: Flask) -> None:
    with transaction():
        write()
    with pytest.raises(RuntimeError), transaction():
        fail()

    assert rows() == 1


def test_instants_come_back_aware_and_in_utc(app: Flask) -> None:
    paris = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    identifier = outbox.enqueue("test", {}, at=paris)
    db.session.commit()
    db.session.expire_all()

    read = db.session.get_one(Delivery, identifier).due_at

    assert (read, read.tzinfo) == (paris, UTC)


def test_naive_instant_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="naive"):
        outbox.enqueue("test", {}, at=datetime(2026, 7, 1, 12))  # noqa: DTZ001 - what is refused


def test_error_of_the_database_never_tells_the_values(app: Flask) -> None:
    db.session.add(Delivery(kind="the secret", created_at=NOW, due_at=None))

    with pytest.raises(Exception, match="outbox") as refused:
        db.session.flush()

    db.session.rollback()
    assert "the secret" not in str(refused.value.args[0]).split("DETAIL")[0]
    assert "hidden" in str(refused.value)


def test_postgresql_is_told_what_it_stands_on(app: Flask) -> None:
    """By its defaults it reads a whole table rather than ten thousand rows by their index."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no such settings")

    told = [db.session.scalar(text(f"SHOW {name}")) for name in ("random_page_cost", "jit")]

    assert told == ["1.1", "off"]


@pytest.mark.parametrize(("address", "kept"), [("/accueil", 0), ("/oidc/logout", 1)])
def test_only_the_protocol_keeps_its_plans(
    app: Flask, client: FlaskClient, address: str, kept: int
) -> None:
    """A plan that was kept forgets what is asked: a page that took milliseconds would take seconds."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite keeps no plan of this kind")
    db.engine.dispose()

    for _time in range(8):
        client.set_cookie("mcp_session", "nobody")
        client.get(address)

    names = db.session.scalars(text("SELECT name FROM pg_prepared_statements")).all()
    assert (len(names) > 0) == bool(kept)
