"""Whose words a sentence gives: the author's own, or those of somebody reported."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from analysis import tables
from analysis.corpus import Corpus
from analysis.tables import Column

# At least two words between marks: a single word in quotation marks is mentioned, not spoken.
_QUOTED = re.compile(r"[“\"«„][^“”\"«»„]*?\w\W+\w[^“”\"«»„]*?[”\"»“]|‘[^‘’]*\w\W+\w[^‘’]*’")

_VERBS = (
    "say state note argue claim highlight identif declare announce report stress underline "
    "emphasise emphasize warn conclude propose suggest recommend demand assert maintain add "
    "explain admit mention raise"
)
# A verb of saying with its subject before or behind it: "says the note", "the Presidency argues".
_SPEAKER = (
    r"(?:(?:the|this|that|its|their)\s+(?:\w+\s+){0,3}?"
    r"(?:document|note|paper|report|presidency|commission|council|ministers?|annex|statement|"
    r"letter|proposal|text|authors?|government|governments|spokesperson)|he|she|they)"
)
_SAYS = "|".join(
    f"{verb}(?:s|es|ies|ied|d|ed)?" if verb != "say" else "says?|said" for verb in _VERBS.split()
)
_REPORTING = [
    re.compile(rf"\b{_SPEAKER}\b(?:\s+\([^)]*\))?[^.;]{{0,80}}?\b(?:{_SAYS})\b", re.I),
    re.compile(rf"\b(?:{_SAYS})\s+{_SPEAKER}\b", re.I),
    re.compile(r"\baccording to\b", re.I),
    re.compile(r"\b(?:calls?|called|calling)\s+(?:up)?on\b|\b(?:calls?|called)\s+(?:also\s+)?for\b",
               re.I),
    re.compile(r"\b(?:is|are|was|were)\s+(?:also\s+)?(?:deemed|presented as|described as|listed|"
               r"called (?:up)?on|called for|to be given)\b", re.I),
]
# What somebody does not say is said by the author.
_UNSAID = re.compile(r"\b(?:does|do|did)\s+not\s+(?:say|state|note|mention|explain|report)\b", re.I)

VOICES = {
    "statement": Column("text"),
    "voice": Column("voice"),
    "sentences": Column("sentences", "count"),
    "words": Column("words", "count"),
}


def reported(corpus: Corpus) -> np.ndarray:
    """(units,) Does a unit give somebody else's words?

    It does if it quotes two or more words, says "according to", or names a speaker with a verb of
    saying or a passive such as "is deemed" or "is called upon"; a list item does if the sentence
    that introduces its list does.

    Do not use it as a measure of truth or stance: a sentence may report and judge at once, and
    counts as reported then. Words are English; in other languages only quotation marks count.
    """
    units, blocks = corpus.units, corpus.blocks
    own = [reports(text) for text in units["text"]]
    keys = list(zip(units["statement_id"], units["block"], strict=True))
    last = dict(zip(keys, own, strict=True))
    parents = dict(
        zip(
            zip(blocks["statement_id"], blocks["block"], strict=True),
            zip(blocks["statement_id"], blocks["parent"], strict=True),
            strict=True,
        )
    )
    return np.array(
        [flag or last.get(parents.get(key), False) for flag, key in zip(own, keys, strict=True)],
        dtype=bool,
    )


def reports(text: str) -> bool:
    """Does a sentence, read by itself, give somebody else's words?

    >>> reports("The note argues that law must change."), reports("Nobody was asked.")
    (True, False)
    """
    if _QUOTED.search(text):
        return True
    said = any(pattern.search(text) for pattern in _REPORTING)
    return said and not _UNSAID.search(text)


def voices(corpus: Corpus) -> pd.DataFrame:
    """How much of each commentary is its own voice, how much reported speech?

    Returns:
        Two rows a commentary; evidence: the sentences.
    """
    genre = corpus.study.statements.set_index("statement_id")["genre"]
    units, rows = corpus.units, []
    flags = reported(corpus)
    for identifier, label in corpus.labels.items():
        if genre[identifier] != "commentary":
            continue
        for name, wanted in (("own", False), ("reported", True)):
            own = units[(units["statement_id"] == identifier).to_numpy() & (flags == wanted)]
            rows.append(
                {
                    "statement": label, "voice": name, "sentences": len(own),
                    "words": int(own["words"].sum()), "evidence": own["sentence_id"].tolist(),
                }
            )
    return tables.result(rows, columns=VOICES, made_by="analysis.voice.voices")
