"""The lists of words and rules that a study may bring: frames, topics, commitments, wording."""

import re
from collections.abc import Callable
from importlib.resources import files as package_files
from pathlib import PurePosixPath
from typing import TypeVar

from analysis import commitment_rules, wordlists
from analysis.commitment_rules import Rules
from analysis.dictionary import Dictionary
from analysis.dictionary_files import SUFFIXES, from_dic, from_dicx, from_yaml
from analysis.errors import BadStudy, one_line, shown, some
from analysis.safe_yaml import MAX_BYTES, YamlFile
from analysis.study_files import Folder, path_problem
from analysis.study_rows import LANGUAGE_PATTERN
from analysis.study_yaml import read_yaml
from analysis.wordlists import Wording

T = TypeVar("T", Rules, Wording)

FRAMES = "frames.yaml"
ANCHORS = "topic_anchors.yaml"
ANCHORS_SCHEMA = {
    "type": "object",
    "description": "a mapping with the key topics",
    "additionalProperties": False,
    "required": ["topics"],
    "properties": {
        "topics": {
            "type": "object",
            "description": "names of expected topics, each with a list of words",
            "minProperties": 1,
            "additionalProperties": {
                "type": "array",
                "description": "a list of words",
                "minItems": 1,
                "items": {"type": "string", "description": "one word", "minLength": 1},
            },
        },
    },
}
# What `frames:` of study.yaml calls the dictionary that ships with the package.
GENERIC = "generic"


def read_frames(folder: Folder, named: str | dict[str, str] | None) -> Dictionary | None:
    """Read the study's dictionary: of frames.yaml, or of what `frames:` of study.yaml names."""
    language = "" if isinstance(named, str) or named is None else named.get("language", "")
    name = named.get("file", "") if isinstance(named, dict) else named
    if name and name != FRAMES and folder.has(FRAMES):
        folder.warnings.append(f"{FRAMES}: not read, study.yaml names {shown(name)} in 'frames'")
    if name is None and folder.has(FRAMES):
        name = FRAMES
    if name is None:
        return None
    if name == GENERIC:
        text = package_files("analysis").joinpath("generic_frames.yaml").read_text("utf-8")
        return from_yaml(YamlFile(text, "generic_frames.yaml").value, file="generic_frames.yaml")
    suffix = PurePosixPath(name).suffix.lower()
    problem = path_problem(name)
    if not problem and suffix not in SUFFIXES:
        problem = f"is no dictionary's file; name one that ends in {', '.join(SUFFIXES)}"
    if problem:
        folder.fault(f"study.yaml: frames: {shown(name)} {problem}, or write {GENERIC}")
        return None
    try:
        if suffix in (".yaml", ".yml"):
            file = read_yaml(folder, name)
            folder.faults += file.faults if file else []
            if file is None or file.faults:
                return None
            return from_yaml(file.value or {}, file=name, language=language)
        data = folder.read(name, name, limit=MAX_BYTES)
        text = None if data is None else folder.decode(data, name)
        if text is None:
            return None
        read = from_dic if suffix == ".dic" else from_dicx
        return read(text, file=name, language=language)
    except BadStudy as error:
        folder.faults += error.faults
        return None


def read_anchors(folder: Folder) -> dict[str, tuple[str, ...]]:
    """Read lists of words that topics are expected to have, by the topic's name."""
    file = read_yaml(folder, ANCHORS) if folder.has(ANCHORS) else None
    if file is None:
        return {}
    file.check(ANCHORS_SCHEMA)
    lists = (file.value or {}).get("topics", {}) if not file.faults else {}
    owner: dict[str, str] = {}
    for name, words in lists.items():
        for i, word in enumerate(words):
            place, folded = ("topics", name, i), word.strip().lower()
            if not re.fullmatch(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", folded):
                file.fault(place, f"{shown(word)} is no single word; write one word an entry")
            elif folded in owner:
                file.fault(
                    place, f"{shown(word)} again (first in {shown(owner[folded])}); a word can "
                    "anchor one topic only, keep one"
                )
            owner.setdefault(folded, name)
    folder.faults += file.faults
    return {one_line(name): tuple(word.strip().lower() for word in words)
            for name, words in lists.items()}


def read_commitments(folder: Folder) -> Rules | None:
    """Read rules for the strength of commitments; None without a file."""
    return _read_in_a_language(folder, commitment_rules.FILE, commitment_rules.parse)


def read_wording(folder: Folder) -> Wording | None:
    """Read lists of what things are called; None without a file."""
    return _read_in_a_language(folder, wordlists.FILE, wordlists.parse)


def _read_in_a_language(
    folder: Folder, name: str, parse: Callable[[YamlFile], T | None]
) -> T | None:
    """Read a YAML file that says its language; None without it, or where it is at fault."""
    file = read_yaml(folder, name) if folder.has(name) else None
    if file is None:
        return None
    found = parse(file)
    if found is not None and not LANGUAGE_PATTERN.fullmatch(found.language):
        file.fault(
            ("language",), f"{shown(found.language)} is no language code; write en, fr, pt-BR …"
        )
    folder.faults += file.faults
    return found


def warn_of_languages(
    folder: Folder, frames: Dictionary | None, rows: list[dict[str, str]]
) -> None:
    """Say where no frame is counted for want of the language, and what a file left out."""
    if frames is None:
        return
    others = [row["id"] for row in rows if not frames.speaks(row["language"])]
    if others:
        folder.warnings.append(
            f"the dictionary of frames is in {frames.language}: none is counted in "
            f"{some(others)}; frames without words in their language: "
            f"{some([category.label for category in frames.categories])}"
        )
    if not frames.language:
        folder.warnings.append(
            "the dictionary of frames does not say its language, so it is tried on every text; "
            "write in study.yaml, frames: {file: …, language: en}"
        )
    if frames.note:
        folder.warnings.append(f"the dictionary of frames: {frames.note}")
