"""Does the study, run again, give the recorded report? A certificate in CODECHECK's spirit.

Source: Nüst, D. & Eglen, S. J. (2021), CODECHECK: an Open Science initiative for the independent
execution of computations underlying research articles, F1000Research 10:253.
"""

from __future__ import annotations

import os
import platform
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis import fingerprint
from analysis.report import compare, output
from analysis.report.record import command
from analysis.report.run import Request, run

#: How many files a certificate names one by one.
LISTED = 20


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was compared, and how it came out.

    Attributes:
        study, report: their names.
        command: that makes the report again.
        record: hash of the report's manifest.
        inputs: file of the study → `as recorded`, `changed`, `gone` or `new`.
        altered: files of the report that are no longer what its manifest says.
        files: file of the report → how the one made again compares with it.
        origin: what the report was made with → `as recorded` or `changed`.
    """

    study: str
    report: str
    command: str
    record: str
    inputs: dict[str, str]
    altered: list[str]
    files: dict[str, compare.Standing]
    origin: dict[str, str]

    @property
    def reproduced(self) -> bool:
        """Whether every file came out as recorded, within the declared tolerance."""
        as_recorded = {"identical", "within tolerance"}
        return not self.altered and set(self.files.values()) <= as_recorded


def verify(study: Path, report: Path) -> Certificate:
    """Run the study again and compare every page, table and figure with the recorded ones.

    The run takes nothing from the cache and writes to a folder of its own, which is removed.

    Args:
        study: the study folder.
        report: the recorded report.

    Raises:
        OutputProblem: there is no report.
        BadStudy, BadParameter, RunFailed: the study does not run; nothing can be compared.
    """
    recorded = compare.manifest(report)
    names = sorted(recorded["files"])
    then = compare.read(report, names)
    altered = [
        name for name in names
        if name not in then or fingerprint.sha256(then[name]) != recorded["files"][name]
    ]
    given = {name: (value, "manifest.json") for name, value in recorded["changed"].items()}
    with tempfile.TemporaryDirectory(prefix="study-verify-") as folder:
        cache = os.environ.get("STUDY_CACHE")
        os.environ["STUDY_CACHE"] = str(Path(folder, "cache"))
        try:
            done = run(
                Request(
                    study=study, only=tuple(recorded["pages"]), given=given,
                    out=Path(folder, "report"),
                )
            )
        finally:
            if cache is None:
                del os.environ["STUDY_CACHE"]
            else:
                os.environ["STUDY_CACHE"] = cache
        again = compare.manifest(done.index.parent)
        now = compare.read(done.index.parent, again["files"])
    return Certificate(
        study=recorded["study_name"],
        report=report.name,
        command=command(recorded["study_name"], recorded["changed"]),
        record=fingerprint.sha256((report / output.MANIFEST).read_bytes()),
        inputs=_changed(recorded["inputs"], again["inputs"]),
        altered=altered,
        files=compare.standing(then, now),
        origin=_changed(_flat(recorded["hashes"]), _flat(again["hashes"])),
    )


def _changed(then: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    return {
        name: "new" if name not in then
        else "gone" if name not in now
        else "as recorded" if then[name] == now[name]
        else "changed"
        for name in sorted({*then, *now})
    }


def _flat(hashes: dict[str, object]) -> dict[str, str]:
    notebooks = {f"notebook {name}": value for name, value in hashes["notebooks"].items()}
    return {n: str(v) for n, v in hashes.items() if n != "notebooks"} | notebooks


def lines(certificate: Certificate) -> Iterator[str]:
    """The certificate as it is printed."""
    counts = Counter(certificate.files.values())
    yield f"Certificate: {certificate.study}, run again and compared with its record"
    yield f"  command      {certificate.command}"
    yield f"  record       {certificate.report}/{output.MANIFEST}, SHA-256 {certificate.record}"
    yield f"  inputs       {_tally(certificate.inputs)}"
    yield f"  made with    {_tally(certificate.origin)}; Python {platform.python_version()}"
    kept = len(certificate.files) - len(certificate.altered)
    yield f"  as recorded  {kept} files of the report stand unaltered, " + (
        f"{len(certificate.altered)} do not" if certificate.altered else "all of them"
    )
    for name in certificate.altered[:LISTED]:
        yield f"               altered or gone: {name}"
    told = ", ".join(f"{counts[word]} {word}" for word in compare.Standing.__args__ if counts[word])
    yield f"  made again   {told}"
    other = [n for n, s in certificate.files.items() if s not in ("identical", "within tolerance")]
    for name in other[:LISTED]:
        yield f"               {certificate.files[name]}: {name}"
    if len(other) > LISTED:
        yield f"               and {len(other) - LISTED} more"
    yield f"  verdict      {_verdict(certificate, counts)}"
    yield (
        "This says that the same texts and code give the same pages; it says nothing about whether "
        "the texts are complete or the methods right."
    )


def _tally(standing: dict[str, str]) -> str:
    other = [f"{name} {how}" for name, how in standing.items() if how != "as recorded"]
    same = len(standing) - len(other)
    return f"{same} of {len(standing)} as recorded" + (f" ({'; '.join(other)})" if other else "")


def _verdict(certificate: Certificate, counts: Counter[str]) -> str:
    if not certificate.reproduced:
        return "not reproduced"
    if counts["within tolerance"]:
        return (
            f"reproduced; {counts['within tolerance']} files within tolerance (numbers to "
            f"{compare.TOLERANCE:g}, pages but for the hashes they name)"
        )
    return "reproduced byte for byte"
