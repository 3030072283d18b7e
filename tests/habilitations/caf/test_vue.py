"""A view of what a partner sees shows it, lets nothing be done, and is told to those whom it concerns."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from dossiers import CAISSE, Dossier, un_dossier
from factories import (
    a_mandat,
    a_rattachement,
    agent_signed_in,
    an_account,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from flows import authorize
from rows_of import changed, rows_of
from sent_mails import mails_to
from site_routes import AUTOMATIC, routes
from sqlalchemy import select

from idp import clock
from idp.accounts.models import Account, BrowserSession
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.assistance import vue
from idp.habilitations.assistance.models import VuePartenaire
from idp.habilitations.models import Rattachement, RoleAgent
from idp.habilitations.views.caf.lecture_seule import adresse_dans_la_vue, en_lecture_seule

MOTIF = "Appel de ce matin : ne trouve pas ses groupes"


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    fait = un_dossier()
    db.session.get_one(Account, fait.chef.account_id).email = "chef@exemple.fr"
    db.session.flush()
    return fait


def open_view(client: FlaskClient, place: Rattachement) -> str:
    """Where the view starts, without its last word."""
    answer = client.post(f"/caf/assistance/{place.id}/vue", data={"motif": MOTIF})
    assert answer.status_code == 303
    assert answer.location.endswith("/accueil")
    return answer.location.removesuffix("/accueil")


def main(page: str) -> str:
    """From the title on, without the line that leads to the guide."""
    page = page.split('<p class="mcp-aide-page"', 1)[0]
    return page.split("<main", 1)[1].split("<h1", 1)[1].split("</main>")[0]


def events(*names: str) -> list[JournalEntry]:
    return list(
        db.session.scalars(
            select(JournalEntry).where(JournalEntry.event.in_(names)).order_by(JournalEntry.id)
        )
    )


def test_an_administrateur_s_pages_are_shown_as_they_see_them(
    app: Flask, client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    adresse = open_view(client, dossier.chef)
    hers = app.test_client()
    signed_in(hers, db.session.get_one(Account, dossier.chef.account_id), dossier.chef)
    pages = {
        "/accueil": "/accueil",
        "/utilisateurs": "/habilitations/utilisateurs",
        f"/utilisateurs/{dossier.user.id}": f"/habilitations/utilisateurs/{dossier.user.id}",
        "/groupes": "/habilitations/groupes",
        f"/groupes/{dossier.groupe.id}": f"/habilitations/groupes/{dossier.groupe.id}",
    }
    for page, same in pages.items():
        seen, real = client.get(adresse + page), hers.get(same)
        assert (seen.status_code, real.status_code) == (200, 200), page
        words = [re.sub(r"<[^>]*>|\s+", " ", main(one.text)) for one in (seen, real)]
        assert words[0].split() == words[1].split(), page
    journal = client.get(f"{adresse}/journal").text
    assert "ouvert une vue, en lecture seule" in journal


def test_every_page_bears_its_banner_and_nothing_that_acts(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    adresse = open_view(client, dossier.chef)
    for page in (
        "/accueil",
        "/utilisateurs",
        f"/utilisateurs/{dossier.user.id}",
        "/groupes",
        f"/groupes/{dossier.groupe.id}",
        "/journal",
    ):
        text = client.get(adresse + page).text
        assert re.search(
            r"Vue de Claire Martin \(LES OLIVIERS\) par la Caf, lecture seule, se termine à \d\d:\d\d",
            text,
        ), page
        posts = re.findall(r'<form[^>]*method="post"[^>]*>', text)
        assert posts == [f'<form method="post" action="{closing(adresse)}">'], page
        links = re.findall(r'<a [^>]*href="([^"]*)"', text)
        assert {link for link in links if not link.startswith((adresse, "#", "?"))} == set(), page
        assert text.count('name="csrf_token"') == 1, page
        assert 'name="organisme"' not in text, page


def closing(adresse: str) -> str:
    return f"/caf/assistance/vues/{adresse.rsplit('/', 1)[1]}/fermer"


def test_a_plain_user_s_view_has_no_console(client: FlaskClient, dossier: Dossier) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    adresse = open_view(client, dossier.user)

    assert "Offre Bailleurs" in client.get(f"{adresse}/accueil").text
    for page in ("/utilisateurs", "/groupes", "/journal"):
        answer = client.get(adresse + page)
        assert answer.status_code == 403
        assert "Gestion des habilitations" in answer.text
        assert "Vue de Nadia Martin" in answer.text
        assert f'action="{closing(adresse)}"' in answer.text


def test_a_page_that_does_not_exist_in_a_view_says_whose_view_it_is(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    adresse = open_view(client, dossier.chef)

    answer = client.get(f"{adresse}/utilisateurs/{dossier.organisme.id}")

    assert answer.status_code == 404
    assert "Vue de Claire Martin" in answer.text
    assert f'href="{adresse}/accueil"' in answer.text
    assert "Vue de" not in client.get("/caf/organismes/inconnu").text


def test_names_are_elided(client: FlaskClient, dossier: Dossier) -> None:
    db.session.get_one(Account, dossier.user.account_id).given_name = "Aïcha"
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    adresse = open_view(client, dossier.chef)

    page = client.get(f"{adresse}/utilisateurs/{dossier.user.id}")

    assert page.status_code == 200
    assert events("vue_partenaire_consultee")[0].data["page"] == "Fiche d’Aïcha Martin"
    other = client.get(f"{open_view(client, dossier.user)}/accueil").text
    assert "Vue d’Aïcha Martin" in other


def test_a_responsable_s_view_stops_where_their_mandate_does(
    client: FlaskClient, dossier: Dossier
) -> None:
    chief = db.session.get_one(Account, dossier.chef.account_id)
    resp = a_rattachement(an_account(given_name="Rose"), dossier.organisme)
    a_mandat(resp, [dossier.groupe], chief)
    hidden = a_rattachement(an_account(given_name="Zoe"), dossier.organisme)
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    adresse = open_view(client, resp)

    people = client.get(f"{adresse}/utilisateurs").text
    assert "Nadia" in people
    assert "Zoe" not in people
    assert client.get(f"{adresse}/utilisateurs/{hidden.id}").status_code == 404
    assert client.get(f"{adresse}/journal").status_code == 403


def test_another_organisme_is_not_reached_through_a_view(
    client: FlaskClient, dossier: Dossier
) -> None:
    ailleurs = a_rattachement(an_account(), an_organisme(raison_sociale="AUTRE"))
    agent_signed_in(client, RoleAgent.NATIONAL)
    adresse = open_view(client, dossier.chef)

    assert client.get(f"{adresse}/utilisateurs/{ailleurs.id}").status_code == 404


def test_a_motive_is_asked_for(client: FlaskClient, dossier: Dossier) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    for motif in ("", "   ", "court"):
        page = client.post(f"/caf/assistance/{dossier.chef.id}/vue", data={"motif": motif})
        assert page.status_code == 200
        assert "Dites pourquoi" in page.text
    assert events("vue_partenaire_ouverte") == []


def test_the_person_and_the_administrateurs_are_told_with_the_motive(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    open_view(client, dossier.user)

    (hers,) = mails_to("nadia@exemple.fr")
    (chief,) = mails_to("chef@exemple.fr")
    assert hers["subject"] == "La Caf a consulté vos écrans"
    assert chief["subject"] == "La Caf a consulté les écrans de Nadia Martin"
    assert MOTIF in hers["body"]
    assert MOTIF in chief["body"]
    assert "http" not in hers["body"]


def test_a_view_asked_for_twice_is_one_and_is_told_of_once(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])

    premiere = open_view(client, dossier.chef)

    assert open_view(client, dossier.chef) == premiere
    assert len(mails_to("chef@exemple.fr")) == 1
    client.post(closing(premiere))
    assert open_view(client, dossier.chef) != premiere


def test_a_view_opened_and_closed_in_a_loop_mails_nobody_twice(
    client: FlaskClient, dossier: Dossier
) -> None:
    """The attack: the mailbox of an administrateur is filled, so that they read none of it."""
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])

    for _rank in range(3):
        client.post(closing(open_view(client, dossier.chef)))

    assert len(mails_to("chef@exemple.fr")) == 1
    assert "est elle aussi au journal" in mails_to("chef@exemple.fr")[0]["body"]
    assert len(events("vue_partenaire_ouverte")) == 3
    open_view(client, dossier.user)
    assert len(mails_to("chef@exemple.fr")) == 2
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    open_view(client, dossier.chef)
    assert len(mails_to("chef@exemple.fr")) == 3


def test_an_agent_opens_so_many_views_of_an_organisme_a_day(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    for _rank in range(vue.PAR_JOUR):
        client.post(closing(open_view(client, dossier.chef)))
    page = f"/caf/assistance/{dossier.user.id}/vue"

    refused = client.post(page, data={"motif": MOTIF})

    assert refused.status_code == 429
    assert "Appelez ses administrateurs" in refused.text
    for row in db.session.scalars(select(VuePartenaire)):
        row.opened_at -= vue.UN_JOUR
    assert client.post(page, data={"motif": MOTIF}).status_code == 303


def test_the_opening_each_page_and_the_end_are_journalled(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent = agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    adresse = open_view(client, dossier.chef)
    client.get(f"{adresse}/accueil")
    client.get(f"{adresse}/utilisateurs/{dossier.user.id}")
    client.post(closing(adresse))

    rows = events(
        "vue_partenaire_ouverte",
        "vue_partenaire_consultee",
        "vue_partenaire_fermee",
        "dossier_consulte",
    )
    assert [(row.event, row.account_id) for row in rows] == [
        ("vue_partenaire_ouverte", dossier.chef.account_id),
        ("vue_partenaire_consultee", dossier.chef.account_id),
        ("vue_partenaire_consultee", dossier.chef.account_id),
        ("dossier_consulte", dossier.user.account_id),
        ("vue_partenaire_fermee", dossier.chef.account_id),
    ]
    assert {row.actor_id for row in rows} == {agent.id}
    assert {row.organisme_id for row in rows} == {dossier.organisme.id}
    assert rows[0].data["motif"] == MOTIF
    assert [row.data["page"] for row in rows[1:3]] == ["Accueil", "Fiche de Nadia Martin"]


def test_it_is_over_after_fifteen_minutes_or_once_closed(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    adresse = open_view(client, dossier.chef)
    with clock.shifted(vue.DUREE - timedelta(minutes=6)):
        # Within the time that an agent's session lives unused.
        assert client.get(f"{adresse}/accueil").status_code == 200
    row = db.session.scalars(select(VuePartenaire).where(VuePartenaire.id != dossier.vue.id)).one()
    row.expires_at = datetime.now(UTC)
    over = client.get(f"{adresse}/accueil")
    assert (over.status_code, over.location) == (303, f"/caf/assistance/{dossier.chef.id}/vue")

    again = open_view(client, dossier.chef)
    client.post(closing(again))
    assert client.get(f"{again}/utilisateurs").status_code == 303
    assert row.expires_at - row.opened_at <= timedelta(minutes=15)


def test_another_agent_s_view_neither_opens_nor_closes(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    adresse = f"/caf/vue/{dossier.vue.id}"

    assert client.get(f"{adresse}/accueil").status_code == 303
    client.post(closing(adresse))
    assert db.session.get_one(VuePartenaire, dossier.vue.id).ended_at is None


def test_who_is_no_superviseur_any_more_sees_nothing(client: FlaskClient, dossier: Dossier) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    assert client.get(f"/caf/assistance/{dossier.chef.id}/vue").status_code == 403
    assert client.get(f"/caf/vue/{dossier.vue.id}/accueil").status_code == 403


def test_no_route_of_a_view_answers_anything_but_get(
    app: Flask, client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    adresse = open_view(client, dossier.chef)
    tried = [rule for rule in routes(app) if rule.rule.startswith("/caf/vue/")]
    assert len(tried) == 6
    for rule in tried:
        assert (rule.methods or set()) - AUTOMATIC == {"GET"}
        path = rule.rule.replace("/caf/vue/<uuid:vue_id>", adresse)
        path = re.sub(r"<[^>]*>", str(dossier.user.id), path)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert client.open(path, method=method).status_code == 405, f"{method} {path}"


def test_with_a_view_open_the_console_refuses_the_agent_as_ever(
    app: Flask, client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    open_view(client, dossier.chef)
    before = rows_of([dossier.organisme.id])
    named = {
        "rattachement_id": dossier.user.id,
        "groupe_id": dossier.groupe.id,
        "contrat_id": dossier.contrat.id,
    }
    tried = 0
    for rule in routes(app):
        if not rule.rule.startswith("/habilitations"):
            continue
        path = re.sub(
            r"<(?:[^<>:]+:)?(\w+)>",
            lambda match: str(named.get(match[1], dossier.user.id)),
            rule.rule,
        )
        for method in sorted((rule.methods or set()) - AUTOMATIC):
            data = {"organisme": str(dossier.organisme.id)} if method == "POST" else None
            answer = client.open(path, method=method, data=data)
            assert answer.status_code == 403, f"{method} {path}"
            tried += 1

    assert tried > 50
    ours = ("journal:", "browser_session:")
    assert [
        line
        for line in changed(before, rows_of([dossier.organisme.id]))
        if not line.startswith(ours)
    ] == []


def test_a_service_is_told_nothing_of_the_partner(client: FlaskClient, dossier: Dossier) -> None:
    agent = agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    before = authorize(client)
    open_view(client, dossier.user)
    after = authorize(client)

    assert (after.status_code, after.location) == (before.status_code, before.location)
    assert "code=" not in (after.location or "")
    sessions = db.session.scalars(select(BrowserSession)).all()
    assert [(one.account_id, one.rattachement_id) for one in sessions] == [(agent.id, None)]


def test_no_cookie_is_made(client: FlaskClient, dossier: Dossier) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    answer = client.post(f"/caf/assistance/{dossier.user.id}/vue", data={"motif": MOTIF})
    page = client.get(answer.location)

    for response in (answer, page):
        assert not any("mcp_" in value for value in response.headers.getlist("Set-Cookie"))


def test_old_views_are_forgotten(dossier: Dossier) -> None:
    now = datetime.now(UTC)
    assert vue.oublier(now) == 0
    assert vue.oublier(now + vue.GARDEE + timedelta(seconds=1)) == 1


@pytest.mark.parametrize(
    ("lien", "dans_la_vue"),
    [
        ("/accueil", "/v/accueil"),
        ("/habilitations/utilisateurs?q=a#u-1", "/v/utilisateurs?q=a#u-1"),
        (f"/habilitations/groupes/{'0' * 8}-0000-0000-0000-{'0' * 12}", None),
        ("/habilitations/utilisateurs/creer", None),
        ("/habilitations/journal/export", None),
        ("/profil", None),
        ("https://exemple.fr/accueil", None),
        ("//exemple.fr/accueil", None),
        ("javascript:alert(1)", None),
        ("#contenu", "#contenu"),
        ("?apres=1", "?apres=1"),
    ],
)
def test_links_stay_in_the_view(lien: str, dans_la_vue: str | None) -> None:
    if "0000" in lien:
        dans_la_vue = lien.replace("/habilitations", "/v")
    assert adresse_dans_la_vue(lien, "/v") == dans_la_vue


def test_a_page_is_made_to_be_looked_at_alone() -> None:
    page = (
        "<!doctype html><!-- vue --><p>A &amp; B &#39; <svg><path d='M0'/></svg>"
        '<a class="x" href="/habilitations/groupes">g</a><a href="/profil">p</a>'
        '<form method="post" action="/x" class="f"><input type="hidden" name="csrf_token" value="s">'
        '<input name="n" value="&quot;"><button>Ok</button></form>'
        '<form action="/habilitations/utilisateurs"><input name="q"></form>'
    )
    assert en_lecture_seule(page, "/v", "<b>vue</b>") == (
        "<!doctype html><b>vue</b><p>A &amp; B &#39; <svg><path d='M0'/></svg>"
        '<a href="/v/groupes" class="x">g</a><a>p</a>'
        '<div class="f"><input name="n" value="&quot;" disabled=""><button disabled="">Ok</button></div>'
        '<form action="/v/utilisateurs"><input name="q"></form>'
    )
