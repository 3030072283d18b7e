"""Every page of the console on the population of ``population.py``: how long each takes, and how many statements.

Run `python bench/console.py --help`. It starts `idp run` on that database and reads, for an administrateur of the
small organisme, then an administrateur and a responsable of the big one, every GET route of the console, each link
of these pages that sorts, filters or turns them, each choice of their filters, and the what-ifs that they post.
Routes come from the map of the application: one that the bench cannot name makes it fail, as does a p95 over the
limit, or a page that costs more statements in the big organisme than in the small one. With ``--caf``, the same
for agents of the Caf who look at each of the two organismes.
"""

import argparse
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import delete, text

TREE = Path(__file__).parents[1]
sys.path[:0] = [str(TREE), str(TREE / "tests"), str(TREE / "bench")]

from adresses import Inconnue, adresses, variantes  # noqa: E402 - the tree must be on the path first
from forms_shown import Form, forms_of  # noqa: E402
from navigateur import Navigateur, Reponse, Temps  # noqa: E402
from postes import APERCUS, AUTOUR, CONSOLE, Poste, postes  # noqa: E402
from postes_caf import postes_caf  # noqa: E402
from processeur import of_the_database  # noqa: E402
from served import draw_keys, environ_of, served  # noqa: E402
from sql_budget import counted  # noqa: E402

from idp.app import create_app  # noqa: E402
from idp.config import settings_from  # noqa: E402
from idp.db import db, transaction  # noqa: E402
from idp.throttle import Knocks  # noqa: E402


@dataclass(frozen=True)
class Page:
    """An address as one person reads it, or a form that they post; ``nature`` is the same in both organismes."""

    poste: Poste
    nature: str
    address: str
    form: tuple[tuple[str, str], ...] = ()


@dataclass
class Mesure:
    """What was seen of it."""

    page: Page
    reponse: Reponse
    temps: Temps
    statements: int


@dataclass
class Releve:
    """Everything that was measured, and what is wrong with it."""

    limit_ms: float
    mesures: list[Mesure] = field(default_factory=list)
    fautes: list[str] = field(default_factory=list)

    def note(self, mesure: Mesure) -> None:
        self.mesures.append(mesure)
        temps, page, reponse = mesure.temps, mesure.page, mesure.reponse
        slow = temps.p95 > self.limit_ms and not reponse.fichier
        word = "  (file)" if reponse.fichier else "  <- slow" if slow else ""
        print(
            f"{page.poste.nom:24} {reponse.status} {mesure.statements:3} SQL  p50 {temps.p50:6.1f}"
            f"  p95 {temps.p95:6.1f}  cpu {temps.cpu:5.1f}  max {temps.max:6.1f}  {_court(page)}{word}",
            flush=True,
        )
        if slow:
            self.fautes.append(f"{page.poste.nom} {_court(page)}: p95 {temps.p95:.0f} ms")
        if reponse.status >= 400:
            self.fautes.append(f"{page.poste.nom} {_court(page)}: {reponse.status}")

    def compare(self) -> None:
        """The same page costs the same statements in a small organisme and in a big one."""
        counts: defaultdict[str, set[int]] = defaultdict(set)
        for mesure in self.mesures:
            page = mesure.reponse.status == 200 and not mesure.reponse.fichier
            if page and mesure.page.poste.administre:
                counts[mesure.page.nature].add(mesure.statements)
        self.fautes += [
            f"{nature}: {sorted(seen)} statements"
            for nature, seen in counts.items()
            if len(seen) > 1
        ]


def _court(page: Page) -> str:
    return ("POST " if page.form else "") + _court_de(page.address)


def _court_de(address: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", address)


def pages(app: Flask, poste: Poste, client: Navigateur) -> Iterator[Page]:
    """Each page once, with what it shows; a page that this person may not enter is left to who may."""
    for rule in app.url_map.iter_rules():
        around = poste.espace == CONSOLE and rule.rule in AUTOUR
        if not rule.rule.startswith(poste.espace) and not around:
            continue
        if "GET" not in (rule.methods or ()):
            continue
        found = _opened(client, adresses(rule, poste))
        if found is None and poste.administre:
            yield Page(
                poste, rule.rule, rule.rule
            )  # nothing to open there: told as any other fault
        if found is None:
            continue
        address, html = found
        yield Page(poste, rule.rule, address)
        for variant in variantes(address, html):
            yield Page(poste, f"{rule.rule}?{_court_de(urlsplit(variant).query)}", variant)
        typed = APERCUS.get(rule.rule)
        for form in forms_of(address, html) if typed is not None else ():
            if form.method == "POST" and form.action == address:
                yield Page(poste, f"POST {rule.rule}", form.action, _sent(form, typed))


def _sent(form: Form, typed: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What « Valider » sends: not what another button of the form, a search, would."""
    buttons = {name for name, kind, _value in form.shown if kind in ("button", "submit")}
    return tuple((name, value) for name, value in form.filled(typed) if name not in buttons)


def _opened(client: Navigateur, candidates: list[str]) -> tuple[str, str] | None:
    """The first of these addresses that shows something to this person."""
    for address in candidates:
        reponse = client.get(address)
        if reponse.status in (200, 303):
            return address, reponse.texte
    return None


def measure(page: Page, app: Flask, client: Navigateur, requests: int, server: set[int]) -> Mesure:
    with app.app_context(), transaction():
        db.session.execute(delete(Knocks))  # what is measured is not who asks too much
    for _warming in range(2):
        reponse = client.send(page.address, page.form)
    temps = client.timed(page.address, page.form, requests, server)
    with app.app_context():
        own = app.test_client()
        own.set_cookie("mcp_session", page.poste.cookie)
        with counted() as sent:
            own.open(page.address, method="POST" if page.form else "GET", data=_multi(page.form))
        db.session.remove()
    return Mesure(page, reponse, temps, len(sent))


def _multi(form: tuple[tuple[str, str], ...]) -> dict[str, list[str]] | None:
    data: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in form:
        data[name].append(value)
    return data or None


def settle(app: Flask) -> None:
    """What autovacuum does within a minute of many writings, done before anything is timed."""
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM (ANALYZE)"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True, help="the one that population.py filled")
    parser.add_argument("--requests", type=int, default=20, help="of each page, after two")
    parser.add_argument("--limit-ms", type=float, default=200)
    parser.add_argument("--only", default="", help="a regular expression of addresses")
    parser.add_argument("--caf", action="store_true", help="the pages of the agents of the Caf")
    options = parser.parse_args()
    releve = Releve(options.limit_ms)
    with tempfile.TemporaryDirectory() as folder:
        environ = environ_of(Path(folder), options.database_url)
        draw_keys(environ)
        app = create_app(settings_from(environ))
        app.config["WTF_CSRF_ENABLED"] = False
        with served(environ, workers=1) as pid:
            server = {pid} | of_the_database(options.database_url)
            try:
                lecteurs = postes_caf(app) if options.caf else postes(app)
                settle(app)
                for poste in lecteurs:
                    client = Navigateur(poste.cookie)
                    for page in pages(app, poste, client):
                        if re.search(options.only, page.address):
                            releve.note(measure(page, app, client, options.requests, server))
            except Inconnue as unknown:
                releve.fautes.append(str(unknown))
        with app.app_context():
            db.engine.dispose()
    releve.compare()
    print(f"{len(releve.mesures)} pages, limit {options.limit_ms:.0f} ms at the 95th percentile")
    for faute in releve.fautes:
        print(f"WRONG {faute}")
    sys.exit(bool(releve.fautes))


if __name__ == "__main__":
    main()
