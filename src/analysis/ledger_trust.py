"""How far is a clause ledger to be trusted, against its labels, and how far are those?"""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd

from analysis import ledger_model, tables
from analysis.agreement import alpha
from analysis.corpus import Corpus
from analysis.inference import generator
from analysis.ledger import Ledger
from analysis.ledger_model import Pair
from analysis.tables import Column

SHARES = {
    "pair": Column("pair"),
    "share_of": Column("share"),
    "units": Column("units", "count"),
    "labelled": Column("labelled", "count"),
    "labelled_carried": Column("of them carried over", "count"),
    "called": Column("others called carried over", "count"),
    "share": Column("as called", "percent"),
    "corrected": Column("corrected", "percent"),
    "low": Column("95 % from", "percent"),
    "high": Column("to", "percent"),
    "note": Column("note"),
}

CONFUSION = {
    "pair": Column("pair"),
    "method": Column("method"),
    "n": Column("labelled units", "count"),
    "both": Column("label and method: carried over", "count"),
    "only_label": Column("label only", "count"),
    "only_method": Column("method only", "count"),
    "neither": Column("neither", "count"),
    "sections": Column("sections", "count"),
    "kappa": Column("kappa", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
}

CONSISTENCY = {
    "statement": Column("statement"),
    "pair": Column("pair"),
    "units": Column("labelled units", "count"),
    "passes": Column("passes", "count"),
    "unanimous": Column("all passes alike", "count"),
    "alpha": Column("alpha", "number"),
}

#: Method → the column of `Judged.units` that holds its calls.
METHODS = {"likeness and counterparts' labels": "carried", "likeness alone": "alone"}

# Of this many resamples over sections at least nine in ten must give a value.
ENOUGH_RESAMPLES = 0.9


def _labelled(units: pd.DataFrame) -> pd.DataFrame:
    return units[units["label"] != ""]


def _section_draws(
    sections: pd.Series, rng: np.random.Generator, n_boot: int
) -> np.ndarray:
    """(resamples × units) how often each unit counts when sections are drawn again."""
    number, names = pd.factorize(sections)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=n_boot)
    return drawn[:, number]


def ledger_confusion(made: Ledger, *, seed: int, n_boot: int) -> pd.DataFrame:
    """How far do the method's calls agree with the labels that it did not see?

    Carried over (kept, reworded, inherited) or not, cross-fitted by section. Intervals are
    percentiles over redrawn sections, with the model as it is.

    Args:
        made: what `ledger.judge` returned.
        seed: of the resamples.
        n_boot: number of resamples.

    Returns:
        One row a method and calibrated pair, all labelled pairs first; evidence: the units on
        which label and method differ.

    Source: Cohen, J. (1960), Educational and Psychological Measurement 20(1).
    """
    labelled = _labelled(made.judged.units)
    parts = {"all labelled pairs": labelled} | {
        made.name(pair): labelled[labelled["pair"] == pair]
        for pair in dict.fromkeys(labelled["pair"])
    }
    rows = []
    for name, part in parts.items() if not made.judged.reason else ():
        for method, column in METHODS.items():
            rows.append(
                {
                    "pair": name,
                    "method": method,
                    **_agreement(
                        part, column, n_boot=n_boot, rng=generator(seed, "ledger", name, method)
                    ),
                    "evidence": made.corpus.units["sentence_id"][
                        part.loc[ledger_model.truth(part) != part[column], "row"]
                    ].tolist(),
                }
            )
    return tables.result(rows, columns=CONFUSION, made_by="analysis.ledger_trust.ledger_confusion")


def _agreement(
    part: pd.DataFrame, column: str, *, rng: np.random.Generator, n_boot: int
) -> dict[str, object]:
    truth, called = ledger_model.truth(part), part[column].to_numpy(dtype=bool)
    low = high = math.nan
    if part["section"].nunique() >= ledger_model.MIN_SECTIONS:
        draws = _section_draws(part["section"], rng, n_boot)
        values = np.array([ledger_model.kappa(truth, called, weights) for weights in draws])
        low, high = _percentiles(values)
    return {
        "n": len(part),
        "both": int((truth & called).sum()),
        "only_label": int((truth & ~called).sum()),
        "only_method": int((~truth & called).sum()),
        "neither": int((~truth & ~called).sum()),
        "sections": part["section"].nunique(),
        "kappa": ledger_model.kappa(truth, called),
        "low": low,
        "high": high,
    }


def _percentiles(values: np.ndarray) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if len(known) < ENOUGH_RESAMPLES * len(values):
        return math.nan, math.nan
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def ledger_shares(made: Ledger, *, seed: int, n_boot: int) -> pd.DataFrame:
    """Which share of each statement is carried over, corrected for what the method gets wrong?

    share = (labelled carried + n₁·p₁ + n₀·p₀) / units, with n₁ and n₀ unlabelled units called
    carried over or not, and p₁, p₀ the shares of *labelled* units of the pair with that call that
    are labelled carried over. Labels count as they are; the interval redraws the labelled
    sections and the unlabelled units' fates. It assumes that labelled units are like the others.

    Args:
        made: what `ledger.judge` returned.
        seed: of the resamples.
        n_boot: number of resamples.

    Returns:
        One row a statement of a calibrated pair; where labels of the pair are too few `note`
        says so, and the share is given as called.

    Source: the finite-population form of Tenenbein, A. (1970), Journal of the American
    Statistical Association 65(331).
    """
    rows = []
    for pair in made.calibrated:
        units = made.units(pair)
        for side, what in (("earlier", "carried over into the later statement"),
                           ("later", "inherited from the earlier statement")):
            corrected = _corrected(
                units, side, rng=generator(seed, "ledger shares", *_ids(pair), side),
                n_boot=n_boot,
            )
            own = units[units["side"] == side]
            labelled = own["label"] != ""
            carried = int(ledger_model.truth(own).sum())
            called = int(own.loc[~labelled, "carried"].sum())
            rows.append(
                {
                    "pair": made.name(pair),
                    "share_of": f"of the {side}: {what}",
                    "units": len(own),
                    "labelled": int(labelled.sum()),
                    "labelled_carried": carried,
                    "called": called,
                    "share": (carried + called) / len(own),
                    **corrected,
                }
            )
    return tables.result(rows, columns=SHARES, made_by="analysis.ledger_trust.ledger_shares")


def _corrected(
    units: pd.DataFrame, side: str, *, rng: np.random.Generator, n_boot: int
) -> dict[str, object]:
    labelled, own = _labelled(units), units[units["side"] == side]
    refused = {"corrected": math.nan, "low": math.nan, "high": math.nan}
    note = ledger_model.shortfall(units)
    if note:
        return {**refused, "note": f"not corrected: {note}"}
    truth, called = ledger_model.truth(labelled), labelled["carried"].to_numpy(dtype=bool)
    if called.all() or not called.any():
        return {**refused, "note": "not corrected: the method calls all labelled units alike"}
    unlabelled = own[own["label"] == ""]
    exact, yes = int(ledger_model.truth(own).sum()), int(unlabelled["carried"].sum())
    no = len(unlabelled) - yes

    def rates(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(invalid="ignore"):
            return (
                weights @ (truth & called) / (weights @ called),
                weights @ (truth & ~called) / (weights @ ~called),
            )

    p_yes, p_no = (float(rate[0]) for rate in rates(np.ones((1, len(labelled)))))
    drawn_yes, drawn_no = rates(_section_draws(labelled["section"], rng, n_boot).astype(float))
    known = np.isfinite(drawn_yes) & np.isfinite(drawn_no)
    totals = np.full(n_boot, np.nan)
    totals[known] = (
        exact + rng.binomial(yes, drawn_yes[known]) + rng.binomial(no, drawn_no[known])
    )
    low, high = _percentiles(totals / len(own))
    note = "" if math.isfinite(low) else "no interval: too few sections hold what it rests on"
    return {
        "corrected": (exact + yes * p_yes + no * p_no) / len(own),
        "low": low,
        "high": high,
        "note": note,
    }


def _ids(pair: Pair) -> tuple[str, str]:
    """The ids of the earlier and of the later statement."""
    return pair.earlier, pair.later


def label_consistency(corpus: Corpus) -> pd.DataFrame:
    """How far do the passes that made the labels agree with one another?

    Krippendorff's alpha for names without order (`agreement.alpha`) over the columns `label_1`,
    `label_2` …

    Args:
        corpus: the statements in units.

    Returns:
        One row a labelled statement and pair; alpha is NaN with fewer than two passes.

    If the passes are of one model this is its consistency with itself, never reliability.
    """
    labelled = ledger_model.labels(corpus)
    passes = [name for name in labelled.columns if re.fullmatch(r"label_\d+", name)]
    rows = []
    for pair in ledger_model.labelled_pairs(labelled):
        for own, other in (_ids(pair), _ids(pair)[::-1]):
            part = labelled[
                (labelled["statement_id"] == own) & (labelled["other_statement_id"] == other)
            ]
            if part.empty:
                continue
            codes = part[passes].to_numpy(dtype=object).T
            alike = [len(set(filter(None, unit))) == 1 for unit in codes.T]
            rows.append(
                {
                    "statement": corpus.labels[own],
                    "pair": f"{corpus.labels[pair.earlier]} → {corpus.labels[pair.later]}",
                    "units": len(part),
                    "passes": len(passes),
                    "unanimous": sum(alike),
                    "alpha": alpha(codes) if len(passes) > 1 else math.nan,
                }
            )
    return tables.result(rows, columns=CONSISTENCY, made_by="analysis.ledger_trust.label_consistency")


def confusion_reading(made: Ledger, confusion: pd.DataFrame) -> list[str]:
    """How far the method's calls can be trusted, in words."""
    if confusion.empty:
        return [f"No method could be fitted: {made.judged.reason}."]
    both, alone = confusion.iloc[0], confusion.iloc[1]
    parts = [
        f"On {both['n']} labelled units, each judged without the labels of its section, the "
        f"method agrees with the labels at kappa {both['kappa']:.2f}"
        f"{_kappa_interval(both)}: {both['only_label']} carried over by the label only, "
        f"{both['only_method']} by the method only. Likeness alone, which knows nothing of the "
        f"counterparts' labels, reaches {alone['kappa']:.2f}{_kappa_interval(alone)}. Those labels "
        "come from the same passes as the labels that the method is held to."
    ]
    lost, unmatched = made.judged.lost, made.judged.unmatched
    if lost or unmatched:
        parts.append(
            f"{unmatched} labelled texts are no unit of analysis here, and {lost} counterparts "
            "that labels name could not be found; they count nowhere."
        )
    return parts


def _kappa_interval(row: pd.Series) -> str:
    if not math.isfinite(row["low"]):
        return " (no interval: too few sections)"
    return f" (95 % interval {row['low']:.2f} to {row['high']:.2f}, over sections)"


def consistency_reading(corpus: Corpus, consistency: pd.DataFrame) -> list[str]:
    """What the labels are worth, in words."""
    if consistency.empty:
        return ["This study has no labels of a clause ledger (ledger_labels.csv)."]
    known = consistency["alpha"].dropna()
    labelled = f"{consistency['units'].sum()} units are labelled"
    if known.empty:
        return [f"{labelled}, in one pass: nothing is known about how stable the labels are."]
    passes = int(consistency["passes"].max())
    span = f"alpha {known.min():.2f} to {known.max():.2f}"
    if corpus.study.coding.get("coders") == "people":
        return [f"{labelled} by {passes} coders, who agree at {span}."]
    return [
        f"{labelled}, in {passes} passes that agree at {span}. If the passes are of one language "
        "model, this is its consistency with itself, never reliability: nobody has checked "
        "whether people would judge alike."
    ]
