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

# More runs or passages than this are not read one by one; `shared_runs` and `shared_passages`
# have them all.
RUNS_LISTED = 40

# More changes than this in one passage are not named; both texts stand beside them.
CHANGES_NAMED = 8

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


PASSAGES = {
    "passage": Column("as the earlier text has it"),
    "as_later": Column("as the later text has it"),
    "changes": Column("words changed"),
    "words": Column("equal words", "count"),
    "identity": Column("share of aligned words equal", "percent"),
    "names": Column("share of equal words in names", "percent"),
    "score": Column("alignment score", "count"),
    "expected": Column("expected by chance", "number"),
    "earlier": Column("earlier text"),
    "later": Column("later text"),
    "order": Column("order known from dates", "flag"),
    "analysed": Column("analysed on both sides", "flag"),
    "earlier_from": Column("first sentence in the earlier"),
    "earlier_to": Column("last sentence in the earlier"),
    "earlier_start": Column("first character in its source", "count"),
    "earlier_end": Column("end in its source", "count"),
    "later_from": Column("first sentence in the later"),
    "later_to": Column("last sentence in the later"),
    "later_start": Column("first character in its source", "count"),
    "later_end": Column("end in its source", "count"),
}

STRONGEST = {
    "passage": Column("as the earlier text has it"),
    "changes": Column("words changed"),
    "words": Column("equal words", "count"),
    "identity": Column("equal", "percent"),
    "names": Column("in names", "percent"),
    "earlier": Column("earlier text"),
    "later": Column("later text"),
    "remark": Column("remark"),
}

COVERAGE = {
    "earlier": Column("earlier text"),
    "later": Column("later text"),
    "order": Column("order known from dates", "flag"),
    "passages": Column("shared passages", "count"),
    "later_in": Column("words of the later text in them", "count"),
    "later_words": Column("of", "count"),
    "later_share": Column("share", "percent"),
    "later_adjusted": Column("share without names", "percent"),
    "earlier_in": Column("words of the earlier text in them", "count"),
    "earlier_words": Column("of", "count"),
    "earlier_share": Column("share", "percent"),
    "earlier_adjusted": Column("share without names", "percent"),
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
        types=np.unique(words["token"].to_numpy(dtype=str), return_inverse=True)[1],
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
            "remark": _remark(row),
            "evidence": row.evidence,
        }
        for row in runs.head(RUNS_LISTED).itertuples()
    ]
    return tables.result(rows, columns=LONGEST, made_by="analysis.reuse.longest_runs")


def _remark(row: object) -> str:
    """What to know about a run or passage before reading it."""
    remarks = (
        ("in a passage that is otherwise set aside", not row.analysed),
        ("dates do not tell which is the earlier", not row.order),
    )
    return "; ".join(remark for remark, applies in remarks if applies)


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


@dataclass(frozen=True)
class Reuse:
    """The passages that the texts of a corpus share, and the words that they are made of."""

    corpus: Corpus
    words: pd.DataFrame
    found: list[Passage]

    @cached_property
    def sides(self) -> _Sides:
        return _sides(self.corpus, self.words)

    @cached_property
    def named(self) -> np.ndarray:
        """(tokens,) whether a word is part of a name."""
        statements = self.corpus.study.statements.set_index("statement_id")["language"]
        spoken = self.corpus.sentences["statement_id"].map(statements).to_numpy()
        return names.masked(self.words, spoken[self.words["row"].to_numpy(dtype=int)])

    def analysed(self, passage: Passage) -> bool:
        """Is any word analysed on either side?"""
        return all(bool(self.sides.analysed[side].any()) for side in passage.sides)


def find(corpus: Corpus, words: pd.DataFrame, *, min_run: int, min_score: int) -> Reuse:
    """Which passages do two texts share, word for word or lightly edited?

    Args:
        corpus: the statements in units.
        words: tokens of all the corpus's sentences, unstemmed, with all function words.
        min_run: equal words in a row without which no passage is found.
        min_score: passages with a lower alignment score (2 an equal word, −1 a word replaced,
            left out or put in) are left out.

    See `alignment.passages` for how.
    """
    sides = _sides(corpus, words)
    found = alignment.passages(sides.types, sides.texts, min_run=min_run)
    return Reuse(corpus, words, [p for p in found if p.score >= min_score])


def shared_passages(reuse: Reuse) -> pd.DataFrame:
    """Which passages do two texts share, word for word or lightly edited, and where?

    Moved passages are found as others are. Passages that are set aside are searched, too, and
    marked. A passage may go beyond a block: what one text lists the other may write in a row.

    Args:
        reuse: what `find` returned.

    Returns:
        One row a passage, highest score first. identity = equal words / aligned words (equal,
        replaced, left out, put in). Offsets count characters of the decoded source (byte-order
        mark dropped, newlines kept). `order` as in `shared_runs`. Evidence: the sentences of both
        sides.

    A shared passage says nothing about who took it from whom: both may follow a third text.
    """
    rows = []
    for passage in reuse.found:
        places = [_place(reuse, side) for side in passage.sides]
        (a, b), texts = passage.places[0], reuse.sides.texts
        rows.append(
            {
                "passage": places[0]["text"],
                "as_later": places[1]["text"],
                "changes": _changes(reuse, passage),
                "words": passage.equal,
                "identity": passage.equal / passage.columns,
                "names": float(reuse.named[passage.places[:, 0]].mean()),
                "score": passage.score,
                "expected": passage.expected,
                **reuse.sides.pair(texts[a], texts[b]),
                "analysed": reuse.analysed(passage),
                **{
                    f"{side}_{name}": place[name]
                    for side, place in zip(("earlier", "later"), places, strict=True)
                    for name in ("from", "to", "start", "end")
                },
                "evidence": [*places[0]["sentences"], *places[1]["sentences"]],
            }
        )
    return tables.result(rows, columns=PASSAGES, made_by="analysis.reuse.shared_passages")


def _place(reuse: Reuse, side: slice) -> dict[str, object]:
    """Text, sentences and source offsets of a stretch of tokens."""
    tokens = reuse.words.iloc[side]
    span = _span(reuse.corpus, reuse.words, side.start, side.stop - side.start)
    ends = [
        source_range(reuse.corpus, int(token["row"]), int(token["start"]), int(token["end"]))
        for token in (tokens.iloc[0], tokens.iloc[-1])
    ]
    return {
        "text": span.text,
        "from": span.sentences[0],
        "to": span.sentences[-1],
        "start": ends[0][0],
        "end": ends[1][1],
        "sentences": span.sentences,
    }


def _changes(reuse: Reuse, passage: Passage) -> str:
    """Words replaced, left out and put in, in order: “agreements → frameworks; − order”."""
    tokens = reuse.words["token"].to_numpy()
    found = []
    for (a, b), (c, d) in zip(passage.places[:-1], passage.places[1:], strict=True):
        out, new = " ".join(tokens[a + 1:c]), " ".join(tokens[b + 1:d])
        if out and new:
            found.append(f"{out} → {new}")
        elif out or new:
            found.append(f"− {out}" if out else f"+ {new}")
    more = ["…"] if len(found) > CHANGES_NAMED else []
    return "; ".join(found[:CHANGES_NAMED] + more)


def strongest_passages(passages: pd.DataFrame) -> pd.DataFrame:
    """Which passages do two texts share most surely?

    Args:
        passages: what `shared_passages` returned.

    Returns:
        One row a passage, highest score first, at most `RUNS_LISTED`, without the offsets.
    """
    rows = [
        {
            **{name: getattr(row, name) for name in STRONGEST if name != "remark"},
            "remark": _remark(row),
            "evidence": row.evidence,
        }
        for row in passages.head(RUNS_LISTED).itertuples()
    ]
    return tables.result(rows, columns=STRONGEST, made_by="analysis.reuse.strongest_passages")


def coverage(reuse: Reuse) -> pd.DataFrame:
    """How much of each of two texts stands in passages that it shares with the other?

    share = analysed words of the text inside at least one shared passage / analysed words of the
    text; a passage counts if it has analysed words on both sides. *Without names* leaves words
    that are part of a name (`names`) out above and below the line.

    Args:
        reuse: what `find` returned.

    Returns:
        One row a pair, largest share of the later text first; undefined where a text has no such
        word. Evidence: the later text's sentences in shared passages.

    Complete counts, no estimates: no interval. How much of the later text follows the earlier
    one, and how much of the earlier one returns, differ with the texts' lengths.
    """
    sides = reuse.sides
    own = {pair: [] for pair in combinations(range(len(sides.labels)), 2)}
    for passage in reuse.found:
        if reuse.analysed(passage):
            own[tuple(int(i) for i in sides.texts[passage.places[0]])].append(passage)
    identifiers = reuse.corpus.sentences["sentence_id"].to_numpy()
    rows_of = reuse.words["row"].to_numpy(dtype=int)
    rows = []
    for (i, j), found in own.items():
        earlier = _covered(reuse, i, [passage.sides[0] for passage in found])
        later = _covered(reuse, j, [passage.sides[1] for passage in found])
        rows.append(
            {
                **sides.pair(i, j),
                "passages": len(found),
                **{f"later_{name}": value for name, value in later.items() if name != "places"},
                **{f"earlier_{name}": value for name, value in earlier.items()
                   if name != "places"},
                "evidence": list(dict.fromkeys(identifiers[rows_of[later["places"]]])),
            }
        )
    rows.sort(key=lambda row: -np.nan_to_num(row["later_share"], nan=-1))
    return tables.result(rows, columns=COVERAGE, made_by="analysis.reuse.coverage")


def _covered(reuse: Reuse, text: int, spans: list[slice]) -> dict[str, object]:
    """A text's analysed words, and those of them in any of these stretches."""
    counted = reuse.sides.analysed & (reuse.sides.texts == text)
    inside = np.zeros(len(counted), dtype=bool)
    for span in spans:
        inside[span] = True
    inside &= counted
    plain = counted & ~reuse.named
    return {
        "in": int(inside.sum()),
        "words": int(counted.sum()),
        "share": _share(int(inside.sum()), int(counted.sum())),
        "adjusted": _share(int((inside & plain).sum()), int(plain.sum())),
        "places": np.flatnonzero(inside),
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def coverage_reading(passages: pd.DataFrame, covered: pd.DataFrame) -> list[str]:
    """How much is reused, with names and without, in words.

    Args:
        passages: what `shared_passages` returned.
        covered: what `coverage` returned.
    """
    if passages.empty:
        return ["No two texts share a passage that is more than chance."]
    edited = int((passages["identity"] < 1).sum())
    named = int((passages["names"] > 0.5).sum())
    most = covered.iloc[0]
    return [
        f"{len(passages)} passages, {edited} of them edited; in {named} more than half of the "
        "equal words are names.",
        f"Most is shared between {most['earlier']} and {most['later']}: {most['later_in']} of the "
        f"{most['later_words']:,} analysed words of the later text "
        f"({_percent(most['later_share'])}; without names {_percent(most['later_adjusted'])}) and "
        f"{most['earlier_in']} of {most['earlier_words']:,} of the earlier "
        f"({_percent(most['earlier_share'])}; without names "
        f"{_percent(most['earlier_adjusted'])}).",
    ]


def _percent(share: float) -> str:
    return "undefined" if np.isnan(share) else f"{100 * share:.1f} %"


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
    analysed = runs[runs["analysed"]]
    if analysed.empty:
        return _most(shares)
    longest = analysed.iloc[0]
    return (
        f"{_most(shares)} The longest run of words that two texts share has "
        f"{longest['words']}: {quoted(longest['run'])}."
    )
