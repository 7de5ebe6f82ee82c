"""What a run leaves beside its pages: the manifest of its files, and its own circumstances."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from analysis import fingerprint, places


def command(study: str, changed: Mapping[str, object]) -> str:
    """The command that makes this report again."""
    flags = [word for name, value in changed.items() for word in ("-p", f"{name}={value}")]
    return shlex.join(["study", "run", f"data/{study}", *flags])


def manifest(study, settings, hashes, files: Mapping[str, bytes], pages: list[str]) -> bytes:
    """What the report was made of and what it holds, each file by its hash."""
    return as_json(
        {
            "study_name": study.name,
            "changed": settings.changed,
            "pages": pages,
            "hashes": hashes,
            "inputs": study.files,
            "files": {name: fingerprint.sha256(data) for name, data in sorted(files.items())},
        }
    )


def of_run(study: Path, started: datetime, seconds: float, ran: Sequence[str]) -> bytes:
    """The record of one run: clock, host, paths and packages."""
    return as_json(
        {
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(seconds, 1),
            "executed": list(ran),
            "command": sys.argv,
            "study": str(study),
            "commit": commit(places.package_dir()),
            "host": platform.node(),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "packages": dict(
                sorted((d.metadata["Name"], d.version) for d in importlib.metadata.distributions())
            ),
        }
    )


def commit(folder: Path) -> str:
    """The commit that is checked out in a folder; empty where git knows none."""
    try:
        found = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "HEAD"],
            capture_output=True, text=True, timeout=5, check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()


def as_json(value: object) -> bytes:
    """JSON that is the same however the value was put together."""
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
