"""What a person sees while notebooks run: which one, which cell, how long."""

from __future__ import annotations

import sys
import threading
import time

from tqdm import tqdm


class Progress:
    """A bar a notebook on a terminal, a line a finished notebook elsewhere."""

    def __init__(self, names: list[str]) -> None:
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._live = sys.stderr.isatty()
        width = max(map(len, names))
        self._bars = {
            name: tqdm(
                total=1,
                desc=name.ljust(width),
                position=position,
                bar_format="{desc}  cell {n_fmt}/{total_fmt}  {bar:20}  {elapsed}",
                leave=True,
                disable=not self._live,
            )
            for position, name in enumerate(names)
        }

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        for bar in self._bars.values():
            bar.close()

    def cell(self, name: str, cell: int, cells: int) -> None:
        """A cell of a notebook starts."""
        with self._lock:
            bar = self._bars[name]
            bar.total, bar.n = cells, cell
            bar.refresh()

    def done(self, name: str, complete: bool) -> None:
        """A notebook ended."""
        if not self._live:
            word = "done" if complete else "stopped"
            seconds = time.monotonic() - self._began
            with self._lock:
                print(f"{name}: {word} after {seconds:.1f} s", file=sys.stderr, flush=True)
