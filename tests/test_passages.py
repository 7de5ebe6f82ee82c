"""Counterparts of passages: planted ones, a slow version, passages matched by hand."""

import csv
import math

import numpy as np
import pytest
from small import SHIPPED, corpus_of, paragraphs

from analysis import corpus, passages, tables, vectors


def matches_of(texts: corpus.Corpus):
    return passages.passage_matches(texts, vectors.views(texts.units, texts.study.statements))


@pytest.fixture(scope="module")
def shipped():
    return corpus.load(str(SHIPPED))


@pytest.fixture(scope="module")
def matches(shipped):
    return matches_of(shipped)


def rows(table):
    content = tables.payload(table, name="x", caption="")
    return content["rows"], content["evidence"]


COPIED = "joint patrols guard the harbour by night"


def test_a_planted_copy_is_the_best_match_with_both_sides_as_evidence():
    texts = corpus_of({
        "a": paragraphs(["returns are voluntary", COPIED, "asylum claims are examined"]),
        "b": paragraphs(["trade grows", "fishing quotas shrink", COPIED]),
    })
    table = matches_of(texts)
    top = table.loc[table["score"].idxmax()]
    assert (top["block"], top["other_block"]) == (2, 3)
    listed = passages.closest_passages(table).iloc[0]
    assert listed["blocks"] == "A 2010, block 2; B 2011, block 3"
    assert listed["evidence"] == top["evidence"]
    assert (top["stems"], top["characters"]) == (pytest.approx(1), pytest.approx(1))
    assert top["n_shared"] == 5 and set(top["shared"].split(", ")) == {
        "joint", "patrols", "guard", "harbour", "night"
    }
    assert top["evidence"] == ["a:b2.s1", "b:b3.s1"]
    assert "block 2 of A 2010 and block 3 of B 2011" in passages.passages_reading(table)[0]


def test_each_block_meets_each_other_text_once(shipped, matches):
    analysed = shipped.blocks[shipped.blocks["analysed"]]
    per_text = analysed.groupby("statement_id").size()
    assert len(matches) == len(analysed) * (len(per_text) - 1)
    assert not matches.duplicated(["statement", "block", "other"]).any()
    assert (matches["statement"] != matches["other"]).all()
    assert len(passages.best_matches(matches)) == len(analysed)
    assert len(passages.closest_passages(matches)) == math.comb(len(per_text), 2)


def test_scores_equal_a_slow_version(shipped):
    blocks = passages.passages(shipped, vectors.views(shipped.units, shipped.study.statements))
    stems, characters = blocks.stems.toarray(), blocks.characters.toarray()
    owner = [statement for statement, _ in blocks.keys]
    pairs = [(i, j) for i in range(len(owner)) for j in range(len(owner)) if owner[i] != owner[j]]
    cosines = np.array([(stems[i] @ stems[j], characters[i] @ characters[j]) for i, j in pairs])
    slow = ((cosines - cosines.mean(axis=0)) / cosines.std(axis=0)).mean(axis=1)
    fast = np.vstack([score for _, score, _, _ in passages.scores(blocks)])
    assert fast[tuple(np.array(pairs).T)] == pytest.approx(slow, abs=1e-9)
    same = np.array(owner)[:, None] == np.array(owner)[None, :]
    assert np.isnan(fast[same]).all() and np.isfinite(fast[~same]).all()
    assert fast == pytest.approx(fast.T, nan_ok=True)


def test_the_parts_do_not_matter(shipped, matches, monkeypatch):
    monkeypatch.setattr(passages, "PASSAGES_AT_A_TIME", 7)
    assert rows(matches_of(shipped)) == rows(matches)


def test_one_pair_of_passages_has_a_match_and_no_spread():
    table = matches_of(corpus_of({"a": "Borders are guarded.\n", "b": "Borders are open.\n"}))
    assert table["score"].tolist() == [0, 0] and table["shared"].tolist() == ["borders"] * 2


def test_a_block_without_a_word_to_compare_has_no_row():
    texts = corpus_of({
        "a": paragraphs(["it is what it is", "borders are guarded"]), "b": "Borders are open.\n",
    })
    assert matches_of(texts)[["statement", "block"]].values.tolist() == [
        ["A 2010", 2], ["B 2011", 1],
    ]


def squashed_place(text: str, start: str) -> int:
    """Where a text begins in another, white space aside."""
    places = [i for i, char in enumerate(text) if not char.isspace()]
    return places["".join(text.split()).index("".join(start.split()))]


def block_of(texts: corpus.Corpus, identifier: str, start: str) -> tuple[str, int]:
    place = squashed_place(texts.study.texts[identifier], start)
    own = texts.blocks[(texts.blocks["statement_id"] == identifier) & texts.blocks["analysed"]]
    return identifier, int(own.loc[own["end"] > place, "block"].iloc[0])


def test_passages_matched_by_hand_are_ranked_high(shipped):
    """Mean reciprocal rank over the study's equivalent passages.

    A first hybrid with other units reached .675 on these 29 queries, plain tf–idf .59, chance
    about .16; differences of a few hundredths are noise.
    """
    with (SHIPPED / "equivalent_passages.csv").open(encoding="utf-8") as file:
        equivalent = list(csv.DictReader(file))
    blocks = passages.passages(shipped, vectors.views(shipped.units, shipped.study.statements))
    score = np.vstack([part for _, part, _, _ in passages.scores(blocks)])
    place = {key: row for row, key in enumerate(blocks.keys)}
    best: dict[tuple, int] = {}
    for row in equivalent:
        query = place[block_of(shipped, row["query_statement"], row["query_starts_with"])]
        partner = row["partner_statement"]
        target = place[block_of(shipped, partner, row["partner_starts_with"])]
        own = [r for (statement, _), r in place.items() if statement == partner]
        rank = 1 + int((score[query, own] > score[query, target]).sum())
        key = (query, partner)
        best[key] = min(rank, best.get(key, rank))
    assert len(best) == 29
    assert np.mean([1 / rank for rank in best.values()]) > 0.70
