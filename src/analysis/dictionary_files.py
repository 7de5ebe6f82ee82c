"""A dictionary's file, in whichever of four forms it comes.

    frames.yaml      this package's own form: labels, definitions, limits of a term (dictionary.py)
    *.yaml, *.yml    quanteda's: categories with lists of words, nested as deep as wanted
    *.dic            LIWC's up to 2015: categories between two lines of `%`, then one entry a line
    *.dicx           LIWC-22's: a table, one column a category, `X` where an entry belongs to it

Source: Benoit, K. et al. (2018), quanteda: An R package for the quantitative analysis of textual
data, Journal of Open Source Software 3(30), 774 (`dictionary()`); Pennebaker, J. W. et al. (2015),
The development and psychometric properties of LIWC2015, University of Texas at Austin.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from analysis.dictionary import Category, Dictionary, Term, parse
from analysis.errors import MAX_LISTED, BadStudy, shown

#: The endings of a file that can be read as a dictionary.
SUFFIXES = (".yaml", ".yml", ".dic", ".dicx")

# Keys of this package's own form: a YAML file that has one of them is read as such.
_OWN_KEYS = {"version", "citation", "language", "frames"}

# LIWC 2007 writes conditions, "like (02 134)125/464" and "kind <of>131/125": read without them.
_CONDITION = re.compile(r"\([^()]*\)|<[^<>]*>")
_NUMBER = re.compile(r"\d+")


def from_yaml(value: Mapping[str, object], *, file: str, language: str = "") -> Dictionary:
    """A dictionary from the mapping of a YAML file, this package's own form or quanteda's.

    Args:
        value: what the file holds.
        file: name used in messages.
        language: of a quanteda file, which does not say it.

    Raises:
        BadStudy: all faults of the file at once.
    """
    if _OWN_KEYS & set(value) or not all(isinstance(v, list | Mapping) for v in value.values()):
        return parse(value, file=file)
    faults: list[str] = []
    entries = [
        (path, entry) for key, inner in value.items()
        for path, entry in _leaves((str(key),), inner, file, faults)
    ]
    return _assembled(entries, file=file, language=language, form="quanteda", faults=faults)


def _leaves(
    path: tuple[str, ...], value: object, file: str, faults: list[str]
) -> Iterator[tuple[str, str]]:
    """Category and entry of every leaf; `policy: {economy: [tax*]}` is `policy.economy`, tax*."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves((*path, str(key)), inner, file, faults)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(path, inner, file, faults)
    elif isinstance(value, bool) or value is None:
        faults.append(
            f"{file}: {'.'.join(path)}: {shown(value)} is no word; put it in quotes "
            "(YAML reads yes, no, on, off and null as something else)"
        )
    else:
        yield ".".join(path), str(value)


def from_dic(text: str, *, file: str, language: str = "") -> Dictionary:
    """A dictionary from the text of a LIWC `.dic` file.

    Args:
        text: `%`, lines of number and name, `%`, lines of entry and numbers.
        file: name used in messages.
        language: of the entries, which the file does not say.

    Raises:
        BadStudy: all faults of the file at once, with their lines.

    >>> own = from_dic("%\\n1\\tposemo\\n%\\nhapp*\\t1\\n", file="x.dic")
    >>> own.categories[0].id, own.categories[0].terms[0].phrase
    ('posemo', 'happ*')
    """
    lines = text.splitlines()
    bars = [number for number, line in enumerate(lines) if line.strip() == "%"]
    if len(bars) < 2:
        raise BadStudy(
            f"{file}: {len(bars)} line(s) of '%', a LIWC dictionary has its categories between two; "
            "add them, or name a file of another form"
        )
    faults: list[str] = []
    names: dict[str, str] = {}
    for number in range(bars[0] + 1, bars[1]):
        found = re.match(r"\s*(\d+)\s+(.+)", lines[number])
        if found:
            names[found[1]] = re.sub(r"\s*\(.*\)\s*$", "", found[2]).strip()
        elif lines[number].strip():
            faults.append(
                f"{file}, line {number + 1}: {shown(lines[number].strip())} is no category; write "
                "a number, a tab and a name"
            )
    entries = []
    for number in range(bars[1] + 1, len(lines)):
        entry, numbers = _dic_line(lines[number])
        unknown = [n for n in numbers if n not in names]
        if unknown:
            faults.append(
                f"{file}, line {number + 1}: no category has the number {', '.join(unknown)}; "
                "declare it between the lines of '%', or correct the entry"
            )
        elif entry and not numbers:
            faults.append(
                f"{file}, line {number + 1}: {shown(entry)} has no category's number; add it after "
                "a tab"
            )
        entries += [(names[n], entry) for n in numbers if n in names]
    return _assembled(
        entries, file=file, language=language, form="LIWC", faults=faults, order=names.values()
    )


def _dic_line(line: str) -> tuple[str, list[str]]:
    """An entry and its category numbers; the entry may hold spaces where a tab ends it."""
    line = line.rstrip()
    if not line.strip() or line.lstrip().startswith("//"):
        return "", []
    if "\t" in line.strip():
        entry, _, rest = line.strip().partition("\t")
    else:
        found = re.match(r"(.*?\S)((?:\s+(?:[(<][^)>]*[)>])?[\d/]+)*)$", line.strip())
        entry, rest = found[1], found[2]
    return entry.strip(), _NUMBER.findall(_CONDITION.sub(" ", rest))


def from_dicx(text: str, *, file: str, language: str = "") -> Dictionary:
    """A dictionary from the text of a LIWC-22 `.dicx` file.

    Args:
        text: CSV with a column `DicTerm` and one a category; any mark but 0 says "belongs to it".
        file: name used in messages.
        language: of the entries, which the file does not say.

    Raises:
        BadStudy: there is no such table.
    """
    try:
        read = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise BadStudy(f"{file}: is no table of commas ({error}); export it again") from None
    rows = [row for row in read if any(cell.strip() for cell in row)]
    if not rows or len(rows[0]) < 2 or rows[0][0].strip().casefold() != "dicterm":
        raise BadStudy(
            f"{file}: its first line is no header 'DicTerm,category,…'; export it from LIWC-22 "
            "again, or name a file of another form"
        )
    names = [cell.strip() for cell in rows[0][1:]]
    entries = [
        (name, row[0].strip())
        for row in rows[1:]
        for name, mark in zip(names, row[1:], strict=False)
        if mark.strip() not in ("", "0")
    ]
    return _assembled(entries, file=file, language=language, form="LIWC-22", faults=[], order=names)


def _assembled(
    entries: Iterable[tuple[str, str]],
    *,
    file: str,
    language: str,
    form: str,
    faults: list[str],
    order: Iterable[str] = (),
) -> Dictionary:
    """Categories with their entries as phrases, each once; entries without a word are left out."""
    terms: dict[str, dict[str, None]] = {name: {} for name in order}
    left: dict[str, None] = {}
    for category, entry in entries:
        phrase = _plain(entry)
        own = terms.setdefault(category, {})
        if phrase:
            own[phrase] = None
        elif entry:
            left[entry] = None
    if not any(terms.values()) and not faults:
        faults.append(f"{file}: no category has an entry with a word in it; is it the right file?")
    if faults:
        more = len(faults) - MAX_LISTED
        raise BadStudy([*faults[:MAX_LISTED], *([f"{file}: {more} more faults"] if more > 0 else [])])
    some = ", ".join(list(left)[:MAX_LISTED])
    return Dictionary(
        version="",
        citation=f"{PurePosixPath(file).name}, read as a dictionary of {form}",
        language=language,
        developed_on=(),
        categories=tuple(
            Category(name, name, "", tuple(map(Term, own))) for name, own in terms.items() if own
        ),
        note=f"{len(left)} entries without a letter (such as emoticons) left out: {some}"
        if left else "",
    )


def _plain(entry: str) -> str:
    """An entry as a phrase; what means something in this package's own form means nothing here.

    >>> _plain("new_york"), _plain("kind (of)"), _plain(":)"), _plain("C'mon")
    ('new york', 'kind', '', "c'mon")
    """
    words = re.findall(r"[^\W\d_*?]*[*?]*(?:['’\-‐‑]?[^\W\d_*?]+[*?]*)*", _CONDITION.sub(" ", entry))
    phrase = " ".join(filter(None, words)).lower()
    return phrase if re.search(r"[^\W\d_]", phrase) else ""
