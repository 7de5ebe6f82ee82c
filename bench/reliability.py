"""What is left when a run is disturbed at a random moment, and does the next one put it right?

    python bench/reliability.py                     an hour and more; kept moments are not redone
    python bench/reliability.py --moments 3         a look at it
    python bench/reliability.py --report-only       docs/reliability.md from the kept moments

A small study with findings is run, cold, and disturbed in one of the ways of `KINDS` at a moment
drawn evenly over an undisturbed run. Afterwards the previous report must stand, or the new one
whole; the next run must give the bytes of an undisturbed one; no process, no lock and no passing
file may be left; and nobody may see a traceback. Keeps one row a moment in bench/reliability.csv.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import datetime
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
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import kept
import load
import psutil
import same_bytes

ROOT = Path(__file__).resolve().parent.parent
RUNS, PAGE = ROOT / "bench" / "reliability.csv", ROOT / "docs" / "reliability.md"
FIELDS = ("kind", "number", "second", "struck", "fault")

# A fault that one moment of twenty shows is missed once in thirteen sweeps of 50 (.95 ** 50).
MOMENTS, FEWER = 50, 12

#: Kind → what is done, moments of a full sweep. In some there is nothing to strike any more: of the
#: first four kinds so many are drawn that 50 strike something.
KINDS = {
    "run": ("the run itself is killed (SIGKILL)", MOMENTS),
    "kernel": ("one of its kernels is killed (SIGKILL)", 60),
    "worker": ("a process that computes analyses of findings is killed (SIGKILL)", 80),
    "interrupt": ("Ctrl-C, to the run alone or to all its processes", 60),
    "vanished": ("a text of the study vanishes", FEWER),
    "second": ("a second run of the same study is started", FEWER),
    "clock": ("the clock jumps, back or forth, by up to ten years", FEWER),
    "disk": ("the disk has too little room (a small file system)", FEWER),
    "readonly": ("the folder of reports becomes read-only (mounted anew)", FEWER),
}
#: They mount file systems, in a name space of their own.
MOUNTED = ("disk", "readonly")

# A run of the small study takes ten seconds; under load ten times as long was seen.
_PATIENCE = 600

# Seen by every Python process of a run: from a moment on, the clock tells another time.
_CLOCK = """
import os, time
real, moment, jump = time.time, float(os.environ["JUMPS_AT"]), float(os.environ["JUMPS_BY"])
time.time = lambda: real() + jump * (time.monotonic() >= moment)
time.time_ns = lambda: int(time.time() * 1e9)
"""

_RUN = """
import sys
from analysis import cli
try:
    # So small a study would not be given to processes of its own.
    from analysis import universes
    universes.FEW = 0
except KeyboardInterrupt:
    # These imports are this script's, not the run's.
    sys.exit("study: interrupted before it began")
if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:]))
"""


@dataclass(frozen=True)
class Place:
    """Where a disturbed study lives.

    Attributes:
        study: the study.
        root: a folder for its report, cache and passing files.
        options: more of the command line, such as parameters.
    """

    study: Path
    root: Path
    options: tuple[str, ...] = ()

    @property
    def out(self) -> Path:
        return self.root / "reports" / "out"

    def start(self, **environment: str) -> subprocess.Popen:
        """A run, with its own cache and its own folder for passing files."""
        for name in ("passing", "cache"):
            (self.root / name).mkdir(exist_ok=True)
        script = self.root / "runs.py"
        if not script.exists():
            script.write_text(_RUN, "utf-8")
        path = [str(ROOT / "src"), *filter(None, [environment.pop("PYTHONPATH", "")])]
        return subprocess.Popen(
            [sys.executable, str(script), "run", str(self.study), "--out", str(self.out),
             *self.options],
            cwd=self.root, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "TMPDIR": str(self.root / "passing"),
                 "STUDY_CACHE": str(self.root / "cache"), **environment,
                 "PYTHONPATH": os.pathsep.join(path)},
            # A shell that starts this in its background ignores Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            start_new_session=True,
        )

    def finish(self) -> tuple[int, str]:
        process = self.start()
        errors = process.communicate(timeout=_PATIENCE)[1]
        return process.returncode, errors

    def bytes(self) -> dict[str, str]:
        """Hash of each file of the report, the record of one run aside."""
        return same_bytes.bytes_of(self.out)

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


@dataclass
class Struck:
    """A run under way that is to be disturbed.

    Attributes:
        place: of the run.
        process: the run.
        choose: draws whatever is to be chosen.
        undo: what puts right, before the next run, what is not the run's own matter.
    """

    place: Place
    process: subprocess.Popen
    choose: random.Random
    undo: Callable[[], None] = lambda: None


def victims(process: subprocess.Popen, kind: str) -> list[psutil.Process]:
    """The processes of a run that may be struck: itself, its kernels or its workers."""
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


def _signal(kind: str) -> Callable[[Struck], bool]:
    def strike(struck: Struck) -> bool:
        found = victims(struck.process, kind)
        if not found:
            return False
        try:
            if kind == "interrupt" and struck.choose.random() < 0.5:
                # As at a terminal, where every process of the run gets it.
                os.killpg(struck.process.pid, signal.SIGINT)
                return True
            struck.choose.choice(found).send_signal(
                signal.SIGINT if kind == "interrupt" else signal.SIGKILL)
        except (psutil.NoSuchProcess, ProcessLookupError):
            return False
        return True

    return strike


def _vanish(struck: Struck) -> bool:
    text = struck.choose.choice(sorted((struck.place.study / "texts").iterdir()))
    away = struck.place.root / "away.txt"
    text.rename(away)
    struck.undo = lambda: away.rename(text)
    return True


def _read_only(struck: Struck) -> bool:
    folder = str(struck.place.out.parent)
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    struck.undo = lambda: subprocess.run(["umount", "--lazy", folder], check=True) and None
    return True


#: What happens to a run at its moment; says whether there was anything to strike. Other kinds are
#: set up before the run is started.
STRIKES = {
    **{kind: _signal(kind) for kind in ("run", "kernel", "worker", "interrupt")},
    "vanished": _vanish, "readonly": _read_only,
}


def disturbed(
    place: Place, kind: str, second: float, *, before: dict[str, str], after: dict[str, str],
    choose: random.Random,
) -> tuple[bool, list[str]]:
    """Disturb one run, then let the next one put it right.

    Args:
        place: holds the previous report; the run would replace it by another.
        kind: one of `KINDS`.
        second: when; where there is nothing to strike then, as soon as there is.
        before, after: bytes of the previous report and of an undisturbed run's.
        choose: picks one of several processes, texts or sizes.

    Returns:
        Whether the run was disturbed, and what is wrong afterwards.
    """
    environment, other, hit = {}, None, kind not in STRIKES
    undo = [lambda: None]
    if kind == "clock":
        (place.root / "clock").mkdir(exist_ok=True)
        (place.root / "clock" / "sitecustomize.py").write_text(_CLOCK, "utf-8")
        jump = choose.choice((-1, 1)) * 10 ** choose.uniform(1, 8.5)
        environment = {"PYTHONPATH": str(place.root / "clock"), "JUMPS_BY": str(jump),
                       "JUMPS_AT": str(time.monotonic() + second)}
    if kind == "disk":
        undo.append(_filled(place.root, choose))
    struck = Struck(place, place.start(**environment), choose)
    deadline = time.monotonic() + _PATIENCE
    moment = time.monotonic() + second
    strike = STRIKES.get(kind)
    while struck.process.poll() is None and time.monotonic() < deadline and (
        not hit or (kind == "second" and other is None)
    ):
        if time.monotonic() >= moment:
            if kind == "second":
                other = place.start()
            elif strike:
                hit = strike(struck)
        time.sleep(0.01)
    try:
        runs = [(one.communicate(timeout=_PATIENCE)[1], one.returncode)
                for one in filter(None, [struck.process, other])]
    except subprocess.TimeoutExpired:
        for process in place.processes():
            process.kill()
        return hit, [f"a disturbed run did not end in {_PATIENCE} s"]
    undo.append(struck.undo)
    for one in undo:
        one()
    return hit, [*_faults(place, kind, runs, before, after), *_next(place, after)]


def _faults(place: Place, kind: str, runs: list[tuple[str, int]], before, after) -> Iterator[str]:
    """What is wrong right after the disturbed run."""
    for errors, code in runs:
        if "Traceback" in errors and not (kind == "run" and code < 0):
            yield f"a traceback: {' | '.join(errors.strip().splitlines())}"
        elif code > 0 and not any(line.startswith("study: ") for line in errors.splitlines()):
            yield f"ended with {code} and said nothing"
    ended_well = any(code == 0 for _, code in runs)
    if kind == "second" and not ended_well:
        yield "neither of two runs ended well"
    # A run that is killed between two renamings leaves the previous report under another name;
    # the next run puts it right.
    moved = kind == "run" and not place.out.exists()
    now = {} if moved else place.bytes()
    if not moved and now not in (before, after):
        yield "neither the previous report nor the new one stands"
    elif ended_well and now != after:
        yield "the run ended well with other bytes"


def _next(place: Place, after) -> Iterator[str]:
    """What is wrong after the next run."""
    code, errors = place.finish()
    if code:
        yield f"the next run failed: {errors.strip().splitlines()[-1]}"
    elif place.bytes() != after:
        yield "the next run gave other bytes"
    deadline = time.monotonic() + 10
    while (left := place.processes()) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in left:
        yield f"a process is left: {' '.join(process.cmdline())[:80]}"
    for name in place.passing():
        yield f"a passing file is left: {name}"


def _filled(root: Path, choose: random.Random) -> Callable[[], None]:
    """Leave only a drawn part of the room that a run needs; what gives it back."""
    system = os.statvfs(root)
    room = int(system.f_bavail * system.f_frsize - choose.uniform(0, 1) * _needed(root))
    ballast = root / "ballast"
    ballast.write_bytes(b"\0" * max(room, 0))
    return ballast.unlink


def _needed(root: Path) -> int:
    """Room that an undisturbed run took: its report, its cache and as much again in passing."""
    return int((root / "needed").read_text("ascii"))


def reset(place: Place, earlier: Path) -> None:
    """The previous report back in its place, nothing kept of any run."""
    for name in ("cache", "reports", "passing"):
        shutil.rmtree(place.root / name, ignore_errors=True)
    place.out.parent.mkdir(parents=True)
    shutil.copytree(earlier, place.out)


class Site:
    """A place with a report of a study as it was, and what the next run should make of it."""

    def __init__(self, root: Path) -> None:
        """Args: root: an empty folder."""
        sys.path.insert(0, str(ROOT / "tests"))
        from planted import finding, write_planted

        findings = "findings:\n" + "".join(
            finding(id=f"planted-{n}", claim=f"Deterrence, claim {n}.", smallest_effect=n / 100)
            for n in (1, 2)
        )
        study = write_planted(
            root / "study", blocks=6, deterrence={"a-2015": 0.6, "b-2022": 0.5}, extra=findings)
        self.place = Place(study, root, options=(
            "--only", "1_corpus", "6_findings", "-p", "n_boot=200", "-p", "n_boot_variants=100"))
        self.place.out.parent.mkdir()
        self._well()
        self.earlier = root / "earlier"
        shutil.copytree(self.place.out, self.earlier)
        self.before = self.place.bytes()
        text = study / "texts" / "a-2015.txt"
        text.write_text(text.read_text("utf-8") + "\nThe ministers met again.\n", "utf-8")
        reset(self.place, self.earlier)
        self.lasts = self._watched()
        self.after = self.place.bytes()
        parts = [p.stat().st_size for name in ("reports", "cache")
                 for p in (root / name).rglob("*") if p.is_file()]
        (root / "needed").write_text(str(2 * sum(parts)), "ascii")

    def _well(self) -> None:
        code, errors = self.place.finish()
        if code:
            raise SystemExit(f"an undisturbed run ended with {code}: {errors}")

    def _watched(self) -> dict[str, float]:
        """How long an undisturbed run lasts, and until when it has processes of each kind."""
        began, process, lasts = time.monotonic(), self.place.start(), {}
        while process.poll() is None:
            lasts |= {kind: time.monotonic() - began for kind in ("run", "kernel", "worker")
                      if victims(process, kind)}
            time.sleep(0.02)
        if process.returncode:
            raise SystemExit(f"an undisturbed run ended with {process.returncode}: "
                             f"{process.communicate()[1]}")
        process.communicate()
        return lasts

    def moment(self, kind: str, number: int) -> dict[str, object]:
        """One row: a run disturbed at the moment that belongs to this number."""
        choose = random.Random(f"{kind} {number}")
        second = choose.uniform(0, self.lasts.get(kind, self.lasts["run"]))
        reset(self.place, self.earlier)
        hit, faults = disturbed(
            self.place, kind, second, before=self.before, after=self.after, choose=choose)
        return dict(zip(FIELDS, (kind, number, f"{second:.2f}", int(hit), "; ".join(faults)),
                        strict=True))


def sweep(kinds: list[str], moments: int, *, done: set[tuple[str, int]] = frozenset(),
          jobs: int = 2) -> Iterator[dict[str, object]]:
    """Rows of the moments that are not done yet, `jobs` of them at a time, as they end."""
    todo = [(kind, number) for number in range(moments) for kind in kinds
            if number < min(moments, KINDS[kind][1]) and (kind, number) not in done]
    own, mounted = threading.local(), []
    with tempfile.TemporaryDirectory() as folder:
        def one(job: tuple[str, int]) -> dict[str, object]:
            if not hasattr(own, "site"):
                root = Path(tempfile.mkdtemp(dir=folder))
                if job[0] in MOUNTED:
                    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(root)],
                                   check=True)
                    mounted.append(root)
                own.site = Site(root)
            return own.site.moment(*job)

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            try:
                for job in concurrent.futures.as_completed([pool.submit(one, job) for job in todo]):
                    yield job.result()
            finally:
                pool.shutdown(cancel_futures=True)
                for root in mounted:
                    subprocess.run(["umount", "--lazy", str(root)], check=True)


def can_mount() -> bool:
    """Can this user mount a file system in a name space of its own?"""
    try:
        return subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"],
                              capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moments", type=int, default=max(n for _, n in KINDS.values()),
                        help="of each kind at most")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--runs", type=Path, default=RUNS, help="where moments are kept")
    parser.add_argument("--report-only", action="store_true", help="only write the page")
    given = parser.parse_args()
    mounted = [kind for kind in given.kinds if kind in MOUNTED]
    others = [kind for kind in given.kinds if kind not in MOUNTED]
    faults = 0
    if not given.report_only:
        if others and mounted:
            faults += _again(given, mounted)
        elif mounted and "STUDY_MOUNTS" not in os.environ:
            return _again(given, mounted)
        faults += _swept(given, others or mounted)
    if given.runs == RUNS:
        PAGE.write_text(page(), "utf-8")
    return bool(faults)


def _again(given: argparse.Namespace, kinds: list[str]) -> int:
    """The same for kinds that mount, in a name space of their own; 0 if all is well."""
    if not can_mount():
        print(f"not done, nothing can be mounted here: {', '.join(kinds)}", file=sys.stderr)
        return 0
    return subprocess.run(
        ["unshare", "-rm", sys.executable, __file__, "--moments", str(given.moments), "--jobs",
         str(given.jobs), "--runs", str(given.runs), "--kinds", *kinds],
        env={**os.environ, "STUDY_MOUNTS": "1"}, check=False,
    ).returncode


def _swept(given: argparse.Namespace, kinds: list[str]) -> int:
    done = {(row["kind"], int(row["number"])) for row in kept.read(given.runs, FIELDS)}
    faults = 0
    for row in sweep(kinds, given.moments, done=done, jobs=given.jobs):
        kept.add(given.runs, (row[name] for name in FIELDS))
        faults += bool(row["fault"])
        print(f"{row['kind']} {row['number']}: {row['fault'] or 'as it should be'}", flush=True)
    return faults


def page() -> str:
    """docs/reliability.md from the kept moments."""
    rows = kept.read(RUNS, FIELDS)
    lines = [
        "# What disturbed runs leave behind", "",
        f"Written by `make reliability` on {datetime.date.today()}: Python "
        f"{platform.python_version()}, papermill {importlib.metadata.version('papermill')}, "
        f"ipykernel {importlib.metadata.version('ipykernel')}, {platform.system()}.", "",
        "A small study with findings is run cold (notebooks 1 and 6) and disturbed at a moment drawn "
        "evenly over the length of an undisturbed run, or until the last of its kernels or workers "
        "has gone; where there is nothing to strike then, as soon as there is. Afterwards the "
        "previous report must stand or the new one whole, the next run must give the bytes of an "
        "undisturbed run, no process, lock or passing file may be left, and no traceback may be "
        f"shown. A full sweep has so many moments that {MOMENTS} of the first four kinds strike "
        f"something, and {FEWER} of each other kind; with fewer it has not been finished, and the "
        "next call goes on. Moments are kept and not tried again, so that most are older than this "
        "page and of the code as it was.", "",
        "| what is done | moments | struck | with a fault |", "|---|---:|---:|---:|",
    ]
    for kind, (words, _) in KINDS.items():
        own = [row for row in rows if row["kind"] == kind]
        lines.append(f"| {words} | {len(own)} | {sum(row['struck'] == '1' for row in own)} | "
                     f"{sum(bool(row['fault']) for row in own)} |")
    wrong = Counter(row["fault"] for row in rows if row["fault"])
    lines += ["", "No fault was found." if not wrong else "Faults, most frequent first:",
              *([""] if wrong else [])]
    lines += [f"- {number} × {json.dumps(fault)}" for fault, number in wrong.most_common()]
    lines += [
        "", "## The same bytes", "",
        "The shipped study, run cold by `bench/same_bytes.py` in ways that must not matter, held "
        "against the committed report; the record of the run is left out. A file is different if it "
        "differs by more than the hashes it names and 1e-5 of a number. Any Python not named here is "
        "untested.", "",
        "| way | Python | files | other bytes | different | other verdicts |",
        "|---|---|---:|---:|---:|---:|",
    ]
    lines += [f"| {' | '.join(row.values())} |"
              for row in kept.read(same_bytes.RUNS, same_bytes.FIELDS)]
    lines += ["", "## Load", "", "Small studies, by `bench/load.py`.", "",
              "| what | outcome |", "|---|---|"]
    lines += [f"| {' | '.join(row.values())} |" for row in kept.read(load.RUNS, load.FIELDS)]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main())
