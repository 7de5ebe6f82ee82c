"""Texts in pairs, and the measures of their likeness: what the pages on similarity stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
import scipy
from scipy import sparse

from analysis import names, vectors
from analysis.corpus import Corpus
from analysis.inference import generator
from analysis.vectors import Counts

# With more texts than this, sentences are not listed for each pair of whole texts: of 60 texts they
# would be 100,000 links, which say no more than the two texts' names.
MOST_TEXTS = 40

#: What a pair consists of; only pairs of statements are ranked.
STATEMENTS, COMMENTARY = "two statements", "with a commentary"


@dataclass(frozen=True)
class Pairs:
    """Every two texts, in order of date."""

    corpus: Corpus

    @cached_property
    def ids(self) -> list[str]:
        return list(self.corpus.labels)

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        return list(combinations(range(len(self.ids)), 2))

    @cached_property
    def labels(self) -> list[str]:
        names = list(self.corpus.labels.values())
        return [f"{names[i]} and {names[j]}" for i, j in self.places]

    @cached_property
    def evidence(self) -> list[list[str]]:
        """All sentences of both texts: what a figure about whole texts rests on.

        Of more than `MOST_TEXTS` texts the first sentence of each, where the text begins.
        """
        own = self.corpus.units.groupby("statement_id")["sentence_id"].agg(list)
        if len(self.ids) > MOST_TEXTS:
            own = own.str[:1]
        return [[*own[self.ids[i]], *own[self.ids[j]]] for i, j in self.places]

    @cached_property
    def statements(self) -> np.ndarray:
        """(texts,) which of the texts are statements, not commentaries."""
        genre = self.corpus.study.statements.set_index("statement_id")["genre"]
        return np.array([genre[identifier] == "statement" for identifier in self.ids])

    @cached_property
    def kinds(self) -> list[str]:
        own = self.statements
        return [STATEMENTS if own[i] and own[j] else COMMENTARY for i, j in self.places]


def by_statement(corpus: Corpus, counts: Counts) -> sparse.csr_array:
    """The units' counts added up to texts, in order of date."""
    matrix, keys = vectors.add_up(counts.matrix, corpus.units["statement_id"].tolist())
    return matrix[[keys.index(identifier) for identifier in corpus.labels]]


def unit_rows(
    counts: np.ndarray, weights: np.ndarray, *, sublinear: bool = True
) -> np.ndarray:
    """Dense rows of counts, weighed as `vectors.weigh` does, with length 1."""
    values = np.array(counts, dtype=float)
    if sublinear:
        filled = values > 0
        values[filled] = 1 + np.log(np.maximum(values[filled], 1))
    values *= weights
    lengths = np.sqrt(np.square(values).sum(axis=1, keepdims=True))
    return np.divide(values, lengths, out=np.full_like(values, np.nan), where=lengths > 0)


def jaccard(counts: sparse.csr_array) -> np.ndarray:
    """Which share of the types of two texts together do both have?

    |A ∩ B| / |A ∪ B|, with A and B the sets of types; NaN where a text has none.

    Args:
        counts: (texts × types).

    Returns:
        (texts × texts).

    Do not compare texts of unequal length by it: the longer one's surplus counts as difference.

    Source: Jaccard, P. (1912), New Phytologist 11(2).
    """
    present = (counts.toarray() > 0).astype(float)
    both = present @ present.T
    types = both.diagonal()
    union = types[:, None] + types[None, :] - both
    return np.divide(
        both, union, out=np.full_like(both, np.nan), where=(types[:, None] * types[None, :]) > 0
    )


def jensen_shannon(counts: sparse.csr_array) -> np.ndarray:
    """How close are the shares of words in two texts?

    1 − √(H((p + q) / 2) − (H(p) + H(q)) / 2), with H the entropy in bits; NaN where a text is
    empty.

    The difference of entropies is Σ (p · log₂(2p / (p + q)) + q · log₂(2q / (p + q))) / 2, which
    is exactly 0 for equal shares. Words of one text alone count whole.

    Args:
        counts: (texts × types).

    Returns:
        (texts × texts), 1 for equal shares, 0 for no word in common.

    Source: Lin, J. (1991), IEEE Transactions on Information Theory 37(1).
    """
    n, total = counts.shape[0], np.asarray(counts.sum(axis=1), dtype=float).ravel()
    shared, first_held, second_held = np.zeros((3, n * n))
    for text, other, own, others in _in_both(sparse.csc_array(counts)):
        p, q, pair = own / total[text], others / total[other], text * n + other
        both = p * np.log2(2 * p / (p + q)) + q * np.log2(2 * q / (p + q))
        shared += np.bincount(pair, both, minlength=n * n)
        first_held += np.bincount(pair, own, minlength=n * n)
        second_held += np.bincount(pair, others, minlength=n * n)
    first, second = np.repeat(total, n), np.tile(total, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        alone = (first - first_held) / first + (second - second_held) / second
    likeness = 1 - np.sqrt(np.clip((shared + alone) / 2, 0, 1)).reshape(n, n)
    out = np.triu(likeness, 1)
    return out + out.T + np.diag(np.where(total > 0, 1.0, np.nan))


# Pairs of texts with a word in common that are held at once.
_AT_ONCE = 1_000_000


def _in_both(
    columns: sparse.csc_array,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Of every type and every two texts that hold it: both texts, and how often each holds it."""
    columns.sort_indices()
    ends = np.repeat(columns.indptr[1:], np.diff(columns.indptr))
    later = ends - np.arange(len(ends)) - 1
    begun = np.cumsum(later)
    for chunk in np.split(np.arange(len(ends)), np.flatnonzero(np.diff(begun // _AT_ONCE)) + 1):
        first = np.repeat(chunk, later[chunk])
        started = np.cumsum(later[chunk]) - later[chunk]
        second = first + 1 + np.arange(len(first)) - np.repeat(started, later[chunk])
        yield (
            columns.indices[first], columns.indices[second],
            columns.data[first], columns.data[second],
        )


#: Name of a measure → what a reader calls it; the first is the one that is ranked by.
MEASURES = {
    "tfidf": "tf–idf cosine",
    "counts": "count cosine",
    "jaccard": "Jaccard",
    "jensen_shannon": "1 − Jensen–Shannon distance",
    "characters": "character n-gram cosine",
}

# Fewer pairs than this have hardly an order to agree on.
MIN_PAIRS_TO_RANK = 3


def rank_correlation(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's rank correlation; NaN of fewer than `MIN_PAIRS_TO_RANK` pairs, or of no order."""
    if len(a) < MIN_PAIRS_TO_RANK or len(set(a)) == 1 or len(set(b)) == 1:
        return float("nan")
    return float(scipy.stats.spearmanr(a, b).statistic)


@dataclass(frozen=True)
class Words:
    """The words of all texts in order, so that parts of texts can be counted in each way.

    Attributes:
        texts: how many texts.
        units: how many sentences, those without a word included.
        own: (units,) whether a sentence is a statement's, not a commentary's.
        row: (words,) sentence of each word.
        text: (words,) text of each word.
        block: (words,) block of each word, numbered through all texts.
        word: (words,) its type, unstemmed.
        stem: (words,) type of its stem.
        function: (words,) whether it is a function word.
        name: (words,) whether it is part of a name of a state, an agency, a place, a treaty.
        types: (types,) the types of `word`.
    """

    texts: int
    units: int
    own: np.ndarray
    row: np.ndarray
    text: np.ndarray
    block: np.ndarray
    word: np.ndarray
    stem: np.ndarray
    function: np.ndarray
    name: np.ndarray
    types: np.ndarray

    def without(self, left_out: np.ndarray) -> Words:
        """The same texts less these words."""
        each = ("row", "text", "block", "word", "stem", "function", "name")
        return replace(self, **{field: getattr(self, field)[~left_out] for field in each})

    @cached_property
    def unnamed(self) -> Words:
        """The same texts less names."""
        return self.without(self.name)

    @cached_property
    def drawn(self) -> dict[tuple, list[np.ndarray]]:
        """Draws of words that were made before."""
        return {}

    @cached_property
    def blocks(self) -> list[list[np.ndarray]]:
        """For each text, the positions of each block's words; blocks without a word left out."""
        starts = np.flatnonzero(np.diff(self.block, prepend=-1))
        parts = np.split(np.arange(len(self.block)), starts[1:]) if len(starts) else []
        found: list[list[np.ndarray]] = [[] for _ in range(self.texts)]
        for part in parts:
            found[self.text[part[0]]].append(part)
        return found

    @cached_property
    def stem_weights(self) -> np.ndarray:
        """Idf of stems over the statements' sentences."""
        keep = ~self.function
        return self._idf(self.row[keep], self.stem[keep], int(self.stem.max(initial=-1)) + 1)

    @cached_property
    def grams(self) -> Counts:
        """(types × n-grams) how often each word type holds each character n-gram."""
        each = sparse.eye_array(len(self.types)).tocsr()
        return vectors.count_grams(Counts(matrix=each, types=self.types))

    @cached_property
    def gram_weights(self) -> np.ndarray:
        """Idf of character n-grams over the statements' sentences."""
        keep = ~self.function
        shape = (self.units, len(self.types))
        ones = np.ones(int(keep.sum()))
        counts = sparse.coo_array((ones, (self.row[keep], self.word[keep])), shape=shape).tocsr()
        return vectors.idf((counts @ self.grams.matrix).tocsr(), baseline_rows=self.own)

    def _idf(self, rows: np.ndarray, types: np.ndarray, width: int) -> np.ndarray:
        ones = np.ones(len(rows))
        counts = sparse.coo_array((ones, (rows, types)), shape=(self.units, width)).tocsr()
        return vectors.idf(counts, baseline_rows=self.own)


def read(corpus: Corpus, *, fold: bool = True, stem: bool = True) -> Words:
    """The words of a corpus's units of analysis.

    Args:
        corpus: the statements in units.
        fold: count spelling variants as one word.
        stem: compare stems instead of words.
    """
    units, statements = corpus.units, corpus.study.statements
    found = vectors.words(units, statements, fold=fold, stem=False)
    stems = vectors.words(units, statements, fold=fold, stem=True) if stem else found
    row = found["row"].to_numpy(dtype=int)
    language = statements.set_index("statement_id")["language"]
    spoken = units["statement_id"].map(language).to_numpy()[row]
    keys = list(zip(units["statement_id"], units["block"], strict=True))
    number = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    place = {identifier: i for i, identifier in enumerate(corpus.labels)}
    types, word = np.unique(found["token"].to_numpy(dtype=str), return_inverse=True)
    return Words(
        texts=len(place),
        units=len(units),
        own=vectors.baseline(units, statements),
        row=row,
        text=units["statement_id"].map(place).to_numpy(dtype=int)[row],
        block=np.array([number[key] for key in keys], dtype=int)[row],
        word=word,
        stem=np.unique(stems["token"].to_numpy(dtype=str), return_inverse=True)[1],
        function=np.array(
            [token in vectors.stop_words(code)
             for token, code in zip(found["token"], spoken, strict=True)], dtype=bool
        ),
        name=names.masked(found, spoken),
        types=types,
    )


def as_stems(words: Words) -> Words:
    """The same texts with stems in the place of words; for measures of words, not of characters."""
    width = int(words.stem.max(initial=-1)) + 1
    return replace(words, word=words.stem, types=np.array([f"{n:09d}" for n in range(width)]))


def grids(
    words: Words, picked: Sequence[np.ndarray], measures: Sequence[str] = tuple(MEASURES)
) -> dict[str, np.ndarray]:
    """Every two texts by each measure, counting only the picked words of each.

    Args:
        words: what `read` returned.
        picked: for each text the positions of its words, repeated as often as they count.
        measures: names of `MEASURES`.

    Returns:
        Measure → (texts × texts); NaN where a text has nothing to compare.
    """
    content = [part[~words.function[part]] for part in picked]
    found = {}
    if "tfidf" in measures:
        stems = _counts([words.stem[part] for part in content], len(words.stem_weights))
        rows = unit_rows(stems.toarray(), words.stem_weights)
        found["tfidf"] = rows @ rows.T
    if {"counts", "jaccard", "jensen_shannon"} & set(measures):
        every = _counts([words.word[part] for part in picked], len(words.types))
        if "counts" in measures:
            rows = unit_rows(every.toarray(), np.ones(len(words.types)), sublinear=False)
            found["counts"] = rows @ rows.T
        if "jaccard" in measures:
            found["jaccard"] = jaccard(every)
        if "jensen_shannon" in measures:
            found["jensen_shannon"] = jensen_shannon(every)
    if "characters" in measures:
        written = _counts([words.word[part] for part in content], len(words.types))
        rows = vectors.weigh(
            sparse.csr_array(written @ words.grams.matrix), words.gram_weights
        )
        found["characters"] = vectors.cosines(rows, rows)
    return found


def _counts(types: Sequence[np.ndarray], width: int) -> sparse.csr_array:
    """(texts × types) how often each text holds each type."""
    found, ends = np.concatenate(types), np.cumsum([len(part) for part in types])
    counts = sparse.csr_array(
        (np.ones(len(found)), found, np.concatenate([[0], ends])), shape=(len(types), width)
    )
    counts.sum_duplicates()
    return counts


def whole(words: Words) -> list[np.ndarray]:
    """All words of each text, for `grids`."""
    return [np.flatnonzero(words.text == text) for text in range(words.texts)]


def equal_length(words: Words, statements: np.ndarray) -> int:
    """Words that are drawn from each text: half of the shortest statement's, less its names.

    Args:
        words: what `read` returned.
        statements: (texts,) which of them are statements, not commentaries.
    """
    own = words.text[~words.name]
    return int(np.bincount(own, minlength=words.texts)[statements].min()) // 2


def drawing(
    blocks: Sequence[np.ndarray], m: int, rng: np.random.Generator
) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
    """Draws m words of randomly drawn blocks, the last one cut off, at each call.

    Blocks are drawn with replacement: a text that says everything twice is drawn from as one that
    says it once. A draw is the positions of its words and the blocks they are from, in order,
    repeated as drawn; of no blocks both are empty.

    Args:
        blocks: the positions of each block's words; none empty.
        m: how many words.
        rng: source of randomness.
    """
    none = np.array([], dtype=int)
    if not blocks:
        return lambda: (none, none)
    sizes = np.array([len(block) for block in blocks])
    starts, words = np.cumsum(sizes) - sizes, np.concatenate(blocks)
    # Twice what is needed on average is nearly always enough; else more are drawn.
    batch = 2 + 2 * int(np.ceil(m / sizes.mean()))

    def draw() -> tuple[np.ndarray, np.ndarray]:
        order = rng.integers(len(sizes), size=batch)
        while (ends := np.cumsum(sizes[order]))[-1] < m:
            order = np.append(order, rng.integers(len(sizes), size=batch))
        order = order[: int(np.searchsorted(ends, m)) + 1]
        drawn = sizes[order]
        within = np.arange(m) - np.repeat(np.cumsum(drawn) - drawn, drawn)[:m]
        return words[np.repeat(starts[order], drawn)[:m] + within], order

    return draw


def at_equal_length(
    words: Words, ids: Sequence[str], m: int, *, seed: int, n_draws: int,
    measures: Sequence[str] = tuple(MEASURES),
) -> dict[str, np.ndarray]:
    """Every two texts by each measure at m words of each, drawn by blocks: the mean of the draws.

    Args:
        words: what `read` returned, less words that are not to count.
        ids: ids of the texts; each has its own draws.
        m: words drawn from each text.
        seed: of the draws.
        n_draws: number of draws.
        measures: names of `MEASURES`, tf–idf among them.

    Returns:
        Measure → (texts × texts), and `error`: the standard error of the tf–idf cosine's mean.
        NaN for a text without a word.
    """
    rngs = [generator(seed, "equal length", identifier) for identifier in ids]
    draws = [drawing(blocks, m, rng) for blocks, rng in zip(words.blocks, rngs, strict=True)]
    total, squares = dict.fromkeys(measures, 0.0), 0.0
    for _ in range(n_draws):
        picked = [draw()[0] for draw in draws]
        drawn = grids(words, picked, measures)
        total = {name: total[name] + drawn[name] for name in measures}
        squares = squares + np.square(drawn["tfidf"])
    means = {name: grid / n_draws for name, grid in total.items()}
    variance = np.maximum(squares / n_draws - np.square(means["tfidf"]), 0)
    return means | {"error": np.sqrt(variance / n_draws)}
