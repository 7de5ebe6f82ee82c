"""The dictionary engine: globs, phrases, longest match first, exclusions, faults of the file."""

import fnmatch
import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import tables, tokens
from analysis.dictionary import match, parse, spans
from analysis.errors import BadStudy


def dictionary(top=None, **frames):
    return parse(
        {
            "version": "1",
            "citation": "test",
            "language": "en",
            "frames": {name: {"label": name, "terms": terms} for name, terms in frames.items()},
            **(top or {}),
        },
        file="frames.yaml",
    )


def found(text, top=None, **frames):
    sentences = pd.DataFrame({"sentence_id": ["s:b1.s1"], "text": [text]})
    matches = match(dictionary(top, **frames), tokens.tokenise(sentences))
    return [(row.category, text[row.start:row.end]) for row in matches.itertuples()]


def test_globs_match_whole_words_and_possessives():
    text = "Smugglers, smuggling; the networks’ routes, Europe's border. Unsmuggled."
    assert found(text, a=["smuggl*", "network?", "europe"]) == [
        ("a", "Smugglers"), ("a", "smuggling"), ("a", "networks"), ("a", "Europe's"),
    ]


def test_longest_match_wins_and_a_word_counts_once():
    assert found("organised crime groups", a=["crime", "organised crime", "crime group*"]) == [
        ("a", "organised crime"),
    ]


def test_a_word_may_count_in_two_categories():
    assert found("detection dogs", a=["detection"], b=["detection dogs"]) == [
        ("a", "detection"), ("b", "detection dogs"),
    ]


def test_a_star_stands_for_a_whole_word_in_a_phrase():
    assert found("risk to their lives", a=["risk to * lives"]) == [("a", "risk to their lives")]


def test_phrases_do_not_cross_sentences():
    sentences = pd.DataFrame({"sentence_id": ["s:b1.s1", "s:b1.s2"],
                              "text": ["Organised", "crime."]})
    assert match(dictionary(a=["organised crime"]), tokens.tokenise(sentences)).empty


def test_exclusions_take_back_only_what_overlaps():
    text = "Law enforcement upholds the law."
    assert found(text, a=[{"match": "law", "unless": ["law enforcement"]}]) == [("a", "law")]


def test_folding_lets_one_term_find_every_spelling():
    sentences = pd.DataFrame({"sentence_id": ["s:b1.s1"],
                              "text": ["Co-operation and cooperation to organize."]})
    words = tokens.tokenise(sentences)
    words = tokens.fold(words, tokens.spelling_variants(words))
    matches = match(dictionary(a=["cooperat*", "organise"]), words)
    assert len(matches) == 3


@given(st.lists(st.sampled_from(["law", "crime", "organised", "the", "x"]), max_size=30))
def test_no_word_is_counted_twice_within_a_category(parts):
    text = " ".join(parts)
    spans = [
        (row.start, row.end)
        for row in match(
            dictionary(a=["law", "organised crime", "crime", "the law", "crime *"]),
            tokens.tokenise(pd.DataFrame({"sentence_id": ["s:b1.s1"], "text": [text]})),
        ).itertuples()
    ]
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False))


def test_the_order_of_terms_does_not_matter():
    terms = ["crime", "organised crime", "crime group*", "group*"]
    text = "organised crime groups and crime group"
    assert found(text, a=terms) == found(text, a=terms[::-1])


def test_a_gap_lets_so_many_words_stand_between_and_no_more():
    text = "Secure our common borders. Secure all of our long common borders."
    assert found(text, a=["secur* ~2 border*"]) == [("a", "Secure our common borders")]
    assert found("secure borders", a=["secur* ~2 border*"]) == [("a", "secure borders")]


def test_of_a_gap_the_nearest_fit_that_lets_the_rest_follow():
    # The first b is not followed by c: the second one is meant.
    assert found("a b x b c", a=["a ~3 b c"]) == [("a", "a b x b c")]
    assert found("a x b b", a=["a ~2 b"]) == [("a", "a x b")]
    assert found("a b x x b x c", a=["a ~3 b ~1 c"]) == [("a", "a b x x b x c")]


def test_alternatives_and_lists_stand_for_one_another():
    top = {"lists": {"who": ["police*", "border guard*"]}}
    text = "Police officers met border guards and guards of the border."
    assert found(text, top, a=["@who"]) == [("a", "Police"), ("a", "border guards")]
    assert found(text, top, a=["met @who", "guards|officers of"]) == [
        ("a", "met border guards"), ("a", "guards of"),
    ]


def test_a_match_must_not_cut_a_name():
    top = {"names": ["national crime agency", "border force"]}
    text = "The National Crime Agency fights crime; Border Force guards the border."
    assert found(text, top, a=["crime", "border", "fights ~3 border"]) == [
        ("a", "crime"), ("a", "border"),
    ]
    # A match that is the name, or holds all of it, does not cut it.
    assert found(text, top, a=["national crime agency fights"]) == [
        ("a", "National Crime Agency fights"),
    ]


def test_the_longest_name_is_the_name():
    top = {"names": ["border", "border force"]}
    assert found("Border Force at the border", top, a=["border"]) == [("a", "border")]


def test_a_term_may_ask_for_company_in_its_sentence_or_shun_it():
    sentences = pd.DataFrame({"sentence_id": ["1", "2"], "text": [
        "Networks of smugglers and networks of aid.", "Social networks."]})
    words = tokens.tokenise(sentences)
    asking = dictionary(a=[{"match": "network*", "with": ["smuggl*"]}])
    shunning = dictionary(a=[{"match": "network*", "without": ["smuggl*"]}])
    assert match(asking, words)["row"].tolist() == [0, 0]
    assert match(shunning, words)["row"].tolist() == [1]


def test_hyphens_count_as_spaces_in_terms_and_texts():
    text = "Cross-border crime, cross border crime, life- threatening."
    assert found(text, a=["cross-border", "life threatening"]) == [
        ("a", "Cross-border"), ("a", "cross border"), ("a", "life- threatening"),
    ]
    assert found(text, a=["border"]) == [("a", "Cross-border"), ("a", "border")]
    whole = match(dictionary(a=["border", "cross-border", "cross-*"]),
                  tokens.tokenise(pd.DataFrame({"sentence_id": ["s"], "text": [text]})),
                  parts=False)
    assert whole["term"].tolist() == ["cross-*", "border"]


def test_several_phrases_share_what_limits_them():
    entry = {"match": ["law", "laws"], "unless": ["law enforcement"], "comment": "c"}
    assert found("Law enforcement; laws, law.", a=[entry]) == [("a", "laws"), ("a", "law")]


@pytest.mark.parametrize("text", ["", "…", "12 – 3"])
def test_a_text_without_a_word_has_no_match(text):
    assert found(text, {"names": ["x y"]}, a=["law", "law ~2 order"]) == []


def test_a_dictionary_without_categories_matches_nothing():
    empty = parse({"version": "1", "citation": "t", "language": "en",
                   "frames": {"a": {"terms": []}}}, file="x")
    words = tokens.tokenise(pd.DataFrame({"sentence_id": ["s"], "text": ["law"]}))
    assert match(empty, words).columns.tolist() == [
        "sentence_id", "row", "category", "term", "start", "end"]


def test_planted_words_are_found_at_their_offsets():
    """Terms planted at known places of filler: nothing else, and exactly there, is found."""
    planted = {"crime": "criminal gangs", "border": "patrols along the border"}
    texts, wanted = [], []
    for row, (frame, before) in enumerate(itertools.product(planted, (0, 1, 7))):
        texts.append("word " * before + planted[frame] + " and more words.")
        wanted.append((row, frame, 5 * before, 5 * before + len(planted[frame])))
    sentences = pd.DataFrame({"sentence_id": [f"s{i}" for i in range(len(texts))], "text": texts})
    own = dictionary(crime=["crim* gang*"], border=["patrol* ~2 border*"])
    matches = match(own, tokens.tokenise(sentences))
    assert sorted(zip(matches["row"], matches["category"], matches["start"], matches["end"])) \
        == sorted(wanted)


def test_spans_mark_the_words_of_one_category_or_of_all():
    text = "criminal networks’ profits at the border"
    own = dictionary(a=["criminal", "network*"], b=["border"])
    matches = match(own, tokens.tokenise(pd.DataFrame({"sentence_id": ["s"], "text": [text]})))
    assert tables.marked(text, spans(matches, "a")[0]) == (
        "", "criminal", " ", "networks", "’ profits at the border")
    assert spans(matches)[0] == [(0, 8), (9, 17), (34, 40)]
    assert spans(matches, "c") == {}


PHRASES = ["a", "b*", "a b", "a ~1 b*", "b* ~2 a ~1 c", "@ab", "@ab c", "a|c ~1 @ab"]
LISTS = {"ab": ["a b", "a"]}


def slow_spans(phrase: str, words: list[str]) -> set[tuple[int, int]]:
    """First and end of every way to read a phrase: by trying all, word by word."""
    def ends(items: list[str], place: int) -> set[int]:
        if not items:
            return {place}
        head, *rest = items
        if head.startswith("~"):
            return set().union(*(ends(rest, place + skip) for skip in range(int(head[1:]) + 1)))
        if head.startswith("@"):
            return set().union(*(ends(entry.split() + rest, place) for entry in LISTS[head[1:]]))
        fits = place < len(words) and any(
            fnmatch.fnmatchcase(words[place], glob) for glob in head.split("|"))
        return ends(rest, place + 1) if fits else set()

    return {(place, end) for place in range(len(words)) for end in ends(phrase.split(), place)}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "bb", "c", "x"]), max_size=9),
       st.sampled_from(PHRASES))
def test_phrases_are_found_where_a_slow_search_finds_them(words, phrase):
    sentences = pd.DataFrame({"sentence_id": ["s"], "text": [" ".join(words)]})
    own = dictionary({"lists": LISTS}, f=[phrase])
    matches = match(own, tokens.tokenise(sentences), nested=True)
    places = list(itertools.accumulate((len(word) + 1 for word in words), initial=0))
    got = {(places.index(s), places.index(e + 1)) for s, e in
           zip(matches["start"], matches["end"], strict=True)}
    slow = slow_spans(phrase, words)
    assert got <= slow
    # Of the readings that begin at one word, a gap may give the nearest only.
    assert {first for first, _ in got} == {first for first, _ in slow}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": {"a": {"terms": ["~2 law"]}}}, "begins or ends with a gap"),
        ({"frames": {"a": {"terms": ["@nobody"]}}}, "names no list"),
        ({"frames": {"a": {"terms": ["law | order"]}}}, "cannot be read"),
        ({"frames": {"a": {"terms": [{"match": "x", "with": [1]}]}}}, "with: must be a phrase"),
        ({"lists": ["x"]}, "'lists' must map"),
        ({"lists": {"x": ["@y"]}}, "names no list"),
        ({"names": "!!"}, "has no word in it"),
        ({"frames": {"a": {"terms": [{"match": "x", "unles": "y"}]}}}, "did you mean 'unless'"),
        ({"frames": {}}, "'frames' must map"),
        ({"frames": None}, "'frames' must map"),
        ({"frames": {"a": {"terms": "law"}}}, "frames.a: needs"),
        ({"frames": {"a": {"terms": ["law", "law"]}}}, "'law' stands twice"),
        ({"frames": {"a": {"terms": ["!!"]}}}, "has no word in it"),
        ({"frames": {"a": {"terms": [7]}}}, "term 1 must be a phrase"),
        ({"frames": {"a": {"terms": [{"match": "x", "les": 1}]}}}, "unknown key 'les'"),
        ({"frames": {"a": {"terms": ["x"], "colour": 1}}}, "unknown key 'colour'"),
        ({"colour": 1}, "unknown key 'colour'"),
        ({"developed_on": "a"}, "'developed_on' must list"),
    ],
)
def test_faults_of_the_file(change, message):
    data = {"version": "1", "citation": "t", "language": "en",
            "frames": {"a": {"terms": ["law"]}}, **change}
    with pytest.raises(BadStudy, match=message):
        parse(data, file="frames.yaml")


def test_what_stands_later_takes_back_no_first_word():
    terms = [{"match": "smuggl*", "unless": ["law enforcement"]}]
    assert found("Smuggling and law enforcement", a=terms) == [("a", "Smuggling")]


def test_a_glob_of_one_letter_leaves_the_others_their_words():
    assert found("a smuggler's boat, xenial", a=["x*", "smuggl*", "bo?t"]) == [
        ("a", "smuggler's"), ("a", "boat"), ("a", "xenial")]


def test_the_first_two_words_of_a_text_may_be_a_name():
    top = {"names": ["crime agency"]}
    assert found("Crime Agency staff fight crime", top, a=["crime", "agency", "staff"]) == [
        ("a", "staff"), ("a", "crime")]
    assert found("Crime Agency", top, a=["agency"]) == []
    assert found("A cross-border Crime Agency", top, a=["agency", "cross border"]) == [
        ("a", "cross-border")]


def test_the_name_of_a_list_may_have_a_hyphen():
    top = {"lists": {"border-guards": ["guard*", "border force"]}}
    assert found("Guards and Border Force met", top, a=["@border-guards"]) == [
        ("a", "Guards"), ("a", "Border Force")]


def test_of_entries_that_begin_alike_the_longest_is_found():
    top = {"lists": {"who": ["police", "police officers", "police officers abroad"]}}
    text = "Met police officers abroad."
    assert found(text, top, a=["met @who"]) == [("a", "Met police officers abroad")]
    later = "Met police officers abroad, then police."
    assert found(later, top, a=["met @who"]) == [("a", "Met police officers abroad")]
    assert found(text, top, a=["@who abroad"]) == [("a", "police officers abroad")]
    assert found(text, top, a=["@who officers"]) == [("a", "police officers")]


def test_no_word_may_stand_in_a_gap_of_none():
    assert found("a x b", a=["a ~0 b"]) == []
    assert found("a b", a=["a ~0 b"]) == [("a", "a b")]


def test_a_text_that_is_one_name_is_found_by_it():
    assert found("Crime Agency", {"names": ["crime agency"]}, a=["crime agency"]) == [
        ("a", "Crime Agency")]
