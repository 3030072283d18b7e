"""The Guide d'habilitation Partenaires: public pages, of which each page of the console opens the right one.

The text of a chapter is ``templates/guide/<chapitre>.md``; ``tests/browser/test_guide.py`` makes its pictures. The
agents of the Caf have a guide of their own (``views/caf/guide.py``), made of the same parts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from flask import render_template

from idp.accounts.views.texts import markdown_html
from idp.errors import NotHere
from idp.habilitations.views.blueprint import blueprint
from idp.web import public

GUIDE = "/aide/guide"
T = TypeVar("T")


def le_plus_precis(choix: Iterable[tuple[str, T]], route: str) -> T | None:
    """Among these, what goes with the part of an address that says most of a page."""
    trouves = [(route.rindex(part), len(part), quoi) for part, quoi in choix if part in route]
    # The last part of an address says most; of two there, the longest.
    return max(trouves, key=lambda trouve: trouve[:2])[2] if trouves else None


@dataclass(frozen=True, slots=True)
class Chapitre:
    """A chapter; ``pages`` are the parts of a route's address that it explains, ``sections`` the headings (their
    anchors) of some of them."""

    code: str
    titre: str
    pages: tuple[str, ...] = ()
    guide: str = GUIDE
    sections: tuple[tuple[str, str], ...] = ()

    @property
    def adresse(self) -> str:
        """Where it is read."""
        return f"{self.guide}/{self.code}"

    def adresse_pour(self, route: str) -> str:
        """Where what this page needs is read."""
        section = le_plus_precis(self.sections, route)
        return f"{self.adresse}#{section}" if section else self.adresse


def pages_de(chapitres: Iterable[Chapitre]) -> list[tuple[str, Chapitre]]:
    """Each part of an address, with its chapter."""
    return [(page, chapitre) for chapitre in chapitres for page in chapitre.pages]


CHAPITRES = (
    Chapitre("commencer", "Par où commencer"),
    Chapitre("creer-un-utilisateur", "Créer un utilisateur", ("/utilisateurs/creer",)),
    Chapitre("mes-utilisateurs", "Mes utilisateurs", ("/utilisateurs",)),
    Chapitre(
        "importer",
        "Importer et exporter des utilisateurs",
        ("/utilisateurs/import", "/utilisateurs/export"),
    ),
    Chapitre("groupes", "Mes groupes", ("/groupes", "/sous-groupes")),
    Chapitre("pourquoi", "Pourquoi cette personne a-t-elle accès ?", ("/pourquoi",)),
    Chapitre("responsables", "Responsables d’habilitation", ("/mandat", "/responsables")),
    Chapitre(
        "administrateurs",
        "Administrateurs",
        ("/proposer", "/retrograder", "/administrateurs"),
    ),
    Chapitre("dates", "Les dates, et ce qui se termine", ("/echeances", "/prolonger")),
    Chapitre("services-prevenus", "Quand un accès est retiré", ("/services-prevenus",)),
    Chapitre("revue", "La revue des habilitations", ("/revue",)),
    Chapitre("journal", "Le journal, et sa preuve", ("/journal",)),
    Chapitre("acces-automatises", "Accès automatisés (SCIM)", ("/acces-automatises",)),
    Chapitre("caf", "Quand la Caf intervient"),
)
PAR_CODE = {chapitre.code: chapitre for chapitre in CHAPITRES}
PAGES = pages_de(CHAPITRES)


def chapitre_de(route: str) -> Chapitre | None:
    """The chapter that explains a page of the console; None outside of the console."""
    if not route.startswith("/habilitations/"):
        return None
    return le_plus_precis(PAGES, route) or PAR_CODE["commencer"]


def page_du_chapitre(chapitres: tuple[Chapitre, ...], code: str, dossier: str, guide: str) -> str:
    """A chapter among these, with those around it; its text is ``templates/<dossier>/<code>.md``."""
    rangs = {chapitre.code: rang for rang, chapitre in enumerate(chapitres)}
    rang = rangs.get(code)
    if rang is None:
        raise NotHere("Ce chapitre du guide n’existe pas.")
    lu = chapitres[rang]
    return render_template(
        "guide/chapitre.html",
        guide=guide,
        chapitre=lu,
        corps=markdown_html(f"{dossier}/{lu.code}.md", anchors=True),
        precedent=chapitres[rang - 1] if rang else None,
        suivant=chapitres[rang + 1] if rang + 1 < len(chapitres) else None,
    )


@blueprint.get(GUIDE)
@public
def guide() -> str:
    """The chapters."""
    return render_template("guide/index.html", chapitres=CHAPITRES)


@blueprint.get(GUIDE + "/<chapitre>")
@public
def guide_chapitre(chapitre: str) -> str:
    """One chapter, with those around it."""
    return page_du_chapitre(CHAPITRES, chapitre, "guide", "Guide d’habilitation Partenaires")
