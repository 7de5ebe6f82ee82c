"""Who made a study and its report: found where such things are recorded, and taken out of files."""

from __future__ import annotations

import html
import json
import re
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from analysis import places, safe_yaml
from analysis.report import record

#: What stands in the place of what was taken out.
MASK = "[removed for review]"

CITATION = "CITATION.cff"

# The keys of CITATION.cff that lead to a person or a place on the web.
_PEOPLE = ("authors", "contact")
_WEB = ("repository", "repository-code", "repository-artifact", "url", "doi")
_OF_PERSON = ("email", "orcid", "website", "affiliation", "alias")

# A commit is named by at least so many of its digits.
_SHORT_COMMIT = 7


def identity(study: Path) -> dict[str, list[str]]:
    """Words that would tell a reviewer who the authors are, by kind.

    They come from CITATION.cff, pyproject.toml and the licence of the checkout, CITATION.cff of the
    study folder, and the git repositories of both: who committed, where to, and which commit this
    is. A name of a single word is not looked for, as it may be any word.

    Args:
        study: the study folder.

    Returns:
        `author`, `repository`, `commit`, `home folder` → what to look for, longest first.
    """
    found: dict[str, set[str]] = {"author": set(), "repository": set(), "commit": set()}
    for folder in filter(None, (places.checkout_dir(), study)):
        for people, links in (_of_citation(folder / CITATION), _of_project(folder)):
            found["author"] |= people
            found["repository"] |= links
        for kind, words in _of_git(folder).items():
            found[kind] |= words
    return {
        **{kind: _longest_first(words) for kind, words in found.items()},
        # A home that is the root of all folders is no name.
        "home folder": [str(home)] if len((home := Path.home()).parts) > 1 else [],
    }


def _of_git(folder: Path) -> dict[str, set[str]]:
    """Those who committed, the remotes, and the commit that is checked out."""
    people = _git(folder, "log", "--format=%an%n%ae%n%cn%n%ce").splitlines()
    people += [_git(folder, "config", name).strip() for name in ("user.name", "user.email")]
    commit = record.commit(folder)
    return {
        "author": {name for person in set(people) for name in _forms(person)},
        "repository": _repository_forms(
            _git(folder, "config", "--get-regexp", r"remote\..*\.url")
        ),
        "commit": {commit[:n] for n in range(len(commit), _SHORT_COMMIT - 1, -1)},
    }


def masked(
    files: Mapping[str, bytes], known: Mapping[str, Iterable[str]]
) -> tuple[dict[str, bytes], dict[str, int]]:
    """The files without what `identity` found, and how often each kind was taken out.

    Args:
        files: path → content; all are text.
        known: kind → what to look for.
    """
    patterns = {kind: pattern for kind, words in known.items() if (pattern := _pattern(words))}
    counted = dict.fromkeys(known, 0)
    done = {}
    for name, data in files.items():
        text = data.decode("utf-8")
        for kind, pattern in patterns.items():
            text, times = pattern.subn(MASK, text)
            counted[kind] += times
        done[name] = text.encode("utf-8")
    return done, counted


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Finds each of the words, as it is and as HTML, JSON, TeX and addresses write it."""
    forms = {
        form
        for word in words
        for form in (word, html.escape(word), html.escape(word).replace("&#x27;", "&#39;"),
                     json.dumps(word)[1:-1], quote(word, safe=""), quote(word))
    }
    if not forms:
        return None
    listed = "|".join(map(re.escape, _longest_first(forms)))
    return re.compile(rf"(?<!\w)(?:{listed})(?!\w)", re.I)


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted({word for word in words if word}, key=lambda word: (-len(word), word))


def _forms(person: str) -> set[str]:
    """The ways in which a person may be written; none of a name of one word."""
    person = " ".join(person.split())
    if "@" in person or "://" in person or any(map(str.isdigit, person)):
        return {person}
    *given, family = person.split(" ")
    if not given:
        return set()
    first = given[0]
    return {
        person, f"{family}, {' '.join(given)}", f"{first} {family}", f"{family}, {first}",
        f"{family}, {first[0]}.", f"{first[0]}. {family}", f"{family} {first[0]}",
    }


def _of_citation(path: Path) -> tuple[set[str], set[str]]:
    try:
        read = safe_yaml.YamlFile(path.read_text("utf-8"), path.name).value
    except (OSError, ValueError):
        return set(), set()
    if not isinstance(read, Mapping):
        return set(), set()
    authors = set()
    for person in (p for key in _PEOPLE for p in read.get(key) or () if isinstance(p, Mapping)):
        name = f"{person.get('given-names', '')} {person.get('family-names', '')}"
        authors |= _forms(name) if name.strip() else _forms(str(person.get("name", "")))
        authors |= {str(person[key]) for key in _OF_PERSON if person.get(key)}
    links = [str(read[key]) for key in _WEB if read.get(key)]
    links += [str(i.get("value", "")) for i in read.get("identifiers") or ()
              if isinstance(i, Mapping)]
    return authors, {form for link in links for form in _repository_forms(link)}


def _of_project(checkout: Path) -> tuple[set[str], set[str]]:
    authors, web = set(), set()
    try:
        project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    except (OSError, ValueError, KeyError):
        project = {}
    for person in [*project.get("authors", ()), *project.get("maintainers", ())]:
        authors |= {form for value in person.values() for form in _forms(value)}
    for link in project.get("urls", {}).values():
        web |= _repository_forms(link)
    try:
        holder = re.search(
            r"Copyright\s+(?:\(c\)|©)?\s*[\d–, -]*\s*(.+)", (checkout / "LICENSE").read_text("utf-8")
        )
    except (OSError, ValueError):
        holder = None
    if holder:
        authors |= {holder.group(1).strip()}
    return authors, web


def _repository_forms(text: str) -> set[str]:
    """Addresses in a text, with and without their scheme, `git@` and `.git`."""
    found = set()
    for word in text.split():
        if "/" not in word:
            continue
        bare = re.sub(r"^(?:\w+://)?(?:[^@/\s]+@)?", "", word.rstrip("/")).removesuffix(".git")
        found |= {word, bare, bare.replace(":", "/", 1)}
    return found


def _git(folder: Path, *arguments: str) -> str:
    try:
        found = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout
