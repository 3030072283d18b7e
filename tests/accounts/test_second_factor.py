"""The second factor at sign-in, as pages: what it takes, and what attackers try."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pyotp
import pytest
from accounts.conftest import NoOrganisme
from factories import PASSWORD, an_account, an_application, signed_in
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts import challenges, sessions
from idp.accounts.factors import management, recovery_codes, trusted_browsers
from idp.accounts.factors.models import Totp
from idp.accounts.levels import TWO_FACTORS
from idp.accounts.models import Account, BrowserSession
from idp.accounts.ports import Exigences
from idp.accounts.views.destination import DOUBLE_AUTHENTIFICATION, VERIFICATION
from idp.audit import JournalEntry
from idp.db import db
from idp.outbox import Delivery

APPLICATION = DOUBLE_AUTHENTIFICATION + "/application"


def sign_in(
    client: FlaskClient, account: Account, query: str = "", password: str = PASSWORD
) -> TestResponse:
    data = {"identifiant": account.identifiant, "mot_de_passe": password}
    return client.post("/connexion" + query, data=data)


def verify(client: FlaskClient, code: str, **form: str) -> TestResponse:
    return client.post(VERIFICATION, data={"code": code, **form})


def seed_on(page: str) -> pyotp.TOTP:
    """The application that reads the key of the page."""
    found = re.search(r'id="cle">([a-z2-7 ]+)<', page)
    assert found
    return pyotp.TOTP(found[1].replace(" ", "").upper())


def codes_on(page: str) -> list[str]:
    return re.findall(r'<li><span class="mcp-code">([\w-]+)</span>', page)


def events(name: str) -> list[JournalEntry]:
    return list(db.session.scalars(select(JournalEntry).where(JournalEntry.event == name)))


def test_password_alone_opens_nothing_to_who_has_a_factor(client: FlaskClient) -> None:
    account = an_account()
    an_application(account)

    assert sign_in(client, account, "?next=/profil").location == VERIFICATION
    assert client.get("/profil").location == VERIFICATION
    assert client.get("/nouveau-mot-de-passe").location == VERIFICATION


def test_code_of_the_application_opens_and_leads_where_one_was_going(client: FlaskClient) -> None:
    account = an_account()
    application = an_application(account)
    sign_in(client, account, "?next=/profil")

    answer = verify(client, application.now())

    assert (answer.status_code, answer.location) == (303, "/profil")
    session = db.session.scalars(select(BrowserSession)).one()
    assert (session.acr, session.amr) == ("mcp2", ["pwd", "otp", "mfa"])
    assert client.get("/profil").status_code == 200
    assert [entry.data for entry in events("second_factor_shown")] == [{"kind": "totp"}]


def test_value_of_the_cookie_changes_with_the_second_factor(
    app: Flask, client: FlaskClient
) -> None:
    """Session fixation: what was known of the first half opens nothing."""
    account = an_account()
    application = an_application(account)
    sign_in(client, account)
    half = client.get_cookie("mcp_session")
    assert half

    verify(client, application.now())

    thief = app.test_client()
    thief.set_cookie("mcp_session", half.value)
    assert thief.get("/profil").location.startswith("/connexion")


def test_code_serves_once(app: Flask, client: FlaskClient) -> None:
    """RFC 6238 §5.2: a code read over the shoulder is worth nothing."""
    account = an_account()
    code = an_application(account).now()
    sign_in(client, account)
    verify(client, code)
    thief = app.test_client()
    sign_in(thief, account)

    assert verify(thief, code).status_code == 200
    assert thief.get("/profil").location == VERIFICATION
    assert [entry.data for entry in events("second_factor_refused")] == [{"reason": "incorrect"}]


@pytest.mark.parametrize(
    "typed", ["000000", "", "12345", "abcdef", "１２３４５６", "0" * 5000, "é\x07"]
)
def test_anything_else_is_refused_with_the_same_page(client: FlaskClient, typed: str) -> None:
    account = an_account()
    an_application(account)
    sign_in(client, account)

    assert verify(client, typed).status_code == 200
    assert client.get("/profil").location == VERIFICATION


def test_clocks_may_differ_by_one_step_and_not_by_two(client: FlaskClient) -> None:
    account = an_account()
    application = an_application(account)
    sign_in(client, account)
    now = datetime.now(UTC)

    assert verify(client, application.at(now, counter_offset=3)).status_code == 200
    assert verify(client, application.at(now, counter_offset=1)).status_code == 303


def test_guesses_are_slowed_down_after_five(client: FlaskClient) -> None:
    """At most 25 tries in 24 hours (CNIL, délibération 2022-100): of a million codes, nobody finds one."""
    account = an_account()
    application = an_application(account)
    sign_in(client, account)
    for _ in range(5):
        verify(client, "000000")

    assert "Trop de codes faux" in verify(client, application.now()).text
    with clock.shifted(timedelta(seconds=61)):
        assert verify(client, application.at(clock.now())).status_code == 303


def test_a_thousand_browsers_share_the_tries_of_an_account(app: Flask) -> None:
    account = an_account()
    an_application(account)
    for _ in range(7):
        robot = app.test_client()
        sign_in(robot, account)
        verify(robot, "000000")

    assert account.factor_failures == 5
    assert account.failures == 0


def test_recovery_code_opens_once_and_is_told_by_mail(app: Flask, client: FlaskClient) -> None:
    account = an_account()
    an_application(account)
    first, second, *_ = recovery_codes.draw(account.id, datetime.now(UTC))
    sign_in(client, account)

    assert verify(client, first.lower().replace("-", " ")).location == "/accueil"

    again = app.test_client()
    sign_in(again, account)
    assert verify(again, first).status_code == 200
    assert verify(again, second).status_code == 303
    assert recovery_codes.left(account.id) == 8
    assert db.session.scalar(select(func.count(Delivery.id))) == 2


def test_recovery_code_of_somebody_else_opens_nothing(client: FlaskClient) -> None:
    account, other = an_account(), an_account()
    an_application(account)
    code, *_ = recovery_codes.draw(other.id, datetime.now(UTC))
    sign_in(client, account)

    assert verify(client, code).status_code == 200
    assert recovery_codes.left(other.id) == 10


def test_forgotten_password_does_not_get_past_the_factor(client: FlaskClient) -> None:
    """Who reads the mailbox has one factor, and neither the session nor the password."""
    account = an_account()
    application = an_application(account)
    secret = challenges.issue_reset(account.id, account.email or "", clock.now())
    assert secret

    assert sign_in(client, account, password=secret).location == VERIFICATION
    assert client.get("/nouveau-mot-de-passe").location == VERIFICATION

    assert verify(client, application.now()).location == "/nouveau-mot-de-passe"
    changed = "Quatre hérissons bleus 7"
    answer = client.post(
        "/nouveau-mot-de-passe", data={"nouveau": changed, "confirmation": changed}
    )
    assert answer.location == "/accueil"
    assert client.get("/profil").status_code == 200


def test_forgotten_password_asks_for_the_factor_on_a_trusted_browser_too(
    client: FlaskClient,
) -> None:
    account = an_account()
    an_application(account)
    client.set_cookie(
        "mcp_navigateur", trusted_browsers.trust(account.id, sessions.NO_BROWSER, clock.now())
    )
    secret = challenges.issue_reset(account.id, account.email or "", clock.now())
    assert secret

    assert sign_in(client, account, password=secret).location == VERIFICATION


def test_half_a_sign_in_does_not_last(client: FlaskClient) -> None:
    account = an_account()
    application = an_application(account)
    sign_in(client, account)

    with clock.shifted(timedelta(minutes=16)):
        assert verify(client, application.at(clock.now())).location.startswith("/connexion?")


# Trusted browsers


def test_trusted_browser_is_not_asked_again_and_is_worth_a_password(client: FlaskClient) -> None:
    account = an_account()
    application = an_application(account)
    sign_in(client, account)
    verify(client, application.now(), confiance="y")
    client.delete_cookie("mcp_session")

    assert sign_in(client, account).location == "/accueil"
    last = db.session.scalars(
        select(BrowserSession).order_by(BrowserSession.created_at.desc())
    ).first()
    assert last
    assert (last.acr, last.amr) == ("mcp1", ["pwd"])
    assert urlsplit(client.get(DOUBLE_AUTHENTIFICATION).location).path == VERIFICATION


def test_mark_of_trust_is_of_one_person(client: FlaskClient) -> None:
    account, other = an_account(), an_account()
    an_application(other)
    token = trusted_browsers.trust(account.id, sessions.NO_BROWSER, datetime.now(UTC))
    client.set_cookie("mcp_navigateur", token)

    assert sign_in(client, other).location == VERIFICATION


def test_trust_ends_after_ninety_days_and_with_a_new_password(client: FlaskClient) -> None:
    account = an_account()
    an_application(account)
    client.set_cookie(
        "mcp_navigateur", trusted_browsers.trust(account.id, sessions.NO_BROWSER, clock.now())
    )

    with clock.shifted(timedelta(days=90, minutes=1)):
        assert sign_in(client, account).location == VERIFICATION


def test_who_works_on_other_peoples_desks_is_never_offered_to_trust_one(
    client: FlaskClient, organismes: NoOrganisme
) -> None:
    organismes.asked = Exigences(idle_short=True)
    account = an_account()
    application = an_application(account)
    sign_in(client, account)

    assert 'name="confiance"' not in client.get(VERIFICATION).text
    verify(client, application.now(), confiance="y")
    assert client.get_cookie("mcp_navigateur") is None


# Enrolment


def test_application_is_enrolled_with_ten_codes_shown_once(client: FlaskClient) -> None:
    account = an_account()
    signed_in(client, account)
    page = client.get(APPLICATION).text
    application = seed_on(page)
    assert seed_on(client.get(APPLICATION).text).secret == application.secret

    answer = client.post(
        APPLICATION, data={"code": application.now(), "nom": "Téléphone du bureau"}
    )

    codes = codes_on(answer.text)
    assert len(set(codes)) == 10
    assert "Téléphone du bureau" in client.get(DOUBLE_AUTHENTIFICATION).text
    assert not codes_on(client.get(DOUBLE_AUTHENTIFICATION).text)
    assert [entry.data for entry in events("factor_added")] == [{"kind": "totp"}]
    session = db.session.scalars(select(BrowserSession)).one()
    assert session.acr == "mcp2"


def test_seed_is_sealed_and_bound_to_its_account(client: FlaskClient) -> None:
    account, other = an_account(), an_account()
    application = an_application(account)
    row = db.session.scalars(select(Totp)).one()
    assert application.secret.encode() not in row.sealed_seed
    row.account_id = other.id
    db.session.flush()
    sign_in(client, other)

    assert verify(client, application.now()).status_code == 500


def test_wrong_first_code_enrols_nothing(client: FlaskClient) -> None:
    account = an_account()
    signed_in(client, account)
    client.get(APPLICATION)

    answer = client.post(APPLICATION, data={"code": "000000"})

    assert "pas le bon code" in answer.text
    assert not management.enrolled(account.id)


def test_factors_are_changed_after_a_recent_and_strong_sign_in_only(client: FlaskClient) -> None:
    """A stolen session, or a trusted browser left open, must not lock its owner out."""
    account = an_account()
    an_application(account)
    signed_in(client, account)

    weak = client.get(DOUBLE_AUTHENTIFICATION + "/codes")
    assert urlsplit(weak.location).path == VERIFICATION
    assert (
        dict(parse_qsl(urlsplit(weak.location).query))["next"] == DOUBLE_AUTHENTIFICATION + "/codes"
    )

    signed_in(client, account, proof=TWO_FACTORS)
    assert client.get(DOUBLE_AUTHENTIFICATION + "/codes").status_code == 200
    with clock.shifted(timedelta(minutes=16)):
        old = client.get(DOUBLE_AUTHENTIFICATION + "/codes")
        assert old.location.startswith("/connexion?")
        assert "reauth=1" in old.location


def test_last_factor_is_removed_with_its_codes(client: FlaskClient) -> None:
    account = an_account()
    an_application(account)
    recovery_codes.draw(account.id, datetime.now(UTC))
    signed_in(client, account, proof=TWO_FACTORS)
    application = management.of(account.id, datetime.now(UTC)).applications[0]
    path = f"{APPLICATION}/{application.id}/retirer"
    assert "votre dernier moyen" in client.get(path).text

    client.post(path)

    assert not management.enrolled(account.id)
    assert recovery_codes.left(account.id) == 0
    assert events("factor_removed")


def test_last_factor_of_a_role_that_requires_one_stays(
    client: FlaskClient, organismes: NoOrganisme
) -> None:
    organismes.asked = Exigences(second_facteur=True)
    account = an_account()
    an_application(account)
    signed_in(client, account, proof=TWO_FACTORS)
    application = management.of(account.id, datetime.now(UTC)).applications[0]

    client.post(f"{APPLICATION}/{application.id}/retirer")

    assert management.enrolled(account.id)


def test_factor_of_somebody_else_is_not_there(client: FlaskClient) -> None:
    account, other = an_account(), an_account()
    an_application(other)
    signed_in(client, account, proof=TWO_FACTORS)
    application = management.of(other.id, datetime.now(UTC)).applications[0]

    assert client.post(f"{APPLICATION}/{application.id}/retirer").status_code == 404
    assert management.enrolled(other.id)


def test_new_codes_replace_the_former_ones_and_are_told(client: FlaskClient) -> None:
    account = an_account()
    an_application(account)
    former, *_ = recovery_codes.draw(account.id, datetime.now(UTC))
    signed_in(client, account, proof=TWO_FACTORS)

    codes = codes_on(client.post(DOUBLE_AUTHENTIFICATION + "/codes").text)

    assert len(set(codes)) == 10
    assert former not in codes
    assert recovery_codes.left(account.id) == 10
    assert not recovery_codes.claim(account.id, former, clock.now())
    assert events("recovery_codes_drawn")


def test_who_has_no_factor_draws_no_codes(client: FlaskClient) -> None:
    account = an_account()
    signed_in(client, account)

    assert client.post(DOUBLE_AUTHENTIFICATION + "/codes").location == DOUBLE_AUTHENTIFICATION
    assert recovery_codes.left(account.id) == 0


def test_trusted_browsers_are_forgotten_everywhere(client: FlaskClient) -> None:
    account = an_account()
    an_application(account)
    trusted_browsers.trust(account.id, sessions.NO_BROWSER, clock.now())
    signed_in(client, account, proof=TWO_FACTORS)

    client.post(DOUBLE_AUTHENTIFICATION + "/navigateurs/oublier")

    assert trusted_browsers.count(account.id, clock.now()) == 0
    assert events("trusted_browsers_forgotten")


def test_three_applications_are_enough(client: FlaskClient) -> None:
    account = an_account()
    for _ in range(3):
        an_application(account)
    signed_in(client, account, proof=TWO_FACTORS)

    assert client.get(APPLICATION).location == DOUBLE_AUTHENTIFICATION
    assert "déjà trois applications" in client.get(DOUBLE_AUTHENTIFICATION).text


# Obliged by a role


def test_role_that_requires_a_factor_has_its_time_of_grace(
    client: FlaskClient, organismes: NoOrganisme
) -> None:
    organismes.asked = Exigences(second_facteur=True)
    account = an_account()

    assert sign_in(client, account).location == "/accueil"
    assert account.factor_asked_at is not None
    with clock.shifted(timedelta(days=29)):
        assert sign_in(client, account).location == "/accueil"
    with clock.shifted(timedelta(days=31)):
        assert sign_in(client, account).location == DOUBLE_AUTHENTIFICATION
        assert client.get("/profil").location == DOUBLE_AUTHENTIFICATION


def test_agent_enrols_at_once_and_then_goes_on(
    client: FlaskClient, organismes: NoOrganisme
) -> None:
    organismes.asked = Exigences(second_facteur=True, sans_delai=True, idle_short=True)
    account = an_account()
    assert sign_in(client, account, "?next=/profil").location == DOUBLE_AUTHENTIFICATION

    answer = client.post(APPLICATION, data={"code": seed_on(client.get(APPLICATION).text).now()})

    assert DOUBLE_AUTHENTIFICATION + "/suite" in answer.text
    assert client.get(DOUBLE_AUTHENTIFICATION + "/suite").location == "/profil"
    assert client.get("/profil").status_code == 200


def test_short_session_of_who_works_on_other_peoples_desks(
    client: FlaskClient, organismes: NoOrganisme
) -> None:
    organismes.asked = Exigences(idle_short=True)
    sign_in(client, an_account())

    with clock.shifted(timedelta(minutes=9)):
        assert client.get("/profil").status_code == 200
    with clock.shifted(timedelta(minutes=20)):
        assert client.get("/profil").location.startswith("/connexion")


# Step-up


def test_step_up_shows_the_factor_without_the_password(client: FlaskClient) -> None:
    account = an_account()
    application = an_application(account)
    sid = signed_in(client, account)

    answer = client.post(
        VERIFICATION + "?niveau=mcp2&next=/profil", data={"code": application.now()}
    )

    assert answer.location == "/profil"
    session = db.session.scalars(select(BrowserSession)).one()
    assert (session.sid, session.acr) == (sid, "mcp2")


def test_step_up_of_an_old_sign_in_asks_for_the_password_first(client: FlaskClient) -> None:
    account = an_account()
    an_application(account)
    signed_in(client, account)

    with clock.shifted(timedelta(minutes=16)):
        answer = client.get(VERIFICATION + "?niveau=mcp2&next=/profil")

    assert answer.location.startswith("/connexion?next=%2Fconnexion%2Fverification")
    assert answer.location.endswith("&reauth=1")


def test_step_up_of_who_has_no_factor_leads_to_enrolment_and_back(client: FlaskClient) -> None:
    signed_in(client, an_account())

    assert client.get(VERIFICATION + "?niveau=mcp2&next=/aide/").location == DOUBLE_AUTHENTIFICATION
    client.post(APPLICATION, data={"code": seed_on(client.get(APPLICATION).text).now()})

    assert client.get(DOUBLE_AUTHENTIFICATION + "/suite").location == "/aide/"


def test_code_is_not_enough_for_a_level_that_only_a_passkey_reaches(client: FlaskClient) -> None:
    account = an_account()
    an_application(account)
    signed_in(client, account, proof=TWO_FACTORS)

    answer = client.get(VERIFICATION + "?niveau=phr&next=/profil")

    assert answer.location == DOUBLE_AUTHENTIFICATION


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_step_up_never_leaves_the_site(client: FlaskClient, path: str) -> None:
    """RFC 9700 §4.11."""
    account = an_account()
    application = an_application(account)
    signed_in(client, account)

    answer = client.post(
        VERIFICATION, query_string={"next": path}, data={"code": application.now()}
    )

    assert answer.location == "/accueil"


# What the pages cost


def test_pages_cost_the_same_whatever_the_person_has(client: FlaskClient) -> None:
    account = an_account()
    an_application(account)
    signed_in(client, account, proof=TWO_FACTORS)
    budgets = []
    for more in (0, 2):
        for _ in range(more):
            trusted_browsers.trust(account.id, sessions.NO_BROWSER, clock.now())
            an_application(account)
        db.session.commit()
        with counted() as sent:
            client.get(DOUBLE_AUTHENTIFICATION)
        budgets.append(len(sent))

    assert budgets == [5, 5]


def test_second_factor_costs_a_constant_number_of_statements(client: FlaskClient) -> None:
    account = an_account()
    application = an_application(account)
    costs = []
    for instant in (0, 60):
        with clock.shifted(timedelta(seconds=instant)):
            sign_in(client, account)
            with counted() as sent:
                verify(client, application.at(clock.now()))
            costs.append(len(sent))
            client.delete_cookie("mcp_session")

    assert costs[0] == costs[1] <= 14
