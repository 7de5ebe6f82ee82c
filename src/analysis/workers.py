"""Tasks on all cores, or on a Dask cluster: the same results in the same order."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
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
    yield from _in_processes(function, tasks, processes)


def _in_processes(
    function: Callable[..., Any], tasks: Sequence[tuple], processes: int
) -> Iterator[tuple[int, Any]]:
    """As `done`. Each process has a pipe of its own: where one dies no other waits for its locks,
    as they may in `concurrent.futures` (bench/reliability.py found runs that never ended)."""
    waiting, workers = iter(enumerate(tasks)), {}
    busy: dict[Connection, int] = {}

    def give(connection: Connection) -> None:
        for place, task in itertools.islice(waiting, 1):
            connection.send(task)
            busy[connection] = place

    try:
        for _ in range(processes):
            connection, process = _started(function)
            workers[connection] = process
            give(connection)
        while busy:
            for connection in wait(list(busy)):
                failed, result = connection.recv()
                if failed:
                    raise result
                place = busy.pop(connection)
                give(connection)
                yield place, result
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise RunFailed(
            "a process that did part of the work died; memory may have run out; run it again, what "
            "was finished is kept"
        ) from None
    finally:
        for connection, process in workers.items():
            process.kill()
            process.join()
            connection.close()


def _started(function: Callable[..., Any]) -> tuple[Connection, BaseProcess]:
    # Spawned, not forked: a fork of a process with threads may hang.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, function), daemon=True)
    # Ctrl-C at a terminal reaches every process; this one alone is to answer.
    mask = getattr(signal, "pthread_sigmask", None)
    if mask:
        # The first process of all starts it, and that would lift the mask.
        resource_tracker.ensure_running()
    before = mask and mask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        if mask:
            mask(signal.SIG_SETMASK, before)
        theirs.close()
    return ours, process


def _serve(connection: Connection, function: Callable[..., Any]) -> None:
    """Do tasks one after the other, with one thread a library, so that sums have one order and
    bits repeat; end with the run."""
    threading.Thread(target=_end_with_run, daemon=True).start()
    gone = contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError)
    with threadpoolctl.threadpool_limits(1), gone:
        while True:
            task = connection.recv()
            try:
                answer = False, function(*task)
            except Exception as error:
                answer = True, error
            connection.send(answer)


def _end_with_run() -> None:
    """A killed run cannot end its processes, and they would go on computing for nobody."""
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
