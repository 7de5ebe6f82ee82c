"""Where the words of many texts stand and which are the same, read off arrays of characters.

A regular expression makes an object of every match, which costs more than all that is done with it
afterwards; what it would find can be read off arrays several times as fast.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

# Letters, with apostrophes and hyphens inside the word: the peers' rule, for every alphabet.
WORD = re.compile(r"[^\W\d_]+(?:['’\-‐‑][^\W\d_]+)*")

# Characters read in one go. Fewer make types be looked up too often, more leave the processor's
# cache (measured on 6 MB of prose: 2**16 a third slower than 2**18 to 2**20, 2**22 a tenth).
_AT_ONCE = 2**19


class Words(NamedTuple):
    """The words of some texts, one entry a word, in order.

    Attributes:
        type: (words,) number of its form in lower case.
        types: the forms.
        text: (words,) in which text it stands.
        start, end: (words,) where in it.
    """

    type: np.ndarray
    types: list[str]
    text: np.ndarray
    start: np.ndarray
    end: np.ndarray


def read_words(texts: Sequence[str]) -> Words:
    """Which words stand in each text, and where: all that `WORD` matches.

    Args:
        texts: sentences, or longer texts.
    """
    known: dict[str, int] = {}
    parts = [_read(texts, rows, known) for rows in _portions(texts)]
    number, text, start, end = (
        np.concatenate([part[i] for part in parts]) if parts else np.empty(0, dtype=np.int64)
        for i in range(4)
    )
    return Words(number, list(known), text, start, end)


def _portions(texts: Sequence[str]) -> Iterator[range]:
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64) // _AT_ONCE
    edges = [0, *(np.flatnonzero(np.diff(ends)) + 1).tolist(), len(texts)]
    return (range(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True) if a < b)


def _read(
    texts: Sequence[str], rows: range, known: dict[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Type, text and offsets of each word of some texts.

    Args:
        texts: all of them.
        rows: which of them to read.
        known: type → its number; new ones are added.
    """
    own = texts[rows.start:rows.stop]
    joined = "\n".join([*own, ""])
    characters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    kind = _kinds(characters)
    # A joiner belongs to a word if a letter stands on either side of it.
    word = kind == _LETTER
    word[1:-1] |= (kind[1:-1] == _JOINER) & word[:-2] & word[2:]
    edges = np.flatnonzero(np.diff(word, prepend=False, append=False))
    start, end = edges[::2], edges[1::2]
    same, first = _same(joined, characters, start, end)
    forms = [
        joined[a:b].lower()
        for a, b in zip(start[first].tolist(), end[first].tolist(), strict=True)
    ]
    number = np.array([known.setdefault(form, len(known)) for form in forms], dtype=np.int64)
    begin = np.cumsum([0, *(len(text) + 1 for text in own[:-1])], dtype=np.int64)
    places = np.searchsorted(start, np.append(begin, len(joined)))
    row = np.repeat(np.arange(len(own)), np.diff(places))
    return number[same], row + rows.start, start - begin[row], end - begin[row]


def _kinds(characters: np.ndarray) -> np.ndarray:
    """What each character is: nothing of a word, a letter, or what may join two of them."""
    kind = _KINDS[characters]
    unknown = np.unique(characters[kind == _UNKNOWN])
    if len(unknown):
        _KINDS[unknown] = [_kind(chr(code)) for code in unknown.tolist()]
        kind = _KINDS[characters]
    return kind


_OTHER, _LETTER, _JOINER, _UNKNOWN = range(4)
# Filled in as characters are met.
_KINDS = np.full(sys.maxunicode + 1, _UNKNOWN, dtype=np.uint8)


def _kind(character: str) -> int:
    if WORD.fullmatch(character):
        return _LETTER
    return _JOINER if WORD.fullmatch(f"a{character}a") else _OTHER


# Bytes that are compared in one go, and up to how many: hardly a word is longer.
_STEP, _LONGEST = 8, 32
_KEPT = np.array([2 ** (8 * n) - 1 for n in range(_STEP + 1)], dtype=np.uint64)
# Latin letters in lower case as one byte each; 0 for all that is none.
_LOWER = np.array([*(ord(chr(code).lower()) for code in range(256)), 0], dtype=np.uint8)


def _same(
    text: str, characters: np.ndarray, start: np.ndarray, end: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(words,) numbers that equal words share, and the first word of each number.

    Eight bytes at a time are compared as one number; words with other than Latin letters and very
    long ones one by one. Those that differ in case may still have two numbers.
    """
    low = np.zeros(len(characters) + _LONGEST, dtype=np.uint8)
    low[: len(characters)] = _LOWER[np.minimum(characters, 256)]
    eight = np.ndarray(len(characters), dtype="<u8", buffer=low, strides=(1,))
    length = end - start
    plain = length <= _LONGEST
    foreign = np.cumsum(low[: len(characters)] == 0)
    plain &= foreign[end - 1] == foreign[start] - (low[start] == 0)
    number = np.full(len(start), -1, dtype=np.int64)
    own, below = np.flatnonzero(plain), 0
    for reach in range(0, _LONGEST, _STEP):
        left = length[own] - reach
        bytes_ = eight[start[own] + reach] & _KEPT[np.minimum(left, _STEP)]
        code = pd.factorize(bytes_)[0]
        if reach:
            code = pd.factorize((number[own] << 32) | code)[0]
        number[own] = below + code
        below += len(own)
        own = own[left > _STEP]
        if not len(own):
            break
    odd = np.flatnonzero(~plain)
    forms = [text[a:b] for a, b in zip(start[odd].tolist(), end[odd].tolist(), strict=True)]
    number[odd] = below + pd.factorize(np.array([*forms, ""], dtype=object)[:-1])[0]
    place = np.full(number.max(initial=-1) + 1, -1)
    place[number[::-1]] = np.arange(len(number))[::-1]
    used = place >= 0
    return (np.cumsum(used) - 1)[number], place[used]
