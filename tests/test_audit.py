"""The audit: what hangs on a term, which words count twice, sentences with their words marked."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small import corpus_of, paragraphs, study_of

from analysis import audit, corpus, frame_passes, framing
from analysis.dictionary import parse

TEXTS = {
    "one": paragraphs([
        "smugglers and criminal gangs met", "smugglers again", "gangs at the border", "nothing"]),
    "two": paragraphs(["criminal smugglers", "the border police", "nothing", "nothing more"]),
}
FRAMES = {
    "crime": ["smuggl*", "criminal gang*", "gang*", "criminal", "mafia*"],
    "border": ["border", {"match": "gang* ~2 border", "comment": "planted double count"}],
}


def dictionary(frames=FRAMES, language="en"):
    return parse(
        {"version": "1", "citation": "t", "language": language,
         "frames": {name: {"label": name.title(), "terms": own} for name, own in frames.items()}},
        file="frames.yaml",
    )


@pytest.fixture(scope="module")
def texts():
    study = replace(study_of(TEXTS), frames=dictionary())
    return corpus.build(study)


@pytest.fixture(scope="module")
def found(texts):
    own = dictionary()
    return (own, framing.frame_matches(texts, own),
            framing.frame_matches(texts, own, nested=True))


def shares(texts, own):
    """(frame, statement) → share of sentences, counted without the package's own functions."""
    matches = framing.frame_matches(texts, own)
    statement = texts.units["statement_id"].to_numpy()
    return {
        (category.id, name): np.isin(
            np.flatnonzero(statement == name),
            matches.loc[matches["category"] == category.id, "row"].to_numpy(int),
        ).mean()
        for category in own.categories for name in TEXTS
    }


def test_the_fall_is_what_matching_again_without_the_term_gives(texts, found):
    """Independent: the dictionary is written without the term and matched again."""
    own, matches, nested = found
    table = audit.term_audit(texts, own, matches, nested)
    before = shares(texts, own)
    for row in table.itertuples():
        frame = row.frame.lower()
        less = {name: [t for t in terms if (t["match"] if isinstance(t, dict) else t) != row.term
                       or name != frame] for name, terms in FRAMES.items()}
        after = shares(texts, dictionary(less))
        falls = {name: before[frame, name] - after[frame, name] for name in TEXTS}
        assert row.loss == pytest.approx(max(falls.values()))
        assert row.only == pytest.approx(sum(4 * fall for fall in falls.values()))


def test_known_contributions(texts, found):
    own, matches, nested = found
    table = audit.term_audit(texts, own, matches, nested).set_index("term")
    # Sentence 2 of "one" has smugglers only, sentence 3 gangs only; "criminal smugglers" has two.
    assert table.loc["smuggl*", ["only", "n_sentences"]].tolist() == [1, 3]
    assert table.loc["gang*", "only"] == 1 and table.loc["criminal", "only"] == 0
    assert table.loc["smuggl*", "loss"] == 0.25
    assert "mafia*" not in table.index
    assert audit.never_matching(own, nested)["terms"].tolist() == ["mafia*"]


def test_words_of_two_frames(texts, found):
    own, matches, _ = found
    table = audit.double_counts(texts, own, matches)
    assert table[["first", "second", "n_sentences", "share", "words"]].values.tolist() == [
        ["Crime", "Border", 1, 1.0, "gang* / gang* ~2 border (1)"]]


def test_overview_adds_up(texts, found):
    own, _, nested = found
    table = audit.dictionary_overview(texts, own, nested).set_index("frame")
    assert table.loc["Crime", ["terms", "matching", "sentences"]].tolist() == [5, 4, 4]
    assert table.loc["Crime", "leading"] == "smuggl*"
    assert table.loc["Crime", "alone"] == 0.5


def test_examples_are_marked_and_drawn_by_their_seed(texts, found):
    own, matches, _ = found
    table = audit.example_sentences(texts, own, matches, seed=1)
    assert set(zip(table["frame"], table["statement"])) == {
        ("Crime", "ONE 2010"), ("Crime", "TWO 2011"),
        ("Border", "ONE 2010"), ("Border", "TWO 2011")}
    for row in table.itertuples():
        assert len(row.sentence) >= 3 and row.sentence[1]
    again = audit.example_sentences(texts, own, matches, seed=1)
    pd.testing.assert_frame_equal(table, again)


def test_marked_sentences_hold_the_text_unchanged(texts, found):
    _, matches, _ = found
    text = dict(zip(texts.units["sentence_id"], texts.units["text"]))
    for identifier, pieces in audit.marked_sentences(texts, matches).items():
        assert "".join(pieces) == text[identifier]


def test_a_study_without_a_dictionary_has_an_empty_audit():
    texts = corpus.build(replace(study_of(TEXTS), frames=None))
    own = framing.dictionary_of(texts)
    matches = framing.frame_matches(texts, own)
    overview = audit.dictionary_overview(texts, own, matches)
    terms = audit.term_audit(texts, own, matches, matches)
    double = audit.double_counts(texts, own, matches)
    assert overview.empty and terms.empty and double.empty
    assert audit.never_matching(own, matches).empty
    assert audit.example_sentences(texts, own, matches, seed=1).empty
    assert "No term" in audit.audit_reading(overview, terms, double)[0]


def test_frames_are_withheld_where_the_dictionary_speaks_another_language():
    texts = corpus.build(replace(
        study_of({**TEXTS, "trois": paragraphs(["les criminal gangs", "rien"])},
                 languages={"trois": "fr", "two": "en-GB"}),
        frames=dictionary()))
    own = framing.dictionary_of(texts)
    matches = framing.frame_matches(texts, own)
    statement = texts.units["statement_id"].to_numpy()
    assert set(statement[matches["row"].to_numpy(int)]) == {"one", "two"}
    assert framing.withheld(texts) == {
        "trois": "the dictionary of frames is in en, the text in fr"}
    notice = framing.language_notice(texts)
    assert notice[0] == (
        "Frames are withheld for TROIS 2012: the dictionary of frames is in en, the text in fr.")
    assert all(category.label in notice[1] for category in own.categories)
    shares = framing.frame_shares(texts, own, matches, seed=1, n_boot=200)
    assert set(shares["statement"]) == {"ONE 2010", "TWO 2011"}
    share = framing.frame_share(texts, matches, frame="crime", statement="trois", seed=1,
                                n_boot=200)
    assert np.isnan(share.interval.estimate) and "text in fr" in share.why_no_interval


def test_a_dictionary_that_names_no_language_is_tried_on_every_text():
    texts = corpus_of(TEXTS, languages={"two": "nl"})
    own = replace(dictionary(), language="")
    texts = replace(texts, study=replace(texts.study, frames=own))
    assert framing.withheld(texts) == {}


def test_matches_do_not_depend_on_how_many_sentences_are_read_at_once(
    texts, found, monkeypatch, tmp_path
):
    own, matches, nested = found
    monkeypatch.setattr(frame_passes, "AT_ONCE", 3)
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path))
    pd.testing.assert_frame_equal(framing.frame_matches(texts, own), matches)
    pd.testing.assert_frame_equal(framing.frame_matches(texts, own, nested=True), nested)
