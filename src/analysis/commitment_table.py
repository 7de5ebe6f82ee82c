"""Which concrete decisions do the statements hold, and what became of them?"""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd

from analysis import commitment_particulars as particulars
from analysis import tables
from analysis.commitment_particulars import Span
from analysis.commitment_patterns import plain
from analysis.commitment_rules import Rules, bounds_of
from analysis.corpus import Corpus
from analysis.tables import Column

CONCRETE = {
    "statement": Column("statement"),
    "who": Column("who"),
    "does": Column("does what"),
    "sentence": Column("sentence", "marked"),
    "sum": Column("sum"),
    "number": Column("number"),
    "date": Column("when"),
    "place": Column("where"),
    "body": Column("body"),
    "committed_means": Column("means given"),
    "tense": Column("looks"),
}

#: The same in few columns, for a page.
GLANCE = {
    "statement": Column("statement"),
    "does": Column("who: does what"),
    "named": Column("what can be checked"),
    "sentence": Column("sentence", "marked"),
}

SUMS = {
    "statement": Column("statement"),
    "sum": Column("sum"),
    "amount": Column("amount", "count"),
    "currency": Column("currency"),
    "committed_means": Column("committed by the parties", "flag"),
    "tense": Column("looks"),
    "sentence": Column("sentence", "marked"),
}

FOLLOWED = {
    "statement": Column("statement"),
    "does": Column("commitment"),
    "pair": Column("pair"),
    "verdict": Column("what became of it"),
    "source": Column("verdict by"),
    "counterpart": Column("the later statement's words"),
}

BY_SENTENCE = {
    "statement": Column("statement"),
    "sentence": Column("sentence", "marked"),
    "level": Column("level"),
    "rule": Column("rule"),
    "tense": Column("looks"),
}

LEVELS = ("0 none", "1 recognition", "2 intention", "3 decision")

LOOKS = {"prospective": "forward", "retrospective": "back", "none": "–"}

# What is done is told in its first words; the whole sentence stands beside it.
DOES_WORDS = 12

# Where what is done ends and why, how or with whom begins.
_ENDS = re.compile(
    r",(?=\s)|;|\.(?=\s|$)|:(?=\s|$)|\s(?:to ensure|in order to|so that|so as to|which|with a view to|in order)\b"
)
_AGENT = re.compile(
    r"\bby ((?:the |a |an )?(?:(?!(?:in|for|to|with|at|on|that|which|under|as|using)\b)"
    r"[\w/’'-]+ ?){1,7})"
)
_PASSIVE = re.compile(
    r"(?:will|shall|is to|are to|has|have)\s+(?:\w+ly\s+)?(?:be|been)\b"
    r"(?!\s+\w+ing\b)"
)
# What stands before a decision that is told as a noun: "A decision was taken to …" names nobody.
_ARTICLES = ("a", "an", "the")
_BACKGROUND = re.compile(r"^(?:and|but|while|whilst|however|therefore|also)\s+", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"(?:\s+(?:have|has|had|also|both|today|jointly|hereby|further|now|then|furthermore|already"
    r"|recently|just|thus|together|immediately))+$"
)
# "The ministers agreed that UK teams" tells of UK teams.
_REPORTED = re.compile(
    r"^.*\b(?:agree[ds]?|decide[ds]?|confirm(?:s|ed)?|announce[ds]?|declare[ds]?|state[ds]?"
    r"|stress(?:es|ed)?|underline[ds]?|note[ds]?) that\s+",
    re.IGNORECASE,
)
# A name in a list, "The EU, AU and UN": words in capitals with no adverb or preposition before.
_IN_LIST = re.compile(
    r"(?:(?:the|of|and)\s)?(?!(?:In|On|At|As|For|To|With|By|From|Through|During|After|Since|However"
    r"|Therefore|Furthermore|Moreover|Today|Also|Then|Now|Thus|Yesterday)\b)(?!\w+ly\b)"
    r"[A-Z][\w’'.-]*(?:\s(?:of|the|and|[A-Z][\w’'.-]*))*",
)
_LEAD = re.compile(r"^\W*(?:\(?(?:[ivxlc]+|[a-z]|\d{1,2})[).]\s+)?(?:and |or )?")


def concrete(corpus: Corpus, levels: pd.DataFrame) -> pd.DataFrame:
    """Who decides what, with which sum, number, date, place and body?

    Every sentence or list item of level 3 in which at least one of these, or means, is named. A
    sum in two currencies is one; a sum by the year is multiplied by the years named with it.

    Args:
        corpus: the statements in units.
        levels: what `commitments.read` returned.

    Returns:
        One row a unit, in order of the texts; `committed_means` names money, staff or equipment
        that the parties give, "" where they give none. Evidence: the unit, then its list head.

    Read by lists and patterns, not understood: look at the sentence before relying on a cell.
    """
    rules = corpus.study.commitments
    texts = corpus.sentences.set_index("sentence_id")["text"]
    decisions, rows = list(_decisions(corpus, levels)), []
    named = particulars.named(rules, [unit.text for unit, _ in decisions])
    for (unit, read), of_unit in zip(decisions, named, strict=True):
        row = _concrete(rules, unit.text, read, texts, of_unit)
        if row is not None:
            evidence = [unit.sentence_id]
            if read.from_head:
                evidence.append(read.cue_sentence)
            label = corpus.labels[unit.statement_id]
            rows.append({"statement": label, **row, "evidence": evidence})
    return tables.result(rows, columns=CONCRETE, made_by="analysis.commitment_table.concrete")


def by_sentence(corpus: Corpus, levels: pd.DataFrame) -> pd.DataFrame:
    """Which level does each sentence have, by which words and which rule?

    Args:
        corpus: the statements in units.
        levels: what `commitments.read` returned.

    Returns:
        One row a unit whose language the rules know, in order of the texts; the words that decided
        are marked where they stand in the unit itself and not in its list head. Evidence: the unit.
    """
    rows = [
        {
            "statement": corpus.labels[unit.statement_id],
            "sentence": tables.marked(
                unit.text, [(read.cue_start, read.cue_end)] if read.cue and not read.from_head else []
            ),
            "level": LEVELS[read.level],
            "rule": read.rule,
            "tense": LOOKS[read.tense],
            "evidence": [unit.sentence_id],
        }
        for unit, read in zip(corpus.units.itertuples(), levels.itertuples(), strict=True)
        if not pd.isna(read.level)
    ]
    return tables.result(
        rows, columns=BY_SENTENCE, made_by="analysis.commitment_table.by_sentence"
    )


def _decisions(corpus: Corpus, levels: pd.DataFrame):
    for unit, read in zip(corpus.units.itertuples(), levels.itertuples(), strict=True):
        if not pd.isna(read.level) and read.level == 3:
            yield unit, read


def _concrete(
    rules: Rules, text: str, read: Any, texts: pd.Series, named: tuple[list[Span], list[Span]]
) -> dict[str, object] | None:
    money = particulars.sums(rules, text)
    taken = [(s.start, s.end) for s in money]
    dates = [d for d in particulars.dates(rules, text) if not _within(d, taken)]
    counts = particulars.numbers(rules, text, [*taken, *dates])
    places, agencies = named
    bodies = [b for b in particulars.bodies(rules, text) if not _within(b, taken)]
    given = particulars.means(rules, text, has_sum=bool(money))
    if not (money or dates or counts or bodies or agencies or places or given):
        return None
    who, does = _said(rules, text, read, texts)
    own = [] if read.from_head else [(read.cue_start, read.cue_end)]
    return {
        "who": who,
        "does": does,
        "sum": "; ".join(_sum(s, text) for s in money),
        "number": _listed(text, counts),
        "date": _listed(text, dates),
        "place": _listed(text, places),
        "body": _listed(text, [*bodies, *(a for a in agencies if not _within(a, bodies))]),
        "committed_means": ", ".join(given),
        "tense": LOOKS[read.tense],
        "sentence": tables.marked(text, [*taken, *dates, *counts, *places, *bodies, *agencies,
                                         *own]),
    }


def _within(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(a <= span[0] and span[1] <= b for a, b in others)


def _listed(text: str, spans: list[tuple[int, int]]) -> str:
    return "; ".join(dict.fromkeys(text[a:b] for a, b in spans))


def _sum(found: particulars.Sum, text: str) -> str:
    """A sum as the sentence writes it; with its total where that has to be worked out."""
    said = text[found.start:found.end]
    if math.isnan(found.years):
        return said
    return f"{said} = {found.amount:,.0f} {found.currency}".replace(",", "\u202f")


def _said(rules: Rules, text: str, read: Any, texts: pd.Series) -> tuple[str, str]:
    """(who, does what) in the sentence's words."""
    if read.from_head:
        head = texts[read.cue_sentence]
        lead = _LEAD.match(text).end()
        return _subject(rules, head, _verb(rules, head, read)), _shortened(text[lead:])
    verb = _verb(rules, text, read)
    who, does = _subject(rules, text, verb), _shortened(text[verb:])
    if who.lower() in _ARTICLES:
        return _agent(rules, text, verb), f"{who} {does}"
    if _PASSIVE.match(plain(text), verb):
        return _agent(rules, text, read.cue_end), f"{who} {does}".strip()
    return who, does


def _agent(rules: Rules, text: str, start: int) -> str:
    """Who a passive verb says does it: the words behind "by" that are no time."""
    when = particulars.dates(rules, text)
    for agent in _AGENT.finditer(text, start):
        if not re.search(r"\d", agent[1]) and not any(
            a < agent.end() and agent.start() < b for a, b in when
        ):
            return agent[1].strip()
    return "not said"


def _verb(rules: Rules, text: str, read: Any) -> int:
    """Where the verb of a cue begins: behind a subject that the rule has matched with it."""
    subject = rules.particulars["subjects"].match(plain(text), read.cue_start)
    if subject is None or subject.end() >= read.cue_end:
        return read.cue_start
    return subject.end() + len(text[subject.end():]) - len(text[subject.end():].lstrip())


def _subject(rules: Rules, text: str, cue_start: int) -> str:
    """The words before a verb: those of its clause, from the last comma that leaves some.

    Where the clause has none ("… noted and decided"), those before the sentence's first verb.
    """
    bounds = [b for b in bounds_of(rules, rules.slots.read(plain(text)))[:-1] if b <= cue_start]
    for start, end in ((bounds[-1], cue_start), (0, _first_verb(rules, text, cue_start))):
        before = text[_list_start(text, start, end):end].strip(" ,")
        before = _REPORTED.sub("", before[_LEAD.match(before).end():])
        parts = [part.strip() for part in before.split(", ") if part.strip()]
        said = _AUXILIARY.sub("", _BACKGROUND.sub("", _last_name(parts)))
        when = particulars.dates(rules, said)
        if when and when[0][0] == 0:
            said = said[when[0][1]:].lstrip(" ,")
        if said and not _BACKGROUND.fullmatch(f"{said} "):
            return said
    return "not said"


def _list_start(text: str, start: int, end: int) -> int:
    """Where a clause's subject begins if it is the end of a list that a comma has parted."""
    if " and " in text[start:end] and text[start:end].lstrip().startswith(","):
        start = text.rfind(", ", 0, start) + 1 if ", " in text[:start] else 0
    return start


def _last_name(parts: list[str]) -> str:
    """The last part between commas, with those before it where they are one list of names."""
    first = len(parts) - 1
    if first > 0 and " and " in parts[first]:
        while first > 0 and _IN_LIST.fullmatch(parts[first - 1]):
            first -= 1
    return ", ".join(parts[first:]) if parts else ""


def _first_verb(rules: Rules, text: str, cue_start: int) -> int:
    words = rules.slots.read(plain(text))
    places = [start for rule in rules.rules for start, _ in rule.match.spans(words)]
    return min([cue_start, *places])


def _shortened(text: str) -> str:
    """The first words of what is done, up to where its reasons begin."""
    words = text.split()
    end = next((m.start() for m in _ENDS.finditer(text) if len(text[:m.start()].split()) >= 5),
               len(text))
    kept = text[:end].split()
    short = kept[:DOES_WORDS]
    return " ".join(short).rstrip(" ,;.") + (" …" if len(short) < len(words) else "")


def at_a_glance(table: pd.DataFrame) -> pd.DataFrame:
    """The table of `concrete` in few columns: what is named stands in one, each with its kind."""
    kinds = ("sum", "number", "date", "place", "body", "committed_means", "tense")
    rows = [
        {
            **{name: row[name] for name in ("statement", "sentence")},
            "does": f"{row['who']}: {row['does']}",
            "named": "; ".join(
                f"{CONCRETE[kind].label}: {row[kind]}" for kind in kinds
                if row[kind] and not (kind == "tense" and row[kind] == LOOKS["prospective"])
            ),
            "evidence": row["evidence"],
        }
        for row in table.to_dict("records")
    ]
    return tables.result(rows, columns=GLANCE, made_by="analysis.commitment_table.at_a_glance")


def sums(corpus: Corpus, levels: pd.DataFrame) -> pd.DataFrame:
    """Every sum of money in the texts: which do the parties commit, which are only named?

    Args:
        corpus: the statements in units.
        levels: what `commitments.read` returned.

    Returns:
        One row a sum, in order of the texts: `amount` in whole units of `currency`, all years
        together; `committed_means` is true in a decision (level 3). Evidence: the sentence.
    """
    rules = corpus.study.commitments
    rows = []
    for unit, read in zip(corpus.units.itertuples(), levels.itertuples(), strict=True):
        if pd.isna(read.level):
            continue
        for found in particulars.sums(rules, unit.text):
            rows.append(
                {
                    "statement": corpus.labels[unit.statement_id],
                    "sum": _sum(found, unit.text),
                    "amount": found.amount,
                    "currency": found.currency,
                    "committed_means": bool(read.level == 3),
                    "tense": LOOKS[read.tense],
                    "sentence": tables.marked(unit.text, [(found.start, found.end)]),
                    "evidence": [unit.sentence_id],
                }
            )
    return tables.result(rows, columns=SUMS, made_by="analysis.commitment_table.sums")


def followed_up(table: pd.DataFrame, ledger_table: pd.DataFrame) -> pd.DataFrame:
    """What became of each concrete commitment in a later statement?

    Args:
        table: what `concrete` returned.
        ledger_table: what `ledger.ledger` returned.

    Returns:
        One row a commitment and pair in which its statement is the earlier one. Evidence: both
        sentences. Commitments of statements without a later one in the ledger are left out.

    'Dropped' says that the later text does not repeat the clause, not that it was given up: a
    measure that has been carried out need not be announced again.
    """
    entries: dict[str, list[Any]] = {}
    for entry in ledger_table.itertuples():
        if entry.side == "earlier" and entry.evidence:
            entries.setdefault(entry.evidence[0], []).append(entry)
    rows = []
    for row in table.itertuples():
        for entry in entries.get(row.evidence[0], ()):
            rows.append(
                {
                    "statement": row.statement,
                    "does": row.does,
                    "pair": entry.pair,
                    "verdict": entry.verdict,
                    "source": entry.source,
                    "counterpart": entry.counterpart,
                    "evidence": list(entry.evidence),
                }
            )
    return tables.result(rows, columns=FOLLOWED, made_by="analysis.commitment_table.followed_up")


def concrete_reading(table: pd.DataFrame) -> list[str]:
    """How many decisions can be checked, and what they give, in words."""
    if table.empty:
        return ["No decision names a sum, number, date, place or body, or gives means."]
    said = []
    for statement, own in table.groupby("statement", sort=False):
        named = ", ".join(
            f"{what} {int((own[column] != '').sum())}"
            for column, what in (("sum", "a sum"), ("number", "a number"), ("date", "a time"),
                                 ("place", "a place"), ("body", "a body"))
        )
        given = own["committed_means"]
        kinds = [kind for kind in particulars.MEANS if given.str.contains(kind).any()]
        means = f"; given are {', '.join(kinds)}, in {int((given != '').sum())}" if kinds else ""
        said.append(f"{statement}: {len(own)} can be checked; named are {named}{means}.")
    return said


def followed_reading(table: pd.DataFrame) -> list[str]:
    """What became of the decisions, in words."""
    if table.empty:
        return ["No pair of statements has a ledger in which one of these decisions stands."]
    said = []
    for pair, own in table.groupby("pair", sort=False):
        counts = own["verdict"].replace("", "without a verdict").value_counts()
        parts = ", ".join(f"{counts[v]} {v}" for v in sorted(counts.index))
        said.append(f"{pair}: {parts}.")
    return said
