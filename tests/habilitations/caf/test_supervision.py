"""The Caf over the head of an organisme: it suspends, takes over, replaces; by two agents where it must."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import (
    a_caisse,
    a_rattachement,
    agent_signed_in,
    an_account,
    an_acteur,
    an_agent,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from flows import Bailleur, a_bailleur, answer, authorize, declared, tokens_for, userinfo
from sql_budget import counted

from idp import clock, outbox
from idp.accounts.factors import trusted_browsers
from idp.accounts.factors.models import TrustedBrowser
from idp.accounts.models import Account, AccountState
from idp.accounts.sessions import NO_BROWSER
from idp.audit import JournalEntry
from idp.db import db, transaction
from idp.errors import NotHere, Refusal
from idp.habilitations.agents import AgentVu
from idp.habilitations.claims import droits
from idp.habilitations.models import (
    CibleDeSuspension,
    Courrier,
    Habilitation,
    Rattachement,
    Role,
    RoleAgent,
    Suspension,
    TypeCourrier,
)
from idp.habilitations.personnes import retraits
from idp.habilitations.policy import Refus
from idp.habilitations.supervision import (
    alertes,
    delegation,
    mots_de_passe,
    operations,
    remplacements,
    sans_administrateur,
    suspensions,
)
from idp.habilitations.supervision.models import (
    GenreDOperation,
    Operation,
    Remplacement,
    SansAdministrateur,
)
from idp.habilitations.supervision.remplacements import RefusDeRemplacement, Successeur
from idp.habilitations.supervision.suspensions import RefusDeSuspension
from idp.outbox import Delivery

NOW = datetime.now(UTC)
TOLD = "https://offre.exemple.fr/logout"
C = CibleDeSuspension
MOTIF = "Usage suspect signalé"


def agent(role: RoleAgent = RoleAgent.SUPERVISEUR, *caisses: str) -> AgentVu:
    codes = () if role is RoleAgent.NATIONAL else caisses or (CAISSE,)
    return AgentVu(an_agent(role, codes).id, role, codes)


def told() -> list[dict[str, Any]]:
    rows = db.session.scalars(sa.select(Delivery).where(Delivery.kind == "backchannel_logout"))
    return [outbox.read(row) for row in rows]


def mails(template: str) -> list[str]:
    rows = db.session.scalars(sa.select(Delivery).where(Delivery.kind == "mail"))
    return [str(outbox.read(row)) for row in rows if template in str(outbox.read(row))]


def journal(*names: str) -> list[dict[str, Any]]:
    rows = db.session.scalars(
        sa.select(JournalEntry).where(JournalEntry.event.in_(names)).order_by(JournalEntry.id)
    )
    return [row.data for row in rows]


def cible_of(bailleur: Bailleur, cible: CibleDeSuspension) -> UUID:
    [ligne] = db.session.execute(
        sa.text(
            "SELECT g.id AS groupe, k.id AS contrat, c.id AS convention FROM groupe g"
            " JOIN contrat_de_service k ON k.id = g.contrat_id"
            " JOIN convention c ON c.id = k.convention_id"
        )
    )
    if cible in (C.GROUPE, C.CONTRAT, C.CONVENTION):
        return UUID(str(getattr(ligne, cible.value)))
    return bailleur.rattachement.id if cible is C.UTILISATEUR else bailleur.organisme.id


def signed_in_bailleur(client: FlaskClient) -> tuple[Bailleur, str]:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    return bailleur, str(tokens_for(client)["access_token"])


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


@pytest.mark.parametrize("cible", [C.UTILISATEUR, C.GROUPE, C.CONTRAT, C.CONVENTION, C.ORGANISME])
def test_what_is_suspended_is_closed_everywhere_at_once_and_lifted_with_a_motive(
    client: FlaskClient, cible: CibleDeSuspension
) -> None:
    qui = agent()
    with declared("offre-bailleurs", backchannel_logout_uri=TOLD):
        bailleur, access_token = signed_in_bailleur(client)
        of, cible_id = bailleur.organisme.id, cible_of(bailleur, cible)

        fait = suspensions.suspendre(qui, of, cible, cible_id, motif=MOTIF, now=NOW)

    assert isinstance(fait, UUID)
    assert len(told()) == 1
    assert userinfo(client, access_token).status_code == 401
    signed_in(client, bailleur.account, bailleur.rattachement)
    assert answer(authorize(client, prompt="none"))["error"] == "access_denied"
    encore = suspensions.suspendre(qui, of, cible, cible_id, motif=MOTIF, now=NOW)
    assert encore is RefusDeSuspension.DEJA

    assert suspensions.lever(qui, of, fait, motif="Vérifié", now=NOW) is None

    assert userinfo(client, str(tokens_for(client)["access_token"])).status_code == 200
    encore = suspensions.lever(qui, of, fait, motif="Encore", now=NOW)
    assert encore is RefusDeSuspension.LEVEE
    [decidee], [levee] = journal("suspension_decidee"), journal("suspension_levee")
    assert (decidee["cible"], decidee["motif"], decidee["personnes"]) == (cible, MOTIF, 1)
    assert levee["motif"] == "Vérifié"


def test_a_gestionnaire_suspends_nothing(dossier: Dossier) -> None:
    with pytest.raises(Refusal):
        suspensions.suspendre(
            agent(RoleAgent.GESTIONNAIRE),
            dossier.organisme.id,
            C.ORGANISME,
            dossier.organisme.id,
            motif=MOTIF,
            now=NOW,
        )
    with pytest.raises(Refusal):
        suspensions.suspendre_le_service(agent(), "cdap", motif=MOTIF, now=NOW)


def test_nothing_of_another_caisse_or_organisme_is_suspended(dossier: Dossier) -> None:
    a_caisse(AUTRE_CAISSE, ("75",))
    ailleurs = un_dossier(caisse_code=AUTRE_CAISSE)
    for of, cible_id in (
        (ailleurs.organisme.id, ailleurs.user.id),
        (dossier.organisme.id, ailleurs.user.id),
        (dossier.organisme.id, uuid4()),
    ):
        with pytest.raises(NotHere):
            suspensions.suspendre(agent(), of, C.UTILISATEUR, cible_id, motif=MOTIF, now=NOW)
    with pytest.raises(NotHere):
        suspensions.lever(
            agent(), dossier.organisme.id, ailleurs.suspension_id, motif=MOTIF, now=NOW
        )


def test_an_organisme_is_suspended_in_a_number_of_statements_that_does_not_grow(
    client: FlaskClient,
) -> None:
    qui = agent()
    bailleur, _token = signed_in_bailleur(client)
    of = bailleur.organisme.id
    with counted() as alone:
        fait = suspensions.suspendre(qui, of, C.ORGANISME, of, motif=MOTIF, now=NOW)
    assert isinstance(fait, UUID)
    suspensions.lever(qui, of, fait, motif="Vérifié", now=NOW)
    groupe_id = db.session.scalars(sa.select(Habilitation.groupe_id)).first()
    for rank in range(12):
        person = an_account(email=f"p{rank}@exemple.fr")
        place = a_rattachement(person, bailleur.organisme)
        db.session.add(
            Habilitation(
                rattachement_id=place.id,
                groupe_id=groupe_id,
                debut=clock.today(NOW),
                granted_at=NOW,
            )
        )
        db.session.flush()
        signed_in(client, person, place)
        tokens_for(client)

    with counted() as many:
        suspensions.suspendre(qui, of, C.ORGANISME, of, motif=MOTIF, now=NOW)

    assert len(many) <= len(alone) + 2


def test_a_service_is_suspended_for_all_partners_by_a_national_agent(client: FlaskClient) -> None:
    qui = agent(RoleAgent.NATIONAL)
    with declared("offre-bailleurs", backchannel_logout_uri=TOLD):
        bailleur, access_token = signed_in_bailleur(client)

        suspensions.suspendre_le_service(qui, "offre-bailleurs", motif=MOTIF, now=NOW)
        vus = droits(bailleur.rattachement.id, "offre-bailleurs", NOW)
        assert vus
        assert vus.refus is Refus.SERVICE_SUSPENDU
        assert answer(authorize(client, prompt="none"))["error"] == "access_denied"
        run_operations()

    assert len(told()) == 1
    assert userinfo(client, access_token).status_code == 401
    assert suspensions.lever_le_service(qui, "offre-bailleurs", motif="Réparé", now=NOW) is None
    assert userinfo(client, str(tokens_for(client)["access_token"])).status_code == 200


def test_two_who_suspend_a_service_at_once_suspend_it_once(app: Flask) -> None:
    agents, ready = [agent(RoleAgent.NATIONAL) for _ in range(2)], Barrier(2)
    db.session.commit()

    def suspend(qui: AgentVu) -> UUID | RefusDeSuspension:
        with app.app_context(), transaction():
            ready.wait(10)
            return suspensions.suspendre_le_service(qui, "offre-bailleurs", motif=MOTIF, now=NOW)

    with ThreadPoolExecutor(2) as pool:
        faits = list(pool.map(suspend, agents))

    assert RefusDeSuspension.DEJA in faits
    assert len([un for un in faits if isinstance(un, UUID)]) == 1


def run_operations() -> None:
    """Each step, as the worker does."""
    while (
        row := db.session.scalars(
            sa.select(Delivery).where(Delivery.kind == operations.KIND, Delivery.done_at.is_(None))
        ).first()
    ) is not None:
        payload = outbox.read(row)
        row.done_at = NOW
        operations.poursuivre(payload)


def test_one_person_must_choose_another_password_and_is_signed_out(client: FlaskClient) -> None:
    bailleur, access_token = signed_in_bailleur(client)

    fait = mots_de_passe.imposer_a(
        agent(), bailleur.organisme.id, bailleur.rattachement.id, motif=MOTIF, now=NOW
    )

    assert fait
    assert userinfo(client, access_token).status_code == 401
    assert client.get("/profil").status_code == 303
    db.session.refresh(bailleur.account)
    assert bailleur.account.password_change_required
    [data] = journal("mot_de_passe_impose")
    assert data["motif"] == MOTIF


def trusted(*people: UUID) -> list[UUID]:
    """Those of these people who trust a browser."""
    siens = TrustedBrowser.account_id.in_(people)
    return list(db.session.scalars(sa.select(TrustedBrowser.account_id).where(siens)))


def test_everybody_of_an_organisme_must_choose_another_password(dossier: Dossier) -> None:
    ailleurs = an_account(email="ailleurs@exemple.fr")

    nombre = mots_de_passe.imposer_a_tous(agent(), dossier.organisme.id, motif=MOTIF, now=NOW)

    assert nombre == 2
    db.session.refresh(ailleurs)
    assert not ailleurs.password_change_required


def test_who_must_choose_another_password_trusts_no_browser_any_more(dossier: Dossier) -> None:
    """The attack: whoever has the password has the browser too, and is not asked for a second factor there."""
    chef, user = dossier.chef.account_id, dossier.user.account_id
    ailleurs = an_account(email="ailleurs@exemple.fr").id
    jamais = an_account(email="jamais@exemple.fr", password=None, state=AccountState.PREPARE)
    a_rattachement(jamais, dossier.organisme)
    tous = [chef, user, ailleurs, jamais.id]
    for person in tous:
        trusted_browsers.trust(person, NO_BROWSER, NOW)

    of, qui = dossier.organisme.id, agent()
    assert mots_de_passe.imposer_a(qui, of, dossier.user.id, motif=MOTIF, now=NOW)
    assert set(trusted(*tous)) == {chef, ailleurs, jamais.id}
    assert mots_de_passe.imposer_a_tous(qui, of, motif=MOTIF, now=NOW) == 2

    assert set(trusted(*tous)) == {ailleurs, jamais.id}


@pytest.mark.parametrize(
    ("genre", "service"),
    [(GenreDOperation.MOT_DE_PASSE, None), (GenreDOperation.FIN_DE_SERVICE, "offre-bailleurs")],
)
def test_two_national_agents_at_once_start_one_operation(
    app: Flask, genre: GenreDOperation, service: str | None
) -> None:
    qui = agent(RoleAgent.NATIONAL)
    db.session.commit()
    start = Barrier(2)

    def lance(_rang: int) -> UUID:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    return operations.lancer(qui, genre, motif=MOTIF, now=NOW, service=service)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(lance, range(2)))) == 1
    db.session.expire_all()
    assert len(operations.en_cours()) == 1
    assert len(journal("operation_lancee")) == 1
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(
            sa.insert(Operation).values(
                genre=genre, service=service, motif=MOTIF, par=qui.account_id, at=NOW
            )
        )


def test_who_asks_for_an_operation_under_way_is_told(client: FlaskClient) -> None:
    agent_signed_in(client)
    page = "/caf/supervision/mot-de-passe"
    first = client.post(page, data={"motif": MOTIF})
    assert "déjà en cours" not in client.get(first.location).text

    second = client.post(page, data={"motif": "Encore une fois"})

    assert second.location == first.location
    assert "déjà en cours" in client.get(second.location).text


def test_everybody_of_the_country_must_choose_another_password(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "LOT", 3)
    people = [an_account(email=f"p{rank}@exemple.fr") for rank in range(7)]
    for person in people:
        trusted_browsers.trust(person.id, NO_BROWSER, NOW)
    clos = an_account(email="clos@exemple.fr", state=AccountState.CLOS)
    qui = agent(RoleAgent.NATIONAL)

    genre = GenreDOperation.MOT_DE_PASSE
    operation_id = operations.lancer(qui, genre, motif=MOTIF, now=NOW)
    assert operations.lancer(qui, genre, motif=MOTIF, now=NOW) == operation_id
    run_operations()

    operation = operations.lire(operation_id)
    assert (operation.total, operation.faits) == (8, 8)
    assert operation.finie_at is not None
    for person in people:
        db.session.refresh(person)
        assert person.password_change_required
    assert trusted(*(person.id for person in people)) == []
    db.session.refresh(clos)
    assert not clos.password_change_required
    with pytest.raises(Refusal):
        operations.lancer(agent(), genre, motif=MOTIF, now=NOW)


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    return found[1] if found else ""


def test_without_delegation_the_console_only_shows(client: FlaskClient, dossier: Dossier) -> None:
    chef = db.session.get_one(Account, dossier.chef.account_id)
    signed_in(client, chef, dossier.chef)
    fiche = f"/habilitations/utilisateurs/{dossier.user.id}"
    qui, of = agent(), dossier.organisme.id
    assert delegation.retirer(qui, of, motif=MOTIF, now=NOW)
    assert not delegation.retirer(qui, of, motif=MOTIF, now=NOW)

    page = client.get(f"{fiche}/clore")
    assert page.status_code == 200
    assert "La Caf gère en ce moment les habilitations" in page.text
    form = {"organisme": str(of), "csrf_token": token_of(page.text)}
    refused = client.post(f"{fiche}/clore", data=form)

    assert refused.status_code == 403
    assert db.session.get_one(Rattachement, dossier.user.id).cloture is None
    acteur = an_acteur(chef.id, dossier.organisme)
    with pytest.raises(Refusal):
        retraits.clore(dossier.user.id, par=acteur, now=NOW)
    assert retraits.suspendre(dossier.user.id, par=qui.actor, now=NOW) is None

    assert delegation.rendre(qui, of, motif="Réglé", now=NOW)
    retraits.reprendre(dossier.user.id, par=qui.actor, now=NOW)
    assert retraits.clore(dossier.user.id, par=acteur, now=NOW) is None
    assert [data["rendue"] for data in journal("delegation_retiree")] == [False, True]


def test_the_same_agent_does_not_ask_and_agree(dossier: Dossier) -> None:
    """The attack: one agent alone gives an organisme to somebody."""
    qui, of = agent(), dossier.organisme.id
    demande = remplacements.demander(
        qui, of, Successeur(dossier.user.id), motif="Parti sans passation", now=NOW
    )
    assert isinstance(demande, UUID)

    refus = remplacements.accorder(qui, of, demande, NOW)

    assert refus is RefusDeRemplacement.MEME_AGENT
    db.session.refresh(dossier.chef)
    assert dossier.chef.role is Role.ADMINISTRATEUR
    row = db.session.get_one(Remplacement, demande)
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(
            sa.update(Remplacement)
            .where(Remplacement.id == demande)
            .values(etat="acceptee", decide_par=row.demande_par)
        )


def test_a_second_agent_agrees_and_the_administrateur_is_replaced(dossier: Dossier) -> None:
    of = dossier.organisme.id
    demande = remplacements.demander(
        agent(), of, Successeur(dossier.user.id), motif="Parti sans passation", now=NOW
    )
    assert isinstance(demande, UUID)
    encore = remplacements.demander(
        agent(), of, Successeur(dossier.user.id), motif="Encore", now=NOW
    )
    assert encore is RefusDeRemplacement.DEJA_EN_COURS

    assert remplacements.accorder(agent(), of, demande, NOW) is None

    db.session.expire_all()
    assert dossier.chef.role is Role.UTILISATEUR
    assert dossier.user.role is Role.ADMINISTRATEUR
    assert len(mails("a remplacé l’administrateur")) == 1
    assert len(mails("Un nouvel administrateur")) == 1
    [lettre] = db.session.scalars(
        sa.select(Courrier).where(Courrier.type == TypeCourrier.REMPLACEMENT)
    )
    assert lettre.account_id == dossier.user.account_id
    assert journal("remplacement_demande")[0]["motif"] == "Parti sans passation"
    assert journal("remplacement_decide")[0]["etat"] == "acceptee"
    refus = remplacements.accorder(agent(), of, demande, NOW)
    assert refus is RefusDeRemplacement.PERIMEE


def test_a_new_person_gets_two_letters_and_every_groupe(dossier: Dossier) -> None:
    of = dossier.organisme.id
    nouveau = Successeur(civilite="Mme", nom="Le Gall", prenom="Anne")
    demande = remplacements.demander(agent(), of, nouveau, motif="Décès", now=NOW)
    assert isinstance(demande, UUID)
    assert remplacements.accorder(agent(), of, demande, NOW) is None

    [place] = db.session.scalars(
        sa.select(Rattachement).where(
            Rattachement.organisme_id == of, Rattachement.role == Role.ADMINISTRATEUR
        )
    )
    account = db.session.get_one(Account, place.account_id)
    assert (account.family_name, account.state) == ("Le Gall", AccountState.PREPARE)
    siens = sa.select(Courrier.type).where(Courrier.account_id == account.id)
    assert set(db.session.scalars(siens)) == {
        *(TypeCourrier.IDENTIFIANT, TypeCourrier.SECRET, TypeCourrier.REMPLACEMENT)
    }
    tenus = sa.select(Habilitation.groupe_id).where(Habilitation.rattachement_id == place.id)
    assert db.session.scalars(tenus).all() == [dossier.groupe.id]


def test_a_replacement_is_refused_taken_back_and_of_its_caisse(dossier: Dossier) -> None:
    of, qui = dossier.organisme.id, agent()
    successeur = Successeur(dossier.user.id)
    demande = remplacements.demander(qui, of, successeur, motif="Parti", now=NOW)
    assert isinstance(demande, UUID)
    assert not remplacements.annuler(agent(), of, demande, NOW)
    with pytest.raises(NotHere):
        remplacements.accorder(agent(RoleAgent.SUPERVISEUR, AUTRE_CAISSE), of, demande, NOW)
    assert remplacements.annuler(qui, of, demande, NOW)
    encore = remplacements.demander(qui, of, successeur, motif="Parti", now=NOW)
    assert isinstance(encore, UUID)
    assert remplacements.refuser(agent(), of, encore, motif="Non vérifié", now=NOW) is None
    db.session.refresh(dossier.chef)
    assert dossier.chef.role is Role.ADMINISTRATEUR
    chef = Successeur(dossier.chef.id)
    refus = remplacements.demander(qui, of, chef, motif="Parti", now=NOW)
    assert refus is RefusDeRemplacement.DEJA_ADMINISTRATEUR
    suspensions.suspendre(qui, of, C.UTILISATEUR, dossier.user.id, motif=MOTIF, now=NOW)
    refus = remplacements.demander(qui, of, successeur, motif="Parti", now=NOW)
    assert refus is RefusDeRemplacement.PAS_ACTIF


def test_bursts_are_shown_to_their_caisse(dossier: Dossier) -> None:
    a_caisse(AUTRE_CAISSE, ("75",))
    heure = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    for rank in range(4):
        person = an_account(email=f"p{rank}@exemple.fr")
        a_rattachement(
            person,
            dossier.organisme,
            created_at=heure + timedelta(minutes=rank),
            created_by=dossier.chef.account_id,
        )

    [rafale] = alertes.rafales(agent(), 4, NOW).lignes

    assert (rafale.organisme_id, rafale.heure, rafale.nombre) == (dossier.organisme.id, heure, 4)
    assert alertes.rafales(agent(), 5, NOW).lignes == ()
    assert alertes.rafales(agent(), 4, NOW + timedelta(days=8)).lignes == ()
    ailleurs = agent(RoleAgent.SUPERVISEUR, AUTRE_CAISSE)
    assert alertes.rafales(ailleurs, 4, NOW).lignes == ()


def test_sleeping_administrateurs_and_organismes_without_any(dossier: Dossier) -> None:
    chef = db.session.get_one(Account, dossier.chef.account_id)
    chef.last_login_at = NOW - timedelta(days=366)
    orphelin = an_organisme(raison_sociale="ORPHELIN")
    a_rattachement(an_account(email="seul@exemple.fr"), orphelin)
    attendu = an_organisme(raison_sociale="ATTENDU")
    a_rattachement(an_account(email="attendu@exemple.fr", state=AccountState.EN_ATTENTE), attendu)
    db.session.flush()

    [dormeur] = alertes.dormeurs(agent(), NOW).lignes
    sans_administrateur.relever(NOW)
    [sans] = sans_administrateur.lister(agent(), NOW).lignes

    assert dormeur.rattachement_id == dossier.chef.id
    # Neither who is awaited, nor an organisme that was put together with another.
    assert sans.organisme_id == orphelin.id
    ailleurs = agent(RoleAgent.SUPERVISEUR, AUTRE_CAISSE)
    assert alertes.dormeurs(ailleurs, NOW).lignes == ()
    assert sans_administrateur.lister(ailleurs, NOW).lignes == ()


@pytest.mark.parametrize("heure", ["9" * 40, "9" * 5000, "9" * 10, "٣", "²", "-1", ""])
def test_no_place_in_a_list_that_an_address_makes_up_is_a_fault(
    client: FlaskClient, heure: str
) -> None:
    agent_signed_in(client)

    answer = client.get("/caf/supervision", query_string={"rafales": f"{heure}.{UUID(int=0)}"})

    assert answer.status_code == 200


def test_an_organisme_is_without_administrateur_since_the_first_look_until_it_has_one(
    app: Flask,
) -> None:
    orphelin, suivant = an_organisme(raison_sociale="ORPHELIN"), NOW + timedelta(hours=1)
    sans_administrateur.relever(NOW)
    sans_administrateur.relever(suivant)

    [sans] = sans_administrateur.lister(agent(), suivant).lignes
    assert (sans.organisme_id, sans.depuis) == (orphelin.id, NOW)

    a_rattachement(an_account(), orphelin, role=Role.ADMINISTRATEUR)
    assert sans_administrateur.lister(agent(), suivant).lignes == ()
    sans_administrateur.relever(suivant)
    assert db.session.scalars(sa.select(SansAdministrateur)).all() == []


def test_alerts_are_read_by_pages_each_once(app: Flask) -> None:
    a_caisse()
    for rank in range(60):
        organisme = an_organisme(raison_sociale=f"ORGANISME {rank % 7}")
        chef = an_account(email=f"c{rank}@exemple.fr", last_login_at=NOW - timedelta(days=400))
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        an_organisme(raison_sociale=f"VIDE {rank % 7}")
    qui = agent()
    sans_administrateur.relever(NOW)
    for liste, cle in (
        (alertes.dormeurs, "rattachement_id"),
        (sans_administrateur.lister, "organisme_id"),
    ):
        vus, apres = [], None
        while True:
            with counted() as sent:
                page = liste(qui, NOW, apres)  # type: ignore[operator]
            assert len(sent) <= 2
            vus += [getattr(ligne, cle) for ligne in page.lignes]
            apres = page.suivante
            if apres is None:
                break
        assert len(vus) == len(set(vus)) == 60


def test_pages_tell_and_do(client: FlaskClient, dossier: Dossier) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    of = dossier.organisme.id
    lieu = f"/caf/organismes/{of}/supervision"
    page = client.get(f"{lieu}?q=mart")
    assert "Suspendre le groupe" in page.text
    acte = f"{lieu}/suspendre/organisme/{of}"
    page = client.get(acte)
    assert "2 personnes" in page.text

    done = client.post(acte, data={"csrf_token": token_of(page.text), "motif": MOTIF})

    assert done.status_code == 303
    page = client.get(lieu)
    assert MOTIF in page.text
    en_vigueur = sa.select(Suspension).where(Suspension.levee_at.is_(None))
    assert len(db.session.scalars(en_vigueur).all()) == 1
    page = client.post(acte, data={"csrf_token": token_of(page.text), "motif": ""})
    assert "Dites pourquoi" in page.text
