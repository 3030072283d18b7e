"""Password hashes of another system, imported with an account: recognised, bounded, verified.

Each is verified until its first success, which replaces it by Argon2id (``login.py``). Costs are bounded at import
(``docs/decisions/0011-imported-hashes.md``): a hash chooses its own cost, and a file must not choose ours.
Formats: crypt(5) for bcrypt and SHA-512-crypt, passlib's and Django's for PBKDF2.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, cast

from passlib.exc import PasslibSecurityError
from passlib.hash import bcrypt, django_pbkdf2_sha256, pbkdf2_sha256, pbkdf2_sha512, sha512_crypt

STORED_MAX_CHARS = 255
ARGON2_PREFIX = "$argon2"
_BCRYPT_MAX_BYTES = 72


class Scheme(StrEnum):
    """What computed a hash."""

    BCRYPT = "bcrypt"
    PBKDF2 = "pbkdf2"
    SHA512_CRYPT = "sha512_crypt"


class EmpreinteRefusee(ValueError):
    """This hash cannot be imported; the message is for the person who sent the file."""


class _Parsed(Protocol):
    rounds: int
    checksum: str | bytes | None


class _Handler(Protocol):
    def identify(self, hash: str) -> bool: ...

    def from_string(self, hash: str) -> _Parsed: ...

    def verify(self, secret: str | bytes, hash: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Format:
    prefixes: tuple[str, ...]
    scheme: Scheme
    handler: _Handler
    rounds_max: int
    """About one second of one core of those that we deploy on."""


_FORMATS = (
    _Format(("$2a$", "$2b$", "$2y$"), Scheme.BCRYPT, cast(_Handler, bcrypt), 13),
    _Format(("$pbkdf2-sha256$",), Scheme.PBKDF2, cast(_Handler, pbkdf2_sha256), 1_500_000),
    _Format(("$pbkdf2-sha512$",), Scheme.PBKDF2, cast(_Handler, pbkdf2_sha512), 700_000),
    _Format(("pbkdf2_sha256$",), Scheme.PBKDF2, cast(_Handler, django_pbkdf2_sha256), 1_500_000),
    _Format(("$6$",), Scheme.SHA512_CRYPT, cast(_Handler, sha512_crypt), 700_000),
)


def is_legacy(password_hash: str) -> bool:
    """Whether it waits for the first success of its owner."""
    return not password_hash.startswith(ARGON2_PREFIX)


def scheme_of(password_hash: str) -> Scheme | None:
    """What computed it; None for a format that is not read."""
    found = _format_of(password_hash)
    return found.scheme if found else None


def parse(text: str) -> str:
    """The hash, when it is one that can be verified at a reasonable cost; raises ``EmpreinteRefusee``."""
    known = _format_of(text)
    if known is None:
        raise EmpreinteRefusee(
            "Cette empreinte n’est ni bcrypt ($2a$, $2b$, $2y$), ni PBKDF2 ($pbkdf2-sha256$, $pbkdf2-sha512$,"
            " pbkdf2_sha256$), ni SHA-512-crypt ($6$)."
        )
    if len(text) > STORED_MAX_CHARS:
        raise EmpreinteRefusee(f"Une empreinte a {STORED_MAX_CHARS} caractères au plus.")
    try:
        parsed = known.handler.from_string(text)
    except (ValueError, TypeError, PasslibSecurityError) as error:
        raise EmpreinteRefusee("Cette empreinte est incomplète ou abîmée.") from error
    if not parsed.checksum:
        raise EmpreinteRefusee("Cette empreinte est incomplète ou abîmée.")
    if parsed.rounds > known.rounds_max:
        raise EmpreinteRefusee(
            f"Cette empreinte coûte trop cher à vérifier : {known.rounds_max} tours au plus pour ce format."
        )
    return text


def verify(password_hash: str, typed: str) -> bool:
    """Whether ``typed``, as the keyboard gave it, is the password; what was imported was once parsed."""
    known = _format_of(password_hash)
    if known is None or "\0" in typed:
        return False
    secret: str | bytes = typed
    if known.scheme is Scheme.BCRYPT:
        # bcrypt never saw more than 72 bytes: neither did the system that made this hash.
        secret = typed.encode()[:_BCRYPT_MAX_BYTES]
    return known.handler.verify(secret, password_hash)


def _format_of(password_hash: str) -> _Format | None:
    found = (one for one in _FORMATS if password_hash.startswith(one.prefixes))
    return next(found, None)
