"""Result tables: fixed columns, JSON payloads and accessible, escaped HTML."""

import re

import html5lib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import tables
from analysis.tables import Column

COLUMNS = {"name": Column("name"), "share": Column("share", "percent")}


def made(rows):
    return tables.result(rows, columns=COLUMNS, made_by="tests.made")


def test_columns_are_the_declared_ones_in_order():
    table = made([{"share": 0.5, "name": "a"}])
    assert list(table.columns) == ["name", "share", "evidence"]
    assert list(made([]).columns) == ["name", "share", "evidence"]


@pytest.mark.parametrize("row", [{"name": "a"}, {"name": "a", "share": 1, "extra": 2}])
def test_missing_or_undeclared_columns_are_refused(row):
    with pytest.raises(ValueError, match="row 0"):
        made([row])


def test_payload_is_plain_json_with_undefined_as_null():
    table = made([
        {"name": "a", "share": np.float64(1 / 3), "evidence": ["s:b1.s1"]},
        {"name": "b", "share": float("nan")},
    ])
    payload = tables.payload(table, name="x", caption="c")
    assert payload["rows"] == [["a", 0.333333], ["b", None]]
    assert payload["evidence"] == [["s:b1.s1"], []]
    assert payload["columns"][1] == {"name": "share", "label": "share", "format": "percent"}
    assert payload["total_rows"] == 2


def test_a_missing_integer_is_null():
    table = made([{"name": "a", "share": 1}, {"name": "b", "share": None}])
    assert tables.payload(table, name="x", caption="c")["rows"][1] == ["b", None]
    assert tables.rounded(pd.NA) is None


@pytest.mark.parametrize("name", ["a/b", "../x", "a b", ""])
def test_a_name_that_is_no_file_name_is_refused(name):
    with pytest.raises(ValueError, match="file name"):
        tables.payload(made([]), name=name, caption="c")


@pytest.mark.parametrize(
    ("value", "how", "expected"),
    [
        (0.256, "percent", "26 %"),
        (None, "percent", "–"),
        ("", "text", "–"),
        (1234, "count", "1\u202f234"),
        (-0.042, "points", "−4"),
        (0.042, "points", "+4"),
        (True, "flag", "yes"),
        (3.14159, "number", "3.14"),
        (31.4159, "number", "31.4"),
        (-314.159, "number", "−314"),
    ],
)
def test_formatting(value, how, expected):
    assert tables.formatted(value, how) == expected


def test_columns_that_are_left_to_the_csv_or_empty_are_not_printed_but_named():
    rows = [{"a": "one", "b": "two", "c": None}, {"a": "three", "b": "four", "c": None}]
    columns = {"a": Column("A", aside=True), "b": Column("B"), "c": Column("C", "number")}
    table = tables.payload(
        tables.result(rows, columns=columns, made_by="m"), name="t", caption="c")
    shown, aside = tables.printed(table)
    assert aside == ["A"] and [c["label"] for c in shown["columns"]] == ["B", "C"]
    shown, bare = tables.filled(shown)
    assert bare == ["C"] and shown["rows"] == [["two"], ["four"]]
    assert '<th scope="row" dir="auto">two</th>' in tables.to_html(shown)
    assert tables.only_in_the_csv(aside) == ["Also in the CSV: A."]
    assert tables.only_in_the_csv([]) == []


def test_only_a_column_of_nothing_but_dates_is_kept_on_one_line():
    rows = [{"a": "x", "b": "2015-08-20", "c": "2015-08"}, {"a": "y", "b": "2022", "c": "May 2022"}]
    table = tables.payload(
        tables.result(rows, columns={n: Column(n) for n in "abc"}, made_by="m"),
        name="t", caption="c")
    html = tables.to_html(table)
    assert html.count('<td class="date"') == 2 and '<td class="text" dir="auto">2015-08<' in html


def test_html_is_escaped_and_has_caption_and_scopes():
    table = made([{"name": "<script>alert(1)</script>", "share": 0.5, "evidence": ["s:b1.s2"]}])
    payload = tables.payload(table, name="x", caption="A <b>caption</b>")
    html = tables.to_html(payload, evidence_href=lambda i: "statement-s.html#b1.s2")
    assert "<script>" not in html and "<b>" not in html
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    assert tree.find(".//caption").text == "A <b>caption</b>"
    assert {th.get("scope") for th in tree.iter("th")} == {"col", "row"}
    assert tree.find(".//td/a").get("href") == "statement-s.html#b1.s2"


def test_an_empty_table_says_so():
    html = tables.to_html(tables.payload(made([]), name="x", caption="c"))
    assert '<td colspan="2">No rows.</td>' in html


def test_evidence_without_a_page_is_no_link_and_many_links_are_folded():
    ids = [f"s:b{i}.s1" for i in range(1, 10)]
    payload = tables.payload(made([{"name": "a", "share": 1, "evidence": ids}]), name="x",
                             caption="c")
    html = tables.to_html(payload)
    assert "<a " not in html
    assert "<summary>9 sentences</summary>" in html


def test_marks_are_shown_escaped_and_leave_the_text_as_it_is():
    text = "<b>gangs</b> & gangs"
    value = tables.marked(text, [(3, 8), (15, 20), (17, 20)])
    assert value == ("<b>", "gangs", "</b> & ", "gangs", "")
    table = tables.result(
        [{"text": value}, {"text": ("plain",)}, {"text": ("",)}],
        columns={"text": Column("text", "marked")}, made_by="tests.made",
    )
    payload = tables.payload(table, name="x", caption="c")
    assert payload["rows"][0] == [list(value)]
    html = tables.to_html(payload)
    assert "&lt;b&gt;<mark>gangs</mark>&lt;/b&gt; &amp; <mark>gangs</mark>" in html
    assert tables.unmarked(payload["rows"][0][0]) == text


@given(
    st.text(max_size=30),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6),
)
def test_marked_pieces_add_up_to_the_text_and_mark_what_the_spans_cover(text, spans):
    spans = [(start, min(end, len(text))) for start, end in spans]
    pieces = tables.marked(text, spans)
    assert "".join(pieces) == text
    assert len(pieces) % 2 == 1 and all(pieces[1::2])
    flags = [position % 2 == 1 for position, piece in enumerate(pieces) for _ in piece]
    assert flags == [any(a <= place < b for a, b in spans) for place in range(len(text))]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0.00"), (0.001, "0.001"), (0.0049, "0.005"), (0.005, "0.01"), (0.0002, "< 0.001"),
     (-0.0002, "> −0.001"), (-0.004, "−0.004"), (0.25, "0.25")],
)
def test_a_small_number_is_not_shown_as_none(value, shown):
    assert tables.formatted(value, "number") == shown


def test_words_around_a_keyword_stand_on_their_sides():
    columns = {"before": Column("before", "before"), "found": Column("found"),
               "after": Column("after", "after")}
    rows = [{"before": "x", "found": "<b>", "after": "y"}]
    rows = [{"id": "s", **row} for row in rows]
    table = tables.result(rows, columns={"id": Column("id"), **columns}, made_by="m")
    html = tables.to_html(tables.payload(table, name="lines", caption="c"))
    assert '<td class="before" dir="auto">x</td>' in html and "&lt;b&gt;" in html
    assert '<td class="after" dir="auto">y</td>' in html


def test_a_text_is_named_once_before_the_sentences_of_it():
    ids = ["a:b1.s1", "a:b2.s1", "b:b1.s1", "a:b3.s2"]
    payload = tables.payload(made([{"name": "x", "share": 1, "evidence": ids}]), name="x",
                             caption="c")
    html = tables.to_html(payload, evidence_href=lambda i: f"#{i}")
    assert [re.sub("<.*", "", part) for part in html.split('">')[-4:]] == [
        "a b1.s1", "b2.s1", "b b1.s1", "a b3.s2"
    ]


def test_no_line_of_a_cell_ends_before_a_per_cent_sign():
    table = tables.payload(
        made([{"name": "29 % (20 % to 42 %)", "share": 0.5}]), name="x", caption="c")
    tree = html5lib.parseFragment(tables.to_html(table), namespaceHTMLElements=False)
    assert tree.find(".//tbody//th").text == "29\u00a0% (20\u00a0% to 42\u00a0%)"
    assert table["rows"][0][0] == "29 % (20 % to 42 %)"
