"""The blueprint to which every page of this capability attaches its route."""

from flask import Blueprint

blueprint = Blueprint("habilitations", __name__)
