"""Nobody enters the pages of the agents but agents, with two factors, for their role, within their caisses.

Every route is tried; every refusal is in the journal.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, DE_PERSONNE, IDENTIFIANTS, Dossier, un_dossier
from factories import agent_signed_in, an_agent, an_application, signed_in
from flask import Flask
from flask.testing import FlaskClient
from forms_shown import forms_of
from rows_of import Rows, changed, rows_of
from site_routes import AUTOMATIC, routes
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.models import RoleAgent
from idp.habilitations.views.caf.menu import ENTREES

ESPACE = "/caf/"
SAID = ("motif", "titre", "libelle")
BLANK = " \t\r\n" * 5
ROLES = {
    "agent": RoleAgent.GESTIONNAIRE,
    "superviseur": RoleAgent.SUPERVISEUR,
    "national": RoleAgent.NATIONAL,
}


def rules(app: Flask) -> list[Rule]:
    """Those of the agents."""
    return [rule for rule in routes(app) if rule.rule.startswith(ESPACE)]


def requests(app: Flask, dossier: Dossier) -> Iterator[tuple[Rule, str, str]]:
    """Each route by each method, with what it names of this dossier."""
    for rule in rules(app):
        path = rule.rule
        for name in rule.arguments:
            value = DE_PERSONNE.get(name) or IDENTIFIANTS[name](dossier)
            path = re.sub(rf"<(?:[^<>:]+:)?{name}>", quote(str(value)), path)
        for method in sorted((rule.methods or set()) - AUTOMATIC):
            yield rule, method, path


def guard_of(app: Flask, rule: Rule) -> str:
    return str(app.view_functions[rule.endpoint].access)  # type: ignore[attr-defined]


def refusals() -> list[tuple[str, str]]:
    """The page and the reason of each refusal in the journal."""
    rows = db.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.event == "acces_agent_refuse")
        .order_by(JournalEntry.id)
    )
    return [(row.data["page"], row.data["raison"]) for row in rows]


def written(before: Rows, dossier: Dossier) -> list[str]:
    """What changed of the dossier since, but that somebody came."""
    told = ("journal:", "browser_session:")
    lines = changed(before, rows_of([dossier.organisme.id]))
    return [line for line in lines if not line.startswith(told)]


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    """Of an organisme that the Caf manages in its place: every page of it has something to do."""
    return un_dossier(delegation_retiree_at=datetime.now(UTC))


def test_every_route_of_the_agents_is_guarded_and_tried(app: Flask) -> None:
    assert {rule.rule for rule in rules(app) if guard_of(app, rule) not in ROLES} == set()
    assert {
        f"{rule.rule}: say in tests/dossiers.py what « {name} » names"
        for rule in rules(app)
        for name in rule.arguments - IDENTIFIANTS.keys() - DE_PERSONNE.keys()
    } == set()


def test_a_partner_is_refused_everywhere_and_the_journal_tells(
    app: Flask, client: FlaskClient, dossier: Dossier
) -> None:
    person = db.session.get_one(Account, dossier.chef.account_id)
    signed_in(client, person, dossier.chef)
    before = rows_of([dossier.organisme.id])
    for rule, method, path in requests(app, dossier):
        assert client.open(path, method=method).status_code == 403, f"{method} {path}"
        assert refusals()[-1] == (rule.rule, "pas_agent")

    assert written(before, dossier) == []


def test_an_agent_without_second_factor_is_sent_to_it_and_the_journal_tells(
    app: Flask, client: FlaskClient, dossier: Dossier
) -> None:
    agent = an_agent()
    an_application(agent)
    signed_in(client, agent)
    for rule, method, path in requests(app, dossier):
        answer = client.open(path, method=method)
        assert answer.status_code == 303, f"{method} {path}"
        assert answer.location.startswith("/connexion/verification"), f"{method} {path}"
        assert refusals()[-1] == (rule.rule, "second_facteur")


def test_an_agent_who_has_no_factor_yet_has_one_to_add_first(
    app: Flask, client: FlaskClient, dossier: Dossier
) -> None:
    signed_in(client, an_agent())
    for rule, method, path in requests(app, dossier):
        answer = client.open(path, method=method)
        assert answer.status_code == 303, f"{method} {path}"
        assert not answer.location.startswith(ESPACE), f"{method} {path}"
        assert refusals()[-1] == (rule.rule, "second_facteur")


def test_what_belongs_to_another_caisse_does_not_exist_and_the_journal_tells(
    app: Flask, client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [AUTRE_CAISSE])
    before = rows_of([dossier.organisme.id])
    for rule, method, path in requests(app, dossier):
        if not rule.arguments - DE_PERSONNE.keys() or guard_of(app, rule) == "national":
            continue
        answer = client.open(path, method=method)
        assert answer.status_code == 404, f"{method} {path}"
        assert dossier.organisme.raison_sociale not in answer.text
        assert refusals()[-1] == (rule.rule, "hors_perimetre")

    assert written(before, dossier) == []


@pytest.mark.parametrize("role", [RoleAgent.GESTIONNAIRE, RoleAgent.SUPERVISEUR])
def test_a_role_does_not_do_what_is_above_it(
    app: Flask, client: FlaskClient, dossier: Dossier, role: RoleAgent
) -> None:
    agent_signed_in(client, role, [CAISSE])
    ranks = list(ROLES.values())
    before = rows_of([dossier.organisme.id])
    for rule, method, path in requests(app, dossier):
        if ranks.index(ROLES[guard_of(app, rule)]) <= ranks.index(role):
            continue
        assert client.open(path, method=method).status_code == 403, f"{method} {path}"
        assert refusals()[-1] == (rule.rule, "role")

    assert written(before, dossier) == []


def test_the_pages_of_their_caisse_open(app: Flask, client: FlaskClient, dossier: Dossier) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    for rule, method, path in requests(app, dossier):
        if method == "GET" and guard_of(app, rule) != "national":
            assert client.get(path).status_code in (200, 303), path

    assert refusals() == []


def test_spaces_are_no_motive(app: Flask, client: FlaskClient, dossier: Dossier) -> None:
    """The attack: a delegation is taken back, a partner is looked at, and the journal tells no reason."""
    agent_signed_in(client)
    before, asked = rows_of([dossier.organisme.id]), 0
    for _rule, method, path in requests(app, dossier):
        page = client.get(path) if method == "GET" else None
        if page is None or page.mimetype != "text/html":
            continue
        for form in forms_of(path, page.text):
            typed = [(name, BLANK if name in SAID else value) for name, value in form.fields]
            if form.method == "POST" and set(SAID) & dict(typed).keys():
                asked += 1
                assert client.post(form.action, data=MultiDict(typed)).status_code == 200, typed

    assert asked >= 15
    assert written(before, dossier) == []


def test_the_menu_says_of_each_page_from_which_role_it_opens(app: Flask) -> None:
    guards = {rule.rule: guard_of(app, rule) for rule in rules(app)}

    said = {entree.adresse: entree.role for entree in ENTREES}

    assert said == {adresse: ROLES[guards[adresse]] for adresse in said}
