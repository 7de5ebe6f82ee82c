"""How unequally is a word spread over two sides? Measures on counts, for every word at once.

Each takes `a`, `b` (times a word occurs on either side) and `n_a`, `n_b` (all words of either
side); arrays broadcast. None knows what the counts are of. Words are not independent draws: a
text that names a thing once is likely to name it again, so that no value here may be read against
a normal or chi-squared table as if they were (`keyness` sets them against redrawn blocks).
"""

from __future__ import annotations

import numpy as np
from scipy.special import xlog1py

# Hardie (2014): a word that is absent on one side counts there as half an occurrence.
ABSENT = 0.5


def _cells(a, b, n_a, n_b) -> tuple[np.ndarray, ...]:
    a, b, n_a, n_b = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (a, b, n_a, n_b)))
    if ((a < 0) | (b < 0) | (a > n_a) | (b > n_b)).any():
        raise ValueError("a count lies below 0 or above the words of its side")
    return a, b, n_a, n_b


def _sign(a, b, n_a, n_b) -> np.ndarray:
    """1 where the word is relatively more frequent on the first side, −1 on the second, else 0."""
    return np.sign(a * n_b - b * n_a)


def log_likelihood(a, b, n_a, n_b) -> np.ndarray:
    """How surprising are the two counts if both sides used the word at one rate? Signed G².

    G² = 2 Σ O ln(O / E) over the four cells (the word and all other words, on either side),
    0 ln 0 = 0; positive where the word is relatively more frequent on the first side.

    Args:
        a, b: times the word occurs.
        n_a, n_b: all words of the sides.

    Returns:
        NaN where a side has no words.

    Source: Dunning, T. (1993), Computational Linguistics 19(1); all four cells as in Rayson, P.,
    Berridge, D. & Francis, B. (2004), JADT 2004.

    >>> round(float(log_likelihood(20, 10, 1000, 1000)), 6)
    3.448742
    >>> float(log_likelihood(5, 10, 1000, 2000))
    0.0
    """
    a, b, n_a, n_b = _cells(a, b, n_a, n_b)
    total, word = n_a + n_b, a + b
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.stack([
            word * n_a, word * n_b, (total - word) * n_a, (total - word) * n_b
        ]) / total
        # O − E is the same number in all cells but for its sign.
        away = (a * n_b - b * n_a) / total * np.reshape([1, -1, -1, 1], (4, *[1] * a.ndim))
        # A cell with no expectation holds nothing and adds nothing.
        terms = np.where(expected > 0, expected * _gain(away / expected), 0.0)
    value = _sign(a, b, n_a, n_b) * 2 * terms.sum(axis=0)
    return np.where((n_a > 0) & (n_b > 0), value, np.nan)


def _gain(x: np.ndarray) -> np.ndarray:
    """(1 + x) ln(1 + x) − x, which is O ln(O/E) − (O − E) over E for x = (O − E) / E.

    The differences of all cells sum to 0, so that G² is the sum of these, none of them below 0:
    nothing cancels. Near 0 by its series, where the formula would lose every digit.
    """
    series = sum((-1) ** k * x**k / (k * (k - 1)) for k in range(2, 11))
    # Beyond |x| = .01 the formula keeps 13 digits; below it the series' next term is 10⁻²⁰ of it.
    return np.where(np.abs(x) < 0.01, series, xlog1py(1 + x, x) - x)


def chi_squared(a, b, n_a, n_b) -> np.ndarray:
    """The same question by Pearson's χ² of the four cells, signed, without correction.

    χ² = N (a d − b c)² / ((a + b)(c + d)(a + c)(b + d)), c = n_a − a, d = n_b − b, N = n_a + n_b.

    Returns:
        0 where the word is none or all of the texts; NaN where a side has no words.

    Source: Pearson, K. (1900), Philosophical Magazine 50(302).

    Not for words expected fewer than five times on a side, where G² errs less.
    """
    a, b, n_a, n_b = _cells(a, b, n_a, n_b)
    total, word = n_a + n_b, a + b
    across = a * (n_b - b) - b * (n_a - a)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.sign(across) * total * across**2 / (word * (total - word) * n_a * n_b)
    value = np.where((word == 0) | (word == total), 0.0, value)
    return np.where((n_a > 0) & (n_b > 0), value, np.nan)


def log_ratio(a, b, n_a, n_b) -> np.ndarray:
    """How many times as frequent is the word on the first side, in doublings?

    log₂((a / n_a) / (b / n_b)); a count of 0 on one side counts as `ABSENT`; NaN where the word
    occurs on neither side or a side has no words.

    Source: Hardie, A. (2014), Log Ratio: an informal introduction, ESRC Centre for Corpus
    Approaches to Social Science, Lancaster.

    >>> float(log_ratio(8, 2, 1000, 1000)), float(log_ratio(4, 0, 1000, 1000))
    (2.0, 3.0)
    """
    a, b, n_a, n_b = _cells(a, b, n_a, n_b)
    seen = (a + b > 0) & (n_a > 0) & (n_b > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate_a, rate_b = (np.where(x > 0, x, ABSENT) / n for x, n in ((a, n_a), (b, n_b)))
        return np.where(seen, np.log2(rate_a / rate_b), np.nan)


def log_odds(a, b, n_a, n_b, *, prior) -> tuple[np.ndarray, np.ndarray]:
    """How much do the odds of a word differ, drawn towards what the word does elsewhere?

    δ = ln((a + α) / (n_a + α₀ − a − α)) − ln((b + α) / (n_b + α₀ − b − α)), α₀ = Σα over all
    words; z = δ / √(1 / (a + α) + 1 / (b + α)).

    Args:
        a, b: (V,) counts of every word of the vocabulary.
        n_a, n_b: all words of the sides.
        prior: (V,) α of each word, as if each side held so many occurrences more; or one number
            for all (an uninformative prior).

    Returns:
        δ and z, both (V,); NaN for a word with neither count nor prior on a side.

    Source: Monroe, B., Colaresi, M. & Quinn, K. (2008), Political Analysis 16(4), equations 16,
    20 and 22.
    """
    a, b, n_a, n_b = _cells(a, b, n_a, n_b)
    alpha = np.broadcast_to(np.asarray(prior, dtype=float), a.shape)
    if (alpha < 0).any():
        raise ValueError("a prior count lies below 0")
    total = alpha.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (np.log((y + alpha) / (n + total - y - alpha)) for y, n in
                      ((a, n_a), (b, n_b)))
        delta = one - other
        z = delta / np.sqrt(1 / (a + alpha) + 1 / (b + alpha))
    return np.where(np.isfinite(delta), delta, np.nan), np.where(np.isfinite(delta), z, np.nan)


def deviation_of_proportions(counts, sizes) -> np.ndarray:
    """How unevenly do a word's occurrences lie over the parts of a text? DP, from 0 to almost 1.

    DP = ½ Σ |vᵢ − sᵢ|, with v a part's share of the occurrences, s its share of the words: 0 if
    every part has what its size entitles it to, 1 − min s if all stand in the smallest part.

    Args:
        counts: (parts, V) or (parts,) occurrences in each part.
        sizes: (parts,) words of each part.

    Returns:
        (V,) or a number; NaN for a word that does not occur.

    Source: Gries, S. (2008), International Journal of Corpus Linguistics 13(4).

    Do not compare words of very different frequency: a rare word cannot be evenly spread.

    >>> float(deviation_of_proportions([3, 3], [50, 50]))
    0.0
    >>> float(deviation_of_proportions([6, 0], [25, 75]))
    0.75
    """
    counts, sizes = np.asarray(counts, dtype=float), np.asarray(sizes, dtype=float)
    share = sizes / sizes.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        own = counts / counts.sum(axis=0)
    return 0.5 * np.abs(own - share.reshape(-1, *[1] * (counts.ndim - 1))).sum(axis=0)
