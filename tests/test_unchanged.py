"""A report counts as unchanged only if everything it was made from, and all of it, is."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import fingerprint, places, store
from analysis.report import output, unchanged

NAMES = st.sampled_from(["study.yaml", "statements.csv", "texts/a.txt", "texts/b.txt", "note"])
TREES = st.dictionaries(NAMES, st.binary(max_size=6), min_size=1)
GIVEN = st.dictionaries(
    st.sampled_from(["seed", "n_boot"]), st.tuples(st.sampled_from(["1", "2", 1]), st.just("-p"))
)
REQUESTS = st.tuples(TREES, TREES, GIVEN, st.sets(st.sampled_from(["1_a", "2_b"])))


def grow(folder: Path, files: dict[str, bytes]) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@settings(max_examples=60, deadline=None)
@given(REQUESTS, REQUESTS)
def test_two_runs_share_a_key_only_if_they_are_asked_for_the_same(tmp_path_factory, first, second):
    home = tmp_path_factory.mktemp("keys")
    keys = []
    for study, notebooks, wishes, only in (first, second):
        folder = grow(home / "notebooks", notebooks)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(places, "notebooks_dir", lambda folder=folder: folder)
            keys.append(
                unchanged.key(grow(home / "study", study), given=wishes, only=only, out=None)
            )
    assert (keys[0] == keys[1]) == (first == second)


@pytest.mark.parametrize("what", ["package", "lock", "environment"])
def test_code_lock_and_installed_versions_are_part_of_the_key(tmp_path, monkeypatch, what):
    study = grow(tmp_path / "study", {"study.yaml": b"x"})

    def now():
        return unchanged.key(study, given={}, only=(), out=None)

    before = now()
    assert before == now()
    monkeypatch.setattr(fingerprint, what, lambda: "changed")
    assert before != now()


def test_whatever_is_installed_changes_the_environment(tmp_path, monkeypatch):
    real = {f"{d.metadata['Name']}".lower().replace("-", "_").replace(".", "_")
            for d in importlib.metadata.distributions()}
    named = {name.partition("-")[0].lower().replace(".", "_") for name in fingerprint._installed()}
    assert len(real) > 50 and real <= named
    monkeypatch.syspath_prepend(str(tmp_path))
    now = fingerprint.environment.__wrapped__
    seen = {now()}
    for name in ("new-1.0.dist-info", "new-1.1.dist-info", "old.egg-info"):
        (tmp_path / name).mkdir()
        seen.add(now())
    assert len(seen) == 4


def test_folder_study_name_and_place_of_the_report_are_part_of_the_key(tmp_path, monkeypatch):
    study = grow(tmp_path / "study", {"study.yaml": b"x"})
    other = shutil.copytree(study, tmp_path / "other")
    (tmp_path / "elsewhere").mkdir()

    def now(folder=study, out=None):
        return unchanged.key(folder, given={}, only=(), out=out)

    keys = {now(), now(other), now(out=tmp_path / "r")}
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert len({*keys, now()}) == 4


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A finished report, noted, whose run named a folder in a parameter."""
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "cache"))
    model = grow(tmp_path / "model", {"note": b"weights"})
    files = {"index.html": b"<p>", "tables/a.csv": b"1"}
    manifest = json.dumps({"files": {n: fingerprint.sha256(d) for n, d in files.items()}}).encode()
    report = tmp_path / "report"
    output.move_in(report, files | {output.MANIFEST: manifest, output.RUN_RECORD: b"{}"})
    unchanged.remember(
        "k", report, named=fingerprint.named([str(model), 3, "no such path"]), warnings=["note"]
    )
    return report


def test_a_report_that_stands_is_found_with_its_warnings(made):
    assert unchanged.standing("k") == (made, ("note",))
    assert unchanged.standing("other") is None and unchanged.standing(None) is None


@pytest.mark.parametrize(
    "harm",
    [
        lambda report: (report / "index.html").write_bytes(b"<b>"),
        lambda report: (report / "tables" / "a.csv").unlink(),
        lambda report: (report / "tables" / "more.csv").write_bytes(b""),
        lambda report: (report / output.MANIFEST).write_bytes(b'{"files": {}}'),
        lambda report: shutil.rmtree(report),
        lambda report: (report.parent / "model" / "note").write_bytes(b"other weights"),
        lambda report: (store.folder() / "k").write_bytes(b"broken"),
    ],
)
def test_in_any_doubt_the_report_is_made_again(made, harm):
    harm(made)
    assert unchanged.standing("k") is None


def test_a_study_that_cannot_be_read_has_no_key(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "gone").symlink_to(tmp_path / "nowhere")
    assert unchanged.key(tmp_path / "study", given={}, only=(), out=None) is not None
    assert unchanged.key(
        tmp_path / "study", given={"x": ({1}, "-p")}, only=(), out=None
    ) is None
