"""Texts as sparse vectors: counts of words, character n-grams, and tf–idf.

Rows are units of analysis and can be added up to blocks or statements; columns are types in
alphabetical order. Which types are known and what they weigh comes from the baseline alone, the
sentences of the statements; a commentary about them is set against them and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import languages, tokens
from analysis.word_arrays import read_words

# Characters in an n-gram: from a syllable to a short stem (METHODS: character 3–5-grams).
SHORTEST_GRAM, LONGEST_GRAM = 3, 5


@dataclass(frozen=True)
class Counts:
    """How often does each type occur in each row?

    Attributes:
        matrix: (rows × types), sparse.
        types: (types,) in alphabetical order.
    """

    matrix: sparse.csr_array
    types: np.ndarray


def words(
    units: pd.DataFrame,
    statements: pd.DataFrame,
    *,
    fold: bool = True,
    stem: bool = True,
    drop_stop_words: bool = False,
    parts: bool = False,
) -> pd.DataFrame:
    """The tokens of the units of analysis, prepared for counting.

    Args:
        units: the corpus's units.
        statements: the study's statements, with `statement_id` and `language`.
        fold: count spelling variants as one word.
        stem: count stems instead of words, by the rules of each statement's language.
        drop_stop_words: leave out function words, by the list of each statement's language.
        parts: count "cross-border" as "cross" and "border", after folding; drop possessive "'s".

    Returns:
        `tokens.tokenise`'s columns; `row` is the position in `units`.
    """
    found = tokens.tokenise(units)
    if fold:
        found = tokens.fold(found, tokens.spelling_variants(found))
    if parts:
        found = tokens.parts(found)
    spoken = units["statement_id"].map(statements.set_index("statement_id")["language"])
    language = spoken.to_numpy()[found["row"].to_numpy(dtype=int)]
    if drop_stop_words:
        codes, types = tokens.coded(found["token"])
        keep = np.ones(len(found), dtype=bool)
        for code in set(language):
            dropped = np.array([form in stop_words(code) for form in types], dtype=bool)
            keep &= ~(dropped[codes] & (language == code))
        found, language = found[keep].reset_index(drop=True), language[keep]
    return tokens.stem(found, language) if stem else found


# Sentences read at a time: some two million words, whose places take 60 MB.
SENTENCES_AT_ONCE = 80_000


def coded_words(texts: np.ndarray) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The words of very many sentences in little memory: eight bytes a word.

    Args:
        texts: (sentences,).

    Returns:
        The different words in lower case; (words,) the sentence of each word, and (words,) which
        of the different words it is, in the order of the text.
    """
    known: dict[str, int] = {}
    rows, kinds = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for start in range(0, len(texts), SENTENCES_AT_ONCE):
        found = read_words(texts[start:start + SENTENCES_AT_ONCE].tolist())
        number = np.array([known.setdefault(form, len(known)) for form in found.types], np.int32)
        kinds.append(number[found.type])
        rows.append((found.text + start).astype(np.int32))
    return list(known), np.concatenate(rows), np.concatenate(kinds)


def baseline(units: pd.DataFrame, statements: pd.DataFrame) -> np.ndarray:
    """(units,) whether each unit belongs to a statement, not to a commentary about statements."""
    genre = statements.set_index("statement_id")["genre"]
    return (units["statement_id"].map(genre) == "statement").to_numpy()


@cache
def stop_words(language: str) -> frozenset[str]:
    """Function words of a language: scikit-learn's list for English, Snowball's for others.

    None for a language without a list. Not neutral: the English list holds words that carry
    meaning here (`system`, `serious`). Vectors that weigh types by idf do without it.

    Source: Nothman, J., Qin, H. & Yurchak, R. (2018), Stop Word Lists in Free Open-source
    Software Packages, Proceedings of NLP-OSS; Porter, M. (2001), Snowball: A language for
    stemming algorithms.
    """
    if languages.base(language) != "en":
        return languages.stop_words(language)
    # Imported here: its import takes longer than most pages take to compute.
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)


def count(found: pd.DataFrame, *, rows: int) -> Counts:
    """How often does each type occur in each unit?

    Args:
        found: tokens with `row` and `token`.
        rows: number of units, those without a token included.
    """
    types, columns = tokens.alphabetical(found["token"])
    matrix = sparse.coo_array(
        (np.ones(len(found)), (found["row"].to_numpy(dtype=np.int64), columns)),
        shape=(rows, len(types)),
    )
    return Counts(matrix=matrix.tocsr(), types=types)


def count_grams(
    counts: Counts, *, shortest: int = SHORTEST_GRAM, longest: int = LONGEST_GRAM
) -> Counts:
    """How often does each character n-gram occur in each row, never across words?

    A word is padded with one space on both sides; a word shorter than n counts once as a whole
    (scikit-learn's analyser `char_wb`).

    Args:
        counts: counts of words.
        shortest: characters in the shortest n-gram.
        longest: characters in the longest n-gram.
    """
    pairs = [
        (row, gram)
        for row, word in enumerate(counts.types)
        for gram in _grams(f" {word} ", shortest, longest)
    ]
    table = pd.DataFrame(pairs, columns=["row", "token"])
    of_types = count(table, rows=len(counts.types))
    return Counts(matrix=(counts.matrix @ of_types.matrix).tocsr(), types=of_types.types)


def _grams(padded: str, shortest: int, longest: int) -> list[str]:
    found = []
    for n in range(shortest, longest + 1):
        found += [padded[i:i + n] for i in range(max(1, len(padded) - n + 1))]
        if len(padded) <= n:
            break
    return found


def add_up(
    matrix: sparse.csr_array, keys: Sequence[Hashable]
) -> tuple[sparse.csr_array, list[Hashable]]:
    """The rows of one key added up, and the keys in order of appearance.

    Args:
        matrix: counts of units.
        keys: one a row, such as its statement or its (statement, block).
    """
    place = {key: position for position, key in enumerate(dict.fromkeys(keys))}
    target = np.array([place[key] for key in keys], dtype=int)
    ones = np.ones(len(target))
    adder = sparse.coo_array(
        (ones, (target, np.arange(len(target)))), shape=(len(place), matrix.shape[0])
    )
    return (adder.tocsr() @ matrix).tocsr(), list(place)


def document_frequency(matrix: sparse.csr_array, *, baseline_rows: np.ndarray) -> np.ndarray:
    """(types,) How many of the baseline's rows hold each type? 0: not in its vocabulary."""
    own = matrix[np.flatnonzero(baseline_rows)]
    return np.bincount(own.nonzero()[1], minlength=matrix.shape[1])


def idf(matrix: sparse.csr_array, *, baseline_rows: np.ndarray) -> np.ndarray:
    """How rare is each type among the baseline's rows?

    idf = ln((1 + N) / (1 + df)) + 1, with df of N rows holding the type. The rows should be
    sentences: over four statements, idf is the same for everything they share.

    Args:
        matrix: counts of sentences.
        baseline_rows: (rows,) which of them make up the baseline; no other row moves a weight. A
            type that none of them holds has df = 0, and weighs no less than the rarest.

    Returns:
        (types,) weights.

    Source: Spärck Jones, K. (1972), Journal of Documentation 28(1); smoothed as in scikit-learn.
    """
    df = document_frequency(matrix, baseline_rows=baseline_rows)
    return np.log((1 + np.count_nonzero(baseline_rows)) / (1 + df)) + 1


def steep_idf(matrix: sparse.csr_array, *, baseline_rows: np.ndarray) -> np.ndarray:
    """How rare is each type, where a type that is everywhere should weigh next to nothing?

    steep idf = ln((N + 1) / (df + 0.5)): `idf` never falls below 1, this falls to almost 0.

    Args:
        matrix: counts of units.
        baseline_rows: (units,) whether a unit belongs to the baseline.

    Source: Robertson, S. & Zaragoza, H. (2009), The Probabilistic Relevance Framework: BM25 and
    Beyond, Foundations and Trends in Information Retrieval 3(4), section 3.1, with 1 added inside
    the logarithm so that no weight is negative.
    """
    df = document_frequency(matrix, baseline_rows=baseline_rows)
    return np.log((1 + np.count_nonzero(baseline_rows)) / (0.5 + df))


def weigh(
    matrix: sparse.csr_array, weights: np.ndarray, *, sublinear: bool = True
) -> sparse.csr_array:
    """Counts times weights; sublinear: 1 + ln(count) in the place of the count.

    Args:
        matrix: counts of units, blocks or statements (add up first, weigh then).
        weights: (types,) such as `idf`.
        sublinear: let a word's tenth occurrence count for less than its first.
    """
    weighed = sparse.csr_array(matrix, dtype=float, copy=True)
    if sublinear:
        weighed.data = 1 + np.log(weighed.data)
    weighed.data *= weights[weighed.indices]
    return weighed


def unit_length(matrix: sparse.csr_array) -> sparse.csr_array:
    """Each row divided by its Euclidean length, so that products of rows are cosines.

    A row without entries stays empty; its cosine is undefined, not 0: see `cosines`.
    """
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scaled = sparse.csr_array(matrix, dtype=float, copy=True)
    scaled.data /= np.repeat(lengths, np.diff(scaled.indptr))
    return scaled


def cosines(a: sparse.csr_array, b: sparse.csr_array) -> np.ndarray:
    """Cosine of each row of a with each row of b; NaN where either has no entry.

    Dense: give it a part of the rows at a time if there are many.

    Args:
        a: (n × types).
        b: (m × types).

    Returns:
        (n × m), between 0 and 1 for non-negative entries.
    """
    left = unit_length(a)
    values = (left @ (left if b is a else unit_length(b)).T).toarray()
    values[np.diff(a.indptr) == 0, :] = np.nan
    values[:, np.diff(b.indptr) == 0] = np.nan
    return values


@dataclass(frozen=True)
class Views:
    """The same units counted in three ways; rows are the corpus's units.

    Attributes:
        terms: what is compared first: stems (or words), without function words.
        characters: character n-grams of the same words, unstemmed.
        all_words: all words, unstemmed.
        names: (types of `terms`,) the most frequent written form of each.
        weights: idf of `terms` over the sentences of the statements.
        character_weights: the same of `characters`.
    """

    terms: Counts
    characters: Counts
    all_words: Counts
    names: np.ndarray
    weights: np.ndarray
    character_weights: np.ndarray


def views(
    units: pd.DataFrame,
    statements: pd.DataFrame,
    *,
    fold: bool = True,
    stem: bool = True,
    drop_stop_words: bool = True,
) -> Views:
    """The units of analysis as vectors of stems, of character n-grams and of all words.

    Args:
        units: the corpus's units.
        statements: the study's statements, with `statement_id`, `language` and `genre`.
        fold: count spelling variants as one word.
        stem: compare stems instead of words.
        drop_stop_words: leave function words out of stems and n-grams.
    """
    every = words(units, statements, fold=fold, stem=False)
    written = words(units, statements, fold=fold, stem=False, drop_stop_words=drop_stop_words)
    compared = words(units, statements, fold=fold, stem=stem, drop_stop_words=drop_stop_words)
    rows, own = len(units), baseline(units, statements)
    terms, characters = count(compared, rows=rows), count_grams(count(written, rows=rows))
    return Views(
        terms=terms,
        characters=characters,
        all_words=count(every, rows=rows),
        names=written_forms(compared["token"], written["token"]),
        weights=idf(terms.matrix, baseline_rows=own),
        character_weights=idf(characters.matrix, baseline_rows=own),
    )


def written_forms(stems: pd.Series, written: pd.Series) -> np.ndarray:
    """The most frequent word of each stem, stems in the order of `count`'s types."""
    frequency = Counter(zip(stems, written, strict=True))
    best: dict[str, tuple[int, str]] = {}
    for (stem, word), n in frequency.items():
        best[stem] = min(best.get(stem, (0, "")), (-n, word))
    return np.array([best[stem][1] for stem in np.unique(stems.to_numpy(dtype=str))], dtype=str)
