"""An organisme corrects its users, and can never become one of them by doing so."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from factories import (
    PASSWORD,
    a_contrat,
    a_groupe,
    a_mandat,
    a_new_account,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask.testing import FlaskClient
from sent_mails import code_sent_to, mails_to
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts import challenges, email_change, recovery, sessions
from idp.accounts.models import Account, AccountState, BrowserSession, Challenge
from idp.accounts.provisioning import Channel
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.models import (
    Agent,
    Groupe,
    Organisme,
    Rattachement,
    Role,
    RoleAgent,
)

LISTE = "/habilitations/utilisateurs"
FORMER = "nadia@exemple.fr"
NEW = "nadia.nouvelle@exemple.fr"


@dataclass
class Console:
    """An administrateur who has just signed in, and Nadia, an active user who holds a group."""

    client: FlaskClient
    organisme: Organisme
    groupe: Groupe
    chef: Rattachement
    nadia: Account
    place: Rattachement

    @property
    def page(self) -> str:
        return f"{LISTE}/{self.place.id}"

    def version(self) -> str:
        page = self.client.get(f"{self.page}/identite").text
        found = re.search(r'name="version" type="hidden" value="([^"]+)"', page)
        return found[1] if found else ""

    def correct(self, **changes: Any) -> TestResponse:
        """The form of names and telephone."""
        form = {
            "organisme": str(self.organisme.id),
            "nom": "Le Gall",
            "prenom": "Nadia",
            "telephone": "",
            "version": self.version(),
            **changes,
        }
        return self.client.post(f"{self.page}/identite", data=form)

    def replace(self, address: str = NEW, **changes: Any) -> TestResponse:
        """The form of the address."""
        form = {
            "organisme": str(self.organisme.id),
            "email": address,
            "email_confirme": address,
            "version": self.version(),
            **changes,
        }
        return self.client.post(f"{self.page}/adresse-mail", data=form)

    def address(self) -> str | None:
        db.session.refresh(self.nadia)
        return self.nadia.email


@pytest.fixture
def console(client: FlaskClient) -> Console:
    organisme = an_organisme()
    groupe = a_groupe(a_contrat(organisme))
    chef = an_account(email="chef@exemple.fr")
    place_du_chef = a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
    nadia = an_account(given_name="Nadia", family_name="Le Gall", email=FORMER)
    place = a_rattachement(nadia, organisme)
    an_habilitation(place, groupe)
    signed_in(client, chef, place_du_chef)
    return Console(client, organisme, groupe, place_du_chef, nadia, place)


def never_connected(console: Console) -> str:
    """Nadia has only been created; her provisional password."""
    account, secret = a_new_account(Channel.MAIL, email=FORMER, family_name="Le Gall")
    console.nadia, console.place = account, a_rattachement(account, console.organisme)
    db.session.execute(update(Challenge).values(created_at=_ago(hours=1)))
    return secret


def _ago(**by: int) -> datetime:
    return datetime.now(UTC) - timedelta(**by)


def events() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.event).order_by(JournalEntry.id)))


def test_telephone_is_shown_as_people_write_it(console: Console) -> None:
    console.correct(telephone="06 12 34 56 78")

    page = console.client.get(f"{console.page}/identite").text

    assert 'value="06 12 34 56 78"' in page


def test_names_and_telephone_are_corrected_and_journalled(console: Console) -> None:
    answer = console.correct(nom="Le Goff", telephone="06 12 34 56 78")

    assert answer.location == console.page
    db.session.refresh(console.nadia)
    assert (console.nadia.family_name, console.nadia.phone) == ("Le Goff", "+33612345678")
    entry = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "identite_corrigee")
    ).one()
    assert entry.organisme_id == console.organisme.id
    assert (entry.data or {})["champs"] == ["nom", "telephone"]
    assert {"names_changed", "phone_changed"} <= set(events())


def test_nothing_to_correct_journals_nothing(console: Console) -> None:
    console.correct()

    assert "identite_corrigee" not in events()


def test_second_of_two_who_correct_is_told_and_sees_both(console: Console) -> None:
    seen = console.version()
    console.correct(nom="Le Goff", version=seen)

    told = console.correct(nom="Le Guen", version=seen)

    assert "entre-temps" in told.text
    assert "Actuellement : Le Goff" in told.text
    assert 'value="Le Guen"' in told.text
    db.session.refresh(console.nadia)
    assert console.nadia.family_name == "Le Goff"
    # Sent again, knowing what the other one did, it is done.
    assert console.correct(nom="Le Guen").status_code == 303


def test_address_of_who_never_connected_is_replaced_and_written_to(console: Console) -> None:
    former_secret = never_connected(console)

    answer = console.replace()

    assert answer.status_code == 303
    assert console.address() == NEW
    assert [mail["subject"] for mail in mails_to(NEW)] == [
        "Vos identifiants pour Mon Compte Partenaire"
    ]
    assert mails_to(FORMER) == []
    found = challenges.find_secret(console.nadia.id, former_secret)
    assert found is not None
    assert found.used_at is not None


def test_identifiers_do_not_leave_again_and_again(console: Console) -> None:
    never_connected(console)
    corrected = [f"encore{rank}@exemple.fr" for rank in range(6)]

    told = [console.replace(address) for address in corrected]

    # A corrected address waits for no other; but five mails a day are enough to find the right one.
    assert [answer.status_code for answer in told[:4]] == [303] * 4
    assert "attendez quelques minutes" in told[-1].text
    assert console.address() != corrected[-1]


def test_replaced_address_of_an_active_person_proves_nothing(console: Console) -> None:
    browser = signed_in_elsewhere(console.nadia, console.place)

    answer = console.replace()

    assert answer.status_code == 303
    assert console.address() == NEW
    assert console.nadia.email_verified_at is None
    assert console.nadia.state is AccountState.ACTIF
    assert [mail["subject"] for mail in mails_to(FORMER)] == [
        "L’adresse mail de votre compte a été remplacée"
    ]
    assert [mail["subject"] for mail in mails_to(NEW)] == ["Une adresse mail à confirmer"]
    assert db.session.get_one(BrowserSession, browser, populate_existing=True).ended_at
    assert {"email_replaced", "identite_corrigee"} <= set(events())


def signed_in_elsewhere(account: Account, place: Rattachement) -> Any:
    """A session of this person in another browser; its id."""
    return sessions.open_session(
        account.id,
        rattachement_id=place.id,
        browser=sessions.NO_BROWSER,
        now=clock.now(),
    ).session_id


def test_administrateur_does_not_become_their_user_by_a_forgotten_password(
    console: Console,
) -> None:
    """The attack: one's own mailbox as the address of a colleague, then « Mot de passe oublié »."""
    console.replace("complice@exemple.fr")
    before = len(mails_to("complice@exemple.fr"))

    for typed in ("complice@exemple.fr", console.nadia.identifiant, FORMER):
        recovery.ask(typed, clock.now())
        recovery.mail_identifiers([console.nadia], clock.now())

    assert len(mails_to("complice@exemple.fr")) == before
    signs_in = {"identifiant": "complice@exemple.fr", "mot_de_passe": PASSWORD}
    console.client.delete_cookie("mcp_session")
    assert console.client.post("/connexion", data=signs_in).status_code == 200


def test_reset_on_its_way_to_the_former_address_is_worth_nothing(console: Console) -> None:
    secret = challenges.issue_reset(console.nadia.id, FORMER, clock.now())

    console.replace()

    found = challenges.find_secret(console.nadia.id, secret or "")
    assert found is not None
    assert found.used_at is not None


def test_person_proves_the_address_that_they_were_given(console: Console) -> None:
    console.replace()
    nadia = db.session.get_one(Account, console.nadia.id, populate_existing=True)

    assert email_change.ask(nadia, NEW, clock.now()) is None
    assert email_change.pending(nadia, clock.now()) == NEW
    email_change.prove(nadia, code_sent_to(NEW).replace(" ", ""), clock.now())

    assert nadia.email_verified_at
    subjects = [mail["subject"] for mail in mails_to(NEW)]
    assert "L’adresse mail de votre compte a été changée" not in subjects


def test_active_address_asks_who_replaces_it_to_sign_in_again(console: Console) -> None:
    db.session.execute(update(BrowserSession).values(auth_time=_ago(hours=2)))

    shown = console.client.get(f"{console.page}/adresse-mail?q=le")
    sent = console.replace()

    assert shown.location.startswith("/connexion?next=%2Fhabilitations")
    assert "reauth=1" in shown.location
    assert (sent.status_code, console.address()) == (303, FORMER)


def another_organisme(console: Console) -> None:
    a_rattachement(console.nadia, an_organisme(raison_sociale="LES CHENES"))


def an_agent_too(console: Console) -> None:
    agent = Agent(
        account_id=console.nadia.id,
        role=RoleAgent.NATIONAL,
        caisses=[],
        created_at=clock.now(),
    )
    db.session.add(agent)
    db.session.flush()


def imported(console: Console) -> None:
    """Their own password was brought from another system; a reset would go to any address on file."""
    console.nadia.state = AccountState.EN_ATTENTE
    console.nadia.email_verified_at = None
    db.session.flush()


def closed(console: Console) -> None:
    console.place.cloture = console.place.ouverture
    db.session.flush()


@pytest.mark.parametrize(
    ("become", "names_too", "told"),
    [
        (another_organisme, True, "elle-même"),
        (an_agent_too, True, "elle-même"),
        (closed, True, "rouvrez-le"),
        (imported, False, "première connexion"),
    ],
    ids=["another organisme", "agent", "closed", "imported"],
)
def test_nobody_else_is_corrected(
    console: Console, become: Any, names_too: bool, told: str
) -> None:
    become(console)

    assert told in console.client.get(f"{console.page}/adresse-mail").text
    console.replace()
    console.correct(nom="Autre")

    assert console.address() == FORMER
    assert (console.nadia.family_name == "Le Gall") is names_too


def test_nobody_corrects_themself_here(console: Console) -> None:
    console.place, console.nadia = (
        console.chef,
        db.session.get_one(Account, console.chef.account_id),
    )

    assert "Mon profil" in console.client.get(f"{console.page}/identite").text
    console.correct(nom="Autre")
    console.replace()

    assert console.address() == "chef@exemple.fr"
    assert console.nadia.family_name == "Martin"


def test_address_of_another_user_is_not_given(console: Console) -> None:
    told = console.replace("chef@exemple.fr")

    assert "déjà celle d’un utilisateur" in told.text
    assert console.address() == FORMER


def a_responsable(console: Console) -> None:
    """Sits down at the desk, for the group that Nadia holds."""
    account = an_account(email="delegue@exemple.fr")
    place = a_rattachement(account, console.organisme)
    a_mandat(place, [console.groupe], by=account)
    signed_in(console.client, account, place)


def test_responsable_corrects_names_but_not_the_address_of_who_has_connected(
    console: Console,
) -> None:
    a_responsable(console)

    assert "Seul un administrateur" in console.client.get(f"{console.page}/adresse-mail").text
    console.replace()
    console.correct(nom="Le Goff")

    assert console.address() == FORMER
    assert console.nadia.family_name == "Le Goff"


def test_responsable_corrects_the_address_of_who_never_connected(console: Console) -> None:
    never_connected(console)
    an_habilitation(console.place, console.groupe)
    a_responsable(console)

    console.replace()

    assert console.address() == NEW


@pytest.mark.parametrize("page", ["identite", "adresse-mail"])
def test_user_of_another_organisme_does_not_exist(console: Console, page: str) -> None:
    elsewhere = a_rattachement(an_account(), an_organisme(raison_sociale="AILLEURS"))
    form = {"organisme": str(console.organisme.id), "nom": "X", "prenom": "Y"}

    assert console.client.get(f"{LISTE}/{elsewhere.id}/{page}").status_code == 404
    assert console.client.post(f"{LISTE}/{elsewhere.id}/{page}", data=form).status_code == 404


def test_undelivered_mail_is_told_in_the_file_with_what_to_do(console: Console) -> None:
    console.nadia.mail_refused_at = datetime(2026, 3, 2, 10, tzinfo=UTC)
    db.session.flush()

    page = console.client.get(console.page).text

    assert "Mail non distribué le 02/03/2026" in page
    assert f"{console.page}/adresse-mail" in page
