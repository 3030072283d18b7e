"""``idp audit``: the journal, whose chain anyone with the database can check again."""

import click

from idp import audit, clock
from idp.cli.application import application


@click.group("audit")
def journal() -> None:
    """Journal of what happened."""


@journal.command()
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Recompute the chain from its first line; exit 1 when a line does not hold."""
    with application():
        found = audit.verify(clock.now())
    click.echo(f"{found.sealed} lines in the chain, {found.unsealed} waiting for the worker.")
    if found.erased or found.first > 1:
        click.echo(
            f"Older than what is kept: {found.erased} erased, {found.first - 1} removed before them."
        )
    if found.broken_at is not None:
        click.echo(f"The chain is broken at line {found.broken_at}.", err=True)
        ctx.exit(1)
