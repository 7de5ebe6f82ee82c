"""The lists of wording.yaml: what things are called, and who is named.

The lists are data with version, source and comments. A study may bring its own file; without one
the package's is used. Nothing here looks at a text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from analysis import names
from analysis.dictionary import Category, Term
from analysis.errors import shown
from analysis.safe_yaml import KeyPath, YamlFile
from analysis.tokens import WORD

#: The file's name in a study, and in the package.
FILE = "wording.yaml"

# More words between an adjective and its noun than this are another phrase.
MOST_SPAN = 20


@dataclass(frozen=True, slots=True)
class Modified:
    """What a word of a list must belong to, so that it counts.

    Attributes:
        nouns, verbs: of which it may say something.
        joiners: words that may not stand directly before the noun.
        not_across: words that may not stand between adjective and noun.
        span, verb_span: the most words between adjective and noun, adverb and verb.
    """

    nouns: tuple[Term, ...]
    verbs: tuple[Term, ...]
    joiners: frozenset[str]
    not_across: frozenset[str]
    span: int
    verb_span: int


@dataclass(frozen=True, slots=True)
class NameClass:
    """Words that count as one way of naming."""

    id: str
    label: str
    terms: tuple[Term, ...]
    adverbs: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Naming:
    """One list of names: classes of which each word counts for one."""

    id: str
    label: str
    definition: str
    classes: tuple[NameClass, ...]
    modifies: Modified | None


@dataclass(frozen=True, slots=True)
class Wording:
    """The lists of one file.

    Attributes:
        own: whether the study brought the file; else it is the package's.
        kwic: terms that a concordance lists where nobody asks for others.
    """

    version: str
    citation: str
    language: str
    own: bool
    naming: tuple[Naming, ...]
    actors: tuple[Category, ...]
    kwic: tuple[str, ...]


@cache
def schema() -> dict[str, Any]:
    """The rules that wording.yaml is held to, as a JSON schema."""
    return json.loads(files("analysis").joinpath("wording_schema.json").read_bytes())


@cache
def shipped() -> Wording:
    """The package's own lists."""
    file = YamlFile(files("analysis").joinpath(FILE).read_text("utf-8"), FILE)
    found = parse(file, own=False)
    if found is None:
        raise ValueError("\n".join(file.faults))
    return found


def parse(file: YamlFile, *, own: bool = True) -> Wording | None:
    """The lists of a file; None, and its faults noted in `file`, if it is not sound.

    Args:
        file: the YAML file, read.
        own: whether a study brought it.
    """
    file.check(schema())
    if file.value is None or file.faults:
        return None
    data = file.value
    found = Wording(
        version=data["version"],
        citation=" ".join(data["citation"].split()),
        language=data["language"],
        own=own,
        naming=tuple(
            _naming(file, ("naming", key), key, value)
            for key, value in data.get("naming", {}).items()
        ),
        actors=tuple(
            _actor(file, ("actors", key), key, value, data["language"])
            for key, value in data.get("actors", {}).items()
        ),
        kwic=_phrases(file, ("kwic",), data.get("kwic", [])),
    )
    return None if file.faults else found


def _naming(file: YamlFile, path: KeyPath, key: str, value: dict[str, Any]) -> Naming:
    modifies = None
    if "modifies" in value:
        modifies = _modified(file, (*path, "modifies"), value["modifies"])
    classes = []
    taken: dict[str, str] = {}
    for name, content in value["classes"].items():
        at = (*path, "classes", name)
        parts = {}
        for kind in ("terms", "adverbs"):
            parts[kind] = _terms(file, (*at, kind), content.get(kind, []))
            for number, term in enumerate(parts[kind]):
                other = taken.setdefault(term.phrase.lower(), name)
                if other != name:
                    file.fault(
                        (*at, kind, number),
                        f"{shown(term.phrase)} is in class {shown(other)}, too; a word counts "
                        "for one class of a list, leave it in one",
                    )
        if parts["adverbs"] and (modifies is None or not modifies.verbs):
            file.fault(
                (*at, "adverbs"),
                "adverbs count only beside verbs; add 'modifies' with 'verbs' to the list",
            )
        classes.append(NameClass(name, content["label"], **parts))
    return Naming(key, value["label"], _line(value), tuple(classes), modifies)


def _modified(file: YamlFile, path: KeyPath, value: dict[str, Any]) -> Modified:
    for name in ("span", "verb_span"):
        if not 0 <= value.get(name, 0) <= MOST_SPAN:
            file.fault((*path, name), f"is {value[name]}, must be from 0 to {MOST_SPAN}")
    return Modified(
        nouns=_terms(file, (*path, "nouns"), value["nouns"]),
        verbs=_terms(file, (*path, "verbs"), value.get("verbs", [])),
        joiners=frozenset(map(str.lower, value.get("joiners", []))),
        not_across=frozenset(map(str.lower, value.get("not_across", []))),
        span=value["span"],
        verb_span=value.get("verb_span", value["span"]),
    )


def _actor(
    file: YamlFile, path: KeyPath, key: str, value: dict[str, Any], language: str
) -> Category:
    terms = list(_terms(file, (*path, "terms"), value["terms"]))
    known = {term.phrase.lower() for term in terms}
    code = language.partition("-")[0].lower()
    if code in names.languages():
        for kind in names.listed(code).categories:
            if kind.id in value.get("names", ()):
                terms += [term for term in kind.terms if term.phrase.lower() not in known]
    return Category(key, value["label"], _line(value), tuple(terms))


def _line(value: dict[str, Any]) -> str:
    return " ".join(value.get("definition", "").split())


def _terms(file: YamlFile, path: KeyPath, entries: list[Any]) -> tuple[Term, ...]:
    found, seen = [], set()
    for number, entry in enumerate(entries):
        entry = {"match": entry} if isinstance(entry, str) else entry
        at = (*path, number)
        unless = _phrases(file, (*at, "unless"), entry.get("unless", []))
        (phrase,) = _phrases(file, at, [entry["match"]], single=True)
        if phrase.lower() in seen:
            file.fault(at, f"{shown(phrase)} stands twice; remove one")
        seen.add(phrase.lower())
        found.append(Term(phrase, unless=unless, comment=entry.get("comment", "")))
    return tuple(found)


def _phrases(
    file: YamlFile, path: KeyPath, entries: list[str], *, single: bool = False
) -> tuple[str, ...]:
    for number, phrase in enumerate(entries):
        if not has_word(phrase):
            file.fault(
                path if single else (*path, number),
                f"{shown(phrase)} has no word in it; write a word or a phrase",
            )
    return tuple(entries)


def has_word(phrase: str) -> bool:
    """Whether a phrase of a dictionary holds a letter: globs alone match everything."""
    return WORD.search(phrase) is not None
