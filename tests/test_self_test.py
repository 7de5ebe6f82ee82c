"""The self-test of an installed copy: it passes here, and fails where something is wrong."""

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from analysis import agreement, cli, contingency, self_test

PEERS = Path(__file__).parent / "peers"


def test_this_copy_passes(capsys):
    assert cli.main(["check", "--self-test"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(list(self_test.checks())) + 1 and len(lines) > 15
    assert all(line.startswith("ok ") for line in lines[:-1])
    assert lines[-1] == f"self-test: {len(lines) - 1} checks, all passed"


@pytest.mark.parametrize(
    ("module", "name", "wrong"),
    [
        (contingency, "log_likelihood", lambda *cells: np.zeros(652)),
        (contingency, "chi_squared", lambda *cells: np.full(652, np.nan)),
        (agreement, "alpha", lambda codes, level: 0.7434),
    ],
)
def test_a_wrong_number_fails(monkeypatch, capsys, module, name, wrong):
    monkeypatch.setattr(module, name, wrong)
    assert cli.main(["check", "--self-test"]) == 1
    told = capsys.readouterr()
    assert "FAILED" in told.out and "self-test" in told.err


def test_its_values_are_the_peers_own():
    values = json.loads(self_test._VALUES.read_text("utf-8"))
    counts = {
        path.stem: Counter(path.read_text("utf-8").split())
        for path in (PEERS / "tokens").glob("*.txt")
    }
    first, second = counts["calais-group-2022-12"], counts["calais-group-2024-03-04"]
    words = sorted(set(first) | set(second))
    assert values["first"] == [first[word] for word in words]
    assert values["second"] == [second[word] for word in words]
    with (PEERS / "keyness_calais_2022_vs_2024.csv").open(encoding="utf-8") as file:
        known = {row["feature"]: row for row in csv.DictReader(file)}
    assert values["g2"] == [float(known[word]["lr_none_stat"]) for word in words]
    assert values["chi2"] == [float(known[word]["chi2_none_stat"]) for word in words]
    with (PEERS / "log_odds_calais_2022_vs_2024_uninf001.csv").open(encoding="utf-8") as file:
        z = {row["term"]: float(row["z_convokit"]) for row in csv.DictReader(file)}
    assert values["log_odds_z"] == [z[word] for word in words]
    krippendorff = json.loads((PEERS / "krippendorff.json").read_text("utf-8"))
    table = krippendorff["krippendorff2011_C_4x12"]
    assert values["krippendorff"]["data"] == table["data"]
    assert values["krippendorff"]["alpha"].items() <= table["krippendorff_package"].items()
    random = json.loads((PEERS / "coherence_random.json").read_text("utf-8"))
    assert values["coherence"] in random
    with (PEERS / "similarity_four_statements.csv").open(encoding="utf-8") as file:
        alike = {
            (f"{row['weighting']} {row['measure']}", float(row["value"]))
            for row in csv.DictReader(file)
            if {row["doc_i"], row["doc_j"]} == {"calais-group-2022-12", "calais-group-2024-03-04"}
        }
    assert set(values["likeness"].items()) <= alike


def test_a_study_or_the_self_test_must_be_named(capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["check"])
    assert "STUDY" in capsys.readouterr().err
