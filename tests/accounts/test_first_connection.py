"""The first connection through its pages: in order, interrupted, resumed, attacked."""

import json
from datetime import timedelta

import pytest
from accounts.conftest import NoOrganisme
from factories import PASSWORD, a_new_account
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts import onboarding
from idp.accounts.models import AcceptationTexte, Account, AccountState, Challenge, Texte
from idp.accounts.provisioning import Channel
from idp.accounts.published_texts import current
from idp.accounts.sessions import NO_BROWSER
from idp.accounts.views.texts import texte_html
from idp.audit import JournalEntry
from idp.db import db
from idp.extensions import ground
from idp.outbox import Delivery

INFORMATIONS = {
    "civilite": "Mme",
    "nom": "Martin",
    "prenom": "Claire",
    "email": "claire@exemple.fr",
    "email_confirme": "claire@exemple.fr",
    "telephone": "06 93 12 34 56",
}
CHOSEN = {"nouveau": PASSWORD, "confirmation": PASSWORD}
SUITE = "/premiere-connexion/suite"


def start(client: FlaskClient, account: Account, secret: str) -> TestResponse:
    typed = {"identifiant": account.identifiant, "mot_de_passe": secret}
    return client.post("/premiere-connexion", data=typed)


def where(client: FlaskClient) -> str:
    """The page to which the dispatcher sends."""
    return client.get(SUITE).location.removeprefix("/premiere-connexion/")


def mails() -> list[dict[str, str]]:
    rows = db.session.scalars(select(Delivery).order_by(Delivery.created_at, Delivery.id)).all()
    return [json.loads(ground().secret_box.unseal(row.payload or b"")) for row in rows]


def last_code() -> str:
    return next(m["subject"] for m in reversed(mails()) if "code" in m["subject"]).split(": ")[1]


def post(client: FlaskClient, page: str, **data: str) -> TestResponse:
    return client.post(f"/premiere-connexion/{page}", data=data)


def up_to_conditions(client: FlaskClient, account: Account, secret: str) -> None:
    start(client, account, secret)
    post(client, "informations", **INFORMATIONS)
    post(client, "courriel", code=last_code())
    post(client, "mot-de-passe", **CHOSEN)
    post(client, "regles-d-usage", accepte="y")


def test_five_steps_make_a_person_active(client: FlaskClient, organismes: NoOrganisme) -> None:
    account, secret = a_new_account()

    assert start(client, account, secret).location == SUITE
    assert where(client) == "informations"
    assert post(client, "informations", **INFORMATIONS).status_code == 303
    assert where(client) == "courriel"
    assert post(client, "courriel", code=last_code()).status_code == 303
    assert where(client) == "mot-de-passe"
    assert post(client, "mot-de-passe", **CHOSEN).status_code == 303
    assert where(client) == "regles-d-usage"
    assert post(client, "regles-d-usage", accepte="y").status_code == 303
    assert where(client) == "conditions-d-utilisation"
    done = post(client, "conditions-d-utilisation", accepte="y")

    assert (done.status_code, done.location) == (303, "/accueil")
    assert account.state is AccountState.ACTIF
    assert account.display_name == "Claire Martin"
    assert account.phone == "+262693123456"
    assert organismes.done == [account.id]
    assert client.get(SUITE).location == "/accueil"
    versions = {a.texte: a.version for a in db.session.scalars(select(AcceptationTexte))}
    assert versions == {texte: current(texte).number for texte in Texte}
    assert mails()[-1]["subject"] == "Votre compte Mon Compte Partenaire est ouvert"


def test_journal_tells_every_step_and_no_secret(client: FlaskClient) -> None:
    account, secret = a_new_account()
    up_to_conditions(client, account, secret)
    code = last_code()
    post(client, "conditions-d-utilisation", accepte="y")

    rows = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    assert [row.event for row in rows] == [
        "activation_secret_issued",
        "sign_in_succeeded",
        "informations_given",
        "email_code_sent",
        "email_proven",
        "password_chosen",
        "texte_accepted",
        "texte_accepted",
        "first_connection_done",
    ]
    told = json.dumps([row.data for row in rows])
    assert not any(hidden in told for hidden in (secret, code, PASSWORD, "claire@exemple.fr"))


@pytest.mark.parametrize(
    "page", ["courriel", "mot-de-passe", "regles-d-usage", "conditions-d-utilisation"]
)
def test_step_out_of_its_turn_goes_to_the_right_one(client: FlaskClient, page: str) -> None:
    account, secret = a_new_account()
    start(client, account, secret)

    shown = client.get(f"/premiere-connexion/{page}")
    forced = post(client, page, **CHOSEN, accepte="y", code="000000")

    assert shown.location == forced.location == SUITE
    assert account.password_hash is None
    assert db.session.scalar(select(AcceptationTexte)) is None


def test_interrupted_first_connection_resumes_elsewhere(app: Flask, client: FlaskClient) -> None:
    account, secret = a_new_account()
    start(client, account, secret)
    post(client, "informations", **INFORMATIONS)
    other = app.test_client()

    start(other, account, secret)
    assert where(other) == "courriel"
    post(other, "courriel", code=last_code())
    post(other, "mot-de-passe", **CHOSEN)
    again = app.test_client()
    start(again, account, PASSWORD)

    assert where(again) == "regles-d-usage"


def test_choosing_a_password_ends_the_secret_and_the_other_sessions(
    app: Flask, client: FlaskClient
) -> None:
    account, secret = a_new_account(Channel.MAIL, email="claire@exemple.fr")
    other = app.test_client()
    start(other, account, secret)
    start(client, account, secret)
    post(client, "informations", **INFORMATIONS)
    before = client.get_cookie("mcp_session")

    post(client, "mot-de-passe", **CHOSEN)

    after = client.get_cookie("mcp_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert other.get(SUITE).location == "/premiere-connexion"
    refused = start(app.test_client(), account, secret)
    assert "a déjà servi" in refused.text


def test_session_value_changes_when_the_account_becomes_active(client: FlaskClient) -> None:
    account, secret = a_new_account()
    up_to_conditions(client, account, secret)
    before = client.get_cookie("mcp_session")

    post(client, "conditions-d-utilisation", accepte="y")

    after = client.get_cookie("mcp_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_two_activations_at_once_make_one(client: FlaskClient, organismes: NoOrganisme) -> None:
    account, secret = a_new_account()
    up_to_conditions(client, account, secret)
    stale = onboarding.the_account(account.id)
    onboarding.accept(stale, Texte.CONDITIONS_UTILISATION, clock.now())

    first = onboarding.complete(stale, browser=NO_BROWSER, now=clock.now())
    second = onboarding.complete(stale, browser=NO_BROWSER, now=clock.now())

    assert first is not None
    assert second is None
    assert organismes.done == [account.id]


def test_address_proven_by_the_mail_asks_for_no_code(client: FlaskClient) -> None:
    account, secret = a_new_account(
        Channel.MAIL, email="claire@exemple.fr", family_name="Martin", given_name="Claire"
    )
    start(client, account, secret)

    page = client.get("/premiere-connexion/informations").text
    post(client, "informations", **INFORMATIONS)

    assert 'value="Martin"' in page
    assert page.count('value="claire@exemple.fr"') == 2
    assert where(client) == "mot-de-passe"
    assert mails() == []


def test_address_that_changes_has_to_be_proven_again(client: FlaskClient) -> None:
    account, secret = a_new_account(Channel.MAIL, email="ancienne@exemple.fr")
    start(client, account, secret)

    post(client, "informations", **INFORMATIONS)

    assert where(client) == "courriel"
    assert account.email_verified_at is None
    assert [mail["to"] for mail in mails()] == ["claire@exemple.fr"]


def test_code_of_another_address_proves_nothing(client: FlaskClient) -> None:
    account, secret = a_new_account()
    start(client, account, secret)
    post(client, "informations", **INFORMATIONS)
    code = last_code()
    other = {"email": "autre@exemple.fr", "email_confirme": "autre@exemple.fr"}
    post(client, "informations", **(INFORMATIONS | other))
    told = client.get("/premiere-connexion/courriel")

    answer = post(client, "courriel", code=code)

    assert answer.status_code == 200
    assert where(client) == "courriel"
    assert "Vous pourrez en demander un autre dans" in told.text


def test_code_tries_run_out_and_another_code_can_be_asked_for(client: FlaskClient) -> None:
    account, secret = a_new_account()
    start(client, account, secret)
    post(client, "informations", **INFORMATIONS)
    code = last_code()
    wrong = "111111" if code.replace(" ", "") != "111111" else "222222"

    answers = [post(client, "courriel", code=wrong).text for _ in range(5)]

    assert "pas le bon code" in answers[0]
    assert "Demandez un nouveau code" in answers[4]
    assert post(client, "courriel", code=code).status_code == 200
    with clock.shifted(timedelta(minutes=2)):
        post(client, "courriel/renvoyer")
        sent = client.get("/premiere-connexion/courriel")
        assert "Un nouveau code vient de partir" in sent.text
        assert post(client, "courriel", code=last_code()).status_code == 303


def test_code_is_sent_again_after_a_minute_only(client: FlaskClient) -> None:
    account, secret = a_new_account()
    start(client, account, secret)
    post(client, "informations", **INFORMATIONS)

    post(client, "courriel/renvoyer")

    sent = client.get("/premiere-connexion/courriel")
    assert "Un code est déjà parti" in sent.text
    assert len(mails()) == 1


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("nom", "", "Saisissez votre nom."),
        ("nom", "<script>", "Un nom ne contient que des lettres"),
        ("email", "claire", "adresse mail n’est pas valable"),
        ("email_confirme", "autre@exemple.fr", "ne sont pas identiques"),
        ("telephone", "12", "numéro de téléphone n’est pas valable"),
        ("civilite", "", "Choisissez une civilité."),
    ],
)
def test_wrong_information_is_told_and_the_rest_is_kept(
    client: FlaskClient, field: str, typed: str, told: str
) -> None:
    account, secret = a_new_account()
    start(client, account, secret)

    page = client.post("/premiere-connexion/informations", data=INFORMATIONS | {field: typed})

    assert page.status_code == 200
    assert told in page.text
    assert 'value="Claire"' in page.text
    assert account.informed_at is None


@pytest.mark.parametrize("field", ["nom", "prenom", "email"])
def test_nothing_typed_adds_a_header_to_a_mail(client: FlaskClient, field: str) -> None:
    account, secret = a_new_account()
    start(client, account, secret)
    injected = INFORMATIONS[field] + "\r\nBcc: tous@exemple.fr"
    data = INFORMATIONS | {field: injected}
    if field == "email":
        data["email_confirme"] = injected

    post(client, "informations", **data)

    lines = [line for mail in mails() for line in (mail["to"], mail["subject"])]
    assert not any("\n" in line or "\r" in line or "Bcc" in line for line in lines)
    assert "\n" not in (account.family_name or "") + (account.given_name or "")


@pytest.mark.parametrize(
    ("nouveau", "confirmation", "told"),
    [
        ("court", "court", "au moins 12 caractères"),
        ("azertyuiopqsdfgh", "azertyuiopqsdfgh", "trois parmi"),
        ("Martin-Claire1", "Martin-Claire1", "se devine à partir de votre nom"),
        ("Bonjour2026!!", "Bonjour2026!!", "trop facile à deviner"),
        (PASSWORD, PASSWORD + " ", "ne sont pas identiques"),
        ("x" * 129, "x" * 129, "trop long"),
    ],
)
def test_poor_password_is_refused_and_never_shown_again(
    client: FlaskClient, nouveau: str, confirmation: str, told: str
) -> None:
    account, secret = a_new_account(Channel.MAIL, email="claire@exemple.fr")
    start(client, account, secret)
    post(client, "informations", **INFORMATIONS)

    page = post(client, "mot-de-passe", nouveau=nouveau, confirmation=confirmation)

    assert told in page.text
    assert f'value="{nouveau}"' not in page.text
    assert account.password_hash is None


def test_page_tells_who_gives_access_how_long_a_password_is(
    client: FlaskClient, organismes: NoOrganisme
) -> None:
    organismes.access_given = True
    account, secret = a_new_account(Channel.MAIL, email="claire@exemple.fr")
    start(client, account, secret)
    post(client, "informations", **INFORMATIONS)

    page = post(client, "mot-de-passe", nouveau="Sept;cerises1", confirmation="Sept;cerises1")

    assert (
        "14 si vous êtes administrateur, responsable d’habilitation ou agent de la Caf" in page.text
    )
    assert "au moins 14 caractères." in page.text


def test_provisional_password_is_refused_as_personal_one(client: FlaskClient) -> None:
    account, secret = a_new_account(Channel.MAIL, email="claire@exemple.fr")
    start(client, account, secret)
    post(client, "informations", **INFORMATIONS)

    page = post(client, "mot-de-passe", nouveau=secret, confirmation=secret)

    assert "C’est votre mot de passe provisoire" in page.text


def test_text_is_accepted_by_its_box(client: FlaskClient) -> None:
    account, secret = a_new_account(Channel.MAIL, email="claire@exemple.fr")
    start(client, account, secret)
    post(client, "informations", **INFORMATIONS)
    post(client, "mot-de-passe", **CHOSEN)

    page = post(client, "regles-d-usage")

    assert "Cochez la case pour continuer." in page.text
    assert db.session.scalar(select(AcceptationTexte)) is None


def test_future_administrateur_is_told_before_validating(
    client: FlaskClient, organismes: NoOrganisme
) -> None:
    organismes.raison_sociale = "LES OLIVIERS"
    account, secret = a_new_account()
    start(client, account, secret)
    assert "LES OLIVIERS" in client.get("/premiere-connexion/informations").text
    up_to_conditions(client, account, secret)

    page = client.get("/premiere-connexion/conditions-d-utilisation").text

    assert "En validant, vous devenez administrateur de l’organisme LES OLIVIERS" in page


def test_destination_is_kept_to_the_end(client: FlaskClient) -> None:
    account, secret = a_new_account(Channel.MAIL, email="claire@exemple.fr")
    client.post(
        "/premiere-connexion?next=/oidc/authorize?client_id%3Dob",
        data={"identifiant": account.identifiant, "mot_de_passe": secret},
    )
    post(client, "informations", **INFORMATIONS)
    post(client, "mot-de-passe", **CHOSEN)
    post(client, "regles-d-usage", accepte="y")

    done = post(client, "conditions-d-utilisation", accepte="y")

    assert done.location == "/oidc/authorize?client_id=ob"


def test_nobody_enters_the_steps_without_a_provisional_password(client: FlaskClient) -> None:
    page = client.get("/premiere-connexion/informations")

    assert page.location == "/premiere-connexion"


def test_unfinished_person_enters_nowhere_else(client: FlaskClient) -> None:
    account, secret = a_new_account()
    start(client, account, secret)

    assert client.get("/profil").location == SUITE


def test_every_text_in_force_exists_and_raw_html_is_off(app: Flask) -> None:
    for texte in Texte:
        version = current(texte).number
        assert "<h2>" in texte_html(texte, version)


def test_no_secret_nor_code_outlives_the_password(client: FlaskClient) -> None:
    account, secret = a_new_account()

    up_to_conditions(client, account, secret)

    assert all(found.used_at for found in db.session.scalars(select(Challenge)))
