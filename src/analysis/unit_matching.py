"""Which unit of analysis is a sentence that somebody copied out of a statement?

Coders split texts their own way: with enumerators and bullets or without, straight or curly quotes,
words broken at a line end, two of our units in one of theirs, half of one. Texts are compared by
their letters and digits alone; what cannot be placed for certain is not placed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np
import pandas as pd

ENUMERATOR = re.compile(r"^\s*(?:\(?(?:\d{1,3}|[ivxlc]{1,6}|[a-z])[.)]|[-–—•·*▪◦‣])\s*")

# A piece of a unit, or a run over several, must have this many words: shorter ones ("Progress")
# occur inside sentences that they are not.
MIN_WORDS = 3

#: A piece of a unit: its row, and where in its text the piece begins and ends.
Place = tuple[int, int, int]

# What may stand between two words on one side only: enumerators and marks of footnotes.
_MARK = re.compile(r"\d{1,3}|[ivxlc]{1,6}|[a-z]")


@dataclass(frozen=True, slots=True)
class _Letters:
    """The letters and digits of a run of units, and where each of them stood."""

    text: str
    rows: list[int]
    places: list[int]
    words: list[str] = field(default_factory=list)
    first: list[int] = field(default_factory=list)


def letters(text: str) -> str:
    """A text's letters and digits: without enumerator, case, white space, quotes and dashes.

    >>> letters("(iv) to  co-operate;") == letters("To cooperate;")
    True
    """
    return "".join(map(_plain, text[_enumerator(text) :]))


# Alphabets are small; a text with more characters than this is read at the old pace.
@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """A character's letters and digits, folded; most have one or none."""
    return "".join(
        sign for sign in unicodedata.normalize("NFKC", character).casefold()
        if sign.isalnum() or unicodedata.combining(sign)
    )


def _enumerator(text: str) -> int:
    found = ENUMERATOR.match(text)
    return found.end() if found and found.end() < len(text.rstrip()) else 0


def _signs(text: str, *, skip: int = 0) -> Iterator[tuple[str, int]]:
    for place, character in enumerate(text[skip:], start=skip):
        for sign in _plain(character):
            yield sign, place


def matched_units(coded: pd.DataFrame, units: pd.DataFrame) -> list[tuple[Place, ...]]:
    """Where among the units of analysis does each coded sentence stand?

    In this order: a unit with the same letters, repeated ones in order; a run of units, or a piece
    of one between marks of punctuation, with the same letters; the same, enumerators and marks of
    footnotes inside it aside. A text that is a heading or page furniture is never looked for
    elsewhere; of one that runs over such and units, the units count.

    Args:
        coded: `statement_id`, `text`.
        units: the corpus's units, or all its sentences: those with `analysed` false are no units.

    Returns:
        One tuple a coded sentence, of (row in `units`, start, end in its text), empty if it
        matches none.
    """
    whole: dict[tuple[str, str], list[int]] = {}
    aside: set[tuple[str, str]] = set()
    analysed = units.get("analysed", pd.Series(True, index=units.index)).to_numpy(dtype=bool)
    names, texts = units["statement_id"].to_numpy(), units["text"].to_numpy()
    for row in np.flatnonzero(np.isin(names, coded["statement_id"].unique())).tolist():
        key = (names[row], letters(texts[row]))
        if analysed[row]:
            whole.setdefault(key, []).append(row)
        else:
            aside.add(key)
    lengths = units["text"].str.len().to_numpy()
    runs: dict[str, _Letters] = {}
    found: list[tuple[Place, ...]] = []
    for statement, text in zip(coded["statement_id"], coded["text"], strict=True):
        key = (statement, letters(text))
        rows = whole.get(key, [])
        if rows:
            row = rows.pop(0)
            found.append(((row, 0, int(lengths[row])),))
        elif not key[1] or key in aside:
            found.append(())
        else:
            if statement not in runs:
                runs[statement] = _run(units, np.flatnonzero(names == statement))
            places = _in_run(text, runs[statement], units)
            found.append(tuple(place for place in places if analysed[place[0]]))
    return found


def matched_rows(coded: pd.DataFrame, units: pd.DataFrame) -> np.ndarray:
    """(coded,) the first unit of analysis of each coded sentence, −1 where it matches none.

    Args:
        coded, units: as for `matched_units`.
    """
    return np.array(
        [places[0][0] if places else -1 for places in matched_units(coded, units)], dtype=int
    )


def _run(units: pd.DataFrame, rows: np.ndarray) -> _Letters:
    run = _Letters("", [], [])
    signs: list[str] = []
    for row in rows.tolist():
        text = units["text"].iloc[row]
        previous = -2
        for sign, place in _signs(text):
            # A word ends at white space alone: "co-operation" is one, as "cooperation" is.
            if previous < 0 or any(c.isspace() for c in text[previous + 1 : place]):
                run.first.append(len(signs))
                run.words.append("")
            run.words[-1] += sign
            signs.append(sign)
            run.rows.append(row)
            run.places.append(place)
            previous = place
    return _Letters("".join(signs), run.rows, run.places, run.words, run.first)


def _in_run(text: str, run: _Letters, units: pd.DataFrame) -> tuple[Place, ...]:
    spans = []
    for skip in dict.fromkeys((0, _enumerator(text))):
        key = "".join(sign for sign, _ in _signs(text, skip=skip))
        if len(text[skip:].split()) >= MIN_WORDS:
            spans += [(m.start(), m.start() + len(key))
                      for m in re.finditer(f"(?={re.escape(key)})", run.text)]
        spans = [span for span in spans if _set_off(*span, run, units)]
        if spans:
            return _places(*spans[0], run)
    span = _marks_aside(text, run)
    return _places(*span, run) if span and _set_off(*span, run, units) else ()


def _set_off(first: int, end: int, run: _Letters, units: pd.DataFrame) -> bool:
    """Does a run of letters begin and end at a unit's edge or at a mark of punctuation?"""
    before = units["text"].iloc[run.rows[first]][: run.places[first]]
    after = units["text"].iloc[run.rows[end - 1]][run.places[end - 1] + 1 :]
    starts = not any(c.isalnum() for c in before) or _mark_in(before[::-1])
    return starts and (not any(c.isalnum() for c in after) or _mark_in(after))


def _mark_in(text: str) -> bool:
    """Does a mark of punctuation followed or preceded by a space stand before the next letter?"""
    between = re.match(r"[\W_]*", text)[0]
    return any(c.isspace() for c in between) and bool(between.strip())


def _marks_aside(text: str, run: _Letters) -> tuple[int, int] | None:
    """Where a text stands, if only enumerators and marks of footnotes part the two."""
    words = [w for w in ("".join(s for s, _ in _signs(part)) for part in text.split()) if w]
    blocks = SequenceMatcher(None, words, run.words, autojunk=False).get_matching_blocks()[:-1]
    if sum(block.size for block in blocks) < MIN_WORDS:
        return None
    place = 0
    for number, block in enumerate(blocks):
        own = words[place : block.a]
        last = blocks[number - 1] if number else None
        others = run.words[last.b + last.size : block.b] if last else []
        if (own and others) or not all(_MARK.fullmatch(word) for word in (*own, *others)):
            return None
        place = block.a + block.size
    if not all(_MARK.fullmatch(word) for word in words[place:]):
        return None
    last = blocks[-1].b + blocks[-1].size
    return run.first[blocks[0].b], run.first[last] if last < len(run.first) else len(run.rows)


def _places(first: int, end: int, run: _Letters) -> tuple[Place, ...]:
    places: dict[int, tuple[int, int]] = {}
    for row, place in zip(run.rows[first:end], run.places[first:end], strict=True):
        start = places.get(row, (place, place))[0]
        places[row] = (start, place + 1)
    return tuple((row, *span) for row, span in places.items())
