"""The house: imports point down, notebooks are thin, nothing names the workplace."""

import ast
import importlib
import re
import subprocess
import tomllib
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "analysis"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

QUESTIONS = {
    "description", "similarity", "nulls", "equal_length", "overview", "passages", "reuse",
    "references", "topics", "topic_shares", "topic_maps",
    "framing", "audit", "wording", "keyness", "collocations", "concordance",
    "actors", "own_contrast", "cooccurrence", "commitment_profile", "commitment_table",
}


def arrows() -> dict[str, set[str]]:
    """Room → what it may import, as the table in CONTRIBUTING.md draws it."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    drawn = {}
    for rooms, _, may in re.findall(r"^\| (`\w.*?) \| (.*?) \| (.*?) ?\|$", text, re.MULTILINE):
        for name in re.findall(r"`(\w+)`", rooms):
            drawn[name] = set(filter(None, (part.strip() for part in may.split(","))))
    return drawn


ARROWS = arrows()


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Rooms of this package that a file imports, wherever the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "analysis":
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("analysis."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found.update(
                alias.name.split(".")[1] for alias in node.names
                if alias.name.startswith("analysis.")
            )
    return found - {room(path)} if path.name != "__init__.py" else found


FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE or p.name != "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_point_down(path):
    assert room(path) in ARROWS, f"give {path.name} its arrows in CONTRIBUTING.md"
    assert imported(path) - {room(path)} <= ARROWS[room(path)]


def test_every_room_is_in_the_drawing_and_no_other():
    assert {room(path) for path in FILES} == set(ARROWS)


def test_arrows_point_down():
    """Every room may import only rooms drawn above it."""
    order = list(ARROWS)
    for name, may in ARROWS.items():
        for other in may:
            same_line = name in QUESTIONS and other in QUESTIONS
            assert not same_line and order.index(other) < order.index(name), (name, other)


def test_every_dependency_says_why():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *sum(project["optional-dependencies"].values(), [])]
    names = {re.match(r"[\w-]+", requirement).group() for requirement in wanted}
    table = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("| package | why")[1]
    explained = set(re.findall(r"[\w-]+", " ".join(re.findall(r"^\| (.*?) \|", table, re.M))))
    assert names - explained == set()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_are_thin(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        assert not cell.outputs and cell.execution_count is None
        declares = "parameters" in cell.metadata.get("tags", [])
        assert len(cell.source.splitlines()) <= (16 if declares else 8), cell.source
        tree = ast.parse(cell.source)
        banned = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda, ast.ListComp)
        assert not [node for node in ast.walk(tree) if isinstance(node, banned)], cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_prose_stands_before_every_table(path):
    cells = nbformat.read(path, as_version=4).cells
    asked = False
    for cell in cells:
        if cell.cell_type == "markdown":
            asked = cell.source.lstrip().startswith("#")
        elif "show(" in cell.source:
            assert asked, cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_figures_take_the_groups_of_what_they_show(path):
    """Of many statements tables show groups: a figure that asks for a statement's finds none."""
    source = "".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    assert "scale.by_group(" not in source or "texts.group_of" not in source


def test_no_path_of_a_machine_in_tracked_files():
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode().split("\0")
    home = re.compile(rf"{re.escape(str(ROOT.parent))}/|{re.escape(str(Path.home()))}/")
    for name in filter(None, tracked):
        path = ROOT / name
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            assert not home.search(text), name


@pytest.mark.parametrize("path", sorted((ROOT / "bench").glob("*.py")), ids=lambda p: p.name)
def test_benches_can_be_read_and_find_what_they_import(path):
    """They are run rarely: a name that moved would be noticed too late."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "analysis":
            module = importlib.import_module(node.module)
            for alias in node.names:
                if not hasattr(module, alias.name):
                    importlib.import_module(f"{node.module}.{alias.name}")
