"""The Caf manages the users of an organisme in its place, while it has withdrawn the delegation, and only then."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from dossiers import CAISSE, Dossier, un_dossier
from factories import (
    a_groupe,
    a_rattachement,
    agent_signed_in,
    an_account,
    an_acteur,
    an_agent,
    an_habilitation,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from flows import a_bailleur, declared, tokens_for
from sent_mails import mails_to
from sql_budget import counted
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.audit import JournalEntry
from idp.db import db, transaction
from idp.errors import Refusal
from idp.habilitations import agents
from idp.habilitations.acteurs import DelegationRendue
from idp.habilitations.administration import verification
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import (
    Agent,
    AvisDeRetrait,
    CibleDeSuspension,
    Groupe,
    Habilitation,
    Mobilite,
    Qualite,
    Rattachement,
    Role,
    RoleAgent,
)
from idp.habilitations.personnes import renvoi, retraits, utilisateurs
from idp.habilitations.personnes.utilisateurs import NouvelUtilisateur
from idp.habilitations.supervision import delegation, suspensions

NOW = datetime.now(UTC)
TODAY = clock.today(NOW)
MOTIF = "Comptes partagés malgré deux rappels"
AGENT = "Solène"
"""The first name of the agent, which no partner may read."""
WAIT_S = 20
BRIEFLY_S = 1
RENDUE = "gère lui-même"
CHEF = "chef@oliviers.example.fr"


@dataclass
class Bureau:
    """An agent before an organisme of their caisse, whose delegation is withdrawn."""

    client: FlaskClient
    agent: Account
    dossier: Dossier
    autre: Groupe

    @property
    def lieu(self) -> str:
        return f"/caf/organismes/{self.dossier.organisme.id}/utilisateurs"

    @property
    def fiche(self) -> str:
        return f"{self.lieu}/{self.dossier.user.id}"

    def form(self, **changes: Any) -> dict[str, Any]:
        """« Modifier ses accès » of the user, with these changes."""
        user = db.session.get_one(Rattachement, self.dossier.user.id)
        return {
            "ouverture": user.ouverture.isoformat(),
            "cloture": "",
            "mobilite": "sedentaire",
            "groupes": [str(self.dossier.groupe.id)],
            **changes,
        }

    def version(self) -> str:
        page = self.client.get(f"{self.fiche}/acces").text
        found = re.search(r'name="version"[^>]*value="([^"]+)"', page)
        assert found, page
        return found[1]

    def confirm(self, **changes: Any) -> TestResponse:
        """The form, seen and confirmed."""
        version = changes.pop("version", None) or self.version()
        form = self.form(version=version, confirme="oui", **changes)
        return self.client.post(f"{self.fiche}/acces", data=form)

    def give_back(self) -> None:
        assert delegation.rendre(self.vu(), self.dossier.organisme.id, motif="Réglé", now=NOW)

    def vu(self) -> agents.AgentVu:
        found = agents.agent_of(self.agent.id)
        assert found
        return found

    def acteur(self) -> Acteur:
        return delegation.acteur(self.vu(), self.dossier.organisme.id)

    def post(self, address: str, **form: Any) -> str:
        """The page on which sending this ends."""
        answer = self.client.post(address, data=form)
        return self.client.get(answer.location).text if answer.status_code == 303 else answer.text

    def as_the_partner(self, address: str) -> str:
        """What the administrateur reads there."""
        chef = db.session.get_one(Account, self.dossier.chef.account_id)
        signed_in(self.client, chef, self.dossier.chef)
        answer = self.client.get(address)
        assert answer.status_code == 200
        return answer.text

    def groupes(self) -> set[UUID]:
        tenus = sa.select(Habilitation.groupe_id).where(
            Habilitation.rattachement_id == self.dossier.user.id
        )
        return set(db.session.scalars(tenus))


@pytest.fixture
def bureau(client: FlaskClient) -> Bureau:
    dossier = un_dossier(delegation_retiree_at=NOW, email="contact@oliviers.example.fr")
    db.session.get_one(Account, dossier.chef.account_id).email = CHEF
    autre = a_groupe(
        dossier.contrat, code="offre-bailleurs:conventionne:359", libelle="Logements conventionnés"
    )
    agent = agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE], given_name=AGENT)
    return Bureau(client, agent, dossier, autre)


def a_new_user(**changes: Any) -> dict[str, Any]:
    """The form of the guide, filled."""
    return {
        "nom": "Le Gall",
        "prenom": "Anne",
        "email": "anne@exemple.fr",
        "email_confirme": "anne@exemple.fr",
        "telephone": "",
        "telephone_confirme": "",
        "ouverture": TODAY.isoformat(),
        "cloture": "",
        "mobilite": "sedentaire",
        "demande": str(uuid4()),
        **changes,
    }


def acts() -> list[tuple[str, UUID | None]]:
    """What was done by somebody, in order: the event and its author."""
    rows = db.session.scalars(
        sa.select(JournalEntry)
        .where(JournalEntry.event != "delegation_retiree", JournalEntry.actor_id.is_not(None))
        .order_by(JournalEntry.id)
    )
    return [(row.event, row.actor_id) for row in rows]


def fresh(place: Rattachement) -> Rattachement:
    return db.session.get_one(Rattachement, place.id, populate_existing=True)


def no_broken_rule() -> bool:
    return verification.anomalies() == []


def test_a_change_is_told_then_done_in_the_name_of_the_caf(bureau: Bureau) -> None:
    groupes = [str(bureau.autre.id)]
    told = bureau.client.post(f"{bureau.fiche}/acces", data=bureau.form(groupes=groupes)).text
    assert "Nadia Martin perdra l’accès à Offre Bailleurs – Logements privés" in told
    assert "Nadia Martin pourra ouvrir Offre Bailleurs – Logements conventionnés" in told
    assert bureau.groupes() == {bureau.dossier.groupe.id}

    end = TODAY + timedelta(days=30)
    done = bureau.confirm(groupes=groupes, cloture=end.isoformat())

    assert (done.status_code, done.location) == (303, bureau.fiche)
    [donnee] = db.session.scalars(
        sa.select(Habilitation).where(Habilitation.rattachement_id == bureau.dossier.user.id)
    )
    assert donnee.groupe_id == bureau.autre.id
    assert (donnee.granted_as, donnee.granted_by) == (Qualite.CAF, bureau.agent.id)
    assert fresh(bureau.dossier.user).cloture == end
    faits = ("rattachement_modifie", "habilitation_donnee", "habilitation_retiree")
    assert [act for act in acts() if act[0] in faits] == [(fait, bureau.agent.id) for fait in faits]
    assert no_broken_rule()


def test_the_partner_reads_that_the_caf_did_it_and_not_who(bureau: Bureau) -> None:
    assert bureau.confirm(groupes=[str(bureau.autre.id)]).status_code == 303
    user = bureau.dossier.user.id

    journal = bureau.as_the_partner("/habilitations/journal")
    caf = bureau.as_the_partner("/habilitations/journal?origine=caf")
    pourquoi = bureau.as_the_partner(f"/habilitations/utilisateurs/{user}/pourquoi/offre-bailleurs")

    for page in (journal, caf):
        assert "La Caf a mis Nadia Martin dans Logements conventionnés" in page
        assert AGENT not in page
    assert re.search(r"Coché\s+le \d\d/\d\d/\d{4} par la Caf", " ".join(pourquoi.split()))
    assert AGENT not in pourquoi


def test_reading_what_a_person_has_is_in_the_journal(bureau: Bureau) -> None:
    assert bureau.client.get(f"{bureau.fiche}/acces").status_code == 200
    bureau.client.post(f"{bureau.fiche}/acces", data=bureau.form(cloture=TODAY.isoformat()))

    assert acts()[-2:] == [("dossier_consulte", bureau.agent.id)] * 2


def test_a_user_is_created_and_written_to(bureau: Bureau) -> None:
    form = a_new_user(groupes=[str(bureau.autre.id)])

    first = bureau.client.post(f"{bureau.lieu}/creer", data=form)
    twice = bureau.client.post(f"{bureau.lieu}/creer", data=form)

    assert first.status_code == 303
    assert first.location == twice.location
    place = fresh(db.session.get_one(Rattachement, UUID(first.location.rsplit("/", 1)[1])))
    account = db.session.get_one(Account, place.account_id)
    assert (account.family_name, account.state) == ("Le Gall", AccountState.EN_ATTENTE)
    assert (place.created_by, place.role) == (bureau.agent.id, Role.UTILISATEUR)
    assert len(mails_to("anne@exemple.fr")) == 1
    assert ("utilisateur_cree", bureau.agent.id) in acts()
    assert "partent à anne@exemple.fr" in bureau.client.get(first.location).text
    assert "La Caf a créé" in bureau.as_the_partner("/habilitations/journal")
    assert no_broken_rule()


def test_the_administrateurs_and_the_organisme_are_told_of_who_the_caf_creates(
    bureau: Bureau,
) -> None:
    """The attack: an agent lets in somebody of theirs, at an address of theirs."""
    form = a_new_user()
    for _twice in range(2):
        bureau.client.post(f"{bureau.lieu}/creer", data=form)

    for adresse in (CHEF, "contact@oliviers.example.fr"):
        [told] = mails_to(adresse)
        assert told["subject"] == "La Caf a créé un utilisateur pour LES OLIVIERS"
        assert "Anne Le Gall, anne@exemple.fr" in told["body"]
        assert AGENT not in told["body"]


def test_the_administrateurs_are_told_that_the_caf_manages_and_that_it_does_no_more(
    bureau: Bureau,
) -> None:
    of = bureau.dossier.organisme.id
    bureau.give_back()
    assert delegation.retirer(bureau.vu(), of, motif=MOTIF, now=NOW)
    assert not delegation.retirer(bureau.vu(), of, motif=MOTIF, now=NOW)

    rendue, retiree = mails_to(CHEF)
    assert rendue["subject"] == "La Caf vous rend la gestion des utilisateurs de LES OLIVIERS"
    assert retiree["subject"] == "La Caf gère désormais les utilisateurs de LES OLIVIERS"
    assert MOTIF in retiree["body"]


def test_an_administrateur_creates_without_a_mail_to_the_others(bureau: Bureau) -> None:
    bureau.give_back()
    chef = an_acteur(bureau.dossier.chef.account_id, bureau.dossier.organisme)
    before = len(mails_to(CHEF))

    _creer(chef, bureau.dossier.user)

    assert len(mails_to(CHEF)) == before


def test_what_was_typed_wrong_is_said_to_an_agent(bureau: Bureau) -> None:
    taken = a_new_user(email="nadia@exemple.fr", email_confirme="nadia@exemple.fr")

    page = bureau.client.post(f"{bureau.lieu}/creer", data=taken).text

    assert "déjà celle d’un utilisateur de cet organisme" in page
    assert 'value="Le Gall"' in page


def test_who_never_connected_is_written_to_again(bureau: Bureau) -> None:
    created = bureau.client.post(f"{bureau.lieu}/creer", data=a_new_user())
    soon = bureau.post(f"{created.location}/renvoyer")
    assert "Un message vient déjà de partir" in soon
    place_id = UUID(created.location.rsplit("/", 1)[1])

    assert renvoi.renvoyer(bureau.acteur(), place_id, NOW + timedelta(hours=1))

    assert len(mails_to("anne@exemple.fr")) == 2
    assert acts()[-1] == ("identifiants_renvoyes", bureau.agent.id)


def test_what_the_caf_closes_in_its_place_the_organisme_opens_again(bureau: Bureau) -> None:
    user = bureau.dossier.user
    closed = bureau.client.post(f"{bureau.fiche}/clore", data={})
    assert closed.status_code == 303
    assert fresh(user).suspendu_par is Qualite.ADMINISTRATEUR
    assert ("rattachement_clos", bureau.agent.id) in acts()
    assert bureau.client.get(f"{bureau.fiche}/acces").location == bureau.fiche
    assert "Cet accès est clos" in bureau.client.get(bureau.fiche).text

    bureau.client.post(f"{bureau.fiche}/rouvrir")
    assert (fresh(user).suspendu_at, fresh(user).cloture) == (None, None)

    bureau.client.post(f"{bureau.fiche}/clore")
    bureau.give_back()
    chef = an_acteur(bureau.dossier.chef.account_id, bureau.dossier.organisme)
    assert retraits.rouvrir(user.id, par=chef, now=NOW)
    assert fresh(user).suspendu_at is None


def test_a_suspension_of_the_caf_outlives_what_is_opened_again(bureau: Bureau) -> None:
    user, of = bureau.dossier.user, bureau.dossier.organisme.id
    cible = CibleDeSuspension.UTILISATEUR
    suspensions.suspendre(bureau.vu(), of, cible, user.id, motif=MOTIF, now=NOW)
    bureau.client.post(f"{bureau.fiche}/clore")

    page = bureau.post(f"{bureau.fiche}/rouvrir")

    assert "n’est plus clos, mais il reste suspendu" in page
    assert fresh(user).suspendu_par is Qualite.CAF


def test_the_last_administrateur_is_replaced_not_closed(bureau: Bureau) -> None:
    chef = f"{bureau.lieu}/{bureau.dossier.chef.id}"

    page = bureau.post(f"{chef}/clore")

    assert "dernier administrateur de cet organisme : remplacez-le d’abord" in page
    assert fresh(bureau.dossier.chef).suspendu_at is None


def test_an_agent_does_not_touch_their_own_access(bureau: Bureau) -> None:
    mine = a_rattachement(bureau.agent, bureau.dossier.organisme)
    lieu, form = f"{bureau.lieu}/{mine.id}", bureau.form(groupes=[str(bureau.autre.id)])

    for address in (f"{lieu}/acces", f"{lieu}/clore", f"{lieu}/rouvrir"):
        page = bureau.post(address, **form)
        assert "Ce sont vos propres accès" in page, address

    assert bureau.client.get(f"{lieu}/acces").location == lieu
    assert fresh(mine).suspendu_at is None
    of_mine = sa.select(Habilitation.id).where(Habilitation.rattachement_id == mine.id)
    assert db.session.scalars(of_mine).all() == []


def test_two_who_change_the_same_person_are_told(bureau: Bureau) -> None:
    version = bureau.version()
    an_habilitation(bureau.dossier.user, bureau.autre)

    page = bureau.confirm(version=version, groupes=[], mobilite="itinerant").text

    assert "Quelqu’un d’autre a modifié cet utilisateur entre-temps" in page
    assert "<li>Logements conventionnés</li>" in page
    assert bureau.groupes() == {bureau.dossier.groupe.id, bureau.autre.id}


def test_an_organisme_that_manages_itself_is_not_managed_by_the_caf(bureau: Bureau) -> None:
    bureau.give_back()

    for page in ("/creer", f"/{bureau.dossier.user.id}/acces", f"/{bureau.dossier.user.id}/clore"):
        refused = bureau.client.get(bureau.lieu + page)
        assert refused.status_code == 403, page
        assert RENDUE in refused.text
        assert "/supervision/delegation" in refused.text
    assert "à la place de l’organisme" not in bureau.client.get(bureau.fiche).text
    assert "/creer" not in bureau.client.get(bureau.lieu).text


def test_given_back_while_the_form_was_open_nothing_is_done_nor_lost(bureau: Bureau) -> None:
    version = bureau.version()
    bureau.give_back()
    before = acts()

    creating = bureau.client.post(f"{bureau.lieu}/creer", data=a_new_user()).text
    cloture = (TODAY + timedelta(days=9)).isoformat()
    changing = [
        bureau.confirm(version=version, cloture=cloture).text,
        bureau.client.post(f"{bureau.fiche}/acces", data=bureau.form(cloture=cloture)).text,
    ]

    assert RENDUE in creating
    assert 'value="Le Gall"' in creating
    for page in changing:
        assert RENDUE in page
        assert f'value="{cloture}"' in page
    for geste in ("clore", "rouvrir", "renvoyer"):
        page = bureau.post(f"{bureau.fiche}/{geste}")
        assert RENDUE in page, geste
    assert {event for event, _par in acts()[len(before) :]} == {"dossier_consulte"}
    assert fresh(bureau.dossier.user).suspendu_at is None


Geste = Callable[[Acteur, Rattachement], object]


def _creer(acteur: Acteur, _place: Rattachement) -> object:
    saisie = NouvelUtilisateur("X", "Y", "x@exemple.fr", None, TODAY, None, Mobilite.SEDENTAIRE, ())
    return utilisateurs.creer(acteur, saisie, NOW)


GESTES: dict[str, Geste] = {
    "creer": _creer,
    "clore": lambda acteur, place: retraits.clore(place.id, par=acteur, now=NOW),
    "rouvrir": lambda acteur, place: retraits.rouvrir(place.id, par=acteur, now=NOW),
    "renvoyer": lambda acteur, place: renvoi.renvoyer(acteur, place.id, NOW),
}


def _lowered(bureau: Bureau) -> None:
    _agent(bureau).role = RoleAgent.GESTIONNAIRE


def _closed(bureau: Bureau) -> None:
    _agent(bureau).ended_at = NOW


def _moved(bureau: Bureau) -> None:
    _agent(bureau).caisses = ["751"]


def _agent(bureau: Bureau) -> Agent:
    return db.session.scalars(sa.select(Agent).where(Agent.account_id == bureau.agent.id)).one()


@pytest.mark.parametrize("geste", GESTES.values(), ids=GESTES)
@pytest.mark.parametrize("lost", [_lowered, _closed, _moved])
def test_an_agent_who_lost_their_role_since_does_nothing(
    bureau: Bureau, geste: Geste, lost: Callable[[Bureau], None]
) -> None:
    """The race: the page was entered, then the agent was lowered, closed, or moved to another caisse."""
    acteur = bureau.acteur()
    lost(bureau)
    db.session.flush()

    with pytest.raises(Refusal, match="lost"):
        geste(acteur, bureau.dossier.user)


@pytest.mark.parametrize("geste", GESTES.values(), ids=GESTES)
def test_the_delegation_given_back_since_nothing_is_done(bureau: Bureau, geste: Geste) -> None:
    acteur = bureau.acteur()
    bureau.give_back()

    with pytest.raises(DelegationRendue):
        geste(acteur, bureau.dossier.user)


def test_what_is_confirmed_while_the_delegation_is_given_back_waits_and_is_refused(
    app: Flask, bureau: Bureau
) -> None:
    """The race: the page read that the Caf manages, then another agent gives the organisme back."""
    version, other = bureau.version(), agents.agent_of(an_agent().id)
    assert other
    form = bureau.form(version=version, confirme="oui", groupes=[str(bureau.autre.id)])
    page, of = f"{bureau.fiche}/acces", bureau.dossier.organisme.id
    db.session.commit()

    def send() -> str:
        with app.app_context():
            return bureau.client.post(page, data=form).text

    with ThreadPoolExecutor(1) as pool:
        with transaction():
            assert delegation.rendre(other, of, motif="Réglé", now=NOW)
            sent = pool.submit(send)
            with pytest.raises(TimeoutError):
                sent.result(BRIEFLY_S)
        told = sent.result(WAIT_S)

    assert RENDUE in told
    assert f'value="{bureau.autre.id}" checked' in told
    db.session.expire_all()
    assert bureau.groupes() == {bureau.dossier.groupe.id}


def test_a_gestionnaire_reads_and_is_offered_nothing(bureau: Bureau, client: FlaskClient) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    assert "à la place de l’organisme" not in client.get(bureau.fiche).text
    assert "Un superviseur gère ses utilisateurs" in client.get(bureau.lieu).text
    assert client.post(f"{bureau.fiche}/clore").status_code == 403
    with pytest.raises(Refusal):
        delegation.acteur(
            agents.AgentVu(bureau.agent.id, RoleAgent.GESTIONNAIRE, (CAISSE,)),
            bureau.dossier.organisme.id,
        )


def test_services_are_told_at_once_and_the_partner_does_not_read_by_whom(
    client: FlaskClient,
) -> None:
    with declared("offre-bailleurs", backchannel_logout_uri="https://offre.exemple.fr/logout"):
        bailleur = a_bailleur()
        signed_in(client, bailleur.account, bailleur.rattachement)
        tokens_for(client)
        of, user = bailleur.organisme, bailleur.rattachement
        chef = a_rattachement(an_account(), of, role=Role.ADMINISTRATEUR)
        of.delegation_retiree_at = NOW
        db.session.flush()
        agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE], given_name=AGENT)

        client.post(f"/caf/organismes/{of.id}/utilisateurs/{user.id}/clore")

    [avis] = db.session.scalars(sa.select(AvisDeRetrait))
    assert (avis.rattachement_id, avis.decided_by) == (user.id, None)
    signed_in(client, db.session.get_one(Account, chef.account_id), chef)
    page = client.get("/habilitations/services-prevenus").text
    assert "Accès clos" in page
    assert AGENT not in page


def test_statements_do_not_grow_with_users_and_groups(bureau: Bureau) -> None:
    page = f"{bureau.fiche}/acces"
    with counted() as alone:
        assert bureau.client.get(page).status_code == 200
    for rank in range(10):
        a_groupe(bureau.dossier.contrat, code=f"offre-bailleurs:prive:{rank}")
        other = an_account(email=f"p{rank}@exemple.fr")
        an_habilitation(a_rattachement(other, bureau.dossier.organisme), bureau.autre)

    with counted() as many:
        assert bureau.client.get(page).status_code == 200

    assert len(many) == len(alone)
