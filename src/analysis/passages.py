"""Which passage of another text is most like a given one?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import tables, vectors
from analysis.corpus import Corpus
from analysis.tables import Column
from analysis.vectors import Views

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
}

LISTED = {
    "blocks": Column("blocks"),
    "passage": Column("passage of the first"),
    "match": Column("most alike in the second"),
    "score": Column("score", "number"),
    "shared": Column("shared words"),
}


@dataclass(frozen=True)
class Passages:
    """Blocks as vectors of length 1.

    Attributes:
        keys: (statement_id, block) of each row.
        stems: sublinear tf–idf of stems.
        characters: sublinear tf–idf of character n-grams.
    """

    keys: list[tuple[str, int]]
    stems: sparse.csr_array
    characters: sparse.csr_array


def passages(corpus: Corpus, seen: Views) -> Passages:
    """The analysed blocks that hold at least one word to compare."""
    owner = list(zip(corpus.units["statement_id"], corpus.units["block"].tolist(), strict=True))
    stems, keys = vectors.add_up(seen.terms.matrix, owner)
    characters, _ = vectors.add_up(seen.characters.matrix, owner)
    held = np.flatnonzero(np.diff(stems.indptr) > 0)
    return Passages(
        keys=[keys[row] for row in held],
        stems=vectors.unit_length(vectors.weigh(stems[held], seen.weights)),
        characters=vectors.unit_length(vectors.weigh(characters[held], seen.character_weights)),
    )


def scores(blocks: Passages) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """How alike is each passage to each passage of the other texts?

    score = (z(stem cosine) + z(character cosine)) / 2, where z counts standard deviations above
    the mean over all pairs of passages of different texts. A cosine that is the same for all
    pairs tells nothing apart and adds 0.

    Args:
        blocks: what `passages` returned.

    Yields:
        For some rows at a time: their positions, (rows × passages) scores, stem cosines and
        character cosines; NaN where both passages are of one text.
    """
    stems, characters = _moments(_parts(blocks))
    for rows, of_stems, of_characters in _parts(blocks):
        score = (_z(of_stems, *stems) + _z(of_characters, *characters)) / 2
        yield rows, score, of_stems, of_characters


def _parts(blocks: Passages) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    owner = np.array([statement for statement, _ in blocks.keys])
    for start in range(0, len(owner), PASSAGES_AT_A_TIME):
        rows = np.arange(start, min(start + PASSAGES_AT_A_TIME, len(owner)))
        same = owner[rows][:, None] == owner[None, :]
        yield rows, *(
            np.where(same, np.nan, (matrix[rows] @ matrix.T).toarray())
            for matrix in (blocks.stems, blocks.characters)
        )


def _moments(
    parts: Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]],
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Mean and standard deviation of both cosines over all pairs."""
    n, sums, squares = 0, np.zeros(2), np.zeros(2)
    for _, *cosines in parts:
        n += int(np.isfinite(cosines[0]).sum())
        sums += [np.nansum(part) for part in cosines]
        squares += [np.nansum(np.square(part)) for part in cosines]
    mean = sums / n
    deviation = np.sqrt(np.maximum(squares / n - np.square(mean), 0))
    return (mean[0], deviation[0]), (mean[1], deviation[1])


def _z(values: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    return (values - mean) / deviation if deviation > 0 else np.where(np.isnan(values), np.nan, 0.0)


def passage_matches(corpus: Corpus, seen: Views) -> pd.DataFrame:
    """Which passage of each other text is most like a given one?

    Args:
        corpus: the statements in units.
        seen: what `vectors.views` returned.

    Returns:
        One row an analysed block and other text, in order of date; of equally good matches the
        first. Blocks without a word to compare have no row. Evidence: the sentences of both.

    Do not read a high score as borrowing or a low one as absence: the best match is only the best
    there is, and no score was calibrated against judgements.
    """
    blocks = passages(corpus, seen)
    texts = corpus.blocks.set_index(["statement_id", "block"])["text"].to_dict()
    sentences = corpus.units.groupby(["statement_id", "block"])["sentence_id"].agg(list)
    found = _best_pairs(blocks, list(corpus.labels))
    rows = []
    for (a, b, *values), shared in zip(found, _shared(blocks, found, seen.names), strict=True):
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
        for row, score, stems, characters in zip(rows, *grids, strict=True):
            for number, own in enumerate(columns):
                if len(own) and statements[number] != owner[row]:
                    best = own[score[own].argmax()]
                    values = (float(grid[best]) for grid in (score, stems, characters))
                    found.append((int(row), int(best), *values))
    return sorted(found, key=lambda pair: (place[owner[pair[0]]], pair[0], place[owner[pair[1]]]))


def _shared(
    blocks: Passages, found: list[tuple[int, int, float, float, float]], names: np.ndarray
) -> Iterator[list[str]]:
    """The words two passages share, those that carry the cosine most first."""
    for start in range(0, len(found), PASSAGES_AT_A_TIME):
        first, second, *_ = zip(*found[start:start + PASSAGES_AT_A_TIME], strict=True)
        both = blocks.stems[list(first)].multiply(blocks.stems[list(second)])
        products = sparse.csr_array(both)
        for low, high in zip(products.indptr, products.indptr[1:], strict=False):
            weights, types = products.data[low:high], products.indices[low:high]
            yield names[types[np.lexsort((types, -weights))]].tolist()


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
