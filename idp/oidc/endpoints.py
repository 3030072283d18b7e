"""The endpoints on the application: the registered services are read, then each endpoint takes its address."""

from flask import Flask

from idp.extensions import ground
from idp.oidc import relying_parties


def init_app(app: Flask) -> None:
    """Read the relying parties; raises ``ConfigurationError`` with every problem of their file."""
    place = ground(app)
    registry = relying_parties.load(place.settings.relying_parties, place.key_ring)
    app.extensions["relying_parties"] = registry
    app.extensions["services"] = registry.services
    for client in registry.clients.values():
        app.extensions["form_action_origins"] |= client.origins
