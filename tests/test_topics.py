"""Topics: planted ones are found, noise is called noise, and nothing depends on chance or order."""

import hashlib
import itertools
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse
from small import SHIPPED, corpus_of, paragraphs

from analysis import charts, corpus, topic_model, topics
from analysis.inference import generator

STATEMENTS = ("a", "b", "c", "d")


def planted(
    n_topics: int, n_blocks: int, *, seed: int, by_statement: bool = False
) -> tuple[topic_model.Blocks, np.ndarray]:
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
    return blocks_of(counts[:, known], statements), truth[:, known]


def blocks_of(counts: np.ndarray, statements: np.ndarray) -> topic_model.Blocks:
    df = (counts > 0).sum(axis=0)
    ids = [f"{name}:b{row}.s1" for row, name in enumerate(statements, start=1)]
    table = pd.DataFrame(
        {
            "statement_id": statements,
            "block": np.arange(1, len(counts) + 1),
            "fitted": True,
            "words": counts.sum(axis=1).astype(int),
            "text": ids,
            "sentences": [[identifier] for identifier in ids],
        }
    )
    return topic_model.Blocks(
        table=table,
        counts=sparse.csr_array(counts),
        idf=np.log((1 + len(counts)) / (1 + df)) + 1,
        words=np.array([f"w{i:03d}" for i in range(counts.shape[1])]),
        n_without=0,
        n_single=0,
    )


@pytest.fixture(scope="module")
def shipped():
    return corpus.load(SHIPPED)


@pytest.fixture(scope="module")
def page(shipped):
    """Everything the page shows, with few runs."""
    return everything(shipped)


@pytest.fixture
def fewer_runs(monkeypatch):
    """A seventh of the work; the line is then a little higher."""
    monkeypatch.setattr(topic_model, "RUNS", 16)
    monkeypatch.setattr(topic_model, "FEWER_RUNS", 6)
    monkeypatch.setattr(topic_model, "SHUFFLES", 8)


def everything(texts, *, n_topics=6, seed=1):
    with pytest.MonkeyPatch.context() as few:
        few.setattr(topic_model, "RUNS", 8)
        few.setattr(topic_model, "FEWER_RUNS", 4)
        few.setattr(topic_model, "SHUFFLES", 3)
        blocks = topics.block_counts(texts)
        model = topic_model.fit(blocks, n_topics=n_topics)
        found = topic_model.stability(blocks, model, seed=seed)
        table = topics.topics_table(texts, blocks, model, found)
        return {
            "blocks": blocks,
            "model": model,
            "found": found,
            "topics": table,
            "stability": topics.stability_table(table, found),
            "shares": topics.topic_shares(texts, blocks, model, table, seed=seed, n_boot=200),
            "projected": topics.topic_shares(
                texts, blocks, model, table, seed=seed, n_boot=200, fitted=False
            ),
            "passages": topics.passages(texts, blocks, model, table),
            "numbers": topics.numbers_of_topics(blocks, model, found, seed=seed),
            "stop_words": topics.stop_words_table(texts),
        }


# Planted topics and noise


@pytest.mark.parametrize(
    ("n_topics", "n_blocks", "seed"),
    [(5, 40, 0), (5, 40, 1), (5, 40, 2), (5, 120, 3), (5, 5000, 4), (20, 5000, 5)],
)
def test_planted_topics_are_found(n_topics, n_blocks, seed):
    blocks, truth = planted(n_topics, n_blocks, seed=seed)
    model = topic_model.fit(blocks, n_topics=n_topics)
    assert topic_model.matched(truth, model.words).min() >= 0.9


def test_planted_topics_are_above_the_line_and_shuffled_words_are_not(fewer_runs):
    blocks, _ = planted(5, 120, seed=1)
    model = topic_model.fit(blocks, n_topics=5)
    found = topic_model.stability(blocks, model, seed=1)
    assert (found.at_least > found.line).all()
    mixed = replace(
        blocks, counts=topic_model.shuffled(blocks.counts, np.random.default_rng(99))
    )
    noise = topic_model.fit(mixed, n_topics=5)
    sought = topic_model.stability(mixed, noise, seed=1)
    assert (sought.at_least > sought.line).sum() <= 1


def test_the_shipped_texts_shuffled_have_no_supported_topic(shipped, fewer_runs):
    blocks = topics.block_counts(shipped)
    rng = np.random.default_rng(3)
    counts = blocks.counts[blocks.fitted]
    mixed = replace(
        blocks,
        counts=topic_model.shuffled(counts, rng),
        table=blocks.table.loc[blocks.fitted].reset_index(drop=True),
    )
    model = topic_model.fit(mixed, n_topics=6)
    found = topic_model.stability(mixed, model, seed=2)
    table = topics.topics_table(shipped, mixed, model, found)
    assert (table["standing"].str.startswith(topics.ABOVE)).sum() <= 1
    assert table["topic"].str.endswith("(weak)").sum() >= 5


def test_shuffling_keeps_lengths_and_frequencies(shipped):
    counts = topics.block_counts(shipped).counts
    mixed = topic_model.shuffled(counts, np.random.default_rng(1))
    assert np.array_equal(mixed.sum(axis=0), counts.sum(axis=0))
    assert np.array_equal(mixed.sum(axis=1), counts.sum(axis=1))
    assert (mixed != counts).nnz > 0


def test_a_topic_of_one_statement_is_named_so(fewer_runs):
    blocks, truth = planted(4, 120, seed=7, by_statement=True)
    model = topic_model.fit(blocks, n_topics=4)
    found = topic_model.stability(blocks, model, seed=1)
    texts = corpus_of(dict.fromkeys(STATEMENTS, "We act. We agree.\n"))
    table = topics.topics_table(texts, blocks, model, found)
    cosine = [topic_model.matched(truth[:1], words[None])[0] for words in model.words]
    own = table.loc[int(np.argmax(cosine))]
    assert own["standing"] == f"{topics.ABOVE}, {topics.OWN}"
    assert own["topic"].endswith("(one text)")
    assert own["top_share"] > 0.9
    assert table["standing"].str.contains(topics.OWN).sum() == 1
    runs = topics.stability_table(table, found)
    said = topics.trust_reading(table, runs, blocks, model, found)
    assert any(own["topic"] in text and "not compared" in text for text in said)


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
    x = topic_model.tfidf(blocks.counts, blocks.idf).toarray()
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
    weights = topic_model.equal_weights(np.array(["a", "b", "b", "c", "c", "c"]))
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
        topic_model.found_again(blocks, model, seed=1, runs=3)[0]
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
from analysis import corpus, topic_model, topics
topic_model.RUNS = topic_model.FEWER_RUNS = topic_model.SHUFFLES = 2
blocks = topics.block_counts(corpus.load({study!r}))
model = topic_model.fit(blocks, n_topics=6)
found = topic_model.stability(blocks, model, seed=1)
parts = (model.weights, model.words, model.shares, found.parts, found.starts, found.noise)
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


def test_standing_by_hand():
    # Means .9, .9, .5; the second scatters: .9 − 1.645·.1414/√2 = .7355 is below a line of .8.
    parts = np.array([[0.9, 1.0, 0.5], [0.9, 0.8, 0.5]])
    found = topic_model.Stability(
        parts=parts, starts=parts, noise=np.full((2, 3), 0.8), n_fits=1, n_stopped=0
    )
    assert found.at_least[1] == pytest.approx(0.9 - 1.645 * 0.1)
    standing = [topics._standing(found, k, specific=False) for k in range(3)]
    assert standing == [topics.ABOVE, topics.AT, topics.BELOW]
    assert topics._standing(found, 0, specific=True) == f"{topics.ABOVE}, {topics.OWN}"


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
    said = " ".join(topics.shares_reading(page["topics"], shares))
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


def standings(page, *values):
    return page["topics"].assign(standing=list(values))


def test_the_verdict_follows_the_standings(page):
    above, below, own = topics.ABOVE, topics.BELOW, f"{topics.ABOVE}, {topics.OWN}"
    assert topics.verdict(standings(page, *[below] * 6)).startswith(
        "No supported topic structure: none of 6"
    )
    assert topics.verdict(standings(page, *[topics.AT] * 6)).startswith("No supported")
    assert topics.verdict(standings(page, own, *[below] * 5)).startswith("No topic to compare")
    two = topics.verdict(standings(page, above, above, own, *[below] * 3))
    assert two.startswith("2 of 6 topics can carry a comparison")


def test_no_claim_is_made_from_weak_topics(page):
    weak = standings(page, *[topics.BELOW] * 6)
    assert topics.shares_reading(weak, page["shares"])[0].startswith("No topic can carry")
    assert "no difference is read" in topics.headline(weak, page["shares"])
    assert topics.shares_title(weak) == "No supported topic structure"
    runs = page["stability"]
    said = topics.trust_reading(weak, runs, page["blocks"], page["model"], page["found"])
    assert any("6 of 6 are weak" in text for text in said)


def test_a_difference_without_intervals_is_no_evidence(page):
    one, shares = standings(page, topics.ABOVE, *[topics.BELOW] * 5), page["shares"]
    assert "insufficient evidence" in topics.headline(one, shares)
    bounded = shares.assign(low=shares["share"] / 2, high=shares["share"])
    assert "insufficient evidence" not in topics.headline(one, bounded)
    assert topics.shares_title(one).endswith(one["topic"].iloc[0])


def test_the_readings_change_with_the_tables(page):
    table = standings(page, topics.ABOVE, *[topics.BELOW] * 5)
    shares = page["shares"]
    doubled = shares.assign(share=1 - shares["share"])
    assert topics.headline(table, shares) != topics.headline(table, doubled)
    assert topics.shares_reading(table, shares) != topics.shares_reading(table, doubled)
    runs = page["stability"]
    given = (page["blocks"], page["model"], page["found"])
    swapped = runs.assign(
        stability=runs["stability_starts"], stability_starts=runs["stability"], line=0.123
    )
    said, other = (topics.trust_reading(table, r, *given) for r in (runs, swapped))
    assert any("0.12" in text for text in other) and not any("0.12" in text for text in said)
    assert any("more than where" in text for text in said)
    assert any("as much as" in text for text in other)
    numbers = page["numbers"]
    assert topics.numbers_reading(numbers, page["model"]) != topics.numbers_reading(
        numbers.assign(found_again=0.5), page["model"]
    )


def test_the_neighbours_are_compared_with_the_chosen_number(page):
    numbers = page["numbers"]
    assert numbers["n_topics"].tolist() == [5, 6, 7]
    assert numbers["found_again"].iloc[1] == pytest.approx(1, abs=1e-12)
    assert (numbers["least"] <= numbers["stability"]).all()


# Where it ends


def test_a_fit_that_does_not_converge_is_counted_and_said(shipped, monkeypatch):
    monkeypatch.setattr(topic_model, "MAX_STEPS", 2)
    page = everything(shipped)
    found = page["found"]
    assert not page["model"].converged
    assert found.n_stopped == found.n_fits == 1 + 8 + 4 + 3 * (1 + 4)
    said = topics.trust_reading(
        page["topics"], page["stability"], page["blocks"], page["model"], found
    )
    assert any(f"{found.n_fits} of {found.n_fits} fits had not converged" in s for s in said)


def test_all_fits_of_the_shipped_texts_converge(page):
    assert page["model"].converged and page["found"].n_stopped == 0
    assert (page["numbers"]["n_stopped"] == 0).all()


def test_fewer_topics_than_asked_are_fitted_and_said():
    page = everything(corpus_of(topic_texts()), n_topics=30)
    assert page["blocks"].most_topics == len(page["model"].weights) == 12
    said = topics.trust_reading(
        page["topics"], page["stability"], page["blocks"], page["model"], page["found"]
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
    said = topics.trust_reading(
        page["topics"], page["stability"], page["blocks"], page["model"], page["found"]
    )
    if page["topics"].empty:
        assert said[0].startswith("Insufficient evidence: 6 topics were asked for")
        assert topics.headline(page["topics"], page["shares"]).startswith("Insufficient evidence")
    chart = charts.dot_panels(
        page["shares"], row="topic", panel="statement", value="share", low="low", high="high",
        panel_groups=texts.group_of, groups={}, title=topics.shares_title(page["topics"]),
    )
    assert (chart is None) == page["topics"].empty
    assert topics.projected_reading(page["topics"], page["projected"])
    assert topics.numbers_reading(page["numbers"], page["model"])
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
        languages={"one": "de", "two": "de"},
    )
    assert topics.stop_words_table(texts).empty
    assert "der" in topics.block_counts(texts).words


def test_random_streams_differ_by_purpose():
    draws = {generator(1, purpose, "6", "0").integers(2**62) for purpose in ("parts", "starts")}
    assert len(draws) == 2
