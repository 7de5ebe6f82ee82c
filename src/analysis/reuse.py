"""Which words do two texts share, word for word or lightly edited, and how much of them is that?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from analysis import alignment, names, tables
from analysis.alignment import Passage
from analysis.corpus import Corpus, source_places
from analysis.plural import counted
from analysis.tables import Column

# A passage quoted in a sentence of the page is cut after this many words; the table has it whole.
QUOTED_WORDS = 16

# More passages than this are not read one by one; `shared_passages` has them all.
PASSAGES_LISTED = 40

# More pairs of texts than this that share nothing are counted, not named.
PAIRS_NAMED = 6

# More changes than this in one passage are not named; both texts stand beside them.
CHANGES_NAMED = 8

PASSAGES = {
    "passage": Column("as the earlier text has it", "marked"),
    "as_later": Column("as the later text has it", "marked"),
    "changes": Column("words changed"),
    "words": Column("equal words", "count"),
    "run": Column("longest run of them", "count"),
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
    "where": Column("earlier and later text, characters in their sources"),
    "passage": Column("as the earlier has it", "marked"),
    "as_later": Column("as the later has it", "marked"),
    "words": Column("equal words", "count"),
    "run": Column("longest run", "count"),
    "identity": Column("equal", "percent"),
    "names": Column("in names", "percent"),
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
    analysed: np.ndarray
    labels: list[str]
    dates: list[str]

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
        analysed=sentences["analysed"].to_numpy(),
        labels=list(corpus.labels.values()),
        dates=[dates[identifier] for identifier in corpus.labels],
    )


def _remark(row: object) -> str:
    """What to know about a passage before reading it."""
    remarks = (
        ("in a text that is otherwise set aside", not row.analysed),
        ("dates do not tell which is the earlier", not row.order),
    )
    said = "; ".join(remark for remark, applies in remarks if applies)
    return f" ({said})" if said else ""


def order_known(a: str, b: str) -> bool:
    """Do two dates of whatever precision say which comes first?

    >>> order_known("2022-11-14", "2022-12"), order_known("2022", "2022-12")
    (True, False)
    """
    return bool(a and b) and not a.startswith(b) and not b.startswith(a)


@dataclass(frozen=True)
class Reuse:
    """The passages that the texts of a corpus share, and the words that they are made of.

    Attributes:
        left_out: runs of equal words that are in no passage, because chance would bring them or
            their alignment scores too little.
        formulas: windows of words that stand in so many places that they start no search.
    """

    corpus: Corpus
    words: pd.DataFrame
    found: list[Passage]
    min_run: int
    left_out: int
    formulas: int

    @cached_property
    def sides(self) -> _Sides:
        return _sides(self.corpus, self.words)

    @cached_property
    def places(self) -> dict[str, np.ndarray]:
        """`row`, `start` and `end` of each word."""
        return {name: self.words[name].to_numpy(dtype=int) for name in ("row", "start", "end")}

    @cached_property
    def tokens(self) -> list[str]:
        """Each word as it is compared."""
        return self.words["token"].tolist()

    @cached_property
    def _of_source(self) -> dict[int, np.ndarray]:
        return {}

    def source_places(self, row: int) -> np.ndarray:
        """As `corpus.source_places`; each sentence is looked up once."""
        if row not in self._of_source:
            self._of_source[row] = source_places(self.corpus, int(row))
        return self._of_source[row]

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
    found = [passage for passage in found if passage.score >= min_score]
    runs = alignment.exact_runs(sides.types, sides.texts, sides.texts, min_run=min_run)
    held = {tuple(place) for passage in found for place in passage.places.tolist()}
    return Reuse(
        corpus, words, found, min_run,
        left_out=sum(
            not any((a + step, b + step) in held for step in range(length))
            for a, b, length in runs.tolist()
        ),
        formulas=alignment.frequent_windows(sides.types, sides.texts, min_run=min_run),
    )


def shared_passages(reuse: Reuse) -> pd.DataFrame:
    """Which passages do two texts share, word for word or lightly edited, and where?

    Moved passages are found as others are. Passages that are set aside are searched, too, and
    marked: a subtitle is the issuer's wording, a page header is not, and the reader can tell them
    apart. A passage may go beyond a block: what one text lists the other may write in a row.

    Args:
        reuse: what `find` returned.

    Returns:
        One row a passage, highest score first. identity = equal words / aligned words (equal,
        replaced, left out, put in); those that are not equal are marked in both texts. Offsets
        count characters of the decoded source (byte-order mark dropped, newlines kept). `order`
        is false where the dates do not say which text is the earlier; the first in the corpus's
        order then stands in its place. Evidence: the sentences of both sides.

    A shared passage says nothing about who took it from whom: both may follow a third text, and
    names of states, agencies and treaties can hardly be worded otherwise.
    """
    rows = []
    for passage in reuse.found:
        places = [_place(reuse, passage, side) for side in (0, 1)]
        (a, b), texts = passage.places[0], reuse.sides.texts
        rows.append(
            {
                "passage": places[0]["text"],
                "as_later": places[1]["text"],
                "changes": _changes(reuse, passage),
                "words": passage.equal,
                "run": passage.longest_run,
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


def _place(reuse: Reuse, passage: Passage, number: int) -> dict[str, object]:
    """One side of a passage: its text with what changed marked, its sentences, its offsets."""
    side, equal = passage.sides[number], set(passage.places[:, number].tolist())
    row, start, end = (reuse.places[name][side] for name in ("row", "start", "end"))
    rows = np.unique(row)
    under = reuse.corpus.sentences["text"].to_numpy()[rows].tolist()
    ids = reuse.corpus.sentences["sentence_id"].to_numpy()[rows].tolist()
    # Offsets into the sentences written in a row, from the passage's first character on.
    begins = np.cumsum([0, *(len(text) + 1 for text in under[:-1])])
    begins = begins[np.searchsorted(rows, row)] - start[0]
    spans = list(zip((begins + start).tolist(), (begins + end).tolist(), strict=True))
    return {
        "text": tables.marked(
            " ".join(under)[start[0]:start[0] + spans[-1][1]],
            _changed(spans, [place in equal for place in range(side.start, side.stop)]),
        ),
        "from": ids[0],
        "to": ids[-1],
        "start": int(reuse.source_places(row[0])[start[0]]),
        "end": int(reuse.source_places(row[-1])[end[-1] - 1]) + 1,
        "sentences": ids,
    }


def _changed(spans: list[tuple[int, int]], equal: list[bool]) -> list[tuple[int, int]]:
    """The stretches of words that are not equal, each as one."""
    found: list[tuple[int, int]] = []
    for place, (start, end) in enumerate(spans):
        if equal[place]:
            continue
        if found and not equal[place - 1]:
            start = found.pop()[0]
        found.append((start, end))
    return found


def _changes(reuse: Reuse, passage: Passage) -> str:
    """Words replaced, left out and put in, in order: “agreements → frameworks; − order”."""
    tokens = reuse.tokens
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
        One row a passage, highest score first, at most `PASSAGES_LISTED`; both texts side by side.
    """
    rows = [
        {
            **{name: getattr(row, name)
               for name in ("passage", "as_later", "words", "run", "identity", "names")},
            "where": f"{row.earlier}, {row.earlier_start}–{row.earlier_end}; "
                     f"{row.later}, {row.later_start}–{row.later_end}{_remark(row)}",
            "evidence": row.evidence,
        }
        for row in passages.head(PASSAGES_LISTED).itertuples()
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


def passages_reading(reuse: Reuse, passages: pd.DataFrame) -> list[str]:
    """Which passages are strongest, and what was left out, in words.

    Args:
        reuse: what `find` returned.
        passages: what `shared_passages` returned.
    """
    if passages.empty:
        return [_nothing(reuse), _left_out(reuse)]
    edited, named = int((passages["identity"] < 1).sum()), int((passages["names"] > 0.5).sum())
    aside, undated = int((~passages["analysed"]).sum()), int((~passages["order"]).sum())
    parts = [
        f"{counted(len(passages), 'shared passage')}: {edited} edited, "
        f"{len(passages) - edited} word for word",
        f"in {named} more than half of the equal words are names",
    ]
    if aside:
        parts.append(f"{aside} with a text that is otherwise set aside")
    if undated:
        parts.append(f"{undated} between texts whose dates do not tell which is the earlier")
    strongest = "; ".join(
        f"{quoted(tables.unmarked(row.passage))} ({row.words} equal words, {row.earlier} and "
        f"{row.later})" for row in passages[passages["names"] <= 0.5].head(3).itertuples()
    )
    said = f"{'; '.join(parts)}."
    return [
        f"{said} Strongest of those that are not mostly names: {strongest}." if strongest else said,
        _left_out(reuse),
    ]


def _nothing(reuse: Reuse) -> str:
    return (
        f"No two texts share a passage with {reuse.min_run} or more equal words in a row that is "
        "more than chance."
    )


def _left_out(reuse: Reuse) -> str:
    formulas = (
        f"{counted(reuse.formulas, 'run')} of {reuse.min_run} words in more than "
        f"{alignment.MOST_PLACES} places started no search" if reuse.formulas else
        f"no run of {reuse.min_run} words stands in so many places (more than "
        f"{alignment.MOST_PLACES}) that it was skipped as a formula"
    )
    return (
        f"Left out: {counted(reuse.left_out, 'further run')} of {reuse.min_run} or more equal "
        f"words, because two texts of such length have as much by chance, or score too little; "
        f"{formulas}."
    )


def coverage_reading(covered: pd.DataFrame) -> list[str]:
    """How much is reused, with names and without, and between which texts nothing, in words.

    Args:
        covered: what `coverage` returned.
    """
    known = covered.dropna(subset=["later_share"])
    if known.empty or not known["passages"].any():
        return ["Nothing that is analysed stands in a shared passage."]
    most = known.iloc[0]
    none = [f"{row.earlier} and {row.later}" for row in known.itertuples() if not row.passages]
    without = f" {counted(len(none), 'pair')} of texts share nothing that is analysed" if none \
        else ""
    if 0 < len(none) <= PAIRS_NAMED:
        without += f": {'; '.join(none)}"
    start = "Most is shared between" if len(known) > 1 else "Shared between"
    return [
        f"{start} {most['earlier']} and {most['later']}: {most['later_in']} of the "
        f"{most['later_words']:,} analysed words of the later text "
        f"({_percent(most['later_share'])}; without names {_percent(most['later_adjusted'])}) and "
        f"{most['earlier_in']} of {most['earlier_words']:,} of the earlier "
        f"({_percent(most['earlier_share'])}; without names "
        f"{_percent(most['earlier_adjusted'])}).{without}{'.' if without else ''}",
    ]


def _percent(share: float) -> str:
    return "undefined" if np.isnan(share) else f"{100 * share:.1f} %"


def quoted(passage: str) -> str:
    """A passage in quotation marks, cut if it is too long for a sentence."""
    words = passage.split()
    return f"“{' '.join(words[:QUOTED_WORDS])}{' …' if len(words) > QUOTED_WORDS else ''}”"


def headline(reuse: Reuse, passages: pd.DataFrame, covered: pd.DataFrame) -> str:
    """The page's answer about repeated wording in a sentence or two."""
    analysed = passages[passages["analysed"]]
    if analysed.empty:
        return _nothing(reuse)
    most, longest = covered.iloc[0], analysed.loc[analysed["run"].idxmax()]
    return (
        f"Of the {most['later_words']:,} analysed words of {most['later']}, {most['later_in']} "
        f"({_percent(most['later_share'])}; without names {_percent(most['later_adjusted'])}) "
        f"stand in passages shared with {most['earlier']}"
        f"{', the largest share of any pair' if len(covered) > 1 else ''}. The longest run of equal "
        f"words has {longest['run']}, in {quoted(tables.unmarked(longest['passage']))}."
    )
