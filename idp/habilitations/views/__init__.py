"""Pages of the rights: the accueil and its tiles, the console of the partner administrator."""

from flask import Blueprint, Flask

blueprint = Blueprint("habilitations", __name__)


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(blueprint)
