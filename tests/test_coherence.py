"""Coherence and exclusivity: gensim's values, windows slid one by one, laws."""

import json
import math
from collections import deque
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest

from analysis import coherence as module
from analysis.coherence import coherence, exclusivity

PEERS = Path(__file__).parent / "peers"
ONE = json.loads((PEERS / "coherence_one_topic.json").read_text("utf-8"))
RANDOM = json.loads((PEERS / "coherence_random.json").read_text("utf-8"))
TEXTS = [text["tokens"] for text in ONE["texts"]]


@pytest.mark.parametrize("name", ONE["gensim"])
def test_the_reference_topic_has_gensim_s_values(name):
    expected = ONE["gensim"][name]
    measure = next(m for m in ("u_mass", "c_v", "c_npmi", "c_uci") if name.startswith(m))
    topic = ONE["topic"][:5] if name.endswith("top5") else ONE["topic"]
    window = None if measure == "u_mass" else expected["window"]
    value = coherence([topic], TEXTS, measure=measure, window=window)
    # Held to 1e-6, whole documents to 1e-12; all of them are met to the last digits.
    assert value == pytest.approx([expected["value"]], abs=1e-12)
    if measure != "u_mass" and "paragraph" not in name:
        assert value == coherence([topic], TEXTS, measure=measure)


def test_the_reference_topic_has_the_values_reckoned_by_hand_over_documents():
    hand = ONE["by_hand_document_level"]
    longest = max(map(len, TEXTS))
    values = {
        "u_mass_gensim_eps": coherence([ONE["topic"]], TEXTS, measure="u_mass"),
        "u_mass_mimno_sum": coherence([ONE["topic"]], TEXTS, measure="mimno"),
        "u_mass_mimno_mean": coherence([ONE["topic"]], TEXTS, measure="mimno") / math.comb(10, 2),
        "npmi": coherence([ONE["topic"]], TEXTS, measure="c_npmi", window=longest),
        "uci": coherence([ONE["topic"]], TEXTS, measure="c_uci", window=longest),
    }
    assert set(values) == set(hand)
    for name, value in values.items():
        assert value == pytest.approx([hand[name][0]], abs=1e-12), name


@pytest.mark.parametrize("case", RANDOM, ids=range(len(RANDOM)))
def test_random_lists_have_gensim_s_values(case):
    documents = [text.split() for text in case["documents"]]
    topics = [topic.split() for topic in case["topics"]]
    for measure, values in case["values"].items():
        window = None if measure == "u_mass" else case["window"]
        found = coherence(topics, documents, measure=measure, window=window)
        assert found == pytest.approx([math.nan if v is None else v for v in values],
                                      abs=1e-12, nan_ok=True), measure


def test_the_random_lists_reach_every_branch():
    """Words twice, unknown words, empty and short documents, pairs that never meet."""
    topics = [(t.split(), c) for c in RANDOM for t in c["topics"]]
    assert any(len(set(words)) < len(words) for words, _ in topics)
    assert any("absent" in words for words, _ in topics)
    lengths = [len(text.split()) for case in RANDOM for text in case["documents"]]
    assert 0 in lengths and 1 in lengths and max(lengths) > 110
    assert min(v for c in RANDOM for v in c["values"]["c_uci"] if v is not None) < -5


def slow(topic, documents, measure, window):
    """The definitions, window by window and pair by pair."""
    held = []  # one set of words a window
    for document in documents:
        if window is None or len(document) <= window:
            held.append(set(document))
            continue
        inside, recent = set(document[:window]), deque(document[:window])
        held.append(set(inside))
        for word in document[window:]:
            inside.discard(recent.popleft())  # gensim: though it may stand further on
            recent.append(word)
            inside.add(word)
            held.append(set(inside))
    known = set().union(*documents)
    topic = [word for word in topic if word in known]
    n = len(held)

    def p(*words):
        return sum(all(word in one for word in words) for one in held) / n

    def pmi(a, b):
        return math.log((p(a, b) + 1e-12) / (p(a) * p(b)))

    def npmi(a, b):
        return pmi(a, b) / -math.log(p(a, b) + 1e-12)

    if measure in ("c_uci", "c_npmi"):
        one = pmi if measure == "c_uci" else npmi
        return np.mean([one(a, b) for a, b in permutations(topic, 2)])
    if measure == "u_mass":
        return np.mean([math.log((p(a, b) + 1e-12) / p(b)) for b, a in combinations(topic, 2)])
    if measure == "mimno":
        return sum(math.log((n * p(a, b) + 1) / (n * p(b))) for b, a in combinations(topic, 2))
    words = sorted(known)
    rows = np.array([[topic.count(w) * npmi(a, w) if w in topic else 0.0 for w in words]
                     for a in topic])
    whole = rows.sum(axis=0)
    return np.mean([r @ whole / (np.linalg.norm(r) * np.linalg.norm(whole)) for r in rows])


@pytest.mark.parametrize("seed", range(6))
def test_windows_slid_one_by_one_give_the_same(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(module, "CHUNK", int(rng.integers(1, 60)))
    words = [f"w{i}" for i in range(9)]
    documents = [rng.choice(words, size=n).tolist() for n in (0, 1, 7, 8, 30, 0, 45, 3)]
    topics = [rng.choice([*words, "absent"], size=6).tolist() for _ in range(3)]
    for measure, window in (
        ("u_mass", None), ("mimno", None), ("c_v", 7), ("c_npmi", 3), ("c_uci", 45), ("c_v", 1)
    ):
        found = coherence(topics, iter(documents), measure=measure, window=window)
        expected = [slow(topic, documents, measure, window) for topic in topics]
        assert found == pytest.approx(expected, abs=1e-12), measure


def test_words_that_always_meet_are_as_coherent_as_can_be():
    texts = [["boat", "sea"], ["tax"], ["boat", "sea"], ["tax", "levy"]]
    for measure, value in (("c_npmi", 1), ("c_v", 1), ("c_uci", math.log(2)), ("u_mass", 0)):
        assert coherence([["boat", "sea"]], texts, measure=measure) == pytest.approx(
            [value], abs=1e-9
        )
    apart = coherence([["boat", "levy"]], texts, measure="c_npmi")
    # ln(10⁻¹² / (1/2 · 1/4)) / −ln 10⁻¹²
    assert apart == pytest.approx([math.log(8e-12) / -math.log(1e-12)])


def test_order_matters_to_u_mass_alone():
    words, turned = ONE["topic"][:6], ONE["topic"][5::-1]
    for measure in ("c_v", "c_npmi", "c_uci"):
        one, other = coherence([words, turned], TEXTS, measure=measure)
        assert one == pytest.approx(other, abs=1e-12)
    one, other = coherence([words, turned], TEXTS, measure="u_mass")
    assert one != pytest.approx(other, abs=1e-3)


def test_order_of_documents_and_other_topics_are_no_matter():
    for measure in ("u_mass", "c_v", "c_npmi"):
        both = coherence([ONE["topic"], ["calais", "border"]], TEXTS[::-1], measure=measure)
        assert both[0] == coherence([ONE["topic"]], TEXTS, measure=measure)[0]


def test_what_is_not_known_is_undefined():
    texts = [["boat", "sea"], ["tax"]]
    for measure in ("u_mass", "mimno", "c_npmi", "c_uci"):
        assert np.isnan(coherence([["boat", "zebra"], [], ["boat"]], texts, measure=measure)).all()
    one = coherence([["boat", "zebra"], [], ["zebra"]], texts, measure="c_v")
    assert one[0] == 1 and np.isnan(one[1:]).all()  # as gensim has it
    assert coherence([], texts, measure="c_v").shape == (0,)
    assert np.isnan(coherence([["boat", "sea"]], [], measure="c_v")).all()


def test_unknown_measures_and_windows_are_refused():
    with pytest.raises(ValueError, match="known are u_mass, mimno, c_v"):
        coherence([["a"]], [["a"]], measure="perplexity")
    with pytest.raises(ValueError, match="takes no window of 10"):
        coherence([["a"]], [["a"]], measure="u_mass", window=10)
    with pytest.raises(ValueError, match="takes no window of -1"):
        coherence([["a"]], [["a"]], measure="c_v", window=-1)


def test_exclusivity_by_hand():
    """Three words, two topics: ranks within a topic of p and of p / Σp, over three."""
    words = np.array([[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]])
    # Topic 1: exclusivity 6/7, 1/2, 1/7 and p rank alike: 1, 2/3, 1/3 for both.
    assert exclusivity(words, top=1) == pytest.approx([1, 1])
    assert exclusivity(words, top=2) == pytest.approx([(1 + 2 / 3) / 2] * 2)
    # Topic 1: p ranks 3, 2, 1; exclusivity .5/.9, .3/.5, .2/.6 ranks 2, 3, 1.
    other = np.array([[0.5, 0.3, 0.2], [0.4, 0.2, 0.4]])
    first = 1 / (0.7 / (2 / 3) + 0.3 / 1)
    second = 1 / (0.7 / 1 + 0.3 / (2 / 3))
    assert exclusivity(other, top=2)[0] == pytest.approx((first + second) / 2)


@pytest.mark.parametrize("seed", range(3))
def test_exclusivity_word_by_word_is_the_same(seed):
    words = np.random.default_rng(seed).dirichlet(np.full(30, 0.2), size=4)
    own = words / words.sum(axis=0)
    for k, value in enumerate(exclusivity(words, top=5)):
        top = sorted(range(30), key=lambda v: -words[k, v])[:5]
        slowly = [
            1 / (0.7 / np.mean(own[k] <= own[k, v]) + 0.3 / np.mean(words[k] <= words[k, v]))
            for v in top
        ]
        assert value == pytest.approx(np.mean(slowly))


def test_shared_words_are_less_exclusive_than_own_ones():
    apart = np.array([[0.5, 0.5, 0, 0, 0], [0, 0, 0.4, 0.3, 0.3]])
    alike = np.array([[0.5, 0.3, 0.1, 0.05, 0.05], [0.5, 0.1, 0.2, 0.1, 0.1]])
    assert exclusivity(apart, top=2).min() > exclusivity(alike, top=2).max()
    assert exclusivity(np.zeros((0, 5)), top=2).shape == (0,)
