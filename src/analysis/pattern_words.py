"""Which words must a text hold for a pattern of `commitments.yaml` to match in it, and where?

Most patterns match in few sentences, and a sentence's words tell at once which cannot. What is told
is a necessary condition only: the regular expression of the pattern has the last word, so that
nothing changes but the time it takes.

Each slot of a pattern that has to be filled (`will|shall`, `<notes>`) is one bit; a word's bits are
the slots that it may fill, a text's bits those of its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

_SLOT = re.compile(r"\[[^\]]*\]|\S+")
_RUN = re.compile(r"[\w'-]+")
_WORD_START = re.compile(r"\w")
# What may stand behind a word that a pattern names: "party's", "set-up".
_INNER = re.compile(r"['-]")
_SIGNS = ",€£$"
_DIGIT = "#"
# Types whose bits are remembered: more than a large corpus of one language has.
_REMEMBERED = 2**19

# Words that may fill a slot, as globs, or signs; None where anything may.
Filling = frozenset[str] | None


@dataclass(slots=True)
class Text:
    """A text and what its words may fill.

    Attributes:
        low: the text, made plain.
        bits: of all its words and signs.
        words: (offset, bits) of each word.
    """

    low: str
    bits: int
    words: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Need:
    """What one pattern asks of a text.

    Attributes:
        bits: of the slots that must be filled.
        anchor: the one of them that fewest texts fill; 0 if the pattern has none.
        begins: bits of the words it may begin with; 0 where it may begin anywhere.
    """

    bits: int
    anchor: int
    begins: int


class Slots:
    """The slots of all patterns of a file, each a bit.

    Args:
        lists: what `<name>` stands for.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = lists
        self._known: dict[str, tuple[Filling, Filling]] = {}
        self._bit: dict[frozenset[str], int] = {}
        self._words: dict[str, int] = {}
        self._beginnings: dict[str, int] = {}
        self._globs: dict[str, tuple[re.Pattern[str], int]] = {}
        self._bits_of: dict[str, int] = {}

    def need(self, pattern: str, *, at_word: bool) -> Need:
        """What a pattern asks of a text.

        Args:
            pattern: as in the file.
            at_word: whether it begins with a word.
        """
        fillings = [found for found in map(self._asked, _SLOT.findall(pattern)) if found]
        bits, anchor = 0, 0
        for filling in fillings:
            bits |= self._bit_of(filling)
        if fillings:
            anchor = self._bit_of(min(fillings, key=lambda filling: (_usual(filling),
                                                                      sorted(filling))))
        begins = self._begins(pattern) if at_word else None
        return Need(bits, anchor, 0 if begins is None else self._bit_of(begins))

    def read(self, low: str) -> Text:
        """A plain text with the bits of its words."""
        bits, words, known = 0, [], self._bits_of
        for match in _RUN.finditer(low):
            word = match.group()
            own = known.get(word)
            if own is None:
                own = self._look_up(word)
            if own:
                bits |= own
                words.append((match.start(), own))
        for sign in _SIGNS:
            if sign in low:
                bits |= self._words.get(sign, 0)
        return Text(low, bits, words)

    def _bit_of(self, filling: frozenset[str]) -> int:
        if filling not in self._bit:
            bit = self._bit[filling] = 1 << len(self._bit)
            self._bits_of.clear()
            for word in filling:
                self._note(word, bit)
        return self._bit[filling]

    def _note(self, word: str, bit: int) -> None:
        beginning, star, rest = word.partition("*")
        if not star:
            self._words[word] = self._words.get(word, 0) | bit
        elif beginning and not rest:
            self._beginnings[beginning] = self._beginnings.get(beginning, 0) | bit
        else:
            pattern = re.compile(r"[\w'-]*".join(map(re.escape, word.split("*"))))
            self._globs[word] = (pattern, self._globs.get(word, (None, 0))[1] | bit)

    def _look_up(self, word: str) -> int:
        bits = self._words.get(word, 0)
        for inner in _INNER.finditer(word):
            bits |= self._words.get(word[: inner.start()], 0)
        for length in range(1, len(word) + 1):
            bits |= self._beginnings.get(word[:length], 0)
        for pattern, own in self._globs.values():
            if pattern.match(word):
                bits |= own
        if re.search(r"\d", word):
            bits |= self._words.get(_DIGIT, 0)
        if len(self._bits_of) >= _REMEMBERED:
            self._bits_of.clear()
        self._bits_of[word] = bits
        return bits

    # What a pattern's slots ask for ------------------------------------------------------------

    def _asked(self, slot: str) -> Filling:
        """What fills a slot that must be filled; None for any other one."""
        if slot in ("^", "$") or slot[0] in "~[!":
            return None
        if slot == ",":
            return frozenset(",")
        return self._any(slot.removeprefix("="), 1)

    def _begins(self, pattern: str) -> Filling:
        """The words a pattern may begin with."""
        found: frozenset[str] = frozenset()
        for slot in _SLOT.findall(pattern):
            if slot.startswith("["):
                own = self._any(slot[1:-1], 0)
            elif slot[0] in "~[!^$,":
                return None
            else:
                own = self._any(slot.removeprefix("="), 0)
            if own is None:
                return None
            found |= own
            if not slot.startswith("["):
                return found
        return None

    def _any(self, slot: str, which: int) -> Filling:
        """Words of any of a slot's alternatives: those it begins with (0) or must have (1)."""
        found: frozenset[str] = frozenset()
        for word in slot.split("|"):
            own = self._of_word(word)[which]
            if own is None:
                return None
            found |= own
        return found

    def _of_word(self, word: str) -> tuple[Filling, Filling]:
        if word not in self._known:
            self._known[word] = self._read_word(word)
        return self._known[word]

    def _read_word(self, word: str) -> tuple[Filling, Filling]:
        if word.startswith("<") and word.endswith(">"):
            entries = self._lists[word[1:-1]]
            return self._union(map(self._begins, entries)), self._union(map(self._must, entries))
        if word == _DIGIT or word[:1] in "€£$":
            return (frozenset(word[:1]),) * 2
        # Behind "_" stands another word; what stands behind any other sign is not looked at.
        first = re.match(r"[\w'*-]*", word.partition("_")[0]).group()
        return (None,) * 2 if first.strip("*") == "" else (frozenset([first]),) * 2

    def _must(self, pattern: str) -> Filling:
        return next(filter(None, map(self._asked, _SLOT.findall(pattern))), None)

    @staticmethod
    def _union(fillings: Iterable[Filling]) -> Filling:
        every = list(fillings)
        return None if None in every else frozenset().union(*every)


def _usual(filling: frozenset[str]) -> float:
    """How many texts may fill a slot? Short words are frequent (Zipf); it decides on time only."""
    return sum(3.0 ** -len(word.rstrip("*")) for word in filling)


@dataclass(frozen=True)
class Alternatives:
    """Any of some patterns: their regular expression, and what each asks of a text.

    The expression is compiled when it is first tried: most are not, in most runs.

    Attributes:
        written: all of them as one expression.
        slots: of their file.
        needs: of each pattern that begins with a word.
        others: of each other pattern; they are tried everywhere.
        begins: bits of the words that those of `needs` may begin with; 0: any.
    """

    written: str
    slots: Slots
    needs: tuple[Need, ...]
    others: tuple[Need, ...]
    begins: int = field(init=False)

    def __post_init__(self) -> None:
        begins = 0
        if all(need.begins for need in self.needs):
            for need in self.needs:
                begins |= need.begins
        object.__setattr__(self, "begins", begins)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All of them as one, compiled."""
        return re.compile(self.written)

    def spans(self, text: Text) -> list[tuple[int, int]]:
        """(start, end) of all matches, as `finditer` of the whole pattern finds them."""
        bits = text.bits
        if any(need.bits & bits == need.bits for need in self.others):
            return self.everywhere(text)
        if any(need.bits & bits == need.bits for need in self.needs):
            return self.at_words(text)
        return []

    def found(self, low: str) -> bool:
        """Does any of them match in a plain text?"""
        return bool(self.spans(self.slots.read(low)))

    def everywhere(self, text: Text) -> list[tuple[int, int]]:
        """The same, without asking whether there can be any."""
        return [match.span() for match in self.pattern.finditer(text.low)]

    def at_words(self, text: Text) -> list[tuple[int, int]]:
        """The same, where none of `others` can match."""
        begins, low, match = self.begins, text.low, self.pattern.match
        if not begins:
            return self.everywhere(text)
        found, done = [], 0
        for start, bits in text.words:
            if bits & begins and start >= done:
                here = match(low, start)
                if here is not None:
                    if here.end() == start:
                        return self.everywhere(text)  # behind it another may begin at once
                    found.append(here.span())
                    done = here.end()
        return found


class Chooser:
    """Which of many sets of patterns may match in a text?

    Args:
        alternatives: the sets, of one file.
    """

    def __init__(self, alternatives: Sequence[Alternatives]) -> None:
        self._always: set[int] = set()
        self._by_anchor: dict[int, list[tuple[int, int, bool]]] = {}
        self._anchors = 0
        for number, own in enumerate(alternatives):
            for need, other in [*((n, False) for n in own.needs), *((n, True) for n in own.others)]:
                if need.anchor:
                    self._by_anchor.setdefault(need.anchor, []).append((number, need.bits, other))
                    self._anchors |= need.anchor
                else:
                    self._always.add(number)

    def of(self, text: Text) -> dict[int, bool]:
        """Number of each set that may match → whether it has to be tried everywhere."""
        chosen = dict.fromkeys(self._always, True)
        bits = text.bits
        left = bits & self._anchors
        while left:
            anchor = left & -left
            left ^= anchor
            for number, need, other in self._by_anchor[anchor]:
                if need & bits == need:
                    chosen[number] = chosen.get(number, False) or other
        return chosen
