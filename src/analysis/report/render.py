"""Executed notebooks → the report's files, in memory: pages, tables, figures.

Pure: the same arguments give the same bytes. Nothing here reads a clock, a path or a file other
than the templates beside this module, and nothing is written; the run does that.

Every text is escaped where it is printed (the templates escape by default); what other people
wrote as HTML or SVG passes through `safe`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.ansi import strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from analysis.errors import OutputProblem
from analysis.report import safe
from analysis.tables import PROSE_MIME, TABLE_MIME, to_html, unmarked

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

# How a block that was set aside is named on its statement's page.
_KINDS = {"dateline": "date line", "list_item": "list item"}

# Facts about a statement, in the order of its page; columns not named here follow as they are.
_MAIN_FACTS = {
    "date": "date",
    "date_basis": "basis of the date",
    "issuer": "issued by",
    "redistribution": "redistribution cleared",
    "source_url": "source",
    "sha256": "SHA-256 of the file",
}
_OTHER_FACTS = {
    "group": "group",
    "format": "format",
    "genre": "genre",
    "language": "language",
    "original_language": "original language",
    "translation_of": "translation of",
    "host_or_drafter": "host or drafter",
    "publisher": "published by",
    "licence": "licence",
    "retrieved": "retrieved",
    "file": "file",
}

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
# Control characters and half surrogate pairs are not allowed in HTML, however they are written.
_NOT_HTML = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")


def render_report(
    *,
    notebooks: Mapping[str, NotebookNode],
    study: Mapping[str, object],
    provenance: Mapping[str, object],
    texts: Mapping[str, str],
    beside: Collection[str] = (),
) -> dict[str, bytes]:
    """What are the report's files, given the executed notebooks?

    Args:
        notebooks: name, such as `1_corpus`, → executed notebook, in the order of reading. Some of
            the study's notebooks may be missing; what depends on them is then left out, and no
            link leads to it.
        study: `title`, `question`, `name`, `groups` (id → label) and `statements`: one mapping a
            statement with `statement_id`, `title`, `group` (an id) and the other columns of
            statements.csv, all text, empty where not recorded.
        provenance: `hashes` (`study`, `package`, `lock`, and `notebooks`: name → hash),
            `parameters` (notebook → list of `name`, `value`, `default`, `help`, `changed`),
            `seed` and `command`, the command that makes the report again.
        texts: statement id → decoded source text.
        beside: paths of files that stand in the report's folder without being part of it.

    Returns:
        Relative path with forward slashes → content: `index.html`, a page a notebook (and one
        more for each further level-1 heading in it, which begins a page of its own),
        `statement-<id>.html`, `tables/<name>.csv`, `figures/<name>.svg`; sorted by path.

    Raises:
        OutputProblem: two tables or two pages share a name, a name cannot be a file's, a figure is
            no SVG.
    """
    tables = _tables(notebooks)
    statements = _statements(_with_group_labels(study), tables, texts)
    anchors = {
        anchor: f"{statement['path']}#{anchor.split(':', 1)[1]}"
        for statement in statements
        for anchor in statement["anchors"]
    }
    pages = [
        page
        for name, notebook in notebooks.items()
        for page in _notebook_pages(name, notebook, anchors.get)
    ]
    _refuse_twins(pages)
    _cite(statements, pages)
    site = {
        "study": study,
        "provenance": provenance,
        "pages": pages,
        "statements": statements,
        "paged": [statement for statement in statements if statement["path"]],
    }
    files = {f"tables/{t['name']}.csv": _csv(t) for page in pages for t in page.tables}
    for page in pages:
        files |= page.figures
    files |= {path: html.encode() for path, html in _link_checked(_pages(site), files, beside).items()}
    return dict(sorted(files.items()))


# ---------------------------------------------------------------- what the notebooks handed over


def _tables(notebooks: Mapping[str, NotebookNode]) -> dict[str, list[dict]]:
    """Every table a notebook showed, by notebook; names checked, because they name files."""
    found = {name: _payloads(notebook) for name, notebook in notebooks.items()}
    faults, seen = [], {}
    for notebook, payloads in found.items():
        if not _FILE_NAME.fullmatch(notebook):
            faults.append(f"notebook {notebook!r}: its name cannot name a page; rename it")
        for payload in payloads:
            name = payload["name"]
            if not _FILE_NAME.fullmatch(name):
                faults.append(f"{notebook}: table {name!r} cannot name a file; rename it")
            elif name.lower() in seen:
                faults.append(
                    f"{notebook}: table {name!r} is already shown by {seen[name.lower()]}; "
                    "give it another name"
                )
            seen.setdefault(name.lower(), notebook)
    if faults:
        raise OutputProblem(faults)
    return found


def _payloads(notebook: NotebookNode) -> list[dict]:
    return [
        output["data"][TABLE_MIME]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if TABLE_MIME in output.get("data", ())
    ]


def _records(payload: Mapping[str, object]) -> list[dict[str, object]]:
    names = [column["name"] for column in payload["columns"]]
    return [dict(zip(names, row, strict=True)) for row in payload["rows"]]


def _csv(payload: Mapping[str, object]) -> bytes:
    """The table as shown; a last column `evidence` where rows rest on sentences."""
    header = [column["name"] for column in payload["columns"]]
    rows = [[unmarked(value) for value in row] for row in payload["rows"]]
    if not any(payload["evidence"]):
        return safe.csv_bytes(header, rows)
    with_ids = (
        [*row, " ".join(ids)] for row, ids in zip(rows, payload["evidence"], strict=True)
    )
    return safe.csv_bytes([*header, "evidence"], with_ids)


# ---------------------------------------------------------------- statements


def _with_group_labels(study: Mapping[str, object]) -> list[dict[str, str]]:
    labels = study["groups"]
    return [
        {**facts, "group": labels.get(facts["group"], facts["group"])}
        for facts in study["statements"]
    ]


def _statements(
    metadata: Sequence[Mapping[str, str]],
    tables: Mapping[str, Sequence[Mapping[str, object]]],
    texts: Mapping[str, str],
) -> list[dict]:
    """What a statement's page and its entry in the index say.

    A statement has a page (else `path` is None) where a notebook showed its blocks and sentences.
    """
    shown = {payload["name"]: payload for payloads in tables.values() for payload in payloads}
    blocks, sentences = (
        _records(shown[name]) if name in shown else [] for name in ("blocks", "sentences")
    )
    found = []
    for facts in metadata:
        identifier = facts["statement_id"]
        if not _FILE_NAME.fullmatch(identifier):
            raise OutputProblem(f"statement {identifier!r}: its id cannot name a page; change it")
        own = [row for row in blocks if row["statement_id"] == identifier]
        units = [row for row in sentences if row["statement_id"] == identifier]
        content = _blocks(own, units)
        found.append(
            {
                "id": identifier,
                "title": facts.get("title") or identifier,
                "facts": facts,
                "main_facts": _facts(facts, _MAIN_FACTS),
                "other_facts": _facts(facts, _other_labels(facts)),
                "url": safe.safe_url(facts.get("source_url", "")),
                "language": _language(facts.get("language", "")),
                "path": f"statement-{identifier}.html" if own and units else None,
                "blocks": content,
                "anchors": _anchors(identifier, content) if own and units else [],
                "counted": sum(len(b["sentences"]) for b in content if not b["aside"]),
                "aside": sum(1 for block in content if block["aside"]),
                "source": texts.get(identifier, ""),
            }
        )
    return found


def _blocks(blocks: Sequence[Mapping], sentences: Sequence[Mapping]) -> list[dict]:
    by_block: dict[int, list[dict]] = {}
    for row in sorted(sentences, key=lambda row: (row["block"], row["sentence"])):
        by_block.setdefault(row["block"], []).append(
            {"id": f"b{row['block']}.s{row['sentence']}", "text": row["text"]}
        )
    return [
        {
            "number": row["block"],
            "id": f"b{row['block']}",
            "kind": row["kind"],
            "aside": None if row["analysed"] else _KINDS.get(row["kind"], row["kind"]),
            "reason": row.get("reason") or "",
            "enumerator": row.get("enumerator") or "",
            "depth": min(int(row.get("depth") or 0), 4),
            "head": bool(row.get("head")),
            "sentences": by_block.get(row["block"], []),
            "text": row["text"],
            "cited": [],
        }
        for row in sorted(blocks, key=lambda row: row["block"])
    ]


def _headings(blocks: Sequence[Mapping]) -> list[dict]:
    return [
        {"level": 2, "id": block["id"], "text": block["text"]}
        for block in blocks
        if block["kind"] == "heading"
    ]


def _anchors(statement: str, blocks: Sequence[Mapping]) -> list[str]:
    ids = [i for b in blocks for i in (b["id"], *(s["id"] for s in b["sentences"]))]
    return [f"{statement}:{identifier}" for identifier in ids]


def _facts(facts: Mapping[str, str], labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [(key, label, facts[key]) for key, label in labels.items() if key in facts]


def _other_labels(facts: Mapping[str, str]) -> dict[str, str]:
    named = {"statement_id", "title", *_MAIN_FACTS, *_OTHER_FACTS}
    return _OTHER_FACTS | {key: key.replace("_", " ") for key in facts if key not in named}


def _language(code: str) -> str:
    return code if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", code) else ""


def _cite(statements: Sequence[dict], pages: Sequence[_NotebookPage]) -> None:
    """Write beside each block which tables rest on it: the way back from the evidence."""
    blocks = {f"{s['id']}:{b['id']}": b for s in statements for b in s["blocks"]}
    for page in pages:
        for table in page.tables:
            link = {
                "href": f"{page.path}#{_exhibit_id(table)}",
                "page": page.title,
                "text": table["name"].replace("_", " "),
            }
            ids = {i.partition(".s")[0] for row in table["evidence"] for i in row}
            for identifier in ids & blocks.keys():
                if table.get("display") != "none":
                    blocks[identifier]["cited"].append(link)


# ---------------------------------------------------------------- a notebook's page


class _StudyExporter(TemplateExporter):
    """nbconvert's walk over cells and outputs with the templates of this package, escaping."""

    def _create_environment(self) -> Environment:
        environment = super()._create_environment()
        environment.autoescape = True
        environment.undefined = StrictUndefined
        environment.trim_blocks = environment.lstrip_blocks = True
        environment.filters |= {"literal": repr, "exhibit_id": _exhibit_id}
        return environment


@cache
def _exporter() -> _StudyExporter:
    return _StudyExporter(
        template_name="study",
        template_file="cells.html.j2",
        file_extension=".html",
        extra_template_basedirs=[str(Path(__file__).with_name("templates"))],
        default_preprocessors=[],
    )


def _exhibit_id(table: Mapping[str, object]) -> str:
    return f"{'figure' if table['figure'] else 'table'}-{table['name']}"


@dataclass
class _NotebookPage:
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
    evidence_href: Callable[[str], str | None]
    title: str = ""
    intro: str = ""
    body: Markup = Markup("")
    scope: list[str] = field(default_factory=list)
    headlines: list[str] = field(default_factory=list)
    contents: list[dict] = field(default_factory=list)
    figures: dict[str, bytes] = field(default_factory=dict)
    code_cells: int = 0

    def __post_init__(self) -> None:
        self._ids = {"main", "contents", *map(_exhibit_id, self.tables)}
        self._level = 1
        self._numbered = 0

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
        html = safe.clean_html(MarkdownWithMath(renderer=renderer).render(source))
        return self._structured(html)

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
        what = "Code"
        if "injected-parameters" in tags:
            what = "Parameters of this run"
        elif "parameters" in tags:
            what = "Parameters and their defaults"
        html = highlight(cell.source, PythonLexer(), HtmlFormatter(nowrap=True))
        return _part("code", what=what, number=self.code_cells, html=Markup(html))

    def output(self, output: NotebookNode) -> Markup:
        if output.output_type == "stream":
            lines = len(output.text.splitlines())
            if output.name == "stderr":
                counted = f"{lines} line{'s' * (lines != 1)} of warnings"
                return _part("not_shown", what=f"{counted}, which may name places of one machine")
            return self._plain(output.text)
        if output.output_type == "error":
            return _part("error", name=output.ename, value=strip_ansi(output.evalue))
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
                return _part("picture", source=source, alt=_alt(metadata, mime))
        if "text/html" in data:
            return _part("own", html=self._structured(safe.clean_html(data["text/html"])))
        if "text/markdown" in data:
            return _part("own", html=self.markdown(data["text/markdown"]))
        if "text/plain" in data:
            return self._plain(data["text/plain"])
        what = f"an output that only a running notebook can show ({', '.join(sorted(data))})"
        return _part("not_shown", what=what)

    def _plain(self, text: str) -> Markup:
        text = _ADDRESS.sub("at 0x…", strip_ansi(text))
        return _part("plain", text=text, number=self._next_number())

    def _prose(self, prose: Mapping[str, object]) -> Markup:
        paragraphs = list(prose["paragraphs"])
        if prose["name"] == "scope":
            self.scope += paragraphs
            return Markup("")
        if prose["name"] == "headline":
            self.headlines += paragraphs
        return _part("prose", name=prose["name"], paragraphs=paragraphs)

    def _table(self, table: Mapping[str, object]) -> Markup:
        drawing = Markup("")
        if figure := table["figure"]:
            root = self._cleaned(figure["svg"], table["name"])
            drawing = safe.inline_svg(
                root, prefix=f"{table['name']}.", label=figure["alt"], colours=_CHART_COLOURS
            )
            self.figures[f"figures/{table['name']}.svg"] = safe.standalone_svg(
                root, label=figure["alt"]
            )
        html = Markup(to_html(table, evidence_href=self.evidence_href))
        return _part(
            "exhibit", table=table, id=_exhibit_id(table), drawing=drawing, html=html,
            display=table.get("display", "table"),
        )

    def _cleaned(self, svg: str, what: str):
        try:
            return safe.clean_svg(svg)
        except ValueError as error:
            raise OutputProblem(f"{self.name}: {what}: {error}") from error

    def _own_svg(self, svg: str, alt: str) -> Markup:
        number = self._next_number()
        root = self._cleaned(svg, f"drawing {number}")
        drawing = safe.inline_svg(root, prefix=f"drawing.{number}.", label=alt, colours={})
        return _part("own_drawing", drawing=drawing, number=number)


def _scoped(html: str, scope: str) -> str:
    html = re.sub(r'(<th\b[^>]*?) scope="[^"]*"', r"\1", html) if scope == "col" else html
    return re.sub(r"<th\b(?![^>]*scope=)", f'<th scope="{scope}"', html)


def _alt(metadata: Mapping[str, object], mime: str) -> str:
    own = metadata.get(mime) or {}
    alt = (own.get("alt") if isinstance(own, Mapping) else "") or metadata.get("alt")
    return str(alt or "A picture that the code above made; the notebook does not describe it.")


def _notebook_pages(
    name: str, notebook: NotebookNode, evidence_href: Callable[[str], str | None]
) -> list[_NotebookPage]:
    parts = _parts(notebook)
    pages = []
    for number, (title, part) in enumerate(parts, start=1):
        page = _NotebookPage(
            notebook=name,
            name=name if number == 1 else f"{name}-{_slug(title)}",
            part=number,
            parts=len(parts),
            tables=_payloads(part),
            evidence_href=evidence_href,
        )
        for filter_name, function in page.filters().items():
            _exporter().register_filter(filter_name, function)
        body, _ = _exporter().from_notebook_node(part)
        page.body = Markup(body)
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


def _refuse_twins(pages: Sequence[_NotebookPage]) -> None:
    seen: set[str] = set()
    faults = []
    for page in pages:
        if not _FILE_NAME.fullmatch(page.path):
            faults.append(f"{page.notebook}: the heading of its page {page.part} cannot name a "
                          "file; write it in Latin letters")
        elif page.path.lower() in seen:
            faults.append(f"{page.notebook}: two of its pages are called {page.name!r}; "
                          "give one another heading")
        seen.add(page.path.lower())
    if faults:
        raise OutputProblem(faults)


# ---------------------------------------------------------------- pages


def _part(name: str, /, **values: object) -> Markup:
    """One of the small pieces of parts.html.j2, filled."""
    macro = getattr(_exporter().environment.get_template("parts.html.j2").module, name)
    return Markup(macro(**values))


def _pages(site: Mapping[str, object]) -> dict[str, str]:
    pages, paged = site["pages"], site["paged"]
    given = site["provenance"]["parameters"]
    everything = list({p["name"]: p for listed in given.values() for p in listed}.values())
    style = Markup(_source("style.css"))

    def fill(template: str, here: str, parameters: Sequence[Mapping], **values: object) -> str:
        html = _exporter().environment.get_template(template).render(
            {"contents": [], "siblings": [], "previous": None, "next": None, **site, **values},
            here=here,
            style=style,
            parameters=parameters,
            changed=[p for p in parameters if p["changed"]],
        )
        return _NOT_HTML.sub("\ufffd", html)

    names = list(dict.fromkeys(page.notebook for page in pages))
    origin = _origin(site["provenance"], names)
    done = {"index.html": fill("report.html.j2", "index.html", everything, origin=origin)}
    for position, page in enumerate(pages):
        done[page.path] = fill(
            "notebook.html.j2",
            page.path,
            given.get(page.notebook, []),
            page=page,
            siblings=[other for other in pages if other.notebook == page.notebook],
            contents=page.contents,
            origin=_origin(site["provenance"], [page.notebook]),
            **_neighbours(pages, position),
        )
    for position, statement in enumerate(paged):
        done[statement["path"]] = fill(
            "statement.html.j2",
            statement["path"],
            everything,
            statement=statement,
            contents=_headings(statement["blocks"]),
            origin=origin,
            **_neighbours(paged, position),
        )
    return done


def _origin(provenance: Mapping[str, object], notebooks: Sequence[str]) -> list[tuple[str, str]]:
    """The content hashes a page was made from, with their names."""
    hashes = provenance["hashes"]
    own = [(f"notebook {n}", hashes["notebooks"][n]) for n in notebooks if n in hashes["notebooks"]]
    rows = [("study", hashes["study"]), *own, ("package", hashes["package"])]
    return [*rows, ("lock", hashes.get("lock") or "none: installed without the lock")]


def _neighbours(items: Sequence, position: int) -> dict[str, object]:
    return {
        "previous": items[position - 1] if position else None,
        "next": items[position + 1] if position + 1 < len(items) else None,
    }


def _source(name: str) -> str:
    environment = _exporter().environment
    return environment.loader.get_source(environment, name)[0]


def _link_checked(
    pages: Mapping[str, str], files: Mapping[str, bytes], beside: Collection[str] = ()
) -> dict[str, str]:
    """The pages without links that lead nowhere: a run of some notebooks lacks the others' pages.

    A notebook's link to another notebook (`2_similarity.ipynb#passages`) leads to its page, or to
    the one of its pages that holds the place.
    """
    ids = {path: set(re.findall(r'\sid="([^"]*)"', html)) for path, html in pages.items()}

    def holder(target: str, fragment: str) -> str:
        stem = target.removesuffix(".ipynb")
        own = [p for p in pages if p == f"{stem}.html" or p.startswith(f"{stem}-")]
        return next((p for p in own if fragment in ids[p]), f"{stem}.html")

    def checked(own: str, match: re.Match[str]) -> str:
        href = unescape(match.group(2))
        if not safe.is_local(href):
            return match.group()
        target, _, fragment = href.partition("#")
        if target.endswith(".ipynb"):
            target = holder(target, fragment)
        target = target or own
        if (target in files or target in beside) and not fragment:
            return match.group()
        if target not in pages or (fragment and fragment not in ids[target]):
            return match.group(1)
        address = f"{target}#{fragment}" if fragment else target
        return match.group() if target == own else f'{match.group(1)} href="{escape(address)}"'

    return {
        path: re.sub(r'(<a\b[^>]*?) href="([^"]*)"', lambda m, p=path: checked(p, m), html)
        for path, html in pages.items()
    }
