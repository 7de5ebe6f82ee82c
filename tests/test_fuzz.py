"""A seeded sample of bench/fuzz.py: no parser answers a broken input with anything but a clear error."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
_spec = importlib.util.spec_from_file_location("fuzz", ROOT / "bench" / "fuzz.py")
fuzz = importlib.util.module_from_spec(_spec)
sys.modules["fuzz"] = fuzz
_spec.loader.exec_module(fuzz)

# Of parsers that read a whole study, or write a new one, fewer.
SLOW = {name for name in fuzz.TARGETS if name.endswith((".yaml", "ces.csv", "els.csv", "nts.csv", "ges.csv"))}
FAST = {"dic", "dicx", "quanteda", "parameters"}


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_broken_inputs_are_read_or_refused_in_good_order(name):
    number = 3 if name in SLOW else 300 if name in FAST else 12
    assert fuzz.tried(name, seed=20, most=number) == (number, {})


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_what_is_broken_was_whole(name):
    """The valid inputs are read, so that their neighbours reach beyond the first check."""
    target = fuzz.TARGETS[name]
    for data in target.seeds()[:2]:
        assert fuzz.fault(target, data) == ""


def test_a_fault_is_found_where_there_is_one():
    def read(data, folder):
        if b"=" in data:
            raise KeyError("a sign")

    target = fuzz.Target(lambda: [b"plain words"], read)
    fuzz.TARGETS["planted"] = target
    try:
        number, found = fuzz.tried("planted", seed=1, most=400)
    finally:
        del fuzz.TARGETS["planted"]
    assert number == 400 and any(what.startswith("KeyError") for what in found)


def test_the_same_seed_tries_the_same_inputs():
    def first(seed):
        stream = fuzz.inputs(fuzz.TARGETS["docx"], seed)
        return [next(stream) for _ in range(20)]

    assert first(3) == first(3) != first(4)
