"""The page of all sentences: a plain list, which a script on the page filters and searches."""

from __future__ import annotations

from collections.abc import Sequence

# Characters of the list's HTML, roughly: pages stay below 1 MB.
_BUDGET = 800_000

# What one line and one tag cost besides their texts.
_LINE, _TAG = 190, 80

# A kind with more different values than this (such as the text of a best match) is only said to be
# there: nobody chooses from a longer list.
_VALUES = 60


def listed(statements: Sequence[dict]) -> dict[str, object]:
    """What the page prints: sentences that are counted as units, with what was said about them.

    Sentences that may not be shown are counted and left out. Where the list would make the page
    too large, it ends.

    Returns:
        `browsed` (one entry a statement: `statement`, `lines`), `total`, `listed`, `withheld`.
    """
    values: dict[str, set[str]] = {}
    units = {
        statement["id"]: [
            unit for block in statement["blocks"] if not block["aside"]
            for unit in block["sentences"]
        ]
        for statement in statements
    }
    for own in units.values():
        for unit in own:
            for note in unit["notes"]:
                values.setdefault(note.kind, set()).add(note.text)
    spent, browsed, full = 0, [], False
    for statement in statements:
        lines = []
        for unit in units[statement["id"]]:
            if unit["withheld"] or full:
                continue
            tags = _tags(unit, values)
            spent += _LINE + len(unit["text"]) + sum(_TAG + 2 * len(t["label"]) for t in tags)
            full = spent > _BUDGET
            if not full:
                lines.append({"id": unit["id"], "text": unit["text"], "tags": tags})
        if lines:
            browsed.append({"statement": statement, "lines": lines})
    every = [unit for own in units.values() for unit in own]
    return {
        "browsed": browsed,
        "total": len(every),
        "listed": sum(len(entry["lines"]) for entry in browsed),
        "withheld": sum(unit["withheld"] for unit in every),
    }


def _tags(unit: dict, values: dict[str, set[str]]) -> list[dict[str, str]]:
    tags = []
    for note in unit["notes"]:
        many = len(values[note.kind]) > _VALUES
        label = note.kind if many else f"{note.kind}: {note.text}"
        tag = {"kind": note.kind, "value": "" if many else note.text, "label": label}
        if tag not in tags:
            tags.append(tag)
    return tags
