"""Documents → rows of statements.csv and files, with all that a person should confirm."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from analysis import copies, segment
from analysis.copies import Pair
from analysis.corpus import ANALYSED_KINDS
from analysis.errors import BadStudy, shown
from analysis.importing import dates, guesses, metadata
from analysis.importing.collect import Left, collect
from analysis.importing.documents import Document, read_all
from analysis.importing.hyphens import softened
from analysis.importing.ids import ids
from analysis.importing.reading import Fact, Unreadable
from analysis.importing.tabular import SUFFIXES, Sheet, read

#: The first columns of statements.csv, in order; the user's own follow.
FIRST = (
    "id", "file", "title", "date", "date_basis", "issuer", "format", "genre", "language",
    "publisher", "licence", "source_url", "retrieved", "host_or_drafter", "original_language",
    "translation_of", "redistribution", "sha256", "imported_from", "title_basis", "issuer_basis",
    "language_basis",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asks of an import.

    Attributes:
        sources: folders and files.
        metadata: the sheet about the documents, or None.
        text_column: the column of texts in tables, "" = found by its name and cells.
        language: of all texts, "" = guessed.
        order: of day and month in numeric dates, "" = from the dates themselves.
    """

    sources: tuple[Path, ...]
    metadata: Path | None = None
    text_column: str = ""
    language: str = ""
    order: dates.Order = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be written.

    Attributes:
        rows: of statements.csv, in order.
        texts: id → bytes of the text.
        originals: path under originals/ → bytes.
        left: files and rows that became no statement, and why.
        notes: name of a file → how it was read, where that is not certain.
        problems: id → a date that stands there and was not used.
        pairs: near-copies.
        without_row, without_document: as in `metadata.Matched`.
        sheet: the metadata sheet that was used, "" without one.
    """

    rows: list[dict[str, str]]
    texts: dict[str, bytes]
    originals: dict[str, bytes]
    left: list[Left]
    notes: dict[str, tuple[str, ...]]
    problems: dict[str, str]
    pairs: list[Pair]
    without_row: tuple[str, ...] = ()
    without_document: tuple[tuple[int, str], ...] = ()
    sheet: str = ""


def prepare(asked: Asked, *, taken: Set[str] = frozenset()) -> Prepared:
    """Read what was asked for, and guess what it does not say.

    Args:
        asked: by the user.
        taken: ids that are in use.

    Raises:
        BadStudy: nothing could be read, a sheet does not fit, a date is ambiguous.
    """
    items, left = collect(asked.sources)
    documents, sheets, unread, notes = read_all(items, text_column=asked.text_column)
    left += unread
    if not documents:
        raise BadStudy(_nothing(left, sheets))
    cells = metadata.from_cells(documents, order=asked.order)
    notes = {**notes, "tables": cells.notes} if cells.notes else dict(notes)
    matched, sheet = _sheet(asked, cells.documents, sheets, left)
    if matched.notes:
        notes["metadata"] = matched.notes
    documents, empty = _with_text(_rejoined(matched.documents))
    left += empty
    if not documents:
        raise BadStudy(_nothing(left, {}))
    for document in documents:
        if document.notes:
            notes[document.name] = document.notes
    names = ids(documents, taken=taken)
    rows, problems = _rows(documents, names, asked)
    kept = {document.original for document in documents if document.data is None}
    return Prepared(
        rows=rows,
        texts={name: document.content for name, document in zip(names, documents, strict=True)},
        originals={item.name: item.data for item in items if item.name in kept},
        left=left,
        notes=notes,
        problems=problems,
        pairs=copies.alike(
            {name: document.text for name, document in zip(names, documents, strict=True)}
        ),
        without_row=matched.without_row,
        without_document=matched.without_document,
        sheet=sheet,
    )


def _rejoined(documents: Sequence[Document]) -> list[Document]:
    """Documents with the words that lines of a PDF's pages broke told from those with a hyphen."""
    paged = [i for i, document in enumerate(documents) if document.broken_lines]
    found = list(documents)
    texts, counts = softened([documents[i].text for i in paged])
    for i, text, count in zip(paged, texts, counts, strict=True):
        if count:
            note = f"{count} words broken at line ends rejoined (soft hyphens in its text)"
            found[i] = replace(documents[i], text=text, notes=(*documents[i].notes, note))
    return found


def _nothing(left: Sequence[Left], sheets: Mapping[str, Sheet]) -> list[str]:
    lines = [f"{shown(one.name)}: {one.reason}" for one in left]
    lines += [
        f"{shown(name)}: no column holds texts; name it with --text-column, or, if the table is "
        "about documents, give it with --metadata and their folder with --from"
        for name in sheets
    ]
    return lines or ["--from: there is no file in it; put the documents there"]


def _sheet(
    asked: Asked, documents: Sequence[Document], sheets: Mapping[str, Sheet], left: list[Left]
) -> tuple[metadata.Matched, str]:
    """What a metadata sheet says: the one given, or the one table found among the documents."""
    if asked.metadata is not None:
        name = asked.metadata.name
        given = _read_sheet(asked.metadata)
        left += [
            Left(other, "is a table without a column of texts; name that with --text-column")
            for other in sheets if other != name
        ]
        return metadata.match(documents, given, name, order=asked.order), name
    left_over = dict(sheets)
    for name, sheet in sheets.items():
        try:
            matched = metadata.match(documents, sheet, name, order=asked.order)
        except BadStudy as error:
            if "no column names the documents" not in error.faults[0]:
                raise
            continue
        del left_over[name]
        left += [Left(other, "is a table without a column of texts, and is not about the documents")
                 for other in left_over]
        note = f"{name}: taken as metadata of the documents, since it names them"
        return metadata.Matched(
            matched.documents, matched.without_row, matched.without_document,
            (note, *matched.notes),
        ), name
    left += [Left(name, "is a table without a column of texts; name that with --text-column")
             for name in left_over]
    return metadata.Matched(list(documents)), ""


def _read_sheet(path: Path) -> Sheet:
    items, left = collect([path])
    if path.is_dir() or path.suffix.lower() not in SUFFIXES:
        raise BadStudy(
            f"--metadata {path.name}: is no table; give a file that ends in {', '.join(SUFFIXES)}"
        )
    if left:
        raise BadStudy(f"{left[0].name}: {left[0].reason}")
    try:
        return read(items[0].data, path.suffix.lower())
    except Unreadable as error:
        raise BadStudy(f"{path.name}: {error}") from None


def _with_text(documents: Sequence[Document]) -> tuple[list[Document], list[Left]]:
    """Documents in which something is left when page furniture is set aside."""
    kept, empty = [], []
    for document in documents:
        # Furniture is never taken for the whole of a text without marks.
        marked = "[furniture: " in document.text or len(document.text) < 4_000
        if marked and not any(
            block.kind in ANALYSED_KINDS for block in segment.blocks(document.text, language="und")
        ):
            empty.append(Left(
                document.name, "has no running text, only headings or page furniture; save its "
                "text as .txt"
            ))
        else:
            kept.append(document)
    return kept, empty


def _rows(
    documents: Sequence[Document], names: Sequence[str], asked: Asked
) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Rows of statements.csv, and id → what is unclear about its date."""
    guessed = [Fact(asked.language, "as you said")] * len(documents) if asked.language else (
        guesses.language_of([document.text for document in documents])
    )
    parts = name_parts([
        PurePosixPath(document.original).stem if not document.row else "" for document in documents
    ])
    documents = [
        replace(document, own={**part, **document.own})
        for document, part in zip(documents, parts, strict=True)
    ]
    own = list(dict.fromkeys(column for document in documents for column in document.own))
    # A folder that holds all of them, and a column without a cell, tell nothing.
    told = [c for c in own if len({d.own.get(c, "") for d in documents}) > 1 or (
        c != "folder" and any(d.own.get(c) for d in documents))]
    rows, problems = [], {}
    for document, name, guess in zip(documents, names, guessed, strict=True):
        language = guess if asked.language else _language(document, guess)
        title = guesses.title_of(document, language.value)
        date, problem = guesses.date_of(document)
        issuer = guesses.issuer_of(document)
        if problem:
            problems[name] = problem
        facts = document.facts
        row = {column: facts[column].value if column in facts else "" for column in FIRST}
        row |= {
            "id": name,
            "file": f"texts/{name}.txt",
            "title": metadata.line(title.value) or name,
            "title_basis": title.basis,
            "date": date.value if date else "",
            "date_basis": facts["date_basis"].value if "date_basis" in facts else (
                metadata.line(date.basis) if date else ""
            ),
            "issuer": metadata.line(issuer.value) if issuer else "",
            "issuer_basis": issuer.basis if issuer else "",
            "genre": facts["genre"].value if "genre" in facts else "statement",
            "language": language.value,
            "language_basis": language.basis,
            "sha256": hashlib.sha256(document.content).hexdigest(),
            "imported_from": metadata.line(document.name),
        }
        rows.append(row | {column: document.own.get(column, "") for column in told})
    return rows, problems


def name_parts(stems: Sequence[str]) -> list[dict[str, str]]:
    """Parts of file names that sort the files: `labour_2019_3` is of `labour`.

    Only where all names have equally many parts, and of each part that is no number and recurs.

    >>> name_parts(["labour_1", "labour_2", "green_1", "green_2"])[0]
    {'name_part_1': 'labour'}
    """
    split = [re.split(r"[_\s-]+", stem) for stem in stems]
    if len(stems) < 4 or len({len(parts) for parts in split}) != 1 or not all(stems):
        return [{} for _ in stems]
    places = [
        i for i in range(len(split[0]))
        if 2 <= len({parts[i].lower() for parts in split}) <= len(stems) // 2
        and not any(parts[i].isdigit() or not parts[i] for parts in split)
    ]
    return [{f"name_part_{i + 1}": parts[i] for i in places} for parts in split]


def _language(document: Document, guess: Fact) -> Fact:
    """What a sheet says; else the words, if they are enough; else what the file says of itself.

    Files carry the language of the program that made them; they are believed for the region.
    """
    said = document.facts.get("language")
    code = guesses.settled_language(said.value) if said else ""
    if not code:
        return guess
    agrees = code.partition("-")[0].lower() == guess.value
    if agrees or said.basis.startswith("column ") or guess.basis != guesses.BY_WORDS:
        return Fact(code, said.basis)
    return guess


def csv_bytes(rows: Sequence[Mapping[str, str]], columns: Sequence[str], *, header: bool) -> bytes:
    """Rows as CSV with line feeds."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, lineterminator="\n", extrasaction="raise")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8")


def original_path(name: str) -> PurePosixPath:
    """Where under originals/ a collected file is kept: as it was called, inside the folder."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..")]
    return PurePosixPath("originals", *parts)
