"""Claims about what stands in complete texts: counted, not estimated, so without an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis import ledger_model, matching
from analysis.bench import NAN, Bench, Target
from analysis.inference import Z95
from analysis.ledger_model import Pair
from analysis.share_claims import ALL, CLOSEST, side, target
from analysis.specification import Specification
from analysis.verdicts import Estimate, Part, exact

ENTERING = ("boilerplate", "headings", "folding")


def naming(bench: Bench, spec: Specification, arguments: Mapping[str, object]) -> Estimate:
    """Does one side use the first name for a thing, and the other side the second?

    Of the places that give either name (`wording.occurrences`) the share with the one that is
    claimed; of a side the mean over its statements that use either. The claim needs it on both
    sides. Where `closest` names the two statements with the least else
    different, they come first.
    """
    names = [str(arguments[n]) for n in ("first", "second")]
    sides = [side(bench.study, arguments[n]) for n in ("first_in", "second_in")]
    gone = bench.change.what if bench.change.kind == "statement" else None
    sides = [[one for one in part if one != gone] or part for part in sides]
    labels = bench.reading(spec).corpus.labels
    found = _names(bench, spec, str(arguments["list"]))
    parts, evidence = [], {}
    compared = [("", sides)]
    if "closest" in arguments:
        compared = [(f"{CLOSEST}, ", [[one] for one in arguments["closest"]]),
                    (f"{ALL}, ", sides)]
    for label, both in compared:
        for statements, own in zip(both, names, strict=True):
            shares = [_share_of_uses(found, names, own, one) for one in statements]
            known = [share for share in shares if not np.isnan(share)]
            where = " and ".join(labels[one] for one in statements)
            value = float(np.mean(known)) if known else NAN
            why = "" if known else f"{where} uses neither name"
            parts.append(Part(f"{label}{where}", value, value, value, why, exact=True))
    for statements, own in zip(sides, names, strict=True):
        for one in statements:
            used = found[(found["statement_id"] == one) & (found["name"] == own)]
            evidence[labels[one]] = list(dict.fromkeys(used["sentence_id"]))
    return Estimate(tuple(parts), evidence)


def _names(bench: Bench, spec: Specification, listed: str) -> pd.DataFrame:
    reading = bench.reading(spec)
    found = reading.named
    kept = reading.block[found["row"].to_numpy(dtype=int)] != bench.dropped(reading)
    return found[kept & (found["list"] == listed).to_numpy()]


def _share_of_uses(
    found: pd.DataFrame, names: Sequence[str], own: str, statement: str
) -> float:
    used = found.loc[found["statement_id"] == statement, "name"]
    either = int(used.isin(names).sum())
    return int((used == own).sum()) / either if either else NAN


def _counted(bench: Bench, spec: Specification, statement: str) -> np.ndarray:
    """(units,) the units of a statement, less a block that is left out."""
    reading = bench.reading(spec)
    own = reading.statement == list(reading.corpus.labels).index(statement)
    return own & (reading.block != bench.dropped(reading))


def _ids(bench: Bench, spec: Specification, wanted: Target, statement: str) -> list[str]:
    """Ids of a statement's units that hold the target."""
    hit = bench.hits(spec, wanted)[0] & _counted(bench, spec, statement)
    return bench.reading(spec).corpus.units.loc[hit, "sentence_id"].tolist()


def new_in(bench: Bench, spec: Specification, arguments: Mapping[str, object]) -> Estimate:
    """Does one statement hold any of the terms, and no earlier one?

    θ = sentences of the statement that hold one, if no earlier statement has any; else minus the
    sentences of earlier statements that do. Earlier is what the dates say; commentaries do not
    count.
    """
    wanted, statement = target(arguments), str(arguments["statement"])
    labels = bench.reading(spec).corpus.labels
    gone = bench.change.what if bench.change.kind == "statement" else None
    own = _ids(bench, spec, wanted, statement)
    before = {
        one: _ids(bench, spec, wanted, one)
        for one in earlier_statements(bench, statement) if one != gone
    }
    count = sum(map(len, before.values()))
    found = {labels[statement]: own} | {labels[one]: ids for one, ids in before.items() if ids}
    return Estimate((exact("", float(-count if count else len(own))),), found)


def earlier_statements(bench: Bench, statement: str) -> list[str]:
    """Ids of the statements that the dates put before this one."""
    table = bench.study.statements.set_index("statement_id")
    date = table["date"][statement]
    return [
        one for one in table.index
        if table["genre"][one] == "statement" and one != statement
        and table["date"][one] and date and table["date"][one] < date
        and not date.startswith(table["date"][one])
    ]


def only_in(bench: Bench, spec: Specification, arguments: Mapping[str, object]) -> Estimate:
    """Do units that hold the target, and bind the parties, stand on one side only?

    θ = units on that side over those on both sides. A unit elsewhere is verified as
    counterexample if the coders gave it the frame and at least that commitment; one verified
    counterexample contradicts. Units that nobody coded may be the dictionary's error: the bounds
    of θ count none of them and all of them.

    With `at_least`, only units with that commitment count: as coded, or as the study's reading of
    commitments finds (`commitments`).
    """
    wanted, least = target(arguments), int(arguments.get("at_least", 0))
    claimed = side(bench.study, arguments["only_in"])
    others = side(bench.study, arguments["not_in"])
    gone = bench.change.what if bench.change.kind == "statement" else None
    reading = bench.reading(spec)
    labels, units = reading.corpus.labels, reading.corpus.units
    binding = bench.committed(spec, least)
    coded, held = bench.coded_as(spec, wanted, least)
    hit = (bench.hits(spec, wanted)[0] & binding & ~coded) | held
    evidence = {}
    counts = {"claimed": 0, "verified": 0, "open": 0}
    for statements, inside in ((claimed, True), (others, False)):
        for one in statements:
            if one == gone and len(statements) > 1:
                continue
            own = hit & _counted(bench, spec, one)
            evidence[labels[one]] = units.loc[own, "sentence_id"].tolist()
            if inside:
                counts["claimed"] += int(own.sum())
            else:
                counts["verified"] += int((own & held).sum())
                counts["open"] += int((own & ~held).sum())
    own = counts["claimed"]
    if not own + counts["verified"] + counts["open"]:
        return Estimate((Part("", NAN, NAN, NAN, "no unit holds it", exact=True),), evidence)
    low = own / (own + counts["verified"] + counts["open"])
    high = own / (own + counts["verified"]) if own + counts["verified"] else 0.0
    return Estimate(
        (Part(
            f"verified counterexamples: {counts['verified']}, to be read: {counts['open']}",
            low if counts["open"] else high, low, high, exact=True,
        ),),
        evidence,
    )




def ledger_share(
    bench: Bench, spec: Specification, arguments: Mapping[str, object]
) -> Estimate:
    """Which share of the earlier statement's clauses is carried over into the later one?

    θ = units kept or reworded over all units with at least that commitment (as coded, else as
    read by rule). A unit's fate is its label, else the method's call (`ledger.judge`). The bounds
    are those of the calls: each unlabelled unit may be carried over or not, as often as labelled
    ones with the same call are (± 1.96 standard errors of that sum). Not a sampling interval.
    """
    reading = bench.reading(spec)
    corpus, pair = reading.corpus, Pair(*arguments["pair"])
    judged = bench.once(
        ("ledger", spec.boilerplate, spec.headings, spec.folding),
        lambda: ledger_model.judge(corpus, matching.prepare(corpus, fold=reading.fold), [pair]),
    )
    units = judged.units
    own = units[(units["pair"] == pair) & (units["side"] == "earlier")]
    if judged.reason or not own["calibrated"].any():
        return Estimate((Part("", NAN, NAN, NAN, judged.reason or "the pair has no labels",
                              exact=True),))
    rows = own["row"].to_numpy(dtype=int)
    keep = bench.committed(spec, int(arguments["at_least"]))[rows]
    keep &= reading.block[rows] != bench.dropped(reading)
    if spec.ledger == "labelled":
        keep &= (own["label"] != "").to_numpy()
    own = own[keep]
    part = _carried_over(units[(units["pair"] == pair) & (units["label"] != "")], own)
    ids = corpus.units["sentence_id"].to_numpy()
    carried = _fate(own)
    earlier, later = (corpus.labels[one] for one in (pair.earlier, pair.later))
    partners = [
        row for unit, kept in zip(own.itertuples(), carried, strict=True) if kept
        for row in (unit.partners or unit.named or unit.matches[:1])
    ]
    return Estimate(
        (part,),
        {
            f"{earlier}, carried over": ids[own["row"][carried].to_numpy(dtype=int)].tolist(),
            f"{earlier}, dropped": ids[own["row"][~carried].to_numpy(dtype=int)].tolist(),
            later: list(dict.fromkeys(ids[partners])) if partners else [],
        },
    )


def _fate(units: pd.DataFrame) -> np.ndarray:
    """(units,) carried over: by label where there is one, else by the method's call."""
    labelled = (units["label"] != "").to_numpy()
    return np.where(labelled, ledger_model.truth(units), units["carried"].to_numpy(dtype=bool))


def _carried_over(labelled: pd.DataFrame, own: pd.DataFrame) -> Part:
    if own.empty:
        return Part("", NAN, NAN, NAN, "no clause has that commitment", exact=True)
    value = float(_fate(own).mean())
    open_ones = own.loc[own["label"] == "", "carried"].to_numpy(dtype=bool)
    truth = ledger_model.truth(labelled).astype(float)
    called = labelled["carried"].to_numpy(dtype=bool)
    total, variance = float(ledger_model.truth(own[own["label"] != ""]).sum()), 0.0
    for call in (True, False):
        number = int((open_ones == call).sum())
        seen = truth[called == call]
        if number and not len(seen):
            return Part("", value, NAN, NAN, "no labelled clause was called so", exact=True)
        if number:
            rate = float(seen.mean())
            total += number * rate
            # Fates of single clauses, and the rate itself, known from so many labels.
            variance += number * rate * (1 - rate) * (1 + number / len(seen))
    reach = Z95 * float(np.sqrt(variance))
    middle, size = total, len(own)
    low, high = (middle - reach) / size, (middle + reach) / size
    return Part("", value, min(low, value), max(high, value), exact=True)
