"""Whether the doors that are open to all can be told, by their time, from what they answer about nobody.

Run `python bench/doors_timing.py --help`. It makes a database of its own, starts `idp run`, and knocks in turn for
a person who exists and for one who does not, each time from another address. For each door and each kind of person
it prints both medians and the p-value of Mann-Whitney (`tests/timing.py`): below 0.001, look closer. An imported
account that is not used yet is there to show what decision 0011 accepts.
"""

import argparse
import http.client
import re
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

TREE = Path(__file__).parents[1]
sys.path[:0] = [str(TREE), str(TREE / "tests"), str(TREE / "bench")]

from factories import a_new_account, an_account, an_organisme  # noqa: E402 - the tree must be on the path first
from passlib.hash import bcrypt  # noqa: E402
from served import PORT, draw_keys, environ_of, served  # noqa: E402
from timing import interleaved, p_value  # noqa: E402

from idp import clock, migrations  # noqa: E402
from idp.accounts.models import AccountState  # noqa: E402
from idp.accounts.provisioning import Channel  # noqa: E402
from idp.app import create_app  # noqa: E402
from idp.config import settings_from  # noqa: E402
from idp.db import db, transaction  # noqa: E402
from idp.habilitations.models import NumeroUtilisateur  # noqa: E402
from idp.printable import new_identifiant  # noqa: E402

SIGN_IN = ("/connexion", "/premiere-connexion")
DOORS = (*SIGN_IN, "/mot-de-passe-oublie", "/identifiant-perdu")
NUMERO, UNKNOWN_NUMERO = "35900007090001", "35900007090002"
_addresses = count(1)


def prepare(environ: dict[str, str]) -> dict[str, str]:
    """The identifiant of one person of each kind."""
    draw_keys(environ)
    app = create_app(settings_from(environ))
    in_a_day = clock.now() + timedelta(days=1)
    with app.app_context():
        migrations.upgrade()
        with transaction():
            people = {
                "active": an_account(),
                "suspended": an_account(state=AccountState.SUSPENDU),
                "closed": an_account(state=AccountState.CLOS),
                "never connected": a_new_account(Channel.MAIL, email="a@exemple.fr")[0],
                "throttled": an_account(failures=30, blocked_until=in_a_day),
                "imported (0011)": an_account(
                    state=AccountState.EN_ATTENTE, password_hash=bcrypt.using(rounds=10).hash("x")
                ),
            }
            organisme = an_organisme()
            db.session.add(
                NumeroUtilisateur(
                    valeur=NUMERO,
                    organisme_id=organisme.id,
                    caisse_code=organisme.caisse_code,
                )
            )
            identifiants = {kind: account.identifiant for kind, account in people.items()}
        db.engine.dispose()
    return identifiants


class Browser:
    """One connection, and the token of one form, which serves for all."""

    def __init__(self, door: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT)
        self.connection.request("GET", door)
        answer = self.connection.getresponse()
        page = answer.read().decode()
        self.door = door
        self.cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        self.token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]

    def knocks(self, name: str) -> None:
        number = next(_addresses)
        fields: dict[str, Any] = {"csrf_token": self.token, "identifiant": name, "compte": name}
        fields |= {"numero": name, "mot_de_passe": "un mauvais mot de passe"}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": self.cookie,
            "X-Forwarded-For": f"10.{number >> 8 & 255}.{number & 255}.1",
        }
        self.connection.request("POST", self.door, urlencode(fields), headers)
        answer = self.connection.getresponse()
        answer.read()
        if answer.status not in (200, 303):
            raise RuntimeError(f"{self.door}: {answer.status}")


def compares(door: str, kind: str, known: str, samples: int) -> None:
    browser = Browser(door)
    unknown: Callable[[], str] = (
        (lambda: UNKNOWN_NUMERO) if door == "/identifiant-perdu" else new_identifiant
    )
    acts = [lambda: browser.knocks(known), lambda: browser.knocks(unknown())]
    interleaved(acts, 3)
    first, second = interleaved(acts, samples)
    print(
        f"{door:22} {kind:16} known {median(first):6.1f} ms  unknown {median(second):6.1f} ms"
        f"  p {p_value(first, second):.3g}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=200, help="of each kind, at each door")
    parser.add_argument("--database-url", default="", help="PostgreSQL; SQLite by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environ = environ_of(Path(folder), options.database_url)
        environ["IDP_TRUSTED_PROXIES"] = "1"
        people = prepare(environ)
        with served(environ, workers=1):
            for door in DOORS:
                if door == "/identifiant-perdu":
                    compares(door, "known number", NUMERO, options.samples)
                    continue
                for kind, identifiant in people.items():
                    compares(door, kind, identifiant, options.samples)


if __name__ == "__main__":
    main()
