"""Runs of a bench that are kept as rows of a CSV, so that an interrupted one goes on."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path


def read(path: Path, fields: Sequence[str]) -> list[dict[str, str]]:
    """The rows kept so far; the file is begun if there is none."""
    if not path.exists():
        path.write_text(",".join(fields) + "\n", "utf-8")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def add(path: Path, row: Iterable[object]) -> None:
    """Keep one more row, its values in the order of the fields."""
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(row)
