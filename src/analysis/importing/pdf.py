"""PDF → text of its text layer: lines put in reading order, running heads and page numbers marked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from analysis.errors import MAX_LISTED
from analysis.importing.reading import Fact, Reading, Unreadable, tidy
from analysis.segment.furniture import PAGE_NUMBER, RUNNING_LINE, mark
from analysis.segment.lines import breaks_word

# A volume of minutes has fewer; each costs about 20 ms.
MAX_PAGES = 3_000
# Headers and footers are among this many lines from the top or the bottom of their pages.
_EDGE_LINES = 3
# Points by which a running line may stand higher or lower on another page.
_SAME_HEIGHT = 4.0
# On a page of its own a line must stand alike on at least this share of the pages (odd and even
# pages may have their own) to be a running one.
_RUNNING_SHARE = 0.3
# A gap of this many line heights inside a line parts columns, not words.
_COLUMN_GAP = 1.2
_MIN_COLUMN_LINES = 5
# A step down of this many usual ones parts paragraphs; type that differs so much is a heading's.
_PARAGRAPH_STEP = 1.35
_OTHER_SIZE = 1.15
# A line that fills less of its column than this ends for another reason than the margin.
_FULL_LINE = 0.8
# A narrow column's line may end so early before a long word; a letterhead's is shorter.
_HEADING_LINE = 0.6
_ITEM = re.compile(r"(?:[•◦▪‣∙·–—*-]|\(?\w{1,4}[.)])\s")
# More undecodable characters than this, and the text layer is none.
_MAX_UNREADABLE = 0.2
_NUMBERS = re.compile(r"\d+|\b[ivxlc]+\b")
_NUMBER_LINE = re.compile(r"\W*(?:\w{1,6}\.?\W*)?#(?:\W*(?:\w{1,3}\W*)?#)?\W*")
# What programs write into the title of a document that has none.
_NO_TITLE = re.compile(
    r"microsoft|untitled|\.(?:docx?|odt|pdf|indd|qxd|rtf|pptx?)\b|^\W*$|^(?:layout|document|print|slide) ?\d*$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Line:
    text: str
    left: float
    right: float
    bottom: float
    size: float
    gaps: list[tuple[float, float, int]]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def read(data: bytes) -> Reading:
    """What does the text layer of a PDF say?

    Returns:
        Its text, pages parted by form feeds; notes name pages without a text layer.

    Raises:
        Unreadable: it is damaged, locked, too long, or has no text layer at all.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise Unreadable("is locked with a password; save it without one") from None
        raise Unreadable("is no sound PDF (it cannot be opened); print or save it again") from None
    if not count or count > MAX_PAGES:
        raise Unreadable(f"has {count:,} pages, must be 1 to {MAX_PAGES:,}; split it")
    pages, scanned = [], []
    for i in range(count):
        try:
            lines, has_image = _page(document, i)
        except pypdfium2.PdfiumError:
            lines, has_image = [], True
        pages.append(lines)
        if has_image and not lines:
            scanned.append(i + 1)
    title = "" if _NO_TITLE.search(document.get_metadata_value("Title")) else (
        " ".join(document.get_metadata_value("Title").split())
    )
    document.close()
    return _reading(pages, scanned, title)


def _reading(pages: list[list[_Line]], scanned: list[int], title: str) -> Reading:
    letters = "".join(line.text for page in pages for line in page)
    if not any(map(str.isalnum, letters)):
        raise Unreadable(
            "has no text layer, its pages are scanned or drawn; run text recognition on it first "
            "(OCR, for instance ocrmypdf)"
        )
    odd = sum(_undecodable(character) for character in letters)
    if odd > _MAX_UNREADABLE * len(letters):
        raise Unreadable(
            "has a text layer that cannot be decoded (its fonts name no characters); run text "
            "recognition on it (OCR, for instance ocrmypdf --force-ocr)"
        )
    facts = {}
    if large := _largest(pages[0]):
        facts["title"] = Fact(large, "the largest type on the first page")
    elif title:
        facts["title"] = Fact(title, "the document's title property")
    notes = []
    if scanned:
        listed = ", ".join(map(str, scanned[:MAX_LISTED])) + (" …" if len(scanned) > MAX_LISTED else "")
        notes.append(
            f"page {listed} of {len(pages)} without a text layer (scanned?), so its text is missing"
        )
    running = _running(pages)
    texts = [
        mark(f"page {i}", "page without a text layer") if i in scanned
        else _text(page, running.get(i - 1, {}))
        for i, page in enumerate(pages, 1)
    ]
    return Reading(tidy("\n\f".join(texts)), facts, tuple(notes), broken_lines=True)


def _undecodable(character: str) -> bool:
    code = ord(character)
    return code in (0xFFFD, 0) or 0xE000 <= code < 0xF900 or (code < 32 and code not in (2, 9, 10, 13))


def _page(document, index: int) -> tuple[list[_Line], bool]:
    """The lines of a page in reading order, and whether it shows an image."""
    import pypdfium2.raw as raw

    page = document[index]
    try:
        textpage = page.get_textpage()
        lines = _columns(_lines(textpage, raw))
        image = not lines and any(
            True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)
        )
        textpage.close()
    finally:
        page.close()
    return lines, image


def _lines(textpage, raw) -> list[_Line]:
    """Lines as the page's content orders them, from the boxes of their characters."""
    from ctypes import byref

    box = raw.FS_RECTF()
    lines: list[_Line] = []
    line: _Line | None = None
    for i in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(textpage, i)
        character = "-" if code in (2, 0xFFFE) else chr(code) if code < 0x110000 else ""
        if character in ("\r", "\n") or 0xD800 <= code < 0xE000:
            line = None if character in ("\r", "\n") else line
            continue
        if not character.strip():
            if line is not None:
                line.text += " "
            continue
        if not raw.FPDFText_GetLooseCharBox(textpage, i, byref(box)):
            continue
        size = abs(box.top - box.bottom)
        # A hyphen at a line's end joins two lines to one run of characters.
        below = line is not None and line.bottom - box.bottom > 0.6 * max(size, line.size) and (
            box.left < line.right
        )
        if line is None or below:
            line = _Line("", box.left, box.right, box.bottom, size, [])
            lines.append(line)
        if box.left - line.right > _COLUMN_GAP * max(size, 1):
            line.gaps.append((line.right, box.left, len(line.text)))
        line.text += character
        line.right = max(line.right, box.right)
        line.size = max(line.size, size)
        line.bottom = min(line.bottom, box.bottom)
    return [line for line in lines if line.text.strip()]


def _columns(lines: list[_Line]) -> list[_Line]:
    """Lines of a page whose two columns were written line by line, put in reading order."""
    parted = [line for line in lines if len(line.gaps) == 1]
    if len(parted) < _MIN_COLUMN_LINES or 3 * len(parted) < len(lines):
        return lines
    start, end = median(l.gaps[0][0] for l in parted), median(l.gaps[0][1] for l in parted)
    gutter = max((l.gaps[0][0] for l in parted if l.gaps[0][0] < end), default=start)
    through = [l for l in parted if l.gaps[0][0] <= gutter <= l.gaps[0][1]]
    if len(through) < max(_MIN_COLUMN_LINES, 0.8 * len(parted)):
        return lines
    whole: list[_Line] = []
    left: list[_Line] = []
    right: list[_Line] = []
    chosen = set(map(id, through))
    for line in sorted(lines, key=lambda line: -line.bottom):
        if id(line) in chosen:
            a, b, cut = line.gaps[0]
            left.append(_Line(line.text[:cut], line.left, a, line.bottom, line.size, []))
            right.append(_Line(line.text[cut:], b, line.right, line.bottom, line.size, []))
        elif line.right <= gutter + 1:
            left.append(line)
        elif line.left >= gutter - 1:
            right.append(line)
        else:
            whole += [*left, *right, line]
            left, right = [], []
    return [*whole, *left, *right]


def _running(pages: Sequence[list[_Line]]) -> dict[int, dict[int, str]]:
    """Page → line → why it is furniture: what recurs at the same height of the pages."""
    places: dict[tuple[str, bool], list[tuple[int, int, float]]] = defaultdict(list)
    filled = [p for p, page in enumerate(pages) if page]
    for p in filled:
        order = sorted(range(len(pages[p])), key=lambda i: -pages[p][i].bottom)
        edges = {**dict.fromkeys(order[:_EDGE_LINES], True), **dict.fromkeys(order[-_EDGE_LINES:], False)}
        for i, top in edges.items():
            line = pages[p][i]
            places[_NUMBERS.sub("#", line.words.lower()), top].append((p, i, line.bottom))
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for (text, _), seen in places.items():
        height = median(bottom for _, _, bottom in seen)
        alike = [(p, i) for p, i, bottom in seen if abs(bottom - height) <= _SAME_HEIGHT]
        if len({p for p, _ in alike}) >= max(2, _RUNNING_SHARE * len(filled)):
            reason = PAGE_NUMBER if _NUMBER_LINE.fullmatch(text) else RUNNING_LINE
            for p, i in alike:
                found[p][i] = reason
    return found


def _text(lines: Sequence[_Line], furniture: dict[int, str]) -> str:
    """A page's lines, those of a paragraph in one line, a blank one between paragraphs.

    After a hyphen the line break stays: whether the hyphen is the word's own is decided later.
    """
    body = [line for i, line in enumerate(lines) if i not in furniture]
    steps = [
        above.bottom - below.bottom for above, below in zip(body, body[1:], strict=False)
        if 0 < above.bottom - below.bottom < 4 * below.size
    ]
    usual = median(steps) if steps else 0.0
    text = ""
    above: _Line | None = None
    for i, line in enumerate(lines):
        if i in furniture:
            text = f"{text.rstrip()}\n{mark(line.words, furniture[i])}\n"
            above = None
            continue
        if above is not None:
            text += _between(above, line, usual, _edge(above, body))
        text += line.words
        above = line
    return text


def _edge(line: _Line, lines: Sequence[_Line]) -> float:
    """Where the lines of a line's column end on the right."""
    return max(o.right for o in lines if abs(o.left - line.left) < 3 * line.size)


def _between(above: _Line, below: _Line, usual: float, edge: float) -> str:
    """What parts two lines: a blank line, a line break, or a space."""
    step = above.bottom - below.bottom
    if max(above.size, below.size) > _OTHER_SIZE * min(above.size, below.size):
        return "\n\n"
    if step > _PARAGRAPH_STEP * usual > 0:
        return "\n\n"
    ended = above.words[-1:] in ".!?:;”\""
    indented = 0.8 * below.size < below.left - above.left < 4 * below.size
    if step > 0 and indented and ended:
        return "\n\n"
    full = (above.right - above.left) / max(edge - above.left, 1)
    if full < (_FULL_LINE if ended else _HEADING_LINE) and not below.words[:1].islower():
        return "\n\n" if ended else "\n"
    if ended and _ITEM.match(below.words):
        return "\n"
    return "\n" if breaks_word(above.words) else " "


def _largest(lines: Sequence[_Line]) -> str:
    """The lines in the largest type, if a few lines at most have it."""
    if len(lines) < 3:
        return ""
    size = max(line.size for line in lines)
    if size < _OTHER_SIZE * median(line.size for line in lines):
        return ""
    first = next(i for i, line in enumerate(lines) if line.size >= 0.98 * size)
    title = []
    for line in lines[first : first + 5]:
        if line.size < 0.98 * size:
            break
        title.append(line.words)
    return " ".join(title) if len(title) < 5 else ""
