"""The opening of a review: everybody with what they hold, in an order that never moves, and yearly."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    an_account,
    an_acteur,
    an_habilitation,
    an_organisme,
)
from flask import Flask
from sent_mails import mails_to
from sql_budget import counted
from sqlalchemy import func, select, update

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.delegation import Acteur, Qualite
from idp.habilitations.models import Organisme, Rattachement, Role
from idp.habilitations.revues import lecture, lignes, ouverture, rappels
from idp.habilitations.revues.models import DroitRevu, EtatRevue, LigneDeRevue, Revue
from idp.habilitations.revues.policy import Motif, PersonneVue, risque

pytestmark = pytest.mark.usefixtures("app")
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
LONGTEMPS = NOW - timedelta(days=800)


def un_organisme(**values: object) -> tuple[Organisme, Acteur]:
    """With an administrateur."""
    organisme = an_organisme(created_at=LONGTEMPS, **values)
    chef = an_account(email="chef@exemple.fr", family_name="Zola", last_login_at=NOW)
    a_rattachement(
        chef,
        organisme,
        role=Role.ADMINISTRATEUR,
        created_at=LONGTEMPS,
        ouverture=clock.today(LONGTEMPS),
    )
    return organisme, an_acteur(chef.id, organisme)


def un_user(organisme: Organisme, nom: str = "Aubry", **account: object) -> Rattachement:
    likely: dict[str, object] = {"last_login_at": NOW, "email": f"{nom.lower()}@exemple.fr"}
    person = an_account(family_name=nom, given_name="Nadia", **{**likely, **account})
    return a_rattachement(person, organisme, created_at=LONGTEMPS, ouverture=clock.today(LONGTEMPS))


def lignes_de(revue_id: UUID | None) -> list[LigneDeRevue]:
    return list(
        db.session.scalars(
            select(LigneDeRevue)
            .where(LigneDeRevue.revue_id == revue_id)
            .order_by(LigneDeRevue.rang)
        )
    )


def test_everybody_is_written_down_with_what_they_hold() -> None:
    organisme, chef = un_organisme()
    user = un_user(organisme)
    groupe = a_groupe(a_contrat(organisme))
    an_habilitation(user, groupe, granted_by=chef.account_id, granted_as=Qualite.ADMINISTRATEUR)

    revue_id = ouverture.commencer(chef, NOW)

    assert {ligne.rattachement_id for ligne in lignes_de(revue_id)} >= {user.id}
    assert len(lignes_de(revue_id)) == 2
    droit = db.session.scalars(select(DroitRevu)).one()
    assert (droit.rattachement_id, droit.groupe_id) == (user.id, groupe.id)
    assert (droit.libelle, droit.service) == (groupe.libelle, "offre-bailleurs")
    assert (droit.granted_by, droit.granted_as) == (chef.account_id, Qualite.ADMINISTRATEUR)
    revue = db.session.get_one(Revue, revue_id)
    assert (revue.etat, revue.opened_by) == (EtatRevue.OUVERTE, chef.account_id)
    assert revue.echeance == date(2027, 1, 24)


def test_what_was_reviewed_does_not_move_with_what_is_held() -> None:
    organisme, chef = un_organisme()
    user = un_user(organisme)
    groupe = a_groupe(a_contrat(organisme))
    habilitation = an_habilitation(user, groupe)
    revue_id = ouverture.commencer(chef, NOW)

    db.session.delete(habilitation)
    groupe.libelle = "Autre nom"
    db.session.flush()

    assert [droit.libelle for droit in db.session.scalars(select(DroitRevu))] == [
        "Logements privés – Caf 359"
    ]
    assert lignes_de(revue_id)[-1].groupes == 1


def test_who_left_is_not_reviewed_nor_what_has_ended() -> None:
    organisme, chef = un_organisme()
    parti, ailleurs = un_user(organisme, "Parti"), un_user(an_organisme(), "Ailleurs")
    parti.cloture = clock.today(NOW) - timedelta(days=1)
    clos_aujourd_hui = un_user(organisme, "Clos")
    clos_aujourd_hui.cloture, clos_aujourd_hui.suspendu_at = clock.today(NOW), NOW
    compte_clos = un_user(organisme, "Compte", state=AccountState.CLOS)
    reste = un_user(organisme, "Reste")
    hier = clock.today(NOW) - timedelta(days=1)
    an_habilitation(reste, a_groupe(a_contrat(organisme)), debut=clock.today(LONGTEMPS), fin=hier)
    db.session.flush()

    revue_id = ouverture.commencer(chef, NOW)

    revus = {ligne.rattachement_id for ligne in lignes_de(revue_id)}
    assert reste.id in revus
    assert not revus & {parti.id, clos_aujourd_hui.id, compte_clos.id, ailleurs.id}
    assert db.session.scalars(select(DroitRevu)).all() == []


def test_the_riskiest_come_first_then_names() -> None:
    organisme, chef = un_organisme()
    un_user(organisme, "Zoe")
    un_user(organisme, "Alix")
    un_user(organisme, "Dormeur", last_login_at=NOW - timedelta(days=500))
    un_user(organisme, "Jamais", last_login_at=None)

    revue_id = ouverture.commencer(chef, NOW)

    revue = lecture.lire(organisme.id, revue_id or UUID(int=0))
    noms = [ligne.nom for ligne in lignes.page(revue, chef, lignes.Vue.TOUS).lignes]
    assert noms == ["Nadia Dormeur", "Nadia Jamais", "Claire Zola", "Nadia Alix", "Nadia Zoe"]


def test_who_gave_and_is_gone_is_seen() -> None:
    organisme, chef = un_organisme()
    groupe = a_groupe(a_contrat(organisme))
    responsable, user = un_user(organisme, "Parti"), un_user(organisme, "Reste")
    chef_account = db.session.get_one(Account, chef.account_id)
    mandat = a_mandat(responsable, [groupe], chef_account)
    an_habilitation(
        user,
        groupe,
        granted_by=responsable.account_id,
        granted_as=Qualite.RESPONSABLE_HABILITATION,
        mandat_id=mandat.id,
    )
    responsable.suspendu_at = NOW
    db.session.flush()

    revue_id = ouverture.commencer(chef, NOW)

    revue = lecture.lire(organisme.id, revue_id or UUID(int=0))
    ligne = lignes.ligne(revue, user.id)
    assert ligne is not None
    assert ligne.motifs == (Motif.SANS_DONNEUR, Motif.DELEGUE)


def test_what_a_program_gave_is_delegated_and_without_giver_once_it_acts_no_more() -> None:
    organisme, chef = un_organisme()
    groupe, user = a_groupe(a_contrat(organisme)), un_user(organisme)
    mandat = a_mandat(
        un_user(organisme, "Autre"),
        [groupe],
        db.session.get_one(Account, chef.account_id),
        debut=clock.today(LONGTEMPS),
    )
    an_habilitation(user, groupe, granted_as=Qualite.PROGRAMME, mandat_id=mandat.id)
    first = ouverture.commencer(chef, NOW)
    vue = {ligne.rattachement_id: ligne for ligne in lignes_de(first)}[user.id]
    assert (vue.delegues, vue.sans_donneur) == (1, 0)

    mandat.ended_at = NOW
    db.session.execute(update(Revue).values(etat=EtatRevue.CLOSE))
    second = ouverture.commencer(chef, NOW)

    vue = {ligne.rattachement_id: ligne for ligne in lignes_de(second)}[user.id]
    assert (vue.delegues, vue.sans_donneur) == (1, 1)


def test_the_database_and_the_policy_agree_on_every_risk() -> None:
    organisme, chef = un_organisme()
    rng = random.Random(7)
    groupes = [a_groupe(a_contrat(organisme, f"s{rank}")) for rank in range(9)]
    for rank in range(80):
        vu = rng.choice([None, *(NOW - timedelta(days=rng.randrange(900)) for _ in range(3))])
        user = un_user(organisme, f"N{rank}", last_login_at=vu)
        user.created_at = NOW - timedelta(days=rng.randrange(60))
        user.cloture = rng.choice([None, clock.today(NOW) + timedelta(days=rng.randrange(60))])
        user.suspendu_at = rng.choice([None, None, NOW]) if user.cloture is None else None
        user.role = rng.choice(list(Role))
        db.session.get_one(Account, user.account_id).mail_refused_at = rng.choice([None, NOW])
        for groupe in rng.sample(groupes, rng.randrange(9)):
            an_habilitation(
                user,
                groupe,
                granted_by=rng.choice([chef.account_id, UUID(int=1)]),
                granted_as=rng.choice([Qualite.ADMINISTRATEUR, Qualite.RESPONSABLE_HABILITATION]),
            )
    db.session.flush()

    vues = lignes_de(ouverture.commencer(chef, NOW))

    assert len(vues) == 81
    assert len({ligne.risque for ligne in vues}) > 10
    assert [ligne.risque for ligne in vues] == sorted(
        (ligne.risque for ligne in vues), reverse=True
    )
    for ligne in vues:
        connexion = ligne.derniere_connexion_at
        personne = PersonneVue(
            role=ligne.role,
            cree_le=clock.today(ligne.cree_at),
            derniere_connexion=clock.today(connexion) if connexion else None,
            cloture=ligne.cloture,
            suspendu=ligne.suspendu,
            mail_refuse=ligne.mail_refuse,
            groupes=ligne.groupes,
            delegues=ligne.delegues,
            sans_donneur=ligne.sans_donneur,
        )
        assert ligne.risque == risque(personne, clock.today(NOW)), personne


def test_beginning_twice_finds_the_same_review() -> None:
    organisme, chef = un_organisme()
    un_user(organisme)

    first, second = ouverture.commencer(chef, NOW), ouverture.commencer(chef, NOW)

    assert first == second
    assert db.session.scalar(select(func.count()).select_from(Revue)) == 1


def test_nobody_reviews_themself_alone() -> None:
    _organisme, chef = un_organisme()

    assert ouverture.commencer(chef, NOW) is None


def test_a_responsable_begins_nothing() -> None:
    organisme, _chef = un_organisme()
    user = un_user(organisme)
    responsable = an_acteur(user.account_id, organisme, role=Role.RESPONSABLE_HABILITATION)

    assert ouverture.commencer(responsable, NOW) is None


def test_administrateurs_are_told_and_the_journal_knows() -> None:
    organisme, chef = un_organisme()
    un_user(organisme)

    ouverture.commencer(chef, NOW)

    (mail,) = mails_to("chef@exemple.fr")
    assert (
        mail["subject"] == "Revue des habilitations de LES OLIVIERS : à faire avant le 24/01/2027"
    )
    assert "le 24/01/2027, les accès restés sans réponse seront retirés" in mail["body"]
    entry = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "revue_ouverte")
    ).one()
    assert entry.data["personnes"] == 2
    assert entry.organisme_id == organisme.id


def test_opening_costs_the_same_whatever_the_number_of_people() -> None:
    def cost(people: int) -> int:
        organisme, chef = un_organisme()
        groupe = a_groupe(a_contrat(organisme))
        for rank in range(people):
            an_habilitation(un_user(organisme, f"N{rank}"), groupe)
        with counted() as statements:
            ouverture.commencer(chef, NOW)
        return len(statements)

    assert cost(2) == cost(60) <= 12


# By itself


@pytest.mark.parametrize(
    ("jour", "creee_il_y_a", "derniere_il_y_a", "ouvre"),
    [
        (date(2026, 11, 25), 800, None, False),
        (date(2026, 11, 25), 800, 366, True),
        (date(2026, 11, 25), 800, 300, False),
        (date(2027, 5, 2), 800, None, True),
        (date(2027, 5, 2), 100, None, False),
        (date(2027, 5, 2), 800, 200, True),
        (date(2027, 5, 2), 800, 100, False),
    ],
    ids=[
        "installed in November",
        "a year after the last",
        "ten months after the last",
        "first one in May",
        "new organisme in May",
        "in May, seven months after the last",
        "in May, three months after the last",
    ],
)
def test_a_review_opens_by_itself(
    jour: date, creee_il_y_a: int, derniere_il_y_a: int | None, ouvre: bool
) -> None:
    now = clock.start_of_day(jour) + timedelta(hours=10)
    organisme, _chef = un_organisme()
    organisme.created_at = now - timedelta(days=creee_il_y_a)
    un_user(organisme)
    if derniere_il_y_a is not None:
        db.session.add(
            Revue(
                organisme_id=organisme.id,
                etat=EtatRevue.CLOSE,
                opened_at=now - timedelta(days=derniere_il_y_a),
                echeance=jour,
            )
        )
    db.session.flush()

    ouvertes = ouverture.ouvrir_celles_qui_sont_dues(now)

    assert ouvertes == int(ouvre)
    assert (lecture.en_cours(organisme.id) is not None) is ouvre
    assert ouverture.ouvrir_celles_qui_sont_dues(now) == 0


def test_nothing_opens_by_itself_where_nobody_can_answer() -> None:
    mai = datetime(2027, 5, 2, 10, tzinfo=UTC)
    seul, _chef = un_organisme()
    sans_chef, chef = un_organisme(raison_sociale="SANS CHEF")
    un_user(sans_chef)
    db.session.get_one(Account, chef.account_id).state = AccountState.SUSPENDU
    suspendu, _chef = un_organisme(raison_sociale="SUSPENDU", suspendu_at=mai)
    un_user(suspendu)
    db.session.flush()

    assert ouverture.ouvrir_celles_qui_sont_dues(mai) == 0
    assert lecture.en_cours(seul.id) is None


# Reminders


def test_reminders_leave_once_each_and_say_what_will_lapse() -> None:
    organisme, chef = un_organisme()
    un_user(organisme)
    revue_id = ouverture.commencer(chef, NOW)
    envoyes = []
    for day in range(1, 62):
        now = NOW + timedelta(days=day)
        for _again in range(2):
            envoyes += [day] * rappels.rappeler(now)

    assert [60 - day for day in envoyes] == [30, 7, 1]
    mails = [mail for mail in mails_to("chef@exemple.fr") if "sans réponse" in mail["subject"]]
    assert len(mails) == 3
    assert "Le 24/01/2027, cet accès sera retiré" in mails[-1]["body"]
    assert "1 accès sur 2 n’a pas encore de réponse" in mails[-1]["body"]
    told = db.session.scalars(select(JournalEntry).where(JournalEntry.event == "revue_rappelee"))
    assert [entry.data["jours"] for entry in told] == [30, 7, 1]
    assert revue_id is not None


def test_a_worker_that_was_stopped_sends_the_last_reminder_alone() -> None:
    organisme, chef = un_organisme()
    un_user(organisme)
    ouverture.commencer(chef, NOW)

    assert rappels.rappeler(NOW + timedelta(days=55)) == 1
    assert rappels.rappeler(NOW + timedelta(days=55)) == 0


def test_the_reminder_of_a_review_that_is_answered_says_to_end_it() -> None:
    organisme, chef = un_organisme()
    un_user(organisme)
    ouverture.commencer(chef, NOW)
    db.session.execute(update(LigneDeRevue).values(decision="garder"))

    rappels.rappeler(NOW + timedelta(days=31))

    mail = mails_to("chef@exemple.fr")[-1]
    assert mail["subject"].endswith("il reste à la terminer")
    assert "vos réponses seront appliquées le 24/01/2027" in mail["body"]


def test_chores_open_and_recall(app: Flask) -> None:
    assert ouverture.ouvrir_celles_qui_sont_dues in app.extensions["chores"]
    assert rappels.rappeler in app.extensions["chores"]
