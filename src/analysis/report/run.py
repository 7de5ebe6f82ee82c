"""One run: check everything, execute what changed, render, move the whole report into place."""

from __future__ import annotations

import contextlib
import gc
import inspect
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from typing import TYPE_CHECKING

from analysis import fingerprint, places, store
from analysis.errors import BadParameter, RunFailed
from analysis.report import output, record, unchanged
from analysis.report.kernels import Source

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


@dataclass(frozen=True, slots=True)
class Material:
    """What pages, exports and bundles are made of.

    Attributes:
        study, settings: what was analysed, and with which values.
        hashes: of the study, the package, the lock and the notebooks.
        notebooks: name → executed notebook, in the order of reading.
        ran: names of those executed now, the others were kept.
        notes: for the person who asked.
    """

    study: Study
    settings: Settings
    hashes: Mapping[str, object]
    notebooks: Mapping[str, NotebookNode]
    ran: tuple[str, ...]
    notes: tuple[str, ...]


def material(
    request: Request, *, check: Callable[[Study, Settings], None], changed: bool = False
) -> Material:
    """Validate a study and execute its notebooks, as far as nothing kept can be used.

    Args:
        request: what is asked for.
        check: called with study and settings before anything is executed; raises to refuse.
        changed: whether notebooks are known to have to be executed.

    Raises:
        BadStudy, BadParameter: before anything is executed.
        RunFailed: a notebook stopped.
    """
    with Source(request.study) as source:
        if changed:
            source.begin(several=len(request.only) != 1)
        return _material(request, check, source)


def _material(request: Request, check: Callable[[Study, Settings], None], source: Source) -> Material:
    # Imported here: an unchanged report is told without them.
    from analysis import declarations
    from analysis.report import parameters
    from analysis.study import load_study

    study = load_study(request.study)
    declarations.check(study)
    paths = _notebooks(request.only)
    selected = _selected(request.only, paths)
    settings = parameters.settle(
        paths, selected=selected, study=study.parameters, given=dict(request.given)
    )
    check(study, settings)
    hashes = {
        "study": study.hash,
        "package": fingerprint.package(),
        "lock": fingerprint.lock(),
        "notebooks": {name: fingerprint.sha256(path.read_bytes()) for name, path in paths.items()},
    }
    keys = _page_keys(paths, settings, study)
    executed, ran, notes = _execute(request, study, paths, settings, keys, selected, source)
    return Material(study, settings, hashes, executed, tuple(ran), (*study.warnings, *notes))


def _made(request: Request) -> tuple[Done, dict[str, str]]:
    """Make the report; also the hashes of what the parameters name."""
    began = time.monotonic()
    started = datetime.now(UTC)
    with contextlib.ExitStack() as held:
        target = Path()

        def reserve(study: Study, settings: Settings) -> None:
            nonlocal target
            target = _target(request, study, settings.changed)
            held.enter_context(output.exclusive(target))
            output.refuse_foreign(target, study.name, settings.changed)

        made = material(request, check=reserve, changed=True)
        # The notebooks stay to the end: the collector need not look through them again and again.
        gc.freeze()
        files = rendered(made)
        files[output.MANIFEST] = record.manifest(
            made.study, made.settings, made.hashes, files, list(made.notebooks)
        )
        files[output.RUN_RECORD] = record.of_run(
            request.study, started, time.monotonic() - began, made.ran
        )
        output.move_in(target, files)
        _forget_failed(target)
    done = Done(index=target / INDEX, executed=made.ran, warnings=made.notes)
    values = made.settings.values
    named = fingerprint.named(v for own in values.values() for v in own.values())
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
    source: Source,
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

        _read_texts(request, study, [values for _, values in todo.values()])
        _analyse(request, study, [values for _, values in todo.values()])
        with Progress(list(todo)) as progress:
            ran = run_notebooks(
                todo,
                source=source,
                jobs=request.jobs,
                on_cell=progress.cell,
                on_done=progress.done,
                # At once, so that an interrupted run goes on with the notebooks that are left.
                on_executed=lambda name, nb: store.keep(keys[name], nbformat.writes(nb)),
            )
        fresh, notes = ran.notebooks, ran.notes
        if ran.failures:
            raise RunFailed(_keep_failed(request, study, ran.failures, settings))
    executed = {name: fresh.get(name) or ready[name] for name in paths}
    return {name: nb for name, nb in executed.items() if nb is not None}, list(todo), notes


@contextlib.contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar of chunks done, on a terminal."""
    from tqdm import tqdm

    with tqdm(total=1, desc=what, disable=not sys.stderr.isatty(), leave=False,
              bar_format="{desc}  {n}/{total}  {bar:20}  {elapsed}") as bar:

        def follow(done: int, of: int) -> None:
            bar.total, bar.n = of, done
            bar.refresh()

        yield follow


def _read_texts(
    request: Request, study: Study, of_notebooks: Sequence[Mapping[str, object]]
) -> None:
    """Part the texts of many statements into sentences beforehand, and match their frames, on all
    cores.

    The notebook that reads the frames of all is known by a parameter of its own, `kwic`.
    """
    from analysis import corpus, segments

    with _bar("texts") as follow:
        corpus.prepare(study, scheduler=request.scheduler, on_chunk=follow)
    wanted = [values for values in of_notebooks if "kwic" in values]
    if wanted and len(study.statements) >= segments.KEPT_FROM:
        from analysis import frame_passes

        names = ("include_boilerplate", "include_headings", "fold_spelling")
        with _bar("frames") as follow:
            frame_passes.prepare(study, scheduler=request.scheduler, on_chunk=follow,
                                 **{name: wanted[0][name] for name in names})


def _analyse(
    request: Request, study: Study, of_notebooks: Sequence[Mapping[str, object]]
) -> None:
    """Compute beforehand, on all cores, what notebooks about the findings read.

    They are known by a parameter of their own, `n_boot_variants`.
    """
    from analysis import multiverse, scale

    names = list(inspect.signature(multiverse.settings).parameters)
    wanted = [values for values in of_notebooks if "n_boot_variants" in values]
    if not study.findings or not wanted:
        return
    for values in {fingerprint.of(own): own for own in (
        {name: values[name] for name in names} for values in wanted
    )}.values():
        judged = scale.sampled(study, seed=values["seed"], most=scale.JUDGED)
        multiverse.compute(judged, multiverse.settings(**values), scheduler=request.scheduler)


def _kept(key: str) -> NotebookNode | None:
    import nbformat

    text = store.load(key)
    return None if text is None else nbformat.reads(text, as_version=4)


def _failed_folder(target: Path) -> Path:
    return target.parent / f"{target.name}.failed"


def _forget_failed(target: Path) -> None:
    """Remove what a run that failed left beside the report; anything else in it stays."""
    folder = _failed_folder(target)
    for path in folder.glob("*.ipynb"):
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


def _keep_failed(request, study, failures, settings) -> list[str]:
    import nbformat

    folder = _failed_folder(_target(request, study, settings.changed))
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for failure in failures:
        path = folder / f"{failure.notebook}.ipynb"
        path.write_text(nbformat.writes(failure.executed), "utf-8")
        lines.append(f"{failure.line()}; the notebook as far as it ran is in {path}")
    return lines


def rendered(made: Material, *, for_others: bool = False) -> dict[str, bytes]:
    """The report's files, without its manifest.

    Args:
        made: what `material` gave.
        for_others: whether they are to be passed on; see `render_report`.
    """
    from analysis.report.parameters import STUDY_PARAMETER
    from analysis.report.render import render_report

    study, settings, executed = made.study, made.settings, made.notebooks
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
        "hashes": {**made.hashes, "notebooks": {n: made.hashes["notebooks"][n] for n in executed}},
        "parameters": shown,
        "seed": _seed(settings, executed),
        "command": record.command(study.name, settings.changed),
    }
    paged, units = _paged(study, settings, executed)
    return render_report(
        notebooks=executed,
        study={
            "name": study.name,
            "title": study.title,
            "question": study.question,
            "description": study.description,
            "groups": {group.id: group.label for group in study.groups.values()},
            "statements": paged.statements.to_dict("records"),
            "total": len(study.statements),
        },
        provenance=provenance,
        texts=paged.texts,
        units=units,
        for_others=for_others,
    )


def _paged(study, settings, executed) -> tuple[Study, dict[str, dict] | None]:
    """The statements that get pages: of many those that are cited, with their units."""
    from analysis import corpus, scale, tables
    from analysis.report import cited
    from analysis.report.notebook_pages import tables_shown

    if not scale.many(study):
        return study, None
    ids = set(cited.statements(t for nb in executed.values() for t in tables_shown(nb)))
    paged = scale.restricted(study, ids)
    values = next(iter(settings.values.values()))
    read = corpus.build(
        paged, boilerplate=values["include_boilerplate"], headings=values["include_headings"]
    ) if ids else None
    return paged, {} if read is None else {
        "blocks": tables.payload(corpus.blocks_table(read), name="blocks", caption=""),
        "sentences": tables.payload(corpus.sentences_table(read), name="sentences", caption=""),
    }


def _seed(settings: Settings, executed: Mapping[str, NotebookNode]) -> object:
    """The seed of the notebooks that declare one; one name has one value everywhere."""
    return next(
        (settings.values[name]["seed"] for name in executed if "seed" in settings.values[name]),
        None,
    )
