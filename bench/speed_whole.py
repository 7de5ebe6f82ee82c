"""How long does the whole study take, beside papermill and nbconvert as commands, and the floor?

    python bench/speed_whole.py [--rounds 5]

The floor is one Python process that imports once and runs the cells of all notebooks, on the same
cores; it writes nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import timing
from timing import STUDY, Way

from analysis import places

ALL_CELLS = """
import sys, types, nbformat
from IPython.core.interactiveshell import InteractiveShell
# A module of its own: processes that the cells start look at the real __main__.
shell = InteractiveShell.instance(user_module=types.ModuleType("cells"))
for name in sys.argv[2:]:
    shell.reset(new_session=False)
    for cell in nbformat.read(name, as_version=4).cells:
        if cell.cell_type == "code":
            if not shell.run_cell(cell.source, silent=True).success:
                sys.exit(f"{name}: a cell failed")
"""


def notebooks() -> list[str]:
    """Those that `study run` executes when none is named."""
    return sorted(str(path) for path in places.notebooks_dir().glob("[1-6]_*.ipynb"))


def called(*command: str, cache: str) -> None:
    subprocess.run(command, check=True, cwd=STUDY.parents[1], stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE, env={**os.environ, "STUDY_CACHE": cache})


def whole() -> None:
    with tempfile.TemporaryDirectory() as folder:
        called(sys.executable, "-m", "analysis", "run", str(STUDY), "--out", f"{folder}/report",
               cache=f"{folder}/cache")


def unchanged():
    folder = tempfile.mkdtemp()
    command = (sys.executable, "-m", "analysis", "run", str(STUDY), "--out", f"{folder}/report")
    called(*command, cache=f"{folder}/cache")
    return lambda: called(*command, cache=f"{folder}/cache")


def commands() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for notebook in notebooks():
            made = f"{folder}/{Path(notebook).name}"
            called(sys.executable, "-m", "papermill", notebook, made, cache=f"{folder}/cache")
            called(sys.executable, "-m", "nbconvert", "--to", "html", made, cache=f"{folder}/cache")


def floor() -> None:
    with tempfile.TemporaryDirectory() as folder:
        called(sys.executable, "-c", ALL_CELLS, "-", *notebooks(), cache=f"{folder}/cache")


def main() -> None:
    given = timing.arguments(__doc__)
    timing.compare(
        "the shipped study, cold: all notebooks and pages", "study", len(notebooks()), "",
        {
            "study run": Way(lambda: whole, wall=True),
            "papermill and nbconvert as commands": Way(lambda: commands, wall=True),
            "study run, nothing changed": Way(unchanged, wall=True),
            "floor: one process, imports once": Way(lambda: floor, wall=True),
        },
        rounds=given.rounds, again=given.again,
    )


if __name__ == "__main__":
    main()
