"""Lines that belong to the page, not to the text: page numbers, running headers and footers.

They are recognised before lines are joined, because they interrupt sentences. Whoever knows better
(a converter that saw the page, a reader) marks a line: `[furniture: site navigation] Home`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence, Set

from analysis.segment.lines import Line, ending, starts_lower

PAGE_NUMBER = "page number"
RUNNING_LINE = "running header or footer"
SEPARATOR = "separator"

# A line marked by hand or by a converter; the reason is shown in the report.
_MARKED = re.compile(r"\[furniture: ([^\]]{1,60})\]")

_PAGE_WORD = r"(?:page|pagina|página|seite|pág\.?|pag\.?|p\.|s\.)"
# Sure by its wording: "Page 3 of 12", "Seite 3", "- 3 -", "3 | Page".
_SURE_NUMBER = re.compile(
    rf"(?:{_PAGE_WORD}\s*\d{{1,4}}(?:\s*(?:of|/|de|von|sur|di|van)\s*\d{{1,4}})?"
    rf"|[-–—]\s?\d{{1,4}}\s?[-–—]|\d{{1,4}}\s*\|\s*{_PAGE_WORD}"
    rf"|\d{{1,4}}\s+(?:of|von|sur|di|van)\s+\d{{1,4}})",
    re.IGNORECASE,
)
# A number that may be a page's, or a figure of a table: the surroundings decide.
_PLAIN_NUMBER = re.compile(r"(\d{1,4})(?:\s?/\s?\d{1,4})?")
_RULE = re.compile(r"(?:[_*─━═=~#.·\-–—]\s?){3,}")
_DIGITS = re.compile(r"\d+")
# Headers and footers stand left, middle and right.
_COLUMNS = re.compile(r"\s{3,}|\t")

# A page holds more lines than this; numbers closer together are a table or a list.
_MIN_PAGE_LINES = 4
# The third occurrence makes a repeated line a running one; two will do if both stand beside a page
# number or a form feed.
_MIN_REPEATS = 3
# Longer lines are text: they fill the width of a page (the shipped texts: 89 and 109 characters).
_MAX_RUNNING_LENGTH = 110


def mark(line: str, reason: str) -> str:
    """A line of text marked as page furniture for this reason.

    >>> mark("Home | News", "site navigation")
    '[furniture: site navigation] Home | News'
    """
    return f"[furniture: {reason}] {line}"


def find_furniture(lines: Sequence[Line]) -> dict[int, str]:
    """Which lines are page furniture: index of the line → why."""
    found = _page_numbers(lines)
    found.update(
        (i, marked[1]) for i, line in enumerate(lines)
        if line.text[0] == "[" and (marked := _MARKED.match(line.text))
    )
    found.update(
        (i, SEPARATOR)
        for i, line in enumerate(lines)
        if len(line.text) < 300 and _RULE.fullmatch(line.text)
    )
    candidates = _repeated(lines)
    skipped = set(found).union(*candidates)
    # Twice: a second header line stands beside a first one.
    for _ in range(2):
        for indices in candidates:
            if _runs(lines, indices, found, skipped):
                found.update((i, RUNNING_LINE) for i in indices if i not in found)
    return found


def _runs(
    lines: Sequence[Line], indices: list[int], found: dict[int, str], skipped: set[int]
) -> bool:
    """Whether a repeated line is a running one: in columns, counting pages, or at their edges."""
    apart = all(j - i > _MIN_PAGE_LINES for i, j in zip(indices, indices[1:], strict=False))
    if apart and all(_COLUMNS.search(lines[i].text) for i in indices):
        return True
    breaking = {i for i in indices if _breaks_sentence(lines, i, skipped)}
    if breaking and _counts_pages([lines[i].text for i in indices]):
        return True
    beside = sum(
        i in found or i in breaking or i - 1 in found or i + 1 in found or _breaks_page(lines, i)
        for i in indices
    )
    return beside == len(indices) if len(indices) < _MIN_REPEATS else 2 * beside >= len(indices)


def _counts_pages(texts: list[str]) -> bool:
    """Whether some number in a repeated line grows from one to the next."""
    numbers = zip(*([int(n[:9]) for n in _DIGITS.findall(text)] for text in texts), strict=False)
    return any(all(a < b for a, b in zip(row, row[1:], strict=False)) for row in numbers)


def _page_numbers(lines: Sequence[Line]) -> dict[int, str]:
    sure = {
        i for i, line in enumerate(lines) if len(line.text) < 30
        and _SURE_NUMBER.fullmatch(line.text)
    }
    plain = [
        (i, int(found.group(1)))
        for i, line in enumerate(lines)
        if len(line.text) < 12 and (found := _PLAIN_NUMBER.fullmatch(line.text))
    ]
    for i, _ in plain:
        if _breaks_page(lines, i) or (_stands_apart(lines, i) and _breaks_sentence(lines, i)):
            sure.add(i)
    for (i, first), (j, second) in zip(plain, plain[1:], strict=False):
        if second == first + 1 and j - i > _MIN_PAGE_LINES:
            sure.update((i, j))
    return dict.fromkeys(sure, PAGE_NUMBER)


def _repeated(lines: Sequence[Line]) -> list[list[int]]:
    """Short lines without final punctuation that recur, numbers aside."""
    places = defaultdict(list)
    for i, line in enumerate(lines):
        text = line.text
        if len(text) <= _MAX_RUNNING_LENGTH and text[0].isalnum() and " " in text:
            places[_DIGITS.sub("#", text)].append(i)
    return [
        indices
        for text, indices in places.items()
        if len(indices) >= 2 and not ending(text)
    ]


def _breaks_page(lines: Sequence[Line], i: int) -> bool:
    """Whether a form feed stands directly before or behind the line."""
    return lines[i].page_break or (i + 1 < len(lines) and lines[i + 1].page_break)


def _stands_apart(lines: Sequence[Line], i: int) -> bool:
    """Whether a blank line stands before or behind the line."""
    return lines[i].blanks > 0 or (i + 1 < len(lines) and lines[i + 1].blanks > 0)


def _breaks_sentence(lines: Sequence[Line], i: int, skipped: Set[int] = frozenset()) -> bool:
    """Whether the line before breaks off and the line behind goes on in lower case."""
    above = next((j for j in range(i - 1, max(i - 6, -1), -1) if j not in skipped), None)
    below = next((j for j in range(i + 1, min(i + 6, len(lines))) if j not in skipped), None)
    if above is None or below is None:
        return False
    return ending(lines[above].text) in ("", ",") and starts_lower(lines[below].text)
