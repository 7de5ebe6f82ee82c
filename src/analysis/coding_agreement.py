"""How far do codings agree with each other, and the methods with what they decided? Beyond chance."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from analysis import tables
from analysis.agreement import alpha_interval
from analysis.coding import DEVELOPMENT, UNSEEN, holds, sets, unseen
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary
from analysis.inference import generator
from analysis.supervised import Found
from analysis.tables import Column
from analysis.validation import predicted

#: What the row of all commitments is called.
COMMITMENT = "Commitment (0–3)"

ALPHAS = {
    "what": Column("coded"),
    "coders": Column("codings compared"),
    "sentences": Column("sentences"),
    "n": Column("number", "count"),
    "alpha": Column("Krippendorff's α", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
}

def alphas(
    corpus: Corpus,
    dictionary: Dictionary,
    matches: pd.DataFrame,
    found: Found,
    coded: pd.DataFrame,
    levels: pd.DataFrame | None,
    *,
    seed: int,
    n_boot: int,
) -> pd.DataFrame:
    """How far do the codings agree with each other, and the method with what they decided?

    Frames: one binary α each. Commitment: ordinal α, over all coded sentences, and without the
    heads of lists and narration, to which the scale does not apply.

    Args:
        corpus, dictionary, matches, found, coded: as for `frame_scores`.
        levels: what `commitments.read` returned, one row a unit with `level` and `applicable`;
            None where commitments were not read.
        seed, n_boot: of the resamples, which redraw root blocks.

    Returns:
        One row a frame or commitment, kind of comparison and set of sentences.
    """
    compared: list[tuple[str, str, str, np.ndarray, np.ndarray, str]] = []
    called_coders = _codings(corpus, coded)
    for column, category in enumerate(dictionary.categories):
        if len(coded.attrs["coders"]) > 1:
            codes = np.array(
                [[None if f is None else category.id in f for f in row]
                 for row in coded["by_coder"]], dtype=object,
            ).reshape(len(coded), -1).T
            compared.append(
                (category.label, called_coders, "all", codes, coded["cluster"].to_numpy(),
                 "nominal")
            )
        for called, own in sets(corpus, coded):
            codes = np.array(
                [holds(own, category.id), predicted(matches, found, own)[:, column]], dtype=object
            )
            compared.append(
                (category.label, "method and coding", called, codes, own["cluster"].to_numpy(),
                 "nominal")
            )
    compared += _commitments_compared(corpus, coded, levels, called_coders)
    rows = []
    for what, coders, called, codes, cluster, level in compared:
        interval = alpha_interval(
            codes, cluster, level=level, n_boot=n_boot,
            rng=generator(seed, "alpha", what, coders, called),
        )
        present = np.array([[c is not None and c == c for c in row] for row in codes])
        rows.append(
            {
                "what": what,
                "coders": coders,
                "sentences": called,
                "n": int((present.sum(axis=0) > 1).sum()) if len(codes) else 0,
                "alpha": interval.estimate,
                "low": interval.low,
                "high": interval.high,
            }
        )
    return tables.result(rows, columns=ALPHAS, made_by="analysis.validation.alphas")


def _codings(corpus: Corpus, coded: pd.DataFrame) -> str:
    n = len(coded.attrs["coders"])
    people = corpus.study.coding.get("coders") == "people"
    return f"{n} people" if people else f"{n} codings among themselves"


def _commitments_compared(
    corpus: Corpus, coded: pd.DataFrame, levels: pd.DataFrame | None, called_coders: str
) -> list[tuple]:
    own = coded[coded["unit"] >= 0].reset_index(drop=True)
    if not own["commitment"].notna().any():
        return []
    cluster, found = own["cluster"].to_numpy(), []
    by_coder = np.array(own["commitment_by_coder"].tolist(), dtype=object).reshape(len(own), -1).T
    scales = {COMMITMENT: np.ones(len(own), dtype=bool)}
    if levels is not None:
        applies = levels["applicable"].to_numpy(dtype=bool)[own["unit"]]
        scales["Commitment, heads and narration set aside"] = applies
    for what, rows in scales.items():
        if len(coded.attrs["coders"]) > 1:
            found.append(
                (what, called_coders, "all", by_coder[:, rows], cluster[rows], "ordinal")
            )
        if levels is None:
            continue
        codes = np.array([own["commitment"], commitments_at(levels, own)], dtype=object)
        for called, side in ((UNSEEN, True), (DEVELOPMENT, False)):
            chosen = rows & (unseen(corpus, own) == side)
            if chosen.any():
                found.append((what, "method and coding", called, codes[:, chosen],
                              cluster[chosen], "ordinal"))
    return found


def commitments_at(levels: pd.DataFrame, coded: pd.DataFrame) -> np.ndarray:
    """(rows,) the highest level found in the units of each coded sentence.

    0 without a unit; NaN where the rules are not for the text's language.
    """
    by_unit = levels["level"].astype("Float64").to_numpy(dtype=float, na_value=math.nan)
    found = np.zeros(len(coded))
    for number, places in enumerate(coded["places"]):
        read = [by_unit[row] for row, _, _ in places if not math.isnan(by_unit[row])]
        found[number] = max(read, default=math.nan if places else 0.0)
    return found


def alphas_reading(corpus: Corpus, table: pd.DataFrame) -> list[str]:
    """How far codings agree among themselves and with the method, in words."""
    known = table[table["alpha"].notna()]
    if known.empty:
        return ["No two codings of one sentence: no agreement can be computed."]
    texts = []
    among = known[~known["coders"].str.startswith("method")]
    if len(among):
        people = corpus.study.coding.get("coders") == "people"
        kind = "" if people else ": passes of one model with itself, not a reliability"
        texts.append(
            f"Among the codings α lies between {among['alpha'].min():.2f} and "
            f"{among['alpha'].max():.2f}{kind}."
        )
    for called in (UNSEEN, DEVELOPMENT):
        own = known[(known["sentences"] == called) & known["coders"].str.startswith("method")]
        frames = own[~own["what"].str.startswith("Commitment")]
        levels = own[own["what"] == COMMITMENT]
        parts = []
        if len(frames):
            parts.append(
                f"of method and coding between {frames['alpha'].min():.2f} and "
                f"{frames['alpha'].max():.2f} over the frames"
            )
        if len(levels):
            one = levels.iloc[0]
            bounds = "" if math.isnan(one["low"]) else f" ({one['low']:.2f} to {one['high']:.2f})"
            parts.append(f"of commitments {one['alpha']:.2f}{bounds}")
        if parts:
            texts.append(f"{called[0].upper() + called[1:]}: α {', '.join(parts)}.")
    return texts
