"""Of many statements: which are most alike, found without comparing every two of them at length."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import cosine_search, overview, scale, tables, tokens, vectors
from analysis.corpus import Corpus
from analysis.inference import Z95, Interval, generator
from analysis.tables import Column

# Up to so many statements each is compared with every other; beyond, with candidates. 10,000 take
# half a minute on one core, and time grows with the square.
EXACT = 10_000

# Statements listed beside each: what the page calls its neighbours.
NEIGHBOURS = 10

# How candidates are found: by an outline of so many dimensions (`cosine_search.outline`). The first
# that finds enough is taken; cheap ones come first.
SEARCHES = (192, 384)

# Candidates of each statement that are compared in full, on average.
CANDIDATES = 100

# METHODS asks for a recall@10 of .95; a margin, as it is chosen on one sample and told of another.
ENOUGH = 0.96

# Statements whose neighbours are sought both ways, and pairs drawn to say what is usual. A recall
# of .95 over 500 × 10 neighbours is known to ± .01.
CHECKED, PAIRS_DRAWN = 500, 20_000

# Pairs that a page lists.
PAIRS_LISTED = 40

WORDS_NAMED = 6

CLOSEST = {
    "pair": Column("pair"),
    "first": Column("group of the first"),
    "second": Column("group of the second"),
    "cosine": Column("cosine", "number"),
    "z": Column("standard deviations above two statements at random", "number"),
    "shared": Column("shared word stems", "count"),
    "carried_by": Column("words that carry it most"),
}


@dataclass(frozen=True, eq=False)
class Terms:
    """Statements as vectors of length 1, sublinear tf–idf of their stems.

    Attributes:
        matrix: (statements × stems), commentaries left out.
        ids: (statements,) in order of date.
        names: (stems,) the stems.
    """

    matrix: sparse.csr_array
    ids: np.ndarray
    names: np.ndarray


def terms(corpus: Corpus, *, fold: bool = True, stem: bool = True) -> Terms:
    """The statements' vectors, as `similarity.statement_pairs` has them, made in one pass.

    Args:
        corpus: the statements in units.
        fold: count spelling variants as one word.
        stem: compare stems instead of words.
    """
    own = vectors.baseline(corpus.units, corpus.study.statements)
    units = corpus.units[own]
    code, ids = pd.factorize(units["statement_id"])
    written, row, kind = vectors.coded_words(units["text"].to_numpy())
    facts = corpus.study.statements.set_index("statement_id")
    languages, spoken = np.unique(facts.loc[ids, "language"].to_numpy(str), return_inverse=True)
    # A stem depends on the word and its language alone.
    inverse = kind.astype(np.int32) * len(languages) + spoken.astype(np.int32)[code[row]]
    met = np.bincount(inverse, minlength=len(written) * len(languages)) > 0
    kinds, inverse = np.flatnonzero(met), (np.cumsum(met, dtype=np.int32) - 1)[inverse]
    del kind
    words = pd.DataFrame({"token": np.array(written, dtype=object)[kinds // len(languages)],
                          "sentence_id": ""})
    if fold:
        words = tokens.fold(words, tokens.spelling_variants(words))
    of = languages[kinds % len(languages)]
    kept = np.array([w not in vectors.stop_words(c) for w, c in zip(words["token"], of)], bool)
    if stem:
        words = tokens.stem(words, of)
    names, column = np.unique(words["token"].to_numpy(str), return_inverse=True)
    held = kept[inverse]
    row, column = row[held], column.astype(np.int32)[inverse[held]]
    del inverse, held
    shape = (len(ids), len(names))
    counts = sparse.coo_array(
        (np.ones(len(row), dtype=np.float32), (code.astype(np.int32)[row], column)), shape=shape
    ).tocsr()
    weights = np.log((1 + len(units)) / (1 + _sentences_with(row, column, len(names)))) + 1
    weighed = vectors.weigh(counts, weights)
    return Terms(vectors.unit_length(weighed), np.asarray(ids), names)


def _sentences_with(row: np.ndarray, column: np.ndarray, types: int) -> np.ndarray:
    """(types,) how many sentences hold each; some sentences at a time, as memory would not do."""
    found = np.zeros(types, dtype=np.int64)
    for start in range(0, int(row.max(initial=-1)) + 1, vectors.SENTENCES_AT_ONCE):
        a, b = np.searchsorted(row, (start, start + vectors.SENTENCES_AT_ONCE))
        pairs = np.unique((row[a:b] - start).astype(np.int64) * types + column[a:b])
        found += np.bincount(pairs % types, minlength=types)
    return found


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The statements nearest to each.

    Attributes:
        place: (statements × k) rows of `Terms.matrix`, nearest first; −1 where there is none.
        cosine: (statements × k), 0 where there is none.
        recall: share of the nearest found, over `CHECKED` statements; 1 where all were compared.
        search: dimensions of the outline, of `SEARCHES`; None where all were compared.
        mean, deviation: cosine of two different statements drawn at random.
    """

    place: np.ndarray
    cosine: np.ndarray
    recall: float
    search: int | None
    mean: float
    deviation: float


def neighbours(found: Terms, *, seed: int, exact: int = EXACT) -> Neighbours:
    """Which statements are nearest to each, by cosine?

    Up to `exact` statements each is compared with all. Beyond, with about `CANDIDATES` that come
    first in outline. How fine an outline: the coarsest of `SEARCHES` that finds enough of the true
    nearest of a random sample; `recall` is counted on a second sample. If none does, each is
    compared with all.

    Args:
        found: what `terms` returned.
        seed: of the sample and of the pairs drawn.
        exact: statements up to which all are compared.
    """
    unit, n = found.matrix, found.matrix.shape[0]
    k = min(NEIGHBOURS, n - 1)
    rng = generator(seed, "neighbours")
    recall, search = 1.0, None
    if n > exact:
        samples = [np.sort(part) for part in np.split(rng.permutation(n)[:2 * CHECKED], 2)]
        true = [cosine_search.nearest(unit, own, k)[1] for own in samples]
        for search in SEARCHES:
            short = cosine_search.outline(unit, dimensions=search, wanted=CANDIDATES, rng=rng)
            found_of = [cosine_search.screened(unit, short, own, k) for own in samples]
            # By cosine, not by name: of equally near statements either may be listed.
            chosen, recall = (
                float((cosine >= best - 1e-9).mean())
                for (_, cosine), best in zip(found_of, true, strict=True)
            )
            if chosen >= ENOUGH:
                break
        else:
            recall, search = 1.0, None
    if search is None:
        place, cosine = cosine_search.nearest(unit, np.arange(n), k)
    else:
        place, cosine = cosine_search.screened_all(unit, short, k)
    first = rng.integers(0, n, PAIRS_DRAWN)
    second = (first + rng.integers(1, n, PAIRS_DRAWN)) % n
    usual = np.asarray(unit[first].multiply(unit[second]).sum(axis=1)).ravel()
    return Neighbours(
        place, cosine, recall, search, float(usual.mean()), float(usual.std(ddof=1)))


def closest(corpus: Corpus, found: Terms, near: Neighbours) -> pd.DataFrame:
    """Which two of many statements are most alike?

    Args:
        corpus: the statements in units.
        found: what `terms` returned.
        near: what `neighbours` returned.

    Returns:
        The `PAIRS_LISTED` pairs with the highest cosine; evidence: the first sentence of both.
    """
    first = np.repeat(np.arange(len(near.place)), near.place.shape[1])
    second, cosine = near.place.ravel(), near.cosine.ravel()
    known = second >= 0
    pairs = pd.DataFrame({"a": np.minimum(first, second)[known],
                          "b": np.maximum(first, second)[known], "cosine": cosine[known]})
    pairs = pairs.drop_duplicates(["a", "b"])
    pairs = pairs.assign(rounded=pairs["cosine"].round(12)).sort_values(
        ["rounded", "a", "b"], ascending=[False, True, True]).head(PAIRS_LISTED)
    begins = corpus.units.drop_duplicates("statement_id").set_index("statement_id")["sentence_id"]
    rows = []
    for pair in pairs.itertuples():
        a, b = found.ids[pair.a], found.ids[pair.b]
        shared = sparse.csr_array(found.matrix[[pair.a]].multiply(found.matrix[[pair.b]]))
        order = np.lexsort((shared.indices, -shared.data))[:WORDS_NAMED]
        rows.append(
            {
                "pair": f"{corpus.labels[a]} and {corpus.labels[b]}",
                "first": corpus.group_of[corpus.labels[a]],
                "second": corpus.group_of[corpus.labels[b]],
                "cosine": float(pair.cosine),
                "z": (float(pair.cosine) - near.mean) / near.deviation,
                "shared": int(shared.nnz),
                "carried_by": ", ".join(found.names[shared.indices[order]]),
                "evidence": [begins[a], begins[b]],
            }
        )
    return tables.result(rows, columns=CLOSEST, made_by="analysis.nearest.closest")


def reading(found: Terms, near: Neighbours) -> list[str]:
    """How the nearest were found and what is usual, in words."""
    n = len(found.ids)
    if near.search is None:
        how = f"each of the {n:,} statements was compared with every other"
    else:
        how = (
            f"{n:,} statements are more than {EXACT:,}, up to which all are compared. Each was "
            f"compared in full with about {CANDIDATES} candidates: those most alike in outline, "
            f"in which frequent stems are projected on {near.search} directions. Of the "
            f"{NEIGHBOURS} truly nearest of {CHECKED} random statements that way finds "
            f"{100 * near.recall:.1f} %"
        )
    return [
        f"Nearest statements: {how}. Two statements at random have a cosine of {near.mean:.3f} "
        f"(standard deviation {near.deviation:.3f}, of {PAIRS_DRAWN:,} drawn pairs)."
    ]


def groups(corpus: Corpus, found: Terms) -> pd.DataFrame:
    """How alike are statements within groups and between them, over all pairs?

    The mean cosine of all pairs of different statements is exact: with vectors u of length 1 and
    their sum S, Σᵢⱼ uᵢ·uⱼ = S·S. Its standard error is that of redrawn statements, from each
    statement's own mean cosine with the other group (the statistic's linear part).

    Args:
        corpus: the statements in units.
        found: what `terms` returned.

    Returns:
        The columns of `overview.cells`, one row a pair of groups, a group with itself included;
        lowest and highest are left out.

    Source: Hoeffding, W. (1948), Annals of Mathematical Statistics 19(3), on the linear part.
    """
    pool = scale.pool_of(corpus, shown := scale.by_group(corpus))
    own = np.array([shown.labels[pool[i]] for i in found.ids])
    names = [label for label in shown.labels.values() if (own == label).any()]
    sums = {name: np.asarray(found.matrix[own == name].sum(axis=0)).ravel() for name in names}
    rows = []
    for a, b in combinations_with_replacement(names, 2):
        n, m = int((own == a).sum()), int((own == b).sum())
        pairs = n * (n - 1) // 2 if a == b else n * m
        if not pairs:
            continue
        to_b = found.matrix[own == a] @ sums[b]
        if a == b:
            lengths = np.asarray(found.matrix[own == a].multiply(found.matrix[own == a])
                                 .sum(axis=1)).ravel()
            each = (to_b - lengths) / (n - 1)
            mean, error = float(each.mean()), 2 * float(each.std(ddof=1)) / np.sqrt(n)
        else:
            to_a = found.matrix[own == b] @ sums[a]
            mean = float(to_b.sum() / pairs)
            error = float(np.sqrt((to_b / m).var(ddof=1) / n + (to_a / n).var(ddof=1) / m)) \
                if min(n, m) > 1 else np.nan
        few = min(n, m) < overview.MIN_DOCUMENTS
        reach = np.nan if few else Z95 * error
        interval = Interval(mean, mean - reach, mean + reach)
        rows.append(
            {
                "first": a, "second": b, "cosine": mean, "low": interval.low,
                "high": interval.high, "pairs": pairs, "lowest": None, "highest": None,
                "why_no_interval": f"fewer than {overview.MIN_DOCUMENTS} statements in a group"
                if few else "",
            }
        )
    return tables.result(rows, columns=overview.CELLS, made_by="analysis.nearest.groups")
