"""Executed notebooks → the report's files, in memory: pages, tables, figures, references.

Pure: the same arguments give the same bytes. Nothing here reads a clock, a path or a file other
than those of this package, and nothing is written; the run does that.

Every text is escaped where it is printed (the templates escape by default); what other people
wrote as HTML or SVG passes through `safe`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping, Sequence
from html import unescape

from markupsafe import Markup, escape
from nbformat import NotebookNode

from analysis.errors import OutputProblem
from analysis.report import (
    bibliography, glossary, made, methods, notebook_pages, safe, sentence_browser, statement_pages,
    templating, withheld,
)
from analysis.report.notebook_pages import FILE_NAME, NotebookPage, tables_shown
from analysis.tables import unmarked

# Control characters and half surrogate pairs are not allowed in HTML, however they are written.
_NOT_HTML = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

# So many exhibits are named beside a work on the page of references.
_USES_NAMED = 3


def render_report(
    *,
    notebooks: Mapping[str, NotebookNode],
    study: Mapping[str, object],
    provenance: Mapping[str, object],
    texts: Mapping[str, str],
    units: Mapping[str, Mapping[str, object]] | None = None,
    beside: Collection[str] = (),
    for_others: bool = False,
) -> dict[str, bytes]:
    """What are the report's files, given the executed notebooks?

    Args:
        notebooks: name, such as `1_corpus`, → executed notebook, in the order of reading. Some of
            the study's notebooks may be missing; what depends on them is then left out, and no
            link leads to it.
        study: `title`, `question`, `name`, `groups` (id → label), `total`, if there are more
            statements than these, and `statements`: one mapping a
            statement with `statement_id`, `title`, `group` (an id) and the other columns of
            statements.csv, all text, empty where not recorded.
        provenance: `hashes` (`study`, `package`, `lock`, and `notebooks`: name → hash),
            `parameters` (notebook → list of `name`, `value`, `default`, `help`, `changed`),
            `seed` and `command`, the command that makes the report again.
        texts: statement id → decoded source text.
        units: payloads `blocks` and `sentences` of the statements that get pages, where they are
            not those that a notebook showed: of many statements only those that are cited.
        beside: paths of files that stand in the report's folder without being part of it.
        for_others: whether the report is to be passed on. Pages always show of a statement that is
            recorded as not cleared for redistribution only the cited sentences and one neighbour
            each. In a report that is passed on the tables' texts are left out likewise, and a
            statement of which nothing is recorded counts as not cleared.

    Returns:
        Relative path with forward slashes → content: `index.html`, a page a notebook (and one
        more for each further level-1 heading in it, which begins a page of its own),
        `statement-<id>.html`, `sentences.html` (to choose and search sentences), `glossary.html`,
        `references.html`, `references.bib`, `methods.md`, `tables/<name>.csv`, `figures/<name>.svg`; sorted by
        path.

    Raises:
        OutputProblem: two tables or two pages share a name, a name cannot be a file's, a figure is
            no SVG.
    """
    if for_others:
        notebooks = copy.deepcopy(dict(notebooks))
    tables = _tables(notebooks)
    shown = {payload["name"]: payload for own in tables.values() for payload in own}
    statements = statement_pages.statements(study, units or shown, texts)
    hidden = withheld.withhold(statements, shown.values(), unrecorded=for_others)
    if for_others and hidden:
        withheld.emptied(shown.values(), withheld.Secret(statements, hidden))
    places = {
        key: href
        for statement in statements
        for key, href in statement_pages.addresses(statement).items()
    }
    given = provenance["parameters"]
    pages = [
        page
        for name, notebook in notebooks.items()
        for page in notebook_pages.notebook_pages(
            name, notebook, evidence_href=places.get, parameters=given.get(name, [])
        )
    ]
    notebook_pages.refuse_twins(pages)
    statement_pages.annotate(statements, pages, places)
    how = methods.written(study, shown, provenance)
    works, unlisted = _works(pages, how)
    site = {
        "study": study,
        "provenance": provenance,
        "pages": pages,
        "statements": statements,
        "paged": [statement for statement in statements if statement["path"]],
        "works": works,
        "unlisted": unlisted,
        "study_record": bibliography.study_record(study, provenance),
    }
    files = {f"tables/{t['name']}.csv": _csv(t) for page in pages for t in page.tables}
    for page in pages:
        files |= page.figures
    files[methods.FILE] = _NOT_HTML.sub("\ufffd", how).encode()
    files[bibliography.FILE] = "\n".join(
        [site["study_record"], *(bibliography.record(work["entry"]) for work in works)]
    ).encode()
    checked = _link_checked(_pages(site), files, beside)
    files |= {path: html.encode() for path, html in checked.items()}
    return dict(sorted(files.items()))


# ---------------------------------------------------------------- what the notebooks handed over


def _tables(notebooks: Mapping[str, NotebookNode]) -> dict[str, list[dict]]:
    """Every table a notebook showed, by notebook; names checked, because they name files."""
    found = {name: tables_shown(notebook) for name, notebook in notebooks.items()}
    faults, seen = [], {}
    for notebook, payloads in found.items():
        if not FILE_NAME.fullmatch(notebook):
            faults.append(f"notebook {notebook!r}: its name cannot name a page; rename it")
        for payload in payloads:
            name = payload["name"]
            if not FILE_NAME.fullmatch(name):
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


def _csv(payload: Mapping[str, object]) -> bytes:
    """The table as shown; a last column `evidence` where rows rest on sentences."""
    header = [column["name"] for column in payload["columns"]]
    rows = [[unmarked(value) for value in row] for row in payload["rows"]]
    if not any(payload["evidence"]):
        return safe.csv_bytes(header, rows)
    if left_out := payload.get("left_out"):
        header = [*header, "evidence_left_out"]
        rows = [[*row, more] for row, more in zip(rows, left_out, strict=True)]
    with_ids = (
        [*row, " ".join(ids)] for row, ids in zip(rows, payload["evidence"], strict=True)
    )
    return safe.csv_bytes([*header, "evidence"], with_ids)


# ---------------------------------------------------------------- where the methods come from


def _works(pages: Sequence[NotebookPage], how: str) -> tuple[list[dict], list[dict]]:
    """The works behind the shown exhibits, the glossary and the methods section: those known in
    full, and the others."""
    uses: dict[str, list[dict]] = {}
    for page in pages:
        for table in page.tables:
            link = {
                "href": f"{page.path}#{templating.exhibit_id(table)}",
                "text": table["name"].replace("_", " "),
            }
            for source in made.function(table["made_by"]).sources:
                uses.setdefault(source, []).append(link)
    for entry in glossary.entries():
        uses.setdefault(entry["source"], [])
    known: dict[str, dict] = {}
    unlisted = []
    for source, links in uses.items():
        if entry := bibliography.found(source):
            work = known.setdefault(entry["id"], {"entry": entry, "links": []})
            work["links"] += [link for link in links if link not in work["links"]]
        elif bibliography.is_work(source) and links:
            unlisted.append({"title": source.rstrip(".")} | _named(links))
    for key in methods.cited(how):
        known.setdefault(key, {"entry": bibliography.of_key(key), "links": []})["links"].append(
            {"href": methods.FILE, "text": "methods"}
        )
    works = [
        {"entry": work["entry"], "id": work["entry"]["id"]}
        | bibliography.written(work["entry"]) | _named(work["links"])
        for work in known.values()
    ]
    works.sort(key=lambda work: (work["names"].removeprefix("van ").casefold(), work["id"]))
    return works, unlisted


def _named(links: Sequence[dict]) -> dict[str, object]:
    return {"used": links[:_USES_NAMED], "more": max(0, len(links) - _USES_NAMED)}


# ---------------------------------------------------------------- pages


def _pages(site: Mapping[str, object]) -> dict[str, str]:
    pages, paged = site["pages"], site["paged"]
    given = site["provenance"]["parameters"]
    everything = list({p["name"]: p for listed in given.values() for p in listed}.values())
    style = Markup(templating.source("style.css"))
    sorting = templating.script("sort.js")
    extras = [("sentences.html", "Sentences")] if paged else []
    extras += [(glossary.PAGE, "Glossary"), (bibliography.PAGE, "References")]

    def fill(
        template: str, here: str, parameters: Sequence[Mapping], *, scripts=(sorting,), **values
    ) -> str:
        html = templating.page(
            template,
            {"contents": [], "siblings": [], "previous": None, "next": None, **site, **values}
            | {
                "here": here,
                "style": style,
                "scripts": scripts,
                "extras": extras,
                "parameters": parameters,
                "changed": [p for p in parameters if p["changed"]],
            },
        )
        return _NOT_HTML.sub("\ufffd", html)

    names = list(dict.fromkeys(page.notebook for page in pages))
    origin = _origin(site["provenance"], names)
    boxes = [next((p for p in pages if p.notebook == name and p.headlines), None) for name in names]
    done = {
        "index.html": fill(
            "report.html.j2", "index.html", everything, origin=origin,
            boxes=[page for page in boxes if page],
        ),
        glossary.PAGE: fill(
            "glossary.html.j2", glossary.PAGE, [], origin=origin,
            terms=[{**e, "work": bibliography.found(e["source"])} for e in glossary.entries()],
        ),
        bibliography.PAGE: fill("references.html.j2", bibliography.PAGE, [], origin=origin),
    }
    if paged:
        done["sentences.html"] = fill(
            "sentences.html.j2", "sentences.html", [], origin=origin,
            scripts=(templating.script("browse.js"),), **sentence_browser.listed(paged),
        )
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
            contents=statement_pages.headings(statement["blocks"]),
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


def _link_checked(
    pages: Mapping[str, str], files: Mapping[str, bytes], beside: Collection[str]
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
