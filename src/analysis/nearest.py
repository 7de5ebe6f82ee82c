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

# How candidates are found: over so many of a statement's heaviest stems, leaving out stems of more
# than this share of the statements. The first that finds enough is taken; cheap ones come first.
SEARCHES = ((24, 0.02), (48, 0.05), (96, 0.1), (192, 0.25))

# Candidates of each statement that are compared in full.
CANDIDATES = 100

# METHODS asks for a recall@10 of .95; a margin, as it is chosen on one sample and told of another.
ENOUGH = 0.96

# Statements whose neighbours are sought both ways, and pairs drawn to say what is usual. A recall
# of .95 over 500 × 10 neighbours is known to ± .01.
CHECKED, PAIRS_DRAWN = 500, 20_000

# Rows of similarities held at a time: 256 × 100,000 are 200 MB.
ROWS_AT_ONCE = 256

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
    language = spoken[code[row]]
    # A stem depends on the word and its language alone.
    kinds, inverse = np.unique(kind.astype(np.int64) * len(languages) + language,
                               return_inverse=True)
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
    by_sentence = sparse.coo_array(
        (np.ones(int(held.sum()), dtype=np.float32), (row[held], column[inverse[held]])),
        shape=(len(units), len(names)),
    ).tocsr()
    weights = np.log((1 + len(units)) / (
        1 + np.bincount(by_sentence.indices, minlength=len(names)))) + 1
    adder = sparse.csr_array(
        (np.ones(len(units), dtype=np.float32), (code, np.arange(len(units)))),
        shape=(len(ids), len(units)),
    )
    weighed = vectors.weigh(sparse.csr_array(adder @ by_sentence), weights)
    return Terms(vectors.unit_length(weighed), np.asarray(ids), names)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The statements nearest to each.

    Attributes:
        place: (statements × k) rows of `Terms.matrix`, nearest first; −1 where there is none.
        cosine: (statements × k), 0 where there is none.
        recall: share of the nearest found, over `CHECKED` statements; 1 where all were compared.
        search: of `SEARCHES`; None where all were compared.
        mean, deviation: cosine of two different statements drawn at random.
    """

    place: np.ndarray
    cosine: np.ndarray
    recall: float
    search: tuple[int, float] | None
    mean: float
    deviation: float


def neighbours(found: Terms, *, seed: int, exact: int = EXACT) -> Neighbours:
    """Which statements are nearest to each, by cosine?

    Up to `exact` statements each is compared with all. Beyond, candidates are those with the
    largest cosine over the statement's heaviest stems alone, and the `CANDIDATES` first are
    compared in full. How many stems, is the cheapest of `SEARCHES` that finds enough of the true
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
            few = _heaviest(unit, *search)
            found_of = [_searched(unit, few, own, k) for own in samples]
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
        place, cosine = _searched(unit, few, np.arange(n), k)
    first = rng.integers(0, n, PAIRS_DRAWN)
    second = (first + rng.integers(1, n, PAIRS_DRAWN)) % n
    usual = np.asarray(unit[first].multiply(unit[second]).sum(axis=1)).ravel()
    return Neighbours(
        place, cosine, recall, search, float(usual.mean()), float(usual.std(ddof=1)))


def _searched(
    unit: sparse.csr_array, few: sparse.csr_array, own: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest of the candidates of some rows."""
    candidates, _ = _nearest(few[own], few, own, min(CANDIDATES, unit.shape[0] - 1))
    return _compared(unit, own, candidates, k)


def _nearest(
    rows: sparse.csr_array, columns: sparse.csr_array, own: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """(rows × k) the columns with the largest products, itself left out; equal ones in order."""
    across = sparse.csr_array(columns.T)
    place = np.full((rows.shape[0], k), -1)
    cosine = np.zeros((rows.shape[0], k))
    for start in range(0, rows.shape[0], ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        product = sparse.csr_array(rows[part] @ across)
        for row, (a, b) in enumerate(zip(product.indptr[:-1], product.indptr[1:], strict=True)):
            at, values = product.indices[a:b], product.data[a:b]
            other = at != own[start + row]
            at, values = at[other], values[other]
            if len(at) > k:
                least = np.partition(values, len(at) - k)[len(at) - k]
                at, values = at[values >= least], values[values >= least]
            order = np.lexsort((at, -np.round(values, 12)))[:k]
            place[start + row, :len(order)] = at[order]
            cosine[start + row, :len(order)] = values[order]
    return place, cosine


def _heaviest(unit: sparse.csr_array, most: int, common: float) -> sparse.csr_array:
    """Each row's heaviest entries in columns that are not common."""
    n = unit.shape[0]
    df = np.bincount(unit.indices, minlength=unit.shape[1])
    data = np.where(df[unit.indices] <= max(common * n, NEIGHBOURS), unit.data, 0)
    row = np.repeat(np.arange(n), np.diff(unit.indptr))
    order = np.lexsort((unit.indices, -data, row))
    rank = np.arange(len(order)) - unit.indptr[row[order]]
    kept = np.sort(order[(rank < most) & (data[order] > 0)])
    return sparse.coo_array(
        (unit.data[kept], (row[kept], unit.indices[kept])), shape=unit.shape
    ).tocsr()


def _compared(
    unit: sparse.csr_array, own: np.ndarray, candidates: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest of each row's candidates."""
    place = np.full((len(own), k), -1)
    cosine = np.zeros((len(own), k))
    size = candidates.shape[1]
    for start in range(0, len(own), ROWS_AT_ONCE):
        part = candidates[start:start + ROWS_AT_ONCE]
        first = np.repeat(own[start:start + ROWS_AT_ONCE], size)
        second = part.ravel()
        known = second >= 0
        values = np.full(len(second), -1.0)
        values[known] = np.asarray(
            unit[first[known]].multiply(unit[second[known]]).sum(axis=1)
        ).ravel()
        values = values.reshape(part.shape)
        order = np.lexsort((part, -np.round(values, 12)), axis=1)[:, :k]
        best = np.take_along_axis(values, order, axis=1)
        place[start:start + len(part)] = np.where(
            best < 0, -1, np.take_along_axis(part, order, axis=1))
        cosine[start:start + len(part)] = np.maximum(best, 0)
    return place, cosine


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
        stems, common = near.search
        how = (
            f"{n:,} statements are more than {EXACT:,}, up to which all are compared. Candidates "
            f"are alike in their {stems} heaviest stems of at most {100 * common:.0f} % of all "
            f"statements, and {CANDIDATES} of each were compared in full. Of the {NEIGHBOURS} truly "
            f"nearest of {CHECKED} random statements that way finds {100 * near.recall:.1f} %"
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
