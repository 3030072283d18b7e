"""Texts of the service, from Markdown to HTML: those that are versioned, and the chapters of the guide."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

from flask import current_app
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_MARKDOWN = MarkdownIt("commonmark", {"html": False})


def texte_html(texte: str, version: str) -> Markup:
    """One version of a text; raises ``TemplateNotFound`` when its file is missing."""
    return markdown_html(f"textes/{texte}-{version}.md")


def markdown_html(name: str, *, anchors: bool = False) -> Markup:
    """A Markdown file of ours, by its place in ``templates/``; with ``anchors``, a link may lead to a heading."""
    loader = current_app.jinja_env.loader
    if loader is None:
        raise LookupError("the application has no templates")
    return _rendered(loader.get_source(current_app.jinja_env, name)[0], anchors=anchors)


def anchor(heading: str) -> str:
    """« Un courrier revient (« NPAI ») » is ``un-courrier-revient-npai``."""
    apart = heading.lower().replace("’", " ").replace("œ", "oe")
    plain = unicodedata.normalize("NFKD", apart).encode("ascii", "ignore").decode()
    return "-".join(re.findall("[a-z0-9]+", plain))


# French typography: no line starts by one of these marks, nor ends by an opening one.
_BEFORE_MARK = re.compile(" (?=[;:!?»])")


@cache
def _rendered(markdown: str, *, anchors: bool) -> Markup:
    markdown = _BEFORE_MARK.sub("\N{NO-BREAK SPACE}", markdown).replace("« ", "«\N{NO-BREAK SPACE}")
    tokens = _MARKDOWN.parse(markdown)
    if anchors:
        _anchor(tokens)
        _measure(tokens)
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Markup(html)  # noqa: S704 - our own file, and raw HTML is off


def _anchor(tokens: Sequence[Token]) -> None:
    for opening, words in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", anchor(words.content))


def _measure(tokens: Iterable[Token]) -> None:
    # A heading that a link leads to would go down while the pictures above it arrive.
    for image in (
        part for token in tokens for part in token.children or () if part.type == "image"
    ):
        width, height = _png_size(str(image.attrGet("src")).removeprefix("/static/"))
        image.attrSet("width", str(width))
        image.attrSet("height", str(height))


def _png_size(name: str) -> tuple[int, int]:
    # PNG, §11.2.2: the header comes first, and begins by both.
    header = (Path(current_app.static_folder or "") / name).read_bytes()[16:24]
    return int.from_bytes(header[:4]), int.from_bytes(header[4:])
