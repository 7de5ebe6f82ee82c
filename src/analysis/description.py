"""What is compared: length, structure, diversity and readability of each statement.

These describe the texts as they are. They are complete counts, not estimates, and carry no
verdict: format, drafter, layout and length differ together between these statements.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from analysis import scale, tables, word_boundaries
from analysis.corpus import Corpus
from analysis.languages import base
from analysis.tables import Column
from analysis.tokens import tokenise

# The window of the moving-average type–token ratio; 100 words is the value the peers report, and
# shorter than every statement here.
WINDOW = 100

# Whole texts read at once: of 300 words each, a machine of two gigabytes holds their tokens easily.
TEXTS_AT_ONCE = 2_000

TIMELINE = {
    "date": Column("date"),
    "label": Column("what"),
    "kind": Column("kind"),
    "group": Column("group"),
    "texts": Column("texts", "count", aside=True),
    "source": Column("source or basis of the date"),
}

#: The kinds of entry of the timeline: what is analysed, what is known to be missing, context.
IN_CORPUS, ABSENT, EVENT = "in the corpus", "known, not in the corpus", "event"

# From here on one text outweighs another so far that a pooled figure says little about both.
UNEQUAL = 2.0

STRUCTURE = {
    "statement": Column("statement"),
    "group": Column("group"),
    "words": Column("words analysed", "count"),
    "set_aside": Column("words set aside", "count"),
    "sentences": Column("sentences analysed", "count"),
    "paragraphs": Column("paragraphs", "count"),
    "list_items": Column("list items", "count"),
    "headings": Column("headings", "count"),
    "boilerplate": Column("furniture, datelines and footnotes", "count"),
    "words_per_sentence": Column("words a sentence, median", "number"),
}

SET_ASIDE = {
    "statement": Column("statement"),
    "kind": Column("kind"),
    "reason": Column("why it was set aside"),
    "text": Column("text"),
    "words": Column("words", "count"),
}

DIVERSITY = {
    "statement": Column("statement"),
    "words": Column("words", "count"),
    "types": Column("different words", "count"),
    "ttr": Column("types / words", "number"),
    "mattr": Column(f"the same in windows of {WINDOW} words", "number"),
    "yule_k": Column("Yule's K", "number"),
}

WORD_COUNTS = {
    "statement": Column("statement"),
    "tokens": Column("tokens, whole text", "count"),
    "types": Column("types, whole text", "count"),
    "signs": Column("tokens without letter or digit", "count"),
}

READABILITY = {
    "statement": Column("statement"),
    "ease_low": Column("reading ease, lowest", "number"),
    "ease_high": Column("reading ease, highest", "number"),
    "grade_low": Column("school grade, lowest", "number"),
    "grade_high": Column("school grade, highest", "number"),
}


def timeline(corpus: Corpus) -> pd.DataFrame:
    """When was each statement made, and which known statements of the period are missing?

    Returns:
        One row an entry, by date, of many statements (`scale.many`) one a year; undated statements
        are left to the table of statements.
    """
    study = corpus.study
    dated = study.statements[study.statements["date"] != ""]
    if scale.many(study):
        rows = [
            {"date": year, "label": f"{n:,} statements", "kind": IN_CORPUS, "group": "",
             "texts": int(n), "source": ""}
            for year, n in dated["date"].str[:4].value_counts().items()
        ]
    else:
        rows = [
            {
                "date": row.date,
                "label": row.title,
                "kind": IN_CORPUS,
                "group": study.groups[row.group].label if row.group else "",
                "texts": 1,
                "source": row.date_basis,
            }
            for row in dated.itertuples()
        ]
    for entries, kind, name in ((study.absent, ABSENT, "title"), (study.events, EVENT, "label")):
        rows += [
            {
                "date": entry.date,
                "label": getattr(entry, name),
                "kind": kind,
                "group": "",
                "texts": 1 if kind == ABSENT else None,
                "source": entry.source,
            }
            for entry in entries
        ]
    rows.sort(key=lambda row: (row["date"], row["kind"], row["label"]))
    return tables.result(rows, columns=TIMELINE, made_by="analysis.description.timeline")


def _texts(entries: pd.DataFrame, kind: str) -> int:
    return int(entries.loc[entries["kind"] == kind, "texts"].sum())


def timeline_title(entries: pd.DataFrame) -> str:
    """The timeline's message: how many known statements are missing beside those held."""
    return (
        f"{_texts(entries, IN_CORPUS):,} dated texts are in the corpus, {_texts(entries, ABSENT):,} "
        "further statements are known and missing"
    )


def timeline_reading(entries: pd.DataFrame) -> list[str]:
    """How much of the known record the corpus holds, in words."""
    if not (entries["kind"] == IN_CORPUS).any():
        return ["No text is dated: nothing can be said about what changed when."]
    held, missing = _texts(entries, IN_CORPUS), _texts(entries, ABSENT)
    if not missing:
        return ["The study names no statement that is known and missing; that is not to say that "
                "there is none."]
    dates = entries.loc[entries["kind"] == IN_CORPUS, "date"]
    between = entries[
        (entries["kind"] == ABSENT)
        & (entries["date"] > dates.min())
        & (entries["date"] < dates.max())
    ]
    return [
        f"The corpus holds {held:,} dated texts; the study names {missing} further statements "
        f"that it does not hold, {len(between)} of them from between its first "
        f"({dates.min()}) and last ({dates.max()}) text.",
        "Whatever changes from one text to the next may have changed in a statement that is "
        "missing here: differences below are between these texts, not between years.",
    ]


def structure(corpus: Corpus, shown: Corpus) -> pd.DataFrame:
    """How long is each statement, or group of many statements, and what is it made of?

    Args:
        corpus: the statements in units.
        shown: `scale.by_group` of it, which is the corpus itself if the statements are few.
    """
    pool = scale.pool_of(corpus, shown)
    blocks = corpus.blocks
    place = blocks["statement_id"].map(pool)
    words = blocks["words"].where(blocks["analysed"], 0).groupby(place).sum()
    aside = blocks["words"].where(~blocks["analysed"], 0).groupby(place).sum()
    kinds = pd.crosstab(place, blocks["kind"])
    units = shown.units
    median = units.loc[units["words"] > 0, "words"].groupby(units["statement_id"]).median()

    def count(identifier: str, *names: str) -> int:
        return int(sum(kinds.at[identifier, name] for name in names if name in kinds))

    rows = [
        {
            "statement": label,
            "group": shown.group_of[label],
            "words": int(words[identifier]),
            "set_aside": int(aside[identifier]),
            "sentences": len(shown.unit_rows[identifier]),
            "paragraphs": count(identifier, "paragraph"),
            "list_items": count(identifier, "list_item"),
            "headings": count(identifier, "heading"),
            "boilerplate": count(identifier, "boilerplate", "dateline", "footnote"),
            "words_per_sentence": float(median[identifier]),
        }
        for identifier, label in shown.labels.items()
    ]
    return tables.result(rows, columns=STRUCTURE, made_by="analysis.description.structure")


def _unequal(table: pd.DataFrame) -> bool:
    """Whether pooled figures would mostly be about the longest text."""
    return bool(table["words"].max() >= UNEQUAL * table["words"].min())


def structure_title(table: pd.DataFrame, *, what: str = "texts") -> str:
    """The message of the figure of lengths; `what` its rows are."""
    longest = table.loc[table["words"].idxmax()]
    if not _unequal(table):
        return f"The {what} have {table['words'].min():,} to {table['words'].max():,} words"
    share = 100 * longest["words"] / table["words"].sum()
    return f"{longest['statement']} alone holds {share:.0f} % of all analysed words"


def headline(corpus: Corpus, entries: pd.DataFrame, table: pd.DataFrame) -> str:
    """The page's answer in two or three sentences."""
    missing = _texts(entries, ABSENT)
    what = "groups" if scale.many(corpus.study) else "texts"
    absent = (
        f"{missing} further statements that the study names are not among them"
        if missing
        else "the study names none that is missing"
    )
    weights = ", so groups are compared with statements weighing equally" if _unequal(table) else ""
    return (
        f"{len(corpus.study.statements):,} texts with {int(table['words'].sum()):,} analysed words are compared; "
        f"{absent}. {structure_title(table, what=what)}{weights}."
    )


def _within_group(table: pd.DataFrame) -> str:
    """How far the longest text outweighs the others of its own group, as a sentence or nothing."""
    longest = table.loc[table["words"].idxmax()]
    own = table[(table["group"] == longest["group"]) & (table["group"] != "")]
    if len(own) < 2:
        return ""
    share = 100 * longest["words"] / own["words"].sum()
    return f"Of the words of {longest['group']} it holds {share:.0f} %. "


def structure_reading(table: pd.DataFrame) -> list[str]:
    """How unequal the statements are, in words."""
    longest = table.loc[table["words"].idxmax()]
    shortest = table.loc[table["words"].idxmin()]
    total = int(table["words"].sum())
    aside = int(table["set_aside"].sum())
    lists = table[table["list_items"] > table["paragraphs"]]["statement"].tolist()
    layout = (
        f"More list items than paragraphs have {' and '.join(lists)}: layout alone makes their "
        "sentences shorter and more."
        if lists
        else "None of them has more list items than paragraphs."
    )
    lengths = (
        f"The texts are of similar length, {shortest['words']:,} to {longest['words']:,} words."
    )
    if _unequal(table):
        lengths = (
            f"{longest['statement']} is the longest with {longest['words']:,} analysed words, "
            f"{100 * longest['words'] / total:.0f} % of all and "
            f"{longest['words'] / shortest['words']:.1f} times the shortest, "
            f"{shortest['statement']} ({shortest['words']:,}). {_within_group(table)}Pooled "
            "figures would lean towards that text; group figures therefore weigh statements equally."
        )
    return [
        lengths,
        f"{aside:,} words ({100 * aside / (total + aside):.1f} % of all) were set aside. {layout}",
    ]


def set_aside(corpus: Corpus) -> pd.DataFrame:
    """Which passages are not analysed, and why?

    Returns:
        One row a block that is not analysed, in order of the source; evidence: its sentences.
    """
    ids = corpus.sentences.groupby(["statement_id", "block"])["sentence_id"].agg(list)
    rows = [
        {
            "statement": corpus.labels[block.statement_id],
            "kind": block.kind.replace("_", " "),
            "reason": block.reason,
            "text": block.text,
            "words": int(block.words),
            "evidence": ids.get((block.statement_id, block.block), []),
        }
        for block in corpus.blocks[~corpus.blocks["analysed"]].itertuples()
    ]
    return tables.result(rows, columns=SET_ASIDE, made_by="analysis.description.set_aside")


def diversity_reading(table: pd.DataFrame) -> list[str]:
    """What the measures of diversity say together, in words."""
    measured = table.dropna(subset=["mattr"])
    if len(measured) < 2:
        return [f"Fewer than two texts have {WINDOW} words: nothing to compare."]
    top, bottom = measured.loc[measured["mattr"].idxmax()], measured.loc[measured["mattr"].idxmin()]
    plain = measured.loc[measured["ttr"].idxmax(), "statement"]
    length = "the shortest text" if plain == measured.loc[measured["words"].idxmin(), "statement"] \
        else "not the shortest text"
    return [
        f"In windows of equal length {top['statement']} is the most varied ({top['mattr']:.2f}) "
        f"and {bottom['statement']} the least ({bottom['mattr']:.2f}). The plain ratio of types to "
        f"words is highest in {plain}, {length}; it falls with length and is no comparison.",
    ]


def readability_reading(table: pd.DataFrame) -> list[str]:
    """Whether the readings of each statement overlap, in words."""
    known = table.dropna()
    if known.empty:
        return ["The formulas are for English; no statement here is in English."]
    widest = (known["ease_high"] - known["ease_low"]).max()
    overlap = known["ease_low"].max() <= known["ease_high"].min()
    verdict = (
        "The ranges of all statements overlap: the formulas do not tell them apart."
        if overlap
        else "Not all ranges overlap; drafters and layout may differ, so no conclusion is drawn."
    )
    return [
        f"Two defensible ways to count syllables and sentences move a text's reading ease by up to "
        f"{widest:.0f} points. {verdict}"
    ]


def type_token_ratio(tokens: Sequence[str]) -> float:
    """Different words per word; NaN without words. Falls with length: compare equal lengths only.

    >>> type_token_ratio(["a", "b", "a", "c"])
    0.75
    """
    return len(set(tokens)) / len(tokens) if tokens else math.nan


def moving_average_ttr(tokens: Sequence[str], *, window: int = WINDOW) -> float:
    """Mean type–token ratio over all windows of a fixed length; NaN for a shorter text.

    Source: Covington, M. & McFall, J. (2010), Journal of Quantitative Linguistics 17(2).

    >>> moving_average_ttr(["a", "b", "a", "a"], window=2)
    0.8333333333333334
    """
    n = len(tokens)
    if n < window:
        return math.nan
    # A word is new in the windows that hold it and begin behind its previous occurrence.
    codes = pd.factorize(pd.Series(tokens, dtype=object))[0]
    order = np.argsort(codes, kind="stable")
    again = codes[order][1:] == codes[order][:-1]
    previous = np.full(n, -1)
    previous[order[1:][again]] = order[:-1][again]
    place = np.arange(n)
    first = np.maximum(np.maximum(previous + 1, place - window + 1), 0)
    last = np.minimum(place, n - window)
    total = int(np.maximum(last - first + 1, 0).sum())
    return total / (n - window + 1) / window


def yule_k(tokens: Sequence[str]) -> float:
    """Yule's characteristic: 10⁴ (Σ i² Vᵢ − N) / N², with Vᵢ words that occur i times.

    Source: Yule, G. U. (1944), The Statistical Study of Literary Vocabulary, Cambridge UP.

    >>> yule_k(["a", "a", "b"])
    2222.222222222222
    """
    n = len(tokens)
    if not n:
        return math.nan
    return 1e4 * (sum(i * i for i in Counter(tokens).values()) - n) / n**2


def diversity(corpus: Corpus) -> pd.DataFrame:
    """How varied is each statement's vocabulary?"""
    rows = []
    for identifier, label in corpus.labels.items():
        words = tokenise(corpus.units.iloc[corpus.unit_rows[identifier]])["token"].tolist()
        rows.append(
            {
                "statement": label,
                "words": len(words),
                "types": len(set(words)),
                "ttr": type_token_ratio(words),
                "mattr": moving_average_ttr(words),
                "yule_k": yule_k(words),
            }
        )
    return tables.result(rows, columns=DIVERSITY, made_by="analysis.description.diversity")


def word_counts(
    corpus: Corpus, *, rule: Literal["letters", "quanteda"] = "letters"
) -> pd.DataFrame:
    """How many tokens and types does each whole text have, by which rule?

    Args:
        corpus: the statements in units.
        rule: `letters`, the words that all analyses count, in lower case; or `quanteda`, its
            default tokens: signs and numbers, too, case kept (`word_boundaries.split`).

    Returns:
        One row a statement; of the text as decoded, with headings and what was set aside, for
        that is what other packages count.
    """
    texts = corpus.study.statements[["statement_id", "language"]].assign(
        text=[corpus.study.texts[name] for name in corpus.study.statements["statement_id"]]
    ).rename(columns={"statement_id": "sentence_id"})
    counted = {}
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        part = texts.iloc[start:start + TEXTS_AT_ONCE]
        counted |= _tokens_of(part, quanteda=rule == "quanteda")
    rows = [
        {"statement": label, **counted[identifier]} for identifier, label in corpus.labels.items()
    ]
    return tables.result(rows, columns=WORD_COUNTS, made_by="analysis.description.word_counts")


# Texts whose tokens are held at a time.
_TEXTS_AT_ONCE = 5_000


def _tokens_of(texts: pd.DataFrame, *, quanteda: bool) -> dict[str, dict[str, int]]:
    names = texts["sentence_id"].tolist()
    if quanteda:
        split = [word_boundaries.split(text) for text in texts["text"]]
        return {
            name: {"tokens": len(own), "types": len(set(own)), "signs": sum(map(_is_sign, own))}
            for name, own in zip(names, split, strict=True)
        }
    found = {}
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        own = names[start:start + _TEXTS_AT_ONCE]
        by_text = tokenise(texts.iloc[start:start + _TEXTS_AT_ONCE]).groupby("row")["token"]
        size, types = by_text.size(), by_text.nunique()
        found |= {
            name: {"tokens": int(size.get(row, 0)), "types": int(types.get(row, 0)), "signs": 0}
            for row, name in enumerate(own)
        }
    return found


def _is_sign(token: str) -> bool:
    return not any(character.isalnum() for character in token)


_VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöùûü]+")


def syllables(word: str) -> tuple[int, int]:
    """A word's syllables by two rules of thumb: groups of vowels, and the same with silent e.

    Neither is right for every word; the pair gives the range that readability is reported with.

    >>> syllables("measures"), syllables("cooperation")
    ((3, 2), (5, 5))
    """
    groups = len(_VOWELS.findall(word)) or 1
    silent = bool(re.search(r"[^aeiouyl](e|es|ed)$", word)) and not re.search(
        r"([td]ed|[sxzc]es|[sc]hes|ges)$", word
    )
    return groups, max(1, groups - silent)


def reading_ease(words: int, sentences: int, syllable_count: int) -> float:
    """206.835 − 1.015 words/sentences − 84.6 syllables/words.

    Source: Flesch, R. (1948), Journal of Applied Psychology 32(3).

    >>> round(reading_ease(100, 5, 150), 3)
    59.635
    """
    if not words or not sentences:
        return math.nan
    return 206.835 - 1.015 * words / sentences - 84.6 * syllable_count / words


def school_grade(words: int, sentences: int, syllable_count: int) -> float:
    """0.39 words/sentences + 11.8 syllables/words − 15.59.

    Source: Kincaid, J. P. et al. (1975), Research Branch Report 8-75, Naval Technical Training.

    >>> round(school_grade(100, 5, 150), 2)
    9.91
    """
    if not words or not sentences:
        return math.nan
    return 0.39 * words / sentences + 11.8 * syllable_count / words - 15.59


def readability(corpus: Corpus) -> pd.DataFrame:
    """Between which values do readability formulas put each statement?

    Four readings: two rules for syllables, and list items counted as sentences or joined with
    their list head into one. The range is what packages would disagree about; it is no interval.
    English formulas: other languages get no figure.

    Returns:
        One row a statement; NaN where the statement is not in English.
    """
    languages = corpus.study.statements.set_index("statement_id")["language"]
    rows = []
    for identifier, label in corpus.labels.items():
        units = corpus.units.iloc[corpus.unit_rows[identifier]]
        words = tokenise(units)["token"]
        ease, grade = [math.nan], [math.nan]
        if base(languages[identifier]) == "en" and len(words):
            times = words.value_counts()
            totals = np.array([syllables(word) for word in times.index]).T @ times.to_numpy()
            items = int((units["kind"] == "list_item").sum())
            counts = {len(units), max(1, len(units) - items)}
            readings = [
                (len(words), sentences, int(totals[rule]))
                for sentences in sorted(counts)
                for rule in (0, 1)
            ]
            ease = [reading_ease(*reading) for reading in readings]
            grade = [school_grade(*reading) for reading in readings]
        rows.append(
            {
                "statement": label,
                "ease_low": min(ease),
                "ease_high": max(ease),
                "grade_low": min(grade),
                "grade_high": max(grade),
            }
        )
    return tables.result(rows, columns=READABILITY, made_by="analysis.description.readability")
