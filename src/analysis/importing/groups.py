"""Which groups and contrasts does the metadata of a corpus offer?"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.importing.ids import slug
from analysis.study_rows import COLUMNS

# More groups than this no table or figure holds side by side.
_MAX_GROUPS = 8
# A group of fewer says nothing about its kind, where there are texts enough for larger ones.
_MIN_MEMBERS = 2
_MANY = 6
# A column that says nothing of a fifth of the texts leaves too many outside.
_MIN_COVERED = 0.8
# Comparisons that are worth reading through; further ones are a line each to add.
_MAX_CONTRASTS = 3
_MAX_LABEL = 60
# Columns that say who speaks, or of which kind a text is, in order of how telling they are.
_TELLING = (
    "issuer", "party", "country", "group", "side", "camp", "ministry", "department", "organisation",
    "organization", "institution", "government", "format", "type", "kind", "category", "treatment",
    "condition", "region", "role", "position", "series", "document_type", "gender", "age_group",
)  # fmt: skip
_SILENT = {
    *COLUMNS, "imported_from", "title_basis", "issuer_basis", "language_basis",
} - {"issuer", "format", "language"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grouping:
    """A column whose values part the statements.

    Attributes:
        column: of statements.csv.
        groups: id, label and the values of the column that make it, in order.
        left: how many statements are in none.
    """

    column: str
    groups: tuple[tuple[str, str, tuple[str, ...]], ...]
    left: int


def groupings(rows: Sequence[dict[str, str]]) -> list[Grouping]:
    """Which columns part these statements sensibly, the most telling first?"""
    statements = [row for row in rows if row["genre"] == "statement"]
    found = []
    for column in dict.fromkeys(column for row in statements for column in row):
        if column not in _SILENT and (grouping := _grouping(column, statements)):
            found.append((_score(grouping, statements), grouping))
    found.sort(key=lambda pair: -pair[0])
    return [grouping for _, grouping in found]


def _grouping(column: str, rows: Sequence[dict[str, str]]) -> Grouping | None:
    values = Counter(row.get(column, "") for row in rows)
    del values[""]
    written: dict[str, list[str]] = {}
    for value in values:
        if len(value) <= _MAX_LABEL:
            written.setdefault(slug(value) or value, []).append(value)
    sizes = {id: sum(values[value] for value in same) for id, same in written.items()}
    least = _MIN_MEMBERS if len(rows) >= _MANY else 1
    kept = [id for id, size in sizes.items() if size >= least and re.fullmatch(r"[a-z0-9][a-z0-9._-]*", id)]
    covered = sum(sizes[id] for id in kept)
    if not 2 <= len(kept) <= _MAX_GROUPS or covered < _MIN_COVERED * len(rows):
        return None
    if len(rows) > 2 and len(kept) == len(rows):
        return None
    order = sorted(kept) if all(id.isdigit() for id in kept) else sorted(
        kept, key=lambda id: (-sizes[id], id)
    )
    groups = []
    for id in order:
        same = sorted(written[id], key=lambda value: (-values[value], value))
        groups.append((id, same[0], tuple(same)))
    return Grouping(column, tuple(groups), len(rows) - covered)


def _score(grouping: Grouping, rows: Sequence[dict[str, str]]) -> float:
    """How telling: who speaks before anything else, then even groups, few of them, few left out."""
    counts = Counter(row.get(grouping.column, "") for row in rows)
    sizes = [sum(counts[value] for value in values) for _, _, values in grouping.groups]
    total = sum(sizes)
    even = -sum(size / total * math.log(size / total) for size in sizes) / math.log(len(sizes))
    name = grouping.column.removesuffix("_given")
    told = 1.0 - _TELLING.index(name) / (2 * len(_TELLING)) if name in _TELLING else 0.0
    numeric = all(value.replace(".", "").isdigit() for _, _, values in grouping.groups for value in values)
    return 2 * told + even + total / len(rows) - 0.05 * len(sizes) - (0.8 if numeric else 0)


def period_column(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    """Dated statements in an earlier and a later half, by year: id → "1990–1999"; empty if not.

    Offered where nothing else parts them and years are many.
    """
    years = {row["id"]: row["date"][:4] for row in rows if row["date"] and row["genre"] == "statement"}
    known = sorted(years.values())
    if len(known) < _MANY or len(known) < _MIN_COVERED * len(rows) or known[0] == known[-1]:
        return {}
    middle = known[len(known) // 2]
    if middle == known[0]:
        middle = next(year for year in known if year > middle)
    before = [year for year in known if year < middle]
    labels = {True: _span(before), False: _span([year for year in known if year >= middle])}
    return {id: labels[year < middle] for id, year in years.items()}


def _span(years: Sequence[str]) -> str:
    return years[0] if years[0] == years[-1] else f"{years[0]}–{years[-1]}"


def contrasts(grouping: Grouping) -> list[tuple[str, str]]:
    """Which pairs of groups are set against one another: ids, the largest groups first."""
    ids = [id for id, _, _ in grouping.groups]
    pairs = [(a, b) for i, a in enumerate(ids) for b in ids[i + 1 :]]
    return pairs[:_MAX_CONTRASTS]
