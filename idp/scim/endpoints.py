"""The endpoints on the application."""

from flask import Flask

from idp.extensions import csrf
from idp.scim import bulk, console, discovery, groups, root, users
from idp.scim.blueprint import blueprint

ENDPOINTS = (discovery, users, groups, bulk, root)


def init_app(app: Flask) -> None:
    """Give each its address, and the pages of the console theirs.

    Programs hold no anti-forgery token, and no cookie opens anything to them.
    """
    csrf.exempt(blueprint)
    app.extensions["protocols"].add(blueprint.name)
    app.register_blueprint(blueprint)
    app.register_blueprint(console.blueprint)
    app.before_request(root.nowhere)
