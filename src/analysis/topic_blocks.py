"""What topics are fitted to: blocks of texts as counts of stems, and what each of them weighs.

Nothing here knows a study: blocks, statements and words come as arrays and tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import vectors
from analysis.inference import generator

# METHODS: subsamples of 80 % of the blocks, without replacement.
KEPT = 0.8


@dataclass(frozen=True)
class Blocks:
    """What topics are fitted to: blocks of texts as counts of stems.

    Attributes:
        table: one row a block that holds a word of the vocabulary: `statement_id`, `block`,
            `fitted` (of a statement, not of a commentary), `words`, `text`, `sentences` (ids); in
            order of statement id and block, so that the order of the study's files is no matter.
        counts: (blocks × stems).
        idf: (stems,) weights from the statements' sentences.
        words: (stems,) the form in which each stem is most frequent in the statements.
        n_without: blocks that hold no word of the vocabulary.
        n_rare: stems left out because too few blocks of the statements hold them.
        least: blocks that must hold a stem.
        unit: what a block is: block, window or statement.
        order: the stems of each block in the order of the text; without them any order will do.
        anchors: name → stems that a topic of that name is expected to have.
        anchor_words: name → the words given for it whose stems are known.
    """

    table: pd.DataFrame
    counts: sparse.csr_array
    idf: np.ndarray
    words: np.ndarray
    n_without: int
    n_rare: int
    least: int
    unit: str = "block"
    order: tuple[np.ndarray, ...] | None = None
    anchors: Mapping[str, np.ndarray] = field(default_factory=dict)
    anchor_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def fitted(self) -> np.ndarray:
        """Positions of the statements' blocks."""
        return np.flatnonzero(self.table["fitted"])

    @cached_property
    def statements(self) -> np.ndarray:
        """The statement of each of the statements' blocks."""
        return self.table["statement_id"].to_numpy(dtype=str)[self.fitted]

    @cached_property
    def part(self) -> Part:
        """What a fit sees: the statements' blocks."""
        held = np.zeros((len(self.anchors), len(self.words)))
        for row, stems in zip(held, self.anchors.values(), strict=True):
            row[stems] = 1
        return Part(self.counts[self.fitted], self.idf, self.statements, sparse.csr_array(held))

    @property
    def rare(self) -> str:
        """Where the stems stand that were left out, in words."""
        return "a single block" if self.least == 2 else f"fewer than {self.least} blocks"

    @property
    def documents(self) -> list[list[str]]:
        """The words of each of the statements' blocks, in the order of the text if it is known."""
        rows = self.order or _any_order(self.counts)
        return [self.words[rows[position]].tolist() for position in self.fitted]

    @property
    def most_topics(self) -> int:
        """More topics than this cannot be told apart in a subsample; 0 if not even two can."""
        kept = sum(kept_of(count) for count in np.unique(self.statements, return_counts=True)[1])
        most = min(kept, len(self.words))
        return most if most >= 2 else 0


@dataclass(frozen=True)
class Part:
    """Counts of some blocks, and what belongs to them.

    Attributes:
        counts: (blocks × stems).
        idf: (stems,).
        statements: (blocks,) the statement of each.
        anchors: (anchor lists × stems) 1 where a list has the stem.
        equal: every statement weighs the same; else every block does.
    """

    counts: sparse.csr_array
    idf: np.ndarray
    statements: np.ndarray
    anchors: sparse.csr_array
    equal: bool = True

    def of(self, chosen: np.ndarray) -> Part:
        """The same of some of the blocks."""
        return Part(
            self.counts[chosen], self.idf, self.statements[chosen], self.anchors, self.equal
        )

    def with_counts(self, counts: sparse.csr_array) -> Part:
        """The same with other words in the blocks."""
        return Part(counts, self.idf, self.statements, self.anchors, self.equal)

    @property
    def weights(self) -> np.ndarray:
        """(blocks,) what each block weighs, 1 on average."""
        n = len(self.statements)
        return equal_weights(self.statements) if self.equal else np.ones(n)


def from_counts(
    counts: np.ndarray | sparse.sparray,
    statements: Sequence[str],
    *,
    words: Sequence[str] | None = None,
) -> Blocks:
    """Blocks from a matrix of counts, for corpora that are no study (`topics.block_counts` else).

    Args:
        counts: (blocks × types) whole numbers; each row a block, which is a sentence as well.
        statements: (blocks,) the statement of each.
        words: (types,) what they are called.
    """
    counts = sparse.csr_array(counts, dtype=float)
    ids = [f"{name}:b{row}.s1" for row, name in enumerate(statements, start=1)]
    table = pd.DataFrame(
        {
            "statement_id": list(statements),
            "block": np.arange(1, len(ids) + 1),
            "fitted": True,
            "words": counts.sum(axis=1).astype(int),
            "text": ids,
            "sentences": [[identifier] for identifier in ids],
        }
    )
    return Blocks(
        table=table,
        counts=counts,
        idf=vectors.idf(counts, baseline_rows=np.ones(len(ids), dtype=bool)),
        words=np.array([f"w{i:04d}" for i in range(counts.shape[1])] if words is None else words),
        n_without=0,
        n_rare=0,
        least=1,
    )


def sample(blocks: Blocks, most: int, *, seed: int) -> Blocks:
    """At most so many of the statements' blocks, in order; without the commentary.

    Every statement loses the same part of its blocks, up to chance.
    """
    chosen = blocks.fitted
    if len(chosen) > most:
        rng = generator(seed, "sample of blocks")
        chosen = np.sort(rng.choice(chosen, size=most, replace=False))
    return replace(
        blocks,
        table=blocks.table.iloc[chosen].reset_index(drop=True),
        counts=blocks.counts[chosen],
        order=blocks.order and tuple(blocks.order[position] for position in chosen),
    )


def _any_order(counts: sparse.csr_array) -> tuple[np.ndarray, ...]:
    ends = counts.indptr
    return tuple(
        np.repeat(counts.indices[a:b], counts.data[a:b].astype(int))
        for a, b in zip(ends[:-1], ends[1:], strict=True)
    )


def kept_of(count: int) -> int:
    """How many of a statement's blocks a subsample takes."""
    return max(1, round(KEPT * count))


def tfidf(counts: sparse.csr_array, idf: np.ndarray) -> sparse.csr_array:
    """Blocks as vectors of unit length: (1 + ln count) × idf."""
    return vectors.unit_length(vectors.weigh(counts, idf))


def equal_weights(statements: np.ndarray) -> np.ndarray:
    """A weight for each block: every statement weighs the same, and so does each of its blocks.

    Of all weights that make statements equal, these leave the most effective blocks.

    Args:
        statements: (blocks,) the statement of each.

    Returns:
        (blocks,) with mean 1.
    """
    _, place, sizes = np.unique(statements, return_inverse=True, return_counts=True)
    return len(statements) / (len(sizes) * sizes[place])


def mean_share(blocks: Blocks, shares: np.ndarray) -> float:
    """A topic's share of the statements, each of them weighing the same."""
    _, found = statement_shares(blocks, shares)
    return float(found.mean()) if len(found) else float("nan")


def statement_shares(blocks: Blocks, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each statement's share of a topic: the mean of its blocks', weighted by their words.

    Args:
        blocks: blocks as counts.
        shares: (blocks,) the topic's share of each, NaN where undefined.

    Returns:
        Ids of the statements that have a share, and the shares.
    """
    own = shares[blocks.fitted]
    names, place = np.unique(blocks.statements, return_inverse=True)
    words = blocks.table["words"].to_numpy()[blocks.fitted] * ~np.isnan(own)
    whole = np.bincount(place, weights=words, minlength=len(names))
    held = np.bincount(place, weights=words * np.nan_to_num(own), minlength=len(names))
    known = whole > 0
    return names[known], held[known] / whole[known]
