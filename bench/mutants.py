"""Do the tests notice when one operator, number or condition of the computing code is wrong?

    python bench/mutants.py                              300 of each group, hours; kept ones are not redone
    python bench/mutants.py --only inference --most 40   a look at one group
    python bench/mutants.py --again                      those that lived are tried once more
    python bench/mutants.py --only inference --most 3 --tests inference --runs some.csv   a sample
    python bench/mutants.py --report-only                docs/mutants.md from the runs

A mutant is a module with one change: a comparison, an arithmetic or logical operator, a `not`, a
number, True or False. Not changed: texts, annotations, tables' columns, what is raised, decorators,
the `strict` of zip, which only guards against lists of unequal length.
Mutants are drawn with a seed, all of a group if there are fewer. Once, all tests but those that start
kernels or a browser run under a tracer, which finds what lines of these modules each test executes.
Then the tests that execute the mutant's line run in a copy of this process, quick ones first, until
one fails; nothing on disk is changed. Keeps one row a mutant in bench/mutants.csv. The mark
`equivalent` and its reason are written into the row by hand.
"""

from __future__ import annotations

import argparse
import ast
import csv
import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import random
import signal
import sys
import time
import types
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import kept

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "analysis"
RUNS, PAGE = ROOT / "bench" / "mutants.csv", ROOT / "docs" / "mutants.md"
FIELDS = ("group", "module", "function", "number", "was", "is", "result", "reason")

#: Group → its modules.
GROUPS = {
    "inference": ["inference"],
    "tokens": ["tokens"],
    "similarity": ["similarity", "likeness", "equal_length"],
    "validation": ["validation", "agreement"],
    "framing": ["framing", "dictionary", "phrases"],
    # Not commitment_patterns: what it compiles is kept, so that its mutants change nothing.
    "commitments": ["commitments", "commitment_rules", "commitment_clauses",
                    "commitment_particulars"],
    "prevalence": ["prevalence", "rectify"],
    "wording": ["keyness", "contingency", "permutation", "collocations"],
}
TARGETS = {str(PACKAGE / f"{name}.py"): name for names in GROUPS.values() for name in names}

#: Tests that start kernels, whole runs or a browser, or look at files only.
SLOW = {
    "adapting", "classroom", "compare", "export", "faults", "fuzz", "grid", "hostile", "house",
    "importing", "intrusion", "load", "made", "malformed", "mutants", "other_studies", "render", "run",
    "same_bytes", "sentence_browser", "setup", "shipped_report", "supply", "teaching", "unchanged", "warm",
    "workers", "topics", "topic_choice", "topic_effects", "safe_yaml", "paper", "multiverse",
}
NUMBER, SEED = 300, 1

# Seconds of tests, as they took undisturbed: of a first look, and of all that a mutant is held to.
FIRST, WHOLE = 3, 120

# A mutant that hangs is noticed by that.
PATIENCE = 300

_COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
             ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot,
             ast.IsNot: ast.Is}
_COMPUTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
             ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr,
             ast.BitOr: ast.BitAnd}
_SKIPPED = (ast.Raise, ast.JoinedStr, ast.arguments, ast.AnnAssign)


def places(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes that can be changed, in order; annotations, texts and what is raised left out."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, _SKIPPED):
            # A default of an argument and a value that is annotated are computing code.
            given = [*getattr(node, "defaults", ()), *filter(None, getattr(node, "kw_defaults", ())),
                     *filter(None, [getattr(node, "value", None)])]
            waiting = (given if isinstance(node, (ast.arguments, ast.AnnAssign)) else []) + waiting
            continue
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Column":
            continue
        if isinstance(node, ast.keyword) and node.arg == "strict":
            continue
        if _changes(node):
            yield node
        inside = list(ast.iter_child_nodes(node))
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            inside = [child for child in inside if child not in node.decorator_list]
            inside = [child for child in inside if child is not getattr(node, "returns", None)]
        waiting = inside + waiting


def _changes(node: ast.AST) -> list[ast.AST]:
    """What a node can be changed into."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        return [ast.Compare(node.left, [_COMPARED[type(node.ops[0])](), *node.ops[1:]],
                            node.comparators)]
    if isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        return [ast.BinOp(node.left, _COMPUTED[type(node.op)](), node.right)]
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return [ast.BoolOp(other, node.values)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub, ast.Invert)):
        return [node.operand]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return [ast.Constant(not node.value)]
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return [ast.Constant(node.value + 1)]
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        return [ast.Constant(node.value * 1.5 if node.value else 0.5)]
    return []


def known_by(source: str) -> list[tuple[str, str, str, str]]:
    """By what each place is known however the lines move: its function, which of equal changes in
    it this is, what it was and what it is."""
    tree, around = ast.parse(source), {}

    def enter(node: ast.AST, name: str) -> None:
        for child in ast.iter_child_nodes(node):
            inside = isinstance(child, (ast.FunctionDef, ast.ClassDef))
            around[child] = f"{name}.{child.name}".strip(".") if inside else name
            enter(child, around[child])

    enter(tree, "")
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for node in places(tree):
        change = around[node], ast.unparse(node)[:80], ast.unparse(_changes(node)[0])[:80]
        seen[change] += 1
        found.append((change[0], str(seen[change]), *change[1:]))
    return found


def mutant(source: str, number: int) -> tuple[str, ast.AST, str, str]:
    """The module with its place of this number changed, the node, what it was and what it is."""
    tree = ast.parse(source)
    node = list(places(tree))[number]
    was, [new] = ast.unparse(node), _changes(node)

    class Change(ast.NodeTransformer):
        def visit(self, other: ast.AST) -> ast.AST:
            return ast.copy_location(new, node) if other is node else self.generic_visit(other)

    changed = ast.fix_missing_locations(Change().visit(tree))
    return ast.unparse(changed), node, was, ast.unparse(new)


def install(module: str, source: str, line: int) -> None:
    """Put the functions and constants of a changed source in place of a loaded module's own.

    Args:
        line: where the change stands in the source as it was.
    """
    names = {
        target.id
        for statement in ast.parse((PACKAGE / f"{module}.py").read_text("utf-8")).body
        if isinstance(statement, ast.Assign) and statement.lineno <= line <= statement.end_lineno
        for target in statement.targets if isinstance(target, ast.Name)
    }
    own = sys.modules[f"analysis.{module}"]
    new = {"__name__": own.__name__, "__file__": own.__file__}
    # Dataclasses look up the module they stand in.
    exec(compile(source, own.__file__, "exec"), new)
    for name, value in list(vars(own).items()):
        if name.startswith("__") or name not in new:
            continue
        if isinstance(value, type) and value.__module__ == own.__name__:
            for part, inner in list(vars(value).items()):
                if part in vars(new[name]) and not _swapped(inner, vars(new[name])[part]):
                    if _other(inner, vars(new[name])[part]):
                        setattr(value, part, vars(new[name])[part])
        elif getattr(value, "__module__", own.__name__) == own.__name__ and (
            not _swapped(value, new[name]) and (_other(value, new[name]) or name in names)
        ):
            for other in list(sys.modules.values()):
                if vars(other).get(name) is value if hasattr(other, "__dict__") else False:
                    setattr(other, name, new[name])


def _swapped(old: object, new: object) -> bool:
    """Does a function now do what its changed copy does? False for what is no function."""
    if hasattr(old, "cache_clear"):
        old.cache_clear()
    for inside in ("__wrapped__", "__func__", "fget", "func"):
        if hasattr(old, inside) and hasattr(new, inside):
            return _swapped(getattr(old, inside), getattr(new, inside))
    if not isinstance(old, types.FunctionType) or not isinstance(new, types.FunctionType):
        return False
    if old.__code__.co_freevars != new.__code__.co_freevars:
        return False
    old.__code__, old.__defaults__ = new.__code__, new.__defaults__
    old.__kwdefaults__ = new.__kwdefaults__
    for cell, changed in zip(old.__closure__ or (), new.__closure__ or (), strict=True):
        if _other(cell.cell_contents, changed.cell_contents):
            cell.cell_contents = changed.cell_contents
    return True


def _other(old: object, new: object) -> bool:
    """Are two plain values different?"""
    plain = (bool, int, float, str, bytes, tuple, frozenset, list, dict, set)
    if not isinstance(old, plain) or not isinstance(new, plain):
        return False
    return repr(old) != repr(new)


class _Traced:
    """A plugin of pytest: which lines of the targets each test executes, and how long it takes."""

    def __init__(self) -> None:
        self.lines: dict[str, set[str]] = {}
        self.seconds: dict[str, float] = {}
        self.seen: set[str] = set()

    def follow(self, frame, event, argument):
        """Called for every frame; only frames of the targets are followed line by line."""
        name = TARGETS.get(frame.f_code.co_filename)
        if name is None:
            return None

        def line(frame, event, argument):
            self.seen.add(f"{name}:{frame.f_lineno}")
            return line

        return line(frame, event, argument)

    @property
    def hooks(self):
        import pytest

        traced = self

        class Hooks:
            @pytest.hookimpl(wrapper=True)
            def pytest_runtest_protocol(self, item, nextitem):
                traced.seen = set()
                began = time.monotonic()
                sys.settrace(traced.follow)
                try:
                    return (yield)
                finally:
                    sys.settrace(None)
                    traced.seconds[item.nodeid] = time.monotonic() - began
                    traced.lines[item.nodeid] = traced.seen

            @pytest.hookimpl(wrapper=True)
            def pytest_runtest_setup(self, item):
                # What a fixture of the file executes holds all tests of the file.
                before, traced.seen = traced.seen, set()
                try:
                    return (yield)
                finally:
                    file = item.nodeid.partition("::")[0]
                    traced.lines.setdefault(file, set()).update(traced.seen)
                    traced.seen |= before

        return Hooks()


def _pytest(arguments: list[str], *plugins) -> int:
    import pytest

    return int(pytest.main(
        ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist",
         f"--rootdir={ROOT}", *arguments], plugins=list(plugins)))


def _in_a_copy(work: Callable[[], int], patience: float = PATIENCE) -> int:
    """Exit code of a call in a copy of this process that says nothing; 124 if it does not end."""
    child = os.fork()
    if not child:
        code = 70
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            code = work()
        finally:
            os._exit(code)
    began = time.monotonic()
    while time.monotonic() - began < patience:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 124


def files_of_tests(names: Sequence[str] = ()) -> list[Path]:
    """Those of these names; else all that are not `SLOW`."""
    found = {path.stem.removeprefix("test_"): path for path in (ROOT / "tests").glob("test_*.py")}
    return [found[name] for name in sorted(names or found.keys() - SLOW)]


def traced(files: Sequence[Path]) -> tuple[dict[str, set[str]], dict[str, float]]:
    """Test → lines of the targets it executes, and its seconds; kept a file of tests as long as
    neither it nor a target changes."""
    targets = hashlib.sha256(b"".join(Path(path).read_bytes() for path in TARGETS))
    place = ROOT / "build" / "traced.json"
    found = json.loads(place.read_text("utf-8")) if place.exists() else {}
    digests = {
        path.name: hashlib.sha256(targets.digest() + path.read_bytes()).hexdigest()
        for path in files
    }
    stale = [name for name, digest in digests.items() if found.get(name, {}).get("hash") != digest]
    if stale:
        print(f"{len(stale)} files of tests are run once under a tracer", flush=True)
        place.parent.mkdir(exist_ok=True)

        def work() -> int:
            new = _Traced()
            code = _pytest([str(ROOT / "tests" / name) for name in stale], new.hooks)
            for name in stale:
                test = f"tests/{name}"
                found[name] = {
                    "hash": digests[name],
                    "seconds": {t: s for t, s in new.seconds.items() if t.startswith(f"{test}::")},
                    "lines": {t: sorted(own) for t, own in new.lines.items()
                              if t.partition("::")[0] == test},
                }
            place.write_text(json.dumps(found), "utf-8")
            return code

        if code := _in_a_copy(work, patience=7200):
            place.unlink(missing_ok=True)
            raise SystemExit(f"the tests fail on the code as it is ({code})")
        found = json.loads(place.read_text("utf-8"))
    own = [found[name] for name in digests]
    return (
        {test: set(lines) for one in own for test, lines in one["lines"].items()},
        {test: seconds for one in own for test, seconds in one["seconds"].items()},
    )


def holding(module: str, node: ast.AST, lines, seconds) -> list[str]:
    """The tests that execute a node, quick files first; those of the whole module for a constant."""
    own = {f"{module}:{line}" for line in range(node.lineno, node.end_lineno + 1)}
    ran = {test for test, found in lines.items() if "::" in test and found & own}
    files = {name for name, found in lines.items() if "::" not in name and found & own}
    chosen = [test for test in seconds if test in ran or test.partition("::")[0] in files]
    if not chosen:
        prefix = f"{module}:"
        inside = {name for name, found in lines.items() if any(x.startswith(prefix) for x in found)}
        chosen = [test for test in seconds if test in inside or test.partition("::")[0] in inside]
    return sorted(chosen, key=seconds.get)


def survives(module: str, source: str, line: int, tests: list[str], seconds: dict[str, float],
             items, limits: tuple[float, ...] = (FIRST, WHOLE)) -> bool:
    """Do these tests pass with this source of a module?

    Args:
        line: where the change stands; 0 for none.
        limits: seconds of tests, quick ones first.
        items: test → pytest's item, in the order of the files.
    """
    parts, at = [], 0
    for limit in limits:
        part, spent = [], 0.0
        while at < len(tests) and (not part or spent + seconds[tests[at]] <= limit):
            spent += seconds[tests[at]]
            part.append(tests[at])
            at += 1
        parts.append([item for name, item in items.items() if name in set(part)])

    def work() -> int:
        from _pytest.runner import runtestprotocol

        install(module, source, line)
        for part in parts:
            for item, following in zip(part, [*part[1:], None], strict=False):
                if any(r.failed for r in runtestprotocol(item, nextitem=following, log=False)):
                    return 1
        return 0

    return _in_a_copy(work) == 0


def drawn(group: str) -> list[tuple[str, int]]:
    """The mutants of a group: module and number of the place, in the order in which they are tried."""
    every = [
        (module, number)
        for module in GROUPS[group]
        for number, _ in enumerate(places(ast.parse((PACKAGE / f"{module}.py").read_text("utf-8"))))
    ]
    random.Random(f"{SEED} {group}").shuffle(every)
    return every[:NUMBER]


def run(
    groups: list[str], most: int, *, runs: Path, files: Sequence[Path], again: bool,
    part: tuple[int, int],
) -> None:
    """Try the mutants of these groups that are not kept; only each `part[1]`-th of them."""
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    lines, seconds = traced(files)
    rows = kept.read(runs, FIELDS)
    if again:
        _write(runs, [row for row in rows if row["result"] != "survived"])
    done = {tuple(row[name] for name in FIELDS[:6]) for row in kept.read(runs, FIELDS)}
    todo = []
    for group in groups:
        for module, number in drawn(group)[:most]:
            text = (PACKAGE / f"{module}.py").read_text("utf-8")
            key = (group, module, *known_by(text)[number])
            if key not in done:
                source, node, _, _ = mutant(text, number)
                todo.append((key, module, source, node.lineno,
                             holding(module, node, lines, seconds)))
    import hypothesis
    import pytest

    # What a test takes is no matter here, and a mutant's fault must be found again.
    hypothesis.settings.register_profile("mutants", deadline=None, database=None, derandomize=True)
    hypothesis.settings.load_profile("mutants")

    class Loop:
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(self, session):
            items = {item.nodeid: item for item in session.items}
            for name in dict.fromkeys(module for _, module, *_ in todo):
                source = ast.unparse(ast.parse((PACKAGE / f"{name}.py").read_text("utf-8")))
                if not survives(name, source, 0, next(t for _, m, *_, t in todo if m == name), seconds,
                                items, limits=(FIRST,)):
                    raise SystemExit(f"{name}: its tests fail on the code as it is")
            for key, module, source, line, tests in todo[part[0] - 1 :: part[1]]:
                lives = survives(module, source, line, tests, seconds, items)
                result = "survived" if lives else "killed"
                kept.add(runs, [*key, result, ""])
                print(*key, result, file=sys.__stderr__, flush=True)
            return True

    if todo and _pytest(["-s", *(str(path) for path in files)], Loop()) not in (0, 5):
        raise SystemExit("the tests could not be collected")


def _write(runs: Path, rows: list[dict[str, str]]) -> None:
    with runs.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def report() -> str:
    """docs/mutants.md from the runs."""
    there = {
        (group, module, *known)
        for group, modules in GROUPS.items() for module in modules
        for known in known_by((PACKAGE / f"{module}.py").read_text("utf-8"))
    }
    rows = [row for row in kept.read(RUNS, FIELDS)
            if tuple(row[name] for name in FIELDS[:6]) in there]
    lines = ["| group | places | tried | killed | equivalent | survive |",
             "|---|---:|---:|---:|---:|---:|"]
    for group in GROUPS:
        own = [row for row in rows if row["group"] == group]
        every = sum(known[0] == group for known in there)
        count = {what: sum(row["result"] == what for row in own)
                 for what in ("killed", "equivalent", "survived")}
        share = f" ({100 * count['killed'] / len(own):.0f} %)" if own else ""
        lines.append(f"| {group} | {every} | {len(own)} | {count['killed']}{share} | "
                     f"{count['equivalent']} | {count['survived']} |")
    alive = [row for row in rows if row["result"] != "killed"]
    listed = ["| where | was | is | |", "|---|---|---|---|"] + [
        f"| {'.'.join(filter(None, [row['module'], row['function']]))} | `{_cell(row['was'])}` | `{_cell(row['is'])}` | "
        f"{row['reason'] or row['result']} |" for row in alive
    ]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}"
                         for name in ("numpy", "pandas", "scikit-learn", "pytest"))
    return (
        "# Wrong on purpose: what the tests notice\n\nWritten by `python bench/mutants.py` from "
        f"bench/mutants.csv, {datetime.date.today()}, Python {platform.python_version()}, {versions}."
        "\n\n" + "\n".join(lines) + f"\n\n{NUMBER} a group are drawn, or all if there are fewer; a "
        "group with fewer tried has not been finished. What has been changed since is not "
        "counted as tried.\n\n## Those that live\n\n"
        + "\n".join(listed) + "\n"
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(GROUPS), default=list(GROUPS))
    parser.add_argument("--most", type=int, default=NUMBER, help="mutants of each group at most")
    parser.add_argument("--tests", nargs="+", default=[], help="files of tests; default: all quick ones")
    parser.add_argument("--runs", type=Path, default=RUNS, help="where mutants are kept")
    parser.add_argument("--again", action="store_true", help="try those that lived once more")
    parser.add_argument("--part", default="1/1", metavar="K/N", help="one of N processes' share")
    parser.add_argument("--report-only", action="store_true", help="only write docs/mutants.md")
    given = parser.parse_args()
    if not given.report_only:
        os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        own, of = map(int, given.part.split("/"))
        run(given.only, given.most, runs=given.runs, files=files_of_tests(given.tests),
            again=given.again, part=(own, of))
    if given.runs == RUNS:
        PAGE.write_text(report(), "utf-8")


if __name__ == "__main__":
    main()
