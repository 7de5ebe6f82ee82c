"""The lines of a source text, with offsets, and what their first and last characters tell."""

from __future__ import annotations

import re
from typing import NamedTuple

# Characters that are not seen: zero-width space, word joiner, byte-order mark.
_INVISIBLE = "\u200b\u2060\ufeff"
SOFT_HYPHEN = "\u00ad"
_BLANK = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
OUTER = _BLANK + _INVISIBLE
_LEADING = OUTER + SOFT_HYPHEN

# A footnote's mark, directly behind a word or its full stop: "provisions.1", "law[2]", "law²".
NOTE_MARK = r"(?:\d{1,3}(?:,\s?\d{1,3})*(?!\w)|(?:\[\d{1,3}\])+|[¹²³⁰⁴-⁹]+|\*{1,3}(?!\w)|[†‡])"
# “ and ‘ close in German; directly behind a full stop they cannot open.
CLOSERS = r"[\"'”’»“‘)\]›]"
OPENERS = r"[\"'“‘„«»‹(\[¿¡]"

_ENDING = re.compile(rf"([.!?…:;,]){CLOSERS}*(?:\s»)?({NOTE_MARK})?\Z")
_FIRST_LETTER = re.compile(rf"{OPENERS}*\s?(\w)")
_LETTERS = re.compile(r"[^\W\d_]")


class Line(NamedTuple):
    """One line that is not blank.

    Attributes:
        start: offset of its first visible character.
        end: offset behind its last visible character.
        text: what stands there.
        indent: how many blanks stand before it.
        blanks: how many blank lines stand before it.
        page_break: a form feed stands between it and the line before.
    """

    start: int
    end: int
    text: str
    indent: int
    blanks: int
    page_break: bool


def read_lines(text: str) -> list[Line]:
    """Split a text at every kind of line end (LF, CRLF, CR, form feed, Unicode separators)."""
    lines = []
    offset = blanks = 0
    page_break = False
    for raw in text.splitlines(keepends=True):
        left = raw.lstrip(_LEADING)
        page_break = page_break or "\f" in raw[: len(raw) - len(left)]
        if left:
            visible = left.rstrip(OUTER)
            if not breaks_word(visible):
                visible = visible.rstrip(_LEADING)
            indent = len(raw) - len(left)
            start = offset + indent
            lines.append(
                Line(start, start + len(visible), visible, indent, blanks, page_break)
            )
            blanks, page_break = 0, False
        else:
            blanks += 1
        page_break = page_break or raw.endswith("\f")
        offset += len(raw)
    return lines


def ending(text: str) -> str:
    """The punctuation a line ends with, quotes, brackets and footnote marks aside.

    >>> ending("with all relevant provisions.1"), ending("“by default,” it"), ending("3.1")
    ('.', '', '')
    """
    if text[-1:].isalpha():
        return ""
    tail = text[-24:]
    found = _ENDING.search(tail)
    if found is None:
        return ""
    if found.group(2) and found.group(2)[0].isdigit() and not _after_word(tail, found.start()):
        return ""
    return "." if found.group(1) in ".!?…" else found.group(1)


def _after_word(text: str, position: int) -> bool:
    """Whether a letter or a closing bracket stands before the full stop (not "3.1")."""
    return position > 0 and (text[position - 1].isalpha() or text[position - 1] in ")]”’\"»")


def breaks_word(text: str) -> bool:
    """Whether a line ends in a hyphen, soft or hard, directly behind a letter."""
    return text[-1:] in ("-", "\u2010", SOFT_HYPHEN) and text[-2:-1].isalpha()


def starts_lower(text: str) -> bool:
    """Whether a line goes on in lower case, opening quotes and brackets aside."""
    found = _FIRST_LETTER.match(text)
    return found is not None and found.group(1).islower()


def in_capitals(text: str) -> bool:
    """Whether a line has letters, and all of them are capitals."""
    return len(text) <= 300 and text.isupper() and len(_LETTERS.findall(text)) >= 2


def last_word(text: str) -> str:
    """The last word of a line, in lower case."""
    return text[text.rfind(" ") + 1 :].lower() if len(text) < 1000 else (
        text[-60:].split()[-1].lower()
    )


def first_word_length(text: str) -> int:
    """How many characters would have to fit at the end of the line before."""
    space = text.find(" ")
    return len(text) if space < 0 else space
