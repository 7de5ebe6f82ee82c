"""How often is a claim supported that is false, and how often one that is true?

    python bench/calibration.py                                  some minutes on two cores
    python bench/calibration.py --sets 50 --folder build         a look at it

Writes docs/calibration.md. Every simulated data set is judged by the code that judges the shipped
findings: only what the texts hold is replaced. Same seed, same file.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np

from analysis import comparison, workers
from analysis.bench import Bench, Target
from analysis.comparison import Likeness
from analysis.declarations import Finding, declared
from analysis.estimands import ESTIMANDS, targets
from analysis.inference import generator
from analysis.specification import DEFAULT, Specification
from analysis.study import Study, load_study
from analysis.verdicts import SUPPORTED, verdict

ROOT = Path(__file__).resolve().parent.parent
STUDY = ROOT / "data" / "channel-2015-2024"

# METHODS: at least 1,000 data sets; a rate of 5 % then has a Monte Carlo error of 0.7 points.
SETS = 1000

# For each effect of a power curve: a rate of 50 % then has an error of 5 points, less than the
# curve's steps.
POWER_SETS = 400

# Resamples behind each interval: as in the coverage study, and in all analyses but the default.
RESAMPLES = 200

# Two sentences of a block agree in a frame with this correlation: docs/coverage.md, which pooled
# it over the dictionary's frames.
WITHIN_BLOCK = 0.25

# True differences of shares, in points of 100: none, what matters, and up to two sides that have
# hardly a sentence in common.
EFFECTS = (0.0, 0.05, 0.10, 0.20, 0.30, 0.40, 0.50)

# Shares of a text's blocks that repeat blocks of another.
REPEATED = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

#: A false claim may be supported this often.
ALLOWED = 0.05

#: Claims whose power is asked for: id → what is varied.
POWER = {
    "crime-grows": "effect in both pairs, in points",
    "deterrence-bilateral": "effect in both comparisons, in points",
    "external-stable": "change in both pairs, in points",
    "november-nearer-2015": "blocks of November 2022 that repeat 2015, per cent",
    "calais-most-similar": "blocks of 2024 that repeat December 2022, per cent",
}


class Simulated(Bench):
    """A bench whose statements hold what a data set says they hold.

    Args:
        study: the shipped study; layouts, weights and rules stay its own.
        number: of the data set, which its random draws depend on.
        shares: (finding id, statement) → expected share of sentences.
        order: (blocks,) which block stands in each block's place; None for their own.
    """

    def __init__(
        self, study: Study, number: int, shares: Mapping[tuple[str, str], float],
        order: np.ndarray | None,
    ) -> None:
        super().__init__(study, seed=number, n_boot=RESAMPLES, n_boot_variants=RESAMPLES)
        self.kept = {k: v for k, v in _shared(study).kept.items() if k[0] in ("corpus", "reading")}
        self.evidence = False
        self.number, self.shares, self.order, self.finding = number, shares, order, ""

    def hits(self, spec: Specification, target: Target) -> tuple[np.ndarray, np.ndarray]:
        reading = self.reading(spec)
        rng = generator(self.number, "hits", self.finding)
        ids = list(reading.corpus.labels)
        expected = np.array([self.shares.get((self.finding, one), 0.0) for one in ids])
        of_block = expected[[ids.index(name) for name, _ in reading.block_names]]
        ratio = (1 - WITHIN_BLOCK) / WITHIN_BLOCK
        drawn = rng.beta(
            np.maximum(of_block * ratio, 1e-9), np.maximum((1 - of_block) * ratio, 1e-9)
        )
        hit = rng.random(len(reading.block)) < drawn[reading.block]
        return hit, np.ones(len(hit), dtype=bool)

    def likeness(self, spec: Specification) -> Likeness:
        if self.order is None:
            return super().likeness(spec)
        reading = self.reading(spec)
        words = reading.words
        places = [np.flatnonzero(words.block == block) for block in self.order]
        taken = np.concatenate(places)
        number = np.repeat(np.arange(len(places)), [len(part) for part in places])
        owner = reading.statement[np.searchsorted(reading.block, np.arange(len(places)))]
        # Every copied sentence is a sentence of its own, so that weights see it where it stands.
        row = np.unique(np.column_stack([number, words.row[taken]]), axis=0, return_inverse=True)[1]
        each = ("word", "stem", "function", "name")
        moved = replace(
            words, **{name: getattr(words, name)[taken] for name in each},
            row=row.ravel(), block=number, text=owner[number], units=int(row.max()) + 1,
            own=np.ones(int(row.max()) + 1, dtype=bool),
        )
        key = ("likeness", spec.masking)

        def make() -> Likeness:
            found = comparison.terms(moved, spec)
            weighs = comparison.weights(found, spec, reading.block)
            return Likeness(found, weighs, spec, list(reading.corpus.labels))
        return self.once(key, make)


@cache
def _study() -> Study:
    return load_study(STUDY)


_BENCHES: list[Bench] = []


def _shared(study: Study) -> Bench:
    """One bench a process, whose readings all data sets share."""
    if not _BENCHES:
        bench = Bench(study, seed=1, n_boot=RESAMPLES, n_boot_variants=RESAMPLES)
        bench.reading(DEFAULT).words.blocks
        _BENCHES.append(bench)
    return _BENCHES[0]


def sampled(study: Study) -> list[Finding]:
    """The findings that are estimated; what is counted is no test and has no error rate."""
    return [f for f in declared(study) if not ESTIMANDS[f.estimand].exact
            and (targets(f.estimand, f.arguments) or f.id in POWER)]


def base_shares(study: Study) -> dict[tuple[str, str], float]:
    """(finding, statement) → the pooled share of what the finding counts: nothing differs."""
    bench = _shared(study)
    reading, found = bench.reading(DEFAULT), {}
    for finding in sampled(study):
        for target in targets(finding.estimand, finding.arguments):
            hit = bench.hits(DEFAULT, target)[0]
            ids = list(reading.corpus.labels)
            means = [hit[reading.statement == place].mean() for place in range(len(ids))]
            found |= {(finding.id, one): float(np.mean(means)) for one in ids}
    return found


def with_effect(
    study: Study, finding: Finding, shares: Mapping[tuple[str, str], float], effect: float
) -> dict[tuple[str, str], float]:
    """The same with one finding's claim true by an effect; a claim of stability false by it."""
    found, arguments = dict(shares), finding.arguments
    key = "pairs" if "pairs" in arguments else "sides"
    if key == "pairs":
        up = 0 if arguments.get("direction") == "declines" else 1
        raised = {pair[up] for pair in arguments["pairs"]}
    else:
        more = arguments["more_in"]
        raised = set(study.groups[more].statements if isinstance(more, str) else more)
    for one in raised:
        found[finding.id, one] = min(1.0, found[finding.id, one] + effect)
    return found


def shuffled(study: Study, number: int) -> np.ndarray:
    """Blocks of the statements in each other's places: no two are more alike than others."""
    reading = _shared(study).reading(DEFAULT)
    genre = study.statements.set_index("statement_id")["genre"]
    own = np.array([genre[name] == "statement" for name, _ in reading.block_names])
    order = np.arange(len(own))
    order[own] = generator(number, "shuffled").permutation(order[own])
    return order


def repeating(study: Study, number: int, source: str, target: str, share: float) -> np.ndarray:
    """Shuffled blocks, some of one statement's replaced by blocks of another."""
    reading = _shared(study).reading(DEFAULT)
    order, rng = shuffled(study, number), generator(number, "repeated")
    names = [name for name, _ in reading.block_names]
    places = [[p for p, name in enumerate(names) if name == one] for one in (source, target)]
    n = round(share * len(places[1]))
    at = rng.choice(places[1], n, replace=False)
    order[at] = order[rng.choice(places[0], n, replace=n > len(places[0]))]
    return order


def judged(bench: Simulated, finding: Finding) -> str:
    bench.finding = finding.id
    bench.kept = {k: v for k, v in bench.kept.items() if k[0] != "share"}
    estimate = ESTIMANDS[finding.estimand].estimate(bench, DEFAULT, finding.arguments)
    return verdict(estimate, smallest_effect=finding.smallest_effect)


def null_sets(numbers: Sequence[int]) -> list[dict[str, str]]:
    """Verdicts on all findings where none is true: nothing differs, stability is broken by δ."""
    study = _study()
    shares = base_shares(study)
    for finding in sampled(study):
        if ESTIMANDS[finding.estimand].estimate.__name__ == "stable":
            shares = with_effect(study, finding, shares, finding.smallest_effect)
    found = []
    for number in numbers:
        bench = Simulated(study, number, shares, shuffled(study, number))
        found.append({f.id: judged(bench, f) for f in sampled(study)})
    return found


def power_sets(name: str, effect: float, numbers: Sequence[int]) -> Counter:
    """Verdicts on one finding that is true by an effect."""
    study = _study()
    finding = next(f for f in declared(study) if f.id == name)
    counts: Counter = Counter()
    shares = base_shares(study)
    if targets(finding.estimand, finding.arguments):
        shares = with_effect(study, finding, shares, effect)
    for number in numbers:
        order = None
        if name == "november-nearer-2015":
            order = repeating(study, number, "uk-fr-2015-08-20", "uk-fr-2022-11-14", effect)
        if name == "calais-most-similar":
            order = repeating(study, number, "calais-group-2022-12", "calais-group-2024-03-04",
                              effect)
        counts[judged(Simulated(study, number, shares, order), finding)] += 1
    return counts


def tasks(study: Study) -> Iterator[tuple[str, float]]:
    for finding in sampled(study):
        if finding.id in POWER:
            share = bool(targets(finding.estimand, finding.arguments))
            yield from product([finding.id], EFFECTS if share else REPEATED)


def report(study: Study, nulls: list[dict[str, str]], power: dict[tuple[str, float], Counter],
           sets: int, of_power: int) -> str:
    wrong = {f.id: sum(s[f.id] == SUPPORTED for s in nulls) for f in sampled(study)}
    family = sum(SUPPORTED in one.values() for one in nulls)
    lines = [
        "# Do the verdicts keep their word?", "",
        "Written by `bench/calibration.py`. Each simulated data set has the shipped statements' "
        "blocks and lengths and is judged by the code that judges the shipped findings, with "
        f"{RESAMPLES} resamples an interval. Findings that are counted in complete texts are no "
        "tests and stand in no table here.", "",
        "**Shares.** Blocks of sentences hold a frame as often as a beta-binomial says, with the "
        f"correlation {WITHIN_BLOCK} within blocks of docs/coverage.md. **Likeness.** Blocks of "
        "the statements stand in each other's places, drawn without replacement: no pair is more "
        "alike than another but by the accident of lengths. **Not in it.** Errors of the "
        "dictionary, lists whose items depend on each other, that the claims were formulated after "
        "reading the texts, and " + ", ".join(f"`{one}`" for one in _left_out(study))
        + ", which has insufficient evidence for reasons of layout alone.", "",
        "## False claims that are supported", "",
        f"{sets} data sets in which no claim is true: every statement has the same expected share "
        "(a claim of stability is false by exactly its limit, its hardest case), blocks are "
        f"exchangeable. Allowed: {100 * ALLOWED:.0f} % each, and for all together.", "",
        "| finding | supported, % | ± Monte Carlo | contradicted, % | inconclusive, % | "
        "insufficient evidence, % |", "|---|---|---|---|---|---|",
    ]
    for finding in sampled(study):
        counts = Counter(one[finding.id] for one in nulls)
        rate = wrong[finding.id] / sets
        others = [100 * counts[state] / sets
                  for state in ("contradicted", "inconclusive", "insufficient evidence")]
        lines.append(f"| {finding.id} | {100 * rate:.1f} | {_error(rate, sets)} | "
                     + " | ".join(f"{value:.1f}" for value in others) + " |")
    rate = family / sets
    lines += [f"| any of them | {100 * rate:.1f} | {_error(rate, sets)} | | | |", "",
              "## True claims that are supported", "",
              "The rules err on the safe side, and the texts are short: an effect must be large to "
              f"be found. {of_power} data sets for each effect. The smallest effects that matter are "
              + ", ".join(f"{f.smallest_effect:g} ({f.id})" for f in sampled(study)
                          if f.id in POWER) + ".", ""]
    for name, what in POWER.items():
        rows = {effect: counts for (own, effect), counts in power.items() if own == name}
        if not rows:
            continue
        lines += [f"{name}: {what}", "",
                  "| effect | supported, % | contradicted, % | inconclusive, % | "
                  "insufficient evidence, % |", "|---|---|---|---|---|"]
        for effect, counts in rows.items():
            lines.append(f"| {100 * effect:.0f} | " + " | ".join(
                f"{100 * counts[state] / of_power:.1f}" for state in
                (SUPPORTED, "contradicted", "inconclusive", "insufficient evidence")) + " |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _left_out(study: Study) -> list[str]:
    """Estimated findings that are not simulated."""
    known = {finding.id for finding in sampled(study)}
    return [f.id for f in declared(study)
            if not ESTIMANDS[f.estimand].exact and f.id not in known]


def _error(rate: float, sets: int) -> str:
    return f"{100 * 1.96 * np.sqrt(max(rate * (1 - rate), 1e-9) / sets):.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=SETS)
    parser.add_argument("--folder", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    study = _study()
    parts = np.array_split(np.arange(options.sets), max(1, options.sets // 100))
    nulls: dict[int, list] = dict(workers.done(null_sets, [(p.tolist(),) for p in parts]))
    found = [one for place in sorted(nulls) for one in nulls[place]]
    wanted, of_power = list(tasks(study)), min(POWER_SETS, options.sets)
    counted = dict(workers.done(
        power_sets, [(name, effect, list(range(of_power))) for name, effect in wanted]
    ))
    power = {wanted[place]: counted[place] for place in range(len(wanted))}
    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / "calibration.md"
    path.write_text(report(study, found, power, options.sets, of_power), "utf-8")
    print(path)


if __name__ == "__main__":
    main()
