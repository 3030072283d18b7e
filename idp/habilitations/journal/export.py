"""The journal of an organisme as a spreadsheet: the lines of a filter, in words, with their place in the chain."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import IO

from idp import audit, clock
from idp.habilitations.acteurs import actor_of
from idp.habilitations.delegation import Acteur
from idp.habilitations.events import JournalExporte
from idp.habilitations.journal import lecture
from idp.habilitations.journal.lecture import Filtre, Ligne
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written

COLONNES = (
    "Date",
    "Ce qui s’est passé",
    "Détail",
    "Fait par",
    "Personne concernée",
    "Action",
    "Ligne du registre",
    "Empreinte",
)


def ecrire(
    acteur: Acteur,
    filtre: Filtre,
    format_: Format,
    file: IO[bytes],
    *,
    now: datetime,
    pour_la_caf: bool = False,
) -> None:
    """Write the lines of the filter, the newest first; that they were taken is told in the journal itself.

    Agents are named when it is ``pour_la_caf``.
    """
    compte = _Compte()
    # Told to whoever will read the file: by their names, never « vous ».
    lignes = lecture.toutes(replace(acteur, account_id=None), filtre, pour_la_caf=pour_la_caf)
    sheet = Sheet("Journal", COLONNES, compte.comptees(lignes))
    for chunk in written(format_, sheet):
        file.write(chunk)
    audit.record(
        JournalExporte(format=format_, lignes=compte.lignes),
        at=now,
        actor=actor_of(acteur),
        organisme_id=acteur.organisme_id,
    )


class _Compte:
    """Counts the lines on their way to the file."""

    lignes = 0

    def comptees(self, lignes: Iterator[Ligne]) -> Iterator[tuple[str, ...]]:
        """The cells of each."""
        for ligne in lignes:
            self.lignes += 1
            yield _cellules(ligne)


def _cellules(ligne: Ligne) -> tuple[str, ...]:
    return (
        ligne.at.astimezone(clock.PARIS).isoformat(sep=" ", timespec="seconds"),
        ligne.phrase,
        ligne.detail,
        ligne.auteur,
        ligne.personne.nom if ligne.personne else "",
        ligne.event,
        str(ligne.rang or ""),
        ligne.empreinte or "",
    )
