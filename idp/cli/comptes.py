"""``idp comptes``: the accounts of another system, and the hashes that came with them."""

from datetime import datetime
from io import BufferedReader

import click

from idp import audit, clock
from idp.accounts import imported_passwords
from idp.cli.application import application
from idp.cli.organismes import REFUSED_LINES_EXIT_CODE, told
from idp.cli.reading import progress_of
from idp.db import transaction
from idp.habilitations.personnes import import_comptes


@click.group()
def comptes() -> None:
    """Comptes: ceux d’un autre système, et leurs empreintes de mots de passe."""


@comptes.command()
@click.argument("fichier", type=click.File("rb"))
@click.option("--essai", is_flag=True, help="Dire ce qui serait fait, sans rien écrire.")
@click.pass_context
def importer(ctx: click.Context, fichier: BufferedReader, essai: bool) -> None:
    """Import the accounts of FICHIER, a CSV file (docs/import-comptes.md): all of them, or none.

    Exit status: 0 when every line is in, 1 when a line was refused (nothing is in), 2 when the file as a whole
    cannot be read.
    """
    with application(), progress_of(fichier) as avance:
        bilan = import_comptes.importer(
            fichier,
            essai=essai,
            actor=audit.COMMAND_LINE,
            now=clock.now(),
            avance=avance,
        )
    for refus in bilan.refus:
        click.echo(told(refus), err=True)
    if bilan.refus:
        lignes = len({refus.ligne for refus in bilan.refus})
        click.echo(f"Rien n’est importé : {lignes} lignes refusées, {bilan.importes} correctes.")
        ctx.exit(REFUSED_LINES_EXIT_CODE)
    formats = ", ".join(f"{name} {count}" for name, count in sorted(bilan.par_format.items()))
    click.echo(
        f"{bilan.importes} comptes {'seraient importés' if essai else 'importés'} ({formats})."
    )


@comptes.command()
def empreintes() -> None:
    """Count the imported hashes that nobody has used yet."""
    with application():
        waiting = imported_passwords.waiting()
    for name, count in sorted(waiting.items()):
        click.echo(f"{name} : {count}")
    click.echo(f"{waiting.total()} empreintes importées attendent leur première connexion.")


@comptes.command("oublier-empreintes")
@click.option(
    "--avant",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="Comptes importés avant ce jour.",
)
def oublier_empreintes(avant: datetime) -> None:
    """Delete the imported hashes that nobody used; their people come back by « Mot de passe oublié »."""
    with application(), transaction():
        forgotten = imported_passwords.forget(
            avant.date(), actor=audit.COMMAND_LINE, now=clock.now()
        )
    click.echo(f"{forgotten} empreintes oubliées.")
