"""The public door and the pages of help and of law."""

import re

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/aide/",
        "/aide/accessibilite",
        "/aide/cookies",
        "/aide/donnees-personnelles",
        "/aide/mentions-legales",
    ],
)
def test_page_is_open_to_everybody(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/aide/nulle-part", "/aide/..%2Fbase", "/aide/index"])
def test_no_other_template_is_reached(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_every_link_of_the_public_pages_leads_somewhere(client: FlaskClient) -> None:
    known = client.application.url_map.bind("localhost")
    pages = ["/", "/aide/", "/connexion", "/premiere-connexion", "/mot-de-passe-oublie"]
    links = {link for page in pages for link in _links(client.get(page).text)}

    assert "/identifiant-perdu" in links
    assert [link for link in sorted(links) if not known.test(link, "GET")] == []


def _links(page: str) -> set[str]:
    return {"/" + path for path in re.findall(r'href="/([^"?#]*)', page)}
