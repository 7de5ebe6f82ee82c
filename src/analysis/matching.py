"""Sentences and passages made comparable: stems, words of one sense, runs of characters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import tables, tokens, vectors
from analysis.corpus import Corpus

Block = tuple[str, int]


@dataclass(frozen=True)
class View:
    """Units and blocks counted in one way.

    Attributes:
        units: (units × types) counts.
        blocks: (blocks × types) the same, added up.
        weights: (types,) `vectors.steep_idf` over the sentences of the statements.
    """

    units: sparse.csr_array
    blocks: sparse.csr_array
    weights: np.ndarray

    def weighed_units(self, rows: np.ndarray) -> sparse.csr_array:
        return vectors.weigh(self.units[rows], self.weights)

    def weighed_blocks(self, rows: np.ndarray) -> sparse.csr_array:
        return vectors.weigh(self.blocks[rows], self.weights)


@dataclass(frozen=True)
class Matching:
    """What passage matching and the clause ledger compare.

    Attributes:
        keys: (statement_id, block) of each block with a unit of analysis.
        block_of: (units,) the block of each unit, as a place in `keys`.
        terms: stems and, in the columns after them, classes of synonyms.
        characters: character n-grams.
        names: (stems,) the most frequent written form of each.
        classes: (classes,) their names.
        member: (stems × classes) which stem belongs to which class.
        words: what is compared, in order: `row` (unit), `start`, `end` (in its text), `token` (as
            written, a part of it if it was parted), `stem` (column) and `senses` (names).
    """

    keys: list[Block]
    block_of: np.ndarray
    terms: View
    characters: View
    names: np.ndarray
    classes: np.ndarray
    member: sparse.csr_array
    words: pd.DataFrame

    @cached_property
    def places(self) -> list[tuple[int, int, str, int, tuple[str, ...]]]:
        """(start, end, written, stem, senses) of each of `words`."""
        columns = ("start", "end", "token", "stem", "senses")
        return list(zip(*(self.words[name].tolist() for name in columns), strict=True))

    @property
    def views(self) -> tuple[View, View]:
        return self.terms, self.characters


def prepare(
    corpus: Corpus, *, fold: bool = True, stem: bool = True, synonyms: bool = True
) -> Matching:
    """The units of analysis and their blocks as counts for matching.

    Function words are left out, compounds are parted at their hyphens, and words weigh less the
    more sentences of the statements hold them (`vectors.steep_idf`). A word counts as itself and
    once more as each class of `synonyms.yaml` that it belongs to.

    Args:
        corpus: the statements in units.
        fold: count spelling variants as one word.
        stem: compare stems instead of words.
        synonyms: count classes of synonyms, too.
    """
    units, statements = corpus.units, corpus.study.statements
    prepared = {"fold": fold, "drop_stop_words": True, "parts": True}
    written = vectors.words(units, statements, stem=False, **prepared)
    compared = vectors.words(units, statements, stem=stem, **prepared)
    stems = vectors.count(compared, rows=len(units))
    words = written[["row", "start", "end", "token"]].assign(
        stem=np.searchsorted(stems.types, compared["token"].to_numpy(dtype=str)),
        senses=_senses(corpus, written) if synonyms else [()] * len(written),
    )
    senses = vectors.count(
        words[["row", "senses"]].explode("senses").dropna().rename(columns={"senses": "token"}),
        rows=len(units),
    )
    owner = list(zip(units["statement_id"], units["block"].tolist(), strict=True))
    keys = list(dict.fromkeys(owner))
    place = {key: position for position, key in enumerate(keys)}
    own = vectors.baseline(units, statements)

    def view(matrix: sparse.csr_array) -> View:
        blocks, _ = vectors.add_up(matrix, owner)
        return View(matrix, blocks, vectors.steep_idf(matrix, baseline_rows=own))

    return Matching(
        keys=keys,
        block_of=np.array([place[key] for key in owner], dtype=int),
        terms=view(sparse.hstack([stems.matrix, senses.matrix], format="csr")),
        characters=view(vectors.count_grams(vectors.count(written, rows=len(units))).matrix),
        names=vectors.written_forms(compared["token"], written["token"]),
        classes=senses.types,
        member=_members(words, senses.types, rows=len(stems.types)),
        words=words,
    )


def _senses(corpus: Corpus, written: pd.DataFrame) -> list[tuple[str, ...]]:
    """The classes of synonyms of each word."""
    language = corpus.study.statements.set_index("statement_id")["language"]
    spoken = corpus.units["statement_id"].map(language).to_numpy()[written["row"].to_numpy(int)]
    return [
        tokens.synonym_classes(token, code)
        for token, code in zip(written["token"], spoken, strict=True)
    ]


def _members(words: pd.DataFrame, classes: np.ndarray, *, rows: int) -> sparse.csr_array:
    known = words[["stem", "senses"]].explode("senses").dropna().drop_duplicates()
    place = (
        known["stem"].to_numpy(dtype=int),
        np.searchsorted(classes, known["senses"].to_numpy(dtype=str)),
    )
    return sparse.coo_array((np.ones(len(known)), place), shape=(rows, len(classes))).tocsr()


@dataclass(frozen=True)
class Side:
    """Some units in a row as they are shown beside others.

    Attributes:
        text: their texts, `between` them.
        sentences: their ids.
        words: (start, end, written, stem, senses) of each word that is compared, in `text`.
    """

    text: str
    sentences: list[str]
    words: list[tuple[int, int, str, int, tuple[str, ...]]]

    @classmethod
    def of(
        cls, corpus: Corpus, counted: Matching, units: Sequence[int], *, between: str = " "
    ) -> Side:
        """The side made of these units, in this order."""
        units = np.asarray(units, dtype=int)
        texts = corpus.units["text"].to_numpy()[units].tolist()
        starts = np.cumsum([0, *(len(text) + len(between) for text in texts)])
        bounds = np.searchsorted(counted.words["row"].to_numpy(), [units, units + 1])
        words = [
            (int(start) + begin, int(start) + end, *word)
            for start, first, last in zip(starts, *bounds, strict=False)
            for begin, end, *word in counted.places[first:last]
        ]
        ids = corpus.units["sentence_id"].to_numpy()[units].tolist()
        return cls(between.join(texts), ids, words)

    def shared_with(self, other: Side) -> tuple[set[int], set[str]]:
        """The stems that both have, and the classes of synonyms that they share in other words."""
        stems = {word[3] for word in self.words} & {word[3] for word in other.words}
        classes = [
            {sense for word in side.words for sense in word[4]} for side in (self, other)
        ]
        same = {sense for word in self.words if word[3] in stems for sense in word[4]}
        return stems, (classes[0] & classes[1]) - same

    def marked(self, stems: Collection[int], senses: Collection[str]) -> tuple[str, ...]:
        """The text with words of these stems and of these classes marked."""
        wanted, also = set(stems), set(senses)
        return tables.marked(self.text, [
            (start, end) for start, end, _, stem, own in self.words
            if stem in wanted or not also.isdisjoint(own)
        ])

    def written(self, sense: str) -> str:
        """The words of a class of synonyms, as they stand here."""
        return ", ".join(dict.fromkeys(word for *_, word, _, own in self.words if sense in own))
