"""How far do two readings of the same units agree, and how surely?"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from analysis.inference import Interval, share_interval

Level = Literal["nominal", "ordinal", "interval"]

# Fewer resamples in which alpha is defined leave no bounds worth printing.
MIN_DEFINED = 0.9


def f1(both: float, found: float, coded: float) -> float:
    """2 · both / (found + coded): the harmonic mean of precision and recall; NaN if both are 0.

    Source: van Rijsbergen, C. J. (1979), Information Retrieval, 2nd ed., Butterworths.

    >>> f1(3, 4, 5)
    0.6666666666666666
    """
    return 2 * both / (found + coded) if found + coded else math.nan


def f1_interval(
    truth: np.ndarray,
    found: np.ndarray,
    cluster: np.ndarray,
    *,
    rng: np.random.Generator,
    n_boot: int,
) -> Interval:
    """Between which bounds does F1 lie, if the clusters of sentences are redrawn?

    F1 = 2J / (1 + J), with J = both / (coded or found) a share of sentences; J has the interval of
    `inference.share_interval`, which does not shrink to a point where all agree.

    Args:
        truth: (n,) whether each sentence was coded with the frame.
        found: (n,) whether the method found it there.
        cluster: (n,) which sentences stand or fall together, whole numbers from 0.
        rng: source of randomness.
        n_boot: number of resamples.

    Source: Jaccard, P. (1912), New Phytologist 11(2); F1 as a function of J: Dice, L. R. (1945),
    Ecology 26(3). The interval is ours; its coverage is in docs/prevalence.md.
    """
    truth, found = np.asarray(truth, dtype=bool), np.asarray(found, dtype=bool)
    if not (truth | found).any():
        return Interval(math.nan, math.nan, math.nan)
    size = int(cluster.max()) + 1
    union = np.bincount(cluster, weights=truth | found, minlength=size)
    both = np.bincount(cluster, weights=truth & found, minlength=size)
    share, _ = share_interval(both, union, rng=rng, n_boot=n_boot)
    return Interval(*(2 * j / (1 + j) for j in (share.estimate, share.low, share.high)))


def alpha(codes: np.ndarray, *, level: Level = "nominal") -> float:
    """How far do coders agree, beyond chance?

    α = 1 − Dₒ / Dₑ = 1 − (n − 1) Σ oₐᵦ δₐᵦ² / Σ nₐ nᵦ δₐᵦ², over coincidences oₐᵦ: each pair of
    codes of a unit counts 1 / (coders of the unit − 1); nₐ = Σᵦ oₐᵦ, n = Σ nₐ. δ² is 1 between
    different codes (nominal), (a − b)² (interval), or (Σ nᵧ over codes from a to b −
    (nₐ + nᵦ) / 2)² (ordinal).

    Args:
        codes: (coders × units) of anything that can be compared, numbers for `ordinal` and
            `interval`; None, "" or NaN is missing. Units with fewer than two codes do not count.
        level: what the codes are.

    Returns:
        1 in full agreement, 0 by chance; NaN where all codes are one or none can be paired.

    Passes of one model are no independent coders: their α is the model's consistency with itself.

    Source: Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability, University of
    Pennsylvania, sections C and D.

    >>> alpha(np.array([["a", "a", "b"], ["a", "b", "b"]]))
    0.4444444444444444
    """
    pairs, values = coincidences(codes)
    return float(_alphas(pairs.sum(axis=0)[None], values, level)[0])


def alpha_interval(
    codes: np.ndarray,
    cluster: np.ndarray,
    *,
    level: Level,
    rng: np.random.Generator,
    n_boot: int,
) -> Interval:
    """Between which bounds does α lie, if the clusters of units are redrawn?

    Percentiles of α over redrawn clusters; NaN with fewer than two clusters, where α is undefined
    in more than a tenth of the resamples, or where it is the same in all of them, as where no
    disagreement was met: redrawing cannot meet one, which is no certainty.

    Args:
        codes: as for `alpha`.
        cluster: (units,) which units stand or fall together, whole numbers from 0.
        level: as for `alpha`.
        rng: source of randomness.
        n_boot: number of resamples.

    Source: Hayes, A. F. & Krippendorff, K. (2007), Communication Methods and Measures 1(1), who
    redraw pairs; clusters are redrawn here because neighbouring sentences are alike.
    """
    pairs, values = coincidences(codes)
    estimate = float(_alphas(pairs.sum(axis=0)[None], values, level)[0])
    used = np.unique(cluster[pairs.sum(axis=(1, 2)) > 0], return_inverse=True)
    n = len(used[0])
    if n < 2 or math.isnan(estimate) or estimate == 1:
        return Interval(estimate, math.nan, math.nan)
    grouped = np.zeros((n, *pairs.shape[1:]))
    np.add.at(grouped, used[1], pairs[pairs.sum(axis=(1, 2)) > 0])
    weights = rng.multinomial(n, np.full(n, 1 / n), size=n_boot)
    drawn = _alphas(np.tensordot(weights, grouped, axes=1), values, level)
    known = drawn[~np.isnan(drawn)]
    if len(known) < MIN_DEFINED * n_boot:
        return Interval(estimate, math.nan, math.nan)
    low, high = np.quantile(known, [0.025, 0.975])
    if high - low < 1e-12:
        return Interval(estimate, math.nan, math.nan)
    return Interval(estimate, float(low), float(high))


def coincidences(codes: np.ndarray) -> tuple[np.ndarray, list]:
    """How often is each code paired with each other one, unit by unit?

    Returns:
        (units × values × values), and the values in order.
    """
    units = [
        [code for code in unit if code not in ("", None) and code == code]
        for unit in np.asarray(codes, dtype=object).T
    ]
    values = sorted({code for unit in units for code in unit})
    place = {code: i for i, code in enumerate(values)}
    pairs = np.zeros((len(units), len(values), len(values)))
    for number, unit in enumerate(units):
        if len(unit) < 2:
            continue
        counts = np.bincount([place[code] for code in unit], minlength=len(values))
        pairs[number] = (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    return pairs, values


def _alphas(pairs: np.ndarray, values: list, level: Level) -> np.ndarray:
    """α of each of (draws × values × values) sums of coincidences."""
    totals = pairs.sum(axis=2)
    n = totals.sum(axis=1)
    if level == "nominal":
        distance = np.broadcast_to(1.0 - np.eye(len(values)), pairs.shape)
    elif level == "interval":
        codes = np.asarray(values, dtype=float)
        distance = np.broadcast_to(np.subtract.outer(codes, codes) ** 2, pairs.shape)
    else:
        # Codes counted up to the middle of each value: their difference is the sum between them.
        middle = totals.cumsum(axis=1) - totals / 2
        distance = (middle[:, :, None] - middle[:, None, :]) ** 2
    observed = (pairs * distance).sum(axis=(1, 2))
    expected = (totals[:, :, None] * totals[:, None, :] * distance).sum(axis=(1, 2))
    known = expected > 0
    return np.where(
        known, 1 - (n - 1) * observed / np.where(known, expected, 1.0), np.nan
    )
