"""What the demonstration stands on, made once in ``var/demo`` and found again: secrets, keys, data, letters."""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import click
from flask import Flask

from idp import audit, clock, migrations
from idp.app import create_app
from idp.config import settings_from
from idp.crypto import new_token
from idp.db import db, transaction
from idp.demo import COURRIERS
from idp.habilitations import agents, coordonnees
from idp.habilitations.agents import NouvelAgent
from idp.habilitations.courriers import lots
from idp.habilitations.models import Caisse, RoleAgent
from idp.habilitations.organismes import imports
from idp.keys import ensure_active_keys
from idp.oidc.clients.client_secrets import draw_client_secret

USUAL_PORT = 8000
CLIENTS = ("offre-bailleurs", "cdap")
"""The relying parties of ``examples/``, on the ports that follow."""
AGENT = NouvelAgent("Morel", "Lucie", "lucie.morel@caf.example", RoleAgent.NATIONAL, ())
"""The agent of the Caf whom one may play."""
CAISSE = "359"
ADRESSE = ("Adresse de démonstration", "1 rue Imaginaire", "35000 EXEMPLEVILLE")
TELEPHONE, EMAIL = "02 00 00 00 00", "partenaires@caf359.example"
"""How to reach the caisse of the demonstration: where nobody is."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of the demonstration, the tree whose examples it plays, and its first port."""

    folder: Path
    tree: Path
    port: int = USUAL_PORT

    @property
    def issuer(self) -> str:
        """The address of the identity provider."""
        return f"http://localhost:{self.port}"

    def address_of(self, client_id: str) -> str:
        """The address of a relying party."""
        return f"http://localhost:{self.port + 1 + CLIENTS.index(client_id)}"

    @property
    def relying_parties(self) -> Path:
        """The registered services; on other ports than the usual ones, a copy that names these."""
        usual = self.tree / "relying_parties.yaml"
        return usual if self.port == USUAL_PORT else self.folder / "relying_parties.yaml"

    def environ(self) -> dict[str, str]:
        """The settings of the identity provider."""
        return {
            "IDP_ISSUER": self.issuer,
            "IDP_DATABASE_URL": f"sqlite:///{self.folder / 'idp.sqlite'}",
            "IDP_SECRET_KEY": self.kept_secret("idp", new_token()),
            "IDP_KEYS_DIR": str(self.folder / "keys"),
            "IDP_RELYING_PARTIES": str(self.relying_parties),
            "IDP_MAIL_URL": f"demo:{self.folder}",
            # Its own services are on this machine.
            "IDP_OUTGOING_ALLOW": "localhost",
        }

    def secret_file(self, name: str) -> Path:
        """Where the secret of that name is."""
        return self.folder / "secrets" / name

    def kept_secret(self, name: str, drawn: str) -> str:
        """The secret of that name; ``drawn`` is kept, for its owner alone, when there is none yet."""
        path = self.secret_file(name)
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(drawn)
        return path.read_text()


def forget(place: Place) -> None:
    """Remove everything that was kept."""
    shutil.rmtree(place.folder, ignore_errors=True)


def prepare(place: Place) -> Flask:
    """Make what is missing; what is there stays as it was left. Returns the application, on its data."""
    # Letters and mails are in clear here, as in no other place: its owner's alone.
    place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _name_the_ports(place)
    click.echo("Clés et secrets…")
    ensure_active_keys(place.folder / "keys")
    for client_id in CLIENTS:
        if not place.secret_file(client_id).exists():
            place.kept_secret(client_id, draw_client_secret(place.folder / "keys", client_id))
    app = create_app(settings_from(place.environ()))
    with app.app_context():
        click.echo("Base de données…")
        migrations.upgrade()
        _import_organismes(place.tree / "examples" / "organismes.csv")
        _say_how_to_reach_the_caisse()
        _write_letters(place.folder / COURRIERS)
        _create_agent()
    return app


def post_letters(app: Flask, place: Place) -> None:
    """What the printing shop does once a day: here at once, so that « Identifiant perdu » is answered."""
    with app.app_context():
        if lots.a_exporter():
            lots.exporter(
                place.folder / COURRIERS,
                actor=audit.COMMAND_LINE,
                now=clock.now(),
                avance=lambda _one: None,
            )


def _create_agent() -> None:
    # Refused when she is one already: the demonstration goes on where it was left.
    with transaction():
        agents.creer(AGENT, actor=audit.COMMAND_LINE, now=clock.now())


def _name_the_ports(place: Place) -> None:
    if place.port == USUAL_PORT:
        return
    text = (place.tree / "relying_parties.yaml").read_text(encoding="utf-8")
    for rank, client_id in enumerate(CLIENTS, start=1):
        text = text.replace(f"http://localhost:{USUAL_PORT + rank}", place.address_of(client_id))
    place.relying_parties.write_text(text, encoding="utf-8")


def _import_organismes(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file, click.progressbar(length=size, label="Organismes") as bar:
        imports.importer(
            file,
            actor=audit.COMMAND_LINE,
            now=clock.now(),
            avance=lambda read: bar.update(read - bar.pos),
        )


def _say_how_to_reach_the_caisse() -> None:
    # Of nobody: an agent of the demonstration may say otherwise, which then stays.
    with transaction():
        caisse = db.session.get_one(Caisse, CAISSE)
        known = coordonnees.de(caisse)
        if not known.connues:
            said = replace(known, adresse=ADRESSE, telephone=TELEPHONE, email=EMAIL)
            coordonnees.noter(
                caisse, said, "Démonstration", actor=audit.COMMAND_LINE, now=clock.now()
            )


def _write_letters(folder: Path) -> None:
    with click.progressbar(length=lots.a_exporter(), label="Courriers ") as bar:
        lots.exporter(folder, actor=audit.COMMAND_LINE, now=clock.now(), avance=bar.update)
