"""The certification suite in front of a provider where clients may register, and a person who signs in."""

import pytest
from conformance.suite import Suite
from flask import Flask
from flows import a_bailleur


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
