"""What are things called, where, and how often: naming, counted in complete texts.

The names are lists in wording.yaml. A list may ask that a word belong to a noun or verb ("illegal"
counts before "migration", not before "activities"); that is decided by a window of words, not by
grammar, and every occurrence is shown. Counts of complete texts have no sampling interval.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis import charts, charts_cells, dictionary, tables, tokens
from analysis.corpus import Corpus, spoken, unspoken
from analysis.dictionary import Category, Dictionary, Term
from analysis.tables import Column
from analysis.wordlists import Modified, Naming

# With more statements than this, a column for each is no longer read: they are taken by group and
# year.
MOST_STATEMENTS = 16

# Forms shown of each name: enough to see what was counted.
FORMS_SHOWN = 4

# More passages than this are no page, only a CSV.
PASSAGES_SHOWN = 1000

# METHODS: fewer dates than this are no series.
SERIES = 3

# What may stand between the words of one phrase besides spaces: quotation marks, brackets, commas.
_WITHIN = re.compile(r"[\s\"'“”‘’«»()\[\],/\-‐‑]*")
_SPACES = re.compile(r"[\s\"'“”‘’«»()\[\]\-‐‑]*")

COUNTS = {
    "list": Column("what is named"),
    "name": Column("named as"),
    "where": Column("where"),
    "date": Column("date"),
    "group": Column("group"),
    "n": Column("times", "count"),
    "per_1000": Column("per 1,000 words", "number"),
    "share": Column("of all these names there", "percent"),
    "forms": Column("as written"),
    "words": Column("words there", "count", aside=True),
}

PASSAGES = {
    "list": Column("what is named"),
    "name": Column("named as"),
    "where": Column("statement"),
    "words": Column("words"),
    "sentence": Column("sentence", "marked"),
}

# Some two million words: what is held as Python words at a time.
SENTENCES_AT_ONCE = 80_000

FOUND = ["list", "name", "statement_id", "sentence_id", "row", "start", "end", "noun_start",
         "noun_end", "form"]


@dataclass(frozen=True, slots=True)
class Place:
    """A column of the counts: one statement, or those of a group and year."""

    label: str
    date: str
    group: str
    statements: tuple[str, ...]


def places(corpus: Corpus) -> list[Place]:
    """The columns of the counts: statements by date, or groups and years if there are many."""
    own = set(spoken(corpus, corpus.study.wording.language))
    table = corpus.study.statements
    rows = [row for row in table.itertuples() if row.statement_id in own]
    labels, group_of = corpus.labels, corpus.group_of
    if len(rows) <= MOST_STATEMENTS:
        return [
            Place(labels[row.statement_id], row.date, group_of[labels[row.statement_id]],
                  (row.statement_id,))
            for row in rows
        ]
    taken: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        key = (row.date[:4] or "undated", group_of[labels[row.statement_id]])
        taken.setdefault(key, []).append(row.statement_id)
    return [
        Place(f"{group} {year}".strip(), "" if year == "undated" else year, group, tuple(ids))
        for (year, group), ids in sorted(taken.items())
    ]


def occurrences(corpus: Corpus, *, fold: bool = True) -> pd.DataFrame:
    """Where does each name of wording.yaml stand?

    Args:
        corpus: the statements in units; headings take part only if they are analysed.
        fold: count spelling variants as one word before matching.

    Returns:
        One row an occurrence, by list and place: `list` and `name` (ids), `statement_id`,
        `sentence_id`, `row` (place among the units), `start`, `end` (characters of the sentence),
        `noun_start`, `noun_end` (of the word it belongs to; −1 where a list asks for none) and
        `form` (as written, in lower case).
    """
    own = set(spoken(corpus, corpus.study.wording.language))
    keep = corpus.units["statement_id"].isin(own).to_numpy()
    rows = np.flatnonzero(keep)
    portions = [rows[at:at + SENTENCES_AT_ONCE] for at in range(0, len(rows), SENTENCES_AT_ONCE)]
    variants = None
    if fold and portions:
        seen = [_words(corpus, own).drop_duplicates("token") for own in portions]
        variants = tokens.spelling_variants(pd.concat(seen).drop_duplicates("token"))
    found: dict[str, list[tuple]] = {naming.id: [] for naming in corpus.study.wording.naming}
    for own in portions:
        words = _words(corpus, own)
        words = tokens.parts(words if variants is None else tokens.fold(words, variants))
        text = _Text(words, corpus.units["text"].to_numpy())
        for naming in corpus.study.wording.naming:
            found[naming.id] += text.named(naming)
    hits = [hit for own in found.values() for hit in own]
    table = pd.DataFrame(hits, columns=["list", "name", "row", "start", "end", "noun_start",
                                         "noun_end", "form"])
    places_of = table["row"].to_numpy(dtype=int)
    return table.assign(
        statement_id=corpus.units["statement_id"].to_numpy()[places_of],
        sentence_id=corpus.units["sentence_id"].to_numpy()[places_of],
    )[FOUND]


def _words(corpus: Corpus, rows: np.ndarray) -> pd.DataFrame:
    """The tokens of some units; `row` is the place among all."""
    words = tokens.tokenise(corpus.units.iloc[rows])
    return words.assign(row=rows[words["row"].to_numpy(dtype=int)])


class _Text:
    """The words of all sentences, searched for names."""

    def __init__(self, words: pd.DataFrame, texts: np.ndarray) -> None:
        place = np.arange(len(words))
        self.indexed = words.assign(start=place, end=place + 1, sentence_id=words["row"])
        self.word = words["token"].tolist()
        self.row = words["row"].tolist()
        self.start, self.end = words["start"].tolist(), words["end"].tolist()
        self.texts = texts

    def spans(self, terms: tuple[Term, ...]) -> list[tuple[int, int, str]]:
        """(first word, end, phrase) of every match, longest first, no word twice."""
        lists = Dictionary("", "", "", (), (Category("", "", "", terms),))
        found = dictionary.match(lists, self.indexed)
        return list(zip(found["start"], found["end"], found["term"], strict=True))

    def named(self, naming: Naming) -> list[tuple]:
        class_of = {t.phrase: c.id for c in naming.classes for t in c.terms}
        adverb_of = {t.phrase: c.id for c in naming.classes for t in c.adverbs}
        found = self.spans(tuple(t for c in naming.classes for t in c.terms))
        if naming.modifies is None:
            hits = [(first, end, class_of[term], None) for first, end, term in found]
        else:
            nouns = {first: end for first, end, _ in self.spans(naming.modifies.nouns)}
            verbs = {first: end for first, end, _ in self.spans(naming.modifies.verbs)}
            adverbs = self.spans(tuple(t for c in naming.classes for t in c.adverbs))
            hits = [
                (first, end, class_of[term], noun) for first, end, term in found
                if (noun := self._noun(end, nouns, naming.modifies)) is not None
            ]
            hits += [
                (first, end, adverb_of[term], verb) for first, end, term in adverbs
                if (verb := self._verb(first, end, verbs, naming.modifies)) is not None
            ]
        return [self._hit(naming.id, *hit) for hit in sorted(hits, key=lambda hit: hit[:3])]

    def _between(self, left: int, right: int) -> str | None:
        """What stands between two neighbouring words; None if they are of two sentences."""
        if right >= len(self.row) or left < 0 or self.row[left] != self.row[right]:
            return None
        return self.texts[self.row[left]][self.end[left]:self.start[right]]

    def _noun(self, end: int, nouns: dict[int, int], rule: Modified) -> tuple[int, int] | None:
        """The noun that an adjective ending before this word belongs to."""
        for word in range(end, end + rule.span + 1):
            gap = self._between(word - 1, word)
            if gap is None or not _WITHIN.fullmatch(gap):
                return None
            if word in nouns:
                joined = self.word[word - 1] in rule.joiners or "," in gap
                return None if joined else (word, nouns[word])
            if self.word[word] in rule.not_across:
                return None
        return None

    def _verb(
        self, first: int, end: int, verbs: dict[int, int], rule: Modified
    ) -> tuple[int, int] | None:
        """The nearest verb before or behind an adverb."""
        open_left, open_right = True, True
        for step in range(rule.verb_span + 1):
            left, right = first - 1 - step, end + step
            gap = self._between(left, left + 1)
            open_left = open_left and gap is not None and bool(_SPACES.fullmatch(gap))
            if open_left and left in verbs:
                return left, verbs[left]
            gap = self._between(right - 1, right)
            open_right = open_right and gap is not None and bool(_SPACES.fullmatch(gap))
            if open_right and right in verbs:
                return right, verbs[right]
        return None

    def _hit(self, naming: str, first: int, end: int, name: str, noun) -> tuple:
        row, start, stop = self.row[first], self.start[first], self.end[end - 1]
        text = self.texts[row]
        form = text[start:stop]
        at = (-1, -1)
        if noun is not None:
            at = (self.start[noun[0]], self.end[noun[1] - 1])
            parts = [(start, stop), at]
            form = " … ".join(text[a:b] for a, b in sorted(set(parts)))
            if max(at[0] - stop, start - at[1]) <= 1:
                form = text[min(start, at[0]):max(stop, at[1])]
        return naming, name, row, start, stop, *at, form.lower()


def counts(corpus: Corpus, found: pd.DataFrame) -> pd.DataFrame:
    """How often is each name used in each statement, of all names of its list?

    Args:
        corpus: the statements in units.
        found: what `occurrences` returned.

    Returns:
        One row a name and statement (of many statements: group and year), in the order of the
        lists and of dates; lists of which no name occurs are left out. `share` is NaN where none
        of the list's names occurs there. Evidence: the sentences.
    """
    units = corpus.units
    length = units.groupby("statement_id")["words"].sum()
    grouped = {key: part for key, part in found.groupby(["list", "name", "statement_id"])}
    columns = places(corpus)
    rows = []
    for naming in corpus.study.wording.naming:
        if not (found["list"] == naming.id).any():
            continue
        for name in naming.classes:
            for place in columns:
                own = _of(grouped, naming.id, [name.id], place)
                every = _of(grouped, naming.id, [c.id for c in naming.classes], place)
                n, words = sum(map(len, own)), int(length[list(place.statements)].sum())
                total = sum(map(len, every))
                forms = pd.concat(own)["form"].value_counts() if own else pd.Series(dtype=int)
                rows.append(
                    {
                        "list": naming.label,
                        "name": name.label,
                        "where": place.label,
                        "date": place.date,
                        "group": place.group,
                        "n": n,
                        "per_1000": 1000 * n / words,
                        "share": n / total if total else float("nan"),
                        "forms": _forms(forms),
                        "words": words,
                        "evidence": [i for part in own for i in dict.fromkeys(part["sentence_id"])],
                    }
                )
    return tables.result(rows, columns=COUNTS, made_by="analysis.wording.counts")


def _of(grouped: dict, naming: str, names: list[str], place: Place) -> list[pd.DataFrame]:
    keys = [(naming, name, statement) for statement in place.statements for name in names]
    return [grouped[key] for key in keys if key in grouped]


def _forms(forms: pd.Series) -> str:
    """The most frequent forms with their counts."""
    listed = sorted(forms.items(), key=lambda item: (-item[1], item[0]))
    more = f", {len(listed) - FORMS_SHOWN} more" if len(listed) > FORMS_SHOWN else ""
    return ", ".join(f"{form} {n}" for form, n in listed[:FORMS_SHOWN]) + more


def times_named(
    found: pd.DataFrame, *, list_id: str, name: str, statements: tuple[str, ...]
) -> tuple[int, list[str]]:
    """How often do these statements use a name, and in which sentences?

    Args:
        found: what `occurrences` returned.
        list_id, name: ids of a list and of one of its classes.
        statements: ids.
    """
    chosen = found[
        (found["list"] == list_id) & (found["name"] == name)
        & found["statement_id"].isin(statements)
    ]
    return len(chosen), list(dict.fromkeys(chosen["sentence_id"]))


def passages(corpus: Corpus, found: pd.DataFrame) -> pd.DataFrame:
    """Every occurrence of a name in its sentence, name and noun marked."""
    labels = {n.id: n.label for n in corpus.study.wording.naming}
    name_of = {(n.id, c.id): c.label for n in corpus.study.wording.naming for c in n.classes}
    text = corpus.units["text"].to_numpy()
    rows = [
        {
            "list": labels[hit.list],
            "name": name_of[hit.list, hit.name],
            "where": corpus.labels[hit.statement_id],
            "words": hit.form,
            "sentence": tables.marked(
                text[hit.row],
                [(hit.start, hit.end), *([(hit.noun_start, hit.noun_end)] * (hit.noun_end > 0))],
            ),
            "evidence": [hit.sentence_id],
        }
        for hit in found.itertuples()
    ]
    return tables.result(rows, columns=PASSAGES, made_by="analysis.wording.passages")


def display(table: pd.DataFrame) -> Literal["folded", "none"]:
    """Whether the passages are folded away on the page or left to the CSV."""
    return "folded" if len(table) <= PASSAGES_SHOWN else "none"


NONE_FOUND = "None of the words of wording.yaml stands in these texts."


def reading(corpus: Corpus, table: pd.DataFrame) -> list[str]:
    """Which names are in every text, and which in one group or one text alone, list by list."""
    said = unspoken(corpus, corpus.study.wording.language, "wording.yaml")
    if not corpus.study.wording.naming:
        return ["wording.yaml follows no names: write lists under its key naming."]
    if table.empty:
        return [*said, NONE_FOUND]
    for name, part in table.groupby("list", sort=False):
        if part["where"].nunique() > MOST_STATEMENTS:
            said.append(f"{name}: " + _overall(part))
            continue
        said.append(f"{name}: {_where(part)}.")
    return said


def _where(part: pd.DataFrame) -> str:
    """Which names of a list are in every text, in one group's alone, in one text alone."""
    texts = part["where"].nunique()
    every, by_group, nowhere, alone = [], {}, {}, []
    size = part.drop_duplicates("where").groupby("group")["where"].nunique()
    for name, own in part[part["n"] > 0].groupby("name", sort=False):
        groups, told = set(own["group"]), f"“{name}” {own['n'].sum()}"
        if len(own) == texts > 1:
            every.append(told)
        elif len(own) == 1:
            alone.append(f"{told} ({own['where'].iloc[0]})")
        elif len(groups) == 1 and "" not in groups:
            by_group.setdefault(groups.pop(), []).append(told)
        else:
            for group in [g for g in size.index if g and g not in groups and size[g] > 1]:
                nowhere.setdefault(group, []).append(told)
    said = [
        *([f"in every text {', '.join(every)}"] if every else []),
        *(f"in {group} alone {', '.join(names)}" for group, names in by_group.items()),
        *(f"nowhere in {group} {', '.join(names)}" for group, names in nowhere.items()),
        *([f"in one text alone {', '.join(alone)}"] if alone else []),
    ]
    return "; ".join(said) or "no name is in every text, or in one group or text alone"


def _overall(part: pd.DataFrame) -> str:
    total = part.groupby("name", sort=False)["n"].sum().sort_values(ascending=False, kind="stable")
    return ", ".join(f"“{name}” {n}" for name, n in total.head(5).items() if n) + " over all texts."


def series_note(corpus: Corpus) -> str:
    """What may be said of these counts over time."""
    dated: dict[str, set[str]] = {}
    for place in places(corpus):
        if place.date:
            dated.setdefault(place.group, set()).add(place.date)
    longest = max(map(len, dated.values()), default=0)
    start = "Descriptive: the texts are complete, so counts have no sampling interval. "
    if longest < SERIES:
        return start + (
            f"No group has {SERIES} dates, so that columns stand side by side and no line joins "
            "them: nothing is said about a course over time."
        )
    return start + "Columns are in order of date; what lies between two dates is not here."


def title(table: pd.DataFrame) -> str:
    """The picture's message: the leading name of each group's statements, of the first list."""
    if table.empty:
        return NONE_FOUND
    first = table[table["list"] == table["list"].iloc[0]]
    if first["group"].eq("").all() or first["where"].nunique() > MOST_STATEMENTS:
        return "Names, and how often each statement uses them"
    parts = []
    for group, own in first[first["group"] != ""].groupby("group", sort=False):
        heard = own[own["n"] > 0]
        if heard.empty:
            parts.append(f"{group}: none of these names")
            continue
        leaders = {
            where: cells.loc[cells["n"].idxmax(), "name"]
            for where, cells in heard.groupby("where", sort=False)
        }
        every = own["where"].nunique()
        names = list(dict.fromkeys(leaders.values()))
        if len(names) == 1 and len(leaders) == every:
            parts.append(f"{group}: “{names[0]}” " + ("leads" if every == 1 else
                         f"leads in all {every} texts"))
        else:
            parts.append(f"{group}: " + ", ".join(f"“{n}”" for n in names))
    return f"What {first['list'].iloc[0].lower()} is called: {'; '.join(parts)}"


def chart(corpus: Corpus, table: pd.DataFrame) -> charts.Chart | None:
    """The picture of the counts: names by statement, in order of date."""
    groups = dict(zip(table["where"], table["group"], strict=True))
    return charts_cells.tally(
        table, row="name", column="where", section="list", count="n", share="share",
        column_groups=groups, groups=charts.palette(corpus.group_labels), title=title(table),
    )
