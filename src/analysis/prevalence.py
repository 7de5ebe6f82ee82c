"""How often is each frame used, once the method's errors are taken out?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import charts, charts_dots, rectify, tables
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
    "by_words": Column("counted, statements weighing by their words", "percent", aside=True),
    "corrected": Column("corrected towards {} coding", "percent"),
    "low": Column("95 % from", "percent"),
    "high": Column("to", "percent"),
    "pooled": Column("corrected by pooled error rates", "percent", aside=True),
    "pooled_low": Column("95 % of that, from", "percent", aside=True),
    "pooled_high": Column("95 % of that, to", "percent", aside=True),
    "n_units": Column("sentences", "count", aside=True),
    "n_coded": Column("of them coded", "count"),
    "blocks": Column("coded blocks", "count"),
    "kept": Column("coded blocks kept for measuring error", "count", aside=True),
    "why": Column("why no corrected share, or no interval"),
}

# More texts than this are counted, not named.
MOST_NAMED = 20

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


def targets(corpus: Corpus, dictionary: Dictionary) -> list[Target]:
    """Whose shares are asked for: each text, and statements by group, by year and together.

    None that a text of another language than the dictionary's belongs to.
    """
    table = corpus.study.statements
    spoken = {
        name for name, language in zip(table["statement_id"], table["language"], strict=True)
        if dictionary.speaks(language)
    }
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
    return [target for target in found if spoken.issuperset(target.statements)]


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
    texts = _Texts(corpus, found.used, known)
    columns = dict(_COLUMNS)
    people = corpus.study.coding.get("coders") == "people"
    columns["corrected"] = Column(
        columns["corrected"].label.format("people's" if people else "model"), "percent"
    )
    asked = targets(corpus, dictionary)
    rows = [
        _row(texts, category.label, column, target)
        for column, category in enumerate(dictionary.categories) for target in asked
    ]
    return tables.result(rows, columns=columns, made_by="analysis.prevalence.shares")


class _Texts:
    """Counts of each statement, made once: sentences, words, hits, and what is coded of it."""

    def __init__(self, corpus: Corpus, used: np.ndarray, known: Codes) -> None:
        self.used, self.known, self.ids = used, known, corpus.units["sentence_id"].to_numpy()
        self.rows = corpus.unit_rows
        self.place = {name: number for number, name in enumerate(self.rows)}
        words = corpus.units["words"].to_numpy()
        self.words = np.array([words[rows].sum() for rows in self.rows.values()])
        self.sizes = np.array([len(rows) for rows in self.rows.values()])
        self.hits = np.array([used[rows].sum(axis=0) for rows in self.rows.values()])
        seen, kept = known.coded & ~known.kept, known.coded & known.kept
        self.seen = {name: rows[seen[rows]] for name, rows in self.rows.items()}
        self.kept = {name: rows[kept[rows]] for name, rows in self.rows.items()}
        self.roots = {n: len(np.unique(known.root[rows])) for n, rows in self.rows.items()}

    def joined(self, of: dict[str, np.ndarray], target: Target) -> np.ndarray:
        """Rows of all statements of a target."""
        return np.concatenate([of[name] for name in target.statements])


def _row(texts: _Texts, label: str, column: int, target: Target) -> dict[str, object]:
    known, hit = texts.known, texts.used[:, column]
    places = [texts.place[name] for name in target.statements]
    sizes, words = texts.sizes[places], texts.words[places]
    raws = texts.hits[places, column] / sizes
    seen, kept = texts.joined(texts.seen, target), texts.joined(texts.kept, target)
    blocks = len(np.unique(known.root[np.concatenate([seen, kept])]))
    corrected, why = _corrected(texts, target, column, blocks)
    pooled, why_not = Interval(math.nan, math.nan, math.nan), ""
    if target.kind == ALL and len(kept):
        pooled, why_not = rectify.rogan_gladen(
            float(raws.mean()), known.truth[kept, column], hit[kept], known.root[kept],
            units=int(sizes.sum()),
        )
        shape = _layout(texts, target, known.root[kept], np.ones(len(kept)))
        why_not = why_not or rectify.shortfall("rogan_gladen", shape)
        if why_not and not math.isnan(pooled.low):
            pooled = Interval(pooled.estimate, math.nan, math.nan)
    reasons = [why, f"by pooled error rates: {why_not}" if why_not else ""]
    rows = texts.rows[target.statements[0]]
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
        "n_units": int(sizes.sum()),
        "n_coded": len(seen) + len(kept),
        "blocks": blocks,
        "kept": len(np.unique(known.root[kept])),
        "why": "; ".join(filter(None, reasons)),
        "evidence": texts.ids[rows[hit[rows]]].tolist() if target.kind == "statement" else [],
    }


def _corrected(
    texts: _Texts, target: Target, column: int, blocks: int
) -> tuple[Interval, str]:
    """The corrected share, and why it or its interval is missing."""
    nothing = Interval(math.nan, math.nan, math.nan)
    if blocks < MIN_BLOCKS:
        return nothing, f"{blocks} coded blocks, {MIN_BLOCKS} are needed"
    known, hit = texts.known, texts.used[:, column]
    certain, parts, rest = [], [], 0
    for name in target.statements:
        seen, kept = texts.seen[name], texts.kept[name]
        if not len(kept):
            return nothing, f"{name}: no coded block was kept for measuring error"
        n = len(texts.rows[name])
        as_found = texts.hits[texts.place[name], column] - hit[seen].sum()
        certain.append((known.truth[seen, column].sum() + as_found) / n)
        weights = np.ones(len(kept))
        if not np.isnan(known.probability[kept]).any():
            weights = 1 / known.probability[kept]
        weights *= (n - len(seen)) / n / len(target.statements) / weights.sum()
        parts.append((kept, weights))
        rest += n - len(seen)
    rows, weights = (np.concatenate(side) for side in zip(*parts, strict=True))
    sample = Sample(
        errors=known.truth[rows, column].astype(float) - hit[rows], weights=weights,
        cluster=known.root[rows], population=rest,
    )
    estimate = rectify.difference_estimate(float(np.mean(certain)), sample)
    why = rectify.shortfall("difference", _layout(texts, target, known.root[rows], weights))
    bounds = (math.nan, math.nan) if why else (_within(estimate.low), _within(estimate.high))
    return Interval(_within(estimate.estimate), *bounds), why


def _layout(texts: _Texts, target: Target, kept: np.ndarray, weights: np.ndarray) -> Layout:
    place = np.unique(kept, return_inverse=True)[1]
    return Layout(
        blocks=sum(texts.roots[name] for name in target.statements),
        kept=len(np.unique(kept)),
        largest=float(np.bincount(place, weights=weights).max() / weights.sum()),
    )


def _within(value: float) -> float:
    return value if math.isnan(value) else min(1.0, max(0.0, value))


SURE = {name: _COLUMNS[name] for name in ("frame", "of", "raw", "corrected", "low", "high")}


def sure(table: pd.DataFrame) -> pd.DataFrame:
    """The corrected shares that have an interval; a year of one statement is that statement's.

    Args:
        table: what `shares` returned.
    """
    columns = {name: table.attrs["columns"][name] for name in SURE}
    own = table[table["low"].notna()]
    several = own["kind"].ne("year") | ~own.duplicated(["frame", "raw", "corrected"])
    return tables.result(
        own.loc[several, list(SURE)].to_dict("records"), columns=columns,
        made_by="analysis.prevalence.sure",
    )


def chart(corpus: Corpus, table: pd.DataFrame) -> charts.Chart | None:
    """The corrected shares with their intervals, side by side.

    Args:
        corpus: the statements in units.
        table: what `sure` returned.
    """
    groups = {**corpus.group_of, **{label: label for label in corpus.group_labels}}
    outside = int(((table["raw"] < table["low"]) | (table["raw"] > table["high"])).sum())
    return charts_dots.dot_panels(
        table, row="frame", panel="of", value="corrected", low="low", high="high",
        panel_groups={of: groups.get(of, "") for of in table["of"]},
        groups=charts.palette(corpus.group_labels),
        title=f"{outside} of {len(table)} shares as counted lie outside the corrected interval",
    )


def reading(corpus: Corpus, table: pd.DataFrame, coded: pd.DataFrame) -> list[str]:
    """What the correction changes, and where there is none, in words."""
    if table.empty:
        return ["The study has no dictionary of frames: there is no share to correct."]
    if coded.empty:
        return ["No sentence was coded, so no error was measured: shares are as counted."]
    texts, within = [], []
    for of, own in list(sure(table).groupby("of", sort=False))[-MOST_NAMED:]:
        moved = own[(own["raw"] < own["low"]) | (own["raw"] > own["high"])]
        if moved.empty:
            within.append(of)
            continue
        named = "; ".join(
            f"{row.frame}, counted {100 * row.raw:.0f} %, corrected {100 * row.corrected:.0f} % "
            f"({100 * row.low:.0f} to {100 * row.high:.0f})" for row in moved.itertuples()
        )
        texts.append(f"{of}: the share as counted lies outside for {named}.")
    if within:
        texts.insert(0, "Each frame's share as counted lies within the interval of its corrected "
                     f"share: {', '.join(within)}.")
    own = table[table["low"].isna()].drop_duplicates(["kind", "of"])
    if len(own):
        reasons: dict[str, list[str]] = {}
        for row in own.itertuples():
            reasons.setdefault(row.why.split("; by pooled")[0], []).append(row.of)
        named = "; ".join(
            f"{', '.join(of) if len(of) <= MOST_NAMED else len(of)} ({why})"
            for why, of in list(reasons.items())[:MOST_NAMED]
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
