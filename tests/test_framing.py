"""Shares of frames: recounted unit by unit, and what is said of them."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from planted import write_planted
from small import SHIPPED, corpus_of

from analysis import corpus, framing, tokens
from analysis.dictionary import Dictionary, match, parse
from analysis.inference import generator, share_interval
from analysis.study import load_study


@pytest.fixture(scope="module")
def texts():
    return corpus.build(load_study(SHIPPED))


@pytest.fixture(scope="module")
def found(texts):
    dictionary = framing.dictionary_of(texts)
    matches = framing.frame_matches(texts, dictionary)
    return dictionary, matches, framing.frame_shares(texts, dictionary, matches, seed=1, n_boot=200)


def test_shares_unit_by_unit(texts, found):
    dictionary, matches, table = found
    assert len(table) == len(dictionary.categories) * len(texts.labels)
    ids = {label: identifier for identifier, label in texts.labels.items()}
    frames = {category.label: category.id for category in dictionary.categories}
    units = texts.units.to_dict("records")
    rows = matches.to_dict("records")
    for row in table.to_dict("records"):
        own = [n for n, unit in enumerate(units) if unit["statement_id"] == ids[row["statement"]]]
        hits = [m["row"] for m in rows if m["category"] == frames[row["frame"]] and m["row"] in set(own)]
        held = [n for n in own if n in set(hits)]
        words = sum(units[n]["words"] for n in own)
        assert (row["n_hits"], row["n_units"]) == (len(held), len(own))
        assert row["share"] == pytest.approx(len(held) / len(own))
        assert row["per_1000"] == pytest.approx(1000 * len(hits) / words)
        assert list(row["evidence"]) == [units[n]["sentence_id"] for n in held]
        if row["why_no_interval"]:
            assert math.isnan(row["low"]) and math.isnan(row["design_effect"])
            continue
        blocks = sorted({units[n]["block"] for n in own})
        counts = np.array([[sum(units[n]["block"] == b for n in held) for b in blocks],
                           [sum(units[n]["block"] == b for n in own) for b in blocks]])
        interval, effect = share_interval(
            *counts, n_boot=200, rng=generator(1, frames[row["frame"]], ids[row["statement"]]))
        assert (row["low"], row["high"]) == (interval.low, interval.high)
        assert row["design_effect"] == pytest.approx(effect, nan_ok=True)


@pytest.mark.parametrize("unit", ["sentence", "block"])
@pytest.mark.parametrize("weighting", ["equal", "words"])
def test_a_share_by_sentences_or_blocks_each_counting_one_or_its_words(texts, found, unit, weighting):
    _, matches, _ = found
    statement = next(iter(texts.labels))
    own = texts.units[texts.units["statement_id"] == statement]
    hit = own.index.isin(matches[matches["category"] == "crime"]["row"])
    counted = pd.DataFrame({"block": own["block"], "words": own["words"], "hit": hit})
    if unit == "block":
        counted = counted.groupby("block").agg({"words": "sum", "hit": "any"})
    weight = counted["words"] if weighting == "words" else pd.Series(1, index=counted.index)
    share = framing.frame_share(
        texts, matches, frame="crime", statement=statement, unit=unit, unit_weighting=weighting,
        seed=1, n_boot=200)
    assert share.interval.estimate == pytest.approx((weight * counted["hit"]).sum() / weight.sum())
    assert share.units == len(counted)
    assert share.evidence == own["sentence_id"][hit].tolist()
    shape = framing.block_layouts(texts).set_index("statement").loc[texts.labels[statement]]
    assert share.layout.blocks == shape["blocks"] and share.why_no_interval == shape["why_no_interval"]


def test_layouts_by_hand(texts):
    table = framing.block_layouts(texts).set_index("statement")
    for statement, label in texts.labels.items():
        own = texts.units[texts.units["statement_id"] == statement]
        words = own.groupby("block")["words"].sum()
        row = table.loc[label]
        assert (row["sentences"], row["words"]) == (len(own), words.sum())
        assert row["blocks"] == (words > 0).sum()
        assert row["effective_blocks"] == pytest.approx(words.sum() ** 2 / (words**2).sum())
        assert row["largest_block"] == pytest.approx(words.max() / words.sum())


def test_matches_stand_in_the_order_of_the_dictionary(found):
    dictionary, matches, _ = found
    assert list(dict.fromkeys(matches["category"])) == [
        c.id for c in dictionary.categories if c.id in set(matches["category"])]


@pytest.fixture()
def french(tmp_path):
    """Two statements in the dictionary's language, two in another."""
    planted = load_study(write_planted(
        tmp_path / "s", blocks=20, deterrence={"a-2015": 0.5, "c-2022": 0.5}))
    spoken = planted.statements.assign(language=["en", "en", "fr", "fr"])
    return corpus.build(replace(planted, statements=spoken))


def test_frames_of_another_language_are_withheld_and_it_is_said(french):
    reason = "the dictionary of frames is in en, the text in fr"
    assert framing.withheld(french) == {"c-2022": reason, "d-2024": reason}
    labels = french.labels
    assert framing.language_notice(french) == [
        f"Frames are withheld for {labels['c-2022']}, {labels['d-2024']}: {reason}.",
        "Without a dictionary in the texts' language: Deterrence, Crime.",
    ]
    dictionary = framing.dictionary_of(french)
    matches = framing.frame_matches(french, dictionary)
    table = framing.frame_shares(french, dictionary, matches, seed=1, n_boot=200)
    assert set(table["statement"]) == {labels["a-2015"], labels["b-2022"]}
    assert set(french.units["statement_id"].iloc[matches["row"]]) == {"a-2015"}
    share = framing.frame_share(
        french, matches, frame="deterrence", statement="c-2022", seed=1, n_boot=200)
    assert math.isnan(share.interval.estimate) and share.why_no_interval == reason


def test_nothing_is_withheld_where_languages_agree(texts):
    assert framing.withheld(texts) == {} and framing.language_notice(texts) == []


def shares(*rows) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["statement", "frame", "share", "n_hits", "low", "high",
                                        "why_no_interval"])
    return table


nan = math.nan
SHARES = shares(
    ("One", "A", 0.5, 5, 0.3, 0.7, ""), ("One", "B", 0.5, 5, 0.4, 0.6, ""), ("One", "C", 0, 0, nan, nan, ""),
    ("Two", "A", 0.1, 1, nan, nan, "few"), ("Two", "B", 0.4, 4, nan, nan, "few"),
    ("Two", "C", 0.2, 2, nan, nan, "few"),
    ("Three", "A", 0.9, 9, 0.8, 1.0, ""), ("Three", "B", 0, 0, 0.0, 0.1, ""), ("Three", "C", 0, 0, 0, 0.1, ""),
    ("Four", "A", 0, 0, nan, nan, "few"), ("Four", "B", 0, 0, nan, nan, "few"),
    ("Four", "C", 0, 0, nan, nan, "few"),
)


def test_titles_count_leaders_and_intervals():
    # "One" and "Four": the first declared of those that lead.
    assert framing.shares_title(SHARES) == "A is the most frequent frame in 3 of 4 texts"
    assert framing.intervals_title(SHARES) == (
        "5 of 12 shares have a 95 % interval; half of these are wider than 20 points")
    narrow = SHARES.assign(high=SHARES["low"] + 0.004)
    assert framing.intervals_title(narrow).endswith("wider than 0.4 points")
    wide = SHARES.assign(high=SHARES["low"] + 0.96)
    assert framing.intervals_title(wide).endswith("wider than 96 points")
    assert framing.intervals_title(SHARES[SHARES["statement"] == "Two"]) == (
        "No share has an interval: too little independent text")
    tie = shares(("Z", "A", 0.5, 5, nan, nan, ""), ("Z", "B", 0.1, 1, nan, nan, ""),
                 ("Y", "A", 0.1, 1, nan, nan, ""), ("Y", "B", 0.5, 5, nan, nan, ""))
    assert framing.shares_title(tie) == "A is the most frequent frame in 1 of 2 texts"
    none = SHARES.iloc[:0]
    assert framing.shares_title(none) == framing.intervals_title(none) == framing.NO_DICTIONARY
    assert framing.shares_reading(none) == [framing.NO_DICTIONARY]


def test_each_text_is_told_with_its_three_most_frequent_frames():
    assert framing.shares_reading(SHARES) == [
        "One: A (50 %), B (50 %). Never found: C.",
        "Two: B (40 %), C (20 %), A (10 %).",
        "Three: A (90 %). Never found: B, C.",
        "Four: no word of any frame.",
        "No interval is given for Two, Four: too little independent text (insufficient evidence). "
        "The share itself is what the dictionary counted.",
    ]
    more = pd.concat([SHARES, shares(("One", "D", 0.1, 1, 0, 0.2, ""))])
    assert framing.shares_reading(more)[0] == "One: A (50 %), B (50 %), D (10 %). Never found: C."
    four = shares(*[("One", frame, 0.1, 1, 0, 0.2, "") for frame in "ABCD"])
    assert framing.shares_reading(four) == ["One: A (10 %), B (10 %), C (10 %)."]


@pytest.mark.parametrize("extra", [0, 1])
def test_of_more_than_twenty_texts_the_leaders_are_counted(extra):
    rows = [(f"T{n}", frame, share, 1, nan, nan, "few" if n == 3 else "")
            for n in range(20 + extra)
            for frame, share in (("A", 0.2), ("B", 0.3 if n < 5 else 0.1), ("C", 0.1))]
    said = framing.shares_reading(shares(*rows))
    leads = {n: "DCBA"[min(n // 2, 3)] for n in range(20 + extra)}
    four = shares(*[(f"T{n}", frame, 0.2 + (leads[n] == frame), 1, nan, nan, "")
                    for n in leads for frame in "ABCD"])
    if extra:
        assert framing.shares_reading(four) == ["Most frequent, of 21 texts: A in 15, D in 2, C in 2."]
    if not extra:
        assert len(said) == 21 and said[-1].startswith("No interval is given for T3:")
    else:
        assert said[0] == "Most frequent, of 21 texts: A in 16, B in 5."
        assert said[1].startswith("No interval is given for 1 texts:")


def test_a_study_without_a_dictionary_has_no_frames(tmp_path):
    study = write_planted(tmp_path / "s", blocks=5, deterrence={})
    (study / "frames.yaml").unlink()
    bare = corpus.build(load_study(study))
    dictionary = framing.dictionary_of(bare)
    assert dictionary == Dictionary("", "", "", (), ())
    matches = framing.frame_matches(bare, dictionary)
    assert matches.empty
    assert framing.frame_shares(bare, dictionary, matches, seed=1, n_boot=200).empty


def test_matches_are_those_of_all_words_folded_at_once(texts, found):
    dictionary, matches, _ = found
    words = tokens.tokenise(texts.units[["sentence_id", "text"]])
    folded = tokens.fold(words, tokens.spelling_variants(words))
    keys = ["category", "row", "start", "end", "term"]

    def same(ours, others):
        ours, others = (t[keys].sort_values(keys).to_numpy().tolist() for t in (ours, others))
        return ours == others

    assert same(matches, match(dictionary, folded))
    assert same(framing.frame_matches(texts, dictionary, fold=False), match(dictionary, words))
    nested = framing.frame_matches(texts, dictionary, nested=True)
    assert same(nested, match(dictionary, folded, nested=True)) and len(nested) > len(matches)


def test_spellings_are_folded_unless_it_is_asked_otherwise():
    """A term of the standard spelling finds the variant."""
    texts = corpus_of({"a": "We fight organized crime, the organizers and the organisers.\n"})
    own = parse({"version": "1", "citation": "", "language": "en", "frames": {
        "f": {"label": "F", "terms": ["organis*"]}}}, file="frames.yaml")
    assert len(framing.frame_matches(texts, own)) == 3
    assert len(framing.frame_matches(texts, own, fold=False)) == 1


def test_a_statement_of_few_sentences_has_a_share():
    texts = corpus_of({"a": "The smugglers were arrested.\n", "b": "The ministers met.\n",
                       "c": "The smugglers fled. The ministers met. They agreed. They left.\n"})
    own = parse({"version": "1", "citation": "", "language": "en", "frames": {
        "crime": {"label": "F", "terms": ["smuggl*"]}}}, file="frames.yaml")
    matches = framing.frame_matches(texts, own)
    for statement, share in (("a", 1.0), ("b", 0.0), ("c", 0.25)):
        found = framing.frame_share(
            texts, matches, frame="crime", statement=statement, seed=1, n_boot=200)
        assert found.interval.estimate == share and math.isnan(found.interval.low)
