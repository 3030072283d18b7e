"""An agent alone does not have the identifiers of somebody sent where they like: a second one reads it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from dossiers import AUTRE_CAISSE, CAISSE
from factories import (
    a_caisse,
    a_rattachement,
    agent_signed_in,
    an_account,
    an_agent,
    an_organisme,
)
from flask import Flask
from flask.testing import FlaskClient
from sent_mails import waiting_mails
from sql_budget import counted
from sqlalchemy import select

from idp.accounts.models import AccountState
from idp.audit import COMMAND_LINE, Actor, JournalEntry
from idp.db import db
from idp.habilitations.agents import AgentVu, agent_of
from idp.habilitations.courriers import adresses, lots, preparation
from idp.habilitations.deux_agents import RefusDeSecond
from idp.habilitations.fusion import apercu, reunion
from idp.habilitations.fusion.models import Fusion
from idp.habilitations.models import (
    Courrier,
    Organisme,
    Role,
    RoleAgent,
    TypeCourrier,
    TypeOrganisme,
)
from idp.habilitations.organismes import changements
from idp.habilitations.organismes.declaration import OrganismeDeclare
from idp.habilitations.organismes.enregistrement import enregistrer, preparer_courriers
from idp.habilitations.organismes.models import ChangementDOrganisme

NOW = datetime.now(UTC)
AVANT, APRES = ("2 rue de l’Été", "35000 RENNES"), ("Chez moi", "35000 RENNES")


def the_agent(role: RoleAgent = RoleAgent.SUPERVISEUR, *caisses: str) -> AgentVu:
    codes = () if role is RoleAgent.NATIONAL else caisses or (CAISSE,)
    found = agent_of(an_agent(role, codes).id)
    assert found
    return found


def who_waits(name: str = "LES OLIVIERS") -> Organisme:
    """An organisme whose two letters wait."""
    organisme = an_organisme(raison_sociale=name, adresse=list(AVANT))
    account = an_account(password=None, state=AccountState.PREPARE, email=None)
    a_rattachement(account, organisme)
    preparer_courriers(account, organisme, NOW)
    return organisme


def moved(agent: AgentVu, organisme: Organisme, adresse: tuple[str, ...], rank: int = 0) -> None:
    was = changements.lire(agent, organisme.id)
    becomes = changements.Identite(was.raison_sociale, was.siret, adresse, was.email)
    done = changements.changer(
        agent,
        organisme.id,
        becomes,
        version=was.version,
        motif="Revenu NPAI",
        now=NOW + timedelta(seconds=rank),
    )
    assert done is changements.Issue.FAIT


def shown(agent: AgentVu) -> list[adresses.AdresseAConfirmer]:
    return list(adresses.lister(agent, NOW).lignes)


def confirmed(agent: AgentVu) -> int:
    return adresses.confirmer(agent, [une.version for une in shown(agent)], NOW)


def test_one_agent_alone_sends_no_identifiers_to_another_address(app: Flask) -> None:
    """The attack: change the address of somebody else, then have both letters written."""
    organisme, insider = who_waits(), the_agent()
    moved(insider, organisme, APRES)

    assert preparation.preparer(insider, CAISSE, NOW) == 0
    assert lots.a_exporter() == 0
    assert confirmed(insider) == 0
    assert shown(insider)[0].refus is RefusDeSecond.MEME_AGENT
    assert preparation.preparer(insider, CAISSE, NOW) == 0


def test_a_second_agent_reads_both_addresses_and_the_letters_leave(app: Flask) -> None:
    organisme, first, second = who_waits(), the_agent(RoleAgent.GESTIONNAIRE), the_agent()
    moved(first, organisme, APRES)

    (une,) = shown(second)
    assert (une.avant, une.apres, une.motif, une.refus) == (AVANT, APRES, "Revenu NPAI", None)
    assert adresses.combien(second) == 1
    assert confirmed(second) == 1

    assert shown(second) == []
    assert preparation.preparer(first, CAISSE, NOW) == 2
    row = db.session.scalars(select(ChangementDOrganisme)).one()
    assert (row.confirme_par, row.confirme_at) == (second.account_id, NOW)
    told = select(JournalEntry.organisme_id).where(JournalEntry.event == "adresse_confirmee")
    assert db.session.scalars(told).all() == [organisme.id]


def test_what_is_confirmed_is_what_was_read(app: Flask) -> None:
    """The attack: the right address is shown, and changed before the second agent answers."""
    organisme, insider, second = who_waits(), the_agent(RoleAgent.GESTIONNAIRE), the_agent()
    moved(insider, organisme, ("3 rue Neuve", "35000 RENNES"))
    (read,) = shown(second)
    moved(insider, organisme, APRES, rank=1)

    assert adresses.confirmer(second, [read.version], NOW) == 0
    assert lots.a_exporter() == 0
    (again,) = shown(second)
    assert (again.avant, again.apres) == (AVANT, APRES)


def test_two_who_each_changed_it_need_a_third(app: Flask) -> None:
    organisme, first, second = who_waits(), the_agent(), the_agent()
    moved(first, organisme, APRES)
    moved(second, organisme, ("4 rue Neuve", "35000 RENNES"), rank=1)

    assert [confirmed(one) for one in (first, second, the_agent())] == [0, 0, 1]


def test_an_address_put_back_has_nothing_to_confirm(app: Flask) -> None:
    organisme, first, second = who_waits(), the_agent(RoleAgent.GESTIONNAIRE), the_agent()
    moved(first, organisme, APRES)
    moved(second, organisme, AVANT, rank=1)

    assert shown(second) == []
    assert preparation.preparer(second, CAISSE, NOW) == 2


def test_other_caisses_see_and_confirm_nothing(app: Flask) -> None:
    organisme, first = who_waits(), the_agent(RoleAgent.GESTIONNAIRE)
    moved(first, organisme, APRES)
    elsewhere = the_agent(RoleAgent.SUPERVISEUR, a_caisse(AUTRE_CAISSE).code)
    version = shown(the_agent())[0].version

    assert shown(elsewhere) == []
    assert adresses.combien(elsewhere) == 0
    assert adresses.confirmer(elsewhere, [version], NOW) == 0


def test_the_administrateurs_and_the_organisme_are_told(app: Flask) -> None:
    organisme = who_waits()
    organisme.email = "contact@oliviers.fr"
    chef = an_account(email="chef@oliviers.fr")
    a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
    a_rattachement(an_account(email="user@oliviers.fr"), organisme)

    moved(the_agent(), organisme, APRES)

    told = [one for one in waiting_mails() if "autre adresse" in one["subject"]]
    assert sorted(one["to"] for one in told) == ["chef@oliviers.fr", "contact@oliviers.fr"]
    assert "Chez moi" in told[0]["body"]


def told_of_their_mail() -> list[str]:
    return [one["to"] for one in waiting_mails() if "cette adresse mail" in one["subject"]]


def test_the_address_mail_of_before_is_told_that_it_is_none_any_more(app: Flask) -> None:
    """The attack: be told instead of the organisme of what one does to it afterwards."""
    organisme, insider = who_waits(), the_agent(RoleAgent.GESTIONNAIRE)
    organisme.email = "contact@oliviers.fr"
    was = changements.lire(insider, organisme.id)
    becomes = replace(was, email="moi@exemple.fr")

    changements.changer(
        insider, organisme.id, becomes, version=was.version, motif="Erreur", now=NOW
    )

    assert told_of_their_mail() == ["contact@oliviers.fr"]


@pytest.mark.parametrize("console", [True, False], ids=["console", "terminal"])
def test_the_address_mail_of_before_is_told_of_a_file_too(app: Flask, console: bool) -> None:
    a_caisse()
    actor = the_agent().actor if console else COMMAND_LINE
    for courriel in (None, "contact@oliviers.fr", "moi@exemple.fr", None):
        line = replace(declared(AVANT), courriel=courriel)
        enregistrer([line], actor=actor, now=NOW)

    assert told_of_their_mail() == (["contact@oliviers.fr"] if console else [])


def test_a_reminder_carries_nothing_and_does_not_wait(app: Flask) -> None:
    organisme = who_waits()
    who = db.session.scalar(select(Courrier.account_id))
    db.session.add(
        Courrier(
            type=TypeCourrier.RAPPEL, account_id=who, organisme_id=organisme.id, created_at=NOW
        )
    )
    moved(the_agent(), organisme, APRES)

    assert preparation.preparer(the_agent(), CAISSE, NOW) == 1


def imported(adresse: tuple[str, ...], actor: Actor) -> None:
    """What a file of the caisse says of LES OLIVIERS."""
    enregistrer([declared(adresse)], actor=actor, now=NOW)


def declared(adresse: tuple[str, ...]) -> OrganismeDeclare:
    """LES OLIVIERS at this address, in a file of the caisse."""
    return OrganismeDeclare(
        caisse=CAISSE,
        numeros_utilisateur=("35912345678901",),
        type=TypeOrganisme.PERSONNE_MORALE,
        designation="LES OLIVIERS",
        civilite=None,
        nom=None,
        prenom=None,
        siret=None,
        adresse=adresse,
        courriel=None,
        zones=(CAISSE,),
        types_logement=(),
    )


@pytest.mark.parametrize("console", [True, False], ids=["console", "terminal"])
def test_a_file_is_an_agent_too_unless_it_comes_by_the_terminal(app: Flask, console: bool) -> None:
    """The attack: the same change, in a file of one line."""
    a_caisse()
    imported(AVANT, COMMAND_LINE)
    who = the_agent()

    imported(APRES, who.actor if console else COMMAND_LINE)

    assert lots.a_exporter() == (0 if console else 2)
    assert confirmed(who) == 0
    assert confirmed(the_agent()) == (1 if console else 0)


def test_a_superviseur_confirms_from_the_page_and_a_gestionnaire_reads_why(
    app: Flask, client: FlaskClient
) -> None:
    organisme = who_waits()
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    was = client.get(f"/caf/organismes/{organisme.id}/modifier").text
    version = re.search(r'name="version"[^>]*value="(\w+)"', was)
    assert version
    typed = {
        "type": organisme.type.value,
        "raison_sociale": organisme.raison_sociale,
        "adresse": "\n".join(APRES),
        "motif": "Revenu NPAI",
        "version": version[1],
    }
    answer = client.post(f"/caf/organismes/{organisme.id}/modifier", data=typed)
    assert "confirmée par un second agent" in client.get(answer.location).text
    assert "/caf/courriers/adresses" in client.get("/caf/courriers").text
    page = client.get("/caf/courriers/adresses").text
    assert "Un superviseur de la caisse" in page
    assert 'name="adresse"' not in page
    assert client.post("/caf/courriers/adresses/confirmer").status_code == 403

    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    page = client.get("/caf/courriers/adresses").text
    ticked = re.search(r'name="adresse" value="([^"]+)"', page)
    assert ticked
    assert "Chez moi" in page
    nothing = client.post("/caf/courriers/adresses/confirmer")
    assert "Cochez les adresses" in client.get(nothing.location).text
    data = {"adresse": ["x", ticked[1]]}
    done = client.post("/caf/courriers/adresses/confirmer", data=data)

    assert "1 adresse confirmée" in client.get(done.location).text
    assert "/caf/courriers/adresses" not in client.get("/caf/courriers").text
    assert lots.a_exporter() == 2


def test_the_list_costs_the_same_whatever_their_number_and_is_read_by_pages(app: Flask) -> None:
    first, second = the_agent(RoleAgent.GESTIONNAIRE), the_agent()
    costs = []
    for number in (1, adresses.PAR_PAGE):
        for rank in range(number):
            moved(first, who_waits(f"SCI {number} {rank:03}"), APRES, rank)
        with counted() as statements:
            page = adresses.lister(second, NOW)
        costs.append(len(statements))

    assert costs == [4, 4]
    rest = adresses.lister(second, NOW, page.suivante)
    noms = [une.raison_sociale for une in (*page.lignes, *rest.lignes)]
    assert len(noms) == len(set(noms)) == adresses.PAR_PAGE + 1
    assert noms == sorted(noms)
    assert rest.suivante is None


def test_the_notice_of_a_replacement_waits_for_the_address_too(app: Flask) -> None:
    """Else who has an administrateur replaced, and chose the address, is the only one told."""
    one, two = the_agent(), the_agent()
    organisme = an_organisme(raison_sociale="LES OLIVIERS", adresse=list(AVANT))
    account = an_account()
    a_rattachement(account, organisme, role=Role.ADMINISTRATEUR)
    db.session.add(
        Courrier(
            type=TypeCourrier.REMPLACEMENT,
            account_id=account.id,
            organisme_id=organisme.id,
            created_at=NOW,
        )
    )
    moved(one, organisme, APRES)

    assert lots.a_exporter(CAISSE) == 0
    assert [une.raison_sociale for une in shown(two)] == ["LES OLIVIERS"]
    assert confirmed(two) == 1
    assert lots.a_exporter(CAISSE) == 1


def put_into(agent: AgentVu, garde: Organisme, absorbe: Organisme) -> None:
    vu = apercu.montrer(agent, garde.id, absorbe.id, NOW)
    done = reunion.reunir(
        agent, garde.id, absorbe.id, empreinte=vu.empreinte, motif="Le même bailleur", now=NOW
    )
    assert isinstance(done, Fusion)


def test_an_address_brought_by_another_organisme_is_not_one_put_back(app: Flask) -> None:
    """The attack: put one's own organisme into that of others, then change their address to the one it had."""
    insider, victims = the_agent(), who_waits()
    put_into(insider, victims, an_organisme(raison_sociale="À MOI", adresse=list(APRES)))
    moved(insider, victims, APRES, rank=1)

    assert lots.a_exporter() == 0
    assert confirmed(insider) == 0
    assert confirmed(the_agent()) == 1
    assert lots.a_exporter() == 2


def test_what_is_to_confirm_follows_who_waits_into_another_organisme(app: Flask) -> None:
    """The attack: change the address, then put the organisme into one's own, which has it already."""
    insider, other, victims = the_agent(), the_agent(), who_waits()
    mine = an_organisme(raison_sociale="À MOI", adresse=list(APRES))
    moved(insider, victims, APRES)
    put_into(other, mine, victims)

    assert lots.a_exporter() == 0
    (une,) = shown(insider)
    assert (une.avant, une.apres, une.refus) == (AVANT, APRES, RefusDeSecond.MEME_AGENT)
    assert confirmed(insider) == 0
    assert confirmed(the_agent()) == 1
    assert lots.a_exporter() == 2


def test_of_two_lines_for_one_organisme_the_last_one_is_shown(app: Flask) -> None:
    """The attack: the address that is shown is one that a line before had."""
    a_caisse()
    imported(AVANT, COMMAND_LINE)
    insider, second = the_agent(), the_agent()
    neuve = ("3 rue Neuve", "35000 RENNES")

    enregistrer([declared(one) for one in [neuve, APRES] * 5], actor=insider.actor, now=NOW)

    (une,) = shown(second)
    assert (une.avant, une.apres) == (AVANT, APRES)


def renamed(agent: AgentVu, organisme: Organisme, name: str, rank: int = 0) -> None:
    was = changements.lire(agent, organisme.id)
    done = changements.changer(
        agent,
        organisme.id,
        replace(was, raison_sociale=name),
        version=was.version,
        motif="Extrait Kbis",
        now=NOW + timedelta(seconds=rank),
    )
    assert done is changements.Issue.FAIT


CHEZ = "LES OLIVIERS CHEZ MARTIN"


def test_one_agent_alone_sends_no_identifiers_under_another_name(app: Flask) -> None:
    """The attack: the name is printed above the address, and says at whose house to leave the letter."""
    organisme, insider = who_waits(), the_agent()
    renamed(insider, organisme, CHEZ)

    assert preparation.preparer(insider, CAISSE, NOW) == 0
    assert lots.a_exporter() == 0
    assert confirmed(insider) == 0
    (une,) = shown(second := the_agent())
    assert (une.nom_d_avant, une.raison_sociale) == ("LES OLIVIERS", CHEZ)
    assert (une.avant, une.apres, une.motif) == (AVANT, AVANT, "Extrait Kbis")
    assert confirmed(second) == 1
    assert preparation.preparer(insider, CAISSE, NOW) == 2


@pytest.mark.parametrize("name", ["Les Oliviers", "LÉS  OLIVIERS "])
def test_a_name_written_otherwise_waits_for_nobody(app: Flask, name: str) -> None:
    organisme = who_waits()
    renamed(the_agent(), organisme, name)

    assert shown(the_agent()) == []
    assert lots.a_exporter() == 2


def test_a_name_put_back_has_nothing_to_confirm_but_the_address_has(app: Flask) -> None:
    organisme, first, second = who_waits(), the_agent(RoleAgent.GESTIONNAIRE), the_agent()
    renamed(first, organisme, CHEZ)
    moved(first, organisme, APRES, rank=1)
    renamed(second, organisme, "Les Oliviers", rank=2)

    (une,) = shown(second)
    assert (une.nom_d_avant, une.raison_sociale) == ("Les Oliviers", "Les Oliviers")
    assert (une.avant, une.apres, une.refus) == (AVANT, APRES, None)
    assert confirmed(second) == 1
    assert lots.a_exporter() == 2


def test_a_name_and_an_address_are_confirmed_together_as_they_are_printed(app: Flask) -> None:
    """The attack: the address is confirmed, and the name with it that was changed after it was read."""
    organisme, insider, second = who_waits(), the_agent(RoleAgent.GESTIONNAIRE), the_agent()
    moved(insider, organisme, APRES)
    (read,) = shown(second)
    renamed(insider, organisme, CHEZ, rank=1)

    assert adresses.confirmer(second, [read.version], NOW) == 0
    (une,) = shown(second)
    assert (une.nom_d_avant, une.avant) == ("LES OLIVIERS", AVANT)
    assert (une.raison_sociale, une.apres) == (CHEZ, APRES)
    assert confirmed(second) == 1
    assert lots.a_exporter() == 2


@pytest.mark.parametrize("console", [True, False], ids=["console", "terminal"])
def test_a_file_that_changes_a_name_waits_unless_it_comes_by_the_terminal(
    app: Flask, console: bool
) -> None:
    """The attack: the same name, in a file of one line."""
    a_caisse()
    imported(AVANT, COMMAND_LINE)
    actor = the_agent().actor if console else COMMAND_LINE

    enregistrer([replace(declared(AVANT), designation=CHEZ)], actor=actor, now=NOW)

    assert lots.a_exporter() == (0 if console else 2)
    assert confirmed(the_agent()) == (1 if console else 0)


def test_the_name_of_another_organisme_is_to_confirm_too(app: Flask) -> None:
    """The attack: put an organisme into one of the same address, which one named as one liked."""
    insider, victims = the_agent(), who_waits()
    put_into(insider, an_organisme(raison_sociale=CHEZ, adresse=list(AVANT)), victims)

    assert lots.a_exporter() == 0
    (une,) = shown(insider)
    assert (une.nom_d_avant, une.raison_sociale) == ("LES OLIVIERS", CHEZ)
    assert une.refus is RefusDeSecond.MEME_AGENT
    assert confirmed(the_agent()) == 1
    assert lots.a_exporter() == 2


def test_the_administrateurs_and_the_organisme_are_told_of_another_name(app: Flask) -> None:
    organisme = who_waits()
    organisme.email = "contact@oliviers.fr"
    a_rattachement(an_account(email="chef@oliviers.fr"), organisme, role=Role.ADMINISTRATEUR)

    renamed(the_agent(), organisme, CHEZ)
    renamed(the_agent(), organisme, CHEZ.lower(), rank=1)

    told = [one for one in waiting_mails() if "sous ce nom" in one["subject"]]
    assert sorted(one["to"] for one in told) == ["chef@oliviers.fr", "contact@oliviers.fr"]
    assert "Avant : LES OLIVIERS" in told[0]["body"].replace("\u00a0", " ")


def test_what_is_not_printed_on_a_letter_has_nothing_to_confirm(app: Flask) -> None:
    organisme, agent = who_waits(), the_agent()
    was = changements.lire(agent, organisme.id)
    becomes = replace(was, siret="73282932000074", email="contact@oliviers.fr")
    changements.changer(
        agent, organisme.id, becomes, version=was.version, motif="Extrait Kbis", now=NOW
    )

    rows = db.session.scalars(select(ChangementDOrganisme)).all()
    assert {row.confirme_at for row in rows} == {NOW}
    assert lots.a_exporter() == 2


def test_the_pages_show_the_name_as_it_is_printed(app: Flask, client: FlaskClient) -> None:
    organisme = who_waits()
    renamed(the_agent(), organisme, CHEZ)
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])

    page = client.get("/caf/courriers/adresses").text

    assert "LES OLIVIERS<br>2 rue de l’Été" in page
    assert f"{CHEZ}<br>2 rue de l’Été" in page
    assert "changé d’adresse ou de nom" in client.get("/caf/courriers").text
