"""Tokens with offsets, and the visible folding of spelling variants."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import tokens, word_arrays


def table(*texts):
    return pd.DataFrame({"sentence_id": [f"s:b1.s{i}" for i in range(1, len(texts) + 1)],
                         "text": list(texts)})


def words(*texts):
    return tokens.tokenise(table(*texts))["token"].tolist()


def test_words_with_apostrophes_hyphens_and_accents():
    assert words("Migrants’ networks’ don't co-operate: Gérald, l’Intérieur 24/7 €5m") == [
        "migrants", "networks", "don't", "co-operate", "gérald", "l’intérieur", "m",
    ]


@given(st.text())
def test_offsets_give_the_token_back(text):
    for row in tokens.tokenise(table(text)).itertuples():
        assert text[row.start:row.end].lower() == row.token


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_ascii_tokens_equal_the_peers_rule(text):
    peers = re.findall(r"[A-Za-z]+(?:['’-][A-Za-z]+)*", text.lower())
    assert words(text) == peers


def test_variants_are_folded_and_listed_with_their_rule():
    found = tokens.tokenise(table(
        "Cooperation and co-operation, organize and organised; analyzed, seized, capsized.",
        "A third-country national; a neighbour, a neighbor; result-driven.",
    ))
    variants = tokens.spelling_variants(found)
    mapping = dict(zip(variants["variant"], variants["folded"], strict=True))
    assert mapping == {
        "co-operation": "cooperation",
        "organize": "organise",
        "analyzed": "analysed",
        "neighbor": "neighbour",
    }
    folded = tokens.fold(found, variants)["token"].tolist()
    assert folded.count("cooperation") == 2 and "seized" in folded and "capsized" in folded
    row = variants[variants["variant"] == "co-operation"].iloc[0]
    assert (row["n_variant"], row["n_folded"], row["evidence"]) == (1, 1, ["s:b1.s1"])


def test_a_hyphen_is_folded_only_if_the_joined_word_occurs():
    alone = tokens.spelling_variants(tokens.tokenise(table("A cross-border problem.")))
    assert alone.empty
    both = tokens.spelling_variants(tokens.tokenise(table("On-line and online.")))
    assert both["folded"].tolist() == ["online"]


def test_folding_is_idempotent():
    found = tokens.tokenise(table("Organizations co-operate, cooperate, realize, on-line, online"))
    once = tokens.fold(found, tokens.spelling_variants(found))
    again = tokens.fold(once, tokens.spelling_variants(once))
    assert once["token"].tolist() == again["token"].tolist()


def test_exceptions_are_sorted_out_by_every_rule():
    rules = tokens.spelling_rules()
    for word in rules["exceptions"]:
        assert tokens.spelling_variants(tokens.tokenise(table(word))).empty


# Letters whose lower case is longer, depends on what follows, or is a Latin letter; joiners; long
# words; whatever hypothesis thinks of besides.
ODD = st.text(alphabet=st.sampled_from("abAB éÉßẞİΣσςKÅµ²½٣_-'’‐‑.\n日𝒜\u0301")) | st.text() | st.just(
    "Donaudampfschifffahrtsgesellschaftskapitän"
)


@given(st.lists(ODD), st.integers(1, 40))
def test_words_read_off_arrays_are_those_of_the_pattern(texts, at_once):
    expected = [
        (match.group().lower(), row, match.start(), match.end())
        for row, text in enumerate(texts) for match in word_arrays.WORD.finditer(text)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_arrays, "_AT_ONCE", at_once)
        found = word_arrays.read_words(texts)
    forms = [found.types[number] for number in found.type]
    columns = (forms, found.text.tolist(), found.start.tolist(), found.end.tolist())
    assert list(zip(*columns, strict=True)) == expected
    assert len(set(found.types)) == len(found.types)
    assert word_arrays.count_words(texts).tolist() == [
        len(word_arrays.WORD.findall(text)) for text in texts
    ]


@pytest.mark.parametrize("text", [
    "L’accord qu'elle signe aujourd'hui, jusqu’à l’été d’aujourd’hui.",
    "S'il n'a rien, c’est l'État d'une autre d'aujourd'hui", "l' d’ l'été", "rien",
])
def test_elided_words_are_written_where_they_say(text):
    """Law: a token is what stands at its offsets; offsets go up and do not overlap."""
    found = tokens.tokenise(table(text, text).assign(language="fr"))
    assert list(found) == ["sentence_id", "row", "token", "start", "end", "language"]
    assert found.index.tolist() == list(range(len(found)))
    for row in found.itertuples():
        assert text[row.start:row.end].lower() == row.token
    one = found[found["row"] == 0]
    assert (one["start"].to_numpy()[1:] >= one["end"].to_numpy()[:-1]).all()
    assert one["token"].tolist() == found[found["row"] == 1]["token"].tolist()


def test_only_the_first_apostrophe_parts_a_word():
    found = tokens.tokenise(table("d’aujourd’hui").assign(language="fr"))
    assert found["token"].tolist() == ["d", "aujourd’hui"]
    assert found[["start", "end"]].to_numpy().tolist() == [[0, 1], [2, 13]]


def test_variants_are_counted_and_the_most_frequent_come_first():
    found = tokens.spelling_variants(tokens.tokenise(table(
        "On-line, on-line and online.", "Organization, organization, organization.",
        "Realize; on-line."
    )))
    assert found[["variant", "folded", "n_variant", "n_folded"]].to_numpy().tolist() == [
        ["on-line", "online", 3, 1], ["organization", "organisation", 3, 0],
        ["realize", "realise", 1, 0],
    ]
    assert [list(own) for own in found["evidence"]] == [
        ["s:b1.s1", "s:b1.s3"], ["s:b1.s2"], ["s:b1.s3"]]


def test_parts_keep_the_place_of_their_word():
    found = tokens.parts(tokens.tokenise(table("A cross-border smuggler's state-of-the-art boat")))
    assert found["token"].tolist() == [
        "a", "cross", "border", "smuggler", "state", "of", "the", "art", "boat"]
    assert list(found) == ["sentence_id", "row", "token", "start", "end", "language"]
    assert found["start"].tolist() == [0, 2, 2, 15, 26, 26, 26, 26, 43]
    assert found.index.tolist() == list(range(9))
