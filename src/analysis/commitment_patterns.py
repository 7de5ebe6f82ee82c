"""The pattern language of `commitments.yaml`: rows of words as regular expressions.

How patterns are written stands at the head of that file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis.errors import shown, suggest
from analysis.pattern_words import Alternatives, Slots
from analysis.safe_yaml import KeyPath, YamlFile

# The longest gap that `~` bridges: "have, in this connection, also agreed to" has three words.
GAP = 4
# What `~~` bridges: the longest clause of the shipped texts between "since" and its verb has 16.
LONG_GAP = 24

_SEPARATOR = r"[^\w;:€£$]+"
_GAPS = {
    "~,": rf"(?:[\w'-]+(?!\s*,){_SEPARATOR}){{0,{GAP}}}?",
    "~": rf"(?:[\w'€£$%./-]+{_SEPARATOR}){{0,{GAP}}}?",
    "~~": rf"(?:[\w'€£$%./-]+{_SEPARATOR}){{0,{LONG_GAP}}}?",
}
# How a pattern begins that does not begin with a word.
_NO_WORD = "^,~€£$"
_NUMBER = r"[€£$]?\d[\d,.–-]*\w*"
_SLOT = re.compile(r"\[[^\]]*\]|\S+")


class Compiler:
    """Patterns of the file as regular expressions on text made plain by `plain`."""

    def __init__(self, file: YamlFile, data: Mapping[str, Any]) -> None:
        self._file = file
        self._lists = dict(data["lists"])
        irregular = data["verbs"].get("irregular", {})
        for kind in ("acts", "soft", "vague", "weak"):
            self._lists[kind] = [f for verb in data["verbs"][kind] for f in _forms(verb, irregular)]
        self._lists.setdefault("adverb", [])
        self._expanded: dict[str, str] = {}
        self.slots = Slots(self._lists)

    def check(self, path: KeyPath, patterns: Sequence[str]) -> None:
        """Note lists that are not there, patterns without a word and gaps in brackets."""
        for number, pattern in enumerate(patterns):
            for name in self._unknown(pattern, frozenset()):
                self._file.fault(
                    (*path, number), f"unknown list {shown(name)}; {suggest(name, self._lists)}"
                )
            if not re.search(r"[\w#*<]", pattern):
                self._file.fault((*path, number), f"{shown(pattern)} has no word in it; write one")
            if re.search(r"\[[^\]]*[~,]", pattern):
                self._file.fault(
                    (*path, number),
                    f"{shown(pattern)} has a gap or a comma in brackets; write '~', which may be empty",
                )

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
        """Any of these patterns as one expression."""
        return re.compile(self._written(patterns))

    def _written(self, patterns: Sequence[str]) -> str:
        """Those that begin with a word are tried at words only."""
        at_words = [self._pattern(p) for p in patterns if p[0] not in _NO_WORD]
        elsewhere = [self._pattern(p) for p in patterns if p[0] in _NO_WORD]
        parts = [rf"(?<![\w'-])(?=\w)(?:{'|'.join(at_words)})"] * bool(at_words)
        return "|".join(parts + elsewhere)

    def alternatives(self, patterns: Sequence[str]) -> Alternatives:
        """The same with what each of them asks of a text."""
        return Alternatives(
            self._written(patterns), self.slots,
            tuple(self.slots.need(p, at_word=True) for p in patterns if p[0] not in _NO_WORD),
            tuple(self.slots.need(p, at_word=False) for p in patterns if p[0] in _NO_WORD),
        )

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
                inner = self._slot(slot[1:-1])
                found += f"(?:{between}(?:{inner}))?" if joined else f"(?:(?:{inner}){_SEPARATOR})?"
            elif slot.startswith("="):
                found, joined = f"{found}{between}(?={self._slot(slot[1:])})", True
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
        own = irregular[first]
        gerund = [] if any(form.endswith("ing") for form in own) else [f"{stem}ing"]
        made = [f"{first}s", *gerund, *own]
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
    low = text.lower()
    # In a whole text the lower case of a sigma depends on its place.
    if len(low) != len(text) or "Σ" in text:
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    if not low.isascii():
        for sign, plain in _QUOTES.items():
            low = low.replace(sign, plain)
    return low


_QUOTES = {"’": "'", "‘": "'", "“": '"', "”": '"', "‐": "-", "‑": "-"}
