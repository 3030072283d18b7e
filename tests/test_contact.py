"""Names, addresses and numbers as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.contact import ContactInvalide, parse_email, parse_name, parse_phone


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Le   Gall ", "Le Gall"),
        ("d’Artagnan", "d’Artagnan"),
        ("Ne\u0301e", "Née"),
        ("Jean-François", "Jean-François"),
        ("Ðặng", "Ðặng"),
    ],
)
def test_names_are_kept_as_people_write_them(typed: str, name: str) -> None:
    assert parse_name(typed) == name


@pytest.mark.parametrize("typed", ["", "   ", "x" * 81, "<b>x</b>", "a\x00b", "12", "---"])
def test_what_is_not_a_name_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(ContactInvalide, match=r"nom"):
        parse_name(typed)


@given(st.text())
def test_no_name_carries_a_control_character(typed: str) -> None:
    try:
        name = parse_name(typed)
    except ContactInvalide:
        return
    assert all(character.isprintable() for character in name)


def test_an_address_is_normalised() -> None:
    assert parse_email(" N.LeGall@Exemple.FR ") == "N.LeGall@exemple.fr"


@pytest.mark.parametrize(
    "typed", ["", "a@b", "a b@exemple.fr", "a@exemple.fr\nBcc: x@y.fr", "a@exemple.fr,b@exemple.fr"]
)
def test_a_bad_address_is_refused_and_adds_no_header(typed: str) -> None:
    with pytest.raises(ContactInvalide, match=r"Exemple : prenom\.nom@exemple\.fr"):
        parse_email(typed)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("06.12.34.56.78", "+33612345678"),
        ("0033 6 12 34 56 78", "+33612345678"),
        ("+32 470 12 34 56", "+32470123456"),
        ("0690 00 12 34", "+590690001234"),
    ],
)
def test_a_number_is_understood_from_here_overseas_and_abroad(typed: str, number: str) -> None:
    assert parse_phone(typed) == number


@pytest.mark.parametrize("typed", ["", "12", "06 12", "abcdefghij", "0" * 500])
def test_a_bad_number_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ContactInvalide, match="06 12 34 56 78"):
        parse_phone(typed)
