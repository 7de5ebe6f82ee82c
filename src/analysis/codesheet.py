"""A sheet of sentences for a person to code, blind to what was found or coded before."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import sheets
from analysis.coding import NO_FRAME, PROBABILITY, SHEET_COLUMN
from analysis.corpus import Corpus
from analysis.errors import BadParameter
from analysis.inference import generator
from analysis.plural import counted
from analysis.report.safe import csv_bytes

#: The sheet's columns; `frames`, `commitment` and `note` are the coder's.
COLUMNS = (
    "item", SHEET_COLUMN, "statement_id", "before", "text", "after", "frames", "commitment", "note",
    PROBABILITY,
)



def draw(
    corpus: Corpus, matches: pd.DataFrame, *, n: int, coder: str, seed: int
) -> pd.DataFrame:
    """Which sentences shall a person code, in which order?

    Systematic sampling with a random start from the units sorted by statement and, within it, by
    the rarest frame that the dictionary finds: each statement and each frame gets its share, and
    every unit has the same inclusion probability n / N, so that nothing on the sheet tells what
    was found. The draw depends on `seed` and `n` only; the order on the coder, too.

    Args:
        corpus: the statements in units.
        matches: what `framing.frame_matches` returned.
        n: sentences on the sheet.
        coder: who fills it in.
        seed: of the draw.

    Returns:
        One row a sentence, the columns of `COLUMNS`.

    Raises:
        BadParameter: more sentences than there are, or no name of a coder.

    Source: Madow, W. & Madow, L. (1944), Annals of Mathematical Statistics 15(1); implicit
    stratification: Kish, L. (1965), Survey Sampling, Wiley, section 4.
    """
    faults = sheets.coder_faults(coder)
    if n > len(corpus.units):
        has = counted(len(corpus.units), "sentence")
        faults.append(f"--n {n}: the study has {has}; ask for fewer")
    if faults:
        raise BadParameter(faults)
    chosen = sampled(corpus, matches, n=n, seed=seed)
    rows = []
    for item, row in enumerate(
        generator(seed, "codesheet", coder).permutation(chosen).tolist(), start=1
    ):
        before, after = _context(corpus, row)
        rows.append(
            {
                "item": item,
                SHEET_COLUMN: coder,
                "statement_id": corpus.units["statement_id"].iloc[row],
                "before": before,
                "text": corpus.units["text"].iloc[row],
                "after": after,
                "frames": "",
                "commitment": "",
                "note": "",
                PROBABILITY: f"{n / len(corpus.units):.6g}",
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def sampled(corpus: Corpus, matches: pd.DataFrame, *, n: int, seed: int) -> np.ndarray:
    """(n,) rows of the units drawn; see `draw`."""
    order = _sorted(corpus, matches, seed)
    interval = len(order) / n
    start = generator(seed, "codesheet").uniform(0, interval)
    return order[np.minimum((start + interval * np.arange(n)).astype(int), len(order) - 1)]


def _sorted(corpus: Corpus, matches: pd.DataFrame, seed: int) -> np.ndarray:
    """(units,) rows by statement, then by their rarest frame (none last), then at random."""
    pairs = matches[["category", "row"]].drop_duplicates()
    frequency = pairs["category"].value_counts()
    rank = {name: place for place, name in enumerate(
        sorted(frequency.index, key=lambda name: (frequency[name], name))
    )}
    stratum = np.full(len(corpus.units), len(rank))
    np.minimum.at(
        stratum, pairs["row"].to_numpy(dtype=int), pairs["category"].map(rank).to_numpy(dtype=int)
    )
    statement = pd.factorize(corpus.units["statement_id"])[0]
    chance = generator(seed, "codesheet", "order").random(len(stratum))
    return np.lexsort((chance, stratum, statement))


def _context(corpus: Corpus, row: int) -> tuple[str, str]:
    """The sentences around a unit, as a reader meets them; in a list, also what introduces it."""
    unit = corpus.units.iloc[row]
    own = corpus.sentences[
        (corpus.sentences["statement_id"] == unit["statement_id"])
        & (corpus.sentences["kind"] != "boilerplate")
    ]
    place = own["sentence_id"].tolist().index(unit["sentence_id"])
    texts = own["text"].tolist()
    before = [texts[place - 1]] if place else []
    blocks = corpus.blocks[corpus.blocks["statement_id"] == unit["statement_id"]]
    parents = blocks.set_index("block")["parent"]
    parent = parents[unit["block"]]
    if not pd.isna(parent):
        head = own.loc[own["block"] == int(parent), "text"]
        if len(head) and head.iloc[-1] not in before:
            before.insert(0, f"{head.iloc[-1]} […]")
    return " ".join(before), texts[place + 1] if place + 1 < len(texts) else ""


def instructions(corpus: Corpus, sheet: pd.DataFrame) -> str:
    """What the coder is asked to do, as text beside the sheet."""
    frames = corpus.study.frames
    lines = [
        f"Coding sheet for {sheet[SHEET_COLUMN].iloc[0]}: {counted(len(sheet), 'sentence')}",
        "",
        "Read each sentence in the column text; before and after show what stands around it.",
        "Code alone, before you see anybody else's codes or the report. Do not sort the rows.",
        "",
        f"frames: the ids below that hold, joined by semicolons (crime;law), or the word "
        f"{NO_FRAME}.",
        "        An empty cell means: not coded.",
        "commitment: 0 none, 1 recognition, 2 intention, 3 decision. An empty cell: not coded.",
        "note: anything you doubt.",
        f"Leave the other columns as they are; {PROBABILITY} is the chance with which every",
        "sentence was drawn and is needed for corrected shares.",
        "",
    ]
    if corpus.study.path.joinpath("codebook.md").is_file():
        lines += ["The full rules are in codebook.md of the study.", ""]
    if frames is not None:
        lines += [
            f"{category.id}: {category.label}. {category.definition}".rstrip()
            for category in frames.categories
        ]
    return "\n".join(lines) + "\n"


def sheet_bytes(sheet: pd.DataFrame) -> bytes:
    """A sheet as CSV; texts that a spreadsheet would compute get an apostrophe in front."""
    return csv_bytes(list(sheet.columns), sheet.itertuples(index=False))
