"""Levels of commitment: language cases, planted commitments, layouts, the file of rules."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from small import SHIPPED, corpus_of, study_of

from analysis import commitment_rules, commitments, corpus
from analysis.safe_yaml import YamlFile

HERE = Path(__file__).parent
CASES = json.loads((HERE / "cases" / "commitments.json").read_text("utf-8"))
RULES = commitment_rules.default()
TEXT = (SHIPPED / commitment_rules.FILE).read_text("utf-8")


def test_cases_are_many_and_told_apart():
    assert len(CASES) >= 60
    assert len({(case["head"], case["text"]) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['label']}: {case['text'][:40]}")
def test_language_case(case, request):
    if "known_failure" in case:
        request.applymarker(pytest.mark.xfail(reason=case["known_failure"], strict=True))
    genre = case["genre"]
    head = commitment_rules.head_of(RULES, case["head"], genre=genre) if case["head"] else None
    assert commitment_rules.judge(RULES, case["text"], genre=genre, head=head).level == case["level"]


def test_the_study_ships_the_packages_rules():
    package = Path(commitment_rules.__file__).with_name(commitment_rules.FILE)
    assert package.read_text("utf-8") == TEXT


PLANTED = (
    "The border is long and the winter was cold.",
    "The parties note the work of the police.",
    "The parties are determined to act.",
    "The parties will open a centre in Dover.",
)
CUES = ("", "note", "are determined to", "will")


def test_planted_commitments_are_found_at_their_offsets():
    texts = corpus_of({"a": "\n\n".join(PLANTED), "b": "\n\n".join(reversed(PLANTED))})
    found = commitments.read(texts)
    assert found["level"].tolist() == [0, 1, 2, 3, 3, 2, 1, 0]
    assert found["cue"].tolist() == [*CUES, *reversed(CUES)]
    for row, text in zip(found.itertuples(), texts.units["text"], strict=True):
        assert text[row.cue_start:row.cue_end] == row.cue
    assert found["row"].tolist() == list(range(8))
    assert found["sentence_id"].tolist() == texts.units["sentence_id"].tolist()


def test_an_item_takes_its_heads_words_and_says_where_they_stand():
    texts = corpus_of(
        {"a": "The parties have decided:\n\n(i) to open a centre in Dover;\n\n"
              "(ii) to consider a joint helpline; and\n\n"
              "(iii) France will second ten officers.\n",
         "b": "Nothing was decided here.\n"}
    )
    found = commitments.read(texts)
    assert found["rule"].tolist()[:4] == [commitments.LIST_HEAD, "decided", "decided", "will"]
    assert found["level"].tolist() == [0, 3, 2, 3, 0]
    assert found["applicable"].tolist()[0] is False
    head = texts.units["text"].iloc[0]
    for row in found[found["from_head"]].itertuples():
        assert row.cue_sentence == texts.units["sentence_id"].iloc[0]
        assert head[row.cue_start:row.cue_end] == row.cue == "have decided:"


def test_another_language_is_withheld_with_a_notice():
    texts = corpus_of({"a": "Les parties ouvriront un centre.", "b": PLANTED[3]},
                      languages={"a": "fr"})
    found = commitments.read(texts)
    assert found["level"].isna().tolist() == [True, False]
    assert not found["applicable"].iloc[0] and found["rule"].iloc[0] == commitments.WITHHELD
    assert "Withheld for A 2010" in commitments.notice(texts)[0]
    assert commitments.notice(corpus_of({"a": PLANTED[3], "b": PLANTED[2]})) == []


def test_a_studys_own_rules_go_first():
    own = YamlFile(TEXT.replace("match: [will, shall]", "match: [zap]"), "commitments.yaml")
    study = replace(study_of({"a": "The parties zap a centre.", "b": PLANTED[3]}),
                    commitments=commitment_rules.parse(own))
    assert commitments.read(corpus.build(study))["level"].tolist() == [3, 0]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("language: en", "langage: en", "commitments.yaml, line 30, langage: unknown key; "
         "did you mean 'language'?"),
        ("    level: 3\n    grade: decision\n", "    level: 4\n    grade: decision\n",
         "rules[1].level: is '4'"),
        ("match: [will, shall]", "match: []", "rules[1].match: is empty"),
        ("match: [will, shall]", 'match: ["<nuon_will>"]',
         "rules[1].match[1]: unknown list 'nuon_will'; did you mean 'noun_will'?"),
        ("match: [will, shall]", 'match: ["~"]', "rules[1].match[1]: '~' has no word in it"),
        ("lets: [expressed_resolve]", "lets: [expresed_resolve]", "unknown rule"),
        ("  - id: will_not", "  - id: will", "2 rules are called 'will'"),
        ("  we: [we, they", "  we: [<we>, they", "unknown list 'we (it holds itself)'"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_faults_are_told_with_line_and_remedy(old, new, fault):
    assert old in TEXT
    file = YamlFile(TEXT.replace(old, new, 1), "commitments.yaml")
    assert commitment_rules.parse(file) is None
    assert any(fault in line and "line" in line for line in file.faults), file.faults


def test_reading_is_deterministic_and_pure():
    texts = corpus_of({"a": "\n\n".join(PLANTED), "b": PLANTED[1]})
    before = texts.units.copy()
    pd.testing.assert_frame_equal(commitments.read(texts), commitments.read(texts))
    pd.testing.assert_frame_equal(texts.units, before)
