"""What stands before a list item or a numbered paragraph: "•", "-", "12.", "(iv)", "b)", "2.1".

A mark is read from the start of a line; whether it really opens a block depends on what came
before it ("(b)" needs an "(a)"), which `Counters` keeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

# Bullets that mean nothing else, so that no space need follow them. The private-use range holds
# the Wingdings bullets of PDF conversions.
_GLYPH = r"[•◦▪●■□▫‣⁃∙·➢➤►▶✓✔❖◆○\ue000-\uf8ff]"
_DASH = r"[-–—*](?=\s|\Z)"
_LETTER_BULLET = r"o(?=\s|\Z)"
# Up to three digits: four are a year ("2021."). Romans only of i, v and x: "(c)" and "(d)" are
# letters, and lists of fifty items are numbered otherwise.
_COUNTED = (
    r"(?:\(\s?(?:\d{1,3}|[ivxIVX]{1,6}|[A-Za-z])\s?\)|(?:\d{1,3}|[ivxIVX]{1,6}|[A-Za-z])[.)]"
    r"|\d{1,2}(?:\.\d{1,2}){1,3}\.?)(?=\s|\Z)"
)
_MARK = re.compile(rf"{_GLYPH}|{_DASH}|{_COUNTED}")
_MARK_OR_LETTER = re.compile(rf"{_GLYPH}|{_DASH}|{_LETTER_BULLET}|{_COUNTED}")
_SURE = re.compile(_GLYPH)
_INLINE = re.compile(rf"(?:(?<=\s)|\A){_COUNTED}")

_ROMAN = {
    tens + ones: 10 * t + o
    for t, tens in enumerate(("", "x", "xx", "xxx"))
    for o, ones in enumerate(("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"))
    if tens + ones
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One reading of an enumerator.

    Attributes:
        text: as it stands in the source.
        style: marks of one list share it: shape and alphabet, as "(i)", "1." or "•".
        value: its place in the sequence from 1; 0 for a bullet.
    """

    text: str
    style: str
    value: int

    @property
    def bullet(self) -> bool:
        """Whether it has no place in a sequence."""
        return self.value == 0

    @property
    def sure(self) -> bool:
        """Whether it is a glyph that can only be a bullet."""
        return self.bullet and _SURE.match(self.text) is not None

    @property
    def numeric(self) -> bool:
        """Whether it counts in digits: paragraphs and headings do, sub-items rather not."""
        return "1" in self.style

    @property
    def titling(self) -> bool:
        """Whether a heading may carry it: "1.", "2.1", "A.", "IV." but not "(a)" or "•"."""
        return self.style.rstrip("0123456789.") == "" or self.style in ("A.", "I.")


def match_mark(line: str, *, letter_bullets: bool = False) -> re.Match[str] | None:
    """The enumerator at the start of a line, if there is anything that looks like one."""
    if line[:2].isalpha() and line[0] not in "ivxIVX":
        return None
    return (_MARK_OR_LETTER if letter_bullets else _MARK).match(line)


def inline_marks(
    text: str, start: int = 0, *, reach: int | None = None
) -> Iterator[tuple[int, int, tuple[Mark, ...]]]:
    """Everything in running text that looks like a counted mark: (start, end, readings).

    With `reach`, the search ends where so many characters hold none.
    """
    end = len(text) if reach is None else start + reach
    while found := _INLINE.search(text, start, end):
        yield found.start(), found.end(), readings(found.group())
        start = found.end()
        end = len(text) if reach is None else start + reach


@lru_cache(maxsize=4096)
def readings(text: str) -> tuple[Mark, ...]:
    """All readings of a mark: "(i)" is the first Roman and the ninth letter.

    >>> [(mark.style, mark.value) for mark in readings("(i)")]
    [('(i)', 1), ('(a)', 9)]
    >>> readings("2.1")[0].value
    1
    """
    core = text.strip("().- \t")
    if not core.replace(".", "").isalnum() or (core == "o" and text == "o"):
        return (Mark(text, text, 0),)
    shape = re.sub(r"\s", "", text).replace(core, "{}", 1)
    if core[0].isdigit():
        *upper, last = core.split(".")
        return (Mark(text, ".".join([*upper, shape.format("1")]), int(last)),)
    found = []
    case = "{}" if core.islower() else "upper"
    if core.lower() in _ROMAN and core in (core.lower(), core.upper()):
        alphabet = "i" if case == "{}" else "I"
        found.append(Mark(text, shape.format(alphabet), _ROMAN[core.lower()]))
    if len(core) == 1:
        alphabet = "a" if case == "{}" else "A"
        found.append(Mark(text, shape.format(alphabet), ord(core.lower()) - ord("a") + 1))
    return tuple(found)


@dataclass(slots=True)
class Counters:
    """How far each style of mark has counted in the document so far."""

    last: dict[str, int] = field(default_factory=dict)

    def next_in_sequence(self, text: str) -> Mark | None:
        """The reading that continues a list."""
        for mark in readings(text):
            if mark.value and self.last.get(mark.style) == mark.value - 1:
                return mark
        return None

    def first_of_list(self, text: str) -> Mark | None:
        """The reading that opens a list."""
        return next((mark for mark in readings(text) if mark.value == 1), None)

    def count(self, mark: Mark) -> None:
        """Note a mark as taken."""
        self.last[mark.style] = mark.value
