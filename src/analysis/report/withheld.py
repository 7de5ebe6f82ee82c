"""Statements that may not be passed on: which of their sentences a reader is shown.

Of such a text the pages show what they cite and one neighbour of each cited sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from analysis.report import folding
from analysis.tables import LINKS_SHOWN, unmarked

#: What stands below a table from which texts were left out.
NOTE = "Texts that are not cleared for redistribution are left empty here unless a page cites them."

# So many words in a row, found nowhere in a text that may be passed on, are taken to come from a
# text that may not. Fewer would empty cells that share a phrase; more would let clipped ones pass.
_RUN = 6

# Formats of columns that hold texts, and those that hold what stands around a word.
_AROUND = {"before", "after"}
_TEXTS = {"text", "marked", *_AROUND}


def restricted(facts: Mapping[str, str], *, unrecorded: bool) -> bool:
    """May a statement's whole text not be shown?

    Args:
        facts: its row of statements.csv; `redistribution` begins with "yes" where it may.
        unrecorded: whether a statement of which nothing is recorded counts as not cleared.

    >>> restricted({"redistribution": "not cleared"}, unrecorded=False)
    True
    >>> restricted({"redistribution": "yes, on the default licence"}, unrecorded=True)
    False
    """
    recorded = facts.get("redistribution", "").strip().lower()
    return unrecorded if not recorded else not recorded.startswith("yes")


def withhold(
    statements: Sequence[dict], tables: Iterable[Mapping[str, object]], *, unrecorded: bool
) -> set[str]:
    """Mark the sentences and blocks that are not to be shown; returns the ids of the sentences.

    Cited is what stands behind a row that a page prints openly and whose few sentences it links
    one by one. Tables that list everything, or are folded away, cite nothing in this sense: else
    every sentence would be cited.
    """
    cited = {
        key
        for table in tables
        if folding.display(table) == "table"
        for keys in table["evidence"]
        if len(keys) <= LINKS_SHOWN
        for key in keys
    }
    hidden: set[str] = set()
    for statement in statements:
        if not restricted(statement["facts"], unrecorded=unrecorded):
            continue
        units = [unit for block in statement["blocks"] for unit in block["sentences"]]
        shown = {n for n, unit in enumerate(units) if unit["key"] in cited}
        # One neighbour: the next sentence, or the one before where there is no next.
        shown |= {n + 1 if n + 1 < len(units) else n - 1 for n in shown}
        for number, unit in enumerate(units):
            unit["withheld"] = number not in shown
        for block in statement["blocks"]:
            block["withheld"] = all(unit["withheld"] for unit in block["sentences"])
        own = {unit["key"] for unit in units if unit["withheld"]}
        statement["withheld"] = len(own)
        statement["shortened"] = True
        statement["source"] = ""
        hidden |= own
    return hidden


class Secret:
    """What hidden sentences say and nothing that may be shown does.

    A text gives it away if it shares a run of words with a hidden sentence that no shown sentence
    and no record of a statement (its title, its publisher …) has, or is a hidden sentence too short
    for such a run.
    """

    def __init__(self, statements: Sequence[dict], hidden: set[str]) -> None:
        units = [u for s in statements for b in s["blocks"] for u in b["sentences"]]
        open_text = [u["text"] for u in units if u["key"] not in hidden]
        open_text += [str(fact) for s in statements for fact in s["facts"].values()]
        ours = {run for text in open_text for run in _runs(text)}
        own = [u["text"] for u in units if u["key"] in hidden]
        self._runs = {run for text in own for run in _runs(text)} - ours
        self._whole = {_plain(text) for text in own} - set(map(_plain, open_text))

    def within(self, text: object) -> bool:
        """Does a text hold a telling run of words?"""
        return not self._runs.isdisjoint(_runs(text))

    def given_away(self, cell: object) -> bool:
        """Does a table's cell hold such a run, or is it a whole hidden sentence?"""
        return bool(cell) and (_plain(cell) in self._whole or self.within(cell))


def emptied(tables: Iterable[dict], secret: Secret) -> None:
    """Empty the text cells that give hidden sentences away, and say so below the table.

    What stands before and after a word in context counts as one text with it. The places of
    `sentences` and `blocks` lead back to the text in the source.
    """
    for table in tables:
        formats = [column["format"] for column in table["columns"]]
        texts = [n for n, how in enumerate(formats) if how in _TEXTS]
        around = [n for n, how in enumerate(formats) if how in _AROUND]
        changed = False
        for row in table["rows"]:
            line = " ".join(str(unmarked(row[n]) or "") for n in texts)
            for position in texts:
                told = secret.given_away(unmarked(row[position]))
                if told or (position in around and secret.within(line)):
                    row[position] = [""] if isinstance(row[position], list) else ""
                    changed = True
        if changed:
            table["note"] = f"{table['note']} {NOTE}".strip()


def _plain(text: object) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", str(text).lower()))


def _runs(text: object) -> Iterable[tuple[str, ...]]:
    words = _plain(text)
    return (words[n:n + _RUN] for n in range(len(words) - _RUN + 1))
