"""The dictionary engine: globs, phrases, longest match first, exclusions, faults of the file."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import tokens
from analysis.dictionary import match, parse
from analysis.errors import BadStudy


def dictionary(**frames):
    return parse(
        {
            "version": "1",
            "citation": "test",
            "language": "en",
            "frames": {name: {"label": name, "terms": terms} for name, terms in frames.items()},
        },
        file="frames.yaml",
    )


def found(text, **frames):
    sentences = pd.DataFrame({"sentence_id": ["s:b1.s1"], "text": [text]})
    matches = match(dictionary(**frames), tokens.tokenise(sentences))
    return [(row.category, text[row.start:row.end]) for row in matches.itertuples()]


def test_globs_match_whole_words_and_possessives():
    text = "Smugglers, smuggling; the networks’ routes, Europe's border. Unsmuggled."
    assert found(text, a=["smuggl*", "network?", "europe"]) == [
        ("a", "Smugglers"), ("a", "smuggling"), ("a", "networks"), ("a", "Europe's"),
    ]


def test_longest_match_wins_and_a_word_counts_once():
    assert found("organised crime groups", a=["crime", "organised crime", "crime group*"]) == [
        ("a", "organised crime"),
    ]


def test_a_word_may_count_in_two_categories():
    assert found("detection dogs", a=["detection"], b=["detection dogs"]) == [
        ("a", "detection"), ("b", "detection dogs"),
    ]


def test_a_star_stands_for_a_whole_word_in_a_phrase():
    assert found("risk to their lives", a=["risk to * lives"]) == [("a", "risk to their lives")]


def test_phrases_do_not_cross_sentences():
    sentences = pd.DataFrame({"sentence_id": ["s:b1.s1", "s:b1.s2"],
                              "text": ["Organised", "crime."]})
    assert match(dictionary(a=["organised crime"]), tokens.tokenise(sentences)).empty


def test_exclusions_take_back_only_what_overlaps():
    text = "Law enforcement upholds the law."
    assert found(text, a=[{"match": "law", "unless": ["law enforcement"]}]) == [("a", "law")]


def test_folding_lets_one_term_find_every_spelling():
    sentences = pd.DataFrame({"sentence_id": ["s:b1.s1"],
                              "text": ["Co-operation and cooperation to organize."]})
    words = tokens.tokenise(sentences)
    words = tokens.fold(words, tokens.spelling_variants(words))
    matches = match(dictionary(a=["cooperat*", "organise"]), words)
    assert len(matches) == 3


@given(st.lists(st.sampled_from(["law", "crime", "organised", "the", "x"]), max_size=30))
def test_no_word_is_counted_twice_within_a_category(parts):
    text = " ".join(parts)
    spans = [
        (row.start, row.end)
        for row in match(
            dictionary(a=["law", "organised crime", "crime", "the law", "crime *"]),
            tokens.tokenise(pd.DataFrame({"sentence_id": ["s:b1.s1"], "text": [text]})),
        ).itertuples()
    ]
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False))


def test_the_order_of_terms_does_not_matter():
    terms = ["crime", "organised crime", "crime group*", "group*"]
    text = "organised crime groups and crime group"
    assert found(text, a=terms) == found(text, a=terms[::-1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": {}}, "'frames' must map"),
        ({"frames": None}, "'frames' must map"),
        ({"frames": {"a": {"terms": "law"}}}, "frames.a: needs"),
        ({"frames": {"a": {"terms": ["law", "law"]}}}, "'law' stands twice"),
        ({"frames": {"a": {"terms": ["!!"]}}}, "has no word in it"),
        ({"frames": {"a": {"terms": [7]}}}, "term 1 must be a phrase"),
        ({"frames": {"a": {"terms": [{"match": "x", "les": 1}]}}}, "unknown key 'les'"),
        ({"frames": {"a": {"terms": ["x"], "colour": 1}}}, "unknown key 'colour'"),
        ({"colour": 1}, "unknown key 'colour'"),
        ({"developed_on": "a"}, "'developed_on' must list"),
    ],
)
def test_faults_of_the_file(change, message):
    data = {"version": "1", "citation": "t", "language": "en",
            "frames": {"a": {"terms": ["law"]}}, **change}
    with pytest.raises(BadStudy, match=message):
        parse(data, file="frames.yaml")
