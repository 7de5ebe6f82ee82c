"""Claims about likeness and shared wording: what they come to under any specification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from analysis import alignment, passages
from analysis.bench import NAN, Bench, Reading
from analysis.inference import Z95, joint_reach, pair_shortfall
from analysis.reuse import order_known
from analysis.specification import Specification
from analysis.verdicts import Estimate, Part, exact

# Passages quoted on each side of a finding: what a reader takes in at a glance.
PASSAGES = 3

#: Choices that can change a likeness, and where they change nothing.
ENTERING = (
    "boilerplate", "headings", "folding", "masking", "stop_words", "stemming", "ngrams", "min_df",
    "measure", "term_weighting", "unit",
)
_SETS = ("jaccard", "jensen_shannon")
IDLE = {
    "stemming": {"measure": ("characters",)},
    "ngrams": {"measure": ("characters",)},
    "min_df": {"measure": ("characters",)},
    "term_weighting": {"measure": _SETS},
    "unit": {"measure": _SETS, "term_weighting": ("counts",)},
}
ENTERING_REUSE = ("boilerplate", "headings", "folding", "run_words")


def most_similar_pair(
    bench: Bench, spec: Specification, arguments: Mapping[str, object]
) -> Estimate:
    """By how much does the pair lead the highest of all other pairs of statements?

    lead = likeness(pair) − max over other pairs; negative where another pair comes first. The
    bounds are those of the difference to that very pair, from redrawn blocks, wide enough to hold
    for all other pairs at once (`inference.joint_reach`): it does not matter that the data chose
    the rival. Parts: as written; with names masked; at equal length, where the lead is the mean of
    the draws: a lead by mere length is none.
    """
    masked = replace(spec, masking="masked")
    own = _places(bench, spec, arguments["pair"])
    parts = [
        _lead(bench, replace(spec, masking="named"), arguments["pair"], "as written"),
        _lead(bench, masked, arguments["pair"], "names masked"),
        _at_equal_length(
            bench, masked, own, _rivals(bench, masked, own), "names masked, at equal length"
        ),
    ]
    return Estimate(tuple(parts), _closest(bench, arguments["pair"]))


def _places(bench: Bench, spec: Specification, pair: Sequence[str]) -> tuple[int, int]:
    ids = list(bench.reading(spec).corpus.labels)
    return tuple(sorted((ids.index(pair[0]), ids.index(pair[1]))))


def _rivals(bench: Bench, spec: Specification, own: tuple[int, int]) -> list[tuple[int, int]]:
    """All pairs of statements but this one."""
    pairs = bench.reading(spec).pairs
    gone = bench.change.what if bench.change.kind == "statement" else ""
    return [
        place for place in pairs.places
        if pairs.statements[list(place)].all() and place != own
        and gone not in (pairs.ids[place[0]], pairs.ids[place[1]])
    ]


def _lead(bench: Bench, spec: Specification, pair: Sequence[str], label: str) -> Part:
    own = _places(bench, spec, pair)
    rivals = _rivals(bench, spec, own)
    if not rivals:
        return Part(label, NAN, NAN, NAN, "there is no other pair of statements")
    compared = bench.likeness(spec)
    values = compared.whole([own, *rivals])
    if np.isnan(values[0]) or np.isnan(values[1:]).all():
        return Part(label, NAN, NAN, NAN, "a text has no word to compare")
    first = int(np.nanargmax(values[1:]))
    theta = float(values[0] - values[1 + first])
    if why := _shortfall(bench, spec, own, rivals[first]):
        return Part(label, theta, NAN, NAN, why)
    drawn = compared.redrawn([own, *rivals], seed=bench.seed, n_boot=bench.resamples(spec))
    gaps = drawn[:, [0]] - drawn[:, 1:]
    reach = joint_reach(gaps[:, ~np.isnan(values[1:])]) * float(gaps[:, first].std(ddof=1))
    return Part(label, theta, theta - reach, theta + reach)


def _difference(
    bench: Bench, spec: Specification, near: tuple[int, int], far: tuple[int, int], label: str
) -> Part:
    """Likeness of one pair minus that of another, with bounds where they can be defended."""
    compared = bench.likeness(spec)
    values = compared.whole([near, far])
    theta = float(values[0] - values[1])
    why = _shortfall(bench, spec, near, far)
    if why or np.isnan(theta):
        return Part(label, theta, NAN, NAN, why or "a text has no word to compare")
    drawn = compared.redrawn([near, far], seed=bench.seed, n_boot=bench.resamples(spec))
    reach = Z95 * float((drawn[:, 0] - drawn[:, 1]).std(ddof=1))
    return Part(label, theta, theta - reach, theta + reach)


def _shortfall(bench: Bench, spec: Specification, *pairs: tuple[int, int]) -> str:
    """Why the difference of two pairs has no interval: the weaker text of each decides.

    The coverage study looked at cosines; of another measure only long texts have an interval.
    """
    ids = list(bench.reading(spec).corpus.labels)
    weaker = [
        min((bench.text_layout(spec, ids[i]) for i in pair), key=lambda s: s[1].effective_blocks)
        for pair in pairs
    ]
    found = pair_shortfall("gap" if spec.measure == "cosine" else "", *weaker)
    if found and spec.measure != "cosine":
        return f"{found} (no coverage study of this measure)"
    return found


def _at_equal_length(
    bench: Bench, spec: Specification, own: tuple[int, int], rivals: Sequence[tuple[int, int]],
    label: str,
) -> Part:
    """Likeness of a pair minus the highest of others, at equal length.

    θ = mean of the draws of m words. ± 1.96 · s · √(m / N), with s their standard deviation, that
    of one draft of m words, and N the words of the shortest text here: the mean rests on all N. In
    simulated studies without a difference (bench/calibration.py) that is two to three times too
    wide, because texts in both pairs vary together; it errs on the safe side.
    """
    if not rivals:
        return Part(label, NAN, NAN, NAN, "there is no other pair of statements")
    compared, m = bench.likeness(spec), bench.equal_length(spec)
    drawn = compared.at_equal_length([own, *rivals], m, seed=bench.seed)
    means = drawn.mean(axis=0)
    if np.isnan(means[0]) or np.isnan(means[1:]).all():
        return Part(label, NAN, NAN, NAN, "a text has no word to compare")
    first = int(np.nanargmax(means[1:]))
    theta = float(means[0] - means[1 + first])
    if why := _shortfall(bench, spec, own, rivals[first]):
        return Part(label, theta, NAN, NAN, why)
    text = compared.found.words.text
    words = min(int((text == i).sum()) for i in {*own, *rivals[first]})
    s = float((drawn[:, 0] - drawn[:, 1 + first]).std(ddof=1))
    reach = Z95 * s * float(np.sqrt(min(1.0, m / words)))
    return Part(label, theta, theta - reach, theta + reach)


def similarity_difference(
    bench: Bench, spec: Specification, arguments: Mapping[str, object]
) -> Estimate:
    """By how much is one pair of texts more alike than another?

    θ = likeness(nearer pair) − likeness(other pair), ± 1.96 standard errors from redrawn blocks; a
    text in both pairs is redrawn once. Longer texts are more alike for being long (in simulated
    studies without any difference the whole texts alone support such a claim too often), so that
    the claim needs the difference at equal length, too.
    """
    near, far = (_places(bench, spec, arguments[name]) for name in ("nearer", "than"))
    parts = (
        _difference(bench, spec, near, far, "whole texts"),
        _at_equal_length(bench, spec, near, [far], "at equal length"),
    )
    return Estimate(parts, _closest(bench, arguments["nearer"]))


def _closest(bench: Bench, pair: Sequence[str]) -> dict[str, list[str]]:
    """Sentences of the passages in which two texts come closest, by the default analysis."""
    if not bench.evidence:
        return {}
    reading = bench.reading(bench.base)
    labels = reading.corpus.labels
    matches = bench.once(
        ("closest",), lambda: passages.passage_matches(reading.corpus, fold=reading.fold)
    )
    first, second = (labels[identifier] for identifier in pair)
    own = matches[(matches["statement"] == first) & (matches["other"] == second)]
    best = own.sort_values("score", ascending=False, kind="stable").head(PASSAGES)
    ids = list(dict.fromkeys(identifier for row in best["evidence"] for identifier in row))
    return {
        labels[identifier]: [i for i in ids if i.startswith(f"{identifier}:")]
        for identifier in pair
    }


def largest_reuse(
    bench: Bench, spec: Specification, arguments: Mapping[str, object]
) -> Estimate:
    """By how much does the pair lead in the share of the later text that repeats the earlier?

    share = words of the later text in runs of n or more words that the earlier text holds, too,
    over its words; n is 5 by default. The lead is over the highest share of all other pairs of
    statements whose dates tell which is the earlier. Parts: all words; without those that are
    part of a name (`names`), so that shared titles of states and treaties are no shared wording.
    A count of complete texts: exact.
    """
    reading = bench.reading(spec)
    shares = bench.once(
        ("reuse", spec.boilerplate, spec.headings, spec.folding, spec.run_words,
         bench.change if bench.change.kind == "block" else None),
        lambda: _shares(bench, reading, int(spec.run_words)),
    )
    gone = bench.change.what if bench.change.kind == "statement" else ""
    own = (str(arguments["earlier"]), str(arguments["later"]))
    if own not in shares:
        why = "the dates do not tell which of the two is the earlier"
        return Estimate((Part("", NAN, NAN, NAN, why),))
    rivals = [pair for pair in shares if pair != own and gone not in pair]
    parts = []
    for place, label in enumerate(("all words", "without names")):
        others = [shares[pair][place] for pair in rivals]
        parts.append(exact(label, shares[own][place] - max(others, default=0.0)))
    earlier, later = (reading.corpus.labels[i] for i in own)
    units = reading.corpus.units["sentence_id"].to_numpy()
    rows = {earlier: shares[own][2], later: shares[own][3]}
    return Estimate(
        tuple(parts), {label: units[list(found)].tolist() for label, found in rows.items()}
    )


def _shares(
    bench: Bench, reading: Reading, n: int
) -> dict[tuple[str, str], tuple[float, float, list[int], list[int]]]:
    """(earlier, later) → share of all words, of words outside names, units on both sides."""
    words, ids = reading.words, list(reading.corpus.labels)
    dates = bench.study.statements.set_index("statement_id")["date"]
    own = reading.pairs.statements
    kept = words.block != bench.dropped(reading)
    runs = alignment.exact_runs(words.word, words.text, words.block, min_run=n)
    found = {}
    for i, j in combinations(range(len(ids)), 2):
        if not (own[i] and own[j] and order_known(dates[ids[i]], dates[ids[j]])):
            continue
        here = runs[(words.text[runs[:, 0]] == i) & (words.text[runs[:, 1]] == j)]
        here = here[kept[here[:, 0]] & kept[here[:, 1]]]
        earlier, later = (
            {int(k) for row in here for k in range(row[side], row[side] + row[2])}
            for side in (0, 1)
        )
        inside = np.zeros(len(words.word), dtype=bool)
        inside[sorted(later)] = True
        of = kept & (words.text == j)
        plain = of & ~words.name
        found[ids[i], ids[j]] = (
            float(inside[of].mean()),
            float(inside[plain].mean()) if plain.any() else NAN,
            *(list(dict.fromkeys(words.row[sorted(side)].tolist())) for side in (earlier, later)),
        )
    return found
