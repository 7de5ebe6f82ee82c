"""A sweep over the notebooks' parameters: a report a combination, and a page that compares them.

The comparison says how the findings move when parameters of the notebooks do. It is no multiverse:
no choice is weighed, and whoever writes the grid chooses what is varied.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from analysis import fingerprint, safe_yaml, tables
from analysis.errors import BadParameter, shown
from analysis.plural import counted
from analysis.report import output
from analysis.report.render import render_report
from analysis.tables import PROSE_MIME, TABLE_MIME, Column

# More reports than this are no grid that somebody meant: two values of ten parameters are 1,024.
MOST = 500

#: The table of a report that holds its findings, and the columns that are compared.
DETAILS = "tables/finding_details.csv"

# The name of the page's notebook, and so of the page; no notebook of a study is called so.
NAME = "grid"

GRID = {
    "combination": Column("combination"),
    "report": Column("its report", "link"),
}
COMPARED = {
    "claim": Column("claim"),
    "combination": Column("combination"),
    "verdict": Column("verdict"),
    "estimate": Column("estimate, in the claimed direction", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
}


@dataclass(frozen=True, slots=True)
class Combination:
    """One set of values and where its report is.

    Attributes:
        values: parameter → value.
        folder: name of its report's folder inside the grid's.
    """

    values: Mapping[str, object]
    folder: str

    @property
    def words(self) -> str:
        return ", ".join(f"{name} = {value}" for name, value in self.values.items())


def read(path: Path) -> dict[str, list[object]]:
    """A YAML file of a grid, parameter: list of values.

    Raises:
        BadParameter: no such file, no YAML, something else than lists of values, too many
            combinations; all at once.
    """
    where = f"--grid {path}"
    data = safe_yaml.read_parameters(path, option="--grid", form="NAME: [VALUE, VALUE]")
    faults = []
    for name, values in data.items():
        if not isinstance(values, list) or not values:
            faults.append(f"{where}: {shown(name)} must be a list of values, such as [1, 2]")
        elif any(isinstance(value, (list, dict)) or value is None for value in values):
            faults.append(f"{where}: {shown(name)}: each value must be a number, a text or a flag")
        elif len({(type(v), v) for v in values}) < len(values):
            faults.append(f"{where}: {shown(name)} names a value twice; remove one")
    number = 1
    for values in data.values():
        number *= len(values) if isinstance(values, list) else 1
    if number > MOST:
        faults.append(f"{where}: {number} combinations, at most {MOST}; name fewer values")
    if faults:
        raise BadParameter(faults)
    return {name: list(values) for name, values in data.items()}


def combinations(grid: Mapping[str, Sequence[object]]) -> list[Combination]:
    """Every combination, in the order of the file; the last parameter varies fastest."""
    found = []
    for chosen in product(*grid.values()):
        values = dict(zip(grid, chosen, strict=True))
        found.append(Combination(values, output.folder_name("grid", values)))
    return found


def sweep(
    grid: Mapping[str, Sequence[object]],
    *,
    target: Path,
    study: Mapping[str, object],
    run: Callable[[Mapping[str, object], Path], Path],
    on_done: Callable[[int, int, str], None] = lambda done, of, words: None,
) -> Path:
    """Run every combination, compare the findings, write the page; returns its path.

    A combination whose report stands unchanged is not run again: an interrupted sweep goes on
    where it stopped.

    Args:
        grid: what `read` returned.
        target: the sweep's folder.
        study: `name`, `title` and `question`.
        run: makes a report with these values in this folder, and returns its first page.
        on_done: called with reports made, reports in all and the combination.
    """
    made = combinations(grid)
    changed = {"grid": fingerprint.of({name: list(map(str, v)) for name, v in grid.items()})[:12]}
    output.refuse_foreign(target, str(study["name"]), changed)
    found = {}
    for number, combination in enumerate(made, start=1):
        folder = target / combination.folder
        run(combination.values, folder)
        found[combination.folder] = _findings(folder)
        on_done(number, len(made), combination.words)
    files = _page(grid, made, found, study)
    manifest = {
        "study_name": study["name"], "changed": changed,
        "files": {name: fingerprint.sha256(data) for name, data in files.items()},
    }
    files[output.MANIFEST] = (_json(manifest) + "\n").encode()
    for name, data in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return target / f"{NAME}.html"


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True)


def _findings(report: Path) -> list[dict[str, str]]:
    try:
        text = (report / DETAILS).read_text("utf-8-sig")
    except OSError:
        return []
    return list(csv.DictReader(io.StringIO(text)))


def _page(
    grid: Mapping[str, Sequence[object]],
    made: Sequence[Combination],
    found: Mapping[str, list[dict[str, str]]],
    study: Mapping[str, object],
) -> dict[str, bytes]:
    """The sweep's page and tables, by the reports' own renderer."""
    listed = tables.result(
        [{"combination": c.words, "report": f"{c.folder}/index.html"} for c in made],
        columns=GRID, made_by="analysis.report.grid.sweep",
    )
    compared = _compared(made, found)
    cells = [
        new_markdown_cell(
            "# The findings across the grid\n\nOne report a combination of parameters, and what "
            "each finding comes to in it. Nothing is weighed: whoever writes the grid chooses what "
            "is varied."
        ),
        _cell(_prose("headline", [_reading(made, compared)])),
        new_markdown_cell(
            "## Findings\n\n**Asked:** does a finding's verdict depend on a parameter of the "
            "notebooks? **How:** the notebooks are executed with each combination. **What would "
            "count against a finding:** another verdict in some of them."
        ),
        _cell(_exhibit(compared, "grid_findings", "Each finding in each combination.")),
        new_markdown_cell(
            "## Reports\n\n**Asked:** where is the report of a combination? **How:** the notebooks "
            "ran with these values and nothing else changed. **What would count against it:** a "
            "combination that is missing."
        ),
        _cell(_exhibit(listed, "grid_reports", "The combinations and their reports.")),
    ]
    nbformat.validate(new_notebook(cells=cells))
    nodes = {NAME: new_notebook(cells=cells)}
    return render_report(
        notebooks=nodes,
        study={"description": "", "groups": {}, "statements": [], **study},
        provenance={
            "hashes": {"study": study["hash"], "package": fingerprint.package(),
                       "lock": fingerprint.lock(), "notebooks": {}},
            "parameters": {NAME: [
                {"name": name, "value": ", ".join(map(str, values)), "default": "",
                 "help": "values of the grid", "changed": False}
                for name, values in grid.items()
            ]},
            "seed": None,
            "command": f"study run data/{study['name']} --grid FILE",
        },
        texts={},
        beside=[f"{c.folder}/index.html" for c in made],
    )


def _cell(data: Mapping[str, object]):
    return new_code_cell("", outputs=[new_output("display_data", data=dict(data))])


def _prose(name: str, paragraphs: list[str]) -> dict[str, object]:
    return {PROSE_MIME: {"name": name, "paragraphs": paragraphs}, "text/plain": ""}


def _exhibit(table, name: str, caption: str) -> dict[str, object]:
    return {TABLE_MIME: tables.payload(table, name=name, caption=caption), "text/plain": ""}


def _compared(made: Sequence[Combination], found: Mapping[str, list[dict[str, str]]]):
    claims = list(dict.fromkeys(row["claim"] for rows in found.values() for row in rows))
    rows = []
    for claim in claims:
        for combination in made:
            for row in found[combination.folder]:
                if row["claim"] == claim:
                    rows.append(
                        {
                            "claim": claim,
                            "combination": combination.words,
                            "verdict": row["verdict"],
                            **{n: _number(row[n]) for n in ("estimate", "low", "high")},
                        }
                    )
    return tables.result(rows, columns=COMPARED, made_by="analysis.report.grid.sweep")


def _number(text: str) -> float:
    return float(text) if text else float("nan")


def _reading(made: Sequence[Combination], compared) -> str:
    combined = f"{counted(len(made), 'combination')} of parameters"
    if compared.empty:
        return f"{combined}; the study declares no finding that could be compared."
    verdicts = compared.groupby("claim", sort=False)["verdict"].nunique()
    moved = verdicts[verdicts > 1].index.tolist()
    if not moved:
        kept = "the finding keeps its" if len(verdicts) == 1 else (
            f"all {len(verdicts)} findings keep their")
        return f"{combined}; {kept} verdict in every one of them."
    return (
        f"{combined}; {len(verdicts) - len(moved)} of {len(verdicts)} findings keep their verdict "
        "in every one of them, others do not: " + " ".join(f"“{claim}”" for claim in moved)
    )


def checked(
    grid: Mapping[str, Sequence[object]], given: Mapping[str, tuple[object, str]], path: Path
) -> None:
    """Refuse a parameter that both the grid and the command set.

    Raises:
        BadParameter: naming all of them.
    """
    both = [name for name in grid if name in given]
    if both:
        raise BadParameter(
            f"--grid {path}: {name} is set by {given[name][1]}, too; set it in one place"
            for name in both
        )

