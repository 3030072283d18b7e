"""Migrations make what the models say, on the database of the run, and can be undone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
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


def test_a_database_of_before_keeps_its_rights_and_learns_who_gave_them(new_app: Flask) -> None:
    migrations.upgrade("0007")
    for line in BEFORE_DELEGATION:
        db.session.execute(sa.text(line))
    db.session.commit()

    migrations.upgrade()

    said = db.session.execute(sa.text("SELECT granted_as FROM habilitation ORDER BY granted_as"))
    assert said.scalars().all() == ["administrateur", "caf"]
    db.session.rollback()


_ID = "'0000000000000000000000000000000{}'"
_A, _O, _R, _S, _C, _K, _G, _H, _T, _B = (_ID.format(rank) for rank in range(10))
_AT = "'2026-01-01 00:00:00'"
BEFORE_DELEGATION = (
    "INSERT INTO caisse (code, libelle, departements) VALUES ('359', 'Caf 359', '[]')",
    "INSERT INTO account (id, sub, identifiant, state, created_at, password_change_required, failures)"
    f" VALUES ({_A}, {_A}, 'A', 'actif', {_AT}, false, 0), ({_B}, {_B}, 'B', 'actif', {_AT}, false, 0)",
    "INSERT INTO organisme (id, type, raison_sociale, adresse, caisse_code, created_at)"
    f" VALUES ({_O}, 'personne_morale', 'LES OLIVIERS', '[]', '359', {_AT})",
    "INSERT INTO convention (id, organisme_id, libelle, etat, debut)"
    f" VALUES ({_C}, {_O}, 'LES OLIVIERS', 'validee', '2026-01-01')",
    f"INSERT INTO contrat_de_service (id, convention_id, service, debut) VALUES ({_K}, {_C}, 's', '2026-01-01')",
    f"INSERT INTO groupe (id, contrat_id, code, libelle, zone, actif) VALUES ({_G}, {_K}, 'g', 'G', '359', true)",
    "INSERT INTO rattachement (id, account_id, organisme_id, role, ouverture, mobilite, created_at)"
    f" VALUES ({_R}, {_A}, {_O}, 'administrateur', '2026-01-01', 'sedentaire', {_AT}),"
    f" ({_S}, {_B}, {_O}, 'utilisateur', '2026-01-01', 'sedentaire', {_AT})",
    "INSERT INTO habilitation (id, rattachement_id, groupe_id, debut, granted_at, granted_by)"
    f" VALUES ({_H}, {_R}, {_G}, '2026-01-01', {_AT}, NULL), ({_T}, {_S}, {_G}, '2026-01-01', {_AT}, {_A})",
)
