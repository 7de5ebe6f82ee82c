"""YAML as plain data: values, the line of every key, and faults that say what to do.

A study comes from strangers and is written by people who do not know YAML's corners. So
tags, anchors and aliases are refused (they can run code or fill the memory), as are repeated
keys (YAML keeps the last in silence), and plain words mean what they look like: as in YAML
1.2's core schema, `no` is a word (a language code, too), `2015-08-20` a text, `010` no number.
"""

import re
import unicodedata
from pathlib import Path
from typing import Any

import yaml

from analysis.errors import MAX_LISTED, BadParameter, shown, suggest
from analysis.lean import jsonschema

KeyPath = tuple[str | int, ...]

# study.yaml needs 5 levels, a dictionary of dictionaries a few more; recursion ends at ~300.
MAX_DEPTH = 20
# The shipped study.yaml has 7 kB; a megabyte takes 4 s to read.
MAX_BYTES = 1_000_000

_NULL, _BOOL = "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool"
_INT, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"
_STR = "tag:yaml.org,2002:str"

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of keys to values",
}


class _Words(yaml.resolver.BaseResolver):
    """What a plain word means."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


class _Nodes(yaml.composer.Composer):
    """Composes nodes only (nothing is ever constructed), noting what is refused."""

    depth = 0
    refused: list[tuple[int, str]]

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node:
        event = self.peek_event()
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            self.get_event()
            self.refused.append(
                (line, f"alias {shown('*' + event.anchor)} is refused; write its value out")
            )
            return yaml.ScalarNode(_NULL, "", event.start_mark, event.end_mark)
        if event.anchor is not None:
            self.refused.append(
                (line, f"anchor {shown('&' + event.anchor)} is refused; remove it")
            )
        if event.tag is not None:
            self.refused.append(
                (line, f"tag {shown(event.tag)} is refused, a study is plain data; remove it")
            )
        if self.depth == MAX_DEPTH:
            raise yaml.MarkedYAMLError(
                problem=f"nested more than {MAX_DEPTH} deep", problem_mark=event.start_mark
            )
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


# At most 18 digits: longer ones are identifiers, not quantities, and stay text.
_NUMBER_START = list("-+.0123456789")
_Words.add_implicit_resolver(_NULL, re.compile(r"(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""])
_Words.add_implicit_resolver(
    _BOOL, re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")
)
_Words.add_implicit_resolver(
    _INT, re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z"), _NUMBER_START
)
_Words.add_implicit_resolver(
    _FLOAT,
    re.compile(
        r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18}|[0-9]{1,18}(?=[eE]))"
        r"(?:[eE][-+]?[0-9]{1,2})?\Z"
    ),
    _NUMBER_START,
)


class _Loader(_Nodes, yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, _Words):
    """Reads in Python: slowly, with errors in words."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)
        _Words.__init__(self)
        self.refused = []


if yaml.__with_libyaml__:

    class _QuickLoader(_Nodes, yaml.cyaml.CParser, _Words):
        """Reads by libyaml."""

        def __init__(self, text: str) -> None:
            yaml.cyaml.CParser.__init__(self, text)
            yaml.composer.Composer.__init__(self)
            _Words.__init__(self)
            self.refused = []


def _composed(text: str) -> tuple[yaml.Node | None, list[tuple[int, str]]]:
    """The root, and what is refused; what libyaml cannot read is read again for its error."""
    if yaml.__with_libyaml__:
        try:
            loader = _QuickLoader(text)
            return loader.get_single_node(), loader.refused
        except (yaml.YAMLError, ValueError, OverflowError):
            pass
    loader = _Loader(text)
    return loader.get_single_node(), loader.refused


class YamlFile:
    """One YAML file: its value (None where it could not be read), lines and faults.

    Args:
        text: the decoded file.
        name: the file's name, as messages are to call it.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.value: Any = None
        self._lines: dict[KeyPath, int] = {}
        self._faults: dict[tuple[int, str], None] = {}
        self._unsound: set[KeyPath] = set()
        self._refused = False
        node = self._compose(text)
        if node is not None:
            value = self._plain(node, ())
            self.value = None if self._refused else value
        if self.value is None and not self._faults:
            self._at(1, "the file is empty; fill it in")

    @property
    def faults(self) -> list[str]:
        """What is wrong, one line each, in the order of the file."""
        return [text for _, text in sorted(self._faults, key=lambda fault: fault[0])]

    def fault(self, path: KeyPath, message: str) -> None:
        """Note a fault at a key; entries of a list are counted from 1 in the message."""
        self._unsound.update(path[:length] for length in range(1, len(path) + 1))
        line = next(
            (self._lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._lines), 0
        )
        place = [self.name]
        if line:
            place.append(f"line {line}")
        if path:
            place.append(_dotted(path))
        self._add(line, f"{', '.join(place)}: {message}")

    def sound(self, *path: str | int) -> bool:
        """Whether no fault has been noted at this key or below it."""
        return path not in self._unsound

    def unknown(self, kind: str, named: list[tuple[KeyPath, str]], known: list[str]) -> None:
        """Note names that are not known, each with its key and the nearest known ones."""
        for path, name in named[:MAX_LISTED]:
            self.fault(path, f"unknown {kind} {shown(name)}; {suggest(name, known)}")
        if len(named) > MAX_LISTED:
            path, _ = named[MAX_LISTED]
            self.fault(path, f"this and {len(named) - MAX_LISTED - 1} more {kind}s are unknown")

    def check(self, schema: dict[str, Any]) -> None:
        """Note every departure from a JSON schema (types, keys, emptiness), if it was read."""
        if self.value is None:
            return
        for error in jsonschema.Draft202012Validator(schema).iter_errors(self.value):
            self._schema_fault(error)

    def _schema_fault(self, error: jsonschema.ValidationError) -> None:
        path: KeyPath = tuple(error.absolute_path)
        properties = error.schema.get("properties", {})
        match error.validator:
            case "additionalProperties":
                for key in [key for key in error.instance if key not in properties][:MAX_LISTED]:
                    self.fault(
                        (*path, key), f"unknown key; {suggest(key, list(properties))}"
                    )
            case "required":
                for key in [key for key in error.validator_value if key not in error.instance]:
                    what = properties[key]["description"]
                    self.fault(path, f"no key {shown(key)}; add it ({what})")
            case "oneOf" if not isinstance(error.instance, dict):
                pass  # its type is a fault already
            case "oneOf":
                keys = [option["required"][0] for option in error.validator_value]
                self.fault(path, f"needs exactly one of {' and '.join(map(shown, keys))}")
            case _:
                self.fault(path, _departure(error))

    def _compose(self, text: str) -> yaml.Node | None:
        try:
            node, refused = _composed(text)
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            self._at(line, f"control character U+{error.character:04X}; remove it")
            return None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._at(
                mark.line + 1 if mark else 1,
                f"not valid YAML ({error.problem}); check indentation (spaces, no tabs), "
                "and put text that holds ': ' or ' #' in quotes",
            )
            return None
        # PyYAML converts "\UFFFFFFFF" and over-long version numbers without checking them.
        except (ValueError, OverflowError) as error:
            self._at(1, f"not valid YAML ({error}); check escapes and directives")
            return None
        for line, message in refused:
            self._at(line, message)
        self._refused = bool(refused)
        return node

    def _at(self, line: int, message: str) -> None:
        self._add(line, f"{self.name}, line {line}: {message}")

    def _add(self, line: int, text: str) -> None:
        # A dict, because jsonschema reports all missing keys once for each of them.
        self._faults[line, text] = None

    def _plain(self, node: yaml.Node, path: KeyPath) -> Any:
        self._lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*path, i)) for i, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != _STR:
                self._at(line, "a key is not text; put it in quotes")
                continue
            key = self._scalar(key_node)
            if key in values:
                first = self._lines[(*path, key)]
                self._at(line, f"key {shown(key)} again (first in line {first}); keep one")
                continue
            self._lines[(*path, key)] = line
            values[key] = self._plain(value_node, (*path, key))
        return values

    def _scalar(self, node: yaml.ScalarNode) -> str | int | float | bool | None:
        if node.tag == _NULL:
            return None
        if node.tag == _BOOL:
            return node.value.lower() == "true"
        if node.tag in (_INT, _FLOAT):
            try:
                return int(node.value) if node.tag == _INT else float(node.value)
            except ValueError:
                # Only an explicit tag claims a number that is none, and tags are refused.
                return node.value
        for character in node.value:
            if character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cs"):
                self._at(
                    node.start_mark.line + 1,
                    f"control character U+{ord(character):04X}; remove it",
                )
                break
        return node.value


def read_parameters(path: Path, *, option: str, form: str) -> dict[str, Any]:
    """A YAML file that an option of the command line names.

    Args:
        path: the file.
        option: the option, for messages.
        form: what its lines look like, for messages.

    Raises:
        BadParameter: it cannot be read, is no YAML that is plain data, or no mapping of texts.
    """
    where = f"{option} {path}"
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadParameter(f"{where}: has more than {MAX_BYTES:,} bytes; name another file")
        file = YamlFile(path.read_text("utf-8"), where)
    except OSError as error:
        raise BadParameter(f"{where}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BadParameter(f"{where}: is not UTF-8; save it as UTF-8") from None
    if file.faults:
        raise BadParameter(file.faults)
    if not isinstance(file.value, dict):
        raise BadParameter(f"{where}: must hold lines of {form}")
    return file.value


def _dotted(path: KeyPath) -> str:
    keys = [
        f"[{key + 1}]" if isinstance(key, int)
        else f".{key if re.fullmatch(r'[-A-Za-z0-9_]{1,60}', key) else shown(key)}"
        for key in path
    ]
    return "".join(keys).removeprefix(".")


def _departure(error: jsonschema.ValidationError) -> str:
    """Word a value that is not what its key asks for."""
    what = error.schema.get("description", "")
    if error.validator == "enum":
        allowed = [str(value) for value in error.validator_value]
        return f"is {shown(error.instance)}; {suggest(str(error.instance), allowed)} ({what})"
    if error.validator == "exclusiveMinimum":
        return f"is {error.instance}, must be more than {error.validator_value} ({what})"
    if error.validator == "uniqueItems":
        return f"names something twice; write {what}"
    if error.validator != "type" or error.instance is None:
        return f"is empty; write {what}"
    allowed = error.validator_value
    names = [_TYPES[kind] for kind in ([allowed] if isinstance(allowed, str) else allowed)
             if kind in _TYPES]
    found = next(
        name for kind, name in _TYPES.items()
        if jsonschema.Draft202012Validator({"type": kind}).is_valid(error.instance)
    )
    quotes = "; put it in quotes" if found in ("a whole number", "a number", "true or false") \
        and "text" in names else ""
    return f"is {found}, must be {' or '.join(names)} ({what}){quotes}"
