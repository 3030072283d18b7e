"""A client whose site of keys is slow makes no other client wait."""

from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import pytest

from idp import outgoing
from idp.keys import Algorithm
from idp.oidc.clients.client_keys import ClientKeys
from idp.oidc.clients.client_metadata import RelyingParty

NOW = datetime.now(UTC)


def a_client(name: str) -> RelyingParty:
    return RelyingParty(
        client_id=name,
        client_name=name,
        redirect_uris=(),
        scope=frozenset(),
        first_party=False,
        jwks_uri=f"https://{name}.exemple.fr/jwks",
    )


def test_slow_site_of_one_client_makes_no_other_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, over = Event(), Event()

    def fetch(uri: str) -> dict[str, Any]:
        if "lent" in uri:
            asked.set()
            over.wait(10)
        return {"keys": []}

    monkeypatch.setattr(outgoing, "fetch_json", fetch)
    keys = ClientKeys()

    def candidates(name: str) -> None:
        keys.candidates(a_client(name), None, Algorithm.ES256, NOW)

    slow = Thread(target=candidates, args=["lent"], daemon=True)
    other = Thread(target=candidates, args=["vif"], daemon=True)
    slow.start()
    assert asked.wait(10)
    other.start()
    other.join(5)
    waits = other.is_alive()
    over.set()
    slow.join(5)
    other.join(5)

    assert not waits
