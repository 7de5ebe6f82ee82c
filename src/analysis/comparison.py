"""Likeness of texts under any specification: whole, with blocks redrawn, at equal length.

The default specification gives the numbers of `similarity.statement_pairs` and of
`equal_length.variants`, from the same draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import sparse

from analysis import likeness, vectors
from analysis.inference import generator
from analysis.likeness import Words
from analysis.specification import Specification

# Draws behind a likeness at equal length: the simulation error of its mean is then below .005
# for the shipped texts, a quarter of the smallest effect that any finding names.
EQUAL_DRAWS = 200

# Texts whose draws are kept at once: they hold `EQUAL_DRAWS` times the words that are drawn.
DRAWS_KEPT = 64

# Of one way to count, texts whose counts are kept at once, and pairs whose products are kept with each:
# some megabytes each. Two texts as they are, redrawn and at equal length, with a rival or two.
COUNTS_KEPT, PAIRS_KEPT = 12, 4


@dataclass(frozen=True)
class Counted:
    """One text, drawn again and again: which types it holds, and how often in each draw.

    What many specifications ask of the same draws is made once.

    Attributes:
        columns: (types,) the types, ascending.
        counts: (draws × types) how often each stands in it, whole numbers.
    """

    columns: np.ndarray
    counts: np.ndarray
    _shared: dict[int, tuple[Counted, Shared]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _sizes(self) -> np.ndarray:
        """0, 1, … the largest count."""
        return np.arange(int(self.counts.max(initial=0)) + 1, dtype=float)

    @cached_property
    def damped(self) -> np.ndarray:
        """(draws × types) 1 + ln(count), 0 for 0."""
        return np.append(0.0, 1 + np.log(self._sizes[1:]))[self.counts]

    @cached_property
    def plain(self) -> np.ndarray:
        """(draws × types) the counts themselves."""
        return self.counts.astype(float)

    @cached_property
    def present(self) -> np.ndarray:
        """(draws × types) 1 where a type stands, else 0."""
        return (self.counts > 0).astype(float)

    @cached_property
    def informed(self) -> np.ndarray:
        """(draws × types) count · log₂(count), 0 for 0."""
        return np.append(0.0, self._sizes[1:] * np.log2(self._sizes[1:]))[self.counts]

    @cached_property
    def _squared(self) -> dict[str, np.ndarray]:
        return {}

    def squared(self, kind: str) -> np.ndarray:
        """(draws × types) the squares of `damped` or `plain`."""
        if kind not in self._squared:
            self._squared[kind] = np.square(getattr(self, kind))
        return self._squared[kind]

    def shared_with(self, other: Counted) -> Shared:
        """The types that stand in both."""
        if id(other) not in self._shared:
            while len(self._shared) >= PAIRS_KEPT:
                self._shared.pop(next(iter(self._shared)))
            found = Shared(*np.intersect1d(
                self.columns, other.columns, assume_unique=True, return_indices=True
            ))
            self._shared[id(other)] = other, found
        return self._shared[id(other)][1]

    def products(self, other: Counted, kind: str) -> np.ndarray:
        """(draws × shared types) of `damped`, `plain` or `present` of both, draw by draw."""
        shared = self.shared_with(other)
        if kind not in shared.products:
            shared.products[kind] = (
                getattr(self, kind)[:, shared.here] * getattr(other, kind)[:, shared.there]
            )
        return shared.products[kind]


@dataclass(frozen=True)
class Shared:
    """The types that two texts share: what they are, and their places among each one's."""

    columns: np.ndarray
    here: np.ndarray
    there: np.ndarray
    products: dict[str, np.ndarray] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Terms:
    """What is counted under a specification, and where it stands.

    Attributes:
        words: the words, those that are masked left out.
        first: (words,) type that a word counts as, −1 if it is dropped.
        second: (words,) type of the pair that it forms with its neighbour, −1 if none.
        width: number of types.
        spread: (types × n-grams) where character n-grams are counted, else None.
        kept: counts of redrawn texts, which many specifications share.
    """

    words: Words
    first: np.ndarray
    second: np.ndarray
    width: int
    spread: sparse.csr_array | None
    kept: dict[tuple, Counted] = field(default_factory=dict, repr=False)

    def counts(self, rows: np.ndarray, places: np.ndarray, number: int) -> sparse.csr_array:
        """(number × types) how often each type stands at these places, by row."""
        lines, columns = self._typed(rows, places)
        matrix = sparse.coo_array(
            (np.ones(len(columns)), (lines, columns)), shape=(number, self.width)
        ).tocsr()
        return matrix if self.spread is None else (matrix @ self.spread).tocsr()

    def _typed(self, rows: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The row and the type of everything that counts at these places."""
        types, at = [], []
        for kind in (self.first, self.second):
            found = kind[places]
            keep = found >= 0
            types.append(found[keep])
            at.append(rows[keep])
        return np.concatenate(at), np.concatenate(types)

    @cached_property
    def by_unit(self) -> sparse.csr_array:
        return self.counts(self.words.row, np.arange(len(self.words.row)), self.words.units)

    def by_block(self, text: int, dropped: int = -1) -> sparse.csr_array:
        """(blocks × types) of one text; a block without a word is no row.

        Args:
            text: its position.
            dropped: number of a block that is left out, −1 for none.
        """
        own = np.flatnonzero((self.words.text == text) & (self.words.block != dropped))
        rows = np.unique(self.words.block[own], return_inverse=True)[1]
        return self.counts(rows, own, int(rows.max(initial=-1)) + 1)

    def total(self, text: int, dropped: int = -1) -> Counted:
        """A text as it is: one row."""
        def made() -> Counted:
            whole = np.asarray(self.by_block(text, dropped).sum(axis=0)).ravel()
            columns = np.flatnonzero(whole)
            return Counted(columns, whole[columns].astype(np.int32).reshape(1, -1))

        return self._once(("total", text, self._own(text, dropped)), made)

    def _once(self, key: tuple, made: Callable[[], Counted]) -> Counted:
        """What was made for this key, the last `COUNTS_KEPT` of them kept."""
        if key not in self.kept:
            while len(self.kept) >= COUNTS_KEPT:
                self.kept.pop(next(iter(self.kept)))
            self.kept[key] = made()
        return self.kept[key]

    def _own(self, text: int, dropped: int) -> int:
        """The block that is left out if it is this text's, else −1."""
        return dropped if (self.words.block[self.words.text == text] == dropped).any() else -1

    def redrawn(
        self, text: int, identifier: str, *, seed: int, n_boot: int, dropped: int = -1
    ) -> Counted:
        """A text with its blocks redrawn: `n_boot` rows.

        Args:
            text: its position.
            identifier: its id; the draws depend on it and the seed only.
            seed: of the draws.
            n_boot: number of draws.
            dropped: number of a block that is left out, −1 for none.
        """
        dropped = self._own(text, dropped)

        def made() -> Counted:
            blocks = self.by_block(text, dropped)
            n = blocks.shape[0]
            times = generator(seed, "similarity", identifier).multinomial(
                n, np.full(n, 1 / n), n_boot
            )
            columns = np.unique(blocks.indices)
            counts = times.astype(float) @ blocks[:, columns].toarray()
            return Counted(columns, counts.astype(np.int32))

        return self._once(("redrawn", text, seed, n_boot, dropped), made)

    def drawn(
        self, text: int, identifier: str, m: int, *, seed: int, dropped: int = -1
    ) -> Counted:
        """m words of a text's random blocks: `EQUAL_DRAWS` rows.

        Args:
            text: the text's position.
            identifier: its id; the draws depend on it and the seed only.
            m: words drawn.
            seed: of the draws.
            dropped: number of a block that is left out, −1 for none.
        """
        dropped = self._own(text, dropped)

        def made() -> Counted:
            places = self._places(text, identifier, m, seed=seed, dropped=dropped)
            rows = np.repeat(np.arange(len(places)), [len(part) for part in places])
            return self._counted(rows, np.concatenate(places), len(places))

        return self._once(("drawn", text, m, seed, dropped), made)

    def _counted(self, rows: np.ndarray, places: np.ndarray, number: int) -> Counted:
        """`counts`, of the types that occur."""
        if self.spread is not None:
            counts = self.counts(rows, places, number)
            columns = np.flatnonzero(np.bincount(counts.indices, minlength=counts.shape[1]))
            return Counted(columns, counts[:, columns].toarray().astype(np.int32))
        lines, types = self._typed(rows, places)
        columns = np.flatnonzero(np.bincount(types, minlength=self.width))
        place = np.zeros(self.width, dtype=int)
        place[columns] = np.arange(len(columns))
        cells = np.bincount(
            lines * len(columns) + place[types], minlength=number * len(columns)
        )
        return Counted(columns, cells.reshape(number, len(columns)).astype(np.int32))

    def _places(
        self, text: int, identifier: str, m: int, *, seed: int, dropped: int
    ) -> list[np.ndarray]:
        """The words of each draw, which depend on no choice of what they count as."""
        key = (text, m, seed, dropped)
        if key not in self.words.drawn:
            while len(self.words.drawn) >= DRAWS_KEPT:
                self.words.drawn.pop(next(iter(self.words.drawn)))
            rng = generator(seed, "equal length", identifier)
            blocks = [
                block for block in self.words.blocks[text] if self.words.block[block[0]] != dropped
            ]
            draw = likeness.drawing(blocks, m, rng)
            self.words.drawn[key] = [draw()[0] for _ in range(EQUAL_DRAWS)]
        return self.words.drawn[key]


def terms(words: Words, spec: Specification) -> Terms:
    """The types that a specification counts.

    Args:
        words: what `likeness.read` returned, of the texts that the specification reads.
        spec: its masking, function words, stems, n-grams and measure matter here.
    """
    if spec.masking == "masked":
        words = words.unnamed
    kept = (
        ~words.function if spec.stop_words == "dropped" else np.ones(len(words.row), dtype=bool)
    )
    if spec.measure == "characters":
        grams = words.grams
        first = np.where(kept, words.word, -1)
        return Terms(words, first, np.full(len(first), -1), len(words.types), grams.matrix)
    types = words.stem if spec.stemming == "stems" else words.word
    width = int(types.max(initial=-1)) + 1
    first, second = np.where(kept, types, -1), np.full(len(types), -1)
    if spec.ngrams == "pairs":
        places = np.flatnonzero(kept)
        a, b = places[:-1], places[1:]
        near = words.row[a] == words.row[b]
        keys = types[a[near]].astype(np.int64) * width + types[b[near]]
        known, second[a[near]] = np.unique(keys, return_inverse=True)
        second[a[near]] += width
        width += len(known)
    return Terms(words, first, second, width, None)


def weights(found: Terms, spec: Specification, block_of_unit: np.ndarray) -> np.ndarray:
    """(types,) what a type weighs: idf, or 1; 0 if it is in too few of the statements' sentences.

    Args:
        found: what `terms` returned.
        spec: its weights of words, unit of idf and least number of sentences matter here.
        block_of_unit: (units,) number of each unit's block.
    """
    units, own = found.by_unit, found.words.own
    weighs = np.ones(units.shape[1])
    if spec.measure in ("cosine", "characters") and spec.term_weighting != "counts":
        matrix, rows = units, own
        if spec.unit == "block":
            matrix, keys = vectors.add_up(units, block_of_unit.tolist())
            first = dict(zip(block_of_unit.tolist()[::-1], own.tolist()[::-1], strict=True))
            rows = np.array([first[key] for key in keys])
        weighs = vectors.idf(matrix, baseline_rows=rows)
    if spec.min_df != "1":
        df = vectors.document_frequency(units, baseline_rows=own)
        weighs = np.where(df >= int(spec.min_df), weighs, 0.0)
    return weighs


def compared(
    texts: Mapping[int, Counted],
    pairs: Sequence[tuple[int, int]],
    weighs: np.ndarray,
    spec: Specification,
) -> np.ndarray:
    """(rows × pairs) likeness of each row of counts of a text with the same row of another's.

    Args:
        texts: position → its counts.
        pairs: positions.
        weighs: (all types,) what `weights` returned.
        spec: its measure and weights of words matter here.
    """
    if spec.measure in ("cosine", "characters"):
        return _cosines(texts, pairs, np.square(weighs), spec)
    measure = _jaccard if spec.measure == "jaccard" else _jensen_shannon
    counted = (weighs > 0).astype(float)
    return np.column_stack([measure(texts[i], texts[j], counted) for i, j in pairs])


def _cosines(
    texts: Mapping[int, Counted],
    pairs: Sequence[tuple[int, int]],
    squared: np.ndarray,
    spec: Specification,
) -> np.ndarray:
    """Σ a·b·w² / √(Σ a²·w² · Σ b²·w²), row by row; NaN where a row has no word that weighs."""
    kind = "damped" if spec.term_weighting == "tfidf" else "plain"
    lengths = {
        i: np.sqrt(text.squared(kind) @ squared[text.columns]) for i, text in texts.items()
    }
    out = []
    for i, j in pairs:
        shared = texts[i].shared_with(texts[j])
        products = texts[i].products(texts[j], kind) @ squared[shared.columns]
        scale = lengths[i] * lengths[j]
        out.append(np.divide(products, scale, out=np.full_like(products, np.nan), where=scale > 0))
    return np.column_stack(out)


def _jaccard(first: Counted, second: Counted, counted: np.ndarray) -> np.ndarray:
    """See `likeness.jaccard`; `counted` is 1 for a type that weighs anything, else 0."""
    in_both = first.products(second, "present") @ counted[first.shared_with(second).columns]
    a, b = (text.present @ counted[text.columns] for text in (first, second))
    return np.where((a > 0) & (b > 0), in_both / np.maximum(a + b - in_both, 1), np.nan)


def _jensen_shannon(first: Counted, second: Counted, counted: np.ndarray) -> np.ndarray:
    """See `likeness.jensen_shannon`. With p = a / Σa, Σ p·log p = Σ a·log a / Σa − log Σa; what the
    mixture of two texts has of a type of one of them is half of that text's."""
    shared = first.shared_with(second)
    both = counted[shared.columns]
    mixed, found = [], 0.0
    for text, places in ((first, shared.here), (second, shared.there)):
        own = counted[text.columns]
        with np.errstate(invalid="ignore", divide="ignore"):
            total = (text.plain @ own)[:, None]
            p = text.plain[:, places] / total
            of_shared = (text.informed[:, places] @ both)[:, None] / total - np.log2(total) * (
                p @ both
            )[:, None]
            whole = (text.informed @ own)[:, None] / total - np.log2(total)
        # Half of −Σ p·log p of the text, against that of its own types in the mixture.
        alone, part = whole - of_shared, 1 - (p @ both)[:, None]
        found = found + (whole - alone + part) / 2
        mixed.append(p)
    mixture = (mixed[0] + mixed[1]) / 2
    logarithms = np.zeros_like(mixture)
    np.log2(mixture, out=logarithms, where=mixture > 0)
    divergence = found[:, 0] - (mixture * logarithms) @ both
    return 1 - np.sqrt(np.clip(divergence, 0, 1))


@dataclass(frozen=True)
class Likeness:
    """Pairs of texts compared under one specification.

    Attributes:
        found: the terms.
        weighs: their weights.
        spec: the specification.
        ids: ids of all texts, in order.
        dropped: number of a block that is left out, −1 for none.
    """

    found: Terms
    weighs: np.ndarray
    spec: Specification
    ids: Sequence[str]
    dropped: int = -1

    def whole(self, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
        """(pairs,) likeness of whole texts."""
        texts = {
            i: self.found.total(i, self.dropped) for i in sorted({i for pair in pairs for i in pair})
        }
        return compared(texts, pairs, self.weighs, self.spec)[0]

    def redrawn(
        self, pairs: Sequence[tuple[int, int]], *, seed: int, n_boot: int
    ) -> np.ndarray:
        """(n_boot × pairs) likeness of texts whose blocks were drawn with replacement."""
        texts = {
            i: self.found.redrawn(
                i, self.ids[i], seed=seed, n_boot=n_boot, dropped=self.dropped
            )
            for i in sorted({i for pair in pairs for i in pair})
        }
        return compared(texts, pairs, self.weighs, self.spec)

    def at_equal_length(
        self, pairs: Sequence[tuple[int, int]], m: int, *, seed: int
    ) -> np.ndarray:
        """(draws × pairs) likeness of m words of each text, drawn by random blocks."""
        texts = {
            i: self.found.drawn(i, self.ids[i], m, seed=seed, dropped=self.dropped)
            for i in sorted({i for pair in pairs for i in pair})
        }
        return compared(texts, pairs, self.weighs, self.spec)

