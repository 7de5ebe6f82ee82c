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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.errors import BadStudy, suggest
from analysis.phrases import Matcher, Spans, overlaps, problem


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
        wrong = problem(phrase, lists)
        if wrong:
            faults.append(f"{where}: '{phrase}' {wrong}")
    return tuple(given)


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
    matcher = Matcher(tokens, dictionary.lists, _phrases_of(dictionary), parts=parts)
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
    category: Category, matcher: Matcher, name: np.ndarray, nested: bool
) -> pd.DataFrame:
    """The first and last word of each match of one category, and its term."""
    terms = sorted(category.terms, key=lambda term: term.phrase)
    found = [_allowed(matcher, term, name) for term in terms]
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


def _allowed(matcher: Matcher, term: Term, cut: np.ndarray) -> Spans:
    """The places of a term where nothing takes it back.

    Args:
        term: the term.
        cut: (words,) what `names` returned.
    """
    spans = matcher.spans(term.phrase)
    if not len(spans.first):
        return spans
    if term.unless:
        spans = spans.keep(~overlaps(spans, matcher.phrases(term.unless)))
    for phrases, wanted in ((term.only_with, True), (term.without, False)):
        if phrases:
            rows = np.unique(matcher.row(matcher.phrases(phrases).first))
            spans = spans.keep(np.isin(matcher.row(spans.first), rows) == wanted)
    return spans.keep(~_cuts(spans, cut))


def _cuts(spans: Spans, name: np.ndarray) -> np.ndarray:
    """Does a match begin or end within a name?"""
    if not len(name):
        return np.zeros(len(spans.first), dtype=bool)

    def within(place: np.ndarray) -> np.ndarray:
        """Do the words before and at a place belong to one name?"""
        inner = (place > 0) & (place < len(name))
        at = np.where(inner, place, 0)
        return inner & (name[at] > 0) & (name[at - 1] == name[at])

    return within(spans.first) | within(spans.end)


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
