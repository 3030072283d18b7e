"""No operation of the console crosses organismes, nor leaves a perimeter: every route, every role, every field.

The forms and links that the console shows to the administrateur of an organisme are sent again by each kind of
person, with the identifiers of the twin of each thing (``jumeaux.py``), in the address, in the query and in the
fields. Nothing of the other organisme may change, nor be read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID
from zipfile import ZipFile

import pytest
from factories import a_rattachement, an_account, signed_in
from flask import Flask
from flask.testing import FlaskClient
from forms_shown import Form, forms_of, links_of
from jumeaux import HORS_PERIMETRE, IDENTIFIANTS, VALEURS, Jumeau, secrets_of, un_jumeau
from rows_of import changed, rows_of
from site_routes import AUTOMATIC, routes
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.models import Role

CONSOLE = "/habilitations/"
REFUSED = {303, 302, 403, 404}
SANS_FORMULAIRE: dict[str, dict[str, str]] = {
    # The twins have a review already.
    "/habilitations/revue/commencer": {},
    # Shown once everybody has an answer.
    "/habilitations/revue/<uuid:revue_id>/terminer": {"version": "oui"},
}
"""Routes that are posted by no form of a page: the fields that they read."""


def rules(app: Flask) -> list[Rule]:
    """Those of the console."""
    return [rule for rule in routes(app) if rule.rule.startswith(CONSOLE)]


def addresses(rule: Rule, un: Jumeau, kinds: Mapping[str, Any] = IDENTIFIANTS) -> list[str]:
    """Of this route, with each identifier of this organisme."""
    values = [VALEURS.get(name) or kinds[name](un) for name in sorted(rule.arguments)]
    made = []
    for chosen in product(*values):
        path = rule.rule
        for name, value in zip(sorted(rule.arguments), chosen, strict=True):
            path = re.sub(rf"<(?:[^<>:]+:)?{name}>", quote(str(value)), path)
        made.append(path)
    return made


@dataclass
class Montre:
    """What the console shows of an organisme to its administrateur."""

    forms: list[Form]
    links: set[str]
    read: dict[str, int]


def montre(app: Flask, client: FlaskClient, un: Jumeau) -> Montre:
    """Every page of it, read with what it names of its own."""
    chef = db.session.get_one(Account, un.chef.account_id)
    signed_in(client, chef, un.chef)
    forms, links, read = [], set(), {}
    for rule in rules(app):
        if "GET" not in (rule.methods or ()):
            continue
        for address in addresses(rule, un):
            answer = client.get(address)
            read[address] = answer.status_code
            if answer.mimetype == "text/html":
                forms += [form for form in forms_of(address, answer.text) if _here(form.action)]
                links |= {link for link in links_of(address, answer.text) if _here(link)}
    for rule, fields in SANS_FORMULAIRE.items():
        (found,) = (one for one in rules(app) if one.rule == rule)
        forms += [
            Form(address, "POST", tuple((name, "hidden", value) for name, value in fields.items()))
            for address in addresses(found, un)
        ]
    client.delete_cookie("mcp_session")
    return Montre(forms, links, read)


def _here(address: str) -> bool:
    return urlsplit(address).path.startswith(CONSOLE)


@pytest.fixture
def ours(app: Flask) -> Jumeau:
    return un_jumeau("OLIVIERS")


@pytest.fixture
def theirs(app: Flask) -> Jumeau:
    return un_jumeau("ZORGLUB")


def test_every_route_of_the_console_is_tried(app: Flask, client: FlaskClient, ours: Jumeau) -> None:
    unknown = {
        f"{rule.rule}: say in IDENTIFIANTS (tests/jumeaux.py) what « {name} » names, in VALEURS if it is of nobody"
        for rule in rules(app)
        for name in rule.arguments - IDENTIFIANTS.keys() - VALEURS.keys()
    }
    assert unknown == set()
    shown = montre(app, client, ours)

    sent = {_rule_of(app, form.action) for form in shown.forms if form.method == "POST"}
    assert {
        f"{rule.rule} is posted by no form that was shown: make the page that has it appear with a row of"
        " tests/jumeaux.py, or give its fields in SANS_FORMULAIRE"
        for rule in rules(app)
        if "POST" in (rule.methods or ()) and rule.rule not in sent
    } == set()
    assert {
        f"{address} answers {status} to its own administrateur: IDENTIFIANTS names the wrong thing"
        for address, status in shown.read.items()
        if status not in (200, 303)
    } == set()


def _rule_of(app: Flask, address: str) -> str:
    adapter = app.url_map.bind("localhost")
    rule, _values = adapter.match(urlsplit(address).path, method="POST", return_rule=True)
    return str(rule.rule)


@dataclass(frozen=True)
class Attack:
    """A request that names what is none of the sender's; ``elsewhere`` when its address itself does."""

    method: str
    address: str
    fields: tuple[tuple[str, str], ...] = ()
    elsewhere: bool = False
    unsigned: bool = False
    """Whether its form names another organisme than the sender's: refused before anything is read."""

    def send(self, client: FlaskClient) -> TestResponse:
        data: dict[str, list[str]] = {}
        for name, value in self.fields:
            data.setdefault(name, []).append(value)
        return client.open(self.address, method=self.method, data=data or None)


def swapped(text: str, twins: Mapping[str, str]) -> str:
    """The same text, each identifier of the one replaced by that of its twin."""
    for mine, other in twins.items():
        text = text.replace(mine, other)
    return text


def attacks(shown: Montre, twins: Mapping[str, str], organisme: str) -> Iterator[Attack]:
    """Every link and form, with the identifiers of twins: in the address, in the fields, in both.

    ``organisme``, which every form names, stays the sender's, without which nothing would be read; then not.
    """
    for link in shown.links:
        other = swapped(link, twins)
        if other != link:
            moved = urlsplit(other).path != urlsplit(link).path
            yield Attack("GET", other, elsewhere=moved)
    for form in shown.forms:
        action = swapped(form.action, twins)
        fields = tuple((name, swapped(value, twins)) for name, value in form.fields)
        kept = (
            *((name, value) for name, value in fields if name != "organisme"),
            ("organisme", organisme),
        )
        moved = action != form.action
        yield Attack(form.method, action, kept, elsewhere=moved)
        yield Attack(form.method, action, fields, elsewhere=moved, unsigned=True)
        if moved and any(value in twins for name, value in form.fields if name != "organisme"):
            yield Attack(form.method, form.action, kept)
        yield Attack(form.method, form.action, (*form.fields, ("organisme", "")))


def addressed(
    app: Flask, other: Jumeau, organisme: str, kinds: Mapping[str, Any] = IDENTIFIANTS
) -> Iterator[Attack]:
    """Every route by every method with things of the other, whatever was shown; and each page, asked for them."""
    named = [(name, str(one)) for name, values in kinds.items() for one in values(other)]
    query = "&".join(f"{name}={value}" for name, value in [*named, *QUERIED(other)])
    for rule in rules(app):
        for method in sorted((rule.methods or set()) - AUTOMATIC):
            for address in addresses(rule, other, kinds):
                elsewhere = bool(rule.arguments - VALEURS.keys())
                if method == "GET":
                    yield Attack(method, f"{address}?{query}", elsewhere=elsewhere)
                elif elsewhere:
                    yield Attack(method, address, (("organisme", organisme),), elsewhere=True)


def QUERIED(other: Jumeau) -> list[tuple[str, str]]:  # noqa: N802 - a table that needs the other
    """What lists are asked: where to start, whom to keep, a part of a name that is in no secret."""
    return [
        ("apres", str(other.user.id)),
        ("avant", str(other.user.id)),
        ("groupe", str(other.dedans.id)),
        ("utilisateur", str(other.user.id)),
        ("organisme", str(other.organisme.id)),
        ("q", other.nom[:4].lower()),
    ]


def told(answer: TestResponse) -> str:
    """All that an answer says, unpacked when it is a spreadsheet or an archive."""
    text = answer.get_data(as_text=False).decode("utf-8", "replace")
    if answer.data.startswith(b"PK"):
        with ZipFile(BytesIO(answer.data)) as packed:
            text = " ".join(
                packed.read(name).decode("utf-8", "replace") for name in packed.namelist()
            )
    return f"{text} {answer.headers}"


def suffer(client: FlaskClient, attack: Attack, secrets: set[str]) -> TestResponse:
    """The answer, which tells none of these secrets and is no fault."""
    answer = attack.send(client)
    said = told(answer)
    leaked = {secret for secret in secrets if secret in said}
    assert leaked == set(), f"{attack} was told {leaked}"
    assert answer.status_code < 500, attack
    if attack.elsewhere:
        refused = REFUSED | {409} if attack.unsigned else REFUSED
        assert answer.status_code in refused, f"{attack} got {answer.status_code}"
    return answer


def chain(client: FlaskClient, attack: Attack, secrets: set[str]) -> None:
    """The attack and, when it is answered by a question, the confirmation of it."""
    answer = suffer(client, attack, secrets)
    if attack.method == "POST" and answer.status_code == 200 and answer.mimetype == "text/html":
        for form in forms_of(attack.address, answer.text):
            if form.method == "POST" and _here(form.action):
                suffer(client, Attack("POST", form.action, form.fields), secrets)


def suffer_all(
    client: FlaskClient, sent: Iterable[Attack], secrets: set[str], watched: set[UUID]
) -> None:
    """Nothing that concerns ``watched`` changes."""
    before = rows_of(watched)
    for attack in dict.fromkeys(sent):
        chain(client, attack, secrets)
        if attack.method != "GET":
            assert changed(before, rows_of(watched)) == [], attack
    assert changed(before, rows_of(watched)) == []


@dataclass(frozen=True)
class Sender:
    """Who sends: whether they manage here, and whether the name of the other organisme is theirs to know."""

    name: str
    gere: bool = False
    connu: bool = False

    def enters(self, client: FlaskClient, ours: Jumeau, theirs: Jumeau) -> None:
        place = {
            "administrateur": ours.chef,
            "responsable": ours.responsable,
            "utilisateur": ours.user,
        }.get(self.name)
        if place is not None:
            signed_in(client, db.session.get_one(Account, place.account_id), place)
        elif self.connu:
            account = an_account(family_name="Double", email="double@exemple.fr")
            here = a_rattachement(account, ours.organisme, role=Role.ADMINISTRATEUR)
            there = a_rattachement(account, theirs.organisme)
            signed_in(client, account, here if self.gere else there)


SENDERS = [
    Sender("administrateur", gere=True),
    Sender("responsable", gere=True),
    Sender("utilisateur"),
    Sender("visiteur"),
    Sender("administrateur ici, utilisateur chez eux", gere=True, connu=True),
    Sender("utilisateur chez eux", connu=True),
]


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.name)
def test_nothing_crosses_organismes(
    app: Flask, client: FlaskClient, ours: Jumeau, theirs: Jumeau, sender: Sender
) -> None:
    shown = montre(app, client, ours)
    twins = {str(a.id): str(b.id) for a, b in zip(ours.rows, theirs.rows, strict=True)}
    sender.enters(client, ours, theirs)
    mine = str((theirs if sender.connu and not sender.gere else ours).organisme.id)

    # Who manages nothing is stopped at the door of each route, whatever it is sent.
    sent = [*addressed(app, theirs, mine), *(attacks(shown, twins, mine) if sender.gere else ())]
    secrets = theirs.secrets(sans_raison_sociale=sender.connu)
    suffer_all(client, sent, secrets, theirs.ids())


def test_responsable_stays_within_their_perimeter(
    app: Flask, client: FlaskClient, ours: Jumeau
) -> None:
    shown = montre(app, client, ours)
    twins = {
        str(ours.user.id): str(ours.etranger.id),
        str(ours.dedans.id): str(ours.dehors.id),
        str(ours.sous_groupe.id): str(ours.sous_groupe_dehors.id),
        str(ours.mandat.id): str(ours.mandat_dehors.id),
    }
    outside = {
        ours.etranger.id,
        ours.etranger.account_id,
        ours.dehors.id,
        ours.sous_groupe_dehors.id,
    }
    signed_in(client, db.session.get_one(Account, ours.responsable.account_id), ours.responsable)
    mine = str(ours.organisme.id)

    sent = [*addressed(app, ours, mine, HORS_PERIMETRE), *attacks(shown, twins, mine)]
    suffer_all(client, sent, secrets_of(ours.etranger), outside)
