"""One executed notebook → the pages of it, their figures, and what each exhibit was made from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup
from nbconvert.filters.ansi import strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from analysis.errors import OutputProblem
from analysis.plural import counted
from analysis.report import folding, formulas, glossary, made, safe, templating
from analysis.report.templating import exhibit_id
from analysis.tables import PROSE_MIME, TABLE_MIME, filled, printed, to_html

# The charts' colours and the page's variables for them, so that figures follow light and dark.
_CHART_COLOURS = {
    "#1b1b1f": "--ink",
    "#5c5f66": "--muted",
    "#d7d8dc": "--line",
    "#ffffff": "--paper",
    "#0b5fa5": "--c1",
    "#b5520a": "--c2",
    "#5f6b1e": "--c3",
    "#7a3e8e": "--c4",
}

#: What can name a file of the report.
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
# Rows of one table on a page; its CSV has them all. 500 rows of two texts each are about 600 KB.
_ROWS_ON_PAGE = 500

# A mark of a figure is called by so many of its row's texts.
_NAMED_BY = 3

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")

@dataclass
class NotebookPage:
    """One page of a notebook, filled while its cells are rendered in order.

    Attributes:
        notebook: the notebook's name, such as `4_framing`.
        name: the page's: the notebook's own for its first page.
        part, parts: which of the notebook's pages it is, and of how many.
    """

    notebook: str
    name: str
    part: int
    parts: int
    tables: list[dict]
    parameters: Sequence[Mapping[str, object]]
    evidence_href: Callable[[str], str | None]
    reach: made.Reach
    title: str = ""
    intro: str = ""
    body: Markup = Markup("")
    scope: list[str] = field(default_factory=list)
    headlines: list[str] = field(default_factory=list)
    contents: list[dict] = field(default_factory=list)
    figures: dict[str, bytes] = field(default_factory=dict)
    code_cells: int = 0

    def __post_init__(self) -> None:
        self._ids = {"main", "contents", "provenance", *map(exhibit_id, self.tables)}
        self._level = 1
        self._numbered = 0
        self._cell = ""
        self._linked: set[str] = set()

    @property
    def path(self) -> str:
        return f"{self.name}.html"

    @property
    def short(self) -> str:
        """The notebook's name in words: `1_corpus` → `1 Corpus`."""
        number, _, rest = self.notebook.partition("_")
        if not (number.isdigit() and rest):
            number, rest = "", self.notebook
        words = rest.replace("_", " ").replace("-", " ")
        return f"{number} {words[:1].upper()}{words[1:]}".strip()

    def filters(self) -> dict[str, Callable]:
        return {
            "study_markdown": self.markdown,
            "study_code": self.code,
            "study_output": self.output,
        }

    def markdown(self, source: str, attachments: Mapping | None = None) -> Markup:
        renderer = IPythonRenderer(
            escape=False, exclude_anchor_links=True, attachments=attachments or {}
        )
        source, drawn = formulas.set_apart(source)
        html = self._structured(safe.clean_html(MarkdownWithMath(renderer=renderer).render(source)))
        return formulas.put_back(glossary.linked(html, self._linked), drawn)

    def _structured(self, html: Markup) -> Markup:
        """Headings in order below the page's own, tables in a box that scrolls."""
        html = re.sub(r"<h([1-6])[^>]*>(.*?)</h\1>", self._heading, html, flags=re.S)
        if not self.intro and (first := re.search(r"<p[^>]*>(.*?)</p>", html, re.S)):
            self.intro = Markup(first.group(1)).striptags()
        html = re.sub(r"<thead>.*?</thead>", lambda m: _scoped(m.group(), "col"), html, flags=re.S)
        html = _scoped(html, "row")
        return Markup(
            re.sub(
                r"<table\b[^>]*>.*?</table>",
                lambda m: '<div class="scroll" role="region" tabindex="0" aria-label="Table in '
                f'the text, {self._next_number()}">{m.group()}</div>',
                html,
                flags=re.S,
            )
        )

    def _heading(self, match: re.Match[str]) -> str:
        text = Markup(match.group(2)).striptags()
        if not self.title and not self.contents:
            self.title = text
            return ""
        self._level = max(2, min(int(match.group(1)), self._level + 1))
        identifier = self._new_id(_slug(text))
        self.contents.append({"level": self._level, "id": identifier, "text": text})
        return f'<h{self._level} id="{identifier}">{match.group(2)}</h{self._level}>'

    def _new_id(self, wanted: str) -> str:
        taken, number = wanted, 1
        while taken in self._ids:
            number += 1
            taken = f"{wanted}-{number}"
        self._ids.add(taken)
        return taken

    def _next_number(self) -> int:
        self._numbered += 1
        return self._numbered

    def code(self, cell: NotebookNode) -> Markup:
        if not cell.source.strip():
            return Markup("")
        tags = cell.metadata.get("tags", ())
        if "kernel-check" in tags:
            # It only helps those who open the notebook with another kernel.
            return Markup("")
        self.code_cells += 1
        self._cell = cell.source
        what = "Code"
        if "injected-parameters" in tags:
            what = "Parameters of this run"
        elif "parameters" in tags:
            what = "Parameters and their defaults"
        html = highlight(cell.source, PythonLexer(), HtmlFormatter(nowrap=True))
        return templating.part(
            "code", what=what, number=self.code_cells, id=f"cell-{self.code_cells}",
            html=Markup(html),
        )

    def output(self, output: NotebookNode) -> Markup:
        if output.output_type == "stream":
            lines = len(output.text.splitlines())
            if output.name == "stderr":
                what = f"{counted(lines, 'line')} of warnings, which may name places of one machine"
                return templating.part("not_shown", what=what)
            return self._plain(output.text)
        if output.output_type == "error":
            return templating.part("error", name=output.ename, value=strip_ansi(output.evalue))
        return self._data(output.data, output.metadata)

    def _data(self, data: Mapping[str, object], metadata: Mapping[str, object]) -> Markup:
        if TABLE_MIME in data:
            return self._table(data[TABLE_MIME])
        if PROSE_MIME in data:
            return self._prose(data[PROSE_MIME])
        if "image/svg+xml" in data:
            return self._own_svg(data["image/svg+xml"], _alt(metadata, "image/svg+xml"))
        for mime in ("image/png", "image/jpeg"):
            if mime in data:
                source = f"data:{mime};base64,{re.sub(r'[^A-Za-z0-9+/=]', '', data[mime])}"
                return templating.part("picture", source=source, alt=_alt(metadata, mime))
        if "text/html" in data:
            return templating.part("own", html=self._structured(safe.clean_html(data["text/html"])))
        if "text/markdown" in data:
            return templating.part("own", html=self.markdown(data["text/markdown"]))
        if "text/plain" in data:
            return self._plain(data["text/plain"])
        what = f"an output that only a running notebook can show ({', '.join(sorted(data))})"
        return templating.part("not_shown", what=what)

    def _plain(self, text: str) -> Markup:
        text = _ADDRESS.sub("at 0x…", strip_ansi(text))
        return templating.part("plain", text=text, number=self._next_number())

    def _prose(self, prose: Mapping[str, object]) -> Markup:
        paragraphs = list(prose["paragraphs"])
        if prose["name"] == "scope":
            self.scope += paragraphs
            return Markup("")
        if prose["name"] == "headline":
            self.headlines += paragraphs
        return templating.part("prose", name=prose["name"], paragraphs=paragraphs)

    def _table(self, table: Mapping[str, object]) -> Markup:
        drawing = marks = Markup("")
        if figure := table["figure"]:
            root = self._cleaned(figure["svg"], table["name"])
            marks = safe.marks(root, self._behind(table))
            drawing = safe.inline_svg(
                root, prefix=f"{table['name']}.", label=figure["alt"], colours=_CHART_COLOURS
            )
            self.figures[f"figures/{table['name']}.svg"] = safe.standalone_svg(
                root, label=figure["alt"]
            )
        display, long = folding.display(table), folding.is_long(table)
        if len(table["rows"]) > _ROWS_ON_PAGE:
            cut = {name: table[name][:_ROWS_ON_PAGE] for name in ("rows", "evidence")}
            table = {**table, **cut}
        html, bare, aside = Markup(""), [], []
        if display != "none":
            shown, aside = printed(table)
            shown, bare = filled(shown)
            html = Markup(to_html(
                shown, evidence_href=self.evidence_href, row_ids=_row_ids(table) if marks else "",
            ))
        reaching = self.reach.of(self._cell)
        return templating.part(
            "exhibit", table=table, id=exhibit_id(table), drawing=drawing, marks=marks, html=html,
            display=display, long=long,
            made=made.function(table["made_by"]),
            cell=self.code_cells,
            parameters=[p for p in self.parameters if p["name"] in reaching],
            bare=bare, aside=aside,
        )

    def _behind(self, table: Mapping[str, object]) -> dict[int, tuple[str, str]]:
        """Where a mark of each row leads, and what is there: its sentence, or the row with all."""
        texts = [n for n, column in enumerate(table["columns"]) if column["format"] == "text"]
        listed = table.get("display") != "none"
        found = {}
        for place, (row, ids) in enumerate(zip(table["rows"], table["evidence"], strict=True)):
            hrefs = [href for href in map(self.evidence_href, ids) if href]
            if not hrefs:
                continue
            named = ", ".join(str(row[n]) for n in texts[:_NAMED_BY] if row[n])
            several = listed and len(ids) > 1 and place < _ROWS_ON_PAGE
            what = f"{len(ids)} sentence{'s' if len(ids) > 1 else ''}"
            if not several and len(ids) > 1:
                what = f"the first of {what}"
            found[place] = (
                f"#{_row_ids(table)}{place}" if several else hrefs[0], f"{named}: {what}"
            )
        return found

    def _cleaned(self, svg: str, what: str):
        try:
            return safe.clean_svg(svg)
        except ValueError as error:
            raise OutputProblem(f"{self.name}: {what}: {error}") from error

    def _own_svg(self, svg: str, alt: str) -> Markup:
        number = self._next_number()
        root = self._cleaned(svg, f"drawing {number}")
        drawing = safe.inline_svg(root, prefix=f"drawing.{number}.", label=alt, colours={})
        return templating.part("own_drawing", drawing=drawing, number=number)


def _row_ids(table: Mapping[str, object]) -> str:
    return f"{exhibit_id(table)}-row-"


def _scoped(html: str, scope: str) -> str:
    html = re.sub(r'(<th\b[^>]*?) scope="[^"]*"', r"\1", html) if scope == "col" else html
    return re.sub(r"<th\b(?![^>]*scope=)", f'<th scope="{scope}"', html)


def _alt(metadata: Mapping[str, object], mime: str) -> str:
    own = metadata.get(mime) or {}
    alt = (own.get("alt") if isinstance(own, Mapping) else "") or metadata.get("alt")
    return str(alt or "A picture that the code above made; the notebook does not describe it.")


def tables_shown(notebook: NotebookNode) -> list[dict]:
    """The tables that a notebook showed, in order."""
    return [
        output["data"][TABLE_MIME]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if TABLE_MIME in output.get("data", ())
    ]


def notebook_pages(
    name: str,
    notebook: NotebookNode,
    *,
    evidence_href: Callable[[str], str | None],
    parameters: Sequence[Mapping[str, object]],
) -> list[NotebookPage]:
    """The pages of one notebook: a further level-1 heading begins a further page.

    Args:
        name: the notebook's.
        notebook: executed.
        evidence_href: sentence id → address, or None where no page shows the sentence.
        parameters: the notebook's, as `render_report` takes them.
    """
    parts = _parts(notebook)
    reach = made.Reach(notebook, {p["name"] for p in parameters})
    pages = []
    for number, (title, part) in enumerate(parts, start=1):
        page = NotebookPage(
            notebook=name,
            name=name if number == 1 else f"{name}-{_slug(title)}",
            part=number,
            parts=len(parts),
            tables=tables_shown(part),
            evidence_href=evidence_href,
            parameters=parameters,
            reach=reach,
        )
        page.body = templating.cells(part, page.filters())
        page.title = page.title or page.short
        # What a page rests on is said once a notebook and holds for all its pages.
        page.scope = page.scope or (pages[0].scope if pages else [])
        pages.append(page)
    return pages


def _parts(notebook: NotebookNode) -> list[tuple[str, NotebookNode]]:
    """(title, cells) of each page: every level-1 heading but the first begins a new one."""
    cells: list[tuple[str, list[NotebookNode]]] = [("", [])]
    titled = False
    for cell in notebook.cells:
        heading = re.match(r"#[ \t]+(\S.*)", cell.source) if cell.cell_type == "markdown" else None
        if heading and titled:
            cells.append((heading.group(1), []))
        titled = titled or bool(heading)
        cells[-1][1].append(cell)
    return [(title, NotebookNode({**notebook, "cells": own})) for title, own in cells]


def _slug(title: str) -> str:
    return re.sub(r"[\W_]+", "-", title.lower()).strip("-") or "part"


def refuse_twins(pages: Sequence[NotebookPage]) -> None:
    """Raise where two pages would share a file, or one could have none."""
    seen: set[str] = set()
    faults = []
    for page in pages:
        if not FILE_NAME.fullmatch(page.path):
            faults.append(f"{page.notebook}: the heading of its page {page.part} cannot name a "
                          "file; write it in Latin letters")
        elif page.path.lower() in seen:
            faults.append(f"{page.notebook}: two of its pages are called {page.name!r}; "
                          "give one another heading")
        seen.add(page.path.lower())
    if faults:
        raise OutputProblem(faults)


