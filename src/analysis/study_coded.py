"""Sentences and ledger units that readers have coded: files of the study, checked and read."""

import pandas as pd

from analysis.dictionary import Dictionary
from analysis.errors import MAX_LISTED, shown, suggest
from analysis.study_files import Folder, read_table

CODED_COLUMNS = ("statement_id", "text", "frames", "commitment")
LEDGER_COLUMNS = ("unit", "statement_id", "other_statement_id", "text", "label", "counterparts")
# What became of a unit of the earlier statement; where one of the later statement comes from.
LEDGER_LABELS = ("kept", "reworded", "dropped", "inherited", "new")


def read_coded(
    folder: Folder, statements: set[str], frames: Dictionary | None
) -> pd.DataFrame | None:
    """Read coded sentences; statements and frames must be known. None without a file."""
    name = "coded_sentences.csv"
    table = read_table(folder, name, CODED_COLUMNS) if folder.has(name) else None
    if table is None or not statements:
        return None
    rows = [(number, row) for number, row in table.rows if number not in table.ragged]
    of = [(number, row["statement_id"]) for number, row in rows]
    _refuse_unknown(folder, f"{name}, column statement_id", "statement", of, statements)
    if frames is not None:
        coded = [
            (number, frame) for number, row in rows
            for frame in map(str.strip, row["frames"].split(";")) if frame
        ]
        # A filled sheet (`study codesheet`) says "none" where a sentence has no frame.
        known = {category.id for category in frames.categories} | {"none"}
        _refuse_unknown(folder, f"{name}, column frames", "frame", coded, known)
    return pd.DataFrame([row for _, row in table.rows])


def read_ledger_labels(folder: Folder, statements: set[str]) -> pd.DataFrame | None:
    """Read labels of the clause ledger; statements and labels must be known."""
    name = "ledger_labels.csv"
    table = read_table(folder, name, LEDGER_COLUMNS) if folder.has(name) else None
    if table is None or not statements:
        return None
    rows = [(number, row) for number, row in table.rows if number not in table.ragged]
    for column, what, known in (
        ("statement_id", "statement", statements),
        ("other_statement_id", "statement", statements),
        ("label", "label", set(LEDGER_LABELS)),
    ):
        named = [(number, row[column]) for number, row in rows]
        _refuse_unknown(folder, f"{name}, column {column}", what, named, known)
    return pd.DataFrame([row for _, row in table.rows])


def _refuse_unknown(
    folder: Folder, where: str, what: str, named: list[tuple[int, str]], known: set[str]
) -> None:
    first_row: dict[str, int] = {}
    for number, name in named:
        if name not in known:
            first_row.setdefault(name, number)
    for name, number in list(first_row.items())[:MAX_LISTED]:
        folder.fault(
            f"{where.replace(',', f', row {number},', 1)}: unknown {what} {shown(name)}; "
            f"{suggest(name, sorted(known))}"
        )
    if len(first_row) > MAX_LISTED:
        folder.fault(f"{where}: {len(first_row) - MAX_LISTED} more {what}s are unknown")
