"""``idp courriels``: what the mail server gives back."""

import sys

import click

from idp import clock
from idp.accounts import bounce_report, bounces
from idp.accounts.bounce_report import REPORT_MAX_BYTES
from idp.cli.application import application
from idp.db import transaction
from idp.printable import format_identifiant

EX_DATAERR = 65
"""What a mail server understands as « this message is wrong »: it does not try again."""


@click.group()
def courriels() -> None:
    """Courriels."""


@courriels.command()
@click.pass_context
def rebonds(ctx: click.Context) -> None:
    """Lire sur l'entrée standard un rapport de non-remise (RFC 3464) et noter les adresses refusées."""
    found = bounce_report.parse(sys.stdin.buffer.read(REPORT_MAX_BYTES + 1))
    if found is None:
        click.echo("Ce message n’est pas un rapport de non-remise (multipart/report).", err=True)
        ctx.exit(EX_DATAERR)
    accounts = 0
    with application(), transaction():
        for bounce in found:
            accounts += bounces.record(bounce, clock.now())
    click.echo(f"{len(found)} adresses refusées, {accounts} comptes.")


@courriels.command()
def refuses() -> None:
    """Lister les comptes dont l'adresse refuse nos courriels, du plus récent au plus ancien."""
    with application():
        listed = bounces.refused()
    for account in listed:
        jour = clock.today(account.at).strftime("%d/%m/%Y") if account.at else "-"
        click.echo(f"{format_identifiant(account.identifiant)}  {jour}  {account.refusal}")
    click.echo(f"{len(listed)} comptes.")
