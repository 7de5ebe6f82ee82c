"""Which share of each text, group and date is each topic's, and which differences hold up?

Shares of all topics are listed. Compared are only topics without a badge: clearly above the line
of shuffled texts, and not one statement's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis import tables, topic_model
from analysis.corpus import Corpus
from analysis.inference import Interval, combine, generator, holm, layout, share_interval
from analysis.tables import Column
from analysis.topic_blocks import Blocks, statement_shares
from analysis.topic_model import Model


# With so many statements in a group they are what is redrawn, not their blocks (METHODS).
MANY_STATEMENTS = 20

# More texts than this are no longer listed one by one.
MOST_LISTED = 200

# Share of resamples outside the bounds.
OUTSIDE = 0.05

SHARES = {
    "topic": Column("topic"),
    "badges": Column("badges"),
    "statement": Column("statement"),
    "share": Column("share of the text", "percent"),
    "low": Column("95 % from", "percent"),
    "high": Column("to", "percent"),
    "why_no_interval": Column("why no interval"),
    "n_leading": Column("blocks it leads in", "count"),
    "n_blocks": Column("blocks", "count"),
}

GROUPS = {
    "topic": Column("topic"),
    "badges": Column("badges"),
    "group": Column("group"),
    "share": Column("mean share of a statement", "percent"),
    "low": Column("95 % from", "percent"),
    "high": Column("to", "percent"),
    "by_words": Column("share of the group's words", "percent"),
    "n_statements": Column("statements", "count"),
    "why_no_interval": Column("why no interval"),
}

DATES = {
    "topic": Column("topic"),
    "group": Column("group"),
    "date": Column("date"),
    "share": Column("share", "percent"),
    "low": Column("95 % from", "percent"),
    "high": Column("to", "percent"),
    "n_statements": Column("statements", "count"),
    "n_dates": Column("dates of the group", "count"),
}

CONTRASTS = {
    "contrast": Column("contrast"),
    "topic": Column("topic"),
    "difference": Column("difference in points", "points"),
    "low": Column("95 % from", "points"),
    "high": Column("to", "points"),
    "p": Column("p", "number"),
    "p_holm": Column("p, Holm", "number"),
    "refit_likeness": Column("likeness of the refitted topic", "number"),
    "why_no_interval": Column("why not compared"),
}


def comparable(topics: pd.DataFrame) -> pd.DataFrame:
    """Topics that can carry a comparison: above the line, and not one statement's own."""
    return topics[topics["badges"] == ""]


def topic_shares(
    corpus: Corpus,
    blocks: Blocks,
    model: Model,
    topics: pd.DataFrame,
    *,
    seed: int,
    n_boot: int,
    fitted: bool = True,
) -> pd.DataFrame:
    """Which share of each text is each topic's, given these topics?

    share = Σ words × share of the block / Σ words, over blocks with a word of any topic. Intervals
    redraw blocks and hold the topics fixed: that the topics themselves would come out differently
    is told by their stability, and enters contrasts alone. None is given below the limits of
    `inference.Layout`.

    Args:
        corpus: the statements in units.
        blocks: what `topics.block_counts` returned.
        model: what `topic_model.fit` returned.
        topics: what `topics.topics_table` returned.
        seed: of the resamples.
        n_boot: number of resamples.
        fitted: the statements, or else the commentaries, which were only projected.

    Returns:
        One row a topic and text, texts without a word of any topic left out, and all of more than
        `MOST_LISTED`; evidence: the sentences of the blocks in which the topic leads.
    """
    table, leading = blocks.table, model.leading
    known = (table["fitted"] == fitted).to_numpy() & (leading >= 0)
    texts = set(table.loc[known, "statement_id"])
    listed = [i for i in corpus.labels if i in texts] if len(texts) <= MOST_LISTED else []
    identifiers, all_words = table["statement_id"].to_numpy(), table["words"].to_numpy()
    rows = []
    for k, topic in enumerate(topics.itertuples()):
        for identifier in listed:
            own = known & (identifiers == identifier)
            words = all_words[own]
            interval, why = _interval(
                words, model.shares[own, k], n_boot=n_boot,
                rng=generator(seed, "topic shares", str(k), identifier),
            )
            led = table[own & (leading == k)]
            rows.append(
                {
                    "topic": topic.topic,
                    "badges": topic.badges,
                    "statement": corpus.labels[identifier],
                    "share": interval.estimate,
                    "low": interval.low,
                    "high": interval.high,
                    "why_no_interval": why,
                    "n_leading": len(led),
                    "n_blocks": int(own.sum()),
                    "evidence": [i for ids in led["sentences"] for i in ids],
                }
            )
    return tables.result(rows, columns=SHARES, made_by="analysis.topic_shares.topic_shares")


def _interval(
    words: np.ndarray, shares: np.ndarray, *, rng: np.random.Generator, n_boot: int
) -> tuple[Interval, str]:
    why = layout(words).shortfall
    interval, _ = share_interval(words * shares, words, rng=rng, n_boot=2 if why else n_boot)
    return Interval(interval.estimate, float("nan"), float("nan")) if why else interval, why


def group_shares(
    corpus: Corpus, blocks: Blocks, model: Model, topics: pd.DataFrame, shares: pd.DataFrame
) -> pd.DataFrame:
    """Which share of a group's statements is each topic's, every statement weighing the same?

    Intervals are those of its statements put together (`inference.combine`), where all have one;
    from `MANY_STATEMENTS` on, Student's t over the statements' shares.

    Args:
        corpus: the statements in units.
        blocks: what `topics.block_counts` returned.
        model: what `topic_model.fit` returned.
        topics: what `topics.topics_table` returned.
        shares: what `topic_shares` returned.

    Returns:
        One row a topic and group that has a fitted statement.
    """
    rows = []
    for k, topic in enumerate(topics.itertuples()):
        found = dict(zip(*statement_shares(blocks, model.shares[:, k]), strict=True))
        listed = shares[shares["topic"] == topic.topic].set_index("statement")
        for group in corpus.study.groups.values():
            own = [i for i in group.statements if i in found]
            if not own:
                continue
            values = np.array([found[i] for i in own])
            interval, why = _group_interval(values, [corpus.labels[i] for i in own], listed)
            rows.append(
                {
                    "topic": topic.topic,
                    "badges": topic.badges,
                    "group": group.label,
                    "share": float(values.mean()),
                    "low": interval.low,
                    "high": interval.high,
                    "by_words": _by_words(blocks, model.shares[:, k], own),
                    "n_statements": len(own),
                    "why_no_interval": why,
                }
            )
    return tables.result(rows, columns=GROUPS, made_by="analysis.topic_shares.group_shares")


def _group_interval(
    values: np.ndarray, names: list[str], listed: pd.DataFrame
) -> tuple[Interval, str]:
    mean, nan = float(values.mean()), float("nan")
    if len(values) >= MANY_STATEMENTS:
        return _mean_interval(values), ""
    parts = listed.loc[names] if set(names) <= set(listed.index) else None
    if parts is None or parts["low"].isna().any():
        return Interval(mean, nan, nan), "a statement of the group has no interval"
    bounds = [Interval(row.share, row.low, row.high) for row in parts.itertuples()]
    return combine(bounds, [1 / len(bounds)] * len(bounds)), ""


def _mean_interval(values: np.ndarray) -> Interval:
    mean = float(values.mean())
    reach = stats.t.ppf(1 - OUTSIDE / 2, len(values) - 1) * values.std(ddof=1)
    reach /= np.sqrt(len(values))
    return Interval(mean, float(max(mean - reach, 0)), float(min(mean + reach, 1)))


def _by_words(blocks: Blocks, shares: np.ndarray, statements: list[str]) -> float:
    own = blocks.table["statement_id"].isin(statements).to_numpy() & ~np.isnan(shares)
    words = blocks.table["words"].to_numpy()[own]
    return float(words @ shares[own] / words.sum())


def over_time(
    corpus: Corpus, blocks: Blocks, model: Model, topics: pd.DataFrame, shares: pd.DataFrame
) -> pd.DataFrame:
    """How large is each comparable topic at each date, group by group?

    Args:
        corpus: the statements in units.
        blocks: what `topics.block_counts` returned.
        model: what `topic_model.fit` returned.
        topics: what `topics.topics_table` returned.
        shares: what `topic_shares` returned.

    Returns:
        One row a comparable topic, group and date, undated statements left out; years stand for
        dates where there are more than `MOST_LISTED` statements. Several statements of one date
        have the interval of their mean from `MANY_STATEMENTS` on.
    """
    dated = corpus.study.statements
    dated = dated[(dated["genre"] == "statement") & (dated["date"] != "")]
    when = dated["date"].str[:4] if len(dated) > MOST_LISTED else dated["date"]
    dated = dated.assign(when=when)
    rows = []
    for topic in comparable(topics)["topic"]:
        k = list(topics["topic"]).index(topic)
        found = dict(zip(*statement_shares(blocks, model.shares[:, k]), strict=True))
        listed = shares[shares["topic"] == topic].set_index("statement")
        held = dated[dated["statement_id"].isin(found)]
        for group, own in held.groupby("group", sort=False):
            label = corpus.study.groups[group].label if group else "in no group"
            for date, at in own.groupby("when"):
                values = np.array([found[i] for i in at["statement_id"]])
                names = [corpus.labels[i] for i in at["statement_id"]]
                interval, _ = _group_interval(values, names, listed)
                rows.append(
                    {
                        "topic": topic,
                        "group": label,
                        "date": date,
                        "share": float(values.mean()),
                        "low": interval.low,
                        "high": interval.high,
                        "n_statements": len(values),
                        "n_dates": own["when"].nunique(),
                    }
                )
    return tables.result(rows, columns=DATES, made_by="analysis.topic_shares.over_time")


@dataclass(frozen=True)
class _Shares:
    """(topics,) for each statement its shares and their variances over blocks."""

    means: dict[str, np.ndarray]
    variances: dict[str, np.ndarray]

    def difference(
        self, a: tuple[str, ...], b: tuple[str, ...]
    ) -> tuple[np.ndarray, np.ndarray]:
        """(topics,) mean of the statements of a less that of b, and standard errors."""
        sides = (a, 1 / len(a)), (b, -1 / len(b))
        value = sum(w * self.means[i] for side, w in sides for i in side)
        variance = sum(w**2 * self.variances[i] for side, w in sides for i in side)
        return value, np.sqrt(variance)


def contrasts(
    corpus: Corpus, blocks: Blocks, model: Model, topics: pd.DataFrame, *, seed: int, n_refits: int
) -> pd.DataFrame:
    """Do the declared sides differ in a topic's share, topics being fitted anew each time?

    Blocks are redrawn within each statement, topics refitted to them in the same way and matched
    to the topics of the page, and shares taken anew. Bounds are d − q s, with s the standard error
    over blocks and q quantiles of (d* − d) / s* over refits; p = (1 + b) / (B + 1), with b of B
    refits where |d* − d| / s* is at least |d| / s. Holm's correction is over all rows compared.

    Args:
        corpus: the statements in units.
        blocks: what `topics.block_counts` returned.
        model: what `topic_model.fit` returned.
        topics: what `topics.topics_table` returned; only comparable ones are contrasted.
        seed: of the resamples.
        n_refits: number of refits; p is at least 1 / (n_refits + 1).

    Returns:
        One row a declared contrast and comparable topic.

    Source: Efron, B. & Tibshirani, R. (1993), An Introduction to the Bootstrap, chapters 12 and
    16; Holm, S. (1979), Scandinavian Journal of Statistics 6(2).
    """
    held = [k for k, badges in enumerate(topics["badges"]) if not badges]
    declared = corpus.study.contrasts
    why = {contrast.id: _why_not(corpus, blocks, contrast) for contrast in declared}
    own = _statement_moments(
        blocks, blocks.table["words"].to_numpy()[blocks.fitted], blocks.statements,
        model.shares[blocks.fitted],
    )
    drawn, likeness = [], np.full((0, len(model.weights)), np.nan)
    if held and not all(why.values()):
        drawn, likeness = _refits(blocks, model, seed=seed, n_refits=n_refits)
    rows = []
    for contrast in declared if held else ():
        known = all(i in own.means for i in (*contrast.a, *contrast.b))
        value = error = np.full(len(topics), np.nan)
        if known:
            value, error = own.difference(contrast.a, contrast.b)
        for k in held:
            row = {
                "contrast": contrast.label,
                "topic": topics["topic"].iloc[k],
                "difference": float(value[k]),
                "low": float("nan"),
                "high": float("nan"),
                "p": float("nan"),
                "refit_likeness": float("nan"),
                "why_no_interval": why[contrast.id],
            }
            if not why[contrast.id]:
                again = [one.difference(contrast.a, contrast.b) for one in drawn]
                row |= _studentised(value[k], error[k], again, k)
                row["refit_likeness"] = float(likeness[:, k].mean())
            rows.append(row)
    adjusted = holm([row["p"] for row in rows])
    rows = [{**row, "p_holm": p} for row, p in zip(rows, adjusted, strict=True)]
    return tables.result(rows, columns=CONTRASTS, made_by="analysis.topic_shares.contrasts")


def _why_not(corpus: Corpus, blocks: Blocks, contrast) -> str:
    """Why a contrast has no interval; "" if it has one."""
    fitted = set(blocks.statements)
    genre = corpus.study.statements.set_index("statement_id")["genre"]
    for identifier in (*contrast.a, *contrast.b):
        if genre[identifier] != "statement":
            return f"{corpus.labels[identifier]} is a commentary: it took no part in the topics"
        if identifier not in fitted:
            return f"{corpus.labels[identifier]} has no word of any topic"
    if min(len(contrast.a), len(contrast.b)) >= MANY_STATEMENTS:
        return "many statements: see the regression on date and group"
    words = blocks.table["words"].to_numpy()[blocks.fitted]
    shortfalls = {
        corpus.labels[i]: layout(words[blocks.statements == i]).shortfall
        for i in (*contrast.a, *contrast.b)
    }
    short = "; ".join(f"{name}: {why}" for name, why in shortfalls.items() if why)
    return f"insufficient evidence: {short}" if short else ""


def _statement_moments(
    blocks: Blocks, words: np.ndarray, statements: np.ndarray, shares: np.ndarray
) -> _Shares:
    """Shares of each statement, and Var = B / (B − 1) Σ w² (s − m)² / (Σ w)²."""
    means, variances = {}, {}
    for identifier in np.unique(statements):
        own = (statements == identifier) & ~np.isnan(shares).any(axis=1)
        w, s = words[own][:, None], shares[own]
        if not w.sum():
            continue
        mean = (w * s).sum(axis=0) / w.sum()
        spread = np.square(w * (s - mean)).sum(axis=0) / w.sum() ** 2
        means[str(identifier)] = mean
        variances[str(identifier)] = spread * len(w) / max(len(w) - 1, 1)
    return _Shares(means, variances)


def _refits(
    blocks: Blocks, model: Model, *, seed: int, n_refits: int
) -> tuple[list[_Shares], np.ndarray]:
    """Shares of statements in refits to redrawn blocks, and how like their topics are."""
    part, words = blocks.part, blocks.table["words"].to_numpy()[blocks.fitted]
    found, likeness = [], np.zeros((n_refits, len(model.weights)))
    for number in range(n_refits):
        rng = generator(seed, "topic contrasts", str(number))
        drawn = np.sort(
            np.concatenate(
                [
                    rng.choice(own, size=len(own))
                    for identifier in np.unique(part.statements)
                    for own in [np.flatnonzero(part.statements == identifier)]
                ]
            )
        )
        again = topic_model.solve(part.of(drawn), len(model.weights), kind=model.kind)
        partner, likeness[number] = topic_model.pairs(model.weights, again.weights)
        shares = again.shares(part.counts[drawn], part.idf)[:, partner]
        found.append(_statement_moments(blocks, words[drawn], part.statements[drawn], shares))
    return found, likeness


def _studentised(
    value: float, error: float, drawn: list[tuple[np.ndarray, np.ndarray]], k: int
) -> dict[str, float]:
    moved = np.array([(again[k] - value) / s[k] for again, s in drawn if s[k] > 0])
    if not error or not len(moved):
        return {}
    low, high = np.quantile(moved, [OUTSIDE / 2, 1 - OUTSIDE / 2])
    beyond = int((np.abs(moved) >= abs(value / error)).sum())
    return {
        "low": float(value - high * error),
        "high": float(value - low * error),
        "p": (1 + beyond) / (1 + len(moved)),
    }


def statement_table(
    blocks: Blocks, model: Model, topics: pd.DataFrame
) -> pd.DataFrame:
    """(statements × comparable topics) shares."""
    held = {
        name: k for k, (name, badges) in enumerate(
            zip(topics["topic"], topics["badges"], strict=True)
        ) if not badges
    }
    columns = {
        name: pd.Series(dict(zip(*statement_shares(blocks, model.shares[:, k]), strict=True)))
        for name, k in held.items()
    }
    return pd.DataFrame(columns)


def group_names(corpus: Corpus) -> dict[str, str]:
    """Group id → label of the groups that hold a statement, in order of declaration."""
    genre = corpus.study.statements.set_index("statement_id")["genre"]
    return {
        group.id: group.label
        for group in corpus.study.groups.values()
        if any(genre[i] == "statement" for i in group.statements)
    }


def shares_title(topics: pd.DataFrame) -> str:
    """The message of the figure of shares."""
    own = comparable(topics)
    if own.empty:
        return "Shares of topics, none of which can carry a comparison"
    return f"{len(own)} of {len(topics)} topics can carry a comparison: " + "; ".join(own["topic"])


def shares_reading(topics: pd.DataFrame, shares: pd.DataFrame) -> list[str]:
    """What the topics that hold up say about each text, in words."""
    own = shares[shares["topic"].isin(comparable(topics)["topic"])]
    sentences = [
        f"{topic}: "
        + ", ".join(f"{row.statement} {with_bounds(row)}" for row in part.itertuples())
        + "."
        for topic, part in own.groupby("topic", sort=False)
    ]
    if shares.empty:
        sentences.append("No shares are listed: there are no topics, or more than "
                         f"{MOST_LISTED} texts.")
    elif own.empty:
        sentences.append("No topic can carry a comparison: these shares are listed, not read.")
    withheld = shares.loc[shares["why_no_interval"] != "", "statement"].unique()
    if len(withheld):
        sentences.append(
            f"No interval is given for {', '.join(withheld)}: too little independent text "
            "(insufficient evidence)."
        )
    return sentences


def with_bounds(row) -> str:
    """A share with its interval, in words."""
    share = tables.formatted(row.share, "percent")
    if np.isnan(row.low):
        return f"{share} (no interval)"
    return f"{share} ({100 * row.low:.0f} to {100 * row.high:.0f})"


def groups_reading(topics: pd.DataFrame, groups: pd.DataFrame) -> list[str]:
    """What the topics that hold up say about each group, in words."""
    own = groups[groups["topic"].isin(comparable(topics)["topic"])]
    if groups.empty:
        return ["The study has no groups of statements, or there are no topics."]
    if own.empty:
        return ["No topic can carry a comparison of groups."]
    return [
        f"{topic}: " + ", ".join(f"{row.group} {with_bounds(row)}" for row in part.itertuples())
        + "."
        for topic, part in own.groupby("topic", sort=False)
    ]


def projected_reading(topics: pd.DataFrame, projected: pd.DataFrame) -> list[str]:
    """What was projected, and onto which topics that hold up, in words."""
    if projected.empty:
        return ["Nothing was projected: the study has no commentary, or there are no topics."]
    texts, several = projected["statement"].unique(), projected["statement"].nunique() > 1
    return [
        f"{', '.join(texts)} took no part in making the topics. {'Their' if several else 'Its'} "
        f"shares say which of the statements' topics {'their' if several else 'its'} words "
        f"resemble, not what {'they are' if several else 'it is'} about.",
        *shares_reading(topics, projected),
    ]


def contrasts_reading(
    corpus: Corpus, topics: pd.DataFrame, found: pd.DataFrame, *, n_refits: int
) -> list[str]:
    """Which declared contrasts of a topic hold up, in words."""
    if not corpus.study.contrasts:
        return ["The study declares no contrast."]
    if comparable(topics).empty:
        return ["No topic can carry a contrast, so none was computed."]
    tested = found[found["p"].notna()]
    clear = tested[tested["p_holm"] < OUTSIDE]
    sentences = [
        f"{len(tested)} of {len(found)} contrasts of a topic could be compared, in {n_refits} "
        f"refits to redrawn blocks; {len(clear)} of them differ after Holm's correction."
    ]
    sentences += [
        f"{row.contrast}, {row.topic}: {100 * row.difference:+.0f} points "
        f"({100 * row.low:+.0f} to {100 * row.high:+.0f}; p {row.p:.3f}, with Holm "
        f"{row.p_holm:.3f}).".replace("-", "−")
        for row in clear.itertuples()
    ]
    return sentences


def dates_reading(topics: pd.DataFrame, dates: pd.DataFrame) -> list[str]:
    """What can be said over time, in words."""
    if comparable(topics).empty:
        return ["No topic can carry a statement about time."]
    if dates.empty:
        return ["No statement has a date."]
    few = dates.loc[dates["n_dates"] < 3, "group"].unique()
    sentences = [
        f"{topic}: " + "; ".join(
            f"{group} "
            + ", ".join(f"{row.date} {with_bounds(row)}" for row in own.itertuples())
            for group, own in part.groupby("group", sort=False)
        ) + "."
        for topic, part in dates.groupby("topic", sort=False)
        if len(part) <= 12
    ]
    if len(few):
        sentences.append(
            f"Fewer than three dates: {', '.join(few)}. The points are not joined, and no "
            "direction over time is read from them."
        )
    return sentences
