"""Measures on counts: peers' values on these texts, exact formulas, slow versions, laws."""

import csv
import math
from collections import Counter
from decimal import Decimal, getcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis import contingency

PEERS = Path(__file__).parent / "peers"
FIRST, SECOND = "calais-group-2022-12", "calais-group-2024-03-04"


def rows_of(name: str) -> list[dict[str, str]]:
    with (PEERS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def counts() -> dict[str, Counter]:
    return {
        path.stem: Counter(path.read_text("utf-8").split())
        for path in (PEERS / "tokens").glob("*.txt")
    }


def table(counts, words):
    a, b = (np.array([counts[name][word] for word in words]) for name in (FIRST, SECOND))
    return a, b, counts[FIRST].total(), counts[SECOND].total()


def test_g2_and_chi2_are_the_peers(counts):
    """quanteda.textstats 0.97; it adds an epsilon to G² (tests/peers/README.md)."""
    known = rows_of("keyness_calais_2022_vs_2024.csv")
    cells = table(counts, [row["feature"] for row in known])
    assert len(known) == 652
    np.testing.assert_allclose(
        contingency.log_likelihood(*cells), [float(r["lr_none_stat"]) for r in known],
        rtol=0, atol=2e-5,
    )
    np.testing.assert_allclose(
        contingency.chi_squared(*cells), [float(r["chi2_none_stat"]) for r in known],
        rtol=0, atol=1e-10,
    )


@pytest.mark.parametrize("prior", ["uninf001", "bgraw", "bg500"])
def test_log_odds_are_the_peers(counts, prior):
    """ConvoKit's FightingWords; the prior is over the words of the two statements."""
    known = {r["term"]: float(r["z_convokit"])
             for r in rows_of(f"log_odds_calais_2022_vs_2024_{prior}.csv")}
    words = sorted(set(counts[FIRST]) | set(counts[SECOND]))
    background = np.array([sum(c[word] for c in counts.values()) for word in words], dtype=float)
    alpha = {"uninf001": 0.01, "bgraw": background,
             "bg500": 500 * background / background.sum()}[prior]
    _, z = contingency.log_odds(*table(counts, words), prior=alpha)
    assert set(known) == set(words)
    np.testing.assert_allclose(z, [known[word] for word in words], rtol=0, atol=1e-12)


def exact_g2(a, b, n_a, n_b) -> float:
    """The formula in decimals of 60 digits, cell by cell."""
    getcontext().prec = 60
    total, word = Decimal(n_a + n_b), Decimal(a + b)
    value = Decimal(0)
    for observed, row, column in ((a, word, n_a), (b, word, n_b), (n_a - a, total - word, n_a),
                                  (n_b - b, total - word, n_b)):
        if observed:
            value += observed * (Decimal(observed) / (row * column / total)).ln()
    sign = (a * n_b > b * n_a) - (a * n_b < b * n_a)
    return float(2 * value * sign)


def test_g2_is_exact(counts):
    words = sorted(set(counts[FIRST]) | set(counts[SECOND]))
    a, b, n_a, n_b = table(counts, words)
    found = contingency.log_likelihood(a, b, n_a, n_b)
    exact = [exact_g2(int(x), int(y), n_a, n_b) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("cells", [
    (1001, 1000, 1_000_000, 1_000_000),  # nearly one rate: terms of .5 that cancel to .0005
    (100_001, 99_999, 9_000_001, 9_000_000),
    (3, 0, 7, 10_000_000),
    (0, 1, 1, 1),
    (5000, 5000, 5000, 5000),  # every word is this one
    (40, 10, 2000, 500),  # one rate
])
def test_g2_keeps_its_digits(cells):
    found, exact = float(contingency.log_likelihood(*cells)), exact_g2(*cells)
    assert found == pytest.approx(exact, rel=1e-12, abs=1e-300)


cells = st.tuples(st.integers(1, 5000), st.integers(1, 5000)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.integers(0, n[1]), st.just(n[0]), st.just(n[1]))
)


@given(cells)
def test_scipy_gives_the_same_and_sides_swap_the_sign(counts_):
    a, b, n_a, n_b = counts_
    g2 = float(contingency.log_likelihood(a, b, n_a, n_b))
    chi2 = float(contingency.chi_squared(a, b, n_a, n_b))
    assert g2 == pytest.approx(exact_g2(a, b, n_a, n_b), rel=1e-9, abs=1e-10)
    if 0 < a + b < n_a + n_b:
        square = np.array([[a, b], [n_a - a, n_b - b]])
        expected = stats.chi2_contingency(square, correction=False).statistic
        assert abs(chi2) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert -g2 == pytest.approx(float(contingency.log_likelihood(b, a, n_b, n_a)), abs=1e-9)
    assert -chi2 == pytest.approx(float(contingency.chi_squared(b, a, n_b, n_a)), abs=1e-9)
    ratio, other = (float(contingency.log_ratio(*c)) for c in ((a, b, n_a, n_b), (b, a, n_b, n_a)))
    assert ratio == pytest.approx(-other, abs=1e-12) or (math.isnan(ratio) and a == b == 0)


@given(st.integers(0, 50), st.integers(1, 40), st.integers(50, 400))
def test_equal_proportions_are_no_difference(a, times, n):
    for measure in (contingency.log_likelihood, contingency.chi_squared):
        assert float(measure(a, a * times, n, n * times)) == 0
    if a:
        assert float(contingency.log_ratio(a, a * times, n, n * times)) == pytest.approx(0)


def test_identical_texts_have_no_keywords():
    y = np.array([5, 0, 7, 1])
    delta, z = contingency.log_odds(y, y, y.sum(), y.sum(), prior=0.5)
    assert (delta == 0).all() and (z == 0).all()


def test_log_odds_slowly():
    rng = np.random.default_rng(1)
    a, b, alpha = rng.integers(0, 30, 40), rng.integers(0, 30, 40), rng.random(40) + 0.01
    delta, z = contingency.log_odds(a, b, a.sum(), b.sum(), prior=alpha)
    for k in range(40):
        odds = [
            (y[k] + alpha[k]) / (sum(y) + sum(alpha) - y[k] - alpha[k]) for y in (a, b)
        ]
        expected = math.log(odds[0]) - math.log(odds[1])
        variance = 1 / (a[k] + alpha[k]) + 1 / (b[k] + alpha[k])
        assert delta[k] == pytest.approx(expected, abs=1e-12)
        assert z[k] == pytest.approx(expected / math.sqrt(variance), abs=1e-12)
    _, swapped = contingency.log_odds(b, a, b.sum(), a.sum(), prior=alpha)
    np.testing.assert_allclose(swapped, -z, atol=1e-12)


def test_undefined_is_nan():
    assert np.isnan(contingency.log_likelihood(0, 1, 0, 10))
    assert np.isnan(contingency.chi_squared(0, 1, 0, 10))
    assert np.isnan(contingency.log_ratio(0, 0, 10, 10))
    assert contingency.chi_squared(0, 0, 10, 10) == 0
    assert contingency.log_likelihood(10, 5, 10, 5) == 0
    _, z = contingency.log_odds([1, 2, 3], [0, 3, 3], 6, 6, prior=0)
    assert np.isnan(z[0]) and not np.isnan(z[1])
    with pytest.raises(ValueError, match="above the words"):
        contingency.log_likelihood(11, 0, 10, 10)


def test_hardies_log_ratio():
    """Hardie (2014): four times as frequent is 2; absent on one side counts as half a time."""
    assert contingency.log_ratio(40, 10, 1000, 1000) == 2
    assert contingency.log_ratio(0, 8, 1000, 1000) == -4


def test_gries_example_of_dispersion():
    """Gries (2008), section 3: the word `a` of a corpus of five parts; DP = 0.18."""
    sizes = [9, 10, 10, 10, 11]
    assert round(float(contingency.deviation_of_proportions([1, 2, 3, 4, 5], sizes)), 2) == 0.18


def test_dispersion_laws():
    rng = np.random.default_rng(2)
    sizes, counts_ = rng.integers(10, 90, 12), rng.integers(0, 9, (12, 30))
    dp = contingency.deviation_of_proportions(counts_, sizes)
    assert ((dp >= 0) & (dp <= 1 - sizes.min() / sizes.sum())).all()
    assert contingency.deviation_of_proportions(sizes * 3, sizes) == pytest.approx(0)
    alone = np.zeros(12)
    alone[sizes.argmin()] = 4
    assert contingency.deviation_of_proportions(alone, sizes) == pytest.approx(
        1 - sizes.min() / sizes.sum())
    assert np.isnan(contingency.deviation_of_proportions(np.zeros(12), sizes))


@pytest.mark.parametrize("measure", [
    contingency.log_likelihood, contingency.chi_squared, contingency.log_ratio])
def test_a_side_without_words_has_no_value(measure):
    assert np.isnan(measure(0, 3, 0, 9)) and np.isnan(measure(3, 0, 9, 0))
    assert np.isnan(measure(0, 0, 0, 0)) and np.isnan(measure(0, 0, 9, 0))
    assert np.isnan(measure(0, 0, 0, 9))
    assert not np.isnan(measure(1, 1, 1, 9)) and not np.isnan(measure(1, 1, 9, 1))


@pytest.mark.parametrize(("a", "b", "value"), [(1, 0, 1.0), (0, 1, -1.0), (1, 1, 0.0), (1, 2, -1.0)])
def test_a_single_occurrence_is_one_and_none_is_half_a_one(a, b, value):
    assert contingency.log_ratio(a, b, 50, 50) == pytest.approx(value)
