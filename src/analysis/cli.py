"""The command `study`."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis import cli_import, cli_readers
from analysis.cli_parts import add, add_of_study, positive
from analysis.errors import StudyError, shown
from analysis.plural import counted


# What the operating system may refuse at any file, and what helps.
_REFUSED = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room",
    errno.EFBIG: "allow larger files (ulimit -f)",
    errno.EROFS: "make the place writable, or name another",
    errno.EACCES: "get the right to it",
    errno.EPERM: "get the right to it",
    errno.EIO: "see to the disk",
    errno.ESTALE: "see to the disk",
    errno.EMFILE: "allow more open files (ulimit -n)",
    errno.ENFILE: "close other programs",
    errno.ENAMETOOLONG: "use shorter names",
}

# What a command that did not end says of what stood before.
_KEPT = {
    "run": "; the previous report is untouched, and what was finished need not be done again",
    "export": "; an export that stood there is untouched",
    "bundle": "; a bundle that stood there is untouched",
}

_RUN_EXAMPLE = """\
example:
  study run data/channel-2015-2024
  study run data/channel-2015-2024 --only 4_framing -p n_boot=500
  study run data/channel-2015-2024 --grid grid.yaml

A run with parameters of your own writes to its own folder, named after them.
"""

_CHECK_EXAMPLE = """\
example:
  study check data/channel-2015-2024
  study check --self-test
"""

_VERIFY_EXAMPLE = """\
example:
  study verify data/channel-2015-2024
  study verify data/channel-2015-2024 --report reports/channel-2015-2024--n_boot=500

Takes nothing from the cache. Exits 1 if any page, table or figure comes out otherwise.
"""

_DIFF_EXAMPLE = """\
example:
  study diff reports/channel-2015-2024 reports/channel-2015-2024--n_boot=500
  study diff reports/a reports/b --out a-and-b.html
"""

_EXPORT_EXAMPLE = """\
example:
  study export data/channel-2015-2024 --to paper
  study export data/channel-2015-2024 --to paper --report reports/channel-2015-2024--n_boot=500

Writes each figure as SVG, PDF and PNG at the width of one and of two columns, each table as LaTeX,
Word and CSV, with caption, notes, alternative text and source as text beside them; methods.md and
references.bib; and findings.pdf, if a Chrome or Chromium is installed. Executes only what has
changed. A folder that is no export, or in which somebody changed a file, is left as it is.
"""

_BUNDLE_EXAMPLE = """\
example:
  study bundle data/channel-2015-2024
  study bundle data/channel-2015-2024 --anonymous --out for-review.zip

One zip: a start page, the report, the notebooks, the code, the study as far as it may be passed on,
and RO-Crate metadata. Of statements not recorded as cleared for redistribution it holds the cited
sentences and one neighbour each. --anonymous takes out the authors (of CITATION.cff, pyproject.toml,
the licence and git), repository, commit, citation and the notebooks' metadata.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 done, 1 the study or its data are at fault, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return options.action(options)
    except StudyError as error:
        for fault in error.faults:
            print(f"study: {' '.join(fault.split())}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
        print(
            f"study: {shown(error.filename or 'a file')}: {error.strerror.lower()}; "
            f"{_REFUSED[error.errno]} and give the command again{_KEPT.get(options.command, '')}",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print(f"study: interrupted{_KEPT.get(options.command, '')}", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="study",
        description="Compare policy statements and write a report that can be checked.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_check(commands)
    _add_verify(commands)
    _add_diff(commands)
    _add_export(commands)
    _add_bundle(commands)
    cli_readers.add_commands(commands)
    cli_import.add_commands(commands)
    return parser


def _add_run(commands) -> None:
    summary = "execute the notebooks and write the report"
    command = add_of_study(commands, "run", summary, _RUN_EXAMPLE, _run)
    command.add_argument(
        "--only", nargs="+", default=(), metavar="NAME", help="run these notebooks, e.g. 4_framing"
    )
    command.add_argument(
        "-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE",
        help="set a parameter of the notebooks; may be repeated",
    )
    command.add_argument("--params", type=Path, metavar="FILE", help="a YAML file of parameters")
    command.add_argument(
        "--jobs", type=positive, default=min(2, os.cpu_count() or 1), metavar="N",
        help="notebooks at once (default %(default)s)",
    )
    command.add_argument(
        "--out", type=Path, metavar="DIR", help="the report's folder (default reports/STUDY)"
    )
    command.add_argument(
        "--force", action="store_true", help="execute notebooks even if nothing has changed"
    )
    command.add_argument(
        "--grid", type=Path, metavar="FILE",
        help="a YAML file, NAME: [VALUE, VALUE]; a report for each combination of these "
        "parameters, and a page that compares the findings",
    )
    command.add_argument(
        "--scheduler", default="", metavar="ADDRESS",
        help="compute the findings' analyses on a running Dask cluster (extra 'cluster')",
    )


def _add_check(commands) -> None:
    command = add_of_study(
        commands, "check", "validate a study and run nothing", _CHECK_EXAMPLE, _check, study="?"
    )
    command.add_argument(
        "--self-test", action="store_true",
        help="see whether this copy recovers planted truths and other packages' values",
    )
    command.set_defaults(usage=command.error)


def _add_verify(commands) -> None:
    command = add_of_study(
        commands, "verify", "run the study again and compare with its recorded report",
        _VERIFY_EXAMPLE, _verify,
    )
    command.add_argument(
        "--report", type=Path, metavar="DIR", help="the recorded report (default reports/STUDY)"
    )


def _add_diff(commands) -> None:
    summary = "compare two reports: parameters, texts, findings, numbers"
    command = add(commands, "diff", summary, _DIFF_EXAMPLE, _diff)
    command.add_argument("first", type=Path, metavar="RUN_A", help="a report's folder")
    command.add_argument("second", type=Path, metavar="RUN_B", help="another report's folder")
    command.add_argument("--out", type=Path, metavar="FILE", help="also write the page FILE")


def _add_export(commands) -> None:
    command = add_of_study(
        commands, "export", "write figures and tables for a paper", _EXPORT_EXAMPLE, _export
    )
    command.add_argument(
        "--to", type=Path, required=True, metavar="DIR", help="the export's folder"
    )
    _add_report(command)


def _add_bundle(commands) -> None:
    command = add_of_study(
        commands, "bundle", "write one zip for reviewers and archives", _BUNDLE_EXAMPLE, _bundle
    )
    command.add_argument(
        "--anonymous", action="store_true", help="take out who made the study, and say so"
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE",
        help="the zip (default STUDY-bundle.zip or STUDY-anonymous.zip); never overwritten",
    )
    _add_report(command)


def _add_report(command) -> None:
    command.add_argument(
        "--report", type=Path, metavar="DIR",
        help="a report whose notebooks and parameters are used (default: all of the study's)",
    )


def _run(options: argparse.Namespace) -> int:
    from analysis.report import parameters
    from analysis.report.run import Request, run
    from analysis.study_files import find_study

    given: dict[str, tuple[object, str]] = {}
    if options.params is not None:
        for name, value in parameters.read_file(options.params).items():
            given[name] = (value, f"--params {options.params.name}")
    for text in options.parameters:
        name, value = parameters.read_assignment(text)
        given[name] = (value, f"-p {text}")
    request = Request(
        study=find_study(options.study),
        only=tuple(options.only),
        given=given,
        out=options.out,
        jobs=options.jobs,
        force=options.force,
        scheduler=options.scheduler,
    )
    if options.grid is not None:
        from analysis.report.run import run_grid

        print(run_grid(request, options.grid))
        return 0
    done = run(request)
    for warning in done.warnings:
        print(f"study: note: {warning}", file=sys.stderr)
    if not done.executed:
        print("nothing has changed; no notebook was executed", file=sys.stderr)
    print(done.index)
    return 0


def _check(options: argparse.Namespace) -> int:
    if options.self_test:
        failed = _self_test()
        if failed or options.study is None:
            return failed
    elif options.study is None:
        options.usage("the following arguments are required: STUDY")
    from analysis import declarations
    from analysis.corpus import build
    from analysis.study import load_study
    from analysis.study_files import find_study
    from analysis.weaknesses import weaknesses

    study = load_study(find_study(options.study))
    declarations.check(study)
    corpus = build(study)
    units = corpus.units
    for warning in (*study.warnings, *weaknesses(corpus)):
        print(f"study: note: {warning}", file=sys.stderr)
    print(
        f"{study.name}: {counted(len(study.statements), 'statement')}, "
        f"{counted(len(units), 'sentence')}, {counted(len(study.groups), 'group')}, "
        f"{counted(len(study.findings), 'finding')}; no fault found"
    )
    return 0


def _self_test() -> int:
    from analysis import self_test
    from analysis.errors import StudyError

    done = []
    for check in self_test.checks():
        print(check.line(), flush=True)
        done.append(check)
    wrong = [check.what for check in done if not check.passed]
    if wrong:
        raise StudyError(
            f"self-test: {len(wrong)} of {len(done)} checks failed ({'; '.join(wrong)}): do not "
            "use this copy; install the locked packages anew"
        )
    print(f"self-test: {len(done)} checks, all passed")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from analysis.report import verify
    from analysis.study_files import find_study

    study = find_study(options.study)
    report = options.report or Path.cwd() / "reports" / study.name
    certificate = verify.verify(study, report)
    print("\n".join(verify.lines(certificate)))
    return 0 if certificate.reproduced else 1


def _diff(options: argparse.Namespace) -> int:
    from analysis import new_files
    from analysis.report import diff

    found = diff.difference(options.first, options.second)
    print("\n".join(diff.lines(found)))
    if options.out is not None:
        new_files.write({options.out: diff.page(found).encode("utf-8")})
    return 0


def _export(options: argparse.Namespace) -> int:
    from analysis.report.export import export
    from analysis.study_files import find_study

    done = export(find_study(options.study), options.to, report=options.report)
    for note in done.notes:
        print(f"study: note: {note}", file=sys.stderr)
    print(f"{done.folder}: {done.figures} figures, {done.tables} tables")
    return 0


def _bundle(options: argparse.Namespace) -> int:
    from analysis.report.bundle import bundle
    from analysis.study_files import find_study

    study = find_study(options.study)
    kind = "anonymous" if options.anonymous else "bundle"
    done = bundle(
        study, options.out or Path(f"{study.name}-{kind}.zip"), hide_authors=options.anonymous,
        report=options.report,
    )
    for line in done.left_out:
        print(f"not passed on: {line}")
    for line in done.removed:
        print(f"removed: {line}")
    print(f"{done.path}: {done.files} files; open {done.start} in it")
    return 0
