"""An installed Chrome or Chromium, driven without a network, for tests that need a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from analysis.report import browser


@dataclass
class Visit:
    """A page opened from disk, and what it tried to do."""

    page: object
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def installed_browser() -> Iterator[object]:
    """A running browser without a window; skips the test, saying why, when there is none.

    No sandbox, because a container's root user cannot have one; the pages are the tests' own.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = browser.find()
    if path is None:
        pytest.skip("no Chrome or Chromium is installed: pages were not opened in a browser")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", *browser.ARGUMENTS]
        )
        try:
            yield running
        finally:
            running.close()


@contextmanager
def visit(browser, path: Path, *, width: int = 1280, dark: bool = False) -> Iterator[Visit]:
    """Open a file in a window of a width; anything but the file itself counts as a request.

    Args:
        browser: what `installed_browser` gave.
        path: the page; `#fragment` is added with `Visit.page.goto`.
        width: of the window, in CSS pixels.
        dark: whether the reader asks for dark pages.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    visited = Visit(context.new_page())
    address = path.resolve().as_uri()

    def on_request(request) -> None:
        own = request.url.partition("#")[0] == address
        if not own and not request.url.startswith("data:"):
            visited.requests.append(request.url)

    context.route("http*://**/*", lambda route: route.abort())
    visited.page.on("request", on_request)
    visited.page.on("console", lambda message: visited.complaints.append(message.text))
    visited.page.on("pageerror", lambda error: visited.complaints.append(str(error)))
    visited.page.on("dialog", lambda d: (visited.complaints.append(d.message), d.dismiss()))
    try:
        visited.page.goto(address)
        yield visited
    finally:
        context.close()


def axe_script() -> str:
    """axe-core's own script, as a package of the test extra ships it; skips without it."""
    package = pytest.importorskip(
        "axe_playwright_python", reason="axe-playwright-python is not installed: axe was not run"
    )
    return (Path(package.__file__).parent / "axe.min.js").read_text("utf-8")
