"""``idp outbox``: what waits to be delivered, and what was given up."""

import click

from idp import outbox
from idp.cli.application import application
from idp.outbox import Waiting


@click.group("outbox")
def outgoing_deliveries() -> None:
    """Mails, and logouts told to services."""


@outgoing_deliveries.command("list")
def list_() -> None:
    """List what is not delivered: kind, target, state, attempts and last error; the oldest first."""
    with application():
        waiting = outbox.undelivered()
    for delivery in waiting:
        click.echo(_line(delivery))
    click.echo(f"{len(waiting)} not delivered.")


def _line(delivery: Waiting) -> str:
    state = f"due {delivery.due_at:%Y-%m-%dT%H:%M:%SZ}"
    if delivery.failed_at is not None:
        state = f"given up {delivery.failed_at:%Y-%m-%dT%H:%M:%SZ}"
    attempts = f"{delivery.attempts} attempts" if delivery.attempts != 1 else "1 attempt"
    # A line each, whatever a server answered.
    error = " ".join((delivery.last_error or "").split())
    return "  ".join(
        part for part in (delivery.kind, delivery.target, state, attempts, error) if part
    )
