"""The shipped report as a reader has it: accessible, quiet, narrow, linked, careful in its words.

The report is the one in reports/, or the one that REPORT names.
"""

from __future__ import annotations

import csv
import html
import os
import re
from functools import cache
from pathlib import Path

import pypdfium2
import pytest
from browser import axe_script, installed_browser, visit

REPORT = Path(os.environ.get("REPORT") or
              Path(__file__).parent.parent / "reports" / "channel-2015-2024")
PAGES = sorted(path.name for path in REPORT.glob("*.html"))
MOST_BYTES = 1_000_000

# Rules that depend on colours; the others see the same page in the dark.
COLOURS = ["color-contrast", "link-in-text-block"]
# What repeats itself is alike to axe, which takes minutes over thousands of rows: of the lines of a
# table, a list and a fold, and of a statement's blocks of one kind, the first few are looked at. What
# is drawn in a figure is hidden from readers of its description.
SHORTENED = """
    const few = (list, most) => [...list].slice(most).forEach(element => element.remove());
    document.querySelectorAll('tbody').forEach(body => few(body.rows, 4));
    document.querySelectorAll('main ul, main ol').forEach(list => few(list.children, 6));
    document.querySelectorAll('td.evidence details').forEach(fold => few(fold.children, 4));
    few(document.querySelectorAll('details.code'), 4);
    few(document.querySelectorAll('details.made'), 4);
    document.querySelectorAll('svg[role=img]').forEach(drawing => drawing.replaceChildren());
    document.querySelectorAll('details').forEach(fold => fold.open = true);
    for (const kind of ['paragraph', 'list_item', 'heading', 'aside'])
        few(document.querySelectorAll(`.block.${kind}`), 5);"""


@cache
def source(name: str) -> str:
    return (REPORT / name).read_text("utf-8")


@pytest.fixture(scope="module")
def browser():
    with installed_browser() as running:
        yield running


def test_there_is_a_report():
    assert {"index.html", "sentences.html", "glossary.html", "references.html"} <= set(PAGES)
    assert [name for name in PAGES if (REPORT / name).stat().st_size > MOST_BYTES] == []


# ------------------------------------------------------------------------- in a browser


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation_in_light_or_dark(browser, name):
    axe = axe_script()
    with visit(browser, REPORT / name) as seen:
        seen.page.evaluate(SHORTENED)
        seen.page.evaluate(axe)
        for dark in (False, True):
            seen.page.emulate_media(color_scheme="dark" if dark else "light")
            found = seen.page.evaluate(
                "only => axe.run(document, {resultTypes: ['violations'], ...only})",
                {"runOnly": {"type": "rule", "values": COLOURS}} if dark else {},
            )
            told = [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]]
            assert told == [], f"{name}, {'dark' if dark else 'light'}"


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_fetched_complained_of_or_wider_than_a_phone(browser, name):
    with visit(browser, REPORT / name, width=360) as seen:
        seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 360
        assert seen.requests == [] and seen.complaints == []


def test_no_table_needs_scrolling_on_a_wide_screen(browser):
    look = """() => {
        document.querySelectorAll('details:has(> .scroll)').forEach(fold => fold.open = true);
        return [...document.querySelectorAll('.scroll:has(table)')]
            .filter(box => box.scrollWidth > box.clientWidth + 1)
            .map(box => `${box.getAttribute('aria-label')}: ${box.scrollWidth}`); }"""
    for name in PAGES:
        with visit(browser, REPORT / name, width=1280) as seen:
            assert seen.page.evaluate(look) == [], name


def test_no_lettering_of_a_figure_is_cut_off_or_written_over(browser):
    look = """() => [...document.querySelectorAll('.chart svg')].flatMap(drawing => {
        const whole = drawing.getBoundingClientRect();
        const texts = [...drawing.querySelectorAll('text')].filter(t => t.textContent.trim())
            .map(t => [t.textContent.trim(), t.getBoundingClientRect()]);
        const out = texts.filter(([, b]) => b.left < whole.left - 2 || b.right > whole.right + 2
            || b.top < whole.top - 2 || b.bottom > whole.bottom + 2).map(([words]) => [words, 'cut']);
        texts.forEach(([one, a], n) => texts.slice(n + 1).forEach(([other, b]) => {
            const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (wide > 2 && high > 0.35 * Math.min(a.height, b.height)) out.push([one, other]);
        }));
        return out; })"""
    for name in PAGES:
        with visit(browser, REPORT / name, width=1280) as seen:
            assert seen.page.evaluate(look) == [], name


def test_a_printed_page_repeats_heads_and_leaves_no_sheet_all_but_empty(browser):
    with visit(browser, REPORT / "6_findings.html") as seen:
        sheets = pypdfium2.PdfDocument(seen.page.pdf(prefer_css_page_size=True))
        said = [" ".join(sheet.get_textpage().get_text_range().split()) for sheet in sheets]
    # A figure's sheet holds its labels; a title or caption alone is no sheet.
    assert [len(text) for text in said if len(text) < 200] == []
    # Every sheet with rows of the findings has what the columns are.
    rows = [text for text in said if re.search(r"\b\d+ of \d+ analyses|All \d+ analyses", text)]
    assert len(rows) > 1 and all("other defensible analyses" in text for text in rows)
    assert re.search(rf"\b1 / {len(said)}\b", said[0])


def test_paper_names_the_file_of_a_long_folded_table_and_prints_a_short_one(browser):
    with visit(browser, REPORT / "2_similarity.html") as seen:
        seen.page.emulate_media(media="print")
        assert seen.page.evaluate("document.querySelector('.data:not(.long) td').checkVisibility()")
    with visit(browser, REPORT / "2_similarity-passages-and-their-counterparts.html") as seen:
        named = "document.querySelector('.data.long .on-paper').checkVisibility()"
        assert not seen.page.evaluate(named)
        seen.page.emulate_media(media="print")
        assert seen.page.evaluate(named)
        assert not seen.page.evaluate("document.querySelector('.data.long td').checkVisibility()")


def test_code_that_made_a_table_opens_where_a_link_leads_to_it(browser):
    with visit(browser, REPORT / "6_findings.html") as seen:
        seen.page.evaluate("location.hash = document.querySelector('.made a').hash")
        assert seen.page.evaluate("document.querySelector(':target').checkVisibility()")


def test_every_evidence_link_lands_on_highlighted_text(browser):
    targets: dict[str, set[str]] = {}
    for name in PAGES:
        links = re.findall(r'href="(statement-[\w.-]+\.html)#(b\d+(?:\.s\d+)?)"', source(name))
        for page, place in links:
            targets.setdefault(page, set()).add(place)
    assert targets
    # The ground of what the address names, against the page's own.
    look = """places => { const bare = []; for (const place of places) {
        location.replace('#' + place);
        const element = document.getElementById(place);
        const lit = element && (element.matches('.block') ? element.querySelector('div') : element);
        if (!lit || getComputedStyle(lit).backgroundColor !== 'rgb(255, 240, 184)'
            || !lit.textContent.trim()) bare.push(place);
    } return bare; }"""
    for page, places in targets.items():
        with visit(browser, REPORT / page) as seen:
            assert seen.page.evaluate(look, sorted(places)) == [], page


def per_cent(value):
    return f"{100 * float(value):.0f} %"


@pytest.mark.parametrize(("page", "name", "called", "value", "said"), [
    ("4_framing", "frame_profile", ("frame", "statement"), "share", per_cent),
    ("4_framing-in-which-words", "naming", ("list", "name", "where"), "n", str),
    ("4_framing-in-which-words", "frames_by_actor", ("where", "actor", "frame"), "share",
     lambda value: f"{float(value):.2f}"),
    ("4_framing-what-they-bind-themselves-to", "commitments_glance", ("level", "statement"),
     "share", per_cent),
])
def test_a_mark_leads_to_the_very_row_whose_number_stands_in_it(
    browser, page, name, called, value, said
):
    look = """name => [...document.querySelectorAll(`#figure-${name} .marks a`)].map(mark => {
        const box = mark.querySelector('path').getBoundingClientRect();
        const within = [...document.querySelectorAll(`#figure-${name} svg[role=img] text`)].filter(t => {
            const b = t.getBoundingClientRect(), x = (b.left + b.right) / 2, y = (b.top + b.bottom) / 2;
            return x > box.left && x < box.right && y > box.top && y < box.bottom; });
        return [mark.querySelector('title').textContent, within.map(t => t.textContent.trim()).join()]; })"""
    with open(REPORT / "tables" / f"{name}.csv", encoding="utf-8", newline="") as file:
        numbers = {", ".join(row[text] for text in called): row[value]
                   for row in csv.DictReader(file)}
    with visit(browser, REPORT / f"{page}.html", width=1280) as seen:
        marks = seen.page.evaluate(look, name)
    assert len(marks) > 10
    for title, number in marks:
        assert number == said(numbers[title.rsplit(": ", 1)[0]]), title


def test_a_click_on_a_mark_shows_the_row_that_lists_its_sentences(browser):
    with visit(browser, REPORT / "4_framing.html", width=1280) as seen:
        seen.page.locator("#figure-frame_shares .marks a").nth(7).click()
        assert seen.page.evaluate("document.querySelector('tr:target').checkVisibility()")


# ------------------------------------------------------------------------- links and pictures


def test_every_link_within_the_report_resolves():
    ids = {name: set(re.findall(r'\sid="([^"]*)"', source(name))) for name in PAGES}
    for name in PAGES:
        for href in set(re.findall(r'<a\b[^>]* href="([^"]*)"', source(name))):
            href = html.unescape(href)
            if href.startswith("http"):
                continue
            target, _, fragment = href.partition("#")
            assert (REPORT / target).exists(), (name, href)
            assert not fragment or fragment in ids[target or name], (name, href)


def test_every_figure_says_what_it_shows():
    figures = [
        (name, alt)
        for name in PAGES
        for alt in re.findall(r'<svg\b[^>]*aria-label="([^"]*)"', source(name))
    ]
    assert figures
    for name, alt in figures:
        assert len(alt) > 40 and re.search(r"\d", alt), (name, alt)
    assert len({alt for _, alt in figures}) == len(figures)


# ------------------------------------------------------------------------- words


def prose(name: str) -> str:
    """What a page says in its own words: no quoted statement, table cell, code or cited title."""
    text = re.sub(
        r"<(script|style|pre|code|cite|tbody|svg)\b.*?</\1>", " ", source(name), flags=re.S
    )
    # The texts themselves, and what they are called.
    text = re.sub(r'<div class="as-analysed".*?</footer>', " ", text, flags=re.S)
    text = re.sub(r'<(span class="text"[^>]*|bdi)>.*?</(span|bdi)>', " ", text, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_nothing_that_the_texts_cannot_bear(name):
    said = prose(name)
    assert not re.search(r"pre-?registered|(?<!not )human-validated", said, re.I)
    for match in re.finditer(r"\b(trend\w*|significan\w+|reliab\w+)\b", said, re.I):
        around = said[max(0, match.start() - 90):match.end() + 60]
        denied = re.search(
            r"\b(no|not|never|nothing|neither|fewer|cannot|without|statistical(ly)?)\b",
            around, re.I,
        )
        assert denied, f"{name}: …{around}…"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_what_it_rests_on(name):
    scope = re.findall(r'<div class="scope">(.*?)</div>', source(name), re.S)
    assert scope and len(re.sub(r"<[^>]*>", "", scope[0]).split()) >= 8


def test_the_methods_say_no_more_and_cite_what_the_bibliography_holds():
    text = (REPORT / "methods.md").read_text("utf-8")
    assert not re.search(r"pre-?registered|\b(trend|significan|reliab)", text, re.I)
    cited = re.findall(r"@([a-z]\w+)", text)
    known = re.findall(r"^@\w+\{([\w-]+),", (REPORT / "references.bib").read_text("utf-8"), re.M)
    assert cited and set(cited) <= set(known)
    assert 'href="methods.md"' in source("index.html")
    assert 'href="references.bib"' in source("index.html")
