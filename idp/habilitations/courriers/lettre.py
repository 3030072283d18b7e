"""A letter laid out as PDF, for a window envelope: values in, bytes out.

The words are in ``templates/courriers/``, rendered by the caller; when a letter leaves, and to
whom, is decided in ``lots.py``.

Envelope: French DL, 220 × 110 mm, window on the right, 100 × 35 mm, 20 mm from the right and
bottom edges. A sheet of A4 (210 × 297 mm) folded in three is 210 × 99 mm: it slides by 10 mm
sideways and 11 mm upwards. Seen from the corner of the sheet, the window (100–200 × 55–90 mm on
the envelope) then moves, and leaves two rectangles:

- ``TOUJOURS_VISIBLE``: 100–190 × 55–79 mm. The address must fit in it, wherever the sheet lies:
  24 mm hold the six lines of the norm (AFNOR XP Z10-011) at 4 mm each, in 10 points.
- ``PARFOIS_VISIBLE``: 90–200 × 44–90 mm. Nothing else may be printed in it.

A code never stands in the first third of its sheet, which faces the window.

Text is real text in an embedded font (``polices/``), so that it can be searched and read aloud.
Limit accepted: fpdf2 tags images only, so the PDF states its language and title but no structure.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import as_file, files
from io import BytesIO
from itertools import pairwise
from typing import BinaryIO

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

LIGNES_DESTINATAIRE_MAX = 6


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of the sheet, in millimetres from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


TOUJOURS_VISIBLE = Rectangle(100, 55, 190, 79)
PARFOIS_VISIBLE = Rectangle(90, 44, 200, 90)
PLIS = (99.0, 198.0)


@dataclass(frozen=True, slots=True)
class Code:
    """A value to copy, boxed and large: an identifiant, a secret, the address to type; or several, one a line."""

    libelle: str
    valeur: str
    suite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a letter is in its batch: its first sheet, and how many it takes."""

    feuille: int
    feuilles: int


@dataclass(frozen=True, slots=True)
class Lettre:
    """What one letter says. A paragraph that begins with « 1. » is laid out as a step."""

    expediteur_lignes: tuple[str, ...]
    destinataire_lignes: tuple[str, ...]
    lieu_date: str
    reference: str
    objet: str
    paragraphes: tuple[str | Code, ...]
    signature: str = ""
    pied_de_page: str = ""

    def __post_init__(self) -> None:
        if not self.expediteur_lignes:
            raise ValueError("a letter names its sender")
        if not 0 < len(self.destinataire_lignes) <= LIGNES_DESTINATAIRE_MAX:
            raise ValueError(f"an address has one to {LIGNES_DESTINATAIRE_MAX} lines")


def bloc_destinataire(designation: str, adresse: tuple[str, ...]) -> tuple[str, ...]:
    """The name above the address, unless the six lines of the norm are all taken."""
    if len(adresse) >= LIGNES_DESTINATAIRE_MAX:
        return adresse[:LIGNES_DESTINATAIRE_MAX]
    return (designation, *adresse)


def paragraphes(texte: str) -> tuple[str | Code, ...]:
    """The parts of a rendered template: blank lines separate, ``>>> label | value`` is a ``Code``, to which lines
    that begin with ``+`` add values."""
    blocks = re.split(r"\n\s*\n|\n(?=[0-9]+\. )", texte.strip())
    return tuple(_part(block.strip().split("\n")) for block in blocks if block.strip())


def _part(lignes: list[str]) -> str | Code:
    if not lignes[0].startswith(">>> "):
        return " ".join(lignes)
    libelle, _, valeur = lignes[0].removeprefix(">>> ").partition("|")
    suite = tuple(ligne.removeprefix("+").strip() for ligne in lignes[1:])
    return Code(libelle.strip(), valeur.strip(), suite)


def ecrire(lettre: Lettre, *, cree_le: datetime) -> bytes:
    """One letter as a PDF."""
    sortie = BytesIO()
    ecrire_lot([lettre], sortie, cree_le=cree_le)
    return sortie.getvalue()


def ecrire_lot(
    lettres: Iterable[Lettre],
    sortie: BinaryIO,
    *,
    cree_le: datetime,
    places: list[Place] | None = None,
) -> int:
    """Write a batch as one PDF, each letter on a new page; returns how many letters it holds.

    Where each of them is is added to ``places``. Letters are consumed one at a time; what stays in memory
    is a few kilobytes of text for each.
    """
    with closing(Feuille(cree_le)) as feuille:
        count = 0
        for lettre in lettres:
            place = feuille.compose(lettre)
            if places is not None:
                places.append(place)
            count += 1
            auteur, titre = lettre.expediteur_lignes[0], lettre.objet
        if not count:
            raise ValueError("a batch holds at least one letter")
        feuille.set_title(titre if count == 1 else f"Lot de {count} courriers")
        feuille.set_author(auteur)
        sortie.write(feuille.output())
    return count


_FONT = "Partenaire Sans"
_WEIGHTS = {"": "PartenaireSans-Regular.ttf", "B": "PartenaireSans-SemiBold.ttf"}
_MARGIN = 20.0
_WIDTH = 170.0
_BODY_POINTS = 10.5
_BODY_LINE = 4.8
_BODY_TOP = 101.0
_ADDRESS_POINTS = 10.0
_ADDRESS_LINE = 4.0
_ADDRESS_INSET = 3.0
_LEFT_COLUMN = PARFOIS_VISIBLE.left - _MARGIN - 2
_BLEU_CAF = (0, 73, 144)
_FOND_DU_CODE = (238, 243, 249)
_GRIS = (90, 90, 90)
_NOIR = (20, 20, 20)


class Feuille(FPDF):
    """The drawing of letters: positions in millimetres, from the top left corner of the sheet."""

    def __init__(self, cree_le: datetime) -> None:
        super().__init__(unit="mm", format="A4")
        self._pied_de_page = ""
        self._sheet = 0
        self._widths: dict[tuple[str, float, str], float] = {}
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(True, margin=24)
        self.set_lang("fr-FR")
        self.set_creator("Mon Compte Partenaire")
        self.set_creation_date(cree_le)
        self.c_margin = 0
        for style, name in _WEIGHTS.items():
            with as_file(files("idp.habilitations.courriers") / "polices" / name) as path:
                self.add_font(_FONT, style, path)
        self._files = [font for font in self.fonts.values() if isinstance(font, TTFFont)]
        self._drawn = frozenset.intersection(*(frozenset(font.cmap) for font in self._files))

    def close(self) -> None:
        """Close the font files, which fpdf2 reads lazily until the output and leaves open."""
        for font in self._files:
            font.close()

    def header(self) -> None:
        """Fold marks, in the margin that printers keep white."""
        self._sheet += 1
        self.set_draw_color(*_GRIS)
        self.set_line_width(0.15)
        for y in PLIS:
            self.line(5, y, 9, y)

    def footer(self) -> None:
        """The sender's mentions; the sheet number from the second sheet of a letter on."""
        self._place(_MARGIN, -17)
        self._style(8, color=_GRIS)
        number = f"page {self._sheet}" if self._sheet > 1 else ""
        said = " – ".join(filter(None, (self._pied_de_page, number)))
        self._text(said, 3.6, _WIDTH, align="C")

    def compose(self, lettre: Lettre) -> Place:
        """Lay one letter out, from a new sheet; returns where it is in the batch."""
        self.add_page()
        premiere = int(self.page)
        # Only now: ``add_page`` has just closed the sheet before with its own mentions.
        self._sheet, self._pied_de_page = 1, lettre.pied_de_page
        self._expediteur(lettre)
        self._destinataire(lettre.destinataire_lignes)
        self._opening(lettre)
        for previous, part in pairwise(("", *lettre.paragraphes)):
            if _is_step(previous) and not _is_step(part):
                self._place(_MARGIN, self.get_y() + 1.8)
            self._part(part)
        if lettre.signature:
            self._place(120, self.get_y() + 3)
            self._text(lettre.signature, _BODY_LINE, _MARGIN + _WIDTH - 120)
        return Place(premiere, int(self.page) - premiere + 1)

    def _expediteur(self, lettre: Lettre) -> None:
        self._place(_MARGIN, 15)
        self._style(11, bold=True, color=_BLEU_CAF)
        for line in lettre.expediteur_lignes:
            self._text(line, 4.6, _LEFT_COLUMN)
            self._style(9)
        if lettre.reference:
            self._place(_MARGIN, max(TOUJOURS_VISIBLE.top, self.get_y() + 4))
            self._style(9, color=_GRIS)
            self._text(lettre.reference, 4.2, _LEFT_COLUMN)

    def _destinataire(self, lines: tuple[str, ...]) -> None:
        """The address, centred in height; a line too wide for the window is narrowed."""
        window = TOUJOURS_VISIBLE
        self._style(_ADDRESS_POINTS)
        top = (window.top + window.bottom - _ADDRESS_LINE * len(lines)) / 2
        width = window.right - window.left - 2 * _ADDRESS_INSET
        for rank, line in enumerate(map(self._drawable, lines)):
            self._place(window.left + _ADDRESS_INSET, top + rank * _ADDRESS_LINE)
            self.set_stretching(min(100.0, 100 * width / max(self.get_string_width(line), 1)))
            self.cell(width, _ADDRESS_LINE, line)
        self.set_stretching(100)

    def _opening(self, lettre: Lettre) -> None:
        self._place(_MARGIN, _BODY_TOP)
        self._style(_BODY_POINTS)
        self._text(lettre.lieu_date, _BODY_LINE, _WIDTH, align="R")
        self._place(_MARGIN, self.get_y() + 3)
        self._style(_BODY_POINTS, bold=True)
        self._text(f"Objet : {lettre.objet}", _BODY_LINE, _WIDTH)
        self._place(_MARGIN, self.get_y() + 3)

    def _part(self, part: str | Code) -> None:
        if isinstance(part, Code):
            self._code(part)
            return
        self._style(_BODY_POINTS)
        step = _STEP.fullmatch(part)
        if step is None:
            self._text(part, _BODY_LINE, _WIDTH)
            self._place(_MARGIN, self.get_y() + 2.6)
            return
        self._place(_MARGIN + 4, self.get_y())
        self._style(_BODY_POINTS, bold=True, color=_BLEU_CAF)
        self.cell(6, _BODY_LINE, step[1])
        self._style(_BODY_POINTS)
        self._text(step[2], _BODY_LINE, _WIDTH - 10)
        self._place(_MARGIN, self.get_y() + 0.8)

    def _code(self, code: Code) -> None:
        """A box of its own, never cut by the end of a sheet."""
        values = (code.valeur, *code.suite)
        points, line = (16, 8.5) if len(values) == 1 else (12, 6.0)
        height = 6.0 + line * len(values)
        if self.will_page_break(height + 4):
            self.add_page()
        top = self.get_y() + 0.5
        self.set_fill_color(*_FOND_DU_CODE)
        self.set_draw_color(*_BLEU_CAF)
        self.set_line_width(0.3)
        self.rect(_MARGIN, top, _WIDTH, height, style="DF")
        self._place(_MARGIN + 5, top + 1.2)
        self._style(8.5, color=_GRIS)
        self._text(code.libelle, 4, _WIDTH - 10)
        self._style(points, bold=True)
        width = _WIDTH - 10
        for rank, value in enumerate(self._drawable(_typographie(one)) for one in values):
            self.set_stretching(100)
            self.set_stretching(min(100.0, 100 * width / max(self.get_string_width(value), 1)))
            self._place(_MARGIN + 5, top + 5.0 + rank * line)
            self.cell(width, line, value)
        self.set_stretching(100)
        self._place(_MARGIN, top + height + 3)

    def _place(self, x: float, y: float) -> None:
        self.set_xy(x, y)

    def _style(
        self, points: float, *, bold: bool = False, color: tuple[int, int, int] = _NOIR
    ) -> None:
        self.set_font(_FONT, "B" if bold else "", points)
        self.set_text_color(*color)

    def _text(self, text: str, line: float, width: float, *, align: str = "L") -> None:
        """Wrapped text from the current place; the next one continues under it.

        ``multi_cell`` measures every prefix of every line, ten times the cost of the rest of a letter.
        """
        for words in self._wrapped(self._drawable(_typographie(text)), width):
            self.cell(width, line, words, align=align, new_x=XPos.LEFT, new_y=YPos.NEXT)

    def _drawable(self, text: str) -> str:
        """The text in characters the font has: others lose their accents, or become « ? »."""
        composed = unicodedata.normalize("NFC", text)
        return "".join(c if ord(c) in self._drawn else self._nearest(c) for c in composed)

    def _nearest(self, character: str) -> str:
        base = unicodedata.normalize("NFKD", character)
        kept = (c for c in base if ord(c) in self._drawn and not unicodedata.combining(c))
        return "".join(kept) or "?"

    def _wrapped(self, text: str, width: float) -> Iterator[str]:
        space = self._width_of(" ")
        words: list[str] = []
        used = 0.0
        for word in text.split(" "):
            needed = self._width_of(word)
            if words and used + space + needed > width:
                yield " ".join(words)
                words, used = [], 0.0
            used += needed + (space if words else 0)
            words.append(word)
        yield " ".join(words)

    def _width_of(self, word: str) -> float:
        key = (self.font_style, self.font_size_pt, word)
        if key not in self._widths:
            self._widths[key] = self.get_string_width(word)
        return self._widths[key]


def _typographie(text: str) -> str:
    """French no-break spaces: inside guillemets, before double punctuation and « – »."""
    text = re.sub(r"« ", "«\N{NO-BREAK SPACE}", text)
    return re.sub(r" (?=[»:;?!–])", "\N{NO-BREAK SPACE}", text)


_STEP = re.compile(r"([0-9]+\.) (.+)")


def _is_step(part: str | Code) -> bool:
    return isinstance(part, str) and _STEP.fullmatch(part) is not None
