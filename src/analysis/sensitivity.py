"""Would a finding's verdict change if one seed, word, block or statement were another?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis import estimands, tables
from analysis.bench import Bench
from analysis.declarations import declared
from analysis.estimands import ESTIMANDS
from analysis.multiverse import Multiverse, interval_in_words
from analysis.study import Study
from analysis.tables import Column
from analysis.verdicts import INSUFFICIENT, in_words

#: Kind of change → what a reader calls it.
KINDS = {
    "seed": "another seed",
    "term": "one term left out",
    "block": "one block left out",
    "statement": "one statement left out",
}

SENSITIVITY = {
    "claim": Column("claim"),
    "verdict": Column("verdict of the default analysis"),
    "change": Column("what is changed"),
    "n": Column("times", "count"),
    "same": Column("same verdict", "count"),
    "without": Column("no interval then", "count"),
    "other": Column("another verdict", "count"),
    "range": Column("estimates"),
    "flips": Column("which bring another verdict"),
}

FLIPS = {
    "claim": Column("claim"),
    "default": Column("verdict of the default analysis"),
    "change": Column("what is changed"),
    "what": Column("which"),
    "verdict": Column("verdict then"),
    "found": Column("estimate and interval"),
    "estimate": Column("estimate", "number", aside=True),
    "low": Column("95 % from", "number", aside=True),
    "high": Column("95 % to", "number", aside=True),
}

# More names than this in one cell are no longer read; the table of flips has them all.
_NAMED = 6


def _rows(study: Study, runs: Multiverse) -> Iterator[dict[str, object]]:
    by_id = {finding.id: finding for finding in declared(study)}
    defaults = {name: runs.default(finding) for name, finding in by_id.items()}
    for row in runs.altered:
        finding = by_id[row["finding"]]
        yield {
            "finding": finding,
            "default": defaults[finding.id],
            "kind": row["kind"],
            "what": row["what"],
            "verdict": row["verdict"],
            **{
                name: np.nan if row[key] is None else row[key]
                for name, key in (("estimate", "value"), ("low", "low"), ("high", "high"))
            },
        }


def sensitivity(study: Study, bench: Bench, runs: Multiverse) -> pd.DataFrame:
    """How often does a verdict stay if one thing is changed?

    Only what the finding looks at is left out: terms that stand in its texts, blocks of its
    statements, statements of a side that has several. Counts know no seed. A text less a block may
    fall short of what an interval needs; that is no other verdict, and counted apart.

    Returns:
        One row a finding and kind of change.
    """
    rows = []
    listed = list(_rows(study, runs))
    for finding in declared(study):
        unit = ESTIMANDS[finding.estimand].unit
        for kind, words in KINDS.items():
            own = [r for r in listed if r["finding"] == finding and r["kind"] == kind]
            if not own:
                continue
            values = np.array([row["estimate"] for row in own])
            flips = [row for row in own if _flips(row)]
            same = sum(row["verdict"] == row["default"] for row in own)
            named = [_named(bench, row) for row in flips]
            more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
            rows.append(
                {
                    "claim": finding.claim,
                    "verdict": own[0]["default"],
                    "change": words,
                    "n": len(own),
                    "same": same,
                    "without": len(own) - same - len(flips),
                    "other": len(flips),
                    "range": f"{in_words(float(np.nanmin(values)), unit)} to "
                    f"{in_words(float(np.nanmax(values)), unit)}"
                    if np.isfinite(values).any() else "undefined",
                    "flips": ", ".join(named[:_NAMED]) + more,
                    "evidence": _evidence(bench, flips),
                }
            )
    return tables.result(rows, columns=SENSITIVITY, made_by="analysis.sensitivity.sensitivity")


def _flips(row: dict[str, object]) -> bool:
    """Whether a change brings another verdict, not merely none."""
    return row["verdict"] not in (row["default"], INSUFFICIENT)


def _named(bench: Bench, row: dict[str, object]) -> str:
    labels = bench.reading(bench.base).corpus.labels
    what = row["what"]
    if row["kind"] == "term":
        return f"“{what[1]}”"
    if row["kind"] == "block":
        return f"{labels[what[0]]}, block {what[1]}"
    return labels[what] if row["kind"] == "statement" else f"seed {what}"


def _evidence(bench: Bench, rows: list[dict[str, object]]) -> list[str]:
    """Sentences of the blocks that were left out, and those that hold the terms."""
    units = bench.reading(bench.base).corpus.units
    found: dict[str, None] = {}
    for row in rows:
        what = row["what"]
        if row["kind"] == "block":
            own = (units["statement_id"] == what[0]) & (units["block"] == what[1])
            found |= dict.fromkeys(units.loc[own, "sentence_id"])
        elif row["kind"] == "term":
            finding = row["finding"]
            target = estimands.targets(finding.estimand, finding.arguments)[0]
            matches = bench.matches(bench.base, target)
            found |= dict.fromkeys(matches.loc[matches["term"] == what[1], "sentence_id"])
    return list(found)


def flips(study: Study, bench: Bench, runs: Multiverse) -> pd.DataFrame:
    """Which single changes come to another verdict, and with which numbers?

    Returns:
        One row such a change; evidence: the sentences that were left out.
    """
    rows = []
    for row in _rows(study, runs):
        if not _flips(row):
            continue
        finding = row["finding"]
        rows.append(
            {
                "claim": finding.claim,
                "default": row["default"],
                "change": KINDS[row["kind"]],
                "what": _named(bench, row),
                "verdict": row["verdict"],
                "found": interval_in_words(
                    row["estimate"], row["low"], row["high"], ESTIMANDS[finding.estimand].unit
                ),
                **{name: row[name] for name in ("estimate", "low", "high")},
                "evidence": _evidence(bench, [row]),
            }
        )
    return tables.result(rows, columns=FLIPS, made_by="analysis.sensitivity.flips")


def sensitivity_reading(table: pd.DataFrame) -> list[str]:
    """Which verdicts hang on a single thing, in words."""
    if table.empty:
        return ["No finding rests on anything that could be left out by itself."]
    total, other = int(table["n"].sum()), int(table["other"].sum())
    loose = table[table["other"] > 0]
    if loose.empty:
        return [f"No verdict hangs on a single seed, word, block or statement: {total} changes "
                "were tried, none brings another verdict."]
    said = [f"{total} single changes were tried; {other} bring another verdict."]
    said += [
        f"{row.claim} {row.verdict.capitalize()}; {row.other} of {row.n} times another verdict "
        f"with {row.change}: {row.flips}."
        for row in loose.itertuples()
    ]
    return said
