"""Several organismes: asked once after sign-in, remembered, changed from the header without signing in again."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from factories import (
    PASSWORD,
    a_contrat,
    a_rattachement,
    an_account,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts.models import Account, AccountState, BrowserSession
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations import rattachements
from idp.habilitations.models import Rattachement, Role

NOW = datetime.now(UTC)
HIER = clock.today(NOW) - timedelta(days=1)
CHOIX = "/organisme"
LISTE = "/habilitations/utilisateurs"
CHANGER = "Changer d’organisme"


def two(**second: Any) -> tuple[Account, Rattachement, Rattachement]:
    """Claire Martin, administrateur of LES OLIVIERS, then user of LES CHENES."""
    claire = an_account()
    oliviers = a_rattachement(
        claire,
        an_organisme(),
        role=Role.ADMINISTRATEUR,
        created_at=NOW - timedelta(days=9),
    )
    chenes = an_organisme(
        raison_sociale="LES CHENES", siret="13001234500018", adresse=["35400 SAINT MALO"]
    )
    a_contrat(chenes)
    return claire, oliviers, a_rattachement(claire, chenes, **second)


def connect(client: FlaskClient, account: Account, path: str = "/accueil") -> TestResponse:
    """The login page, then where it leads."""
    typed = {"identifiant": account.identifiant, "mot_de_passe": PASSWORD}
    onward = client.post(f"/connexion?next={quote(path, safe='')}", data=typed)
    assert onward.location == path
    return client.get(path)


def choose(client: FlaskClient, rattachement: Rattachement, path: str = CHOIX) -> TestResponse:
    return client.post(path, data={"organisme": str(rattachement.id)})


def works_for(client: FlaskClient) -> str:
    """The organisme that every page shows."""
    shown = re.search(r'mcp-personne"><strong>([^<]*)', client.get("/profil").text)
    assert shown
    return shown[1]


def offered(page: str) -> list[str]:
    return re.findall(r'name="organisme"[^>]*value="([^"]+)"', page)


# After sign-in


def test_who_has_several_is_asked_once_and_the_choice_lasts(app: Flask) -> None:
    claire, oliviers, chenes = two()
    first, later = app.test_client(), app.test_client()

    asked = connect(first, claire)
    assert asked.location == "/organisme?next=%2Faccueil"
    assert offered(first.get(asked.location).text) == [str(oliviers.id), str(chenes.id)]
    chosen = choose(first, chenes, asked.location)

    assert (chosen.status_code, chosen.location) == (303, "/accueil")
    assert works_for(first) == "LES CHENES"
    assert "LES CHENES" in connect(later, claire).text


def test_the_page_tells_organismes_apart_by_town_and_siret(client: FlaskClient) -> None:
    claire, _oliviers, _chenes = two()
    connect(client, claire)

    page = client.get(CHOIX).text

    assert "35400 SAINT MALO" in page
    assert "130\N{NO-BREAK SPACE}012\N{NO-BREAK SPACE}345\N{NO-BREAK SPACE}00018" in page
    assert "checked" not in page


def test_who_has_one_is_never_asked(client: FlaskClient) -> None:
    claire = an_account()
    a_rattachement(claire, an_organisme())

    page = connect(client, claire).text

    assert "LES OLIVIERS" in page
    assert CHANGER not in page


def test_who_has_none_is_told_so(client: FlaskClient) -> None:
    page = connect(client, an_account()).text

    assert "aucun organisme" in page
    assert client.get(CHOIX).location == "/accueil"


CLOSED: list[dict[str, Any]] = [
    {"suspendu_at": NOW},
    {"ouverture": HIER, "cloture": HIER},
    {"ouverture": clock.today(NOW) + timedelta(days=2)},
]


@pytest.mark.parametrize("closed", CLOSED, ids=["suspended", "closed", "to come"])
def test_what_is_not_open_is_neither_offered_nor_a_reason_to_ask(
    client: FlaskClient, closed: dict[str, Any]
) -> None:
    claire, _oliviers, chenes = two(**closed)

    page = connect(client, claire).text

    assert "LES OLIVIERS" in page
    assert CHANGER not in page
    assert str(chenes.id) not in client.get(CHOIX).text


def test_a_suspended_organisme_is_not_offered(client: FlaskClient) -> None:
    claire, _oliviers, chenes = two()
    connect(client, claire)
    a_rattachement(claire, an_organisme(raison_sociale="LES SAULES", suspendu_at=NOW))

    assert "LES SAULES" not in client.get(CHOIX).text
    assert str(chenes.id) in client.get(CHOIX).text


def test_when_the_remembered_one_closes_the_person_is_asked_again(client: FlaskClient) -> None:
    claire, _oliviers, chenes = two()
    a_rattachement(claire, an_organisme(raison_sociale="LES SAULES"))
    claire.last_rattachement_id = chenes.id
    chenes.suspendu_at = NOW

    page = client.get(connect(client, claire).location).text

    assert "LES SAULES" in page
    assert "LES CHENES" not in page


def test_when_none_is_open_the_person_reads_why(client: FlaskClient) -> None:
    claire, oliviers, _chenes = two(suspendu_at=NOW)
    oliviers.suspendu_at = NOW

    page = connect(client, claire)

    assert page.status_code == 200
    assert works_for(client) == "LES OLIVIERS"


def test_the_destination_is_kept(client: FlaskClient) -> None:
    claire, oliviers, _chenes = two()
    path = f"{LISTE}?q=nadia"

    asked = connect(client, claire, path)

    assert asked.location == f"/organisme?next={quote(path, safe='')}"
    assert choose(client, oliviers, asked.location).location == "/habilitations/"


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_the_destination_never_leaves_this_site(client: FlaskClient, path: str) -> None:
    """RFC 9700 §4.11: the attack is a link to our page that leads elsewhere."""
    claire, oliviers, chenes = two()
    signed_in(client, claire, oliviers)

    there = f"/organisme?next={quote(path, safe='')}"

    assert "evil" not in client.get(there).text
    assert choose(client, chenes, there).location == "/accueil"


# The switcher


def test_the_header_leads_to_the_choice_and_back(client: FlaskClient) -> None:
    claire, oliviers, chenes = two()
    signed_in(client, claire, oliviers)

    link = re.search(rf'href="([^"]+)">{CHANGER}', client.get("/profil?a=1&b=2").text)
    assert link
    page = client.get(link[1])
    back = choose(client, chenes, link[1])

    assert CHANGER not in page.text
    assert f'value="{oliviers.id}" checked' in page.text
    assert back.location == "/profil?a=1&b=2"
    assert works_for(client) == "LES CHENES"


@pytest.mark.parametrize(
    ("role", "to"),
    [(Role.ADMINISTRATEUR, "/habilitations/"), (Role.UTILISATEUR, "/accueil")],
)
def test_a_page_of_the_console_leads_to_the_console_of_the_new_organisme(
    client: FlaskClient, role: Role, to: str
) -> None:
    claire, oliviers, chenes = two(role=role)
    signed_in(client, claire, oliviers)
    there = f"/organisme?next={quote(LISTE + '?apres=' + str(oliviers.id), safe='')}"

    assert choose(client, chenes, there).location == to


def test_choosing_the_same_again_changes_nothing(client: FlaskClient) -> None:
    claire, oliviers, _chenes = two()
    signed_in(client, claire, oliviers)

    back = choose(client, oliviers, f"/organisme?next={quote(LISTE, safe='')}")

    assert back.location == LISTE
    assert db.session.scalars(select(JournalEntry)).all() == []


def test_the_journal_tells_of_the_switch(client: FlaskClient) -> None:
    claire, oliviers, chenes = two()
    signed_in(client, claire, oliviers)

    choose(client, chenes)
    choose(client, chenes)

    entry = db.session.scalars(select(JournalEntry)).one()
    assert (entry.event, entry.account_id) == ("organisme_choisi", claire.id)
    assert entry.organisme_id == chenes.organisme_id


def test_other_sessions_go_on_with_their_organisme(app: Flask) -> None:
    claire, oliviers, chenes = two()
    one, another = app.test_client(), app.test_client()
    signed_in(one, claire, oliviers)
    signed_in(another, claire, oliviers)

    choose(one, chenes)

    assert works_for(one) == "LES CHENES"
    assert works_for(another) == "LES OLIVIERS"
    assert rattachements.par_defaut(claire.id, NOW) == chenes.id


@pytest.mark.parametrize("typed", ["", "x", "somebody else", "closed"])
def test_only_an_open_organisme_of_the_person_can_be_chosen(
    client: FlaskClient, typed: str
) -> None:
    """The attack: the identifier of another person's rattachement in the form."""
    claire, oliviers, _chenes = two()
    signed_in(client, claire, oliviers)
    other = an_organisme(raison_sociale="LES SAULES")
    ids = {
        "somebody else": a_rattachement(an_account(), other).id,
        "closed": a_rattachement(claire, other, suspendu_at=NOW).id,
    }

    answer = client.post(CHOIX, data={"organisme": str(ids.get(typed, typed))})

    assert "Choisissez un organisme" in answer.text
    assert works_for(client) == "LES OLIVIERS"


def test_the_switch_is_protected_against_forgery(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    claire, oliviers, chenes = two()
    signed_in(client, claire, oliviers)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert choose(client, chenes).status_code == 400
    assert works_for(client) == "LES OLIVIERS"


def test_a_link_does_not_switch(client: FlaskClient) -> None:
    claire, oliviers, chenes = two()
    signed_in(client, claire, oliviers)

    client.get(f"{CHOIX}?organisme={chenes.id}")

    assert works_for(client) == "LES OLIVIERS"


def test_a_visitor_signs_in_first(client: FlaskClient) -> None:
    assert client.get(CHOIX).location == "/connexion?next=%2Forganisme"


def test_who_has_not_finished_the_first_connection_finishes_it_first(client: FlaskClient) -> None:
    claire, _oliviers, _chenes = two()
    claire.state = AccountState.ACTIVATION
    signed_in(client, claire)

    assert client.get(CHOIX).location == "/premiere-connexion/suite"


def test_whether_another_is_open_is_what_the_policy_says(client: FlaskClient) -> None:
    """The menu bar asks the database what ``policy.refus_de_rattachement`` decides for the page."""
    for values in [*CLOSED, {}, {"cloture": clock.today(NOW)}]:
        claire, oliviers, _autre = two(**values)
        chosen = rattachements.selection(oliviers.id, NOW)
        assert chosen
        assert chosen.ailleurs is (len(rattachements.ouverts(claire.id, NOW)) > 1)


# Many


def many(client: FlaskClient, count: int) -> Account:
    gerant = an_account()
    for rank in range(count):
        sci = an_organisme(
            raison_sociale=f"SCI N° {rank:02}",
            siret=f"130012345000{rank:02}",
            adresse=["35400 SAINT MALO" if rank else "22000 Évran"],
        )
        a_rattachement(gerant, sci, created_at=NOW + timedelta(seconds=rank))
    signed_in(client, gerant)
    return gerant


@pytest.mark.parametrize(("count", "box"), [(8, False), (9, True)])
def test_a_search_box_helps_among_more_than_eight(
    client: FlaskClient, count: int, box: bool
) -> None:
    many(client, count)

    page = client.get(CHOIX).text

    assert ("Rechercher un organisme" in page) is box
    assert len(offered(page)) == count


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("evran", 1),
        ("ÉVRAN sci", 1),
        ("malo", 11),
        ("130 012 345 00003", 1),
        ("00003", 1),
        ("% _", 0),
        ("", 12),
    ],
)
def test_a_search_finds_a_name_a_town_or_a_siret(
    client: FlaskClient, words: str, found: int
) -> None:
    many(client, 12)

    page = client.post(CHOIX, data={"recherche": words, "chercher": "oui"})

    assert page.status_code == 200
    assert len(offered(page.text)) == found
    assert "Choisissez un organisme" not in page.text


def test_the_page_costs_the_same_for_two_organismes_and_for_sixty(client: FlaskClient) -> None:
    costs = []
    for count in (2, 60):
        many(client, count)
        with counted() as statements:
            assert len(offered(client.get(CHOIX).text)) == count
        costs.append(len(statements))

    assert costs == [2, 2]


def test_two_browsers_of_a_person_choose_at_their_own_time(app: Flask) -> None:
    """What one chose meanwhile is proposed to the other, not imposed."""
    claire, _oliviers, chenes = two()
    one, another = app.test_client(), app.test_client()
    connect(one, claire)
    connect(another, claire)

    choose(one, chenes)

    assert f'value="{chenes.id}" checked' in another.get(CHOIX).text
    assert (
        db.session.scalar(select(func.count()).where(BrowserSession.rattachement_id.is_not(None)))
        == 1
    )
