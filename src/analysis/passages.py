"""Which passage of another text is most like a given one?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import tables, tokens, vectors
from analysis.corpus import Corpus
from analysis.tables import Column

# Passages compared with all others at a time: 256 rows of 100,000 columns are 200 MB.
PASSAGES_AT_A_TIME = 256

# More pairs of texts than this are not read one by one; `passage_matches` has them all.
PAIRS_LISTED = 40

MATCHES = {
    "statement": Column("text"),
    "block": Column("block", "count"),
    "passage": Column("passage"),
    "other": Column("other text"),
    "other_block": Column("its block", "count"),
    "match": Column("best match there"),
    "score": Column("score", "number"),
    "stems": Column("stem cosine", "number"),
    "characters": Column("character cosine", "number"),
    "n_shared": Column("shared words", "count"),
    "shared": Column("which"),
    "related": Column("related words"),
}

LISTED = {
    "blocks": Column("blocks"),
    "passage": Column("passage of the first"),
    "match": Column("most alike in the second"),
    "score": Column("score", "number"),
    "shared": Column("shared words"),
    "related": Column("related words"),
}


@dataclass(frozen=True)
class Passages:
    """Blocks as vectors of length 1.

    Attributes:
        keys: (statement_id, block) of each row.
        stems: sublinear tf–idf of stems and, in the columns after them, of classes of synonyms.
        characters: sublinear tf–idf of character n-grams.
        names: (stems,) the most frequent written form of each.
        classes: (classes,) their names.
        member: (stems × classes) which stem belongs to which class.
        meanings: (sentences × dimensions) unit vectors, block by block; None without a model.
        starts: (rows + 1,) where in `meanings` each row's sentences begin.
    """

    keys: list[tuple[str, int]]
    stems: sparse.csr_array
    characters: sparse.csr_array
    names: np.ndarray
    classes: np.ndarray
    member: sparse.csr_array
    meanings: np.ndarray | None
    starts: np.ndarray


def passages(
    corpus: Corpus,
    *,
    fold: bool = True,
    stem: bool = True,
    synonyms: bool = True,
    meanings: np.ndarray | None = None,
) -> Passages:
    """The analysed blocks that hold at least one word to compare.

    Function words are left out, compounds are parted at their hyphens, and words weigh less the
    more sentences of the statements hold them (`vectors.steep_idf`). A word counts as itself and
    once more as each class of `synonyms.yaml` that it belongs to.

    Args:
        corpus: the statements in units.
        fold: count spelling variants as one word.
        stem: compare stems instead of words.
        synonyms: count classes of synonyms, too.
        meanings: (units × dimensions) sentence embeddings of length 1, if there is a model.
    """
    units, statements = corpus.units, corpus.study.statements
    prepared = {"fold": fold, "drop_stop_words": True, "parts": True}
    written = vectors.words(units, statements, stem=False, **prepared)
    compared = vectors.words(units, statements, stem=stem, **prepared)
    terms = vectors.count(compared, rows=len(units))
    written_counts = vectors.count(written, rows=len(units))
    senses, member = _senses(corpus, written, compared, terms.types, wanted=synonyms)
    own = vectors.baseline(units, statements)
    owner = list(zip(units["statement_id"], units["block"].tolist(), strict=True))
    held, keys = _held(terms.matrix, owner)

    def weighed(matrix: sparse.csr_array) -> sparse.csr_array:
        weights = vectors.steep_idf(matrix, baseline_rows=own)
        blocks, _ = vectors.add_up(matrix, owner)
        return vectors.unit_length(vectors.weigh(blocks[held], weights))

    sizes = [len(rows) for rows in _rows_of(owner, keys)]
    return Passages(
        keys=keys,
        stems=weighed(sparse.hstack([terms.matrix, senses.matrix], format="csr")),
        characters=weighed(vectors.count_grams(written_counts).matrix),
        names=vectors.written_forms(compared["token"], written["token"]),
        classes=senses.types,
        member=member,
        meanings=None if meanings is None else meanings[np.concatenate(_rows_of(owner, keys))],
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(int),
    )


def _held(
    matrix: sparse.csr_array, owner: list[tuple[str, int]]
) -> tuple[np.ndarray, list[tuple[str, int]]]:
    """Which blocks hold a word: their positions and keys."""
    blocks, keys = vectors.add_up(matrix, owner)
    held = np.flatnonzero(np.diff(blocks.indptr) > 0)
    return held, [keys[row] for row in held]


def _rows_of(owner: list[tuple[str, int]], keys: list[tuple[str, int]]) -> list[np.ndarray]:
    """The units of each block, in order."""
    rows: dict[tuple[str, int], list[int]] = {key: [] for key in keys}
    for row, key in enumerate(owner):
        if key in rows:
            rows[key].append(row)
    return [np.array(found, dtype=int) for found in rows.values()]


def _senses(
    corpus: Corpus,
    written: pd.DataFrame,
    compared: pd.DataFrame,
    stems: np.ndarray,
    *,
    wanted: bool,
) -> tuple[vectors.Counts, sparse.csr_array]:
    """How often does each class of synonyms occur in each unit, and which stems are in it?"""
    language = corpus.study.statements.set_index("statement_id")["language"]
    spoken = corpus.units["statement_id"].map(language).to_numpy()[written["row"].to_numpy(int)]
    pairs = list(zip(written["token"], spoken, strict=True))
    of_word = {pair: tokens.synonym_classes(*pair) for pair in set(pairs)} if wanted else {}
    found = pd.DataFrame(
        [
            (row, stem, name)
            for row, stem, pair in zip(written["row"], compared["token"], pairs, strict=True)
            for name in of_word.get(pair, ())
        ],
        columns=["row", "stem", "token"],
    )
    senses = vectors.count(found, rows=len(corpus.units))
    known = found[["stem", "token"]].drop_duplicates()
    place = (
        np.searchsorted(stems, known["stem"].to_numpy(dtype=str)),
        np.searchsorted(senses.types, known["token"].to_numpy(dtype=str)),
    )
    member = sparse.coo_array(
        (np.ones(len(known)), place), shape=(len(stems), len(senses.types))
    )
    return senses, member.tocsr()


def scores(blocks: Passages) -> Iterator[tuple[np.ndarray, ...]]:
    """How alike is each passage to each passage of the other texts?

    score = (z(stem cosine) + z(character cosine)) / 2, where z counts standard deviations above
    the mean over all pairs of passages of different texts. A cosine that is the same for all
    pairs tells nothing apart and adds 0. With sentence embeddings the mean is over three:
    z(likeness of meaning) as well, the mean over both passages' sentences of each one's highest
    cosine in the other passage.

    Args:
        blocks: what `passages` returned.

    Yields:
        For some rows at a time: their positions, (rows × passages) scores, stem cosines,
        character cosines and, with embeddings, likenesses of meaning; NaN where both passages
        are of one text.

    Source: Zhang, T. et al. (2020), BERTScore, ICLR, for matching each part with its best
    counterpart; bench/passages.md for what each part is worth.
    """
    moments = _moments(_parts(blocks))
    for rows, *cosines in _parts(blocks):
        standard = [_z(part, *moment) for part, moment in zip(cosines, moments, strict=True)]
        yield rows, sum(standard) / len(standard), *cosines


def _parts(blocks: Passages) -> Iterator[tuple[np.ndarray, ...]]:
    owner = np.array([statement for statement, _ in blocks.keys])
    for start in range(0, len(owner), PASSAGES_AT_A_TIME):
        rows = np.arange(start, min(start + PASSAGES_AT_A_TIME, len(owner)))
        same = owner[rows][:, None] == owner[None, :]
        grids = [
            (matrix[rows] @ matrix.T).toarray() for matrix in (blocks.stems, blocks.characters)
        ]
        if blocks.meanings is not None:
            grids.append(_likeness_of_meaning(blocks, rows))
        yield rows, *(np.where(same, np.nan, grid) for grid in grids)


def _likeness_of_meaning(blocks: Passages, rows: np.ndarray) -> np.ndarray:
    """(rows × passages) mean over both sides' sentences of their best cosine on the other side."""
    own = blocks.starts[rows[0]:rows[-1] + 2]
    cosines = blocks.meanings[own[0]:own[-1]] @ blocks.meanings.T
    mine, theirs = own[:-1] - own[0], blocks.starts[:-1]
    best_there = np.add.reduceat(np.maximum.reduceat(cosines, theirs, axis=1), mine, axis=0)
    best_here = np.add.reduceat(np.maximum.reduceat(cosines, mine, axis=0), theirs, axis=1)
    n = np.diff(blocks.starts)
    return (best_there / n[rows][:, None] + best_here / n[None, :]) / 2


def _moments(parts: Iterator[tuple[np.ndarray, ...]]) -> list[tuple[float, float]]:
    """Mean and standard deviation of each cosine over all pairs."""
    n, sums, squares = 0, 0.0, 0.0
    for _, *cosines in parts:
        n += int(np.isfinite(cosines[0]).sum())
        sums += np.array([np.nansum(part) for part in cosines])
        squares += np.array([np.nansum(np.square(part)) for part in cosines])
    mean = sums / max(n, 1)
    deviation = np.sqrt(np.maximum(squares / max(n, 1) - np.square(mean), 0))
    return list(zip(mean.tolist(), deviation.tolist(), strict=True))


def _z(values: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    return (values - mean) / deviation if deviation > 0 else np.where(np.isnan(values), np.nan, 0.0)


def passage_matches(
    corpus: Corpus,
    *,
    fold: bool = True,
    stem: bool = True,
    synonyms: bool = True,
    meanings: np.ndarray | None = None,
) -> pd.DataFrame:
    """Which passage of each other text is most like a given one?

    Args:
        corpus: the statements in units.
        fold: count spelling variants as one word.
        stem: compare stems instead of words.
        synonyms: count classes of synonyms, too.
        meanings: sentence embeddings of the units, if there is a model.

    Returns:
        One row an analysed block and other text, in order of date; of equally good matches the
        first. `related`: classes of synonyms that both passages have in different words. Blocks
        without a word to compare have no row. Evidence: the sentences of both.

    Do not read a high score as borrowing or a low one as absence: the best match is only the best
    there is, and no score was calibrated against judgements.
    """
    blocks = passages(corpus, fold=fold, stem=stem, synonyms=synonyms, meanings=meanings)
    texts = corpus.blocks.set_index(["statement_id", "block"])["text"].to_dict()
    sentences = corpus.units.groupby(["statement_id", "block"])["sentence_id"].agg(list)
    found = _best_pairs(blocks, list(corpus.labels))
    rows = []
    for (a, b, *values), (shared, related) in zip(found, _shared(blocks, found), strict=True):
        first, second = blocks.keys[a], blocks.keys[b]
        rows.append(
            {
                "statement": corpus.labels[first[0]],
                "block": first[1],
                "passage": texts[first],
                "other": corpus.labels[second[0]],
                "other_block": second[1],
                "match": texts[second],
                **dict(zip(("score", "stems", "characters"), values, strict=True)),
                "n_shared": len(shared),
                "shared": ", ".join(shared),
                "related": ", ".join(related),
                "evidence": [*sentences[first], *sentences[second]],
            }
        )
    return tables.result(rows, columns=MATCHES, made_by="analysis.passages.passage_matches")


def _best_pairs(
    blocks: Passages, statements: list[str]
) -> list[tuple[int, int, float, float, float]]:
    """Row, best row of one other text, score and both cosines, in order of the statements."""
    owner = np.array([statement for statement, _ in blocks.keys])
    columns = [np.flatnonzero(owner == identifier) for identifier in statements]
    place = {identifier: number for number, identifier in enumerate(statements)}
    found = []
    for rows, *grids in scores(blocks):
        for row, score, stems, characters, *_ in zip(rows, *grids, strict=True):
            for number, own in enumerate(columns):
                if len(own) and statements[number] != owner[row]:
                    best = own[score[own].argmax()]
                    values = (float(grid[best]) for grid in (score, stems, characters))
                    found.append((int(row), int(best), *values))
    return sorted(found, key=lambda pair: (place[owner[pair[0]]], pair[0], place[owner[pair[1]]]))


def _shared(
    blocks: Passages, found: list[tuple[int, int, float, float, float]]
) -> Iterator[tuple[list[str], list[str]]]:
    """The words two passages share, and the classes they share in other words only.

    Those that carry the cosine most come first.
    """
    for start in range(0, len(found), PASSAGES_AT_A_TIME):
        first, second, *_ = zip(*found[start:start + PASSAGES_AT_A_TIME], strict=True)
        both = blocks.stems[list(first)].multiply(blocks.stems[list(second)])
        products = sparse.csr_array(both)
        for low, high in zip(products.indptr, products.indptr[1:], strict=False):
            weights, types = products.data[low:high], products.indices[low:high]
            types = types[np.lexsort((types, -weights))]
            stems, classes = types[types < len(blocks.names)], types[types >= len(blocks.names)]
            classes = classes - len(blocks.names)
            covered = blocks.member[stems].sum(axis=0) > 0
            yield blocks.names[stems].tolist(), blocks.classes[classes[~covered[classes]]].tolist()


def best_matches(matches: pd.DataFrame) -> pd.DataFrame:
    """Which passage anywhere else is most like a given one?

    Args:
        matches: what `passage_matches` returned.

    Returns:
        One row a block, in order; both texts side by side.
    """
    return _listed(matches.loc[_best(matches)], made_by="analysis.passages.best_matches")


def closest_passages(matches: pd.DataFrame) -> pd.DataFrame:
    """Which two passages of two texts are most alike?

    Args:
        matches: what `passage_matches` returned.

    Returns:
        One row a pair of texts, most alike first, at most `PAIRS_LISTED`; the earlier text first.
    """
    chosen = matches.loc[_closest(matches)[:PAIRS_LISTED]]
    return _listed(chosen, made_by="analysis.passages.closest_passages")


def _best(matches: pd.DataFrame) -> list[int]:
    return matches.groupby(["statement", "block"], sort=False)["score"].idxmax().tolist()


def _closest(matches: pd.DataFrame) -> list[int]:
    pair = [" / ".join(sorted(row)) for row in zip(matches["statement"], matches["other"])]
    best = matches.groupby(np.array(pair, dtype=object), sort=False)["score"].idxmax()
    return matches.loc[best].sort_values("score", ascending=False, kind="stable").index.tolist()


def _listed(matches: pd.DataFrame, *, made_by: str) -> pd.DataFrame:
    rows = [
        {
            "blocks": f"{row.statement}, block {row.block}; {row.other}, block {row.other_block}",
            "passage": row.passage,
            "match": row.match,
            "score": row.score,
            "shared": row.shared,
            "related": row.related,
            "evidence": row.evidence,
        }
        for row in matches.itertuples()
    ]
    return tables.result(rows, columns=LISTED, made_by=made_by)


def passages_reading(matches: pd.DataFrame) -> list[str]:
    """How close the closest passages are, and how little most others share, in words."""
    if matches.empty:
        return ["No block holds a word to compare."]
    top, best = matches.loc[_closest(matches)[0]], matches.loc[_best(matches)]
    few = int((best["n_shared"] <= 2).sum())
    return [
        f"The two passages most alike are block {top['block']} of {top['statement']} and block "
        f"{top['other_block']} of {top['other']}: {top['score']:.1f} standard deviations above the "
        f"mean pair of passages, {top['n_shared']} shared words ({top['shared']}).",
        f"Of {len(best)} blocks, {few} share at most two words with their best match anywhere; "
        f"half share {best['n_shared'].median():.0f} or fewer. A best match is the best there is, "
        "not a finding that two passages say the same: the scores are not calibrated.",
    ]
