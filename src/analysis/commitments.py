"""What do the signatories bind themselves to, and how strongly?

Each sentence and list item gets a level: 0 none, 1 recognition, 2 intention, 3 decision, by the
rules of `commitments.yaml`. An item that has no verb of its own takes the one of its list head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import commitment_rules, scale, tables
from analysis.commitment_clauses import clauses
from analysis.commitment_rules import Found, Head, Rules, head_of, judge
from analysis.corpus import Corpus
from analysis.inference import Interval, Layout, generator, layout, share_interval
from analysis.tables import Column

#: The rule named for a unit that only introduces its list.
LIST_HEAD = "list head"
#: The rule named for a unit in another language than the rules'.
WITHHELD = "withheld"
#: The rule named for a unit of a statement that is not in the sample that was read.
UNREAD = "not read"

READ = [
    "sentence_id", "row", "level", "cue", "cue_start", "cue_end", "cue_sentence", "from_head",
    "rule", "applicable", "tense", "genre",
]

#: What is counted: name → in words. Layout makes lists of what could be prose, and the other way
#: round, so that no single one of these is the right one.
READINGS = {
    "unit": "by sentence and list item",
    "list": "by list, its head included",
    "clause": "by verb",
    "prospective": "looking forward only",
}

#: The levels' names, from 0.
LEVELS = ("none", "recognition", "intention", "decision")

DECISION = 3

PROFILE = {
    "statement": Column("statement"),
    "genre": Column("genre"),
    "reading": Column("reading"),
    "n_units": Column("counted", "count"),
    **{f"level_{n}": Column(name, "count") for n, name in enumerate(LEVELS)},
    "share": Column("share of decisions", "percent"),
    "low": Column("95 % from", "percent"),
    "high": Column("to", "percent"),
    "why_no_interval": Column("why no interval"),
}

def read(corpus: Corpus, *, only: Corpus | None = None) -> pd.DataFrame:
    """How strongly does each unit of analysis bind the parties, and by which words?

    Args:
        corpus: the statements in units.
        only: those that are read, such as `scale.sample` of the corpus; all if it is not given.

    Returns:
        One row a row of `corpus.units`, in their order: `sentence_id`, `row`, `level` (0 to 3; NA
        where it is not read or the text's language is not the rules'), `cue` (the matched words), `cue_start` and
        `cue_end` (offsets into the text of `cue_sentence`, which is the unit itself or, where
        `from_head`, its list head), `rule` (its name in the rules, "" if none matched),
        `applicable` (False for list heads and narration), `tense` (prospective, retrospective or
        none), `genre` (of speech: declaration or reported, as all of a commentary is; "" without
        a cue).

    Do not read level 3 as done: it is what the wording binds to, not what happened.
    """
    rules = corpus.study.commitments
    genres = _column(corpus, "genre")
    withheld = {
        identifier for identifier, code in _column(corpus, "language").items()
        if not spoken(rules, code)
    }
    unread = set(corpus.labels).difference(corpus.labels if only is None else only.labels)
    heads = _Heads(corpus, rules, genres)
    rows = []
    units = corpus.units
    columns = (units[name].tolist() for name in
               ("statement_id", "block", "sentence", "sentence_id", "text"))
    for row, (statement, block, sentence, identifier, text) in enumerate(
        zip(*columns, strict=True)
    ):
        if statement in unread:
            rows.append(_row(row, identifier, None, UNREAD))
        elif statement in withheld:
            rows.append(_row(row, identifier, None, WITHHELD))
        elif heads.closes(identifier):
            rows.append(_row(row, identifier, Found(), LIST_HEAD))
        else:
            genre = genres[statement]
            head, of = heads.above(statement, block)
            found = judge(rules, text, genre=genre, head=head, further=sentence > 1)
            own, of = (head.text, of) if found.from_head else (text, identifier)
            speech = "reported" if genre == "commentary" else ""
            rows.append(_row(row, identifier, found, "", own, of, speech))
    table = pd.DataFrame(rows, columns=READ)
    return table.astype({"level": "Int64"})


def _column(corpus: Corpus, name: str) -> dict[str, str]:
    """statement_id → what statements.csv says of it."""
    statements = corpus.study.statements
    return dict(zip(statements["statement_id"], statements[name], strict=True))


def spoken(rules: Rules, language: str) -> bool:
    """Are the rules for texts of this language code?"""
    return language.partition("-")[0].lower() == rules.language.partition("-")[0].lower()


def _row(
    row: int, sentence_id: str, found: Found | None, named: str, text: str = "", of: str = "",
    speech: str = "",
) -> tuple:
    if found is None or found.cue is None:
        level = pd.NA if found is None else found.level
        return (sentence_id, row, level, "", 0, 0, sentence_id, False, named, not named, "none",
                "")
    cue = found.cue
    return (
        sentence_id, row, found.level, text[cue.start:cue.end], cue.start, cue.end, of,
        found.from_head, cue.rule.id, not (cue.rule.narration and found.level == 0),
        cue.rule.tense if found.level else "none",
        speech or cue.rule.speech,
    )


class _Heads:
    """The words of each list head on which its items hang."""

    def __init__(self, corpus: Corpus, rules: Rules, genres: dict[str, str]) -> None:
        self._rules, self._genres = rules, genres
        blocks = corpus.blocks
        keys = list(zip(blocks["statement_id"], blocks["block"], strict=True))
        parents = blocks["parent"]
        self._parents = {
            key: int(parent)
            for key, parent, none in zip(keys, parents, parents.isna(), strict=True) if not none
        }
        introduces = {key for key, head in zip(keys, blocks["head"], strict=True) if head}
        wanted = introduces | {(key[0], parent) for key, parent in self._parents.items()}
        ends = corpus.sentences.drop_duplicates(["statement_id", "block"], keep="last")
        self._ends = {
            (statement, block): (identifier, text)
            for statement, block, identifier, text in zip(
                *(ends[name] for name in ("statement_id", "block", "sentence_id", "text")),
                strict=True,
            )
            if (statement, block) in wanted
        }
        self._closing = {self._ends[key][0] for key in introduces if key in self._ends}
        self._known: dict[tuple[str, int], tuple[Head, str]] = {}

    def closes(self, sentence_id: str) -> bool:
        """Whether a sentence is the last one of a block that introduces a list."""
        return sentence_id in self._closing

    def above(self, statement: str, block: int) -> tuple[Head, str]:
        """What a block hangs on, if it is an item, and in which sentence that stands."""
        parent = self._parents.get((statement, block))
        return (Head(), "") if parent is None else self._of(statement, parent)

    def _of(self, statement: str, block: int) -> tuple[Head, str]:
        key = (statement, block)
        if key not in self._known:
            self._known[key] = self._read(*key)
        return self._known[key]

    def _read(self, statement: str, block: int) -> tuple[Head, str]:
        if (statement, block) not in self._ends:
            return Head(), ""
        sentence_id, text = self._ends[statement, block]
        head = head_of(self._rules, text, genre=self._genres[statement])
        above = self._parents.get((statement, block))
        if head.cue is None and above is not None:
            return self._of(statement, above)
        return head, sentence_id


def notice(corpus: Corpus) -> list[str]:
    """By which rules the levels were read, and which statements are withheld, in words."""
    rules = corpus.study.commitments
    own = commitment_rules.FILE in corpus.study.files
    said = [
        f"Read by {'the study' if own else 'the package'}'s rules, version {rules.version}: "
        f"{len(rules.rules)} rules for texts in '{rules.language}'. A level is what the wording "
        "binds to, not what was done."
    ]
    withheld = [
        corpus.labels[row.statement_id]
        for row in corpus.study.statements.itertuples()
        if not spoken(rules, row.language)
    ]
    if withheld:
        said.append(
            f"Withheld for {', '.join(withheld)}: the rules are for another language. A "
            "commitments.yaml of the study's own can be in that one."
        )
    return said


# --- profiles in four readings ------------------------------------------------------------


def pieces(corpus: Corpus, levels: pd.DataFrame, *, reading: str) -> pd.DataFrame:
    """What is counted in a reading, each with its level?

    Args:
        corpus: the statements in units.
        levels: what `read` returned.
        reading: one of `READINGS`.

    Returns:
        One row a piece: `statement_id`, `block` (the block that is redrawn with it), `level`,
        `tense`, `sentence_id`. Texts in another language than the rules' have none.
    """
    return merged(candidates(corpus, levels, reading=reading))


def candidates(corpus: Corpus, levels: pd.DataFrame, *, reading: str) -> pd.DataFrame:
    """As `pieces`, before the sentences of one list are made one piece by `merged`.

    A block can still be left out: it takes its own candidates with it, and no other.

    Returns:
        The columns of `pieces`, `from_block` (the block in which it stands) and `one` (candidates
        with the same statement, block and `one` are one piece).
    """
    table = _candidates(corpus, levels, reading)
    if reading == "list":
        return _in_lists(corpus, table, levels)
    return table.assign(from_block=table["block"], one=np.arange(len(table)))


def _candidates(corpus: Corpus, levels: pd.DataFrame, reading: str) -> pd.DataFrame:
    units = corpus.units
    table = pd.DataFrame(
        {
            "statement_id": units["statement_id"],
            "block": units["block"],
            "level": levels["level"],
            "tense": levels["tense"],
            "sentence_id": units["sentence_id"],
        }
    )[levels["level"].notna()].astype({"level": int})
    if reading == "prospective":
        return table.assign(level=table["level"].where(table["tense"] != "retrospective", 0))
    if reading == "clause":
        return _clauses(corpus, table, levels)
    return table


def _in_lists(corpus: Corpus, table: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """Which sentences belong to an outermost list or its head?"""
    root = outermost(corpus)
    block = [
        root.get(key, key[1])
        for key in zip(table["statement_id"], table["block"], strict=True)
    ]
    in_list = [b != own for b, own in zip(block, table["block"], strict=True)]
    head = (levels.loc[table.index, "rule"] == LIST_HEAD).to_numpy()
    one = [
        -1 if listed or is_head else place
        for place, (listed, is_head) in enumerate(zip(in_list, head, strict=True))
    ]
    return table.assign(from_block=table["block"], block=block, one=one)


def merged(found: pd.DataFrame) -> pd.DataFrame:
    """Candidates that are one piece as one, which has their highest level."""
    order = found["level"].sort_values(ascending=False, kind="stable").index
    return (
        found.loc[order]
        .drop_duplicates(["statement_id", "block", "one"])
        .sort_index()
        .drop(columns=["from_block", "one"])
        .reset_index(drop=True)
    )


def outermost(corpus: Corpus) -> dict[tuple[str, int], int]:
    """(statement id, block of a list item) → block of the head of its outermost list."""
    root: dict[tuple[str, int], int] = {}
    for row in corpus.blocks.itertuples():
        if not pd.isna(row.parent):
            parent = int(row.parent)
            root[row.statement_id, row.block] = root.get((row.statement_id, parent), parent)
    return root


def _clauses(corpus: Corpus, table: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """Each verb with what it governs as a piece; a list head's verb counts in its items."""
    rules = corpus.study.commitments
    genres = _column(corpus, "genre")
    texts = dict(zip(corpus.sentences["sentence_id"], corpus.sentences["text"], strict=True))
    read_as = levels.loc[table.index, ["rule", "from_head", "cue_sentence"]]
    heads = _Heads(corpus, rules, genres)
    rows = []
    for statement, block, level, identifier, rule, from_head, cue_sentence in zip(
        *(table[name].tolist() for name in ("statement_id", "block", "level", "sentence_id")),
        *(read_as[name].tolist() for name in read_as), strict=True,
    ):
        if rule == LIST_HEAD:
            continue
        genre, text = genres[statement], texts[identifier]
        if from_head:
            head = head_of(rules, texts[cue_sentence], genre=genre)
            found = Found(level, head.cue, from_head=True)
        else:
            head, _ = heads.above(statement, block)
            found = judge(rules, text, genre=genre)
        for clause in clauses(rules, text, found, genre=genre, head=head):
            rows.append((statement, block, clause.level, clause.tense, identifier))
    return pd.DataFrame(rows, columns=list(table.columns))


@dataclass(frozen=True, slots=True)
class LevelShare:
    """Which share of a statement has a level.

    Attributes:
        interval: of the share; bounds are NaN where `layout` falls short.
        design_effect: see `inference.share_interval`.
        layout: the blocks the interval rests on.
        evidence: ids of the sentences with the level.
        units: how many pieces the share is of.
    """

    interval: Interval
    design_effect: float
    layout: Layout
    evidence: list[str]
    units: int


def share(
    corpus: Corpus,
    levels: pd.DataFrame,
    *,
    level: int,
    statement: str,
    reading: str = "unit",
    seed: int,
    n_boot: int,
) -> LevelShare:
    """Which share of one statement has this level of commitment?

    share = pieces with the level / all pieces of the reading. In `list`, whole lists are redrawn.

    Args:
        corpus: the statements in units.
        levels: what `read` returned.
        level: 0 to 3.
        statement: id of the statement.
        reading: one of `READINGS`.
        seed: of the resamples; the draws depend on it, reading, level and statement only.
        n_boot: number of resamples, which redraw blocks.
    """
    table = pieces(corpus, levels, reading=reading)
    own = table[table["statement_id"] == statement]
    return share_of_pieces(
        own, redrawn_blocks(corpus, statement, reading), level=level, statement=statement,
        reading=reading, seed=seed, n_boot=n_boot,
    )


def share_of_pieces(
    own: pd.DataFrame, blocks: pd.DataFrame, *, level: int, statement: str, reading: str,
    seed: int, n_boot: int,
) -> LevelShare:
    """The same from pieces at hand.

    Args:
        own: rows of `pieces`, of one statement.
        blocks: what `redrawn_blocks` returned for it.
        level, statement, reading, seed, n_boot: see `share`.
    """
    hits = own["level"].to_numpy() == level
    number, place = np.unique(own["block"].to_numpy(), return_inverse=True)
    redrawn, at = np.unique(blocks["block"].to_numpy(), return_inverse=True)
    words = np.bincount(at, blocks["words"].to_numpy(), len(redrawn))
    shape = layout(words, estimator="share")
    interval, effect = share_interval(
        np.bincount(place, hits, len(number)), np.bincount(place, minlength=len(number)),
        rng=generator(seed, reading, str(level), statement), n_boot=n_boot,
    )
    if shape.shortfall:
        interval = Interval(interval.estimate, float("nan"), float("nan"))
        effect = float("nan")
    evidence = list(dict.fromkeys(own["sentence_id"].to_numpy()[hits]))
    return LevelShare(interval, effect, shape, evidence, len(own))


def redrawn_blocks(corpus: Corpus, statement: str, reading: str) -> pd.DataFrame:
    """Which blocks of a statement are redrawn, and how many words has each?

    Returns:
        One row an analysed block: `from_block`, `block` (the one that is redrawn with it: in
        `list` the head of its outermost list, else itself) and `words`.
    """
    own = corpus.blocks
    own = own[(own["statement_id"] == statement) & own["analysed"]]
    root = outermost(corpus) if reading == "list" else {}
    return pd.DataFrame({
        "from_block": own["block"].to_numpy(),
        "block": [root.get((statement, block), block) for block in own["block"]],
        "words": own["words"].to_numpy(),
    })


def profile(
    corpus: Corpus,
    levels: pd.DataFrame,
    *,
    shown: Corpus | None = None,
    readings: Sequence[str] = tuple(READINGS),
    seed: int,
    n_boot: int,
) -> pd.DataFrame:
    """How many sentences of each statement have each level, in each reading?

    Args:
        corpus: the statements in units.
        levels: what `read` returned.
        shown: `scale.by_group` of the corpus, if rows are to be groups of many statements.
        readings: names of `READINGS`.
        seed, n_boot: see `share`.

    Returns:
        One row a statement and reading: pieces of each level, the share of level 3 with its
        interval or the reason why it has none; evidence: the sentences of level 3.
    """
    rows = []
    shown = shown or corpus
    genres = shown.study.statements.set_index("statement_id")["genre"]
    tables_of = {
        reading: scale.moved(pieces(corpus, levels, reading=reading), corpus, shown)
        for reading in readings
    }
    for statement, label in shown.labels.items():
        for reading, table in tables_of.items():
            own = table[table["statement_id"] == statement]
            if own.empty:
                continue
            found = share_of_pieces(
                own, redrawn_blocks(shown, statement, reading), level=DECISION, statement=statement,
                reading=reading, seed=seed, n_boot=n_boot,
            )
            counts = own["level"].value_counts()
            rows.append(
                {
                    "statement": label,
                    "genre": genres[statement],
                    "reading": READINGS[reading],
                    "n_units": found.units,
                    **{f"level_{n}": int(counts.get(n, 0)) for n in range(len(LEVELS))},
                    "share": found.interval.estimate,
                    "low": found.interval.low,
                    "high": found.interval.high,
                    "why_no_interval": found.layout.shortfall,
                    "evidence": found.evidence,
                }
            )
    return tables.result(rows, columns=PROFILE, made_by="analysis.commitments.profile")
