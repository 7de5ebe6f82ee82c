"""Dictionaries of globs and phrases, matched on tokens.

A dictionary has categories; a category has terms. A term is a phrase of one or more words, each
of which may hold `*` (any letters) and `?` (one letter). Within a category the longest match
wins and a word is counted once; the same word may count in two categories.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.errors import BadStudy
from analysis.tokens import WORD


@dataclass(frozen=True, slots=True)
class Term:
    """One entry: its phrase, the phrases that take a match back, and why it is there."""

    phrase: str
    unless: tuple[str, ...] = ()
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
        developed_on: ids of the statements that were read while it was written; agreement with
            their coding is optimistic.
    """

    version: str
    citation: str
    language: str
    developed_on: tuple[str, ...]
    categories: tuple[Category, ...]


_TERM_KEYS = {"match", "unless", "comment"}
_CATEGORY_KEYS = {"label", "definition", "terms"}
_TOP_KEYS = {"version", "citation", "language", "frames"}
_OPTIONAL_KEYS = {"developed_on"}


def parse(data: Mapping[str, object], *, file: str) -> Dictionary:
    """A dictionary from the mapping that its YAML file holds.

    Args:
        data: `version`, `citation`, `language`, optionally `developed_on` (ids of statements), and
            `frames`: id → `label`, `definition`, `terms`; a term is a phrase or a mapping with
            `match`, `unless` (phrases), `comment`.
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
    categories = tuple(_category(str(key), value, file, faults) for key, value in frames.items())
    if faults:
        raise BadStudy(faults)
    return Dictionary(
        version=str(data["version"]),
        citation=str(data["citation"]),
        language=str(data["language"]),
        developed_on=tuple(map(str, developed_on)),
        categories=categories,
    )


def _category(key: str, value: object, file: str, faults: list[str]) -> Category:
    where = f"{file}: frames.{key}"
    if not isinstance(value, Mapping) or not isinstance(value.get("terms"), list):
        faults.append(f"{where}: needs 'label', 'definition' and a list 'terms'")
        return Category(key, key, "", ())
    for unknown in sorted(set(value) - _CATEGORY_KEYS, key=str):
        faults.append(f"{where}: unknown key '{unknown}'")
    terms = tuple(_term(entry, where, number, faults) for number, entry in
                  enumerate(value["terms"], start=1))
    phrases = [term.phrase for term in terms]
    for phrase in sorted({p for p in phrases if phrases.count(p) > 1}):
        faults.append(f"{where}: term '{phrase}' stands twice; remove one")
    return Category(key, str(value.get("label", key)), str(value.get("definition", "")), terms)


def _term(entry: object, where: str, number: int, faults: list[str]) -> Term:
    if isinstance(entry, str):
        entry = {"match": entry}
    if not isinstance(entry, Mapping) or not isinstance(entry.get("match"), str):
        faults.append(f"{where}: term {number} must be a phrase, or a mapping with 'match'")
        return Term("")
    for unknown in sorted(set(entry) - _TERM_KEYS, key=str):
        faults.append(f"{where}: term {number}: unknown key '{unknown}'")
    unless = entry.get("unless", ())
    unless = (unless,) if isinstance(unless, str) else tuple(map(str, unless))
    for phrase in (entry["match"], *unless):
        if not _words(phrase):
            faults.append(f"{where}: term {number}: '{phrase}' has no word in it")
    return Term(entry["match"], unless, str(entry.get("comment", "")))


def _words(phrase: str) -> list[str]:
    """The glob of each word of a phrase; the same tokenisation rule as the texts'."""
    placeholder = phrase.lower().replace("*", "ʘ").replace("?", "ʗ")
    return [
        match.group().replace("ʘ", "*").replace("ʗ", "?") for match in WORD.finditer(placeholder)
    ]


def _forms(word: str) -> set[str]:
    """A word as globs are tried on it: with its possessive ending and without."""
    plain = word.replace("’", "'")
    return {plain, plain.removesuffix("'s")}


class _Matcher:
    """Finds phrases in one stream of tokens; globs are tried on the vocabulary, once."""

    def __init__(self, tokens: pd.DataFrame) -> None:
        codes, vocabulary = pd.factorize(tokens["token"])
        self._vocabulary = list(vocabulary)
        self._tokens = codes.tolist()
        self._rows = tokens["row"].tolist()
        self._positions: dict[int, list[int]] = {}
        for position, code in enumerate(self._tokens):
            self._positions.setdefault(code, []).append(position)
        self._codes: dict[str, frozenset[int]] = {}
        self._plain: dict[str, set[int]] = {}
        for code, word in enumerate(self._vocabulary):
            for form in _forms(word):
                self._plain.setdefault(form, set()).add(code)

    def _matching(self, glob: str) -> frozenset[int]:
        if glob not in self._codes:
            if "*" in glob or "?" in glob:
                pattern = re.compile(fnmatch.translate(glob))
                found = (codes for form, codes in self._plain.items() if pattern.match(form))
                self._codes[glob] = frozenset().union(*found)
            else:
                self._codes[glob] = frozenset(self._plain.get(glob, ()))
        return self._codes[glob]

    def spans(self, phrase: str) -> list[tuple[int, int]]:
        """(first token, end token) of every occurrence, never across sentences."""
        words = [self._matching(word.replace("’", "'")) for word in _words(phrase)]
        found = []
        for code in words[0]:
            for first in self._positions.get(code, ()):
                end = first + len(words)
                if (
                    end <= len(self._tokens)
                    and self._rows[end - 1] == self._rows[first]
                    and all(self._tokens[first + k] in words[k] for k in range(1, len(words)))
                ):
                    found.append((first, end))
        return sorted(found)


def match(dictionary: Dictionary, tokens: pd.DataFrame) -> pd.DataFrame:
    """Which terms of the dictionary occur, in which sentence and at which characters?

    Longest match first; within a category no word is counted twice; a match that overlaps one of
    its term's `unless` phrases is taken back. Possessives match their word (`Europe's` as
    `Europe`).

    Args:
        dictionary: the dictionary.
        tokens: what `tokens.tokenise` returned, folded or not.

    Returns:
        One row a match: `sentence_id`, `row`, `category`, `term`, `start`, `end`; ordered by
        category, then place.
    """
    matcher = _Matcher(tokens)
    starts, ends = tokens["start"].to_numpy(), tokens["end"].to_numpy()
    identifiers, rows = tokens["sentence_id"].to_numpy(), tokens["row"].to_numpy()
    found = []
    for category in dictionary.categories:
        candidates = [
            (first, end, term.phrase)
            for term in category.terms
            for first, end in _allowed(matcher, term)
        ]
        candidates.sort(key=lambda c: (c[0] - c[1], c[0], c[2]))
        taken: set[int] = set()
        kept = []
        for first, end, phrase in candidates:
            if taken.isdisjoint(range(first, end)):
                taken.update(range(first, end))
                kept.append((first, end, phrase))
        for first, end, phrase in sorted(kept):
            found.append(
                (
                    identifiers[first],
                    rows[first],
                    category.id,
                    phrase,
                    int(starts[first]),
                    int(ends[end - 1]),
                )
            )
    return pd.DataFrame(
        found, columns=["sentence_id", "row", "category", "term", "start", "end"]
    )


def _allowed(matcher: _Matcher, term: Term) -> list[tuple[int, int]]:
    blocked: set[int] = set()
    for phrase in term.unless:
        for first, end in matcher.spans(phrase):
            blocked.update(range(first, end))
    return [
        (first, end)
        for first, end in matcher.spans(term.phrase)
        if blocked.isdisjoint(range(first, end))
    ]
