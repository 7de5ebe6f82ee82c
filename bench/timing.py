"""One timing for all of bench/speed_*.py: ways to do the same thing, in turn, on the same input.

Each way runs in a process of its own, a fork of the one that holds the input, so that none warms
another up and each has its own peak of memory. Ways take turns for several rounds, and what is
reported is the median of ratios within a round: on a machine that others use, too, seconds move,
ratios hardly. What each way found is compared where it can be.

Results go to bench/speed.json, one entry a pass, input and way; what is there for the same package,
machine and size of input is not measured again, so that an interrupted run goes on where it
stopped.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import json
import multiprocessing
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import prose

from analysis import corpus, fingerprint

RESULTS = Path(__file__).with_name("speed.json")
STUDY = Path(__file__).resolve().parents[1] / "data" / "channel-2015-2024"
ROUNDS = 5

# One thread each, on both sides, unless a way says otherwise.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")


@dataclass(frozen=True)
class Way:
    """One way to do what a pass does.

    Attributes:
        made: called untimed in the way's own process (imports, models); returns what is timed.
        needs: package without which it cannot run; "" for none.
        wall: whether seconds are those of the clock (several processes), not of the processor.
        scale: by how much its seconds are multiplied, where it is given a part of the work only.
    """

    made: Callable[[], Callable[[], object]]
    needs: str = ""
    wall: bool = False
    scale: float = 1.0


def arguments(doc: str) -> argparse.Namespace:
    """What every script takes: where the prose is, how many rounds, whether to measure anew."""
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("--prose", type=Path, default=Path(prose.DEFAULT), metavar="FOLDER",
                        help="folder of documentation to read real prose from (%(default)s)")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--again", action="store_true", help="measure what is there, too")
    return parser.parse_args()


def inputs(folder: Path, *, megabytes: float) -> dict[str, list[str]]:
    """Real prose of about this size, and as much drawn from the shipped study's sentences."""
    texts = prose.real(folder, most=int(megabytes * 1e6))
    if not texts:
        sys.exit(f"{folder}: no English prose below it; name another folder with --prose")
    size = sum(map(len, texts))
    sentences = corpus.load(str(STUDY)).units["text"].tolist()
    words = 300
    drawn = prose.resampled(sentences, texts=max(1, size // 2050), words=words, seed=1)
    return {"real prose": texts, "resampled": drawn}


def compare(
    name: str, which: str, size: float, unit: str, ways: Mapping[str, Way], *,
    rounds: int = ROUNDS, again: bool = False,
) -> None:
    """Time the ways in turn and keep the figures; the first one is ours.

    Args:
        name: of the pass.
        which: input.
        size: of the input, in `unit`.
        unit: "MB", or "" where only seconds are told.
        ways: name → way.
        rounds: of each way.
        again: measure even what is there.
    """
    known = _load()
    key = f"{name} · {which}"
    mark = {"package": fingerprint.package(), "machine": machine(), "ways": sorted(ways),
            "size": round(size, 3)}
    if not again and known.get(key, {}).get("mark") == mark:
        print(f"{key}: kept")
        return
    there = {way: own for way, own in ways.items()
             if not own.needs or importlib.util.find_spec(own.needs)}
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in there}
    for _ in range(rounds):
        for way, own in there.items():
            taken[way].append(_once(own))
    ours = [seconds for seconds, _ in taken[next(iter(ways))]]
    rows = []
    for way in ways:
        if way not in taken:
            rows.append({"way": way, "missing": ways[way].needs})
            continue
        seconds = [s for s, _ in taken[way]]
        ratios = [s / o for s, o in zip(seconds, ours, strict=True)]
        rows.append({
            "way": way + "\\*" * ways[way].wall, "seconds": statistics.median(seconds),
            "peak": max(megabytes for _, megabytes in taken[way]),
            "ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios),
        })
        print(f"{key}: {way}: {rows[-1]['seconds']:.2f} s, × {rows[-1]['ratio']:.2f}")
    known[key] = {
        "mark": mark, "name": name, "input": which, "size": size, "unit": unit, "rounds": rounds,
        "date": datetime.date.today().isoformat(), "rows": rows, "versions": versions(),
    }
    RESULTS.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _load() -> dict[str, dict]:
    return json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}


def _once(way: Way) -> tuple[float, float]:
    """Seconds and megabytes on top of the input of one run, in a process of its own."""
    receive, send = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_child, args=(way, send))
    process.start()
    send.close()
    try:
        seconds, peak = receive.recv()
    except EOFError:
        sys.exit("a way to do it failed; see above")
    process.join()
    return seconds * way.scale, peak


def _child(way: Way, send) -> None:
    run = way.made()
    before = _resident()
    clock = time.perf_counter if way.wall else time.process_time
    began = clock()
    run()
    seconds = clock() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    if way.wall:
        peak += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    send.send((seconds, max(0.0, peak - before)))


def _resident() -> float:
    """Megabytes in memory now; a process that was forked starts with those of its parent."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def machine() -> str:
    """Processor, cores and system, without a name."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text().splitlines()
        model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")),
                     model)
    python = platform.python_version()
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {python}"


def versions() -> dict[str, str]:
    """Versions of the packages that take part."""
    found = {}
    for package in ("numpy", "pandas", "scipy", "scikit-learn", "biopython", "gensim", "tomotopy",
                    "rapidfuzz", "papermill", "nbconvert"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
