"""Which passage of another text is most like a given one?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import matching, tables, vectors
from analysis.corpus import Corpus
from analysis.matching import Block, Matching, Side
from analysis.plural import counted
from analysis.tables import Column

# Passages compared with all others at a time: 256 rows of 100,000 columns are 200 MB.
PASSAGES_AT_A_TIME = 256

# More pairs of texts than this are not read one by one; `passage_matches` has them all.
PAIRS_LISTED = 40

# Matches of one block that are kept: of more than ten other texts, nobody reads the eleventh best.
MATCHES_KEPT = 10

# Matches of one block that stand on the page, and rows of the page: both texts of 450 matches are
# about 600 KB of it.
MATCHES_LISTED, ROWS_LISTED = 3, 450

# Senses named beside a pair of passages: what fits the column; `passage_matches` has them all.
SENSES_NAMED = 3

# A passage quoted in a sentence of the page is cut after this many words.
QUOTED_WORDS = 9

# Two content words in common are what names alone bring about.
FEW_SHARED = 2

MATCHES = {
    "statement": Column("text"),
    "block": Column("block", "count"),
    "passage": Column("passage", "marked"),
    "other": Column("other text"),
    "other_block": Column("its block", "count"),
    "match": Column("best match there", "marked"),
    "score": Column("score", "number"),
    "stems": Column("stem cosine", "number"),
    "characters": Column("character cosine", "number"),
    "n_shared": Column("shared words", "count"),
    "shared": Column("which"),
    "related": Column("marked though different: words of one sense"),
}

LISTED = {
    "blocks": Column("blocks"),
    "passage": Column("passage of the first", "marked"),
    "match": Column("most alike in the second", "marked"),
    "score": Column("score", "number"),
    "senses": Column("marked as of one sense"),
}


@dataclass(frozen=True)
class Passages:
    """Blocks as vectors of length 1.

    Attributes:
        keys: (statement_id, block) of each row.
        stems: sublinear tf–idf of stems and, in the columns after them, of classes of synonyms.
        characters: sublinear tf–idf of character n-grams.
        counted: what both were made of.
        units: the units of each row.
        meanings: (sentences × dimensions) unit vectors, block by block; None without a model.
        starts: (rows + 1,) where in `meanings` each row's sentences begin.
    """

    keys: list[Block]
    stems: sparse.csr_array
    characters: sparse.csr_array
    counted: Matching
    units: list[np.ndarray]
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

    Args:
        corpus: the statements in units.
        fold: count spelling variants as one word.
        stem: compare stems instead of words.
        synonyms: count classes of synonyms, too.
        meanings: (units × dimensions) sentence embeddings of length 1, if there is a model.

    See `matching.prepare` for what is counted.
    """
    counted = matching.prepare(corpus, fold=fold, stem=stem, synonyms=synonyms)
    held = np.flatnonzero(np.diff(counted.terms.blocks.indptr) > 0)
    order = np.argsort(counted.block_of, kind="stable")
    bounds = np.searchsorted(counted.block_of[order], np.arange(1, len(counted.keys)))
    units = np.split(order, bounds)
    units = [units[row] for row in held]
    return Passages(
        keys=[counted.keys[row] for row in held],
        stems=vectors.unit_length(counted.terms.weighed_blocks(held)),
        characters=vectors.unit_length(counted.characters.weighed_blocks(held)),
        counted=counted,
        units=units,
        meanings=None if meanings is None else meanings[np.concatenate(units)],
        starts=np.cumsum([0, *map(len, units)]),
    )


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
        One row an analysed block and other text, in order of date, the `MATCHES_KEPT` best of a
        block at most; of equally good matches the first. Marked in both texts: words that both
        have, by stem, and words of one sense that are not the same (`related`: class, words here /
        words there). Blocks without a word to compare have no row. Evidence: the sentences of
        both.

    Do not read a high score as borrowing or a low one as absence: the best match is only the best
    there is, and no score was calibrated against judgements.
    """
    blocks = passages(corpus, fold=fold, stem=stem, synonyms=synonyms, meanings=meanings)
    sides = [Side.of(corpus, blocks.counted, units) for units in blocks.units]
    found = _best_pairs(blocks, list(corpus.labels))
    rows = []
    for (a, b, *values), (shared, related) in zip(found, _shared(blocks, found), strict=True):
        first, second = sides[a], sides[b]
        (statement, block), (other, other_block) = blocks.keys[a], blocks.keys[b]
        rows.append(
            {
                "statement": corpus.labels[statement],
                "block": block,
                "passage": first.marked(shared, related),
                "other": corpus.labels[other],
                "other_block": other_block,
                "match": second.marked(shared, related),
                **dict(zip(("score", "stems", "characters"), values, strict=True)),
                "n_shared": len(shared),
                "shared": ", ".join(blocks.counted.names[shared]),
                "related": "; ".join(
                    f"{sense}: {first.written(sense)} / {second.written(sense)}"
                    for sense in related
                ),
                "evidence": [*first.sentences, *second.sentences],
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
            best = [
                own[score[own].argmax()] for number, own in enumerate(columns)
                if len(own) and statements[number] != owner[row]
            ]
            for other in sorted(best, key=lambda b: -score[b])[:MATCHES_KEPT]:
                values = (float(grid[other]) for grid in (score, stems, characters))
                found.append((int(row), int(other), *values))
    return sorted(found, key=lambda pair: (place[owner[pair[0]]], pair[0], place[owner[pair[1]]]))


def _shared(
    blocks: Passages, found: list[tuple[int, int, float, float, float]]
) -> Iterator[tuple[list[int], list[str]]]:
    """The stems two passages share, and the classes they share in other words only.

    Those that carry the cosine most come first.
    """
    counted = blocks.counted
    member = counted.member
    senses_of = [part.tolist() for part in np.split(member.indices, member.indptr[1:-1])]
    for start in range(0, len(found), PASSAGES_AT_A_TIME):
        first, second, *_ = zip(*found[start:start + PASSAGES_AT_A_TIME], strict=True)
        both = blocks.stems[list(first)].multiply(blocks.stems[list(second)])
        products = sparse.csr_array(both)
        for low, high in zip(products.indptr, products.indptr[1:], strict=False):
            weights, types = products.data[low:high], products.indices[low:high]
            types = types[np.lexsort((types, -weights))]
            stems, classes = types[types < len(counted.names)], types[types >= len(counted.names)]
            covered = {sense for stem in stems.tolist() for sense in senses_of[stem]}
            left = [sense for sense in (classes - len(counted.names)).tolist()
                    if sense not in covered]
            yield stems.tolist(), counted.classes[left].tolist()


def best_matches(matches: pd.DataFrame) -> pd.DataFrame:
    """Which passages anywhere else are most like a given one?

    Args:
        matches: what `passage_matches` returned.

    Returns:
        The `MATCHES_LISTED` best of each block in other texts, the best first, blocks in order;
        both texts side by side. If these are more than `ROWS_LISTED` rows, each block's best comes
        before any block's second best, and higher scores before lower ones.
    """
    ranked = matches.assign(
        nth=matches.groupby(["statement", "block"], sort=False)["score"].rank(
            ascending=False, method="first"
        ),
        place=matches.groupby(["statement", "block"], sort=False).ngroup(),
    )
    ranked = ranked[ranked["nth"] <= MATCHES_LISTED]
    chosen = ranked.sort_values(["nth", "score"], ascending=[True, False], kind="stable")
    chosen = chosen.head(ROWS_LISTED).sort_values(["place", "nth"], kind="stable")
    return _listed(chosen, made_by="analysis.passages.best_matches")


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
    # A pair's scores from either side differ in the last bits: the first, the earlier text's, wins.
    score = matches["score"].round(9)
    best = score.groupby(np.array(pair, dtype=object), sort=False).idxmax()
    return matches.loc[best].sort_values("score", ascending=False, kind="stable").index.tolist()


def _listed(matches: pd.DataFrame, *, made_by: str) -> pd.DataFrame:
    rows = [
        {
            "blocks": f"{row.statement}, block {row.block}; {row.other}, block {row.other_block}",
            **{name: getattr(row, name) for name in ("passage", "match", "score")},
            "senses": _named(row.related),
            "evidence": row.evidence,
        }
        for row in matches.itertuples()
    ]
    return tables.result(rows, columns=LISTED, made_by=made_by)


def _named(related: str) -> str:
    """The senses alone: the words themselves are marked."""
    senses = [part.partition(":")[0] for part in filter(None, related.split("; "))]
    return ", ".join(senses[:SENSES_NAMED]) + (" …" if len(senses) > SENSES_NAMED else "")


def passages_reading(matches: pd.DataFrame) -> list[str]:
    """How close the closest passages are, and how little most others share, in words."""
    if matches.empty:
        return ["No block holds a word to compare."]
    top, best = matches.loc[_closest(matches)[0]], matches.loc[_best(matches)]
    few = int((best["n_shared"] <= FEW_SHARED).sum())
    return [
        f"The two passages most alike are block {top['block']} of {top['statement']} and block "
        f"{top['other_block']} of {top['other']}: {top['score']:.1f} standard deviations above the "
        f"mean pair of passages, {counted(top['n_shared'], 'shared word')} "
        f"({top['shared']}).",
        f"Of {counted(len(best), 'block')}, {few} share at most {FEW_SHARED} words with their best "
        f"match anywhere; half share {best['n_shared'].median():.0f} or fewer. A best match is the best there is, "
        "not a finding that two passages say the same: the scores are not calibrated.",
    ]


def headline(matches: pd.DataFrame) -> str:
    """The page's answer about passages in a sentence or two."""
    if matches.empty:
        return "No block holds a word to compare with another text."
    top, best = matches.loc[_closest(matches)[0]], matches.loc[_best(matches)]
    few = int((best["n_shared"] <= FEW_SHARED).sum())
    return (
        f"Most alike in words, of all passages of different texts, are {_quoted(top['passage'])} "
        f"({top['statement']}) and {_quoted(top['match'])} ({top['other']}). Of {len(best)} "
        f"passages, {few} share at most {FEW_SHARED} words with their best match anywhere."
    )


def _quoted(passage: tuple[str, ...]) -> str:
    words = str(tables.unmarked(passage)).split()
    return f"“{' '.join(words[:QUOTED_WORDS])}{' …' if len(words) > QUOTED_WORDS else ''}”"
