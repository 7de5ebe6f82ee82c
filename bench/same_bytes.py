"""Does the same study give the same bytes wherever and however it is run?

    python bench/same_bytes.py                                    each way of `WAYS`: ten minutes
    python bench/same_bytes.py --python python3.12 python3.13     also in fresh environments of these

The shipped study is copied and run cold in each way, and every file of its report but the record of
the run is held against the committed one. Each way changes everything at once that must not matter:
if nothing differs, nothing of it matters. For another Python the packages of the lock are installed
afresh; there the report may differ in the last digit, and `study diff` counts what does. Keeps one
row a way in bench/same_bytes.csv; `make reliability` shows them in docs/reliability.md.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import kept

ROOT = Path(__file__).resolve().parent.parent
STUDY, REPORT = ROOT / "data" / "channel-2015-2024", ROOT / "reports" / "channel-2015-2024"
RUNS = ROOT / "bench" / "same_bytes.csv"
FIELDS = ("way", "python", "files", "other_bytes", "different", "verdicts")

_RUN = """
import os, sys
from analysis import cli
from analysis.report import warm
if os.environ.get("PLAIN_KERNELS"):
    warm.supported = lambda: False
if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:]))
"""


@dataclass(frozen=True)
class Way:
    """How a study is run.

    Attributes:
        folder: where the study and the report stand.
        options: of the command.
        environment: variables; LC_ALL is made first where the system has it not.
        cores: the cores the run may use; 0 for all.
    """

    folder: str
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    cores: int = 0


WAYS = {
    "one notebook at a time on one core, plain kernels, C locale, west of Greenwich": Way(
        "plain", ("--jobs", "1"),
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Honolulu", "LC_ALL": "C", "PLAIN_KERNELS": "1"}, 1,
    ),
    "four at a time, warm kernels, Turkish locale, east of Greenwich, folders named in Greek and "
    "Chinese, with blanks": Way(
        "Φάκελος με κενά/研究 ü", ("--jobs", "4"),
        {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8"},
    ),
}


def bytes_of(report: Path) -> dict[str, str]:
    """Hash of each file of a report, the record of one run aside."""
    return {
        path.relative_to(report).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(report.rglob("*")) if path.is_file() and path.name != "run.json"
    }


def made(way: Way, study: Path, root: Path, *, options: tuple[str, ...] = (),
         python: str = sys.executable) -> Path:
    """The report of a study that is run in a way, in a folder of its own under `root`."""
    folder = root / way.folder
    folder.mkdir(parents=True)
    shutil.copytree(study, folder / study.name)
    script = root / "runs.py"
    script.write_text(_RUN, "utf-8")
    environment = {**os.environ, **way.environment, "STUDY_CACHE": str(folder / "cache"),
                   "PYTHONPATH": str(ROOT / "src")}
    if way.environment.get("LC_ALL") == "tr_TR.UTF-8":
        subprocess.run(["localedef", "-i", "tr_TR", "-f", "UTF-8", str(root / "tr_TR.UTF-8")],
                       check=False, capture_output=True)
        environment["LOCPATH"] = str(root)
    command = [python, str(script), "run", str(folder / study.name), "--out",
               str(folder / "reports" / REPORT.name), *way.options, *options]
    if way.cores and shutil.which("taskset"):
        command = ["taskset", "-c", f"0-{way.cores - 1}" if way.cores > 1 else "0", *command]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise SystemExit(f"{way.folder}: ended with {done.returncode}: {done.stderr}")
    return folder / "reports" / REPORT.name


def differ(first: Path, second: Path) -> list[str]:
    """The files that two reports have not in common, byte for byte."""
    one, other = bytes_of(first), bytes_of(second)
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _fresh(python: str, folder: Path) -> str:
    """A Python with the locked packages, installed afresh."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    own = str(folder / "bin" / "python")
    for more in (["--require-hashes", "-r", "requirements.lock"],
                 ["--no-deps", "--no-build-isolation", "-e", "."]):
        subprocess.run([own, "-m", "pip", "install", "-q", *more], cwd=ROOT, check=True)
    return own


def _keep(way: str, python: str, report: Path) -> None:
    """One row: files, those with other bytes, those that differ by more than the hashes they name
    and the declared tolerance of numbers, and findings with another verdict."""
    from analysis.report import diff

    found = diff.difference(REPORT, report)
    different = sum(how not in ("identical", "within tolerance") for how in found.files.values())
    row = (way, python, len(bytes_of(report)), len(differ(REPORT, report)), different,
           len(found.verdicts))
    kept.add(RUNS, row)
    print(*row, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", nargs="*", default=[])
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "src"))
    done = {(row["way"], row["python"]) for row in kept.read(RUNS, FIELDS)}
    with tempfile.TemporaryDirectory() as folder:
        for number, (words, way) in enumerate(WAYS.items()):
            if (words, platform.python_version()) not in done:
                _keep(words, platform.python_version(), made(way, STUDY, Path(folder, str(number))))
        for number, python in enumerate(given.python):
            version = subprocess.run(
                [python, "-c", "import platform; print(platform.python_version())"],
                check=True, capture_output=True, text=True).stdout.strip()
            if ("as usual", version) not in done:
                own = _fresh(python, Path(folder, f"python{number}"))
                _keep("as usual", version,
                      made(Way("usual"), STUDY, Path(folder, f"with{number}"), python=own))


if __name__ == "__main__":
    main()
