"""``idp courriers``: the letters that wait for the printing shop."""

from pathlib import Path

import click

from idp import audit, clock
from idp.cli.application import application
from idp.habilitations.courriers import lots as letters


@click.group()
def courriers() -> None:
    """Courriers: identifiants and provisional secrets, in two separate batches."""


@courriers.command()
@click.argument("dossier", type=click.Path(file_okay=False, path_type=Path))
def export(dossier: Path) -> None:
    """Write every waiting letter below DOSSIER, one PDF per batch.

    The secrets are drawn now and are nowhere else in clear: keep the two batches apart, and destroy the second
    once it is printed.
    """
    with application():
        try:
            with click.progressbar(length=letters.a_exporter(), label="Courriers") as bar:
                lots = letters.exporter(
                    dossier, actor=audit.COMMAND_LINE, now=clock.now(), avance=bar.update
                )
        except OSError as error:
            raise click.ClickException(f"{dossier}: {error.strerror}") from error
    for lot in lots:
        click.echo(f"{lot.fichier} : {lot.lettres} courriers")
    if not lots:
        click.echo("Aucun courrier à exporter.")
