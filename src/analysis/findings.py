"""Declared findings, judged by fixed rules: verdicts, what they rest on, how robust they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from analysis import charts_dots, estimands, multiverse, tables, tokens, vectors
from analysis.bench import Bench
from analysis.charts import Chart
from analysis.declarations import Finding, declared
from analysis.estimands import ESTIMANDS
from analysis.multiverse import Multiverse
from analysis.plural import counted
from analysis.study import Study
from analysis.tables import Column
from analysis.verdicts import (
    CONTRADICTED,
    INCONCLUSIVE,
    INSUFFICIENT,
    SUPPORTED,
    Estimate,
    deciding,
    in_words,
    smallest_detectable,
    verdict,
    why,
)

#: The order in which verdicts are told: what was found first, what could not be told last.
ORDER = (SUPPORTED, CONTRADICTED, INCONCLUSIVE, INSUFFICIENT)

FINDINGS = {
    "claim": Column("claim"),
    "verdict": Column("verdict"),
    "found": Column("estimate and interval"),
    "matters": Column("matters from"),
    "robust": Column("other defensible analyses"),
    "page": Column("where its numbers are", "link"),
}

DETAILS = {
    "claim": Column("claim"),
    "verdict": Column("verdict"),
    "kind": Column("kind", aside=True),
    "what": Column("what is estimated", aside=True),
    "unit": Column("unit", aside=True),
    "estimate": Column("estimate, in the claimed direction", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
    "smallest_effect": Column("smallest effect that matters", "number"),
    "detectable": Column("smallest effect found four times in five", "number", aside=True),
    "why": Column("why this verdict"),
    "rationale": Column("why a smaller effect would not matter"),
    "declared": Column("formulated", aside=True),
    "id": Column("id in study.yaml", aside=True),
}

PARTS = {
    "claim": Column("claim"),
    "part": Column("part"),
    "verdict": Column("its verdict"),
    "found": Column("estimate and interval"),
    "estimate": Column("estimate", "number"),
    "low": Column("from", "number"),
    "high": Column("to", "number"),
    "why": Column("why no interval"),
}

PASSAGES = {
    "claim": Column("claim"),
    "side": Column("side"),
    "sentence": Column("sentence", "marked"),
}

#: How a claim's numbers are meant.
EXACT, SAMPLED = "descriptive: counted in complete texts, no interval", "estimated, with an interval"

# Passages a side: what a policy reader takes in (METHODS: two or three).
_QUOTED = 3


def estimates(study: Study, bench: Bench) -> dict[str, Estimate]:
    """Every declared finding by the default analysis: id → estimate, in order of declaration."""
    return {
        finding.id: ESTIMANDS[finding.estimand].estimate(bench, bench.base, finding.arguments)
        for finding in declared(study)
    }


def judged(study: Study, found: Mapping[str, Estimate], runs: Multiverse) -> pd.DataFrame:
    """What does each declared finding come to, and in how many defensible analyses?

    Args:
        study: the study.
        found: what `estimates` returned.
        runs: what `multiverse.compute` returned.

    Returns:
        One row a finding, none left out, those with a verdict first; evidence: the sentences that
        it rests on.
    """
    robust = multiverse.robustness(study, runs).set_index("claim")
    rows = []
    for finding in declared(study):
        estimate, unit = found[finding.id], ESTIMANDS[finding.estimand].unit
        rows.append(
            {
                "claim": finding.claim,
                "verdict": verdict(estimate, smallest_effect=finding.smallest_effect),
                "found": in_a_cell(estimate, finding),
                "matters": in_words(finding.smallest_effect, unit, sign=False),
                "robust": multiverse.agreement_in_words(robust.loc[finding.claim]),
                "page": f"{ESTIMANDS[finding.estimand].page}.ipynb",
                "evidence": [i for ids in estimate.evidence.values() for i in ids],
            }
        )
    rows.sort(key=lambda row: ORDER.index(row["verdict"]))
    return tables.result(rows, columns=FINDINGS, made_by="analysis.findings.judged")


def in_a_cell(estimate: Estimate, finding: Finding) -> str:
    """The deciding estimate with its interval in the reader's unit."""
    unit = ESTIMANDS[finding.estimand].unit
    part = deciding(estimate, smallest_effect=finding.smallest_effect)
    value = in_words(part.value, unit)
    if part.exact and part.low == part.high:
        return f"{value}, counted"
    if np.isnan(part.low):
        return f"{value}, no interval"
    low, high = (in_words(end, unit) for end in (part.low, part.high))
    return f"{value} ({low.removesuffix(' points')} to {high})"


def details(study: Study, found: Mapping[str, Estimate]) -> pd.DataFrame:
    """Each finding with all its numbers, its reasons and its declaration.

    `detectable` is the true effect that would be found supported four times out of five with
    texts like these (`verdicts.smallest_detectable`).
    """
    rows = []
    for finding in declared(study):
        estimate, estimand = found[finding.id], ESTIMANDS[finding.estimand]
        delta = finding.smallest_effect
        part = deciding(estimate, smallest_effect=delta)
        counted = estimate.exact and part.low == part.high
        rows.append(
            {
                "claim": finding.claim,
                "verdict": verdict(estimate, smallest_effect=delta),
                "kind": EXACT if estimate.exact else SAMPLED,
                "what": estimand.what,
                "unit": UNITS[estimand.unit],
                "estimate": part.value,
                "low": np.nan if counted else part.low,
                "high": np.nan if counted else part.high,
                "smallest_effect": delta,
                "detectable": smallest_detectable(estimate, smallest_effect=delta),
                "why": why(estimate, smallest_effect=delta, unit=estimand.unit),
                "rationale": finding.rationale,
                "declared": finding.declared.replace("_", " the "),
                "id": finding.id,
                "evidence": [i for ids in estimate.evidence.values() for i in ids],
            }
        )
    return tables.result(rows, columns=DETAILS, made_by="analysis.findings.details")


#: What a number of the tables counts.
UNITS = {
    "points": "share, 0.01 is one point",
    "percent": "share, 0.01 is one per cent",
    "number": "likeness, 0 to 1",
    "count": "sentences",
}


def parts(study: Study, found: Mapping[str, Estimate]) -> pd.DataFrame:
    """The comparisons that each finding needs, all of which must hold."""
    rows = []
    for finding in declared(study):
        estimate = found[finding.id]
        for part in estimate.parts:
            alone = Estimate((part,), rule=estimate.rule)
            counted = part.exact and part.low == part.high
            rows.append(
                {
                    "claim": finding.claim,
                    "part": part.label or "the only one",
                    "verdict": verdict(alone, smallest_effect=finding.smallest_effect),
                    "found": in_a_cell(alone, finding),
                    "estimate": part.value,
                    "low": np.nan if counted else part.low,
                    "high": np.nan if counted else part.high,
                    "why": part.why,
                }
            )
    return tables.result(rows, columns=PARTS, made_by="analysis.findings.parts")


def picture(study: Study, found: Mapping[str, Estimate], table: pd.DataFrame) -> Chart | None:
    """The findings' estimates and intervals against the smallest effects that matter.

    Args:
        study: the study.
        found: what `estimates` returned.
        table: what `judged` returned, for the order and the message.
    """
    by_claim = {finding.claim: finding for finding in declared(study)}
    rows, order = [], list(by_claim)
    for claim, state in zip(table["claim"], table["verdict"], strict=True):
        finding = by_claim[claim]
        estimate = found[finding.id]
        part = deciding(estimate, smallest_effect=finding.smallest_effect)
        rows.append(
            {
                "claim": claim, "verdict": state, "estimate": part.value, "low": part.low,
                "high": part.high, "smallest_effect": finding.smallest_effect,
                "within": estimate.rule == "within",
            }
        )
    return charts_dots.estimates(
        # Each row is known by its place in `details`.
        pd.DataFrame(rows, index=[order.index(row["claim"]) for row in rows]),
        label="claim", value="estimate", low="low", high="high", threshold="smallest_effect",
        state="verdict", within="within",
        title=f"{counted(len(table), 'declared finding')}: {_of_each_verdict(table)}",
    ) if rows else None


def _of_each_verdict(table: pd.DataFrame) -> str:
    counts = table["verdict"].value_counts()
    return (
        f"{counts.get(SUPPORTED, 0)} supported, {counts.get(CONTRADICTED, 0)} contradicted, "
        f"{counts.get(INCONCLUSIVE, 0)} inconclusive, {counts.get(INSUFFICIENT, 0)} without "
        "sufficient evidence"
    )


def reading(study: Study, found: Mapping[str, Estimate]) -> list[str]:
    """Why each finding has its verdict, in a sentence or two of its own numbers."""
    return list(_sentences(study, found)) or ["The study declares no finding."]


def _sentences(study: Study, found: Mapping[str, Estimate]) -> Iterator[str]:
    for finding in declared(study):
        estimate, unit = found[finding.id], ESTIMANDS[finding.estimand].unit
        delta = finding.smallest_effect
        state = verdict(estimate, smallest_effect=delta)
        reason = why(estimate, smallest_effect=delta, unit=unit)
        text = f"{finding.claim} {state.capitalize()}: {reason}."
        reach = smallest_detectable(estimate, smallest_effect=delta)
        if not np.isnan(reach):
            large = in_words(reach, unit, sign=False)
            text += (
                f" Texts like these would show stability within ±{large} four times in five."
                if estimate.rule == "within" else
                f" Texts like these would show it four times in five from {large} on."
            )
        yield text


def headline(table: pd.DataFrame) -> str:
    """The page's answer: which findings hold, which do not, how many cannot be told."""
    if table.empty:
        return "The study declares no finding."
    held = table.loc[table["verdict"] == SUPPORTED, "claim"].tolist()
    refuted = table.loc[table["verdict"] == CONTRADICTED, "claim"].tolist()
    text = f"Of {counted(len(table), 'declared finding')}: {_of_each_verdict(table)}."
    if held:
        text += f" The texts support: {multiverse.quoted(held)}"
    if refuted:
        text += f" They contradict: {multiverse.quoted(refuted)}"
    return text


def passages(study: Study, bench: Bench, found: Mapping[str, Estimate]) -> pd.DataFrame:
    """Which sentences does each finding rest on, on either side?

    Marked are the words that were counted; where likeness was, the words whose stems the sentences
    quoted on both sides share.

    Returns:
        One row a sentence, up to three a finding and side, in order of the source; evidence: the
        sentence.
    """
    reading_ = bench.reading(bench.base)
    text = reading_.corpus.units.set_index("sentence_id")["text"]
    rows = []
    for finding in declared(study):
        quoted = {
            side: (list(ids)[:_QUOTED], len(ids))
            for side, ids in found[finding.id].evidence.items()
        }
        spans = _spans(bench, finding, {side: ids for side, (ids, _) in quoted.items()})
        for side, (ids, number) in quoted.items():
            more = f" ({len(ids)} of {number})" if number > len(ids) else ""
            rows += [
                {
                    "claim": finding.claim,
                    "side": side + more,
                    "sentence": tables.marked(text[one], spans.get(one, [])),
                    "evidence": [one],
                }
                for one in ids
            ]
    return tables.result(rows, columns=PASSAGES, made_by="analysis.findings.passages")


def _spans(
    bench: Bench, finding: Finding, quoted: Mapping[str, Sequence[str]]
) -> dict[str, list[tuple[int, int]]]:
    """Sentence id → the parts to mark."""
    spans: dict[str, list[tuple[int, int]]] = {}
    wanted = estimands.targets(finding.estimand, finding.arguments)
    if wanted:
        for hit in bench.matches(bench.base, wanted[0]).itertuples():
            spans.setdefault(hit.sentence_id, []).append((hit.start, hit.end))
        return spans
    if "list" in finding.arguments:
        names = bench.reading(bench.base).named
        for hit in names[names["list"] == finding.arguments["list"]].itertuples():
            spans.setdefault(hit.sentence_id, []).append((hit.start, hit.end))
        return spans
    return _shared_words(bench, quoted)


def _shared_words(
    bench: Bench, quoted: Mapping[str, Sequence[str]]
) -> dict[str, list[tuple[int, int]]]:
    units = bench.reading(bench.base).corpus.units
    side_of = {one: side for side, ids in quoted.items() for one in ids}
    own = units[units["sentence_id"].isin(list(side_of))]
    words = vectors.words(own, bench.study.statements, stem=False, drop_stop_words=True)
    language = bench.study.statements.set_index("statement_id")["language"]
    spoken = own["statement_id"].map(language).to_numpy()[words["row"].to_numpy(dtype=int)]
    words = words.assign(
        stem=tokens.stem(words, spoken)["token"].to_numpy(),
        side=words["sentence_id"].map(side_of).to_numpy(),
    )
    sides = words.groupby("stem")["side"].nunique()
    shared = words[words["stem"].map(sides).to_numpy() > 1]
    spans: dict[str, list[tuple[int, int]]] = {}
    for word in shared.itertuples():
        spans.setdefault(word.sentence_id, []).append((word.start, word.end))
    return spans
