"""What is left when a run is disturbed at a random moment, and does the next one put it right?

    python bench/reliability.py                     some hours; kept runs are not redone
    python bench/reliability.py --moments 3         a look at it
    python bench/reliability.py --report-only       docs/reliability.md from the runs

A small study with findings is run with all notebooks, and its run, one of its kernels or one of its
workers is killed, or Ctrl-C is pressed, at a moment drawn evenly over an undisturbed run. Afterwards
the previous report must stand, or the new one whole; the next run must give the bytes of an
undisturbed one; no process and no passing file may be left. Keeps one row a moment in
bench/reliability.csv and writes docs/reliability.md.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
RUNS, PAGE = ROOT / "bench" / "reliability.csv", ROOT / "docs" / "reliability.md"
FIELDS = ("kind", "number", "second", "struck", "fault")

#: What is done to a run, and to which of its processes.
KINDS = {
    "run": (signal.SIGKILL, "the run itself is killed"),
    "kernel": (signal.SIGKILL, "one of its kernels is killed"),
    "worker": (signal.SIGKILL, "a process that computes the findings' analyses is killed"),
    "interrupt": (signal.SIGINT, "Ctrl-C"),
}

# Of each kind: a fault in one moment of twenty is then missed once in thirteen sweeps (.95 ** 50).
MOMENTS = 50

# A run of the small study takes half a minute; under load ten times as long was seen.
_PATIENCE = 900


@dataclass(frozen=True)
class Place:
    """Where a disturbed study lives.

    Attributes:
        study: the study.
        root: an empty folder for its report, cache and passing files.
        notebooks: a folder of notebooks; None for the study's own six.
        options: more of the command line, such as parameters.
    """

    study: Path
    root: Path
    notebooks: Path | None = None
    options: tuple[str, ...] = ()

    @property
    def out(self) -> Path:
        return self.root / "reports" / "out"

    def start(self, cache: str) -> subprocess.Popen:
        """A run, with its own cache and its own folder for passing files."""
        for name in ("passing", cache):
            (self.root / name).mkdir(exist_ok=True)
        given = ["run", str(self.study), "--out", str(self.out), *self.options]
        script = (
            "import sys\nfrom pathlib import Path\nfrom analysis import cli, places\n"
            + (f"places.notebooks_dir = lambda: Path({str(self.notebooks)!r})\n"
               if self.notebooks else "")
            + f"sys.exit(cli.main({given!r}))"
        )
        return subprocess.Popen(
            [sys.executable, "-c", script], cwd=self.root, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(self.root / "passing"),
                 "STUDY_CACHE": str(self.root / cache)},
            # A shell that starts this in its background ignores Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def finish(self, cache: str) -> tuple[int, str]:
        process = self.start(cache)
        errors = process.communicate(timeout=_PATIENCE)[1]
        return process.returncode, errors

    def bytes(self) -> dict[str, str]:
        """Hash of each file of the report, the record of one run aside."""
        return {
            path.relative_to(self.out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.out.rglob("*")) if path.is_file() and path.name != "run.json"
        }

    def processes(self) -> list[psutil.Process]:
        """Processes of any run of this place that still live."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("TMPDIR") == str(self.root / "passing")
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def passing(self) -> list[str]:
        """Files and folders that only a run under way may have."""
        beside = [p.name for p in self.out.parent.iterdir() if p != self.out]
        return sorted([*beside, *(p.name for p in (self.root / "passing").iterdir())])


def victims(process: subprocess.Popen, kind: str) -> list[psutil.Process]:
    """The processes of a run that may be struck, of one kind."""
    own = psutil.Process(process.pid)
    if kind in ("run", "interrupt"):
        return [own]
    found = []
    for child in own.children(recursive=True):
        try:
            words = " ".join(child.cmdline())
            warm = "analysis.report.warm" in words and child.ppid() != process.pid
            kernel = warm or "ipykernel_launcher" in words
            worker = "multiprocessing.spawn" in words
        except psutil.Error:
            continue
        if kernel if kind == "kernel" else worker:
            found.append(child)
    return sorted(found, key=lambda p: p.pid)


def disturbed(
    place: Place, kind: str, second: float, *, before: dict[str, str], after: dict[str, str],
    patience: float = 20.0, choose: random.Random,
) -> tuple[bool, list[str]]:
    """Strike one run, then let the next one put it right.

    Args:
        place: holds the previous report; the run would replace it by another.
        kind: one of `KINDS`.
        second: when; where there is no such process then, as soon as there is one, for `patience`
            seconds at most.
        before, after: bytes of the previous report and of an undisturbed run's.
        choose: picks one of several processes.

    Returns:
        Whether a process was struck, and what is wrong afterwards.
    """
    process = place.start("cache")
    began, struck = time.monotonic(), False
    while process.poll() is None and time.monotonic() < began + second + patience:
        if time.monotonic() >= began + second and (found := victims(process, kind)):
            try:
                choose.choice(found).send_signal(KINDS[kind][0])
                struck = True
            except psutil.NoSuchProcess:
                continue
            break
        time.sleep(0.01)
    try:
        errors = process.communicate(timeout=_PATIENCE)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        return struck, [f"the struck run did not end in {_PATIENCE} s"]
    faults = []
    if "Traceback" in errors and not (kind == "run" and struck):
        faults.append(f"a traceback: {errors.strip().splitlines()[-1]}")
    moved = kind == "run" and not place.out.exists()
    if not moved and place.bytes() not in (before, after):
        faults.append("neither the previous report nor the new one stands")
    if process.returncode == 0 and place.bytes() != after:
        faults.append("the run ended well with other bytes")
    code, errors = place.finish("cache")
    if code:
        faults.append(f"the next run failed: {errors.strip().splitlines()[-1]}")
    elif place.bytes() != after:
        faults.append("the next run gave other bytes")
    deadline = time.monotonic() + 10
    while (left := place.processes()) and time.monotonic() < deadline:
        time.sleep(0.1)
    faults += [f"a process is left: {' '.join(p.cmdline())[:80]}" for p in left]
    faults += [f"a passing file is left: {name}" for name in place.passing()]
    return struck, faults


def reset(place: Place, earlier: Path) -> None:
    """The previous report back in its place, nothing kept of any run."""
    for name in ("cache", "reports", "passing"):
        shutil.rmtree(place.root / name, ignore_errors=True)
    place.out.parent.mkdir(parents=True)
    shutil.copytree(earlier, place.out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moments", type=int, default=MOMENTS)
    parser.add_argument("--report-only", action="store_true")
    options = parser.parse_args()
    if not options.report_only:
        _sweep(options.moments)
    PAGE.write_text(_page(), "utf-8")


def _sweep(moments: int) -> None:
    sys.path.insert(0, str(ROOT / "tests"))
    from planted import finding, write_planted

    kept = {(row["kind"], int(row["number"])) for row in _kept()}
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        extra = "findings:\n" + "".join(
            finding(id=f"planted-{n}", smallest_effect=n / 100) for n in range(1, 5)
        )
        study = write_planted(
            root / "study", blocks=40, deterrence={"a-2015": 0.6, "b-2022": 0.5}, extra=extra
        )
        place = Place(study, root, options=("-p", "n_boot=200", "-p", "n_boot_variants=100"))
        place.out.parent.mkdir()
        assert place.finish("first")[0] == 0
        earlier = root / "earlier"
        shutil.copytree(place.out, earlier)
        before = place.bytes()
        text = study / "texts" / "a-2015.txt"
        text.write_text(text.read_text("utf-8") + "\nThe ministers met again.\n", "utf-8")
        began = time.monotonic()
        code, errors = place.finish("second")
        assert code == 0, errors
        length, after = time.monotonic() - began, place.bytes()
        for kind in KINDS:
            for number in range(moments):
                if (kind, number) in kept:
                    continue
                choose = random.Random(f"{kind} {number}")
                second = choose.uniform(0, length)
                reset(place, earlier)
                struck, faults = disturbed(
                    place, kind, second, before=before, after=after, choose=choose
                )
                _keep(kind, number, second, struck, "; ".join(faults))
                print(f"{kind} {number}: {'; '.join(faults) or 'as it should be'}", flush=True)


def _kept() -> list[dict[str, str]]:
    if not RUNS.exists():
        return []
    with RUNS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _keep(kind: str, number: int, second: float, struck: bool, fault: str) -> None:
    new = not RUNS.exists()
    with RUNS.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(FIELDS)
        writer.writerow([kind, number, f"{second:.2f}", int(struck), fault])


def _page() -> str:
    rows = _kept()
    lines = [
        "# What disturbed runs leave behind", "",
        f"Written by `make reliability` on {datetime.date.today()}: Python "
        f"{platform.python_version()}, papermill {importlib.metadata.version('papermill')}, "
        f"ipykernel {importlib.metadata.version('ipykernel')}, {platform.system()}.", "",
        "A small study with findings is run with all notebooks and disturbed at a moment drawn "
        "evenly over the length of an undisturbed run. Afterwards the previous report must stand or "
        "the new one whole, the next run must give the bytes of an undisturbed run, and no process "
        "and no passing file may be left.", "",
        "| what is done | moments | a process was struck | with a fault |", "|---|---|---|---|",
    ]
    for kind, (_, words) in KINDS.items():
        own = [row for row in rows if row["kind"] == kind]
        struck, faults = (sum(map(bool, [int(r["struck"]) for r in own])),
                          sum(bool(r["fault"]) for r in own))
        lines.append(f"| {words} | {len(own)} | {struck} | {faults} |")
    wrong = Counter(row["fault"] for row in rows if row["fault"])
    lines += ["", "No fault was found." if not wrong else "Faults, most frequent first:", ""]
    lines += [f"- {number} × {json.dumps(fault)}" for fault, number in wrong.most_common()]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    main()
