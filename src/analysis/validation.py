"""How far does a method agree with coded sentences?"""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd

from analysis import tables
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary
from analysis.inference import generator
from analysis.tables import Column

# With fewer coded sentences than this an F1 says next to nothing (METHODS: "unvalidated").
MIN_POSITIVES = 10

AGREEMENT = {
    "frame": Column("frame"),
    "n_coded": Column("coded with it", "count"),
    "n_found": Column("found by the method", "count"),
    "n_both": Column("both", "count"),
    "precision": Column("precision", "number"),
    "recall": Column("recall", "number"),
    "f1": Column("F1", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
    "badge": Column("note"),
}

_ENUMERATOR = re.compile(r"^\s*(?:\(?(?:\d{1,3}|[ivxlc]{1,6}|[a-z])[.)]|[-–—•·*▪◦‣])\s*")


def squash(text: str) -> str:
    """A sentence without its enumerator and white space: how coded text finds its unit.

    >>> squash("(iv) to  act;") == squash("to act;")
    True
    """
    return re.sub(r"\s+", "", _ENUMERATOR.sub("", text, count=1))


def coded_sentences(corpus: Corpus) -> pd.DataFrame:
    """The study's coded sentences with `row`, their unit of analysis (−1 where there is none).

    Without coded_sentences.csv, no rows.
    """
    coded = corpus.study.coded
    if coded is None:
        coded = pd.DataFrame(columns=["statement_id", "text", "frames"], dtype=str)
    return coded.assign(row=matched_rows(coded, corpus.units))


def matched_rows(coded: pd.DataFrame, units: pd.DataFrame) -> np.ndarray:
    """Which unit of analysis is each coded sentence?

    Sentences are found by their text within their statement, enumerators and white space aside;
    repeated texts are matched in order.

    Args:
        coded: `statement_id`, `text`.
        units: the corpus's units.

    Returns:
        (len(coded),) row of the unit, −1 where there is none.
    """
    places: dict[tuple[str, str], list[int]] = {}
    for row, (statement, text) in enumerate(
        zip(units["statement_id"], units["text"], strict=True)
    ):
        places.setdefault((statement, squash(text)), []).append(row)
    found = []
    for statement, text in zip(coded["statement_id"], coded["text"], strict=True):
        rows = places.get((statement, squash(text)), [])
        found.append(rows.pop(0) if rows else -1)
    return np.array(found, dtype=int)


def f1(both: float, found: float, coded: float) -> float:
    """2 · both / (found + coded): the harmonic mean of precision and recall; NaN if both are 0.

    Source: van Rijsbergen, C. J. (1979), Information Retrieval, 2nd ed., Butterworths.

    >>> f1(3, 4, 5)
    0.6666666666666666
    """
    return 2 * both / (found + coded) if found + coded else math.nan


def frame_agreement(
    corpus: Corpus,
    coded: pd.DataFrame,
    dictionary: Dictionary,
    matches: pd.DataFrame,
    *,
    seed: int,
    n_boot: int,
) -> pd.DataFrame:
    """How far do the dictionary's frames agree with the coded ones, sentence by sentence?

    Args:
        corpus: the statements in units.
        coded: what `coded_sentences` returned; `frames` are ids joined by `;`.
        dictionary: the frames.
        matches: what `framing.frame_matches` returned.
        seed: of the resamples, which redraw blocks.
        n_boot: number of resamples.

    Returns:
        One row a frame; evidence: the sentences on which coding and method differ. Frames with
        fewer than `MIN_POSITIVES` coded sentences are badged "unvalidated".
    """
    units = corpus.units
    coded = coded[coded["row"] >= 0]
    rows = coded["row"].to_numpy()
    sets = [set(filter(None, frames.split(";"))) for frames in coded["frames"]]
    block = pd.factorize(
        units["statement_id"].iloc[rows] + ":" + units["block"].iloc[rows].astype(str)
    )[0]
    result = []
    for category in dictionary.categories:
        truth = np.array([category.id in frames for frames in sets], dtype=bool)
        hit_rows = set(matches.loc[matches["category"] == category.id, "row"])
        found = np.array([row in hit_rows for row in rows], dtype=bool)
        counts = np.array([truth & found, found, truth], dtype=float)
        both, n_found, n_coded = counts.sum(axis=1)
        low, high = _f1_interval(
            counts, block, rng=generator(seed, "agreement", category.id), n_boot=n_boot
        )
        result.append(
            {
                "frame": category.label,
                "n_coded": int(n_coded),
                "n_found": int(n_found),
                "n_both": int(both),
                "precision": both / n_found if n_found else math.nan,
                "recall": both / n_coded if n_coded else math.nan,
                "f1": f1(both, n_found, n_coded),
                "low": low,
                "high": high,
                "badge": "unvalidated: fewer than 10 coded" if n_coded < MIN_POSITIVES else "",
                "evidence": units["sentence_id"].iloc[rows[truth != found]].tolist(),
            }
        )
    return tables.result(
        result, columns=AGREEMENT, made_by="analysis.validation.frame_agreement"
    )


def _f1_interval(
    counts: np.ndarray, block: np.ndarray, *, rng: np.random.Generator, n_boot: int
) -> tuple[float, float]:
    """Percentile bootstrap of F1 over blocks of coded sentences."""
    if counts[2].sum() < MIN_POSITIVES:
        return math.nan, math.nan
    blocks = block.max() + 1
    per_block = np.stack([np.bincount(block, weights=c, minlength=blocks) for c in counts])
    weights = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=n_boot)
    both, found, coded = per_block @ weights.T
    with np.errstate(invalid="ignore"):
        drawn = 2 * both / (found + coded)
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def agreement_reading(corpus: Corpus, table: pd.DataFrame, coded: pd.DataFrame) -> list[str]:
    """What the agreement is worth, in words."""
    valid = table[table["badge"] == ""]
    badged = table.loc[table["badge"] != "", "frame"].tolist()
    if table.empty:
        return ["The study has no dictionary of frames: there is nothing to validate."]
    if coded.empty:
        return ["The study has no coded sentences: its dictionary is unvalidated on these texts."]
    how = corpus.study.coding.get("description", "by coders who are not recorded")
    worth = (
        "."
        if corpus.study.coding.get("coders") == "people"
        else ": agreement with them is not human-validated."
    )
    texts = [
        f"{(coded['row'] >= 0).sum()} of {len(coded)} coded sentences were found among the units "
        f"of analysis. They were coded: {how}{worth}"
    ]
    if len(valid):
        best, worst = valid.loc[valid["f1"].idxmax()], valid.loc[valid["f1"].idxmin()]
        texts.append(
            f"Over the {len(valid)} frames with at least {MIN_POSITIVES} coded sentences the mean "
            f"F1 is {valid['f1'].mean():.2f}, best for {best['frame']} ({best['f1']:.2f}) and "
            f"worst for {worst['frame']} ({worst['f1']:.2f})."
        )
    seen = set(coded["statement_id"]) & set(corpus.study.frames.developed_on)
    if seen:
        texts.append(
            f"The dictionary was written with {len(seen)} of the coded texts in view (development "
            "sentences, optimistic): on other texts expect less."
        )
    if badged:
        texts.append(f"Unvalidated, for want of coded sentences: {', '.join(badged)}.")
    return texts


def alpha(codes: np.ndarray) -> float:
    """How far do coders agree, beyond chance, about names that have no order?

    α = 1 − Dₒ / Dₑ, with Dₒ = Σ over units of the disagreeing pairs / (coders of the unit − 1)
    and Dₑ = Σ over codes of nₐ(n − nₐ) / (n − 1); n values that can be paired, nₐ of one code.

    Args:
        codes: (coders × units) of anything that can be compared; None, "" or NaN is missing.
            Units with fewer than two codes do not count.

    Returns:
        1 in full agreement, 0 by chance; NaN where all codes are one or none can be paired.

    Passes of one model are no independent coders: their α is the model's consistency with itself.

    Source: Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability, University of
    Pennsylvania, section C (nominal data, missing values).

    >>> alpha(np.array([["a", "a", "b"], ["a", "b", "b"]]))
    0.4444444444444444
    """
    disagreement, totals = 0.0, {}
    for unit in np.asarray(codes, dtype=object).T:
        present = [code for code in unit if code not in ("", None) and code == code]
        if len(present) < 2:
            continue
        counts = {code: present.count(code) for code in present}
        pairs = sum(count * (len(present) - count) for count in counts.values())
        disagreement += pairs / (len(present) - 1)
        for code, count in counts.items():
            totals[code] = totals.get(code, 0) + count
    n = sum(totals.values())
    expected = sum(count * (n - count) for count in totals.values())
    return 1 - disagreement * (n - 1) / expected if expected else math.nan
