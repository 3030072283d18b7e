"""Passkeys: added, used alone or on top of the password, removed; and what attackers try (WebAuthn Level 2)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from accounts.conftest import NoOrganisme
from authenticator import PRESENT, Device
from factories import PASSWORD, an_account, an_application, signed_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts.factors import management, passkeys
from idp.accounts.factors.models import Passkey, PasskeyCeremony
from idp.accounts.levels import TWO_FACTORS
from idp.accounts.models import Account, AccountState, BrowserSession
from idp.accounts.ports import Exigences
from idp.audit import JournalEntry
from idp.db import db
from idp.outbox import Delivery

CONNEXION = "/connexion/cle-d-acces"
VERIFICATION = "/connexion/verification/cle-d-acces"
AJOUTER = "/profil/cles-d-acces/ajouter"
LIST = "/profil/double-authentification"


def asked(client: FlaskClient, path: str) -> dict[str, Any]:
    """The options that the browser receives."""
    return dict(client.post(f"{path}/demande").json or {})


def enrol(client: FlaskClient, account: Account, device: Device) -> TestResponse:
    """Signed in recently, and the device answers."""
    signed_in(client, account)
    answer = device.create(asked(client, "/profil/cles-d-acces"))
    return client.post(AJOUTER, data={"reponse": answer, "nom": "Ordinateur du bureau"})


def sign_in(client: FlaskClient, device: Device, query: str = "") -> TestResponse:
    client.delete_cookie("mcp_session")
    answer = device.get(asked(client, CONNEXION))
    return client.post(CONNEXION + query, data={"reponse": answer})


def is_in(client: FlaskClient) -> bool:
    return client.get("/profil").status_code == 200


def refusals() -> list[str]:
    rows = db.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.event == "sign_in_refused")
        .order_by(JournalEntry.id)
    )
    return [(row.data or {})["reason"] for row in rows]


@pytest.fixture
def account(app: Flask) -> Account:
    return an_account()


@pytest.mark.parametrize("eddsa", [False, True], ids=["ES256", "EdDSA"])
def test_key_is_added_and_opens_alone(client: FlaskClient, account: Account, eddsa: bool) -> None:
    device = Device(eddsa=eddsa)

    assert "Vos codes de secours" in enrol(client, account, device).text
    answer = sign_in(client, device, "?next=/aide/")

    assert (answer.status_code, answer.location) == (303, "/aide/")
    session = db.session.scalars(select(BrowserSession).order_by(BrowserSession.created_at)).all()[
        -1
    ]
    assert (session.acr, session.amr) == ("phr", ["pop", "user", "mfa"])
    assert account.last_login_at is not None
    assert "Ordinateur du bureau" in client.get(LIST).text


def test_key_is_a_second_factor_after_the_password(client: FlaskClient, account: Account) -> None:
    device = Device()
    enrol(client, account, device)
    client.delete_cookie("mcp_session")
    typed = {"identifiant": account.identifiant, "mot_de_passe": PASSWORD}
    assert client.post("/connexion?next=/profil", data=typed).location == "/connexion/verification"
    assert "Utiliser ma clé d’accès" in client.get("/connexion/verification").text

    answer = client.post(VERIFICATION, data={"reponse": device.get(asked(client, VERIFICATION))})

    assert answer.location == "/profil"
    session = db.session.scalars(select(BrowserSession).order_by(BrowserSession.created_at)).all()[
        -1
    ]
    assert (session.acr, session.amr) == ("phr", ["pwd", "pop", "mfa"])


def test_key_of_somebody_else_is_no_second_factor(app: Flask, client: FlaskClient) -> None:
    account, other = an_account(), an_account()
    device, stolen = Device(), Device(credential_id=b"o" * 32)
    enrol(client, account, device)
    enrol(app.test_client(), other, stolen)
    client.delete_cookie("mcp_session")
    typed = {"identifiant": account.identifiant, "mot_de_passe": PASSWORD}
    client.post("/connexion", data=typed)

    client.post(VERIFICATION, data={"reponse": stolen.get(asked(client, VERIFICATION))})

    assert not is_in(client)


def test_challenge_is_answered_once(app: Flask, client: FlaskClient, account: Account) -> None:
    """§13.4.3: what was read on the way is worth nothing."""
    device = Device(counts=False)
    enrol(client, account, device)
    client.delete_cookie("mcp_session")
    answer = device.get(asked(client, CONNEXION))
    cookie = client.get_cookie("session")
    assert cookie
    assert client.post(CONNEXION, data={"reponse": answer}).location == "/accueil"

    thief = app.test_client()
    thief.set_cookie("session", cookie.value)
    thief.post(CONNEXION, data={"reponse": answer})

    assert not is_in(thief)
    assert refusals() == ["passkey_no_challenge"]


def test_answer_made_for_another_browser_is_worth_nothing(
    app: Flask, client: FlaskClient, account: Account
) -> None:
    device = Device()
    enrol(client, account, device)
    answer = device.get(asked(client, CONNEXION))
    other = app.test_client()
    asked(other, CONNEXION)

    other.post(CONNEXION, data={"reponse": answer})

    assert not is_in(other)


def test_challenge_lives_five_minutes(client: FlaskClient, account: Account) -> None:
    device = Device()
    enrol(client, account, device)
    client.delete_cookie("mcp_session")
    answer = device.get(asked(client, CONNEXION))

    with clock.shifted(timedelta(minutes=5, seconds=1)):
        client.post(CONNEXION, data={"reponse": answer})
        passkeys.forget_challenges(clock.now())

    assert not is_in(client)
    assert db.session.scalar(select(func.count()).select_from(PasskeyCeremony)) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "https://mon-compte-partenaire.example"},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},
        {"user_handle": b"somebody-else-16"},
        {"sign_count": -1},
    ],
    ids=["a site that looks alike", "its domain", "nobody verified", "another person", "a copy"],
)
def test_answer_that_is_not_quite_right_opens_nothing(
    client: FlaskClient, account: Account, changed: dict[str, Any]
) -> None:
    """§7.2, steps 6 to 21."""
    device = Device()
    enrol(client, account, device)
    sign_in(client, device)
    for name, value in changed.items():
        setattr(device, name, value)

    answer = sign_in(client, device)

    assert answer.location.startswith("/connexion?")
    assert not is_in(client)


def test_key_without_user_verification_is_not_added(client: FlaskClient, account: Account) -> None:
    assert "n’a pas été ajoutée" in enrol(client, account, Device(flags=PRESENT)).text
    assert not management.enrolled(account.id)


def test_key_already_held_is_not_added_to_another_account(app: Flask, client: FlaskClient) -> None:
    """§7.1, step 22."""
    device, account, thief = Device(), an_account(), an_account()
    enrol(client, account, device)

    enrol(app.test_client(), thief, device)

    owners = db.session.scalars(select(Passkey.account_id)).all()
    assert owners == [account.id]


def test_copied_key_is_seen_by_its_counter(client: FlaskClient, account: Account) -> None:
    """§6.1.1."""
    device = Device()
    enrol(client, account, device)
    sign_in(client, device)
    sign_in(client, device)
    device.sign_count = 0

    sign_in(client, device)

    assert not is_in(client)
    assert refusals() == ["passkey_copied"]


def test_key_that_devices_share_never_counts(client: FlaskClient, account: Account) -> None:
    device = Device(counts=False)
    enrol(client, account, device)

    assert sign_in(client, device).location == "/accueil"
    assert sign_in(client, device).location == "/accueil"


@pytest.mark.parametrize("state", [AccountState.SUSPENDU, AccountState.CLOS])
def test_key_of_a_suspended_or_closed_account_opens_nothing(
    client: FlaskClient, account: Account, state: AccountState
) -> None:
    device = Device()
    enrol(client, account, device)
    db.session.get_one(Account, account.id).state = state

    assert sign_in(client, device).location.startswith("/connexion?")
    assert not is_in(client)


def test_unknown_key_is_answered_as_a_wrong_one(client: FlaskClient, account: Account) -> None:
    device, unknown = Device(), Device(credential_id=b"u" * 32)
    enrol(client, account, device)
    device.origin = "https://evil.example"

    wrong, nobody = sign_in(client, device), sign_in(client, unknown)

    assert (wrong.status_code, wrong.location) == (nobody.status_code, nobody.location)
    assert refusals() == ["passkey_wrong", "passkey_unknown"]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "{}",
        '{"id": 1}',
        '{"id": "é", "rawId": "é", "type": "public-key", "response": {}}',
        '{"id": "a2s", "rawId": "a2s", "type": "public-key", "response": []}',
        "[" * 5000,
        "x" * 20_000,
    ],
)
def test_any_other_answer_is_refused_without_a_fault(
    client: FlaskClient, account: Account, answer: str
) -> None:
    enrol(client, account, Device())
    client.delete_cookie("mcp_session")
    asked(client, CONNEXION)

    assert client.post(CONNEXION, data={"reponse": answer}).status_code == 303
    signed_in(client, account, proof=TWO_FACTORS)
    asked(client, "/profil/cles-d-acces")
    assert client.post(AJOUTER, data={"reponse": answer}).status_code == 200


def test_second_key_shows_no_codes_and_excludes_the_first(
    client: FlaskClient, account: Account
) -> None:
    enrol(client, account, Device())
    signed_in(client, account, proof=TWO_FACTORS)
    options = asked(client, "/profil/cles-d-acces")
    assert len(options["excludeCredentials"]) == 1

    second = Device(credential_id=b"2" * 32)
    answer = client.post(AJOUTER, data={"reponse": second.create(options)})

    assert answer.status_code == 303
    assert passkeys.count(account.id) == 2


def test_key_is_removed_by_its_owner_alone(app: Flask, client: FlaskClient) -> None:
    account, other, device = an_account(), an_account(), Device()
    enrol(client, account, device)
    key = passkeys.of(account.id)[0]
    thief = app.test_client()
    signed_in(thief, other)
    assert thief.post(f"/profil/cles-d-acces/{key.id}/retirer").status_code == 404

    client.post(f"/profil/cles-d-acces/{key.id}/retirer")

    assert not management.enrolled(account.id)
    sign_in(client, device)
    assert not is_in(client)


def test_last_factor_of_a_role_that_requires_one_stays(
    client: FlaskClient, account: Account, organismes: NoOrganisme
) -> None:
    organismes.asked = Exigences(second_facteur=True)
    enrol(client, account, Device())
    key = passkeys.of(account.id)[0]

    client.post(f"/profil/cles-d-acces/{key.id}/retirer")
    assert management.enrolled(account.id)

    an_application(account)
    client.post(f"/profil/cles-d-acces/{key.id}/retirer")
    assert passkeys.count(account.id) == 0


def test_options_ask_for_what_the_level_needs(client: FlaskClient, account: Account) -> None:
    """§5.4.4, §5.8.6: the person is verified, and the device keeps the key."""
    signed_in(client, account)
    create, get = asked(client, "/profil/cles-d-acces"), asked(client, CONNEXION)

    assert create["authenticatorSelection"]["userVerification"] == "required"
    assert create["authenticatorSelection"]["residentKey"] == "required"
    assert create["rp"]["id"] == get["rpId"] == "localhost"
    assert get["userVerification"] == "required"
    assert get["allowCredentials"] == []
    assert str(account.id) not in json.dumps(create)


def test_new_device_is_told_whatever_the_proof(client: FlaskClient, account: Account) -> None:
    device = Device()
    enrol(client, account, device)
    sign_in(client, device)
    before = _mails()

    client.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/142.0"
    )
    sign_in(client, device)

    assert _mails() == before + 1


def _mails() -> int:
    return db.session.scalar(select(func.count()).where(Delivery.kind == "mail")) or 0
