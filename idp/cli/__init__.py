"""The command line, ``idp``: one file per group of commands, which call the same services as the pages."""

import sys
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from idp import __version__
from idp.cli.agents import agents
from idp.cli.checking import check
from idp.cli.comptes import comptes
from idp.cli.courriels import courriels
from idp.cli.courriers import courriers
from idp.cli.database import database
from idp.cli.demonstration import demo
from idp.cli.documents import documents
from idp.cli.habilitations import habilitations
from idp.cli.journal import journal
from idp.cli.organismes import organismes
from idp.cli.outgoing_deliveries import outgoing_deliveries
from idp.cli.preuves import preuves
from idp.cli.purging import purge
from idp.cli.relying_parties import relying_parties
from idp.cli.serving import run, worker
from idp.cli.signing_keys import signing_keys
from idp.errors import ConfigurationError

CONFIGURATION_EXIT_CODE = 2


class _Commands(click.Group):
    """Tells every problem of the configuration, or that the database is away, then stops."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was typed."""
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            for problem in error.problems:
                click.echo(problem, err=True)
            sys.exit(CONFIGURATION_EXIT_CODE)
        except OperationalError as error:
            raise click.ClickException(f"database: {error.orig}") from error


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="idp")
def main() -> None:
    """Mon Compte Partenaire, the OpenID Connect identity provider of the partners of the Caf.

    Settings are read from the environment (docs/configuration.md).
    """


for command in (
    run,
    worker,
    demo,
    check,
    database,
    signing_keys,
    documents,
    relying_parties,
    agents,
    organismes,
    courriers,
    courriels,
    comptes,
    habilitations,
    journal,
    preuves,
    purge,
    outgoing_deliveries,
):
    main.add_command(command)
