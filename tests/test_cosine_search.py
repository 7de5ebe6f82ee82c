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
