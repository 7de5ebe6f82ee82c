"""Run notebooks with papermill, side by side, each in a kernel of this very Python."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from analysis.errors import StudyError
from analysis.report import warm
from analysis.report.kernels import Source
from analysis.report.provisioner import WarmProvisioner

_ENGINE = "study"

# The order in which notebooks are begun: one that takes long and began last would run on alone.
LONG = ("3_topics", "4_framing", "2_similarity", "6_findings", "5_robustness")

# A kernel that has not answered by then will not: a start takes half a second here, and a slow
# network drive under load was seen to take twenty.
_START_SECONDS = 120

# The shortest limit of a local socket's path is 104 bytes (macOS); a suffix of the kernel follows.
_MAX_SOCKET_PATH = 90

# papermill marks the cells with which it announces an error.
_ERROR_TAG = "papermill-error-cell-tag"

_DEAD = "the kernel died; memory may have run out"

_OUR_ERRORS = {StudyError.__name__, *(error.__name__ for error in StudyError.__subclasses__())}


@dataclass(frozen=True, slots=True)
class Failure:
    """Where and why a notebook stopped."""

    notebook: str
    cell: int
    heading: str
    error: str
    message: str
    executed: NotebookNode

    def line(self) -> str:
        """One plain sentence for the person who started the run."""
        place = f"cell {self.cell}" + (f" (“{self.heading}”)" if self.heading else "")
        if not self.cell:
            place = "its start"
        known = not self.error or self.error in _OUR_ERRORS
        what = self.message if known else f"{self.error}: {self.message}"
        return f"{self.notebook} stopped in {place}: {what}"


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run's notebooks.

    Attributes:
        notebooks: name → executed notebook, those that ran to their end.
        failures: the others.
        notes: what the person who started the run should know.
    """

    notebooks: dict[str, NotebookNode]
    failures: list[Failure]
    notes: tuple[str, ...]


class _KernelManager(AsyncKernelManager):
    """Starts this very Python: no folder of kernel specifications is looked into."""

    @default("kernel_spec_manager")
    def _own_python_only(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])


@dataclass
class _Kernels:
    """The kernels of a run, and the warm process they are forked from, if there is one.

    Attributes:
        managers: one a kernel.
        warm: None: every kernel is started as usual.
        notes: why kernels were started as usual although a warm process was asked for.
        stopped: whether the run is being given up; a kernel that starts now runs no cell.
    """

    warm: warm.WarmKernels | None
    managers: list[AsyncKernelManager] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped: bool = False

    def add(self, manager: AsyncKernelManager) -> None:
        self.managers.append(manager)
        if self.warm is not None:
            manager.provisioner = WarmProvisioner(
                kernel_id=str(len(self.managers)), kernel_spec=manager.kernel_spec, parent=manager
            )
            manager.provisioner.warm = self.warm
            manager.provisioner.on_fallback = self.notes.append

    def kill(self) -> None:
        self.stopped = True
        for manager in self.managers:
            process = getattr(manager.provisioner, "process", None)
            if process is not None and process.poll() is None:
                process.kill()


class _Client(PapermillNotebookClient):
    """papermill's client, its kernel's files kept in the run's own folder."""

    def __init__(self, nb_man, *, kernel_file: Path, kernels: _Kernels, **traits):
        super().__init__(nb_man, kernel_manager_class=_KernelManager, **traits)
        self._kernel_file, self._kernels = str(kernel_file), kernels

    def create_kernel_manager(self) -> AsyncKernelManager:
        manager = super().create_kernel_manager()
        manager.connection_file = self._kernel_file
        if os.name == "posix" and len(os.fsencode(self._kernel_file)) < _MAX_SOCKET_PATH:
            # Local sockets: no port that another user of the machine could reach.
            manager.transport, manager.ip = "ipc", f"{self._kernel_file}.ipc"
        self._kernels.add(manager)
        return manager


class _StudyEngine(NBClientEngine):
    """papermill's engine with our kernel: this Python, a clean environment, a chosen folder."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man, kernel_name, *, environment, folder, kernel_file, on_cell, kernels, held, **_
    ):
        held.append(nb_man.nb)
        client = _Client(
            nb_man,
            kernel_file=kernel_file,
            kernels=kernels,
            kernel_name="python3",
            startup_timeout=_START_SECONDS,
            timeout=None,
            # All that it printed has been read; asked to end by itself it takes half a second.
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(folder)}},
            on_cell_start=lambda cell, cell_index: on_cell(cell_index + 1),
        )
        # What a kernel writes outside its cells (start-up, shutdown) is no part of a report.
        with kernel_file.with_suffix(".log").open("wb") as log:
            try:
                return client.execute(env=dict(environment), stderr=log)
            except RuntimeError as error:
                # nbclient has no class of its own for a kernel that ends while it starts.
                if "Kernel died before replying" not in str(error):
                    raise
                raise DeadKernelError(_DEAD) from None


papermill_engines.register(_ENGINE, _StudyEngine)


def run_notebooks(
    notebooks: Mapping[str, tuple[Path, Mapping[str, object]]],
    *,
    source: Source,
    jobs: int,
    on_cell: Callable[[str, int, int], None],
    on_done: Callable[[str, bool], None],
    on_executed: Callable[[str, NotebookNode], object] = lambda name, notebook: None,
) -> Ran:
    """Execute notebooks side by side; one that fails stops, the others finish.

    The kernels of several notebooks are copies of one warm process, where the system can make them.

    Args:
        notebooks: name → (path, parameters).
        source: where their kernels come from.
        jobs: how many kernels at once.
        on_cell: called with notebook, cell number (from 1) and number of cells.
        on_done: called with notebook and whether it ran to its end.
        on_executed: called with notebook and what it came to, as soon as it ran to its end.
    """
    done: dict[str, NotebookNode] = {}
    failures: list[Failure] = []
    source.begin(several=len(notebooks) > 1)
    kernels = _Kernels(source.warm)
    pool = ThreadPoolExecutor(max_workers=jobs)

    def one(name: str) -> None:
        path, parameters = notebooks[name]
        result = _run_one(
            name,
            path,
            parameters,
            number=list(notebooks).index(name),
            source=source,
            kernels=kernels,
            on_cell=on_cell,
        )
        if isinstance(result, Failure):
            failures.append(result)
        else:
            done[name] = result
            on_executed(name, result)
        on_done(name, not isinstance(result, Failure))

    by_length = sorted(
        notebooks, key=lambda name: LONG.index(name) if name in LONG else len(LONG)
    )
    futures = [pool.submit(one, name) for name in by_length]
    try:
        finished, _ = wait(futures, return_when=FIRST_EXCEPTION)
        for future in finished:
            future.result()
    except BaseException:
        kernels.kill()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    order = list(notebooks)
    failures.sort(key=lambda failure: order.index(failure.notebook))
    return Ran(
        notebooks={name: done[name] for name in order if name in done},
        failures=failures,
        notes=tuple(
            f"kernels were started one by one, which takes longer: {why}"
            for why in dict.fromkeys(kernels.notes)
        ),
    )


def _run_one(
    name: str,
    path: Path,
    parameters: Mapping[str, object],
    *,
    number: int,
    source: Source,
    kernels: _Kernels,
    on_cell: Callable[[str, int, int], None],
) -> NotebookNode | Failure:
    notebook = nbformat.read(path, as_version=4)
    cells = len(notebook.cells) + 1
    held: list[NotebookNode] = []
    reached = 0

    def follow(cell: int) -> None:
        nonlocal reached
        if kernels.stopped:
            raise DeadKernelError(_DEAD)
        reached = cell
        on_cell(name, cell, cells)

    try:
        return papermill.execute_notebook(
            notebook,
            # Given a file, papermill writes all of it before and after every cell.
            output_path=None,
            parameters=dict(parameters),
            engine_name=_ENGINE,
            progress_bar=False,
            environment=source.environment,
            folder=source.folder,
            kernel_file=source.folder / f"k{number}.json",
            on_cell=follow,
            kernels=kernels,
            held=held,
        )
    except (PapermillExecutionError, DeadKernelError) as error:
        executed = held[-1]
        before = _own_cells(executed, reached)
        return Failure(
            notebook=name,
            cell=len(before),
            heading=_heading_above(before),
            error=getattr(error, "ename", ""),
            message=" ".join(str(getattr(error, "evalue", _DEAD)).split()),
            executed=executed,
        )


def _own_cells(executed: NotebookNode, reached: int) -> list[NotebookNode]:
    """The notebook's own cells up to the one that failed, without those that papermill added."""
    ran = [cell for cell in executed.cells if _ERROR_TAG not in cell.metadata.get("tags", [])]
    return [
        cell for cell in ran[:reached] if "injected-parameters" not in cell.metadata.get("tags", [])
    ]


def _heading_above(cells: list[NotebookNode]) -> str:
    lines = [line for c in cells if c.cell_type == "markdown" for line in c.source.splitlines()]
    headings = [line.lstrip("# ").strip() for line in lines if line.startswith("#")]
    return headings[-1] if headings else ""
