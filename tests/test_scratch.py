"""A run's folder for passing files, and what the next run removes of killed ones."""

import os
import subprocess
import sys
import tempfile

import filelock
import pytest

from analysis.report import scratch


@pytest.fixture()
def passing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def names(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


def ended() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_folder_is_empty_and_gone_afterwards(passing):
    with scratch.folder() as own:
        assert own.is_dir() and not list(own.iterdir())
        (own / "file").touch()
    assert names(passing) == set()


@pytest.mark.skipif(os.name != "posix", reason="processes are not asked elsewhere")
def test_what_killed_runs_left_is_removed_and_nothing_else(passing):
    while_made = passing / f"study-run-{ended()}-a"
    half_made_now = passing / f"study-run-{os.getpid()}-b"
    held_by_nobody = passing / f"study-run-{ended()}-c"
    held = passing / f"study-run-{ended()}-d"
    old = passing / "study-run-e"
    young = passing / "study-run-f"
    other = passing / "study-runs"
    for path in (while_made, half_made_now, held_by_nobody, held, old, young, other):
        path.mkdir()
    for path in (held_by_nobody, held):
        (path / "held").touch()
    os.utime(old, (1, 1))
    with filelock.FileLock(held / "run.lock"), scratch.folder() as own:
        assert names(passing) == {
            half_made_now.name, held.name, young.name, other.name, own.parent.name}


def test_what_a_killed_runs_kernels_still_held_is_removed_at_the_end(passing):
    late = passing / f"study-run-{ended()}-late"
    late.mkdir()
    (late / "held").touch()
    kernel = filelock.FileLock(late / "run.lock")
    kernel.acquire()
    with scratch.folder():
        assert late.exists()
        kernel.release()
    assert names(passing) == set()
