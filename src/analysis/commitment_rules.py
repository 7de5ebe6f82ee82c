"""Rules for the strength of commitments: a YAML file read, and its patterns tried on a sentence.

A rule says which words bind a speaker how strongly; what a sentence's level is follows from all
rules that match in it. How patterns are written stands at the head of `commitments.yaml`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files
from typing import Any

from analysis.errors import BadStudy, shown, suggest
from analysis.safe_yaml import KeyPath, YamlFile

#: The file's name, in a study and in this package.
FILE = "commitments.yaml"

# The longest gap that `~` bridges: "have, in this connection, also agreed to" has three words.
GAP = 4
# What `~~` bridges: the longest clause of the shipped texts between "since" and its verb has 16.
LONG_GAP = 24

_SEPARATOR = r"[^\w;:€£$]+"
_GAPS = {
    "~": rf"(?:[\w'€£$%./-]+{_SEPARATOR}){{0,{GAP}}}?",
    "~~": rf"(?:[\w'€£$%./-]+{_SEPARATOR}){{0,{LONG_GAP}}}?",
}
_NUMBER = r"[€£$]?\d[\d,.]*\w*"
_SLOT = re.compile(r"\[[^\]]*\]|\S+")

# A number that is no year: a sum, a count, a share. A year needs a word that makes it a deadline.
_QUANTITY = re.compile(
    r"[€£$]\s?\d|(?<![\w./-])\d[\d,.]*\s?(?:%|percent|per cent|million|billion|euros?|eur\b|m\b|bn\b)"
    r"|(?<![\w./-])(?!(?:19|20)\d\d(?![\d,]))\d[\d,]*(?:\.\d+)?(?![\w/]|\.\d)"
    r"|\b(?:by|until|before|from|since)\s(?:the\send\sof\s)?(?:20\d\d)"
)


@dataclass(frozen=True)
class Rule:
    """One rule: which words, how strong, and what they do to the words behind them.

    Attributes:
        id, level, grade, tense, speech: as in the file; `grade` is "" where the level is fixed.
        genre: the one genre in which the rule holds, or "".
        shields: whether what follows in the clause is only the object of these words.
        lets: ids of rules that count in that object all the same.
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
    narration: bool
    match: re.Pattern[str]
    unless: re.Pattern[str] | None


@dataclass(frozen=True)
class Rules:
    """A study's rules, compiled.

    Attributes:
        version, citation, language: as in the file.
        labels: names of levels 0 to 3.
        rules, heads: rules for all units, and for list heads that none of those fits.
    """

    version: str
    citation: str
    language: str
    labels: tuple[str, ...]
    definitions: tuple[str, ...]
    rules: tuple[Rule, ...]
    heads: tuple[Rule, ...]
    clauses: re.Pattern[str]
    conditions: re.Pattern[str]
    specific: re.Pattern[str]
    strong: re.Pattern[str]
    verbs: Mapping[str, re.Pattern[str]]
    skipped: re.Pattern[str]


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
    compiler = _Compiler(file, data)
    for key in ("specific", "strong", "clauses", "conditions"):
        compiler.check((key,), data[key])
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
        clauses=compiler.any_of(data["clauses"]),
        conditions=compiler.any_of(data["conditions"]),
        specific=compiler.any_of(data["specific"]),
        strong=compiler.any_of(data["strong"]),
        verbs={kind: compiler.any_of([f"<{kind}>"]) for kind in ("weak", "acts", "vague")},
        skipped=re.compile(
            rf"(?:\W*(?:{compiler.words('adverb')}|continue to|begin to|start to|not only)"
            r"(?![\w-]))*\W*"
        ),
    )


def _check_rules(
    file: YamlFile, compiler: _Compiler, part: str, rules: list[dict[str, Any]], ids: list[str]
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


def _rule(compiler: _Compiler, rule: Mapping[str, Any]) -> Rule:
    return Rule(
        id=rule["id"],
        level=rule["level"],
        grade=rule.get("grade", ""),
        tense=rule["tense"],
        speech=rule["speech"],
        genre=rule.get("genre", ""),
        shields=rule.get("shields", False),
        lets=frozenset(rule.get("lets", ())),
        narration=rule.get("narration", False),
        match=compiler.any_of(rule["match"]),
        unless=compiler.any_of(rule["unless"]) if "unless" in rule else None,
    )


class _Compiler:
    """Patterns of the file as regular expressions on text made plain by `plain`."""

    def __init__(self, file: YamlFile, data: Mapping[str, Any]) -> None:
        self._file = file
        self._lists = dict(data["lists"])
        irregular = data["verbs"].get("irregular", {})
        for kind in ("acts", "vague", "weak"):
            self._lists[kind] = [f for verb in data["verbs"][kind] for f in _forms(verb, irregular)]
        self._lists.setdefault("adverb", [])
        self._expanded: dict[str, str] = {}

    def check(self, path: KeyPath, patterns: Sequence[str]) -> None:
        """Note lists that are not there and patterns without a word."""
        for number, pattern in enumerate(patterns):
            for name in self._unknown(pattern, frozenset()):
                self._file.fault(
                    (*path, number), f"unknown list {shown(name)}; {suggest(name, self._lists)}"
                )
            if not re.search(r"[\w#*<]", pattern):
                self._file.fault((*path, number), f"{shown(pattern)} has no word in it; write one")

    def _unknown(self, pattern: str, above: frozenset[str]) -> Iterable[str]:
        for name in re.findall(r"<([^>]*)>", pattern):
            if name not in self._lists:
                yield name
            elif name in above:
                yield f"{name} (it holds itself)"
            else:
                for entry in self._lists[name]:
                    if "<" in entry:
                        yield from self._unknown(entry, above | {name})

    def any_of(self, patterns: Sequence[str]) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{self._pattern(p)})" for p in patterns))

    def words(self, name: str) -> str:
        """A list as alternatives, the longest first."""
        if name not in self._expanded:
            entries = sorted(set(self._lists[name]), key=lambda entry: (-len(entry), entry))
            self._expanded[name] = "|".join(self._pattern(entry) for entry in entries) or r"(?!)"
        return self._expanded[name]

    def _pattern(self, pattern: str) -> str:
        found, joined = "", False
        for slot in _SLOT.findall(pattern):
            if slot == "^":
                found, joined = rf"(?<![\w;:])\A\W*{found}", False
                continue
            between = _SEPARATOR if joined else ""
            if slot == "$":
                found += r"\W*\Z"
            elif slot in _GAPS:
                found, joined = f"{found}{between}{_GAPS[slot]}", False
            elif slot == ",":
                found, joined = rf"{found},\s+", False
            elif slot.startswith("["):
                if slot[1:-1] in ("~", ","):
                    continue
                inner = self._slot(slot[1:-1])
                found += f"(?:{between}(?:{inner}))?" if joined else f"(?:(?:{inner}){_SEPARATOR})?"
            elif slot.startswith("!"):
                found, joined = f"{found}{between}{self._other(slot[1:])}", True
            else:
                found, joined = f"{found}{between}(?:{self._slot(slot)})", True
        return found

    def _other(self, alternatives: str) -> str:
        if alternatives == ",":
            return r"(?<![\w'-])[\w'-]+(?!\s*,)(?![\w'-])"
        return rf"(?!(?:{self._slot(alternatives)}))(?<![\w'-])[\w'-]+(?![\w'-])"

    def _slot(self, slot: str) -> str:
        return "|".join(self._word(word) for word in slot.split("|"))

    def _word(self, word: str) -> str:
        if word.startswith("<") and word.endswith(">"):
            return f"(?:{self.words(word[1:-1])})"
        if word == "#":
            return _NUMBER
        if word[:1] in "€£$":
            return re.escape(word.rstrip("*")) + r"\s?\d[\d,.]*\w*"
        glob = r"[\w'-]*".join(re.escape(part) for part in word.split("*"))
        glob = glob.replace("_", _SEPARATOR)
        return rf"(?<![\w'-]){glob}(?![\w-])"


def _forms(verb: str, irregular: Mapping[str, list[str]]) -> list[str]:
    """A verb, maybe with words behind it, in all its forms.

    >>> _forms("set up", {"set": ["set", "setting"]})
    ['set up', 'sets up', 'setting up']
    """
    first, _, rest = verb.partition(" ")
    stem = first.removesuffix("e")
    if first in irregular:
        made = [f"{first}s", f"{stem}ing", *irregular[first]]
    elif first.endswith("y") and first[-2] not in "aeou":
        made = [f"{first[:-1]}ies", f"{first}ing", f"{first[:-1]}ied"]
    else:
        ending = "es" if re.search(r"(?:s|sh|ch|x)$", first) else "s"
        made = [f"{first}{ending}", f"{stem}ing", f"{stem}ed"]
    forms = dict.fromkeys([first, *made])
    return [f"{form} {rest}".strip() for form in forms]


def plain(text: str) -> str:
    """A text in lower case with straight quotes, every character in its place.

    >>> plain("The Parties’ “WILL”")
    'the parties\\' "will"'
    """
    lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lowered.translate(_QUOTES)


_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "‐": "-", "‑": "-"})


def cues(rules: Rules, text: str, *, genre: str, heads: bool = False) -> list[Cue]:
    """Which words of a text bind its speakers, and how strongly?

    Args:
        rules: the study's.
        text: a sentence.
        genre: `statement` or `commentary`.
        heads: the text is a list head: try the rules for heads, too, if no other one fits.

    Returns:
        The cues that count, by place: those in the object of another one are left out.
    """
    low = plain(text)
    bounds = _bounds(rules, low)
    found = _matches(rules.rules, low, genre, bounds)
    if heads and not any(rule.level >= 1 for rule, *_ in found):
        found = _matches(rules.heads, low, genre, bounds)
    shields = [(start, end, clause, rule) for rule, start, end, clause in found if rule.shields]
    return [
        Cue(rule, _graded(rules, rule, low, start, end, clause, bounds), start, end, clause)
        for rule, start, end, clause in found
        if not any(
            a_clause == clause and a < start and rule.id not in other.lets
            for a, _, a_clause, other in shields
            if other is not rule
        )
    ]


def _bounds(rules: Rules, low: str) -> list[int]:
    """Where the clauses begin, and the end of the text."""
    starts = {0, *(match.start() for match in rules.clauses.finditer(low))}
    starts |= {match.end() for match in re.finditer(r"[;:]|\.\s(?=\S)", low)}
    return [*sorted(start for start in starts if start < len(low) or not start), len(low)]


def _matches(
    rules: Sequence[Rule], low: str, genre: str, bounds: list[int]
) -> list[tuple[Rule, int, int, int]]:
    found = []
    for rule in rules:
        if rule.genre not in ("", genre):
            continue
        matches = [match.span() for match in rule.match.finditer(low)]
        if not matches:
            continue
        barred = [m.span() for m in rule.unless.finditer(low)] if rule.unless else []
        for start, end in matches:
            if any(a < end and start < b for a, b in barred):
                continue
            clause = sum(bound <= start for bound in bounds[1:-1])
            found.append((rule, start, end, clause))
    return sorted(found, key=lambda match: (match[1], -match[0].level, match[2]))


def _graded(
    rules: Rules, rule: Rule, low: str, start: int, end: int, clause: int, bounds: list[int]
) -> int:
    last = bounds[clause + 1]
    level = graded(rules, rule, low[end:last], whole=low[bounds[clause]:last])
    return min(level, 2) if level == 3 and _conditional(rules, low, rule) else level


def _conditional(rules: Rules, low: str, rule: Rule) -> bool:
    return rule.tense == "prospective" and bool(rules.conditions.search(low)) and not (
        _QUANTITY.search(low) or rules.strong.search(low)
    )


def graded(rules: Rules, rule: Rule, complement: str, *, whole: str) -> int:
    """A rule's level before these words.

    Args:
        rules: the study's.
        rule: the rule that matched.
        complement: plain text from behind the cue to the end of its clause.
        whole: plain text of the clause.
    """
    if not rule.grade:
        return rule.level
    verb = verb_kind(rules, complement)
    strong = bool(rules.strong.search(complement) or _QUANTITY.search(complement))
    if rule.grade == "agreement":
        return 3 if verb != "weak" and (verb == "acts" or strong) else 2
    if verb == "weak":
        return 2
    vague = verb == "vague" and not strong and not rules.specific.search(whole)
    return 2 if vague else 3


def verb_kind(rules: Rules, complement: str) -> str:
    """`weak`, `acts` or `vague` for the first verb of these words; "" if it is none of those."""
    place = rules.skipped.match(complement).end()
    found = {}
    for kind, pattern in rules.verbs.items():
        match = pattern.match(complement, place)
        if match:
            found[kind] = match.end()
    return max(found, key=lambda kind: found[kind]) if found else ""
