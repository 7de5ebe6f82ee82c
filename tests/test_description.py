"""Descriptive measures: peers' values, formulas on given counts, slow versions."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import description

PEERS = Path(__file__).parent / "peers"
# The peers named the texts by year; the tokens are filed under the statements' ids.
NAMES = {
    "2015-uk-fr": "uk-fr-2015-08-20",
    "2022-uk-fr": "uk-fr-2022-11-14",
    "2022-calais": "calais-group-2022-12",
    "2024-calais": "calais-group-2024-03-04",
    "2023-statewatch": "statewatch-2023-10",
}


def peer_rows():
    with (PEERS / "lexical_diversity_window100.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", peer_rows(), ids=lambda row: row["document"])
def test_diversity_equals_quanteda(row):
    words = (PEERS / "tokens" / f"{NAMES[row['document']]}.txt").read_text("utf-8").split()
    assert description.type_token_ratio(words) == pytest.approx(float(row["TTR"]), abs=1e-12)
    assert description.moving_average_ttr(words) == pytest.approx(float(row["MATTR"]), abs=1e-12)
    assert description.yule_k(words) == pytest.approx(float(row["K"]), abs=1e-9)


@given(st.lists(st.sampled_from("abcdef"), min_size=5, max_size=40), st.integers(1, 5))
def test_moving_average_equals_the_slow_version(words, window):
    ratios = [
        len(set(words[i:i + window])) / window for i in range(len(words) - window + 1)
    ]
    assert description.moving_average_ttr(words, window=window) == pytest.approx(
        sum(ratios) / len(ratios)
    )


def test_reading_formulas_on_given_counts():
    # Flesch 1948: 206.835 − 1.015·20 − 84.6·1.5; Kincaid et al. 1975: .39·20 + 11.8·1.5 − 15.59
    assert description.reading_ease(100, 5, 150) == pytest.approx(59.635)
    assert description.school_grade(100, 5, 150) == pytest.approx(9.91)
    assert description.reading_ease(0, 0, 0) != description.reading_ease(0, 0, 0)


def test_the_reading_changes_with_the_table():
    table = description.tables.result(
        [
            {"statement": name, "ease_low": low, "ease_high": low + 10, "grade_low": 1.0,
             "grade_high": 2.0}
            for name, low in (("a", 10.0), ("b", 15.0))
        ],
        columns=description.READABILITY, made_by="test",
    )
    assert "overlap" in description.readability_reading(table)[0]
    table.loc[1, ["ease_low", "ease_high"]] = [40.0, 50.0]
    assert "Not all ranges overlap" in description.readability_reading(table)[0]
