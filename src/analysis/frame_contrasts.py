"""Which frames do the statements share, and in which do declared sides differ, beyond chance?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from analysis import framing, scale, tables
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary
from analysis.halves import clusters
from analysis.inference import (
    Interval,
    combine,
    difference_shortfall,
    generator,
    holm,
    layout,
)
from analysis.permutation import cohens_h, difference_p
from analysis.study_yaml import Contrast
from analysis.tables import Column

SPREAD = {
    "frame": Column("frame"),
    "lowest": Column("lowest share", "percent"),
    "lowest_in": Column("in"),
    "highest": Column("highest share", "percent"),
    "highest_in": Column("in"),
    "spread": Column("spread, points", "points"),
}

CONTRASTS = {
    "contrast": Column("contrast"),
    "frame": Column("frame"),
    "share_a": Column("share in the first", "percent"),
    "share_b": Column("share in the second", "percent"),
    "difference": Column("second minus first, points", "points"),
    "low": Column("95 % from", "points"),
    "high": Column("to", "points"),
    "h": Column("Cohen's h", "number"),
    "p": Column("p by permuted blocks", "number"),
    "p_holm": Column("p, adjusted (Holm)", "number"),
    "p_lists": Column("p, a list as one block", "number"),
    "reading": Column("reading"),
    "why_no_interval": Column("why no interval", aside=True),
}

# A frame in one of ten sentences is part of what a short statement says, not a stray word.
COMMON = 0.10

#: How a difference of two sides reads where its interval leaves zero out.
MORE, LESS = "more in the second", "more in the first"

# With as many statements on each side, statements are what is permuted, not blocks (METHODS §1).
MANY_STATEMENTS = 20

# The number of permutations: p is at least 1/2,000, so that .05 can be reached after adjusting for
# up to 100 comparisons, and a p of .05 is known to ± .01.
PERMUTATIONS = 1_999


def spread(corpus: Corpus, shares: pd.DataFrame) -> pd.DataFrame:
    """Which frames do all statements share, and in which do they lie furthest apart?

    Commentaries are left out. Complete counts of these texts: a spread is no test.

    Returns:
        One row a frame, the widest spread first; evidence: the sentences with the frame in the
        two statements named.
    """
    genre = corpus.study.statements.set_index("statement_id")["genre"]
    own = {label for i, label in corpus.labels.items() if genre[i] == "statement"}
    rows = []
    for frame, cells in shares[shares["statement"].isin(own)].groupby("frame", sort=False):
        low, high = cells.loc[cells["share"].idxmin()], cells.loc[cells["share"].idxmax()]
        rows.append(
            {
                "frame": frame,
                "lowest": low["share"],
                "lowest_in": low["statement"],
                "highest": high["share"],
                "highest_in": high["statement"],
                "spread": high["share"] - low["share"],
                "evidence": [*low["evidence"], *high["evidence"]],
            }
        )
    rows.sort(key=lambda row: -row["spread"])
    return tables.result(rows, columns=SPREAD, made_by="analysis.frame_contrasts.spread")


def _percents(row) -> str:
    return f"{100 * row.lowest:.0f} to {100 * row.highest:.0f} %"


def spread_reading(table: pd.DataFrame) -> list[str]:
    """What the statements share and where they part, in words."""
    if table.empty:
        return [framing.NO_DICTIONARY]
    shared = table[table["lowest"] >= COMMON].sort_values("lowest", ascending=False, kind="stable")
    common = ", ".join(f"{row.frame} ({_percents(row)})" for row in shared.itertuples())
    apart = "; ".join(
        f"{row.frame}, from {100 * row.lowest:.0f} % in {row.lowest_in} to "
        f"{100 * row.highest:.0f} % in {row.highest_in}"
        for row in table.head(3).itertuples()
    )
    return [
        f"Every statement uses in at least {100 * COMMON:.0f} % of its sentences: "
        f"{common or 'none of the frames'}.",
        f"They lie furthest apart in: {apart}.",
    ]


def contrasts(
    corpus: Corpus,
    dictionary: Dictionary,
    matches: pd.DataFrame,
    shares: pd.DataFrame,
    *,
    seed: int,
    n_boot: int = 2000,
    permutations: int = PERMUTATIONS,
) -> pd.DataFrame:
    """By how many percentage points does each frame's share differ between the declared sides?

    A side's share is the mean of its statements' shares, each statement weighing the same; bounds
    combine the statements' own bounds (`inference.combine`). Where a statement has no interval,
    or the coverage study withdraws that of the difference, the difference has none. p permutes
    blocks over all statements of the contrast (`permutation.difference_p`), and once more with
    each list and its head as one block; adjusted over all contrasts and frames. Of many statements
    (`scale.many`) each side is one text and its statements are the blocks: a side's share is that
    of all its sentences, and statements are redrawn and permuted.

    Args:
        corpus: the statements in units.
        dictionary: the frames.
        matches: what `framing.frame_matches` returned.
        shares: what `framing.frame_shares` returned.
        seed: of the permutations, and of the resamples of many statements.
        n_boot: number of these resamples.
        permutations: how many.

    Returns:
        One row a contrast and frame, in order of declaration, none for a contrast with a statement
        of another language than the dictionary's; evidence: the sentences with the frame on both
        sides.
    """
    rows = []
    for contrast in corpus.study.contrasts:
        if scale.many(corpus.study):
            sides = scale.by_sides(corpus, contrast)
            own = scale.rows(matches, corpus, sides)
            rows += _rows(
                sides, dictionary, own,
                framing.frame_shares(sides, dictionary, own, seed=seed, n_boot=n_boot),
                sides.study.contrasts[0], seed, permutations,
            )
        else:
            rows += _rows(corpus, dictionary, matches, shares, contrast, seed, permutations)
    for row, adjusted in zip(rows, holm([row["p"] for row in rows]) if rows else [], strict=True):
        row["p_holm"] = adjusted
    return tables.result(rows, columns=CONTRASTS, made_by="analysis.frame_contrasts.contrasts")


def _rows(
    corpus: Corpus,
    dictionary: Dictionary,
    matches: pd.DataFrame,
    shares: pd.DataFrame,
    contrast: Contrast,
    seed: int,
    permutations: int,
) -> list[dict[str, object]]:
    """One row a frame."""
    if framing.withheld(corpus).keys() & {*contrast.a, *contrast.b}:
        return []
    labels = corpus.labels
    by_cell = {(row.frame, row.statement): row for row in shares.itertuples()}
    shapes = {i: layout(corpus.block_words[i]) for i in labels}
    rows = []
    p, p_lists = (
        _permuted(corpus, dictionary, matches, contrast, lists, seed, permutations)
        for lists in (False, True)
    )
    for column, category in enumerate(dictionary.categories):
        frame = category.label
        cells = [
            [by_cell[frame, labels[identifier]] for identifier in side]
            for side in (contrast.a, contrast.b)
        ]
        sides = [[Interval(c.share, c.low, c.high) for c in side] for side in cells]
        reasons = [
            f"{c.statement}: {c.why_no_interval}" for side in cells for c in side
            if c.why_no_interval
        ]
        first, second = (
            combine(parts, [1 / len(parts)] * len(parts)) for parts in sides
        )
        difference = combine([first, second], [-1.0, 1.0])
        withdrawn = difference_shortfall(
            [shapes[i] for i in contrast.a], [shapes[i] for i in contrast.b],
            (first.estimate, second.estimate),
        )
        if withdrawn and not reasons:
            reasons.append(withdrawn)
            difference = Interval(difference.estimate, math.nan, math.nan)
        rows.append(
            {
                "contrast": contrast.label,
                "frame": frame,
                "share_a": first.estimate,
                "share_b": second.estimate,
                "difference": difference.estimate,
                "low": difference.low,
                "high": difference.high,
                "h": cohens_h(first.estimate, second.estimate),
                "p": float(p[column]),
                "p_lists": float(p_lists[column]),
                "reading": _reading(difference),
                "why_no_interval": "; ".join(reasons),
                "evidence": [i for side in cells for c in side for i in c.evidence],
            }
        )
    return rows


def _permuted(
    corpus: Corpus,
    dictionary: Dictionary,
    matches: pd.DataFrame,
    contrast: Contrast,
    lists: bool,
    seed: int,
    permutations: int,
) -> np.ndarray:
    """(frames,) p of one contrast."""
    units = corpus.units
    sides = (*contrast.a, *contrast.b)
    statement = units["statement_id"].map({name: i for i, name in enumerate(sides)}).to_numpy()
    rows = np.flatnonzero(~pd.isna(statement))
    many = min(len(contrast.a), len(contrast.b)) >= MANY_STATEMENTS
    block = clusters(corpus) if lists else units.groupby(["statement_id", "block"]).ngroup()
    place, first = np.unique(
        statement[rows] if many else np.asarray(block)[rows], return_index=True
    )[0:2]
    position = np.searchsorted(place, (statement if many else np.asarray(block))[rows])
    sizes = np.bincount(position).astype(float)
    hits = np.zeros((len(place), len(dictionary.categories)))
    for column, category in enumerate(dictionary.categories):
        held = np.zeros(len(units), dtype=bool)
        held[matches.loc[matches["category"] == category.id, "row"].to_numpy(dtype=int)] = True
        hits[:, column] = np.bincount(position, weights=held[rows], minlength=len(place))
    owner = statement[rows][first].astype(int)
    weights = np.repeat(
        [-1 / len(contrast.a), 1 / len(contrast.b)], [len(contrast.a), len(contrast.b)]
    )
    if many:
        hits, sizes = hits / sizes[:, None], np.ones(len(place))
        owner, weights = (owner >= len(contrast.a)).astype(int), np.array([-1.0, 1.0])
    rng = generator(seed, "permuted", contrast.id, "lists" if lists else "blocks")
    return difference_p(hits, sizes, owner, weights, rng=rng, permutations=permutations)


def _reading(difference: Interval) -> str:
    if np.isnan(difference.low):
        return "insufficient evidence"
    if difference.low > 0:
        return MORE
    if difference.high < 0:
        return LESS
    return "inconclusive"


def contrasts_reading(table: pd.DataFrame) -> list[str]:
    """Which differences hold up against their intervals and their number, in words."""
    if table.empty:
        return ["The study declares no contrast of texts in the language of its dictionary."]
    sentences = []
    for contrast, own in table.groupby("contrast", sort=False):
        parts = []
        for reading, word in ((MORE, "more"), (LESS, "less")):
            chosen = own[own["reading"] == reading]
            if len(chosen):
                named = ", ".join(
                    f"{row.frame} ({tables.formatted(row.difference, 'points')} points, adjusted "
                    f"p {_p(row.p_holm)})"
                    for row in chosen.itertuples()
                )
                parts.append(f"{word} in the second: {named}")
        open_ones = int((own["reading"] == "inconclusive").sum())
        if (own["reading"] == "insufficient evidence").all():
            text = f"insufficient evidence for every frame ({own['why_no_interval'].iloc[0]})"
        else:
            text = "; ".join([*parts, f"inconclusive: {open_ones} of {len(own)} frames"])
        sentences.append(f"{contrast}: {text}.")
    tested = table[table["p"].notna()]
    if len(tested):
        alone, adjusted = ((tested[name] < 0.05).sum() for name in ("p", "p_holm"))
        sentences.append(
            f"Permuting blocks, {alone} of {len(tested)} comparisons have p below .05 taken alone, "
            f"{adjusted} after adjusting for their number (Holm). Intervals are not adjusted."
        )
    return sentences


def _p(value: float) -> str:
    return "undefined" if math.isnan(value) else "< .001" if value < 0.001 else f"{value:.3f}"


def headline(table: pd.DataFrame, compared: pd.DataFrame, worth: str) -> str:
    """The page's answer: what is shared, where the statements part, and how sure that is.

    Args:
        table: what `spread` returned.
        compared: what `contrasts` returned.
        worth: what `validation.worth` returned.
    """
    if table.empty:
        return framing.NO_DICTIONARY
    parts = [*spread_reading(table), worth]
    if len(compared):
        clear = int(compared["reading"].isin([MORE, LESS]).sum())
        parts.append(
            f"Of {len(compared)} declared comparisons of a frame between two sides, {clear} show "
            "a difference beyond their interval; the others are inconclusive or lack evidence."
        )
    return " ".join(parts)
