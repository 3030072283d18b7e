"""``idp check``: everything that would keep the server from working, told at once."""

import click

from idp import health
from idp.app import create_app
from idp.config import Settings, settings_of_this_process
from idp.db import db
from idp.errors import ConfigurationError
from idp.keys import KeyRing


def problems_of(settings: Settings) -> list[str]:
    """Keys, relying parties, database: every reason not to start; empty when there is none."""
    problems = health.key_problems(KeyRing(settings.keys_dir))
    try:
        app = create_app(settings)
    except ConfigurationError as error:
        return list(dict.fromkeys([*problems, *error.problems]))
    with app.app_context():
        try:
            return problems + health.database_problems()
        finally:
            db.engine.dispose()


def refuse_to_start_with_problems() -> None:
    """Raise ``ConfigurationError`` with every problem found, if any."""
    problems = problems_of(settings_of_this_process())
    if problems:
        raise ConfigurationError(problems)


@click.command()
def check() -> None:
    """Check settings, keys, relying parties and database; exit 2 when something is wrong."""
    refuse_to_start_with_problems()
    click.echo("Everything is in place.")
