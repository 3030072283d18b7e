"""The objects that live as long as the application, and the one way to reach them from a request."""

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app
from flask_wtf import CSRFProtect

from idp.config import Settings
from idp.crypto import SecretBox
from idp.keys import KeyRing

csrf = CSRFProtect()


@dataclass(frozen=True, slots=True)
class Ground:
    """What every capability stands on, made once by ``create_app``."""

    settings: Settings
    secret_box: SecretBox
    key_ring: KeyRing


def ground(app: Flask | None = None) -> Ground:
    """The ground of ``app``, or of the application of the current context."""
    return cast(Ground, (app or current_app).extensions["ground"])
