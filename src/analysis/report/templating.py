"""The page templates, and nbconvert's walk over a notebook's cells with them; escaping everywhere.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat import NotebookNode

from analysis.tables import unbroken


class _StudyExporter(TemplateExporter):
    """nbconvert's exporter with the templates of this package, escaping."""

    def _create_environment(self) -> Environment:
        environment = super()._create_environment()
        environment.autoescape = True
        environment.undefined = StrictUndefined
        environment.trim_blocks = environment.lstrip_blocks = True
        environment.filters |= {
            "literal": repr, "exhibit_id": exhibit_id, "unbroken": unbroken,
        }
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


def exhibit_id(table: Mapping[str, object]) -> str:
    """The place of a table or figure on its page."""
    return f"{'figure' if table['figure'] else 'table'}-{table['name']}"


def cells(notebook: NotebookNode, filters: Mapping[str, Callable]) -> Markup:
    """A notebook's cells as HTML; the filters turn their parts into it."""
    for name, function in filters.items():
        _exporter().register_filter(name, function)
    lent = [
        NotebookNode({**cell, "outputs": _Lent(cell.outputs)}) if "outputs" in cell else cell
        for cell in notebook.cells
    ]
    return Markup(_exporter().from_notebook_node(NotebookNode({**notebook, "cells": lent}))[0])


class _Lent(list):
    """Outputs that nbconvert reads and does not copy: it would copy every row of every table."""

    def __deepcopy__(self, memo: dict[int, object]) -> _Lent:
        return self


def part(name: str, /, **values: object) -> Markup:
    """One of the small pieces of parts.html.j2, filled."""
    macro = getattr(_exporter().environment.get_template("parts.html.j2").module, name)
    return Markup(macro(**values))


def page(template: str, values: Mapping[str, object]) -> str:
    """A whole page."""
    return _exporter().environment.get_template(template).render(values)


def source(name: str) -> str:
    """A file beside the templates, as it is."""
    environment = _exporter().environment
    return environment.loader.get_source(environment, name)[0]


def script(name: str) -> dict[str, Markup]:
    """One of our own scripts, and the hash by which a page's policy lets it and no other run."""
    text = source(name)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {"text": Markup(text), "hash": Markup(f"sha256-{digest}")}
