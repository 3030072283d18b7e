"""The end of a review: told first, done once, by the engine; lapsed when nobody answered, and given back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
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
    signed_in,
)
from flask.testing import FlaskClient
from pypdf import PdfReader
from sent_mails import mails_to
from sqlalchemy import delete, select, update

from idp import audit, clock, outbox, signed_documents, worker
from idp.accounts.models import Account, AccountState
from idp.audit import JournalEntry
from idp.db import db
from idp.errors import NotHere
from idp.extensions import ground
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import (
    Groupe,
    Habilitation,
    Mandat,
    Organisme,
    Rattachement,
    Role,
)
from idp.habilitations.revues import (
    cloture,
    compte_rendu,
    oubli,
    ouverture,
    reponses,
    retablissement,
)
from idp.habilitations.revues.cloture import Fin
from idp.habilitations.revues.models import (
    DocumentDeRevue,
    DroitRevu,
    EtatRevue,
    LigneDeRevue,
    Revue,
)
from idp.habilitations.revues.policy import Decision, Issue
from idp.habilitations.revues.reponses import Reponse
from idp.habilitations.revues.retablissement import Retour

REVUE = "/habilitations/revue"
NOW = datetime.now(UTC)
ECHUE = NOW + timedelta(days=61)


@dataclass
class Bureau:
    """Two administrateurs and three users, each in a groupe, in a review that has just opened."""

    client: FlaskClient
    organisme: Organisme
    groupe: Groupe
    chef: Acteur
    chef_place: Rattachement
    autre: Acteur
    autre_place: Rattachement
    users: list[Rattachement]
    revue_id: UUID

    def ligne(self, place: Rattachement) -> LigneDeRevue:
        return db.session.get_one(LigneDeRevue, (self.revue_id, place.id), populate_existing=True)

    def revue(self) -> Revue:
        return db.session.get_one(Revue, self.revue_id, populate_existing=True)

    def place(self, place: Rattachement) -> Rattachement:
        return db.session.get_one(Rattachement, place.id, populate_existing=True)

    def repond(self, qui: Acteur, place: Rattachement, decision: Decision) -> None:
        vu = self.ligne(place).decision
        suite = reponses.repondre(qui, self.revue_id, Reponse(place.id, decision, vu), NOW)
        assert suite is reponses.Suite.FAITE

    def repond_a_tous(self) -> None:
        """The first user loses their access, everybody else keeps theirs."""
        self.repond(self.chef, self.users[0], Decision.RETIRER)
        for place in (*self.users[1:], self.autre_place):
            self.repond(self.chef, place, Decision.GARDER)

    def termine(self) -> Fin:
        version = cloture.bilan(self.revue_id, self.chef).version
        return cloture.terminer(self.chef, self.revue_id, version=version, now=NOW)

    def groupes(self, place: Rattachement) -> list[UUID]:
        held = select(Habilitation.groupe_id).where(Habilitation.rattachement_id == place.id)
        return list(db.session.scalars(held))


@pytest.fixture
def bureau(client: FlaskClient) -> Bureau:
    organisme = an_organisme()
    groupe = a_groupe(a_contrat(organisme))

    def quelqu_un(nom: str, role: Role = Role.UTILISATEUR) -> Rattachement:
        account = an_account(
            given_name=nom,
            family_name="Le Gall",
            email=f"{nom.lower()}@exemple.fr",
            last_login_at=NOW,
        )
        place = a_rattachement(account, organisme, role=role)
        an_habilitation(place, groupe, granted_at=NOW - timedelta(days=90))
        return place

    chef, autre = quelqu_un("Chef", Role.ADMINISTRATEUR), quelqu_un("Autre", Role.ADMINISTRATEUR)
    users = [quelqu_un(nom) for nom in ("Alix", "Basile", "Camille")]
    acteur = an_acteur(chef.account_id, organisme)
    revue_id = ouverture.commencer(acteur, NOW)
    assert revue_id
    signed_in(client, db.session.get_one(Account, chef.account_id), chef)
    return Bureau(
        client=client,
        organisme=organisme,
        groupe=groupe,
        chef=acteur,
        chef_place=chef,
        autre=an_acteur(autre.account_id, organisme),
        autre_place=autre,
        users=users,
        revue_id=revue_id,
    )


def told(event: str) -> list[JournalEntry]:
    rows = select(JournalEntry).where(JournalEntry.event == event).order_by(JournalEntry.id)
    return list(db.session.scalars(rows))


def test_what_would_change_is_told_then_done(bureau: Bureau) -> None:
    bureau.repond_a_tous()
    page = bureau.client.get(f"{REVUE}/{bureau.revue_id}/terminer").text
    assert "<strong>1 personne perdra son accès</strong>" in page
    assert "<li>Alix Le Gall</li>" in page
    assert "3 personnes gardent leur accès" in page
    version = page.split('name="version" value="')[1].split('"')[0]

    answer = bureau.client.post(
        f"{REVUE}/{bureau.revue_id}/terminer",
        data={"organisme": str(bureau.organisme.id), "version": version},
    )

    assert answer.status_code == 303
    assert bureau.revue().etat is EtatRevue.CLOSE
    assert bureau.place(bureau.users[0]).suspendu_at is not None
    assert bureau.place(bureau.users[1]).suspendu_at is None
    issues = [bureau.ligne(place).issue for place in (*bureau.users, bureau.autre_place)]
    assert issues == [Issue.RETIREE, Issue.GARDEE, Issue.GARDEE, Issue.GARDEE]
    assert bureau.ligne(bureau.chef_place).issue is Issue.MAINTENUE
    (clos,) = told("rattachement_clos")
    assert clos.actor_id == bureau.chef.account_id
    assert "Télécharger le compte rendu signé" in bureau.client.get(answer.location).text


def test_nothing_ends_while_somebody_has_no_answer(bureau: Bureau) -> None:
    bureau.repond(bureau.chef, bureau.users[0], Decision.RETIRER)

    assert bureau.termine() is Fin.RESTE
    assert bureau.revue().etat is EtatRevue.OUVERTE
    assert bureau.place(bureau.users[0]).suspendu_at is None


def test_an_answer_changed_meanwhile_is_shown_before_anything_is_done(bureau: Bureau) -> None:
    bureau.repond_a_tous()
    vue = cloture.bilan(bureau.revue_id, bureau.chef).version
    bureau.repond(bureau.autre, bureau.users[1], Decision.RETIRER)

    fin = cloture.terminer(bureau.chef, bureau.revue_id, version=vue, now=NOW)

    assert fin is Fin.ENTRE_TEMPS
    assert bureau.revue().etat is EtatRevue.OUVERTE
    assert bureau.place(bureau.users[0]).suspendu_at is None


def test_a_review_is_ended_once(bureau: Bureau) -> None:
    bureau.repond_a_tous()

    assert [bureau.termine(), bureau.termine()] == [Fin.FAITE, Fin.DEJA]
    assert len(told("revue_terminee")) == len(told("revue_close")) == 1
    assert cloture.avancer(bureau.revue_id, NOW)
    assert len(told("rattachement_clos")) == 1


def test_nobody_ends_the_review_of_another_organisme(bureau: Bureau) -> None:
    bureau.repond_a_tous()
    ailleurs = an_organisme(raison_sociale="AILLEURS")
    eux = an_acteur(an_account().id, ailleurs)
    version = cloture.bilan(bureau.revue_id, bureau.chef).version

    assert cloture.terminer(eux, bureau.revue_id, version=version, now=NOW) is Fin.DEJA
    assert bureau.revue().etat is EtatRevue.OUVERTE


def test_administrateurs_who_take_each_other_out_leave_one(bureau: Bureau) -> None:
    for place in bureau.users:
        bureau.repond(bureau.chef, place, Decision.GARDER)
    bureau.repond(bureau.chef, bureau.autre_place, Decision.RETIRER)
    bureau.repond(bureau.autre, bureau.chef_place, Decision.RETIRER)

    assert bureau.termine() is Fin.FAITE

    issues = {bureau.ligne(place).issue for place in (bureau.chef_place, bureau.autre_place)}
    assert issues == {Issue.RETIREE, Issue.REFUSEE}
    ouvertes = [
        place
        for place in (bureau.chef_place, bureau.autre_place)
        if bureau.place(place).suspendu_at is None
    ]
    assert len(ouvertes) == 1


def test_an_answer_outlives_who_gave_it(bureau: Bureau) -> None:
    bureau.repond(bureau.autre, bureau.users[0], Decision.RETIRER)
    autre = bureau.place(bureau.autre_place)
    autre.role = Role.UTILISATEUR
    db.session.flush()

    lapsed(bureau)

    assert bureau.ligne(bureau.users[0]).issue is Issue.RETIREE
    (clos,) = told("rattachement_clos")
    assert clos.actor_kind == "worker"


def test_who_left_meanwhile_is_left_alone(bureau: Bureau) -> None:
    bureau.repond_a_tous()
    parti = bureau.place(bureau.users[0])
    parti.suspendu_at, parti.cloture = NOW, clock.today(NOW)
    db.session.flush()

    bureau.termine()

    assert bureau.ligne(parti).issue is Issue.PARTIE
    assert told("rattachement_clos") == []


# Large reviews


def test_a_large_review_is_done_by_the_worker_a_batch_at_a_time(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau.repond_a_tous()
    monkeypatch.setattr(cloture, "SUR_LE_CHAMP", 2)
    bureau.termine()
    assert bureau.revue().etat is EtatRevue.APPLICATION
    page = bureau.client.get(f"{REVUE}/{bureau.revue_id}").text
    assert "0 sur 5" in page
    assert "le travail continue sans vous" in page
    assert bureau.client.get(REVUE).location.endswith(str(bureau.revue_id))

    db.session.commit()
    worker.drain()

    assert bureau.revue().etat is EtatRevue.CLOSE
    assert bureau.place(bureau.users[0]).suspendu_at is not None


def test_what_is_cut_short_goes_on_where_it_stopped(bureau: Bureau) -> None:
    for place in (*bureau.users, bureau.autre_place):
        bureau.repond(bureau.chef, place, Decision.RETIRER)
    db.session.execute(update(Revue).values(etat=EtatRevue.APPLICATION, ended_at=NOW))

    rounds = [cloture.avancer(bureau.revue_id, NOW, limit=2) for _round in range(5)]

    assert rounds == [False, False, False, True, True]
    assert len(told("rattachement_clos")) == 4
    assert len(told("revue_close")) == 1


def test_a_review_whose_delivery_was_given_up_is_finished_by_a_chore(bureau: Bureau) -> None:
    bureau.repond_a_tous()
    db.session.execute(update(Revue).values(etat=EtatRevue.APPLICATION, ended_at=NOW))

    assert cloture.poursuivre(NOW + timedelta(hours=1)) == 0
    later = NOW + outbox.GIVE_UP_AFTER
    assert worker.repeat(cloture.poursuivre, later, rounds=20) == 2
    assert bureau.revue().etat is EtatRevue.CLOSE


# Lapse


def test_what_has_no_answer_lapses_on_the_day_that_was_told(bureau: Bureau) -> None:
    bureau.repond(bureau.chef, bureau.users[1], Decision.GARDER)
    bureau.repond(bureau.chef, bureau.users[2], Decision.RETIRER)
    veille = clock.start_of_day(bureau.revue().echeance) - timedelta(hours=1)
    assert cloture.echoir(veille) == 0

    assert cloture.echoir(ECHUE) == 1
    db.session.commit()
    with clock.shifted(ECHUE - NOW):
        worker.drain()

    alix, basile, camille = bureau.users
    assert [bureau.ligne(place).issue for place in bureau.users] == [
        Issue.CADUQUE,
        Issue.GARDEE,
        Issue.RETIREE,
    ]
    assert bureau.groupes(alix) == []
    assert bureau.groupes(basile) == [bureau.groupe.id]
    assert bureau.place(alix).suspendu_at is None
    assert bureau.place(camille).suspendu_at is not None
    (caduc,) = told("acces_caduc")
    assert (caduc.account_id, caduc.actor_kind) == (alix.account_id, "worker")
    assert [entry.account_id for entry in told("habilitation_retiree")] == [alix.account_id]
    assert cloture.echoir(ECHUE) == 0


def lapsed(bureau: Bureau) -> None:
    """The time is over, everything is done."""
    assert cloture.echoir(ECHUE) == 1
    while not cloture.avancer(bureau.revue_id, ECHUE):
        pass


def test_the_person_is_told(bureau: Bureau) -> None:
    lapsed(bureau)

    (mail,) = [one for one in mails_to("alix@exemple.fr") if "ont pris fin" in one["subject"]]
    assert mail["subject"] == "Vos accès pour LES OLIVIERS ont pris fin"
    jour = clock.today(ECHUE) + timedelta(days=30)
    assert f"jusqu’au {jour:%d/%m/%Y}" in mail["body"]


def test_no_administrateur_ever_lapses(bureau: Bureau) -> None:
    nomme = bureau.users[0]
    nomme.role = Role.ADMINISTRATEUR
    db.session.flush()

    lapsed(bureau)

    chefs = (bureau.chef_place, bureau.autre_place, nomme)
    assert [bureau.ligne(place).issue for place in chefs] == [Issue.MAINTENUE] * 3
    assert all(bureau.groupes(place) for place in chefs)


def test_nobody_lapses_where_nobody_could_answer(bureau: Bureau) -> None:
    for acteur in (bureau.chef, bureau.autre):
        db.session.get_one(Account, acteur.account_id).state = AccountState.SUSPENDU
    db.session.flush()

    assert cloture.echoir(ECHUE) == 0
    bureau.organisme.suspendu_at = NOW
    assert cloture.echoir(ECHUE) == 0
    assert bureau.revue().etat is EtatRevue.OUVERTE


def test_what_was_given_since_the_opening_stays(bureau: Bureau) -> None:
    alix = bureau.users[0]
    recent = a_groupe(a_contrat(bureau.organisme, "cdap"))
    an_habilitation(alix, recent, granted_at=NOW + timedelta(days=3))

    lapsed(bureau)

    assert bureau.groupes(alix) == [recent.id]


def test_mandate_of_a_responsable_lapses_with_them(bureau: Bureau) -> None:
    alix = bureau.users[0]
    by = db.session.get_one(Account, bureau.chef.account_id)
    mandat = a_mandat(alix, [bureau.groupe], by)
    mandat.granted_at = NOW - timedelta(days=40)
    db.session.flush()

    lapsed(bureau)

    assert db.session.get_one(Mandat, mandat.id, populate_existing=True).ended_at == ECHUE
    assert bureau.place(alix).role is Role.UTILISATEUR


# Given back


def test_what_lapsed_is_given_back_by_one_press(bureau: Bureau) -> None:
    lapsed(bureau)
    alix = bureau.users[0]
    fin = clock.today(ECHUE) + timedelta(days=300)
    db.session.execute(
        update(DroitRevu).where(DroitRevu.rattachement_id == alix.id).values(fin=fin)
    )

    retours = [
        retablissement.retablir(bureau.chef, bureau.revue_id, alix.id, ECHUE) for _press in range(2)
    ]

    assert retours == [Retour.FAIT, Retour.DEJA]
    held = db.session.scalars(
        select(Habilitation).where(Habilitation.rattachement_id == alix.id)
    ).one()
    assert (held.groupe_id, held.granted_by) == (bureau.groupe.id, bureau.chef.account_id)
    assert (held.debut, held.fin) == (clock.today(ECHUE), fin)
    assert [entry.data["groupes"] for entry in told("acces_retabli")] == [1]
    assert len(told("habilitation_donnee")) == 1


def test_what_was_taken_on_purpose_meanwhile_is_not_given_back(bureau: Bureau) -> None:
    alix = bureau.users[0]
    db.session.delete(
        db.session.scalars(
            select(Habilitation).where(Habilitation.rattachement_id == alix.id)
        ).one()
    )
    db.session.flush()

    lapsed(bureau)

    retour = retablissement.retablir(bureau.chef, bureau.revue_id, alix.id, ECHUE)
    assert retour is Retour.RIEN
    assert bureau.groupes(alix) == []


def test_nothing_is_given_back_after_thirty_days_nor_when_the_groupe_is_closed(
    bureau: Bureau,
) -> None:
    lapsed(bureau)
    alix, basile, _camille = bureau.users
    bureau.groupe.actif = False
    db.session.flush()
    fermee = retablissement.retablir(bureau.chef, bureau.revue_id, alix.id, ECHUE)
    bureau.groupe.actif = True
    db.session.flush()

    tard = retablissement.retablir(
        bureau.chef, bureau.revue_id, basile.id, ECHUE + timedelta(days=31)
    )

    assert (fermee, tard) == (Retour.RIEN, Retour.TROP_TARD)
    assert bureau.groupes(alix) == bureau.groupes(basile) == []


def test_only_an_administrateur_of_the_organisme_gives_back_and_only_what_lapsed(
    bureau: Bureau,
) -> None:
    bureau.repond(bureau.chef, bureau.users[1], Decision.GARDER)
    lapsed(bureau)
    alix, basile, camille = bureau.users
    ailleurs = an_acteur(an_account().id, an_organisme())
    responsable = an_acteur(
        camille.account_id, bureau.organisme, role=Role.RESPONSABLE_HABILITATION
    )

    for acteur, place in [(ailleurs, alix), (responsable, alix), (bureau.chef, basile)]:
        with pytest.raises(NotHere):
            retablissement.retablir(acteur, bureau.revue_id, place.id, ECHUE)
    assert bureau.groupes(alix) == []


# The signed summary


def the_pdf(bureau: Bureau) -> bytes:
    return compte_rendu.lire(bureau.organisme.id, bureau.revue_id)


def test_summary_tells_who_was_kept_and_who_was_taken_out(bureau: Bureau) -> None:
    audit.seal()
    bureau.repond_a_tous()
    bureau.termine()

    reader = PdfReader(BytesIO(the_pdf(bureau)))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())

    assert "LES OLIVIERS" in text
    assert "Accès retirés (1)" in text
    assert text.index("Alix Le Gall") < text.index("Accès gardés (3)")
    assert "À retirer, répondu par Chef Le Gall le" in text
    head = db.session.scalars(
        select(JournalEntry).where(JournalEntry.rank.is_not(None)).order_by(-JournalEntry.rank)
    ).first()
    assert head is not None
    assert f"ligne {head.rank}, empreinte {head.hash}" in text
    assert reader.trailer["/Root"]["/Lang"] == "fr-FR"


def test_summary_is_signed_and_its_digest_is_in_the_journal(bureau: Bureau) -> None:
    bureau.repond_a_tous()
    bureau.termine()

    keys_dir = ground().settings.keys_dir
    document = the_pdf(bureau)
    assert signed_documents.verify(document, keys_dir).ours
    middle = document.index(b"stream") + 20
    tampered = document[:middle] + bytes([document[middle] ^ 1]) + document[middle + 1 :]
    assert not signed_documents.verify(tampered, keys_dir).ours
    (close,) = told("revue_close")
    assert close.data["document_sha256"] == bureau.revue().document_sha256


def test_summary_is_downloaded_as_it_was_made_by_administrateurs_alone(bureau: Bureau) -> None:
    address = f"{REVUE}/{bureau.revue_id}/compte-rendu.pdf"
    assert bureau.client.get(address).status_code == 303
    bureau.repond_a_tous()
    bureau.termine()

    first, second = bureau.client.get(address), bureau.client.get(address)

    assert first.mimetype == "application/pdf"
    assert first.data == second.data == the_pdf(bureau)
    user = bureau.users[1]
    signed_in(bureau.client, db.session.get_one(Account, user.account_id), user)
    assert bureau.client.get(address).status_code == 403


def test_certificate_is_published(bureau: Bureau, client: FlaskClient) -> None:
    bureau.repond_a_tous()
    bureau.termine()

    found: Any = signed_documents.verify(the_pdf(bureau), ground().settings.keys_dir)

    assert found.fingerprint in client.get("/aide/documents-signes").text
    pem = client.get("/aide/documents-signes/certificats.pem").text
    assert "BEGIN CERTIFICATE" in pem
    assert "PRIVATE" not in pem


# Forgotten


def test_a_review_is_forgotten_with_its_summary_after_36_months(bureau: Bureau) -> None:
    bureau.repond_a_tous()
    bureau.termine()

    assert oubli.oublier(NOW + timedelta(days=36 * 30)) == 0
    assert oubli.oublier(NOW + timedelta(days=1100)) == 1
    left = [
        db.session.scalars(select(kind)).all()
        for kind in (LigneDeRevue, DroitRevu, DocumentDeRevue)
    ]
    assert left == [[], [], []]


def test_rights_of_a_forgotten_person_leave_the_review(bureau: Bureau) -> None:
    alix = bureau.users[0]
    db.session.execute(delete(Habilitation).where(Habilitation.rattachement_id == alix.id))

    db.session.execute(delete(Rattachement).where(Rattachement.id == alix.id))

    assert alix.id not in set(db.session.scalars(select(LigneDeRevue.rattachement_id)))
    assert alix.id not in set(db.session.scalars(select(DroitRevu.rattachement_id)))
