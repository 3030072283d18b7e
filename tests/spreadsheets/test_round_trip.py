"""What we write in each of the three formats is read back cell for cell, in flat memory."""

import csv
import io
import re
import tracemalloc
import zipfile
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.spreadsheets.bounds import Bounds
from idp.spreadsheets.reading import read_rows
from idp.spreadsheets.rows import Row
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written

BOUNDS = Bounds(rows=20_001)
HEADER = ("nom", "prénom", "note")
tables = st.lists(
    st.tuples(
        *3
        * [
            st.text(
                st.characters(
                    exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufffe\uffff"
                ),
                max_size=30,
            )
            | st.sampled_from(
                ["=1+1", " =1", "'=1", "+33612345678", "a;b", 'a"b', "a,b", "<&>", "_x0041_"]
            )
        ]
    ).map(lambda row: ("x", *row[1:])),
    max_size=8,
)


def a_file(kind: Format, rows: Sequence[Sequence[str]]) -> bytes:
    return b"".join(written(kind, Sheet("Mes utilisateurs", HEADER, rows)))


def read(data: bytes) -> list[tuple[str, ...]]:
    rows = [row for row in read_rows(io.BytesIO(data), BOUNDS) if isinstance(row, Row)]
    return [row.cells for row in rows]


@pytest.mark.parametrize("kind", Format)
@settings(max_examples=40, deadline=None)
@given(rows=tables)
def test_what_is_written_is_read_back(kind: Format, rows: list[tuple[str, ...]]) -> None:
    assert read(a_file(kind, rows)) == [HEADER, *rows]


@pytest.mark.parametrize("kind", [Format.XLSX, Format.ODS])
def test_formulas_and_addresses_are_plain_text(kind: Format) -> None:
    rows = [("=1+1", "https://exemple.fr", "mailto:a@exemple.fr"), ("{=1}", "internal:A1", "")]

    archive = zipfile.ZipFile(io.BytesIO(a_file(kind, rows)))

    content = "".join(archive.read(name).decode() for name in archive.namelist())
    assert not re.search(r"<f[ >/]|table:formula|<hyperlink|<text:a\b", content)
    assert "&#39;=1+1" in content or "'=1+1" in content


def test_csv_opens_in_french_excel() -> None:
    data = a_file(Format.CSV, [("Hélène", "=1", "a;b")])

    assert data.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))[1] == [
        "Hélène",
        "'=1",
        "a;b",
    ]


@pytest.mark.parametrize("kind", Format)
def test_memory_is_flat_whatever_the_rows(kind: Format) -> None:
    def peak(count: int) -> int:
        rows = ((f"Nom {number}", "Prénom", "note") for number in range(count))
        tracemalloc.start()
        for _piece in written(kind, Sheet("Mes utilisateurs", HEADER, rows)):
            pass
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)  # what the libraries load once

    assert peak(8000) < peak(100) + 300_000


def test_only_the_first_visible_sheet_is_read() -> None:
    guide = Sheet("Groupes", ("code",), [("offre-bailleurs:prive:359",)])
    for kind in (Format.XLSX, Format.ODS):
        data = b"".join(written(kind, Sheet("Modèle", HEADER, [("a", "b", "c")]), guide))

        assert read(data) == [HEADER, ("a", "b", "c")]
