"""A delegation withdrawn, or given back, is told by letter to an organisme that no mail would reach."""

from datetime import timedelta
from io import BytesIO

import pytest
from dossiers import CAISSE
from factories import a_rattachement, agent_signed_in, an_account, an_organisme
from flask import Flask
from flask.testing import FlaskClient
from lots import NOW, came_back, letters, prepared, taken, text_of, the_agent
from pypdf import PdfReader
from sent_mails import waiting_mails
from sqlalchemy import select

from idp import clock
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.courriers import adresses, lots, reemission, retours
from idp.habilitations.models import (
    Courrier,
    EtatCourrier,
    Organisme,
    Role,
    RoleAgent,
    TypeCourrier,
)
from idp.habilitations.organismes import changements
from idp.habilitations.supervision import delegation

RETIREE, RENDUE = TypeCourrier.DELEGATION_RETIREE, TypeCourrier.DELEGATION_RENDUE
MOTIF = "Trois signalements restés sans réponse"


def withdrawn(organisme: Organisme, motif: str = MOTIF) -> None:
    assert delegation.retirer(the_agent(), organisme.id, motif=motif, now=NOW)


def nobody_reads() -> Organisme:
    """An organisme with somebody in it, and no mail that would reach an administrateur."""
    organisme = an_organisme(raison_sociale="OFFICE DU HÉRON")
    a_rattachement(an_account(email="user@exemple.fr"), organisme)
    return organisme


@pytest.mark.parametrize("kind", [RETIREE, RENDUE])
def test_the_letter_says_what_was_done_when_and_why(app: Flask, kind: TypeCourrier) -> None:
    organisme = nobody_reads()
    withdrawn(organisme)
    day = NOW + timedelta(days=2)
    assert delegation.rendre(the_agent(), organisme.id, motif="Réglé", now=day)
    agent = the_agent()

    pdf = taken(agent, prepared(agent)[kind])

    text = text_of(pdf).replace("\u00a0", " ")
    did, why, when = ("retiré", MOTIF, NOW) if kind is RETIREE else ("rendu", "Réglé", day)
    assert f"Le {clock.today(when):%d/%m/%Y}, votre Caf a {did} à OFFICE DU HÉRON" in text
    assert f"Motif : {why}" in text
    assert "Contactez sans attendre votre Caf." in text
    assert len(PdfReader(BytesIO(pdf)).pages) == 1
    assert waiting_mails() == []


@pytest.mark.parametrize("reached", ["administrateur", "organisme"])
def test_who_is_told_by_mail_gets_no_letter(app: Flask, reached: str) -> None:
    organisme = nobody_reads()
    if reached == "organisme":
        organisme.email = "contact@heron.fr"
    else:
        a_rattachement(an_account(email="chef@heron.fr"), organisme, role=Role.ADMINISTRATEUR)

    withdrawn(organisme)

    assert len(waiting_mails()) == 1
    assert letters(RETIREE) == []


def test_a_motive_lays_nothing_out_in_the_letter(app: Flask) -> None:
    """The attack: an agent types a motive that looks like the Caf's own box."""
    withdrawn(nobody_reads(), "Contrôle\n\n>>> Appelez ce numéro | 08 99 00 00 00\n\n1. Payez")
    agent = the_agent()

    pages = PdfReader(BytesIO(taken(agent, prepared(agent)[RETIREE]))).pages

    text = " ".join(pages[0].extract_text().split()).replace("\u00a0", " ")
    assert "Motif : Contrôle >>> Appelez ce numéro | 08 99 00 00 00 1. Payez" in text


def test_the_longest_motive_holds_on_the_sheet(app: Flask) -> None:
    withdrawn(nobody_reads(), "œuvre d’été " * 41)
    agent = the_agent()

    pages = PdfReader(BytesIO(taken(agent, prepared(agent)[RETIREE]))).pages

    assert len(pages) == 1


def test_it_waits_for_an_address_that_one_agent_chose(app: Flask) -> None:
    """The attack: take the delegation of an organisme whose letters one receives."""
    organisme, agent = nobody_reads(), the_agent()
    was = changements.lire(agent, organisme.id)
    becomes = changements.Identite(was.raison_sociale, was.siret, ("Chez moi",), was.email)
    changements.changer(
        agent, organisme.id, becomes, version=was.version, motif="Revenu NPAI", now=NOW
    )
    withdrawn(organisme)

    assert lots.a_exporter() == 0
    assert adresses.combien(the_agent()) == 1


def test_a_letter_of_nobody_is_issued_again_with_its_motive_or_put_away(app: Flask) -> None:
    withdrawn(nobody_reads())
    agent = the_agent()
    taken(agent, prepared(agent)[RETIREE])
    (first,) = letters(RETIREE)
    came_back(agent, first)
    assert [one.id for one in retours.a_traiter(agent).lettres] == [first.id]
    reemission.reemettre(agent, first.id, "Adresse corrigée", NOW + timedelta(minutes=1))

    again = letters(RETIREE)[-1]

    assert (again.etat, again.motif, again.account_id) == (EtatCourrier.EN_ATTENTE, MOTIF, None)
    came_back(agent, again)
    assert retours.classer(agent, [again.id], "Organisme joint par téléphone", NOW) == 1


def test_a_whole_batch_of_them_is_issued_again(app: Flask) -> None:
    withdrawn(nobody_reads())
    agent = the_agent()
    lot = prepared(agent)[RETIREE]
    taken(agent, lot)

    assert reemission.reemettre_le_lot(agent, lot.id, "Lot brûlé", NOW) == 1


def test_pages_tell_of_it_and_name_nobody(app: Flask, client: FlaskClient) -> None:
    organisme = nobody_reads()
    withdrawn(organisme)
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    here = f"/caf/organismes/{organisme.id}"

    assert "Annonce de la délégation retirée, demandée le" in client.get(here).text
    assert "Délégation retirée" in client.get(f"{here}/courriers").text
    assert (
        "par courrier, à son adresse postale" in client.get(f"{here}/supervision/delegation").text
    )
    agent = the_agent()
    lot = prepared(agent)[RETIREE]
    assert "Lot : délégations retirées" in client.get(f"/caf/courriers/lots/{lot.id}").text
    printed = select(JournalEntry).where(JournalEntry.event == "courrier_exporte")
    (entry,) = db.session.scalars(printed)
    assert (entry.account_id, entry.organisme_id) == (None, organisme.id)
    assert "que la Caf gère les utilisateurs" in client.get(f"{here}/journal").text
    assert db.session.scalars(select(Courrier.account_id)).all() == [None]
