"""Do many runs at once come out right, and do many studies in a row leak nothing?

    python bench/load.py                     20 runs at once, 1,000 studies in a row: 15 minutes
    python bench/load.py --at-once 3 --in-a-row 50

*At once*: so many small studies, each with its own texts, are run at the same time with one cache,
and must give the bytes that each gives alone. *In a row*: one process loads, checks and parts so
many studies, one after the other; memory and open files after a tenth of them are held against
those at the end. A run of all notebooks takes half a minute, so that a thousand would take a night;
what is in a row here is what each run does in its own process before kernels are started. Keeps one
row each in bench/load.csv, and does not do again what is kept there.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import kept
import psutil
from same_bytes import bytes_of

ROOT = Path(__file__).resolve().parent.parent
RUNS, FIELDS = ROOT / "bench" / "load.csv", ("what", "outcome")
WORDS = ("The ministers met in Calais on {day} November and agreed to share information number {n} "
         "about smuggling networks. They will establish {n} centres and deploy officers.")

# Memory that a process may grow by from a tenth of the studies to the last: caches fill up.
GROWTH = 20 * 2**20


def study(folder: Path, number: int) -> Path:
    """A study of two short statements that no other number has."""
    (folder / "texts").mkdir(parents=True)
    rows = ["id,file,title,date,issuer,genre,language"]
    for part in (1, 2):
        text = "\n\n".join(
            WORDS.format(day=1 + (line + part) % 28, n=100 * number + 10 * part + line)
            for line in range(20)
        )
        (folder / "texts" / f"s{part}.txt").write_text(text + "\n", "utf-8")
        rows.append(f"s{part},texts/s{part}.txt,Statement {part},201{part}-01-01,A,statement,en")
    (folder / "statements.csv").write_text("\n".join([*rows, ""]), "utf-8")
    (folder / "study.yaml").write_text(
        f"title: Study {number}\nquestion: Does it come out right?\n", "utf-8")
    return folder


def start(folder: Path, out: Path, cache: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "analysis", "run", str(folder), "--only", "1_corpus",
         "--out", str(out)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "STUDY_CACHE": str(cache)},
    )


def finished(process: subprocess.Popen) -> None:
    errors = process.communicate()[1]
    if process.returncode:
        raise SystemExit(f"a run ended with {process.returncode}: {errors}")


def at_once(number: int, folder: Path) -> list[str]:
    """What is wrong with so many runs at the same time; nothing if all is well."""
    studies = [study(folder / f"study{n}", n) for n in range(number)]
    running = [start(path, folder / "together" / path.name, folder / "cache") for path in studies]
    for process in running:
        finished(process)
    wrong = []
    for path in studies:
        finished(start(path, folder / "alone" / path.name, folder / f"cache-{path.name}"))
        alone, together = (bytes_of(folder / how / path.name) for how in ("alone", "together"))
        if not alone or alone != together:
            wrong.append(f"{path.name}: other bytes than alone")
    left = [p.name for p in (folder / "together").iterdir() if p.name not in {s.name for s in studies}]
    return wrong + [f"left behind: {name}" for name in left]


def in_a_row(number: int, folder: Path) -> dict[str, tuple[int, int]]:
    """(after a tenth, at the end) of memory in bytes, open files and files in the folder."""
    from analysis import corpus, declarations
    from analysis.study import load_study

    paths = [study(folder / f"row{n}", n) for n in range(10)]
    made = sum(1 for _ in folder.rglob("*"))
    process, seen = psutil.Process(), []
    for n in range(number):
        one = load_study(paths[n % len(paths)])
        declarations.check(one)
        corpus.build(one)
        if n in (number // 10, number - 1):
            gc.collect()
            files = sum(1 for _ in folder.rglob("*")) - made
            seen.append((process.memory_info().rss, process.num_fds(), files))
    return dict(zip(("memory", "open files", "new files"), zip(*seen, strict=True), strict=True))


def leaks(found: dict[str, tuple[int, int]]) -> list[str]:
    """What grew that must not."""
    return [
        f"{name} grew from {first:,} to {last:,}" for name, (first, last) in found.items()
        if last - first > (GROWTH if name == "memory" else 0)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--at-once", type=int, default=20)
    parser.add_argument("--in-a-row", type=int, default=1000)
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "src"))
    done = {row["what"] for row in kept.read(RUNS, FIELDS)}
    faults = False
    with tempfile.TemporaryDirectory() as folder:
        if (what := f"{given.at_once} runs at once") not in done:
            wrong = at_once(given.at_once, Path(folder) / "once")
            _keep(what, "; ".join(wrong) or "each gives the bytes that it gives alone")
            faults |= bool(wrong)
        if (what := f"{given.in_a_row} studies in a row in one process") not in done:
            found = in_a_row(given.in_a_row, Path(folder) / "row")
            said = ", ".join(f"{name} {first:,} → {last:,}" for name, (first, last) in found.items())
            _keep(what, f"{'; '.join(leaks(found)) or 'nothing leaks'} (from a tenth to the last: {said})")
            faults |= bool(leaks(found))
    return faults


def _keep(what: str, outcome: str) -> None:
    print(f"{what}: {outcome}", flush=True)
    kept.add(RUNS, (what, outcome))


if __name__ == "__main__":
    sys.exit(main())
