"""What will weaken the analysis of a study that has no fault, and what is therefore withheld."""

from __future__ import annotations


import numpy as np

from analysis import copies
from analysis.corpus import Corpus
from analysis.errors import some
from analysis.inference import MIN_EFFECTIVE_BLOCKS, layout

# From this ratio on, one drafting decision of the longest text outweighs the whole shortest one.
MAX_RATIO = 20
# A text of fewer words holds a handful of sentences: one of them is a fifth of every share.
SHORT_WORDS = 50
# More of a text set aside than this, and something other than furniture may be among it.
MAX_ASIDE = 0.4
# Fewer words tell no language for certain.
_MIN_LANGUAGE_WORDS = 50
_MAX_LANGUAGE_CHARACTERS = 4_000
# Comparing all with all grows with the square; copies in larger corpora are looked for apart.
_MAX_COMPARED = 20_000


def weaknesses(corpus: Corpus) -> list[str]:
    """What should whoever runs this study know beforehand?

    Returns:
        One line each: what was found, in which statements, and what the pages withhold for it or
        what to do about it. Empty if nothing was found.
    """
    rules = (
        _groups, _dates, _lengths, _short, _intervals, _named_languages, _copies, _aside
    )
    return [line for rule in rules for line in rule(corpus)]


def _groups(corpus: Corpus) -> list[str]:
    groups = list(corpus.study.groups.values())
    statements = _statements(corpus)
    filled = [g for g in groups if any(id in statements for id in g.statements)]
    if len(filled) >= 2:
        small = [g.label for g in filled if len(g.statements) == 1]
        if small and len(statements) > len(filled):
            return [
                f"groups of one statement ({some(small)}): what is found of the group is that "
                "text's own; no group figure has more than its statement's interval"
            ]
        return []
    if len(statements) == 2 and not filled:
        return []
    what = "no groups are declared" if not filled else f"there is one group, {filled[0].label!r}"
    return [
        f"{what}: the pages list statements one by one, and every table that sets groups against "
        "one another is withheld; declare `groups:` in study.yaml"
    ]


def _dates(corpus: Corpus) -> list[str]:
    table = corpus.study.statements
    dates = [date for date in table.loc[table["genre"] == "statement", "date"] if date]
    if not dates:
        return [
            "no statement is dated: timeline, order of drafts and everything over time is withheld"
        ]
    if len(set(dates)) == 1 and len(dates) > 1:
        return [
            f"all dated statements have one date, {dates[0]}: nothing is compared over time, and no "
            "text counts as the earlier one"
        ]
    return []


def _lengths(corpus: Corpus) -> list[str]:
    words = _words(corpus)
    if len(words) < 2:
        return []
    longest, shortest = max(words, key=words.get), min(words, key=words.get)
    if words[longest] < MAX_RATIO * words[shortest]:
        return []
    return [
        f"lengths of {words[longest] / words[shortest]:.0f} to 1: {longest} has {words[longest]:,} "
        f"words, {shortest} {words[shortest]:,}; comparisons at equal length draw at most "
        f"{words[shortest] // 2} words from each, and counts of words lean towards the longest"
    ]


def _short(corpus: Corpus) -> list[str]:
    words = _words(corpus)
    short = [id for id, count in words.items() if count < SHORT_WORDS]
    if not short:
        return []
    which = f"all {len(words)} statements" if len(short) == len(words) else (
        f"{len(short)} of {len(words)} statements ({some(short)})"
    )
    return [
        f"{which} have fewer than {SHORT_WORDS} words: they have no interval of their own, and a "
        "share of theirs rests on a few sentences; read them in groups"
    ]


def _intervals(corpus: Corpus) -> list[str]:
    words = corpus.block_words
    few = [
        id for id in _statements(corpus)
        if layout(np.asarray(words.get(id, ()))).effective_blocks < MIN_EFFECTIVE_BLOCKS
    ]
    count = len(_statements(corpus))
    if not few:
        return []
    which = "all statements" if len(few) == count else f"{len(few)} of {count} statements"
    return [
        f"{which} have fewer than {MIN_EFFECTIVE_BLOCKS} passages of equal worth"
        + ("" if len(few) == count else f" ({some(few)})")
        + ": most numbers of theirs are given without an interval, and findings about one of them "
        "alone end as 'insufficient evidence'"
    ]


def _named_languages(corpus: Corpus) -> list[str]:
    import py3langid

    other: dict[tuple[str, str], list[str]] = {}
    for row in corpus.study.statements.itertuples():
        text = corpus.study.texts[row.statement_id][:_MAX_LANGUAGE_CHARACTERS]
        if len(text.split()) < _MIN_LANGUAGE_WORDS:
            continue
        found, named = py3langid.classify(text)[0], row.language.partition("-")[0].lower()
        if found != named and named != "und":
            other.setdefault((named, found), []).append(row.statement_id)
    return [
        f"language {named!r} is recorded and the words look like {found!r}: {some(ids)}; sentences, "
        "stems and function words follow the recorded one, so correct it if it is wrong"
        for (named, found), ids in other.items()
    ]


def _copies(corpus: Corpus) -> list[str]:
    texts = {id: corpus.study.texts[id] for id in corpus.study.statements["statement_id"]}
    if len(texts) > _MAX_COMPARED:
        return [f"more than {_MAX_COMPARED:,} statements: copies were not looked for"]
    pairs = copies.alike(texts)
    if not pairs:
        return []
    found = copies.sets(pairs)
    first = "; ".join(", ".join(ids[:4]) + (" …" if len(ids) > 4 else "") for ids in found[:5])
    more = f"; and {len(found) - 5} more sets" if len(found) > 5 else ""
    return [
        f"{sum(map(len, found))} statements are near-copies of others ({first}{more}): they count as "
        "if two bodies had said the same; keep one of each, or name the original in translation_of"
    ]


def _aside(corpus: Corpus) -> list[str]:
    blocks = corpus.blocks
    words = blocks.groupby("statement_id")["words"].sum()
    aside = blocks[~blocks["analysed"]].groupby("statement_id")["words"].sum()
    share = (aside / words).dropna()
    much = [id for id in corpus.study.statements["statement_id"] if share.get(id, 0) > MAX_ASIDE]
    if not much:
        return []
    return [
        f"more than {MAX_ASIDE:.0%} of the words are set aside as headings or page furniture in "
        f"{some(much)}; look at 'What was set aside' on page 1 before believing their numbers"
    ]


def _statements(corpus: Corpus) -> list[str]:
    table = corpus.study.statements
    return table.loc[table["genre"] == "statement", "statement_id"].tolist()


def _words(corpus: Corpus) -> dict[str, int]:
    return {id: int(sum(corpus.block_words.get(id, ()))) for id in _statements(corpus)}
