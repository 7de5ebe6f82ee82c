"""Nearest texts: what comparing every two at length finds, ties included."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis import cosine_search, vectors


def slow(counts, own, k):
    """Every product in whole numbers: of one text, cosines are in the order of dot² / |other|²."""
    found = []
    for row in own:
        dots = counts @ counts[row]
        near = {i: Fraction(int(dots[i]) ** 2, int(counts[i] @ counts[i]))
                for i in range(len(counts)) if i != row and dots[i]}
        found.append(sorted(near, key=lambda i: (-near[i], i))[:k])
    return found


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 40), st.integers(1, 12), st.integers(1, 5))
def test_neighbours_are_those_of_all_products(seed, n, types, k):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.choice([0.2, 2.0], size=types), size=(n, types))
    counts[rng.integers(n)] = counts[0]  # a copy: equally near to all others
    unit = vectors.unit_length(sparse.csr_array(counts.astype(float)))
    own = np.sort(rng.choice(n, size=rng.integers(1, n + 1), replace=False))
    k = min(k, n - 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cosine_search, "_ROWS", int(rng.integers(1, 9)))
        place, cosine = cosine_search.nearest(unit, own, k)
    for row, expected, found, values in zip(own, slow(counts, own, k), place, cosine, strict=True):
        assert [p for p in found if p >= 0] == expected
        exact = [float((unit[[row]] @ unit[[p]].T).toarray()[0, 0]) for p in expected]
        assert values[: len(expected)] == pytest.approx(exact, abs=1e-12)
        assert (values[len(expected):] == 0).all()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(3, 60), st.integers(2, 30), st.integers(1, 5))
def test_candidates_are_those_that_score_well_in_outline(seed, n, types, k):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.choice([0.1, 2.0], size=types), size=(n, types))
    unit = vectors.unit_length(sparse.csr_array(counts.astype(float)))
    k = min(k, n - 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cosine_search, "_TILE", int(rng.integers(2, 20)))
        patch.setattr(cosine_search, "_LAID_OUT", int(rng.integers(1, 9)))
        patch.setattr(cosine_search, "_FREQUENT", float(rng.choice([0.02, 0.3])))
        short = cosine_search.outline(unit, dimensions=2, wanted=3, rng=rng)
        place, cosine = cosine_search.screened_all(unit, short, k)
        some = np.sort(rng.choice(n, size=rng.integers(1, n + 1), replace=False))
        again = cosine_search.screened(unit, short, some, k)
    # Whoever is asked, and however texts are portioned, the same are found.
    assert np.array_equal(again[0], place[some]) and np.allclose(again[1], cosine[some])
    scores = (short.rare @ short.rare.T).toarray() + short.dense @ short.dense.T
    exact = (unit @ unit.T).toarray()
    for row in range(n):
        near = [i for i in range(n) if i != row and scores[row, i] >= short.least[row]]
        near = [i for i in near if exact[row, i] > 0]
        best = sorted((-exact[row, i] for i in near))[:k]
        found = [p for p in place[row] if p >= 0]
        assert set(found) <= set(near) and row not in found
        assert np.allclose(-cosine[row, :len(found)], best)
        assert np.allclose(exact[row, found], cosine[row, :len(found)])


def test_a_fine_outline_finds_all_that_comparing_with_all_finds():
    rng = np.random.default_rng(2)
    counts = rng.poisson(0.3, size=(400, 60)) * (rng.random((400, 60)) < 0.3)
    unit = vectors.unit_length(sparse.csr_array(counts.astype(float)))
    short = cosine_search.outline(unit, dimensions=60, wanted=60, rng=rng)
    _, cosine = cosine_search.screened_all(unit, short, 5)
    _, expected = cosine_search.nearest(unit, np.arange(400), 5)
    assert (cosine >= expected - 1e-9).mean() > 0.99
