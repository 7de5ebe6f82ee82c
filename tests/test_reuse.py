"""Shared runs: peers' runs, a slow version, laws, planted runs, offsets."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import SHIPPED, corpus_of, paragraphs

from analysis import alignment, corpus, reuse, tables, vectors

PEERS = Path(__file__).parent / "peers"


def searched(texts: list[list[list[str]]], min_run: int) -> list[tuple[int, int, int]]:
    """`exact_runs` of texts given as lists of blocks."""
    tokens = [
        (word, t, (t, b)) for t, text in enumerate(texts) for b, block in enumerate(text)
        for word in block
    ]
    numbers = {word: i for i, word in enumerate(dict.fromkeys(token[0] for token in tokens))}
    blocks = {key: i for i, key in enumerate(dict.fromkeys(token[2] for token in tokens))}
    runs = alignment.exact_runs(
        np.array([numbers[word] for word, _, _ in tokens], dtype=int),
        np.array([text for _, text, _ in tokens], dtype=int),
        np.array([blocks[key] for _, _, key in tokens], dtype=int),
        min_run=min_run,
    )
    return [tuple(int(x) for x in run) for run in runs]


def test_runs_of_two_statements_are_the_peers():
    content = json.loads((PEERS / "reuse_calais_2022_2024.json").read_text("utf-8"))
    texts = [
        (PEERS / "tokens" / f"{name}.txt").read_text("utf-8").split()
        for name in ("calais-group-2022-12", "calais-group-2024-03-04")
    ]
    own = searched([[text] for text in texts], 5)
    assert [[size, a, b - len(texts[0])] for a, b, size in own] == (
        content["maximal_exact_runs_min5"]["all"]
    )


def slow_runs(texts: list[list[list[str]]], min_run: int) -> set[tuple[int, int, int]]:
    """Every pair of places in different texts, extended as far as it goes."""
    flat = [
        (word, t, (t, b)) for t, text in enumerate(texts) for b, block in enumerate(text)
        for word in block
    ]

    def goes_on(i: int, j: int, step: int) -> bool:
        inside = 0 <= i + step and j + step < len(flat)
        return inside and all(
            flat[k][2] == flat[k + step][2] for k in (i, j)
        ) and flat[i + step][0] == flat[j + step][0]

    found = set()
    for i, (word, text, _) in enumerate(flat):
        for j in range(i + 1, len(flat)):
            if flat[j][0] != word or flat[j][1] == text or goes_on(i, j, -1):
                continue
            length = 1
            while goes_on(i + length - 1, j + length - 1, 1):
                length += 1
            if length >= min_run:
                found.add((i, j, length))
    return found


blocks = st.lists(st.lists(st.sampled_from("abc"), max_size=9), min_size=1, max_size=3)


@given(st.lists(blocks, min_size=1, max_size=4), st.integers(2, 4))
def test_runs_equal_the_slow_version(texts, min_run):
    own = searched(texts, min_run)
    assert len(own) == len(set(own)) and set(own) == slow_runs(texts, min_run)
    assert own == sorted(own, key=lambda run: (-run[2], run[0], run[1]))


@given(blocks, blocks, st.integers(2, 4))
def test_reading_backwards_finds_the_same_runs(a, b, min_run):
    turned = [[block[::-1] for block in text[::-1]] for text in (a, b)]
    assert sorted(run[2] for run in searched([a, b], min_run)) == sorted(
        run[2] for run in searched(turned, min_run)
    )


def test_a_run_never_goes_beyond_a_block():
    whole = list("abcdefgh")
    assert searched([[whole], [whole]], 5) == [(0, 8, 8)]
    assert searched([[whole], [whole[:4], whole[4:]]], 5) == []


def words_of(texts: corpus.Corpus):
    return vectors.words(texts.sentences, texts.study.statements, stem=False)


@pytest.fixture(scope="module")
def shipped():
    return corpus.load(str(SHIPPED))


DIGITS = str.maketrans("0123456789", "ghijklmnop")


def words_in(marked: tuple[str, ...]) -> list[str]:
    return plain(tables.unmarked(marked))


def plain(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


@pytest.mark.parametrize(
    ("a", "b", "known"),
    [
        ("2022-11-14", "2022-12", True),
        ("2022-12", "2022-12-10", False),
        ("2022", "2022", False),
        ("", "2022", False),
        ("2021", "2022-01-01", True),
    ],
)
def test_order_of_dates(a, b, known):
    assert reuse.order_known(a, b) is known
    assert reuse.order_known(b, a) is known


# --- passages -------------------------------------------------------------------------------


def found_in(texts: corpus.Corpus, *, min_run: int = 5, min_score: int = 10) -> reuse.Reuse:
    return reuse.find(texts, words_of(texts), min_run=min_run, min_score=min_score)


@pytest.fixture(scope="module")
def found(shipped):
    return found_in(shipped)


@pytest.fixture(scope="module")
def shared(found):
    return reuse.shared_passages(found)


def test_known_passages_of_the_shipped_texts_are_found(shared):
    said = [" ".join(words_in(row.passage)) for row in shared.itertuples()]
    for passage, changes in (
        ("the kingdom of belgium the french republic the federal republic of germany the "
         "united kingdom and the kingdom of the netherlands", "− united kingdom and the"),
        ("their continued commitment to work together as near neighbours in order to tackle",
         "− in order"),
        ("making use of existing structures and agreements they agreed to",
         "agreements → frameworks"),
        ("business model of migrant smugglers through", ""),
        ("within the framework set by international law", ""),
    ):
        row = shared.iloc[said.index(passage)]
        assert row["changes"] == changes and row["order"]
        marked = [word for piece in row["passage"][1::2] for word in plain(piece)]
        assert marked == [word for part in changes.split("; ") for word in plain(part.split("→")[0])
                          if part and not part.startswith("+")]
        assert row["identity"] == pytest.approx(row["words"] / (row["words"] + _changed(changes)))


def _changed(changes: str) -> int:
    """Words replaced, left out and put in."""
    parts = [part for part in changes.split("; ") if part]
    return sum(max(len(plain(side)) for side in part.split("→")) for part in parts)


def test_the_list_of_countries_is_a_run_of_thirteen_words(shared):
    """The run of 13 words that the peers find stands whole in a longer passage."""
    run = "the kingdom of belgium the french republic the federal republic of germany the"
    (row,) = [row for row in shared.to_dict("records")
              if run in " ".join(words_in(row["passage"]))
              and run in " ".join(words_in(row["as_later"]))]
    assert row["run"] == 13 == len(run.split())
    assert not row["analysed"]  # it stands in a subtitle that is set aside


def test_a_run_in_no_passage_is_little_more_than_chance(shipped, found, shared):
    words = words_of(shipped)
    sides = found.sides
    runs = alignment.exact_runs(sides.types, sides.texts, sides.texts, min_run=5)
    inside = " | ".join(" ".join(words_in(row.passage)) for row in shared.itertuples())
    tokens = words["token"].tolist()
    outside = [run for run in runs.tolist()
               if " ".join(plain(" ".join(tokens[run[0]:run[0] + run[2]]))) not in inside]
    assert all(length <= 6 for *_, length in outside)
    assert (found.left_out, found.formulas) == (1, 0) and len(outside) <= 1
    text = reuse.passages_reading(found, shared)[1]
    assert text.startswith("Left out: 1 further run of 5 or more") and "skipped" in text


def test_formulas_that_start_no_search_are_counted_aloud():
    line = "we welcome progress made here and {}"
    texts = corpus_of({
        name: paragraphs([line.format(f"{name}{place:03}".translate(DIGITS)) for place in
                          range(alignment.MOST_PLACES // 2 + 1)])
        for name in ("a", "b")
    })
    made = found_in(texts)
    assert made.formulas == 2  # "we … here", "welcome … and"
    assert "2 runs of 5 words in more than 100 places started no search" in (
        reuse.passages_reading(made, reuse.shared_passages(made))[-1]
    )


def test_source_offsets_give_back_the_words(shipped, shared):
    for row in shared.itertuples():
        for side, text in (("earlier", row.passage), ("later", row.as_later)):
            first, last = getattr(row, f"{side}_from"), getattr(row, f"{side}_to")
            assert first in row.evidence and last in row.evidence
            source = shipped.study.texts[first.partition(":")[0]]
            cut = source[getattr(row, f"{side}_start"):getattr(row, f"{side}_end")]
            assert cut[0].isalpha() and cut[-1].isalpha()
            assert "".join(plain(cut)) == "".join(words_in(text))


def test_source_offsets_of_every_word_of_the_shipped_texts(shipped):
    """Line breaks, hyphens at line ends and interrupted paragraphs included."""
    words = words_of(shipped)
    for row, tokens in words.groupby("row"):
        sentence = shipped.sentences.iloc[row]
        source = shipped.study.texts[sentence["statement_id"]]
        places = corpus.source_places(shipped, row)
        for start, end in list(zip(tokens["start"], tokens["end"], strict=True))[:: 7]:
            a, b = places[start], places[end - 1] + 1
            assert "".join(source[a:b].split()) == sentence["text"][start:end]
            assert sentence["start"] <= a < b <= sentence["end"]


OLD = "the parties will strengthen their joint patrols at sea and exchange what they learn"
NEW = "the parties will reinforce their joint patrols at sea and share what they learn"
FILLING = (
    "trade grew in every region during that summer",
    "schools opened late because heavy rain had damaged several roads",
    "a museum showed old maps and visitors came from far away",
)


def test_an_edited_passage_that_moved_and_was_split_into_a_list_is_one_passage():
    first, second = NEW.split(" and ")
    texts = corpus_of({
        "old": paragraphs([OLD, *FILLING]),
        "new": paragraphs(FILLING[::-1]) + f"\nNow {first}:\n\n- and {second};\n- rest.\n",
    }, dates={"old": "2010", "new": "2011"})
    table = reuse.shared_passages(found_in(texts))
    (row,) = [row for row in table.to_dict("records") if "patrols" in "".join(row["passage"])]
    assert row["changes"] == "strengthen → reinforce; exchange → share"
    assert row["passage"][1::2] == ("strengthen", "exchange")
    assert row["as_later"][1::2] == ("reinforce", "share")
    assert (row["words"], row["identity"]) == (12, 12 / 14)
    assert row["earlier_from"] == row["earlier_to"] == "old:b1.s1"
    assert row["later_from"] != row["later_to"]
    assert len(table) == 4  # and the three that moved


def test_coverage_counts_words_of_both_sides_with_names_and_without():
    list_ = "the Kingdom of Belgium, the French Republic and the Kingdom of the Netherlands"
    texts = corpus_of({
        "old": paragraphs([f"we met {list_} in spring", OLD]),
        "new": paragraphs([f"here came {list_} today", FILLING[0]]),
        "none": paragraphs([FILLING[1]]),
    })
    covered = reuse.coverage(found_in(texts))
    assert len(covered) == 3
    row = covered.iloc[0]
    assert (row["earlier"], row["later"], row["passages"]) == ("OLD 2010", "NEW 2011", 1)
    assert (row["later_in"], row["later_words"]) == (13, 3 + 13 + 8)
    assert row["later_share"] == 13 / 24 and row["later_adjusted"] == 0
    assert (row["earlier_in"], row["earlier_words"]) == (13, 4 + 13 + 14)
    assert row["evidence"] == ["new:b1.s1"]
    assert covered["later_share"].tolist()[1:] == [0, 0]


def test_a_copy_is_covered_whole_and_a_text_without_words_not_at_all():
    texts = corpus_of({
        "old": paragraphs(list(FILLING)), "copy": paragraphs(list(FILLING[::-1])),
        "figures": "2010 2011 2012.\n",
    })
    covered = reuse.coverage(found_in(texts)).set_index("later")
    assert covered.loc["COPY 2011", "later_share"].tolist() == 1
    assert covered.loc["COPY 2011", "earlier_share"].tolist() == 1
    assert covered.loc["FIGURES 2012", "later_share"].isna().all()
    assert (covered.loc["FIGURES 2012", "earlier_share"] == 0).all()


def test_coverage_equals_a_count_from_the_table(shipped, found, shared):
    covered = reuse.coverage(found)
    assert not covered["later_share"].isna().any()
    later = shipped.labels["calais-group-2024-03-04"]
    analysed = shipped.sentences["analysed"].to_numpy()
    statements = shipped.sentences["statement_id"].to_numpy()
    places = [
        corpus.source_places(shipped, token.row)[token.start]
        for token in words_of(shipped).itertuples()
        if statements[token.row] == "calais-group-2024-03-04" and analysed[token.row]
    ]
    for pair in covered[covered["later"] == later].itertuples():
        own = shared[
            (shared["earlier"] == pair.earlier) & (shared["later"] == later) & shared["analysed"]
        ]
        assert (len(own), len(places)) == (pair.passages, pair.later_words)
        spans = list(zip(own["later_start"], own["later_end"], strict=True))
        assert pair.later_in == sum(any(a <= place < b for a, b in spans) for place in places)


def test_a_higher_score_threshold_lists_fewer(found, shared):
    stricter = reuse.shared_passages(
        reuse.find(found.corpus, found.words, min_run=5, min_score=14)
    )
    assert stricter["passage"].tolist() == shared[shared["score"] >= 14]["passage"].tolist()
    strongest = reuse.strongest_passages(shared)
    assert strongest["words"].tolist() == shared["words"].tolist()
    aside = strongest["where"].str.endswith("(in a text that is otherwise set aside)")
    assert (aside == ~shared["analysed"]).all() and aside.any()


def test_passages_and_coverage_in_words(found, shared):
    covered = reuse.coverage(found)
    said = reuse.passages_reading(found, shared)[0]
    assert said.startswith("19 shared passages: 6 edited, 13 word for word; in 5 more than half")
    assert "“their continued commitment to work together as near neighbours" in said
    (most,) = reuse.coverage_reading(covered)
    assert "99 of the 946 analysed words of the later text (10.5 %; without names 5.8 %)" in most
    top = reuse.headline(found, shared, covered)
    assert "99 (10.5 %; without names 5.8 %)" in top and "has 12" in top
    nothing = reuse.find(found.corpus, found.words, min_run=5, min_score=100)
    none, empty = reuse.shared_passages(nothing), reuse.coverage(nothing)
    assert reuse.coverage_reading(empty) == ["Nothing that is analysed stands in a shared passage."]
    assert "No two texts share a passage" in reuse.headline(nothing, none, empty)
    assert reuse.passages_reading(nothing, none)[0] == reuse.headline(nothing, none, empty)


def test_the_listed_passages_have_both_places(shipped, shared):
    listed = reuse.strongest_passages(shared)
    row, whole = listed.iloc[3], shared.iloc[3]
    assert row["where"] == (
        f"{whole['earlier']}, {whole['earlier_start']}–{whole['earlier_end']}; "
        f"{whole['later']}, {whole['later_start']}–{whole['later_end']}"
    )
    assert row["passage"] == whole["passage"] and row["as_later"] == whole["as_later"]
