"""How high does passage matching rank the passages that readers matched?"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import passages, tables, vectors
from analysis.corpus import Corpus
from analysis.errors import MAX_LISTED, BadStudy, shown, suggest
from analysis.inference import Interval, generator
from analysis.plural import counted
from analysis.study_files import Folder, read_table
from analysis.tables import Column

REQUIRED_COLUMNS = (
    "topic", "query_statement", "query_starts_with", "partner_statement", "partner_starts_with"
)

# Bounds from 10,000 resamples move by less than .005 from seed to seed.
N_BOOT = 10_000

METHODS = {"hybrid": "hybrid", "tfidf": "plain word tf–idf"}

RANKING = {
    "method": Column("method"),
    "n_queries": Column("queries", "count"),
    "n_topics": Column("topics", "count"),
    "mrr": Column("mean reciprocal rank", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
    "recall_at_1": Column("ranked first", "percent"),
    "first_low": Column("95 % from", "percent"),
    "first_high": Column("to", "percent"),
    "recall_at_5": Column("among the first five", "percent"),
    "five_low": Column("95 % from", "percent"),
    "five_high": Column("to", "percent"),
}

Block = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Query:
    """A passage whose counterparts in another statement are known.

    Attributes:
        cluster: number of its topic; topics with a pair that is asked both ways share one.
        block: the passage, None where its text was not found.
        partner: the statement in which it is looked for.
        counterparts: the blocks that count as found.
    """

    cluster: int
    block: Block | None
    partner: str
    counterparts: frozenset[Block]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """The beginning of a passage that no analysed block of its statement contains."""

    row: int
    column: str
    statement: str
    starts_with: str


def read(path: str | Path, corpus: Corpus) -> pd.DataFrame:
    """Read a CSV file of equivalent passages.

    Args:
        path: CSV with at least `REQUIRED_COLUMNS`.
        corpus: the statements in units.

    Returns:
        The required columns as text, and `row`, the number a spreadsheet gives the row.

    Raises:
        BadStudy: with all faults: no such file, not UTF-8, no CSV, empty, a column or statement
            that is not known, a statement that is its own partner.
    """
    try:
        there = Path(path).exists()
        given, path = path, Path(path).resolve()
    except (OSError, RuntimeError, ValueError):
        given, there = path, False
    if not there:
        raise BadStudy(f"{shown(given)}: there is no such file; check the path")
    folder = Folder(path.parent)
    table = read_table(folder, path.name, REQUIRED_COLUMNS)
    rows = [] if table is None else table.rows
    if table is not None and not rows:
        folder.fault(f"{path.name}: has a header and no row; write a row a pair of passages")
    known = set(corpus.study.texts)
    faults = list(folder.faults)
    unknown: dict[str, str] = {}
    for number, row in rows:
        for column in ("query_statement", "partner_statement"):
            name = row[column]
            if name not in known:
                unknown.setdefault(
                    name,
                    f"{path.name}, row {number}, column {column}: unknown statement "
                    f"{shown(name)}; {suggest(name, sorted(known))}",
                )
        if row["query_statement"] == row["partner_statement"] in known:
            faults.append(
                f"{path.name}, row {number}: query and partner are of one statement; name another"
            )
    faults += unknown.values()
    if faults:
        raise BadStudy(faults[:MAX_LISTED])
    return pd.DataFrame(
        [{"row": number, **{name: row[name] for name in REQUIRED_COLUMNS}} for number, row in rows]
    )


def matched(judged: pd.DataFrame, corpus: Corpus) -> tuple[list[Query], list[Unmatched]]:
    """Which blocks are meant by the beginnings of passages?

    A beginning matches the analysed block whose source range contains its start, white space
    aside; an enumerator or bullet before the block may belong to it. Rows with the same query
    passage and partner statement are one query with several counterparts. A beginning that is
    nowhere is listed once; a query without a block or counterpart stays, to count as not found.

    Args:
        judged: what `read` returned.
        corpus: the statements in units.
    """
    place: dict[tuple[str, str], Block | None] = {}
    squashed = {name: _squash(text) for name, text in corpus.study.texts.items()}
    blocks = dict(list(corpus.blocks.groupby("statement_id")))
    unmatched, groups = [], {}
    for row in judged.itertuples():
        sides = []
        for side in ("query", "partner"):
            statement = getattr(row, f"{side}_statement")
            starts_with = getattr(row, f"{side}_starts_with")
            key = (statement, _squash(starts_with)[0])
            if key not in place:
                number = _block_of(key[1], *squashed[statement], blocks[statement])
                place[key] = None if number is None else (statement, number)
                if number is None:
                    unmatched.append(
                        Unmatched(row.row, f"{side}_starts_with", statement, starts_with)
                    )
            sides.append(key)
        query, partner = sides
        topics, found = groups.setdefault((query, partner[0]), ([], set()))
        topics.append(row.topic)
        found.update({place[partner]} - {None})
    clusters = _clusters(groups, place)
    return [
        Query(
            cluster=clusters[topics[0]],
            block=place[query],
            partner=partner,
            counterparts=frozenset(found),
        )
        for (query, partner), (topics, found) in groups.items()
    ], unmatched


def _squash(text: str) -> tuple[str, list[int]]:
    """A text without white space, and where each of its characters stood."""
    places = [place for place, character in enumerate(text) if not character.isspace()]
    return "".join(text[place] for place in places), places


def _block_of(start: str, text: str, places: list[int], blocks: pd.DataFrame) -> int | None:
    """The analysed block in which a squashed beginning stands, at its first such place."""
    for found in re.finditer(f"(?={re.escape(start)})", text) if start else ():
        offset = places[found.start()]
        around = blocks[(blocks["start"] <= offset) & (offset < blocks["end"])]
        # Page furniture may stand in the middle of a paragraph: the shortest is meant. Between
        # two blocks there is only the enumerator or bullet of the next.
        if len(around):
            meant = around.loc[(around["end"] - around["start"]).idxmin()]
        else:
            after = blocks[blocks["start"] > offset]
            meant = after.loc[after["start"].idxmin()] if len(after) else None
        if meant is not None and meant["analysed"]:
            return int(meant["block"])
    return None


def _clusters(groups: Mapping, place: Mapping) -> dict[str, int]:
    """Topic → cluster: topics of one query, or of a pair asked both ways, are one."""
    parent = {topic: topic for topics, _ in groups.values() for topic in topics}

    def root(topic: str) -> str:
        while parent[topic] != topic:
            topic = parent[topic]
        return topic

    seen: dict[frozenset, str] = {}
    for (query, _), (topics, found) in groups.items():
        for one, other in pairwise(topics):
            parent[root(other)] = root(one)
        for counterpart in found if place[query] is not None else ():
            pair = frozenset((place[query], counterpart))
            parent[root(topics[0])] = root(seen.setdefault(pair, topics[0]))
    roots = {topic: root(topic) for topic in parent}
    number = {name: position for position, name in enumerate(dict.fromkeys(roots.values()))}
    return {topic: number[name] for topic, name in roots.items()}


def ranks(corpus: Corpus, queries: list[Query], **options) -> dict[str, np.ndarray]:
    """At which rank does each method put the best of a query's counterparts?

    Candidates are all analysed blocks of the partner statement. Blocks of equal score share the
    mean of their ranks; blocks without a word to compare come last, together.

    Args:
        corpus: the statements in units.
        queries: what `matched` returned.
        options: of `passages.passages`.

    Returns:
        Method → (queries,) rank of the best counterpart; infinite where the query's passage, its
        words or all its counterparts were not found.
    """
    analysed = corpus.blocks[corpus.blocks["analysed"]]
    candidates = {
        name: list(zip(own["statement_id"], own["block"].tolist(), strict=True))
        for name, own in analysed.groupby("statement_id")
    }
    asked = {query.block for query in queries}
    compared = passages.passages(corpus, **options)
    hybrid = {
        compared.keys[row]: scores.copy()
        for rows, grid, *_ in passages.scores(compared)
        for row, scores in zip(rows, grid, strict=True)
        if compared.keys[row] in asked
    }
    keys, plain = plain_tfidf(corpus)
    plain_scores = {
        key: (plain[[row]] @ plain.T).toarray()[0] for row, key in enumerate(keys) if key in asked
    }
    return {
        "hybrid": _ranks(queries, candidates, compared.keys, hybrid),
        "tfidf": _ranks(queries, candidates, keys, plain_scores),
    }


def plain_tfidf(corpus: Corpus) -> tuple[list[Block], sparse.csr_array]:
    """What the hybrid is measured against: blocks as tf–idf of their words, as written.

    Lower case, no folding, no stems, function words kept, counts times `vectors.idf` over the
    sentences of the statements, rows of length 1.
    """
    units, statements = corpus.units, corpus.study.statements
    found = vectors.words(units, statements, fold=False, stem=False)
    counts = vectors.count(found, rows=len(units)).matrix
    weights = vectors.idf(counts, baseline_rows=vectors.baseline(units, statements))
    owner = list(zip(units["statement_id"], units["block"].tolist(), strict=True))
    blocks, keys = vectors.add_up(counts, owner)
    held = np.flatnonzero(np.diff(blocks.indptr) > 0)
    weighed = vectors.weigh(blocks[held], weights, sublinear=False)
    return [keys[row] for row in held], vectors.unit_length(weighed)


def _ranks(
    queries: list[Query],
    candidates: Mapping[str, list[Block]],
    keys: list[Block],
    scores: Mapping[Block, np.ndarray],
) -> np.ndarray:
    column = {key: position for position, key in enumerate(keys)}
    found = []
    for query in queries:
        row = scores.get(query.block)
        if row is None or not query.counterparts:
            found.append(math.inf)
            continue
        own = np.array(
            [row[column[key]] if key in column else -np.inf for key in candidates[query.partner]]
        )
        best = [own[candidates[query.partner].index(key)] for key in query.counterparts]
        found.append(min((own > value).sum() + ((own == value).sum() + 1) / 2 for value in best))
    return np.array(found, dtype=float)


def ranking(
    queries: list[Query], found: Mapping[str, np.ndarray], *, seed: int, n_boot: int = N_BOOT
) -> pd.DataFrame:
    """How high does each method rank the counterparts that readers found?

    MRR = mean of 1/rank, recall at k = share of queries with rank ≤ k; not found counts 0.
    Intervals are percentile bootstraps that redraw topics, the two directions of a pair together;
    NaN with fewer than two topics.

    Args:
        queries: what `matched` returned.
        found: what `ranks` returned.
        seed: of the resamples.
        n_boot: number of resamples.

    Source: Voorhees, E. (1999), The TREC-8 Question Answering Track Report; Sakai, T. (2006),
    Evaluating Evaluation Metrics Based on the Bootstrap, SIGIR.
    """
    rows = []
    for method, rank in found.items():
        interval, first, five = (
            _mean_interval(values, queries, seed=seed, n_boot=n_boot)
            for values in (1 / rank, (rank <= 1).astype(float), (rank <= 5).astype(float))
        )
        rows.append(
            {
                "method": METHODS[method],
                "n_queries": len(queries),
                "n_topics": len({query.cluster for query in queries}),
                "mrr": interval.estimate,
                "low": interval.low,
                "high": interval.high,
                "recall_at_1": first.estimate,
                "first_low": first.low,
                "first_high": first.high,
                "recall_at_5": five.estimate,
                "five_low": five.low,
                "five_high": five.high,
            }
        )
    return tables.result(rows, columns=RANKING, made_by="analysis.equivalence.ranking")


def lead(
    queries: list[Query], found: Mapping[str, np.ndarray], *, seed: int, n_boot: int = N_BOOT
) -> Interval:
    """By how much is the hybrid's MRR above plain tf–idf's? Both see the same redrawn topics."""
    difference = 1 / found["hybrid"] - 1 / found["tfidf"]
    return _mean_interval(difference, queries, seed=seed, n_boot=n_boot)


def _mean_interval(
    values: np.ndarray, queries: list[Query], *, seed: int, n_boot: int
) -> Interval:
    """Mean over queries, its bounds from redrawn clusters (a ratio: clusters differ in size)."""
    if not len(values):
        return Interval(math.nan, math.nan, math.nan)
    cluster = np.unique([query.cluster for query in queries], return_inverse=True)[1]
    sums, sizes = np.bincount(cluster, weights=values), np.bincount(cluster)
    n = len(sums)
    if n < 2:
        return Interval(float(values.mean()), math.nan, math.nan)
    weights = generator(seed, "equivalence").multinomial(n, np.full(n, 1 / n), size=n_boot)
    low, high = np.quantile((weights @ sums) / (weights @ sizes), [0.025, 0.975])
    return Interval(float(values.mean()), float(low), float(high))


def as_json(table: pd.DataFrame, unmatched: list[Unmatched]) -> dict[str, object]:
    """The scores as plain JSON; undefined is null.

    Args:
        table: what `ranking` returned.
        unmatched: what `matched` returned.
    """
    columns = ("mrr", "low", "high", "recall_at_1", "recall_at_5")
    return {
        "methods": {
            method: {
                name: tables.rounded(table.loc[table["method"] == label, name].iloc[0])
                for name in columns
            }
            for method, label in METHODS.items()
        },
        "queries": int(table["n_queries"].iloc[0]),
        "unmatched": [
            {name: getattr(one, name) for name in Unmatched.__slots__} for one in unmatched
        ],
    }


def ranking_reading(
    table: pd.DataFrame, difference: Interval, unmatched: list[Unmatched]
) -> list[str]:
    """How well passages are matched, in words."""
    first = table.iloc[0]
    lines = [
        f"{counted(first['n_queries'], 'query', 'queries')} on "
        f"{counted(first['n_topics'], 'topic')} (the two directions of a pair count as "
        "one topic). Mean reciprocal rank, 95 % interval over topics:"
    ]
    lines += [
        f"{row.method}: {row.mrr:.3f}{_bounds(row.low, row.high)}; ranked first (recall@1) "
        f"{_share(row.recall_at_1, row.first_low, row.first_high)}, among the first five "
        f"(recall@5) {_share(row.recall_at_5, row.five_low, row.five_high)}"
        for row in table.itertuples()
    ]
    lines.append(
        f"hybrid minus {METHODS['tfidf']}: {_signed(difference.estimate)}"
        f"{_bounds(difference.low, difference.high, signed=True)}"
    )
    if unmatched:
        lines.append(f"Not found in any analysed block, so counted 0: {len(unmatched)}")
    lines += [
        f"  row {one.row}, {one.column}, {one.statement}: {shown(one.starts_with)}"
        for one in unmatched
    ]
    return lines


def _share(value: float, low: float, high: float) -> str:
    bounds = "" if math.isnan(low) else f" ({100 * low:.0f} to {100 * high:.0f})"
    return f"{100 * value:.0f} %{bounds}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _bounds(low: float, high: float, *, signed: bool = False) -> str:
    if math.isnan(low):
        return " (no interval: one topic)"
    return f" ({_signed(low)} to {_signed(high)})" if signed else f" ({low:.3f} to {high:.3f})"
