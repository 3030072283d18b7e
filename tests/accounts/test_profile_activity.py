"""« Mes connexions » and « Historique »: one's own, all of it, and nobody else's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from factories import PASSWORD, an_account, signed_in
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select

from idp import audit
from idp.accounts import devices, history
from idp.accounts.events import SignedOut
from idp.accounts.history_words import SENTENCES
from idp.accounts.models import Account, BrowserSession
from idp.audit import Actor, Event, JournalEntry
from idp.db import db

NOW = datetime.now(UTC)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.5 Mobile/15E148 Safari/604.1"
)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
PAGE = "/profil/connexions"


@pytest.fixture
def account(client: FlaskClient) -> Account:
    """Somebody signed in on ``client``."""
    account = an_account()
    signed_in(client, account)
    return account


def a_session_of(app: Flask, account: Account) -> tuple[FlaskClient, BrowserSession]:
    """Another browser of that person."""
    browser = app.test_client()
    sid = signed_in(browser, account)
    return browser, db.session.scalars(
        select(BrowserSession).where(BrowserSession.sid == sid)
    ).one()


def every_event(kind: type[Event] = Event) -> Iterator[type[Event]]:
    for one in kind.__subclasses__():
        yield one
        yield from every_event(one)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (FIREFOX, "Firefox sur Windows"),
        (IPHONE, "Safari sur iPhone"),
        (CHROME, "Chrome sur Linux"),
        (CHROME + " Edg/138.0.0.0", "Edge sur Linux"),
        (CHROME + " OPR/120.0.0.0", "Opera sur Linux"),
        (CHROME.replace("X11; Linux x86_64", "Linux; Android 10; K"), "Chrome sur Android"),
        ("curl/8.5.0", "Navigateur inconnu"),
        ("<script>alert(1)</script>", "Navigateur inconnu"),
        ("x" * 1_000_000, "Navigateur inconnu"),
        (None, "Navigateur inconnu"),
    ],
)
def test_a_device_is_said_in_words(said: str | None, words: str) -> None:
    assert devices.in_words(said) == words


def test_a_person_sees_where_they_are_signed_in(app: Flask, client: FlaskClient) -> None:
    account = an_account()
    typed = {"identifiant": account.identifiant, "mot_de_passe": PASSWORD}
    app.test_client().post("/connexion", data=typed, headers={"User-Agent": IPHONE})
    client.post("/connexion", data=typed, headers={"User-Agent": FIREFOX})

    page = " ".join(client.get(PAGE).text.split())

    assert "2 connexions ouvertes" in page
    assert page.index("Firefox sur Windows") < page.index("Cette connexion")
    assert page.index("Cette connexion") < page.index("Safari sur iPhone")
    assert "127.0.0.1" in page


def test_one_session_ends_and_services_are_told(
    app: Flask, client: FlaskClient, account: Account, ended_sessions: list[object]
) -> None:
    other, row = a_session_of(app, account)

    asked = client.get(f"{PAGE}/{row.id}/terminer")
    answer = client.post(f"{PAGE}/{row.id}/terminer")
    again = client.post(f"{PAGE}/{row.id}/terminer")

    assert "Terminer cette connexion ?" in asked.text
    assert answer.location == again.location == PAGE
    assert other.get("/profil").location.startswith("/connexion")
    assert client.get("/profil").status_code == 200
    assert ended_sessions == [row.id]
    entry = db.session.scalars(select(JournalEntry)).one()
    assert (entry.event, entry.data) == ("sessions_ended", {"count": 1})


def test_every_other_session_ends_but_this_one(
    app: Flask, client: FlaskClient, account: Account, ended_sessions: list[object]
) -> None:
    others = [a_session_of(app, account) for _ in range(3)]
    stranger, _row = a_session_of(app, an_account())

    asked = client.get(f"{PAGE}/terminer")
    client.post(f"{PAGE}/terminer")

    assert "Terminer toutes les autres connexions ?" in asked.text
    assert all(browser.get("/profil").status_code == 303 for browser, _row in others)
    assert stranger.get("/profil").status_code == client.get("/profil").status_code == 200
    assert len(ended_sessions) == 3


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_session_of_somebody_else_is_neither_seen_nor_ended(
    app: Flask, client: FlaskClient, account: Account, method: str
) -> None:
    stranger, row = a_session_of(app, an_account())

    answer = client.open(f"{PAGE}/{row.id}/terminer", method=method)

    assert answer.location == PAGE
    assert stranger.get("/profil").status_code == 200
    assert str(row.id) not in client.get(PAGE).text


def test_the_current_session_is_not_ended_here(client: FlaskClient, account: Account) -> None:
    row = db.session.scalars(select(BrowserSession)).one()

    client.post(f"{PAGE}/{row.id}/terminer")

    assert client.get("/profil").status_code == 200


def test_the_list_costs_one_statement_whatever_it_holds(
    app: Flask, client: FlaskClient, account: Account
) -> None:
    with counted() as few:
        client.get(PAGE)
    for _ in range(5):
        a_session_of(app, account)
    db.session.commit()

    with counted() as many:
        client.get(PAGE)

    assert len(many) == len(few) <= 3


def test_the_history_tells_the_newest_first_in_french(app: Flask, client: FlaskClient) -> None:
    account = an_account()
    typed = {"identifiant": account.identifiant, "mot_de_passe": "wrong"}
    client.post("/connexion", data=typed)
    client.post(
        "/connexion", data={**typed, "mot_de_passe": PASSWORD}, headers={"User-Agent": FIREFOX}
    )

    page = " ".join(client.get("/profil/historique").text.split())

    assert page.index("Connexion depuis Firefox sur Windows") < page.index("mot de passe incorrect")


def test_the_journal_keeps_no_raw_user_agent(client: FlaskClient) -> None:
    account = an_account()
    typed = {"identifiant": account.identifiant, "mot_de_passe": PASSWORD}
    client.post("/connexion", data=typed, headers={"User-Agent": FIREFOX + " <script>"})

    entry = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "sign_in_succeeded")
    ).one()
    assert entry.data["device"] == "Firefox sur Windows"


def _many(account: Account, count: int, at: datetime = NOW) -> None:
    for rank in range(count):
        # Several at the same instant: the key tells them apart.
        instant = at - timedelta(minutes=rank // 3)
        audit.record(SignedOut(), at=instant, actor=Actor.person(account.id), account_id=account.id)


def test_pages_of_the_history_hold_every_event_once(app: Flask) -> None:
    account = an_account()
    _many(account, 60)
    _many(an_account(), 5)
    seen: list[int] = []
    after = None

    for _ in range(5):
        page = history.page(account.id, SENTENCES, NOW, after=after)
        seen += [happened.id for happened in page.events]
        if page.following is None:
            break
        after = history.parse_key(page.following)

    assert len(seen) == len(set(seen)) == 60


def test_the_history_stops_at_twelve_months(app: Flask) -> None:
    account = an_account()
    _many(account, 1, NOW - timedelta(days=366))
    _many(account, 1, NOW - timedelta(days=364))

    assert len(history.page(account.id, SENTENCES, NOW).events) == 1


def test_a_page_of_the_history_costs_the_same_however_far(
    client: FlaskClient, account: Account
) -> None:
    _many(account, 80)
    first = history.page(account.id, SENTENCES, NOW)
    db.session.commit()

    with counted() as start:
        client.get("/profil/historique")
    with counted() as further:
        client.get(f"/profil/historique?apres={first.following}")

    assert len(start) == len(further) <= 3


@pytest.mark.parametrize("key", ["", "x", "1-", "-1", "9" * 40 + "-1", "1-" + "9" * 40, "é"])
def test_a_key_that_is_none_shows_the_first_page(
    client: FlaskClient, account: Account, key: str
) -> None:
    _many(account, 1)

    answer = client.get("/profil/historique", query_string={"apres": key})

    assert answer.status_code == 200
    assert "Déconnexion" in answer.text


def test_every_sentence_is_of_an_event_that_exists(app: Flask) -> None:
    names = {kind.name for kind in every_event() if hasattr(kind, "name")}

    assert set(SENTENCES) - names == set()


def test_every_event_of_people_has_its_sentence(app: Flask) -> None:
    """What is left out is not of one person, or is told by another event of the same instant."""
    of_people = {
        kind.name
        for kind in every_event()
        if hasattr(kind, "name") and kind.__module__.startswith("idp.accounts")
    }

    assert of_people - set(SENTENCES) <= {
        "account_anonymised",
        "credential_stuffing_seen",
        "imported_password_upgraded",
        "imported_passwords_forgotten",
    }


@pytest.mark.parametrize("event", sorted(SENTENCES))
def test_a_sentence_bears_that_its_details_were_erased(app: Flask, event: str) -> None:
    """The journal empties what is old: the sentence then says less."""
    words = SENTENCES[event]

    assert words if isinstance(words, str) else words({})
