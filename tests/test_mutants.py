"""A sample of bench/mutants.py: faults put into the computing code are noticed."""

import ast
import csv
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "bench"))

import mutants  # noqa: E402


@pytest.mark.skipif(sys.platform == "win32", reason="copies of a process are made")
def test_three_mutants_of_inference_are_killed_by_its_tests(tmp_path):
    runs = tmp_path / "runs.csv"
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "mutants.py"), "--only", "inference", "--most", "3",
         "--tests", "inference", "--runs", str(runs)],
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with runs.open(encoding="utf-8", newline="") as file:
        assert [row["result"] for row in csv.DictReader(file)] == ["killed"] * 3


def test_each_mutant_is_one_change_of_computing_code():
    source = (
        "LIMIT = 3\n\ndef f(a: int, b=1):\n    '''2 + 2'''\n    if not a:\n        raise ValueError(1 + 2)\n"
        "    return [x for x, y in zip(a, b, strict=True) if x < LIMIT and y]\n"
    )
    found = [mutants.mutant(source, n) for n in range(len(list(mutants.places(ast.parse(source)))))]
    assert sorted((was, now) for _, _, was, now in found) == sorted([
        ("3", "4"), ("1", "2"), ("not a", "a"), ("x < LIMIT and y", "x < LIMIT or y"),
        ("x < LIMIT", "x <= LIMIT"),
    ])
    for changed, *_ in found:
        assert changed != ast.unparse(ast.parse(source))
