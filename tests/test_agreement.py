"""Krippendorff's alpha, F1 and their intervals."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from analysis.agreement import alpha, alpha_interval, f1, f1_interval

PEERS = json.loads((Path(__file__).parent / "peers" / "krippendorff.json").read_text("utf-8"))
TABLES = [
    (name, level) for name, table in PEERS.items()
    for level in ("nominal", "ordinal", "interval") if level in table["krippendorff_package"]
]


@pytest.mark.parametrize(("name", "level"), TABLES)
def test_published_tables(name, level):
    """Krippendorff (2011), section C, and the table of the package's README."""
    table = PEERS[name]
    found = alpha(np.array(table["data"], dtype=object), level=level)
    assert found == pytest.approx(table["krippendorff_package"][level], abs=1e-12)
    if level in table["published"]:
        assert found == pytest.approx(table["published"][level], abs=6e-4)


def slow_alpha(codes, level):
    """By the definition: all ordered pairs of codes in a unit, and all of all paired codes."""
    units = [[c for c in unit if c is not None] for unit in np.array(codes, dtype=object).T]
    units = [unit for unit in units if len(unit) > 1]
    every = [c for unit in units for c in unit]
    counts = {c: every.count(c) for c in every}

    def distance(a, b):
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return float((a - b) ** 2)
        low, high = sorted((a, b))
        between = sum(n for c, n in counts.items() if low <= c <= high)
        return (between - (counts[a] + counts[b]) / 2) ** 2 if a != b else 0.0

    observed = sum(
        sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units
    )
    expected = sum(distance(a, b) for a, b in permutations(every, 2))
    return 1 - observed * (len(every) - 1) / expected


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("seed", range(5))
def test_alpha_equals_the_definition_on_random_codes(level, seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (4, 15)).astype(object)
    codes[rng.random(codes.shape) < 0.3] = None
    assert alpha(codes, level=level) == pytest.approx(slow_alpha(codes, level), abs=1e-12)


def test_laws_of_alpha():
    codes = np.array([[0, 1, 2, 3, 1], [0, 2, 2, 3, 0]], dtype=object)
    for level in ("nominal", "ordinal", "interval"):
        assert alpha(codes[::-1], level=level) == alpha(codes, level=level)
        assert alpha(codes[[0, 0]], level=level) == 1
    # Any order-preserving renaming leaves ordinal alpha as it is; interval alpha moves.
    wide = np.array([[0, 1, 5, 9, 1], [0, 5, 5, 9, 0]], dtype=object)
    assert alpha(wide, level="ordinal") == pytest.approx(alpha(codes, level="ordinal"))
    assert alpha(wide, level="interval") != pytest.approx(alpha(codes, level="interval"))
    two = np.array([[0, 1, 1, 0], [0, 1, 0, 0]], dtype=object)
    assert len({round(alpha(two, level=x), 12) for x in ("nominal", "ordinal", "interval")}) == 1


def test_undefined_alpha_is_nan():
    assert np.isnan(alpha(np.array([["a", "a"], ["a", "a"]])))
    assert np.isnan(alpha(np.array([["a", "b"], ["", None]], dtype=object)))
    assert np.isnan(alpha(np.empty((2, 0), dtype=object), level="ordinal"))


def test_alpha_interval_holds_alpha_and_narrows_with_clusters():
    def width(clusters):
        rng = np.random.default_rng(1)
        truth = rng.integers(0, 4, clusters * 3)
        other = np.where(rng.random(len(truth)) < 0.8, truth, rng.integers(0, 4, len(truth)))
        found = alpha_interval(
            np.array([truth, other], dtype=object), np.repeat(np.arange(clusters), 3),
            level="ordinal", rng=np.random.default_rng(2), n_boot=500,
        )
        assert found.low < found.estimate < found.high
        return found.high - found.low

    assert width(200) < width(20) / 2


def test_alpha_of_one_cluster_has_no_bounds():
    found = alpha_interval(
        np.array([[0, 1], [0, 1]], dtype=object), np.zeros(2, dtype=int), level="nominal",
        rng=np.random.default_rng(1), n_boot=100,
    )
    assert found.estimate == 1 and np.isnan(found.low)


def test_agreement_throughout_is_no_certainty():
    codes = np.array([[0, 1, 2, 1]] * 2, dtype=object)
    found = alpha_interval(
        codes, np.arange(4), level="ordinal", rng=np.random.default_rng(1), n_boot=100)
    assert found.estimate == 1 and np.isnan(found.low) and np.isnan(found.high)


def test_no_bounds_where_every_cluster_says_the_same():
    codes = np.array([[0, 0, 0], [1, 1, 1]], dtype=object)
    found = alpha_interval(
        codes, np.arange(3), level="nominal", rng=np.random.default_rng(1), n_boot=100)
    assert found.estimate < 0 and np.isnan(found.low) and np.isnan(found.high)


def test_f1_interval():
    """Known: 3 both of 4 found and 5 coded, F1 = 6/9; agreement throughout is no certainty."""
    truth = np.array([1, 1, 1, 1, 1, 0], dtype=bool)
    found = np.array([1, 1, 1, 0, 0, 1], dtype=bool)
    cluster = np.arange(6)
    rng = np.random.default_rng
    interval = f1_interval(truth, found, cluster, rng=rng(1), n_boot=500)
    assert interval.estimate == pytest.approx(f1(3, 4, 5)) == pytest.approx(6 / 9)
    assert interval.low < interval.estimate < interval.high
    same = f1_interval(truth, truth, cluster, rng=rng(1), n_boot=500)
    # Clopper and Pearson's lower bound for 5 of 5 is .025^(1/5) = .478; F1 = 2J / (1 + J).
    assert same.high == 1 and same.low == pytest.approx(2 * 0.4782 / 1.4782, abs=1e-3)
    swapped = f1_interval(found, truth, cluster, rng=rng(1), n_boot=500)
    assert swapped == interval
    none = f1_interval(truth & False, truth & False, cluster, rng=rng(1), n_boot=500)
    assert np.isnan(none.estimate)


def test_f1_of_as_many_found_as_coded_and_of_nothing_in_common():
    assert f1(3, 4, 4) == 0.75
    truth = np.array([1, 1, 0, 0, 0, 0], dtype=bool)
    apart = f1_interval(truth, truth[::-1], np.arange(6), rng=np.random.default_rng(1), n_boot=200)
    assert apart.estimate == apart.low == 0 < apart.high < 1


def test_the_unit_of_codes_is_no_matter():
    """Interval codes a hundred times smaller, agreement the same."""
    codes = np.array([[1, 2, 1, 3], [2, 2, 1, 4]], dtype=float)
    assert alpha(codes / 100, level="interval") == pytest.approx(alpha(codes, level="interval"))
