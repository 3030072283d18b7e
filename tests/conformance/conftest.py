"""The certification suite in front of a provider where clients may register, and a person who signs in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from conformance.suite import Suite
from flask import Flask
from flows import a_bailleur

from idp import clock


@pytest.fixture(params=["query", "form_post"])
def mode(request: pytest.FixtureRequest) -> str:
    """How answers travel: the Form Post plan is the Basic plan with another response_mode."""
    return str(request.param)


@pytest.fixture
def suite(open_app: Flask, mode: str) -> Suite:
    """A browser without cookies, forms protected against forgery as in production, and Claire Martin."""
    open_app.config["WTF_CSRF_ENABLED"] = True
    person = a_bailleur(phone="+33612345678")
    return Suite(open_app.test_client(), person, mode)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Moves the clock forward, by what ``timedelta`` is given."""

    def move(**by: float) -> None:
        at = clock.now() + timedelta(**by)
        monkeypatch.setattr(clock, "now", lambda: at)

    return move
