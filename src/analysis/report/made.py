"""How an exhibit was made: the parameters that reach it, the function, the method's sources.

Everything is read from source text: from the notebook's cells, and from the package's own
functions, none of which is imported for it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cache

from nbformat import NotebookNode

from analysis import places


@dataclass(frozen=True, slots=True)
class Function:
    """What a function says of itself.

    Attributes:
        name: dotted, such as `analysis.framing.frame_shares`.
        says: the first sentence of its docstring; empty if it has none or is not ours.
        sources: the works named by it and by the functions that it calls, its own first.
    """

    name: str
    says: str = ""
    sources: tuple[str, ...] = ()


@cache
def function(dotted: str) -> Function:
    """What the function of a dotted name says of itself; only its name if it is none of ours."""
    module, _, name = dotted.rpartition(".")
    node = _functions(module).get(name)
    if node is None:
        return Function(dotted)
    text = ast.get_docstring(node) or ""
    says = " ".join(text.split("\n\n")[0].split())
    sources = [source for called in _called(module, name) for source in _sources(called)]
    return Function(dotted, says, tuple(dict.fromkeys(sources)))


def _sources(key: tuple[str, str]) -> list[str]:
    """The works in the `Source:` paragraph of a docstring; semicolons part them."""
    text = ast.get_docstring(_functions(key[0])[key[1]]) or ""
    found = re.search(r"^Sources?:\s*(.*?)(?:\n\s*\n|\Z)", text, re.M | re.S)
    works = re.split(r";\s+", " ".join(found.group(1).split())) if found else []
    return [work.strip().rstrip(".") for work in works if work.strip()]


def _called(module: str, name: str) -> Iterator[tuple[str, str]]:
    """The function itself and every function of the package that it leads to, nearest first."""
    queue, seen = [(module, name)], {(module, name)}
    while queue:
        key = queue.pop(0)
        yield key
        for following in _calls(*key):
            if following not in seen:
                seen.add(following)
                queue.append(following)


@cache
def _calls(module: str, name: str) -> tuple[tuple[str, str], ...]:
    imported = _imports(module)
    found = []
    for node in ast.walk(_functions(module)[name]):
        if isinstance(node, ast.Name):
            found.append(imported.get(node.id, (module, node.id)))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            home = ".".join(imported.get(node.value.id, ("", ""))).strip(".")
            found.append((home, node.attr))
    return tuple(key for key in dict.fromkeys(found) if key[1] in _functions(key[0]))


@cache
def _tree(module: str) -> ast.Module:
    package, _, rest = module.partition(".")
    path = places.package_dir() / f"{rest.replace('.', '/')}.py"
    if package != "analysis" or not rest or not path.is_file():
        return ast.Module(body=[], type_ignores=[])
    return ast.parse(path.read_text("utf-8"))


@cache
def _functions(module: str) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in _tree(module).body if isinstance(node, ast.FunctionDef)}


@cache
def _imports(module: str) -> dict[str, tuple[str, str]]:
    """Name in a module → (module, name) it was imported from, within the package."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "analysis"
        for alias in node.names
    }


class Reach:
    """Which of a notebook's parameters reach which cell, by the names that its cells hand on.

    A name that a cell assigns rests on all that its statement reads; what a cell shows rests on all
    that the cell reads.
    """

    def __init__(self, notebook: NotebookNode, parameters: Set[str]) -> None:
        rests: dict[str, frozenset[str]] = {name: frozenset({name}) for name in parameters}
        self._cells: dict[str, frozenset[str]] = {}
        for cell in notebook.cells:
            tags = cell.metadata.get("tags", ())
            if cell.cell_type != "code" or {"parameters", "injected-parameters"} & set(tags):
                continue
            reached: frozenset[str] = frozenset()
            for statement in _statements(cell.source):
                names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
                loaded = [node.id for node in names if isinstance(node.ctx, ast.Load)]
                read = frozenset().union(*(rests.get(name, frozenset()) for name in loaded))
                reached |= read
                rests |= {node.id: read for node in names if isinstance(node.ctx, ast.Store)}
            self._cells[cell.source] = reached

    def of(self, source: str) -> frozenset[str]:
        """The names of the parameters that what a cell shows rests on."""
        return self._cells.get(source, frozenset())


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:
        # A cell of the user's own may hold the notebook's magic commands.
        return []
