"""YAML read by libyaml and in Python: the same values, lines and refusals."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import package_data, safe_yaml
from analysis.safe_yaml import YamlFile

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = sorted([*ROOT.glob("data/**/*.yaml"), *Path(str(files("analysis"))).rglob("*.yaml")])

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def both(text: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    found = []
    for quick in (True, False):
        with monkeypatch.context() as patch:
            patch.setattr(yaml, "__with_libyaml__", quick and yaml.__with_libyaml__)
            file = YamlFile(text, "a.yaml")
        found.append((file.value, file.faults, file._lines))
    return found


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_files_that_ship_are_read_alike(path, monkeypatch):
    quick, slow = both(path.read_text("utf-8"), monkeypatch)
    assert quick == slow and quick[0]


@pytest.mark.parametrize("name", [
    "names.yaml", "references.yaml", "spelling.yaml", "synonyms.yaml", "report/bibliography.yaml",
    "report/glossary.yaml", "report/methods.yaml",
])
def test_tables_of_the_package_are_what_pyyaml_reads(name):
    text = files("analysis").joinpath(name).read_text("utf-8")
    assert package_data.table(name) == yaml.load(text, Loader=yaml.SafeLoader)


@settings(max_examples=200, deadline=None)
@given(value=PLAIN, flow=st.sampled_from([True, False, None]))
def test_what_is_dumped_is_read_alike(value, flow):
    text = yaml.safe_dump({"key": value}, allow_unicode=True, default_flow_style=flow)
    with pytest.MonkeyPatch.context() as monkeypatch:
        quick, slow = both(text, monkeypatch)
    assert quick == slow


@pytest.mark.parametrize("text", [
    "a: &x 1\nb: *x\n", "a: !!python/object/apply:os.system [ls]\n", "a: !own b\n", "a: 1\na: 2\n",
    "a: [1\n", "\tb: 1\n", "a: b: c\n", "? [a]\n: b\n", "a: \x07\n", "%YAML 9.9\n---\na: 1\n",
    "a: \"\\UFFFFFFFF\"\n", "a: \ud800\n", "--- a\n--- b\n", "", "[" * 50, "a: no\nb: 010\nc: 1e3\n",
])
def test_faults_and_refusals_are_the_same(text, monkeypatch):
    quick, slow = both(text, monkeypatch)
    assert quick == slow


def test_libyaml_is_what_reads():
    """Without it a study loads more slowly; the wheels of the lock have it."""
    assert yaml.__with_libyaml__ and hasattr(safe_yaml, "_QuickLoader")
