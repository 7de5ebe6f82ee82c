"""Result tables as Word documents."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from analysis.report import archive
from analysis.tables import formatted

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
    from docx.shared import Pt

    columns = payload["columns"]
    document = docx.Document()
    document.styles["Normal"].font.size = Pt(9)
    if len(columns) > _UPRIGHT:
        section = document.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    document.add_paragraph(_clean(payload["caption"]), style="Caption")
    grid = document.add_table(rows=0, cols=len(columns))
    grid.style = "Light List"
    for line in _rows(payload):
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


def _rows(payload: Mapping[str, object]) -> list:
    """The table's rows as elements: python-docx's own way to a cell goes over all cells each time.
    """
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    columns = payload["columns"]
    labels = "".join(_cell(column["label"], "") for column in columns)
    made = [f"<w:tr><w:trPr><w:tblHeader/></w:trPr>{labels}</w:tr>"]
    for row in payload["rows"]:
        cells = (
            _cell(formatted(value, column["format"]), _TO_RIGHT * (column["format"] in _RIGHT))
            for value, column in zip(row, columns, strict=True)
        )
        made.append(f"<w:tr>{''.join(cells)}</w:tr>")
    return list(parse_xml(f"<w:tbl {nsdecls('w')}>{''.join(made)}</w:tbl>"))


def _cell(text: str, properties: str) -> str:
    written = escape(_clean(text))
    return (
        f'<w:tc><w:p>{properties}<w:r><w:t xml:space="preserve">{written}</w:t></w:r></w:p></w:tc>'
    )


def _clean(text: object) -> str:
    return _NOT_XML.sub("\ufffd", str(text))
