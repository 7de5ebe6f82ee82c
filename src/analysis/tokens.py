"""Sentences → word tokens with offsets; spelling variants folded by a visible table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
import yaml

from analysis import languages, tables
from analysis.tables import Column

# Letters, with apostrophes and hyphens inside the word: the peers' rule, for every alphabet.
WORD = re.compile(r"[^\W\d_]+(?:['’\-‐‑][^\W\d_]+)*")

HYPHEN = re.compile(r"[\-‐‑]")
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
        `token` (lower case), `start`, `end` (offsets into the sentence's text), `language`.
        Elided words are tokens: "l'accord" is "l" and "accord" in a French text.
    """
    spoken = _spoken(sentences)
    rows = [
        (identifier, row, match.group().lower(), match.start(), match.end())
        for row, (identifier, text, language) in enumerate(
            zip(sentences["sentence_id"], sentences["text"], spoken, strict=True)
        )
        for match in word_pattern(language).finditer(text)
    ]
    found = pd.DataFrame(rows, columns=["sentence_id", "row", "token", "start", "end"])
    codes, names = pd.factorize(spoken)
    in_rows = codes[found["row"].to_numpy(dtype=int)]
    return found.assign(language=pd.Categorical.from_codes(in_rows, names))


def _spoken(sentences: pd.DataFrame) -> np.ndarray:
    if "language" in sentences:
        return sentences["language"].to_numpy(dtype=object)
    return np.full(len(sentences), DEFAULT_LANGUAGE, dtype=object)


@cache
def word_pattern(language: str) -> re.Pattern[str]:
    """What is a word in a language: `WORD`, and before it any elided word that is written to it.

    >>> word_pattern("fr").findall("Aujourd'hui l’accord qu'elle signe")
    ["Aujourd'hui", 'l', 'accord', 'qu', 'elle', 'signe']
    """
    elided = languages.ELIDED.get(languages.base(language))
    if not elided:
        return WORD
    forms = "|".join(sorted(elided, key=lambda form: (-len(form), form)))
    return re.compile(rf"(?<![^\W\d_]['’])\b(?i:{forms})(?=['’][^\W\d_])|{WORD.pattern}")


@cache
def spelling_rules() -> Mapping[str, object]:
    """The shipped table of spelling variants."""
    return yaml.safe_load(files("analysis").joinpath("spelling.yaml").read_text("utf-8"))


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
    counts = tokens["token"].value_counts()
    vocabulary = frozenset(counts.index)
    rules = spelling_rules()
    own = [code for code in tokens["language"].unique() if languages.base(code) == rules["language"]]
    known = frozenset(tokens.loc[tokens["language"].isin(own), "token"])
    where = tokens.groupby("token")["sentence_id"].unique()
    rows = []
    for token in sorted(vocabulary):
        folded, rule = _folded(token, rules if token in known else _NO_RULES, vocabulary)
        if folded != token:
            rows.append(
                {
                    "variant": token,
                    "folded": folded,
                    "rule": rule,
                    "n_variant": int(counts[token]),
                    "n_folded": int(counts.get(folded, 0)),
                    "evidence": where[token],
                }
            )
    rows.sort(key=lambda row: (-row["n_variant"], row["variant"]))
    return tables.result(rows, columns=VARIANTS, made_by="analysis.tokens.spelling_variants")


def fold(tokens: pd.DataFrame, variants: pd.DataFrame) -> pd.DataFrame:
    """The tokens with each variant replaced by the word it is counted as."""
    mapping = dict(zip(variants["variant"], variants["folded"], strict=True))
    return tokens.assign(token=[mapping.get(token, token) for token in tokens["token"]])


def parts(tokens: pd.DataFrame) -> pd.DataFrame:
    """The tokens without possessive "'s", each compound replaced by its parts.

    All parts keep the word's offsets. Fold first: "co-operation" is a spelling, "cross-border" a
    compound.

    >>> parts(pd.DataFrame({"token": ["cross-border", "smuggler's"]}))["token"].tolist()
    ['cross', 'border', 'smuggler']
    """
    parts = [HYPHEN.split(POSSESSIVE.sub("", token)) for token in tokens["token"]]
    return tokens.assign(token=parts).explode("token", ignore_index=True)


@cache
def synonyms() -> Mapping[str, object]:
    """The shipped classes of words that migration policy uses for the same thing."""
    return yaml.safe_load(files("analysis").joinpath("synonyms.yaml").read_text("utf-8"))


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
    pairs = zip(tokens["token"], spoken, strict=True)
    return tokens.assign(token=[_stem(token, language) for token, language in pairs])


@cache
def _stem(token: str, language: str) -> str:
    code = languages.base(language)
    return _stemmer(code).stem(token.replace("’", "'")) if code in languages.STEMMED else token


@cache
def _stemmer(code: str):
    # Imported here: nltk imports all of itself, which takes longer than most commands need.
    from nltk.stem.snowball import SnowballStemmer

    return SnowballStemmer(languages.STEMMED[code])
