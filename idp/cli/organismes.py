"""``idp organismes``: what the caisses send."""

from io import BufferedReader

import click

from idp import audit, clock
from idp.cli.application import application
from idp.cli.reading import progress_of
from idp.habilitations.organismes import imports
from idp.habilitations.organismes.enregistrement import Effet
from idp.habilitations.organismes.fichier import LigneRefusee

REFUSED_LINES_EXIT_CODE = 1


@click.group()
def organismes() -> None:
    """Organismes partenaires."""


@organismes.command("import")
@click.argument("fichier", type=click.File("rb"))
@click.pass_context
def import_(ctx: click.Context, fichier: BufferedReader) -> None:
    """Import the CSV file of a caisse (docs/import-organismes.md).

    Exit status: 0 when every line is in, 1 when some were refused (the others are in), 2 when the file as a whole
    cannot be read.
    """
    with application(), progress_of(fichier) as avance:
        bilan = imports.importer(
            fichier,
            actor=audit.COMMAND_LINE,
            now=clock.now(),
            avance=avance,
        )
    for refus in bilan.refus:
        click.echo(told(refus), err=True)
    click.echo(
        f"{bilan.effets[Effet.CREE]} créés, {bilan.effets[Effet.MIS_A_JOUR]} mis à jour,"
        f" {bilan.effets[Effet.INCHANGE]} inchangés, {len(bilan.lignes_refusees)} lignes refusées."
    )
    if bilan.refus:
        ctx.exit(REFUSED_LINES_EXIT_CODE)


def told(refus: LigneRefusee) -> str:
    """One reason, as the terminal shows it."""
    colonne = f", colonne {refus.colonne}" if refus.colonne else ""
    valeur = f" (« {refus.valeur} »)" if refus.valeur else ""
    return f"Ligne {refus.ligne}{colonne} : {refus.motif}{valeur}"
