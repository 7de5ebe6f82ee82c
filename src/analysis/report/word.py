"""Result tables as Word documents."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from analysis.report import archive, tex
from analysis.tables import formatted, only_in_the_csv, printed

# More columns than this stand on a page turned on its side.
_UPRIGHT = 6

# Characters that XML does not allow.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# No clock is read; the date is the earliest that a zip can hold.
_TIME = datetime(1980, 1, 1)

_RIGHT = {"count", "number", "percent", "points"}
_TO_RIGHT = '<w:pPr><w:jc w:val="right"/></w:pPr>'


def table(payload: Mapping[str, object], *, lines: Sequence[str]) -> bytes:
    """A table as a Word document: caption above, its head repeated on each page, notes below.

    Args:
        payload: what `tables.payload` returned.
        lines: what stands below it: notes and source.
    """
    # Imported here: only exports need it.
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm, Pt, Twips

    payload, aside = printed(payload)
    lines = [*lines[:1], *only_in_the_csv(aside), *lines[1:]]
    columns = payload["columns"]
    document = docx.Document()
    document.styles["Normal"].font.size = Pt(9 if len(columns) <= _UPRIGHT else 8)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    if len(columns) > _UPRIGHT:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    document.add_paragraph(_clean(payload["caption"]), style="Caption")
    grid = document.add_table(rows=0, cols=len(columns))
    grid.style = "Light List"
    grid.autofit = False
    room = (section.page_width - section.left_margin - section.right_margin) // Twips(1)
    rows = [
        [formatted(value, column["format"]) for value, column in zip(row, columns, strict=True)]
        for row in payload["rows"]
    ]
    widths = [int(room * share) for share in tex.shares_of_width(columns, rows)]
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Twips(width)
    for line in _rows(columns, rows, widths):
        grid._tbl.append(line)
    for line in filter(None, lines):
        document.add_paragraph(_clean(line))
    about = document.core_properties
    about.author = about.last_modified_by = about.comments = ""
    about.title = _clean(payload["caption"])[:255]
    about.created = about.modified = _TIME
    buffer = io.BytesIO()
    document.save(buffer)
    return archive.zipped(archive.unzipped(buffer.getvalue()))


def _rows(
    columns: Sequence[Mapping[str, str]], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> list:
    """The table's rows as elements: python-docx's own way to a cell goes over all cells each time.
    """
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    labels = "".join(
        _cell(column["label"], "", width) for column, width in zip(columns, widths, strict=True)
    )
    made = [f"<w:tr><w:trPr><w:tblHeader/></w:trPr>{labels}</w:tr>"]
    for row in rows:
        cells = (
            _cell(text, _TO_RIGHT * (column["format"] in _RIGHT), width)
            for text, column, width in zip(row, columns, widths, strict=True)
        )
        made.append(f"<w:tr>{''.join(cells)}</w:tr>")
    return list(parse_xml(f"<w:tbl {nsdecls('w')}>{''.join(made)}</w:tbl>"))


def _cell(text: str, properties: str, width: int) -> str:
    written = escape(_clean(text))
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p>{properties}'
        f'<w:r><w:t xml:space="preserve">{written}</w:t></w:r></w:p></w:tc>'
    )


def _clean(text: object) -> str:
    return _NOT_XML.sub("\ufffd", str(text))
