"""Texts in one column of a Parquet, CSV or JSONL file, in the place of a file each.

`study.py` uses this for `texts:` of study.yaml. As in `study_files`, nothing raises: faults are
noted with the file, the row and what to do.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from analysis import parquet
from analysis.errors import MAX_LISTED, shown, suggest
from analysis.packed import Texts
from analysis.study_files import Folder

# A million statements of 300 words are about 2 GB; beyond, the file should be parted by study.
MAX_COLUMN_BYTES = 4_000_000_000

SUFFIXES = (".parquet", ".csv", ".jsonl")


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Where the texts stand.

    Attributes:
        file: path in the study folder.
        id, text: names of the columns (of JSONL: keys) with a statement's id and its text.
    """

    file: str
    id: str = "id"
    text: str = "text"


def read(folder: Folder, column: TextColumn) -> Texts | None:
    """Id → text, as it stands there (a byte order mark dropped); None if the file is at fault.

    Args:
        folder: takes the faults; the file's hash is kept there.
        column: where the texts stand.
    """
    place = f"study.yaml: texts: {shown(column.file)}"
    suffix = PurePosixPath(column.file).suffix.lower()
    if suffix not in SUFFIXES:
        folder.fault(f"{place}: is no table of texts; name a file that ends in "
                     f"{', '.join(SUFFIXES)}")
        return None
    data = folder.read(column.file, place, limit=MAX_COLUMN_BYTES)
    if data is None:
        return None
    before = len(folder.faults)
    rows = {".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl}[suffix](folder, data, column)
    texts = Texts({})
    faults: list[str] = []
    for number, identifier, text in rows:
        where = f"{column.file}, row {number}"
        name = "" if identifier is None else " ".join(str(identifier).split())
        if not name:
            faults.append(f"{where}, column {column.id}: is empty; write the statement's id")
        elif name in texts:
            faults.append(f"{where}, column {column.id}: {shown(name)} again; keep one row of it")
        elif not isinstance(text, str):
            faults.append(f"{where}, column {column.text}: is no text; write one, or remove the row")
        elif "\0" in text:
            faults.append(f"{where}, column {column.text}: holds a NUL, so it is no plain text; "
                          "remove it")
        else:
            texts.add(name, text.removeprefix("\ufeff"))
    for fault in faults[:MAX_LISTED]:
        folder.fault(fault)
    if len(faults) > MAX_LISTED:
        folder.fault(f"{column.file}: {len(faults) - MAX_LISTED} more rows are at fault")
    return texts if len(folder.faults) == before else None


def hash_of(text: str) -> str:
    """The SHA-256 of a text as UTF-8, which statements.csv may record."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _no_column(folder: Folder, column: TextColumn, named: str, found: list[str]) -> None:
    folder.fault(
        f"{column.file}: no column {shown(named)}; {suggest(named, found)}, or name it in "
        "study.yaml, texts: {file: …, id: …, text: …}"
    )


def _csv(folder: Folder, data: bytes, column: TextColumn) -> Iterator[tuple[int, object, object]]:
    limit = csv.field_size_limit(len(data) + 1)
    reader = csv.reader(
        io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline=""), strict=True
    )
    try:
        header = next(reader, [])
        for named in (column.id, column.text):
            if named not in header:
                _no_column(folder, column, named, header)
                return
        at, of = header.index(column.id), header.index(column.text)
        for number, cells in enumerate(reader, start=2):
            if not any(cells):
                continue
            if len(cells) != len(header):
                folder.fault(
                    f"{column.file}, row {number}: has {len(cells)} cells, the header "
                    f"{len(header)}; put texts in quotes, and double quotes in them"
                )
                return
            yield number, cells[at], cells[of]
    except UnicodeDecodeError:
        folder.decode(data, column.file)
    except csv.Error as error:
        folder.fault(
            f"{column.file}, line {reader.line_num}: not valid CSV ({error}); put texts in "
            "quotes, and double quotes in them"
        )
    finally:
        csv.field_size_limit(limit)


def _jsonl(folder: Folder, data: bytes, column: TextColumn) -> Iterator[tuple[int, object, object]]:
    for number, line in enumerate(io.BytesIO(data.removeprefix(b"\xef\xbb\xbf")), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            why = "not UTF-8" if isinstance(error, UnicodeDecodeError) else "not valid JSON"
            folder.fault(f"{column.file}, line {number}: {why}; write one object a line")
            return
        if not isinstance(row, dict):
            folder.fault(f"{column.file}, line {number}: is no object; write "
                         f'{{"{column.id}": …, "{column.text}": …}}')
            return
        for named in (column.id, column.text):
            if named not in row:
                _no_column(folder, column, named, list(row))
                return
        yield number, row[column.id], row[column.text]


def _parquet(
    folder: Folder, data: bytes, column: TextColumn
) -> Iterator[tuple[int, object, object]]:
    try:
        names = parquet.columns(data)
        for named in (column.id, column.text):
            if named not in names:
                _no_column(folder, column, named, names)
                return
        for number, row in enumerate(parquet.rows(data, (column.id, column.text)), start=1):
            yield number, *row
    except parquet.NotParquet as error:
        folder.fault(f"{column.file}: not valid Parquet ({error}); write the file again")
