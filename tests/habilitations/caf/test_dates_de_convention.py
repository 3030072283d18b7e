"""« Corriger les dates » of a convention: until it is signed, with a motive, and its contrats follow."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import a_caisse, agent_signed_in, an_agent
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from idp import clock
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.claims import droits
from idp.habilitations.conventions import contrats, dates, gestion, lecture
from idp.habilitations.conventions.contrats import Choix, Ouvert
from idp.habilitations.conventions.dates import Dates
from idp.habilitations.conventions.gestion import NouvelleConvention
from idp.habilitations.etats_de_convention import (
    CORRIGEABLES,
    ConventionVue,
    EtatConvention,
    RefusDePassage,
    refus_de_corriger,
)
from idp.habilitations.models import ContratDeService, Convention, RoleAgent
from idp.outbox import Delivery

NOW = datetime.now(UTC)
JOUR = clock.today(NOW)
PREMIER = JOUR + timedelta(days=30)
FIN = JOUR + timedelta(days=400)
E = EtatConvention


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


def agent() -> AgentVu:
    return AgentVu(an_agent(RoleAgent.GESTIONNAIRE, [CAISSE]).id, RoleAgent.GESTIONNAIRE, (CAISSE,))


def a_draft(dossier: Dossier, fin: date | None = None) -> Convention:
    saisie = NouvelleConvention("Cdap 2027", PREMIER, fin)
    convention_id = gestion.preparer(agent(), dossier.organisme.id, saisie, NOW)
    assert isinstance(convention_id, UUID)
    return gestion.trouver(agent(), dossier.organisme.id, convention_id)


def a_contrat_of(convention: Convention, fin: date | None = None) -> ContratDeService:
    choix = Choix(("t1",), (CAISSE,), motif="Bulletin reçu", fin=fin)
    fait = contrats.ouvrir(agent(), convention, "cdap", choix, NOW)
    assert isinstance(fait, Ouvert)
    return db.session.get_one(ContratDeService, fait.contrat_id)


def corrige(convention: Convention, debut: date, fin: date | None = None) -> RefusDePassage | None:
    return dates.corriger(agent(), convention, Dates(debut, fin), motif="Erreur", now=NOW)


@pytest.mark.parametrize("etat", list(E))
def test_only_what_waits_for_its_signature_is_corrected(etat: E) -> None:
    vue = ConventionVue(etat, PREMIER)

    refus = refus_de_corriger(vue, JOUR, FIN, JOUR)

    assert refus is (None if etat in {E.BROUILLON, E.A_SIGNER} else RefusDePassage.DEJA_SIGNEE)
    assert (refus is None) is (etat in CORRIGEABLES)


@pytest.mark.parametrize(
    ("debut", "fin", "attendu"),
    [
        (PREMIER, FIN, RefusDePassage.INCHANGEES),
        (PREMIER, None, None),
        (JOUR - timedelta(days=9), JOUR, None),
        (JOUR - timedelta(days=9), JOUR - timedelta(days=1), RefusDePassage.DATE_PASSEE),
        (FIN, PREMIER, RefusDePassage.DATE_PASSEE),
    ],
)
def test_dates_that_make_no_sense_are_refused(
    debut: date, fin: date | None, attendu: RefusDePassage | None
) -> None:
    assert refus_de_corriger(ConventionVue(E.A_SIGNER, PREMIER, FIN), debut, fin, JOUR) is attendu


def test_a_corrected_draft_opens_its_services_from_its_new_first_day(dossier: Dossier) -> None:
    convention = a_draft(dossier)
    contrat = a_contrat_of(convention)
    assert contrat.debut == PREMIER

    assert corrige(convention, JOUR, FIN) is None

    assert (convention.debut, convention.fin, contrat.debut) == (JOUR, FIN, JOUR)
    for vers in (E.A_SIGNER, E.VALIDEE):
        assert gestion.passer(agent(), convention, vers, motif="Signée", now=NOW) is None
    vus = droits(dossier.chef.id, "cdap", NOW)
    assert vus
    assert vus.habilitations
    assert corrige(convention, PREMIER) is RefusDePassage.DEJA_SIGNEE
    assert convention.debut == JOUR


def test_a_later_first_day_is_that_of_its_contrats_too(dossier: Dossier) -> None:
    convention = a_draft(dossier)
    contrat = a_contrat_of(convention)
    contrat.debut = JOUR

    assert corrige(convention, FIN) is None

    assert contrat.debut == FIN


def test_a_contrat_that_would_have_no_day_is_told(dossier: Dossier) -> None:
    convention = a_draft(dossier)
    contrat = a_contrat_of(convention, fin=PREMIER + timedelta(days=3))

    assert corrige(convention, PREMIER + timedelta(days=4)) is RefusDePassage.CONTRAT_HORS
    contrat.debut = FIN
    contrat.fin = None
    assert corrige(convention, JOUR, PREMIER) is RefusDePassage.CONTRAT_HORS

    assert (convention.debut, contrat.debut) == (PREMIER, FIN)


def test_the_page_keeps_who_why_and_what_it_was_and_tells_nobody_by_mail(
    client: FlaskClient, dossier: Dossier
) -> None:
    convention = a_draft(dossier, FIN)
    moi = agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE], given_name="Odile")
    liste = f"/caf/organismes/{dossier.organisme.id}/conventions"
    lieu = f"{liste}/{convention.id}/dates"
    mails = select(func.count()).where(Delivery.kind == "mail")
    partis = db.session.scalar(mails)
    assert f'href="{lieu}"' in client.get(liste).text
    assert f'value="{PREMIER.isoformat()}"' in client.get(lieu).text
    typed = {"debut": JOUR.isoformat(), "fin": "", "motif": "Faute de frappe"}

    for faux in ({"motif": " "}, {"debut": ""}, {"fin": (JOUR - timedelta(days=1)).isoformat()}):
        assert client.post(lieu, data={**typed, **faux}).status_code == 200
    assert convention.debut == PREMIER
    fait = client.post(lieu, data=typed)

    assert (fait.status_code, fait.location) == (303, liste)
    [row] = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "dates_de_convention_corrigees")
    )
    assert row.actor_id == moi.id
    assert (row.data["debut_avant"], row.data["fin_avant"]) == (
        PREMIER.isoformat(),
        FIN.isoformat(),
    )
    page = client.get(liste).text
    assert "dates corrigées" in page
    assert "Faute de frappe" in page
    assert "résiliation annulée" not in page
    journal = client.get(f"/caf/organismes/{dossier.organisme.id}/journal").text
    assert "corrigé les dates de la convention « Cdap 2027 »" in journal
    assert db.session.scalar(mails) == partis


def test_signed_meanwhile_it_is_refused_and_said(client: FlaskClient, dossier: Dossier) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    liste = f"/caf/organismes/{dossier.organisme.id}/conventions"
    lieu = f"{liste}/{dossier.contrat.convention_id}/dates"
    convention = db.session.get_one(Convention, dossier.contrat.convention_id)
    avant = convention.debut

    fait = client.post(lieu, data={"debut": JOUR.isoformat(), "motif": "x"})
    page = client.get(liste).text

    assert fait.location == liste
    assert "n’attend plus de signature" in page
    assert "Corriger les dates" not in page
    assert convention.debut == avant


def test_a_convention_of_another_organisme_or_caisse_is_not_found(
    client: FlaskClient, dossier: Dossier
) -> None:
    """The attack: a convention of one's own caisse, by the address of another organisme, and the reverse."""
    convention = a_draft(dossier)
    ailleurs = dossier.fusion.absorbe_id
    a_caisse(AUTRE_CAISSE)
    typed = {"debut": JOUR.isoformat(), "motif": "x"}
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    swapped = client.post(
        f"/caf/organismes/{ailleurs}/conventions/{convention.id}/dates", data=typed
    )
    client.delete_cookie("mcp_session")
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [AUTRE_CAISSE])
    lieu = f"/caf/organismes/{dossier.organisme.id}/conventions/{convention.id}/dates"

    assert (swapped.status_code, client.post(lieu, data=typed).status_code) == (404, 404)
    assert convention.debut == PREMIER
    [lue] = [une for une in lecture.lire(dossier.organisme.id, JOUR) if une.id == convention.id]
    assert lue.corrigeable
