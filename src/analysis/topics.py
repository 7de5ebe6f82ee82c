"""What are the statements about, and which of the topics found in them are to be believed?

Topics are fitted to the blocks of the statements; a commentary about them is projected onto the
topics and changes none. With few and short texts most topic models are noise with labels: each
topic is therefore found again in parts of the texts and set against topics of shuffled words.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linear_sum_assignment, nnls
from scipy.stats import rankdata
from sklearn.decomposition import non_negative_factorization
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_mutual_info_score
from threadpoolctl import threadpool_limits

from analysis import tables, vectors
from analysis.corpus import Corpus
from analysis.inference import Interval, generator, layout, share_interval
from analysis.tables import Column

# A word of a single block can tell nothing about which words go together.
MIN_BLOCKS = 2

# METHODS: subsamples of 80 % of the blocks, without replacement.
KEPT = 0.8

# Subsamples, and starting points, with which every topic is sought again. On these texts the mean
# over 10 lies within .02 of the mean over 40 for two topics in three.
RUNS = 10

# Shufflings behind the line; with six topics they give 120 stabilities of topics of noise.
SHUFFLES = 20

# The line: the part of the topics of shuffled words that are less stable (METHODS).
LINE = 0.95

# METHODS: a topic with more than this part of its mass in one statement is that statement's own.
SPECIFIC = 0.70

# Least squares stop at a relative change of 1e-4: on these texts the topics are then the same to
# three decimals as at 1e-6 (at 1e-3 some runs stop half-way). None needed 1,000 steps.
TOLERANCE, MAX_STEPS = 1e-4, 5000

# Words of a label in tables and in a topic's name.
LABEL_WORDS, NAME_WORDS = 8, 3

# Passages shown for each topic.
PASSAGES_SHOWN = 3

ABOVE, BELOW, OWN = "above the line", "below the line", "statement-specific"

TOPICS = {
    "topic": Column("topic"),
    "standing": Column("standing"),
    "frex": Column("frequent and exclusive words"),
    "probable": Column("most probable words"),
    "share": Column("mean share of a statement", "percent"),
    "n_blocks": Column("blocks it leads in", "count"),
    "stability": Column("stability", "number"),
    "lowest": Column("lowest run", "number"),
    "highest": Column("highest run", "number"),
    "stability_seeds": Column("over starting points alone", "number"),
    "line": Column("line", "number"),
    "top_statement": Column("statement with most of it"),
    "top_share": Column("part of the topic there", "percent"),
}

SHARES = {
    "topic": Column("topic"),
    "standing": Column("standing"),
    "statement": Column("statement"),
    "share": Column("share of the text", "percent"),
    "low": Column("95 % from", "percent"),
    "high": Column("to", "percent"),
    "why_no_interval": Column("why no interval"),
    "n_leading": Column("blocks it leads in", "count"),
    "n_blocks": Column("blocks", "count"),
}

PASSAGES = {
    "topic": Column("topic"),
    "statement": Column("statement"),
    "block": Column("block", "count"),
    "share": Column("share of the block", "percent"),
    "text": Column("passage"),
}

NUMBERS = {
    "n_topics": Column("number of topics", "count"),
    "stability": Column("mean stability", "number"),
    "least": Column("least stable topic", "number"),
    "most": Column("most stable topic", "number"),
    "found_again": Column("likeness to the topics above", "number"),
    "n_specific": Column("statement-specific", "count"),
    "agreement": Column("topics against statements (AMI)", "number"),
    "n_stopped": Column("fits that did not converge", "count"),
}

STOP_WORDS = {
    "word": Column("word left out"),
    "n": Column("times", "count"),
    "n_statements": Column("statements", "count"),
}


@dataclass(frozen=True)
class Blocks:
    """What topics are fitted to: the blocks of all texts as counts of stems.

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

    @property
    def fitted(self) -> np.ndarray:
        """Positions of the statements' blocks."""
        return np.flatnonzero(self.table["fitted"])

    @property
    def most_topics(self) -> int:
        """No more topics than this can be told apart in a subsample; 0 if not even two."""
        own = self.table["statement_id"].to_numpy()[self.fitted]
        kept = sum(_kept(count) for count in pd.Series(own).value_counts())
        most = min(kept, len(self.words))
        return most if most >= 2 else 0


@dataclass(frozen=True)
class Model:
    """Topics, in order of their mean share of the statements.

    Attributes:
        asked: number of topics asked for; fewer are fitted where the texts hold too little.
        words: (topics × stems) probabilities of words, each row summing to 1.
        shares: (blocks × topics) shares of each block, commentary included, each row summing to
            1; NaN where no topic has a word of the block.
        converged: whether the fit ended by itself.
    """

    asked: int
    words: np.ndarray
    shares: np.ndarray
    converged: bool

    @property
    def leading(self) -> np.ndarray:
        """(blocks,) the topic with the largest share; -1 where shares are undefined."""
        if not len(self.words):
            return np.full(len(self.shares), -1)
        return np.where(np.isnan(self.shares[:, 0]), -1, self.shares.argmax(axis=1))


@dataclass(frozen=True)
class Stability:
    """How well each topic is found again.

    Attributes:
        parts: (runs × topics) cosines with the matched topics of subsamples from other starting
            points.
        starts: (runs × topics) the same with all blocks: starting points alone.
        noise: (shufflings × topics) mean stabilities of topics of shuffled words.
        n_fits: fits made.
        n_stopped: fits that reached `MAX_STEPS` before they converged.
    """

    parts: np.ndarray
    starts: np.ndarray
    noise: np.ndarray
    n_fits: int
    n_stopped: int

    @property
    def line(self) -> float:
        """The stability that 95 % of the topics of shuffled words stay below."""
        return float(np.quantile(self.noise, LINE)) if self.noise.size else float("nan")


def block_counts(corpus: Corpus, *, fold: bool = True) -> Blocks:
    """Which stems does each block hold, function words aside?

    The vocabulary is what at least `MIN_BLOCKS` blocks of the statements share; weights are taken
    over the statements' sentences. A commentary adds nothing to either.

    Args:
        corpus: the statements in units.
        fold: count spelling variants as one word.
    """
    units, statements = corpus.units, corpus.study.statements
    stems, forms = (
        vectors.words(units, statements, fold=fold, stem=stem, drop_stop_words=True)
        for stem in (True, False)
    )
    by_unit = vectors.count(stems, rows=len(units))
    in_statement = vectors.baseline(units, statements)
    counts, keys = vectors.add_up(
        by_unit.matrix, list(zip(units["statement_id"], units["block"], strict=True))
    )
    table = _block_table(corpus, keys)
    order = table.sort_values(["statement_id", "block"]).index.to_numpy()
    table, counts = table.loc[order].reset_index(drop=True), counts[order]
    blocks_with = vectors.document_frequency(counts, baseline_rows=table["fitted"].to_numpy())
    known = np.flatnonzero(blocks_with >= MIN_BLOCKS)
    filled = np.flatnonzero(np.diff(counts[:, known].indptr))
    own = in_statement[stems["row"].to_numpy(dtype=int)]
    return Blocks(
        table=table.loc[filled].reset_index(drop=True),
        counts=counts[filled][:, known],
        idf=vectors.idf(by_unit.matrix, baseline_rows=in_statement)[known],
        words=_usual_forms(stems["token"][own], forms["token"][own], by_unit.types[known]),
        n_without=len(table) - len(filled),
        n_single=int(np.count_nonzero((blocks_with > 0) & (blocks_with < MIN_BLOCKS))),
    )


def _block_table(corpus: Corpus, keys: list[tuple[str, int]]) -> pd.DataFrame:
    genre = corpus.study.statements.set_index("statement_id")["genre"]
    blocks = corpus.blocks.set_index(["statement_id", "block"])
    ids = corpus.units.groupby(["statement_id", "block"])["sentence_id"].agg(list)
    return pd.DataFrame(
        {
            "statement_id": [identifier for identifier, _ in keys],
            "block": [number for _, number in keys],
            "fitted": [genre[identifier] == "statement" for identifier, _ in keys],
            "words": [int(blocks.at[key, "words"]) for key in keys],
            "text": [blocks.at[key, "text"] for key in keys],
            "sentences": [ids[key] for key in keys],
        }
    )


def _usual_forms(stems: pd.Series, forms: pd.Series, wanted: np.ndarray) -> np.ndarray:
    """For each stem the form in which it is most frequent; the first in the alphabet on a tie."""
    pairs = pd.DataFrame({"stem": stems, "form": forms})
    counts = pairs.value_counts().rename("n").reset_index()
    counts = counts.sort_values(["stem", "n", "form"], ascending=[True, False, True])
    return counts.drop_duplicates("stem").set_index("stem")["form"].loc[wanted].to_numpy()


def stop_words_table(corpus: Corpus, *, fold: bool = True) -> pd.DataFrame:
    """Which words of the statements were left out as function words, and how often?

    Returns:
        One row a word, most frequent first.
    """
    units, statements = corpus.units, corpus.study.statements
    found = vectors.words(units, statements, fold=fold, stem=False)
    row = found["row"].to_numpy(dtype=int)
    language = statements.set_index("statement_id")["language"]
    found = found.assign(statement_id=units["statement_id"].to_numpy()[row])
    out = [
        token in vectors.stop_words(language[identifier])
        for token, identifier in zip(found["token"], found["statement_id"], strict=True)
    ]
    left = found[np.array(out, dtype=bool) & vectors.baseline(units, statements)[row]]
    rows = [
        {
            "word": word,
            "n": len(part),
            "n_statements": part["statement_id"].nunique(),
            "evidence": list(dict.fromkeys(part["sentence_id"])),
        }
        for word, part in left.groupby("token")
    ]
    rows.sort(key=lambda row: (-row["n"], row["word"]))
    return tables.result(rows, columns=STOP_WORDS, made_by="analysis.topics.stop_words_table")


def _kept(count: int) -> int:
    return max(1, round(KEPT * count))


def _vectors(counts: sparse.csr_array, idf: np.ndarray) -> sparse.csr_array:
    return vectors.unit_length(vectors.weigh(counts, idf))


def _equal_weights(statements: np.ndarray) -> np.ndarray:
    """A weight for each block: every statement weighs the same, and so does each of its blocks.

    Of all weights that make statements equal these leave the most effective blocks.
    """
    _, place, sizes = np.unique(statements, return_inverse=True, return_counts=True)
    return len(statements) / (len(sizes) * sizes[place])


def _factorise(
    x: sparse.csr_array, statements: np.ndarray, n_topics: int, start: int | None
) -> tuple[np.ndarray, bool]:
    """Topics' probabilities of words, and whether the fit converged.

    Minimises Σᵢ wᵢ ‖xᵢ − Σₖ aᵢₖ hₖ‖² over a, h ≥ 0, with wᵢ the weight of block i.

    Args:
        x: (blocks × stems) vectors of unit length.
        statements: (blocks,) the statement of each.
        n_topics: number of topics.
        start: seed of a random starting point; None starts from the singular vectors.
    """
    weighted = x.multiply(np.sqrt(_equal_weights(statements))[:, None])
    with warnings.catch_warnings():
        # Not hidden: a fit that stops early is counted, and the page says so.
        warnings.simplefilter("ignore", ConvergenceWarning)
        _, h, steps = non_negative_factorization(
            weighted.toarray(),
            n_components=n_topics,
            init="nndsvda" if start is None else "random",
            random_state=0 if start is None else start,
            tol=TOLERANCE,
            max_iter=MAX_STEPS,
        )
    total = h.sum(axis=1, keepdims=True)
    return np.divide(h, total, out=np.zeros_like(h), where=total > 0), steps < MAX_STEPS


def project(x: sparse.csr_array, words: np.ndarray) -> np.ndarray:
    """Which share of each block is each topic's, given the topics?

    aᵢ = argmin ‖xᵢ − Σₖ aₖ hₖ‖² over a ≥ 0, shares aᵢ / Σₖ aᵢₖ.

    Args:
        x: (blocks × stems) vectors.
        words: (topics × stems) probabilities of words.

    Returns:
        (blocks × topics), rows summing to 1; NaN where no topic has a word of the block.
    """
    amounts = np.zeros((x.shape[0], len(words)))
    for position in range(x.shape[0] if len(words) else 0):
        amounts[position] = nnls(words.T, x[[position]].toarray()[0])[0]
    total = amounts.sum(axis=1, keepdims=True)
    return np.divide(amounts, total, out=np.full_like(amounts, np.nan), where=total > 0)


def fit(blocks: Blocks, *, n_topics: int) -> Model:
    """Which groups of words occur together in the statements' blocks?

    Non-negative matrix factorisation of blocks' tf–idf from a fixed start (singular vectors), each
    statement weighing the same. No seed enters: rerun, it gives the same topics.

    Args:
        blocks: what `block_counts` returned.
        n_topics: number of topics; fewer are fitted where the texts cannot hold as many.

    Source: Lee, D. & Seung, H. (1999), Nature 401; Boutsidis, C. & Gallopoulos, E. (2008), Pattern
    Recognition 41(4), for the start.
    """
    own = blocks.fitted
    statements = blocks.table["statement_id"].to_numpy()
    n = min(n_topics, blocks.most_topics)
    x = _vectors(blocks.counts, blocks.idf)
    words, converged = np.zeros((0, x.shape[1])), True
    with threadpool_limits(limits=1):
        if n:
            words, converged = _factorise(x[own], statements[own], n, None)
            words = words[words.sum(axis=1) > 0]
        shares = project(x, words)
    means = [_mean_share(blocks, shares[:, k]) for k in range(len(words))]
    order = np.argsort(-np.array(means, dtype=float), kind="stable")
    return Model(asked=n_topics, words=words[order], shares=shares[:, order], converged=converged)


def _mean_share(blocks: Blocks, shares: np.ndarray) -> float:
    return float(np.mean([share for _, share in _statement_shares(blocks, shares)]))


def _statement_shares(blocks: Blocks, shares: np.ndarray) -> list[tuple[str, float]]:
    """Each fitted statement's share of a topic: the mean of its blocks', weighted by words."""
    table = blocks.table.assign(
        hits=blocks.table["words"] * np.nan_to_num(shares),
        known=blocks.table["words"] * ~np.isnan(shares),
    )
    sums = table[table["fitted"]].groupby("statement_id")[["hits", "known"]].sum()
    return [
        (str(row.Index), float(row.hits / row.known)) for row in sums.itertuples() if row.known
    ]


def matched(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How like is each topic to the one of another model that is paired with it?

    Topics are paired one to one so that the sum of cosines of their words is largest (the
    Hungarian method); a topic left without a partner has likeness 0.

    Args:
        a: (topics × stems).
        b: (topics × stems), of another number of topics perhaps.

    Returns:
        (topics of a,) cosines.

    Source: Kuhn, H. (1955), Naval Research Logistics Quarterly 2; Greene, D., O'Callaghan, D. &
    Cunningham, P. (2014), ECML PKDD, for its use.
    """
    lengths = [np.linalg.norm(words, axis=1, keepdims=True) for words in (a, b)]
    a, b = (
        np.divide(words, length, out=np.zeros_like(words), where=length > 0)
        for words, length in zip((a, b), lengths, strict=True)
    )
    cosine = a @ b.T
    rows, columns = linear_sum_assignment(cosine, maximize=True)
    found = np.zeros(len(a))
    found[rows] = cosine[rows, columns]
    return found


def _sought(
    x: sparse.csr_array,
    statements: np.ndarray,
    words: np.ndarray,
    *,
    part: float,
    seed: int,
    purpose: str,
) -> tuple[np.ndarray, int]:
    """(runs × topics) likeness of each topic to its match in new fits, and fits that stopped."""
    found, stopped = [], 0
    for run in range(RUNS):
        rng = generator(seed, purpose, str(len(words)), str(run))
        chosen = _subsample(statements, part, rng)
        again, converged = _factorise(
            x[chosen], statements[chosen], len(words), int(rng.integers(2**31))
        )
        found.append(matched(words, again))
        stopped += not converged
    return np.array(found).reshape(RUNS, len(words)), stopped


def _subsample(statements: np.ndarray, part: float, rng: np.random.Generator) -> np.ndarray:
    """Positions of this part of each statement's blocks, drawn without replacement, in order."""
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
    times = entries.data.astype(int)
    rows, columns = (np.repeat(axis, times) for axis in entries.coords)
    mixed = sparse.coo_array(
        (np.ones(len(rows)), (rows, rng.permutation(columns))), shape=counts.shape
    )
    return mixed.tocsr()


def stability(blocks: Blocks, model: Model, *, seed: int) -> Stability:
    """Are the topics found again without a fifth of the blocks, and better than topics of noise?

    A run fits new topics, from a random starting point, to 80 % of each statement's blocks drawn
    without replacement; a topic's stability is its mean cosine with its match (`matched`). The
    line is what 95 % of topics of shuffled words stay below, fitted and sought again in the same
    way; words are shuffled over all blocks, which keep their lengths.

    Args:
        blocks: what `block_counts` returned.
        model: what `fit` returned.
        seed: of subsamples, starting points and shufflings.

    Source: Greene, D., O'Callaghan, D. & Cunningham, P. (2014), How Many Topics? Stability
    Analysis for Topic Models, ECML PKDD.
    """
    own, n = blocks.fitted, len(model.words)
    if not n:
        nothing = np.zeros((RUNS, 0))
        return Stability(nothing, nothing, np.zeros((SHUFFLES, 0)), n_fits=0, n_stopped=0)
    statements = blocks.table["statement_id"].to_numpy()[own]
    counts = blocks.counts[own]
    x = _vectors(counts, blocks.idf)
    with threadpool_limits(limits=1):
        parts, stopped = _sought(x, statements, model.words, part=KEPT, seed=seed, purpose="parts")
        starts, more = _sought(x, statements, model.words, part=1, seed=seed, purpose="starts")
        stopped += more
        noise = []
        for number in range(SHUFFLES):
            rng = generator(seed, "shuffled", str(number))
            mixed = _vectors(shuffled(counts, rng), blocks.idf)
            words, converged = _factorise(mixed, statements, n, None)
            again, more = _sought(
                mixed, statements, words, part=KEPT, seed=seed, purpose=f"shuffled {number}"
            )
            noise.append(again.mean(axis=0))
            stopped += more + (not converged)
    return Stability(
        parts=parts,
        starts=starts,
        noise=np.array(noise),
        n_fits=1 + 2 * RUNS + SHUFFLES * (1 + RUNS),
        n_stopped=stopped + (not model.converged),
    )


def frex(words: np.ndarray, *, weight: float = 0.5) -> np.ndarray:
    """Which words are both frequent in a topic and its own?

    frex = 1 / (weight / ECDF(exclusivity) + (1 − weight) / ECDF(frequency)), both distribution
    functions over the topic's words; frequency is the word's probability in the topic,
    exclusivity that probability over its sum across topics.

    Args:
        words: (topics × stems) probabilities of words.
        weight: of exclusivity, between 0 and 1.

    Returns:
        (topics × stems), above 0, at most 1.

    Source: Bischof, J. & Airoldi, E. (2012), Summarizing topical content with word frequency and
    exclusivity, ICML; equal probabilities share their highest rank, as an ECDF has it.
    """
    total = words.sum(axis=0)
    exclusivity = np.divide(words, total, out=np.zeros_like(words), where=total > 0)
    ranks = [
        rankdata(values, method="max", axis=1) / words.shape[1] for values in (exclusivity, words)
    ]
    return 1 / (weight / ranks[0] + (1 - weight) / ranks[1])


def _labels(blocks: Blocks, words: np.ndarray, scores: np.ndarray) -> list[str]:
    """The words with the highest scores, in the topic at all; ties by probability, then A to Z."""
    order = sorted(
        np.flatnonzero(words > 0), key=lambda v: (-scores[v], -words[v], blocks.words[v])
    )
    return [str(blocks.words[v]) for v in order[:LABEL_WORDS]]


def topics_table(
    corpus: Corpus, blocks: Blocks, model: Model, found: Stability
) -> pd.DataFrame:
    """What is each topic about, and is it to be believed?

    Args:
        corpus: the statements in units.
        blocks: what `block_counts` returned.
        model: what `fit` returned.
        found: what `stability` returned.

    Returns:
        One row a topic, largest first; a topic's name carries `(weak)` below the line and `(one
        text)` where more than 70 % of it lie in one statement. Evidence: the sentences of the
        statements' blocks in which it has the largest share.
    """
    scores, leading, fitted = frex(model.words), model.leading, blocks.table["fitted"].to_numpy()
    rows = []
    for k, words in enumerate(model.words):
        shares = _statement_shares(blocks, model.shares[:, k])
        top, top_share = _concentration(shares)
        stable = float(found.parts[:, k].mean())
        standing = _standing(stable > found.line, top_share > SPECIFIC)
        exclusive = _labels(blocks, words, scores[k])
        own = blocks.table[fitted & (leading == k)]
        rows.append(
            {
                "topic": _name(k + 1, exclusive, standing),
                "standing": standing,
                "frex": ", ".join(exclusive),
                "probable": ", ".join(_labels(blocks, words, words)),
                "share": float(np.mean([share for _, share in shares])),
                "n_blocks": len(own),
                "stability": stable,
                "lowest": float(found.parts[:, k].min()),
                "highest": float(found.parts[:, k].max()),
                "stability_seeds": float(found.starts[:, k].mean()),
                "line": found.line,
                "top_statement": corpus.labels[top],
                "top_share": top_share,
                "evidence": [i for ids in own["sentences"] for i in ids],
            }
        )
    return tables.result(rows, columns=TOPICS, made_by="analysis.topics.topics_table")


def _concentration(shares: list[tuple[str, float]]) -> tuple[str, float]:
    """The statement with most of a topic, and its part of it, every statement weighing the same."""
    top, most = max(shares, key=lambda pair: pair[1])
    total = sum(share for _, share in shares)
    return top, most / total if total else float("nan")


def _standing(stable: bool, specific: bool) -> str:
    return (ABOVE if stable else BELOW) + (f", {OWN}" if specific else "")


def _name(number: int, words: list[str], standing: str) -> str:
    mark = " (weak)" if standing.startswith(BELOW) else " (one text)" if OWN in standing else ""
    return f"{number} {', '.join(words[:NAME_WORDS])}{mark}"


def topic_shares(
    corpus: Corpus,
    blocks: Blocks,
    model: Model,
    topics: pd.DataFrame,
    *,
    seed: int,
    n_boot: int,
    fitted: bool = True,
) -> pd.DataFrame:
    """Which share of each text is each topic's, given these topics?

    share = Σ words × share of the block / Σ words, over blocks with a word of any topic. Intervals
    redraw blocks and hold the topics fixed: that the topics themselves would come out differently
    is told by their stability alone. None is given below the limits of `inference.Layout`.

    Args:
        corpus: the statements in units.
        blocks: what `block_counts` returned.
        model: what `fit` returned.
        topics: what `topics_table` returned.
        seed: of the resamples.
        n_boot: number of resamples.
        fitted: the statements, or else the commentaries, which were only projected.

    Returns:
        One row a topic and text; evidence: the sentences of the blocks in which it leads.
    """
    table, leading = blocks.table, model.leading
    own_texts = set(table.loc[table["fitted"] == fitted, "statement_id"])
    rows = []
    for k, topic in enumerate(topics.itertuples()):
        for identifier in (i for i in corpus.labels if i in own_texts):
            own = (table["statement_id"] == identifier).to_numpy() & (leading >= 0)
            words = table["words"].to_numpy()[own]
            shape = layout(words)
            interval, _ = share_interval(
                words * model.shares[own, k],
                words,
                rng=generator(seed, "topic shares", str(k), identifier),
                n_boot=n_boot,
            )
            if shape.shortfall:
                interval = Interval(interval.estimate, float("nan"), float("nan"))
            led = table[own & (leading == k)]
            rows.append(
                {
                    "topic": topic.topic,
                    "standing": topic.standing,
                    "statement": corpus.labels[identifier],
                    "share": interval.estimate,
                    "low": interval.low,
                    "high": interval.high,
                    "why_no_interval": shape.shortfall,
                    "n_leading": len(led),
                    "n_blocks": int(own.sum()),
                    "evidence": [i for ids in led["sentences"] for i in ids],
                }
            )
    return tables.result(rows, columns=SHARES, made_by="analysis.topics.topic_shares")


def passages(
    corpus: Corpus, blocks: Blocks, model: Model, topics: pd.DataFrame
) -> pd.DataFrame:
    """Which passages of the statements are most of all each topic's?

    Returns:
        For each topic the blocks with the largest share of it, longer ones first on a tie;
        evidence: their sentences.
    """
    table = blocks.table
    rows = []
    for k, topic in enumerate(topics["topic"]):
        led = table[table["fitted"] & (model.leading == k)]
        led = led.assign(share=model.shares[led.index, k])
        best = led.sort_values(["share", "words"], ascending=False, kind="stable")
        for block in best.head(PASSAGES_SHOWN).itertuples():
            rows.append(
                {
                    "topic": topic,
                    "statement": corpus.labels[block.statement_id],
                    "block": int(block.block),
                    "share": float(block.share),
                    "text": block.text,
                    "evidence": block.sentences,
                }
            )
    return tables.result(rows, columns=PASSAGES, made_by="analysis.topics.passages")


def agreement(blocks: Blocks, model: Model) -> float:
    """How far does a block's leading topic tell which statement it is from?

    Adjusted mutual information of leading topic and statement over the statements' blocks: 0 as
    by chance, 1 if each tells the other; NaN without topics.

    Source: Vinh, N., Epps, J. & Bailey, J. (2010), Journal of Machine Learning Research 11.
    """
    own = blocks.table["fitted"].to_numpy() & (model.leading >= 0)
    if not own.any():
        return float("nan")
    return float(
        adjusted_mutual_info_score(
            blocks.table["statement_id"].to_numpy(dtype=str)[own], model.leading[own]
        )
    )


def numbers_of_topics(
    blocks: Blocks, model: Model, found: Stability, *, seed: int
) -> pd.DataFrame:
    """How would one topic fewer or more do?

    Args:
        blocks: what `block_counts` returned.
        model: what `fit` returned.
        found: what `stability` returned for it.
        seed: of subsamples and starting points.

    Returns:
        One row a number of topics; likeness to the topics above is the mean cosine of the chosen
        topics with their matches (`matched`). No line: it holds for the number it was made for.
    """
    own, chosen = blocks.fitted, len(model.words)
    statements = blocks.table["statement_id"].to_numpy()[own]
    x = _vectors(blocks.counts[own], blocks.idf)
    rows = []
    for n in (chosen - 1, chosen, chosen + 1):
        if not 2 <= n <= blocks.most_topics:
            continue
        other, parts, stopped = model, found.parts, found.n_stopped
        with threadpool_limits(limits=1):
            if n != chosen:
                other = fit(blocks, n_topics=n)
                parts, stopped = _sought(
                    x, statements, other.words, part=KEPT, seed=seed, purpose="parts"
                )
                stopped += not other.converged
            again = matched(model.words, other.words)
        means = parts.mean(axis=0)
        shares = [_statement_shares(blocks, other.shares[:, k]) for k in range(len(other.words))]
        rows.append(
            {
                "n_topics": n,
                "stability": float(means.mean()),
                "least": float(means.min()),
                "most": float(means.max()),
                "found_again": float(again.mean()),
                "n_specific": sum(_concentration(pairs)[1] > SPECIFIC for pairs in shares),
                "agreement": agreement(blocks, other),
                "n_stopped": stopped,
            }
        )
    return tables.result(rows, columns=NUMBERS, made_by="analysis.topics.numbers_of_topics")
