"""In a corpus of many documents, does a topic's share go with the date and with the group?

Least squares on shares, what users of stm know as `estimateEffect`, with documents redrawn. Below
20 independent documents a group there is no answer: such corpora are compared by blocks.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats
from threadpoolctl import threadpool_limits

from analysis import tables
from analysis.inference import generator
from analysis.tables import Column

# METHODS §1: from this many documents a group on, documents are redrawn instead of blocks.
MIN_DOCUMENTS = 20

# METHODS: no change over time is read from fewer dates.
MIN_DATES = 3

# If more of the redrawn corpora cannot tell the terms apart, too few documents carry the answer.
MAX_SINGULAR = 0.01

# Redrawn corpora are held together up to this many numbers (32 MB).
CELLS = 4_000_000

YEAR = "each year later"

EFFECTS = {
    "topic": Column("topic"),
    "term": Column("compared"),
    "estimate": Column("difference in percentage points", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
    "n": Column("documents", "count"),
    "n_independent": Column("independent documents", "count"),
    "why_no_interval": Column("why no estimate"),
}


@dataclass(frozen=True)
class _Design:
    """Rows that are used, what explains their shares, and what was asked and cannot be told."""

    rows: np.ndarray
    x: np.ndarray
    cluster: np.ndarray
    asked: tuple[str, ...]
    terms: tuple[str, ...]
    refused: dict[str, str]


def effects(
    shares: pd.DataFrame,
    statements: pd.DataFrame,
    *,
    seed: int,
    n_boot: int,
    groups: Mapping[str, str] | None = None,
    draws: np.ndarray | None = None,
) -> pd.DataFrame:
    """By how much does each topic's share differ with the date and between groups?

    share = a + b · year + Σ c_g · [group g] by least squares, every document weighing the same;
    b is the difference of documents a year apart, c_g that to the first group, each with the other
    held fixed. Bounds are estimate ± t · s: s the standard deviation over corpora in which
    clusters of documents are redrawn, times √(C / (C − p)), t Student's quantile with C − p
    degrees of freedom, for C clusters and p coefficients. Documents of one issuer and one date are
    one cluster ("independent document"), and so are rows of one document.

    Args:
        shares: one row a document (or part of one), one column a topic, values from 0 to 1; the
            index holds statement ids. Commentary does not belong here.
        statements: `statement_id`, and as far as known `date` (YYYY, YYYY-MM or YYYY-MM-DD, a
            year or month counting as its middle), `group` (id) and `issuer`, "" if not.
        seed: of the redrawn corpora.
        n_boot: number of redrawn corpora.
        groups: id → label, the first is what others are compared with; by default ids in order.
        draws: (draws × rows × topics) shares redrawn within their own uncertainty, if known: each
            redrawn corpus takes the next of them, so that bounds hold both uncertainties (method
            of composition). Shares that were estimated scatter with that error already: bounds
            are then rather too wide.

    Returns:
        One row a topic and term, in percentage points. Where there is too little to tell,
        estimate and bounds are NaN and `why_no_interval` begins "insufficient evidence". Documents
        with no share, no date (if dates are used), no group (if there are groups) or of a group
        that is too small are left out; `n` counts the others.

    Raises:
        ValueError: a document that `statements` does not have, or draws of another shape.

    These are differences between documents, not effects of anything: dates and groups go together
    with issuers, formats and lengths. Documents of one issuer on other days count as independent;
    if they copy one another, bounds are too narrow. In simulated corpora of 20 to 100 documents a
    group the bounds held the truth in 94 to 98 of 100, shares that are mostly 0 included.

    Source: Roberts, M. et al. (2014), Structural Topic Models for Open-Ended Survey Responses,
    American Journal of Political Science 58(4); for clusters Cameron, A. & Miller, D. (2015), A
    Practitioner's Guide to Cluster-Robust Inference, Journal of Human Resources 50(2); for
    composition Treier, S. & Jackman, S. (2008), American Journal of Political Science 52(1).
    """
    known = statements.drop_duplicates("statement_id").set_index("statement_id")
    unknown = [str(name) for name in shares.index if name not in known.index]
    if unknown:
        raise ValueError(f"shares of {unknown[0]!r}, which is not among the statements")
    if draws is not None and np.shape(draws)[1:] != shares.shape:
        raise ValueError(f"draws of shape {np.shape(draws)} for shares of shape {shares.shape}")
    # The order of the study's files is no matter.
    order = np.argsort(shares.index.to_numpy(dtype=str), kind="stable")
    y = shares.to_numpy(dtype=float)[order]
    design = _design(known.loc[shares.index[order]], ~np.isnan(y).any(axis=1), groups)
    estimate = reach = np.zeros((0, y.shape[1]))
    if design.terms and y.size:
        y = 100 * y[design.rows]
        redrawn = [y] if draws is None else (
            100 * np.asarray(draw, dtype=float)[order][design.rows] for draw in draws
        )
        n_draws = 1 if draws is None else len(draws)
        # One thread for linear algebra: sums then do not depend on how many a machine has.
        with threadpool_limits(limits=1):
            estimate = np.linalg.lstsq(design.x, y, rcond=None)[0]
            reach, lost = _reach(
                design, redrawn, n_draws, rng=generator(seed, "effects"), n_boot=n_boot
            )
        if lost > MAX_SINGULAR:
            why = "too few documents tell date and groups apart"
            refused = design.refused | dict.fromkeys(design.terms, why)
            design = replace(design, terms=(), refused=refused)
    return tables.result(
        _rows(shares.columns, design, estimate, reach),
        columns=EFFECTS,
        made_by="analysis.topic_effects.effects",
    )


def _rows(topics, design: _Design, estimate: np.ndarray, reach: np.ndarray) -> list[dict]:
    nan = float("nan")
    found = []
    for k, topic in enumerate(topics):
        for term in design.asked:
            row = dict.fromkeys(("estimate", "low", "high"), nan)
            why = design.refused.get(term, "")
            if not why:
                place = 1 + design.terms.index(term)
                value, by = float(estimate[place, k]), float(reach[place, k])
                why = "" if by > 0 else "the share is the same in all documents"
                row = {"estimate": value, "low": value - by, "high": value + by}
            if why:
                row = dict.fromkeys(row, nan)
            found.append(
                {
                    "topic": str(topic),
                    "term": term,
                    **row,
                    "n": len(design.rows),
                    "n_independent": len(np.unique(design.cluster)),
                    "why_no_interval": why and f"insufficient evidence: {why}",
                }
            )
    return found


def year(date: str) -> float:
    """A date as a number of years; a year or month alone counts as its middle, "" as NaN.

    >>> year("2015"), round(year("2015-07-02"), 3), round(year("2016-01"), 3)
    (2015.5, 2015.5, 2016.042)
    """
    if not date:
        return float("nan")
    parts = [int(part) for part in date.split("-")]
    if len(parts) == 1:
        return parts[0] + 0.5
    days = 366 if datetime.date(parts[0], 12, 31).timetuple().tm_yday == 366 else 365
    if len(parts) == 2:
        return parts[0] + (parts[1] - 0.5) / 12
    return parts[0] + (datetime.date(*parts).timetuple().tm_yday - 0.5) / days


def _design(
    known: pd.DataFrame, complete: np.ndarray, groups: Mapping[str, str] | None
) -> _Design:
    """Which documents answer which questions?"""
    def column(name: str) -> np.ndarray:
        if name not in known:
            return np.full(len(known), "", dtype=object)
        return known[name].fillna("").astype(str).to_numpy(dtype=object)

    group, date = column("group"), column("date")
    cluster = _clusters(known.index.to_numpy(dtype=str), column("issuer"), date)
    labels = dict(groups or {name: name for name in sorted(set(group) - {""})})
    if not labels:
        labels, group = {"": ""}, np.full(len(known), "", dtype=object)
    refused: dict[str, str] = {}

    def size(name: str, rows: np.ndarray) -> int:
        return len(np.unique(cluster[rows & (group == name)]))

    years = np.array([year(value) for value in date])
    large = [name for name in labels if size(name, complete) >= MIN_DOCUMENTS]
    used = complete & np.isin(group, large)
    dated = used & ~np.isnan(years)
    with_date = bool(large)
    if not large:
        refused[YEAR] = _too_few(labels, {name: size(name, complete) for name in labels})
    elif len(np.unique(years[dated])) < MIN_DATES:
        with_date, refused[YEAR] = False, f"fewer than {MIN_DATES} dates"
    elif any(size(name, dated) < MIN_DOCUMENTS for name in large):
        with_date = False
        refused[YEAR] = f"too few documents have a date ({int(dated.sum())} of {int(used.sum())})"
    used = dated if with_date else used
    first = large[0] if large else next(iter(labels))
    asked, terms, columns = [YEAR], [], [np.ones(len(known))]
    if with_date:
        terms.append(YEAR)
        columns.append(years - years[used].mean())
    for name in labels:
        if name == first:
            continue
        term = f"{labels[name]} − {labels[first]}"
        asked.append(term)
        if name in large:
            terms.append(term)
            columns.append((group == name).astype(float))
        else:
            names = (first, name) if first not in large else (name,)
            refused[term] = _too_few(labels, {one: size(one, complete) for one in names})
    x = np.stack(columns, axis=1)[used]
    if terms and np.linalg.matrix_rank(x) < x.shape[1]:
        refused |= dict.fromkeys(terms, "date and groups cannot be told apart")
        terms = []
    return _Design(
        rows=np.flatnonzero(used),
        x=x,
        cluster=np.unique(cluster[used], return_inverse=True)[1],
        asked=tuple(asked),
        terms=tuple(terms),
        refused=refused,
    )


def _too_few(labels: Mapping[str, str], sizes: Mapping[str, int]) -> str:
    small = {name: n for name, n in sizes.items() if n < MIN_DOCUMENTS}
    counted = ", ".join(f"{labels[name]}: {n}" if labels[name] else str(n)
                        for name, n in small.items())
    return f"{MIN_DOCUMENTS} independent documents are needed, there are fewer ({counted})"


def _clusters(names: np.ndarray, issuer: np.ndarray, date: np.ndarray) -> np.ndarray:
    """Numbers of clusters: one issuer's documents of one date, else each document."""
    keys = [
        ("issuer", who, when) if who and when else ("document", name, "")
        for name, who, when in zip(names, issuer, date, strict=True)
    ]
    number = {key: position for position, key in enumerate(sorted(set(keys)))}
    return np.array([number[key] for key in keys], dtype=int)


def _reach(
    design: _Design, redrawn, n_draws: int, *, rng: np.random.Generator, n_boot: int
) -> tuple[np.ndarray, float]:
    """(coefficients × topics) half-widths, and the part of redrawn corpora that has no answer."""
    x, cluster = design.x, design.cluster
    n, p = int(cluster.max()) + 1, x.shape[1]
    squares = _added(x[:, :, None] * x[:, None, :], cluster, n)
    found, lost = [], 0
    for number, y in enumerate(redrawn):
        products = _added(x[:, :, None] * y[:, None, :], cluster, n)
        left = len(range(number, n_boot, n_draws))
        while left:
            runs = min(left, max(1, CELLS // n))
            left -= runs
            drawn = rng.integers(n, size=(runs, n)) + n * np.arange(runs)[:, None]
            weights = np.bincount(drawn.ravel(), minlength=runs * n).reshape(runs, n).astype(float)
            xx = (weights @ squares).reshape(runs, p, p)
            xy = (weights @ products).reshape(runs, p, -1)
            # Beyond this condition number half of the digits of a solution are noise.
            good = np.linalg.cond(xx) < 1e8
            lost += int((~good).sum())
            found.append(np.linalg.solve(xx[good], xy[good]))
    drawn = np.concatenate(found)
    if len(drawn) < 2 or n <= p:
        return np.full(drawn.shape[1:], np.nan), 1.0
    spread = drawn.std(axis=0, ddof=1) * np.sqrt(n / (n - p))
    # Shares that are all the same scatter by rounding alone.
    spread[spread < 1e-9] = 0.0
    return float(stats.t.ppf(0.975, n - p)) * spread, lost / n_boot


def _added(values: np.ndarray, cluster: np.ndarray, n: int) -> np.ndarray:
    """(clusters × …) sums of rows of one cluster, flattened."""
    flat = values.reshape(len(values), -1)
    return np.stack(
        [np.bincount(cluster, weights=column, minlength=n) for column in flat.T], axis=1
    )


def effects_reading(table: pd.DataFrame) -> list[str]:
    """Which differences hold up, in words.

    Args:
        table: what `effects` returned.
    """
    told = table[table["why_no_interval"] == ""]
    missing = table[table["why_no_interval"] != ""].drop_duplicates(["term", "why_no_interval"])
    sentences = [f"{row.term}: {row.why_no_interval}." for row in missing.itertuples()]
    if told.empty:
        return sentences or ["There is no topic to compare."]
    apart = told[(told["low"] > 0) | (told["high"] < 0)]
    sentences.append(
        f"{len(apart)} of {len(told)} intervals leave out 0; about {0.05 * len(told):.1f} would if "
        "no share differed. They are not adjusted for their number."
    )
    sentences += [
        f"{row.topic}, {row.term}: {tables.formatted(row.estimate, 'number')} percentage points "
        f"({tables.formatted(row.low, 'number')} to {tables.formatted(row.high, 'number')})."
        for row in apart.itertuples()
    ]
    return sentences
