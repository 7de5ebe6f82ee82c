"""A file of coded sentences against what the study's methods find: `study validate --coded`.

The file is only scored. Dictionary, rules, models and the choice between them come from the study
and its own coded sentences.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import coding, coding_agreement, divided, framing, supervised, tables, validation
from analysis.agreement import alpha_interval
from analysis.coding import MIN_POSITIVES
from analysis.corpus import Corpus
from analysis.errors import shown
from analysis.inference import Interval, generator
from analysis.plural import counted
from analysis.validation import Score

# Bounds from 4,000 resamples move by less than .01 from seed to seed.
N_BOOT = 4_000


@dataclass(frozen=True)
class Scored:
    """What `score_files` found.

    Attributes:
        coded: the file's sentences, as `coding.read` returns them.
        own: how many of them are also among the study's own coded sentences.
        kept: (n,) whether the file repeats the codes of a sentence that the study keeps from those
            who write rules.
        frames: id of each frame → its score.
        methods: id of each frame → `dictionary` or `model`.
        commitment: ordinal α of the levels found with the levels coded, and its bounds.
        n_commitment: sentences with a coded level.
        coder_alphas: name → α among the coders; none with fewer than two.
    """

    coded: pd.DataFrame
    own: int
    kept: np.ndarray
    frames: dict[str, Score]
    methods: dict[str, str]
    commitment: Interval
    n_commitment: int
    coder_alphas: dict[str, Interval]

    @property
    def macro_frames(self) -> list[str]:
        """The frames with enough coded sentences for an F1 to say something."""
        return [frame for frame, one in self.frames.items() if one.n >= MIN_POSITIVES]

    @property
    def macro_f1(self) -> float:
        """Their mean F1."""
        values = [self.frames[frame].interval.estimate for frame in self.macro_frames]
        return float(np.mean(values)) if values else math.nan

    @property
    def unmatched(self) -> pd.DataFrame:
        """The sentences that match no unit of analysis."""
        return self.coded[self.coded["unit"] < 0]


def score_files(
    corpus: Corpus,
    paths: Sequence[str | Path],
    levels: pd.DataFrame | None,
    *,
    seed: int,
    n_boot: int = N_BOOT,
) -> Scored:
    """How well do the study's methods find what files of coded sentences hold?

    A sentence that matches no unit counts as one in which nothing was found. One that is also
    among the study's own is read by a model that did not learn from its root block.

    Args:
        corpus: the statements in units.
        paths: files as `coding.read` takes them; several are adjudicated.
        levels: what `commitments.read` returned, one row a unit with `level`; None where
            commitments are not read.
        seed, n_boot: of the resamples, which redraw root blocks.

    Raises:
        BadStudy: see `coding.read`.
    """
    coded = coding.read(paths, corpus)
    dictionary = framing.dictionary_of(corpus)
    matches = framing.frame_matches(corpus, dictionary)
    own = coding.own(corpus)
    found = supervised.find(corpus, dictionary, matches, own)
    read = coding.coded_with_frames(coded)
    hits = validation.predicted(matches, found, read)
    cluster = read["cluster"].to_numpy()
    frames = {
        frame: validation.score(
            coding.holds(read, frame), hits[:, column], cluster, name=frame, seed=seed,
            n_boot=n_boot,
        )
        for column, frame in enumerate(found.frames)
    }
    committed = coded[coded["commitment"].notna()]
    commitment = Interval(math.nan, math.nan, math.nan)
    if levels is not None and len(committed):
        codes = np.array(
            [committed["commitment"], coding_agreement.commitments_at(levels, committed)], dtype=object
        )
        commitment = alpha_interval(
            codes, committed["cluster"].to_numpy(), level="ordinal",
            rng=generator(seed, "commitment"), n_boot=n_boot,
        )
    return Scored(
        coded=coded,
        own=len(set(own["unit"]) & set(coded["unit"]) - {-1}),
        kept=_kept(coded, own),
        frames=frames,
        methods={frame: found.method(frame) for frame in found.frames},
        commitment=commitment,
        n_commitment=len(committed),
        coder_alphas=_coder_alphas(coded, found.frames, seed=seed, n_boot=n_boot),
    )


def _kept(coded: pd.DataFrame, own: pd.DataFrame) -> np.ndarray:
    hidden = own[(own["half"] == "correction") & (own["unit"] >= 0)]
    codes = dict(zip(hidden["unit"], hidden["by_coder"], strict=True))
    rows = zip(coded["unit"], coded["by_coder"], strict=True)
    return np.array([codes.get(unit) == given for unit, given in rows], dtype=bool)


def _coder_alphas(
    coded: pd.DataFrame, frames: Sequence[str], *, seed: int, n_boot: int
) -> dict[str, Interval]:
    if len(coded.attrs["coders"]) < 2:
        return {}
    cluster, result = coded["cluster"].to_numpy(), {}
    for frame in frames:
        codes = np.array(
            [[None if f is None else frame in f for f in row] for row in coded["by_coder"]],
            dtype=object,
        ).T
        result[frame] = alpha_interval(
            codes, cluster, level="nominal", rng=generator(seed, "coders", frame), n_boot=n_boot
        )
    codes = np.array(coded["commitment_by_coder"].tolist(), dtype=object).T
    result["commitment"] = alpha_interval(
        codes, cluster, level="ordinal", rng=generator(seed, "coders", "commitment"),
        n_boot=n_boot,
    )
    return result


def as_json(scored: Scored) -> dict[str, object]:
    """The scores as plain JSON; undefined is null. `alpha` is that of method and coding."""
    number = tables.rounded
    return {
        "n": len(scored.coded),
        "matched": len(scored.coded) - len(scored.unmatched),
        "unmatched": [
            {"row": int(row.row), "statement_id": row.statement_id, "text": row.text}
            for row in scored.unmatched.itertuples()
        ],
        "macro_f1": number(scored.macro_f1),
        "macro_frames": scored.macro_frames,
        "frames": {
            frame: {
                "method": scored.methods[frame],
                "n": one.n,
                "precision": number(one.precision),
                "recall": number(one.recall),
                "f1": number(one.interval.estimate),
                "f1_low": number(one.interval.low),
                "f1_high": number(one.interval.high),
                "alpha": number(one.alpha),
            }
            for frame, one in scored.frames.items()
        },
        "commitment": {
            "n": scored.n_commitment,
            "alpha": number(scored.commitment.estimate),
            "low": number(scored.commitment.low),
            "high": number(scored.commitment.high),
        },
    }


def reading(scored: Scored) -> list[str]:
    """The scores as lines for a terminal."""
    n, lost = len(scored.coded), len(scored.unmatched)
    lines = [f"{counted(n, 'coded sentence')}, {n - lost} found among the units of analysis."]
    if scored.own:
        lines.append(
            f"{scored.own} of them are also coded in the study itself: scores on these are "
            "optimistic where they were in view while rules were written."
        )
    lines.append("frame            method      coded precision recall   F1  95 % interval   alpha")
    for frame, one in scored.frames.items():
        lines.append(
            f"{frame:16} {scored.methods[frame]:10} {one.n:6d} {_number(one.precision):>9} "
            f"{_number(one.recall):>6} {_number(one.interval.estimate):>4}  "
            f"{_bounds(one.interval):14} {_number(one.alpha):>6}"
            + ("" if one.n >= MIN_POSITIVES else "  unvalidated: fewer than "
               f"{MIN_POSITIVES} coded")
        )
    lines.append(
        f"mean F1 over the {len(scored.macro_frames)} frames with at least {MIN_POSITIVES} coded "
        f"sentences: {_number(scored.macro_f1)}"
    )
    lines.append(
        f"commitment, ordinal alpha over {counted(scored.n_commitment, 'sentence')}: "
        f"{_number(scored.commitment.estimate)} ({_bounds(scored.commitment)})"
    )
    if scored.coder_alphas:
        named = ", ".join(
            f"{name} {_number(one.estimate)}" for name, one in scored.coder_alphas.items()
        )
        lines.append(
            f"among the {len(scored.coded.attrs['coders'])} coders, alpha (commitment ordinal): "
            f"{named}"
        )
        open_rows, kept = scored.coded[~scored.kept], scored.coded[scored.kept]
        lines += divided.reading(divided.divided(open_rows, list(scored.frames)))
        hidden = len(divided.divided(kept, list(scored.frames)))
        if hidden:
            lines.append(
                "Kept from those who write rules, and therefore not listed: further sentences that "
                f"divide them ({hidden})."
            )
    if lost:
        lines.append(f"Match no unit of analysis, so counted as nothing found: {lost}")
    lines += [
        f"  row {row.row}, {row.statement_id}: {shown(row.text)}"
        for row in scored.unmatched.itertuples()
    ]
    return lines


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}".replace("-", "−")


def _bounds(interval: Interval) -> str:
    if math.isnan(interval.low):
        return "no interval"
    return f"{_number(interval.low)} to {_number(interval.high)}"
