"""The boxes of groupes in a form: a few are a plain list; many are put away by service and type, and searched.

Drawn once for every form that ticks groupes (``cases_rangees`` of ``components/formulaire.html``). Searching needs
no script: the form is sent to be shown again, with the boxes that answer and those already ticked.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from wtforms import SearchField, SelectMultipleField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from idp.forms import KeptForm
from idp.habilitations.groupes import LOGEMENTS, GroupeACocher
from idp.habilitations.recherche import contient
from idp.services import services

Precision = Callable[[GroupeACocher], str]
PEU = 12
"""Up to that many boxes, everything is seen at a glance."""


@dataclass(frozen=True, slots=True)
class Rayon:
    """The boxes of one service and one type that are shown."""

    titre: str
    cases: Sequence[Any]
    ouvert: bool

    @property
    def coches(self) -> int:
        """How many are ticked."""
        return sum(bool(case.checked) for case in self.cases)


class CasesACocher(SelectMultipleField):
    """Several groupes, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
    groupes: Sequence[GroupeACocher] = ()
    recherche = ""

    def offrir(self, groupes: Iterable[GroupeACocher], precise: Precision) -> None:
        """One box for each."""
        self.groupes = tuple(groupes)
        self.choices = [
            SelectChoice(str(groupe.id), groupe.libelle + precise(groupe))
            for groupe in self.groupes
        ]

    @property
    def nombreuses(self) -> bool:
        """Whether there are too many for a plain list."""
        return len(self.groupes) > PEU

    def rayons(self) -> list[Rayon]:
        """What is shown: all the boxes, or those that answer the search and those already ticked."""
        cases = {case.data: case for case in self}
        rayons = []
        for titre, ranges in groupby(sorted(self.groupes, key=_rang), key=_titre):
            siennes = [(groupe, cases[str(groupe.id)]) for groupe in ranges]
            montrees = [
                case
                for groupe, case in siennes
                if case.checked or contient(f"{titre} {groupe.libelle}", self.recherche)
            ]
            if montrees:
                ouvert = bool(self.recherche) or any(case.checked for case in montrees)
                rayons.append(Rayon(titre, montrees, ouvert))
        return rayons


class AvecGroupes(KeptForm):
    """A form that ticks groupes."""

    groupes = CasesACocher("Groupe d’habilitation")
    recherche_groupes = SearchField("Rechercher un groupe")
    chercher = SubmitField("Rechercher")

    def offrir(self, groupes: Iterable[GroupeACocher], precise: Precision = lambda _: "") -> None:
        """The boxes that the reader may tick, searched when they asked for it; ``precise`` ends their names."""
        self.groupes.offrir(groupes, precise)
        if self.chercher.data:
            self.groupes.recherche = self.recherche_groupes.data or ""

    def validate_on_submit(self, extra_validators: object = None) -> bool:
        """Not while boxes are only searched: what was typed is shown again, without reproach."""
        return not self.chercher.data and bool(super().validate_on_submit(extra_validators))


def _rang(groupe: GroupeACocher) -> tuple[str, bool, str, str]:
    return groupe.service, groupe.sous_groupe, groupe.type_logement or "", groupe.libelle


def _titre(groupe: GroupeACocher) -> str:
    vu = services().get(groupe.service)
    service = vu.nom if vu else groupe.service
    if groupe.sous_groupe:
        return f"{service} – Sous-groupes"
    return f"{service} – {LOGEMENTS[groupe.type_logement]}" if groupe.type_logement else service
