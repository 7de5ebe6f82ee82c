"""Which words stand together more often than their frequencies would bring about?

Two questions: which two words follow one another (fixed phrases), and which words stand near a
given one. Measures of association rank; none of them is a test, since words are not independent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from nltk.metrics import BigramAssocMeasures

from analysis import contingency, dictionary, tables, tokens, vectors
from analysis.corpus import Corpus
from analysis.dictionary import Category, Dictionary, Term
from analysis.tables import Column

# A pair seen less often is an accident of one passage.
MIN_COUNT = 3

# Pairs kept, by G²: what a patient reader goes through.
MOST_PAIRS = 500

# Words on either side of a node that count as near it: the customary five.
WINDOW = 5

# Neighbours listed for each term.
NEIGHBOURS = 8

#: Column → nltk's measure of association.
MEASURES = {
    "pmi": BigramAssocMeasures.pmi,
    "g2": BigramAssocMeasures.likelihood_ratio,
    "t": BigramAssocMeasures.student_t,
    "chi2": BigramAssocMeasures.chi_sq,
    "dice": BigramAssocMeasures.dice,
}

PAIRS = {
    "bigram": Column("two words"),
    "n": Column("times", "count"),
    "n_first": Column("first word", "count"),
    "n_second": Column("second word", "count"),
    "pmi": Column("PMI", "number"),
    "g2": Column("G²", "number"),
    "t": Column("t", "number"),
    "chi2": Column("χ²", "number"),
    "dice": Column("Dice", "number"),
    "n_statements": Column("statements with it", "count"),
    "kind": Column("kind"),
}

NEAR = {
    "term": Column("term"),
    "neighbour": Column("word near it"),
    "n_near": Column("times near", "count"),
    "n_all": Column("times in all", "count"),
    "log_ratio": Column("log ratio", "number"),
    "g2": Column("G², signed", "number"),
    "n_statements": Column("statements", "count"),
}


def bigrams(
    words: Sequence[str], borders: Sequence[object], *, least: int = 1
) -> pd.DataFrame:
    """How often does each two words follow one another, and how strongly are they bound?

    With n₁₁ the pair's count, n₁· and n·₁ those of its words anywhere and N all words:
    PMI = log₂(n₁₁ N / (n₁· n·₁)); t = (n₁₁ − n₁· n·₁ / N) / √n₁₁; Dice = 2 n₁₁ / (n₁· + n·₁);
    G² and Pearson's χ² of the four cells.

    Args:
        words: all words in order.
        borders: what each word is part of; no pair crosses from one part to the next.
        least: how often a pair must occur to be listed; the rarest lead PMI.

    Returns:
        `first`, `second`, `n`, `n_first`, `n_second` and the measures; the highest G² first, then
        alphabetically.

    Source: Manning, C. & Schütze, H. (1999), Foundations of Statistical Natural Language
    Processing, MIT Press, chapter 5; computed by nltk.
    """
    single = Counter(words)
    pairs = Counter(
        (one, other) for one, other, here, there in
        zip(words, words[1:], borders, borders[1:], strict=False) if here == there
    )
    total = len(words)
    rows = [
        (one, other, n, single[one], single[other],
         *(measure(n, (single[one], single[other]), total) for measure in MEASURES.values()))
        for (one, other), n in pairs.items() if n >= least
    ]
    table = pd.DataFrame(rows, columns=["first", "second", "n", "n_first", "n_second", *MEASURES])
    return table.sort_values(
        ["g2", "first", "second"], ascending=[False, True, True], kind="stable", ignore_index=True
    )


def fixed_phrases(corpus: Corpus, *, fold: bool = True) -> pd.DataFrame:
    """Which two words do the statements put together, sentence by sentence?

    Pairs with a function word are left out after counting; commentaries take no part.

    Args:
        corpus: the statements in units.
        fold: count spelling variants as one word.

    Returns:
        One row a pair that occurs `MIN_COUNT` times, the `MOST_PAIRS` with the highest G²; `kind`
        says whether it stands in one statement only. Evidence: its sentences.
    """
    words = _words(corpus, fold=fold)
    row = words["row"].to_numpy(dtype=int)
    word = words["token"].to_numpy(dtype=object)
    language = _languages(corpus)[row]
    function = np.array(
        [w in vectors.stop_words(code) for w, code in zip(word, language, strict=True)], dtype=bool
    )
    table = bigrams(word.tolist(), row.tolist(), least=MIN_COUNT)
    keep = set(zip(table["first"], table["second"], strict=True))
    where: dict[tuple[str, str], list[int]] = {}
    for place in np.flatnonzero((row[:-1] == row[1:]) & ~function[:-1] & ~function[1:]):
        pair = (word[place], word[place + 1])
        if pair in keep:
            where.setdefault(pair, []).append(row[place])
    units = corpus.units
    rows = []
    for pair in table.itertuples():
        found = where.get((pair.first, pair.second))
        if not found or len(rows) == MOST_PAIRS:
            continue
        statements = units["statement_id"].iloc[found].nunique()
        rows.append(
            {
                "bigram": f"{pair.first} {pair.second}",
                **{name: getattr(pair, name) for name in ("n", "n_first", "n_second", *MEASURES)},
                "n_statements": statements,
                "kind": "one statement only" if statements == 1 else "",
                "evidence": list(dict.fromkeys(units["sentence_id"].iloc[found])),
            }
        )
    return tables.result(rows, columns=PAIRS, made_by="analysis.collocations.fixed_phrases")


def neighbours(corpus: Corpus, terms: Sequence[str], *, fold: bool = True) -> pd.DataFrame:
    """Which words stand near a term more often than elsewhere?

    A word is near if it stands in the same sentence with at most `WINDOW` − 1 words between; where
    windows overlap it counts once. Compared are the words near the term and all others.

    Args:
        corpus: the statements in units; commentaries take no part.
        terms: phrases as in a dictionary.
        fold: count spelling variants as one word.

    Returns:
        For each term the `NEIGHBOURS` words with the highest G² that stand near it `MIN_COUNT`
        times and more often than elsewhere; function words left out. Evidence: the sentences.

    Source: Evert, S. (2008), Corpora and collocations, in Lüdeling & Kytö (eds), Corpus
    Linguistics, de Gruyter, on surface co-occurrence.
    """
    words = _words(corpus, fold=fold)
    code, types = pd.factorize(words["token"])
    rows = []
    for term in terms:
        rows += _near(corpus, words, term, code=code, types=types)
    return tables.result(rows, columns=NEAR, made_by="analysis.collocations.neighbours")


def _near(
    corpus: Corpus, words: pd.DataFrame, term: str, *, code: np.ndarray, types: pd.Index
) -> list[dict]:
    place = np.arange(len(words))
    lists = Dictionary("", "", "", (), (Category("", "", "", (Term(term),)),))
    found = dictionary.match(lists, words.assign(start=place, end=place + 1))
    node, near = np.zeros(len(words), dtype=bool), np.zeros(len(words), dtype=bool)
    row = words["row"].to_numpy(dtype=int)
    for start, end in zip(found["start"], found["end"], strict=True):
        node[start:end] = True
        around = slice(max(0, start - WINDOW), end + WINDOW)
        near[around] |= row[around] == row[start]
    near &= ~node
    if not near.any():
        return []
    beside = np.flatnonzero(near)
    beside = beside[np.argsort(code[beside], kind="stable")]
    inside = np.bincount(code[beside], minlength=len(types))
    outside = np.bincount(code[~near & ~node], minlength=len(types))
    begin = np.cumsum(inside) - inside
    language = _languages(corpus)
    rows = []
    for number in np.flatnonzero(inside >= MIN_COUNT):
        word, n, elsewhere = types[number], int(inside[number]), int(outside[number])
        counts = (n, elsewhere, len(beside), int(outside.sum()))
        g2 = float(contingency.log_likelihood(*counts))
        at = beside[begin[number]:begin[number] + n]
        if g2 <= 0 or word in vectors.stop_words(language[row[at[0]]]):
            continue
        units = corpus.units.iloc[row[at]]
        rows.append(
            {
                "term": term,
                "neighbour": word,
                "n_near": n,
                "n_all": n + elsewhere,
                "log_ratio": float(contingency.log_ratio(*counts)),
                "g2": g2,
                "n_statements": units["statement_id"].nunique(),
                "evidence": list(dict.fromkeys(units["sentence_id"])),
            }
        )
    rows.sort(key=lambda r: (-r["g2"], r["neighbour"]))
    return rows[:NEIGHBOURS]


def _words(corpus: Corpus, *, fold: bool) -> pd.DataFrame:
    """The words of the statements, commentaries aside."""
    words = tokens.tokenise(corpus.units)
    own = vectors.baseline(corpus.units, corpus.study.statements)
    words = words[own[words["row"].to_numpy(dtype=int)]].reset_index(drop=True)
    return tokens.fold(words, tokens.spelling_variants(words)) if fold else words


def _languages(corpus: Corpus) -> np.ndarray:
    spoken = corpus.study.statements.set_index("statement_id")["language"]
    return corpus.units["statement_id"].map(spoken).to_numpy()


def reading(pairs: pd.DataFrame) -> list[str]:
    """The most tightly bound pairs, in words."""
    if pairs.empty:
        return [f"No two words stand together {MIN_COUNT} times in the statements."]
    shared = pairs[pairs["n_statements"] > 1]
    named = ", ".join(f"“{row.bigram}” {row.n}" for row in shared.head(8).itertuples())
    return [
        f"{len(pairs)} pairs of content words stand together at least {MIN_COUNT} times; "
        f"{len(pairs) - len(shared)} of them in one statement only. Most tightly bound of those in "
        f"several: {named or 'none'}."
    ]
