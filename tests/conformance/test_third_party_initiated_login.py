"""Third-party-initiated login plan: initiate_login_uri is registered, told again, and https."""

import pytest
from conformance.suite import Suite
from registered import Registered, register

URI = "https://rp.example/test/a/mcp/login"


@pytest.fixture(params=["query"])
def mode(request: pytest.FixtureRequest) -> str:
    """Nobody signs in here."""
    return str(request.param)


def test_initiate_login_uri_is_kept_and_told_again(suite: Suite) -> None:
    """oidcc-3rdparty-init-login-op (Core §4; RFC 7592 §2.1)."""
    client: Registered = suite.register(initiate_login_uri=URI)

    read = suite.browser.get(**client.manage)

    assert client.told["initiate_login_uri"] == URI
    assert read.status_code == 200
    assert (read.json or {})["initiate_login_uri"] == URI


def test_initiate_login_uri_without_tls_is_refused(suite: Suite) -> None:
    """oidcc-3rdparty-init-login-nohttps-op (Core §4: https): 400, JSON, invalid_client_metadata."""
    response = register(suite.browser, initiate_login_uri=URI.replace("https", "http"))

    assert response.status_code == 400
    assert response.mimetype == "application/json"
    assert (response.json or {})["error"] == "invalid_client_metadata"
