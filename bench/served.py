"""The product under measure: its settings, its keys, and ``idp run`` on a port of its own until the block ends."""

import http.client
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from idp.keys import ensure_active_keys
from idp.oidc.clients.client_secrets import draw_client_secret

TREE = Path(__file__).parents[1]
PORT = 8790
CLIENT = "offre-bailleurs"
SCOPE = "openid profile email organisme habilitations numero_utilisateur offline_access"


def environ_of(folder: Path, database_url: str) -> dict[str, str]:
    """Settings on the database that is named, or on one in ``folder``."""
    return {
        "IDP_ISSUER": f"http://localhost:{PORT}",
        "IDP_DATABASE_URL": database_url or f"sqlite:///{folder / 'idp.sqlite'}",
        "IDP_SECRET_KEY": secrets.token_urlsafe(32),
        "IDP_KEYS_DIR": str(folder / "keys"),
        "IDP_RELYING_PARTIES": str(_with_refresh_tokens(folder)),
        "IDP_MAIL_URL": f"demo:{folder}",
    }


def _with_refresh_tokens(folder: Path) -> Path:
    """The services as they are shipped, of which one asks access in the person's absence."""
    document = yaml.safe_load((TREE / "relying_parties.yaml").read_text("utf-8"))
    (client,) = (one for one in document["relying_parties"] if one["client_id"] == CLIENT)
    client.update(grant_types=["authorization_code", "refresh_token"], scope=SCOPE)
    path = folder / "relying_parties.yaml"
    path.write_text(yaml.safe_dump(document), "utf-8")
    return path


def draw_keys(environ: dict[str, str]) -> str:
    """What the server needs to start; returns the secret of ``CLIENT``."""
    keys = Path(environ["IDP_KEYS_DIR"])
    ensure_active_keys(keys)
    draw_client_secret(keys, "cdap")
    return draw_client_secret(keys, CLIENT)


@contextmanager
def served(environ: dict[str, str], workers: int) -> Iterator[int]:
    """The server answers within the block, which is given its process; what it logs of refusals is not told."""
    command = [sys.executable, "-m", "idp", "run", "--port", str(PORT), "--workers", str(workers)]
    server = subprocess.Popen(
        command,
        env={**os.environ, **environ, "PYTHONPATH": str(TREE)},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(server)
        yield server.pid
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(process: "subprocess.Popen[bytes]") -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            raise RuntimeError("the server ended; see its output above")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=1)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not answer")
