"""The commands for and with readers: `study validate`, `study codesheet`, `study topicsheet`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analysis.cli_parts import add_of_study, positive, seed
from analysis.plural import counted

# Of the resamples behind the intervals of `validate`: the notebooks' default.
_SEED = 1

# The key of all readers' topic sheets.
_KEY = "topicsheet-key.csv"

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


def add_commands(commands) -> None:
    """Add the three commands to the parser's."""
    _add_validate(commands)
    _add_codesheet(commands)
    _add_topicsheet(commands)


def _add_validate(commands) -> None:
    command = add_of_study(
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
    command = add_of_study(
        commands, "codesheet", "draw sentences for a person to code, blind",
        _CODESHEET_EXAMPLE, _codesheet,
    )
    command.add_argument(
        "--n", type=positive, required=True, metavar="N", help="sentences on the sheet"
    )
    command.add_argument("--coder", required=True, metavar="NAME", help="who will fill it in")
    command.add_argument(
        "--seed", type=seed, default=_SEED, metavar="N", help="of the draw (default %(default)s)"
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE",
        help="the sheet (default codesheet-NAME.csv); an existing file is never overwritten",
    )


def _add_topicsheet(commands) -> None:
    command = add_of_study(
        commands, "topicsheet", "write a sheet on which a person tells topics from intruders",
        _TOPICSHEET_EXAMPLE, _topicsheet,
    )
    command.add_argument("--coder", required=True, metavar="NAME", help="who will fill it in")
    command.add_argument(
        "--seed", type=seed, default=_SEED, metavar="N", help="of the draws (default %(default)s)"
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE",
        help="the sheet (default topicsheet-NAME.csv); an existing file is never overwritten",
    )
    command.add_argument(
        "--key", type=Path, metavar="FILE",
        help="the key of all readers (default: topicsheet-key.csv beside the sheet)",
    )


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
    print(f"{path}: {counted(len(sheet), 'sentence')} to code; what to do stands in {beside.name}")
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
