"""What study.yaml declares: groups, contrasts, events and more, resolved to statements."""

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files
from typing import Any

from analysis import one_language
from analysis.errors import one_line, shown, some
from analysis.safe_yaml import MAX_BYTES, KeyPath, YamlFile
from analysis.study_files import Folder
from analysis.study_rows import DATE_ADVICE, ID_ADVICE, ID_PATTERN, is_date
from analysis.text_columns import TextColumn


@dataclass(frozen=True, slots=True)
class Group:
    """Statements that are compared as one side; their ids in order of date."""

    id: str
    label: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contrast:
    """A declared comparison of two sets of statements (ids in order of date)."""

    id: str
    label: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    a_label: str
    b_label: str


@dataclass(frozen=True, slots=True)
class Event:
    """A dated event for the timeline, with the place where its date is said."""

    date: str
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A statement that is known to exist and is not in the study."""

    date: str
    title: str
    issuer: str
    source: str


@cache
def _schema() -> dict[str, Any]:
    return json.loads(package_files("analysis").joinpath("study_schema.json").read_bytes())


def read_yaml(folder: Folder, name: str) -> YamlFile | None:
    """Read a YAML mapping; its faults stay with it."""
    data = folder.read(name, name, limit=MAX_BYTES)
    text = None if data is None else folder.decode(data, name)
    if text is None:
        return None
    file = YamlFile(text, name)
    if file.value is not None and not isinstance(file.value, dict):
        file.fault((), "is not a mapping; write lines of 'key: value'")
        file.value = None
    return file


def text_column(file: YamlFile | None) -> TextColumn | None:
    """Where study.yaml says that the texts stand in one table; None for a file each."""
    named = (file.value or {}).get("texts") if file is not None else None
    if isinstance(named, str):
        return TextColumn(named)
    if isinstance(named, dict) and all(isinstance(value, str) for value in named.values()):
        known = {key: named[key] for key in ("file", "id", "text") if key in named}
        return TextColumn(**known) if "file" in known else None
    return None


def read_declared(
    folder: Folder, file: YamlFile | None, rows: list[dict[str, str]]
) -> dict[str, Any]:
    """Read what study.yaml declares, groups and contrasts resolved to statement ids.

    Args:
        file: study.yaml; None if it could not be read.
        rows: the statements, ordered; if there are none, references to them are not checked.
    """
    if file is None or file.value is None:
        folder.faults += file.faults if file else []
        return {"groups": {}, "rows": rows}
    file.check(_schema())
    given = {key: value for key, value in file.value.items() if value is not None}
    groups = _groups(file, given.get("groups"), rows) if rows else {}
    contrasts = _contrasts(file, given.get("contrasts"), groups, rows) if rows else ()
    chosen = str(given.get("language", "")) if file.sound("language") else ""
    kept = one_language.kept_rows(folder, chosen, rows)
    if len(kept) < len(rows):
        groups, contrasts = one_language.kept_sides(folder, groups, contrasts, {row["id"] for row in kept})
    declared = {
        "rows": kept,
        "title": one_line(given.get("title", "")),
        "question": one_line(given.get("question", "")),
        "description": str(given.get("description", "")).strip(),
        "groups": groups,
        "contrasts": contrasts,
        "events": _dated(file, "events", given.get("events"), Event),
        "absent": _dated(file, "absent", given.get("absent"), Absent),
        "parameters": given.get("parameters", {}),
        "coding": given.get("coding", {}),
        "findings": tuple(given.get("findings", ())),
        "alternatives": given.get("alternatives", {}),
        "exclusions": tuple(given.get("exclusions", ())),
        "frames": given.get("frames") if file.sound("frames") else None,
    }
    folder.faults += file.faults
    if groups:
        grouped = {id for group in groups.values() for id in group.statements}
        lonely = [row["id"] for row in kept if row["id"] not in grouped]
        if lonely:
            folder.warnings.append(f"in no group of study.yaml: {some(lonely)}")
    return declared


def _groups(file: YamlFile, specs: Any, rows: list[dict[str, str]]) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    group_of: dict[str, str] = {}
    for id, spec in specs.items() if isinstance(specs, dict) else ():
        path = ("groups", id)
        if not ID_PATTERN.fullmatch(id):
            file.fault(path, f"{shown(id)} is no id; {ID_ADVICE}")
        if not file.sound(*path):
            continue
        if "where" in spec:
            chosen = _where(file, (*path, "where"), spec["where"], rows)
        else:
            chosen = _chosen(file, (*path, "statements"), spec["statements"], rows)
        for statement in chosen:
            other = group_of.setdefault(statement, id)
            if other != id:
                file.fault(
                    path,
                    f"statement {shown(statement)} is in group {shown(other)}, too; "
                    "leave it in one",
                )
        groups[id] = Group(id, one_line(spec["label"]), chosen)
    for label, times in Counter(group.label for group in groups.values()).items():
        if times > 1:
            file.fault(("groups",), f"{times} groups are labelled {shown(label)}; tell them apart")
    return groups


def _where(
    file: YamlFile, path: KeyPath, where: dict[str, Any], rows: list[dict[str, str]]
) -> tuple[str, ...]:
    """Select the statements that have one of the wanted values in every named column."""
    columns = list(rows[0])
    selected = rows
    for column, wanted in where.items():
        if column not in columns:
            file.unknown("column", [((*path, column), column)], columns)
            continue
        values = [one_line(value) for value in (wanted if isinstance(wanted, list) else [wanted])]
        found = {row[column] for row in rows}
        absent = [((*path, column), value) for value in values if value not in found]
        file.unknown("value", absent, sorted(found))
        selected = [row for row in selected if row[column] in values]
    if not selected and file.sound(*path):
        file.fault(path, "no statement has all of these values; loosen the conditions")
    return tuple(row["id"] for row in selected) if file.sound(*path) else ()


def _chosen(
    file: YamlFile, path: KeyPath, ids: list[str], rows: list[dict[str, str]]
) -> tuple[str, ...]:
    """Check a list of statement ids and put it into the order of the study."""
    known = dict.fromkeys(row["id"] for row in rows)
    unknown = [((*path, i), id) for i, id in enumerate(ids) if id not in known]
    file.unknown("statement", unknown, list(known))
    for id, times in Counter(ids).items():
        if times > 1:
            file.fault(path, f"statement {shown(id)} is listed {times} times; keep one")
    wanted = set(ids)
    return tuple(id for id in known if id in wanted)


def _contrasts(
    file: YamlFile, specs: Any, groups: dict[str, Group], rows: list[dict[str, str]]
) -> tuple[Contrast, ...]:
    contrasts: list[Contrast] = []
    for i, spec in enumerate(specs if isinstance(specs, list) else ()):
        path = ("contrasts", i)
        if not file.sound(*path):
            continue
        id = spec["id"]
        if not ID_PATTERN.fullmatch(id):
            file.fault((*path, "id"), f"{shown(id)} is no id; {ID_ADVICE}")
        elif any(contrast.id == id for contrast in contrasts):
            file.fault((*path, "id"), f"{shown(id)} again; give each contrast its own id")
        a, a_label = _side(file, (*path, "a"), spec["a"], groups, rows)
        b, b_label = _side(file, (*path, "b"), spec["b"], groups, rows)
        for statement in (statement for statement in a if statement in b):
            file.fault(path, f"statement {shown(statement)} is on both sides; leave it on one")
        a_label, b_label = spec.get("a_label", a_label), spec.get("b_label", b_label)
        contrasts.append(
            Contrast(id, one_line(spec["label"]), a, b, one_line(a_label), one_line(b_label))
        )
    return tuple(contrasts)


def _side(
    file: YamlFile,
    path: KeyPath,
    side: str | list[str],
    groups: dict[str, Group],
    rows: list[dict[str, str]],
) -> tuple[tuple[str, ...], str]:
    """Resolve a side of a contrast to statement ids and the label it has of itself."""
    if isinstance(side, list):
        return _chosen(file, path, side, rows), ", ".join(side)
    if side in groups:
        return groups[side].statements, groups[side].label
    if any(row["id"] == side for row in rows):
        file.fault(path, f"{shown(side)} is a statement, not a group; write it as a list: [{side}]")
        return (), side
    declared = file.value.get("groups") or {}
    # A group that is declared and at fault has been complained of already.
    if isinstance(declared, dict) and side not in declared:
        file.unknown("group", [(path, side)], list(declared))
    return (), side


def _dated(file: YamlFile, key: str, specs: Any, kind: type) -> tuple[Any, ...]:
    entries = []
    for i, spec in enumerate(specs if isinstance(specs, list) else ()):
        if not file.sound(key, i):
            continue
        values = {name: one_line(text) for name, text in spec.items()}
        if not is_date(values["date"]):
            file.fault((key, i, "date"), f"{shown(values['date'])} is no date; {DATE_ADVICE}")
        entries.append(kind(**values))
    return tuple(sorted(entries, key=lambda entry: entry.date))
