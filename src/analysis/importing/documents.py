"""Files and rows of tables as documents, each with what is known about it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

import yaml

from analysis.errors import BadStudy, shown, suggest
from analysis.importing import formats, tabular
from analysis.importing.collect import Item, Left
from analysis.importing.reading import Fact, Reading, Unreadable
from analysis.importing.tabular import Sheet

# A column holds texts if its cells have this many words on average; titles have fewer.
_MIN_TEXT_WORDS = 8
# Texts differ: in a column of labels few values recur often.
_MIN_TEXT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Document:
    """One text on its way into a study.

    Attributes:
        name: how messages call it: a path, or a table and a row.
        keys: by which names a metadata sheet may call it.
        text: as it will be written.
        facts: what it says of itself, or a sheet of it: our column → value and basis.
        own: further columns, as given.
        notes: how it was read, where that is not certain.
        original: the file it came from, as collected.
        data: the text's own bytes, where the file is the text.
        row: its row in a table; 0 for a file.
        broken_lines: its lines are those of pages, so that they break words.
    """

    name: str
    keys: tuple[str, ...]
    text: str
    facts: Mapping[str, Fact]
    original: str
    own: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    data: bytes | None = None
    row: int = 0
    broken_lines: bool = False

    @property
    def content(self) -> bytes:
        """What is written as its text."""
        return self.text.encode("utf-8") if self.data is None else self.data


def words_hash(text: str) -> str:
    """A hash of a text's words: two that differ in layout or punctuation only have the same."""
    words = " ".join(re.findall(r"\w+", text.lower()))
    return hashlib.sha256(words.encode("utf-8")).hexdigest()


def read_all(
    items: Iterable[Item], *, text_column: str = ""
) -> tuple[list[Document], dict[str, Sheet], list[Left], dict[str, tuple[str, ...]]]:
    """Read every file; tables with a column of texts give one document a row.

    Returns:
        The documents; tables without a column of texts, by name; what was left out; notes on
        tables, by name.

    Raises:
        BadStudy: `text_column` is in no table.
    """
    documents: list[Document] = []
    sheets: dict[str, Sheet] = {}
    left: list[Left] = []
    notes: dict[str, tuple[str, ...]] = {}
    seen_columns: list[str] = []
    for item in items:
        suffix = PurePosixPath(item.name).suffix.lower()
        try:
            if suffix not in tabular.SUFFIXES:
                documents.append(_of_file(item, formats.read(item.name, item.data)))
                continue
            sheet = tabular.read(item.data, suffix)
        except Unreadable as error:
            left.append(Left(item.name, str(error)))
            continue
        seen_columns += sheet.columns
        column = text_column if text_column in sheet.columns else _text_column(sheet)
        if column and (not text_column or column == text_column):
            rows, empty = _of_rows(item, sheet, column)
            documents += rows
            left += empty
            notes[item.name] = (*sheet.notes, f"texts taken from column {shown(column)}")
        else:
            sheets[item.name] = sheet
    if text_column and text_column not in seen_columns:
        raise BadStudy(
            f"--text-column {shown(text_column)}: no table has such a column; "
            f"{suggest(text_column, seen_columns)}"
        )
    return documents, sheets, left, notes


def _of_file(item: Item, reading: Reading) -> Document:
    path = PurePosixPath(item.name)
    plain = _is_own_text(item, reading)
    own = {"folder": path.parent.as_posix()} if str(path.parent) != "." else {}
    return Document(
        name=item.name,
        keys=tuple(dict.fromkeys(map(key, (item.name, path.name, path.stem)))),
        text=reading.text,
        facts={name: fact for name, fact in reading.facts.items() if fact.value},
        own=own,
        notes=reading.notes,
        original=item.name,
        data=item.data if plain else None,
        broken_lines=reading.broken_lines,
    )


def _is_own_text(item: Item, reading: Reading) -> bool:
    """Whether the file is UTF-8 text already, so that it is its own original."""
    try:
        return item.data.decode("utf-8").removeprefix("\ufeff") == reading.text
    except UnicodeDecodeError:
        return False


def _of_rows(item: Item, sheet: Sheet, column: str) -> tuple[list[Document], list[Left]]:
    stem = PurePosixPath(item.name).stem
    named = columns_for(sheet.columns)
    identifier = named.get("id") or named.get("file")
    documents, left = [], []
    for number, row in sheet.rows:
        name = f"{item.name}, row {number}"
        text = row[column].replace("\r\n", "\n").replace("\r", "\n")
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
        if not any(map(str.isalnum, text)):
            left.append(Left(name, f"has no text in column {shown(column)}"))
            continue
        keys = [f"{stem} row {number}"]
        if identifier and row[identifier]:
            keys.insert(0, row[identifier])
        documents.append(
            Document(
                name=name,
                keys=tuple(dict.fromkeys(map(key, keys))),
                text=text.strip() + "\n",
                facts={},
                own={other: row[other] for other in sheet.columns if other != column},
                original=item.name,
                row=number,
            )
        )
    return documents, left


def _text_column(sheet: Sheet) -> str:
    """The column that holds texts: by its name, else by its cells; "" if none does."""
    named = columns_for(sheet.columns).get("text", "")

    def words(column: str) -> float:
        cells = [row[column] for _, row in sheet.rows if row[column]]
        return sum(len(cell.split()) for cell in cells) / max(1, len(cells))

    def distinct(column: str) -> float:
        cells = [row[column] for _, row in sheet.rows if row[column]]
        return len(set(cells)) / max(1, len(cells))

    best = max(sheet.columns, key=words)
    if named and (words(named) >= _MIN_TEXT_WORDS or named == best):
        return named
    if words(best) >= _MIN_TEXT_WORDS and distinct(best) >= _MIN_TEXT_SHARE:
        return best
    return named if named and words(named) >= 3 else ""


@cache
def _names() -> dict[str, list[str]]:
    return yaml.load((files("analysis.importing") / "columns.yaml").read_bytes(), yaml.BaseLoader)


def columns_for(columns: Iterable[str]) -> dict[str, str]:
    """Our column → the column of a table that means the same by its name."""
    found: dict[str, str] = {}
    by_key = {key(column).replace("-", " "): column for column in columns}
    for ours, names in _names().items():
        chosen = next((by_key[name] for name in map(str, names) if name in by_key), None)
        if chosen is not None and chosen not in found.values():
            found[ours] = chosen
    return found


def key(name: str) -> str:
    """A name without case, suffix, white space or signs, so that spellings of it meet.

    >>> key("Texts/Press_Release 12.PDF") == key("texts-press release-12.pdf")
    True
    """
    name = unicodedata.normalize("NFC", name).strip().lower()
    name = re.sub(r"\.(?:txt|text|md|markdown|x?html?|pdf|doc[xm]?|odt|rtf)\Z", "", name)
    return re.sub(r"[\W_]+", "-", name).strip("-") or name


def with_facts(document: Document, facts: Mapping[str, Fact], own: Mapping[str, str]) -> Document:
    """A document of which something more is known; what was known before gives way."""
    return replace(
        document, facts={**document.facts, **facts}, own={**document.own, **own}
    )
