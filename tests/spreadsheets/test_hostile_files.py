"""Workbooks made to harm: each is refused with a sentence, and nothing of it grows in this process."""

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odfdo import Document, Table

from idp.spreadsheets import archive, opener, reading, workbook
from idp.spreadsheets.bounds import INFLATED_MAX_BYTES, Bounds, FichierRefuse
from idp.spreadsheets.rows import Row
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written

BOUNDS = Bounds(rows=5001)
SHEET = "xl/worksheets/sheet1.xml"


def a_workbook(kind: Format = Format.XLSX) -> bytes:
    return b"".join(written(kind, Sheet("Utilisateurs", ("nom", "prenom"), [("Le Gall", "Nadia")])))


def rezipped(data: bytes, **parts: bytes | None) -> bytes:
    """The same archive, with these parts added, replaced or (None) left out."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        contents: dict[str, Any] = {name: old.read(name) for name in old.namelist()}
        for name, content in (contents | parts).items():
            if content is not None:
                new.writestr(name, content)
    return changed.getvalue()


def replaced(name: str, old: str, new: str, kind: Format = Format.XLSX) -> bytes:
    data = a_workbook(kind)
    content = zipfile.ZipFile(io.BytesIO(data)).read(name).decode()
    assert old in content
    return rezipped(data, **{name: content.replace(old, new).encode()})


def read(data: bytes, bounds: Bounds = BOUNDS) -> list[tuple[str, ...]]:
    return [
        row.cells for row in reading.read_rows(io.BytesIO(data), bounds) if isinstance(row, Row)
    ]


def refusal(data: bytes, bounds: Bounds = BOUNDS) -> str:
    with pytest.raises(FichierRefuse) as refused:
        read(data, bounds)
    return str(refused.value)


@pytest.fixture(autouse=True)
def _flat_memory() -> Iterator[None]:
    tracemalloc.start()
    yield
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * INFLATED_MAX_BYTES


def test_kind_is_told_by_the_content_whatever_the_name() -> None:
    for kind in Format:
        assert read(a_workbook(kind)) == [("nom", "prenom"), ("Le Gall", "Nadia")]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("xl/vbaProject.bin", Format.XLSX),
        ("xl/VBAPROJECT.BIN", Format.XLSX),
        ("xl/macrosheets/sheet1.xml", Format.XLSX),
        ("Basic/Standard/Module1.xml", Format.ODS),
        ("Scripts/python/x.py", Format.ODS),
    ],
)
def test_macros_are_refused_by_the_name_of_their_part(name: str, kind: Format) -> None:
    assert refusal(rezipped(a_workbook(kind), **{name: b"x"})) == archive.MACROS


def test_macros_are_refused_by_their_declared_type() -> None:
    plain = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    for declared in (
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        f'{plain}"/><Override PartName="/x" ContentType="application/vnd.ms-excel.macrosheet+xml',
    ):
        assert refusal(replaced("[Content_Types].xml", plain, declared)) == archive.MACROS


def test_script_inside_the_content_of_an_ods_is_refused() -> None:
    data = replaced(
        "content.xml",
        "<office:automatic-styles>",
        '<office:scripts><office:script script:language="ooo:Basic"/></office:scripts><office:automatic-styles>',
        Format.ODS,
    )

    assert refusal(data) == archive.MACROS


def test_part_that_swells_is_refused_before_it_is_inflated() -> None:
    bomb = b"<x>" + b" " * (20 * 1024 * 1024) + b"</x>"

    assert refusal(rezipped(a_workbook(), **{"xl/theme/theme1.xml": bomb})) == archive.BOMBE


def test_many_parts_that_swell_together_are_refused() -> None:
    part = bytes(range(256)) * 4000  # under the ratio and the free size, each
    parts = {f"xl/media/{number}.xml": part for number in range(60)}

    assert refusal(rezipped(a_workbook(), **parts)) == archive.BOMBE


def test_archives_within_the_archive_are_left_closed() -> None:
    inner = rezipped(a_workbook(), **{"bomb.xml": b" " * 900_000})
    for _level in range(3):
        inner = rezipped(a_workbook(), **{f"xl/media/{_level}.zip": inner})

    assert read(inner) == [("nom", "prenom"), ("Le Gall", "Nadia")]


def test_thousands_of_parts_are_refused() -> None:
    parts = {f"xl/media/{number}": b"" for number in range(5000)}

    assert refusal(rezipped(a_workbook(), **parts)) == archive.BOMBE


def lying(data: bytes, name: str, declared: int, *, local: bool = True) -> bytes:
    """The same archive, where this part is said to weigh ``declared`` bytes once inflated."""
    forged = bytearray(data)
    encoded = name.encode()
    found = data.index(b"PK\x01\x02")
    while data[found + 46 : found + 46 + len(encoded)] != encoded:
        found = data.index(b"PK\x01\x02", found + 4)
    struct.pack_into("<I", forged, found + 24, declared)
    if local:
        struct.pack_into("<I", forged, struct.unpack_from("<I", data, found + 42)[0] + 22, declared)
    return bytes(forged)


@pytest.mark.parametrize("local", [True, False], ids=["everywhere", "in the directory"])
def test_size_that_lies_is_refused(local: bool) -> None:
    bomb = rezipped(a_workbook(), **{"xl/theme/theme1.xml": b" " * (60 * 1024 * 1024)})

    assert refusal(lying(bomb, "xl/theme/theme1.xml", 100, local=local)) == archive.ABIME


def test_size_that_lies_with_the_sum_of_its_beginning_shows_its_beginning_only() -> None:
    """What opens the workbook sees what we inflated, not what is hidden behind."""
    harmless = b"<a/>"
    data = rezipped(a_workbook(), **{"xl/theme/theme1.xml": harmless + b" " * (60 * 1024 * 1024)})
    forged = bytearray(lying(data, "xl/theme/theme1.xml", len(harmless)))
    found = forged.rindex(b"xl/theme/theme1.xml") - 46
    struct.pack_into("<I", forged, found + 16, zlib.crc32(harmless))

    packed = archive.repacked(io.BytesIO(bytes(forged)))

    assert zipfile.ZipFile(io.BytesIO(packed)).read("xl/theme/theme1.xml") == harmless
    assert len(packed) < 100_000


def test_part_named_twice_is_refused() -> None:
    data = io.BytesIO(a_workbook())
    with zipfile.ZipFile(data, "a") as opened, pytest.warns(UserWarning, match="Duplicate"):
        opened.writestr(SHEET, b"<a/>")

    assert refusal(data.getvalue()) == archive.ABIME


@pytest.mark.parametrize("kind", [Format.XLSX, Format.ODS])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_any_encoding(kind: Format, encoding: str) -> None:
    laughs = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "ha">'
        '<!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    )
    data = rezipped(a_workbook(kind), **{"docProps/app.xml": laughs.encode(encoding)})

    assert refusal(data) == archive.ENTITES


def test_outside_entity_is_refused() -> None:
    dtd = b'<!DOCTYPE x SYSTEM "http://localhost/x.dtd"><x/>'

    assert refusal(rezipped(a_workbook(), **{SHEET: dtd})) == archive.ENTITES


def test_encrypted_workbooks_are_refused() -> None:
    """Excel hides an encrypted workbook in an OLE file, ODF says it in its manifest, zip in a flag."""
    ods = replaced(
        "META-INF/manifest.xml",
        "</manifest:manifest>",
        "<manifest:encryption-data/></manifest:manifest>",
        Format.ODS,
    )
    flagged = bytearray(a_workbook())
    flagged[flagged.index(b"PK\x01\x02") + 8] |= 1

    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600) == reading.ANCIEN_EXCEL
    assert refusal(ods) == archive.PROTEGE
    assert refusal(bytes(flagged)) == archive.PROTEGE


def test_compression_that_we_cannot_bound_is_refused() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("[Content_Types].xml", b" " * 1000)

    assert refusal(data.getvalue()) == archive.ABIME


def test_other_documents_are_refused() -> None:
    text = io.BytesIO()
    Document("text").save(text)

    assert refusal(text.getvalue()) == archive.PAS_UN_TABLEAU
    assert (
        refusal(rezipped(a_workbook(), **{"[Content_Types].xml": None})) == archive.PAS_UN_TABLEAU
    )


def test_cell_at_the_end_of_the_world_ends_its_own_process_only() -> None:
    """A reader that keeps a rectangle of every cell would ask for 400 GB."""
    data = replaced(SHEET, 'r="B2"', 'r="XFD1048576"')

    assert refusal(data) == workbook.TROP_LOURD


def test_ods_cell_repeated_a_billion_times_is_refused() -> None:
    data = replaced(
        "content.xml",
        "<table:table-row><table:table-cell",
        '<table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell table:number-columns-repeated="16384"',
        Format.ODS,
    )

    assert refusal(data)


def test_string_shared_by_many_cells_is_bounded() -> None:
    """One text of a megabyte, shown by every cell: the file is small, what is read is not."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        for row in range(1000):
            for column in range(40):
                sheet.write_string(row, column, "x" * 32_000)

    assert refusal(made.getvalue())


@pytest.mark.parametrize(
    ("rows", "columns", "cell", "said"),
    [
        (5001, 2, "x", "plus de 5\N{NARROW NO-BREAK SPACE}000 lignes"),
        (3, 61, "x", "plus de 60 colonnes"),
        (3, 2, "x" * 4001, "dépasse 4\N{NARROW NO-BREAK SPACE}000 caractères"),
    ],
)
@pytest.mark.parametrize("kind", [Format.XLSX, Format.ODS])
def test_table_too_large_is_refused(
    kind: Format, rows: int, columns: int, cell: str, said: str
) -> None:
    data = b"".join(written(kind, Sheet("T", ["n"] * columns, [[cell] * columns] * rows)))

    assert said in refusal(data, Bounds(rows=5000))


@pytest.mark.parametrize("kind", [Format.XLSX, Format.ODS])
def test_table_with_too_much_text_is_refused(kind: Format) -> None:
    data = b"".join(written(kind, Sheet("T", ["n"], [["é" * 100]] * 50)))

    assert "trop de texte" in refusal(data, Bounds(rows=100, chars=4000))


def test_csv_too_long_is_refused() -> None:
    assert "plus de 5" in refusal(b"a;b\n" + b"1;2\n" * 5001)


def test_styles_down_to_the_last_row_are_no_rows() -> None:
    """A column that somebody coloured to the end of the sheet holds nothing."""
    document = Document("spreadsheet")
    document.body.clear()
    table = Table("T")
    table.set_value((0, 0), "nom")
    document.body.append(table)
    made = io.BytesIO()
    document.save(made)
    content = zipfile.ZipFile(made).read("content.xml").decode()
    empty = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
    data = rezipped(
        made.getvalue(),
        **{"content.xml": content.replace("</table:table>", empty + "</table:table>").encode()},
    )

    assert read(data) == [("nom",)]


def test_truncated_file_is_refused() -> None:
    data = a_workbook()

    for end in range(4, len(data), 97):
        assert refusal(data[:end])


@cache
def the_workbook(kind: Format) -> bytes:
    """Always the same bytes: a workbook holds the time at which it was made."""
    return a_workbook(kind)


@pytest.mark.parametrize("kind", [Format.XLSX, Format.ODS])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_file_is_read_or_refused_and_nothing_else(
    kind: Format, data: st.DataObject
) -> None:
    damaged = bytearray(the_workbook(kind))
    for _blow in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(4, len(damaged) - 1))] = data.draw(st.integers(0, 255))

    rows: object = []
    with suppress(FichierRefuse):
        rows = read(bytes(damaged))

    assert isinstance(rows, list)


def test_reader_that_does_not_come_back_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "CHILD_WALL_S", 0.01)

    assert refusal(a_workbook()) == workbook.TROP_LOURD


def test_one_workbook_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "CHILD_WALL_S", 0.05)

    with workbook._TURN:
        assert refusal(a_workbook()) == workbook.OCCUPE


def test_cells_are_read_as_people_see_them() -> None:
    shown = [
        True,
        False,
        12.0,
        1.5,
        date(2026, 6, 3),
        datetime(2026, 6, 3, tzinfo=UTC),
        datetime(2026, 6, 3, 8, 30, tzinfo=UTC),
        "x",
    ]

    assert list(map(opener.text_of, shown)) == [
        "oui",
        "non",
        "12",
        "1.5",
        "2026-06-03",
        "2026-06-03",
        "2026-06-03 08:30:00+00:00",
        "x",
    ]


def test_opener_reads_the_first_sheet_from_its_first_cell() -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        book.add_worksheet("cachée").write_string(0, 0, "non")
        book.worksheets()[0].hide()
        sheet = book.add_worksheet("vue")
        sheet.activate()
        sheet.set_first_sheet()
        sheet.write_string(2, 1, "oui")

    rows = list(opener.rows_of(made.getvalue(), rows=10, columns=10, cell_chars=10, chars=10))

    assert rows == [["", ""], ["", ""], ["", "oui"]]
