"""How many sign-ins by redirect a machine serves, over HTTP: authorize, token, userinfo, introspection, refresh.

Run `python bench/hot_path.py --help`. It makes a database of its own, starts `idp run`, plays the requests from
several threads and prints, per endpoint, the median and the 95th percentile in milliseconds. The client shares the
machine with the server: figures compare versions of the product on one machine, and promise nothing elsewhere.
"""

import argparse
import base64
import hashlib
import http.client
import json
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

TREE = Path(__file__).parents[1]
sys.path[:0] = [str(TREE), str(TREE / "tests"), str(TREE / "bench")]

from factories import (  # noqa: E402 - the tree must be on the path first
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
)
from population import GRAND  # noqa: E402
from postes import les_plus_habilites, organisme_nomme  # noqa: E402
from served import CLIENT, PORT, SCOPE, draw_keys, environ_of, served  # noqa: E402

from idp import clock, migrations  # noqa: E402
from idp.accounts import sessions  # noqa: E402
from idp.accounts.sessions import NO_BROWSER  # noqa: E402
from idp.app import create_app  # noqa: E402
from idp.config import settings_from  # noqa: E402
from idp.db import db, transaction  # noqa: E402

CALLBACK = "http://localhost:8001/callback"
ENDPOINTS = ("authorize", "token", "userinfo", "introspect", "refresh")


Place = tuple[UUID, UUID]


def prepare(environ: dict[str, str], places: Callable[[], list[Place]]) -> tuple[str, list[str]]:
    """A client secret, and the cookies of these people: each a rattachement and its account."""
    secret = draw_keys(environ)
    app = create_app(settings_from(environ))
    with app.app_context():
        migrations.upgrade()
        with transaction():
            cookies = [
                sessions.open_session(
                    account_id,
                    rattachement_id=rattachement_id,
                    browser=NO_BROWSER,
                    now=clock.now(),
                ).token
                for rattachement_id, account_id in places()
            ]
        db.engine.dispose()
    return secret, cookies


def new_people(people: int) -> list[Place]:
    """Each in four groups of an organisme of their own."""
    places = []
    for rank in range(people):
        organisme = an_organisme(raison_sociale=f"ORGANISME {rank}")
        contrat = a_contrat(organisme)
        account = an_account(email=f"personne{rank}@exemple.fr")
        rattachement = a_rattachement(account, organisme)
        for number in range(4):
            groupe = a_groupe(contrat, code=f"{CLIENT}:prive:{number}")
            an_habilitation(rattachement, groupe)
        places.append((rattachement.id, account.id))
    return places


def heaviest_people(people: int) -> list[Place]:
    """Those of the big organisme of ``population.py`` who hold most: all of its groups, and its sous-groupes."""
    rows = db.session.execute(les_plus_habilites(organisme_nomme(GRAND), people))
    return [(rattachement_id, account_id) for rattachement_id, account_id in rows]


class Person:
    """One thread: a browser and the service behind it."""

    def __init__(self, secret: str, cookies: list[str]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT)
        self.basic = base64.b64encode(f"{CLIENT}:{secret}".encode()).decode()
        self.cookies = cookies
        self.times: defaultdict[str, list[float]] = defaultdict(list)

    def asks(
        self, name: str, method: str, path: str, body: str, headers: dict[str, str], status: int
    ) -> http.client.HTTPResponse:
        start = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        answer.content = answer.read()
        self.times[name].append((time.perf_counter() - start) * 1000)
        if answer.status != status:
            raise RuntimeError(f"{name}: {answer.status} {answer.content[:300]!r}")
        return answer

    def signs_in(self, cookie: str) -> None:
        verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        query = urlencode(
            {
                "response_type": "code",
                "client_id": CLIENT,
                "redirect_uri": CALLBACK,
                "scope": SCOPE,
                "state": secrets.token_urlsafe(16),
                "nonce": secrets.token_urlsafe(16),
                "code_challenge": challenge.decode().rstrip("="),
                "code_challenge_method": "S256",
            }
        )
        headers = {"Cookie": f"mcp_session={cookie}"}
        answer = self.asks("authorize", "GET", f"/oidc/authorize?{query}", "", headers, 303)
        code = parse_qs(urlsplit(answer.getheader("Location")).query)["code"][0]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": verifier,
        }
        told = self.posts("token", "/oidc/token", form)
        bearer = {"Authorization": f"Bearer {told['access_token']}"}
        self.asks("userinfo", "GET", "/oidc/userinfo", "", bearer, 200)
        self.posts("introspect", "/oidc/introspect", {"token": told["access_token"]})
        refresh = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
        self.posts("refresh", "/oidc/token", refresh)

    def posts(self, name: str, path: str, form: dict[str, str]) -> dict[str, Any]:
        headers = {
            "Authorization": f"Basic {self.basic}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self.asks(name, "POST", path, urlencode(form), headers, 200)
        return dict(json.loads(answer.content))

    def plays(self, until: float) -> None:
        while time.monotonic() < until:
            self.signs_in(secrets.choice(self.cookies))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument(
        "--heaviest", action="store_true", help="people of population.py who hold most groups"
    )
    parser.add_argument("--database-url", default="", help="PostgreSQL; SQLite by default")
    options = parser.parse_args()
    chosen = heaviest_people if options.heaviest else new_people
    with tempfile.TemporaryDirectory() as folder:
        environ = environ_of(Path(folder), options.database_url)
        secret, cookies = prepare(environ, lambda: chosen(options.people))
        with served(environ, options.workers):
            persons = [Person(secret, cookies) for _ in range(options.threads)]
            until = time.monotonic() + options.seconds
            threads = [threading.Thread(target=person.plays, args=(until,)) for person in persons]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    tell(persons, options.seconds)


def tell(persons: list[Person], seconds: float) -> None:
    for name in ENDPOINTS:
        times = [elapsed for person in persons for elapsed in person.times[name]]
        p95 = statistics.quantiles(times, n=20)[-1]
        print(
            f"{name:10} {len(times):6} requests  p50 {statistics.median(times):6.1f} ms  p95 {p95:6.1f} ms"
        )
    done = sum(len(person.times[ENDPOINTS[-1]]) for person in persons)
    print(
        f"{done / seconds:.0f} sign-ins by redirect per second, each with an introspection and a refresh"
    )


if __name__ == "__main__":
    main()
