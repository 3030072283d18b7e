"""Administrateurs after the first one: proposed, co-opted, named by the Caf; one always stays."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    an_account,
    an_acteur,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.audit import JournalEntry
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations import rattachements
from idp.habilitations.administration import candidatures, roles, successions
from idp.habilitations.administration.successions import LIFETIME, RefusDeSuccession
from idp.habilitations.delegation import Acteur, RefusDAgir
from idp.habilitations.models import (
    EtatSuccession,
    Mandat,
    Organisme,
    Rattachement,
    Role,
    Succession,
    Voie,
)
from idp.habilitations.rattachements import Selection
from idp.outbox import Delivery

NOW = datetime.now(UTC)


@dataclass
class Bureau:
    """LES OLIVIERS: its administrateur, and Nadia."""

    organisme: Organisme
    chef: Rattachement
    nadia: Rattachement

    @property
    def acteur(self) -> Acteur:
        return an_acteur(self.chef.account_id, self.organisme)

    def who(self, place: Rattachement) -> Selection:
        db.session.flush()
        db.session.expire_all()
        selection = rattachements.selection(place.id, NOW)
        assert selection is not None
        return selection

    def proposed(self) -> UUID:
        proposed = successions.proposer(self.acteur, self.nadia.id, NOW)
        assert isinstance(proposed, UUID)
        return proposed

    def asked(self, voie: Voie = Voie.COOPTATION) -> UUID:
        asked = successions.demander(self.who(self.nadia), voie, "Je remplace", NOW)
        assert isinstance(asked, UUID)
        return asked

    def role(self, place: Rattachement) -> Role:
        db.session.flush()
        db.session.refresh(place)
        return place.role


@pytest.fixture
def bureau(app: Flask) -> Bureau:
    organisme = an_organisme(email="contact@oliviers.exemple")
    chef = an_account(email="chef@exemple.fr", family_name="Chef")
    nadia = an_account(email="nadia@exemple.fr", family_name="Le Gall", given_name="Nadia")
    return Bureau(
        organisme,
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR),
        a_rattachement(nadia, organisme),
    )


def mails() -> int:
    return len(db.session.scalars(select(Delivery).where(Delivery.kind == "mail")).all())


def test_a_proposal_changes_nothing_until_it_is_accepted(bureau: Bureau) -> None:
    proposed = bureau.proposed()
    assert bureau.role(bureau.nadia) is Role.UTILISATEUR

    refus = successions.repondre(bureau.who(bureau.nadia), proposed, accepte=True, now=NOW)

    assert refus is None
    assert bureau.role(bureau.nadia) is Role.ADMINISTRATEUR
    assert bureau.role(bureau.chef) is Role.ADMINISTRATEUR


def test_everybody_concerned_is_told_of_a_new_administrateur(bureau: Bureau) -> None:
    proposed = bureau.proposed()
    before = mails()

    successions.repondre(bureau.who(bureau.nadia), proposed, accepte=True, now=NOW)

    # The former administrateur, the new one, and the organisme's own address.
    assert mails() - before == 3
    events = [entry.event for entry in db.session.scalars(select(JournalEntry))]
    assert {"succession_demandee", "succession_decidee", "administrateur_nomme"} <= set(events)


def test_a_proposal_declined_is_over(bureau: Bureau) -> None:
    proposed = bureau.proposed()
    nadia = bureau.who(bureau.nadia)

    assert successions.repondre(nadia, proposed, accepte=False, now=NOW) is None

    again = successions.repondre(nadia, proposed, accepte=True, now=NOW)
    assert again is RefusDeSuccession.PERIMEE
    assert bureau.role(bureau.nadia) is Role.UTILISATEUR


def test_nobody_accepts_the_proposal_made_to_another(bureau: Bureau) -> None:
    proposed = bureau.proposed()
    other = a_rattachement(an_account(email="autre@exemple.fr"), bureau.organisme)

    refus = successions.repondre(bureau.who(other), proposed, accepte=True, now=NOW)

    assert refus is RefusDeSuccession.PERIMEE
    assert bureau.role(other) is Role.UTILISATEUR


def test_the_proposal_of_who_no_longer_administers_is_worth_nothing(bureau: Bureau) -> None:
    proposed = bureau.proposed()
    bureau.chef.suspendu_at = NOW
    db.session.flush()

    refus = successions.repondre(bureau.who(bureau.nadia), proposed, accepte=True, now=NOW)

    assert refus is RefusDeSuccession.PERIMEE
    assert bureau.role(bureau.nadia) is Role.UTILISATEUR


@pytest.mark.parametrize("comment", ["suspended", "closed", "organisme"])
def test_who_is_out_accepts_no_proposal_to_come_back_as_administrateur(
    client: FlaskClient, bureau: Bureau, comment: str
) -> None:
    proposed = bureau.proposed()
    if comment == "organisme":
        bureau.organisme.suspendu_at = NOW
    elif comment == "suspended":
        bureau.nadia.suspendu_at = NOW
    else:
        bureau.nadia.cloture = clock.today(NOW) - timedelta(days=1)
    account = db.session.get_one(Account, bureau.nadia.account_id)
    signed_in(client, account, bureau.nadia)

    client.post(
        "/profil/administration/repondre", data={"demande": str(proposed), "reponse": "accepter"}
    )
    refus = successions.repondre(bureau.who(bureau.nadia), proposed, accepte=True, now=NOW)

    assert refus is RefusDeSuccession.PAS_ENCORE_ACTIF
    assert bureau.role(bureau.nadia) is Role.UTILISATEUR


def test_an_answer_after_thirty_days_comes_too_late(bureau: Bureau) -> None:
    proposed = bureau.proposed()
    late = NOW + LIFETIME

    refus = successions.repondre(bureau.who(bureau.nadia), proposed, accepte=True, now=late)

    assert refus is RefusDeSuccession.PERIMEE
    assert candidatures.en_cours(bureau.organisme.id, late) == []


def test_a_new_request_may_follow_one_that_lapsed(bureau: Bureau) -> None:
    first = bureau.proposed()

    second = successions.proposer(bureau.acteur, bureau.nadia.id, NOW + LIFETIME)

    assert isinstance(second, UUID)
    assert db.session.get_one(Succession, first).etat is EtatSuccession.ANNULEE


def test_one_request_at_a_time_for_a_person(bureau: Bureau) -> None:
    bureau.proposed()

    again = successions.proposer(bureau.acteur, bureau.nadia.id, NOW)

    assert again is RefusDeSuccession.DEJA_EN_COURS


def test_administrateurs_are_not_written_to_again_and_again(bureau: Bureau) -> None:
    for _time in range(3):
        assert successions.annuler(bureau.who(bureau.nadia), bureau.asked(), NOW)
    sent = mails()

    refus = successions.demander(bureau.who(bureau.nadia), Voie.COOPTATION, "Encore", NOW)

    assert refus is RefusDeSuccession.TROP
    assert mails() == sent
    demain = NOW + timedelta(days=1, minutes=1)
    encore = successions.demander(bureau.who(bureau.nadia), Voie.COOPTATION, "Encore", demain)
    assert isinstance(encore, UUID)


def test_who_never_connected_is_not_proposed(bureau: Bureau) -> None:
    account = an_account(email="x@exemple.fr", state=AccountState.EN_ATTENTE)
    place = a_rattachement(account, bureau.organisme)

    refus = successions.proposer(bureau.acteur, place.id, NOW)

    assert refus is RefusDeSuccession.PAS_ENCORE_ACTIF


def test_a_responsable_proposes_nobody(bureau: Bureau) -> None:
    groupe = a_groupe(a_contrat(bureau.organisme))
    chef = db.session.get_one(Account, bureau.chef.account_id)
    mandat = a_mandat(bureau.nadia, [groupe], chef)
    user = a_rattachement(
        an_account(email="u@exemple.fr"), bureau.organisme, created_by=bureau.nadia.account_id
    )
    responsable = an_acteur(
        bureau.nadia.account_id,
        bureau.organisme,
        role=Role.RESPONSABLE_HABILITATION,
        mandat_id=mandat.id,
        perimetre=frozenset([groupe.id]),
    )

    refus = successions.proposer(responsable, user.id, NOW)

    assert refus is RefusDAgir.RESERVE_A_L_ADMINISTRATEUR


def test_the_mandate_of_a_new_administrateur_is_over(bureau: Bureau) -> None:
    groupe = a_groupe(a_contrat(bureau.organisme))
    mandat = a_mandat(bureau.nadia, [groupe], db.session.get_one(Account, bureau.chef.account_id))

    successions.repondre(bureau.who(bureau.nadia), bureau.proposed(), accepte=True, now=NOW)

    assert db.session.get_one(Mandat, mandat.id).ended_at == NOW
    assert bureau.role(bureau.nadia) is Role.ADMINISTRATEUR


@pytest.mark.parametrize("accepte", [True, False], ids=["accepted", "refused"])
def test_an_administrateur_co_opts_who_asks(bureau: Bureau, accepte: bool) -> None:
    asked = bureau.asked()

    assert successions.decider(bureau.acteur, asked, accepte=accepte, now=NOW) is None

    expected = Role.ADMINISTRATEUR if accepte else Role.UTILISATEUR
    assert bureau.role(bureau.nadia) is expected


def test_nobody_co_opts_themself(bureau: Bureau) -> None:
    asked = bureau.asked()
    herself = an_acteur(bureau.nadia.account_id, bureau.organisme)

    with pytest.raises(Refusal):
        successions.decider(herself, asked, accepte=True, now=NOW)
    assert bureau.role(bureau.nadia) is Role.UTILISATEUR


def test_a_request_to_the_caf_is_not_for_the_administrateurs(bureau: Bureau) -> None:
    asked = bureau.asked(Voie.CAF)

    refus = successions.decider(bureau.acteur, asked, accepte=True, now=NOW)

    assert refus is RefusDeSuccession.PERIMEE
    assert [nom for nom, _vue in candidatures.adressees_a_la_caf(NOW)] == ["LES OLIVIERS"]


def test_the_request_of_another_organisme_does_not_exist(bureau: Bureau) -> None:
    asked = bureau.asked()
    pins = an_organisme(raison_sociale="SCI DES PINS")
    stranger = a_rattachement(an_account(email="p@exemple.fr"), pins, role=Role.ADMINISTRATEUR)

    with pytest.raises(NotHere):
        successions.decider(an_acteur(stranger.account_id, pins), asked, accepte=True, now=NOW)
    with pytest.raises(NotHere):
        successions.repondre(bureau.who(stranger), asked, accepte=True, now=NOW)
    with pytest.raises(NotHere):
        successions.annuler(bureau.who(stranger), asked, NOW)


def test_each_takes_back_what_they_asked(bureau: Bureau) -> None:
    proposed = bureau.proposed()
    assert not successions.annuler(bureau.who(bureau.nadia), proposed, NOW)
    assert successions.annuler(bureau.who(bureau.chef), proposed, NOW)

    asked = bureau.asked()
    assert not successions.annuler(bureau.who(bureau.chef), asked, NOW)
    assert successions.annuler(bureau.who(bureau.nadia), asked, NOW)
    assert not successions.annuler(bureau.who(bureau.nadia), asked, NOW)


def test_the_last_administrateur_who_can_act_keeps_the_role(bureau: Bureau) -> None:
    other = an_account(email="b@exemple.fr", state=AccountState.EN_ATTENTE)
    second = a_rattachement(other, bureau.organisme, role=Role.ADMINISTRATEUR)
    by_second = an_acteur(second.account_id, bureau.organisme)

    refus = roles.retrograder(by_second, bureau.chef.id, NOW)

    assert refus is RefusDAgir.DERNIER_ADMINISTRATEUR
    assert bureau.role(bureau.chef) is Role.ADMINISTRATEUR


def test_an_administrateur_among_others_becomes_a_user_again(bureau: Bureau) -> None:
    second = a_rattachement(
        an_account(email="b@exemple.fr"), bureau.organisme, role=Role.ADMINISTRATEUR
    )

    assert roles.retrograder(bureau.acteur, second.id, NOW) is None

    assert bureau.role(second) is Role.UTILISATEUR
    refus = roles.retrograder(bureau.acteur, bureau.chef.id, NOW)
    assert refus is RefusDAgir.SOI_MEME


def test_pages_lead_from_a_proposal_to_a_second_administrateur(
    client: FlaskClient, bureau: Bureau
) -> None:
    form = {"organisme": str(bureau.organisme.id)}
    chef = db.session.get_one(Account, bureau.chef.account_id)
    nadia = db.session.get_one(Account, bureau.nadia.account_id)
    signed_in(client, chef, bureau.chef)
    assert "seul à administrer" in client.get("/habilitations/administrateurs").text
    client.post(f"/habilitations/utilisateurs/{bureau.nadia.id}/proposer", data=form)
    page = client.get("/habilitations/administrateurs").text
    assert "n’a pas encore répondu" in page
    assert re.search(r">Retirer la proposition<span class=.visually-hidden.> faite à Nadia", page)

    signed_in(client, nadia, bureau.nadia)
    assert "On vous propose d’administrer" in client.get("/accueil").text
    demande = candidatures.de_la_personne(bureau.nadia.id, NOW + timedelta(seconds=5))
    assert demande is not None
    client.post(
        "/profil/administration/repondre",
        data={"demande": str(demande.id), "reponse": "accepter"},
    )

    page = client.get("/habilitations/administrateurs").text
    assert "seul à administrer" not in page
    assert "2 administrateurs" in page


def test_pages_lead_from_a_request_to_co_optation(client: FlaskClient, bureau: Bureau) -> None:
    chef = db.session.get_one(Account, bureau.chef.account_id)
    signed_in(client, db.session.get_one(Account, bureau.nadia.account_id), bureau.nadia)
    typed = {"voie": "cooptation", "motif": "Mme Durand est partie."}
    assert client.post("/profil/administration", data=typed).status_code == 303
    assert "attend la réponse" in client.get("/profil/administration").text

    signed_in(client, chef, bureau.chef)
    assert "attend votre réponse" in client.get("/accueil").text
    assert "Mme Durand est partie." in client.get("/habilitations/administrateurs").text
    [demande] = candidatures.en_cours(bureau.organisme.id, NOW + timedelta(seconds=5))
    client.post(
        f"/habilitations/administrateurs/{demande.id}/accepter",
        data={"organisme": str(bureau.organisme.id)},
    )

    assert bureau.role(bureau.nadia) is Role.ADMINISTRATEUR


def test_pages_lead_from_a_user_to_a_responsable_and_back(
    client: FlaskClient, bureau: Bureau
) -> None:
    groupe = a_groupe(a_contrat(bureau.organisme))
    signed_in(client, db.session.get_one(Account, bureau.chef.account_id), bureau.chef)
    form = {"organisme": str(bureau.organisme.id)}
    page = f"/habilitations/utilisateurs/{bureau.nadia.id}/mandat"
    today = clock.today(NOW).isoformat()

    nothing = client.post(page, data={**form, "debut": today})
    given = client.post(page, data={**form, "debut": today, "groupes": [str(groupe.id)]})

    assert "Cochez au moins un groupe" in nothing.text
    assert given.status_code == 303
    assert bureau.role(bureau.nadia) is Role.RESPONSABLE_HABILITATION
    assert "Nadia Le Gall" in client.get("/habilitations/responsables").text
    client.post(f"{page}/retirer", data=form)
    assert bureau.role(bureau.nadia) is Role.UTILISATEUR
