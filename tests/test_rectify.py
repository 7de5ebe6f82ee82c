"""Corrected shares, the arithmetic: held against slow versions that are written from the definitions."""

import math

import numpy as np
import pytest
from scipy import stats

from analysis import rectify
from analysis.rectify import Layout, Sample

# What docs/prevalence.md was simulated with.
LEAST = 0.45


def drawn(seed, *, clusters=7, size=9, sensitivity=0.85, specificity=0.9, share=0.4):
    """Codes and findings of units in clusters of unequal sizes."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), rng.integers(2, size, clusters))
    truth = rng.random(len(cluster)) < share
    found = np.where(truth, rng.random(len(cluster)) < sensitivity,
                     rng.random(len(cluster)) >= specificity)
    # Clusters are named by any numbers, not by their places.
    return truth, found, cluster * 10 + 3


def quantiles(clusters, level=0.95):
    tail = (1 + level) / 2
    return stats.t.ppf(tail, clusters - 1) ** 2, stats.norm.ppf(tail) ** 2


# --- the difference estimator -------------------------------------------------------------


def slow_difference(known, errors, weights, cluster, population, level):
    """Särndal et al. (1992), unit by unit: estimate and half the interval."""
    total = sum(w * e for w, e in zip(weights, errors, strict=True))
    mean = total / sum(weights)
    names = sorted(set(cluster))
    variance = 0.0
    for name in names:
        own = sum(w * (e - mean) for w, e, c in zip(weights, errors, cluster, strict=True)
                  if c == name)
        variance += own**2
    m = len(names)
    variance *= m / (m - 1)
    one = sum(w**2 for w in weights) / sum(weights)
    student, normal = quantiles(m, level)
    left = 1 - len(errors) / population
    return known + total, math.sqrt(left * (student * variance + normal * LEAST * one**2))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_difference_estimate_is_that_of_a_slow_version(seed, level):
    truth, found, cluster = drawn(seed, clusters=3 + seed)
    weights = np.random.default_rng(seed).uniform(0.001, 0.02, len(truth))
    errors = truth.astype(float) - found
    interval = rectify.difference_estimate(
        0.3, Sample(errors, weights, cluster, 3 * len(truth)), level=level)
    estimate, reach = slow_difference(0.3, errors, weights, cluster, 3 * len(truth), level)
    assert interval.estimate == pytest.approx(estimate, rel=1e-12)
    assert interval.high - interval.estimate == pytest.approx(reach, rel=1e-9)
    assert interval.estimate - interval.low == pytest.approx(reach, rel=1e-9)


def test_two_clusters_have_an_interval_and_one_or_none_has_not():
    for cluster, given in (([1, 1, 2], True), ([1, 1, 1], False)):
        sample = Sample(np.array([1.0, 0, 0]), np.full(3, 0.1), np.array(cluster), 9)
        found = rectify.difference_estimate(0.2, sample)
        assert found.estimate == pytest.approx(0.3) and math.isnan(found.low) != given
    nobody = rectify.difference_estimate(0.2, Sample(np.empty(0), np.empty(0), np.empty(0), 9))
    assert nobody.estimate == 0.2 and math.isnan(nobody.low) and math.isnan(nobody.high)


# --- Rogan and Gladen ---------------------------------------------------------------------


def slow_rogan_gladen(share, truth, found, cluster, units, level):
    """The quotient, its derivatives taken numerically, and half the interval."""
    n1, n0 = sum(truth), len(truth) - sum(truth)
    alpha = sum(f for t, f in zip(truth, found, strict=True) if t) / n1
    omega = sum(f for t, f in zip(truth, found, strict=True) if not t) / n0

    def quotient(a, w):
        return (share + (1 - w) - 1) / (a + (1 - w) - 1)

    h = 1e-6
    by_alpha = (quotient(alpha + h, omega) - quotient(alpha - h, omega)) / (2 * h)
    by_omega = (quotient(alpha, omega + h) - quotient(alpha, omega - h)) / (2 * h)
    return quotient(alpha, omega), slow_reach(
        by_alpha, by_omega, truth, found, cluster, units, level)


def slow_reach(by_alpha, by_omega, truth, found, cluster, units, level):
    n1, n0 = sum(truth), len(truth) - sum(truth)
    alpha, omega = found[truth].mean(), found[~truth].mean()
    names = sorted(set(cluster))
    variance = 0.0
    for name in names:
        own = 0.0
        for t, f, c in zip(truth, found, cluster, strict=True):
            if c == name:
                own += by_alpha * (f - alpha) / n1 if t else by_omega * (f - omega) / n0
        variance += own**2
    m = len(names)
    variance *= m / (m - 1)
    least = LEAST * ((by_alpha / n1) ** 2 + (by_omega / n0) ** 2)
    student, normal = quantiles(m, level)
    return math.sqrt((1 - len(truth) / units) * (student * variance + normal * least))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("share", "level"), [(0.3, 0.95), (0.62, 0.9)])
def test_rogan_gladen_is_that_of_a_slow_version(seed, share, level):
    truth, found, cluster = drawn(seed, clusters=20 + seed)
    units = 4 * len(truth)
    interval, why = rectify.rogan_gladen(share, truth, found, cluster, units=units, level=level)
    estimate, reach = slow_rogan_gladen(share, truth, found, cluster, units, level)
    assert not why and interval.estimate == pytest.approx(estimate, rel=1e-12)
    assert interval.high - interval.estimate == pytest.approx(reach, rel=1e-6)
    assert interval.estimate - interval.low == pytest.approx(reach, rel=1e-6)


def test_rogan_gladen_needs_rates_whose_lower_bound_is_above_a_fifth():
    """Over many samples: refused exactly where the slow lower bound of the sum is not above .2."""
    told = set()
    for seed in range(60):
        truth, found, cluster = drawn(
            seed, clusters=16, sensitivity=0.5 + seed / 200, specificity=0.75)
        if min(truth.sum(), (~truth).sum()) < 10:
            continue
        youden = found[truth].mean() - found[~truth].mean()
        lower = youden - slow_reach(1, -1, truth, found, cluster, 300, 0.95)
        interval, why = rectify.rogan_gladen(0.4, truth, found, cluster, units=300)
        assert (why == "") == (lower > 0.2) == (not math.isnan(interval.estimate))
        told.add((lower > 0.2, round(lower, 1)))
    # Among them are such as are near the line, on either side.
    assert {(True, 0.2), (False, 0.2), (False, 0.1), (True, 0.3)} <= told


@pytest.mark.parametrize(("with_it", "without_it", "given"), [
    (10, 40, True), (9, 41, False), (40, 10, True), (41, 9, False),
])
def test_rogan_gladen_needs_ten_of_either_kind(with_it, without_it, given):
    truth = np.repeat([True, False], [with_it, without_it])
    interval, why = rectify.rogan_gladen(0.3, truth, truth, np.arange(50), units=500)
    assert (why == "") == given and math.isnan(interval.low) != given


def test_rogan_gladen_of_two_blocks_and_of_one():
    truth = np.tile([True, False], 40)
    for blocks, refused in ((2, ""), (1, "one coded block")):
        interval, why = rectify.rogan_gladen(
            0.3, truth, truth, np.arange(80) % blocks, units=500)
        assert why == refused and math.isnan(interval.estimate) == (blocks == 1)


def test_rates_of_all_units_are_certain():
    """Where the sample is all there is, no width is left."""
    truth, found, cluster = drawn(3, clusters=20)
    interval, _ = rectify.rogan_gladen(0.4, truth, found, cluster, units=len(truth))
    assert interval.low == interval.estimate == interval.high
    more, _ = rectify.rogan_gladen(0.4, truth, found, cluster, units=len(truth) - 5)
    assert more.low == more.high


# --- which layouts have an interval -------------------------------------------------------


@pytest.fixture
def studied(monkeypatch):
    """Simulated: 2 and 8 kept fail somewhere, 5, 7 and 12 never."""
    cells = {(9, 2): False, (20, 5): True, (28, 7): True, (32, 8): True, (20, 8): False,
             (48, 12): True}
    monkeypatch.setattr(rectify, "_studied", lambda: {"difference": cells})


@pytest.mark.parametrize(("blocks", "kept", "largest", "said"), [
    # Simulated ones have their own answer, whatever is known of others and of their largest block.
    (32, 8, 0.9, ""), (20, 8, 0.1, "fail the coverage study"), (9, 2, 0.1, "fail"),
    # Others have that of all with as many, or with the next fewer and the next more.
    (30, 7, 0.2, ""), (30, 12, 0.2, ""), (30, 6, 0.2, ""), (40, 8, 0.2, "fail"), (40, 10, 0.2, "fail"),
    (30, 4, 0.2, "intervals from 4 coded blocks fail"),
    # More than in any simulated one: as the most.
    (99, 30, 0.2, ""),
    # Fewer than in any: nothing is known.
    (30, 1, 0.2, "only 1 coded blocks were kept"),
    # Half in one block is allowed, more is not.
    (30, 7, 0.5, ""), (30, 7, 0.51, "one coded block holds 51 %"),
])
def test_an_interval_needs_simulated_neighbours(studied, blocks, kept, largest, said):
    found = rectify.shortfall("difference", Layout(blocks, kept, largest))
    assert said in found and bool(said) == bool(found)
