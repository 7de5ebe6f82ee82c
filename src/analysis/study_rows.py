"""statements.csv and the texts of its rows, checked and read.

Texts are files, one a statement, or one column of a table that `texts:` of study.yaml names
(`text_columns`); statements.csv then needs no column `file`.

What statements.csv must hold
    id        lower-case letters, digits, '.', '_', '-' (it becomes file names and anchors)
    file      path of the text inside the study folder, UTF-8
    title     as it is to be shown
    date      YYYY, YYYY-MM or YYYY-MM-DD; may be empty (undated, with a warning)
    genre     statement, or commentary (about statements; never part of a baseline)
    language  a code such as en, fr or pt-BR
The further known columns may be missing or empty, which means "not recorded" and is never
guessed; columns of one's own are kept. White space around and line breaks inside a cell are
folded. Rows are numbered as a spreadsheet shows them: the header is row 1.
"""

import datetime
import hashlib
import re
from pathlib import Path, PurePosixPath

import pandas as pd

from analysis import text_columns
from analysis.errors import MAX_LISTED, shown, some
from analysis.packed import Texts
from analysis.study_files import Folder, Table, path_problem, visible_names
from analysis.text_columns import TextColumn

REQUIRED_COLUMNS = ("id", "file", "title", "date", "genre", "language")
# The shipped study's columns, in its order.
COLUMNS = (
    "id", "file", "title", "date", "date_basis", "issuer", "format", "genre", "language",
    "publisher", "licence", "source_url", "retrieved", "host_or_drafter", "original_language",
    "translation_of", "redistribution", "sha256",
)  # fmt: skip
RESERVED_COLUMNS = ("statement_id", "group")
GENRES = ("statement", "commentary")

# File systems end at 255 bytes a name; ids stand in names with a prefix and a suffix.
ID_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
LANGUAGE_PATTERN = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
DATE_PATTERN = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")

ID_ADVICE = "use lower-case letters, digits, '.', '_' and '-', a letter or digit at both ends"
DATE_ADVICE = "write a calendar date as YYYY, YYYY-MM or YYYY-MM-DD"


def read_statements(folder: Folder, table: Table, column: TextColumn | None) -> Texts:
    """Check every row and read its text; returns the texts that could be read, maybe others."""
    row_of_id: dict[str, int] = {}
    for number, row in table.rows:
        if number in table.ragged:
            continue
        _check_row(folder, number, row)
        if row["id"] in row_of_id:
            folder.fault(
                f"statements.csv, row {number}, column id: {shown(row['id'])} again (first in row "
                f"{row_of_id[row['id']]}); give each statement its own id"
            )
        row_of_id.setdefault(row["id"], number)
    texts = _read_files(folder, table) if column is None else _read_column(folder, table, column)
    _check_number(folder, table)
    _warn(folder, table, column)
    return texts


def _read_files(folder: Folder, table: Table) -> Texts:
    """Read the text of every row from its file."""
    texts = Texts({})
    row_of_file: dict[Path, int] = {}
    file_of_hash: dict[str, str] = {}
    for number, row in table.rows:
        if number in table.ragged:
            continue
        place = f"statements.csv, row {number}, column file: {shown(row['file'])}"
        problem = path_problem(row["file"])
        if problem:
            folder.fault(f"{place}: {problem}")
            continue
        text = _read_text(folder, number, row, place)
        if text is not None:
            texts.add(row["id"], text)
        target = _resolved(folder, row["file"])
        if target in row_of_file:
            folder.fault(
                f"{place}: is the text of row {row_of_file[target]}, too; give each statement "
                "its own file"
            )
        elif text is not None:
            digest = folder.files[PurePosixPath(row["file"]).as_posix()]
            if digest in file_of_hash:
                folder.warnings.append(
                    f"{row['file']}: the same bytes as {file_of_hash[digest]}; is one a copy?"
                )
            file_of_hash.setdefault(digest, row["file"])
        row_of_file.setdefault(target, number)
    return texts


def _read_column(folder: Folder, table: Table, column: TextColumn) -> Texts:
    """Find the text of every row in the table that study.yaml names."""
    found = text_columns.read(folder, column)
    if found is None:
        return Texts({})
    copies, faults, first = [], [], {}
    for number, row in table.rows:
        if number in table.ragged:
            continue
        text, where = found.get(row["id"]), f"statements.csv, row {number}, column"
        if text is None:
            faults.append(f"{where} id: {shown(row['id'])} has no row in {column.file}; add its "
                          "text there, or remove the row here")
            continue
        digest, recorded = text_columns.hash_of(text), row.get("sha256", "").lower()
        if recorded and recorded != digest:
            faults.append(f"{where} sha256: records {recorded}, the text in {column.file} has "
                          f"{digest}; restore it, or, if this is the text as retrieved, record "
                          "its hash")
        if not any(character.isalnum() for character in text):
            faults.append(f"{column.file}: the text of {shown(row['id'])} is empty, there is no "
                          f"word in it; add it, or remove row {number} of statements.csv")
            continue
        if digest in first:
            copies.append(f"{row['id']} of {first[digest]}")
        first.setdefault(digest, row["id"])
    for fault in faults[:MAX_LISTED]:
        folder.fault(fault)
    if len(faults) > MAX_LISTED:
        folder.fault(f"statements.csv: {len(faults) - MAX_LISTED} more rows have such faults")
    if copies:
        folder.warnings.append(f"{column.file}: the same text twice, is one a copy? "
                               f"{some(copies)}")
    own = {row["id"] for _, row in table.rows}
    left = [name for name in found if name not in own]
    if left:
        folder.warnings.append(f"{column.file}: not in statements.csv, so not read: {some(left)}")
    return found


def _check_row(folder: Folder, number: int, row: dict[str, str]) -> None:
    def fault(column: str, message: str) -> None:
        folder.fault(f"statements.csv, row {number}, column {column}: {message}")

    if not ID_PATTERN.fullmatch(row["id"]):
        fault("id", f"{shown(row['id'])} is no id; {ID_ADVICE}")
    if not row["title"]:
        fault("title", "is empty; write the statement's title")
    if row["date"] and not is_date(row["date"]):
        fault("date", f"{shown(row['date'])} is no date; {DATE_ADVICE}, or leave it empty")
    if row["genre"] not in GENRES:
        fault("genre", f"{shown(row['genre'])} is no genre; write {' or '.join(GENRES)}")
    if not LANGUAGE_PATTERN.fullmatch(row["language"]):
        fault("language", f"{shown(row['language'])} is no language code; write en, fr, pt-BR …")


def is_date(text: str) -> bool:
    if not DATE_PATTERN.fullmatch(text):
        return False
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True


def _resolved(folder: Folder, file: str) -> Path:
    try:
        return (folder.root / file).resolve()
    except (OSError, RuntimeError, ValueError):
        return folder.root / file


def _read_text(folder: Folder, number: int, row: dict[str, str], place: str) -> str | None:
    data = folder.read(row["file"], place)
    if data is None:
        return None
    recorded, found = row.get("sha256", ""), hashlib.sha256(data).hexdigest()
    if recorded and not re.fullmatch(r"[0-9A-Fa-f]{64}", recorded):
        folder.fault(
            f"statements.csv, row {number}, column sha256: {shown(recorded)} is no SHA-256; "
            f"write 64 hexadecimal digits (the file's: {found})"
        )
    elif recorded and recorded.lower() != found:
        folder.fault(
            f"{row['file']}: has changed: statements.csv, row {number}, column sha256 records "
            f"{recorded}, the file has {found}; restore it, or, if this is the text as "
            "retrieved, record its hash"
        )
    text = folder.decode(data, row["file"])
    if text is not None and not any(character.isalnum() for character in text):
        folder.fault(
            f"{row['file']}: is empty, there is no word in it; add the text, or remove row "
            f"{number} of statements.csv"
        )
        return None
    return text


def read_translations(folder: Folder, table: Table) -> dict[str, str]:
    """Rows that translate a statement of the study: id → the original's id.

    What is no id here names a text outside the study; the row then stands for itself.
    """
    of = {row["id"]: row.get("translation_of", "") for _, row in table.rows if row["id"]}
    found = {}
    for number, row in table.rows:
        id, original = row["id"], row.get("translation_of", "")
        if original not in of:
            if ID_PATTERN.fullmatch(original):
                folder.warnings.append(
                    f"statements.csv, row {number}, column translation_of: {shown(original)} is no "
                    "statement here, so both would count if it were added under another id"
                )
            continue
        place = f"statements.csv, row {number}, column translation_of: {shown(original)}"
        if original == id:
            folder.fault(f"{place}: is the statement itself; name the original, or leave it empty")
        elif of[original] in of:
            folder.fault(
                f"{place}: is a translation itself (of {shown(of[original])}); name the original "
                "text in both"
            )
        else:
            found[id] = original
    if found:
        listed = some([f"{id} (of {original})" for id, original in found.items()])
        folder.warnings.append(f"translations, read and not counted beside their originals: {listed}")
    return found


def _check_number(folder: Folder, table: Table) -> None:
    ids = {row["id"] for _, row in table.rows if row["id"]}
    number = sum(
        row["genre"] == "statement" and row.get("translation_of", "") not in ids
        for _, row in table.rows
    )
    # A genre that is none may be meant as statement, and has its own fault.
    unclear = table.ragged or any(row["genre"] not in GENRES for _, row in table.rows)
    if number < 2 and not unclear:
        folder.fault(
            f"statements.csv: {number} statement(s) of genre 'statement', a comparison needs at "
            "least two; add rows"
        )


# What holds code, of files and of folders in a study.
_CODE, _CODE_FOLDERS = (".ipynb", ".py", ".pth"), ("notebooks", "__pycache__")


def _warn(folder: Folder, table: Table, texts: TextColumn | None) -> None:
    code = [
        name for name in visible_names(folder.root)
        if name.lower().endswith(_CODE) or name in _CODE_FOLDERS
    ]
    if code:
        folder.warnings.append(
            f"holds notebooks or code, which are never run, a study is data: {some(code)}"
        )
    for column, lacking in (
        ("date", "no date in statements.csv, so last and outside every comparison over time"),
        ("sha256", "no sha256 in statements.csv; record it to notice later changes"),
    ):
        ids = [row["id"] for _, row in table.rows if not row.get(column)]
        # A table of texts has the hash of its file.
        if ids and not (texts and column == "sha256"):
            which = f"all {len(ids)}" if len(ids) == len(table.rows) > MAX_LISTED else some(ids)
            folder.warnings.append(f"{lacking}: {which}")
    if texts is not None:
        if any(row.get("file") for _, row in table.rows):
            folder.warnings.append(
                "statements.csv, column file: not read, study.yaml names a table of texts"
            )
        return
    named = {PurePosixPath(row["file"]) for _, row in table.rows}
    for parent in sorted({path.parent for path in named}):
        for path in (parent / name for name in visible_names(folder.root / parent)):
            if path.suffix == ".txt" and path not in named:
                folder.warnings.append(
                    f"{shown(path)}: not in statements.csv, so not read; add a row, or remove it"
                )


def statement_table(rows: list[dict[str, str]], group_of: dict[str, str]) -> pd.DataFrame:
    own = [column for column in rows[0] if column not in COLUMNS]
    table = pd.DataFrame(
        [[row.get(column, "") for column in (*COLUMNS, *own)] for row in rows],
        columns=[*COLUMNS, *own],
    )
    table = table.rename(columns={"id": "statement_id"})
    return table.assign(group=[group_of.get(row["id"], "") for row in rows])
