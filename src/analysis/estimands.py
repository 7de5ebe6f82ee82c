"""What a finding may be about: each estimand under any specification, by one bench.

The bench holds what specifications share (units, counts, matches), so that a multiverse computes
them once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis import framing, passages, similarity, vectors
from analysis.corpus import Corpus, build
from analysis.errors import shown, suggest
from analysis.inference import Interval, combine, difference_shortfall
from analysis.specification import DEFAULT, Specification
from analysis.study import Study

# Passages quoted on each side of a finding: what a reader takes in at a glance.
PASSAGES = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate signed in the claimed direction, its bounds, and what it rests on.

    Attributes:
        interval: bounds are NaN where none can be defended.
        why_no_interval: the reason then, else "".
        parts: label → interval of each part, where the claim has several.
        evidence: label of a side → ids of the sentences it rests on.
    """

    interval: Interval
    why_no_interval: str
    parts: Mapping[str, Interval]
    evidence: Mapping[str, list[str]]


class Bench:
    """A study's units under every specification, each part made once.

    Args:
        study: the study.
        seed: of all resamples.
        n_boot: resamples behind each interval.
        fold: count spelling variants as one word.
    """

    def __init__(self, study: Study, *, seed: int, n_boot: int, fold: bool) -> None:
        self.study, self.seed, self.n_boot, self.fold = study, seed, n_boot, fold
        self._corpora: dict[str, Corpus] = {}
        self._matches: dict[str, object] = {}
        self._pairs: dict[Specification, object] = {}

    def corpus(self, spec: Specification) -> Corpus:
        """The units of analysis, page furniture aside or kept."""
        if spec.boilerplate not in self._corpora:
            self._corpora[spec.boilerplate] = build(
                self.study, boilerplate=spec.boilerplate == "kept"
            )
        return self._corpora[spec.boilerplate]

    @cached_property
    def dictionary(self):
        return framing.dictionary_of(self.corpus(DEFAULT))

    def matches(self, spec: Specification):
        """The dictionary's matches in these units."""
        if spec.boilerplate not in self._matches:
            self._matches[spec.boilerplate] = framing.frame_matches(
                self.corpus(spec), self.dictionary, fold=self.fold
            )
        return self._matches[spec.boilerplate]

    def pairs(self, spec: Specification):
        """Every two statements' likeness under this specification."""
        spec = replace(spec, unit_weighting=DEFAULT.unit_weighting)
        if spec not in self._pairs:
            self._pairs[spec] = similarity.statement_pairs(
                self.corpus(spec),
                self._views(spec),
                seed=self.seed,
                n_boot=self.n_boot,
                sublinear=spec.term_weighting == "tfidf",
            )
        return self._pairs[spec]

    @cached_property
    def closest_passages(self):
        """Each block's best match in each other text, by the default analysis."""
        return passages.passage_matches(self.corpus(DEFAULT), fold=self.fold)

    def _views(self, spec: Specification) -> vectors.Views:
        corpus = self.corpus(spec)
        seen = vectors.views(
            corpus.units, self.study.statements, fold=self.fold, stem=spec.stemming == "stems"
        )
        if spec.term_weighting == "counts":
            return replace(seen, weights=np.ones_like(seen.weights))
        if spec.unit == "block":
            owner = list(zip(corpus.units["statement_id"], corpus.units["block"], strict=True))
            blocks, keys = vectors.add_up(seen.terms.matrix, owner)
            genre = self.study.statements.set_index("statement_id")["genre"]
            own = np.array([genre[statement] == "statement" for statement, _ in keys])
            return replace(seen, weights=vectors.idf(blocks, baseline_rows=own))
        return seen


@dataclass(frozen=True, slots=True)
class Estimand:
    """A kind of finding.

    Attributes:
        what: what is estimated, for the reader.
        arguments: name → what it must be: `pair`, `pairs`, `side`, `frame`, or a tuple of words.
        entering: which choices can change it, given a specification.
        estimate: its value under a specification.
        """

    what: str
    arguments: Mapping[str, str | tuple[str, ...]]
    entering: Callable[[Specification], tuple[str, ...]]
    estimate: Callable[[Bench, Specification, Mapping[str, object]], Estimate]


def _similarity_choices(spec: Specification) -> tuple[str, ...]:
    own = ("stemming", "term_weighting", "boilerplate")
    return (*own, "unit") if spec.term_weighting == "tfidf" else own


def _share_choices(_: Specification) -> tuple[str, ...]:
    return ("unit", "unit_weighting", "boilerplate")


def most_similar_pair(
    bench: Bench, spec: Specification, arguments: Mapping[str, object]
) -> Estimate:
    """By how much does the pair's cosine lead the highest of all other pairs of statements?

    lead = cosine(pair) − max over other pairs; negative where another pair comes first. The bounds
    are those of the difference to that very pair, wide enough to hold for all pairs at once.
    """
    corpus = bench.corpus(spec)
    first, second = (corpus.labels[identifier] for identifier in arguments["pair"])
    pairs = bench.pairs(spec)
    ranked = pairs[pairs["rank"].notna()].sort_values("rank")
    own = ranked[ranked["pair"].isin([f"{first} and {second}", f"{second} and {first}"])].iloc[0]
    rival, sign = (ranked.iloc[1], 1) if own["rank"] == 1 else (own, -1)
    low, high = sorted([sign * rival["behind_low"], sign * rival["behind_high"]])
    involved = (ranked.iloc[0], own, rival)
    reasons = dict.fromkeys(filter(None, (pair["why_no_gap"] for pair in involved)))
    return Estimate(
        interval=Interval(sign * rival["behind"], low, high),
        why_no_interval="; ".join(reasons),
        parts={},
        evidence=_closest(bench, arguments["pair"]),
    )


def _closest(bench: Bench, pair: list[str]) -> dict[str, list[str]]:
    """Sentences of the passages in which two statements come closest, by the default analysis."""
    labels, matches = bench.corpus(DEFAULT).labels, bench.closest_passages
    first, second = (labels[identifier] for identifier in pair)
    own = matches[(matches["statement"] == first) & (matches["other"] == second)]
    best = own.sort_values("score", ascending=False, kind="stable").head(PASSAGES)
    ids = [identifier for row in best["evidence"] for identifier in row]
    return {
        labels[identifier]: [i for i in ids if i.startswith(f"{identifier}:")]
        for identifier in pair
    }


def frame_difference(
    bench: Bench, spec: Specification, arguments: Mapping[str, object]
) -> Estimate:
    """By how much is a frame's share greater on one side than on the other?

    A side's share is the mean over its statements, each weighing the same.
    """
    sides = [_side(bench.study, arguments[name]) for name in ("more_in", "than_in")]
    return _difference(bench, spec, str(arguments["frame"]), *sides)


def frame_change(bench: Bench, spec: Specification, arguments: Mapping[str, object]) -> Estimate:
    """By how much does a frame's share change in the pair in which it changes least?

    A claim about time needs the change in every pair of an earlier and a later statement of one
    format: the estimate is the smallest of the signed changes. Its bounds are the smallest of the
    lower and of the upper ends, so that it lies beyond a value only if every change does.
    """
    parts, evidence, reasons = {}, {}, []
    labels = bench.corpus(spec).labels
    for earlier, later in arguments["pairs"]:
        more, less = [later], [earlier]
        if arguments["direction"] == "declines":
            more, less = less, more
        change = _difference(bench, spec, str(arguments["frame"]), more, less)
        parts[f"{labels[earlier]} to {labels[later]}"] = change.interval
        evidence |= change.evidence
        reasons.append(change.why_no_interval)
    reason = "; ".join(dict.fromkeys(filter(None, reasons)))
    nan = float("nan")
    interval = Interval(
        min(part.estimate for part in parts.values()),
        nan if reason else min(part.low for part in parts.values()),
        nan if reason else min(part.high for part in parts.values()),
    )
    return Estimate(interval, reason, parts, evidence)


def _difference(
    bench: Bench, spec: Specification, frame: str, more: list[str], less: list[str]
) -> Estimate:
    corpus = bench.corpus(spec)
    sides, reasons, evidence, layouts = [], [], {}, []
    for statements in (more, less):
        shares = [
            framing.frame_share(
                corpus,
                bench.matches(spec),
                frame=frame,
                statement=statement,
                unit=spec.unit,
                unit_weighting=spec.unit_weighting,
                seed=bench.seed,
                n_boot=bench.n_boot,
            )
            for statement in statements
        ]
        sides.append(combine([s.interval for s in shares], [1 / len(shares)] * len(shares)))
        for statement, share in zip(statements, shares, strict=True):
            label = corpus.labels[statement]
            evidence[label] = share.evidence
            if share.why_no_interval:
                reasons.append(f"{label}: {share.why_no_interval}")
        layouts.append([share.layout for share in shares])
    interval = combine(sides, [1.0, -1.0])
    withdrawn = difference_shortfall(*layouts, (sides[0].estimate, sides[1].estimate))
    if withdrawn and not reasons:
        reasons.append(withdrawn)
        interval = Interval(interval.estimate, float("nan"), float("nan"))
    return Estimate(interval, "; ".join(reasons), {}, evidence)


def _side(study: Study, side: object) -> list[str]:
    return list(study.groups[side].statements) if isinstance(side, str) else list(side)


#: The estimands that study.yaml may name.
ESTIMANDS = {
    "most_similar_pair": Estimand(
        "lead in cosine over the next pair",
        {"pair": "pair"},
        _similarity_choices,
        most_similar_pair,
    ),
    "frame_difference": Estimand(
        "difference of the shares of sentences",
        {"frame": "frame", "more_in": "side", "than_in": "side"},
        _share_choices,
        frame_difference,
    ),
    "frame_change": Estimand(
        "smallest change of the share of sentences",
        {"frame": "frame", "direction": ("grows", "declines"), "pairs": "pairs"},
        _share_choices,
        frame_change,
    ),
}


def argument_fault(study: Study, kind: str | tuple[str, ...], value: object) -> str:
    """What is wrong with an argument of a finding; empty if nothing is."""
    if isinstance(kind, tuple):
        return "" if value in kind else f"must be {' or '.join(kind)}, not {shown(value)}"
    ids = list(study.texts)
    if kind == "frame":
        known = [c.id for c in study.frames.categories] if study.frames else []
        return "" if value in known else f"unknown frame {shown(value)}; {suggest(value, known)}"
    if kind == "side" and isinstance(value, str):
        known = list(study.groups)
        return "" if value in known else f"unknown group {shown(value)}; {suggest(value, known)}"
    if kind == "pairs":
        if not isinstance(value, list) or not value:
            return "must be a list of pairs of statement ids"
        return next(filter(None, (argument_fault(study, "pair", pair) for pair in value)), "")
    if not isinstance(value, list) or not value or (kind == "pair" and len(set(value)) != 2):
        return "must be two different statement ids" if kind == "pair" else "must list statements"
    return next(
        (
            f"unknown statement {shown(name)}; {suggest(name, ids)}"
            for name in value
            if name not in ids
        ),
        "",
    )
