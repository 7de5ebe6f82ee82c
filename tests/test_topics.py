"""Topics: planted ones are found, noise is called noise, and nothing depends on chance or order."""

import hashlib
import itertools
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse
from small import SHIPPED, corpus_of, paragraphs

from analysis import (
    charts_dots,
    corpus,
    topic_blocks,
    topic_model,
    topic_shares,
    topic_stability,
    topic_trust,
    topics,
)
from analysis.topic_stability import ABOVE, AT, BELOW, CHANCE, Effort

STATEMENTS = ("a", "b", "c", "d")


def planted(
    n_topics: int, n_blocks: int, *, seed: int, by_statement: bool = False
) -> tuple[topic_blocks.Blocks, np.ndarray]:
    """Blocks of 60 words drawn from Dirichlet topics, and the topics' probabilities of words.

    by_statement: the first topic occurs in the first statement only.
    """
    rng = np.random.default_rng(seed)
    truth = rng.dirichlet(np.full(300, 0.05), n_topics)
    shares = rng.dirichlet(np.full(n_topics, 0.1), n_blocks)
    statements = np.sort(np.resize(STATEMENTS, n_blocks))
    if by_statement:
        shares[statements == "a"] = np.eye(n_topics)[0]
        shares[statements != "a", 0] = 0
        shares /= shares.sum(axis=1, keepdims=True)
    counts = np.array([rng.multinomial(60, share @ truth) for share in shares], dtype=float)
    known = np.flatnonzero((counts > 0).sum(axis=0) >= topics.MIN_BLOCKS)
    return topic_blocks.from_counts(counts[:, known], statements), truth[:, known]


@pytest.fixture(scope="module")
def shipped():
    return corpus.load(SHIPPED)


@pytest.fixture(scope="module")
def page(shipped):
    """Everything the page shows, with few runs."""
    return everything(shipped)


#: Little work; the line then scatters more.
FEWER = Effort(runs=6, starts=0, shuffles=4, blocks=1000)
FEWEST = Effort(runs=4, starts=2, shuffles=2, blocks=1000)


def everything(texts, *, n_topics=6, seed=1, effort=FEWEST):
    blocks = topics.block_counts(texts)
    model = topic_model.fit(blocks, n_topics=n_topics)
    found = topic_stability.stability(blocks, model, seed=seed, effort=effort)
    table = topics.topics_table(texts, blocks, model, found)
    shares = topic_shares.topic_shares(texts, blocks, model, table, seed=seed, n_boot=200)
    return {
        "blocks": blocks,
        "model": model,
        "found": found,
        "topics": table,
        "stability": topics.stability_table(blocks, model, table, found),
        "shares": shares,
        "groups": topic_shares.group_shares(texts, blocks, model, table, shares),
        "projected": topic_shares.topic_shares(
            texts, blocks, model, table, seed=seed, n_boot=200, fitted=False
        ),
        "passages": topics.passages(texts, blocks, model, table),
        "words": topics.words_table(blocks, model, table),
        "stop_words": topics.stop_words_table(texts),
    }


# Planted topics and noise


@pytest.mark.parametrize(
    ("n_topics", "n_blocks", "seed"),
    [(5, 40, 0), (5, 40, 1), (5, 120, 3), (20, 5000, 5)],
)
def test_planted_topics_are_found(n_topics, n_blocks, seed):
    blocks, truth = planted(n_topics, n_blocks, seed=seed)
    model = topic_model.fit(blocks, n_topics=n_topics)
    assert topic_model.matched(truth, model.words).min() >= 0.9


@pytest.mark.parametrize(("n_blocks", "seed"), [(40, 0), (40, 2), (120, 3)])
def test_planted_topics_are_found_by_lda(n_blocks, seed):
    blocks, truth = planted(5, n_blocks, seed=seed)
    model = topic_model.fit(blocks, n_topics=5, kind="lda")
    assert topic_model.matched(truth, model.words).min() >= 0.9
    assert model.shares.sum(axis=1) == pytest.approx(np.ones(n_blocks), abs=1e-9)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_statement_without_any_word_of_the_topics_weighs_nothing_in_lda():
    blocks, truth = planted(5, 120, seed=3)
    empty = sparse.csr_array((1, blocks.counts.shape[1]))
    part = topic_blocks.Part(
        counts=sparse.csr_array(sparse.vstack([blocks.counts, empty])),
        idf=np.ones(blocks.counts.shape[1]),
        statements=np.array([*np.arange(120) % 4, 4]),
        anchors=sparse.csr_array((0, blocks.counts.shape[1])),
    )
    found = topic_model._lda(part, 5, 1, 0.0)
    assert np.isfinite(found.weights).all()
    assert topic_model.matched(truth, found.weights).min() >= 0.9


@pytest.mark.parametrize("kind", ["nmf", "lda"])
def test_planted_topics_are_above_the_line_and_shuffled_words_are_not(kind):
    effort = FEWER if kind == "nmf" else Effort(3, 0, 2, 1000)
    blocks, _ = planted(5, 120, seed=1)
    model = topic_model.fit(blocks, n_topics=5, kind=kind)
    found = topic_stability.stability(blocks, model, seed=1, effort=effort)
    assert found.standings == [ABOVE] * 5
    mixed = replace(
        blocks, counts=topic_stability.shuffled(blocks.counts, np.random.default_rng(99))
    )
    noise = topic_model.fit(mixed, n_topics=5, kind=kind)
    sought = topic_stability.stability(mixed, noise, seed=1, effort=effort)
    assert not sought.supported and ABOVE not in sought.standings


def test_the_shipped_texts_shuffled_have_no_supported_topic(shipped):
    blocks = topic_blocks.sample(topics.block_counts(shipped), 10_000, seed=1)
    rng = np.random.default_rng(3)
    mixed = replace(blocks, counts=topic_stability.shuffled(blocks.counts, rng), order=None)
    model = topic_model.fit(mixed, n_topics=6)
    found = topic_stability.stability(mixed, model, seed=2, effort=FEWER)
    table = topics.topics_table(shipped, mixed, model, found)
    assert table["topic"].str.contains("unstable").all()
    assert topic_trust.verdict(table, found).startswith("No supported topic structure")


def test_shuffling_keeps_lengths_and_frequencies(shipped):
    counts = topics.block_counts(shipped).counts
    mixed = topic_stability.shuffled(counts, np.random.default_rng(1))
    assert np.array_equal(mixed.sum(axis=0), counts.sum(axis=0))
    assert np.array_equal(mixed.sum(axis=1), counts.sum(axis=1))
    assert (mixed != counts).nnz > 0


def test_a_topic_of_one_statement_is_named_so():
    blocks, truth = planted(4, 120, seed=7, by_statement=True)
    model = topic_model.fit(blocks, n_topics=4)
    found = topic_stability.stability(blocks, model, seed=1, effort=FEWER)
    texts = corpus_of(dict.fromkeys(STATEMENTS, "We act. We agree.\n"))
    table = topics.topics_table(texts, blocks, model, found)
    cosine = [topic_model.matched(truth[:1], words[None])[0] for words in model.words]
    own = table.loc[int(np.argmax(cosine))]
    assert own["standing"] == ABOVE and own["badges"] == topics.OWN
    assert own["topic"].endswith("(statement-specific)")
    assert own["top_share"] > 0.9
    assert table["badges"].str.contains(topics.OWN).sum() == 1
    said = topic_trust.trust_reading(table, blocks, model, found)
    assert any(own["topic"] in text and "not compared" in text for text in said)
    assert own["topic"] not in topic_shares.comparable(table)["topic"].tolist()


# Known answers and slow versions


def test_frex_by_hand():
    # Two topics, four words. Exclusivity of the first topic: .4/.5, .3/.4, .2/.6, .1/.5
    # = .8, .75, .333, .2, its ranks over 4: 1, .75, .5, .25; frequency ranks: 1, .75, .5, .25.
    # The second: exclusivity .2, .25, .667, .8, ranks .25, .5, .75, 1; frequency .1, .1, .4, .4:
    # ties share their highest rank, 2/4 and 4/4. Bischof & Airoldi 2012, w = .5.
    words = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.1, 0.4, 0.4]])
    expected = [
        [1, 0.75, 0.5, 0.25],
        [1 / (0.5 / 0.25 + 0.5 / 0.5), 0.5, 1 / (0.5 / 0.75 + 0.5 / 1), 1],
    ]
    assert topic_model.frex(words) == pytest.approx(np.array(expected), abs=1e-15)


def test_words_that_another_processor_would_swap_are_ties():
    """Sums in another order differ in the last bits; neither top words nor FREX may follow them."""
    words = np.array([[0.3, 0.2, 0.2, 0.3], [0.1, 0.4, 0.4, 0.1]])
    for bits in (0.0, 1e-16, -1e-16, 5e-14):
        shaken = words + bits * np.array([1, -1, 1, -1])
        assert topic_model.most_first(shaken).tolist() == [[0, 3, 1, 2], [1, 2, 0, 3]]
        assert (topic_model.frex(shaken) == topic_model.frex(words)).all()


def test_frex_of_weight_zero_is_frequency_alone():
    words = np.random.default_rng(1).dirichlet(np.ones(30), 4)
    order = topic_model.frex(words, weight=0).argsort(axis=1)
    assert np.array_equal(order, words.argsort(axis=1))


@settings(max_examples=40)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 10_000))
def test_matching_equals_the_best_of_all_permutations(n_a, n_b, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.random((n_a, 7)), rng.random((n_b, 7))
    cosine = np.array(
        [[x @ y / np.sqrt(x @ x) / np.sqrt(y @ y) for y in b] for x in a]
    )
    if n_a <= n_b:
        best = max(
            sum(cosine[i, j] for i, j in enumerate(chosen))
            for chosen in itertools.permutations(range(n_b), n_a)
        )
    else:
        best = max(
            sum(cosine[i, j] for j, i in enumerate(chosen))
            for chosen in itertools.permutations(range(n_a), n_b)
        )
    found = topic_model.matched(a, b)
    assert found.sum() == pytest.approx(best, abs=1e-12)
    assert np.count_nonzero(found) == min(n_a, n_b)


def test_a_model_matches_itself_in_any_order():
    words = np.random.default_rng(2).dirichlet(np.ones(30), 6)
    assert topic_model.matched(words, words[::-1]) == pytest.approx(np.ones(6), abs=1e-12)


def test_projection_equals_a_general_optimiser(page):
    blocks, model = page["blocks"], page["model"]
    x = topic_blocks.tfidf(blocks.counts, blocks.idf).toarray()
    for row in (0, 17, 60, 130):
        slow = optimize.lsq_linear(model.weights.T, x[row], bounds=(0, np.inf), tol=1e-14).x
        assert model.shares[row] == pytest.approx(slow / slow.sum(), abs=1e-6)


def test_word_probabilities_equal_the_slow_version():
    rng = np.random.default_rng(4)
    counts = rng.poisson(1, (6, 5)).astype(float)
    statements = np.array(["a", "a", "b", "b", "b", "c"])
    weights, shares = rng.dirichlet(np.ones(5), 3), rng.dirichlet(np.ones(3), 6)
    slow = np.zeros((3, 5))
    for i, k, v in itertools.product(range(6), range(3), range(5)):
        length = counts[statements == statements[i]].sum()
        whole = sum(shares[i, j] * weights[j, v] for j in range(3))
        slow[k, v] += counts[i, v] / length * shares[i, k] * weights[k, v] / whole
    slow /= slow.sum(axis=1, keepdims=True)
    found = topic_model.word_probabilities(sparse.csr_array(counts), statements, weights, shares)
    assert found == pytest.approx(slow, abs=1e-12)


def test_agreement_of_known_partitions():
    blocks, _ = planted(4, 120, seed=1)
    place = np.unique(blocks.statements, return_inverse=True)[1]
    model = topic_model.fit(blocks, n_topics=4)
    same = replace(model, shares=np.eye(4)[place])
    random = replace(model, shares=np.eye(4)[np.random.default_rng(1).permutation(place)])
    assert topic_model.agreement(blocks, same) == pytest.approx(1)
    assert abs(topic_model.agreement(blocks, random)) < 0.05


# Laws


def test_shares_and_probabilities_sum_to_one(page):
    assert page["model"].shares.sum(axis=1) == pytest.approx(np.ones(141), abs=1e-12)
    for matrix in (page["model"].weights, page["model"].words):
        assert matrix.sum(axis=1) == pytest.approx(np.ones(6), abs=1e-12)
    for table in (page["shares"], page["projected"]):
        sums = table.groupby("statement")["share"].sum()
        assert sums.to_numpy() == pytest.approx(np.ones(len(sums)), abs=1e-12)


def test_every_statement_weighs_the_same():
    weights = topic_blocks.equal_weights(np.array(["a", "b", "b", "c", "c", "c"]))
    assert weights == pytest.approx([2, 1, 1, 2 / 3, 2 / 3, 2 / 3])


def test_a_statement_written_twice_over_makes_the_same_topics():
    blocks, _ = planted(5, 120, seed=3)
    twice = np.concatenate([np.arange(120), np.flatnonzero(blocks.statements == "a")])
    longer = replace(
        blocks, counts=blocks.counts[twice], table=blocks.table.loc[twice].reset_index(drop=True)
    )
    first, second = (topic_model.fit(b, n_topics=5) for b in (blocks, longer))
    assert topic_model.matched(first.weights, second.weights).min() > 0.999


def test_the_order_of_statements_is_no_matter():
    texts = topic_texts()
    first = topics.block_counts(corpus_of(texts))
    second = topics.block_counts(corpus_of(dict(reversed(texts.items()))))
    models = [topic_model.fit(blocks, n_topics=3) for blocks in (first, second)]
    assert models[0].weights.tobytes() == models[1].weights.tobytes()
    assert list(first.words) == list(second.words)
    sought = [
        topic_stability.stability(blocks, model, seed=1, effort=Effort(3, 0, 1, 1000)).parts
        for blocks, model in zip((first, second), models, strict=True)
    ]
    assert sought[0].tobytes() == sought[1].tobytes()


def topic_texts() -> dict[str, str]:
    """Two statements of twelve blocks, drawn from three groups of words."""
    rng = np.random.default_rng(5)
    pools = ["border patrol fence guard", "asylum claim appeal court", "boat engine beach tide"]
    return {
        name: paragraphs(
            [" ".join(rng.choice(pools[rng.integers(3)].split(), 8)) for _ in range(12)]
        )
        for name in ("one", "two")
    }


def test_a_commentary_changes_no_topic(shipped, page):
    study = shipped.study
    statements = study.statements[study.statements["genre"] == "statement"]
    alone = corpus.build(
        replace(
            study,
            statements=statements.reset_index(drop=True),
            texts={i: study.texts[i] for i in statements["statement_id"]},
        )
    )
    blocks = topics.block_counts(alone)
    model = topic_model.fit(blocks, n_topics=6)
    assert list(blocks.words) == list(page["blocks"].words)
    assert model.weights.tobytes() == page["model"].weights.tobytes()
    assert page["projected"]["statement"].unique().tolist() == ["Statewatch 2023"]
    assert "Statewatch 2023" not in page["shares"]["statement"].tolist()
    assert "Statewatch 2023" not in page["passages"]["statement"].tolist()


FINGERPRINT = """
import hashlib
from analysis import corpus, topic_choice, topic_model, topic_stability, topics
from analysis.topic_stability import Effort
blocks = topics.block_counts(corpus.load({study!r}))
parts = []
for kind in ("nmf", "lda"):
    model = topic_model.fit(blocks, n_topics=6, kind=kind)
    found = topic_stability.stability(blocks, model, seed=1, effort=Effort(2, 2, 2, 1000))
    parts += [model.weights, model.words, model.shares, found.parts, found.starts, found.noise]
print(hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest())
"""


def test_the_same_bytes_with_one_thread_or_two(shipped):
    printed = [
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT.format(study=str(SHIPPED))],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path),
                 "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True, text=True, check=True,
        ).stdout
        for threads in ("1", "2")
    ]
    assert printed[0] == printed[1]
    assert len(printed[0].strip()) == hashlib.sha256().digest_size * 2


def test_a_seed_moves_the_runs_and_not_the_topics(shipped, page):
    other = everything(shipped, seed=2)
    assert other["model"].weights.tobytes() == page["model"].weights.tobytes()
    assert not np.array_equal(other["found"].parts, page["found"].parts)
    assert not np.array_equal(other["found"].noise, page["found"].noise)


# Labels, tables and words


def test_a_stem_is_shown_in_its_most_frequent_form():
    texts = corpus_of(
        {
            "one": "Smugglers smuggle.\n\nSmugglers hide boats.\n\nBorder boats arrive.\n",
            "two": "Smugglers use a boat.\n\nBorders and a border boat.\n\nA boat arrived.\n",
        }
    )
    words = topics.block_counts(texts).words.tolist()
    assert "boat" in words and "boats" not in words  # three boat, two boats
    assert "smugglers" in words
    assert "border" in words
    assert "arrive" in words  # as often as arrived, and before it in the alphabet


def test_labels_hold_only_words_of_the_topic(page):
    model, blocks = page["model"], page["blocks"]
    for k, row in enumerate(page["topics"].itertuples()):
        inside = set(blocks.words[model.words[k] > 0])
        assert {*row.frex.split(", "), *row.probable.split(", ")} <= inside
        top = blocks.words[np.argmax(model.words[k])]
        assert row.probable.split(", ")[0] == top
        assert row.topic.startswith(f"T{k + 1} {row.frex.split(', ')[0]}")


def standing_of(parts, line, *, tried=1):
    parts = np.asarray(parts, dtype=float)
    n = parts.shape[1]
    return topic_stability.Stability(
        parts=parts, starts=parts[:0], noise=np.full((2, n), line), anchored=np.zeros(n, bool),
        noise_anchored=np.zeros((2, n), bool), tried=tried, n_fits=1, n_stopped=0,
        n_blocks=0,
    )


def test_standing_by_hand():
    # Means .9, .9, .9, .5; the third scatters: .9 − 6.314 · .1414 / √2 is far below the line of .8
    # (6.314: Student's t, 95 %, one degree of freedom). Of four topics two are above it:
    # P(X ≥ 2) = 1 − .95⁴ − 4 · .05 · .95³ = .014.
    parts = [[0.9, 0.9, 1.0, 0.5], [0.9, 0.9, 0.8, 0.5]]
    found = standing_of(parts, 0.8)
    assert found.at_least[2] == pytest.approx(0.9 - 6.3138 * 0.1, abs=1e-4)
    assert found.n_above == 2 and found.supported
    assert found.standings == [ABOVE, ABOVE, AT, BELOW]
    # Picked among ten numbers, P would have to be below .005.
    assert standing_of(parts, 0.8, tried=10).standings == [CHANCE, CHANCE, AT, BELOW]


@pytest.mark.parametrize("tried", [1, 11])
def test_how_many_topics_chance_leaves_equals_a_count(tried):
    rng = np.random.default_rng(tried)
    for n in (2, 6, 20):
        above = (rng.random((200_000, n)) < 0.05).sum(axis=1)
        needed = topic_stability.needed(n, tried=tried)
        assert (above >= needed).mean() < 0.05 / tried
        assert (above >= needed - 1).mean() > 0.05 / tried


def test_an_anchored_topic_has_the_line_of_anchored_noise():
    found = replace(
        standing_of(np.full((3, 2), 0.95), 0.5), noise=np.array([[0.99, 0.5], [0.99, 0.6]]),
        anchored=np.array([True, False]), noise_anchored=np.array([[True, False]] * 2),
    )
    assert found.lines == pytest.approx([0.99, 0.595])
    assert found.n_above == 1


def test_a_share_is_the_mean_of_its_blocks_by_words(page):
    table, model = page["blocks"].table, page["model"]
    own = (table["statement_id"] == "uk-fr-2022-11-14").to_numpy()
    slow = np.average(model.shares[own, 2], weights=table["words"][own])
    row = page["shares"][page["shares"]["statement"] == "UK–France 2022"].iloc[2]
    assert row["share"] == pytest.approx(slow, abs=1e-12)
    assert row["low"] < row["share"] < row["high"]


def test_short_statements_have_shares_without_intervals(page):
    shares = page["shares"]
    short = shares[shares["statement"].str.startswith("Calais Group")]
    assert short["low"].isna().all() and short["why_no_interval"].str.contains("15 are").all()
    assert short["share"].notna().all()
    said = " ".join(topic_shares.shares_reading(page["topics"], shares))
    assert "No interval is given for Calais Group 2022, Calais Group 2024" in said


def test_passages_are_the_blocks_with_the_largest_shares(shipped, page):
    ids = set(shipped.units["sentence_id"])
    for topic, own in page["passages"].groupby("topic", sort=False):
        assert own["share"].is_monotonic_decreasing and len(own) <= topics.PASSAGES_SHOWN
        assert topic in set(page["topics"]["topic"])
    assert all(evidence and set(evidence) <= ids for evidence in page["passages"]["evidence"])


def test_stop_words_are_counted_and_none_of_them_makes_a_topic(page):
    left_out = page["stop_words"]
    assert left_out.iloc[0]["word"] == "the" and left_out.iloc[0]["n"] > 400
    assert not set(left_out["word"]) & set(page["blocks"].words)
    assert "system" in set(left_out["word"])


def badged(page, *values):
    return page["topics"].assign(badges=list(values))


def test_the_verdict_follows_the_badges(page):
    above = standing_of(np.full((2, 6), 0.9), 0.5)
    below = standing_of(np.full((2, 6), 0.4), 0.5)
    weak = badged(page, *["unstable"] * 6)
    assert topic_trust.verdict(weak, below).startswith("No supported topic structure: 0 of 6")
    own = badged(page, topics.OWN, *["unstable"] * 5)
    assert topic_trust.verdict(own, above).startswith("No topic to compare")
    two = topic_trust.verdict(badged(page, "", "", topics.OWN, *["unstable"] * 3), above)
    assert two.startswith("2 of 6 topics can carry a comparison")


def test_no_claim_is_made_from_topics_with_badges(shipped, page):
    weak, shares = badged(page, *["unstable"] * 6), page["shares"]
    below = standing_of(np.full((2, 6), 0.4), 0.5)
    assert topic_shares.shares_reading(weak, shares)[0].startswith("No topic can carry")
    headline = topic_trust.headline(weak, shares, page["model"], below)
    assert "no difference is read" in headline
    given = (shipped, page["blocks"], page["model"], weak)
    found = topic_shares.contrasts(*given, seed=1, n_refits=99)
    assert found.empty and topic_shares.over_time(*given, shares).empty
    said = topic_shares.contrasts_reading(shipped, weak, found, n_refits=99)
    assert said == ["No topic can carry a contrast, so none was computed."]
    said = topic_trust.trust_reading(weak, page["blocks"], page["model"], below)
    assert any("6 of 6 carry the badge unstable" in text for text in said)


def test_a_difference_without_intervals_is_no_evidence(page):
    one, shares = badged(page, "", *["unstable"] * 5), page["shares"]
    above = standing_of(np.full((2, 6), 0.9), 0.5)
    given = (page["model"], above)
    assert "insufficient evidence" in topic_trust.headline(one, shares, *given)
    bounded = shares.assign(low=shares["share"] / 2, high=shares["share"])
    assert "insufficient evidence" not in topic_trust.headline(one, bounded, *given)
    assert topic_shares.shares_title(one).endswith(one["topic"].iloc[0])


def test_the_readings_change_with_the_tables(page):
    table, shares = badged(page, "", *["unstable"] * 5), page["shares"]
    above = standing_of(np.full((2, 6), 0.9), 0.5)
    doubled = shares.assign(share=1 - shares["share"])
    given = (page["model"], above)
    assert topic_trust.headline(table, shares, *given) != topic_trust.headline(
        table, doubled, *given
    )
    assert topic_shares.shares_reading(table, shares) != topic_shares.shares_reading(
        table, doubled
    )
    found = page["found"]
    swapped = replace(found, parts=found.starts, starts=found.parts, noise=found.noise * 0 + 0.123)
    said, other = (
        topic_trust.trust_reading(table, page["blocks"], page["model"], f)
        for f in (found, swapped)
    )
    assert any("0.12" in text for text in other) and not any("0.12" in text for text in said)
    assert any("more than where" in text for text in said)
    assert any("as much as" in text for text in other)


# Where it ends


def test_a_fit_that_does_not_converge_is_counted_and_said(shipped, monkeypatch):
    monkeypatch.setattr(topic_model, "MAX_STEPS", 2)
    page = everything(shipped)
    found = page["found"]
    assert not page["model"].converged
    assert found.n_stopped == found.n_fits == 1 + 4 + 2 + 2 * (1 + 4)
    said = topic_trust.trust_reading(page["topics"], page["blocks"], page["model"], found)
    assert any(f"{found.n_fits} of {found.n_fits} fits had not converged" in s for s in said)


def test_all_fits_of_the_shipped_texts_converge(page):
    assert page["model"].converged and page["found"].n_stopped == 0


def test_fewer_topics_than_asked_are_fitted_and_said():
    page = everything(corpus_of(topic_texts()), n_topics=30)
    assert page["blocks"].most_topics == len(page["model"].weights) == 12
    said = topic_trust.trust_reading(
        page["topics"], page["blocks"], page["model"], page["found"]
    )
    assert any(text.startswith("Fewer topics than asked for: 30 topics") for text in said)


@pytest.mark.parametrize(
    "texts",
    [
        {"one": "We act on borders.\n", "two": "Ships sail.\n"},
        {"one": "It is what it is.\n", "two": "It was.\n"},
        {"one": "Borders matter.\n", "two": "Borders matter.\n"},
    ],
)
def test_too_little_text_is_insufficient_evidence_and_no_error(texts):
    texts = corpus_of(texts)
    page = everything(texts)
    said = topic_trust.trust_reading(
        page["topics"], page["blocks"], page["model"], page["found"]
    )
    if page["topics"].empty:
        assert said[0].startswith("Insufficient evidence: 6 topics were asked for")
        headline = topic_trust.headline(
            page["topics"], page["shares"], page["model"], page["found"]
        )
        assert headline.startswith("Insufficient evidence")
    chart = charts_dots.dot_panels(
        page["shares"], row="topic", panel="statement", value="share", low="low", high="high",
        panel_groups=texts.group_of, groups={}, title=topic_shares.shares_title(page["topics"]),
    )
    assert (chart is None) == page["topics"].empty
    assert topic_shares.projected_reading(page["topics"], page["projected"])
    assert topics.vocabulary_reading(texts, page["blocks"], page["stop_words"])


def test_a_text_without_shared_words_is_named():
    texts = corpus_of({**topic_texts(), "three": "Zebras graze.\n"})
    page = everything(texts, n_topics=3)
    assert "THREE 2012" not in set(page["shares"]["statement"])
    said = topics.vocabulary_reading(texts, page["blocks"], page["stop_words"])
    assert any("No block is left of THREE 2012" in text for text in said)


def test_languages_without_a_stop_list_lose_no_word():
    texts = corpus_of(
        {"one": "Der Rat und der Bund.\n\nDer Bund.\n", "two": "Der Rat.\n\nDer Bund und Rat.\n"},
        languages={"one": "ro", "two": "ro"},
    )
    assert topics.stop_words_table(texts).empty
    assert "der" in topics.block_counts(texts).words
