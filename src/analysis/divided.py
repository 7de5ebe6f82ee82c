"""On which sentences do coders differ most, and about which frames?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis import tables
from analysis.tables import Column

# A seminar gets through about ten sentences in an hour.
MOST = 10

DIVIDED = {
    "statement_id": Column("statement"),
    "text": Column("sentence"),
    "disagreement": Column("frames on which two coders differ, on average", "number"),
    "split": Column("coders who gave the frame"),
    "coders": Column("coders", "count"),
}


def divided(coded: pd.DataFrame, frames: Sequence[str]) -> pd.DataFrame:
    """Which sentences should the coders discuss first?

    disagreement = Σ over frames of 2 k (n − k) / (n (n − 1)), where k of a sentence's n coders gave
    the frame: the number of frames on which two of its coders, drawn at random, differ. Its sum
    over sentences is the observed disagreement of Krippendorff's alpha, up to weights.

    Args:
        coded: what `coding.read` returned.
        frames: ids of the frames.

    Returns:
        One row a sentence on which at least two coders differ, the most divided first.

    Do not read it as a ranking of errors: a sentence may divide coders because it says two things.

    Source: Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability, Annenberg School
    for Communication.
    """
    rows = []
    for row in coded.itertuples():
        given = [own for own in row.by_coder if own is not None]
        n = len(given)
        counts = {frame: sum(frame in own for own in given) for frame in frames}
        split = {frame: k for frame, k in counts.items() if 0 < k < n}
        if split:
            rows.append({
                "statement_id": row.statement_id,
                "text": row.text,
                "disagreement": sum(2 * k * (n - k) / (n * (n - 1)) for k in split.values()),
                "split": ", ".join(f"{frame} {k}" for frame, k in split.items()),
                "coders": n,
            })
    rows.sort(key=lambda row: (-row["disagreement"], row["statement_id"], row["text"]))
    return tables.result(rows, columns=DIVIDED, made_by="analysis.divided.divided")


def reading(table: pd.DataFrame) -> list[str]:
    """The most divided sentences as lines for a terminal; none if all coders agree."""
    if table.empty:
        return []
    return [
        "1 sentence divides the coders:" if len(table) == 1 else
        f"{len(table)} sentences divide the coders; to discuss first:",
        *(
            f"  {row.statement_id}: {row.text} [{row.split} of {row.coders}]"
            for row in table.head(MOST).itertuples()
        ),
    ]
