"""Personal passwords: normalised, judged, hashed by Argon2id, verified at a constant cost.

NFKC before anything (in the spirit of RFC 8265 §4.2: the same password from another keyboard is the same
password); spaces are kept. What is refused, and why, is decided in ``policy.py``.

Argon2id (RFC 9106), 32 MiB, two passes, one lane: above the floor of the OWASP Password Storage Cheat Sheet
(19 MiB, two passes). RFC 9106's second choice (64 MiB, three passes, four lanes) costs 170 ms on the two
cores that we deploy on, and its four lanes would let one sign-in take both; this one takes about 75 ms of one
core, so that two sign-ins at a time do not slow down a third. The salt has 128 random bits (ANSSI R29).
"""

import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from zxcvbn import zxcvbn

from idp.accounts import legacy_hashes, policy
from idp.accounts.policy import PasswordRefusal

_HASHER = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)
# NFKC makes at most 18 characters of one (UAX #15): past this, no text is a password that we accept.
_TYPED_MAX_CHARS = 4 * policy.PASSWORD_MAX_CHARS
# zxcvbn refuses longer texts; what follows can only make a password harder to guess.
_JUDGED_CHARS = 72


def normalise(typed: str) -> str:
    """The password that was typed, in NFKC; empty when far too long to be one."""
    return unicodedata.normalize("NFKC", typed) if len(typed) <= _TYPED_MAX_CHARS else ""


def hash_password(password: str) -> str:
    """Argon2id, in the encoded form that carries its parameters and its salt."""
    return _HASHER.hash(normalise(password))


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("the password of nobody")


def verify(password_hash: str | None, typed: str) -> bool:
    """Whether ``typed`` is the password; one Argon2 computation, even when there is none to compare with.

    An imported hash is computed besides, which takes longer (``docs/decisions/0011-imported-hashes.md``).
    """
    password = normalise(typed)
    legacy = password_hash if password_hash and legacy_hashes.is_legacy(password_hash) else None
    try:
        _HASHER.verify(
            _nobodys_hash() if legacy or not password_hash else password_hash,
            password[: policy.PASSWORD_MAX_CHARS],
        )
        right = password_hash is not None
    except VerificationError:
        right = False
    if not legacy:
        return right
    # Its owner becomes able to type it every day: no longer than what is hashed above.
    fits = 0 < len(password) <= policy.PASSWORD_MAX_CHARS
    return legacy_hashes.verify(legacy, typed if fits else "") and fits


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was imported, or made under other parameters than today's."""
    return legacy_hashes.is_legacy(password_hash) or _HASHER.check_needs_rehash(password_hash)


def refusal(
    typed: str, own_words: Iterable[str], *, gives_access: bool = False
) -> PasswordRefusal | None:
    """Why ``typed`` may not become the password of a person whom ``own_words`` describe; None when it may."""
    password = normalise(typed)
    words = [word for word in own_words if word]
    return (
        policy.password_shape_refusal(
            password, too_long=len(typed) > _TYPED_MAX_CHARS, gives_access=gives_access
        )
        or policy.password_words_refusal(password, words)
        or policy.password_strength_refusal(_score(password, words))
    )


def _score(password: str, words: list[str]) -> int:
    return int(zxcvbn(password[:_JUDGED_CHARS], user_inputs=words)["score"])
