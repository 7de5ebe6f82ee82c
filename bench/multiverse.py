"""How long do all analyses of the shipped findings take, and how many distinct ones are there?

    python bench/multiverse.py

Held to: 60 s on two cores. Nothing is read from the cache; a folder of its own is used.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path

STUDY = Path(__file__).resolve().parent.parent / "data" / "channel-2015-2024"
HELD_TO = 60


def main() -> None:
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STUDY_CACHE"] = folder
        from analysis import multiverse, workers
        from analysis.study import load_study

        study = load_study(STUDY)
        made = multiverse.settings(seed=1, n_boot=2000, n_boot_variants=200)
        began = time.monotonic()
        runs = multiverse.compute(study, made)
        seconds = time.monotonic() - began
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
    counts = runs.universes.groupby("finding", sort=False).size()
    changes = Counter(row["finding"] for row in runs.altered)
    for finding, number in counts.items():
        print(f"{finding:24} {number:6} distinct analyses {changes[finding]:6} single changes")
    busy = children.ru_utime + children.ru_stime
    print(f"{counts.sum()} analyses, {sum(changes.values())} single changes: {seconds:.1f} s on "
          f"{workers.cores()} cores ({busy:.0f} s of work, load of the machine "
          f"{os.getloadavg()[0]:.1f}), held to {HELD_TO} s")


if __name__ == "__main__":
    main()
