"""The shipped dictionary on single sentences: language cases, among them strict known failures."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest
import yaml
from small import SHIPPED

from analysis import dictionary, tokens
from analysis.study import load_study

CASES = json.loads((Path(__file__).parent / "cases" / "frames.json").read_text("utf-8"))


@cache
def shipped() -> dictionary.Dictionary:
    return load_study(SHIPPED).frames


@cache
def found() -> list[set[str]]:
    """The frames of every case, all cases read at once."""
    sentences = pd.DataFrame(
        {"sentence_id": [case["label"] for case in CASES], "text": [c["text"] for c in CASES]}
    )
    words = tokens.tokenise(sentences)
    words = tokens.fold(words, tokens.spelling_variants(words))
    matches = dictionary.match(shipped(), words)
    return [set(matches.loc[matches["row"] == row, "category"]) for row in range(len(CASES))]


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case["label"] for case in CASES])
def test_language_cases(number):
    case, frames = CASES[number], found()[number]
    known = {category.id for category in shipped().categories}
    lists = {name: set(case.get(name, ())) for name in ("has", "has_not", "cannot", "cannot_not")}
    assert set().union(*lists.values()) <= known
    assert lists["has"] <= frames
    assert not lists["has_not"] & frames
    # Known failures are strict: one that is mended must be moved to its list.
    assert not lists["cannot"] & frames
    assert lists["cannot_not"] <= frames


def test_there_are_enough_cases_and_each_has_its_own_label():
    labels = [case["label"] for case in CASES]
    assert len(labels) == len(set(labels)) >= 80


@pytest.mark.parametrize("kind", [
    "negation", "quotation in commentary", "illegal as a label", "combat", "will ", "passive",
    "list head", "conditional", "nested",
])
def test_every_kind_of_tricky_sentence_has_cases_that_pass(kind):
    own = [case for case in CASES if case["label"].startswith(kind)]
    assert len(own) >= 3
    assert all(case.get("has") or case.get("has_not") for case in own)


def test_generic_frames_speak_english_and_say_that_they_are_not_validated():
    text = files("analysis").joinpath("generic_frames.yaml").read_text("utf-8")
    generic = dictionary.parse(yaml.safe_load(text), file="generic_frames.yaml")
    assert len(generic.categories) == 14 and generic.language == "en"
    assert "unvalidated" in generic.citation
