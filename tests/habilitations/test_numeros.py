"""N° utilisateur and SIRET: tolerant of how they are typed, strict on what they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.habilitations.numeros import (
    NumeroInvalide,
    SiretInvalide,
    caisse_of,
    format_numero_utilisateur,
    parse_numero_utilisateur,
    parse_siret,
)

CAISSES = {"359", "561"}


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("359 00007090001", "35900007090001"),
        ("359\u00a000007090001", "35900007090001"),
        ("359\u202f0000.7090-001 ", "35900007090001"),
        ("35900007090001", "35900007090001"),
        ("A123456", "A123456"),
        ("a 123 456", "A123456"),
    ],
    ids=["printed", "no-break space", "separators", "bare", "older", "older, lower case"],
)
def test_number_is_read_however_it_is_typed(typed, canonical):
    assert parse_numero_utilisateur(typed, CAISSES) == canonical


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "359",
        "3590000709000",
        "359000070900011",
        "AB12345",
        "A12345",
        "٣٥٩٠٠٠٠٧٠٩٠٠٠١",
        "É123456",
    ],
)
def test_other_shapes_are_refused_with_both_examples(typed):
    with pytest.raises(NumeroInvalide, match=r"359 00007090001.*A123456"):
        parse_numero_utilisateur(typed, CAISSES)


@pytest.mark.parametrize("siret", ["732 829 320 00074", "356 000 000 00048"])
def test_siret_in_place_of_a_number_is_recognised(siret):
    with pytest.raises(NumeroInvalide, match="ressemble à un SIRET"):
        parse_numero_utilisateur(siret, CAISSES)


def test_number_of_a_known_caisse_may_pass_the_keys_of_a_siret_by_chance():
    by_chance = "35900007200009"

    assert parse_siret(by_chance) == by_chance
    assert parse_numero_utilisateur(by_chance, CAISSES) == by_chance


def test_number_of_an_unknown_caisse_is_read_as_it_is():
    assert parse_numero_utilisateur("99900007090001", CAISSES) == "99900007090001"


def test_number_is_printed_like_the_guide_with_a_no_break_space():
    assert format_numero_utilisateur("35900007090001") == "359\u00a000007090001"
    assert format_numero_utilisateur("A123456") == "A123456"
    assert (caisse_of("35900007090001"), caisse_of("A123456")) == ("359", None)


@given(st.text())
def test_no_text_raises_anything_else(text):
    for parse in (parse_siret, lambda typed: parse_numero_utilisateur(typed, CAISSES)):
        try:
            canonical = parse(text)
        except (NumeroInvalide, SiretInvalide):
            continue
        assert parse(canonical) == canonical


@pytest.mark.parametrize(
    "typed",
    ["732 829 320 00074", "73282932000074", "356 000 000 00048", "35600000049837"],
    ids=["spaces", "bare", "La Poste, head office", "La Poste, digits summing to a multiple of 5"],
)
def test_siret_is_read(typed):
    assert parse_siret(typed) == typed.replace(" ", "")


@pytest.mark.parametrize("typed", ["", "732829320", "73282932000075", "7328293200007A"])
def test_wrong_siret_is_refused(typed):
    with pytest.raises(SiretInvalide):
        parse_siret(typed)
