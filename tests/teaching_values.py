"""The numbers in docs/teaching/solutions.md, computed from the shipped study.

`python tests/teaching_values.py` writes them into the file.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import agreement, coding, corpus, description, framing, similarity, vectors

ROOT = Path(__file__).parent.parent
STUDY = ROOT / "data" / "channel-2015-2024"
SOLUTIONS = ROOT / "docs" / "teaching" / "solutions.md"
VALUE = re.compile(r"`([^`]*)`<!--(\w+)-->")

# The sentences of exercises 4 and 5.
IMBALANCES, PORTS = "uk-fr-2015-08-20:b4.s3", "uk-fr-2015-08-20:b23.s1"
ADA, BEN = (1, 0, 0, 1, 0, 0, 0, 0, 0, 1), (1, 0, 0, 0, 0, 0, 1, 0, 0, 1)


@cache
def texts() -> corpus.Corpus:
    return corpus.load(str(STUDY))


@cache
def matches() -> pd.DataFrame:
    return framing.frame_matches(texts(), framing.dictionary_of(texts()))


def found(frame: str) -> set[int]:
    """Rows of the units in which the dictionary finds the frame."""
    own = matches()
    return set(own.loc[own["category"] == frame, "row"].astype(int))


def counts(frame: str, *, half: str = "") -> tuple[int, int, int]:
    """Coded sentences found rightly, found wrongly, missed."""
    coded = coding.coded_with_frames(coding.own(texts()))
    if half:
        coded = coded[coded["half"] == half]
    hit = coded["unit"].isin(found(frame)).to_numpy()
    held = coding.holds(coded, frame)
    return int((hit & held).sum()), int((hit & ~held).sum()), int((~hit & held).sum())


def two(value: float) -> str:
    return f"{value:.2f}"


def _lengths() -> dict[str, str]:
    table = description.structure(texts(), texts())
    longest, shortest = (table.loc[getattr(table["words"], f)()] for f in ("idxmax", "idxmin"))
    every = texts().sentences
    aside = every[~every["analysed"]]
    return {
        "longest": longest["statement"], "longest_words": f"{longest['words']:,}",
        "shortest": shortest["statement"], "shortest_words": f"{shortest['words']:,}",
        "length_ratio": f"{longest['words'] / shortest['words']:.1f}",
        "aside": str(len(aside)), "sentences": str(len(every)),
        "aside_reason": aside["kind"].value_counts().index[0],
    }


def _pair() -> dict[str, str]:
    statements = texts().study.statements
    views = vectors.views(texts().units, statements)
    pairs = similarity.leading(similarity.statement_pairs(texts(), views, seed=1, n_boot=200))
    first = pairs.loc[pairs["cosine"].idxmax()]
    return {"first_pair": first["pair"], "first_cosine": two(first["cosine"])}


def _frames() -> dict[str, str]:
    right, wrong, missed = counts("crime")
    kept = counts("economic", half="correction")
    units = texts().units
    row = units.index[units["sentence_id"] == IMBALANCES][0]
    words = matches()[(matches()["row"] == row) & (matches()["category"] == "economic")]
    text = units.at[row, "text"]
    ports = units.index[units["text"].str.contains(r"\bports?\b", case=False)]
    return {
        "crime_coded": str(right + missed), "crime_right": str(right), "crime_wrong": str(wrong),
        "crime_missed": str(missed), "crime_precision": two(right / (right + wrong)),
        "crime_recall": two(right / (right + missed)),
        "crime_f1": two(2 * right / (2 * right + wrong + missed)),
        "economic_kept": str(kept[0] + kept[2]),
        "economic_words": "; ".join(text[m.start:m.end] for m in words.itertuples()),
        "port_sentences": str(len(ports)), "port_found": str(len(found("border") & set(ports))),
    }


def _alpha() -> dict[str, str]:
    ones = sum(ADA) + sum(BEN)
    n = len(ADA) + len(BEN)
    return {
        "expected": f"{2 * ones * (n - ones) / (n * (n - 1)):.3f}",
        "alpha": two(agreement.alpha(np.array([ADA, BEN], dtype=object))),
    }


def _headings() -> dict[str, str]:
    shares = []
    for headings in (False, True):
        read = corpus.load(str(STUDY), headings=headings)
        own = framing.dictionary_of(read)
        table = framing.frame_shares(read, own, framing.frame_matches(read, own), seed=1, n_boot=200)
        shares.append(table.set_index(["frame", "statement"])["share"])
    change = (shares[1] - shares[0]).abs().idxmax()
    return {
        "heading_frame": change[0], "heading_statement": change[1],
        "heading_before": f"{100 * shares[0][change]:.0f}",
        "heading_after": f"{100 * shares[1][change]:.0f}",
    }


def values() -> dict[str, str]:
    """Name of a value in the solutions → how it is to be printed."""
    return _lengths() | _pair() | _frames() | _alpha() | _headings()


def written(text: str, of: dict[str, str]) -> str:
    """The solutions with these values."""
    return VALUE.sub(lambda match: f"`{of[match[2]]}`<!--{match[2]}-->", text)


if __name__ == "__main__":
    SOLUTIONS.write_text(written(SOLUTIONS.read_text("utf-8"), values()), "utf-8")
