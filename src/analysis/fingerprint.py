"""Content hashes of everything that a page, or a shared result, is made from."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from analysis import places


def sha256(data: bytes) -> str:
    """The SHA-256 of these bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def of(value: object) -> str:
    """The SHA-256 of a JSON value, keys sorted."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode())


def tree(folder: Path) -> str:
    """The SHA-256 over names and contents of all files below a folder, caches aside."""
    return of(
        {
            path.relative_to(folder).as_posix(): sha256(path.read_bytes())
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts and "_notebooks" not in path.parts
        }
    )


def named(values: Iterable[object]) -> dict[str, str]:
    """The files and folders that parameters name, each with the hash of its content.

    A result depends on what a path leads to, not on the path alone.
    """
    found = {}
    for value in values:
        if isinstance(value, str) and value:
            path = Path(value)
            try:
                if path.is_dir():
                    found[value] = tree(path)
                elif path.is_file():
                    found[value] = sha256(path.read_bytes())
            except (OSError, ValueError):
                continue
    return found


@cache
def package() -> str:
    """The hash of the package's own files."""
    return tree(places.package_dir())


def inputs(study: str) -> dict[str, str]:
    """What every result of a study depends on, beside its own parameters.

    Args:
        study: hash of the study's files.
    """
    return {"study": study, "package": package(), "lock": lock(), "environment": environment()}


def lock() -> str:
    """The hash of requirements.lock, or "" where the installation carries none."""
    path = places.lock_file()
    return sha256(path.read_bytes()) if path else ""


@cache
def environment() -> str:
    """The hash of the Python minor version, the processor family and every installed version.

    It is part of what a stored result is filed under, never of a page.
    """
    return of([sys.version_info[:2], platform.system(), platform.machine(), sorted(_installed())])


def _installed() -> set[str]:
    """Names such as `numpy-2.4.0.dist-info`: to read what is in them takes a quarter of a second."""
    found = set()
    for folder in sys.path:
        with contextlib.suppress(OSError):
            found.update(
                entry.name for entry in os.scandir(folder or ".")
                if entry.name.endswith((".dist-info", ".egg-info"))
            )
    return found
