"""Tasks on all cores, or on a Dask cluster: the same results in the same order."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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

# Connections to a scheduler that end without a result before it is given up.
MOST_CONNECTIONS = 3

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
    except (BrokenProcessPool, BrokenPipeError):
        raise RunFailed(
            "a process that did part of the work died; memory may have run out; run it again, what "
            "was finished is kept"
        ) from None
    finally:
        # The pool would wait without end for a process that was being started when another died,
        # or that waits for a lock which a dead one held. All results are in, or of no use.
        for process in list((pool._processes or {}).values()):
            process.kill()
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
        import distributed  # noqa: F401
    except ImportError:
        raise BadParameter(
            "--scheduler: dask is not installed; install this package with its extra 'cluster', "
            "such as pip install -e '.[cluster]'"
        ) from None
    waiting, lost = dict(enumerate(tasks)), 0
    while waiting:
        client = _client(address, again=lost > 0)
        with client:
            before = len(waiting)
            for place, result in _as_they_come(client, function, waiting, address):
                del waiting[place]
                yield place, result
        # A busy scheduler may drop a connection; without any progress it is not asked for ever.
        lost = lost + 1 if len(waiting) == before else 1
        if waiting and lost > MOST_CONNECTIONS:
            raise _lost(address, "the scheduler drops every connection")


def _client(address: str, *, again: bool):
    from distributed import Client

    try:
        return Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError):
        if again:
            raise _lost(address, "the scheduler is gone") from None
        raise BadParameter(
            f"--scheduler {address}: no Dask scheduler answers there; start one with "
            "'dask scheduler' and workers with 'dask worker ADDRESS'"
        ) from None


def _lost(address: str, what: str) -> RunFailed:
    return RunFailed(
        f"--scheduler {address}: {what}; what was finished is kept: start the cluster anew and run "
        "it again"
    )


def _as_they_come(
    client, function: Callable[..., Any], waiting: Mapping[int, tuple], address: str
) -> Iterator[tuple[int, Any]]:
    """Finished tasks; ends early if the connection was dropped."""
    from distributed import KilledWorker, as_completed

    places = {
        client.submit(_marked, function, task, pure=False): place
        for place, task in sorted(waiting.items())
    }
    coming = as_completed(list(places), loop=client.loop)
    served = counted = time.monotonic()
    while coming.count():
        if coming.has_ready():
            future = next(coming)
            if future.status in ("cancelled", "lost"):
                return
            try:
                package, result = future.result()
            except KilledWorker:
                raise _lost(address, "a task ended its workers, again and again; memory may have "
                            "run out") from None
            if package != fingerprint.package():
                raise RunFailed(
                    f"--scheduler {address}: its workers run another version of this package; "
                    "install this one there"
                )
            yield places[future], result
            served = time.monotonic()
            continue
        time.sleep(_LOOK_SECONDS)
        now = time.monotonic()
        if now - counted < _COUNT_SECONDS:
            continue
        counted = now
        try:
            workers = client.nthreads() if client.status == "running" else {}
        except OSError:
            workers = {}
        if client.status != "running":
            return
        if workers:
            served = now
        elif now - served > ALONE_SECONDS:
            raise _lost(address, f"no worker for {ALONE_SECONDS} s")
