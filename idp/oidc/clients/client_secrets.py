"""Secrets of the confidential clients: drawn here, shown once, kept as digests beside the signing keys.

``keys/clients/<client_id>.sha256`` holds one hexadecimal SHA-256 digest a line: two during a rotation. 256
random bits need no slow hash. How a client presents its secret is in ``client_authentication.py``.
"""

import os
import re
from pathlib import Path

from idp import crypto

CLIENTS = "clients"
REGISTRATION = "registration"
INITIAL_ACCESS_TOKEN = "initial"  # noqa: S105 - the name of a file
KEPT = 2
"""The new secret, and the one in use until the service has changed it."""

CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,79}")
"""Of a client that has a file here: the identifier is its name."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


class ClientSecrets:
    """The digests of one directory; a file that changed is read again, in every process."""

    def __init__(self, keys_dir: Path, folder: str = CLIENTS) -> None:
        self._folder = keys_dir / folder
        self._read: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {}

    def has(self, client_id: str) -> bool:
        """Whether a secret was ever drawn for this client."""
        return bool(self._digests(client_id))

    def accept(self, client_id: str, secret: str) -> bool:
        """Whether this is a secret of the client; any text may be tried."""
        presented = crypto.digest(secret)
        # Every digest is compared: which one matched does not show in the time taken.
        matches = [crypto.same(presented, known) for known in self._digests(client_id)]
        return any(matches)

    def _digests(self, client_id: str) -> tuple[str, ...]:
        path = self._folder / f"{client_id}.sha256"
        try:
            found = path.stat()
        except OSError:
            return ()
        version = (found.st_mtime_ns, found.st_ino)
        known = self._read.get(client_id)
        if known is None or known[0] != version:
            known = (version, _read(path))
            self._read[client_id] = known
        return known[1]


def _read(path: Path) -> tuple[str, ...]:
    lines = path.read_text("ascii", errors="replace").split()
    return tuple(line for line in lines if _DIGEST.fullmatch(line))


def accepts_registration(keys_dir: Path, token: str) -> bool:
    """Whether this is an initial access token of dynamic registration (RFC 7591 §3)."""
    return ClientSecrets(keys_dir, REGISTRATION).accept(INITIAL_ACCESS_TOKEN, token)


def draw_registration_token(keys_dir: Path) -> str:
    """Draw an initial access token; the previous one still works until another is drawn."""
    return _draw(keys_dir / REGISTRATION, INITIAL_ACCESS_TOKEN)


def draw_client_secret(keys_dir: Path, client_id: str) -> str:
    """Draw a secret, keep its digest beside the previous one, and return it: it is shown this once.

    Its characters are ``[A-Za-z0-9_-]``, which HTTP Basic carries unchanged (RFC 6749 §2.3.1 form-encodes).
    """
    if not CLIENT_ID.fullmatch(client_id):
        raise ValueError(f"{client_id!r} cannot name a file of digests")
    return _draw(keys_dir / CLIENTS, client_id)


def _draw(folder: Path, name: str) -> str:
    secret = crypto.new_token()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{name}.sha256"
    before = _read(path) if path.exists() else ()
    digests = (crypto.digest(secret), *before)[:KEPT]
    draft = folder / f".{name}.{crypto.new_token()}.part"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join(digests) + "\n")
    draft.replace(path)
    return secret
