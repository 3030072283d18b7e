"""The blueprint to which every endpoint of the protocol attaches its route."""

from flask import Blueprint

blueprint = Blueprint("oidc", __name__)
