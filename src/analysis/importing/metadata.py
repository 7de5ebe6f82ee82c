"""What a metadata sheet, or the other cells of a row, say about documents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.errors import MAX_LISTED, BadStudy, shown
from analysis.importing import dates
from analysis.importing.documents import Document, columns_for, key, with_facts
from analysis.importing.reading import Fact
from analysis.importing.tabular import Sheet
from analysis.study_rows import COLUMNS, GENRES, LANGUAGE_PATTERN, RESERVED_COLUMNS

# Columns of ours that are taken over as they stand.
_PLAIN = (
    "title", "issuer", "format", "source_url", "publisher", "licence", "original_language",
    "translation_of", "host_or_drafter", "redistribution", "retrieved", "date_basis",
)
# Of a column that is called like a date, at least this share must be dates (or ambiguous ones);
# else it is something else.
_MIN_DATES = 0.5
_LANGUAGES = {
    "english": "en", "anglais": "en", "englisch": "en", "french": "fr", "français": "fr",
    "französisch": "fr", "german": "de", "deutsch": "de", "allemand": "de", "spanish": "es",
    "español": "es", "italian": "it", "italiano": "it", "dutch": "nl", "nederlands": "nl",
    "portuguese": "pt", "português": "pt", "eng": "en", "fra": "fr", "fre": "fr", "deu": "de",
    "ger": "de", "spa": "es", "ita": "it", "nld": "nl", "dut": "nl", "por": "pt",
}
_OWN_NAME = re.compile(r"[\W]+")


@dataclass(frozen=True, slots=True)
class Matched:
    """Documents with what a sheet says of them.

    Attributes:
        documents: in their order.
        without_row: names of documents of which the sheet has no row.
        without_document: rows of which there is no document: number and the cell that names it.
        notes: how the sheet was read.
    """

    documents: list[Document]
    without_row: tuple[str, ...] = ()
    without_document: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()


def from_cells(documents: Sequence[Document], *, order: dates.Order) -> Matched:
    """What do the other cells of their rows say about documents that come from tables?

    Raises:
        BadStudy: a date is ambiguous or none, each with its row and both readings.
    """
    faults: list[str] = []
    notes: list[str] = []
    told: dict[str, Document] = {}
    for name in dict.fromkeys(document.original for document in documents if document.row):
        rows = {d.row: dict(d.own) for d in documents if d.original == name and d.row}
        facts, own, said = _said(rows, name, order, faults)
        notes += [f"{name}: {line}" for line in said]
        for document in documents:
            if document.original == name and document.row:
                told[document.name] = with_facts(
                    Document(document.name, document.keys, document.text, document.facts,
                             document.original, {}, document.notes, document.data, document.row),
                    facts[document.row], own[document.row],
                )
    if faults:
        raise BadStudy(_cut(faults))
    return Matched([told.get(d.name, d) for d in documents], notes=tuple(notes))


def match(documents: Sequence[Document], sheet: Sheet, name: str, *, order: dates.Order) -> Matched:
    """Which row of a sheet is about which document, and what does it say?

    Args:
        documents: to be described.
        sheet: one row a document; one of its columns names them.
        name: the sheet's file.
        order: of day and month in its dates, if the user said it.

    Raises:
        BadStudy: no column names the documents, two rows name one, a date is ambiguous or none.
    """
    known: dict[str, list[int]] = {}
    for i, document in enumerate(documents):
        for one in document.keys:
            known.setdefault(one, []).append(i)
    known = {one: found for one, found in known.items() if len(found) == 1}
    column = max(
        sheet.columns, key=lambda c: len({key(row[c]) for _, row in sheet.rows} & set(known))
    )
    if not {key(row[column]) for _, row in sheet.rows} & set(known):
        raise BadStudy(
            f"{name}: no column names the documents; add a column 'file' with their names, such "
            f"as {shown(documents[0].name)}"
        )
    row_of: dict[int, int] = {}
    faults, strangers = [], []
    for number, row in sheet.rows:
        found = known.get(key(row[column]))
        if found is None:
            strangers.append((number, row[column]))
        elif found[0] in row_of:
            faults.append(
                f"{name}, row {number}, column {column}: {shown(row[column])} again (first in row "
                f"{row_of[found[0]]}); keep one row a document"
            )
        else:
            row_of[found[0]] = number
    cells = dict(sheet.rows)
    rows = {n: {c: v for c, v in cells[n].items() if c != column} for n in row_of.values()}
    facts, own, said = _said(rows, name, order, faults)
    if faults:
        raise BadStudy(_cut(faults))
    told = [
        with_facts(document, facts[row_of[i]], own[row_of[i]]) if i in row_of else document
        for i, document in enumerate(documents)
    ]
    return Matched(
        documents=told,
        without_row=tuple(d.name for i, d in enumerate(documents) if i not in row_of),
        without_document=tuple(strangers),
        notes=tuple(
            f"{name}: {line}" for line in
            (*sheet.notes, f"rows matched by column {shown(column)}", *said)
        ),
    )


def _said(
    rows: dict[int, dict[str, str]], name: str, order: dates.Order, faults: list[str]
) -> tuple[dict[int, dict[str, Fact]], dict[int, dict[str, str]], list[str]]:
    """What rows say, as facts and as columns of one's own; row → name → value."""
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    named = columns_for(columns)
    facts: dict[int, dict[str, Fact]] = {number: {} for number in rows}
    notes: list[str] = []
    taken: dict[str, str] = {}

    def note(ours: str, column: str, values: dict[int, str]) -> None:
        taken[column] = ours
        for number, value in values.items():
            if value:
                facts[number][ours] = Fact(value, f"column {column} of {name}")

    for ours in _PLAIN:
        if ours in named:
            note(ours, named[ours], {n: line(row[named[ours]]) for n, row in rows.items()})
    if "language" in named:
        column = named["language"]
        codes = {n: _language(row[column]) for n, row in rows.items()}
        strange = sorted({rows[n][column] for n, code in codes.items() if code is None})
        if strange:
            notes.append(
                f"column {column}: no language codes, so languages were guessed: "
                f"{', '.join(map(shown, strange[:MAX_LISTED]))}"
            )
        note("language", column, {n: code or "" for n, code in codes.items()})
    if "genre" in named and all(row[named["genre"]] in ("", *GENRES) for row in rows.values()):
        note("genre", named["genre"], {n: row[named["genre"]] for n, row in rows.items()})
    if "date" in named:
        column = named["date"]
        written = {n: row[column] for n, row in rows.items()}
        read, wrong, said = dates.all_read(
            written, where=f"{name}, row {{row}}, column {column}", order=order
        )
        filled = sum(map(bool, written.values()))
        none = sum("is no date" in line for line in wrong)
        if filled and none > (1 - _MIN_DATES) * filled:
            notes.append(f"column {column}: not read as dates, most of its cells are none")
        else:
            faults += wrong
            notes += [f"column {column}: {said}"] if said else []
            note("date", column, read)
    own = _own(rows, columns, taken)
    return facts, own, notes


def _own(
    rows: dict[int, dict[str, str]], columns: Iterable[str], taken: dict[str, str]
) -> dict[int, dict[str, str]]:
    """The columns that stay the user's own; one whose name says more than ours does stays, too."""
    names: dict[str, str] = {}
    for column in columns:
        own = own_name(column)
        if taken.get(column) == own or (taken.get(column) and key(column) in _SAME):
            continue
        while own in names.values():
            own += "_2"
        names[column] = own
    return {n: {names[c]: line(row[c]) for c in names} for n, row in rows.items()}


# Names that say no more than our own column's.
_SAME = {
    "organisation", "organization", "institution", "author", "headline", "titel", "titre", "título",
    "titolo", "datum", "fecha", "lang", "url", "link", "license", "date-published",
    "publication-date", "published",
}


def own_name(column: str) -> str:
    """A column's name as it stands in statements.csv.

    >>> own_name("Party family"), own_name("sha256")
    ('party_family', 'sha256_given')
    """
    name = _OWN_NAME.sub("_", unicodedata.normalize("NFC", column).strip().lower()).strip("_")
    name = name or "column"
    return f"{name}_given" if name in (*COLUMNS, *RESERVED_COLUMNS) and name not in _PLAIN else name


def _language(value: str) -> str | None:
    """A language's code; None if the cell holds none."""
    text = value.strip()
    code = _LANGUAGES.get(text.lower(), text)
    return code if not code or LANGUAGE_PATTERN.fullmatch(code) else None


def line(value: str) -> str:
    """A cell as one line without control characters."""
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in value)
    return " ".join(text.split())


def _cut(faults: list[str]) -> list[str]:
    if len(faults) <= MAX_LISTED:
        return faults
    return [*faults[:MAX_LISTED], f"… and {len(faults) - MAX_LISTED} more faults of this kind"]
