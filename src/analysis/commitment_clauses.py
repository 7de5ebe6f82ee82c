"""A sentence parted at its verbs, so that prose counts as a list of the same measures would."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.commitment_patterns import plain
from analysis.commitment_rules import (
    Cue,
    Found,
    Head,
    Rules,
    bounds_of,
    graded,
    item_cues,
    item_level,
)

# Where coordinated verbs may be parted: "(a) …", ", X-ing …", "and to …".
_ENUMERATOR = re.compile(r"\(?(?<![\w])(?:[a-h]|[ivx]{1,4}|\d)\)\s+")
_JOINT = re.compile(r"(?:,\s+(?:and|or)|,|\s(?:and|or))\s+(?:also\s|further\s|then\s)?(to\s+)?")
# What stands before a coordinated verb, or before the first one of an item.
_LEAD = re.compile(r"^\W*(?:\(?(?:[a-h]|[ivx]{1,4}|\d+)[).]\s+)?(?:and\s|or\s)?(?:to\s)?")
# A word before one of these is a noun ("exchange of information") or a verb without its object.
_NO_OBJECT = re.compile(
    r"\s*(?:of|for|between|among|on|in|from|with|within|by|at|and|or)\b|\s*[,.;)]|\s*$"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A verb with what it governs: offsets into the sentence, level and tense."""

    start: int
    end: int
    level: int
    tense: str


def clauses(
    rules: Rules, text: str, found: Found, *, genre: str = "statement", head: Head | None = None
) -> list[Clause]:
    """Which verbs does a sentence commit by, and how strongly does each?

    A clause without a verb of the rules belongs to the one before; coordinated verbs ("to open …
    and to fund …") are parted like items of a list, each graded by its own words.

    Args:
        rules: the study's.
        text: the sentence.
        found: what `judge` found in it.
        genre: `statement` or `commentary`.
        head: the head of its list, if it is an item.

    Returns:
        At least one clause.
    """
    low = plain(text)
    if found.from_head and head is not None:
        tense = found.cue.rule.tense
        return [
            Clause(a, b, level, tense if level else "none")
            for a, b in _conjuncts(rules, low, 0, len(low))
            for level in [item_level(rules, head, _LEAD.sub("", low[a:b]), whole=low[a:b])]
        ]
    strongest: dict[int, Cue] = {}
    for cue in item_cues(rules, text, genre=genre, head=head):
        if cue.clause not in strongest or cue.level > strongest[cue.clause].level:
            strongest[cue.clause] = cue
    if not strongest:
        return [Clause(0, len(text), 0, "none")]
    bounds = bounds_of(rules, rules.slots.read(low))
    made = []
    ends = [bounds[clause] for clause in sorted(strongest)[1:]] + [len(low)]
    for (clause, cue), end in zip(sorted(strongest.items()), ends, strict=True):
        parts = _conjuncts(rules, low, cue.end, end)
        for number, (a, b) in enumerate(parts):
            level = cue.level
            if len(parts) > 1:
                before = low[bounds[clause]:cue.end] if number == 0 else ""
                words = _LEAD.sub("", low[a:b])
                level = graded(rules, cue.rule, words, whole=before + words)
            start = bounds[clause] if number == 0 else a
            made.append(Clause(start, b, level, cue.rule.tense if level else "none"))
    return made


def _conjuncts(rules: Rules, low: str, start: int, end: int) -> list[tuple[int, int]]:
    """Ranges of the coordinated verbs between two places of a text; one if there are none."""
    cuts = [m.start() for m in _ENUMERATOR.finditer(low, start + 4, end)]
    first = _verb(rules, low, rules.skipped.match(low, start).end())
    infinitive = bool(re.search(r"\bto\s*$", low[:start]) or re.match(r"\W*to\b", low[start:end]))
    joints = [
        (match, verb)
        for match in _JOINT.finditer(low, start, end)
        for verb in [_verb(rules, low, match.end())]
        if verb and (infinitive if match[1] else first and _form(verb) == _form(first))
        and not (_form(verb) == "base" and _NO_OBJECT.match(low, match.end() + len(verb)))
    ]
    # A comma alone parts only what an "and" ends: ", to drive down numbers" is a purpose.
    ended = any("and" in match[0] or "or" in match[0].split() for match, _ in joints)
    cuts += [m.start() for m, _ in joints if ended]
    edges = [start, *sorted({cut for cut in cuts if cut > start}), end]
    return [(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True) if low[a:b].strip()]


def _verb(rules: Rules, low: str, place: int) -> str:
    matches = (pattern.match(low, place) for pattern in rules.verbs.values())
    return max((match[0] for match in matches if match), key=len, default="").split(" ")[0]


def _form(verb: str) -> str:
    return "gerund" if verb.endswith("ing") else "participle" if verb.endswith("ed") else "base"
