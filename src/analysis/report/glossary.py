"""The glossary: words of the method, and a link to them where a page first uses one."""

from __future__ import annotations

import re
from functools import cache
from html import escape

from markupsafe import Markup

from analysis import package_data

#: The page that explains them.
PAGE = "glossary.html"

# What a link must not stand in: other links, code and headings.
_NO_LINKS = frozenset({"a", "code", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "button"})


@cache
def entries() -> tuple[dict[str, object], ...]:
    """Term, other forms, meaning, source and anchor of each entry, in alphabetical order."""
    found = [
        {"term": e["term"], "also": e.get("also", []), "meaning": e["meaning"],
         "source": e.get("source", ""), "id": "term-" + re.sub(r"\W+", "-", e["term"].lower())}
        for e in package_data.table("report/glossary.yaml")
    ]
    return tuple(sorted(found, key=lambda entry: entry["term"].lower()))


@cache
def _forms() -> dict[str, str]:
    """Form in small letters → anchor."""
    return {
        form.lower(): entry["id"]
        for entry in entries()
        for form in [entry["term"], *entry["also"]]
    }


@cache
def _pattern() -> re.Pattern[str]:
    forms = sorted((escape(form, quote=False) for form in _forms()), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, forms))})(?![\w-])", re.I)


def linked(html: str, known: set[str]) -> Markup:
    """HTML in which the first use of each term leads to the glossary.

    Args:
        html: clean HTML.
        known: anchors of the terms that the page has linked already; those linked here are added.
    """
    inside: list[str] = []

    def link(match: re.Match[str]) -> str:
        anchor = _forms()[Markup(match.group()).unescape().lower()]
        if anchor in known:
            return match.group()
        known.add(anchor)
        return f'<a class="term" href="{PAGE}#{anchor}">{match.group()}</a>'

    pieces = re.split(r"(<[^>]*>)", html)
    for position, piece in enumerate(pieces):
        if position % 2:
            name = re.match(r"</?(\w*)", piece).group(1)
            if name in _NO_LINKS and piece.startswith("</"):
                inside.pop()
            elif name in _NO_LINKS:
                inside.append(name)
        elif not inside:
            pieces[position] = _pattern().sub(link, piece)
    return Markup("".join(pieces))
