"""What are the statements about, and which of the topics found in them are to be believed?

Topics are fitted to the blocks of the statements; a commentary about them is projected onto the
topics and changes none. With few and short texts most topic models are noise with labels: each
topic is therefore found again in parts of the texts and set against topics of shuffled words.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import tables, topic_model, vectors
from analysis.corpus import Corpus
from analysis.inference import Interval, generator, layout, share_interval
from analysis.tables import Column
from analysis.topic_model import Blocks, Model, Stability

# A word of a single block cannot show which words go together.
MIN_BLOCKS = 2

# METHODS: a topic with more than this part of its mass in one statement is that statement's own.
SPECIFIC = 0.70

# Words of a label: a line of a table, and what fits beside a figure.
LABEL_WORDS, NAME_WORDS = 8, 3

# Passages of each topic: enough to see what it is about without reading it out of the words.
PASSAGES_SHOWN = 3

ABOVE, AT, BELOW = "above the line", "at the line", "below the line"
OWN = "statement-specific"

TOPICS = {
    "topic": Column("topic"),
    "standing": Column("standing"),
    "frex": Column("frequent and exclusive words"),
    "probable": Column("most probable words"),
    "share": Column("mean share of a statement", "percent"),
    "n_blocks": Column("blocks it leads in", "count"),
    "top_statement": Column("statement with most of it"),
    "top_share": Column("part of the topic there", "percent"),
}

STABILITY = {
    "topic": Column("topic"),
    "standing": Column("standing"),
    "stability": Column("stability", "number"),
    "at_least": Column("at least", "number"),
    "line": Column("line", "number"),
    "lowest": Column("lowest run", "number"),
    "highest": Column("highest run", "number"),
    "stability_starts": Column("over starting points alone", "number"),
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
        model: what `topic_model.fit` returned.
        found: what `topic_model.stability` returned.

    Returns:
        One row a topic, largest first; a topic's name carries `(weak)` below the line and `(one
        text)` where more than 70 % of it lie in one statement. Evidence: the sentences of the
        statements' blocks in which it has the largest share.
    """
    scores, fitted = topic_model.frex(model.words), blocks.table["fitted"].to_numpy()
    rows = []
    for k, words in enumerate(model.words):
        top, top_share = _top(blocks, model.shares[:, k])
        standing = _standing(found, k, specific=top_share > SPECIFIC)
        exclusive = _labels(blocks, words, scores[k])
        own = blocks.table[fitted & (model.leading == k)]
        rows.append(
            {
                "topic": _name(k + 1, exclusive, standing),
                "standing": standing,
                "frex": ", ".join(exclusive),
                "probable": ", ".join(_labels(blocks, words, words)),
                "share": topic_model.mean_share(blocks, model.shares[:, k]),
                "n_blocks": len(own),
                "top_statement": corpus.labels[top],
                "top_share": top_share,
                "evidence": [i for ids in own["sentences"] for i in ids],
            }
        )
    return tables.result(rows, columns=TOPICS, made_by="analysis.topics.topics_table")


def _top(blocks: Blocks, shares: np.ndarray) -> tuple[str, float]:
    """The statement with most of a topic, and its part of it, every statement weighing the same."""
    by_statement = topic_model.statement_shares(blocks, shares)
    top, most = max(by_statement, key=lambda pair: pair[1])
    total = sum(share for _, share in by_statement)
    return top, most / total if total else float("nan")


def stability_table(topics: pd.DataFrame, found: Stability) -> pd.DataFrame:
    """How well is each topic found again, and how well would topics of noise be?

    Args:
        topics: what `topics_table` returned.
        found: what `topic_model.stability` returned.

    Returns:
        One row a topic; `at_least` is the mean over subsamples less 1.645 standard errors.
    """
    rows = [
        {
            "topic": topic.topic,
            "standing": topic.standing,
            "stability": float(found.means[k]),
            "at_least": float(found.at_least[k]),
            "line": found.line,
            "lowest": float(found.parts[:, k].min()),
            "highest": float(found.parts[:, k].max()),
            "stability_starts": float(found.starts[:, k].mean()),
        }
        for k, topic in enumerate(topics.itertuples())
    ]
    return tables.result(rows, columns=STABILITY, made_by="analysis.topics.stability_table")


def _standing(found: Stability, k: int, *, specific: bool) -> str:
    place = BELOW
    if found.means[k] > found.line:
        place = ABOVE if found.at_least[k] > found.line else AT
    return f"{place}, {OWN}" if specific else place


def _name(number: int, words: list[str], standing: str) -> str:
    mark = " (weak)" if not standing.startswith(ABOVE) else " (one text)" if OWN in standing else ""
    return f"T{number} {' · '.join(words[:NAME_WORDS])}{mark}"


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
        model: what `topic_model.fit` returned.
        topics: what `topics_table` returned.
        seed: of the resamples.
        n_boot: number of resamples.
        fitted: the statements, or else the commentaries, which were only projected.

    Returns:
        One row a topic and text, texts without a word of any topic left out; evidence: the
        sentences of the blocks in which the topic leads.
    """
    table, leading = blocks.table, model.leading
    known = (table["fitted"] == fitted).to_numpy() & (leading >= 0)
    texts = set(table.loc[known, "statement_id"])
    rows = []
    for k, topic in enumerate(topics.itertuples()):
        for identifier in (i for i in corpus.labels if i in texts):
            own = known & (table["statement_id"] == identifier).to_numpy()
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


def numbers_of_topics(
    blocks: Blocks, model: Model, found: Stability, *, seed: int
) -> pd.DataFrame:
    """How would one topic fewer or more do?

    Args:
        blocks: what `block_counts` returned.
        model: what `topic_model.fit` returned.
        found: what `topic_model.stability` returned for it.
        seed: of subsamples and starting points.

    Returns:
        One row a number of topics; likeness to the topics above is the mean cosine of the chosen
        topics with their matches (`matched`). No line: it holds for the number it was made for.
    """
    chosen = len(model.weights)
    rows = []
    for n in (chosen - 1, chosen, chosen + 1):
        if not 2 <= n <= blocks.most_topics:
            continue
        other, parts, stopped = model, found.parts, found.n_stopped
        if n != chosen:
            other = topic_model.fit(blocks, n_topics=n)
            parts, stopped = topic_model.found_again(blocks, other, seed=seed)
            stopped += not other.converged
        again = topic_model.matched(model.weights, other.weights)
        means = parts.mean(axis=0)
        rows.append(
            {
                "n_topics": n,
                "stability": float(means.mean()),
                "least": float(means.min()),
                "most": float(means.max()),
                "found_again": float(again.mean()),
                "n_specific": sum(_top(blocks, column)[1] > SPECIFIC for column in other.shares.T),
                "agreement": topic_model.agreement(blocks, other),
                "n_stopped": stopped,
            }
        )
    return tables.result(rows, columns=NUMBERS, made_by="analysis.topics.numbers_of_topics")


def vocabulary_reading(corpus: Corpus, blocks: Blocks, left_out: pd.DataFrame) -> list[str]:
    """What the topics are made of, and what was left out, in words."""
    missing = [
        label
        for identifier, label in corpus.labels.items()
        if identifier not in set(blocks.table["statement_id"])
    ]
    own = blocks.table["fitted"]
    sentences = [
        f"{int(own.sum())} blocks of {len(np.unique(blocks.statements))} statements are fitted, "
        f"by {len(blocks.words)} stems. Left out were {len(left_out)} function words "
        f"({int(left_out['n'].sum()):,} occurrences) and {blocks.n_single} stems of a single block."
    ]
    if blocks.n_without:
        sentences.append(f"{blocks.n_without} blocks hold none of these stems and have no topic.")
    if missing:
        sentences.append(f"No block is left of {', '.join(missing)}: no topic is known there.")
    if not own.all():
        sentences.append(
            f"{int((~own).sum())} blocks of commentary are set against the topics afterwards; they "
            "change none of them."
        )
    return sentences


def _supported(topics: pd.DataFrame) -> pd.DataFrame:
    """Topics that can carry a comparison: above the line, and not one statement's own."""
    return topics[topics["standing"] == ABOVE]


def _listed(names: pd.Series) -> str:
    return "; ".join(names)


def trust_reading(
    topics: pd.DataFrame, stability: pd.DataFrame, blocks: Blocks, model: Model, found: Stability
) -> list[str]:
    """How much of the topic picture is to be believed, in words.

    Args:
        topics: what `topics_table` returned.
        stability: what `stability_table` returned.
        blocks: what `block_counts` returned.
        model: what `topic_model.fit` returned.
        found: what `topic_model.stability` returned.
    """
    if topics.empty:
        return [f"Insufficient evidence: {_too_little(blocks, model)}."]
    sentences = [verdict(topics), _noise(topics, stability)]
    own = topics[topics["standing"] == f"{ABOVE}, {OWN}"]
    if len(own):
        sentences.append(
            f"More than {100 * SPECIFIC:.0f} % of {_listed(own['topic'])} lie in one statement: "
            "such a topic is that text's own matter and is not compared between texts."
        )
    sentences += [
        _what_moves(stability),
        "Adjusted mutual information of a block's leading topic and its statement is "
        f"{topic_model.agreement(blocks, model):.2f} (0: as by chance; 1: each statement has "
        "topics of its own).",
    ]
    if len(topics) < model.asked:
        sentences.append(f"Fewer topics than asked for: {_too_little(blocks, model)}.")
    if found.n_stopped:
        sentences.append(
            f"{found.n_stopped} of {found.n_fits} fits had not converged after "
            f"{topic_model.MAX_STEPS:,} steps; stability may be understated."
        )
    return sentences


def _noise(topics: pd.DataFrame, stability: pd.DataFrame) -> str:
    expected = (1 - topic_model.LINE) * len(topics)
    weak = int((~topics["standing"].str.startswith(ABOVE)).sum())
    rest = (
        f" {weak} of {len(topics)} are weak: groups of words that one choice of blocks may have "
        "brought together. Nothing is concluded from them."
        if weak
        else ""
    )
    return (
        f"The line is {stability['line'].iloc[0]:.2f}; of {len(topics)} topics of noise about "
        f"{expected:.1f} would be above it.{rest}"
    )


def _what_moves(stability: pd.DataFrame) -> str:
    parts, starts = stability["stability"].mean(), stability["stability_starts"].mean()
    cause = (
        "which blocks there are moves the topics more than where the computation starts"
        if parts < starts
        else "where the computation starts moves the topics as much as which blocks there are"
    )
    return (
        f"Found again without a fifth of the blocks, topics are alike to {parts:.2f} on average; "
        f"from other starting points alone, to {starts:.2f}: {cause}."
    )


def verdict(topics: pd.DataFrame) -> str:
    """How many topics can carry a comparison, in one sentence."""
    if topics.empty:
        return "Insufficient evidence for any topic."
    supported, stable = _supported(topics), topics["standing"].str.startswith(ABOVE).sum()
    if not stable:
        return (
            f"No supported topic structure: none of {len(topics)} topics is clearly more stable "
            "than topics of shuffled words."
        )
    if supported.empty:
        return (
            f"No topic to compare: of {len(topics)} topics {stable} are more stable than topics of "
            "shuffled words, each of them one statement's own."
        )
    return (
        f"{len(supported)} of {len(topics)} topics can carry a comparison, being more stable than "
        f"topics of shuffled words and not one statement's own: {_listed(supported['topic'])}."
    )


def _too_little(blocks: Blocks, model: Model) -> str:
    return (
        f"{model.asked} topics were asked for, and {len(blocks.fitted)} blocks with "
        f"{len(blocks.words)} shared stems hold {len(model.weights)}"
    )


def shares_title(topics: pd.DataFrame) -> str:
    """The message of the figure of shares."""
    supported = _supported(topics)
    if supported.empty:
        return verdict(topics).split(":")[0].rstrip(".")
    return (
        f"{len(supported)} of {len(topics)} topics can carry a comparison: "
        f"{_listed(supported['topic'])}"
    )


def shares_reading(topics: pd.DataFrame, shares: pd.DataFrame) -> list[str]:
    """What the topics that hold up say about each text, in words."""
    supported = shares[shares["topic"].isin(_supported(topics)["topic"])]
    sentences = [
        f"{topic}: "
        + ", ".join(f"{row.statement} {_share_with_bounds(row)}" for row in own.itertuples())
        + "."
        for topic, own in supported.groupby("topic", sort=False)
    ]
    if supported.empty:
        sentences.append("No topic can carry a comparison: these shares are listed, not read.")
    withheld = shares.loc[shares["why_no_interval"] != "", "statement"].unique()
    if len(withheld):
        sentences.append(
            f"No interval is given for {', '.join(withheld)}: too little independent text "
            "(insufficient evidence)."
        )
    return sentences


def _share_with_bounds(row) -> str:
    share = tables.formatted(row.share, "percent")
    if np.isnan(row.low):
        return f"{share} (no interval)"
    return f"{share} ({100 * row.low:.0f} to {100 * row.high:.0f})"


def projected_reading(topics: pd.DataFrame, projected: pd.DataFrame) -> list[str]:
    """What was projected, and onto which topics that hold up, in words."""
    if projected.empty:
        return ["Nothing was projected: the study has no commentary, or there are no topics."]
    texts = ", ".join(projected["statement"].unique())
    return [
        f"{texts} took no part in making the topics. Its shares say which of the statements' "
        "topics its words resemble, not what it is about."
        if projected["statement"].nunique() == 1
        else f"{texts} took no part in making the topics. Their shares say which of the "
        "statements' topics their words resemble, not what they are about.",
        *shares_reading(topics, projected),
    ]


def numbers_reading(numbers: pd.DataFrame, model: Model) -> list[str]:
    """How much hangs on the number of topics, in words."""
    chosen = len(model.weights)
    others = numbers[numbers["n_topics"] != chosen]
    if others.empty:
        return ["No other number of topics can be set beside this one."]
    again = "; ".join(f"with {row.n_topics}, {row.found_again:.2f}" for row in others.itertuples())
    return [
        f"How alike the {chosen} topics are to those of one fewer or more: {again}. How many "
        "topics to look for is the reader's choice (`n_topics`); the line above holds for "
        f"{chosen} only."
    ]


def headline(topics: pd.DataFrame, shares: pd.DataFrame) -> str:
    """The page's answer in two sentences."""
    supported = _supported(topics)
    if supported.empty:
        return f"{verdict(topics)} Shares of topics are shown, and no difference is read from them."
    largest = shares[shares["topic"] == supported["topic"].iloc[0]]
    which = "It" if len(supported) == 1 else "The largest of them"
    low, high = largest.loc[largest["share"].idxmin()], largest.loc[largest["share"].idxmax()]
    caution = (
        "; without an interval on both sides that difference is insufficient evidence"
        if np.isnan([low["low"], high["low"]]).any()
        else ""
    )
    return (
        f"{verdict(topics)} {which} has its largest share in {high['statement']}, "
        f"{_share_with_bounds(high)}, and its smallest in {low['statement']}, "
        f"{_share_with_bounds(low)}{caution}."
    )
