"""Which statements are alike in the words they use, and how surely?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import likeness, tables, vectors
from analysis.corpus import Corpus
from analysis.errors import BadStudy, some
from analysis.inference import (
    Z95, Interval, Layout, generator, joint_reach, layout, pair_shortfall,
)
from analysis.likeness import (
    COMMENTARY,
    MIN_PAIRS_TO_RANK,
    STATEMENTS,
    Pairs,
    by_statement,
    jaccard,
    jensen_shannon,
    rank_correlation,
    unit_rows,
)
from analysis.tables import Column
from analysis.vectors import Views

# Resamples held in memory at a time: 250 of 100 statements with 1,000 types each are 200 MB.
RESAMPLES_AT_A_TIME = 250

# Pairs that a reader still looks through one by one.
PAIRS_SHOWN = 40

# Reasons for want of an interval in a sentence; the table has them all.
REASONS_LISTED = 6

# Words named as what two texts share most: what fits one line of a table.
WORDS_NAMED = 6

PAIRS = {
    "pair": Column("pair"),
    "kind": Column("kind"),
    "rank": Column("rank", "count", aside=True),
    "cosine": Column("cosine", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
    "why_no_interval": Column("why no interval"),
    "behind": Column("behind the first", "number"),
    "behind_low": Column("all at once 95 % from", "number"),
    "behind_high": Column("to", "number"),
    "why_no_gap": Column("why no interval behind the first", aside=True),
    "selection": Column("first in resamples", "percent"),
    "shared": Column("shared word stems", "count"),
    "stems_first": Column("stems of the first", "count", aside=True),
    "stems_second": Column("stems of the second", "count", aside=True),
    "carried_by": Column("words that carry it most"),
}

MEASURES = {
    "pair": Column("pair"),
    "kind": Column("kind"),
    **{name: Column(label, "number") for name, label in likeness.MEASURES.items()},
}

AGREEMENT = {
    "measure": Column("measure"),
    "what": Column("what it compares"),
    "first": Column("pair it puts first"),
    "rank_correlation": Column("rank correlation with tf–idf cosine", "number"),
    "pairs": Column("pairs", "count"),
}

#: The measures that stand behind the first one, and what each compares.
OTHER_MEASURES = {
    "counts": "counts of all words, function words included",
    "jaccard": "different words, shared among all, however often they occur",
    "jensen_shannon": "shares of all words, function words included",
    "characters": "runs of 3 to 5 characters within words",
}


def pair_groups(corpus: Corpus) -> dict[str, str]:
    """Pair → label of the group that both of its texts belong to, or an empty text."""
    groups, pairs = list(corpus.group_of.values()), Pairs(corpus)
    return {
        label: groups[i] if groups[i] == groups[j] else ""
        for label, (i, j) in zip(pairs.labels, pairs.places, strict=True)
    }


def statement_pairs(
    corpus: Corpus, seen: Views, *, seed: int, n_boot: int, sublinear: bool = True
) -> pd.DataFrame:
    """Which two statements are most alike in the words they use, and how surely?

    cosine = u·v / (|u||v|), with u and v the statements' sublinear tf–idf: (1 + ln count) · idf.
    Interval = cosine ± 1.96 standard errors, the standard error from redrawing blocks of both
    statements; percentiles of the redrawn cosines are no interval, because a redrawn text loses
    about a third of its rare words and with them likeness. None is given where the coverage study
    withdraws it, or where it says nothing and either text lies below `inference.Layout`'s limits.

    Args:
        corpus: the statements in units.
        seen: what `vectors.views` returned.
        seed: of the resamples.
        n_boot: number of resamples.
        sublinear: let a stem's tenth occurrence count for less than its first.

    Returns:
        One row a pair, statements first and most alike first. `behind` is the first pair's cosine
        minus this one's; its intervals hold for all pairs at once (`inference.joint_reach`), so
        that it does not matter that the data chose which pair comes first and which follows. `selection` is the
        share of resamples in which the pair comes first, which is no probability. Pairs with a
        commentary have no rank, nor have those with a text without a word to compare, whose
        cosine is undefined.

    Raises:
        BadStudy: no pair of statements can be compared.

    Do not compare cosines across corpora: they rise with the texts' length.
    """
    pairs = Pairs(corpus)
    weighed = vectors.weigh(
        by_statement(corpus, seen.terms), seen.weights, sublinear=sublinear
    )
    whole = vectors.unit_length(weighed)
    grid = vectors.cosines(whole, whole)
    values = np.array([grid[place] for place in pairs.places])
    draws = _redrawn(corpus, seen, pairs, seed=seed, n_boot=n_boot, sublinear=sublinear)
    sides = _layouts(corpus)
    reasons = [pair_shortfall("cosine", sides[i], sides[j]) for i, j in pairs.places]
    order = _descending(values)
    ranked = [p for p in order if pairs.kinds[p] == STATEMENTS and not np.isnan(values[p])]
    if not ranked:
        raise BadStudy("texts: no two statements hold a word other than function words; look at "
                       "what was set aside, or set include_boilerplate")
    first = ranked[0]
    selected = _selection(draws[:, ranked])
    reach = joint_reach(draws[:, [first]] - draws[:, ranked[1:]])
    rows = []
    for p in [*ranked, *(p for p in order if p not in ranked)]:
        a, b = (whole[[place]] for place in pairs.places[p])
        interval = _normal(values[p], draws[:, p], reasons[p])
        rank = ranked.index(p) if p in ranked else None
        lead, why = Interval(np.nan, np.nan, np.nan), ""
        if rank is not None:
            weaker = (_weaker(sides, pairs.places[pair]) for pair in (first, p))
            why = "" if p == first else pair_shortfall("gap", *weaker)
            lead = _normal(
                values[first] - values[p], draws[:, first] - draws[:, p], why, reach=reach
            )
        rows.append(
            {
                "pair": pairs.labels[p],
                "kind": pairs.kinds[p],
                "rank": None if rank is None else rank + 1,
                "cosine": interval.estimate,
                "low": float(np.clip(interval.low, 0, 1)),
                "high": float(np.clip(interval.high, 0, 1)),
                "why_no_interval": reasons[p],
                "behind": lead.estimate,
                "behind_low": np.nan if rank == 0 else lead.low,
                "behind_high": np.nan if rank == 0 else lead.high,
                "why_no_gap": why,
                "selection": np.nan if rank is None or why else float(selected[rank]),
                "shared": int(a.multiply(b).nnz),
                "stems_first": int(a.nnz),
                "stems_second": int(b.nnz),
                "carried_by": ", ".join(_carriers(a.multiply(b), seen.names)),
                "evidence": pairs.evidence[p],
            }
        )
    return tables.result(rows, columns=PAIRS, made_by="analysis.similarity.statement_pairs")


def _selection(draws: np.ndarray) -> np.ndarray:
    """(pairs,) the share of resamples in which each pair comes first."""
    first = np.nan_to_num(draws, nan=-1.0).argmax(axis=1)
    return np.bincount(first, minlength=draws.shape[1]) / len(draws)


def _descending(values: np.ndarray) -> list[int]:
    """Positions by value, highest first; equal ones in order, undefined ones last."""
    return np.argsort(np.where(np.isnan(values), np.inf, -values), kind="stable").tolist()


def _normal(
    estimate: float, draws: np.ndarray, reason: str, *, reach: float = Z95
) -> Interval:
    if reason:
        return Interval(float(estimate), np.nan, np.nan)
    half = reach * float(draws.std(ddof=1))
    return Interval(float(estimate), float(estimate) - half, float(estimate) + half)


def _layouts(corpus: Corpus) -> list[tuple[str, Layout]]:
    """Label and layout of each text, in order of date."""
    blocks = corpus.blocks[corpus.blocks["analysed"]]
    return [
        (label, layout(blocks.loc[blocks["statement_id"] == identifier, "words"].to_numpy()))
        for identifier, label in corpus.labels.items()
    ]


def _weaker(sides: list[tuple[str, Layout]], place: tuple[int, int]) -> tuple[str, Layout]:
    return min((sides[text] for text in place), key=lambda side: side[1].effective_blocks)


def _carriers(products: sparse.csr_array, names: np.ndarray) -> list[str]:
    """The words whose weights contribute most to a cosine."""
    products = sparse.csr_array(products)
    order = np.lexsort((products.indices, -products.data))[:WORDS_NAMED]
    return names[products.indices[order]].tolist()


def _redrawn(
    corpus: Corpus, seen: Views, pairs: Pairs, *, seed: int, n_boot: int, sublinear: bool
) -> np.ndarray:
    """(n_boot × pairs) cosines of texts whose blocks were drawn with replacement.

    Each text is redrawn once a resample and enters all its pairs so; idf stays as it is.
    """
    blocks, keys = vectors.add_up(
        seen.terms.matrix, list(zip(corpus.units["statement_id"], corpus.units["block"]))
    )
    owner = np.array([statement for statement, _ in keys])
    texts, times = [], []
    for identifier in pairs.ids:
        own = blocks[np.flatnonzero(owner == identifier)]
        columns = np.unique(own.indices)
        texts.append((columns, own[:, columns]))
        n = own.shape[0]
        times.append(
            generator(seed, "similarity", identifier).multinomial(n, np.full(n, 1 / n), n_boot)
        )
    shared = [
        np.intersect1d(texts[i][0], texts[j][0], return_indices=True)[1:]
        for i, j in pairs.places
    ]
    out = np.empty((n_boot, len(pairs.places)))
    for start in range(0, n_boot, RESAMPLES_AT_A_TIME):
        part = slice(start, start + RESAMPLES_AT_A_TIME)
        drawn = [
            unit_rows(weights[part] @ own, seen.weights[columns], sublinear=sublinear)
            for weights, (columns, own) in zip(times, texts, strict=True)
        ]
        for p, ((i, j), (a, b)) in enumerate(zip(pairs.places, shared, strict=True)):
            out[part, p] = np.einsum("rt,rt->r", drawn[i][:, a], drawn[j][:, b])
    return out


def measures(corpus: Corpus, seen: Views) -> pd.DataFrame:
    """How alike are two texts by other measures?

    Args:
        corpus: the statements in units.
        seen: what `vectors.views` returned.

    Returns:
        One row a pair, in order of date: the cosine of `statement_pairs` and four others.
    """
    pairs = Pairs(corpus)
    terms = vectors.weigh(by_statement(corpus, seen.terms), seen.weights)
    counts = by_statement(corpus, seen.all_words)
    characters = vectors.weigh(by_statement(corpus, seen.characters), seen.character_weights)
    grids = {
        "tfidf": vectors.cosines(terms, terms),
        "counts": vectors.cosines(counts, counts),
        "jaccard": jaccard(counts),
        "jensen_shannon": jensen_shannon(counts),
        "characters": vectors.cosines(characters, characters),
    }
    rows = [
        {
            "pair": label,
            "kind": kind,
            **{name: float(grid[place]) for name, grid in grids.items()},
            "evidence": evidence,
        }
        for label, kind, place, evidence in zip(
            pairs.labels, pairs.kinds, pairs.places, pairs.evidence, strict=True
        )
    ]
    return tables.result(rows, columns=MEASURES, made_by="analysis.similarity.measures")


def measure_agreement(measured: pd.DataFrame) -> pd.DataFrame:
    """Do other measures put the pairs of statements in the same order?

    Spearman's rank correlation with the tf–idf cosine; NaN below `MIN_PAIRS_TO_RANK` pairs. The
    pairs share texts, so no test belongs to it.

    Args:
        measured: what `measures` returned.

    Returns:
        One row a measure other than the first.
    """
    own = measured[measured["kind"] == STATEMENTS]
    rows = []
    for name, what in OTHER_MEASURES.items():
        known = own.dropna(subset=["tfidf", name])
        rows.append(
            {
                "measure": MEASURES[name].label,
                "what": what,
                "first": known.loc[known[name].idxmax(), "pair"] if len(known) else "",
                "rank_correlation": rank_correlation(known["tfidf"], known[name]),
                "pairs": len(known),
            }
        )
    return tables.result(rows, columns=AGREEMENT, made_by="analysis.similarity.measure_agreement")


def leading(table: pd.DataFrame) -> pd.DataFrame:
    """The first `PAIRS_SHOWN` rows, for the page; a table of its own holds them all.

    Args:
        table: what `statement_pairs` returned.
    """
    head = table.head(PAIRS_SHOWN)
    head.attrs = table.attrs
    return head


def pairs_title(table: pd.DataFrame) -> str:
    """The message of the figure of pairs."""
    if table["rank"].notna().sum() == 1:
        return f"The only pair of statements: {table.iloc[0]['pair']}"
    return f"{table.iloc[0]['pair']} are the most alike of the statements"


def pairs_reading(table: pd.DataFrame) -> list[str]:
    """Which pair comes first, how far ahead and how surely, in words."""
    own = table[table["rank"].notna()]
    return [
        *_first_and_next(own),
        *_intervals(own),
        *_commentary(table[(table["kind"] == COMMENTARY) & table["cosine"].notna()]),
    ]


def _first_and_next(own: pd.DataFrame) -> list[str]:
    first = own.iloc[0]
    start = f"Most alike are {first['pair']} ({first['cosine']:.2f}): {first['carried_by']}."
    if len(own) == 1:
        return [f"{start} There is no other pair of statements to compare it with."]
    second = own.iloc[1]
    gap = f"{second['pair']} follow with {second['cosine']:.2f}, {_gap(second)} behind"
    stated = [f"{start} {gap}{_gap_reading(second)}."]
    if np.isnan(first["selection"]):
        return stated
    return [
        *stated,
        f"When blocks are redrawn, {first['pair']} come first in {100 * first['selection']:.0f} % "
        "of the resamples. That is a selection frequency, not a probability: it says how the order "
        "depends on single blocks of these texts.",
    ]


def _gap(second: pd.Series) -> str:
    return "less than 0.005" if second["behind"] < 0.005 else f"{second['behind']:.2f}"


def _gap_reading(second: pd.Series) -> str:
    if np.isnan(second["behind_low"]):
        return "; insufficient evidence for an interval of that gap"
    bounds = f" ({second['behind_low']:.2f} to {second['behind_high']:.2f})".replace("-", "−")
    return bounds if second["behind_low"] > 0 else f"{bounds}, so the order is inconclusive"


def _intervals(own: pd.DataFrame) -> list[str]:
    reasons = [reason for why in own["why_no_interval"] for reason in why.split("; ") if reason]
    if not reasons:
        return []
    why = some(list(dict.fromkeys(reasons)), between="; ", most=REASONS_LISTED)
    return [
        f"Pairs of statements with an interval: {int((own['why_no_interval'] == '').sum()):,} of "
        f"{len(own):,}. Insufficient evidence for the others: {why}."
    ]


def _commentary(others: pd.DataFrame) -> list[str]:
    if others.empty:
        return []
    top = others.iloc[0]
    return [
        f"Listed apart: of the pairs with a commentary {top['pair']} are the most alike "
        f"({top['cosine']:.2f}). A commentary shares its subject's words without being of its kind."
    ]


def agreement_reading(agreement: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    """Whether other measures tell the same, in words.

    Args:
        agreement: what `measure_agreement` returned.
        table: what `statement_pairs` returned.
    """
    first = table.iloc[0]["pair"]
    known = agreement.dropna(subset=["rank_correlation"])
    if known.empty:
        return [f"Fewer than {MIN_PAIRS_TO_RANK} pairs of statements: there is no order to agree."]
    dissent = agreement[agreement["first"] != first]
    order = (
        f"{_same_first(agreement, table)} put {first} first."
        if dissent.empty
        else f"{_same_first(agreement, table)} put {first} first; "
        + "; ".join(f"{row.measure} puts {row.first} first" for row in dissent.itertuples()) + "."
    )
    low, high = known.loc[known["rank_correlation"].idxmin()], known["rank_correlation"].max()
    return [
        f"{order} Over all {low['pairs']} pairs the rank correlations lie between "
        f"{low['rank_correlation']:.2f} ({low['measure']}) and {high:.2f}.".replace("-", "−")
    ]


def _same_first(agreement: pd.DataFrame, table: pd.DataFrame) -> str:
    same = int((agreement["first"] == table.iloc[0]["pair"]).sum())
    return f"{same} of {len(agreement)} other measures"


def headline(table: pd.DataFrame, agreement: pd.DataFrame, *, sampled: bool = False) -> str:
    """The page's answer about whole statements in two or three sentences.

    Args:
        table: the pairs of statements, ranked.
        agreement: what other measures say of them.
        sampled: whether these are some statements of many.
    """
    own = table[table["rank"].notna()]
    first = own.iloc[0]
    start = (f"Of {len(own):,} pairs of {'sampled ' * sampled}statements, {first['pair']} are the "
             "most alike in words")
    if len(own) == 1:
        return f"There is one pair of statements, {first['pair']}: cosine {first['cosine']:.2f}."
    second = own.iloc[1]
    return (
        f"{start} (cosine {first['cosine']:.2f}), {_gap(second)} ahead of "
        f"{second['pair']}{_gap_reading(second)}; {_same_first(agreement, table)} put the same "
        "pair first."
    )
