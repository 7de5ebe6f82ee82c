"""What each statement's page says: its facts, its blocks, and what was said about its sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.errors import OutputProblem
from analysis.report import safe
from analysis.report.notebook_pages import FILE_NAME, NotebookPage
from analysis.report.templating import exhibit_id
from analysis.tables import formatted, marked, unmarked

# How a block that was set aside is named on its statement's page.
_KINDS = {"dateline": "date line", "list_item": "list item"}

# Facts about a statement, in the order of its page; columns not named here follow as they are.
_MAIN_FACTS = {
    "date": "date",
    "date_basis": "basis of the date",
    "issuer": "issued by",
    "redistribution": "redistribution cleared",
    "source_url": "source",
    "sha256": "SHA-256 of the file",
}
_OTHER_FACTS = {
    "group": "group",
    "format": "format",
    "genre": "genre",
    "language": "language",
    "original_language": "original language",
    "translation_of": "translation of",
    "host_or_drafter": "host or drafter",
    "publisher": "published by",
    "licence": "licence",
    "retrieved": "retrieved",
    "file": "file",
}

# What is said of a sentence is cut to this many characters: one line or two of a narrow column.
_NOTE_LENGTH = 160


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a table says of a sentence.

    Attributes:
        kind: what sort of thing, such as `frame`.
        text: the value.
        href: the exhibit that says it.
        to: the sentence elsewhere that the text quotes, as an address; empty if it quotes none.
    """

    kind: str
    text: str
    href: str
    to: str = ""


def records(payload: Mapping[str, object]) -> list[dict[str, object]]:
    """A payload's rows by column name."""
    names = [column["name"] for column in payload["columns"]]
    return [dict(zip(names, row, strict=True)) for row in payload["rows"]]


def statements(
    study: Mapping[str, object],
    shown: Mapping[str, Mapping[str, object]],
    texts: Mapping[str, str],
) -> list[dict]:
    """What a statement's page and its entry in the index say.

    A statement has a page (else `path` is None) where a notebook showed its blocks and sentences.

    Args:
        study: as `render_report` takes it.
        shown: table name → payload.
        texts: statement id → decoded source text.
    """
    blocks, sentences = (
        _by_statement(shown[name]) if name in shown else {} for name in ("blocks", "sentences")
    )
    found = []
    for given in study["statements"]:
        identifier = given["statement_id"]
        if not FILE_NAME.fullmatch(identifier):
            raise OutputProblem(f"statement {identifier!r}: its id cannot name a page; change it")
        facts = {**given, "group": study["groups"].get(given["group"], given["group"])}
        own, units = blocks.get(identifier, []), sentences.get(identifier, [])
        content = _blocks(identifier, own, units)
        found.append(
            {
                "id": identifier,
                "title": facts.get("title") or identifier,
                "facts": facts,
                "main_facts": _facts(facts, _MAIN_FACTS),
                "other_facts": _facts(facts, _other_labels(facts)),
                "url": safe.safe_url(facts.get("source_url", "")),
                "language": _language(facts.get("language", "")),
                "path": f"statement-{identifier}.html" if own and units else None,
                "blocks": content,
                "counted": sum(len(b["sentences"]) for b in content if not b["aside"]),
                "aside": sum(1 for block in content if block["aside"]),
                "source": texts.get(identifier, ""),
                "withheld": 0,
                "shortened": False,
            }
        )
    return found


def _by_statement(payload: Mapping[str, object]) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for row in records(payload):
        found.setdefault(row["statement_id"], []).append(row)
    return found


def _blocks(
    statement: str, blocks: Sequence[Mapping], sentences: Sequence[Mapping]
) -> list[dict]:
    by_block: dict[int, list[dict]] = {}
    for row in sorted(sentences, key=lambda row: (row["block"], row["sentence"])):
        identifier = f"b{row['block']}.s{row['sentence']}"
        by_block.setdefault(row["block"], []).append(
            {
                "id": identifier,
                "key": f"{statement}:{identifier}",
                "text": row["text"],
                "pieces": (row["text"],),
                "notes": [],
                "withheld": False,
            }
        )
    return [
        {
            "number": row["block"],
            "id": f"b{row['block']}",
            "kind": row["kind"],
            "aside": None if row["analysed"] else _KINDS.get(row["kind"], row["kind"]),
            "reason": row.get("reason") or "",
            "enumerator": row.get("enumerator") or "",
            "depth": min(int(row.get("depth") or 0), 4),
            "sentences": by_block.get(row["block"], []),
            "text": row["text"],
            "withheld": False,
            "cited": [],
        }
        for row in sorted(blocks, key=lambda row: row["block"])
    ]


def headings(blocks: Sequence[Mapping]) -> list[dict]:
    """The contents of a statement's page."""
    return [
        {"level": 2, "id": block["id"], "text": block["text"]}
        for block in blocks
        if block["kind"] == "heading" and not block["withheld"]
    ]


def addresses(statement: Mapping[str, object]) -> dict[str, str]:
    """Id of each block and sentence, such as `a:b1.s2` → its address."""
    if not statement["path"]:
        return {}
    return {
        f"{statement['id']}:{place}": f"{statement['path']}#{place}"
        for block in statement["blocks"]
        for place in (block["id"], *(sentence["id"] for sentence in block["sentences"]))
    }


def _facts(facts: Mapping[str, str], labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [(key, label, facts[key]) for key, label in labels.items() if key in facts]


def _other_labels(facts: Mapping[str, str]) -> dict[str, str]:
    named = {"statement_id", "title", *_MAIN_FACTS, *_OTHER_FACTS}
    return _OTHER_FACTS | {key: key.replace("_", " ") for key in facts if key not in named}


def _language(code: str) -> str:
    return code if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", code) else ""


# ---------------------------------------------------------------- what the pages say of them


def annotate(
    found: Sequence[dict], pages: Sequence[NotebookPage], places: Mapping[str, str]
) -> None:
    """Write into blocks and sentences which tables rest on them and what these say of them.

    A block gets the exhibits that cite it, the way back from the evidence; a sentence gets the
    notes of tables shown with `about`, and marks on the words that a citing table marks in it.

    Args:
        found: what `statements` returned.
        pages: all pages of the notebooks.
        places: sentence id → address.
    """
    blocks = {f"{s['id']}:{b['id']}": b for s in found for b in s["blocks"]}
    sentences = {u["key"]: u for s in found for b in s["blocks"] for u in b["sentences"]}
    spans: dict[str, list[tuple[int, int]]] = {}
    for page in pages:
        for table in page.tables:
            href = f"{page.path}#{exhibit_id(table)}"
            if table.get("display") != "none":
                link = {"href": href, "page": page, "text": table["name"].replace("_", " ")}
                cited = {key.partition(".s")[0] for row in table["evidence"] for key in row}
                for identifier in cited & blocks.keys():
                    blocks[identifier]["cited"].append(link)
                _mark(table, sentences, spans)
            if table.get("about"):
                _note(table, href, sentences, places)
    for identifier, own in spans.items():
        sentences[identifier]["pieces"] = marked(sentences[identifier]["text"], own)
    for block in blocks.values():
        block["pages"] = _by_notebook(block["cited"])


def _by_notebook(cited: Sequence[Mapping]) -> list[dict]:
    """One entry a notebook: its first exhibit that cites the block, and all of them."""
    found: dict[str, list[Mapping]] = {}
    for link in cited:
        found.setdefault(link["page"].notebook, []).append(link)
    return [
        {"short": links[0]["page"].short, "href": links[0]["href"], "links": links}
        for links in found.values()
    ]


def _note(
    table: Mapping[str, object],
    href: str,
    sentences: Mapping[str, dict],
    places: Mapping[str, str],
) -> None:
    columns = {column["name"]: n for n, column in enumerate(table["columns"])}
    for kind, name in table["about"].items():
        position = columns[name]
        how = table["columns"][position]["format"]
        for row, keys in zip(table["rows"], table["evidence"], strict=True):
            value = unmarked(row[position])
            if value is None or value == "" or value is False:
                continue
            text = formatted(value, how)
            short = text if len(text) <= _NOTE_LENGTH else f"{text[:_NOTE_LENGTH - 1].rstrip()}…"
            behind = [sentences[key] for key in keys if key in sentences]
            quoted = [unit for unit in behind if len(unit["text"]) > 1 and unit["text"] in text]
            to = places.get(quoted[0]["key"], "") if quoted else ""
            if any(unit["withheld"] for unit in quoted):
                short = "a passage that is not shown"
            own_words = {unit["key"] for unit in quoted}
            for unit in behind:
                told = any(n.kind == kind and n.text == short for n in unit["notes"])
                # A sentence is not told its own words.
                if not told and unit["key"] not in own_words:
                    unit["notes"].append(Note(kind, short, href, to))


def _mark(
    table: Mapping[str, object],
    sentences: Mapping[str, dict],
    spans: dict[str, list[tuple[int, int]]],
) -> None:
    """Find the marked words of a table's passages in the sentences behind its rows."""
    positions = [n for n, column in enumerate(table["columns"]) if column["format"] == "marked"]
    for row, keys in zip(table["rows"], table["evidence"], strict=True) if positions else ():
        for position in positions:
            pieces = row[position] or [""]
            whole, own = "".join(pieces), []
            place = 0
            for number, piece in enumerate(pieces):
                if number % 2 and piece:
                    own.append((place, place + len(piece)))
                place += len(piece)
            for key in keys if own else ():
                unit = sentences.get(key)
                if unit is None or len(unit["text"]) < 2:
                    continue
                # Where the sentence stands in the passage, or the passage in the sentence.
                shift = whole.find(unit["text"])
                if shift < 0:
                    inside = unit["text"].find(whole.strip(" …"))
                    shift = len(whole) - len(whole.lstrip(" …")) - inside
                    if inside < 0:
                        continue
                kept = [(max(0, a - shift), min(len(unit["text"]), b - shift)) for a, b in own]
                spans.setdefault(key, []).extend((a, b) for a, b in kept if a < b)
