"""Could a difference of two sides come from which block stands on which side?"""

from __future__ import annotations

import math

import numpy as np

# Permutations worked on at a time: at most so many, and no more than fill 16 MB.
_CHUNK, _CELLS = 100, 2_000_000


def difference_p(
    hits: np.ndarray,
    units: np.ndarray,
    owner: np.ndarray,
    weights: np.ndarray,
    *,
    rng: np.random.Generator,
    permutations: int,
) -> np.ndarray:
    """How often do blocks dealt out at random differ as much as the two sides do?

    θ = Σ cₛ pₛ with pₛ = Σ hits / Σ units over the blocks of statement s; studentised by
    √(Σ cₛ² vₛ), vₛ = n/(n − 1) Σ (h − pₛu)² / (Σu)² over its n blocks. p = (1 + b) / (B + 1), b
    of B permutations at least as far from 0. Statements keep their numbers of blocks.

    Args:
        hits: (blocks × columns) units of each block with each property.
        units: (blocks,) units of each block.
        owner: (blocks,) statement of each block, whole numbers from 0.
        weights: (statements,) cₛ: negative for one side, positive for the other.
        rng: source of randomness.
        permutations: B.

    Returns:
        (columns,) p, two-sided; NaN where a statement has one block only.

    What it tests is that blocks are exchangeable between the sides in every respect; after
    studentising it is close to a test of equal shares alone.

    Source: Phipson, B. & Smyth, G. (2010), Statistical Applications in Genetics and Molecular
    Biology 9(1); Janssen, A. (1997), Statistics & Probability Letters 36(1), on studentising.
    """
    hits, units = np.asarray(hits, dtype=float), np.asarray(units, dtype=float)
    counts = np.bincount(owner, minlength=len(weights))
    if (counts < 2).any():
        return np.full(hits.shape[1], math.nan)
    place = np.argsort(owner, kind="stable")
    ends = np.cumsum(counts)
    starts = ends - counts

    def statistic(orders: np.ndarray) -> np.ndarray:
        theta = np.zeros((len(orders), hits.shape[1]))
        variance = np.zeros_like(theta)
        for weight, start, end in zip(weights, starts, ends, strict=True):
            own = orders[:, start:end]
            h, u = hits[own], units[own]
            total = u.sum(axis=1)[:, None]
            share = h.sum(axis=1) / total
            n = end - start
            left = h - share[:, None, :] * u[:, :, None]
            theta += weight * share
            variance += weight**2 * n / (n - 1) * np.square(left).sum(axis=1) / total**2
        with np.errstate(divide="ignore", invalid="ignore"):
            t = theta / np.sqrt(variance)
        # Without any variation a difference is beyond comparison, and none is none.
        return np.where(np.abs(theta) < 1e-12, 0.0, np.where(variance > 1e-24, t, np.inf))

    observed = np.abs(statistic(place[None]))[0]
    exceeding = np.zeros(hits.shape[1])
    size = max(1, min(_CHUNK, _CELLS // max(hits.size, 1)))
    for start in range(0, permutations, size):
        some = min(size, permutations - start)
        orders = rng.permuted(np.tile(place, (some, 1)), axis=1)
        exceeding += (np.abs(statistic(orders)) >= observed - 1e-9).sum(axis=0)
    return (1 + exceeding) / (permutations + 1)


def cohens_h(first: float, second: float) -> float:
    """How far apart are two shares? 2 arcsin √second − 2 arcsin √first; .2 is small, .8 large.

    Source: Cohen, J. (1988), Statistical Power Analysis for the Behavioral Sciences, 2nd ed.,
    Erlbaum, chapter 6.

    >>> round(cohens_h(0.25, 0.5), 3)
    0.524
    """
    return 2 * math.asin(math.sqrt(second)) - 2 * math.asin(math.sqrt(first))
