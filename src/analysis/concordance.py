"""Where does a term stand, and in which company? Keyword in context, with links to the place."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from analysis import dictionary, tables, tokens
from analysis.corpus import Corpus
from analysis.dictionary import Category, Dictionary, Term
from analysis.errors import BadParameter, shown
from analysis.tables import Column
from analysis.wordlists import has_word

# Characters shown on either side; the sentence is a link away.
CONTEXT = 34

# More terms are no question; each would be read at its own place.
MOST_TERMS = 20

# More lines than this are folded away; more than the second number are no page, only a CSV.
LINES_OPEN, LINES_SHOWN = 25, 1000

LINES = {
    "statement": Column("statement"),
    "before": Column("before", "before"),
    "found": Column("found", "marked"),
    "after": Column("after", "after"),
    "term": Column("term"),
}


def terms_of(corpus: Corpus, asked: str) -> list[str]:
    """The terms that a reader asks for: separated by `;`, each a word or phrase with * and ?.

    Args:
        corpus: its study's wording.yaml names the terms where nothing is asked for.
        asked: the parameter `kwic`.

    Raises:
        BadParameter: a term holds no letter, or there are more than `MOST_TERMS`.
    """
    terms = [" ".join(term.split()) for term in asked.split(";")]
    terms = list(dict.fromkeys(filter(None, terms))) or list(corpus.study.wording.kwic)
    bad = [term for term in terms if not has_word(term) or "@" in term]
    if bad:
        raise BadParameter(
            f"kwic: {shown(bad[0])} has no word in it; write words or phrases separated by ';', "
            "with * for any letters"
        )
    if len(terms) > MOST_TERMS:
        raise BadParameter(f"kwic: {len(terms)} terms, at most {MOST_TERMS} are listed; ask for "
                           "fewer")
    return terms


def lines(corpus: Corpus, terms: list[str], *, fold: bool = True) -> pd.DataFrame:
    """Every place of each term with what stands before and after it in its sentence.

    A term finds its words as they are written, within compounds, and, with `fold`, as they are
    counted: "cooperat*" finds "co-operation", "smuggl*" finds "anti-smuggling".

    Args:
        corpus: the statements in units, a commentary included.
        terms: what `terms_of` returned.
        fold: count spelling variants as one word.

    Returns:
        One row a place: by term, then by the word found, what follows it, and place in the study.
        Evidence: the sentence.
    """
    raw = tokens.tokenise(corpus.units)
    streams = [raw, tokens.fold(raw, tokens.spelling_variants(raw))] if fold else [raw]
    streams.append(tokens.parts(streams[-1]))
    units = corpus.units
    text, identifiers = units["text"].to_numpy(), units["sentence_id"].to_numpy()
    statement = units["statement_id"].to_numpy()
    rows = []
    for term in terms:
        lists = Dictionary("", "", "", (), (Category("", "", "", (Term(term),)),))
        found = pd.concat([dictionary.match(lists, words) for words in streams])
        places = _apart(sorted(zip(found["row"], found["start"], -found["end"], strict=True)))
        own = [
            {
                "term": term,
                "before": _cut_left(text[row][:start]),
                "found": tables.marked(text[row][start:end], [(0, end - start)]),
                "after": _cut_right(text[row][end:]),
                "statement": corpus.labels[statement[row]],
                "evidence": [identifiers[row]],
            }
            for row, start, end in places
        ]
        own.sort(key=_by_company)
        rows += own
    return tables.result(rows, columns=LINES, made_by="analysis.concordance.lines")


def _by_company(line: dict) -> tuple[str, str]:
    """The word found, then what follows it."""
    return "".join(line["found"]).lower(), line["after"].strip(" ,.;:").lower()


def _apart(places: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """(row, start, end) without those that overlap an earlier or longer one of the same row."""
    kept: list[tuple[int, int, int]] = []
    for row, start, minus_end in places:
        if not kept or kept[-1][0] != row or start >= kept[-1][2]:
            kept.append((row, start, -minus_end))
    return kept


def _cut_left(text: str) -> str:
    if len(text) <= CONTEXT:
        return text.strip()
    kept = text[-CONTEXT:]
    return "… " + (kept.split(" ", 1)[1] if " " in kept.strip() else kept).strip()


def _cut_right(text: str) -> str:
    if len(text) <= CONTEXT:
        return text.strip()
    kept = text[:CONTEXT]
    return (kept.rsplit(" ", 1)[0] if " " in kept.strip() else kept).strip() + " …"


def display(table: pd.DataFrame) -> Literal["table", "folded", "none"]:
    """Whether the lines are shown, folded away, or left to the CSV."""
    if len(table) > LINES_SHOWN:
        return "none"
    return "table" if len(table) <= LINES_OPEN else "folded"


def reading(corpus: Corpus, terms: list[str], table: pd.DataFrame) -> list[str]:
    """How often each term was found, and in how many texts."""
    if not terms:
        return ["No term is asked for, and wording.yaml names none: set kwic."]
    parts = []
    for term in terms:
        own = table[table["term"] == term]
        parts.append(
            f"“{term}” {len(own)} in {own['statement'].nunique()} of {len(corpus.labels)} texts"
            if len(own) else f"“{term}” nowhere"
        )
    return ["Found: " + "; ".join(parts) + "."]
