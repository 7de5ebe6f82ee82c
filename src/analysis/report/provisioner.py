"""The kernel provisioner of a run: a kernel is a copy of the warm process, or started as usual."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from analysis.report.warm import Unavailable, WarmKernels


class WarmProvisioner(LocalProvisioner):
    """Forks a kernel from the warm process; where that fails, starts one and says so.

    Set `warm` and `on_fallback` before the kernel is started.
    """

    warm: WarmKernels
    on_fallback: Callable[[str], None]

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Launch a kernel; its environment is that of the warm process."""
        errors = kwargs.get("stderr")
        try:
            self.process = self.warm.fork(
                cmd,
                folder=os.fspath(kwargs.get("cwd") or os.getcwd()),
                errors=errors.fileno() if hasattr(errors, "fileno") else errors,
            )
        except Unavailable as reason:
            self.on_fallback(str(reason))
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info
