"""Figures and tables for a paper, in the formats that authors and publishers work with."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import fingerprint
from analysis.report import (
    bibliography, browser, compare, made, methods, output, paper, record, tex, word,
)
from analysis.report.notebook_pages import tables_shown
from analysis.report.run import Material, Request, material, rendered

#: The page of findings as PDF.
FINDINGS = "findings.pdf"

README = "README.txt"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds, and what the person who asked should know."""

    folder: Path
    figures: int
    tables: int
    notes: tuple[str, ...]


def export(study: Path, target: Path, *, report: Path | None = None) -> Exported:
    """Write every figure and table of a study's report for use in a paper.

    Args:
        study: the study folder.
        target: the export's folder: a new one, an empty one, or an earlier export of this study
            that nobody has changed.
        report: a report whose notebooks and parameters are to be used; None: all of the study's.

    Raises:
        BadStudy, BadParameter: before anything is written.
        OutputProblem: the folder is none to write to.
        RunFailed: a notebook stopped.
    """
    target = target.absolute()
    with output.exclusive(target):
        source = material(
            request(study, report), check=lambda own, _: output.refuse_edited(target, own.name)
        )
        files, notes = exported(source)
        files[output.EXPORT_RECORD] = record.as_json(
            {
                "study_name": source.study.name,
                "changed": source.settings.changed,
                "hashes": source.hashes,
                "files": {name: fingerprint.sha256(data) for name, data in sorted(files.items())},
            }
        )
        output.move_in(target, files)
    return Exported(
        folder=target,
        figures=sum(name.startswith("figures/") and name.endswith(".txt") for name in files),
        tables=sum(name.startswith("tables/") and name.endswith(".csv") for name in files),
        notes=(*source.notes, *notes),
    )


def request(study: Path, report: Path | None) -> Request:
    """The run that made a report; the study's own where none is named."""
    if report is None:
        return Request(study=study)
    recorded = compare.manifest(report)
    return Request(
        study=study,
        only=tuple(recorded["pages"]),
        given={name: (value, "manifest.json") for name, value in recorded["changed"].items()},
    )


def exported(source: Material) -> tuple[dict[str, bytes], list[str]]:
    """The export's files, path → content, and notes for the person who asked."""
    files: dict[str, bytes] = {}
    notes: list[str] = []
    pages = rendered(source)
    for payload in _shown(source):
        name, figure = payload["name"], payload["figure"]
        lines = [payload["note"], _source(source, payload)]
        if figure and not figure.get("call"):
            notes.append(f"figure {name} was left out: no chart of this package drew it")
        elif figure:
            for path, data in paper.drawn(figure, name=name).items():
                files[f"figures/{path}"] = data
            files[f"figures/{name}.txt"] = _text(
                {"Message": figure["title"], "Caption": payload["caption"],
                 "Note": payload["note"], "Alternative text": figure["alt"], "Source": lines[1]}
            )
        files[f"tables/{name}.tex"] = tex.table(payload, lines=lines)
        files[f"tables/{name}.docx"] = word.table(payload, lines=lines)
        files[f"tables/{name}.csv"] = pages[f"tables/{name}.csv"]
        files[f"tables/{name}.txt"] = _text(
            {"Caption": payload["caption"], "Note": payload["note"], "Source": lines[1],
             "Columns": "; ".join(f"{c['name']}: {c['label']}" for c in payload["columns"])}
        )
    files |= {name: pages[name] for name in (methods.FILE, bibliography.FILE)}
    findings = next((name for name in pages if name.endswith("_findings.html")), None)
    if findings is None:
        notes.append(f"{FINDINGS} was left out: the report has no page of findings")
    elif (printed := browser.printed(pages[findings].decode())) is None:
        notes.append(f"{FINDINGS} was left out: no installed Chrome or Chromium printed the page")
    else:
        files[FINDINGS] = printed
    files[README] = _readme(source, notes)
    return files, notes


def _shown(source: Material) -> list[dict]:
    return [table for notebook in source.notebooks.values() for table in tables_shown(notebook)]


def _source(source: Material, payload: Mapping[str, object]) -> str:
    """Where an exhibit comes from, in a line."""
    study = source.study
    works = [
        f"{entry['authors'][0].split(',')[0]}{' et al.' if len(entry['authors']) > 2 else ''}"
        f"{' & ' + entry['authors'][1].split(',')[0] if len(entry['authors']) == 2 else ''}"
        f" {entry['year']}"
        for entry in map(bibliography.found, made.function(payload["made_by"]).sources) if entry
    ]
    method = f" Method after {', '.join(dict.fromkeys(works))}." if works else ""
    return (
        f"Own analysis of {len(study.statements)} statements, study “{study.title}” (content hash "
        f"{study.hash[:12]}); {payload['made_by']}, {record.command(study.name, _changed(source))}."
        f"{method}"
    )


def _changed(source: Material) -> Mapping[str, object]:
    return source.settings.changed


def _text(parts: Mapping[str, str]) -> bytes:
    lines = [f"{name}: {' '.join(text.split())}" for name, text in parts.items() if text]
    return ("\n\n".join(lines) + "\n").encode("utf-8", "replace")


def _readme(source: Material, notes: Sequence[str]) -> bytes:
    widths = " and ".join(f"{width} mm" for width in paper.WIDTHS)
    kept = [
        row["title"] or row["statement_id"]
        for row in source.study.statements.to_dict("records")
        if row.get("redistribution") and not row["redistribution"].lower().startswith("yes")
    ]
    said = [
        f"Figures and tables of the study “{source.study.title}”.",
        f"figures/: each figure at {widths}, the widths of one and of two columns (Elsevier, "
        "Artwork sizing), as SVG, as PDF with its fonts embedded, and as PNG at "
        f"{paper.DPI} dots an inch. No lettering is below 7 points, nothing depends on colour "
        "alone, and no figure has its title inside: the .txt beside it holds message, caption, "
        "note, alternative text and source.",
        "tables/: each table as LaTeX (\\input it; its first line names the packages), as a Word "
        "document, and as CSV, which holds full precision and the sentences behind each row; the "
        ".txt beside it holds caption, note, source and what the columns are.",
        f"{methods.FILE}: the methods as they were used, long and in {methods.MOST_WORDS} words, "
        f"citing {bibliography.FILE}.",
        f"{output.EXPORT_RECORD}: the hash of every file. The folder is written anew only as long "
        "as nobody has changed a file of it.",
    ]
    if kept:
        said.append(
            "Not recorded as cleared for redistribution: " + "; ".join(kept) + ". Tables hold "
            "sentences of these texts; quote them, do not print them whole. `study bundle` leaves "
            "them out."
        )
    said += [f"Note: {note}." for note in notes]
    return ("\n\n".join(textwrap.fill(text, 88) for text in said) + "\n").encode()
