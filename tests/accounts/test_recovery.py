"""« Mot de passe oublié »: the owner gets in again alone, and nobody else learns or breaks anything."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from accounts.conftest import NoOrganisme
from factories import PASSWORD, a_new_account, an_account
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp import clock, outbox
from idp.accounts import challenges, recovery
from idp.accounts.models import Account, AccountState, Challenge, ChallengeKind
from idp.accounts.provisioning import Channel
from idp.audit import JournalEntry
from idp.db import db, transaction
from idp.extensions import ground
from idp.outbox import Delivery

PAGE = "/mot-de-passe-oublie"
NEW = "Quatre tuiles rousses au soleil"
SECRET = r"(?:\w{4}-){3}\w{4}"


def ask(client: FlaskClient, typed: str) -> TestResponse:
    return client.post(PAGE, data={"compte": typed})


def mails() -> list[dict[str, Any]]:
    """What was written to people, once the worker has answered."""
    db.session.commit()
    outbox.deliver_due(clock.now())
    return queued()


def queued() -> list[dict[str, Any]]:
    """The mails that the worker has not sent yet."""
    rows = db.session.scalars(
        select(Delivery).where(Delivery.kind == "mail").order_by(Delivery.created_at)
    ).all()
    return [json.loads(ground().secret_box.unseal(row.payload)) for row in rows if row.payload]


def the_secret(mail: dict[str, Any]) -> str:
    found = re.search(SECRET, mail["body"])
    assert found
    return found[0]


def sign_in(client: FlaskClient, account: Account, password: str) -> TestResponse:
    typed = {"identifiant": account.identifiant, "mot_de_passe": password}
    return client.post("/connexion", data=typed)


def provisional(client: FlaskClient, account: Account) -> str:
    """The provisional password that the person receives."""
    ask(client, account.identifiant)
    return the_secret(mails()[-1])


def choose(client: FlaskClient, password: str = NEW) -> TestResponse:
    return client.post(
        "/nouveau-mot-de-passe", data={"nouveau": password, "confirmation": password}
    )


@pytest.fixture(autouse=True)
def _named(organismes: NoOrganisme) -> None:
    organismes.raison_sociale = "LES OLIVIERS"


@pytest.mark.parametrize("by", ["address", "identifiant", "identifiant as printed"])
def test_owner_gets_in_again_and_chooses_a_password(client: FlaskClient, by: str) -> None:
    """Guide, page 2: a new provisional password is sent; its change is forced."""
    account = an_account()
    typed = {
        "address": " Claire.MARTIN@exemple.fr ",
        "identifiant": account.identifiant.lower(),
        "identifiant as printed": "-".join(re.findall(".{1,4}", account.identifiant)),
    }[by]

    assert ask(client, typed).location == f"{PAGE}/envoi"
    (mail,) = mails()
    entered = sign_in(client, account, the_secret(mail))
    barred = client.get("/accueil")
    chosen = choose(client)

    assert mail["to"] == "claire.martin@exemple.fr"
    assert "LES OLIVIERS" in mail["body"]
    assert entered.location == barred.location == "/nouveau-mot-de-passe"
    assert (chosen.status_code, chosen.location) == (303, "/accueil")
    assert client.get("/profil").status_code == 200
    assert sign_in(client.application.test_client(), account, NEW).location == "/accueil"
    assert "incorrect" in sign_in(client.application.test_client(), account, PASSWORD).text


@pytest.mark.parametrize(
    "typed", ["nobody@exemple.fr", "P-0000-0000-0", "claire.martin@exemple.fr", "x" * 254, "é@é"]
)
def test_page_answers_alike_whoever_is_named(client: FlaskClient, typed: str) -> None:
    """The same address, status and body; the same statements, none of which reads an account."""
    an_account()

    with counted() as sent:
        response = ask(client, typed)

    assert (response.status_code, response.location) == (303, f"{PAGE}/envoi")
    assert not [statement for statement in sent if "account" in statement]
    assert len([statement for statement in sent if "outbox" in statement]) == 1


def test_nobody_is_written_to_when_nobody_bears_the_name(client: FlaskClient) -> None:
    an_account(email="autre@exemple.fr")

    ask(client, "claire.martin@exemple.fr")

    assert mails() == []


@pytest.mark.parametrize("state", [AccountState.SUSPENDU, AccountState.CLOS, AccountState.PREPARE])
def test_account_that_may_not_sign_in_gets_nothing_and_stays_so(
    client: FlaskClient, state: AccountState
) -> None:
    account = an_account(state=state)

    ask(client, account.identifiant)
    ask(client, "claire.martin@exemple.fr")

    assert mails() == []
    assert account.state is state


def test_unproven_address_receives_nothing(client: FlaskClient) -> None:
    """The attack: type the address of somebody else at the first connection, then ask."""
    account = an_account(email_verified_at=None)

    ask(client, account.identifiant)

    assert mails() == []


def test_accounts_of_one_address_come_in_one_mail(client: FlaskClient) -> None:
    first, second = an_account(), an_account()

    ask(client, "claire.martin@exemple.fr")

    (mail,) = mails()
    secrets = re.findall(SECRET, mail["body"])
    assert len(set(secrets)) == 2
    assert all(account.identifiant[-4:-1] in mail["body"] for account in (first, second))
    both = [sign_in(client.application.test_client(), first, secret) for secret in secrets]
    assert sorted(one.status_code for one in both) == [200, 303]


def test_who_never_connected_receives_the_first_identifiers_again(client: FlaskClient) -> None:
    """A user created by an administrateur, whose mail was lost."""
    account, _lost = a_new_account(Channel.MAIL, email="claire@exemple.fr")
    made = db.session.scalars(select(Challenge)).one()
    made.created_at -= timedelta(minutes=5)

    ask(client, "claire@exemple.fr")

    (mail,) = mails()
    assert "première connexion" in mail["body"]
    assert sign_in(client, account, the_secret(mail)).location == "/premiere-connexion/suite"


def test_password_forgotten_before_the_texts_were_accepted_is_recovered(
    client: FlaskClient,
) -> None:
    """A first connection interrupted after step 3: its provisional passwords are over, a new one is mailed."""
    account = an_account(state=AccountState.ACTIVATION)

    secret = provisional(client, account)

    assert sign_in(client, account, secret).location == "/premiere-connexion/suite"
    for step in ("regles-d-usage", "conditions-d-utilisation"):
        done = client.post(f"/premiere-connexion/{step}", data={"accepte": "y"})
    assert done.location == "/accueil"
    assert client.get("/accueil").location == "/nouveau-mot-de-passe"
    assert choose(client).location == "/accueil"


def test_first_connection_interrupted_before_the_password_gets_the_first_identifiers(
    client: FlaskClient,
) -> None:
    account = an_account(state=AccountState.ACTIVATION, password=None)

    assert sign_in(client, account, provisional(client, account)).location.endswith("/suite")
    assert client.get("/premiere-connexion/suite").location.endswith("/mot-de-passe")


def test_who_has_letters_only_is_sent_to_the_right_door(client: FlaskClient) -> None:
    """Guide, page 2: « Identifiant perdu » for who was written to by post."""
    account, _secret = a_new_account()

    response = ask(client, account.identifiant)

    assert mails() == []
    assert "/identifiant-perdu" in client.get(response.location).text


def test_provisional_password_serves_once(client: FlaskClient) -> None:
    account = an_account()
    secret = provisional(client, account)

    first = sign_in(client, account, secret)
    second = sign_in(client.application.test_client(), account, secret)

    assert first.status_code == 303
    assert "a déjà servi" in second.text


def test_provisional_password_lives_a_day(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CNIL, délibération 2022-100."""
    account = an_account()
    secret = provisional(client, account)
    later = clock.now() + challenges.RESET_LIFETIME
    monkeypatch.setattr(clock, "now", lambda: later)

    assert "n’est plus valable" in sign_in(client, account, secret).text


def test_asking_changes_nothing_until_the_secret_is_used(client: FlaskClient) -> None:
    """The attack: ask for somebody else, to shut them out."""
    account = an_account()
    other = client.application.test_client()
    sign_in(other, account, PASSWORD)

    provisional(client, account)

    assert other.get("/profil").status_code == 200
    assert sign_in(client, account, PASSWORD).location == "/accueil"


def test_using_it_ends_the_sessions_of_whoever_was_there(client: FlaskClient) -> None:
    account = an_account()
    thief = client.application.test_client()
    sign_in(thief, account, PASSWORD)

    sign_in(client, account, provisional(client, account))

    assert thief.get("/profil").location.startswith("/connexion")


def test_gate_holds_until_a_password_is_chosen(client: FlaskClient) -> None:
    account = an_account()
    sign_in(client, account, provisional(client, account))

    for page in ("/accueil", "/profil", "/connexion"):
        assert client.get(page).location == "/nouveau-mot-de-passe"
    assert choose(client, "court").status_code == 200
    again = client.application.test_client()
    assert sign_in(again, account, PASSWORD).location == "/nouveau-mot-de-passe"


def test_change_is_noticed_at_the_address_on_file(client: FlaskClient) -> None:
    account = an_account()
    sign_in(client, account, provisional(client, account))

    choose(client)

    notice = queued()[-1]
    assert notice["subject"] == "Votre mot de passe a été changé"
    assert "http" not in notice["body"].replace(ground().settings.issuer, "")


def test_throttled_owner_is_let_in_by_the_mail(client: FlaskClient) -> None:
    """An outsider who failed a hundred times must not keep the owner out."""
    account = an_account()
    account.failures, account.blocked_until = 100, clock.now() + timedelta(hours=2)
    secret = provisional(client, account)

    assert sign_in(client, account, secret).location == "/nouveau-mot-de-passe"


def test_mailbox_is_not_flooded(client: FlaskClient) -> None:
    """The attack: requests without end, several at once; one mail in two minutes, five a day."""
    account = an_account()

    drawn = []
    for _burst in range(7):
        for _request in range(3):
            ask(client, account.identifiant)
        mails()
        rows = db.session.scalars(select(Challenge)).all()
        drawn.append(len(rows))
        for row in rows:
            row.created_at -= timedelta(minutes=3)

    assert drawn == [1, 2, 3, 4, 5, 5, 5]


def test_of_two_parallel_uses_one_gets_in(app: Flask) -> None:
    account = an_account()
    recovery.ask(account.identifiant, clock.now())
    mails()
    row = db.session.scalars(select(Challenge).where(Challenge.kind == ChallengeKind.RESET)).one()

    with transaction():
        uses = [challenges.use_reset(row.id, clock.now()) for _ in range(2)]

    assert uses == [True, False]


def test_journal_tells_it_and_no_secret(client: FlaskClient) -> None:
    account = an_account()
    secret = provisional(client, account)
    sign_in(client, account, secret)
    choose(client)

    rows = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    assert [row.event for row in rows] == ["reset_sent", "sign_in_succeeded", "password_changed"]
    told = json.dumps([row.data for row in rows])
    assert not any(hidden in told for hidden in (secret, NEW, "claire.martin@exemple.fr"))


def test_empty_box_is_said(client: FlaskClient) -> None:
    response = ask(client, "")

    assert response.status_code == 200
    assert "Saisissez votre adresse mail" in response.text
    assert mails() == []


def test_destination_of_a_service_survives_the_change(client: FlaskClient) -> None:
    account = an_account()
    secret = provisional(client, account)
    typed = {"identifiant": account.identifiant, "mot_de_passe": secret}

    client.post("/connexion?next=/oidc/authorize?x=1", data=typed)

    assert choose(client).location == "/oidc/authorize?x=1"
