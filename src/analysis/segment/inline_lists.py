"""Lists in running text: "In particular, they discussed: 1) … and 2) …"."""

from __future__ import annotations

import re

from analysis.segment.drafts import content_of
from analysis.segment.enumerators import Mark, inline_marks
from analysis.segment.joining import Piece, reset
from analysis.segment.lines import ending, last_word
from analysis.segment.rules import Rules
from analysis.segment.splitting import spans

# "1. Jobs 2. Housing 3. Health": in a longer text only a number behind a full stop is an item's.
_MAX_LOOSE_LIST_WORDS = 60
# The items of a list in running text are shorter than this (characters).
_MAX_INLINE_ITEM = 3000

_FIRST_INLINE = re.compile(r":\s+(?=\(?(?:1|a|i|A|I)[.)]\s)")

# (start, end, marks) of a part; (start of the mark, its end, the mark) of an item.
_Part = tuple[int, int, tuple[Mark, ...]]
_Item = tuple[int, int, Mark]


def split_inline_lists(text: str, piece: Piece, rules: Rules) -> list[Piece]:
    """Take the items of a list in running text apart: "they discussed: 1) … and 2) …".

    Only a list that a colon introduces is one, or the items after an enumerator that stands before
    the piece ("1. Jobs 2. Housing 3. Health"); "(a)" and "(b)" in the middle of a clause stay.
    Behind a colon the last item ends with its sentence; what follows is a piece of its own.
    """
    if piece.reason or piece.note:
        return [piece]
    content = content_of(text, piece)
    if _holds_none(content, piece):
        return [piece]
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


def _holds_none(content: str, piece: Piece) -> bool:
    """Whether there is neither a colon nor an enumerator that items could follow."""
    counted = piece.mark is not None and not piece.mark.bullet
    return not counted and not piece.gaps and _FIRST_INLINE.search(content) is None and (
        content.strip() == content
    )


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
