"""One run: check everything, execute what changed, render, move the whole report into place."""

from __future__ import annotations

import importlib.metadata
import inspect
import json
import platform
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from typing import TYPE_CHECKING

from analysis import fingerprint, places, store
from analysis.errors import BadParameter, RunFailed
from analysis.report import output, unchanged

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from analysis.report.parameters import Settings
    from analysis.study import Study

# Notebooks with a higher number are somebody's own: they run only when named by --only.
LAST_OF_REPORT = 6

_NOTEBOOK = re.compile(r"\d+_\w+\.ipynb")

INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for.

    Attributes:
        study: the study folder.
        only: notebooks to run, all if empty.
        given: parameter → (value, who gave it).
        out: the report's folder; None for reports/<study> under the current folder.
        jobs: kernels at once.
        force: execute again what has not changed.
        scheduler: address of a Dask scheduler on whose workers the findings' analyses run; "" for
            the cores of this machine.
    """

    study: Path
    only: tuple[str, ...] = ()
    given: Mapping[str, tuple[object, str]] = ()
    out: Path | None = None
    jobs: int = 2
    force: bool = False
    scheduler: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A finished run: its first page, the notebooks it executed, what it warns of."""

    index: Path
    executed: tuple[str, ...]
    warnings: tuple[str, ...]


def run(request: Request) -> Done:
    """Turn a study into a report.

    Raises:
        BadStudy, BadParameter: before anything is written.
        OutputProblem: the report cannot be written there, or a run is under way.
        RunFailed: a notebook stopped; the previous report is untouched.
    """
    wanted = unchanged.key(
        request.study, given=dict(request.given), only=request.only, out=request.out
    )
    if not request.force and (standing := unchanged.standing(wanted)):
        target, warnings = standing
        return Done(index=target / INDEX, executed=(), warnings=warnings)
    done, named = _made(request)
    unchanged.remember(wanted, done.index.parent, named=named, warnings=done.warnings)
    return done


def run_grid(request: Request, path: Path) -> Path:
    """A report for each combination of a grid's parameters, and a page that compares findings.

    Raises:
        BadParameter: of the grid file, or of any combination, before anything is run.
        BadStudy, OutputProblem, RunFailed: as `run` does.
    """
    from analysis.report import grid, parameters
    from analysis.study import load_study

    wanted = grid.read(path)
    given = dict(request.given)
    grid.checked(wanted, given, path)
    study, paths = load_study(request.study), _notebooks(request.only)
    selected = _selected(request.only, paths)

    def of(values: Mapping[str, object]) -> dict[str, tuple[object, str]]:
        return given | {name: (value, f"--grid {path.name}") for name, value in values.items()}

    for combination in grid.combinations(wanted):
        parameters.settle(
            paths, selected=selected, study=study.parameters, given=of(combination.values)
        )
    target = request.out or Path.cwd() / "reports" / f"{study.name}--{path.stem}"

    def one(values: Mapping[str, object], folder: Path) -> Path:
        return run(replace(request, given=of(values), out=folder)).index

    return grid.sweep(
        wanted,
        target=target.absolute(),
        study={"name": study.name, "title": study.title, "question": study.question,
               "hash": study.hash},
        run=one,
        on_done=lambda done, of, words: print(f"{done} of {of}: {words}", file=sys.stderr),
    )


def _made(request: Request) -> tuple[Done, dict[str, str]]:
    """Make the report; also the hashes of what the parameters name."""
    # Imported here: an unchanged report is told without them.
    from analysis import declarations
    from analysis.report import parameters
    from analysis.study import load_study

    began = time.monotonic()
    started = datetime.now(UTC)
    study = load_study(request.study)
    declarations.check(study)
    paths = _notebooks(request.only)
    selected = _selected(request.only, paths)
    settings = parameters.settle(
        paths, selected=selected, study=study.parameters, given=dict(request.given)
    )
    target = _target(request, study, settings.changed)
    hashes = {
        "study": study.hash,
        "package": fingerprint.package(),
        "lock": fingerprint.lock(),
        "notebooks": {name: fingerprint.sha256(path.read_bytes()) for name, path in paths.items()},
    }
    keys = _page_keys(paths, settings, study)
    with output.exclusive(target):
        output.refuse_foreign(target, study.name, settings.changed)
        executed, ran, notes = _execute(request, study, paths, settings, keys, selected)
        files = _render(study, paths, settings, hashes, executed)
        files[output.MANIFEST] = _manifest(study, settings, hashes, files, list(executed))
        files[output.RUN_RECORD] = _record(request, started, time.monotonic() - began, ran)
        output.move_in(target, files)
    done = Done(
        index=target / INDEX, executed=tuple(ran), warnings=(*study.warnings, *notes)
    )
    named = fingerprint.named(v for values in settings.values.values() for v in values.values())
    return done, named


def _notebooks(only: Sequence[str]) -> dict[str, Path]:
    """The notebooks of the report and those named, in order of their numbers."""
    found = sorted(
        (path for path in places.notebooks_dir().iterdir() if _NOTEBOOK.fullmatch(path.name)),
        key=lambda path: (int(path.name.split("_")[0]), path.name),
    )
    named = {name.removesuffix(".ipynb") for name in only}
    unknown = named - {path.stem for path in found}
    if unknown:
        raise BadParameter(
            f"--only: there is no notebook '{name}'; there are "
            f"{', '.join(path.stem for path in found)}"
            for name in sorted(unknown)
        )
    return {
        path.stem: path for path in found
        if int(path.name.split("_")[0]) <= LAST_OF_REPORT or path.stem in named
    }


def _selected(only: Sequence[str], paths: Mapping[str, Path]) -> frozenset[str]:
    return frozenset(name.removesuffix(".ipynb") for name in only) or frozenset(paths)


def _target(request: Request, study: Study, changed: Mapping[str, object]) -> Path:
    if request.out is not None:
        return request.out.absolute()
    return Path.cwd() / "reports" / output.folder_name(study.name, changed)


def _page_keys(paths, settings: Settings, study: Study) -> dict[str, str]:
    """The key under which each executed notebook may be used again: all that it depends on."""
    common = fingerprint.inputs(study.hash)
    return {
        name: fingerprint.of(
            {
                "notebook": fingerprint.sha256(path.read_bytes()),
                "parameters": settings.values[name],
                "named": fingerprint.named(settings.values[name].values()),
                "study_name": study.name,
                **common,
            }
        )
        for name, path in paths.items()
    }


def _execute(
    request: Request,
    study: Study,
    paths: Mapping[str, Path],
    settings: Settings,
    keys: Mapping[str, str],
    selected: frozenset[str],
) -> tuple[dict[str, NotebookNode], list[str], tuple[str, ...]]:
    """Executed notebooks in order, from the cache where nothing they depend on has changed.

    Returns:
        The notebooks; the names of those executed now; notes for the person who asked.
    """
    import nbformat

    from analysis.report import parameters
    from analysis.report.progress import Progress

    ready = {name: _kept(key) for name, key in keys.items()}
    todo = {
        name: (path, {parameters.STUDY_PARAMETER: study.name, **settings.values[name]})
        for name, path in paths.items()
        if name in selected and (request.force or ready[name] is None)
    }
    fresh: dict[str, NotebookNode] = {}
    notes: tuple[str, ...] = ()
    if todo:
        from analysis.report.execute import run_notebooks

        _analyse(request, study, [values for _, values in todo.values()])
        with Progress(list(todo)) as progress:
            ran = run_notebooks(
                todo,
                study_path=study.path,
                jobs=request.jobs,
                on_cell=progress.cell,
                on_done=progress.done,
            )
        fresh, notes = ran.notebooks, ran.notes
        for name, notebook in fresh.items():
            store.keep(keys[name], nbformat.writes(notebook))
        if ran.failures:
            raise RunFailed(_keep_failed(request, study, ran.failures, settings))
    executed = {name: fresh.get(name) or ready[name] for name in paths}
    return {name: nb for name, nb in executed.items() if nb is not None}, list(todo), notes


def _analyse(
    request: Request, study: Study, of_notebooks: Sequence[Mapping[str, object]]
) -> None:
    """Compute beforehand, on all cores, what notebooks about the findings read.

    They are known by a parameter of their own, `n_boot_variants`.
    """
    from analysis import multiverse

    names = list(inspect.signature(multiverse.settings).parameters)
    wanted = [values for values in of_notebooks if "n_boot_variants" in values]
    if not study.findings or not wanted:
        return
    for values in {fingerprint.of(own): own for own in (
        {name: values[name] for name in names} for values in wanted
    )}.values():
        multiverse.compute(
            study, multiverse.settings(**values), scheduler=request.scheduler
        )


def _kept(key: str) -> NotebookNode | None:
    import nbformat

    text = store.load(key)
    return None if text is None else nbformat.reads(text, as_version=4)


def _keep_failed(request, study, failures, settings) -> list[str]:
    import nbformat

    target = _target(request, study, settings.changed)
    folder = target.parent / f"{target.name}.failed"
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for failure in failures:
        path = folder / f"{failure.notebook}.ipynb"
        path.write_text(nbformat.writes(failure.executed), "utf-8")
        lines.append(f"{failure.line()}; the notebook as far as it ran is in {path}")
    return lines


def _render(study, paths, settings, hashes, executed) -> dict[str, bytes]:
    from analysis.report.parameters import STUDY_PARAMETER
    from analysis.report.render import render_report

    shown = {
        name: [
            {
                "name": parameter.name,
                "value": settings.values[name][parameter.name],
                "default": settings.defaults[name][parameter.name],
                "help": parameter.help,
                "changed": parameter.name in settings.changed,
            }
            for parameter in settings.declared[name].values()
            if parameter.name != STUDY_PARAMETER
        ]
        for name in executed
    }
    provenance = {
        "hashes": {**hashes, "notebooks": {n: hashes["notebooks"][n] for n in executed}},
        "parameters": shown,
        "seed": _seed(settings, executed),
        "command": command(study.name, settings.changed),
    }
    return render_report(
        notebooks=executed,
        study={
            "name": study.name,
            "title": study.title,
            "question": study.question,
            "description": study.description,
            "groups": {group.id: group.label for group in study.groups.values()},
            "statements": study.statements.to_dict("records"),
        },
        provenance=provenance,
        texts=study.texts,
    )


def _seed(settings: Settings, executed: Mapping[str, NotebookNode]) -> object:
    """The seed of the notebooks that declare one; one name has one value everywhere."""
    return next(
        (settings.values[name]["seed"] for name in executed if "seed" in settings.values[name]),
        None,
    )


def command(study: str, changed: Mapping[str, object]) -> str:
    """The command that makes this report again."""
    flags = [word for name, value in changed.items() for word in ("-p", f"{name}={value}")]
    return shlex.join(["study", "run", f"data/{study}", *flags])


def _manifest(study, settings, hashes, files: Mapping[str, bytes], pages: list[str]) -> bytes:
    return _json(
        {
            "study_name": study.name,
            "changed": settings.changed,
            "pages": pages,
            "hashes": hashes,
            "inputs": study.files,
            "files": {name: fingerprint.sha256(data) for name, data in sorted(files.items())},
        }
    )


def _record(request: Request, started: datetime, seconds: float, ran: list[str]) -> bytes:
    return _json(
        {
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(seconds, 1),
            "executed": ran,
            "command": sys.argv,
            "study": str(request.study),
            "commit": _commit(),
            "host": platform.node(),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "packages": dict(
                sorted((d.metadata["Name"], d.version) for d in importlib.metadata.distributions())
            ),
        }
    )


def _commit() -> str:
    try:
        found = subprocess.run(
            ["git", "-C", str(places.package_dir()), "rev-parse", "HEAD"],
            capture_output=True, text=True, timeout=5, check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
