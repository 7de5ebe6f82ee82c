"""The commands that bring documents in: `study new`, `study add`, `study copy`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from analysis.cli_parts import add, add_of_study
from analysis.plural import counted

# A terminal holds so many lines; the checklist has all of them.
_MAX_NOTES = 25

_NEW_EXAMPLE = """\
example:
  study new my-study --from documents/
  study new my-study --from releases.zip speeches/ --metadata sheet.xlsx
  study new survey --from answers.csv --text-column answer

Reads .txt, .md, .html, .pdf (text layer), .docx, .odt, .rtf, and .zip of these; from .csv, .tsv,
.jsonl, .parquet and .xlsx one document a row, if a column holds texts. Writes study.yaml,
statements.csv, texts/, originals/ and CHECKLIST.md, which lists every guess with its basis and
every file that was not taken in. Nothing is overwritten. Then: study check, study run.

--metadata: a table with one row a document; one column names the documents (a.pdf, or a). Columns
are matched by name (title, date, issuer, language …), all others are kept as they are.
"""

_ADD_EXAMPLE = """\
example:
  study add my-study new-release.pdf
  study add my-study spring/*.docx --metadata sheet.csv

Appends rows to statements.csv and files to texts/ and originals/; what is there stays as it is,
study.yaml is not touched. A document that is there already is refused.
"""

_COPY_EXAMPLE = """\
example:
  study copy data/channel-2015-2024 my-version
"""


def add_commands(commands) -> None:
    """Add the three commands to the parser's."""
    new = add(commands, "new", "make a study from a folder of documents", _NEW_EXAMPLE, _new)
    new.add_argument("folder", type=Path, metavar="DIR", help="the study to write; must not exist")
    new.add_argument(
        "--from", dest="sources", type=Path, nargs="+", required=True, metavar="FOLDER|FILE",
        help="documents, or folders of them",
    )
    _add_reading(new)
    more = add_of_study(commands, "add", "add documents to a study", _ADD_EXAMPLE, _add)
    more.add_argument("sources", type=Path, nargs="+", metavar="FILE", help="documents to add")
    _add_reading(more)
    summary = "start one's own version of a study"
    copy = add_of_study(commands, "copy", summary, _COPY_EXAMPLE, _copy)
    copy.add_argument("folder", type=Path, metavar="DIR", help="the copy; must not exist")


def _add_reading(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--metadata", type=Path, metavar="FILE", help="a table about the documents, one row each"
    )
    command.add_argument(
        "--text-column", default="", metavar="NAME", help="the column of a table that holds texts"
    )
    command.add_argument(
        "--language", default="", metavar="CODE", help="of all texts (default: guessed for each)"
    )
    command.add_argument(
        "--dates", choices=("day-first", "month-first"), default="",
        help="how dates such as 04/03/2024 are meant",
    )


def _asked(options: argparse.Namespace):
    from analysis.errors import BadParameter, shown
    from analysis.importing.prepared import Asked
    from analysis.study_rows import LANGUAGE_PATTERN

    if options.language and not LANGUAGE_PATTERN.fullmatch(options.language):
        raise BadParameter(
            f"--language {shown(options.language)}: is no language code; write en, fr, pt-BR …"
        )
    return Asked(
        sources=tuple(options.sources), metadata=options.metadata,
        text_column=options.text_column, language=options.language, order=options.dates,
    )


def _new(options: argparse.Namespace) -> int:
    from analysis.importing.create import CHECKLIST, create

    made = create(options.folder, _asked(options))
    _say(_notes(made.prepared))
    rows = made.prepared.rows
    dated = sum(bool(row["date"]) for row in rows)
    by = f"grouped by {made.grouped_by}" if made.grouped_by else "no groups found"
    print(
        f"{options.folder}: {len(rows)} statements, {dated} dated, {by}; "
        f"{len(made.prepared.left)} not taken in\n"
        f"confirm what was guessed: {options.folder / CHECKLIST}\n"
        f"then: study check {options.folder}, study run {options.folder}"
    )
    return 0


def _add(options: argparse.Namespace) -> int:
    from analysis.importing.create import CHECKLIST
    from analysis.importing.extend import extend
    from analysis.study_files import find_study

    folder = find_study(options.study)
    added = extend(folder, _asked(options))
    notes = list(_notes(added.prepared, copies=added.pairs))
    if added.dropped:
        notes.append(
            f"statements.csv has no column {', '.join(added.dropped)}: not written; add it there "
            "if it matters"
        )
    _say(notes)
    rows = {row["id"]: row for row in added.prepared.rows}
    for id in added.ids:
        row = rows[id]
        print(
            f"{id}: {row['title']} ({row['title_basis']}); "
            f"{row['date'] or 'undated'}{' (' + row['date_basis'] + ')' if row['date'] else ''}; "
            f"{row['issuer'] or 'no issuer'}"
            f"{' (' + row['issuer_basis'] + ')' if row['issuer_basis'] else ''}; "
            f"sha256 {row['sha256'][:12]}"
        )
    print("\n".join(added.uses))
    number = counted(len(added.ids), "statement")
    print(f"{number} added; confirm what was guessed: {folder / CHECKLIST}")
    return 0


def _copy(options: argparse.Namespace) -> int:
    from analysis.importing.copying import copy
    from analysis.study_files import find_study

    number = counted(copy(find_study(options.study), options.folder), "file")
    print(
        f"{options.folder}: {number} copied; change them, then: study check {options.folder}"
    )
    return 0


def _notes(prepared, copies=None) -> Iterable[str]:
    for one in prepared.left:
        yield f"not taken in: {one.name}: {one.reason}"
    for name, notes in prepared.notes.items():
        for note in notes:
            yield note if name in ("metadata", "tables") else f"{name}: {note}"
    if prepared.without_row:
        yield f"no row in {prepared.sheet} for: {', '.join(prepared.without_row)}"
    for number, name in prepared.without_document:
        yield f"{prepared.sheet}, row {number}: no document {name!r}"
    for id, problem in prepared.problems.items():
        yield f"{id}: date not used: {problem}"
    for pair in prepared.pairs if copies is None else copies:
        yield f"near-copies: {pair.a} and {pair.b} share {pair.share:.0%} of their five-word sequences"


def _say(notes: Iterable[str]) -> None:
    lines = [" ".join(note.split()) for note in notes]
    for line in lines[:_MAX_NOTES]:
        print(f"study: note: {line}", file=sys.stderr)
    if len(lines) > _MAX_NOTES:
        print(
            f"study: note: {len(lines) - _MAX_NOTES} more notes stand in CHECKLIST.md",
            file=sys.stderr,
        )
