"""What an outsider tries at the doors that are open to all: telling who exists, guessing, misleading.

What one page alone refuses is in the tests of that page.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count, cycle

import pytest
from accounts.conftest import NoOrganisme
from argon2.exceptions import VerifyMismatchError
from factories import PASSWORD, a_new_account, an_account
from flask import Flask
from flask.testing import FlaskClient
from same_answer import steady
from sql_budget import counted
from sqlalchemy import func, select
from timing import interleaved, p_value, told_apart
from werkzeug.test import TestResponse

from idp import clock, outbox
from idp.accounts import login, passwords
from idp.accounts.models import Account, AccountState, BrowserSession
from idp.accounts.provisioning import Channel
from idp.accounts.views.destination import local_path
from idp.audit import JournalEntry
from idp.contact import ContactInvalide, parse_email
from idp.db import db
from idp.extensions import ground
from idp.outbox import Delivery
from idp.printable import new_identifiant, parse_identifiant

EMAIL = "claire.martin@exemple.fr"
STATES = {
    "known": {},
    "suspended": {"state": AccountState.SUSPENDU},
    "closed": {"state": AccountState.CLOS},
    "unproven address": {"email_verified_at": None},
    "first connection begun": {"state": AccountState.ACTIVATION},
    "throttled": {"failures": 9},
}
DOORS = {
    "/connexion": ("identifiant", {"mot_de_passe": "un mauvais mot de passe"}),
    "/premiere-connexion": ("identifiant", {"mot_de_passe": "un mauvais mot de passe"}),
    "/mot-de-passe-oublie": ("compte", {}),
}
_addresses = count(1)


def somebody(case: str) -> Account:
    if case == "never connected":
        return a_new_account(Channel.MAIL, email=EMAIL)[0]
    blocked_until = clock.now() + timedelta(hours=1) if case == "throttled" else None
    return an_account(blocked_until=blocked_until, **STATES[case])


def knock(client: FlaskClient, door: str, typed: str, **more: str) -> TestResponse:
    """From an address of its own each time, so that no limit of an address answers in the door's place."""
    box, others = DOORS[door]
    number = next(_addresses)
    return client.post(
        door,
        data={box: typed, **others, **more},
        environ_overrides={"REMOTE_ADDR": f"10.{number >> 8 & 255}.{number & 255}.1"},
    )


def seen(answer: TestResponse, typed: str) -> tuple[object, ...]:
    names = [name for name in answer.headers.keys() if name != "Content-Length"]  # noqa: SIM118
    return answer.status_code, answer.location, names, steady(answer.text, typed)


def shape(statements: list[str]) -> list[str]:
    """The verb and the table of each statement."""
    found = (
        re.match(r"(SELECT).*?FROM (\w+)|(\w+)(?: INTO)? (\w+)", one, re.S) for one in statements
    )
    return [" ".join(filter(None, match.groups())) for match in found if match]


# Telling who exists


@pytest.mark.parametrize("by", ["identifiant", "address"])
@pytest.mark.parametrize("case", [*STATES, "never connected"])
@pytest.mark.parametrize("door", DOORS)
def test_nobody_learns_who_exists(
    app: Flask, client: FlaskClient, door: str, case: str, by: str
) -> None:
    """Content, status, headers, statements and what waits in the outbox are those of an unknown person."""
    account = somebody(case)
    typed = account.identifiant if by == "identifiant" else EMAIL
    unknown = new_identifiant() if by == "identifiant" else "personne.du.tout@exemple.fr"
    knock(app.test_client(), door, unknown)
    waiting = db.session.scalar(select(func.count()).select_from(Delivery)) or 0

    with counted() as for_unknown:
        answer_to_unknown = knock(app.test_client(), door, unknown)
    with counted() as for_known:
        answer_to_known = knock(app.test_client(), door, typed)

    assert seen(answer_to_known, typed) == seen(answer_to_unknown, unknown)
    assert shape(for_known) == shape(for_unknown)
    rows = db.session.scalars(select(Delivery.kind)).all()
    asked = 2 if door == "/mot-de-passe-oublie" else 0
    assert len(rows) == waiting + asked
    assert "mail" not in rows[waiting:]


@pytest.mark.usefixtures("hashes_of_production")
@pytest.mark.parametrize("door", ["/connexion", "/mot-de-passe-oublie"])
def test_time_does_not_tell_who_exists(app: Flask, door: str) -> None:
    """Interleaved samples, by ranks; every state takes its turn among the people who exist."""
    people = [somebody(case).identifiant for case in (*STATES, "never connected")]

    assert not told_apart(_two_askers(app, door, people), times=21)


@pytest.mark.usefixtures("hashes_of_production")
def test_test_of_time_sees_a_door_that_computes_nothing_for_nobody(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The flaw that the test above is there for, put in on purpose."""
    real = passwords.verify
    monkeypatch.setattr(
        login.passwords, "verify", lambda stored, typed: bool(stored) and real(stored, typed)
    )

    assert told_apart(_two_askers(app, "/connexion", [somebody("known").identifiant]), times=21)


def _two_askers(app: Flask, door: str, people: list[str]) -> list[Callable[[], object]]:
    client, turn = app.test_client(), cycle(people)
    acts: list[Callable[[], object]] = [
        lambda: knock(client, door, next(turn)),
        lambda: knock(client, door, new_identifiant()),
    ]
    interleaved(acts, 2)
    return acts


def test_p_value_is_that_of_the_tables() -> None:
    """Mann and Whitney: complete separation, none, and ties alone."""
    assert p_value(range(10), range(100, 110)) == pytest.approx(1.8e-4, rel=0.02)
    assert p_value(range(0, 40, 2), range(1, 41, 2)) > 0.7
    assert p_value([1.0] * 9, [1.0] * 9) == 1.0


# Guessing


@pytest.fixture
def cheap_argon2(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every password is wrong but ``PASSWORD``, at no cost; the list holds what was compared."""
    compared: list[bytes] = []

    def verify(_hash: bytes, password: bytes, _kind: object) -> bool:
        compared.append(password)
        if password != PASSWORD.encode():
            raise VerifyMismatchError
        return True

    monkeypatch.setattr("argon2._password_hasher.verify_secret", verify)
    return compared


@pytest.mark.usefixtures("cheap_argon2")
def test_thousand_addresses_guess_no_more_than_one(client: FlaskClient) -> None:
    """The attack: a botnet on one account; past the fifth guess the right password itself is not told."""
    account = an_account()
    for _address in range(1000):
        knock(client, "/connexion", account.identifiant)

    right = knock(client, "/connexion", account.identifiant, mot_de_passe=PASSWORD)

    assert right.status_code == 200
    assert account.failures == 5
    told = Counter(data["reason"] for data in db.session.scalars(select(JournalEntry.data)))
    assert told == {"incorrect": 5, "throttled": 996}


@pytest.mark.usefixtures("cheap_argon2")
def test_a_day_of_guesses_gets_25_answers_at_most(client: FlaskClient) -> None:
    """CNIL, délibération 2022-100; the attacker tries every five minutes, then the owner types the right one."""
    account = an_account()
    for minutes in range(0, 24 * 60, 5):
        with clock.shifted(timedelta(minutes=minutes)):
            knock(client, "/connexion", account.identifiant)

    answered = db.session.scalar(
        select(func.count()).where(JournalEntry.data["reason"].as_string() == "incorrect")
    )
    assert answered
    assert 15 <= answered <= 25
    with clock.shifted(timedelta(hours=26)):
        right = knock(client, "/connexion", account.identifiant, mot_de_passe=PASSWORD)
    assert right.status_code == 303


def test_password_of_a_megabyte_is_never_computed(
    client: FlaskClient, cheap_argon2: list[bytes]
) -> None:
    account = an_account()

    refused = [
        knock(client, door, account.identifiant, mot_de_passe=odd * (1 << 20)).status_code
        for door in ("/connexion", "/premiere-connexion")
        for odd in ("x", "é")
    ]

    assert refused == [413] * 4
    assert cheap_argon2 == []


# Looking alike

LOOKALIKES = {
    "Cyrillic Er for P": "\u04207K3M9XTR4",
    "Greek Rho for P": "\u03a17K3M9XTR4",
    "full-width P": "\uff307K3M9XTR4",
    "full-width digits": "P\uff17K\uff13M\uff19XTR\uff14",
    "Arabic-Indic digits": "P\u0667K\u0663M\u0669XTR\u0664",
    "mathematical bold": "\U0001d40f7K3M9XTR4",
    "Cyrillic Ha for X": "P7K3M9\u0425TR4",
    "Kelvin sign for K": "P7\u212a3M9XTR4",
    "combining accent": "P7K3M9XTR4\u0301",
}


@pytest.mark.parametrize("typed", LOOKALIKES.values(), ids=LOOKALIKES)
def test_lookalike_of_an_identifiant_is_nobody(client: FlaskClient, typed: str) -> None:
    an_account(identifiant="P7K3M9XTR4")

    answer = knock(client, "/connexion", typed, mot_de_passe=PASSWORD)

    assert parse_identifiant(typed) is None
    assert answer.status_code == 200
    assert db.session.scalar(select(BrowserSession.id)) is None


HOMOGRAPHS = {
    "Cyrillic a in the name": "cl\u0430ire.martin@exemple.fr",
    "Cyrillic a in the domain": "claire.martin@ex\u0435mple.fr",
    "full-width at": "claire.martin\uff20exemple.fr",
    "full-width letters": "\uff43laire.martin@exemple.fr",
    "zero-width space": "claire\u200b.martin@exemple.fr",
    "punycode of the look-alike": "claire.martin@xn--exmple-9ve.fr",
    "dotless i": "cla\u0131re.martin@exemple.fr",
}


@pytest.mark.parametrize("typed", HOMOGRAPHS.values(), ids=HOMOGRAPHS)
def test_homograph_of_an_address_is_another_address(client: FlaskClient, typed: str) -> None:
    an_account(email=EMAIL)

    signed_in = knock(client, "/connexion", typed, mot_de_passe=PASSWORD)
    knock(client, "/mot-de-passe-oublie", typed)
    db.session.commit()
    outbox.deliver_due(clock.now())

    assert signed_in.status_code == 200
    assert "mail" not in db.session.scalars(select(Delivery.kind)).all()
    with suppress(ContactInvalide):
        assert parse_email(typed) != EMAIL


def test_mail_leaves_to_the_address_on_file_not_to_the_one_typed(client: FlaskClient) -> None:
    """The attack: letters that become ours in lower case (U+212A), to receive somebody else's mail."""
    an_account(email="katell@exemple.fr")

    knock(client, "/mot-de-passe-oublie", "\u212aatell@exemple.fr")
    db.session.commit()
    outbox.deliver_due(clock.now())

    assert {mail["to"] for mail in mails()} <= {"katell@exemple.fr"}


# Misleading


def mails() -> list[dict[str, str]]:
    rows = db.session.scalars(select(Delivery).where(Delivery.kind == "mail")).all()
    return [json.loads(ground().secret_box.unseal(row.payload)) for row in rows if row.payload]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"Host": "evil.example:443", "X-Forwarded-Proto": "https"},
    ],
    ids=["host", "forwarded host", "forwarded", "port"],
)
def test_mail_names_our_address_whatever_the_request_says(
    client: FlaskClient, organismes: NoOrganisme, headers: dict[str, str]
) -> None:
    """The attack: have somebody sent a mail of ours that names the attacker's site."""
    organismes.raison_sociale = "LES OLIVIERS"
    an_account(email=EMAIL)

    answer = client.post("/mot-de-passe-oublie", data={"compte": EMAIL}, headers=headers)
    db.session.commit()
    outbox.deliver_due(clock.now())

    (mail,) = mails()
    assert ground().settings.issuer in mail["body"]
    assert "evil" not in str(mail)
    assert "evil" not in answer.headers["Location"]


def test_form_of_another_browser_signs_nobody_in(app: Flask) -> None:
    """Login CSRF: the attacker's page posts their own credentials, with a token that they were given."""
    account = an_account()
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        page = app.test_client().get("/connexion").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token
        victim = app.test_client()
        victim.get("/connexion")
        answer = knock(
            victim, "/connexion", account.identifiant, mot_de_passe=PASSWORD, csrf_token=token[1]
        )
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert answer.status_code == 400
    assert db.session.scalar(select(BrowserSession.id)) is None


def test_session_of_the_attacker_planted_in_a_browser_never_becomes_the_victims(
    app: Flask,
) -> None:
    """Fixation: the attacker signs in, plants that cookie, and waits for the victim to sign in over it."""
    attacker, victim = app.test_client(), app.test_client()
    mine, theirs = an_account(email="moi@exemple.fr"), an_account(email="elle@exemple.fr")
    knock(attacker, "/connexion", mine.identifiant, mot_de_passe=PASSWORD)
    planted = attacker.get_cookie("mcp_session")
    assert planted
    victim.set_cookie("mcp_session", planted.value)

    knock(victim, "/connexion", theirs.identifiant, mot_de_passe=PASSWORD)

    assert attacker.get("/profil").location.startswith("/connexion")
    assert "elle@exemple.fr" in victim.get("/profil").text


@pytest.mark.parametrize(
    "path",
    [
        "///evil.example",
        "////evil.example",
        "/\\/evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "http:/evil.example",
        "HTTPS://evil.example",
        "//evil.example/%2f..",
        "//user@evil.example",
        "\uff0f\uff0fevil.example",
        "/\u200b/evil.example",
        "/\u2028/evil.example",
        "/\x00/evil.example",
        "data:text/html,x",
        ".evil.example",
        "@evil.example",
        "?next=//evil.example",
    ],
)
def test_more_spellings_of_another_site_lead_nowhere(path: str) -> None:
    assert local_path(path) is None
