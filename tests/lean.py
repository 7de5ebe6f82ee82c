"""The shipped study with few findings and alternatives, for tests that run whole reports."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

import yaml

SHIPPED = Path(__file__).parent.parent / "data" / "channel-2015-2024"

# One of each kind: with an interval, over time, by count, of words.
KEPT = ("calais-most-similar", "crime-grows", "means-only-bilateral", "social-media-new")


def lean_copy() -> Path:
    """A copy of the shipped study, under its own name, whose analyses take two seconds.

    All sixteen findings under all alternatives take a minute; `.ci/run` makes that report.
    """
    folder = Path(tempfile.mkdtemp(prefix="lean-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = folder / SHIPPED.name
    shutil.copytree(SHIPPED, copy)
    path = copy / "study.yaml"
    content = yaml.safe_load(path.read_text("utf-8"))
    content["findings"] = [f for f in content["findings"] if f["id"] in KEPT]
    content["alternatives"] = {"unit": content["alternatives"]["unit"]}
    content["exclusions"] = []
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    return copy
