"""Frames in chunks: the same matches however sentences are parted, and whoever looks for them."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import SHIPPED

from analysis import corpus, frame_passes, framing, workers
from analysis.study import load_study

HOW = {"include_boilerplate": False, "include_headings": False, "fold_spelling": True}


@pytest.fixture(scope="module")
def texts():
    return corpus.load(str(SHIPPED))


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("fold", [False, True])
def test_matches_do_not_depend_on_chunks(texts, fold, nested, monkeypatch, tmp_path):
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path))
    frames = framing.dictionary_of(texts)
    expected = framing.frame_matches(texts, frames, fold=fold, nested=nested)
    monkeypatch.setattr(frame_passes, "AT_ONCE", 61)
    for _ in ("computed", "kept"):
        found = framing.frame_matches(texts, frames, fold=fold, nested=nested)
        pd.testing.assert_frame_equal(found, expected)
    assert len(list(tmp_path.iterdir())) >= (1 + fold) * len(texts.units) // 61


def test_what_was_prepared_is_not_made_again(texts, monkeypatch, tmp_path):
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path))
    frames = framing.dictionary_of(texts)
    expected = framing.frame_matches(texts, frames)
    monkeypatch.setattr(frame_passes, "AT_ONCE", 200)
    told = []
    frame_passes.prepare(
        load_study(SHIPPED), **HOW, on_chunk=lambda done, of: told.append((done, of)))
    assert told[-1][0] == told[-1][1] == 2 * -(-len(texts.units) // 200)

    asked = []
    real = workers.done

    def counted(function, tasks, **how):
        asked.append(len(tasks))
        return real(function, tasks, **how)

    monkeypatch.setattr(workers, "done", counted)
    pd.testing.assert_frame_equal(framing.frame_matches(texts, frames), expected)
    assert asked == [0, 0]
    # Another dictionary, or unfolded words, are other work.
    framing.frame_matches(texts, frames, fold=False)
    assert asked[-1] == -(-len(texts.units) // 200)


@settings(max_examples=40)
@given(st.lists(st.text(max_size=6), max_size=12), st.integers(1, 5), st.integers(1, 5))
def test_sentences_come_back_in_order(texts, at_once, added):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame_passes, "AT_ONCE", at_once)
        held = frame_passes.Sentences()
        for start in range(0, len(texts), added):
            held.add(texts[start:start + added], [True] * len(texts[start:start + added]))
        chunks = list(held.chunks())
    assert all(len(own) == len(read) <= at_once for own, read in chunks)
    assert [t for own, _ in chunks for t in own] == [t.replace("\n", " ") for t in texts]
