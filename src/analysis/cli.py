"""The command `study`."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis import cli_import
from analysis.errors import StudyError, shown

# Of the resamples behind the intervals of `validate`: the notebooks' default.
_SEED = 1

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

# The key of all readers' topic sheets.
_KEY = "topicsheet-key.csv"

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

_VALIDATE_EXAMPLE = """\
example:
  study validate data/channel-2015-2024 --coded my_codes.csv
  study validate data/channel-2015-2024 --coded anna.csv ben.csv eva.csv --json
  study validate data/channel-2015-2024 --equivalent my_pairs.csv
  study validate data/channel-2015-2024 --equivalent my_pairs.csv --json
  study validate data/channel-2015-2024 --intrusion topicsheet-anna.csv topicsheet-ben.csv

--coded: a CSV with the columns statement_id, text, frames (ids joined by ;) and commitment (0 to
3), one row a sentence; columns coder_1 …, commitment_1 … hold the codes of each coder. Filled
sheets of `study codesheet` are such files. Several files are adjudicated: the majority's frames,
the median commitment. The file is only scored; nothing is learnt from it.

--equivalent: a CSV with the columns topic, query_statement, query_starts_with, partner_statement
and partner_starts_with: which passage of another statement says the same as a given one. Passages
are named by how they begin. Several rows with one query and partner statement are one query with
several right answers.

--intrusion: filled sheets of `study topicsheet`, one a reader, and beside the first of them the
key that was written with them (or name it with --key).
"""

_CODESHEET_EXAMPLE = """\
example:
  study codesheet data/channel-2015-2024 --n 60 --coder anna
  study codesheet data/channel-2015-2024 --n 60 --coder ben --seed 1 --out ben.csv

Coders who are given the same --seed and --n get the same sentences, each in an order of their own.
Nothing the study has found or coded is on the sheet. `study validate --coded` reads it back.
"""

_TOPICSHEET_EXAMPLE = """\
example:
  study topicsheet data/channel-2015-2024 --coder anna
  study topicsheet data/channel-2015-2024 --coder ben --out sheets/ben.csv --key sheets/key.csv

Readers get the same items, each in an order of their own. Send each the sheet and the .txt beside
it; keep the key, which one file holds for all of them. `study validate --intrusion` scores the
sheets that come back.
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
    _add_validate(commands)
    _add_verify(commands)
    _add_diff(commands)
    _add_export(commands)
    _add_bundle(commands)
    _add_codesheet(commands)
    _add_topicsheet(commands)
    cli_import.add_commands(commands)
    return parser


def _add(
    commands, name: str, summary: str, example: str, action, *, study: str | None = None
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "study", metavar="STUDY", nargs=study, help="a study folder, or its name under data/"
    )
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
        help="compute the findings' analyses on a running Dask cluster (extra 'cluster')",
    )


def _add_check(commands) -> None:
    command = _add(
        commands, "check", "validate a study and run nothing", _CHECK_EXAMPLE, _check, study="?"
    )
    command.add_argument(
        "--self-test", action="store_true",
        help="see whether this copy recovers planted truths and other packages' values",
    )
    command.set_defaults(usage=command.error)


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
    judged.add_argument(
        "--intrusion", type=Path, nargs="+", metavar="FILE",
        help="topics against readers who looked for intruders",
    )
    command.add_argument(
        "--key", type=Path, metavar="FILE",
        help="the key of --intrusion (default: topicsheet-key.csv beside the first FILE)",
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
        "--seed", type=_seed, default=_SEED, metavar="N", help="of the draw (default %(default)s)"
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE",
        help="the sheet (default codesheet-NAME.csv); an existing file is never overwritten",
    )


def _add_topicsheet(commands) -> None:
    command = _add(
        commands, "topicsheet", "write a sheet on which a person tells topics from intruders",
        _TOPICSHEET_EXAMPLE, _topicsheet,
    )
    command.add_argument("--coder", required=True, metavar="NAME", help="who will fill it in")
    command.add_argument(
        "--seed", type=_seed, default=_SEED, metavar="N", help="of the draws (default %(default)s)"
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE",
        help="the sheet (default topicsheet-NAME.csv); an existing file is never overwritten",
    )
    command.add_argument(
        "--key", type=Path, metavar="FILE",
        help="the key of all readers (default: topicsheet-key.csv beside the sheet)",
    )


def _add_verify(commands) -> None:
    command = _add(
        commands, "verify", "run the study again and compare with its recorded report",
        _VERIFY_EXAMPLE, _verify,
    )
    command.add_argument(
        "--report", type=Path, metavar="DIR", help="the recorded report (default reports/STUDY)"
    )


def _add_diff(commands) -> None:
    command = commands.add_parser(
        "diff",
        help="compare two reports",
        description="Compare two reports: parameters, texts, findings, numbers.",
        epilog=_DIFF_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("first", type=Path, metavar="RUN_A", help="a report's folder")
    command.add_argument("second", type=Path, metavar="RUN_B", help="another report's folder")
    command.add_argument("--out", type=Path, metavar="FILE", help="also write the page FILE")
    command.set_defaults(action=_diff)


def _add_export(commands) -> None:
    command = _add(
        commands, "export", "write figures and tables for a paper", _EXPORT_EXAMPLE, _export
    )
    command.add_argument(
        "--to", type=Path, required=True, metavar="DIR", help="the export's folder"
    )
    _add_report(command)


def _add_bundle(commands) -> None:
    command = _add(
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


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number above 0")
    return value


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 2**32):
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 0 to 4294967295")
    return int(text)


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
        f"{study.name}: {len(study.statements)} statements, {len(units)} sentences, "
        f"{len(study.groups)} groups, {len(study.findings)} findings; no fault found"
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


def _validate(options: argparse.Namespace) -> int:
    import json

    from analysis.errors import BadParameter
    from analysis.study import load_study
    from analysis.study_files import find_study

    if options.key and not options.intrusion:
        raise BadParameter("--key: is the key of topic sheets; leave it out, or give --intrusion")
    study = load_study(find_study(options.study))
    judge = (
        _validate_intrusion if options.intrusion
        else _validate_coded if options.coded else _validate_equivalent
    )
    found, lines = judge(study, options)
    print(json.dumps(found, ensure_ascii=False, indent=2) if options.json else "\n".join(lines))
    return 0


def _validate_coded(study, options: argparse.Namespace) -> tuple[dict, list[str]]:
    from analysis import commitments, scoring
    from analysis.corpus import build

    corpus = build(study)
    levels = commitments.read(corpus)
    scored = scoring.score_files(corpus, options.coded, levels, seed=_SEED)
    return scoring.as_json(scored), scoring.reading(scored)


def _validate_equivalent(study, options: argparse.Namespace) -> tuple[dict, list[str]]:
    from analysis import equivalence
    from analysis.corpus import build

    corpus = build(study)
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


def _validate_intrusion(study, options: argparse.Namespace) -> tuple[dict, list[str]]:
    from analysis import intrusion, intrusion_scores

    key = intrusion.read_key(options.key or options.intrusion[0].parent / _KEY)
    answers = intrusion.read_sheets(options.intrusion, key)
    blocks, model = _topics_of(study)
    gone = intrusion.gone(key, model.words, blocks.words)
    if gone:
        print(
            f"study: note: {', '.join(gone)} of the key: no topic of the study has these words "
            "now; the scores are of the topics as they were",
            file=sys.stderr,
        )
    found = intrusion_scores.judged(answers, key)
    scores = (
        intrusion_scores.precision(found),
        intrusion_scores.log_odds(found, seed=_SEED),
        intrusion_scores.agreement(found),
    )
    return intrusion_scores.as_json(*scores), intrusion_scores.reading(*scores)


def _codesheet(options: argparse.Namespace) -> int:
    from analysis import codesheet, framing, new_files, sheets
    from analysis.corpus import build
    from analysis.errors import OutputProblem
    from analysis.study import load_study
    from analysis.study_files import find_study

    corpus = build(load_study(find_study(options.study)))
    matches = framing.frame_matches(corpus, framing.dictionary_of(corpus))
    sheet = codesheet.draw(corpus, matches, n=options.n, coder=options.coder, seed=options.seed)
    path = options.out or Path(sheets.file_name("codesheet", options.coder))
    beside = path.with_suffix(".txt")
    if beside == path:
        raise OutputProblem(f"{path.name}: the .txt beside the sheet needs a name of its own")
    new_files.write({
        path: codesheet.sheet_bytes(sheet),
        beside: codesheet.instructions(corpus, sheet).encode("utf-8"),
    })
    print(f"{path}: {len(sheet)} sentences to code; what to do stands in {beside.name}")
    return 0


def _topicsheet(options: argparse.Namespace) -> int:
    from analysis import intrusion, new_files, sheets
    from analysis.errors import BadStudy, OutputProblem
    from analysis.study import load_study
    from analysis.study_files import find_study

    path = options.out or Path(sheets.file_name("topicsheet", options.coder))
    beside, key_path = path.with_suffix(".txt"), options.key or path.parent / _KEY
    if len({path, beside, key_path}) < 3:
        raise OutputProblem(f"{path.name}: sheet, key and the .txt beside need names of their own")
    # Before topics are fitted, which takes half a minute.
    sheets.check_coder(options.coder)
    new_files.refuse_existing((path, beside))
    study = load_study(find_study(options.study))
    blocks, model = _topics_of(study)
    key = intrusion.items(
        model.words,
        blocks.words,
        model.shares[blocks.fitted],
        blocks.table["text"].iloc[blocks.fitted].tolist(),
        names=[f"T{k}" for k in range(1, len(model.words) + 1)],
        seed=options.seed,
    )
    if key.empty:
        raise BadStudy(
            f"{study.name}: too little text for two topics, so there is nothing to tell apart; "
            "add statements"
        )
    sheet = intrusion.sheet(key, coder=options.coder, seed=options.seed)
    files = {
        path: intrusion.sheet_bytes(sheet),
        beside: intrusion.instructions(sheet).encode("utf-8"),
    }
    sheets.write(files, shared={key_path: intrusion.key_bytes(key)})
    print(f"{path}: {len(sheet)} items; what to do stands in {beside.name}, the key in {key_path}")
    return 0


def _topics_of(study):
    """The blocks and topics of the study's page `3_topics`, as its parameters stand."""
    from analysis import topic_choice, topic_model, topics
    from analysis.corpus import build
    from analysis.places import notebooks_dir
    from analysis.report.parameters import settle

    notebooks = {path.stem: path for path in sorted(notebooks_dir().glob("[0-9]*.ipynb"))}
    settings = settle(notebooks, selected=frozenset(), study=study.parameters, given={})
    values = settings.values["3_topics"]
    corpus = build(
        study, boilerplate=values["include_boilerplate"], headings=values["include_headings"]
    )
    blocks = topics.block_counts(
        corpus, fold=values["fold_spelling"], unit=values["topic_unit"],
        anchors=values["use_anchors"],
    )
    kind, n = values["topic_model_kind"], values["n_topics"]
    if not n:
        n = topic_choice.choose(blocks, seed=values["seed"], kind=kind).n_topics
    return blocks, topic_model.fit(blocks, n_topics=n, kind=kind)


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
