"""Tasks on all cores, or on a Dask cluster: the same results in the same order."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import threadpoolctl

from analysis import fingerprint
from analysis.errors import BadParameter, RunFailed

# A scheduler that has not answered by then is not there: one on this machine takes .1 s.
ANSWER_SECONDS = 10

# A cluster may replace a worker that it lost, which takes a batch system a minute; without any for
# so long there is none to come.
ALONE_SECONDS = 300

# How often is looked whether a result has come, and whether workers are left.
_LOOK_SECONDS, _COUNT_SECONDS = 0.05, 2.0


def cores() -> int:
    """How many processes can run side by side."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def done(
    function: Callable[..., Any], tasks: Sequence[tuple], *, jobs: int = 0, scheduler: str = ""
) -> Iterator[tuple[int, Any]]:
    """Each task's place and result, as they come in.

    Args:
        function: called with a task's values; importable by its name, and pure.
        tasks: the arguments of each call, picklable.
        jobs: processes on this machine; 0 for one a core. With 1 nothing is started.
        scheduler: address of a running Dask scheduler; its workers are used instead.

    Raises:
        BadParameter: dask is not installed, or no scheduler answers there.
        RunFailed: a process died, the cluster lost its scheduler or all its workers, or these run
            another version of this package.
    """
    if not tasks:
        return
    if scheduler:
        yield from _on_cluster(function, tasks, scheduler)
        return
    processes = min(jobs or cores(), len(tasks))
    if processes == 1:
        for place, task in enumerate(tasks):
            yield place, function(*task)
        return
    # Spawned, not forked: a fork of a process with threads may hang.
    pool = ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )
    try:
        places = {pool.submit(function, *task): place for place, task in enumerate(tasks)}
        for future in as_completed(places):
            yield places[future], future.result()
    except BrokenProcessPool:
        raise RunFailed(
            "a process that computed analyses of the findings died; memory may have run out; run "
            "it again, what was finished is kept"
        ) from None
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """One thread a library, so that sums have one order and bits repeat; an end with the run."""
    threadpoolctl.threadpool_limits(1)
    threading.Thread(target=_end_with_run, daemon=True).start()


def _end_with_run() -> None:
    """A killed run cannot end its processes, and they would wait for tasks for ever."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _marked(function: Callable[..., Any], task: tuple) -> tuple[str, Any]:
    """A result and the package that made it."""
    with threadpoolctl.threadpool_limits(1):
        return fingerprint.package(), function(*task)


def _on_cluster(
    function: Callable[..., Any], tasks: Sequence[tuple], address: str
) -> Iterator[tuple[int, Any]]:
    try:
        from distributed import Client
    except ImportError:
        raise BadParameter(
            "--scheduler: dask is not installed; install this package with its extra 'cluster', such "
            "as pip install -e '.[cluster]'"
        ) from None
    try:
        client = Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError):
        raise BadParameter(
            f"--scheduler {address}: no Dask scheduler answers there; start one with "
            "'dask scheduler' and workers with 'dask worker ADDRESS'"
        ) from None
    with client:
        futures = [client.submit(_marked, function, task, pure=False) for task in tasks]
        places = {future.key: place for place, future in enumerate(futures)}
        for future in _as_they_come(client, futures, address):
            package, result = future.result()
            if package != fingerprint.package():
                raise RunFailed(
                    f"--scheduler {address}: its workers run another version of this package; "
                    "install this one there"
                )
            yield places[future.key], result


def _as_they_come(client, futures: Sequence, address: str) -> Iterator:
    """Finished futures; one line if nobody is left to finish the others."""
    from distributed import as_completed

    def lost(what: str) -> RunFailed:
        return RunFailed(
            f"--scheduler {address}: {what}; what was finished is kept: start the cluster anew and "
            "run it again"
        )

    coming = as_completed(futures, loop=client.loop)
    served = counted = time.monotonic()
    while coming.count():
        if coming.has_ready():
            future = next(coming)
            if future.status in ("cancelled", "lost"):
                raise lost("the scheduler is gone")
            yield future
            served = time.monotonic()
            continue
        time.sleep(_LOOK_SECONDS)
        now = time.monotonic()
        if now - counted < _COUNT_SECONDS:
            continue
        counted = now
        if client.status not in ("running", "connecting"):
            raise lost("the scheduler is gone")
        try:
            workers = client.nthreads() if client.status == "running" else {}
        except OSError:
            workers = {}
        if workers:
            served = now
        elif now - served > ALONE_SECONDS:
            raise lost(f"no worker for {ALONE_SECONDS} s")
