"""Equivalent passages: known ranks, a slow ranker, laws, files at fault, the command."""

import csv
import json
import math

import numpy as np
import pytest
from small import SHIPPED, corpus_of, paragraphs

from analysis import cli, corpus, equivalence, passages
from analysis.errors import BadStudy

FILE = SHIPPED / "equivalent_passages.csv"
HEADER = ",".join(equivalence.REQUIRED_COLUMNS)


@pytest.fixture(scope="module")
def shipped():
    return corpus.load(str(SHIPPED))


@pytest.fixture(scope="module")
def small():
    """Two texts whose ranks can be told by eye; block 3 of b holds no word to compare."""
    return corpus_of({
        "a": paragraphs(["joint patrols guard the harbour", "asylum claims are examined"]),
        "b": paragraphs([
            "asylum claims are examined", "joint patrols guard the coast", "it is what it is",
            "trade in fish grows",
        ]),
    })


def written(folder, *rows, header=HEADER):
    path = folder / "pairs.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(header + "\n")
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def scored(path, texts, **options):
    queries, unmatched = equivalence.matched(equivalence.read(path, texts), texts)
    found = equivalence.ranks(texts, queries, **options)
    return queries, unmatched, found


def test_known_ranks_and_what_becomes_of_what_is_not_found(tmp_path, small):
    path = written(
        tmp_path,
        ("t1", "a", "Joint patrols", "b", "Joint patrols"),       # rank 1
        ("t2", "a", "Asylum claims", "b", "Joint patrols"),       # behind "asylum claims …"
        ("t3", "a", "Asylum claims", "b", "Asylum  CLAIMS"),      # other case: not found
        ("t3", "b", "It is what", "a", "Asylum"),                 # no word to compare
        ("t4", "b", "Trade in fish", "a", "nowhere"),             # no counterpart
        ("t4", "b", "Trade in fish", "a", ""),                    # nothing begins nowhere
    )
    queries, unmatched, found = scored(path, small)
    assert [query.block for query in queries] == [("a", 1), ("a", 2), ("b", 3), ("b", 4)]
    assert queries[1].counterparts == {("b", 2)} and queries[3].counterparts == set()
    assert [(one.row, one.column, one.statement, one.starts_with) for one in unmatched] == [
        (4, "partner_starts_with", "b", "Asylum CLAIMS"),
        (6, "partner_starts_with", "a", "nowhere"),
        (7, "partner_starts_with", "a", ""),
    ]
    # "asylum claims are examined" shares nothing with "joint patrols guard the coast", which is
    # behind its copy; plain tf-idf has two zeros there: ranks 2 to 4, "are" and "the" aside.
    assert found["hybrid"][[0, 2, 3]].tolist() == [1, math.inf, math.inf]
    assert found["hybrid"][1] in (2, 2.5, 3) and found["tfidf"][1] == 3
    table = equivalence.ranking(queries, found, seed=1).set_index("method")
    row = table.loc["plain word tf–idf"]
    # Plain words compare "It is what it is" as well: it shares nothing, both candidates are tied.
    assert found["tfidf"].tolist() == [1, 3, 1.5, math.inf]
    assert row["mrr"] == pytest.approx((1 + 1 / 3 + 1 / 1.5 + 0) / 4)
    assert (row["recall_at_1"], row["recall_at_5"]) == (0.25, 0.75)


def test_ties_share_the_mean_of_their_ranks():
    keys = [("b", 1), ("b", 2), ("b", 3), ("b", 4)]
    query = equivalence.Query(0, ("a", 1), "b", frozenset({("b", 2)}))
    two = equivalence.Query(0, ("a", 1), "b", frozenset({("b", 2), ("b", 4)}))
    scores = {("a", 1): np.array([0.5, 0.2, 0.2, 0.2])}
    candidates = {"b": [*keys, ("b", 5)]}
    assert equivalence._ranks([query, two], candidates, keys, scores).tolist() == [3, 3]
    wordless = equivalence.Query(0, ("a", 1), "b", frozenset({("b", 5)}))
    assert equivalence._ranks([wordless], candidates, keys, scores).tolist() == [5]


def test_a_beginning_finds_its_block_whatever_stands_before_it(shipped):
    def block(statement, start):
        texts, blocks = shipped.study.texts[statement], shipped.blocks
        own = blocks[blocks["statement_id"] == statement]
        return equivalence._block_of(
            equivalence._squash(start)[0], *equivalence._squash(texts), own
        )

    with_enumerator = block("uk-fr-2015-08-20", "(v) To deploy additional 24/7 freight")
    assert with_enumerator == block("uk-fr-2015-08-20", "To  deploy additional\n24/7 fre")
    assert block("uk-fr-2022-11-14", "- funding for detection dogs") == 20
    assert block("uk-fr-2022-11-14", "A joint strategy") is None  # a heading is not analysed
    # Every block is found by its own first 90 characters, unless another begins alike.
    for row in shipped.blocks[shipped.blocks["analysed"]].itertuples():
        text = shipped.study.texts[row.statement_id][row.start:row.end]
        assert block(row.statement_id, text[:90]) == row.block, row


def test_ranks_equal_a_slow_version(shipped):
    """Every query ranked by sorting, with scikit-learn's tf–idf for the plain method."""
    from sklearn.feature_extraction.text import CountVectorizer

    queries, _, found = scored(FILE, shipped)
    blocks = shipped.blocks[shipped.blocks["analysed"]]
    units, word = shipped.units, r"(?u)[^\W\d_]+(?:['’\-‐‑][^\W\d_]+)*"
    counter = CountVectorizer(token_pattern=word).fit(units["text"])
    own = units["statement_id"] != "statewatch-2023-10"
    df = (counter.transform(units.loc[own, "text"]) > 0).sum(axis=0).A1
    per_block = units.groupby(["statement_id", "block"], sort=False)["text"].agg(" ".join)
    weights = np.log((1 + own.sum()) / (1 + df)) + 1
    dense = counter.transform(per_block).toarray() * weights
    dense = dense / np.linalg.norm(dense, axis=1, keepdims=True)
    row = {key: place for place, key in enumerate(per_block.index)}
    compared = passages.passages(shipped)
    hybrid = np.vstack([part[1] for part in passages.scores(compared)])
    place = {key: position for position, key in enumerate(compared.keys)}
    for number, query in enumerate(queries):
        candidates = [
            (query.partner, block)
            for block in blocks.loc[blocks["statement_id"] == query.partner, "block"]
        ]
        for method, score in (
            ("tfidf", lambda key: round(dense[row[query.block]] @ dense[row[key]], 12)),
            ("hybrid", lambda key: round(hybrid[place[query.block], place[key]], 12)),
        ):
            ordered = sorted((score(key) for key in candidates), reverse=True)
            best = min(
                np.mean([r for r, value in enumerate(ordered, 1) if value == score(key)])
                for key in query.counterparts
            )
            assert found[method][number] == best, (method, query)


def test_mirrored_pairs_are_one_topic(tmp_path, small):
    path = written(
        tmp_path,
        ("patrols", "a", "Joint", "b", "Joint"), ("watch", "b", "Joint", "a", "Joint"),
        ("asylum", "a", "Asylum", "b", "Asylum"),
        ("twice", "b", "Trade", "a", "Asylum"), ("two names", "b", "Trade", "a", "Joint"),
    )
    queries, _, found = scored(path, small)
    assert [query.cluster for query in queries] == [0, 0, 1, 2]
    assert queries[3].counterparts == {("a", 1), ("a", 2)}
    assert equivalence.ranking(queries, found, seed=1)["n_topics"].tolist() == [3, 3]


def test_the_interval_is_that_of_redrawn_topics():
    """Every one of 3³ draws of three topics, counted out."""
    values, clusters = np.array([1, 0.5, 0, 0.2]), [0, 0, 1, 2]
    queries = [equivalence.Query(c, None, "b", frozenset()) for c in clusters]
    sums, sizes = [1.5, 0, 0.2], [2, 1, 1]
    drawn = [
        sum(sums[i] for i in draw) / sum(sizes[i] for i in draw)
        for draw in np.ndindex(3, 3, 3)
    ]
    interval = equivalence._mean_interval(values, queries, seed=1, n_boot=100_000)
    exact = np.quantile(drawn, [0.025, 0.975], method="inverted_cdf")
    assert interval.estimate == pytest.approx(0.425)
    assert (interval.low, interval.high) == pytest.approx(tuple(exact), abs=1e-9)
    one = [equivalence.Query(0, None, "b", frozenset())] * 4
    assert math.isnan(equivalence._mean_interval(values, one, seed=1, n_boot=10).low)


def test_order_of_rows_and_repeated_rows_change_nothing(tmp_path, shipped):
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    given = scored(FILE, shipped)
    turned = scored(written(tmp_path, *rows[::-1], *rows[:9]), shipped)
    first = equivalence.ranking(given[0], given[2], seed=1)
    second = equivalence.ranking(turned[0], turned[2], seed=1)
    exact = ["method", "n_queries", "n_topics", "recall_at_1", "recall_at_5"]
    assert first[exact].equals(second[exact])
    assert first["mrr"].to_numpy() == pytest.approx(second["mrr"].to_numpy())
    bounds = [table[["low", "high"]].to_numpy() for table in (first, second)]
    assert bounds[0] == pytest.approx(bounds[1], abs=0.01)


def test_the_bench_s_development_pairs_are_found_and_are_others(shipped):
    """bench/passages.md rests on them; none of its queries is among the study's own."""
    path = SHIPPED.parent.parent / "bench" / "development_passages.csv"
    more, unmatched = equivalence.matched(equivalence.read(path, shipped), shipped)
    own, _ = equivalence.matched(equivalence.read(FILE, shipped), shipped)
    assert (len(more), unmatched) == (100, [])
    assert not {(q.block, q.partner) for q in more} & {(q.block, q.partner) for q in own}


def test_a_method_leads_itself_by_nothing(shipped):
    queries, _, found = scored(FILE, shipped)
    same = {"hybrid": found["tfidf"], "tfidf": found["tfidf"]}
    interval = equivalence.lead(queries, same, seed=1)
    assert (interval.estimate, interval.low, interval.high) == (0, 0, 0)


@pytest.mark.parametrize(("content", "fault"), [
    (b"", "pairs.csv: is empty"),
    (b"\xff\xfeh\x00", "not UTF-8"),
    (HEADER.encode() + b"\n\xe9t\xe9,a,b,c,d\n", "pairs.csv, line 2: not UTF-8"),
    (HEADER.encode() + b"\n", "a header and no row"),
    (HEADER.replace("topic", "theme").encode() + b"\nx,a,b,b,c\n", "no column 'topic'"),
    (HEADER.encode() + b"\nx,a,b,c,d\n", "row 2, column partner_statement: unknown statement 'c'"),
    (HEADER.encode() + b"\nx,a,b,a,d\n", "row 2: query and partner are of one statement"),
    (HEADER.encode() + b"\nx,a,b\n", "row 2: has 3 cells"),
    (HEADER.encode() + b'\nx,a,"b\n', "not valid CSV"),
])
def test_files_that_cannot_be_scored_are_one_line_each(tmp_path, small, content, fault):
    path = tmp_path / "pairs.csv"
    path.write_bytes(content)
    with pytest.raises(BadStudy) as caught:
        equivalence.read(path, small)
    assert fault in caught.value.faults[0]
    assert all("\n" not in line for line in caught.value.faults)


@pytest.mark.parametrize("name", ["nowhere/pairs.csv", "pairs\0.csv", "."])
def test_a_path_without_a_file_is_one_line(tmp_path, small, name):
    with pytest.raises(BadStudy) as caught:
        equivalence.read(str(tmp_path / name), small)
    assert len(caught.value.faults) == 1


def test_the_command_prints_json_of_the_agreed_form(capsys):
    assert cli.main(["validate", str(SHIPPED), "--equivalent", str(FILE), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == ["methods", "queries", "unmatched"]
    assert list(printed["methods"]) == ["hybrid", "tfidf"]
    for scores in printed["methods"].values():
        assert list(scores) == ["mrr", "low", "high", "recall_at_1", "recall_at_5"]
        assert scores["low"] < scores["mrr"] < scores["high"]
        assert scores["recall_at_1"] <= scores["mrr"] and scores["recall_at_1"] <= scores[
            "recall_at_5"
        ]
    assert (printed["queries"], printed["unmatched"]) == (29, [])


def test_the_command_prints_lines(capsys, tmp_path):
    row = next(csv.reader(FILE.open(encoding="utf-8").readlines()[1:]))
    path = written(tmp_path, row, [*row[:4], "nowhere\u202eto"])
    assert cli.main(["validate", str(SHIPPED), "--equivalent", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "1 query on 1 topic" in printed and "no interval: one topic" in printed
    assert "row 3, partner_starts_with, uk-fr-2015-08-20: 'nowhere\\u202eto'" in printed
    assert cli.main(["validate", str(SHIPPED), "--equivalent", str(path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["methods"]["hybrid"]["low"] is None
    assert printed["unmatched"] == [{
        "row": 3, "column": "partner_starts_with", "statement": "uk-fr-2015-08-20",
        "starts_with": "nowhere\u202eto",
    }]


def test_the_command_exits_as_it_says(capsys, tmp_path):
    missing = str(tmp_path / "none.csv")
    assert cli.main(["validate", str(SHIPPED), "--equivalent", missing]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    for wrong in (["validate", str(SHIPPED)], ["validate"], ["validate", "x", "--equivalent"]):
        with pytest.raises(SystemExit) as stopped:
            cli.main(wrong)
        assert stopped.value.code == 2
    with pytest.raises(SystemExit) as stopped:
        cli.main(["validate", "--help"])
    assert stopped.value.code == 0 and "--equivalent my_pairs.csv" in capsys.readouterr().out
