"""Title, date, issuer and language of a document, each with the basis of the guess."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

import yaml

from analysis import segment
from analysis.importing import dates
from analysis.importing.documents import Document
from analysis.importing.reading import Fact
from analysis.study_rows import LANGUAGE_PATTERN

# What a document says of itself stands at its head.
_HEAD_CHARACTERS = 2_500
_HEAD_BLOCKS = 12
# A line that gives a date holds little else.
_MAX_DATE_WORDS = 14
_MAX_TITLE_WORDS = 30
_MAX_ISSUER_WORDS = 10
# Fewer words may be names only; a language is then guessed from the whole corpus.
_MIN_LANGUAGE_WORDS = 20
_MAX_LANGUAGE_CHARACTERS = 4_000
# A corpus has one language if this share of the words in texts long enough to tell is in it.
_MAIN_SHARE = 0.5

#: The basis of a language that a text's own words told.
BY_WORDS = "its words"

_NAME_DATES = (
    re.compile(r"(?<!\d)(1[6-9]\d\d|20\d\d)[-_. ]?(0[1-9]|1[0-2])[-_. ]?(0[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(r"(?<!\d)(1[6-9]\d\d|20\d\d)[-_.](0[1-9]|1[0-2])(?!\d)"),
)
_NAME_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})[-_.](\d{1,2})[-_.]((?:1[6-9]|20)\d\d)(?!\d)")
_NAME_YEAR = re.compile(r"(?<!\d)(1[6-9]\d\d|20\d\d)(?!\d)")
_NUMERIC = re.compile(r"(?<![\d/.-])\d{1,2}([/.-])\s?\d{1,2}\1\s?(?:1[6-9]|20)\d\d(?![\d/-])")
_ISO_IN_TEXT = re.compile(r"(?<!\d)((?:1[6-9]|20)\d\d-\d\d-\d\d)(?!\d)")
# "BRUSSELS, 4 March 2024 – The ministers …": a place, perhaps, before the date that opens a text.
_LEAD = re.compile(r"(?:[^\W\d_][\w'’.-]*[,\s]+){0,4}(?:\(|\[)?\Z")


def language_of(texts: Sequence[str]) -> list[Fact]:
    """In which language is each text?

    A text of a few words is taken to be in the language of the others; without others it is "und".
    """
    import py3langid

    codes: list[str] = []
    words: Counter[str] = Counter()
    for text in texts:
        sample = text[:_MAX_LANGUAGE_CHARACTERS]
        count = len(sample.split())
        code = py3langid.classify(sample)[0] if any(map(str.isalpha, sample)) else "und"
        codes.append(code if count >= _MIN_LANGUAGE_WORDS else "")
        words[code] += count
    main = words.most_common(1)[0][0] if words else "und"
    return [
        Fact(code, BY_WORDS) if code
        else Fact(main, "the words of all texts, its own being few")
        for code in codes
    ]


def date_of(document: Document) -> tuple[Fact | None, str]:
    """When was it issued?

    Returns:
        The date and its basis, or None; and why a date that stands there was not used ("" = none).
    """
    if given := document.facts.get("date"):
        found = dates.read(given.value)
        if found.date:
            return Fact(found.date, given.basis), ""
        return _searched(document, f"{given.basis}: {found.problem}")
    return _searched(document, "")


def _searched(document: Document, problem: str) -> tuple[Fact | None, str]:
    if document.row:
        # A row of a table has cells for what is known of it; its text is an answer, not a document.
        return None, problem
    stem = PurePosixPath(document.name).stem
    named, year, unclear = _in_name(stem)
    problem = problem or unclear
    if named:
        return Fact(named, f"the file's name, {stem!r}"), problem
    said, unclear = _in_head(document.text)
    if said and (not year or said.value.startswith(year)):
        return said, problem
    if year:
        beside = f"; its first lines say {said.value}" if said else ""
        return Fact(year, f"the year in the file's name, {stem!r}"), problem or beside.lstrip("; ")
    return None, problem or unclear


def _in_name(stem: str) -> tuple[str, str, str]:
    """A file name's date, its year if it has no more, and an ambiguity."""
    for pattern in _NAME_DATES:
        found = pattern.search(stem)
        if found:
            read = dates.read("-".join(found.groups()))
            if read.date:
                return read.date, "", ""
    found = _NAME_DAY_FIRST.search(stem)
    if found:
        read = dates.read("/".join(found.groups()))
        return read.date, "" if read.date else found[3], read.problem
    named = dates.worded(re.sub(r"[_-]+", " ", stem))
    if named:
        return named[0], "", ""
    years = set(_NAME_YEAR.findall(stem))
    return "", years.pop() if len(years) == 1 else "", ""


def _in_head(text: str) -> tuple[Fact | None, str]:
    problem = ""
    lines = [line.strip() for line in text[:_HEAD_CHARACTERS].splitlines() if line.strip()]
    for line in lines[:20]:
        line = re.sub(r"^\[furniture: [^\]]*\] ", "", line)
        found = dates.worded(line)
        if found:
            before = line[: line.find(found[1])]
            if len(line.split()) <= _MAX_DATE_WORDS or _LEAD.fullmatch(before):
                return Fact(found[0], f"its first lines: {_cut(line)!r}"), ""
        for pattern in (_ISO_IN_TEXT, _NUMERIC):
            numeric = pattern.search(line)
            if numeric and len(line.split()) <= _MAX_DATE_WORDS:
                read = dates.read(numeric[0])
                if read.date:
                    return Fact(read.date, f"its first lines: {_cut(line)!r}"), ""
                problem = problem or f"its first lines: {read.problem}"
    return None, problem


def _cut(line: str) -> str:
    return line if len(line) <= 60 else line[:59] + "…"


def title_of(document: Document, language: str) -> Fact:
    """What is it called?"""
    if given := document.facts.get("title"):
        return Fact(_shortened(given.value), given.basis)
    stem = PurePosixPath(document.name).stem
    if document.row:
        return Fact(
            f"{PurePosixPath(document.original).stem}, row {document.row}", "its row in the table"
        )
    for kind, text in _head(document, language):
        if kind in ("heading", "paragraph") and len(text.split()) <= _MAX_TITLE_WORDS and (
            kind == "heading" or text[-1:] not in ".;:,"
        ) and any(map(str.isalpha, text)) and not _organisation(text):
            return Fact(text, "its first heading" if kind == "heading" else "its first line")
        if kind == "paragraph" and len(text.split()) > _MAX_TITLE_WORDS:
            break
    return Fact(re.sub(r"[_\s]+", " ", stem).strip() or stem, "the file's name")


def _head(document: Document, language: str) -> list[tuple[str, str]]:
    """Kind and text of a document's first blocks, furniture left out."""
    text = document.text[:_HEAD_CHARACTERS]
    code = language.partition("-")[0].lower()
    code = code if code in segment.languages() else "und"
    return [
        (block.kind, segment.read(text, block))
        for block in segment.blocks(text, language=code)[:_HEAD_BLOCKS]
        if block.kind != "boilerplate"
    ]


def _shortened(title: str) -> str:
    words = " ".join(title.split()).split(" ")
    return " ".join(words) if len(words) <= 2 * _MAX_TITLE_WORDS else (
        " ".join(words[: 2 * _MAX_TITLE_WORDS]) + " …"
    )


def issuer_of(document: Document) -> Fact | None:
    """Who issued it? None if nothing says so."""
    if given := document.facts.get("issuer"):
        return given
    if document.row:
        return None
    lines = [
        re.sub(r"^\[furniture: [^\]]*\] ", "", " ".join(line.split()))
        for line in document.text[:_HEAD_CHARACTERS].splitlines() if line.strip()
    ]
    for line in lines[:8]:
        if _organisation(line):
            return Fact(line, "its first lines")
        first = re.split(r"\s[|·•–—-]\s|\s{3,}", line)[0]
        if first != line and _organisation(first):
            return Fact(first, "its first lines")
    return None


@cache
def _organisation_name() -> re.Pattern[str]:
    """"Ministry of …", "European Commission": a body's word before "of", or at the end."""
    lists = yaml.load(
        (files("analysis.importing") / "organisations.yaml").read_bytes(), yaml.BaseLoader
    )
    words = "|".join(re.escape(word) for word in lists["words"])
    links = "|".join(re.escape(word) for word in lists["links"])
    return re.compile(
        rf"(?:[\w'’.-]+\s){{0,3}}?(?:{words})\s(?:{links})\s?\S.*|(?:[\w'’.-]+\s){{0,4}}(?:{words})",
        re.IGNORECASE,
    )


def _organisation(line: str) -> bool:
    """Whether a line is the name of a body: a few words, capitals, no sentence."""
    words = line.split()
    if not 1 < len(words) <= _MAX_ISSUER_WORDS or any(map(str.isdigit, line)):
        return False
    if not _organisation_name().fullmatch(line):
        return False
    long = [word for word in words if len(word) > 3]
    return 2 * sum(word[0].isupper() for word in long) >= len(long)


def settled_language(value: str) -> str:
    """A language as statements.csv may hold it, or "" if it is no code."""
    code = value.strip().replace("_", "-")
    return code if LANGUAGE_PATTERN.fullmatch(code) else ""
