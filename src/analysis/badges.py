"""Which frames were not validated, and where their names say so."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from analysis import coding
from analysis.coding import MIN_POSITIVES, coded_with_frames, holds, unseen
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary
from analysis.study import Study

#: What is added to the name of a frame whose finding was not validated.
BADGE = "unvalidated"


def unvalidated(corpus: Corpus, coded: pd.DataFrame) -> set[str]:
    """Ids of the frames with fewer than `MIN_POSITIVES` coded sentences that nobody had seen."""
    frames = corpus.study.frames
    own = coded_with_frames(coded)
    own = own[unseen(corpus, own)]
    return {
        category.id for category in (frames.categories if frames else ())
        if holds(own, category.id).sum() < MIN_POSITIVES
    }


def badged(corpus: Corpus, dictionary: Dictionary, coded: pd.DataFrame) -> Dictionary:
    """The dictionary with "(unvalidated)" in the name of each frame that is.

    Every table, figure and sentence that names a frame then says so.
    """
    without = unvalidated(corpus, coded)
    return replace(
        dictionary,
        categories=tuple(
            replace(category, label=f"{category.label} ({BADGE})")
            if category.id in without else category
            for category in dictionary.categories
        ),
    )


def badged_study(corpus: Corpus) -> Study:
    """The study with "(frame unvalidated)" in each claim that rests on a frame that is.

    A claim is its finding's name: every table, figure and sentence about it then says so. The
    declared set and its hash (`declarations.declaration`) stay those of `corpus.study`.
    """
    without = unvalidated(corpus, coding.own(corpus))
    return replace(
        corpus.study,
        findings=tuple(
            {**finding, "claim": f"{finding['claim'].removesuffix('.')} (frame {BADGE})."}
            if str(finding["arguments"].get("frame")) in without else finding
            for finding in corpus.study.findings
        ),
    )
