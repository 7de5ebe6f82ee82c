"""How far do the frames and commitments found agree with coded sentences?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import charts, charts_dots, tables
from analysis.agreement import alpha, f1, f1_interval
from analysis.badges import BADGE, unvalidated
from analysis.coding import DEVELOPMENT, MIN_POSITIVES, UNSEEN, holds, sets, unseen
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary
from analysis.inference import Interval, generator
from analysis.supervised import Found, spans_of
from analysis.tables import Column

# Below this more than one in four of a frame's sentences is none by the coding.
DOUBTFUL = 0.75

SCORES = {
    "frame": Column("frame"),
    "sentences": Column("sentences"),
    "method": Column("method"),
    "n_coded": Column("coded with it", "count"),
    "n_found": Column("found by the method", "count"),
    "precision": Column("precision", "number"),
    "recall": Column("recall", "number"),
    "f1": Column("F1", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
    "alpha": Column("α, method and coding", "number"),
}

CODED = {
    "statement": Column("statement"),
    "n_units": Column("sentences", "count"),
    "n_coded": Column("coded", "count"),
    "unseen": Column(UNSEEN, "count"),
    "seen": Column(DEVELOPMENT, "count"),
    "blocks": Column("coded blocks (a list is one)", "count"),
}

MISREAD = {
    "sentence": Column("sentence", "marked"),
    "frame": Column("frame"),
    "error": Column("error"),
    "sentences": Column("sentences"),
}


@dataclass(frozen=True)
class Score:
    """How one frame was found in a set of coded sentences.

    Attributes:
        n: sentences coded with it.
        n_found: sentences in which it was found.
        n_both: sentences of both kinds.
        interval: F1 with its bounds, NaN with fewer than `MIN_POSITIVES` coded sentences.
        alpha: Krippendorff's, between method and coding.
    """

    n: int
    n_found: int
    n_both: int
    interval: Interval
    alpha: float

    @property
    def precision(self) -> float:
        return self.n_both / self.n_found if self.n_found else math.nan

    @property
    def recall(self) -> float:
        return self.n_both / self.n if self.n else math.nan


def predicted(matches: pd.DataFrame, found: Found, coded: pd.DataFrame) -> np.ndarray:
    """(rows × frames) which frames does the used method find in each coded sentence?

    A sentence over several units has the frames of all. In a piece of a unit the dictionary's
    words must stand in that piece; a model reads whole units. What matches no unit has none.

    Args:
        matches: what `framing.frame_matches` returned.
        found: what `supervised.find` returned.
        coded: what `coding.own` or `coding.read` returned.
    """
    spans = {frame: spans_of(matches, frame) for frame in found.frames}
    result = np.zeros((len(coded), len(found.frames)), dtype=bool)
    for number, places in enumerate(coded["places"]):
        for column, frame in enumerate(found.frames):
            if found.chosen[column]:
                hits = [found.model[row, column] for row, _, _ in places]
            else:
                hits = [
                    start < end_of_piece and end > start_of_piece
                    for row, start_of_piece, end_of_piece in places
                    for start, end in spans[frame].get(row, ())
                ]
            result[number, column] = any(hits)
    return result


def score(
    truth: np.ndarray, hit: np.ndarray, cluster: np.ndarray, *, name: str, seed: int, n_boot: int
) -> Score:
    """How well was one frame found?

    Args:
        truth: (n,) whether each sentence was coded with it.
        hit: (n,) whether it was found there.
        cluster: (n,) number of each sentence's root block.
        name: of the frame and set, for the random numbers.
        seed, n_boot: of the resamples.
    """
    interval = Interval(f1((truth & hit).sum(), hit.sum(), truth.sum()), math.nan, math.nan)
    if truth.sum() >= MIN_POSITIVES:
        place = np.unique(cluster, return_inverse=True)[1]
        interval = f1_interval(
            truth, hit, place, rng=generator(seed, "f1", name), n_boot=n_boot
        )
    return Score(
        n=int(truth.sum()),
        n_found=int(hit.sum()),
        n_both=int((truth & hit).sum()),
        interval=interval,
        alpha=alpha(np.array([truth, hit], dtype=object)),
    )


def frame_scores(
    corpus: Corpus,
    dictionary: Dictionary,
    matches: pd.DataFrame,
    found: Found,
    coded: pd.DataFrame,
    *,
    seed: int,
    n_boot: int,
) -> pd.DataFrame:
    """How well is each frame found, in sentences not seen while writing and in the others?

    Args:
        corpus: the statements in units.
        dictionary: the frames.
        matches: what `framing.frame_matches` returned.
        found: what `supervised.find` returned.
        coded: what `coding.own` returned.
        seed, n_boot: of the resamples, which redraw root blocks.

    Returns:
        One row a set of sentences and frame; evidence: the sentences misread. A frame with fewer
        than `MIN_POSITIVES` coded sentences in a set has no interval there.
    """
    rows = []
    for called, own in sets(corpus, coded):
        hits = predicted(matches, found, own)
        for column, category in enumerate(dictionary.categories):
            truth = holds(own, category.id)
            one = score(
                truth, hits[:, column], own["cluster"].to_numpy(),
                name=f"{category.id} {called}", seed=seed, n_boot=n_boot,
            )
            wrong = own["unit"].to_numpy()[truth != hits[:, column]]
            rows.append(
                {
                    "frame": category.label,
                    "sentences": called,
                    "method": found.method(category.id),
                    "n_coded": one.n,
                    "n_found": one.n_found,
                    "precision": one.precision,
                    "recall": one.recall,
                    "f1": one.interval.estimate,
                    "low": one.interval.low,
                    "high": one.interval.high,
                    "alpha": one.alpha,
                    "evidence": corpus.units["sentence_id"].iloc[wrong[wrong >= 0]].tolist(),
                }
            )
    return tables.result(rows, columns=SCORES, made_by="analysis.validation.frame_scores")


def scores_chart(table: pd.DataFrame) -> charts.Chart | None:
    """F1 of each frame with its interval, those of sentences not seen while writing first."""
    if table["f1"].isna().all():
        return None
    mean, n = macro(table, UNSEEN)
    title = (
        f"Mean F1 {mean:.2f} over the {n} frames with ten sentences {UNSEEN}" if n
        else f"No frame has ten coded sentences {UNSEEN}"
    )
    return charts_dots.ranked_dots(
        table, row="frame", section="sentences", value="f1", low="low", high="high",
        row_groups=dict.fromkeys(table["frame"], "frames"), groups=charts.palette(["frames"]),
        unit="F1", title=title,
    )


def misread(
    corpus: Corpus,
    dictionary: Dictionary,
    matches: pd.DataFrame,
    found: Found,
    coded: pd.DataFrame,
) -> pd.DataFrame:
    """Which sentences does the method read otherwise than the coding?

    Returns:
        One row a sentence and frame, missed ones first within each frame; the dictionary's words
        for the frame are marked.
    """
    rows = []
    for column, category in enumerate(dictionary.categories):
        spans = spans_of(matches, category.id)
        for called, part in sets(corpus, coded):
            hits = predicted(matches, found, part)[:, column]
            truth = holds(part, category.id)
            for wrong, error in ((truth & ~hits, "missed"), (hits & ~truth, "wrongly found")):
                for unit in part["unit"][wrong & (part["unit"] >= 0).to_numpy()]:
                    text = corpus.units["text"].iloc[unit]
                    rows.append(
                        {
                            "sentence": tables.marked(text, spans.get(unit, ())),
                            "frame": category.label,
                            "error": error,
                            "sentences": called,
                            "evidence": [corpus.units["sentence_id"].iloc[unit]],
                        }
                    )
    return tables.result(rows, columns=MISREAD, made_by="analysis.validation.misread")


def misread_reading(table: pd.DataFrame) -> list[str]:
    """How many sentences are misread, and on which frames most, in words."""
    if table.empty:
        return ["No coded sentence is read otherwise than it was coded, or none was coded."]
    kinds = table["error"].value_counts()
    worst = table["frame"].value_counts(sort=False)
    return [
        f"{kinds.get('missed', 0)} findings are missed and {kinds.get('wrongly found', 0)} wrongly "
        f"made; most on {worst.idxmax()} ({worst.max()} of {len(table)})."
    ]


def macro(table: pd.DataFrame, sentences: str) -> tuple[float, int]:
    """Mean F1 over the frames with at least `MIN_POSITIVES` sentences of a set, and their number.

    Args:
        table: what `frame_scores` returned.
        sentences: the set's name.
    """
    own = table[(table["sentences"] == sentences) & (table["n_coded"] >= MIN_POSITIVES)]
    return (float(own["f1"].mean()) if len(own) else math.nan), len(own)


def coded_table(corpus: Corpus, coded: pd.DataFrame) -> pd.DataFrame:
    """How much of each statement was coded, and how much of that was kept from the writers?"""
    kept, cluster = unseen(corpus, coded), coded["cluster"].to_numpy()
    found = coded.reset_index(drop=True)
    places = found[found["unit"] >= 0].groupby("statement_id").indices
    rows, none = [], np.zeros(0, dtype=int)
    for statement, label in corpus.labels.items():
        own = places.get(statement, none)
        rows.append(
            {
                "statement": label,
                "n_units": len(corpus.unit_rows[statement]),
                "n_coded": len(own),
                "unseen": int(kept[own].sum()),
                "seen": int((~kept[own]).sum()),
                "blocks": len(set(cluster[own].tolist())),
            }
        )
    return tables.result(rows, columns=CODED, made_by="analysis.validation.coded_table")


def who_coded(corpus: Corpus, coded: pd.DataFrame) -> list[str]:
    """Who coded which sentences, and what agreement with them is worth, in words."""
    if coded.empty:
        return ["The study has no coded sentences: its dictionary is unvalidated on these texts."]
    people = corpus.study.coding.get("coders") == "people"
    how = corpus.study.coding.get("description", "by coders who are not recorded")
    placed = int((coded["unit"] >= 0).sum())
    kept = int(unseen(corpus, coded).sum())
    texts = [
        f"{placed} of {len(coded)} coded sentences were found among the {len(corpus.units)} units "
        f"of analysis. They were coded: {how}."
    ]
    if not people:
        texts.append(
            "No person has checked these codes: agreement with them is not human-validated, and "
            "agreement among the codings is self-consistency, not reliability."
        )
    texts.append(
        f"The codes of {kept} sentences were kept from those who wrote the dictionary (“{UNSEEN}”);"
        f" with the other {len(coded) - kept} in view they wrote it (“{DEVELOPMENT}”). Which "
        "sentence belongs where follows from the number of its block alone."
    )
    return texts


def scores_reading(
    corpus: Corpus, dictionary: Dictionary, table: pd.DataFrame, coded: pd.DataFrame
) -> list[str]:
    """How well the frames are found, in words."""
    if not dictionary.categories:
        return ["The study has no dictionary of frames: there is nothing to validate."]
    if table.empty:
        return ["No sentence of the study was coded: every frame is unvalidated."]
    texts = []
    for called in (UNSEEN, DEVELOPMENT):
        mean, n = macro(table, called)
        own = table[(table["sentences"] == called) & (table["n_coded"] >= MIN_POSITIVES)]
        if not n:
            continue
        best, worst = own.loc[own["f1"].idxmax()], own.loc[own["f1"].idxmin()]
        texts.append(
            f"{called[0].upper() + called[1:]}: mean F1 {mean:.2f} over the {n} frames with at least "
            f"{MIN_POSITIVES} coded sentences, best for {best['frame']} ({_f1(best)}), worst for {worst['frame']} "
            f"({_f1(worst)})."
        )
    without = unvalidated(corpus, coded)
    names = [c.label.removesuffix(f" ({BADGE})") for c in dictionary.categories if c.id in without]
    if names:
        texts.append(
            f"Unvalidated, with fewer than {MIN_POSITIVES} sentences {UNSEEN}: {', '.join(names)}."
        )
    return texts


def _f1(row: pd.Series) -> str:
    return f"{row['f1']:.2f}" + (
        "" if math.isnan(row["low"]) else f", {row['low']:.2f} to {row['high']:.2f}"
    )


def worth(corpus: Corpus, table: pd.DataFrame) -> str:
    """How far counts of frames can be believed, in a sentence.

    Args:
        corpus: the statements in units.
        table: what `frame_scores` returned.
    """
    people = corpus.study.coding.get("coders") == "people"
    start = "Counted by a dictionary" + ("" if people else ", not human-validated")
    mean, n = macro(table, UNSEEN)
    if not n:
        return f"{start}; no frame has {MIN_POSITIVES} coded sentences {UNSEEN}."
    own = table[(table["sentences"] == UNSEEN) & (table["n_coded"] >= MIN_POSITIVES)]
    doubtful = ", ".join(
        f"{row.frame} ({row.precision:.2f})" for row in own.itertuples()
        if row.precision < DOUBTFUL
    )
    coders = "people" if people else "model coding"
    often = f"; often wrong (precision below {DOUBTFUL:g}) on {doubtful}" if doubtful else ""
    return (
        f"{start}; against {coders} of sentences {UNSEEN} its mean F1 is {mean:.2f} over {n} "
        f"frames, the others are unvalidated{often}."
    )
