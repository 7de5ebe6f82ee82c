"""What a finding may be about: the estimands that study.yaml may name, and their arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from analysis import count_claims, likeness_claims, share_claims, specification
from analysis.bench import Bench, Target
from analysis.errors import shown, suggest
from analysis.share_claims import side, target
from analysis.specification import Specification
from analysis.study import Study
from analysis.tables import Format
from analysis.verdicts import Estimate

Arguments = Mapping[str, object]

# Levels of the codebook's commitment.
_LEVELS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Estimand:
    """A kind of finding.

    Attributes:
        what: what is estimated, for the reader.
        unit: how its values are written.
        page: the notebook whose page shows the numbers it is made of.
        arguments: name → what it must be: `pair`, `pairs`, `side`, `frame`, `terms`, `statement`,
            `list`, `name`, or a tuple of words or numbers.
        optional: the same, of arguments that may be left out.
        entering: choices that can change it.
        idle: see `specification.distinct`.
        estimate: its value under a specification.
        exact: whether all of it is counted, so that no seed matters.
    """

    what: str
    unit: Format
    page: str
    arguments: Mapping[str, object]
    entering: tuple[str, ...]
    estimate: Callable[[Bench, Specification, Arguments], Estimate]
    idle: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    optional: Mapping[str, object] = field(default_factory=dict)
    exact: bool = False


_SIDES = {"more_in": "side", "than_in": "side"}
_COURSE = {"direction": ("grows", "declines"), "pairs": "pairs"}
_FRAME, _TERMS = {"frame": "frame"}, {"terms": "terms"}
_CLOSEST = {"closest": "pair"}
_OF_TERMS = tuple(c for c in share_claims.ENTERING if c != "instrument")
_OF_VOICES = tuple(c for c in _OF_TERMS if c != "statement_weighting")


def _share(what: str, own: Mapping[str, object], more: Mapping[str, object], estimate, *,
           entering: Sequence[str] | None = None, optional: Mapping[str, object] = {}) -> Estimand:
    frame = "frame" in own
    return Estimand(
        what, "points", "4_framing", {**own, **more},
        tuple(entering or (share_claims.ENTERING if frame else _OF_TERMS)), estimate,
        idle=share_claims.IDLE if frame else {}, optional=optional,
    )


#: The estimands that study.yaml may name.
ESTIMANDS: dict[str, Estimand] = {
    "most_similar_pair": Estimand(
        "lead in likeness over the next pair", "number", "2_similarity", {"pair": "pair"},
        tuple(c for c in likeness_claims.ENTERING if c != "masking"),
        likeness_claims.most_similar_pair, idle=likeness_claims.IDLE,
    ),
    "similarity_difference": Estimand(
        "difference of two pairs’ likeness", "number", "2_similarity",
        {"nearer": "pair", "than": "pair"}, likeness_claims.ENTERING,
        likeness_claims.similarity_difference, idle=likeness_claims.IDLE,
    ),
    "largest_reuse": Estimand(
        "lead in the share of words repeated from an earlier statement", "points",
        "2_similarity", {"earlier": "statement", "later": "statement"},
        likeness_claims.ENTERING_REUSE, likeness_claims.largest_reuse, exact=True,
    ),
    "frame_difference": _share("difference of the shares of sentences", _FRAME, _SIDES,
                               share_claims.difference, optional=_CLOSEST),
    "frame_change": _share("change of the share of sentences", _FRAME, _COURSE,
                           share_claims.change),
    "frame_stable": _share("change of the share of sentences", _FRAME, {"pairs": "pairs"},
                           share_claims.stable),
    "frame_by_voice": _share("difference of the shares of sentences", _FRAME, _SIDES,
                             share_claims.by_voice, entering=_OF_VOICES),
    "term_difference": _share("difference of the shares of sentences", _TERMS, _SIDES,
                              share_claims.difference, optional=_CLOSEST),
    "term_change": _share("change of the share of sentences", _TERMS, _COURSE,
                          share_claims.change),
    "term_stable": _share("change of the share of sentences", _TERMS, {"pairs": "pairs"},
                          share_claims.stable),
    "term_by_voice": _share("difference of the shares of sentences", _TERMS, _SIDES,
                            share_claims.by_voice, entering=_OF_VOICES),
    "commitment_share_difference": Estimand(
        "difference of the shares of sentences", "points", "4_framing",
        {"level": _LEVELS, **_SIDES}, ("boilerplate", "headings", "statement_weighting"),
        share_claims.commitment_difference, optional=_CLOSEST,
    ),
    "naming_contrast": Estimand(
        "share of the claimed name among both", "percent", "4_framing",
        {"list": "list", "first": "name", "second": "name", "first_in": "side",
         "second_in": "side"},
        count_claims.ENTERING, count_claims.naming, optional=_CLOSEST, exact=True,
    ),
    "only_in": Estimand(
        "share of the sentences that stand on the claimed side", "percent", "4_framing",
        {**_FRAME, "only_in": "side", "not_in": "side"},
        (*count_claims.ENTERING, "instrument"), count_claims.only_in, idle=share_claims.IDLE,
        optional={"at_least": _LEVELS}, exact=True,
    ),
    "new_in": Estimand(
        "sentences with it (below 0: in earlier statements)", "count", "4_framing",
        {**_TERMS, "statement": "statement"}, count_claims.ENTERING, count_claims.new_in,
        exact=True,
    ),
    "ledger_share": Estimand(
        "share of clauses carried over", "percent", "2_similarity",
        {"pair": "pair", "at_least": _LEVELS},
        (*count_claims.ENTERING, "ledger"), count_claims.ledger_share, exact=True,
    ),
}


def entering(study: Study, name: str, arguments: Arguments) -> tuple[str, ...]:
    """The choices that can change an estimand with these arguments in this study."""
    found = ESTIMANDS[name].entering
    several = any(
        len(side(study, arguments[key])) > 1
        for key, kind in ESTIMANDS[name].arguments.items() if kind == "side"
    )
    if not several:
        found = tuple(choice for choice in found if choice != "statement_weighting")
    if study.coded is None:
        found = tuple(choice for choice in found if choice not in ("instrument", "ledger"))
    return found


def specifications(
    study: Study, name: str, arguments: Arguments, base: Specification
) -> list[Specification]:
    """The distinct specifications of a finding, the default analysis first."""
    return specification.distinct(
        specification.options(study.alternatives), entering(study, name, arguments),
        ESTIMANDS[name].idle, specification.exclusions(study.exclusions), base=base,
    )


def inapplicable(bench: Bench, spec: Specification, name: str, arguments: Arguments) -> str:
    """Why an estimand does not exist under a specification; empty if it does."""
    if "frame" not in arguments or "instrument" not in ESTIMANDS[name].entering:
        return ""
    return bench.inapplicable(spec, target(arguments))


def targets(name: str, arguments: Arguments) -> list[Target]:
    """What a finding counts by terms; a sensitivity analysis leaves them out one by one."""
    return [target(arguments)] if {"frame", "terms"} & set(arguments) else []


def statements(study: Study, name: str, arguments: Arguments) -> list[list[str]]:
    """The sides of a finding from which one statement can be left out."""
    wanted = ESTIMANDS[name]
    if name in ("most_similar_pair", "largest_reuse"):
        own = set(map(str, sum((v if isinstance(v, list) else [v] for v in arguments.values()), [])))
        table = study.statements
        return [[i for i in table.loc[table["genre"] == "statement", "statement_id"]
                 if i not in own] + [""]]
    return [side(study, arguments[key]) for key, kind in wanted.arguments.items() if kind == "side"]


def argument_faults(study: Study, name: str, arguments: Arguments) -> list[str]:
    """What is wrong with the arguments of a finding, one line each."""
    wanted, optional = ESTIMANDS[name].arguments, ESTIMANDS[name].optional
    known = {**wanted, **optional}
    faults = [f"no argument '{key}'; add it" for key in wanted if key not in arguments]
    for key, value in arguments.items():
        if key not in known:
            faults.append(f"unknown argument {shown(key)}; {suggest(str(key), list(known))}")
        elif text := _fault(study, known[key], value, arguments):
            faults.append(f"{key}: {text}")
    return faults


def _fault(study: Study, kind: object, value: object, arguments: Arguments) -> str:
    if isinstance(kind, tuple):
        listed = " or ".join(map(str, kind))
        return "" if value in kind else f"must be {listed}, not {shown(value)}"
    return _KINDS[kind](study, value, arguments)


def _one_of(what: str, known: Sequence[str], value: object) -> str:
    return "" if value in known else f"unknown {what} {shown(value)}; {suggest(str(value), known)}"


def _frame(study: Study, value: object, _: Arguments) -> str:
    known = [c.id for c in study.frames.categories] if study.frames else []
    return _one_of("frame", known, value)


def _terms(study: Study, value: object, _: Arguments) -> str:
    good = isinstance(value, list) and value and all(
        isinstance(term, str) and any(c.isalpha() for c in term) and "|" not in term
        for term in value
    )
    return "" if good else "must list words or phrases; '*' stands for any letters"


def _listed(study: Study, value: object, _: Arguments) -> str:
    return _one_of("list of wording.yaml", [n.id for n in study.wording.naming], value)


def _name(study: Study, value: object, arguments: Arguments) -> str:
    known = [c.id for n in study.wording.naming if n.id == arguments.get("list")
             for c in n.classes]
    return _one_of("name", known, value) if known else ""


def _statement(study: Study, value: object, _: Arguments) -> str:
    return _one_of("statement", list(study.texts), value)


def _pair(study: Study, value: object, _: Arguments) -> str:
    if not isinstance(value, list) or len(value) != 2 or len(set(map(str, value))) != 2:
        return "must be two different statement ids"
    return _side(study, value, _)


def _pairs(study: Study, value: object, _: Arguments) -> str:
    if not isinstance(value, list) or not value:
        return "must be a list of pairs of statement ids"
    return next(filter(None, (_pair(study, pair, _) for pair in value)), "")


def _side(study: Study, value: object, _: Arguments) -> str:
    if isinstance(value, str):
        return _one_of("group", list(study.groups), value)
    if not isinstance(value, list) or not value:
        return "must list statements"
    return next(filter(None, (_statement(study, one, _) for one in value)), "")


_KINDS = {
    "frame": _frame, "terms": _terms, "list": _listed, "name": _name, "statement": _statement,
    "pair": _pair, "pairs": _pairs, "side": _side,
}
