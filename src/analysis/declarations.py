"""Findings as study.yaml declares them, before they are computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis import fingerprint
from analysis.errors import BadStudy, shown, suggest
from analysis.estimands import ESTIMANDS, argument_faults
from analysis.specification import exclusions, options
from analysis.study import Study

DECLARED = {
    "before_texts": "formulated before reading these texts",
    "after_texts": "formulated after reading these texts, fixed before computing",
}


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
    for what in ("id", "claim"):
        values = [getattr(finding, what) for finding in found]
        for value in sorted({v for v in values if values.count(v) > 1}):
            faults.append(f"study.yaml: findings: {what} {shown(value)} stands twice; change one")
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
    return argument_faults(study, finding.estimand, finding.arguments)


def check(study: Study) -> None:
    """Refuse a study whose findings or alternatives name what does not exist; all at once.

    Raises:
        BadStudy: as `declared`, `specification.options` and `specification.exclusions`.
    """
    faults: list[str] = []
    for reader, entries in (
        (declared, study), (options, study.alternatives), (exclusions, study.exclusions)
    ):
        try:
            reader(entries)
        except BadStudy as error:
            faults += error.faults
    if faults:
        raise BadStudy(faults)


def set_hash(study: Study) -> str:
    """The hash of all declared findings together: a changed set has another."""
    return fingerprint.of(list(study.findings))


def declaration(study: Study) -> str:
    """When the findings were formulated, and the hash of the declared set."""
    if not study.findings:
        return "Findings are declared in study.yaml before they are computed; this study has none."
    ways = dict.fromkeys(DECLARED[finding.declared] for finding in declared(study))
    return (
        f"These findings were {'; or '.join(ways)}. The declared set has the hash "
        f"{set_hash(study)[:12]}; a set that was changed has another."
    )
