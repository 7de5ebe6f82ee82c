"""How many topics do the texts support? A table over numbers of topics, and the rule that picks.

Perplexity has no part in it: the rule counts topics that are found again better than topics of
shuffled words. Coherence and exclusivity stand beside it, for a reader to weigh.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis import coherence, tables, topic_blocks, topic_model, topic_stability
from analysis.tables import Column
from analysis.topic_blocks import Blocks
from analysis.topic_model import NAMES, Kind, Model
from analysis.topic_stability import Effort, Stability

# Words of a topic whose coherence and exclusivity are taken: as in Röder et al. 2015 and stm.
TOP = 10

# Numbers of topics that are tried first. Up to twelve all are, further ones where a corpus is
# large enough; between the best and its neighbours the search goes on. With many blocks fewer are,
# and those of `FURTHER` only if one of `LARGE_GRID` that is as large as `FURTHER_FROM` is the best.
GRID = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 20, 25, 30)
LARGE_GRID, FURTHER_FROM, FURTHER = (2, 4, 6, 8, 12, 16, 20), 12, (25, 30)

# Blocks a topic must have on average so that its number is tried: with fewer, a subsample leaves
# many topics a handful of blocks.
BLOCKS_A_TOPIC = 10

# A topic of a small corpus may have as few as this, if it has no more than `FEW_TOPICS`.
FEWEST_BLOCKS_A_TOPIC, FEW_TOPICS = 5, 8

# The choice is made on no more blocks than this: planted topics of 5,000 blocks were counted right
# in samples of it (docs/topics.md), and time and memory do not grow with the corpus.
SAMPLE = 2_000

CHOICE = {
    "model": Column("model"),
    "n_topics": Column("number of topics", "count"),
    "place": Column("place by the rule", "count"),
    "n_above": Column("topics clearly above the line", "count"),
    "n_needed": Column("needed against chance", "count"),
    "supported": Column("supported", "flag"),
    "stability": Column("mean stability", "number"),
    "line": Column("line from shuffled texts", "number"),
    "npmi": Column("coherence NPMI", "number"),
    "c_v": Column("coherence C_V", "number"),
    "exclusivity": Column("exclusivity", "number"),
    "chosen": Column("shown on this page", "flag"),
}

#: The panels of the figure, and the kind of model that is set beside each.
PANELS = {
    "stability": "Stability, and its line", "npmi": "Coherence NPMI", "c_v": "Coherence C_V",
    "exclusivity": "Exclusivity",
}
OTHER: dict[str, Kind] = {"nmf": "lda", "lda": "nmf"}

RULE = (
    "A number of topics gains a point for each of its topics that is clearly above the line of "
    "shuffled texts, and loses one for each other topic. Numbers with more topics above the line "
    "than chance would leave come first; among them the most points win, and on a tie the larger "
    "mean distance of stability from the line."
)


@dataclass(frozen=True)
class Choice:
    """Numbers of topics that were tried, and the one to show.

    Attributes:
        table: one row a model and number, as `CHOICE`.
        n_topics: the number to show: the rule's, or the reader's own.
        picked: the rule's.
        tried: how many numbers were tried by the rule.
        by_rule: whether the rule's is shown.
    """

    table: pd.DataFrame
    n_topics: int
    picked: int
    tried: int
    by_rule: bool


def largest_tried(blocks: Blocks) -> int:
    """The largest number of topics that is tried on a corpus of this size."""
    n = len(blocks.fitted)
    most = max(n // BLOCKS_A_TOPIC, min(FEW_TOPICS, n // FEWEST_BLOCKS_A_TOPIC), 2)
    return min(most, GRID[-1], blocks.most_topics)


def choose(
    blocks: Blocks, *, seed: int, kind: Kind = "nmf", n_topics: int = 0, other: Kind | None = None
) -> Choice:
    """Which number of topics do the texts support?

    Every number of a grid is fitted and sought again (`topic_stability.stability`, with less
    effort than for the number that is shown), and the rule (`RULE`) orders them.

    Args:
        blocks: blocks as counts.
        seed: of subsamples and shufflings.
        kind: of model.
        n_topics: the reader's own number, which overrules the rule's; 0 leaves it to the rule.
        other: a second kind of model, whose coherence and exclusivity are shown beside, and its
            stability for the number shown.

    Returns:
        The table and the number; without texts that hold two topics, an empty table.

    Source: the measures are those of Röder, M. et al. (2015), WSDM, Bischof, J. & Airoldi, E.
    (2012), ICML, and Greene, D. et al. (2014), ECML PKDD; the rule is this project's own, measured
    on planted topics and on shuffled words (docs/topics.md).
    """
    largest = largest_tried(blocks)
    if largest < 2:
        empty = tables.result([], columns=CHOICE, made_by="analysis.topic_choice.choose")
        return Choice(empty, n_topics or 2, 0, 0, not n_topics)
    large = len(blocks.fitted) > topic_stability.LARGE_FROM
    efforts = {
        each: topic_stability.effort_of(len(blocks.fitted), each, screening=True) for each in OTHER
    }
    blocks = topic_blocks.sample(blocks, SAMPLE, seed=seed)
    found: dict[int, tuple[Model, Stability]] = {}

    def look(numbers: list[int]) -> None:
        for n in numbers:
            if 2 <= n <= largest and n not in found:
                found[n] = _sought(blocks, n, kind=kind, seed=seed, effort=efforts[kind])

    look([*(LARGE_GRID if large else GRID), *([] if large else [largest])])
    if large and _ordered(found)[0] >= FURTHER_FROM:
        look([*FURTHER, largest])
    for step in (2, 1):
        best = _ordered(found)[0]
        look([best - step, best + step])
    tried = len(found)
    ranks = _ordered(found)
    shown = n_topics or ranks[0]
    rows = [
        _row(blocks, *found[n], tried=tried, place=ranks.index(n) + 1, shown=shown)
        for n in sorted(found)
    ]
    if shown not in found and shown <= blocks.most_topics:
        own = _sought(blocks, shown, kind=kind, seed=seed, effort=efforts[kind])
        rows.append(_row(blocks, *own, tried=1, place=None, shown=shown))
    for n in sorted({*found, shown} if not large else {shown}):
        if other and n <= blocks.most_topics:
            model = topic_model.fit(
                blocks, n_topics=n, kind=other, tolerance=efforts[other].tolerance
            )
            beside = topic_stability.stability(
                blocks, model, seed=seed, effort=efforts[other]
            ) if n == shown else None
            rows.append(_row(blocks, model, beside, tried=1, place=None, shown=shown))
    table = tables.result(rows, columns=CHOICE, made_by="analysis.topic_choice.choose")
    return Choice(table, shown, ranks[0], tried, shown == ranks[0] and not n_topics)


def _sought(
    blocks: Blocks, n: int, *, kind: Kind, seed: int, effort: Effort
) -> tuple[Model, Stability]:
    model = topic_model.fit(blocks, n_topics=n, kind=kind, tolerance=effort.tolerance)
    return model, topic_stability.stability(blocks, model, seed=seed, effort=effort)


def _ordered(found: dict[int, tuple[Model, Stability]]) -> list[int]:
    """Numbers of topics, the rule's pick first."""

    def merit(n: int) -> tuple[bool, int, float, int]:
        one = replace(found[n][1], tried=len(found))
        margin = float(np.mean(one.means - one.lines)) if len(one.means) else -1.0
        return (one.supported, 2 * one.n_above - n, round(margin, 9), -n)

    return sorted(found, key=merit, reverse=True)


def _row(
    blocks: Blocks,
    model: Model,
    found: Stability | None,
    *,
    tried: int,
    place: int | None,
    shown: int,
) -> dict[str, object]:
    n, nan = len(model.weights), float("nan")
    top = topic_model.top_words(blocks, model.words, TOP)
    row = {
        "model": NAMES[model.kind],
        "n_topics": n,
        "place": place,
        "n_above": None,
        "n_needed": None,
        "supported": None,
        "stability": nan,
        "line": nan,
        "npmi": _mean_coherence(blocks, top, "c_npmi"),
        "c_v": _mean_coherence(blocks, top, "c_v"),
        "exclusivity": float(coherence.exclusivity(model.words, top=TOP).mean()),
        "chosen": n == shown,
    }
    if found:
        found = replace(found, tried=tried)
        row |= {
            "n_above": found.n_above,
            "n_needed": topic_stability.needed(n, tried=tried),
            "supported": found.supported,
            "stability": float(found.means.mean()),
            "line": float(found.lines.mean()),
        }
    return row


def _mean_coherence(blocks: Blocks, top: list[list[str]], measure: coherence.Measure) -> float:
    values = coherence.coherence(top, blocks.documents, measure=measure)
    return float(np.nanmean(values)) if not np.isnan(values).all() else float("nan")
