"""Do people see what the topics are? Word intrusion and topic intrusion, scored blind.

Readers are shown five words of a topic and one that is not of it, or a passage with its three
main topics and one that it lacks, and pick the intruder. Items, sheets and scores are tables; the
key stays apart from the sheets.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import sheets
from analysis.errors import MAX_LISTED, BadStudy, shown
from analysis.inference import generator
from analysis.report.safe import csv_bytes, plain
from analysis.study_files import CONTROL_PATTERN, Folder, Table, read_table

# As shown by Chang et al. (2009): words of a topic beside the intruder; topics of a passage beside
# the intruder; words that stand for a topic there.
WORDS, TOPICS, LABEL_WORDS = 5, 3, 8

# A word intrudes if it is among the most probable ones of another topic: as many as make its
# labels and two more, so that a topic does not always send the same word.
SENT = 10

# A topic with a smaller share of a passage is none of its topics; one with a larger share would be
# no intruder.
LEAST_SHARE = 0.05

# Passages on a sheet: some twenty minutes of reading, and more than the fifteen from which on the
# mean log odds gets an interval.
PASSAGES = 20

WORD, TOPIC = "word", "topic"

#: The key: one row an option of an item.
KEY = ("item", "task", "topic", "passage", "option", "share", "intruder")


_OPTIONS = tuple(f"option_{place}" for place in range(1, WORDS + 2))

#: A sheet: one row an item; `answer` is the reader's.
SHEET = ("item", "coder", "task", "passage", *_OPTIONS, "answer")


def items(
    words: np.ndarray,
    types: Sequence[str],
    shares: np.ndarray,
    passages: Sequence[str],
    *,
    names: Sequence[str],
    seed: int,
) -> pd.DataFrame:
    """Which words and topics shall readers tell from an intruder?

    A word item for each topic: its `WORDS` most probable words and one that is among the `SENT`
    most probable of another topic, drawn from the half of these that is least probable in this
    one. A topic item for `PASSAGES` passages, drawn from those with at least `TOPICS` topics of
    `LEAST_SHARE`: the largest of these and, drawn from the topics with less, an intruder.

    Args:
        words: (topics × types) probabilities of words.
        types: (types,) the words as readers see them.
        shares: (passages × topics) shares of each passage, NaN where undefined.
        passages: their texts.
        names: (topics,) what the topics are called in the scores.
        seed: of the draws.

    Returns:
        The key, with the columns of `KEY`: one row an option, options of an item in alphabetical
        order. An item's id depends on what readers see, not on which option intrudes.

    Source: Chang, J., Boyd-Graber, J., Gerrish, S., Wang, C. & Blei, D. (2009), Reading Tea
    Leaves: How Humans Interpret Topic Models, NIPS.
    """
    types = [str(word) for word in types]
    ranked = np.argsort(-words, axis=1, kind="stable")
    found = _word_items(words, types, ranked, names, seed)
    found += _topic_items(types, ranked, shares, passages, names, seed)
    rows, seen = [], set()
    for item in found:
        texts = [option for option, *_ in item["options"]]
        shape = "\x1f".join([item["task"], item["passage"], *sorted(texts)])
        name = item["task"][0] + hashlib.sha256(shape.encode()).hexdigest()[:8]
        # Two equal options, or a passage that stands in two texts, would make answers ambiguous.
        if name in seen or len(set(texts)) < len(texts):
            continue
        seen.add(name)
        rows += [
            (name, item["task"], item["topic"], item["passage"], option, share, intruder)
            for option, share, intruder in sorted(item["options"])
        ]
    return pd.DataFrame(rows, columns=list(KEY))


def _word_items(words, types, ranked, names, seed) -> list[dict]:
    found = []
    for topic in range(len(words)):
        own = set(ranked[topic, :SENT].tolist())
        others = np.unique(np.delete(ranked, topic, axis=0)[:, :SENT])
        pool = np.array([word for word in others.tolist() if word not in own], dtype=int)
        if not len(pool) or len(types) <= WORDS:
            continue
        rare = pool[np.argsort(words[topic, pool], kind="stable")][: max(1, len(pool) // 2)]
        intruder = generator(seed, "intrusion", WORD, names[topic]).choice(rare)
        nan = float("nan")
        options = [(types[word], nan, False) for word in ranked[topic, :WORDS]]
        found.append(
            {
                "task": WORD, "topic": names[topic], "passage": "",
                "options": [*options, (types[intruder], nan, True)],
            }
        )
    return found


def _topic_items(types, ranked, shares, passages, names, seed) -> list[dict]:
    labels = [", ".join(types[word] for word in own[:LABEL_WORDS]) for own in ranked]
    shares = np.asarray(shares, dtype=float)
    held = np.nan_to_num(shares) >= LEAST_SHARE
    fit = np.flatnonzero((held.sum(axis=1) >= TOPICS) & ~held.all(axis=1))
    rng = generator(seed, "intrusion", TOPIC)
    found = []
    for place in np.sort(rng.choice(fit, size=min(PASSAGES, len(fit)), replace=False)).tolist():
        intruder = int(rng.choice(np.flatnonzero(~held[place])))
        main = np.argsort(-shares[place], kind="stable")[:TOPICS].tolist()
        found.append(
            {
                "task": TOPIC, "topic": names[intruder], "passage": _one_line(passages[place]),
                "options": [
                    (labels[k], float(shares[place, k]), k == intruder) for k in (*main, intruder)
                ],
            }
        )
    return found


def _one_line(text: str) -> str:
    """A passage that a CSV file gives back as it was."""
    return " ".join(CONTROL_PATTERN.sub(" ", text).split())


def sheet(key: pd.DataFrame, *, coder: str, seed: int) -> pd.DataFrame:
    """What one reader gets: the items and their options, each in an order of the reader's own.

    Word items come first: the topics of the others would give them away.

    Args:
        key: what `items` returned.
        coder: the reader's name.
        seed: of the orders.

    Returns:
        One row an item, with the columns of `SHEET`; `answer` is empty.

    Raises:
        BadParameter: no name of a reader.
    """
    sheets.check_coder(coder)
    rows = []
    for task in (WORD, TOPIC):
        own = dict(list(key[key["task"] == task].groupby("item", sort=True)))
        rng = generator(seed, "intrusion", "sheet", task, coder)
        for name in rng.permutation(list(own)).tolist():
            options = rng.permutation(own[name]["option"].to_numpy(dtype=object)).tolist()
            options += [""] * (len(_OPTIONS) - len(options))
            rows.append((name, coder, task, own[name]["passage"].iloc[0], *options, ""))
    return pd.DataFrame(rows, columns=list(SHEET))


def gone(key: pd.DataFrame, words: np.ndarray, types: Sequence[str]) -> list[str]:
    """Which topics of the key are no topics of this model any more?

    Args:
        key: what `read_key` returned.
        words: (topics × types) probabilities of words.
        types: (types,) the words as readers see them.

    Returns:
        Their names in the key; scores of these say nothing about the model.
    """
    ranked = np.argsort(-words, axis=1, kind="stable")[:, :WORDS]
    now = {frozenset(str(types[word]) for word in own) for own in ranked}
    asked = key[(key["task"] == WORD) & ~key["intruder"]].groupby("topic", sort=True)["option"]
    return [str(topic) for topic, options in asked if frozenset(options) not in now]


def sheet_bytes(sheet: pd.DataFrame) -> bytes:
    """A sheet as a file; texts that a spreadsheet would compute get an apostrophe."""
    return csv_bytes(SHEET, sheet[list(SHEET)].itertuples(index=False))


def instructions(sheet: pd.DataFrame) -> str:
    """What the reader is asked to do, as text beside the sheet."""
    counted = sheet["task"].value_counts()
    return "\n".join(
        [
            f"Intruders, for {sheet['coder'].iloc[0]}: {counted.get(WORD, 0)} lists of words, "
            f"{counted.get(TOPIC, 0)} passages",
            "",
            f"{WORD}: all but one of the words belong together. Which one does not?",
            f"{TOPIC}: read the passage. Each option is a topic, written as its words; all but one",
            "        are topics of the passage. Which one is not?",
            "",
            "Write the option's number (1, 2, 3 …) into the column answer. If you cannot tell,",
            "guess; an empty cell means: not looked at. Work alone, from top to bottom, and do not",
            "go back: what comes later would help you with what comes first.",
            "",
            "Leave the other columns as they are.",
            "",
        ]
    )


def key_bytes(key: pd.DataFrame) -> bytes:
    """The key as a file that `read_key` reads."""
    rows = (
        (*row[:5], None if math.isnan(row[5]) else float(row[5]), bool(row[6]))
        for row in key[list(KEY)].itertuples(index=False)
    )
    return csv_bytes(KEY, rows)


def _table(path: str | Path, columns: Iterable[str], faults: list[str]) -> Table | None:
    """A CSV file's rows with at least one of them; faults are added."""
    try:
        there = Path(path).exists()
        given, path = path, Path(path).resolve()
    except (OSError, RuntimeError, ValueError):
        given, there = path, False
    if not there:
        faults.append(f"{shown(given)}: there is no such file; check the path")
        return None
    folder = Folder(path.parent)
    table = read_table(folder, path.name, tuple(columns))
    if table is not None and not table.rows:
        folder.fault(f"{path.name}: has a header and no row; take the sheet as it was written")
    faults += folder.faults
    return table


def read_key(path: str | Path) -> pd.DataFrame:
    """Read the key that was written with the sheets; what `items` returned, as far as scored.

    Raises:
        BadStudy: no such file, a missing column, an item without an intruder or with two.
    """
    faults: list[str] = []
    table = _table(path, KEY, faults)
    rows, name = [], Path(path).name
    for number, row in [] if table is None else table.rows:
        if row["task"] not in (WORD, TOPIC) or row["intruder"] not in ("true", "false"):
            faults.append(
                f"{name}, row {number}: is no row of a key; take the key as it was written"
            )
            continue
        try:
            share = float(row["share"] or "nan")
        except ValueError:
            share = math.nan
        if math.isnan(share) == (row["task"] == TOPIC):
            faults.append(
                f"{name}, row {number}, column share: {shown(row['share'])} is no share; take the "
                "key as it was written"
            )
        texts = [plain(row[column]) for column in ("topic", "passage", "option")]
        rows.append((row["item"], row["task"], *texts, share, row["intruder"] == "true"))
    key = pd.DataFrame(rows, columns=list(KEY))
    for item, own in key.groupby("item", sort=False):
        if own["intruder"].sum() != 1 or own["option"].duplicated().any():
            faults.append(
                f"{name}: item {shown(item)} has {int(own['intruder'].sum())} intruders among "
                f"{own['option'].nunique()} options; take the key as it was written"
            )
    if faults:
        raise BadStudy(faults[:MAX_LISTED])
    return key


def read_sheets(paths: Sequence[str | Path], key: pd.DataFrame) -> pd.DataFrame:
    """Read sheets that came back.

    Args:
        paths: one file a reader.
        key: what `read_key` returned.

    Returns:
        One row an answer: `coder`, `item` and `place`, the chosen option's place (from 0) among
        the item's options in the key. Items without an answer have no row.

    Raises:
        BadStudy: with all faults: a missing column, an unknown or repeated item, changed options,
            an answer that is no option's number, two names in a sheet, a name in two sheets, a
            sheet without any answer.
    """
    options = {item: own["option"].tolist() for item, own in key.groupby("item", sort=False)}
    faults: list[str] = []
    rows: list[tuple[str, str, int]] = []
    sheets: dict[str, str] = {}
    for path in paths:
        table = _table(path, ("item", "coder", *_OPTIONS, "answer"), faults)
        if table is None or not table.rows:
            continue
        name = Path(path).name
        coders = {plain(row["coder"]) for _, row in table.rows}
        coder = min(coders)
        if len(coders) > 1 or not coder:
            faults.append(
                f"{name}, column coder: {len(coders)} names ({shown(', '.join(sorted(coders)))}); "
                "write one reader's name into every row"
            )
        elif coder in sheets:
            faults.append(
                f"{name}: is a second sheet of {shown(coder)} beside {sheets[coder]}; give one"
            )
        sheets.setdefault(coder, name)
        answers, wrong = _answers(name, table, options)
        faults += wrong
        if not answers and not wrong:
            faults.append(f"{name}: no answer is filled in; write options' numbers into answer")
        rows += [(coder, item, place) for item, place in answers]
    if faults:
        raise BadStudy(faults[:MAX_LISTED])
    return pd.DataFrame(rows, columns=["coder", "item", "place"]).astype({"place": int})


def _answers(
    name: str, table: Table, options: dict[str, list[str]]
) -> tuple[list[tuple[str, int]], list[str]]:
    """(item, place of the answer in the key) of a sheet's rows, and what is wrong with them."""
    found, faults, seen = [], [], set()
    for number, row in table.rows:
        item, where = row["item"], f"{name}, row {number}"
        shown_options = [plain(row[column]) for column in _OPTIONS if row[column]]
        if item not in options:
            faults.append(
                f"{where}, column item: {shown(item)} is not in the key; give the key that was "
                "written with this sheet (--key)"
            )
        elif item in seen:
            faults.append(f"{where}, column item: {shown(item)} is there twice; keep one row")
        elif sorted(shown_options) != sorted(options[item]):
            faults.append(
                f"{where}: the options of {shown(item)} are not those of the key; copy the "
                "answers into the sheet as it was written"
            )
        elif row["answer"]:
            known = [str(place) for place in range(1, len(shown_options) + 1)]
            if row["answer"] not in known:
                faults.append(
                    f"{where}, column answer: {shown(row['answer'])} is no option's number; write "
                    f"1 to {len(known)}, or leave it empty"
                )
            else:
                chosen = shown_options[int(row["answer"]) - 1]
                found.append((item, options[item].index(chosen)))
        seen.add(item)
    return found, faults
