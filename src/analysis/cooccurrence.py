"""Which frames stand in one sentence more often than their frequencies would have them?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from analysis import tables
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary
from analysis.inference import holm
from analysis.tables import Column

# An expected count below this makes a ratio of counts jump with a single sentence (the usual limit
# of chi-squared tests; Cochran, W. G. 1954, Biometrics 10(4)).
MIN_EXPECTED = 5

COOCCURRENCE = {
    "first": Column("frame"),
    "second": Column("with frame"),
    "n_first": Column("sentences with the first", "count"),
    "n_second": Column("with the second", "count"),
    "observed": Column("with both", "count"),
    "expected": Column("expected", "number"),
    "ratio": Column("observed / expected", "number"),
    "p": Column("exact p", "number"),
    "p_holm": Column("p, adjusted (Holm)", "number"),
    "note": Column("note"),
}


def cooccurrence(
    corpus: Corpus, dictionary: Dictionary, matches: pd.DataFrame
) -> pd.DataFrame:
    """How often do two frames share a sentence, against what their frequencies lead to expect?

    Expected = Σ over statements of n₁n₂/N, so that frames that are frequent in the same statement
    are not for that reason alone together. p is exact given both counts in every statement: a sum
    of hypergeometric variables, two-sided by the outcomes no more likely than the observed one.
    Commentaries and texts of another language than the dictionary's are left out.

    Args:
        corpus: the statements in units.
        dictionary: the frames.
        matches: what `framing.frame_matches` returned.

    Returns:
        One row a pair of frames that both occur, the highest ratio first, pairs too rare for a
        ratio last; evidence: the sentences with both.

    The p takes sentences for independent; neighbours are not, and a word may belong to both
    frames. Read it as a screen, not as a finding.

    Source: Fisher, R. A. (1935), Journal of the Royal Statistical Society 98(1), stratified.
    """
    units = corpus.units
    facts = corpus.study.statements.set_index("statement_id")
    read = (facts["genre"] == "statement") & facts["language"].map(dictionary.speaks)
    own = units["statement_id"].map(read).to_numpy(dtype=bool)
    strata = pd.factorize(units["statement_id"][own])[0]
    sizes = np.bincount(strata)
    held = {}
    for category in dictionary.categories:
        flags = np.zeros(len(units), dtype=bool)
        flags[matches.loc[matches["category"] == category.id, "row"].to_numpy(dtype=int)] = True
        if flags[own].any():
            held[category.label] = flags[own]
    identifiers = units["sentence_id"][own].to_numpy()
    rows = []
    for (first, a), (second, b) in combinations(held.items(), 2):
        n_a, n_b = (np.bincount(strata, weights=x, minlength=len(sizes)).astype(int)
                    for x in (a, b))
        observed, expected = int((a & b).sum()), float((n_a * n_b / sizes).sum())
        enough = expected >= MIN_EXPECTED
        rows.append(
            {
                "first": first,
                "second": second,
                "n_first": int(n_a.sum()),
                "n_second": int(n_b.sum()),
                "observed": observed,
                "expected": expected,
                "ratio": observed / expected if enough else float("nan"),
                "p": exact_p(observed, sizes, n_a, n_b),
                "note": "" if enough else f"fewer than {MIN_EXPECTED} expected: no ratio",
                "evidence": identifiers[a & b].tolist(),
            }
        )
    for row, p in zip(rows, holm([row["p"] for row in rows]) if rows else [], strict=True):
        row["p_holm"] = p
    rows.sort(key=lambda row: (row["note"] != "", -row["observed"] / max(row["expected"], 1e-9)))
    return tables.result(
        rows, columns=COOCCURRENCE, made_by="analysis.cooccurrence.cooccurrence"
    )


def exact_p(observed: int, sizes: np.ndarray, n_a: np.ndarray, n_b: np.ndarray) -> float:
    """Two-sided p of a number of joint occurrences, given both counts in each stratum.

    Args:
        observed: joint occurrences over all strata.
        sizes, n_a, n_b: (strata,) units, and units with either property.

    >>> round(exact_p(3, np.array([8]), np.array([4]), np.array([4])), 4)
    0.4857
    """
    chances = np.ones(1)
    for n, a, b in zip(sizes.tolist(), n_a.tolist(), n_b.tolist(), strict=True):
        chances = np.convolve(chances, _joint(n, a, b))
    limit = chances[observed] * (1 + 1e-7)
    return float(min(1.0, chances[chances <= limit].sum()))


def _joint(n: int, a: int, b: int) -> np.ndarray:
    """(min(a, b) + 1,) hypergeometric chance of each number of units that have both properties.

    From the likeliest number outwards by the ratio of neighbours, which is exact to a few bits for
    strata of any size: p(k + 1)/p(k) = (a − k)(b − k) / ((k + 1)(n − a − b + k + 1)).
    """
    least, most = max(0, a + b - n), min(a, b)
    top = min(max((a + 1) * (b + 1) // (n + 2), least), most)
    k = np.arange(least, most, dtype=float)
    ratio = (a - k) * (b - k) / ((k + 1) * (n - a - b + k + 1))
    up, down = np.cumprod(ratio[top - least:]), np.cumprod(1 / ratio[:top - least][::-1])[::-1]
    chances = np.concatenate([np.zeros(least), down, [1.0], up])
    return chances / chances.sum()


def reading(table: pd.DataFrame) -> list[str]:
    """Which frames stand together, and which apart, in words."""
    known = table[table["ratio"].notna()]
    if known.empty:
        return ["No two frames are frequent enough for their being together to be judged."]
    clear = known[known["p_holm"] < 0.05]
    texts = []
    for chosen, word in ((clear[clear["ratio"] > 1], "more"), (clear[clear["ratio"] < 1], "less")):
        if len(chosen):
            named = "; ".join(
                f"{row.first} and {row.second} ({row.observed}, expected {row.expected:.1f})"
                for row in chosen.itertuples()
            )
            texts.append(f"Together {word} often than their frequencies lead to expect: {named}.")
    if not texts:
        texts.append("No pair stands together more or less often than chance would have it.")
    texts.append(
        f"{len(known)} of {len(table)} pairs are frequent enough for a ratio. The exact p takes "
        "sentences for independent, which neighbours are not: a screen, not a finding."
    )
    return texts
