"""The report's folder: its name, its lock, and how a finished report is moved in whole."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from analysis import fingerprint
from analysis.errors import OutputProblem
from analysis.plural import counted

# A folder name longer than this is cut and completed by a hash; file systems allow 255 bytes.
_MAX_FOLDER_NAME = 120

# Whatever a file system may refuse, and the sign that separates two parameters.
_UNSAFE = re.compile(r"[^\w.+-]|--+")

MANIFEST = "manifest.json"

# Clock, host and path of one run: no manifest covers it.
RUN_RECORD = "run.json"

# What an export is known by.
EXPORT_RECORD = "export.json"


def folder_name(study: str, changed: Mapping[str, object]) -> str:
    """The folder of a report: the study's name, then every parameter that differs.

    Whatever a file system may not hold is replaced and a hash of the exact values appended, so
    that two sets of values never share a folder.

    >>> folder_name("channel", {"n_boot": 500, "seed": 2})
    'channel--n_boot=500--seed=2'
    """
    if not changed:
        return study
    exact = "--".join(f"{name}={value}" for name, value in sorted(changed.items()))
    parts = [f"{name}={_UNSAFE.sub('_', str(value))}" for name, value in sorted(changed.items())]
    safe = "--".join(parts)
    folder = f"{study}--{safe}"
    if safe == exact and len(folder.encode()) <= _MAX_FOLDER_NAME:
        return folder
    cut = folder.encode()[: _MAX_FOLDER_NAME - 9].decode("utf-8", "ignore")
    return f"{cut}-{fingerprint.of(dict(changed))[:8]}"


@contextlib.contextmanager
def exclusive(target: Path) -> Iterator[None]:
    """Hold the report's lock: an advisory lock of the system, which ends with the process."""
    # Imported here: an unchanged report is told without it.
    import filelock

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(target.parent / f".{target.name}.lock")
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise OutputProblem(
            f"{target.name}: a run of this report is already under way; wait for it to end"
        ) from None
    except (FileExistsError, NotADirectoryError):
        raise OutputProblem(
            f"{target}: a file stands where a folder is needed; move it, or name another --out"
        ) from None
    except OSError as error:
        raise OutputProblem(
            f"{target.parent}: cannot write here ({error.strerror}); name another --out"
        ) from None
    try:
        yield
    finally:
        # Left behind, as where a file system has become read-only, it is no obstacle.
        with contextlib.suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def refuse_foreign(target: Path, study: str, changed: Mapping[str, object]) -> None:
    """Refuse a folder that holds anything but a report of this study with these values.

    Raises:
        OutputProblem: what stands there instead.
    """
    if target.exists() and not target.is_dir():
        raise OutputProblem(f"{target}: a file stands where the report should be; move it")
    if not target.is_dir() or not any(target.iterdir()):
        return
    try:
        manifest = json.loads((target / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        raise OutputProblem(
            f"{target}: is not empty and holds no report; name another --out"
        ) from None
    if (manifest.get("study_name"), manifest.get("changed")) != (study, dict(changed)):
        raise OutputProblem(
            f"{target}: holds a report of another study or of other parameters; name another --out"
        )


def refuse_edited(target: Path, study: str) -> None:
    """Refuse a folder that holds anything but an export of this study, just as it was written.

    Raises:
        OutputProblem: what stands there instead; a file that somebody added or changed is named.
    """
    if target.exists() and not target.is_dir():
        raise OutputProblem(f"{target}: a file stands where the export should be; move it")
    if not target.is_dir() or not any(target.iterdir()):
        return
    try:
        record = json.loads((target / EXPORT_RECORD).read_text("utf-8"))
        name, files = record["study_name"], dict(record["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise OutputProblem(
            f"{target}: is not empty and holds no export; name another --to"
        ) from None
    if name != study:
        raise OutputProblem(f"{target}: holds an export of the study {name}; name another --to")
    own = [
        path.relative_to(target).as_posix()
        for path in sorted(target.rglob("*"))
        if path.is_file() and path != target / EXPORT_RECORD
        and files.get(path.relative_to(target).as_posix()) != fingerprint.sha256(path.read_bytes())
    ]
    if own:
        raise OutputProblem(
            f"{target}: {own[0]}"
            + (f" and {counted(len(own) - 1, 'more file')}" if own[1:] else "")
            + " were changed or added since the export was written; move them, or name another --to"
        )


def move_in(target: Path, files: Mapping[str, bytes]) -> None:
    """Write all files beside the report, then swap the two folders."""
    partial = target.parent / f".{target.name}.partial"
    previous = target.parent / f".{target.name}.previous"
    try:
        for leftover in (partial, previous):
            if leftover.exists():
                if leftover is previous and not target.exists():
                    previous.rename(target)
                else:
                    shutil.rmtree(leftover)
        for name, data in files.items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if target.exists():
            target.rename(previous)
        partial.rename(target)
        shutil.rmtree(previous, ignore_errors=True)
    except OSError as error:
        if previous.exists() and not target.exists():
            previous.rename(target)
        shutil.rmtree(partial, ignore_errors=True)
        raise OutputProblem(
            f"{target}: cannot write it ({error.strerror}); the previous one is untouched"
        ) from None
