"""What the Caf suspends, lifts, closes or imposes is told by mail to those it touches: when, why, whom to ask."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from dossiers import CAISSE, Dossier, un_dossier
from factories import a_caisse, a_rattachement, an_account, an_agent
from flask import Flask
from sql_budget import counted

from idp import clock, outbox
from idp.accounts.models import Account
from idp.db import db
from idp.extensions import ground
from idp.habilitations.agents import AgentVu
from idp.habilitations.conventions import contrats, fermeture, gestion
from idp.habilitations.conventions.contrats import Choix, Ouvert
from idp.habilitations.etats_de_convention import EtatConvention
from idp.habilitations.models import CibleDeSuspension, Convention, Groupe, Organisme, RoleAgent
from idp.habilitations.personnes import retraits
from idp.habilitations.supervision import (
    avis_de_mot_de_passe,
    mots_de_passe,
    operations,
    suspensions,
)
from idp.habilitations.supervision.models import GenreDOperation
from idp.outbox import Delivery

NOW = datetime.now(UTC)
MOTIF = "Usage suspect signalé"
CHEF, NADIA, ORGANISME = "claire.martin@exemple.fr", "nadia@exemple.fr", "contact@oliviers.fr"
C = CibleDeSuspension


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    a_caisse().email_support = "partenaires@caf359.example.fr"
    return un_dossier(email=ORGANISME)


def agent(role: RoleAgent = RoleAgent.SUPERVISEUR) -> AgentVu:
    codes = () if role is RoleAgent.NATIONAL else (CAISSE,)
    return AgentVu(an_agent(role, codes, email=None).id, role, codes)


def mails() -> list[dict[str, Any]]:
    rows = db.session.scalars(
        sa.select(Delivery).where(Delivery.kind == "mail").order_by(Delivery.due_at, Delivery.id)
    )
    return [dict(outbox.read(row)) for row in rows]


def forget() -> None:
    db.session.execute(sa.delete(Delivery))


def told(subject: str) -> dict[str, str]:
    """By address, the mails of this subject: none is sent twice."""
    found = [(mail["to"], str(mail["body"])) for mail in mails() if subject in mail["subject"]]
    assert len(set(found)) == len(found)
    return dict(found)


def the(dossier: Dossier, cible: CibleDeSuspension) -> UUID:
    return {
        C.UTILISATEUR: dossier.user.id,
        C.GROUPE: dossier.groupe.id,
        C.CONTRAT: dossier.contrat.id,
        C.CONVENTION: dossier.contrat.convention_id,
        C.ORGANISME: dossier.organisme.id,
    }[cible]


@pytest.mark.parametrize(
    ("cible", "words"),
    [
        (C.UTILISATEUR, "l’accès de Nadia Martin"),
        (C.GROUPE, "le groupe « Logements privés – Caf 359 »"),
        (C.CONTRAT, "le contrat de service Offre Bailleurs"),
        (C.CONVENTION, "la convention « LES OLIVIERS »"),
        (C.ORGANISME, "l’organisme LES OLIVIERS"),
    ],
)
def test_the_administrateurs_and_the_organisme_are_told_of_a_suspension_and_of_its_end(
    dossier: Dossier, cible: CibleDeSuspension, words: str
) -> None:
    qui, of = agent(), dossier.organisme.id

    fait = suspensions.suspendre(qui, of, cible, the(dossier, cible), motif=MOTIF, now=NOW)

    assert isinstance(fait, UUID)
    suspendus = told("La Caf a suspendu")
    assert set(suspendus) == {CHEF, ORGANISME}
    assert words in suspendus[CHEF]
    assert f"Motif : {MOTIF}" in suspendus[CHEF]
    assert "Contactez votre Caf" in suspendus[CHEF]
    assert "Courriel : partenaires@caf359.example.fr" in suspendus[CHEF]
    forget()
    assert suspensions.lever(qui, of, fait, motif="Vérifié", now=NOW) is None
    leves = told("La Caf a levé une suspension")
    assert set(leves) == {CHEF, ORGANISME}
    assert "Motif : Vérifié" in leves[CHEF]


def test_who_is_suspended_is_told_and_again_when_it_is_given_back(dossier: Dossier) -> None:
    qui, of = agent(), dossier.organisme.id
    fait = suspensions.suspendre(qui, of, C.UTILISATEUR, dossier.user.id, motif=MOTIF, now=NOW)
    assert isinstance(fait, UUID)

    assert MOTIF in told("Votre accès pour LES OLIVIERS est suspendu")[NADIA]
    assert suspensions.lever(qui, of, fait, motif="Vérifié", now=NOW) is None

    assert "Vérifié" in told("Votre accès pour LES OLIVIERS vous est rendu")[NADIA]


def test_who_left_meanwhile_is_given_nothing_back_nor_told_so(dossier: Dossier) -> None:
    qui, of = agent(), dossier.organisme.id
    fait = suspensions.suspendre(qui, of, C.UTILISATEUR, dossier.user.id, motif=MOTIF, now=NOW)
    assert isinstance(fait, UUID)
    retraits.clore(dossier.user.id, par=qui.actor, now=NOW)

    assert suspensions.lever(qui, of, fait, motif="Vérifié", now=NOW) is None

    assert told("vous est rendu") == {}


def test_a_contrat_closed_and_opened_again_is_told(dossier: Dossier) -> None:
    qui, of = agent(), dossier.organisme.id

    assert contrats.clore(qui, of, dossier.contrat.id, motif=MOTIF, now=NOW) is None
    assert contrats.rouvrir(qui, of, dossier.contrat.id, motif="Demandé", now=NOW) is None

    clos = told("La Caf a clos le service Offre Bailleurs")
    assert set(clos) == {CHEF, ORGANISME}
    assert MOTIF in clos[CHEF]
    assert "Demandé" in told("La Caf a rouvert le service Offre Bailleurs")[CHEF]


def test_a_resiliation_is_told_with_its_day_and_so_is_its_end(dossier: Dossier) -> None:
    qui = agent()
    convention = db.session.get_one(Convention, dossier.contrat.convention_id)
    dernier = clock.today(NOW) + timedelta(days=60)

    def passer(dernier_jour: date | None) -> None:
        vers = EtatConvention.RESILIEE
        refus = gestion.passer(
            qui, convention, vers, motif=MOTIF, now=NOW, dernier_jour=dernier_jour
        )
        assert refus is None

    passer(dernier)
    annoncee = told("est résiliée")
    assert set(annoncee) == {CHEF, ORGANISME}
    assert f"{dernier:%d/%m/%Y}" in annoncee[CHEF]
    assert gestion.annuler_la_resiliation(qui, convention, motif="Repris", now=NOW) is None
    assert "sans date de fin" in told("La résiliation annoncée")[CHEF]
    forget()
    passer(None)
    assert "aussitôt" in told("est résiliée")[CHEF]


def test_what_is_not_in_force_yet_tells_nobody(dossier: Dossier) -> None:
    qui = agent()
    convention_id = gestion.preparer(
        *(qui, dossier.organisme.id),
        gestion.NouvelleConvention("Cdap", clock.today(NOW), None),
        NOW,
    )
    assert isinstance(convention_id, UUID)
    convention = db.session.get_one(Convention, convention_id)

    gestion.passer(qui, convention, EtatConvention.A_SIGNER, motif=MOTIF, now=NOW)
    ouvert = contrats.ouvrir(qui, convention, "cdap", Choix(("t1",), (CAISSE,)), NOW)
    assert isinstance(ouvert, Ouvert)
    groupe = db.session.scalars(sa.select(Groupe).where(Groupe.code.in_(ouvert.groupes))).one()
    of = dossier.organisme.id
    fermeture.fermer(qui, of, ouvert.contrat_id, groupe.id, motif=MOTIF, now=NOW)
    contrats.clore(qui, of, ouvert.contrat_id, motif=MOTIF, now=NOW)

    assert mails() == []


def test_a_groupe_that_is_closed_is_told(dossier: Dossier) -> None:
    groupe, of = dossier.groupe, dossier.organisme.id

    fermeture.fermer(agent(), of, dossier.contrat.id, groupe.id, motif=MOTIF, now=NOW)

    fermes = told("La Caf a fermé un groupe d’habilitation de LES OLIVIERS")
    assert set(fermes) == {CHEF, ORGANISME}
    assert f"« {groupe.libelle} »" in fermes[CHEF]


def test_a_forced_password_is_told_to_the_person(dossier: Dossier) -> None:
    fait = mots_de_passe.imposer_a(
        agent(), dossier.organisme.id, dossier.user.id, motif=MOTIF, now=NOW
    )

    assert fait
    dits = told("choisir un autre mot de passe")
    assert set(dits) == {NADIA}
    assert MOTIF in dits[NADIA]


def drained(app: Flask) -> None:
    """What the worker does of it, one delivery after the other, whenever it is due."""
    while True:
        row = db.session.scalars(
            sa.select(Delivery)
            .where(Delivery.kind.in_(("mot_de_passe_impose", "operation")))
            .order_by(Delivery.due_at)
        ).first()
        if row is None:
            return
        payload, kind = outbox.read(row), row.kind
        db.session.delete(row)
        app.extensions["outbox_handlers"][kind](payload)
        db.session.flush()


def crowd(dossier: Dossier, size: int) -> None:
    for rang in range(size):
        a_rattachement(an_account(email=f"p{rang}@exemple.fr"), dossier.organisme)


@pytest.fixture
def slow(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three mails a minute."""
    monkeypatch.setattr(avis_de_mot_de_passe, "LOT", 3)
    monkeypatch.setattr(operations, "LOT", 3)


@pytest.mark.usefixtures("slow")
def test_each_of_an_organisme_is_told_once_by_the_worker_but_who_left(
    app: Flask, dossier: Dossier
) -> None:
    crowd(dossier, 6)
    parti = an_account(email="parti@exemple.fr")
    place = a_rattachement(parti, dossier.organisme)
    retraits.clore(place.id, par=agent().actor, now=NOW)
    forget()

    assert mots_de_passe.imposer_a_tous(agent(), dossier.organisme.id, motif=MOTIF, now=NOW) == 8

    assert mails() == []
    drained(app)
    dits = told("choisir un autre mot de passe")
    assert set(dits) == {CHEF, NADIA, *(f"p{rang}@exemple.fr" for rang in range(6))}
    assert not db.session.get_one(Account, parti.id).password_change_required


@pytest.mark.usefixtures("slow")
def test_everybody_is_told_once_as_fast_as_a_campaign(app: Flask, dossier: Dossier) -> None:
    """A code or a provisional password that they ask for is not behind a million mails."""
    crowd(dossier, 6)
    an_account(email=None)

    operations.lancer(agent(RoleAgent.NATIONAL), GenreDOperation.MOT_DE_PASSE, motif=MOTIF, now=NOW)
    drained(app)

    dits = told("choisir un autre mot de passe")
    assert {CHEF, NADIA} <= set(dits)
    assert len([mail for mail in dits if mail.startswith("p")]) == 6
    rows = db.session.scalars(
        sa.select(Delivery.due_at).where(Delivery.kind == "mail").order_by(Delivery.due_at)
    ).all()
    par_minute = ground().settings.campaign_rate
    assert rows[-1] >= NOW + timedelta(minutes=6 / par_minute)


def test_a_suspension_costs_the_same_whatever_the_number_of_administrateurs(
    dossier: Dossier,
) -> None:
    def cost(how: Callable[[], object]) -> int:
        with counted() as statements:
            how()
        return len(statements)

    qui, of = agent(), dossier.organisme.id
    first = cost(
        lambda: suspensions.suspendre(qui, of, C.CONTRAT, dossier.contrat.id, motif="M", now=NOW)
    )
    autre = un_dossier(raison_sociale="SCI DES PINS")
    for rang in range(20):
        person = an_account(email=f"chef{rang}@exemple.fr")
        a_rattachement(person, autre.organisme, role=autre.chef.role)
    assert db.session.get(Organisme, autre.organisme.id)
    more = cost(
        lambda: suspensions.suspendre(
            qui, autre.organisme.id, C.CONTRAT, autre.contrat.id, motif="M", now=NOW
        )
    )

    assert more <= first
