"""A page of the console made to be looked at alone: it keeps its words, and loses whatever could act.

What a partner sees is rendered by the very templates of the partner; then forms that send something become plain
blocks, fields and buttons are disabled, hidden ones (tokens) go, and links lead to the pages of the view alone.
"""

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

_DANS_LA_VUE = re.compile(
    r"(?:/habilitations)?(/(?:accueil|utilisateurs|groupes|journal)(?:/[0-9a-f-]{36})?)([?#].*)?"
)
_CHAMPS = frozenset({"input", "select", "textarea", "button"})
BANDEAU = "<!-- vue -->"


def en_lecture_seule(page: str, adresse: str, bandeau: str) -> str:
    """The page, its links under ``adresse``, and ``bandeau`` where the template asks for it."""
    lecteur = _Lecteur(lambda lien: adresse_dans_la_vue(lien, adresse))
    lecteur.feed(page)
    lecteur.close()
    return "".join(lecteur.morceaux).replace(BANDEAU, bandeau, 1)


def adresse_dans_la_vue(lien: str, adresse: str) -> str | None:
    """Where a link of the console leads in the view; None when it leads out of it."""
    if lien.startswith(("#", "?")):
        return lien
    trouve = _DANS_LA_VUE.fullmatch(lien)
    return f"{adresse}{trouve[1]}{trouve[2] or ''}" if trouve else None


class _Lecteur(HTMLParser):
    """Copies a page; ``morceaux`` are its pieces."""

    def __init__(self, lien: Callable[[str], str | None]) -> None:
        super().__init__(convert_charrefs=False)
        self.morceaux: list[str] = []
        self._lien = lien
        self._formulaires: list[str] = []
        """The element that each open form became."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Forms, fields and links are changed; the rest is copied."""
        dits = dict(attrs)
        if tag == "form":
            self._formulaire(dits)
        elif tag in _CHAMPS:
            self._champ(tag, dits)
        elif tag == "a":
            self._ancre(dits)
        else:
            self.morceaux.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that closes itself, of a drawing: it has no end."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """A form ends as what it became."""
        self.morceaux.append(f"</{self._formulaires.pop() if tag == 'form' else tag}>")

    def handle_data(self, data: str) -> None:
        """Copied."""
        self.morceaux.append(data)

    def handle_entityref(self, name: str) -> None:
        """Copied."""
        self.morceaux.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """Copied."""
        self.morceaux.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        """Copied."""
        self.morceaux.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        """Copied."""
        self.morceaux.append(f"<!{decl}>")

    def _formulaire(self, dits: dict[str, str | None]) -> None:
        # A search asks again for the same page; whatever else is sent is not.
        action = self._lien(dits.get("action") or "?") if _demande(dits) else None
        self._formulaires.append("form" if action else "div")
        if action:
            self._ecrire("form", {**dits, "action": action})
        else:
            self._ecrire("div", {nom: dit for nom, dit in dits.items() if nom in ("class", "id")})

    def _champ(self, tag: str, dits: dict[str, str | None]) -> None:
        dans_une_recherche = bool(self._formulaires) and self._formulaires[-1] == "form"
        if dans_une_recherche:
            self._ecrire(tag, dits)
        elif dits.get("type") != "hidden":
            self._ecrire(tag, {**dits, "disabled": ""})

    def _ancre(self, dits: dict[str, str | None]) -> None:
        adresse = self._lien(dits.pop("href", None) or "")
        self._ecrire("a", {"href": adresse, **dits} if adresse else dits)

    def _ecrire(self, tag: str, dits: dict[str, str | None]) -> None:
        ecrits = "".join(f' {nom}="{escape(valeur or "")}"' for nom, valeur in dits.items())
        self.morceaux.append(f"<{tag}{ecrits}>")


def _demande(dits: dict[str, str | None]) -> bool:
    return (dits.get("method") or "get").lower() == "get"
