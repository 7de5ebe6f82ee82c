"""Dictionaries of globs and phrases, matched on words with their offsets.

A dictionary has categories; a category has terms; a term has one phrase or several, and what
limits them. How a phrase is written:

    smuggl*               `*` stands for any letters, `?` for one; a `*` alone for any one word
    organised crime       words in a row; hyphens count as spaces, in the terms and in the texts
    secur*|guard* border  `|` parts alternatives of a word
    secur* ~3 border*     up to three words may stand between
    @people               any entry (word or phrase) of the list `people` of the same file

What limits a term:

    unless: […]           a match that overlaps one of these phrases is taken back
    with: […]             it counts only in sentences that hold one of these phrases
    without: […]          it does not count in sentences that hold one of these phrases

`names:` of the file lists names (of agencies, offices, treaties): a match that holds some words
of a name, and not all, does not count, so `crime` is not found in "National Crime Agency".
Within a category the longest match wins and a word is counted once; the same word may count in
two categories.
"""

from __future__ import annotations

import fnmatch
import itertools
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from analysis.errors import BadStudy, suggest
from analysis.tokens import HYPHEN, coded, runs


@dataclass(frozen=True, slots=True)
class Term:
    """One entry: its phrase, what limits it, and why it is there."""

    phrase: str
    unless: tuple[str, ...] = ()
    only_with: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """A named list of terms."""

    id: str
    label: str
    definition: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Categories with the dictionary's version, source and language.

    Attributes:
        language: a code such as `en`; "" where the file does not say.
        developed_on: ids of the statements of which coded sentences were read while it was
            written (the development half); agreement with those sentences is optimistic.
        lists: name → entries that `@name` stands for.
        names: names that a match must not cut.
        note: what was left out when a file of another program was read; "" if nothing.
    """

    version: str
    citation: str
    language: str
    developed_on: tuple[str, ...]
    categories: tuple[Category, ...]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    note: str = ""

    def speaks(self, language: str) -> bool:
        """Is a text in this language (`en-GB`) one that the dictionary's terms are meant for?"""
        own, other = (code.partition("-")[0].lower() for code in (self.language, language))
        return own in ("", other)


_TERM_KEYS = {"match", "unless", "with", "without", "comment"}
_CATEGORY_KEYS = {"label", "definition", "terms"}
_TOP_KEYS = {"version", "citation", "language", "frames"}
_OPTIONAL_KEYS = {"developed_on", "lists", "names"}

# Words, globs, gaps and references of a phrase; all else only parts them.
_LETTER = r"(?:[^\W\d_]|[*?])"
_ITEM = re.compile(rf"~\d+|@[\w-]+|{_LETTER}(?:[|'’\-‐‑]?{_LETTER})*")
_UNREAD = re.compile(r"[~@|]")


def parse(data: Mapping[str, object], *, file: str) -> Dictionary:
    """A dictionary from the mapping that its YAML file holds.

    Args:
        data: `version`, `citation`, `language`; `frames`: id → `label`, `definition`, `terms`, a
            term being a phrase or a mapping with `match` (a phrase or several), `unless`, `with`,
            `without` (phrases) and `comment`; and, if wanted, `developed_on` (ids of statements),
            `lists` (name → words and phrases) and `names` (phrases).
        file: name used in messages.

    Raises:
        BadStudy: all faults of the file at once.
    """
    faults: list[str] = []
    for key in sorted(_TOP_KEYS - set(data)):
        faults.append(f"{file}: no '{key}'; add it")
    known = _TOP_KEYS | _OPTIONAL_KEYS
    for key in sorted(set(data) - known, key=str):
        faults.append(f"{file}: unknown key '{key}'; known are {', '.join(sorted(known))}")
    developed_on = data.get("developed_on", [])
    if not isinstance(developed_on, list):
        faults.append(f"{file}: 'developed_on' must list the ids of statements")
    if faults:
        raise BadStudy(faults)
    frames = data["frames"]
    if not isinstance(frames, Mapping) or not frames:
        faults.append(f"{file}: 'frames' must map an id to label, definition and terms")
        raise BadStudy(faults)
    lists = _lists(data.get("lists", {}), file, faults)
    names = _phrases(data.get("names", ()), f"{file}: names", frozenset(), faults)
    categories = tuple(
        _category(str(key), value, file, frozenset(lists), faults) for key, value in frames.items()
    )
    if faults:
        raise BadStudy(faults)
    return Dictionary(
        version=str(data["version"]),
        citation=str(data["citation"]),
        language=str(data["language"]),
        developed_on=tuple(map(str, developed_on)),
        categories=categories,
        lists=lists,
        names=names,
    )


def _lists(value: object, file: str, faults: list[str]) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        faults.append(f"{file}: 'lists' must map a name to words and phrases")
        return {}
    return {
        str(name): _phrases(entries, f"{file}: lists.{name}", frozenset(), faults)
        for name, entries in value.items()
    }


def _category(
    key: str, value: object, file: str, lists: frozenset[str], faults: list[str]
) -> Category:
    where = f"{file}: frames.{key}"
    if not isinstance(value, Mapping) or not isinstance(value.get("terms"), list):
        faults.append(f"{where}: needs 'label', 'definition' and a list 'terms'")
        return Category(key, key, "", ())
    for unknown in sorted(set(value) - _CATEGORY_KEYS, key=str):
        faults.append(f"{where}: unknown key '{unknown}'; {suggest(unknown, _CATEGORY_KEYS)}")
    terms = tuple(
        term
        for number, entry in enumerate(value["terms"], start=1)
        for term in _terms(entry, f"{where}: term {number}", lists, faults)
    )
    phrases = [term.phrase for term in terms]
    for phrase in sorted({p for p in phrases if phrases.count(p) > 1}):
        faults.append(f"{where}: term '{phrase}' stands twice; remove one")
    return Category(key, str(value.get("label", key)), str(value.get("definition", "")), terms)


def _terms(
    entry: object, where: str, lists: frozenset[str], faults: list[str]
) -> list[Term]:
    if isinstance(entry, str):
        entry = {"match": entry}
    if not isinstance(entry, Mapping) or not isinstance(entry.get("match"), str | list):
        faults.append(f"{where} must be a phrase, or a mapping with 'match'")
        return []
    for unknown in sorted(set(entry) - _TERM_KEYS, key=str):
        faults.append(f"{where}: unknown key '{unknown}'; {suggest(unknown, _TERM_KEYS)}")
    limits = {
        name: _phrases(entry.get(key, ()), f"{where}, {key}", lists, faults)
        for name, key in (("unless", "unless"), ("only_with", "with"), ("without", "without"))
    }
    comment = str(entry.get("comment", ""))
    return [
        Term(phrase, **limits, comment=comment)
        for phrase in _phrases(entry["match"], where, lists, faults)
    ]


def _phrases(
    value: object, where: str, lists: frozenset[str], faults: list[str]
) -> tuple[str, ...]:
    """One phrase or several, each as it can be read."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(p, str) for p in given):
        faults.append(f"{where}: must be a phrase or a list of phrases (quote what YAML misreads)")
        return ()
    for phrase in given:
        problem = _problem(phrase, lists)
        if problem:
            faults.append(f"{where}: '{phrase}' {problem}")
    return tuple(given)


def _problem(phrase: str, lists: frozenset[str]) -> str:
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
class _Spans:
    """Places of a phrase: first word and the word after the last, by first word."""

    first: np.ndarray
    end: np.ndarray

    @classmethod
    def of(cls, first: np.ndarray, end: np.ndarray) -> _Spans:
        order = np.lexsort((end, first))
        return cls(first[order], end[order])

    def keep(self, wanted: np.ndarray) -> _Spans:
        return _Spans(self.first[wanted], self.end[wanted])


_NONE = _Spans(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


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


class _Matcher:
    """Finds phrases in one stream of words.

    Globs are tried on the vocabulary, once; of the stream only the places of words that some
    phrase asks for are looked at.
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
        self._kept: dict[str, _Spans] = {}
        self._elements: dict[str, _Spans] = {}

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

    def spans(self, phrase: str) -> _Spans:
        """Every place of a phrase, never across sentences; of a gap the nearest fit."""
        if phrase not in self._kept:
            self._kept[phrase] = self._found(_items(phrase, self._parts))
        return self._kept[phrase]

    def _found(self, items: tuple[str, ...]) -> _Spans:
        segments: list[tuple[int, _Spans]] = []
        gap: int | None = None
        for item in items:
            if item.startswith("~"):
                gap = int(item[1:])
                continue
            own = self._element(item)
            if not len(own.first):
                return _NONE
            if gap is not None or not segments:
                segments.append((gap or 0, own))
            else:
                before, joined = segments.pop()
                segments.append((before, self._in_a_row(joined, own)))
            gap = None
        return self._chained(segments) if segments else _NONE

    def phrases(self, given: Iterable[str]) -> _Spans:
        """Every place of any of these phrases."""
        found = [spans for spans in map(self.spans, given) if len(spans.first)]
        if not found:
            return _NONE
        return _Spans.of(
            np.concatenate([spans.first for spans in found]),
            np.concatenate([spans.end for spans in found]),
        )

    def _element(self, item: str) -> _Spans:
        if item not in self._elements:
            if item.startswith("@"):
                self._elements[item] = self.phrases(self._lists.get(item[1:], ()))
            else:
                codes = np.array(sorted(self._forms.of(item.split("|"))), dtype=np.int64)
                edges = np.searchsorted(self._codes, [codes, codes + 1]).T
                places = [self._places[low:high] for low, high in edges.tolist()]
                first = np.sort(np.concatenate(places)) if places else _NONE.first
                self._elements[item] = _Spans(first, first + 1)
        return self._elements[item]

    def _in_a_row(self, left: _Spans, right: _Spans) -> _Spans:
        """Each span of the left with every span of the right that begins where it ends."""
        lo = np.searchsorted(right.first, left.end)
        number = np.searchsorted(right.first, left.end, side="right") - lo
        which = np.repeat(np.arange(len(number)), number)
        offset = np.arange(len(which)) - np.repeat(np.cumsum(number) - number, number)
        last = lo[which] + offset
        same = self.row(left.first[which]) == self.row(right.first[last])
        return _Spans.of(left.first[which][same], right.end[last][same])

    def _chained(self, segments: list[tuple[int, _Spans]]) -> _Spans:
        """Segments with gaps: from the back only what can go on, then forward to the nearest."""
        able = [segments[-1][1]]
        for (gap, _), (_, spans) in zip(segments[:0:-1], segments[-2::-1], strict=True):
            able.insert(0, spans.keep(self._next(spans, able[0], gap) >= 0))
        first, end = able[0].first, able[0].end
        for (gap, _), spans in zip(segments[1:], able[1:], strict=True):
            end = spans.end[self._next(_Spans(first, end), spans, gap)]
        return _Spans(first, end)

    def _next(self, left: _Spans, right: _Spans, gap: int) -> np.ndarray:
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

    def allowed(self, term: Term, cut: np.ndarray) -> _Spans:
        """The places of a term where nothing takes it back.

        Args:
            term: the term.
            cut: (words,) what `names` returned.
        """
        spans = self.spans(term.phrase)
        if not len(spans.first):
            return spans
        if term.unless:
            spans = spans.keep(~_overlaps(spans, self.phrases(term.unless)))
        for phrases, wanted in ((term.only_with, True), (term.without, False)):
            if phrases:
                rows = np.unique(self.row(self.phrases(phrases).first))
                spans = spans.keep(np.isin(self.row(spans.first), rows) == wanted)
        return spans.keep(~_cuts(spans, cut))

    def names(self, phrases: tuple[str, ...]) -> np.ndarray:
        """(words,) number of the name that each word is part of, 0 for none; longest first.

        Without any name in the words, nothing: (0,).
        """
        found = self.phrases(phrases)
        if not len(found.first):
            return _NONE.first
        number = np.zeros(self.words, dtype=np.int64)
        order = np.lexsort((found.first, found.first - found.end))
        for count, place in enumerate(order, start=1):
            first, end = found.first[place], found.end[place]
            if not number[first:end].any():
                number[first:end] = count
        return number


def _overlaps(spans: _Spans, others: _Spans) -> np.ndarray:
    """Which spans share a word with one of the others?"""
    if not len(others.first):
        return np.zeros(len(spans.first), dtype=bool)
    # Of the others that begin before a span ends, how far does any reach?
    before = np.searchsorted(others.first, spans.end)
    reach = np.concatenate([[0], np.maximum.accumulate(others.end)])
    return reach[before] > spans.first


def _cuts(spans: _Spans, name: np.ndarray) -> np.ndarray:
    """Does a match begin or end within a name?"""
    if not len(name):
        return np.zeros(len(spans.first), dtype=bool)

    def within(place: np.ndarray) -> np.ndarray:
        """Do the words before and at a place belong to one name?"""
        inner = (place > 0) & (place < len(name))
        at = np.where(inner, place, 0)
        return inner & (name[at] > 0) & (name[at - 1] == name[at])

    return within(spans.first) | within(spans.end)


def match(
    dictionary: Dictionary,
    tokens: pd.DataFrame,
    *,
    parts: bool = True,
    nested: bool = False,
) -> pd.DataFrame:
    """Which terms of the dictionary occur, in which sentence and at which characters?

    Longest match first; within a category no word is counted twice. Possessives match their word
    (`Europe's` as `Europe`).

    Args:
        dictionary: the dictionary.
        tokens: what `tokens.tokenise` returned, folded or not.
        parts: hyphens count as spaces; otherwise a compound is one word.
        nested: keep matches that lie in longer ones, too; not for counting.

    Returns:
        One row a match: `sentence_id`, `row`, `category`, `term`, `start`, `end`; ordered by
        category, then place.
    """
    matcher = _Matcher(tokens, dictionary.lists, _phrases_of(dictionary), parts=parts)
    name = matcher.names(dictionary.names)
    found = [_matches(category, matcher, name, nested) for category in dictionary.categories]
    places = pd.concat([_NO_PLACES, *found], ignore_index=True)
    own = tokens.iloc[places["first"].to_numpy(dtype=int)]
    return pd.DataFrame(
        {
            "sentence_id": own["sentence_id"].astype(str).reset_index(drop=True),
            "row": own["row"].to_numpy(dtype=int),
            "category": places["category"].astype(str),
            "term": places["term"].astype(str),
            "start": own["start"].to_numpy(dtype=int),
            "end": tokens["end"].to_numpy(dtype=int)[places["last"].to_numpy(dtype=int)],
        }
    )


def _phrases_of(dictionary: Dictionary) -> Iterator[str]:
    """All phrases that a dictionary's matches depend on, those of its lists aside."""
    yield from dictionary.names
    for category in dictionary.categories:
        for term in category.terms:
            yield term.phrase
            yield from (*term.unless, *term.only_with, *term.without)


_NO_PLACES = pd.DataFrame(
    {"first": pd.Series(dtype=int), "last": pd.Series(dtype=int), "category": pd.Series(dtype=str),
     "term": pd.Series(dtype=str)}
)


def _matches(
    category: Category, matcher: _Matcher, name: np.ndarray, nested: bool
) -> pd.DataFrame:
    """The first and last word of each match of one category, and its term."""
    terms = sorted(category.terms, key=lambda term: term.phrase)
    found = [matcher.allowed(term, name) for term in terms]
    if not any(len(spans.first) for spans in found):
        return _NO_PLACES
    first = np.concatenate([matcher.token(spans.first) for spans in found])
    last = np.concatenate([matcher.token(spans.end - 1) for spans in found])
    term = np.repeat(np.arange(len(terms)), [len(spans.first) for spans in found])
    kept = np.lexsort((term, last, first)) if nested else _longest_first(first, last + 1, term)
    phrases = np.array([own.phrase for own in terms], dtype=object)[term[kept]]
    return pd.DataFrame(
        {"first": first[kept], "last": last[kept], "category": category.id, "term": phrases}
    )


def spans(matches: pd.DataFrame, category: str | None = None) -> dict[int, list[tuple[int, int]]]:
    """Where the words stand that a sentence is counted for: what `tables.marked` asks.

    Args:
        matches: what `match` returned.
        category: of these matches; of all if None.

    Returns:
        Row of the sentence → (start, end) of its matches.
    """
    own = matches if category is None else matches[matches["category"] == category]
    found: dict[int, list[tuple[int, int]]] = {}
    for row, start, end in zip(own["row"], own["start"], own["end"], strict=True):
        found.setdefault(int(row), []).append((int(start), int(end)))
    return found


def _longest_first(first: np.ndarray, end: np.ndarray, term: np.ndarray) -> np.ndarray:
    """Which candidates stay, by place: the longest, then the first, no word taken twice.

    Candidates that overlap no other stay at once; only groups of overlapping ones are sorted out.
    """
    order = np.lexsort((term, end, first))
    if not len(order):
        return order
    reach = np.maximum.accumulate(end[order])
    new = np.concatenate([[True], first[order][1:] >= reach[:-1]])
    group = np.cumsum(new) - 1
    alone = np.bincount(group)[group] == 1
    stays = [order[alone]]
    crowd = order[~alone]
    ranked = crowd[np.lexsort((term[crowd], first[crowd], first[crowd] - end[crowd]))]
    taken: set[int] = set()
    chosen = []
    for place in ranked.tolist():
        words = range(first[place], end[place])
        if taken.isdisjoint(words):
            taken.update(words)
            chosen.append(place)
    kept = np.concatenate([stays[0], np.array(chosen, dtype=int)])
    return kept[np.lexsort((end[kept], first[kept]))]
