"""A study's statements as tables of blocks and sentences: what every analysis starts from."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from analysis import segments, tables
from analysis.errors import MAX_LISTED, BadStudy
from analysis.packed import Lazy, release
from analysis.plural import counted
from analysis.study import Study, load_study
from analysis.study_files import find_study
from analysis.tables import Column

# Kinds of block that are read as the statement's own running text.
ANALYSED_KINDS = ("paragraph", "list_item")

BLOCKS = {
    "statement_id": Column("statement"),
    "block": Column("block", "count"),
    "kind": Column("kind"),
    "analysed": Column("analysed", "flag"),
    "reason": Column("why it was set aside"),
    "enumerator": Column("enumerator"),
    "depth": Column("depth of nesting", "count"),
    "parent": Column("block of its list head", "count"),
    "head": Column("introduces a list", "flag"),
    "start": Column("first character", "count"),
    "end": Column("end", "count"),
    "words": Column("words", "count"),
    "text": Column("text"),
}

SENTENCES = {
    "statement_id": Column("statement"),
    "block": Column("block", "count"),
    "sentence": Column("sentence", "count"),
    "kind": Column("kind"),
    "start": Column("first character", "count"),
    "end": Column("end", "count"),
    "text": Column("text"),
}

STATEMENTS = {
    "statement_id": Column("statement"),
    "title": Column("title"),
    "date": Column("date"),
    "date_basis": Column("basis of the date", aside=True),
    "group": Column("group", aside=True),
    "publisher": Column("publisher"),
    "licence": Column("licence"),
    "redistribution": Column("may be redistributed"),
    "not_recorded": Column("not recorded"),
}

#: Facts about a text that a reader would want and that metadata often lack.
WANTED = {
    "source_url": "address",
    "retrieved": "date of retrieval",
    "host_or_drafter": "host or drafter",
    "original_language": "original language",
    "sha256": "SHA-256",
}


@dataclass(frozen=True)
class Corpus:
    """A study read into units.

    Attributes:
        study: the study itself.
        blocks: one row a block of every statement, in order of the source, with `gaps`, the
            ranges inside it that other blocks interrupt, beside the columns of `BLOCKS`. From
            `segments.KEPT_FROM` statements on only what is set aside has its `text` here: that of
            analysed blocks is their sentences'.
        sentences: one row a sentence of every block, headings and boilerplate included, with
            `sentence_id`, `group`, `language`, `words` and `analysed` beside the columns of `SENTENCES`.
    """

    study: Study
    blocks: pd.DataFrame
    sentences: pd.DataFrame

    @cached_property
    def units(self) -> pd.DataFrame:
        """The units of analysis: sentences and list items, renumbered from 0."""
        return self.sentences[self.sentences["analysed"]].reset_index(drop=True)

    @cached_property
    def unit_rows(self) -> dict[str, np.ndarray]:
        """statement_id → its rows of `units`, in order."""
        codes = pd.factorize(self.units["statement_id"])[0]
        order = np.argsort(codes, kind="stable")
        names = self.units["statement_id"].unique()
        return dict(zip(names, np.split(order, np.cumsum(np.bincount(codes))[:-1]), strict=True))

    @cached_property
    def block_words(self) -> dict[str, np.ndarray]:
        """statement_id → words of each of its analysed blocks, in order."""
        analysed = self.blocks[self.blocks["analysed"]]
        return {
            name: words.to_numpy() for name, words in analysed.groupby("statement_id")["words"]
        }

    @cached_property
    def gaps(self) -> dict[tuple[str, int], tuple[tuple[int, int], ...]]:
        """(statement_id, block) → ranges inside it that belong to other blocks."""
        keys = zip(self.blocks["statement_id"], self.blocks["block"], strict=True)
        return dict(zip(keys, self.blocks["gaps"], strict=True))

    @cached_property
    def labels(self) -> dict[str, str]:
        """Short names of the statements, in order of date: group and year, made unique."""
        return statement_labels(self.study)

    @cached_property
    def group_of(self) -> dict[str, str]:
        """Short name of a statement → label of its group, in order of date."""
        groups = self.study.statements.set_index("statement_id")["group"]
        return {
            label: _group_label(self.study, groups[identifier])
            for identifier, label in self.labels.items()
        }

    @property
    def group_labels(self) -> list[str]:
        """Labels of the groups, in order of declaration."""
        return [group.label for group in self.study.groups.values()]


def load(study: str, *, boilerplate: bool = False, headings: bool = False) -> Corpus:
    """Read the study of this name or path into units.

    Args:
        study: the name of a folder under data/, or a path.
        boilerplate: analyse what was set aside as page furniture, too.
        headings: analyse headings, too.
    """
    return build(load_study(find_study(study)), boilerplate=boilerplate, headings=headings)


def build(study: Study, *, boilerplate: bool = False, headings: bool = False) -> Corpus:
    """Which blocks and sentences does each statement consist of, and which are analysed?

    Raises:
        BadStudy: a statement has no sentence that could be analysed.
    """
    kinds = analysed_kinds(boilerplate=boilerplate, headings=headings)
    frames: dict[str, list[pd.DataFrame]] = {"blocks": [], "sentences": []}
    large = len(study.statements) >= segments.KEPT_FROM
    for part in parted(study):
        once: dict[str, str] = {}
        if large:
            blocks = part["blocks"]
            blocks["text"] = [
                "" if kind in kinds else text
                for kind, text in zip(blocks["kind"], blocks["text"], strict=True)
            ]
        for name, columns in part.items():
            frames[name].append(_frame(columns, once))
    blocks, sentences = (pd.concat(own, ignore_index=True) for own in frames.values())
    del frames
    blocks = blocks.astype({"parent": "Int64"})
    blocks.insert(3, "analysed", blocks["kind"].isin(kinds))
    blocks["gaps"] = [tuple(map(tuple, gaps)) for gaps in blocks["gaps"]]
    group = dict(zip(study.statements["statement_id"], study.statements["group"], strict=True))
    sentences.insert(0, "sentence_id", [
        f"{statement}:b{block}.s{number}" for statement, block, number in zip(
            sentences["statement_id"], sentences["block"], sentences["sentence"], strict=True)
    ])
    sentences.insert(2, "group", sentences["statement_id"].map(group))
    sentences.insert(6, "analysed", sentences["kind"].isin(kinds))
    spoken = study.statements.set_index("statement_id")["language"]
    sentences["language"] = pd.Categorical(sentences["statement_id"].map(spoken))
    _refuse_empty(study, sentences)
    if large:
        release()
    return Corpus(study=study, blocks=blocks, sentences=sentences)


def analysed_kinds(*, boilerplate: bool = False, headings: bool = False) -> set[str]:
    """Kinds of block whose sentences are units of analysis."""
    return {*ANALYSED_KINDS, *(["boilerplate"] * boilerplate), *(["heading"] * headings)}


def parted(study: Study) -> Iterator[segments.Columns]:
    """The blocks and sentences of some statements at a time, in order, as they are kept."""
    # In this process: a script without a guard of its main module could start no other.
    return segments.parted(_texts(study), jobs=1)


def _frame(columns: dict[str, list], once: dict[str, str]) -> pd.DataFrame:
    """The columns as a table; what stands in many rows, or is a block and its one sentence, is held
    once."""
    for name in _REPEATED & columns.keys():
        columns[name] = [sys.intern(value) for value in columns[name]]
    columns["text"] = [once.setdefault(text, text) for text in columns["text"]]
    return pd.DataFrame(columns)


_REPEATED = {"statement_id", "kind", "reason", "enumerator"}


def _texts(study: Study) -> Lazy:
    """Id, text and language of each statement, in order."""
    ids, languages = (study.statements[name].tolist() for name in ("statement_id", "language"))
    return Lazy(len(ids), lambda place: (ids[place], study.texts[ids[place]], languages[place]))


def prepare(
    study: Study, *, scheduler: str = "", on_chunk: Callable[[int, int], None] | None = None
) -> None:
    """Part the texts of many statements beforehand, on all cores, so that notebooks only read.

    Args:
        study: the study.
        scheduler: address of a running Dask scheduler, or "".
        on_chunk: called with chunks done and chunks in all.
    """
    if len(study.statements) >= segments.KEPT_FROM:
        segments.prepare(_texts(study), scheduler=scheduler,
                         on_chunk=on_chunk or (lambda done, of: None))


def source_places(corpus: Corpus, row: int) -> np.ndarray:
    """Where in the decoded source does each character of a sentence's readable text stand?

    The readable text is the source without line breaks, runs of white space, broken words'
    hyphens and what interrupts it; its other characters stand in the source in the same order.

    Args:
        corpus: the statements in units.
        row: the sentence's place in `corpus.sentences`.

    Returns:
        (characters,) offsets; of white space, that of the next character.
    """
    sentence = corpus.sentences.iloc[row]
    source = corpus.study.texts[sentence["statement_id"]]
    gaps = corpus.gaps[sentence["statement_id"], sentence["block"]]
    place, found = sentence["start"], []
    for character in sentence["text"]:
        if not character.isspace():
            while source[place] != character or any(a <= place < b for a, b in gaps):
                place += 1
        found.append(place)
        place += not character.isspace()
    return np.array(found, dtype=int)


def _refuse_empty(study: Study, sentences: pd.DataFrame) -> None:
    filled = set(sentences.loc[sentences["analysed"], "statement_id"])
    empty = [i for i in study.statements["statement_id"] if i not in filled]
    if empty:
        raise BadStudy(
            f"statements.csv: no sentence of {identifier} is running text, all of it was taken "
            "for headings or page furniture; look at its file, or set include_boilerplate"
            for identifier in empty
        )


def statement_labels(study: Study) -> dict[str, str]:
    """Short names of the statements: who and when, as exactly as it takes to tell them apart.

    Who: the group, where its texts have one issuer, else the issuer. When: the year, the month or
    the day, the same for all. Statements that this does not tell apart keep their ids.
    """
    issuers = study.statements.groupby("group")["issuer"].nunique()
    for level in (4, 7, 10):
        names = {
            row.statement_id: " ".join(
                part for part in (_who(study, row, issuers), row.date[:level]) if part
            )
            for row in study.statements.itertuples()
        }
        if all(names.values()) and len(set(names.values())) == len(names):
            return names
    return {identifier: identifier for identifier in study.statements["statement_id"]}


def _who(study: Study, row, issuers: pd.Series) -> str:
    if row.group and (issuers[row.group] <= 1 or not row.issuer):
        return study.groups[row.group].label
    return row.issuer


def _group_label(study: Study, group: str) -> str:
    return study.groups[group].label if group else ""


def spoken(corpus: Corpus, language: str) -> list[str]:
    """Ids of the statements in a language, whatever its region; in order of date."""
    code = language.partition("-")[0].lower()
    return [
        row.statement_id for row in corpus.study.statements.itertuples()
        if row.language.partition("-")[0].lower() == code
    ]


def unspoken(corpus: Corpus, language: str, lists: str) -> list[str]:
    """What lists of words in one language leave unsaid of a study: one sentence, or none.

    Args:
        corpus: the statements in units.
        language: of the lists.
        lists: what they are called.
    """
    own = set(spoken(corpus, language))
    left = [label for identifier, label in corpus.labels.items() if identifier not in own]
    if not left:
        return []
    named = ", ".join(left[:MAX_LISTED]) + (" …" if len(left) > MAX_LISTED else "")
    return [
        f"The words of {lists} are in language '{language}': nothing is counted in {len(left)} of "
        f"{len(corpus.labels)} texts, which are in another ({named})."
    ]


#: What an interval means on a page, by the kind of its numbers.
MEANING = {
    "descriptive": "The texts are complete, so their counts are exact and have no sampling "
    "interval; only reading and counting can err.",
    "propensity": "An interval says how far a value might move if the same agenda were drafted "
    "again with blocks like these; it says nothing about statements that are not here.",
}


def scope(corpus: Corpus, kind: Literal["descriptive", "propensity"]) -> str:
    """What a page rests on and what its intervals mean, in words.

    Args:
        corpus: the statements in units.
        kind: whether the page's numbers are counts of complete texts or estimates of what the
            issuers tend to write.
    """
    study = corpus.study
    sides = "; ".join(
        f"{group.label}: {len(group.statements):,}" for group in study.groups.values()
    )
    aside = int((~corpus.sentences["analysed"]).sum())
    ungrouped = int((study.statements["group"] == "").sum())
    parts = [
        f"{len(study.statements):,} texts" + (f" ({sides}" if sides else "")
        + (f"; in no group: {ungrouped:,}" if sides and ungrouped else "") + (")" if sides else "")
        + _translated(study),
        f"{len(corpus.units):,} sentences and list items analysed, {aside:,} set aside",
    ]
    return f"{', '.join(parts)}. {MEANING[kind]}"


def _translated(study: Study) -> str:
    """How many translations stand beside the texts that are counted."""
    count = len(study.translations)
    if not count:
        return ""
    number = counted(count, "translation")
    return f" (besides, {number} of these, which count as one with them)"


def statements_table(corpus: Corpus) -> pd.DataFrame:
    """Where does each statement come from, and what is not recorded about it?"""
    rows = [
        {
            **{name: row.get(name, "") for name in STATEMENTS},
            "group": _group_label(corpus.study, row["group"]),
            "not_recorded": ", ".join(
                what for column, what in WANTED.items() if not row.get(column)
            ),
        }
        for row in corpus.study.statements.to_dict("records")
    ]
    return tables.result(rows, columns=STATEMENTS, made_by="analysis.corpus.statements_table")


def blocks_table(corpus: Corpus) -> pd.DataFrame:
    """Which blocks does each statement consist of, and why were some set aside?"""
    rows = [
        {**{name: row[name] for name in BLOCKS}, "parent": None if pd.isna(row["parent"]) else
         int(row["parent"])}
        for row in corpus.blocks.to_dict("records")
    ]
    return tables.result(rows, columns=BLOCKS, made_by="analysis.corpus.blocks_table")


def sentences_table(corpus: Corpus) -> pd.DataFrame:
    """Every sentence with its place in the decoded source (BOM dropped, newlines kept)."""
    rows = corpus.sentences[list(SENTENCES)].to_dict("records")
    return tables.result(rows, columns=SENTENCES, made_by="analysis.corpus.sentences_table")
