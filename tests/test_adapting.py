"""docs/adapting.md does what it says: its files are written, its commands run, its verdicts come out."""

import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
TUTORIAL = ROOT / "docs" / "adapting.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+)(?: (\w+))?)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LAST = "## This page again"


def checkout(folder: Path) -> Path:
    """As much of the project as the tutorial needs, to be written in."""
    for name in ("src", "notebooks", "data"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "small.py", folder / "tests")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def write(place: Path, how: str | None, text: str) -> None:
    """Do with a block what the tutorial says: write it, or put it where it belongs."""
    if place.suffix == ".ipynb":
        change_notebook(place, how, text)
    elif how is None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    else:
        old = place.read_text("utf-8")
        if how == "append":
            new = f"{old}\n{text}"
        elif how == "without":
            new = old.replace(text, "", 1)
        else:
            new = re.sub(rf"^{how}: .*\n", lambda _: text, old, count=1, flags=re.MULTILINE)
        assert new != old, (place, how)
        place.write_text(new, "utf-8")


def change_notebook(path: Path, how: str | None, text: str) -> None:
    notebook = nbformat.read(path, as_version=4)
    cells = notebook.cells
    if how == "parameters":
        cell = next(c for c in cells if "parameters" in c.metadata.get("tags", []))
        for line in text.splitlines():
            name, _, value = line.partition(" = ")
            cell.source, changed = re.subn(
                rf"^{name} = \S+", lambda _, n=name, v=value: f"{n} = {v}", cell.source, flags=re.M)
            assert changed == 1, line
        cells[-1].source = cells[-1].source.replace("7_your_question", path.stem)
    else:
        make = nbformat.v4.new_markdown_cell if text.startswith("#") else nbformat.v4.new_code_cell
        at = next(i for i, c in enumerate(cells) if c.source.startswith(LAST))
        cells.insert(at, make(text.strip()))
    nbformat.write(notebook, path)


def run(line: str, folder: Path, cache: Path) -> str:
    words = shlex.split(line)
    if words[0] == "cp":
        shutil.copy(folder / words[1], folder / words[2])
        return ""
    start = {"study": [sys.executable, "-m", "analysis"], "python": [sys.executable]}
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(folder / "src"), *filter(None, sys.path)]),
        "STUDY_CACHE": str(cache), "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run([*start[words[0]], *words[1:]], cwd=folder, env=env, text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The tutorial followed to its end; what each command printed.

    A command that stands there twice is run at its last place.
    """
    folder = checkout(tmp_path_factory.mktemp("adapting") / "project")
    blocks = BLOCK.findall(TUTORIAL.read_text("utf-8"))
    to_come = [line for kind, *_, text in blocks if kind == "sh" for line in text.splitlines()]
    printed = {}
    for kind, place, how, text in blocks:
        if kind == "sh":
            for line in text.splitlines():
                to_come.remove(line)
                if line not in to_come:
                    printed[line] = run(line, folder, folder.parent / "cache")
                if "6_findings" in line:
                    shutil.copytree(folder / "reports", folder / "reports-of-six")
        elif place != "CONTRIBUTING.md":
            write(folder / place, how or None, text)
    return folder, printed


def table(folder: Path, name: str, *, reports: str = "reports") -> list[dict[str, str]]:
    path = folder / reports / "my-study" / "tables" / f"{name}.csv"
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_the_check_says_what_the_tutorial_says(followed):
    printed = followed[1]["study check my-study"]
    assert "no fault found" in printed and "without an interval" in printed


def test_the_verdicts_are_those_of_the_tutorial(followed):
    found = table(followed[0], "findings", reports="reports-of-six")
    # A claim on a frame that nobody checked says so itself.
    verdicts = {
        row["claim"].replace(" (frame unvalidated)", ""): row["verdict"] for row in found
    }
    assert verdicts == {
        "Only Northfield speaks of health.": "supported",
        "Southby speaks of trade more often than Northfield.": "insufficient evidence",
    }
    shares = {(row["frame"], row["statement"]): float(row["share"])
              for row in table(followed[0], "frame_shares", reports="reports-of-six")}
    trade = {town: [v for (frame, name), v in shares.items()
                    if frame.startswith("Trade") and name.startswith(town)]
             for town in ("Southby", "Northfield")}
    assert sum(trade["Southby"]) / 3 - sum(trade["Northfield"]) / 3 > 0.5


def test_the_readers_own_page_and_method_are_in_the_report(followed):
    assert (followed[0] / "reports" / "my-study" / "8_lamps.html").is_file()
    assert "2 passed" in followed[1]["python -m pytest -q tests/test_openings.py"]
    assert {row["found"].lower() for row in table(followed[0], "your_places")} == {
        "accidents", "lamps"}
    assert len(table(followed[0], "promises")) > 5
    shares = [float(row["share"]) for row in table(followed[0], "openings")]
    assert sum(shares) == pytest.approx(6, abs=1e-3)


def test_the_row_for_the_drawing_holds_the_modules_imports():
    blocks = BLOCK.findall(TUTORIAL.read_text("utf-8"))
    (row,) = [text for _, place, _, text in blocks if place == "CONTRIBUTING.md"]
    (module,) = [text for _, place, _, text in blocks if place == "src/analysis/openings.py"]
    used = set(re.findall(r"^from analysis\.(\w+) import", module, re.MULTILINE))
    used |= set(", ".join(re.findall(r"^from analysis import (.*)", module, re.M)).split(", "))
    assert set(row.strip().strip("|").split("|")[-1].strip().split(", ")) == used
