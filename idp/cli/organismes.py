"""``idp organismes``: what the caisses send."""

from collections.abc import Iterator
from io import BufferedReader
from typing import BinaryIO

import click

from idp import audit, clock
from idp.cli.application import application
from idp.cli.reading import progress_of
from idp.habilitations.organismes import imports, rapport
from idp.habilitations.organismes.fichier import LigneRefusee
from idp.habilitations.organismes.imports import Bilan, Sort
from idp.habilitations.organismes.plan import Changement, Effet
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written

REFUSED_LINES_EXIT_CODE = 1


@click.group()
def organismes() -> None:
    """Organismes partenaires."""


@organismes.command("import")
@click.argument("fichier", type=click.File("rb"))
@click.option("--dry-run", "essai", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--report", "journal", type=click.File("wb"), help="Write what becomes of each line, as CSV."
)
@click.pass_context
def import_(
    ctx: click.Context, fichier: BufferedReader, *, essai: bool, journal: BinaryIO | None
) -> None:
    """Import the CSV file of a caisse (docs/import-organismes.md).

    Exit status: 0 when every line is in, 1 when some were refused (the others are in), 2 when the file as a whole
    cannot be read. Cut short, it is resumed by the same command.
    """
    bilan = Bilan()
    with application(), progress_of(fichier) as avance:
        sorts = imports.derouler(
            fichier, actor=audit.COMMAND_LINE, now=clock.now(), avance=avance, essai=essai
        )
        _raconter(_comptes(sorts, bilan), journal, essai=essai)
    for refus in bilan.refus:
        click.echo(told(refus), err=True)
    click.echo(_resume(bilan, essai=essai))
    if bilan.refus:
        ctx.exit(REFUSED_LINES_EXIT_CODE)


def _comptes(sorts: Iterator[Sort], bilan: Bilan) -> Iterator[Sort]:
    for sort in sorts:
        bilan.noter(sort)
        yield sort


def _raconter(sorts: Iterator[Sort], journal: BinaryIO | None, *, essai: bool) -> None:
    """Go through the lines, which does them; each has its row in the report."""
    mots = rapport.PREVUS if essai else rapport.FAITS
    rows = (_row(sort, mots) for sort in sorts)
    for piece in written(Format.CSV, Sheet("Import", rapport.TITRES, rows)):
        if journal:
            journal.write(piece)


def _row(sort: Sort, mots: dict[Effet, str]) -> list[str]:
    if isinstance(sort, LigneRefusee):
        return rapport.ligne(sort.ligne, mots[Effet.REFUSE], None, [sort])
    details: list[Changement | LigneRefusee] = [*sort.plan.changements, *sort.refus]
    return rapport.ligne(sort.ligne, mots[sort.plan.effet], sort.organisme, details)


def _resume(bilan: Bilan, *, essai: bool) -> str:
    crees, a_jour = bilan.effets[Effet.CREE], bilan.effets[Effet.MIS_A_JOUR]
    fait = (
        f"{crees} à créer, {a_jour} à mettre à jour"
        if essai
        else f"{crees} créés, {a_jour} mis à jour"
    )
    return (
        f"{fait}, {bilan.effets[Effet.INCHANGE]} inchangés,"
        f" {len(bilan.lignes_refusees)} lignes refusées."
    )


def told(refus: LigneRefusee) -> str:
    """One reason, as the terminal shows it."""
    colonne = f", colonne {refus.colonne}" if refus.colonne else ""
    valeur = f" (« {refus.valeur} »)" if refus.valeur else ""
    return f"Ligne {refus.ligne}{colonne} : {refus.motif}{valeur}"
