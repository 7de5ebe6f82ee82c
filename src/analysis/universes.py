"""Every finding under every distinct specification, and with single things left out: computed.

Work is cut into chunks, each kept under the hash of all it depends on: an interrupted run goes on
where it stopped, and chunks may be computed on other machines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache

from analysis import estimands, fingerprint, store, workers
from analysis.bench import MANY_STATEMENTS, Bench, Change
from analysis.declarations import Finding, declared
from analysis.estimands import ESTIMANDS
from analysis.specification import TEXT_CHOICES, Specification
from analysis.study import Study
from analysis.verdicts import INAPPLICABLE, Part, deciding, verdict

# Seeds that are tried beside the default one: enough to see whether a verdict hangs on chance.
SEEDS = tuple(range(1001, 1011))


# Fewer analyses than this are done sooner than other processes have started.
FEW = 500


@dataclass(frozen=True, slots=True)
class Settings:
    """What all universes of a run have in common.

    Attributes:
        base: the default analysis, as specification.
        seed: of all resamples.
        n_boot: resamples behind each interval of the default analysis.
        n_boot_variants: the same for every other analysis.
    """

    base: Specification
    seed: int
    n_boot: int
    n_boot_variants: int

    def bench(self, study: Study) -> Bench:
        return Bench(study, base=self.base, seed=self.seed, n_boot=self.n_boot,
                     n_boot_variants=self.n_boot_variants)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Work that one process does at once.

    Attributes:
        kind: `universes` or `sensitivity`.
        name: what the progress names.
        items: (finding, specification) or (finding, change), by position and JSON values.
    """

    kind: str
    name: str
    items: tuple[tuple[int, tuple], ...]


def chunks(study: Study, settings: Settings) -> list[Chunk]:
    """All work: universes by the way texts are read and by the page they belong to, then
    sensitivity by finding."""
    found = declared(study)
    by_reading: dict[tuple, list[tuple[int, tuple]]] = {}
    for number, finding in enumerate(found):
        for spec in estimands.specifications(
            study, finding.estimand, finding.arguments, settings.base
        ):
            text = tuple(getattr(spec, choice) for choice in TEXT_CHOICES)
            key = (*text, ESTIMANDS[finding.estimand].page)
            by_reading.setdefault(key, []).append((number, _values(spec)))
    made = [
        Chunk("universes", "/".join(key), tuple(sorted(items, key=_by_terms)))
        for key, items in by_reading.items()
    ]
    for number, finding in enumerate(found):
        changes = tuple((number, change) for change in _changes(study, settings, finding))
        if changes:
            made.append(Chunk("sensitivity", finding.id, changes))
    # The longest first, so that no core waits for a late one.
    return sorted(made, key=lambda chunk: (-len(chunk.items), chunk.kind, chunk.name))


def _values(spec: Specification) -> tuple:
    return tuple(asdict(spec).values())


def _by_terms(item: tuple[int, tuple]) -> tuple:
    """Specifications that count the same words stand together."""
    spec = Specification(*item[1])
    return (spec.measure == "characters", spec.stop_words, spec.stemming, spec.ngrams, item)


def _changes(study: Study, settings: Settings, finding: Finding) -> Iterator[tuple]:
    """Everything that is left out or altered once, as (kind, what)."""
    bench = _bench(study, settings)
    if not ESTIMANDS[finding.estimand].exact:
        yield from (("seed", seed) for seed in SEEDS)
    reading = bench.reading(settings.base)
    touched = _statements(study, finding)
    units = reading.corpus.units["statement_id"].to_numpy()
    for target in estimands.targets(finding.estimand, finding.arguments):
        matches = bench.matches(settings.base, target)
        own = matches[[units[row] in touched for row in matches["row"].astype(int)]]
        yield from (("term", (target.name, term)) for term in sorted(set(own["term"])))
    # Of many statements one block moves nothing; whole statements are left out below.
    few = touched - {
        one for side in estimands.statements(study, finding.estimand, finding.arguments)
        if len(side) >= MANY_STATEMENTS for one in side
    }
    yield from (("block", name) for name in reading.block_names if name[0] in few)
    for side in estimands.statements(study, finding.estimand, finding.arguments):
        if len(side) > 1:
            yield from (("statement", one) for one in side if one)


def _statements(study: Study, finding: Finding) -> set[str]:
    """Ids of all statements that a finding looks at."""
    ids, found = set(study.texts), set()
    waiting = list(finding.arguments.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif value in ids:
            found.add(value)
        elif value in study.groups:
            found |= set(study.groups[value].statements)
    for side in estimands.statements(study, finding.estimand, finding.arguments):
        found |= set(filter(None, side))
    if finding.estimand == "new_in":
        found = ids
    return found


@lru_cache(maxsize=1)
def _bench_of(name: str, settings: Settings) -> list[Bench]:
    return []


def _bench(study: Study, settings: Settings) -> Bench:
    """This process's bench of a study; texts read once serve all chunks that need them."""
    held = _bench_of(f"{study.hash} {len(study.statements)}", settings)
    if not held:
        held.append(settings.bench(study))
        held[0].evidence = False
    return held[0]


def computed(study: Study, settings: Settings, chunk: Chunk) -> list[dict[str, object]]:
    """One row an item of a chunk, JSON values alone."""
    bench = _bench(study, settings)
    found = declared(study)
    rows = []
    for number, values in chunk.items:
        finding = found[number]
        row: dict[str, object] = {"finding": finding.id}
        if chunk.kind == "universes":
            spec = Specification(*values)
            row["specification"] = asdict(spec)
            row |= _judged(bench, spec, finding)
        else:
            kind, what = values
            what = tuple(what) if isinstance(what, (list, tuple)) else what
            row |= {"kind": kind, "what": list(what) if isinstance(what, tuple) else what}
            row |= _judged(bench.changed(Change(kind, what)), settings.base, finding)
        rows.append(row)
    return rows


def _judged(bench: Bench, spec: Specification, finding: Finding) -> dict[str, object]:
    estimand = ESTIMANDS[finding.estimand]
    reason = estimands.inapplicable(bench, spec, finding.estimand, finding.arguments)
    if reason:
        return {"value": None, "low": None, "high": None, "verdict": INAPPLICABLE, "why": reason}
    estimate = estimand.estimate(bench, spec, finding.arguments)
    return {
        **_numbers(deciding(estimate, smallest_effect=finding.smallest_effect)),
        "verdict": verdict(estimate, smallest_effect=finding.smallest_effect),
        "why": estimate.why_no_interval,
    }


def _numbers(part: Part) -> dict[str, float | None]:
    return {
        name: None if getattr(part, name) != getattr(part, name) else float(getattr(part, name))
        for name in ("value", "low", "high")
    }


def all_rows(
    study: Study,
    settings: Settings,
    *,
    jobs: int = 0,
    scheduler: str = "",
    on_chunk: Callable[[int, int], None] = lambda done, of: None,
) -> dict[str, list[dict[str, object]]]:
    """Rows of all universes and of all sensitivity analyses, in order of declaration.

    Args:
        study: the study.
        settings: what they have in common.
        jobs: processes; 0 for one a core, or one in all where there is little to do.
        scheduler: address of a Dask scheduler, or "".
        on_chunk: called with chunks done and chunks in all.
    """
    work = chunks(study, settings)
    keys = [_key(study, settings, chunk) for chunk in work]
    kept = [store.load(key) for key in keys]
    todo = [place for place, text in enumerate(kept) if text is None]
    on_chunk(len(work) - len(todo), len(work))
    finished = len(work) - len(todo)
    if not scheduler and sum(len(work[place].items) for place in todo) < FEW:
        jobs = 1
    for at, rows in workers.done(
        computed, [(study, settings, work[place]) for place in todo], jobs=jobs,
        scheduler=scheduler,
    ):
        kept[todo[at]] = json.dumps(rows)
        store.keep(keys[todo[at]], kept[todo[at]])
        finished += 1
        on_chunk(finished, len(work))
    return _in_order(study, work, [json.loads(text) for text in kept])


def _key(study: Study, settings: Settings, chunk: Chunk) -> str:
    plain = {field.name: getattr(settings, field.name) for field in fields(settings)}
    plain["base"] = asdict(settings.base)
    return fingerprint.of({
        "name": "analysis.universes", "settings": plain, "kind": chunk.kind,
        "items": chunk.items, "statements": len(study.statements), **fingerprint.inputs(study.hash),
    })


def _in_order(
    study: Study, work: Sequence[Chunk], rows: Sequence[list[Mapping[str, object]]]
) -> dict[str, list[dict[str, object]]]:
    order = {finding.id: place for place, finding in enumerate(declared(study))}
    found: dict[str, list] = {"universes": [], "sensitivity": []}
    for chunk, own in zip(work, rows, strict=True):
        found[chunk.kind] += own
    found["universes"].sort(key=lambda row: order[row["finding"]])
    found["sensitivity"].sort(key=lambda row: order[row["finding"]])
    return found
