"""Pages of the people: sign-in, first connection, profile, and the doors for who cannot sign in."""

from flask import Flask

from idp.accounts.views import (
    aide,
    double_authentification,
    expired_forms,
    first_connection,
    login,
    lost,
    new_texts,
    passkeys,
    profile,
    profile_activity,
    profile_security,
    session_limits,
    verification,
)
from idp.accounts.views.blueprint import blueprint

PAGES = (
    aide,
    login,
    verification,
    first_connection,
    lost,
    new_texts,
    passkeys,
    profile,
    profile_activity,
    profile_security,
    double_authentification,
    session_limits,
)


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(blueprint)
    expired_forms.init_app(app)
