"""Is a topic found again in random parts of the texts, and better than topics of shuffled words?

A line for every number of topics and kind of model, from shuffled texts that are fitted and sought
again in the very same way. Below it nothing is claimed from a topic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats

from analysis import topic_model
from analysis.inference import generator
from analysis.topic_blocks import Blocks, Part, kept_of
from analysis.topic_model import Kind, Model

# The line: the part of the topics of shuffled words that are less stable (METHODS).
LINE = 0.95

# How sure it must be that the mean over subsamples is above the line, and that more topics are
# above it than chance would leave.
LEVEL = 0.05

ABOVE, AT, BELOW = "above the line", "at the line", "below the line"
CHANCE = "above the line, as chance leaves"


@dataclass(frozen=True)
class Effort:
    """How much is computed.

    Attributes:
        runs: subsamples in which each topic is sought again, of the texts and of shuffled texts.
        starts: fits of all blocks from other starting points.
        shuffles: shuffled texts behind the line.
        blocks: a subsample holds no more blocks than this; time and memory then no longer grow
            with the corpus (planted topics of 5,000 blocks are found in as many: docs/topics.md).
        tolerance: relative change at which fits end that seek a topic again, of the texts and of
            shuffled texts alike; 0 for that of the fit itself.
    """

    runs: int
    starts: int
    shuffles: int
    blocks: int
    tolerance: float = 0.0


# For the one number of topics that is shown: with six topics 60 stabilities of topics of noise, and
# standard errors of a mean of .01 to .04 on the shipped texts.
FULL = Effort(runs=15, starts=5, shuffles=10, blocks=1_000)

# For every number of topics that is tried: the runs of one number of topics take half a second.
SCREENING = Effort(runs=4, starts=0, shuffles=4, blocks=500)

# A fit of LDA takes ten times as long as one of NMF.
SLOW = Effort(runs=5, starts=0, shuffles=3, blocks=500)

# With more blocks runs scatter less and take longer: numbers of topics are compared with less effort
# from `LARGE_FROM` blocks on, and the one that is shown is judged with less from `VAST_FROM` on.
# Fits that seek topics again then end at 5e-3: of twenty planted topics of 5,000 blocks 18 or 19
# were above the line, as at 1e-3 in two thirds of the time; at 1e-2 some were lost, and 22 topics
# picked in two of ten corpora, at 5e-3 19 to 21 in all of twenty. Topics of shuffled words are
# called unstable as before (docs/topics.md, 700 to 5,000 blocks).
LARGE_FROM, VAST_FROM = 200, 600
VAST_FULL = Effort(runs=6, starts=2, shuffles=3, blocks=500, tolerance=5e-3)
VAST_SCREENING = Effort(runs=4, starts=0, shuffles=2, blocks=500, tolerance=5e-3)

LARGE_SCREENING = Effort(runs=4, starts=0, shuffles=2, blocks=500)
LARGE_SLOW = Effort(runs=4, starts=0, shuffles=2, blocks=250)


def is_large(blocks: Blocks) -> bool:
    """Are there so many blocks that less effort will do to compare numbers of topics?"""
    return len(blocks.fitted) > LARGE_FROM


def effort_of(n_blocks: int, kind: Kind, *, screening: bool = False) -> Effort:
    """How much to compute for a corpus of so many blocks by a model of this kind."""
    large, vast = n_blocks > LARGE_FROM, n_blocks > VAST_FROM
    if kind == "lda":
        return LARGE_SLOW if large else SLOW
    if screening:
        return VAST_SCREENING if vast else LARGE_SCREENING if large else SCREENING
    return VAST_FULL if vast else FULL


@dataclass(frozen=True)
class Stability:
    """How well each topic is found again.

    Attributes:
        parts: (runs × topics) cosines with the matched topics of subsamples from random starting
            points.
        starts: (runs × topics) the same with all blocks: starting points alone.
        noise: (shuffled corpora × topics) mean stabilities of topics of noise.
        anchored: (topics,) whether the topic took up a list of anchor words.
        noise_anchored: (shuffled corpora × topics) the same of topics of noise.
        tried: numbers of topics among which this one was picked.
        n_fits: fits made.
        n_stopped: fits that ended before they converged.
        n_blocks: blocks of a subsample.
    """

    parts: np.ndarray
    starts: np.ndarray
    noise: np.ndarray
    anchored: np.ndarray
    noise_anchored: np.ndarray
    tried: int
    n_fits: int
    n_stopped: int
    n_blocks: int

    @property
    def means(self) -> np.ndarray:
        """(topics,) the stability of each topic: its mean cosine over subsamples."""
        return self.parts.mean(axis=0)

    @property
    def reach(self) -> np.ndarray:
        """(topics,) standard error of the mean over subsamples."""
        return self.parts.std(axis=0, ddof=1) / np.sqrt(len(self.parts))

    @property
    def at_least(self) -> np.ndarray:
        """(topics,) lower bound of the mean stability, by Student's t, one side."""
        return self.means - stats.t.ppf(1 - LEVEL, len(self.parts) - 1) * self.reach

    @property
    def interval(self) -> tuple[np.ndarray, np.ndarray]:
        """(topics,) each: 95 % bounds of the mean stability over subsamples, at most 1."""
        wide = stats.t.ppf(1 - LEVEL / 2, len(self.parts) - 1) * self.reach
        return np.maximum(self.means - wide, 0), np.minimum(self.means + wide, 1)

    @property
    def lines(self) -> np.ndarray:
        """(topics,) the stability that 95 % of the topics of shuffled words stay below.

        A list of anchor words makes a topic stable even in noise: topics that took one up are held
        against those of the shuffled texts that did, the others against the others.
        """
        found = np.full(len(self.anchored), np.nan)
        for kind in (False, True):
            noise = self.noise[self.noise_anchored == kind]
            if noise.size:
                found[self.anchored == kind] = np.quantile(noise, LINE)
        return found

    @property
    def n_above(self) -> int:
        """How many topics are clearly above their line?"""
        return int((self.at_least > self.lines).sum())

    @property
    def supported(self) -> bool:
        """Are more topics above the line than topics of noise would be?

        Of K topics of noise c or more are above the line with the probability of a binomial
        distribution of K and .05; it has to be below .05, divided by the numbers of topics tried.
        """
        if not len(self.anchored):
            return False
        return self.n_above >= needed(len(self.anchored), tried=self.tried)

    @property
    def standings(self) -> list[str]:
        """(topics,) where each topic is: `ABOVE` only where the whole is supported."""
        if not len(self.anchored):
            return []
        top = ABOVE if self.supported else CHANCE
        return [
            (top if least > line else AT) if mean > line else BELOW
            for mean, least, line in zip(self.means, self.at_least, self.lines, strict=True)
        ]


def needed(n_topics: int, *, tried: int = 1) -> int:
    """How many topics must be above the line so that chance would hardly leave as many?

    The least c with P(X ≥ c) < .05 / tried, X binomial of n_topics and .05; more than there are if
    none will do.

    >>> [needed(k) for k in (2, 6, 20)], [needed(k, tried=11) for k in (2, 6, 20)]
    ([2, 2, 4], [2, 3, 5])
    """
    chance = 1 - LINE
    counts = np.arange(1, n_topics + 2)
    return int(counts[stats.binom.sf(counts - 1, n_topics, chance) < LEVEL / tried][0])


def shuffled(counts: sparse.csr_array, rng: np.random.Generator) -> sparse.csr_array:
    """The same words in random blocks: each block keeps its length, each word its frequency.

    Args:
        counts: (blocks × stems) whole numbers.
        rng: source of randomness.
    """
    entries = sparse.coo_array(counts)
    rows, columns = (np.repeat(axis, entries.data.astype(int)) for axis in entries.coords)
    mixed = sparse.coo_array(
        (np.ones(len(rows)), (rows, rng.permutation(columns))), shape=counts.shape
    )
    return mixed.tocsr()


def stability(
    blocks: Blocks,
    model: Model,
    *,
    seed: int,
    effort: Effort | None = None,
    tried: int = 1,
) -> Stability:
    """Are the topics found again, and better than topics of noise?

    The line is what 95 % of topics of shuffled words stay below, fitted and sought again in the
    same way, as often, and with as many topics; words are shuffled over all blocks of the
    statements, which keep their lengths, and idf stays as it is. By construction about one topic
    of noise in twenty is above it: see `Stability.supported`.

    Args:
        blocks: blocks as counts.
        model: what `topic_model.fit` returned.
        seed: of subsamples, starting points and shufflings.
        effort: how much to compute; by the size of the corpus if it is not given.
        tried: numbers of topics among which that of the model was picked.

    Source: Greene, D., O'Callaghan, D. & Cunningham, P. (2014), How Many Topics? Stability
    Analysis for Topic Models, ECML PKDD.
    """
    n, effort = len(model.weights), effort or effort_of(len(blocks.fitted), model.kind)
    if not n:
        none = np.zeros((0, 0))
        return Stability(none, none, none, np.zeros(0, dtype=bool), none > 0, tried, 0, 0, 0)
    part, kind = blocks.part, model.kind
    anchored = np.array([name != "" for name in model.anchored])
    own = _Search(part, model.weights, kind, seed, effort)
    parts, starts = own.again(effort.runs, "parts"), own.again(effort.starts, "starts", whole=True)
    stopped, noise = own.stopped + (not model.converged), np.zeros((effort.shuffles, n))
    noise_anchored = np.zeros(noise.shape, dtype=bool)
    for number in range(effort.shuffles):
        name = f"shuffled {number}"
        mixed = part.with_counts(shuffled(part.counts, generator(seed, kind, str(n), name)))
        topics = topic_model.solve(mixed, n, kind=kind, tolerance=model.tolerance)
        search = _Search(mixed, topics.weights, kind, seed, effort)
        noise[number] = search.again(effort.runs, name).mean(axis=0)
        noise_anchored[number] = topics.anchored >= 0
        stopped += search.stopped + (not topics.converged)
    return Stability(
        parts=parts,
        starts=starts,
        noise=noise,
        anchored=anchored,
        noise_anchored=noise_anchored,
        tried=tried,
        n_fits=1 + effort.runs + effort.starts + effort.shuffles * (1 + effort.runs),
        n_stopped=stopped,
        n_blocks=own.size,
    )


class _Search:
    """Topics sought again in parts of the blocks they were fitted to."""

    def __init__(
        self, part: Part, weights: np.ndarray, kind: Kind, seed: int, effort: Effort
    ) -> None:
        self.part, self.weights, self.kind, self.seed = part, weights, kind, seed
        self.effort = effort
        self.stopped = self.size = 0

    def again(self, runs: int, purpose: str, *, whole: bool = False) -> np.ndarray:
        """(runs × topics) likeness of each topic to its match in new fits from random starts.

        Args:
            runs: how many fits.
            purpose: names their streams of random numbers.
            whole: fit all blocks; else a subsample.
        """
        found = np.zeros((runs, len(self.weights)))
        for run, rng in enumerate(self._streams(runs, purpose)):
            part = self.part
            if not whole:
                chosen = subsample(self.part.statements, rng, most=self.effort.blocks)
                part, self.size = self.part.of(chosen), len(chosen)
            again = topic_model.solve(
                part, len(self.weights), kind=self.kind,
                start=int(rng.integers(2**31)), tolerance=self.effort.tolerance,
            )
            found[run] = topic_model.matched(self.weights, again.weights)
            self.stopped += not again.converged
        return found

    def _streams(self, runs: int, purpose: str) -> Iterator[np.random.Generator]:
        for run in range(runs):
            yield generator(self.seed, self.kind, str(len(self.weights)), purpose, str(run))


def subsample(statements: np.ndarray, rng: np.random.Generator, *, most: int) -> np.ndarray:
    """Positions of 80 % of each statement's blocks, at most so many, in order."""
    # A random order, cut off within each statement.
    mixed = rng.permutation(len(statements))
    _, place, sizes = np.unique(statements[mixed], return_inverse=True, return_counts=True)
    order = np.argsort(place, kind="stable")
    rank = np.empty(len(place), dtype=int)
    rank[order] = np.concatenate([np.arange(size) for size in sizes])
    kept = np.array([kept_of(size) for size in sizes])
    chosen = mixed[rank < kept[place]]
    if len(chosen) > most:
        chosen = rng.choice(chosen, size=most, replace=False)
    return np.sort(chosen)
