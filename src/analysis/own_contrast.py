"""The reader's own comparison: tables like those of the declared contrasts, and so marked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import tables
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary
from analysis.inference import (
    Interval,
    combine,
    difference_shortfall,
    generator,
    layout,
    share_interval,
)
from analysis.own_sides import EXAMPLE
from analysis.sides import Sides, passages
from analysis.tables import Column

SELECTION = {
    "side": Column("side"),
    "asked": Column("as asked for"),
    "statement": Column("statement"),
    "passages": Column("passages", "count"),
    "of_passages": Column("of", "count"),
    "sentences": Column("sentences", "count"),
    "words": Column("words", "count"),
}

SHARES = {
    "frame": Column("frame"),
    "share_a": Column("A", "percent"),
    "share_b": Column("B", "percent"),
    "difference": Column("A minus B, points", "points"),
    "low": Column("95 % from", "points"),
    "high": Column("to", "points"),
    "reading": Column("reading"),
    "n_a": Column("sentences with it, A", "count"),
    "n_b": Column("B", "count"),
    "mean_a": Column("mean over statements, A", "percent"),
    "mean_b": Column("B", "percent"),
    "why_no_interval": Column("why no interval"),
}

NAMING = {
    "list": Column("what is named"),
    "name": Column("named as"),
    "n_a": Column("times in A", "count"),
    "n_b": Column("in B", "count"),
    "per_1000_a": Column("per 1,000 words, A", "number"),
    "per_1000_b": Column("B", "number"),
}


def selection(corpus: Corpus, own: list[Sides]) -> pd.DataFrame:
    """What stands on either side: passages, sentences and words of each statement."""
    units, block = corpus.units, passages(corpus)
    rows = []
    for sides in own:
        for side, label, mask in (("A", sides.a_label, sides.a), ("B", sides.b_label, sides.b)):
            for identifier in sides.statements(corpus, mask):
                whole = (units["statement_id"] == identifier).to_numpy()
                chosen = whole & mask
                rows.append(
                    {
                        "side": side,
                        "asked": label,
                        "statement": corpus.labels[identifier],
                        "passages": block[chosen].nunique(),
                        "of_passages": block[whole].nunique(),
                        "sentences": int(chosen.sum()),
                        "words": int(units["words"][chosen].sum()),
                        "evidence": units["sentence_id"][chosen].tolist(),
                    }
                )
    return tables.result(rows, columns=SELECTION, made_by="analysis.own_contrast.selection")


def frame_shares(
    corpus: Corpus,
    own: list[Sides],
    frames: Dictionary,
    matches: pd.DataFrame,
    *,
    seed: int,
    n_boot: int,
) -> pd.DataFrame:
    """Which frames do the two sides use, and how far apart do they lie?

    share = sentences of the side with the frame / its sentences; difference A minus B, bounds from
    those of the sides (`inference.combine`), which redraw passages. Beside them the mean of the
    shares of the side's statements, each statement weighing the same.

    Args:
        corpus: the statements in units.
        own: what `own_sides.read` returned.
        frames: the dictionary of frames.
        matches: `row` and `category` of each match of a frame.
        seed: of the resamples.
        n_boot: number of resamples.

    Returns:
        One row a frame; evidence: the sentences with it on both sides.
    """
    units, rows = corpus.units, []
    for sides in own:
        masks = (sides.a, sides.b)
        shapes = [
            layout(units[mask].groupby(["statement_id", "block"])["words"].sum().to_numpy(),
                   estimator="share") for mask in masks
        ]
        for frame in frames.categories:
            hits = np.zeros(len(units), dtype=bool)
            hits[matches.loc[matches["category"] == frame.id, "row"].to_numpy(dtype=int)] = True
            shares = [
                _share(units[mask], hits[mask], generator(seed, "own", frame.id, side), n_boot)
                for side, mask in zip("AB", masks, strict=True)
            ]
            why = "; ".join(f"{side}: {shape.shortfall}" for side, shape in
                            zip("AB", shapes, strict=True) if shape.shortfall)
            why = why or difference_shortfall(
                [shapes[0]], [shapes[1]], (shares[0].estimate, shares[1].estimate)
            )
            difference = combine(shares, [1.0, -1.0])
            if why:
                difference = Interval(difference.estimate, float("nan"), float("nan"))
            rows.append(
                {
                    "frame": frame.label,
                    "share_a": shares[0].estimate,
                    "share_b": shares[1].estimate,
                    "difference": difference.estimate,
                    "low": difference.low,
                    "high": difference.high,
                    "reading": _reading(difference),
                    "n_a": int((hits & sides.a).sum()),
                    "n_b": int((hits & sides.b).sum()),
                    **{
                        f"mean_{side}": float(
                            pd.Series(hits[mask]).groupby(
                                units["statement_id"][mask].to_numpy()).mean().mean()
                        ) for side, mask in zip("ab", masks, strict=True)
                    },
                    "why_no_interval": why,
                    "evidence": units["sentence_id"][hits & (sides.a | sides.b)].tolist(),
                }
            )
    return tables.result(rows, columns=SHARES, made_by="analysis.own_contrast.frame_shares")


def _share(
    units: pd.DataFrame, hits: np.ndarray, rng: np.random.Generator, n_boot: int
) -> Interval:
    by = units.assign(hit=hits).groupby(["statement_id", "block"])["hit"].agg(["sum", "size"])
    return share_interval(by["sum"].to_numpy(), by["size"].to_numpy(), rng=rng, n_boot=n_boot)[0]


def _reading(difference: Interval) -> str:
    if np.isnan(difference.low):
        return "insufficient evidence"
    return "more in A" if difference.low > 0 else "more in B" if difference.high < 0 else \
        "inconclusive"


def naming(corpus: Corpus, own: list[Sides], found: pd.DataFrame) -> pd.DataFrame:
    """How often does either side use each name of wording.yaml? Descriptive.

    Args:
        corpus: the statements in units.
        own: what `own_sides.read` returned.
        found: `list`, `name` and `row` of each occurrence of a name.

    Returns:
        One row a name that occurs on a side; evidence: the sentences.
    """
    units, rows = corpus.units, []
    place = found["row"].to_numpy(dtype=int)
    for sides in own:
        words = [int(units["words"][mask].sum()) for mask in (sides.a, sides.b)]
        for names in corpus.study.wording.naming:
            for name in names.classes:
                chosen = ((found["list"] == names.id) & (found["name"] == name.id)).to_numpy()
                n = [int(mask[place[chosen]].sum()) for mask in (sides.a, sides.b)]
                at = place[chosen][(sides.a | sides.b)[place[chosen]]]
                if len(at):
                    rows.append(
                        {
                            "list": names.label,
                            "name": name.label,
                            "n_a": n[0],
                            "n_b": n[1],
                            "per_1000_a": 1000 * n[0] / words[0],
                            "per_1000_b": 1000 * n[1] / words[1],
                            "evidence": units["sentence_id"].iloc[sorted(set(at))].tolist(),
                        }
                    )
    return tables.result(rows, columns=NAMING, made_by="analysis.own_contrast.naming")


def reading(corpus: Corpus, own: list[Sides], shares: pd.DataFrame) -> list[str]:
    """What is compared, how far it can be told apart, and what it may not be taken for."""
    if not own:
        return [
            "No comparison of your own is asked for. Set `contrast`, such as "
            f"contrast = \"{EXAMPLE}\"; how it is written is said above."
        ]
    said = []
    for sides in own:
        sizes = " and ".join(
            f"{side} {mask.sum()} sentences of {len(sides.statements(corpus, mask))} text(s)"
            for side, mask in (("A", sides.a), ("B", sides.b))
        )
        said.append(
            f"{sides.label}: {sizes}. A comparison chosen while reading shows where to look; it is "
            "no finding, and its intervals do not know how many others were tried. Where a side "
            "was picked by a word, that word and frames that it carries differ by construction."
        )
    for word in ("more in A", "more in B"):
        chosen = shares[shares["reading"] == word]
        if len(chosen):
            said.append(f"{word[0].upper()}{word[1:]}: " + ", ".join(
                f"{row.frame} ({tables.formatted(row.difference, 'points')} points)"
                for row in chosen.itertuples()
            ) + ".")
    withheld = shares[shares["reading"] == "insufficient evidence"]
    if len(withheld):
        said.append(
            f"No interval for {len(withheld)} of {len(shares)} frames: insufficient evidence "
            f"({withheld['why_no_interval'].iloc[0]})."
        )
    return said
