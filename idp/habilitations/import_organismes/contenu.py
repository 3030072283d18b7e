"""The words of a line, sealed: what the file said, what is done of it, and why not."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from idp.extensions import ground
from idp.habilitations.models import TypeLogement, TypeOrganisme
from idp.habilitations.organismes.declaration import OrganismeDeclare
from idp.habilitations.organismes.imports import refus_de
from idp.habilitations.organismes.lignes_nommees import LigneRefusee
from idp.habilitations.organismes.plan import Changement, Plan, Quoi


@dataclass(frozen=True, slots=True)
class Contenu:
    """``cells`` by column: a line that is refused, at once or when it is done, is given back to be corrected."""

    numero: int
    declare: OrganismeDeclare | None
    cells: dict[str, str]
    changements: tuple[Changement, ...] = ()
    refus: tuple[LigneRefusee, ...] = ()

    @property
    def details(self) -> Sequence[Changement | LigneRefusee]:
        """What a report says of it."""
        return [*self.changements, *self.refus]


def selon(plan: Plan, numero: int, declare: OrganismeDeclare, cells: dict[str, str]) -> Contenu:
    """A line that can be read, with what its plan says."""
    if plan.motif is None:
        return Contenu(numero, declare, cells, plan.changements)
    return Contenu(numero, declare, cells, refus=(refus_de(numero, declare, plan.motif),))


def sceller(contenu: Contenu) -> bytes:
    """For storage."""
    dit = {
        "numero": contenu.numero,
        "declare": _champs(contenu.declare) if contenu.declare else None,
        "cells": contenu.cells,
        "changements": [_champs(one) for one in contenu.changements],
        "refus": [_champs(one) for one in contenu.refus],
    }
    return ground().secret_box.seal(json.dumps(dit).encode())


def _champs(one: OrganismeDeclare | Changement | LigneRefusee) -> dict[str, Any]:
    # ``asdict`` copies every value: half of the time that it takes to read a file.
    return {champ.name: getattr(one, champ.name) for champ in fields(one)}


def desceller(sealed: bytes) -> Contenu:
    """What ``sceller`` was given."""
    lu: dict[str, Any] = json.loads(ground().secret_box.unseal(sealed))
    return Contenu(
        numero=lu["numero"],
        declare=_declare(lu["declare"]) if lu["declare"] else None,
        cells=lu["cells"],
        changements=tuple(
            Changement(Quoi(one["quoi"]), one["avant"], one["apres"]) for one in lu["changements"]
        ),
        refus=tuple(LigneRefusee(**one) for one in lu["refus"]),
    )


def _declare(lu: dict[str, Any]) -> OrganismeDeclare:
    return OrganismeDeclare(
        **{
            **lu,
            "type": TypeOrganisme(lu["type"]),
            "numeros_utilisateur": tuple(lu["numeros_utilisateur"]),
            "adresse": tuple(lu["adresse"]),
            "zones": tuple(lu["zones"]),
            "types_logement": tuple(map(TypeLogement, lu["types_logement"])),
        }
    )
