"""Two sides of a comparison, as sets of units: declared in study.yaml, or the reader's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import vectors
from analysis.corpus import Corpus

# Without declared contrasts, every statement is set against the others, if a reader can follow it.
MOST_ALONE = 6


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Two disjoint sets of units of analysis.

    Attributes:
        label: what is compared.
        a_label, b_label: what the sides are called.
        a, b: (units,) whether a unit belongs to the side.
        declared: whether study.yaml declares the comparison.
    """

    label: str
    a_label: str
    b_label: str
    a: np.ndarray
    b: np.ndarray
    declared: bool = True

    def statements(self, corpus: Corpus, side: np.ndarray) -> list[str]:
        """Ids of the statements that a side has units of, in order of date."""
        own = set(corpus.units["statement_id"].to_numpy()[side])
        return [identifier for identifier in corpus.labels if identifier in own]

    def languages(self, corpus: Corpus) -> list[str]:
        """Languages of both sides, without regions."""
        spoken = corpus.study.statements.set_index("statement_id")["language"]
        own = self.statements(corpus, self.a | self.b)
        return sorted({spoken[i].partition("-")[0].lower() for i in own})


def compared(corpus: Corpus) -> list[Sides]:
    """The declared contrasts; without any, each of a few statements against the others."""
    statement = corpus.units["statement_id"]
    contrasts = corpus.study.contrasts
    if contrasts:
        return [
            Sides(c.label, c.a_label, c.b_label, statement.isin(c.a).to_numpy(),
                  statement.isin(c.b).to_numpy())
            for c in contrasts
        ]
    own = vectors.baseline(corpus.units, corpus.study.statements)
    names = list(dict.fromkeys(statement[own]))
    if not 2 <= len(names) <= MOST_ALONE:
        return []
    labels = corpus.labels
    if len(names) == 2:
        one, other = names
        return [Sides(f"{labels[one]} and {labels[other]}", labels[one], labels[other],
                      (statement == one).to_numpy(), (statement == other).to_numpy(), False)]
    return [
        Sides(f"{labels[name]} and the other statements", labels[name], "the other statements",
              (statement == name).to_numpy(), own & (statement != name).to_numpy(), False)
        for name in names
    ]


def passages(corpus: Corpus) -> pd.Series:
    """(units,) the passage of each unit, such as `uk-fr-2022-11-14:b3`."""
    return corpus.units["statement_id"] + ":b" + corpus.units["block"].astype(str)
