"""Guards over the whole site: what must hold of every route, every response and every template."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from conftest import another_app
from flask import Flask
from flask.testing import FlaskClient
from site_routes import KNOWN, NOBODY_SAID, described, routes
from werkzeug.routing import Rule

from idp.config import Settings
from idp.db import db

TREE = Path(__file__).parent.parent
TEMPLATES = sorted((TREE / "templates").rglob("*.*"))
PAGES = [path for path in TEMPLATES if path.suffix == ".html"]

# Posted by programs or from other sites, which hold no anti-forgery token: each authenticates in its own way.
WITHOUT_ANTI_FORGERY = {
    "/oidc/authorize",
    "/oidc/introspect",
    "/oidc/logout",
    "/oidc/register",
    "/oidc/revoke",
    "/oidc/token",
    "/oidc/userinfo",
    "/scim/v2/.search",
    "/scim/v2/Bulk",
    "/scim/v2/Groups",
    "/scim/v2/Groups/.search",
    "/scim/v2/Me",
    "/scim/v2/Users",
    "/scim/v2/Users/.search",
}

SECURITY_HEADERS = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
    "Cache-Control",
}


def an_address(rule: Rule) -> str:
    """The address of a route, where what varies is a word, or an identifier of nobody."""
    named = re.sub(r"<uuid:[^>]+>", str(UUID(int=0)), rule.rule)
    return re.sub(r"<[^>]+>", "x", named)


def test_every_route_says_who_may_enter_and_changes_are_seen(app: Flask) -> None:
    real = described(app)

    assert not [line for line in real if NOBODY_SAID in line], "a route declares its access"
    assert real == KNOWN.read_text().splitlines(), "read what changed, then: make routes"


def test_every_response_is_hardened_and_none_is_a_fault(app: Flask, client: FlaskClient) -> None:
    addresses = ["/nulle-part", *map(an_address, routes(app))]
    for address in addresses:
        for method in ("GET", "POST"):
            response = client.open(address, method=method)
            assert response.status_code < 500, f"{method} {address}"
            assert set(response.headers.keys()) >= SECURITY_HEADERS, f"{method} {address}"


def test_static_files_are_hardened_and_kept_by_browsers(client: FlaskClient) -> None:
    response = client.get("/static/mcp.css")

    response.close()
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" not in response.headers["Cache-Control"]


def test_every_form_needs_its_anti_forgery_token(app: Flask, settings: Settings) -> None:
    with another_app(settings) as protected:
        posted = {rule.rule: rule for rule in routes(protected) if "POST" in (rule.methods or ())}
        open_to_all = {
            name
            for name, rule in posted.items()
            if "Ce formulaire a expiré" not in protected.test_client().post(an_address(rule)).text
        }

    with protected.app_context():
        db.engine.dispose()
    assert open_to_all == WITHOUT_ANTI_FORGERY


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(TREE).as_posix())
def test_every_template_compiles(app: Flask, path: Path) -> None:
    app.jinja_env.get_template(path.relative_to(TREE / "templates").as_posix())


@pytest.mark.parametrize(
    ("forbidden", "why"),
    [
        (r"\sstyle\s*=", "style attributes are refused by the Content-Security-Policy"),
        (r"<style\b", "styles are in static/mcp.css"),
        (r"\son[a-z]+\s*=\s*[\"']", "inline handlers are refused by the Content-Security-Policy"),
        (r"javascript:", "scripts are in static/"),
        (r"<script\b(?![^>]*nonce=)", "a script carries the nonce of its response"),
        (r"\|\s*safe\b", "what people typed is escaped"),
        (r"(?:src|href)=\"(?:https?:)?//(?!localhost)", "nothing is fetched from elsewhere"),
    ],
    ids=[
        "style attribute",
        "style element",
        "handler",
        "javascript:",
        "script",
        "safe",
        "elsewhere",
    ],
)
def test_no_template_does_what_the_policy_refuses(forbidden: str, why: str) -> None:
    found = [
        f"{path.relative_to(TREE)}: {match.group().strip()}"
        for path in PAGES
        for match in re.finditer(forbidden, path.read_text())
    ]

    assert found == [], why


def test_every_form_that_is_posted_carries_the_token() -> None:
    posted = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.DOTALL | re.IGNORECASE)
    forms = [
        (path.name, form)
        for path in PAGES
        for form in posted.findall(path.read_text())
        if path.name != "form_post.html"  # it is sent to the relying party
    ]

    without = [name for name, form in forms if not re.search("csrf_token|hidden_tag", form)]

    assert forms
    assert without == []


def test_every_template_that_a_template_names_exists(app: Flask) -> None:
    """Compiling does not look for what is included or imported."""
    named = re.compile(r"\{%-?\s*(?:include|extends|import|from)\s+\"([^\"]+)\"")
    lost = [
        f"{path.relative_to(TREE)}: {name}"
        for path in TEMPLATES
        for name in named.findall(path.read_text() if path.suffix != ".png" else "")
        if not (TREE / "templates" / name).is_file()
    ]

    assert lost == []
