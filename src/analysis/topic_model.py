"""Topics of blocks of text: fitted, projected and matched.

Non-negative matrix factorisation of tf–idf and latent Dirichlet allocation of counts, both of
scikit-learn, every statement weighing the same. Whether a topic is to be believed is told by
`topic_stability`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment, nnls
from scipy.special import digamma
from scipy.stats import rankdata
from threadpoolctl import ThreadpoolController

from analysis import vectors
from analysis.topic_blocks import Blocks, Part, mean_share, tfidf

Kind = Literal["nmf", "lda"]

#: How a kind of model is called on a page.
NAMES = {"nmf": "NMF", "lda": "LDA"}

# A fit ends at a relative change of 1e-4: on the shipped texts its topics are then the same to
# three decimals as at 1e-6 (at 1e-3 some end half-way). All of them converge, which is tested.
TOLERANCE, MAX_STEPS = 1e-4, 5000

# From so many blocks on 1e-3 does: planted topics of 200 and of 2,000 blocks were counted and found
# again alike, in half to a third of the time.
COARSE_FROM, COARSE_TOLERANCE = 150, 1e-3

# Dirichlet priors of LDA: a block is about few topics, a topic has few words. Planted topics were
# found with cosines of .9 and more from 40 blocks on (docs/topics.md).
BLOCK_PRIOR, WORD_PRIOR = 0.1, 0.05

# Passes of LDA: planted topics were the same to a cosine of .99 after three, five and ten.
PASSES = 5

# From so many blocks on LDA is fitted online, by parts of this size; NMF by mini-batches from the
# second number on. 5,000 blocks are fitted whole by NMF within a second.
LARGE_LDA, LARGE_NMF, BATCH = 1_000, 10_000, 1_024

# Each list of anchor words weighs as much as this part of all blocks. A tenth made topics of the
# anchor words alone, which led in no block; planted topics took a twentieth up.
ANCHOR_WEIGHT = 0.05

# Decimals to which shares and probabilities are ranked: finer than any table prints them, and far
# coarser than what sums in another order make of one number (1e-16).
PLACES = 9

# Words of a label: a line of a table, and what fits beside a figure.
LABEL_WORDS, NAME_WORDS = 8, 3

# Rows worked on at a time where every occurrence of a word is set against every topic.
CHUNK = 10_000


@dataclass(frozen=True)
class Solution:
    """Topics as they come out of a fit, in no order.

    Attributes:
        kind: of model.
        weights: (topics × stems), each row summing to 1.
        converged: whether the fit ended by itself.
        anchored: (topics,) number of the anchor list that each topic took up; -1 for none.
        fitted: scikit-learn's LDA, which divides blocks among topics; None for NMF.
    """

    kind: Kind
    weights: np.ndarray
    converged: bool
    anchored: np.ndarray
    fitted: object | None = None

    def shares(self, counts: sparse.csr_array, idf: np.ndarray) -> np.ndarray:
        """(blocks × topics) share of each block that is each topic's; NaN where undefined."""
        if self.fitted is None:
            return project(tfidf(counts, idf), self.weights)
        shares = self.fitted.transform(counts)
        shares[np.diff(counts.indptr) == 0] = np.nan
        return shares


@dataclass(frozen=True)
class Model:
    """Topics, in order of their mean share of the statements.

    Attributes:
        kind: of model: NMF or LDA.
        asked: number of topics asked for; fewer are fitted where the texts hold too little.
        weights: (topics × stems) what blocks are made up of, each row summing to 1: tf–idf (NMF)
            or probabilities (LDA). Topics of two fits of a kind are compared by them.
        words: (topics × stems) probabilities of words, each row summing to 1: what labels are
            made from, and what topics of two kinds of model are compared by.
        shares: (blocks × topics) shares of each block, commentary included, each row summing to
            1; NaN where no topic has a word of the block.
        converged: whether the fit ended by itself.
        anchored: name of the anchor list that each topic took up, "" for none.
        tolerance: what `solve` was given.
    """

    kind: Kind
    asked: int
    weights: np.ndarray
    words: np.ndarray
    shares: np.ndarray
    converged: bool
    anchored: tuple[str, ...]
    tolerance: float = 0.0

    @cached_property
    def leading(self) -> np.ndarray:
        """(blocks,) the topic with the largest share; -1 where shares are undefined."""
        if not len(self.weights):
            return np.full(len(self.shares), -1)
        known = ~np.isnan(self.shares[:, 0])
        return np.where(known, np.nan_to_num(self.shares).argmax(axis=1), -1)


def solve(
    part: Part, n_topics: int, *, kind: Kind = "nmf", start: int | None = None,
    tolerance: float = 0.0,
) -> Solution:
    """Which words occur together in these blocks?

    NMF minimises Σᵢ wᵢ ‖xᵢ − Σₖ aᵢₖ hₖ‖² over a, h ≥ 0, with xᵢ the tf–idf of block i and wᵢ its
    weight. LDA is fitted by variational Bayes to counts times weights that give each statement
    equally many words; it starts from the topics of an NMF, because random starts had merged topics
    in 8 of 15 planted corpora. A list of anchor words enters either as one more block that weighs
    `ANCHOR_WEIGHT` of all others and is made up, half and half, of its words and of the blocks
    that hold them; the topic that takes up most of it is its own.

    Args:
        part: counts of blocks.
        n_topics: number of topics.
        kind: of model.
        start: seed of a random start of the NMF; without it, it starts from the singular vectors.
        tolerance: relative change at which an NMF ends; 0 for that of a corpus of this size.

    Source: Lee, D. & Seung, H. (1999), Nature 401, for the start Boutsidis, C. & Gallopoulos, E.
    (2008), Pattern Recognition 41(4); Blei, D., Ng, A. & Jordan, M. (2003), Journal of Machine
    Learning Research 3, online: Hoffman, M., Blei, D. & Bach, F. (2010), NIPS, on its start:
    Roberts, M., Stewart, B. & Tingley, D. (2016), Navigating the Local Modes of Big Data; for
    anchors as pseudo-observations Jagarlamudi, J., Daumé, H. & Udupa, R. (2012), EACL, for their
    context Rocchio, J. (1971), Relevance Feedback in Information Retrieval.
    """
    with _threads().limit(limits=1):
        # One thread for linear algebra: sums then do not depend on how many a machine has.
        if kind == "nmf":
            return _nmf(part, n_topics, start, tolerance)
        return _lda(part, n_topics, start, tolerance)


@cache
def _threads() -> ThreadpoolController:
    """Looked for once: to find the libraries takes as long as a tenth of a fit."""
    import sklearn.decomposition  # noqa: F401  (its libraries are to be found, too)

    return ThreadpoolController()


def _nmf(part: Part, n_topics: int, start: int | None, tolerance: float) -> Solution:
    # Imported here: its import takes longer than most pages take to compute.
    from sklearn.decomposition import NMF, MiniBatchNMF
    from sklearn.exceptions import ConvergenceWarning

    n = part.counts.shape[0]
    x = tfidf(part.counts, part.idf)
    listed = _with_context(tfidf(part.anchors, part.idf), x)
    each = np.full(listed.shape[0], ANCHOR_WEIGHT * n)
    weighted = sparse.csr_array(
        sparse.diags_array(np.sqrt(np.concatenate([part.weights, each])))
        @ sparse.vstack([x, listed], format="csr")
    )
    options = {
        "n_components": n_topics,
        "init": "nndsvda" if start is None else "random",
        "random_state": 0 if start is None else start,
        "tol": tolerance or (TOLERANCE if n < COARSE_FROM else COARSE_TOLERANCE),
    }
    large = n > LARGE_NMF
    model = (
        MiniBatchNMF(batch_size=BATCH, **options) if large else NMF(max_iter=MAX_STEPS, **options)
    )
    with warnings.catch_warnings():
        # Not hidden: a fit that ends early is counted, and the page says so.
        warnings.simplefilter("ignore", ConvergenceWarning)
        amounts, h = model.fit_transform(weighted), model.components_
    total = h.sum(axis=1, keepdims=True)
    return Solution(
        kind="nmf",
        weights=np.divide(h, total, out=np.zeros_like(h), where=total > 0),
        converged=large or model.n_iter_ < MAX_STEPS,
        anchored=_taken_up(amounts[n:] * total.T),
    )


def _lda(part: Part, n_topics: int, start: int | None, tolerance: float) -> Solution:
    n, total = part.counts.shape[0], float(part.counts.sum())
    each = np.ones(n)
    if part.equal:
        _, place = np.unique(part.statements, return_inverse=True)
        lengths = np.bincount(place, weights=part.counts.sum(axis=1))
        # A statement may have none of the words.
        each = total / (len(lengths) * np.where(lengths > 0, lengths, 1)[place])
    listed = _with_context(part.anchors, part.counts)
    mass = np.maximum(listed.sum(axis=1), 1e-12)
    weighted = sparse.vstack(
        [
            sparse.diags_array(each) @ part.counts,
            sparse.diags_array(ANCHOR_WEIGHT * total / mass) @ listed,
        ],
        format="csr",
    )
    from_nmf = _nmf(part, n_topics, start, tolerance).weights
    model = _seeded_lda()(
        n_components=n_topics,
        doc_topic_prior=BLOCK_PRIOR,
        topic_word_prior=WORD_PRIOR,
        learning_method="online" if n > LARGE_LDA else "batch",
        batch_size=BATCH // 4,
        max_iter=PASSES,
        random_state=0 if start is None else start,
    ).begin_with(from_nmf * total / n_topics + WORD_PRIOR)
    model.fit(weighted)
    weights = model.components_ / model.components_.sum(axis=1, keepdims=True)
    anchored = np.full(n_topics, -1)
    if part.anchors.shape[0]:
        anchored = _taken_up(model.transform(listed))
    return Solution("lda", weights, True, anchored, model)


@cache
def _seeded_lda() -> type:
    """scikit-learn's LDA, which starts from given topics instead of random ones."""
    from sklearn.decomposition import LatentDirichletAllocation

    class SeededLDA(LatentDirichletAllocation):
        def begin_with(self, components: np.ndarray) -> SeededLDA:
            self._begin = components
            return self

        def _perplexity_precomp_distr(self, *_: object, **__: object) -> float:
            """Not asked for here; it takes a quarter of the time of a fit."""
            return float("nan")

        def _init_latent_vars(self, n_features: int, dtype: type = np.float64) -> None:
            super()._init_latent_vars(n_features, dtype)
            self.components_ = self._begin.copy()
            self.exp_dirichlet_component_ = np.exp(
                digamma(self._begin) - digamma(self._begin.sum(axis=1, keepdims=True))
            )

    return SeededLDA


def _with_context(anchors: sparse.csr_array, x: sparse.csr_array) -> sparse.csr_array:
    """Each list of anchor words together with the blocks that hold its words, both of length 1."""
    context = sparse.csr_array((anchors @ x.T) @ x)
    both = vectors.unit_length(anchors) + vectors.unit_length(context)
    return vectors.unit_length(sparse.csr_array(both))


def _taken_up(amounts: np.ndarray) -> np.ndarray:
    """(topics,) which list each topic took up, one to one, most of all lists taken up in sum."""
    found = np.full(amounts.shape[1], -1)
    if amounts.size:
        rows, columns = linear_sum_assignment(amounts, maximize=True)
        found[columns] = rows
    return found


def project(x: sparse.csr_array, weights: np.ndarray) -> np.ndarray:
    """Which share of each block is each topic's, given the topics of an NMF?

    aᵢ = argmin ‖xᵢ − Σₖ aₖ hₖ‖² over a ≥ 0; shares aᵢₖ / Σₖ aᵢₖ. Solved in the space of the
    topics: with H Hᵀ = Q Λ Qᵀ it is argmin ‖Λ^½ Qᵀ a − Λ^−½ Qᵀ H xᵢ‖².

    Args:
        x: (blocks × stems) vectors.
        weights: (topics × stems) tf–idf of each topic, summing to 1.

    Returns:
        (blocks × topics), rows summing to 1; NaN where no topic has a word of the block.
    """
    amounts = np.zeros((x.shape[0], len(weights)))
    if len(weights):
        values, axes = np.linalg.eigh(weights @ weights.T)
        # Directions that no topic has up to rounding say nothing about a block.
        held = values > values.max() * 1e-12
        roots, basis = np.sqrt(values[held]), axes[:, held].T
        left = roots[:, None] * basis
        right = (x @ weights.T) @ basis.T / roots
        for position in np.flatnonzero(np.diff(x.indptr)):
            amounts[position] = nnls(left, right[position])[0]
    total = amounts.sum(axis=1, keepdims=True)
    return np.divide(amounts, total, out=np.full_like(amounts, np.nan), where=total > 0)


def word_probabilities(
    counts: sparse.csr_array, statements: np.ndarray, weights: np.ndarray, shares: np.ndarray
) -> np.ndarray:
    """How probable is each word in each topic of an NMF?

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
    lengths = np.bincount(place, weights=counts.sum(axis=1))[place]
    shares = np.nan_to_num(shares)
    received = np.zeros_like(weights)
    for begin in range(0, counts.shape[0], CHUNK):
        rows = slice(begin, begin + CHUNK)
        received += _divided(counts[rows], lengths[rows], weights, shares[rows])
    total = received.sum(axis=1, keepdims=True)
    return np.divide(received, total, out=np.zeros_like(received), where=total > 0)


def _divided(
    counts: sparse.csr_array, lengths: np.ndarray, weights: np.ndarray, shares: np.ndarray
) -> np.ndarray:
    entries = sparse.coo_array(counts)
    rows, columns = entries.coords
    whole = np.einsum("nk,kn->n", shares[rows], weights[:, columns])
    parts = np.divide(
        entries.data / lengths[rows], whole, out=np.zeros(len(rows)), where=whole > 0
    )
    divided = sparse.coo_array((parts, (rows, columns)), shape=counts.shape).tocsr()
    return weights * (divided.T @ shares).T


def fit(
    blocks: Blocks, *, n_topics: int, kind: Kind = "nmf", equal: bool = True,
    tolerance: float = 0.0,
) -> Model:
    """What are the topics of the statements' blocks, and which share of each block is each's?

    See `solve`; no seed enters. Blocks of commentary are divided among the topics afterwards.

    Args:
        blocks: blocks as counts.
        n_topics: number of topics; fewer are fitted where the texts cannot hold as many.
        kind: of model.
        equal: every statement weighs the same; else every block does.
        tolerance: as of `solve`.
    """
    n, own, v = min(n_topics, blocks.most_topics), blocks.fitted, len(blocks.words)
    if not n:
        none = np.zeros((0, v))
        return Model(kind, n_topics, none, none, np.zeros((len(blocks.table), 0)), True, ())
    part = blocks.part
    if not equal:
        part = Part(part.counts, part.idf, part.statements, part.anchors, equal=False)
    with _threads().limit(limits=1):
        solution = solve(part, n, kind=kind, tolerance=tolerance)
        shares = solution.shares(blocks.counts, blocks.idf)
        if kind == "nmf":
            words = word_probabilities(part.counts, part.statements, solution.weights, shares[own])
        else:
            words = solution.weights
    filled = solution.weights.any(axis=1)
    means = np.array([mean_share(blocks, column) for column in shares.T], dtype=float)
    order = most_first(means)
    order = order[filled[order]]
    names = ("", *blocks.anchors)
    return Model(
        kind=kind,
        asked=n_topics,
        weights=solution.weights[order],
        words=words[order],
        shares=shares[:, order],
        converged=bool(solution.converged),
        anchored=tuple(names[solution.anchored[k] + 1] for k in order),
        tolerance=tolerance,
    )


def most_first(values: np.ndarray) -> np.ndarray:
    """Places of the values along the last axis, the largest first; ties in their order.

    Values that differ by less than sums in another order, on another processor, do are ties.
    """
    return np.argsort(-np.round(values, PLACES), axis=-1, kind="stable")


def top_words(blocks: Blocks, words: np.ndarray, n: int) -> list[list[str]]:
    """The n most probable words of each topic; ties in the order of the vocabulary."""
    order = most_first(words)[:, :n]
    return [
        [str(blocks.words[v]) for v in row if words[k, v] > 0] for k, row in enumerate(order)
    ]


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
    return pairs(a, b)[1]


def pairs(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which topic of b is each topic of a paired with (-1: none), and how like are they?

    See `matched`, which gives the second alone.
    """
    first, second = (
        np.divide(topics, length, out=np.zeros_like(topics), where=length > 0)
        for topics in (a, b)
        for length in [np.linalg.norm(topics, axis=1, keepdims=True)]
    )
    cosine = np.einsum("iv,jv->ij", first, second)
    rows, columns = linear_sum_assignment(cosine, maximize=True)
    partner, found = np.full(len(a), -1), np.zeros(len(a))
    partner[rows], found[rows] = columns, cosine[rows, columns]
    return partner, found


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
        rankdata(np.round(values, PLACES), method="max", axis=1) / words.shape[1]
        for values in (exclusivity, words)
    )
    return 1 / (weight / own + (1 - weight) / frequent)


def agreement(blocks: Blocks, model: Model) -> float:
    """How far do a block's leading topic and its statement tell each other?

    Adjusted mutual information over the statements' blocks: 0 as by chance, 1 if each tells the
    other; NaN without topics.

    Source: Vinh, N., Epps, J. & Bailey, J. (2010), Journal of Machine Learning Research 11.
    """
    from sklearn.metrics import adjusted_mutual_info_score

    leading = model.leading[blocks.fitted]
    known = leading >= 0
    if not known.any():
        return float("nan")
    return float(adjusted_mutual_info_score(blocks.statements[known], leading[known]))


def labels(
    blocks: Blocks, words: np.ndarray, scores: np.ndarray, n: int = LABEL_WORDS
) -> list[str]:
    """The words with the highest scores, in the topic at all; ties by probability, then A to Z.

    Args:
        blocks: blocks as counts.
        words: (stems,) probabilities in the topic.
        scores: (stems,) what the words are ordered by.
        n: number of words.
    """
    order = sorted(
        np.flatnonzero(words > 0), key=lambda v: (-scores[v], -words[v], blocks.words[v])
    )
    return [str(blocks.words[v]) for v in order[:n]]
