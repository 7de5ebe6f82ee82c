"""A sweep over parameters: combinations, faults, and the page that compares findings."""

import csv
import json
import re
from pathlib import Path

import pytest
from planted import finding, write_planted

from analysis import cli
from analysis.errors import BadParameter, OutputProblem
from analysis.report import grid

HEADER = "claim,verdict,estimate,low,high\n"
STUDY = {"name": "s", "title": "Title", "question": "Which?", "hash": "0" * 64}


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "grid.yaml"
    path.write_text(text, "utf-8")
    return path


def test_every_combination_in_the_order_of_the_file(tmp_path):
    wanted = grid.read(write(tmp_path, "n_boot: [200, 400]\nfold_spelling: [true, false]\n"))
    made = grid.combinations(wanted)
    assert [c.words for c in made] == [
        "n_boot = 200, fold_spelling = True", "n_boot = 200, fold_spelling = False",
        "n_boot = 400, fold_spelling = True", "n_boot = 400, fold_spelling = False",
    ]
    assert len({c.folder for c in made}) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the file is empty"),
        ("a: &x [1]\nb: *x\n", "anchor .* is refused"),
        ("- 1\n", "must hold lines of NAME: "),
        ("a: 1\n", "'a' must be a list of values"),
        ("a: []\n", "'a' must be a list of values"),
        ("a: [[1]]\n", "each value must be a number, a text or a flag"),
        ("a: [1, 1]\n", "names a value twice"),
        ("a: [1\n", "not valid YAML"),
        ("a: [" + ", ".join(map(str, range(30))) + "]\nb: [" + ", ".join(map(str, range(30)))
         + "]\n", "900 combinations, at most 500"),
    ],
)
def test_faults_are_named(tmp_path, text, message):
    with pytest.raises(BadParameter, match=message):
        grid.read(write(tmp_path, text))


def test_a_missing_file_and_a_parameter_set_twice(tmp_path):
    with pytest.raises(BadParameter, match="No such file"):
        grid.read(tmp_path / "none.yaml")
    with pytest.raises(BadParameter, match="seed is set by -p seed=1, too"):
        grid.checked({"seed": [1]}, {"seed": (1, "-p seed=1")}, Path("g.yaml"))


def sweep(tmp_path, run, wanted=None):
    return grid.sweep(wanted or {"seed": [1, 2]}, target=tmp_path / "out", study=STUDY, run=run)


def fake(verdicts):
    """A run that writes the table of findings and nothing else."""
    calls = []

    def run(values, folder):
        calls.append(dict(values))
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        (folder / grid.DETAILS).write_text(
            HEADER + f"It <b>grows</b>.,{verdicts[values['seed']]},0.1,,\n", "utf-8-sig"
        )
        (folder / "index.html").write_text("x", "utf-8")
        return folder / "index.html"

    return run, calls


def test_the_page_compares_the_findings_and_leads_to_every_report(tmp_path):
    run, calls = fake({1: "supported", 2: "inconclusive"})
    page = sweep(tmp_path, run)
    assert calls == [{"seed": 1}, {"seed": 2}]
    html = page.read_text("utf-8")
    assert "2 combinations of parameters; 0 of 1 findings keep their verdict" in html
    assert "It &lt;b&gt;grows&lt;/b&gt;." in html and "<b>grows" not in html
    links = re.findall(r'href="(grid--seed=\d/index.html)"', html)
    assert set(links) == {"grid--seed=1/index.html", "grid--seed=2/index.html"}
    assert all((page.parent / link).exists() for link in links)
    assert "inconclusive" in (page.parent / "tables" / "grid_findings.csv").read_text("utf-8")
    before = {p.name: p.read_bytes() for p in page.parent.glob("*.*")}
    assert sweep(tmp_path, run) == page
    assert {p.name: p.read_bytes() for p in page.parent.glob("*.*")} == before


def test_equal_verdicts_and_none_are_said(tmp_path):
    run, _ = fake({1: "supported", 2: "supported"})
    assert "the finding keeps its verdict" in sweep(tmp_path, run).read_text("utf-8")

    def bare(values, folder):
        return folder / "index.html"

    page = grid.sweep({"seed": [1]}, target=tmp_path / "bare", study=STUDY, run=bare)
    assert "no finding that could be compared" in page.read_text("utf-8")


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("x", "utf-8")
    with pytest.raises(OutputProblem, match="holds no report"):
        sweep(tmp_path, fake({1: "a", 2: "b"})[0])


def test_notebooks_are_executed_once_for_every_combination(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "cache"))
    study = write_planted(
        tmp_path / "planted", blocks=20, deterrence={"a-2015": 0.5, "b-2022": 0.2},
        extra="findings:\n" + finding(),
    )
    path = write(tmp_path, "n_boot: [200, 300]\nseed: [1]\n")
    wanted = ["run", str(study), "--only", "6_findings", "-p", "n_boot_variants=100",
              "--grid", str(path), "--out", str(tmp_path / "out")]
    assert cli.main(wanted) == 0
    made = {folder: tmp_path / "out" / folder for folder in
            ("grid--n_boot=200--seed=1", "grid--n_boot=300--seed=1")}
    for folder, report in made.items():
        changed = json.loads((report / "manifest.json").read_text("utf-8"))["changed"]
        assert {"n_boot": int(folder[13:16]), "n_boot_variants": 100}.items() <= changed.items()
    with (tmp_path / "out" / "tables" / "grid_findings.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    bounds = {row["combination"]: (row["low"], row["high"]) for row in rows}
    assert list(bounds) == ["n_boot = 200, seed = 1", "n_boot = 300, seed = 1"]
    # Each bound is what the combination's own report says.
    for number, (folder, report) in enumerate(made.items()):
        with (report / grid.DETAILS).open(encoding="utf-8-sig") as file:
            own = next(csv.DictReader(file))
        assert (own["low"], own["high"]) == list(bounds.values())[number]
    before = (tmp_path / "out" / "grid.html").read_bytes()
    capsys.readouterr()
    assert cli.main(wanted) == 0
    assert (tmp_path / "out" / "grid.html").read_bytes() == before
