"""The organisme of an authorization: chosen on a page, or hinted at."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from flows import AUTHORIZE, a_bailleur, answer, authorize, decoded, exchange

from idp import clock
from idp.accounts.models import BrowserSession
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.models import Rattachement
from idp.oidc.models import Grant


def two_organismes(client: FlaskClient) -> tuple[Rattachement, Rattachement]:
    """Claire Martin of LES OLIVIERS, signed in, who may also act for LES CHENES."""
    bailleur = a_bailleur()
    chenes = an_organisme(
        raison_sociale="LES CHENES", siret="13001234500018", adresse=["35400 SAINT MALO"]
    )
    autre = a_rattachement(bailleur.account, chenes)
    an_habilitation(autre, a_groupe(a_contrat(chenes)))
    signed_in(client, bailleur.account, bailleur.rattachement)
    return bailleur.rattachement, autre


def session() -> BrowserSession:
    return db.session.scalars(sa.select(BrowserSession)).one()


def form_of(page: str) -> str:
    found = re.search(r'<form method="post" action="(/oidc/authorize/organisme[^"]*)"', page)
    assert found, page
    return found[1].replace("&amp;", "&")


def test_the_page_lists_the_organismes_and_marks_the_current_one(client: FlaskClient) -> None:
    """Core §3.1.2.1 select_account."""
    actuel, autre = two_organismes(client)

    page = authorize(client, prompt="select_account").text

    assert "LES OLIVIERS" in page
    assert "LES CHENES" in page
    assert "35400 SAINT MALO" in page
    checked = re.findall(r'value="([^"]+)" checked', page)
    assert checked == [str(actuel.id)]
    assert str(autre.id) in page
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Grant)) == 0


def test_the_organisme_chosen_is_the_one_of_the_tokens_and_is_asked_once(
    client: FlaskClient,
) -> None:
    _actuel, autre = two_organismes(client)
    page = authorize(client, prompt="select_account").text

    back = client.post(form_of(page), data={"organisme": str(autre.id)})
    received = answer(client.get(back.location))

    tokens = exchange(client, received["code"]).json or {}
    token = decoded(client, tokens["access_token"])
    assert token.claims["organisme"] == {"id": str(autre.organisme_id)}
    assert session().rattachement_id == autre.id
    entry = db.session.scalars(
        sa.select(JournalEntry).where(JournalEntry.event == "organisme_choisi")
    ).one()
    assert entry.organisme_id == autre.organisme_id


def test_one_organisme_alone_is_still_shown(client: FlaskClient) -> None:
    """Never silent: the service asked that the person be asked."""
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)

    page = authorize(client, prompt="select_account").text

    back = client.post(form_of(page), data={"organisme": str(bailleur.rattachement.id)})
    assert "code" in answer(client.get(back.location))


def test_who_has_no_organisme_confirms_the_account(client: FlaskClient) -> None:
    signed_in(client, an_account())
    page = authorize(client, prompt="select_account").text
    assert "aucun organisme" in page

    back = client.post(form_of(page))

    assert "n’est rattaché à aucun organisme" in client.get(back.location).text


@pytest.mark.parametrize("typed", ["", "x", "somebody else"])
def test_an_organisme_of_somebody_else_cannot_be_chosen(client: FlaskClient, typed: str) -> None:
    """The attack: the identifier of another person's rattachement in the form."""
    actuel, _autre = two_organismes(client)
    other = a_bailleur().rattachement
    page = authorize(client, prompt="select_account").text

    typed = str(other.id) if typed == "somebody else" else typed
    response = client.post(form_of(page), data={"organisme": typed})

    assert "Choisissez un organisme" in response.text
    assert session().rattachement_id == actuel.id


def test_a_closed_rattachement_is_not_proposed(client: FlaskClient) -> None:
    _actuel, autre = two_organismes(client)
    autre.cloture = autre.ouverture = clock.today(datetime.now(UTC)) - timedelta(days=3)

    assert "LES CHENES" not in authorize(client, prompt="select_account").text
    assert "code" in answer(authorize(client, organisme_hint="13001234500018"))


def test_the_choice_of_one_session_is_nothing_to_another(client: FlaskClient) -> None:
    """The attack: an address kept from an earlier person's choice, on a shared browser."""
    _actuel, autre = two_organismes(client)
    page = authorize(client, prompt="select_account").text
    back = client.post(form_of(page), data={"organisme": str(autre.id)})
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)

    assert "Pour quel organisme" in client.get(back.location).text


def test_another_account_signs_in_and_is_asked_in_its_turn(client: FlaskClient) -> None:
    two_organismes(client)
    page = authorize(client, prompt="select_account").text
    link = re.search(r'id="autre-compte" href="([^"]+)"', page)

    assert link
    login = urlsplit(link[1].replace("&amp;", "&"))
    assert login.path == "/connexion"
    assert parse_qs(login.query)["next"][0].startswith(AUTHORIZE)
    assert parse_qs(login.query)["reauth"] == ["1"]


def test_the_choice_is_protected_against_forgery(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    actuel, autre = two_organismes(client)
    page = authorize(client, prompt="select_account").text
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    response = client.post(form_of(page), data={"organisme": str(autre.id)})

    assert response.status_code == 400
    assert session().rattachement_id == actuel.id


def test_who_signed_out_meanwhile_starts_again(client: FlaskClient) -> None:
    _actuel, autre = two_organismes(client)
    page = authorize(client, prompt="select_account").text
    session().ended_at = datetime.now(UTC)
    db.session.flush()

    back = client.post(form_of(page), data={"organisme": str(autre.id)})

    assert client.get(back.location).location.startswith("/connexion?")


# organisme_hint


@pytest.mark.parametrize("by", ["id", "siret"])
@pytest.mark.parametrize("prompt", [None, "none"])
def test_a_hint_makes_the_session_work_for_that_organisme(
    client: FlaskClient, by: str, prompt: str | None
) -> None:
    _actuel, autre = two_organismes(client)
    hint = str(autre.organisme_id) if by == "id" else "13001234500018"

    moved = authorize(client, organisme_hint=hint, prompt=prompt)
    code = answer(client.get(moved.location))["code"]

    token = decoded(client, (exchange(client, code).json or {})["access_token"])
    assert token.claims["organisme"] == {"id": str(autre.organisme_id)}
    assert session().rattachement_id == autre.id


@pytest.mark.parametrize("hint", ["x", "13001234500026", "somebody else", "é" * 300])
def test_a_hint_of_no_organisme_of_the_person_is_ignored(client: FlaskClient, hint: str) -> None:
    """Nothing is told: neither whether it exists nor whose it is."""
    actuel, _autre = two_organismes(client)
    other = str(a_bailleur().organisme.id)

    received = answer(authorize(client, organisme_hint=other if hint == "somebody else" else hint))

    assert "code" in received
    assert session().rattachement_id == actuel.id


def test_a_hint_does_not_undo_the_choice_of_the_person(client: FlaskClient) -> None:
    actuel, _autre = two_organismes(client)
    page = authorize(client, prompt="select_account", organisme_hint="13001234500018").text

    back = client.post(form_of(page), data={"organisme": str(actuel.id)})

    assert "code" in answer(client.get(back.location))
    assert session().rattachement_id == actuel.id
