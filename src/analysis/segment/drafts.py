"""A piece of text on its way to a block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis.segment.enumerators import Mark
from analysis.segment.joining import Piece
from analysis.segment.lines import ending
from analysis.segment.reading import masked, unwrap

Kind = Literal["paragraph", "list_item", "heading", "dateline", "footnote", "boilerplate"]

# Longer pieces are never furniture or headings, so their words need not be looked at.
SHORT_PIECE = 600


@dataclass(slots=True)
class Draft:
    """A piece on its way to a block.

    Attributes:
        piece: where it stands.
        text: what it reads; "" where it is too long to be anything but running text.
        length: its characters without gaps, a line end counting once.
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


def content_of(text: str, piece: Piece) -> str:
    """The piece's slice of the source, its gaps blanked out."""
    return masked(text, piece.start, piece.end, piece.gaps)


def draft_of(text: str, piece: Piece) -> Draft:
    """What a piece looks like, before anything is decided about it."""
    content = content_of(text, piece)
    gaps = sum(right - left for left, right in piece.gaps)
    length = len(content) - gaps - content.count("\r\n")
    short = length <= SHORT_PIECE
    readable = unwrap(content) if short else ""
    return Draft(
        piece=piece,
        text=readable,
        length=length,
        words=readable.count(" ") + 1 if short else content.count(" ", 0, 10_000) + 1,
        ending=ending(content[-40:]),
    )
