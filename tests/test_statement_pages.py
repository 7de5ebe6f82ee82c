"""What a statement's page shows of its sentences: what was said, marks, what is withheld."""

from __future__ import annotations

import copy
import re

import html5lib
import pytest
from test_render import bundle, code, elements, statement, text_of, units

import nbformat.v4 as nbf
from analysis.report import withheld
from analysis.report.render import render_report
from analysis.tables import Column, marked, payload, result

TEXTS = {
    "open": "The boats are stopped at the border. Funds are given to the police of the coast.",
    "shut": "Nobody may pass on this very first sentence here. Boats are stopped by the coast "
            "guard of a port. A third sentence stands between two others here. Fourth comes a "
            "sentence about funds for the police. The fifth is again about nothing in particular.",
}
KEPT = "Fourth comes a sentence about funds for the police."


def shown(rows, *, name="said", display="table", columns, about=None):
    made = result(rows, columns=columns, made_by="tests.sample")
    made_payload = payload(made, name=name, caption=name, display=display, about=about)
    return code("show()", bundle(table=made_payload))


def corpus_cells():
    blocks, sentences = units(TEXTS)
    text = {"statement_id": Column("statement"), "kind": Column("kind"), "text": Column("text")}
    number = {"block": Column("block", "count")}
    return [
        nbf.new_markdown_cell("# Texts"),
        shown(blocks, name="blocks", display="none", columns=text | number | {
            "analysed": Column("analysed", "flag"), "reason": Column("reason"),
            "enumerator": Column("sign"), "depth": Column("depth", "count")}),
        shown(sentences, name="sentences", display="none",
              columns=text | number | {"sentence": Column("sentence", "count")}),
    ]


SAID = [
    shown(
        [{"frame": "Border", "evidence": ["open:b1.s1", "shut:b1.s2"]},
         {"frame": "", "evidence": ["open:b1.s2"]}],
        name="frames", display="folded", columns={"frame": Column("frame")},
        about={"frame": "frame"},
    ),
    shown(
        [{"passage": marked("The boats are stopped at the border.", [(4, 9)]),
          "match": "Boats are stopped by the coast guard of a port.", "level": 2, "cited": True,
          "evidence": ["open:b1.s1", "shut:b1.s2"]}],
        name="matches", display="folded",
        about={"match": "match", "level": "level", "seen": "cited"},
        columns={"passage": Column("passage", "marked"), "match": Column("match"),
                 "level": Column("level", "count"), "cited": Column("cited", "flag")},
    ),
    shown([{"sentence": KEPT, "evidence": ["shut:b1.s4"]}], name="cited",
          columns={"sentence": Column("sentence")}),
    shown([{"passage": TEXTS["shut"], "evidence": [f"shut:b1.s{n}" for n in range(1, 6)]}],
          name="everything", display="folded", columns={"passage": Column("passage")}),
]


def arguments(**redistribution):
    return {
        "notebooks": {"1_x": nbf.new_notebook(cells=corpus_cells() + copy.deepcopy(SAID))},
        "study": {"name": "s", "title": "S", "question": "q", "groups": {}, "statements": [
            statement(name, group="g", redistribution=redistribution.get(name, "yes"))
            for name in TEXTS]},
        "provenance": {"hashes": {"study": "a" * 64, "package": "b", "lock": "c", "notebooks": {}},
                       "parameters": {}, "seed": 1, "command": "study run s"},
        "texts": TEXTS,
    }


def page(files, name):
    return html5lib.parse(files[name].decode(), namespaceHTMLElements=False)


def by_id(tree, identifier):
    return next(e for e in tree.iter() if e.get("id") == identifier)


def notes(tree, block="b1"):
    """Sentence → the lines said of it."""
    rows = [e for e in by_id(tree, block).iter("div") if e.find("dt") is not None]
    return {
        text_of(row.find("dt")): [
            " ".join(text_of(line).split()) for line in row.find("dd").findall("span")
        ]
        for row in rows
    }


@pytest.fixture(scope="module")
def files():
    return render_report(**arguments())


def test_a_sentence_carries_what_tables_say_about_it(files):
    said = notes(page(files, "statement-open.html"))
    assert said == {"b1.s1": [
        "frame: Border", "level: 2", "match: Boats are stopped by the coast guard of a port. →",
        "seen: yes"]}
    hrefs = [a.get("href") for a in elements(page(files, "statement-open.html"), "a")]
    assert "1_x.html#table-frames" in hrefs and "statement-shut.html#b1.s2" in hrefs


def test_a_sentence_is_not_told_its_own_words(files):
    assert notes(page(files, "statement-shut.html"))["b1.s2"] == [
        "frame: Border", "level: 2", "seen: yes"]


def test_words_that_a_table_marks_are_marked_in_the_sentence(files):
    sentence = by_id(page(files, "statement-open.html"), "b1.s1")
    assert [text_of(e) for e in sentence.iter("mark")] == ["boats"]
    assert text_of(sentence) == "The boats are stopped at the border."


def test_about_must_name_a_column_of_the_table():
    table = result([{"a": 1}], columns={"a": Column("a")}, made_by="x")
    with pytest.raises(ValueError, match="t: about names columns it does not have: b"):
        payload(table, name="t", caption="", about={"frame": "b"})


# ------------------------------------------------------------------------- what may be shown


@pytest.mark.parametrize(
    ("recorded", "unrecorded", "expected"),
    [("yes", True, False), ("Yes, OGL", True, False), ("not cleared", False, True),
     ("no", False, True), ("", False, False), ("", True, True), ("unclear", False, True)],
)
def test_what_counts_as_cleared(recorded, unrecorded, expected):
    facts = {"redistribution": recorded}
    assert withheld.restricted(facts, unrecorded=unrecorded) is expected


def test_a_text_not_cleared_is_shown_as_far_as_it_is_cited_and_says_so():
    files = render_report(**arguments(shut="not cleared"))
    tree = page(files, "statement-shut.html")
    seen = {n: text_of(by_id(tree, f"b1.s{n}")) for n in range(1, 6)}
    assert seen[4] == KEPT and seen[5].startswith("The fifth")
    assert seen[1] == seen[2] == seen[3] == "[…]"
    scope = text_of(next(e for e in elements(tree, "div") if e.get("class") == "scope"))
    assert "Not cleared for redistribution." in scope and "3 sentences are left out" in scope
    assert "untouched" not in text_of(tree)
    listed = text_of(page(files, "sentences.html"))
    assert KEPT in listed and "very first sentence" not in listed
    assert "3 are not cleared for redistribution" in listed
    # Another text's page does not give away what this one withholds.
    said = notes(page(files, "statement-open.html"))
    assert "match: a passage that is not shown →" in said["b1.s1"]


@pytest.mark.parametrize(("rows", "folded"), [(60, False), (61, True)])
def test_a_table_folded_for_its_length_cites_nothing(rows, folded):
    units = [{"key": f"shut:b1.s{n}", "text": f"Sentence {n}."} for n in (1, 2, 3)]
    statement = {"facts": {"redistribution": "not cleared"}, "blocks": [{"sentences": units}]}
    table = payload(
        result([{"a": n, "evidence": ["shut:b1.s1"]} for n in range(rows)],
               columns={"a": Column("a")}, made_by="x"),
        name="t", caption="",
    )
    hidden = withheld.withhold([statement], [table], unrecorded=False)
    assert hidden == ({u["key"] for u in units} if folded else {"shut:b1.s3"})


def test_a_cleared_text_is_shown_whole_and_tables_of_ones_own_report_keep_their_texts():
    files = render_report(**arguments(shut="not cleared"))
    assert TEXTS["open"] in text_of(page(files, "statement-open.html"))
    assert b"very first sentence" in files["tables/sentences.csv"]


@pytest.mark.parametrize("recorded", ["not cleared", ""])
def test_a_report_for_others_gives_the_withheld_words_nowhere(recorded):
    given = arguments(shut=recorded)
    before = copy.deepcopy(given)
    files = render_report(**given, for_others=True)
    assert given == before
    for path, content in files.items():
        for number in (1, 3):
            words = re.split(r"(?<=\.) ", TEXTS["shut"])[number - 1][:40]
            assert words.encode() not in content, path
    assert withheld.NOTE.encode() in files["1_x.html"]
    assert KEPT.encode() in files["tables/cited.csv"]
    assert b"The boats are stopped at the border." in files["tables/sentences.csv"]


def test_everything_cleared_is_the_same_for_others():
    assert render_report(**arguments(), for_others=True) == render_report(**arguments())
