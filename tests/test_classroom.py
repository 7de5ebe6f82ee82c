"""Courses: a read-only installation, notebooks from anywhere, Binder's rules, a cluster's address."""

import csv
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
import yaml

from analysis import places, show
from analysis.tables import TABLE_MIME

ROOT = Path(__file__).parent.parent
# A process of root's that may no more than the permission bits say.
POWERLESS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []

needs_bits = pytest.mark.skipif(
    bool(POWERLESS) and shutil.which("setpriv") is None or not hasattr(os, "geteuid"),
    reason="root ignores permission bits, and setpriv is not there to take that away",
)


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A checkout that nobody may write to."""
    folder = tmp_path_factory.mktemp("course") / "course"
    for name in ("src", "notebooks", "data"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.lock", folder)
    every = [folder, *folder.rglob("*")]
    for path in every:
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    yield folder
    for path in every:
        path.chmod(path.stat().st_mode | stat.S_IWUSR)


def study(course: Path, own: Path, *arguments: str) -> subprocess.CompletedProcess:
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(course / "src"), *filter(None, sys.path)]),
        "STUDY_CACHE": str(own / "cache"),
    }
    return subprocess.run(
        [*POWERLESS, sys.executable, "-m", "analysis", *arguments], cwd=own, env=env,
        text=True, capture_output=True, check=False,
    )


@pytest.fixture(scope="module")
def page(course, tmp_path_factory):
    """The report of one page, made by a student in a folder of their own."""
    before, own = contents(course), tmp_path_factory.mktemp("own")
    done = study(course, own, "run", str(course / "data" / "channel-2015-2024"),
                 "--only", "7_your_question", "-p", "kwic=small boat*")
    assert done.returncode == 0, done.stderr
    assert contents(course) == before
    return Path(done.stdout.strip()).parent


@needs_bits
def test_a_course_folder_is_only_read(course, page, tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run([*POWERLESS, "touch", str(course / "x")], check=True, capture_output=True)
    assert page.parent.name == "reports" and (page / "7_your_question.html").is_file()
    done = study(course, tmp_path, "copy", str(course / "data" / "channel-2015-2024"), "mine")
    assert done.returncode == 0, done.stderr
    mine = tmp_path / "mine" / "study.yaml"
    assert mine.stat().st_mode & stat.S_IWUSR, "a copy is one's own"


@needs_bits
def test_a_report_inside_the_course_folder_is_one_line(course, tmp_path):
    done = study(course, tmp_path, "run", str(course / "data" / "channel-2015-2024"),
                 "--only", "7_your_question", "--out", str(course / "reports" / "x"))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "name another --out" in done.stderr


@needs_bits
def test_a_notebook_shows_the_reports_tables_from_any_folder(page, tmp_path, monkeypatch):
    """A copy elsewhere, in a working directory elsewhere: as a student opens it in JupyterLab."""
    shown: list[dict] = []
    monkeypatch.setattr(show, "_display", lambda bundle, raw: shown.append(bundle))
    monkeypatch.delenv("STUDY_PATH", raising=False)
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {"__name__": "__main__"}
    for cell in nbformat.read(places.notebooks_dir() / "7_your_question.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            source = cell.source.replace('kwic = ""', 'kwic = "small boat*"')
            exec(compile(source, "7_your_question", "exec"), scope)
    tables = {b[TABLE_MIME]["name"]: b[TABLE_MIME] for b in shown if TABLE_MIME in b}
    assert set(tables) == {"your_places", "your_neighbours"}
    with (page / "tables" / "your_places.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == tables["your_places"]["total_rows"] > 3
    column = [c["name"] for c in tables["your_places"]["columns"]].index("statement")
    assert [row["statement"] for row in rows] == [r[column] for r in tables["your_places"]["rows"]]


# ---------------------------------------------------------------- Binder


def test_binder_reads_the_files_at_the_top():
    """Configuration files: binder/ and .binder/ would hide those at the top."""
    assert not (ROOT / "binder").exists() and not (ROOT / ".binder").exists()
    for name in ("postBuild", "start", "apt.txt", "runtime.txt", "Dockerfile"):
        assert not (ROOT / name).exists(), name


def test_binder_finds_the_version_of_python():
    """repo2docker/buildpacks/conda/__init__.py: the first `python=X.Y`; no range is understood."""
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    found = [re.match(r"python\s*=+\s*([\d.]*)", d) for d in dependencies if isinstance(d, str)]
    assert re.fullmatch(r"3\.\d+", next(match for match in found if match)[1])


def test_binder_copies_the_repository_before_it_installs():
    """A local requirement makes it do so; pip's paths are relative to environment.yml."""
    (pip,) = [d["pip"] for d in yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))[
        "dependencies"] if isinstance(d, dict)]
    assert any(line.startswith("-e .") for line in pip)
    for line in pip:
        if line.startswith("-c "):
            assert (ROOT / line[3:]).is_file()


# ---------------------------------------------------------------- a cluster


def test_the_slurm_script_finds_the_scheduler_by_its_file(tmp_path):
    pytest.importorskip("distributed")
    text = (ROOT / "docs" / "cluster.md").read_text("utf-8")
    one_liner = re.search(r'\$\(python -c "(.*?)" "\$address"\)', text)[1]
    file = tmp_path / "scheduler.json"
    scheduler = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", "--scheduler-file", str(file),
         "--host", "127.0.0.1", "--port", "0", "--no-dashboard"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            if file.is_file() and file.stat().st_size:
                break
            assert scheduler.poll() is None
            time.sleep(0.1)
        done = subprocess.run([sys.executable, "-c", one_liner, str(file)], check=True,
                              capture_output=True, text=True)
        assert done.stdout.strip() == json.loads(file.read_text("utf-8"))["address"]
        assert done.stdout.startswith("tcp://127.0.0.1:")
    finally:
        scheduler.terminate()
        scheduler.wait()
