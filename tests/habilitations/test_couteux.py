"""Who asks for many costly files is told to wait, alone; what is only read is not counted."""

import pytest
from factories import a_rattachement, an_account, an_organisme, signed_in
from flask.testing import FlaskClient

from idp.habilitations.models import Role
from idp.habilitations.views.partenaire.couteux import QUOTA

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
