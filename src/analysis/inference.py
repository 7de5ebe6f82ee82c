"""What can be said of a share or a difference from few, unequal blocks of text.

Blocks, not words or sentences, are the units that are redrawn: the target is the expected value
over redraftings of the same agenda with exchangeable blocks.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from scipy import stats

# Below either limit a resampling interval is not to be trusted (METHODS: fewer than 15 effective
# blocks on a side, or one block with more than a quarter of the words).
MIN_EFFECTIVE_BLOCKS = 15
MAX_BLOCK_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Layout:
    """How much independent text an estimate rests on."""

    blocks: int
    effective_blocks: float
    largest_block: float

    @property
    def shortfall(self) -> str:
        """Why no interval is given, in plain words; empty if one can be."""
        if self.blocks == 0:
            return "no text"
        if self.effective_blocks < MIN_EFFECTIVE_BLOCKS:
            return (
                f"its passages are worth {self.effective_blocks:.1f} equal ones, "
                f"{MIN_EFFECTIVE_BLOCKS} are needed"
            )
        if self.largest_block > MAX_BLOCK_SHARE:
            return f"one block holds {100 * self.largest_block:.0f} % of the words"
        return ""


def layout(words: np.ndarray) -> Layout:
    """How many equally long blocks would carry the information of these unequal ones?

    effective = (Σw)² / Σw², with w the words of a block.

    Args:
        words: (B,) words of each block.

    Source: Kish, L. (1965), Survey Sampling, Wiley, section 11.7.
    """
    words = np.asarray(words, dtype=float)
    words = words[words > 0]
    if not len(words):
        return Layout(blocks=0, effective_blocks=0.0, largest_block=float("nan"))
    total = words.sum()
    return Layout(
        blocks=len(words),
        effective_blocks=float(total**2 / np.square(words).sum()),
        largest_block=float(words.max() / total),
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

    share = Σ hits / Σ units over blocks. Percentile bootstrap over blocks; where no block or every
    unit has the property a bootstrap cannot move, and the bounds are Clopper and Pearson's with
    blocks, not units, as trials.

    Args:
        hits: (B,) units of each block that have the property.
        units: (B,) units of each block.
        rng: source of randomness.
        n_boot: number of resamples.
        level: coverage aimed at.

    Returns:
        The interval, and the design effect: the bootstrap's variance over that of as many
        independent units (NaN where either is zero).

    Do not use below `Layout.shortfall`'s limits: few or very unequal blocks make the interval too
    short.

    Source: Efron, B. & Tibshirani, R. (1993), An Introduction to the Bootstrap, chapters 8 and 13;
    Clopper, C. & Pearson, E. (1934), Biometrika 26(4).
    """
    hits, units = np.asarray(hits, dtype=float), np.asarray(units, dtype=float)
    keep = units > 0
    hits, units = hits[keep], units[keep]
    if not len(units):
        nan = float("nan")
        return Interval(nan, nan, nan), nan
    share = float(hits.sum() / units.sum())
    tail = (1 - level) / 2
    if share in (0.0, 1.0):
        low, high = _clopper_pearson(round(share * len(units)), len(units), tail)
        return Interval(share, low, high), float("nan")
    weights = rng.multinomial(len(units), np.full(len(units), 1 / len(units)), size=n_boot)
    drawn = (weights @ hits) / (weights @ units)
    low, high = np.quantile(drawn, [tail, 1 - tail])
    independent = share * (1 - share) / units.sum()
    return Interval(share, float(low), float(high)), float(drawn.var(ddof=1) / independent)


def _clopper_pearson(hits: int, trials: int, tail: float) -> tuple[float, float]:
    low = 0.0 if hits == 0 else float(stats.beta.ppf(tail, hits, trials - hits + 1))
    high = 1.0 if hits == trials else float(stats.beta.ppf(1 - tail, hits + 1, trials - hits))
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
