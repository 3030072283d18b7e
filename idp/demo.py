"""The mailbox and the letters of the demonstration: what would be sent is read at ``/demo/``.

These pages exist only when ``IDP_MAIL_URL`` is ``demo:``, which settings accept on this very machine alone.
"""

import email
import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from flask import Blueprint, Flask, Response, render_template, send_file
from flask.typing import ResponseReturnValue

from idp import mail
from idp.config import Settings
from idp.errors import NotHere
from idp.extensions import ground
from idp.web import public

MAILS_SHOWN = 100
COURRIERS = "courriers"
LIBELLES = {
    "identifiants": "Courriers de l’identifiant",
    "secrets": "Courriers du mot de passe",
    "designations": "Annonces de l’administrateur désigné",
}

# Of a PDF, which the viewer of the browser shows: it styles itself, and nothing may frame it.
PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

blueprint = Blueprint("demo", __name__, url_prefix="/demo")


@dataclass(frozen=True, slots=True)
class Courriel:
    """A mail of the mailbox."""

    id: str
    at: datetime
    to: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch of letters, as the printing shop would receive it."""

    at: datetime
    path: Path
    dossier: str
    nom: str

    @property
    def libelle(self) -> str:
        """What its letters say."""
        return LIBELLES.get(self.dossier, self.dossier)


def _folder() -> Path:
    folder = ground().settings.demo_dir
    if folder is None:
        raise LookupError("these pages exist in demonstration mode only")
    return folder


def _written_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _courriel(path: Path) -> Courriel:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    text = message.get_content() if isinstance(message, EmailMessage) else ""
    return Courriel(path.stem, _written_at(path), str(message["To"]), str(message["Subject"]), text)


def _mails() -> dict[str, Path]:
    # What an address names is looked up among what is there: no path is made from it.
    paths = (_folder() / mail.MAILBOX).glob("*.eml")
    newest = sorted(paths, key=_written_at, reverse=True)
    return {path.stem: path for path in newest}


def _lots() -> list[Lot]:
    paths = (_folder() / COURRIERS).glob("*/*.pdf")
    lots = [Lot(_written_at(path), path, path.parent.name, path.name) for path in paths]
    return sorted(lots, key=lambda lot: (lot.dossier, -lot.at.timestamp()))


@blueprint.get("/")
@public
def index() -> ResponseReturnValue:
    """Every letter and the latest mails."""
    mails = _mails()
    latest = [_courriel(path) for path in list(mails.values())[:MAILS_SHOWN]]
    return render_template("demo/index.html", courriels=latest, nombre=len(mails), lots=_lots())


@blueprint.get("/courriels/<identifier>")
@public
def courriel(identifier: str) -> ResponseReturnValue:
    """One mail, as text."""
    path = _mails().get(identifier)
    if path is None:
        raise NotHere("Ce courriel n’est pas dans la boîte de démonstration.")
    return render_template("demo/courriel.html", courriel=_courriel(path))


@blueprint.get("/courriers/<dossier>/<nom>")
@public
def courrier(dossier: str, nom: str) -> Response:
    """One batch of letters, shown by the browser."""
    for lot in _lots():
        if (lot.dossier, lot.nom) == (dossier, nom):
            response = send_file(lot.path.absolute(), mimetype="application/pdf", etag=False)
            response.headers["Content-Security-Policy"] = PDF_POLICY
            response.headers["Cache-Control"] = "no-store"
            return response
    raise NotHere("Ce courrier n’est pas parmi ceux de la démonstration.")


def init_app(app: Flask, settings: Settings) -> None:
    """Register the pages, in demonstration mode only."""
    if settings.demo_dir is not None:
        app.register_blueprint(blueprint)
