"""The texts nearest to each by cosine: each compared with all, or with those that look near.

Of very many texts each is first scored against all others by an outline, in which rare stems are
kept as they are and frequent ones are projected on a few directions. Who scores well is a candidate
and is compared in full, so that a neighbour can be missed, but no cosine is approximate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

# Columns that more than this share of the texts fill are multiplied as a dense matrix, the others
# as a sparse one; of .01, .02, .05 and .1 this was the fastest on 5,000 texts of 300 words, real
# and resampled.
_DENSE_FROM = 0.05
# Products are first taken with 24 bits; what is this near to the k-th is looked at again with 53.
# Each of the terms, whose sum is at most 1, is off by 2⁻²⁴ at most, and so are the partial sums.
_MARGIN = 1e-5
# Rows of products held at a time: at most so many, and no more than fill 10 MB.
_ROWS, _CELLS = 256, 2_560_000
# Cosines that differ less are equal; of equal ones the earlier text comes first.
_EQUAL = 1e-12
# Texts that are laid out in full at a time: with 100,000 types 25 MB.
_LAID_OUT = 32

# Outlines: types that more texts than this share have are projected, on directions of so many texts.
# Of .02, .03 and .04 this found most for its time on 100,000 texts of 300 words.
_FREQUENT, _FITTED = 0.03, 20_000
# Texts scored against as many others at a time: 2,048 × 2,048 are 17 MB, which caches hold in part.
_TILE = 2048


def nearest(unit: sparse.csr_array, own: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Which rows are nearest to some of them, themselves left out?

    Args:
        unit: (texts × types) rows of length 1 (or empty), without negative entries.
        own: (rows,) those whose neighbours are sought.
        k: how many, fewer than there are texts.

    Returns:
        (rows × k) their places, nearest first, -1 where no other row shares a type; (rows × k)
        their cosines, 0 there.
    """
    n = unit.shape[0]
    frequent = np.bincount(unit.indices, minlength=unit.shape[1]) > _DENSE_FROM * n
    dense = unit[:, np.flatnonzero(frequent)].toarray().astype(np.float32)
    rare = sparse.csr_array(unit[:, np.flatnonzero(~frequent)], dtype=np.float32)
    across = sparse.csr_array(rare.T)
    place, cosine = np.full((len(own), k), -1), np.zeros((len(own), k))
    for rows, part in _portions(own, n):
        near = dense[rows] @ dense.T
        near += (rare[rows] @ across).toarray()
        near[np.arange(len(rows)), rows] = -1
        least = np.partition(near, n - k, axis=1)[:, n - k, None]
        row, other = np.nonzero((near >= least - _MARGIN) & (near > 0))
        place[part], cosine[part] = _compared(unit, rows, row, other, k)
    return place, cosine


def _portions(own: np.ndarray, n: int) -> Iterator[tuple[np.ndarray, slice]]:
    """Texts that are compared with n others in one go, and their places."""
    size = min(_ROWS, max(1, _CELLS // n))
    for start in range(0, len(own), size):
        yield own[start:start + size], slice(start, min(start + size, len(own)))


def _compared(
    unit: sparse.csr_array, rows: np.ndarray, row: np.ndarray, other: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest among the pairs (rows[row], other), each pair given once."""
    place, cosine = np.full((len(rows), k), -1), np.zeros((len(rows), k))
    order = np.argsort(row, kind="stable")
    row, other = row[order], other[order]
    value = _products(unit, rows, row, other)
    order = np.lexsort((-value, row))
    row, other, value = row[order], other[order], value[order]
    less = (np.diff(row, prepend=-1) > 0) | (np.diff(value, prepend=0) < -_EQUAL)
    order = np.lexsort((other, np.cumsum(less)))
    other, value = other[order], value[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    kept = (rank < k) & (value > 0)
    place[row[kept], rank[kept]] = other[kept]
    cosine[row[kept], rank[kept]] = value[kept]
    return place, cosine


def _products(
    unit: sparse.csr_array, rows: np.ndarray, row: np.ndarray, other: np.ndarray
) -> np.ndarray:
    """The cosine of each pair (rows[row], other), in order of `row`: some rows at a time are laid
    out in full, and the others' entries are looked up there."""
    found = [np.zeros(0)]
    for start in range(0, len(rows), _LAID_OUT):
        a, b = np.searchsorted(row, (start, start + _LAID_OUT))
        full = unit[rows[start:start + _LAID_OUT]].toarray()
        others = unit[other[a:b]]
        of = np.repeat(row[a:b] - start, np.diff(others.indptr))
        others.data *= full[of, others.indices]
        found.append(np.asarray(others.sum(axis=1)).ravel())
    return np.concatenate(found)


@dataclass(frozen=True, eq=False)
class Outline:
    """Texts in short.

    Attributes:
        rare: (texts × types) the entries of types that are not frequent, in single precision.
        dense: (texts × dimensions) those of frequent types, projected.
        least: (texts,) the score from which another text is a candidate of each.
    """

    rare: sparse.csr_array
    dense: np.ndarray
    least: np.ndarray


def outline(
    unit: sparse.csr_array, *, dimensions: int, wanted: int, rng: np.random.Generator
) -> Outline:
    """The texts in short, and from which score on another one is worth comparing.

    Types that more than `_FREQUENT` of the texts have are projected on the leading right singular
    vectors of at most `_FITTED` random texts, so that the product of two projections comes near to
    the frequent types' part of the cosine. The score that candidates reach is read off a random
    tenth of the texts.

    Args:
        unit: (texts × types) rows of length 1 (or empty), without negative entries.
        dimensions: how many singular vectors.
        wanted: candidates of a text, on average.
        rng: of the draws.

    Source: Halko, N., Martinsson, P. G. and Tropp, J. A. (2011), SIAM Review 53(2), on the
    randomised singular value decomposition.
    """
    n = unit.shape[0]
    frequent = np.bincount(unit.indices, minlength=unit.shape[1]) > _FREQUENT * n
    common = unit[:, np.flatnonzero(frequent)]
    rare = sparse.csr_array(unit[:, np.flatnonzero(~frequent)], dtype=np.float32)
    if min(common.shape) > dimensions:
        fitted = common[np.sort(rng.permutation(n)[:_FITTED])]
        directions = randomized_svd(
            fitted, dimensions, n_iter=2, random_state=int(rng.integers(2**31)))[2]
        dense = np.asarray(common @ directions.T, dtype=np.float32)
    else:
        dense = common.toarray().astype(np.float32)
    drawn = np.sort(rng.permutation(n)[:max(n // 10, 2)])
    rank = min(max(round(wanted * len(drawn) / n), 1), len(drawn))
    least = np.empty(n, dtype=np.float32)
    short = Outline(rare, dense, least)
    across = _across(short, drawn)
    for rows, part in _portions(np.arange(n), len(drawn)):
        scores = _scores(short, rows, across)
        least[part] = np.partition(scores, len(drawn) - rank, axis=1)[:, len(drawn) - rank]
    # Scores differ in their last bits with the size of a product: nobody is to hang on that.
    least -= _MARGIN
    return short


def screened(
    unit: sparse.csr_array, short: Outline, own: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """As `nearest`, among those alone that score well in outline."""
    place, cosine = np.full((len(own), k), -1), np.zeros((len(own), k))
    every = _across(short, np.arange(unit.shape[0]))
    for rows, part in _portions(own, unit.shape[0]):
        scores = _scores(short, rows, every)
        scores[np.arange(len(rows)), rows] = -np.inf
        row, other = np.nonzero(scores >= short.least[rows, None])
        place[part], cosine[part] = _compared(unit, rows, row, other, k)
    return place, cosine


def screened_all(
    unit: sparse.csr_array, short: Outline, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """`screened` of every text; each two are scored once."""
    n = unit.shape[0]
    place, cosine = np.full((n, k), -1), np.zeros((n, k))
    for rows, row, other in _candidates(short, n):
        place[rows], cosine[rows] = _compared(unit, np.arange(n)[rows], row, other, k)
    return place, cosine


def _candidates(short: Outline, n: int) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Tile by tile of texts: which (counted from its first) has which other as a candidate."""
    tiles = [slice(start, min(start + _TILE, n)) for start in range(0, n, _TILE)]
    across = [_across(short, tile) for tile in tiles]
    waiting: list[list[np.ndarray]] = [[np.empty((2, 0), dtype=np.int32)] for _ in tiles]

    def note(tile: int, pairs: np.ndarray, first: int) -> None:
        row, other = np.divmod(np.flatnonzero(pairs), pairs.shape[1])
        waiting[tile].append(np.array([row, other + first], dtype=np.int32))

    for i, rows in enumerate(tiles):
        for j in range(i, len(tiles)):
            columns = tiles[j]
            scores = _scores(short, rows, across[j])
            if i == j:
                np.fill_diagonal(scores, -np.inf)
            note(i, scores >= short.least[rows, None], columns.start)
            if i != j:
                note(j, (scores >= short.least[columns]).T, rows.start)
        row, other = np.concatenate(waiting[i], axis=1)
        waiting[i] = []
        yield rows, row, other


def _across(short: Outline, rows) -> tuple[sparse.csr_array, np.ndarray]:
    """Texts as columns."""
    return sparse.csr_array(short.rare[rows].T), np.ascontiguousarray(short.dense[rows].T)


def _scores(short: Outline, rows, across: tuple[sparse.csr_array, np.ndarray]) -> np.ndarray:
    """(rows × columns) about their cosines."""
    rare, dense = across
    scores = (short.rare[rows] @ rare).toarray()
    scores += short.dense[rows] @ dense
    return scores
