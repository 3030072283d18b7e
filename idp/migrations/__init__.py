"""The history of the schema: Alembic's files are in ``versions/``; here, how they are applied and checked.

Every function runs in an application context, on its database.
"""

import warnings
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from idp.db import db

FOLDER = Path(__file__).parent


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def upgrade(revision: str = "head") -> None:
    """Bring the schema to ``revision``, making the folder of a new SQLite file."""
    _make_sqlite_folder()
    command.upgrade(_config(), revision)


def _make_sqlite_folder() -> None:
    url = db.engine.url
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


def downgrade(revision: str) -> None:
    """Bring the schema back to ``revision``."""
    command.downgrade(_config(), revision)


def write(message: str) -> None:
    """Write the migration that brings the schema to what the models say; numbers follow each other.

    Run it on PostgreSQL: SQLite does not tell the expressions of its indexes.
    """
    config = _config()
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")


def current() -> str | None:
    """The migration at which the database is; None for an empty one."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def expected() -> str | None:
    """The migration that this code was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def differences() -> list[Any]:
    """What the models say and the database does not, as Alembic sees it; empty when they agree."""
    options = {"compare_type": True, "compare_server_default": True}
    with db.engine.connect() as connection, warnings.catch_warnings():
        # SQLite does not tell the expressions of its indexes; PostgreSQL does, and is compared too.
        warnings.filterwarnings("ignore", ".*expression-based index")
        if connection.dialect.name == "sqlite":
            # Nor what makes a column, once others were added after it.
            warnings.filterwarnings("ignore", "Computed default on")
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, db.metadata))
