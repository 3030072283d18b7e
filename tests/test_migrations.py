"""Migrations make what the models say, on the database of the run, and can be undone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import a_database, another_app
from flask import Flask

from idp import migrations
from idp.config import Settings, database_url
from idp.db import db


@pytest.fixture
def new_app(settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty database, without a table."""
    with (
        a_database(tmp_path) as url,
        another_app(replace(settings, database_url=database_url(url))) as app,
        app.app_context(),
    ):
        yield app


def rules() -> dict[str, Any]:
    """What Alembic does not compare: the checks of each table."""
    seen = db.inspect(db.engine)
    return {
        table: sorted((check["name"] or "", check["sqltext"]) for check in checks)
        for table in seen.get_table_names()
        if (checks := seen.get_check_constraints(table))
    }


def test_migrations_make_what_the_models_say(new_app: Flask) -> None:
    migrations.upgrade()

    assert migrations.differences() == [], "write a migration: idp db revision MESSAGE"
    assert migrations.current() == migrations.expected()


def test_migrations_make_the_checks_of_the_models(new_app: Flask) -> None:
    migrations.upgrade()
    migrated = rules()
    migrations.downgrade("base")
    db.create_all()

    assert migrated == rules()
    assert migrated


def test_migrations_can_be_repeated_and_undone(new_app: Flask) -> None:
    migrations.upgrade()
    migrations.upgrade()
    migrations.downgrade("base")

    assert set(db.inspect(db.engine).get_table_names()) == {"alembic_version"}
    assert migrations.current() is None
