"""An application where clients may register themselves."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from conftest import Browser, another_app
from flask import Flask
from flask.testing import FlaskClient

from idp.config import Registration, Settings


@pytest.fixture
def open_app(app: Flask, settings: Settings) -> Iterator[Flask]:
    """``IDP_REGISTRATION=open``, on the database of the test."""
    with another_app(replace(settings, registration=Registration.OPEN)) as made:
        made.config["WTF_CSRF_ENABLED"] = False
        made.test_client_class = Browser
        with made.app_context():
            yield made


@pytest.fixture
def open_client(open_app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return open_app.test_client()
