"""An expired session loses no typed text: the form comes back filled, to its person alone, once."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from conftest import another_app
from factories import PASSWORD, a_rattachement, an_account, an_organisme, signed_in
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf import FlaskForm
from forms_shown import Form, forms_of
from jumeaux import IDENTIFIANTS, Jumeau, un_jumeau
from site_routes import routes
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse
from wtforms import PasswordField

from idp import clock
from idp.accounts import drafts
from idp.accounts.models import Account, BrowserSession, Draft
from idp.accounts.views.kept_text import SENTENCE
from idp.config import Settings
from idp.db import db
from idp.extensions import ground
from idp.forms import KeptForm
from idp.habilitations.models import Role

CREER = "/habilitations/utilisateurs/creer"
CONSOLE = Path(__file__).parents[2] / "templates" / "habilitations"
NOTHING_TO_KEEP = {"identifiant_perdu.html", "importer_utilisateurs.html"}
"""Open to all; a file, which browsers let nobody fill in."""
TYPED = {"nom": "Le Gall", "prenom": "Nadia", "email": "nadia@exemple.fr", "telephone": "06 12"}
PLACEHOLDERS = {"text": "Zoé Durand", "textarea": "Parce qu’elle part", "date": "2099-03-04"}


class Desk:
    """An administrateur whose session ends while they type."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.organisme = an_organisme()
        self.chef = an_account(email="chef@exemple.fr")
        self.place = a_rattachement(self.chef, self.organisme, role=Role.ADMINISTRATEUR)
        self.sid = signed_in(client, self.chef, self.place)

    def end(self, **values: Any) -> None:
        db.session.execute(
            update(BrowserSession).where(BrowserSession.sid == self.sid).values(**values)
        )

    def types(self, **typed: str) -> TestResponse:
        return self.client.post(
            CREER, data={"organisme": str(self.organisme.id), **TYPED, "csrf_token": "x", **typed}
        )

    def signs_in(self, answer: TestResponse, account: Account | None = None) -> TestResponse:
        """By the login page to which they were led, and on from there."""
        identifiant = (account or self.chef).identifiant
        data = {"identifiant": identifiant, "mot_de_passe": PASSWORD}
        arrived = self.client.post(answer.location, data=data)
        return self.client.get(arrived.location, follow_redirects=True)


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return Desk(client)


def kept() -> int:
    return db.session.scalar(select(func.count()).select_from(Draft)) or 0


def shows(page: TestResponse, typed: dict[str, str] = TYPED) -> bool:
    return all(f'value="{value}"' in unescape(page.text) for value in typed.values())


@pytest.mark.parametrize(
    "how",
    [
        {"idle_until": clock.now() - timedelta(minutes=1)},
        {"expires_at": clock.now() - timedelta(minutes=1)},
        {"ended_at": clock.now()},
    ],
    ids=["idle", "absolute", "ended"],
)
def test_form_comes_back_filled_after_signing_in_again(desk: Desk, how: dict[str, Any]) -> None:
    desk.end(**how)

    page = desk.signs_in(desk.types())

    assert SENTENCE in page.text
    assert shows(page)


def test_signed_out_in_another_tab_loses_nothing(desk: Desk) -> None:
    desk.client.post("/deconnexion")
    assert desk.client.get_cookie("mcp_session") is None

    page = desk.signs_in(desk.types())

    assert SENTENCE in page.text
    assert shows(page)


def test_boxes_and_choices_come_back_as_they_were(app: Flask, client: FlaskClient) -> None:
    un = un_jumeau("OLIVIERS")
    sid = signed_in(client, db.session.get_one(Account, un.chef.account_id), un.chef)
    page = f"/habilitations/utilisateurs/{un.user.id}"
    form = next(form for form in forms_of(page, client.get(page).text) if form.action == page)
    boxes = [value for name, kind, value in form.shown if (name, kind) == ("groupes", "checkbox")]
    data = {**dict(form.fields), "mobilite": "itinerant", "groupes": boxes[-1:], "confirme": ""}
    db.session.execute(
        update(BrowserSession).where(BrowserSession.sid == sid).values(ended_at=clock.now())
    )

    away = client.post(page, data=data)
    signed_in(client, db.session.get_one(Account, un.chef.account_id), un.chef)
    back = client.get(_next(away)).text

    assert boxes
    ticked = re.findall(r'name="groupes" value="([^"]+)" checked', back)
    assert ticked == boxes[-1:]
    assert re.search(r'value="itinerant" checked', back)


def _next(answer: TestResponse) -> str:
    return str(answer.request.args.get("next") or _query(answer.location)["next"])


def _query(location: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(location).query))


def console_forms(app: Flask, client: FlaskClient, un: Jumeau) -> Iterator[Form]:
    """Every form of the console that has something to type or to tick, and a page of its own."""
    signed_in(client, db.session.get_one(Account, un.chef.account_id), un.chef)
    for rule in routes(app):
        if rule.rule.startswith("/habilitations/") and {"GET", "POST"} <= (rule.methods or set()):
            address = rule.rule
            for name in rule.arguments:
                address = address.replace(f"<uuid:{name}>", str(IDENTIFIANTS[name](un)[0]))
            for form in forms_of(address, client.get(address).text):
                if form.method == "POST" and form.action == address and _typed(form):
                    yield form


def _typed(form: Form) -> dict[str, str]:
    return {name: PLACEHOLDERS[kind] for name, kind, _value in form.shown if kind in PLACEHOLDERS}


def test_no_form_of_the_console_escapes(app: Flask, client: FlaskClient) -> None:
    """What is typed in each, without session, is there again after signing in."""
    un = un_jumeau("OLIVIERS")
    chef = db.session.get_one(Account, un.chef.account_id)
    forms = list(console_forms(app, client, un))
    assert {CREER, f"/habilitations/utilisateurs/{un.user.id}"} <= {form.action for form in forms}

    lost = []
    for form in forms:
        sid = signed_in(client, chef, un.chef)
        db.session.execute(
            update(BrowserSession).where(BrowserSession.sid == sid).values(ended_at=clock.now())
        )
        data = {**dict(form.fields), **_typed(form)}
        away = client.post(form.action, data=data)
        signed_in(client, chef, un.chef)
        back = unescape(client.get(_next(away)).text)
        lost += [
            f"{form.action}: {name}"
            for name, value in _typed(form).items()
            if f'value="{value}"' not in back
            and f">{value}</textarea>" not in back.replace("\n", "").replace("\r", "")
        ]

    assert lost == [], (
        "the form of that page is a KeptForm, and fills its defaults unless `is_filled`"
    )


def every(kind: type[FlaskForm]) -> set[type[FlaskForm]]:
    return {kind}.union(*map(every, kind.__subclasses__()))


def test_forms_of_the_console_keep_and_those_with_passwords_do_not(app: Flask) -> None:
    ours = {form for form in every(FlaskForm) if form.__module__.startswith("idp.")}
    console = {form for form in ours if ".habilitations.views.partenaire" in form.__module__}

    assert {form.__name__ for form in console if not issubclass(form, KeptForm)} == set()
    for form in every(KeptForm) & ours:
        fields = [getattr(form, name) for name in dir(form) if not name.startswith("_")]
        secrets = [one for one in fields if getattr(one, "field_class", None) is PasswordField]
        assert not secrets, form


def test_nothing_secret_is_kept(desk: Desk) -> None:
    desk.end(ended_at=clock.now())

    away = desk.types(mot_de_passe="Très secret 42", code_recu="123 456")

    token = _query(_query(away.location)["next"])["brouillon"]
    row = db.session.scalars(select(Draft)).one()
    assert "Le Gall" not in row.sealed.decode()
    with desk.client.application.app_context():
        fields = drafts.read(token, desk.chef.id, CREER, clock.now(), ground().secret_box)
    assert dict(fields or ()).keys() == {"organisme", *TYPED}


def test_nothing_is_kept_for_nobody(desk: Desk) -> None:
    desk.client.delete_cookie("mcp_session")
    assert desk.types().location.endswith("next=%2Fhabilitations%2Futilisateurs%2Fcreer")
    desk.client.set_cookie("mcp_session", "of nobody")
    desk.types()

    assert kept() == 0


def test_another_person_sees_nothing_of_it(desk: Desk) -> None:
    desk.end(ended_at=clock.now())
    away = desk.types()
    other = an_account(email="autre@exemple.fr")
    a_rattachement(other, desk.organisme, role=Role.ADMINISTRATEUR)

    page = desk.signs_in(away, other)

    assert page.request.path == CREER
    assert "Le Gall" not in page.text
    assert SENTENCE not in page.text
    assert kept() == 1


def test_it_is_shown_on_its_page_alone(desk: Desk) -> None:
    desk.end(ended_at=clock.now())
    token = _query(_query(desk.types().location)["next"])["brouillon"]
    signed_in(desk.client, desk.chef, desk.place)

    elsewhere = desk.client.get(f"/habilitations/utilisateurs?brouillon={token}")

    assert "Le Gall" not in elsewhere.text
    assert kept() == 1


def test_it_is_given_back_once(desk: Desk) -> None:
    desk.end(ended_at=clock.now())
    path = _query(desk.types().location)["next"]
    signed_in(desk.client, desk.chef, desk.place)

    assert shows(desk.client.get(path))
    assert not shows(desk.client.get(path))
    assert kept() == 0


def test_it_is_not_filled_for_another_organisme(desk: Desk) -> None:
    desk.end(ended_at=clock.now())
    path = _query(desk.types().location)["next"]
    other = a_rattachement(
        desk.chef, an_organisme(raison_sociale="AUTRE"), role=Role.ADMINISTRATEUR
    )
    signed_in(desk.client, desk.chef, other)

    page = desk.client.get(path).text

    assert "pour un autre organisme" in page
    assert "Le Gall" not in page
    signed_in(desk.client, desk.chef, desk.place)
    assert shows(desk.client.get(path))


def test_it_is_forgotten_after_an_hour(desk: Desk) -> None:
    desk.end(ended_at=clock.now())
    path = _query(desk.types().location)["next"]
    later = timedelta(minutes=61)
    signed_in(desk.client, desk.chef, desk.place)
    with clock.shifted(later):
        desk.end(idle_until=clock.now() + later)
        signed_in(desk.client, desk.chef, desk.place)
        db.session.execute(update(BrowserSession).values(idle_until=clock.now() + later))
        assert not shows(desk.client.get(path))
        assert drafts.forget(clock.now()) == 1


def test_what_is_kept_is_bounded(desk: Desk) -> None:
    desk.end(ended_at=clock.now())
    assert "brouillon" not in desk.types(nom="x" * (drafts.MAX_CHARS + 1)).location

    for _time in range(drafts.AT_ONCE + 3):
        desk.types()

    assert kept() == drafts.AT_ONCE


def test_an_old_cookie_names_nobody_any_more(desk: Desk) -> None:
    desk.end(ended_at=clock.now(), last_seen_at=clock.now() - timedelta(days=2))

    desk.types()

    assert kept() == 0


def test_a_form_sent_by_another_site_keeps_nothing(desk: Desk) -> None:
    """Browsers do not send our cookies then; said twice."""
    desk.end(ended_at=clock.now())
    for headers in ({"Origin": "https://ailleurs.example"}, {"Sec-Fetch-Site": "cross-site"}):
        desk.client.post(CREER, data=TYPED, headers=headers)

    assert kept() == 0


def test_token_of_a_former_sign_in_gives_the_text_back(app: Flask, settings: Settings) -> None:
    """« Me reconnecter dans un autre onglet », then « Valider » in the first one."""
    desk_organisme = an_organisme()
    chef = an_account(email="chef@exemple.fr")
    place = a_rattachement(chef, desk_organisme, role=Role.ADMINISTRATEUR)
    db.session.commit()
    with another_app(settings) as protected:
        client = protected.test_client()
        with protected.app_context():
            signed_in(client, chef, place)
            db.session.commit()
        data = {"organisme": str(desk_organisme.id), **TYPED, "csrf_token": "of a former sign-in"}

        answer = client.post(CREER, data=data)
        page = client.get(answer.location)
        public = client.post("/identifiant-perdu", data={"numero": "x", "csrf_token": "x"})

    assert answer.status_code == 303
    assert shows(page)
    assert "Ce formulaire a expiré" in public.text


def test_coming_back_from_what_would_change_shows_the_form_as_it_was(
    app: Flask, client: FlaskClient
) -> None:
    un = un_jumeau("OLIVIERS")
    signed_in(client, db.session.get_one(Account, un.chef.account_id), un.chef)
    page = f"/habilitations/utilisateurs/{un.user.id}"
    form = next(form for form in forms_of(page, client.get(page).text) if form.action == page)
    typed = {**dict(form.filled({})), "cloture": "2099-03-04", "mobilite": "itinerant"}
    told = client.post(page, data=typed)
    (again,) = (form for form in forms_of(page, told.text) if form.action == page)
    assert "Ce qui va changer" in told.text

    back = client.post(page, data={**dict(again.fields), "revenir": "oui"})

    assert back.status_code == 200
    assert "Modifier ses accès" in back.text
    assert 'value="2099-03-04"' in back.text
    assert re.search(r'value="itinerant" checked', back.text)


def test_every_form_that_is_typed_in_asks_for_the_back_button() -> None:
    """``data-saisie`` (``static/saisie.js``); a password is never typed in such a form."""
    posted = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.DOTALL)
    forms = [
        (path.name, form)
        for path in sorted(CONSOLE.glob("*.html"))
        for form in posted.findall(path.read_text())
        if re.search(r"{{ (champ|cases|radios)\(", form) and path.name not in NOTHING_TO_KEEP
    ]

    assert len(forms) >= 4
    assert [name for name, form in forms if "data-saisie" not in form] == []
    assert [name for name, form in forms if "mot_de_passe(" in form] == []
