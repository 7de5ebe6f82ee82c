"""Runs that are struck at random moments: a seeded sample of what `make reliability` does in full.

Each moment costs half a minute, so these run with `make reliability`, not with `make test`.
"""

import importlib.util
import os
import random
import shutil
import sys
import time
from pathlib import Path

import nbformat
import pytest
from planted import finding, write_planted

ROOT = Path(__file__).parent.parent
_spec = importlib.util.spec_from_file_location("reliability", ROOT / "bench" / "reliability.py")
reliability = importlib.util.module_from_spec(_spec)
sys.modules["reliability"] = reliability
_spec.loader.exec_module(reliability)

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads the system's processes"),
    pytest.mark.skipif(not os.environ.get("STUDY_RELIABILITY"), reason="make reliability runs it"),
]


def notebook(folder: Path, name: str, *cells: str) -> None:
    new = nbformat.v4
    book = new.new_notebook(
        cells=[
            new.new_markdown_cell(f"# {name}"),
            new.new_code_cell("study = ''", metadata={"tags": ["parameters"]}),
            *(new.new_code_cell(cell) for cell in cells),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}},
    )
    for number, cell in enumerate(book.cells):
        cell.id = f"c{number}"
    nbformat.write(book, folder / f"{name}.ipynb")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A study, a report of it as it was, and what the next run should make of it."""
    root = tmp_path_factory.mktemp("struck")
    study = write_planted(root / "study", blocks=5, deterrence={"a-2015": 0.5})
    books = root / "notebooks"
    books.mkdir()
    reads = "from analysis import corpus\ntexts = corpus.load(study)\nlen(texts.units)"
    notebook(books, "1_reads", reads, "import time\ntime.sleep(.5)")
    notebook(books, "2_waits", "import time\ntime.sleep(.5)", reads)
    made = reliability.Place(study, root, notebooks=books)
    made.out.parent.mkdir()
    code, errors = made.finish("first")
    assert code == 0, errors
    shutil.copytree(made.out, root / "earlier")
    before = made.bytes()
    text = study / "texts" / "a-2015.txt"
    text.write_text(text.read_text("utf-8") + "\nThe ministers met again.\n", "utf-8")
    began = time.monotonic()
    code, errors = made.finish("second")
    assert code == 0, errors
    return made, before, made.bytes(), time.monotonic() - began


@pytest.mark.parametrize("kind", ["run", "kernel", "interrupt"])
def test_a_struck_run_leaves_nothing_and_the_next_puts_it_right(place, kind):
    made, before, after, length = place
    assert before != after
    choose = random.Random(kind)
    reliability.reset(made, made.root / "earlier")
    _, faults = reliability.disturbed(
        made, kind, choose.uniform(0, length), before=before, after=after, choose=choose
    )
    assert faults == []


def test_a_kernel_that_dies_while_it_starts_is_one_line(place):
    """Struck as soon as there is one."""
    made, before, after, _ = place
    reliability.reset(made, made.root / "earlier")
    struck, faults = reliability.disturbed(
        made, "kernel", 0, before=before, after=after, choose=random.Random(2)
    )
    assert struck and faults == []


def test_a_fault_would_be_seen(place):
    """Bytes that no undisturbed run gives are told."""
    made, before, _, _ = place
    reliability.reset(made, made.root / "earlier")
    _, faults = reliability.disturbed(
        made, "kernel", 1000, before=before, after={}, patience=0, choose=random.Random(1)
    )
    assert "the next run gave other bytes" in faults


WORKS = """
import sys, time
from pathlib import Path
from analysis import multiverse, universes
from analysis.study import load_study
universes.FEW = 0
real = universes.store.keep
def keep(key, content):
    real(key, content)
    Path(sys.argv[2]).touch()
universes.store.keep = keep
if __name__ == "__main__":
    made = multiverse.settings(seed=1, n_boot=200, n_boot_variants=100)
    print(len(universes.all_rows(load_study(Path(sys.argv[1])), made, jobs=2)["universes"]))
"""


@pytest.mark.parametrize("whom", ["worker", "run"])
def test_processes_of_the_analyses_end_with_their_run(tmp_path, whom):
    import signal
    import subprocess

    import psutil

    study = write_planted(
        tmp_path / "s", blocks=30, deterrence={"a-2015": 0.5},
        extra="findings:\n" + finding() + finding(id="other", smallest_effect=0.1),
    )
    script = tmp_path / "works.py"
    script.write_text(WORKS, "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"),
                   "STUDY_CACHE": str(tmp_path / "cache")}

    def start():
        return subprocess.Popen(
            [sys.executable, str(script), str(study), str(tmp_path / "mark")], env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    process = start()
    deadline = time.monotonic() + 120
    while not (found := reliability.victims(process, "worker")) and time.monotonic() < deadline:
        time.sleep(0.02)
    workers = [p for p in found if "resource_tracker" not in " ".join(p.cmdline())]
    (workers[0] if whom == "worker" else psutil.Process(process.pid)).send_signal(signal.SIGKILL)
    _, errors = process.communicate(timeout=120)
    if whom == "worker":
        assert process.returncode != 0
        assert "what was finished is kept" in errors
    gone, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive
    out, errors = start().communicate(timeout=300)
    assert out.strip() == "2", errors
