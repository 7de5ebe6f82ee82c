"""A slice of the source as readable text: wraps undone, broken words rejoined."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

_BREAK = r"[ \t\xa0]*+[\n\r\f\v\x85\u2028\u2029]\s*+"
_SOFT_HYPHEN = re.compile(rf"\u00ad(?:{_BREAK})?")
_UNSEEN = re.compile("[\u200b\u2060\ufeff]")
# A hyphen at a line end between two letters, and between any two characters of words.
_BROKEN_WORD = re.compile(rf"(?<![^\W\d_])([^\W\d_]++)([-\u2010]){_BREAK}([^\W\d_]++)(?!-(?=\w))")
_HYPHEN_BREAK = re.compile(rf"(?<=\w[-\u2010]){_BREAK}(?=\w)")
# What every such break has in it; found many times as fast.
_ANY_BREAK = re.compile(r"-[ \t\xa0]*[\n\r\f\v\x85\u2028\u2029]")
# After these words' left neighbour a hyphen is a suspended one: "short- and long-term".
_SUSPENDED = frozenset("and or to nor und oder bis sowie et ou y e o of en".split())

# A document hyphenates if at least this many broken words are proved by their whole form ...
_MIN_PROVED = 3
_LETTERS = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")


def masked(text: str, start: int, end: int, gaps: Sequence[tuple[int, int]]) -> str:
    """A slice of the source, its gaps blanked out: same length, so that offsets hold."""
    if not gaps:
        return text[start:end]
    parts = []
    for left, right in gaps:
        parts += [text[start:left], "\n" * (right - left)]
        start = right
    return "".join([*parts, text[start:end]])


def unwrap(piece: str, *, hyphenated: Set[str] = frozenset()) -> str:
    """A source slice as readable text: one space for any white space, broken words rejoined.

    A hyphen at a line end is kept without a space ("result-⏎driven" → "result-driven"), a soft
    hyphen is dropped, and so is the hyphen of a word in `hyphenated`. A suspended hyphen keeps
    its space ("short-⏎and long-term").

    Args:
        piece: any slice of the source.
        hyphenated: words (lower case) that the source breaks at line ends although they have no
            hyphen; `hyphenated_words` finds them.

    >>> unwrap("a result-\\n\\ndriven  manner")
    'a result-driven manner'
    >>> unwrap("infor-\\nmation", hyphenated={"information"})
    'information'
    """
    if "\u00ad" in piece:
        piece = _SOFT_HYPHEN.sub("", piece)
    if _may_break(piece) and _HYPHEN_BREAK.search(piece):
        if hyphenated:
            piece = _BROKEN_WORD.sub(lambda match: _rejoin(match, hyphenated), piece)
        piece = _BROKEN_WORD.sub(_space_if_suspended, piece)
        piece = _HYPHEN_BREAK.sub("", piece)
    if not piece.isascii():
        piece = _UNSEEN.sub("", piece)
    return " ".join(piece.split())


def _may_break(text: str) -> bool:
    """Whether a hyphen may stand at a line end."""
    return "\u2010" in text or ("-" in text and _ANY_BREAK.search(text) is not None)


def _rejoin(match: re.Match[str], hyphenated: Set[str]) -> str:
    left, _, right = match.groups()
    return left + right if (left + right).lower() in hyphenated else match.group()


def _space_if_suspended(match: re.Match[str]) -> str:
    left, hyphen, right = match.groups()
    return f"{left}{hyphen} {right}" if right in _SUSPENDED else match.group()


def hyphenated_words(text: str) -> frozenset[str]:
    """Which words does this document break at line ends that have no hyphen of their own?

    A broken word is proved if its whole form stands elsewhere in the document, and disproved if its
    form with the hyphen does. In a document that hyphenates (three proved, more than disproved),
    broken words whose second part only ends other words count as well ("opera-⏎tion").

    Args:
        text: the whole source, or several of them in a row.

    Returns:
        The words in lower case, without their hyphen; empty for nearly all documents.
    """
    if not _may_break(text):
        return frozenset()
    broken = {
        (match.group(1).lower(), match.group(3))
        for match in _BROKEN_WORD.finditer(text)
        if match.group(3).islower() and match.group(3) not in _SUSPENDED
    }
    if not broken:
        return frozenset()
    words = set(_LETTERS.findall(_BROKEN_WORD.sub(" ", text).lower()))
    compounds = {(a, b) for a, b in broken if f"{a}-{b}" in words}
    proved = {(a, b) for a, b in broken - compounds if a + b in words}
    if len(proved) >= _MIN_PROVED and len(proved) > len(compounds):
        endings = {word[-length:] for word in words for length in range(2, len(word))}
        proved |= {(a, b) for a, b in broken - compounds if b in endings and b not in words}
    return frozenset(a + b for a, b in proved)
