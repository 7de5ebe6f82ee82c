"""Which frames stand in sentences that name states, agencies, smugglers, migrants …?

"Named in the same sentence" is all that is said: who does what to whom would need grammar, and a
sentence that names smugglers and states may frame either.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import charts, charts_cells, dictionary, tables, tokens, vectors
from analysis.corpus import Corpus, spoken, unspoken
from analysis.dictionary import Dictionary
from analysis.plural import counted
from analysis.tables import Column

# With fewer sentences than this a share says next to nothing, and none is given.
MIN_SENTENCES = 10

FRAMES = {
    "where": Column("where"),
    "actor": Column("named"),
    "frame": Column("frame"),
    "share": Column("of the sentences that name it", "percent"),
    "n_both": Column("with the frame", "count"),
    "n_actor": Column("sentences that name it", "count"),
    "share_all": Column("of all sentences", "percent"),
    "difference": Column("difference, points", "points"),
    "n_all": Column("sentences", "count", aside=True),
    "note": Column("note"),
}

#: The column `where` for all statements together.
ALL = "all statements"


def frames_by_actor(
    corpus: Corpus, frames: Dictionary, matches: pd.DataFrame, *, fold: bool = True
) -> pd.DataFrame:
    """Which share of the sentences that name an actor holds each frame?

    A frame counts beside an actor only if a word other than the actor's own name carries it:
    "smugglers" alone is not yet a frame of crime in a sentence that names smugglers. So it does in
    the share of all sentences, which therefore has those words; compare with care.

    Args:
        corpus: the statements in units; commentaries take no part, nor do statements in another
            language than the lists.
        frames: the dictionary of frames.
        matches: `sentence_id`, `row`, `category`, `start`, `end` of each match of a frame.
        fold: count spelling variants as one word.

    Returns:
        One row a place (all statements, then each group), actor and frame. `share` is NaN below
        `MIN_SENTENCES` sentences. Evidence: the sentences with actor and frame. Descriptive:
        complete counts of these texts; sentences of long statements weigh as much as any other.
    """
    units = corpus.units
    own = vectors.baseline(units, corpus.study.statements)
    language = corpus.study.wording.language
    own = own & units["statement_id"].isin(spoken(corpus, language)).to_numpy()
    words = tokens.tokenise(units)
    words = tokens.fold(words, tokens.spelling_variants(words)) if fold else words
    lists = Dictionary("", "", "", (), corpus.study.wording.actors)
    named = dictionary.match(lists, words)
    by_actor = {name: part for name, part in named.groupby("category", observed=True)}
    by_frame = {name: part for name, part in matches.groupby("category", observed=True)}
    mentioned = {
        actor.id: by_actor.get(actor.id, named.iloc[:0]) for actor in corpus.study.wording.actors
    }
    carried = {
        frame.id: by_frame.get(frame.id, matches.iloc[:0]) for frame in frames.categories
    }
    in_actor = {name: _flags(part, len(units)) for name, part in mentioned.items()}
    in_frame = {name: _flags(part, len(units)) for name, part in carried.items()}
    in_both = {
        (actor, frame): _flags(_apart(part, mentions), len(units)) & in_actor[actor]
        for actor, mentions in mentioned.items() for frame, part in carried.items()
    }
    groups = units["group"].to_numpy()
    places = [(ALL, own)] + [
        (group.label, own & (groups == group.id)) for group in corpus.study.groups.values()
    ]
    places = [(name, mask) for name, mask in places if mask.any()]
    rows = []
    for where, mask in places:
        for actor in corpus.study.wording.actors:
            sentences = in_actor[actor.id] & mask
            for frame in frames.categories:
                beside = in_both[actor.id, frame.id] & mask
                every = in_frame[frame.id] & mask
                n, total = int(sentences.sum()), int(mask.sum())
                enough = n >= MIN_SENTENCES
                share = beside.sum() / n if enough else float("nan")
                rows.append(
                    {
                        "where": where,
                        "actor": actor.label,
                        "frame": frame.label,
                        "share": share,
                        "n_both": int(beside.sum()),
                        "n_actor": n,
                        "share_all": every.sum() / total,
                        "difference": share - every.sum() / total,
                        "n_all": total,
                        "note": "" if enough else f"fewer than {MIN_SENTENCES} sentences",
                        "evidence": units["sentence_id"][beside].tolist(),
                    }
                )
    return tables.result(rows, columns=FRAMES, made_by="analysis.actors.frames_by_actor")


def _flags(matches: pd.DataFrame, rows: int) -> np.ndarray:
    flags = np.zeros(rows, dtype=bool)
    flags[matches["row"].to_numpy(dtype=int)] = True
    return flags


def _apart(carried: pd.DataFrame, mentions: pd.DataFrame) -> pd.DataFrame:
    """Matches of a frame that overlap no mention of the actor."""
    if mentions.empty or carried.empty:
        return carried
    # Mentions of one actor overlap no other of them, so of those that begin before a match ends
    # only the last of its sentence can reach into it.
    width = int(max(mentions["end"].max(), carried["end"].max())) + 1
    row, start, end = (mentions[name].to_numpy(dtype=np.int64) for name in ("row", "start", "end"))
    order = np.lexsort((start, row))
    row, end, keys = row[order], end[order], (row * width + start)[order]
    own_row, own_start, own_end = (
        carried[name].to_numpy(dtype=np.int64) for name in ("row", "start", "end")
    )
    last = np.searchsorted(keys, own_row * width + own_end) - 1
    at = np.maximum(last, 0)
    overlaps = (last >= 0) & (row[at] == own_row) & (end[at] > own_start)
    return carried[~overlaps]


def picture(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of all statements with a share: what a figure shows."""
    return table[(table["where"] == ALL) & table["share"].notna()]


def title(table: pd.DataFrame) -> str:
    """The message of the figure: where a frame stands out most against all sentences."""
    own = picture(table)
    if own.empty:
        return "Too few sentences name an actor of the lists"
    best = own.loc[own["difference"].idxmax()]
    return (
        f"{best['frame']} stands in {best['n_both']} of the {best['n_actor']} sentences that name "
        f"{best['actor'].lower()}"
    )


def reading(corpus: Corpus, table: pd.DataFrame) -> list[str]:
    """Which frames stand out most beside each actor, against all sentences."""
    said = unspoken(corpus, corpus.study.wording.language, "wording.yaml")
    if not corpus.study.wording.actors:
        return [*said, "wording.yaml lists no actors."]
    if table.empty:
        return [*said, "Nothing is said about actors: there are no frames, or no sentence in the "
                       "language of the lists."]
    own = table[table["where"] == ALL]
    said.append("Points are against the share of all sentences with the frame.")
    for actor, part in own.groupby("actor", sort=False):
        n = part["n_actor"].iloc[0]
        if part["share"].isna().all():
            said.append(f"{actor}: named in {counted(n, 'sentence')}, too few for shares.")
            continue
        top = part.sort_values("difference", ascending=False, kind="stable").head(2)
        named = ", ".join(
            f"{row.frame} {100 * row.share:.0f} % "
            f"({tables.formatted(row.difference, 'points')} points)"
            for row in top.itertuples()
        )
        said.append(f"{actor}, named in {counted(n, 'sentence')}: {named}.")
    return said


def chart(table: pd.DataFrame) -> charts.Chart | None:
    """The picture: shares over all statements, actors by frames."""
    return charts_cells.cells(
        picture(table), row="actor", column="frame", value="share",
        unit="share of the sentences that name the actor", title=title(table),
    )
