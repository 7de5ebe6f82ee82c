"""Do other measures agree, in whole texts and at equal length, with names and without?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis import likeness, tables
from analysis.corpus import Corpus
from analysis.likeness import MEASURES, STATEMENTS, Pairs, Words, rank_correlation
from analysis.tables import Column

#: How texts are compared: whole or by as many words of each; with names or without.
WHOLE, EQUAL = "whole texts", "equal length"
KEPT, MASKED = "kept", "masked"

# A rank correlation that rises by less than this is not explained by what was changed: with six
# pairs one exchange of neighbours moves it by .06.
MIN_RISE = 0.1

# From here on two orders are called the same for practical purposes.
SAME_ORDER = 0.9

VARIANTS = {
    "pair": Column("pair"),
    "kind": Column("kind"),
    "length": Column("compared at"),
    "names": Column("names"),
    "words": Column("words drawn from each", "count"),
    **{name: Column(label, "number") for name, label in MEASURES.items()},
    "error": Column("simulation error of the first", "number"),
}

AGREEMENT = {
    "measure": Column("measure"),
    "length": Column("compared at"),
    "names": Column("names"),
    "first": Column("pair it puts first"),
    "rank_correlation": Column("rank correlation with tf–idf cosine", "number"),
    "moved": Column("pair that moves most"),
    "rank_first": Column("its rank by tf–idf cosine", "count"),
    "rank_here": Column("its rank here", "count"),
    "pairs": Column("pairs", "count"),
}

WHY = {
    "measure": Column("measure"),
    "as_it_is": Column("rank correlation with tf–idf cosine", "number"),
    "function_words": Column("without function words", "number"),
    "stems": Column("of stems", "number"),
    "spelling": Column("both with spelling as written", "number"),
    "length": Column("both at equal length", "number"),
    "names": Column("both with names masked", "number"),
    "reason": Column("what the disagreement comes from"),
}

#: What a column of `WHY` changes → what it says if the orders then agree better.
REASONS = {
    "function_words": "function words",
    "stems": "endings of words",
    "spelling": "spelling",
    "length": "unequal lengths",
    "names": "names",
}

# Measures of all words: those that function words and endings can tell apart from the first.
_OF_WORDS = ("counts", "jaccard", "jensen_shannon")


def variants(corpus: Corpus, words: Words, *, seed: int, n_draws: int) -> pd.DataFrame:
    """How alike are two texts by five measures: whole and at equal length, with names and without?

    At equal length: m words of randomly drawn blocks of each text, with replacement, the mean of
    `n_draws` draws; m is half the words of the shortest statement
    without its names, the same everywhere. Idf is
    that of all sentences; with names masked, of the sentences without them.

    Args:
        corpus: the statements in units.
        words: what `likeness.read` returned.
        seed: of the draws.
        n_draws: number of draws.

    Returns:
        Four rows a pair, pairs in order of date.
    """
    pairs = Pairs(corpus)
    m = likeness.equal_length(words, pairs.statements)
    rows = []
    for names, own in ((KEPT, words), (MASKED, words.without(words.name))):
        whole = likeness.grids(own, likeness.whole(own))
        drawn = likeness.at_equal_length(own, pairs.ids, m, seed=seed, n_draws=n_draws)
        for how, grids in ((WHOLE, whole), (EQUAL, drawn)):
            for p, place in enumerate(pairs.places):
                rows.append(
                    {
                        "pair": pairs.labels[p],
                        "kind": pairs.kinds[p],
                        "length": how,
                        "names": names,
                        "words": m if how == EQUAL else None,
                        **{name: float(grids[name][place]) for name in MEASURES},
                        "error": float(grids["error"][place]) if how == EQUAL else np.nan,
                        "evidence": pairs.evidence[p],
                    }
                )
    return tables.result(rows, columns=VARIANTS, made_by="analysis.equal_length.variants")


def agreement(table: pd.DataFrame) -> pd.DataFrame:
    """Do other measures, equal length and masked names leave the order of the pairs as it is?

    Spearman's rank correlation with the tf–idf cosine of whole texts with their names, over the
    pairs of statements. The pairs share texts, so no test belongs to it.

    Args:
        table: what `variants` returned.
    """
    own = table[table["kind"] == STATEMENTS]
    first = own[(own["length"] == WHOLE) & (own["names"] == KEPT)].set_index("pair")["tfidf"]
    rows = []
    for (how, names), part in own.groupby(["length", "names"], sort=False):
        for name, label in MEASURES.items():
            if (name, how, names) == ("tfidf", WHOLE, KEPT):
                continue
            both = pd.DataFrame({"a": first, "b": part.set_index("pair")[name]}).dropna()
            ranks = both.rank(ascending=False, method="min")
            shift = (ranks["b"] - ranks["a"]).abs()
            moved = shift.idxmax() if len(shift) and shift.max() > 0 else None
            rows.append(
                {
                    "measure": label,
                    "length": how,
                    "names": names,
                    "first": both["b"].idxmax() if len(both) else "",
                    "rank_correlation": rank_correlation(both["a"], both["b"]),
                    "moved": moved or "",
                    "rank_first": int(ranks.loc[moved, "a"]) if moved else None,
                    "rank_here": int(ranks.loc[moved, "b"]) if moved else None,
                    "pairs": len(both),
                }
            )
    return tables.result(rows, columns=AGREEMENT, made_by="analysis.equal_length.agreement")


def why(
    corpus: Corpus, table: pd.DataFrame, words: Words, unfolded: Words
) -> pd.DataFrame:
    """What does a measure's disagreement with the tf–idf cosine come from?

    One thing is changed at a time: function words left out of the measure, its words replaced by
    stems; or, in both measures, spelling variants not folded, equal length, names masked. What
    lets the rank correlation rise most, by at least `MIN_RISE`, is named.

    Args:
        corpus: the statements in units.
        table: what `variants` returned.
        words: what `likeness.read` returned.
        unfolded: the same with `fold=False` (or with, if folding is off).

    Returns:
        One row a measure; NaN where the change does not concern it.

    Do not read a rise as a proof: with few pairs a single exchange of ranks makes it.
    """
    pairs = Pairs(corpus)
    own = [p for p, kind in enumerate(pairs.kinds) if kind == STATEMENTS]
    places = tuple(np.array([pairs.places[p] for p in own]).reshape(-1, 2).T)
    content = words.without(words.function)
    changed = {
        "function_words": likeness.grids(content, likeness.whole(content), _OF_WORDS),
        "stems": likeness.grids(likeness.as_stems(words), likeness.whole(words), _OF_WORDS),
        "spelling": _whole(unfolded),
    }
    base = _whole(words)
    rows = []
    for name in list(MEASURES)[1:]:
        concerned = name in _OF_WORDS
        values = {"as_it_is": _correlation(base["tfidf"][places], base[name][places])}
        for change in ("function_words", "stems"):
            values[change] = _correlation(
                base["tfidf"][places], changed[change][name][places]
            ) if concerned else np.nan
        other = changed["spelling"]
        values["spelling"] = _correlation(other["tfidf"][places], other[name][places])
        values["length"] = _variant(table, name, EQUAL, KEPT)
        values["names"] = _variant(table, name, WHOLE, MASKED)
        rows.append({"measure": MEASURES[name], **values, "reason": _reason(values)})
    return tables.result(rows, columns=WHY, made_by="analysis.equal_length.why")


def _whole(words: Words) -> dict[str, np.ndarray]:
    return likeness.grids(words, likeness.whole(words))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    known = ~(np.isnan(a) | np.isnan(b))
    return rank_correlation(a[known], b[known])


def _variant(table: pd.DataFrame, name: str, how: str, names: str) -> float:
    """A measure against the tf–idf cosine of the same variant."""
    part = table[
        (table["kind"] == STATEMENTS) & (table["length"] == how) & (table["names"] == names)
    ]
    return _correlation(part["tfidf"].to_numpy(), part[name].to_numpy())


def _reason(values: Mapping[str, float]) -> str:
    base = values["as_it_is"]
    if np.isnan(base):
        return "no order to compare"
    if base >= SAME_ORDER:
        return "they agree"
    rises = {name: values[name] - base for name in REASONS if not np.isnan(values[name])}
    best = max(rises, key=lambda name: rises[name], default="")
    if not best or rises[best] < MIN_RISE:
        return "none of these: the measure weighs words otherwise"
    return f"{REASONS[best]}: without that difference {values[best]:.2f}"


def agreement_reading(table: pd.DataFrame, reasons: pd.DataFrame) -> list[str]:
    """Whether length, names and the choice of measure move the order, in words.

    Args:
        table: what `agreement` returned.
        reasons: what `why` returned.
    """
    known = table.dropna(subset=["rank_correlation"])
    if known.empty:  # said by `similarity.agreement_reading`
        return []
    own = known[known["measure"] == MEASURES["tfidf"]]
    return [
        "By the same measure: "
        + "; ".join(f"{_variant_name(row)} puts {row['first']} first (rank correlation "
                    f"{_signed(row['rank_correlation'])})" for row in own.to_dict("records"))
        + ".",
        *(
            f"{row['measure']} against tf–idf cosine: rank correlation "
            f"{_signed(row['as_it_is'])}; {row['reason']}."
            for row in reasons.dropna(subset=["as_it_is"]).to_dict("records")
        ),
        _moved(known),
    ]


def _variant_name(row: Mapping[str, object]) -> str:
    return f"{row['length']}, names {row['names']},"


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _moved(known: pd.DataFrame) -> str:
    moved = known[known["moved"] != ""]
    if moved.empty:
        return "No variant moves any pair."
    shift = (moved["rank_here"] - moved["rank_first"]).abs()
    row = moved.loc[shift.astype(int).idxmax()]
    return (
        f"The largest move: {row['moved']} from rank {row['rank_first']} to {row['rank_here']} by "
        f"{row['measure']} ({row['length']}, names {row['names']})."
    )
