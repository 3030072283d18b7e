"""The agent finds who is on the telephone within their caisses alone, reads why, sends or lifts what may be."""

from datetime import UTC, datetime, timedelta

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import (
    PASSWORD,
    a_caisse,
    a_contrat,
    a_new_account,
    a_rattachement,
    agent_signed_in,
    an_account,
    an_application,
    an_organisme,
)
from flask.testing import FlaskClient
from sent_mails import mails_to
from sql_budget import counted
from sqlalchemy import func, select

from idp import clock, throttle
from idp.accounts.gates import Awaiting
from idp.accounts.models import Account, AccountState, BrowserSession
from idp.accounts.provisioning import Channel
from idp.accounts.views.doors import CONNEXION
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.assistance import dossier as dossiers_d_assistance
from idp.habilitations.assistance import recherche
from idp.habilitations.assistance.policy import Cause, Geste
from idp.habilitations.models import (
    Courrier,
    EtatCourrier,
    NumeroUtilisateur,
    Rattachement,
    Role,
    RoleAgent,
    TypeCourrier,
)
from idp.habilitations.policy import Refus
from idp.printable import new_identifiant

ASSISTANCE = "/caf/assistance"
NUMERO = "35900007090001"


def now() -> datetime:
    return datetime.now(UTC)


def account_of(place: Rattachement) -> Account:
    return db.session.get_one(Account, place.account_id)


def lu(place: Rattachement, caisse: str = CAISSE) -> dossiers_d_assistance.Dossier:
    agent = AgentVu(an_account().id, RoleAgent.GESTIONNAIRE, (caisse,))
    return dossiers_d_assistance.ouvrir(agent, place.id, now(), porte=CONNEXION)


def causes(place: Rattachement) -> list[Cause]:
    return [constat.cause for constat in lu(place).constats]


@pytest.fixture
def dossier(app: object) -> Dossier:
    fait = un_dossier()
    db.session.add(
        NumeroUtilisateur(valeur=NUMERO, organisme_id=fait.organisme.id, caisse_code=CAISSE)
    )
    db.session.flush()
    return fait


@pytest.mark.parametrize("saisi", ["identifiant", "email", "numero"])
def test_found_by_what_the_person_has_in_hand(
    client: FlaskClient, dossier: Dossier, saisi: str
) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    account = account_of(dossier.user)
    typed = {
        "identifiant": f"p-{account.identifiant[1:].lower()}",
        "email": "NADIA@exemple.fr ",
        "numero": "359 0000 7090 001",
    }[saisi]

    page = client.get(ASSISTANCE, query_string={"q": typed})

    assert f"/caf/assistance/{dossier.user.id}" in page.text


def test_who_manages_comes_first_and_a_name_narrows(dossier: Dossier) -> None:
    agent = AgentVu(an_account().id, RoleAgent.NATIONAL, ())
    tous = recherche.chercher(agent, NUMERO)
    seule = recherche.chercher(agent, NUMERO, "nad mart")

    assert [un.role for un in tous.personnes] == [Role.ADMINISTRATEUR, Role.UTILISATEUR]
    assert [un.rattachement_id for un in seule.personnes] == [dossier.user.id]


def test_a_large_organisme_shows_a_page_of_people_at_one_price(dossier: Dossier) -> None:
    agent = AgentVu(an_account().id, RoleAgent.NATIONAL, ())
    with counted() as avant:
        recherche.chercher(agent, NUMERO)
    for _ in range(30):
        a_rattachement(an_account(), dossier.organisme)
    with counted() as apres:
        trouves = recherche.chercher(agent, NUMERO)

    assert (len(trouves.personnes), trouves.encore) == (recherche.TROUVES_MAX, True)
    assert len(apres) == len(avant)


@pytest.mark.parametrize("saisi", ["identifiant", "email", "numero"])
def test_who_is_of_another_caisse_is_answered_as_who_does_not_exist(
    client: FlaskClient, dossier: Dossier, saisi: str
) -> None:
    a_caisse(AUTRE_CAISSE)
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [AUTRE_CAISSE])
    account = account_of(dossier.user)
    nobody = {
        "identifiant": (account.identifiant, new_identifiant()),
        "email": ("nadia@exemple.fr", "personne@exemple.fr"),
        "numero": (NUMERO, "35900007090002"),
    }[saisi]

    pages = [client.get(ASSISTANCE, query_string={"q": typed}).text for typed in nobody]
    normal = [
        page.replace(typed, "…").split("<main", 1)[1].split("</main>")[0]
        for page, typed in zip(pages, nobody, strict=True)
    ]

    assert normal[0] == normal[1]
    assert "Nadia" not in pages[0]


def test_what_is_neither_is_told(client: FlaskClient, dossier: Dossier) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    assert "ni un identifiant" in client.get(ASSISTANCE, query_string={"q": "Nadia"}).text


def test_each_look_is_in_the_journal_of_the_organisme(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent = agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    for _ in range(2):
        assert client.get(f"{ASSISTANCE}/{dossier.user.id}").status_code == 200

    rows = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "dossier_consulte")
    ).all()
    assert [(row.actor_id, row.account_id, row.organisme_id) for row in rows] == [
        (agent.id, dossier.user.account_id, dossier.organisme.id)
    ] * 2


def test_never_connected_is_told_to_use_identifiant_perdu(
    client: FlaskClient, dossier: Dossier
) -> None:
    account, _secret = a_new_account()
    place = a_rattachement(account, dossier.organisme)
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    page = client.get(f"{ASSISTANCE}/{place.id}").text

    assert "Identifiant perdu », pas par « Mot de passe oublié" in page


def test_reasons_come_from_the_rows(dossier: Dossier) -> None:
    account, _secret = a_new_account()
    place = a_rattachement(account, dossier.organisme)
    assert causes(place) == [Cause.JAMAIS_CONNECTEE, Cause.PROVISOIRE_VALABLE]

    known = account_of(dossier.user)
    known.blocked_until = now() + timedelta(minutes=4)
    known.mail_refused_at = now()
    known.email_verified_at = None
    known.password_change_required = True
    assert causes(dossier.user) == [
        Cause.ATTENTE,
        Cause.MOT_DE_PASSE_A_CHANGER,
        Cause.MAIL_REFUSE,
        Cause.MAIL_NON_CONFIRME,
    ]


def test_a_letter_is_told_by_what_became_of_it(dossier: Dossier) -> None:
    account, _secret = a_new_account()
    place = a_rattachement(account, dossier.organisme)
    of = {"account_id": account.id, "organisme_id": dossier.organisme.id, "created_at": now()}
    courrier = Courrier(type=TypeCourrier.SECRET, **of)
    db.session.add_all((courrier, Courrier(type=TypeCourrier.RAPPEL, exported_at=now(), **of)))
    db.session.flush()
    told = {Cause.COURRIER_A_IMPRIMER, Cause.COURRIER_EN_ROUTE, Cause.COURRIER_REVENU}
    assert told & set(causes(place)) == {Cause.COURRIER_A_IMPRIMER}

    courrier.etat, courrier.exported_at = EtatCourrier.ENVOYE, now() - timedelta(days=3)
    assert told & set(causes(place)) == {Cause.COURRIER_EN_ROUTE}

    courrier.etat, courrier.returned_at = EtatCourrier.RETOURNE, now()
    assert told & set(causes(place)) == {Cause.COURRIER_REVENU}

    courrier.etat, courrier.returned_at = EtatCourrier.REMPLACE, None
    assert told & set(causes(place)) == set()


def test_the_last_try_is_told_until_one_succeeds(client: FlaskClient, dossier: Dossier) -> None:
    account = account_of(dossier.user)
    typed = {"identifiant": account.identifiant, "mot_de_passe": "faux"}
    client.post("/connexion", data=typed)
    assert causes(dossier.user) == [Cause.MOT_DE_PASSE_FAUX]

    client.post("/connexion", data={**typed, "mot_de_passe": PASSWORD})
    assert causes(dossier.user) == []


def test_who_stops_at_the_second_factor(client: FlaskClient, dossier: Dossier) -> None:
    account = account_of(dossier.user)
    an_application(account)
    client.post("/connexion", data={"identifiant": account.identifiant, "mot_de_passe": PASSWORD})
    session = db.session.scalars(select(BrowserSession)).one()
    assert session.awaiting is Awaiting.SECOND_FACTOR

    assert causes(dossier.user) == [Cause.FACTEUR_PERDU]


def test_a_browser_that_keeps_no_cookie(client: FlaskClient, dossier: Dossier) -> None:
    account = account_of(dossier.user)
    for _ in range(3):
        client.post(
            "/connexion", data={"identifiant": account.identifiant, "mot_de_passe": PASSWORD}
        )
        client.delete_cookie("mcp_session")

    assert causes(dossier.user) == [Cause.TEMOINS_REFUSES]


def test_a_network_that_is_told_to_wait(client: FlaskClient, dossier: Dossier) -> None:
    account = account_of(dossier.user)
    client.post("/connexion", data={"identifiant": account.identifiant, "mot_de_passe": PASSWORD})
    for _ in range(60):
        throttle.count(CONNEXION, "127.0.0.1", now())

    assert Cause.RESEAU_EN_PAUSE in causes(dossier.user)


def test_what_closes_services_is_told_in_full(dossier: Dossier) -> None:
    a_contrat(dossier.organisme, "cdap")
    assert lu(dossier.user).par_service == {"cdap": (Refus.SANS_GROUPE,), "offre-bailleurs": ()}

    dossier.organisme.suspendu_at = dossier.contrat.suspendu_at = dossier.groupe.suspendu_at = now()
    dossier.user.cloture = clock.today(now()) - timedelta(days=1)
    db.session.flush()
    ferme = lu(dossier.user)
    assert ferme.refus == (Refus.ORGANISME_SUSPENDU, Refus.RATTACHEMENT_CLOS)
    assert ferme.par_service["offre-bailleurs"] == (Refus.CONTRAT_SUSPENDU, Refus.GROUPE_SUSPENDU)


def test_the_file_costs_the_same_whatever_there_is(dossier: Dossier) -> None:
    db.session.commit()
    with counted() as avant:
        lu(dossier.user)
    for service in ("cdap", "afas"):
        a_contrat(dossier.organisme, service)
    with counted() as apres:
        lu(dossier.user)

    assert len(apres) <= len(avant) <= 20


def test_a_provisional_password_leaves_by_mail_once(client: FlaskClient, dossier: Dossier) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    adresse = f"{ASSISTANCE}/{dossier.user.id}"
    first = done(client, f"{adresse}/courriel")
    again = done(client, f"{adresse}/courriel")

    assert "part à son adresse mail" in first
    assert "vient déjà" in again
    assert len(mails_to("nadia@exemple.fr")) == 1
    assert journalled("identifiants_renvoyes") == 1


def test_an_address_that_is_not_proven_receives_nothing(
    client: FlaskClient, dossier: Dossier
) -> None:
    account_of(dossier.user).email_verified_at = None
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    page = done(client, f"{ASSISTANCE}/{dossier.user.id}/courriel")

    assert "Aucune adresse mail" in page
    assert journalled("identifiants_renvoyes") == 0


def test_letters_are_for_who_never_connected_and_not_without_end(
    client: FlaskClient, dossier: Dossier
) -> None:
    account, _secret = a_new_account(Channel.LETTER)
    account.state = AccountState.EN_ATTENTE
    place = a_rattachement(account, an_organisme())
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    said = [done(client, f"{ASSISTANCE}/{place.id}/courrier") for _ in range(4)]

    assert ["Deux courriers sont" in page for page in said] == [True, True, True, False]
    assert "Trois envois" in said[3]
    assert db.session.scalar(select(func.count()).where(Courrier.account_id == account.id)) == 6
    connected = done(client, f"{ASSISTANCE}/{dossier.user.id}/courrier")
    assert "n’ouvrirait rien" in connected


def test_a_wait_is_lifted_once(client: FlaskClient, dossier: Dossier) -> None:
    account = account_of(dossier.user)
    account.failures, account.blocked_until = 7, now() + timedelta(minutes=8)
    assert Geste.LEVER_L_ATTENTE in lu(dossier.user).gestes
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    adresse = f"{ASSISTANCE}/{dossier.user.id}/lever-l-attente"
    said = [done(client, adresse) for _ in range(2)]

    assert "L’attente est levée" in said[0]
    assert "n’attendait plus" in said[1]
    assert account_of(dossier.user).failures == 0
    assert journalled("attente_levee") == 1


def test_a_wait_that_is_lifted_again_and_again_is_lifted_no_more(
    client: FlaskClient, dossier: Dossier
) -> None:
    """Who lifts it after each guess would find any password, or any code of six digits."""
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    statuts = []
    for _ in range(6):
        account_of(dossier.user).factor_blocked_until = now() + timedelta(minutes=8)
        db.session.commit()
        statuts.append(client.post(f"{ASSISTANCE}/{dossier.user.id}/lever-l-attente").status_code)

    assert statuts == [303] * 5 + [429]
    assert journalled("attente_levee") == 5
    assert account_of(dossier.user).factor_blocked_until is not None


def test_a_person_of_two_organismes_is_found_where_the_agent_supervises(
    client: FlaskClient, dossier: Dossier
) -> None:
    ailleurs = an_organisme(raison_sociale="SCI", caisse_code=a_caisse(AUTRE_CAISSE).code)
    la_bas = a_rattachement(account_of(dossier.user), ailleurs)
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [AUTRE_CAISSE])

    page = client.get(ASSISTANCE, query_string={"q": "nadia@exemple.fr"}).text

    assert str(la_bas.id) in page
    assert str(dossier.user.id) not in page


def done(client: FlaskClient, adresse: str) -> str:
    """What the page that follows says."""
    answer = client.post(adresse)
    assert answer.status_code == 303
    return client.get(answer.location).text


def journalled(event: str) -> int:
    return (
        db.session.scalar(
            select(func.count()).select_from(JournalEntry).where(JournalEntry.event == event)
        )
        or 0
    )
