"""The methods section: every parameter has its sentence, what is not shown is not said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.report import bibliography, methods, parameters

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("[0-9]*.ipynb"))
DECLARED = {path.stem: parameters.declared(path) for path in NOTEBOOKS}
EVERY = sorted(
    {name for found in DECLARED.values() for name in found} - {parameters.STUDY_PARAMETER}
)
SENTENCES = [s for part in methods._data()["long"] for s in part["sentences"]]
ALL = [*SENTENCES, *methods._data()["short"]]

STUDY = {
    "name": "small", "title": "Small *study* of [two]", "question": "What?", "groups": {},
    "statements": [{"date": "2015-08-20"}, {"date": ""}, {"date": "2022"}],
}


def payload(columns, rows):
    return {"columns": [{"name": name} for name in columns], "rows": rows}


def everything_shown():
    """Every exhibit that a sentence asks for, with a row each."""
    wanted = {
        name for s in ALL
        for name in ([s["shown"]] if isinstance(s.get("shown"), str) else s.get("shown", ()))
    }
    shown = {name: payload(["x"], [[1]]) for name in wanted}
    shown["blocks"] = payload(
        ["statement_id", "block", "analysed"], [["a", 1, True], ["a", 2, False], ["b", 1, True]]
    )
    shown["sentences"] = payload(
        ["statement_id", "block"], [["a", 1], ["a", 1], ["a", 2], ["b", 1]]
    )
    return shown


def provenance(**changed):
    return {
        "hashes": {"study": "0" * 64, "package": "1" * 64}, "command": "study run data/small",
        "parameters": {
            notebook: [
                {"name": name, "value": changed.get(name, p.default), "default": p.default,
                 "help": p.help, "changed": name in changed}
                for name, p in found.items() if name != parameters.STUDY_PARAMETER
            ]
            for notebook, found in DECLARED.items()
        },
    }


def long_form(**changed):
    text = methods.written(STUDY, everything_shown(), provenance(**changed))
    return text.split("## In full")[1].split("### Software")[0]


def other(parameter):
    """A legal value that is not the default."""
    if isinstance(parameter.default, bool):
        return not parameter.default
    if parameter.choices:
        return next(c for c in parameter.choices if c != parameter.default)
    if isinstance(parameter.default, str):
        return "another; value_of *mine*"
    return parameter.default + 1


def sentences(text):
    return re.split(r"(?<=[.?])\s+", text)


@pytest.mark.parametrize("name", EVERY)
def test_a_changed_parameter_changes_its_sentence_and_no_other(name):
    parameter = next(found[name] for found in DECLARED.values() if name in found)
    before, after = sentences(long_form()), sentences(long_form(**{name: other(parameter)}))
    own = [s for s in SENTENCES if name == s.get("by") or f"{{{name}}}" in s.get("text", "")]
    assert own, f"{name}: give it a sentence in report/methods.yaml"
    gone, new = set(before) - set(after), set(after) - set(before)
    assert gone and new
    assert len(gone) <= len(own) + 1 and len(new) <= len(own) + 1


@pytest.mark.parametrize("name", [n for n in EVERY if next(
    found[n] for found in DECLARED.values() if n in found).choices])
def test_every_choice_has_words_of_its_own(name):
    choices = next(found[name] for found in DECLARED.values() if name in found).choices
    assert len({long_form(**{name: choice}) for choice in choices}) == len(choices)


def test_a_sentence_speaks_of_parameters_and_exhibits_that_exist():
    source = "".join(path.read_text("utf-8") for path in NOTEBOOKS)
    known = {*EVERY, *methods.counts(STUDY, {})}
    for sentence in ALL:
        texts = [sentence["text"]] if "text" in sentence else sentence["texts"].values()
        assert all(set(re.findall(r"\{(\w+)\}", text)) <= known for text in texts), sentence
        assert sentence.get("by") is None or sentence["by"] in EVERY
        for name in [sentence["shown"]] if isinstance(sentence.get("shown"), str) else sentence.get(
            "shown", ()
        ):
            assert f'name=\\"{name}\\"' in source, f"no notebook shows {name}"


def test_every_cited_work_is_known_and_every_sentence_ends():
    for sentence in ALL:
        for text in [sentence["text"]] if "text" in sentence else sentence["texts"].values():
            assert text.endswith((".", "}.")), text
            for key in methods.cited(text):
                assert bibliography.of_key(key)["id"] == key


def test_what_is_not_shown_is_not_said():
    text = methods.written(STUDY, {}, provenance())
    assert "Frames" not in text and "matrix" not in text and "@" not in text
    empty = {name: payload(["x"], []) for name in everything_shown()}
    assert methods.written(STUDY, empty, provenance()) == text
    only = {"frame_shares": payload(["x"], [[1]])}
    assert "[@wilson1927]" in methods.written(STUDY, only, provenance())


def test_the_short_form_is_short_and_names_what_was_changed():
    for changed in ({}, {"n_boot": 500}, {n: other(f[n]) for f in DECLARED.values() for n in f}):
        text = methods.written(STUDY, everything_shown(), provenance(**changed))
        short = text.split("150 words\n\n")[1].split("\n\n## ")[0]
        assert 60 < len(short.split()) <= methods.MOST_WORDS
        assert ("n\\_boot = 500 in place of 2000" in short) == (changed == {"n_boot": 500})
    assert "more" in short


def test_counts_are_of_what_was_analysed():
    found = methods.counts(STUDY, everything_shown())
    assert (found["n_statements"], found["n_blocks"], found["n_sentences"]) == (3, 2, 3)
    assert (found["first_date"], found["last_date"]) == ("2015-08-20", "2022")


def test_what_others_wrote_is_inert_in_markdown():
    text = methods.written(
        STUDY, everything_shown(), provenance(kwic="<script>x</script> [@evil2020] `a` *b*")
    )
    assert "<script>" not in text and methods.cited(text).count("evil2020") == 0
    assert "Small \\*study\\* of \\[two\\]" in text
