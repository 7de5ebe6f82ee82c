"""The command `study`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis.errors import StudyError

# Of the resamples behind the intervals of `validate`: the notebooks' default.
_SEED = 1

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
"""

_VALIDATE_EXAMPLE = """\
example:
  study validate data/channel-2015-2024 --equivalent my_pairs.csv
  study validate data/channel-2015-2024 --equivalent my_pairs.csv --json

FILE is a CSV with the columns topic, query_statement, query_starts_with, partner_statement and
partner_starts_with: which passage of another statement says the same as a given one. Passages are
named by how they begin. Several rows with one query and partner statement are one query with
several right answers.
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
    except KeyboardInterrupt:
        print("study: interrupted; the previous report is untouched", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="study",
        description="Compare policy statements and write a report that can be checked.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_check(commands)
    _add_validate(commands)
    return parser


def _add(commands, name: str, summary: str, example: str, action) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("study", metavar="STUDY", help="a study folder, or its name under data/")
    command.set_defaults(action=action)
    return command


def _add_run(commands) -> None:
    summary = "execute the notebooks and write the report"
    command = _add(commands, "run", summary, _RUN_EXAMPLE, _run)
    command.add_argument(
        "--only", nargs="+", default=(), metavar="NAME", help="run these notebooks, e.g. 4_framing"
    )
    command.add_argument(
        "-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE",
        help="set a parameter of the notebooks; may be repeated",
    )
    command.add_argument("--params", type=Path, metavar="FILE", help="a YAML file of parameters")
    command.add_argument(
        "--jobs", type=_positive, default=min(2, os.cpu_count() or 1), metavar="N",
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
        help="compute the findings' analyses on a running Dask cluster (extra 'dask')",
    )


def _add_check(commands) -> None:
    _add(commands, "check", "validate a study and run nothing", _CHECK_EXAMPLE, _check)


def _add_validate(commands) -> None:
    command = _add(
        commands, "validate", "score the study's methods against judgements in a file",
        _VALIDATE_EXAMPLE, _validate,
    )
    judged = command.add_mutually_exclusive_group(required=True)
    judged.add_argument(
        "--equivalent", type=Path, metavar="FILE",
        help="passage matching against equivalent passages",
    )
    command.add_argument("--json", action="store_true", help="print JSON instead of lines")


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number above 0")
    return value


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
    from analysis import declarations
    from analysis.corpus import build
    from analysis.study import load_study
    from analysis.study_files import find_study

    study = load_study(find_study(options.study))
    declarations.check(study)
    units = build(study).units
    for warning in study.warnings:
        print(f"study: note: {warning}", file=sys.stderr)
    print(
        f"{study.name}: {len(study.statements)} statements, {len(units)} sentences, "
        f"{len(study.groups)} groups, {len(study.findings)} findings; no fault found"
    )
    return 0


def _validate(options: argparse.Namespace) -> int:
    import json

    from analysis import equivalence
    from analysis.corpus import build
    from analysis.study import load_study
    from analysis.study_files import find_study

    corpus = build(load_study(find_study(options.study)))
    queries, unmatched = equivalence.matched(
        equivalence.read(options.equivalent, corpus), corpus
    )
    found = equivalence.ranks(corpus, queries)
    table = equivalence.ranking(queries, found, seed=_SEED)
    if options.json:
        print(json.dumps(equivalence.as_json(table, unmatched), ensure_ascii=False, indent=2))
        return 0
    difference = equivalence.lead(queries, found, seed=_SEED)
    print("\n".join(equivalence.ranking_reading(table, difference, unmatched)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
