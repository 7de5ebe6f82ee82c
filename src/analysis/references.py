"""Which other documents and meetings does a text mention by date, and are they in the study?"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

import pandas as pd

from analysis import package_data, tables
from analysis.corpus import Corpus
from analysis.plural import counted
from analysis.tables import Column
from analysis.tokens import WORD

# Words from a date to the noun that it dates, 1 if they are neighbours. The widest mention in the
# shipped texts has 11 ("conference between the European Union and African partners in Valletta").
NEAR = 12

# Of more targets, or mentions in a sentence about them, the first are listed: who wants a year's
# statements has the table of statements.
MOST_LISTED = 20

_DIGIT = re.compile(r"\d")

#: What a mentioned date was matched to.
STATEMENT, ABSENT, EVENT = "statement of the study", "known, not in the study", "event"
AMBIGUOUS, UNKNOWN = "several fit", "not in the corpus"

REFERENCES = {
    "statement": Column("in"),
    "sentence": Column("sentence", "marked"),
    "refers_to": Column("refers to"),
    "match": Column("which is"),
    "date": Column("date named"),
    "inferred": Column("year inferred", "flag"),
    "mention": Column("mention", aside=True),
    "noun": Column("noun", aside=True),
}


@dataclass(frozen=True, slots=True)
class _Date:
    """A date as a sentence names it: YYYY, YYYY-MM or YYYY-MM-DD."""

    date: str
    start: int
    end: int
    inferred: bool
    future: bool


@dataclass(frozen=True, slots=True)
class _Target:
    """Something that a date may refer to."""

    kind: str
    date: str
    label: str
    group: str
    statement_id: str = ""


@cache
def _language(code: str) -> Mapping[str, object] | None:
    content = package_data.table("references.yaml")
    return content["languages"].get(code.partition("-")[0].lower())


@cache
def _patterns(code: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Dates, relative years, nouns of a language."""
    rules = _language(code)
    months = "|".join(form for m in rules["months"] for form in (m, m.capitalize(), m.upper()))
    link = rules["link"]
    number = r"(?:[12]\d|3[01]|0?[1-9])"
    day = rf"(?<!\d)(?P<d{{}}>{number})(?:{rules['ordinals']})?(?:\s?[-–]\s?{number})?"
    dates = (
        rf"{day.format(1)}\s(?:{link}\s)?(?P<m1>{months})(?:,?\s(?:{link}\s)?(?P<y1>(?:19|20)\d\d)(?!\d))?",
        rf"(?<!\w)(?P<m2>{months})\s{day.format(2)}(?!\d),?\s(?P<y2>(?:19|20)\d\d)(?!\d)",
        rf"(?<!\w)(?P<m3>{months})\s(?:{link}\s)?(?P<y3>(?:19|20)\d\d)(?!\d)",
        r"(?<![\w/–-])(?P<y4>(?:19|20)\d\d)(?![\d/–-]|,\d)",
    )
    relative = "|".join(map(re.escape, rules["relative"]))
    nouns = "|".join(fnmatch.translate(noun) for noun in rules["nouns"])
    return (
        re.compile("|".join(dates)),
        re.compile(rf"(?<!\w)(?:{relative})(?!\w)", re.IGNORECASE),
        re.compile(nouns),
    )


def references(corpus: Corpus) -> pd.DataFrame:
    """Which other documents and meetings does a text mention by date, and are they in the study?

    A mention is a date (also *last year*) at most `NEAR` words from a noun such as agreement,
    declaration or meeting, or a verb such as met, in the same analysed sentence. Without a year
    the date is the latest that is not after the text. It is matched by date to the study's
    statements, to those that it names as absent, and to its events, in this order; a bare year
    only to what the text's own group issued before, where there is such a thing.

    Args:
        corpus: the statements in units.

    Returns:
        One row a mention, in order of the texts; evidence: its sentence, and the first sentence
        of the matched statement. `refers_to` lists all that fit if
        there are several, of more than `MOST_LISTED` the first.

    A mention says that a document was named, not that it was followed; one that names no date is
    not found, and a date near a noun need not date it.
    """
    rows = []
    about = {row.statement_id: row for row in corpus.study.statements.itertuples()}
    targets = _ByDate(_targets(corpus))
    opening = corpus.units.drop_duplicates("statement_id").set_index("statement_id")["sentence_id"]
    for statement_id, sentence_id, text in zip(
        *(corpus.units[name].to_numpy() for name in ("statement_id", "sentence_id", "text")),
        strict=True,
    ):
        own = about[statement_id]
        if _language(own.language) is None:
            continue
        for found, noun in _mentions(text, own.language, own.date):
            fitting = targets.fitting(found, statement_id, own.date, own.group)
            match = UNKNOWN if not fitting else fitting[0].kind if len(fitting) == 1 else AMBIGUOUS
            starts, ends = (found.start, noun.start()), (found.end, noun.end())
            rows.append(
                {
                    "mention": text[min(starts):max(ends)],
                    "statement": corpus.labels[statement_id],
                    "noun": noun.group().lower(),
                    "date": found.date,
                    "inferred": found.inferred,
                    "refers_to": "; ".join(
                        [target.label for target in fitting[:MOST_LISTED]]
                        + ["and more"] * (len(fitting) > MOST_LISTED)
                    ),
                    "match": match,
                    "sentence": tables.marked(text, [(min(starts), max(ends))]),
                    "evidence": [
                        sentence_id,
                        *(opening[t.statement_id] for t in fitting[:MOST_LISTED]
                          if t.statement_id),
                    ],
                }
            )
    return tables.result(rows, columns=REFERENCES, made_by="analysis.references.references")


def _mentions(text: str, language: str, written: str) -> Iterator[tuple[_Date, re.Match[str]]]:
    """Each date of a sentence with the nearest noun."""
    dates = list(_dates(text, language, written))
    if not dates:
        return
    words = list(WORD.finditer(text))
    noun = _patterns(language)[2]
    nouns = [
        (place, word) for place, word in enumerate(words)
        if any(noun.match(part) for part in re.split("['’]", word.group().lower()))
    ]
    for found in dates:
        before = sum(word.start() < found.start for word in words)
        after = sum(word.start() < found.end for word in words)
        near = [
            (before - place if place < before else place - after + 1, place, word)
            for place, word in nouns
            if not before <= place < after
        ]
        near = [option for option in near if option[0] <= NEAR]
        if near:
            yield found, min(near, key=lambda option: option[:2])[2]


@cache
def _months(code: str) -> Mapping[str, str]:
    names = _language(code)["months"]
    return {name.lower(): f"{number:02}" for number, name in enumerate(names, start=1)}


def _dates(text: str, language: str, written: str) -> Iterator[_Date]:
    """The dates that a sentence names, in order; those without a year set before `written`."""
    rules = _language(language)
    dates, relative, _ = _patterns(language)
    months = _months(language)
    # Every date has a digit, and few sentences have one.
    for match in dates.finditer(text) if _DIGIT.search(text) else ():
        parts = {key[0]: value for key, value in match.groupdict().items() if value}
        month = months[parts["m"].lower()] if "m" in parts else ""
        rest = [part for part in (month, parts.get("d", "").zfill(2) if "d" in parts else "")
                if part]
        year = parts.get("y") or _year_before("-".join(rest), written)
        if year:
            yield _Date("-".join([year, *rest]), *match.span(), "y" not in parts, False)
    lower = text.lower()
    named = written and any(phrase in lower for phrase in rules["relative"])
    for match in relative.finditer(text) if named else ():
        shift = rules["relative"][match.group().lower()]
        yield _Date(str(int(written[:4]) + shift), *match.span(), True, shift > 0)


def _year_before(day: str, written: str) -> str:
    """The year in which this day (MM-DD) last was when the text was written."""
    if not written:
        return ""
    later = len(written) > 4 and day[: len(written) - 5] > written[5:]
    return str(int(written[:4]) - later)


def _targets(corpus: Corpus) -> list[_Target]:
    study = corpus.study
    return [
        *(
            _Target(STATEMENT, row.date, corpus.labels[row.statement_id], row.group,
                    row.statement_id)
            for row in study.statements.itertuples()
            if row.date and row.genre == "statement"
        ),
        *(_Target(ABSENT, item.date, f"{item.title} ({item.date})", "") for item in study.absent),
        *(_Target(EVENT, item.date, f"{item.label} ({item.date})", "") for item in study.events),
    ]


class _ByDate:
    """What a date may refer to, by what its date begins with, its kind and its group, in order."""

    def __init__(self, targets: list[_Target]) -> None:
        self._found: dict[tuple[str, str, str | None], list[_Target]] = {}
        for target in targets:
            for part in dict.fromkeys((target.date[:4], target.date[:7], target.date[:10])):
                for group in (None, target.group):
                    self._found.setdefault((part, target.kind, group), []).append(target)

    def fitting(
        self, found: _Date, statement: str, written: str, group: str
    ) -> list[_Target]:
        """What the date may refer to: the first kind of which anything fits, one's own group first;
        no more than one above `MOST_LISTED`."""
        for kind in (STATEMENT, ABSENT, EVENT):
            for own in ([group] if group else []) + [None]:
                some = list(islice(
                    self._of(found, kind, own, statement, written), MOST_LISTED + 1
                ))
                if some:
                    return some
        return []

    def _of(
        self, found: _Date, kind: str, group: str | None, statement: str, written: str
    ) -> Iterator[_Target]:
        before = written if len(found.date) == 4 and not found.future else ""
        for target in self._found.get((found.date, kind, group), ()):
            if target.statement_id != statement and (not before or target.date < before):
                yield target
        if len(found.date) > 7:
            # Targets of which only the month is known, where the day is named.
            for target in self._found.get((found.date[:7], kind, group), ()):
                if target.statement_id != statement and target.date == found.date[:7]:
                    yield target


def references_reading(table: pd.DataFrame) -> list[str]:
    """What the texts mention, in words.

    Args:
        table: what `references` returned.
    """
    if table.empty:
        return ["No text mentions another document or meeting by date."]
    counts = table["match"].value_counts()
    kinds = (STATEMENT, ABSENT, EVENT, AMBIGUOUS, UNKNOWN)
    parts = [f"{kind}: {counts[kind]}" for kind in kinds if kind in counts]
    within = table[table["match"] == STATEMENT]
    named = "; ".join(
        [f"{row.statement} names {row.refers_to} (“{row.mention}”)"
         for row in within.head(MOST_LISTED).itertuples()]
        + [f"{len(within) - MOST_LISTED:,} more"] * (len(within) > MOST_LISTED)
    )
    return [
        f"{counted(len(table), 'mention')} of a dated document or meeting ({'; '.join(parts)})."
        + (f" {named}." if named else "")
    ]
