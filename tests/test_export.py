"""`study export` and `study bundle`: whole, the same bytes, nothing passed on that may not be."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import nbformat
import nbformat.v4 as nbf
import pytest
import yaml
from browser import installed_browser, visit
from lean import lean_copy

from analysis import (
    charts, charts_dots, charts_parts, cli, concordance, corpus, description, framing, places, show,
)
from analysis.report import (
    anonymous, archive, browser, bundle, crate, export, output, paper, parameters, record, run,
    withheld,
)
from analysis.report.notebook_pages import tables_shown
from analysis.study import load_study

AUTHOR = "Zoë O’Hara-Quillfeather"
EMAIL, REPOSITORY = "zoe@quillfeather.example", "https://code.example/zoe/secret-study"
GIVEN = {"n_boot": (200, "-p"), "kwic": ("return*; migra*", "-p")}


PRINTED = browser.printed


def cache_by_name(draw):
    known = {}

    def drawn(figure, *, name):
        if name not in known:
            known[name] = draw(figure, name=name)
        return known[name]

    return drawn


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The lean study with an author of its own, in a git repository of its own."""
    copy = lean_copy()
    (copy / "CITATION.cff").write_text(yaml.safe_dump({
        "cff-version": "1.2.0", "title": "x", "message": "x", "repository-code": REPOSITORY,
        "authors": [{"given-names": "Zoë", "family-names": "O’Hara-Quillfeather", "email": EMAIL,
                     "orcid": "https://orcid.org/0000-0000-0000-0001"}],
    }, allow_unicode=True), "utf-8")
    path = copy / "study.yaml"
    path.write_text(
        path.read_text("utf-8") + f"# Written by {AUTHOR}, {EMAIL}; see {REPOSITORY}.git\n", "utf-8"
    )
    for arguments in (["init", "-q"], ["remote", "add", "origin", f"{REPOSITORY}.git"],
                      ["add", "-A"],
                      ["-c", f"user.name={AUTHOR}", "-c", f"user.email={EMAIL}", "commit", "-qm",
                       "x"]):
        subprocess.run(["git", "-C", str(copy), *arguments], check=True)
    return copy


def executed(*calls):
    """A notebook as it comes back from its kernel: what these calls show."""
    outputs = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(show, "_display", lambda data, raw: outputs.append(
            nbf.new_output("display_data", data=json.loads(json.dumps(data)))
        ))
        for call in calls:
            call()
    cells = [nbf.new_markdown_cell("# What is compared"), nbf.new_code_cell("show", outputs=outputs)]
    return nbf.new_notebook(cells=cells)


@pytest.fixture(scope="module")
def source(study):
    """Two notebooks of the study, without kernels: units, a dated figure, frames, words in context."""
    loaded = load_study(study)
    texts = corpus.build(loaded)
    entries = description.timeline(texts)
    frames = framing.dictionary_of(texts)
    shares = framing.frame_shares(
        texts, frames, framing.frame_matches(texts, frames), seed=1, n_boot=200
    )
    lines = concordance.lines(texts, concordance.terms_of(texts, "return*; migra*"))
    colours = charts.palette(texts.group_labels)
    notebooks = {
        "1_corpus": executed(
            lambda: show.say("Five texts, whole, as retrieved from their publishers.", name="scope"),
            lambda: show.show(entries, name="timeline", caption="Statements and events.",
                              chart=charts_parts.timeline(entries, groups=colours, title="Gaps")),
            lambda: show.show(corpus.blocks_table(texts), name="blocks", display="none",
                              caption="Every block of every text."),
            lambda: show.show(corpus.sentences_table(texts), name="sentences", display="none",
                              caption="Every sentence of every block."),
        ),
        "4_framing": executed(
            lambda: show.say("Shares of sentences, with intervals.", name="headline"),
            lambda: show.show(
                shares, name="frame_shares", caption="Share of sentences with each frame.",
                note="A sentence may hold several.", about={"frame": "frame"},
                chart=charts_dots.dot_panels(
                    shares, row="frame", panel="statement", value="share", low="low", high="high",
                    panel_groups=texts.group_of, groups=colours, title="Who says what")),
            lambda: show.show(lines, name="concordance", display="folded",
                              caption="Each term with what stands before and after it."),
        ),
    }
    paths = {path.stem: path for path in sorted(places.notebooks_dir().glob("[0-9]*.ipynb"))}
    settings = parameters.settle(
        paths, selected=frozenset(paths), study=loaded.parameters, given=GIVEN
    )
    hashes = {"study": loaded.hash, "package": "0" * 64, "lock": "", "notebooks": {
        name: "1" * 64 for name in notebooks}}
    return run.Material(loaded, settings, hashes, notebooks, (), ())


@pytest.fixture(scope="module")
def home(tmp_path_factory, source):
    """A folder of its own, in which the notebooks have been executed."""
    folder = tmp_path_factory.mktemp("exports")

    def material(request, *, check):
        check(source.study, source.settings)
        return source

    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    patch.setattr(export, "material", material)
    patch.setattr(bundle, "material", material)
    # A page is printed by a test of its own: elsewhere it takes seconds that say nothing more.
    patch.setattr(export.browser, "printed", lambda page: None)
    # Figures are drawn once; that they come out the same is what tests/test_paper.py looks at.
    patch.setattr(paper, "drawn", cache_by_name(paper.drawn))
    yield folder
    patch.undo()


@pytest.fixture(scope="module")
def report(source, home):
    """The report of which export and bundle are made."""
    folder = home / "report"
    files = run.rendered(source)
    files[output.MANIFEST] = record.manifest(
        source.study, source.settings, source.hashes, files, list(source.notebooks)
    )
    output.move_in(folder, files)
    return folder


@pytest.fixture(scope="module")
def exported(study, report, home):
    return export.export(study, home / "paper", report=report)


def digests(folder: Path):
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


# ------------------------------------------------------------------------- export


def test_every_figure_and_table_is_there_in_every_format_with_its_words(exported, report):
    folder = exported.folder
    figures = {path.stem for path in (report / "figures").glob("*.svg")}
    tables = {path.stem for path in (report / "tables").glob("*.csv")}
    assert (exported.figures, exported.tables) == (len(figures), len(tables))
    assert figures and {path.name for path in (folder / "figures").iterdir()} == {
        name for figure in figures
        for name in (f"{figure}.txt", *(f"{figure}-{width}mm.{kind}" for width in (90, 190)
                                        for kind in ("svg", "pdf", "png")))
    }
    assert {path.name for path in (folder / "tables").iterdir()} == {
        f"{table}.{kind}" for table in tables for kind in ("tex", "docx", "csv", "txt")
    }
    for table in tables:
        name = f"tables/{table}.csv"
        assert (folder / name).read_bytes() == (report / name).read_bytes()
    for figure in figures:
        text = (folder / "figures" / f"{figure}.txt").read_text("utf-8")
        for part in ("Message", "Caption", "Alternative text", "Source"):
            assert re.search(rf"^{part}: \S.{{3,}}", text, re.M), (figure, part)
    assert "n_boot=200" in text
    for name in ("methods.md", "references.bib", "README.txt", "export.json"):
        assert (folder / name).is_file()


def test_keys_cited_in_the_methods_stand_in_the_bibliography(exported):
    cited = re.findall(r"@([\w-]+)", (exported.folder / "methods.md").read_text("utf-8"))
    known = re.findall(r"^@\w+\{([\w-]+),", (exported.folder / "references.bib").read_text("utf-8"),
                       re.M)
    assert cited and set(cited) <= set(known) and len(set(known)) == len(known)


def test_what_was_left_out_is_said(exported):
    assert [note for note in exported.notes if "findings.pdf was left out" in note]
    assert "findings.pdf was left out" in (exported.folder / "README.txt").read_text("utf-8")


def test_the_same_export_is_written_again_and_nobodys_work_is_lost(exported, study, report):
    folder, before = exported.folder, digests(exported.folder)
    export.export(study, folder, report=report)
    assert digests(folder) == before
    note = folder / "figures" / "mine.txt"
    note.write_text("mine", "utf-8")
    with pytest.raises(output.OutputProblem, match=r"mine\.txt were changed or added"):
        export.export(study, folder, report=report)
    note.unlink()
    edited = folder / "README.txt"
    kept = edited.read_bytes()
    edited.write_bytes(kept + b"my own line")
    with pytest.raises(output.OutputProblem, match=r"README\.txt were changed or added"):
        export.export(study, folder, report=report)
    edited.write_bytes(kept)
    assert digests(folder) == before


def test_a_folder_that_is_no_export_is_left_as_it_is(study, report, tmp_path, capsys):
    (tmp_path / "thesis.doc").write_text("years of work", "utf-8")
    before = digests(tmp_path)
    assert cli.main(["export", str(study), "--to", str(tmp_path), "--report", str(report)]) == 1
    assert "is not empty and holds no export; name another --to" in capsys.readouterr().err
    reported = digests(report)
    assert cli.main(["export", str(study), "--to", str(report), "--report", str(report)]) == 1
    assert digests(tmp_path) == before and digests(report) == reported


def test_an_export_is_no_place_for_a_report_either(exported, study):
    with pytest.raises(output.OutputProblem, match="holds no report"):
        output.refuse_foreign(exported.folder, study.name, {})


# ------------------------------------------------------------------------- print


def test_an_installed_browser_prints_the_page_without_clock_or_place():
    if browser.find() is None:
        pytest.skip("no Chrome or Chromium is installed: nothing was printed")
    page = ('<!DOCTYPE html><html lang="en"><title>Found</title><a href="other.html">o</a>'
            '<a href="https://example.org/">e</a><p>Text')
    data = PRINTED(page)
    assert data.startswith(b"%PDF") and data.count(b"(D:19800101000000") == 2
    assert b"other.html" not in data and b"file:" not in data and b"example.org" in data


def test_without_a_browser_nothing_is_printed(monkeypatch):
    monkeypatch.setattr(browser, "find", lambda: None)
    assert PRINTED("<p>x") is None


# ------------------------------------------------------------------------- bundle


@pytest.fixture(scope="module")
def bundles(source):
    """Whether authors are hidden → (files, left out, removed)."""
    return {hide: bundle.bundled(source, hide_authors=hide) for hide in (False, True)}


def test_a_bundle_begins_with_a_page_whose_links_lead_somewhere(bundles):
    for files, *_ in bundles.values():
        for name, data in files.items():
            if not name.endswith(".html"):
                continue
            for href in re.findall(r'<a\b[^>]* href="([^"#]+)', data.decode()):
                href = html.unescape(href)
                if not href.startswith("http"):
                    place = Path(name).parent / href
                    assert place.as_posix() in files or href == crate.FILE, (name, href)


def test_a_bundle_opens_without_a_network(bundles, tmp_path):
    files = bundles[True][0]
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with installed_browser() as running, visit(running, tmp_path / bundle.START, width=390) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
        seen.page.click("text=The report")
        assert "report/index.html" in seen.page.url
        assert seen.complaints == []
        assert [url for url in seen.requests if not url.startswith("file:")] == []


def test_the_same_bundle_has_the_same_bytes_and_is_never_overwritten(
    bundles, study, report, tmp_path, capsys
):
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    arguments = ["bundle", str(study), "--anonymous", "--report", str(report), "--out"]
    assert cli.main([*arguments, str(first)]) == 0
    said = capsys.readouterr().out
    assert "removed: author: taken out in" in said and "not passed on: data/" in said
    assert cli.main([*arguments, str(second)]) == 0
    assert first.read_bytes() == second.read_bytes() == archive.zipped(bundles[True][0])
    assert cli.main([*arguments, str(first)]) == 1
    assert "is there already and is not overwritten" in capsys.readouterr().err
    assert zipfile.ZipFile(first).testzip() is None


def everything(data: bytes):
    """Text of a file and of all that is nested in it, by JSON and by zip."""
    if data[:2] == b"PK":
        for inner in archive.unzipped(data).values():
            yield from everything(inner)
        return
    text = data.decode("utf-8")
    yield text
    yield html.unescape(text)
    try:
        read = json.loads(text)
    except ValueError:
        return
    yield json.dumps(read, ensure_ascii=False)


def test_nothing_in_an_anonymous_bundle_tells_who_made_it(bundles, study):
    commit = subprocess.run(["git", "-C", str(study), "rev-parse", "HEAD"], capture_output=True,
                            text=True, check=True).stdout.strip()
    secrets = [AUTHOR, "Quillfeather", EMAIL, REPOSITORY, "code.example", commit, commit[:8],
               "0000-0000-0000-0001"]
    files, _, removed = bundles[True]
    for name, data in {**files, "whole.zip": archive.zipped(files)}.items():
        for text in everything(data):
            for secret in secrets:
                assert secret.lower() not in text.lower(), (name, secret)
    assert not [name for name in files if "CITATION" in name or name.endswith("run.json")]
    for kind in ("author", "repository", "commit", "CITATION.cff", "notebooks"):
        assert [line for line in removed if line.startswith(kind)], kind
        assert html.escape(next(line for line in removed if line.startswith(kind))) in (
            files[bundle.START].decode()
        )
    assert anonymous.MASK in files[f"data/{study.name}/study.yaml"].decode()


def test_an_anonymous_notebook_has_no_metadata_but_its_tags(monkeypatch, tmp_path):
    notebooks = tmp_path / "notebooks"
    shutil.copytree(places.notebooks_dir(), notebooks)
    path = notebooks / "1_corpus.ipynb"
    made = nbformat.read(path, as_version=4)
    made.metadata["authors"] = [{"name": "Somebody"}]
    made.cells[0].metadata["by"] = "Somebody"
    nbformat.write(made, path)
    monkeypatch.setattr(places, "notebooks_dir", lambda: notebooks)
    bare = json.loads(bundle._code(True)["notebooks/1_corpus.ipynb"])
    assert set(bare["metadata"]) == {"kernelspec", "language_info"}
    assert all(set(cell["metadata"]) <= {"tags"} for cell in bare["cells"])
    assert b"Somebody" in bundle._code(False)["notebooks/1_corpus.ipynb"]


@pytest.mark.parametrize(
    ("person", "written"),
    [("Zoë O'Hara", ["Zoë O'Hara", "O'Hara, Zoë", "O'Hara, Z.", "Z. O'Hara"]),
     ("Ana Maria da Silva", ["Ana Maria da Silva", "Silva, Ana Maria da", "Ana Silva"])],
)
def test_a_name_is_found_however_it_is_written(person, written):
    for form in written:
        for shape in (form, html.escape(form), json.dumps(form)[1:-1], form.upper()):
            files, counted = anonymous.masked(
                {"x": f"by {shape}, 2024".encode()}, {"author": anonymous._forms(person)}
            )
            assert files["x"].decode() == f"by {anonymous.MASK}, 2024", shape
            assert counted == {"author": 1}
    assert anonymous._forms("Ana") == set()


def test_a_bundle_with_its_authors_says_who_they_are(bundles, study):
    files, left_out, removed = bundles[False]
    assert removed == [] and "CITATION.cff" in files
    graph = json.loads(files[crate.FILE])["@graph"]
    assert AUTHOR in [entity.get("name") for entity in graph if entity["@type"] == "Person"]


def hidden_sentences(source):
    """Sentences of texts that are not cleared, told by a slower reading than the bundle's."""
    rows = {r["statement_id"]: r for r in source.study.statements.to_dict("records")}
    closed = {i for i, r in rows.items() if not r["redistribution"].lower().startswith("yes")}
    shown = {t["name"]: t for nb in source.notebooks.values() for t in tables_shown(nb)}
    names = [c["name"] for c in shown["sentences"]["columns"]]
    units = [dict(zip(names, row, strict=True)) for row in shown["sentences"]["rows"]]
    cited = {key for t in shown.values() if t["display"] == "table" for keys in t["evidence"]
             if len(keys) <= 6 for key in keys}
    found = []
    for statement in closed:
        own = [u for u in units if u["statement_id"] == statement]
        keys = [f"{statement}:b{u['block']}.s{u['sentence']}" for u in own]
        keep = {n for n, key in enumerate(keys) if key in cited}
        keep |= {n + 1 for n in keep} | {n - 1 for n in keep}
        found += [u["text"] for n, u in enumerate(own) if n not in keep]
    # A text may begin with its title, which is no secret.
    titles = {row["title"] for row in rows.values()}
    return closed, [text for text in found if len(text.split()) >= 8 and text not in titles]


@pytest.mark.parametrize("hide", [False, True])
def test_what_may_not_be_passed_on_stands_nowhere_in_a_bundle(bundles, source, hide):
    files, left_out, _ = bundles[hide]
    closed, sentences = hidden_sentences(source)
    assert closed and len(sentences) > 20
    folder = f"data/{source.study.name}"
    rows = source.study.statements.to_dict("records")
    for row in rows:
        assert (f"{folder}/{row['file']}" in files) == (row["statement_id"] not in closed)
    assert len([line for line in left_out if "/texts/" in line]) == len(closed)
    for name, data in files.items():
        # The package is the same for all studies; its phrases come from none of their texts.
        text = "" if name.startswith("src/") else data.decode()
        plain = html.unescape(re.sub(r"<[^>]*>", "", text)) if name.endswith("html") else text
        words = " ".join(re.findall(r"\w+", plain.lower()))
        for sentence in sentences:
            assert " ".join(re.findall(r"\w+", sentence.lower())) not in words, (name, sentence)
    told = files[f"report/statement-{min(closed)}.html"].decode()
    assert "redistribution" in told


def test_words_around_a_term_give_no_hidden_sentence_away(bundles, source):
    """KWIC parts a sentence in three: before, the term, after."""
    files = bundles[True][0]
    closed, sentences = hidden_sentences(source)
    lines = list(csv.DictReader(io.StringIO(files["report/tables/concordance.csv"].decode())))
    assert lines
    for line in lines:
        said = " ".join(re.findall(r"\w+", " ".join(map(str, line.values())).lower()))
        for sentence in sentences:
            words = re.findall(r"\w+", sentence.lower())
            for start in range(len(words) - 9):
                assert " ".join(words[start:start + 10]) not in said


def test_words_before_and_after_a_term_count_as_one_text():
    hidden = "these words may never be passed on to anybody whoever asks for them"
    statements = [{"facts": {"title": "t"}, "blocks": [{"sentences": [{"key": "a:b1.s1", "text": hidden}]}]}]
    secret = withheld.Secret(statements, {"a:b1.s1"})
    table = {
        "note": "", "columns": [{"format": f} for f in ("before", "text", "after", "text")],
        "rows": [["these words may", "never", "be passed on to", "elsewhere"],
                 ["quite other words", "never", "stood in that text", "elsewhere"]],
    }
    withheld.emptied([table], secret)
    assert table["rows"][0] == ["", "never", "", "elsewhere"]
    assert table["rows"][1][0] == "quite other words" and withheld.NOTE in table["note"]


def test_a_bundle_that_would_give_a_text_away_is_refused(source):
    secret = bundle._secret(source)
    _, sentences = hidden_sentences(source)
    told = next(s for s in sentences if secret.within(s))
    marked = told.replace(" ", "</b> <b>")
    with pytest.raises(output.OutputProblem, match="would hold words"):
        bundle._refuse_leaks({"report/x.html": f"<p><b>{marked}</b>".encode()}, secret)


# ------------------------------------------------------------------------- RO-Crate


def test_the_crate_is_one_by_the_specification(bundles):
    """RO-Crate 1.1: descriptor, root, one entity a file, references that resolve."""
    for files, *_ in bundles.values():
        read = json.loads(files[crate.FILE])
        assert read["@context"] == "https://w3id.org/ro/crate/1.1/context"
        graph = {entity["@id"]: entity for entity in read["@graph"]}
        assert len(graph) == len(read["@graph"])
        descriptor = graph["ro-crate-metadata.json"]
        assert descriptor["@type"] == "CreativeWork"
        assert descriptor["about"] == {"@id": "./"}
        assert descriptor["conformsTo"]["@id"].startswith("https://w3id.org/ro/crate/1.1")
        root = graph["./"]
        assert root["@type"] == "Dataset" and root["name"] and root["description"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", root["datePublished"]) and root["license"]
        parts = {part["@id"] for part in root["hasPart"]}
        assert parts == set(files) - {crate.FILE}
        for name in parts:
            assert graph[name]["@type"] == "File"
            assert graph[name]["contentSize"] == str(len(files[name]))
            assert graph[name]["sha256"] == hashlib.sha256(files[name]).hexdigest()

        def references(value):
            if isinstance(value, dict):
                if set(value) == {"@id"}:
                    yield value["@id"]
                for own in value.values():
                    yield from references(own)
            elif isinstance(value, list):
                for own in value:
                    yield from references(own)

        for target in references(read["@graph"]):
            assert target in graph or target.startswith("https://"), target
        actions = [e for e in read["@graph"] if e["@type"] == "CreateAction"]
        assert len(actions) == 1 and actions[0]["result"] and actions[0]["object"]
        values = {e["name"]: e["value"] for e in read["@graph"] if e["@type"] == "PropertyValue"}
        assert values["n_boot"] == 200
