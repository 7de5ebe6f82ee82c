"""study.yaml, wording.yaml and CHECKLIST.md of a new study, in words."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files

from analysis import copies
from analysis.errors import some
from analysis.importing.groups import Grouping, contrasts
from analysis.importing.prepared import Prepared
from analysis.languages import base

# Shorter words are function words, or say little without their neighbours, in most languages.
_LONG_WORD = 8
# As many as a page of contexts holds.
_KWIC_WORDS = 4


def study_yaml(rows: Sequence[dict[str, str]], name: str, found: Sequence[Grouping]) -> str:
    """A commented study.yaml with the groups that the metadata offers.

    Args:
        rows: of statements.csv.
        name: the study folder's.
        found: groupings, the one to use first.
    """
    count = len(rows)
    title = name.replace("-", " ").replace("_", " ").strip() or "Statements"
    title = title[:1].upper() + title[1:]
    parts = [
        f"# Written by `study new` from {count} documents. Everything here is yours to change;",
        "# `study check` says what does not fit, with its line. Indent with spaces, not tabs.",
        "",
        "# TO CONFIRM: what your study is called, and what it asks.",
        f"title: {_text(title)}",
        f"question: {_text(_question(count, found))}",
        "",
    ]
    parts += _language_part(rows)
    parts += _groups_part(found, rows)
    parts += _frames_part(rows)
    parts += [
        *_finding_part(found),
        "",
        "# What you know of events and of statements that are missing:",
        "# events: [{date: 2022-06, label: What happened, source: where its date is said}]",
        "# absent: [{date: 2021, title: Its title, issuer: Who, source: where it is named}]",
        "",
    ]
    return "\n".join(parts)


def _question(count: int, found: Sequence[Grouping]) -> str:
    labels = [label for _, label, _ in found[0].groups] if found else []
    if not 2 <= len(labels) <= 4:
        return f"In what are these {count} statements alike, and what do they put forward?"
    return (f"In what are these {count} statements alike, what do they put forward, and how do "
            f"{_listed(labels)} differ?")


def wording_yaml(rows: Sequence[dict[str, str]], texts: Sequence[str]) -> str:
    """A wording.yaml for these texts: general lists of actors, and their own frequent words.

    Args:
        rows: of statements.csv.
        texts: what the statements say.
    """
    template = (files("analysis.importing") / "wording_template.yaml").read_text("utf-8")
    languages = Counter(row["language"].partition("-")[0].lower() for row in rows)
    language = languages.most_common(1)[0][0]
    if language != "en":
        head, _, _ = template.partition("actors:")
        template = head.replace("language: en", f"language: {_text(language)}") + (
            "# Who is named, in the words of the texts' language; for instance:\n"
            "# actors:\n#   government: {label: Gouvernement, terms: [gouvernement*, ministre*]}\n"
        )
    words = frequent_words(texts)
    if not words:
        return template
    listed = ", ".join(map(_text, words))
    return (
        f"{template}\n# What the concordance lists where the reader asks for nothing else: words "
        f"that many of\n# these texts use often.\nkwic: [{listed}]\n"
    )


def frequent_words(texts: Sequence[str]) -> list[str]:
    """Words that many of the texts use: by how many use them, then by how often.

    Long words only, because no list of function words is known for every language.
    """
    held: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for text in texts:
        text = re.sub(r"(?m)^\[furniture: .*$", "", text).replace("\u00ad\n", "").replace("\u00ad", "")
        words = re.findall(rf"(?<![\w-])[^\W\d_]{{{_LONG_WORD},}}(?![\w-])", text.lower())
        times.update(words)
        held.update(set(words))
    chosen = sorted(times, key=lambda word: (-held[word], -times[word], word))
    return [word for word in chosen if times[word] > 1][:_KWIC_WORDS]


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels[:-1]) + f" and {labels[-1]}"


def _language_part(rows: Sequence[dict[str, str]]) -> list[str]:
    spoken = Counter(base(row["language"]) for row in rows if not row.get("translation_of"))
    if len(spoken) < 2:
        return []
    counted = ", ".join(f"{code} {count}" for code, count in spoken.most_common())
    return [
        f"# TO CONFIRM: the texts are in several languages ({counted}). Words of two languages cannot",
        "# be compared, so those in this one are analysed and the others left out. For another",
        "# language, copy the study (`study copy`) and change this line in the copy.",
        f"language: {spoken.most_common(1)[0][0]}",
        "",
    ]


def _groups_part(
    found: Sequence[Grouping], rows: Sequence[dict[str, str]]
) -> list[str]:
    if not found and len(rows) == 2:
        a, b = rows
        return [
            "# Two statements need no groups: they are set against one another.",
            "contrasts:",
            "  - id: the-two",
            f"    label: {_text(a['id'] + ' and ' + b['id'])}",
            f"    a: [{_text(a['id'])}]",
            f"    b: [{_text(b['id'])}]",
            "",
        ]
    if not found:
        return [
            "# No groups: no column of statements.csv parts the statements into a few kinds with",
            "# several texts each. Tables then list statements one by one. To compare two sides, add a",
            "# column (say, side) to statements.csv, and here:",
            "# groups:",
            "#   government: {label: Government, where: {side: government}}",
            "#   opposition: {label: Opposition, where: {side: opposition}}",
            "# contrasts:",
            "#   - {id: sides, label: Government and opposition, a: government, b: opposition}",
            "",
        ]
    best = found[0]
    lines = [
        f"# TO CONFIRM: groups found in the column {best.column!r} of statements.csv."
        + (f" {best.left} statements are in none." if best.left else ""),
    ]
    if len(found) > 1:
        others = ", ".join(other.column for other in found[1:6])
        lines.append(f"# Other columns that would part them: {others}.")
    lines.append("groups:")
    for id, label, values in best.groups:
        value = _text(values[0]) if len(values) == 1 else json.dumps(list(values), ensure_ascii=False)
        lines += [f"  {_text(id)}:", f"    label: {_text(label)}",
                  f"    where: {{{best.column}: {value}}}"]
    lines += ["", "# TO CONFIRM: what is set against what; `3_topics` and `4_framing` compare these.",
              "contrasts:"]
    labels = {id: label for id, label, _ in best.groups}
    for a, b in contrasts(best):
        lines += [f"  - id: {a}-and-{b}" if len(a) + len(b) < 90 else f"  - id: {a[:40]}-and-{b[:40]}",
                  f"    label: {_text(f'{labels[a]} and {labels[b]}')}",
                  f"    a: {_text(a)}", f"    b: {_text(b)}"]
    return [*lines, ""]


def _frames_part(rows: Sequence[dict[str, str]]) -> list[str]:
    spoken = Counter(base(row["language"]) for row in rows)
    english = spoken and spoken.most_common(1)[0][0] == "en"
    lines = [
        "# The dictionary of frames: fourteen general dimensions after the Policy Frames Codebook",
        "# (Boydstun et al. 2014), NOT VALIDATED on any text. With one of your own, call it frames.yaml",
        "# and remove the line `frames: generic`.",
    ]
    if english:
        return [*lines, "frames: generic", ""]
    return [*lines, "# It is in English and the texts are not, so it is not used:",
            "# frames: generic", ""]


def _finding_part(found: Sequence[Grouping]) -> list[str]:
    """A finding as an example, of these groups, in comments."""
    (a, a_label), (b, b_label) = ("a", "A"), ("b", "B")
    if found:
        (a, a_label, _), (b, b_label, _) = found[0].groups[:2]
    return [
        "# A claim that you make before you compute it; `6_findings` judges it. Remove the # and say",
        "# what you expect. Other estimands: the table ESTIMANDS of analysis/estimands.py.",
        "# findings:",
        "#   - id: more-economic",
        f"#     claim: {_text(f'Sentences of {a_label} are more often economic than those of {b_label}.')}",
        "#     estimand: frame_difference",
        f"#     arguments: {{frame: economic, more_in: {_text(a)}, than_in: {_text(b)}}}",
        "#     smallest_effect: 0.05",
        "#     rationale: one sentence in twenty; a smaller difference would not be noticed",
        "#     declared: before_texts",
    ]


def _text(value: str) -> str:
    """A YAML scalar that is text whatever it looks like."""
    return json.dumps(value, ensure_ascii=False)


def checklist(prepared: Prepared, *, heading: str) -> str:
    """What a person should confirm about an import, in Markdown.

    Args:
        prepared: the import.
        heading: its title.
    """
    rows = prepared.rows
    lines = [f"# {heading}", ""]
    lines += [
        f"{len(rows)} statements were written. Nothing below is certain until you have looked at it;",
        "tick what you confirmed, and correct `statements.csv` and `study.yaml` where it is wrong.",
        "",
    ]
    lines += _section(
        f"Not taken in ({len(prepared.left)})",
        [f"{one.name}: {one.reason}" for one in prepared.left],
    )
    if prepared.sheet:
        lines += _section(
            f"Documents without a row in {prepared.sheet} ({len(prepared.without_row)})",
            prepared.without_row,
        )
        lines += _section(
            f"Rows of {prepared.sheet} without a document ({len(prepared.without_document)})",
            [f"row {number}: {name}" for number, name in prepared.without_document],
        )
    lines += _section(
        "Copies and near-copies",
        [f"{', '.join(found)}" for found in copies.sets(prepared.pairs)],
        "Each line names texts that share half of their five-word sequences or more. Keep one of "
        "each, or say which is a translation or a later version:",
    )
    lines += _section(
        "How files were read",
        [f"{name}: {note}" for name, notes in prepared.notes.items() for note in notes],
    )
    lines += _section(
        "Dates",
        [*(f"{id}: {problem}" for id, problem in prepared.problems.items()),
         *_undated(rows)],
    )
    lines += _basis(rows, "title")
    lines += _basis(rows, "date")
    lines += _basis(rows, "issuer")
    lines += _basis(rows, "language")
    lines += _section("Before you publish", [
        "rights: `licence` and `redistribution` of statements.csv are empty; whoever passes the "
        "study on needs them",
        "origin: `source_url` and `retrieved` let a reader find the text again",
        "genre: a text about statements is a `commentary`; it then stays out of every baseline",
        "translations: name the original in `translation_of`; the two then count once",
        "groups, contrasts and the question in study.yaml",
    ])
    return "\n".join(lines)


def _section(title: str, entries: Sequence[str], intro: str = "") -> list[str]:
    if not entries:
        return []
    return [f"## {title}", "", *([intro, ""] if intro else []),
            *(f"- [ ] {_plain(entry)}" for entry in entries), ""]


def _plain(entry: str) -> str:
    """An entry whose text, from a stranger's file, is no markup."""
    return " ".join(entry.split()).replace("<", "‹").replace("`", "'").replace("](", "] (")


def _undated(rows: Sequence[dict[str, str]]) -> list[str]:
    lacking = [row["id"] for row in rows if not row["date"]]
    if not lacking:
        return []
    if len(lacking) == len(rows):
        return ["no statement has a date: the pages then show no timeline and compare nothing over time"]
    return [f"without a date: {some(lacking)}"]


def _basis(rows: Sequence[dict[str, str]], what: str) -> list[str]:
    """Guesses of one kind: all of a basis in a line if many share it, else one by one."""
    of = Counter(row[f"{what}_basis"] for row in rows)
    entries = []
    for basis, count in of.items():
        if not basis:
            continue
        named = [row for row in rows if row[f"{what}_basis"] == basis]
        examples = "; ".join(f"{row['id']} = {row[what]}" for row in named[:3])
        more = f" … {count} of them" if count > 3 else ""
        entries.append(f"from {basis}: {examples}{more}")
    return _section(f"Guessed: {what}", entries)
