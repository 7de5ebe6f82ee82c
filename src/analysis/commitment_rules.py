"""Rules for the strength of commitments: a YAML file read, and its patterns tried on a sentence.

A rule says which words bind a speaker how strongly; what a sentence's level is follows from all
rules that match in it. How patterns are written stands at the head of `commitments.yaml`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from importlib.resources import files as package_files
from typing import Any

from analysis.commitment_patterns import Compiler, plain
from analysis.errors import BadStudy, shown
from analysis.pattern_words import Alternatives, Chooser, Slots, Text
from analysis.safe_yaml import YamlFile

#: The file's name, in a study and in this package.
FILE = "commitments.yaml"

#: The lists of verbs.
VERBS = ("weak", "acts", "soft", "vague")

# A sum, a share or a count. Years and days of a month are dates, and left out by those.
_QUANTITY = re.compile(
    r"[€£$]\s?\d"
    r"|(?<![\w./-])\d[\d,.]*\s?(?:%|percent|per cent|million|billion|euros?|eur\b|m\b|bn\b)"
    r"|(?<![\w./-])(?!(?:19|20)\d\d(?![\d,]))\d[\d,]*(?:\.\d+)?(?![\w/]|\.\d)"
)


@dataclass(frozen=True)
class Rule:
    """One rule: which words, how strong, and what they do to the words behind them.

    Attributes:
        id, level, grade, tense, speech: as in the file; `grade` is "" where the level is fixed.
        genre: the one genre in which the rule holds, or "".
        shields: whether what follows in the clause is only the object of these words.
        lets: ids of rules that count in that object all the same.
        holds: whether the words count behind a negation, too.
        narration: whether the words narrate.
        match, unless: compiled patterns.
    """

    id: str
    level: int
    grade: str
    tense: str
    speech: str
    genre: str
    shields: bool
    lets: frozenset[str]
    holds: bool
    narration: bool
    match: Alternatives
    unless: Alternatives | None


# Sentences whose cues are remembered: a few statements' worth, whatever the corpus holds.
_REMEMBERED = 4096


@dataclass(frozen=True, eq=False)
class Rules:
    """A study's rules, compiled; two are the same only if they are one object.

    Attributes:
        version, citation, language: as in the file.
        labels: names of levels 0 to 3.
        rules, heads: rules for all units, and for list heads that none of those fits.
        slots: of all patterns; it reads a text's words.
    """

    version: str
    citation: str
    language: str
    labels: tuple[str, ...]
    definitions: tuple[str, ...]
    rules: tuple[Rule, ...]
    heads: tuple[Rule, ...]
    slots: Slots
    clauses: Alternatives
    conditions: Alternatives
    negations: re.Pattern[str]
    specific: Alternatives
    strong: Alternatives
    verbs: Mapping[str, re.Pattern[str]]
    particulars: Mapping[str, Any]
    skipped: re.Pattern[str]

    @cached_property
    def choosers(self) -> tuple[Chooser, Chooser]:
        """Which of `rules`, and which of `heads`, may match in a text."""
        return (
            Chooser([rule.match for rule in self.rules]),
            Chooser([rule.match for rule in self.heads]),
        )


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that bind, where they stand, and what they amount to there.

    Attributes:
        rule: the rule.
        level: 0 to 3, graded by what follows.
        start, end: offsets into the text.
        clause: number of its clause.
    """

    rule: Rule
    level: int
    start: int
    end: int
    clause: int


@cache
def default() -> Rules:
    """The rules that ship with the package."""
    text = package_files("analysis").joinpath(FILE).read_text("utf-8")
    file = YamlFile(text, FILE)
    rules = parse(file)
    if rules is None:
        raise BadStudy(file.faults)
    return rules


@cache
def _schema() -> dict[str, Any]:
    return json.loads(package_files("analysis").joinpath("commitments_schema.json").read_bytes())


def parse(file: YamlFile) -> Rules | None:
    """The rules of a file; None, and faults noted in it, where they are not sound."""
    file.check(_schema())
    if file.value is None or file.faults:
        return None
    data = file.value
    compiler = Compiler(file, data)
    for key in ("specific", "strong", "clauses", "conditions", "negations"):
        compiler.check((key,), data[key])
    for key, patterns in data["particulars"].items():
        if isinstance(patterns, list):
            compiler.check(("particulars", key), patterns)
    for part in ("rules", "heads"):
        _check_rules(file, compiler, part, data[part], [rule["id"] for rule in data["rules"]])
    if file.faults:
        return None
    return Rules(
        version=data["version"],
        citation=" ".join(data["citation"].split()),
        language=data["language"],
        labels=tuple(level["label"] for level in data["levels"]),
        definitions=tuple(level["definition"] for level in data["levels"]),
        rules=tuple(_rule(compiler, rule) for rule in data["rules"]),
        heads=tuple(_rule(compiler, rule) for rule in data["heads"]),
        slots=compiler.slots,
        clauses=compiler.alternatives(data["clauses"]),
        conditions=compiler.alternatives(data["conditions"]),
        negations=re.compile(rf"(?:{compiler.any_of(data['negations']).pattern})\W*\Z"),
        specific=compiler.alternatives(data["specific"]),
        strong=compiler.alternatives(data["strong"]),
        verbs={kind: compiler.any_of([f"<{kind}>"]) for kind in VERBS},
        particulars={
            key: compiler.any_of(value) if isinstance(value, list) else value
            for key, value in data["particulars"].items()
        },
        skipped=re.compile(
            rf"(?:\W*(?:{compiler.words('adverb')}|continue to|begin to|start to|not only)"
            r"(?![\w-]))*\W*"
        ),
    )


def _check_rules(
    file: YamlFile, compiler: Compiler, part: str, rules: list[dict[str, Any]], ids: list[str]
) -> None:
    for number, rule in enumerate(rules):
        path = (part, number)
        compiler.check((*path, "match"), rule["match"])
        compiler.check((*path, "unless"), rule.get("unless", []))
        unknown = [((*path, "lets", i), id) for i, id in enumerate(rule.get("lets", []))
                   if id not in ids]
        file.unknown("rule", unknown, ids)
    for id, times in Counter(rule["id"] for rule in rules).items():
        if times > 1:
            file.fault((part,), f"{times} rules are called {shown(id)}; give each its own id")


def _rule(compiler: Compiler, rule: Mapping[str, Any]) -> Rule:
    return Rule(
        id=rule["id"],
        level=rule["level"],
        grade=rule.get("grade", ""),
        tense=rule["tense"],
        speech=rule["speech"],
        genre=rule.get("genre", ""),
        shields=rule.get("shields", False),
        lets=frozenset(rule.get("lets", ())),
        holds=rule.get("holds", False),
        narration=rule.get("narration", False),
        match=compiler.alternatives(rule["match"]),
        unless=compiler.alternatives(rule["unless"]) if "unless" in rule else None,
    )


def cues(rules: Rules, text: str, *, genre: str, heads: bool = False) -> list[Cue]:
    """Which words of a text bind its speakers, and how strongly?

    Args:
        rules: the study's.
        text: a sentence.
        genre: `statement` or `commentary`.
        heads: the text is a list head: try the rules for heads, too, if no other one fits.

    Returns:
        The cues that count, by place: those that are denied, and those in the object of another one,
        are left out.
    """
    return list(_cues(rules, text, genre, heads))


@lru_cache(maxsize=_REMEMBERED)
def _cues(rules: Rules, text: str, genre: str, heads: bool) -> tuple[Cue, ...]:
    low = _NUMBER_WITHIN.sub(lambda match: " " * len(match[0]), plain(text))
    words = rules.slots.read(low)
    found = _matches(rules.rules, rules.choosers[0], words, genre)
    if heads and not any(rule.level >= 1 for rule, *_ in found):
        found = _matches(rules.heads, rules.choosers[1], words, genre)
    if not found:
        return ()
    bounds = bounds_of(rules, words)
    found = [
        (rule, start, end, bisect_right(bounds, start, 1, len(bounds) - 1) - 1)
        for rule, start, end in found
    ]
    found = [
        (rule, start, end, clause) for rule, start, end, clause in found
        if rule.holds
        or not rules.negations.search(low, max(bounds[clause], start - _DENIED_WITHIN), start)
    ]
    shields = [(start, end, clause, rule) for rule, start, end, clause in found if rule.shields]
    tempered = cache(partial(_tempered, rules, low, genre))
    return tuple(
        Cue(rule, _graded(rules, low, match, bounds, tempered), start, end, clause)
        for match in found
        for rule, start, end, clause in [match]
        if not any(
            a_clause == clause and a < start and rule.id not in other.lets
            for a, _, a_clause, other in shields
            if other is not rule
        )
    )


# Characters before a cue among which what denies it is looked for: more than its words and gap have.
_DENIED_WITHIN = 200

# The number of an item within a sentence, "agreed (i) to open a centre": blanks take its place.
_NUMBER_WITHIN = re.compile(r"(?<=[\w,;:]\s)\((?:[a-h]|[ivx]{1,4}|\d{1,2})\)(?=\s)")


def bounds_of(rules: Rules, words: Text) -> list[int]:
    """Where the clauses begin, and the end of the text.

    Args:
        rules: the study's.
        words: a text, read by their slots.
    """
    low = words.low
    starts = {0, *(start for start, _ in rules.clauses.spans(words))}
    starts |= {match.end() for match in _CLAUSE_END.finditer(low)}
    return [*sorted(start for start in starts if start < len(low) or not start), len(low)]


# Not behind the letters of an abbreviation: "the U.S. border".
_CLAUSE_END = re.compile(r"[;:]|(?<!\.\w)\.\s(?=\S)")


def _matches(
    rules: tuple[Rule, ...], chooser: Chooser, words: Text, genre: str
) -> list[tuple[Rule, int, int]]:
    found = []
    for number, everywhere in sorted(chooser.of(words).items()):
        rule = rules[number]
        if rule.genre not in ("", genre):
            continue
        matches = rule.match.everywhere(words) if everywhere else rule.match.at_words(words)
        if not matches:
            continue
        barred = rule.unless.spans(words) if rule.unless else []
        found += [
            (rule, start, end)
            for start, end in matches
            if not any(a < end and start < b for a, b in barred)
        ]
    return sorted(found, key=lambda match: (match[1], -match[0].level, match[2]))


# Characters of a clause that are read before and behind a cue; no clause of prose has so many.
_CLAUSE_READ = 2000


def _graded(
    rules: Rules, low: str, found: tuple[Rule, int, int, int], bounds: list[int],
    tempered: Callable[[], bool],
) -> int:
    rule, start, end, clause = found
    first = max(bounds[clause], start - _CLAUSE_READ)
    last = min(bounds[clause + 1], end + _CLAUSE_READ)
    level = graded(rules, rule, low[end:last], whole=low[first:last], cue=low[start:end])
    return 2 if level == 3 and rule.tense == "prospective" and tempered() else level


def _tempered(rules: Rules, low: str, genre: str) -> bool:
    """Is a decision in this text an intention, for want of a sum, a number or a date?

    Behind a condition, and in a commentary: the document that it reports on asks for things.
    """
    loose = genre == "commentary" or rules.conditions.found(low)
    return loose and not (_has_quantity(rules, low) or rules.strong.found(low))


def _has_quantity(rules: Rules, low: str) -> bool:
    found = [match.span() for match in _QUANTITY.finditer(low)]
    if not found:
        return False
    dates = [match.span() for match in rules.particulars["dates"].finditer(low)]
    return any(not any(a < end and start < b for a, b in dates) for start, end in found)


def graded(
    rules: Rules, rule: Rule, complement: str, *, whole: str, cue: str = ""
) -> int:
    """A rule's level before these words.

    Args:
        rules: the study's.
        rule: the rule that matched.
        complement: plain text from behind the cue to the end of its clause.
        whole: plain text of the clause.
        cue: plain text of the cue, which may hold the beginning of a sum.
    """
    if not rule.grade:
        return rule.level
    verb = verb_kind(rules, complement)
    after = cue + complement
    strong = rules.strong.found(after) or _has_quantity(rules, after)
    if rule.grade == "agreement":
        named = verb == "soft" and rules.specific.found(after)
        return 3 if verb != "weak" and (verb == "acts" or named or strong) else 2
    if verb == "weak":
        return 2
    vague = verb == "vague" and not strong and not rules.specific.found(whole)
    return 2 if vague else 3


def verb_kind(rules: Rules, complement: str) -> str:
    """The kind (`VERBS`) of the first verb of these words; "" if it is none of those."""
    place = rules.skipped.match(complement).end()
    found = {}
    for kind, pattern in rules.verbs.items():
        match = pattern.match(complement, place)
        if match:
            found[kind] = match.end()
    return max(found, key=lambda kind: found[kind]) if found else ""


# How a list item begins that continues its head's sentence.
_CONTINUES = re.compile(r"\W*(?:\(?[ivxlc\d]+[).]\s*)?(?:and |or )?(?:to|that|[a-z-]+ing)\b")
# What stands before the verb or noun of such an item.
_HANGS = re.compile(r"^\W*(?:\(?(?:[ivxlc]+|[a-z]|\d+)[).]\s*)?(?:and |or )?(?:to |that )?")
# A verb's form before one of these is a noun, the sentence's subject: "work will begin".
_FINITE_NEXT = re.compile(
    r"\W*(?:[\w'-]+\W+)??(?:will|shall|should|must|would|can|could|may|is|are|was|were|has|have|had)\b"
)
# A further sentence of an item that still hangs on the head.
_STILL = re.compile(r"\W*(?:and|or)? ?to\b")


@dataclass(frozen=True, slots=True)
class Found:
    """What a sentence amounts to: its level, and the cue of its own or its head's, if any."""

    level: int = 0
    cue: Cue | None = None
    from_head: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """What the items of a list hang on.

    Attributes:
        cue: the words of the head; None if nothing in it binds.
        level: of the head's own wording.
        settles: whether the head's own verb settles the level of its items, which only say which
            act it decides on, or what it will try.
        text: the head.
    """

    cue: Cue | None = None
    level: int = 0
    settles: bool = False
    text: str = ""


def judge(
    rules: Rules, text: str, *, genre: str = "statement", head: Head | None = None,
    further: bool = False,
) -> Found:
    """How strongly does one sentence bind, alone or as an item of a list?

    Args:
        rules: the study's.
        text: the sentence, with or without its enumerator.
        genre: `statement` or `commentary`.
        head: what `head_of` found in the head of its list.
        further: the sentence is not the first one of its item.

    >>> judge(default(), "We will open a centre in Calais.").level
    3
    """
    own = _strongest(item_cues(rules, text, genre=genre, head=head))
    if head is None or head.cue is None or not _inherits(rules, own, text, further=further):
        return own
    words = _HANGS.sub("", plain(text), count=1)
    level = item_level(rules, head, words, whole=words)
    return own if level <= own.level else Found(level, head.cue, from_head=True)


# A head whose items begin with a verb's plain form: "should:", "agreed to:".
_AWAITS_VERB = re.compile(r"\b(?:to|will|shall|should|must|would|can|could|may)\W*\Z")


def item_cues(rules: Rules, text: str, *, genre: str, head: Head | None) -> list[Cue]:
    """The cues of a sentence, which may be an item of a list.

    Under "should:" or "agreed to:" an item's first words "set up a unit" are no past tense.
    """
    found = cues(rules, text, genre=genre)
    if head is None or not _AWAITS_VERB.search(plain(head.text)):
        return found
    first = _HANGS.match(plain(text)).end()
    return [cue for cue in found if cue.start != first or cue.rule.tense != "retrospective"]


def item_level(rules: Rules, head: Head, words: str, *, whole: str) -> int:
    """The level that an item has from its head: the head's own, or graded by the item's verb.

    Args:
        rules: the study's.
        head: what `head_of` found, with a cue.
        words: plain text of the item from its verb on.
        whole: plain text of the item.
    """
    if head.settles or not head.cue.rule.grade:
        return head.level
    return graded(rules, head.cue.rule, words, whole=whole)


def head_of(rules: Rules, text: str, *, genre: str = "statement") -> Head:
    """Which words of a list head do its items hang on?

    The strongest of its last clause that binds; where the head itself decides on an act ("will put
    in place:"), so do its items, whatever their words, and where it only tries ("will seek to:"),
    they do no more.
    """
    binding = [cue for cue in cues(rules, text, genre=genre, heads=True) if cue.rule.level]
    if not binding:
        return Head(text=text)
    last = max(cue.clause for cue in binding)
    cue = max(
        binding,
        key=lambda cue: (
            cue.clause == last, cue.rule.tense != "retrospective", cue.level, cue.start
        ),
    )
    kind = verb_kind(rules, plain(text)[cue.end:])
    settles = kind == "weak" or cue.level == 3 and kind in ("acts", "soft")
    return Head(cue, cue.level, settles, text)


def _inherits(rules: Rules, own: Found, text: str, *, further: bool) -> bool:
    """Does an item hang on its head: by how it begins, or for want of a verb of its own?"""
    low = plain(text)
    if further:
        return bool(_STILL.match(low))
    if own.cue is not None and own.cue.rule.narration:
        return False
    return own.level < 2 or bool(_CONTINUES.match(low)) or _hangs(rules, low)


def _hangs(rules: Rules, low: str) -> bool:
    """Does a text begin with a bare verb and what it governs ("establish a group, which will …")?"""
    words = _HANGS.sub("", low, count=1)
    verbs = [match.end() for pattern in rules.verbs.values() if (match := pattern.match(words))]
    return bool(verbs) and not _FINITE_NEXT.match(words, max(verbs))


def _strongest(found: list[Cue]) -> Found:
    if not found:
        return Found()
    best = max(found, key=lambda cue: (cue.level, -cue.start))
    return Found(best.level, best)
