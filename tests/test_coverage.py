"""The coverage study: its generator, its bounds, its files."""

import importlib.util
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from small import SHIPPED

from analysis import corpus, similarity, vectors
from analysis.inference import Z95, combine, generator

ROOT = Path(__file__).parent.parent


def bench():
    """bench/coverage.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("bench_coverage", ROOT / "bench" / "coverage.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


coverage = bench()


@pytest.fixture(scope="module")
def fit():
    return coverage.fitted()


def test_drawn_blocks_have_the_shares_and_the_correlation_asked_for():
    shares, concentration = np.array([0.6, 0.3, 0.1]), 4.0
    drawn = coverage.draw(shares, np.full(50, 10), concentration, 200, generator(1, "x"))
    assert np.bincount(drawn.ravel()) / drawn.size == pytest.approx(shares, abs=0.01)
    counts = np.stack([(drawn == t).sum(axis=2) for t in range(3)], axis=2)
    found = coverage.correlation(list(counts))
    # Dirichlet–multinomial: ρ = 1 / (1 + concentration).
    assert found == pytest.approx(1 / 5, abs=0.01)
    # Variance of a count: n p (1 − p) (1 + (n − 1) ρ).
    assert counts[..., 0].var() == pytest.approx(10 * 0.6 * 0.4 * (1 + 9 / 5), rel=0.05)


def test_the_model_is_a_distribution_and_leaves_room_for_other_words(fit):
    for model in fit.models.values():
        for shares in model.shares.values():
            assert shares.sum() == pytest.approx(1) and (shares >= 0).all()
            assert shares[-1] > 0  # a word that no text holds
        assert model.concentration > 0
    assert 0 < fit.within < 1


def test_layouts_are_those_of_the_pages(fit):
    texts = corpus.load(str(SHIPPED))
    for (label, own), shape in zip(
        similarity._layouts(texts), fit.known.values(), strict=True
    ):
        assert shape.name == label
        studied = coverage.layout(shape.words)
        assert studied.blocks == own.blocks
        assert studied.effective_blocks == pytest.approx(own.effective_blocks)


def test_intervals_are_built_as_on_the_pages():
    """The shipped pair's own blocks, redrawn 4,000 times by each: the same standard error."""
    texts = corpus.load(str(SHIPPED))
    seen = vectors.views(texts.units, texts.study.statements)
    page = similarity.statement_pairs(texts, seen, seed=1, n_boot=4000)
    row = page[page["pair"] == "UK–France 2015 and UK–France 2022"].iloc[0]
    counts = coverage.block_counts(texts, seen.terms.matrix)
    measure, sides = coverage.Cosine(seen.weights), []
    for identifier in ("uk-fr-2015-08-20", "uk-fr-2022-11-14"):
        own = counts[identifier].astype(int)
        sizes = own.sum(axis=1)
        types = np.zeros((len(own), sizes.max()), dtype=int)
        for block, line in enumerate(own):
            types[block, : sizes[block]] = np.repeat(np.arange(len(line)), line)
        sides.append(coverage.redrawn(types, sizes, measure, 4000, generator(1, identifier)))
    estimate, _, bounds = coverage.intervals(*sides, measure)
    assert estimate == pytest.approx(row["cosine"], abs=1e-12)
    reach = (row["high"] - row["low"]) / 2
    assert (bounds[0, 1] - bounds[0, 0]) / 2 == pytest.approx(reach, rel=4 / math.sqrt(8000))


def test_a_cell_counts_what_it_says():
    shape = coverage.Shape("x", *(np.full(4, n) for n in (10, 5, 8, 2)))
    bounds = np.array([[0.0, 1.0], [0.4, 1.0], [0.6, 0.9], [0.0, 0.4]])
    row = coverage.cell("share", "m", "pages", (shape,), "0.5", 0.5, bounds)
    assert (row["coverage"], row["truth_below"], row["truth_above"]) == (0.5, 0.25, 0.25)
    assert row["mc_error"] == 0.25 and row["certified"] == "no"
    assert row["width"] == pytest.approx((1 + 0.6 + 0.3 + 0.4) / 4)
    assert row["bias"] == pytest.approx(np.mean([0.5, 0.7, 0.75, 0.2]) - 0.5)


def test_korn_and_graubard_of_independent_units_is_clopper_and_pearson():
    """One unit a block; the variance's n / (n − 1) is all that differs."""
    exact = stats.binomtest(250, 1000).proportion_ci(0.95, "exact")
    interval = coverage.korn_graubard(np.repeat([1, 0], [250, 750]), np.ones(1000))
    assert (interval.low, interval.high) == pytest.approx((exact.low, exact.high), abs=1e-4)


def test_differences_come_from_the_pages_own_function():
    assert coverage.combine is combine and coverage.Z95 is Z95


def test_same_seed_same_cells(fit):
    first, again = (
        coverage.study(fit, runs=2, fresh=3, seed=5).drop(columns="method") for _ in range(2)
    )
    assert first.equals(again)
    assert {"cosine", "gap", "jaccard", "share", "difference"} == set(first["estimator"])
    text = coverage.report(first.assign(method="m"), fit, 5)
    assert text.count("\n| ") >= len(first) and "## Withdrawn" in text
