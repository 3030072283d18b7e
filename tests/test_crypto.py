"""Random values, digests and sealing."""

import pytest

from idp.crypto import SecretBox, digest, new_digits, new_token, same

KEY, OTHER_KEY = "k" * 32, "o" * 32


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}


def test_digits_are_of_the_length_asked() -> None:
    assert all(len(code) == 6 and code.isdecimal() for code in (new_digits(6) for _ in range(50)))


def test_what_is_sealed_comes_back() -> None:
    sealed = SecretBox(KEY).seal(b"provisional secret")

    assert b"provisional" not in sealed
    assert SecretBox(KEY).unseal(sealed) == b"provisional secret"


def test_altered_or_foreign_seal_is_refused() -> None:
    sealed = SecretBox(KEY).seal(b"provisional secret")
    altered = sealed[:40] + (b"A" if sealed[40:41] != b"A" else b"B") + sealed[41:]

    with pytest.raises(ValueError, match="another key"):
        SecretBox(OTHER_KEY).unseal(sealed)
    with pytest.raises(ValueError, match="altered"):
        SecretBox(KEY).unseal(altered)


def test_digest_of_a_code_needs_the_key_and_what_it_is_bound_to() -> None:
    box = SecretBox(KEY)
    reference = box.code_digest("123456", bound_to="account 1")

    assert reference == SecretBox(KEY).code_digest("123456", bound_to="account 1")
    assert reference != box.code_digest("123456", bound_to="account 2")
    assert reference != SecretBox(OTHER_KEY).code_digest("123456", bound_to="account 1")
    assert reference != digest("123456")


def test_any_two_texts_can_be_compared() -> None:
    assert same("é", "é")
    assert not same("é", "e")
