"""The blueprint to which every endpoint attaches its route."""

from flask import Blueprint

blueprint = Blueprint("scim", __name__)
