"""How often is each frame used, by whom, and how surely can that be said?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import tables, tokens
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary, match
from analysis.inference import (
    Interval,
    Layout,
    combine,
    difference_shortfall,
    generator,
    layout,
    share_interval,
)
from analysis.tables import Column

SHARES = {
    "frame": Column("frame"),
    "statement": Column("statement"),
    "share": Column("share of sentences", "percent"),
    "low": Column("95 % from", "percent"),
    "high": Column("to", "percent"),
    "why_no_interval": Column("why no interval"),
    "n_hits": Column("sentences with the frame", "count"),
    "n_units": Column("sentences", "count"),
    "per_1000": Column("matches per 1,000 words", "number"),
    "design_effect": Column("design effect", "number"),
}

LAYOUTS = {
    "statement": Column("statement"),
    "sentences": Column("sentences", "count"),
    "words": Column("words", "count"),
    "blocks": Column("blocks", "count"),
    "effective_blocks": Column("effective blocks", "number"),
    "largest_block": Column("largest block's share of words", "percent"),
    "why_no_interval": Column("why no interval"),
}

CONTRASTS = {
    "contrast": Column("contrast"),
    "frame": Column("frame"),
    "share_a": Column("share in the first", "percent"),
    "share_b": Column("share in the second", "percent"),
    "difference": Column("second minus first, points", "points"),
    "low": Column("95 % from", "points"),
    "high": Column("to", "points"),
    "reading": Column("reading"),
    "why_no_interval": Column("why no interval"),
}

SPREAD = {
    "frame": Column("frame"),
    "lowest": Column("lowest share", "percent"),
    "lowest_in": Column("in"),
    "highest": Column("highest share", "percent"),
    "highest_in": Column("in"),
    "spread": Column("spread, points", "points"),
}

#: How a difference of two sides reads where its interval leaves zero out.
MORE, LESS = "more in the second", "more in the first"

#: What the page says of a study without frames.yaml.
NO_DICTIONARY = (
    "The study has no dictionary of frames (frames.yaml) in the language of its texts: nothing is "
    "said about frames."
)

# Below this more than one in four of a frame's sentences is none by the coding.
DOUBTFUL = 0.75

# Some two million words: what a machine of two gigabytes holds while it matches them.
SENTENCES_AT_ONCE = 80_000

# A frame in one of ten sentences is part of what a short statement says, not a stray word.
COMMON = 0.10


def dictionary_of(corpus: Corpus) -> Dictionary:
    """The study's dictionary of frames; one without frames where the study has none."""
    return corpus.study.frames or Dictionary(
        version="", citation="", language="", developed_on=(), categories=()
    )


def withheld(corpus: Corpus) -> dict[str, str]:
    """In which statements is no frame counted, since the dictionary speaks another language?

    Returns:
        Id of the statement → the reason.
    """
    frames = dictionary_of(corpus)
    spoken = corpus.study.statements.set_index("statement_id")["language"]
    return {
        identifier: f"the dictionary of frames is in {frames.language}, the text in "
                    f"{spoken[identifier]}"
        for identifier in corpus.labels
        if not frames.speaks(spoken[identifier])
    }


def language_notice(corpus: Corpus) -> list[str]:
    """Which statements this page leaves out, in words; nothing if it has all of them."""
    reasons: dict[str, list[str]] = {}
    for identifier, reason in withheld(corpus).items():
        reasons.setdefault(reason, []).append(corpus.labels[identifier])
    return [
        f"Frames are withheld for {', '.join(labels)}: {reason}."
        for reason, labels in reasons.items()
    ]


def frame_matches(
    corpus: Corpus, dictionary: Dictionary, *, fold: bool = True, nested: bool = False
) -> pd.DataFrame:
    """Which terms of the dictionary occur in the units of analysis?

    Args:
        corpus: the statements in units.
        dictionary: the frames; no match in texts of other languages (see `withheld`).
        fold: count spelling variants as one word before matching.
        nested: as for `dictionary.match`.

    Returns:
        `dictionary.match`'s columns.
    """
    units = corpus.units[["sentence_id", "text"]]
    starts = range(0, max(len(units), 1), SENTENCES_AT_ONCE)
    variants = None
    if fold:
        seen = [
            tokens.tokenise(units.iloc[start:start + SENTENCES_AT_ONCE]).drop_duplicates("token")
            for start in starts
        ]
        variants = tokens.spelling_variants(pd.concat(seen).drop_duplicates("token"))
    own = ~corpus.units["statement_id"].isin(list(withheld(corpus))).to_numpy()
    found = []
    for start in starts:
        words = tokens.tokenise(units.iloc[start:start + SENTENCES_AT_ONCE])
        words["row"] += start
        if variants is not None:
            words = tokens.fold(words, variants)
        words = words[own[words["row"].to_numpy(dtype=int)]].reset_index(drop=True)
        found.append(match(dictionary, words, nested=nested))
    places = {category.id: place for place, category in enumerate(dictionary.categories)}
    matches = pd.concat(found, ignore_index=True)
    return matches.sort_values(
        "category", key=lambda column: column.map(places), kind="stable", ignore_index=True
    )


def _hits(corpus: Corpus, matches: pd.DataFrame, frame: str) -> np.ndarray:
    """One flag a unit of analysis: does it hold the frame?"""
    hits = np.zeros(len(corpus.units), dtype=bool)
    hits[matches.loc[matches["category"] == frame, "row"].to_numpy(dtype=int)] = True
    return hits


def block_layouts(corpus: Corpus) -> pd.DataFrame:
    """How much independent text does each statement offer?

    Returns:
        One row a statement: sentences, words, blocks, effective blocks (Kish), the largest block's
        share of the words, and why no interval can be given, if so.
    """
    rows = []
    for identifier, label in corpus.labels.items():
        words = _block_words(corpus, identifier)
        shape = layout(words, estimator="share")
        rows.append(
            {
                "statement": label,
                "sentences": int((corpus.units["statement_id"] == identifier).sum()),
                "words": int(words.sum()),
                "blocks": shape.blocks,
                "effective_blocks": shape.effective_blocks,
                "largest_block": shape.largest_block,
                "why_no_interval": shape.shortfall,
            }
        )
    return tables.result(rows, columns=LAYOUTS, made_by="analysis.framing.block_layouts")


def _block_words(corpus: Corpus, identifier: str) -> np.ndarray:
    blocks = corpus.blocks
    return blocks.loc[
        (blocks["statement_id"] == identifier) & blocks["analysed"], "words"
    ].to_numpy()


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a statement holds a frame.

    Attributes:
        interval: of the share; bounds are NaN where `layout` falls short, the share, too, where
            frames are withheld.
        design_effect: see `inference.share_interval`.
        layout: the blocks the interval rests on.
        why_no_interval: the reason, "" if there is one.
        evidence: ids of the sentences with the frame.
        units: how many units the share is of.
    """

    interval: Interval
    design_effect: float
    layout: Layout
    why_no_interval: str
    evidence: list[str]
    units: int


def frame_share(
    corpus: Corpus,
    matches: pd.DataFrame,
    *,
    frame: str,
    statement: str,
    unit: str = "sentence",
    unit_weighting: str = "equal",
    seed: int,
    n_boot: int,
) -> Share:
    """Which share of one statement holds a frame?

    share = Σ weight of units with at least one match / Σ weight of units.

    Args:
        corpus: the statements in units.
        matches: what `frame_matches` returned.
        frame: id of the frame.
        statement: id of the statement.
        unit: `sentence` (sentences and list items) or `block` (paragraphs and list items, which
            hold a frame if a sentence of theirs does).
        unit_weighting: each unit counts `equal`, or by its `words`.
        seed: of the resamples; the draws depend on it, the frame and the statement only.
        n_boot: number of resamples, which redraw blocks.
    """
    units = corpus.units
    own = (units["statement_id"] == statement).to_numpy()
    hits = _hits(corpus, matches, frame)[own]
    by_unit = pd.DataFrame(
        {
            "block": units.loc[own, "block"].to_numpy(),
            "hit": hits,
            "words": units.loc[own, "words"].to_numpy(),
        }
    )
    if unit == "block":
        by_unit = by_unit.groupby("block", as_index=False).agg(hit=("hit", "max"),
                                                               words=("words", "sum"))
    weight = by_unit["words"] if unit_weighting == "words" else pd.Series(1, index=by_unit.index)
    by_block = pd.DataFrame(
        {"block": by_unit["block"], "hit": by_unit["hit"] * weight, "all": weight}
    ).groupby("block").sum()
    shape = layout(_block_words(corpus, statement), estimator="share")
    reason = withheld(corpus).get(statement, shape.shortfall)
    interval, effect = share_interval(
        by_block["hit"].to_numpy(),
        by_block["all"].to_numpy(),
        rng=generator(seed, frame, statement),
        n_boot=n_boot,
    )
    if reason:
        shown = interval.estimate if reason == shape.shortfall else float("nan")
        interval, effect = Interval(shown, float("nan"), float("nan")), float("nan")
    return Share(
        interval=interval,
        design_effect=effect,
        layout=shape,
        why_no_interval=reason,
        evidence=units.loc[own, "sentence_id"][hits].tolist(),
        units=len(by_unit),
    )


def frame_shares(
    corpus: Corpus,
    dictionary: Dictionary,
    matches: pd.DataFrame,
    *,
    seed: int,
    n_boot: int,
) -> pd.DataFrame:
    """Which share of each statement's sentences holds each frame?

    Args:
        corpus: the statements in units.
        dictionary: the frames, in order.
        matches: what `frame_matches` returned.
        seed: of the resamples.
        n_boot: number of resamples.

    Returns:
        One row a frame and statement (see `frame_share`), none for a statement of another
        language than the dictionary's; evidence: the sentences with the frame.
    """
    rows, left = [], withheld(corpus)
    for category in dictionary.categories:
        counts = matches[matches["category"] == category.id]["sentence_id"].value_counts()
        for statement, label in corpus.labels.items():
            if statement in left:
                continue
            share = frame_share(
                corpus, matches, frame=category.id, statement=statement, seed=seed, n_boot=n_boot
            )
            words = int(_block_words(corpus, statement).sum())
            rows.append(
                {
                    "frame": category.label,
                    "statement": label,
                    "share": share.interval.estimate,
                    "low": share.interval.low,
                    "high": share.interval.high,
                    "why_no_interval": share.why_no_interval,
                    "n_hits": len(share.evidence),
                    "n_units": share.units,
                    "per_1000": 1000 * int(counts.reindex(share.evidence).sum()) / words,
                    "design_effect": share.design_effect,
                    "evidence": share.evidence,
                }
            )
    return tables.result(rows, columns=SHARES, made_by="analysis.framing.frame_shares")


def frame_contrasts(corpus: Corpus, shares: pd.DataFrame) -> pd.DataFrame:
    """By how many percentage points does each frame's share differ between the declared sides?

    A side's share is the mean of its statements' shares, each statement weighing the same; bounds
    combine the statements' own bounds (`inference.combine`). Where a statement has no interval,
    or the coverage study withdraws that of the difference, the difference has none.

    Args:
        corpus: the statements in units.
        shares: what `frame_shares` returned.

    Returns:
        One row a contrast and frame, in order of declaration, none for a contrast with a statement
        of another language than the dictionary's; evidence: the sentences with the frame on both
        sides.
    """
    labels = corpus.labels
    by_cell = {(row.frame, row.statement): row for row in shares.itertuples()}
    shapes = {identifier: layout(_block_words(corpus, identifier)) for identifier in labels}
    rows, left = [], withheld(corpus)
    for contrast in corpus.study.contrasts:
        if left.keys() & {*contrast.a, *contrast.b}:
            continue
        for frame in shares["frame"].unique():
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
                difference = Interval(difference.estimate, float("nan"), float("nan"))
            rows.append(
                {
                    "contrast": contrast.label,
                    "frame": frame,
                    "share_a": first.estimate,
                    "share_b": second.estimate,
                    "difference": difference.estimate,
                    "low": difference.low,
                    "high": difference.high,
                    "reading": _reading(difference),
                    "why_no_interval": "; ".join(reasons),
                    "evidence": [i for side in cells for c in side for i in c.evidence],
                }
            )
    return tables.result(rows, columns=CONTRASTS, made_by="analysis.framing.frame_contrasts")


def _reading(difference: Interval) -> str:
    if np.isnan(difference.low):
        return "insufficient evidence"
    if difference.low > 0:
        return MORE
    if difference.high < 0:
        return LESS
    return "inconclusive"


def shares_title(shares: pd.DataFrame) -> str:
    """The frame profile's message: which frame leads in how many statements."""
    if shares.empty:
        return NO_DICTIONARY
    leaders = _leaders(shares)
    first, count = leaders.value_counts(sort=False).pipe(lambda c: (c.idxmax(), c.max()))
    return f"{first} is the most frequent frame in {count} of {len(leaders)} texts"


def _leaders(shares: pd.DataFrame) -> pd.Series:
    """Statement → its most frequent frame; the first declared one where several lead."""
    order = shares.groupby("statement", sort=False)["share"].idxmax()
    return shares.loc[order].set_index("statement")["frame"]


def shares_reading(shares: pd.DataFrame) -> list[str]:
    """What stands out in each statement, and what has no interval, in words."""
    if shares.empty:
        return [NO_DICTIONARY]
    sentences = []
    for statement, own in shares.groupby("statement", sort=False):
        top = own.sort_values("share", ascending=False, kind="stable").head(3)
        named = ", ".join(f"{row.frame} ({100 * row.share:.0f} %)" for row in top.itertuples())
        absent = own.loc[own["n_hits"] == 0, "frame"].tolist()
        none = f" Never found: {', '.join(absent)}." if absent else ""
        sentences.append(f"{statement}: {named}.{none}")
    withheld = shares[shares["why_no_interval"] != ""]["statement"].unique()
    if len(withheld):
        sentences.append(
            f"No interval is given for {', '.join(withheld)}: too little independent text "
            "(insufficient evidence). The share itself is what the dictionary counted."
        )
    return sentences


def contrasts_reading(contrasts: pd.DataFrame) -> list[str]:
    """Which differences hold up against their intervals, in words."""
    if contrasts.empty:
        return ["The study declares no contrast of texts in the language of its dictionary."]
    sentences = []
    for contrast, own in contrasts.groupby("contrast", sort=False):
        parts = []
        for reading, word in ((MORE, "more"), (LESS, "less")):
            chosen = own[own["reading"] == reading]
            if len(chosen):
                named = ", ".join(
                    f"{row.frame} ({tables.formatted(row.difference, 'points')} points)"
                    for row in chosen.itertuples()
                )
                parts.append(f"{word} in the second: {named}")
        open_ones = int((own["reading"] == "inconclusive").sum())
        if (own["reading"] == "insufficient evidence").all():
            text = f"insufficient evidence for every frame ({own['why_no_interval'].iloc[0]})"
        else:
            text = "; ".join([*parts, f"inconclusive: {open_ones} of {len(own)} frames"])
        sentences.append(f"{contrast}: {text}.")
    tested = contrasts[contrasts["reading"] != "insufficient evidence"]
    if len(tested):
        sentences.append(
            f"{len(tested)} of {len(contrasts)} comparisons have an interval; they are not "
            f"adjusted for their number. If nothing differed, about {0.05 * len(tested):.1f} of "
            "them would still show a difference."
        )
    return sentences


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
    return tables.result(rows, columns=SPREAD, made_by="analysis.framing.spread")


def _percents(row) -> str:
    return f"{100 * row.lowest:.0f} to {100 * row.highest:.0f} %"


def spread_reading(table: pd.DataFrame) -> list[str]:
    """What the statements share and where they part, in words."""
    if table.empty:
        return [NO_DICTIONARY]
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


def headline(
    corpus: Corpus, table: pd.DataFrame, contrasts: pd.DataFrame, agreement: pd.DataFrame
) -> str:
    """The page's answer: what is shared, where the statements part, and how sure that is.

    Args:
        corpus: the statements in units.
        table: what `spread` returned.
        contrasts: what `frame_contrasts` returned.
        agreement: what `validation.frame_agreement` returned; its `frame` and `precision`.
    """
    if table.empty:
        return NO_DICTIONARY
    parts = [*spread_reading(table), _worth(corpus, agreement)]
    if len(contrasts):
        clear = int(contrasts["reading"].isin([MORE, LESS]).sum())
        parts.append(
            f"Of {len(contrasts)} declared comparisons of a frame between two sides, {clear} show "
            "a difference beyond their interval; the others are inconclusive or lack evidence."
        )
    return " ".join(parts)


def _worth(corpus: Corpus, agreement: pd.DataFrame) -> str:
    """How far the counts can be believed, in a sentence."""
    people = corpus.study.coding.get("coders") == "people"
    start = "Counted by a dictionary" + ("" if people else ", not human-validated")
    if not agreement["n_coded"].sum():
        return f"{start}."
    doubtful = agreement[agreement["precision"] < DOUBTFUL]
    named = ", ".join(f"{row.frame} ({row.precision:.2f})" for row in doubtful.itertuples())
    return f"{start}; it is often wrong (precision below {DOUBTFUL:g}) on {named or 'no frame'}."
