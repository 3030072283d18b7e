"""``idp courriers``: the letters that wait for the printing shop."""

from pathlib import Path

import click

from idp import audit, clock
from idp.cli.application import application
from idp.habilitations.caisses import caisses
from idp.habilitations.courriers import adresses
from idp.habilitations.courriers import lots as letters


@click.group()
def courriers() -> None:
    """Courriers: identifiants and provisional secrets, in two separate batches."""


@courriers.command()
@click.argument("dossier", type=click.Path(file_okay=False, path_type=Path))
@click.option("--caisse", type=click.Choice(sorted(caisses())), help="Only what this caisse sends.")
def export(dossier: Path, caisse: str | None) -> None:
    """Write every waiting letter below DOSSIER, one PDF per batch, and its index (CSV) for the printing shop.

    The secrets are drawn now and are nowhere else in clear: keep the two batches apart, and destroy the second
    once it is printed.
    """
    with application():
        try:
            with click.progressbar(length=letters.a_exporter(caisse), label="Courriers") as bar:
                lots = letters.exporter(
                    dossier,
                    actor=audit.COMMAND_LINE,
                    now=clock.now(),
                    avance=bar.update,
                    caisse=caisse,
                )
            retenus = adresses.combien_de_la_caisse(caisse)
        except OSError as error:
            raise click.ClickException(f"{dossier}: {error.strerror}") from error
    for lot in lots:
        click.echo(f"{lot.fichier} : {lot.lettres} courriers")
    if retenus:
        click.echo(
            f"Retenus : {retenus} organismes ont changé d’adresse ou de nom, qu’un second agent confirme dans"
            " « Espace Caf », « Courriers »."
        )
    if not lots:
        click.echo("Aucun courrier à exporter.")
