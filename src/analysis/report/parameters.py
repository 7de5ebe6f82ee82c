"""Parameters: what notebooks declare, what a study or a user sets, what is refused.

A notebook's first code cell, tagged `parameters`, holds plain literals. The comment behind each
says its range and meaning: `n_boot = 2000  # from 200 to 100000: resamples of each interval` or
`measure = "cosine"  # one of cosine, jaccard: how likeness is measured`.
"""

from __future__ import annotations

import ast
import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis import safe_yaml
from analysis.errors import SHOWN_LENGTH, BadParameter, StudyError

#: Set by the run itself, from the command's first argument.
STUDY_PARAMETER = "study"

_RANGE = re.compile(r"from (\S+) to (\S+): (.+)")
_CHOICES = re.compile(r"one of ([^:]+): (.+)")

Scalar = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter: its default, bounds or choices, and meaning."""

    name: str
    default: Scalar
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def type_name(self) -> str:
        names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        return names[type(self.default)]


def declared(notebook: Path) -> dict[str, Parameter]:
    """The parameters of a notebook, in order of declaration.

    Raises:
        BadParameter: a default is no plain literal.
    """
    # Imported here: an assignment on the command line is read without it.
    import papermill

    # papermill reads braces in a path as placeholders; doubled they stand for themselves.
    path = str(notebook).replace("{", "{{").replace("}", "}}")
    found = {}
    for name, entry in papermill.inspect_notebook(path).items():
        try:
            default = ast.literal_eval(entry["default"])
        except (ValueError, SyntaxError):
            default = None
        if type(default) not in (bool, int, float, str):
            raise BadParameter(
                f"{notebook.name}: parameter {name} = {entry['default']} is no plain number, text "
                "or True/False; write a literal"
            )
        found[name] = _described(name, default, entry["help"] or "")
    return found


def _described(name: str, default: Scalar, comment: str) -> Parameter:
    if match := _RANGE.fullmatch(comment):
        low, high = float(match[1]), float(match[2])
        return Parameter(name, default, match[3], low=low, high=high)
    if match := _CHOICES.fullmatch(comment):
        choices = tuple(choice.strip() for choice in match[1].split(","))
        return Parameter(name, default, match[2], choices=choices)
    return Parameter(name, default, comment)


def read_assignment(text: str) -> tuple[str, str]:
    """`NAME=VALUE` of the command line as a pair.

    Raises:
        BadParameter: there is no `=`, or no name before it.
    """
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise BadParameter(f"-p {_told(text)}: write -p NAME=VALUE")
    return name.strip(), value


def read_file(path: Path) -> dict[str, object]:
    """A YAML file of parameters, name: value."""
    return safe_yaml.read_parameters(path, option="--params", form="NAME: VALUE")


def checked(parameter: Parameter, value: object, *, where: str) -> Scalar:
    """The value as the parameter's type, within its bounds.

    Args:
        parameter: what the notebook declares.
        value: a typed value from YAML, or the text after `=` on the command line.
        where: who set it, for the message.

    Raises:
        BadParameter: wrong type, out of range or not among the choices.
    """
    converted = _converted(parameter.default, value)
    if converted is None:
        raise BadParameter(
            f"{where}: {parameter.name} must be {parameter.type_name} "
            f"(default {parameter.default!r}), not {_told(value)}"
        )
    if parameter.low is not None and not parameter.low <= converted <= parameter.high:
        raise BadParameter(
            f"{where}: {parameter.name} must lie between {parameter.low:g} and "
            f"{parameter.high:g}, not {_told(converted)}"
        )
    if parameter.choices and converted not in parameter.choices:
        raise BadParameter(
            f"{where}: {parameter.name} must be one of {', '.join(parameter.choices)}, "
            f"not {_told(converted)}"
        )
    return converted


def _told(value: object) -> str:
    """A value as it was given, on one line, cut if it is long."""
    text = repr(value)
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH - 1]}…"


def _converted(default: Scalar, value: object) -> Scalar | None:
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
    if isinstance(default, str):
        return value if isinstance(value, str) else None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        if isinstance(default, int):
            return int(value) if isinstance(value, (int, str)) else None
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True)
class Settings:
    """What each notebook runs with.

    Attributes:
        values: notebook → parameter → value.
        defaults: notebook → parameter → the study's own value: study.yaml's, or the notebook's.
        changed: parameter → value, where the user's differs from the study's own.
        declared: notebook → its parameters.
    """

    values: dict[str, dict[str, Scalar]]
    defaults: dict[str, dict[str, Scalar]]
    changed: dict[str, Scalar]
    declared: dict[str, dict[str, Parameter]]


def settle(
    notebooks: Mapping[str, Path],
    *,
    selected: frozenset[str],
    study: Mapping[str, object],
    given: Mapping[str, tuple[object, str]],
) -> Settings:
    """Which value does each notebook's parameter take?

    Args:
        notebooks: name → path of every notebook of the report.
        selected: names of the notebooks that the user asked for.
        study: the parameters of study.yaml; any notebook may declare them.
        given: parameter → (value, who gave it), from the command line and its file.

    Raises:
        BadParameter: all unknown names and bad values at once.
    """
    declarations = {name: declared(path) for name, path in notebooks.items()}
    everywhere = {name for found in declarations.values() for name in found}
    reachable = {name for notebook in selected for name in declarations[notebook]}
    faults: list[str] = []
    for name in study:
        if name not in everywhere or name == STUDY_PARAMETER:
            faults.append(_unknown("study.yaml: parameters", name, everywhere, "no notebook"))
    for name, (_, where) in given.items():
        if name not in reachable or name == STUDY_PARAMETER:
            faults.append(_unknown(where, name, reachable, "no selected notebook"))
    values: dict[str, dict[str, Scalar]] = {}
    defaults: dict[str, dict[str, Scalar]] = {}
    changed: dict[str, Scalar] = {}
    for notebook, found in declarations.items():
        values[notebook], defaults[notebook] = {}, {}
        for name, parameter in found.items():
            if name == STUDY_PARAMETER:
                continue
            try:
                own = parameter.default
                if name in study:
                    own = checked(parameter, study[name], where="study.yaml: parameters")
                value = own
                if name in given:
                    value = checked(parameter, given[name][0], where=given[name][1])
            except StudyError as error:
                faults += [fault for fault in error.faults if fault not in faults]
                continue
            defaults[notebook][name], values[notebook][name] = own, value
            if value != own:
                changed[name] = value
    if faults:
        raise BadParameter(faults)
    return Settings(values, defaults, dict(sorted(changed.items())), declarations)


def _unknown(where: str, name: str, known: set[str], who: str) -> str:
    known = known - {STUDY_PARAMETER}
    if name == STUDY_PARAMETER:
        return f"{where}: 'study' is set by the command itself; give the study as its argument"
    near = difflib.get_close_matches(name, sorted(known), n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(sorted(known))}"
    return f"{where}: {who} declares '{name}'; {hint}"
