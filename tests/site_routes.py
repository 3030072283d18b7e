"""Every route and who may enter: compared with ``routes.txt`` by the tests, written there by `make routes`."""

import tempfile
from pathlib import Path

from conftest import settings_in
from flask import Flask
from werkzeug.routing import Rule

from idp.app import create_app
from idp.keys import ensure_active_keys

KNOWN = Path(__file__).parent / "routes.txt"
AUTOMATIC = {"HEAD", "OPTIONS"}
NOBODY_SAID = "NOBODY SAID"


def routes(app: Flask) -> list[Rule]:
    """Every route but the static files."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def described(app: Flask) -> list[str]:
    """A line per route: its address, its methods, who may enter."""
    return sorted(
        "  ".join(
            (
                rule.rule,
                ",".join(sorted((rule.methods or set()) - AUTOMATIC)),
                getattr(app.view_functions[rule.endpoint], "access", NOBODY_SAID),
            )
        )
        for rule in routes(app)
    )


def _write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ensure_active_keys(Path(folder) / "keys")
        app = create_app(settings_in(Path(folder), f"sqlite:///{folder}/unused.sqlite"))
        KNOWN.write_text("\n".join(described(app)) + "\n")


if __name__ == "__main__":
    _write()
