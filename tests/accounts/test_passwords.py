"""Passwords: normalisation, judgement, hashing."""

import pytest
from argon2 import PasswordHasher

from idp.accounts import passwords
from idp.accounts.policy import PasswordRefusal

OWN = ("caf", "Martin", "claire.martin", "LES OLIVIERS", "P7K3M9XTR4")


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("Trois girafes vertes 42", None),
        ("correct cheval pile agrafe", None),
        ("Azerty123456!", PasswordRefusal.GUESSABLE),
        ("abcabcabcabc1A!", PasswordRefusal.GUESSABLE),
        ("LesOliviers-1", PasswordRefusal.OWN_WORDS),
        ("Martin-Claire1", PasswordRefusal.OWN_WORDS),
        ("", PasswordRefusal.TOO_SHORT),
        ("x" * 1_000_000, PasswordRefusal.TOO_LONG),
    ],
)
def test_refusal(typed: str, refusal: PasswordRefusal | None) -> None:
    assert passwords.refusal(typed, OWN) is refusal


def test_same_password_from_another_keyboard_is_the_same() -> None:
    """RFC 8265: composed or not, wide or not."""
    stored = passwords.hash_password("\u00e9l\u00e9phant vert 42 !")

    assert passwords.verify(stored, "e\u0301le\u0301phant vert 42 !")
    assert passwords.verify(stored, "\u00e9l\u00e9phant vert \uff14\uff12 !")
    assert not passwords.verify(stored, "elephant vert 42 !")


def test_nobodys_password_is_never_right() -> None:
    assert not passwords.verify(None, "the password of nobody")


def test_hash_of_other_parameters_is_to_be_made_again() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x")

    assert passwords.needs_rehash(weak)
    assert not passwords.needs_rehash(passwords.hash_password("x"))
