"""All analyses of a study: on one core, on several, on a Dask cluster that loses a worker."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from planted import finding, write_planted

from analysis import corpus, frame_passes, multiverse, segments, store, universes, workers
from analysis.errors import BadParameter, RunFailed
from analysis.study import load_study

ALTERNATIVES = """\
alternatives:
  unit: {options: [sentence, block], reason: r}
  unit_weighting: {options: [equal, words], reason: r}
  boilerplate: {options: [aside, kept], reason: r}
  headings: {options: [out, in], reason: r}
"""
CHANGE = {
    "id": "change", "claim": "It grows.", "estimand": "frame_change",
    "arguments": {"frame": "deterrence", "direction": "grows", "pairs": [["a-2015", "b-2022"]]},
}


@pytest.fixture
def study(tmp_path):
    return load_study(
        write_planted(
            tmp_path / "s", blocks=20, deterrence={"a-2015": 0.5, "b-2022": 0.2},
            extra="findings:\n" + finding() + finding(**CHANGE) + ALTERNATIVES,
        )
    )


@pytest.fixture
def made():
    return multiverse.settings(seed=1, n_boot=200, n_boot_variants=100)


# A process that started none before: what the first one starts besides must not undo its mask.
_SHIELDED = """
import signal
from analysis import workers
if __name__ == "__main__":
    tasks = [(signal.SIG_BLOCK, ())] * 6
    masks = [mask for _, mask in workers.done(signal.pthread_sigmask, tasks, jobs=3)]
    assert len(masks) == 6 and all(mask == {signal.SIGINT} for mask in masks), masks
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
"""


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no signal can be blocked here")
def test_ctrl_c_is_answered_by_the_run_and_by_none_of_its_processes(tmp_path):
    script = tmp_path / "shielded.py"
    script.write_text(_SHIELDED, "utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def rows(study, made, cache, monkeypatch, **how):
    monkeypatch.setenv("STUDY_CACHE", str(cache))
    return json.dumps(universes.all_rows(study, made, **how)).encode()


def test_one_core_and_two_give_the_same_bytes(study, made, tmp_path, monkeypatch):
    alone = rows(study, made, tmp_path / "1", monkeypatch, jobs=1)
    monkeypatch.setattr(universes, "FEW", 0)
    assert rows(study, made, tmp_path / "2", monkeypatch, jobs=2) == alone
    assert len(json.loads(alone)["universes"]) == 32


def test_an_interrupted_run_goes_on_where_it_stopped(study, made, tmp_path, monkeypatch):
    whole = rows(study, made, tmp_path / "1", monkeypatch, jobs=1)
    real, calls = universes.computed, []

    def breaks(*task):
        calls.append(task)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*task)

    monkeypatch.setattr(universes, "computed", breaks)
    with pytest.raises(KeyboardInterrupt):
        rows(study, made, tmp_path / "2", monkeypatch, jobs=1)
    seen = []
    again = rows(study, made, tmp_path / "2", monkeypatch, jobs=1,
                 on_chunk=lambda done, of: seen.append((done, of)))
    assert again == whole
    assert seen[0][0] == 2 and seen[-1][0] == seen[-1][1] == len(calls) - 1
    # What is kept is not computed again.
    calls.clear()
    assert rows(study, made, tmp_path / "2", monkeypatch, jobs=1) == whole
    assert not calls


def test_another_seed_is_computed_anew(study, made, tmp_path, monkeypatch):
    one = rows(study, made, tmp_path / "1", monkeypatch, jobs=1)
    other = multiverse.settings(seed=2, n_boot=200, n_boot_variants=100)
    assert rows(study, other, tmp_path / "1", monkeypatch, jobs=1) != one


def test_where_nothing_can_be_kept_it_is_computed(study, made, tmp_path, monkeypatch):
    whole = rows(study, made, tmp_path / "1", monkeypatch, jobs=1)
    monkeypatch.setattr(store, "keep", lambda key, content: None)
    assert rows(study, made, tmp_path / "2", monkeypatch, jobs=1) == whole


def _dies() -> None:
    os._exit(3)


def test_a_process_that_dies_is_one_line():
    with pytest.raises(RunFailed, match="died; memory may have run out; .*what was finished"):
        list(workers.done(_dies, [(), ()], jobs=2))


def _sleeps(padding: bytes) -> int:
    time.sleep(0.02)
    return len(padding)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the system's processes")
@pytest.mark.parametrize("moment", [0, 0.02, 0.3, 0.8])
def test_a_process_that_is_killed_at_any_time_is_never_waited_for(moment):
    """While it or another is started, while it is sent a task larger than a pipe, while it waits."""
    import threading

    import psutil

    def kill() -> None:
        time.sleep(moment)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for child in psutil.Process().children():
                with contextlib.suppress(psutil.Error):
                    if "spawn_main" in " ".join(child.cmdline()):
                        child.kill()
                        return

    ended: list[object] = []

    def compute() -> None:
        try:
            ended.append(list(workers.done(_sleeps, [(b"x" * 300_000,)] * 60, jobs=2)))
        except RunFailed as error:
            ended.append(error)

    killer, work = threading.Thread(target=kill), threading.Thread(target=compute, daemon=True)
    killer.start()
    work.start()
    work.join(timeout=120)
    killer.join()
    assert ended and (isinstance(ended[0], RunFailed) or len(ended[0]) == 60)


def test_without_dask_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadParameter, match=r"dask is not installed; .*extra 'cluster'"):
        list(workers.done(len, [((),)], scheduler="tcp://127.0.0.1:1"))


def test_no_scheduler_is_one_line(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(workers, "ANSWER_SECONDS", 1)
    with pytest.raises(BadParameter, match="no Dask scheduler answers there"):
        list(workers.done(len, [((),)], scheduler="tcp://127.0.0.1:1"))


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers, each a process of its own."""
    pytest.importorskip("distributed")
    contact = tmp_path / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": str(Path(universes.__file__).parents[1]),
                   "STUDY_CACHE": str(tmp_path / "unused")}

    def start(module: str, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", "--scheduler-file", str(contact),
             *arguments],
            env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )

    processes = [start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")]
    for _ in range(2):
        processes.append(start("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard"))
    try:
        for _ in range(600):
            if contact.exists() and contact.read_text():
                break
            time.sleep(0.1)
        yield json.loads(contact.read_text())["address"], processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def parted(study, cache, monkeypatch, **how):
    monkeypatch.setenv("STUDY_CACHE", str(cache))
    with monkeypatch.context() as patch:
        patch.setattr(segments, "KEPT_FROM", 1)
        return list(segments.parted(corpus._texts(study), chunk=1, **how))


def framed(study, cache, monkeypatch, **how):
    """What the passes over words and frames keep."""
    monkeypatch.setenv("STUDY_CACHE", str(cache))
    with monkeypatch.context() as patch:
        patch.setattr(frame_passes, "AT_ONCE", 5)
        frame_passes.prepare(study, include_boilerplate=False, include_headings=False,
                             fold_spelling=True, **how)
    kept = {path.name: path.read_bytes() for path in cache.iterdir()}
    assert len(kept) > 2
    return kept


def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(
    study, made, cluster, tmp_path, monkeypatch
):
    from distributed import Client

    alone = rows(study, made, tmp_path / "1", monkeypatch, jobs=1)
    address, processes = cluster
    with Client(address, timeout=60) as client:
        client.wait_for_workers(2, timeout=120)
    assert parted(study, tmp_path / "3", monkeypatch, jobs=1) == parted(
        study, tmp_path / "4", monkeypatch, scheduler=address)
    assert framed(study, tmp_path / "5", monkeypatch, scheduler=address) == framed(
        study, tmp_path / "6", monkeypatch)
    killed = []

    def kill_one(done: int, of: int) -> None:
        if done == 1 and not killed:
            processes[1].send_signal(signal.SIGKILL)
            processes[1].wait()
            killed.append((done, of))

    with_cluster = rows(
        study, made, tmp_path / "2", monkeypatch, scheduler=address, on_chunk=kill_one
    )
    assert killed and killed[0][1] > 3
    assert with_cluster == alone
    assert not (tmp_path / "unused").exists()


@pytest.mark.parametrize(
    ("gone", "told"), [(slice(1, 3), "no worker for 1 s"), (slice(0, 1), "(scheduler is gone|no worker)")]
)
def test_a_cluster_without_workers_or_scheduler_is_one_line(cluster, monkeypatch, gone, told):
    from distributed import Client

    monkeypatch.setattr(workers, "ALONE_SECONDS", 1)
    address, processes = cluster
    with Client(address, timeout=60) as client:
        client.wait_for_workers(2, timeout=120)
    coming = workers.done(time.sleep, [(0,), (600,), (600,)], scheduler=address)
    assert next(coming) == (0, None)
    for process in processes[gone]:
        process.kill()
        process.wait()
    with pytest.raises(RunFailed, match=f"{told}.*what was finished is kept"):
        next(coming)
