"""Names: the shipped list, its rules by hand, laws, other languages."""

from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from small import SHIPPED

from analysis import corpus, names, tokens, vectors


def tokens_of(*sentences: str) -> pd.DataFrame:
    return tokens.tokenise(
        pd.DataFrame({"sentence_id": [f"s{i}" for i in range(len(sentences))], "text": sentences})
    )


def shown(*sentences: str, spoken: str = "en") -> str:
    """The sentences' words, those in a name in capitals."""
    found = tokens_of(*sentences)
    mask = names.masked(found, spoken)
    return " ".join(t.upper() if m else t for t, m in zip(found["token"], mask, strict=True))


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (
            "Ministers of Belgium, the French Republic, and the Kingdom of the Netherlands met.",
            "ministers of BELGIUM THE FRENCH REPUBLIC AND THE KINGDOM OF THE NETHERLANDS met",
        ),
        ("Frontex and the police act.", "FRONTEX and the police act"),
        ("Frontex and Europol act.", "FRONTEX AND EUROPOL act"),
        ("Europe’s borders, Germany's laws", "EUROPE’S borders GERMANY'S laws"),
        (
            "under the Trade and Cooperation Agreement between the EU and the UK",
            "under THE TRADE AND COOPERATION AGREEMENT BETWEEN THE EU AND THE UK",
        ),
        ("They use existing channels in the Channel.", "they use existing channels in THE CHANNEL"),
        ("Smugglers exploit migrants.", "smugglers exploit migrants"),
        ("", ""),
    ],
)
def test_names_by_hand(text, known):
    assert shown(text) == known


def test_joiners_never_reach_beyond_a_sentence():
    assert shown("They left France.", "The UK acts.") == "they left FRANCE THE UK acts"
    assert shown("They left France and.", "The UK acts.") == "they left FRANCE and THE UK acts"


def test_more_function_words_than_a_list_has_join_nothing():
    assert shown("France of the and of the UK") == "FRANCE of the and of THE UK"


def test_each_language_has_its_own_names():
    text = "Le Royaume-Uni et la République française agissent."
    assert shown(text, spoken="fr-FR") == "LE ROYAUME-UNI ET LA RÉPUBLIQUE FRANÇAISE agissent"
    assert shown(text, spoken="xx") == shown(text, spoken="xx").lower()
    found = tokens_of("La France agit", "La France acts")
    mixed = names.masked(found, ["fr"] * 3 + ["en"] * 3)
    assert mixed.tolist() == [True, True, False, False, True, False]


def test_the_list_has_no_name_twice_and_a_source():
    content = yaml.safe_load(files("analysis").joinpath("names.yaml").read_text("utf-8"))
    assert content["version"] and content["citation"]
    for code in names.languages():
        assert names.listed(code).categories  # parse refuses a name that stands twice
        for kind in names.listed(code).categories:
            assert kind.label and kind.definition


LIST = ["belgium", "the", "french republic", "and", "frontex", "acts", "migration"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(LIST), max_size=8), max_size=4))
def test_a_name_counts_wherever_its_sentence_stands(sentences):
    texts = [" ".join(words) for words in sentences]
    found = tokens_of(*texts)
    apart = [names.masked(tokens_of(text)) for text in texts]
    assert names.masked(found).tolist() == np.concatenate([*apart, []]).astype(bool).tolist()
    certain = found["token"].isin(["belgium", "french", "frontex"])
    never = found["token"].isin(["acts", "migration"])
    mask = names.masked(found)
    assert mask[certain].all() and not mask[never].any()


def test_shipped_texts():
    shipped = corpus.load(str(SHIPPED))
    words = vectors.words(shipped.sentences, shipped.study.statements, stem=False)
    mask = names.masked(words)
    text = " ".join(
        token.upper() if own else token for token, own in zip(words["token"], mask, strict=True)
    )
    assert (
        "AT THE INVITATION OF THE NETHERLANDS THE INTERIOR AND OR MIGRATION MINISTERS OF THE "
        "KINGDOM OF BELGIUM THE FRENCH REPUBLIC THE FEDERAL REPUBLIC OF GERMANY THE UNITED KINGDOM "
        "AND THE KINGDOM OF THE NETHERLANDS IN THE PRESENCE OF FRONTEX AND EUROPOL"
    ) in text
    for wording in (
        "their continued commitment to work together as near neighbours",
        "business model of migrant smugglers through",
        "making use of existing structures and",
    ):
        assert wording in text
    table = names.names_found(words)
    assert table["times"].is_monotonic_decreasing and table["evidence"].map(len).min() > 0
    assert table.set_index("name").loc["joint intelligence cell", "times"] == (
        " ".join(words["token"]).count("joint intelligence cell")
    )


def test_nothing_to_mask():
    empty = tokens_of("")
    assert names.masked(empty).tolist() == [] and names.names_found(empty).empty
