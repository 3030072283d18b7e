"""31/12/9999, which spreadsheets of personnel hold for « never », is a day like any other."""

from datetime import date

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask.testing import FlaskClient

from idp.habilitations.models import Role

JAMAIS = date(9999, 12, 31)


@pytest.mark.parametrize("page", ["", "/prolonger", "/prolonger?groupe={groupe}"])
def test_pages_of_who_never_ends_are_shown(client: FlaskClient, page: str) -> None:
    organisme = an_organisme()
    groupe = a_groupe(a_contrat(organisme))
    chef = an_account(email="chef@exemple.fr")
    signed_in(client, chef, a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR))
    place = a_rattachement(an_account(email="u@exemple.fr"), organisme, cloture=JAMAIS)
    an_habilitation(place, groupe, fin=JAMAIS)

    answer = client.get(f"/habilitations/utilisateurs/{place.id}{page.format(groupe=groupe.id)}")

    assert answer.status_code == 200


def test_a_box_is_given_until_never(client: FlaskClient) -> None:
    organisme = an_organisme()
    groupe = a_groupe(a_contrat(organisme))
    chef = an_account(email="chef@exemple.fr")
    signed_in(client, chef, a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR))
    place = a_rattachement(an_account(email="u@exemple.fr"), organisme)

    answer = client.post(
        f"/habilitations/utilisateurs/{place.id}",
        data={
            "organisme": str(organisme.id),
            "ouverture": str(place.ouverture),
            "mobilite": "sedentaire",
            "groupes": str(groupe.id),
            f"fin-{groupe.id}": str(JAMAIS),
        },
    )

    assert answer.status_code == 200
    assert "31/12/9999" in answer.text


@pytest.mark.parametrize("jours", ["du=0001-01-01", "au=9999-12-31"])
def test_the_journal_is_read_from_ever_and_until_never(client: FlaskClient, jours: str) -> None:
    organisme = an_organisme()
    chef = an_account(email="chef@exemple.fr")
    signed_in(client, chef, a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR))

    assert client.get(f"/habilitations/journal?{jours}").status_code == 200
