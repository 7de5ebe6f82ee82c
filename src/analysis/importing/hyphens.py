"""Words that a page's lines broke: which hyphens at a line's end are the word's own?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from analysis.segment.lines import SOFT_HYPHEN

_BROKEN = re.compile(r"(?<![^\W\d_-])([^\W\d_]{2,})-(\n)([^\W\d_]{2,})(?!-)")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def softened(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """Texts whose lines break words, with a soft hyphen where the hyphen is the line's.

    A hyphen is the line's if the whole word stands elsewhere in the texts and the hyphenated one
    does not; where neither does, unless both halves are words of the texts.

    Args:
        texts: of pages; all of them together tell what is a word.

    Returns:
        The texts, and how many hyphens were softened in each.

    >>> softened(["All efforts count, ef-\\nforts and result-\\ndriven ones, result, driven"])[0]
    ['All efforts count, ef\\xad\\nforts and result-\\ndriven ones, result, driven']
    """
    known: Counter[str] = Counter()
    for text in texts:
        known.update(_WORD.findall(_BROKEN.sub(" ", text).lower()))
    found, counts = [], []
    for text in texts:
        soft = 0

        def put(match: re.Match[str]) -> str:
            nonlocal soft
            left, line, right = match.groups()
            if not _line_s(left.lower(), right, known):
                return match[0]
            soft += 1
            return f"{left}{SOFT_HYPHEN}{line}{right}"

        found.append(_BROKEN.sub(put, text))
        counts.append(soft)
    return found, counts


def _line_s(left: str, right: str, known: Counter[str]) -> bool:
    """Whether a hyphen is the line's own and not the word's."""
    if not right.islower():
        return False
    whole, compound = known[left + right], known[f"{left}-{right}"]
    if whole or compound:
        return whole > compound
    return not (known[left] and known[right])
