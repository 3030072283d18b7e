"""The journal of an organisme: sentences, filters, pages both ways, and nothing of anybody else."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    an_account,
    an_acteur,
    an_agent,
    an_organisme,
    signed_in,
)
from flask.testing import FlaskClient
from sql_budget import counted
from test_journal_events import kinds

from idp import audit, clock, journal_retention
from idp.accounts.events import SignInSucceeded
from idp.accounts.history import parse_key
from idp.accounts.models import Account
from idp.audit import Actor, Event
from idp.db import db
from idp.habilitations.acteurs import PROGRAMME
from idp.habilitations.delegation import Acteur
from idp.habilitations.events import (
    HabilitationDonnee,
    MandatRetire,
    RattachementClos,
    RattachementModifie,
    UtilisateurCree,
)
from idp.habilitations.journal import lecture, phrases
from idp.habilitations.journal.faits import Fait, Famille
from idp.habilitations.journal.lecture import Filtre, Origine
from idp.habilitations.journal.modeles import PHRASES
from idp.habilitations.journal.modeles_des_agents import DES_AGENTS
from idp.habilitations.models import Groupe, Mandat, Organisme, Rattachement, Role
from idp.oidc.events import AuthorizationGranted

PAGE = "/habilitations/journal"
DEBUT = datetime(2026, 3, 2, 10, 0, 7, tzinfo=UTC)
SOURCES = Path(__file__).parents[2] / "idp"
OF_NO_ORGANISME = {
    *("fait", "acces_agent_refuse", "agent_clos", "agent_cree", "agent_modifie"),
    *("actes_d_agent_lus", "agents_exportes", "organismes_exportes", "resume_choisi"),
    *("import_d_organismes_lance", "import_d_organismes_fini"),
    *("operation_lancee", "operation_finie", "campagne_menee"),
    *("lot_retire", "lot_marque", "coordonnees_modifiees"),
}
"""Events of rights that never bear one."""


@dataclass
class Bureau:
    """An organisme, its administrateur at their desk, and one user."""

    client: FlaskClient
    organisme: Organisme
    chef: Account
    place: Rattachement
    nadia: Rattachement
    groupe: Groupe

    @property
    def acteur(self) -> Acteur:
        return an_acteur(self.chef.id, self.organisme)

    def told(
        self,
        event: Event,
        *,
        by: Actor | None = None,
        about: UUID | None = None,
        after: float = 0,
        organisme: UUID | None = None,
    ) -> None:
        """The event, written as the services do."""
        audit.record(
            event,
            at=DEBUT + timedelta(seconds=after),
            actor=by or Actor.person(self.chef.id),
            account_id=about or self.nadia.account_id,
            organisme_id=organisme or self.organisme.id,
        )

    def given(self, **how: Any) -> None:
        self.told(HabilitationDonnee(rattachement_id=self.nadia.id, groupe=self.groupe.code), **how)

    def sentences(self, filtre: Filtre | None = None) -> list[str]:
        return [ligne.phrase for ligne in lecture.page(self.acteur, filtre or Filtre()).lignes]


@pytest.fixture
def bureau(client: FlaskClient) -> Bureau:
    organisme = an_organisme()
    groupe = a_groupe(a_contrat(organisme))
    chef = an_account(email="chef@exemple.fr")
    place = a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
    nadia = a_rattachement(an_account(given_name="Nadia", family_name="Le Gall"), organisme)
    signed_in(client, chef, place)
    return Bureau(client, organisme, chef, place, nadia, groupe)


def test_every_event_of_an_organisme_has_its_sentence() -> None:
    """A new event of ``idp/habilitations/events.py`` (or of scim) gets a ``Phrase`` in ``modeles.PHRASES``."""
    of_rights = {
        name
        for name, kind in kinds().items()
        if re.match(r"idp\.(habilitations|scim)\b", kind.__module__)
    }

    assert sorted(of_rights - OF_NO_ORGANISME - PHRASES.keys()) == []


def test_what_agents_do_elsewhere_has_its_sentence_too() -> None:
    known = kinds()

    assert sorted(OF_NO_ORGANISME - {"fait"} - DES_AGENTS.keys()) == []
    assert sorted(DES_AGENTS.keys() - PHRASES.keys() - known.keys()) == []


@pytest.mark.parametrize("event", sorted(DES_AGENTS.keys() - PHRASES.keys()))
def test_what_agents_do_elsewhere_can_be_said(event: str) -> None:
    data = {"caisses": ["359"], "role": "superviseur", "page": "/caf/agents", "motif": "x"}
    data |= {"caisse": "359", "client_id": "cdap", "deliveries": 3}
    fait = Fait(event, data, "Claire Martin", False, "Nadia Le Gall", {}, {})

    assert re.match(r"[A-ZÉ].*[\w»)]$", phrases.dite(fait, DES_AGENTS))
    assert "{" not in phrases.dite(fait, DES_AGENTS)
    assert isinstance(phrases.detail(fait, DES_AGENTS), str)


def test_events_of_other_rooms_that_bear_an_organisme_are_known() -> None:
    """Whoever records one more for an organisme adds its sentence, then its file here."""
    files = {
        path.relative_to(SOURCES).as_posix()
        for room in ("oidc", "accounts")
        for path in (SOURCES / room).rglob("*.py")
        if re.search(r"\n +organisme_id=", path.read_text())
    }

    assert files == {"oidc/authorization/authorize.py", "oidc/tokens/grants/holder.py"}
    assert set(audit.DAILY) == set(phrases.de(Famille.SERVICES))


@pytest.mark.parametrize("event", sorted(PHRASES))
def test_every_sentence_can_be_said(event: str) -> None:
    data = {"groupe": "x", "groupes": ["x"], "caisse": "359", "libelle": "x"}
    fait = Fait(event, data, "Claire Martin", False, "Nadia Le Gall", {}, {})

    assert re.match(r"[A-ZÉ].*[\w»]\)?$", phrases.dite(fait))
    assert "{" not in phrases.dite(fait)
    assert isinstance(phrases.detail(fait), str)


@pytest.mark.parametrize(
    ("voie", "etat", "said"),
    [
        ("proposition", "acceptee", "Nadia a accepté de devenir administrateur"),
        ("proposition", "refusee", "Nadia a refusé de devenir administrateur"),
        ("proposition", "annulee", "Nadia a retiré la demande qui concernait Paul"),
        ("cooptation", "acceptee", "Nadia a accepté que Paul devienne administrateur"),
    ],
)
def test_who_answers_a_proposal_is_whom_it_was_made_to(voie: str, etat: str, said: str) -> None:
    data = {"voie": voie, "etat": etat}

    assert phrases.dite(Fait("succession_decidee", data, "Nadia", False, "Paul", {}, {})) == said


@pytest.mark.parametrize("event", sorted(PHRASES))
def test_a_vowel_is_elided(event: str) -> None:
    fait = Fait(event, {}, "Claire Martin", False, "Aïcha Benali", {}, {})

    assert not re.search(r"\b(de|que) Aïcha", phrases.dite(fait))


def test_names_and_groups_are_told(bureau: Bureau) -> None:
    autre = an_account(given_name="Paul", family_name="Roux")
    a_rattachement(autre, bureau.organisme, role=Role.ADMINISTRATEUR)
    codes = [bureau.groupe.code, "offre-bailleurs:disparu:359"]
    bureau.told(
        UtilisateurCree(rattachement_id=bureau.nadia.id, groupes=codes), by=Actor.person(autre.id)
    )
    bureau.given(after=1)

    assert bureau.sentences() == [
        "Vous avez mis Nadia Le Gall dans Logements privés – Caf 359",
        "Paul Roux a créé Nadia Le Gall, dans Logements privés – Caf 359 et offre-bailleurs:disparu:359",
    ]


def test_the_caf_is_never_named_by_its_agents(bureau: Bureau) -> None:
    agent = an_agent(given_name="Odile", family_name="Secret")
    bureau.given(by=Actor.person(agent.id))
    bureau.given(by=audit.COMMAND_LINE, after=1)

    assert bureau.sentences() == ["La Caf a mis Nadia Le Gall dans Logements privés – Caf 359"] * 2
    assert "Secret" not in bureau.client.get(PAGE).text


def test_a_program_is_named(bureau: Bureau) -> None:
    mandat = Mandat(
        organisme_id=bureau.organisme.id,
        programme="Annuaire Oliviers",
        peut_creer=True,
        debut=clock.today(DEBUT),
        granted_at=DEBUT,
        granted_by=bureau.chef.id,
    )
    db.session.add(mandat)
    db.session.flush()
    bureau.told(RattachementClos(rattachement_id=bureau.nadia.id), by=Actor(PROGRAMME, mandat.id))

    assert bureau.sentences() == ["Le programme Annuaire Oliviers a clos l’accès de Nadia Le Gall"]
    bureau.told(MandatRetire(mandat_id=mandat.id, rattachement_id=None), about=bureau.chef.id)
    assert "Vous avez mis fin au mandat du programme Annuaire Oliviers" in bureau.sentences()
    assert len(bureau.sentences(Filtre(origine=Origine.PROGRAMME))) == 1
    assert len(bureau.sentences(Filtre(origine=Origine.ORGANISME))) == 1


def test_anonymised_person_is_told_as_such(bureau: Bureau) -> None:
    bureau.given()
    db.session.get_one(Account, bureau.nadia.account_id).anonymised_at = DEBUT
    db.session.flush()

    assert bureau.sentences() == [
        "Vous avez mis une personne dont le compte a été supprimé dans Logements privés – Caf 359"
    ]
    assert "Le Gall" not in bureau.client.get(PAGE).text


def test_what_was_erased_is_no_longer_there(bureau: Bureau) -> None:
    """Its row bears no organisme any more (``idp/journal_retention.py``)."""
    bureau.given()
    audit.seal()
    db.session.commit()
    journal_retention.forget(DEBUT + timedelta(days=365 * 4))
    db.session.commit()

    assert bureau.sentences() == []
    assert "effacée au bout de\ntrente-six mois" in bureau.client.get(PAGE).text


def test_nothing_of_elsewhere_is_told(bureau: Bureau) -> None:
    """Attack by curiosity: what a person of several organismes does for another one, or at sign-in."""
    ailleurs = an_organisme(raison_sociale="SCI DES PEUPLIERS")
    a_rattachement(db.session.get_one(Account, bureau.nadia.account_id), ailleurs)
    bureau.given(organisme=ailleurs.id)
    audit.record(
        SignInSucceeded(credential="password"),
        at=DEBUT,
        actor=Actor.person(bureau.nadia.account_id),
        account_id=bureau.nadia.account_id,
    )

    assert bureau.sentences() == []
    assert bureau.sentences(Filtre(personne="Nadia")) == []
    assert bureau.sentences(Filtre(famille=Famille.SERVICES)) == []


def test_somebody_who_was_never_of_the_organisme_is_not_named(bureau: Bureau) -> None:
    stranger = an_account(given_name="Ugo", family_name="Lointain")
    bureau.given(by=Actor.person(stranger.id))

    assert bureau.sentences()[0].startswith("Une personne qui n’est pas de votre organisme a mis")


def test_file_of_another_organisme_filters_to_nothing(bureau: Bureau) -> None:
    other = a_rattachement(
        db.session.get_one(Account, bureau.nadia.account_id), an_organisme(raison_sociale="AUTRE")
    )
    bureau.given()

    assert bureau.sentences(Filtre(fiche=bureau.nadia.id)) == bureau.sentences()
    assert bureau.sentences(Filtre(fiche=other.id)) == []
    assert bureau.sentences(Filtre(fiche=uuid4())) == []


def test_filters_keep_what_they_say(bureau: Bureau) -> None:
    paul = a_rattachement(an_account(given_name="Paul", family_name="Roux"), bureau.organisme)
    bureau.given()
    bureau.given(about=paul.account_id, after=1)
    bureau.told(
        RattachementClos(rattachement_id=paul.id),
        by=Actor.person(paul.account_id),
        about=paul.account_id,
        after=86_400,
    )
    bureau.told(AuthorizationGranted(client_id="offre-bailleurs", scope="openid"), after=2)
    lendemain = clock.today(DEBUT + timedelta(days=1))

    mis, clos = "Vous avez mis ", "Paul Roux a clos "
    for filtre, said in (
        (Filtre(), [clos, mis, mis]),
        (Filtre(personne="le gall"), [mis]),
        (Filtre(personne="roux paul"), [clos, mis]),
        (Filtre(auteur="Paul"), [clos]),
        (Filtre(personne="personne"), []),
        (Filtre(famille=Famille.GROUPES), [mis, mis]),
        (Filtre(famille=Famille.SERVICES), ["Vous avez ouvert le service Offre Bailleurs"]),
        (Filtre(du=lendemain), [clos]),
        (Filtre(au=clock.today(DEBUT)), [mis, mis]),
        (Filtre(origine=Origine.CAF), []),
        (Filtre(origine=Origine.ORGANISME, famille=Famille.PERSONNES), [clos]),
    ):
        told = bureau.sentences(filtre)
        assert len(told) == len(said), filtre
        assert all(map(str.startswith, told, said)), filtre


def test_a_change_of_dates_is_told_in_detail(bureau: Bureau) -> None:
    bureau.told(
        RattachementModifie(
            rattachement_id=bureau.nadia.id,
            ouverture="2026-06-03",
            cloture=None,
            mobilite="itinerant",
        )
    )

    page = bureau.client.get(PAGE).text

    assert "Vous avez modifié les dates ou le poste de travail de Nadia Le Gall" in page
    assert "Ouverture : 03/06/2026 ; clôture : sans ; poste : itinérant" in page
    assert "02/03/2026 à 11:00:07" in page
    assert f'href="/habilitations/utilisateurs/{bureau.nadia.id}"' in page
    assert "bientôt scellée" in page


def test_pages_go_both_ways_and_miss_nothing(bureau: Bureau) -> None:
    for number in range(2 * lecture.PAR_PAGE + 5):
        bureau.given(after=number // 3)
    seen, page = [], lecture.page(bureau.acteur, Filtre())
    assert page.precedente is None
    first = page.lignes
    while True:
        seen += [ligne.cle for ligne in page.lignes]
        if page.suivante is None:
            break
        page = lecture.page(bureau.acteur, Filtre(), apres=parse_key(page.suivante))

    assert len(seen) == len(set(seen)) == 2 * lecture.PAR_PAGE + 5
    assert [len(page.lignes), page.precedente is None] == [5, False]
    middle = lecture.page(bureau.acteur, Filtre(), avant=parse_key(page.precedente or ""))
    assert middle.suivante
    assert middle.precedente
    again = lecture.page(bureau.acteur, Filtre(), avant=parse_key(middle.precedente))
    assert (again.lignes, again.precedente) == (first, None)


def test_page_costs_the_same_whatever_it_shows(bureau: Bureau) -> None:
    bureau.given()
    bureau.client.get(PAGE)
    with counted() as alone:
        bureau.client.get(PAGE)
    for number in range(40):
        person = an_account(email=f"{number}@exemple.fr")
        a_rattachement(person, bureau.organisme)
        bureau.given(about=person.id, by=Actor.person(person.id), after=number)
    with counted() as many:
        bureau.client.get(PAGE)

    assert len(many) == len(alone) <= 9


@pytest.mark.parametrize("role", [Role.UTILISATEUR, Role.RESPONSABLE_HABILITATION])
def test_only_administrateurs_read_it(bureau: Bureau, role: Role) -> None:
    if role is Role.RESPONSABLE_HABILITATION:
        a_mandat(bureau.nadia, [bureau.groupe], bureau.chef)
    signed_in(bureau.client, db.session.get_one(Account, bureau.nadia.account_id), bureau.nadia)

    assert bureau.client.get(PAGE).status_code == 403


def test_what_the_address_says_is_never_trusted(bureau: Bureau) -> None:
    bureau.given()
    nonsense = (
        "famille=x&origine=%07&du=hier&au=9999-99-99&fiche=1&apres=zz&avant=9-9-9&personne=%25_"
    )

    answer = bureau.client.get(f"{PAGE}?{nonsense}")

    assert answer.status_code == 200
    assert "Rien ne correspond" in answer.text
