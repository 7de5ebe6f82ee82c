"""Phrases of words, globs and gaps: how they are written, and where they stand in words.

How a phrase is written is said in `dictionary`.
"""

from __future__ import annotations

import fnmatch
import itertools
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from analysis.errors import suggest
from analysis.tokens import HYPHEN, coded, runs

# Words, globs, gaps and references of a phrase; all else only parts them.
_LETTER = r"(?:[^\W\d_]|[*?])"
_ITEM = re.compile(rf"~\d+|@[\w-]+|{_LETTER}(?:[|'’\-‐‑]?{_LETTER})*")
_UNREAD = re.compile(r"[~@|]")


def problem(phrase: str, lists: frozenset[str]) -> str:
    """Why a phrase cannot be read, and what to do; "" if it can.

    Args:
        phrase: as somebody wrote it.
        lists: names of the lists that it may name.
    """
    items = _items(phrase)
    if not any(re.search(r"[^\W\d_*?]", item) for item in items):
        return "has no word in it; write a word"
    if _UNREAD.search(_ITEM.sub("", phrase)):
        return "cannot be read; write gaps as '~3', lists as '@name', alternatives as 'a|b'"
    if items[0].startswith("~") or items[-1].startswith("~"):
        return "begins or ends with a gap; put words on both sides"
    for item in items:
        if item.startswith("@") and item[1:] not in lists:
            return f"names no list; {suggest(item[1:], sorted(lists))}"
    return ""


@cache
def _items(phrase: str, parts: bool = True) -> tuple[str, ...]:
    """The words, gaps and references of a phrase, in order; compounds in parts or whole.

    >>> _items("Secur*|guard* ~3 cross-border")
    ('secur*|guard*', '~3', 'cross', 'border')
    """
    items = [item.lower().replace("’", "'") for item in _ITEM.findall(phrase)]
    if not parts:
        return tuple(items)
    apart = (item if item[0] in "@~" else HYPHEN.sub(" ", item) for item in items)
    return tuple(" ".join(apart).split())


@dataclass(frozen=True, slots=True)
class Spans:
    """Places of a phrase in a stream of words, by first word.

    Attributes:
        first: (places,) the first word of each.
        end: (places,) the word after its last.
    """

    first: np.ndarray
    end: np.ndarray

    @classmethod
    def of(cls, first: np.ndarray, end: np.ndarray) -> Spans:
        """The same places in order."""
        order = np.lexsort((end, first))
        return cls(first[order], end[order])

    def keep(self, wanted: np.ndarray) -> Spans:
        """Those that are wanted: (places,) true or false."""
        return Spans(self.first[wanted], self.end[wanted])


NOWHERE = Spans(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def _apart(vocabulary: Sequence[str], parts: bool) -> tuple[np.ndarray, list[str]]:
    """(types,) parts of each type, and all parts in order; apostrophes made straight."""
    sizes, forms, done = np.ones(len(vocabulary), dtype=np.int32), [], 0
    for place, word in enumerate(vocabulary):
        if not word.isalpha():
            word = word.replace("’", "'")
            own = HYPHEN.split(word) if parts else [word]
            forms += vocabulary[done:place]
            forms += own
            sizes[place], done = len(own), place + 1
    return sizes, forms + vocabulary[done:]


class _Forms:
    """Which words a glob fits; a vocabulary is large, and few of its words begin like any glob.

    Args:
        words: one a number; the possessive of a word is found by the word, too.
        globs: all that will be asked for.
    """

    def __init__(self, words: Sequence[str], globs: Iterable[str]) -> None:
        self._last = dict(zip(words, range(len(words)), strict=True))
        self._more: dict[str, list[int]] = {}
        if len(self._last) < len(words):
            for number, word in enumerate(words):
                if self._last[word] != number:
                    self._more.setdefault(word, []).append(number)
        for word in [word for word in self._last if word.endswith("'s")]:
            self._more.setdefault(word[:-2], []).extend(self._numbers(word))
        begun = {_beginning(glob)[:2] for glob in globs if "*" in glob or "?" in glob}
        self._begun: dict[str, list[str]] = {beginning: [] for beginning in begun}
        for word in itertools.chain(self._last, self._more.keys() - self._last.keys()):
            for beginning in {word[:2], word[:1], ""} if begun & {word[:1], ""} else (word[:2],):
                if beginning in begun:
                    self._begun[beginning].append(word)
        for own in self._begun.values():
            own.sort()

    def of(self, globs: Iterable[str]) -> set[int]:
        """Numbers of the words that any of these globs fits."""
        return {number for glob in globs for form in self._fitting(glob)
                for number in self._numbers(form)}

    def _numbers(self, form: str) -> list[int]:
        own = [self._last[form]] if form in self._last else []
        return own + self._more.get(form, [])

    def _fitting(self, glob: str) -> Iterable[str]:
        beginning = _beginning(glob)
        if beginning == glob:
            return [glob]
        near = self._begun[beginning[:2]]
        found = itertools.takewhile(
            lambda form: form.startswith(beginning),
            itertools.islice(near, bisect_left(near, beginning), None),
        )
        if glob == f"{beginning}*":
            return found
        return filter(re.compile(fnmatch.translate(glob)).match, found)


def _beginning(glob: str) -> str:
    """What stands before the first wildcard."""
    return re.match(r"[^*?]*", glob).group()


class Matcher:
    """Finds phrases in one stream of words.

    Globs are tried on the vocabulary, once; of the stream only the places of words that some
    phrase asks for are looked at.

    Args:
        tokens: what `tokens.tokenise` returned.
        lists: name → entries that `@name` stands for.
        phrases: all that will be asked for.
        parts: hyphens count as spaces; otherwise a compound is one word.
    """

    def __init__(
        self, tokens: pd.DataFrame, lists: Mapping[str, tuple[str, ...]],
        phrases: Iterable[str], *, parts: bool,
    ) -> None:
        self._parts = parts
        self._lists = lists
        codes, vocabulary = coded(tokens["token"])
        globs = self._words(phrases)
        sizes, forms = _apart(vocabulary, parts)
        begin = np.cumsum(sizes, dtype=np.int64) - sizes
        self._forms = _Forms(forms, globs)
        self._rows = tokens["row"].to_numpy()
        # Where in the stream each token's parts begin; None where each token is one part.
        self._begin: np.ndarray | None = None
        self.words = len(codes)
        if len(forms) > len(vocabulary):
            stops = np.cumsum(sizes[codes], dtype=np.int64)
            self.words = int(stops[-1]) if len(stops) else 0
            self._begin = np.concatenate([[0], stops[:-1]])
        wanted = np.zeros(len(forms) + 1, dtype=bool)
        wanted[list(self._forms.of(globs))] = True
        asked = np.add.reduceat(wanted, begin) > 0 if len(begin) else wanted[:0]
        token = np.flatnonzero(asked[codes])
        which, within = runs(sizes[codes[token]])
        part = begin[codes[token[which]]] + within
        place = (token if self._begin is None else self._begin[token])[which] + within
        order = np.flatnonzero(wanted[part])
        order = order[np.argsort(part[order], kind="stable")]
        self._places, self._codes = place[order], part[order]
        self._kept: dict[str, Spans] = {}
        self._elements: dict[str, Spans] = {}

    def token(self, place: np.ndarray) -> np.ndarray:
        """Which token a place of the stream belongs to."""
        if self._begin is None:
            return place
        return np.searchsorted(self._begin, place, side="right") - 1

    def row(self, place: np.ndarray) -> np.ndarray:
        """Which sentence a place of the stream belongs to."""
        return self._rows[self.token(place)]

    def _words(self, phrases: Iterable[str]) -> set[str]:
        """All globs of some phrases and of the lists that they name."""
        globs: set[str] = set()
        todo, seen = list(phrases), set()
        while todo:
            for item in _items(todo.pop(), self._parts):
                if item.startswith("@"):
                    if item not in seen:
                        seen.add(item)
                        todo += self._lists.get(item[1:], ())
                elif not item.startswith("~"):
                    globs.update(item.split("|"))
        return globs

    def spans(self, phrase: str) -> Spans:
        """Every place of a phrase, never across sentences; of a gap the nearest fit."""
        if phrase not in self._kept:
            self._kept[phrase] = self._found(_items(phrase, self._parts))
        return self._kept[phrase]

    def _found(self, items: tuple[str, ...]) -> Spans:
        segments: list[tuple[int, Spans]] = []
        gap: int | None = None
        for item in items:
            if item.startswith("~"):
                gap = int(item[1:])
                continue
            own = self._element(item)
            if not len(own.first):
                return NOWHERE
            if gap is not None or not segments:
                segments.append((gap or 0, own))
            else:
                before, joined = segments.pop()
                segments.append((before, self._in_a_row(joined, own)))
            gap = None
        return self._chained(segments) if segments else NOWHERE

    def phrases(self, given: Iterable[str]) -> Spans:
        """Every place of any of these phrases."""
        found = [spans for spans in map(self.spans, given) if len(spans.first)]
        if not found:
            return NOWHERE
        return Spans.of(
            np.concatenate([spans.first for spans in found]),
            np.concatenate([spans.end for spans in found]),
        )

    def _element(self, item: str) -> Spans:
        if item not in self._elements:
            if item.startswith("@"):
                self._elements[item] = self.phrases(self._lists.get(item[1:], ()))
            else:
                codes = np.array(sorted(self._forms.of(item.split("|"))), dtype=np.int64)
                edges = np.searchsorted(self._codes, [codes, codes + 1]).T
                places = [self._places[low:high] for low, high in edges.tolist()]
                first = np.sort(np.concatenate(places)) if places else NOWHERE.first
                self._elements[item] = Spans(first, first + 1)
        return self._elements[item]

    def _in_a_row(self, left: Spans, right: Spans) -> Spans:
        """Each span of the left with every span of the right that begins where it ends."""
        lo = np.searchsorted(right.first, left.end)
        number = np.searchsorted(right.first, left.end, side="right") - lo
        which = np.repeat(np.arange(len(number)), number)
        offset = np.arange(len(which)) - np.repeat(np.cumsum(number) - number, number)
        last = lo[which] + offset
        same = self.row(left.first[which]) == self.row(right.first[last])
        return Spans.of(left.first[which][same], right.end[last][same])

    def _chained(self, segments: list[tuple[int, Spans]]) -> Spans:
        """Segments with gaps: from the back only what can go on, then forward to the nearest."""
        able = [segments[-1][1]]
        for (gap, _), (_, spans) in zip(segments[:0:-1], segments[-2::-1], strict=True):
            able.insert(0, spans.keep(self._next(spans, able[0], gap) >= 0))
        first, end = able[0].first, able[0].end
        for (gap, _), spans in zip(segments[1:], able[1:], strict=True):
            end = spans.end[self._next(Spans(first, end), spans, gap)]
        return Spans(first, end)

    def _next(self, left: Spans, right: Spans, gap: int) -> np.ndarray:
        """For each span the nearest one on the right within the gap, −1 where there is none."""
        if not len(right.first) or not len(left.first):
            return np.full(len(left.first), -1)
        at = np.searchsorted(right.first, left.end)
        place = np.minimum(at, len(right.first) - 1)
        fits = (
            (at < len(right.first))
            & (right.first[place] - left.end <= gap)
            & (self.row(right.first[place]) == self.row(left.first))
        )
        return np.where(fits, place, -1)

    def names(self, phrases: tuple[str, ...]) -> np.ndarray:
        """(words,) number of the name that each word is part of, 0 for none; longest first.

        Without any name in the words, nothing: (0,).
        """
        found = self.phrases(phrases)
        if not len(found.first):
            return NOWHERE.first
        number = np.zeros(self.words, dtype=np.int64)
        order = np.lexsort((found.first, found.first - found.end))
        for count, place in enumerate(order, start=1):
            first, end = found.first[place], found.end[place]
            if not number[first:end].any():
                number[first:end] = count
        return number


def overlaps(spans: Spans, others: Spans) -> np.ndarray:
    """Which spans share a word with one of the others?"""
    if not len(others.first):
        return np.zeros(len(spans.first), dtype=bool)
    # Of the others that begin before a span ends, how far does any reach?
    before = np.searchsorted(others.first, spans.end)
    reach = np.concatenate([[0], np.maximum.accumulate(others.end)])
    return reach[before] > spans.first
