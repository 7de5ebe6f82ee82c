"""The whole path on the shipped study: real kernels, real pages, nothing half written."""

import csv
import hashlib
import html
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import html5lib
import nbformat
import pandas as pd
import pytest
from lean import SHIPPED, lean_copy
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from unprivileged import as_somebody

from analysis import badges, cli, coding, corpus, places, unit_matching
from analysis.errors import BadParameter, OutputProblem, RunFailed
from analysis.report import parameters, warm
from analysis.report.render import _csv
from analysis.report.run import Request, run
from analysis.study import load_study
from analysis.tables import TABLE_MIME

ROOT = Path(__file__).parent.parent
STUDY = lean_copy()


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder of its own for reports and cache, as the working directory."""
    folder = tmp_path_factory.mktemp("a folder ü")
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    patch.setenv("STUDY_CACHE", str(folder / "cache"))
    yield folder
    patch.undo()


@pytest.fixture(scope="module")
def report(home):
    done = run(Request(study=STUDY))
    assert done.index == home / "reports" / STUDY.name / "index.html"
    return done.index.parent


def pages(folder: Path):
    return sorted(folder.glob("*.html"))


def rows(path: Path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---------------------------------------------------------------- the report


def test_every_notebook_and_statement_has_its_page(report):
    names = {page.name for page in pages(report)}
    statements = {f"statement-{row['id']}.html" for row in rows(STUDY / "statements.csv")}
    assert names >= {"index.html", *statements}
    # A notebook's further pages are named after it and their headings.
    of_notebooks = {name.split("-")[0].removesuffix(".html") for name in names - statements}
    assert of_notebooks - {"index", "sentences", "glossary", "references"} == {
        path.stem for path in places.notebooks_dir().glob("[1-6]_*.ipynb")
    }


def test_every_page_is_whole_valid_and_links_only_to_what_exists(report):
    anchors = {}
    trees = {}
    for page in pages(report):
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        trees[page.name] = parser.parse(page.read_text("utf-8"))
        anchors[page.name] = {e.get("id") for e in trees[page.name].iter() if e.get("id")}
    links = 0
    for name, tree in trees.items():
        assert tree.find(".//title").text.strip()
        assert tree.get("lang") == "en"
        assert len(list(tree.iter("h1"))) == 1
        for element in tree.iter():
            for attribute in ("src", "srcset", "data", "poster"):
                assert not element.get(attribute), (name, attribute)
            href = element.get("href")
            if href is None or (element.get("rel") == "icon" and href == "data:,"):
                continue
            if href.startswith(("https://", "http://")):
                assert element.tag == "a"
                continue
            links += 1
            target, _, anchor = href.partition("#")
            assert not target or (report / target).is_file(), (name, href)
            if anchor and (target or name).endswith(".html"):
                assert anchor in anchors[target or name], (name, href)
    assert links > 100


def test_pages_do_not_know_where_when_or_by_whom_they_were_made(report, home):
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    year = time.strftime("%Y-%m-%d")
    for path in report.rglob("*"):
        if not path.is_file() or path.name == "run.json":
            continue
        text = path.read_text("utf-8")
        for secret in (str(home), str(ROOT), os.uname().nodename, year, commit or "no commit"):
            assert secret not in text, (path.name, secret)
    record = json.loads((report / "run.json").read_text("utf-8"))
    assert record["started"].startswith(year) and record["host"]


def test_no_manifest_covers_the_run_record_and_every_other_file_is_covered(report):
    manifest = json.loads((report / "manifest.json").read_text("utf-8"))
    recorded = manifest["files"]
    assert recorded == {
        name: digest for name, digest in digests(report).items() if name != "manifest.json"
    }
    for row in rows(STUDY / "statements.csv"):
        assert manifest["inputs"][row["file"]] == row["sha256"]


def test_coded_sentences_are_units_of_the_run(report):
    units = pd.DataFrame(rows(report / "tables" / "sentences.csv"))
    units = units[units["kind"].isin(["paragraph", "list_item"])].reset_index(drop=True)
    coded = pd.DataFrame(rows(STUDY / "coded_sentences.csv"))
    found = unit_matching.matched_rows(coded, units)
    assert (found >= 0).mean() >= 0.97
    assert len(set(found[found >= 0])) == (found >= 0).sum()


def test_offsets_lead_back_to_the_source(report):
    texts = {
        row["id"]: (STUDY / row["file"]).read_bytes().decode("utf-8-sig")
        for row in rows(STUDY / "statements.csv")
    }
    checked = 0
    for row in rows(report / "tables" / "sentences.csv"):
        piece = texts[row["statement_id"]][int(row["start"]):int(row["end"])]
        text = row["text"]
        # Cells that a spreadsheet would compute carry an apostrophe in front.
        text = text[1:] if text[:1] == "'" and text[1:2] in "=+-@" else text
        if re.sub(r"\s", "", piece) == re.sub(r"\s", "", text):
            checked += 1
    assert checked >= 0.99 * len(rows(report / "tables" / "sentences.csv"))


def test_the_index_quotes_each_pages_headline(report):
    index = (report / "index.html").read_text("utf-8")
    manifest = json.loads((report / "manifest.json").read_text("utf-8"))
    for name in manifest["pages"]:
        assert f'href="{name}.html' in index


# ---------------------------------------------------------------- running again


def test_no_frame_without_validation_is_named_without_its_badge(report):
    texts = corpus.build(load_study(STUDY))
    without = badges.unvalidated(texts, coding.own(texts))
    labels = [c.label for c in texts.study.frames.categories if c.id in without]
    claims = [f["claim"] for f in texts.study.findings if f["arguments"].get("frame") in without]
    assert labels and claims == ["Money, staff or equipment are committed in bilateral statements "
                                 "only."]
    named = dict.fromkeys([*labels, *claims], 0)
    for path in sorted(report.rglob("*")):
        if path.suffix not in (".html", ".csv", ".svg", ".json") or path.name == "run.json":
            continue
        text = re.sub(r"(?s)<style.*?</style>", " ", path.read_text("utf-8"))
        text = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())
        # The sentence that says which frames these are.
        text = re.sub(r"Unvalidated, with fewer than .*?\.", "", text)
        for name in named:
            stem = re.escape(name.removesuffix("."))
            badge = r" ?\(unvalidated\)" if name in labels else r" \(frame unvalidated\)\."
            found, right = len(re.findall(stem, text)), len(re.findall(stem + badge, text))
            assert found == right, (path.name, name)
            named[name] += right
    assert all(named.values()), named
    # What was validated has none.
    findings = {row["claim"] for row in rows(report / "tables" / "findings.csv")}
    assert sum("unvalidated" in claim for claim in findings) == len(claims)


def test_a_second_run_executes_nothing_and_changes_no_byte(report):
    before = digests(report)
    done = run(Request(study=STUDY))
    assert done.executed == ()
    assert digests(report) == before


def test_forced_in_another_place_with_one_fresh_kernel_the_bytes_are_the_same(
    report, tmp_path, monkeypatch
):
    """The report was made by two kernels at a time, copies of one warm process (on Linux)."""
    monkeypatch.setattr(warm, "supported", lambda: False)
    done = run(Request(study=STUDY, out=tmp_path / "other name", jobs=1, force=True))
    assert set(done.executed) == set(json.loads(
        (report / "manifest.json").read_text("utf-8"))["pages"])
    assert digests(done.index.parent) == digests(report)


def test_other_parameters_go_to_a_folder_of_their_own(report, home):
    before = digests(report)
    given = {"n_boot": ("300", "-p n_boot=300")}
    done = run(Request(study=STUDY, only=("4_framing",), given=given))
    assert done.index.parent.name == f"{STUDY.name}--n_boot=300"
    assert digests(report) == before
    page = (done.index.parent / "4_framing.html").read_text("utf-8")
    assert "300" in page and "2000" in page
    # 1_corpus does not declare n_boot: its page of the default run is still true here.
    assert (done.index.parent / "1_corpus.html").is_file()
    # No page made with n_boot=2000 stands under this index.
    for name in json.loads((done.index.parent / "manifest.json").read_text("utf-8"))["pages"]:
        text = (done.index.parent / f"{name}.html").read_text("utf-8")
        assert "n_boot" not in text or "300" in text


def test_a_report_of_other_parameters_is_never_overwritten(report):
    before = digests(report)
    given = {"seed": ("2", "-p seed=2")}
    with pytest.raises(OutputProblem, match="of other parameters"):
        run(Request(study=STUDY, only=("4_framing",), given=given, out=report))
    assert digests(report) == before


# ---------------------------------------------------------------- what goes wrong


def cell_notebook(folder: Path, name: str, *sources: str) -> None:
    cells = [
        new_markdown_cell(f"# About {name}"),
        new_code_cell('study = "x"  # the study', metadata={"tags": ["parameters"]}),
        *(new_code_cell(source) for source in sources),
    ]
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "P"}}
    for number, cell in enumerate(cells):
        cell["id"] = f"c{number}"
    nbformat.write(new_notebook(cells=cells, metadata=metadata), folder / f"{name}.ipynb")


@pytest.fixture
def own_notebooks(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr(places, "notebooks_dir", lambda: folder)
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "cache"))
    return folder


def test_a_failing_cell_stops_its_notebook_and_no_other(own_notebooks, tmp_path, capsys):
    out = tmp_path / "out"
    cell_notebook(own_notebooks, "1_good", "print('fine')")
    first = run(Request(study=STUDY, out=out)).index.read_bytes()
    cell_notebook(own_notebooks, "2_bad", "1 / 0", "print('never')")
    cell_notebook(own_notebooks, "3_good", "print('fine')")
    with pytest.raises(RunFailed) as caught:
        run(Request(study=STUDY, out=out))
    (line,) = caught.value.faults
    assert "2_bad stopped in cell 3" in line and "About 2_bad" in line
    assert "ZeroDivisionError: division by zero" in line
    kept = nbformat.read(tmp_path / "out.failed" / "2_bad.ipynb", as_version=4)
    assert "ZeroDivisionError" in json.dumps(kept)
    assert (out / "index.html").read_bytes() == first
    assert "3_good: done" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "cache", "notebooks", "out", "out.failed",
    ]


def test_an_error_of_ours_is_told_in_its_own_words(own_notebooks, tmp_path):
    cell_notebook(
        own_notebooks, "1_bad", "from analysis.errors import BadStudy\nraise BadStudy('no frames')"
    )
    with pytest.raises(RunFailed, match=r"cell 3 \(“About 1_bad”\): no frames; the notebook"):
        run(Request(study=STUDY, out=tmp_path / "out"))


def test_a_dead_kernel_is_told_in_plain_words(own_notebooks, tmp_path):
    cell_notebook(own_notebooks, "1_dead", "import os\nos._exit(3)")
    with pytest.raises(RunFailed, match="1_dead stopped in cell 3.*the kernel died"):
        run(Request(study=STUDY, out=tmp_path / "out"))


def test_interruption_leaves_the_previous_report_and_no_process(own_notebooks, tmp_path):
    out = tmp_path / "out"
    cell_notebook(own_notebooks, "1_slow", "print('fine')")
    before = digests(run(Request(study=STUDY, out=out)).index.parent)
    marker = tmp_path / "started"
    cell_notebook(
        own_notebooks, "1_slow",
        f"import os, pathlib, time\npathlib.Path({str(marker)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(60)",
    )
    script = (
        "import sys\nfrom pathlib import Path\nfrom analysis import cli, places\n"
        f"places.notebooks_dir = lambda: Path({str(own_notebooks)!r})\n"
        f"sys.exit(cli.main(['run', {str(STUDY)!r}, '--out', {str(out)!r}]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        # Tests started in the background of a shell inherit that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while not (marker.exists() and marker.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.splitlines()[-1].startswith("study: interrupted; the previous report is untouched")
    assert digests(out) == before
    assert not Path(f"/proc/{marker.read_text()}").exists()
    assert {p.name for p in tmp_path.iterdir()} == {"cache", "notebooks", "out", "started"}


def test_a_run_under_way_is_refused_by_the_systems_lock(own_notebooks, tmp_path):
    cell_notebook(own_notebooks, "1_a", "print('fine')")
    out = tmp_path / "out"
    # A lock file without a holder, as a killed run leaves it, is no obstacle.
    (tmp_path / ".out.lock").touch()
    run(Request(study=STUDY, out=out))
    assert not (tmp_path / ".out.lock").exists()
    holder = subprocess.Popen(
        [sys.executable, "-c",
         "import filelock, sys, time\nlock = filelock.FileLock(sys.argv[1])\nlock.acquire()\n"
         "print('held', flush=True)\ntime.sleep(60)", str(tmp_path / ".out.lock")],
        stdout=subprocess.PIPE, text=True,
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(OutputProblem, match="already under way"):
            run(Request(study=STUDY, out=out, force=True))
    finally:
        holder.kill()
        holder.wait()
    run(Request(study=STUDY, out=out))


def test_what_a_killed_move_left_is_put_right(own_notebooks, tmp_path):
    cell_notebook(own_notebooks, "1_a", "print('fine')")
    out = tmp_path / "out"
    before = digests(run(Request(study=STUDY, out=out)).index.parent)
    out.rename(tmp_path / ".out.previous")
    (tmp_path / ".out.partial").mkdir()
    assert digests(run(Request(study=STUDY, out=out)).index.parent) == before
    assert not list(tmp_path.glob(".out*"))


def command(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "analysis", *arguments], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, check=False, **options,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "no-such-study"], "no-such-study"),
        (["run", str(STUDY), "-p", "n_bot=300"], "did you mean n_boot"),
        (["run", str(STUDY), "-p", "n_boot=3"], "between 200 and 100000"),
        (["run", str(STUDY), "-p", "n_boot=many"], "must be a whole number"),
        (["run", str(STUDY), "-p", "n_boot"], "NAME=VALUE"),
        (["run", str(STUDY), "--only", "9_none"], "there is no notebook '9_none'"),
        (["run", str(STUDY), "--only", "1_corpus", "-p", "seed=2"], "no selected notebook"),
        (["run", str(STUDY), "--params", "none.yaml"], "none.yaml"),
        (["run", str(STUDY), "--out", str(STUDY / "study.yaml")], "a file stands"),
        (["run", str(STUDY), "--out", str(STUDY / "study.yaml" / "x")], "a file stands"),
        (["run", str(STUDY), "--out", str(STUDY)], "holds no report"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_one_line_exit_1_nothing_written(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    before = digests(STUDY)
    assert cli.main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1 and err.startswith("study: ")
    assert message in err
    assert not list(tmp_path.iterdir())
    assert digests(STUDY) == before


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run"], ["run", "x", "--jobs", "0"],
                                       ["run", "x", "--colour"]])
def test_wrong_usage_exits_2(arguments):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2


@pytest.mark.parametrize("arguments", [["run", "--help"], ["check", "--help"]])
def test_help_has_an_example(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 0
    assert "example:" in capsys.readouterr().out


def test_the_command_itself_exits_as_it_should(tmp_path):
    result = command("run", "no-such-study", cwd=tmp_path)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and "Traceback" not in result.stderr
    assert command().returncode == 2
    assert command("--help").returncode == 0


@pytest.fixture
def closed_folder():
    """A folder that nobody may write to, in a place that everybody may enter."""
    parent = Path(tempfile.mkdtemp())
    parent.chmod(0o755)
    (parent / "shared").mkdir(mode=0o555)
    shutil.copytree(STUDY, parent / "study")
    yield parent
    (parent / "shared").chmod(0o755)
    shutil.rmtree(parent)


def test_no_permission_is_said_in_one_line(closed_folder, monkeypatch):
    monkeypatch.chdir(closed_folder)

    def attempt() -> list[str]:
        try:
            run(Request(study=closed_folder / "study", out=closed_folder / "shared" / "report"))
        except OutputProblem as error:
            return list(error.faults)
        return []

    (line,) = as_somebody(attempt)
    assert "cannot write here" in line and "name another --out" in line
    assert not list((closed_folder / "shared").iterdir())


def test_unknown_notebook_and_parameter_raise_before_anything_is_written(tmp_path):
    with pytest.raises(BadParameter):
        run(Request(study=STUDY, only=("x",), out=tmp_path / "o"))
    assert not list(tmp_path.iterdir())


def test_check_counts_what_it_read(capsys):
    assert cli.main(["check", str(SHIPPED)]) == 0
    out = capsys.readouterr().out
    assert re.fullmatch(
        r"channel-2015-2024: 5 statements, \d+ sentences, 3 groups, 16 findings; no fault found",
        out.strip(),
    )


def test_a_study_with_a_fault_is_refused_whole(tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(STUDY, copy)
    with (copy / "texts" / "uk-fr-2022-11-14.txt").open("a") as file:
        file.write(" ")
    result = command("run", str(copy), cwd=tmp_path)
    assert result.returncode == 1
    assert "uk-fr-2022-11-14" in result.stderr and "SHA-256" in result.stderr.replace("sha256",
                                                                                    "SHA-256")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy"]


# ---------------------------------------------------------------- prose follows the data


#: What is not computed, and why, or how numbers are meant: no result, so the same for other data.
WITHHELD = (
    "Passages are compared by their words alone.", "Same-genre floor: not available.",
    "No topic can carry", "There is no topic to compare.", "The study gives no anchor words",
    "No comparison of your own is asked for.", "No person has checked these codes",
    "Corrected shares are corrected towards", "With which probability a sentence was drawn",
    "Read by the study's rules", "Points are against the share of all sentences",
    "Whatever changes from one text to the next", "Left out here: each statement is shown above",
)

#: Few values are possible, so that other data may well give the same.
MAY_COINCIDE = ("Among the codings α lies", "The lead of the first over the second", "Left out: ")


def said(folder: Path) -> dict[str, list[str]]:
    """Every computed paragraph of each notebook's page, scope lines aside."""
    found = {}
    for page in pages(folder):
        tree = html5lib.parse(page.read_text("utf-8"), namespaceHTMLElements=False)
        boxes = [
            element for element in tree.iter("div")
            if "said" in (element.get("class") or "").split()
        ]
        if boxes:
            found[page.stem] = [
                " ".join("".join(p.itertext()).split()) for box in boxes for p in box.iter("p")
            ]
    return found


def altered_copy(folder: Path) -> Path:
    """The shipped study with every other sentence of each text gone and some words replaced."""
    copy = folder / STUDY.name
    shutil.copytree(STUDY, copy)
    table = pd.read_csv(copy / "statements.csv", dtype=str, keep_default_na=False)
    for index, row in table.iterrows():
        path = copy / row["file"]
        lines = path.read_text("utf-8").split("\n")
        kept = lines[: len(lines) // 2 if index % 2 else 2 * len(lines) // 3]
        text = "\n".join(kept).replace("cooperat", "smuggl").replace("migra", "deter")
        path.write_bytes(text.encode())
        table.loc[index, "sha256"] = hashlib.sha256(text.encode()).hexdigest()
        table.loc[index, "date"] = str(int(row["date"][:4]) - 3) + row["date"][4:]
    table.to_csv(copy / "statements.csv", index=False)
    coded = pd.read_csv(copy / "coded_sentences.csv", dtype=str, keep_default_na=False)
    fewer = coded[coded["statement_id"] != "statewatch-2023-10"].iloc[::2]
    fewer.to_csv(copy / "coded_sentences.csv", index=False)
    labels = pd.read_csv(copy / "ledger_labels.csv", dtype=str, keep_default_na=False)
    labels.iloc[::3].to_csv(copy / "ledger_labels.csv", index=False)
    (copy / "study.yaml").write_text(
        re.sub(r"(?s)\nabsent:.*?\n# Values", "\n# Values",
               (copy / "study.yaml").read_text("utf-8").replace(": 0.05", ": 0.07")
               .replace(": 0.02", ": 0.03")),
        "utf-8",
    )
    return copy


def test_every_stated_result_changes_when_the_data_change(report, tmp_path):
    before = said(report)
    after = said(run(Request(study=altered_copy(tmp_path), out=tmp_path / "out")).index.parent)
    assert set(before) == set(after)
    unchanged = {
        text
        for name in before
        for text in set(before[name]) & set(after[name])
        if not text.startswith((*WITHHELD, *MAY_COINCIDE))
    }
    assert unchanged == set()


# ---------------------------------------------------------------- in JupyterLab


def run_interactively(notebook, folder: Path):
    """Execute a notebook as JupyterLab does: default kernel, no run around it."""
    environment = {k: v for k, v in os.environ.items() if k != "STUDY_PATH"}
    client = NotebookClient(
        notebook, kernel_name="python3", allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**environment, "PYTHONPATH": str(ROOT / "src")})
    return notebook


@pytest.mark.parametrize("name", ["1_corpus", "2_similarity", "6_findings"])
def test_run_by_hand_a_notebook_shows_what_its_page_shows(report, tmp_path, name):
    before = digests(report)
    path = places.notebooks_dir() / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    given = f'study = "{STUDY.name}"'
    assert given in notebook.cells[1].source
    notebook.cells[1].source = notebook.cells[1].source.replace(given, f"study = {str(STUDY)!r}")
    run_interactively(notebook, tmp_path)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    shown = [o.data[TABLE_MIME] for o in outputs if TABLE_MIME in o.get("data", {})]
    assert shown
    for payload in shown:
        assert _csv(payload) == (report / "tables" / f"{payload['name']}.csv").read_bytes()
    last = outputs[-1]["text"].strip()
    assert last.startswith(f"study run {STUDY} --only {name}")
    assert digests(report) == before
    assert list(tmp_path.iterdir()) == []


def test_the_printed_command_makes_the_default_report(report, capsys):
    path = places.notebooks_dir() / "4_framing.ipynb"
    source = nbformat.read(path, as_version=4)
    values = {
        parameter.name: parameter.default
        for parameter in parameters.declared(path).values()
    }
    exec(f"from analysis.show import command\n{source.cells[-1].source}", values)
    words = shlex.split(capsys.readouterr().out)
    assert words[:3] == ["study", "run", STUDY.name]
    assert cli.main([*words[1:2], str(STUDY), *words[3:]]) == 0
    assert capsys.readouterr().out.strip() == str(report / "index.html")


def test_by_hand_an_error_of_ours_is_one_line_without_traceback(tmp_path):
    notebook = nbformat.read(places.notebooks_dir() / "4_framing.ipynb", as_version=4)
    notebook.cells[1].source = notebook.cells[1].source.replace(STUDY.name, "channel-2015-2042")
    run_interactively(notebook, tmp_path)
    error = next(o for c in notebook.cells for o in c.get("outputs", [])
                 if o.output_type == "error")
    assert len(error.traceback) == 1
    assert "channel-2015-2042" in error.traceback[0] and "File" not in error.traceback[0]


def test_by_hand_a_kernel_without_the_package_is_told_which_to_choose(tmp_path):
    notebook = nbformat.read(places.notebooks_dir() / "1_corpus.ipynb", as_version=4)
    hidden = "import importlib.util\nimportlib.util.find_spec = lambda name: None"
    notebook.cells[1].source += f"\n{hidden}"
    notebook.cells = notebook.cells[:3]
    run_interactively(notebook, tmp_path)
    text = json.dumps(notebook.cells[2].outputs)
    assert "Change Kernel, Policy study" in text
