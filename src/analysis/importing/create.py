"""`study new`: a folder of documents → a study folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import BadStudy, OutputProblem, StudyError, shown
from analysis.importing import describe, groups
from analysis.importing.prepared import FIRST, Asked, Prepared, csv_bytes, original_path, prepare
from analysis.study import load_study

CHECKLIST = "CHECKLIST.md"


@dataclass(frozen=True, slots=True)
class Created:
    """A study that was written: what went in, and what a person should know."""

    folder: Path
    prepared: Prepared
    grouped_by: str


def create(folder: Path, asked: Asked) -> Created:
    """Write a new study from documents; all of it or nothing, and never over anything.

    Args:
        folder: the study to be; must not exist, or be empty.
        asked: what goes in.

    Raises:
        OutputProblem: the folder is there already, or cannot be written.
        BadStudy: fewer than two statements could be read, or what was given contradicts itself.
    """
    refuse_taken(folder)
    prepared = prepare(asked)
    if len(prepared.rows) < 2:
        raise BadStudy([
            f"only {shown(prepared.rows[0]['imported_from'])} could be read, and a comparison needs "
            "two statements; add documents",
            *(f"{shown(one.name)}: {one.reason}" for one in prepared.left),
        ])
    rows, found = grouped(prepared.rows)
    columns = [*FIRST, *(column for column in rows[0] if column not in FIRST)]
    name = folder.resolve().name
    files = {
        "study.yaml": describe.study_yaml(rows, name, found).encode("utf-8"),
        "statements.csv": csv_bytes(rows, columns, header=True),
        CHECKLIST: describe.checklist(prepared, heading="What to confirm").encode("utf-8"),
        **{f"texts/{id}.txt": data for id, data in prepared.texts.items()},
        **{original_path(name).as_posix(): data for name, data in prepared.originals.items()},
    }
    write_folder(folder, files)
    return Created(folder, prepared, found[0].column if found else "")


def grouped(rows: list[dict[str, str]]) -> tuple[list[dict[str, str]], list[groups.Grouping]]:
    """Rows with the columns that part them; a column `period` is added if nothing else does."""
    found = groups.groupings(rows)
    if found:
        return rows, found
    periods = groups.period_column(rows)
    if not periods:
        return rows, []
    name = "period" if "period" not in rows[0] else "period_2"
    rows = [row | {name: periods.get(row["id"], "")} for row in rows]
    return rows, groups.groupings(rows)


def refuse_taken(folder: Path) -> None:
    """Raise if something is where a study is to be written."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise OutputProblem(f"{shown(folder)}: is there already and no folder; name another")
    if folder.is_dir() and any(folder.iterdir()):
        raise OutputProblem(
            f"{shown(folder)}: is there already and not empty; nothing is overwritten, name another "
            "folder (or `study add` to it)"
        )


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a study beside its place, see that it is sound, then move it there.

    Raises:
        OutputProblem: it cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise _cannot(folder, error) from None
    try:
        for name, data in files.items():
            path = staged / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        load_study(staged)
        # mkdtemp's folder is its owner's alone; a study is as open as any other folder.
        os.chmod(staged, 0o777 & ~_umask())
        if folder.is_dir():
            folder.rmdir()
        staged.rename(folder)
    except OSError as error:
        raise _cannot(folder, error) from None
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _cannot(folder: Path, error: OSError) -> StudyError:
    return OutputProblem(
        f"{shown(folder)}: cannot be written ({str(error.strerror).lower()}); name another folder"
    )
