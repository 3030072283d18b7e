"""Texts of the service, from Markdown to HTML: those that are versioned, and the chapters of the guide."""

import re
from functools import cache

from flask import current_app
from markdown_it import MarkdownIt
from markupsafe import Markup

_MARKDOWN = MarkdownIt("commonmark", {"html": False})


def texte_html(texte: str, version: str) -> Markup:
    """One version of a text; raises ``TemplateNotFound`` when its file is missing."""
    return markdown_html(f"textes/{texte}-{version}.md")


def markdown_html(name: str) -> Markup:
    """A Markdown file of ours, by its place in ``templates/``."""
    loader = current_app.jinja_env.loader
    if loader is None:
        raise LookupError("the application has no templates")
    return _rendered(loader.get_source(current_app.jinja_env, name)[0])


# French typography: no line starts by one of these marks, nor ends by an opening one.
_BEFORE_MARK = re.compile(" (?=[;:!?»])")


@cache
def _rendered(markdown: str) -> Markup:
    markdown = _BEFORE_MARK.sub("\N{NO-BREAK SPACE}", markdown).replace("« ", "«\N{NO-BREAK SPACE}")
    return Markup(_MARKDOWN.render(markdown))  # noqa: S704 - our own file, and raw HTML is off
