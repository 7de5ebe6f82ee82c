"""One study, one language: several are refused, or one is chosen and the rest left out aloud."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TypeVar

import pandas as pd

from analysis import languages
from analysis.errors import shown, some
from analysis.study_files import Folder

# A study's groups and contrasts, which are frozen dataclasses.
Group = TypeVar("Group")
Contrast = TypeVar("Contrast")


_CODE = re.compile("[a-z]{2,3}")


def kept_rows(
    folder: Folder, chosen: str, rows: list[dict[str, str]]
) -> list[dict[str, str]]:
    """The statements in the language that `language:` chooses; refuse several without a choice.

    Words of two languages have nothing in common by which texts could be compared, and no list or
    stemmer serves both.
    """
    spoken = Counter(languages.base(row["language"]) for row in rows)
    if not all(_CODE.fullmatch(code) for code in spoken):
        return rows  # a fault of its own
    if len(spoken) > 1 and not chosen:
        counted = ", ".join(f"{code} {n}" for code, n in spoken.most_common())
        common, rare = spoken.most_common()[0][0], spoken.most_common()[-1][0]
        few = [row["id"] for row in rows if languages.base(row["language"]) == rare]
        folder.fault(
            f"statements.csv, column language: texts in {len(spoken)} languages ({counted}; in "
            f"{rare}: {some(few)}) cannot be compared by their words; write 'language: {common}' "
            "in study.yaml to leave the others out, and make each other language its own study"
        )
        return rows
    own = languages.base(chosen) if chosen else next(iter(spoken), "")
    kept = [row for row in rows if languages.base(row["language"]) == own]
    others = [row["id"] for row in rows if languages.base(row["language"]) != own]
    if chosen and rows and sum(row["genre"] == "statement" for row in kept) < 2:
        folder.fault(
            f"study.yaml: language {shown(chosen)}: fewer than two statements are in it; choose a "
            f"language that has them ({', '.join(f'{c} {n}' for c, n in spoken.most_common())})"
        )
        return rows
    if others:
        folder.warnings.append(
            f"statements in other languages than {own} (study.yaml, language) are left out: "
            f"{some(others)}"
        )
    lacking = languages.lacking(own) if kept else ()
    if lacking:
        folder.warnings.append(
            f"there are no word lists for language {shown(own)}: {', '.join(lacking)}"
        )
    return kept


def kept_sides(
    folder: Folder, groups: dict[str, Group], contrasts: tuple[Contrast, ...], ids: set[str]
) -> tuple[dict[str, Group], tuple[Contrast, ...]]:
    """Groups and contrasts without the statements that are left out; empty ones are named."""
    groups = {
        id: replace(group, statements=tuple(s for s in group.statements if s in ids))
        for id, group in groups.items()
    }
    contrasts = tuple(
        replace(c, a=tuple(s for s in c.a if s in ids), b=tuple(s for s in c.b if s in ids))
        for c in contrasts
    )
    empty = [id for id, group in groups.items() if not group.statements]
    empty += [contrast.id for contrast in contrasts if not (contrast.a and contrast.b)]
    if empty:
        folder.warnings.append(
            f"groups and contrasts without a statement in the study's language: {some(empty)}"
        )
    return (
        {id: group for id, group in groups.items() if group.statements},
        tuple(contrast for contrast in contrasts if contrast.a and contrast.b),
    )


def kept_table(
    rows: list[dict[str, str]], table: pd.DataFrame | None, *columns: str
) -> pd.DataFrame | None:
    """The rows of a table that speak only of statements of the study's language."""
    if table is None:
        return None
    ids = {row["id"] for row in rows}
    return table[table[[*columns]].isin(ids).all(axis=1)].reset_index(drop=True)
