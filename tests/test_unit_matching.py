"""Coded sentences find their units, and nothing else."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import corpus
from analysis.unit_matching import letters, matched_rows, matched_units
from analysis.study import load_study

SHIPPED = Path(__file__).parent.parent / "data" / "channel-2015-2024"
CASES = json.loads((Path(__file__).parent / "cases" / "unit_matching.json").read_text("utf-8"))


def units_of(texts: list[str], *, set_aside: tuple[str, ...] = ()) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "statement_id": "a",
            "text": texts,
            "analysed": [text not in set_aside for text in texts],
        }
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_cases(case):
    units = units_of(case["units"], set_aside=tuple(case.get("set_aside", ())))
    coded = pd.DataFrame({"statement_id": "a", "text": [case["coded"]]})
    (places,) = matched_units(coded, units)
    assert [units["text"][row][start:end] for row, start, end in places] == case["expected"]


@pytest.fixture(scope="module")
def texts():
    return corpus.build(load_study(SHIPPED))


def test_every_shipped_coded_sentence_has_its_unit(texts):
    rows = matched_rows(texts.study.coded, texts.units)
    assert (rows >= 0).all() and len(set(rows)) == len(rows)
    for row, text in zip(rows, texts.study.coded["text"], strict=True):
        assert letters(texts.units["text"][row]) == letters(text)


def test_units_mangled_as_people_mangle_text_find_themselves(texts):
    """Curly quotes, hyphens, white space, bullets: each unit of 60 still finds its own row."""
    rng = np.random.default_rng(1)
    chosen = np.sort(rng.choice(len(texts.units), 60, replace=False))
    mangled = []
    for text in texts.units["text"].iloc[chosen]:
        words = text.replace("’", "'").replace("–", "-").split(" ")
        long = [i for i, word in enumerate(words) if len(word) > 8]
        if long:
            place = long[rng.integers(len(long))]
            words[place] = words[place][:4] + "- " + words[place][4:]
        mangled.append("• " + "  ".join(words))
    coded = pd.DataFrame(
        {"statement_id": texts.units["statement_id"].iloc[chosen].to_numpy(), "text": mangled}
    )
    assert matched_rows(coded, texts.units).tolist() == chosen.tolist()


def test_runs_of_neighbouring_units_find_both(texts):
    units = texts.units
    for row in range(0, len(units) - 1, 9):
        if units["statement_id"][row] != units["statement_id"][row + 1]:
            continue
        joined = f"{units['text'][row]} (ii) {units['text'][row + 1]}"
        coded = pd.DataFrame({"statement_id": [units["statement_id"][row]], "text": [joined]})
        assert [place[0] for place in matched_units(coded, units)[0]] == [row, row + 1], joined


def test_a_sentence_of_another_statement_is_not_found(texts):
    own = texts.units[texts.units["statement_id"] == "uk-fr-2015-08-20"]
    coded = own.assign(statement_id="calais-group-2022-12")
    rows = matched_rows(coded, texts.units)
    same = {letters(t) for t in texts.units.loc[
        texts.units["statement_id"] == "calais-group-2022-12", "text"]}
    expected = [letters(text) in same for text in own["text"]]
    assert (rows >= 0).tolist() == expected
