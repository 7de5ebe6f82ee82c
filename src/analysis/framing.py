"""How often is each frame used, by whom, and how surely can that be said?"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import frame_passes, languages, tables
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary
from analysis.inference import (
    Interval,
    Layout,
    generator,
    layout,
    share_interval,
)
from analysis.tables import Column

SHARES = {
    "frame": Column("frame"),
    "statement": Column("statement"),
    "share": Column("share of sentences", "percent"),
    "low": Column("95 % from", "percent"),
    "high": Column("to", "percent"),
    "why_no_interval": Column("why no interval"),
    "n_hits": Column("sentences with the frame", "count"),
    "n_units": Column("sentences", "count"),
    "per_1000": Column("matches per 1,000 words", "number"),
    "design_effect": Column("design effect", "number"),
}

LAYOUTS = {
    "statement": Column("statement"),
    "sentences": Column("sentences", "count"),
    "words": Column("words", "count"),
    "blocks": Column("blocks", "count"),
    "effective_blocks": Column("effective blocks", "number"),
    "largest_block": Column("largest block's share of words", "percent"),
    "why_no_interval": Column("why no interval"),
}

#: What the page says of a study without frames.yaml.
NO_DICTIONARY = (
    "The study has no dictionary of frames (frames.yaml) in the language of its texts: nothing is "
    "said about frames."
)

# More texts than this are not told one by one.
MOST_NAMED = 20


def dictionary_of(corpus: Corpus) -> Dictionary:
    """The study's dictionary of frames; one without frames where the study has none."""
    return corpus.study.frames or Dictionary(
        version="", citation="", language="", developed_on=(), categories=()
    )


def withheld(corpus: Corpus) -> dict[str, str]:
    """In which statements is no frame counted, since the dictionary speaks another language?

    Returns:
        Id of the statement → the reason.
    """
    frames = dictionary_of(corpus)
    spoken = corpus.study.statements.set_index("statement_id")["language"]
    return {
        identifier: f"the dictionary of frames is in {frames.language}, the text in "
                    f"{languages.base(spoken[identifier])}"
        for identifier in corpus.labels
        if not frames.speaks(spoken[identifier])
    }


def language_notice(corpus: Corpus) -> list[str]:
    """Which statements and frames this page leaves out, in words; nothing if it has all."""
    reasons: dict[str, list[str]] = {}
    for identifier, reason in withheld(corpus).items():
        reasons.setdefault(reason, []).append(corpus.labels[identifier])
    if not reasons:
        return []
    frames = ", ".join(category.label for category in dictionary_of(corpus).categories)
    return [
        *(
            f"Frames are withheld for {', '.join(labels)}: {reason}."
            for reason, labels in reasons.items()
        ),
        f"Without a dictionary in the texts' language: {frames}.",
    ]


def frame_matches(
    corpus: Corpus, dictionary: Dictionary, *, fold: bool = True, nested: bool = False
) -> pd.DataFrame:
    """Which terms of the dictionary occur in the units of analysis?

    Args:
        corpus: the statements in units.
        dictionary: the frames; no match in texts of other languages (see `withheld`).
        fold: count spelling variants as one word before matching.
        nested: as for `dictionary.match`.

    Returns:
        `dictionary.match`'s columns.
    """
    sentences = frame_passes.Sentences()
    own = ~corpus.units["statement_id"].isin(list(withheld(corpus))).to_numpy()
    sentences.add(corpus.units["text"].tolist(), own.tolist())
    found = frame_passes.found(sentences, dictionary, fold=fold, nested=nested)
    sizes = [len(chunk["row"]) for chunk in found]
    for chunk in found:
        # What was kept has a string of its own for each.
        for name in ("category", "term"):
            chunk[name] = [sys.intern(value) for value in chunk[name]]
    matches = pd.DataFrame({
        name: [value for chunk in found for value in chunk[name]] for name in frame_passes.COLUMNS
    })
    row = matches["row"].to_numpy(dtype=int) + np.repeat(
        np.arange(len(found)) * frame_passes.AT_ONCE, sizes)
    matches = matches.assign(row=row).astype({"category": str, "term": str, "start": int, "end": int})
    matches.insert(0, "sentence_id", corpus.units["sentence_id"].to_numpy()[row])
    places = {category.id: place for place, category in enumerate(dictionary.categories)}
    return matches.sort_values(
        "category", key=lambda column: column.map(places), kind="stable", ignore_index=True
    )


def _hits(corpus: Corpus, matches: pd.DataFrame, frame: str) -> np.ndarray:
    """One flag a unit of analysis: does it hold the frame?"""
    hits = np.zeros(len(corpus.units), dtype=bool)
    hits[matches.loc[matches["category"] == frame, "row"].to_numpy(dtype=int)] = True
    return hits


def block_layouts(corpus: Corpus) -> pd.DataFrame:
    """How much independent text does each statement offer?

    Returns:
        One row a statement: sentences, words, blocks, effective blocks (Kish), the largest block's
        share of the words, and why no interval can be given, if so.
    """
    rows = []
    for identifier, label in corpus.labels.items():
        words = corpus.block_words[identifier]
        shape = layout(words, estimator="share")
        rows.append(
            {
                "statement": label,
                "sentences": len(corpus.unit_rows[identifier]),
                "words": int(words.sum()),
                "blocks": shape.blocks,
                "effective_blocks": shape.effective_blocks,
                "largest_block": shape.largest_block,
                "why_no_interval": shape.shortfall,
            }
        )
    return tables.result(rows, columns=LAYOUTS, made_by="analysis.framing.block_layouts")


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a statement holds a frame.

    Attributes:
        interval: of the share; bounds are NaN where `layout` falls short, the share, too, where
            frames are withheld.
        design_effect: see `inference.share_interval`.
        layout: the blocks the interval rests on.
        why_no_interval: the reason, "" if there is one.
        evidence: ids of the sentences with the frame.
        units: how many units the share is of.
    """

    interval: Interval
    design_effect: float
    layout: Layout
    why_no_interval: str
    evidence: list[str]
    units: int


def frame_share(
    corpus: Corpus,
    matches: pd.DataFrame,
    *,
    frame: str,
    statement: str,
    unit: str = "sentence",
    unit_weighting: str = "equal",
    seed: int,
    n_boot: int,
) -> Share:
    """Which share of one statement holds a frame?

    share = Σ weight of units with at least one match / Σ weight of units.

    Args:
        corpus: the statements in units.
        matches: what `frame_matches` returned.
        frame: id of the frame.
        statement: id of the statement.
        unit: `sentence` (sentences and list items) or `block` (paragraphs and list items, which
            hold a frame if a sentence of theirs does).
        unit_weighting: each unit counts `equal`, or by its `words`.
        seed: of the resamples; the draws depend on it, the frame and the statement only.
        n_boot: number of resamples, which redraw blocks.
    """
    return _share(
        corpus, _text(corpus, statement, withheld(corpus), unit, unit_weighting),
        _hits(corpus, matches, frame),
        frame=frame, seed=seed, n_boot=n_boot,
    )


@dataclass(frozen=True)
class _Text:
    """One statement's units of counting, however many frames are counted in it."""

    statement: str
    rows: np.ndarray
    of_row: np.ndarray
    weight: np.ndarray
    block: np.ndarray
    layout: Layout
    withheld: bool
    why_no_interval: str


def _text(
    corpus: Corpus,
    statement: str,
    left: dict[str, str],
    unit: str = "sentence",
    unit_weighting: str = "equal",
) -> _Text:
    rows = corpus.unit_rows[statement]
    words = corpus.units["words"].to_numpy()[rows].astype(float)
    block = np.unique(corpus.units["block"].to_numpy()[rows], return_inverse=True)[1]
    of_row = block if unit == "block" else np.arange(len(rows))
    if unit == "block":
        words, block = np.bincount(block, weights=words), np.arange(block.max() + 1)
    weight = words if unit_weighting == "words" else np.ones(len(words))
    shape = layout(corpus.block_words[statement], estimator="share")
    reason = left.get(statement, shape.shortfall)
    return _Text(statement, rows, of_row, weight, block, shape, statement in left, reason)


def _share(
    corpus: Corpus,
    text: _Text,
    every_hit: np.ndarray,
    *,
    frame: str,
    seed: int,
    n_boot: int,
) -> Share:
    found = every_hit[text.rows]
    hit = np.bincount(text.of_row, weights=found) > 0
    hits = np.bincount(text.block, weights=hit * text.weight)
    units = np.bincount(text.block, weights=text.weight)
    if text.why_no_interval:
        # No bounds would be printed: none are drawn.
        known = units.sum() > 0 and not text.withheld
        estimate = float(hits.sum() / units.sum()) if known else float("nan")
        interval, effect = Interval(estimate, float("nan"), float("nan")), float("nan")
    else:
        interval, effect = share_interval(
            hits, units, rng=generator(seed, frame, text.statement), n_boot=n_boot
        )
    evidence = corpus.units["sentence_id"].to_numpy()[text.rows[found]].tolist()
    return Share(interval, effect, text.layout, text.why_no_interval, evidence, len(hit))


def frame_shares(
    corpus: Corpus,
    dictionary: Dictionary,
    matches: pd.DataFrame,
    *,
    seed: int,
    n_boot: int,
) -> pd.DataFrame:
    """Which share of each statement's sentences holds each frame?

    Args:
        corpus: the statements in units.
        dictionary: the frames, in order.
        matches: what `frame_matches` returned.
        seed: of the resamples.
        n_boot: number of resamples.

    Returns:
        One row a frame and statement (see `frame_share`), none for a statement of another
        language than the dictionary's; evidence: the sentences with the frame.
    """
    rows, left = [], withheld(corpus)
    texts = {
        label: _text(corpus, statement, left) for statement, label in corpus.labels.items()
        if statement not in left
    }
    for category in dictionary.categories:
        own = matches.loc[matches["category"] == category.id, "row"].to_numpy(dtype=int)
        counts = np.bincount(own, minlength=len(corpus.units))
        held = counts > 0
        for label, text in texts.items():
            share = _share(corpus, text, held, frame=category.id, seed=seed, n_boot=n_boot)
            n_matches = int(counts[text.rows].sum())
            n_words = int(corpus.block_words[text.statement].sum())
            rows.append(
                {
                    "frame": category.label,
                    "statement": label,
                    "share": share.interval.estimate,
                    "low": share.interval.low,
                    "high": share.interval.high,
                    "why_no_interval": share.why_no_interval,
                    "n_hits": len(share.evidence),
                    "n_units": share.units,
                    "per_1000": 1000 * n_matches / n_words,
                    "design_effect": share.design_effect,
                    "evidence": share.evidence,
                }
            )
    return tables.result(rows, columns=SHARES, made_by="analysis.framing.frame_shares")


def shares_title(shares: pd.DataFrame) -> str:
    """The frame profile's message: which frame leads in how many statements."""
    if shares.empty:
        return NO_DICTIONARY
    leaders = _leaders(shares)
    first, count = leaders.value_counts(sort=False).pipe(lambda c: (c.idxmax(), c.max()))
    return f"{first} is the most frequent frame in {count} of {len(leaders)} texts"


def intervals_title(shares: pd.DataFrame) -> str:
    """The figure's message: how far the shares could lie from what was counted."""
    if shares.empty:
        return NO_DICTIONARY
    width = (shares["high"] - shares["low"]).dropna()
    if width.empty:
        return "No share has an interval: too little independent text"
    points = 100 * width.median()
    return (
        f"{len(width)} of {len(shares)} shares have a 95 % interval; "
        f"half of these are wider than {points:.{0 if points >= 2 else 1}f} points"
    )


def _leaders(shares: pd.DataFrame) -> pd.Series:
    """Statement → its most frequent frame; the first declared one where several lead."""
    order = shares.groupby("statement", sort=False)["share"].idxmax()
    return shares.loc[order].set_index("statement")["frame"]


def shares_reading(shares: pd.DataFrame) -> list[str]:
    """What stands out in each statement, and what has no interval, in words."""
    if shares.empty:
        return [NO_DICTIONARY]
    sentences = []
    many = shares["statement"].nunique() > MOST_NAMED
    for statement, own in () if many else shares.groupby("statement", sort=False):
        found = own[own["n_hits"] > 0].sort_values("share", ascending=False, kind="stable")
        named = ", ".join(
            f"{row.frame} ({100 * row.share:.0f} %)" for row in found.head(3).itertuples()
        )
        if not named:
            sentences.append(f"{statement}: no word of any frame.")
            continue
        absent = own.loc[own["n_hits"] == 0, "frame"].tolist()
        none = f" Never found: {', '.join(absent)}." if absent else ""
        sentences.append(f"{statement}: {named}.{none}")
    if many:
        leaders = _leaders(shares).value_counts()
        named = ", ".join(f"{frame} in {n}" for frame, n in leaders.head(3).items())
        sentences.append(f"Most frequent, of {leaders.sum()} texts: {named}.")
    without = shares[shares["why_no_interval"] != ""]["statement"].unique()
    if len(without):
        which = f"{len(without)} texts" if many else ", ".join(without)
        sentences.append(
            f"No interval is given for {which}: too little independent text "
            "(insufficient evidence). The share itself is what the dictionary counted."
        )
    return sentences
