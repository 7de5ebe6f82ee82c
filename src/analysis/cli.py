"""The command `study`."""

from __future__ import annotations

import argparse
import json
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

A run with parameters of your own writes to its own folder, named after them.
"""

_CHECK_EXAMPLE = """\
example:
  study check data/channel-2015-2024
"""

_VALIDATE_EXAMPLE = """\
example:
  study validate data/channel-2015-2024 --coded my_codes.csv
  study validate data/channel-2015-2024 --coded anna.csv ben.csv eva.csv --json
  study validate data/channel-2015-2024 --equivalent my_pairs.csv

--coded: a CSV with the columns statement_id, text, frames (ids joined by ;) and commitment (0 to
3), one row a sentence; columns coder_1 …, commitment_1 … hold the codes of each coder. Filled
sheets of `study codesheet` are such files. Several files are adjudicated: the majority's frames,
the median commitment. The file is only scored; nothing is learnt from it.

--equivalent: a CSV with the columns topic, query_statement, query_starts_with, partner_statement
and partner_starts_with: which passage of another statement says the same as a given one. Passages
are named by how they begin. Several rows with one query and partner statement are one query with
several right answers.
"""

_CODESHEET_EXAMPLE = """\
example:
  study codesheet data/channel-2015-2024 --n 60 --coder anna
  study codesheet data/channel-2015-2024 --n 60 --coder ben --seed 1 --out ben.csv

Coders who are given the same --seed and --n get the same sentences, each in an order of their own.
Nothing the study has found or coded is on the sheet. `study validate --coded` reads it back.
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
    _add_codesheet(commands)
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


def _add_check(commands) -> None:
    _add(commands, "check", "validate a study and run nothing", _CHECK_EXAMPLE, _check)


def _add_validate(commands) -> None:
    command = _add(
        commands, "validate", "score the study's methods against judgements in a file",
        _VALIDATE_EXAMPLE, _validate,
    )
    judged = command.add_mutually_exclusive_group(required=True)
    judged.add_argument(
        "--coded", type=Path, nargs="+", metavar="FILE",
        help="frames and commitments against coded sentences",
    )
    judged.add_argument(
        "--equivalent", type=Path, metavar="FILE",
        help="passage matching against equivalent passages",
    )
    command.add_argument("--json", action="store_true", help="print JSON instead of lines")


def _add_codesheet(commands) -> None:
    command = _add(
        commands, "codesheet", "draw sentences for a person to code, blind",
        _CODESHEET_EXAMPLE, _codesheet,
    )
    command.add_argument(
        "--n", type=_positive, required=True, metavar="N", help="sentences on the sheet"
    )
    command.add_argument("--coder", required=True, metavar="NAME", help="who will fill it in")
    command.add_argument(
        "--seed", type=int, default=_SEED, help="of the draw (default %(default)s)"
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE",
        help="the sheet (default codesheet-NAME.csv); an existing file is never overwritten",
    )


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
    from analysis.study import find_study

    given: dict[str, tuple[object, str]] = {}
    if options.params is not None:
        for name, value in parameters.read_file(options.params).items():
            given[name] = (value, f"--params {options.params.name}")
    for text in options.parameters:
        name, value = parameters.read_assignment(text)
        given[name] = (value, f"-p {text}")
    done = run(
        Request(
            study=find_study(options.study),
            only=tuple(options.only),
            given=given,
            out=options.out,
            jobs=options.jobs,
            force=options.force,
        )
    )
    for warning in done.warnings:
        print(f"study: note: {warning}", file=sys.stderr)
    if not done.executed:
        print("nothing has changed; no notebook was executed", file=sys.stderr)
    print(done.index)
    return 0


def _check(options: argparse.Namespace) -> int:
    from analysis import findings
    from analysis.corpus import build
    from analysis.study import find_study, load_study

    study = load_study(find_study(options.study))
    findings.check(study)
    units = build(study).units
    for warning in study.warnings:
        print(f"study: note: {warning}", file=sys.stderr)
    print(
        f"{study.name}: {len(study.statements)} statements, {len(units)} sentences, "
        f"{len(study.groups)} groups, {len(study.findings)} findings; no fault found"
    )
    return 0


def _validate(options: argparse.Namespace) -> int:
    from analysis.corpus import build
    from analysis.study import find_study, load_study

    corpus = build(load_study(find_study(options.study)))
    judge = _validate_coded if options.coded else _validate_equivalent
    found, lines = judge(corpus, options)
    print(json.dumps(found, ensure_ascii=False, indent=2) if options.json else "\n".join(lines))
    return 0


def _validate_coded(corpus, options: argparse.Namespace) -> tuple[dict, list[str]]:
    from analysis import commitments, scoring

    levels = commitments.read(corpus)
    scored = scoring.score_files(corpus, options.coded, levels, seed=_SEED)
    return scoring.as_json(scored), scoring.reading(scored)


def _validate_equivalent(corpus, options: argparse.Namespace) -> tuple[dict, list[str]]:
    from analysis import equivalence

    queries, unmatched = equivalence.matched(
        equivalence.read(options.equivalent, corpus), corpus
    )
    found = equivalence.ranks(corpus, queries)
    table = equivalence.ranking(queries, found, seed=_SEED)
    difference = equivalence.lead(queries, found, seed=_SEED)
    return (
        equivalence.as_json(table, unmatched),
        equivalence.ranking_reading(table, difference, unmatched),
    )


def _codesheet(options: argparse.Namespace) -> int:
    from analysis import codesheet, framing
    from analysis.corpus import build
    from analysis.study import find_study, load_study

    corpus = build(load_study(find_study(options.study)))
    matches = framing.frame_matches(corpus, framing.dictionary_of(corpus))
    sheet = codesheet.draw(
        corpus, matches, n=options.n, coder=options.coder, seed=options.seed
    )
    path = options.out or Path(codesheet.file_name(options.coder))
    beside = codesheet.write(sheet, codesheet.instructions(corpus, sheet), path)
    print(f"{path}: {len(sheet)} sentences to code; what to do stands in {beside.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
