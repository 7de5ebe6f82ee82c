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
_CONTINUES = re.compile(r"\W*(?:and |or )?(?:to|that|[a-z-]+ing)\b")
# A further sentence of an item that still hangs on the head.
_STILL = re.compile(r"\W*(?:and|or)? ?to\b")

READ = [
    "sentence_id", "row", "level", "cue", "cue_start", "cue_end", "cue_sentence", "from_head",
    "rule", "applicable", "tense", "genre",
]


@dataclass(frozen=True, slots=True)
class _Found:
    """What a unit amounts to: a cue of its own or its head's, or none."""

    level: int = 0
    cue: Cue | None = None
    text: str = ""
    sentence_id: str = ""
    from_head: bool = False


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
            rows.append(_row(row, unit.sentence_id, _Found(), LIST_HEAD))
        else:
            parent = blocks.at[key, "parent"]
            head = None if pd.isna(parent) else heads.of(unit.statement_id, int(parent))
            found = _found(rules, unit, genre, head)
            rows.append(_row(row, unit.sentence_id, found))
    table = pd.DataFrame(rows, columns=READ)
    return table.astype({"level": "Int64"})


def spoken(rules: Rules, language: str) -> bool:
    """Are the rules for texts of this language code?"""
    return language.partition("-")[0].lower() == rules.language.partition("-")[0].lower()


def _row(row: int, sentence_id: str, found: _Found | None, named: str = "") -> tuple:
    if found is None or found.cue is None:
        level = pd.NA if found is None else found.level
        return (sentence_id, row, level, "", 0, 0, sentence_id, False, named, not named, "none",
                "")
    cue = found.cue
    return (
        sentence_id, row, found.level, found.text[cue.start:cue.end], cue.start, cue.end,
        found.sentence_id, found.from_head, cue.rule.id,
        not (cue.rule.narration and found.level == 0), cue.rule.tense if found.level else "none",
        cue.rule.speech,
    )


def _found(rules: Rules, unit, genre: str, head: _Found | None) -> _Found:
    own = _strongest(cues(rules, unit.text, genre=genre), unit.text, unit.sentence_id)
    if head is None or not _inherits(own, unit):
        return own
    if head.cue is None:
        return own
    text = plain(unit.text)
    level = max(
        graded(rules, head.cue.rule, text, whole=text) if head.cue.rule.grade else head.level,
        head.level if head.level == 3 else 0,
    )
    if level < own.level:
        return own
    return _Found(level, head.cue, head.text, head.sentence_id, True)


def _inherits(own: _Found, unit) -> bool:
    """Does an item hang on its head: by how it begins, or for want of a verb of its own?"""
    low = plain(unit.text)
    if unit.sentence > 1:
        return bool(_STILL.match(low))
    if own.cue is not None and own.cue.rule.narration:
        return False
    return own.level < 2 or bool(_CONTINUES.match(low))


def _strongest(found: list[Cue], text: str, sentence_id: str) -> _Found:
    if not found:
        return _Found()
    best = max(found, key=lambda cue: (cue.level, -cue.start))
    return _Found(best.level, best, text, sentence_id)


class _Heads:
    """The words of each list head on which its items hang."""

    def __init__(self, corpus: Corpus, rules: Rules, blocks: pd.DataFrame) -> None:
        self._rules, self._blocks = rules, blocks
        self._genres = corpus.study.statements.set_index("statement_id")["genre"]
        ends = corpus.sentences.drop_duplicates(["statement_id", "block"], keep="last")
        self._ends = ends.set_index(["statement_id", "block"])[["sentence_id", "text"]]
        self._known: dict[tuple[str, int], _Found] = {}

    def of(self, statement: str, block: int) -> _Found:
        """What the items of this head hang on; its `level` is 3 if the head itself decides."""
        key = (statement, block)
        if key not in self._known:
            self._known[key] = self._read(*key)
        return self._known[key]

    def _read(self, statement: str, block: int) -> _Found:
        text, sentence_id = "", ""
        if (statement, block) in self._ends.index:
            sentence_id, text = self._ends.loc[(statement, block)]
        found = cues(self._rules, text, genre=self._genres[statement], heads=True)
        binding = [cue for cue in found if cue.rule.level]
        parent = self._blocks.at[(statement, block), "parent"]
        if not binding:
            return _Found() if pd.isna(parent) else self.of(statement, int(parent))
        cue = binding[-1]
        acts = commitment_rules.verb_kind(self._rules, plain(text)[cue.end:]) == "acts"
        level = 3 if cue.level == 3 and acts else min(cue.level, 2) if cue.rule.grade else cue.level
        return _Found(level, cue, text, sentence_id)


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
