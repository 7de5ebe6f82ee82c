"""The package's exceptions, and how their messages are worded.

Each error carries all faults found, one clear line each: what was found, where, what to do.
"""

import difflib
from collections.abc import Iterable, Sequence

# Long enough for any sensible name, short enough that a line stays one line on a wide screen.
SHOWN_LENGTH = 60
# As many names as a reader takes in at a glance.
LISTED_NAMES = 12
# Whoever has made more mistakes of one kind in one place will find the rest by the first.
MAX_LISTED = 20
# difflib compares character by character: beyond this many names a search would be felt.
SEARCHED_NAMES = 5_000


class StudyError(Exception):
    """Something a person can put right.

    Args:
        faults: one line each; a single string is one fault. All faults of a table or a file
            belong in one error, so that a reader mends them in one go.

    >>> error = BadStudy(["study.yaml: no title; add one", "texts/a.txt: empty; remove its row"])
    >>> error.faults[1]
    'texts/a.txt: empty; remove its row'
    >>> print(error)
    study.yaml: no title; add one
    texts/a.txt: empty; remove its row
    """

    faults: tuple[str, ...]

    def __init__(self, faults: str | Iterable[str]) -> None:
        self.faults = (faults,) if isinstance(faults, str) else tuple(faults)
        super().__init__(*self.faults)

    def __str__(self) -> str:
        return "\n".join(self.faults)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of this error: its lines, without a traceback."""
        return list(self.faults)

    def __reduce__(self) -> tuple[type["StudyError"], tuple[tuple[str, ...]]]:
        """Keep the faults together when the error crosses a process boundary."""
        return type(self), (self.faults,)


class BadStudy(StudyError):
    """A study folder's files are missing, malformed or contradict one another."""


class BadParameter(StudyError):
    """A parameter is unknown, of the wrong type or out of range."""


class RunFailed(StudyError):
    """A notebook stopped before its end."""


class OutputProblem(StudyError):
    """The report cannot be written where it was asked for."""


def shown(value: object) -> str:
    """Quote a value for a message: on one line, invisible characters escaped, cut if long.

    >>> shown("two\\nlines")
    "'two\\\\nlines'"
    """
    text = str(value)
    return repr(text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…")


def suggest(name: str, known: Iterable[str]) -> str:
    """Say which known names come nearest to an unknown one, or list them if none is near.

    >>> suggest("titel", ["title", "question"])
    "did you mean 'title'?"
    >>> suggest("x", ["title", "question"])
    "known: 'title', 'question'"
    """
    names = list(dict.fromkeys(known))
    if not names:
        return "none is defined"
    folded = {other[:SHOWN_LENGTH].casefold(): other for other in names[:SEARCHED_NAMES]}
    close = difflib.get_close_matches(name[:SHOWN_LENGTH].casefold(), folded, n=2)
    if close:
        return f"did you mean {' or '.join(shown(folded[match]) for match in close)}?"
    more = f" and {len(names) - LISTED_NAMES} more" if len(names) > LISTED_NAMES else ""
    return f"known: {', '.join(map(shown, names[:LISTED_NAMES]))}{more}"


def some(names: Sequence[str], *, between: str = ", ", most: int = MAX_LISTED) -> str:
    """List names, so many of them at most, and say how many more there are.

    >>> some(["a", "b"]), some(["a"] * 22)[-10:]
    ('a, b', 'and 2 more')
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return between.join(names[:most]) + more


def one_line(text: object) -> str:
    """Fold white space, so that a text is one line."""
    return " ".join(str(text).split())
