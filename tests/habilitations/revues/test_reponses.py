"""Answers of a review: kept or taken away, never lost, never of oneself, never elsewhere."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_acteur,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import db
from idp.errors import NotHere
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import Habilitation, Organisme, Rattachement, Role
from idp.habilitations.revues import lecture, ouverture, reponses
from idp.habilitations.revues.models import EtatRevue, LigneDeRevue, Revue
from idp.habilitations.revues.policy import Decision
from idp.habilitations.revues.reponses import Reponse, Suite

NOW = datetime.now(UTC)
REVUE = "/habilitations/revue"


@dataclass
class Bureau:
    """An administrateur and their review: a colleague who administers too, Nadia, and a sleeper."""

    client: FlaskClient
    organisme: Organisme
    chef: Acteur
    place: Rattachement
    autre: Acteur
    autre_place: Rattachement
    nadia: Rattachement
    dormeur: Rattachement
    revue_id: UUID

    def ligne(self, place: Rattachement) -> LigneDeRevue:
        return db.session.get_one(LigneDeRevue, (self.revue_id, place.id), populate_existing=True)

    def repond(self, place: Rattachement, reponse: str, **fields: Any) -> TestResponse:
        data = {
            "organisme": str(self.organisme.id),
            "rattachement": str(place.id),
            "reponse": reponse,
            "vu": "",
            **fields,
        }
        return self.client.post(f"{REVUE}/{self.revue_id}/repondre", data=data)


@pytest.fixture
def bureau(client: FlaskClient) -> Bureau:
    organisme = an_organisme()
    groupe = a_groupe(a_contrat(organisme))

    def quelqu_un(nom: str, **values: Any) -> Rattachement:
        place = {key: values.pop(key) for key in ("role",) if key in values}
        account = an_account(
            **{
                "given_name": nom,
                "family_name": "Le Gall",
                "email": f"{nom.lower()}@exemple.fr",
                "last_login_at": NOW,
                **values,
            }
        )
        return a_rattachement(account, organisme, **place)

    chef = quelqu_un("Chef", role=Role.ADMINISTRATEUR)
    autre = quelqu_un("Autre", role=Role.ADMINISTRATEUR)
    nadia = quelqu_un("Nadia")
    an_habilitation(nadia, groupe)
    dormeur = quelqu_un("Dormeur", last_login_at=NOW - timedelta(days=600))
    un = an_acteur(chef.account_id, organisme)
    revue_id = ouverture.commencer(un, NOW)
    assert revue_id
    signed_in(client, db.session.get_one(Account, chef.account_id), chef)
    return Bureau(
        client=client,
        organisme=organisme,
        chef=un,
        place=chef,
        autre=an_acteur(autre.account_id, organisme),
        autre_place=autre,
        nadia=nadia,
        dormeur=dormeur,
        revue_id=revue_id,
    )


def told(event: str) -> list[dict[str, Any]]:
    rows = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == event).order_by(JournalEntry.id)
    )
    return [row.data for row in rows]


def test_page_shows_progress_and_the_riskiest_first(bureau: Bureau) -> None:
    page = bureau.client.get(REVUE).text

    assert "<strong>0 sur 3</strong>" in page
    assert page.index("Dormeur Le Gall") < page.index("Nadia Le Gall")
    assert "Aucune connexion depuis plus de 12 mois" in page
    assert "Logements privés – Caf 359" in page
    assert "Rien à signaler" in page


def test_an_answer_is_kept_journalled_and_leads_to_the_next(bureau: Bureau) -> None:
    answer = bureau.repond(bureau.dormeur, "retirer")

    assert answer.status_code == 303
    assert answer.location.endswith(f"#p-{bureau.autre_place.id}")
    ligne = bureau.ligne(bureau.dormeur)
    assert (ligne.decision, ligne.decided_by) == (Decision.RETIRER, bureau.chef.account_id)
    assert told("ligne_revue")[0]["reponse"] == "retirer"
    page = bureau.client.get(answer.location).text
    assert "<strong>1 sur 3</strong>" in page
    assert "<strong>Dormeur Le Gall</strong> : accès à retirer" in page


def test_nothing_is_taken_away_before_the_end(bureau: Bureau) -> None:
    bureau.repond(bureau.nadia, "retirer")

    assert db.session.scalars(select(Habilitation)).one().rattachement_id == bureau.nadia.id
    assert db.session.get_one(Rattachement, bureau.nadia.id).suspendu_at is None


def test_an_answer_is_taken_back_and_the_person_seen_again(bureau: Bureau) -> None:
    bureau.repond(bureau.nadia, "garder")

    answer = bureau.repond(bureau.nadia, "annuler", vu="garder")

    assert answer.location.endswith(f"#p-{bureau.nadia.id}")
    assert bureau.ligne(bureau.nadia).decision is None
    assert bureau.ligne(bureau.nadia).decided_by is None
    assert [event["reponse"] for event in told("ligne_revue")] == ["garder", "annuler"]


def test_second_administrateur_is_told_and_the_first_answer_stays(bureau: Bureau) -> None:
    vu = Reponse(bureau.nadia.id, Decision.RETIRER, None)
    assert reponses.repondre(bureau.autre, bureau.revue_id, vu, NOW) is Suite.FAITE

    answer = bureau.repond(bureau.nadia, "garder")

    page = bureau.client.get(answer.location).text
    assert "Autre Le Gall a répondu entre-temps pour Nadia Le Gall" in page
    ligne = bureau.ligne(bureau.nadia)
    assert (ligne.decision, ligne.decided_by) == (Decision.RETIRER, bureau.autre.account_id)
    # Having seen it, they may answer otherwise.
    bureau.repond(bureau.nadia, "garder", vu="retirer")
    assert bureau.ligne(bureau.nadia).decision is Decision.GARDER


def test_pressing_twice_answers_once(bureau: Bureau) -> None:
    bureau.repond(bureau.nadia, "garder")
    page = bureau.client.get(bureau.repond(bureau.nadia, "garder").location).text

    assert len(told("ligne_revue")) == 1
    assert "entre-temps" not in page


def test_nobody_answers_of_themself(bureau: Bureau) -> None:
    for reponse in ("garder", "retirer"):
        page = bureau.client.get(bureau.repond(bureau.place, reponse).location).text
        assert "Vous ne répondez pas pour vous-même" in page

    assert bureau.ligne(bureau.place).decision is None
    assert told("ligne_revue") == []


def test_ones_own_line_has_no_button_and_is_not_counted(bureau: Bureau) -> None:
    page = bureau.client.get(f"{REVUE}?vue=tous").text

    assert "C’est vous : un autre administrateur répond." in page
    assert f'name="rattachement" value="{bureau.place.id}"' not in page
    fait = lecture.avancement(bureau.revue_id, bureau.chef.account_id)
    assert (fait.total, fait.restent) == (3, 3)


def test_line_of_another_organisme_does_not_exist(bureau: Bureau) -> None:
    ailleurs = an_organisme(raison_sociale="AILLEURS")
    eux = a_rattachement(an_account(), ailleurs, role=Role.ADMINISTRATEUR)
    cible = a_rattachement(an_account(), ailleurs)
    leur_revue = ouverture.commencer(an_acteur(eux.account_id, ailleurs), NOW)

    answers = [
        bureau.client.post(
            f"{REVUE}/{revue}/repondre",
            data={
                "organisme": str(bureau.organisme.id),
                "rattachement": str(place),
                "reponse": "retirer",
                "vu": "",
            },
        )
        for revue, place in [
            (leur_revue, cible.id),
            (bureau.revue_id, cible.id),
            (leur_revue, bureau.nadia.id),
            (bureau.revue_id, uuid4()),
            (uuid4(), bureau.nadia.id),
        ]
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    decided = select(LigneDeRevue).where(LigneDeRevue.decision.is_not(None))
    assert db.session.scalars(decided).all() == []


def test_nothing_is_answered_once_the_review_is_ended(bureau: Bureau) -> None:
    db.session.execute(update(Revue).values(etat=EtatRevue.APPLICATION))

    bureau.repond(bureau.nadia, "retirer")

    assert bureau.ligne(bureau.nadia).decision is None
    assert told("ligne_revue") == []
    assert reponses.garder_sans_risque(bureau.chef, bureau.revue_id, NOW) == 0


def test_an_old_form_answers_nothing_in_the_next_review(bureau: Bureau) -> None:
    db.session.execute(update(Revue).values(etat=EtatRevue.CLOSE))
    suivante = ouverture.commencer(bureau.chef, NOW)

    bureau.repond(bureau.nadia, "retirer")

    rows = db.session.scalars(select(LigneDeRevue).where(LigneDeRevue.revue_id == suivante))
    assert {row.decision for row in rows} == {None}


@pytest.mark.parametrize(
    "fields", [{"reponse": "clore"}, {"reponse": ""}, {"rattachement": "x"}, {"vu": "garder"}]
)
def test_what_no_form_sends_changes_nothing(bureau: Bureau, fields: dict[str, str]) -> None:
    sent = {"reponse": "retirer", **fields}

    answer = bureau.repond(bureau.nadia, sent.pop("reponse"), **sent)

    assert answer.status_code == 303
    assert bureau.ligne(bureau.nadia).decision is None


def test_a_responsable_and_a_user_see_no_review(bureau: Bureau) -> None:
    signed_in(bureau.client, db.session.get_one(Account, bureau.nadia.account_id), bureau.nadia)

    assert bureau.client.get(REVUE).status_code == 403
    assert bureau.repond(bureau.dormeur, "retirer").status_code == 403
    with pytest.raises(NotHere):
        reponses.repondre(
            an_acteur(bureau.nadia.account_id, bureau.organisme, role=Role.UTILISATEUR),
            bureau.revue_id,
            Reponse(bureau.dormeur.id, Decision.RETIRER, None),
            NOW,
        )


def test_those_without_risk_are_kept_at_once_when_confirmed(bureau: Bureau) -> None:
    garder = f"{REVUE}/{bureau.revue_id}/garder"
    shown = bureau.client.get(garder).text
    assert "1 personne gardera son accès" in shown
    assert "Nadia Le Gall" in shown
    assert bureau.ligne(bureau.nadia).decision is None

    bureau.client.post(garder, data={"organisme": str(bureau.organisme.id)})

    assert bureau.ligne(bureau.nadia).decision is Decision.GARDER
    assert {bureau.ligne(place).decision for place in (bureau.dormeur, bureau.autre_place)} == {
        None
    }
    assert told("sans_risque_gardes") == [{"revue_id": str(bureau.revue_id), "personnes": 1}]


def test_those_of_a_page_are_kept_alone(bureau: Bureau) -> None:
    rang = bureau.ligne(bureau.nadia).rang

    kept = [
        reponses.garder_sans_risque(bureau.chef, bureau.revue_id, NOW, rangs=rangs)
        for rangs in [(1, rang - 1), (rang + 1, 99), (rang, rang), (rang, rang)]
    ]

    assert kept == [0, 0, 1, 0]


def test_keeping_at_once_overwrites_no_answer(bureau: Bureau) -> None:
    bureau.repond(bureau.nadia, "retirer")

    reponses.garder_sans_risque(bureau.autre, bureau.revue_id, NOW)

    assert bureau.ligne(bureau.nadia).decision is Decision.RETIRER


def test_the_review_is_begun_from_its_page(bureau: Bureau) -> None:
    db.session.execute(update(Revue).values(etat=EtatRevue.CLOSE, ended_at=NOW))
    assert "Commencer la revue" in bureau.client.get(REVUE).text
    assert "Revues précédentes" in bureau.client.get(REVUE).text

    bureau.client.post(f"{REVUE}/commencer", data={"organisme": str(bureau.organisme.id)})

    assert "<strong>0 sur 3</strong>" in bureau.client.get(REVUE).text


def test_page_costs_the_same_whatever_the_number_of_people(
    bureau: Bureau, client: FlaskClient
) -> None:
    with counted() as few:
        client.get(REVUE)
    groupe = db.session.scalars(select(Habilitation.groupe_id)).one()
    db.session.execute(update(Revue).values(etat=EtatRevue.CLOSE))
    for rank in range(40):
        place = a_rattachement(an_account(family_name=f"N{rank}"), bureau.organisme)
        db.session.add(
            Habilitation(
                rattachement_id=place.id, groupe_id=groupe, debut=clock.today(NOW), granted_at=NOW
            )
        )
    ouverture.commencer(bureau.chef, NOW)

    with counted() as many:
        page = client.get(REVUE).text

    assert len(re.findall('<li class="mcp-panneau', page)) == 25
    assert "Page suivante" in page
    assert len(few) == len(many) <= 8


def test_every_person_is_on_one_page(bureau: Bureau, client: FlaskClient) -> None:
    db.session.execute(update(Revue).values(etat=EtatRevue.CLOSE))
    for rank in range(57):
        a_rattachement(an_account(family_name=f"N{rank}"), bureau.organisme)
    ouverture.commencer(bureau.chef, NOW)
    address, seen = REVUE, []
    while address:
        page = client.get(address).text
        seen += re.findall('<li class="mcp-panneau[^>]*id="p-([^"]+)"', page)
        following = re.search('rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""

    assert len(seen) == len(set(seen)) == 60


def test_administrateurs_are_reminded_where_they_come(bureau: Bureau) -> None:
    pages = ["/accueil", "/habilitations/utilisateurs"]

    for page in pages:
        assert "3 accès attendent votre réponse" in bureau.client.get(page).text
    db.session.execute(update(LigneDeRevue).values(decision=Decision.GARDER))
    assert "il reste à la terminer" in bureau.client.get("/accueil").text
    db.session.execute(update(Revue).values(etat=EtatRevue.CLOSE))
    assert "Continuer la revue" not in bureau.client.get("/accueil").text


def test_a_user_is_not_reminded(bureau: Bureau) -> None:
    signed_in(bureau.client, db.session.get_one(Account, bureau.nadia.account_id), bureau.nadia)

    assert "Continuer la revue" not in bureau.client.get("/accueil").text
