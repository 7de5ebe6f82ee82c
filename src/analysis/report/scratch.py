"""A run's folder for passing files, and the removal of those that killed runs left."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_PREFIX, _LOCK, _HELD = "study-run-", "run.lock", "held"

# A folder whose run has not said yet that it holds it: being made, or left in that very moment.
_MAKING_SECONDS = 60


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """An empty folder, removed at the end; so is what runs left that were killed.

    A run holds a lock of the system on its folder, which ends with the process however it ends.
    What others left is looked for before and after: kernels of a run that was killed a moment ago
    may still write (bench/reliability.py found such folders after two of fifty killed runs).
    """
    import filelock

    _sweep()
    try:
        with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as name:
            with filelock.FileLock(Path(name, _LOCK)):
                Path(name, _HELD).touch()
                own = Path(name, "run")
                own.mkdir()
                yield own
    finally:
        _sweep()


def _sweep() -> None:
    for path in sorted(Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")):
        # Another user's, or gone by now: theirs to remove.
        with contextlib.suppress(OSError):
            if _abandoned(path):
                shutil.rmtree(path, ignore_errors=True)


def _abandoned(path: Path) -> bool:
    import filelock

    if not (path / _HELD).exists():
        maker = path.name.removeprefix(_PREFIX).partition("-")[0]
        if os.name == "posix" and maker.isdigit():
            return not _lives(int(maker))
        return time.time() - path.stat().st_mtime > _MAKING_SECONDS
    try:
        with filelock.FileLock(path / _LOCK, timeout=0):
            return True
    except filelock.Timeout:
        return False


def _lives(process: int) -> bool:
    """Is there such a process? On POSIX alone: elsewhere asking in this way would end it."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
