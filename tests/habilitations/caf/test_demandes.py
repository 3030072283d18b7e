"""Who asked the Caf to administer: two agents accept, one refuses; nobody alone gives an organisme."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import agent_signed_in, an_agent
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from idp import outbox
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations.administration import candidatures, successions
from idp.habilitations.administration.successions import RefusDeSuccession
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers.models import EtatDeLot, LotDeCourriers
from idp.habilitations.courriers.redaction import Redaction, rediger
from idp.habilitations.models import (
    Courrier,
    EtatSuccession,
    Role,
    RoleAgent,
    Succession,
    TypeCourrier,
    Voie,
)
from idp.habilitations.personnes import retraits
from idp.habilitations.rattachements import selection
from idp.habilitations.supervision import demandes, lecture, remplacements
from idp.habilitations.supervision.remplacements import RefusDeRemplacement, Successeur
from idp.outbox import Delivery

NOW = datetime.now(UTC)
MOTIF = "Extrait Kbis reçu le 20 novembre"


def agent(role: RoleAgent = RoleAgent.SUPERVISEUR, *caisses: str) -> AgentVu:
    codes = () if role is RoleAgent.NATIONAL else caisses or (CAISSE,)
    return AgentVu(an_agent(role, codes).id, role, codes)


def asked(dossier: Dossier) -> UUID:
    sienne = selection(dossier.user.id, NOW)
    assert sienne
    demande = successions.demander(sienne, Voie.CAF, "Le gérant est parti", NOW)
    assert isinstance(demande, UUID)
    return demande


def accepted(dossier: Dossier, par: AgentVu | None = None) -> UUID:
    """By a first agent."""
    fait = demandes.accepter(par or agent(), asked(dossier), motif=MOTIF, now=NOW)
    assert isinstance(fait, UUID)
    return fait


def mails(subject: str) -> list[str]:
    rows = db.session.scalars(sa.select(Delivery).where(Delivery.kind == "mail"))
    texts = [str(outbox.read(row)) for row in rows]
    return [text for text in texts if subject in text]


def told(name: str) -> list[dict[str, Any]]:
    rows = sa.select(JournalEntry).where(JournalEntry.event == name).order_by(JournalEntry.id)
    return [row.data for row in db.session.scalars(rows)]


def written() -> str:
    """The letters that tell of an administrateur, on one line."""
    lot = LotDeCourriers(
        nom="remplacement",
        type=TypeCourrier.REMPLACEMENT,
        etat=EtatDeLot.PREPARATION,
        created_at=NOW,
    )
    db.session.add(lot)
    db.session.flush()
    sortie = io.BytesIO()
    rediger(Redaction(lot, COMMAND_LINE, NOW), sortie)
    db.session.execute(sa.delete(Courrier).where(Courrier.type == TypeCourrier.REMPLACEMENT))
    return " ".join(" ".join(page.extract_text() for page in PdfReader(sortie).pages).split())


def role(dossier: Dossier) -> Role:
    db.session.refresh(dossier.user)
    return dossier.user.role


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


def test_one_agent_alone_makes_nobody_administrateur(dossier: Dossier) -> None:
    """The attack: an accomplice asks the Caf, one agent says yes."""
    qui = agent()
    appui = accepted(dossier, qui)

    refus = remplacements.accorder(qui, dossier.organisme.id, appui, NOW)

    assert refus is RefusDeRemplacement.MEME_AGENT
    assert role(dossier) is Role.UTILISATEUR
    assert mails("Un nouvel administrateur") == []


def test_a_second_agent_agrees_and_the_others_stay(dossier: Dossier) -> None:
    appui = accepted(dossier)

    assert remplacements.accorder(agent(), dossier.organisme.id, appui, NOW) is None

    assert role(dossier) is Role.ADMINISTRATEUR
    db.session.refresh(dossier.chef)
    assert dossier.chef.role is Role.ADMINISTRATEUR
    prevenus = str(mails("Un nouvel administrateur"))
    assert "claire.martin@exemple.fr" in prevenus
    assert "nadia@exemple.fr" in prevenus
    lettre = db.session.scalars(
        sa.select(Courrier).where(Courrier.type == TypeCourrier.REMPLACEMENT)
    ).one()
    assert lettre.account_id == dossier.user.account_id
    assert [data["motif"] for data in told("succession_appuyee")] == [MOTIF]
    [decidee] = told("succession_decidee")
    assert (decidee["etat"], decidee["motif"]) == ("acceptee", MOTIF)
    assert told("remplacement_decide") == []


def test_a_second_agent_refuses_and_the_person_is_told_why(dossier: Dossier) -> None:
    appui = accepted(dossier)

    refus = remplacements.refuser(
        agent(), dossier.organisme.id, appui, motif="Kbis illisible", now=NOW
    )

    assert refus is None
    assert role(dossier) is Role.UTILISATEUR
    [mail] = mails("pas acceptée")
    assert "Kbis illisible" in mail
    assert candidatures.adressees_a_la_caf(NOW) == []
    assert told("succession_decidee")[0]["motif"] == "Kbis illisible"


def test_one_agent_refuses_with_a_motive_that_the_person_reads(dossier: Dossier) -> None:
    demande, premier = asked(dossier), agent()
    assert isinstance(demandes.accepter(premier, demande, motif=MOTIF, now=NOW), UUID)

    assert demandes.refuser(agent(), demande, motif="Personne inconnue du gérant", now=NOW) is None

    [mail] = mails("pas acceptée")
    assert "Personne inconnue du gérant" in mail
    assert lecture.remplacements(agent(), NOW).lignes == ()
    encore = demandes.refuser(agent(), demande, motif="Encore", now=NOW)
    assert encore is RefusDeSuccession.PERIMEE
    tard = demandes.accepter(agent(), demande, motif="Encore", now=NOW)
    assert tard is RefusDeSuccession.PERIMEE


def test_who_has_taken_it_back_is_made_administrateur_no_more(dossier: Dossier) -> None:
    of, appui = dossier.organisme.id, accepted(dossier)
    sienne = selection(dossier.user.id, NOW)
    [succession_id] = db.session.scalars(
        sa.select(Succession.id).where(Succession.etat == EtatSuccession.EN_ATTENTE)
    )
    assert sienne
    assert successions.annuler(sienne, succession_id, NOW)

    refus = remplacements.accorder(agent(), of, appui, NOW)

    assert refus is RefusDeRemplacement.PERIMEE
    assert role(dossier) is Role.UTILISATEUR
    assert lecture.remplacements(agent(), NOW).lignes == ()
    # Nor does what is over keep the organisme from another one.
    nouveau = Successeur(dossier.user.id)
    assert isinstance(remplacements.demander(agent(), of, nouveau, motif="Départ", now=NOW), UUID)


def test_who_was_suspended_meanwhile_is_not_made_administrateur(dossier: Dossier) -> None:
    appui = accepted(dossier)
    retraits.suspendre(dossier.user.id, par=COMMAND_LINE, now=NOW)

    refus = remplacements.accorder(agent(), dossier.organisme.id, appui, NOW)

    assert refus is RefusDeRemplacement.PAS_ACTIF


def test_it_is_over_with_what_was_asked(dossier: Dossier) -> None:
    later = NOW + successions.LIFETIME - timedelta(days=1)
    fait = demandes.accepter(agent(), asked(dossier), motif=MOTIF, now=later)
    assert isinstance(fait, UUID)

    refus = remplacements.accorder(agent(), dossier.organisme.id, fait, later + timedelta(days=2))

    assert refus is RefusDeRemplacement.PERIMEE


def test_it_is_answered_by_a_superviseur_of_the_caisse_and_by_the_way_that_was_asked(
    dossier: Dossier,
) -> None:
    demande = asked(dossier)
    for role_d_agent, caisse, erreur in (
        (RoleAgent.SUPERVISEUR, AUTRE_CAISSE, NotHere),
        (RoleAgent.GESTIONNAIRE, CAISSE, Refusal),
    ):
        qui = agent(role_d_agent, caisse)
        with pytest.raises(erreur):
            demandes.accepter(qui, demande, motif=MOTIF, now=NOW)
        with pytest.raises(erreur):
            demandes.refuser(qui, demande, motif=MOTIF, now=NOW)

    db.session.execute(sa.update(Succession).values(voie=Voie.COOPTATION))
    fait = demandes.accepter(agent(), demande, motif=MOTIF, now=NOW)
    assert fait is RefusDeSuccession.PERIMEE


def test_the_letter_says_whether_the_others_stay(dossier: Dossier) -> None:
    of = dossier.organisme.id
    assert remplacements.accorder(agent(), of, accepted(dossier), NOW) is None

    nomme = written()
    remplacement = remplacements.demander(
        agent(), of, Successeur(civilite="Mme", nom="Le Gall", prenom="Anne"), motif="D", now=NOW
    )
    assert isinstance(remplacement, UUID)
    assert remplacements.accorder(agent(), of, remplacement, NOW) is None
    remplace = written()

    assert "nommé le" in nomme
    assert "gardent ce rôle" in nomme
    assert "remplacé le" in remplace
    assert "n’ont plus ce rôle" in remplace


def test_the_pages_ask_for_a_motive_and_say_what_will_happen(
    client: FlaskClient, dossier: Dossier
) -> None:
    demande = asked(dossier)
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    lieu = f"/caf/organismes/{dossier.organisme.id}/supervision"
    page = client.get(f"{lieu}/successions/{demande}/accepter")
    assert "Le gérant est parti" in page.text
    assert "second agent" in page.text

    rien = client.post(f"{lieu}/successions/{demande}/accepter")
    assert "Dites pourquoi" in rien.text
    fait = client.post(f"{lieu}/successions/{demande}/accepter", data={"motif": MOTIF})

    assert fait.status_code == 303
    assert role(dossier) is Role.UTILISATEUR
    assert "second agent" in client.get(lieu).text
    [vu] = lecture.remplacements(agent(), NOW).lignes
    mien = client.get(f"{lieu}/remplacements/{vu.id}")
    assert "c’est à un autre agent" in mien.text
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE], email="autre@caf.example.fr")
    refuser = f"{lieu}/remplacements/{vu.id}/refuser"
    assert "Dites pourquoi" in client.post(refuser).text
    assert client.post(refuser, data={"motif": "Kbis illisible"}).status_code == 303
    assert len(mails("Kbis illisible")) == 1
    assert client.post(refuser, data={"motif": "Encore"}).status_code == 303
    assert "déjà décidée" in client.get(lieu).text
    assert len(mails("pas acceptée")) == 1
