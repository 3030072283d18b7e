"""« Journal de l'organisme »: what happened, told in sentences, filtered, a page at a time."""

from datetime import date
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from flask import render_template, request

from idp.accounts.history import parse_key
from idp.accounts.views.guards import Answer
from idp.habilitations.delegation import Acteur
from idp.habilitations.journal import lecture
from idp.habilitations.journal.faits import FAMILLES, Famille
from idp.habilitations.journal.lecture import Filtre, Origine
from idp.habilitations.rattachements import Selection
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import administrateur, the_acteur, the_selection

JOURNAL = "/habilitations/journal"
CHERCHE_MAX_CHARS = 100
ORIGINES = {
    Origine.ORGANISME: "Une personne de l’organisme",
    Origine.CAF: "La Caf",
    Origine.PROGRAMME: "Un programme",
    Origine.AUTOMATIQUE: "Mon Compte Partenaire, de lui-même",
}

E = TypeVar("E", bound=StrEnum)


@blueprint.get(JOURNAL)
@administrateur
def journal_de_l_organisme() -> Answer:
    """The newest first; ``apres`` and ``avant`` are where a page starts."""
    return render_template("habilitations/journal.html", **montre(the_selection(), the_acteur()))


def montre(selection: Selection, acteur: Acteur) -> dict[str, Any]:
    """What the page says to this reader."""
    filtre = filtre_demande()
    return {
        "selection": selection,
        "page": lecture.page(
            acteur,
            filtre,
            apres=parse_key(request.args.get("apres", "")),
            avant=parse_key(request.args.get("avant", "")),
        ),
        "filtre": filtre,
        "choix": urlencode(parametres(filtre)),
        "familles": FAMILLES,
        "origines": ORIGINES,
    }


def filtre_demande() -> Filtre:
    """The filter that the address names; what cannot be read is not asked for."""
    return Filtre(
        personne=_texte("personne"),
        auteur=_texte("auteur"),
        origine=_un(Origine, "origine"),
        famille=_un(Famille, "famille"),
        du=request.values.get("du", type=date.fromisoformat),
        au=request.values.get("au", type=date.fromisoformat),
        fiche=request.values.get("fiche", type=UUID),
    )


def parametres(filtre: Filtre) -> dict[str, str]:
    """The same, as an address or hidden fields carry it."""
    tous = {
        nom: getattr(filtre, nom)
        for nom in ("personne", "auteur", "origine", "famille", "du", "au", "fiche")
    }
    return {nom: str(valeur) for nom, valeur in tous.items() if valeur}


def _texte(nom: str) -> str:
    return request.values.get(nom, "").strip()[:CHERCHE_MAX_CHARS]


def _un(genre: type[E], nom: str) -> E | None:
    typed = request.values.get(nom, "")
    return genre(typed) if typed in set(genre) else None
