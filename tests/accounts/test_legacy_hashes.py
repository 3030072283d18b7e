"""Hashes of another system: verified once, then Argon2id; a file does not choose what we compute."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import argon2
import pytest
from accounts.conftest import NoOrganisme
from factories import PASSWORD, a_new_account, an_account
from flask import Flask
from flask.testing import FlaskClient
from passlib.hash import bcrypt, django_pbkdf2_sha256, pbkdf2_sha256, pbkdf2_sha512, sha512_crypt
from sqlalchemy import select

from idp import clock
from idp.accounts import imported_passwords, legacy_hashes, login, passwords, provisioning
from idp.accounts.gates import LoginStep
from idp.accounts.legacy_hashes import EmpreinteRefusee
from idp.accounts.login import Attempt, Refused, SignedIn
from idp.accounts.models import Account, AccountState
from idp.accounts.provisioning import Channel
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db

NOW = datetime.now(UTC)
# The cheapest of each: what is proved does not depend on the cost.
CHEAP = {
    "bcrypt 2a": bcrypt.using(rounds=4, ident="2a"),
    "bcrypt 2b": bcrypt.using(rounds=4, ident="2b"),
    "bcrypt 2y": bcrypt.using(rounds=4, ident="2y"),
    "passlib pbkdf2-sha256": pbkdf2_sha256.using(rounds=10),
    "passlib pbkdf2-sha512": pbkdf2_sha512.using(rounds=10),
    "django": django_pbkdf2_sha256.using(rounds=10),
    "sha512-crypt": sha512_crypt.using(rounds=1000),
}
OF_DREPPER = (
    "$6$rounds=10000$saltstringsaltst$"
    "OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."
)


def imported(password_hash: str, **values: Any) -> Account:
    account = provisioning.import_account(
        now=NOW,
        identifiant=None,
        password_hash=legacy_hashes.parse(password_hash),
        civility="Mme",
        family_name="Martin",
        given_name="Claire",
        email="claire.martin@exemple.fr",
        phone=None,
    )
    for name, value in values.items():
        setattr(account, name, value)
    db.session.flush()
    return account


def try_in(account: Account, password: str, at: datetime = NOW) -> SignedIn | Refused:
    outcome = login.sign_in(Attempt(account.identifiant, password), at)
    db.session.expire_all()
    return outcome


@pytest.mark.parametrize("scheme", CHEAP)
def test_imported_password_signs_in_and_becomes_argon2id(app: Flask, scheme: str) -> None:
    account = imported(CHEAP[scheme].hash("Été à Oléron 42"))

    wrong = try_in(account, "Été à Oléron 43")
    right = try_in(account, "Été à Oléron 42")

    assert isinstance(wrong, Refused)
    assert isinstance(right, SignedIn)
    assert right.step is LoginStep.FIRST_CONNECTION
    assert account.state is AccountState.ACTIVATION
    assert account.password_hash
    assert account.password_hash.startswith("$argon2id$")
    assert isinstance(try_in(account, "Été à Oléron 42"), SignedIn)


def test_hash_of_the_reference_of_sha512_crypt_is_verified() -> None:
    """Ulrich Drepper, « Unix crypt using SHA-256 and SHA-512 », test vectors."""
    assert legacy_hashes.verify(legacy_hashes.parse(OF_DREPPER), "Hello world!")
    with pytest.raises(EmpreinteRefusee, match="incomplète"):
        legacy_hashes.parse(OF_DREPPER[:-1])


def test_bcrypt_reads_72_bytes_as_it_always_did() -> None:
    stored = CHEAP["bcrypt 2y"].hash("é" * 36)

    assert legacy_hashes.verify(stored, "é" * 36 + "the rest")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("$2b$14$eBGkFNUCDcIMGNmoVfPmyelxwz8vkaShwd.CtJUXeVU8uZnCqe/om", "trop cher"),
        ("$2b$31$eBGkFNUCDcIMGNmoVfPmyelxwz8vkaShwd.CtJUXeVU8uZnCqe/om", "trop cher"),
        ("$6$rounds=999999999$abc$" + "x" * 86, "trop cher"),
        ("$pbkdf2-sha256$99999999$cU7JmZOyltIa43yvdc75nw$" + "U" * 43, "trop cher"),
        ("$pbkdf2-sha512$99999999$cU7JmZOyltIa43yvdc75nw$" + "U" * 86, "trop cher"),
        ("pbkdf2_sha256$99999999$abc$Upg6W0W0D3D/s8ctXIG3fv51HXJ8g3r3CCviAy57Se4=", "trop cher"),
        ("$pbkdf2-sha256$0$cU7JmZOyltIa43yvdc75nw$" + "U" * 43, "abîmée"),
        ("$pbkdf2-sha256$10$" + "A" * 300 + "$" + "U" * 43, "255"),
        ("$2b$12$court", "abîmée"),
        ("$2b$12$é", "abîmée"),
        ("$6$abc", "abîmée"),
        ("$1$abc$Zu0RoL4P2Yd9GTcJ3pbMM1", "ni bcrypt"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "ni bcrypt"),
        ("{SSHA}abc", "ni bcrypt"),
        ("un mot de passe en clair", "ni bcrypt"),
        ("$argon2id$v=19$m=4194304,t=99,p=1$c2FsdHNhbHQ$aGFzaA", "ni bcrypt"),
        ("", "ni bcrypt"),
    ],
)
def test_hash_that_is_dear_broken_or_unknown_is_refused(text: str, why: str) -> None:
    """The attack: one line of a file that holds our processes for hours."""
    with pytest.raises(EmpreinteRefusee, match=why):
        legacy_hashes.parse(text)


@pytest.mark.parametrize("typed", ["", "\0", "a\0b", "x" * 129, "\ufdfa" * 100, "x" * 1_000_000])
def test_odd_texts_are_wrong_and_make_nothing_fail(app: Flask, typed: str) -> None:
    for scheme in CHEAP.values():
        assert not passwords.verify(scheme.hash("x" * 72), typed)


def test_password_of_129_characters_would_be_lost_by_its_upgrade_and_is_refused() -> None:
    stored = CHEAP["django"].hash("x" * 129)

    assert not passwords.verify(stored, "x" * 129)


def test_one_argon2_computation_for_an_imported_account_too(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = imported(CHEAP["django"].hash(PASSWORD))
    passwords.verify(None, "warms the hash of nobody up")
    computed = []
    real = argon2.low_level.verify_secret
    monkeypatch.setattr(
        "argon2._password_hasher.verify_secret", lambda *args: computed.append(1) or real(*args)
    )

    try_in(account, "wrong")

    assert computed == [1]


def test_password_of_nobody_does_not_open_an_imported_account() -> None:
    assert not passwords.verify(CHEAP["django"].hash(PASSWORD), "the password of nobody")


def test_forgotten_imported_password_gives_way_to_a_provisional_one(app: Flask) -> None:
    account = imported(CHEAP["django"].hash(PASSWORD))
    secret = provisioning.issue_activation_secret(account, Channel.MAIL, NOW, actor=COMMAND_LINE)

    outcome = try_in(account, secret)

    assert isinstance(outcome, SignedIn)
    assert (account.state, account.password_hash) == (AccountState.ACTIVATION, None)
    assert account.email_verified_at == NOW
    assert isinstance(try_in(account, PASSWORD), Refused)


@pytest.mark.parametrize("parameters", ["imported", "of yesterday"])
def test_provisional_password_never_becomes_the_personal_one(app: Flask, parameters: str) -> None:
    """A hash to be made again is made from the personal password alone."""
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    stored = weak if parameters == "of yesterday" else CHEAP["django"].hash(PASSWORD)
    account = an_account(password_hash=stored)
    secret = login.challenges.issue_reset(account.id, account.email or "", NOW)
    assert secret

    assert isinstance(try_in(account, secret), SignedIn)

    assert account.password_hash == stored
    assert isinstance(try_in(account, secret), Refused)
    assert isinstance(try_in(account, PASSWORD), SignedIn)


def test_newcomer_whom_an_outsider_delays_is_let_in_by_what_was_sent(app: Flask) -> None:
    account, secret = a_new_account()
    account.failures, account.blocked_until = 100, NOW + timedelta(hours=2)
    db.session.flush()

    assert isinstance(try_in(account, secret), SignedIn)


def test_journal_tells_the_upgrade_and_no_hash(app: Flask) -> None:
    account = imported(CHEAP["bcrypt 2b"].hash(PASSWORD))

    try_in(account, PASSWORD)

    rows = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    assert [(row.event, row.data) for row in rows] == [
        ("sign_in_succeeded", {"credential": "password"}),
        ("imported_password_upgraded", {"scheme": "bcrypt"}),
    ]


def test_imported_person_proves_their_address_and_accepts_the_texts(
    client: FlaskClient, organismes: NoOrganisme
) -> None:
    """No password to choose again; everything else of the first connection."""
    account = imported(CHEAP["sha512-crypt"].hash(PASSWORD))
    typed = {"identifiant": account.identifiant, "mot_de_passe": PASSWORD}

    entered = client.post("/premiere-connexion", data=typed)
    first = client.get("/premiere-connexion/suite").location
    account.informed_at = clock.now()
    second = client.get("/premiere-connexion/suite").location
    account.email_verified_at = clock.now()
    third = client.get("/premiere-connexion/suite").location

    assert entered.location == "/premiere-connexion/suite"
    assert [first, second, third] == [
        "/premiere-connexion/informations",
        "/premiere-connexion/courriel",
        "/premiere-connexion/regles-d-usage",
    ]
    assert client.get("/accueil").location.startswith("/premiere-connexion")


def test_operator_sees_what_remains_and_forgets_what_nobody_used(app: Flask) -> None:
    old = imported(CHEAP["django"].hash(PASSWORD), created_at=datetime(2026, 1, 1, tzinfo=UTC))
    recent = imported(
        CHEAP["bcrypt 2a"].hash(PASSWORD), created_at=datetime(2026, 6, 2, tzinfo=UTC)
    )
    back = imported(CHEAP["sha512-crypt"].hash(PASSWORD), created_at=old.created_at)
    try_in(back, PASSWORD)
    before = imported_passwords.waiting()

    forgotten = imported_passwords.forget(date(2026, 6, 1), actor=COMMAND_LINE, now=NOW)
    db.session.expire_all()

    assert before == Counter({"pbkdf2": 1, "bcrypt": 1})
    assert forgotten == 1
    assert old.password_hash is None
    assert recent.password_hash
    assert back.password_hash
    told = db.session.scalars(
        select(JournalEntry.data).where(JournalEntry.event == "imported_passwords_forgotten")
    ).all()
    assert told == [{"accounts": 1, "imported_before": "2026-06-01"}]
    assert imported_passwords.forget(date(2026, 6, 1), actor=COMMAND_LINE, now=NOW) == 0


@pytest.mark.parametrize(("password", "asked"), [("caf2019", True), (PASSWORD, False)])
def test_imported_password_that_breaks_our_rules_is_replaced_once_the_account_is_open(
    client: FlaskClient, password: str, asked: bool
) -> None:
    account = imported(CHEAP["django"].hash(password), informed_at=NOW, email_verified_at=NOW)
    client.post(
        "/premiere-connexion", data={"identifiant": account.identifiant, "mot_de_passe": password}
    )
    for step in ("regles-d-usage", "conditions-d-utilisation"):
        client.post(f"/premiere-connexion/{step}", data={"accepte": "y"})

    landed = client.get("/accueil")

    assert account.state is AccountState.ACTIF
    assert account.password_change_required is asked
    assert (landed.location == "/nouveau-mot-de-passe") is asked
