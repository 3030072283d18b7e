"""What is read on paper and typed: no slip of the finger passes for something else."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp import printable
from idp.printable import ALPHABET, grouped, is_well_formed, normalise, with_check

bodies = st.text(alphabet=ALPHABET, min_size=1, max_size=printable.MAX_CHARS - 1)


def test_alphabet_is_prime_and_has_no_lookalike():
    assert len(ALPHABET) == len(set(ALPHABET)) == 23
    assert not set(ALPHABET) & set("01OILQDSBZUV")
    assert all(23 % divisor for divisor in range(2, 23))


@pytest.mark.parametrize("length", [printable.IDENTIFIANT_CHARS, printable.SECRET_CHARS])
def test_every_single_wrong_character_is_caught(length):
    right = with_check(printable.draw(length - 1))

    for position, wrong in itertools.product(range(length), ALPHABET):
        typed = right[:position] + wrong + right[position + 1 :]
        assert is_well_formed(typed, length) is (typed == right)


def test_error_and_exchange_terms_never_vanish_modulo_23():
    """The proof for all texts: an error adds weight·difference, an exchange weights·values differences."""
    weights = range(1, printable.MAX_CHARS + 1)
    differences = range(1, 23)

    assert all(weight * d % 23 for weight in weights for d in differences)
    assert all(
        (left - right) * d % 23
        for left, right in itertools.permutations(weights, 2)
        for d in differences
    )


@given(bodies, st.data())
def test_every_exchange_of_two_characters_is_caught(body, data):
    right = with_check(body)
    first, second = sorted(data.draw(st.permutations(range(len(right))))[:2])

    typed = list(right)
    typed[first], typed[second] = typed[second], typed[first]

    assert is_well_formed("".join(typed), len(right)) is ("".join(typed) == right)


@given(bodies)
def test_checked_text_is_read_back_however_it_is_typed(body):
    right = with_check(body)

    typed = f" {grouped(right).lower()} ".replace("-", "\u202f–", 1).replace("-", "\u00a0.")

    assert normalise(typed) == right
    assert is_well_formed(typed, len(right))


@given(st.text())
def test_no_text_makes_the_readers_fail(text):
    assert is_well_formed(text, 10) in (True, False)
    found = printable.parse_identifiant(text)
    assert found is None or printable.parse_identifiant(found) == found


def test_body_too_long_for_distinct_weights_is_refused():
    with pytest.raises(ValueError, match="at most 22"):
        with_check("2" * printable.MAX_CHARS)


def test_identifiant_is_printed_in_groups_and_read_back():
    identifiant = printable.new_identifiant()

    printed = printable.format_identifiant(identifiant)

    assert [len(group) for group in printed.split("-")] == [1, 4, 4, 1]
    assert printed.startswith("P-")
    assert printable.parse_identifiant(printed.lower().replace("-", " ")) == identifiant


@pytest.mark.parametrize(
    "typed",
    ["", "P", "P-7K3M-9XTR", "7" + with_check("P" + "2" * 8)[1:], with_check("A" + "7K3M9XTR")],
    ids=["empty", "prefix", "short", "other prefix, wrong check", "other prefix, right check"],
)
def test_malformed_identifiant_is_not_read(typed):
    assert printable.parse_identifiant(typed) is None


def test_secret_is_four_groups_of_four_and_never_twice_the_same():
    secret, other = printable.new_secret(), printable.new_secret()

    assert [len(group) for group in grouped(secret).split("-")] == [4, 4, 4, 4]
    assert printable.normalise(grouped(secret).lower()) == secret
    assert is_well_formed(secret, printable.SECRET_CHARS)
    assert secret != other
