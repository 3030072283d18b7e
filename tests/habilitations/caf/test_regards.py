"""Every page of the agents that is about a person leaves its trace: « every look at a file is journalled ».

All their pages are tried: one added later that names somebody is a list, or is journalled.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from dossiers import DE_PERSONNE, IDENTIFIANTS, Dossier, un_dossier
from factories import agent_signed_in, an_application
from flask import Flask
from flask.testing import FlaskClient
from site_routes import routes
from sqlalchemy import select, update
from werkzeug.routing import Rule

from idp.accounts.factors.models import FactorRemoval
from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.assistance.models import VuePartenaire
from idp.habilitations.models import (
    EtatSuccession,
    RoleAgent,
    Succession,
    Suspension,
)
from idp.habilitations.supervision.models import Remplacement

NOW = datetime.now(UTC)
ELLE = "Ysoline"
"""A name that nobody else bears."""
LISTES = {
    "/caf/assistance",
    "/caf/campagnes/<uuid:campagne_id>/destinataires",
    "/caf/campagnes/<uuid:campagne_id>/export",
    "/caf/organismes/<uuid:organisme_id>/utilisateurs",
    "/caf/organismes/<uuid:organisme_id>/journal",
    "/caf/organismes/<uuid:organisme_id>/journal/export",
    "/caf/organismes/<uuid:organisme_id>/supervision",
    "/caf/supervision",
    "/caf/supervision/suspensions",
    "/caf/vue/<uuid:vue_id>/utilisateurs",
    "/caf/vue/<uuid:vue_id>/journal",
    "/caf/vue/<uuid:vue_id>/groupes/<uuid:groupe_id>",
}
"""Pages of an organisme, or of a caisse, on which somebody is one of many; each file is one page further."""
D_UNE_PERSONNE = {
    "rattachement_id",
    "cible_id",
    "suspension_id",
    "remplacement_id",
    "succession_id",
    "destinataire_id",
}


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    """Everything that waits in it is about her."""
    fait = un_dossier(delegation_retiree_at=NOW)
    plus_tard = {"expire_at": NOW + timedelta(days=5), "etat": EtatSuccession.EN_ATTENTE}
    db.session.execute(update(Remplacement).values(**plus_tard))
    encore = {"expires_at": NOW + timedelta(days=5), "etat": EtatSuccession.EN_ATTENTE}
    db.session.execute(update(Succession).values(**encore))
    db.session.execute(
        update(Suspension).values(cible="utilisateur", cible_id=fait.user.id, levee_at=None)
    )
    db.session.execute(update(FactorRemoval).values(asked_at=NOW - timedelta(days=60)))
    account = db.session.get_one(Account, fait.user.account_id)
    account.given_name = ELLE
    an_application(account)
    db.session.flush()
    return fait


def pages_of(app: Flask, dossier: Dossier) -> Iterator[tuple[Rule, str]]:
    """Each page of the agents, with what is hers in its address."""
    hers = {
        "cible": lambda _dossier: "utilisateur",
        "cible_id": lambda dossier: dossier.user.id,
        "agent_id": lambda dossier: dossier.user.account_id,
    }
    for rule in routes(app):
        path = rule.rule
        if not path.startswith("/caf/") or "GET" not in (rule.methods or set()):
            continue
        for name in rule.arguments:
            named = hers.get(name) or IDENTIFIANTS.get(name)
            value = named(dossier) if named else DE_PERSONNE[name]
            path = re.sub(rf"<(?:[^<>:]+:)?{name}>", quote(str(value)), path)
        yield rule, path


def looks(dossier: Dossier) -> int:
    rows = db.session.scalars(
        select(JournalEntry).where(
            JournalEntry.event == "dossier_consulte",
            JournalEntry.account_id == dossier.user.account_id,
            JournalEntry.organisme_id == dossier.organisme.id,
        )
    )
    return len([row for row in rows if row.data["rattachement_id"] == str(dossier.user.id)])


def test_every_page_about_a_person_is_a_look_at_their_file(
    app: Flask, client: FlaskClient, dossier: Dossier
) -> None:
    moi = agent_signed_in(client, RoleAgent.NATIONAL)
    db.session.execute(update(VuePartenaire).values(agent_id=moi.id))
    untold: list[str] = []
    for rule, path in pages_of(app, dossier):
        before = looks(dossier)
        answer = client.get(path)
        hers = bool(rule.arguments & D_UNE_PERSONNE)
        assert answer.status_code == 200 or not hers, path
        named = answer.status_code == 200 and ELLE.encode() in answer.data
        if (hers or (named and rule.rule not in LISTES)) and looks(dossier) != before + 1:
            untold.append(rule.rule)

    assert untold == []


def test_a_confirmation_shown_again_is_another_look(client: FlaskClient, dossier: Dossier) -> None:
    """And one that is done tells what was done, not that it was looked at."""
    agent_signed_in(client, RoleAgent.SUPERVISEUR, ["359"])
    ici = f"/caf/organismes/{dossier.organisme.id}"
    imposer = f"{ici}/supervision/mot-de-passe/{dossier.user.id}"

    shown = client.post(imposer, data={"motif": ""})
    assert (shown.status_code, looks(dossier)) == (200, 1)

    done = client.post(imposer, data={"motif": "Mot de passe confié à un collègue"})
    assert (done.status_code, looks(dossier)) == (303, 1)
