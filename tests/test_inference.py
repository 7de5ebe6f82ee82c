"""Intervals of shares from blocks: known answers, independent slow versions, laws."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.inference import (
    Interval,
    combine,
    generator,
    layout,
    share_interval,
)


def test_effective_blocks_of_equal_blocks_is_their_number():
    shape = layout(np.full(20, 37))
    assert shape.blocks == 20
    assert shape.effective_blocks == pytest.approx(20)
    assert shape.largest_block == pytest.approx(0.05)
    assert shape.shortfall == ""


def test_effective_blocks_by_hand():
    # (1 + 2 + 3)² / (1 + 4 + 9) = 36 / 14
    assert layout(np.array([1, 2, 3])).effective_blocks == pytest.approx(36 / 14)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "no text"),
        ([0, 0], "no text"),
        ([10] * 14, "its passages are worth 14.0 equal ones, 15 are needed"),
        ([200] + [10] * 300, ""),
    ],
)
def test_shortfall(words, reason):
    assert layout(np.array(words)).shortfall == reason


def test_one_block_with_more_than_a_quarter_of_the_words():
    # Kish: 100 words in one block of 400 among 300 blocks of 1 keeps (400)²/(100²+300) = 15.5
    assert "25 %" in layout(np.array([101] + [1] * 299)).shortfall


@given(st.lists(st.integers(1, 500), min_size=1, max_size=40))
def test_effective_blocks_lie_between_one_and_all(words):
    shape = layout(np.array(words))
    assert 1 - 1e-9 <= shape.effective_blocks <= len(words) + 1e-9


def test_bootstrap_bounds_equal_the_exact_distribution_of_three_blocks():
    """All 27 redraws of three blocks, enumerated: an independent slow version."""
    hits, units = np.array([0, 1, 4]), np.array([2, 3, 5])
    drawn = sorted(
        hits[list(chosen)].sum() / units[list(chosen)].sum()
        for chosen in itertools.product(range(3), repeat=3)
    )
    interval, effect = share_interval(hits, units, rng=generator(1, "x"), n_boot=200_000)
    assert interval.estimate == 0.5
    assert interval.low == pytest.approx(np.quantile(drawn, 0.025, method="inverted_cdf"))
    assert interval.high == pytest.approx(np.quantile(drawn, 0.975, method="inverted_cdf"))
    assert effect == pytest.approx(np.var(drawn) / (0.5 * 0.5 / 10), rel=0.02)


def test_nothing_found_is_bounded_by_blocks_not_by_sentences():
    # Clopper & Pearson 1934: 0 of 20 → upper 95 % bound 1 − 0.025^(1/20) = 0.16843
    interval, effect = share_interval(
        np.zeros(20), np.full(20, 7), rng=generator(1, "x"), n_boot=200
    )
    assert (interval.estimate, interval.low) == (0, 0)
    assert interval.high == pytest.approx(1 - 0.025 ** (1 / 20), abs=1e-12)
    assert math.isnan(effect)


def test_everything_found_mirrors_nothing_found():
    none, _ = share_interval(np.zeros(20), np.full(20, 3), rng=generator(1, "x"), n_boot=200)
    every, _ = share_interval(np.full(20, 3), np.full(20, 3), rng=generator(1, "x"), n_boot=200)
    assert every.low == pytest.approx(1 - none.high)
    assert every.high == 1


def test_no_units_is_undefined():
    interval, _ = share_interval(np.array([]), np.array([]), rng=generator(1, "x"))
    assert math.isnan(interval.estimate) and math.isnan(interval.low)


def test_same_seed_same_bounds_and_blocks_without_units_do_not_matter():
    hits, units = np.array([1, 0, 2, 3] * 5), np.array([2, 2, 3, 4] * 5)
    first = share_interval(hits, units, rng=generator(7, "a"), n_boot=300)
    again = share_interval(
        np.append(hits, 0), np.append(units, 0), rng=generator(7, "a"), n_boot=300
    )
    assert first == again
    assert first != share_interval(hits, units, rng=generator(8, "a"), n_boot=300)


def test_complement_flips_the_interval():
    hits, units = np.array([1, 0, 2, 3] * 6), np.array([2, 2, 3, 4] * 6)
    one, _ = share_interval(hits, units, rng=generator(3, "a"), n_boot=500)
    other, _ = share_interval(units - hits, units, rng=generator(3, "a"), n_boot=500)
    assert other.low == pytest.approx(1 - one.high)
    assert other.high == pytest.approx(1 - one.low)


def test_combination_of_a_difference_by_hand():
    # Zou, Huang & Zhang 2009, eq. 2: L = d − √((a−l_a)² + (u_b−b)²), U = d + √((u_a−a)² + (b−l_b)²)
    a, b = Interval(0.5, 0.4, 0.7), Interval(0.2, 0.1, 0.25)
    difference = combine([a, b], [1, -1])
    assert difference.estimate == pytest.approx(0.3)
    assert difference.low == pytest.approx(0.3 - math.hypot(0.1, 0.05))
    assert difference.high == pytest.approx(0.3 + math.hypot(0.2, 0.1))


shares = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(sorted).map(
    lambda t: Interval(t[1], t[0], t[2])
)


@given(shares, shares)
def test_swapping_the_sides_flips_the_sign(a, b):
    one, other = combine([a, b], [1, -1]), combine([b, a], [1, -1])
    assert one.estimate == pytest.approx(-other.estimate)
    assert one.low == pytest.approx(-other.high)


@given(shares)
def test_one_part_is_itself(a):
    whole = combine([a], [1.0])
    assert (whole.low, whole.high) == (pytest.approx(a.low), pytest.approx(a.high))


def test_an_undefined_part_makes_the_bounds_undefined_not_the_estimate():
    nan = float("nan")
    whole = combine([Interval(0.5, nan, nan), Interval(0.1, 0, 0.2)], [0.5, 0.5])
    assert whole.estimate == pytest.approx(0.3)
    assert math.isnan(whole.low) and math.isnan(whole.high)


def test_weights_must_match():
    with pytest.raises(ValueError, match="2 estimates and 1 weights"):
        combine([Interval(0, 0, 0)] * 2, [1.0])


def test_coverage_of_a_known_share_with_clustered_blocks():
    """Beta-binomial blocks with a true share of .3: about 95 % of intervals hold it."""
    rng = np.random.default_rng(5)
    held = 0
    for run in range(400):
        p = rng.beta(3, 7, size=40)
        units = rng.integers(1, 5, size=40)
        hits = rng.binomial(units, p)
        interval, _ = share_interval(hits, units, rng=generator(run, "c"), n_boot=400)
        held += interval.low <= 0.3 <= interval.high
    # ± 3 Monte Carlo standard errors around the 90–99 % band that a certified layout must keep.
    assert 0.90 - 0.033 <= held / 400 <= 0.99
