"""The identity provider, its worker and the example service, really run on free ports of this machine."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from conftest import a_database
from flask import Flask
from werkzeug.serving import make_server

from examples.offre_bailleurs.app import create_app as create_service
from idp import migrations
from idp.app import create_app
from idp.config import settings_from
from idp.db import db
from idp.keys import ensure_active_keys
from idp.oidc.clients.client_secrets import draw_client_secret

ROOT = Path(__file__).parents[2]
STOP_WITHIN_S = 20


@dataclass(frozen=True)
class Town:
    """Everything that runs; the test is in the provider's application context."""

    issuer: str
    service: str
    client_secret: str


@contextmanager
def a_town(folder: Path) -> Iterator[Town]:
    """All of it, on a database of its own."""
    issuer, service = (f"http://localhost:{_free_port()}" for _ in range(2))
    ensure_active_keys(folder / "keys")
    secret = draw_client_secret(folder / "keys", "offre-bailleurs")
    with ExitStack() as stack:
        environ = {
            "IDP_ISSUER": issuer,
            "IDP_SECRET_KEY": "0123456789abcdef0123456789abcdef",
            "IDP_DATABASE_URL": stack.enter_context(a_database(folder)),
            "IDP_KEYS_DIR": str(folder / "keys"),
            "IDP_MAIL_URL": f"demo:{folder / 'demo'}",
            "IDP_RELYING_PARTIES": str(_relying_parties(folder, service)),
            "IDP_OUTGOING_ALLOW": "localhost",
        }
        idp = create_app(settings_from(environ))
        stack.enter_context(idp.app_context())
        stack.callback(_close_database)
        migrations.upgrade()
        stack.enter_context(_served(idp, issuer))
        stack.enter_context(_served(_service(service, issuer, secret), service))
        stack.enter_context(_worker(environ))
        yield Town(issuer, service, secret)


def _close_database() -> None:
    db.session.remove()
    db.engine.dispose()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _relying_parties(folder: Path, service: str) -> Path:
    # That of the demonstration, at the address that was found free.
    text = (ROOT / "relying_parties.yaml").read_text(encoding="utf-8")
    file = yaml.safe_load(text.replace("http://localhost:8001", service))
    offre_bailleurs: dict[str, Any] = file["relying_parties"][0]
    offre_bailleurs["grant_types"] = ["authorization_code", "refresh_token"]
    offre_bailleurs["scope"] += " offline_access"
    path = folder / "relying_parties.yaml"
    path.write_text(yaml.safe_dump(file), encoding="utf-8")
    return path


def _service(address: str, issuer: str, secret: str) -> Flask:
    return create_service(
        {
            "RP_BASE_URL": address,
            "RP_ISSUER": issuer,
            "RP_CLIENT_SECRET": secret,
            "RP_SECRET_KEY": "a key of the service's own",
        }
    )


@contextmanager
def _served(app: Flask, address: str) -> Iterator[None]:
    server = make_server("localhost", int(address.rpartition(":")[2]), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _worker(environ: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "idp", "worker"],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(STOP_WITHIN_S)
