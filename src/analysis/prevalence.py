"""How often is each frame used, once the method's errors are taken out?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import rectify, tables
from analysis.coding import coded_with_frames, holds
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary
from analysis.halves import clusters
from analysis.inference import Interval
from analysis.rectify import Layout, Sample
from analysis.supervised import Found
from analysis.tables import Column

# With fewer coded blocks in a statement its errors are not known (METHODS §4).
MIN_BLOCKS = 10

_COLUMNS = {
    "frame": Column("frame"),
    "kind": Column("share of"),
    "of": Column("which"),
    "raw": Column("counted", "percent"),
    "by_words": Column("counted, statements weighing by their words", "percent"),
    "corrected": Column("corrected towards {} coding", "percent"),
    "low": Column("95 % from", "percent"),
    "high": Column("to", "percent"),
    "pooled": Column("corrected by pooled error rates", "percent"),
    "pooled_low": Column("95 % from", "percent"),
    "pooled_high": Column("to", "percent"),
    "n_units": Column("sentences", "count"),
    "n_coded": Column("of them coded", "count"),
    "blocks": Column("coded blocks", "count"),
    "kept": Column("of them kept for measuring error", "count"),
    "why": Column("why no corrected share, or no interval"),
}

ALL = "all statements"


@dataclass(frozen=True, slots=True)
class Target:
    """Statements whose mean share is asked for; each weighs the same.

    Attributes:
        kind: `statement`, `group`, `year` or `all statements`.
        label: which.
        statements: ids.
    """

    kind: str
    label: str
    statements: tuple[str, ...]


@dataclass(frozen=True)
class Codes:
    """What is known of each unit by its codes.

    Attributes:
        coded: (units,) whether its frames were coded, and it alone.
        truth: (units × frames).
        kept: (units,) whether it is one of the correction half.
        probability: (units,) with which it was drawn, NaN if not recorded.
        root: (units,) number of its root block.
    """

    coded: np.ndarray
    truth: np.ndarray
    kept: np.ndarray
    probability: np.ndarray
    root: np.ndarray


def targets(corpus: Corpus) -> list[Target]:
    """Whose shares are asked for: each text, and statements by group, by year and together."""
    table = corpus.study.statements
    found = [Target("statement", label, (i,)) for i, label in corpus.labels.items()]
    found += [
        Target("group", group.label, group.statements) for group in corpus.study.groups.values()
        if len(group.statements) > 1
    ]
    own = table[table["genre"] == "statement"]
    dated = own[own["date"] != ""]
    years = dated.groupby(dated["date"].str[:4])["statement_id"].agg(tuple)
    if len(years) > 1:
        found += [Target("year", year, ids) for year, ids in years.items()]
    if len(own) > 1:
        found.append(Target(ALL, ALL, tuple(own["statement_id"])))
    return found


def codes(corpus: Corpus, frames: tuple[str, ...], coded: pd.DataFrame) -> Codes:
    """The codes, unit by unit; a coded sentence that runs over several units says nothing of each.

    Args:
        corpus: the statements in units.
        frames: ids of the frames.
        coded: what `coding.own` returned.
    """
    n = len(corpus.units)
    read = coded_with_frames(coded)
    read = read[read["places"].map(len) == 1]
    rows = read["unit"].to_numpy(dtype=int)
    result = Codes(
        coded=np.zeros(n, dtype=bool), truth=np.zeros((n, len(frames)), dtype=bool),
        kept=np.zeros(n, dtype=bool), probability=np.full(n, math.nan), root=clusters(corpus),
    )
    result.coded[rows] = True
    result.kept[rows] = (read["half"] == "correction").to_numpy()
    result.probability[rows] = read["probability"].to_numpy(dtype=float)
    for column, frame in enumerate(frames):
        np.logical_or.at(result.truth[:, column], rows, holds(read, frame))
    return result


def shares(
    corpus: Corpus, dictionary: Dictionary, found: Found, coded: pd.DataFrame
) -> pd.DataFrame:
    """Which share of sentences holds each frame, as counted and corrected for measured error?

    The correction half says how often the method errs (`rectify.difference_estimate`); sentences
    of the development half count as they were coded, for the method was made in their view.
    With fewer than `MIN_BLOCKS` coded root blocks there is no corrected share. Where inclusion
    probabilities were not recorded for a statement, its coded blocks are taken to be
    representative of it.

    Args:
        corpus: the statements in units.
        dictionary: the frames.
        found: what `supervised.find` returned.
        coded: what `coding.own` returned.

    Returns:
        One row a frame and target (`targets`); evidence: the sentences in which the frame was
        found, for single statements.

    A corrected share is no truth: it comes as near to the coding as the coded blocks allow, and
    the coding may err.
    """
    known = codes(corpus, found.frames, coded)
    columns = dict(_COLUMNS)
    people = corpus.study.coding.get("coders") == "people"
    columns["corrected"] = Column(
        columns["corrected"].label.format("people's" if people else "model"), "percent"
    )
    rows = [
        _row(corpus, category.label, column, target, found.used, known)
        for column, category in enumerate(dictionary.categories) for target in targets(corpus)
    ]
    return tables.result(rows, columns=columns, made_by="analysis.prevalence.shares")


def _row(
    corpus: Corpus,
    label: str,
    column: int,
    target: Target,
    used: np.ndarray,
    known: Codes,
) -> dict[str, object]:
    units = corpus.units
    statement = units["statement_id"].to_numpy()
    member = units["statement_id"].isin(target.statements).to_numpy()
    hit = used[:, column]
    raws = np.array([hit[statement == i].mean() for i in target.statements])
    words = np.array([units.loc[statement == i, "words"].sum() for i in target.statements])
    kept = member & known.coded & known.kept
    blocks = len(np.unique(known.root[member & known.coded]))
    corrected, why = _corrected(statement, target, hit, known, column, blocks)
    pooled, why_not = Interval(math.nan, math.nan, math.nan), ""
    if target.kind == ALL and kept.any():
        pooled, why_not = rectify.rogan_gladen(
            float(raws.mean()), known.truth[kept, column], hit[kept], known.root[kept],
            units=int(member.sum()),
        )
        shape = _layout(known.root[member], known.root[kept], np.ones(kept.sum()))
        why_not = why_not or rectify.shortfall("rogan_gladen", shape)
        if why_not and not math.isnan(pooled.low):
            pooled = Interval(pooled.estimate, math.nan, math.nan)
    reasons = [why, f"by pooled error rates: {why_not}" if why_not else ""]
    return {
        "frame": label,
        "kind": target.kind,
        "of": target.label,
        "raw": float(raws.mean()),
        "by_words": float(raws @ words / words.sum()),
        "corrected": corrected.estimate,
        "low": corrected.low,
        "high": corrected.high,
        "pooled": _within(pooled.estimate),
        "pooled_low": _within(pooled.low),
        "pooled_high": _within(pooled.high),
        "n_units": int(member.sum()),
        "n_coded": int((member & known.coded).sum()),
        "blocks": blocks,
        "kept": len(np.unique(known.root[kept])),
        "why": "; ".join(filter(None, reasons)),
        "evidence": units["sentence_id"][member & hit].tolist()
        if target.kind == "statement" else [],
    }


def _corrected(
    statement: np.ndarray,
    target: Target,
    hit: np.ndarray,
    known: Codes,
    column: int,
    blocks: int,
) -> tuple[Interval, str]:
    """The corrected share, and why it or its interval is missing."""
    nothing = Interval(math.nan, math.nan, math.nan)
    if blocks < MIN_BLOCKS:
        return nothing, f"{blocks} coded blocks, {MIN_BLOCKS} are needed"
    certain, parts, rest = [], [], 0
    for identifier in target.statements:
        own = statement == identifier
        seen = own & known.coded & ~known.kept
        kept = np.flatnonzero(own & known.coded & known.kept)
        if not len(kept):
            return nothing, f"{identifier}: no coded block was kept for measuring error"
        n, open_units = int(own.sum()), int(own.sum() - seen.sum())
        certain.append((known.truth[seen, column].sum() + hit[own & ~seen].sum()) / n)
        weights = np.ones(len(kept))
        if not np.isnan(known.probability[kept]).any():
            weights = 1 / known.probability[kept]
        weights *= open_units / n / len(target.statements) / weights.sum()
        parts.append((kept, weights))
        rest += open_units
    rows, weights = (np.concatenate(side) for side in zip(*parts, strict=True))
    sample = Sample(
        errors=known.truth[rows, column].astype(float) - hit[rows], weights=weights,
        cluster=known.root[rows], population=rest,
    )
    estimate = rectify.difference_estimate(float(np.mean(certain)), sample)
    member = np.isin(statement, target.statements)
    why = rectify.shortfall("difference", _layout(known.root[member], known.root[rows], weights))
    bounds = (math.nan, math.nan) if why else (_within(estimate.low), _within(estimate.high))
    return Interval(_within(estimate.estimate), *bounds), why


def _layout(roots: np.ndarray, kept: np.ndarray, weights: np.ndarray) -> Layout:
    place = np.unique(kept, return_inverse=True)[1]
    return Layout(
        blocks=len(np.unique(roots)),
        kept=len(np.unique(kept)),
        largest=float(np.bincount(place, weights=weights).max() / weights.sum()),
    )


def _within(value: float) -> float:
    return value if math.isnan(value) else min(1.0, max(0.0, value))


def reading(corpus: Corpus, table: pd.DataFrame, coded: pd.DataFrame) -> list[str]:
    """What the correction changes, and where there is none, in words."""
    if table.empty:
        return ["The study has no dictionary of frames: there is no share to correct."]
    if coded.empty:
        return ["No sentence was coded, so no error was measured: shares are as counted."]
    texts = []
    corrected = table[table["low"].notna()]
    for (kind, of), own in corrected.groupby(["kind", "of"], sort=False):
        moved = own[(own["raw"] < own["low"]) | (own["raw"] > own["high"])]
        name = of if kind != "year" else f"statements of {of}"
        if moved.empty:
            texts.append(
                f"{name}: each frame's share as counted lies within the interval of its corrected "
                "share."
            )
        else:
            named = "; ".join(
                f"{row.frame}, counted {100 * row.raw:.0f} %, corrected "
                f"{100 * row.corrected:.0f} % ({100 * row.low:.0f} to {100 * row.high:.0f})"
                for row in moved.itertuples()
            )
            texts.append(f"{name}: the share as counted lies outside for {named}.")
    own = table[table["low"].isna()].drop_duplicates(["kind", "of"])
    if len(own):
        named = "; ".join(
            f"{row.of} ({row.why.split('; by pooled')[0]})" for row in own.itertuples()
        )
        texts.append(f"No interval of a corrected share: {named}.")
    if coded["probability"].isna().any():
        texts.append(
            "With which probability a sentence was drawn for coding is not recorded: this assumes "
            "coded blocks representative of their statement."
        )
    if corpus.study.coding.get("coders") != "people":
        texts.append("Corrected shares are corrected towards model coding, not towards a truth.")
    return texts
