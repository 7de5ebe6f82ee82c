"""What do the signatories bind themselves to, and how strongly?

Each sentence and list item gets a level: 0 none, 1 recognition, 2 intention, 3 decision, by the
rules of `commitments.yaml`. An item that has no verb of its own takes the one of its list head.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from analysis import commitment_rules
from analysis.commitment_rules import Cue, Rules, cues, graded, plain
from analysis.corpus import Corpus

#: The rule named for a unit that only introduces its list.
LIST_HEAD = "list head"
#: The rule named for a unit in another language than the rules'.
WITHHELD = "withheld"

# How a list item begins that continues its head's sentence.
_CONTINUES = re.compile(r"\W*(?:\(?[ivxlc\d]+[).]\s*)?(?:and |or )?(?:to|that|[a-z-]+ing)\b")
# What stands before the verb or noun of such an item.
_HANGS = re.compile(r"^\W*(?:\(?(?:[ivxlc]+|[a-z]|\d+)[).]\s*)?(?:and |or )?(?:to |that )?")
# A further sentence of an item that still hangs on the head.
_STILL = re.compile(r"\W*(?:and|or)? ?to\b")

READ = [
    "sentence_id", "row", "level", "cue", "cue_start", "cue_end", "cue_sentence", "from_head",
    "rule", "applicable", "tense", "genre",
]


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
        acts: whether the head itself decides on an act, and its items only say which.
        text: the head.
    """

    cue: Cue | None = None
    level: int = 0
    acts: bool = False
    text: str = ""


def rules_of(corpus: Corpus) -> Rules:
    """The study's own rules, or those that ship with the package."""
    return corpus.study.commitments or commitment_rules.default()


def read(corpus: Corpus) -> pd.DataFrame:
    """How strongly does each unit of analysis bind the parties, and by which words?

    Args:
        corpus: the statements in units.

    Returns:
        One row a row of `corpus.units`, in their order: `sentence_id`, `row`, `level` (0 to 3; NA
        where the text's language is not the rules'), `cue` (the matched words), `cue_start` and
        `cue_end` (offsets into the text of `cue_sentence`, which is the unit itself or, where
        `from_head`, its list head), `rule` (its name in the rules, "" if none matched),
        `applicable` (False for list heads and narration), `tense` (prospective, retrospective or
        none), `genre` (declaration, reported or "").

    Do not read level 3 as done: it is what the wording binds to, not what happened.
    """
    rules = rules_of(corpus)
    statements = corpus.study.statements.set_index("statement_id")
    blocks = corpus.blocks.set_index(["statement_id", "block"])
    heads = _Heads(corpus, rules, blocks)
    last = corpus.sentences.groupby(["statement_id", "block"])["sentence"].max()
    rows = []
    for row, unit in enumerate(corpus.units.itertuples()):
        key = (unit.statement_id, unit.block)
        genre = statements.at[unit.statement_id, "genre"]
        if not spoken(rules, statements.at[unit.statement_id, "language"]):
            rows.append(_row(row, unit.sentence_id, None, WITHHELD))
        elif blocks.at[key, "head"] and unit.sentence == last[key]:
            rows.append(_row(row, unit.sentence_id, Found(), LIST_HEAD))
        else:
            parent = blocks.at[key, "parent"]
            head, of = (Head(), "") if pd.isna(parent) else heads.of(key[0], int(parent))
            found = judge(
                rules, unit.text, genre=genre, head=head, further=unit.sentence > 1
            )
            text, of = (head.text, of) if found.from_head else (unit.text, unit.sentence_id)
            rows.append(_row(row, unit.sentence_id, found, "", text, of))
    table = pd.DataFrame(rows, columns=READ)
    return table.astype({"level": "Int64"})


def spoken(rules: Rules, language: str) -> bool:
    """Are the rules for texts of this language code?"""
    return language.partition("-")[0].lower() == rules.language.partition("-")[0].lower()


def _row(
    row: int, sentence_id: str, found: Found | None, named: str, text: str = "", of: str = ""
) -> tuple:
    if found is None or found.cue is None:
        level = pd.NA if found is None else found.level
        return (sentence_id, row, level, "", 0, 0, sentence_id, False, named, not named, "none",
                "")
    cue = found.cue
    return (
        sentence_id, row, found.level, text[cue.start:cue.end], cue.start, cue.end, of,
        found.from_head, cue.rule.id, not (cue.rule.narration and found.level == 0),
        cue.rule.tense if found.level else "none", cue.rule.speech,
    )


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

    >>> judge(commitment_rules.default(), "We will open a centre in Calais.").level
    3
    """
    own = _strongest(cues(rules, text, genre=genre))
    if head is None or head.cue is None or not _inherits(own, text, further=further):
        return own
    words = _HANGS.sub("", plain(text), count=1)
    level = head.level
    if head.cue.rule.grade and not head.acts:
        level = graded(rules, head.cue.rule, words, whole=words)
    return own if level < own.level else Found(level, head.cue, from_head=True)


def head_of(rules: Rules, text: str, *, genre: str = "statement") -> Head:
    """Which words of a list head do its items hang on?

    The last binding ones; where the head itself decides on an act ("will put in place:"), so do
    its items, whatever their words.
    """
    binding = [cue for cue in cues(rules, text, genre=genre, heads=True) if cue.rule.level]
    if not binding:
        return Head()
    fallback = binding[0].rule in rules.heads
    cue = max(binding, key=lambda cue: (cue.level * fallback, cue.start, cue.level))
    kind = commitment_rules.verb_kind(rules, plain(text)[cue.end:])
    acts = cue.level == 3 and kind == "acts"
    return Head(cue, cue.level, acts, text)


def _inherits(own: Found, text: str, *, further: bool) -> bool:
    """Does an item hang on its head: by how it begins, or for want of a verb of its own?"""
    low = plain(text)
    if further:
        return bool(_STILL.match(low))
    if own.cue is not None and own.cue.rule.narration:
        return False
    return own.level < 2 or bool(_CONTINUES.match(low))


def _strongest(found: list[Cue]) -> Found:
    if not found:
        return Found()
    best = max(found, key=lambda cue: (cue.level, -cue.start))
    return Found(best.level, best)


class _Heads:
    """The words of each list head on which its items hang."""

    def __init__(self, corpus: Corpus, rules: Rules, blocks: pd.DataFrame) -> None:
        self._rules, self._blocks = rules, blocks
        self._genres = corpus.study.statements.set_index("statement_id")["genre"]
        ends = corpus.sentences.drop_duplicates(["statement_id", "block"], keep="last")
        self._ends = ends.set_index(["statement_id", "block"])[["sentence_id", "text"]]
        self._known: dict[tuple[str, int], tuple[Head, str]] = {}

    def of(self, statement: str, block: int) -> tuple[Head, str]:
        """What the items of this head hang on, and in which sentence it stands."""
        key = (statement, block)
        if key not in self._known:
            self._known[key] = self._read(*key)
        return self._known[key]

    def _read(self, statement: str, block: int) -> tuple[Head, str]:
        if (statement, block) not in self._ends.index:
            return Head(), ""
        sentence_id, text = self._ends.loc[(statement, block)]
        head = head_of(self._rules, text, genre=self._genres[statement])
        above = self._blocks.at[(statement, block), "parent"]
        if head.cue is None and not pd.isna(above):
            return self.of(statement, int(above))
        return head, sentence_id


def notice(corpus: Corpus) -> list[str]:
    """Which statements are withheld because the rules are for another language, in words."""
    rules = rules_of(corpus)
    withheld = [
        corpus.labels[row.statement_id]
        for row in corpus.study.statements.itertuples()
        if not spoken(rules, row.language)
    ]
    if not withheld:
        return []
    return [
        f"Withheld for {', '.join(withheld)}: the rules for commitments are for texts in "
        f"'{rules.language}'. A commitments.yaml of the study's own can be in another language."
    ]
