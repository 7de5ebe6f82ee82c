"""Likeness under any specification: the default is that of the pages, others are checked slowly."""

import math
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from small import corpus_of, paragraphs

from analysis import comparison, corpus, equal_length, likeness, similarity, vectors
from analysis.bench import Bench
from analysis.specification import DEFAULT
from analysis.study import load_study

SHIPPED = Path(__file__).parents[1] / "data" / "channel-2015-2024"


@pytest.fixture(scope="module")
def shipped():
    return load_study(SHIPPED)


@pytest.fixture(scope="module")
def texts(shipped):
    return corpus.build(shipped)


@pytest.fixture(scope="module")
def bench(shipped):
    return Bench(shipped, seed=1, n_boot=300, n_boot_variants=200)


def test_the_default_equals_the_page_to_the_interval(shipped, texts, bench):
    page = similarity.statement_pairs(
        texts, vectors.views(texts.units, shipped.statements), seed=1, n_boot=300
    ).set_index("pair")
    pairs = likeness.Pairs(texts)
    compared = bench.likeness(DEFAULT)
    values = compared.whole(pairs.places)
    drawn = compared.redrawn(pairs.places, seed=1, n_boot=300)
    for p, label in enumerate(pairs.labels):
        assert values[p] == pytest.approx(page.at[label, "cosine"], abs=1e-12)
        reach = 1.959963984540054 * drawn[:, p].std(ddof=1)
        assert values[p] - reach == pytest.approx(page.at[label, "low"], abs=1e-9)


def test_measures_and_equal_length_equal_the_page(texts, bench):
    words = likeness.read(texts)
    page = equal_length.variants(texts, words, seed=1, n_draws=comparison.EQUAL_DRAWS)
    pairs = likeness.Pairs(texts)
    own = page[(page["length"] == "equal length") & (page["names"] == "masked")]
    spec = replace(DEFAULT, masking="masked")
    m = bench.equal_length(spec)
    found = bench.likeness(spec).at_equal_length(pairs.places, m, seed=1).mean(axis=0)
    assert found == pytest.approx(own["tfidf"].to_numpy(), abs=1e-9)
    # The page compares all words unstemmed by these measures; so does this specification.
    whole = page[(page["length"] == "whole texts") & (page["names"] == "kept")]
    for measure in ("jaccard", "jensen_shannon"):
        spec = replace(DEFAULT, measure=measure, stemming="words", stop_words="kept")
        values = bench.likeness(spec).whole(pairs.places)
        assert values == pytest.approx(whole[measure].to_numpy(), abs=1e-9)
    values = bench.likeness(replace(DEFAULT, measure="characters")).whole(pairs.places)
    assert values == pytest.approx(whole["characters"].to_numpy(), abs=1e-9)


def small_words(rng):
    """Two texts of random letters as words, three blocks each."""
    def text():
        return paragraphs([" ".join(rng.choice(list("bcdfgh"), 9)) for _ in range(3)])

    return likeness.read(corpus_of({"a": text(), "b": text()}), fold=False, stem=False)


def slow_terms(words, spec):
    """Per text a counter, per sentence a set: lists and loops, no arrays."""
    texts, sentences = [Counter(), Counter()], {}
    for row in sorted(set(words.row.tolist())):
        at = [i for i in range(len(words.row)) if words.row[i] == row]
        kept = [words.types[words.word[i]] for i in at]
        terms = kept + ([f"{a} {b}" for a, b in zip(kept, kept[1:])] if spec.ngrams == "pairs"
                        else [])
        texts[words.text[at[0]]].update(terms)
        sentences[row] = set(terms)
    return texts, sentences


def slow(words, spec):
    texts, sentences = slow_terms(words, spec)
    vocabulary = sorted({term for text in texts for term in text})
    df = {t: sum(t in held for held in sentences.values()) for t in vocabulary}
    vocabulary = [t for t in vocabulary if df[t] >= int(spec.min_df)]
    a, b = ([text[t] for t in vocabulary] for text in texts)
    if spec.measure == "jaccard":
        return sum(x > 0 and y > 0 for x, y in zip(a, b)) / sum(
            x > 0 or y > 0 for x, y in zip(a, b))
    if spec.measure == "jensen_shannon":
        p, q = [x / sum(a) for x in a], [y / sum(b) for y in b]

        def entropy(shares):
            return -sum(s * math.log2(s) for s in shares if s)

        middle = entropy([(x + y) / 2 for x, y in zip(p, q)])
        return 1 - math.sqrt(max(0.0, middle - (entropy(p) + entropy(q)) / 2))
    idf = [math.log((1 + len(sentences)) / (1 + df[t])) + 1 for t in vocabulary]
    if spec.term_weighting == "tfidf":
        a, b = ([(1 + math.log(x)) * w if x else 0 for x, w in zip(v, idf)] for v in (a, b))
    elif spec.term_weighting == "linear":
        a, b = ([x * w for x, w in zip(v, idf)] for v in (a, b))
    dot = sum(x * y for x, y in zip(a, b))
    return dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


@pytest.mark.parametrize("seed", range(3))
def test_every_measure_against_a_slow_version(seed):
    words = small_words(np.random.default_rng(seed))
    base = replace(DEFAULT, stemming="words", stop_words="kept")
    for measure, weighting, ngrams, least in product(
        ("cosine", "jaccard", "jensen_shannon"), ("tfidf", "linear", "counts"),
        ("words", "pairs"), ("1", "2"),
    ):
        spec = replace(base, measure=measure, term_weighting=weighting, ngrams=ngrams,
                       min_df=least)
        found = comparison.terms(words, spec)
        block = np.unique(words.row, return_inverse=True)[1]
        weighs = comparison.weights(found, spec, block)
        value = comparison.Likeness(found, weighs, spec, ["a", "b"]).whole([(0, 1)])[0]
        assert value == pytest.approx(slow(words, spec), abs=1e-9), spec


def test_a_text_is_as_alike_as_can_be_to_itself_by_every_measure():
    words = small_words(np.random.default_rng(5))
    for measure in ("cosine", "jaccard", "jensen_shannon", "characters"):
        spec = replace(DEFAULT, measure=measure, stop_words="kept", stemming="words")
        found = comparison.terms(words, spec)
        weighs = comparison.weights(found, spec, words.row)
        value = comparison.Likeness(found, weighs, spec, ["a", "b"]).whole([(0, 0)])[0]
        assert value == pytest.approx(1)


def test_a_block_left_out_is_a_text_without_it():
    rng = np.random.default_rng(7)
    blocks = [" ".join(rng.choice(list("bcdfgh"), 9)) for _ in range(4)]
    other = paragraphs([" ".join(rng.choice(list("bcdfgh"), 20))])
    full = likeness.read(corpus_of({"a": paragraphs(blocks), "b": other}), fold=False, stem=False)
    less = likeness.read(corpus_of({"a": paragraphs(blocks[1:]), "b": other}), fold=False,
                         stem=False)
    spec = replace(DEFAULT, stop_words="kept", stemming="words", term_weighting="counts")
    values = []
    for words, dropped in ((full, 0), (less, -1)):
        found = comparison.terms(words, spec)
        weighs = np.ones(found.width)
        values.append(
            comparison.Likeness(found, weighs, spec, ["a", "b"], dropped).whole([(0, 1)])[0]
        )
    assert values[0] == pytest.approx(values[1])
