"""What the profiles of commitments say in words, and how each statement speaks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import commitments, scale, tables
from analysis.corpus import Corpus
from analysis.inference import Interval, combine
from analysis.tables import Column

#: What the page says where no text is in the language of the rules.
NOTHING_READ = "No statement is in the language of the rules for commitments."

# More texts than this are counted, not named.
MOST_NAMED = 4

# Of more texts than this a sentence lists those at both ends.
MOST_LISTED = 12

GLANCE = {
    "level": Column("level"),
    "statement": Column("statement"),
    "share": Column("share", "percent"),
    "n": Column("sentences and list items", "count"),
}

SPEECH = {
    "statement": Column("statement"),
    "n_units": Column("sentences", "count"),
    "n_binding": Column("of them binding at all", "count"),
    "declared": Column("declared ('will')", "count"),
    "reported": Column("reported ('agreed to')", "count"),
    "prospective": Column("look forward", "count"),
    "retrospective": Column("look back", "count"),
    "from_head": Column("verb from a list head", "count"),
}


def at_a_glance(
    corpus: Corpus, levels: pd.DataFrame, table: pd.DataFrame, *, shown: Corpus | None = None
) -> pd.DataFrame:
    """Which share of each statement's sentences and list items has each level?

    Args:
        corpus: the statements in units.
        levels: what `commitments.read` returned.
        table: what `commitments.profile` returned.
        shown: `scale.by_group` of the corpus, if rows of the table are groups of many statements.

    Returns:
        One row a level and statement, decisions first; evidence: the sentences of that level.
        Layout enters: a list has an item for what a sentence could say at once (see the other
        readings).
    """
    shown = shown or corpus
    own = table[table["reading"] == commitments.READINGS["unit"]]
    pieces = scale.moved(commitments.pieces(corpus, levels, reading="unit"), corpus, shown)
    behind = {
        (shown.labels[statement], level): ids.tolist()
        for (statement, level), ids in pieces.groupby(["statement_id", "level"])["sentence_id"]
    }
    rows = [
        {
            "level": f"{number} {name}",
            "statement": row.statement,
            "share": getattr(row, f"level_{number}") / row.n_units,
            "n": getattr(row, f"level_{number}"),
            "evidence": behind.get((row.statement, number), []),
        }
        for number, name in reversed(list(enumerate(commitments.LEVELS)))
        for row in own.itertuples()
    ]
    return tables.result(rows, columns=GLANCE, made_by="analysis.commitment_profile.at_a_glance")


def glance_title(table: pd.DataFrame) -> str:
    """The picture's message: which level is the most frequent, in which texts.

    Args:
        table: what `at_a_glance` returned.
    """
    if table.empty:
        return NOTHING_READ.rstrip(".")
    top = table.groupby("statement", sort=False)["share"].transform("max")
    leading = table[table["share"] == top]
    tied = leading["statement"].duplicated(keep=False)
    parts = [
        f"“{level.partition(' ')[2]}” leads in {_texts(own)}"
        for level, own in leading[~tied].groupby("level", sort=False)["statement"]
    ]
    if tied.any():
        parts.append(f"no level leads alone in {_texts(leading['statement'][tied].unique())}")
    return "; ".join(parts)


def _texts(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= MOST_NAMED else f"{len(names)} texts"


def profile_title(table: pd.DataFrame) -> str:
    """The figure's message: which statement has most decisions, and whether all readings say so."""
    own = table[table["genre"] == "statement"]
    if own.empty:
        return NOTHING_READ.rstrip(".")
    tops = {names[0] for names in _orders(own).values()}
    if len(tops) == 1:
        return f"{tops.pop()} has the greatest share of decisions in every reading"
    return "Which statement has the greatest share of decisions depends on the reading"


def _orders(own: pd.DataFrame) -> dict[str, list[str]]:
    """Reading → statements, the greatest share of decisions first."""
    return {
        reading: part.sort_values("share", ascending=False, kind="stable")["statement"].tolist()
        for reading, part in own.groupby("reading", sort=False)
    }


def profile_reading(table: pd.DataFrame) -> list[str]:
    """Do the readings agree on which statement decides most, in words?

    Commentaries are not ranked: what they report on is another document's.
    """
    own = table[table["genre"] == "statement"]
    if own.empty:
        return [NOTHING_READ]
    orders = _orders(own)
    cells = {(row.statement, row.reading): row for row in own.itertuples()}
    named, first = list(dict.fromkeys(own["statement"])), next(iter(orders.values()))
    some = ""
    if len(named) > MOST_LISTED:
        ends = {*first[:MOST_NAMED], *first[-MOST_NAMED:]}
        named = [statement for statement in first if statement in ends]
        some = f" in the {MOST_NAMED} highest and {MOST_NAMED} lowest of {len(first)}"
    shares = "; ".join(
        f"{statement} "
        + " / ".join(f"{100 * cells[statement, reading].share:.0f}" for reading in orders)
        + " %"
        for statement in named
    )
    said = [f"Share of decisions{some} {' / '.join(orders)}: {shares}."]
    if own["statement"].nunique() < 2 or len(orders) < 2:
        return said
    agreed = 0
    while agreed < own["statement"].nunique() and len(
        {tuple(names[: agreed + 1]) for names in orders.values()}
    ) == 1:
        agreed += 1
    if agreed == own["statement"].nunique():
        said.append(f"All {len(orders)} readings rank the statements alike.")
    elif agreed:
        said.append(
            f"All {len(orders)} readings put {', then '.join(first[:agreed])} first; on the others "
            "they differ."
        )
    else:
        said.append(f"The {len(orders)} readings do not agree on which statement decides most.")
    return [*said, _lead(orders, cells), _widest(own)]


def _lead(orders: dict[str, list[str]], cells: dict[tuple[str, str], object]) -> str:
    """In how many readings is the first beyond the second, by their intervals?"""
    beyond = given = 0
    for reading, names in orders.items():
        parts = [
            Interval(cell.share, cell.low, cell.high)
            for cell in (cells[name, reading] for name in names[:2])
        ]
        low = combine(parts, [1.0, -1.0]).low
        given += not np.isnan(low)
        beyond += bool(low > 0)
    return (
        f"The lead of the first over the second is beyond its 95 % interval in {beyond} of "
        f"{len(orders)} readings (without an interval, for insufficient evidence: "
        f"{len(orders) - given})."
    )


def _widest(own: pd.DataFrame) -> str:
    spread = own.groupby("statement", sort=False)["share"].agg(lambda s: s.max() - s.min())
    name = spread.idxmax()
    return (
        f"The reading moves a share most in {name}, by {100 * spread[name]:.0f} points: a smaller "
        "difference between statements may be one of layout."
    )


def speech(corpus: Corpus, levels: pd.DataFrame) -> pd.DataFrame:
    """Do the parties speak or are they reported, and do their words look forward or back?

    Returns:
        One row a statement: sentences with a level of 1 or more, by manner of speech and by
        tense; evidence: those that look back.
    """
    rows = []
    joined = levels.assign(statement_id=corpus.units["statement_id"].to_numpy())
    for statement, label in corpus.labels.items():
        own = joined[(joined["statement_id"] == statement) & levels["level"].notna()]
        if own.empty:
            continue
        binding = own[own["level"] >= 1]
        back = binding[binding["tense"] == "retrospective"]
        rows.append(
            {
                "statement": label,
                "n_units": len(own),
                "n_binding": len(binding),
                "declared": int((binding["genre"] == "declaration").sum()),
                "reported": int((binding["genre"] == "reported").sum()),
                "prospective": int((binding["tense"] == "prospective").sum()),
                "retrospective": len(back),
                "from_head": int(binding["from_head"].sum()),
                "evidence": back["sentence_id"].tolist(),
            }
        )
    return tables.result(rows, columns=SPEECH, made_by="analysis.commitment_profile.speech")


def speech_reading(table: pd.DataFrame) -> list[str]:
    """Who speaks and who is reported, in words."""
    if table.empty:
        return [NOTHING_READ]
    binding = table[table["n_binding"] > 0]
    sides = {
        "mostly declared": binding["declared"] > binding["reported"],
        "mostly reported": binding["declared"] < binding["reported"],
        "as often declared as reported": binding["declared"] == binding["reported"],
    }
    said = [
        f"{manner.capitalize()}: "
        + ", ".join(
            f"{row.statement} ({max(row.declared, row.reported)} of {row.n_binding})"
            for row in binding[chosen].itertuples()
        )
        + "."
        for manner, chosen in sides.items() if chosen.any()
    ]
    back, total = int(table["retrospective"].sum()), int(table["n_binding"].sum())
    said.append(
        f"Of {total} sentences that bind, {back} look back on measures taken and "
        f"{int(table['from_head'].sum())} take their verb from a list head."
    )
    return [" ".join(said)]
