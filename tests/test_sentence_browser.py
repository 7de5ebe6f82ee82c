"""The sentence browser and sortable tables, in a real browser, and without scripts."""

from __future__ import annotations

import csv
import re

import pytest
from browser import installed_browser, visit
from test_render import HOSTILE, bundle, code, statement, table, units

import nbformat.v4 as nbf
from analysis.report import sentence_browser
from analysis.report.render import render_report
from analysis.tables import Column, payload, result

TEXTS = {
    "a": "The border police act. Border guards and police of the border act again. Nothing here.",
    "b": f"A cross-border plan is made. {HOSTILE} Policing goes on at the Border.",
}
KEYS = ["a:b1.s1", "a:b1.s2", "b:b1.s1"]


def framed(rows):
    made = result(rows, columns={"frame": Column("frame"), "n": Column("n", "number"),
                                 "text": Column("text")}, made_by="tests.sample")
    return payload(made, name="framed", caption="Framed", about={"frame": "frame"})


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    blocks, sentences = units(TEXTS)
    rows = [
        {"frame": "police <b>", "n": 10.0, "text": "b", "evidence": KEYS[:2]},
        {"frame": "plans", "n": -2.5, "text": "a", "evidence": [KEYS[2]]},
        {"frame": "other", "n": None, "text": "c", "evidence": []},
        {"frame": "last", "n": 9.0, "text": "", "evidence": []},
    ]
    notebook = nbf.new_notebook(cells=[
        nbf.new_markdown_cell("# X"),
        code("", bundle(table=table("blocks", blocks, display="none"))),
        code("", bundle(table=table("sentences", sentences, display="none"))),
        code("", bundle(table=framed(rows))),
    ])
    files = render_report(
        notebooks={"1_x": notebook},
        study={"name": "s", "title": "S", "question": "q", "groups": {"g": "Group <i>"},
               "statements": [statement("a", group="g"), statement("b", group="", title=HOSTILE)]},
        provenance={"hashes": {"study": "a", "package": "b", "lock": "c", "notebooks": {}},
                    "parameters": {}, "seed": 1, "command": "study run s"},
        texts=TEXTS,
    )
    folder = tmp_path_factory.mktemp("browsed")
    for path, content in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def browser():
    with installed_browser() as running:
        yield running


@pytest.fixture
def opened(browser, report):
    with visit(browser, report / "sentences.html") as seen:
        yield seen
        assert seen.complaints == [] and seen.requests == []


def at(seen, fragment):
    seen.page.evaluate("f => location.replace('#' + f)", fragment)
    seen.page.wait_for_timeout(50)


def visible(seen):
    return seen.page.eval_on_selector_all(
        "#lists li",
        "all => all.filter(e => e.checkVisibility()).map(e => e.querySelector('a').textContent)",
    )


def lines(seen):
    return [tuple(row.inner_text().split("\t")[1:]) for row in seen.page.query_selector_all(
        ".found table:last-of-type tbody tr") if row.query_selector("mark")]


def test_all_sentences_stand_there_without_a_script(browser, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((report / "sentences.html").as_uri())
    assert page.locator("#lists li").count() == 5
    assert page.locator("noscript").count() == 1 and not page.locator("select").count()
    context.close()


def test_a_choice_stays_in_the_address_and_comes_back_from_it(opened):
    assert len(visible(opened)) == 5
    opened.page.get_by_label("frame", exact=True).select_option("police <b>")
    opened.page.wait_for_timeout(50)
    assert visible(opened) == ["b1.s1", "b1.s2"]
    address = opened.page.url
    assert "#frame=police" in address
    opened.page.goto("about:blank")
    opened.page.goto(address)
    assert visible(opened) == ["b1.s1", "b1.s2"]
    assert opened.page.get_by_label("frame", exact=True).input_value() == "police <b>"
    assert opened.page.get_by_role("status").inner_text() == "2 of 5 sentences"


def test_choices_by_statement_and_group_join(opened):
    at(opened, "group=Group+%3Ci%3E")
    assert len(visible(opened)) == 3
    at(opened, "group=Group+%3Ci%3E&frame=plans")
    assert visible(opened) == []
    at(opened, "nonsense=1&__proto__=2")
    assert len(visible(opened)) == 5


@pytest.mark.parametrize(
    ("query", "matches"),
    [("border", ["border", "Border", "border", "Border"]),
     ("*border", ["border", "Border", "border", "cross-border", "Border"]),
     ("polic*", ["police", "police", "Policing"]),
     ("border police", ["border police"]),
     ("the border", ["The border", "the border", "the Border"]),
     ("act|made", ["act", "act", "made"]), ("b?rder guards", ["Border guards"]),
     ("(", []), ("[a-z]+", []), (".*", [])],
)
def test_words_in_context(opened, query, matches):
    opened.page.get_by_label("words in context").fill(query)
    opened.page.wait_for_timeout(400)
    assert opened.page.locator(".found mark").all_inner_texts() == matches


def test_lines_are_ordered_by_the_words_before_or_after(opened):
    at(opened, "words=border&statement=Statement+a")
    assert [line[0].split(" ")[-1] for line in lines(opened)] == ["The", "", "the"]
    at(opened, "words=border&statement=Statement+a&order=right")
    assert [line[2].split()[0] for line in lines(opened)] == ["act", "guards", "police"]
    at(opened, "words=border&statement=Statement+a&order=left")
    assert [line[0] for line in lines(opened)][0] == ""


def test_rates_count_hits_per_thousand_words_and_a_strip_shows_where(opened):
    at(opened, "words=border&statement=Statement+a")
    row = opened.page.locator(".found table").first.locator("tbody tr").first
    # By hand: 3 of 4 + 9 + 2 words.
    assert row.inner_text().split("\t")[:4] == ["Statement a", "3", "15", "200.0"]
    assert row.locator("svg line:not(.ground)").count() == 3
    assert "3 hits" in row.locator("svg").get_attribute("aria-label")


def test_the_selection_is_saved_as_csv(opened, tmp_path):
    at(opened, "frame=plans")
    with opened.page.expect_download() as download:
        opened.page.get_by_role("button", name="Save the selection").click()
    download.value.save_as(tmp_path / "selection.csv")
    head, row = csv.reader((tmp_path / "selection.csv").open(encoding="utf-8", newline=""))
    assert head == ["statement", "sentence", "text", "group", "frame"]
    assert row[:2] == ["b", "b1.s1"] and row[3:] == ["", "plans"]
    assert row[2].startswith("A cross-border plan is made. <script>")


def test_hostile_text_stays_text(opened):
    at(opened, "words=script")
    assert opened.page.locator(".found mark").all_inner_texts() == ["script", "script"]
    made = opened.page.locator("#browser script, #browser img, #lists img, #lists script")
    assert made.count() == 0
    assert '<script>alert("text")' in opened.page.locator("#lists").text_content()


def test_the_list_ends_where_the_page_would_grow_too_large(monkeypatch):
    unit = {"id": "b1.s1", "text": "x" * 100, "notes": [], "withheld": False}
    found = [{"id": "a", "blocks": [{"aside": None, "sentences": [unit] * 10}]}]
    monkeypatch.setattr(sentence_browser, "_BUDGET", 5 * (100 + sentence_browser._LINE))
    listed = sentence_browser.listed(found)
    assert (listed["listed"], listed["total"], listed["withheld"]) == (5, 10, 0)


# ------------------------------------------------------------------------- tables


def column(seen, name):
    place = {"frame": 1, "n": 2, "text": 3}[name]
    return seen.page.eval_on_selector_all(
        f"#table-framed tbody tr > :nth-child({place})", "all => all.map(c => c.textContent)")


def test_tables_are_put_in_order_by_keyboard_and_say_so(browser, report):
    with visit(browser, report / "1_x.html") as seen:
        before = column(seen, "n")
        head = seen.page.locator("#table-framed th[scope=col]").nth(1)
        head.get_by_role("button").focus()
        for direction, expected in (
            ("ascending", ["−2.50", "9.00", "10.0", "–"]),
            ("descending", ["10.0", "9.00", "−2.50", "–"]),
            (None, before),
        ):
            seen.page.keyboard.press("Enter")
            assert head.get_attribute("aria-sort") == direction
            assert column(seen, "n") == expected
        seen.page.locator("#table-framed th[scope=col]").nth(2).get_by_role("button").click()
        assert column(seen, "text") == ["a", "b", "c", "–"]
        assert head.get_attribute("aria-sort") is None
        assert seen.complaints == []


def test_only_our_own_scripts_may_run(report):
    for path in report.glob("*.html"):
        html = path.read_text("utf-8")
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html).group(1)
        assert "default-src 'none'" in policy and "unsafe-eval" not in policy
        assert re.fullmatch(r"( 'sha256-[\w+/=]{44}')+",
                            re.search(r"script-src([^;]*);", policy).group(1))
