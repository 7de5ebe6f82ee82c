"""Runs that are disturbed at random moments: a seeded sample of what `make reliability` does."""

import csv
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "bench"))

import reliability  # noqa: E402

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the system's processes")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = reliability.Site(tmp_path_factory.mktemp("struck"))
    assert made.before != made.after
    return made


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("kind", ["run", "kernel", "worker", "interrupt"])
def test_a_struck_run_leaves_nothing_and_the_next_puts_it_right(site, kind, number):
    assert site.moment(kind, number)["fault"] == ""


@pytest.mark.parametrize("kind", ["vanished", "second", "clock"])
def test_a_disturbed_run_leaves_nothing_and_the_next_puts_it_right(site, kind):
    assert site.moment(kind, 0)["fault"] == ""


@pytest.mark.parametrize("kind", ["kernel", "worker"])
def test_struck_as_soon_as_there_is_one(site, kind):
    reliability.reset(site.place, site.earlier)
    struck, faults = reliability.disturbed(
        site.place, kind, 0, before=site.before, after=site.after, choose=random.Random(2))
    assert struck and faults == []


def test_a_fault_would_be_seen(site):
    """Bytes that no undisturbed run gives, and files that no run should leave, are told."""
    reliability.reset(site.place, site.earlier)
    (site.place.out.parent / "left").touch()
    struck, faults = reliability.disturbed(
        site.place, "interrupt", 1000, before=site.before, after={}, choose=random.Random(1))
    assert not struck
    assert "the run ended well with other bytes" not in faults
    assert "neither the previous report nor the new one stands" in faults
    assert "the next run gave other bytes" in faults
    assert "a passing file is left: left" in faults


@pytest.mark.skipif(not reliability.can_mount(), reason="nothing can be mounted here")
def test_a_full_disk_and_a_read_only_folder(tmp_path):
    runs = tmp_path / "runs.csv"
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "reliability.py"), "--kinds", "disk", "readonly",
         "--moments", "2", "--jobs", "1", "--runs", str(runs)],
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with runs.open(encoding="utf-8", newline="") as file:
        assert [row["fault"] for row in csv.DictReader(file)] == [""] * 4
