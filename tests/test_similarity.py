"""Likeness of statements: peers' values, slow versions, laws, planted texts."""

import csv
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse, stats
from small import SHIPPED, corpus_of, paragraphs

from analysis import corpus, inference, likeness, similarity, tables, vectors
from analysis.errors import BadStudy
from analysis.inference import generator

PEERS = Path(__file__).parent / "peers"
FOUR = ["uk-fr-2015-08-20", "uk-fr-2022-11-14", "calais-group-2022-12", "calais-group-2024-03-04"]


def peer_tokens(identifier: str) -> list[str]:
    return (PEERS / "tokens" / f"{identifier}.txt").read_text("utf-8").split()


def counts_of(texts: list[list[str]]) -> sparse.csr_array:
    types = sorted({word for text in texts for word in text})
    return sparse.csr_array(
        np.array([[Counter(text)[word] for word in types] for text in texts], dtype=float)
    )


def tfidf_of(counts: sparse.csr_array, *, sublinear: bool) -> np.ndarray:
    weights = vectors.idf(counts, baseline_rows=np.ones(counts.shape[0], dtype=bool))
    weighed = vectors.weigh(counts, weights, sublinear=sublinear)
    return vectors.cosines(weighed, weighed)


#: The peers' weighting and measure → ours.
SAME = {
    ("count", "cosine"): lambda counts: vectors.cosines(counts, counts),
    ("boolean", "jaccard_similarity"): likeness.jaccard,
    ("boolean", "jaccard"): likeness.jaccard,
    ("prop", "jensenshannon_distance_base_2"): lambda c: 1 - likeness.jensen_shannon(c),
    ("tfidf_sklearn_default", "cosine"): lambda counts: tfidf_of(counts, sublinear=False),
    ("tfidf_sklearn_sublinear", "cosine"): lambda counts: tfidf_of(counts, sublinear=True),
}


def peer_rows():
    with (PEERS / "similarity_four_statements.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if (row["weighting"], row["measure"]) in SAME]


def test_every_offered_measure_has_a_peer():
    assert {(row["weighting"], row["measure"]) for row in peer_rows()} == set(SAME)


@pytest.mark.parametrize("key", SAME, ids="-".join)
def test_measures_equal_the_peers(key):
    own = SAME[key](counts_of([peer_tokens(identifier) for identifier in FOUR]))
    rows = [row for row in peer_rows() if (row["weighting"], row["measure"]) == key]
    assert len(rows) >= 6
    for row in rows:
        i, j = FOUR.index(row["doc_i"]), FOUR.index(row["doc_j"])
        assert own[i, j] == pytest.approx(float(row["value"]), abs=1e-9)


texts = st.lists(st.lists(st.sampled_from("abcdef"), max_size=12), min_size=2, max_size=5)


def slow_jaccard(a: list[str], b: list[str]) -> float:
    return len(set(a) & set(b)) / len(set(a) | set(b)) if a and b else math.nan


def slow_jensen_shannon(a: list[str], b: list[str]) -> float:
    if not a or not b:
        return math.nan
    total = 0.0
    for word in {*a, *b}:
        p, q = a.count(word) / len(a), b.count(word) / len(b)
        m = (p + q) / 2
        total += sum(x * math.log2(x / m) for x in (p, q) if x) / 2
    return 1 - math.sqrt(max(total, 0))


@given(texts)
@pytest.mark.parametrize(
    ("fast", "slow"),
    [(likeness.jaccard, slow_jaccard), (likeness.jensen_shannon, slow_jensen_shannon)],
)
def test_measures_equal_their_slow_versions(fast, slow, texts):
    if not any(texts):
        return
    own = fast(counts_of(texts))
    for i, a in enumerate(texts):
        for j, b in enumerate(texts):
            assert own[i, j] == pytest.approx(slow(a, b), abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("measure", [likeness.jaccard, likeness.jensen_shannon])
def test_laws(measure):
    own = measure(counts_of([list("aab"), list("cd"), list("baa"), []]))
    assert own[0, 0] == own[0, 2] == pytest.approx(1)
    assert own[0, 1] == pytest.approx(0)
    assert np.isnan(own[3]).all() and np.isnan(own[:, 3]).all()
    assert own == pytest.approx(own.T, nan_ok=True)


@pytest.fixture(scope="module")
def shipped():
    return corpus.load(str(SHIPPED))


@pytest.fixture(scope="module")
def seen(shipped):
    return vectors.views(shipped.units, shipped.study.statements)


@pytest.fixture(scope="module")
def pairs(shipped, seen):
    return similarity.statement_pairs(shipped, seen, seed=1, n_boot=400)


def slow_tfidf(found, owner, weights, identifier) -> dict[str, float]:
    counts = Counter(t for t, i in zip(found["token"], owner, strict=True) if i == identifier)
    return {stem: (1 + math.log(n)) * weights[stem] for stem, n in counts.items()}


def slow_cosine(a: dict[str, float], b: dict[str, float]) -> float:
    product = sum(a[word] * b[word] for word in a.keys() & b.keys())
    return product / math.sqrt(sum(x * x for x in a.values()) * sum(x * x for x in b.values()))


def test_cosines_equal_a_slow_version_from_the_sentences(shipped, pairs):
    statements = shipped.study.statements
    found = vectors.words(shipped.units, statements, drop_stop_words=True)
    own = shipped.units["statement_id"].to_numpy()
    baseline = set(np.flatnonzero(own != "statewatch-2023-10"))
    df = Counter(
        stem for row, part in found.groupby("row") if row in baseline for stem in set(part["token"])
    )
    weights = {s: math.log((1 + len(baseline)) / (1 + df[s])) + 1 for s in set(found["token"])}
    owner = own[found["row"]]
    labels = shipped.labels
    vector = {labels[i]: slow_tfidf(found, owner, weights, i) for i in labels}
    for row in pairs.itertuples():
        a, b = row.pair.split(" and ")
        assert row.cosine == pytest.approx(slow_cosine(vector[a], vector[b]), abs=1e-12)
        assert row.shared == len(vector[a].keys() & vector[b].keys())
        assert (row.stems_first, row.stems_second) == (len(vector[a]), len(vector[b]))


def test_standard_error_equals_a_slow_bootstrap(shipped, seen):
    """The same draws of blocks, written out as lists of blocks and compared one by one."""
    n_boot = 60
    table = similarity.statement_pairs(shipped, seen, seed=3, n_boot=n_boot)
    units, ids = shipped.units, ["uk-fr-2015-08-20", "uk-fr-2022-11-14"]
    dense, redrawn = seen.terms.matrix.toarray(), {}
    for identifier in ids:
        own = units[units["statement_id"] == identifier]
        blocks = [dense[part.index].sum(axis=0) for _, part in own.groupby("block")]
        times = generator(3, "similarity", identifier).multinomial(
            len(blocks), [1 / len(blocks)] * len(blocks), n_boot
        )
        redrawn[identifier] = [
            sum(block for block, n in zip(blocks, draw, strict=True) for _ in range(n))
            for draw in times
        ]
    values = []
    for a, b in zip(*redrawn.values(), strict=True):
        u, v = (
            {k: (1 + math.log(x[k])) * seen.weights[k] for k in np.flatnonzero(x)} for x in (a, b)
        )
        values.append(slow_cosine(u, v))
    row = table[table["pair"] == "UK–France 2015 and UK–France 2022"].iloc[0]
    reach = 1.959963984540054 * np.std(values, ddof=1)
    assert row["low"] == pytest.approx(row["cosine"] - reach, abs=1e-9)
    assert row["high"] == pytest.approx(row["cosine"] + reach, abs=1e-9)
    # Why the bounds are not the percentiles: redrawn texts lose rare words, and likeness.
    assert np.quantile(values, 0.975) < row["cosine"]


def test_too_little_text_has_no_interval_and_says_why():
    texts = planted(blocks=(30, 30, 30, 5))
    table, agreement = answers(texts)
    withheld = table["pair"].str.contains("FOUR")
    assert table.loc[withheld, ["low", "high"]].isna().all(axis=None)
    assert table.loc[withheld, "why_no_interval"].str.contains("FOUR 2013: .* are worth").all()
    assert table.loc[withheld, "why_no_gap"].str.contains("are worth").all()
    assert table.loc[~withheld, ["low", "high"]].notna().all(axis=None)
    assert "insufficient evidence" in " ".join(similarity.pairs_reading(table)).lower()


def test_shipped_pairs_have_the_intervals_that_the_coverage_study_certifies(pairs):
    """Calais 2024 has 11 effective blocks: no interval but for the study."""
    assert (pairs["why_no_interval"] == "").all() and pairs[["low", "high"]].notna().all(axis=None)
    assert pairs["low"].lt(pairs["cosine"]).all() and pairs["high"].gt(pairs["cosine"]).all()


def test_commentaries_stand_apart_from_the_ranking(pairs):
    ranked = pairs[pairs["kind"] == likeness.STATEMENTS]
    assert ranked["rank"].tolist() == [1, 2, 3, 4, 5, 6]
    assert ranked["cosine"].is_monotonic_decreasing
    assert ranked["selection"].sum() == pytest.approx(1)  # every gap has its interval here
    apart = pairs[pairs["kind"] == likeness.COMMENTARY]
    assert apart["pair"].str.contains("Statewatch").all() and len(apart) == 4
    assert apart[["rank", "selection", "behind"]].isna().all(axis=None)


def test_same_seed_same_table_and_the_parts_do_not_matter(shipped, seen, pairs, monkeypatch):
    monkeypatch.setattr(similarity, "RESAMPLES_AT_A_TIME", 37)
    again = similarity.statement_pairs(shipped, seen, seed=1, n_boot=400)
    assert tables.payload(again, name="x", caption="")["rows"] == tables.payload(
        pairs, name="x", caption=""
    )["rows"]
    other = similarity.statement_pairs(shipped, seen, seed=2, n_boot=400)
    assert other["low"].tolist() != pairs["low"].tolist()


def test_one_gap_needs_no_wider_bounds_and_many_need_those_of_the_normal_maximum():
    """Largest of k independent normal values in size: quantile of Φ at (1 + .95^(1/k)) / 2."""
    rng = np.random.default_rng(5)
    assert inference.joint_reach(rng.normal(size=(500, 1))) == pytest.approx(1.959964, abs=1e-6)
    draws = rng.normal(2, 3, size=(60_000, 5))
    known = stats.norm.ppf((1 + 0.95 ** (1 / 5)) / 2)
    assert inference.joint_reach(draws) == pytest.approx(known, abs=0.02)
    same = np.repeat(draws[:, :1], 4, axis=1)  # one gap four times
    assert inference.joint_reach(same) == pytest.approx(1.96, abs=0.02)
    assert inference.joint_reach(np.zeros((50, 3))) == pytest.approx(1.959964, abs=1e-6)


def test_the_order_is_called_wrongly_in_few_redraftings():
    """All pairs truly equal: the first, chosen by the data, is seldom said to lead the others."""
    rng = np.random.default_rng(8)
    wrong = 0
    for _ in range(600):
        truth = rng.normal(0, 1, size=6)  # what a draft shows of six equal pairs
        draws = truth + rng.normal(0, 1, size=(300, 6))
        order = np.argsort(-truth)
        gaps = draws[:, [order[0]]] - draws[:, order[1:]]
        lead, error = truth[order[0]] - truth[order[1]], gaps[:, 0].std(ddof=1)
        wrong += lead > inference.joint_reach(gaps) * error
    assert wrong / 600 <= 0.05


LETTERS = "abcdefghijklmnopqrst"


def blocks_of(stock: list[str], n: int, seed: int) -> str:
    rng = np.random.default_rng(seed)
    return paragraphs([" ".join(rng.choice(stock, 12)) for _ in range(n)])


def planted(*, blocks: tuple[int, ...] = (30, 30, 30, 30), **options) -> corpus.Corpus:
    """Two texts from one stock of words, a third from another, a fourth from a third."""
    stocks = [[f"{stem}{a}{b}ba" for a in LETTERS for b in "aeiou"] for stem in ("ko", "mu", "zi")]
    return corpus_of(
        {
            "one": blocks_of(stocks[0], blocks[0], 1),
            "two": blocks_of(stocks[0], blocks[1], 2),
            "three": blocks_of(stocks[1], blocks[2], 3),
            "four": blocks_of(stocks[2], blocks[3], 4),
        },
        **options,
    )


def answers(texts: corpus.Corpus):
    seen = vectors.views(texts.units, texts.study.statements)
    table = similarity.statement_pairs(texts, seen, seed=1, n_boot=300)
    agreement = similarity.measure_agreement(similarity.measures(texts, seen))
    return table, agreement


def test_planted_likeness_is_found_and_said():
    table, agreement = answers(planted())
    first = table.iloc[0]
    assert first["pair"] == "ONE 2010 and TWO 2011" and first["selection"] == 1
    assert (table["cosine"].iloc[1:] == 0).all() and (table["shared"].iloc[1:] == 0).all()
    assert first["low"] > 0.5 and table["behind_low"].iloc[1] > 0.5
    said = similarity.headline(table, agreement)
    assert "ONE 2010 and TWO 2011 are the most alike" in said
    assert "insufficient evidence" not in said and "4 of 4 other measures" in said
    assert " pairs of statements, " in said
    assert " pairs of sampled statements, " in similarity.headline(table, agreement, sampled=True)


def test_prose_changes_with_the_data(pairs, shipped, seen):
    agreement = similarity.measure_agreement(similarity.measures(shipped, seen))
    real = similarity.headline(pairs, agreement)
    assert "Calais Group 2022 and Calais Group 2024 are the most alike" in real
    assert "so the order is inconclusive" in real
    turned = pairs.iloc[[1, 0, *range(2, len(pairs))]].reset_index(drop=True)
    assert "0 of 4 other measures" in similarity.headline(turned, agreement)
    assert "puts Calais Group 2022" in " ".join(similarity.agreement_reading(agreement, turned))
    close = pairs.copy()
    close.loc[1, "behind"] = 0.0031
    assert "less than 0.005 ahead of" in similarity.headline(close, agreement)
    for behind, told in ((0.005, "0.01 ahead of"), (0.0062, "0.01 ahead of")):
        close.loc[1, "behind"] = behind
        assert f" {told}" in similarity.headline(close, agreement)
    gap = pairs.copy()
    gap.loc[1, ["behind_low", "behind_high"]] = [-0.01, 0.1]
    assert "the order is inconclusive" in " ".join(similarity.pairs_reading(gap))


def test_two_statements_are_one_pair_and_no_order():
    stock = [f"ka{letter}{vowel}" for letter in LETTERS for vowel in "aeiou"]
    texts = corpus_of({"one": blocks_of(stock, 20, 1), "two": blocks_of(stock, 20, 2)})
    table, agreement = answers(texts)
    assert len(table) == 1 and table["selection"].tolist() == [1]
    assert agreement["rank_correlation"].isna().all()
    assert "no other pair" in similarity.pairs_reading(table)[0]
    assert "no order to agree" in similarity.agreement_reading(agreement, table)[0]
    assert "one pair of statements" in similarity.headline(table, agreement)


def test_a_text_of_function_words_is_undefined_not_unlike():
    texts = corpus_of({
        "one": paragraphs(["we act on borders"]), "two": paragraphs(["we act on returns"]),
        "none": paragraphs(["it is what it is"]),
    })
    table, agreement = answers(texts)
    assert table["cosine"].isna().tolist() == [False, True, True]
    assert table["rank"].fillna(0).tolist() == [1, 0, 0]
    assert "nan" not in similarity.headline(table, agreement)
    assert "nan" not in " ".join(similarity.pairs_reading(table))


def test_nothing_to_compare_is_a_fault_of_the_study():
    with pytest.raises(BadStudy, match="no two statements hold a word"):
        answers(corpus_of({"one": "It is what it is.\n", "two": "We act on borders.\n"}))


def test_pairs_of_one_group_carry_its_colour(shipped, pairs):
    groups = similarity.pair_groups(shipped)
    assert set(groups) == set(pairs["pair"])
    assert {pair for pair, group in groups.items() if group} == {
        "UK–France 2015 and UK–France 2022", "Calais Group 2022 and Calais Group 2024",
    }


@pytest.mark.parametrize("at_once", [1, 2, 3, 7])
def test_the_parts_that_are_held_at_once_do_not_matter(monkeypatch, at_once):
    counts = sparse.csr_array(np.random.default_rng(2).integers(0, 3, (5, 12)).astype(float))
    whole = likeness.jensen_shannon(counts)
    monkeypatch.setattr(likeness, "_AT_ONCE", at_once)
    assert likeness.jensen_shannon(counts) == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize(("low", "said"), [
    (0.05, " (0.05 to 0.10)"), (-0.05, " (−0.05 to 0.10), so the order is inconclusive"),
    (0.0, " (0.00 to 0.10), so the order is inconclusive"),
    (math.nan, "; insufficient evidence for an interval of that gap"),
])
def test_a_gap_is_inconclusive_from_zero_down(low, said):
    import pandas as pd

    assert similarity._gap_reading(pd.Series({"behind_low": low, "behind_high": 0.1})) == said


def test_too_few_pairs_or_no_order_have_no_rank_correlation():
    assert likeness.rank_correlation([1, 1, 2, 2], [1, 2, 3, 4]) == pytest.approx(
        stats.spearmanr([1, 1, 2, 2], [1, 2, 3, 4]).statistic)
    assert likeness.rank_correlation([1, 2, 3, 4], [1, 1, 2, 2]) == pytest.approx(
        stats.spearmanr([1, 2, 3, 4], [1, 1, 2, 2]).statistic)
    assert math.isnan(likeness.rank_correlation([1, 2], [2, 1]))
    assert math.isnan(likeness.rank_correlation([3, 3, 3], [1, 2, 4]))
    assert math.isnan(likeness.rank_correlation([1, 2, 4], [3, 3, 3]))


def test_what_is_said_of_a_commentary_is_of_pairs_with_it(pairs):
    said = similarity.pairs_reading(pairs)
    alone = similarity.pairs_reading(pairs[pairs["kind"] == likeness.STATEMENTS])
    assert said[: len(alone)] == alone and len(said) == len(alone) + 1
    top = pairs[pairs["kind"] == likeness.COMMENTARY].sort_values("cosine").iloc[-1]
    assert f"{top['pair']} are the most alike ({top['cosine']:.2f})" in said[-1]
    unknown = pairs.assign(cosine=pairs["cosine"].where(pairs["kind"] == likeness.STATEMENTS))
    assert similarity.pairs_reading(unknown) == alone


def test_the_first_pair_is_ahead_of_the_others(pairs):
    ranked = pairs[pairs["rank"].notna()]
    assert ranked["rank"].tolist() == list(range(1, len(ranked) + 1))
    assert np.isnan(ranked.iloc[0][["behind_low", "behind_high"]].astype(float)).all()
    known = ranked.iloc[1:].dropna(subset=["behind_low"])
    assert len(known) and (known["behind_high"] > known["behind"]).all()
    assert (known["behind_low"] < known["behind"]).all()
    assert ranked["behind"].tolist() == pytest.approx(
        (ranked["cosine"].iloc[0] - ranked["cosine"]).tolist())
    assert {len(words.split(", ")) for words in pairs["carried_by"]} == {6}


def test_one_pair_is_called_the_only_one(pairs):
    assert similarity.pairs_title(pairs.iloc[:1]).startswith("The only pair of statements: ")
    assert "are the most alike" in similarity.pairs_title(pairs.iloc[:2])


def test_words_that_carry_most_come_first():
    products = sparse.csr_array(np.array([[0.1, 0.5, 0.0, 0.3, 0.5]]))
    assert similarity._carriers(products, np.array(list("abcde"))) == ["b", "e", "d", "a"]


def test_a_pair_without_a_value_never_comes_first():
    draws = np.array([[math.nan, 0.1], [0.2, 0.1], [0.3, 0.1], [0.1, 0.3]])
    assert similarity._selection(draws).tolist() == [0.5, 0.5]


def test_bounds_of_a_cosine_stay_within_what_a_cosine_can_be():
    rng = np.random.default_rng(1)
    own = [f"ko{a}{b}ba" for a in "abcdefghijklmnopqrst" for b in "aeiou"]
    blocks = [" ".join(rng.choice(own, 12)) for _ in range(40)]
    texts = corpus_of({"a": paragraphs(blocks), "b": paragraphs(blocks[::-1])})
    seen = vectors.views(texts.units, texts.study.statements)
    [row] = similarity.statement_pairs(texts, seen, seed=1, n_boot=400).to_dict("records")
    assert row["cosine"] == pytest.approx(1) and row["high"] == 1 and 0 <= row["low"] < 1
