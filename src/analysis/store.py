"""Results kept under the hash of everything they depend on, so that no work is done twice.

Tables are imported only where one is kept: an unchanged report is told without them. One folder
serves executed notebooks and tables that two notebooks share. Whatever is wrong with a
kept copy, computing again is always right: what cannot be read whole counts as absent.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from analysis import fingerprint

if TYPE_CHECKING:
    import pandas as pd

# An entry is about a third of a megabyte; four hundred hold the last dozens of runs.
_KEPT = 400

# Writing an entry takes well under a second; an hour old, its writer is gone.
_PARTIAL, _PARTIAL_SECONDS = ".partial", 3600


def folder() -> Path:
    """Where results are kept: $STUDY_CACHE, or the user's cache folder."""
    named = os.environ.get("STUDY_CACHE")
    return Path(named) if named else user_cache_path("comparative-policy-study")


def load(key: str) -> str | None:
    """The text kept under this key; None if there is none that can be read whole."""
    try:
        text = (folder() / key).read_text("utf-8")
    except (OSError, ValueError):
        return None
    digest, _, content = text.partition("\n")
    return content if digest == fingerprint.sha256(content.encode()) else None


def has(key: str) -> bool:
    """Is there an entry under this key, whole or not?"""
    return (folder() / key).is_file()


def keep(key: str, content: str) -> bool:
    """Keep a text; False where the folder cannot be written and later runs compute again."""
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=folder(), suffix=_PARTIAL, delete=False
        ) as partial:
            try:
                partial.write(f"{fingerprint.sha256(content.encode())}\n{content}")
                partial.close()
                os.replace(partial.name, folder() / key)
            except BaseException:
                # A full disk, or Ctrl-C: nothing half written stays.
                partial.close()
                Path(partial.name).unlink(missing_ok=True)
                raise
        _prune()
        return True
    return False


def _prune() -> None:
    """Drop the oldest entries, and what killed runs left half written or locked."""
    entries = sorted(folder().iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    stale = time.time() - _PARTIAL_SECONDS
    passing = [path for path in entries if path.suffix in (_PARTIAL, ".lock")]
    kept = [path for path in entries if path not in passing]
    abandoned = [path for path in passing if path.stat().st_mtime < stale]
    for path in [*kept[_KEPT:], *abandoned]:
        path.unlink(missing_ok=True)


def shared_table(
    compute: Callable[[], pd.DataFrame],
    *,
    name: str,
    study: str,
    parameters: Mapping[str, object],
) -> pd.DataFrame:
    """A result table that several notebooks need: computed by the first, read by the others.

    Args:
        compute: makes the table; called only if no copy is kept.
        name: dotted name of what is computed.
        study: hash of the study's files.
        parameters: everything else that the table depends on; JSON scalars.
    """
    key = fingerprint.of(
        {"name": name, "parameters": dict(parameters), **fingerprint.inputs(study)}
    )
    with one_at_a_time(key):
        kept = load(key)
        if kept is None:
            table = compute()
            keep(key, json.dumps(_plain(table)))
            return table
    return _table(json.loads(kept))


@contextlib.contextmanager
def one_at_a_time(key: str):
    """Hold the lock of a result; where the folder cannot be written, nothing is held."""
    import filelock

    try:
        folder().mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder() / f"{key}.lock")
        lock.acquire()
    except OSError:
        yield
        return
    try:
        yield
    finally:
        lock.release()


def _plain(table: pd.DataFrame) -> dict[str, object]:
    from analysis import tables

    columns = table.attrs["columns"]
    return {
        "made_by": table.attrs["made_by"],
        "columns": {name: [column.label, column.format] for name, column in columns.items()},
        "rows": [
            [_scalar(row[name]) for name in columns] for row in table.to_dict("records")
        ],
        "evidence": [list(ids) for ids in table[tables.EVIDENCE]],
    }


def _scalar(value: object) -> object:
    import pandas as pd

    if value is pd.NA:
        return None
    return value.item() if hasattr(value, "item") else value


def _table(plain: Mapping[str, object]) -> pd.DataFrame:
    from analysis import tables

    columns = {name: tables.Column(*column) for name, column in plain["columns"].items()}
    rows = [
        {**dict(zip(columns, row, strict=True)), tables.EVIDENCE: ids}
        for row, ids in zip(plain["rows"], plain["evidence"], strict=True)
    ]
    return tables.result(rows, columns=columns, made_by=plain["made_by"])
