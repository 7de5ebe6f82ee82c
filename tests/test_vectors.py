"""Counts, character n-grams and tf–idf, against scikit-learn and by their laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from small import SHIPPED, corpus_of, paragraphs

from analysis import corpus, tokens, vectors


@pytest.fixture(scope="module")
def shipped():
    return corpus.load(str(SHIPPED))


@pytest.fixture(scope="module")
def counted(shipped):
    found = vectors.words(shipped.units, shipped.study.statements, stem=False)
    return found, vectors.count(found, rows=len(shipped.units))


def joined(found: pd.DataFrame, rows: int) -> list[str]:
    """Each unit's tokens with spaces between."""
    texts = found.groupby("row")["token"].agg(" ".join)
    return [texts.get(row, "") for row in range(rows)]


def test_counts_equal_scikit_learn(counted):
    found, counts = counted
    theirs = CountVectorizer(analyzer=str.split)
    matrix = theirs.fit_transform(joined(found, counts.matrix.shape[0]))
    assert theirs.get_feature_names_out().tolist() == counts.types.tolist()
    assert (counts.matrix != matrix).nnz == 0


def test_character_ngrams_equal_scikit_learn(counted):
    found, counts = counted
    theirs = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False)
    matrix = theirs.fit_transform(joined(found, counts.matrix.shape[0]))
    own = vectors.count_grams(counts)
    assert theirs.get_feature_names_out().tolist() == own.types.tolist()
    assert (own.matrix != matrix).nnz == 0


@pytest.mark.parametrize("sublinear", [True, False])
def test_tfidf_equals_scikit_learn(counted, sublinear):
    _, counts = counted
    rows = np.ones(counts.matrix.shape[0], dtype=bool)
    theirs = TfidfTransformer(sublinear_tf=sublinear).fit_transform(counts.matrix)
    weights = vectors.idf(counts.matrix, baseline_rows=rows)
    own = vectors.unit_length(vectors.weigh(counts.matrix, weights, sublinear=sublinear))
    assert abs(own - theirs).max() < 1e-12


def test_a_commentary_moves_no_weight():
    statement = paragraphs(["we agree to act at the border", "we agree on returns"])

    def weights(comment: str) -> dict[str, float]:
        texts = corpus_of({"a": statement, "b": statement, "c": comment}, commentaries=("c",))
        seen = vectors.views(texts.units, texts.study.statements)
        return dict(zip(seen.terms.types, seen.weights, strict=True))

    one = weights(paragraphs(["the border is a border"]))
    other = weights(paragraphs(["the border, agreed returns, a critic"] * 9))
    assert {stem: one[stem] for stem in ("border", "return", "agre", "act")} == {
        stem: other[stem] for stem in ("border", "return", "agre", "act")
    }
    # A stem that no statement holds weighs no less than the rarest that one does.
    assert other["critic"] >= max(one.values())


def test_baseline_counts_only_rows_of_the_baseline():
    matrix = sparse.csr_array(np.array([[2.0, 0, 1], [1, 0, 0], [0, 5, 1]]))
    rows = np.array([True, True, False])
    assert vectors.document_frequency(matrix, baseline_rows=rows).tolist() == [2, 0, 1]
    # ln((1 + 2) / (1 + df)) + 1 by hand
    assert vectors.idf(matrix, baseline_rows=rows) == pytest.approx(
        [1.0, np.log(3) + 1, np.log(1.5) + 1]
    )


counts = st.lists(
    st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=1, max_size=6
).map(lambda rows: np.array(rows, dtype=float))


@given(counts)
def test_cosines_are_symmetric_one_for_oneself_and_undefined_for_nothing(dense):
    values = vectors.cosines(sparse.csr_array(dense), sparse.csr_array(dense))
    empty = ~dense.any(axis=1)
    assert np.isnan(values[empty, :]).all() and np.isnan(values[:, empty]).all()
    full = values[~empty][:, ~empty]
    assert full == pytest.approx(full.T) and full.diagonal() == pytest.approx(1)
    assert (full >= -1e-12).all() and (full <= 1 + 1e-12).all()


@given(counts, st.data())
def test_rows_of_a_key_are_added_up(dense, data):
    keys = data.draw(st.lists(st.sampled_from("abc"), min_size=len(dense), max_size=len(dense)))
    summed, names = vectors.add_up(sparse.csr_array(dense), keys)
    assert names == list(dict.fromkeys(keys))
    for name, row in zip(names, summed.toarray(), strict=True):
        assert row == pytest.approx(dense[[key == name for key in keys]].sum(axis=0))


def test_words_are_stemmed_by_the_language_of_their_text():
    texts = corpus_of(
        {"a": "Migrations were negotiated.\n", "b": "Les migrations sont négociées.\n"},
        languages={"b": "fr-BE"},
    )
    found = vectors.words(texts.units, texts.study.statements, drop_stop_words=True)
    assert found.groupby("row")["token"].agg(list).tolist() == [
        ["migrat", "negoti"], ["migrat", "négoci"],
    ]


def test_a_language_without_a_stemmer_keeps_its_words():
    found = pd.DataFrame({"token": ["migrations"]})
    assert tokens.stem(found, ["eu"])["token"].tolist() == ["migrations"]


def test_stems_are_named_by_their_most_frequent_word(shipped):
    seen = vectors.views(shipped.units, shipped.study.statements)
    named = dict(zip(seen.terms.types, seen.names, strict=True))
    assert len(seen.names) == len(seen.terms.types)
    assert (named["smuggl"], named["migrat"]) == ("smuggling", "migration")


def test_rows_without_words_stay_rows():
    found = tokens.tokenise(pd.DataFrame({"sentence_id": ["a", "b"], "text": ["24/7", "word"]}))
    assert vectors.count(found, rows=2).matrix.toarray().tolist() == [[0], [1]]
