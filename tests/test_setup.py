"""The set-up: locks in agreement, texts byte-exact, and a second `make` that installs nothing."""

import ast
import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CORE = ROOT / "requirements.lock"
DEV = ROOT / "requirements-dev.lock"
CONSTRAINTS = ROOT / "constraints.txt"

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def entries(path: Path) -> list[str]:
    """Return the logical lines of a requirements file: comments dropped, continuations joined."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def pinned(path: Path) -> list[str]:
    """Return the entries of a requirements file with their markers, hashes dropped."""
    return [entry.split(" --hash=")[0].strip() for entry in entries(path)]


def versions(path: Path) -> dict[str, set[str]]:
    """Return the versions of each package (several, where systems differ)."""
    found: dict[str, set[str]] = {}
    for pin in map(Requirement, pinned(path)):
        version = str(pin.specifier).removeprefix("==")
        found.setdefault(canonicalize_name(pin.name), set()).add(version)
    return found


def declared(*extras: str) -> list[Requirement]:
    """Return the requirements of pyproject.toml: the core's and those of the named extras."""
    optional = PROJECT["optional-dependencies"]
    listed = PROJECT["dependencies"] + [item for extra in extras for item in optional[extra]]
    return [Requirement(item) for item in listed]


def outside(requirements: Iterable[Requirement], lock: Path) -> list[str]:
    """Return the requirements that the lock does not hold at a version within their range."""
    held = versions(lock)
    return [
        str(requirement)
        for requirement in requirements
        if not any(
            requirement.specifier.contains(version)
            for version in held.get(canonicalize_name(requirement.name), ())
        )
    ]


# --- what is installed -----------------------------------------------------------------------


def test_locks_hold_every_declared_dependency_within_its_range() -> None:
    assert outside(declared("build"), CORE) == []
    assert outside(declared(*PROJECT["optional-dependencies"]), DEV) == []


def test_a_dependency_that_the_lock_lacks_is_noticed() -> None:
    hostile = [Requirement("numpy>=99"), Requirement("no-such-package"), Requirement("pandas>=1")]
    assert outside(hostile, CORE) == ["numpy>=99", "no-such-package"]


def test_every_locked_package_is_pinned_and_hashed() -> None:
    for lock in (CORE, DEV):
        for entry in entries(lock):
            assert re.match(r"[a-z0-9-]+==[^ ]+ .*--hash=sha256:[0-9a-f]{64}", entry), entry


def test_locks_name_no_host_and_no_path() -> None:
    for path in (CORE, DEV, CONSTRAINTS):
        text = path.read_text(encoding="utf-8")
        assert "/" not in text.replace("\\\n", "")
        assert "index" not in text


def test_dev_lock_repeats_the_pins_of_the_core_and_constraints_those_of_the_dev_lock() -> None:
    core, dev = versions(CORE), versions(DEV)
    assert {name: dev.get(name) for name in core} == core
    assert pinned(CONSTRAINTS) == pinned(DEV)


def test_headless_core_stays_lean() -> None:
    """rfc3987-syntax is what costs every papermill process .8 s once JupyterLab is there."""
    lock = versions(CORE)
    assert not lock.keys() & {"jupyterlab", "rfc3987-syntax", "playwright", "pytest", "uv"}
    assert "hatchling" in lock


def test_environment_yml_takes_the_pins_and_the_lab() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, by_pip = environment["dependencies"]
    assert environment["channels"] == ["conda-forge"]
    # Binder's builder understands no range (docs/classroom.md).
    version = python.removeprefix("python=")
    assert version in SpecifierSet(PROJECT["requires-python"])
    assert pip == "pip"
    assert by_pip == {"pip": ["-c constraints.txt", "-e .[lab]"]}
    assert "lab" in PROJECT["optional-dependencies"]


def imported(source: str) -> set[str]:
    """Return the top-level modules that a Python source imports, relative imports aside."""
    modules: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules.append(str(node.module))
    return {module.partition(".")[0] for module in modules}


def test_the_package_imports_only_what_it_declares() -> None:
    core = {canonicalize_name(requirement.name) for requirement in declared()}
    extras = {
        file: {canonicalize_name(requirement.name) for requirement in declared(extra)}
        for file, extra in (("semantic.py", "semantic"), ("workers.py", "cluster"))
    }
    owners = importlib.metadata.packages_distributions()
    undeclared = {
        (module, path.relative_to(ROOT).as_posix())
        for path in (ROOT / "src").rglob("*.py")
        for module in imported(path.read_text(encoding="utf-8")) - {"analysis"}
        if module not in sys.stdlib_module_names
        and not {canonicalize_name(owner) for owner in owners.get(module, ())}
        & (core | extras.get(path.name, set()))
    }
    assert undeclared == set(), "add these to pyproject.toml, then `make lock`"


# --- git ---------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in folder as on a fresh Windows machine: no other settings, line ends converted."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    settings = ["core.autocrlf=true", "core.safecrlf=false", "user.name=t", "user.email=t@t"]
    options = [option for setting in settings for option in ("-c", setting)]
    return subprocess.run(
        ["git", *options, *arguments], cwd=folder, env=environment, text=True, capture_output=True
    )


def changed_by_a_clone(source: Path, clone: Path) -> set[str]:
    """Commit source, clone it, and return the files whose bytes the clone does not keep."""
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        assert git(source, *command).returncode == 0
    assert git(source, "clone", "-q", str(source), str(clone)).returncode == 0

    def digests(folder: Path) -> dict[str, str]:
        files = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }

    before, after = digests(source), digests(clone)
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the study's data, and files with line ends of every kind."""
    folder = tmp_path / "source"
    shutil.copytree(ROOT / "data", folder / "data")
    for name in ("data/planted.txt", "reports/a/index.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"one\r\ntwo\nthree\r\n")
    (folder / "reports/a/table.csv").write_bytes(b"a,b\n1,2\n")
    (folder / "module.py").write_bytes(b"x = 1\n")
    (folder / "notebook.ipynb").write_bytes(b"{}\n")
    return folder


def test_a_clone_that_converts_line_ends_keeps_every_byte(checkout: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / ".gitattributes", checkout)
    assert changed_by_a_clone(checkout, tmp_path / "clone") == set()


def test_without_gitattributes_such_a_clone_changes_all_texts(
    checkout: Path, tmp_path: Path
) -> None:
    texts = {path.relative_to(checkout).as_posix() for path in checkout.glob("data/*/texts/*.txt")}
    assert len(texts) == 5
    assert texts <= changed_by_a_clone(checkout, tmp_path / "clone")


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("reports/channel-2015-2024/index.html", False),
        ("reports/channel-2015-2024/tables/sentences.csv", False),
        ("reports/channel-2015-2024/run.json", True),
        ("reports/channel-2015-2024--n_topics-6/index.html", True),
        ("reports/.channel-2015-2024.partial/index.html", True),
        ("notebooks/.ipynb_checkpoints/1_corpus-checkpoint.ipynb", True),
        ("data/channel-2015-2024/statements.csv", False),
    ],
)
def test_only_the_default_report_is_kept_by_git(tmp_path: Path, path: str, ignored: bool) -> None:
    shutil.copy(ROOT / ".gitignore", tmp_path)
    git(tmp_path, "init", "-q")
    assert git(tmp_path, "check-ignore", path).returncode == (0 if ignored else 1)


# --- make --------------------------------------------------------------------------------------

# Stands in for Python: writes down what it is asked for, and makes a .venv of copies of itself.
# While the file `fail` exists, installing the package fails.
RECORDER = """#!/bin/sh
echo "$(basename "$0") $*" >>calls
case "$*" in
    "-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python && cp "$0" .venv/bin/study ;;
    *"-e .") test ! -e fail ;;
esac
"""


class Make:
    """A checkout whose path holds a space, with `make` and a recorder in the place of Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a study"
        self.bin = folder / "bin"
        self.folder.mkdir()
        self.bin.mkdir()
        for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
            shutil.copy(ROOT / name, self.folder)
        self.python("python3", RECORDER)

    def python(self, name: str, script: str) -> None:
        """Put an executable of that name first in the search path."""
        (self.bin / name).write_text(script, encoding="utf-8")
        (self.bin / name).chmod(0o755)

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.bin}:{os.environ['PATH']}"}
        return subprocess.run(
            ["make", *arguments], cwd=self.folder, env=environment, text=True, capture_output=True
        )

    def calls(self, *arguments: str) -> str:
        """Run make, which must succeed, and return what was called, probing aside."""
        record = self.folder / "calls"
        record.unlink(missing_ok=True)
        run = self(*arguments)
        assert run.returncode == 0, run.stderr
        return "\n".join(line for line in record.read_text().splitlines() if " -c " not in line)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return Make(tmp_path)


REPORT = "study run data/channel-2015-2024"


@needs_make
def test_report_installs_once_and_from_the_core_lock_alone(make: Make) -> None:
    first = make.calls("report")
    assert "-m venv" in first and "--require-hashes -r requirements.lock" in first
    assert "requirements-dev.lock" not in first
    assert first.endswith(REPORT)
    assert make.calls("report") == REPORT


@needs_make
def test_after_the_tests_the_report_installs_nothing(make: Make) -> None:
    first = make.calls("test")
    assert first.index("requirements.lock") < first.index("requirements-dev.lock")
    assert "install" not in make.calls("test")
    assert make.calls("report") == REPORT
    assert "install" not in make.calls("lab")


@needs_make
def test_only_another_content_or_place_is_installed_anew(make: Make) -> None:
    make.calls("test")
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        os.utime(make.folder / name)
    assert "install" not in make.calls("test")

    dev = make.folder / "requirements-dev.lock"
    dev.write_text(dev.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert make.calls("report") == REPORT
    again = make.calls("test")
    assert "-r requirements-dev.lock" in again and "-r requirements.lock" not in again

    shutil.copy(ROOT / "requirements-dev.lock", dev)
    assert "-r requirements-dev.lock" in make.calls("test"), "an older state was taken for granted"

    make.folder = make.folder.rename(make.folder.with_name("moved"))
    assert "install --quiet" in make.calls("report")


@needs_make
def test_an_interrupted_installation_is_taken_up_again(make: Make) -> None:
    (make.folder / "fail").touch()
    assert make("report").returncode != 0
    assert not list(make.folder.glob(".venv/*.stamp"))
    (make.folder / "fail").unlink()
    assert make.calls("report").count("pip install") == 2
    assert make.calls("report") == REPORT


@needs_make
def test_an_old_python_is_refused_in_one_line(make: Make) -> None:
    def claims(version: str) -> str:
        return (
            f'#!/bin/sh\nexec "{sys.executable}" -c '
            f"'import sys; sys.version_info = {version}; exec(sys.argv[2])' \"$@\"\n"
        )

    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        make.python(name, claims("(3, 10, 9)"))
    for arguments in ([], ["PYTHON=python3.12"], ["PYTHON=/nowhere/python3"]):
        run = make("report", *arguments)
        said = [line for line in run.stderr.splitlines() if not line.startswith("make: ***")]
        assert run.returncode != 0 and run.stdout == ""
        assert len(said) == 1 and said[0].startswith("Python 3.11 or newer with venv is needed")
        assert not (make.folder / ".venv").exists()

    make.python("python3.12", RECORDER)
    assert "python3.12 -m venv" in make.calls("report")
