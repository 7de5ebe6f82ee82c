"""Does a finding depend on choices that others would have made otherwise?

Every declared finding is judged under every combination of the study's alternatives. Choices that
cannot enter an estimand are not varied for it; specifications that come to the same analysis are
merged and counted once. A share of specifications is no probability and no evidence: it says how
much of the verdict is the analyst's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis import charts, store, tables
from analysis.estimands import ESTIMANDS, Bench
from analysis.findings import INSUFFICIENT, Finding, agreeing, declared, verdict
from analysis.specification import (
    CHOICES,
    DEFAULT,
    LABELS,
    Specification,
    combinations,
    narrowed,
    options,
)
from analysis.study import Study
from analysis.tables import Column

#: What stands in a choice's column if it cannot enter the estimand.
NOT_VARIED = "–"

UNIVERSES = {
    "finding": Column("finding"),
    "claim": Column("claim"),
    "is_default": Column("default analysis", "flag"),
    **{choice: Column(label) for choice, label in LABELS.items()},
    "estimate": Column("estimate, in the claimed direction", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
    "smallest_effect": Column("smallest effect that matters", "number"),
    "verdict": Column("verdict"),
}

ROBUSTNESS = {
    "claim": Column("claim"),
    "verdict": Column("verdict of the default analysis"),
    "distinct": Column("distinct specifications", "count"),
    "combinations": Column("combinations", "count"),
    "judged": Column("with an interval, so judged", "count"),
    "agree": Column("of these with the same verdict", "count"),
    "beyond": Column("with an estimate that reaches the smallest effect", "count"),
    "lowest": Column("lowest estimate", "number"),
    "default": Column("default estimate", "number"),
    "highest": Column("highest estimate", "number"),
    "mover": Column("choice that moves it most"),
    "moved": Column("by, on average", "number"),
}


def universes(study: Study, *, seed: int, n_boot: int, fold: bool) -> pd.DataFrame:
    """What does each finding come to under each distinct specification?

    Args:
        study: the study, with findings and alternatives.
        seed: of all resamples.
        n_boot: resamples behind each interval.
        fold: count spelling variants as one word.

    Returns:
        One row a finding and distinct specification, the default analysis first.
    """
    return store.shared_table(
        lambda: _computed(study, seed=seed, n_boot=n_boot, fold=fold),
        name="analysis.multiverse.universes",
        study=study.hash,
        parameters={"seed": seed, "n_boot": n_boot, "fold": fold},
    )


def _computed(study: Study, *, seed: int, n_boot: int, fold: bool) -> pd.DataFrame:
    bench = Bench(study, seed=seed, n_boot=n_boot, fold=fold)
    rows = []
    for finding in declared(study):
        estimand = ESTIMANDS[finding.estimand]
        for spec in specifications(study, finding):
            estimate = estimand.estimate(bench, spec, finding.arguments)
            interval = estimate.interval
            entering = estimand.entering(spec)
            rows.append(
                {
                    "finding": finding.id,
                    "claim": finding.claim,
                    "is_default": spec == DEFAULT,
                    **{
                        choice: getattr(spec, choice) if choice in entering else NOT_VARIED
                        for choice in CHOICES
                    },
                    "estimate": interval.estimate,
                    "low": interval.low,
                    "high": interval.high,
                    "smallest_effect": finding.smallest_effect,
                    "verdict": verdict(interval, smallest_effect=finding.smallest_effect),
                    "evidence": [i for ids in estimate.evidence.values() for i in ids],
                }
            )
    return tables.result(rows, columns=UNIVERSES, made_by="analysis.multiverse.universes")


def specifications(study: Study, finding: Finding) -> list[Specification]:
    """The distinct specifications of a finding, the default first."""
    entering = ESTIMANDS[finding.estimand].entering
    every = combinations(options(study.alternatives))
    return list(dict.fromkeys(narrowed(spec, entering(spec)) for spec in every))


def robustness(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """How many defensible analyses agree with each finding's verdict, and what moves it?

    Args:
        study: the study.
        table: what `universes` returned.

    Returns:
        One row a finding. `mover` is the choice whose options differ most in their mean estimate.
    """
    n = len(combinations(options(study.alternatives)))
    rows = []
    for claim, own in table.groupby("claim", sort=False):
        default = own[own["is_default"]].iloc[0]
        mover, moved = _mover(own)
        rows.append(
            {
                "claim": claim,
                "verdict": default["verdict"],
                "distinct": len(own),
                "combinations": n,
                "judged": int((own["verdict"] != INSUFFICIENT).sum()),
                "agree": agreeing(own, default["verdict"]),
                "beyond": int((own["estimate"] >= own["smallest_effect"]).sum()),
                "lowest": own["estimate"].min(),
                "default": default["estimate"],
                "highest": own["estimate"].max(),
                "mover": mover,
                "moved": moved,
                "evidence": default["evidence"],
            }
        )
    return tables.result(rows, columns=ROBUSTNESS, made_by="analysis.multiverse.robustness")


def _mover(own: pd.DataFrame) -> tuple[str, float]:
    """The choice whose options' mean estimates lie furthest apart, and how far."""
    best, reach = "none", 0.0
    for choice in CHOICES:
        means = own[own[choice] != NOT_VARIED].groupby(choice, sort=False)["estimate"].mean()
        if len(means) > 1 and np.ptp(means.to_numpy()) > reach:
            best, reach = LABELS[choice], float(np.ptp(means.to_numpy()))
    return best, reach


def curve(own: pd.DataFrame) -> charts.Chart:
    """The specification curve of one finding."""
    reached = int((own["estimate"] >= own["smallest_effect"]).sum())
    return charts.specification_curve(
        own,
        choices=CHOICES,
        labels=LABELS,
        default="is_default",
        threshold="smallest_effect",
        title=f"{own['claim'].iloc[0]} As large as would matter in {reached} of {len(own)} "
        "specifications",
    )


def alternatives_table(study: Study) -> pd.DataFrame:
    """Which options are tried, and why is each defensible?"""
    rows = [
        {
            "choice": LABELS[choice],
            "options": ", ".join(entry["options"]),
            "reason": entry["reason"],
        }
        for choice, entry in study.alternatives.items()
    ]
    columns = {
        "choice": Column("choice"),
        "options": Column("options, the default first"),
        "reason": Column("why others are defensible"),
    }
    return tables.result(rows, columns=columns, made_by="analysis.multiverse.alternatives_table")


def robustness_reading(table: pd.DataFrame) -> list[str]:
    """How far the verdicts depend on the analyst, in words."""
    return list(_sentences(table)) or ["The study declares no finding."]


def _sentences(table: pd.DataFrame) -> Iterator[str]:
    for row in table.itertuples():
        if not row.judged:
            agreement = (
                f"None of its {row.distinct} distinct specifications has an interval, so there is "
                "no verdict to agree with"
            )
        else:
            agreement = (
                f"{row.agree} of {row.distinct} distinct specifications come to the same verdict, "
                f"{row.distinct - row.judged} to none"
            )
        signs = (
            "the estimate keeps its sign throughout"
            if row.lowest > 0 or row.highest < 0
            else "the estimate changes its sign between them"
        )
        mover = (
            f"What moves it most is the choice of {row.mover} (by {row.moved:.2f} on average)."
            if row.moved
            else "No choice moves it."
        )
        low, high = (tables.formatted(value, "number") for value in (row.lowest, row.highest))
        yield (
            f"{row.claim} {row.verdict.capitalize()}. {agreement}. The estimate reaches the "
            f"smallest effect that matters in {row.beyond}, and {signs} ({low} to {high}). {mover}"
        )


def _quoted(claims: list[str]) -> str:
    return " ".join(f"“{claim}”" for claim in claims)


def headline(table: pd.DataFrame) -> str:
    """The page's answer in two or three sentences."""
    if table.empty:
        return "The study declares no finding that could depend on who analyses."
    judged = table[table["judged"] > 0]
    stable = judged[judged["agree"] == judged["distinct"]]
    flips = table.loc[(table["lowest"] <= 0) & (table["highest"] >= 0), "claim"].tolist()
    reach = table.loc[table["beyond"] == table["distinct"], "claim"].tolist()
    total = int(table["distinct"].sum())
    parts = [
        f"None of the {len(table)} findings gets a verdict in any of {total} distinct "
        "specifications, for want of text.",
    ]
    if len(judged):
        parts = [
            f"{len(judged)} of {len(table)} findings can be judged, {len(stable)} of them with the "
            f"same verdict in every distinct specification ({total} in all).",
        ]
    if reach:
        parts.append(
            f"In every specification the estimate is as large as would matter for: {_quoted(reach)}"
        )
    if flips:
        parts.append(
            f"It changes its sign between defensible analyses for: {_quoted(flips)}"
        )
    return " ".join(parts)
