"""What a commitment names: sums, numbers, dates, bodies, places, and who gives what.

By word lists and patterns of `commitments.yaml` and the places of `names.yaml`; no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis import dictionary, languages, names
from analysis.commitment_patterns import plain
from analysis.commitment_rules import Rules
from analysis.tokens import WORD

Span = tuple[int, int]

#: Kinds of means, in the order in which a sentence names them.
MEANS = ("money", "staff", "equipment")

# A body's name is at most this long before its noun: "permanent joint command and control centre".
NAME_WORDS = 6
# A counted thing stands at most this far behind its number: "500 additional police officers".
COUNTED_WORDS = 4
# From a word of giving to what is given: "invest in (a) making the perimeter of the railhead
# secure, through a combination of high quality fencing" has 14.
GIVEN_WORDS = 15

_LOCATIVE = re.compile(
    r"\b(?:in|at|near|along|across|off|around|into|towards|throughout|borders? between)\s+(?:the\s+)?$"
    r"|\b(?:sen[dt]|second|deploy|transfer|return|dispatch|relocat|resettl)\w*\b[^,;.]*"
    r"\bto\s+(?:the\s+)?$"
)
# Between two places of one list: "in Niger and Chad".
_LISTED = re.compile(r"\s*(?:,|and|or|,\s*and)\s+(?:the\s+)?")
# A process or text that is called after a place, or a place that names it: "the Rome Process".
_CALLED = re.compile(
    r"\s+(?:Process|Agreement|Declaration|Treaty|Protocol|Convention|Regulation|Charter|Group)\b"
)
_CALLS = re.compile(
    r"\b(?:(?:Treaty|Declaration|Convention|Protocol|Agreement) of|Team)\s+$", re.IGNORECASE
)
_YEAR_ON = re.compile(r"(?:(?<=\d{4})[/–-]\d{2,4}\b)?")
# Behind the name of a state that is no adjective: "in Niger", not "in Albanian nationals".
_NO_ADJECTIVE = re.compile(
    r"(?:['’]s)?\s*(?:[^\w\s]|$|(?:and|or|to|by|with|for|in|at|on|as|from|that|which|where|who"
    r"|is|are|will|the|\w+ly)\b)"
)
_BETWEEN_CURRENCIES = re.compile(r"\s*(?:/|\(|,?\s*or\s+|;\s*about\s+)\s*(?:about |some |around )?")


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of money as a sentence names it.

    Attributes:
        start, end: offsets into the sentence.
        amount: in whole units of `currency`, all years together where they are named.
        currency: its code.
        yearly: the amount of one year where the sum is given by the year, else NaN.
        years: for how many, NaN where that is not said.
        also: the same sum in another currency, as the sentence writes it; "" if in one only.
    """

    start: int
    end: int
    amount: float
    currency: str
    yearly: float
    years: float
    also: str


def sums(rules: Rules, text: str) -> list[Sum]:
    """Which sums of money does a sentence name?

    Two currencies side by side ("£12m / €15m") are one sum; "€5m per year for two years" is €10m.

    >>> from analysis.commitment_rules import default
    >>> [(s.amount, s.currency) for s in sums(default(), "It will pay €5m per year for two years.")]
    [(10000000.0, 'EUR')]
    >>> [(s.amount, s.also) for s in sums(default(), "the £12m / €15m Joint Fund")]
    [(12000000.0, '€15m')]
    """
    low = plain(text)
    found: list[tuple[int, int, float, str]] = list(_amounts(rules, low))
    made: list[Sum] = []
    place = 0
    while place < len(found):
        start, end, amount, currency = found[place]
        also = ""
        if place + 1 < len(found):
            other = found[place + 1]
            if other[3] != currency and _BETWEEN_CURRENCIES.fullmatch(low[end:other[0]]):
                also, end = text[other[0]:other[1]], other[1]
                place += 1
        yearly, years = float("nan"), float("nan")
        by_year = rules.particulars["a_year"].match(low, _next(low, end))
        if by_year:
            yearly, end = amount, by_year.end()
            for_years = rules.particulars["for_years"].match(low, _next(low, end))
            if for_years:
                years, end = _years(rules, for_years[0]), for_years.end()
                amount = yearly * years
        made.append(Sum(start, end, amount, currency, yearly, years, also))
        place += 1
    return made


def _next(low: str, place: int) -> int:
    return re.compile(r"[\s,]*").match(low, place).end()


def _years(rules: Rules, phrase: str) -> float:
    for word in phrase.split():
        if word.isdigit():
            return float(word)
        if word in rules.particulars["numbers"]:
            return float(rules.particulars["numbers"][word])
    return float("nan")


def _amounts(rules: Rules, low: str) -> Iterator[tuple[int, int, float, str]]:
    currencies, factors = rules.particulars["currencies"], rules.particulars["multipliers"]
    unit = "|".join(re.escape(c) for c in sorted(currencies, key=lambda c: (-len(c), c)))
    factor = "|".join(sorted(factors, key=lambda f: (-len(f), f)))
    number = languages.number_pattern(rules.language)
    pattern = re.compile(
        rf"(?<![\w])(?:(?P<before>{unit})\s?(?P<a>{number})(?:\s?-?(?P<fa>{factor})\b)?"
        rf"|(?P<b>{number})(?:\s?(?P<fb>{factor})\b)?\s?(?P<after>{unit})(?!\w))"
    )
    for match in pattern.finditer(low):
        amount = languages.as_number(match["a"] or match["b"], rules.language)
        amount *= factors.get(match["fa"] or match["fb"] or "", 1)
        yield match.start(), match.end(), amount, currencies[match["before"] or match["after"]]


def dates(rules: Rules, text: str) -> list[Span]:
    """When, how often or until when, as the sentence says it."""
    low = plain(text)
    found = (m.span() for m in rules.particulars["dates"].finditer(low))
    # "2022/2023" and "2023-24" are one year of a budget.
    found = ((a, a + len(low[a:b].rstrip(" .,–-"))) for a, b in found)
    return _merged((a, _YEAR_ON.match(low, b).end()) for a, b in found)


def numbers(rules: Rules, text: str, taken: list[Span]) -> list[Span]:
    """Which counts and shares does a sentence name, with what is counted?

    Args:
        rules: the study's.
        text: the sentence.
        taken: places of sums and dates, whose digits count nothing.
    """
    low = plain(text)
    words = "|".join(rules.particulars["numbers"])
    number = languages.number_pattern(rules.language)
    pattern = re.compile(
        rf"(?<![\w.,:/€£$-])(?:up to |over |more than |some |at least |several )?"
        rf"(?:{number}(?:\s?%|\sper cent)?|(?:{words}|several)(?:\shundred|\sthousand)?)"
        r"(?![\w/.:-]?\w)"
    )
    found = []
    for match in pattern.finditer(low):
        if _overlaps(match.span(), taken) or re.search(r"(?:article|paragraph|no)\w*\.?\s$",
                                                        low[:match.start()]):
            continue
        if match[0].endswith(("%", "cent")):
            found.append(match.span())
            continue
        end = _counted(rules, low, match.end())
        if end or low[:match.start()].endswith("exceed "):
            found.append((match.start(), end or match.end()))
    return found


def _counted(rules: Rules, low: str, place: int) -> int:
    """The end of the noun behind a number; 0 where what is counted is no commitment."""
    words = []
    for match in WORD.finditer(low, place):
        between = low[words[-1].end() if words else place:match.start()]
        stop = rules.particulars["stops"].fullmatch(match[0])
        if between.strip() or (stop and match[0] not in ("new", "additional", "more", "other")):
            break
        words.append(match)
        if len(words) == COUNTED_WORDS:
            break
        if match[0].endswith("s") and len(match[0]) > 3:
            break
    barred = any(rules.particulars["not_counted"].fullmatch(word[0]) for word in words)
    return 0 if barred or not words else words[-1].end()


def bodies(rules: Rules, text: str) -> list[Span]:
    """Which units, centres, committees … does a sentence name?"""
    low = plain(text)
    found = []
    for noun in rules.particulars["bodies"].finditer(low):
        start = noun.start()
        before = list(WORD.finditer(low, 0, start))[-NAME_WORDS:]
        for word in reversed(before):
            between = low[word.end():start]
            after_digit = low[word.start() - 1:word.start()].isdigit()
            stops = rules.particulars["stops"].fullmatch(word[0])
            if between.strip(" -/'\"") or after_digit or stops:
                break
            start = word.start()
        start += len(re.match(r"(?:and|or)?\s*", low[start:])[0])
        if start < noun.start():
            found.append((start, noun.end()))
    return _merged(found)


def named(rules: Rules, texts: Sequence[str]) -> list[tuple[list[Span], list[Span]]]:
    """(places, agencies) of each sentence: those of `names.yaml` that it names."""
    code = rules.language.partition("-")[0].lower()
    found: list[tuple[list[Span], list[Span]]] = [([], []) for _ in texts]
    words = [(row, m) for row, text in enumerate(texts) for m in WORD.finditer(text)]
    if code not in names.languages() or not words:
        return found
    tokens = pd.DataFrame(
        {
            "sentence_id": "", "row": [row for row, _ in words],
            "token": [m[0].lower() for _, m in words],
            "start": [m.start() for _, m in words], "end": [m.end() for _, m in words],
        }
    )
    matches = dictionary.match(names.listed(code), tokens)
    for row, own in matches.groupby("row"):
        found[row] = _places_and_agencies(texts[row], own)
    return found


def _places_and_agencies(text: str, matches: pd.DataFrame) -> tuple[list[Span], list[Span]]:
    agencies = _merged(
        (m.start, m.end) for m in matches.itertuples() if m.category == "agencies"
    )
    found: list[Span] = []
    for m in matches.sort_values("start").itertuples():
        if m.category in ("places", "states") and not _overlaps((m.start, m.end), agencies):
            listed = bool(found) and _LISTED.fullmatch(text, found[-1][1], m.start)
            if _is_place(text, m, listed=bool(listed)):
                found.append((m.start, m.end))
    return _merged(found), agencies


def _is_place(text: str, match, *, listed: bool) -> bool:
    """Does a name say where, and is it not part of another name or an adjective?"""
    before = text[:match.start]
    if _CALLED.match(text, match.end) or _CALLS.search(before):
        return False
    noun = bool(_NO_ADJECTIVE.match(text, match.end))
    if match.category == "states":
        return noun and (listed or bool(_LOCATIVE.search(before)))
    return noun or not text[match.start:match.end].lower().endswith("an")


def means(rules: Rules, text: str, *, has_sum: bool) -> list[str]:
    """Which means does a decision give: money, staff, equipment?

    Money counts where a sum stands in the sentence; else each needs its word, with one of giving
    at most `GIVEN_WORDS` before it, and none of `not_theirs` around it.

    >>> from analysis.commitment_rules import default
    >>> means(default(), "France will deploy 40 officers.", has_sum=False)
    ['staff']
    >>> means(default(), "It has opened a centre with European Union funding.", has_sum=False)
    []
    """
    low = plain(text)
    others = [m.span() for m in rules.particulars["not_theirs"].finditer(low)]
    found = []
    for kind in MEANS:
        places = [m.start() for m in rules.particulars[kind].finditer(low)
                  if not _overlaps(m.span(), others)]
        if (kind == "money" and has_sum) or any(_given(rules, low, place) for place in places):
            found.append(kind)
    return found


def _given(rules: Rules, low: str, place: int) -> bool:
    """Does a word of giving stand here, or shortly before in the same part of the sentence?"""
    gives = rules.particulars["gives"]
    if gives.match(low, place):
        return True
    words = list(WORD.finditer(low, max(low.rfind(";", 0, place), 0), place))[-GIVEN_WORDS:]
    return bool(words) and bool(gives.search(low, words[0].start(), place))


def _overlaps(span: Span, others: list[Span]) -> bool:
    return any(a < span[1] and span[0] < b for a, b in others)


def _merged(spans) -> list[Span]:
    """Spans in order, those that overlap or lie a space apart joined."""
    made: list[Span] = []
    for start, end in sorted(spans):
        if made and start <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made
