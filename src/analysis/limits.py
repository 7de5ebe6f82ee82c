"""What a study cannot show, computed from the study where it can be."""

from __future__ import annotations

import pandas as pd

from analysis import languages, tables
from analysis.corpus import Corpus
from analysis.plural import counted
from analysis.tables import Column

# A series of fewer dates has no course that could be told from single changes.
MIN_DATES = 3

LIMITS = {
    "limit": Column("limit"),
    "here": Column("in this study"),
    "therefore": Column("therefore"),
}


def limits(corpus: Corpus) -> pd.DataFrame:
    """Which conclusions does this corpus not allow, and why?

    Returns:
        One row a limit that applies; rules that do not apply to a corpus are left out.
    """
    rules = (_series, _dates, _formats, _length, _language, _word_lists, _drafters, _coding, _commentary)
    rows = [row for rule in rules if (row := rule(corpus)) is not None]
    return tables.result(rows, columns=LIMITS, made_by="analysis.limits.limits")


def _row(limit: str, here: str, therefore: str) -> dict[str, str]:
    return {"limit": limit, "here": here, "therefore": therefore}


def _statements(corpus: Corpus) -> pd.DataFrame:
    statements = corpus.study.statements
    return statements[statements["genre"] == "statement"]


def _series(corpus: Corpus) -> dict[str, str] | None:
    held, missing = len(_statements(corpus)), len(corpus.study.absent)
    if not missing:
        return None
    return _row(
        "Part of a longer series",
        f"{held} statements are here, at least {missing} known ones are not",
        "Differences are between these texts, not between the years or bodies they come from.",
    )


def _dates(corpus: Corpus) -> dict[str, str] | None:
    dates = _statements(corpus).groupby("group")["date"].nunique()
    short = dates[dates < MIN_DATES]
    if short.empty:
        return None
    labels = corpus.study.groups
    named = ", ".join(
        f"{labels[group].label if group else 'no group'}: {count}" for group, count in short.items()
    )
    return _row(
        "Too few dates for a course over time",
        f"dates in each group: {named}",
        "Single differences between texts can be stated, no course over time.",
    )


def _formats(corpus: Corpus) -> dict[str, str] | None:
    groups = _statements(corpus)
    years = groups.assign(year=groups["date"].str[:4]).groupby("group")["year"].agg(set)
    if len(years) < 2:
        return None
    common = sorted(set.intersection(*years) - {""})
    where = f"years in which every group has a text: {', '.join(common) or 'none'}"
    return _row(
        "Format, date, drafter and layout vary together",
        f"{where}; {len(groups)} statements in {len(years)} groups",
        "No difference between groups can be laid to the format alone.",
    )


def _length(corpus: Corpus) -> dict[str, str] | None:
    blocks = corpus.blocks[corpus.blocks["analysed"]]
    words = blocks.groupby("statement_id")["words"].sum()
    ratio = words.max() / words.min()
    if ratio < 2:
        return None
    longest = corpus.labels[words.idxmax()]
    return _row(
        "Texts of very different length",
        f"the longest ({longest}) has {ratio:.1f} times the words of the shortest",
        "Raw counts and pooled figures lean towards the longest text.",
    )


def _language(corpus: Corpus) -> dict[str, str] | None:
    statements = corpus.study.statements
    languages = sorted(set(statements["language"]))
    unknown = int((statements["original_language"] == "").sum())
    if not unknown:
        return None
    return _row(
        "One language version",
        f"read in: {', '.join(languages)}; original language not recorded for {unknown} of "
        f"{len(statements)} texts",
        "Wording may be a translator's.",
    )


def _word_lists(corpus: Corpus) -> dict[str, str] | None:
    spoken = sorted({languages.base(code) for code in corpus.study.statements["language"]})
    without = {code: lacking for code in spoken if (lacking := languages.lacking(code))}
    if not without:
        return None
    return _row(
        "Language without word lists",
        "; ".join(f"{code}: {', '.join(lacking)}" for code, lacking in without.items()),
        "Sentences may be cut at abbreviations; forms of one word count as several.",
    )


def _drafters(corpus: Corpus) -> dict[str, str] | None:
    unknown = int((_statements(corpus)["host_or_drafter"] == "").sum())
    if not unknown:
        return None
    return _row(
        "Unknown drafters",
        f"host or drafter not recorded for {unknown} of {len(_statements(corpus))} statements",
        "Style and wording may be a drafter's rather than the parties'.",
    )


def _coding(corpus: Corpus) -> dict[str, str] | None:
    if corpus.study.coding.get("coders") == "people" or corpus.study.frames is None:
        return None
    if corpus.study.coded is None:
        return _row(
            "Dictionary not validated",
            "no sentence of these texts was coded",
            "Shares of frames say where words of a list occur, and no more.",
        )
    how = corpus.study.coding.get("description", "coders not recorded")
    return _row(
        "Not human-validated",
        f"{len(corpus.study.coded)} coded sentences: {how}",
        "Agreement with them says how a machine reads the codebook, not how people would.",
    )


def _commentary(corpus: Corpus) -> dict[str, str] | None:
    count = int((corpus.study.statements["genre"] == "commentary").sum())
    if not count:
        return None
    return _row(
        "Commentary is not a sample of critics",
        counted(count, "commentary", "commentaries"),
        "It is set against the statements and stands for nobody else.",
    )
