"""Result tables as Word documents."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from analysis.report import archive
from analysis.tables import formatted

# More columns than this stand on a page turned on its side.
_UPRIGHT = 6

# Characters that XML does not allow.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# No clock is read; the date is the earliest that a zip can hold.
_TIME = datetime(1980, 1, 1)

_RIGHT = {"count", "number", "percent", "points"}


def table(payload: Mapping[str, object], *, lines: Sequence[str]) -> bytes:
    """A table as a Word document: caption above, its head repeated on each page, notes below.

    Args:
        payload: what `tables.payload` returned.
        lines: what stands below it: notes and source.
    """
    # Imported here: only exports need it.
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    columns = payload["columns"]
    document = docx.Document()
    document.styles["Normal"].font.size = Pt(9)
    if len(columns) > _UPRIGHT:
        section = document.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    document.add_paragraph(_clean(payload["caption"]), style="Caption")
    grid = document.add_table(rows=1 + len(payload["rows"]), cols=len(columns))
    grid.style = "Light List"
    texts = [[column["label"] for column in columns]] + [
        [formatted(value, column["format"]) for value, column in zip(row, columns, strict=True)]
        for row in payload["rows"]
    ]
    # python-docx's own way to a cell looks through all cells of the table each time.
    for line, written in zip(grid._tbl.tr_lst, texts, strict=True):
        for cell, column, text in zip(line.tc_lst, columns, written, strict=True):
            paragraph = cell.p_lst[0]
            paragraph.add_r().text = _clean(text)
            if column["format"] in _RIGHT:
                paragraph.get_or_add_pPr().jc_val = WD_ALIGN_PARAGRAPH.RIGHT
    repeated = OxmlElement("w:tblHeader")
    grid._tbl.tr_lst[0].get_or_add_trPr().append(repeated)
    for line in filter(None, lines):
        document.add_paragraph(_clean(line))
    about = document.core_properties
    about.author = about.last_modified_by = about.comments = ""
    about.title = _clean(payload["caption"])[:255]
    about.created = about.modified = _TIME
    buffer = io.BytesIO()
    document.save(buffer)
    return archive.zipped(archive.unzipped(buffer.getvalue()))


def _clean(text: object) -> str:
    return _NOT_XML.sub("\ufffd", str(text))
