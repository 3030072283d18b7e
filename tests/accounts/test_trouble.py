"""« Je n'arrive pas à me connecter »: every answer leads to a door that exists."""

import pytest
from flask.testing import FlaskClient

from idp.accounts import trouble
from idp.accounts.trouble import DOORS, Trouble

PAGE = "/je-n-arrive-pas-a-me-connecter"


@pytest.mark.parametrize("answer", Trouble)
def test_every_answer_leads_to_a_page_that_exists(client: FlaskClient, answer: Trouble) -> None:
    door = DOORS[answer]

    page = client.get(PAGE, query_string={"j-ai": answer}).text

    for text in door.texts:
        assert text in page
    if door.path:
        assert f'href="{door.path}"' in page
        assert client.get(door.path).status_code == 200


def test_only_who_has_nothing_is_sent_to_their_caf_alone() -> None:
    assert [answer for answer, door in DOORS.items() if not door.path] == [Trouble.RIEN]
    assert list(DOORS) == list(Trouble)


@pytest.mark.parametrize("answer", ["", "autre", "<script>", "é" * 3000])
def test_any_other_answer_is_asked_again(client: FlaskClient, answer: str) -> None:
    assert trouble.door_of(answer) is None
    page = client.get(PAGE, query_string={"j-ai": answer})

    assert page.status_code == 200
    assert "Choisissez une réponse" in page.text


@pytest.mark.parametrize("page", ["/connexion", "/premiere-connexion"])
def test_page_is_beside_the_two_links_of_the_guide(client: FlaskClient, page: str) -> None:
    assert f'href="{PAGE}"' in client.get(page).text
