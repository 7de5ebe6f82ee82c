"""The same bytes wherever and however a study is run: a sample of what `make reliability` does."""

import sys
from pathlib import Path

import pytest
from planted import finding, write_planted

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "bench"))

import same_bytes  # noqa: E402

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="plain kernels elsewhere")

SOME = ("--only", "1_corpus", "4_framing", "6_findings", "-p", "n_boot=200",
        "-p", "n_boot_variants=100")


def test_hash_seed_zone_locale_folder_cores_and_kernels_do_not_matter(tmp_path):
    study = write_planted(
        tmp_path / "study", blocks=6, deterrence={"a-2015": 0.6, "b-2022": 0.5},
        extra="findings:\n" + finding(),
    )
    reports = [same_bytes.made(way, study, tmp_path / str(number), options=SOME)
               for number, way in enumerate(same_bytes.WAYS.values())]
    assert len(same_bytes.bytes_of(reports[0])) > 20
    assert same_bytes.differ(*reports) == []


def test_a_difference_would_be_seen(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same").write_text("a")
        (tmp_path / name / "page").write_text(name)
    (tmp_path / "one" / "more").touch()
    assert same_bytes.differ(tmp_path / "one", tmp_path / "other") == ["more", "page"]
