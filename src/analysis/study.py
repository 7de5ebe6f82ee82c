"""A study folder, read and validated: the only reader of data/.

A study is data only: `study.yaml` (what is compared with what), `statements.csv` (one row a
statement) and the texts, beside them, if wanted, the dictionary `frames.yaml` (or one of another
form, or `generic`, as `frames:` of study.yaml says), `wording.yaml`, `commitments.yaml`, words that
topics are expected to have (`topic_anchors.yaml`), `coded_sentences.csv` and `ledger_labels.csv`.
Nothing in it is ever run.

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
import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pandas as pd

from analysis import commitment_rules, fingerprint, one_language, text_columns, wordlists
from analysis.commitment_rules import Rules
from analysis.dictionary import Dictionary
from analysis.dictionary_files import SUFFIXES, from_dic, from_dicx, from_yaml
from analysis.errors import MAX_LISTED, BadStudy, shown, suggest
from analysis.packed import Texts, release
from analysis.safe_yaml import MAX_BYTES, KeyPath, YamlFile
from analysis.study_files import Folder, Table, read_table, visible_names
from analysis.text_columns import TextColumn
from analysis.wordlists import Wording

REQUIRED_COLUMNS = ("id", "file", "title", "date", "genre", "language")
# The shipped study's columns, in its order.
COLUMNS = (
    "id", "file", "title", "date", "date_basis", "issuer", "format", "genre", "language",
    "publisher", "licence", "source_url", "retrieved", "host_or_drafter", "original_language",
    "translation_of", "redistribution", "sha256",
)  # fmt: skip
RESERVED_COLUMNS = ("statement_id", "group")
FRAMES = "frames.yaml"
ANCHORS = "topic_anchors.yaml"
ANCHORS_SCHEMA = {
    "type": "object",
    "description": "a mapping with the key topics",
    "additionalProperties": False,
    "required": ["topics"],
    "properties": {
        "topics": {
            "type": "object",
            "description": "names of expected topics, each with a list of words",
            "minProperties": 1,
            "additionalProperties": {
                "type": "array",
                "description": "a list of words",
                "minItems": 1,
                "items": {"type": "string", "description": "one word", "minLength": 1},
            },
        },
    },
}
# What `frames:` of study.yaml calls the dictionary that ships with the package.
GENERIC = "generic"
CODED_COLUMNS = ("statement_id", "text", "frames", "commitment")
LEDGER_COLUMNS = ("unit", "statement_id", "other_statement_id", "text", "label", "counterparts")
# What became of a unit of the earlier statement; where one of the later statement comes from.
LEDGER_LABELS = ("kept", "reworded", "dropped", "inherited", "new")
GENRES = ("statement", "commentary")

# File systems end at 255 bytes a name; ids stand in names with a prefix and a suffix.
ID_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
LANGUAGE_PATTERN = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
DATE_PATTERN = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")

ID_ADVICE = "use lower-case letters, digits, '.', '_' and '-', a letter or digit at both ends"
DATE_ADVICE = "write a calendar date as YYYY, YYYY-MM or YYYY-MM-DD"


@dataclass(frozen=True, slots=True)
class Group:
    """Statements that are compared as one side; their ids in order of date."""

    id: str
    label: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contrast:
    """A declared comparison of two sets of statements (ids in order of date)."""

    id: str
    label: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    a_label: str
    b_label: str


@dataclass(frozen=True, slots=True)
class Event:
    """A dated event for the timeline, with the place where its date is said."""

    date: str
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A statement that is known to exist and is not in the study."""

    date: str
    title: str
    issuer: str
    source: str


@dataclass(frozen=True, eq=False)
class Study:
    """A valid study.

    Attributes:
        path: the folder, absolute.
        name: the folder's name.
        title, question, description: of study.yaml, description "" if there is none.
        statements: one row a statement; the columns of statements.csv as text ("" = not
            recorded; all of COLUMNS, then the study's own) with `id` as `statement_id`, then
            `group` (a group's id, or ""); by date, undated last, then by statement_id.
        texts: statement_id → decoded text; a byte order mark is dropped, newlines are kept.
        translations: id → id of the statement it translates. A text and its translation are one
            statement: the translation is read and checked, and stands in no table or text here.
        groups: by id, in the order of study.yaml.
        contrasts: in the order of study.yaml.
        events, absent: by date.
        parameters: values that replace the notebooks' defaults.
        coding: `coders` (model or people) and `description` of the coded sentences, or empty.
        findings: declared findings as written, in order; `findings.declared` reads them.
        alternatives: choice → `options` and `reason`, as written.
        exclusions: combinations of alternatives that make no sense: `together` and `reason`.
        frames: the dictionary of frames.yaml or of what study.yaml names, None where there is
            none.
        wording: the lists of wording.yaml, or the package's where there is no file.
        commitments: the rules of commitments.yaml, or the package's where there is no file.
        anchors: name of an expected topic → its words, from topic_anchors.yaml; empty without it.
        coded: coded_sentences.csv as text, None where there is no file.
        ledger_labels: ledger_labels.csv as text, None where there is no file.
        warnings: what a person should know and need not mend, one line each.
        files: path in the study → SHA-256 of the bytes, for every file that was read.
    """

    path: Path
    name: str
    title: str
    question: str
    description: str
    statements: pd.DataFrame
    texts: Texts
    groups: dict[str, Group]
    contrasts: tuple[Contrast, ...]
    events: tuple[Event, ...]
    absent: tuple[Absent, ...]
    parameters: dict[str, str | int | float | bool]
    coding: dict[str, str]
    findings: tuple[dict[str, Any], ...]
    alternatives: dict[str, dict[str, Any]]
    exclusions: tuple[dict[str, Any], ...]
    frames: Dictionary | None
    wording: Wording
    commitments: Rules
    anchors: dict[str, tuple[str, ...]]
    coded: pd.DataFrame | None
    ledger_labels: pd.DataFrame | None
    warnings: tuple[str, ...]
    files: dict[str, str]
    translations: dict[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """The SHA-256 over the names and contents of all files of the study that were read."""
        return fingerprint.of(self.files)


def load_study(path: str | Path) -> Study:
    """Is this folder a sound study, and what is in it?

    Args:
        path: the study folder.

    Returns:
        The study, every reference in it resolved.

    Raises:
        BadStudy: with all faults at once: what was found, in which file, row and column or
            line and key, and what to do.
    """
    folder = Folder(Path(path))
    if folder.faults:
        raise BadStudy(folder.faults)
    file = _read_yaml(folder, "study.yaml")
    column = _text_column(file)
    required = [name for name in REQUIRED_COLUMNS if column is None or name != "file"]
    table = read_table(folder, "statements.csv", required, taken=RESERVED_COLUMNS)
    texts = Texts({}) if table is None else _read_statements(folder, table, column)
    rows = [] if table is None else [row for _, row in table.rows]
    translations = _translations(folder, table) if table is not None else {}
    rows = [row for row in rows if row["id"] not in translations]
    rows.sort(key=lambda row: (not row["date"], row["date"], row["id"]))
    declared = _read_declared(folder, file, rows)
    every_id = {row["id"] for row in rows}
    rows = declared.pop("rows", rows)
    frames = _read_frames(folder, declared.pop("frames", None))
    wording = _read_wording(folder)
    commitments = _read_commitments(folder)
    _warn_of_languages(folder, frames, rows)
    anchors = _read_anchors(folder)
    coded = _read_coded(folder, every_id, frames)
    ledger_labels = _read_ledger_labels(folder, every_id)
    if folder.faults:
        raise BadStudy(folder.faults)
    group_of = {id: group.id for group in declared["groups"].values() for id in group.statements}
    release()
    return Study(
        path=folder.root,
        name=folder.root.name,
        statements=_statement_table(rows, group_of),
        texts=texts.only([row["id"] for row in rows]),
        **declared,
        translations=translations,
        frames=frames,
        wording=wording or wordlists.shipped(),
        commitments=commitments or commitment_rules.default(),
        anchors=anchors,
        coded=one_language.kept_table(rows, coded, "statement_id"),
        ledger_labels=one_language.kept_table(rows, ledger_labels, "statement_id", "other_statement_id"),
        warnings=tuple(folder.warnings),
        files=dict(sorted(folder.files.items())),
    )


def _read_statements(folder: Folder, table: Table, column: TextColumn | None) -> Texts:
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
        problem = _path_problem(row["file"])
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
                               f"{_some(copies)}")
    own = {row["id"] for _, row in table.rows}
    left = [name for name in found if name not in own]
    if left:
        folder.warnings.append(f"{column.file}: not in statements.csv, so not read: {_some(left)}")
    return found


def _check_row(folder: Folder, number: int, row: dict[str, str]) -> None:
    def fault(column: str, message: str) -> None:
        folder.fault(f"statements.csv, row {number}, column {column}: {message}")

    if not ID_PATTERN.fullmatch(row["id"]):
        fault("id", f"{shown(row['id'])} is no id; {ID_ADVICE}")
    if not row["title"]:
        fault("title", "is empty; write the statement's title")
    if row["date"] and not _is_date(row["date"]):
        fault("date", f"{shown(row['date'])} is no date; {DATE_ADVICE}, or leave it empty")
    if row["genre"] not in GENRES:
        fault("genre", f"{shown(row['genre'])} is no genre; write {' or '.join(GENRES)}")
    if not LANGUAGE_PATTERN.fullmatch(row["language"]):
        fault("language", f"{shown(row['language'])} is no language code; write en, fr, pt-BR …")


def _is_date(text: str) -> bool:
    if not DATE_PATTERN.fullmatch(text):
        return False
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True


def _path_problem(file: str) -> str:
    """Say what is wrong with a path as it is written, whatever system it was written on."""
    windows = PureWindowsPath(file)
    if not file:
        return "is empty; write the path of the text inside the study folder"
    if file.startswith("/") or windows.drive or windows.root:
        return "is absolute; write the path from the study folder, such as texts/a.txt"
    if ".." in windows.parts:
        return "leads out of the study folder; put a copy into it"
    if "\\" in file:
        return "has a backslash; write folders with '/'"
    return ""


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


def _translations(folder: Folder, table: Table) -> dict[str, str]:
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
        listed = _some([f"{id} (of {original})" for id, original in found.items()])
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
            f"holds notebooks or code, which are never run, a study is data: {_some(code)}"
        )
    for column, lacking in (
        ("date", "no date in statements.csv, so last and outside every comparison over time"),
        ("sha256", "no sha256 in statements.csv; record it to notice later changes"),
    ):
        ids = [row["id"] for _, row in table.rows if not row.get(column)]
        # A table of texts has the hash of its file.
        if ids and not (texts and column == "sha256"):
            which = f"all {len(ids)}" if len(ids) == len(table.rows) > MAX_LISTED else _some(ids)
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


def _some(ids: list[str]) -> str:
    more = f" and {len(ids) - MAX_LISTED} more" if len(ids) > MAX_LISTED else ""
    return ", ".join(ids[:MAX_LISTED]) + more


def _read_coded(
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


def _read_ledger_labels(folder: Folder, statements: set[str]) -> pd.DataFrame | None:
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


@cache
def _schema() -> dict[str, Any]:
    return json.loads(package_files("analysis").joinpath("study_schema.json").read_bytes())


def _read_yaml(folder: Folder, name: str) -> YamlFile | None:
    """Read a YAML mapping; its faults stay with it."""
    data = folder.read(name, name, limit=MAX_BYTES)
    text = None if data is None else folder.decode(data, name)
    if text is None:
        return None
    file = YamlFile(text, name)
    if file.value is not None and not isinstance(file.value, dict):
        file.fault((), "is not a mapping; write lines of 'key: value'")
        file.value = None
    return file


def _read_frames(folder: Folder, named: str | dict[str, str] | None) -> Dictionary | None:
    """Read the study's dictionary: of frames.yaml, or of what `frames:` of study.yaml names."""
    language = "" if isinstance(named, str) or named is None else named.get("language", "")
    name = named.get("file", "") if isinstance(named, dict) else named
    if name and name != FRAMES and folder.has(FRAMES):
        folder.warnings.append(f"{FRAMES}: not read, study.yaml names {shown(name)} in 'frames'")
    if name is None and folder.has(FRAMES):
        name = FRAMES
    if name is None:
        return None
    if name == GENERIC:
        text = package_files("analysis").joinpath("generic_frames.yaml").read_text("utf-8")
        return from_yaml(YamlFile(text, "generic_frames.yaml").value, file="generic_frames.yaml")
    suffix = PurePosixPath(name).suffix.lower()
    problem = _path_problem(name)
    if not problem and suffix not in SUFFIXES:
        problem = f"is no dictionary's file; name one that ends in {', '.join(SUFFIXES)}"
    if problem:
        folder.fault(f"study.yaml: frames: {shown(name)} {problem}, or write {GENERIC}")
        return None
    try:
        if suffix in (".yaml", ".yml"):
            file = _read_yaml(folder, name)
            folder.faults += file.faults if file else []
            if file is None or file.faults:
                return None
            return from_yaml(file.value or {}, file=name, language=language)
        data = folder.read(name, name, limit=MAX_BYTES)
        text = None if data is None else folder.decode(data, name)
        if text is None:
            return None
        read = from_dic if suffix == ".dic" else from_dicx
        return read(text, file=name, language=language)
    except BadStudy as error:
        folder.faults += error.faults
        return None


def _read_anchors(folder: Folder) -> dict[str, tuple[str, ...]]:
    """Read lists of words that topics are expected to have, by the topic's name."""
    file = _read_yaml(folder, ANCHORS) if folder.has(ANCHORS) else None
    if file is None:
        return {}
    file.check(ANCHORS_SCHEMA)
    lists = (file.value or {}).get("topics", {}) if not file.faults else {}
    owner: dict[str, str] = {}
    for name, words in lists.items():
        for i, word in enumerate(words):
            place, folded = ("topics", name, i), word.strip().lower()
            if not re.fullmatch(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", folded):
                file.fault(place, f"{shown(word)} is no single word; write one word an entry")
            elif folded in owner:
                file.fault(
                    place, f"{shown(word)} again (first in {shown(owner[folded])}); a word can "
                    "anchor one topic only, keep one"
                )
            owner.setdefault(folded, name)
    folder.faults += file.faults
    return {_line(name): tuple(word.strip().lower() for word in words)
            for name, words in lists.items()}


def _read_commitments(folder: Folder) -> Rules | None:
    name = commitment_rules.FILE
    file = _read_yaml(folder, name) if folder.has(name) else None
    if file is None:
        return None
    rules = commitment_rules.parse(file)
    if rules is not None and not LANGUAGE_PATTERN.fullmatch(rules.language):
        file.fault(
            ("language",), f"{shown(rules.language)} is no language code; write en, fr, pt-BR …"
        )
    folder.faults += file.faults
    return rules


def _read_wording(folder: Folder) -> Wording | None:
    file = _read_yaml(folder, wordlists.FILE) if folder.has(wordlists.FILE) else None
    if file is None:
        return None
    wording = wordlists.parse(file)
    if wording is not None and not LANGUAGE_PATTERN.fullmatch(wording.language):
        file.fault(
            ("language",),
            f"{shown(wording.language)} is no language code; write en, fr, pt-BR …",
        )
    folder.faults += file.faults
    return wording


def _warn_of_languages(
    folder: Folder, frames: Dictionary | None, rows: list[dict[str, str]]
) -> None:
    """Say where no frame is counted for want of the language, and what a file left out."""
    if frames is None:
        return
    others = [row["id"] for row in rows if not frames.speaks(row["language"])]
    if others:
        folder.warnings.append(
            f"the dictionary of frames is in {frames.language}: none is counted in "
            f"{_some(others)}; frames without words in their language: "
            f"{_some([category.label for category in frames.categories])}"
        )
    if not frames.language:
        folder.warnings.append(
            "the dictionary of frames does not say its language, so it is tried on every text; "
            "write in study.yaml, frames: {file: …, language: en}"
        )
    if frames.note:
        folder.warnings.append(f"the dictionary of frames: {frames.note}")


def _text_column(file: YamlFile | None) -> TextColumn | None:
    """Where study.yaml says that the texts stand in one table; None for a file each."""
    named = (file.value or {}).get("texts") if file is not None else None
    if isinstance(named, str):
        return TextColumn(named)
    if isinstance(named, dict) and all(isinstance(value, str) for value in named.values()):
        known = {key: named[key] for key in ("file", "id", "text") if key in named}
        return TextColumn(**known) if "file" in known else None
    return None


def _read_declared(
    folder: Folder, file: YamlFile | None, rows: list[dict[str, str]]
) -> dict[str, Any]:
    """Read what study.yaml declares, groups and contrasts resolved to statement ids.

    Args:
        file: study.yaml; None if it could not be read.
        rows: the statements, ordered; if there are none, references to them are not checked.
    """
    if file is None or file.value is None:
        folder.faults += file.faults if file else []
        return {"groups": {}, "rows": rows}
    file.check(_schema())
    given = {key: value for key, value in file.value.items() if value is not None}
    groups = _groups(file, given.get("groups"), rows) if rows else {}
    contrasts = _contrasts(file, given.get("contrasts"), groups, rows) if rows else ()
    chosen = str(given.get("language", "")) if file.sound("language") else ""
    kept = one_language.kept_rows(folder, chosen, rows)
    if len(kept) < len(rows):
        groups, contrasts = one_language.kept_sides(folder, groups, contrasts, {row["id"] for row in kept})
    declared = {
        "rows": kept,
        "title": _line(given.get("title", "")),
        "question": _line(given.get("question", "")),
        "description": str(given.get("description", "")).strip(),
        "groups": groups,
        "contrasts": contrasts,
        "events": _dated(file, "events", given.get("events"), Event),
        "absent": _dated(file, "absent", given.get("absent"), Absent),
        "parameters": given.get("parameters", {}),
        "coding": given.get("coding", {}),
        "findings": tuple(given.get("findings", ())),
        "alternatives": given.get("alternatives", {}),
        "exclusions": tuple(given.get("exclusions", ())),
        "frames": given.get("frames") if file.sound("frames") else None,
    }
    folder.faults += file.faults
    if groups:
        grouped = {id for group in groups.values() for id in group.statements}
        lonely = [row["id"] for row in kept if row["id"] not in grouped]
        if lonely:
            folder.warnings.append(f"in no group of study.yaml: {_some(lonely)}")
    return declared


def _line(text: Any) -> str:
    return " ".join(str(text).split())


def _groups(file: YamlFile, specs: Any, rows: list[dict[str, str]]) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    group_of: dict[str, str] = {}
    for id, spec in specs.items() if isinstance(specs, dict) else ():
        path = ("groups", id)
        if not ID_PATTERN.fullmatch(id):
            file.fault(path, f"{shown(id)} is no id; {ID_ADVICE}")
        if not file.sound(*path):
            continue
        if "where" in spec:
            chosen = _where(file, (*path, "where"), spec["where"], rows)
        else:
            chosen = _chosen(file, (*path, "statements"), spec["statements"], rows)
        for statement in chosen:
            other = group_of.setdefault(statement, id)
            if other != id:
                file.fault(
                    path,
                    f"statement {shown(statement)} is in group {shown(other)}, too; "
                    "leave it in one",
                )
        groups[id] = Group(id, _line(spec["label"]), chosen)
    for label, times in Counter(group.label for group in groups.values()).items():
        if times > 1:
            file.fault(("groups",), f"{times} groups are labelled {shown(label)}; tell them apart")
    return groups


def _where(
    file: YamlFile, path: KeyPath, where: dict[str, Any], rows: list[dict[str, str]]
) -> tuple[str, ...]:
    """Select the statements that have one of the wanted values in every named column."""
    columns = list(rows[0])
    selected = rows
    for column, wanted in where.items():
        if column not in columns:
            file.unknown("column", [((*path, column), column)], columns)
            continue
        values = [_line(value) for value in (wanted if isinstance(wanted, list) else [wanted])]
        found = {row[column] for row in rows}
        absent = [((*path, column), value) for value in values if value not in found]
        file.unknown("value", absent, sorted(found))
        selected = [row for row in selected if row[column] in values]
    if not selected and file.sound(*path):
        file.fault(path, "no statement has all of these values; loosen the conditions")
    return tuple(row["id"] for row in selected) if file.sound(*path) else ()


def _chosen(
    file: YamlFile, path: KeyPath, ids: list[str], rows: list[dict[str, str]]
) -> tuple[str, ...]:
    """Check a list of statement ids and put it into the order of the study."""
    known = dict.fromkeys(row["id"] for row in rows)
    unknown = [((*path, i), id) for i, id in enumerate(ids) if id not in known]
    file.unknown("statement", unknown, list(known))
    for id, times in Counter(ids).items():
        if times > 1:
            file.fault(path, f"statement {shown(id)} is listed {times} times; keep one")
    wanted = set(ids)
    return tuple(id for id in known if id in wanted)


def _contrasts(
    file: YamlFile, specs: Any, groups: dict[str, Group], rows: list[dict[str, str]]
) -> tuple[Contrast, ...]:
    contrasts: list[Contrast] = []
    for i, spec in enumerate(specs if isinstance(specs, list) else ()):
        path = ("contrasts", i)
        if not file.sound(*path):
            continue
        id = spec["id"]
        if not ID_PATTERN.fullmatch(id):
            file.fault((*path, "id"), f"{shown(id)} is no id; {ID_ADVICE}")
        elif any(contrast.id == id for contrast in contrasts):
            file.fault((*path, "id"), f"{shown(id)} again; give each contrast its own id")
        a, a_label = _side(file, (*path, "a"), spec["a"], groups, rows)
        b, b_label = _side(file, (*path, "b"), spec["b"], groups, rows)
        for statement in (statement for statement in a if statement in b):
            file.fault(path, f"statement {shown(statement)} is on both sides; leave it on one")
        a_label, b_label = spec.get("a_label", a_label), spec.get("b_label", b_label)
        contrasts.append(
            Contrast(id, _line(spec["label"]), a, b, _line(a_label), _line(b_label))
        )
    return tuple(contrasts)


def _side(
    file: YamlFile,
    path: KeyPath,
    side: str | list[str],
    groups: dict[str, Group],
    rows: list[dict[str, str]],
) -> tuple[tuple[str, ...], str]:
    """Resolve a side of a contrast to statement ids and the label it has of itself."""
    if isinstance(side, list):
        return _chosen(file, path, side, rows), ", ".join(side)
    if side in groups:
        return groups[side].statements, groups[side].label
    if any(row["id"] == side for row in rows):
        file.fault(path, f"{shown(side)} is a statement, not a group; write it as a list: [{side}]")
        return (), side
    declared = file.value.get("groups") or {}
    # A group that is declared and at fault has been complained of already.
    if isinstance(declared, dict) and side not in declared:
        file.unknown("group", [(path, side)], list(declared))
    return (), side


def _dated(file: YamlFile, key: str, specs: Any, kind: type) -> tuple[Any, ...]:
    entries = []
    for i, spec in enumerate(specs if isinstance(specs, list) else ()):
        if not file.sound(key, i):
            continue
        values = {name: _line(text) for name, text in spec.items()}
        if not _is_date(values["date"]):
            file.fault((key, i, "date"), f"{shown(values['date'])} is no date; {DATE_ADVICE}")
        entries.append(kind(**values))
    return tuple(sorted(entries, key=lambda entry: entry.date))


def _statement_table(rows: list[dict[str, str]], group_of: dict[str, str]) -> pd.DataFrame:
    own = [column for column in rows[0] if column not in COLUMNS]
    table = pd.DataFrame(
        [[row.get(column, "") for column in (*COLUMNS, *own)] for row in rows],
        columns=[*COLUMNS, *own],
    )
    table = table.rename(columns={"id": "statement_id"})
    return table.assign(group=[group_of.get(row["id"], "") for row in rows])
