"""What carries each frame: which terms, how much of it hangs on one, which words count twice?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis import tables
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary, spans
from analysis.inference import generator
from analysis.tables import Column

DICTIONARY = {
    "frame": Column("frame"),
    "definition": Column("counted when the sentence shows"),
    "terms": Column("terms", "count"),
    "matching": Column("terms that occur here", "count"),
    "sentences": Column("sentences with the frame", "count"),
    "leading": Column("the term found in most of them"),
    "leading_share": Column("its share of them", "percent"),
    "alone": Column("sentences that one term alone carries", "percent"),
}

TERMS = {
    "frame": Column("frame"),
    "term": Column("term"),
    "limits": Column("what limits it", aside=True),
    "comment": Column("why it is there"),
    "n_matches": Column("matches", "count", aside=True),
    "n_sentences": Column("sentences", "count"),
    "n_statements": Column("statements", "count", aside=True),
    "only": Column("sentences that only it carries", "count"),
    "only_share": Column(
        "share of the frame's sentences that only it carries", "percent", aside=True
    ),
    "loss": Column("largest fall of a statement's share without it", "points"),
    "loss_in": Column("in"),
}

NEVER = {
    "frame": Column("frame"),
    "n_terms": Column("terms that never occur", "count"),
    "terms": Column("these"),
}

DOUBLE = {
    "first": Column("frame"),
    "second": Column("and frame"),
    "n_sentences": Column("sentences in which the same words count for both", "count"),
    "share": Column("of the sentences with both", "percent"),
    "words": Column("by these terms, most often"),
}

EXAMPLES = {
    "frame": Column("frame"),
    "statement": Column("statement"),
    "sentence": Column("sentence", "marked"),
}

# Enough to recognise which words two frames share, few enough for a cell.
PAIRS_SHOWN = 3


def _sentences(corpus: Corpus, found: pd.DataFrame) -> dict[tuple[str, str], set[int]]:
    """Frame and term → rows of the sentences that hold the term."""
    return {
        key: set(part.tolist()) for key, part in found.groupby(["category", "term"])["row"]
    }


def _alone(held: Mapping[tuple[str, str], set[int]], frame: str) -> dict[str, set[int]]:
    """Term → sentences in which no other term of the frame is found."""
    carriers: dict[int, list[str]] = {}
    for (category, term), rows in held.items():
        if category == frame:
            for row in rows:
                carriers.setdefault(row, []).append(term)
    alone: dict[str, set[int]] = {}
    for row, terms in carriers.items():
        if len(terms) == 1:
            alone.setdefault(terms[0], set()).add(row)
    return alone


def dictionary_overview(
    corpus: Corpus, dictionary: Dictionary, nested: pd.DataFrame
) -> pd.DataFrame:
    """How many terms has each frame, how many occur, and how much hangs on a single one?

    Args:
        corpus: the statements in units.
        dictionary: the frames.
        nested: what `framing.frame_matches` returned with `nested`: every match of every term.

    Returns:
        One row a frame, in the dictionary's order; evidence: the sentences that one term alone
        carries.
    """
    held = _sentences(corpus, nested)
    identifiers = corpus.units["sentence_id"].to_numpy()
    rows = []
    for category in dictionary.categories:
        own = {term: found for (frame, term), found in held.items() if frame == category.id}
        with_frame = set().union(*own.values())
        alone = set().union(*_alone(held, category.id).values())
        leading = min(own, key=lambda term: (-len(own[term]), term), default="")
        total = len(with_frame)
        rows.append(
            {
                "frame": category.label,
                "definition": category.definition,
                "terms": len(category.terms),
                "matching": len(own),
                "sentences": total,
                "leading": leading,
                "leading_share": len(own[leading]) / total if total else float("nan"),
                "alone": len(alone) / total if total else float("nan"),
                "evidence": identifiers[sorted(alone)].tolist(),
            }
        )
    return tables.result(
        rows, columns=DICTIONARY, made_by="analysis.audit.dictionary_overview"
    )


def term_audit(
    corpus: Corpus, dictionary: Dictionary, matches: pd.DataFrame, nested: pd.DataFrame
) -> pd.DataFrame:
    """How much does each term that occurs contribute to its frame?

    A sentence hangs on a term if no other term of the frame is found in it, one inside a longer
    match included: without the term the sentence would lose the frame. The fall is that of the
    share of sentences, in the statement where it is largest.

    Args:
        corpus: the statements in units.
        dictionary: the frames.
        matches: what `framing.frame_matches` returned.
        nested: the same with `nested`.

    Returns:
        One row a term that occurs, by frame; the one on which most sentences hang first; evidence:
        the sentences that only it carries, or, without any, all that hold it.
    """
    units = corpus.units
    statement, identifiers = (units[c].to_numpy() for c in ("statement_id", "sentence_id"))
    sizes = units["statement_id"].value_counts()
    held = _sentences(corpus, nested)
    counted = matches.groupby(["category", "term"]).size()
    rows = []
    for category in dictionary.categories:
        alone = _alone(held, category.id)
        total = len(set().union(*(r for (frame, _), r in held.items() if frame == category.id)))
        own = []
        for term in category.terms:
            where = held.get((category.id, term.phrase))
            if not where:
                continue
            only = sorted(alone.get(term.phrase, ()))
            falls = pd.Series(statement[only]).value_counts() / sizes
            place = falls.idxmax() if only else ""
            own.append(
                {
                    "frame": category.label,
                    "term": term.phrase,
                    "limits": _limits(term),
                    "comment": term.comment,
                    "n_matches": int(counted.get((category.id, term.phrase), 0)),
                    "n_sentences": len(where),
                    "n_statements": len(set(statement[sorted(where)])),
                    "only": len(only),
                    "only_share": len(only) / total,
                    "loss": float(falls.max()) if only else 0.0,
                    "loss_in": corpus.labels[place] if only else "",
                    "evidence": identifiers[only or sorted(where)].tolist(),
                }
            )
        rows += sorted(own, key=lambda row: (-row["only"], -row["n_sentences"], row["term"]))
    return tables.result(rows, columns=TERMS, made_by="analysis.audit.term_audit")


def _limits(term) -> str:
    parts = [
        f"{word} {', '.join(phrases)}"
        for word, phrases in (
            ("not in:", term.unless), ("only with:", term.only_with), ("not with:", term.without)
        )
        if phrases
    ]
    return "; ".join(parts)


def never_matching(dictionary: Dictionary, nested: pd.DataFrame) -> pd.DataFrame:
    """Which terms never occur in these texts?

    A term that never occurs is no fault of the dictionary: it is there for other texts.

    Returns:
        One row a frame that has such terms.
    """
    seen = set(zip(nested["category"], nested["term"], strict=True))
    rows = []
    for category in dictionary.categories:
        never = [t.phrase for t in category.terms if (category.id, t.phrase) not in seen]
        if never:
            rows.append(
                {"frame": category.label, "n_terms": len(never), "terms": "; ".join(never)}
            )
    return tables.result(rows, columns=NEVER, made_by="analysis.audit.never_matching")


def double_counts(
    corpus: Corpus, dictionary: Dictionary, matches: pd.DataFrame
) -> pd.DataFrame:
    """Which words count for two frames at once?

    Frames that share words go together by construction: their co-occurrence says nothing about the
    texts.

    Args:
        corpus: the statements in units.
        dictionary: the frames.
        matches: what `framing.frame_matches` returned.

    Returns:
        One row a pair of frames that share words in a sentence, the most frequent first; evidence:
        these sentences.
    """
    identifiers = corpus.units["sentence_id"].to_numpy()
    place = {category.id: number for number, category in enumerate(dictionary.categories)}
    label = {category.id: category.label for category in dictionary.categories}
    with_frame = {
        frame: set(part.tolist()) for frame, part in matches.groupby("category")["row"]
    }
    joined = matches.merge(matches, on="row", suffixes=("_a", "_b"))
    joined = joined[
        (joined["category_a"].map(place) < joined["category_b"].map(place))
        & (joined["start_a"] < joined["end_b"])
        & (joined["start_b"] < joined["end_a"])
    ]
    rows = []
    for (first, second), part in joined.groupby(["category_a", "category_b"]):
        pairs = (part["term_a"] + " / " + part["term_b"]).value_counts()
        pairs = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:PAIRS_SHOWN]
        shared = sorted(set(part["row"].tolist()))
        rows.append(
            {
                "first": label[first],
                "second": label[second],
                "n_sentences": len(shared),
                "share": len(shared) / len(with_frame[first] & with_frame[second]),
                "words": "; ".join(f"{words} ({times})" for words, times in pairs),
                "evidence": identifiers[shared].tolist(),
            }
        )
    rows.sort(key=lambda row: (-row["n_sentences"], row["first"], row["second"]))
    return tables.result(rows, columns=DOUBLE, made_by="analysis.audit.double_counts")


def marked_sentences(
    corpus: Corpus, matches: pd.DataFrame, *, frame: str | None = None
) -> dict[str, tuple[str, ...]]:
    """Every sentence with a match, the matched words marked (`tables.marked`).

    Args:
        corpus: the statements in units.
        matches: what `framing.frame_matches` returned.
        frame: whose words to mark; of all frames if None.

    Returns:
        Id of the sentence → its text in pieces.
    """
    identifiers, texts = (corpus.units[c].to_numpy() for c in ("sentence_id", "text"))
    return {
        identifiers[row]: tables.marked(texts[row], found)
        for row, found in sorted(spans(matches, frame).items())
    }


def example_sentences(
    corpus: Corpus, dictionary: Dictionary, matches: pd.DataFrame, *, seed: int
) -> pd.DataFrame:
    """What does a sentence with the frame look like, in each statement?

    Drawn at random, not chosen: a chosen one would show the dictionary at its best.

    Args:
        corpus: the statements in units.
        dictionary: the frames.
        matches: what `framing.frame_matches` returned.
        seed: of the draws; each depends on it, the frame and the statement only.

    Returns:
        One row a frame and statement that has it; evidence: the sentence.
    """
    statement, identifiers, texts = (
        corpus.units[c].to_numpy() for c in ("statement_id", "sentence_id", "text")
    )
    rows = []
    for category in dictionary.categories:
        found = matches[matches["category"] == category.id]
        held = np.unique(found["row"].to_numpy(int))
        for name, label in corpus.labels.items():
            own = held[statement[held] == name]
            if not len(own):
                continue
            drawn = generator(seed, "example", category.id, name).choice(own)
            marks = spans(found[found["row"] == drawn])[drawn]
            rows.append(
                {
                    "frame": category.label,
                    "statement": label,
                    "sentence": tables.marked(texts[drawn], marks),
                    "evidence": [identifiers[drawn]],
                }
            )
    return tables.result(rows, columns=EXAMPLES, made_by="analysis.audit.example_sentences")


def audit_reading(overview: pd.DataFrame, terms: pd.DataFrame, double: pd.DataFrame) -> list[str]:
    """Where a frame hangs on little, in words.

    Args:
        overview: what `dictionary_overview` returned.
        terms: what `term_audit` returned.
        double: what `double_counts` returned.
    """
    found = overview[overview["sentences"] > 0]
    if found.empty:
        return ["No term of a dictionary occurs in these texts."]
    occurring, all_terms = int(overview["matching"].sum()), int(overview["terms"].sum())
    sentences = [f"{occurring} of {all_terms} terms occur in these texts."]
    heavy = terms[terms["only"] > 0]
    if len(heavy):
        row = heavy.loc[heavy["loss"].idxmax()]
        sentences.append(
            f"The most that hangs on one term is {100 * row['loss']:.0f} points: without "
            f"“{row['term']}” the share of {row['frame']} in {row['loss_in']} would be so much "
            "smaller."
        )
    narrow = found[found["leading_share"] > 0.5]
    named = ", ".join(
        f"{row.frame} (“{row.leading}”, {100 * row.leading_share:.0f} %)"
        for row in narrow.itertuples()
    )
    if named:
        sentences.append(f"One term is found in more than half of the sentences with: {named}.")
    if len(double):
        row = double.iloc[0]
        sentences.append(
            f"The same words count for two frames in {int(double['n_sentences'].sum())} cases, most "
            f"often for {row['first']} and {row['second']}."
        )
    return sentences
