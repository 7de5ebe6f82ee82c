"""Concrete commitments: sums, numbers, dates, bodies, who gives what, and what became of them."""

import math

import pandas as pd
import pytest
from small import corpus_of

from analysis import commitment_particulars as particulars
from analysis import commitment_rules, commitment_table, commitments, tables
from analysis.ledger import LEDGER

RULES = commitment_rules.default()


def told(text: str, spans) -> list[str]:
    return [text[a:b] for a, b in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # METHODS §4: one past sum in two currencies; a yearly sum times its years.
        ("as part of the £12m / €15m Joint Fund", [(12e6, "GBP", "€15m", math.nan)]),
        ("€5m per year for two years", [(10e6, "EUR", "", 2)]),
        ("up to €72.2 million in 2022/2023", [(72.2e6, "EUR", "", math.nan)]),
        ("€72,2 million", [(72.2e6, "EUR", "", math.nan)]),
        ("EUR 1,250,000 and 3 billion euros", [(1.25e6, "EUR", "", math.nan),
                                                (3e9, "EUR", "", math.nan)]),
        ("NOK 40 million a year over the next 3 years", [(120e6, "NOK", "", 3)]),
        ("£20 million (€23 million)", [(20e6, "GBP", "€23 million", math.nan)]),
        ("£20 million and €23 million", [(20e6, "GBP", "", math.nan),
                                         (23e6, "EUR", "", math.nan)]),
        ("500 officers and 12 boats", []),
    ],
)
def test_sums(text, expected):
    found = [(s.amount, s.currency, s.also, s.years) for s in particulars.sums(RULES, text)]
    assert [f[:3] for f in found] == [e[:3] for e in expected]
    assert [f[3] for f in found] == pytest.approx([e[3] for e in expected], nan_ok=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("by the end of the year, every six months", ["by the end of the year",
                                                      "every six months"]),
        ("increase deployments by 40% in the next 5 months", ["in the next 5 months"]),
        ("on 11 November 2015 and in March 2024", ["11 November 2015", "in March 2024"]),
        ("€72.2 million in 2022/2023", ["in 2022/2023"]),
        ("on 10 December, 27 states met", ["10 December"]),
        ("as of tomorrow, and within 24 hours", ["as of tomorrow", "within 24 hours"]),
        ("with effect from 1 May 2024", ["with effect from 1 May 2024"]),
        ("deployed since the start of 2014", ["since the start of 2014"]),
        ("during the first quarter of 2024", ["first quarter of 2024"]),
        ("nothing to see", []),
    ],
)
def test_dates(text, expected):
    assert told(text, particulars.dates(RULES, text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500 additional officers", ["500 additional officers"]),
        ("increase deployments by 40% soon", ["40%"]),
        ("twenty document advisers", ["twenty document advisers"]),
        ("the two governments met twice", []),
        ("paragraphs 17 and 18", []),
        ("at 12:01 AM", []),
    ],
)
def test_numbers(text, expected):
    assert told(text, particulars.numbers(RULES, text, [])) == expected


def test_bodies_and_places():
    text = "They will establish a joint command and control centre in Calais with Europol."
    assert told(text, particulars.bodies(RULES, text)) == ["joint command and control centre"]
    [(places, agencies)] = particulars.named(RULES, [text])
    assert told(text, places) == ["Calais"] and told(text, agencies) == ["Europol"]
    text = "A recent rise in Albanian nationals, and a centre in Niger."
    assert told(text, particulars.named(RULES, [text])[0][0]) == ["Niger"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a centre in Niger and Chad", ["Niger", "Chad"]),
        ("officers will be sent to Niger and Chad", ["Niger", "Chad"]),
        ("a partnership between the UK and Chad", []),
        ("on the border between France and Italy", ["France", "Italy"]),
        ("support to Niger", []),
        ("to be in the UK swiftly", ["UK"]),
        ("launch the Rome Process", []),
        ("the Treaty of Sandhurst", []),
        ("our African partners in Africa", ["Africa"]),
        ("a contribution from Team Europe", []),
    ],
)
def test_a_place_is_where_something_is_done(text, expected):
    assert told(text, particulars.named(RULES, [text])[0][0]) == expected


def test_no_word_beside_an_agency_is_part_of_its_name():
    text = "We will work with Frontex, and the UK-Frontex arrangement will begin in May."
    [(_, agencies)] = particulars.named(RULES, [text])
    assert told(text, agencies) == ["Frontex", "UK-Frontex"]


def test_a_verb_of_giving_is_no_body():
    text = "The UK will help fund a detention centre."
    assert told(text, particulars.bodies(RULES, text)) == ["detention centre"]


@pytest.mark.parametrize(
    ("text", "who", "does"),
    [
        ("The EU, AU and UN agreed to form a joint task force.",
         "The EU, AU and UN", "agreed to form a joint task force"),
        ("As agreed, the UK, France and Belgium will set up a joint unit.",
         "the UK, France and Belgium", "will set up a joint unit"),
        ("Accordingly, Egypt and the EU have agreed to open a joint office.",
         "Egypt and the EU", "agreed to open a joint office"),
        ("In January 2018, the parties set up a joint fund.", "the parties", "set up a joint fund"),
        ("They also agreed that a joint team will assess prisons.",
         "a joint team", "will assess prisons"),
        ("The memorandum envisages a joint unit.", "The memorandum", "envisages a joint unit"),
        ("The United Arab Emirates has already announced €5m.",
         "The United Arab Emirates", "announced €5m"),
        ("We will be opening a centre in Calais.", "We", "will be opening a centre in Calais"),
        ("Canada will take in 15,000 migrants in Calais.",
         "Canada", "will take in 15,000 migrants in Calais"),
        ("Visas will be available in Calais by the end of the year.",
         "not said", "Visas will be available in Calais by the end of the year"),
        ("A decision was taken to deploy 50 officers by June 2024.",
         "not said", "A decision was taken to deploy 50 officers by June 2024"),
        ("The decision was taken by the ministers to deploy 50 officers.",
         "the ministers", "The decision was taken by the ministers to deploy 50 officers"),
        ("There was agreement to open a joint office in Calais.",
         "not said", "There was agreement to open a joint office in Calais"),
        ("Those at the U.S. border will be moved to a joint centre.",
         "not said", "Those at the U.S. border will be moved to a joint centre"),
    ],
)
def test_who_does_what(text, who, does):
    texts = corpus_of({"a": text, "b": "The parties note the work of the police."})
    [row] = commitment_table.concrete(texts, commitments.read(texts)).to_dict("records")
    assert (row["who"], row["does"]) == (who, does)


TEXT = """The parties will pay €5m per year for two years for fences in Calais.

The parties have decided:

(i) to deploy 40 officers to Dover within six months;

(ii) to open a joint liaison office, with European Union funding; and

(iii) to explore further steps.

Smugglers ask for €3,000 a person.

A joint unit will be run by Europol.
"""


@pytest.fixture(scope="module")
def made():
    texts = corpus_of({"a": TEXT, "b": "The parties note the work of the police."})
    levels = commitments.read(texts)
    return texts, levels, commitment_table.concrete(texts, levels)


def test_concrete_commitments_are_read_with_their_particulars(made):
    _, _, table = made
    cells = table.set_index(["who", "does"])
    assert len(table) == 4
    first = table.iloc[0]
    assert first["who"] == "The parties" and first["committed_means"] == "money, equipment"
    assert first["sum"] == "€5m per year for two years = 10\u202f000\u202f000 EUR"
    assert first["place"] == "Calais"
    second = table.iloc[1]
    assert second["who"] == "The parties" and second["number"] == "40 officers"
    assert second["date"] == "within six months" and second["committed_means"] == "staff"
    assert len(second["evidence"]) == 2
    third = table.iloc[2]
    assert third["body"] == "joint liaison office" and third["committed_means"] == ""
    assert table.iloc[3]["who"] == "Europol"
    assert cells.index.is_unique


def test_marked_sentences_are_the_sentences(made):
    texts, _, table = made
    by_id = texts.sentences.set_index("sentence_id")["text"]
    for row in table.itertuples():
        assert tables.unmarked(row.sentence) == by_id[row.evidence[0]]
        assert "Calais" not in row.place or "Calais" in row.sentence[1::2]


def test_every_sentence_has_its_level_and_the_words_that_decided(made):
    texts, levels, _ = made
    table = commitment_table.by_sentence(texts, levels)
    assert [keys for keys in table["evidence"]] == [[key] for key in texts.units["sentence_id"]]
    assert ["".join(pieces) for pieces in table["sentence"]] == list(texts.units["text"])
    assert [int(level[0]) for level in table["level"]] == list(levels["level"])
    note = table.iloc[-1]
    assert note["level"] == "1 recognition" and note["sentence"][1] == "note"
    withheld = levels.assign(level=levels["level"].mask(levels.index == 0))
    assert len(commitment_table.by_sentence(texts, withheld)) == len(table) - 1


def test_other_sums_are_told_from_committed_ones(made):
    texts, levels, _ = made
    sums = commitment_table.sums(texts, levels)
    assert sums["committed_means"].tolist() == [True, False]
    assert sums["amount"].tolist() == [10e6, 3000]


def test_what_can_be_checked_is_told_in_words(made):
    assert commitment_table.concrete_reading(made[2]) == [
        "A 2010: 4 can be checked; named are a sum 1, a number 1, a time 1, a place 2, a body 2; "
        "given are money, staff, equipment, in 2."
    ]


def test_a_glance_says_the_same(made):
    table = commitment_table.at_a_glance(made[2])
    assert table["named"].iloc[1] == "number: 40 officers; when: within six months; " \
        "where: Dover; means given: staff"
    assert table["evidence"].tolist() == made[2]["evidence"].tolist()


def entry(sentence_id: str, **changes) -> dict[str, object]:
    row = dict.fromkeys(LEDGER, "") | {"side": "earlier", "pair": "A → B", "verdict": "reworded",
                                       "source": "label", "counterpart": "They pay."}
    return {**row, "evidence": [sentence_id, "b:b1.s1"], **changes}


def test_what_became_of_them_comes_from_the_ledger(made):
    table = made[2]
    ids = [row[0] for row in table["evidence"]]
    ledger = tables.result(
        [entry(ids[0]), entry(ids[0], side="later"), entry(ids[1], verdict="dropped"),
         entry("a:b99.s1")],
        columns=LEDGER, made_by="test",
    )
    later = commitment_table.followed_up(table, ledger)
    assert later["verdict"].tolist() == ["reworded", "dropped"]
    assert later["evidence"].iloc[0] == [ids[0], "b:b1.s1"]
    assert commitment_table.followed_reading(later) == [
        "A → B: 1 dropped, 1 reworded."
    ]
    none = commitment_table.followed_up(table, ledger.iloc[:0])
    assert none.empty and "No pair" in commitment_table.followed_reading(none)[0]


def test_without_decisions_the_tables_are_empty_and_say_so():
    texts = corpus_of({"a": "The border is long.", "b": "We note the work."})
    levels = commitments.read(texts)
    table = commitment_table.concrete(texts, levels)
    assert table.empty and commitment_table.at_a_glance(table).empty
    assert "No decision" in commitment_table.concrete_reading(table)[0]
    assert commitment_table.sums(texts, levels).empty
    assert isinstance(table, pd.DataFrame)
