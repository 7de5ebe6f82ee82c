"""The declared findings under all combinations of the study's alternatives.

A share of specifications that agree with a verdict is no probability and no evidence: it says how
much of the verdict is the analyst's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from tqdm import tqdm

from analysis import charts, charts_parts, estimands, specification, store, tables, universes
from analysis.declarations import Finding, declared
from analysis.estimands import ESTIMANDS
from analysis.plural import counted
from analysis.specification import CHOICES, LABELS, OPTION_LABELS, Specification, active, called
from analysis.study import Study
from analysis.tables import Column
from analysis.universes import Settings
from analysis.verdicts import INAPPLICABLE, INSUFFICIENT, in_words

#: What stands in a choice's column if it cannot enter the estimand.
NOT_VARIED = "–"

# More specifications than this are no longer told apart in a curve; evenly spaced ones are drawn.
CURVE = 120

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
    "why": Column("why none"),
}

# In the place of an option where no one stands out.
NO_OPTION = "none"

ROBUSTNESS = {
    "claim": Column("claim"),
    "verdict": Column("verdict of the default analysis"),
    "distinct": Column("distinct analyses", "count"),
    "combinations": Column("combinations of options", "count", aside=True),
    "inapplicable": Column("combinations that do not apply", "count", aside=True),
    "without": Column("without an interval", "count"),
    "agree": Column("with the same verdict", "count"),
    "agreement": Column("agreement, every option of a choice and every choice alike", "percent"),
    "worst": Column("option that agrees least"),
    "worst_agreement": Column("agreement of that option", "percent", aside=True),
    "lowest": Column("lowest estimate", "number"),
    "default": Column("default estimate", "number", aside=True),
    "highest": Column("highest estimate", "number"),
    "mover": Column("single choice that moves it most"),
    "moved": Column("by", "number"),
}

OPTIONS = {
    "claim": Column("claim"),
    "choice": Column("choice"),
    "option": Column("option"),
    "analyses": Column("analyses with it that apply", "count"),
    "agree": Column("with the default verdict", "count"),
    "agreement": Column("agreement", "percent"),
    "mean": Column("mean estimate", "number"),
    "alone": Column("estimate if only this is changed", "number"),
}

DISAGREEING = {
    "claim": Column("claim"),
    "default": Column("verdict of the default analysis"),
    "verdict": Column("verdict here"),
    "differs": Column("what is chosen otherwise"),
    "found": Column("estimate and interval"),
    "estimate": Column("estimate", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
}


@dataclass(frozen=True)
class Multiverse:
    """All analyses of all findings.

    Attributes:
        settings: what they have in common.
        universes: one row a finding and distinct specification (columns `UNIVERSES`), the
            default first.
        altered: the rows of `universes.all_rows` about sensitivity.
    """

    settings: Settings
    universes: pd.DataFrame
    altered: list[dict[str, object]]

    @cached_property
    def _by_finding(self) -> dict[str, pd.DataFrame]:
        # pandas copies labels deeply at every step; these parts need none.
        plain = pd.DataFrame(self.universes)
        plain.attrs = {}
        return dict(iter(plain.groupby("finding", sort=False)))

    def of(self, finding: Finding) -> pd.DataFrame:
        """The universes of one finding, the default first, without the table's labels."""
        return self._by_finding[finding.id]

    def default(self, finding: Finding) -> str:
        """The verdict of the default analysis."""
        return str(self.of(finding)["verdict"].iloc[0])


def settings(
    *, seed: int, n_boot: int, n_boot_variants: int, include_boilerplate: bool = False,
    include_headings: bool = False, fold_spelling: bool = True,
) -> Settings:
    """What all analyses have in common, from a notebook's parameters.

    Args:
        seed: of all resamples.
        n_boot: resamples behind each interval of the default analysis.
        n_boot_variants: the same for every other one.
        include_boilerplate, include_headings, fold_spelling: the default analysis, as on the
            other pages.
    """
    base = Specification(
        boilerplate="kept" if include_boilerplate else "aside",
        headings="in" if include_headings else "out",
        folding="folded" if fold_spelling else "written",
    )
    return Settings(base, seed, n_boot, n_boot_variants)


def compute(
    study: Study, made: Settings, *, jobs: int = 0, scheduler: str = ""
) -> Multiverse:
    """What does each finding come to under each distinct specification, and with parts left out?

    Kept results are read, the others computed on all cores, with a progress bar; what was
    interrupted goes on where it stopped.

    Args:
        study: the study, with findings and alternatives.
        made: what `settings` returned.
        jobs: processes; 0 for one a core.
        scheduler: address of a running Dask scheduler, or "".
    """
    with store.one_at_a_time("universes"), tqdm(
        total=1, desc="analyses", disable=not _watched(), bar_format="{desc}  {n}/{total}  "
        "{bar:20}  {elapsed}", leave=False,
    ) as bar:

        def follow(done: int, of: int) -> None:
            bar.total, bar.n = of, done
            bar.refresh()

        rows = universes.all_rows(
            study, made, jobs=jobs, scheduler=scheduler, on_chunk=follow
        )
    return Multiverse(made, _table(study, made, rows["universes"]), rows["sensitivity"])


def _watched() -> bool:
    """Does a person look on: at a terminal, or at a notebook that no run executes?"""
    return sys.stderr.isatty() or ("ipykernel" in sys.modules and "STUDY_PATH" not in os.environ)


def _table(
    study: Study, made: Settings, rows: list[dict[str, object]]
) -> pd.DataFrame:
    by_id = {finding.id: finding for finding in declared(study)}
    listed = []
    for row in rows:
        finding = by_id[row["finding"]]
        spec = Specification(**row["specification"])
        own = estimands.entering(study, finding.estimand, finding.arguments)
        varied = active(spec, own, ESTIMANDS[finding.estimand].idle)
        listed.append(
            {
                "finding": finding.id,
                "claim": finding.claim,
                "is_default": spec == made.base,
                **{
                    choice: getattr(spec, choice) if choice in varied else NOT_VARIED
                    for choice in CHOICES
                },
                **{
                    name: np.nan if row[key] is None else row[key]
                    for name, key in (("estimate", "value"), ("low", "low"), ("high", "high"))
                },
                "smallest_effect": finding.smallest_effect,
                "verdict": row["verdict"],
                "why": row["why"],
            }
        )
    order = list(by_id)
    listed.sort(key=lambda row: (
        order.index(row["finding"]), not row["is_default"],
        *(str(row[choice]) for choice in CHOICES),
    ))
    return tables.result(listed, columns=UNIVERSES, made_by="analysis.multiverse.compute")


def robustness(study: Study, runs: Multiverse) -> pd.DataFrame:
    """How many defensible analyses agree with each finding's verdict, and what moves it?

    `agreement` counts every option of a choice alike, and every choice alike: within each choice
    that is varied the mean over its options of the share that agrees, then the mean over choices;
    otherwise a measure with more variants would have more say. Analyses that do not apply, and
    those without an interval, agree with nothing; the former are left out below the line.
    `mover` is the single choice that changes the default estimate most.

    Returns:
        One row a finding.
    """
    by_option = options(study, runs)
    available = specification.options(study.alternatives)
    rows = []
    for finding in declared(study):
        own = runs.of(finding)
        default = own.iloc[0]
        listed = by_option[by_option["claim"] == finding.claim]
        entering = estimands.entering(study, finding.estimand, finding.arguments)
        rows.append(
            {
                "claim": finding.claim,
                "verdict": default["verdict"],
                "distinct": len(own),
                "combinations": specification.combinations(available, entering),
                "inapplicable": int((own["verdict"] == INAPPLICABLE).sum()),
                "without": int((own["verdict"] == INSUFFICIENT).sum()),
                "agree": agreeing(own),
                **_agreement(own, listed),
                "lowest": own["estimate"].min(),
                "default": default["estimate"],
                "highest": own["estimate"].max(),
                **_mover(default["estimate"], listed),
            }
        )
    return tables.result(rows, columns=ROBUSTNESS, made_by="analysis.multiverse.robustness")


def agreeing(own: pd.DataFrame) -> int:
    """How many analyses come to the default's verdict? Those without one agree with nothing."""
    found = own["verdict"].iloc[0]
    return 0 if found == INSUFFICIENT else int((own["verdict"] == found).sum())


def _agreement(own: pd.DataFrame, listed: pd.DataFrame) -> dict[str, object]:
    none = {"agreement": np.nan, "worst": "", "worst_agreement": np.nan}
    if own["verdict"].iloc[0] == INSUFFICIENT:
        return none
    if listed.empty:
        return {**none, "agreement": 1.0}
    worst = listed.loc[listed["agreement"].idxmin()]
    alike = listed["agreement"].nunique() == 1
    return {
        "agreement": float(listed.groupby("choice", sort=False)["agreement"].mean().mean()),
        "worst": NO_OPTION if alike else f"{worst['choice']}: {worst['option']}",
        "worst_agreement": float(worst["agreement"]),
    }


def _mover(default: float, listed: pd.DataFrame) -> dict[str, object]:
    reach = (listed["alone"] - default).abs()
    if not reach.gt(0).any():
        return {"mover": NO_OPTION, "moved": 0.0}
    best = listed.loc[reach.idxmax()]
    return {
        "mover": f"{best['choice']}: {best['option']}",
        "moved": float(best["alone"] - default),
    }


def options(study: Study, runs: Multiverse) -> pd.DataFrame:
    """How do the options of each choice agree, and what does each do by itself?

    Returns:
        One row a finding, choice that is varied and option; `alone` is the estimate of the
        default analysis with this option in the default's place.
    """
    rows = []
    for finding in declared(study):
        own = runs.of(finding)
        applied = own[own["verdict"] != INAPPLICABLE]
        default = own.iloc[0]
        for choice in CHOICES:
            found = [o for o in CHOICES[choice] if (applied[choice] == o).any()]
            if len(found) < 2:
                continue
            for option in found:
                part = applied[applied[choice] == option]
                agree = 0
                if default["verdict"] != INSUFFICIENT:
                    agree = int((part["verdict"] == default["verdict"]).sum())
                rows.append(
                    {
                        "claim": finding.claim,
                        "choice": LABELS[choice],
                        "option": called(option),
                        "analyses": len(part),
                        "agree": agree,
                        "agreement": np.nan if default["verdict"] == INSUFFICIENT
                        else agree / len(part),
                        "mean": part["estimate"].mean(),
                        "alone": _alone(part, default, choice),
                    }
                )
    return tables.result(rows, columns=OPTIONS, made_by="analysis.multiverse.options")


def _alone(part: pd.DataFrame, default: pd.Series, choice: str) -> float:
    """The estimate of the analysis that differs from the default in this choice alone."""
    others = [other for other in CHOICES
              if other != choice and default[other] != NOT_VARIED]
    values = part[others].to_numpy(dtype=object)
    wanted = default[others].to_numpy(dtype=object)
    alike = ((values == wanted) | (values == NOT_VARIED)).all(axis=1)
    found = part["estimate"].to_numpy()[alike]
    return float(found[0]) if len(found) else np.nan


def disagreeing(study: Study, runs: Multiverse) -> pd.DataFrame:
    """Which analyses come to another verdict than the default one, and with which numbers?

    Returns:
        One row such an analysis, those that do not apply left out.
    """
    rows = []
    for finding in declared(study):
        own, unit = runs.of(finding), ESTIMANDS[finding.estimand].unit
        default = own.iloc[0]
        others = own[(own["verdict"] != default["verdict"]) & (own["verdict"] != INAPPLICABLE)]
        rows += [
            {
                "claim": row["claim"],
                "default": default["verdict"],
                "verdict": row["verdict"],
                "differs": ", ".join(
                    f"{LABELS[choice]}: {called(row[choice])}" for choice in CHOICES
                    if row[choice] not in (default[choice], NOT_VARIED)
                    and not (default[choice] == NOT_VARIED
                             and row[choice] == getattr(runs.settings.base, choice))
                ),
                "found": interval_in_words(row["estimate"], row["low"], row["high"], unit),
                "estimate": row["estimate"],
                "low": row["low"],
                "high": row["high"],
            }
            for row in others.to_dict("records")
        ]
    return tables.result(rows, columns=DISAGREEING, made_by="analysis.multiverse.disagreeing")


def interval_in_words(value: float, low: float, high: float, unit: tables.Format) -> str:
    """An estimate with its interval in the reader's unit."""
    if np.isnan(low):
        return in_words(value, unit)
    ends = [in_words(end, unit) for end in (low, high)]
    if low == high == value:
        return in_words(value, unit)
    return f"{in_words(value, unit)} ({ends[0].removesuffix(' points')} to {ends[1]})"


def curve(own: pd.DataFrame) -> charts.Chart:
    """The specification curve of one finding; of many analyses evenly spaced ones are drawn."""
    known = own[own["estimate"].notna()].sort_values("estimate", kind="stable")
    if len(known) > CURVE:
        places = np.unique(np.linspace(0, len(known) - 1, CURVE).round().astype(int))
        kept = known.iloc[places]
        default = known[known["is_default"]]
        known = pd.concat([kept, default[~default.index.isin(kept.index)]])
    reached = int((own["estimate"] >= own["smallest_effect"]).sum())
    shown = "" if len(known) >= len(own) else f" ({len(known)} of them drawn)"
    return charts_parts.specification_curve(
        known,
        choices=CHOICES,
        labels=LABELS | OPTION_LABELS,
        default="is_default",
        threshold="smallest_effect",
        title=f"{own['claim'].iloc[0]} As large as would matter in {reached} of "
        f"{counted(len(own), 'analysis', 'analyses')}{shown}",
    )


def alternatives_table(study: Study) -> pd.DataFrame:
    """Which options are tried, and why is each defensible?"""
    rows = [
        {
            "choice": LABELS[choice],
            "options": ", ".join(map(called, entry["options"])),
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


def exclusions_table(study: Study) -> pd.DataFrame:
    """Which combinations make no sense, and why?"""
    rows = [
        {
            "together": ", ".join(
                f"{LABELS[choice]}: {' or '.join(map(called, listed))}" for choice, listed in together.items()
            ),
            "reason": reason,
        }
        for together, reason in specification.exclusions(study.exclusions)
    ]
    columns = {"together": Column("together"), "reason": Column("why that makes no sense")}
    return tables.result(rows, columns=columns, made_by="analysis.multiverse.exclusions_table")


def quoted(claims: Iterable[str]) -> str:
    """Claims in quotation marks, marks inside them single.

    >>> quoted(["“Illegal” names it."])
    '“‘Illegal’ names it.”'
    """
    inner = [claim.replace("“", "‘").replace("”", "’") for claim in claims]
    return " ".join(f"“{claim}”" for claim in inner)


def agreement_in_words(row: Mapping[str, object]) -> str:
    """How far the verdict depends on the analyst, in a clause."""
    apply = row["distinct"] - row["inapplicable"]
    if row["verdict"] == INSUFFICIENT:
        if row["without"] == apply:
            return "The one analysis gives no verdict" if apply == 1 else (
                f"None of {apply} analyses gives a verdict")
        give = "gives" if apply - row["without"] == 1 else "give"
        return f"{apply - row['without']} of {apply} analyses {give} a verdict"
    if row["agree"] == apply:
        return "There is one analysis" if apply == 1 else f"All {apply} analyses agree"
    return f"{row['agree']} of {apply} analyses agree"


def robustness_reading(study: Study, table: pd.DataFrame) -> list[str]:
    """How far the verdicts depend on the analyst, in words."""
    units = {f.claim: ESTIMANDS[f.estimand].unit for f in declared(study)}
    return list(_sentences(table, units)) or ["The study declares no finding."]


def _sentences(table: pd.DataFrame, units: Mapping[str, tables.Format]) -> Iterator[str]:
    for row in table.to_dict("records"):
        unit = units[row["claim"]]
        if row["verdict"] == INSUFFICIENT:
            agreement = agreement_in_words(row)
        else:
            weighed = f"{100 * row['agreement']:.0f} % with every choice weighed alike"
            least = ""
            if row["worst"] not in ("", NO_OPTION):
                least = f"; least with {row['worst']}, {100 * row['worst_agreement']:.0f} %"
            agreement = f"{agreement_in_words(row)} ({weighed}{least})"
        if row["inapplicable"]:
            agreement += f"; {row['inapplicable']} do not apply"
        low, high = in_words(row["lowest"], unit), in_words(row["highest"], unit)
        signs = (
            "the estimate keeps its sign throughout"
            if row["lowest"] > 0 or row["highest"] < 0
            else "the estimate changes its sign between them"
        )
        mover = (
            f"The single choice that moves it most is {row['mover']} "
            f"({in_words(row['moved'], unit)})." if row["moved"] else "No single choice moves it."
        )
        if row["distinct"] == 1:
            yield f"{row['claim']} {row['verdict'].capitalize()}; there is no other analysis of it."
            continue
        yield (
            f"{row['claim']} {row['verdict'].capitalize()}. {agreement}. The estimate lies between {low} and {high}: {signs}. {mover}"
        )


def headline(table: pd.DataFrame) -> str:
    """The page's answer in two or three sentences."""
    if table.empty:
        return "The study declares no finding that could depend on who analyses."
    judged = table[table["verdict"] != INSUFFICIENT]
    whole = judged[judged["agree"] == judged["distinct"] - judged["inapplicable"]]
    flips = table.loc[(table["lowest"] < 0) & (table["highest"] > 0), "claim"].tolist()
    total = int(table["distinct"].sum())
    parts = [
        f"{len(judged)} of {counted(len(table), 'finding')} "
        f"{'gets' if len(judged) == 1 else 'get'} a verdict; {len(whole)} of them the same "
        f"in every defensible analysis ({total} distinct ones in all)."
    ]
    if not len(judged):
        none = "The finding gets no verdict" if len(table) == 1 else (
            f"None of the {len(table)} findings gets a verdict")
        parts = [f"{none} by the default analysis, for want of text."]
    if flips:
        parts.append(
            f"The estimate changes its sign between defensible analyses for: {quoted(flips)}"
        )
    return " ".join(parts)
