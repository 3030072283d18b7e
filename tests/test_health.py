"""Alive is not ready: a process without database or keys says so, and receives nobody."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import another_app
from flask import Flask
from flask.testing import FlaskClient

from idp import health, migrations
from idp.app import create_app
from idp.config import Settings
from idp.keys import Algorithm, KeyRing


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database where nothing was done yet."""
    new = replace(settings, database_url=f"sqlite:///{tmp_path / 'new.sqlite'}")
    with another_app(new) as made, made.app_context():
        yield made


def test_a_process_is_alive_whatever_its_database(elsewhere: Flask) -> None:
    assert elsewhere.test_client().get("/healthz").text == "ok"


def test_it_is_ready_once_migrated(elsewhere: Flask) -> None:
    before = elsewhere.test_client().get("/readyz")
    migrations.upgrade()
    after = elsewhere.test_client().get("/readyz")

    assert (before.status_code, before.json) == (503, {"database": "missing", "keys": "ok"})
    assert (after.status_code, after.json) == (200, {"database": "ok", "keys": "ok"})


def test_it_is_not_ready_when_the_database_is_away(settings: Settings) -> None:
    away = create_app(replace(settings, database_url="sqlite:////nowhere/at/all.sqlite"))

    response = away.test_client().get("/readyz")

    assert response.status_code == 503
    assert "nowhere" not in response.text


def test_missing_keys_are_told(tmp_path: Path) -> None:
    assert health.key_problems(KeyRing(tmp_path)) == [
        f"no active {algorithm} key in {tmp_path}" for algorithm in Algorithm
    ]


def test_neither_answer_is_kept_by_a_cache(client: FlaskClient) -> None:
    assert client.get("/healthz").headers["Cache-Control"] == "no-store"
