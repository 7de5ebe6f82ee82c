"""Which words do two texts share, word for word or lightly edited, and how much of them is that?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from analysis import alignment, names, tables
from analysis.alignment import Passage
from analysis.corpus import Corpus, source_range
from analysis.tables import Column

# A run quoted in a sentence of the page is cut after this many words; the table has it whole.
QUOTED_WORDS = 16

# More runs than this are not read one by one; `shared_runs` has them all.
RUNS_LISTED = 40

RUNS = {
    "run": Column("shared words, as the earlier text has them"),
    "words": Column("words", "count"),
    "earlier": Column("earlier text"),
    "later": Column("later text"),
    "order": Column("order known from dates", "flag"),
    "analysed": Column("analysed on both sides", "flag"),
    "earlier_block": Column("block in the earlier", "count"),
    "earlier_sentence": Column("sentence it begins in", "count"),
    "earlier_start": Column("first character there", "count"),
    "earlier_end": Column("end in its last sentence", "count"),
    "later_block": Column("block in the later", "count"),
    "later_sentence": Column("sentence it begins in", "count"),
    "later_start": Column("first character there", "count"),
    "later_end": Column("end in its last sentence", "count"),
}

LONGEST = {
    "run": Column("shared words, as the earlier text has them"),
    "words": Column("words", "count"),
    "earlier": Column("earlier text"),
    "later": Column("later text"),
    "remark": Column("remark"),
}

SHARES = {
    "earlier": Column("earlier text"),
    "later": Column("later text"),
    "order": Column("order known from dates", "flag"),
    "runs": Column("shared runs", "count"),
    "longest": Column("words of the longest", "count"),
    "words_in_runs": Column("words of the later text in runs", "count"),
    "words": Column("words of the later text", "count"),
    "share": Column("share", "percent"),
}


@dataclass(frozen=True)
class _Sides:
    """Tokens of all texts in order, as the search needs them, and their texts' names and dates."""

    types: np.ndarray
    texts: np.ndarray
    blocks: np.ndarray
    analysed: np.ndarray
    labels: list[str]
    dates: list[str]

    def runs(self, min_run: int) -> np.ndarray:
        return alignment.exact_runs(self.types, self.texts, self.blocks, min_run=min_run)

    def pair(self, i: int, j: int) -> dict[str, object]:
        return {
            "earlier": self.labels[i],
            "later": self.labels[j],
            "order": order_known(self.dates[i], self.dates[j]),
        }


def _sides(corpus: Corpus, words: pd.DataFrame) -> _Sides:
    sentences = corpus.sentences.iloc[words["row"].to_numpy(dtype=int)]
    place = {identifier: i for i, identifier in enumerate(corpus.labels)}
    dates = corpus.study.statements.set_index("statement_id")["date"]
    return _Sides(
        types=pd.factorize(words["token"])[0],
        texts=sentences["statement_id"].map(place).to_numpy(dtype=int),
        blocks=sentences.groupby(["statement_id", "block"], sort=False).ngroup().to_numpy(),
        analysed=sentences["analysed"].to_numpy(),
        labels=list(corpus.labels.values()),
        dates=[dates[identifier] for identifier in corpus.labels],
    )


def shared_runs(corpus: Corpus, words: pd.DataFrame, *, min_run: int) -> pd.DataFrame:
    """Which runs of words do two texts share word for word?

    Case, punctuation and numbers do not count; a run never goes beyond a block (`exact_runs`).
    Passages that are set aside are searched, too, and such runs marked: a subtitle is the issuer's
    wording, a page header is not, and the reader can tell them apart.

    Args:
        corpus: the statements in units.
        words: tokens of all the corpus's sentences, unstemmed, with all function words.
        min_run: words in the shortest run.

    Returns:
        One row a run, longest first. `order` is false where the dates do not say which text is
        the earlier; the first in the corpus's order then stands in its place. Offsets count
        characters of the sentence's text. Evidence: the sentences of both sides.

    A shared run says nothing about who took it from whom: both may follow a third text, and names
    of states, agencies and treaties can hardly be worded otherwise.
    """
    sides = _sides(corpus, words)
    rows = []
    for a, b, length in sides.runs(min_run):
        earlier, later = _span(corpus, words, a, length), _span(corpus, words, b, length)
        rows.append(
            {
                "run": earlier.text,
                "words": int(length),
                **sides.pair(sides.texts[a], sides.texts[b]),
                "analysed": bool(sides.analysed[a] and sides.analysed[b]),
                **{f"earlier_{name}": value for name, value in earlier.place.items()},
                **{f"later_{name}": value for name, value in later.place.items()},
                "evidence": [*earlier.sentences, *later.sentences],
            }
        )
    return tables.result(rows, columns=RUNS, made_by="analysis.reuse.shared_runs")


def longest_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """Which are the longest runs of words that two texts share?

    Args:
        runs: what `shared_runs` returned.

    Returns:
        One row a run, longest first, at most `RUNS_LISTED`, without the offsets.
    """
    rows = [
        {
            "run": row.run,
            "words": row.words,
            "earlier": row.earlier,
            "later": row.later,
            "remark": "; ".join(
                remark
                for remark, applies in (
                    ("in a passage that is otherwise set aside", not row.analysed),
                    ("dates do not tell which is the earlier", not row.order),
                )
                if applies
            ),
            "evidence": row.evidence,
        }
        for row in runs.head(RUNS_LISTED).itertuples()
    ]
    return tables.result(rows, columns=LONGEST, made_by="analysis.reuse.longest_runs")


@dataclass(frozen=True)
class _Span:
    text: str
    place: dict[str, int]
    sentences: list[str]


def _span(corpus: Corpus, words: pd.DataFrame, first: int, length: int) -> _Span:
    """The sentences under a run of tokens and its text as written."""
    tokens = words.iloc[first:first + length]
    under = corpus.sentences.iloc[tokens["row"].unique()]
    start, end = int(tokens["start"].iloc[0]), int(tokens["end"].iloc[-1])
    pieces = under["text"].tolist()
    pieces[-1] = pieces[-1][:end]
    pieces[0] = pieces[0][start:]
    return _Span(
        text=" ".join(pieces),
        place={
            "block": int(under["block"].iloc[0]),
            "sentence": int(under["sentence"].iloc[0]),
            "start": start,
            "end": end,
        },
        sentences=under["sentence_id"].tolist(),
    )


def order_known(a: str, b: str) -> bool:
    """Do two dates of whatever precision say which comes first?

    >>> order_known("2022-11-14", "2022-12"), order_known("2022", "2022-12")
    (True, False)
    """
    return bool(a and b) and not a.startswith(b) and not b.startswith(a)


def reuse_shares(corpus: Corpus, words: pd.DataFrame, *, min_run: int) -> pd.DataFrame:
    """How much of the later text stands in runs that it shares with the earlier one?

    share = analysed words of the later text inside at least one run shared with analysed words of
    the earlier one / analysed words of the later text.

    Args:
        corpus: the statements in units.
        words: as for `shared_runs`.
        min_run: words in the shortest run.

    Returns:
        One row a pair, largest share first; evidence: the later text's sentences in such runs.

    Complete counts, no estimates. A share of words inside long runs is not a share of borrowed
    content: reworded passages are in none.
    """
    sides = _sides(corpus, words)
    runs = sides.runs(min_run)
    runs = runs[sides.analysed[runs[:, 0]] & sides.analysed[runs[:, 1]]]
    identifiers = corpus.sentences["sentence_id"].to_numpy()
    rows_of = words["row"].to_numpy(dtype=int)
    rows = []
    for i, j in combinations(range(len(sides.labels)), 2):
        own = runs[(sides.texts[runs[:, 0]] == i) & (sides.texts[runs[:, 1]] == j)]
        covered = {place for _, b, length in own for place in range(b, b + length)}
        total = int((sides.analysed & (sides.texts == j)).sum())
        rows.append(
            {
                **sides.pair(i, j),
                "runs": len(own),
                "longest": int(own[:, 2].max()) if len(own) else 0,
                "words_in_runs": len(covered),
                "words": total,
                "share": len(covered) / total if total else float("nan"),
                "evidence": list(dict.fromkeys(identifiers[rows_of[sorted(covered)]])),
            }
        )
    rows.sort(key=lambda row: -np.nan_to_num(row["share"], nan=-1))
    return tables.result(rows, columns=SHARES, made_by="analysis.reuse.reuse_shares")


def quoted(run: str) -> str:
    """A run in quotation marks, cut if it is too long for a sentence."""
    words = run.split()
    return f"“{' '.join(words[:QUOTED_WORDS])}{' …' if len(words) > QUOTED_WORDS else ''}”"


def _distinct(runs: pd.DataFrame, number: int) -> pd.DataFrame:
    """The longest runs of which none repeats words of another."""
    chosen: list[int] = []
    for place, run in enumerate(runs["run"]):
        if len(chosen) < number and not any(run in runs["run"].iloc[other] for other in chosen):
            chosen.append(place)
    return runs.iloc[chosen]


def reuse_reading(runs: pd.DataFrame, shares: pd.DataFrame, *, min_run: int) -> list[str]:
    """Which runs are longest, and which texts share none, in words."""
    if runs.empty:
        return [f"No two texts share a run of {min_run} or more words."]
    named = "; ".join(
        f"{quoted(row.run)} ({row.words} words, {row.earlier} and {row.later})"
        for row in _distinct(runs, 3).itertuples()
    )
    aside, undated = int((~runs["analysed"]).sum()), int((~runs["order"]).sum())
    parts = [f"{len(runs)} times two texts share a run of {min_run} or more words"]
    if aside:
        parts.append(f"{aside} of them with a passage that is otherwise set aside")
    if undated:
        parts.append(f"{undated} between texts whose dates do not tell which is the earlier")
    none = [f"{row.earlier} and {row.later}" for row in shares.itertuples() if not row.runs]
    without = f" No such run in what is analysed: {'; '.join(none)}." if none else ""
    return [f"{', '.join(parts)}. The longest: {named}.{without}"]


def _most(shares: pd.DataFrame) -> str:
    most = shares.iloc[0]
    return (
        f"Of the {most['words']:,} analysed words of {most['later']}, {most['words_in_runs']} "
        f"({100 * most['share']:.1f} %) stand in runs shared with {most['earlier']}, the largest "
        "share of any pair."
    )


def headline(runs: pd.DataFrame, shares: pd.DataFrame, *, min_run: int) -> str:
    """The page's answer about repeated wording in a sentence or two."""
    if runs.empty:
        return f"No two texts share a run of {min_run} or more words."
    longest = runs.iloc[0]
    return (
        f"{_most(shares)} The longest run of words that two texts share has "
        f"{longest['words']}: {quoted(longest['run'])}."
    )
