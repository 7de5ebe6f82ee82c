"""Where a run's kernels come from: a folder for their files, an environment, one warm process."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from analysis.report import scratch, warm


def kernel_environment(study_path: Path, folder: Path) -> dict[str, str]:
    """The environment of a kernel: hash order fixed, one thread a library, no user start-up files.

    Args:
        study_path: the study that `find_study` gives every notebook of this run.
        folder: an empty folder for IPython's own files.
    """
    return {
        **os.environ,
        "STUDY_PATH": str(study_path.resolve()),
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "IPYTHONDIR": str(folder),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "TZ": "UTC",
    }


class Source(contextlib.ExitStack):
    """Opened once a run; whatever was begun is ended and removed when it closes.

    Args:
        study_path: the study that notebooks read.

    Attributes, once it is begun:
        folder: for the kernels' passing files.
        environment: of every kernel.
        warm: the process that kernels are copies of; None: each is started as usual.
    """

    def __init__(self, study_path: Path) -> None:
        super().__init__()
        self._study_path = study_path
        self.folder: Path | None = None
        self.environment: dict[str, str] = {}
        self.warm: warm.WarmKernels | None = None

    def begin(self, *, several: bool) -> None:
        """Make the folder and start the warm process; what is there already stays.

        The process imports for two seconds: begun early, it does so while the study is read.

        Args:
            several: whether there will be several kernels, as far as is known; one alone would
                wait for imports that only others need.
        """
        if self.folder is None:
            self.folder = self.enter_context(scratch.folder())
            self.environment = kernel_environment(self._study_path, self.folder / "ipython")
        if several and self.warm is None and warm.supported():
            self.warm = warm.WarmKernels(self.environment)
            self.callback(self.warm.close)
