"""Figures and tables for papers: the same numbers, legible, harmless to TeX, the same bytes."""

from __future__ import annotations

import io
import json
import re
import struct

import docx
import matplotlib
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from analysis import charts, charts_cells, charts_dots, charts_parts, charts_series
from analysis.report import archive, paper, tex, word
from analysis.tables import Column, payload, result

LONG = "A label of many words that no narrow figure has room for in one line, number"
COLOURS = charts.palette(["United Kingdom and France", "Calais Group"])


def dots(rows=6, panels=5):
    return charts_dots.dot_panels(
        pd.DataFrame([
            {"row": f"{LONG} {r}", "panel": f"Statement {p} of 2022", "value": (r + p) / 20,
             "low": None if r == 2 else r / 30, "high": None if r == 2 else (r + p) / 15 + 0.1}
            for r in range(rows) for p in range(panels)
        ]).astype({"low": float, "high": float}),
        row="row", panel="panel", value="value", low="low", high="high",
        panel_groups={f"Statement {p} of 2022": "Calais Group" for p in range(panels)},
        groups=COLOURS, title="The message",
    )


def ranked():
    table = pd.DataFrame([
        {"pair": f"{LONG} {n}", "part": "between" if n > 3 else "within", "v": n / 10,
         "l": n / 20, "h": n / 8} for n in range(8)
    ])
    return charts_dots.ranked_dots(
        table, row="pair", section="part", value="v", low="l", high="h",
        row_groups=dict.fromkeys(table["pair"], "Calais Group"), groups=COLOURS, unit="cosine",
        title="The message",
    )


def judged():
    table = pd.DataFrame([
        {"claim": f"{LONG} {n}", "v": 2.0 - n, "l": 1.0 - n, "h": 3.0 - n, "d": 0.5,
         "state": "insufficient evidence", "w": n == 2} for n in range(4)
    ])
    return charts_dots.estimates(
        table, label="claim", value="v", low="l", high="h", threshold="d", state="state",
        within="w", title="The message",
    )


def words():
    table = pd.DataFrame([{"w": f"word {n} of two", "z": 4.0 - n, "line": 2.5} for n in range(9)])
    return charts_dots.opposed_words(
        table, word="w", value="z", line="line", sides=("United Kingdom and France, November 2022",
        "Calais Group, December 2022"), unit="z of the log-odds", title="The message",
    )


def grid():
    names = [f"Calais Group ministers {n}" for n in range(5)]
    table = pd.DataFrame([{"a": a, "b": b, "v": len(a + b) / 90} for a in names for b in names])
    return charts_cells.cells(table, row="a", column="b", value="v", unit="cosine",
                              title="The message", row_groups=dict.fromkeys(names, "Calais Group"),
                              groups=COLOURS)


def shares():
    names = [f"Calais Group ministers {n}" for n in range(5)]
    table = pd.DataFrame([{"f": f"{LONG} {f}", "s": s, "v": f / 9} for f in range(6) for s in names])
    return charts_cells.profile(
        table, row="f", column="s", value="v", faint=" (unvalidated)",
        column_groups=dict.fromkeys(names, "Calais Group"), groups=COLOURS, title="The message",
    )


def turned():
    """As many statements as stand below one another."""
    names = [f"Statement {n} of many" for n in range(30)]
    table = pd.DataFrame([{"f": f"{LONG} {f}{' (unvalidated)' * (f > 3)}", "s": s, "v": f / 9}
                          for f in range(6) for s in names])
    return charts_cells.profile(
        table, row="f", column="s", value="v", faint="(unvalidated)",
        column_groups=dict.fromkeys(names, "Calais Group"), groups=COLOURS, title="The message",
    )


def tallied():
    names = [f"Calais Group ministers {n}" for n in range(5)]
    table = pd.DataFrame([
        {"r": f"{LONG} {r}", "s": s, "part": "people" if r < 3 else "movement", "n": r, "p": r / 6}
        for r in range(6) for s in names
    ])
    return charts_cells.tally(
        table, row="r", column="s", section="part", count="n", share="p",
        column_groups=dict.fromkeys(names, "Calais Group"), groups=COLOURS, title="The message",
    )


def dated():
    entries = pd.DataFrame([
        {"date": f"20{15 + n}-03-0{n + 1}", "label": f"{LONG} {n}", "kind": kind,
         "group": "Calais Group"}
        for n, kind in enumerate([*charts_parts.TIMELINE_MARKS, "event", "event"])
    ])
    return charts_parts.timeline(entries, groups=COLOURS, title="The message")


def bars():
    table = pd.DataFrame([{"s": f"{LONG} {n}", "a": 1000 * n, "b": 90} for n in range(1, 5)])
    return charts_parts.stacked_bars(
        table, label="s", parts={"a": "analysed", "b": "set aside as page furniture and headings"},
        bar_groups=dict.fromkeys(table["s"], "Calais Group"), groups=COLOURS, unit="words", title="The message",
    )


def flows():
    table = pd.DataFrame([
        {"p": f"{p}: from November 2022 to March 2024", "side": side, "part": part, "n": n}
        for p in ("Calais Group", "United Kingdom and France")
        for side, part, n in (("earlier", "kept", 4), ("earlier", "reworded", 9),
                              ("earlier", "dropped", 30), ("later", "inherited", 12),
                              ("later", "new", 50))
    ])
    return charts_parts.flow(table, panel="p", side="side", part="part", value="n",
                             joined=("kept", "reworded", "inherited"), title="The message")


def curve():
    table = pd.DataFrame([
        {"estimate": n / 10, "low": n / 20, "high": n / 8, "unit": "block" if n % 2 else "sentence",
         "weights": "frequencies of words in sentences" if n > 4 else "none", "default": n == 3,
         "delta": 0.3} for n in range(9)
    ])
    return charts_parts.specification_curve(
        table, choices={"unit": ["block", "sentence"],
                        "weights": ["none", "frequencies of words in sentences"]},
        labels={"unit": "unit of the resamples", "weights": "what a word weighs"},
        default="default", threshold="delta", title="The message",
    )


def measures():
    table = pd.DataFrame([
        {"n": n, "model": model, "stable": n / 9 + shift, "line": 0.4, "coherence": n / 7,
         "chosen": n == 4}
        for model, shift in (("NMF", 0), ("LDA", 0.1)) for n in range(2, 8)
    ])
    return charts_series.panels_by_number(
        table, x="n", series="model", panels={"stable": "Stability", "coherence": "Coherence",
        "chosen": "Chosen"}, line={"stable": "line"}, chosen="chosen", unit="number of topics",
        title="The message",
    )


def through_time():
    table = pd.DataFrame([
        {"topic": f"Topic {t}: word, another word, a third word", "group": g, "date": f"20{y}",
         "v": 0.1 * t, "l": 0.05 * t, "h": 0.2 * t}
        for t in (1, 2, 3) for g in COLOURS for y in (15, 18, 22)
    ])
    return charts_series.dated_panels(
        table, panel="topic", group="group", date="date", value="v", low="l", high="h",
        groups=COLOURS, title="The message",
    )


EVERY = [dots, ranked, judged, words, grid, shares, turned, tallied, dated, bars, flows, curve, measures,
         through_time]


def texts_of(figure):
    """Every text that is drawn, with its place in dots; tick labels in lists of their own."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    loose = [*figure.texts, *filter(None, (figure._supxlabel,))]
    loose += [text for legend in figure.legends for text in legend.get_texts()]
    ticks = []
    for axes in (axes for axes in figure.axes if axes.get_visible()):
        loose += [*axes.texts, axes.title, axes._left_title]
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            loose.append(axis.label)
            low, high = sorted(axis.get_view_interval())
            inside = [t for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
            ticks.append([t for tick in inside for t in (tick.label1, tick.label2)])
    renderer = canvas.get_renderer()
    return [
        [(text, text.get_window_extent(renderer)) for text in own
         if text.get_visible() and text.get_text().strip()]
        for own in (loose, *ticks)
    ]


@pytest.mark.parametrize("chart", EVERY, ids=lambda make: make.__name__)
def test_from_its_call_a_figure_is_drawn_again_just_the_same(chart):
    made = chart()
    with charts.redrawn(made.call, charts.PAGE) as again:
        assert charts.to_svg(again.figure) == made.svg
        assert (again.alt, again.title) == (made.alt, made.title)


def test_a_notebook_file_that_sorts_keys_leaves_marks_and_colours_in_their_order():
    def curve():
        rows = [
            {"estimate": n / 10, "low": n / 20, "high": n / 5, "default": n == 0, "matters": 0.1,
             "unit": "ba"[n % 2], "measure": "zy"[n // 2]} for n in range(4)
        ]
        return charts_parts.specification_curve(
            pd.DataFrame(rows), choices={"unit": ("b", "a"), "measure": ("z", "y")},
            labels={"unit": "unit", "measure": "measure"}, default="default",
            threshold="matters", title="The message")

    made = curve()
    with charts.redrawn(json.loads(json.dumps(made.call, sort_keys=True)), charts.PAGE) as again:
        assert charts.to_svg(again.figure) == made.svg
        labels = [label.get_text() for label in again.figure.axes[1].get_yticklabels()]
    assert labels == ["measure: y", "measure: z", "unit: a", "unit: b"]


def test_what_is_left_to_the_csv_is_on_no_sheet_and_named_below_it():
    rows = [{"claim": "A claim of some words", "unit": "points", "value": 0.5}]
    table = payload(
        result(rows, columns={"claim": Column("claim"), "unit": Column("its unit", aside=True),
                              "value": Column("value", "number")}, made_by="m"),
        name="t", caption="A table.")
    made = docx.Document(io.BytesIO(word.table(table, lines=["A note.", "A source."])))
    assert [cell.text for cell in made.tables[0].rows[0].cells] == ["claim", "value"]
    assert [p.text for p in made.paragraphs][-3:] == [
        "A note.", "Also in the CSV: its unit.", "A source."]
    written = tex.table(table, lines=["A note.", "A source."]).decode()
    assert "points" not in written and "Also in the CSV: its unit." in written


def test_columns_of_a_word_table_are_as_wide_as_what_they_hold_and_fill_the_page():
    rows = [{"claim": "A claim of quite some words that takes room", "n": 5}]
    table = payload(
        result(rows, columns={"claim": Column("claim"), "n": Column("n", "count")}, made_by="m"),
        name="t", caption="A table.")
    made = docx.Document(io.BytesIO(word.table(table, lines=[])))
    section, grid = made.sections[0], made.tables[0]
    room = section.page_width - section.left_margin - section.right_margin
    wide, small = (column.width for column in grid.columns)
    assert wide > 4 * small and 0.99 * room <= wide + small <= room
    assert [cell.width for cell in grid.rows[1].cells] == [wide, small]


# At two columns little is broken or rearranged; one chart of each kind shows that.
@pytest.mark.parametrize(
    ("chart", "width"),
    [*((make, 90) for make in EVERY), *((m, 190) for m in (dots, judged, flows, through_time))],
)
def test_lettering_is_legible_inside_the_figure_and_apart(chart, width):
    made = chart()
    with charts.redrawn(made.call, paper.WIDTHS[width]) as again:
        figure = again.figure
        loose, *ticks = texts_of(figure)
        whole = figure.bbox
        assert figure.get_size_inches()[0] * 25.4 == pytest.approx(width)
        for text, box in [*loose, *(one for own in ticks for one in own)]:
            assert text.get_fontsize() >= 7, text.get_text()
            assert box.x0 >= -1 and box.x1 <= whole.x1 + 1, text.get_text()
            assert box.y0 >= -1 and box.y1 <= whole.y1 + 1, text.get_text()
            assert made.title not in text.get_text()
        for own in ticks:
            for (one, first), (other, second) in zip(own, own[1:], strict=False):
                assert not first.padded(-1).overlaps(second.padded(-1)), (
                    one.get_text(), other.get_text())


@pytest.mark.parametrize("chart", [measures, through_time])
def test_series_are_told_apart_without_colour(chart):
    with charts.redrawn(chart().call, charts.TWO_COLUMNS) as again:
        used = {}
        for axes in again.figure.axes:
            for line in axes.lines:
                if line.get_marker() in charts.SERIES_MARKS:
                    used.setdefault(line.get_color(), set()).add(line.get_marker())
    assert len(used) == 2 and all(len(own) == 1 for own in used.values())
    assert len(set.union(*used.values())) == 2


def luminance(colour):
    parts = [int(colour[n:n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_in_greyscale_every_colour_stays_clear_of_the_paper():
    # Contrast as WCAG 2.2 defines it; 4.5:1 is what it asks of text.
    for colour in (*charts.GROUP_COLOURS, charts.MUTED, charts.INK):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_the_files_of_a_figure_have_the_size_they_are_named_for_and_no_clock(monkeypatch):
    made = grid()
    figure = {"svg": made.svg, "alt": made.alt, "title": made.title, "call": made.call}
    files = paper.drawn(figure, name="cells")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    assert paper.drawn(figure, name="cells") == files
    assert set(files) == {f"cells-{w}mm.{k}" for w in (90, 190) for k in ("svg", "pdf", "png")}
    for width in (90, 190):
        svg, pdf, png = (files[f"cells-{width}mm.{kind}"] for kind in ("svg", "pdf", "png"))
        points = float(re.search(rb'width="([\d.]+)pt"', svg).group(1))
        assert points == pytest.approx(width / 25.4 * 72, abs=0.1)
        assert b"aria-label" in svg and b"<text" not in svg and b"<path" in svg
        box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+)", pdf).group(1)
        assert float(box) == pytest.approx(width / 25.4 * 72, abs=0.1)
        assert b"CreationDate" not in pdf and b"/FontFile2" in pdf and b"/Type3" not in pdf
        assert struct.unpack(">I", png[16:20])[0] == pytest.approx(width / 25.4 * 300, abs=1)
        where = png.index(b"pHYs")
        assert struct.unpack(">I", png[where + 4:where + 8])[0] == pytest.approx(300 / 0.0254, abs=1)


def test_a_call_of_anything_else_is_refused():
    call = dict(grid().call)
    for module, name in (("os", "system"), ("analysis.charts_cells", "_tint"),
                         ("analysis.charts_none", "x")):
        with pytest.raises((ValueError, ImportError)):
            with charts.redrawn(call | {"module": module, "name": name}, charts.PAGE):
                pass


# ------------------------------------------------------------------------- tables


def sample(rows=3, columns=2, text="x & y_1 [z] 50 % #1 {a} ~ ^ \\n"):
    names = [f"column_{n}" for n in range(columns)]
    kinds = {n: Column(f"{n} & more", "text" if i == 0 else "percent") for i, n in enumerate(names)}
    made = result(
        [dict.fromkeys(names, 0.125) | {names[0]: f"{text} {n}"} for n in range(rows)],
        columns=kinds, made_by="tests.sample",
    )
    return payload(made, name="sample", caption="50 % of a_b", note="A & B")


@pytest.mark.parametrize(
    ("text", "written"),
    [("50 %", r"50 \%"), ("a_b & c", r"a\_b \& c"), ("$5", r"\$5"), ("#1", r"\#1"),
     (r"\input{x}", r"\textbackslash{}input\{x\}"), ("[note]", "{[}note{]}"),
     ("a -- b", "a -{}- b"), ("−3 ≥ 2", r"$-$3 $\geq$ 2"), ("1\u202f000", r"1\,000"),
     ("a\nb\tc", "a b c"), ("x\x00y", "x\ufffdy"), ("<b>|", r"\textless{}b\textgreater{}\textbar{}"),
     ("~^", r"\textasciitilde{}\textasciicircum{}"), ("Röder", "Röder")],
)
def test_texts_are_harmless_to_tex(text, written):
    assert tex.escaped(text) == written


@given(st.text(max_size=60))
def test_whatever_the_text_nothing_of_it_is_a_command(text):
    made = tex.escaped(text)
    bare = re.sub(r"\\[a-zA-Z]+\{(?:\d|\d\})?|\\[&%$#_{}\\,-]|\$[^$]*\$|\{[\[\]]\}|[{}]", "", made)
    assert not re.search(r"[&%$#_\\^~{}\n\[\]]", bare.replace("~", ""))
    depth = 0
    for sign in re.sub(r"\\[{}]", "", made):
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    assert depth == 0


@pytest.mark.parametrize("rows", [3, 60])
def test_a_table_for_tex_is_balanced_and_has_its_cells_and_notes(rows):
    text = tex.table(sample(rows, 4), lines=["Note: A & B", "Source"]).decode()
    for name in ("table", "tabular", "longtable"):
        begun = text.count(rf"\begin{{{name}}}")
        assert begun == text.count(rf"\end{{{name}}}") <= 1
    assert text.count(r"\begingroup") == text.count(r"\endgroup") == (rows > 30)
    body = [line for line in text.splitlines() if line.endswith(r"\\") and " & " in line]
    assert len(body) >= rows + 1
    assert {len(re.findall(r"(?<!\\)&", line)) for line in body} == {3}
    assert r"12 \%" in text and r"Note: A \& B" in text and r"\caption{50 \% of a\_b}" in text
    widths = [float(w) for w in re.findall(r"p\{([\d.]+)\\linewidth\}", text)]
    assert len(widths) == 4 and sum(widths) < 1


def test_letters_that_pdflatex_lacks_are_announced():
    assert b"XeLaTeX" in tex.table(sample(text="Миграция"), lines=[])
    assert b"XeLaTeX" not in tex.table(sample(text="“tf–idf” é ≥ −"), lines=[])


def test_a_word_document_holds_the_table_its_notes_and_no_clock():
    table = sample(rows=5, columns=8, text="half \ud800 pair \x0b bell")
    data = word.table(table, lines=["A note", "A source", ""])
    assert word.table(table, lines=["A note", "A source", ""]) == data
    document = docx.Document(io.BytesIO(data))
    grid = document.tables[0]
    assert [cell.text for cell in grid.rows[0].cells][:2] == ["column_0 & more", "column_1 & more"]
    assert [cell.text for cell in grid.rows[5].cells][:2] == ["half \ufffd pair \ufffd bell 4", "12 %"]
    assert [p.text for p in document.paragraphs if p.text] == ["50 % of a_b", "A note", "A source"]
    assert document.core_properties.author == ""
    assert document.core_properties.created.year == 1980
    assert document.sections[0].page_width > document.sections[0].page_height


def test_a_zip_knows_no_clock_and_no_order():
    files = {"b/x.txt": b"2", "a.txt": b"1"}
    made = archive.zipped(files)
    assert made == archive.zipped(dict(reversed(files.items())))
    assert archive.unzipped(made) == files and b"a.txt" in made


def test_coordinates_are_shortened_and_what_is_read_is_not():
    """Ticks at .875 and .925 were called 0.88 and 0.93."""
    with matplotlib.rc_context(charts.style()):
        figure = Figure()
        axes = figure.subplots()
        axes.plot([0.1234567, 0.7654321], [0.8, 1 / 3])
        axes.set_yticks([0.875, 0.925])
        svg = charts.to_svg(figure)
    read = "".join(re.findall(r">([^<]*)<", svg))
    assert "0.875" in read and "0.925" in read
    assert not re.search(r"\d\.\d{3}", "".join(re.findall(r"<[^>]*>", svg)))
