"""« Mes utilisateurs » and « Créer un utilisateur », from the form to the mail."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from idp import clock, worker
from idp.accounts.models import Account
from idp.config import Settings
from idp.db import db
from idp.habilitations.models import (
    ContratDeService,
    Groupe,
    Habilitation,
    Organisme,
    Rattachement,
    Role,
)
from idp.outbox import Delivery

TODAY = clock.today(datetime.now(UTC))
CREER = "/habilitations/utilisateurs/creer"
LISTE = "/habilitations/utilisateurs"


def _administrateur(client: FlaskClient) -> tuple[Organisme, Groupe]:
    organisme = an_organisme()
    groupe = a_groupe(a_contrat(organisme))
    account = an_account(email="chef@exemple.fr")
    rattachement = a_rattachement(account, organisme, role=Role.ADMINISTRATEUR)
    signed_in(client, account, rattachement)
    return organisme, groupe


def _saisie(organisme: Organisme, **changes: Any) -> dict[str, Any]:
    return {
        "organisme": str(organisme.id),
        "nom": "Le Gall",
        "prenom": "Nadia",
        "email": "nadia@exemple.fr",
        "email_confirme": "nadia@exemple.fr",
        "telephone": "06 12 34 56 78",
        "telephone_confirme": "0612345678",
        "ouverture": TODAY.isoformat(),
        "cloture": "",
        "mobilite": "itinerant",
        **changes,
    }


def _created() -> Account | None:
    return db.session.scalar(select(Account).where(Account.email == "nadia@exemple.fr"))


def test_a_created_user_gets_groups_dates_and_a_mail_at_once(
    client: FlaskClient, settings: Settings
) -> None:
    organisme, groupe = _administrateur(client)

    answer = client.post(CREER, data=_saisie(organisme, groupes=[str(groupe.id)]))
    worker.drain()

    created = _created()
    assert answer.status_code == 303
    assert created is not None
    assert created.phone == "+33612345678"
    rattachement = db.session.scalar(
        select(Rattachement).where(Rattachement.account_id == created.id)
    )
    assert rattachement is not None
    assert (rattachement.role, rattachement.mobilite) == (Role.UTILISATEUR, "itinerant")
    assert db.session.scalar(select(Habilitation.groupe_id)) == groupe.id
    mail = _mail_to("nadia@exemple.fr", settings)
    assert "Le mot de passe" not in mail
    assert "http" in mail
    assert "href" not in mail


def _mail_to(address: str, settings: Settings) -> str:
    folder = (settings.demo_dir or Path()) / "mails"
    for path in folder.glob("*.eml"):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        if message["To"] == address:
            return str(message.get_content())
    raise LookupError(address)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"nom": ""}, "Saisissez le nom."),
        ({"email": "nadia"}, "Cette adresse mail"),
        ({"email_confirme": "autre@exemple.fr"}, "Les deux adresses mail ne sont pas identiques."),
        ({"telephone": "12"}, "Ce numéro de téléphone"),
        ({"telephone_confirme": "0612345679"}, "Les deux numéros de téléphone"),
        ({"ouverture": (TODAY - timedelta(days=2)).isoformat()}, "ne peut pas être passée"),
        ({"cloture": (TODAY - timedelta(days=1)).isoformat()}, "précède la date d’ouverture"),
        ({"prenom": "Nadia\r\nBcc: x@exemple.fr <b>"}, "Un nom ne contient que"),
        ({"email": "chef@exemple.fr", "email_confirme": "chef@exemple.fr"}, "déjà celle d’un"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_loses_nothing(
    client: FlaskClient, changes: dict[str, Any], sentence: str
) -> None:
    organisme, _groupe = _administrateur(client)

    answer = client.post(CREER, data=_saisie(organisme, **changes))

    assert answer.status_code == 200
    assert sentence in answer.text
    assert 'value="0612345678"' in answer.text or "telephone_confirme" in changes
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_the_same_address_is_not_created_twice(client: FlaskClient) -> None:
    organisme, _groupe = _administrateur(client)

    first = client.post(CREER, data=_saisie(organisme))
    second = client.post(CREER, data=_saisie(organisme))

    assert (first.status_code, second.status_code) == (303, 200)
    assert db.session.scalar(select(func.count()).select_from(Account)) == 2


def _demande(client: FlaskClient) -> str:
    page = client.get(CREER).text
    return page.split('name="demande" type="hidden" value="')[1].split('"')[0]


def test_the_same_form_sent_twice_creates_one_user_and_one_mail(client: FlaskClient) -> None:
    organisme, groupe = _administrateur(client)
    form = _saisie(organisme, groupes=[str(groupe.id)], demande=_demande(client))

    first = client.post(CREER, data=form)
    second = client.post(CREER, data=form)

    assert (first.status_code, first.location) == (303, second.location)
    assert db.session.scalar(select(func.count()).select_from(Account)) == 2
    assert db.session.scalar(select(func.count()).where(Delivery.kind == "mail")) == 1


def test_the_same_form_sent_twice_at_the_same_instant_creates_one_user(
    app: Flask, client: FlaskClient
) -> None:
    """A double click on two processes: the second waits for the first, then answers the same."""
    organisme, groupe = _administrateur(client)
    form = _saisie(organisme, groupes=[str(groupe.id)], demande=_demande(client))
    cookie = client.get_cookie("mcp_session")
    db.session.commit()
    start = Barrier(2)

    def press(_rank: int) -> tuple[int, str]:
        browser = FlaskClient(app, app.response_class)
        browser.set_cookie("mcp_session", cookie.value if cookie else "")
        start.wait()
        answer = browser.post(CREER, data=form)
        return answer.status_code, answer.location

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, range(2)))

    assert answers[0] == answers[1]
    assert answers[0][0] == 303
    assert db.session.scalar(select(func.count()).select_from(Account)) == 2
    assert db.session.scalar(select(func.count()).where(Delivery.kind == "mail")) == 1


def test_the_page_of_who_was_created_says_what_comes_next(client: FlaskClient) -> None:
    organisme, groupe = _administrateur(client)

    answer = client.post(CREER, data=_saisie(organisme, groupes=[str(groupe.id)]))
    page = client.get(answer.location).text

    assert "nadia@exemple.fr" in page
    assert groupe.libelle in page
    assert f'href="{CREER}"' in page
    assert f'href="{answer.location.removesuffix("/cree")}"' in page


@dataclass
class Delegue:
    """A responsable d'habilitation for the first of two groups."""

    organisme: Organisme
    tenu: Groupe
    hors: Groupe


def _responsable(client: FlaskClient, *, peut_creer: bool) -> Delegue:
    organisme = an_organisme()
    contrat = a_contrat(organisme)
    tenu = a_groupe(contrat)
    hors = a_groupe(contrat, code="offre-bailleurs:conventionne:359", libelle="Hors de portée")
    account = an_account(email="responsable@exemple.fr")
    place = a_rattachement(account, organisme)
    a_mandat(place, [tenu], by=account, peut_creer=peut_creer)
    signed_in(client, account, place)
    return Delegue(organisme, tenu, hors)


def test_a_responsable_creates_within_their_boxes_alone(client: FlaskClient) -> None:
    delegue = _responsable(client, peut_creer=True)
    page = client.get(CREER).text
    assert delegue.tenu.libelle in page
    assert "Hors de portée" not in page

    forged = client.post(CREER, data=_saisie(delegue.organisme, groupes=[str(delegue.hors.id)]))
    assert _created() is None
    done = client.post(CREER, data=_saisie(delegue.organisme, groupes=[str(delegue.tenu.id)]))

    assert (forged.status_code, done.status_code) == (200, 303)
    created = _created()
    assert created is not None
    assert client.get(done.location).status_code == 200


def test_a_responsable_whose_mandate_does_not_say_so_creates_nobody(client: FlaskClient) -> None:
    delegue = _responsable(client, peut_creer=False)

    assert CREER not in client.get(LISTE).text
    assert "Valider" not in client.get(CREER).text
    told = client.post(CREER, data=_saisie(delegue.organisme)).text

    assert "ne comprend pas la création" in told
    assert _created() is None


def test_many_boxes_are_put_away_and_searched_without_losing_what_was_typed(
    client: FlaskClient,
) -> None:
    organisme, groupe = _administrateur(client)
    contrat = db.session.get_one(ContratDeService, groupe.contrat_id)
    for rank in range(20):
        a_groupe(contrat, code=f"x:{rank}", libelle=f"Logements privés – Zone É{rank:02}")
    sous = a_sous_groupe(contrat, [groupe], libelle="Agence de Rennes")

    shown = client.get(CREER).text
    form = _saisie(organisme, groupes=[str(sous.id)], chercher="oui", recherche_groupes="zone e07")
    found = client.post(CREER, data={**form, "nom": ""}).text

    assert re.findall(r"<summary>(.*? – .*?) <", shown) == [
        "Offre Bailleurs – Logements privés",
        "Offre Bailleurs – Sous-groupes",
    ]
    # Those that answer, and those ticked already.
    labels = re.findall(r'for="groupes-\d+">(.*?)<', found)
    assert labels == ["Logements privés – Zone É07", "Agence de Rennes"]
    assert f'value="{sous.id}" checked' in found
    assert 'value="nadia@exemple.fr"' in found
    assert "à corriger" not in found
    assert _created() is None


def test_a_box_sent_twice_is_ticked_once(client: FlaskClient) -> None:
    organisme, groupe = _administrateur(client)

    answer = client.post(CREER, data=_saisie(organisme, groupes=[str(groupe.id)] * 2))

    assert answer.status_code == 303
    assert db.session.scalars(select(Habilitation.groupe_id)).all() == [groupe.id]


def test_a_group_of_another_organisme_cannot_be_ticked(client: FlaskClient) -> None:
    organisme, _groupe = _administrateur(client)
    foreign = a_groupe(a_contrat(an_organisme(raison_sociale="LES CHÊNES")))

    answer = client.post(CREER, data=_saisie(organisme, groupes=[str(foreign.id)]))

    assert answer.status_code == 200
    assert db.session.scalar(select(func.count()).select_from(Habilitation)) == 0


def test_a_form_shown_for_another_organisme_does_nothing_and_says_so(client: FlaskClient) -> None:
    """The tab that still shows the former organisme, after a switch in another."""
    former, _groupe = _administrateur(client)
    account = db.session.scalars(select(Account)).one()
    chenes = an_organisme(raison_sociale="LES CHENES")
    signed_in(client, account, a_rattachement(account, chenes, role=Role.ADMINISTRATEUR))

    answer = client.post(CREER, data=_saisie(former))

    assert answer.status_code == 409
    assert "LES CHENES" in answer.text
    assert _created() is None


def test_a_form_that_names_no_organisme_does_nothing(client: FlaskClient) -> None:
    organisme, _groupe = _administrateur(client)
    saisie = _saisie(organisme)
    del saisie["organisme"]

    assert client.post(CREER, data=saisie).status_code == 409
    assert _created() is None


def test_the_form_names_the_organisme_it_is_shown_for(client: FlaskClient) -> None:
    organisme, _groupe = _administrateur(client)

    assert f'name="organisme" value="{organisme.id}"' in client.get(CREER).text


def test_the_date_of_opening_is_today_by_default(client: FlaskClient) -> None:
    _administrateur(client)

    assert f'value="{TODAY.isoformat()}"' in client.get(CREER).text


@pytest.mark.parametrize("role", [Role.UTILISATEUR, Role.RESPONSABLE_HABILITATION])
@pytest.mark.parametrize("path", [LISTE, CREER, "/habilitations/"])
def test_only_an_administrateur_enters_the_console(
    client: FlaskClient, role: Role, path: str
) -> None:
    account = an_account()
    signed_in(client, account, a_rattachement(account, an_organisme(), role=role))

    answer = client.get(path)

    assert answer.status_code == 403
    assert "réservée à l’administrateur" in answer.text


def test_an_administrateur_whose_place_is_closed_no_longer_enters(client: FlaskClient) -> None:
    account = an_account()
    hier = TODAY - timedelta(days=2)
    rattachement = a_rattachement(
        account, an_organisme(), role=Role.ADMINISTRATEUR, ouverture=hier, cloture=hier
    )
    signed_in(client, account, rattachement)

    assert client.get(LISTE).status_code == 403


def test_a_visitor_is_led_to_the_login_page(client: FlaskClient) -> None:
    answer = client.get(LISTE)

    assert answer.status_code == 303
    assert answer.location == "/connexion?next=%2Fhabilitations%2Futilisateurs"


def test_the_convention_is_shown_as_in_the_guide(app: Flask, client: FlaskClient) -> None:
    _administrateur(client)

    page = " ".join(client.get(LISTE).text.split())

    assert "Convention sélectionnée : <strong>LES OLIVIERS</strong>" in page
    assert "(état : Validée)" in page
