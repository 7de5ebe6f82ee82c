"""Naming, collocations, concordance and actors: cases, peers' values, slow versions, laws."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small import SHIPPED, corpus_of, paragraphs

from analysis import actors, collocations, concordance, corpus, framing, tables, wording, wordlists
from analysis.errors import BadParameter, BadStudy
from analysis.safe_yaml import YamlFile
from analysis.study import load_study

PEERS = Path(__file__).parent / "peers"
CASES = json.loads((Path(__file__).parent / "cases" / "naming.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def shipped():
    return corpus.build(load_study(SHIPPED))


@pytest.fixture(scope="module")
def found(shipped):
    return wording.occurrences(shipped)


# ---------------------------------------------------------------- naming


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["comment"])
def test_words_count_only_for_migration(case):
    texts = corpus_of({"a": case["text"] + "\n", "b": "Nothing is said here.\n"})
    own = wording.occurrences(texts)
    own = own[own["list"] == "migration"]
    assert own["name"].tolist() == case["expect"]


def test_offsets_lead_to_the_words(shipped, found):
    text = shipped.units["text"]
    for hit in found.itertuples():
        noun = text[hit.row][hit.noun_start:hit.noun_end] if hit.noun_end > 0 else ""
        written = text[hit.row][hit.start:hit.end].lower()
        assert written in hit.form and noun.lower() in hit.form
    assert (shipped.units["sentence_id"].to_numpy()[found["row"]] == found["sentence_id"]).all()


def test_naming_of_the_shipped_statements(shipped, found):
    """Counted by hand in the texts, headings aside."""
    bilateral = ("uk-fr-2015-08-20", "uk-fr-2022-11-14")
    multilateral = ("calais-group-2022-12", "calais-group-2024-03-04")
    named = {
        (name, side): wording.times_named(found, list_id="migration", name=name, statements=ids)[0]
        for name in ("illegal", "irregular")
        for side, ids in (("two", bilateral), ("five", multilateral))
    }
    assert named == {("illegal", "two"): 24, ("illegal", "five"): 0,
                     ("irregular", "two"): 0, ("irregular", "five"): 14}
    n, sentences = wording.times_named(
        found, list_id="vocabulary", name="social_media", statements=multilateral[1:])
    assert n == 3 and all(s.startswith("calais-group-2024") for s in sentences)


def test_counts_are_complete_and_shares_sum_to_one(shipped, found):
    table = wording.counts(shipped, found)
    assert table["n"].sum() == len(found)
    sums = table.groupby(["list", "where"])["share"].sum()
    assert np.allclose(sums[table.groupby(["list", "where"])["n"].sum() > 0], 1)
    assert np.allclose(table["per_1000"], 1000 * table["n"] / table["words"])
    passages = wording.passages(shipped, found)
    assert len(passages) == len(found) and wording.display(passages) == "folded"
    chart = wording.chart(shipped, table)
    assert "illegal 14" in chart.alt and "trend" not in wording.series_note(shipped)
    assert "no line joins them" in wording.series_note(shipped)


def test_headings_count_only_where_they_are_analysed():
    texts = {"a": "ILLEGAL MIGRATION\n\nWe meet in peace today, all of us.\n",
             "b": "We met in peace then, all of us.\n"}
    from small import study_of
    study = study_of(texts)
    for headings, n in ((False, 0), (True, 1)):
        own = wording.occurrences(corpus.build(study, headings=headings))
        assert (own["list"] == "migration").sum() == n


def test_a_word_counts_for_one_class():
    texts = corpus_of({"a": "Illegal migrants and migrants met asylum seekers.\n", "b": "Yes.\n"})
    own = wording.occurrences(texts)
    names = own[own["list"] == "people"]["name"].tolist()
    assert names == ["illegals", "migrants", "asylum_seekers"]


def test_another_language_is_withheld_with_a_notice():
    texts = corpus_of({"a": "Illegal migration.\n", "b": "Illegal migration.\n"},
                      languages={"b": "fr-BE"})
    own = wording.occurrences(texts)
    assert set(own["statement_id"]) == {"a"}
    table = wording.counts(texts, own)
    assert set(table["where"]) == {texts.labels["a"]}
    assert "in another (B 2011)" in wording.reading(texts, table)[0]
    none = corpus_of({"a": "Rien.\n", "b": "Rien.\n"}, languages={"a": "fr", "b": "fr"})
    table = wording.counts(none, wording.occurrences(none))
    assert table.empty and wording.chart(none, table) is None
    assert "2 of 2 texts" in wording.reading(none, table)[0]
    assert actors.frames_by_actor(
        none, framing.dictionary_of(none), framing.frame_matches(none, framing.dictionary_of(none))
    ).empty


def test_many_statements_are_taken_by_year():
    texts = {f"s{k:02}": "Illegal migration is named here.\n" for k in range(40)}
    many = corpus_of(texts, dates={name: f"20{10 + k // 10}-01-01" for k, name in enumerate(texts)})
    table = wording.counts(many, wording.occurrences(many))
    own = table[table["name"] == "illegal"]
    assert own["where"].tolist() == ["2010", "2011", "2012", "2013"]
    assert own["n"].tolist() == [10, 10, 10, 10]


# ---------------------------------------------------------------- wording.yaml


def parsed(text: str) -> tuple[object, list[str]]:
    file = YamlFile(text, "wording.yaml")
    return wordlists.parse(file), file.faults


HEAD = 'version: "1"\ncitation: c\nlanguage: en\n'


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("nmaing: {}\n", "line 4, nmaing: unknown key; did you mean 'naming'?"),
        ("kwic: ['***']\n", "line 4, kwic[1]: '***' has no word in it"),
        ("naming:\n  a:\n    label: L\n    classes:\n      x: {label: X, terms: [one]}\n"
         "      y: {label: Y, terms: [one]}\n", "line 9, naming.a.classes.y.terms[1]: 'one' is in "
         "class 'x', too"),
        ("actors:\n  a: {label: L, terms: [x, X]}\n", "actors.a.terms[2]: 'X' stands twice"),
        ("actors:\n  a: {label: L, terms: []}\n", "actors.a.terms: is empty"),
        ("actors:\n  a: {label: L, terms: [x], names: [town]}\n", "known: 'states'"),
        ("naming:\n  a:\n    label: L\n    modifies: {nouns: [x], span: 99}\n    classes:\n"
         "      x: {label: X, terms: [one]}\n", "is 99, must be from 0 to 20"),
        ("naming:\n  a:\n    label: L\n    classes:\n"
         "      x: {label: X, terms: [one], adverbs: [two]}\n", "adverbs count only beside verbs"),
        ("naming: {a: {classes: {}}}\n", "no key 'label'"),
        ("kwic: [{a: 1}]\n", "is a mapping of keys to values, must be text"),
        ("actors: {a: {label: L, terms: [!!python/object:os.system x]}}\n", "is refused"),
    ],
)
def test_faults_of_the_lists_say_where_and_what_to_do(body, fault):
    lists, faults = parsed(HEAD + body)
    assert lists is None and any(fault in line for line in faults), faults
    assert all("\n" not in line for line in faults)


def test_a_study_brings_its_own_lists(tmp_path):
    folder = tmp_path / "s"
    shutil.copytree(SHIPPED, folder)
    (folder / "wording.yaml").write_text(
        HEAD + "naming:\n  boats:\n    label: Boats\n    classes:\n"
        "      small: {label: small boats, terms: [small boat*]}\nkwic: [boat*]\n", "utf-8")
    texts = corpus.build(load_study(folder))
    assert texts.study.wording.own and "wording.yaml" in texts.study.files
    own = wording.occurrences(texts)
    assert set(own["list"]) == {"boats"} and len(own) == 7
    assert concordance.terms_of(texts, "") == ["boat*"]
    (folder / "wording.yaml").write_text(HEAD + "kwic: ['']\n", "utf-8")
    with pytest.raises(BadStudy, match=r"wording.yaml, line 4, kwic\[1\]"):
        load_study(folder)


# ---------------------------------------------------------------- collocations


def test_collocations_are_the_peers():
    """nltk's measures of bigrams that cross sentence borders, never those of texts."""
    names = ["uk-fr-2015-08-20", "uk-fr-2022-11-14", "calais-group-2022-12",
             "calais-group-2024-03-04"]
    words, borders = [], []
    for name in names:
        own = (PEERS / "tokens" / f"{name}.txt").read_text("utf-8").split()
        words += own
        borders += [name] * len(own)
    table = collocations.bigrams(words, borders).set_index(["first", "second"])
    with (PEERS / "collocations_four_statements_top50.csv").open(encoding="utf-8") as file:
        known = list(csv.DictReader(file))
    assert len(known) == 50 and int(known[0]["N"]) == len(words) == 6439
    ours = {"pmi": "pmi", "likelihood_ratio": "g2", "student_t": "t", "chi_sq": "chi2",
            "dice": "dice", "n_ii": "n", "n_ix": "n_first", "n_xi": "n_second"}
    for row in known:
        own = table.loc[tuple(row["bigram"].split())]
        for theirs, name in ours.items():
            assert own[name] == pytest.approx(float(row[theirs]), rel=1e-9, abs=1e-9), row


def test_bigrams_slowly():
    rng = np.random.default_rng(4)
    words = rng.choice(list("abcd"), 300).tolist()
    borders = np.sort(rng.integers(0, 20, 300)).tolist()
    for row in collocations.bigrams(words, borders).itertuples():
        n = sum(words[i] == row.first and words[i + 1] == row.second
                and borders[i] == borders[i + 1] for i in range(299))
        x, y = words.count(row.first), words.count(row.second)
        assert (row.n, row.n_first, row.n_second) == (n, x, y)
        assert row.pmi == pytest.approx(np.log2(n * 300 / (x * y)))
        assert row.dice == pytest.approx(2 * n / (x + y))
        assert row.t == pytest.approx((n - x * y / 300) / np.sqrt(n), abs=1e-9)


def test_fixed_phrases_stay_in_their_sentence_and_show_where(shipped):
    table = collocations.fixed_phrases(shipped).set_index("bigram")
    assert table.loc["migrant smuggling", "n"] == 15
    assert (table["n"] >= collocations.MIN_COUNT).all()
    text = dict(zip(shipped.units["sentence_id"], shipped.units["text"], strict=True))
    for bigram, row in table.head(10).iterrows():
        assert all(bigram.split()[0] in text[i].lower() for i in row["evidence"])
    assert collocations.reading(table.iloc[:0])[0].startswith("No two words")


def test_neighbours_slowly(shipped):
    table = collocations.neighbours(shipped, ["smuggling"], fold=False)
    words = collocations._words(shipped, fold=False)
    token, row = words["token"].tolist(), words["row"].tolist()
    for own in table.itertuples():
        n = sum(
            token[i] == own.neighbour and any(
                0 <= j < len(token) and token[j] == "smuggling" and row[j] == row[i]
                for j in range(i - collocations.WINDOW, i + collocations.WINDOW + 1)
            ) for i in range(len(token))
        )
        assert own.n_near == n
    assert "migrant" in table["neighbour"].tolist()


# ---------------------------------------------------------------- concordance


def test_every_place_of_a_term_is_listed_with_its_link(shipped):
    table = concordance.lines(shipped, ["smuggl*"])
    raw = " ".join(shipped.units["text"]).lower()
    assert len(table) == raw.count("smuggl")
    keys = [tables.unmarked(found).lower() for found in table["found"]]
    assert keys == sorted(keys)
    assert all(len(ids) == 1 for ids in table["evidence"])


def test_spellings_are_found_under_either(shipped):
    folded = concordance.lines(shipped, ["cooperation"])
    assert {tables.unmarked(f).lower() for f in folded["found"]} == {"cooperation", "co-operation"}
    written = concordance.lines(shipped, ["co-operation"])
    assert {"co-operation"} <= {tables.unmarked(f).lower() for f in written["found"]}
    plain = concordance.lines(shipped, ["cooperation"], fold=False)
    assert len(plain) < len(folded)


def test_what_the_reader_asks_for_is_text():
    texts = corpus_of({"a": "A <b>bold</b> word & more.\n", "b": "Another word.\n"})
    terms = concordance.terms_of(texts, ' word ;<b>;"x" ; __import__(os) ; word')
    assert terms == ["word", "<b>", '"x"', "__import__(os)"]
    table = concordance.lines(texts, terms)
    html = tables.to_html(tables.payload(table, name="kwic", caption="c"))
    assert "<b>bold" not in html and "&lt;b" in html
    assert concordance.display(table) == "table"
    assert any("nowhere" in s for s in concordance.reading(texts, terms, table))
    for asked in ("*; ?", "@people", "123"):
        with pytest.raises(BadParameter, match="has no word"):
            concordance.terms_of(texts, asked)
    with pytest.raises(BadParameter, match="at most 20"):
        concordance.terms_of(texts, ";".join(f"word{'x' * k}" for k in range(30)))


# ---------------------------------------------------------------- actors


def test_an_actors_own_name_carries_no_frame():
    texts = corpus_of({
        "a": paragraphs(["the smugglers met"] * 12), "b": paragraphs(["all is quiet here"] * 12)})
    frames = framing.dictionary_of(texts)
    table = actors.frames_by_actor(texts, frames, framing.frame_matches(texts, frames))
    own = table[(table["actor"] == "Smugglers and gangs") & table["frame"].str.startswith("Organ")]
    assert own["n_actor"].tolist() == [12] and own["n_both"].tolist() == [0]
    assert own["share_all"].iloc[0] == 0.5


def test_frames_by_actor_slowly(shipped):
    frames = framing.dictionary_of(shipped)
    matches = framing.frame_matches(shipped, frames)
    table = actors.frames_by_actor(shipped, frames, matches)
    text = dict(zip(shipped.units["sentence_id"], shipped.units["text"], strict=True))
    for row in table[table["where"] == actors.ALL].itertuples():
        assert len(row.evidence) == row.n_both <= row.n_actor
        assert np.isnan(row.share) == (row.n_actor < actors.MIN_SENTENCES)
    border = table[(table["actor"] == "Agencies and police") & (table["where"] == actors.ALL)]
    named = {i for ids in border["evidence"] for i in ids}
    words = ("polic", "agenc", "frontex", "europol", "enforcement", "eurojust", "authorit",
             "officer", "eurotunnel", "cell", "guard", "interpol", "force", "prosecutor",
             "empact", "emsc", "emsa", "gendarmerie", "organisation for migrants")
    assert all(any(w in text[i].lower() for w in words) for i in named)
    assert "sentences that name" in actors.title(table)
    assert "Civil society and residents: named in 2 sentences, too few" in " ".join(
        actors.reading(shipped, table))
    assert "0.75" in actors.chart(table).svg
    assert not any(i.startswith("statewatch") for ids in table["evidence"] for i in ids)


def test_a_study_without_lists_says_so(shipped):
    bare = replace(wordlists.shipped(), naming=(), actors=(), kwic=())
    texts = corpus.build(replace(shipped.study, wording=bare))
    table = wording.counts(texts, wording.occurrences(texts))
    assert table.empty
    assert wording.reading(texts, table) == [
        "wording.yaml follows no names: write lists under its key naming."
    ]
    frames = framing.dictionary_of(texts)
    own = actors.frames_by_actor(texts, frames, framing.frame_matches(texts, frames))
    assert actors.reading(texts, own) == ["wording.yaml lists no actors."]
    assert actors.chart(own) is None
    lines = concordance.lines(texts, concordance.terms_of(texts, ""))
    assert lines.empty
