"""All pairs at a glance: each two statements, or of many statements groups and years."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pandas as pd

from analysis import tables
from analysis.corpus import Corpus
from analysis.inference import Z95, Interval, generator
from analysis.likeness import STATEMENTS, Pairs
from analysis.tables import Column

# Beyond this many statements, cells with a number of readable size no longer fit a page.
MOST_STATEMENTS = 16

# Rows of a figure of years; with more years, they are taken together.
MOST_PERIODS = 20

# METHODS: with at least so many documents a group, documents are redrawn.
MIN_DOCUMENTS = 20

# Values of groups in a sentence; the table has them all.
VALUES_LISTED = 8

#: Name of statements that are in no group.
NO_GROUP = "in no group"

CELLS = {
    "first": Column("of"),
    "second": Column("with"),
    "cosine": Column("mean cosine", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
    "why_no_interval": Column("why no interval"),
    "lowest": Column("lowest", "number"),
    "highest": Column("highest", "number"),
    "pairs": Column("pairs", "count"),
}

YEARS = {
    "years": Column("years"),
    "which": Column("pairs of statements"),
    "cosine": Column("mean cosine", "number"),
    "lowest": Column("lowest", "number"),
    "highest": Column("highest", "number"),
    "pairs": Column("pairs", "count"),
}


def many(corpus: Corpus) -> bool:
    """Are there too many statements to show each pair?"""
    return int(Pairs(corpus).statements.sum()) > MOST_STATEMENTS


def cells(corpus: Corpus, pairs: pd.DataFrame, *, seed: int, n_boot: int) -> pd.DataFrame:
    """How alike are each two statements; or, of many, statements within and between groups?

    A group's mean weighs all pairs of different statements the same. Its interval redraws
    statements, in both groups at once, where each has at least `MIN_DOCUMENTS`:
    mean ± 1.96 standard errors.

    Args:
        corpus: the statements in units.
        pairs: what `similarity.statement_pairs` returned.
        seed: of the resamples.
        n_boot: number of resamples.

    Returns:
        One row a pair of statements, or of groups (a group with itself included).
    """
    grid, labels = _grid(corpus, pairs)
    ranked = pairs[pairs["kind"] == STATEMENTS]
    if not many(corpus):
        reasons = dict(zip(ranked["pair"], ranked["why_no_interval"], strict=True))
        bounds = dict(zip(ranked["pair"], zip(ranked["low"], ranked["high"], strict=True),
                          strict=True))
        rows = [
            _cell(labels[i], labels[j], grid[[i], [j]], Interval(grid[i, j], *bounds[name]),
                  reasons[name])
            for name, (i, j) in _named_places(corpus)
        ]
        return tables.result(rows, columns=CELLS, made_by="analysis.overview.cells")
    groups = _groups(corpus)
    rows = []
    for a, b in combinations_with_replacement(dict.fromkeys(groups), 2):
        one, other = (np.array([g == name for g in groups]) for name in (a, b))
        values = grid[np.ix_(one, other)]
        values = values[np.triu_indices(len(values), 1)] if a == b else values.ravel()
        few = min(one.sum(), other.sum()) < MIN_DOCUMENTS
        interval = Interval(_mean(values), np.nan, np.nan) if few else _documents(
            grid, one, other, rng=generator(seed, "groups", a, b), n_boot=n_boot
        )
        rows.append(_cell(a, b, values, interval, f"fewer than {MIN_DOCUMENTS} statements in a "
                          "group" if few else ""))
    return tables.result(rows, columns=CELLS, made_by="analysis.overview.cells")


def _named_places(corpus: Corpus) -> list[tuple[str, tuple[int, int]]]:
    """Pairs of statements with their places among the statements."""
    pairs = Pairs(corpus)
    place = {text: n for n, text in enumerate(np.flatnonzero(pairs.statements))}
    return [
        (label, (place[i], place[j]))
        for label, (i, j) in zip(pairs.labels, pairs.places, strict=True)
        if i in place and j in place
    ]


def _grid(corpus: Corpus, pairs: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """(statements × statements) cosines, NaN with itself; and the statements' labels."""
    cosine = dict(zip(pairs["pair"], pairs["cosine"], strict=True))
    labels = np.array(list(corpus.labels.values()))[Pairs(corpus).statements].tolist()
    grid = np.full((len(labels), len(labels)), np.nan)
    for name, (i, j) in _named_places(corpus):
        grid[i, j] = grid[j, i] = cosine[name]
    return grid, labels


def _groups(corpus: Corpus) -> list[str]:
    """The group of each statement, in order of date."""
    groups = np.array(list(corpus.group_of.values()))[Pairs(corpus).statements]
    return [group or NO_GROUP for group in groups.tolist()]


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _cell(
    first: str, second: str, values: np.ndarray, interval: Interval, reason: str
) -> dict[str, object]:
    known = values[~np.isnan(values)]
    return {
        "first": first,
        "second": second,
        "cosine": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "why_no_interval": reason,
        "lowest": float(known.min(initial=np.inf)) if len(known) else np.nan,
        "highest": float(known.max(initial=-np.inf)) if len(known) else np.nan,
        "pairs": len(known),
    }


def _documents(
    grid: np.ndarray, one: np.ndarray, other: np.ndarray, *, rng: np.random.Generator, n_boot: int
) -> Interval:
    """Mean cosine of two groups (or one) with statements redrawn; a statement never meets itself.

    With weights w of the statements: Σᵢⱼ wᵢwⱼcᵢⱼ / Σᵢⱼ wᵢwⱼ over known pairs i ≠ j.
    """
    known = ~np.isnan(grid)
    values = np.where(known, grid, 0.0)
    a, b = np.flatnonzero(one), np.flatnonzero(other)
    first = rng.multinomial(len(a), np.full(len(a), 1 / len(a)), n_boot).astype(float)
    second = first if np.array_equal(a, b) else rng.multinomial(
        len(b), np.full(len(b), 1 / len(b)), n_boot
    ).astype(float)
    part = np.ix_(a, b)
    drawn = ((first @ values[part]) * second).sum(1) / ((first @ known[part]) * second).sum(1)
    mean = float(values[part].sum() / known[part].sum())
    reach = Z95 * float(drawn.std(ddof=1))
    return Interval(mean, mean - reach, mean + reach)


#: Stands for the year of an undated statement; no calendar has it.
UNDATED = -1


def years(corpus: Corpus, pairs: pd.DataFrame) -> pd.DataFrame:
    """How alike are statements of the same years, within groups and between them?

    Args:
        corpus: the statements in units.
        pairs: what `similarity.statement_pairs` returned.

    Returns:
        At most two rows a period of one year, or of 2, 5, 10 … if there are more than
        `MOST_PERIODS`; pairs of statements of different periods are in none.
    """
    grid, _ = _grid(corpus, pairs)
    genre = corpus.study.statements.set_index("statement_id")
    dates = [genre.loc[i, "date"] for i, own in
             zip(corpus.labels, Pairs(corpus).statements, strict=True) if own]
    # Undated statements share no year with any other.
    year = np.array([int(date[:4]) if date else UNDATED for date in dates])
    groups, dated = np.array(_groups(corpus)), year[year != UNDATED]
    width = next(w for w in (1, 2, 5, 10, 25, 50, 100, 1000)
                 if len(np.unique(dated // w)) <= MOST_PERIODS)
    rows = []
    for period in np.unique(dated // width):
        own = np.flatnonzero((year != UNDATED) & (year // width == period))
        upper = np.triu(np.ones((len(own), len(own)), dtype=bool), 1)
        same = groups[own][:, None] == groups[own][None, :]
        for which, chosen in (("within a group", same), ("between groups", ~same)):
            values = grid[np.ix_(own, own)][upper & chosen]
            values = values[~np.isnan(values)]
            if not len(values):
                continue
            rows.append(
                {
                    "years": _period(int(period), width),
                    "which": which,
                    "cosine": _mean(values),
                    "lowest": float(values.min()),
                    "highest": float(values.max()),
                    "pairs": len(values),
                }
            )
    return tables.result(rows, columns=YEARS, made_by="analysis.overview.years")


def _period(number: int, width: int) -> str:
    return str(number) if width == 1 else f"{number * width}–{number * width + width - 1}"


def cells_title(table: pd.DataFrame) -> str:
    """The message of the figure of cells."""
    known = table.dropna(subset=["cosine"])
    if known.empty:
        return "No two statements can be compared"
    top = known.loc[known["cosine"].idxmax()]
    if len(known) == 1:
        return f"{top['first']} and {top['second']}: the only pair"
    if top["first"] == top["second"]:
        return f"Statements are most alike within {top['first']}"
    return f"{top['first']} and {top['second']} are the most alike"


def headline(table: pd.DataFrame) -> list[str]:
    """Groups against each other in a sentence; nothing where each pair is shown.

    Args:
        table: what `cells` returned.
    """
    known = table.dropna(subset=["cosine"])
    own = known["first"] == known["second"]
    if not own.any() or own.all():
        return []
    within, between = (
        float((part["cosine"] * part["pairs"]).sum() / part["pairs"].sum())
        for part in (known[own], known[~own])
    )
    return [
        f"On average two statements of one group have a cosine of {within:.2f}, two of different "
        f"groups {between:.2f}."
    ]


def overview_reading(table: pd.DataFrame) -> list[str]:
    """What the groups' means say, in words; nothing where each pair is shown.

    Args:
        table: what `cells` returned.
    """
    known = table.dropna(subset=["cosine"])
    own = known["first"] == known["second"]
    inner, outer = known[own], known[~own]
    if inner.empty:
        return []
    said = [f"Too many statements to show each pair. Mean cosine within groups: {_listed(inner)}."]
    if len(outer):
        said.append(f"Between groups: {_listed(outer)}. Longer statements have higher cosines.")
    why = dict.fromkeys(known.loc[known["low"].isna(), "why_no_interval"])
    if why:
        said.append(f"Insufficient evidence where no interval is given: {'; '.join(why)}.")
    return said


def _listed(cells: pd.DataFrame) -> str:
    """Values with their groups, of many the highest and the lowest."""
    rows = cells.sort_values("cosine", ascending=False, kind="stable").to_dict("records")
    if len(rows) <= VALUES_LISTED:
        return "; ".join(_value(row) for row in rows)
    return f"from {_value(rows[0])} down to {_value(rows[-1])}"


def _value(row: dict[str, object]) -> str:
    who = row["first"] if row["first"] == row["second"] else f"{row['first']} and {row['second']}"
    bounds = "" if np.isnan(row["low"]) else f" ({row['low']:.2f} to {row['high']:.2f})"
    return f"{who} {row['cosine']:.2f}{bounds}"
