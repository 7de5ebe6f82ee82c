"""`study add`: documents → further rows of a study, and what then uses them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from analysis import copies, estimands
from analysis.copies import Pair
from analysis.errors import BadStudy, OutputProblem, StudyError, shown
from analysis.importing import describe
from analysis.importing.create import CHECKLIST
from analysis.importing.documents import words_hash
from analysis.importing.prepared import FIRST, Asked, Prepared, csv_bytes, original_path, prepare
from analysis.study import Study, load_study
from analysis.study_rows import REQUIRED_COLUMNS
from analysis.study_files import Folder, read_table

_TABLE = "statements.csv"


@dataclass(frozen=True, slots=True)
class Added:
    """What was added, and where the study uses it.

    Attributes:
        ids: of the new statements.
        prepared: the import.
        uses: one line each: which groups, contrasts and findings have them now.
        dropped: columns of theirs that statements.csv does not have.
        pairs: near-copies among the new ones and of what was there.
    """

    ids: tuple[str, ...]
    prepared: Prepared
    uses: tuple[str, ...]
    dropped: tuple[str, ...]
    pairs: tuple[Pair, ...]


def extend(path: Path, asked: Asked) -> Added:
    """Append documents to a study: their texts, originals and rows, or nothing at all.

    study.yaml is not touched; of statements.csv no byte that is there is changed.

    Raises:
        BadStudy: the study is at fault, nothing could be read, or a document is there already.
        OutputProblem: the study cannot be written.
    """
    before = load_study(path)
    prepared = prepare(asked, taken=set(before.texts) | set(_texts_there(before.path)))
    _refuse_copies(before, prepared)
    columns, ending = _header(before.path)
    dropped = [c for c in prepared.rows[0] if c not in columns and c not in FIRST
               and any(row[c] for row in prepared.rows)]
    rows = [{c: row.get(c, "") for c in columns} for row in prepared.rows]
    files = {
        **{f"texts/{id}.txt": data for id, data in prepared.texts.items()},
        **_originals(before.path, prepared.originals),
    }
    old = (before.path / _TABLE).read_bytes()
    _write(before.path, files, old, csv_bytes(rows, columns, header=False), ending)
    try:
        after = load_study(before.path)
    except StudyError as error:
        _undo(before.path, files, old)
        raise BadStudy([f"nothing was added: {line}" for line in error.faults]) from None
    new = tuple(prepared.texts)
    texts = {**before.texts, **{id: after.texts[id] for id in new}}
    pairs = tuple(pair for pair in copies.alike(texts) if pair.a in new or pair.b in new)
    _note(before.path, replace(prepared, pairs=list(pairs)))
    return Added(new, prepared, tuple(_uses(after, set(new))), tuple(dropped), pairs)


def _texts_there(folder: Path) -> list[str]:
    """Names in texts/ that no row names: an id of theirs would write over them."""
    texts = folder / "texts"
    return [path.stem for path in texts.iterdir()] if texts.is_dir() else []


def _refuse_copies(study: Study, prepared: Prepared) -> None:
    there = {words_hash(text): id for id, text in study.texts.items()}
    faults = []
    of_id = {row["id"]: row["imported_from"] for row in prepared.rows}
    for id, data in prepared.texts.items():
        digest = words_hash(data.decode("utf-8"))
        if digest in there:
            where = there[digest]
            known = f"of {shown(of_id[where])}" if where in of_id else f"of statement {where!r}"
            faults.append(
                f"{shown(of_id[id])}: has the words {known}, which is there already; leave it out"
            )
        there.setdefault(digest, id)
    if faults:
        raise BadStudy(faults)


def _header(folder: Path) -> tuple[list[str], str]:
    """The columns of statements.csv in order, and how its lines end."""
    read = read_table(Folder(folder), _TABLE, REQUIRED_COLUMNS)
    data = (folder / _TABLE).read_bytes()
    return list(read.rows[0][1]), "\r\n" if b"\r\n" in data[:100_000] else "\n"


def _originals(folder: Path, originals: Mapping[str, bytes]) -> dict[str, bytes]:
    """Originals under names that are free; one with the same bytes is there already."""
    named = {}
    for name, data in originals.items():
        path = original_path(name)
        n, place = 1, path
        while (folder / place).exists() and (folder / place).read_bytes() != data:
            n += 1
            place = path.with_stem(f"{path.stem}-{n}")
        if not (folder / place).exists():
            named[place.as_posix()] = data
    return named


def _write(
    folder: Path, files: Mapping[str, bytes], old: bytes, rows: bytes, ending: str
) -> None:
    table = folder / _TABLE
    joined = old if old.endswith(b"\n") else old + ending.encode()
    joined += rows.replace(b"\n", ending.encode()) if ending != "\n" else rows
    written: list[Path] = []
    try:
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                file.write(data)
        _replace(table, joined)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise OutputProblem(
            f"{shown(folder)}: cannot be written ({str(error.strerror).lower()}); nothing was added"
        ) from None


def _replace(path: Path, data: bytes) -> None:
    """Put a file in the place of one that is there, in one step."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, path.stat().st_mode & 0o777)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _undo(folder: Path, files: Mapping[str, bytes], old: bytes) -> None:
    _replace(folder / _TABLE, old)
    for name in files:
        (folder / name).unlink(missing_ok=True)


def _note(folder: Path, prepared: Prepared) -> None:
    """Append to the checklist what should be confirmed of the new documents."""
    path = folder / CHECKLIST
    heading = f"Added: {', '.join(list(prepared.texts)[:3])}{' …' if len(prepared.texts) > 3 else ''}"
    text = describe.checklist(prepared, heading=heading)
    try:
        if path.exists():
            _replace(path, path.read_bytes().rstrip(b"\n") + b"\n\n" + text.encode("utf-8"))
        else:
            path.write_text(text, "utf-8")
    except OSError as error:
        raise OutputProblem(
            f"{CHECKLIST}: the documents were added, but it cannot be written "
            f"({str(error.strerror).lower()})"
        ) from None


def _uses(study: Study, new: set[str]) -> list[str]:
    """Which groups, contrasts and findings have new statements."""
    lines = []
    for group in study.groups.values():
        got = [id for id in group.statements if id in new]
        if got:
            lines.append(f"group {group.id!r}: {', '.join(got)}")
    grouped = {id for group in study.groups.values() for id in group.statements}
    alone = [id for id in sorted(new) if id not in grouped]
    if alone and study.groups:
        lines.append(f"in no group: {', '.join(alone)}; fit `groups:` of study.yaml or their columns")
    for contrast in study.contrasts:
        for side, label in ((contrast.a, contrast.a_label), (contrast.b, contrast.b_label)):
            got = [id for id in side if id in new]
            if got:
                lines.append(f"contrast {contrast.id!r}, side {label}: {', '.join(got)}")
    for finding in study.findings:
        sides = estimands.statements(study, finding["estimand"], finding["arguments"])
        if any(new & set(side) for side in sides):
            lines.append(f"finding {finding['id']!r}: judged with the new statements")
    if not lines:
        lines.append("no group, contrast or finding of study.yaml uses them by name; pages that show "
                     "all statements do")
    return lines
