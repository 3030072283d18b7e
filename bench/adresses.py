"""Which addresses a route has, and which others its page offers: to sort it, to filter, to search, to turn it."""

import re
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from dossiers import DE_PERSONNE
from forms_shown import forms_of, links_of
from jumeaux import VALEURS
from postes import TAPES, Poste
from werkzeug.routing import Rule

CHOICES_TRIED = 4
"""Of each filter and of each kind of link: a list of 200 groups is tried at its start, middle and end."""


class Inconnue(Exception):
    """A route that the bench does not know how to open: it must be told."""


def adresses(rule: Rule, poste: Poste) -> list[str]:
    """The addresses of a route, the likeliest first."""
    made = [rule.rule]
    for name in sorted(rule.arguments):
        values = poste.nomme(name) or VALEURS.get(name) or _de_personne(name)
        if values is None:
            raise Inconnue(f"{rule.rule}: say in bench/postes.py what « {name} » names")
        made = [
            re.sub(rf"<(?:[^<>:]+:)?{name}>", str(value), address)
            for address in made
            for value in values
        ]
    return made


def _de_personne(name: str) -> list[str] | None:
    return [DE_PERSONNE[name]] if name in DE_PERSONNE else None


def variantes(address: str, html: str) -> Iterator[str]:
    """Addresses of the same page with a query."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for link in links_of(address, html):
        there = urlsplit(urljoin(address, link))
        if there.path == urlsplit(address).path and there.query:
            names = ",".join(sorted({name for name, _value in parse_qsl(there.query)}))
            found[names].append(f"{there.path}?{there.query}")
    for form in forms_of(address, html):
        if form.method == "GET" and urlsplit(form.action).path == urlsplit(address).path:
            for name, kind, value in form.shown:
                values = TAPES.get(kind) or [value] * bool(value)
                found[name] += [f"{form.action}?{urlencode({name: one})}" for one in values]
    for links in found.values():
        kept = list(dict.fromkeys(links))
        step = max(len(kept) // CHOICES_TRIED, 1)
        yield from dict.fromkeys([*kept[::step], *kept[-1:]])
