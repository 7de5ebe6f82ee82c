"""Dealt-out blocks: p held against a slow version that takes one block after the other."""

import math

import numpy as np
import pytest

from analysis import permutation
from analysis.permutation import difference_p


def blocks(seed, columns=3):
    """Three statements with 2, 4 and 5 blocks of unequal sizes, in no order."""
    rng = np.random.default_rng(seed)
    owner = rng.permutation(np.repeat([0, 1, 2], [2, 4, 5]))
    units = rng.integers(1, 9, len(owner)).astype(float)
    hits = rng.binomial(units.astype(int)[:, None], 0.35, (len(owner), columns)).astype(float)
    return hits, units, owner, np.array([-1.0, 0.25, 0.75])


def slow_t(hits, units, statements, weights):
    """θ over its standard error; `statements` lists the blocks of each."""
    theta = variance = 0.0
    for weight, own in zip(weights, statements, strict=True):
        n, total = len(own), sum(units[i] for i in own)
        share = sum(hits[i] for i in own) / total
        theta += weight * share
        left = sum((hits[i] - share * units[i]) ** 2 for i in own)
        variance += weight**2 * n / (n - 1) * left / total**2
    if abs(theta) < 1e-12:
        return 0.0
    return abs(theta) / math.sqrt(variance) if variance > 0 else math.inf


@pytest.mark.parametrize("seed", range(4))
def test_p_is_that_of_a_slow_version(seed, monkeypatch):
    hits, units, owner, weights = blocks(seed)
    own = [np.flatnonzero(owner == s).tolist() for s in range(3)]
    place = [i for one in own for i in one]
    cuts = np.cumsum([0, *map(len, own)])
    rng = np.random.default_rng(9)
    orders = [rng.permutation(place) for _ in range(250)]

    def of(order, column):
        dealt = [order[low:high] for low, high in zip(cuts, cuts[1:], strict=False)]
        return slow_t(hits[:, column], units, dealt, weights)

    expected = []
    for column in range(hits.shape[1]):
        observed = of(place, column)
        far = sum(of(order, column) >= observed - 1e-9 for order in orders)
        expected.append((1 + far) / 251)
    for chunk, cells in ((100, 2_000_000), (7, 2_000_000), (100, 1)):
        monkeypatch.setattr(permutation, "_CHUNK", chunk)
        monkeypatch.setattr(permutation, "_CELLS", cells)
        found = difference_p(hits, units, owner, weights, rng=np.random.default_rng(9),
                             permutations=250)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_difference_without_any_variation_is_beyond_comparison():
    """All of one side, nothing of the other: as far apart as no dealing but itself, or its like."""
    hits = np.repeat([[1.0, 0.5], [0.0, 0.5]], 4, axis=0)
    owner = np.repeat([0, 1], 4)
    p = difference_p(hits, np.ones(8), owner, np.array([-1.0, 1.0]),
                     rng=np.random.default_rng(1), permutations=999)
    # Two of the 70 ways of dealing eight blocks keep the sides whole.
    assert p[0] == pytest.approx(2 / 70, abs=0.015) and p[1] == 1


def test_two_blocks_a_statement_are_enough_and_one_is_not():
    hits, units = np.array([[1.0], [0], [1], [1]]), np.ones(4)
    for owner, known in (([0, 0, 1, 1], True), ([0, 1, 1, 1], False)):
        p = difference_p(hits, units, np.array(owner), np.array([-1.0, 1.0]),
                         rng=np.random.default_rng(1), permutations=99)
        assert np.isnan(p[0]) != known
