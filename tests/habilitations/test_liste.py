"""« Mes utilisateurs »: who is found, in which order, page after page, by whom."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_acteur,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.clock import now
from idp.db import db
from idp.habilitations.delegation import Acteur
from idp.habilitations.etats import Etat
from idp.habilitations.models import ContratDeService, Groupe, Organisme, Rattachement, Role
from idp.habilitations.personnes import liste
from idp.habilitations.personnes.filtres import Connexion, Filtres
from idp.habilitations.personnes.liste import Demande, Tri
from idp.printable import format_identifiant

TODAY = clock.today(datetime.now(UTC))
DAY = timedelta(days=1)
LISTE = "/habilitations/utilisateurs"


def an_administrateur(client: FlaskClient) -> tuple[Organisme, Groupe]:
    """Of LES OLIVIERS, at their desk."""
    organisme = an_organisme()
    groupe = a_groupe(a_contrat(organisme))
    account = an_account(email="chef@exemple.fr", family_name="AAA-CHEF")
    signed_in(client, account, a_rattachement(account, organisme, role=Role.ADMINISTRATEUR))
    return organisme, groupe


def users(organisme: Organisme, groupe: Groupe, count: int) -> None:
    """NOM000, NOM001…, all in that group."""
    for rank in range(count):
        account = an_account(family_name=f"NOM{rank:03}", email=f"u{rank}@exemple.fr")
        an_habilitation(a_rattachement(account, organisme), groupe)


def named(page: str) -> list[str]:
    """The users of a page, in its order."""
    return re.findall(r"NOM\w+", "".join(re.findall(r'<th scope="row".*?</a>', page, re.S)))


def link(page: str, rel: str) -> str | None:
    """Where the button to a neighbour page leads."""
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return unescape(found[1]) if found else None


def test_a_page_costs_the_same_for_three_users_and_for_sixty(client: FlaskClient) -> None:
    organisme, groupe = an_administrateur(client)
    users(organisme, groupe, 3)
    with counted() as few:
        client.get(LISTE)
    users(organisme, groupe, 60)
    for rank in range(40):
        a_groupe(a_contrat(organisme, service=f"s{rank}"), code=f"s{rank}:prive:359")

    with counted() as many:
        client.get(LISTE)

    assert len(many) == len(few) <= 7


def test_a_page_in_the_middle_costs_the_same_and_one_position(client: FlaskClient) -> None:
    organisme, groupe = an_administrateur(client)
    users(organisme, groupe, 60)
    suivante = link(client.get(LISTE).text, "next")

    with counted() as sent:
        client.get(suivante or "")

    assert len(sent) <= 8


TRIS = [tri if sens else f"-{tri}" for tri in Tri for sens in (True, False)]


@pytest.mark.parametrize("tri", TRIS)
def test_pages_meet_everybody_once_forward_then_backward(client: FlaskClient, tri: str) -> None:
    organisme, groupe = an_administrateur(client)
    users(organisme, groupe, 60)
    for rank, place in enumerate(db.session.scalars(select(Rattachement))):
        # Many are equal, some have no end, some never connected.
        place.ouverture = TODAY - (rank % 5) * DAY
        place.cloture = TODAY + (rank % 7) * DAY if rank % 3 else None
        account = db.session.get_one(Account, place.account_id)
        account.last_login_at = now() - (rank % 4) * DAY if rank % 4 else None
    db.session.flush()

    forward, path = [client.get(f"{LISTE}?tri={tri}").text], None
    while path := link(forward[-1], "next"):
        forward.append(client.get(path).text)
    backward = [forward[-1]]
    while path := link(backward[-1], "prev"):
        backward.append(client.get(path).text)

    met = [name for page in forward for name in named(page)]
    assert sorted(met) == [f"NOM{rank:03}" for rank in range(60)]
    again = [name for page in reversed(backward) for name in named(page)]
    assert list(dict.fromkeys(again)) == met
    assert link(forward[0], "prev") is None


@dataclass
class Cas:
    """Somebody of the list."""

    nom: str
    compte: dict[str, Any]
    place: dict[str, Any]


def listed(acteur: Acteur, demande: Demande) -> list[str]:
    return [user.nom for user in liste.lister(acteur, demande, now()).utilisateurs]


def some(cas: Sequence[Cas]) -> Acteur:
    """An organisme of these people, its administrateur out of sight."""
    organisme = an_organisme()
    for un in cas:
        account = an_account(**{"family_name": un.nom, **un.compte})
        a_rattachement(account, organisme, **un.place)
    return an_acteur(uuid4(), organisme)


def test_order_is_that_of_names_dates_and_connections(app: Flask) -> None:
    acteur = some(
        [
            Cas("B", {"last_login_at": now() - DAY}, {"ouverture": TODAY - 9 * DAY}),
            Cas("a", {"last_login_at": None}, {"ouverture": TODAY, "cloture": TODAY + DAY}),
            Cas("C", {"last_login_at": now()}, {"ouverture": TODAY - DAY, "cloture": TODAY}),
        ]
    )

    def ordre(tri: Tri) -> str:
        aller = "".join(listed(acteur, Demande(tri=tri)))
        assert "".join(listed(acteur, Demande(tri=tri, descendant=True))) == aller[::-1]
        return aller

    assert ordre(Tri.NOM) == "aBC"
    assert ordre(Tri.OUVERTURE) == "BCa"
    assert ordre(Tri.CLOTURE) == "CaB"
    assert ordre(Tri.CONNEXION) == "aBC"


def test_who_arrives_meanwhile_neither_hides_nor_repeats_anybody(client: FlaskClient) -> None:
    organisme, groupe = an_administrateur(client)
    users(organisme, groupe, 40)
    first = client.get(LISTE).text
    a_rattachement(an_account(family_name="AAA"), organisme)
    a_rattachement(an_account(family_name="NOM005-BIS"), organisme)

    second = client.get(link(first, "next") or "").text

    assert named(first) + named(second) == [f"NOM{rank:03}" for rank in range(40)]
    assert "AAA" in client.get(link(second, "prev") or "").text


def test_who_was_shown_last_may_be_gone(client: FlaskClient) -> None:
    organisme, groupe = an_administrateur(client)
    users(organisme, groupe, 3)

    assert named(client.get(f"{LISTE}?apres={uuid4()}").text) == ["NOM000", "NOM001", "NOM002"]


ETATS = [
    Cas("actif", {}, {}),
    Cas("dernier-jour", {}, {"cloture": TODAY}),
    Cas("attendu", {"state": AccountState.EN_ATTENTE}, {}),
    Cas("commence", {"state": AccountState.ACTIVATION}, {}),
    Cas("prepare", {"state": AccountState.PREPARE}, {}),
    Cas("a-venir", {}, {"ouverture": TODAY + DAY}),
    Cas("a-venir-attendu", {"state": AccountState.EN_ATTENTE}, {"ouverture": TODAY + DAY}),
    Cas("suspendu", {}, {"suspendu_at": now(), "cloture": TODAY + DAY}),
    Cas("compte-suspendu", {"state": AccountState.SUSPENDU}, {}),
    Cas("clos", {}, {"cloture": TODAY - DAY, "ouverture": TODAY - 2 * DAY}),
    Cas("clos-ce-jour", {}, {"cloture": TODAY, "suspendu_at": now()}),
    Cas(
        "clos-avant-d-ouvrir",
        {},
        {"ouverture": TODAY + DAY, "cloture": TODAY + DAY, "suspendu_at": now()},
    ),
    Cas("compte-clos", {"state": AccountState.CLOS}, {}),
]
ATTENDUS = {
    Etat.ACTIF: {"actif", "dernier-jour"},
    Etat.ATTENDU: {"attendu", "commence", "prepare"},
    Etat.A_VENIR: {"a-venir", "a-venir-attendu"},
    Etat.SUSPENDU: {"suspendu", "compte-suspendu"},
    Etat.CLOS: {"clos", "clos-ce-jour", "clos-avant-d-ouvrir", "compte-clos"},
}


def test_state_is_the_same_for_the_database_and_for_the_line_that_is_shown(app: Flask) -> None:
    acteur = some(ETATS)

    shown = liste.lister(acteur, Demande(), now()).utilisateurs

    assert {user.nom: user.etat for user in shown} == {
        nom: etat for etat, noms in ATTENDUS.items() for nom in noms
    }
    for etat, noms in ATTENDUS.items():
        assert set(listed(acteur, Demande(Filtres(etat=etat)))) == noms


ABSENTS = [
    Cas("hier", {"last_login_at": now() - DAY}, {}),
    Cas("printemps", {"last_login_at": now() - 200 * DAY}, {}),
    Cas("an-dernier", {"last_login_at": now() - 380 * DAY}, {}),
    Cas("an-dernier-clos", {"last_login_at": now() - 380 * DAY}, {"cloture": TODAY - DAY}),
    Cas("jamais", {}, {"created_at": now() - 60 * DAY, "ouverture": TODAY - 60 * DAY}),
    Cas("jamais-tout-neuf", {}, {"ouverture": TODAY - 60 * DAY}),
    Cas("jamais-a-venir", {}, {"created_at": now() - 60 * DAY, "ouverture": TODAY + DAY}),
]


@pytest.mark.parametrize(
    ("connexion", "noms"),
    [
        (Connexion.TROIS_MOIS, {"printemps", "an-dernier"}),
        (Connexion.SIX_MOIS, {"printemps", "an-dernier"}),
        (Connexion.DOUZE_MOIS, {"an-dernier"}),
        (Connexion.JAMAIS, {"jamais"}),
    ],
)
def test_who_does_not_come_is_found_while_they_still_could(
    app: Flask, connexion: Connexion, noms: set[str]
) -> None:
    acteur = some(
        [Cas(un.nom, un.compte, {"ouverture": TODAY - 400 * DAY, **un.place}) for un in ABSENTS]
    )

    assert set(listed(acteur, Demande(Filtres(connexion=connexion)))) == noms


def test_what_ends_soon_and_addresses_that_refuse_are_found(app: Flask) -> None:
    acteur = some(
        [
            Cas("demain", {}, {"cloture": TODAY + DAY}),
            Cas("dans-30-jours", {}, {"cloture": TODAY + 30 * DAY}),
            Cas("plus-tard", {"mail_refused_at": now()}, {"cloture": TODAY + 31 * DAY}),
            Cas("passe", {}, {"cloture": TODAY - DAY}),
            Cas("clos-ce-jour", {}, {"cloture": TODAY, "suspendu_at": now()}),
            Cas("sans-fin", {}, {}),
        ]
    )

    bientot = listed(acteur, Demande(Filtres(fin_proche=True)))
    shown = liste.lister(acteur, Demande(), now()).utilisateurs

    assert set(bientot) == {"demain", "dans-30-jours"}
    assert {user.nom for user in shown if user.finit_bientot} == set(bientot)
    assert listed(acteur, Demande(Filtres(mail_refuse=True))) == ["plus-tard"]


def test_a_group_finds_who_has_it_by_itself_or_through_a_sous_groupe(app: Flask) -> None:
    organisme = an_organisme()
    contrat = a_contrat(organisme)
    prive = a_groupe(contrat)
    conventionne = a_groupe(contrat, code="offre-bailleurs:conventionne:359")
    agence = a_sous_groupe(contrat, [prive])
    for nom, groupe in (("A", prive), ("B", agence), ("C", conventionne)):
        an_habilitation(a_rattachement(an_account(family_name=nom), organisme), groupe)
    acteur = an_acteur(uuid4(), organisme)

    assert listed(acteur, Demande(Filtres(groupe=prive.id))) == ["A", "B"]
    assert listed(acteur, Demande(Filtres(groupe=agence.id))) == ["B"]
    assert listed(acteur, Demande(Filtres(role=Role.ADMINISTRATEUR))) == []


def test_many_groups_are_named_three_times_and_counted(client: FlaskClient) -> None:
    organisme, groupe = an_administrateur(client)
    place = a_rattachement(an_account(family_name="NOM"), organisme)
    contrat = db.session.get_one(ContratDeService, groupe.contrat_id)
    for rank in range(15):
        other = a_groupe(contrat, code=f"x:{rank}", libelle=f"Zone {rank:02}")
        an_habilitation(place, other)

    page = client.get(LISTE).text
    row = page.split(f'id="u-{place.id}"')[1].split("</tr>")[0]

    assert re.findall(r"<li>(.*?)</li>", row) == ["Zone 00", "Zone 01", "Zone 02", "et 12 autres"]


@dataclass
class Delegue:
    """A responsable d'habilitation for the first of two groups, at their desk."""

    client: FlaskClient
    organisme: Organisme
    a_eux: Groupe
    hors: Groupe


@pytest.fixture
def delegue(client: FlaskClient) -> Delegue:
    organisme = an_organisme()
    contrat = a_contrat(organisme)
    a_eux = a_groupe(contrat, libelle="Zone tenue")
    hors = a_groupe(contrat, code="offre-bailleurs:conventionne:359", libelle="Autre zone")
    account = an_account(family_name="DELEGUE")
    place = a_rattachement(account, organisme)
    a_mandat(place, [a_eux], by=account)
    signed_in(client, account, place)
    return Delegue(client, organisme, a_eux, hors)


def test_a_responsable_lists_and_filters_within_their_mandate(delegue: Delegue) -> None:
    both = a_rattachement(an_account(family_name="NOM1"), delegue.organisme)
    an_habilitation(both, delegue.a_eux)
    an_habilitation(both, delegue.hors)
    other = a_rattachement(an_account(family_name="NOM2"), delegue.organisme)
    an_habilitation(other, delegue.hors)

    page = delegue.client.get(LISTE).text

    assert named(page) == ["NOM1"]
    row = page.split(f'id="u-{both.id}"')[1].split("</tr>")[0]
    assert re.findall(r"<li>(.*?)</li>", row) == ["Zone tenue", "et 1 autre"]
    assert "Autre zone" not in page
    # Not even by asking who holds it.
    assert delegue.client.get(f"{LISTE}?groupe={delegue.hors.id}").status_code == 404
    assert named(delegue.client.get(f"{LISTE}?groupe={delegue.a_eux.id}").text) == ["NOM1"]


def test_groupes_out_of_reach_are_said_to_be_so(delegue: Delegue) -> None:
    place = db.session.scalars(
        select(Rattachement).where(Rattachement.role == Role.RESPONSABLE_HABILITATION)
    ).one()
    an_habilitation(place, delegue.hors)

    page = delegue.client.get(LISTE).text

    row = page.split(f'id="u-{place.id}"')[1].split("</tr>")[0]
    assert re.findall(r"<li>(.*?)</li>", row) == ["1 groupe que vous ne gérez pas"]


@pytest.mark.parametrize("sens", ["apres", "avant"])
@pytest.mark.parametrize("page", ["utilisateurs", "groupes"])
def test_no_page_starts_from_whom_a_responsable_may_not_see(
    delegue: Delegue, page: str, sens: str
) -> None:
    users(delegue.organisme, delegue.a_eux, 3)
    cache = a_rattachement(an_account(family_name="NOM001B"), delegue.organisme)
    an_habilitation(cache, delegue.hors)
    ou = LISTE if page == "utilisateurs" else f"/habilitations/groupes/{delegue.a_eux.id}"

    shown = delegue.client.get(f"{ou}?{sens}={cache.id}").text

    assert "NOM000" in shown
    assert "NOM002" in shown


def test_a_group_of_another_organisme_filters_nothing(client: FlaskClient) -> None:
    an_administrateur(client)
    foreign = a_groupe(a_contrat(an_organisme(raison_sociale="AILLEURS")))

    assert client.get(f"{LISTE}?groupe={foreign.id}").status_code == 404


def test_filters_in_force_are_told_and_taken_away_one_by_one(client: FlaskClient) -> None:
    organisme, groupe = an_administrateur(client)
    users(organisme, groupe, 2)
    page = client.get(f"{LISTE}?q=nom&etat=actif&role=utilisateur&groupe={groupe.id}&tri=-nom").text

    assert named(page) == ["NOM001", "NOM000"]
    assert "2 utilisateurs pour « nom », 3 filtres" in " ".join(page.split())
    sans = [unescape(href) for href in re.findall(r'class="mcp-puce" href="([^"]+)"', page)]
    assert sans == [
        f"{LISTE}?etat=actif&groupe={groupe.id}&role=utilisateur&tri=-nom",
        f"{LISTE}?q=nom&groupe={groupe.id}&role=utilisateur&tri=-nom",
        f"{LISTE}?q=nom&etat=actif&role=utilisateur&tri=-nom",
        f"{LISTE}?q=nom&etat=actif&groupe={groupe.id}&tri=-nom",
    ]


def test_what_is_not_understood_is_ignored(client: FlaskClient) -> None:
    organisme, groupe = an_administrateur(client)
    users(organisme, groupe, 1)

    page = client.get(f"{LISTE}?etat=x&role=%07&groupe=1&connexion=9&tri=--&apres=x&fin=1").text

    assert named(page) == ["NOM000"]
    assert "mcp-puce" not in page


def test_an_empty_result_says_what_to_do(client: FlaskClient) -> None:
    an_administrateur(client)

    page = client.get(f"{LISTE}?q=personne&etat=clos").text

    assert "Aucun utilisateur ne correspond à « personne » avec ce filtre." in page
    assert f'href="{LISTE}?q=personne"' in page
    assert f'href="{LISTE}"' in page


def test_past_a_bound_users_are_not_counted_one_by_one(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisme, groupe = an_administrateur(client)
    users(organisme, groupe, 4)
    monkeypatch.setattr(liste, "COMPTES", 4)

    assert "Plus de 4 utilisateurs" in client.get(LISTE).text


def test_a_search_finds_a_name_and_takes_wildcards_for_plain_characters(
    client: FlaskClient,
) -> None:
    organisme, groupe = an_administrateur(client)
    users(organisme, groupe, 3)

    assert named(client.get(f"{LISTE}?q=nom001").text) == ["NOM001"]
    assert named(client.get(f"{LISTE}?q=%25").text) == []


def test_a_search_finds_an_identifiant_as_it_is_printed(client: FlaskClient) -> None:
    organisme, groupe = an_administrateur(client)
    users(organisme, groupe, 3)
    wanted = db.session.scalars(
        select(Account.identifiant).where(Account.family_name == "NOM001")
    ).one()

    page = client.get(f"{LISTE}?q={format_identifiant(wanted).lower()}").text

    assert named(page) == ["NOM001"]


def test_users_of_another_organisme_are_never_listed(client: FlaskClient) -> None:
    an_administrateur(client)
    other = an_organisme(raison_sociale="LES CHÊNES")
    users(other, a_groupe(a_contrat(other)), 2)
    elsewhere = db.session.scalars(
        select(Rattachement.id).where(Rattachement.organisme_id == other.id)
    ).first()

    assert named(client.get(LISTE).text) == []
    assert named(client.get(f"{LISTE}?apres={elsewhere}").text) == []
    assert named(client.get(f"{LISTE}?avant={elsewhere}").text) == []


def test_refused_address_is_shown_to_the_administrateur_and_to_the_person(
    client: FlaskClient,
) -> None:
    chef = an_account(mail_refused_at=datetime(2026, 3, 2, 10, tzinfo=UTC))
    place = a_rattachement(chef, an_organisme(), role=Role.ADMINISTRATEUR)
    signed_in(client, chef, place)

    assert "Mail non distribué le 02/03/2026" in client.get(LISTE).text
    assert "ne vous parviennent plus" in client.get("/accueil").text
