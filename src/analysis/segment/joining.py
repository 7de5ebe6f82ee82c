"""From lines to pieces of text: which lines continue the one before, which open a new block.

A document is *wrapped* (its lines were broken to fit a width) or keeps one paragraph a line; in
either case it may be spaced (a blank line after every line). Both are measured, not declared.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from analysis.segment.enumerators import Counters, Mark, match_mark, readings
from analysis.segment.furniture import SEPARATOR, find_furniture
from analysis.segment.lines import (
    NOTE_MARK,
    OUTER,
    Line,
    breaks_word,
    ending,
    first_word_length,
    in_capitals,
    last_word,
    read_lines,
    starts_lower,
)
from analysis.segment.rules import Rules

# Where a text is wrapped, at least this share of its long lines breaks off and goes on in lower
# case below. Measured on the shipped texts, as they are and wrapped anew at 60 to 100 characters:
# .67 to .92 where wrapped, 0 where a paragraph is a line; the rest is room for German capitals.
_WRAPPED_SHARE = 0.25
# Longer lines are paragraphs (the shipped texts: 89 and 109 wrapped, 324 to 842 not).
_MAX_WRAP_WIDTH = 250
# Shorter lines tell nothing about wrapping: a column of a page has more characters.
_MIN_LONG_LINE = 30
# The last line of a paragraph is short against the others. Type may be proportional, so the measure
# is the document's own: what lines that were surely broken needed for their next word (85 to 102
# characters in one shipped text, 96 to 124 in another), the odd broken heading left out.
_SHORT_QUANTILE = 0.02
# A line without its full stop counts as a heading only if clearly short, below the most ragged
# line in those two texts.
_CLEARLY_SHORT = 0.75
# Where paragraphs are not wrapped, only a line this long is one that a page break has cut.
_MIN_CUT_WORDS = 12
# Numbers waiting for their text in lines of their own ("1." above "(a)"); more are a table.
_MAX_PENDING = 2

_NOTE_START = re.compile(
    r"(?:\d{1,3}[.)]?\s+(?=[\"“‘«(]?[^\W\d_])|(?:\[\d{1,3}\]|[¹²³⁰⁴-⁹]+|[*†‡]{1,3})\s*)(?=\S)"
)
# What looks like an enumerator or a footnote tells nothing about the line above it.
_OPENER = re.compile(r"\W|\(?\w{1,4}[.)]|\d{1,3}\s")
_INITIALS = re.compile(r"[A-Z]\.\s")
_MARK_RUN = re.compile(r"[\d[*†‡¹²³⁰⁴-⁹][\d\],¹²³⁰⁴-⁹]*")
_WHOLE_MARK = re.compile(NOTE_MARK)
_WORD_END = re.compile(r"(?:[^\W\d_A-Z]{3}|(?<!\d)(?:1[5-9]|20)\d\d)[.,;:)”’\"»]{0,3}\Z")
_ONE_MARK = re.compile(r"\d+|[¹²³⁰⁴-⁹]+|[*†‡]+")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a document's lines were made.

    Attributes:
        wrapped: lines were broken to fit a width.
        spacing: blank lines between the lines of a paragraph.
        fill: a line whose next word would still have fitted below this width is short.
        width: the length of a full line.
    """

    wrapped: bool
    spacing: int
    fill: float
    width: int

    def short(self, above: Line, below: Line) -> bool:
        """Whether a line ends before the margin: the word that follows would have fitted."""
        return _needed(above, below) < self.fill

    def clearly_short(self, above: Line, below: Line) -> bool:
        """The same, even if lines are ragged."""
        return _needed(above, below) < _CLEARLY_SHORT * self.fill


@dataclass(slots=True)
class Piece:
    """A stretch of source that becomes one block.

    Attributes:
        start, end: offsets of its content.
        marks: the enumerators before it (the last one is its own).
        first, last: its first and last line.
        lines: how many lines it has.
        gaps: ranges inside it that belong to page furniture or footnotes.
        reason: why it is set aside ("" = it is text).
        note: it is a footnote.
        close: no blank line stands before it.
    """

    start: int
    end: int
    first: Line
    last: Line
    marks: tuple[Mark, ...] = ()
    lines: int = 1
    gaps: list[tuple[int, int]] = field(default_factory=list)
    reason: str = ""
    note: bool = False
    close: bool = False

    @property
    def mark(self) -> Mark | None:
        """Its own enumerator."""
        return self.marks[-1] if self.marks else None


def join_lines(text: str, rules: Rules) -> list[Piece]:
    """Put the lines of a source together to pieces."""
    lines = read_lines(text)
    furniture = find_furniture(lines)
    layout = measure([line for i, line in enumerate(lines) if i not in furniture])
    joiner = _Joiner(text, layout, rules)
    for i, line in enumerate(lines):
        if i in furniture:
            joiner.set_aside(line, furniture[i])
        else:
            joiner.add(line, lines[i + 1] if i + 1 < len(lines) else None)
    joiner.flush()
    return joiner.pieces


def measure(lines: Sequence[Line]) -> Layout:
    """Are the lines wrapped, how are they spaced, and when is one short?"""
    lengths = sorted(len(line.text) for line in lines)
    width = lengths[int(0.95 * (len(lengths) - 1))] if lengths else 0
    long_line = max(_MIN_LONG_LINE, 0.6 * width)
    long_pairs: dict[int, int] = defaultdict(int)
    broken: dict[int, list[int]] = defaultdict(list)
    for above, below in zip(lines, lines[1:], strict=False):
        if len(above.text) >= long_line and not _OPENER.match(below.text):
            long_pairs[below.blanks] += 1
            if _goes_on(above, below):
                broken[below.blanks].append(_needed(above, below))
    if not broken or width > _MAX_WRAP_WIDTH:
        return Layout(wrapped=False, spacing=0, fill=0, width=width)
    spacing = max(broken, key=lambda gap: (len(broken[gap]), -gap))
    needed = sorted(broken[spacing])
    wrapped = len(needed) >= _WRAPPED_SHARE * long_pairs[spacing]
    fill = needed[int(_SHORT_QUANTILE * len(needed))]
    return Layout(
        wrapped=wrapped,
        spacing=spacing if wrapped else 0,
        fill=min(max(fill, _CLEARLY_SHORT * width), width + 1),
        width=width,
    )


def _needed(above: Line, below: Line) -> int:
    return len(above.text) + 1 + first_word_length(below.text)


def _goes_on(above: Line, below: Line) -> bool:
    """Whether a sentence surely runs from one line into the next."""
    return ending(above.text) in ("", ",") and starts_lower(below.text)


class _Joiner:
    """Reads line after line and keeps the open piece, the open footnote and the counters."""

    def __init__(self, text: str, layout: Layout, rules: Rules) -> None:
        self.pieces: list[Piece] = []
        self.text = text
        self.layout = layout
        self.rules = rules
        self.last_note = 0
        self.counters = Counters()
        self.body: Piece | None = None
        self.note: Piece | None = None
        self.before_body: Piece | None = None
        self.pending: list[tuple[Line, Mark, int]] = []
        self.interrupted = False

    def set_aside(self, line: Line, reason: str) -> None:
        """A line of page furniture: a piece of its own that interrupts what is open."""
        self.pieces.append(Piece(line.start, line.end, line, line, reason=reason))
        self.interrupted = True
        self.note = None

    def add(self, line: Line, below: Line | None) -> None:
        """One more line of the text, and the one after it."""
        blanks = max(0, line.blanks - self.layout.spacing)
        if self.note is not None:
            if blanks == 0 and not line.page_break and not self._note_number(line) and (
                self._continues(self.note, line, broken=False)
            ):
                self._extend(self.note, line)
                return
            self.note = None
            self.interrupted = True
        broken = blanks > 0 or line.page_break or self.interrupted
        if number := self._note_number(line):
            self._open_note(line, number)
            return
        marks, offset = self._take_marks(line, blanks > 0, broken)
        if offset == len(line.text):
            self._wait(line, marks)
        elif (
            marks
            or self.pending
            or self.body is None
            or not self._continues(self.body, line, broken)
            or self._heads_numbered(self.body.last, line, below)
        ):
            self._open(line, marks, offset, close=not broken)
        else:
            self._extend(self.body, line)

    def flush(self) -> None:
        """Numbers for which no text comes become pieces of their own."""
        for line, mark, offset in self.pending:
            start = line.start + offset
            self.pieces.append(
                Piece(start, start + len(mark.text), line, line, reason="number without text")
            )
        self.pending = []

    def _wait(self, line: Line, marks: list[Mark]) -> None:
        if len(self.pending) + len(marks) > _MAX_PENDING:
            self.flush()
        offset = 0
        for mark in marks:
            offset = line.text.index(mark.text, offset)
            self.pending.append((line, mark, offset))
            offset += len(mark.text)

    def _open(self, line: Line, marks: list[Mark], offset: int, *, close: bool) -> None:
        first = self.pending[0][0] if self.pending else line
        every = tuple(mark for _, mark, _ in self.pending) + tuple(marks)
        self.before_body = self.body
        self.body = Piece(
            line.start + offset, line.end, first=first, last=line, marks=every,
            close=close and not self.pending,
        )
        self.pieces.append(self.body)
        self.pending = []
        self.interrupted = False

    def _extend(self, piece: Piece, line: Line) -> None:
        if self.interrupted and piece is self.body:
            piece.gaps.append((piece.end, line.start))
        if piece is self.body:
            self.interrupted = False
        piece.end, piece.last = line.end, line
        piece.lines += 1

    # Footnotes ---------------------------------------------------------------------------------

    @cached_property
    def note_marks(self) -> dict[str, int]:
        """Footnote marks attached to words: the mark → where it first stands."""
        found: dict[str, int] = {}
        for run in _MARK_RUN.finditer(self.text):
            start = run.start()
            if _WORD_END.search(self.text[max(0, start - 8) : start]) and (
                match := _WHOLE_MARK.match(self.text, start)
            ):
                for mark in _ONE_MARK.findall(match.group()):
                    found.setdefault(mark.translate(_SUPERSCRIPTS), start)
        return found

    def _note_number(self, line: Line) -> re.Match[str] | None:
        """The mark of a footnote that begins here, if an earlier word carries the same."""
        if (found := _NOTE_START.match(line.text)) is None:
            return None
        mark = found.group().strip(" []\t.)").translate(_SUPERSCRIPTS)
        if found.group().rstrip()[-1] in ".)" and not self._below_rule():
            return None
        if self.note_marks.get(mark, line.end) >= line.start:
            return None
        expected = not mark.isdigit() or int(mark) in (1, self.last_note + 1) or (
            self.last_note == 0
        )
        return found if expected else None

    def _below_rule(self) -> bool:
        """Whether footnotes are under way: "1." is one only below a separating line."""
        before = self.pieces[-1] if self.pieces else None
        return before is not None and (before.reason == SEPARATOR or before.note)

    def _open_note(self, line: Line, number: re.Match[str]) -> None:
        self.flush()
        mark = number.group().strip()
        digits = mark.strip("[].)").translate(_SUPERSCRIPTS)
        self.last_note = int(digits) if digits.isdigit() else self.last_note
        start = line.start + number.end()
        self.note = Piece(
            start, line.end, line, line, marks=(Mark(mark, "note", 0),), note=True
        )
        self.pieces.append(self.note)
        self.interrupted = True

    # Enumerators -------------------------------------------------------------------------------

    def _take_marks(self, line: Line, blank: bool, broken: bool) -> tuple[list[Mark], int]:
        """The enumerators that open this line, and where its text begins."""
        found = match_mark(line.text, letter_bullets=self.rules.letter_bullets)
        if found is None:
            return [], 0
        rest = line.text[found.end() :].lstrip(OUTER)
        mark = self._accept(found.group(), line, rest, blank, broken)
        if mark is None:
            return [], 0
        self.counters.count(mark)
        marks, offset = [mark], len(line.text) - len(rest)
        inner = match_mark(rest)
        if rest and not mark.bullet and inner is not None and inner.group().startswith("("):
            second = self.counters.first_of_list(inner.group())
            if second is not None:
                self.counters.count(second)
                marks.append(second)
                rest = rest[inner.end() :].lstrip(OUTER)
                offset = len(line.text) - len(rest)
        return marks, offset

    def _accept(
        self, text: str, line: Line, rest: str, blank: bool, broken: bool
    ) -> Mark | None:
        """Whether what looks like an enumerator is one, and in which reading."""
        above = None if self.body is None or self.pending else self.body.last
        fresh = above is None or blank or not self.layout.wrapped
        free = fresh or self.layout.short(above, line)
        before = "" if above is None else self._ending_before_item(above)
        sure = fresh or (free and bool(before)) or self.layout.clearly_short(above, line)
        if readings(text)[0].bullet:
            return self._accept_bullet(readings(text)[0], free, before)
        if _INITIALS.match(rest) or rest[: first_word_length(rest)].lower() in self.rules.months:
            return None  # "A. B. Smith", "3. März 2020"
        following = self.counters.next_in_sequence(text)
        opening = self.counters.first_of_list(text)
        if not rest:
            return following or opening or self._any_number(text, sure)
        if free:
            if readings(text)[0].style.count(".") and text[-1] != "." and starts_lower(rest):
                return None  # "2.5 million people"
            if self._broken_off(above, broken) and not following:
                return None
            return following or opening or self._any_number(text, sure)
        if before == "." and not text[0].isalpha():
            return following or opening
        if before == ":":
            return following or opening
        if before == ";":
            return following
        if following and text[-1] == ")" and self._same_style(following):
            return following
        return None

    def _accept_bullet(self, mark: Mark, free: bool, before: str) -> Mark | None:
        same = self._same_style(mark)
        return mark if mark.sure or free or same or before in (".", ":", ";") else None

    def _any_number(self, text: str, sure: bool) -> Mark | None:
        """A number out of sequence opens a block if the layout says so: excerpts begin anywhere."""
        mark = readings(text)[0]
        return mark if sure and mark.numeric else None

    def _same_style(self, mark: Mark) -> bool:
        own = self.body.mark if self.body is not None else None
        return own is not None and own.style == mark.style

    def _broken_off(self, above: Line | None, broken: bool) -> bool:
        """Whether a page break has cut a full line, so that a number in front means nothing."""
        return (
            above is not None
            and broken
            and self.layout.wrapped
            and not ending(above.text)
            and len(above.text) >= self.layout.fill
        )

    # Continuation ------------------------------------------------------------------------------

    def _ending_before_item(self, line: Line) -> str:
        """The line's final punctuation; "…, and" may stand before the last item of a list."""
        final = ending(line.text)
        if not final and last_word(line.text) in self.rules.conjunctions:
            before = line.text[: -len(last_word(line.text))].rstrip()
            return ";" if before.endswith((";", ",")) else ""
        return final

    def _continues(self, piece: Piece, line: Line, broken: bool) -> bool:
        """Whether a line without enumerator goes on where the piece has stopped."""
        above = piece.last
        final = ending(above.text)
        lower = starts_lower(line.text)
        if not final and (
            breaks_word(above.text) or last_word(above.text) in self.rules.open_words
        ):
            return True
        if final != "." and line.text.lower() in self.rules.conjunctions:
            return True
        if self._plain_item(piece):
            return self._item_continues(above, line, final, lower, broken)
        if broken:
            return self._continues_after_break(piece, line, final, lower)
        if self.layout.wrapped:
            return self._continues_wrapped(piece, line, final, lower)
        return final in ("", ",") and lower and _many_words(above)

    def _plain_item(self, piece: Piece) -> bool:
        """Whether the piece is an item without bullet: lower case, below a colon."""
        return (
            piece is self.body
            and not piece.marks
            and self.before_body is not None
            and ending(self.before_body.last.text) == ":"
            and starts_lower(piece.first.text)
        )

    def _item_continues(
        self, above: Line, line: Line, final: str, lower: bool, broken: bool
    ) -> bool:
        if broken or not self.layout.wrapped or self.layout.short(above, line):
            return False
        return lower or not final

    def _continues_after_break(self, piece: Piece, line: Line, final: str, lower: bool) -> bool:
        """The same behind a blank line, a page break, furniture or a footnote."""
        above = piece.last
        at_page = line.page_break or self.interrupted
        cut = self.layout.wrapped and not self.layout.short(above, line)
        if final in (":", ";"):
            return cut and lower and at_page
        if final == ".":
            return False
        if lower:
            return cut or _many_words(above) or piece.lines > 1 or final == ","
        # A capital goes on only behind a full line; one that stands alone may be a heading, unless
        # it is the last of its page.
        return cut and not self._opens_sentence(line) and (piece.lines > 1 or at_page)

    def _opens_sentence(self, line: Line) -> bool:
        """Whether a line begins with a capitalised word that hardly stands inside a sentence."""
        word = line.text[: first_word_length(line.text)].lower()
        return word in self.rules.openers

    def _continues_wrapped(self, piece: Piece, line: Line, final: str, lower: bool) -> bool:
        above = piece.last
        short = self.layout.short(above, line)
        if lower:
            return not (self.layout.clearly_short(above, line) and final in (".", ":", ";"))
        if len(above.text) > 1.5 * self.layout.width:
            return False
        if in_capitals(above.text) and piece.lines <= 3:
            return in_capitals(line.text) and final != "."
        if final in (".", ":", ";"):
            return not short and line.indent <= above.indent + 1
        if piece.lines <= 2 and self._opens_sentence(line):
            return False
        return not self.layout.clearly_short(above, line)

    def _heads_numbered(self, above: Line, line: Line, below: Line | None) -> bool:
        """Whether a short line between a full stop and an enumerator is a heading."""
        return (
            below is not None
            and ending(above.text) == "."
            and not ending(line.text)
            and not starts_lower(line.text)
            and self.layout.short(line, below)
            and (mark := match_mark(below.text)) is not None
            and not readings(mark.group())[0].bullet
        )


def _many_words(line: Line) -> bool:
    return line.text.count(" ") + 1 >= _MIN_CUT_WORDS


def reset(piece: Piece, start: int, end: int, marks: tuple[Mark, ...]) -> Piece:
    """A part of a piece as a piece of its own."""
    gaps = [gap for gap in piece.gaps if start < gap[0] and gap[1] < end]
    return replace(piece, start=start, end=end, marks=marks, gaps=gaps)
