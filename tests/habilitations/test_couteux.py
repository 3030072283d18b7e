"""Who asks for many costly files is told to wait, alone; what is only read is not counted."""

from uuid import UUID

import pytest
from dossiers import un_dossier
from factories import (
    a_rattachement,
    agent_signed_in,
    an_account,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from site_routes import routes

from idp.habilitations.models import Role
from idp.habilitations.views.couteux import QUOTA

EXPORT = "/habilitations/utilisateurs/export?format=csv"


@pytest.fixture
def console(client: FlaskClient) -> FlaskClient:
    organisme = an_organisme()
    chef = an_account(email="chef@exemple.fr")
    place = a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
    signed_in(client, chef, place)
    return client


def test_exports_past_the_quota_wait(console: FlaskClient) -> None:
    for _rank in range(QUOTA.limits[0].count):
        assert console.get(EXPORT).status_code == 200

    refused = console.get(EXPORT)

    assert refused.status_code == 429
    assert "Recommencez dans" in refused.text
    assert console.get("/habilitations/utilisateurs").status_code == 200
    assert console.get("/habilitations/utilisateurs/import").status_code == 200
    assert console.post("/habilitations/journal/export").status_code in (409, 429)


def files_of_agents(lot: UUID, import_id: UUID, campagne: UUID, organisme: UUID) -> dict[str, str]:
    """Each file that an agent takes away, by how it is asked for."""
    return {
        "/caf/chiffres/export?format=csv": "GET",
        f"/caf/courriers/lots/{lot}/index": "GET",
        f"/caf/courriers/lots/{lot}/lettres": "POST",
        f"/caf/imports/{import_id}/rapport": "GET",
        f"/caf/imports/{import_id}/refus": "GET",
        f"/caf/campagnes/{campagne}/export": "GET",
        "/caf/agents/export": "GET",
        "/caf/organismes/export?q=sci": "GET",
        f"/caf/organismes/{organisme}/journal/export": "GET",
    }


def test_files_of_agents_past_the_quota_wait_too(client: FlaskClient) -> None:
    dossier = un_dossier()
    lot = dossier.courrier.lot_id
    assert lot
    agent_signed_in(client)
    for _rank in range(QUOTA.limits[0].count):
        assert client.get("/caf/chiffres/export?format=csv").status_code == 200

    files = files_of_agents(lot, dossier.import_id, dossier.campagne.id, dossier.organisme.id)
    refused = {path: client.open(path, method=method).status_code for path, method in files.items()}

    assert set(refused.values()) == {429}, refused
    assert client.get("/caf/chiffres").status_code == 200


def test_every_file_of_the_agents_is_counted(app: Flask) -> None:
    """One added later is not forgotten."""
    ends = ("/export", "/index", "/lettres", "/rapport", "/refus")
    known = files_of_agents(*[UUID(int=0)] * 4)
    pages = {"/caf/campagnes/<uuid:campagne_id>/refus", "/caf/agents/refus"}
    rules = {rule.rule for rule in routes(app) if rule.rule.startswith("/caf/")} - pages

    assert len([rule for rule in rules if rule.endswith(ends)]) == len(known)
