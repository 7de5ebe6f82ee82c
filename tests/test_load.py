"""A small sample of bench/load.py: runs at once come out as alone, studies in a row leave nothing."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench"))

import load  # noqa: E402


def test_three_runs_at_once_give_the_bytes_of_each_alone(tmp_path):
    assert load.at_once(3, tmp_path) == []


def test_studies_in_a_row_leave_no_memory_and_no_file_behind(tmp_path):
    found = load.in_a_row(40, tmp_path)
    assert set(found) == {"memory", "open files", "new files"}
    assert load.leaks(found) == []


def test_a_leak_is_seen():
    assert load.leaks({"memory": (0, 30 << 20), "open files": (7, 8), "new files": (0, 0)}) == [
        "memory grew from 0 to 31,457,280", "open files grew from 7 to 8"]
