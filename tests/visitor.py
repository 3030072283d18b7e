"""A provider over HTTP, and a browser that signs a person in there, for clients written by others."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from re import DOTALL, findall, search
from typing import Any
from urllib.parse import urljoin

import requests
from conftest import a_database, another_app
from factories import PASSWORD
from flask import Flask
from flows import Bailleur, a_bailleur, a_cdap_person, secret_of
from werkzeug.serving import make_server

from idp import migrations
from idp.config import Registration, Settings, database_url
from idp.db import db, transaction

TIMEOUT_S = 20
SIGN_OUT = 'action="/deconnexion"'


@dataclass
class Provider:
    """The identity provider at ``issuer``."""

    app: Flask
    issuer: str

    def somebody(self, *, cdap: bool = False) -> Bailleur:
        """A new person who may open Offre Bailleurs, or Cdap."""
        with self.app.app_context(), transaction():
            return a_cdap_person() if cdap else a_bailleur()

    def secret(self, client_id: str) -> str:
        """The secret of a client of the tests."""
        with self.app.app_context():
            return secret_of(client_id)


@dataclass
class Arrived:
    """Where the browser was sent back: an address, and the fields of a form when it was posted."""

    url: str
    form: dict[str, str] | None = None


@contextmanager
def served(settings: Settings, folder: Path) -> Iterator[Provider]:
    """The provider behind a real server, on a database of its own, where clients may register."""
    server = make_server("localhost", 0, _nothing_yet, threaded=True)
    issuer = f"http://localhost:{server.server_port}"
    with a_database(folder) as url:
        own = replace(
            settings,
            issuer=issuer,
            database_url=database_url(url),
            registration=Registration.OPEN,
        )
        with another_app(own) as app:
            with app.app_context():
                _migrate()
            server.app = app
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield Provider(app, issuer)
            server.shutdown()
            thread.join()


def _migrate() -> None:
    # A second per provider on SQLite: the next of the run start from the file that the first one made.
    file = db.engine.url.database if db.engine.dialect.name == "sqlite" else None
    if file and _MIGRATED:
        Path(file).write_bytes(_MIGRATED[0])
        return
    migrations.upgrade()
    if file:
        with closing(sqlite3.connect(file)) as migrated:
            _MIGRATED.append(migrated.serialize())


_MIGRATED: list[bytes] = []


def _nothing_yet(_environ: Any, _start_response: Any) -> list[bytes]:
    raise RuntimeError("the application is not there yet")


class Visitor:
    """A browser without JavaScript: it fills the login form, agrees, and stops at the door of the client."""

    def __init__(self, provider: Provider, person: Bailleur) -> None:
        self._issuer = provider.issuer
        self._identifiant = person.account.identifiant
        self._session = requests.Session()

    def visit(self, url: str) -> Arrived:
        """Follow an address of the provider until it leads elsewhere."""
        response = self._session.get(url, allow_redirects=False, timeout=TIMEOUT_S)
        for _page in range(10):
            if response.is_redirect:
                url = urljoin(response.url, response.headers["Location"])
                if not url.startswith(self._issuer):
                    return Arrived(url)
                response = self._session.get(url, allow_redirects=False, timeout=TIMEOUT_S)
                continue
            form = form_of(response.text)
            fields, action = fields_of(form), urljoin(response.url, action_of(form))
            if not action.startswith(self._issuer):
                return Arrived(action, fields)
            response = self._submit(action, fields)
        raise AssertionError(f"the pages never end: {response.url}")

    def _submit(self, action: str, fields: dict[str, str]) -> requests.Response:
        known = {"identifiant": self._identifiant, "mot_de_passe": PASSWORD}
        typed = {name: known.get(name, value) for name, value in fields.items()}
        return self._session.post(action, data=typed, allow_redirects=False, timeout=TIMEOUT_S)


def form_of(page: str) -> str:
    """The form of this page that goes on."""
    # Every page has the form that signs out, in its head: the one that goes on is the other.
    forms = [form for form in findall(r"<form.*?</form>", page, DOTALL) if SIGN_OUT not in form]
    if not forms:
        raise AssertionError(f"nothing to do on this page:\n{page}")
    return str(forms[0])


def action_of(form: str) -> str:
    """Where it is sent."""
    found = search(r'\saction="([^"]*)"', form)
    return unescape(found[1]) if found else ""


def fields_of(form: str) -> dict[str, str]:
    """What it sends when nobody types anything."""
    fields = {}
    for tag in findall(r"<input[^>]*>", form):
        name, value = (search(rf'\s{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name:
            fields[name[1]] = unescape(value[1]) if value else ""
    return fields
