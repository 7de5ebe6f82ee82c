"""Findings: declared in study.yaml before they are computed, then judged by fixed rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import charts, fingerprint, tables
from analysis.charts import Chart
from analysis.errors import BadStudy, shown, suggest
from analysis.estimands import ESTIMANDS, Bench, Estimate, argument_fault
from analysis.inference import Interval
from analysis.specification import DEFAULT, options
from analysis.study import Study
from analysis.tables import Column

SUPPORTED, CONTRADICTED, INCONCLUSIVE, INSUFFICIENT = (
    "supported", "contradicted", "inconclusive", "insufficient evidence",
)

FINDINGS = {
    "claim": Column("claim"),
    "verdict": Column("verdict"),
    "estimate": Column("estimate, in the claimed direction", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
    "what": Column("what is estimated"),
    "parts": Column("its parts"),
    "smallest_effect": Column("matters from", "number"),
    "why": Column("why this verdict"),
    "agree": Column("analyses with this verdict", "count"),
    "reach": Column("analyses whose estimate reaches what matters", "count"),
    "specifications": Column("distinct analyses", "count"),
}

PASSAGES = {
    "claim": Column("claim"),
    "side": Column("side"),
    "sentence": Column("sentence"),
}

DECLARED = {
    "before_texts": "formulated before reading these texts",
    "after_texts": "formulated after reading these texts, fixed before computing",
}

# Passages a side: what a policy reader takes in (METHODS: two or three).
_QUOTED = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim, as study.yaml declares it."""

    id: str
    claim: str
    estimand: str
    arguments: Mapping[str, object]
    smallest_effect: float
    rationale: str
    declared: str


def declared(study: Study) -> list[Finding]:
    """The study's findings, every name in them checked.

    Raises:
        BadStudy: unknown estimands or arguments, with those that exist; all faults at once.
    """
    faults: list[str] = []
    found = [Finding(**entry) for entry in study.findings]
    ids = [finding.id for finding in found]
    for name in sorted({i for i in ids if ids.count(i) > 1}):
        faults.append(f"study.yaml: findings: id {shown(name)} stands twice; rename one")
    for finding in found:
        faults += [f"study.yaml: finding {shown(finding.id)}: {text}"
                   for text in _faults(study, finding)]
    if faults:
        raise BadStudy(faults)
    return found


def _faults(study: Study, finding: Finding) -> list[str]:
    if finding.estimand not in ESTIMANDS:
        return [f"unknown estimand {shown(finding.estimand)}; "
                f"{suggest(finding.estimand, list(ESTIMANDS))}"]
    wanted = ESTIMANDS[finding.estimand].arguments
    faults = [f"no argument '{name}'; add it" for name in wanted if name not in finding.arguments]
    for name, value in finding.arguments.items():
        if name not in wanted:
            faults.append(f"unknown argument {shown(name)}; {suggest(str(name), list(wanted))}")
        elif text := argument_fault(study, wanted[name], value):
            faults.append(f"{name}: {text}")
    return faults


def check(study: Study) -> None:
    """Refuse a study whose findings or alternatives name what does not exist; all at once.

    Raises:
        BadStudy: as `declared` and `specification.options`.
    """
    faults: list[str] = []
    for reader, entries in ((declared, study), (options, study.alternatives)):
        try:
            reader(entries)
        except BadStudy as error:
            faults += error.faults
    if faults:
        raise BadStudy(faults)


def set_hash(study: Study) -> str:
    """The hash of all declared findings together: a changed set has another."""
    return fingerprint.of(list(study.findings))


def verdict(interval: Interval, *, smallest_effect: float) -> str:
    """What an estimate signed in the claimed direction says about the claim.

    Supported: the interval's lower end is at least the smallest effect δ that matters.
    Contradicted: its upper end is below δ. Inconclusive: else. Insufficient evidence: no interval.

    >>> verdict(Interval(0.2, 0.1, 0.3), smallest_effect=0.05)
    'supported'
    >>> verdict(Interval(0.0, -0.1, 0.04), smallest_effect=0.05)
    'contradicted'
    """
    if np.isnan(interval.low) or np.isnan(interval.high):
        return INSUFFICIENT
    if interval.low >= smallest_effect:
        return SUPPORTED
    if interval.high < smallest_effect:
        return CONTRADICTED
    return INCONCLUSIVE


def why(estimate: Estimate, *, smallest_effect: float) -> str:
    """The verdict's reason in the finding's own numbers."""
    interval = estimate.interval
    found = verdict(interval, smallest_effect=smallest_effect)
    if found == INSUFFICIENT:
        return f"no interval can be given: {estimate.why_no_interval}"
    ends = f"the interval from {interval.low:.2f} to {interval.high:.2f}"
    if found == SUPPORTED:
        return f"{ends} lies wholly at or above {smallest_effect:g}"
    if found == CONTRADICTED:
        opposite = ", even below 0: the opposite holds" if interval.high < 0 else ""
        return f"{ends} lies wholly below {smallest_effect:g}{opposite}"
    return f"{ends} holds {smallest_effect:g}"


def judged(study: Study, bench: Bench, universes: pd.DataFrame) -> pd.DataFrame:
    """What does each declared finding come to, and in how many defensible analyses?

    Args:
        study: the study.
        bench: its units.
        universes: what `multiverse.universes` returned.

    Returns:
        One row a finding, none left out; evidence: the sentences that it rests on.
    """
    rows = []
    for finding in declared(study):
        estimand = ESTIMANDS[finding.estimand]
        estimate = estimand.estimate(bench, DEFAULT, finding.arguments)
        found = verdict(estimate.interval, smallest_effect=finding.smallest_effect)
        own = universes[universes["finding"] == finding.id]
        rows.append(
            {
                "claim": finding.claim,
                "verdict": found,
                "estimate": estimate.interval.estimate,
                "low": estimate.interval.low,
                "high": estimate.interval.high,
                "what": estimand.what,
                "parts": "; ".join(
                    f"{name} {part.estimate:+.2f}".replace("-", "−")
                    for name, part in estimate.parts.items()
                ),
                "smallest_effect": finding.smallest_effect,
                "why": why(estimate, smallest_effect=finding.smallest_effect),
                "agree": agreeing(own, found),
                "reach": int((own["estimate"] >= finding.smallest_effect).sum()),
                "specifications": len(own),
                "evidence": [i for ids in estimate.evidence.values() for i in ids],
            }
        )
    return tables.result(rows, columns=FINDINGS, made_by="analysis.findings.judged")


def agreeing(universes: pd.DataFrame, found: str) -> int:
    """How many analyses come to this verdict? Analyses without a verdict agree with nothing."""
    return 0 if found == INSUFFICIENT else int((universes["verdict"] == found).sum())


def picture(table: pd.DataFrame) -> Chart:
    """The findings' estimates and intervals against the smallest effects that matter."""
    return charts.estimates(
        table,
        label="claim",
        value="estimate",
        low="low",
        high="high",
        threshold="smallest_effect",
        state="verdict",
        title=f"{len(table)} declared findings: {_counted(table)}",
    )


def _counted(table: pd.DataFrame) -> str:
    counts = table["verdict"].value_counts()
    return (
        f"{counts.get(SUPPORTED, 0)} supported, {counts.get(CONTRADICTED, 0)} contradicted, "
        f"{counts.get(INCONCLUSIVE, 0)} inconclusive, {counts.get(INSUFFICIENT, 0)} without "
        "sufficient evidence"
    )


def reading(table: pd.DataFrame) -> list[str]:
    """Each finding in a sentence or two of its own numbers."""
    if table.empty:
        return ["The study declares no finding."]
    return [
        f"{row.claim} {row.verdict.capitalize()}: {row.why}. Estimated is the {row.what}: "
        f"{tables.formatted(row.estimate, 'number')}{f' ({row.parts})' if row.parts else ''}, "
        f"where {row.smallest_effect:g} would matter; it is that large in {row.reach} of "
        f"{row.specifications} distinct analyses{_agreement(row)}."
        for row in table.itertuples()
    ]


def _agreement(row) -> str:
    if row.verdict == INSUFFICIENT:
        return ""
    return f", and {row.agree} of them come to this verdict"


def headline(table: pd.DataFrame) -> str:
    """The page's answer: how many findings hold, and which point their way without proof."""
    if table.empty:
        return "The study declares no finding."
    open_ones = table[~table["verdict"].isin([SUPPORTED, CONTRADICTED])]
    pointing = open_ones.loc[open_ones["reach"] == open_ones["specifications"], "claim"].tolist()
    hint = (
        " Not proved, but as large as would matter in every defensible analysis: "
        + " ".join(f"“{claim}”" for claim in pointing)
        if pointing
        else ""
    )
    return f"Of {len(table)} declared findings: {_counted(table)}.{hint}"


def declaration(study: Study) -> str:
    """When the findings were formulated, and the hash of the declared set."""
    if not study.findings:
        return "Findings are declared in study.yaml before they are computed; this study has none."
    ways = dict.fromkeys(DECLARED[finding.declared] for finding in declared(study))
    return (
        f"These findings were {'; or '.join(ways)}. The declared set has the hash "
        f"{set_hash(study)[:12]}; a set that was changed has another."
    )


def passages(study: Study, bench: Bench) -> pd.DataFrame:
    """Which sentences does each finding rest on, on either side?

    Returns:
        One row a sentence, up to three a finding and side, in order of the source.
    """
    text = bench.corpus(DEFAULT).units.set_index("sentence_id")["text"]
    rows = []
    for finding in declared(study):
        estimate = ESTIMANDS[finding.estimand].estimate(bench, DEFAULT, finding.arguments)
        for side, ids in estimate.evidence.items():
            more = f" ({_QUOTED} of {len(ids)})" if len(ids) > _QUOTED else ""
            rows += [
                {
                    "claim": finding.claim,
                    "side": side + more,
                    "sentence": text[identifier],
                    "evidence": [identifier],
                }
                for identifier in ids[:_QUOTED]
            ]
    return tables.result(rows, columns=PASSAGES, made_by="analysis.findings.passages")
