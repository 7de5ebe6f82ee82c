"""What separates two reports: parameters, texts, verdicts and numbers, as lines and as a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.errors import OutputProblem
from analysis.plural import counted
from analysis.report import compare

#: Cells that a page shows of one table; the count above them is of all.
SHOWN = 40

#: The table of the study's findings, and what a reader wants to know of each first.
FINDINGS, VERDICT = "tables/findings.csv", "verdict"

_TEMPLATES = Path(__file__).with_name("templates") / "study"


@dataclass(frozen=True, slots=True)
class Difference:
    """Two reports compared.

    Attributes:
        first, second: their folders' names.
        parameters: name → its value in the first and in the second, None: the default.
        inputs: file of the study → how it differs.
        origin: what else they were made with and differ in.
        verdicts: claim, and its verdict in the first and in the second, where they differ.
        files: file → how it compares.
        changes: table → its cells that differ.
    """

    first: str
    second: str
    parameters: dict[str, tuple[object, object]]
    inputs: dict[str, str]
    origin: list[str]
    verdicts: list[compare.Change]
    files: dict[str, compare.Standing]
    changes: dict[str, list[compare.Change]]


def difference(first: Path, second: Path) -> Difference:
    """In what do two reports differ?

    Args:
        first, second: their folders.

    Raises:
        OutputProblem: a folder holds no report, or the report was altered after it was made.
    """
    reports = [(folder, compare.manifest(folder)) for folder in (first, second)]
    ours, theirs = (compare.read(folder, record["files"]) for folder, record in reports)
    for (folder, record), files in zip(reports, (ours, theirs), strict=True):
        gone = [name for name in record["files"] if name not in files]
        if gone:
            raise OutputProblem(f"{folder}: {gone[0]} is missing; make the report again")
    (_, a), (_, b) = reports
    files = compare.standing(ours, theirs)
    changes = {
        name: compare.changes(name, ours[name], theirs[name])
        for name, how in files.items()
        if how == "different" and name.endswith(".csv")
    }
    return Difference(
        first=first.name,
        second=second.name,
        parameters={
            name: (a["changed"].get(name), b["changed"].get(name))
            for name in sorted({*a["changed"], *b["changed"]})
            if a["changed"].get(name) != b["changed"].get(name)
        },
        inputs={
            name: "only in the second" if name not in a["inputs"]
            else "only in the first" if name not in b["inputs"] else "changed"
            for name in sorted({*a["inputs"], *b["inputs"]})
            if a["inputs"].get(name) != b["inputs"].get(name)
        },
        origin=sorted(
            name for name in {*a["hashes"], *b["hashes"]} - {"study", "notebooks"}
            if a["hashes"].get(name) != b["hashes"].get(name)
        ) + sorted(
            f"notebook {name}"
            for name in {*a["hashes"]["notebooks"], *b["hashes"]["notebooks"]}
            if a["hashes"]["notebooks"].get(name) != b["hashes"]["notebooks"].get(name)
        ),
        verdicts=[c for c in changes.get(FINDINGS, []) if c.column in (VERDICT, "")],
        files=files,
        changes={name: own for name, own in changes.items() if own},
    )


def lines(found: Difference) -> Iterator[str]:
    """The comparison in a few lines."""
    yield f"{found.first} and {found.second}"
    for name, (ours, theirs) in found.parameters.items():
        yield f"  parameter {name}: {_value(ours)}, {_value(theirs)}"
    for name, how in found.inputs.items():
        yield f"  {name}: {how}"
    if found.origin:
        yield f"  made with another {', another '.join(found.origin)}"
    if not (found.parameters or found.inputs or found.origin):
        yield "  made from the same texts, parameters and code"
    for change in found.verdicts:
        yield f"  finding “{change.row}”: {change.first or 'absent'}, {change.second or 'absent'}"
    if any(name == FINDINGS for name in found.files) and not found.verdicts:
        yield "  no finding has another verdict"
    counts = Counter(found.files.values())
    told = ", ".join(f"{counts[word]} {word}" for word in compare.Standing.__args__ if counts[word])
    yield f"  files: {told}"
    for name, own in found.changes.items():
        yield f"  {name}: {counted(len(own), 'cell')}"


def _value(value: object) -> str:
    return "the default" if value is None else str(value)


def page(found: Difference) -> str:
    """The comparison as one HTML page that needs nothing beside it."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )
    style = (_TEMPLATES / "style.css").read_text("utf-8")
    return environment.get_template("diff.html.j2").render(
        found=found, style=style, shown=SHOWN, value=_value, counts=_counts(found.files),
    )


def _counts(files: Mapping[str, str]) -> list[tuple[str, int]]:
    counts = Counter(files.values())
    return [(word, counts[word]) for word in compare.Standing.__args__ if counts[word]]
