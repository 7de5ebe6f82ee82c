"""Words as quanteda parts them: its published counts, a table of rules, Unicode's boundaries."""

import csv
import re
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from small import corpus_of

from analysis import description, word_boundaries

DATA = Path(__file__).parent / "data"


def rules():
    with (DATA / "word_boundaries.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", rules(), ids=lambda case: case["rule"])
def test_each_rule_of_the_table(case):
    assert word_boundaries.split(case["text"]) == case["tokens"].split("|")


# (types, tokens) as quanteda's summary() prints them; sources in tests/data/inaugural/README.md.
@pytest.mark.parametrize(("name", "dash", "counts"), [
    ("1789-washington", "--", (625, 1538)),
    ("1789-washington", "—", (625, 1537)),
    ("1793-washington", "--", (96, 147)),
])
def test_types_and_tokens_are_those_that_quanteda_published(name, dash, counts):
    text = (DATA / "inaugural" / f"{name}.txt").read_text("utf-8").replace("--", dash)
    found = word_boundaries.split(text)
    assert (len(set(found)), len(found)) == counts


def test_the_page_counts_whole_texts_by_the_rule_chosen():
    text = (DATA / "inaugural" / "1793-washington.txt").read_text("utf-8")
    texts = corpus_of({"a": text, "b": "A Title\n\nA word, a WORD.\n"})
    table = description.word_counts(texts, rule="quanteda").set_index("statement")
    assert table[["types", "tokens"]].to_numpy().tolist() == [[96, 147], [7, 8]]
    assert table["signs"].tolist()[1] == 2
    own = description.word_counts(texts)
    assert own[["types", "tokens"]].iloc[1].tolist() == [3, 6]


@given(st.text(alphabet="aBé1 2.,_$%!\nב٣"))
def test_without_hyphens_and_tags_the_boundaries_are_unicodes(text):
    """The regex library's word boundaries, made apart; it parts apostrophes by French rules."""
    pieces = regex.split(r"(?V1w)\b", text)
    theirs = [p for p in pieces if p and not re.match(r"\s", p) and p[0] not in "\u0301"]
    signs = [s for p in theirs for s in ([p] if any(c.isalnum() or c == "_" for c in p) else
                                         regex.findall(r"\S\u0301*", p))]
    assert word_boundaries.split(text) == signs


@given(st.text())
def test_only_white_space_marks_and_controls_lie_between_tokens(text):
    ends = [0]
    for start, end in word_boundaries.spans(text):
        assert start < end and not regex.search(r"[^\s\p{Z}\p{C}\p{M}\p{WB=Extend}]",
                                                text[ends[-1]:start])
        ends.append(end)
    assert not regex.search(r"[^\s\p{Z}\p{C}\p{M}\p{WB=Extend}]", text[ends[-1]:])
