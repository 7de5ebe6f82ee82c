"""The reader's own comparison, as it is written: any two sets of statements or passages.

How a comparison is written (the parameter `contrast`):

    A: uk-fr-2015-08-20, uk-fr-2022-11-14; B: format=multilateral
    A: "small boat*"; B: rest
    A: calais-group-2022-12:b3-b9; B: calais-group-2024-03-04
    A: group=bilateral & "return*"; B: group=multilateral & "return*"

A side is one or more parts with commas between: all of them together. A part is
    an id                a statement; with * and ?, all whose ids match
    id:b3 or id:b3-b9    passages (paragraphs, list items) of a statement, by number
    column=value         statements with this value in a column of statements.csv, or `group` and
                         the id of a group; * and ? as above; upper and lower case are one; a
                         value with , ; or & stands in quotation marks
    "words"              passages of the statements that hold a word or phrase (* and ? as in
                         dictionaries); quotation marks are needed
    rest                 whatever of the statements the other side leaves
and `&` between two parts keeps what is in both. A name in quotation marks before the colon names a
side: `A "With boats": "small boat*"; B: rest`. Nothing of it is ever run: it is read as text.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator

import numpy as np

from analysis import dictionary, sides, tokens, vectors
from analysis.corpus import Corpus
from analysis.dictionary import Category, Dictionary, Term
from analysis.errors import BadParameter, shown, suggest
from analysis.sides import Sides
from analysis.wordlists import has_word

# A longer text is no comparison that a reader could follow.
MOST_CHARACTERS = 2000

#: What every table and sentence of the reader's own comparison says of it.
MARK = "not declared beforehand"

EXAMPLE = "A: format=bilateral; B: format=multilateral"

# A column with a value in quotation marks, a phrase in them, a mark, anything else.
_TOKEN = re.compile(
    r"""\s*(?:(?P<column>[^;,&"“”=]+=)\s*(?:"(?P<value>[^"]*)"|“(?P<curly_value>[^”]*)”)"""
    r"""|"(?P<phrase>[^"]*)"|“(?P<curly_phrase>[^”]*)”|(?P<mark>[,&])|(?P<word>[^;,&"“”]+))"""
)
_SIDE = re.compile(r"\s*([ABab])\s*(?:\"([^\"]*)\"|“([^”]*)”)?\s*:\s*(.*)\s*", re.DOTALL)
_BLOCKS = re.compile(r"(\S+):b(\d+)(?:\s*-\s*b?(\d+))?")


def read(corpus: Corpus, text: str) -> list[Sides]:
    """Which two sets of units does the reader want to compare? None where the text is empty.

    Args:
        corpus: the statements in units.
        text: as the module describes.

    Returns:
        One comparison, or an empty list.

    Raises:
        BadParameter: in one line, what cannot be read or found, or which side is empty, or what
            stands on both sides.
    """
    if not text.strip():
        return []
    if len(text) > MOST_CHARACTERS:
        raise BadParameter(f"contrast: has {len(text):,} characters, at most {MOST_CHARACTERS:,}")
    parts = _split(text)
    if len(parts) != 2:
        raise BadParameter(
            f"contrast: {shown(text)} has {len(parts)} side(s), not 2; write them with ';' "
            f"between: {EXAMPLE}"
        )
    matches = [_SIDE.fullmatch(part) for part in parts]
    if not all(matches) or [m[1].upper() for m in matches if m] != ["A", "B"]:
        raise BadParameter(
            f"contrast: {shown(text)} must read 'A: …; B: …', such as {EXAMPLE}"
        )
    asked = [m[4].strip() for m in matches]
    names = [" ".join((m[2] or m[3] or "").split()) for m in matches]
    found = [_side(corpus, side, what) for side, what in zip("AB", asked, strict=True)]
    if found[0] is None and found[1] is None:
        raise BadParameter("contrast: both sides are 'rest'; say what one of them is")
    own = vectors.baseline(corpus.units, corpus.study.statements)
    a, b = (
        mask if mask is not None else own & ~found[1 - place]
        for place, mask in enumerate(found)
    )
    _refuse(corpus, asked, a, b)
    labels = [name or what for name, what in zip(names, asked, strict=True)]
    if labels[0] == labels[1]:
        labels = [f"A: {labels[0]}", f"B: {labels[1]}"]
    return [Sides(f"{labels[0]} against {labels[1]} ({MARK})", *labels, a, b, False)]


def _split(text: str) -> list[str]:
    """The sides: what `;` parts outside quotation marks."""
    parts, inside, current = [], "", ""
    for character in text:
        if inside:
            inside = "" if character == inside else inside
        elif character in "\"“":
            inside = "”" if character == "“" else character
        elif character == ";":
            parts.append(current)
            current = ""
            continue
        current += character
    if inside:
        raise BadParameter(f"contrast: a quotation mark is not closed in {shown(text)}")
    return [part for part in [*parts, current] if part.strip()]


def _refuse(corpus: Corpus, asked: list[str], a: np.ndarray, b: np.ndarray) -> None:
    for side, what, mask in zip("AB", asked, (a, b), strict=True):
        if not mask.any():
            raise BadParameter(
                f"contrast: side {side} ({shown(what)}) is empty: no analysed passage fits; loosen "
                "it"
            )
    if (a & b).any():
        both = corpus.units[a & b]
        names = list(dict.fromkeys(
            f"{row.statement_id}:b{row.block}" for row in both.itertuples()
        ))
        raise BadParameter(
            f"contrast: {len(names)} passage(s) stand on both sides, such as {names[0]}; leave "
            "each on one, or write 'B: rest'"
        )


def _side(corpus: Corpus, side: str, text: str) -> np.ndarray | None:
    """(units,) what a side holds; None for `rest` alone."""
    if text.lower() == "rest":
        return None
    union, current, waits = np.zeros(len(corpus.units), dtype=bool), None, True
    free, place = True, 0
    own = vectors.baseline(corpus.units, corpus.study.statements)
    for match in _tokens(side, text):
        place += 1
        mark = match["mark"]
        phrase = match["curly_phrase"] if match["phrase"] is None else match["phrase"]
        if bool(mark) == waits:
            raise BadParameter(
                f"contrast: side {side}: {shown(text)} cannot be read near part {place}; write "
                "parts with ',' or '&' between, words in quotation marks"
            )
        if mark == ",":
            union |= current & own if free else current
            current, free = None, True
        if not mark:
            found = _found(corpus, side, match, phrase)
            current = found if current is None else current & found
            free = free and phrase is not None
        waits = bool(mark)
    if waits or current is None:
        raise BadParameter(f"contrast: side {side} ({shown(text)}) ends too early; {EXAMPLE}")
    return union | (current & own if free else current)


def _tokens(side: str, text: str) -> Iterator[re.Match[str]]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if not match:
            raise BadParameter(f"contrast: side {side}: {shown(text[place:])} cannot be read")
        place = match.end()
        if match["word"] is None or match["word"].strip():
            yield match


def _found(corpus: Corpus, side: str, match: re.Match[str], phrase: str | None) -> np.ndarray:
    """(units,) what one part of a side names."""
    if match["column"]:
        value = match["value"] or match["curly_value"] or ""
        return _having(corpus, side, match["column"][:-1].strip(), value.strip())
    return _named(corpus, side, match["word"].strip()) if phrase is None else _quoted(
        corpus, side, phrase)


def _quoted(corpus: Corpus, side: str, phrase: str) -> np.ndarray:
    """Units of the passages that hold a phrase, as written or as counted."""
    if not has_word(phrase) or "@" in phrase:
        raise BadParameter(
            f"contrast: side {side}: {shown(phrase)} has no word in it; write a word or a phrase"
        )
    raw = tokens.tokenise(corpus.units)
    lists = Dictionary("", "", "", (), (Category("", "", "", (Term(phrase),)),))
    rows: set[int] = set()
    for words in (raw, tokens.fold(raw, tokens.spelling_variants(raw))):
        rows.update(dictionary.match(lists, words)["row"].astype(int))
    block = sides.passages(corpus)
    return block.isin(set(block.iloc[sorted(rows)])).to_numpy()


def _named(corpus: Corpus, side: str, word: str) -> np.ndarray:
    """Units of an id, of passages of an id, or of a value in a column."""
    statement = corpus.units["statement_id"]
    if "=" in word:
        column, _, value = (part.strip() for part in word.partition("="))
        return _having(corpus, side, column, value)
    known = list(corpus.labels)
    blocks = _BLOCKS.fullmatch(word)
    if blocks and blocks[1] in known:
        first, last = int(blocks[2]), int(blocks[3] or blocks[2])
        numbers = corpus.units["block"]
        found = (statement == blocks[1]) & (numbers >= first) & (numbers <= last)
        if not found.any():
            raise BadParameter(
                f"contrast: side {side}: {blocks[1]} has no analysed passage from b{first} to "
                f"b{last}; its analysed ones lie from b{numbers[statement == blocks[1]].min()} to "
                f"b{numbers[statement == blocks[1]].max()}"
            )
        return found.to_numpy()
    if word.lower() == "rest":
        raise BadParameter(
            f"contrast: side {side}: 'rest' stands alone on its side; leave the other parts out"
        )
    ids = fnmatch.filter(known, word)
    if not ids:
        name = blocks[1] if blocks else word
        raise BadParameter(
            f"contrast: side {side}: unknown statement {shown(name)}; {suggest(name, known)}; "
            "words to search for stand in quotation marks"
        )
    return statement.isin(ids).to_numpy()


def _having(corpus: Corpus, side: str, column: str, value: str) -> np.ndarray:
    """Units of the statements with this value in this column."""
    table = corpus.study.statements.rename(columns={"statement_id": "id"})
    if column not in table:
        raise BadParameter(
            f"contrast: side {side}: statements.csv has no column {shown(column)}; "
            f"{suggest(column, list(table.columns))}"
        )
    values = table[column].astype(str)
    pattern = re.compile(fnmatch.translate(value.lower()))
    fits = [bool(pattern.match(v.lower())) for v in values]
    if not any(fits):
        seen = sorted({v for v in values if v})
        raise BadParameter(
            f"contrast: side {side}: no statement has {column} = {shown(value)}; "
            f"{suggest(value, seen)}"
        )
    return corpus.units["statement_id"].isin(table["id"][fits]).to_numpy()
