"""The notebooks on studies that lack what the shipped one has: no fault, no false sentence."""

import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from planted import FILLER, finding, write_planted

from analysis import places, show
from analysis.tables import PROSE_MIME, TABLE_MIME

NOTEBOOKS = sorted(places.notebooks_dir().glob("[0-9]*.ipynb"))


def write_bare(folder: Path) -> Path:
    """Two undated texts without groups, dictionary, coded sentences, contrasts or findings."""
    rng = np.random.default_rng(3)
    (folder / "texts").mkdir(parents=True)
    for name in "ab":
        paragraphs = [" ".join(rng.choice(FILLER, 15)).capitalize() + "." for _ in range(9)]
        (folder / "texts" / f"{name}.txt").write_text("\n\n".join(paragraphs), "utf-8")
    (folder / "statements.csv").write_text(
        "id,file,title,date,genre,language\na,texts/a.txt,First,,statement,en\n"
        "b,texts/b.txt,Second,,statement,en\n",
        "utf-8",
    )
    (folder / "study.yaml").write_text("title: Bare\nquestion: What is there?\n", "utf-8")
    return folder


def write_one_line(folder: Path) -> Path:
    """Three statements of one sentence each: an answer to a survey has no more."""
    write_bare(folder)
    for name, text in (("a", "More buses."), ("b", "Buses, and cheaper ones, please.")):
        (folder / "texts" / f"{name}.txt").write_text(text, "utf-8")
    return folder


def write_four(folder: Path) -> Path:
    """Four dated statements in two groups with a dictionary and one finding, and no more."""
    return write_planted(folder, deterrence={"a-2015": 0.5}, extra="findings:\n" + finding())


def write_french(folder: Path) -> Path:
    """Four French statements in two groups, an English dictionary (tests/data)."""
    return shutil.copytree(Path(__file__).parent / "data" / "eau-2021-2024", folder)


@pytest.fixture(scope="module", params=[write_bare, write_one_line, write_four, write_french],
                ids=lambda write: write.__name__)
def study(request, tmp_path_factory):
    return request.param(tmp_path_factory.mktemp("study") / "s")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_runs_and_says_only_what_the_study_has(
    study, path, tmp_path, monkeypatch, capsys
):
    shown: list[dict] = []
    monkeypatch.setattr(show, "_display", lambda bundle, raw: shown.append(bundle))
    monkeypatch.setenv("STUDY_PATH", str(study))
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "cache"))
    scope: dict[str, object] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, path.name, "exec"), scope)
    assert [bundle for bundle in shown if TABLE_MIME in bundle]
    said = " ".join(
        text for bundle in shown if PROSE_MIME in bundle
        for text in bundle[PROSE_MIME]["paragraphs"]
    )
    assert said and "nan" not in said.split() and "None " not in said.replace("None of", "")
    for word in ("UK–France", "Calais", "language model", "commentary is", "trend"):
        assert word not in said, said
    names = [b[PROSE_MIME]["name"] for b in shown if PROSE_MIME in b]
    assert "scope" in names and "headline" in names
    assert capsys.readouterr().out.startswith("study run ")


def test_framing_says_where_the_dictionary_speaks_another_language(tmp_path, monkeypatch):
    """All texts in French, an English dictionary of the package's own."""
    folder = write_planted(
        tmp_path / "s", deterrence={"a-2015": 0.5, "c-2022": 0.3},
        extra="frames: generic\ncontrasts:\n- {id: x, label: X, a: bilateral, b: multilateral}\n",
    )
    rows = (folder / "statements.csv").read_text("utf-8").splitlines()
    rows[1:] = [row.removesuffix("en") + "fr" for row in rows[1:]]
    (folder / "statements.csv").write_text("\n".join(rows), "utf-8")
    shown: list[dict] = []
    monkeypatch.setattr(show, "_display", lambda bundle, raw: shown.append(bundle))
    monkeypatch.setenv("STUDY_PATH", str(folder))
    scope: dict[str, object] = {"__name__": "notebook"}
    for cell in nbformat.read(places.notebooks_dir() / "4_framing.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, "4_framing", "exec"), scope)
    said = [text for bundle in shown if PROSE_MIME in bundle
            for text in bundle[PROSE_MIME]["paragraphs"]]
    assert any(text.startswith("Frames are withheld for") for text in said)
    assert "nan" not in " ".join(said).split()
    assert any("Crime and punishment" in text for text in said), "frames are named"
    assert scope["shares"].empty
