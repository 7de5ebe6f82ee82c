"""Words that stand together: held against slow versions, on texts whose pairs are known."""

from dataclasses import replace

import numpy as np
import pytest
from small import corpus_of, paragraphs

from analysis import collocations

WORDS = ["boat", "fence", "port", "patrol", "the", "of", "unit", "crew"]


def texts_of(seed):
    rng = np.random.default_rng(seed)
    return corpus_of({
        name: paragraphs([" ".join(rng.choice(WORDS, int(rng.integers(2, 14)))) for _ in range(40)])
        for name in "abc"
    })


def sentences(texts):
    """Statement, sentence and its words."""
    return [(u.statement_id, u.sentence_id, u.text.lower().strip(".").split())
            for u in texts.units.itertuples()]


@pytest.mark.parametrize("seed", range(3))
def test_fixed_phrases_slowly(seed):
    texts = texts_of(seed)
    found = collocations.fixed_phrases(texts).set_index("bigram")
    expected = {}
    for statement, sentence, words in sentences(texts):
        for one, other in zip(words, words[1:], strict=False):
            if {one, other} & {"the", "of"}:
                continue
            times, held, where = expected.setdefault(f"{one} {other}", ([], set(), []))
            times.append(1)
            held.add(statement)
            where += [sentence] if sentence not in where else []
    expected = {pair: own for pair, own in expected.items()
                if len(own[0]) >= collocations.MIN_COUNT}
    assert set(found.index) == set(expected) and len(expected) > 10
    for pair, (times, held, where) in expected.items():
        row = found.loc[pair]
        assert (row["n"], row["n_statements"]) == (len(times), len(held))
        assert row["kind"] == ("one statement only" if len(held) == 1 else "")
        assert row["evidence"] == where
    assert found["g2"].is_monotonic_decreasing


def test_a_pair_of_one_statement_is_told_from_those_of_several():
    three = ["crew boat"] * 3
    texts = corpus_of({"a": paragraphs([*three, "port fence"]),
                       "b": paragraphs(["port fence", "port fence"])})
    table = collocations.fixed_phrases(texts)
    assert dict(zip(table["bigram"], table["kind"], strict=True)) == {
        "crew boat": "one statement only", "port fence": ""}
    assert collocations.reading(table) == [
        "2 pairs of content words stand together at least 3 times; 1 of them in one statement "
        "only. Most tightly bound of those in several: “port fence” 3."]


def test_pairs_are_listed_from_their_least_count_on_and_the_strongest_first():
    words, borders = list("abababcdcdef"), [0] * 12
    for least, pairs in ((1, 7), (2, 3), (3, 1), (4, 0)):
        table = collocations.bigrams(words, borders, least=least)
        assert len(table) == pairs and (table["n"] >= least).all()
    table = collocations.bigrams(words, borders)
    order = sorted(table.itertuples(), key=lambda row: (-row.g2, row.first, row.second))
    assert [(row.first, row.second) for row in order] == list(
        zip(table["first"], table["second"], strict=True))
    # Equally strong ones stand by their letters.
    tied = collocations.bigrams(list("dcbxdaby"), [0, 0, 0, 1, 2, 2, 3, 4])
    assert tied.loc[tied["n_first"] == 2, "second"].tolist() == ["a", "c"]
    alike = collocations.bigrams(list("dcba"), [0] * 4)
    assert alike["first"].tolist() == ["b", "c", "d"] and alike.index.tolist() == [0, 1, 2]


def test_no_more_than_the_strongest_pairs_are_listed(monkeypatch):
    texts = texts_of(1)
    whole = collocations.fixed_phrases(texts)
    monkeypatch.setattr(collocations, "MOST_PAIRS", 4)
    few = collocations.fixed_phrases(texts)
    assert few["bigram"].tolist() == whole["bigram"].tolist()[:4]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("term", ["boat", "port fence"])
def test_neighbours_slowly(seed, term):
    """Near, elsewhere and their measures, word by word; a node is neither."""
    from math import log, log2

    texts = texts_of(seed)
    phrase, near, elsewhere, where, held = term.split(), {}, {}, {}, {}
    for statement, sentence, words in sentences(texts):
        nodes = [i for i in range(len(words)) if words[i:i + len(phrase)] == phrase]
        own = {i + k for i in nodes for k in range(len(phrase))}
        for place, word in enumerate(words):
            if place in own:
                continue
            close = any(i - 5 <= place < i + len(phrase) + 5 for i in nodes)
            table = near if close else elsewhere
            table[word] = table.get(word, 0) + 1
            if close:
                where.setdefault(word, dict.fromkeys([]))[sentence] = None
                held.setdefault(word, set()).add(statement)
    assert collocations.WINDOW == 5
    n_near, n_else = sum(near.values()), sum(elsewhere.values())

    def signed_g2(a, b):
        total, word = n_near + n_else, a + b
        cells = [(a, word * n_near), (b, word * n_else), (n_near - a, (total - word) * n_near),
                 (n_else - b, (total - word) * n_else)]
        g2 = 2 * sum(o * log(o * total / e) for o, e in cells if o)
        return g2 if a * n_else > b * n_near else -g2

    expected = sorted(
        (-signed_g2(n, elsewhere.get(word, 0)), word) for word, n in near.items()
        if n >= collocations.MIN_COUNT and word not in ("the", "of")
        and signed_g2(n, elsewhere.get(word, 0)) > 0
    )[:collocations.NEIGHBOURS]
    found = collocations.neighbours(texts, [term])
    assert found["neighbour"].tolist() == [word for _, word in expected] and expected
    for row, (negative, word) in zip(found.itertuples(), expected, strict=True):
        b = elsewhere.get(word, 0)
        assert (row.n_near, row.n_all) == (near[word], near[word] + b)
        assert row.g2 == pytest.approx(-negative)
        assert row.log_ratio == pytest.approx(
            log2(near[word] / n_near / (max(b, 0.5) / n_else)))
        assert row.n_statements == len(held[word]) and row.evidence == list(where[word])


def test_commentaries_take_no_part_and_spellings_are_one_word():
    texts = corpus_of({
        "a": paragraphs(["organised crew", "organised crew", "the boat in the port"]),
        "b": paragraphs(["organized crew", "organized crew", "the fence of the port"]),
        "c": paragraphs(["organised crew"] * 5)})
    table = texts.study.statements.assign(genre=["statement", "statement", "commentary"])
    texts = replace(texts, study=replace(texts.study, statements=table))
    (row,) = collocations.fixed_phrases(texts).to_dict("records")
    assert row["n"] == 4 and row["n_statements"] == 2
    assert collocations.fixed_phrases(texts, fold=False).empty
    (near,) = collocations.neighbours(texts, ["crew"]).to_dict("records")
    assert near["n_near"] == near["n_all"] == 4 and near["n_statements"] == 2
    assert collocations.neighbours(texts, ["crew"], fold=False).empty
