"""Dates as people and spreadsheets write them → YYYY-MM-DD; what is ambiguous is refused."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

import yaml

from analysis.errors import shown

Order = Literal["day-first", "month-first", ""]

_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
# A time behind the date is not needed.
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}.*\Z")
_COMPACT = re.compile(r"(1[6-9]\d\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})(?:[/.](\d{1,2}))?")
_NUMERIC = re.compile(r"(\d{1,2})([/.-])\s?(\d{1,2})\2\s?(\d{2}|\d{4})")
_MONTH_YEAR = re.compile(r"(\d{1,2})[/.-](\d{4})")
_SERIAL = re.compile(r"[1-6]\d{4}(?:\.\d+)?")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
           "october", "november", "december")  # fmt: skip
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?"


class Read(NamedTuple):
    """A date that was read, or why it was not.

    Attributes:
        date: YYYY, YYYY-MM or YYYY-MM-DD; "" if it could not be read.
        problem: what is wrong, and what to do; "" if nothing is.
    """

    date: str
    problem: str = ""


@cache
def month_numbers() -> dict[str, int]:
    """Names of months, in lower case → 1 to 12."""
    forms = yaml.load((files("analysis.importing") / "months.yaml").read_bytes(), yaml.BaseLoader)
    return {form: number for number, names in enumerate(forms, 1) for form in names}


@cache
def _worded() -> tuple[re.Pattern[str], ...]:
    month = "|".join(sorted(map(re.escape, month_numbers()), key=len, reverse=True))
    link = r"(?:(?:of|de|del|di|van|the)\s+)?"
    return (
        re.compile(rf"(?<!\w){_DAY}\s+{link}(?P<m>{month})\.?,?\s+{link}(?P<y>\d{{4}})(?!\w)", re.I),
        re.compile(rf"(?<!\w)(?P<m>{month})\.?\s+{_DAY},?\s+(?P<y>\d{{4}})(?!\w)", re.I),
        re.compile(rf"(?<!\w)(?P<m>{month})\.?,?\s+{link}(?P<y>\d{{4}})(?!\w)", re.I),
        re.compile(rf"(?<!\w){_DAY}-(?P<m>{month})-(?P<y>\d{{4}})(?!\w)", re.I),
    )


def worded(text: str) -> tuple[str, str] | None:
    """The first date with a month's name in a text: (ISO date, as written); None without one.

    >>> worded("Brussels, 4 March 2024")
    ('2024-03-04', '4 March 2024')
    """
    first = None
    for pattern in _worded():
        found = pattern.search(text)
        if found and (first is None or found.start() < first.start()):
            first = found
    if first is None:
        return None
    day = int(first.groupdict().get("d") or 0)
    date = _made(int(first["y"]), month_numbers()[first["m"].lower()], day)
    return (date, first[0]) if date else None


def order_of(values: Iterable[str]) -> tuple[Order, str]:
    """In which order do the numeric dates of a column stand?

    Returns:
        The order and the value that proves it; ("", "") where none does or two contradict.
    """
    proofs: dict[Order, str] = {}
    for value in values:
        found = _NUMERIC.fullmatch(_TIME.sub("", value.strip()))
        if found and found[2] != ".":
            first, second = int(found[1]), int(found[3])
            if first > 12 >= second:
                proofs.setdefault("day-first", value)
            elif second > 12 >= first:
                proofs.setdefault("month-first", value)
    return next(iter(proofs.items())) if len(proofs) == 1 else ("", "")


def read(value: str, *, order: Order = "") -> Read:
    """Which date is meant?

    Args:
        value: as written; "" is no date and no problem.
        order: of day and month in `04/03/2024`; "" = refuse such a date unless it is clear.

    >>> read("14.11.2022").date, read("March 2024").date, read("25/12/2023").date
    ('2022-11-14', '2024-03', '2023-12-25')
    >>> read("03/04/2024").problem
    "'03/04/2024' is 3 April 2024 or 4 March 2024; write 2024-04-03 or 2024-03-04"
    """
    text = " ".join(value.split())
    if not text:
        return Read("")
    bare = _TIME.sub("", text)
    for pattern in (_ISO, _COMPACT, _YEAR_FIRST):
        found = pattern.fullmatch(bare)
        if found:
            date = _made(*(int(part or 0) for part in found.groups()))
            return Read(date) if date else _none(value)
    numeric = _NUMERIC.fullmatch(bare)
    if numeric:
        return _numeric(value, numeric, order)
    month_year = _MONTH_YEAR.fullmatch(bare)
    if month_year:
        date = _made(int(month_year[2]), int(month_year[1]), 0)
        return Read(date) if date else _none(value)
    if _SERIAL.fullmatch(bare):
        day = datetime.date(1899, 12, 30) + datetime.timedelta(days=int(float(bare)))
        return Read("", f"{shown(value)} looks like a spreadsheet's number for {day.isoformat()}; "
                        "format the column as a date, or write YYYY-MM-DD")
    named = worded(text)
    if named and len(text) <= len(named[1]) + 20:
        return Read(named[0])
    return _none(value)


def _numeric(value: str, found: re.Match[str], order: Order) -> Read:
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if len(found[4]) == 2:
        return Read("", f"{shown(value)} has a year of two digits; write YYYY-MM-DD")
    day_first, month_first = _made(year, second, first), _made(year, first, second)
    if not (day_first or month_first):
        return _none(value)
    # With full stops the day stands first in every country that writes dates so.
    if found[2] == "." or order == "day-first":
        return Read(day_first) if day_first else _none(value)
    if order == "month-first":
        return Read(month_first) if month_first else _none(value)
    if day_first and month_first and day_first != month_first:
        return Read("", f"{shown(value)} is {spoken(day_first)} or {spoken(month_first)}; write "
                        f"{day_first} or {month_first}")
    return Read(day_first or month_first)


def _none(value: str) -> Read:
    return Read("", f"{shown(value)} is no date; write YYYY-MM-DD, YYYY-MM or YYYY")


def _made(year: int, month: int = 0, day: int = 0) -> str:
    try:
        date = datetime.date(year, month or 1, day or 1)
    except ValueError:
        return ""
    if not 1000 <= year <= 2200:
        return ""
    return f"{date:%Y-%m-%d}"[: 10 if day else 7 if month else 4]


def spoken(date: str) -> str:
    """An ISO date in words: "4 March 2024"."""
    year, month, day = date.split("-")
    return f"{int(day)} {_MONTHS[int(month) - 1].capitalize()} {year}"


def all_read(values: Mapping[int, str], *, where: str, order: Order) -> tuple[dict[int, str], list[str], str]:
    """A column's dates by row, its faults, and how day and month were told apart.

    Args:
        values: row → as written.
        where: the file, for the faults.
        order: what the user said, or "".
    """
    note = ""
    if not order:
        order, proof = order_of(values.values())
        if order:
            note = f"dates read {order}, as {shown(proof)} shows"
    read_dates, faults = {}, []
    for row, value in values.items():
        found = read(value, order=order)
        read_dates[row] = found.date
        if found.problem:
            faults.append(f"{where.format(row=row)}: {found.problem}")
    return read_dates, faults, note
