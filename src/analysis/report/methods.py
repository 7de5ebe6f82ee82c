"""The methods section of a report: made from the analyses it shows and the parameters they took.

The sentences are data (`methods.yaml`); what is not shown is not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from analysis import package_data

#: The file beside the pages.
FILE = "methods.md"

#: The short form holds at most so many words, as abstracts and letters to editors ask for.
MOST_WORDS = 150

# So many changed parameters are named in the short form; the long one has them all.
_NAMED = 3

_CITED = re.compile(r"@([\w-]+)")

# What Markdown would read as its own.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|$@!~^])")

Parameters = Mapping[str, Sequence[Mapping[str, object]]]


def _data() -> dict[str, list]:
    return package_data.table("report/methods.yaml")


def cited(text: str) -> list[str]:
    """Keys of the works that a text cites, in order.

    >>> cited("as in [@wilson1927; @kish1965], seed 1")
    ['wilson1927', 'kish1965']
    """
    inside = " ".join(re.findall(r"\[(@[^\]]*)\]", text))
    return list(dict.fromkeys(_CITED.findall(inside)))


def counts(
    study: Mapping[str, object], shown: Mapping[str, Mapping[str, object]]
) -> dict[str, object]:
    """What the sentences may say of the study itself.

    Args:
        study: as `render_report` takes it.
        shown: table name → payload.
    """
    statements = study["statements"]
    dates = sorted(row["date"] for row in statements if row.get("date"))
    blocks = shown.get("blocks", {"columns": [], "rows": []})
    names = [column["name"] for column in blocks["columns"]]
    analysed = {
        (row[names.index("statement_id")], row[names.index("block")])
        for row in blocks["rows"] if row[names.index("analysed")]
    } if {"statement_id", "block", "analysed"} <= set(names) else set()
    sentences = shown.get("sentences", {"columns": [], "rows": []})
    places = [column["name"] for column in sentences["columns"]]
    held = (
        (row[places.index("statement_id")], row[places.index("block")])
        for row in sentences["rows"]
    )
    return {
        "title": study["title"],
        "n_statements": len(statements),
        "first_date": dates[0] if dates else "an unknown date",
        "last_date": dates[-1] if dates else "an unknown date",
        "n_blocks": len(analysed),
        "n_sentences": sum(place in analysed for place in held),
    }


def written(
    study: Mapping[str, object],
    shown: Mapping[str, Mapping[str, object]],
    provenance: Mapping[str, object],
) -> str:
    """The methods section as Markdown with pandoc's citations: short, long, all parameters.

    Args:
        study, provenance: as `render_report` takes them.
        shown: table name → payload.
    """
    values, listed = _values(provenance["parameters"])
    known = {**values, **counts(study, shown)}
    present = {name for name, payload in shown.items() if payload["rows"]}
    parts = [
        "# Methods",
        "Made from the analyses and parameters of this report; works are cited by their keys in "
        "references.bib.",
        f"## In {MOST_WORDS} words",
        short(known, present, listed),
        "## In full",
    ]
    for section in _data()["long"]:
        if said := _said(section["sentences"], known, present):
            parts += [f"### {section['heading']}", " ".join(said)]
    parts += [
        "### Software",
        f"The report is made by `{provenance['command']}`; content hashes: study "
        f"`{provenance['hashes']['study'][:12]}`, package `{provenance['hashes']['package'][:12]}`.",
        "## All parameters",
        "\n".join(
            f"- `{p['name']}`: {_escaped(_plain(p['value']))}"
            + (f" (the study's own: {_escaped(_plain(p['default']))})" if p["changed"] else "")
            + f"; {_escaped(p['help'])}"
            for p in listed
        ),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def short(
    known: Mapping[str, object], present: Iterable[str], listed: Sequence[Mapping[str, object]]
) -> str:
    """The methods in at most `MOST_WORDS` words.

    Args:
        known: what sentences may say: parameters and counts.
        present: names of the exhibits with rows.
        listed: the parameters, one mapping each.
    """
    said = _said(_data()["short"], known, set(present))
    changed = [p for p in listed if p["changed"]]
    if changed:
        named = "; ".join(
            f"{p['name']} = {_cut(p['value'])} in place of {_cut(p['default'])}"
            for p in changed[:_NAMED]
        )
        more = f"; {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        said.append(_escaped(f"Other than in the study's own analysis: {named}{more}."))
    while len(" ".join(said).split()) > MOST_WORDS:
        # Titles and terms can be long; the first sentences carry most.
        said.pop(-2 if changed else -1)
    return " ".join(said)


def _cut(value: object) -> str:
    text = " ".join(_plain(value).split())
    return text if len(text) <= 40 else f"{text[:39].rstrip()}…"


def _values(given: Parameters) -> tuple[dict[str, object], list[Mapping[str, object]]]:
    listed = list({p["name"]: p for own in given.values() for p in own}.values())
    return {p["name"]: p["value"] for p in listed}, listed


def _said(
    sentences: Sequence[Mapping[str, object]], known: Mapping[str, object], present: set[str]
) -> list[str]:
    return [text for text in (_sentence(s, known, present) for s in sentences) if text]


def _sentence(
    sentence: Mapping[str, object], known: Mapping[str, object], present: set[str]
) -> str:
    wanted = sentence.get("shown", ())
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if wanted and present.isdisjoint(wanted):
        return ""
    text = sentence.get("text")
    if text is None:
        if sentence["by"] not in known:
            return ""
        chosen = _key(known[sentence["by"]])
        text = sentence["texts"].get(chosen, sentence["texts"].get("*"))
    names = re.findall(r"\{(\w+)\}", text)
    if any(name not in known for name in names):
        return ""
    return re.sub(r"\{(\w+)\}", lambda m: _escaped(_plain(known[m[1]])), text)


def _key(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(value: object) -> str:
    """A value in a line of prose."""
    return " ".join(_key(value).split()) or "none"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)
