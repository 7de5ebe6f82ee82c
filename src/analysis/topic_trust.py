"""How much of the topic picture is to be believed? The tables' verdict in words."""

from __future__ import annotations

import pandas as pd

from analysis import topic_model, topic_stability
from analysis.topic_blocks import Blocks
from analysis.topic_choice import RULE, Choice
from analysis.topic_model import NAMES, Model
from analysis.topic_shares import comparable, with_bounds
from analysis.topic_stability import Stability

# Runners-up that are named.
RUNNERS_UP = 2


def choice_reading(choice: Choice) -> list[str]:
    """Which number of topics is shown, why, and what came next, in words."""
    table = choice.table
    if table.empty:
        return ["Too little text for two topics: no number of topics could be tried."]
    ranked = table[table["place"].notna()].sort_values("place")
    best, next_ = ranked.iloc[0], ranked.iloc[1:1 + RUNNERS_UP]
    why = (
        f"{best.n_above} of its {best.n_topics} topics are clearly above the line "
        f"({best.n_needed} are needed against chance); mean stability {best.stability:.2f}, line {best.line:.2f}"
    )
    tried = "1 number of topics was" if choice.tried == 1 else (
        f"{choice.tried} numbers of topics were")
    sentences = [f"The rule. {RULE} {tried} tried."]
    if not ranked["supported"].any():
        sentences.append(
            "No supported topic structure: with no number of topics are more of them above the "
            f"line than chance would leave. Least far from it is {best.n_topics}: {why}."
        )
    else:
        sentences.append(f"The rule picks {best.n_topics} topics: {why}.")
    listed = [
        f"{row.n_topics} ({row.n_above} above the line, mean stability {row.stability:.2f})"
        for row in next_.itertuples()
    ]
    if listed:
        sentences.append(f"Next come {' and '.join(listed)}.")
    own = table[table["model"] == ranked["model"].iloc[0]]
    highest = {
        label: int(own.loc[own[column].idxmax(), "n_topics"])
        for column, label in (("npmi", "NPMI"), ("c_v", "C_V"), ("exclusivity", "exclusivity"))
        if own[column].notna().any()
    }
    sentences.append(
        "Highest by other measures, which take no part in the rule: "
        + ", ".join(f"{label} with {n}" for label, n in highest.items()) + "."
    )
    if not choice.by_rule:
        sentences.append(
            f"This page shows {choice.n_topics} topics because `n_topics` asks for them; 0 leaves "
            "it to the rule."
        )
    return sentences


def choice_title(choice: Choice) -> str:
    """The message of the figure of numbers of topics."""
    ranked = choice.table[choice.table["place"].notna()].sort_values("place")
    if not ranked["supported"].any():
        return "No number of topics stands out from shuffled texts"
    best = ranked.iloc[0]
    return (
        f"{best.n_topics} topics by the rule: {best.n_above} of them above the line of shuffled "
        "texts"
    )


def verdict(topics: pd.DataFrame, found: Stability) -> str:
    """How many topics can carry a comparison, in one sentence."""
    if topics.empty:
        return "Insufficient evidence for any topic."
    n, own = len(topics), comparable(topics)
    if not found.supported:
        return (
            f"No supported topic structure: {found.n_above} of {n} topics "
            f"{'is' if found.n_above == 1 else 'are'} clearly more stable than topics of shuffled "
            f"words, and {topic_stability.needed(n, tried=found.tried)} would be needed against "
            "chance."
        )
    if own.empty:
        return (
            f"No topic to compare: of {n} topics {found.n_above} are more stable than topics of "
            "shuffled words, each of them one statement's own."
        )
    return (
        f"{len(own)} of {n} topics can carry a comparison, being more stable than topics of "
        f"shuffled words and not one statement's own: {'; '.join(own['topic'])}."
    )


def trust_reading(
    topics: pd.DataFrame, blocks: Blocks, model: Model, found: Stability
) -> list[str]:
    """How much of the topic picture is to be believed, in words.

    Args:
        topics: what `topics.topics_table` returned.
        blocks: what `topics.block_counts` returned.
        model: what `topic_model.fit` returned.
        found: what `topic_stability.stability` returned.
    """
    if topics.empty:
        return [f"Insufficient evidence: {_too_little(blocks, model)}."]
    n, unstable = len(topics), int((topics["badges"].str.contains("unstable")).sum())
    sentences = [
        verdict(topics, found),
        f"The line is {found.lines.min():.2f}"
        + (f" to {found.lines.max():.2f}" if found.lines.max() > found.lines.min() else "")
        + f"; of {n} topics of noise about {(1 - topic_stability.LINE) * n:.1f} would be above it."
        + (f" {unstable} of {n} carry the badge unstable: groups of words that one choice of "
           "blocks may have brought together. Nothing is concluded from them." if unstable else ""),
    ]
    own = topics[topics["badges"] == "statement-specific"]
    if len(own):
        sentences.append(
            f"Most of {'; '.join(own['topic'])} lies in one statement: such a topic is that text's "
            "own matter and is not compared between texts."
        )
    sentences += [
        _what_moves(found, len(blocks.fitted)),
        "Adjusted mutual information of a block's leading topic and its statement is "
        f"{topic_model.agreement(blocks, model):.2f} (0: as by chance; 1: each statement has "
        "topics of its own).",
    ]
    if n < model.asked:
        sentences.append(f"Fewer topics than asked for: {_too_little(blocks, model)}.")
    if found.n_stopped:
        sentences.append(
            f"{found.n_stopped} of {found.n_fits} fits had not converged after "
            f"{topic_model.MAX_STEPS:,} steps; stability may be understated."
        )
    return sentences


def _what_moves(found: Stability, n_blocks: int) -> str:
    parts = found.means.mean()
    said = (
        f"Sought again in {found.n_blocks:,} of the {n_blocks:,} blocks, drawn at random, topics are "
        f"alike to {parts:.2f} on average"
    )
    if not len(found.starts):
        return f"{said}."
    starts = found.starts.mean()
    cause = (
        "which blocks there are moves the topics more than where the computation starts"
        if parts < starts
        else "where the computation starts moves the topics as much as which blocks there are"
    )
    return f"{said}; from other starting points alone, to {starts:.2f}: {cause}."


def _too_little(blocks: Blocks, model: Model) -> str:
    return (
        f"{model.asked} topics were asked for, and {len(blocks.fitted)} blocks with "
        f"{len(blocks.words)} shared stems hold {len(model.weights)}"
    )


def headline(topics: pd.DataFrame, shares: pd.DataFrame, model: Model, found: Stability) -> str:
    """The page's answer in two sentences."""
    own = comparable(topics)
    said = verdict(topics, found)
    if own.empty:
        return f"{said} Shares of topics are shown, and no difference is read from them."
    largest = shares[shares["topic"] == own["topic"].iloc[0]]
    if largest.empty:
        return f"{said} They were fitted by {NAMES[model.kind]}."
    which = "It" if len(own) == 1 else "The largest of them"
    low, high = largest.loc[largest["share"].idxmin()], largest.loc[largest["share"].idxmax()]
    caution = (
        "; without an interval on both sides that difference is insufficient evidence"
        if pd.isna(low["low"]) or pd.isna(high["low"])
        else ""
    )
    return (
        f"{said} {which} has its largest share in {high['statement']}, {with_bounds(high)}, and "
        f"its smallest in {low['statement']}, {with_bounds(low)}{caution}."
    )
