"""Services are told when an access ends, and what became of it is shown to who manages that person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from factories import (
    a_mandat,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from flows import Bailleur, a_bailleur, declared, opens_cdap, tokens_for, userinfo
from sql_budget import counted
from sqlalchemy import select, update

from idp import outbox
from idp.accounts.models import BrowserSession
from idp.audit import COMMAND_LINE
from idp.db import db
from idp.habilitations.effets import avis
from idp.habilitations.models import (
    AvisDeRetrait,
    ContratDeService,
    Groupe,
    Habilitation,
    MotifDAvis,
    Role,
)
from idp.habilitations.personnes import retraits
from idp.outbox import Delivery

NOW = datetime.now(UTC)
CAF = COMMAND_LINE
TOLD = "https://offre.exemple.fr/logout"
PAGE = "/habilitations/services-prevenus"


@dataclass
class Depart:
    """Nadia is at Offre Bailleurs; her administrateur is at their desk, on another browser."""

    app: Flask
    bailleur: Bailleur
    nadia: FlaskClient
    chef: FlaskClient
    sid: str
    access_token: str

    @property
    def fiche(self) -> str:
        return f"/habilitations/utilisateurs/{self.bailleur.rattachement.id}"

    def clore(self) -> None:
        form = {"organisme": str(self.bailleur.organisme.id)}
        assert self.chef.post(f"{self.fiche}/clore", data=form).status_code == 303

    def deliveries(self, **state: Any) -> None:
        """What the worker wrote meanwhile."""
        db.session.execute(
            update(Delivery).where(Delivery.kind == "backchannel_logout").values(**state)
        )

    def reads(self, path: str = PAGE) -> str:
        answer = self.chef.get(path)
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def depart(app: Flask) -> Iterator[Depart]:
    with declared("offre-bailleurs", backchannel_logout_uri=TOLD):
        bailleur = a_bailleur(given_name="Nadia", family_name="Le Gall")
        nadia, chef = app.test_client(), app.test_client()
        sid = signed_in(nadia, bailleur.account, bailleur.rattachement)
        token = str(tokens_for(nadia)["access_token"])
        person = an_account(given_name="Yann", family_name="Kerviel", email="chef@exemple.fr")
        place = a_rattachement(person, bailleur.organisme, role=Role.ADMINISTRATEUR)
        signed_in(chef, person, place)
        yield Depart(app, bailleur, nadia, chef, sid, token)


def kept() -> list[AvisDeRetrait]:
    return list(db.session.scalars(select(AvisDeRetrait)))


def test_what_was_decided_is_kept_with_its_delivery(depart: Depart) -> None:
    depart.clore()

    [avis_] = kept()
    delivery = db.session.get_one(Delivery, avis_.livraison_id)
    assert outbox.read(delivery)["sid"] == depart.sid
    assert (avis_.nom, avis_.service, avis_.motif) == (
        "Offre Bailleurs",
        "offre-bailleurs",
        MotifDAvis.CLOTURE,
    )
    assert avis_.organisme_id == depart.bailleur.organisme.id


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({}, "le message part"),
        ({"attempts": 2, "last_error": "https://offre.exemple.fr answered 500"}, "2 essais"),
        (
            {"attempts": 1, "done_at": datetime(2026, 11, 25, 13, 3, 22, tzinfo=UTC)},
            "<strong>Prévenu</strong> le 25/11/2026 à 14:03:22",
        ),
        ({"attempts": 30, "failed_at": NOW}, "contactez Support Offre Bailleurs"),
    ],
    ids=["just decided", "tried", "told", "given up"],
)
def test_what_became_of_it_is_told(depart: Depart, state: dict[str, Any], told: str) -> None:
    depart.clore()
    if state:
        depart.deliveries(**state)

    for path in (PAGE, depart.fiche):
        shown = depart.reads(path)
        assert told in shown
        assert "par Yann Kerviel" in shown
        assert "offre.exemple.fr" not in shown


def test_service_that_asks_for_nothing_says_when_its_tokens_end(depart: Depart) -> None:
    with declared("offre-bailleurs", backchannel_logout_uri=None):
        depart.clore()

    [avis_] = kept()
    assert avis_.livraison_id is None
    assert avis_.expire_at is not None
    assert timedelta() < avis_.expire_at - avis_.decided_at <= timedelta(minutes=5)
    assert "ne demande pas à être prévenu" in depart.reads()
    assert "Nadia Le Gall" not in depart.reads(f"{PAGE}?etat=non-prevenus")


def test_who_was_connected_nowhere_is_said_so(depart: Depart) -> None:
    user = a_rattachement(an_account(email="loin@exemple.fr"), depart.bailleur.organisme)
    page = f"/habilitations/utilisateurs/{user.id}"

    depart.chef.post(f"{page}/clore", data={"organisme": str(depart.bailleur.organisme.id)})

    assert "connectée à aucun service" in depart.reads(page)
    assert kept() == []


def test_only_those_not_told_yet(depart: Depart) -> None:
    depart.clore()
    assert "Nadia Le Gall" in depart.reads(f"{PAGE}?etat=non-prevenus")

    depart.deliveries(done_at=NOW)

    assert "Tous les services ont été prévenus" in depart.reads(f"{PAGE}?etat=non-prevenus")
    assert "Nadia Le Gall" in depart.reads()


def test_page_is_read_again_by_itself_only_while_an_answer_may_come(depart: Depart) -> None:
    assert "Refresh" not in depart.chef.get(PAGE).headers
    depart.clore()

    assert depart.chef.get(PAGE).headers["Refresh"] == "5"
    assert "Refresh" not in depart.chef.get(f"{PAGE}?suivre=non").headers
    depart.deliveries(attempts=4)
    db.session.execute(update(AvisDeRetrait).values(decided_at=NOW - timedelta(minutes=2)))
    assert "Refresh" not in depart.chef.get(PAGE).headers
    depart.deliveries(done_at=NOW)
    assert "Refresh" not in depart.chef.get(PAGE).headers


def test_who_leaves_is_signed_out_of_the_sessions_of_that_organisme(depart: Depart) -> None:
    elsewhere = a_rattachement(
        depart.bailleur.account, an_organisme(raison_sociale="LES HORTENSIAS")
    )
    autre = depart.app.test_client()
    signed_in(autre, depart.bailleur.account, elsewhere)

    depart.clore()

    assert depart.nadia.get("/accueil").status_code == 303
    assert userinfo(depart.nadia, depart.access_token).status_code == 401
    assert autre.get("/accueil").status_code == 200
    assert len(kept()) == 1


def test_what_an_ended_session_gave_for_another_organisme_is_nobody_elses_business(
    depart: Depart,
) -> None:
    """The session ends whole, and every service is told; each organisme reads of its own alone."""
    autre = an_organisme(raison_sociale="LES HORTENSIAS")
    elsewhere = a_rattachement(depart.bailleur.account, autre)
    sa_session = sa.select(BrowserSession.id).where(BrowserSession.sid == depart.sid)
    db.session.execute(
        update(BrowserSession)
        .where(BrowserSession.id.in_(sa_session))
        .values(rattachement_id=elsewhere.id)
    )

    assert retraits.clore(elsewhere.id, par=CAF, now=NOW) is None

    assert kept() == []
    told = db.session.scalars(select(Delivery).where(Delivery.kind == "backchannel_logout"))
    assert [outbox.read(row)["sid"] for row in told] == [depart.sid]
    assert userinfo(depart.nadia, depart.access_token).status_code == 401


def test_one_group_less_leaves_the_session(depart: Depart) -> None:
    groupe_id = db.session.scalars(select(Habilitation.groupe_id)).one()

    retraits.retirer_habilitation(depart.bailleur.rattachement.id, groupe_id, par=CAF, now=NOW)

    assert depart.nadia.get("/accueil").status_code == 200
    assert userinfo(depart.nadia, depart.access_token).status_code == 401
    assert "Groupe retiré le" in depart.reads(depart.fiche)


def test_box_whose_accesses_another_one_opens_tells_nobody(depart: Depart) -> None:
    base = db.session.scalars(
        select(Groupe).join(Habilitation, Habilitation.groupe_id == Groupe.id)
    ).one()
    sous_groupe = _sous_groupe_of(base)
    an_habilitation(depart.bailleur.rattachement, sous_groupe)

    assert retraits.retirer_habilitation(
        depart.bailleur.rattachement.id, sous_groupe.id, par=CAF, now=NOW
    )

    assert kept() == []
    assert userinfo(depart.nadia, depart.access_token).status_code == 200


def _sous_groupe_of(base: Groupe) -> Groupe:
    contrat = db.session.get_one(ContratDeService, base.contrat_id)
    return a_sous_groupe(contrat, [base])


def test_box_replaced_by_another_that_opens_the_same_tells_nobody(depart: Depart) -> None:
    base = db.session.scalars(
        select(Groupe).join(Habilitation, Habilitation.groupe_id == Groupe.id)
    ).one()
    sous_groupe = _sous_groupe_of(base)
    version = depart.reads(depart.fiche).split('name="version" type="hidden" value="')[1][:16]
    form = {
        "organisme": str(depart.bailleur.organisme.id),
        "ouverture": depart.bailleur.rattachement.ouverture.isoformat(),
        "cloture": "",
        "mobilite": "sedentaire",
        "groupes": [str(sous_groupe.id)],
        "version": version,
        "confirme": "oui",
    }

    assert depart.chef.post(depart.fiche, data=form).status_code == 303

    assert db.session.scalars(select(Habilitation.groupe_id)).one() == sous_groupe.id
    assert kept() == []
    assert userinfo(depart.nadia, depart.access_token).status_code == 200


def test_sous_groupe_unticked_tells_the_service_of_its_contrat(depart: Depart) -> None:
    base = db.session.scalars(
        select(Groupe).join(Habilitation, Habilitation.groupe_id == Groupe.id)
    ).one()
    sous_groupe = _sous_groupe_of(base)
    db.session.execute(update(Habilitation).values(groupe_id=sous_groupe.id))

    retraits.retirer_habilitation(depart.bailleur.rattachement.id, sous_groupe.id, par=CAF, now=NOW)

    assert [avis_.service for avis_ in kept()] == ["offre-bailleurs"]
    assert userinfo(depart.nadia, depart.access_token).status_code == 401


def test_many_people_are_told_of_by_few_statements(depart: Depart) -> None:
    places = [depart.bailleur.rattachement.id]
    places += [a_rattachement(an_account(), depart.bailleur.organisme).id for _rank in range(30)]
    db.session.flush()
    with counted() as sent:
        dits = avis.retirer(
            places, "offre-bailleurs", motif=MotifDAvis.COMPOSITION, par=CAF, now=NOW
        )

    assert dits == 1
    assert len(sent) <= 4


class TestResponsable:
    """A responsable reads of their people, and of the services of their mandate."""

    @pytest.fixture
    def responsable(self, depart: Depart) -> FlaskClient:
        groupe = db.session.scalars(select(Groupe)).one()
        chef = an_account(email="c@exemple.fr")
        person = an_account(given_name="Rozenn", email="resp@exemple.fr")
        place = a_rattachement(person, depart.bailleur.organisme)
        a_mandat(place, [groupe], chef)
        browser = depart.app.test_client()
        signed_in(browser, person, place)
        return browser

    def test_reads_of_their_people(self, depart: Depart, responsable: FlaskClient) -> None:
        depart.clore()

        assert "Nadia Le Gall" in responsable.get(PAGE).text

    def test_reads_nothing_of_others(self, depart: Depart, responsable: FlaskClient) -> None:
        db.session.execute(sa.delete(Habilitation))
        depart.clore()

        assert "Nadia Le Gall" not in responsable.get(PAGE).text

    def test_reads_nothing_of_services_out_of_their_mandate(
        self, depart: Depart, responsable: FlaskClient
    ) -> None:
        opens_cdap(depart.bailleur)
        depart.clore()
        db.session.execute(update(AvisDeRetrait).values(service="cdap", nom="Cdap"))

        assert "Nadia Le Gall" not in responsable.get(PAGE).text
        assert "Nadia Le Gall" in depart.reads()


def test_another_organisme_reads_nothing(depart: Depart) -> None:
    depart.clore()
    other = an_organisme(raison_sociale="LES HORTENSIAS")
    person = an_account(email="autre@exemple.fr")
    browser = depart.app.test_client()
    signed_in(browser, person, a_rattachement(person, other, role=Role.ADMINISTRATEUR))

    [avis_] = kept()
    for path in (PAGE, f"{PAGE}?etat=non-prevenus", f"{PAGE}?apres={avis_.id}"):
        answer = browser.get(path)
        assert (answer.status_code, "Nadia" in answer.text) == (200, False)


def test_pages_follow_one_another_at_a_constant_cost(depart: Depart) -> None:
    depart.clore()
    with counted() as few:
        depart.chef.get(PAGE)
    [first] = kept()
    db.session.add_all(
        AvisDeRetrait(
            rattachement_id=first.rattachement_id,
            organisme_id=first.organisme_id,
            nom=f"Service {rank:02}",
            motif=MotifDAvis.CLOTURE,
            decided_at=NOW - timedelta(minutes=5),
            livraison_id=first.livraison_id,
        )
        for rank in range(60)
    )
    db.session.commit()
    with counted() as many:
        page = depart.reads()

    assert len(few) == len(many)
    seen = page.count('<th scope="row"')
    while 'rel="next"' in page:
        suivante = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        page = depart.reads(suivante)
        seen += page.count('<th scope="row"')
    assert seen == 61


def test_the_oldest_are_forgotten(depart: Depart) -> None:
    depart.clore()

    assert avis.oublier(NOW + timedelta(days=89)) == 0
    assert avis.oublier(NOW + timedelta(days=91)) == 1
    assert kept() == []
