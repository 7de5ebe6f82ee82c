"""How do time and memory of a whole run grow with the number of statements?

    python bench/growth.py [--prose FOLDER] [--sizes 1000 5000 20000 50000 100000]

Writes a synthetic study of each size (`bench/corpora.py`), runs `study run` on it with an empty cache
and keeps a row of it in bench/growth.csv; a row of the same package and machine is not made again.
Linux: memory is that of all processes together, looked at every second, pages that they share counted
once. Nothing else should run meanwhile. bench/results.py makes the table and the picture.
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import corpora
import kept
import prose
import psutil
import timing

from analysis import fingerprint

RUNS = Path(__file__).with_name("growth.csv")
FIELDS = ("statements", "megabytes", "wall", "processor", "peak", "largest", "pages", "report",
          "package", "machine", "date")
SIZES = (1_000, 5_000, 20_000, 50_000, 100_000)
DONE = re.compile(r"(\d)_\w+: done after ([\d.]+) s")


def memory(process: psutil.Process) -> list[float]:
    """Megabytes of a process and of each that descends from it."""
    found = []
    for own in [process, *process.children(recursive=True)]:
        try:
            found.append(own.memory_full_info().pss / 1e6)
        except psutil.Error:
            # It has ended meanwhile.
            continue
    return found


def measured(study: Path, folder: Path) -> dict[str, object]:
    """Run a study and follow it to its end."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    running = subprocess.Popen(
        [sys.executable, "-m", "analysis", "run", str(study), "--out", str(folder / "report")],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "STUDY_CACHE": str(folder / "cache")},
    )
    process, peak, largest = psutil.Process(running.pid), 0.0, 0.0
    while running.poll() is None:
        held = memory(process)
        peak, largest = max(peak, sum(held)), max([largest, *held])
        time.sleep(1)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    said = running.stderr.read()
    if running.returncode:
        sys.exit(f"{study.name}: {said}")
    report = sum(path.stat().st_size for path in (folder / "report").rglob("*") if path.is_file())
    return {
        "wall": f"{wall:.0f}", "peak": f"{peak:.0f}", "largest": f"{largest:.0f}",
        "processor": f"{sum(after[:2]) - sum(before[:2]):.0f}",
        "pages": " ".join(f"{page}:{float(s):.0f}" for page, s in sorted(DONE.findall(said))),
        "report": f"{report / 1e6:.1f}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--prose", type=Path, default=Path(prose.DEFAULT), metavar="FOLDER")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    given = parser.parse_args()
    for size in given.sizes:
        mark = {"statements": str(size), "package": fingerprint.package(),
                "machine": timing.machine()}
        rows = kept.read(RUNS, FIELDS)
        if any(mark.items() <= row.items() for row in rows):
            print(f"{size:,} statements: kept")
            continue
        with tempfile.TemporaryDirectory() as folder:
            study = Path(folder, "study")
            written = corpora.write(
                study, size, form="parquet", prose_folder=given.prose, seed=1)
            row = {**mark, "megabytes": f"{written / 1e6:.1f}",
                   **measured(study, Path(folder)), "date": datetime.date.today().isoformat()}
        kept.add(RUNS, (row[name] for name in FIELDS))
        print(f"{size:,} statements: {row['wall']} s, {row['peak']} MB")


if __name__ == "__main__":
    main()
