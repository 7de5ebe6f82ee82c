"""Coded sentences: read from files, adjudicated, set beside their units of analysis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.corpus import Corpus
from analysis.errors import MAX_LISTED, BadStudy, shown, suggest
from analysis.halves import clusters, half, root_blocks
from analysis.unit_matching import letters, matched_units
from analysis.study_files import Folder, read_table

REQUIRED_COLUMNS = ("statement_id", "text")

#: What a coder writes where a sentence has no frame; an empty cell of a coding sheet is not coded.
NO_FRAME = "none"

#: The column by which a file is known as a coding sheet; it holds the coder's name.
SHEET_COLUMN = "coder"

PROBABILITY = "inclusion_probability"

LEVELS = (0, 1, 2, 3)

#: Names of the sets of coded sentences on which scores are printed.
UNSEEN = "not seen while writing"
DEVELOPMENT = "development sentences, optimistic"

# With fewer coded sentences than this an F1 says next to nothing (METHODS: "unvalidated").
MIN_POSITIVES = 10

#: The columns of what is returned here.
COLUMNS = (
    "row", "statement_id", "text", "places", "unit", "root", "cluster", "half", "frames",
    "commitment", "probability", "by_coder", "commitment_by_coder",
)

Frames = frozenset[str]


def own(corpus: Corpus) -> pd.DataFrame:
    """The study's own coded sentences, from its coded_sentences.csv.

    Returns:
        One row a coded sentence, none without a file: `row` of the file; `statement_id`, `text`;
        `places` (see `unit_matching.matched_units`), `unit` (the first of them, −1 if there is none);
        `root` block, `cluster` (number of the root, of its own where nothing matches), `half` (""
        where nothing matches); `frames` (a set, None if not coded), `commitment` (NaN if not
        coded), inclusion `probability` (NaN if not recorded); `by_coder` and
        `commitment_by_coder`, a tuple each, in the order of `attrs["coders"]`.
    """
    coded = corpus.study.coded
    if coded is None:
        return _table(corpus, [], ())
    faults: list[str] = []
    rows = list(enumerate(coded.to_dict("records"), start=2))
    table = _file_rows("coded_sentences.csv", rows, None, faults)
    if faults:
        raise BadStudy(faults[:MAX_LISTED])
    return _merged(corpus, [table])


def read(paths: Sequence[str | Path], corpus: Corpus) -> pd.DataFrame:
    """Read files of coded sentences, several as one: the majority's frames, the median commitment.

    A file is a CSV with `statement_id` and `text`; `frames` (ids joined by `;`) and `commitment`
    (0–3), or one column a coder, `coder_1` …, `commitment_1` …, or both; or a coding sheet
    (`study codesheet`), in which an empty cell is not coded and `none` is no frame. One file's
    `frames` and `commitment` stand as they are. Of several files every coder column counts as a
    coder, or the file if it has none: a frame holds if more than half of the coders gave it, the
    commitment is their median, between two the higher ("take the higher one", codebook.md).

    Args:
        paths: the files.
        corpus: the statements in units; its dictionary names the frames.

    Returns:
        As `own` does; rows that nobody coded are left out.

    Raises:
        BadStudy: with all faults: a file that is missing, no table or empty, an unknown
            statement, frame or level.
    """
    faults: list[str] = []
    tables = []
    known = set(corpus.study.texts)
    frames = _frame_ids(corpus)
    for path in paths:
        try:
            place, there = Path(path).resolve(), Path(path).exists()
        except (OSError, RuntimeError, ValueError):
            place, there = Path(path), False
        if not there:
            faults.append(f"{shown(path)}: there is no such file; check the path")
            continue
        folder = Folder(place.parent)
        table = read_table(folder, place.name, REQUIRED_COLUMNS)
        faults += folder.faults
        if table is None:
            continue
        if not table.rows:
            faults.append(f"{place.name}: has a header and no row; write a row a sentence")
            continue
        rows = [(number, row) for number, row in table.rows if number not in table.ragged]
        unknown = {}
        for number, row in rows:
            name = row["statement_id"]
            if name not in known:
                unknown.setdefault(
                    name,
                    f"{place.name}, row {number}, column statement_id: unknown statement "
                    f"{shown(name)}; {suggest(name, sorted(known))}",
                )
        faults += unknown.values()
        before = len(faults)
        tables.append(_file_rows(place.name, rows, frames, faults))
        if len(faults) == before and not any(_is_coded(row) for row in tables[-1]):
            faults.append(
                f"{place.name}: no sentence of it is coded; fill in frames (or {NO_FRAME}) and "
                "commitment"
            )
    if faults:
        raise BadStudy(faults[:MAX_LISTED])
    return _merged(corpus, tables)


def _frame_ids(corpus: Corpus) -> set[str]:
    if corpus.study.frames is None:
        raise BadStudy(
            f"{corpus.study.name}: has no frames.yaml, so there are no frames to score; copy one "
            "into the folder"
        )
    return {category.id for category in corpus.study.frames.categories}


def _coder_columns(columns: Iterable[str]) -> list[str]:
    """`1`, `2` … of the columns coder_1, coder_2 …, in their order."""
    return [name.removeprefix("coder_") for name in columns if name.startswith("coder_")]


def _file_rows(
    name: str,
    rows: list[tuple[int, Mapping[str, str]]],
    known: set[str] | None,
    faults: list[str],
) -> list[dict[str, object]]:
    """One file's rows with codes read: sets of frames, numbers, None and NaN where not coded."""
    columns = list(rows[0][1]) if rows else []
    numbers = _coder_columns(columns)
    if rows and "frames" not in columns and not numbers:
        faults.append(f"{name}: no column 'frames' and none 'coder_1'; add one with the frames")
        return []
    sheet = SHEET_COLUMN in columns
    levels_given = {
        column for column in columns
        if column.startswith("commitment") and any(row[column] for _, row in rows)
    }
    read = []
    for number, row in rows:
        where = f"{name}, row {number}"

        def codes(frames: str, level: str, *, row=row, where=where):
            given = _level(row.get(level, ""), f"{where}, column {level}", faults)
            text = row.get(frames, "")
            skipped = level in levels_given and math.isnan(given)
            if not text and (sheet or skipped or frames not in row):
                return None, given
            return _frames(text, known, f"{where}, column {frames}", faults), given

        by_coder = [codes(f"coder_{i}", f"commitment_{i}") for i in numbers]
        own_codes = codes("frames", "commitment") if "frames" in columns else (None, math.nan)
        read.append(
            {
                "row": number,
                "file": name,
                "statement_id": row["statement_id"],
                "text": row["text"],
                "codes": own_codes,
                "decided": "frames" in columns,
                "by_coder": by_coder or [own_codes],
                "coders": [f"{name}: coder_{i}" for i in numbers]
                or [row.get(SHEET_COLUMN, "") or name],
                "probability": _probability(row.get(PROBABILITY, ""), where, faults),
            }
        )
    return read


def _is_coded(row: Mapping[str, object]) -> bool:
    return any(f is not None or not math.isnan(v) for f, v in (row["codes"], *row["by_coder"]))


def _frames(text: str, known: set[str] | None, where: str, faults: list[str]) -> Frames:
    found = {part.strip() for part in text.split(";")} - {"", NO_FRAME}
    for frame in sorted(found - known) if known is not None else ():
        faults.append(f"{where}: unknown frame {shown(frame)}; {suggest(frame, sorted(known))}")
    return frozenset(found)


def _level(text: str, where: str, faults: list[str]) -> float:
    if not text:
        return math.nan
    if text.removesuffix(".0") not in {str(level) for level in LEVELS}:
        faults.append(f"{where}: {shown(text)} is no commitment; write 0, 1, 2 or 3")
        return math.nan
    return float(text)


def _probability(text: str, where: str, faults: list[str]) -> float:
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 1:
        faults.append(
            f"{where}, column {PROBABILITY}: {shown(text)} is none; it is above 0 and at most 1"
        )
    return value


def majority(coders: Sequence[Frames | None]) -> Frames | None:
    """The frames that more than half of the coders gave; None if none of them coded.

    >>> sorted(majority([frozenset({"a", "b"}), frozenset({"a"}), frozenset(), None]))
    ['a']
    """
    present = [frames for frames in coders if frames is not None]
    if not present:
        return None
    every = set().union(*present)
    return frozenset(f for f in every if 2 * sum(f in frames for frames in present) > len(present))


def median(levels: Sequence[float]) -> float:
    """The coders' median level, between two levels the higher; NaN if none of them coded.

    >>> median([1.0, 2.0])
    2.0
    """
    present = sorted(level for level in levels if not math.isnan(level))
    return present[len(present) // 2] if present else math.nan


def _merged(corpus: Corpus, tables: list[list[dict[str, object]]]) -> pd.DataFrame:
    """The files as one table: rows that are the same sentence become one."""
    several = sum(bool(table) for table in tables) > 1
    merged: dict[tuple, dict[str, object]] = {}
    coders: dict[str, None] = {}
    for table in tables:
        seen: dict[tuple, int] = {}
        frame = pd.DataFrame(table, columns=["statement_id", "text"])
        places = matched_units(frame, corpus.sentences)
        position = np.cumsum(corpus.sentences["analysed"].to_numpy()) - 1
        for row, found in zip(table, places, strict=True):
            found = tuple((int(position[place]), a, b) for place, a, b in found)
            key = (row["statement_id"], found or letters(row["text"]))
            seen[key] = seen.get(key, 0) + 1
            one = merged.setdefault((*key, seen[key]), {**row, "places": found, "given": {}})
            one["given"].update(zip(row["coders"], row["by_coder"], strict=True))
            coders.update(dict.fromkeys(row["coders"]))
            if math.isnan(one["probability"]):
                one["probability"] = row["probability"]
    rows = []
    for one in merged.values():
        given = [one["given"].get(name, (None, math.nan)) for name in coders]
        frames, level = one["codes"]
        if several or not one["decided"]:
            frames = majority([f for f, _ in given])
            level = median([v for _, v in given])
        if frames is None and math.isnan(level):
            continue
        rows.append(
            {
                **one,
                "frames": frames,
                "commitment": level,
                "by_coder": tuple(f for f, _ in given),
                "commitment_by_coder": tuple(v for _, v in given),
            }
        )
    return _table(corpus, rows, tuple(coders))


def _table(corpus: Corpus, rows: list[dict], coders: tuple[str, ...]) -> pd.DataFrame:
    roots, numbers = root_blocks(corpus), clusters(corpus)
    free = int(numbers.max()) + 1
    complete = []
    for place, row in enumerate(rows):
        unit = row["places"][0][0] if row["places"] else -1
        root = int(roots[unit]) if unit >= 0 else -1
        complete.append(
            {
                **{name: row[name] for name in COLUMNS if name in row},
                "unit": unit,
                "root": root,
                "cluster": int(numbers[unit]) if unit >= 0 else free + place,
                "half": half(row["statement_id"], root) if unit >= 0 else "",
            }
        )
    table = pd.DataFrame(
        {name: pd.Series([row[name] for row in complete], dtype=_dtype(name)) for name in COLUMNS}
    )
    table.attrs = {"coders": coders}
    return table


def _dtype(name: str) -> str:
    if name in ("row", "unit", "root", "cluster"):
        return "int64"
    return "float64" if name in ("commitment", "probability") else "object"


def holds(coded: pd.DataFrame, frame: str) -> np.ndarray:
    """(rows,) whether each coded sentence was coded with the frame; false where not coded."""
    return np.array([bool(f) and frame in f for f in coded["frames"]], dtype=bool)


def coded_with_frames(coded: pd.DataFrame) -> pd.DataFrame:
    """The rows whose frames were coded."""
    return coded[coded["frames"].notna()]


def unseen(corpus: Corpus, coded: pd.DataFrame) -> np.ndarray:
    """(rows,) whether a coded sentence was kept from those who wrote the dictionary.

    Seen are the development halves of the statements that the dictionary names as read while it
    was written (`developed_on`).
    """
    frames = corpus.study.frames
    read_before = set(frames.developed_on) if frames else set()
    return np.array(
        [
            side == "correction" or statement not in read_before
            for side, statement in zip(coded["half"], coded["statement_id"], strict=True)
        ],
        dtype=bool,
    )


def sets(corpus: Corpus, coded: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The coded sentences with frames: those not seen while writing, then the others; no empty."""
    own = coded_with_frames(coded)
    kept = unseen(corpus, own)
    both = ((UNSEEN, own[kept]), (DEVELOPMENT, own[~kept]))
    return [(called, part.reset_index(drop=True)) for called, part in both if len(part)]
