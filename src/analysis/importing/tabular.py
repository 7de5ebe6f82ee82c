"""Tables: .csv, .tsv, .jsonl, .parquet and .xlsx as columns and rows of text."""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
from dataclasses import dataclass

from analysis import parquet
from analysis.errors import shown
from analysis.importing.decoding import decode
from analysis.importing.reading import Unreadable
from analysis.importing.zipped import Zip
from analysis.plural import counted

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".xlsx")
# A row becomes a file of its own; beyond this a folder is no longer handled with ease.
MAX_ROWS = 200_000
MAX_COLUMNS = 1_000
# A cell may hold a speech; Python's reader stops at 131,072 characters.
_MAX_CELL = 10_000_000
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as text.

    Attributes:
        columns: their names, as written, each once.
        rows: number as a spreadsheet shows it (the header is row 1), and column → cell; white
            space around a cell is dropped, line breaks inside are kept.
        notes: how it was read, where that is not certain.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    notes: tuple[str, ...] = ()


def read(data: bytes, suffix: str) -> Sheet:
    """What does a table hold?

    Args:
        data: the file.
        suffix: one of `SUFFIXES`; says how it is read.

    Raises:
        Unreadable: it is no such table, or is too large.
    """
    reader = {".jsonl": _jsonl, ".ndjson": _jsonl, ".parquet": _parquet, ".xlsx": _xlsx}
    if suffix in reader:
        return _checked(*reader[suffix](data))
    return _checked(*_separated(data, "\t" if suffix == ".tsv" else ""))


def _checked(
    columns: list[str], records: list[tuple[int, list[str]]], notes: list[str]
) -> Sheet:
    while columns and not columns[-1] and all(len(cells) < len(columns) or not cells[-1]
                                               for _, cells in records):
        columns = columns[:-1]
        records = [(number, cells[: len(columns)]) for number, cells in records]
    if not columns:
        raise Unreadable("is an empty table; write a header and one row each")
    if len(columns) > MAX_COLUMNS:
        raise Unreadable(f"has {len(columns):,} columns, more than {MAX_COLUMNS:,}")
    if len(records) > MAX_ROWS:
        raise Unreadable(f"has {len(records):,} rows, more than {MAX_ROWS:,}; split it")
    unnamed = [i for i, column in enumerate(columns, 1) if not column]
    if unnamed:
        raise Unreadable(f"has no name for column {unnamed[0]} in its first row; name or remove it")
    twice = next((column for i, column in enumerate(columns) if column in columns[:i]), None)
    if twice is not None:
        raise Unreadable(f"has two columns called {shown(twice)}; rename one")
    ragged = [number for number, cells in records if len(cells) > len(columns)]
    if ragged:
        raise Unreadable(
            f"row {ragged[0]} has more cells than the header"
            + (f" (and {counted(len(ragged) - 1, 'more row')})" if len(ragged) > 1 else "")
            + "; put cells that hold the separator in quotes"
        )
    rows = tuple(
        (number, dict.fromkeys(columns, "") | dict(zip(columns, cells, strict=False)))
        for number, cells in records if any(cells)
    )
    if not rows:
        raise Unreadable("has a header and no rows; add one row each")
    return Sheet(tuple(columns), rows, tuple(notes))


def _separated(data: bytes, separator: str) -> tuple[list[str], list, list[str]]:
    text, assumed = decode(data)
    notes = [assumed] if assumed else []
    lines = text.splitlines()
    # Excel's own hint about the separator.
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == 5:
        separator, text = lines[0][4], text.split("\n", 1)[-1]
        lines = lines[1:]
    if not separator:
        header = next((line for line in lines if line.strip()), "")
        separator = max(_SEPARATORS, key=lambda sign: (_outside_quotes(header, sign), sign == ","))
        if separator != ",":
            notes.append(f"cells parted by {_SEPARATORS[separator]}")
    limit = csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        # Numbered by record, as a spreadsheet numbers its rows.
        records = [(i, [cell.strip() for cell in cells]) for i, cells in enumerate(reader, 1)]
    except csv.Error as error:
        raise Unreadable(
            f"line {reader.line_num} is not valid CSV ({error}); check the quotes: a cell with the "
            'separator, a quote or a line break stands in "…", quotes in it are doubled'
        ) from None
    finally:
        csv.field_size_limit(limit)
    records = [(number, cells) for number, cells in records if any(cells)]
    if not records:
        return [], [], notes
    return records[0][1], records[1:], notes


def _outside_quotes(line: str, sign: str) -> int:
    return sum(part.count(sign) for part in line.split('"')[::2])


def _jsonl(data: bytes) -> tuple[list[str], list, list[str]]:
    text, assumed = decode(data)
    columns: dict[str, None] = {}
    found: list[tuple[int, dict[str, str]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = getattr(error, "msg", "nested too deep")
            raise Unreadable(f"line {number} is no JSON ({reason}); write one object a line") from None
        if not isinstance(value, dict):
            raise Unreadable(f"line {number} is no JSON object; write {{\"text\": …}} a line")
        found.append((number, {str(key): _cell(item) for key, item in value.items()}))
        columns.update(dict.fromkeys(found[-1][1]))
    names = list(columns)
    records = [(number, [row.get(name, "") for name in names]) for number, row in found]
    return names, records, [assumed] if assumed else []


def _parquet(data: bytes) -> tuple[list[str], list, list[str]]:
    try:
        # pandas writes its index beside the columns.
        names = [n for n in parquet.columns(data) if not n.startswith("__index_level_")]
        records = []
        for number, row in enumerate(parquet.rows(data, names), 2):
            if number > MAX_ROWS + 1:
                raise Unreadable(f"has more than {MAX_ROWS:,} rows; split it")
            records.append((number, [_cell(value) for value in row]))
    except parquet.NotParquet as error:
        raise Unreadable(f"is no sound Parquet file ({error}); save it again") from None
    return names, records, []


def _xlsx(data: bytes) -> tuple[list[str], list, list[str]]:
    from openpyxl import load_workbook

    file = Zip(data)
    for name in file.names():
        problem = file.problem(name)
        if problem:
            raise Unreadable(f"{shown(name)} in it {problem}")
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        filled = [sheet for sheet in sheets if next(sheet.iter_rows(values_only=True), None)]
        if not filled:
            return [], [], []
        records = []
        for number, values in enumerate(filled[0].iter_rows(values_only=True), 1):
            if number > MAX_ROWS:
                raise Unreadable(f"has more than {MAX_ROWS:,} rows; split it")
            cells = [_cell(value).strip() for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                records.append((number, cells))
        book.close()
    except Unreadable:
        raise
    except Exception as error:  # openpyxl lets whatever a damaged file provokes pass
        raise Unreadable(
            f"is no sound Excel workbook ({type(error).__name__}); save it again, or as CSV"
        ) from None
    notes = []
    if len(filled) > 1:
        notes.append(
            f"only its first sheet, {shown(filled[0].title)}, was read ({len(filled)} have cells)"
        )
    if not records:
        return [], [], notes
    width = max(len(cells) for _, cells in records)
    header = records[0][1] + [""] * (width - len(records[0][1]))
    return header, records[1:], notes


def _cell(value: object) -> str:
    """A cell as text: dates as ISO, whole numbers without a decimal point, nothing as ""."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list | tuple):
        return "; ".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, bytes):
        return decode(value)[0]
    return str(value)
