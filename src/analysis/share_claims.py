"""Claims about shares of sentences: more here than there, growing, declining, stable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.bench import NAN, Bench, Target
from analysis.commitments import READINGS
from analysis.inference import combine, difference_shortfall
from analysis.specification import Specification
from analysis.study import Study
from analysis.verdicts import Estimate, Part

ENTERING = (
    "boilerplate", "headings", "folding", "unit", "unit_weighting", "statement_weighting",
    "instrument",
)
IDLE = {"folding": {"instrument": ("model", "coded")}}

#: How parts are named that compare the pair with the least else different, and all statements.
CLOSEST, ALL = "the closest two", "all statements"


def side(study: Study, named: object) -> list[str]:
    """Ids of the statements of a side: a group's id, or a list of ids."""
    return list(study.groups[named].statements) if isinstance(named, str) else list(named)


def named_side(bench: Bench, statements: Sequence[str], shares: Sequence) -> list[str]:
    """What each share of a side is of: its statements, or all of them together."""
    if len(shares) == len(statements):
        return [bench.reading(bench.base).corpus.labels[one] for one in statements]
    own = frozenset(statements)
    label = next((g.label for g in bench.study.groups.values() if own <= set(g.statements)), "")
    return [f"{label}, {len(statements)} statements" if label else f"{len(statements)} statements"]


def target(arguments: Mapping[str, object]) -> Target:
    """What the claim is about: a frame, or some terms."""
    if "frame" in arguments:
        return Target("frame", str(arguments["frame"]))
    return Target("terms", "|".join(map(str, arguments["terms"])))


def difference(
    bench: Bench, spec: Specification, arguments: Mapping[str, object]
) -> Estimate:
    """By how much is a share greater on one side than on the other?

    A side's share is the mean over its statements. Where `closest` names the two statements with
    the least else different, their difference comes first, and the claim needs both.
    """
    more, less = (_present(bench, side(bench.study, arguments[n])) for n in ("more_in", "than_in"))
    compared = [("", more, less)]
    if "closest" in arguments:
        first, second = arguments["closest"]
        compared = [(CLOSEST, [first], [second]), (ALL, more, less)]
    return _estimate(bench, spec, target(arguments), compared)


def change(bench: Bench, spec: Specification, arguments: Mapping[str, object]) -> Estimate:
    """By how much does a share change from an earlier to a later statement of one format?

    A claim about time needs the change in every pair.
    """
    compared = []
    labels = bench.reading(spec).corpus.labels
    for earlier, later in arguments["pairs"]:
        more, less = (later, earlier) if arguments["direction"] == "grows" else (earlier, later)
        compared.append((f"{labels[earlier]} to {labels[later]}", [more], [less]))
    return _estimate(bench, spec, target(arguments), compared)


def stable(bench: Bench, spec: Specification, arguments: Mapping[str, object]) -> Estimate:
    """Does a share change by less than would matter, in every pair?

    Later minus earlier, with intervals of 90 %: two one-sided tests at 5 % (Schuirmann 1987).
    """
    labels = bench.reading(spec).corpus.labels
    compared = [
        (f"{labels[earlier]} to {labels[later]}", [later], [earlier])
        for earlier, later in arguments["pairs"]
    ]
    found = _estimate(bench, spec, target(arguments), compared, within=True)
    return Estimate(found.parts, found.evidence, rule="within")


def by_voice(bench: Bench, spec: Specification, arguments: Mapping[str, object]) -> Estimate:
    """Is a share greater in a text's own voice, and in what it reports, than on the other side?

    The side `more_in` is parted into its own voice and reported speech (`voice`); the other is
    read as a whole. The claim needs both.
    """
    more, less = (_present(bench, side(bench.study, arguments[n])) for n in ("more_in", "than_in"))
    parts, evidence = [], {}
    for part, label in (("own", "own voice"), ("reported", "reported speech")):
        found = _difference(bench, spec, target(arguments), more, less, part=part, label=label)
        parts.append(found[0])
        for name, ids in found[1].items():
            own = name in [bench.reading(spec).corpus.labels[i] for i in more]
            evidence[f"{name}, {label}" if own else name] = ids
    return Estimate(tuple(parts), evidence)


def commitment_difference(
    bench: Bench, spec: Specification, arguments: Mapping[str, object]
) -> Estimate:
    """By how much is the share of one level of commitment greater on one side?

    Layout makes lists of what could be prose, so the share is read in four ways
    (`commitments.READINGS`), and the claim needs all of them; where `closest` names the two
    statements with the least else different, for these and for all statements.
    """
    more, less = (_present(bench, side(bench.study, arguments[n])) for n in ("more_in", "than_in"))
    compared = [("", more, less)]
    if "closest" in arguments:
        first, second = arguments["closest"]
        compared = [(f"{CLOSEST}, ", [first], [second]), (f"{ALL}, ", more, less)]
    parts, evidence = [], {}
    for label, *sides in compared:
        for reading, words in READINGS.items():
            shares = [
                bench.level_side(spec, int(arguments["level"]), ids, reading) for ids in sides
            ]
            parts.append(_part(bench, spec, (label, words), sides, shares))
            for ids, found in zip(sides, shares, strict=True):
                for name, share in zip(named_side(bench, ids, found), found, strict=True):
                    evidence.setdefault(name, share.evidence)
    return Estimate(tuple(parts), evidence)


def _part(
    bench: Bench, spec: Specification, named: tuple[str, str], sides: Sequence[list[str]],
    shares: Sequence,
) -> Part:
    """Mean share of the first side minus that of the second, of shares with intervals."""
    label = "".join(named)
    means, reasons = [], []
    for ids, found in zip(sides, shares, strict=True):
        weights = [1.0] * len(found)
        if spec.statement_weighting == "words" and len(found) == len(ids):
            weights = [float(bench.reading(spec).block_words[one][1].sum()) for one in ids]
        total = sum(weights)
        means.append(combine([s.interval for s in found], [w / total for w in weights]))
        reasons += [
            f"{one}, {named[1]}: {share.layout.shortfall}"
            for one, share in zip(named_side(bench, ids, found), found, strict=True)
            if share.layout.shortfall
        ]
    interval = combine(means, [1.0, -1.0])
    layouts = [[share.layout for share in found] for found in shares]
    if not reasons and (
        gone := difference_shortfall(*layouts, (means[0].estimate, means[1].estimate))
    ):
        reasons.append(gone)
    if reasons:
        return Part(label, interval.estimate, NAN, NAN, "; ".join(reasons))
    return Part(label, interval.estimate, interval.low, interval.high)


def _present(bench: Bench, statements: list[str]) -> list[str]:
    """A side less the statement that is left out, if any; a side of one stays."""
    gone = bench.change.what if bench.change.kind == "statement" else None
    return [one for one in statements if one != gone] or statements


def _estimate(
    bench: Bench, spec: Specification, wanted: Target,
    compared: Sequence[tuple[str, list[str], list[str]]], *, within: bool = False,
) -> Estimate:
    parts, evidence = [], {}
    for label, more, less in compared:
        part, found = _difference(bench, spec, wanted, more, less, label=label, within=within)
        parts.append(part)
        evidence |= found
    return Estimate(tuple(parts), evidence)


def _difference(
    bench: Bench, spec: Specification, wanted: Target, more: list[str], less: list[str], *,
    label: str, part: str = "all", within: bool = False,
) -> tuple[Part, dict[str, list[str]]]:
    """Mean share of one side minus that of the other, and the units behind it."""
    corpus = bench.reading(spec).corpus
    ids = corpus.units["sentence_id"].to_numpy()
    sides, reasons, evidence, layouts = [], [], {}, []
    for statements, which in ((more, part), (less, "all")):
        interval, shares = bench.side(spec, wanted, statements, part=which, within=within)
        sides.append(interval)
        layouts.append([share.layout for share in shares])
        for name, share in zip(named_side(bench, statements, shares), shares, strict=True):
            evidence[name] = ids[list(share.rows)].tolist()
            if share.layout.shortfall:
                voice = "" if which == "all" else f", {label}"
                reasons.append(f"{name}{voice}: {share.layout.shortfall}")
    interval = combine(sides, [1.0, -1.0])
    if not reasons and (
        gone := difference_shortfall(*layouts, (sides[0].estimate, sides[1].estimate))
    ):
        reasons.append(gone)
    if reasons:
        return Part(label, interval.estimate, NAN, NAN, "; ".join(reasons)), evidence
    return Part(label, interval.estimate, interval.low, interval.high), evidence
