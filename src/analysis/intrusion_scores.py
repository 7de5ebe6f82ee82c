"""How often did readers find the word or topic that intrudes, and do they agree?

Answers of filled sheets (`intrusion`) against the key, as tables.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis import tables
from analysis.agreement import alpha
from analysis.inference import MIN_EFFECTIVE_BLOCKS, clopper_pearson, generator
from analysis.intrusion import TOPIC, WORD
from analysis.plural import counted
from analysis.tables import Column

# Smaller shares count as this in log odds: below one in a hundred they differ by noise alone.
FLOOR = 0.01

# Bounds from 10,000 resamples move by a few hundredths of their width from seed to seed.
N_BOOT = 10_000

PRECISION = {
    "task": Column("intruder among"),
    "by": Column("by"),
    "of": Column("answers of"),
    "n_items": Column("items", "count"),
    "n_answers": Column("answers", "count"),
    "n_right": Column("intruder found", "count"),
    "precision": Column("model precision", "percent"),
    "low": Column("95 % from", "percent"),
    "high": Column("to", "percent"),
    "chance": Column("by guessing", "percent"),
}

LOG_ODDS = {
    "of": Column("answers of"),
    "n_items": Column("passages", "count"),
    "log_odds": Column("topic log odds", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
    "chance": Column("by guessing", "number"),
    "why_no_interval": Column("why no interval"),
}

AGREEMENT = {
    "task": Column("intruder among"),
    "n_readers": Column("readers", "count"),
    "n_items": Column("items with two answers or more", "count"),
    "alpha": Column("Krippendorff's alpha", "number"),
}

ALL = "all readers"


def judged(answers: pd.DataFrame, key: pd.DataFrame) -> pd.DataFrame:
    """The answers beside the key: what each was worth.

    log odds = ln(share of the intruder) − ln(share of the chosen topic), shares below `FLOOR`
    counting as that; 0 if the intruder was found, else below.

    Args:
        answers: what `read_sheets` returned.
        key: what `read_key` returned.

    Returns:
        `answers` with `task`, `topic`, `right`, `log_odds` (NaN for words), and what guessing
        gives: `chance` of `right`, `chance_odds`.
    """
    rows = []
    whole = {item: own for item, own in key.groupby("item", sort=False)}
    for answer in answers.itertuples():
        own = whole[answer.item]
        intruder = own["intruder"].to_numpy(dtype=bool)
        logs = np.log(np.maximum(own["share"].to_numpy(dtype=float), FLOOR))
        odds = logs[intruder][0] - logs
        rows.append(
            {
                "coder": answer.coder, "item": answer.item, "place": answer.place,
                "task": own["task"].iloc[0], "topic": own["topic"].iloc[0],
                "right": bool(intruder[answer.place]), "log_odds": float(odds[answer.place]),
                "chance": 1 / len(own), "chance_odds": float(odds.mean()),
            }
        )
    columns = [
        "coder", "item", "place", "task", "topic", "right", "log_odds", "chance", "chance_odds"
    ]
    return pd.DataFrame(rows, columns=columns)


def precision(found: pd.DataFrame) -> pd.DataFrame:
    """How often did readers find the intruder?

    Model precision = share of answers that name it, each item weighing the same. Bounds are
    Clopper and Pearson's. Trials are the items, for all readers and for one: readers of one item
    are not independent of each other. For one topic's words they are the readers.

    Args:
        found: what `judged` returned.

    Returns:
        For each task a row of all readers, one a reader, and for words one a topic.

    Source: Chang et al. (2009), see `intrusion.items`; Clopper, C. & Pearson, E. (1934), Biometrika
    26(4).
    """
    rows = []
    for task, own in _by(found, "task", (WORD, TOPIC)):
        parts = [("all", ALL, own)]
        parts += [("reader", *part) for part in _by(own, "coder", sorted(set(own["coder"])))]
        if task == WORD:
            parts += [("topic", *part) for part in _by(own, "topic", sorted(set(own["topic"])))]
        for by, of, part in parts:
            by_item = part.groupby("item")["right"].mean()
            trials = len(part) if by == "topic" else len(by_item)
            share = float(by_item.mean())
            low, high = clopper_pearson(share * trials, trials, 0.025)
            rows.append(
                {
                    "task": task, "by": by, "of": of, "n_items": len(by_item),
                    "n_answers": len(part), "n_right": int(part["right"].sum()),
                    "precision": share, "low": low, "high": high,
                    "chance": float(part.groupby("item")["chance"].first().mean()),
                }
            )
    return tables.result(rows, columns=PRECISION, made_by="analysis.intrusion_scores.precision")


def log_odds(found: pd.DataFrame, *, seed: int, n_boot: int = N_BOOT) -> pd.DataFrame:
    """How far off were readers who did not find the topic that intrudes?

    Mean of the items' log odds (see `judged`), each weighing the same: 0 is best. Bounds are
    percentiles of redrawn items; none with fewer than 15.

    Args:
        found: what `judged` returned.
        seed: of the redrawn items.
        n_boot: their number.

    Source: Chang et al. (2009), see `intrusion.items`.
    """
    own = found[found["task"] == TOPIC]
    rows = []
    parts = [(ALL, own), *_by(own, "coder", sorted(set(own["coder"])))] if len(own) else []
    for of, part in parts:
        values = part.groupby("item")["log_odds"].mean().to_numpy()
        low = high = float("nan")
        why = f"{len(values)} passages, {MIN_EFFECTIVE_BLOCKS} are needed"
        if len(values) >= MIN_EFFECTIVE_BLOCKS:
            rng, why = generator(seed, "intrusion", "odds", of), ""
            drawn = values[rng.integers(len(values), size=(n_boot, len(values)))].mean(axis=1)
            low, high = (float(bound) for bound in np.quantile(drawn, [0.025, 0.975]))
        rows.append(
            {
                "of": of, "n_items": len(values), "log_odds": float(values.mean()), "low": low,
                "high": high, "chance": float(part.groupby("item")["chance_odds"].first().mean()),
                "why_no_interval": why,
            }
        )
    return tables.result(rows, columns=LOG_ODDS, made_by="analysis.intrusion_scores.log_odds")


def agreement(found: pd.DataFrame) -> pd.DataFrame:
    """Do readers pick the same option, right or wrong, more often than by chance?

    Krippendorff's alpha of the chosen options, named by their places in the alphabet: readers who
    all find the intruder agree, and so do readers whom the same word misleads.

    Args:
        found: what `judged` returned.
    """
    rows = []
    for task, own in _by(found, "task", (WORD, TOPIC)):
        codes = own.pivot(index="coder", columns="item", values="place").astype(object)
        rows.append(
            {
                "task": task, "n_readers": len(codes), "n_items": int((codes.count() > 1).sum()),
                "alpha": alpha(codes.to_numpy()),
            }
        )
    return tables.result(rows, columns=AGREEMENT, made_by="analysis.intrusion_scores.agreement")


def _by(found: pd.DataFrame, column: str, values: Iterable) -> list[tuple[str, pd.DataFrame]]:
    parts = [(value, found[found[column] == value]) for value in values]
    return [(value, part) for value, part in parts if len(part)]


def as_json(
    precisions: pd.DataFrame, odds: pd.DataFrame, agreed: pd.DataFrame
) -> dict[str, object]:
    """The scores as plain JSON; undefined is null."""
    return {
        name: [
            {column: tables.rounded(row[column]) for column in table.attrs["columns"]}
            for row in table.to_dict("records")
        ]
        for name, table in (("precision", precisions), ("log_odds", odds), ("agreement", agreed))
    }


def reading(precisions: pd.DataFrame, odds: pd.DataFrame, agreed: pd.DataFrame) -> list[str]:
    """What the answers say about the topics, in words.

    Args:
        precisions: what `precision` returned.
        odds: what `log_odds` returned.
        agreed: what `agreement` returned.
    """
    lines = []
    for row in agreed.itertuples():
        whole = precisions[(precisions["task"] == row.task) & (precisions["by"] == "all")].iloc[0]
        readers = counted(row.n_readers, "reader")
        lines.append(
            f"Intruder among {row.task}s, {readers}, {whole['n_items']} items: model precision "
            f"{100 * whole['precision']:.0f} % ({100 * whole['low']:.0f} to "
            f"{100 * whole['high']:.0f} %), by guessing {100 * whole['chance']:.0f} %: "
            + ("more than by guessing." if whole["low"] > whole["chance"] else
               "insufficient evidence that readers see the topics.")
        )
        lines.append(
            "One reader: whether another would agree is not known."
            if row.n_readers == 1
            else f"Readers' alpha is {row.alpha:.2f} on {row.n_items} items."
            if not math.isnan(row.alpha)
            else "Readers' alpha is undefined: too few answers in common, or all alike."
        )
    missed = precisions[(precisions["by"] == "topic") & (precisions["precision"] <= 0.5)]
    if len(missed):
        lines.append(f"Found by half of the readers at most: {', '.join(missed['of'])}.")
    for row in odds[odds["of"] == ALL].itertuples():
        value, low, high, chance = (
            tables.formatted(number, "number")
            for number in (row.log_odds, row.low, row.high, row.chance)
        )
        why = row.why_no_interval
        bounds = f"no interval: {why}" if why else f"{low} to {high}"
        lines.append(f"Topic log odds {value} ({bounds}); 0 is best, by guessing {chance}.")
    return lines
