"""Executed notebooks, filed under the hash of everything they depend on."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from platformdirs import user_cache_path

# A page is about a third of a megabyte; two hundred hold the last dozens of runs.
_KEPT = 200

# Writing a page takes well under a second; an hour old, its writer is gone.
_PARTIAL, _PARTIAL_SECONDS = ".partial", 3600


def folder() -> Path:
    """Where pages are kept: $STUDY_CACHE, or the user's cache folder."""
    named = os.environ.get("STUDY_CACHE")
    return Path(named) if named else user_cache_path("comparative-policy-study") / "pages"


def load(key: str) -> NotebookNode | None:
    """The executed notebook of this key; None if there is none that can be read whole."""
    try:
        return nbformat.reads((folder() / f"{key}.ipynb").read_text("utf-8"), as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError, nbformat.ValidationError):
        return None


def store(key: str, notebook: NotebookNode) -> None:
    """Keep an executed notebook; where the cache cannot be written, later runs execute again."""
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=folder(), suffix=_PARTIAL, delete=False
        ) as partial:
            partial.write(nbformat.writes(notebook))
        os.replace(partial.name, folder() / f"{key}.ipynb")
        _prune()


def _prune() -> None:
    """Drop the oldest pages, and what killed runs left half written."""
    pages = sorted(folder().glob("*.ipynb"), key=lambda page: page.stat().st_mtime, reverse=True)
    stale = time.time() - _PARTIAL_SECONDS
    abandoned = [p for p in folder().glob(f"*{_PARTIAL}") if p.stat().st_mtime < stale]
    for path in [*pages[_KEPT:], *abandoned]:
        path.unlink(missing_ok=True)
