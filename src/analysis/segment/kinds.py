"""What each piece of text is: heading, list item, dateline, footnote, page furniture or paragraph.

The rules look at form and neighbourhood only; the words they need stand in `languages/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from analysis.segment.enumerators import Mark, inline_marks
from analysis.segment.joining import Piece, reset
from analysis.segment.lines import ending, in_capitals, last_word, starts_lower
from analysis.segment.reading import masked, unwrap
from analysis.segment.rules import Rules
from analysis.segment.splitting import spans, split

Kind = Literal["paragraph", "list_item", "heading", "dateline", "footnote", "boilerplate"]

# Between the longest heading of the shipped texts (12 words) and the shortest paragraph there that
# lacks its full stop (21).
_MAX_HEADING_WORDS = 18
_MAX_HEADING_LINES = 3
# From this length on, a line with a finite verb and no full stop is a sentence that lost it.
_MIN_SENTENCE_WORDS = 10
# Longer pieces are never furniture or headings, so their words need not be looked at.
_SHORT_PIECE = 600
# The values of a field label ("Topic" – "Borders, migration") are a few words.
_MAX_VALUE_WORDS = 5
# Sections that close a web page hold less than the text they follow.
_MAX_CLOSING_SHARE = 0.5
# "1. Jobs 2. Housing 3. Health": in a longer text only a number behind a full stop is an item's.
_MAX_LOOSE_LIST_WORDS = 60
# The items of a list in running text are shorter than this (characters).
_MAX_INLINE_ITEM = 3000
# A standfirst repeats the body if nearly all of its content words stand in one sentence there
# (the one in the shipped texts: .91; any other two neighbouring blocks there: .45 at most).
_MIN_REPEATED = 0.8
_MIN_CONTENT_WORDS = 6
# Words below this length are mostly function words.
_CONTENT_WORD = re.compile(r"[^\W\d_]{4,}")

_URL = re.compile(r"<?(?:https?://|www\.)\S+>?")
_MAIL = re.compile(r"\w@[\w-]+\.\w")
_PHONE = re.compile(
    r"(?<!\w)(?:tel|phone|fax|telephone|tél|telefon|teléfono|telefono)\b[.:\s]*[+(\d]",
    re.IGNORECASE,
)
_MAX_CONTACT_WORDS = 30
_LEADER = re.compile(r"(?:\.\s?){4,}\s*\d{1,4}\Z")
_REGISTER = re.compile(r"[A-Z\d][A-Za-z\d.()-]*(?:[/:][A-Za-z\d.()-]+)+")
_FIRST_INLINE = re.compile(r":\s+(?=\(?(?:1|a|i|A|I)[.)]\s)")


@dataclass(slots=True)
class Draft:
    """A piece on its way to a block.

    Attributes:
        piece: where it stands.
        text: what it reads; "" where it is too long to be anything but running text.
        length: its characters, a line end counting once.
        words: its words (counted up to some thousand).
        ending: its final punctuation.
        kind, reason, depth, parent, head: as in `Block`; no kind before it is judged.
    """

    piece: Piece
    text: str
    length: int
    words: int
    ending: str
    kind: Kind | None = None
    reason: str = ""
    depth: int = 0
    parent: int | None = None
    head: bool = False

    @property
    def mark(self) -> Mark | None:
        """The enumerator of its own."""
        return self.piece.mark

    @property
    def open(self) -> bool:
        """Whether it is still to be judged."""
        return self.kind is None

    @property
    def body(self) -> bool:
        """Whether it is running text."""
        return self.kind in ("paragraph", "list_item")

    def set(self, kind: Kind, reason: str = "") -> None:
        """Judge it."""
        self.kind, self.reason = kind, reason


def classify(text: str, pieces: list[Piece], rules: Rules) -> list[Draft]:
    """Give every piece its kind and every list item its head; in order of the source."""
    parts = [part for piece in pieces for part in split_inline_lists(text, piece, rules)]
    drafts = [_draft(text, part) for part in sorted(parts, key=lambda part: part.start)]
    for draft in drafts:
        _by_origin(draft)
    flow = [draft for draft in drafts if draft.open]
    prose = any(draft.ending == "." for draft in flow)  # else: answers, verses, a list of names
    if prose and len(flow) > 1:
        _by_words(flow, rules)
        _closing_section(flow, rules)
        if not any(draft.open for draft in flow):
            _reopen(flow)
    _headings(flow, rules, prose)
    _nest([draft for draft in drafts if draft.kind != "boilerplate"], drafts)
    _repeated_standfirst(text, flow, rules)
    return drafts


def _content(text: str, piece: Piece) -> str:
    return masked(text, piece.start, piece.end, piece.gaps)


def _draft(text: str, piece: Piece) -> Draft:
    content = _content(text, piece)
    length = len(content) - content.count("\r\n")
    short = length <= _SHORT_PIECE
    readable = unwrap(content) if short else ""
    return Draft(
        piece=piece,
        text=readable,
        length=length,
        words=readable.count(" ") + 1 if short else content.count(" ", 0, 10_000) + 1,
        ending=ending(content[-40:]),
    )


def _by_origin(draft: Draft) -> None:
    """What was decided while lines were joined, and what holds no words at all."""
    piece = draft.piece
    if piece.reason:
        draft.set("boilerplate", piece.reason)
    elif piece.note:
        draft.set("footnote", "footnote")
    elif draft.text and not any(map(str.isalnum, draft.text)):
        draft.set("boilerplate", "separator")


# Furniture told by its words ---------------------------------------------------------------------


def _by_words(flow: list[Draft], rules: Rules) -> None:
    passed_on = ""
    for draft in flow:
        if not draft.piece.close or draft.mark or draft.words > _MAX_VALUE_WORDS or draft.ending:
            passed_on = ""
        label = bool(draft.text) and rules.labels.fullmatch(draft.text.lower()) is not None
        if label:
            draft.set("boilerplate", "field label")
            passed_on = "value of a field label"
        elif draft.text and not (draft.mark and not draft.mark.bullet):
            kind, reason = _notice(draft, rules)
            if kind:
                draft.set(kind, reason)
                passed_on = reason if reason in ("contact block", "site navigation") else ""
            elif passed_on:
                draft.set("boilerplate", passed_on)


def _notice(draft: Draft, rules: Rules) -> tuple[Kind | None, str]:
    text, low = draft.text, draft.text.lower()
    if draft.words <= 12 and rules.dateline.fullmatch(text):
        return "dateline", "place or date alone"
    if draft.words <= rules.max_notice_words and rules.any_notice.search(low):
        for notice in rules.notices:
            if notice.fits(low, draft.words):
                return "boilerplate", notice.reason
    if draft.words <= rules.max_notice_words and rules.caption.search(text):
        return "boilerplate", "image caption or credit"
    if draft.words <= _MAX_VALUE_WORDS and not draft.ending and _URL.search(text):
        return "boilerplate", "bare address"
    if draft.words <= _MAX_CONTACT_WORDS and (_MAIL.search(text) or _PHONE.search(text)):
        return "boilerplate", "contact block"
    if draft.words <= _MAX_HEADING_WORDS and _LEADER.search(text):
        return "boilerplate", "table of contents"
    if draft.words <= 2 and _REGISTER.fullmatch(text) and any(map(str.isdigit, text)):
        return "boilerplate", "document number"
    return None, ""


def _closing_section(flow: list[Draft], rules: Rules) -> None:
    """Sections behind the text, from their heading to the end of the document."""
    total = sum(draft.length for draft in flow)
    remaining = total
    for i, draft in enumerate(flow):
        low = draft.text.lower()
        if (
            i and draft.text and not draft.mark and remaining < _MAX_CLOSING_SHARE * total
            and rules.closing_sections.fullmatch(low)
        ):
            for later in flow[i:]:
                if later.kind != "boilerplate":
                    later.set("boilerplate", f"closing section ({draft.text.rstrip(':. ')})")
            return
        remaining -= draft.length


def _reopen(flow: list[Draft]) -> None:
    """A text that would be all furniture (an answer of two words) is text."""
    for draft in flow:
        draft.kind, draft.reason = None, ""


# Headings ----------------------------------------------------------------------------------------


def _headings(flow: list[Draft], rules: Rules, prose: bool) -> None:
    """Short pieces without final punctuation above running text; everything else is text."""
    judged = [draft for draft in flow if draft.open]
    candidates = {id(draft) for draft in judged if _titled(draft, rules)}
    for above, below in zip(judged, judged[1:], strict=False):
        if _siblings(above, below) and {id(above), id(below)} <= candidates:
            above.kind = below.kind = "list_item"
    _plain_items(judged, candidates, rules)
    text_follows = False
    for draft in reversed(judged):
        if draft.open and id(draft) in candidates and text_follows and prose:
            draft.set("heading")
        else:
            text_follows = True
            if draft.open:
                draft.kind = "paragraph"


def _titled(draft: Draft, rules: Rules) -> bool:
    piece = draft.piece
    if not draft.text or draft.words > _MAX_HEADING_WORDS or piece.lines > _MAX_HEADING_LINES:
        return False
    if piece.mark is not None and not piece.mark.titling:
        return False
    if draft.ending == ":":
        return draft.words == 1 or in_capitals(draft.text)
    if draft.ending or starts_lower(draft.text) or draft.text.endswith("-"):
        return False
    return draft.words < _MIN_SENTENCE_WORDS or not _sentence_like(draft.text, rules)


def _sentence_like(text: str, rules: Rules) -> bool:
    """Whether a line has a finite verb and is not set in title case."""
    words = text.split()
    capitals = sum(word[0].isupper() for word in words)
    return 2 * capitals < len(words) and any(word.lower() in rules.finite_verbs for word in words)


def _siblings(above: Draft, below: Draft) -> bool:
    """Whether two numbered pieces follow each other with nothing between them."""
    return (
        above.mark is not None
        and below.mark is not None
        and above.mark.style == below.mark.style
        and above.mark.value + 1 == below.mark.value
    )


def _plain_items(judged: list[Draft], candidates: set[int], rules: Rules) -> None:
    """Items without bullets below a colon: in lower case, or each but the last with a semicolon."""
    for i, head in enumerate(judged[:-1]):
        if head.ending != ":" or id(head) in candidates or head.kind not in (None, "list_item"):
            continue
        run = []
        for draft in judged[i + 1 :]:
            if draft.mark or not draft.open or not (
                starts_lower(draft.text)
                or draft.ending == ";"
                or (run and (run[-1].ending == ";" or last_word(run[-1].text) in rules.conjunctions))
            ):
                break
            run.append(draft)
        if len(run) > 1:
            for draft in run:
                draft.kind = "list_item"


# Lists -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Level:
    style: str
    value: int
    indent: int
    depth: int
    parent: int | None
    items: bool


def _nest(flow: list[Draft], drafts: list[Draft]) -> None:
    """Find the list head of each item; numbered paragraphs without one stay paragraphs."""
    number = {id(draft): i for i, draft in enumerate(drafts, start=1)}
    levels: list[_Level] = []
    before: Draft | None = None
    for draft in flow:
        if draft.kind in ("footnote", "dateline"):
            continue
        if draft.kind == "heading":
            levels = [level for level in levels if not level.items]
            before = draft
            continue
        if draft.mark is None and draft.kind != "list_item":
            levels = [level for level in levels if level.style[:1] in "(" or _counts(level)]
        else:
            for mark in draft.piece.marks or (Mark("", "", 0),):
                level = _place(levels, draft, mark, before, number)
            _apply(draft, level, drafts)
        before = draft


def _counts(level: _Level) -> bool:
    """Whether later items can tell that they belong to the list: they are counted."""
    return level.value > 0


def _place(
    levels: list[_Level], draft: Draft, mark: Mark, before: Draft | None, number: dict[int, int]
) -> _Level:
    """The level of an enumerator: an open one that it continues, or a new one."""
    indent = draft.piece.first.indent
    for level in reversed(levels):
        if level.style == mark.style and (
            mark.value == level.value + 1
            if mark.value
            else abs(indent - level.indent) <= 1 or indent < level.indent
        ):
            if not mark.value and indent < level.indent - 1 and level is not levels[0]:
                continue
            del levels[levels.index(level) + 1 :]
            level.value = mark.value
            return level
    level = _new_level(levels, mark, indent, before, number)
    levels.append(level)
    return level


def _new_level(
    levels: list[_Level], mark: Mark, indent: int, before: Draft | None, number: dict[int, int]
) -> _Level:
    introduced = before is not None and before.body and before.ending == ":"
    if mark.numeric and not introduced:
        levels.clear()
        return _Level(mark.style, mark.value, indent, depth=0, parent=None, items=False)
    inside = (
        before is not None and before.mark is not None and before.body and bool(levels)
        and (before.ending in ("", ",") or not mark.value and before.kind == "list_item")
    )
    if before is not None and (introduced or inside):
        return _Level(
            mark.style, mark.value, indent, before.depth + 1, number[id(before)], items=True
        )
    levels[:] = [level for level in levels if not level.items]
    return _Level(mark.style, mark.value, indent, depth=1, parent=None, items=True)


def _apply(draft: Draft, level: _Level, drafts: list[Draft]) -> None:
    if not level.items and draft.kind != "list_item":
        return
    draft.kind, draft.depth, draft.parent = "list_item", max(1, level.depth), level.parent
    if level.parent is not None:
        drafts[level.parent - 1].head = True


def split_inline_lists(text: str, piece: Piece, rules: Rules) -> list[Piece]:
    """Take the items of a list in running text apart: "they discussed: 1) … and 2) …".

    Only a list that a colon introduces is one, or the items after an enumerator that stands before
    the piece ("1. Jobs 2. Housing 3. Health"); "(a)" and "(b)" in the middle of a clause stay.
    Behind a colon the last item ends with its sentence; what follows is a piece of its own.
    """
    if piece.reason or piece.note:
        return [piece]
    content = _content(text, piece)
    parts: list[_Part] = []
    start, marks = 0, piece.marks
    for colon in _FIRST_INLINE.finditer(content):
        items = _items_behind(content, colon.end()) if colon.start() >= start else []
        if len(items) > 1:
            parts.append((start, colon.start() + 1, marks))
            start, marks = _sentence_end(content, items[-1][1], rules), ()
            parts += _item_parts(items, start)
    if not parts:
        items = _items_after_own(content, piece.mark, rules)
        end = items[0][0] if items else len(content)
        parts, start = [(0, end, marks), *_item_parts(items, len(content))], len(content)
    parts.append((start, len(content), marks))
    return [
        reset(piece, piece.start + left, piece.start + right, own)
        for left, right, own in (_trimmed(content, part) for part in parts)
        if left < right
    ]


# (start, end, marks) of a part; (start of the mark, its end, the mark) of an item.
_Part = tuple[int, int, tuple[Mark, ...]]
_Item = tuple[int, int, Mark]


def _item_parts(items: list[_Item], end: int) -> list[_Part]:
    """Each item's text, up to the mark of the next one."""
    ends = [*[left for left, _, _ in items[1:]], end][: len(items)]
    return [(right, stop, (mark,)) for (_, right, mark), stop in zip(items, ends, strict=True)]


def _trimmed(content: str, part: _Part) -> _Part:
    start, end, marks = part
    inner = content[start:end]
    return end - len(inner.lstrip()), start + len(inner.rstrip()), marks


def _sentence_end(content: str, start: int, rules: Rules) -> int:
    """Where the sentence that runs at an offset ends."""
    window = content[start : start + _MAX_INLINE_ITEM]
    _, end = next(spans(window, rules), (0, len(window)))
    return start + end if end < len(window) else len(content)


def _items_behind(content: str, start: int) -> list[_Item]:
    """The items of one list behind a colon, in sequence from its first mark."""
    items: list[_Item] = []
    for left, right, marks in inline_marks(content, start, reach=_MAX_INLINE_ITEM):
        if items and any(mark.value == 1 and mark.style == items[0][2].style for mark in marks):
            break  # the next list
        for mark in marks:
            if mark.value == len(items) + 1 and (not items or mark.style == items[0][2].style):
                items.append((left, right, mark))
                break
    return items if _all_filled(content, items) else []


def _items_after_own(content: str, own: Mark | None, rules: Rules) -> list[_Item]:
    """The items that follow the piece's own enumerator in its text."""
    if own is None or own.bullet:
        return []
    items: list[_Item] = []
    before, loose = 0, 0
    for left, right, marks in inline_marks(content):
        mark = next((mark for mark in marks if mark.style == own.style), None)
        if mark is None:
            continue
        item = content[before:left].rstrip()
        ended = _item_ends(item, rules)
        if (
            mark.value != own.value + len(items) + 1
            or own.text in item
            or (mark.text[-1] == ")" and not ended)
        ):
            return []  # "subsections (1), (2) and (3)"
        loose += not ended
        items.append((left, right, mark))
        before = right
    if loose and (len(items) < 2 or content.count(" ") > _MAX_LOOSE_LIST_WORDS):
        return []
    return items if _all_filled(content, items) else []


def _all_filled(content: str, items: list[_Item]) -> bool:
    """Whether there is text behind each mark."""
    stops = [*[left for left, _, _ in items[1:]], len(content)]
    return all(
        content[right:stop].strip()
        for (_, right, _), stop in zip(items, stops[: len(items)], strict=True)
    )


def _item_ends(item: str, rules: Rules) -> bool:
    """Whether an item may end here: punctuation (not an abbreviation's) or "… and"."""
    word = last_word(item[-40:])
    if ending(item[-40:]):
        return word.rstrip(".") not in rules.before_number
    return word in rules.conjunctions


# Standfirst --------------------------------------------------------------------------------------


def _repeated_standfirst(text: str, flow: list[Draft], rules: Rules) -> None:
    """The first paragraph, if it is one sentence that one of the next two repeats."""
    body = [draft for draft in flow if draft.body][:3]
    if len(body) < 2 or body[0].head or body[0].kind != "paragraph" or body[0].mark:
        return
    first = _content(text, body[0].piece)
    if len(first) > 4 * _SHORT_PIECE or len(split(first, rules)) > 1:
        return
    words = _content_words(first)
    if len(words) < _MIN_CONTENT_WORDS:
        return
    following = _content(text, body[1].piece)
    for start, end in split(following[: 8 * _SHORT_PIECE], rules)[:2]:
        if len(words & _content_words(following[start:end])) >= _MIN_REPEATED * len(words):
            body[0].set("boilerplate", "repeats the first sentence of the text")


def _content_words(sentence: str) -> set[str]:
    return {word.lower() for word in _CONTENT_WORD.findall(unwrap(sentence))}
