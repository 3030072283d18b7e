"""The forms and the links of a page, as a program reads them: what they send when every box is ticked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

TYPED = {
    "email": "zoe.durand@exemple.fr",
    "date": "2099-01-01",
    "hidden": "oui",
    "number": "3",
    "search": "",
    "tel": "",
    "text": "Zoé",
    "textarea": "Zoé",
}
"""What is put in an empty field, by its type; an empty hidden one is a confirmation that was not given yet."""


@dataclass(frozen=True, slots=True)
class Form:
    """Where it is sent, how, and each field with its type and each value that it may take."""

    action: str
    method: str
    shown: tuple[tuple[str, str, str], ...]

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """What it sends when every box is ticked and every field is filled."""
        return self.filled(TYPED)

    def filled(self, typed: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The same, with other words in the empty fields."""
        return tuple((name, value or typed.get(kind, "")) for name, kind, value in self.shown)


@dataclass
class _Reader(HTMLParser):
    page: str
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    _open: tuple[str, str] | None = None
    _fields: list[tuple[str, str, str]] = field(default_factory=list)
    _select: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "form":
            self._open = (
                given.get("action") or self.page,
                given.get("method", "get").upper(),
            )
            self._fields = []
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select:
            self._fields.append((self._select, "select", given.get("value", "")))
        elif tag in ("input", "button", "textarea") and given.get("name"):
            kind = given.get("type", "text") if tag == "input" else tag
            box = kind in ("checkbox", "radio")
            self._fields.append((given["name"], kind, given.get("value", "oui" if box else "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "form" and self._open:
            self.forms.append(Form(*self._open, tuple(self._fields)))
            self._open = None


def forms_of(page: str, html: str) -> list[Form]:
    """The forms of a page that was read at this address."""
    return _read(page, html).forms


def links_of(page: str, html: str) -> list[str]:
    """Where its links lead, as they are written."""
    return _read(page, html).links


def _read(page: str, html: str) -> _Reader:
    reader = _Reader(page)
    reader.feed(html)
    return reader
