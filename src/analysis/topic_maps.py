"""Are the topics there when one looks in another way, and what do anchor words change?

Another kind of model, one topic fewer or more, blocks weighing the same, no anchor words: each
topic is matched to a topic of the other model by the cosine of their words' probabilities.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis import tables, topic_blocks, topic_model
from analysis.corpus import Corpus
from analysis.tables import Column
from analysis.topic_blocks import Blocks
from analysis.topic_model import NAME_WORDS, NAMES, Kind, Model, labels

# From here on a reader takes two lists of words for one topic: half-way between the cosines of
# planted topics that were found (.9 and more) and of the best match among others (.6 and less).
SAME = 0.75

# Words of a topic among which anchor words are counted.
TOP = 10

MAPPING = {
    "topic": Column("topic"),
    "badges": Column("badges"),
    "other": Column("other model"),
    "likeness": Column("cosine of words", "number"),
    "same": Column("same topic", "flag"),
    "partner": Column("its match there"),
    "share": Column("share of the topic", "percent"),
    "partner_share": Column("share of its match", "percent"),
}

MODELS = {
    "other": Column("other model"),
    "n_topics": Column("topics", "count"),
    "n_same": Column("topics of the page found there", "count"),
    "mean_likeness": Column("mean cosine", "number"),
    "agreement": Column("topics against statements (AMI)", "number"),
}

ANCHORS = {
    "topic": Column("topic"),
    "anchor": Column("anchor list"),
    "given": Column("words given"),
    "missing": Column("not in the texts"),
    "likeness": Column("cosine with its match without anchors", "number"),
    "partner": Column("its match without anchors"),
    "on_top": Column("anchor words among the ten most probable", "count"),
    "on_top_without": Column("the same without anchors", "count"),
    "share": Column("share", "percent"),
    "share_without": Column("share without anchors", "percent"),
}


def others(blocks: Blocks, model: Model) -> dict[str, Model]:
    """The models that the topics of a page are sought in, by name.

    Args:
        blocks: what `topics.block_counts` returned.
        model: what `topic_model.fit` returned.
    """
    n, kind = len(model.weights), model.kind
    if not n:
        return {}
    other: Kind = "lda" if kind == "nmf" else "nmf"
    found = {NAMES[other]: topic_model.fit(blocks, n_topics=n, kind=other)}
    for near in (n - 1, n + 1):
        if 2 <= near <= blocks.most_topics:
            found[f"{near} topics"] = topic_model.fit(blocks, n_topics=near, kind=kind)
    found["statements unweighted"] = topic_model.fit(blocks, n_topics=n, kind=kind, equal=False)
    return found


def mapping(
    blocks: Blocks, model: Model, topics: pd.DataFrame, other: dict[str, Model]
) -> pd.DataFrame:
    """Which topic of each other model is each topic, and how like are they?

    Args:
        blocks: what `topics.block_counts` returned.
        model: what `topic_model.fit` returned.
        topics: what `topics.topics_table` returned.
        other: what `others` returned.

    Returns:
        One row a topic and other model; a topic without a partner has a likeness of 0.
    """
    own = [topic_blocks.mean_share(blocks, column) for column in model.shares.T]
    rows = []
    for k, topic in enumerate(topics.itertuples()):
        for name, beside in other.items():
            partner, likeness = topic_model.pairs(model.words, beside.words)
            j = int(partner[k])
            share = topic_blocks.mean_share(blocks, beside.shares[:, j]) if j >= 0 else np.nan
            rows.append(
                {
                    "topic": topic.topic,
                    "badges": topic.badges,
                    "other": name,
                    "likeness": float(likeness[k]),
                    "same": bool(likeness[k] >= SAME),
                    "partner": named(blocks, beside, j) if j >= 0 else "",
                    "share": own[k],
                    "partner_share": float(share),
                }
            )
    return tables.result(rows, columns=MAPPING, made_by="analysis.topic_maps.mapping")


def named(blocks: Blocks, model: Model, k: int) -> str:
    """A topic of another model by its number and its frequent and exclusive words."""
    scores = topic_model.frex(model.words)
    words = labels(blocks, model.words[k], scores[k], NAME_WORDS)
    return f"{k + 1} {' · '.join(words)}"


def models_table(
    blocks: Blocks, model: Model, found: pd.DataFrame, other: dict[str, Model]
) -> pd.DataFrame:
    """How many topics of the page does each other model have?

    Args:
        blocks: what `topics.block_counts` returned.
        model: what `topic_model.fit` returned.
        found: what `mapping` returned.
        other: what `others` returned.
    """
    rows = [
        {
            "other": name,
            "n_topics": len(beside.weights),
            "n_same": int(found.loc[found["other"] == name, "same"].sum()),
            "mean_likeness": float(found.loc[found["other"] == name, "likeness"].mean()),
            "agreement": topic_model.agreement(blocks, beside),
        }
        for name, beside in {"this page": model, **other}.items()
        if len(model.weights)
    ]
    if rows:
        rows[0] |= {"n_same": len(model.weights), "mean_likeness": 1.0}
    return tables.result(rows, columns=MODELS, made_by="analysis.topic_maps.models_table")


def mapping_reading(found: pd.DataFrame) -> list[str]:
    """Which topics are there whichever way one looks, in words."""
    if found.empty:
        return ["There are no topics to seek in other models."]
    everywhere = found.groupby("topic", sort=False)["same"].all()
    names = [name for name, same in everywhere.items() if same]
    counts = "; ".join(
        f"{name}: {int(own['same'].sum())} of {len(own)}"
        for name, own in found.groupby("other", sort=False)
    )
    unstable = found.loc[found["badges"].str.contains("unstable"), "topic"].nunique()
    sentences = [
        f"Found with a cosine of {SAME:.2f} or more: {counts}. LDA starts from topics of an NMF, "
        "so that agreement of the two is an upper bound.",
        f"In every other model: {'; '.join(names)}." if names else
        "No topic is found in every other model.",
    ]
    if unstable:
        sentences.append(
            f"{unstable} of {len(everywhere)} topics carry the badge unstable. That other models "
            "of the same texts have them, too, is no evidence: noise is the same noise in all of them."
        )
    return sentences


def mapping_title(found: pd.DataFrame) -> str:
    """The message of the figure of other models."""
    if len(found) and found["badges"].str.contains("unstable").all():
        return "How like each topic is to its match in other models; none of them is supported"
    same = int(found.groupby("topic", sort=False)["same"].all().sum()) if len(found) else 0
    total = found["topic"].nunique()
    return f"{same} of {total} topics are found in every other model"


def anchor_changes(corpus: Corpus, blocks: Blocks, model: Model) -> pd.DataFrame:
    """What did the study's anchor words change?

    The same model is fitted without them; topics are matched.

    Args:
        corpus: the statements in units.
        blocks: what `topics.block_counts` returned.
        model: what `topic_model.fit` returned.

    Returns:
        One row a topic, those of an anchor list named; none if the study has no anchors.
    """
    rows = []
    if blocks.anchors and len(model.weights):
        plain = topic_model.fit(
            replace(blocks, anchors={}), n_topics=model.asked, kind=model.kind
        )
        partner, likeness = topic_model.pairs(model.words, plain.words)
        for k, anchor in enumerate(model.anchored):
            rows.append(_changed(corpus, blocks, model, plain, k, int(partner[k]), anchor))
            rows[-1]["likeness"] = float(likeness[k])
    return tables.result(rows, columns=ANCHORS, made_by="analysis.topic_maps.anchor_changes")


def _changed(
    corpus: Corpus, blocks: Blocks, model: Model, plain: Model, k: int, j: int, anchor: str
) -> dict[str, object]:
    given = corpus.study.anchors.get(anchor, ())
    stems = set(blocks.anchors[anchor].tolist()) if anchor else set()

    def on_top(words: np.ndarray) -> int | None:
        top = np.argsort(-words, kind="stable")[:TOP].tolist()
        return len(stems & set(top)) if anchor else None

    return {
        "topic": f"T{k + 1} " + " · ".join(labels(
            blocks, model.words[k], topic_model.frex(model.words)[k], NAME_WORDS)),
        "anchor": anchor,
        "given": ", ".join(given),
        "missing": ", ".join(missing_anchors(corpus, blocks).get(anchor, ())),
        "partner": named(blocks, plain, j) if j >= 0 else "",
        "on_top": on_top(model.words[k]),
        "on_top_without": on_top(plain.words[j]) if j >= 0 else None,
        "share": topic_blocks.mean_share(blocks, model.shares[:, k]),
        "share_without": topic_blocks.mean_share(blocks, plain.shares[:, j]) if j >= 0 else
        float("nan"),
    }


def missing_anchors(corpus: Corpus, blocks: Blocks) -> dict[str, list[str]]:
    """Anchor words, list by list, that no two blocks of the statements hold in any form."""
    missing = {}
    for name, words in corpus.study.anchors.items():
        known = blocks.anchor_words.get(name, ())
        missing[name] = [word for word in words if word not in known]
    return missing


def anchors_reading(corpus: Corpus, blocks: Blocks, found: pd.DataFrame) -> list[str]:
    """What the anchor words changed, in words."""
    if not corpus.study.anchors:
        return ["The study gives no anchor words (topic_anchors.yaml): topics come from the texts "
                "alone."]
    if found.empty:
        return ["None of the anchor words is in two blocks of the statements: they change nothing."]
    own, free = found[found["anchor"] != ""], found[found["anchor"] == ""]
    sentences = [
        f"{row.anchor}: {row.on_top} of its words are among the ten most probable of {row.topic}, "
        f"{row.on_top_without if not pd.isna(row.on_top_without) else 0} in its match without "
        f"anchors (cosine {row.likeness:.2f}); its share is {100 * row.share:.0f} %"
        + (f" instead of {100 * row.share_without:.0f} %."
           if not np.isnan(row.share_without) else ".")
        for row in own.itertuples()
    ]
    moved = free[free["likeness"] < SAME]
    if len(free):
        sentences.append(
            f"Of the other {len(free)} topics {len(moved)} are no longer the ones that come "
            f"without anchors (cosine below {SAME:.2f})"
            + (f": {'; '.join(moved['topic'])}." if len(moved) else ".")
        )
    missing = [f"{name}: {', '.join(words)}"
               for name, words in missing_anchors(corpus, blocks).items() if words]
    if missing:
        sentences.append(f"Not in the texts, or in {blocks.rare}: {'; '.join(missing)}.")
    sentences.append(
        "An anchored topic is held against anchored topics of shuffled words, so that its words "
        "alone do not make it stable."
    )
    return sentences
