"""A campaign counts whom it writes to, writes to each once at its pace, and tells what became of it."""

import csv
import io
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from dossiers import AUTRE_CAISSE, CAISSE
from factories import (
    a_caisse,
    a_contrat,
    a_new_account,
    a_rattachement,
    agent_signed_in,
    an_account,
    an_organisme,
)
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sent_mails import mails_to, waiting_mails
from sql_budget import counted
from sqlalchemy import func, select, update

from idp import clock, outbox
from idp.accounts import bounces
from idp.accounts.bounce_report import Bounce
from idp.accounts.models import Account, AccountState
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.extensions import ground
from idp.habilitations.agents import AgentVu
from idp.habilitations.campagnes import conduite, envoi, inscription, policy, suivi
from idp.habilitations.campagnes.conduite import Cible
from idp.habilitations.campagnes.models import Campagne, Connexions, DestinataireCampagne
from idp.habilitations.campagnes.policy import EtatCampagne, EtatEnvoi, Geste, Voie
from idp.habilitations.courriers.lots import exporter
from idp.habilitations.models import (
    Courrier,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    Role,
    RoleAgent,
    TypeCourrier,
    TypeOrganisme,
)
from idp.outbox import Delivery
from idp.spreadsheets.writing import Format

CAMPAGNES = "/caf/campagnes"
JUILLET, AOUT = date(2026, 7, 1), date(2026, 8, 1)


def now() -> datetime:
    return datetime.now(UTC)


def a_superviseur(*caisses: str) -> AgentVu:
    return AgentVu(an_account(email=None).id, RoleAgent.SUPERVISEUR, caisses or (CAISSE,))


def a_national() -> AgentVu:
    return AgentVu(an_account(email=None).id, RoleAgent.NATIONAL, ())


def a_landlord(
    email: str | None, *, numero: str | None = None, role: Role = Role.ADMINISTRATEUR, **of: Any
) -> Rattachement:
    """The only person of an organisme."""
    organisme = an_organisme(**of)
    if numero:
        db.session.add(
            NumeroUtilisateur(
                valeur=numero, organisme_id=organisme.id, caisse_code=organisme.caisse_code
            )
        )
    return a_rattachement(an_account(email=email), organisme, role=role)


def prepared(agent: AgentVu, **cible: Any) -> Campagne:
    """A campaign whose recipients are listed."""
    demandee = Cible(**{"titre": "Rappel", "edition": JUILLET, "caisses": (CAISSE,), **cible})
    campagne_id = conduite.preparer(agent, demandee, now())
    return advanced(campagne_id, until=EtatCampagne.PRETE)


def advanced(campagne_id: UUID, *, until: EtatCampagne | None = None, most: int = 50) -> Campagne:
    """The deliveries of the campaign, one after another, as the worker does them."""
    for _ in range(most):
        campagne = db.session.get_one(Campagne, campagne_id, populate_existing=True)
        if campagne.etat is until:
            return campagne
        delivered(campagne)
    campagne = db.session.get_one(Campagne, campagne_id, populate_existing=True)
    assert until is None, campagne.etat
    return campagne


def delivered(campagne: Campagne) -> None:
    envoi.poursuivre({"campagne_id": str(campagne.id), "tour": campagne.tour})
    db.session.flush()


def launched(agent: AgentVu, campagne: Campagne) -> Campagne:
    assert conduite.mener(agent, campagne.id, Geste.LANCER, now())
    return db.session.get_one(Campagne, campagne.id, populate_existing=True)


def recipients(campagne: Campagne) -> dict[UUID, tuple[Voie, EtatEnvoi]]:
    rows = db.session.execute(
        select(
            DestinataireCampagne.account_id, DestinataireCampagne.voie, DestinataireCampagne.etat
        ).where(DestinataireCampagne.campagne_id == campagne.id)
    )
    return {account_id: (voie, etat) for account_id, voie, etat in rows}


def test_by_mail_when_an_address_is_known_else_by_letter(app: Flask) -> None:
    by_mail = a_landlord("a@exemple.fr")
    by_letter = a_landlord(None)
    refused = a_landlord("c@exemple.fr")
    db.session.get_one(Account, refused.account_id).mail_refused_at = now()
    nowhere = a_landlord(None, adresse=[])

    campagne = prepared(a_superviseur())

    assert recipients(campagne) == {
        by_mail.account_id: (Voie.COURRIEL, EtatEnvoi.A_ENVOYER),
        by_letter.account_id: (Voie.COURRIER, EtatEnvoi.A_ENVOYER),
        refused.account_id: (Voie.COURRIER, EtatEnvoi.A_ENVOYER),
        nowhere.account_id: (Voie.AUCUNE, EtatEnvoi.SANS_VOIE),
    }
    assert (campagne.courriels, campagne.courriers, campagne.sans_voie) == (1, 2, 1)


def test_those_who_administer_or_whom_the_caf_wrote_to_first(app: Flask) -> None:
    chief = a_landlord("chef@exemple.fr")
    of = db.session.get_one(Organisme, chief.organisme_id)
    a_rattachement(an_account(email="first@exemple.fr"), of)
    a_rattachement(an_account(email="user@exemple.fr"), of, created_by=chief.account_id)
    awaited, _secret = a_new_account()
    first = a_rattachement(awaited, an_organisme())

    assert set(recipients(prepared(a_superviseur()))) == {chief.account_id, first.account_id}


def test_nobody_who_is_closed_suspended_or_not_yet_written_to(app: Flask) -> None:
    for state in (AccountState.CLOS, AccountState.SUSPENDU, AccountState.PREPARE):
        place = a_landlord("x@exemple.fr")
        db.session.get_one(Account, place.account_id).state = state
    a_landlord("x@exemple.fr", suspendu_at=now())
    a_landlord("x@exemple.fr").suspendu_at = now()
    a_landlord("x@exemple.fr").cloture = clock.today(now()) - timedelta(days=1)
    gone = a_landlord("x@exemple.fr")
    db.session.get_one(Account, gone.account_id).anonymised_at = now()

    assert recipients(prepared(a_superviseur())) == {}


def test_the_target_narrows(app: Flask) -> None:
    a_caisse(AUTRE_CAISSE)
    here = a_landlord("a@exemple.fr")
    elsewhere = a_landlord("b@exemple.fr", caisse_code=AUTRE_CAISSE)
    person = a_landlord("c@exemple.fr", type=TypeOrganisme.PERSONNE_PHYSIQUE)
    served = a_landlord("d@exemple.fr")
    a_contrat(db.session.get_one(Organisme, served.organisme_id), "cdap")
    over = a_landlord("e@exemple.fr")
    a_contrat(
        db.session.get_one(Organisme, over.organisme_id),
        "cdap",
        fin=clock.today(now()) - timedelta(1),
    )
    new = a_landlord("f@exemple.fr")
    db.session.get_one(Account, new.account_id).state = AccountState.EN_ATTENTE
    recent = a_landlord("g@exemple.fr")
    db.session.get_one(Account, recent.account_id).last_login_at = now()
    for place in (here, elsewhere, person, served, over):
        db.session.get_one(Account, place.account_id).last_login_at = now() - timedelta(days=90)
    agent = a_superviseur(CAISSE, AUTRE_CAISSE)
    depuis = clock.today(now()) - timedelta(days=30)

    def found(**cible: Any) -> set[UUID]:
        return set(recipients(prepared(agent, **cible)))

    ids = {place.account_id for place in (here, person, served, over, new, recent)}
    assert found() == ids
    assert found(caisses=(CAISSE, AUTRE_CAISSE)) == ids | {elsewhere.account_id}
    assert found(type_organisme=TypeOrganisme.PERSONNE_PHYSIQUE) == {person.account_id}
    assert found(service="cdap") == {served.account_id}
    assert found(connexions=Connexions.JAMAIS) == {new.account_id}
    assert found(connexions=Connexions.PAS_DEPUIS, depuis=depuis) == ids - {recent.account_id}
    assert set(recipients(prepared(a_national(), caisses=()))) == ids | {elsewhere.account_id}


def test_a_person_of_several_organismes_is_written_to_once(app: Flask) -> None:
    place = a_landlord("a@exemple.fr")
    account = db.session.get_one(Account, place.account_id)
    for _ in range(3):
        a_rattachement(account, an_organisme(), role=Role.ADMINISTRATEUR)
    agent = a_superviseur()
    campagne = prepared(agent)
    launched(agent, campagne)
    done = advanced(campagne.id, until=EtatCampagne.TERMINEE)

    assert (done.courriels, done.envoyes) == (1, 1)
    assert len(mails_to("a@exemple.fr")) == 1


def test_two_campaigns_of_the_same_days_write_once_to_the_same_person(app: Flask) -> None:
    """Prepared twice by a double click, or by a caisse and by a national agent."""
    a_landlord("a@exemple.fr")
    a_landlord(None)
    agent, national = a_superviseur(), a_national()
    campagnes = [prepared(agent), prepared(agent), prepared(national, caisses=())]
    for campagne in campagnes[:2]:
        launched(agent, campagne)
    launched(national, campagnes[2])

    done = [advanced(one.id, until=EtatCampagne.TERMINEE) for one in campagnes]

    assert [(one.envoyes, one.prepares, one.ecartes) for one in done] == [
        (1, 1, 0),
        (0, 0, 2),
        (0, 0, 2),
    ]
    assert len(mails_to("a@exemple.fr")) == 1
    assert db.session.scalar(select(func.count()).select_from(Courrier)) == 1


def test_who_was_written_to_last_year_is_written_to_again(app: Flask) -> None:
    a_landlord("a@exemple.fr")
    agent = a_superviseur()
    for edition in (JUILLET, JUILLET.replace(year=2027)):
        campagne = launched(agent, prepared(agent, edition=edition))
        advanced(campagne.id, until=EtatCampagne.TERMINEE)
        db.session.execute(
            update(DestinataireCampagne).values(at=now() - policy.ENTRE_DEUX - timedelta(days=1))
        )

    assert len(mails_to("a@exemple.fr")) == 2


def _days_ago(days: int) -> None:
    db.session.execute(update(DestinataireCampagne).values(at=now() - timedelta(days=days)))


def _done(agent: AgentVu, **cible: Any) -> Campagne:
    campagne = launched(agent, prepared(agent, **cible))
    return advanced(campagne.id, until=EtatCampagne.TERMINEE)


def test_of_one_month_nobody_is_reminded_twice_whatever_the_days_between(app: Flask) -> None:
    """The national campaign on the first, that of a caisse on the tenth: everybody was written to twice."""
    a_landlord("a@exemple.fr")
    a_landlord(None)
    _done(a_national(), caisses=())
    _days_ago(10)

    again = _done(a_superviseur())
    another_month = _done(a_superviseur(), edition=AOUT)

    assert (again.envoyes, again.prepares, again.ecartes) == (0, 0, 2)
    assert (another_month.envoyes, another_month.prepares) == (1, 1)


def test_reminders_of_two_months_do_not_follow_each_other_in_a_week(app: Flask) -> None:
    a_landlord("a@exemple.fr")
    _done(a_superviseur())

    assert _done(a_superviseur(), edition=AOUT).ecartes == 1


def test_two_people_at_one_address_are_written_to_once_with_the_numbers_of_both(
    app: Flask,
) -> None:
    """The address is not unique (two people of an agency): it got two mails."""
    a_landlord("agence@exemple.fr", numero="35900007090001", raison_sociale="SCI DU LAC")
    a_landlord("Agence@exemple.fr", numero="35900007090002", raison_sociale="SCI DU PRÉ")

    done = _done(a_superviseur())

    assert (done.envoyes, done.ecartes) == (2, 0)
    (mail,) = [one for one in waiting_mails() if one["to"].lower() == "agence@exemple.fr"]
    assert "- SCI DU LAC : 359\u00a000007090001" in mail["body"]
    assert "- SCI DU PRÉ : 359\u00a000007090002" in mail["body"]


def test_two_people_at_one_address_are_written_to_once_by_two_caisses(app: Flask) -> None:
    a_caisse(AUTRE_CAISSE)
    a_landlord("agence@exemple.fr", numero="35900007090001")
    a_landlord("agence@exemple.fr", numero="75100007090002", caisse_code=AUTRE_CAISSE)

    _done(a_superviseur())
    other = _done(a_superviseur(AUTRE_CAISSE), caisses=(AUTRE_CAISSE,))

    assert (other.envoyes, other.ecartes) == (0, 1)
    (mail,) = mails_to("agence@exemple.fr")
    assert "751" in mail["body"]


def test_two_people_at_one_address_that_two_batches_would_part_are_written_to_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "TOURS_PAR_MINUTE", ground().settings.campaign_rate)
    for _two in range(2):
        a_landlord("agence@exemple.fr")

    assert _done(a_superviseur()).envoyes == 2
    assert len(mails_to("agence@exemple.fr")) == 1


def test_who_administers_several_organismes_reads_the_numbers_of_all_by_mail_of_one_by_letter(
    app: Flask, tmp_path: Path
) -> None:
    """A letter is opened by others in the organisme that it is sent to: it tells nothing of the other ones."""
    by_mail = a_landlord("a@exemple.fr", numero="35900007090001", raison_sociale="SCI DU LAC")
    by_letter = a_landlord(None, numero="35900007090011", raison_sociale="SCI DU BOIS")
    for place, numero in ((by_mail, "35900007090002"), (by_letter, "35900007090012")):
        account = db.session.get_one(Account, place.account_id)
        other = an_organisme(raison_sociale="GFA DU PRÉ")
        db.session.add(NumeroUtilisateur(valeur=numero, organisme_id=other.id, caisse_code=CAISSE))
        a_rattachement(account, other, role=Role.ADMINISTRATEUR)
        of_another = an_organisme(raison_sociale="PAS À ELLE")
        a_rattachement(an_account(), of_another, role=Role.ADMINISTRATEUR)
        theirs = NumeroUtilisateur(
            valeur=numero[:-1] + "9", organisme_id=of_another.id, caisse_code=CAISSE
        )
        db.session.add(theirs)
        a_rattachement(account, of_another, created_by=uuid4())

    _done(a_superviseur())
    db.session.commit()

    (mail,) = mails_to("a@exemple.fr")
    lots = exporter(tmp_path, actor=COMMAND_LINE, now=now(), avance=lambda _n: None)
    (lot,) = [lot for lot in lots if lot.type is TypeCourrier.RAPPEL]
    letter = "".join(page.extract_text() for page in PdfReader(lot.fichier).pages)
    by_mail_told, by_letter_told = (text.replace("\u00a0", " ") for text in (mail["body"], letter))
    assert "SCI DU LAC : 359 00007090001" in by_mail_told
    assert "GFA DU PRÉ : 359 00007090002" in by_mail_told
    # Whichever of the two it is sent to.
    theirs_of = {"SCI DU BOIS": "359 00007090011", "GFA DU PRÉ": "359 00007090012"}
    (told,) = [name for name in theirs_of if name in by_letter_told]
    assert f"{told} : {theirs_of[told]}" in by_letter_told
    assert [number for number in theirs_of.values() if number in by_letter_told] == [
        theirs_of[told]
    ]
    assert "et 1 autre organisme (numéro inscrit sur ses quittances)" in by_letter_told
    for text in (by_mail_told, by_letter_told):
        assert "PAS À ELLE" not in text
        assert not re.search("359 0000709[0-9]{3}9", text)


def test_recipients_are_listed_by_slices_that_read_nothing(app: Flask) -> None:
    for rang in range(7):
        a_landlord(f"{rang}@exemple.fr")
    campagne = Campagne(
        titre="R", edition=JUILLET, caisses=[], created_at=now(), created_by=uuid4()
    )
    db.session.add(campagne)
    db.session.flush()
    slices = 0
    with counted() as sent:
        while inscription.inscrire(campagne, now(), tranche=2):
            slices += 1

    assert slices == 4
    assert campagne.courriels == 7
    assert len(recipients(campagne)) == 7
    assert sum("INSERT INTO campagne_destinataire" in one for one in sent) == 4


def test_the_mail_is_the_guide_s_with_their_number_and_no_link(app: Flask) -> None:
    a_landlord("a@exemple.fr", numero="35900007090001")
    agent = a_superviseur()
    campagne = launched(agent, prepared(agent))
    advanced(campagne.id, until=EtatCampagne.TERMINEE)

    (mail,) = mails_to("a@exemple.fr")
    assert mail["subject"] == "Télédéclarer les loyers, c’est facile"
    assert "Rappel de votre numéro d’utilisateur : 359\u00a000007090001" in mail["body"]
    assert f"saisissez vous-même l’adresse {ground().settings.issuer}" in mail["body"]
    assert "ne pas cliquer" in mail["body"]
    assert "{" not in mail["body"]


def test_mails_leave_at_the_rate_and_letters_all_at_once(app: Flask) -> None:
    lot = policy.rythme(ground().settings.campaign_rate).lot
    for rang in range(lot + 3):
        a_landlord(f"{rang}@exemple.fr")
        if rang < 5:
            a_landlord(None)
    agent = a_superviseur()
    campagne = launched(agent, prepared(agent))
    delivered(campagne)

    assert len(waiting_mails()) == lot
    assert db.session.scalar(select(func.count()).select_from(Courrier)) == 5
    next_one = db.session.scalars(
        select(Delivery).where(Delivery.kind == envoi.KIND).order_by(Delivery.due_at.desc())
    ).first()
    assert next_one is not None
    pause = policy.rythme(ground().settings.campaign_rate).pause
    assert pause - timedelta(seconds=5) < next_one.due_at - now() <= pause
    done = advanced(campagne.id, until=EtatCampagne.TERMINEE)
    assert (done.envoyes, done.prepares) == (lot + 3, 5)


def test_a_batch_costs_the_same_whatever_its_length(app: Flask) -> None:
    agent = a_superviseur()
    costs = []
    for combien in (2, 20):
        for rang in range(combien):
            a_landlord(None, numero=f"359{combien:05}{rang:06}")
        campagne = launched(agent, prepared(agent))
        with counted() as sent:
            delivered(campagne)
        costs.append(len(sent))
        longtemps = now() - policy.ENTRE_DEUX * 2
        db.session.execute(update(DestinataireCampagne).values(at=longtemps))
        db.session.execute(update(Campagne).values(edition=AOUT))

    assert costs[0] == costs[1]


def test_a_worker_killed_in_the_middle_writes_to_nobody_twice(app: Flask) -> None:
    for rang in range(5):
        a_landlord(f"{rang}@exemple.fr")
    agent = a_superviseur()
    campagne = launched(agent, prepared(agent))
    db.session.commit()

    delivered(campagne)
    db.session.rollback()
    campagne = db.session.get_one(Campagne, campagne.id)
    assert (campagne.envoyes, waiting_mails()) == (0, [])

    for _ in range(3):
        # The same delivery falls due again, as often as it likes.
        envoi.poursuivre({"campagne_id": str(campagne.id), "tour": campagne.tour})
    counts = Counter(mail["to"] for mail in waiting_mails())
    assert set(counts.values()) == {1}
    assert len(counts) == 5


def test_a_pause_holds_and_what_follows_it_is_one_chain(app: Flask) -> None:
    lot = policy.rythme(ground().settings.campaign_rate).lot
    for rang in range(2 * lot + 1):
        a_landlord(f"{rang}@exemple.fr")
    agent = a_superviseur()
    campagne = launched(agent, prepared(agent))
    old = {"campagne_id": str(campagne.id), "tour": campagne.tour}
    envoi.poursuivre(old)
    assert conduite.mener(agent, campagne.id, Geste.SUSPENDRE, now())
    envoi.poursuivre(old)
    assert len(waiting_mails()) == lot

    assert conduite.mener(agent, campagne.id, Geste.REPRENDRE, now())
    assert not conduite.mener(agent, campagne.id, Geste.REPRENDRE, now())
    envoi.poursuivre(old)
    assert len(waiting_mails()) == lot
    resumed = advanced(campagne.id, until=EtatCampagne.TERMINEE)
    assert resumed.envoyes == 2 * lot + 1


def test_a_stop_is_for_good(app: Flask) -> None:
    a_landlord("a@exemple.fr")
    agent = a_superviseur()
    campagne = launched(agent, prepared(agent))
    assert conduite.mener(agent, campagne.id, Geste.ARRETER, now())
    advanced(campagne.id, most=3)

    assert waiting_mails() == []
    for geste in Geste:
        assert not conduite.mener(agent, campagne.id, geste, now())


def test_who_may_no_longer_be_written_to_is_set_aside(app: Flask) -> None:
    closed, moved, suspended = (a_landlord(f"{name}@exemple.fr") for name in "abc")
    agent = a_superviseur()
    campagne = prepared(agent)
    db.session.get_one(Account, closed.account_id).state = AccountState.CLOS
    db.session.get_one(Account, moved.account_id).email = None
    db.session.get_one(Organisme, suspended.organisme_id).suspendu_at = now()
    launched(agent, campagne)
    done = advanced(campagne.id, until=EtatCampagne.TERMINEE)

    assert (done.envoyes, done.ecartes) == (0, 3)
    assert {etat for _voie, etat in recipients(done).values()} == {EtatEnvoi.ECARTE}


def test_mails_that_come_back_are_counted_once_and_listed(app: Flask) -> None:
    back, fine, before = (a_landlord(f"{name}@exemple.fr") for name in "abc")
    agent = a_superviseur()
    campagne = launched(agent, prepared(agent))
    advanced(campagne.id, until=EtatCampagne.TERMINEE)
    bounces.record(Bounce("a@exemple.fr", "5.1.1"), now())
    db.session.get_one(Account, before.account_id).mail_refused_at = now() - timedelta(hours=1)
    db.session.flush()

    assert [suivi.relever_les_refus(now()) for _ in range(2)] == [1, 0]
    counted_ = db.session.get_one(Campagne, campagne.id, populate_existing=True)
    assert counted_.refuses == 1
    (ligne,), following = suivi.refuses(campagne.id)
    assert (ligne.account_id, ligne.refus, following) == (
        back.account_id,
        "5.1.1 adresse inconnue",
        None,
    )
    assert recipients(campagne)[fine.account_id] == (Voie.COURRIEL, EtatEnvoi.ENVOYE)


def test_who_got_what_is_a_file(app: Flask) -> None:
    a_landlord("a@exemple.fr", raison_sociale="SCI DU LAC")
    a_landlord(None, raison_sociale="=2+2")
    agent = a_superviseur()
    campagne = launched(agent, prepared(agent))
    advanced(campagne.id, until=EtatCampagne.TERMINEE)

    text = b"".join(suivi.exporter(campagne.id, Format.CSV)).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text), delimiter=";")
    assert header == suivi.ENTETE
    assert sorted((row[0], row[3], row[4], row[5]) for row in rows) == [
        ("'=2+2", "Courrier", "", "Envoyé"),
        ("SCI DU LAC", "Courriel", "a@exemple.fr", "Envoyé"),
    ]


def test_the_letter_holds_the_number_and_no_secret(app: Flask, tmp_path: Path) -> None:
    a_landlord(None, numero="35900007090001")
    agent = a_superviseur()
    campagne = launched(agent, prepared(agent))
    advanced(campagne.id, until=EtatCampagne.TERMINEE)
    db.session.commit()
    lots = exporter(tmp_path, actor=COMMAND_LINE, now=now(), avance=lambda _n: None)

    (lot,) = [lot for lot in lots if lot.type is TypeCourrier.RAPPEL]
    text = "".join(page.extract_text() for page in PdfReader(lot.fichier).pages)
    assert "359" in text
    assert "00007090001" in text
    assert "Télédéclarer les loyers" in text
    assert "Identifiant perdu" in text


def test_an_agent_writes_to_their_caisses_alone(app: Flask) -> None:
    a_caisse(AUTRE_CAISSE)
    agent = a_superviseur()
    for caisses in ((), (AUTRE_CAISSE,), (CAISSE, AUTRE_CAISSE)):
        with pytest.raises(Refusal):
            conduite.preparer(agent, Cible("R", caisses), now())
    theirs = prepared(agent)
    national = prepared(a_national(), caisses=())
    other = prepared(a_superviseur(AUTRE_CAISSE), caisses=(AUTRE_CAISSE,))

    assert [one.id for one in conduite.lister(agent).lignes] == [theirs.id]
    for hidden in (national, other):
        with pytest.raises(NotHere):
            conduite.lire(agent, hidden.id)
        with pytest.raises(NotHere):
            conduite.mener(agent, hidden.id, Geste.LANCER, now())
    assert {one.id for one in conduite.lister(a_national()).lignes} == {
        theirs.id,
        national.id,
        other.id,
    }


def test_a_gestionnaire_prepares_and_does_not_launch(app: Flask) -> None:
    agent = AgentVu(an_account(email=None).id, RoleAgent.GESTIONNAIRE, (CAISSE,))
    campagne = prepared(agent)

    with pytest.raises(Refusal):
        conduite.mener(agent, campagne.id, Geste.LANCER, now())


def test_what_agents_do_of_it_is_in_the_journal(app: Flask) -> None:
    agent = a_superviseur()
    campagne = launched(agent, prepared(agent))
    advanced(campagne.id, until=EtatCampagne.TERMINEE)
    conduite.noter_l_export(agent, campagne.id, now())

    rows = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "campagne_menee").order_by(JournalEntry.id)
    ).all()
    assert [(row.data["geste"], row.actor_id) for row in rows] == [
        ("preparee", agent.account_id),
        ("lancer", agent.account_id),
        ("terminee", None),
        ("exportee", agent.account_id),
    ]


def test_the_worker_leads_it_from_end_to_end(app: Flask) -> None:
    a_landlord("a@exemple.fr")
    a_landlord(None)
    agent = a_superviseur()
    campagne_id = conduite.preparer(agent, Cible("R", (CAISSE,)), now())
    db.session.commit()
    while outbox.deliver_due(now()):
        pass
    assert conduite.mener(agent, campagne_id, Geste.LANCER, now())
    db.session.commit()
    while outbox.deliver_due(now()):
        pass
    while outbox.deliver_due(now() + timedelta(minutes=1)):
        pass

    done = db.session.get_one(Campagne, campagne_id, populate_existing=True)
    assert done.etat is EtatCampagne.TERMINEE
    assert (done.envoyes, done.prepares) == (1, 1)


def test_pages_lead_from_the_form_to_the_launch(client: FlaskClient) -> None:
    a_landlord("a@exemple.fr")
    agent = agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE], email="agent@caf.fr")
    mois = policy.editions(clock.today(now()))[0]
    asked = {"titre": "Rappel de juillet", "caisses": CAISSE, "connexions": "toutes"}
    asked |= {"edition": mois.isoformat()}
    asked |= {"type_organisme": "", "service": ""}
    answer = client.post(f"{CAMPAGNES}/nouvelle", data=asked)
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "en train d’être comptés" in page
    assert policy.edition_fr(mois) in page
    campagne_id = UUID(answer.location.rsplit("/", 1)[1])
    advanced(campagne_id, until=EtatCampagne.PRETE)
    db.session.commit()

    client.post(f"{answer.location}/essai")
    (essai,) = mails_to("agent@caf.fr")
    assert essai["subject"].startswith("Essai – ")
    assert "A123456" in essai["body"]
    assert "<strong>1</strong> courriel partira" in client.get(f"{answer.location}/lancer").text
    client.post(f"{answer.location}/lancer")
    client.post(f"{answer.location}/suspendre")
    assert "En pause" in client.get(answer.location).text
    client.post(f"{answer.location}/reprendre")
    done = advanced(campagne_id, until=EtatCampagne.TERMINEE)
    assert (done.created_by, done.launched_by) == (agent.id, agent.id)
    db.session.commit()
    assert "Terminée" in client.get(answer.location).text
    assert client.get(f"{answer.location}/lancer").status_code == 303
    assert client.get(f"{answer.location}/export").data.count(b"\n") == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"titre": ""}, "Donnez un titre"),
        ({"caisses": ""}, "Cochez au moins une caisse"),
        ({"caisses": AUTRE_CAISSE}, "caisse"),
        ({"connexions": "pas_depuis"}, "Donnez la date"),
        ({"edition": "2001-07-01"}, "choix"),
    ],
)
def test_a_form_is_refused_in_words(client: FlaskClient, typed: dict[str, str], said: str) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    mois = policy.editions(clock.today(now()))[0].isoformat()
    asked = {"titre": "R", "caisses": CAISSE, "connexions": "toutes", "edition": mois, **typed}
    data = {name: value for name, value in asked.items() if value}

    page = client.post(f"{CAMPAGNES}/nouvelle", data={**data, "type_organisme": "", "service": ""})

    assert page.status_code == 200
    assert said in page.text
    assert db.session.scalar(select(func.count()).select_from(Campagne)) == 0


def test_pages_cost_the_same_whatever_the_number_of_recipients(client: FlaskClient) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    agent = a_superviseur()
    costs = []
    for combien in (1, 12):
        for rang in range(combien):
            a_landlord(f"{combien}-{rang}@exemple.fr")
        campagne = launched(agent, prepared(agent))
        advanced(campagne.id, until=EtatCampagne.TERMINEE)
        db.session.commit()
        with counted() as sent:
            client.get(f"{CAMPAGNES}/{campagne.id}")
            client.get(f"{CAMPAGNES}/{campagne.id}/refus")
        costs.append(len(sent))

    assert costs[0] == costs[1]


def test_old_campaigns_are_forgotten_with_their_recipients(app: Flask) -> None:
    a_landlord("a@exemple.fr")
    prepared(a_superviseur())
    later = now() + suivi.GARDES + timedelta(days=1)

    assert suivi.oublier(now()) == 0
    assert [suivi.oublier(later) for _ in range(3)] == [1, 1, 0]


def test_what_a_recipient_will_read_is_shown_before_anything_leaves(client: FlaskClient) -> None:
    by_mail = a_landlord("a@exemple.fr", numero="35900007090001", raison_sociale="SCI DU LAC")
    by_letter = a_landlord(None, numero="35900007090002", raison_sociale="SCI DU BOIS")
    agent = agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    campagne = prepared(a_superviseur())
    db.session.commit()
    page = f"{CAMPAGNES}/{campagne.id}"
    assert "À qui elle écrira" in client.get(page).text

    listed = client.get(f"{page}/destinataires").text
    mail = client.get(f"{page}/destinataires/{by_mail.account_id}").text
    letter = client.get(f"{page}/destinataires/{by_letter.account_id}")
    essai = client.get(f"{page}/courrier-d-essai")

    assert "SCI DU LAC" in listed
    assert f'/destinataires/{by_letter.account_id}"' in listed
    assert "359\u00a000007090001" in mail
    assert waiting_mails() == []
    for pdf, said in ((letter.data, "359\u00a000007090002"), (essai.data, "A123456")):
        text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf)).pages)
        assert said in text
        assert "ne pas envoyer" in text.replace("\u00a0", " ")
    told = db.session.scalars(
        select(JournalEntry.account_id).where(
            JournalEntry.event == "dossier_consulte", JournalEntry.actor_id == agent.id
        )
    ).all()
    assert sorted(told) == sorted([by_mail.account_id, by_letter.account_id])
    assert db.session.scalar(select(func.count()).select_from(Courrier)) == 0


def test_each_number_of_a_preview_is_on_its_line(client: FlaskClient) -> None:
    place = a_landlord("a@exemple.fr", numero="35900007090001")
    numero = NumeroUtilisateur(
        valeur="35900007090002", organisme_id=place.organisme_id, caisse_code=CAISSE
    )
    db.session.add(numero)
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    campagne = prepared(a_superviseur())
    db.session.commit()

    page = client.get(f"{CAMPAGNES}/{campagne.id}/destinataires/{place.account_id}").text

    assert "– 359\u00a000007090001<br>– 359\u00a000007090002" in page


def test_only_recipients_of_the_campaign_that_are_written_to_are_shown(
    client: FlaskClient,
) -> None:
    nowhere = a_landlord(None, adresse=[])
    closed = a_landlord("b@exemple.fr")
    db.session.get_one(Account, closed.account_id).state = AccountState.CLOS
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    campagne = prepared(a_superviseur())
    db.session.commit()
    page = f"{CAMPAGNES}/{campagne.id}/destinataires"

    for place in (closed, nowhere):
        assert client.get(f"{page}/{place.account_id}").status_code == 404


def test_a_day_is_that_of_paris(app: Flask) -> None:
    place = a_landlord("a@exemple.fr")
    depuis = date(2026, 7, 1)
    account = db.session.get_one(Account, place.account_id)
    account.last_login_at = clock.start_of_day(depuis)
    agent = a_superviseur()

    def found() -> int:
        return len(recipients(prepared(agent, connexions=Connexions.PAS_DEPUIS, depuis=depuis)))

    assert found() == 0
    account.last_login_at = clock.start_of_day(depuis) - timedelta(seconds=1)
    db.session.flush()
    assert found() == 1
