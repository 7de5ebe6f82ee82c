"""How alike is alike? Pairs of statements against one text, and against halves of one statement."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import likeness, tables
from analysis.corpus import Corpus
from analysis.errors import some
from analysis.inference import generator, holm
from analysis.likeness import STATEMENTS, Pairs, Words, unit_rows
from analysis.tables import Column

# Two texts of five blocks can be split in 252 ways: the fewest that let p fall below 1 %.
MIN_BLOCKS = 5

# Where two parts of one statement have less in common than this, a share of it is noise: at an equal
# length of 57 words ceilings were 0.00 to 0.02, and a pair "reached 163 %" of them.
MIN_CEILING = 0.05

# Pairs that are looked at, the most alike first: what a table shows.
MOST_PAIRS = 40

# Splits held in memory at a time: 250 of 1,000 types are 2 MB a side.
SPLITS_AT_A_TIME = 250

COMPARED = {
    "pair": Column("pair"),
    "cosine": Column("cosine", "number"),
    "one_text": Column("one text split at random, mean", "number"),
    "one_text_low": Column("90 % from", "number"),
    "one_text_high": Column("to", "number"),
    "p": Column("p, unadjusted", "number"),
    "p_holm": Column("p by Holm", "number"),
    "equal": Column("cosine at equal length", "number"),
    "ceiling_first": Column("ceiling of the first", "number"),
    "ceiling_second": Column("of the second", "number"),
    "of_ceiling": Column("share of the mean ceiling", "percent"),
    "words": Column("words drawn from each", "count"),
    "why_no_p": Column("why no p"),
}


def compared_with(
    corpus: Corpus, words: Words, *, seed: int, n_splits: int, n_draws: int
) -> pd.DataFrame:
    """Are two statements as alike as parts of one text, and as halves of one statement?

    *One text*: the blocks of both are pooled and dealt at random into two texts of as many blocks
    as the statements have. p = (1 + b) / (1 + n), with b of n such pairs no more alike than the
    statements are. A small p says that the two are less alike than parts of one text.

    *Ceiling*: two draws of m words from one statement that share no block, m as in
    `likeness.equal_length`; the pair is drawn from in the same way. The second draw has fewer
    blocks to choose from, so that the ceiling is rather low than high.

    Args:
        corpus: the statements in units.
        words: what `likeness.read` returned.
        seed: of splits and draws.
        n_splits: number of random splits a pair.
        n_draws: number of draws of m words.

    Returns:
        One row a pair of statements, the most alike first, at most `MOST_PAIRS`. Holm's p is
        over these.

    Do not read p as saying how alike two statements are: long ones differ from one text by any
    difference. It says whether an observed difference needs an explanation.

    Source: Good, P. (2005), Permutation, Parametric, and Bootstrap Tests of Hypotheses, chapter 3;
    Phipson, B. & Smyth, G. (2010), Statistical Applications in Genetics 9(1), on p;
    Holm, S. (1979), Scandinavian Journal of Statistics 6(2).
    """
    pairs = Pairs(corpus)
    grid = likeness.grids(words, likeness.whole(words), ("tfidf",))["tfidf"]
    chosen = [p for p, kind in enumerate(pairs.kinds)
              if kind == STATEMENTS and not np.isnan(grid[pairs.places[p]])]
    chosen = sorted(chosen, key=lambda p: -grid[pairs.places[p]])[:MOST_PAIRS]
    m = likeness.equal_length(words, pairs.statements)
    texts = sorted({text for p in chosen for text in pairs.places[p]})
    equal = likeness.at_equal_length(
        words, pairs.ids, m, seed=seed, n_draws=n_draws, measures=("tfidf",)
    )["tfidf"]
    ceilings = {
        text: ceiling(words, text, m, rng=generator(seed, "ceiling", pairs.ids[text]),
                      n_draws=n_draws)
        for text in texts
    }
    rows = []
    for p in chosen:
        i, j = pairs.places[p]
        few = min(len(words.blocks[i]), len(words.blocks[j])) < MIN_BLOCKS
        null = np.full(1, np.nan) if few else one_text(
            words, i, j, rng=generator(seed, "one text", pairs.ids[i], pairs.ids[j]),
            n_splits=n_splits,
        )
        top = (ceilings[i] + ceilings[j]) / 2
        rows.append(
            {
                "pair": pairs.labels[p],
                "cosine": float(grid[i, j]),
                "one_text": float(null.mean()),
                "one_text_low": float(np.quantile(null, 0.05)),
                "one_text_high": float(np.quantile(null, 0.95)),
                "p": np.nan if few else _p(null, grid[i, j]),
                "p_holm": np.nan,
                "why_no_p": f"fewer than {MIN_BLOCKS} blocks on a side" if few else "",
                "words": m,
                "equal": float(equal[i, j]),
                "ceiling_first": ceilings[i],
                "ceiling_second": ceilings[j],
                "of_ceiling": float(equal[i, j] / top) if top > 0 else np.nan,
                "evidence": pairs.evidence[p],
            }
        )
    for row, adjusted in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = adjusted
    return tables.result(rows, columns=COMPARED, made_by="analysis.nulls.compared_with")


def _p(null: np.ndarray, value: float) -> float:
    """Splits of equal words in another order differ in the last bits only: those count as equal."""
    return float((1 + (null <= value + 1e-12).sum()) / (1 + len(null)))


def ceiling(
    words: Words, text: int, m: int, *, rng: np.random.Generator, n_draws: int
) -> float:
    """How alike are m words and m other words of one statement? Mean cosine; NaN of one block."""
    blocks = words.blocks[text]
    if len(blocks) < 2:
        return float("nan")
    draw, values = likeness.drawing(blocks, m, rng), []
    while len(values) < n_draws:
        first, used = draw()
        gone = set(used.tolist())
        rest = [block for place, block in enumerate(blocks) if place not in gone]
        if not rest:
            # All blocks were drawn: the two halves of a random order of blocks instead.
            order = rng.permutation(len(blocks))
            first, _ = likeness.drawing([blocks[b] for b in order[::2]], m, rng)()
            rest = [blocks[b] for b in order[1::2]]
        second, _ = likeness.drawing(rest, m, rng)()
        values.append(likeness.grids(words, [first, second], ("tfidf",))["tfidf"][0, 1])
    return float(np.mean(values))


def one_text(
    words: Words, i: int, j: int, *, rng: np.random.Generator, n_splits: int
) -> np.ndarray:
    """(n_splits,) cosines of two texts dealt at random from the blocks of texts i and j."""
    blocks = [*words.blocks[i], *words.blocks[j]]
    stems = [words.stem[block[~words.function[block]]] for block in blocks]
    types, column = np.unique(np.concatenate(stems), return_inverse=True)
    counts = np.zeros((len(blocks), len(types)))
    np.add.at(counts, (np.repeat(np.arange(len(blocks)), [len(s) for s in stems]), column), 1)
    weights, total = words.stem_weights[types], counts.sum(axis=0)
    values = []
    for start in range(0, n_splits, SPLITS_AT_A_TIME):
        n = min(SPLITS_AT_A_TIME, n_splits - start)
        order = rng.permuted(np.tile(np.arange(len(blocks)), (n, 1)), axis=1)
        dealt = (order < len(words.blocks[i])).astype(float) @ counts
        a, b = unit_rows(dealt, weights), unit_rows(total - dealt, weights)
        values.append(np.einsum("rt,rt->r", a, b))
    return np.concatenate(values)


def compared_reading(table: pd.DataFrame) -> list[str]:
    """Which pairs could be parts of one text, and how near each comes to its ceiling, in words."""
    if table.empty:
        return ["No two statements can be compared."]
    return [*_one_text_reading(table.dropna(subset=["p"])), *_ceiling_reading(table), FLOOR]


#: What is said of the second null of METHODS, for which the study has no texts.
FLOOR = (
    "Same-genre floor: not available. How alike unrelated statements of this genre are cannot be "
    "said without a collection of such statements, and function words, formulas and names make "
    "any two statements somewhat alike."
)


def _one_text_reading(known: pd.DataFrame) -> list[str]:
    if known.empty:
        return [f"Insufficient evidence against one text: fewer than {MIN_BLOCKS} blocks a side."]
    apart = known[known["p_holm"] <= 0.05]
    near = known.iloc[(known["one_text"] - known["cosine"]).argmin()]
    said = [
        f"{_apart(len(apart), len(known))} (p by Holm at most .05). "
        f"{'Nearest to one text come ' if len(known) > 1 else ''}{near['pair']}: cosine "
        f"{near['cosine']:.2f}, split at random {near['one_text']:.2f} (90 % between "
        f"{near['one_text_low']:.2f} and {near['one_text_high']:.2f}), p = {near['p']:.2g}."
    ]
    same = known[known["p_holm"] > 0.05]
    if len(same):
        said.append(f"Not told apart from one text: {some(list(same['pair']), between='; ')}. "
                    "That does not show that they are one.")
    return said


def _apart(apart: int, known: int) -> str:
    if known == 1:
        return ("The only pair of statements is" + ("" if apart else " not")
                + " less alike than one text split at random")
    return (f"Less alike than one text split at random are {apart} of {known} pairs of statements")


def _ceiling_reading(table: pd.DataFrame) -> list[str]:
    known = table.dropna(subset=["of_ceiling"])
    if known.empty:
        return []
    if np.nanmean(known[["ceiling_first", "ceiling_second"]].to_numpy()) < MIN_CEILING:
        return [
            f"At an equal length of {known['words'].iloc[0]} words two parts of one statement have "
            "next to nothing in common, so no share of that is read."
        ]
    top, low = known.loc[known["of_ceiling"].idxmax()], known.loc[known["of_ceiling"].idxmin()]
    start = (
        f"At an equal length of {top['words']} words {top['pair']} reach "
        f"{100 * top['of_ceiling']:.0f} % of what two parts of one statement have in common "
        f"(cosine {top['equal']:.2f}; ceilings {top['ceiling_first']:.2f} and "
        f"{top['ceiling_second']:.2f})"
    )
    if len(known) == 1:
        return [f"{start}."]
    return [f"{start}, {low['pair']} {100 * low['of_ceiling']:.0f} %."]
