"""Reports compared: verify makes one again and certifies it, diff says what separates two."""

from __future__ import annotations

import json
from pathlib import Path

import html5lib
import pytest

from analysis import cli, fingerprint, places
from analysis.report import compare, output, verify

ROOT = Path(__file__).parent.parent
STUDY = ROOT / "data" / "channel-2015-2024"
FINDINGS = "claim,verdict,estimate,evidence\na,supported,0.5,x\nb,inconclusive,0.1,\n"


def report(folder: Path, files: dict[str, str], **record) -> Path:
    data = {name: text.encode() for name, text in files.items()}
    manifest = {
        "study_name": "study", "changed": {}, "pages": ["1_a"], "inputs": {"study.yaml": "1"},
        "hashes": {"study": "1", "package": "2", "lock": "3", "notebooks": {"1_a": "4"}},
        "files": {name: fingerprint.sha256(content) for name, content in data.items()},
    } | record
    output.move_in(folder, data | {output.MANIFEST: json.dumps(manifest).encode()})
    return folder


@pytest.mark.parametrize(
    ("name", "first", "second", "expected"),
    [
        ("a.csv", "x,1.00001\n", "x,1.00001\n", "identical"),
        ("a.csv", "x,1.00001\n", "x,1.00002\n", "within tolerance"),
        ("a.csv", "x,1.0\n", "x,1.1\n", "different"),
        ("a.csv", "x,1\n", "y,1\n", "different"),
        ("a.csv", "x,1\n", "x,\n", "different"),
        ("a.csv", "x,nan\n", "x,nan\n", "identical"),
        ("a.csv", "x,1\n", "x,1\ny,2\n", "different"),
        ("a.html", f"<p>{'a' * 64}", f"<p>{'b' * 64}", "within tolerance"),
        ("a.html", f"<p>{'a' * 64}", f"<p>{'b' * 64} ", "different"),
        ("a.svg", f"<p>{'a' * 64}", f"<p>{'b' * 64}", "different"),
    ],
)
def test_a_file_is_the_same_only_within_the_declared_tolerance(name, first, second, expected):
    found = compare.standing({name: first.encode()}, {name: second.encode()})
    assert found == {name: expected}


def test_cells_are_matched_by_the_first_columns_that_tell_rows_apart():
    first = b"frame,text,n\ncrime,A,1\ncrime,B,2\nlaw,A,3\n"
    second = b"frame,text,n\nlaw,A,3\ncrime,B,5\ncrime,C,1\n"
    found = compare.changes("t", first, second)
    assert [(c.row, c.column, c.first, c.second) for c in found] == [
        ("crime · A", "", "a row", ""), ("crime · B", "n", "2", "5"), ("crime · C", "", "", "a row"),
    ]
    assert compare.changes("t", first, first) == []
    swapped = compare.changes("t", second, first)
    assert {(c.row, c.second, c.first) for c in swapped} == {(c.row, c.first, c.second)
                                                             for c in found}
    added = compare.changes("t", b"a,b\nx,1\n", b"a,c\nx,1\n")
    assert [(c.column, c.first, c.second) for c in added] == [
        ("b", "a column", ""), ("c", "", "a column")]


def test_what_separates_two_reports_is_told_and_shown(tmp_path, capsys):
    hostile = "<script>alert(1)</script>"
    first = report(tmp_path / "one", {"tables/findings.csv": FINDINGS, "index.html": "<p>"})
    second = report(
        tmp_path / "two",
        {"tables/findings.csv": FINDINGS.replace("0.5", "0.2").replace("supported", hostile)},
        changed={"n_boot": 500}, inputs={"study.yaml": "2", "texts/a.txt": "3"},
    )
    assert cli.main(["diff", str(first), str(second), "--out", str(tmp_path / "d.html")]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "one and two"
    assert "  parameter n_boot: the default, 500" in told
    assert "  study.yaml: changed" in told and "  texts/a.txt: only in the second" in told
    assert f"  finding “a”: supported, {hostile}" in told
    assert "  files: 1 different, 1 only in the first" in told
    page = (tmp_path / "d.html").read_text("utf-8")
    html5lib.HTMLParser(strict=True).parse(page)
    assert "<script" not in page and "&lt;script&gt;" in page
    assert cli.main(["diff", str(first), str(second), "--out", str(tmp_path / "d.html")]) == 1
    assert "is there already and is not overwritten" in capsys.readouterr().err
    assert page == (tmp_path / "d.html").read_text("utf-8")
    assert cli.main(["diff", str(first), str(first)]) == 0
    assert "made from the same texts, parameters and code" in capsys.readouterr().out


def test_a_folder_without_a_report_is_named(tmp_path, capsys):
    first = report(tmp_path / "one", {"index.html": "<p>"})
    assert cli.main(["diff", str(first), str(tmp_path)]) == 1
    assert "holds no report" in capsys.readouterr().err
    (first / "index.html").unlink()
    assert cli.main(["diff", str(first), str(first)]) == 1
    assert "index.html is missing" in capsys.readouterr().err
    assert cli.main(["verify", str(STUDY), "--report", str(tmp_path)]) == 1
    assert "holds no report" in capsys.readouterr().err


def test_names_in_a_manifest_lead_nowhere_else(tmp_path):
    (tmp_path / "secret").write_text("x")
    folder = report(tmp_path / "one", {"index.html": "<p>"})
    assert set(compare.read(folder, ["../secret", "index.html", "/etc/hostname"])) == {"index.html"}


def test_a_report_is_certified_until_a_number_in_it_is_another(tmp_path, monkeypatch, capsys):
    """On one notebook of the shipped study, executed by a real kernel."""
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    name = "1_corpus.ipynb"
    (notebooks / name).write_bytes((places.notebooks_dir() / name).read_bytes())
    monkeypatch.setattr(places, "notebooks_dir", lambda: notebooks)
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "cache"))
    made = tmp_path / "made"
    assert cli.main(["run", str(STUDY), "--out", str(made)]) == 0
    capsys.readouterr()
    assert cli.main(["verify", str(STUDY), "--report", str(made)]) == 0
    told = capsys.readouterr().out
    assert "verdict      reproduced byte for byte" in told
    assert str(tmp_path) not in told
    table = made / "tables" / "structure.csv"
    table.write_text(table.read_text("utf-8").replace("1", "2", 1), "utf-8")
    assert cli.main(["verify", str(STUDY), "--report", str(made)]) == 1
    told = capsys.readouterr().out
    assert "altered or gone: tables/structure.csv" in told and "not reproduced" in told
    record = json.loads((made / output.MANIFEST).read_text("utf-8"))
    record["files"]["tables/structure.csv"] = fingerprint.sha256(table.read_bytes())
    (made / output.MANIFEST).write_text(json.dumps(record), "utf-8")
    found = verify.verify(STUDY, made)
    assert not found.altered and not found.reproduced
    assert found.files["tables/structure.csv"] == "different"
