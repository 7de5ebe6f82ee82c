"""Works that the methods come from: in full, and as BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from analysis import package_data
from analysis.report import tex

#: The page that lists them, and the file that holds them as BibTeX.
PAGE, FILE = "references.html", "references.bib"

_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")
# Capitals in a title that styles would make small: not the first letter, but acronyms anywhere.
_NAMES = re.compile(r"(?<![\\\w{])((?<!^)[A-Z]\w*|\w+[A-Z]\w*)")
_WHERE = {"article": "journal", "book": "publisher", "inproceedings": "booktitle",
          "incollection": "booktitle", "techreport": "institution", "misc": "howpublished"}


@cache
def entries() -> tuple[dict[str, object], ...]:
    """The known works; the keys of the data file, and `id`."""
    read = package_data.table("report/bibliography.yaml")
    return tuple({**entry, "id": _key(entry)} for entry in read)


def _surname(author: str) -> str:
    return author.split(",")[0]


def _key(entry: Mapping[str, object]) -> str:
    plain = unicodedata.normalize("NFKD", _surname(entry["authors"][0]))
    return re.sub(r"[^a-z]", "", plain.lower()) + str(entry["year"])


def is_work(source: str) -> bool:
    """Does a source name a work, and not a file of this project?"""
    return bool(_YEAR.search(source)) and "bench/" not in source


def found(source: str) -> dict[str, object] | None:
    """The work that a source such as `Wilson, E. (1927), …` names; None if it is not known."""
    year = _YEAR.search(source)
    if not year:
        return None
    before = source[: year.start()]
    for entry in entries():
        surnames = [_surname(author) for author in entry["authors"]]
        second = surnames[1] if len(surnames) == 2 else ""
        if str(entry["year"]) == year.group() and re.search(
            rf"(?<!\w){re.escape(surnames[0])}(?!\w)", before
        ) and second in before and not _other_first(before, surnames[0]):
            return entry
    return None


def of_key(key: str) -> dict[str, object]:
    """The work of this key."""
    return next(entry for entry in entries() if entry["id"] == key)


def _other_first(before: str, surname: str) -> bool:
    """Does another author's name precede this one's?"""
    return "&" in before[: before.index(surname)]


def written(entry: Mapping[str, object]) -> dict[str, str]:
    """A work as a list of references prints it: `names`, `title`, `rest`."""
    authors = entry["authors"]
    names = authors[0] if len(authors) == 1 else f"{', '.join(authors[:-1])} & {authors[-1]}"
    place = str(entry["where"])
    if "volume" in entry:
        place += f" {entry['volume']}" + (f"({entry['number']})" if "number" in entry else "")
    if "pages" in entry:
        place += f", {entry['pages']}"
    title = str(entry["title"]).rstrip(".")
    return {"names": f"{names} ({entry['year']})", "title": title, "rest": place}


def bibtex(kind: str, key: str, fields: Iterable[tuple[str, str]]) -> str:
    """One record; what would mean something to TeX is escaped, and dashes are written as in TeX."""
    lines = []
    for name, value in fields:
        text = tex.escaped(value).replace("–", "--")
        if name == "title":
            text = _NAMES.sub(r"{\1}", text)
        lines.append(f"  {name} = {{{text}}}")
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}\n"


def record(entry: Mapping[str, object]) -> str:
    """A known work as a BibTeX record."""
    fields = [("author", " and ".join(entry["authors"])), ("title", str(entry["title"])),
              (_WHERE[entry["kind"]], str(entry["where"])), ("year", str(entry["year"]))]
    fields += [(n, str(entry[n])) for n in ("volume", "number", "pages", "doi") if n in entry]
    return bibtex(entry["kind"], str(entry["id"]), fields)


def study_record(study: Mapping[str, object], provenance: Mapping[str, object]) -> str:
    """How to cite a report: its study's title, and the hash that says which texts and settings."""
    digest = provenance["hashes"]["study"][:12]
    key = re.sub(r"[^A-Za-z0-9-]", "-", str(study["name"])).strip("-") or "study"
    return bibtex("misc", key, [
        ("title", str(study["title"])),
        ("howpublished", "Report of a comparative policy study"),
        ("note", f"Study {study['name']}, content hash {digest}; made by "
                 f"{provenance['command']}"),
    ])
