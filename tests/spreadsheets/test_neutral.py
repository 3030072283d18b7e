"""CWE-1236: no cell that we write starts a formula, and each is read back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.spreadsheets.neutral import neutralise, restore

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫−"
BLANKS = "\t\r\n \N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}"
cells = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))
sly = st.builds("".join, st.lists(st.sampled_from([*SIGNS, *BLANKS, "'", "a", "1"])))


@pytest.mark.parametrize(
    "cell",
    [
        "=HYPERLINK(A1)",
        "+1",
        "-1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "   =1",
        "＝1",
        "\N{ZERO WIDTH SPACE}=1",
        "\N{ZERO WIDTH NO-BREAK SPACE}=1",
        "+33612345678",
    ],
)
def test_what_a_spreadsheet_would_run_is_behind_an_apostrophe(cell: str) -> None:
    assert neutralise(cell).startswith("'")


@pytest.mark.parametrize("cell", ["", "Le Gall", "L’Hôte", "'", "12", "a=b", "d'=", "03/06/2026"])
def test_other_cells_are_written_as_they_are(cell: str) -> None:
    assert neutralise(cell) == cell


@given(sly)
def test_nothing_written_starts_with_a_sign_once_blanks_are_gone(cell: str) -> None:
    first = neutralise(cell).strip(BLANKS)[:1]

    assert first not in set(SIGNS)


@given(cells | sly.filter(lambda cell: not set(cell) & set("\t\r\n")))
def test_what_is_written_is_read_back(cell: str) -> None:
    assert restore(neutralise(cell)) == cell


@given(cells, cells)
def test_no_two_cells_are_written_alike(one: str, other: str) -> None:
    assert (neutralise(one) == neutralise(other)) == (one == other)


def test_an_apostrophe_that_somebody_typed_is_kept() -> None:
    assert restore("'t Hoen") == "'t Hoen"
    assert restore(neutralise("'=1")) == "'=1"


def test_control_characters_leave_no_line_end_nor_null() -> None:
    assert neutralise("a\r\nb\0c\ufffe") == "a  b c "
