"""The shipped report as a reader has it: accessible, quiet, narrow, linked, careful in its words.

The report is the one in reports/, or the one that REPORT names.
"""

from __future__ import annotations

import html
import os
import re
from functools import cache
from pathlib import Path

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
