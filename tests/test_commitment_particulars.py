"""Sums, counted things, bodies and means in a sentence: what is taken and where it ends."""

import pytest

from analysis import commitment_particulars as particulars
from analysis.commitment_rules import default

RULES = default()


@pytest.mark.parametrize(("text", "found"), [
    ("It pays £12m / €15m and $3m and £4m.",
     [(12e6, "GBP", "€15m"), (3e6, "USD", ""), (4e6, "GBP", "")]),
    ("It pays £3m, €4m, £5m.", [(3e6, "GBP", ""), (4e6, "EUR", ""), (5e6, "GBP", "")]),
    ("It pays €1 million (£0.9 million).", [(1e6, "EUR", "£0.9 million")]),
])
def test_two_currencies_side_by_side_are_one_sum(text, found):
    assert [(s.amount, s.currency, s.also) for s in particulars.sums(RULES, text)] == found


@pytest.mark.parametrize(("text", "found"), [
    ("They will buy 40 gas masks.", ["40 gas masks"]),
    ("They will send 40 new police officers to Calais.", ["40 new police officers"]),
    ("They will send up to 200 dogs and handlers.", ["up to 200 dogs"]),
    ("Under Article 12 of the treaty 30 % will return.", ["30 %"]),
    ("The 27 states met.", []),
    ("The number of migrants may not exceed 3,000.", ["3,000"]),
    ("They may not exceed 40 officers.", ["40 officers"]),
    ("They exceeded 3,000.", []),
    ("They sent 40, officers say.", []),
])
def test_what_is_counted_ends_with_its_noun(text, found):
    spans = particulars.numbers(RULES, text, [])
    assert [text[a:b] for a, b in spans] == found


def test_the_digits_of_a_sum_count_nothing():
    text = "They pay £40 million patrols."
    assert particulars.numbers(RULES, text, [(9, 20)]) == []


@pytest.mark.parametrize(("text", "found"), [
    ("The officers in Calais met.", []),
    ("Funding of the port will follow.", ["money"]),
    ("France will deploy officers with drones.", ["staff", "equipment"]),
    # What is given stands in the same part of the sentence, and not far behind.
    ("France will deploy nobody; the officers met.", []),
    ("Deploy officers.", ["staff"]),
    ("France will deploy " + "and ".join(["very "] * 15) + "officers.", []),
])
def test_means_need_a_word_of_giving_shortly_before(text, found):
    assert particulars.means(RULES, text, has_sum=False) == found


def test_a_sum_is_money():
    assert particulars.means(RULES, "It cost £5m.", has_sum=True) == ["money"]


@pytest.mark.parametrize(("text", "found"), [
    ("They will set up a joint command and control centre.", ["joint command and control centre"]),
    ("The centre met.", []),
    ("They will open a 24h joint unit.", ["joint unit"]),
    ("A new Anglo French maritime intelligence and data unit met.",
     ["Anglo French maritime intelligence and data unit"]),
    # At most six words of it, however many there are.
    ("The Boulogne Dunkirk Calais Gravelines Dover Folkestone Ramsgate unit met.",
     ["Dunkirk Calais Gravelines Dover Folkestone Ramsgate unit"]),
])
def test_a_body_is_named_by_the_words_before_its_noun(text, found):
    assert [text[a:b] for a, b in particulars.bodies(RULES, text)] == found


def test_spans_overlap_where_they_share_a_place_and_merge_a_space_apart():
    assert particulars._overlaps((2, 4), [(3, 9)]) and particulars._overlaps((2, 4), [(0, 3)])
    assert not particulars._overlaps((2, 4), [(4, 6)]) and not particulars._overlaps(
        (2, 4), [(0, 2)])
    assert particulars._merged([(6, 8), (0, 2), (3, 5)]) == [(0, 8)]
    assert particulars._merged([(0, 2), (4, 6)]) == [(0, 2), (4, 6)]
    assert particulars._merged([(0, 9), (2, 4)]) == [(0, 9)]
