"""Identifiants and secrets that people read on paper and type: unambiguous characters, and a check.

The alphabet leaves out what is mistaken for something else (0 O Q D, 1 I L, 5 S, 8 B, 2 Z, U V).
It has 23 characters, a prime: a weighted sum modulo 23, with weights all different and never
zero, catches every wrong character and every exchange of two characters, adjacent or not.
Nothing here is stored: digests belong to ``idp/crypto.py``.
"""

import secrets
import unicodedata

ALPHABET = "23456789ACEFHJKMNPRTWXY"
MODULUS = len(ALPHABET)
# Weights run from 1 to MODULUS - 1: past that two positions would weigh the same.
MAX_CHARS = MODULUS - 1

IDENTIFIANT_PREFIX = "P"
IDENTIFIANT_CHARS = 10
SECRET_CHARS = 16
REFERENCE_CHARS = 12

_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def draw(length: int) -> str:
    """``length`` random characters of the alphabet, about 4.5 bits each."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def with_check(body: str) -> str:
    """``body`` followed by its check character; at most 21 characters of the alphabet."""
    if len(body) >= MAX_CHARS:
        raise ValueError(f"a checked text has at most {MAX_CHARS} characters")
    # The check character weighs 1, the last one of the body 2, and so on leftwards.
    return body + ALPHABET[-_weighted_sum(body, first_weight=2) % MODULUS]


def is_well_formed(text: str, length: int) -> bool:
    """Whether ``text``, once normalised, has ``length`` characters and a right check character."""
    typed = normalise(text)
    if len(typed) != length or not 1 < length <= MAX_CHARS or not set(typed) <= _VALUES.keys():
        return False
    return _weighted_sum(typed, first_weight=1) % MODULUS == 0


def _weighted_sum(text: str, *, first_weight: int) -> int:
    weighted = enumerate(reversed(text), start=first_weight)
    return sum(weight * _VALUES[character] for weight, character in weighted)


def normalise(text: str) -> str:
    """Upper case, without spaces, dashes, dots nor invisible characters (no-break and narrow ones too)."""
    return "".join(filter(_is_meant, text)).upper()


def _is_meant(character: str) -> bool:
    # Zs: every space; Pd: every dash; Cc, Cf: tabs, line ends, zero-width marks of a copied text.
    return character != "." and unicodedata.category(character) not in ("Zs", "Pd", "Cc", "Cf")


def grouped(text: str) -> str:
    """Groups of four characters joined by dashes: ``7K3M-9XTR-42``."""
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def new_identifiant() -> str:
    """A random identifiant in canonical form: ``P``, eight characters, one check character."""
    return with_check(IDENTIFIANT_PREFIX + draw(IDENTIFIANT_CHARS - 2))


def format_identifiant(identifiant: str) -> str:
    """A canonical identifiant as a letter prints it: ``P-XXXX-XXXX-X``."""
    return f"{identifiant[0]}-{grouped(identifiant[1:])}"


def parse_identifiant(text: str) -> str | None:
    """The canonical identifiant that was typed; None when malformed or when its check is wrong."""
    typed = normalise(text)
    if not typed.startswith(IDENTIFIANT_PREFIX) or not is_well_formed(typed, IDENTIFIANT_CHARS):
        return None
    return typed


def new_reference() -> str:
    """A random reference of a letter, with its check character; print it ``grouped``."""
    return with_check(draw(REFERENCE_CHARS - 1))


def parse_reference(text: str) -> str | None:
    """The canonical reference that was typed; None when it is malformed or its check is wrong."""
    typed = normalise(text)
    return typed if is_well_formed(typed, REFERENCE_CHARS) else None


def new_secret() -> str:
    """A random provisional secret: fifteen characters (68 bits) and a check; print it ``grouped``."""
    return with_check(draw(SECRET_CHARS - 1))
