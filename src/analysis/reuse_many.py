"""Of many statements: how much wording stands in more than one, and which share most of it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import alignment, scale, tables, vectors
from analysis.corpus import Corpus
from analysis.tables import Column

# Places of one window of words that are compared pair by pair, in all: about 2 GB while it lasts.
MOST_COMPARED = 20_000_000

# A window in more places than this starts no search in any corpus (`alignment.MOST_PLACES`).
_STEPS = tuple(n for n in (100, 70, 50, 35, 25, 18, 12, 8, 5, 3, 2) if n <= alignment.MOST_PLACES)

WIDESPREAD = {
    "group": Column("group"),
    "words": Column("words", "count"),
    "shared": Column("words in wording of another statement", "count"),
    "share": Column("share", "percent"),
    "statements": Column("statements", "count"),
    "with_any": Column("of them with such wording", "count"),
}


@dataclass(frozen=True, eq=False)
class Widespread:
    """Wording that stands in more than one of many statements.

    Attributes:
        table: one row a group, columns `WIDESPREAD`.
        pairs: pairs of statements that share a run and were compared.
        leading: ids of the statements of the pairs that share most words, at most
            `scale.MOST_STATEMENTS`.
        most_places: places up to which a window of words starts a comparison.
        min_run: words of the shortest run.
    """

    table: pd.DataFrame
    pairs: int
    leading: list[str]
    most_places: int
    min_run: int


def widespread(corpus: Corpus, *, min_run: int) -> Widespread:
    """How much of many statements stands word for word in another, and which pairs share most?

    Every window of `min_run` words is numbered by its content, the numbers are sorted, and windows
    of one number that stand in two statements are shared: one pass, however many statements. Pairs
    are then compared at these places only; a window in so many places that all pairs of all
    windows would be more than `MOST_COMPARED` starts no comparison, but its words count as shared.

    Args:
        corpus: the statements in units.
        min_run: words in the shortest shared run.
    """
    shown = scale.by_group(corpus)
    units = corpus.units
    code, ids = pd.factorize(units["statement_id"])
    written, row, kind = vectors.coded_words(units["text"].to_numpy())
    # Numbers in alphabetical order: the result must not depend on the order of the texts.
    order = np.argsort(np.array(written, dtype=str), kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    kind, text = rank[kind], code.astype(np.int32)[row]
    del row
    shared, most = _windows(kind, text, min_run)
    runs = alignment.exact_runs(kind, text, text, min_run=min_run, most_places=most)
    pairs = pd.DataFrame({"a": text[runs[:, 0]], "b": text[runs[:, 1]], "words": runs[:, 2]})
    sums = pairs.groupby(["a", "b"], as_index=False)["words"].sum()
    sums = sums.sort_values(["words", "a", "b"], ascending=[False, True, True])
    leading: dict[int, None] = {}
    for a, b in zip(sums["a"], sums["b"], strict=True):
        if len(leading | {a: None, b: None}) > scale.MOST_STATEMENTS:
            break
        leading |= {a: None, b: None}
    pool = scale.pool_of(corpus, shown)
    names = np.array([shown.labels[pool[identifier]] for identifier in ids])
    words, held = np.bincount(text, minlength=len(ids)), np.bincount(
        text, weights=shared, minlength=len(ids)).astype(int)
    rows = []
    for label in shown.labels.values():
        own = names == label
        rows.append(
            {
                "group": label, "words": int(words[own].sum()), "shared": int(held[own].sum()),
                "share": float(held[own].sum() / words[own].sum()) if words[own].sum() else np.nan,
                "statements": int(own.sum()), "with_any": int((held[own] > 0).sum()),
            }
        )
    table = tables.result(rows, columns=WIDESPREAD, made_by="analysis.reuse_many.widespread")
    return Widespread(table, len(sums), sorted(ids[place] for place in leading), most, min_run)


def _windows(kind: np.ndarray, text: np.ndarray, length: int) -> tuple[np.ndarray, int]:
    """(words,) which words are in a window that stands in two texts; most places to compare."""
    shared, found = np.zeros(len(kind), dtype=bool), [np.empty(0, dtype=np.int64)]
    for order, counts in alignment.repeated(kind, text, length):
        group = np.repeat(np.arange(len(counts)), counts)
        first = text[order[np.cumsum(counts) - counts]]
        several = np.zeros(len(counts), dtype=bool)
        several[group[text[order] != first[group]]] = True
        for place in (order[several[group]] + step for step in range(length)):
            shared[place] = True
        found.append(counts[several])
    sizes = np.concatenate(found)
    for most in _STEPS:
        kept = sizes[sizes <= most]
        if (kept * (kept - 1) // 2).sum() <= MOST_COMPARED:
            break
    return shared, most


def reading(found: Widespread) -> list[str]:
    """How much wording is shared, and what was compared, in words."""
    table = found.table
    words, shared = int(table["words"].sum()), int(table["shared"].sum())
    share = 100 * shared / words if words else 0.0
    return [
        f"Of {words:,} words {share:.1f} % stand in a run of {found.min_run} words or more that "
        f"another statement has, too; {int(table['with_any'].sum()):,} of "
        f"{int(table['statements'].sum()):,} statements have such a run. Runs in more than "
        f"{found.most_places} places were not compared pair by pair; {found.pairs:,} pairs of "
        f"statements share another. The {len(found.leading)} statements of the pairs that share "
        "most words are compared below."
    ]
