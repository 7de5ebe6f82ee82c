"""Sentences → word tokens with offsets; spelling variants folded by a visible table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd

from analysis import languages, package_data, tables
from analysis.tables import Column
from analysis.word_arrays import WORD, read_words

__all__ = [
    "WORD", "alphabetical", "by_type", "coded", "fold", "parts", "runs", "spelling_rules",
    "spelling_variants", "stem", "synonym_classes", "synonyms", "tokenise",
]

HYPHEN = re.compile(r"[\-‐‑]")
APOSTROPHE = re.compile("['’]")
POSSESSIVE = re.compile(r"['’]s$")

# A variant's ending is only folded after a stem of at least this many letters (`size` is a word).
MIN_STEM = 4

# Texts that do not say their language are read as English.
DEFAULT_LANGUAGE = "en"

VARIANTS = {
    "variant": Column("in the texts"),
    "folded": Column("counted as"),
    "rule": Column("rule"),
    "n_variant": Column("times written so", "count"),
    "n_folded": Column("times written as counted", "count"),
}


def tokenise(sentences: pd.DataFrame) -> pd.DataFrame:
    """Which words stand in each sentence, and where?

    Args:
        sentences: table with `sentence_id` and `text`, and `language` unless all are English.

    Returns:
        One row a token, in order: `sentence_id`, `row` (position of the sentence in the table),
        `token` (lower case; a categorical, that is, numbers of types and the types once), `start`,
        `end` (offsets into the sentence's text), `language` (a categorical). Elided words are
        tokens: "l'accord" is "l" and "accord" in a French text.
    """
    found = read_words(sentences["text"].tolist())
    identifiers = sentences["sentence_id"].array
    spoken, known = pd.factorize(_spoken(sentences))
    words = pd.DataFrame(
        {"sentence_id": identifiers.take(found.text), "row": found.text,
         "token": _categorical(found.type, found.types), "start": found.start, "end": found.end,
         "language": pd.Categorical.from_codes(spoken[found.text], known)}
    )
    for language in known:
        if languages.base(language) in languages.ELIDED:
            words = _elisions_parted(words, language)
    return words


def _spoken(sentences: pd.DataFrame) -> np.ndarray:
    if "language" in sentences:
        return sentences["language"].to_numpy(dtype=object)
    return np.full(len(sentences), DEFAULT_LANGUAGE, dtype=object)


def _elisions_parted(words: pd.DataFrame, language: str) -> pd.DataFrame:
    """The words of a language with "l'accord" in two; the apostrophe belongs to neither."""
    codes, types = coded(words["token"])
    codes = codes.astype(np.int64)  # of few types they have a byte each
    elided = languages.ELIDED[languages.base(language)]
    split = [form.split(mark[0], 1) if (mark := APOSTROPHE.search(form))
             and form[:mark.start()] in elided else [form] for form in types]
    pieces = np.array([len(own) for own in split], dtype=np.int64)[codes]
    pieces[words["language"].to_numpy() != language] = 1
    word, piece = runs(pieces)
    whole = pieces[word] == 1
    begin = np.cumsum([0, *(len(own) for own in split)])
    flat = [form for own in split for form in own]
    number = np.where(whole, len(flat) + codes[word], begin[codes[word]] + piece)
    first = np.array([len(own[0]) for own in split], dtype=np.int64)[codes[word]]
    start, end = words["start"].to_numpy()[word], words["end"].to_numpy()[word]
    return words.iloc[word].assign(
        token=_categorical(number, [*flat, *types]),
        start=np.where(whole | (piece == 0), start, start + first + 1),
        end=np.where(whole | (piece == 1), end, start + first),
    ).reset_index(drop=True)


def coded(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """(tokens,) the number of each token's type, and the types; one may have no token.

    Args:
        column: `token` of a table of tokens, categorical or of strings.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), column.cat.categories.tolist()
    codes, types = pd.factorize(column.to_numpy(dtype=object))
    return codes, types.tolist()


def alphabetical(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The types that occur, in alphabetical order, and (tokens,) the place of each token's.

    Args:
        column: as for `coded`.
    """
    codes, types = coded(column)
    occurring = np.flatnonzero(np.bincount(codes, minlength=len(types))).tolist()
    order = sorted(occurring, key=types.__getitem__)
    place = np.zeros(len(types), dtype=np.int64)
    place[order] = np.arange(len(order))
    return np.array([types[number] for number in order], dtype=str), place[codes]


def _categorical(codes: np.ndarray, types: Sequence[str]) -> pd.Categorical:
    """Types by number; those that are the same become one."""
    number, once = pd.factorize(np.array([*types, ""], dtype=object)[:-1])
    return pd.Categorical.from_codes(number[codes], once)


def by_type(column: pd.Series, made: Callable[[str], str]) -> pd.Categorical:
    """A function of each token, called once a type.

    Args:
        column: as for `coded`.
        made: the function.
    """
    codes, types = coded(column)
    return _categorical(codes, [made(form) for form in types])


def spelling_rules() -> Mapping[str, object]:
    """The shipped table of spelling variants."""
    return package_data.table("spelling.yaml")


_NO_RULES = {"exceptions": (), "words": (), "prefixes": (), "suffixes": ()}


def _folded(token: str, rules: Mapping[str, object], vocabulary: frozenset[str]) -> tuple[str, str]:
    if token in rules["exceptions"]:
        return token, ""
    words = dict(rules["words"])
    if token in words:
        return words[token], "word"
    for variant, standard in rules["prefixes"]:
        if token.startswith(variant):
            return standard + token[len(variant):], f"{variant}* → {standard}*"
    for variant, standard in rules["suffixes"]:
        if token.endswith(variant) and len(token) - len(variant) >= MIN_STEM:
            return token[: -len(variant)] + standard, f"*{variant} → *{standard}"
    joined = HYPHEN.sub("", token)
    if joined != token and joined in vocabulary:
        return joined, "hyphen"
    return token, ""


def spelling_variants(tokens: pd.DataFrame) -> pd.DataFrame:
    """Which spellings in these texts are counted as another word?

    Rules of `spelling.yaml` for words of its language, and in any language a hyphenated word whose
    form without hyphen occurs as well.

    Args:
        tokens: what `tokenise` returned.

    Returns:
        `variant`, `folded`, `rule`, `n_variant`, `n_folded`; evidence: the sentences with the
        variant. Sorted by frequency, then alphabetically.
    """
    codes, types = coded(tokens["token"])
    counts = {
        form: n for form, n in zip(types, np.bincount(codes, minlength=len(types)).tolist(),
                                   strict=True) if n
    }
    vocabulary = frozenset(counts)
    rules = spelling_rules()
    ruled = _types_of_language(tokens, rules["language"])
    folded = {
        token: _folded(token, rules if token in ruled else _NO_RULES, vocabulary)
        for token in sorted(vocabulary)
    }
    folded = {token: (form, rule) for token, (form, rule) in folded.items() if form != token}
    varied = tokens[tokens["token"].isin(folded)]
    where = varied.groupby("token", observed=True)["sentence_id"].unique()
    rows = [
        {
            "variant": token,
            "folded": form,
            "rule": rule,
            "n_variant": counts[token],
            "n_folded": counts.get(form, 0),
            "evidence": where[token],
        }
        for token, (form, rule) in folded.items()
    ]
    rows.sort(key=lambda row: (-row["n_variant"], row["variant"]))
    return tables.result(rows, columns=VARIANTS, made_by="analysis.tokens.spelling_variants")


def _types_of_language(tokens: pd.DataFrame, language: str) -> frozenset[str]:
    """The types of the texts in a language; all where no language is recorded."""
    codes, types = coded(tokens["token"])
    if "language" in tokens:
        spoken, known = coded(tokens["language"])
        own = [number for number, code in enumerate(known) if languages.base(code) == language]
        codes = codes[np.isin(spoken, own)]
    return frozenset(types[number] for number in np.unique(codes).tolist())


def fold(tokens: pd.DataFrame, variants: pd.DataFrame) -> pd.DataFrame:
    """The tokens with each variant replaced by the word it is counted as."""
    mapping = dict(zip(variants["variant"], variants["folded"], strict=True))
    return tokens.assign(token=by_type(tokens["token"], lambda token: mapping.get(token, token)))


def parts(tokens: pd.DataFrame) -> pd.DataFrame:
    """The tokens without possessive "'s", each compound replaced by its parts.

    All parts keep the word's offsets. Fold first: "co-operation" is a spelling, "cross-border" a
    compound.

    >>> parts(pd.DataFrame({"token": ["cross-border", "smuggler's"]}))["token"].tolist()
    ['cross', 'border', 'smuggler']
    """
    codes, types = coded(tokens["token"])
    split = [HYPHEN.split(POSSESSIVE.sub("", form)) for form in types]
    token, part = runs(np.array([len(own) for own in split], dtype=np.int64)[codes])
    begin = np.cumsum([0, *(len(own) for own in split)])
    flat = [part for own in split for part in own]
    column = _categorical(begin[codes[token]] + part, flat)
    return tokens.iloc[token].assign(token=column).reset_index(drop=True)


def runs(number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For counts such as (2, 1): which one (0, 0, 1) and the place within it (0, 1, 0)."""
    which = np.repeat(np.arange(len(number)), number)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(number) - number, number)


def synonyms() -> Mapping[str, object]:
    """The shipped classes of words that migration policy uses for the same thing."""
    return package_data.table("synonyms.yaml")


@cache
def _classes_of_stems() -> Mapping[str, tuple[str, ...]]:
    table = synonyms()
    found: dict[str, dict[str, None]] = {}
    for name, members in table["classes"].items():
        for word in members:
            found.setdefault(_stem(word, table["language"]), {})[name] = None
    return {stem: tuple(names) for stem, names in found.items()}


def synonym_classes(token: str, language: str) -> tuple[str, ...]:
    """Which classes of `synonyms.yaml` does a word belong to, by its stem?

    Args:
        token: a word in lower case, not a stem.
        language: a code such as `en-GB`; words of other languages than the table's have no class.

    >>> synonym_classes("smugglers", "en"), synonym_classes("smugglers", "nl")
    (('smuggling',), ())
    """
    own = synonyms()["language"]
    if languages.base(language) != own:
        return ()
    return _classes_of_stems().get(_stem(token, own), ())


def stem(tokens: pd.DataFrame, spoken: Sequence[str]) -> pd.DataFrame:
    """The tokens with each word replaced by its stem, by the rules of its language.

    Args:
        tokens: what `tokenise` returned.
        spoken: one code a token, such as `en` or `pt-BR`; words of languages without a stemmer
            (`languages.STEMMED`) stay as they are.

    Source: Porter, M. (2001), Snowball: A language for stemming algorithms.
    """
    language, known = pd.factorize(np.asarray(spoken, dtype=object))
    codes, types = coded(tokens["token"])
    pairs, of_pair = pd.factorize(language.astype(np.int64) * len(types) + codes)
    stems = [_stem(types[pair % len(types)], known[pair // len(types)]) for pair in of_pair]
    return tokens.assign(token=_categorical(pairs, stems))


@cache
def _stem(token: str, language: str) -> str:
    code = languages.base(language)
    return _stemmer(code).stem(token.replace("’", "'")) if code in languages.STEMMED else token


@cache
def _stemmer(code: str):
    # Imported here: nltk imports all of itself, which takes longer than most commands need.
    from nltk.stem.snowball import SnowballStemmer

    return SnowballStemmer(languages.STEMMED[code])
