"""How to reach a caisse: said by its superviseurs, printed on its letters, told where « votre Caf » is."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from dossiers import AUTRE_CAISSE, CAISSE
from factories import (
    a_caisse,
    a_rattachement,
    agent_signed_in,
    an_account,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from lots import a_letter, prepared, somebody_waits, taken, text_of, the_agent
from pypdf import PdfReader
from sent_mails import mails_to, waiting_mails
from sqlalchemy import select

from idp.audit import JournalEntry
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations import coordonnees
from idp.habilitations.coordonnees import Coordonnees
from idp.habilitations.courriers.lettre import PARFOIS_VISIBLE
from idp.habilitations.models import (
    DES_IDENTIFIANTS,
    Caisse,
    Organisme,
    Role,
    RoleAgent,
    TypeCourrier,
)
from idp.habilitations.organismes.table_des_caisses import enregistrer_caisses
from idp.habilitations.supervision import delegation

NOW = datetime.now(UTC)
MM = 72 / 25.4
PAGE = "/caf/coordonnees"
ADRESSE = (
    "Service des partenaires",
    "Tour des Exemples",
    "1 rue Imaginaire",
    "BP 00000",
    "ZI de la Fiction, bâtiment W",
    "35000 EXEMPLEVILLE CEDEX 9",
)
TELEPHONE, EMAIL = "02 00 00 00 00", "partenaires@caf359.example"


def known(code: str = CAISSE) -> Coordonnees:
    """A caisse of which everything is said."""
    caisse = a_caisse(code)
    caisse.adresse_postale, caisse.telephone = list(ADRESSE), TELEPHONE
    caisse.email_support = EMAIL
    db.session.flush()
    return coordonnees.de(caisse)


@pytest.mark.parametrize("kind", list(TypeCourrier))
def test_each_letter_says_where_it_comes_back_to_and_how_to_reach_its_caisse(
    app: Flask, kind: TypeCourrier
) -> None:
    known()
    account = somebody_waits()
    for other in set(TypeCourrier) - set(DES_IDENTIFIANTS):
        a_letter(account, other)
    agent = the_agent()

    pdf = taken(agent, prepared(agent)[kind])

    text = text_of(pdf)
    for said in (*ADRESSE, TELEPHONE, EMAIL):
        assert said in text.replace("\u00a0", " ")
    (page,) = PdfReader(BytesIO(pdf)).pages
    inside: list[str] = []

    def visit(text: str, _cm: object, tm: list[float], _font: object, size: float) -> None:
        x, y = tm[4] / MM, 297 - tm[5] / MM
        if text.strip() and 44 < y < 90 and x + 2 > PARFOIS_VISIBLE.left:
            inside.append(text.strip())

    page.extract_text(visitor_text=visit)
    assert inside == ["LES OLIVIERS", "2 rue de l’Été", "35000 RENNES"]


def test_the_head_of_a_letter_ends_left_of_the_window(app: Flask) -> None:
    known()
    somebody_waits()
    agent = the_agent()
    (page,) = PdfReader(BytesIO(taken(agent, prepared(agent)[TypeCourrier.IDENTIFIANT]))).pages
    seen: list[tuple[str, float]] = []

    def visit(text: str, _cm: object, tm: list[float], _font: object, size: float) -> None:
        if text.strip() and tm[4] / MM < 30 and 297 - tm[5] / MM < 99:
            seen.append((text.strip(), tm[4] / MM + len(text.strip()) * size / MM * 0.55))

    page.extract_text(visitor_text=visit)
    assert len(seen) > len(ADRESSE)
    assert all(right < PARFOIS_VISIBLE.left for _text, right in seen)


def test_the_notice_of_a_replacement_says_where_to_find_how_to_reach_the_caf(app: Flask) -> None:
    known()
    a_letter(somebody_waits(), TypeCourrier.REMPLACEMENT)
    agent = the_agent()
    (page,) = PdfReader(BytesIO(taken(agent, prepared(agent)[TypeCourrier.REMPLACEMENT]))).pages
    starts: dict[str, float] = {}

    def visit(text: str, _cm: object, tm: list[float], _font: object, _size: float) -> None:
        starts[text.strip()[:11]] = tm[4] / MM

    page.extract_text(visitor_text=visit)
    assert starts["Vous n’avez"] == pytest.approx(20, abs=0.1)
    assert "en tête de ce courrier" in " ".join(page.extract_text().split())


def test_nothing_is_told_of_a_caisse_of_which_nothing_was_said(app: Flask) -> None:
    somebody_waits()
    agent = the_agent()

    text = text_of(taken(agent, prepared(agent)[TypeCourrier.IDENTIFIANT]))

    assert "Téléphone" not in text
    assert "Courriel" not in text
    assert coordonnees.de_l_organisme(db.session.scalars(select(Organisme.id)).one()).phrase == ""


def test_a_mail_that_says_to_reach_the_caf_says_how(app: Flask) -> None:
    known()
    organisme = an_organisme()
    chef = an_account(email="chef@exemple.fr")
    a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)

    delegation.retirer(the_agent(), organisme.id, motif="Contrôle", now=NOW)

    (mail,) = mails_to("chef@exemple.fr")
    assert (
        f"Caf 359 – Téléphone : {TELEPHONE} ; Courriel : {EMAIL} ; Adresse : {ADRESSE[0]}"
        in mail["body"].replace("\u00a0", " ")
    )


def test_a_mail_of_a_caisse_of_which_nothing_was_said_adds_nothing(app: Flask) -> None:
    organisme = an_organisme()
    a_rattachement(an_account(email="chef@exemple.fr"), organisme, role=Role.ADMINISTRATEUR)

    delegation.retirer(the_agent(), organisme.id, motif="Contrôle", now=NOW)

    (mail,) = waiting_mails()
    assert "Caf 359" not in mail["body"].replace("\u00a0", " ")


def test_the_help_page_says_how_to_who_is_signed_in(app: Flask, client: FlaskClient) -> None:
    known()
    assert TELEPHONE not in client.get("/aide/").text
    person = an_account()
    signed_in(client, person, a_rattachement(person, an_organisme()))

    assert TELEPHONE in client.get("/aide/").text


def test_a_superviseur_says_them_for_their_caisse_and_the_journal_keeps_what_was(
    app: Flask,
) -> None:
    before = known()
    agent = the_agent()
    voulues = Coordonnees(CAISSE, before.libelle, ADRESSE[-2:], "3230", "")

    assert coordonnees.changer(agent, voulues, "Déménagement", NOW)
    assert not coordonnees.changer(agent, voulues, "Déménagement", NOW)

    assert coordonnees.lire(agent, CAISSE) == voulues
    (told,) = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "coordonnees_modifiees")
    )
    assert told.actor_id == agent.account_id
    assert told.data["avant"] == list(before.expediteur)
    assert told.data["apres"] == ["Caf 359", *ADRESSE[-2:], "Téléphone : 3230"]


def test_nobody_else_changes_them(app: Flask) -> None:
    before = known()
    known(AUTRE_CAISSE)
    changed = Coordonnees(CAISSE, before.libelle, (), "3230", "")

    with pytest.raises(Refusal):
        coordonnees.changer(the_agent(RoleAgent.GESTIONNAIRE), changed, "Parce que", NOW)
    for act in (
        lambda: coordonnees.changer(the_agent(caisses=(AUTRE_CAISSE,)), changed, "Parce que", NOW),
        lambda: coordonnees.lire(the_agent(caisses=(AUTRE_CAISSE,)), CAISSE),
        lambda: coordonnees.lire(the_agent(RoleAgent.NATIONAL, ()), "000"),
    ):
        with pytest.raises(NotHere):
            act()
    seen = coordonnees.lister(the_agent(caisses=(AUTRE_CAISSE,)))
    assert [one.code for one in seen] == [AUTRE_CAISSE]
    assert coordonnees.lire(the_agent(RoleAgent.NATIONAL, ()), CAISSE) == before


def test_the_shipped_list_of_caisses_does_not_erase_them(app: Flask) -> None:
    before = known()

    enregistrer_caisses()
    db.session.expire_all()

    after = coordonnees.de(db.session.get_one(Caisse, CAISSE))
    assert (after.adresse, after.telephone, after.email) == (
        before.adresse,
        before.telephone,
        before.email,
    )


def test_the_page_refuses_in_words_and_keeps_what_is_right(app: Flask, client: FlaskClient) -> None:
    a_caisse(CAISSE)
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    typed = {"adresse": "1 rue\nnulle part", "telephone": "appelez", "email": "x", "motif": ""}

    page = client.post(f"{PAGE}/{CAISSE}", data=typed).text
    for said in (
        "code postal",
        "numéro de téléphone",
        "adresse mail n’est pas valable",
        "Dites pourquoi",
    ):
        assert said in page
    right = {
        "adresse": "\r\n".join(ADRESSE),
        "telephone": TELEPHONE,
        "email": EMAIL,
        "motif": "Premières coordonnées",
    }
    assert client.post(f"{PAGE}/{CAISSE}", data=right).status_code == 303

    page = client.get(PAGE).text
    assert all(said in page for said in (*ADRESSE, TELEPHONE, EMAIL))
    assert PAGE in client.get("/caf/courriers").text
