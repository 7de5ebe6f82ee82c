"""Topics of blocks of text: fitted, projected, and sought again in parts and in shuffled words.

Non-negative matrix factorisation of tf–idf, every statement weighing the same. Nothing here knows
a study: blocks, statements and words come as arrays and tables.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linear_sum_assignment, nnls
from scipy.stats import rankdata
from sklearn.decomposition import non_negative_factorization
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_mutual_info_score
from threadpoolctl import threadpool_limits

from analysis import vectors
from analysis.inference import generator

# METHODS: subsamples of 80 % of the blocks, without replacement.
KEPT = 0.8

# Subsamples in which a topic is sought again: on the shipped texts its mean stability then has a
# standard error of .01 to .04.
RUNS = 60

# The same where many topics are sought: in shuffled corpora, with other numbers of topics, from
# other starting points. A mean of fewer runs scatters more and puts the line a little higher (.86;
# .85 with 40 runs): topics are called weak rather too often than too rarely.
FEWER_RUNS = 20

# Shuffled corpora behind the line: with six topics, 90 stabilities of topics of noise. Over eight
# seeds the line of the shipped texts ran from .85 to .89.
SHUFFLES = 15

# The line: the part of the topics of shuffled words that are less stable (METHODS).
LINE = 0.95

# A topic is above the line if it is at this many standard errors below its mean stability: one in
# twenty that are exactly on the line would be (normal distribution, one side).
MARGIN = 1.645

# A fit ends at a relative change of 1e-4: on the shipped texts its topics are then the same to
# three decimals as at 1e-6 (at 1e-3 some end half-way). All of them converge, which is tested.
TOLERANCE, MAX_STEPS = 1e-4, 5000


@dataclass(frozen=True)
class Blocks:
    """What topics are fitted to: blocks of texts as counts of stems.

    Attributes:
        table: one row a block that holds a word of the vocabulary: `statement_id`, `block`,
            `fitted` (of a statement, not of a commentary), `words`, `text`, `sentences` (ids); in
            order of statement id and block, so that the order of the study's files is no matter.
        counts: (blocks × stems).
        idf: (stems,) weights from the statements' sentences.
        words: (stems,) the form in which each stem is most frequent in the statements.
        n_without: blocks that hold no word of the vocabulary.
        n_single: stems left out because a single block of the statements holds them.
    """

    table: pd.DataFrame
    counts: sparse.csr_array
    idf: np.ndarray
    words: np.ndarray
    n_without: int
    n_single: int

    @cached_property
    def fitted(self) -> np.ndarray:
        """Positions of the statements' blocks."""
        return np.flatnonzero(self.table["fitted"])

    @cached_property
    def statements(self) -> np.ndarray:
        """The statement of each of the statements' blocks."""
        return self.table["statement_id"].to_numpy(dtype=str)[self.fitted]

    @property
    def most_topics(self) -> int:
        """More topics than this cannot be told apart in a subsample; 0 if not even two can."""
        kept = sum(_kept(count) for count in np.unique(self.statements, return_counts=True)[1])
        most = min(kept, len(self.words))
        return most if most >= 2 else 0


@dataclass(frozen=True)
class Model:
    """Topics, in order of their mean share of the statements.

    Attributes:
        asked: number of topics asked for; fewer are fitted where the texts hold too little.
        weights: (topics × stems) tf–idf of each topic, each row summing to 1: what blocks are
            made up of, and what topics of two models are compared by.
        words: (topics × stems) probabilities of words, each row summing to 1: what labels are
            made from.
        shares: (blocks × topics) shares of each block, commentary included, each row summing to
            1; NaN where no topic has a word of the block.
        converged: whether the fit ended by itself.
    """

    asked: int
    weights: np.ndarray
    words: np.ndarray
    shares: np.ndarray
    converged: bool

    @cached_property
    def leading(self) -> np.ndarray:
        """(blocks,) the topic with the largest share; -1 where shares are undefined."""
        if not len(self.weights):
            return np.full(len(self.shares), -1)
        known = ~np.isnan(self.shares[:, 0])
        return np.where(known, np.nan_to_num(self.shares).argmax(axis=1), -1)


@dataclass(frozen=True)
class Stability:
    """How well each topic is found again.

    Attributes:
        parts: (runs × topics) cosines with the matched topics of subsamples from random starting
            points.
        starts: (runs × topics) the same with all blocks: starting points alone.
        noise: (shuffled corpora × topics) mean stabilities of topics of noise.
        n_fits: fits made.
        n_stopped: fits that reached `MAX_STEPS` before they converged.
    """

    parts: np.ndarray
    starts: np.ndarray
    noise: np.ndarray
    n_fits: int
    n_stopped: int

    @property
    def means(self) -> np.ndarray:
        """(topics,) the stability of each topic: its mean cosine over subsamples."""
        return self.parts.mean(axis=0)

    @property
    def at_least(self) -> np.ndarray:
        """(topics,) how stable each is at least, by the scatter of its runs."""
        return self.means - MARGIN * self.parts.std(axis=0, ddof=1) / np.sqrt(len(self.parts))

    @property
    def line(self) -> float:
        """The stability that 95 % of the topics of shuffled words stay below."""
        return float(np.quantile(self.noise, LINE)) if self.noise.size else float("nan")


def _kept(count: int) -> int:
    return max(1, round(KEPT * count))


def tfidf(counts: sparse.csr_array, idf: np.ndarray) -> sparse.csr_array:
    """Blocks as vectors of unit length: (1 + ln count) × idf."""
    return vectors.unit_length(vectors.weigh(counts, idf))


def equal_weights(statements: np.ndarray) -> np.ndarray:
    """A weight for each block: every statement weighs the same, and so does each of its blocks.

    Of all weights that make statements equal, these leave the most effective blocks.

    Args:
        statements: (blocks,) the statement of each.

    Returns:
        (blocks,) with mean 1.
    """
    _, place, sizes = np.unique(statements, return_inverse=True, return_counts=True)
    return len(statements) / (len(sizes) * sizes[place])


def _factorise(
    x: sparse.csr_array, statements: np.ndarray, n_topics: int, *, start: int | None = None
) -> tuple[np.ndarray, bool]:
    """(topics × stems) tf–idf of each topic, summing to 1, and whether the fit converged.

    Minimises Σᵢ wᵢ ‖xᵢ − Σₖ aᵢₖ hₖ‖² over a, h ≥ 0, with wᵢ the weight of block i. Starts from the
    singular vectors, or at random from the seed `start`.
    """
    roots = np.sqrt(equal_weights(statements))
    weighted = sparse.csr_array(sparse.diags_array(roots) @ x)
    with warnings.catch_warnings():
        # Not hidden: a fit that ends early is counted, and the page says so.
        warnings.simplefilter("ignore", ConvergenceWarning)
        _, h, steps = non_negative_factorization(
            weighted,
            n_components=n_topics,
            init="nndsvda" if start is None else "random",
            random_state=0 if start is None else start,
            tol=TOLERANCE,
            max_iter=MAX_STEPS,
        )
    total = h.sum(axis=1, keepdims=True)
    return np.divide(h, total, out=np.zeros_like(h), where=total > 0), steps < MAX_STEPS


def project(x: sparse.csr_array, weights: np.ndarray) -> np.ndarray:
    """Which share of each block is each topic's, given the topics?

    aᵢ = argmin ‖xᵢ − Σₖ aₖ hₖ‖² over a ≥ 0; shares aᵢₖ / Σₖ aᵢₖ.

    Args:
        x: (blocks × stems) vectors.
        weights: (topics × stems) tf–idf of each topic, summing to 1.

    Returns:
        (blocks × topics), rows summing to 1; NaN where no topic has a word of the block.
    """
    amounts = np.zeros((x.shape[0], len(weights)))
    for position in range(x.shape[0] if len(weights) else 0):
        amounts[position] = nnls(weights.T, x[[position]].toarray()[0])[0]
    total = amounts.sum(axis=1, keepdims=True)
    return np.divide(amounts, total, out=np.full_like(amounts, np.nan), where=total > 0)


def word_probabilities(
    counts: sparse.csr_array, statements: np.ndarray, weights: np.ndarray, shares: np.ndarray
) -> np.ndarray:
    """How probable is each word in each topic?

    Each occurrence of word v in block i is divided among the topics in proportion to aᵢₖ hₖᵥ, the
    block's share times the topic's weight; what a topic receives, each statement weighing the
    same, makes its probabilities. This undoes the weights of tf–idf.

    Args:
        counts: (blocks × stems).
        statements: (blocks,) the statement of each.
        weights: (topics × stems) tf–idf of each topic, summing to 1.
        shares: (blocks × topics), NaN where undefined.

    Returns:
        (topics × stems), rows summing to 1.

    Source: the E-step of Hofmann, T. (1999), Probabilistic Latent Semantic Indexing, SIGIR.
    """
    _, place = np.unique(statements, return_inverse=True)
    lengths = np.bincount(place, weights=counts.sum(axis=1))
    entries = sparse.coo_array(counts)
    rows, columns = entries.coords
    shares = np.nan_to_num(shares)
    whole = np.einsum("nk,kn->n", shares[rows], weights[:, columns])
    parts = np.divide(
        entries.data / lengths[place[rows]], whole, out=np.zeros(len(rows)), where=whole > 0
    )
    divided = sparse.coo_array((parts, (rows, columns)), shape=counts.shape).tocsr()
    received = weights * (divided.T @ shares).T
    total = received.sum(axis=1, keepdims=True)
    return np.divide(received, total, out=np.zeros_like(received), where=total > 0)


def fit(blocks: Blocks, *, n_topics: int) -> Model:
    """Which words occur together in the statements' blocks?

    Non-negative matrix factorisation of tf–idf from a fixed start (singular vectors), each
    statement weighing the same. No seed enters.

    Args:
        blocks: blocks as counts.
        n_topics: number of topics; fewer are fitted where the texts cannot hold as many.

    Source: Lee, D. & Seung, H. (1999), Nature 401; for the start Boutsidis, C. & Gallopoulos, E.
    (2008), Pattern Recognition 41(4).
    """
    n, own = min(n_topics, blocks.most_topics), blocks.fitted
    x = tfidf(blocks.counts, blocks.idf)
    weights, converged = np.zeros((0, x.shape[1])), True
    # One thread for linear algebra: sums then do not depend on how many a machine has.
    with threadpool_limits(limits=1):
        if n:
            weights, converged = _factorise(x[own], blocks.statements, n)
        weights = weights[weights.any(axis=1)]
        shares = project(x, weights)
        means = [mean_share(blocks, column) for column in shares.T]
        order = np.argsort(-np.array(means, dtype=float), kind="stable")
        weights, shares = weights[order], shares[:, order]
        words = word_probabilities(blocks.counts[own], blocks.statements, weights, shares[own])
    return Model(
        asked=n_topics, weights=weights, words=words, shares=shares, converged=bool(converged)
    )


def mean_share(blocks: Blocks, shares: np.ndarray) -> float:
    """A topic's share of the statements, each of them weighing the same."""
    return float(np.mean([share for _, share in statement_shares(blocks, shares)]))


def statement_shares(blocks: Blocks, shares: np.ndarray) -> list[tuple[str, float]]:
    """Each statement's share of a topic: the mean of its blocks', weighted by their words.

    Args:
        blocks: blocks as counts.
        shares: (blocks,) the topic's share of each, NaN where undefined.
    """
    words = blocks.table["words"].to_numpy()[blocks.fitted] * ~np.isnan(shares[blocks.fitted])
    held = words * np.nan_to_num(shares[blocks.fitted])
    found = []
    for identifier in np.unique(blocks.statements):
        own = blocks.statements == identifier
        if words[own].sum():
            found.append((str(identifier), float(held[own].sum() / words[own].sum())))
    return found


def matched(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How like is each topic to the topic of another model that is paired with it?

    Topics are paired one to one so that the sum of their cosines is largest (the Hungarian
    method).

    Args:
        a: (topics × stems) weights of words.
        b: the same, of as many topics or of another number.

    Returns:
        (topics of a,) cosines; 0 for a topic left without a partner.

    Source: Kuhn, H. (1955), Naval Research Logistics Quarterly 2(1–2); for its use Greene, D.,
    O'Callaghan, D. & Cunningham, P. (2014), ECML PKDD.
    """
    first, second = (
        np.divide(topics, length, out=np.zeros_like(topics), where=length > 0)
        for topics in (a, b)
        for length in [np.linalg.norm(topics, axis=1, keepdims=True)]
    )
    cosine = np.einsum("iv,jv->ij", first, second)
    rows, columns = linear_sum_assignment(cosine, maximize=True)
    found = np.zeros(len(a))
    found[rows] = cosine[rows, columns]
    return found


def _sought(
    x: sparse.csr_array,
    statements: np.ndarray,
    weights: np.ndarray,
    *,
    runs: int,
    part: float,
    seed: int,
    purpose: str,
) -> tuple[np.ndarray, int]:
    """(runs × topics) likeness of each topic to its match in new fits, and fits that ended early.

    A run takes this part of each statement's blocks, without replacement, and a random start.
    """
    found, stopped = np.zeros((runs, len(weights))), 0
    for run in range(runs):
        rng = generator(seed, purpose, str(len(weights)), str(run))
        chosen = _subsample(statements, part, rng)
        again, converged = _factorise(
            x[chosen], statements[chosen], len(weights), start=int(rng.integers(2**31))
        )
        found[run] = matched(weights, again)
        stopped += not converged
    return found, stopped


def _subsample(statements: np.ndarray, part: float, rng: np.random.Generator) -> np.ndarray:
    """Positions of this part of each statement's blocks, in order."""
    chosen = []
    for identifier in np.unique(statements):
        own = np.flatnonzero(statements == identifier)
        size = len(own) if part == 1 else _kept(len(own))
        chosen.append(rng.choice(own, size=size, replace=False))
    return np.sort(np.concatenate(chosen))


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


def found_again(
    blocks: Blocks, model: Model, *, seed: int, runs: int = FEWER_RUNS
) -> tuple[np.ndarray, int]:
    """Are the topics found again without a fifth of the blocks, from other starting points?

    Args:
        blocks: blocks as counts.
        model: what `fit` returned.
        seed: of subsamples and starting points.
        runs: number of subsamples.

    Returns:
        (runs × topics) cosines of each topic with its match (`matched`), and the number of fits
        that ended before they converged.

    Source: Greene, D., O'Callaghan, D. & Cunningham, P. (2014), How Many Topics? Stability
    Analysis for Topic Models, ECML PKDD.
    """
    x = tfidf(blocks.counts[blocks.fitted], blocks.idf)
    with threadpool_limits(limits=1):
        return _sought(
            x, blocks.statements, model.weights, runs=runs, part=KEPT, seed=seed, purpose="parts"
        )


def stability(blocks: Blocks, model: Model, *, seed: int) -> Stability:
    """Are the topics found again, and better than topics of noise?

    The line is what 95 % of topics of shuffled words stay below, fitted and sought again in the
    same way; words are shuffled over all blocks of the statements, which keep their lengths, and
    idf stays as it is. By construction about one topic of noise in twenty is above it.

    Args:
        blocks: blocks as counts.
        model: what `fit` returned.
        seed: of subsamples, starting points and shufflings.
    """
    n, own = len(model.weights), blocks.statements
    if not n:
        nothing = np.zeros((0, 0))
        return Stability(nothing, nothing, nothing, n_fits=0, n_stopped=0)
    parts, stopped = found_again(blocks, model, seed=seed, runs=RUNS)
    counts = blocks.counts[blocks.fitted]
    noise = np.zeros((SHUFFLES, n))
    with threadpool_limits(limits=1):
        x = tfidf(counts, blocks.idf)
        starts, more = _sought(
            x, own, model.weights, runs=FEWER_RUNS, part=1, seed=seed, purpose="starts"
        )
        stopped += more
        for number in range(SHUFFLES):
            name = f"shuffled {number}"
            x = tfidf(shuffled(counts, generator(seed, name)), blocks.idf)
            weights, converged = _factorise(x, own, n)
            again, more = _sought(
                x, own, weights, runs=FEWER_RUNS, part=KEPT, seed=seed, purpose=name
            )
            noise[number] = again.mean(axis=0)
            stopped += more + (not converged)
    return Stability(
        parts=parts,
        starts=starts,
        noise=noise,
        n_fits=1 + RUNS + FEWER_RUNS + SHUFFLES * (1 + FEWER_RUNS),
        n_stopped=stopped + (not model.converged),
    )


def frex(words: np.ndarray, *, weight: float = 0.5) -> np.ndarray:
    """Which words are both frequent in a topic and its own?

    frex = 1 / (weight / E(exclusivity) + (1 − weight) / E(frequency)), with E the empirical
    distribution function over the vocabulary, frequency a word's probability in the topic and
    exclusivity that probability over its sum across topics.

    Args:
        words: (topics × stems) probabilities of words.
        weight: of exclusivity, between 0 and 1.

    Returns:
        (topics × stems), above 0 and at most 1.

    Source: Bischof, J. & Airoldi, E. (2012), Summarizing topical content with word frequency and
    exclusivity, ICML.
    """
    total = words.sum(axis=0)
    exclusivity = np.divide(words, total, out=np.zeros_like(words), where=total > 0)
    own, frequent = (
        rankdata(values, method="max", axis=1) / words.shape[1] for values in (exclusivity, words)
    )
    return 1 / (weight / own + (1 - weight) / frequent)


def agreement(blocks: Blocks, model: Model) -> float:
    """How far do a block's leading topic and its statement tell each other?

    Adjusted mutual information over the statements' blocks: 0 as by chance, 1 if each tells the
    other; NaN without topics.

    Source: Vinh, N., Epps, J. & Bailey, J. (2010), Journal of Machine Learning Research 11.
    """
    leading = model.leading[blocks.fitted]
    known = leading >= 0
    if not known.any():
        return float("nan")
    return float(adjusted_mutual_info_score(blocks.statements[known], leading[known]))
