"""Which coded sentences may be seen while rules are written, and which are kept for judging them?

A sentence belongs to the half of its *root*: the block it stands in, or the outermost list head
above it, so that a list and what introduces it are never parted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

import numpy as np
import pandas as pd

from analysis.corpus import Corpus

Half = Literal["development", "correction"]

HALVES: tuple[Half, Half] = ("development", "correction")


def half(statement_id: str, root_block: int) -> Half:
    """To which half does a root block belong? The parity of the first byte of its name's SHA-256.

    Nothing but the block's place decides: who writes rules cannot choose what is kept from view,
    and new codes never move a sentence to the other half.

    Args:
        statement_id: the statement.
        root_block: number of the block, or of the outermost list head above it.

    >>> half("uk-fr-2015-08-20", 2)
    'development'
    """
    digest = hashlib.sha256(f"{statement_id}:{root_block}".encode()).digest()
    return HALVES[digest[0] % 2]


def root_blocks(corpus: Corpus) -> np.ndarray:
    """(units,) number of each unit's root block."""
    above = {
        (row.statement_id, row.block): row.parent
        for row in corpus.blocks[["statement_id", "block", "parent"]].itertuples(index=False)
    }
    roots: dict[tuple[str, int], int] = {}
    for statement, block in above:
        root = block
        while not pd.isna(above[statement, root]):
            root = int(above[statement, root])
        roots[statement, block] = root
    units = corpus.units
    keys = zip(units["statement_id"], units["block"], strict=True)
    return np.array([roots[key] for key in keys], dtype=int)


def halves(corpus: Corpus) -> np.ndarray:
    """(units,) the half of each unit."""
    keys = zip(corpus.units["statement_id"], root_blocks(corpus).tolist(), strict=True)
    return np.array([half(*key) for key in keys], dtype=object)


def clusters(corpus: Corpus) -> np.ndarray:
    """(units,) number of each unit's root block, counted through the corpus from 0."""
    names = corpus.units["statement_id"] + ":" + root_blocks(corpus).astype(str)
    return pd.factorize(names)[0]


def refuse_correction(corpus: Corpus, rows: Iterable[int]) -> None:
    """Stop if a rule or a model is about to be made from sentences kept for judging it.

    Args:
        corpus: the statements in units.
        rows: the units it would be made from.

    Raises:
        ValueError: a unit of the correction half is among them.
    """
    rows = np.asarray(list(rows), dtype=int)
    kept = rows[halves(corpus)[rows] == "correction"] if len(rows) else rows
    if len(kept):
        names = ", ".join(corpus.units["sentence_id"].iloc[kept[:5]])
        raise ValueError(
            f"{len(kept)} sentences of the correction half would be learnt from ({names}); they "
            "are kept for judging what is learnt: use the development half alone"
        )
