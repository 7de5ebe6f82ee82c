"""What are the statements about, and which of the topics found in them are to be believed?

Topics are fitted to the blocks of the statements; a commentary about them is projected onto the
topics and changes none. With few and short texts most topic models are noise with labels: each
topic is therefore found again in parts of the texts and set against topics of shuffled words.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from analysis import coherence, tables, topic_blocks, topic_choice, topic_model, tokens, vectors
from analysis.corpus import Corpus
from analysis.errors import some
from analysis.plural import counted
from analysis.tables import Column
from analysis.topic_blocks import Blocks
from analysis.topic_model import NAME_WORDS, Model, labels
from analysis.topic_stability import ABOVE, Stability

Unit = Literal["auto", "block", "window", "statement"]

# A word of a single block cannot show which words go together. In a large corpus one in a thousand
# blocks must hold it: rarer words name no topic, and there are ever more of them (as `min_df` of
# scikit-learn and `lower.thresh` of stm, which leave the number to their users).
MIN_BLOCKS, ONE_IN = 2, 1_000

# Sentences of a window: about a paragraph of the shipped statements.
WINDOW = 3

# With so many statements each is one unit (METHODS: whole statements in large corpora): beyond it
# its blocks say little that other statements do not.
WHOLE_STATEMENTS = 1_000

# With fewer blocks than this, and twice as many sentences, windows of sentences are the units:
# a text without paragraphs would else be one block.
FEW_BLOCKS = 40

# METHODS: a topic with more than this part of its mass in one statement is that statement's own.
SPECIFIC = 0.70

# Passages of each topic: enough to see what it is about without reading it out of the words.
PASSAGES_SHOWN = 3

# Characters of a passage that are shown; a whole statement can be one.
PASSAGE_LENGTH = 900

# Words of each topic in the table of words: with these, probabilities sum to .9 and more in
# planted topics.
WORDS_LISTED = 100

OWN = "statement-specific"
UNSTABLE = "unstable"
NOWHERE = "leads in no block"

TOPICS = {
    "topic": Column("topic"),
    "badges": Column("badges", aside=True),
    "frex": Column("frequent and exclusive words"),
    "probable": Column("most probable words"),
    "share": Column("mean share of a statement", "percent"),
    "n_blocks": Column("blocks it leads in", "count"),
    "top_statement": Column("statement with most of it"),
    "top_share": Column("part of the topic there", "percent"),
    "standing": Column("stability and its line"),
}

STABILITY = {
    "topic": Column("topic"),
    "badges": Column("badges"),
    "stability": Column("stability", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
    "at_least": Column("at least", "number"),
    "line": Column("line", "number"),
    "stability_starts": Column("over starting points alone", "number"),
    "npmi": Column("coherence NPMI", "number"),
    "c_v": Column("coherence C_V", "number"),
    "exclusivity": Column("exclusivity", "number"),
}

PASSAGES = {
    "topic": Column("topic"),
    "statement": Column("statement"),
    "block": Column("block", "count"),
    "share": Column("share of the passage", "percent"),
    "text": Column("passage", "marked"),
}

WORDS = {
    "topic": Column("topic"),
    "word": Column("word"),
    "probability": Column("probability", "number"),
    "frex": Column("frequent and exclusive", "number"),
    "weight": Column("weight in the model", "number"),
}

STOP_WORDS = {
    "word": Column("word left out"),
    "n": Column("times", "count"),
    "n_statements": Column("statements", "count"),
}


def block_counts(
    corpus: Corpus, *, fold: bool = True, unit: Unit = "auto", anchors: bool = True
) -> Blocks:
    """Which stems does each block hold, function words aside?

    The vocabulary is what at least `MIN_BLOCKS` blocks of the statements share, and one in `ONE_IN`
    of them; weights are taken
    over the statements' sentences. A commentary adds nothing to either.

    Args:
        corpus: the statements in units.
        fold: count spelling variants as one word.
        unit: what counts as a block: a paragraph or list item, `WINDOW` sentences in a row, or a
            whole statement. `auto`: statements from `WHOLE_STATEMENTS` on, windows if there are
            fewer than `FEW_BLOCKS` blocks and twice as many sentences, blocks else.
        anchors: take up the study's lists of anchor words.
    """
    units, statements = corpus.units, corpus.study.statements
    in_statement = vectors.baseline(units, statements)
    unit = _unit(units[in_statement]) if unit == "auto" else unit
    stems, forms = (
        vectors.words(units, statements, fold=fold, stem=stem, drop_stop_words=True)
        for stem in (True, False)
    )
    by_unit = vectors.count(stems, rows=len(units))
    keys = _keys(units, unit)
    counts, order = vectors.add_up(by_unit.matrix, keys)
    table = _block_table(corpus, keys, order, whole=unit == "block")
    rank = table.sort_values(["statement_id", "place"]).index.to_numpy()
    table, counts = table.loc[rank].reset_index(drop=True), counts[rank]
    blocks_with = vectors.document_frequency(counts, baseline_rows=table["fitted"].to_numpy())
    least = max(MIN_BLOCKS, int(table["fitted"].sum()) // ONE_IN)
    known = np.flatnonzero(blocks_with >= least)
    filled = np.flatnonzero(np.diff(counts[:, known].indptr))
    own = in_statement[stems["row"].to_numpy(dtype=int)]
    place = {order[old]: new for new, old in enumerate(rank[filled])}
    types = by_unit.types[known]
    lists, listed = _anchors(corpus, types) if anchors else ({}, {})
    return Blocks(
        table=table.loc[filled].reset_index(drop=True),
        counts=counts[filled][:, known],
        idf=vectors.idf(by_unit.matrix, baseline_rows=in_statement)[known],
        words=_usual_forms(stems["token"][own], forms["token"][own], types),
        n_without=len(table) - len(filled),
        n_rare=int(np.count_nonzero((blocks_with > 0) & (blocks_with < least))),
        least=least,
        unit=unit,
        order=_in_order(stems, [place.get(key, -1) for key in keys], types, len(filled)),
        anchors=lists,
        anchor_words=listed,
    )


def _unit(sentences: pd.DataFrame) -> str:
    blocks = len(sentences[["statement_id", "block"]].drop_duplicates())
    if sentences["statement_id"].nunique() >= WHOLE_STATEMENTS:
        return "statement"
    return "window" if blocks < FEW_BLOCKS and len(sentences) >= 2 * blocks else "block"


def _keys(units: pd.DataFrame, unit: str) -> list[tuple[str, int]]:
    """Of each sentence, its statement and the number of its block, window or (0) statement."""
    number = {
        "block": units["block"],
        "window": units.groupby("statement_id").cumcount() // WINDOW,
        "statement": pd.Series(0, index=units.index),
    }[unit]
    return list(zip(units["statement_id"], (int(n) for n in number), strict=True))


def _block_table(
    corpus: Corpus, keys: list[tuple[str, int]], order: list[tuple[str, int]], *, whole: bool
) -> pd.DataFrame:
    """One row a block, in the given order; its text is the block's own, or its sentences'."""
    genre = corpus.study.statements.set_index("statement_id")["genre"]
    units = corpus.units.assign(key=keys).groupby("key", sort=False)
    first, ids = units["block"].first(), units["sentence_id"].agg(list)
    joined, words = units["text"].agg(" ".join), units["words"].sum()
    blocks = corpus.blocks.set_index(["statement_id", "block"])
    return pd.DataFrame(
        {
            "statement_id": [identifier for identifier, _ in order],
            "place": [number for _, number in order],
            "block": [int(first[key]) for key in order],
            "fitted": [genre[identifier] == "statement" for identifier, _ in order],
            "words": [int(blocks.at[k, "words"] if whole else words[k]) for k in order],
            "text": [blocks.at[k, "text"] if whole else joined[k] for k in order],
            "sentences": [ids[key] for key in order],
        }
    )


def _in_order(
    stems: pd.DataFrame, place: list[int], types: np.ndarray, rows: int
) -> tuple[np.ndarray, ...]:
    """The stems of each block, as positions in the vocabulary, in the order of the text."""
    found = np.searchsorted(types, stems["token"].to_numpy(dtype=str)) if len(types) else []
    found = np.minimum(np.asarray(found, dtype=int), max(len(types) - 1, 0))
    row = np.array(place, dtype=int)[stems["row"].to_numpy(dtype=int)]
    keep = (row >= 0) & (types[found] == stems["token"].to_numpy(dtype=str)) if len(types) else []
    row, found = row[keep], found[keep]
    sorting = np.argsort(row, kind="stable")
    ends = np.searchsorted(row[sorting], np.arange(1, rows))
    return tuple(np.split(found[sorting], ends)) if rows else ()


def _anchors(
    corpus: Corpus, types: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, tuple[str, ...]]]:
    """The study's anchor words as stems of the vocabulary, and the words whose stems are known.

    Words are stemmed by the rules of the statements' most frequent language; a list of which
    nothing is known drops out.
    """
    listed = corpus.study.anchors
    if not listed:
        return {}, {}
    own = corpus.study.statements[corpus.study.statements["genre"] == "statement"]
    pairs = [(name, word) for name, words in listed.items() for word in words]
    units = pd.DataFrame(
        {
            "statement_id": "anchors", "sentence_id": "anchors",
            "text": [word for _, word in pairs],
        }
    )
    language = own["language"].value_counts().sort_index().idxmax()
    statements = pd.DataFrame({"statement_id": ["anchors"], "language": [language]})
    stems = vectors.words(units, statements)
    known = {str(stem): position for position, stem in enumerate(types)}
    positions, words = {}, {}
    for row, token in zip(stems["row"], stems["token"], strict=True):
        if token in known:
            name, word = pairs[int(row)]
            positions.setdefault(name, []).append(known[token])
            words.setdefault(name, []).append(word)
    order = [name for name in listed if name in positions]
    return (
        {name: np.unique(positions[name]) for name in order},
        {name: tuple(words[name]) for name in order},
    )


def _usual_forms(stems: pd.Series, forms: pd.Series, wanted: np.ndarray) -> np.ndarray:
    """For each stem the form in which it is most frequent; the first in the alphabet on a tie."""
    types, stem = tokens.alphabetical(stems)
    written, form = tokens.alphabetical(forms)
    pairs, counts = np.unique(stem * len(written) + form, return_counts=True)
    stem, form = np.divmod(pairs, len(written))
    order = np.lexsort((form, -counts, stem))
    _, first = np.unique(stem[order], return_index=True)
    return written[form[order][first]][np.searchsorted(types, wanted)].astype(object)


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
        for word, part in left.groupby("token", observed=True)
    ]
    rows.sort(key=lambda row: (-row["n"], row["word"]))
    return tables.result(rows, columns=STOP_WORDS, made_by="analysis.topics.stop_words_table")


def topics_table(
    corpus: Corpus, blocks: Blocks, model: Model, found: Stability
) -> pd.DataFrame:
    """What is each topic about, and is it to be believed?

    Args:
        corpus: the statements in units.
        blocks: what `block_counts` returned.
        model: what `topic_model.fit` returned.
        found: what `topic_stability.stability` returned.

    Returns:
        One row a topic, largest first. Badges: `unstable` unless the topic is clearly above the
        line, in a model with more such topics than chance leaves; `statement-specific` if more
        than 70 % of it lie in one statement; `leads in no block`. A topic's name carries its
        badges. Evidence: the sentences of the statements' blocks in which it has the largest share.
    """
    scores, fitted = topic_model.frex(model.words), blocks.table["fitted"].to_numpy()
    rows = []
    for k, (words, standing) in enumerate(zip(model.words, found.standings, strict=True)):
        top, top_share = most_of(blocks, model.shares[:, k])
        own = blocks.table[fitted & (model.leading == k)]
        badges = [UNSTABLE] * (standing != ABOVE) + [OWN] * (top_share > SPECIFIC)
        badges += [NOWHERE] * own.empty
        exclusive = labels(blocks, words, scores[k])
        rows.append(
            {
                "topic": _name(k + 1, model.anchored[k], exclusive, badges),
                "badges": ", ".join(badges),
                "standing": standing,
                "frex": ", ".join(exclusive),
                "probable": ", ".join(labels(blocks, words, words)),
                "share": topic_blocks.mean_share(blocks, model.shares[:, k]),
                "n_blocks": len(own),
                "top_statement": corpus.labels[top],
                "top_share": top_share,
                "evidence": [i for ids in own["sentences"] for i in ids],
            }
        )
    return tables.result(rows, columns=TOPICS, made_by="analysis.topics.topics_table")


def _name(number: int, anchor: str, words: list[str], badges: list[str]) -> str:
    title = f"{anchor}: " if anchor else ""
    marks = f" ({', '.join(badges)})" if badges else ""
    return f"T{number} {title}{' · '.join(words[:NAME_WORDS])}{marks}"


def most_of(blocks: Blocks, shares: np.ndarray) -> tuple[str, float]:
    """The statement with most of a topic, and its part of it, every statement weighing the same."""
    names, found = topic_blocks.statement_shares(blocks, shares)
    if not len(found):
        return "", float("nan")
    top, total = int(np.argmax(found)), found.sum()
    return str(names[top]), float(found[top] / total) if total else float("nan")


def stability_table(
    blocks: Blocks, model: Model, topics: pd.DataFrame, found: Stability
) -> pd.DataFrame:
    """How well is each topic found again, how well are topics of noise, do its words cohere?

    Args:
        blocks: what `block_counts` returned.
        model: what `topic_model.fit` returned.
        topics: what `topics_table` returned.
        found: what `topic_stability.stability` returned.

    Returns:
        One row a topic; `at_least` is the bound that is held against the line. Coherence and
        exclusivity are those of the ten most probable words.
    """
    top = topic_model.top_words(blocks, model.words, topic_choice.TOP)
    documents = topic_blocks.sample(blocks, topic_choice.SAMPLE, seed=0).documents
    own = {
        measure: coherence.coherence(top, documents, measure=measure)
        for measure in ("c_npmi", "c_v")
    }
    exclusive = coherence.exclusivity(model.words, top=topic_choice.TOP) if top else []
    low, high = found.interval if top else ((), ())
    rows = [
        {
            "topic": topic.topic,
            "badges": topic.badges,
            "stability": float(found.means[k]),
            "low": float(low[k]),
            "high": float(high[k]),
            "at_least": float(found.at_least[k]),
            "line": float(found.lines[k]),
            "stability_starts": float(found.starts[:, k].mean()) if len(found.starts) else
            float("nan"),
            "npmi": float(own["c_npmi"][k]),
            "c_v": float(own["c_v"][k]),
            "exclusivity": float(exclusive[k]),
        }
        for k, topic in enumerate(topics.itertuples())
    ]
    return tables.result(rows, columns=STABILITY, made_by="analysis.topics.stability_table")


def words_table(blocks: Blocks, model: Model, topics: pd.DataFrame) -> pd.DataFrame:
    """Which words is each topic made of, and how probable are they in it?

    Returns:
        For each topic its `WORDS_LISTED` most probable words.
    """
    scores = topic_model.frex(model.words)
    rows = []
    for k, topic in enumerate(topics["topic"]):
        order = topic_model.most_first(model.words[k])[:WORDS_LISTED]
        rows += [
            {
                "topic": topic,
                "word": str(blocks.words[v]),
                "probability": float(model.words[k, v]),
                "frex": float(scores[k, v]),
                "weight": float(model.weights[k, v]),
            }
            for v in order
            if model.words[k, v] > 0
        ]
    return tables.result(rows, columns=WORDS, made_by="analysis.topics.words_table")


def passages(
    corpus: Corpus, blocks: Blocks, model: Model, topics: pd.DataFrame
) -> pd.DataFrame:
    """Which passages of the statements are most of all each topic's?

    Returns:
        For each topic the blocks with the largest share of it, longer ones first on a tie, its
        frequent and exclusive words marked; evidence: their sentences.
    """
    table = blocks.table
    rows = []
    for k, topic in enumerate(topics.itertuples()):
        led = table[table["fitted"] & (model.leading == k)]
        led = led.assign(share=model.shares[led.index, k])
        best = led.sort_values(["share", "words"], ascending=False, kind="stable")
        for row, block in best.head(PASSAGES_SHOWN).iterrows():
            text = block["text"]
            if len(text) > PASSAGE_LENGTH:
                text = text[:PASSAGE_LENGTH].rsplit(" ", 1)[0] + " …"
            rows.append(
                {
                    "topic": topic.topic,
                    "statement": corpus.labels[block["statement_id"]],
                    "block": int(block["block"]),
                    "share": float(block["share"]),
                    "text": tables.marked(text, _spans(corpus, blocks, row, topic, text)),
                    "evidence": block["sentences"],
                }
            )
    return tables.result(rows, columns=PASSAGES, made_by="analysis.topics.passages")


def _spans(corpus: Corpus, blocks: Blocks, row: int, topic, text: str) -> list[tuple[int, int]]:
    """Where a passage holds one of a topic's words, in whatever form."""
    identifier = blocks.table.at[row, "statement_id"]
    unit = pd.DataFrame({"statement_id": [identifier], "sentence_id": ["s"], "text": [text]})
    names = {*topic.frex.split(", "), *topic.probable.split(", ")}
    wanted = pd.DataFrame(
        {"statement_id": identifier, "sentence_id": "w", "text": sorted(names)}
    )
    statements = corpus.study.statements
    own = set(vectors.words(wanted, statements)["token"])
    held = vectors.words(unit, statements)
    return [
        (int(start), int(end))
        for token, start, end in zip(held["token"], held["start"], held["end"], strict=True)
        if token in own
    ]


def vocabulary_reading(corpus: Corpus, blocks: Blocks, left_out: pd.DataFrame) -> list[str]:
    """What the topics are made of, and what was left out, in words."""
    missing = [
        label
        for identifier, label in corpus.labels.items()
        if identifier not in set(blocks.table["statement_id"])
    ]
    own = blocks.table["fitted"]
    n_statements = f"{len(np.unique(blocks.statements)):,}"
    fitted = (
        f"{n_statements} whole statements" if blocks.unit == "statement"
        else f"{int(own.sum()):,} blocks of {n_statements} statements"
    )
    sentences = [
        f"{fitted} are fitted, by {counted(len(blocks.words), 'stem')}. Left out were "
        f"{len(left_out)} function words ({int(left_out['n'].sum()):,} occurrences) and "
        f"{blocks.n_rare:,} stems of {blocks.rare}."
    ]
    if blocks.n_without:
        one = blocks.n_without == 1
        sentences.append(
            f"{blocks.n_without} block{'' if one else 's'} hold{'s' if one else ''} none of these "
            f"stems and ha{'s' if one else 've'} no topic."
        )
    if missing:
        sentences.append(f"No block is left of {some(missing)}: no topic is known there.")
    if not own.all():
        sentences.append(
            f"{int((~own).sum())} blocks of commentary are set against the topics afterwards; they "
            "change none of them."
        )
    return sentences


def units_reading(blocks: Blocks) -> str:
    """What the topics are fitted to, in words."""
    return {
        "block": "paragraphs and list items",
        "window": f"windows of {WINDOW} sentences in a row",
        "statement": "whole statements",
    }[blocks.unit]
