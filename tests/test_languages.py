"""Languages: what is known of each, one language a study, never the wrong rules."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import corpus_of

from analysis import corpus, languages, limits, segment, tokens, vectors
from analysis.cli import main
from analysis.errors import BadStudy
from analysis.study import load_study

SEVEN = ("de", "en", "es", "fr", "it", "nl", "pt")
FRENCH = Path(__file__).parent / "data" / "eau-2021-2024"
HEADER = "id,file,title,date,genre,language\n"


def words(text, language):
    table = pd.DataFrame({"sentence_id": ["s"], "text": [text], "language": [language]})
    return tokens.tokenise(table)["token"].tolist()


def mixed(folder, *, chosen="", codes=("en", "en", "fr")):
    """A study of one-line texts in these languages."""
    (folder / "texts").mkdir(parents=True)
    rows = []
    for i, code in enumerate(codes):
        (folder / "texts" / f"s{i}.txt").write_text(f"Nation {i} will act on taxes.\n", "utf-8")
        rows.append(f"s{i},texts/s{i}.txt,T{i},2020-01-0{i + 1},statement,{code}")
    (folder / "statements.csv").write_text(HEADER + "\n".join(rows) + "\n", "utf-8")
    (folder / "study.yaml").write_text(
        "title: T\nquestion: Q?\ngroups:\n"
        "  one: {label: One, statements: [s0]}\n  other: {label: Other, statements: [s2]}\n"
        "contrasts: [{id: c, label: C, a: one, b: other}]\n"
        + (f"language: {chosen}\n" if chosen else ""),
        "utf-8",
    )
    return folder


@pytest.mark.parametrize("code", SEVEN)
def test_seven_languages_lack_nothing(code):
    assert languages.lacking(code) == languages.lacking(f"{code}-XX") == ()
    assert code in languages.STEMMED and code in segment.languages()
    assert len(vectors.stop_words(code)) > 90 and code in languages.NUMBER_SIGNS


# The first words of each list as snowballstem.org/algorithms/LANGUAGE/stop.txt has them.
@pytest.mark.parametrize(("code", "first"), [
    ("fr", "au aux avec ce ces dans"), ("de", "aber alle allem allen"), ("es", "de la que el en y"),
    ("it", "ad al allo ai agli all"), ("nl", "de en van ik te dat"), ("pt", "de a o que e"),
])
def test_function_words_are_snowballs(code, first):
    assert set(first.split()) <= vectors.stop_words(code)
    assert vectors.stop_words(code) == vectors.stop_words(f"{code}-XX")


def test_every_list_names_its_source_and_licence():
    folder = Path(languages.__file__).parent / "stop_words"
    lists = sorted(folder.glob("*.txt"))
    assert "Redistribution and use in source" in (folder / "LICENCE.txt").read_text("utf-8")
    for path in lists:
        if path.name != "LICENCE.txt":
            assert path.read_text("utf-8").startswith("# Function words of Snowball's")


def sentence_cases():
    """Sentences with abbreviations, ordinals, dates, numbers; each boundary was read and confirmed."""
    return json.loads((Path(__file__).parent / "data" / "sentences.json").read_text("utf-8"))


@pytest.mark.parametrize("case", sentence_cases(), ids=lambda case: case["sentences"][0][:24])
def test_sentences_end_where_a_reader_ends_them(case):
    text = " ".join(case["sentences"])
    found = [
        text[start:end] for block in segment.blocks(text, language=case["language"])
        for start, end in segment.sentences(text, block, language=case["language"])
    ]
    assert found == case["sentences"]
    assert {case["language"] for case in sentence_cases()} == set(SEVEN) - {"en"}


@pytest.mark.parametrize(("language", "text", "expected"), [
    ("fr", "L’accord qu'elle signe aujourd'hui, jusqu’à l’été", [
        "l", "accord", "qu", "elle", "signe", "aujourd'hui", "jusqu", "à", "l", "été"]),
    ("fr", "Quelqu’un, presqu'île, O'Brien, peut-être", [
        "quelqu’un", "presqu'île", "o'brien", "peut-être"]),
    ("it", "L'accordo dell’Unione, un'altra, c'è, po'", [
        "l", "accordo", "dell", "unione", "un", "altra", "c", "è", "po"]),
    ("en", "L'accord don't", ["l'accord", "don't"]),
    ("und", "l'accord", ["l'accord"]),
    ("pt-BR", "Comprometem-se", ["comprometem-se"]),
])
def test_elided_words_are_words_in_the_languages_that_elide(language, text, expected):
    assert words(text, language) == expected


@given(st.text(alphabet="lqudeaàcj'’- .L"), st.sampled_from([*SEVEN, "und"]))
def test_no_letter_is_lost_or_read_twice(text, language):
    table = pd.DataFrame({"sentence_id": ["s"], "text": [text], "language": [language]})
    found = tokens.tokenise(table)
    assert "".join(found["token"]).replace("'", "").replace("’", "").replace("-", "") == "".join(
        re.findall(r"[^\W\d_]", text)).lower()
    assert (found["start"].to_numpy()[1:] >= found["end"].to_numpy()[:-1]).all()


@pytest.mark.parametrize("types", [100, 200])
def test_any_number_of_types_is_parted(types):
    """A table of up to 127 types numbers them in a byte."""
    made = ["".join("abcdefghij"[int(d)] for d in str(1000 + i)) for i in range(types)]
    assert words(" ".join(f"l'{word}" for word in made), "fr") == [
        part for word in made for part in ("l", word)]


def test_a_french_text_is_never_stemmed_or_spelt_by_english_rules():
    texts = corpus_of({"a": "Le centre organize la défense.\n", "b": "Il capitalize.\n"},
                      languages={"a": "fr", "b": "fr"})
    assert tokens.spelling_variants(tokens.tokenise(texts.units)).empty
    welsh = corpus_of({"a": "Nations taxing.\n", "b": "Nations.\n"},
                      languages={"a": "cy", "b": "cy"})
    found = vectors.words(welsh.units, welsh.study.statements, drop_stop_words=True)
    assert found["token"].tolist() == ["nations", "taxing", "nations"]


@pytest.mark.parametrize(("text", "language", "value"), [
    ("1,234.5", "en", 1234.5), ("1.234,5", "de", 1234.5), ("1 234,5", "fr", 1234.5),
    ("1\u202f234", "fr", 1234), ("12,5", "it", 12.5), ("12.000.000", "es", 12e6),
    ("0,5", "nl", 0.5), ("3.400", "pt", 3400), ("72,2", "en", 72.2), ("541", "en", 541),
])
def test_numbers_are_read_by_the_signs_of_their_language(text, language, value):
    assert re.fullmatch(languages.number_pattern(language), text)
    assert languages.as_number(text, language) == value


def test_several_languages_are_refused_with_advice(tmp_path):
    with pytest.raises(BadStudy) as caught:
        load_study(mixed(tmp_path / "s"))
    (fault,) = caught.value.faults
    for part in ("en 2", "fr 1", "s2", "'language: en'", "its own study"):
        assert part in fault


def test_a_chosen_language_leaves_the_others_out_aloud(tmp_path):
    study = load_study(mixed(tmp_path / "s", chosen="en-GB"))
    assert study.statements["statement_id"].tolist() == ["s0", "s1"] == list(study.texts)
    assert list(study.groups) == ["one"] and not study.contrasts
    said = " ".join(study.warnings)
    assert "left out: s2" in said and "without a statement in the study's language: other, c" in said


def test_a_chosen_language_needs_two_statements(tmp_path):
    with pytest.raises(BadStudy, match="fewer than two statements"):
        load_study(mixed(tmp_path / "s", chosen="fr"))


def test_regions_are_one_language(tmp_path):
    assert len(load_study(mixed(tmp_path / "s", codes=("en-GB", "en", "en-US"))).texts) == 3


def test_a_language_without_lists_is_read_with_a_notice(tmp_path):
    study = load_study(mixed(tmp_path / "s", codes=("cy", "cy", "cy")))
    said = " ".join(study.warnings)
    assert "language 'cy'" in said and "not stemmed" in said and "by signs alone" in said
    table = limits.limits(corpus.build(study)).set_index("limit")
    assert "cy: sentences are split" in table.at["Language without word lists", "here"]


def test_the_french_study_is_read_by_french_rules(tmp_path):
    study = load_study(shutil.copytree(FRENCH, tmp_path / "eau"))
    texts = corpus.build(study)
    found = vectors.words(texts.units, study.statements, drop_stop_words=True)
    counted = found["token"].value_counts()
    # "l’eau", "d’eau" and "L’eau" are all "eau", 12 times by hand; "art. 3" and
    # "M. Garnier" end no sentence.
    assert counted["eau"] == 12 and "l’eau" not in counted
    assert not texts.units["text"].str.endswith(("art.", "M.", "Mme")).any()
    assert any("Crime and punishment" in warning for warning in study.warnings)


def test_a_folder_in_two_languages_becomes_a_study_in_the_commoner_one(tmp_path):
    """`study new` writes the line that `study check` advises; the texts stay in the study."""
    source = tmp_path / "documents"
    shutil.copytree(FRENCH / "texts", source)
    english = "The two governments will act together. They have agreed to meet every year in Paris. "
    (source / "english.txt").write_text(english * 8, "utf-8")
    assert main(["new", str(tmp_path / "s"), "--from", str(source)]) == 0
    assert "\nlanguage: fr\n" in (tmp_path / "s" / "study.yaml").read_text("utf-8")
    study = load_study(tmp_path / "s")
    assert len(study.texts) == 4 and "english" not in study.texts
    assert any("left out: english" in warning for warning in study.warnings)
