"""What can be said of a share or a difference from few, unequal blocks of text.

Blocks, not words or sentences, are the units that are redrawn: the target is the expected value
over redraftings of the same agenda with exchangeable blocks.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import scipy
from scipy.special import ndtri

# Below either limit a resampling interval is not to be trusted (METHODS: fewer than 15 effective
# blocks on a side, or one block with more than a quarter of the words).
MIN_EFFECTIVE_BLOCKS = 15
MAX_BLOCK_SHARE = 0.25

# With so many blocks the variance of redrawn shares is taken from its linear part, which costs
# nothing: at 500 blocks intervals were within 1.2 % of those of 20,000 resamples (twelve corpora).
LINEAR_FROM = 500

# Standard errors on each side of an estimate: 95 % of a normal distribution.
Z95 = float(ndtri(0.975))


@dataclass(frozen=True, slots=True)
class Layout:
    """How much independent text an estimate rests on.

    Attributes:
        blocks: how many.
        effective_blocks: how many equally long ones would say as much.
        largest_block: the largest one's share of the words.
        estimator: what is estimated, as the coverage study names it; "" if it is none of those.
    """

    blocks: int
    effective_blocks: float
    largest_block: float
    estimator: str = ""

    @property
    def shortfall(self) -> str:
        """Why no interval is given, in plain words; empty if one can be."""
        return _shortfall(self, certified(self.estimator, self))


def _shortfall(shape: Layout, standing: bool | None) -> str:
    if shape.blocks == 0:
        return "no text"
    if standing:
        return ""
    if shape.effective_blocks < MIN_EFFECTIVE_BLOCKS:
        return (
            f"its passages are worth {shape.effective_blocks:.1f} equal ones, "
            f"{MIN_EFFECTIVE_BLOCKS} are needed"
        )
    if shape.largest_block > MAX_BLOCK_SHARE:
        return f"one block holds {100 * shape.largest_block:.0f} % of the words"
    if standing is False:
        return (
            f"intervals of texts worth {shape.effective_blocks:.1f} equal passages fail the "
            "coverage study"
        )
    return ""


def pair_shortfall(estimator: str, *sides: tuple[str, Layout]) -> str:
    """Why an estimate from two texts has no interval, naming the text; empty if it has one.

    Args:
        estimator: what is estimated, as the coverage study names it.
        sides: name and layout of each of the two texts.
    """
    standing = certified(estimator, *(shape for _, shape in sides))
    named = {name: _shortfall(shape, standing) for name, shape in sides}
    return "; ".join(f"{name}: {why}" for name, why in named.items() if why)


def difference_shortfall(
    first: list[Layout], second: list[Layout], shares: tuple[float, float]
) -> str:
    """Why a difference of two shares has no interval though both have one; empty if it has.

    Args:
        first: layouts of the texts of one side; the study looked at sides of one text only.
        second: those of the other.
        shares: of the two sides.
    """
    if len(first) != 1 or len(second) != 1 or np.isnan(shares).any():
        return ""
    # Rounded, so that 1 − .8 is .2.
    level = round(max(min(share, 1 - share) for share in shares), 9)
    if certified("difference", *first, *second, share=level) is False:
        return "intervals of differences at such shares fail the coverage study"
    return ""


@cache
def _studied(estimator: str) -> dict[tuple[Layout, ...], dict[float, bool]]:
    """Layouts of the coverage study → share (0 if none) → whether its cells are certified."""
    found: dict[tuple[Layout, ...], dict[float, bool]] = {}
    with files("analysis").joinpath("coverage.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["estimator"] != estimator or row["use"] != "pages":
                continue
            sides = tuple(
                Layout(int(row[f"{side}_blocks"]), float(row[f"{side}_effective"]),
                       float(row[f"{side}_largest"]))
                for side in ("first", "second") if row[f"{side}_blocks"]
            )
            level = max(float(part) for part in (row["share"] or "0").split(" − "))
            cells = found.setdefault(sides, {})
            cells[level] = cells.get(level, True) and row["certified"] == "yes"
    return found


def certified(estimator: str, *sides: Layout, share: float | None = None) -> bool | None:
    """Do intervals from texts of such layouts hold the truth in 90 to 99 % of simulated studies?

    A layout that was studied has its own answer: yes if all its cells (shares of 5, 20 and 50 %)
    kept that band, or, given a share, those of the two shares between which it lies. Any other
    layout needs a yes of both studied ones between which its effective blocks lie, or of the
    largest if it is larger than all, and no block with over `MAX_BLOCK_SHARE` of the words; two
    sides that were not studied together need it each, by the layouts that were studied against
    themselves.

    Args:
        estimator: `cosine`, `gap`, `jaccard`, `share` or `difference`, as in `coverage.csv`.
        sides: one layout, or one for each of the two texts of a pair; for a gap between two
            pairs, that of the text with fewer effective blocks of each.
        share: between 0 and .5 (a share over .5 counts as the rest); for a difference, the
            greater one.

    Returns:
        None where the study says nothing: another estimator, or less text than it looked at.

    Do not take a yes for more than it is: the study drew texts from a model fitted to the shipped
    statements (docs/coverage.md); blocks that are much more alike or much shorter fare worse.
    """
    studied = {known: _verdict(cells, share) for known, cells in _studied(estimator).items()}
    for known, verdict in studied.items():
        if _alike(known, sides) or _alike(known[::-1], sides):
            return verdict
    grid = {known[0]: verdict for known, verdict in studied.items() if len(set(known)) == 1}
    answers = [_between(grid, shape) for shape in sides]
    return False if False in answers else None if None in answers else True


def _verdict(cells: dict[float, bool], share: float | None) -> bool:
    if share is None:
        return all(cells.values())
    below = max((level for level in cells if level <= share), default=min(cells))
    above = min((level for level in cells if level >= share), default=max(cells))
    return cells[below] and cells[above]


def _alike(known: tuple[Layout, ...], sides: tuple[Layout, ...]) -> bool:
    """Same numbers of blocks, and the same unevenness to the digits of the table."""
    return len(known) == len(sides) and all(
        a.blocks == b.blocks and abs(a.effective_blocks - b.effective_blocks) < 0.01
        for a, b in zip(known, sides, strict=True)
    )


def _between(grid: dict[Layout, bool], shape: Layout) -> bool | None:
    below = [k for k in grid if k.effective_blocks <= shape.effective_blocks]
    above = [k for k in grid if k.effective_blocks > shape.effective_blocks]
    if not below or shape.largest_block > MAX_BLOCK_SHARE:
        return None
    nearest = [max(below, key=lambda k: k.effective_blocks)]
    nearest += [min(above, key=lambda k: k.effective_blocks)] if above else []
    return all(grid[k] for k in nearest)


def layout(words: np.ndarray, *, estimator: str = "") -> Layout:
    """How many equally long blocks would carry the information of these unequal ones?

    effective = (Σw)² / Σw², with w the words of a block.

    Args:
        words: (B,) words of each block.
        estimator: what is estimated, if the coverage study looked at it (see `certified`).

    Source: Kish, L. (1965), Survey Sampling, Wiley, section 11.7.
    """
    words = np.asarray(words, dtype=float)
    words = words[words > 0]
    if not len(words):
        return Layout(0, 0.0, float("nan"), estimator)
    total = words.sum()
    return Layout(
        blocks=len(words),
        effective_blocks=float(total**2 / np.square(words).sum()),
        largest_block=float(words.max() / total),
        estimator=estimator,
    )


def generator(seed: int, *names: str) -> np.random.Generator:
    """A random generator that depends on the seed and on what it is for, never on the order."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate between its bounds; bounds are NaN where none can be defended."""

    estimate: float
    low: float
    high: float


def share_interval(
    hits: np.ndarray,
    units: np.ndarray,
    *,
    rng: np.random.Generator,
    n_boot: int = 2000,
    level: float = 0.95,
) -> tuple[Interval, float]:
    """Between which bounds does the share of units with a property lie, if blocks are redrawn?

    share = Σ hits / Σ units over blocks. Wilson's interval with as many independent units as
    would have the block bootstrap's variance, at most all, and Student's quantile with one degree
    of freedom less than there are blocks; the bootstrap's percentiles are too narrow for rare
    frames (docs/coverage.md). From `LINEAR_FROM` blocks on that variance is Σ(hits − share ·
    units)² / (Σ units)², its linear part, and nothing is drawn. Where no block or every unit has the property a bootstrap cannot
    move, and the bounds are Clopper and Pearson's with blocks, not units, as trials.

    Args:
        hits: (B,) units of each block that have the property.
        units: (B,) units of each block.
        rng: source of randomness.
        n_boot: number of resamples.
        level: coverage aimed at.

    Returns:
        The interval, and the design effect: the bootstrap's variance, times B / (B − 1), over that
        of as many independent units (NaN where either is zero).

    Do not use below `Layout.shortfall`'s limits: few or very unequal blocks make the interval too
    short.

    Source: Dean, N. & Pagano, M. (2015), Journal of Survey Statistics and Methodology 3(4), on
    clustered samples; Wilson, E. (1927), Journal of the American Statistical Association 22(158);
    Clopper, C. & Pearson, E. (1934), Biometrika 26(4).
    """
    [interval], effect = share_intervals(hits, units, rng=rng, n_boot=n_boot, levels=(level,))
    return interval, effect


def share_intervals(
    hits: np.ndarray, units: np.ndarray, *, rng: np.random.Generator, n_boot: int,
    levels: Sequence[float],
) -> tuple[list[Interval], float]:
    """As `share_interval`, for several levels from the same resamples."""
    hits, units = np.asarray(hits, dtype=float), np.asarray(units, dtype=float)
    keep = units > 0
    hits, units = hits[keep], units[keep]
    blocks, nan = len(units), float("nan")
    tails = [(1 - level) / 2 for level in levels]
    if not blocks:
        return [Interval(nan, nan, nan) for _ in levels], nan
    share = float(hits.sum() / units.sum())
    if share in (0.0, 1.0):
        exact = [clopper_pearson(round(share * blocks), blocks, tail) for tail in tails]
        return [Interval(share, low, high) for low, high in exact], nan
    if blocks == 1:
        return [Interval(share, nan, nan) for _ in levels], nan
    if blocks >= LINEAR_FROM:
        variance = float(np.square(hits - share * units).sum() / units.sum() ** 2)
    else:
        weights = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=n_boot)
        variance = float(((weights @ hits) / (weights @ units)).var(ddof=1))
    variance *= blocks / (blocks - 1)
    effect = variance * units.sum() / (share * (1 - share))
    independent = float(units.sum() / max(effect, 1.0))
    return [
        _wilson(share, independent, float(scipy.stats.t.ppf(1 - tail, blocks - 1))) for tail in tails
    ], float(effect)


def _wilson(share: float, trials: float, z: float) -> Interval:
    centre = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    reach = z / (1 + z**2 / trials) * np.sqrt(
        share * (1 - share) / trials + z**2 / (4 * trials**2)
    )
    return Interval(share, float(centre - reach), float(centre + reach))


def clopper_pearson(hits: float, trials: int, tail: float) -> tuple[float, float]:
    """Exact bounds of a share of independent trials; hits between whole numbers interpolate.

    Args:
        hits: trials with the property.
        trials: all of them, at least one.
        tail: probability left out on each side.

    Source: Clopper, C. & Pearson, E. (1934), Biometrika 26(4).

    >>> [round(bound, 4) for bound in clopper_pearson(4, 10, 0.025)]
    [0.1216, 0.7376]
    """
    low = 0.0 if hits == 0 else float(scipy.stats.beta.ppf(tail, hits, trials - hits + 1))
    high = 1.0 if hits == trials else float(scipy.stats.beta.ppf(1 - tail, hits + 1, trials - hits))
    return low, high


def combine(parts: list[Interval], weights: list[float]) -> Interval:
    """Bounds of a weighted sum of independent estimates, from the bounds of each.

    θ = Σ cᵢθᵢ, low = θ − √Σ(cᵢθᵢ − min(cᵢlᵢ, cᵢuᵢ))², high = θ + √Σ(max(cᵢlᵢ, cᵢuᵢ) − cᵢθᵢ)²
    (method of variance estimates recovery). The mean of a group's statements has weights 1/n, a
    difference of two groups weights of opposite signs.

    Args:
        parts: independent estimates.
        weights: one a part.

    Raises:
        ValueError: no parts, or as many weights as there are not parts.

    Source: Zou, G., Huang, W. & Zhang, X. (2009), Computational Statistics & Data Analysis 53(4).
    """
    if not parts or len(parts) != len(weights):
        raise ValueError(f"{len(parts)} estimates and {len(weights)} weights")
    c = np.asarray(weights, dtype=float)
    estimates = c * [part.estimate for part in parts]
    ends = np.vstack([c * [part.low for part in parts], c * [part.high for part in parts]])
    theta = float(estimates.sum())
    below = float(np.sqrt(np.square(estimates - ends.min(axis=0)).sum()))
    above = float(np.sqrt(np.square(ends.max(axis=0) - estimates).sum()))
    return Interval(theta, theta - below, theta + above)


def holm(p: list[float]) -> list[float]:
    """Which p-values remain small if that many tests are made?

    The k-th smallest of n is multiplied by n − k + 1, and none falls below the one before; NaN is
    no test and stays NaN.

    Args:
        p: unadjusted p-values.

    Source: Holm, S. (1979), Scandinavian Journal of Statistics 6(2).
    """
    values = np.asarray(p, dtype=float)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    adjusted = np.maximum.accumulate(values[order] * (len(order) - np.arange(len(order))))
    values[order] = np.minimum(adjusted, 1.0)
    return values.tolist()


def joint_reach(gaps: np.ndarray) -> float:
    """Standard errors to either side that hold all gaps to the first pair at once.

    The 95th percentile of the largest |gap − its mean| / standard error of a resample; of one gap
    1.96, the least that is taken. The pair that is truly first lies behind another by more than
    its bound in at most 5 % of redraftings, whichever the two are.

    Args:
        gaps: (resamples × other pairs) redrawn gaps.

    Source: Hsu, J. C. (1981), Simultaneous Confidence Intervals for All Distances from the
    "Best", Annals of Statistics 9(5); Westfall, P. & Young, S. (1993), Resampling-Based Multiple
    Testing, on taking the percentile from resamples.
    """
    deviation = gaps.std(axis=0, ddof=1)
    known = deviation > 0
    if known.sum() < 2:
        return Z95
    largest = np.abs((gaps - gaps.mean(axis=0))[:, known] / deviation[known]).max(axis=1)
    return max(Z95, float(np.quantile(largest, 0.95)))
