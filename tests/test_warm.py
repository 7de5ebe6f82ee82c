"""Kernels forked from one warm process: like others, told apart, ended with the run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from analysis.report import execute, warm
from analysis.report.kernels import Source, kernel_environment

pytestmark = pytest.mark.skipif(not warm.supported(), reason="kernels are forked on Linux only")

SRC = Path(__file__).parent.parent / "src"


def book(folder: Path, name: str, *sources: str) -> Path:
    cells = [new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources)]
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "P"}}
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)
    return path


def ran(folder: Path, *sources: str, copies: int = 2) -> execute.Ran:
    """The same cells as so many notebooks, at once."""
    paths = {f"n{n}": (book(folder, f"n{n}", *sources), {}) for n in range(copies)}
    with Source(folder) as source:
        return execute.run_notebooks(
            paths, source=source, jobs=2, on_cell=lambda *_: None, on_done=lambda *_: None
        )


def printed(notebook) -> str:
    return "".join(o.text for c in notebook.cells for o in c.outputs if o.output_type == "stream")


def gone(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_a_kernel_is_warm_leads_its_group_and_has_numbers_of_its_own(tmp_path):
    done = ran(
        tmp_path,
        "import os, random, sys\n"
        "import numpy as np\n"
        "print('sklearn.decomposition' in sys.modules, os.getpgid(0) == os.getpid(),"
        " os.environ['PYTHONHASHSEED'], os.environ['STUDY_PATH'], os.getpid(),"
        " random.random(), np.random.random())",
    )
    assert not done.failures and not done.notes
    first, second = (printed(notebook).split() for notebook in done.notebooks.values())
    for line in (first, second):
        assert line[:4] == ["True", "True", "0", str(tmp_path)]
    assert len({*first[4:], *second[4:]}) == 6


def test_plots_subprocesses_threads_and_pools_work_in_a_forked_kernel(tmp_path):
    done = ran(
        tmp_path,
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "import subprocess, sys\n"
        "print(subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True,"
        " text=True).stdout)",
        "from joblib import Parallel, delayed\n"
        "print(Parallel(n_jobs=2)(delayed(abs)(-n) for n in range(3)))",
        "import numpy as np\nfrom sklearn.decomposition import NMF\n"
        "x = np.random.default_rng(1).random((60, 40))\n"
        "print(NMF(3, init='nndsvda', tol=1e-2).fit_transform(x).shape,"
        " (x.T @ x).shape)",
    )
    assert not done.failures and not done.notes
    for notebook in done.notebooks.values():
        plot = [o for o in notebook.cells[0].outputs if "image/png" in o.get("data", {})]
        assert len(plot) == 1
        assert printed(notebook).split("\n") == ["42", "", "[0, 1, 2]", "(60, 3) (40, 40)", ""]


def test_the_exit_status_of_a_kernel_is_reported(tmp_path):
    kernels = warm.WarmKernels(kernel_environment(tmp_path, tmp_path / "ipython"))
    try:
        unreadable = tmp_path / "unreadable.json"
        unreadable.write_text("no connection file")
        with open(os.devnull, "wb") as nowhere:
            failing, running = (
                kernels.fork(
                    ["python", "-m", "ipykernel_launcher", "-f", str(file)],
                    folder=str(tmp_path), errors=nowhere.fileno(),
                )
                for file in (unreadable, tmp_path / "new.json")
            )
        assert failing.wait(60) == 1
        assert running.poll() is None
        running.kill()
        assert running.wait(60) == running.poll() == -signal.SIGKILL
    finally:
        kernels.close()


def test_a_kernel_whose_end_is_not_yet_told_is_killed_without_complaint():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    class Untold:
        def status(self, pid, **_):
            return None

    forked = warm.Forked(ended.pid, Untold())
    forked.kill()
    forked.terminate()
    assert forked.poll() is None


def test_a_kernel_that_starts_while_the_run_is_given_up_runs_no_cell(tmp_path):
    kernels = execute._Kernels(None)
    kernels.kill()
    path = book(tmp_path, "late", "print('ran', flush=True)")
    with Source(tmp_path) as source:
        source.begin(several=False)
        late = execute._run_one(
            "late", path, {}, number=0, source=source, kernels=kernels,
            on_cell=lambda *_: pytest.fail("a cell was begun"),
        )
    assert isinstance(late, execute.Failure) and late.message == execute._DEAD
    assert printed(late.executed) == ""


def test_a_kernel_that_dies_is_told_in_plain_words(tmp_path):
    done = ran(tmp_path, "import os\nos._exit(3)")
    assert [failure.message for failure in done.failures] == [execute._DEAD] * 2


def test_where_no_kernel_can_be_forked_the_others_are_used_and_it_is_said(tmp_path, monkeypatch):
    real = subprocess.Popen

    def broken(arguments, *rest, **more):
        if warm.__name__ in arguments:
            arguments = [sys.executable, "-c", "import sys; sys.exit(1)"]
        return real(arguments, *rest, **more)

    monkeypatch.setattr(warm.subprocess, "Popen", broken)
    done = ran(tmp_path, "print('fine')")
    assert [printed(notebook) for notebook in done.notebooks.values()] == ["fine\n"] * 2
    assert done.notes == (
        "kernels were started one by one, which takes longer: the warm process ended",
    )


def test_a_process_that_cannot_be_started_is_no_fault(tmp_path, monkeypatch):
    real = subprocess.Popen

    def refused(arguments, *rest, **more):
        if warm.__name__ in arguments:
            raise PermissionError(13, "Permission denied")
        return real(arguments, *rest, **more)

    monkeypatch.setattr(warm.subprocess, "Popen", refused)
    done = ran(tmp_path, "print('fine')")
    assert [printed(notebook) for notebook in done.notebooks.values()] == ["fine\n"] * 2
    assert done.notes == (
        "kernels were started one by one, which takes longer: "
        "the warm process could not be started (Permission denied)",
    )


def test_a_process_that_nobody_asked_for_a_kernel_ends_at_once(tmp_path):
    with Source(tmp_path) as source:
        source.begin(several=True)
        source.begin(several=True)
        process, folder = source.warm._process, source.folder
    assert process.returncode == -signal.SIGKILL and not folder.exists()
    with Source(tmp_path) as source:
        source.begin(several=False)
        assert source.warm is None and source.folder.is_dir()


def test_a_kernel_whose_cells_are_done_is_ended_at_once(tmp_path):
    left = tmp_path / "left"
    cell = f"import atexit\nfrom pathlib import Path\natexit.register(Path({str(left)!r}).touch)"
    assert not ran(tmp_path, cell).failures and not left.exists()


def test_a_process_with_threads_refuses_to_fork(tmp_path, monkeypatch):
    (tmp_path / "analysis").mkdir()
    script = (
        "import threading, time, sys\n"
        "from analysis.report import warm\n"
        "warm._import_all = lambda: threading.Thread(target=time.sleep, args=(30,),"
        " daemon=True).start()\n"
        "warm.main(int(sys.argv[-1]))"
    )
    real = subprocess.Popen

    def threaded(arguments, *rest, **more):
        return real([sys.executable, "-c", script, arguments[-1]], *rest, **more)

    monkeypatch.setattr(warm.subprocess, "Popen", threaded)
    kernels = warm.WarmKernels({**os.environ, "PYTHONPATH": str(SRC)})
    try:
        with pytest.raises(warm.Unavailable, match="started 1 thread"):
            kernels.fork(["-m", "ipykernel_launcher"], folder=str(tmp_path), errors=None)
    finally:
        kernels.close()


def test_no_process_outlives_a_killed_run(tmp_path):
    marker = tmp_path / "pids"
    cell = (
        "import os, time\n"
        f"with open({str(marker)!r}, 'a') as file: file.write(f'{{os.getpid()}} {{os.getppid()}}\\n')\n"
        "time.sleep(120)"
    )
    paths = {f"n{n}": str(book(tmp_path, f"n{n}", cell)) for n in range(2)}
    script = (
        "import json, sys\nfrom pathlib import Path\nfrom analysis.report import execute, kernels\n"
        "given = {name: (Path(path), {}) for name, path in json.loads(sys.argv[1]).items()}\n"
        "with kernels.Source(Path(sys.argv[2])) as source:\n"
        "    execute.run_notebooks(given, source=source, jobs=2,"
        " on_cell=lambda *_: None, on_done=lambda *_: None)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, json.dumps(paths), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(SRC)},
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and (
        not marker.exists() or len(marker.read_text().split()) < 4
    ):
        time.sleep(0.1)
    pids = {int(pid) for pid in marker.read_text().split()}
    assert len(pids) == 3
    process.kill()
    process.wait()
    assert all(gone(pid) for pid in pids)
