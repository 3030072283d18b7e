"""Signing keys: PEM files in ``keys/``, one per key, whose name says its state and algorithm.

``active.RS256.<kid>.pem`` signs, ``next.…`` is published before use, ``retired.…`` is published until the last
token it signed has expired. The ``kid`` is the thumbprint of RFC 7638, so that no two keys share one.
What is signed is decided in ``idp/oidc``, when a key changes state in ``key_rotation.py``; this module picks.

A key is always picked explicitly: given a whole set, joserfc would sign with one at random.
"""

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey, KeyParameters, KeySet, OKPKey, RSAKey

from idp.errors import ConfigurationError

RSA_BITS = 2048

SigningKey = RSAKey | ECKey | OKPKey


class KeyState(StrEnum):
    """The life of a key, in order."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


class Algorithm(StrEnum):
    """Signature algorithms of this server (RFC 7518 §3.1, RFC 8037 §3.1); each has keys of its own."""

    RS256 = "RS256"
    PS256 = "PS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One file of the directory."""

    state: KeyState
    algorithm: Algorithm
    kid: str
    key: SigningKey
    since: datetime
    """When it came into its state."""

    @property
    def file_name(self) -> str:
        """Where it is in the directory."""
        return f"{self.state}.{self.algorithm}.{self.kid}.pem"


class KeyRing:
    """The keys of one directory; read again when the directory changes, in every process."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seen: int | None = None
        self._keys: tuple[StoredKey, ...] = ()

    def all(self) -> tuple[StoredKey, ...]:
        """Every key; raises ``ConfigurationError`` when a file is open to others or unreadable."""
        changed_at = self._directory.stat().st_mtime_ns if self._directory.is_dir() else -1
        if changed_at != self._seen:
            self._keys = read_keys(self._directory)
            self._seen = changed_at
        return self._keys

    def signing_key(self, algorithm: Algorithm) -> StoredKey:
        """The active key of that algorithm; the newest, for the instant when a rotation leaves two."""
        active = [
            stored
            for stored in self.all()
            if stored.state is KeyState.ACTIVE and stored.algorithm is algorithm
        ]
        if not active:
            raise ConfigurationError([f"no active {algorithm} key in {self._directory}"])
        return max(active, key=lambda stored: stored.since)

    def public_set(self) -> dict[str, Any]:
        """The JWK Set of RFC 7517 §5: public members only, every key with its ``kid``."""
        return {"keys": [stored.key.as_dict(private=False) for stored in self.all()]}

    def verification_set(self) -> KeySet:
        """The set against which our own signatures are checked (never used to sign)."""
        return KeySet([stored.key for stored in self.all()])


def read_keys(directory: Path) -> tuple[StoredKey, ...]:
    """Read every key file; all problems are reported at once."""
    problems: list[str] = []
    keys: list[StoredKey] = []
    for path in sorted(directory.glob("*.pem")):
        try:
            keys.append(_read_key(path))
        except ValueError as error:
            problems.append(f"{path.name}: {error}")
    if problems:
        raise ConfigurationError(problems)
    return tuple(keys)


def _read_key(path: Path) -> StoredKey:
    found = path.stat()
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise ValueError("others can read this private key; chmod 600")
    state, algorithm, kid, _suffix = path.name.split(".")
    parameters: KeyParameters = {"use": "sig", "alg": algorithm, "kid": kid}
    key = _KINDS[Algorithm(algorithm)].import_key(path.read_bytes(), parameters)
    if not key.is_private:
        raise ValueError("this is not a private key")
    since = datetime.fromtimestamp(found.st_mtime, UTC)
    return StoredKey(KeyState(state), Algorithm(algorithm), kid, key, since)


_KINDS: dict[Algorithm, type[RSAKey] | type[ECKey] | type[OKPKey]] = {
    Algorithm.RS256: RSAKey,
    Algorithm.PS256: RSAKey,
    Algorithm.ES256: ECKey,
    Algorithm.EDDSA: OKPKey,
}


def _drawn(algorithm: Algorithm) -> SigningKey:
    if algorithm is Algorithm.ES256:
        return ECKey.generate_key("P-256", auto_kid=True)
    if algorithm is Algorithm.EDDSA:
        return OKPKey.generate_key("Ed25519", auto_kid=True)
    return RSAKey.generate_key(RSA_BITS, auto_kid=True)


def create_key(directory: Path, algorithm: Algorithm, state: KeyState) -> StoredKey:
    """Draw a key and write its file, readable by its owner alone from the first byte."""
    key = _drawn(algorithm)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{state}.{algorithm}.{key.kid}.pem"
    draft = directory / f".{path.name}.part"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.as_pem(private=True))
    draft.rename(path)
    return _read_key(path)


def ensure_active_keys(directory: Path) -> list[StoredKey]:
    """Draw an active key for each algorithm that has none; returns those drawn."""
    held = {key.algorithm for key in read_keys(directory) if key.state is KeyState.ACTIVE}
    return [
        create_key(directory, algorithm, KeyState.ACTIVE)
        for algorithm in Algorithm
        if algorithm not in held
    ]
