"""Small studies made inside a test, from the shipped one."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis import coding, corpus, framing, supervised
from analysis.study import Study, load_study

SHIPPED = Path(__file__).parent.parent / "data" / "channel-2015-2024"


def study_of(
    texts: dict[str, str],
    *,
    dates: dict[str, str] | None = None,
    commentaries: tuple[str, ...] = (),
    languages: dict[str, str] | None = None,
) -> Study:
    """A study of these texts, in order; without groups, contrasts or dictionaries."""
    names = list(texts)
    shipped = load_study(SHIPPED)
    rows = [
        {
            **dict.fromkeys(shipped.statements.columns, ""),
            "statement_id": name,
            "title": name,
            "issuer": name.upper(),
            "date": (dates or {}).get(name, f"20{10 + place}-01-01"),
            "genre": "commentary" if name in commentaries else "statement",
            "language": (languages or {}).get(name, "en"),
        }
        for place, name in enumerate(names)
    ]
    return replace(
        shipped, statements=pd.DataFrame(rows), texts=texts, groups={}, contrasts=(), coded=None,
        ledger_labels=None,
    )


def corpus_of(texts: dict[str, str], **options) -> corpus.Corpus:
    """The same, read into units. Blank lines part the blocks."""
    return corpus.build(study_of(texts, **options))


def paragraphs(blocks: list[str]) -> str:
    """Blocks of running text as a source file: a capital first, a full stop last."""
    return "\n\n".join(f"{block[:1].upper()}{block[1:]}." for block in blocks) + "\n"


def found_and_coded(texts: corpus.Corpus) -> tuple:
    """Dictionary, matches, own codes and what was found, of a study with coded sentences."""
    dictionary = framing.dictionary_of(texts)
    matches = framing.frame_matches(texts, dictionary)
    own = coding.own(texts)
    return dictionary, matches, own, supervised.find(texts, dictionary, matches, own)
