"""What likeness is set against: one text, halves, equal length, names; planted texts, laws."""

import math
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from small import SHIPPED, corpus_of, paragraphs

from analysis import corpus, equal_length, likeness, nulls, similarity, vectors
from analysis.inference import generator, holm


@pytest.fixture(scope="module")
def shipped():
    return corpus.load(str(SHIPPED))


@pytest.fixture(scope="module")
def words(shipped):
    return likeness.read(shipped)


@pytest.fixture(scope="module")
def compared(shipped, words):
    return nulls.compared_with(shipped, words, seed=1, n_splits=300, n_draws=60)


@pytest.fixture(scope="module")
def variants(shipped, words):
    return equal_length.variants(shipped, words, seed=1, n_draws=60)


def stock(stem: str) -> list[str]:
    return [f"{stem}{a}{b}ba" for a in "abcdefghijklmnopqrst" for b in "aeiou"]


def blocks_of(own: list[str], n: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(own, 12)) for _ in range(n)]


def test_counting_parts_of_texts_equals_the_measures_of_whole_texts(shipped, words):
    seen = vectors.views(shipped.units, shipped.study.statements)
    table, pairs = similarity.measures(shipped, seen), likeness.Pairs(shipped)
    grids = likeness.grids(words, likeness.whole(words))
    for name in likeness.MEASURES:
        own = [grids[name][place] for place in pairs.places]
        assert own == pytest.approx(table[name].tolist(), abs=1e-12)


def test_a_commentary_moves_no_weight_of_the_statements():
    texts = {"one": paragraphs(["we act on borders"]), "two": paragraphs(["we act on returns"])}
    alone = likeness.read(corpus_of(texts))
    beside = likeness.read(corpus_of(
        texts | {"note": paragraphs(["borders borders returns"])}, commentaries=("note",)
    ))
    assert set(alone.stem_weights) == set(beside.stem_weights)
    assert likeness.grids(beside, likeness.whole(beside))["tfidf"][0, 1] == pytest.approx(
        likeness.grids(alone, likeness.whole(alone))["tfidf"][0, 1]
    )


@settings(deadline=None, max_examples=8)
@given(st.lists(st.lists(st.sampled_from(["kobaba", "mutele", "zirifo", "lapodu"]), min_size=1,
                         max_size=8), min_size=2, max_size=4))
def test_laws_of_every_measure(texts):
    """Symmetry, self-similarity 1, order irrelevant, a text set against itself twice."""
    source = {f"t{n}": paragraphs([" ".join(text)]) for n, text in enumerate(texts)}
    source["same"] = source["t0"]
    words = likeness.read(corpus_of(source))
    backwards = likeness.read(corpus_of(dict(reversed(source.items()))))
    own = likeness.grids(words, likeness.whole(words))
    other = likeness.grids(backwards, likeness.whole(backwards))
    for name, grid in own.items():
        assert grid == pytest.approx(grid.T)
        assert np.diag(grid) == pytest.approx(1)
        assert grid[0, -1] == pytest.approx(1)
        assert grid == pytest.approx(other[name][::-1, ::-1])


def test_no_word_in_common_is_zero_and_no_word_is_undefined():
    words = likeness.read(corpus_of({
        "one": paragraphs(["kobaba kobaba"]), "two": paragraphs(["mutele"]),
    }))
    apart = likeness.grids(words, likeness.whole(words))
    none = likeness.grids(words, [np.array([], dtype=int), likeness.whole(words)[1]])
    for name in likeness.MEASURES:
        assert apart[name][0, 1] == pytest.approx(0, abs=1e-9)
        assert math.isnan(none[name][0, 1]) and math.isnan(none[name][0, 0])
        assert none[name][1, 1] == pytest.approx(1)


def test_drawn_words_are_of_the_length_asked_for():
    blocks = [np.arange(0, 3), np.arange(3, 4), np.arange(4, 11)]
    for m in (1, 5, 40):
        picked, drawn = likeness.drawing(blocks, m, generator(1, "x"))()
        assert len(picked) == m
        assert {next(n for n, b in enumerate(blocks) if w in b) for w in picked} == set(drawn)


def test_expectation_at_fixed_length_stays_when_a_text_is_doubled(words):
    """Sampling with replacement: four standard errors of the difference of two means."""
    m, ids = 150, [str(n) for n in range(words.texts)]
    doubled = likeness.read(corpus.load(str(SHIPPED)))
    doubled.blocks[0] = doubled.blocks[0] * 2
    n = 400
    once = likeness.at_equal_length(words, ids, m, seed=1, n_draws=n, measures=("tfidf",))
    twice = likeness.at_equal_length(doubled, ids, m, seed=2, n_draws=n, measures=("tfidf",))
    for other in range(1, words.texts):
        error = math.hypot(once["error"][0, other], twice["error"][0, other])
        assert abs(once["tfidf"][0, other] - twice["tfidf"][0, other]) < 4 * error


def test_whole_texts_do_not_have_that_law(words):
    """What equal length is for: more of the same text is more alike to another."""
    short = [part[: len(part) // 3] for part in likeness.whole(words)]
    whole = likeness.grids(words, likeness.whole(words), ("tfidf",))["tfidf"]
    assert (likeness.grids(words, short, ("tfidf",))["tfidf"][0, 1:] < whole[0, 1:]).all()


def test_splits_equal_all_splits_of_few_blocks():
    """Six blocks dealt in all 20 ways, one by one: the exact null."""
    texts = corpus_of({
        "one": paragraphs(blocks_of(stock("ko"), 3, 1)),
        "two": paragraphs(blocks_of(stock("ko")[:50], 3, 2)),
    })
    words = likeness.read(texts)
    blocks = [*words.blocks[0], *words.blocks[1]]

    def vector(chosen) -> dict[int, float]:
        counts = Counter(words.stem[p] for b in chosen for p in blocks[b] if not words.function[p])
        return {t: (1 + math.log(n)) * words.stem_weights[t] for t, n in counts.items()}

    exact = []
    for chosen in combinations(range(6), 3):
        a, b = vector(chosen), vector(set(range(6)) - set(chosen))
        product = sum(a[t] * b[t] for t in a.keys() & b.keys())
        exact.append(product / math.sqrt(sum(x * x for x in a.values()))
                     / math.sqrt(sum(x * x for x in b.values())))
    drawn = nulls.one_text(words, 0, 1, rng=generator(1, "x"), n_splits=4000)
    assert set(np.round(drawn, 9)) == set(np.round(exact, 9))
    assert drawn.mean() == pytest.approx(np.mean(exact), abs=4 * np.std(exact) / math.sqrt(4000))


def test_planted_one_text_is_not_told_apart_and_two_are():
    one = blocks_of(stock("ko"), 40, 1)
    texts = corpus_of({
        "even": paragraphs(one[::2]), "odd": paragraphs(one[1::2]),
        "other": paragraphs(blocks_of(stock("ko")[:30] + stock("mu"), 20, 3)),
    })
    words = likeness.read(texts)
    table = nulls.compared_with(texts, words, seed=1, n_splits=200, n_draws=40).set_index("pair")
    same = table.loc["EVEN 2010 and ODD 2011"]
    assert same["p"] > 0.05 and same["of_ceiling"] == pytest.approx(1, abs=0.15)
    for name in ("EVEN 2010 and OTHER 2012", "ODD 2011 and OTHER 2012"):
        assert table.loc[name, "p"] == pytest.approx(1 / 201)
        assert table.loc[name, "p_holm"] == pytest.approx(3 / 201)
        assert table.loc[name, "of_ceiling"] < 0.5
    said = " ".join(nulls.compared_reading(table.reset_index()))
    assert "2 of 3 pairs" in said and "Not told apart from one text: EVEN 2010" in said
    assert "not available" in said


def test_p_is_never_zero_and_uniform_for_one_text():
    """Texts dealt from one: p below .2 in about a fifth of them (binomial, 4 standard errors)."""
    runs, low = 150, 0
    words = likeness.read(corpus_of({
        name: paragraphs(blocks_of(stock("ko"), 8 * runs, seed)) for seed, name in enumerate("ab")
    }))
    every = [list(blocks) for blocks in words.blocks]
    for run in range(runs):
        words.blocks[:] = [blocks[8 * run:8 * run + 8] for blocks in every]
        picked = [np.concatenate(blocks) for blocks in words.blocks]
        value = likeness.grids(words, picked, ("tfidf",))["tfidf"][0, 1]
        null = nulls.one_text(words, 0, 1, rng=generator(run, "x"), n_splits=99)
        low += (1 + (null <= value).sum()) / 100 <= 0.2
    assert abs(low - 0.2 * runs) < 4 * math.sqrt(runs * 0.2 * 0.8)


def test_shipped_pairs_against_one_text(compared):
    assert len(compared) == 6 and compared["words"].nunique() == 1
    assert (compared["one_text_low"] < compared["one_text"]).all()
    assert compared.iloc[0]["pair"] == "Calais Group 2022 and Calais Group 2024"
    assert compared.iloc[0]["p_holm"] > 0.05 and (compared["p_holm"].iloc[1:] <= 0.05).all()
    assert compared["of_ceiling"].between(0, 1).all()
    said = " ".join(nulls.compared_reading(compared))
    assert "5 of 6 pairs" in said and "nan" not in said


def test_pairs_and_halves_are_compared_at_one_length(compared, variants):
    own = variants[(variants["length"] == equal_length.EQUAL) & (variants["names"] == "kept")]
    equal = own.set_index("pair")["tfidf"]
    assert compared["equal"].tolist() == pytest.approx(equal[compared["pair"]].tolist())
    assert set(own["words"]) == set(compared["words"])


def test_few_blocks_have_no_p_and_one_block_no_ceiling():
    texts = corpus_of({"one": "We act on borders.\n", "two": "We act on returns.\n"})
    table = nulls.compared_with(texts, likeness.read(texts), seed=1, n_splits=50, n_draws=5)
    assert table["p"].isna().all() and table["why_no_p"].tolist() == [
        "fewer than 5 blocks on a side"
    ]
    assert table["ceiling_first"].isna().all()
    assert "nan" not in " ".join(nulls.compared_reading(table))


def test_same_seed_same_table(shipped, words, compared):
    again = nulls.compared_with(shipped, words, seed=1, n_splits=300, n_draws=60)
    assert again.drop(columns="evidence").equals(compared.drop(columns="evidence"))


def test_holm_by_hand():
    # Holm 1979: .01·4, .02·3, then never less than before; .04·2 = .08, .05·1 → .08
    nan = float("nan")
    assert holm([0.04, 0.01, 0.05, 0.02]) == pytest.approx([0.08, 0.04, 0.08, 0.06])
    assert holm([0.5, nan, 0.6])[0] == 1 and math.isnan(holm([0.5, nan, 0.6])[1])


def test_masked_names_do_not_count(variants):
    texts = corpus_of({
        "one": paragraphs(["France and Germany kobaba"] * 6),
        "two": paragraphs(["France and Germany mutele"] * 6),
    })
    words = likeness.read(texts)
    kept = likeness.grids(words, likeness.whole(words))["tfidf"][0, 1]
    bare = words.without(words.name)
    assert kept > 0.3 and likeness.grids(bare, likeness.whole(bare))["tfidf"][0, 1] == 0
    part = variants[variants["length"] == equal_length.WHOLE].set_index(["names", "pair"])["counts"]
    assert (part["masked"] < part["kept"]).all()  # names occur in all texts: likeness falls


def test_reasons_are_found_where_they_were_planted():
    """Two texts share function words, two others content: Jaccard is led astray, and it is said."""
    one, other = "about above across after again against all almost", "also always any back been be"
    texts = corpus_of({
        "a": paragraphs([f"kobaba mutele zirifo lapodu {one}"]),
        "b": paragraphs([f"kobaba mutele zirifo wanodi {other}"]),
        "c": paragraphs([f"kobaba lapodu sanive darulo {one}"]),
    })
    words = likeness.read(texts)
    table = equal_length.variants(texts, words, seed=1, n_draws=20)
    reasons = equal_length.why(texts, table, words, words).set_index("measure")
    row = reasons.loc["Jaccard"]
    assert row["as_it_is"] == pytest.approx(0.5) and row["function_words"] == pytest.approx(1)
    assert row["reason"] == "function words: without that difference 1.00"
    assert row["names"] == row["spelling"] == row["as_it_is"]  # neither occurs here
    assert reasons.loc["character n-gram cosine", "reason"] == "they agree"


def test_unequal_lengths_are_found_in_the_shipped_texts(variants, shipped, words):
    reasons = equal_length.why(shipped, variants, words, likeness.read(shipped, fold=False))
    row = reasons.set_index("measure").loc["Jaccard"]
    assert row["length"] > row["as_it_is"] + 0.1 and "unequal lengths" in row["reason"]


def test_agreement_names_what_moves(variants, shipped, words):
    table = equal_length.agreement(variants)
    assert len(table) == 4 * 5 - 1
    moved = table[table["moved"] != ""]
    assert (moved["rank_here"] != moved["rank_first"]).all()
    reasons = equal_length.why(shipped, variants, words, likeness.read(shipped, fold=False))
    said = " ".join(equal_length.agreement_reading(table, reasons))
    assert "equal length, names kept" in said and "largest move" in said and "nan" not in said


def test_one_pair_has_no_order():
    texts = corpus_of({n: paragraphs(blocks_of(stock("ko"), 6, n == "b")) for n in "ab"})
    words = likeness.read(texts)
    table = equal_length.variants(texts, words, seed=1, n_draws=5)
    reasons = equal_length.why(texts, table, words, words)
    assert set(reasons["reason"]) == {"no order to compare"}
    assert equal_length.agreement_reading(equal_length.agreement(table), reasons) == []


def test_sentences_are_listed_up_to_so_many_texts(monkeypatch):
    texts = corpus_of({n: paragraphs(blocks_of(stock("ko"), 3, 1)) for n in "abc"})
    monkeypatch.setattr(likeness, "MOST_TEXTS", 3)
    assert [len(own) for own in likeness.Pairs(texts).evidence] == [6, 6, 6]
    monkeypatch.setattr(likeness, "MOST_TEXTS", 2)
    first, second, _ = texts.units.groupby("statement_id")["sentence_id"].first()
    assert likeness.Pairs(texts).evidence[0] == [first, second]


def test_pairs_without_a_value_are_left_out_of_the_order():
    nan = float("nan")
    assert equal_length._correlation(
        np.array([1, 2, 3, 4, nan]), np.array([1, 3, 2, nan, 9])) == pytest.approx(0.5)


def test_a_reason_is_named_from_a_rise_of_a_tenth_on():
    values = dict.fromkeys(equal_length.REASONS, 1.0)
    assert equal_length._reason(values | {"as_it_is": equal_length.SAME_ORDER}) == "they agree"
    quiet = dict.fromkeys(equal_length.REASONS, 0.0) | {"as_it_is": 0.0}
    assert equal_length._reason(quiet | {"names": 0.1}).startswith("names: without that difference")
    assert equal_length._reason(quiet | {"names": 0.09}).startswith("none of these")
    half = dict.fromkeys(equal_length.REASONS, 0.5) | {"as_it_is": 0.5}
    assert equal_length._reason(half | {"names": 0.55}).startswith("none of these")
    unknown = dict.fromkeys(equal_length.REASONS, math.nan) | {"as_it_is": 0.0}
    assert equal_length._reason(unknown).startswith("none of these")


def test_agreement_and_reasons_by_hand(variants, shipped, words):
    """From the table of pairs, row by row."""
    own = variants[variants["kind"] == likeness.STATEMENTS]

    def values(measure, how, names):
        part = own[(own["length"] == how) & (own["names"] == names)]
        return dict(zip(part["pair"], part[measure], strict=True))

    def ranks(found):
        return {pair: 1 + sum(other > value for other in found.values())
                for pair, value in found.items()}

    first = values("tfidf", equal_length.WHOLE, equal_length.KEPT)
    keys = {label: name for name, label in likeness.MEASURES.items()}
    table = equal_length.agreement(variants)
    assert list(dict.fromkeys(zip(table["length"], table["names"], strict=True))) == [
        (how, names) for names in (equal_length.KEPT, equal_length.MASKED)
        for how in (equal_length.WHOLE, equal_length.EQUAL)
    ]
    for row in table.itertuples():
        here = values(keys[row.measure], row.length, row.names)
        assert row.first == max(here, key=here.get) and row.pairs == len(here)
        assert row.rank_correlation == pytest.approx(
            stats.spearmanr(list(first.values()), [here[pair] for pair in first]).statistic)
        shifts = {pair: abs(ranks(here)[pair] - ranks(first)[pair]) for pair in first}
        assert shifts.get(row.moved, 0) == max(shifts.values())
        if row.moved:
            assert (row.rank_first, row.rank_here) == (ranks(first)[row.moved],
                                                       ranks(here)[row.moved])
    reasons = equal_length.why(shipped, variants, words, likeness.read(shipped, fold=False))
    assert reasons["measure"].tolist() == list(likeness.MEASURES.values())[1:]
    for row in reasons.itertuples():
        for column, how, names in (("length", equal_length.EQUAL, equal_length.KEPT),
                                   ("names", equal_length.WHOLE, equal_length.MASKED)):
            sides = values("tfidf", how, names), values(keys[row.measure], how, names)
            assert getattr(row, column) == pytest.approx(
                stats.spearmanr(*(list(side.values()) for side in sides)).statistic)
    said = equal_length.agreement_reading(table, reasons)[-1]
    moved = table[table["moved"] != ""]
    widest = max(moved.itertuples(), key=lambda row: abs(row.rank_here - row.rank_first))
    assert f"{widest.moved} from rank {widest.rank_first} to {widest.rank_here}" in said


def test_a_block_of_one_word_is_a_block():
    words = likeness.read(corpus_of({"a": paragraphs(["go", "we act on borders"]),
                                     "b": paragraphs(["they act on returns", "stop"])}))
    assert [[len(part) for part in own] for own in words.blocks] == [[1, 4], [4, 1]]


def test_half_of_the_shortest_statement_is_drawn(words, shipped):
    own = likeness.Pairs(shipped).statements
    lengths = [
        sum(text == number and not name for text, name in zip(words.text, words.name, strict=True))
        for number in np.flatnonzero(own)
    ]
    assert likeness.equal_length(words, own) == min(lengths) // 2


def test_error_of_the_mean_draw_by_hand(words, shipped):
    """The draws again, one by one."""
    ids, m = likeness.Pairs(shipped).ids, 60
    found = likeness.at_equal_length(words, ids, m, seed=3, n_draws=7)
    draws = [likeness.drawing(blocks, m, generator(3, "equal length", name))
             for blocks, name in zip(words.blocks, ids, strict=True)]
    values = np.array([
        likeness.grids(words, [draw()[0] for draw in draws], ["tfidf"])["tfidf"] for _ in range(7)
    ])
    assert found["tfidf"] == pytest.approx(values.mean(axis=0))
    assert found["error"] == pytest.approx(values.std(axis=0) / math.sqrt(7), abs=1e-7)


def test_the_reading_by_the_same_measure_is_of_the_same_measure(variants, shipped, words):
    table = equal_length.agreement(variants)
    reasons = equal_length.why(shipped, variants, words, likeness.read(shipped, fold=False))
    said = equal_length.agreement_reading(table, reasons)[0]
    own = table[table["measure"] == likeness.MEASURES["tfidf"]]
    assert len(own) == 3
    for row in own.itertuples():
        correlation = f"{row.rank_correlation:.2f}".replace("-", "−")
        assert (f"{row.length}, names {row.names}, puts {row.first} first (rank correlation "
                f"{correlation})") in said
    assert said.count("rank correlation") == 3
