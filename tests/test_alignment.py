"""Runs and passages: peers' scores, slow versions, planted passages, laws."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import alignment

PEERS = Path(__file__).parent / "peers"

#: The peers' short names → files of tokens.
FILES = {
    "2015-uk-fr": "uk-fr-2015-08-20",
    "2022-uk-fr": "uk-fr-2022-11-14",
    "2022-calais": "calais-group-2022-12",
    "2024-calais": "calais-group-2024-03-04",
    "2023-statewatch": "statewatch-2023-10",
}


@pytest.fixture(scope="module")
def peers():
    return json.loads((PEERS / "reuse_calais_2022_2024.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def numbers():
    texts = {
        name: (PEERS / "tokens" / f"{file}.txt").read_text("utf-8").split()
        for name, file in FILES.items()
    }
    place = {word: i for i, word in enumerate(sorted({w for t in texts.values() for w in t}))}
    return {name: np.array([place[word] for word in text]) for name, text in texts.items()}


def test_scores_of_all_pairs_are_the_peers(peers, numbers):
    known = peers["biopython_local_scores_all_pairs"]
    assert len(known) == 10
    for pair, score in known.items():
        a, b = (numbers[name] for name in pair.split("|"))
        assert alignment.smith_waterman(a, b) == alignment.smith_waterman(b, a) == score


def test_alignments_one_after_the_other_are_the_peers(peers, numbers):
    """The best alignment, both its spans masked, the next best and so on: ten scores."""
    a, b = (numbers[name].copy() for name in peers["pair"])
    known = peers["biopython_local_masked"]["top10"]
    for entry in known:
        places = alignment.best_alignment(a, b)
        assert alignment.smith_waterman(a, b) == entry["score"]
        assert len(places) == entry["matched_tokens"]
        (x, y), (x_end, y_end) = places[0], places[-1] + 1
        assert ([x, x_end], [y, y_end]) == (entry["a"], entry["b"])
        a[x:x_end], b[y:y_end] = 10_000, 20_000


def slow_score(a: list[int], b: list[int]) -> int:
    """Smith and Waterman's recursion, cell by cell."""
    above, best = [0] * (len(b) + 1), 0
    for word in a:
        row = [0]
        for j, other in enumerate(b, start=1):
            row.append(max(0, above[j - 1] + (2 if word == other else -1), above[j] - 1,
                           row[-1] - 1))
        above, best = row, max(best, *row)
    return best


short = st.lists(st.integers(0, 4), max_size=14)


@settings(deadline=None)
@given(short, short)
def test_score_equals_the_slow_version(a, b):
    x, y = np.array(a, dtype=int), np.array(b, dtype=int)
    assert alignment.smith_waterman(x, y) == slow_score(a, b)
    places = alignment.best_alignment(x, y)
    assert (x[places[:, 0]] == y[places[:, 1]]).all()
    assert (alignment.Passage(places, 0).score if len(places) else 0) == slow_score(a, b)


def stream(texts: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Tokens of all texts in a row, and the text of each."""
    words = np.array([word for text in texts for word in text], dtype=int)
    return words, np.repeat(np.arange(len(texts)), [len(text) for text in texts])


# --- frequent windows -----------------------------------------------------------------------

few = st.lists(st.lists(st.integers(0, 1), max_size=12), min_size=2, max_size=4)


@settings(deadline=None)
@given(few, st.integers(2, 3), st.integers(2, 6))
def test_a_limit_hides_only_runs_of_nothing_but_formulas(texts, min_run, most):
    words, owner = stream(texts)
    everything = {
        tuple(run) for run in alignment.exact_runs(words, owner, owner, min_run=min_run)
    }
    limited = [
        tuple(run)
        for run in alignment.exact_runs(words, owner, owner, min_run=min_run, most_places=most)
    ]
    windows = {}
    for place in range(len(words) - min_run + 1):
        if owner[place] == owner[place + min_run - 1]:
            windows.setdefault(tuple(words[place:place + min_run]), []).append(place)
    rare = {place for places in windows.values() if len(places) <= most for place in places}
    wanted = {
        (a, b, length) for a, b, length in everything
        if rare & set(range(a, a + length - min_run + 1))
    }
    assert len(limited) == len(set(limited)) and set(limited) == wanted
    too_many = sum(len(places) > most for places in windows.values())
    assert too_many == alignment.frequent_windows(
        words, owner, min_run=min_run, most_places=most
    )


# --- planted passages -----------------------------------------------------------------------


def zipf(rng: np.random.Generator, size: int, vocabulary: int = 3000) -> np.ndarray:
    """Words as frequent as words are: the second half as often as the first, and so on."""
    weights = 1 / np.arange(1, vocabulary + 1)
    return rng.choice(vocabulary, size=size, p=weights / weights.sum())


def edited(rng: np.random.Generator, passage: np.ndarray, share: float) -> np.ndarray:
    """A passage in which this share of the words is replaced, left out or followed by another."""
    out: list[int] = []
    for word in passage:
        way = rng.integers(3) if rng.random() < share else -1
        if way != 1:
            out.append(int(zipf(rng, 1)[0]) if way == 0 else int(word))
        if way == 2:
            out.append(int(zipf(rng, 1)[0]))
    return np.array(out, dtype=int)


def plant(
    seed: int, *, share: float, lengths: tuple[int, int], passages: int = 15, size: int = 1500
) -> tuple[np.ndarray, np.ndarray, list[tuple[range, range]]]:
    """Two texts, the later with passages of the earlier in another order; and where they are."""
    rng = np.random.default_rng(seed)
    earlier, later = zipf(rng, size), zipf(rng, size)
    starts = rng.choice(size // 50, passages, replace=False) * 50
    cuts = np.sort(rng.choice(size, passages, replace=False))
    pieces, truth, length = [], [], 0
    for start, piece in zip(starts, np.split(later, cuts)[:-1], strict=True):
        source = range(start, start + int(rng.integers(*lengths)))
        copy = edited(rng, earlier[source.start:source.stop], share)
        place = length + len(piece)
        pieces += [piece, copy]
        truth.append((source, range(place, place + len(copy))))
        length = place + len(copy)
    return earlier, np.concatenate([*pieces, later[cuts[-1]:]]), truth


def recall_and_precision(worlds) -> tuple[float, float]:
    """By words of the later text; a word counts as found only if its source was found, too."""
    hit = planted = listed = 0
    for earlier, later, truth in worlds:
        words, owner = stream([earlier, later])
        found, right = set(), set()
        for passage in alignment.passages(words, owner, min_run=5):
            x, y = passage.sides
            own = set(range(y.start - len(earlier), y.stop - len(earlier)))
            found |= own
            for source, place in truth:
                if source.start < x.stop and x.start < source.stop:
                    right |= own & set(place)
        hit, listed = hit + len(right), listed + len(found)
        planted += sum(len(place) for _, place in truth)
    return hit / planted, hit / listed


@pytest.mark.parametrize("lengths", [(12, 13), (12, 45)])
@pytest.mark.parametrize(("share", "least"), [(0, 0.95), (0.1, 0.85)])
def test_planted_passages_are_found_and_nothing_else(share, least, lengths):
    worlds = [plant(seed, share=share, lengths=lengths) for seed in range(6)]
    recall, precision = recall_and_precision(worlds)
    assert recall >= least and precision >= max(least, 0.95)
    if not share:
        assert recall == 1


def test_a_lightly_edited_passage_is_one_passage():
    rng = np.random.default_rng(3)
    source = zipf(rng, 60)
    copy = np.delete(source, [20, 41])
    copy[[9, 30]] = 5000
    earlier = np.concatenate([zipf(rng, 300), source, zipf(rng, 300)])
    later = np.concatenate([zipf(rng, 300), copy, zipf(rng, 300)])
    words, owner = stream([earlier, later])
    (passage,) = alignment.passages(words, owner, min_run=5)
    assert passage.sides == (slice(300, 360), slice(960, 1018))
    assert (passage.equal, passage.columns) == (56, 60)
    assert passage.score == 2 * 56 - 4


def test_two_passages_far_apart_are_two():
    rng = np.random.default_rng(4)
    first, second = zipf(rng, 20), zipf(rng, 20)
    words, owner = stream([
        np.concatenate([first, zipf(rng, 60), second]),
        np.concatenate([first, zipf(rng, 60), second]),
    ])
    assert len(alignment.passages(words, owner, min_run=5)) == 2


def test_unrelated_texts_share_nothing():
    rng = np.random.default_rng(5)
    words, owner = stream([zipf(rng, 3000) for _ in range(4)])
    assert alignment.passages(words, owner, min_run=5) == []


# --- laws -----------------------------------------------------------------------------------

PHRASES = [
    list(range(0, 9)), list(range(20, 26)), [0, 1, 2, 3, 4, 30, 6, 7, 8], list(range(40, 53)),
    [20, 21, 22, 23, 24, 25, 60, 61], [70], [71, 72], [0], [40, 41, 42, 43, 44, 46, 47, 48],
]
made = st.lists(st.sampled_from(PHRASES), max_size=7).map(lambda parts: sum(parts, []))


@settings(deadline=None)
@given(st.lists(made, min_size=2, max_size=3))
def test_passages_are_places_of_equal_words_within_two_texts(texts):
    words, owner = stream(texts)
    found = alignment.passages(words, owner, min_run=5, max_expected=np.inf)
    for passage in found:
        places = passage.places
        assert (words[places[:, 0]] == words[places[:, 1]]).all()
        assert (np.diff(places, axis=0) > 0).all()
        a, b = passage.sides
        assert len(set(owner[a])) == len(set(owner[b])) == 1 and owner[a][0] < owner[b][0]
        assert 5 <= passage.equal <= passage.columns
        assert passage.score == 2 * passage.equal - (passage.columns - passage.equal)
        assert passage.score <= alignment.smith_waterman(words[a], words[b])
    for i, passage in enumerate(found):
        for other in found[:i]:
            apart = [
                one.stop <= two.start or two.stop <= one.start
                for one, two in zip(passage.sides, other.sides, strict=True)
            ]
            assert any(apart)
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)


def as_sets(texts: list[list[int]], order: list[int]) -> set:
    """Passages by the texts' own numbers and their places there, whatever their order."""
    words, owner = stream([texts[i] for i in order])
    begins = np.concatenate([[0], np.cumsum([len(texts[i]) for i in order])])
    return {
        frozenset(
            (order[text], tuple(place - begins[text] for place in side))
            for side in passage.places.T
            for text in [owner[side[0]]]
        )
        for passage in alignment.passages(words, owner, min_run=5, max_expected=np.inf)
    }


@settings(deadline=None)
@given(st.lists(made, min_size=3, max_size=3), st.permutations(range(3)))
def test_the_order_of_the_texts_changes_nothing(texts, order):
    assert as_sets(texts, [0, 1, 2]) == as_sets(texts, list(order))


def test_every_long_exact_run_is_in_a_passage():
    for seed in range(3):
        earlier, later, _ = plant(seed, share=0.1, lengths=(12, 40))
        words, owner = stream([earlier, later])
        sides = [p.sides for p in alignment.passages(words, owner, min_run=5)]
        for a, b, length in alignment.exact_runs(words, owner, owner, min_run=9):
            assert any(
                x.start <= a and a + length <= x.stop and y.start <= b and b + length <= y.stop
                for x, y in sides
            )


@pytest.mark.parametrize("texts", [[[], []], [[1, 2, 3], []], [[1, 2, 3, 4], [1, 2, 3, 4]]])
def test_too_little_text_shares_nothing(texts):
    words, owner = stream(texts)
    assert alignment.passages(words, owner, min_run=5) == []
    assert alignment.exact_runs(words, owner, owner, min_run=5).shape == (0, 3)
    assert alignment.smith_waterman(np.array([], dtype=int), words) == 0


def test_a_large_corpus_is_searched_in_a_time_that_grows_with_its_words():
    """A ceiling that a search of every pair of places would break a hundred times over."""
    rng = np.random.default_rng(6)
    texts = [zipf(rng, 2000, 20_000) for _ in range(100)]
    for text in texts[1:40]:
        text[100:130] = texts[0][100:130]
    words, owner = stream(texts)
    begun = time.process_time()
    runs = alignment.exact_runs(words, owner, owner, min_run=5)
    assert time.process_time() - begun < 3
    assert (runs[:, 2] >= 30).sum() == 40 * 39 / 2


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=8, max_size=80), st.integers(1, 40), st.integers(1, 6))
def test_runs_do_not_depend_on_how_many_windows_are_sorted_at_once(words, at_once, most):
    types = np.array(words)
    texts = np.arange(len(types)) * 3 // len(types)
    expected = alignment.exact_runs(types, texts, texts, min_run=3, most_places=most)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "_SORTED", at_once)
        found = alignment.exact_runs(types, texts, texts, min_run=3, most_places=most)
    assert np.array_equal(found, expected)
