"""The Chrome or Chromium that is installed, used to print a page; none is ever downloaded."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = (
    "/usr/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
)

# The rest keeps the browser from looking for updates, services and names.
ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)

# A browser that has not printed by then will not: ten seconds were seen on a loaded machine.
_SECONDS = 180

# What a browser writes of its clock, and what stands there instead: the earliest a zip can hold.
_CLOCK, _NO_CLOCK = re.compile(rb"(?<=\(D:)\d{14}"), b"19800101000000"


def find() -> str | None:
    """The path of an installed Chrome or Chromium; None when there is none."""
    named = (shutil.which(name) for name in _NAMES)
    placed = (place for place in _PLACES if Path(place).is_file())
    return next((path for path in (*named, *placed) if path), None)


def printed(html: str) -> bytes | None:
    """A page as PDF, without a date; None if no browser is installed or it does not print.

    Links that lead to another page are left out, as the PDF stands alone.

    Args:
        html: the page, which needs nothing beside it.
    """
    path = find()
    if path is None:
        return None
    # A container's root user cannot have the sandbox; the page is our own.
    root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    with tempfile.TemporaryDirectory(prefix="study-print-") as folder:
        page, made = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_text(re.sub(r'(<a\b[^>]*?) href="(?!#|https?:)[^"]*"', r"\1", html), "utf-8")
        try:
            subprocess.run(
                [path, "--headless", *root, *ARGUMENTS, f"--user-data-dir={folder}/profile",
                 "--no-pdf-header-footer", f"--print-to-pdf={made}", page.as_uri()],
                capture_output=True, timeout=_SECONDS, check=True,
            )
            data = made.read_bytes()
        except (OSError, subprocess.SubprocessError):
            return None
    return _CLOCK.sub(_NO_CLOCK, data)
