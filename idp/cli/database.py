"""``idp db``: the schema of the database."""

import click

from idp import migrations
from idp.cli.application import application


@click.group("db")
def database() -> None:
    """Schema of the database."""


@database.command()
def upgrade() -> None:
    """Bring the schema to what this version expects; safe to repeat."""
    with application():
        migrations.upgrade()
        click.echo(f"The schema is at migration {migrations.current()}.")


@database.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Bring the schema back to REVISION: what later migrations added is lost."""
    with application():
        migrations.downgrade(revision)


@database.command()
@click.argument("message")
def revision(message: str) -> None:
    """Write the migration that the models need (for developers); read it before committing it."""
    with application():
        migrations.write(message)
