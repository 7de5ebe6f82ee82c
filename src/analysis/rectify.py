"""A share counted with error, corrected by a sample of units whose codes are known.

Arithmetic alone: no frames, no statements. `prevalence` applies it.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from scipy import stats

from analysis.inference import Interval

# This much of the variance of one more error among the sampled units is added: where no error was
# met, none is known to be impossible. Tuned in the simulation that judges it (docs/prevalence.md),
# among 0.2, 0.25 … 0.5, for coverages between 90 and 99 % in most cells.
LEAST_ERRORS = 0.45

# With more in one block the others say little of how much blocks differ; the simulated ones have
# less.
MAX_LARGEST = 0.5

# Fewer positives or negatives, or a sum of sensitivity and specificity whose lower bound is not
# above 1.2, leave Rogan and Gladen's quotient without meaning (METHODS §4).
MIN_CODED, MIN_YOUDEN = 10, 0.2


@dataclass(frozen=True)
class Sample:
    """The units whose codes say how often the method errs.

    Attributes:
        errors: (n,) code minus finding: 1 missed, −1 wrongly found, 0 right.
        weights: (n,) share of the estimate that each unit stands for.
        cluster: (n,) which units were drawn together, whole numbers.
        population: how many units it was drawn from.
    """

    errors: np.ndarray
    weights: np.ndarray
    cluster: np.ndarray
    population: int


def difference_estimate(known: float, sample: Sample, *, level: float = 0.95) -> Interval:
    """Which share has the property, if the method's errors in a sample are added back?

    θ = known + Σ wᵢeᵢ, with known the share by codes where units are coded without being sampled,
    and by the method everywhere else. Variance: m/(m − 1) Σ (Σᵢ wᵢ(eᵢ − ē))² over the m clusters,
    times 1 − n/M for a sample of n of M units, with Student's quantile of m − 1 degrees of freedom;
    to it, with a normal quantile, that of `LEAST_ERRORS`.

    Args:
        known: see above.
        sample: of units that took no part in making the method.
        level: coverage aimed at.

    Returns:
        The estimate; NaN bounds with fewer than two clusters. Values may lie outside 0 and 1.

    Source: Särndal, C.-E., Swensson, B. & Wretman, J. (1992), Model Assisted Survey Sampling,
    Springer, sections 6.3 and 8; Egami, N., Hinck, M., Stewart, B. & Wei, H. (2023), NeurIPS;
    Angelopoulos, A. et al. (2023), Science 382(6671).
    """
    w, e = np.asarray(sample.weights, dtype=float), np.asarray(sample.errors, dtype=float)
    estimate = known + float(w @ e)
    place = np.unique(sample.cluster, return_inverse=True)[1]
    m = int(place.max()) + 1 if len(place) else 0
    if m < 2:
        return Interval(estimate, math.nan, math.nan)
    centred = np.bincount(place, weights=w * (e - (w @ e) / w.sum()))
    average = float((w @ w) / w.sum())
    rest = max(0.0, 1 - len(w) / sample.population)
    reach = math.sqrt(rest * _squared_reach(
        m / (m - 1) * float(centred @ centred), LEAST_ERRORS * average**2, m, level
    ))
    return Interval(estimate, estimate - reach, estimate + reach)


def _squared_reach(estimated: float, least: float, clusters: int, level: float) -> float:
    """Student's quantile for the part of a variance that was estimated, normal for the other."""
    tail = (1 + level) / 2
    return float(
        stats.t.ppf(tail, clusters - 1) ** 2 * estimated + stats.norm.ppf(tail) ** 2 * least
    )


def rogan_gladen(
    share: float,
    truth: np.ndarray,
    found: np.ndarray,
    cluster: np.ndarray,
    *,
    units: int,
    level: float = 0.95,
) -> tuple[Interval, str]:
    """Which share has the property, if the method errs everywhere as in a sample?

    p = (share + specificity − 1) / (sensitivity + specificity − 1). Linearised variance over
    clusters with Student's quantile, `LEAST_ERRORS` for either rate with a normal one, times
    1 − n/N for a sample of n of N units.

    Args:
        share: of all units, by the method.
        truth, found: (n,) by the codes and by the method.
        cluster: (n,) which units were drawn together.
        units: how many the share is of.
        level: coverage aimed at.

    Returns:
        The estimate and why there is none, if so: fewer than `MIN_CODED` units coded with it or
        without it, or sensitivity + specificity − 1 not above `MIN_YOUDEN` at its lower bound.

    Not for single statements: it takes the error rates of all texts for each.

    Source: Rogan, W. & Gladen, B. (1978), American Journal of Epidemiology 107(1).
    """
    truth, found = np.asarray(truth, dtype=bool), np.asarray(found, dtype=bool)
    nothing = Interval(math.nan, math.nan, math.nan)
    if min(truth.sum(), (~truth).sum()) < MIN_CODED:
        return nothing, f"fewer than {MIN_CODED} sentences coded with it or without it"
    sensitivity, wrong = found[truth].mean(), found[~truth].mean()
    place = np.unique(cluster, return_inverse=True)[1]
    m = int(place.max()) + 1
    if m < 2:
        return nothing, "one coded block"
    hits = np.where(truth, found - sensitivity, 0.0) / truth.sum()
    false = np.where(truth, 0.0, found - wrong) / (~truth).sum()

    def reach(of_hits: float, of_false: float) -> float:
        clustered = np.bincount(place, weights=of_hits * hits + of_false * false)
        least = (of_hits / truth.sum()) ** 2 + (of_false / (~truth).sum()) ** 2
        rest = max(0.0, 1 - len(truth) / units)
        return math.sqrt(rest * _squared_reach(
            m / (m - 1) * float(clustered @ clustered), LEAST_ERRORS * least, m, level
        ))

    youden = sensitivity - wrong
    if youden - reach(1, -1) <= MIN_YOUDEN:
        return nothing, "sensitivity + specificity − 1 is not clearly above 0.2"
    estimate = (share - wrong) / youden
    around = reach(estimate / youden, (1 - estimate) / youden)
    return Interval(float(estimate), float(estimate - around), float(estimate + around)), ""


@dataclass(frozen=True, slots=True)
class Layout:
    """What an interval of a corrected share rests on.

    Attributes:
        blocks: root blocks of the texts.
        kept: those that were kept for measuring error.
        largest: the largest one's share of that evidence.
    """

    blocks: int
    kept: int
    largest: float


@cache
def _studied() -> dict[str, dict[tuple[int, int], bool]]:
    """Estimator → (blocks, kept) → whether all cells of the simulation kept the band."""
    found: dict[str, dict[tuple[int, int], bool]] = {}
    with files("analysis").joinpath("prevalence.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cells = found.setdefault(row["estimator"], {})
            key = (int(row["blocks"]), int(row["kept"]))
            cells[key] = cells.get(key, True) and row["certified"] == "yes"
    return found


def shortfall(estimator: str, shape: Layout) -> str:
    """Why a corrected share has no interval, in plain words; empty if it has.

    Layouts that were simulated have their own answer. Any other needs a yes of all simulated ones
    with the next lower and the next higher number of blocks kept, and no block with over half of
    the evidence.

    Args:
        estimator: `difference` or `rogan_gladen`, as in `prevalence.csv`.
        shape: what the interval would rest on.
    """
    studied = _studied()[estimator]
    verdict = studied.get((shape.blocks, shape.kept))
    if verdict is None:
        numbers = {kept for _, kept in studied}
        near = {max((n for n in numbers if n <= shape.kept), default=0),
                min((n for n in numbers if n >= shape.kept), default=max(numbers))}
        verdict = all(passed for (_, kept), passed in studied.items() if kept in near)
        if min(near) == 0:
            return f"only {shape.kept} coded blocks were kept for measuring error"
        if shape.largest > MAX_LARGEST:
            return f"one coded block holds {100 * shape.largest:.0f} % of the evidence of error"
    if not verdict:
        return f"intervals from {shape.kept} coded blocks fail the coverage study"
    return ""
