"""What a reader makes of a file, and the limits that keep a hostile file from filling the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from analysis.errors import StudyError

# As study_files refuses longer texts, a longer file could not become one.
MAX_FILE_BYTES = 100_000_000


class Unreadable(StudyError):
    """A file that is no document, or none that can be read: one line, without the file's name."""


class Fact(NamedTuple):
    """Something said about a document, and by what."""

    value: str
    basis: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds.

    Attributes:
        text: readable text: a blank line between blocks, a form feed between pages, lines of page
            furniture marked.
        facts: title, date, issuer, language, source_url: what the file itself says of them.
        notes: what a person should know about how it was read, a phrase each.
        broken_lines: its lines are those of pages, so that they break words.
    """

    text: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    broken_lines: bool = False


def tidy(text: str) -> str:
    """The text with line ends as newlines, no control characters and no more than one blank line.

    >>> tidy("a\\r\\nb\\x00\\n\\n\\n\\nc ")
    'a\\nb\\n\\nc\\n'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c in "\n\t\f" or not _control(c))
    lines, blank = [], True
    for line in text.split("\n"):
        line = line.rstrip(" \t\xa0")
        if line or not blank:
            lines.append(line)
        blank = not line
    return "\n".join(lines).rstrip("\n ") + "\n"


def _control(character: str) -> bool:
    code = ord(character)
    return code < 32 or 127 <= code < 160 or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF)
