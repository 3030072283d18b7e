"""Accounts, their provisional password, and the mail that carries it."""

import json
from datetime import UTC, datetime, timedelta

from factories import a_new_account, an_account
from flask import Flask
from sqlalchemy import select

from idp import printable
from idp.accounts import challenges
from idp.accounts.models import AccountState, Challenge
from idp.accounts.provisioning import (
    Channel,
    create_account,
    issue_activation_secret,
    mail_activation,
)
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db
from idp.extensions import ground
from idp.outbox import Delivery

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_new_account_has_an_identifiant_of_its_own_and_no_secret(app: Flask) -> None:
    one, other = create_account(now=NOW), create_account(now=NOW, family_name="Martin")

    assert one.identifiant != other.identifiant
    assert printable.parse_identifiant(one.identifiant) == one.identifiant
    assert one.state is AccountState.PREPARE
    assert db.session.scalar(select(Challenge)) is None


def test_issuing_a_secret_puts_the_account_on_hold(app: Flask) -> None:
    account = create_account(now=NOW)

    issue_activation_secret(account, Channel.LETTER, NOW, actor=COMMAND_LINE)

    assert account.state is AccountState.EN_ATTENTE


def test_secret_is_stored_as_a_keyed_digest_and_never_journaled(app: Flask) -> None:
    _account, secret = a_new_account()

    stored = db.session.scalars(select(Challenge.digest)).one()
    journal = db.session.scalars(select(JournalEntry)).one()
    assert secret not in stored
    assert journal.event == "activation_secret_issued"
    assert secret not in json.dumps(journal.data)


def test_secret_is_found_however_it_is_typed_and_only_for_its_account(app: Flask) -> None:
    account, secret = a_new_account()
    other = an_account()

    assert challenges.find_secret(account.id, printable.grouped(secret).lower())
    assert challenges.find_secret(other.id, secret) is None


def test_letter_lasts_sixty_days_and_mail_one_day(app: Flask) -> None:
    account = create_account(now=NOW, email="a@exemple.fr")

    by_letter = issue_activation_secret(account, Channel.LETTER, NOW, actor=COMMAND_LINE)
    by_mail = issue_activation_secret(account, Channel.MAIL, NOW, actor=COMMAND_LINE)

    letter = challenges.find_secret(account.id, by_letter)
    mail = challenges.find_secret(account.id, by_mail)
    assert letter is not None
    assert mail is not None
    assert letter.expires_at == NOW + timedelta(days=60)
    assert mail.expires_at == NOW + timedelta(hours=24)
    assert (letter.target, mail.target) == (None, "a@exemple.fr")


def test_new_secret_leaves_the_earlier_one_on_its_way(app: Flask) -> None:
    account, first = a_new_account()

    issue_activation_secret(account, Channel.LETTER, NOW, actor=COMMAND_LINE)

    found = challenges.find_secret(account.id, first)
    assert found is not None
    assert found.used_at is None


def test_ending_activation_ends_every_secret(app: Flask) -> None:
    account, first = a_new_account()
    second = issue_activation_secret(account, Channel.LETTER, NOW, actor=COMMAND_LINE)

    challenges.end_secrets(account.id, NOW)

    ended = [challenges.find_secret(account.id, secret) for secret in (first, second)]
    assert [found and found.used_at for found in ended] == [NOW, NOW]


def test_mail_carries_identifiant_and_secret_and_no_link(app: Flask) -> None:
    account = create_account(now=NOW, email="a@exemple.fr", given_name="Léa", family_name="Petit")
    secret = issue_activation_secret(account, Channel.MAIL, NOW, actor=COMMAND_LINE)

    mail_activation(account, secret, organisme="LES OLIVIERS", now=NOW)

    delivery = db.session.scalars(select(Delivery)).one()
    assert delivery.payload is not None
    mail = json.loads(ground().secret_box.unseal(delivery.payload))
    assert mail["to"] == "a@exemple.fr"
    assert printable.format_identifiant(account.identifiant) in mail["body"]
    assert printable.grouped(secret) in mail["body"]
    assert "LES OLIVIERS" in mail["body"]
    assert "03/03/2026" in mail["body"]
    assert "href" not in mail["body"]
    assert "?" not in mail["body"].split("adresse dans votre navigateur")[1].split("\n")[0]
