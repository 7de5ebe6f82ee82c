"""The word lists that segmentation needs, one YAML file a language in `languages/`.

Everything that names words lives there; everything in the code is typed as a pattern that any
document may show. `und` (the ISO 639 code for an undetermined language) has no lists at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

_NEVER = re.compile(r"(?!)")
_LANGUAGES = files("analysis.segment") / "languages"

# Words that may stand before the date without making a sentence of the line.
_PLACE = r"(?:{upper}[\w'’.-]*,?|{small})"


@dataclass(frozen=True, slots=True)
class Notice:
    """A kind of page furniture, told by its words.

    Attributes:
        reason: what the report calls it.
        whole: matches a block that is nothing else.
        opens: matches the start of a block.
        within: matches anywhere in a block.
        max_words: longer blocks are text, whatever they begin with.
    """

    reason: str
    whole: re.Pattern[str]
    opens: re.Pattern[str]
    within: re.Pattern[str]
    max_words: int

    def fits(self, text: str, words: int) -> bool:
        """Whether a block of this (lower-case) text is such a notice."""
        return words <= self.max_words and bool(
            self.whole.fullmatch(text) or self.opens.match(text) or self.within.search(text)
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """One language's lists; the YAML files say what each is for."""

    language: str
    never_final: frozenset[str]
    before_number: frozenset[str]
    ambiguous: frozenset[str]
    starters: frozenset[str]
    openers: frozenset[str]
    months: frozenset[str]
    ordinal_dot: bool
    letter_bullets: bool
    open_words: frozenset[str]
    conjunctions: frozenset[str]
    finite_verbs: frozenset[str]
    dateline: re.Pattern[str]
    caption: re.Pattern[str]
    labels: re.Pattern[str]
    closing_sections: re.Pattern[str]
    notices: tuple[Notice, ...]
    any_notice: re.Pattern[str]
    max_notice_words: int


def available() -> tuple[str, ...]:
    """The codes of the languages that have lists."""
    return tuple(
        sorted(entry.name[:-5] for entry in _LANGUAGES.iterdir() if entry.name.endswith(".yaml"))
    )


@cache
def rules_for(language: str) -> Rules:
    """The lists of a language; a regional code ("en-GB") takes those of its language.

    A language without lists has empty ones, as `und` does: its sentences are split by signs alone.
    """
    code = re.split(r"[-_]", language.strip().lower())[0]
    if code not in available():
        return _compile(code, {})
    # The base loader reads every scalar as text: "no", "on" and "è" are words here, not values.
    lists = yaml.load((_LANGUAGES / f"{code}.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
    return _compile(code, lists)


def _compile(code: str, lists: dict) -> Rules:
    def words(name: str) -> frozenset[str]:
        return frozenset(word.lower() for word in lists.get(name, ()))

    months = words("months")
    notices = tuple(_notice(entry) for entry in lists.get("notices", ()))
    return Rules(
        language=code,
        never_final=words("never_final"),
        before_number=words("before_number"),
        ambiguous=words("ambiguous"),
        starters=words("starters"),
        openers=words("openers"),
        months=months,
        ordinal_dot=lists.get("ordinal_dot") == "true",
        letter_bullets=lists.get("letter_bullets") == "true",
        open_words=words("open_words"),
        conjunctions=words("conjunctions"),
        finite_verbs=words("finite_verbs"),
        dateline=_dateline(months, lists),
        caption=_caption(lists.get("caption_words", ())),
        labels=_phrases(lists.get("labels", ()), end=r"\s*:?"),
        closing_sections=_phrases(lists.get("closing_sections", ()), end=r"\s*[:.]?"),
        notices=notices,
        any_notice=_any_notice(lists.get("notices", ())),
        max_notice_words=max((notice.max_words for notice in notices), default=0),
    )


def _notice(entry: dict) -> Notice:
    known = {"reason", "whole", "opens", "within", "max_words"}
    if unknown := set(entry) - known:
        raise ValueError(f"unknown key {sorted(unknown)} in a notice; known: {sorted(known)}")
    return Notice(
        reason=entry["reason"],
        whole=_phrases(entry.get("whole", ()), end=r"\W*"),
        opens=_phrases(entry.get("opens", ()), end=r"(?!\w)"),
        within=_phrases(entry.get("within", ()), start=r"(?<!\w)", end=""),
        max_words=int(entry["max_words"]),
    )


def _caption(words: Iterable[str]) -> re.Pattern[str]:
    """A credit at the start or the end of a caption: "… last week. Image: Council of the EU"."""
    names = _alternatives(form for word in words for form in (word.capitalize(), word.upper()))
    return re.compile(rf"(?:\A|[.!?)]\s+)(?:{names})(?: \w+)?\s?:\s+(?:\S+\s*){{1,8}}\Z")


def _any_notice(entries: Iterable[dict]) -> re.Pattern[str]:
    """Matches whatever may be one of the notices: nearly all blocks are done with at once."""
    opening = [phrase for e in entries for key in ("whole", "opens") for phrase in e.get(key, ())]
    inside = [phrase for e in entries for phrase in e.get("within", ())]
    first, anywhere = _phrases(opening, end=""), _phrases(inside, start=r"(?<!\w)", end="")
    return re.compile(rf"\A(?:{first.pattern})|{anywhere.pattern}")


def _phrases(phrases: Iterable[str], *, start: str = "", end: str) -> re.Pattern[str]:
    """Plain phrases as one pattern; `#` stands for a number."""
    parts = [
        re.escape(phrase.lower()).replace(r"\ ", r"\s+").replace(r"\#", r"\d+(?:/\d+)*")
        for phrase in phrases
    ]
    if not parts:
        return _NEVER
    return re.compile(f"{start}(?:{'|'.join(sorted(parts, key=len, reverse=True))}){end}")


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or r"(?!)"


def _date_pattern(months: frozenset[str], lists: dict) -> str:
    month = rf"(?:{_alternatives(months)})\.?"
    link = rf"(?:(?:{_alternatives(lists.get('date_links', ()))})\s+)?"
    day = r"\d{1,2}(?:st|nd|rd|th|er|ste|de|e|º|°|\.)?"
    weekday = rf"(?:(?:{_alternatives(lists.get('weekdays', ()))}),?\s+)?"
    year = r"(?:1[5-9]|20)\d\d"
    return (
        rf"(?<!\w){weekday}(?:{day}\s+{link}{month}(?:,?\s+{link}{year})?"
        rf"|{month}\s+{day}(?:,?\s+{year})?|{month},?\s+{link}{year}"
        rf"|\d{{1,2}}[./]\d{{1,2}}[./](?:{year}|\d\d)|{year}-\d\d-\d\d)(?!\w)"
    )


def _dateline(months: frozenset[str], lists: dict) -> re.Pattern[str]:
    """A place and a date, a date alone, or "Published …": nothing else in the block."""
    small = _alternatives([*lists.get("place_particles", ()), *lists.get("date_links", ())])
    place = _PLACE.format(upper=r"[^\W\d_a-zß-öø-ÿ]", small=rf"(?:{small})(?!\w),?")
    words = _alternatives(lists.get("date_words", ()))
    time = r"(?:,?\s+(?:at\s+)?\d{1,2}[.:h]\d{2}(?:\s?[ap]m)?)?"
    return re.compile(
        rf"(?:(?i:{words}):?\s+)?(?:{place}\s+){{0,5}}?[-–—]?\s*"
        rf"(?:(?i:{words}):?\s+)?(?i:{_date_pattern(months, lists)}){time}\s*[.)]?"
    )
