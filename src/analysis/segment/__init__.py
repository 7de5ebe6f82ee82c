"""A statement's text → blocks → sentences, each with its offsets in the untouched source.

>>> text = "Next steps\\n\\nThe parties will:\\n\\n- meet yearly;\\n- report to Mr. Smith.\\n"
>>> for block in blocks(text):
...     print(block.kind, block.enumerator, read(text, block), sep="|")
heading||Next steps
paragraph||The parties will:
list_item|-|meet yearly;
list_item|-|report to Mr. Smith.

Nothing is deleted: every visible character of the source stands in a block or is the enumerator
directly before one. What is no statement (page furniture) is marked `boilerplate` with its reason.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from analysis.segment.drafts import Kind
from analysis.segment.joining import join_lines
from analysis.segment.kinds import classify
from analysis.segment.reading import hyphenated_words, masked, unwrap
from analysis.segment.rules import available as languages
from analysis.segment.rules import rules_for
from analysis.segment.splitting import split

__all__ = [
    "Block", "Kind", "blocks", "hyphenated_words", "languages", "read", "sentences", "unwrap",
]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a source text.

    Attributes:
        number: from 1, in order of the source.
        kind: what it is.
        start, end: offsets of its content; enumerator and outer white space are outside.
        enumerator: what stood before it: "1.", "(iv)", "•" or "".
        depth: 0 = not in a list, list items 1, items of an item 2 and so on.
        parent: number of the block that introduces its list.
        head: it introduces a list.
        reason: why it was set aside ("" for headings and running text).
        gaps: ranges inside it that belong to other blocks, because a page number, a running
            header or a footnote interrupts it; `read` leaves them out.
    """

    number: int
    kind: Kind
    start: int
    end: int
    enumerator: str = ""
    depth: int = 0
    parent: int | None = None
    head: bool = False
    reason: str = ""
    gaps: tuple[tuple[int, int], ...] = ()


def blocks(text: str, *, language: str = "en") -> list[Block]:
    """Which blocks does a source text consist of?

    Args:
        text: the decoded source, byte-order mark dropped, newlines kept.
        language: its language ("en", "de", "fr-BE" …); "und" uses no word lists.

    Returns:
        Blocks in order of the source, empty for a text without visible characters. Ranges do not
        overlap, except that a block with `gaps` spans over what interrupts it.

    """
    rules = rules_for(language)
    drafts = classify(text, join_lines(text, rules), rules)
    return [
        Block(
            number=number,
            kind=draft.kind or "paragraph",
            start=draft.piece.start,
            end=draft.piece.end,
            enumerator=" ".join(mark.text for mark in draft.piece.marks),
            depth=draft.depth,
            parent=draft.parent,
            head=draft.head,
            reason=draft.reason,
            gaps=tuple(draft.piece.gaps),
        )
        for number, draft in enumerate(drafts, start=1)
    ]


def sentences(text: str, block: Block, *, language: str = "en") -> list[tuple[int, int]]:
    """Which sentences does a block consist of?

    Headings and datelines are one unit each; a list item may hold several sentences.

    Args:
        text: the source that the block was read from.
        block: one of its blocks.
        language: as for `blocks`.

    Returns:
        (start, end) offsets in the source, trimmed, in order, without overlap; read them with
        `read(text, block, start, end)`.
    """
    if block.kind in ("heading", "dateline"):
        return [(block.start, block.end)]
    found = split(masked(text, block.start, block.end, block.gaps), rules_for(language))
    return [(block.start + start, block.start + end) for start, end in found]


def read(
    text: str,
    block: Block,
    start: int | None = None,
    end: int | None = None,
    *,
    hyphenated: Set[str] = frozenset(),
) -> str:
    """The readable text of a block, or of a range inside it, without what interrupts it.

    For a block without gaps this is `unwrap(text[start:end])`.

    Args:
        text: the source that the block was read from.
        block: one of its blocks.
        start, end: offsets in the source; the block's own by default.
        hyphenated: passed on to `unwrap`.
    """
    start = block.start if start is None else start
    end = block.end if end is None else end
    gaps = [(left, right) for left, right in block.gaps if start < left and right < end]
    return unwrap(masked(text, start, end, gaps), hyphenated=hyphenated)
