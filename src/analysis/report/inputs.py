"""Content hashes of everything a page is made from."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import sys
from collections.abc import Mapping
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


def package() -> str:
    """The hash of the package's own files."""
    return tree(places.package_dir())


def lock() -> str:
    """The hash of requirements.lock, or "" where the installation carries none."""
    path = places.lock_file()
    return sha256(path.read_bytes()) if path else ""


def environment() -> str:
    """The hash of the Python minor version, the processor family and every installed version.

    It is part of what a cached page is filed under, never of a page.
    """
    installed = sorted(
        f"{d.metadata['Name']}=={d.version}" for d in importlib.metadata.distributions()
    )
    return of([sys.version_info[:2], platform.system(), platform.machine(), installed])


def page_key(
    *,
    notebook: bytes,
    parameters: Mapping[str, object],
    study: str,
    study_name: str,
    package_hash: str,
    lock_hash: str,
    environment_hash: str,
) -> str:
    """The name under which an executed notebook may be used again: everything it depends on."""
    return of(
        {
            "notebook": sha256(notebook),
            "parameters": {k: [type(v).__name__, v] for k, v in parameters.items()},
            "study": study,
            "study_name": study_name,
            "package": package_hash,
            "lock": lock_hash,
            "environment": environment_hash,
        }
    )
