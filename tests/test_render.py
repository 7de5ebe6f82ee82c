"""Pages from executed notebooks: complete, valid, linked, inert, and the same every time."""

from __future__ import annotations

import base64
import csv
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import html5lib
import nbformat.v4 as nbf
import pandas as pd
import pytest
from browser import installed_browser, visit

from analysis.errors import OutputProblem
from analysis.report import safe, templating
from analysis.report.render import render_report
from analysis.tables import PROSE_MIME, TABLE_MIME, Column, payload, result

TEXTS = Path(__file__).parent.parent / "data" / "channel-2015-2024" / "texts"
HOSTILE = (
    '<script>alert("text")</script> <img src=x onerror=alert(1)> [a](javascript:alert(2)) '
    "{{ 7 * 7 }} {% raw %} ]]> <!-- & \u202eright to left $\\alpha$ </style></title>\x0b\x00 end."
)
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )
).decode()
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="360pt" height="120pt" viewBox="0 0 360 120"><metadata>secret date</metadata><defs>'
    '<style type="text/css">*{fill: red}</style><clipPath id="clip"><rect id="box" '
    'width="360" height="120"/></clipPath></defs><g clip-path="url(#clip)" onclick="alert(3)">'
    '<rect id="unused" x="110" y="20" width="160" height="30" style="fill: #0B5FA5"/>'
    '<rect x="110" y="60" width="90" height="30" fill="#b5520a"/></g>'
    '<text x="100" y="40" text-anchor="end" fill="#1b1b1f" font-size="11">UK-France &lt;b&gt;'
    '</text><use xlink:href="#box" fill="none"/><use href="https://example.org/x.svg#a"/>'
    '<script>alert(4)</script><foreignObject><p>x</p></foreignObject>'
    '<a href="javascript:alert(5)"><text>no</text></a></svg>'
)


# ------------------------------------------------------------------------- a sample to render


def table(name, rows, *, evidence=None, **more):
    """The payload of a small table whose formats follow from its values."""
    columns = {
        key: Column(key.replace("_", " "), "text" if isinstance(value, str) else "number")
        for key, value in rows[0].items()
    }
    evidence = evidence or [[] for _ in rows]
    records = [row | {"evidence": ids} for row, ids in zip(rows, evidence, strict=True)]
    made = result(records, columns=columns, made_by="tests.sample")
    return payload(made, name=name, **{"caption": f"What {name} holds"} | more)


def bundle(**data):
    mimes = {"table": TABLE_MIME, "prose": PROSE_MIME, "html": "text/html", "text": "text/plain"}
    data = {mimes.get(key, key): value for key, value in data.items()}
    return nbf.new_output("display_data", data=data)


def said(name, *paragraphs):
    return bundle(prose={"name": name, "paragraphs": list(paragraphs)}, html="<p>ignored</p>")


def code(source, *outputs, tags=()):
    return nbf.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def units(texts):
    """Blocks and sentences of the texts, cut roughly: what the corpus notebook hands over."""
    blocks, sentences = [], []
    for identifier, text in texts.items():
        for number, piece in enumerate(filter(str.strip, text.split("\n\n")), start=1):
            piece, listed = " ".join(piece.split()), number % 5 == 0
            kind = "heading" if len(piece) < 70 else "list_item" if listed else "paragraph"
            blocks.append(
                {
                    "statement_id": identifier, "block": number, "kind": kind,
                    "analysed": kind != "heading",
                    "reason": "a line on its own" if kind == "heading" else "",
                    "enumerator": "-" if listed else "", "depth": int(listed), "text": piece,
                }
            )
            for order, sentence in enumerate(re.split(r"(?<=\.) (?=[A-Z])", piece), start=1):
                sentences.append(
                    {
                        "statement_id": identifier, "block": number, "sentence": order,
                        "kind": kind, "text": sentence,
                    }
                )
    return blocks, sentences


def statement(identifier, **facts):
    empty = dict.fromkeys(
        "date date_basis issuer group publisher licence source_url retrieved redistribution "
        "sha256 language".split(),
        "",
    )
    return {"statement_id": identifier, "title": f"Statement {identifier}"} | empty | facts


@pytest.fixture(scope="module")
def arguments():
    """The real texts and one hostile statement, in three notebooks, as the run hands them over."""
    texts = {path.stem: path.read_text("utf-8") for path in sorted(TEXTS.glob("*.txt"))}
    texts["hostile"] = (
        f"Title of it\n\n{HOSTILE} And a second sentence that says =1+1 and more.\n\n"
        '=HYPERLINK("https://example.org") stands first in this paragraph, which is long enough.'
    )
    blocks, sentences = units(texts)
    first = [f"{s['statement_id']}:b{s['block']}.s{s['sentence']}" for s in sentences]
    figure = {"svg": SVG, "alt": 'Bars: "UK–France" 160, <Calais> 90.', "title": "Two bars"}
    shares = [{"frame": f"frame {n} {HOSTILE if n == 2 else ''}", "share": n / 7, "low": None}
              for n in range(9)]
    corpus = nbf.new_notebook(cells=[
        nbf.new_markdown_cell("# What is *compared*?\n\nThese texts, and what is missing.\n\n"
                              "See [framing](4_framing.ipynb), [the words](4_framing.ipynb#which-words-count) "
                              "and [nothing](5_none.ipynb)."),
        code("n_topics = 5", tags=["parameters"]),
        code("n_topics = 6", tags=["injected-parameters"]),
        code("say(scope)", said("scope", "Six statements & 400 sentences.")),
        nbf.new_markdown_cell("### A level skipped\n\n<script>alert(6)</script><b onclick='x()'>"
                              "bold</b>\n\n![far](https://example.org/x.png)\n\n"
                              "| a | b |\n|---|---|\n| 1 | 2 |\n\n## A level skipped"),
        code("show(blocks)", bundle(table=table("blocks", blocks, display="none"))),
        code("show(sentences)", bundle(table=table("sentences", sentences, display="folded"))),
        code("", said("headline", "The texts differ in length by a factor of four.")),
        nbf.new_raw_cell("<script>alert(7)</script>"),
    ])
    framing = nbf.new_notebook(cells=[
        nbf.new_markdown_cell("# How is it framed?\n\nEach frame counts words."),
        code("show(shares)  # comment", said("scope", "The scope of both pages."), bundle(
            table=table("shares", shares, evidence=[first[:9], first[-3:], *([first[20:22]] * 7)],
                        figure=figure, note="Read with care."),
            html="<script>alert(8)</script>",
        )),
        nbf.new_markdown_cell("# In *which* words?\n\nA page of its own.\n\n## Which words count"),
        code("show(more)", bundle(table=table("more", shares, evidence=[["gone:b1.s1"]] * 9))),
        code("1 + 1", said("caution", "Few dates: <b>no</b> trend."), said("result", "So it is.")),
    ])
    own = nbf.new_notebook(cells=[
        nbf.new_markdown_cell("A notebook without a heading of its own."),
        code("frame", bundle(html=pd.DataFrame({"a": ["<i>x</i>", "y"]}).style.to_html())),
        code("frame", bundle(html=pd.DataFrame({"a": [1, 2]}).to_html())),
        code("html", bundle(html='<p style="color:red" onclick="x()">p<script>alert(9)</script>'
                            '<iframe src="https://example.org"></iframe><a href="java\nscript:x">q'
                            '</a><img src="https://example.org/x.png"><form><input></form></p>')),
        code("png", nbf.new_output("display_data", data={"image/png": PIXEL + "\n"},
                                   metadata={"image/png": {"alt": 'A "single" dot'}})),
        code("svg", bundle(**{"image/svg+xml": SVG}), bundle(**{"image/svg+xml": SVG})),
        code("print()", nbf.new_output("stream", name="stdout", text="\x1b[31m<object at 0x7fa>"),
             nbf.new_output("stream", name="stderr", text="/home/me/x.py: warning\nline")),
        code("1/0", nbf.new_output("error", ename="ZeroDivisionError", evalue="<division>",
                                   traceback=["/home/me/secret.py"])),
        code("w", bundle(**{"application/javascript": "alert(10)"})),
        code("m", bundle(**{"text/markdown": "**md** [far](https://example.org/ok)"})),
    ])
    statements = [statement(name, group="bilateral", date="2022-12") for name in texts]
    statements[-1] = statement(
        "hostile",
        **{key: HOSTILE for key in statements[-1] if key not in ("statement_id", "language")},
        extra_column=HOSTILE,
    )
    statements[0] |= {"source_url": "https://example.org/a?b=1&c=2", "language": "en"}
    statements[1] |= {"source_url": "javascript:alert(11)"}
    parameter = {"name": "n_topics", "value": 6, "default": 5, "help": "number of topics"}
    return {
        "notebooks": {"1_corpus": corpus, "4_framing": framing, "9_own": own},
        "study": {
            "title": "Cooperation across the Channel, 2015–2024", "name": "channel",
            "question": "What do the statements share, and how do they differ?",
            "statements": statements, "groups": {"bilateral": "UK–France"},
        },
        "provenance": {
            "hashes": {"study": "a" * 64, "package": "b" * 64, "lock": "c" * 64,
                       "notebooks": dict.fromkeys(["1_corpus", "4_framing", "9_own"], "d" * 64)},
            "parameters": {
                "1_corpus": [parameter | {"changed": True}, {
                    "name": "words", "value": ["a"], "default": ["a"], "help": HOSTILE,
                    "changed": False}],
                "4_framing": [], "9_own": [],
            },
            "seed": 1, "command": "study run data/channel -p n_topics=6",
        },
        "texts": texts,
    }


@pytest.fixture(scope="module")
def files(arguments):
    return render_report(**arguments)


@pytest.fixture(scope="module")
def pages(files):
    """Each page parsed."""
    return {path: parsed(content) for path, content in files.items() if path.endswith(".html")}


def text_of(element):
    return "".join(element.itertext())


def parsed(content):
    """A page; the parser raises on anything that is no HTML."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(content.decode())


def elements(page, *tags):
    return [e for e in page.iter() if isinstance(e.tag, str) and e.tag in tags]


# ------------------------------------------------------------------------- what is there


def test_the_files_are_the_promised_ones(files, arguments):
    statements = {f"statement-{s['statement_id']}.html" for s in arguments["study"]["statements"]}
    assert set(files) == statements | {
        "index.html", "1_corpus.html", "4_framing.html", "4_framing-in-which-words.html",
        "9_own.html", "sentences.html", "glossary.html", "references.html", "references.bib",
        "methods.md", "tables/blocks.csv", "tables/sentences.csv", "tables/shares.csv", "tables/more.csv", "figures/shares.svg",
    }
    assert list(files) == sorted(files)


def test_rendering_twice_gives_the_same_bytes(files, arguments):
    assert render_report(**arguments) == files


def test_every_page_has_title_language_landmarks_and_one_heading(pages):
    for path, page in pages.items():
        assert page.find(".").get("lang") == "en"
        assert text_of(page.find("head/title")).strip(), path
        assert len(elements(page, "main")) == 1
        assert len(elements(page, "h1")) == 1, path
        assert page.find("body/header") is not None and page.find("body/footer") is not None
        navs = [n.get("aria-label") or n.get("aria-labelledby") for n in elements(page, "nav")]
        assert all(navs) and len(set(navs)) == len(navs)
        assert page.find("body/a").get("href") == "#main"


def test_headings_never_skip_a_level(pages):
    for path, page in pages.items():
        levels = [int(h.tag[1]) for h in elements(page, *(f"h{n}" for n in range(1, 7)))]
        assert levels[0] == 1
        assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False)), path


def test_ids_are_unique_on_a_page(pages):
    for path, page in pages.items():
        ids = [e.get("id") for e in page.iter() if e.get("id")]
        assert len(set(ids)) == len(ids), path


def test_tables_have_captions_and_header_scopes(pages):
    for page in pages.values():
        for box in elements(page, "table"):
            own = any(parent.get("class") in ("own", "prose") and box in parent.iter()
                      for parent in elements(page, "div"))
            assert own or text_of(box.find("caption")).strip()
            assert all(th.get("scope") in ("row", "col") for th in elements(box, "th"))
            assert all(text_of(th).strip() for th in elements(box, "th"))


def test_boxes_that_scroll_can_be_reached_and_are_named(pages):
    for page in pages.values():
        for element in page.iter():
            if "scroll" in (element.get("class") or "").split():
                assert element.get("tabindex") == "0" and element.get("aria-label")


def test_nothing_is_fetched_and_every_internal_link_resolves(pages, files):
    for path, page in pages.items():
        ids = {p: {e.get("id") for e in q.iter()} for p, q in pages.items()}
        for element in page.iter():
            source = element.get("src")
            assert source is None or source.startswith("data:image/")
            href = element.get("href")
            if href is None or href == "data:,":
                continue
            if href.startswith("http"):
                assert element.tag == "a"
                assert href in ("https://example.org/a?b=1&c=2", "https://example.org/ok")
                continue
            target, _, fragment = href.partition("#")
            target = target or path
            assert target in files, (path, href)
            assert not fragment or fragment in ids[target], (path, href)


def test_links_to_the_evidence_land_on_the_sentence_and_lead_back(pages):
    page = pages["4_framing.html"]
    hrefs = [a.get("href") for a in elements(page, "a")]
    assert "statement-calais-group-2022-12.html#b1.s1" in hrefs
    back = [a.get("href") for a in elements(pages["statement-calais-group-2022-12.html"], "a")]
    assert "4_framing.html#figure-shares" in back
    assert "1_corpus.html#table-sentences" not in back


def test_a_run_without_the_corpus_page_has_no_dead_links(arguments):
    only = arguments | {"notebooks": {"4_framing": arguments["notebooks"]["4_framing"]}}
    rendered = render_report(**only)
    assert set(rendered) == {
        "index.html", "4_framing.html", "4_framing-in-which-words.html", "tables/more.csv",
        "tables/shares.csv", "figures/shares.svg", "glossary.html", "references.html",
        "references.bib", "methods.md",
    }
    for path in ("index.html", "4_framing.html"):
        hrefs = re.findall(r'href="([^"#]+)', rendered[path].decode())
        assert {h for h in hrefs if not h.startswith(("http", "data:"))} <= set(rendered)
    assert b"have no pages here" in rendered["index.html"]


def test_index_quotes_headlines_and_lists_everything(pages, arguments):
    index = text_of(pages["index.html"])
    assert "The texts differ in length by a factor of four." in index
    assert arguments["study"]["question"] in index
    assert arguments["provenance"]["command"] in index
    hrefs = {a.get("href") for a in elements(pages["index.html"], "a")}
    assert {"tables/sentences.csv", "figures/shares.svg", "9_own.html", "#three-minutes",
            "statement-hostile.html"} <= hrefs


def test_a_further_title_begins_a_page_of_its_own(pages):
    first, second = pages["4_framing.html"], pages["4_framing-in-which-words.html"]
    assert [text_of(e) for e in elements(second, "h1")] == ["In which words?"]
    assert "Which words count" in text_of(second) and "Which words count" not in text_of(first)
    for page in (first, second):
        assert "The scope of both pages." in text_of(page)
        named = [e for e in elements(page, "nav") if e.get("aria-label") == "Pages of 4 Framing"]
        assert [a.get("href") for a in named[0].iter("a")] == [
            "4_framing.html", "4_framing-in-which-words.html"]
    assert "page 2 of 2" in text_of(second)
    assert "tables/more.csv" in [a.get("href") for a in elements(second, "a")]
    index = [a.get("href") for a in elements(pages["index.html"], "a")]
    assert "4_framing-in-which-words.html" in index
    links = {text_of(a): a.get("href") for a in elements(pages["1_corpus.html"], "a")}
    assert links["the words"] == "4_framing-in-which-words.html#which-words-count"
    assert links["framing"] == "4_framing.html"


@pytest.mark.parametrize(
    ("titles", "message"),
    [(["# One", "# Two", "# two!"], "two of its pages"), (["# One", "# "+ "日本"], "cannot name")],
)
def test_pages_that_would_share_a_name_or_have_none_are_refused(arguments, titles, message):
    book = nbf.new_notebook(cells=[nbf.new_markdown_cell(title) for title in titles])
    with pytest.raises(OutputProblem, match=message):
        render_report(**arguments | {"notebooks": {"1_book": book}})


def test_scope_parameters_contents_and_neighbours_are_on_the_page(pages):
    page = pages["1_corpus.html"]
    opening = next(e for e in elements(page, "header") if e.get("class") == "opening")
    assert "Six statements & 400 sentences." in text_of(opening)
    assert text_of(page).count("Six statements & 400 sentences.") == 1
    note = text_of(next(iter(elements(page, "aside"))))
    assert "n_topics = 6" in note and "instead of 5" in note and "words" not in note
    assert not elements(pages["4_framing.html"], "aside")
    contents = next(n for n in elements(page, "nav") if n.get("id") == "contents")
    assert [a.get("href") for a in elements(contents, "a")] == [
        "#a-level-skipped", "#a-level-skipped-2"
    ]
    turn = [a.get("href") for a in elements(pages["4_framing.html"], "a") if a.get("rel")]
    assert turn == ["1_corpus.html", "4_framing-in-which-words.html"]


def test_provenance_names_hashes_seed_and_command_and_nothing_of_the_machine(pages, files):
    for path, page in pages.items():
        foot = text_of(page.find("body/footer"))
        assert all(letter * 64 in foot for letter in "abc"), path
        assert "study run data/channel -p n_topics=6" in foot
    for content in files.values():
        assert b"/home/me" not in content and b"0x7fa" not in content


def test_code_is_folded_and_one_click_away(pages):
    page = pages["4_framing.html"]
    folds = [d for d in elements(page, "details") if d.get("class") == "code"]
    assert "show(shares)  # comment" in text_of(folds[0])
    assert all("open" not in fold.attrib for fold in folds)
    labels = [text_of(d.find("summary")) for d in elements(pages["1_corpus.html"], "details")]
    assert "Parameters of this run (cell 2)" in labels


def test_each_exhibit_says_how_it_was_made(pages):
    page = pages["4_framing.html"]
    exhibit = next(e for e in elements(page, "div") if e.get("id") == "figure-shares")
    made = next(d for d in elements(exhibit, "details") if d.get("class") == "made")
    said = " ".join(text_of(made).split())
    assert "tests.sample" in said and "none of this page’s reaches it" in said
    cell = next(a.get("href") for a in elements(made, "a"))
    fold = next(e for e in page.iter() if e.get("id") == cell.removeprefix("#"))
    assert "show(shares)  # comment" in text_of(fold)


def test_parameters_that_reach_an_exhibit_are_named_with_it(arguments):
    book = nbf.new_notebook(cells=[
        code("n_topics = 5", tags=["parameters"]),
        code("found = f(n_topics)"),
        code("show(found)", bundle(table=table("found", [{"a": 1}]))),
        code("show(other)", bundle(table=table("other", [{"a": 1}]))),
    ])
    rendered = render_report(**arguments | {"notebooks": {"1_corpus": book}})["1_corpus.html"]
    exhibits = rendered.decode().split('<div class="exhibit"')[1:]
    assert ["<code>n_topics = 6</code>" in exhibit for exhibit in exhibits] == [True, False]


def test_the_index_has_one_short_box_a_notebook(arguments):
    book = nbf.new_notebook(cells=[
        nbf.new_markdown_cell("# One"), code("", said("headline", "First.", "More of it.")),
        nbf.new_markdown_cell("# Two"), code("", said("headline", "Second.")),
    ])
    index = render_report(**arguments | {"notebooks": {"1_book": book}})["index.html"].decode()
    assert index.count('<div class="finding">') == 1
    assert "First." in index and "More of it." not in index and "Second." not in index


# ------------------------------------------------------------------------- figures


def test_a_figure_is_inline_named_and_coloured_by_the_page(pages, files):
    drawing = next(e for e in pages["4_framing.html"].iter() if str(e.tag).endswith("svg"))
    assert drawing.get("role") == "img"
    assert drawing.get("aria-label") == 'Bars: "UK–France" 160, <Calais> 90.'
    shown = files["4_framing.html"].decode()
    assert "fill:var(--c1)" in shown and 'fill="var(--c2)"' in shown
    assert 'id="shares.clip"' in shown and "url(#shares.clip)" in shown
    assert 'href="#shares.box"' in shown
    # Ids to which nothing refers are gone, those that are referred to are there.
    names = set(re.findall(r'id="shares\.(\w+)"', shown))
    assert names == {"clip", "box"} and 'id="unused"' in SVG
    for dropped in ("secret date", "alert(3)", "alert(4)", "foreignObject", "x.svg", "*{fill"):
        assert dropped not in shown


def test_the_figures_file_is_a_drawing_of_its_own(files):
    root = ElementTree.fromstring(files["figures/shares.svg"])
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox") == "0 0 360 120"
    assert b"#0B5FA5" in files["figures/shares.svg"] and b"alert" not in files["figures/shares.svg"]


MARKED = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'viewBox="0 0 9 9"><defs><path id="dot" d="M0 0h1"/></defs>'
    '<a xlink:href="#row-0" target="_blank"><path d="M 1 1 L 2 2 z" onclick="alert(9)"/></a>'
    '<a xlink:href="#row-1"><g><use xlink:href="#dot" x="4" y="5"/></g></a>'
    '<a xlink:href="#row-2"><path d="M3 3z"/></a><a xlink:href="#row-"><path d="M6 6z"/></a>'
    '<a xlink:href="javascript:alert(9)"><path d="M8 8z"/></a></svg>'
)


def drawn(drawing, tag):
    return [e for e in drawing.iter() if str(e.tag).endswith("}" + tag)]


def marked_page(arguments, **options):
    """A figure whose rows rest on several sentences, on one, on none."""
    first, second = (f"uk-fr-2015-08-20:b{n}.s1" for n in (1, 2))
    rows = [{"frame": f'<b>"frame" {n}', "share": n / 9} for n in range(3)]
    shown = table("marks", rows, evidence=[[first, second], [second], []],
                  figure={"svg": MARKED, "alt": "Marks 1 2 3.", "title": "t"}, **options)
    notebooks = {"1_corpus": arguments["notebooks"]["1_corpus"],
                 "4_x": nbf.new_notebook(cells=[code("", bundle(table=shown))])}
    files = render_report(**arguments | {"notebooks": notebooks})
    page = parsed(files["4_x.html"])
    drawings = [e for e in page.iter() if str(e.tag).endswith("}svg")]
    [over] = [e for e in drawings if e.get("class") == "marks"]
    [drawing] = [e for e in drawings if e.get("role") == "img"]
    return files, page, over, drawing


def test_marks_of_a_figure_lead_to_their_sentences_or_to_the_row_that_lists_them(arguments):
    files, page, over, drawing = marked_page(arguments, display="folded")
    links = drawn(over, "a")
    assert [(a.get("href"), drawn(a, "title")[0].text) for a in links] == [
        ("#figure-marks-row-0", '<b>"frame" 0: 2 sentences'),
        ("statement-uk-fr-2015-08-20.html#b2.s1", '<b>"frame" 1: 1 sentence'),
    ]
    assert {a.get("tabindex") for a in links} == {"-1"} and over.get("aria-hidden") == "true"
    row = next(e for e in elements(page, "tr") if e.get("id") == "figure-marks-row-0")
    assert [a.text for a in elements(row, "a")] == ["b1.s1", "b2.s1"]
    assert over.get("viewBox") == drawing.get("viewBox") == "0 0 9 9"
    assert [dict(a.attrib) for a in drawn(drawing, "a")] == [{}]  # what was no mark
    assert b"#row-" not in files["figures/marks.svg"] and b"M6 6z" in files["figures/marks.svg"]
    assert b"alert(9)" not in files["4_x.html"] + files["figures/marks.svg"]


def test_marks_lead_to_the_first_sentence_where_the_page_lists_no_rows(arguments):
    _, _, over, _ = marked_page(arguments, display="none")
    link = drawn(over, "a")[0]
    assert link.get("href") == "statement-uk-fr-2015-08-20.html#b1.s1"
    assert drawn(link, "title")[0].text.endswith("the first of 2 sentences")


def test_a_table_too_long_to_be_read_on_its_way_is_folded(arguments):
    few, many = [{"a": n} for n in range(60)], [{"a": n} for n in range(61)]
    short, wordy = ([{"a": "word " * words} for _ in range(20)] for words in (200, 400))
    for rows, folded in ((few, False), (many, True), (short, False), (wordy, True)):
        notebook = nbf.new_notebook(cells=[code("", bundle(table=table("long", rows)))])
        files = render_report(**arguments | {"notebooks": {"1_x": notebook}})
        page = parsed(files["1_x.html"])
        assert any("long" in e.get("class", "") for e in elements(page, "details")) == folded


def test_a_figure_that_is_no_svg_is_refused(arguments):
    rows = [{"a": 1}]
    for svg in ("<svg", "<p xmlns='http://www.w3.org/1999/xhtml'/>",
                '<!DOCTYPE svg [<!ENTITY a "aa">]><svg>&a;</svg>'):
        figure = {"svg": svg, "alt": "a", "title": "t"}
        notebook = nbf.new_notebook(cells=[code("", bundle(table=table("t", rows, figure=figure)))])
        with pytest.raises(OutputProblem, match="1_x: t: the figure is no"):
            render_report(**arguments | {"notebooks": {"1_x": notebook}})


# ------------------------------------------------------------------------- names that are files'


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a b", "x\n"])
def test_a_table_whose_name_is_no_file_name_is_refused(arguments, name):
    hostile = table("fine", [{"a": 1}]) | {"name": name}
    notebook = nbf.new_notebook(cells=[code("", bundle(table=hostile))])
    with pytest.raises(OutputProblem, match="cannot name a file"):
        render_report(**arguments | {"notebooks": {"1_x": notebook}})


def test_two_tables_of_one_name_are_refused_whatever_the_case(arguments):
    cells = [code("", bundle(table=table(name, [{"a": 1}]))) for name in ("same", "Same")]
    notebook = nbf.new_notebook(cells=cells)
    with pytest.raises(OutputProblem, match="'Same' is already shown by 1_x"):
        render_report(**arguments | {"notebooks": {"1_x": notebook}})


def test_a_statement_id_that_leaves_the_report_is_refused(arguments):
    study = arguments["study"] | {"statements": [statement("../../etc")]}
    with pytest.raises(OutputProblem, match="cannot name a page"):
        render_report(**arguments | {"study": study})


# ------------------------------------------------------------------------- hostile text


def test_no_page_has_a_foreign_script_a_handler_or_a_foreign_link(pages):
    ours = {templating.script(name)["text"] for name in ("sort.js", "browse.js")}
    for path, page in pages.items():
        assert not elements(page, "iframe", "form", "object", "embed", "input"), path
        assert {text_of(script) for script in elements(page, "script")} <= ours, path
        for element in page.iter():
            for name, value in element.attrib.items():
                assert not str(name).lower().startswith("on"), path
                if name in ("href", "src"):
                    assert not re.match(r"\s*java", value, re.I), path


def test_hostile_text_shows_literally(pages):
    shown = text_of(pages["statement-hostile.html"])
    literal = '<script>alert("text")</script> <img src=x onerror=alert(1)>'
    assert literal in " ".join(shown.split())
    assert "{{ 7 * 7 }} {% raw %} ]]> <!-- & \u202eright to left" in " ".join(shown.split())
    assert literal in text_of(pages["statement-hostile.html"].find("head/title"))
    assert literal in " ".join(text_of(pages["4_framing.html"]).split())


def test_an_address_that_is_no_web_address_is_printed_but_leads_nowhere(pages, arguments):
    page = pages[f"statement-{arguments['study']['statements'][1]['statement_id']}.html"]
    assert "javascript:alert(11)" in text_of(page)


def test_a_statements_page_says_what_was_set_aside_and_what_is_recorded(pages, arguments):
    first = arguments["study"]["statements"][0]
    page = pages[f"statement-{first['statement_id']}.html"]
    aside = [e for e in elements(page, "div") if "aside" in (e.get("class") or "").split()]
    assert len(aside) == len([
        b for b in units(arguments["texts"])[0]
        if b["statement_id"] == first["statement_id"] and b["kind"] == "heading"
    ])
    assert "heading: a line on its own" in text_of(aside[0])
    assert "https://example.org/a?b=1&c=2" in [a.get("href") for a in elements(page, "a")]
    assert "UK–France" in text_of(page) and "bilateral" not in text_of(page)
    assert "SHA-256 of the file" in text_of(page) and "not recorded" in text_of(page)
    label = "The file as retrieved"
    retrieved = next(p for p in elements(page, "pre") if p.get("aria-label") == label)
    assert text_of(retrieved) == arguments["texts"][first["statement_id"]]
    body = next(e for e in elements(page, "div") if e.get("class") == "as-analysed")
    assert body.get("lang") == "en"


def test_what_a_users_own_cells_show_is_kept_as_far_as_it_is_harmless(pages):
    shown = text_of(pages["9_own.html"])
    for kept in ("<object at 0x…>", "ZeroDivisionError: <division>", "2 lines of warnings", "md",
                 "picture not embedded", "application/javascript"):
        assert kept in shown, kept
    assert "T_" not in shown and "#T" not in shown
    pictures = elements(pages["9_own.html"], "img")
    assert [p.get("alt") for p in pictures] == ['A "single" dot']
    assert text_of(elements(pages["9_own.html"], "h1")[0]) == "9 Own"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JAVASCRIPT:x", "java\nscript:x", " https://a.org", "data:text/html,x",
     "//a.org", "https://", "http:///x", "https:/\\a.org", "file:///etc/passwd", "a.html", "",
     "https://[x", "https://a.org/\x00"],
)
def test_unsafe_addresses_are_no_links(url):
    assert safe.safe_url(url) is None


# ------------------------------------------------------------------------- tables as files


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_csv_gives_back_the_tables_values(files, arguments):
    _, sentences = units(arguments["texts"])
    read = rows_of(files["tables/sentences.csv"])
    assert list(read[0]) == ["statement_id", "block", "sentence", "kind", "text"]
    assert [re.sub(r"^'(?='*[=+\-@].)", "", row["text"]) for row in read] == [
        s["text"] for s in sentences
    ]
    assert b"\r" not in files["tables/sentences.csv"]
    shares = rows_of(files["tables/shares.csv"])
    assert shares[1]["share"] == "0.142857" and shares[1]["low"] == ""
    assert len(shares[0]["evidence"].split()) == 9
    assert len(pd.read_csv(io.BytesIO(files["tables/shares.csv"]))) == 9


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "- 1+cmd", "@x", "\tx", "\rx", "'=1", "＝1"])
def test_no_text_cell_starts_a_formula_and_one_apostrophe_gives_it_back(text):
    cell = rows_of(safe.csv_bytes(["a"], [[text]]))[0]["a"]
    assert cell == f"'{text}"


def test_numbers_and_plain_texts_are_written_as_they_are():
    values = [-0.5, "-", "'quoted'", 'say "a", b', "a\nb", True, None]
    written = safe.csv_bytes(["a"], [[value] for value in values])
    assert written == b"a\n-0.5\n-\n'quoted'\n\"say \"\"a\"\", b\"\n\"a\nb\"\ntrue\n\n"


# ------------------------------------------------------------------------- in a real browser


@pytest.fixture(scope="module")
def report(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    for path, content in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def browser():
    with installed_browser() as running:
        yield running


def test_pages_open_without_network_complaints_or_sideways_scrolling(browser, report):
    for path in sorted(report.glob("*.html")):
        with visit(browser, path, width=360) as seen:
            seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            wide = seen.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, (path.name, wide)
            assert seen.requests == [] and seen.complaints == [], path.name


def test_dark_pages_are_dark_and_their_figures_follow(browser, report):
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    bar = "getComputedStyle(document.querySelector('.chart svg rect:not(defs *)')).fill"
    seen_as = {}
    for dark in (False, True):
        with visit(browser, report / "4_framing.html", dark=dark) as seen:
            seen_as[dark] = seen.page.evaluate(f"[{ground}, {bar}]")
    assert seen_as[False] == ["rgb(255, 255, 255)", "rgb(11, 95, 165)"]
    assert seen_as[True] == ["rgb(21, 23, 27)", "rgb(111, 180, 240)"]


def test_paper_unfolds_the_numbers_and_leaves_out_the_code(browser, report):
    with visit(browser, report / "4_framing.html") as seen:
        shown = "document.querySelector('details.{} > :last-child').checkVisibility()"
        assert not seen.page.evaluate(shown.format("data"))
        seen.page.emulate_media(media="print")
        assert seen.page.evaluate(shown.format("data"))
        assert not seen.page.evaluate(shown.format("code"))


def test_a_link_to_evidence_highlights_the_sentence(browser, report):
    with visit(browser, report / "statement-hostile.html") as seen:
        seen.page.evaluate("location.hash = 'b2.s1'")
        marked = "getComputedStyle(document.getElementById('b2.s1')).backgroundColor"
        assert seen.page.evaluate(marked) == "rgb(255, 240, 184)"


def test_text_meets_aa_contrast_in_light_and_dark():
    style = Path(safe.__file__).with_name("templates") / "study" / "style.css"
    roots = re.findall(r":root \{(.*?)\}", style.read_text("utf-8"), re.S)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", root)) for root in roots)
    inks = ("ink", "muted", "link", "c1", "c2", "c3", "c4", "code-word", "code-text", "code-number")
    for palette in (light, light | dark):
        pairs = [(ink, ground) for ink in inks for ground in ("paper", "raised")]
        pairs += [("ink", "mark"), ("ink", "word"), ("ink", "warn-ground"), ("muted", "warn-ground")]
        for ink, ground in pairs:
            assert contrast(palette[ink], palette[ground]) >= 4.5, (ink, ground)


def contrast(one, other):
    """WCAG 2.1's contrast ratio of two colours."""
    def luminance(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
