"""The words of a line, sealed: what the file said, what will be done, and why not."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from idp.extensions import ground
from idp.habilitations.import_utilisateurs.ligne import UtilisateurDeclare
from idp.habilitations.models import Mobilite
from idp.habilitations.organismes.lignes_nommees import LigneRefusee


@dataclass(frozen=True, slots=True)
class Contenu:
    """``cells`` by column, as they were cleaned; ``donnes`` are the names of the groups that the line gives."""

    numero: int
    cells: dict[str, str]
    declare: UtilisateurDeclare | None = None
    donnes: tuple[str, ...] = ()
    refus: tuple[LigneRefusee, ...] = ()

    def refuse(self, colonne: str, motif: str) -> "Contenu":
        """The same, refused for that reason."""
        valeur = self.cells.get(colonne, "")
        return replace(self, donnes=(), refus=(LigneRefusee(self.numero, colonne, motif, valeur),))


def sceller(contenu: Contenu) -> bytes:
    """For storage."""
    return ground().secret_box.seal(json.dumps(asdict(contenu), default=str).encode())


def desceller(sealed: bytes) -> Contenu:
    """What ``sceller`` was given."""
    lu: dict[str, Any] = json.loads(ground().secret_box.unseal(sealed))
    return Contenu(
        numero=lu["numero"],
        cells=lu["cells"],
        declare=_declare(lu["declare"]) if lu["declare"] else None,
        donnes=tuple(lu["donnes"]),
        refus=tuple(LigneRefusee(**refus) for refus in lu["refus"]),
    )


def _declare(lu: dict[str, Any]) -> UtilisateurDeclare:
    return UtilisateurDeclare(
        **{
            **lu,
            "ouverture": _jour(lu["ouverture"]),
            "cloture": _jour(lu["cloture"]),
            "mobilite": Mobilite(lu["mobilite"]),
            "groupes": tuple(map(UUID, lu["groupes"])),
        }
    )


def _jour(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
