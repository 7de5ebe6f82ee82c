"""What became of each clause of an earlier statement, and where does each of a later one come from?

A ledger of sentences and list items. Where a unit is labelled, the label is the result; elsewhere
it is the method's call, which `ledger_model` makes and `ledger_trust` holds to the labels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import ledger_model, tables
from analysis.corpus import Corpus
from analysis.errors import BadParameter, shown, suggest
from analysis.ledger_model import Judged, Pair
from analysis.matching import Matching, Side
from analysis.tables import Column

VERDICTS = {
    "earlier": ledger_model.EARLIER_LABELS,
    "later": ledger_model.LATER_LABELS,
}

#: What is carried over, on either side: the ends of the band in the flow picture.
CARRIED = ("kept", "reworded", "inherited")

LEDGER = {
    "place": Column("unit"),
    "pair": Column("pair"),
    "side": Column("side"),
    "statement": Column("statement"),
    "text": Column("text", "marked"),
    "verdict": Column("verdict"),
    "source": Column("verdict by"),
    "method": Column("the method's call"),
    "alone": Column("by likeness alone"),
    "probability": Column("probability of being carried over", "number"),
    "score": Column("likeness", "number"),
    "chance": Column("likeness by chance", "number"),
    "run": Column("words in a shared run", "count"),
    "agreed": Column("passes that gave the label"),
    "counterpart_place": Column("counterpart"),
    "counterpart": Column("its text (of what is not carried over: the most alike)", "marked"),
}

LISTED = {
    "unit": Column("unit"),
    "text": Column("text", "marked"),
    "counterpart": Column("its counterpart, or what is most alike", "marked"),
    "verdict": Column("verdict, and by what"),
    "method": Column("the method's call, likeness (by chance)"),
}

SUMMARY = {
    "pair": Column("pair"),
    "side": Column("side"),
    "verdict": Column("verdict"),
    "units": Column("units", "count"),
    "share": Column("share of the statement", "percent"),
    "by_label": Column("by label", "count"),
    "by_counterpart": Column("by a counterpart's label", "count"),
    "by_method": Column("by likeness", "count"),
}

@dataclass(frozen=True)
class Ledger:
    """Pairs of statements judged unit by unit, the corpus they belong to, and its words."""

    corpus: Corpus
    counted: Matching
    judged: Judged
    pairs: tuple[Pair, ...]

    def name(self, pair: Pair) -> str:
        labels = self.corpus.labels
        return f"{labels[pair.earlier]} → {labels[pair.later]}"

    def units(self, pair: Pair) -> pd.DataFrame:
        return self.judged.units[self.judged.units["pair"] == pair]

    @property
    def calibrated(self) -> list[Pair]:
        """The pairs of this ledger that have labels, if labels suffice for a method."""
        if self.judged.reason:
            return []
        return [pair for pair in self.pairs if self.units(pair)["calibrated"].any()]


# --- which pairs --------------------------------------------------------------------------


def chosen_pairs(corpus: Corpus, pair: str = "") -> list[Pair]:
    """Which pairs of statements is a ledger kept of?

    Args:
        corpus: the statements in units.
        pair: two statement ids parted by `/`, in any order. Empty: the pairs that have labels;
            in a study without any, the contrasts of one dated statement with another; without
            these, the two statements if there are no more than two.

    Raises:
        BadParameter: an unknown statement, a commentary, or dates that do not tell which
            statement is the earlier.
    """
    if pair.strip():
        return [_named_pair(corpus, pair)]
    labelled = ledger_model.labelled_pairs(ledger_model.labels(corpus))
    if labelled:
        return labelled
    table = corpus.study.statements.set_index("statement_id")
    dates, order = table["date"], list(table.index)
    declared = [
        sorted((*contrast.a, *contrast.b), key=order.index)
        for contrast in corpus.study.contrasts
        if len(contrast.a) == len(contrast.b) == 1
        and set(table["genre"][[*contrast.a, *contrast.b]]) == {"statement"}
    ]
    only = table.index[table["genre"] == "statement"].tolist()
    if not declared and len(only) == 2:
        declared = [only]
    return [Pair(*ids) for ids in declared if _order_known(dates[ids[0]], dates[ids[1]])]


def _named_pair(corpus: Corpus, pair: str) -> Pair:
    table = corpus.study.statements.set_index("statement_id")
    known = table.index[table["genre"] == "statement"].tolist()
    ids = [part.strip() for part in pair.split("/")]
    if len(ids) != 2 or ids[0] == ids[1]:
        raise BadParameter(
            f"ledger_pair: {shown(pair)} is no pair; write two statement ids parted by '/'"
        )
    unknown = [identifier for identifier in ids if identifier not in known]
    if unknown:
        raise BadParameter(
            f"ledger_pair: no statement {shown(identifier)}; {suggest(identifier, known)}"
            for identifier in unknown
        )
    first, second = sorted(ids, key=known.index)
    for labelled in ledger_model.labelled_pairs(ledger_model.labels(corpus)):
        if {labelled.earlier, labelled.later} == set(ids):
            return labelled
    if not _order_known(table["date"][first], table["date"][second]):
        raise BadParameter(
            f"ledger_pair: the dates of {shown(first)} and {shown(second)} do not tell which is "
            "the earlier; record them in statements.csv"
        )
    return Pair(first, second)


def _order_known(a: str, b: str) -> bool:
    return bool(a and b) and not (a.startswith(b) or b.startswith(a))


def judge(corpus: Corpus, counted: Matching, pairs: list[Pair]) -> Ledger:
    """The ledger of these pairs: `ledger_model.judge`, with the labels of all pairs.

    Args:
        corpus: the statements in units.
        counted: what `matching.prepare` returned.
        pairs: what `chosen_pairs` returned.
    """
    judged = ledger_model.judge(corpus, counted, pairs)
    return Ledger(corpus=corpus, counted=counted, judged=judged, pairs=tuple(pairs))


# --- the ledger ---------------------------------------------------------------------------


def kind(side: str, carried: bool, verbatim: bool) -> str:
    """The ledger's word for what is carried over, or is not.

    >>> kind("earlier", True, False), kind("later", False, False)
    ('reworded', 'new')
    """
    if side == "later":
        return "inherited" if carried else "new"
    return ("kept" if verbatim else "reworded") if carried else "dropped"


def ledger(made: Ledger) -> pd.DataFrame:
    """What became of each unit of the earlier statement, and where does each later one come from?

    Args:
        made: what `judge` returned.

    Returns:
        One row a unit, in order of the texts, earlier statement first. `verdict` is the label
        where there is one (`source`: label), else the method's call; `method` beside a label
        comes from a model that saw no label of its section. In a pair without labels there is
        no verdict: "uncalibrated". `counterpart` is what the label names, else the most alike
        unit of the other statement, also where nothing is carried over; words that both have, or
        words of one sense, are marked. Evidence: both units.

    A verdict says that the texts say the same, not that one was taken from the other, nor that a
    policy was given up where a clause is.
    """
    rows = []
    for pair in made.pairs:
        rows += [_entry(made, unit) for unit in made.units(pair).itertuples()]
    return tables.result(rows, columns=LEDGER, made_by="analysis.ledger.ledger")


def _entry(made: Ledger, unit: Any) -> dict[str, object]:
    units, verdict, source = made.corpus.units, *_verdict(made, unit)
    called = unit.calibrated and not made.judged.reason
    others = unit.partners or unit.named or unit.matches[:1]
    others = list(dict.fromkeys(others))[: ledger_model.MOST_COUNTERPARTS]
    own = Side.of(made.corpus, made.counted, [unit.row])
    theirs = Side.of(made.corpus, made.counted, others, between=" ‖ ")
    shared = own.shared_with(theirs)
    return {
        "place": _place(units, unit.row),
        "pair": made.name(unit.pair),
        "side": unit.side,
        "statement": made.corpus.labels[units["statement_id"][unit.row]],
        "text": own.marked(*shared),
        "verdict": verdict,
        "source": source,
        "method": kind(unit.side, unit.carried, unit.verbatim) if called else "",
        "alone": kind(unit.side, unit.alone, unit.verbatim) if called else "",
        "probability": unit.probability,
        "score": unit.score,
        "chance": unit.chance,
        "run": unit.run,
        "agreed": f"{unit.agreed} of {unit.passes}" if unit.label and unit.passes else "",
        "counterpart_place": "; ".join(_place(units, row) for row in others),
        "counterpart": theirs.marked(*shared),
        "evidence": [*own.sentences, *theirs.sentences],
    }


def _verdict(made: Ledger, unit: Any) -> tuple[str, str]:
    if unit.label:
        return unit.label, "label"
    if made.judged.reason or not unit.calibrated:
        return "", "uncalibrated"
    source = "label of its counterpart" if unit.named else (
        "shared run" if unit.verbatim else "likeness"
    )
    return kind(unit.side, unit.carried, unit.verbatim), source


def carried_over(entries: pd.DataFrame) -> pd.DataFrame:
    """What does the later statement still say of the earlier one, and in which words?

    Args:
        entries: what `ledger` returned.

    Returns:
        One row a unit of an earlier statement that is kept or reworded.
    """
    kept = entries[(entries["side"] == "earlier") & entries["verdict"].isin(CARRIED)]
    return _listed(kept, made_by="analysis.ledger.carried_over")


def every_unit(entries: pd.DataFrame) -> pd.DataFrame:
    """What became of each unit, and where does each come from: the ledger as the page shows it.

    Args:
        entries: what `ledger` returned.

    Returns:
        One row a unit; `ledger` has more columns.
    """
    return _listed(entries, made_by="analysis.ledger.every_unit")


def _listed(entries: pd.DataFrame, *, made_by: str) -> pd.DataFrame:
    rows = [
        {
            "unit": f"{entry.statement}, {entry.place}",
            "text": entry.text,
            "counterpart": entry.counterpart,
            "verdict": ", ".join(filter(None, [
                entry.verdict, entry.source, entry.agreed and f"{entry.agreed} passes"
            ])),
            "method": ", ".join(filter(None, [entry.method, _scores(entry)])),
            "evidence": entry.evidence,
        }
        for entry in entries.itertuples()
    ]
    return tables.result(rows, columns=LISTED, made_by=made_by)


def _scores(entry: Any) -> str:
    if not math.isfinite(entry.score):
        return ""
    chance = f" ({entry.chance:.1f})" if math.isfinite(entry.chance) else ""
    return f"{entry.score:.1f}{chance}".replace("-", "−")


def _place(units: pd.DataFrame, row: int) -> str:
    return units["sentence_id"][row].split(":", 1)[1]


def ledger_summary(made: Ledger) -> pd.DataFrame:
    """How many units of each statement were kept, reworded or dropped, are inherited or new?

    Args:
        made: what `judge` returned.

    Returns:
        One row a pair and verdict, calibrated pairs only; evidence: the units.
    """
    listed = ledger(made)
    rows = []
    for pair in made.calibrated:
        for side, verdicts in VERDICTS.items():
            own = listed[(listed["pair"] == made.name(pair)) & (listed["side"] == side)]
            for verdict in verdicts:
                found = own[own["verdict"] == verdict]
                sources = found["source"].value_counts()
                rows.append(
                    {
                        "pair": made.name(pair),
                        "side": side,
                        "verdict": verdict,
                        "units": len(found),
                        "share": len(found) / len(own) if len(own) else math.nan,
                        "by_label": int(sources.get("label", 0)),
                        "by_counterpart": int(sources.get("label of its counterpart", 0)),
                        "by_method": int(sources.get("likeness", 0) + sources.get("shared run", 0)),
                        "evidence": [ids[0] for ids in found["evidence"]],
                    }
                )
    return tables.result(rows, columns=SUMMARY, made_by="analysis.ledger.ledger_summary")


# --- in words -----------------------------------------------------------------------------


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _interval(row: Any) -> str:
    if not math.isfinite(row.low):
        return ""
    return f" (95 % interval {100 * row.low:.0f} to {100 * row.high:.0f})"


def ledger_reading(made: Ledger, summary: pd.DataFrame, shares: pd.DataFrame) -> list[str]:
    """What was carried forward, pair by pair, in words."""
    if not made.pairs:
        return [
            "No pair of statements is labelled, and no contrast sets one dated statement against "
            "another: name a pair with ledger_pair."
        ]
    texts = []
    for pair in made.pairs:
        name = made.name(pair)
        if pair not in made.calibrated:
            why = made.judged.reason or "no labels for this pair"
            texts.append(
                f"{name}: uncalibrated ({why}). The table shows each unit's most alike "
                "counterpart and its score, and gives no verdict."
            )
            continue
        counts = summary[summary["pair"] == name].set_index("verdict")["units"]
        own = shares[shares["pair"] == name]
        earlier, later = own["units"]
        texts.append(
            f"{name}: of {earlier} sentences and list items of the earlier statement "
            f"{counts['kept']} recur nearly verbatim, {counts['reworded']} in other words, and "
            f"{counts['dropped']} are dropped; of {later} of the later one "
            f"{counts['inherited']} are inherited and {counts['new']} new. {_corrections(own)}"
        )
    return texts


def _corrections(own: pd.DataFrame) -> str:
    if own["corrected"].isna().any():
        return f"Shares are {own.loc[own['corrected'].isna(), 'note'].iloc[0]}."
    earlier, later = own.itertuples(index=False)
    return (
        f"Corrected for the method's errors, {_percent(earlier.corrected)}{_interval(earlier)} of "
        f"the earlier statement is carried over and {_percent(later.corrected)}{_interval(later)} "
        "of the later one inherited."
    )


def headline(made: Ledger, summary: pd.DataFrame, confusion: pd.DataFrame) -> str:
    """The page's answer about what was carried forward, in a sentence or two."""
    if not made.calibrated:
        return "No verdict on what was carried forward: the clause ledger is uncalibrated."
    parts = []
    for pair in made.calibrated:
        own = summary[summary["pair"] == made.name(pair)]
        counts = own.set_index("verdict")["units"]
        total = own.groupby("side")["units"].sum()
        parts.append(
            f"{made.name(pair)}: {counts['kept'] + counts['reworded']} of {total['earlier']} "
            f"sentences and items carried over, {counts['new']} of {total['later']} new"
        )
    kappa, alone = confusion["kappa"].iloc[:2]
    by_people = made.corpus.study.coding.get("coders") == "people"
    return (
        f"{'; '.join(parts)} (labels where there are any, else a method that agrees with labels it "
        f"did not see at kappa {kappa:.2f}, by likeness alone {alone:.2f}"
        f"{'' if by_people else '; not human-validated'})."
    )


def flow_title(made: Ledger, summary: pd.DataFrame) -> str:
    """The message above the flow picture."""
    if summary.empty:
        return "Nothing to show: the ledger is uncalibrated"
    parts = []
    for pair in made.calibrated:
        own = summary[(summary["pair"] == made.name(pair)) & (summary["side"] == "earlier")]
        gone = own.loc[own["verdict"] == "dropped", "share"].iloc[0]
        parts.append(f"{_percent(gone)} of {made.corpus.labels[pair.earlier]}")
    return f"Dropped by the later statement: {' and '.join(parts)}"
