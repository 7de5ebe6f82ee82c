"""One process that has imported everything, from which the kernels of a run are forked.

Importing takes longer than most notebooks take to compute, and every kernel imports the same. So
one process (`python -m analysis.report.warm`) imports once, and each kernel begins as its copy.
Linux only: elsewhere, and whenever anything is in doubt, kernels are started as usual.

The process only imports. Nothing is computed or fitted in it, because threads, and the thread
pools of numerical libraries, do not survive a fork.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

# What the analyses import only when they need it, and what every kernel needs.
_ALSO = (
    "ipykernel.ipkernel", "ipykernel.kernelapp", "ipykernel.zmqshell",
    "matplotlib.backends.backend_svg", "matplotlib.font_manager",
    "nltk.stem.snowball", "sklearn.decomposition", "sklearn.feature_extraction.text", "sklearn.linear_model",
)

# Those that make a report are not a notebook's business.
_NOT_FOR_KERNELS = {"cli", "report", "semantic"}

# A message is the command line and the folder of a kernel: far below what one packet may hold.
_PACKET = 65536

# Importing takes about two seconds; under load thirty were seen. Later there is reason to doubt.
_READY_SECONDS = 90


class Unavailable(Exception):
    """No kernel can be forked; the message says why."""


def supported() -> bool:
    """Whether this system can fork kernels: Linux."""
    return sys.platform == "linux"


class Forked:
    """A forked kernel with as much of `subprocess.Popen` as jupyter_client asks of a kernel."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, warm: WarmKernels) -> None:
        self.pid, self.returncode, self._warm = pid, None, warm

    def poll(self) -> int | None:
        """The exit status, as `subprocess.Popen` gives it; None while the kernel runs."""
        self.returncode = self._warm.status(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit status, once there is one."""
        return self._warm.status(self.pid, wait=True, timeout=timeout)

    def send_signal(self, number: int) -> None:
        """Send a signal; a kernel that has ended, told or not yet told, needs none."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class WarmKernels:
    """The run's side: starts the warm process, asks it for kernels, learns how they ended.

    Args:
        environment: the environment of every kernel.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = ours
        self._process: subprocess.Popen | None = None
        self._why = "the warm process ended"
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", __name__, str(theirs.fileno())],
                    env={**environment, "MPLBACKEND": "module://matplotlib_inline.backend_inline"},
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as error:
                self._why = f"the warm process could not be started ({error.strerror})"
        self._asking = threading.Lock()
        self._changed = threading.Condition()
        self._answers: list[dict] = []
        self._ended: dict[int, int] = {}
        self._gone = False
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._ready = False

    def _listen(self) -> None:
        while True:
            try:
                packet = self._socket.recv(_PACKET)
            except OSError:
                packet = b""
            with self._changed:
                if not packet:
                    self._gone = True
                else:
                    message = json.loads(packet)
                    if "status" in message:
                        self._ended[message["pid"]] = message["status"]
                    else:
                        self._answers.append(message)
                self._changed.notify_all()
            if not packet:
                return

    def _answer(self) -> dict:
        with self._changed:
            if not self._changed.wait_for(lambda: self._answers or self._gone, _READY_SECONDS):
                raise Unavailable(f"the warm process did not answer in {_READY_SECONDS} s")
            if not self._answers:
                raise Unavailable(self._why)
            message = self._answers.pop(0)
        if "refused" in message:
            raise Unavailable(message["refused"])
        return message

    def fork(self, command: Sequence[str], *, folder: str, errors: int | None) -> Forked:
        """A kernel.

        Args:
            command: the kernel's command line: Python, its options, `-f` and the connection file.
            folder: its working folder.
            errors: a file descriptor for what it writes outside its cells; None: as ours.

        Raises:
            Unavailable: none can be forked.
        """
        module = "ipykernel_launcher"
        if module not in command:
            raise Unavailable("the kernel is not ipykernel")
        arguments = list(command[list(command).index(module) + 1 :])
        request = json.dumps({"arguments": arguments, "folder": folder}).encode()
        with self._asking:
            if not self._ready:
                self._answer()
                self._ready = True
            try:
                socket.send_fds(self._socket, [request], [] if errors is None else [errors])
            except OSError as error:
                raise Unavailable(f"the warm process does not listen ({error})") from None
            return Forked(self._answer()["pid"], self)

    def status(
        self, pid: int, *, wait: bool = False, timeout: float | None = None
    ) -> int | None:
        """How a kernel ended; None while it runs. Without the warm process: killed."""
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: pid in self._ended or self._gone, timeout)
            if self._gone:
                return self._ended.get(pid, -signal.SIGKILL)
            return self._ended.get(pid)

    def close(self) -> None:
        """End the warm process, and with it every kernel that still runs."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._process is not None:
            if not self._ready:
                # No kernel was asked for: it may import for another while.
                self._process.kill()
            self._process.wait()
        self._listener.join()
        self._socket.close()


# ------------------------------------------------------------------ the warm process's own side


def _import_all() -> None:
    import analysis

    for module in pkgutil.iter_modules(analysis.__path__):
        if module.name not in _NOT_FOR_KERNELS:
            importlib.import_module(f"analysis.{module.name}")
    for name in _ALSO:
        importlib.import_module(name)


def _serve(channel: socket.socket) -> list[str] | None:
    """Fork a kernel at each request.

    Returns:
        In a forked kernel: its arguments. In the warm process, when the run has ended: None.
    """
    waking, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    running: set[int] = set()
    while True:
        readable, _, _ = select.select([channel, waking], [], [])
        if waking in readable:
            os.read(waking, _PACKET)
            _report_ended(channel, running)
        if channel not in readable:
            continue
        packet, descriptors, _, _ = socket.recv_fds(channel, _PACKET, 1)
        if not packet:
            _end(running)
            return None
        request = json.loads(packet)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            for descriptor in (waking, wake):
                os.close(descriptor)
            channel.close()
            _become_kernel(request["folder"], descriptors)
            return [*request["arguments"], f"--IPKernelApp.parent_handle={parent}"]
        for descriptor in descriptors:
            os.close(descriptor)
        running.add(pid)
        channel.send(json.dumps({"pid": pid}).encode())


def _report_ended(channel: socket.socket, running: set[int]) -> None:
    for pid in sorted(running):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            running.discard(pid)
            code = os.waitstatus_to_exitcode(status)
            with contextlib.suppress(OSError):
                channel.send(json.dumps({"pid": pid, "status": code}).encode())


def _end(running: set[int]) -> None:
    for pid in sorted(running):
        # A kernel leads a group: what it started ends with it.
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.waitpid(pid, 0)


def _become_kernel(folder: str, descriptors: Sequence[int]) -> None:
    import random

    import numpy as np

    os.setsid()
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    for descriptor in descriptors:
        os.dup2(descriptor, 2)
        os.close(descriptor)
    # Every copy would otherwise draw the same "random" numbers.
    random.seed()
    np.random.seed()


def main(descriptor: int) -> None:
    """The warm process: import, then fork a kernel at each request until the run ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as channel:
        _import_all()
        threads = len(list(Path("/proc/self/task").iterdir()))
        if threads > 1:
            refusal = f"a library started {threads - 1} threads when it was imported"
            channel.send(json.dumps({"refused": refusal}).encode())
            return
        channel.send(json.dumps({"ready": True}).encode())
        arguments = _serve(channel)
    if arguments is None:
        # Taking down all that was imported would cost the run half a second.
        os._exit(0)
    from ipykernel.kernelapp import launch_new_instance

    sys.argv = ["ipykernel_launcher.py", *arguments]
    launch_new_instance(sys.argv[1:])


if __name__ == "__main__":
    main(int(sys.argv[1]))
