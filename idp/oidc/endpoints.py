"""The endpoints on the application: the registered services are read, then each endpoint takes its address."""

from dataclasses import replace

from flask import Flask

from idp.config import Registration
from idp.db import keep_plans
from idp.extensions import csrf, ground
from idp.oidc import discovery, jwks, purge
from idp.oidc.authorization import authorize, choix_organisme, consentement
from idp.oidc.blueprint import blueprint
from idp.oidc.clients import registration, relying_parties
from idp.oidc.clients.registered_clients import RegisteredClients
from idp.oidc.clients.relying_parties import Programs
from idp.oidc.logout import end_session
from idp.oidc.server import Provider
from idp.oidc.supervision import pages
from idp.oidc.tokens import introspection, revocation, token, userinfo

ENDPOINTS = (
    authorize,
    choix_organisme,
    consentement,
    token,
    userinfo,
    discovery,
    jwks,
    end_session,
    registration,
    revocation,
    introspection,
)

# Called by other sites by design. What the person decides here (cancel, confirm) keeps its anti-forgery token.
_FROM_OTHER_SITES = (
    authorize.authorize,
    token.token,
    userinfo.userinfo,
    end_session.end_session,
    registration.register,
    registration.registered,
    revocation.revoke,
    introspection.introspect,
)


def init_app(app: Flask, programs: Programs) -> None:
    """Read the relying parties; raises ``ConfigurationError`` with every problem of their file."""
    place = ground(app)
    registry = relying_parties.load(place.settings.relying_parties, place.key_ring)
    registry = replace(registry, programs=programs)
    if place.settings.registration is not Registration.OFF:
        registry = replace(registry, registered=RegisteredClients())
    app.extensions["relying_parties"] = registry
    app.extensions["services"] = registry.services
    for client in registry.clients.values():
        app.extensions["form_action_origins"] |= client.origins
    app.extensions["oidc_server"] = Provider(app, registry)
    for view in _FROM_OTHER_SITES:
        csrf.exempt(view)
    app.extensions["chores"].append(purge.purge)
    app.extensions["protocols"].add(blueprint.name)
    app.register_blueprint(blueprint)
    app.register_blueprint(pages.blueprint)


blueprint.before_request(keep_plans)
