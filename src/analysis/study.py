"""A study folder, read and validated: the only reader of data/.

A study is data only: `study.yaml` (what is compared with what: `study_yaml`), `statements.csv` (one
row a statement) and the texts (`study_rows`), beside them, if wanted, the dictionary `frames.yaml`
(or one of another form, or `generic`, as `frames:` of study.yaml says), `wording.yaml`,
`commitments.yaml`, words that topics are expected to have (`topic_anchors.yaml`: `study_lists`),
`coded_sentences.csv` and `ledger_labels.csv` (`study_coded`). Nothing in it is ever run.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import commitment_rules, fingerprint, one_language, wordlists
from analysis.commitment_rules import Rules
from analysis.dictionary import Dictionary
from analysis.errors import BadStudy
from analysis.packed import Texts, release
from analysis.study_coded import read_coded, read_ledger_labels
from analysis.study_files import Folder, read_table
from analysis.study_lists import (
    read_anchors, read_commitments, read_frames, read_wording, warn_of_languages,
)
from analysis.study_rows import (
    REQUIRED_COLUMNS, RESERVED_COLUMNS, read_statements, read_translations, statement_table,
)
from analysis.study_yaml import (
    Absent, Contrast, Event, Group, read_declared, read_yaml, text_column,
)
from analysis.wordlists import Wording


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
    file = read_yaml(folder, "study.yaml")
    column = text_column(file)
    required = [name for name in REQUIRED_COLUMNS if column is None or name != "file"]
    table = read_table(folder, "statements.csv", required, taken=RESERVED_COLUMNS)
    texts = Texts({}) if table is None else read_statements(folder, table, column)
    rows = [] if table is None else [row for _, row in table.rows]
    translations = read_translations(folder, table) if table is not None else {}
    rows = [row for row in rows if row["id"] not in translations]
    rows.sort(key=lambda row: (not row["date"], row["date"], row["id"]))
    declared = read_declared(folder, file, rows)
    every_id = {row["id"] for row in rows}
    rows = declared.pop("rows", rows)
    frames = read_frames(folder, declared.pop("frames", None))
    wording = read_wording(folder)
    commitments = read_commitments(folder)
    warn_of_languages(folder, frames, rows)
    anchors = read_anchors(folder)
    coded = read_coded(folder, every_id, frames)
    ledger_labels = read_ledger_labels(folder, every_id)
    if folder.faults:
        raise BadStudy(folder.faults)
    group_of = {id: group.id for group in declared["groups"].values() for id in group.statements}
    release()
    return Study(
        path=folder.root,
        name=folder.root.name,
        statements=statement_table(rows, group_of),
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
