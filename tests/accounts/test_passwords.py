"""Passwords: normalisation, judgement, hashing."""

import pytest
from accounts.conftest import NoOrganisme
from argon2 import PasswordHasher
from factories import an_account
from flask import Flask

from idp.accounts import password_change, passwords
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


OWN_PASSWORDS = {
    "nom": "Kerguelen-2026",
    "prénom": "Typhaine 2026!",
    "adresse mail": "Corvette-bleu1",
    "identifiant": "P-7K3M-9XTR-4!",
    "organisme": "Tournesols-26!",
    "N° utilisateur": "359 00007090001 A",
    "ancien N° utilisateur": "A123456-Abcde",
    "caf": "Caf.Caf-Caf 2026",
    "bailleur": "Bailleur-2026!",
}


@pytest.mark.parametrize("word", OWN_PASSWORDS)
def test_each_word_of_a_person_is_refused(app: Flask, organismes: NoOrganisme, word: str) -> None:
    """DOMAIN: name, e-mail local part, organisme name, N° utilisateur, identifiant, « caf », « bailleur »."""
    organismes.raison_sociale = "LES TOURNESOLS"
    organismes.numeros = ["35900007090001", "A123456"]
    account = an_account(
        identifiant="P7K3M9XTR4",
        family_name="Kerguelen",
        given_name="Typhaine",
        email="corvette_bleu@exemple.fr",
    )
    stranger = an_account(family_name=None, given_name=None, email=None)

    assert password_change.refusal(account, OWN_PASSWORDS[word]) is PasswordRefusal.OWN_WORDS
    organismes.raison_sociale, organismes.numeros = None, []
    if word not in ("caf", "bailleur"):
        assert (
            password_change.refusal(stranger, OWN_PASSWORDS[word]) is not PasswordRefusal.OWN_WORDS
        )


def test_who_gives_access_is_asked_for_more(app: Flask, organismes: NoOrganisme) -> None:
    account, typed = an_account(), "Sept;cerises1"
    organismes.access_given = True

    refused = password_change.refusal(account, typed)

    organismes.access_given = False
    assert refused is PasswordRefusal.TOO_SHORT_TO_GIVE_ACCESS
    assert password_change.refusal(account, typed) is None


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
