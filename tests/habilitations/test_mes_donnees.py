"""The copy of one's data: all of it, in two formats, and nothing that lets anybody in."""

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import (
    PASSWORD,
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_agent,
    an_application,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sql_budget import counted
from sqlalchemy import select

from idp import clock
from idp.accounts import textes
from idp.accounts.factors import recovery_codes, trusted_browsers
from idp.accounts.factors.models import RecoveryCode, Totp, TrustedBrowser
from idp.accounts.levels import TWO_FACTORS
from idp.accounts.models import Account, BrowserSession, Texte
from idp.accounts.sessions import Browser
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.models import AvisDeRetrait, Courrier, MotifDAvis, TypeCourrier
from idp.habilitations.personnes import mes_donnees
from idp.habilitations.personnes.releve import TITRES
from idp.oidc.models import Consent

NOW = datetime.now(UTC)
PAGE = "/profil/mes-donnees"
DOCUMENTED = Path(__file__).parents[2] / "docs" / "mes-donnees.md"


def somebody() -> Account:
    """A person of whom everything is kept."""
    account, organisme = an_agent(phone="+33144556677"), an_organisme()
    place = a_rattachement(account, organisme)
    an_habilitation(place, a_groupe(a_contrat(organisme)))
    textes.accept(account.id, Texte.REGLES_USAGE, NOW)
    an_application(account)
    recovery_codes.draw(account.id, NOW)
    trusted_browsers.trust(account.id, Browser("Firefox/1 Windows"), NOW)
    db.session.add_all(
        [
            Courrier(
                type=TypeCourrier.SECRET,
                account_id=account.id,
                organisme_id=organisme.id,
                created_at=NOW,
            ),
            AvisDeRetrait(
                rattachement_id=place.id,
                organisme_id=organisme.id,
                nom="Offre Bailleurs",
                motif=MotifDAvis.HABILITATION,
                decided_at=NOW,
            ),
            Consent(
                account_id=account.id, client_id="ouvert", scope="openid email", granted_at=NOW
            ),
        ]
    )
    db.session.flush()
    return account


def taken(client: FlaskClient, format_: str = "json") -> Any:
    return client.post(PAGE, data={"format": format_})


def keys_of(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield key
            yield from keys_of(value)
    if isinstance(content, list):
        for value in content:
            yield from keys_of(value)


@pytest.fixture
def account(client: FlaskClient) -> Account:
    """That person, signed in with both factors."""
    account = somebody()
    signed_in(client, account, proof=TWO_FACTORS)
    return account


def test_the_copy_in_json_holds_every_section(client: FlaskClient, account: Account) -> None:
    answer = taken(client)
    copy = json.loads(answer.data)

    assert answer.content_type == "application/json"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert [section for section, content in copy.items() if not content] == []
    assert copy["coordonnees"]["adresse_mail"] == account.email
    assert copy["organismes"][0]["groupes"][0]["groupe"] == "Logements privés – Caf 359"


def test_every_field_is_documented_and_none_is_left_from_before(
    client: FlaskClient, account: Account
) -> None:
    found = set(keys_of(json.loads(taken(client).data)))

    documented = set(re.findall(r"`([a-z_]+)`", DOCUMENTED.read_text().split("|---|---|")[1]))

    assert found == documented - {"sub", "application", "cle", "codes_de_secours"}


def test_the_copy_in_pdf_reads_as_the_other(client: FlaskClient, account: Account) -> None:
    answer = taken(client, "pdf")
    reader = PdfReader(io.BytesIO(answer.data))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())

    assert answer.content_type == "application/pdf"
    assert reader.trailer["/Root"]["/Lang"] == "fr-FR"
    for words in (*TITRES.values(), account.email, "Logements privés – Caf 359"):
        assert " ".join(str(words).split()) in text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("format_", ["json", "pdf"])
def test_no_secret_nor_digest_is_in_the_copy(
    client: FlaskClient, account: Account, format_: str
) -> None:
    copy = taken(client, format_).data
    text = copy.decode() if format_ == "json" else _text_of(copy)
    cookie = client.get_cookie("mcp_session")
    assert cookie
    secrets = [
        PASSWORD,
        account.password_hash or "",
        cookie.value,
        *db.session.scalars(select(BrowserSession.digest)),
        *db.session.scalars(select(RecoveryCode.digest)),
        *db.session.scalars(select(TrustedBrowser.digest)),
        *(seed.hex() for seed in db.session.scalars(select(Totp.sealed_seed))),
    ]

    assert [secret for secret in secrets if secret in text] == []


def _text_of(copy: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(copy)).pages)


def test_nothing_of_somebody_else_is_in_the_copy(client: FlaskClient, account: Account) -> None:
    other = an_account(email="autre@exemple.fr", family_name="Autrement")
    a_rattachement(other, an_organisme(raison_sociale="AILLEURS"))

    copy = taken(client).text

    assert not [words for words in (other.email, "Autrement", "AILLEURS") if words in copy]


def test_it_is_journalled(client: FlaskClient, account: Account) -> None:
    taken(client, "pdf")

    entry = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "personal_data_taken")
    ).one()
    assert (entry.account_id, entry.data) == (account.id, {"format": "pdf"})


def test_an_old_sign_in_is_not_enough(client: FlaskClient, account: Account) -> None:
    with clock.shifted(timedelta(minutes=16)):
        read, asked = client.get(PAGE), taken(client)

    assert read.location.startswith("/connexion")
    assert asked.location.startswith("/connexion")


@pytest.mark.parametrize("format_", ["", "xml", "JSON", "../json"])
def test_another_format_shows_the_page_again(
    client: FlaskClient, account: Account, format_: str
) -> None:
    assert "Télécharger pour lire" in taken(client, format_).text


def test_the_copy_costs_the_same_whatever_is_kept(app: Flask) -> None:
    few, many = an_account(), somebody()
    db.session.commit()
    budgets = []
    for account in (few, many):
        db.session.refresh(account)
        with counted() as sent:
            mes_donnees.de(account, NOW)
        budgets.append(len(sent))

    assert budgets[0] == budgets[1] <= 12
