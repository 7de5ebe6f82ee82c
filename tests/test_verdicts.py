"""Verdicts follow stated rules, and what could have been found is computed, not guessed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.verdicts import (
    CONTRADICTED,
    INCONCLUSIVE,
    INSUFFICIENT,
    SUPPORTED,
    Estimate,
    Part,
    deciding,
    exact,
    part_verdict,
    smallest_detectable,
    verdict,
    why,
)

NAN = float("nan")
DELTA = 0.05


def part(low, high, why=""):
    return Part("p", (low + high) / 2, low, high, why)


NONE = Part("p", 0.3, NAN, NAN, "too short")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.05, 0.30, SUPPORTED),
        (0.049, 0.30, INCONCLUSIVE),
        (-0.1, 0.05, INCONCLUSIVE),
        (-0.1, 0.049, CONTRADICTED),
        (-0.3, -0.1, CONTRADICTED),
        (NAN, NAN, INSUFFICIENT),
    ],
)
def test_beyond(low, high, expected):
    assert part_verdict(part(low, high), smallest_effect=DELTA) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.049, 0.049, SUPPORTED),
        (-0.05, 0.02, INCONCLUSIVE),
        (0.0, 0.05, INCONCLUSIVE),
        (0.05, 0.2, CONTRADICTED),
        (-0.2, -0.05, CONTRADICTED),
        (-0.2, 0.2, INCONCLUSIVE),
        (NAN, NAN, INSUFFICIENT),
    ],
)
def test_within(low, high, expected):
    assert part_verdict(part(low, high), smallest_effect=DELTA, rule="within") == expected


GOOD, OPEN, BAD = part(0.1, 0.3), part(-0.1, 0.3), part(-0.3, -0.1)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((GOOD, GOOD), SUPPORTED),
        ((GOOD, OPEN), INCONCLUSIVE),
        ((GOOD, NONE), INSUFFICIENT),
        ((OPEN, NONE), INSUFFICIENT),
        # One refuted part refutes the claim, whatever the others lack.
        ((BAD, NONE), CONTRADICTED),
        ((GOOD, OPEN, BAD), CONTRADICTED),
    ],
)
def test_a_claim_needs_all_its_parts(parts, expected):
    for order in (parts, parts[::-1]):
        estimate = Estimate(tuple(order))
        assert verdict(estimate, smallest_effect=DELTA) == expected
        found = deciding(estimate, smallest_effect=DELTA)
        assert part_verdict(found, smallest_effect=DELTA) == expected


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 1)), min_size=1, max_size=4))
def test_with_all_intervals_the_verdict_is_that_of_the_smallest_ends(ends):
    """A law: min of the lower ends and min of the upper ends judged as one interval."""
    parts = tuple(part(low, low + width) for low, width in ends)
    one = part(min(p.low for p in parts), min(p.high for p in parts))
    assert verdict(Estimate(parts), smallest_effect=DELTA) == part_verdict(
        one, smallest_effect=DELTA
    )


def test_counts_are_held_to_the_smallest_effect_as_they_are():
    assert verdict(Estimate((exact("", 1.0),)), smallest_effect=1) == SUPPORTED
    assert verdict(Estimate((exact("", 0.0),)), smallest_effect=1) == CONTRADICTED
    assert math.isnan(smallest_detectable(Estimate((exact("", 1.0),)), smallest_effect=1))
    # 'Only': bounds are what the unread cases may make of it.
    only = Part("", 0.9, 0.9, 1.0, exact=True)
    assert verdict(Estimate((only,)), smallest_effect=1) == INCONCLUSIVE
    refuted = Part("", 0.8, 0.8, 0.9, exact=True)
    assert verdict(Estimate((refuted,)), smallest_effect=1) == CONTRADICTED


def test_the_weakest_part_is_the_one_furthest_from_holding():
    assert Estimate((GOOD, BAD, OPEN)).weakest is BAD
    near, far = part(-0.05, 0.05), part(-0.4, -0.2)
    assert Estimate((near, far), rule="within").weakest is far
    assert Estimate((GOOD, NONE)).weakest is GOOD


def test_detectable_effect_of_one_part_is_the_textbook_one():
    """δ + (z.975 + z.80)·s: Cohen (1988), section 2.2, one mean with known error."""
    s = 0.1
    estimate = Estimate((Part("", 0.2, 0.2 - 1.959964 * s, 0.2 + 1.959964 * s),))
    assert smallest_detectable(estimate, smallest_effect=0.05) == pytest.approx(
        0.05 + (1.959964 + 0.841621) * s, abs=1e-4
    )


def test_detectable_effects_by_simulation():
    rng = np.random.default_rng(1)
    errors = np.array([0.05, 0.12])
    parts = tuple(Part("", 0.0, -1.959964 * s, 1.959964 * s) for s in errors)
    theta = smallest_detectable(Estimate(parts), smallest_effect=DELTA)
    drawn = theta + errors * rng.standard_normal((40000, 2))
    assert np.mean((drawn - 1.959964 * errors >= DELTA).all(axis=1)) == pytest.approx(0.8, abs=0.01)
    z90 = stats.norm.ppf(0.95)
    still = tuple(Part("", 0.0, -z90 * s, z90 * s) for s in errors[1:])
    limit = smallest_detectable(Estimate(still, rule="within"), smallest_effect=DELTA)
    drawn = errors[1] * rng.standard_normal(40000)
    shown = (drawn - z90 * errors[1] > -limit) & (drawn + z90 * errors[1] < limit)
    assert shown.mean() == pytest.approx(0.8, abs=0.01)


def test_reasons_name_the_part_and_the_readers_unit():
    two = Estimate((Part("2015 to 2022", 0.2, 0.1, 0.3), Part("2022 to 2024", 0.0, -0.1, 0.1)))
    text = why(two, smallest_effect=0.05, unit="points")
    assert "(2022 to 2024)" in text and "−10 points to +10 points" in text and "5 points" in text
    assert "too short" in why(Estimate((NONE,)), smallest_effect=0.05, unit="points")
    assert "the opposite" in why(Estimate((BAD,)), smallest_effect=0.05, unit="number")
