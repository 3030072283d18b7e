"""OpenDocument: odfdo makes the document, the rows are written into its content as they come.

OpenDocument 1.3, part 3: https://docs.oasis-open.org/office/OpenDocument/v1.3/ . odfdo holds a whole table in
memory, in a time that grows with the square of its rows: it is given one cell, which the rows replace.
"""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import IO, cast
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from odfdo import Document, Element, Table

from idp.spreadsheets.neutral import neutralise
from idp.spreadsheets.sheet import Sheet

_CONTENT = "content.xml"
_KEPT = re.compile(r"mimetype|[\w-]+\.(xml|rdf)|META-INF/manifest\.xml")
_MARK = "mcp-rows-{}"
_STYLES = (
    '<number:text-style style:name="mcp-text-number"><number:text-content/></number:text-style>',
    '<style:style style:name="mcp-text" style:family="table-cell" style:data-style-name="mcp-text-number"/>',
    '<style:style style:name="mcp-name" style:family="table-cell" style:data-style-name="mcp-text-number">'
    '<style:text-properties fo:font-weight="bold"/></style:style>',
    '<style:style style:name="mcp-column" style:family="table-column">'
    '<style:table-column-properties style:column-width="5cm"/></style:style>',
)


def write_ods(file: IO[bytes], sheets: Sequence[Sheet]) -> None:
    """Write a whole document; the file must be seekable."""
    shell = BytesIO()
    _document(sheets).save(shell)
    with ZipFile(shell) as made, ZipFile(file, "w") as written:
        for name in filter(_KEPT.fullmatch, made.namelist()):
            if name == _CONTENT:
                continue
            kind = ZIP_STORED if name == "mimetype" else ZIP_DEFLATED
            written.writestr(name, made.read(name), compress_type=kind)
        content = made.read(_CONTENT).decode()
        written.compression = ZIP_DEFLATED
        with written.open(_CONTENT, "w", force_zip64=True) as part:
            for piece in _filled(content, sheets):
                part.write(piece.encode())


def _document(sheets: Sequence[Sheet]) -> Document:
    document = Document("spreadsheet")
    document.body.clear()
    styles = cast(Element, document.content.get_element("//office:automatic-styles"))
    for style in _STYLES:
        styles.append(Element.from_tag(style))
    for number, sheet in enumerate(sheets):
        table = Table(sheet.title)
        table.set_value((0, 0), _MARK.format(number))
        document.body.append(table)
    return document


def _filled(content: str, sheets: Sequence[Sheet]) -> Iterator[str]:
    """The content, where each table has its columns and rows in place of the mark."""
    for number, sheet in enumerate(sheets):
        mark = _MARK.format(number)
        start = content.rindex("<table:table-column", 0, content.index(mark))
        end = content.index("</table:table-row>", content.index(mark)) + len("</table:table-row>")
        yield content[:start]
        yield (
            '<table:table-column table:style-name="mcp-column" table:default-cell-style-name="mcp-text"'
            f' table:number-columns-repeated="{len(sheet.header)}"/>'
        )
        yield _row(sheet.header, "mcp-name")
        for row in sheet.rows:
            yield _row(row, "mcp-text")
        content = content[end:]
    yield content


def _row(row: Sequence[str], style: str) -> str:
    cells = "".join(_cell(cell, style) for cell in row)
    return f"<table:table-row>{cells}</table:table-row>"


def _cell(cell: str, style: str) -> str:
    text = re.sub(" +", _spaces, escape(neutralise(cell)))
    return (
        f'<table:table-cell office:value-type="string" table:style-name="{style}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def _spaces(found: re.Match[str]) -> str:
    # Part 3, §6.1.2: spaces at both ends of a paragraph, and all but the first of several, would be lost.
    is_plain = len(found[0]) == 1 and 0 < found.start() < found.end() < len(found.string)
    return " " if is_plain else f'<text:s text:c="{len(found[0])}"/>'
