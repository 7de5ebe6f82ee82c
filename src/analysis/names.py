"""Names that two texts can hardly word otherwise: which words of a text are part of one?

The names are data (`names.yaml`): states, places, agencies, treaties, institutions and the
phrases around a list of participants, by language. What they are masked for: shared names are
no shared wording, and two texts about the same states are not alike for naming them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

from analysis import dictionary, package_data, tables
from analysis.dictionary import Dictionary
from analysis.tables import Column

# Joiners in a row that may stand between two names: "of the", "as well as the".
JOINERS_IN_A_ROW = 4

NAMES = {
    "name": Column("name, as listed"),
    "kind": Column("kind of name"),
    "times": Column("times", "count"),
    "words": Column("words", "count"),
}


def _file() -> dict[str, object]:
    return package_data.table("names.yaml")


def languages() -> tuple[str, ...]:
    """Codes of the languages whose names are listed."""
    return tuple(_file()["languages"])


@cache
def listed(language: str) -> Dictionary:
    """The names of one language of `languages()`, as a dictionary of kinds of names."""
    content = _file()
    return dictionary.parse(
        {
            "version": content["version"],
            "citation": content["citation"],
            "language": language,
            "frames": content["languages"][language]["names"],
        },
        file="names.yaml",
    )


def masked(found: pd.DataFrame, spoken: str | Sequence[str] = "en") -> np.ndarray:
    """Which words are part of a name?

    The longest name wins, and none goes beyond a sentence. Function words between two names of a
    sentence, at most `JOINERS_IN_A_ROW`, belong to the list that the names form; so does an
    article directly before a name.

    Args:
        found: tokens with `row` and `token`, all words in order, unstemmed, folded or not.
        spoken: their language, one code for all or one a token, such as `en` or `pt-BR`; words
            of a language that is not listed are never part of a name.

    Returns:
        (tokens,) True where the word is part of a name.

    Do not read the share of masked words as a share of empty words: the list is made, not found,
    and a name that is not on it counts as wording.
    """
    codes = _codes(found, spoken)
    mask = np.zeros(len(found), dtype=bool)
    for code in languages():
        own = np.flatnonzero(codes == code)
        if len(own):
            mask[own] = _masked(found.iloc[own], code)
    return mask


def _codes(found: pd.DataFrame, spoken: str | Sequence[str]) -> np.ndarray:
    if isinstance(spoken, str):
        spoken = [spoken] * len(found)
    known = {code: code.partition("-")[0].lower() for code in set(spoken)}
    return np.array([known[code] for code in spoken], dtype=object)


def _masked(own: pd.DataFrame, code: str) -> np.ndarray:
    mask = np.zeros(len(own), dtype=bool)
    for first, end in _places(own, _matches(own, code)):
        mask[first:end] = True
    return mask | _joining(own, mask, code)


def _matches(own: pd.DataFrame, code: str) -> pd.DataFrame:
    """`dictionary.match` with the token's place as its characters."""
    place = np.arange(len(own))
    return dictionary.match(
        listed(code), own.assign(start=place, end=place + 1, sentence_id=own["row"]), parts=False
    )


def _places(own: pd.DataFrame, matches: pd.DataFrame) -> list[tuple[int, int]]:
    return list(zip(matches["start"], matches["end"], strict=True))


def _joining(own: pd.DataFrame, mask: np.ndarray, code: str) -> np.ndarray:
    """(tokens,) True for joiners between two names of a sentence and articles before a name."""
    rules = _file()["languages"][code]
    joiner = own["token"].isin(rules["joiners"]).to_numpy() & ~mask
    article = own["token"].isin(rules["articles"]).to_numpy() & ~mask
    rows = own["row"].to_numpy()
    found = np.zeros(len(own), dtype=bool)
    named = np.flatnonzero(mask)
    for before, after in zip(named[:-1], named[1:], strict=True):
        between = slice(before + 1, after)
        if (
            1 < after - before <= JOINERS_IN_A_ROW + 1
            and rows[before] == rows[after]
            and joiner[between].all()
        ):
            found[between] = True
    before = named[named > 0] - 1
    found[before[article[before] & (rows[before] == rows[before + 1])]] = True
    return found


def names_found(found: pd.DataFrame, spoken: str | Sequence[str] = "en") -> pd.DataFrame:
    """Which names are masked, and how often does each occur?

    Args:
        found: as for `masked`, with `sentence_id`.
        spoken: as for `masked`.

    Returns:
        One row a listed name that occurs, the most frequent first; evidence: its sentences. A
        word may count in names of two kinds.
    """
    codes = _codes(found, spoken)
    rows = []
    for code in languages():
        own = found[codes == code]
        labels = {category.id: category.label for category in listed(code).categories}
        matches = _matches(own, code)
        sentences = own["sentence_id"].to_numpy()[matches["start"].to_numpy(dtype=int)]
        lengths = (matches["end"] - matches["start"]).to_numpy(dtype=int)
        table = matches.assign(sentence_id=sentences, words=lengths)
        for (kind, name), part in table.groupby(["category", "term"], sort=False):
            rows.append(
                {
                    "name": name,
                    "kind": labels[kind],
                    "times": len(part),
                    "words": int(part["words"].sum()),
                    "evidence": list(dict.fromkeys(part["sentence_id"])),
                }
            )
    rows.sort(key=lambda row: (-row["times"], row["name"]))
    return tables.result(rows, columns=NAMES, made_by="analysis.names.names_found")
