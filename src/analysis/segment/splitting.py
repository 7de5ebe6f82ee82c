"""Sentence boundaries inside one block.

Every full stop, question mark, exclamation mark and ellipsis before white space is looked at once;
the words around it decide. The decisions are those of Punkt with a given list of abbreviations
(Kiss & Strunk 2006, Computational Linguistics 32(4)), with closing quotes, footnote marks, ordinals
and ambiguous abbreviations decided in the same place. NLTK's Punkt, given the same list, comes to
the same boundaries on the shipped texts (a test holds it), but takes over a second to import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analysis.segment.lines import CLOSERS, NOTE_MARK
from analysis.segment.rules import Rules

_WHITE = re.compile(r"[\t\n\r\v\f\x1c-\x1f\x85\xa0\u2000-\u200a\u2028\u2029\u202f\u3000]")
_SEEN = re.compile(r"[^ ]|\Z")
# Terminators, what closes with them, a footnote's mark; then white space, or (a converter's slip)
# the next word at once: "world.The".
_CANDIDATE = re.compile(
    rf"([.!?…]++)({CLOSERS}*+(?: [»”](?= |\Z))?)({NOTE_MARK})?"
    rf"(?:(?= |\Z)|(?<=[^\W\d_A-Z]{{3}}[.!?])(?=[A-Z][^\W\d_A-Z]))"
)
_NEXT = re.compile(r" *+[\"'“‘„«»‹(\[¿¡–—•*-]{0,9}+ *+[.…]{0,9}+ *+(\w?)(\S?)")
_OPENING = "\"'“‘„«‹([{¿¡–—"
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]\Z")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_ORDINAL = re.compile(r"\d{1,2}\Z")
_ADDRESS = re.compile(r"[/@\\]|www\.", re.IGNORECASE)
_ELISION = re.compile(r"[^\W\d_]{1,5}['’](?=[^\W\d_]{2})")
_WORD = re.compile(r"[\w'’.-]{0,40}")

# A word is looked up within this many characters before its full stop.
_MAX_WORD = 40


def split(text: str, rules: Rules) -> list[tuple[int, int]]:
    """Where do the sentences of a block begin and end?

    Args:
        text: the block's text; white space may be of any kind, its length is kept.
        rules: the lists of the text's language.

    Returns:
        (start, end) of each sentence, trimmed, in order; together they hold all visible characters.
    """
    return list(spans(text, rules))


def spans(text: str, rules: Rules) -> Iterator[tuple[int, int]]:
    """The same, one after the other."""
    plain = text.replace("\n", " ")
    if not plain.isprintable():  # no white space but the space is
        plain = _WHITE.sub(" ", plain)
    start = _skip_blanks(plain, 0)
    for candidate in _CANDIDATE.finditer(plain):
        if _is_boundary(plain, start, candidate, rules):
            yield start, candidate.end()
            start = _skip_blanks(plain, candidate.end())
    end = len(plain.rstrip())
    if start < end:
        yield start, end


def _skip_blanks(text: str, position: int) -> int:
    if position < len(text) and text[position] != " ":
        return position
    return _SEEN.search(text, position).start()


def _is_boundary(text: str, start: int, candidate: re.Match[str], rules: Rules) -> bool:
    stop, closers, mark = candidate.groups()
    first = candidate.start()
    following = _NEXT.match(text, candidate.end())
    if following.group(1).islower() or _bracketed(text, first, closers):
        return False
    word = _word_before(text, start, first)
    if mark and mark[0].isdigit() and not (closers or _carries_mark(word, rules)):
        return False
    if stop[0] in "!?" or len(set(stop)) > 1:
        return True
    if len(stop) > 1 or stop == "…":
        return not text.startswith(" ", first - 1) or _starts(text, following, rules)
    if not text.startswith(" ", candidate.end()) and candidate.end() < len(text):
        return _ADDRESS.search(word) is None and "." not in word
    if closers and closers[0] not in ")]":
        return True
    return _stop_ends(text, start, word, following, rules)


def _bracketed(text: str, first: int, closers: str) -> bool:
    """Whether the signs stand alone in brackets: "[...]", "(!)"."""
    return closers[:1] in (")", "]") and text.startswith(("(", "["), first - 1)


def _carries_mark(word: str, rules: Rules) -> bool:
    """Whether a number behind the full stop is a footnote's: "law.1", "in 2020.2", not "p.5"."""
    if _YEAR.fullmatch(word):
        return True
    return len(word) > 1 and word[-1].isalpha() and word.lower() not in rules.before_number


def _word_before(text: str, start: int, stop: int) -> str:
    """The word a full stop stands behind, without what opens before it."""
    low = max(start, stop - _MAX_WORD)
    word = text[max(low, text.rfind(" ", low, stop) + 1) : stop].lstrip(_OPENING)
    return _ELISION.sub("", word, count=1)  # "l'art. 3"


def _stop_ends(
    text: str, start: int, word: str, following: re.Match[str], rules: Rules
) -> bool:
    """Whether a single full stop behind this word ends a sentence."""
    low = word.lower()
    number_follows = following.group(1).isdigit() or following.group(2) in ("€", "£", "$", "+")
    if low in rules.never_final or (low in rules.before_number and number_follows):
        return False
    if low in rules.ambiguous or _DOTTED.match(word) or (len(word) == 1 and word.isupper()):
        return not number_follows and _starts(text, following, rules)
    if word.isdigit():
        if text.startswith(word + ".", start):
            return False  # a number that opens the sentence: "1. Europe"
        if rules.ordinal_dot and _ORDINAL.match(word):
            return _starts(text, following, rules)
    return True


def _starts(text: str, following: re.Match[str], rules: Rules) -> bool:
    """Whether the next word is one that commonly opens a sentence."""
    word = _WORD.match(text, following.start(1)).group().rstrip(".'’").lower()
    return word in rules.starters
