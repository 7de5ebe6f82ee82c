"""Two reports side by side: which files, inputs, parameters, verdicts and numbers differ?"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from analysis.errors import OutputProblem
from analysis.report import output

#: Two numbers closer than this (relative) are the same: tables are written with six significant
#: digits, so that this is the last digit and what rounding it can move.
TOLERANCE = 1e-5

# A page names the hashes it was made from; they are compared once, in the manifest.
_HASH = re.compile(rb"\b[0-9a-f]{64}\b")

Standing = Literal["identical", "within tolerance", "different", "only in the first",
                   "only in the second"]


@dataclass(frozen=True, slots=True)
class Change:
    """One cell of a table that differs: the row by its texts, the column, both values."""

    table: str
    row: str
    column: str
    first: str
    second: str


def manifest(report: Path) -> dict:
    """The manifest of a report.

    Raises:
        OutputProblem: the folder holds no report.
    """
    try:
        found = json.loads((report / output.MANIFEST).read_text("utf-8"))
        if not isinstance(found["files"], dict):
            raise KeyError("files")
    except (OSError, ValueError, KeyError, TypeError):
        raise OutputProblem(
            f"{report}: holds no report ({output.MANIFEST} is missing or unreadable); make one "
            "with study run, or name its folder"
        ) from None
    return found


def standing(first: Mapping[str, bytes], second: Mapping[str, bytes]) -> dict[str, Standing]:
    """How does each file of two reports compare? Sorted by name.

    Within tolerance: a table whose texts are the same and whose numbers differ by less than
    `TOLERANCE`, a page that differs in nothing but the hashes it names.
    """
    return {
        name: "only in the second" if name not in first
        else "only in the first" if name not in second
        else _file(name, first[name], second[name])
        for name in sorted({*first, *second})
    }


def _file(name: str, first: bytes, second: bytes) -> Standing:
    if first == second:
        return "identical"
    if name.endswith(".csv"):
        same = [len(row) for row in rows(first)] == [len(row) for row in rows(second)] and all(
            alike(a, b)
            for row, other in zip(rows(first), rows(second), strict=True)
            for a, b in zip(row, other, strict=True)
        )
    else:
        same = name.endswith(".html") and _HASH.sub(b"", first) == _HASH.sub(b"", second)
    return "within tolerance" if same else "different"


def rows(data: bytes) -> list[list[str]]:
    """The rows of a table's CSV, its header first."""
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def number(text: str) -> float:
    """A cell as a number; NaN if it is a text."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def alike(first: str, second: str) -> bool:
    """Whether two cells hold the same text, or numbers within `TOLERANCE`."""
    return first == second or math.isclose(
        number(first), number(second), rel_tol=TOLERANCE, abs_tol=1e-12
    )


def changes(table: str, first: bytes, second: bytes) -> list[Change]:
    """Which cells of a table differ?

    Rows are matched by the first columns that tell all rows apart in both tables, where none do by
    all shared columns and their order. A row or column of one table alone is one change.
    """
    (head, *ours), (other_head, *theirs) = rows(first), rows(second)
    shared = [name for name in head if name in other_head and name != "evidence"]
    found = [Change(table, "", name, "a column", "") for name in head if name not in other_head]
    found += [Change(table, "", name, "", "a column") for name in other_head if name not in head]
    own = [dict(zip(head, row, strict=True)) for row in ours]
    other = [dict(zip(other_head, row, strict=True)) for row in theirs]
    key = _key(shared, own, other)
    known, others = _keyed(own, key), _keyed(other, key)
    for name, row in known.items():
        if name not in others:
            found.append(Change(table, _shown(name), "", "a row", ""))
            continue
        found += [
            Change(table, _shown(name), column, row[column], others[name][column])
            for column in shared if not alike(row[column], others[name][column])
        ]
    missing = [name for name in others if name not in known]
    return found + [Change(table, _shown(name), "", "", "a row") for name in missing]


def _key(shared: list[str], *tables: list[dict[str, str]]) -> list[str]:
    for length in range(1, len(shared) + 1):
        key = shared[:length]
        if all(len({tuple(row[n] for n in key) for row in t}) == len(t) for t in tables):
            return key
    return shared


def _keyed(table: list[dict[str, str]], key: list[str]) -> dict[tuple[str, ...], dict[str, str]]:
    seen: Counter[tuple[str, ...]] = Counter()
    found = {}
    for row in table:
        name = tuple(row[column] for column in key)
        seen[name] += 1
        found[*name, str(seen[name])] = row
    return found


def _shown(key: tuple[str, ...]) -> str:
    return " · ".join(part for part in key[:-1] if part)


def read(report: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The report's files of these names that are there; none outside its folder."""
    root = report.resolve()
    found = {}
    for name in names:
        path = (report / name).resolve()
        if path.is_relative_to(root) and path.is_file():
            found[name] = path.read_bytes()
    return found
