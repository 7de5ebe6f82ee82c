"""How long does the whole study take, beside papermill and nbconvert as commands, and the floor?

    python bench/speed_whole.py [--rounds 5]

The floor is one Python process that imports once and runs the cells of all notebooks, on the same
cores; it writes nothing. Five plain notebooks beside it show what executing and rendering cost where
there is little to compute.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import timing
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
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

# `study run` on other notebooks than the package's.
RUN = """
import sys
from pathlib import Path
from analysis import cli, places
places.notebooks_dir = lambda: Path(sys.argv[1])
sys.exit(cli.main(["run", *sys.argv[2:]]))
"""

PLAIN = (
    "import matplotlib.pyplot as plt\nimport pandas as pd\n"
    "from sklearn.feature_extraction.text import TfidfVectorizer",
    "from pathlib import Path\n"
    "texts = {p.stem: p.read_text('utf-8') for p in sorted(Path(folder).glob('*.txt'))}\n"
    "matrix = TfidfVectorizer().fit_transform(texts.values())",
    "cosines = pd.DataFrame((matrix @ matrix.T).toarray(), texts, texts).round(3)\ncosines",
    "fig, ax = plt.subplots()\nax.imshow(cosines)\nax.set_title(f'Cosines, {number}')\nplt.show()",
)


def plain(folder: Path) -> None:
    """Write five notebooks of four short cells: imports, texts, a table, a picture."""
    for number in range(1, 6):
        first = new_code_cell(f"number = {number}\nfolder = {str(STUDY / 'texts')!r}")
        first.metadata["tags"] = ["parameters"]
        cells = [new_markdown_cell(f"# Cosines, {number}"), first, *map(new_code_cell, PLAIN)]
        notebook = new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {
            "name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, folder / f"{number}_plain.ipynb")


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


def unchanged(folder: str):
    """The first round runs the study; the others find it there."""
    command = (sys.executable, "-m", "analysis", "run", str(STUDY), "--out", f"{folder}/report")
    if not Path(folder, "report").exists():
        called(*command, cache=f"{folder}/cache")
    return lambda: called(*command, cache=f"{folder}/cache")


def plain_run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        plain(Path(folder))
        called(sys.executable, "-c", RUN, folder, str(STUDY), "--out", f"{folder}/report",
               cache=f"{folder}/cache")


def plain_commands() -> None:
    with tempfile.TemporaryDirectory() as folder:
        plain(Path(folder))
        as_commands(sorted(str(path) for path in Path(folder).glob("*.ipynb")))


def commands() -> None:
    as_commands(notebooks())


def as_commands(paths: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for notebook in paths:
            made = f"{folder}/{Path(notebook).name}"
            called(sys.executable, "-m", "papermill", notebook, made, cache=f"{folder}/cache")
            called(sys.executable, "-m", "nbconvert", "--to", "html", made, cache=f"{folder}/cache")


def floor() -> None:
    with tempfile.TemporaryDirectory() as folder:
        called(sys.executable, "-c", ALL_CELLS, "-", *notebooks(), cache=f"{folder}/cache")


def main() -> None:
    given = timing.arguments(__doc__)
    lab = importlib.util.find_spec("jupyterlab") is not None
    timing.compare(
        "five plain notebooks, cold: executed and rendered",
        "in an environment with JupyterLab" if lab else "in an environment without JupyterLab",
        5, "",
        {
            "study run": Way(lambda: plain_run, wall=True),
            "papermill and nbconvert as commands": Way(lambda: plain_commands, wall=True),
        },
        rounds=given.rounds, again=given.again,
    )
    with tempfile.TemporaryDirectory() as folder:
        timing.compare(
            "the shipped study, cold: all notebooks and pages", "study", len(notebooks()), "",
            {
                "study run": Way(lambda: whole, wall=True),
                "papermill and nbconvert as commands": Way(lambda: commands, wall=True),
                "study run, nothing changed": Way(lambda: unchanged(folder), wall=True),
                "floor: one process, imports once": Way(lambda: floor, wall=True),
            },
            rounds=given.rounds, again=given.again,
        )


if __name__ == "__main__":
    main()
